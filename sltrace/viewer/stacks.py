"""The exceptions of a trace with their stacks, shortened to what the reader can act on."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sltrace.viewer import describe
from sltrace.viewer.text import count

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sltrace.viewer.describe import Piece
    from sltrace.viewer.model import Event
    from sltrace.viewer.tree import Node

MAX_ERRORS = 10
MAX_FRAMES = 5
MAX_MESSAGE_LINES = 5
MAX_RAW_LINES = 12
_FRAME = re.compile(r'  File "(?P<path>.*)", line (?P<line>\d+), in (?P<function>.*)')
_CAUSES = {
    "\n\nThe above exception was the direct cause of the following exception:\n\n": "caused by",
    "\n\nDuring handling of the above exception, another exception occurred:\n\n": "while handling",
}
_BETWEEN = re.compile("(" + "|".join(map(re.escape, _CAUSES)) + ")")
_LIBRARY = re.compile(
    r"site-packages|dist-packages|[/\\]lib[/\\]python3|^<frozen|^/var/(runtime|lang|task/sltrace)/"
    r"|^/opt/python"
)
_INSTALLED = re.compile(r"[/\\](?:site|dist)-packages[/\\]")
_INDENT = "    "
_SLTRACE = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep


@dataclass(frozen=True)
class Frame:
    """One line of a stack."""

    path: str
    line: str
    function: str
    source: str = ""

    @property
    def is_library(self) -> bool:
        """Whether the code is somebody else's: installed, the runtime's, or sltrace's."""
        return self.path.startswith(_SLTRACE) or _LIBRARY.search(self.path) is not None


@dataclass(frozen=True)
class Raised:
    """One exception of a chain; ``relation`` says what it has to do with the one before."""

    relation: str
    message: str
    frames: tuple[Frame, ...]


def errors(nodes: list[Node], *, full: bool, width: int) -> Iterator[list[Piece]]:
    """Yield lines about all that failed: an exception seen by several spans is told once.

    Places in a stack keep to the width, with their beginning cut; nothing else is cut here.
    """
    groups: dict[tuple[str, str], list[tuple[Node, Event | None]]] = {}
    for node in nodes:
        seen: list[Event | None] = [*describe.exceptions(node.span)]
        if node.span.is_error and not seen and not _is_status_alone(node):
            seen = [None]
        if not node.span.is_error and not full:
            seen = []  # caught: the row tells
        for event in seen:
            groups.setdefault(_key(node, event), []).append((node, event))
    shown = [*groups.values()] if full else [*groups.values()][:MAX_ERRORS]
    for group in shown:
        yield []
        yield from _error(group, full=full, width=width)
    if len(groups) > len(shown):
        yield []
        yield [(f"{count(len(groups) - len(shown), 'more error')} (--full)", "error")]


def _is_status_alone(node: Node) -> bool:
    """Return whether the HTTP status, which the title and the row tell, is all that is known."""
    status = node.span.attributes.get("http.response.status_code")
    return status is not None and describe.failure(node.span) == str(status)


def _key(node: Node, event: Event | None) -> tuple[str, str]:
    if event is None:
        return describe.label(node.span), describe.failure(node.span)
    about = event.attributes
    return str(about.get("exception.type", "")), str(about.get("exception.message", ""))


def _error(
    group: list[tuple[Node, Event | None]], *, full: bool, width: int
) -> Iterator[list[Piece]]:
    # The outermost span saw the exception last, so its stack is the longest.
    stacks = [str(event.attributes.get("exception.stacktrace", "")) for _, event in group if event]
    head, *more = _message(group[0]).splitlines() or [""]
    yield [(head or "unknown error", "error"), (f"  in {_where(group)}", "muted")]
    kept = more if full else more[: MAX_MESSAGE_LINES - 1]
    yield from ([(f"  {line}", "error")] for line in kept)
    if len(more) > len(kept):
        yield [(f"  ... {count(len(more) - len(kept), 'more line')} (--full)", "muted")]
    yield from _stack(max(stacks, key=len, default=""), full=full, width=width)


