"""The local store read back: the newest traces, one trace by its id, new traces as they come.

The store is what other processes append to at this moment, so reading tolerates everything:
what cannot be read is counted, reported once on stderr, and skipped.
"""

from __future__ import annotations

import heapq
import os
import re
import stat
import sys
from collections import Counter
from typing import TYPE_CHECKING

from sltrace.viewer.model import Span, Trace, decode, upstream

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import BinaryIO

BLOCK_BYTES = 1 << 20
# A longer line is no line of ours (a file is rotated at 32 MiB): it is not kept in memory whole.
MAX_LINE_BYTES = 64 << 20
# So many lines in a row that are too old end the reading of a file; one may just have been late.
OLD_LINES = 64
# A file's time is that of the kernel's last tick, up to 10 ms before what was written then.
_TICK = 20_000_000
_XRAY = re.compile(r"1(?:-([0-9a-f]{0,8})(?:-([0-9a-f]{0,24}))?)?")

_reported: set[str] = set()


class Reader:
    """Reads one folder's files, and counts what it could not read in each."""

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        self.folder = os.fspath(folder)
        self.unreadable: Counter[str] = Counter()

    def files(self) -> list[tuple[int, str]]:
        """Return each file's last change (ns since the epoch) and its path, newest first."""
        try:
            with os.scandir(self.folder) as entries:
                paths = [entry.path for entry in entries if entry.name.endswith(".jsonl")]
        except OSError:  # no folder yet
            return []
        found = []
        for path in paths:
            try:
                about = os.stat(path)
            except OSError:  # removed in this very moment
                continue
            # A pipe of that name would keep us waiting.
            if stat.S_ISREG(about.st_mode):
                found.append((about.st_mtime_ns, path))
        return sorted(found, reverse=True)

    def lines(self, path: str) -> Iterator[bytes]:
        """Yield the file's lines from the last one on, so that a reader can stop early."""
        try:
            with open(path, "rb") as file:
                yield from _backwards(file)
        except OSError:
            self.unreadable[path] += 1

    def spans(self, path: str, line: bytes) -> list[Span]:
        """Return the line's spans, none where it is torn or corrupt."""
        try:
            return decode(line) if line.strip() else []
        except ValueError:
            self.unreadable[path] += 1
            return []

    def report(self) -> None:
        """Say on stderr what could not be read, once for each file."""
        for path, count in self.unreadable.items():
            if path not in _reported:
                _reported.add(path)
                lines = "1 unreadable line" if count == 1 else f"{count:,} unreadable lines"
                print(f"sltrace: {path}: skipped {lines}", file=sys.stderr)


def traces(folder: str | os.PathLike[str], limit: int = 20) -> list[Trace]:
    """Return the ``limit`` traces that ended last, the newest first.

    Reads backwards from the newest line of the newest file, only as far as it must.
    """
    reader, newest = Reader(folder), _Newest(limit)
    for span in _backwards_to(reader, lambda: newest.horizon):
        newest.add(span)
    reader.report()
    return _newest_first(newest.found, limit)


def since(folder: str | os.PathLike[str], start: int) -> list[Trace]:
    """Return what has been recorded of spans that began at ``start`` (ns) or later.

    The trace that ended last comes first. Of a trace that is older, the older part is left out,
    but for the stages that an event of the newer part had come through before.
    """
    reader = Reader(folder)
    found: dict[str, list[Span]] = {}
    before: dict[str, list[Span]] = {}
    for span in _backwards_to(reader, lambda: start):
        (found if span.start >= start else before).setdefault(span.trace_id, []).append(span)
    reader.report()
    for trace, spans in found.items():
        spans.extend(upstream(spans, before.get(trace, ())))
    return _newest_first(found, len(found))


def _backwards_to(reader: Reader, horizon: Callable[[], int]) -> Iterator[Span]:
    """Yield spans from the newest line on, until lines are older than the horizon (ns) then is."""
    for written, path in reader.files():
        if written + _TICK < horizon():
            break
        too_old = 0
        for line in reader.lines(path):
            spans = reader.spans(path, line)
            is_older = bool(spans) and max(span.end for span in spans) < horizon()
            too_old = too_old + 1 if is_older else 0
            if too_old == OLD_LINES:
                break
            yield from spans


