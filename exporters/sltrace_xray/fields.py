"""One span as the fields of an X-Ray segment or subsegment.

AWS X-Ray Developer Guide, "X-Ray segment documents"; where OpenTelemetry's conventions leave a
choice, that of the OpenTelemetry Collector's awsxrayexporter. What has no field of its own is
metadata: the span's attributes under ``default``, with the names that the Collector gives to
what is no attribute; what sltrace itself tells under ``sltrace``.
"""

from __future__ import annotations

import math

from sltrace._headers import xray_trace_id
from sltrace._model import SpanKind, StatusCode
from sltrace_xray.text import valid_key, valid_name

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any, TypeAlias

    from sltrace._attributes import Value
    from sltrace._model import Event, SpanContext
    from sltrace._span import Span

    Message: TypeAlias = "dict[str, Any]"

MAX_ANNOTATIONS = 50
_MAX_ANNOTATION_KEY = 500
_MAX_ANNOTATION_TEXT = 1000

# Attribute -> the part of `http`, the field in it, and that field's type; of two conventions the
# newer comes first.
_HTTP: dict[str, tuple[str, str, type]] = {
    "http.request.method": ("request", "method", str),
    "http.method": ("request", "method", str),
    "url.full": ("request", "url", str),
    "http.url": ("request", "url", str),
    "user_agent.original": ("request", "user_agent", str),
    "http.user_agent": ("request", "user_agent", str),
    "client.address": ("request", "client_ip", str),
    "http.client_ip": ("request", "client_ip", str),
    "http.response.status_code": ("response", "status", int),
    "http.status_code": ("response", "status", int),
    "http.response.body.size": ("response", "content_length", int),
    "http.response_content_length": ("response", "content_length", int),
}
# Whom a CLIENT span calls.
_PEER = ("peer.service", "server.address", "net.peer.name", "http.host")
_USER = ("enduser.id", "user.id")
_OWN = ("faas.", "sltrace.")
_EXCEPTION = frozenset(
    ("exception.type", "exception.message", "exception.stacktrace", "exception.escaped")
)

_CLIENT = SpanKind.CLIENT
_ERROR = StatusCode.ERROR


def describe(
    span: Span, context: SpanContext, indexed: dict[int, int], *, in_lambda: bool
) -> Message:
    """Return the span's fields, but for ``cause`` and those that place it in its trace.

    Args:
        span: the span.
        context: its context.
        indexed: how many annotations each trace has so far; counted on here.
        in_lambda: see ``encode``.
    """
    attributes, parent = span.attributes, span.parent
    fields: Message = {
        "name": "",
        "id": f"{context.span_id:016x}",
        "start_time": _seconds(span.start_time),
    }
    if span.end_time is None:
        fields["in_progress"] = True
    else:
        fields["end_time"] = _seconds(span.end_time)
    sorter = _Sorter(span, indexed, context.trace_id)
    if attributes.get("rpc.system") == "aws-api":
        from sltrace_xray.aws import aws_of  # noqa: PLC0415 - a room for functions that call AWS

        fields["aws"], sorter.placed = aws_of(attributes)
    sorter.sort(attributes)
    is_segment = parent is None or (parent.is_remote and not in_lambda)
    _name(fields, sorter.own, span, is_segment=is_segment)
    if parent is None or parent.is_remote:
        _add_resource(fields, sorter.default, span)
    if is_segment:
        _add_function(fields, sorter.default, span)
    _add_http(fields, sorter, attributes)
    _add_outcome(fields, sorter.status, span)
    _add_details(sorter, span, fields)
    sorter.fill(fields)
    return fields


class _Sorter:
    """Sorts a span's attributes into HTTP fields, annotations and metadata.

    Attributes:
        placed: attributes that have a field already.
        http: the parts ``request`` and ``response``.
        default: metadata of the application's.
        own: metadata of sltrace's.
        unindexed: how many annotations had to become metadata.
    """

    __slots__ = ("annotations", "default", "http", "indexed", "keys", "own", "placed", "trace_id",
                 "unindexed")  # fmt: skip

    def __init__(self, span: Span, indexed: dict[int, int], trace_id: int) -> None:
        self.keys = span.annotations
        self.indexed = indexed
        self.trace_id = trace_id
        self.placed: frozenset[str] | set[str] = frozenset()
        self.http: dict[str, Message] = {}
        self.annotations: Message = {}
        self.default: Message = {}
        self.own: Message = {}
        self.unindexed = 0

    @property
    def status(self) -> int | None:
        """The HTTP status code."""
        return self.http["response"].get("status") if "response" in self.http else None

    def sort(self, attributes: Mapping[str, Value]) -> None:
        """Give each attribute its place."""
        for key, value in attributes.items():
            is_placed = key in self.placed or (key in _HTTP and self._put_http(key, value))
            if key in self.keys:
                is_placed = self._annotate(key, value) or is_placed
            if not is_placed:
                metadata = self.own if key.startswith(_OWN) else self.default
                metadata[key] = value

    def fill(self, fields: Message) -> None:
        """Add annotations and metadata to the fields, where there are any."""
        if self.annotations:
            fields["annotations"] = self.annotations
        if self.unindexed:
            self.own["annotations_not_indexed"] = self.unindexed
        spaces = {"default": self.default, "sltrace": self.own}
        metadata = {space: told for space, told in spaces.items() if told}
        if metadata:
            fields["metadata"] = metadata

    def _put_http(self, key: str, value: Value) -> bool:
        part, field, kind = _HTTP[key]
        told = self.http.setdefault(part, {})
        if type(value) is not kind or field in told:
            return False
        told[field] = value
        return True

    def _annotate(self, key: str, value: Value) -> bool:
        name = valid_key(key)
        is_valid = (
            len(name) <= _MAX_ANNOTATION_KEY
            and name not in self.annotations
            and (
                len(value) <= _MAX_ANNOTATION_TEXT
                if isinstance(value, str)
                else not isinstance(value, tuple) and math.isfinite(value)
            )
        )
        count = self.indexed.get(self.trace_id, 0)
        if not is_valid or count >= MAX_ANNOTATIONS:
            self.unindexed += 1
            return False
        self.indexed[self.trace_id] = count + 1
        self.annotations[name] = value
        return True
