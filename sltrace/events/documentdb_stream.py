"""Amazon DocumentDB change streams.

Shape: AWS Lambda Developer Guide, "Process Amazon DocumentDB events with Lambda"; the changes are
those of MongoDB's manual, "Change Events". The mapping takes no partial batch response.
"""

from __future__ import annotations

from itertools import islice

from sltrace.events._batch import BatchSource, first
from sltrace.events._carriers import from_json
from sltrace.events._source import Hop, arn_name, items, known, mapping, text
from sltrace.events._stream import MAX_COMPARED, agreed
from sltrace.events._times import from_seconds

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

_OPERATIONS = {"insert": "insert", "update": "edit", "replace": "edit", "delete": "delete"}


class DocumentdbStream(BatchSource):
    """Changes of documents of one cluster."""

    __slots__ = ()

    name = "documentdb.stream"
    trigger = "datasource"
    carriers = ("written field traceparent",)
    upstream = "DocumentDB from `clusterTime`"

    def recognise(self, event: Any) -> bool:
        """Return whether the first event is a change."""
        change = _change(first(event, "events"))
        is_change = isinstance(change.get("operationType"), str) and "clusterTime" in change
        return is_change and event.get("eventSource") == "aws:docdb"

    def records(self, event: Any) -> Sequence[Any]:
        """Return the changes."""
        return items(event.get("events"))

    def attributes(self, event: Any) -> dict[str, Any]:
        """Return the cluster, and of collection and operation what is the same in all changes."""
        changes = [_document(record) for record in islice(self.records(event), MAX_COMPARED)]
        keys = ("db.namespace", "faas.document.collection", "faas.document.operation")
        common = {key: agreed(change.get(key) for change in changes) for key in keys}
        cluster = arn_name(event.get("eventSourceArn"))
        told = known({**common, "sltrace.documentdb.cluster": cluster})
        return {**super().attributes(event), **told}

    def is_ordered(self, record: Any) -> bool:  # noqa: ARG002 - whatever the record
        """Return True: changes come in the order they were made."""
        return True

    def record_id(self, record: Any) -> str | None:
        """Return the change's id, from which a stream can be resumed."""
        return text(mapping(_change(record).get("_id")).get("_data"))

    def record_time(self, record: Any) -> int | None:
        """Return when the change was made, in whole seconds."""
        when = mapping(_change(record).get("clusterTime"))
        return from_seconds(mapping(when.get("$timestamp")).get("t"))

    def record_hops(self, record: Any) -> Sequence[Hop]:
        """Return the collection's change stream."""
        told = _document(record)
        name = f"DocumentDB {told.get('faas.document.collection', '')}".rstrip()
        return (Hop(self.name, name, self.record_time(record), told),)

    def record_carrier(self, record: Any) -> Mapping[Any, Any]:
        """Return the headers that this change, and none before it, wrote into the document."""
        change = _change(record)
        if change.get("operationType") == "update":
            return from_json(mapping(change.get("updateDescription")).get("updatedFields"))
        return from_json(change.get("fullDocument"))

    def record_attributes(self, record: Any) -> dict[str, Any]:
        """Return the change's id, and what was done to which collection."""
        return {**super().record_attributes(record), **_document(record)}


def _change(record: Any) -> Mapping[Any, Any]:
    return mapping(mapping(record).get("event"))


def _document(record: Any) -> dict[str, Any]:
    """Return database, collection and operation of a change."""
    change = _change(record)
    operation = change.get("operationType")
    namespace = mapping(change.get("ns"))
    told = {
        "db.namespace": text(namespace.get("db")),
        "faas.document.collection": text(namespace.get("coll")),
        "faas.document.operation": _OPERATIONS.get(operation)
        if isinstance(operation, str)
        else None,
    }
    return known(told)


SOURCE = DocumentdbStream()
