"""Lines appended to the local store: one file for each process, the oldest removed in time."""

from __future__ import annotations

import os
import re
import threading
import time

from sltrace_local.encode import encode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from sltrace._span import Span

MAX_FILE_BYTES = 32 << 20
MAX_FOLDER_BYTES = 256 << 20

# Only files that sltrace itself named are ever removed: the folder may hold others.
_OURS = re.compile(r"\d{8}T\d{6}\.\d{3}Z-\d+\.jsonl")
# Python opens descriptors close-on-exec by itself (PEP 446); Windows alone has O_BINARY.
_APPEND = os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_BINARY", 0)
_CLOSED = -1


def folder() -> str:
    """Return the local store's folder: SLTRACE_LOCAL_DIR, or ``.sltrace`` in the current one.

    The path is absolute, so that a handler that changes its folder does not move the store.
    """
    return os.path.abspath(os.environ.get("SLTRACE_LOCAL_DIR") or ".sltrace")


class LocalExporter:
    """Appends spans to this process's file in ``folder``, one line for each call.

    A process that was forked writes a file of its own. Threads may share an exporter.
    """

    __slots__ = ("_file", "_folder")

    def __init__(self, folder: str) -> None:
        self._folder = folder
        self._file = _File(folder)

    def export(self, spans: Sequence[Span]) -> None:
        """Write the spans as one line.

        Raises:
            OSError: the folder or the file cannot be made, or the line cannot be written whole.
        """
        if not spans:
            return
        line = encode(spans)
        if self._file.pid != os.getpid():
            # A fork. Whoever held the parent's lock at that moment will not release ours.
            self._file = _File(self._folder)
        self._file.append(line)

    def close(self) -> None:
        """Close the file; the next export opens another."""
        self._file.close()


class _File:
    """One process's open file, and the lock that keeps its threads apart."""

    __slots__ = ("descriptor", "folder", "lock", "pid", "torn")

    def __init__(self, folder: str) -> None:
        self.folder = folder
        self.pid = os.getpid()
        self.lock = threading.Lock()
        self.descriptor = _CLOSED
        self.torn = False

    def append(self, line: bytes) -> None:
        with self.lock:
            self._make_ready(len(line))
            # A line that was cut short (a full disk) must not take the next one with it.
            rest = memoryview(b"\n" + line if self.torn else line)
            self.torn = True
            while rest:
                rest = rest[os.write(self.descriptor, rest) :]
            self.torn = False

    def close(self) -> None:
        with self.lock:
            self._close()

    def _make_ready(self, size: int) -> None:
        if self.descriptor != _CLOSED:
            now = os.fstat(self.descriptor)
            # No link left: somebody cleared the folder while we run.
            if now.st_nlink and now.st_size + size <= MAX_FILE_BYTES:
                return
            self._close()
        _make_folder(self.folder)
        _remove_oldest(self.folder)
        self.descriptor = os.open(os.path.join(self.folder, _file_name()), _APPEND, 0o644)

    def _close(self) -> None:
        descriptor, self.descriptor, self.torn = self.descriptor, _CLOSED, False
        if descriptor != _CLOSED:
            os.close(descriptor)


def _file_name() -> str:
    seconds, nanoseconds = divmod(time.time_ns(), 1_000_000_000)
    stamp = time.strftime("%Y%m%dT%H%M%S", time.gmtime(seconds))
    return f"{stamp}.{nanoseconds // 1_000_000:03d}Z-{os.getpid()}.jsonl"


def _make_folder(folder: str) -> None:
    try:
        os.makedirs(folder)
    except FileExistsError:
        # Somebody else's folder, perhaps with files to commit: it gets no .gitignore from us.
        return
    with open(os.path.join(folder, ".gitignore"), "w", encoding="ascii") as ignore:
        ignore.write("*\n")


def _remove_oldest(folder: str) -> None:
    """Remove our files, those written to longest ago first, until the rest are within bounds."""
    with os.scandir(folder) as entries:
        ours = [entry.path for entry in entries if _OURS.fullmatch(entry.name)]
    files = sorted((_age(path) for path in ours), reverse=True)
    total = 0
    for _, size, path in files:
        total += size
        if total > MAX_FOLDER_BYTES:
            _remove(path)


def _age(path: str) -> tuple[int, int, str]:
    try:
        found = os.stat(path)
    except FileNotFoundError:  # another process removed it meanwhile
        return 0, 0, path
    return found.st_mtime_ns, found.st_size, path


def _remove(path: str) -> None:
    try:
        os.remove(path)
    except OSError:  # gone already, or still open elsewhere (Windows): the next opening tries again
        return
