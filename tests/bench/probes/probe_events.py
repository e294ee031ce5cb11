"""Prints what it takes to recognise and to describe each event, in us, as JSON.

The events come on standard input, by their names.
"""

from __future__ import annotations

import json
import sys
import timeit

from sltrace import _caller
from sltrace.events import recognise

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

_MOST_LOOPS = 100
_REPEAT_SECONDS = 0.005
# Of a span, by default.
_MOST_LINKS = 128


def describe(event: Any) -> None:
    """Do all that an invocation does with its event, as ``sltrace._invocation`` has it."""
    source = recognise(event)
    _caller.find(source, event, {}, {}, _MOST_LINKS)
    source.hops(event)
    source.attempt(event)
    source.span_name(event)
    source.attributes(event)


def us(step: Callable[[Any], Any], event: Any, repeats: int) -> list[float]:
    """Return us of one call in each repeat."""
    timer = timeit.Timer(lambda: step(event))
    once = min(timer.repeat(3, 1))
    loops = max(1, min(_MOST_LOOPS, int(_REPEAT_SECONDS / once)))
    return [seconds * 1e6 / loops for seconds in timer.repeat(repeats, loops)]


rows = {
    name: {
        "source": recognise(event).name,
        **{step.__name__: us(step, event, int(sys.argv[1])) for step in (recognise, describe)},
    }
    for name, event in json.load(sys.stdin).items()
}
print(json.dumps(rows))
