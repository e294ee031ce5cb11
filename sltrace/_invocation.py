"""One invocation: its SERVER span, the init span before the first, and how it ended."""

from __future__ import annotations

import os

from sltrace import _caller, _context, _function, _propagation, _sandbox, _settings
from sltrace._guard import guard
from sltrace._model import SpanKind, StatusCode
from sltrace._span import CURRENT, Span
from sltrace._trace import new_trace_id
from sltrace._upstream import Upstream, end_within
from sltrace.events import recognise
from sltrace.events._source import Source, known

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from sltrace._caller import Caller
    from sltrace._headers import Remote
    from sltrace._sandbox import Sandbox
    from sltrace._trace import Trace

# What stands for a handler whose invocation is not recorded, or not as one.
_NO_SOURCE = Source()


class RecordSpan(Span):
    """The span of one record of a batch: it is over when its invocation is, at the latest."""

    __slots__ = ()


class Invocation:
    """The span of one call of a handler. Begun with nothing, it records nothing."""

    __slots__ = ("_before", "_sandbox", "_source", "_span", "_upstream")

    def __init__(
        self,
        span: Span | None = None,
        source: Source = _NO_SOURCE,
        sandbox: Sandbox | None = None,
        upstream: Upstream | None = None,
    ) -> None:
        self._span = span
        self._source = source
        self._sandbox = sandbox
        self._upstream = upstream
        self._before = span and span.previous

    def fail(self, error: BaseException) -> None:
        """Record what the handler raised, and end."""
        if self._span is not None:
            close_records(self._span, error)
            self._span.fail(error)
            self._end(self._span)

    def succeed(self, result: Any) -> None:
        """Record what the handler's result tells, and end."""
        if self._span is not None:
            close_records(self._span, None)
            with guard("record the response"):
                _record_response(self._span, self._source.response(result))
            self._end(self._span)

    def _end(self, span: Span) -> None:
        with guard("end the invocation's span"):
            # Not `span.leave()`: a span that the handler left open would stay current and grow a
            # chain from one invocation to the next.
            CURRENT.set(self._before)
            span.previous = None
            now = span.trace.now()
            if self._upstream is not None:
                self._upstream.end(now)
            span.end(now)
        if self._sandbox is not None:
            self._sandbox.end_invocation()


def close_records(outer: Span, error: BaseException | None) -> bool:
    """End the spans of records that are current inside a span: their loops were left early.

    Args:
        outer: an invocation's span, or that of a record whose loop has gone on.
        error: what left the invocation, None where nothing did.

    Returns:
        Whether the code is inside the span at all.
    """
    span = CURRENT.get()
    while span is not None and span is not outer:
        with guard("end a record's span"):
            if isinstance(span, RecordSpan):
                if error is not None:
                    span.fail(error)
                span.end()
        span = span.previous
    return span is outer


def begin(name: str, service: str | None, event: Any, context: Any) -> Invocation:
    """Begin an invocation and return it; whatever goes wrong, the handler goes on without.

    A handler called from inside another's invocation is a step of that one: it gets a child span.

    Args:
        name: the handler's own name, for when the context tells none.
        service: the service's name, where the decorator was given one.
        event: what the handler was called with.
        context: Lambda's context object, or whatever a test passes for it.
    """
    invocation = Invocation()
    with guard("begin the invocation's span"):
        if _inside_invocation(CURRENT.get()):
            invocation = Invocation(_context.start_span(name).__enter__())
        elif not _settings.current().disabled:
            invocation = _begin(name, service, event, context)
    return invocation


def _inside_invocation(span: Span | None) -> bool:
    while span is not None and (span.kind is not SpanKind.SERVER or span.end_time is not None):
        span = span.previous
    return span is not None


