"""The catalogue of events: at least one realistic event of each source, with what it must give.

``tests/events/MODULE.json`` holds the cases of ``sltrace/events/MODULE.py``, a list of objects:

- ``case``: what is particular about it, a few words.
- ``source``: the ``sltrace.event.source`` it must be recognised as.
- ``event``: the event. In its texts ``{{ms:-1500}}`` and ``{{s:-1.5}}`` stand for the time so long
  before now in epoch ms and s, ``{{iso:-1.5}}`` (seconds) for it in ISO 8601, ``{{traceparent}}``,
  ``{{xray}}`` and ``{{traceparent.bytes}}`` for a caller's trace context. A text that is nothing
  but a time with ``|number`` becomes a number; ``{{base64:...}}`` and ``{{json:...}}`` encode a
  text, or the case's ``inner`` of that name.
- ``inner``: named JSON values for ``{{json:name}}`` (as text) and ``{{base64:name}}``.
- ``attributes``: attributes that the invocation's span must have; null is one it must not have.
- ``upstream``: the names of all inferred spans, outermost first (default: none).
- ``age_ms``: the event's age, at least; it may be a minute more.
- ``carrier``: which of the source's ``carriers`` brings the context in the event: the caller must
  then be the parent.
- ``client_context``: the custom part of the invocation's client context.
- ``result``: what the handler returns.
- ``response``: attributes that the result must give the invocation's span.
"""

from __future__ import annotations

import base64
import datetime as dt
import json
import re
import time
from pathlib import Path

FOLDER = Path(__file__).parent / "events"
TRACE_ID = 0x67429A3B0123456789ABCDEF01234567
SPAN_ID = 0x00F067AA0BA902B7
TRACEPARENT = f"00-{TRACE_ID:032x}-{SPAN_ID:016x}-01"
XRAY = f"Root=1-67429a3b-0123456789abcdef01234567;Parent={SPAN_ID:016x};Sampled=1"

_PLACE = re.compile(r"\{\{(\w+(?:\.\w+)?)(?::([^}|]*))?(\|number)?\}\}")


def cases():
    """Yield (module, case) of the whole catalogue, in order."""
    for path in sorted(FOLDER.glob("*.json")):
        for case in json.loads(path.read_text(encoding="utf-8")):
            yield path.stem, case


def event_of(case):
    """Return the case's event, its places filled in."""
    return _fill(case["event"], case.get("inner", {}), time.time())


def _fill(value, inner, now):
    if isinstance(value, dict):
        return {key: _fill(each, inner, now) for key, each in value.items()}
    if isinstance(value, list):
        return [_fill(each, inner, now) for each in value]
    if not isinstance(value, str):
        return value
    whole = _PLACE.fullmatch(value)
    if whole and whole[3]:
        text = _place(whole, inner, now)
        return float(text) if "." in text else int(text)
    if whole and whole[1] == "traceparent.bytes":
        return list(TRACEPARENT.encode())
    return _PLACE.sub(lambda match: _place(match, inner, now), value)


def _place(match, inner, now):
    kind, argument = match[1], match[2]
    if kind == "ms":
        return str(int(now * 1000) + int(argument))
    if kind == "s":
        return f"{now + float(argument):.3f}"
    if kind == "iso":
        then = dt.datetime.fromtimestamp(now + float(argument), dt.timezone.utc)
        return then.strftime("%Y-%m-%dT%H:%M:%S.") + f"{then.microsecond // 1000:03}Z"
    if kind in ("json", "base64"):
        text = argument
        if argument in inner:
            text = json.dumps(_fill(inner[argument], inner, now))
        return text if kind == "json" else base64.b64encode(text.encode()).decode()
    return {"traceparent": TRACEPARENT, "xray": XRAY}[kind]
