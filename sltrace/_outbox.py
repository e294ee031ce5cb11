"""Finished spans on their way to the exporters: collected, then handed over a trace at a time."""

from __future__ import annotations

import threading

from sltrace import _exporters
from sltrace._guard import warn

TYPE_CHECKING = False
if TYPE_CHECKING:
    from sltrace._span import Span
    from sltrace._trace import Trace

# Some 10 MB of spans: far above a sensible invocation, far below what would harm the smallest one.
_MAX_SPANS = 10_000


class Outbox:
    """Holds finished spans until the local root of their trace ends, then exports them.

    Full, it exports early what it can. Only spans of init, which wait for the first invocation to
    know their trace, are then dropped, the newest first, and counted.

    Attributes:
        dropped: how many spans were dropped for want of room.
        captured: while ``sltrace.testing.capture`` is on, the list that takes every span instead
            of the exporters.
    """

    def __init__(self) -> None:
        self.dropped = 0
        self.captured: list[Span] | None = None
        self._waiting: dict[Trace, list[Span]] = {}
        self._count = 0
        self._lock = threading.Lock()

    def add(self, span: Span) -> None:
        """Take a span that has just ended, and export its trace if that was its local root."""
        if self.captured is not None:
            self.captured.append(span)
            return
        trace, is_root = span.trace, span.is_local_root
        full = self._keep(span, always=is_root or not trace.held)
        if is_root:
            trace.ended = True
        if trace.ended and not trace.held:
            self.flush(trace)
        elif full:
            self._flush_all()

    def flush(self, trace: Trace) -> None:
        """Export the finished spans of one trace."""
        with self._lock:
            spans = self._waiting.pop(trace, [])
            self._count -= len(spans)
        if spans:
            _exporters.export(spans)

    def renew_after_fork(self) -> None:
        """Leave the parent's spans to the parent, and a lock that another thread held."""
        self._lock = threading.Lock()
        self._waiting = {}
        self._count = 0

    def _keep(self, span: Span, *, always: bool) -> bool:
        """Keep the span, if there is room or it has to be; return whether there was none."""
        with self._lock:
            full = self._count >= _MAX_SPANS
            if always or not full:
                self._waiting.setdefault(span.trace, []).append(span)
                self._count += 1
                return full
            self.dropped += 1
        warn(f"more than {_MAX_SPANS} spans of init wait for an invocation: the newest are dropped")
        return full

    def _flush_all(self) -> None:
        for trace in [trace for trace in list(self._waiting) if not trace.held]:
            self.flush(trace)


OUTBOX = Outbox()
