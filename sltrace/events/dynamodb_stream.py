"""Amazon DynamoDB Streams.

Shape: AWS Lambda Developer Guide, "Process DynamoDB records with Lambda"; DynamoDB API Reference,
"Record" and "StreamRecord". How often a batch was tried is not told.
"""

from __future__ import annotations

from itertools import islice

from sltrace.events._source import Hop, known, mapping, text
from sltrace.events._stream import DAY_MS, MAX_COMPARED, StreamSource, agreed, arn_item
from sltrace.events._times import from_seconds

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

_OPERATIONS = {"INSERT": "insert", "MODIFY": "edit", "REMOVE": "delete"}
_ATTRIBUTES = ("traceparent", "tracestate", "baggage")


class DynamodbStream(StreamSource):
    """Changes of items of one table."""

    __slots__ = ()

    name = "dynamodb.stream"
    trigger = "datasource"
    service = "dynamodb"
    carriers = ("item attribute traceparent",)
    upstream = "DynamoDB from `ApproximateCreationDateTime`"
    answer = "partial batch failures"

    @property
    def max_age_ms(self) -> int:
        """How long a stream keeps its records."""
        return DAY_MS

    def is_record(self, record: Any) -> bool:
        """Return whether this is a change of an item."""
        is_dynamodb = record.get("eventSource") == "aws:dynamodb"
        return is_dynamodb and isinstance(record.get("dynamodb"), dict) and bool(_operation(record))

    def attributes(self, event: Any) -> dict[str, Any]:
        """Return the table, and what was done to its items where that is one thing."""
        records = self.records(event)
        record = mapping(records[0]) if records else {"eventSourceARN": event.get("eventSourceARN")}
        told = {
            "faas.document.collection": _table(record),
            "faas.document.operation": agreed(map(_operation, islice(records, MAX_COMPARED))),
            "sltrace.dynamodb.stream_view_type": text(_about(record).get("StreamViewType")),
        }
        return {**super().attributes(event), **known(told)}

    def record_id(self, record: Any) -> str | None:
        """Return the sequence number."""
        return text(_about(record).get("SequenceNumber"))

    def record_time(self, record: Any) -> int | None:
        """Return when the item was changed."""
        return from_seconds(_about(record).get("ApproximateCreationDateTime"))

    def record_hops(self, record: Any) -> Sequence[Hop]:
        """Return the table's stream."""
        name = f"DynamoDB {_table(record) or ''}".rstrip()
        return (Hop(self.name, name, self.record_time(record), _document(record)),)

    def record_carrier(self, record: Any) -> Mapping[Any, Any]:
        """Return the headers that this change, and none before it, wrote into the item."""
        new, old = (_headers(_about(record).get(image)) for image in ("NewImage", "OldImage"))
        return new if new.get("traceparent") != old.get("traceparent") else {}

    def record_attributes(self, record: Any) -> dict[str, Any]:
        """Return the record's id, and what was done to which table."""
        return {**super().record_attributes(record), **_document(record)}


def _about(record: Any) -> Mapping[Any, Any]:
    return mapping(mapping(record).get("dynamodb"))


def _table(record: Any) -> str | None:
    return arn_item(mapping(record).get("eventSourceARN"), "table")


def _operation(record: Any) -> str | None:
    name = mapping(record).get("eventName")
    return _OPERATIONS.get(name) if isinstance(name, str) else None


def _document(record: Any) -> dict[str, Any]:
    told = {
        "faas.document.collection": _table(record),
        "faas.document.operation": _operation(record),
    }
    return known(told)


def _headers(image: Any) -> dict[str, str]:
    """Return the trace headers among an item's attributes: ``{"traceparent": {"S": "..."}}``."""
    texts = {name: mapping(mapping(image).get(name)).get("S") for name in _ATTRIBUTES}
    return {name: value for name, value in texts.items() if isinstance(value, str)}


SOURCE = DynamodbStream()
