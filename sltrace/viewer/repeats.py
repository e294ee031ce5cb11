"""An event invoked again and again: of such a trace, the last time is what the reader is after.

An event that carries a trace id, as every captured one does, gives each of its invocations that
same trace, and the same parent, which was recorded elsewhere.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sltrace.viewer.model import Trace

if TYPE_CHECKING:
    from sltrace.viewer.model import Span


def last(trace: Trace) -> Trace:
    """Return the trace without what belongs to earlier invocations on the same event."""
    begins = _begins(trace)
    dropped = {span.span_id for span in trace.spans if span.start < begins}
    kept: list[Span] = []
    for span in trace.spans:  # in order of their start: mostly, a parent before its children
        if span.span_id in dropped or span.parent_id in dropped:
            dropped.add(span.span_id)
        else:
            kept.append(span)
    return Trace.of(kept) if len(kept) < len(trace.spans) else trace


def _begins(trace: Trace) -> int:
    """Return when (ns) the last invocation but one on the same event ended; 0: there is none."""
    known = {span.span_id for span in trace.spans}
    latest: dict[tuple[str, str], Span] = {}
    begins = 0
    for span in trace.spans:
        if not span.is_invocation or span.parent_id in known:
            continue
        before = latest.get(key := (span.parent_id, span.service))
        # Those at the same time are no repeats: the parent called the function several times.
        if before is not None and before.end <= span.start:
            begins = max(begins, before.end)
        if before is None or before.end <= span.end:
            latest[key] = span
    return begins
