"""An exception as the data that outlives it: type, message and frames, without its objects.

A kept exception would keep its frames' locals alive past the invocation, so what exporters need
is copied when it is recorded.
"""

from __future__ import annotations

import re
import traceback

from sltrace._guard import guard

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import TracebackType
    from typing import TypeAlias

    # Path, line number, function's name.
    Frame: TypeAlias = "tuple[str, int, str]"

_MAX_CHAIN = 10
_MAX_FRAMES = 100
# A message or a traceback past this says nothing more and would crowd out the rest of the trace.
_MAX_TEXT = 65_536
# What exceptions quote that is not for telemetry: a text that gives it away, the pattern, and what
# stands instead. The password of a URL; the values that botocore's ParamValidationError refuses.
_SECRETS = (
    ("@", r"://[^/@\s]+@", "://...@"),
    (
        "for parameter ",
        r"(for parameter [^,\n]+, value: ).*(, (?:type: <class|valid ))",
        r"\1...\2",
    ),
)


class Raised:
    """One exception of a chain.

    Attributes:
        type: the class's qualified name, without ``builtins``.
        message: ``str(exception)``.
        frames: (path, line number, function's name), outermost first; the innermost 100.
    """

    __slots__ = ("frames", "message", "type")

    def __init__(self, error: BaseException) -> None:
        self.type = type_name(type(error))
        self.message = message_of(error)
        self.frames = _frames(error.__traceback__)


class Record:
    """What is told of one exception: its text, and it with what it came from.

    Attributes:
        message: ``str(exception)``, bounded, without secrets that it may quote.
        stack: the traceback as Python prints it, causes included.
        chain: the exception and its causes, nearest first.
    """

    __slots__ = ("_key", "chain", "message", "stack")

    def __init__(self, error: BaseException, message: str) -> None:
        self.message = message
        self.stack = _stack(error)
        self.chain = _chain(error)
        self._key = _key_of(error, message)

    def is_of(self, error: BaseException, message: str) -> bool:
        """Return whether this is that exception's, as far as can be told without holding it."""
        return self._key == _key_of(error, message)


def record(error: BaseException, known: Record | None, *, anew: bool) -> Record:
    """Return what is told of an exception.

    An exception passes through every span around it. Read in full at each, it would cost the
    square of their number, so what an inner span told is used again.

    Args:
        error: the exception.
        known: the last record made in the trace.
        anew: make one all the same: the outermost span's has the whole stack.
    """
    message = message_of(error)
    if known is not None and not anew and known.is_of(error, message):
        return known
    return Record(error, message)


def _key_of(error: BaseException, message: str) -> tuple[object, ...]:
    # Of two exceptions that never lived at once the id may be the same; the place and the message
    # then tell them apart, or they say the same.
    return id(error), type(error), message, _place(error.__traceback__)


def _chain(error: BaseException) -> tuple[Raised, ...]:
    """Return the exception and what it came from, nearest first, at most 10.

    Follows ``__cause__``, else ``__context__`` unless ``raise ... from None`` hid it.
    """
    found: list[Raised] = []
    seen: set[int] = set()
    at: BaseException | None = error
    while at is not None and id(at) not in seen and len(found) < _MAX_CHAIN:
        seen.add(id(at))
        found.append(Raised(at))
        at = at.__cause__ or (None if at.__suppress_context__ else at.__context__)
    return tuple(found)


def _stack(error: BaseException) -> str:
    text = ""
    with guard("print an exception's traceback"):
        parts = traceback.format_exception(
            type(error), error, error.__traceback__, limit=-_MAX_FRAMES
        )
        text = _without_secrets("".join(parts))
    return text[-_MAX_TEXT:]


def message_of(error: BaseException) -> str:
    """Return ``str(error)``, or "" where the exception cannot be printed."""
    message = ""
    with guard("read an exception's message"):
        message = _without_secrets(str(error)[:_MAX_TEXT])
    return message


def _without_secrets(text: str) -> str:
    for mark, pattern, instead in _SECRETS:
        if mark in text:
            text = re.sub(pattern, instead, text, flags=re.DOTALL)
    return text


def type_name(kind: type) -> str:
    """Return ``module.Class``, or ``Class`` alone for a builtin, as ``exception.type`` asks."""
    if kind.__module__ in ("builtins", None):
        return kind.__qualname__
    return f"{kind.__module__}.{kind.__qualname__}"


def _frames(trace: TracebackType | None) -> tuple[Frame, ...]:
    frames = []
    while trace is not None:
        frames.append(_frame(trace))
        trace = trace.tb_next
    return tuple(frames[-_MAX_FRAMES:])


def _place(trace: TracebackType | None) -> Frame | None:
    """Return the innermost frame: where the exception was raised."""
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return None if trace is None else _frame(trace)


def _frame(trace: TracebackType) -> Frame:
    code = trace.tb_frame.f_code
    return code.co_filename, trace.tb_lineno or 0, code.co_name
