"""Trace context as headers: X-Ray's and W3C's, read and written.

Pure, and lenient in reading: a malformed part loses that part, never the whole header. Sources:
AWS X-Ray Developer Guide, "Tracing header"; W3C Trace Context (Level 2); W3C Baggage.
"""

from __future__ import annotations

import re
from itertools import islice

from sltrace._model import SAMPLED, TraceState

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from sltrace._span import Span

XRAY = "X-Amzn-Trace-Id"

TRACE_HEADERS = frozenset(("traceparent", "tracestate", "baggage", "x-amzn-trace-id"))
# Most headers are told apart by their length, without a copy in lower case.
_LENGTHS = frozenset(map(len, TRACE_HEADERS))
_MAX_HEADERS = 256

# Longer than any header AWS lets through; what comes after is not read.
_MAX_HEADER = 8192
_MAX_STATE_MEMBERS = 32
_MAX_XRAY_KEYS = 16
_HEXADECIMAL = frozenset("0123456789abcdefABCDEF")

# Patterns and not compiled ones: `re` compiles each when it is first used and keeps it, so that a
# cold start pays for the headers it meets.
_TRACEPARENT = (
    r"(?!ff)([0-9a-f]{2})-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(-.*)?"
)
# W3C Trace Context, section 3.3.1.3: a key, and printable ASCII without comma and equals sign.
_STATE_KEY = r"[a-z0-9][a-z0-9_\-*/@]{0,255}"
_STATE_VALUE = r"[\x20-\x2b\x2d-\x3c\x3e-\x7e]{0,255}[\x21-\x2b\x2d-\x3c\x3e-\x7e]"
_XRAY_KEY = r"[!-:<>-~]{1,128}"
_XRAY_VALUE = r"[ -:<-~]{0,1024}"


class Remote:
    """What a carrier tells of the span that caused this one; None is what it does not tell.

    Attributes:
        trace_id: 128 bits.
        span_id: 64 bits; never without a trace id.
        sampled: the caller's decision; None leaves it to us (X-Ray: ``?`` or absent).
        state: members of ``tracestate``.
        xray: Lineage and the header's unknown keys, in order.
        baggage: the ``baggage`` header as it came.
    """

    __slots__ = ("baggage", "sampled", "span_id", "state", "trace_id", "xray")

    def __init__(self) -> None:
        self.trace_id: int | None = None
        self.span_id: int | None = None
        self.sampled: bool | None = None
        self.state = TraceState()
        self.xray: dict[str, str] = {}
        self.baggage = ""


def read_xray(text: str) -> Remote:
    """Read an X-Ray header: ``Root=1-...;Parent=...;Sampled=1;Lineage=...``, in any order.

    ``Self``, which a load balancer adds for itself, is left out.
    """
    remote = Remote()
    parent: int | None = None
    for part in text[:_MAX_HEADER].split(";"):
        key, equals, value = part.partition("=")
        key, value = key.strip(), value.strip()
        if not equals or key == "Self":
            continue
        if key == "Root":
            remote.trace_id = _root(value) or remote.trace_id
        elif key == "Parent":
            parent = _span_id(value) or parent
        elif key == "Sampled":
            remote.sampled = {"0": False, "1": True}.get(value, remote.sampled)
        elif _is_kept(key, value) and len(remote.xray) < _MAX_XRAY_KEYS:
            remote.xray[key] = value
    # A parent is a span of that root; without the root it would point nowhere.
    remote.span_id = parent if remote.trace_id is not None else None
    return remote


def write_xray(span: Span) -> str:
    """Return the X-Ray header that makes ``span`` the parent of what it calls."""
    trace = span.trace
    sampled = "1" if trace.flags & SAMPLED else "0"
    parts = [f"Root={xray_trace_id(trace.trace_id)}", f"Parent={span.span_id:016x}"]
    parts.append(f"Sampled={sampled}")
    parts.extend(f"{key}={value}" for key, value in trace.xray.items())
    return ";".join(parts)


