"""Fixtures of all tests: each test in a world of its own, and the components they share."""

from __future__ import annotations

import os

import pytest
from tests_components import is_stray, ministack, table

import sltrace
from sltrace import _guard
from sltrace._outbox import OUTBOX
from sltrace._span import CURRENT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from typing import Any


@pytest.fixture(autouse=True)
def isolated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Give a test a new sandbox, the default settings and no variable of the machine's.

    A test that leaves a span current would be the next one's parent, and fails here.
    """
    for name in filter(is_stray, list(os.environ)):
        monkeypatch.delenv(name)
    monkeypatch.setenv("SLTRACE_LOCAL_DIR", str(tmp_path / ".sltrace"))
    # What a developer has set up for AWS is no part of a test.
    monkeypatch.setenv("AWS_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", os.devnull)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    sltrace.configure()
    _guard.forget_reports()
    # What a test broke on the way out is not the next one's to send.
    OUTBOX.renew_after_fork()
    with sltrace.testing.fresh_sandbox():
        yield
    left, _ = CURRENT.get(), CURRENT.set(None)
    assert left is None, f"the test left {left} current"


@pytest.fixture(scope="session")
def dynamodb(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Run AWS's emulator for the session; the URL of its endpoint, DynamoDB among others."""
    with ministack(tmp_path_factory.mktemp("ministack")) as endpoint:
        yield endpoint


@pytest.fixture(scope="session")
def aws_session() -> Any:
    """Return one boto3 session for all tests: reading botocore's data takes its time."""
    from boto3.session import Session

    return Session("testing", "testing", region_name="us-east-1")


@pytest.fixture
def aws_client(aws_session: Any) -> Iterator[Callable[..., Any]]:
    """Make boto3 clients, closed after the test: ``aws_client("dynamodb", endpoint)``."""
    clients: list[Any] = []

    def make(service: str, endpoint: str, **options: Any) -> Any:
        clients.append(aws_session.client(service, endpoint_url=endpoint, **options))
        return clients[-1]

    yield make
    for client in clients:
        client.close()


@pytest.fixture
def orders_table(dynamodb: str, aws_client: Callable[..., Any]) -> Iterator[str]:
    """Create the table ``orders`` with the key ``id`` (a string), for one test; its name."""
    client = aws_client("dynamodb", dynamodb)
    with table(client, "orders") as name:
        yield name
