"""Prints what it takes to recognise and describe an event, in us, as JSON.

The samples come on standard input: ``rest``, ``http`` and ``other``.
"""

from __future__ import annotations

import json
import sys
import timeit

from sltrace.events import recognise

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_SIX_MB = 6 * 1024 * 1024
_LOOPS = 100


def describe(event: Any) -> None:
    source = recognise(event)
    source.carrier(event)
    source.span_name(event)
    source.attributes(event)


def with_body(event: dict[str, Any]) -> dict[str, Any]:
    """Return the event with a body that brings it to Lambda's limit."""
    return {**event, "body": "x" * (_SIX_MB - len(json.dumps({**event, "body": ""})))}


samples = json.load(sys.stdin)
EVENTS = {
    "API Gateway REST": samples["rest"],
    "API Gateway REST, 6 MB body": with_body(samples["rest"]),
    "API Gateway HTTP": samples["http"],
    "other: S3": samples["other"],
    "other: list of 100,000": list(range(100_000)),
}

rows: dict[str, dict[str, Any]] = {}
for name, event in EVENTS.items():
    rows[name] = {"source": recognise(event).name}
    for step in (recognise, describe):
        seconds = timeit.repeat(
            lambda once=step, it=event: once(it), number=_LOOPS, repeat=int(sys.argv[1])
        )
        rows[name][step.__name__] = [each * 1e6 / _LOOPS for each in seconds]
print(json.dumps(rows))
