"""Attribute values made fit for every exporter.

A value is a str, bool, int, float or a tuple of them (OpenTelemetry, "Attribute"). Anything
else is turned into text rather than lost: a Decimal, a UUID, a dict.
"""

from __future__ import annotations

import json
from itertools import islice

from sltrace._guard import guard, warn

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any, TypeAlias

    Scalar: TypeAlias = "str | bool | int | float"
    Value: TypeAlias = "Scalar | tuple[Scalar, ...]"

# Text made from an object that is no attribute value: long enough to tell, short enough to keep.
_MADE_TEXT_LIMIT = 4096
_EXACT = frozenset((bool, int, float))


def put(
    attributes: dict[str, Value],
    key: Any,
    value: Any,
    limit: tuple[int | None, int | None],
    kept: int = 0,
) -> int:
    """Set one attribute and return how many were dropped for it (0 or 1).

    As in opentelemetry-sdk, a full mapping drops its oldest attribute; but not the ``kept`` ones.

    Args:
        attributes: the mapping that receives it.
        key: a non-empty str; anything else drops the attribute.
        value: see ``clean``.
        limit: the most attributes the mapping may hold, and the most characters a string value
            may have; None is no limit.
        kept: how many of the oldest are never dropped for a new one.
    """
    room, length = limit
    if not isinstance(key, str) or not key:
        warn(f"an attribute's key is a non-empty str, not {type(key).__name__}: attribute dropped")
        return 1
    if type(value) not in _EXACT and (type(value) is not str or length is not None):
        value = clean(value, length)
        if value is None:
            return 1
    if room is not None and len(attributes) >= room and key not in attributes:
        oldest = next(islice(attributes, kept, None), None)
        if oldest is not None:
            del attributes[oldest]
            attributes[key] = value
        return 1
    if not kept:
        # Set again, an attribute is the newest: it is the last to be dropped.
        attributes.pop(key, None)
    attributes[key] = value
    return 0


def bounded(
    attributes: Mapping[str, Any] | None, limit: tuple[int | None, int | None]
) -> tuple[dict[str, Value], int]:
    """Return a cleaned copy of the attributes, and how many of them were dropped."""
    kept: dict[str, Value] = {}
    dropped = 0
    for key, value in (attributes or {}).items():
        dropped += put(kept, key, value, limit)
    return kept, dropped


def clean(value: Any, length: int | None) -> Value | None:
    """Return the value as an attribute value, or None where it has none."""
    if value is None:
        warn("an attribute's value is None: attribute dropped")
        return None
    with guard("read an attribute's value"):
        if isinstance(value, (list, tuple, set, frozenset)):
            return tuple(_scalar(item, length) for item in value)
        return _scalar(value, length)
    return None


def _scalar(value: Any, length: int | None) -> Scalar:
    if isinstance(value, bool):
        return value
    if isinstance(value, str):
        return str.__str__(value)[:length]
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        return float(value)
    return _text(value)[:length]


def _text(value: Any) -> str:
    """Return an object as text, bounded; an object that cannot be printed gives its type."""
    text = f"<{type(value).__name__}>"
    with guard("read an attribute's value as text"):
        if isinstance(value, (bytes, bytearray)):
            text = bytes(value[:_MADE_TEXT_LIMIT]).decode("utf-8", "backslashreplace")
        elif isinstance(value, (dict, list, tuple)):
            text = json.dumps(value, default=str, ensure_ascii=False)
        else:
            text = str(value)
    return text[:_MADE_TEXT_LIMIT]
