"""Amazon EventBridge, events of any bus.

Shape: Amazon EventBridge User Guide, "Events". A trace context travels in ``detail``, the only
part of an event that is the sender's.
"""

from __future__ import annotations

from sltrace.events._carriers import from_json
from sltrace.events._source import ASYNCHRONOUS, Hop, Source, known, mapping, text
from sltrace.events._times import from_iso

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any


class EventBridge(Source):
    """An event that a rule matched."""

    __slots__ = ()

    name = "eventbridge"
    trigger = "pubsub"
    model = ASYNCHRONOUS
    carriers: tuple[str, ...] = ("detail",)
    upstream = "EventBridge from `time`"

    def recognise(self, event: Any) -> bool:
        """Return whether the event has an event's envelope."""
        texts = ("detail-type", "source", "account", "time", "region")
        has_texts = all(isinstance(event.get(key), str) for key in texts)
        return has_texts and isinstance(event.get("resources"), list) and "detail" in event

    def attributes(self, event: Any) -> dict[str, Any]:
        """Return which event it is."""
        return known(
            {
                "messaging.system": "aws.eventbridge",
                "messaging.operation.name": "process",
                "messaging.operation.type": "process",
                "messaging.message.id": text(event.get("id")),
                "sltrace.eventbridge.source": text(event.get("source")),
                "sltrace.eventbridge.detail_type": text(event.get("detail-type")),
            }
        )

    def carrier(self, event: Any) -> Mapping[Any, Any]:
        """Return the trace headers in the event's detail."""
        return from_json(mapping(event.get("detail")))

    def hops(self, event: Any) -> Sequence[Hop]:
        """Return the bus as a stage."""
        name = f"EventBridge {text(event.get('detail-type')) or ''}".rstrip()
        attributes = EventBridge.attributes(self, event)
        return (Hop(self.name, name, from_iso(event.get("time")), attributes),)


SOURCE = EventBridge()
