"""AWS Step Functions, an activity's task that a worker hands on as it got it.

Shape: AWS Step Functions API Reference, "GetActivityTask". The worker is the application's own,
so how it invokes the function is not known.
"""

from __future__ import annotations

from sltrace.events._carriers import from_text
from sltrace.events._source import Source

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

# How JSON text begins that is worth handing to a task.
_OPENINGS = ("{", "[", '"')


class StepFunctionsActivity(Source):
    """A token and an input. Who has the token can answer for the task: it is not recorded."""

    __slots__ = ()

    name = "stepfunctions.activity"
    carriers = ("activity input",)

    def recognise(self, event: Any) -> bool:
        """Return whether the event is what GetActivityTask answers, and nothing else.

        A state that waits for a callback may hand over members of the same names, but its input
        as it is, not as JSON text.
        """
        given = event.get("input")
        is_text = isinstance(given, str) and given.startswith(_OPENINGS)
        return len(event) == 2 and is_text and isinstance(event.get("taskToken"), str)

    def carrier(self, event: Any) -> Mapping[Any, Any]:
        """Return the headers in the input."""
        return from_text(event.get("input"))


SOURCE = StepFunctionsActivity()
