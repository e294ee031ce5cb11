"""AWS IoT Core rules, for what AWS IoT publishes itself: lifecycle and jobs events.

Shape: AWS IoT Core Developer Guide, "Lifecycle events" and "Jobs events". A rule hands over
whatever its SQL selects, so a device's own message cannot be told from any other event; the
registry's events have a source of their own (``iot_registry``). Client ids, principals, addresses
and topics are a device's and not told.
"""

from __future__ import annotations

from sltrace.events._source import ASYNCHRONOUS, Hop, Source, known, text
from sltrace.events._times import from_ms, from_seconds

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

# What each type of event has besides, all of it text.
_LIFECYCLE = ("clientId", "sessionIdentifier", "principalIdentifier")
_JOBS = ("jobId", "operation", "eventId")
_TEXTS = {
    "connected": _LIFECYCLE,
    "disconnected": _LIFECYCLE,
    "connect_failed": _LIFECYCLE,
    "subscribed": _LIFECYCLE,
    "unsubscribed": _LIFECYCLE,
    "JOB": _JOBS,
    "JOB_EXECUTION": _JOBS,
}


class IotRule(Source):
    """A client that came, went or subscribed; a job that ended."""

    __slots__ = ()

    name = "iot.rule"
    trigger = "pubsub"
    model = ASYNCHRONOUS
    upstream = "IoT from `timestamp`"

    def recognise(self, event: Any) -> bool:
        """Return whether the event is one that AWS IoT publishes about clients or jobs."""
        kind = event.get("eventType")
        texts = _TEXTS.get(kind, ()) if isinstance(kind, str) else ()
        has_texts = bool(texts) and all(isinstance(event.get(key), str) for key in texts)
        return has_texts and _start(event) is not None

    def attributes(self, event: Any) -> dict[str, Any]:
        """Return what happened, and why."""
        reason = event.get("disconnectReason") or event.get("connectFailureReason")
        return known(
            {
                "sltrace.iot.event_type": text(event.get("eventType")),
                "sltrace.iot.event_id": text(event.get("eventId")),
                "sltrace.iot.operation": text(event.get("operation")),
                "sltrace.iot.reason": text(reason),
                "sltrace.iot.job_id": text(event.get("jobId")),
                "sltrace.iot.job_status": text(event.get("status")) if "jobId" in event else None,
            }
        )

    def hops(self, event: Any) -> Sequence[Hop]:
        """Return AWS IoT as a stage, from when it happened."""
        name = "IoT jobs" if "jobId" in event else "IoT lifecycle"
        return (Hop(self.name, name, _start(event), self.attributes(event)),)


def _start(event: Any) -> int | None:
    at = event.get("timestamp")
    # Lifecycle events have milliseconds, jobs events seconds; no time can be taken for both.
    return from_seconds(at) or from_ms(at)


SOURCE = IotRule()
