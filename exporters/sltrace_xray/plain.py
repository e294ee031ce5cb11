"""Numbers that JSON lacks, as text."""

from __future__ import annotations

import math

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

# Python refuses to print larger integers in decimal, by default from 4,300 digits on.
_DECIMAL_BITS = 1024


def plain(value: Any) -> Any:
    """Return the value with NaN, the infinities and huge integers as strings, at any depth."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else _name_of(value)
    if isinstance(value, int) and value.bit_length() > _DECIMAL_BITS:
        return f"{value:#x}"
    return value


def _name_of(value: float) -> str:
    """Return what the proto3 JSON mapping writes."""
    if math.isnan(value):
        return "NaN"
    return "Infinity" if value > 0 else "-Infinity"
