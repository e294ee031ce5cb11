"""The execution environment this process is: when it began, what it is, how often it was invoked.

AWS calls it an execution environment; "sandbox" is short for it throughout.
"""

from __future__ import annotations

import os
import time

from sltrace._trace import new_span_id

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from sltrace._trace import Trace

ON_DEMAND = "on-demand"
# Lambda also initialises sandboxes ahead of need, and says so nowhere. A first invocation that
# comes later than this after init waited for no init.
_PROACTIVE_INIT_GAP_NS = 10_000_000_000
# Lambda retries an asynchronous invocation twice, a minute and two minutes later.
_MAX_REQUESTS = 256
_TRACE_HEADER = "_X_AMZN_TRACE_ID"


class Sandbox:
    """The life of this process as an execution environment; times are ns since the epoch.

    Attributes:
        started: when the process began.
        ready: when init was over: the last handler had been decorated.
        invocations: how many invocations have begun.
        last_end: when the last invocation ended, by the monotonic clock in ns; None before.
        init_span_id: the id of the span that stands for init, chosen before any span opens in it.
        init_trace: the trace of the spans opened during init, until an invocation adopts it.
    """

    __slots__ = (
        "_header",
        "_requests",
        "init_span_id",
        "init_trace",
        "invocations",
        "last_end",
        "ready",
        "started",
    )

    def __init__(self, started: int) -> None:
        self.started = started
        self.ready: int | None = None
        self.invocations = 0
        self.last_end: int | None = None
        self.init_span_id = new_span_id()
        self.init_trace: Trace | None = None
        self._requests: dict[str, int] = {}
        # The runtime sets it anew for each invocation: that one has begun shows here also where
        # no handler is decorated.
        self._header = os.environ.get(_TRACE_HEADER)

    def is_initialising(self) -> bool:
        """Return whether this is a Lambda sandbox before its first invocation."""
        began = os.environ.get(_TRACE_HEADER) != self._header
        return self.invocations == 0 and not began and in_lambda(os.environ)

    def decorated(self) -> None:
        """Note that a handler has been made: as far as can be told from inside, init ends here."""
        if self.invocations == 0:
            self.ready = time.time_ns()

    def init_end(self, now: int) -> int:
        """Return when init ended, given the first invocation's beginning."""
        return now if self.ready is None else min(max(self.ready, self.started), now)

    def waited_for_init(self, now: int) -> bool:
        """Return whether the first invocation, begun at ``now``, came straight after init."""
        return now - self.init_end(now) <= _PROACTIVE_INIT_GAP_NS

    def begin_invocation(self) -> int | None:
        """Count an invocation and return the ns since the last one ended (None on the first)."""
        self.invocations += 1
        return None if self.last_end is None else time.monotonic_ns() - self.last_end

    def attempt(self, request_id: str) -> int:
        """Count and return how often this request has been seen here.

        Lambda retries an asynchronous invocation under the same request id. The first attempt may
        have been in another sandbox, so that 1 may be any; 2 is at least the second.
        """
        self._requests[request_id] = self._requests.pop(request_id, 0) + 1
        if len(self._requests) > _MAX_REQUESTS:
            del self._requests[next(iter(self._requests))]
        return self._requests[request_id]

    def end_invocation(self) -> None:
        """Note that an invocation has ended."""
        self.last_end = time.monotonic_ns()


def begin(started: int) -> None:
    """Start a new sandbox in this process, at ``started`` ns since the epoch.

    For programs that run handlers: ``sltrace invoke``, tests.
    """
    global _current  # noqa: PLW0603 - the process is one sandbox at a time
    _current = Sandbox(started)


def restore(sandbox: Sandbox) -> None:
    """Make an earlier sandbox the process's again."""
    global _current  # noqa: PLW0603 - the process is one sandbox at a time
    _current = sandbox


def current() -> Sandbox:
    """Return this process's sandbox."""
    return _current


def in_lambda(environ: Mapping[str, str]) -> bool:
    """Return whether the environment is that of a Lambda function."""
    return "AWS_LAMBDA_FUNCTION_NAME" in environ


def init_type(environ: Mapping[str, str]) -> str:
    """Return AWS_LAMBDA_INITIALIZATION_TYPE: on-demand, provisioned-concurrency, snap-start, ..."""
    return environ.get("AWS_LAMBDA_INITIALIZATION_TYPE") or ON_DEMAND


def process_start() -> int:
    """Return when the process began, in ns since the epoch; now, where the system does not tell.

    Linux gives it in clock ticks (10 ms) since boot: proc(5), /proc/pid/stat, field 22.
    """
    now = time.time_ns()
    try:
        with open("/proc/self/stat", "rb") as file:
            # The second field, the program's name, may hold spaces and parentheses.
            ticks = int(file.read().rpartition(b")")[2].split()[19])
        since_boot = ticks * 1_000_000_000 // os.sysconf("SC_CLK_TCK")
        return min(now, now - time.clock_gettime_ns(time.CLOCK_BOOTTIME) + since_boot)
    except (OSError, ValueError, IndexError, AttributeError):
        return now


_current = Sandbox(process_start())