def xray_trace_id(trace_id: int) -> str:
    """Return a trace id as X-Ray writes it: ``1-<8 hex>-<24 hex>``."""
    text = f"{trace_id:032x}"
    return f"1-{text[:8]}-{text[8:]}"


def read_w3c(headers: Mapping[str, str]) -> Remote | None:
    """Read ``traceparent``, ``tracestate`` and ``baggage`` (lower-case keys).

    Returns None where there is no valid ``traceparent`` and no baggage: W3C then asks for a new
    trace. Without a valid ``traceparent`` the ``tracestate`` is void.
    """
    if not headers:
        return None
    remote = Remote()
    remote.baggage = read_baggage(headers.get("baggage", ""))
    match = re.fullmatch(_TRACEPARENT, headers.get("traceparent", "").strip()[:_MAX_HEADER])
    # Version 00 has four fields; a later version may have more, which are for it to read.
    if match is None or (match[1] == "00" and match[5]):
        return remote if remote.baggage else None
    remote.trace_id = int(match[2], 16)
    remote.span_id = int(match[3], 16)
    remote.sampled = bool(int(match[4], 16) & SAMPLED)
    remote.state = read_state(headers.get("tracestate", ""))
    return remote


def write_w3c(span: Span) -> dict[str, str]:
    """Return the W3C headers that make ``span`` the parent of what it calls."""
    trace = span.trace
    parent = f"00-{trace.trace_id:032x}-{span.span_id:016x}-{trace.flags & 0xFF:02x}"
    headers = {"traceparent": parent}
    if trace.state:
        headers["tracestate"] = trace.state.to_header()
    if trace.baggage:
        headers["baggage"] = trace.baggage
    return headers


def read_state(text: str) -> TraceState:
    """Read a ``tracestate`` header; of a key given twice the first, the newest, counts."""
    state = TraceState()
    for member in text[:_MAX_HEADER].split(","):
        key, _, value = member.strip(" \t").partition("=")
        valid = re.fullmatch(_STATE_KEY, key) and re.fullmatch(_STATE_VALUE, value)
        if valid and key not in state and len(state) < _MAX_STATE_MEMBERS:
            state[key] = value
    return state


def read_baggage(text: str) -> str:
    """Return a ``baggage`` header with only its well-formed members, as they came."""
    members = (member.strip() for member in text[:_MAX_HEADER].split(","))
    kept = [member for member in members if "=" in member and not member.startswith("=")]
    return ",".join(member for member in kept if member.isascii() and member.isprintable())


def trace_headers(headers: Mapping[Any, Any]) -> dict[str, str]:
    """Return the trace headers among ``headers``, keys in lower case; a list's last value."""
    found: dict[str, str] = {}
    for key in islice(headers, _MAX_HEADERS):
        if isinstance(key, str) and len(key) in _LENGTHS and key.lower() in TRACE_HEADERS:
            value = headers[key]
            text = value[-1] if isinstance(value, list) and value else value
            if isinstance(text, str):
                found[key.lower()] = text
    return found


def _root(text: str) -> int | None:
    """Return the trace id of ``1-<8 hex>-<24 hex>``; None for anything else, and for zero."""
    version, time, random = text[:2], text[2:10], text[11:]
    shaped = version == "1-" and text[10:11] == "-" and len(random) == 24
    return _hexadecimal(time + random) if shaped else None


def _span_id(text: str) -> int | None:
    return _hexadecimal(text) if len(text) == 16 else None


def _hexadecimal(text: str) -> int | None:
    # `int` alone would take signs, spaces, underscores and other scripts' digits.
    return (int(text, 16) or None) if _HEXADECIMAL.issuperset(text) else None


def _is_kept(key: str, value: str) -> bool:
    return bool(re.fullmatch(_XRAY_KEY, key) and re.fullmatch(_XRAY_VALUE, value))
