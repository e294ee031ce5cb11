"""Amazon MQ for ActiveMQ.

Shape: AWS Lambda Developer Guide, "Using Lambda with Amazon MQ". The broker's mapping takes no
partial batch response.
"""

from __future__ import annotations

from sltrace._headers import trace_headers
from sltrace.events._batch import BatchSource, first
from sltrace.events._carriers import from_base64
from sltrace.events._source import Hop, items, known, mapping, text
from sltrace.events._stream import redelivered
from sltrace.events._times import from_ms

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

# EventBridge Pipes and older documentation have the first.
_SOURCES = ("aws:amq", "aws:mq")


class ActiveMq(BatchSource):
    """Messages of one queue."""

    __slots__ = ()

    name = "activemq"
    system = "activemq"
    carriers = ("message properties", "JSON data")
    upstream = "ActiveMQ from `brokerInTime`"

    def recognise(self, event: Any) -> bool:
        """Return whether the first message is one of JMS."""
        message = first(event, "messages")
        has_texts = all(isinstance(message.get(key), str) for key in ("messageID", "messageType"))
        return has_texts and event.get("eventSource") in _SOURCES

    def records(self, event: Any) -> Sequence[Any]:
        """Return the messages."""
        return items(event.get("messages"))

    def attributes(self, event: Any) -> dict[str, Any]:
        """Return the queue, the kind of its messages, and whether one was delivered before."""
        told = {
            "sltrace.activemq.message_type": text(first(event, "messages").get("messageType")),
            "sltrace.event.redelivered": redelivered(self.records(event)),
        }
        return {**super().attributes(event), **known(told)}

    def destination(self, record: Any) -> str | None:
        """Return the queue's name, which older events write in lower case."""
        about = mapping(mapping(record).get("destination"))
        return text(about.get("physicalName") or about.get("physicalname"))

    def record_id(self, record: Any) -> str | None:
        """Return the message's id."""
        return text(mapping(record).get("messageID"))

    def record_time(self, record: Any) -> int | None:
        """Return when the message came to the broker or, untold, when it was sent."""
        record = mapping(record)
        return from_ms(record.get("brokerInTime")) or from_ms(record.get("timestamp"))

    def record_hops(self, record: Any) -> Sequence[Hop]:
        """Return the queue."""
        queue = self.destination(record)
        told = {
            "messaging.system": self.system,
            "messaging.destination.name": queue,
            "messaging.message.id": self.record_id(record),
        }
        left = from_ms(mapping(record).get("brokerOutTime"))
        return (
            Hop(
                self.name,
                f"ActiveMQ {queue or ''}".rstrip(),
                self.record_time(record),
                known(told),
                moments={"left the broker": left},
            ),
        )

    def record_carrier(self, record: Any) -> Mapping[Any, Any]:
        """Return the headers among the message's properties or, without any, in its data."""
        record = mapping(record)
        return trace_headers(mapping(record.get("properties"))) or from_base64(record.get("data"))

    def record_content(self, record: Any) -> Any:
        """Return the data, encoded."""
        return mapping(record).get("data")


SOURCE = ActiveMq()
