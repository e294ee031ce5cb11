"""Finished spans on their way to the exporters: collected, then handed over a trace at a time."""

from __future__ import annotations

import os
import threading

from sltrace import _exporters
from sltrace._guard import guard, warn

TYPE_CHECKING = False
if TYPE_CHECKING:
    from sltrace._span import Span, Trace

# Some 10 MB of spans: far above a sensible invocation, far below what would harm the smallest one.
_MAX_SPANS = 10_000


class Outbox:
    """Holds finished spans until the local root of their trace ends, then exports them.

    Full, it drops the newest and counts them.

    Attributes:
        dropped: how many spans were dropped for want of room.
        captured: while ``sltrace.testing.capture`` is on, the list that takes every span instead
            of the exporters.
    """

    def __init__(self) -> None:
        self.dropped = 0
        self.captured: list[Span] | None = None
        self._spans: list[Span] = []
        self._lock = threading.Lock()

    def add(self, span: Span) -> None:
        """Take a span that has just ended, and export its trace if that was its local root."""
        if self.captured is not None:
            self.captured.append(span)
            return
        with self._lock:
            full = len(self._spans) >= _MAX_SPANS
            if not full:
                self._spans.append(span)
        if full:
            self.dropped += 1
            warn(f"more than {_MAX_SPANS} spans wait for export: the newest are dropped")
        trace = span.trace
        if span.is_local_root:
            trace.ended = True
        if trace.ended and not trace.held:
            self.flush(trace)

    def flush(self, trace: Trace) -> None:
        """Export the finished spans of one trace."""
        with self._lock:
            mine = [span for span in self._spans if span.trace is trace]
            self._spans = [span for span in self._spans if span.trace is not trace]
        if mine:
            _exporters.export(mine)

    def renew_after_fork(self) -> None:
        """Leave the parent's spans to the parent, and a lock that another thread held."""
        self._lock = threading.Lock()
        self._spans = []


OUTBOX = Outbox()

with guard("prepare for forks"):
    os.register_at_fork(after_in_child=OUTBOX.renew_after_fork)
