"""A recorded trace as the viewers read it, and its decoding from a line of OTLP/JSON."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from sltrace._model import SpanKind, StatusCode

if TYPE_CHECKING:
    from collections.abc import Iterable

_IS_REMOTE = 0x200  # SpanFlags: the parent is in another process


@dataclass(frozen=True)
class Event:
    """Something that happened at ``time`` (ns since the epoch)."""

    name: str
    time: int
    attributes: dict[str, Any]


@dataclass(frozen=True)
class Span:
    """One span. Ids are lower-case hex, times ns since the epoch; ``parent_id`` may be empty.

    Attributes:
        parent_is_remote: whether the parent is known to be in another process.
        resource: attributes of what the span comes from.
        dropped: attributes, events and links that the recorder had no room for.
    """

    trace_id: str
    span_id: str
    parent_id: str
    name: str
    start: int
    end: int
    kind: SpanKind = SpanKind.INTERNAL
    status: StatusCode = StatusCode.UNSET
    status_message: str = ""
    parent_is_remote: bool = False
    attributes: dict[str, Any] = field(default_factory=dict)
    events: tuple[Event, ...] = ()
    links: tuple[str, ...] = ()
    resource: dict[str, Any] = field(default_factory=dict)
    dropped: int = 0

    @property
    def is_invocation(self) -> bool:
        """Whether this is a Lambda invocation, and not a part of one or a stage before it."""
        if self.is_inferred:
            return False
        if "faas.invocation_id" in self.attributes:
            return True
        # The recorder may have had no room for that.
        is_entry = self.kind is SpanKind.SERVER and (self.parent_is_remote or not self.parent_id)
        return is_entry and "faas.name" in self.resource

    @property
    def is_inferred(self) -> bool:
        """Whether nobody recorded it: a stage that the invocation's event had come through."""
        return self.attributes.get("sltrace.inferred") is True

    @property
    def is_error(self) -> bool:
        """Whether the operation failed."""
        return self.status is StatusCode.ERROR

    @property
    def service(self) -> str:
        """The name of the service it ran in, "" where none was given."""
        return str(self.resource.get("service.name", ""))


@dataclass(frozen=True)
class Trace:
    """The spans recorded of one trace, in order of their start."""

    id: str
    spans: tuple[Span, ...]

    @classmethod
    def of(cls, spans: list[Span]) -> Trace:
        """Return the trace of these spans, of which there is at least one, each kept once."""
        once = {
            (span.span_id, span.service, span.name, span.start, span.end): span for span in spans
        }
        ordered = sorted(once.values(), key=lambda span: (span.start, -span.end))
        return cls(ordered[0].trace_id, tuple(ordered))

    @cached_property
    def start(self) -> int:
        """The earliest start, ns since the epoch."""
        return min(span.start for span in self.spans)

    @cached_property
    def end(self) -> int:
        """The latest end, ns since the epoch."""
        return max(span.end for span in self.spans)

    @cached_property
    def waits(self) -> frozenset[int]:
        """The ``id()`` of each inferred span that was over when the next stage began.

        Such as a queue's, where the event only waited; a gateway waits for the function itself.
        """
        next_start: dict[str, int] = {}
        for span in self.spans:  # in order of their start
            next_start.setdefault(span.parent_id, span.start)
        inferred = (span for span in self.spans if span.is_inferred)
        return frozenset(
            id(span) for span in inferred if span.end <= next_start.get(span.span_id, span.end)
        )

    @property
    def xray_id(self) -> str:
        """The id as X-Ray writes it: ``1-``, 8 digits, ``-``, 24 digits."""
        return f"1-{self.id[:8]}-{self.id[8:]}"


def upstream(spans: Iterable[Span], among: Iterable[Span]) -> list[Span]:
    """Return those ``among`` the spans given that are inferred, and lead to one of ``spans``."""
    inferred = {span.span_id: span for span in among if span.is_inferred}
    found = []
    for span in spans:
        above = inferred.pop(span.parent_id, None)
        while above is not None:
            found.append(above)
            above = inferred.pop(above.parent_id, None)
    return found


def decode(line: bytes) -> list[Span]:
    """Return the spans on one line of the store.

    Raises:
        ValueError: the line is no ExportTraceServiceRequest in OTLP/JSON.
    """
    try:
        return _request(json.loads(line))
    except (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError) as error:
        message = f"not a line of OTLP/JSON spans ({type(error).__name__})"
        raise ValueError(message) from error


def _request(request: dict[str, Any]) -> list[Span]:
    found: list[Span] = []
    for group in request["resourceSpans"]:
        resource = _attributes(group.get("resource", {}).get("attributes"))
        for scope in group.get("scopeSpans", ()):
            found.extend(_span(span, resource) for span in scope.get("spans", ()))
    return found


def _span(span: dict[str, Any], resource: dict[str, Any]) -> Span:
    start = _time(span["startTimeUnixNano"])
    status = span.get("status", {})
    return Span(
        trace_id=_id(span["traceId"], 32),
        span_id=_id(span["spanId"], 16),
        parent_id=_id(span["parentSpanId"], 16) if span.get("parentSpanId") else "",
        name=str(span.get("name", "")),
        start=start,
        end=_time(span.get("endTimeUnixNano", start)),
        kind=SpanKind(max(int(span.get("kind", 0)) - 1, 0)),
        status=StatusCode(status.get("code", 0)),
        status_message=str(status.get("message", "")),
        parent_is_remote=bool(int(span.get("flags", 0)) & _IS_REMOTE),
        attributes=_attributes(span.get("attributes")),
        events=tuple(map(_event, span.get("events", ()))),
        links=tuple(_id(link["traceId"], 32) for link in span.get("links", ())),
        resource=resource,
        dropped=sum(
            int(span.get(name, 0))
            for name in ("droppedAttributesCount", "droppedEventsCount", "droppedLinksCount")
        ),
    )


def _id(text: str, digits: int) -> str:
    identity = bytes.fromhex(text).hex()
    if len(identity) != digits:
        raise ValueError(f"an id has {digits} digits, not {len(identity)}")
    return identity


def _time(value: str | int) -> int:
    time = int(value)
    if not 0 <= time < 1 << 64:
        raise ValueError("a time has 64 bits")
    return time


def _event(event: dict[str, Any]) -> Event:
    return Event(
        str(event.get("name", "")),
        _time(event.get("timeUnixNano", 0)),
        _attributes(event.get("attributes")),
    )


def _attributes(pairs: list[dict[str, Any]] | None) -> dict[str, Any]:
    return {str(pair["key"]): _value(pair.get("value", {})) for pair in pairs or ()}


def _value(value: dict[str, Any]) -> Any:
    """Return an AnyValue as Python has it; an empty one is None."""
    for kind, found in value.items():
        if kind == "intValue":
            return int(found)
        if kind == "doubleValue":
            return float(found)
        if kind == "arrayValue":
            return tuple(_value(item) for item in found.get("values", ()))
        if kind == "kvlistValue":
            return _attributes(found.get("values"))
        return found
    return None
