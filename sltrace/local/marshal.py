"""Results as JSON: as Lambda's runtime writes them, and as a person reads them."""

from __future__ import annotations

import json
import os
import re
from decimal import Decimal
from typing import Any

try:
    # It knows more than JSON does: Decimal, named tuples, bytes in UTF-8.
    from awslambdaric.lambda_runtime_marshaller import to_json as _encode
except ImportError:
    # Not to be had but on Linux. Of those, Decimal is what results of DynamoDB hold.
    def _encode(obj: Any) -> str:
        return json.dumps(obj, default=_decimal)


def to_json(result: Any) -> str:
    """Return a handler's result as Lambda's runtime encodes it.

    Raises:
        TypeError, ValueError, OverflowError, RecursionError: there is no JSON for it.
    """
    encoded: str = _encode(result)
    return encoded


def pretty(payload: bytes) -> str:
    """Return JSON indented, its numbers as they were written; anything else as it is."""
    # Numbers travel as marked strings: 1.10 and the 20th digit of another are not a float's.
    mark = os.urandom(8).hex()

    def marked(digits: str) -> str:
        return mark + digits

    try:
        parsed = json.loads(payload, parse_float=marked, parse_int=marked)
        text = json.dumps(parsed, indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        return payload.decode(errors="replace")
    return re.sub(f'"{mark}([^"]*)"', r"\1", text)


def _decimal(value: object) -> float | int:
    if not isinstance(value, Decimal):
        raise TypeError(f"Object of type {type(value).__name__} is not JSON serializable")
    return int(value) if value == value.to_integral_value() else float(value)
