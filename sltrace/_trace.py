"""What the spans of one trace share in this process: ids, clock, limits, where they go."""

from __future__ import annotations

import os
import time

from sltrace._model import SAMPLED, TraceState

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from sltrace._model import Resource
    from sltrace._raised import Record
    from sltrace._settings import Limits
    from sltrace._span import Span


class Trace:
    """One trace, as far as this process knows it.

    One object, so that spans opened during init join the first invocation's trace all at once:
    its ids are written here, not in each of them.

    Attributes:
        trace_id: 128 bits; a new one begins with the epoch second, as X-Ray asks.
        flags: W3C trace flags; bit 0 is "sampled".
        state: members of ``tracestate``.
        xray: further members of the X-Ray header (Lineage and keys unknown to us), kept to be
            sent on.
        baggage: the W3C ``baggage`` header as it came, "" when none did.
        raised: what was told of the exception that was recorded last.
        offset: ns to add to the monotonic clock for the wall clock, read once (see ``anchor``).
        ended: whether the local root has ended; what ends later is exported at once.
        held: whether its spans wait for an invocation to join: those of init.
        deliver: receives each span as it ends.
    """

    __slots__ = (
        "baggage",
        "deliver",
        "ended",
        "flags",
        "held",
        "limits",
        "offset",
        "raised",
        "resource",
        "state",
        "trace_id",
        "xray",
    )

    def __init__(self, resource: Resource, limits: Limits, deliver: Callable[[Span], None]) -> None:
        self.trace_id = new_trace_id()
        self.flags = SAMPLED
        self.state = TraceState()
        self.xray: dict[str, str] = {}
        self.baggage = ""
        self.ended = False
        self.held = False
        self.raised: Record | None = None
        self.resource = resource
        self.limits = limits
        self.deliver = deliver
        self.anchor()

    def anchor(self) -> None:
        """Read the wall clock once; time then advances by the monotonic clock alone.

        A clock stepped by NTP in mid-invocation thus bends no span, and a sandbox that was frozen
        is right again as soon as its next invocation begins.
        """
        self.offset = time.time_ns() - time.monotonic_ns()

    def now(self) -> int:
        """Return the time in ns since the epoch."""
        return time.monotonic_ns() + self.offset


def new_span_id() -> int:
    """Return 64 random bits that are not all zero."""
    # os.urandom and not a seeded generator: right after a fork and a snapshot's restore.
    return int.from_bytes(os.urandom(8), "big") or 1


def new_trace_id() -> int:
    """Return a trace id valid for both W3C and X-Ray: the epoch second, then 96 random bits."""
    return int(time.time()) << 96 | int.from_bytes(os.urandom(12), "big")
