"""AWS Step Functions, what a `Catch` gives to the state that deals with an error.

Shape: AWS Step Functions Developer Guide, "Handling errors in Step Functions workflows".
"""

from __future__ import annotations

from sltrace.events._source import SYNCHRONOUS, Source, known, text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class StepFunctionsError(Source):
    """An error's name and its cause. The cause may quote anything, so that it is not recorded."""

    __slots__ = ()

    name = "stepfunctions.error"
    model = SYNCHRONOUS

    def recognise(self, event: Any) -> bool:
        """Return whether the event is an error's output, and nothing else."""
        has_texts = all(isinstance(event.get(key), str) for key in ("Error", "Cause"))
        return len(event) == 2 and has_texts

    def attributes(self, event: Any) -> dict[str, Any]:
        """Return the error's name."""
        return known({"sltrace.step_functions.error": text(event.get("Error"))})


SOURCE = StepFunctionsError()
