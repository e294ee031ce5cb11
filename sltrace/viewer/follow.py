"""New traces as they arrive in the local store."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

from sltrace.viewer.model import Span, Trace
from sltrace.viewer.store import MAX_LINE_BYTES, Reader

if TYPE_CHECKING:
    from collections.abc import Iterator

POLL_SECONDS = 0.15
# A trace whose invocations call each other arrives in several lines: it is shown once for all
# that come within so many seconds of each other.
SETTLE_SECONDS = 0.4
# Spans of so many traces are remembered, to show a trace whole when more of it arrives.
MEMORY_TRACES = 200


def follow(
    folder: str | os.PathLike[str],
    poll: float = POLL_SECONDS,
    settle: float = SETTLE_SECONDS,
) -> Iterator[Trace]:
    """Return an iterator over traces of which new spans arrive from now on; it never ends.

    A trace comes again, whole, when more of its spans arrive. What was in the store before the
    call does not come.

    Args:
        folder: the store; it may not exist yet.
        poll: seconds between two looks at it.
        settle: seconds without new spans after which a trace is taken to be complete.
    """
    follower = _Follower(folder)
    return _settled(follower, poll, settle)


def _settled(follower: _Follower, poll: float, settle: float) -> Iterator[Trace]:
    while True:
        follower.read()
        now = time.monotonic()
        for trace, touched in [*follower.touched.items()]:
            if now - touched >= settle:
                del follower.touched[trace]
                yield Trace.of(follower.spans[trace])
        follower.forget()
        time.sleep(poll)


class _Follower:
    """Where reading has got to in each file, and the spans read so far.

    Attributes:
        spans: the spans of each trace, the trace that grew last at the end.
        touched: when (seconds on the monotonic clock) each trace grew that is yet to be shown.
    """

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        self.spans: dict[str, list[Span]] = {}
        self.touched: dict[str, float] = {}
        self._reader = Reader(folder)
        self._positions = {path: _size(path) for _, path in self._reader.files()}

    def read(self) -> None:
        """Take in what was written since the last time."""
        for _, path in self._reader.files():
            for line in self._new_lines(path):
                for span in self._reader.spans(path, line):
                    known = self.spans.pop(span.trace_id, [])
                    known.append(span)
                    self.spans[span.trace_id] = known
                    self.touched[span.trace_id] = time.monotonic()
        self._reader.report()

    def forget(self) -> None:
        """Drop the spans of the traces that have not grown for longest."""
        for trace in [*self.spans][:-MEMORY_TRACES]:
            if trace not in self.touched:
                del self.spans[trace]

    def _new_lines(self, path: str) -> list[bytes]:
        position = self._positions.get(path, 0)
        size = _size(path)
        if size == position:
            return []
        if size < position:  # emptied meanwhile
            position = 0
        try:
            with open(path, "rb") as file:
                file.seek(position)
                new = file.read(MAX_LINE_BYTES)
        except OSError:  # removed meanwhile
            return []
        # What follows the last newline is still being written, unless it has grown past reason.
        whole = len(new) if len(new) == MAX_LINE_BYTES else 0
        whole = new.rfind(b"\n") + 1 or whole
        self._positions[path] = position + whole
        return new[:whole].split(b"\n")


def _size(path: str) -> int:
    try:
        return os.path.getsize(path)
    except OSError:  # removed meanwhile
        return 0
