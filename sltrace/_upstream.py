"""What an event went through before its function, as spans inferred from its own timestamps.

A gateway that waits for the answer ends with the invocation; a queue ends where the next stage
begins. Clocks of different machines differ: a stage that seems to begin after the next one begins
with it, and a timestamp that cannot be right gives no span.
"""

from __future__ import annotations

from sltrace import _settings
from sltrace._span import Span

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from sltrace._headers import Remote
    from sltrace._trace import Trace
    from sltrace.events._source import Hop

_MS_NS = 1_000_000
# How far the clocks of two of AWS's machines, or a developer's and AWS's, may be apart.
_MAX_SKEW_NS = 60 * 1_000 * _MS_NS
# X-Ray and its OTLP endpoint take nothing that is much older.
_MAX_SPAN_NS = 14 * 24 * 3_600 * 1_000 * _MS_NS


class Upstream:
    """The inferred spans of one invocation, outermost first; none where nothing can be told.

    Attributes:
        parent_id: the id of the last of them, the invocation's parent; None where there is none.
    """

    __slots__ = ("_open", "_trace", "parent_id")

    def __init__(self, trace: Trace) -> None:
        self._trace = trace
        self._open: list[Span] = []
        self.parent_id: int | None = None

    def infer(self, hops: Sequence[Hop], max_age_ms: int, remote: Remote, now: int) -> int | None:
        """Begin a span for each stage, and return the event's age in ns where it can be told.

        Args:
            hops: the stages, outermost first.
            max_age_ms: the oldest that the event can be.
            remote: what the first stage continues.
            now: when the invocation began.
        """
        starts: list[tuple[Hop, int, int]] = []
        end = now
        for hop in reversed(hops):
            start = _plausible(hop.start, end, now, max_age_ms * _MS_NS)
            if start is not None:
                starts.append((hop, start, end))
                end = start
        drawn = reversed(starts) if _settings.current().upstream_spans else ()
        for hop, start, until in drawn:
            if now - start <= _MAX_SPAN_NS:
                self._add(hop, start, until, remote)
        is_dated = bool(starts) and starts[0][0] is hops[-1]
        return now - starts[0][1] if is_dated else None

    def end(self, end_time: int) -> None:
        """End the stages that waited for the invocation."""
        while self._open:
            end_within(self._open.pop(), end_time)

    def _add(self, hop: Hop, start: int, end: int, remote: Remote) -> None:
        """Add the next stage, which ended at ``end``, or waits for the invocation to end."""
        outer = self.parent_id
        span = Span(
            hop.name,
            self._trace,
            remote.span_id if outer is None else outer,
            parent_is_remote=outer is None and remote.span_id is not None,
            start_time=start,
        )
        span.describe({"sltrace.inferred": True, "sltrace.event.source": hop.source})
        span.describe(hop.attributes)
        for name, moment in hop.moments.items():
            if moment is not None and start <= moment <= end:
                span.add_event(name, timestamp=moment)
        self.parent_id = span.span_id
        if hop.encloses:
            self._open.append(span)
        else:
            end_within(span, end)


def end_within(span: Span, end_time: int) -> None:
    """End a span that has no parent in this process, and is not what ends its trace here.

    It is kept, for the invocation to go out with.
    """
    trace = span.trace
    was_ended, trace.held = trace.ended, True
    span.end(end_time)
    trace.held, trace.ended = False, was_ended


def _plausible(start: int | None, next_start: int, now: int, max_age: int) -> int | None:
    """Return when a stage began: no later than the next one; None where it cannot be told."""
    if start is None or start - now > _MAX_SKEW_NS or now - start > max_age:
        return None
    return min(start, next_start)
