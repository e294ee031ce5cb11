"""``sltrace invoke``: a handler run on an event, its results and its traces printed."""

from __future__ import annotations

import json
import os
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sltrace
from sltrace.local import inprocess, marshal
from sltrace.local.emulator import Emulator
from sltrace.local.resolve import BadHandler, split

if TYPE_CHECKING:
    from collections.abc import Callable

    from sltrace.local.emulator_log import Invocation
    from sltrace.local.outcome import Outcome


@dataclass(frozen=True)
class Session:
    """What to run and how.

    Attributes:
        handler: as Lambda has it, such as ``app.handler``.
        event: the payload of each invocation.
        folder: the local store, an absolute path.
        print_trace: prints the trace of an invocation, given its request id and the time (ns since
            the epoch) before which nothing is part of it; returns whether there was one.
        repeat: how many invocations.
        function_name: None for the default.
        memory: MB.
        timeout: seconds.
    """

    handler: str
    event: bytes
    folder: str
    print_trace: Callable[[str, int], bool]
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
        since = time.time_ns()
        function = inprocess.Function(
            self.handler,
            function_name=self.function_name,
            memory=self.memory,
            timeout=self.timeout,
        )
        return self._repeat(function.invoke, since)

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

        def invoke(event: bytes) -> Invocation:
            invocation = emulator.invoke(event)
            self._require_handler(invocation)
            for line in invocation.output:
                print(line.replace("\r", "\n"), file=sys.stderr)
            return invocation

        with emulator:
            return self._repeat(invoke, time.time_ns())

    def _exporting(self) -> dict[str, str]:
        return {"OTEL_TRACES_EXPORTER": "local", "SLTRACE_LOCAL_DIR": self.folder}

    def _repeat(self, invoke: Callable[[bytes], Outcome], since: int) -> bool:
        """Invoke as often as asked; ``since`` is when init may have begun."""
        went_well = True
        for number in range(self.repeat):
            if number:
                since = time.time_ns()
                print()
            outcome = invoke(self.event)
            went_well = went_well and not outcome.function_error
            print(marshal.pretty(outcome.payload), end="\n\n", flush=True)
            if not self.print_trace(outcome.request_id, since):
                print(f"sltrace: no trace was recorded: {_why()}", file=sys.stderr)
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


def _why() -> str:
    if os.environ.get("OTEL_SDK_DISABLED", "").strip().lower() == "true":
        return "OTEL_SDK_DISABLED is true"
    return "the handler has no @sltrace.trace_handler, or did not get to its end"
