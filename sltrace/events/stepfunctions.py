"""AWS Step Functions, a state whose input holds the context object.

Shape: AWS Step Functions Developer Guide, "Accessing execution data from the Context object". A
state machine has to hand it over: as the whole input, or as a member of it
(``"Context.$": "$$"`` in JSONPath, ``{% $states.context %}`` in JSONata).
"""

from __future__ import annotations

import time
from itertools import islice

from sltrace.events._carriers import from_json
from sltrace.events._source import SYNCHRONOUS, Hop, Source, arn_part, known, mapping, text, whole
from sltrace.events._times import from_iso

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

_SECOND_NS = 1_000_000_000
_DAY_S = 24 * 3600
# How many members of an input are looked into for the context object, as in `events`.
_MAX_MEMBERS = 16
# X-Ray takes no trace whose id begins with a time much longer ago.
_MAX_TRACE_AGE_S = 28 * _DAY_S


class StepFunctions(Source):
    """A task of an execution."""

    __slots__ = ()

    name = "stepfunctions"
    model = SYNCHRONOUS
    carriers = ("state input", "execution input")
    upstream = "Step Functions from `State.EnteredTime`, waiting"

    @property
    def max_age_ms(self) -> int:
        """The longest that an execution can run: a state's retries do not enter it again."""
        return 366 * _DAY_S * 1000

    def recognise(self, event: Any) -> bool:
        """Return whether the context object of an execution is in the event."""
        return bool(_context(event))

    def attributes(self, event: Any) -> dict[str, Any]:
        """Return which state of which execution it is; never the task's token."""
        context = _context(event)
        execution = mapping(context.get("Execution"))
        machine = mapping(context.get("StateMachine"))
        return known(
            {
                "aws.step_functions.state_machine.arn": text(machine.get("Id")),
                "sltrace.step_functions.state_machine": text(machine.get("Name")),
                "sltrace.step_functions.execution_arn": text(execution.get("Id")),
                "sltrace.step_functions.state": text(_state(context).get("Name")),
                "sltrace.step_functions.redrive_count": whole(execution.get("RedriveCount")),
            }
        )

    def attempt(self, event: Any) -> int | None:
        """Return one more than the state's retries."""
        retries = whole(_state(_context(event)).get("RetryCount"))
        return retries + 1 if retries is not None and retries >= 0 else None

    def carrier(self, event: Any) -> Mapping[Any, Any]:
        """Return the headers in the state's input, else those the execution was started with."""
        context = _context(event)
        execution = mapping(context.get("Execution"))
        return from_json(event) or from_json(context) or from_json(execution.get("Input"))

    def trace_id(self, event: Any) -> int | None:
        """Return the trace of all functions that the execution invokes.

        X-Ray wants the epoch's second first: that of the execution's start. The rest is from the
        execution's ARN. Both are the same for each of its states, and after a redrive.
        """
        execution = mapping(_context(event).get("Execution"))
        name, started = execution.get("Id"), from_iso(execution.get("StartTime"))
        if started is None or not isinstance(name, str):
            return None
        second = started // _SECOND_NS
        if abs(time.time() - second) > _MAX_TRACE_AGE_S:
            return None
        from hashlib import sha256  # noqa: PLC0415 - no part of the cold path

        digest = sha256(name.encode("utf-8", "replace")).digest()
        return second << 96 | int.from_bytes(digest[:12], "big")

    def hops(self, event: Any) -> Sequence[Hop]:
        """Return the state as a stage, which waits for the function."""
        state = _state(_context(event))
        name = f"Step Functions {text(state.get('Name')) or ''}".rstrip()
        entered = from_iso(state.get("EnteredTime"))
        return (Hop(self.name, name, entered, self.attributes(event), encloses=True),)


def _context(event: Any) -> Mapping[Any, Any]:
    """Return the context object: the input itself, or one of its members."""
    members = (event, *islice(event.values(), _MAX_MEMBERS))
    return next((member for member in members if _is_context(member)), {})


def _is_context(member: Any) -> bool:
    """Return whether an object has an execution's ARN and its state machine's."""
    named = (mapping(mapping(member).get(key)).get("Id") for key in ("Execution", "StateMachine"))
    return all(arn_part(arn, 2) == "states" for arn in named)


def _state(context: Mapping[Any, Any]) -> Mapping[Any, Any]:
    return mapping(context.get("State"))


SOURCE = StepFunctions()
