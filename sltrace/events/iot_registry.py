"""AWS IoT Core's registry: things, their types and groups.

Shape: AWS IoT Core Developer Guide, "Registry events". Names and attributes of things may be a
person's and are not told; a type of thing is a product.
"""

from __future__ import annotations

from sltrace.events._source import ASYNCHRONOUS, Hop, Source, known, text
from sltrace.events._times import from_ms

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

_TYPES = frozenset(
    (
        "THING_EVENT",
        "THING_TYPE_EVENT",
        "THING_TYPE_ASSOCIATION_EVENT",
        "THING_GROUP_EVENT",
        "THING_GROUP_MEMBERSHIP_EVENT",
        "THING_GROUP_HIERARCHY_EVENT",
    )
)


class IotRegistry(Source):
    """A change of the registry, through a rule."""

    __slots__ = ()

    name = "iot.registry"
    trigger = "pubsub"
    model = ASYNCHRONOUS
    upstream = "IoT registry from `timestamp`"

    def recognise(self, event: Any) -> bool:
        """Return whether the event is one of the registry's."""
        kind = event.get("eventType")
        has_texts = all(isinstance(event.get(key), str) for key in ("eventId", "operation"))
        is_dated = from_ms(event.get("timestamp")) is not None
        return isinstance(kind, str) and kind in _TYPES and has_texts and is_dated

    def attributes(self, event: Any) -> dict[str, Any]:
        """Return what was changed, and how."""
        return known(
            {
                "sltrace.iot.event_type": text(event.get("eventType")),
                "sltrace.iot.event_id": text(event.get("eventId")),
                "sltrace.iot.operation": text(event.get("operation")),
                "sltrace.iot.thing_type": text(event.get("thingTypeName")),
            }
        )

    def hops(self, event: Any) -> Sequence[Hop]:
        """Return the registry as a stage, from when it was changed."""
        start = from_ms(event.get("timestamp"))
        return (Hop(self.name, "IoT registry", start, self.attributes(event)),)


SOURCE = IotRegistry()
