"""What the emulator writes, and what its lines tell of an invocation."""

from __future__ import annotations

import json
import os
import re
import tempfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sltrace.local.outcome import Outcome

if TYPE_CHECKING:
    from collections.abc import Sequence

_INIT = re.compile(r"INIT REPORT\(durationMs: ([\d.]+)\)")
_DONE = re.compile(r"INVOKE RTDONE\(.*duration: ([\d.]+)ms\)")
_REQUEST = re.compile(r"START RequestId: (\S+)")
_FAILED = re.compile(r"\(rapid\) Reset initiated: ")
_OVER = re.compile(r"REPORT RequestId: |\(rapid\) Reset initiated: ReleaseFail")
# What the emulator writes itself. A function that ends no line may have begun the same one.
_PLATFORM = re.compile(
    r"(?:\d+ \w+ \d{4} [\d:,]+ \[\w+\] \(rapid\) "
    r"|START RequestId: |END RequestId: |REPORT RequestId: ).*"
)
_REPORT_KEYS = {"errorMessage", "errorType", "requestId", "stackTrace"}


@dataclass(frozen=True)
class Invocation(Outcome):
    """What came of one invocation, and what the log tells of it.

    Attributes:
        duration_ms: from the event's delivery until the runtime was done with it, in ms; None
            when it never was.
        init_ms: how long init took, in ms; None when this invocation needed none.
        log: the lines the emulator and the function wrote meanwhile.
    """

    duration_ms: float | None
    init_ms: float | None
    log: tuple[str, ...]

    @classmethod
    def of(cls, status: int, payload: bytes, log: Sequence[str]) -> Invocation:
        """Return what the HTTP status, the response and the log tell."""
        request_id = _first(_REQUEST, log) or ""
        duration, init = _first(_DONE, log), _first(_INIT, log)
        failed = status != 200 or any(map(_FAILED.search, log)) or _is_report(payload, request_id)
        return cls(
            payload,
            failed,
            request_id,
            None if duration is None else float(duration),
            None if init is None else float(init),
            tuple(log),
        )

    @property
    def init_failed(self) -> bool:
        """Whether the function could not be initialised, so that no handler was called."""
        return any("INIT RTDONE(status: error" in line for line in self.log)

    @property
    def output(self) -> list[str]:
        """The lines of the log that the function wrote."""
        own = ((line, _PLATFORM.sub("", line)) for line in self.log)
        return [mine for line, mine in own if mine or not line]


class Log:
    """What a process writes, line by line: a file without a name, read while it grows."""

    def __init__(self) -> None:
        self.file = tempfile.TemporaryFile()  # noqa: SIM115 - closed by close()
        self.lines: list[str] = []
        self._position = 0
        self._rest = b""

    def read(self) -> list[str]:
        """Take in the lines that were completed since the last time, and return all."""
        # pread, for the file's position is shared with the process that writes.
        while block := os.pread(self.file.fileno(), 1 << 20, self._position):
            self._position += len(block)
            *lines, self._rest = (self._rest + block).split(b"\n")
            self.lines.extend(line.decode(errors="replace") for line in lines)
        return self.lines

    def close(self) -> None:
        """Read what is left, then close the file."""
        self.read()
        self.file.close()


def is_over(log: Sequence[str]) -> bool:
    """Return whether the invocation that the lines belong to has left the emulator ready."""
    return any(map(_OVER.search, log))


def _first(pattern: re.Pattern[str], lines: Sequence[str]) -> str | None:
    return next((found[1] for found in map(pattern.search, lines) if found), None)


def _is_report(payload: bytes, request_id: str) -> bool:
    """Return whether the payload is the runtime's report of what the handler raised."""
    try:
        report: Any = json.loads(payload)
    except (ValueError, RecursionError):
        return False
    return (
        isinstance(report, dict)
        and report.keys() == _REPORT_KEYS
        and report["requestId"] == request_id
    )
