"""Amazon SQS, standard and FIFO queues.

Shape: AWS Lambda Developer Guide, "Using Lambda with Amazon SQS". ``AWSTraceHeader`` is the
carrier that OTel's conventions for Lambda name ("AWS Lambda", "SQS").
"""

from __future__ import annotations

from sltrace.events._batch import BatchSource, first
from sltrace.events._carriers import from_attributes, from_text, from_xray, nearest
from sltrace.events._nested import unfold
from sltrace.events._source import Hop, arn_part, known, mapping, text, whole
from sltrace.events._times import from_ms

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any


class Sqs(BatchSource):
    """Messages of one queue."""

    __slots__ = ()

    name = "sqs"
    system = "aws_sqs"
    partial = True
    carriers = ("message attributes", "AWSTraceHeader", "what the body carries")
    upstream = "SQS from `SentTimestamp`; SNS, EventBridge or S3 inside the body"
    answer = "partial batch failures"

    def recognise(self, event: Any) -> bool:
        """Return whether the first record is a message of a queue."""
        record = first(event)
        is_message = isinstance(record.get("messageId"), str) and "receiptHandle" in record
        return is_message and isinstance(record.get("body"), str)

    def attributes(self, event: Any) -> dict[str, Any]:
        """Return the queue, and what came inside the first message."""
        inside = unfold(first(event).get("body")).sources
        return {**super().attributes(event), **known({"sltrace.event.nested": inside or None})}

    def is_ordered(self, record: Any) -> bool:
        """Return whether the queue is a FIFO queue."""
        return (self.destination(record) or "").endswith(".fifo")

    def destination(self, record: Any) -> str | None:
        """Return the queue's name."""
        return arn_part(mapping(record).get("eventSourceARN"), 5)

    def record_id(self, record: Any) -> str | None:
        """Return the message's id."""
        return text(mapping(record).get("messageId"))

    def record_time(self, record: Any) -> int | None:
        """Return when the message was sent."""
        return from_ms(_system(record).get("SentTimestamp"))

    def record_attempt(self, record: Any) -> int | None:
        """Return how often the message was received."""
        return whole(_system(record).get("ApproximateReceiveCount"))

    def record_hops(self, record: Any) -> Sequence[Hop]:
        """Return what the message itself came through, then the queue."""
        name = self.destination(record)
        told = {
            "messaging.system": self.system,
            "messaging.destination.name": name,
            "messaging.message.id": self.record_id(record),
        }
        received = from_ms(_system(record).get("ApproximateFirstReceiveTimestamp"))
        queue = Hop(
            self.name,
            f"SQS {name or ''}".rstrip(),
            self.record_time(record),
            known(told),
            moments={"first received": received},
        )
        return (*unfold(mapping(record).get("body")).hops, queue)

    def record_carrier(self, record: Any) -> Mapping[Any, Any]:
        """Return the headers of the message's attributes, else those inside its body."""
        record = mapping(record)
        body = record.get("body")
        return nearest(
            from_attributes(record.get("messageAttributes")),
            from_xray(_system(record).get("AWSTraceHeader")),
            unfold(body).headers or from_text(body),
        )

    def record_content(self, record: Any) -> Any:
        """Return the body."""
        return mapping(record).get("body")


def _system(record: Any) -> Mapping[Any, Any]:
    return mapping(mapping(record).get("attributes"))


SOURCE = Sqs()
