"""Where a new span belongs: under the current one, in init, or at the root of a trace.

And how the current span travels: into threads, never into a forked child.
"""

from __future__ import annotations

import functools
import os
from contextvars import copy_context

from sltrace import _exporters, _resource, _sandbox, _settings
from sltrace._guard import warn
from sltrace._model import Resource, SpanKind
from sltrace._outbox import OUTBOX
from sltrace._propagation import extract, join
from sltrace._settings import Limits
from sltrace._span import CURRENT, INTERNAL, NoSpan, Span
from sltrace._trace import Trace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import ParamSpec, TypeVar

    P = ParamSpec("P")
    R = TypeVar("R")


def start_span(name: str, kind: SpanKind = INTERNAL, make: type[Span] = Span) -> Span:
    """Start a span under the current one, or at a root of its own where there is none."""
    name = name if isinstance(name, str) else str(name)
    kind = kind if isinstance(kind, SpanKind) else _kind_named(kind)
    parent = CURRENT.get()
    if parent is not None:
        return make(name, parent.trace, parent.span_id, kind=kind)
    if _settings.current().disabled:
        return no_span()
    sandbox = _sandbox.current()
    if sandbox.is_initialising():
        return make(name, init_trace(sandbox), sandbox.init_span_id, kind=kind)
    return _start_root(name, kind, make)


def _start_root(name: str, kind: SpanKind, make: type[Span]) -> Span:
    """Start a span at a root of its own; in Lambda, under the invocation that it is part of."""
    trace = new_trace()
    if not _sandbox.in_lambda(os.environ):
        return make(name, trace, kind=kind)
    remote, _ = extract(os.environ, {})
    join(trace, remote)
    is_remote = remote.span_id is not None
    return make(name, trace, remote.span_id, parent_is_remote=is_remote, kind=kind)


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


if hasattr(os, "register_at_fork"):  # Windows has no forks
    os.register_at_fork(after_in_child=_after_fork)
