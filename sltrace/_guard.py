"""The one place where a failure of telemetry stops, so that it never reaches the application.

Every other module lets its errors rise to a ``guard``. Ruff's BLE001 keeps broad ``except``
clauses out of the rest of the house.
"""

from __future__ import annotations

import sys
from contextlib import suppress

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import TracebackType

# A kind is reported once. A program that makes up new kinds for ever is cut off, not followed.
_MAX_KINDS = 64
_reported: set[str] = set()

# Loud under test: `sltrace.testing.strict` sets it, and guards then let errors through.
strict = False


class guard:  # noqa: N801 - reads as a statement: `with guard("export the spans"):`
    """Stops an ``Exception`` raised inside the block and reports its kind once on stderr.

    ``BaseException`` (``SystemExit``, ``KeyboardInterrupt``, cancellation) passes: it is the
    application's.

    Args:
        doing: what the block does, as it reads after "could not", such as "export the spans".
    """

    __slots__ = ("doing",)

    def __init__(self, doing: str) -> None:
        self.doing = doing

    def __enter__(self) -> None:
        return None

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> bool:
        if not isinstance(error, Exception) or strict:
            return False
        name = type(error).__name__
        warn(f"could not {self.doing}: {describe(error)}", kind=f"{self.doing}: {name}")
        return True


def describe(error: BaseException) -> str:
    """Return ``Type: message`` on one line, also for an error that cannot be printed."""
    try:
        message = " ".join(str(error).split())
    except Exception:  # noqa: BLE001 - this file's purpose
        message = "(its message could not be read)"
    return f"{type(error).__name__}: {message}" if message else type(error).__name__


def warn(message: str, *, kind: str | None = None) -> None:
    """Print one line on stderr, once for each kind (by default: each message)."""
    kind = message if kind is None else kind
    if kind in _reported or len(_reported) >= _MAX_KINDS:
        return
    _reported.add(kind)
    # A closed stderr is no reason to fail, and then nobody can be told.
    with suppress(Exception):
        sys.stderr.write(f"sltrace: {message} (the function is not affected)\n")


def forget_reports() -> None:
    """Report every kind afresh: a new test, a restored sandbox."""
    _reported.clear()
