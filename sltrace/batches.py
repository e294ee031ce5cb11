"""``sltrace.records``: the records of a batch one by one, each under a span of its own."""

from __future__ import annotations

from contextlib import contextmanager

from sltrace import _context, _exporters, _propagation
from sltrace._guard import guard, warn
from sltrace._model import SpanKind
from sltrace.events import recognise
from sltrace.events._batch import BatchSource

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Any

    from sltrace._span import Span
    from sltrace.events._source import Source


def records(event: Any) -> Batch:
    """Return the records of an event, to be processed one after the other.

    Each has a CONSUMER span while the loop is at it, linked to the span that sent the record::

        @sltrace.trace_handler
        def handler(event, context):
            batch = sltrace.records(event)
            for record in batch:
                with batch.catch():  # a failure is this record's alone
                    place(json.loads(record["body"]))
            return batch.response()

    Of an event that is no batch of a known source the members of ``Records`` are taken, those of
    a list, or the event itself: a record is never skipped because it was not understood.

    The event source mapping must have ``ReportBatchItemFailures`` set, or Lambda takes a partial
    batch response for a success.
    """
    source = recognise(event)
    found: Sequence[Any] = ()
    with guard("read the event's records"):
        found = source.records(event)
    if not found and source.name in ("other", "lambda.invoke"):
        found = _anyhow(event)
        warn("records() was given an event of no known source: its records are taken as they are")
    return Batch(source, found)


def _anyhow(event: Any) -> Sequence[Any]:
    inside = event.get("Records") if isinstance(event, dict) else event
    return inside if isinstance(inside, (list, tuple)) else (event,)


class Batch:
    """The records of one event, as they came; an iterator that can be run through once.

    Attributes:
        failures: the records that failed, with their exceptions, in the order they were processed.
    """

    def __init__(self, source: Source, found: Sequence[Any]) -> None:
        self.failures: list[tuple[Any, Exception]] = []
        # Every known source of records is a BatchSource; `_anyhow` knows none of their methods.
        self._source: BatchSource | None = source if isinstance(source, BatchSource) else None
        self._name = source.name
        self._records = found
        self._at = -1
        self._left = set(range(len(found)))
        self._is_failed = False
        self._is_stopped = False
        self._span: Span | None = None

    def __len__(self) -> int:
        return len(self._records)

    def __iter__(self) -> Iterator[Any]:
        return self

    def __next__(self) -> Any:
        self._finish()
        if self._is_stopped or self._at + 1 >= len(self._records):
            raise StopIteration
        self._at += 1
        self._is_failed = False
        record = self._records[self._at]
        with guard("begin a record's span"):
            self._span = self._begin(record)
        return record

    @contextmanager
    def catch(self) -> Iterator[None]:
        """Keep an exception in the block from the other records: the current one has failed.

        Where the source takes a partial batch response, an ``Exception`` ends here, and the
        record is in ``failures`` and in ``response()``. Any other source could not be told, so
        that there the exception goes on, and so does a BaseException everywhere.

        From a stream or a FIFO queue no record comes after one that has failed, for those must
        not be processed out of their order; ``response()`` gives them back.
        """
        try:
            yield
        except Exception as error:
            if self._source is None or not self._source.partial or self._at < 0:
                raise
            self._fail(self._source, error)

    def response(self) -> dict[str, list[dict[str, Any]]]:
        """Return the partial batch response: every record that has not succeeded.

        That is one that failed, one that was not reached, and the current one of a loop that was
        left early. One without an identifier gives back the whole batch.
        """
        self._end()
        identifiers = [self._identify(self._records[at]) for at in sorted(self._left)]
        if identifiers:
            self._count(len(identifiers))
        return {"batchItemFailures": [{"itemIdentifier": each} for each in identifiers]}

    def _begin(self, record: Any) -> Span:
        source = self._source
        told = source.record_attributes(record) if source else {}
        where = told.get("messaging.destination.name") or self._name
        span = _context.start_span(f"process {where}", SpanKind.CONSUMER)
        span.__enter__()
        span.describe(told)
        for sender in _propagation.read(source.record_carrier(record))[:1] if source else ():
            if sender.span_id is not None:
                span.add_link(_propagation.context_of(sender))
        return span

    def _finish(self) -> None:
        """End the current record: the loop has come back for the next one."""
        if not self._is_failed:
            self._left.discard(self._at)
        self._end()

    def _end(self) -> None:
        span, self._span = self._span, None
        if span is not None:
            with guard("end a record's span"):
                span.leave()
                span.end()

    def _fail(self, source: BatchSource, error: Exception) -> None:
        record = self._records[self._at]
        self.failures.append((record, error))
        self._is_failed = True
        with guard("record a record's failure"):
            if self._span is not None:
                self._span.fail(error)
            self._is_stopped = source.is_ordered(record)

    def _identify(self, record: Any) -> Any:
        identifier = None
        with guard("read a record's identifier"):
            identifier = self._source and self._source.item_id(record)
        return identifier or ""

    def _count(self, failed: int) -> None:
        trace_id = _context.current_span().context.trace_id
        about = {"source": self._name, "trace_id": f"{trace_id:032x}"}
        _exporters.count("BatchItemFailures", failed, about)

    def __del__(self) -> None:
        # A loop that was left by an exception, with no invocation around it to end its span.
        if self._span is not None and self._span.previous is None:
            self._end()
