"""Amazon EventBridge Pipes: a list of the records that a pipe read.

Shape: Amazon EventBridge User Guide, "Amazon EventBridge Pipes sources" and the pages below it.
Each record is what Lambda's own mapping of that source would give, but flat: what is the event's
there is in every record, and of Kinesis what is under ``kinesis`` there.
"""

from __future__ import annotations

from sltrace.events import load
from sltrace.events._batch import BatchSource
from sltrace.events._source import SYNCHRONOUS, items, mapping
from sltrace.events._stream import DAY_MS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from sltrace.events._source import Hop

# By the ``eventSource`` of a record: the module of that source, and what a record of it has.
_SOURCES = {
    "SelfManagedKafka": ("kafka", ("topic", "partition", "offset")),
    "aws:amq": ("activemq", ("messageID", "messageType", "eventSourceArn")),
    "aws:dynamodb": ("dynamodb_stream", ("dynamodb", "eventName", "eventSourceARN")),
    "aws:kafka": ("kafka", ("topic", "partition", "offset")),
    "aws:kinesis": ("kinesis", ("sequenceNumber", "partitionKey", "eventSourceARN")),
    "aws:rmq": ("rabbitmq", ("basicProperties", "redelivered", "eventSourceArn")),
    "aws:sqs": ("sqs", ("messageId", "receiptHandle", "eventSourceARN")),
}


class EventBridgePipes(BatchSource):
    """Records of one source, for enrichment or as the pipe's target."""

    __slots__ = ()

    # A target may answer with a partial batch response, the enrichment may not, and the event
    # does not tell which of the two the function is: `partial` stays False.
    name = "eventbridge.pipes"
    model = SYNCHRONOUS
    carriers = ("what the records carry",)
    upstream = "the pipe's source, from its records' time"
    answer = "failures that a pipe's target may report; `catch()` lets exceptions through"

    @property
    def max_age_ms(self) -> int:
        """The longest that any source of a pipe keeps its records."""
        return 365 * DAY_MS

    def recognise(self, event: Any) -> bool:
        """Return whether the list's first member is a record as a pipe hands it over."""
        record = mapping(items(event)[0]) if items(event) else {}
        kind = record.get("eventSource")
        _, keys = _SOURCES.get(kind if isinstance(kind, str) else "", ("", ()))
        return bool(keys) and all(key in record for key in keys)

    def records(self, event: Any) -> Sequence[Any]:
        """Return the records, which are the event."""
        return items(event)

    def attributes(self, event: Any) -> dict[str, Any]:
        """Return what the pipe read, and how many records it did."""
        records = items(event)
        source, _ = _inside(records[0] if records else None)
        return {**super().attributes(event), "sltrace.eventbridge.pipe_source": source.name}

    def messaging(self, record: Any) -> dict[str, Any]:
        """Return the place in a messaging system that the record has at its source."""
        source, record = _inside(record)
        return source.messaging(record)

    def response(self, result: Any) -> dict[str, Any]:
        """Return how many records the function, as the pipe's target, reports as failed."""
        failures = mapping(result).get("batchItemFailures")
        return {"sltrace.batch.failures": len(failures)} if isinstance(failures, list) else {}

    def is_ordered(self, record: Any) -> bool:
        """Return whether the record's source is ordered."""
        source, record = _inside(record)
        return source.is_ordered(record)

    def destination(self, record: Any) -> str | None:
        """Return the name of the queue, topic or stream that the pipe read."""
        source, record = _inside(record)
        return source.destination(record)

    def record_id(self, record: Any) -> str | None:
        """Return what identifies the record at its source."""
        source, record = _inside(record)
        return source.record_id(record)

    def record_time(self, record: Any) -> int | None:
        """Return when the record came to its source."""
        source, record = _inside(record)
        return source.record_time(record)

    def record_attempt(self, record: Any) -> int | None:
        """Return how often the record was read, where its source tells."""
        source, record = _inside(record)
        return source.record_attempt(record)

    def record_hops(self, record: Any) -> Sequence[Hop]:
        """Return what the record came through before the pipe."""
        source, record = _inside(record)
        return source.record_hops(record)

    def record_carrier(self, record: Any) -> Mapping[Any, Any]:
        """Return the headers that the record carries, as one of its source."""
        source, record = _inside(record)
        return source.record_carrier(record)

    def record_content(self, record: Any) -> Any:
        """Return what of the record may have to be searched, as one of its source."""
        source, record = _inside(record)
        return source.record_content(record)

    def record_attributes(self, record: Any) -> dict[str, Any]:
        """Return what the record tells, as one of its source."""
        source, record = _inside(record)
        return source.record_attributes(record)


def _inside(record: Any) -> tuple[BatchSource, Mapping[Any, Any]]:
    """Return the source that the pipe read, and the record as Lambda's mapping would give it."""
    record = mapping(record)
    kind = record.get("eventSource")
    module, _ = _SOURCES.get(kind if isinstance(kind, str) else "", ("", ()))
    source: Any = load(module) if module else BatchSource()
    return source, {**record, "kinesis": record} if module == "kinesis" else record


SOURCE = EventBridgePipes()
