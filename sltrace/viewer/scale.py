"""Where on a line a moment of a trace is, and the bars drawn there."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sltrace.viewer.model import Span, Trace

# Of a bar: a whole cell, its left half, its right half.
_BLOCKS = ("\N{FULL BLOCK}", "\N{LEFT HALF BLOCK}", "\N{RIGHT HALF BLOCK}")
# Drawn short, a pause is this part as long as all that happened.
_PAUSE = 0.08
# What a stretch of time was.
_BUSY, _HELD, _WAITED, _IDLE = "busy", "held", "waited", "idle"
# So many times as long as all that happened, and a pause is drawn short.
_LIMITS = {_HELD: 10, _WAITED: 1, _IDLE: 1}


class Scale:
    """Maps time to a line ``width`` cells long.

    A pause in which no span was open, or none but inferred ones, longer than all the rest together,
    is drawn short: the initialization of a provisioned environment lies hours before its first
    invocation, and a message may lie in a queue as long. Each stage is a pause of its own, so that
    each has room. A gateway's time before the function is a part of the answer's: it is drawn
    short only where it would leave the function next to nothing.

    Attributes:
        idle: how long (ns) the pauses were that are drawn short and in which no span was open.
        waited: how long those were in which only inferred spans were.
    """

    def __init__(self, trace: Trace, width: int) -> None:
        self.width = width
        self.idle = self.waited = 0
        stretches = _stretches(trace)
        total = sum(end - start for start, end, state in stretches if state is _BUSY)
        # From each moment on, up to the next: where it lies, and how much time a ns takes there.
        self._parts: list[tuple[int, float, float]] = []
        position = 0.0
        for start, end, state in stretches:
            took = end - start
            is_short = state is not _BUSY and took > max(total, 1) * _LIMITS[state]
            self.idle += took if is_short and state is _IDLE else 0
            self.waited += took if is_short and state is not _IDLE else 0
            rate = total * _PAUSE / took if is_short else 1.0
            self._parts.append((start, position, rate))
            position += took * rate
        self._length = max(position, 1.0)

    def position(self, time: int) -> float:
        """Return where the moment lies, from 0 to 1."""
        start, position, rate = next(
            (part for part in reversed(self._parts) if part[0] <= time), self._parts[0]
        )
        return min(max((position + (time - start) * rate) / self._length, 0.0), 1.0)

    def bar(self, start: int, end: int, *, mark: str = "") -> str:
        """Return the line with a bar from start to end on it: at least a mark.

        Args:
            start: ns since the epoch.
            end: ns since the epoch.
            mark: the character to draw with; half cells of Unicode blocks where it is "".
        """
        steps = 1 if mark else 2
        room = self.width * steps
        first = min(int(self.position(start) * room + 0.5), room - 1)
        last = max(int(self.position(end) * room + 0.5), first + 1)
        if mark:
            return (" " * first + mark * (last - first)).ljust(self.width)
        return "".join(_cell(first, last, 2 * at) for at in range(self.width))


def _cell(first: int, last: int, left: int) -> str:
    halves = (first <= left < last, first <= left + 1 < last)
    if not any(halves):
        return " "
    return _BLOCKS[0] if all(halves) else _BLOCKS[1] if halves[0] else _BLOCKS[2]


def _stretches(trace: Trace) -> list[tuple[int, int, str]]:
    """Return the trace's time cut where pauses begin and end, and in them where a stage does."""
    inferred = [span for span in trace.spans if span.is_inferred]
    busy = _merged([span for span in trace.spans if not span.is_inferred] or inferred)
    stages = {
        _WAITED: _merged([span for span in inferred if id(span) in trace.waits]),
        _HELD: _merged([span for span in inferred if id(span) not in trace.waits]),
    }
    cuts = sorted({moment for span in inferred for moment in (span.start, span.end)})
    found: list[tuple[int, int, str]] = []
    last, over = trace.start, max(trace.end, busy[-1][1])
    for start, end in [*busy, (over, over)]:
        bounds = [last, *(cut for cut in cuts if last < cut < start), start]
        for begin, until in pairwise(bounds):
            if begin < until:
                found.append((begin, until, _state(begin, stages)))
        found.append((start, end, _BUSY))
        last = end
    return found


def _state(moment: int, stages: dict[str, list[tuple[int, int]]]) -> str:
    for state, intervals in stages.items():
        if any(start <= moment < end for start, end in intervals):
            return state
    return _IDLE


def _merged(spans: list[Span]) -> list[tuple[int, int]]:
    """Return the intervals in which at least one of the spans was open."""
    found: list[tuple[int, int]] = []
    for span in spans:  # in order of their start
        end = max(span.end, span.start)
        if found and span.start <= found[-1][1]:
            found[-1] = found[-1][0], max(found[-1][1], end)
        else:
            found.append((span.start, end))
    return found
