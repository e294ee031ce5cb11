"""What no source claims: an application's own payload, a schedule's constant, a test."""

from __future__ import annotations

from sltrace.events._carriers import from_json
from sltrace.events._source import Source

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any


class Other(Source):
    """Any event; of it nothing is told but a trace context, if it carries one."""

    __slots__ = ()

    carriers = ("event",)

    def recognise(self, event: Any) -> bool:  # noqa: ARG002 - asked when all others have declined
        """Return True: it is what remains."""
        return True

    def carrier(self, event: Any) -> Mapping[Any, Any]:
        """Return the trace headers at the event's top or among its ``headers``."""
        return from_json(event)


SOURCE = Other()
