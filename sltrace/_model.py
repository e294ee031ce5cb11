"""The parts of a span, named and valued as OpenTelemetry's ("Trace API", "Trace SDK").

An exporter written for ``opentelemetry.sdk.trace.ReadableSpan`` reads them as it reads its own.
"""

from __future__ import annotations

import enum
from types import MappingProxyType

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from sltrace._attributes import Value
    from sltrace._raised import Raised

__version__ = "0.1.0"

# Bit 0 of the W3C trace flags.
SAMPLED = 1


class SpanKind(enum.Enum):
    """OpenTelemetry's span kinds."""

    INTERNAL = 0
    SERVER = 1
    CLIENT = 2
    PRODUCER = 3
    CONSUMER = 4


class StatusCode(enum.Enum):
    """OpenTelemetry's status codes."""

    UNSET = 0
    OK = 1
    ERROR = 2


class Status:
    """The outcome of a span: ``status_code``, and a ``description`` where it is ERROR."""

    __slots__ = ("description", "status_code")

    def __init__(self, status_code: StatusCode, description: str | None = None) -> None:
        self.status_code = status_code
        self.description = description if status_code is StatusCode.ERROR else None

    @property
    def is_ok(self) -> bool:
        """Whether the status is not ERROR."""
        return self.status_code is not StatusCode.ERROR


UNSET = Status(StatusCode.UNSET)


class TraceState(dict[str, str]):
    """The members of a W3C ``tracestate`` header, in order."""

    __slots__ = ()

    def to_header(self) -> str:
        """Return the header's value (W3C Trace Context, section 3.3)."""
        return ",".join(f"{key}={value}" for key, value in self.items())


class SpanContext:
    """What identifies a span across processes: ids as ints, flags, state."""

    __slots__ = ("is_remote", "span_id", "trace_flags", "trace_id", "trace_state")

    def __init__(
        self,
        trace_id: int,
        span_id: int,
        is_remote: bool = False,
        trace_flags: int = SAMPLED,
        trace_state: TraceState | None = None,
    ) -> None:
        self.trace_id = trace_id
        self.span_id = span_id
        self.is_remote = is_remote
        self.trace_flags = trace_flags
        self.trace_state = TraceState() if trace_state is None else trace_state

    @property
    def is_valid(self) -> bool:
        """Whether neither id is zero."""
        return self.trace_id != 0 and self.span_id != 0


class Resource:
    """What the spans come from: the service, the function, the sandbox."""

    __slots__ = ("attributes", "schema_url")

    def __init__(self, attributes: Mapping[str, Value]) -> None:
        self.attributes = MappingProxyType(dict(attributes))
        self.schema_url = ""


class InstrumentationScope:
    """What made the spans: sltrace, and its version."""

    __slots__ = ("attributes", "name", "schema_url", "version")

    def __init__(self, name: str, version: str) -> None:
        self.name = name
        self.version = version
        self.schema_url = ""
        self.attributes: Mapping[str, Value] = MappingProxyType({})


SCOPE = InstrumentationScope("sltrace", __version__)


class Event:
    """Something that happened at one instant (``timestamp``, ns since the epoch) of a span.

    Attributes:
        exceptions: for an exception's event, the exception and its causes; otherwise empty.
    """

    __slots__ = ("_attributes", "dropped_attributes", "exceptions", "name", "timestamp")

    def __init__(
        self,
        name: str,
        attributes: dict[str, Value],
        timestamp: int,
        dropped_attributes: int = 0,
        exceptions: tuple[Raised, ...] = (),
    ) -> None:
        self.name = name
        self.timestamp = timestamp
        self.dropped_attributes = dropped_attributes
        self.exceptions = exceptions
        self._attributes = attributes

    @property
    def attributes(self) -> Mapping[str, Value]:
        """The event's attributes, read-only."""
        return MappingProxyType(self._attributes)


class Link:
    """A pointer to a span that is no parent of this one."""

    __slots__ = ("_attributes", "context", "dropped_attributes")

    def __init__(self, context: Any, attributes: dict[str, Value], dropped: int = 0) -> None:
        self.context = context
        self.dropped_attributes = dropped
        self._attributes = attributes

    @property
    def attributes(self) -> Mapping[str, Value]:
        """The link's attributes, read-only."""
        return MappingProxyType(self._attributes)
