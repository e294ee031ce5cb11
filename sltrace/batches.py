"""``sltrace.records``: the records of a batch one by one, each under a span of its own."""

from __future__ import annotations

import sys
from contextlib import suppress
from contextvars import ContextVar

from sltrace import _context, _exporters, _propagation
from sltrace._guard import guard, warn
from sltrace._invocation import RecordSpan, close_records
from sltrace._model import SpanKind, StatusCode
from sltrace._span import CURRENT
from sltrace.events import recognise
from sltrace.events._batch import BatchSource

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from types import TracebackType
    from typing import Any

    from sltrace._span import Span

# Reading a stack takes a fifth of a millisecond: of a large batch that fails as a whole, so many
# records tell theirs, and the others the kind of error.
_MAX_STACKS = 100
_MAX_CAUSES = 10_000


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
        self.is_partial = source is not None and source.partial
        self._source = source
        self._name = name
        # A copy, for the event is the application's to change.
        self._records = list(found)
        self._at = -1
        self._is_open = False
        self._is_stopped = False
        # Sets that only grow: whatever happens at once, one that has failed stays so.
        self._done: set[int] = set()
        self._failed: set[int] = set()
        self._answered = 0
        self._counted = 0
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
            self._done.add(self._at)
        self._close()
        if self._is_stopped or self._at + 1 >= len(self._records):
            raise StopIteration
        self._at += 1
        self._is_open = True
        _PLACES.set(((self._key, self._at), *_PLACES.get()[:_MAX_NESTED]))
        with guard("begin a record's span"):
            self._span = self._begin(self._records[self._at])
        return self._records[self._at]

    def catch(self) -> Block:
        """Keep an exception in a ``with`` block from the other records: the current one has failed.

        Where the source takes a partial batch response, an ``Exception`` ends here, and the
        record is in ``failures`` and in ``response()``. Any other source could not be told, so
        that there the exception goes on, and so does a BaseException everywhere.

        A block answers for the records that were taken since the one before it. It cannot where
        the code is at no record: in a thread that was not given the context, or after the loop.
        There the exception goes on, and ``response()`` gives back the whole batch.

        From a stream or a FIFO queue no record comes after one that has failed, for those must
        not be processed out of their order; ``response()`` gives them back.
        """
        return Block(self)

    def response(self) -> dict[str, list[dict[str, Any]]]:
        """Return the partial batch response: every record that has not succeeded.

        That is one that failed, one that was not reached, and the current one of a loop that was
        left early. One without an identifier gives back the whole batch.
        """
        left = [at for at in range(len(self)) if at in self._failed or at not in self._done]
        if self.is_partial and len(left) > self._counted:
            self._count(len(left) - self._counted)
            self._counted = len(left)
        identifiers = [self._identify(self._records[at]) for at in left]
        return {"batchItemFailures": [{"itemIdentifier": each} for each in identifiers]}

    def enter(self) -> range:
        """Return the records that a block which begins now answers for."""
        at = next((at for key, at in _PLACES.get() if key is self._key), None)
        if at is None:
            return range(0)
        if at != self._at or not self._is_open:  # in a task or a thread of its own
            return range(at, at + 1)
        first, self._answered = min(self._answered, at), at + 1
        return range(first, at + 1)

    def fail(self, about: range, error: BaseException, handled: BaseException | None) -> None:
        """Note what a block has raised.

        Args:
            about: what the block answers for; nothing is the whole batch.
            error: what it raised.
            handled: the exception that was being handled when the block began.
        """
        self._failed.update(about or range(len(self)))
        if about and isinstance(error, Exception):
            record = self._records[about[-1]]
            self.failures.append((record, error))
            with guard("record a record's failure"):
                ordered = self._source is not None and self._source.is_ordered(record)
                self._is_stopped = self._is_stopped or ordered
                if self._span is not None and about[-1] == self._at:
                    self._tell(self._span, error)
                if self.is_partial:
                    _forget_frames(error, handled)

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
        keys = [key for key, _ in _PLACES.get()]
        if self._key in keys:
            _PLACES.set(_PLACES.get()[keys.index(self._key) + 1 :])
        span, self._span = self._span, None
        if span is not None:
            with guard("end a record's span"):
                if close_records(span, None):
                    CURRENT.set(span)
                span.leave()
                span.end()

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


class Block:
    """The block of a ``with batch.catch()``. No generator: that would touch what is raised."""

    __slots__ = ("_about", "_batch", "_handled")

    def __init__(self, batch: Batch) -> None:
        self._batch = batch
        self._about = range(0)
        self._handled: BaseException | None = None

    def __enter__(self) -> None:
        self._handled = sys.exc_info()[1]
        self._about = self._batch.enter()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> bool:
        if error is None:
            return False
        self._batch.fail(self._about, error, self._handled)
        return bool(self._about) and self._batch.is_partial and isinstance(error, Exception)


def _forget_frames(error: BaseException, handled: BaseException | None) -> None:
    """Take the tracebacks from an exception and from those it came of, but for one around it."""
    waiting: list[Any] = [error]
    known = {id(None), id(handled)}
    for each in waiting:
        if id(each) not in known and len(known) < _MAX_CAUSES:
            known.add(id(each))
            with suppress(AttributeError, TypeError):  # an exception may be frozen
                each.__traceback__ = None
            waiting += [each.__cause__, each.__context__, *getattr(each, "exceptions", ())]


# Which batches the code is in, the innermost first, and at which record of each: a task or a thread
# that is given the context is at the record that was current when it was made. A loop that was left
# stays in it, until one around it goes on or too many have come after it.
_PLACES: ContextVar[tuple[tuple[object, int], ...]] = ContextVar("sltrace_records", default=())
_MAX_NESTED = 7
