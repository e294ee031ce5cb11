"""Where a new span belongs: under the current one, in init, or at the root of a trace.

And how context travels: in from the carriers of an invocation, on into threads.
"""

from __future__ import annotations

import functools
import os
from contextvars import copy_context
from itertools import islice

from sltrace import _exporters, _resource, _sandbox, _settings
from sltrace._guard import guard, warn
from sltrace._headers import Remote, read_w3c, read_xray
from sltrace._model import SAMPLED, Resource, SpanContext, SpanKind
from sltrace._outbox import OUTBOX
from sltrace._settings import Limits
from sltrace._span import CURRENT, INTERNAL, NoSpan, Span
from sltrace._trace import Trace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any, ParamSpec, TypeVar

    P = ParamSpec("P")
    R = TypeVar("R")

_CARRIERS = frozenset(("traceparent", "tracestate", "baggage", "x-amzn-trace-id"))
# Most headers are told apart by their length, without a copy in lower case.
_LENGTHS = frozenset(map(len, _CARRIERS))
_MAX_HEADERS = 256


def start_span(name: str, kind: SpanKind = INTERNAL) -> Span:
    """Start a span under the current one, or at a root of its own where there is none."""
    name = name if isinstance(name, str) else str(name)
    kind = kind if isinstance(kind, SpanKind) else _kind_named(kind)
    parent = CURRENT.get()
    if parent is not None:
        return Span(name, parent.trace, parent.span_id, kind=kind)
    if _settings.current().disabled:
        return no_span()
    sandbox = _sandbox.current()
    if sandbox.is_initialising():
        return Span(name, init_trace(sandbox), sandbox.init_span_id, kind=kind)
    return _start_root(name, kind)


def _start_root(name: str, kind: SpanKind) -> Span:
    """Start a span at a root of its own; in Lambda, under the invocation that it is part of."""
    trace = new_trace()
    if not _sandbox.in_lambda(os.environ):
        return Span(name, trace, kind=kind)
    remote, _ = extract(os.environ, {}, {})
    join(trace, remote)
    is_remote = remote.span_id is not None
    return Span(name, trace, remote.span_id, parent_is_remote=is_remote, kind=kind)


def _kind_named(kind: object) -> SpanKind:
    """Return the kind of that name: OpenTelemetry's own, or a word; INTERNAL for any other."""
    name = str(getattr(kind, "name", kind)).upper()
    if name not in SpanKind.__members__:
        warn(f"no span kind is named {kind!r}: INTERNAL taken")
    return SpanKind.__members__.get(name, INTERNAL)


def new_trace(service: str | None = None) -> Trace:
    """Return a trace with a new id, whose finished spans go to the outbox."""
    return Trace(_resource.current(service), _settings.current().limits, OUTBOX.add)


def init_trace(sandbox: _sandbox.Sandbox) -> Trace:
    """Return the trace of the spans opened during init: held until an invocation adopts it."""
    if sandbox.init_trace is None:
        sandbox.init_trace = new_trace()
        sandbox.init_trace.held = True
    return sandbox.init_trace


def no_span() -> Span:
    """Return the span that records nothing."""
    global _no_span  # noqa: PLW0603 - made once, when first needed
    if _no_span is None:
        _no_span = NoSpan(Trace(Resource({}), Limits({}), OUTBOX.add))
    return _no_span


_no_span: Span | None = None


def current_span() -> Span:
    """Return the span this code runs in; outside any, one that records nothing."""
    return CURRENT.get() or no_span()


def carry_context(func: Callable[P, R]) -> Callable[P, R]:
    """Return ``func`` bound to the current context, for a thread or an executor to call.

    Threads begin with an empty context, so that a span opened in one has no parent there::

        with ThreadPoolExecutor() as pool:
            pool.map(sltrace.carry_context(work), items)
    """
    context = copy_context()

    @functools.wraps(func)
    def carried(*args: P.args, **kwargs: P.kwargs) -> R:
        # A context runs one call at a time; each call gets a copy of its own.
        return context.copy().run(func, *args, **kwargs)

    return carried


