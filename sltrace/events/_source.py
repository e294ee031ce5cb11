"""What an event source tells of an event. Every method has a default, which is that of `other`."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

# How Lambda was invoked: AWS Lambda Developer Guide, "Invoking Lambda functions".
SYNCHRONOUS = "synchronous"
ASYNCHRONOUS = "asynchronous"
POLL = "poll"

_MINUTE_MS = 60_000
_DAY_MS = 24 * 60 * _MINUTE_MS
# The oldest an event can be when a function is first given it. A synchronous caller waits for
# Lambda's longest timeout at most; EventBridge tries for a day, Lambda's own queue for 6 hours;
# a queue keeps a message for 14 days.
_MAX_AGE_MS = {SYNCHRONOUS: 15 * _MINUTE_MS, ASYNCHRONOUS: 2 * _DAY_MS, POLL: 14 * _DAY_MS}

# Longer than any sensible path or agent; what comes after is not recorded.
_MAX_TEXT = 2048
_INT64 = 1 << 63
_MAX_DIGITS = 18


class Hop:
    """One stage: a gateway, a queue, a topic. It becomes an inferred span (see ``_upstream``).

    Attributes:
        source: what the stage is, by the name of its source: ``sqs``.
        name: the span's name: ``SQS orders``.
        start: when the event came to it, in ns since the epoch; None where the event tells none.
        attributes: the span's.
        encloses: whether it waits for the function: it then ends with it, and not before it.
        moments: further timestamps (ns), by the name of the span event that each becomes.
    """

    __slots__ = ("attributes", "encloses", "moments", "name", "source", "start")

    def __init__(
        self,
        source: str,
        name: str,
        start: int | None,
        attributes: Mapping[str, Any] | None = None,
        *,
        encloses: bool = False,
        moments: Mapping[str, int | None] | None = None,
    ) -> None:
        self.source = source
        self.name = name
        self.start = start
        self.attributes = attributes or {}
        self.encloses = encloses
        self.moments = moments or {}


class Source:
    """A kind of event; this one is what remains when no other recognises it.

    Attributes:
        name: the value of ``sltrace.event.source``.
        trigger: the value of ``faas.trigger`` (OTel: datasource, http, pubsub, timer or other).
        model: the value of ``sltrace.event.model``: SYNCHRONOUS, ASYNCHRONOUS, POLL, or None
            where it cannot be told.
        carriers: where a trace context is looked for, for the documentation.
        upstream: which spans are inferred and from which timestamps, for the documentation.
        answer: what is read of the handler's result, for the documentation.
    """

    __slots__ = ()

    name = "other"
    trigger = "other"
    model: str | None = None
    carriers: tuple[str, ...] = ()
    upstream = ""
    answer = ""

    @property
    def max_age_ms(self) -> int:
        """The oldest an event can be when its function begins; what seems older has no age."""
        return _MAX_AGE_MS.get(self.model or "", _DAY_MS)

    def recognise(self, event: Any) -> bool:  # noqa: ARG002 - the default has no use for it
        """Return whether the event is certainly of this source."""
        return False

    def span_name(self, event: Any) -> str | None:  # noqa: ARG002 - as above
        """Return the name of the invocation's span, or None for the function's name."""
        return None

    def attributes(self, event: Any) -> dict[str, Any]:  # noqa: ARG002 - as above
        """Return what the event tells about itself, as span attributes."""
        return {}

    def attempt(self, event: Any) -> int | None:  # noqa: ARG002 - as above
        """Return how often the event has been given to a function, this time included."""
        return None

    def carrier(self, event: Any) -> Mapping[Any, Any]:  # noqa: ARG002 - as above
        """Return the headers that may carry the caller's trace context."""
        return {}

    def trace_id(self, event: Any) -> int | None:  # noqa: ARG002 - as above
        """Return the trace that the event belongs to by what it is, when it carries none."""
        return None

    def hops(self, event: Any) -> Sequence[Hop]:  # noqa: ARG002 - as above
        """Return what the event came through, outermost first."""
        return ()

    def records(self, event: Any) -> Sequence[Any]:  # noqa: ARG002 - as above
        """Return the records of a batch; none where the event is no batch."""
        return ()

    def response(self, result: Any) -> dict[str, Any]:  # noqa: ARG002 - as above
        """Return what the handler's result tells, as span attributes."""
        return {}


def text(value: Any) -> str | None:
    """Return the value if it is a non-empty str, bounded; anything else is no text."""
    return value[:_MAX_TEXT] if isinstance(value, str) and value else None


def whole(value: Any) -> int | None:
    """Return the value as an int of 64 bits: a whole number, or its digits; else none."""
    if isinstance(value, str) and len(value) <= _MAX_DIGITS and value.isascii() and value.isdigit():
        return int(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return value if -_INT64 <= value < _INT64 else None
    return None


def mapping(value: Any) -> Mapping[Any, Any]:
    """Return the value if it is a dict, else an empty one."""
    return value if isinstance(value, dict) else {}


def items(value: Any) -> Sequence[Any]:
    """Return the value if it is a list, else an empty one."""
    return value if isinstance(value, list) else ()


def known(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """Return the attributes without those that the event did not tell."""
    return {key: value for key, value in attributes.items() if value is not None}


def arn_part(arn: Any, index: int) -> str | None:
    """Return a part of an ARN: 3 is the region, 4 the account, 5 the resource (with colons)."""
    parts = arn[:_MAX_TEXT].split(":", 5) if isinstance(arn, str) else []
    is_arn = len(parts) == 6 and parts[0] == "arn"
    return parts[index] or None if is_arn else None


def arn_name(arn: Any) -> str | None:
    """Return the name at an ARN's end: of ``...:table/orders`` or ``...:orders`` orders."""
    resource = arn_part(arn, 5)
    return resource.replace("/", ":").rpartition(":")[2] or None if resource else None
