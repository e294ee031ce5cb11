"""Text fit for a terminal: harmless, of a known width, and short.

Everything that comes out of a trace passes through ``safe`` before it reaches a screen: a span's
name or an attribute may hold anything, escape sequences included.
"""

from __future__ import annotations

import json
import re
from typing import Any

# What ``safe`` writes.
_ESCAPE = re.compile(r"\\(?:[nrt]|x[0-9a-f]{2}|u[0-9a-f]{4}|U[0-9a-f]{8})")
_ESCAPE_LENGTH = 10


def safe(text: str, *, ascii_only: bool) -> str:
    r"""Return the text on one line, what does not print written as ``\n``, ``\x1b``, ``\u202e``.

    Args:
        text: anything.
        ascii_only: whether to write all that is not ASCII in this way too.
    """
    if not text.isprintable():
        text = "".join(char if char.isprintable() else _escaped(char) for char in text)
    return text.encode("ascii", "backslashreplace").decode() if ascii_only else text


def _escaped(char: str) -> str:
    return char.encode("unicode_escape").decode()


def cells(text: str) -> int:
    """Return how many columns of the terminal the text takes."""
    if text.isascii():
        return len(text)
    from rich.cells import cell_len  # noqa: PLC0415 - of sltrace[local], not needed for ASCII

    return cell_len(text)


def fit(text: str, width: int) -> str:
    """Return the text, cut to the width and padded to it; a cut is marked."""
    text = cut(text, width)
    return text + " " * (width - cells(text))


def cut(text: str, width: int) -> str:
    """Return the text, cut to the width with ``...`` at its end where it is too long."""
    if cells(text) <= width:
        return text
    mark = "..."[:width]
    kept = text[: max(width - len(mark), 0)]
    while cells(kept) > width - len(mark):
        kept = kept[:-1]
    # Half an escape would be read as something else.
    for escape in _ESCAPE.finditer(text, max(len(kept) - _ESCAPE_LENGTH, 0)):
        if escape.start() < len(kept) < escape.end():
            kept = kept[: escape.start()]
    return kept.rstrip() + mark


def duration(nanoseconds: int) -> str:
    """Return a span of time with the unit that suits it: ``420 us``, ``3.4 ms``, ``1.25 s``."""
    if nanoseconds < 0:
        positive = duration(-nanoseconds)
        return positive if positive == "0 us" else f"-{positive}"
    for unit, size, limit, precise in _UNITS:
        value = nanoseconds / size
        if value < limit:
            digits = precise if value < 9.95 else max(precise - 1, 0)
            return f"{value:.{digits}f} {unit}"
    return _long(round(nanoseconds / 1e9))


# Unit, its ns, where the next one takes over (after rounding), digits after the point below ten.
_UNITS = (("us", 1e3, 999.5, 0), ("ms", 1e6, 999.5, 1), ("s", 1e9, 59.95, 2))


def _long(seconds: int) -> str:
    minutes, seconds = divmod(seconds, 60)
    if minutes < 60:
        return f"{minutes} min {seconds:02} s"
    hours, minutes = divmod(minutes, 60)
    return f"{hours:,} h {minutes:02} min"


def shown(value: Any) -> str:
    """Return an attribute's value as it reads after ``key=``: quoted only where it must be."""
    if isinstance(value, str):
        return value if value and not _NEEDS_QUOTES.intersection(value) else _json(value)
    if isinstance(value, tuple):
        return f"[{', '.join(map(shown, value))}]"
    if isinstance(value, bool) or value is None:
        return _json(value)
    return _json(value) if isinstance(value, dict) else str(value)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


_NEEDS_QUOTES = frozenset(" \t\r\n\"'")


def count(number: int, noun: str) -> str:
    """Return ``1 span``, ``2,000 spans``."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
