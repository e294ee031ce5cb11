"""Exceptions as X-Ray's ``cause``.

AWS X-Ray Developer Guide, "X-Ray segment documents": an object with the exceptions, each naming
the one it came from; or the bare id of one that a (sub)segment below has told already, as
aws-xray-sdk writes it.
"""

from __future__ import annotations

import os

from sltrace import _raised
from sltrace_xray.text import as_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any, TypeAlias

    from sltrace._model import Event, SpanContext
    from sltrace._span import Span

    Message: TypeAlias = "dict[str, Any]"
    Frame: TypeAlias = "tuple[str, int, str]"
    # What tells an exception from another: its type, its message, and where it was raised.
    Key: TypeAlias = "tuple[str, str, Frame | None]"

# Frames of sltrace itself, around the application's functions, are no part of its story.
_OUR_FOLDER = os.path.dirname(_raised.__file__) + os.sep
# An odd number of 64 bits with no pattern: ids that are steps of it apart meet no other.
_STEP = 0x9E37_79B9_7F4A_7C15


class _Told:
    """One exception of a chain; see ``Raised``."""

    __slots__ = ("frames", "message", "type")

    def __init__(self, kind: str, message: str, frames: Sequence[Frame] = ()) -> None:
        # X-Ray shows the class alone, without module and outer classes.
        self.type = kind.rpartition(".")[2]
        self.message = message
        self.frames = [frame for frame in frames if not frame[0].startswith(_OUR_FOLDER)]

    def key(self) -> Key:
        return self.type, self.message, self.frames[-1] if self.frames else None


def cause_of(span: Span, context: SpanContext, known: dict[Key, str]) -> Message | str | None:
    """Return why the span failed, or None where nothing tells.

    Args:
        span: the span.
        context: its context.
        known: ids of the exceptions told below the span; this span's are added.
    """
    chains = {chain[0].key(): chain for chain in map(_chain, span.events) if chain}
    if not chains:
        description = span.status.description
        return (
            {"exceptions": [{"id": _id(context, 1), "message": description}]}
            if description
            else None
        )
    if chains.keys() <= known.keys():
        return known[next(iter(chains))]
    exceptions: list[Message] = []
    is_remote = _answered(span)
    for key, chain in chains.items():
        known.setdefault(key, _id(context, len(exceptions) + 1))
        exceptions.extend(_exceptions(chain, context, len(exceptions) + 1, is_remote=is_remote))
    return {**_working_directory(), "exceptions": exceptions}


def _chain(event: Event) -> list[_Told]:
    """Return the event's exception and what it came from; nothing for other events."""
    if event.name != "exception":
        return []
    if event.exceptions:
        return [_Told(raised.type, raised.message, raised.frames) for raised in event.exceptions]
    kind, message = (event.attributes.get(f"exception.{key}", "") for key in ("type", "message"))
    return [_Told(as_text(kind), as_text(message))]


def _exceptions(
    chain: Sequence[_Told], context: SpanContext, number: int, *, is_remote: bool
) -> list[Message]:
    """Return the chain's exceptions, numbered from ``number`` within their span."""
    told = []
    for place, exception in enumerate(chain):
        entry: Message = {
            "id": _id(context, number + place),
            "type": exception.type,
            "message": exception.message,
            # Only what was raised for an answer comes from the other side.
            "remote": is_remote and place == 0,
        }
        if exception.frames:
            entry["stack"] = [_frame(frame) for frame in exception.frames]
        if place + 1 < len(chain):
            entry["cause"] = _id(context, number + place + 1)
        told.append(entry)
    return told


def _frame(frame: Frame) -> Message:
    path, line, label = frame
    return {"path": os.path.basename(path), "line": line, "label": label}


def _answered(span: Span) -> bool:
    """Return whether the span is a call to AWS that AWS has answered."""
    attributes = span.attributes
    is_call = attributes.get("rpc.system") == "aws-api"
    return is_call and "http.response.status_code" in attributes


def _working_directory() -> Message:
    try:
        return {"working_directory": os.getcwd()}
    except OSError:
        # It has been removed.
        return {}


def _id(context: SpanContext, number: int) -> str:
    """Return the id of a span's exception; made from the span's, so that encoding stays pure."""
    return f"{(context.span_id + number * _STEP) % (1 << 64):016x}"
