"""A direct invocation by an SDK, told by the client context that only it can have.

AWS Lambda API Reference, "Invoke": ``X-Amz-Client-Context`` reaches the function for synchronous
invocations only.
"""

from __future__ import annotations

from sltrace.events._carriers import from_json
from sltrace.events._source import SYNCHRONOUS, Source

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any


class LambdaInvoke(Source):
    """Any event no source claims, from a caller that sent a client context."""

    __slots__ = ()

    name = "lambda.invoke"
    model = SYNCHRONOUS
    carriers = ("client context", "event")

    def recognise(self, event: Any) -> bool:  # noqa: ARG002 - asked when all others have declined
        """Return True: it is what remains."""
        return True

    def carrier(self, event: Any) -> Mapping[Any, Any]:
        """Return the trace headers at the event's top or among its ``headers``."""
        return from_json(event)


SOURCE = LambdaInvoke()
