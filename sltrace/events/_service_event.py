"""What the sources share that are events of one AWS service, delivered by EventBridge."""

from __future__ import annotations

from itertools import islice

from sltrace.events._source import items, known, mapping, text
from sltrace.events.eventbridge import EventBridge

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

_MAX_RESOURCES = 8


class ServiceEvent(EventBridge):
    """An event that a service of AWS's put on the bus.

    Attributes:
        service: the event's ``source``: ``aws.batch``.
    """

    __slots__ = ()

    carriers: tuple[str, ...] = ()
    service = ""

    def recognise(self, event: Any) -> bool:
        """Return whether the event is one of the service's."""
        return event.get("source") == self.service and super().recognise(event)

    def attributes(self, event: Any) -> dict[str, Any]:
        """Return which event it is, what it is about, and what its detail tells."""
        some = islice(items(event.get("resources")), _MAX_RESOURCES)
        resources = tuple(arn for each in some if (arn := text(each)))
        about = {"sltrace.eventbridge.resources": resources or None}
        detail = self.details(mapping(event.get("detail")))
        return {**super().attributes(event), **known(about), **known(detail)}

    def carrier(self, event: Any) -> Mapping[Any, Any]:  # noqa: ARG002 - there is none
        """Return no header: a service puts none into its detail."""
        return {}

    def details(self, detail: Mapping[Any, Any]) -> dict[str, Any]:  # noqa: ARG002 - a default
        """Return what the event's detail tells; None for what it does not."""
        return {}
