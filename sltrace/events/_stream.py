"""What the streams and the brokers share."""

from __future__ import annotations

from itertools import chain, islice

from sltrace._headers import TRACE_HEADERS
from sltrace.events._batch import BatchSource
from sltrace.events._source import Hop, arn_part, items, known, mapping, text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Any

DAY_MS = 24 * 60 * 60 * 1000
# Of a larger batch, those further behind are not looked at for what they have in common.
MAX_COMPARED = 128
# The largest batch that Lambda makes of Kafka's or a broker's messages.
_MAX_RECORDS = 10_000
# More records than Lambda's 6 MB of result can hold.
_MAX_RESULTS = 100_000
_MAX_NAME = max(map(len, TRACE_HEADERS))
_MAX_BYTES = 8192


class StreamSource(BatchSource):
    """Records of one shard, in its order, or the end of a time window over them.

    Attributes:
        service: the stream's service, as its ARN calls it.
    """

    __slots__ = ()

    service = ""
    partial = True

    def recognise(self, event: Any) -> bool:
        """Return whether the first record is the stream's, or the stream's window ends."""
        records = event.get("Records")
        if isinstance(records, list) and records:
            return self.is_record(mapping(records[0]))
        # A window also ends where no record has come since the last invocation.
        is_end = isinstance(event.get("isFinalInvokeForWindow"), bool)
        is_stream = arn_part(event.get("eventSourceARN"), 2) == self.service
        return isinstance(records, list) and is_end and is_stream

    def is_record(self, record: Any) -> bool:  # noqa: ARG002 - each source has its own
        """Return whether this is a record of such a stream."""
        return False

    def is_ordered(self, record: Any) -> bool:  # noqa: ARG002 - whatever the record
        """Return True: a shard is processed in its order."""
        return True

    def attributes(self, event: Any) -> dict[str, Any]:
        """Return what the batch tells, and which time window it belongs to."""
        window = mapping(event.get("window"))
        is_final = event.get("isFinalInvokeForWindow")
        told = {
            "sltrace.window.start": text(window.get("start")),
            "sltrace.window.end": text(window.get("end")),
            "sltrace.window.final": is_final if isinstance(is_final, bool) else None,
        }
        return {**super().attributes(event), **known(told)}


def arn_item(arn: Any, kind: str) -> str | None:
    """Return the name after the kind of resource: of ``...:table/orders/stream/1`` orders."""
    found, _, rest = (arn_part(arn, 5) or "").partition("/")
    return rest.partition("/")[0] or None if found == kind else None


def flatten(groups: Any) -> Sequence[Any]:
    """Return the records of an object of lists, one list after the other."""
    lists = [group for group in islice(mapping(groups).values(), _MAX_RECORDS) if items(group)]
    if len(lists) == 1:
        return items(lists[0])
    return list(islice(chain.from_iterable(lists), _MAX_RECORDS))


def first_of(groups: Any) -> tuple[str, Any]:
    """Return the first name in an object of lists, and the first record under it."""
    name, group = next(iter(mapping(groups).items()), ("", None))
    records = items(group)
    return name if isinstance(name, str) else "", mapping(records[0] if records else None)


def agreed(values: Iterable[str | None]) -> str | None:
    """Return what all of the values are, None where they differ."""
    found = set(values)
    return found.pop() if len(found) == 1 else None


def byte_headers(pairs: Iterable[tuple[Any, Any]]) -> dict[str, str]:
    """Return the trace headers among names and values, the values given as text or as bytes."""
    found: dict[str, str] = {}
    for name, value in pairs:
        if isinstance(name, str) and len(name) <= _MAX_NAME and name.lower() in TRACE_HEADERS:
            decoded = value if isinstance(value, str) else _from_bytes(value)
            if decoded:
                found[name] = decoded
    return found


def _from_bytes(value: Any) -> str:
    """Return the text of a list of bytes, signed as Java's are or not; "" for anything else."""
    if len(items(value)) > _MAX_BYTES:
        return ""
    try:
        return bytes([each & 0xFF for each in items(value)]).decode()
    except (TypeError, ValueError):
        return ""


def redelivered(records: Sequence[Any]) -> bool | None:
    """Return True where the broker has given one of the messages before, else None."""
    looked_at = islice(records, MAX_COMPARED)
    return any(mapping(record).get("redelivered") is True for record in looked_at) or None


def through(hops: Iterable[Hop], name: str, destination: str | None) -> Sequence[Hop]:
    """Return the stages by the name that the event, and not their record, tells."""
    told = known({"messaging.destination.name": destination})
    label = f"{name} {destination or ''}".rstrip()
    return [
        Hop(hop.source, label, hop.start, {**hop.attributes, **told}, encloses=hop.encloses)
        for hop in hops
    ]


def transformed(result: Any) -> dict[str, Any]:
    """Return how many records a transformation reports as failed, and how many as dropped."""
    records = mapping(result).get("records")
    if not isinstance(records, list):
        return {}
    outcomes = [mapping(record).get("result") for record in islice(records, _MAX_RESULTS)]
    return {
        "sltrace.batch.failures": _count(outcomes, "ProcessingFailed"),
        "sltrace.batch.dropped": _count(outcomes, "Dropped"),
    }


def _count(outcomes: Sequence[Any], wanted: str) -> int:
    return sum(isinstance(outcome, str) and outcome == wanted for outcome in outcomes)
