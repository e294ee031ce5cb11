"""The AWS that the ``api`` workload calls: ministack over HTTP, with its table."""

from __future__ import annotations

import sys
import tempfile
from contextlib import closing, contextmanager
from importlib.util import find_spec
from pathlib import Path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

_TABLE = "orders"


def missing() -> str | None:
    """Return what is not installed and needed, None where nothing is."""
    names = [name for name in ("boto3", "ministack") if find_spec(name) is None]
    return f"not installed: {', '.join(names)}" if names else None


@contextmanager
def orders_table() -> Iterator[str]:
    """Run ministack with a table ``orders`` in its DynamoDB; the URL of its endpoint."""
    sys.path.append(str(Path(__file__).resolve().parents[1]))
    from tests_components import ministack

    with tempfile.TemporaryDirectory(prefix="sltrace-bench-") as folder:
        with ministack(Path(folder)) as endpoint:
            _create(endpoint)
            yield endpoint


def _create(endpoint: str) -> None:
    from boto3.session import Session

    session = Session("testing", "testing", region_name="us-east-1")
    with closing(session.client("dynamodb", endpoint_url=endpoint)) as client:
        client.create_table(
            TableName=_TABLE,
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
