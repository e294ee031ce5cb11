"""Apache Kafka: Amazon MSK and clusters that customers manage.

Shape: AWS Lambda Developer Guide, "Using Lambda with Amazon MSK" and "Using Lambda with
self-managed Apache Kafka"; "Configuring error handling controls for Kafka event sources" for the
partial batch response. How often a batch was tried is not told.
"""

from __future__ import annotations

from itertools import islice

from sltrace.events._batch import BatchSource
from sltrace.events._carriers import from_base64
from sltrace.events._source import Hop, items, known, mapping, text, whole
from sltrace.events._stream import DAY_MS, arn_item, byte_headers, first_of, flatten
from sltrace.events._times import from_ms

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from typing import Any

_CLUSTERS = {
    "aws:kafka": "msk",
    "SelfManagedKafka": "self-managed",
    "aws:SelfManagedKafka": "self-managed",
}
_MAX_HEADERS = 64


class Kafka(BatchSource):
    """Records of one or several partitions."""

    __slots__ = ()

    name = "kafka"
    system = "kafka"
    partial = True
    carriers = ("record headers", "JSON value")
    upstream = "Kafka from `timestamp`"
    answer = "partial batch failures"

    @property
    def max_age_ms(self) -> int:
        """A year: a topic keeps its records for as long as it is told to."""
        return 365 * DAY_MS

    def recognise(self, event: Any) -> bool:
        """Return whether the first partition has a record of a topic."""
        _, record = first_of(event.get("records"))
        is_record = isinstance(record.get("topic"), str) and "offset" in record
        return is_record and _cluster(event) is not None

    def records(self, event: Any) -> Sequence[Any]:
        """Return the records of all partitions, one partition after the other."""
        return flatten(event.get("records"))

    def attributes(self, event: Any) -> dict[str, Any]:
        """Return the topic, the kind of cluster, and how many partitions there are."""
        partitions = mapping(event.get("records"))
        _, record = first_of(partitions)
        told = {
            "messaging.destination.partition.id": _partition(record)
            if len(partitions) == 1
            else None,
            "sltrace.kafka.cluster": _cluster(event),
            "sltrace.kafka.cluster_name": arn_item(event.get("eventSourceArn"), "cluster"),
            "sltrace.kafka.partitions": len(partitions),
        }
        return {**super().attributes(event), **known(told)}

    def is_ordered(self, record: Any) -> bool:  # noqa: ARG002 - whatever the record
        """Return True: a partition is processed in its order."""
        return True

    def destination(self, record: Any) -> str | None:
        """Return the topic."""
        return text(mapping(record).get("topic"))

    def record_id(self, record: Any) -> str | None:
        """Return topic, partition and offset as one text; Lambda itself asks for ``item_id``."""
        item = self.item_id(record)
        return f"{item['partition']}-{item['offset']}" if item else None

    def item_id(self, record: Any) -> dict[str, Any] | None:
        """Return what identifies the record in a partial batch response, which is no text."""
        topic, partition = self.destination(record), _partition(record)
        offset = whole(mapping(record).get("offset"))
        is_known = topic is not None and partition is not None and offset is not None
        return {"partition": f"{topic}-{partition}", "offset": offset} if is_known else None

    def record_time(self, record: Any) -> int | None:
        """Return the record's time: when it was made or, by the topic's setting, appended."""
        return from_ms(mapping(record).get("timestamp"))

    def record_hops(self, record: Any) -> Sequence[Hop]:
        """Return the topic."""
        name = f"Kafka {self.destination(record) or ''}".rstrip()
        told = {
            "messaging.system": self.system,
            "messaging.destination.name": self.destination(record),
            **_place(record),
        }
        return (Hop(self.name, name, self.record_time(record), known(told)),)

    def record_carrier(self, record: Any) -> Mapping[Any, Any]:
        """Return the record's headers or, without any, those in its value."""
        return byte_headers(_headers(record)) or from_base64(self.record_content(record))

    def record_content(self, record: Any) -> Any:
        """Return the value, encoded."""
        return mapping(record).get("value")

    def record_attributes(self, record: Any) -> dict[str, Any]:
        """Return the topic, and where in it the record is."""
        return {**super().record_attributes(record), **known(_place(record))}


def _cluster(event: Any) -> str | None:
    source = event.get("eventSource")
    return _CLUSTERS.get(source) if isinstance(source, str) else None


def _partition(record: Any) -> str | None:
    number = whole(mapping(record).get("partition"))
    return None if number is None else str(number)


def _place(record: Any) -> dict[str, Any]:
    return {
        "messaging.destination.partition.id": _partition(record),
        "messaging.kafka.offset": whole(mapping(record).get("offset")),
    }


def _headers(record: Any) -> Iterator[tuple[Any, Any]]:
    """Yield the names and values of headers: ``[{"traceparent": [48, 48, 45, ...]}]``."""
    for header in islice(items(mapping(record).get("headers")), _MAX_HEADERS):
        yield from islice(mapping(header).items(), _MAX_HEADERS)


SOURCE = Kafka()
