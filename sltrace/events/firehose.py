"""Amazon Data Firehose, which has a function transform its records.

Shape: Amazon Data Firehose Developer Guide, "Transform source data in Amazon Data Firehose"; the
SAM CLI's samples, one of which has no ``deliveryStreamArn`` and one misspells it. Firehose waits
for the answer, after it has gathered records for up to 15 minutes.
"""

from __future__ import annotations

from sltrace.events._batch import BatchSource, first
from sltrace.events._carriers import from_base64
from sltrace.events._source import SYNCHRONOUS, Hop, items, known, mapping, text
from sltrace.events._stream import DAY_MS, arn_item, through, transformed
from sltrace.events._times import from_ms

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any


class Firehose(BatchSource):
    """Records of one Firehose stream."""

    __slots__ = ()

    name = "firehose"
    model = SYNCHRONOUS
    system = "aws.firehose"
    carriers = ("JSON data",)
    upstream = "Firehose from `approximateArrivalTimestamp`, waiting"
    answer = "records that failed, records that were dropped"

    @property
    def max_age_ms(self) -> int:
        """The longest that Firehose keeps what it cannot deliver."""
        return DAY_MS

    def recognise(self, event: Any) -> bool:
        """Return whether the first record is one to be transformed."""
        record = first(event, "records")
        is_record = all(isinstance(record.get(key), str) for key in ("recordId", "data"))
        is_dated = "approximateArrivalTimestamp" in record
        is_call = all(isinstance(event.get(key), str) for key in ("invocationId", "region"))
        return is_record and is_dated and is_call and "applicationArn" not in event

    def records(self, event: Any) -> Sequence[Any]:
        """Return the records."""
        return items(event.get("records"))

    def attributes(self, event: Any) -> dict[str, Any]:
        """Return the Firehose stream, and the Kinesis stream that it reads where it reads one."""
        told = {
            "messaging.destination.name": _stream(event),
            "aws.kinesis.stream_name": arn_item(event.get("sourceKinesisStreamArn"), "stream"),
        }
        return {**super().attributes(event), **known(told)}

    def hops(self, event: Any) -> Sequence[Hop]:
        """Return the Firehose stream, from the oldest record's arrival."""
        return through(super().hops(event), "Firehose", _stream(event))

    def response(self, result: Any) -> dict[str, Any]:
        """Return how many records failed, and how many are to be dropped."""
        return transformed(result)

    def record_id(self, record: Any) -> str | None:
        """Return the record's id."""
        return text(mapping(record).get("recordId"))

    def record_time(self, record: Any) -> int | None:
        """Return when the record arrived."""
        return from_ms(mapping(record).get("approximateArrivalTimestamp"))

    def record_hops(self, record: Any) -> Sequence[Hop]:
        """Return the Firehose stream."""
        told = known({"messaging.system": self.system})
        return (Hop(self.name, "Firehose", self.record_time(record), told, encloses=True),)

    def record_carrier(self, record: Any) -> Mapping[Any, Any]:
        """Return the headers in the record's data."""
        return from_base64(self.record_content(record))

    def record_content(self, record: Any) -> Any:
        """Return the data, encoded."""
        return mapping(record).get("data")


def _stream(event: Any) -> str | None:
    return arn_item(event.get("deliveryStreamArn"), "deliverystream")


SOURCE = Firehose()
