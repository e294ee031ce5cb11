"""What an event source tells of an event. Every method has a default, which is that of `other`."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

# Longer than any sensible path or agent; what comes after is not recorded.
_MAX_TEXT = 2048


class Source:
    """A kind of event; this one is what remains when no other recognises it.

    Attributes:
        name: the value of ``sltrace.event.source``.
        trigger: the value of ``faas.trigger`` (OTel: datasource, http, pubsub, timer or other).
    """

    __slots__ = ()

    name = "other"
    trigger = "other"

    def recognise(self, event: Mapping[str, Any]) -> bool:  # noqa: ARG002 - the default has no use for it
        """Return whether the event is certainly of this source."""
        return False

    def span_name(self, event: Any) -> str | None:  # noqa: ARG002 - as above
        """Return the name of the invocation's span, or None for the function's name."""
        return None

    def attributes(self, event: Any) -> dict[str, Any]:  # noqa: ARG002 - as above
        """Return what the event tells about itself, as span attributes."""
        return {}

    def carrier(self, event: Any) -> Mapping[Any, Any]:  # noqa: ARG002 - as above
        """Return the headers that may carry the caller's trace context."""
        return {}

    def response(self, result: Any) -> dict[str, Any]:  # noqa: ARG002 - as above
        """Return what the handler's result tells, as span attributes."""
        return {}


def text(value: Any) -> str | None:
    """Return the value if it is a non-empty str, bounded; anything else is no text."""
    return value[:_MAX_TEXT] if isinstance(value, str) and value else None


def mapping(value: Any) -> Mapping[Any, Any]:
    """Return the value if it is a dict, else an empty one."""
    return value if isinstance(value, dict) else {}


def known(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """Return the attributes without those that the event did not tell."""
    return {key: value for key, value in attributes.items() if value is not None}