def _begin(name: str, service: str | None, event: Any, context: Any) -> Invocation:
    sandbox = _sandbox.current()
    trace = _context.new_trace(service)
    now = trace.now()
    idle = sandbox.begin_invocation()
    sent = _function.client_context(context)
    source = recognise(event, direct=bool(sent))
    caller = _caller.find(source, event, _function.w3c(context), sent, trace.limits.links)
    trace, waited = _join(sandbox, trace, caller, now)
    upstream, age = _infer(source, event, trace, caller.remote, now)
    parent_id = caller.remote.span_id if upstream.parent_id is None else upstream.parent_id
    span = Span(
        _function.name_of(context) or name,
        trace,
        parent_id,
        # Also an inferred span stands for another process.
        parent_is_remote=parent_id is not None,
        kind=SpanKind.SERVER,
        start_time=now,
    )
    span.__enter__()
    invocation = Invocation(span, source, sandbox, upstream)
    for other, about in caller.links:
        span.add_link(other, about)
    with guard("describe the function"):
        span.describe(_function.attributes(context))
    with guard("describe the sandbox"):
        span.describe(_sandbox_attributes(sandbox, waited, idle, now))
    with guard("describe the event"):
        request_id = _function.request_id(context)
        seen = sandbox.attempt(request_id) if request_id else 1
        _describe_event(span, source, event, age, seen)
        if caller.not_linked:
            span.describe({"sltrace.batch.senders_not_linked": caller.not_linked})
    return invocation


def _join(sandbox: Sandbox, trace: Trace, caller: Caller, now: int) -> tuple[Trace, bool]:
    """Return the invocation's trace, joined to the caller's, and whether it waited for init."""
    is_first = sandbox.invocations == 1
    waited = is_first and sandbox.waited_for_init(now)
    if is_first and _sandbox.in_lambda(os.environ):
        init = _end_init(sandbox, trace, caller.remote, now, joined=waited)
        if waited:
            trace = init.trace
        else:
            caller.links.append((init.context, {"sltrace.link": "init"}))
    _propagation.join(trace, caller.remote)
    return trace, waited


def _infer(
    source: Source, event: Any, trace: Trace, remote: Remote, now: int
) -> tuple[Upstream, int | None]:
    """Return the spans before the invocation's, and the event's age in ns."""
    upstream, age = Upstream(trace), None
    with guard("infer what came before the invocation"):
        age = upstream.infer(source.hops(event), source.max_age_ms, remote, now)
    return upstream, age


def _end_init(sandbox: Sandbox, trace: Trace, remote: Remote, now: int, *, joined: bool) -> Span:
    """End the init span and return it.

    Its trace becomes the first invocation's where that waited for it (``joined``). An init long
    before, by provisioned concurrency or a snapshot, stays a trace of its own: a trace with an
    hour's hole in it serves nobody.
    """
    before = _context.init_trace(sandbox)
    if joined:
        _propagation.join(before, remote)
        before.anchor()
        before.resource = trace.resource
    else:
        # Of a snapshot many sandboxes are made, each with the same init in it.
        before.trace_id = new_trace_id()
    init = Span(
        "init",
        before,
        remote.span_id if joined else None,
        parent_is_remote=joined and remote.span_id is not None,
        start_time=sandbox.started,
        span_id=sandbox.init_span_id,
    )
    init.set_attribute("sltrace.sandbox.init_type", _sandbox.init_type(os.environ))
    end = sandbox.init_end(now)
    if joined:
        end_within(init, end)
    else:
        before.held = False
        init.end(end)
    return init


def _sandbox_attributes(
    sandbox: Sandbox, waited: bool, idle: int | None, now: int
) -> dict[str, Any]:
    kind = _sandbox.init_type(os.environ)
    attributes = {
        "faas.coldstart": waited and kind == _sandbox.ON_DEMAND,
        "sltrace.sandbox.init_type": kind,
        "sltrace.sandbox.invocation": sandbox.invocations,
        "sltrace.sandbox.age_ms": round((now - sandbox.started) / 1e6, 3),
    }
    if idle is not None:
        attributes["sltrace.sandbox.idle_ms"] = round(idle / 1e6, 3)
    return attributes


def _describe_event(span: Span, source: Source, event: Any, age: int | None, seen: int) -> None:
    attempt = source.attempt(event)
    if attempt is None and seen > 1:
        attempt = seen
    told = {
        "faas.trigger": source.trigger,
        "sltrace.event.source": source.name,
        "sltrace.event.model": source.model,
        "sltrace.event.age_ms": None if age is None else round(age / 1e6, 3),
        "sltrace.event.attempt": attempt,
    }
    span.describe(known(told))
    span.update_name(source.span_name(event) or span.name)
    span.describe(source.attributes(event))


def _record_response(span: Span, attributes: Mapping[str, Any]) -> None:
    span.set_attributes(attributes)
    status = attributes.get("http.response.status_code")
    # OTel, "HTTP server": a 5xx is the server's error, a 4xx is its caller's.
    if status is not None and status >= 500:
        span.set_attribute("error.type", str(status))
        span.set_status(StatusCode.ERROR)
