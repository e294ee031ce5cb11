"""Schedules: Amazon EventBridge's scheduled rules and Amazon EventBridge Scheduler.

Shape: AWS Lambda Developer Guide, "Invoke a Lambda function on a schedule"; Amazon EventBridge
User Guide, "Events". ``time`` is when the schedule was due, so that the event's age is the lag. A
schedule with an input of its own sends that instead, and cannot be told.
"""

from __future__ import annotations

from sltrace.events._source import ASYNCHRONOUS, Hop, Source, arn_name, items, known, text
from sltrace.events._times import from_iso

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

_SENDERS = ("aws.events", "aws.scheduler")


class EventBridgeSchedule(Source):
    """A schedule that was due."""

    __slots__ = ()

    name = "eventbridge.schedule"
    trigger = "timer"
    model = ASYNCHRONOUS
    upstream = "EventBridge schedule from `time`"

    def recognise(self, event: Any) -> bool:
        """Return whether a schedule, by its sender and its envelope, sent the event."""
        has_texts = all(isinstance(event.get(key), str) for key in ("id", "account", "time"))
        is_schedule = event.get("detail-type") == "Scheduled Event"
        from_schedule = event.get("source") in _SENDERS
        return has_texts and is_schedule and from_schedule and bool(items(event.get("resources")))

    def attributes(self, event: Any) -> dict[str, Any]:
        """Return the schedule, and when it was due."""
        return known(
            {
                "faas.time": text(event.get("time")),
                "sltrace.eventbridge.schedule": _schedule(event),
                "sltrace.eventbridge.source": text(event.get("source")),
            }
        )

    def hops(self, event: Any) -> Sequence[Hop]:
        """Return the schedule as a stage."""
        name = f"EventBridge schedule {_schedule(event) or ''}".rstrip()
        return (Hop(self.name, name, from_iso(event.get("time")), self.attributes(event)),)


def _schedule(event: Any) -> str | None:
    """Return the name of the rule, or of the schedule, by its ARN."""
    resources = items(event.get("resources"))
    return arn_name(resources[0]) if resources else None


SOURCE = EventBridgeSchedule()
