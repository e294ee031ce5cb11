"""Traces over the size of one document: what goes into documents of its own, what is left out.

No span is. Of one that is too large for a document by itself first its metadata is shed, the
largest values first, then stack frames from the outside, then further exceptions, then text and
the rest. ``metadata.sltrace.shed`` says how much of each: how many, and their bytes of JSON.
"""

from __future__ import annotations

from sltrace_xray.text import to_json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Any, Protocol, TypeAlias, TypeVar

    class Sized(Protocol):
        """A subsegment as JSON."""

        text: bytes

    Item = TypeVar("Item", bound=Sized)
    Message: TypeAlias = "dict[str, Any]"

# What the note itself takes.
_NOTE_BYTES = 512
_FRAMES_KEPT = (20, 5, 1)
_MAX_TEXT = 1000
# What a (sub)segment is not valid without, its outcome, and the note.
_CORE = frozenset(
    ("name", "id", "start_time", "end_time", "in_progress", "namespace", "error", "fault",
     "throttle", "metadata")
)  # fmt: skip


def divide(children: Sequence[Item], room: int) -> tuple[list[Item], list[Item]]:
    """Return the children that fit into ``room`` bytes together, and the others.

    The largest go first, so that as few as possible have to.
    """
    inside: set[int] = set()
    for index in sorted(range(len(children)), key=lambda index: len(children[index].text)):
        room -= len(children[index].text) + 1
        if room < 0:
            break
        inside.add(index)
    return (
        [child for index, child in enumerate(children) if index in inside],
        [child for index, child in enumerate(children) if index not in inside],
    )


def shed(fields: Message, text: bytes, room: int) -> bytes:
    """Return the fields as JSON of at most ``room`` bytes, having left out what was too much.

    Args:
        fields: the (sub)segment without those inside it; changed where it is too large.
        text: the same as JSON.
        room: bytes; at least 4096, which any span fits into.
    """
    notes: dict[str, dict[str, int]] = {}
    for what, step in _STEPS:
        excess = len(text) - room
        if excess <= 0:
            break
        count = step(fields, excess + _NOTE_BYTES)
        before, text = len(text), to_json(fields)
        if count:
            notes[what] = {"count": count, "bytes": before - len(text)}
            text = _with_note(fields, notes)
    return text


def _with_note(fields: Message, notes: dict[str, dict[str, int]]) -> bytes:
    fields.setdefault("metadata", {}).setdefault("sltrace", {})["shed"] = notes
    return to_json(fields)


def _drop(holders: Iterable[Message], excess: int, kept: frozenset[str] = frozenset()) -> int:
    """Remove the largest entries until ``excess`` bytes are gone, and return how many."""
    entries = [
        # Less one of the braces: an entry takes a comma with it.
        (len(to_json({key: value})) - 1, place, key, holder)
        for place, holder in enumerate(holders)
        for key, value in holder.items()
        if key not in kept
    ]
    entries.sort(key=lambda entry: entry[:2], reverse=True)
    count = 0
    for size, _, key, holder in entries:
        if excess <= 0:
            break
        del holder[key]
        excess -= size
        count += 1
    return count


def _drop_metadata(fields: Message, excess: int) -> int:
    return _drop(fields.get("metadata", {}).values(), excess, frozenset(("shed",)))


def _drop_frames(fields: Message, excess: int) -> int:
    """Cut stacks down to their innermost frames, evenly."""
    exceptions, count = _exceptions(fields), 0
    for kept in _FRAMES_KEPT:
        if excess <= 0:
            break
        for exception in exceptions:
            stack = exception.get("stack", ())
            cut = stack[: max(0, len(stack) - kept)]
            if cut:
                exception["stack"] = stack[len(cut) :]
                exception["truncated"] = exception.get("truncated", 0) + len(cut)
                excess -= sum(len(to_json(frame)) + 1 for frame in cut)
                count += len(cut)
    return count


def _drop_exceptions(fields: Message, _: int) -> int:
    """Keep the first exception alone."""
    exceptions = _exceptions(fields)
    count = len(exceptions) - 1
    if count > 0:
        del exceptions[1:]
        exceptions[0].pop("cause", None)
    return max(0, count)


def _cut_text(fields: Message, _: int) -> int:
    """Cut exceptions' messages, which alone may be as long as a document."""
    count = 0
    for exception in _exceptions(fields):
        for key in ("message", "type"):
            if len(exception.get(key, "")) > _MAX_TEXT:
                exception[key] = exception[key][:_MAX_TEXT]
                count += 1
    return count


def _drop_parts(fields: Message, excess: int) -> int:
    http = fields.get("http", {})
    parts = (fields.get("annotations"), fields.get("aws"), *http.values())
    links = [link["attributes"] for link in fields.get("links", ()) if "attributes" in link]
    return _drop([part for part in (*parts, *links) if part], excess)


def _drop_fields(fields: Message, excess: int) -> int:
    return _drop([fields], excess, _CORE)


def _exceptions(fields: Message) -> list[Message]:
    cause = fields.get("cause")
    return cause["exceptions"] if isinstance(cause, dict) else []


_STEPS = (
    ("metadata", _drop_metadata),
    ("frames", _drop_frames),
    ("exceptions", _drop_exceptions),
    ("text", _cut_text),
    ("values", _drop_parts),
    ("fields", _drop_fields),
)
