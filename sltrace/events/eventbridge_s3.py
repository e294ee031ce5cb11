"""Amazon S3, event notifications that come through EventBridge.

Shape: Amazon S3 User Guide, "EventBridge event message structure". Unlike in a notification
straight to the function, the object's key is not encoded. API calls that CloudTrail reports have
no bucket in their detail, and are ordinary events of EventBridge.
"""

from __future__ import annotations

from sltrace.events._source import known, mapping, text, whole
from sltrace.events.eventbridge import EventBridge

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

# What the event's type does to the object (OTel: ``faas.document.operation``).
_OPERATIONS = {
    "Object Created": "insert",
    "Object Deleted": "delete",
    "Object Restore Initiated": "edit",
    "Object Restore Completed": "edit",
    "Object Restore Expired": "edit",
    "Object Storage Class Changed": "edit",
    "Object Access Tier Changed": "edit",
    "Object ACL Updated": "edit",
    "Object Tags Added": "edit",
    "Object Tags Deleted": "edit",
}


class EventBridgeS3(EventBridge):
    """What happened to an object of a bucket."""

    __slots__ = ()

    name = "eventbridge.s3"
    trigger = "datasource"
    # The detail is S3's, not a sender's.
    carriers = ()

    def recognise(self, event: Any) -> bool:
        """Return whether S3 tells of an object in a bucket."""
        name = mapping(mapping(event.get("detail")).get("bucket")).get("name")
        is_of_s3 = event.get("source") == "aws.s3" and isinstance(name, str)
        return is_of_s3 and super().recognise(event)

    def attributes(self, event: Any) -> dict[str, Any]:
        """Return what happened, to which object."""
        detail = mapping(event.get("detail"))
        thing = mapping(detail.get("object"))
        bucket = text(mapping(detail.get("bucket")).get("name"))
        key = text(thing.get("key"))
        told = {
            "faas.document.collection": bucket,
            "faas.document.operation": _OPERATIONS.get(text(event.get("detail-type")) or ""),
            "faas.document.time": text(event.get("time")),
            "faas.document.name": key,
            "aws.s3.bucket": bucket,
            "aws.s3.key": key,
            "sltrace.s3.reason": text(detail.get("reason")),
            "sltrace.s3.object_size": whole(thing.get("size")),
        }
        return {**super().attributes(event), **known(told)}

    def carrier(self, event: Any) -> Mapping[Any, Any]:  # noqa: ARG002 - S3 sends no context
        """Return no header."""
        return {}


SOURCE = EventBridgeS3()
