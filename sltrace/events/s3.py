"""Amazon S3, event notifications straight to the function.

Shape: Amazon S3 User Guide, "Event message structure". An object's user metadata is not part of
it, so that it carries no trace context.
"""

from __future__ import annotations

from sltrace.events._batch import BatchSource, first
from sltrace.events._source import ASYNCHRONOUS, Hop, known, mapping, text, whole
from sltrace.events._times import from_iso

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

# What an event's type, up to its colon, does to the object (OTel: ``faas.document.operation``).
_OPERATIONS = {
    "ObjectCreated": "insert",
    "ObjectRemoved": "delete",
    "LifecycleExpiration": "delete",
    "ObjectRestore": "edit",
    "ObjectTagging": "edit",
    "ObjectAcl": "edit",
    "LifecycleTransition": "edit",
    "IntelligentTiering": "edit",
}


class S3(BatchSource):
    """What happened to an object of a bucket."""

    __slots__ = ()

    name = "s3"
    trigger = "datasource"
    model = ASYNCHRONOUS
    upstream = "S3 from `eventTime`"

    def recognise(self, event: Any) -> bool:
        """Return whether the first record tells of an object in a bucket."""
        record = first(event)
        bucket = mapping(mapping(record.get("s3")).get("bucket"))
        return record.get("eventSource") == "aws:s3" and isinstance(bucket.get("name"), str)

    def attributes(self, event: Any) -> dict[str, Any]:
        """Return what happened, to which object."""
        return {**super().attributes(event), **_document(first(event))}

    def record_time(self, record: Any) -> int | None:
        """Return when S3 had finished with the request."""
        return from_iso(mapping(record).get("eventTime"))

    def record_hops(self, record: Any) -> Sequence[Hop]:
        """Return the bucket as a stage."""
        told = _document(record)
        words = ("S3", told.get("sltrace.s3.event"), told.get("aws.s3.bucket"))
        return (Hop(self.name, " ".join(filter(None, words)), self.record_time(record), told),)

    def record_attributes(self, record: Any) -> dict[str, Any]:
        """Return what happened, to which object."""
        return {**super().record_attributes(record), **_document(record)}


def _document(record: Any) -> dict[str, Any]:
    record = mapping(record)
    about = mapping(record.get("s3"))
    thing = mapping(about.get("object"))
    bucket = text(mapping(about.get("bucket")).get("name"))
    kind = text(record.get("eventName"))
    key = decoded(thing.get("key"))
    return known(
        {
            "faas.document.collection": bucket,
            "faas.document.operation": _OPERATIONS.get((kind or "").partition(":")[0]),
            "faas.document.time": text(record.get("eventTime")),
            "faas.document.name": key,
            "aws.s3.bucket": bucket,
            "aws.s3.key": key,
            "sltrace.s3.event": kind,
            "sltrace.s3.object_size": whole(thing.get("size")),
        }
    )


def decoded(key: Any) -> str | None:
    """Return an object's key as it is; notifications and manifests have it as in a URL's query."""
    encoded = text(key)
    if encoded is None or "%" not in encoded:
        return encoded and encoded.replace("+", " ")
    from urllib.parse import unquote_plus

    return unquote_plus(encoded)


SOURCE = S3()
