"""Spans as one line of OTLP/JSON, an ExportTraceServiceRequest ("JSON Protobuf Encoding").

Ids are lower-case hex, 64-bit integers decimal strings, enums numbers; empty fields are left out.
"""

from __future__ import annotations

import json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from typing import Any, TypeAlias

    from sltrace._model import Event, Link, SpanContext
    from sltrace._span import Span

    Message: TypeAlias = "dict[str, Any]"

# The list of the attributes that X-Ray is to index, as the OpenTelemetry Collector reads it.
_ANNOTATIONS = "aws.xray.annotations"
# SpanFlags in opentelemetry/proto/trace/v1/trace.proto: whether the parent (or the linked span) is
# remote is known, and whether it is.
_HAS_IS_REMOTE = 0x100
_IS_REMOTE = 0x200
_INT64 = 1 << 63
# Python refuses to print larger integers in decimal, by default from 4,300 digits on.
_DECIMAL_BITS = 1024


def encode(spans: Sequence[Span]) -> bytes:
    """Return the spans as one line, newline included; any attribute value gives valid JSON.

    Spans are grouped by resource, then by scope, in the order of their first span.
    """
    request = {"resourceSpans": _resource_spans(spans)}
    text = json.dumps(request, ensure_ascii=False, separators=(",", ":"))
    # A lone surrogate (an undecodable file name, say) has no UTF-8 form: "?" stands for it.
    return text.encode("utf-8", "replace") + b"\n"


def _resource_spans(spans: Sequence[Span]) -> list[Message]:
    resources: dict[int, Message] = {}
    scopes: dict[tuple[int, str, str], list[Message]] = {}
    for span in spans:
        resource, scope = id(span.resource), span.instrumentation_scope
        name, version = (scope.name, scope.version or "") if scope else ("", "")
        if resource not in resources:
            resources[resource] = {
                "resource": {"attributes": _key_values(span.resource.attributes)},
                "scopeSpans": [],
            }
        if (resource, name, version) not in scopes:
            found = scopes[resource, name, version] = []
            about = _filled(name=name, version=version)
            resources[resource]["scopeSpans"].append({"scope": about, "spans": found})
        scopes[resource, name, version].append(_span(span))
    return list(resources.values())


def _span(span: Span) -> Message:
    context, parent, status = span.context, span.parent, span.status
    return _filled(
        traceId=f"{context.trace_id:032x}",
        spanId=f"{context.span_id:016x}",
        traceState=context.trace_state.to_header(),
        parentSpanId=f"{parent.span_id:016x}" if parent else "",
        flags=_flags(context, parent),
        name=span.name,
        # OTLP keeps 0 for "unspecified", so its kinds are OpenTelemetry's plus one.
        kind=span.kind.value + 1,
        startTimeUnixNano=_nanoseconds(span.start_time),
        endTimeUnixNano=_nanoseconds(span.end_time),
        attributes=_key_values(span.attributes, span.annotations),
        droppedAttributesCount=span.dropped_attributes,
        events=[_event(event) for event in span.events],
        droppedEventsCount=span.dropped_events,
        links=[_link(link) for link in span.links],
        droppedLinksCount=span.dropped_links,
        status=_filled(message=status.description, code=status.status_code.value),
    )


def _event(event: Event) -> Message:
    return _filled(
        timeUnixNano=_nanoseconds(event.timestamp),
        name=event.name,
        attributes=_key_values(event.attributes),
        droppedAttributesCount=event.dropped_attributes,
    )


def _link(link: Link) -> Message:
    context = link.context
    return _filled(
        traceId=f"{context.trace_id:032x}",
        spanId=f"{context.span_id:016x}",
        traceState=context.trace_state.to_header(),
        attributes=_key_values(link.attributes),
        droppedAttributesCount=link.dropped_attributes,
        flags=_flags(context, context),
    )


def _filled(**fields: Any) -> Message:
    return {name: value for name, value in fields.items() if value}


def _nanoseconds(time: int | None) -> str:
    # 0 is OTLP's "unknown". What its 64 unsigned bits cannot hold is as good as unknown.
    return str(time) if time is not None and 0 < time < 2 * _INT64 else ""


def _flags(context: SpanContext, relative: SpanContext | None) -> int:
    remote = _IS_REMOTE if relative is not None and relative.is_remote else 0
    return _HAS_IS_REMOTE | remote | (context.trace_flags & 0xFF)


def _key_values(
    attributes: Mapping[str, Any] | None, annotations: Collection[str] = ()
) -> list[Message]:
    found = [{"key": key, "value": _value(value)} for key, value in (attributes or {}).items()]
    if annotations:
        found.append({"key": _ANNOTATIONS, "value": _value(sorted(annotations))})
    return found


def _value(value: object) -> Message:
    if isinstance(value, str):
        return {"stringValue": value}
    if isinstance(value, bool):
        return {"boolValue": value}
    if isinstance(value, int):
        return _integer(value)
    if isinstance(value, float):
        return {"doubleValue": _double(value)}
    if isinstance(value, (list, tuple)):
        return {"arrayValue": {"values": [_value(item) for item in value]}}
    return {"stringValue": str(value)}


def _integer(value: int) -> Message:
    if -_INT64 <= value < _INT64:
        return {"intValue": f"{value:d}"}
    short = value.bit_length() <= _DECIMAL_BITS
    return {"stringValue": f"{value:d}" if short else f"{value:#x}"}


def _double(value: float) -> float | str:
    """Return what the proto3 JSON mapping writes: the three values JSON lacks are strings."""
    if value != value:  # noqa: PLR0124 - the test for NaN that needs no import
        return "NaN"
    if value in (float("inf"), float("-inf")):
        return "Infinity" if value > 0 else "-Infinity"
    return value
