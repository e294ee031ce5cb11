"""``sltrace invoke``: a handler run on an event, its results and its traces printed."""

from __future__ import annotations

import json
import os
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sltrace
from sltrace.local import inprocess, marshal, printed
from sltrace.local.emulator import Emulator
from sltrace.local.printed import Printed
from sltrace.local.resolve import BadHandler, split

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TextIO

    from sltrace.local.emulator_log import Invocation
    from sltrace.local.outcome import Outcome

# The start of a process is known to a tick of 10 ms.
_TICK = 20_000_000
_UNDECORATED = ": is the handler decorated with @sltrace.trace_handler?"
_COROUTINE = "Object of type coroutine "
_ASYNC = (
    "the handler is a coroutine function (async def), which Lambda's Python runtime does not "
    "await: use a plain function that calls asyncio.run"
)


@dataclass(frozen=True)
class Session:
    """What to run and how.

    Attributes:
        handler: as Lambda has it, such as ``app.handler``.
        event: the payload of each invocation.
        folder: the local store, an absolute path.
        print_trace: prints the trace of an invocation, given its request id, the time (ns since
            the epoch) before which nothing is part of it, and where to; returns whether there was
            one.
        repeat: how many invocations.
        function_name: None for the default.
        memory: MB.
        timeout: seconds.
    """

    handler: str
    event: bytes
    folder: str
    print_trace: Callable[[str, int, TextIO], bool]
    repeat: int = 1
    function_name: str | None = None
    memory: int = 128
    timeout: int = 30

    def in_process(self) -> bool:
        """Run the handler in this process; return whether every invocation went well.

        Raises:
            BadHandler: it cannot be imported, or is no handler.
        """
        os.environ.update(self._exporting())
        sltrace.configure()
        with printed.to_stderr() as output:
            since = time.time_ns()
            function = inprocess.Function(
                self.handler,
                function_name=self.function_name,
                memory=self.memory,
                timeout=self.timeout,
            )

            def invoke(event: bytes) -> Outcome:
                outcome = function.invoke(event)
                output.end_line()
                return outcome

            return self._repeat(invoke, output, since)

    def under_emulator(self) -> bool:
        """Run the handler under Lambda's emulator; return whether every invocation went well.

        Raises:
            BadHandler: it cannot be imported, or is no handler.
            ComponentMissing, EmulatorFailed: the emulator cannot be had, or does not work.
        """
        split(self.handler)
        emulator = Emulator(
            self.handler,
            env={**os.environ, **self._exporting()},
            function_name=self.function_name or inprocess.default_name(self.handler),
            memory=self.memory,
            timeout=self.timeout,
        )

        output = Printed(sys.stdout)

        def invoke(event: bytes) -> Invocation:
            invocation = emulator.invoke(event)
            self._require_handler(invocation)
            for line in invocation.output:
                output.note(line.encode())
                print(line.replace("\r", "\n"), file=sys.stderr)
            return invocation

        with emulator:
            return self._repeat(invoke, output, time.time_ns(), _TICK, _UNDECORATED)

    def _exporting(self) -> dict[str, str]:
        return {"OTEL_TRACES_EXPORTER": "local", "SLTRACE_LOCAL_DIR": self.folder}

    def _repeat(
        self,
        invoke: Callable[[bytes], Outcome],
        output: Printed,
        since: int,
        slack: int = 0,
        cause: str = "",
    ) -> bool:
        """Invoke as often as asked, and print what comes of it.

        Args:
            invoke: does it once.
            output: what the function prints, and where the results go.
            since: when init may have begun (ns since the epoch).
            slack: how much earlier (ns) spans may say that they began.
            cause: the likely one, should an invocation leave no trace.
        """
        went_well = True
        for number in range(self.repeat):
            if number:
                since = time.time_ns()
                print(file=output.results)
            outcome = invoke(self.event)
            went_well = went_well and not outcome.function_error
            print(marshal.pretty(outcome.payload), end="\n\n", file=output.results, flush=True)
            has_trace = self.print_trace(outcome.request_id, since - slack, output.results)
            _explain(outcome, cause, has_trace=has_trace, told=output.failure_told)
        return went_well

    def _require_handler(self, invocation: Invocation) -> None:
        """Tell a handler that cannot be run from one that failed."""
        if not invocation.function_error:
            return
        report = _report(invocation.payload)
        kind, message = report.get("errorType"), str(report.get("errorMessage"))
        if invocation.init_failed:
            how = f"{kind}: {message}" if kind else "the runtime ended while importing it"
            raise BadHandler(f"handler {self.handler!r} cannot be used: {how}")
        # Nothing but the runtime's own frame: it could not even call it.
        stack = report.get("stackTrace") or []
        runtime = len(stack) == 1 and os.path.join("awslambdaric", "bootstrap.py") in stack[0]
        if runtime and kind == "TypeError" and message.endswith("is not callable"):
            raise BadHandler(f"handler {self.handler!r} is not callable: {message}")


def _report(payload: bytes) -> dict[str, Any]:
    try:
        report = json.loads(payload)
    except (ValueError, RecursionError):
        return {}
    return report if isinstance(report, dict) else {}


def _explain(outcome: Outcome, cause: str, *, has_trace: bool, told: bool) -> None:
    """Say on stderr what result and trace do not tell, of that which is known."""
    report = _report(outcome.payload) if outcome.function_error else {}
    if report.get("errorType") == "Runtime.MarshalError" and _COROUTINE in str(report):
        print(f"sltrace: {_ASYNC}", file=sys.stderr)
    elif has_trace or told or (outcome.function_error and "stackTrace" not in report):
        return  # a function that ended its process, or its time, has said so with its result
    elif os.environ.get("OTEL_SDK_DISABLED", "").strip().lower() == "true":
        print("sltrace: no trace was recorded: OTEL_SDK_DISABLED is true", file=sys.stderr)
    else:
        print(f"sltrace: no trace was recorded{cause}", file=sys.stderr)
