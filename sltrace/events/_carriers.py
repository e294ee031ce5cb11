"""Where senders put a trace context that is no HTTP header: message attributes, JSON, bytes.

Each function returns header names and values as ``_propagation`` reads them; what is malformed is
left out, and what is long is not searched.
"""

from __future__ import annotations

import json
from itertools import islice

from sltrace._headers import read_w3c, read_xray, trace_headers

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

X_RAY = "x-amzn-trace-id"
# Where JSON has its headers, when they are not at its top: what sends headers in a payload calls
# them so, and Datadog's libraries keep theirs (W3C's among them) under a name of their own.
_HOLDERS = ("headers", "_datadog")
_VALUES = ("stringValue", "StringValue", "Value", "binaryValue", "BinaryValue")
_MAX_ATTRIBUTES = 64
# Longer JSON is not parsed for the sake of a header in it.
MAX_JSON = 256 * 1024


def from_json(document: Any) -> dict[str, str]:
    """Read the members of a JSON object, or those of the ``headers`` or ``_datadog`` in it."""
    if not isinstance(document, dict):
        return {}
    found = trace_headers(document)
    for holder in _HOLDERS:
        if not found and isinstance(document.get(holder), dict):
            found = trace_headers(document[holder])
    return found


def from_text(text: Any) -> dict[str, str]:
    """Read JSON text; text that names no trace header is not parsed."""
    if not isinstance(text, str) or len(text) > MAX_JSON or not _mentions(text):
        return {}
    return from_json(parse(text))


def from_base64(text: Any) -> dict[str, str]:
    """Read base64 of JSON text."""
    if not isinstance(text, str) or len(text) > MAX_JSON:
        return {}
    return from_text(decode(text))


def from_attributes(attributes: Any) -> dict[str, str]:
    """Read message attributes, as SQS (``stringValue``) and SNS (``Value``) write them."""
    if not isinstance(attributes, dict):
        return {}
    texts = {key: attribute(attributes[key]) for key in islice(attributes, _MAX_ATTRIBUTES)}
    wrapped = texts.get("_datadog")
    # As text, or as bytes where a subscription's filter must not see it.
    return trace_headers(texts) or from_text(wrapped) or from_base64(wrapped)


def attribute(about: Any) -> str | None:
    """Return the text of one message attribute."""
    if isinstance(about, dict):
        for name in _VALUES:
            if isinstance(about.get(name), str):
                value: str = about[name]
                return value
    return None


def nearest(*carriers: Mapping[Any, Any]) -> dict[str, str]:
    """Return the headers of several carriers as one, those of the nearest first.

    W3C's belong together: a ``tracestate`` of another trace than the ``traceparent`` says nothing
    true. So all of them are the first carrier's that has a valid ``traceparent``, or a baggage
    where none has.
    """
    found = [headers for headers in map(trace_headers, carriers) if headers]
    if len(found) < 2:
        return found[0] if found else {}
    w3c = [(headers, read_w3c(headers)) for headers in found]
    chosen = [headers for headers, remote in w3c if remote and remote.trace_id is not None]
    chosen += [headers for headers, remote in w3c if remote and remote.trace_id is None]
    xray = (headers[X_RAY] for headers in found if read_xray(headers.get(X_RAY, "")).trace_id)
    merged = dict(chosen[0]) if chosen else {}
    merged.pop(X_RAY, None)
    return {**merged, **from_xray(next(xray, None))}


def from_xray(header: Any) -> dict[str, str]:
    """Read the X-Ray header that AWS itself sends along, as SQS's ``AWSTraceHeader``."""
    return {X_RAY: header} if isinstance(header, str) else {}


def parse(text: str) -> Any:
    """Return what the JSON text says, None where it is no JSON or too deep."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def decode(text: str) -> str:
    """Return base64 text decoded as UTF-8, "" where it is neither."""
    import binascii  # noqa: PLC0415 - a module of its own, for sources with binary data

    try:
        return binascii.a2b_base64(text).decode()
    except ValueError:  # binascii.Error and UnicodeDecodeError are
        return ""


def _mentions(text: str) -> bool:
    # Names in the case that they are sent in; a search that ignores case would copy the text.
    return "traceparent" in text or "race-Id" in text or "race-id" in text
