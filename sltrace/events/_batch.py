"""What the sources share that hand over several records at once."""

from __future__ import annotations

from itertools import islice

from sltrace.events._source import POLL, Source, items, known

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from sltrace.events._source import Hop

# Of a larger batch, those further behind are not looked at for the oldest.
_MAX_DATED = 128


class BatchSource(Source):
    """An event with records, each of which came from a sender of its own.

    Attributes:
        system: the value of ``messaging.system``, "" for what is no messaging system.
        partial: whether Lambda takes a partial batch response from the function.
    """

    __slots__ = ()

    trigger = "pubsub"
    model: str | None = POLL
    carriers: tuple[str, ...] = ()
    system = ""
    partial = False

    def records(self, event: Any) -> Sequence[Any]:
        """Return the records, which most sources have under ``Records``."""
        return items(event.get("Records"))

    def carrier(self, event: Any) -> Mapping[Any, Any]:  # noqa: ARG002 - its records have theirs
        """Return no header: each record has its own."""
        return {}

    def attributes(self, event: Any) -> dict[str, Any]:
        """Return where the batch came from and how large it is (OTel, "Messaging spans")."""
        records = self.records(event)
        first = records[0] if records else None
        told = {
            "messaging.batch.message_count": len(records),
            "messaging.message.id": self.record_id(first) if len(records) == 1 else None,
        }
        return {**self.messaging(first), **known(told)}

    def messaging(self, record: Any) -> dict[str, Any]:
        """Return the messaging system and the record's place in it; nothing where there is none."""
        if not self.system:
            return {}
        return known(
            {
                "messaging.system": self.system,
                "messaging.operation.name": "process",
                "messaging.operation.type": "process",
                "messaging.destination.name": self.destination(record),
            }
        )

    def hops(self, event: Any) -> Sequence[Hop]:
        """Return what the oldest record came through."""
        dated = [
            (when, at)
            for at, record in enumerate(islice(self.records(event), _MAX_DATED))
            if (when := self.record_time(record)) is not None
        ]
        return self.record_hops(self.records(event)[min(dated)[1]]) if dated else ()

    def response(self, result: Any) -> dict[str, Any]:
        """Return how many records the function reports as failed."""
        failures = result.get("batchItemFailures") if isinstance(result, dict) else None
        told = self.partial and isinstance(failures, list)
        return {"sltrace.batch.failures": len(items(failures))} if told else {}

    def is_ordered(self, record: Any) -> bool:  # noqa: ARG002 - for FIFO queues and streams
        """Return whether what comes after a failed record must not be processed before it."""
        return False

    def destination(self, record: Any) -> str | None:  # noqa: ARG002 - each source has its own
        """Return the name of the queue, topic or stream that the record came through."""
        return None

    def record_id(self, record: Any) -> str | None:  # noqa: ARG002 - as above
        """Return what identifies the record in its spans."""
        return None

    def item_id(self, record: Any) -> Any:
        """Return what identifies the record in a partial batch response: the same, for most."""
        return self.record_id(record)

    def record_time(self, record: Any) -> int | None:  # noqa: ARG002 - as above
        """Return when the record came to the source, in ns since the epoch."""
        return None

    def record_attempt(self, record: Any) -> int | None:  # noqa: ARG002 - as above
        """Return how often the record has been given to a function, this time included."""
        return None

    def record_hops(self, record: Any) -> Sequence[Hop]:  # noqa: ARG002 - as above
        """Return what the record came through, outermost first."""
        return ()

    def record_carrier(self, record: Any) -> Mapping[Any, Any]:  # noqa: ARG002 - as above
        """Return the headers that may carry the record's trace context."""
        return {}

    def record_content(self, record: Any) -> Any:  # noqa: ARG002 - as above
        """Return the text that may have to be searched for the record's trace context."""
        return None

    def record_attributes(self, record: Any) -> dict[str, Any]:
        """Return what the record tells about itself, as attributes of its own span."""
        told = {
            "messaging.message.id": self.record_id(record),
            "sltrace.event.attempt": self.record_attempt(record),
        }
        return {**self.messaging(record), **known(told)}

    def attempt(self, event: Any) -> int | None:
        """Return the most attempts that any of the records has had."""
        records = islice(self.records(event), _MAX_DATED)
        return max(filter(None, map(self.record_attempt, records)), default=None)


def first(event: Any, key: str = "Records") -> Mapping[Any, Any]:
    """Return the first record, an empty one where there is none."""
    records = items(event.get(key))
    return records[0] if records and isinstance(records[0], dict) else {}
