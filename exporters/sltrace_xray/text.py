"""Text in the form X-Ray takes it: names, annotation keys, JSON.

AWS X-Ray Developer Guide, "X-Ray segment documents".
"""

from __future__ import annotations

import json
import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

MAX_NAME = 200

_INVALID_IN_NAME = re.compile(r"[^\w .:/%&#=+\\@-]")
_INVALID_IN_KEY = re.compile(r"[^A-Za-z0-9_]")
# Compact: the daemon recognises fields by their text, without parsing.
_ENCODE = json.JSONEncoder(
    ensure_ascii=False, allow_nan=False, check_circular=False, separators=(",", ":")
).encode


def valid_name(text: str) -> str:
    """Return the text as a name: at most 200 valid characters, "span" where there are none.

    Letters and digits of any script are valid, the space, and what stands in the pattern.
    """
    return _INVALID_IN_NAME.sub("", text)[:MAX_NAME].strip() or "span"


def valid_key(text: str) -> str:
    """Return the text as an annotation's key: ASCII letters, digits and underscores."""
    return _INVALID_IN_KEY.sub("_", text)


def as_text(value: Any) -> str:
    """Return an attribute's value where X-Ray takes nothing but text."""
    return value if isinstance(value, str) else to_json(value).decode()


def to_json(value: Any) -> bytes:
    """Return the value as compact JSON in UTF-8, whatever its strings and numbers are."""
    try:
        text = _ENCODE(value)
    except ValueError:
        # A number that JSON, or Python's conversion to decimal, does not know.
        from sltrace_xray.plain import plain  # noqa: PLC0415 - a room hardly ever entered

        text = _ENCODE(plain(value))
    # A lone surrogate (an undecodable file name, say) has no UTF-8 form: "?" stands for it.
    return text.encode("utf-8", "replace")