def extract(
    environ: Mapping[str, str], w3c: Mapping[str, Any], headers: Mapping[Any, Any]
) -> tuple[Remote, list[SpanContext]]:
    """Return the parent of an invocation, and the contexts that were offered but not chosen.

    The first of these that names a span, or at least a trace, is the parent: (1) the runtime's
    X-Ray header when it is sampled, for Lambda's own segments are in that trace; (2)
    ``context.w3c()``; (3) the event's W3C headers; (4) the event's X-Ray header; (5) the
    runtime's X-Ray header, unsampled or undecided. OTEL_PROPAGATORS leaves out the formats it
    does not name.

    Args:
        environ: holds ``_X_AMZN_TRACE_ID``, where the runtime puts Lambda-Runtime-Trace-Id.
        w3c: what ``context.w3c()`` returned.
        headers: the event's headers, names in any case.
    """
    runtime = read_xray(environ.get("_X_AMZN_TRACE_ID", ""))
    found = _texts(headers)
    known = _settings.current().propagators
    offers = [
        ("xray-lambda", runtime if runtime.sampled else None),
        ("tracecontext", read_w3c(_texts(w3c))),
        ("tracecontext", read_w3c(found)),
        ("xray", read_xray(found.get("x-amzn-trace-id", ""))),
        ("xray-lambda", runtime),
    ]
    read = [offer for name, offer in offers if offer is not None and _reads(name, known)]
    chosen, others = _choose(read)
    if known is not None and "baggage" not in known:
        chosen.baggage = ""
    return chosen, others


def join(trace: Trace, remote: Remote) -> None:
    """Make ``trace`` the continuation of a remote one, with what it has to send on."""
    if remote.trace_id is not None:
        trace.trace_id = remote.trace_id
    if remote.sampled is False:
        trace.flags &= ~SAMPLED
    trace.state = remote.state
    trace.xray = remote.xray
    trace.baggage = remote.baggage


def _reads(propagator: str, named: tuple[str, ...] | None) -> bool:
    # "xray" means the header wherever it stands; OTel's "xray-lambda" adds the runtime's.
    aliases = {"xray-lambda": ("xray", "xray-lambda")}.get(propagator, (propagator,))
    return named is None or any(alias in named for alias in aliases)


def _choose(offers: Sequence[Remote]) -> tuple[Remote, list[SpanContext]]:
    by_trace = [offer for offer in offers if offer.trace_id is not None]
    chosen = by_trace[0] if by_trace else (offers[-1] if offers else Remote())
    same = [offer for offer in by_trace if offer.trace_id == chosen.trace_id]
    # API Gateway sends on the root alone, Lambda with it the parent: of one trace, who knows more.
    chosen = next((offer for offer in same if offer.span_id is not None), chosen)
    others = {
        (other.trace_id, other.span_id): other
        for other in by_trace
        if other.span_id is not None and other.trace_id != chosen.trace_id
    }
    _merge(chosen, offers, same or offers)
    return chosen, [_context_of(other) for other in others.values()]


def _merge(chosen: Remote, offers: Sequence[Remote], same: Sequence[Remote]) -> None:
    """Keep what has to be sent on whichever carrier brought it, and the decision on this trace."""
    for offer in offers:
        chosen.baggage = chosen.baggage or offer.baggage
        chosen.xray = chosen.xray or offer.xray
    for offer in same:
        chosen.sampled = offer.sampled if chosen.sampled is None else chosen.sampled


def _context_of(remote: Remote) -> SpanContext:
    flags = 0 if remote.sampled is False else SAMPLED
    return SpanContext(remote.trace_id or 0, remote.span_id or 0, True, flags, remote.state)


def _texts(headers: Mapping[Any, Any]) -> dict[str, str]:
    """Return the trace headers among ``headers``, keys in lower case; a list's last value."""
    found: dict[str, str] = {}
    for key in islice(headers, _MAX_HEADERS):
        if isinstance(key, str) and len(key) in _LENGTHS and key.lower() in _CARRIERS:
            value = headers[key]
            text = value[-1] if isinstance(value, list) and value else value
            if isinstance(text, str):
                found[key.lower()] = text
    return found


def _after_fork() -> None:
    """Leave the parent its spans, finished and open, in a child that it has forked.

    What is open in both would otherwise be sent by both. The child's own spans go out as they
    end, for their root ends elsewhere.
    """
    OUTBOX.renew_after_fork()
    _exporters.renew_after_fork()
    span = CURRENT.get()
    while span is not None:
        span.end_time = span.end_time or span.trace.now()
        span.trace.ended = True
        span = span.previous


with guard("prepare for forks"):
    os.register_at_fork(after_in_child=_after_fork)
