"""An event invoked again and again: of such a trace, the last time is what the reader is after.

An event that carries a trace id, as every captured one does, gives each of its invocations that
same trace, and the same parent, which was recorded elsewhere. Stages inferred from the event may
lie between them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sltrace.viewer.model import Trace, upstream

if TYPE_CHECKING:
    from sltrace.viewer.model import Span


def last(trace: Trace) -> Trace:
    """Return the trace without what belongs to earlier invocations on the same event."""
    begins = _begins(trace)
    if not begins:
        return trace
    recorded = [span for span in trace.spans if not span.is_inferred]
    dropped = {span.span_id for span in recorded if span.start < begins}
    kept: list[Span] = []
    for span in recorded:  # in order of their start: mostly, a parent before its children
        if span.span_id in dropped or span.parent_id in dropped:
            dropped.add(span.span_id)
        else:
            kept.append(span)
    # Where ids are not unique, nothing may remain.
    return Trace.of(kept + upstream(kept, trace.spans)) if kept else trace


def _begins(trace: Trace) -> int:
    """Return when (ns) the last invocation but one on the same event ended; 0: there is none."""
    inferred = [span for span in trace.spans if span.is_inferred]
    known = {span.span_id for span in trace.spans if not span.is_inferred}
    latest: dict[tuple[str, str, tuple[int, ...]], Span] = {}
    begins = 0
    for span in filter(lambda span: span.is_invocation, trace.spans):
        stages = upstream([span], inferred)
        caller = [span, *stages][-1].parent_id
        if caller in known:
            continue
        # Of several messages that a caller sent, each came at a time of its own.
        before = latest.get(key := (caller, span.service, tuple(stage.start for stage in stages)))
        # Those at the same time are no repeats: the parent called the function several times.
        if before is not None and before.end <= span.start:
            begins = max(begins, before.end)
        if before is None or before.end <= span.end:
            latest[key] = span
    return begins
