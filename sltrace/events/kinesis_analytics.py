"""Amazon Kinesis Data Analytics for SQL, which has a function preprocess its records.

Shape: Amazon Kinesis Data Analytics Developer Guide (SQL), "Preprocessing Data Using a Lambda
Function". The application reads a Kinesis stream or a Firehose stream, and waits for the answer.
"""

from __future__ import annotations

from sltrace.events._batch import BatchSource, first
from sltrace.events._carriers import from_base64
from sltrace.events._source import SYNCHRONOUS, Hop, arn_name, arn_part, items, known, mapping, text
from sltrace.events._stream import DAY_MS, arn_item, transformed
from sltrace.events._times import from_ms

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

_METADATA = ("kinesisStreamRecordMetadata", "kinesisFirehoseRecordMetadata")


class KinesisAnalytics(BatchSource):
    """Records of one application's input."""

    __slots__ = ()

    name = "kinesis.analytics"
    model = SYNCHRONOUS
    carriers = ("JSON data",)
    upstream = "Kinesis Analytics from `approximateArrivalTimestamp`, waiting"
    answer = "records that failed, records that were dropped"

    @property
    def max_age_ms(self) -> int:
        """The longest that a stream can keep its records."""
        return 365 * DAY_MS

    def recognise(self, event: Any) -> bool:
        """Return whether the first record is one of an application's input."""
        record = first(event, "records")
        is_record = all(isinstance(record.get(key), str) for key in ("recordId", "data"))
        is_call = all(isinstance(event.get(key), str) for key in ("invocationId", "streamArn"))
        return is_record and is_call and isinstance(event.get("applicationArn"), str)

    def records(self, event: Any) -> Sequence[Any]:
        """Return the records."""
        return items(event.get("records"))

    def attributes(self, event: Any) -> dict[str, Any]:
        """Return the application, and the stream that is its input."""
        stream = event.get("streamArn")
        told = {
            "sltrace.kinesis_analytics.application": arn_name(event.get("applicationArn")),
            "sltrace.kinesis_analytics.input": arn_part(stream, 2),
            "aws.kinesis.stream_name": arn_item(stream, "stream"),
        }
        return {**super().attributes(event), **known(told)}

    def hops(self, event: Any) -> Sequence[Hop]:
        """Return the application, from the arrival of its oldest record."""
        name = f"Kinesis Analytics {arn_name(event.get('applicationArn')) or ''}".rstrip()
        return [Hop(self.name, name, hop.start, encloses=True) for hop in super().hops(event)]

    def response(self, result: Any) -> dict[str, Any]:
        """Return how many records failed, and how many are to be dropped."""
        return transformed(result)

    def record_id(self, record: Any) -> str | None:
        """Return the record's id."""
        return text(mapping(record).get("recordId"))

    def record_time(self, record: Any) -> int | None:
        """Return when the record arrived in the stream."""
        metadata = (mapping(mapping(record).get(key)) for key in _METADATA)
        arrived = (from_ms(about.get("approximateArrivalTimestamp")) for about in metadata)
        return next(filter(None, arrived), None)

    def record_hops(self, record: Any) -> Sequence[Hop]:
        """Return the application."""
        return (Hop(self.name, "Kinesis Analytics", self.record_time(record), encloses=True),)

    def record_carrier(self, record: Any) -> Mapping[Any, Any]:
        """Return the headers in the record's data."""
        return from_base64(self.record_content(record))

    def record_content(self, record: Any) -> Any:
        """Return the data, encoded."""
        return mapping(record).get("data")


SOURCE = KinesisAnalytics()
