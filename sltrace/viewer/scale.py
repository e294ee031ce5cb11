"""Where on a line a moment of a trace is, and the bars drawn there."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sltrace.viewer.model import Trace

# Of a bar: a whole cell, its left half, its right half.
_BLOCKS = ("\N{FULL BLOCK}", "\N{LEFT HALF BLOCK}", "\N{RIGHT HALF BLOCK}")
# A pause is drawn this part as long as all that happened, when it was longer than that.
_PAUSE = 0.08


class Scale:
    """Maps time to a line ``width`` cells long.

    A pause in which no span was open, longer than all the rest together, is drawn short: the
    initialization of a provisioned environment lies hours before its first invocation, and an
    asynchronous call may wait long.

    Attributes:
        skipped: how long (ns) the pauses were that are drawn short.
    """

    def __init__(self, trace: Trace, width: int) -> None:
        self.width = width
        busy = _busy(trace)
        total = sum(end - start for start, end in busy)
        self.skipped = 0
        # From each moment on, up to the next: where it lies, and how much time a ns takes there.
        self._parts: list[tuple[int, float, float]] = []
        position, last = 0.0, busy[0][0]
        for start, end in busy:
            pause = start - last
            is_long = pause > max(total, 1)
            self.skipped += pause if is_long else 0
            self._parts.append((last, position, total * _PAUSE / pause if is_long else 1.0))
            position += total * _PAUSE if is_long else pause
            self._parts.append((start, position, 1.0))
            position, last = position + end - start, end
        self._length = max(position, 1.0)

    def position(self, time: int) -> float:
        """Return where the moment lies, from 0 to 1."""
        start, position, rate = next(
            (part for part in reversed(self._parts) if part[0] <= time), self._parts[0]
        )
        return min(max((position + (time - start) * rate) / self._length, 0.0), 1.0)

    def bar(self, start: int, end: int, *, ascii_mark: str = "") -> str:
        """Return the line with a bar from start to end on it: at least a mark.

        Args:
            start: ns since the epoch.
            end: ns since the epoch.
            ascii_mark: the character to draw with; half cells of Unicode blocks where it is "".
        """
        steps = 1 if ascii_mark else 2
        room = self.width * steps
        first = min(int(self.position(start) * room + 0.5), room - 1)
        last = max(int(self.position(end) * room + 0.5), first + 1)
        if ascii_mark:
            return (" " * first + ascii_mark * (last - first)).ljust(self.width)
        return "".join(_cell(first, last, 2 * at) for at in range(self.width))


def _cell(first: int, last: int, left: int) -> str:
    halves = (first <= left < last, first <= left + 1 < last)
    if not any(halves):
        return " "
    return _BLOCKS[0] if all(halves) else _BLOCKS[1] if halves[0] else _BLOCKS[2]


def _busy(trace: Trace) -> list[tuple[int, int]]:
    """Return the intervals in which at least one span was open."""
    found: list[tuple[int, int]] = []
    for span in trace.spans:  # in order of their start
        end = max(span.end, span.start)
        if found and span.start <= found[-1][1]:
            found[-1] = found[-1][0], max(found[-1][1], end)
        else:
            found.append((span.start, end))
    return found
