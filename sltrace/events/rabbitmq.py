"""Amazon MQ for RabbitMQ.

Shape: AWS Lambda Developer Guide, "Using Lambda with Amazon MQ". Messages come under the name of
their queue and its virtual host, ``orders::/``; they have a time only where their sender set one.
The broker's mapping takes no partial batch response.
"""

from __future__ import annotations

from itertools import islice

from sltrace.events._batch import BatchSource
from sltrace.events._carriers import from_base64
from sltrace.events._source import Hop, known, mapping, text
from sltrace.events._stream import byte_headers, first_of, flatten, redelivered, through
from sltrace.events._times import from_iso, from_seconds

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from typing import Any

_MAX_HEADERS = 64
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
# What Java puts before AM and PM since version 20.
_NARROW_SPACE = "\u202f"


class RabbitMq(BatchSource):
    """Messages of one queue."""

    __slots__ = ()

    name = "rabbitmq"
    system = "rabbitmq"
    carriers = ("message headers", "JSON data")
    upstream = "RabbitMQ from `basicProperties.timestamp`"

    def recognise(self, event: Any) -> bool:
        """Return whether the first queue has a message of AMQP."""
        _, message = first_of(event.get("rmqMessagesByQueue"))
        is_message = isinstance(message.get("basicProperties"), dict) and "data" in message
        return is_message and event.get("eventSource") == "aws:rmq"

    def records(self, event: Any) -> Sequence[Any]:
        """Return the messages."""
        return flatten(event.get("rmqMessagesByQueue"))

    def attributes(self, event: Any) -> dict[str, Any]:
        """Return the queue, its virtual host, and whether a message was delivered before."""
        queue, host = _queue(first_of(event.get("rmqMessagesByQueue"))[0])
        told = {
            "messaging.destination.name": queue,
            "sltrace.rabbitmq.virtual_host": host,
            "sltrace.event.redelivered": redelivered(self.records(event)),
        }
        return {**super().attributes(event), **known(told)}

    def hops(self, event: Any) -> Sequence[Hop]:
        """Return the queue, from the oldest message's time."""
        queue, _ = _queue(first_of(event.get("rmqMessagesByQueue"))[0])
        return through(super().hops(event), "RabbitMQ", queue)

    def destination(self, record: Any) -> str | None:
        """Return the queue's name, which only EventBridge Pipes writes into a message."""
        return _queue(text(mapping(record).get("eventSourceKey")) or "")[0]

    def record_id(self, record: Any) -> str | None:
        """Return the message's id, where its sender gave one."""
        return text(_properties(record).get("messageId"))

    def record_time(self, record: Any) -> int | None:
        """Return the message's time, where its sender gave one."""
        when = _properties(record).get("timestamp")
        return from_seconds(when) or _from_java(when)

    def record_hops(self, record: Any) -> Sequence[Hop]:
        """Return the queue."""
        queue = self.destination(record)
        told = {
            "messaging.system": self.system,
            "messaging.destination.name": queue,
            "messaging.message.id": self.record_id(record),
        }
        name = f"RabbitMQ {queue or ''}".rstrip()
        return (Hop(self.name, name, self.record_time(record), known(told)),)

    def record_carrier(self, record: Any) -> Mapping[Any, Any]:
        """Return the message's headers or, without any, those in its data."""
        return byte_headers(_headers(record)) or from_base64(self.record_content(record))

    def record_content(self, record: Any) -> Any:
        """Return the data, encoded."""
        return mapping(record).get("data")


def _properties(record: Any) -> Mapping[Any, Any]:
    return mapping(mapping(record).get("basicProperties"))


def _queue(key: str) -> tuple[str | None, str | None]:
    """Return the queue and the virtual host of ``orders::/``."""
    queue, _, host = key.rpartition("::")
    return text(queue), text(host)


def _headers(record: Any) -> Iterator[tuple[Any, Any]]:
    """Yield the names and values of headers: ``{"traceparent": {"bytes": [48, 48, 45, ...]}}``."""
    headers = mapping(_properties(record).get("headers"))
    for name in islice(headers, _MAX_HEADERS):
        value = headers[name]
        yield name, value.get("bytes") if isinstance(value, dict) else value


def _from_java(value: Any) -> int | None:
    """Read a time as Java shows it, which is what Lambda sends: ``Jan 31, 2026, 9:30:00 AM``."""
    words = (text(value) or "").replace(_NARROW_SPACE, " ").replace(",", " ").split()
    if len(words) != 5 or words[0] not in _MONTHS or words[4] not in ("AM", "PM"):
        return None
    month, day, year, clock, half = words
    hour, _, rest = clock.partition(":")
    if not (hour.isascii() and hour.isdigit() and len(hour) <= 2):
        return None
    hours = int(hour) % 12 + (12 if half == "PM" else 0)
    return from_iso(f"{year}-{_MONTHS.index(month) + 1:02}-{day:0>2}T{hours:02}:{rest}")


SOURCE = RabbitMq()
