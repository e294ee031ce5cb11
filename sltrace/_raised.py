"""An exception as the data that outlives it: type, message and frames, without its objects.

A kept exception would keep its frames' locals alive past the invocation, so what exporters need
is copied when it is recorded.
"""

from __future__ import annotations

import traceback

from sltrace._guard import guard

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import TracebackType

_MAX_CHAIN = 10
_MAX_FRAMES = 100
# A message or a traceback past this says nothing more and would crowd out the rest of the trace.
_MAX_TEXT = 65_536


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


def chain(error: BaseException) -> tuple[Raised, ...]:
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


def stack(error: BaseException) -> str:
    """Return the traceback as Python prints it, chained exceptions included."""
    text = ""
    with guard("print an exception's traceback"):
        text = "".join(traceback.format_exception(type(error), error, error.__traceback__))
    return text[-_MAX_TEXT:]


def message_of(error: BaseException) -> str:
    """Return ``str(error)``, or "" where the exception cannot be printed."""
    message = ""
    with guard("read an exception's message"):
        message = str(error)[:_MAX_TEXT]
    return message


def type_name(kind: type) -> str:
    """Return ``module.Class``, or ``Class`` alone for a builtin, as ``exception.type`` asks."""
    if kind.__module__ in ("builtins", None):
        return kind.__qualname__
    return f"{kind.__module__}.{kind.__qualname__}"


def _frames(trace: TracebackType | None) -> tuple[tuple[str, int, str], ...]:
    frames = []
    while trace is not None:
        code = trace.tb_frame.f_code
        frames.append((code.co_filename, trace.tb_lineno or 0, code.co_name))
        trace = trace.tb_next
    return tuple(frames[-_MAX_FRAMES:])
