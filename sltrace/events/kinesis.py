"""Amazon Kinesis Data Streams.

Shape: AWS Lambda Developer Guide, "How Lambda processes records from stream and queue-based event
sources" (Kinesis), and "Implementing stateful Kinesis Data Streams processing in Lambda". How
often a batch was tried is not told. Data that its producer packed or compressed is no JSON, and
carries nothing.
"""

from __future__ import annotations

from sltrace.events._carriers import from_base64
from sltrace.events._source import Hop, known, mapping, text
from sltrace.events._stream import DAY_MS, StreamSource, arn_item
from sltrace.events._times import from_seconds

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any


class Kinesis(StreamSource):
    """Records of one shard."""

    __slots__ = ()

    name = "kinesis"
    system = "aws.kinesis"
    service = "kinesis"
    carriers = ("JSON data",)
    upstream = "Kinesis from `approximateArrivalTimestamp`"
    answer = "partial batch failures"

    @property
    def max_age_ms(self) -> int:
        """The longest that a stream can keep its records."""
        return 365 * DAY_MS

    def is_record(self, record: Any) -> bool:
        """Return whether this is a record of a stream."""
        about = mapping(record.get("kinesis"))
        is_kinesis = record.get("eventSource") == "aws:kinesis"
        return is_kinesis and isinstance(about.get("sequenceNumber"), str) and "data" in about

    def attributes(self, event: Any) -> dict[str, Any]:
        """Return the stream, and the shard of the batch."""
        arn = event.get("eventSourceARN")
        records = self.records(event)
        record = mapping(records[0]) if records else {"eventSourceARN": arn}
        stream = self.destination(record)
        told = {
            "messaging.destination.name": stream,
            "messaging.destination.partition.id": _shard(record) or text(event.get("shardId")),
            "aws.kinesis.stream_name": stream,
        }
        return {**super().attributes(event), **known(told)}

    def destination(self, record: Any) -> str | None:
        """Return the stream's name; of a consumer with fan-out too."""
        return arn_item(mapping(record).get("eventSourceARN"), "stream")

    def record_id(self, record: Any) -> str | None:
        """Return the sequence number."""
        return text(_about(record).get("sequenceNumber"))

    def record_time(self, record: Any) -> int | None:
        """Return when the record arrived in the stream."""
        return from_seconds(_about(record).get("approximateArrivalTimestamp"))

    def record_hops(self, record: Any) -> Sequence[Hop]:
        """Return the stream."""
        stream = self.destination(record)
        told = {
            "messaging.system": self.system,
            "messaging.destination.name": stream,
            "messaging.destination.partition.id": _shard(record),
            "messaging.message.id": self.record_id(record),
        }
        name = f"Kinesis {stream or ''}".rstrip()
        return (Hop(self.name, name, self.record_time(record), known(told)),)

    def record_carrier(self, record: Any) -> Mapping[Any, Any]:
        """Return the headers in the record's data."""
        return from_base64(self.record_content(record))

    def record_content(self, record: Any) -> Any:
        """Return the data, encoded."""
        return _about(record).get("data")


def _about(record: Any) -> Mapping[Any, Any]:
    return mapping(mapping(record).get("kinesis"))


def _shard(record: Any) -> str | None:
    """Return the shard's id, which the event's id begins with: ``shardId-000000000000:4954...``."""
    shard, colon, _ = (text(mapping(record).get("eventID")) or "").partition(":")
    return shard or None if colon else None


SOURCE = Kinesis()
