"""The span: a slotted recorder, read like ``opentelemetry.sdk.trace.ReadableSpan``."""

from __future__ import annotations

from contextvars import ContextVar
from types import MappingProxyType

from sltrace import _attributes, _raised
from sltrace._guard import guard
from sltrace._model import (
    SCOPE,
    UNSET,
    Event,
    Link,
    SpanContext,
    SpanKind,
    Status,
    StatusCode,
)
from sltrace._trace import new_span_id

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType
    from typing import Any

    from sltrace._attributes import Value
    from sltrace._model import Resource
    from sltrace._raised import Raised
    from sltrace._trace import Trace

# Reading a member off an Enum class is slow on Python 3.10; a module's name is not.
INTERNAL = SpanKind.INTERNAL


class Span:
    """One operation: when it began and ended, what it was, how it went.

    Made by ``sltrace.span``, not by hand. As a context manager it is the current span inside the
    block, records an exception that leaves the block, and ends.
    """

    __slots__ = (
        "_annotations",
        "_attributes",
        "_described",
        "_events",
        "_links",
        "dropped_attributes",
        "dropped_events",
        "dropped_links",
        "end_time",
        "entered",
        "kind",
        "name",
        "parent_id",
        "parent_is_remote",
        "previous",
        "span_id",
        "start_time",
        "status",
        "trace",
    )

    instrumentation_scope = SCOPE

    def __init__(
        self,
        name: str,
        trace: Trace,
        parent_id: int | None = None,
        *,
        parent_is_remote: bool = False,
        kind: SpanKind = INTERNAL,
        start_time: int | None = None,
        span_id: int | None = None,
    ) -> None:
        self.name = name
        self.trace = trace
        self.parent_id = parent_id
        self.parent_is_remote = parent_is_remote
        self.kind = kind
        self.span_id = new_span_id() if span_id is None else span_id
        self.start_time = trace.now() if start_time is None else start_time
        self.end_time: int | None = None
        self.status = UNSET
        self.dropped_attributes = 0
        self.dropped_events = 0
        self.dropped_links = 0
        self._attributes: dict[str, Value] = {}
        self._described = 0
        self._events: list[Event] | tuple[()] = ()
        self._links: list[Link] | tuple[()] = ()
        self._annotations: frozenset[str] = frozenset()
        self.previous: Span | None = None
        self.entered = False

    # Reading: the surface of ReadableSpan.

    @property
    def context(self) -> SpanContext:
        """The span's own identity."""
        trace = self.trace
        return SpanContext(trace.trace_id, self.span_id, False, trace.flags, trace.state)

    def get_span_context(self) -> SpanContext:
        """Return the span's own identity."""
        return self.context

    @property
    def parent(self) -> SpanContext | None:
        """The parent's identity; None for the root of a trace."""
        if self.parent_id is None:
            return None
        trace, remote = self.trace, self.parent_is_remote
        return SpanContext(trace.trace_id, self.parent_id, remote, trace.flags, trace.state)

    @property
    def attributes(self) -> Mapping[str, Value]:
        """The attributes, read-only."""
        return MappingProxyType(self._attributes)

    @property
    def annotations(self) -> frozenset[str]:
        """Keys of the attributes that ``annotate`` set: X-Ray indexes them."""
        return self._annotations

    @property
    def events(self) -> tuple[Event, ...]:
        """The events in the order they were added."""
        return tuple(self._events)

    @property
    def links(self) -> tuple[Link, ...]:
        """The links in the order they were added."""
        return tuple(self._links)

    @property
    def resource(self) -> Resource:
        """What the span comes from."""
        return self.trace.resource

    @property
    def is_local_root(self) -> bool:
        """Whether the span has no parent in this process."""
        return self.parent_id is None or self.parent_is_remote

    def is_recording(self) -> bool:
        """Return whether the span still takes what it is told: until it ends."""
        return self.end_time is None

    # Writing.

    def set_attribute(self, key: str, value: Any) -> None:
        """Set an attribute (str, bool, int, float or a sequence of them; other values as text)."""
        if self.end_time is None:
            self.dropped_attributes += _attributes.put(
                self._attributes, key, value, self.trace.limits.span, self._described
            )

    def set_attributes(self, attributes: Mapping[str, Any]) -> None:
        """Set several attributes."""
        with guard("set a span's attributes"):
            for key, value in attributes.items():
                self.set_attribute(key, value)

    def describe(self, attributes: Mapping[str, Value]) -> None:
        """Set attributes of sltrace's own making, whose keys and values need no cleaning.

        What identifies an invocation is not dropped for the 129th attribute of the application's.
        """
        most, length = self.trace.limits.span
        room = len(self._attributes) + len(attributes)
        if self.end_time is None and length is None and (most is None or room <= most):
            self._attributes.update(attributes)
            self._described = len(self._attributes)
        else:
            self.set_attributes(attributes)

    def annotate(self, attributes: Mapping[str, Any]) -> None:
        """Set attributes that X-Ray indexes as annotations."""
        if self.end_time is None:
            with guard("annotate a span"):
                self.set_attributes(attributes)
                self._annotations |= self._attributes.keys() & attributes

    def add_event(
        self,
        name: str,
        attributes: Mapping[str, Any] | None = None,
        timestamp: int | None = None,
        *,
        exceptions: tuple[Raised, ...] = (),
    ) -> None:
        """Add an event, now or at ``timestamp`` (ns since the epoch)."""
        if self.end_time is not None:
            return
        with guard("add an event"):
            kept, dropped = _attributes.bounded(attributes, self.trace.limits.event)
            event = Event(str(name), kept, self._time(timestamp), dropped, exceptions)
            self._events = self._events or []
            self.dropped_events += _append(self._events, event, self.trace.limits.events)

    def add_link(self, context: Any, attributes: Mapping[str, Any] | None = None) -> None:
        """Add a link to another span, given its SpanContext (or the span itself)."""
        if self.end_time is not None:
            return
        with guard("add a link"):
            target = context.get_span_context() if hasattr(context, "end_time") else context
            if not (isinstance(target.trace_id, int) and isinstance(target.span_id, int)):
                raise TypeError(f"a link leads to a SpanContext, not to {target!r}")
            kept, dropped = _attributes.bounded(attributes, self.trace.limits.link)
            self._links = self._links or []
            link = Link(target, kept, dropped)
            self.dropped_links += _append(self._links, link, self.trace.limits.links)

    def record_exception(
        self,
        exception: BaseException,
        attributes: Mapping[str, Any] | None = None,
        timestamp: int | None = None,
        escaped: bool = False,
    ) -> None:
        """Add the exception as an event, its stack and causes included."""
        if self.end_time is None:
            with guard("record an exception"):
                self._record(exception, attributes, timestamp, escaped=escaped)

    def set_status(self, status: Status | StatusCode, description: str | None = None) -> None:
        """Set the outcome. OK is final, and UNSET never replaces another (OTel, "Set Status").

        OpenTelemetry's own Status and StatusCode serve as well.
        """
        with guard("set a span's status"):
            given: Any = getattr(status, "status_code", status)
            text = getattr(status, "description", None) or description
            code = StatusCode[given.name]
            settled = self.status.status_code is StatusCode.OK
            if self.end_time is None and not settled and code is not StatusCode.UNSET:
                self.status = Status(code, text)

    def update_name(self, name: str) -> None:
        """Rename the span."""
        if self.end_time is None:
            self.name = name if isinstance(name, str) else str(name)

    def fail(self, error: BaseException) -> None:
        """Record an exception that left the span, and set the status to ERROR."""
        if self.end_time is None:
            with guard("record an exception"):
                message = self._record(error, None, None, escaped=True)
                self.set_status(StatusCode.ERROR, f"{type(error).__name__}: {message}")

    def end(self, end_time: int | None = None) -> None:
        """End the span, now or at ``end_time`` (ns since the epoch); only the first call counts."""
        if self.end_time is None:
            with guard("end a span"):
                self.end_time = self._time(end_time)
                self.trace.deliver(self)

    def _record(
        self,
        error: BaseException,
        attributes: Mapping[str, Any] | None,
        timestamp: int | None,
        *,
        escaped: bool,
    ) -> str:
        """Add the exception's event and return its message."""
        record = _raised.record(error, self.trace.raised, anew=self.is_local_root)
        self.trace.raised = record
        about = {
            "exception.type": _raised.type_name(type(error)),
            "exception.message": record.message,
            "exception.stacktrace": record.stack,
            "exception.escaped": str(escaped),
            **(attributes or {}),
        }
        self.add_event("exception", about, timestamp, exceptions=record.chain)
        return record.message

    def _time(self, given: int | None) -> int:
        """Return a time that was given, if it is one, else now."""
        return given if type(given) is int else self.trace.now()

    # Being current.

    def __enter__(self) -> Span:
        if not self.entered:  # entered again, it would be its own predecessor
            self.entered, self.previous = True, CURRENT.get()
        CURRENT.set(self)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        # A generator that is closed early has not failed.
        if error is not None and not isinstance(error, GeneratorExit):
            self.fail(error)
        self.leave()
        self.end()

    def leave(self) -> None:
        """Make the nearest enclosing span that is still open the current one again.

        A token could not do this: spans may end out of order, and in another context than the
        one they began in.
        """
        if CURRENT.get() is self:
            previous, self.previous = self.previous, None
            while previous is not None and previous.end_time is not None:
                previous = previous.previous
            CURRENT.set(previous)

    def __repr__(self) -> str:
        ids = f"trace_id={self.trace.trace_id:032x} span_id={self.span_id:016x}"
        return f"<{type(self).__name__} {self.name!r} {ids}>"


class NoSpan(Span):
    """What stands for a span where none is recorded: it takes every call and keeps nothing."""

    __slots__ = ()

    def __init__(self, trace: Trace) -> None:
        trace.trace_id = trace.flags = 0
        super().__init__("", trace, start_time=0, span_id=0)
        self.end_time = 0

    def __enter__(self) -> NoSpan:
        return self

    def __exit__(self, *_: object) -> None:
        return None


CURRENT: ContextVar[Span | None] = ContextVar("sltrace_current_span", default=None)


def _append(items: list[Any], item: Any, room: int | None) -> int:
    """Append, dropping the oldest where there is no room, as opentelemetry-sdk does."""
    items.append(item)
    if room is None or len(items) <= room:
        return 0
    del items[0]
    return 1
