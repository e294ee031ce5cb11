"""The timestamps of events, in ns since the epoch; None for what is no timestamp.

``datetime`` is not on the cold path, and holds microseconds only.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_SECOND_NS = 1_000_000_000
# The year 2200: a number beyond it is in another unit, or none of a time.
_LAST_S = 7_258_118_400
# Days before each month, in a year that begins with March.
_DAYS_BEFORE = (306, 337, 0, 31, 61, 92, 122, 153, 184, 214, 245, 275)
_DAYS_TO_1970 = 719_468


def from_ms(value: Any) -> int | None:
    """Read milliseconds: a number, or its digits."""
    return _scaled(value, 1_000)


def from_seconds(value: Any) -> int | None:
    """Read seconds, fractions included: a number, or its digits."""
    return _scaled(value, 1)


def from_iso(value: Any) -> int | None:
    """Read ISO 8601 as AWS writes it: ``2026-01-31T09:30:00.123Z``, ``+0000`` and ``+00:00``.

    Without an offset it is UTC.
    """
    if not (isinstance(value, str) and 19 <= len(value) <= 40 and value.isascii()):
        return None
    numbers = _numbers(value)
    fraction, offset = _split(value[19:])
    if numbers is None or fraction is None or offset is None:
        return None
    year, month, day, hour, minute, second = numbers
    days = _days(year, month, day)
    seconds = ((days * 24 + hour) * 60 + minute) * 60 + second - offset
    return seconds * _SECOND_NS + fraction if 0 < seconds < _LAST_S else None


def _scaled(value: Any, per_second: int) -> int | None:
    if isinstance(value, str) and len(value) < 32 and value.isascii():
        value = _number(value)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    # No NaN is between two numbers, and a whole number beyond any double is not converted.
    if not 0 < value < _LAST_S * per_second:
        return None
    unit = _SECOND_NS // per_second
    # A double holds an epoch to a quarter of a microsecond; more digits than that are none.
    if isinstance(value, int):
        return value * unit
    return int(value * 1e6 / per_second) * 1000 or None


def _number(text: str) -> float | int | None:
    whole, point, fraction = text.partition(".")
    if whole.isdigit() and not point:
        return int(whole)
    return float(text) if whole.isdigit() and fraction.isdigit() else None


def _numbers(text: str) -> tuple[int, int, int, int, int, int] | None:
    """Return year to second of ``YYYY-MM-DDThh:mm:ss``."""
    parts = (text[:4], text[5:7], text[8:10], text[11:13], text[14:16], text[17:19])
    marks = text[4] + text[7] + text[13] + text[16]
    if marks != "--::" or text[10] not in "T " or not "".join(parts).isdigit():
        return None
    year, month, day, hour, minute, second = map(int, parts)
    sane = 1 <= month <= 12 and 1 <= day <= 31 and hour < 24 and minute < 60 and second <= 60
    return (year, month, day, hour, minute, second) if sane else None


def _split(rest: str) -> tuple[int | None, int | None]:
    """Return ns of the fraction and seconds of the offset, of what follows the seconds."""
    fraction = 0
    if rest.startswith((".", ",")):
        digits = rest[1:].rstrip("Z").partition("+")[0].partition("-")[0]
        if not digits.isdigit():
            return None, None
        fraction = int(digits[:9].ljust(9, "0"))
        rest = rest[1 + len(digits) :]
    return fraction, _offset(rest)


def _offset(text: str) -> int | None:
    if text in ("", "Z"):
        return 0
    digits = text[1:].replace(":", "", 1)
    if text[0] not in "+-" or not digits.isdigit() or len(digits) not in (2, 4):
        return None
    seconds = int(digits[:2]) * 3600 + int(digits[2:] or "0") * 60
    return -seconds if text[0] == "-" else seconds


def _days(year: int, month: int, day: int) -> int:
    """Return the days from 1970-01-01 to a day of the Gregorian calendar."""
    # Counted from a first of March, a leap day comes last and moves no other.
    year -= month <= 2
    return (
        365 * year + year // 4 - year // 100 + year // 400
        + _DAYS_BEFORE[month - 1] + day - 1 - _DAYS_TO_1970
    )  # fmt: skip