def _message(seen: tuple[Node, Event | None]) -> str:
    node, event = seen
    if event is None:
        return describe.failure(node.span)
    return describe.raised(event, qualified=True)


def _where(group: list[tuple[Node, Event | None]]) -> str:
    """Return the spans the exception passed through, from the innermost out."""
    by_depth = sorted((node for node, _ in group), key=lambda node: -node.depth)
    labels = [*dict.fromkeys(describe.label(node.span) for node in by_depth)]
    more = f" and {len(labels) - 3} more" if len(labels) > 3 else ""
    times = f" ({count(len(group), 'span')})" if len(group) > len(labels) else ""
    return ", ".join(labels[:3]) + more + times


def _stack(text: str, *, full: bool, width: int) -> Iterator[list[Piece]]:
    chain = parse(text)
    if full or not chain:
        lines = text.rstrip().splitlines()
        hidden = 0 if full else max(len(lines) - MAX_RAW_LINES, 0)
        if hidden:
            yield [(f"    ... {count(hidden, 'line')} above (--full)", "muted")]
        yield from ([(f"    {line.expandtabs(4)}", "muted")] for line in lines[hidden:])
        return
    for raised in chain:
        if raised.relation:
            head = raised.message.partition("\n")[0]
            yield [(f"  {raised.relation} ", "muted"), (head, "error")]
        yield from _frames(raised.frames, width - len(_INDENT))


def _frames(frames: tuple[Frame, ...], room: int) -> Iterator[list[Piece]]:
    """Yield the innermost frames first: the user's own, or any where there are none of those."""
    inwards = frames[::-1]
    own = [frame for frame in inwards if not frame.is_library] or [*inwards]
    places = [
        _ending(f"{_short(frame.path)}:{frame.line} in {frame.function}", room) for frame in own
    ]
    width = min(max(map(len, places[:MAX_FRAMES]), default=0), 44)
    for place, frame in zip(places[:MAX_FRAMES], own, strict=False):
        yield [(f"{_INDENT}{place:<{width}}", ""), (f"  {frame.source}".rstrip(), "source")]
    hidden = len(frames) - min(len(own), MAX_FRAMES)
    if hidden:
        yield [(f"    ... {count(hidden, 'frame')} hidden (--full)", "muted")]


def _short(path: str) -> str:
    for folder in (os.getcwd(), "/var/task"):
        if path.startswith(folder + os.sep):
            path = path[len(folder) + 1 :]
    return _INSTALLED.split(path)[-1]


def _ending(text: str, room: int) -> str:
    """Return the text, or of a longer one its end, which tells more of a path."""
    return text if len(text) <= room else f"...{text[3 - room :]}"


def parse(text: str) -> list[Raised]:
    """Return the chain in a traceback that Python printed, what was raised last first.

    Empty where the text has another form: another language's stack, an exception group's.
    """
    found: list[Raised] = []
    relation = ""
    for part in reversed(_BETWEEN.split(text.rstrip())):
        if part in _CAUSES:
            relation = _CAUSES[part]
            continue
        raised = _one(part, relation)
        if raised is None:
            return []
        found.append(raised)
    return found


def _one(text: str, relation: str) -> Raised | None:
    head, *lines = text.splitlines() or [""]
    if not head.startswith("Traceback (most recent call last)"):
        return None
    frames: list[Frame] = []
    while lines and lines[0].startswith("  "):
        line = lines.pop(0)
        if match := _FRAME.fullmatch(line):
            frames.append(Frame(**match.groupdict()))
        elif frames and not frames[-1].source and line.strip(" ^~"):
            frames[-1] = replace(frames[-1], source=line.strip())
    return Raised(relation, "\n".join(lines), tuple(frames))
