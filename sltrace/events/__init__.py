"""The event sources: which one an event came from, told by its own shape.

One module per source, each with a ``SOURCE``. The table below says which modules to ask for an
event that has a certain top-level key, so that an event is looked at without being walked, and a
function imports only the source that invokes it.

To add a source: write its module, and name it under the key that gives it away.
"""

from __future__ import annotations

from importlib import import_module

from sltrace._guard import guard
from sltrace.events._source import Source

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

OTHER = Source()

# The first key that the event has, and whose modules recognise it, decides.
_BY_KEY: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("requestContext", ("apigateway_rest", "apigateway_http")),
)


def recognise(event: Any) -> Source:
    """Return the source of an event; OTHER for whatever is not certainly one of those known."""
    source = OTHER
    if isinstance(event, dict):
        with guard("recognise the event"):
            source = _recognise(event)
    return source


def _recognise(event: dict[Any, Any]) -> Source:
    for key, names in _BY_KEY:
        if key in event:
            for name in names:
                source: Source = import_module(f"sltrace.events.{name}").SOURCE
                if source.recognise(event):
                    return source
    return OTHER
