"""Amazon SNS.

Shape: Amazon SNS Developer Guide, "Fanout to Lambda functions"; AWS Lambda Developer Guide,
"Invoking Lambda functions with Amazon SNS notifications".
"""

from __future__ import annotations

from sltrace.events._batch import BatchSource, first
from sltrace.events._carriers import from_attributes, nearest
from sltrace.events._nested import unfold
from sltrace.events._source import ASYNCHRONOUS, Hop, arn_part, known, mapping, text
from sltrace.events._times import from_iso

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any


class Sns(BatchSource):
    """A notification of a topic. Lambda gets each in an event of its own."""

    __slots__ = ()

    name = "sns"
    model = ASYNCHRONOUS
    system = "aws.sns"
    carriers = ("message attributes", "what the message carries")
    upstream = "SNS from `Timestamp`; EventBridge or S3 inside the message"

    def recognise(self, event: Any) -> bool:
        """Return whether the first record is a notification of a topic."""
        return isinstance(mapping(first(event).get("Sns")).get("TopicArn"), str)

    def attributes(self, event: Any) -> dict[str, Any]:
        """Return the topic, and what came inside its message."""
        about = mapping(first(event).get("Sns"))
        told = {
            "aws.sns.topic.arn": text(about.get("TopicArn")),
            "sltrace.event.nested": unfold(about.get("Message")).sources or None,
        }
        return {**super().attributes(event), **known(told)}

    def destination(self, record: Any) -> str | None:
        """Return the topic's name."""
        return arn_part(mapping(mapping(record).get("Sns")).get("TopicArn"), 5)

    def record_id(self, record: Any) -> str | None:
        """Return the message's id."""
        return text(mapping(mapping(record).get("Sns")).get("MessageId"))

    def record_time(self, record: Any) -> int | None:
        """Return when the message was published."""
        return from_iso(mapping(mapping(record).get("Sns")).get("Timestamp"))

    def record_hops(self, record: Any) -> Sequence[Hop]:
        """Return what the message itself came through, then the topic."""
        about = mapping(mapping(record).get("Sns"))
        return (*unfold(about.get("Message")).hops, self.hop(about))

    def record_carrier(self, record: Any) -> Mapping[Any, Any]:
        """Return the headers among the message attributes, else those inside the message."""
        about = mapping(mapping(record).get("Sns"))
        inside = unfold(about.get("Message")).headers
        return nearest(from_attributes(about.get("MessageAttributes")), inside)

    def record_content(self, record: Any) -> Any:
        """Return the message."""
        return mapping(mapping(record).get("Sns")).get("Message")

    def hop(self, notification: Mapping[Any, Any]) -> Hop:
        """Return the topic as a stage, from a notification in a record or in a queue's message."""
        topic = text(notification.get("TopicArn"))
        told = {
            "messaging.system": self.system,
            "messaging.destination.name": arn_part(topic, 5),
            "messaging.message.id": text(notification.get("MessageId")),
            "aws.sns.topic.arn": topic,
        }
        name = f"SNS {arn_part(topic, 5) or ''}".rstrip()
        return Hop(self.name, name, from_iso(notification.get("Timestamp")), known(told))


SOURCE = Sns()
