"""``sltrace.records``: the records of a batch one by one, each under a span of its own."""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar

from sltrace import _context, _exporters, _propagation
from sltrace._guard import guard, warn
from sltrace._invocation import RecordSpan
from sltrace._model import SpanKind, StatusCode
from sltrace.events import recognise
from sltrace.events._batch import BatchSource

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Any

    from sltrace._span import Span

# Reading a stack takes a fifth of a millisecond: of a large batch that fails as a whole, so many
# records tell theirs, and the others the kind of error.
_MAX_STACKS = 100
_MAX_CAUSES = 100


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
    is_batch = isinstance(source, BatchSource)
    if not found and not is_batch:
        found = _anyhow(event)
        warn(f"records() was given an event of {source.name}, which has no batches: taken as it is")
    return Batch(source if isinstance(source, BatchSource) else None, source.name, found)


def _anyhow(event: Any) -> Sequence[Any]:
    inside = event.get("Records") if isinstance(event, dict) else event
    return inside if isinstance(inside, (list, tuple)) else (event,)


class Batch:
    """The records of one event, as they came; an iterator that can be run through once.

    Attributes:
        failures: the records that failed, with their exceptions, in the order in which they did.
            The exceptions have lost their tracebacks, which hold on to all that the handler had
            in its hands, this batch included; the records' spans tell the stacks.
    """

    def __init__(self, source: BatchSource | None, name: str, found: Sequence[Any]) -> None:
        self.failures: list[tuple[Any, Exception]] = []
        self._source = source
        self._name = name
        # A copy, for the event is the application's to change.
        self._records = list(found)
        self._at = -1
        self._left = set(range(len(self._records)))
        self._is_open = False
        self._is_stopped = False
        self._is_counted = False
        self._span: Span | None = None
        self._key = object()

    def __len__(self) -> int:
        return len(self._records)

    def __iter__(self) -> Iterator[Any]:
        # A loop that was left, and is begun again, has not finished with the record it was at.
        self._close()
        return self

    def __next__(self) -> Any:
        if self._is_open:
            self._left.discard(self._at)
        self._close()
        if self._is_stopped or self._at + 1 >= len(self._records):
            raise StopIteration
        self._at += 1
        self._is_open = True
        _AT.set((self._key, self._at))
        with guard("begin a record's span"):
            self._span = self._begin(self._records[self._at])
        return self._records[self._at]

    @contextmanager
    def catch(self) -> Iterator[None]:
        """Keep an exception in the block from the other records: the current one has failed.

        Where the source takes a partial batch response, an ``Exception`` ends here, and the
        record is in ``failures`` and in ``response()``. Any other source could not be told, so
        that there the exception goes on, and so does a BaseException everywhere. It also goes on
        where it cannot be told which record the block is about: in a thread that was not given
        the context, or when the loop has ended.

        From a stream or a FIFO queue no record comes after one that has failed, for those must
        not be processed out of their order; ``response()`` gives them back.
        """
        key, at = _AT.get()
        try:
            yield
        except Exception as error:
            if self._source is None or not self._source.partial or key is not self._key:
                raise
            self._fail(self._source, at, error)

    def response(self) -> dict[str, list[dict[str, Any]]]:
        """Return the partial batch response: every record that has not succeeded.

        That is one that failed, one that was not reached, and the current one of a loop that was
        left early. One without an identifier gives back the whole batch.
        """
        self._close()
        identifiers = [self._identify(self._records[at]) for at in sorted(self._left)]
        if identifiers and not self._is_counted:
            self._is_counted = True
            self._count(len(identifiers))
        return {"batchItemFailures": [{"itemIdentifier": each} for each in identifiers]}

    def _begin(self, record: Any) -> Span:
        source = self._source
        told = source.record_attributes(record) if source else {}
        where = told.get("messaging.destination.name") or self._name
        span = _context.start_span(f"process {where}", SpanKind.CONSUMER, RecordSpan)
        span.__enter__()
        span.describe(told)
        for sender in _propagation.read(source.record_carrier(record))[:1] if source else ():
            if sender.span_id is not None:
                span.add_link(_propagation.context_of(sender))
        return span

    def _close(self) -> None:
        """Leave the current record, and end its span."""
        self._is_open = False
        if _AT.get()[0] is self._key:
            _AT.set(_NOWHERE)
        span, self._span = self._span, None
        if span is not None:
            with guard("end a record's span"):
                span.leave()
                span.end()

    def _fail(self, source: BatchSource, at: int, error: Exception) -> None:
        self._left.add(at)
        self.failures.append((self._records[at], error))
        if at == self._at:
            self._is_open = False
        with guard("record a record's failure"):
            self._is_stopped = self._is_stopped or source.is_ordered(self._records[at])
            if self._span is not None and at == self._at:
                self._tell(self._span, error)
            _forget_frames(error)

    def _tell(self, span: Span, error: Exception) -> None:
        if len(self.failures) <= _MAX_STACKS:
            span.fail(error)
        else:
            span.set_attribute("error.type", type(error).__name__)
            span.set_status(StatusCode.ERROR, type(error).__name__)

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
            self._close()


def _forget_frames(error: BaseException) -> None:
    """Take the tracebacks from an exception and from those it came of."""
    waiting: list[BaseException | None] = [error]
    for each in waiting:
        if each is not None and len(waiting) < _MAX_CAUSES:
            each.__traceback__ = None
            waiting += [each.__cause__, each.__context__]


# Which batch the code is in, and at which record: a task or a thread that is given the context is
# at the record that was current when it was made.
_NOWHERE = (object(), -1)
_AT: ContextVar[tuple[object, int]] = ContextVar("sltrace_record", default=_NOWHERE)
