"""Traces of the local store, printed: one, the newest, or each as it arrives."""

from __future__ import annotations

import os
import sys
from importlib.util import find_spec
from typing import TYPE_CHECKING

from sltrace.viewer import layout, waterfall
from sltrace.viewer.follow import follow
from sltrace.viewer.store import find, traces
from sltrace.viewer.text import safe

if TYPE_CHECKING:
    from typing import TextIO

    from rich.console import Console

    from sltrace.viewer.describe import Piece
    from sltrace.viewer.model import Trace

# Colours of the 256 that are readable on black and on white alike. They repeat what the text says.
STYLES = {
    "title": "bold",
    "muted": "color(243)",
    "hidden": "color(243)",
    "inferred": "color(243)",
    "source": "color(243)",
    "good": "color(28)",
    "warning": "color(130)",
    "error": "color(160)",
    "bar.init": "color(136)",
    "bar.invocation": "color(67)",
    "bar.aws": "color(97)",
    "bar.call": "color(30)",
    "bar.own": "color(65)",
    "bar.error": "color(160)",
    "bar.hidden": "color(243)",
    "bar.inferred": "color(67)",
}
EARLIER = 5
_WIDTH = 80  # where nothing tells it
_RECORD = "record one with `sltrace invoke app.handler --event apigateway:aws-proxy`"
_DONE, _NOTHING, _BAD_INPUT, _INTERRUPTED = 0, 1, 2, 130


def show(
    folder: str | os.PathLike[str],
    trace: str | None = None,
    *,
    full: bool = False,
    width: int | None = None,
) -> int:
    """Print a trace, or the newest one and a list of some before it; return the exit code.

    Args:
        folder: the local store.
        trace: the beginning of a trace id (hex, or X-Ray's form) or of a request id.
        full: whether to leave nothing out: every span, whole stacks, all attributes.
        width: columns to use (by default: the terminal's).

    Returns:
        0, or 1 where the store is empty, or 2 where no trace or several are meant; stderr says so.
    """
    found = traces(folder, limit=1 + EARLIER) if trace is None else find(folder, trace)
    if not found:
        return _nothing(folder, trace)
    if trace is not None and len(found) > 1:
        return _ambiguous(trace, found)
    try:
        print_trace(found[0], width=width, full=full)
        if len(found) > 1:
            earlier = _summaries(found[1:], sys.stdout, width)
            print_lines([[], [("earlier, for `sltrace show ID`", "muted")], *earlier])
    except BrokenPipeError:
        _drop_stdout()
    return _DONE


def tail(folder: str | os.PathLike[str], *, full: bool = False, width: int | None = None) -> int:
    """Print each trace that arrives in the store, until interrupted.

    A trace is printed again, whole, when more of it arrives. ``full`` and ``width`` as for
    ``show``.

    Returns:
        130 once interrupted, or 0 when the reader of stdout has gone.
    """
    arriving = follow(folder)
    _say(f"waiting for traces in {_shown(folder)} (Ctrl-C ends)")
    try:
        for trace in arriving:
            print_trace(trace, width=width, full=full)
            print_lines([[]])
    except KeyboardInterrupt:
        return _INTERRUPTED
    except BrokenPipeError:
        _drop_stdout()
    return _DONE


def print_trace(
    trace: Trace,
    stream: TextIO | None = None,
    width: int | None = None,
    *,
    full: bool = False,
) -> None:
    """Print the trace's waterfall on the stream (by default: stdout).

    In colour where the stream is a terminal that can show it. Otherwise (a pipe, NO_COLOR,
    TERM=dumb) without escape sequences and box art; names and values keep their letters. In plain
    ASCII where the encoding is another than UTF-8.
    """
    out: TextIO = stream or sys.stdout
    lines = waterfall.lines(
        trace,
        width or _width(out),
        ascii_only=is_ascii(out),
        ascii_bars=is_plain(out),
        full=full,
    )
    print_lines(lines, out)


def print_lines(lines: list[list[Piece]], stream: TextIO | None = None) -> None:
    """Print lines of styled text, plain where the stream is (see ``is_plain``)."""
    out: TextIO = stream or sys.stdout
    if is_plain(out):
        out.writelines(layout.joined(line).rstrip() + "\n" for line in lines)
    else:
        console = _console(out)
        for line in lines:
            console.print(_text(line), soft_wrap=True)
    out.flush()


def is_plain(stream: TextIO) -> bool:
    """Return whether to print without colours, and bars in ASCII."""
    return (
        not stream.isatty()
        or bool(os.environ.get("NO_COLOR"))
        or os.environ.get("TERM", "") in {"dumb", "unknown"}
        or is_ascii(stream)
    )


def is_ascii(stream: TextIO) -> bool:
    """Return whether to print ASCII alone."""
    encoding = (getattr(stream, "encoding", None) or "").lower().replace("-", "")
    # Without sltrace[local], nobody knows how wide other letters are.
    return encoding not in {"utf8", "utf8sig"} or find_spec("rich") is None


def _width(stream: TextIO) -> int:
    columns = os.environ.get("COLUMNS", "")
    if columns.isascii() and columns.isdigit() and int(columns[:9]):
        return int(columns[:9])
    try:
        return os.get_terminal_size(stream.fileno()).columns or _WIDTH
    except (OSError, ValueError):  # no terminal
        return _WIDTH


def _console(stream: TextIO) -> Console:
    from rich.console import Console  # noqa: PLC0415 - of sltrace[local], for colours alone

    return Console(file=stream, highlight=False, markup=False, emoji=False)


def _text(line: list[Piece]) -> object:
    from rich.text import Text  # noqa: PLC0415 - as above

    # Text, not markup: a span named "[red]" is shown as that.
    return Text.assemble(*((text, STYLES.get(style, "")) for text, style in line), end="")


def _nothing(folder: str | os.PathLike[str], trace: str | None) -> int:
    place = _shown(folder)
    if os.path.exists(folder) and not os.path.isdir(folder):
        _say(f"{place} is not a folder")
        return _BAD_INPUT
    if not traces(folder, limit=1):
        _say(f"no traces in {place} yet: {_RECORD}")
        return _NOTHING if trace is None else _BAD_INPUT
    _say(f"no trace or request id in {place} begins with {trace!a}")
    return _BAD_INPUT


def _ambiguous(trace: str, found: list[Trace]) -> int:
    _say(f"{trace!a} may mean any of these, or more:")
    print_lines(_summaries(found, sys.stderr), sys.stderr)
    return _BAD_INPUT


def _summaries(found: list[Trace], stream: TextIO, width: int | None = None) -> list[list[Piece]]:
    width, ascii_only = width or _width(stream), is_ascii(stream)
    return [waterfall.summary(trace, width, ascii_only=ascii_only) for trace in found]


def _say(message: str) -> None:
    print(f"sltrace: {message}", file=sys.stderr, flush=True)


def _shown(folder: str | os.PathLike[str]) -> str:
    """Return the folder as a person would name it from here."""
    path, here = os.path.abspath(folder), os.getcwd() + os.sep
    return safe(path.removeprefix(here), ascii_only=True)


def _drop_stdout() -> None:
    """Let the interpreter flush stdout at exit into nothing: its reader has gone."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