class _Newest:
    """The spans seen so far, and the time (ns) before which no span is of interest any more.

    A line is written when its spans have ended. So what was written before the earliest start of
    the newest traces is part of none of them, nor of a newer one.
    """

    def __init__(self, limit: int) -> None:
        self.found: dict[str, list[Span]] = {}
        self.horizon = 0
        self._limit = limit
        self._ends: dict[str, int] = {}
        self._kept: list[str] = []
        self._earliest_end = -1

    def add(self, span: Span) -> None:
        trace = span.trace_id
        self.found.setdefault(trace, []).append(span)
        self._ends[trace] = max(self._ends.get(trace, 0), span.end)
        if trace in self._kept:
            self.horizon = min(self.horizon, span.start)
        elif len(self.found) >= self._limit and span.end > self._earliest_end:
            self._choose()

    def _choose(self) -> None:
        self._kept = heapq.nlargest(self._limit, self._ends, key=self._ends.__getitem__)
        self._earliest_end = self._ends[self._kept[-1]]
        self.horizon = min(span.start for trace in self._kept for span in self.found[trace])


def find(folder: str | os.PathLike[str], wanted: str, limit: int = 10) -> list[Trace]:
    """Return the traces that ``wanted`` may mean, the newest first, ``limit`` at most.

    Args:
        folder: the store.
        wanted: the beginning of a trace id, in hex or as X-Ray writes it, or of the request id of
            one of its invocations. ``begin...end`` is understood too, as ids are shown shortened.
        limit: reading stops when so many traces have been found.
    """
    shortened = wanted.strip().lower().replace("\N{HORIZONTAL ELLIPSIS}", "...")
    beginning, _, end = shortened.partition("...")
    if not beginning:
        return []
    ids = _hex(beginning), end
    reader = Reader(folder)

    def is_meant(span: Span) -> bool:
        request = str(span.attributes.get("faas.invocation_id", "")).lower()
        return _is_like(span.trace_id, *ids) or _is_like(request, beginning, end)

    needles = {text.encode("utf-8", "replace") for text in (_hex(beginning), beginning)}
    found: dict[str, list[Span]] = {}
    for span in _matching(reader, needles, is_meant):
        found.setdefault(span.trace_id, [])
        if len(found) == limit:
            break
    # A request id names one invocation; the rest of its trace is fetched by the trace's id.
    known = {identity.encode() for identity in found}
    for span in _matching(reader, known, lambda span: span.trace_id in found) if found else ():
        found[span.trace_id].append(span)
    reader.report()
    return _newest_first(found, limit)


def _matching(
    reader: Reader, needles: set[bytes], is_meant: Callable[[Span], bool]
) -> Iterator[Span]:
    """Yield the spans that are meant, decoding only lines in which a needle occurs."""
    for _, path in reader.files():
        for line in reader.lines(path):
            text = line.lower()
            if any(needle in text for needle in needles):
                yield from filter(is_meant, reader.spans(path, line))


def _newest_first(found: dict[str, list[Span]], limit: int) -> list[Trace]:
    ordered = sorted(map(Trace.of, found.values()), key=lambda trace: trace.end, reverse=True)
    return ordered[:limit]


def _hex(text: str) -> str:
    xray = _XRAY.fullmatch(text)
    return "".join(xray.groups("")) if xray else text.replace("-", "")


def _is_like(identity: str, beginning: str, end: str) -> bool:
    return identity.startswith(beginning) and identity.endswith(end)


def _backwards(file: BinaryIO) -> Iterator[bytes]:
    """Yield lines from the last to the first, holding little more than one of them."""
    position = file.seek(0, os.SEEK_END)
    tail = b""
    while position:
        size = min(BLOCK_BYTES, position)
        position = file.seek(position - size)
        tail, *lines = (file.read(size) + tail).split(b"\n")
        yield from reversed(lines)
        if len(tail) > MAX_LINE_BYTES:
            yield tail
            tail = b""
    yield tail
