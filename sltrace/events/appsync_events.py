"""AWS AppSync Events, a function that a channel namespace asks at a publication or a subscription.

Shape: AWS AppSync Events Developer Guide, "Direct data source integrations using Lambda" and "AWS
AppSync Event API context reference".
"""

from __future__ import annotations

from itertools import islice

from sltrace.events._appsync import AppSyncSource, caller
from sltrace.events._source import known, mapping, text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

_OPERATIONS = ("PUBLISH", "SUBSCRIBE")
# More than one publication can hold; of a result with more, the others are not looked at.
_MAX_EVENTS = 1000


class AppSyncEvents(AppSyncSource):
    """``PUBLISH default``."""

    __slots__ = ()

    name = "appsync.events"
    answer = "failed events, and whether all is refused"

    def recognise(self, event: Any) -> bool:
        """Return whether the event is the context of an operation on a channel."""
        info = mapping(event.get("info"))
        return (
            info.get("operation") in _OPERATIONS
            and isinstance(mapping(info.get("channel")).get("path"), str)
            and isinstance(mapping(info.get("channelNamespace")).get("name"), str)
            and isinstance(event.get("request"), dict)
        )

    def span_name(self, event: Any) -> str | None:
        """Return the operation and the namespace: a channel's path may be one of thousands."""
        info = event["info"]
        return f"{info['operation']} {text(info['channelNamespace']['name']) or ''}".rstrip()

    def attributes(self, event: Any) -> dict[str, Any]:
        """Return the channel, how many events are published, and the request."""
        events = event.get("events")
        return known(
            {
                "sltrace.appsync.operation": text(event["info"]["operation"]),
                "sltrace.appsync.channel": _channel(event),
                "sltrace.appsync.namespace": text(event["info"]["channelNamespace"]["name"]),
                "sltrace.appsync.batch_size": len(events) if isinstance(events, list) else None,
                **caller(event),
            }
        )

    def response(self, result: Any) -> dict[str, Any]:
        """Return how many events the function refuses, and whether it refuses the whole."""
        if not isinstance(result, dict):
            return {}
        told: dict[str, Any] = {"sltrace.appsync.refused": bool(result.get("error"))}
        if isinstance(result.get("events"), list):
            events = islice(result["events"], _MAX_EVENTS)
            failed = (bool(mapping(each).get("error")) for each in events)
            told["sltrace.batch.failures"] = sum(failed)
        return told


def _channel(event: Mapping[Any, Any]) -> str | None:
    return text(event["info"]["channel"]["path"])


SOURCE = AppSyncEvents()
