"""What a function prints, kept apart from its result: it goes to stderr, as under the emulator."""

from __future__ import annotations

import contextlib
import io
import os
import sys
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from collections.abc import Iterator

    from typing_extensions import Buffer

# How a guard begins what it reports (sltrace/_guard.py).
_FAILURE = b"sltrace: could not "


class Printed:
    """What is known of the function's output.

    Attributes:
        results: where the command prints results and traces.
        failure_told: whether sltrace has reported in it that it could not do something.
    """

    def __init__(self, results: TextIO) -> None:
        self.results = results
        self.failure_told = False
        self._ends_line = True
        self._streams: list[TextIO] = []

    def note(self, data: bytes) -> None:
        """Take notice of a piece of it."""
        if data:
            self._ends_line = data.endswith(b"\n")
            self.failure_told = self.failure_told or _FAILURE in data

    def take_over(self) -> None:
        """Have all that is printed in this process, and in its children, go to stderr.

        It stays so until the process ends: threads and exit handlers are the function's too.
        """
        self._before = sys.stdout, sys.stderr  # held, for their files stay open with them
        os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
        # By their numbers, and not one for both: Python edits lines typed into a debugger only
        # where sys.stdout is the process's.
        sys.stdout, sys.stderr = self._stream(sys.stdout), self._stream(sys.stderr)
        self._streams = [sys.stdout, sys.stderr]

    def end_line(self) -> None:
        """End the line where the function has not, for the next one to begin where it should."""
        with contextlib.suppress(OSError, ValueError):  # the function may have closed them
            for stream in self._streams:
                stream.flush()
            if not self._ends_line:
                self._streams[-1].write("\n")

    def _stream(self, stream: TextIO) -> TextIO:
        buffer = io.BufferedWriter(_Noted(stream.fileno(), self))
        return io.TextIOWrapper(
            buffer, encoding=stream.encoding, errors="backslashreplace", line_buffering=True
        )


class _Noted(io.FileIO):
    """A file descriptor that tells what is written to it."""

    def __init__(self, descriptor: int, printed: Printed) -> None:
        super().__init__(descriptor, "w", closefd=False)
        self._printed = printed

    def write(self, data: Buffer, /) -> int:
        self._printed.note(bytes(data))
        return super().write(data)


@contextlib.contextmanager
def to_stderr() -> Iterator[Printed]:
    """Have what is printed from now on go to stderr; results go to what stdout was until now."""
    sys.stdout.flush()
    # Line by line on a terminal, as stdout: a person reads along.
    with open(
        os.dup(sys.stdout.fileno()), "w", encoding=sys.stdout.encoding, errors="backslashreplace"
    ) as results:
        printed = Printed(results)
        printed.take_over()
        try:
            yield printed
        finally:
            printed.end_line()
