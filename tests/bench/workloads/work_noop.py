"""A handler that returns at once: all that is measured is the runtime and the tracing."""

from __future__ import annotations

import json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


def run(event: Any, step: Callable[[str], None], call: Callable[..., Any]) -> dict[str, Any]:
    return {"statusCode": 200, "body": json.dumps({"resource": event["resource"]})}
