"""One span as the fields of an X-Ray segment or subsegment.

AWS X-Ray Developer Guide, "X-Ray segment documents"; where that leaves a choice, as the
OpenTelemetry Collector's awsxrayexporter chooses. What has no field of its own is metadata: the
application's under ``default``, what sltrace itself tells under ``sltrace``.
"""

from __future__ import annotations

from sltrace._model import SpanKind, StatusCode
from sltrace_xray.sorter import Sorter
from sltrace_xray.text import as_text, valid_name

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any, TypeAlias

    from sltrace._attributes import Value
    from sltrace._model import SpanContext
    from sltrace._span import Span

    Message: TypeAlias = "dict[str, Any]"

# Whom a CLIENT span calls.
_PEER = ("peer.service", "server.address", "net.peer.name", "http.host")
_USER = ("enduser.id", "user.id")
_SDK = "telemetry.sdk."

_CLIENT = SpanKind.CLIENT
_ERROR = StatusCode.ERROR


def describe(
    span: Span, context: SpanContext, indexed: dict[int, int], *, in_lambda: bool, nested: bool
) -> Message:
    """Return the span's fields, but for ``cause`` and those that place it in its trace.

    Args:
        span: the span.
        context: its context.
        indexed: how many annotations each trace has so far; counted on here.
        in_lambda: see ``encode``.
        nested: whether it is inside another's document.
    """
    attributes, parent = span.attributes, span.parent
    is_root = not nested and (parent is None or parent.is_remote)
    is_segment = is_root and not (in_lambda and parent is not None)
    is_call = attributes.get("rpc.system") == "aws-api"
    name = _name(span, attributes, is_segment=is_segment, is_call=is_call)
    fields: Message = {
        "name": valid_name(name),
        "id": f"{context.span_id:016x}",
        "start_time": _seconds(span.start_time),
    }
    if span.end_time is None:
        fields["in_progress"] = True
    else:
        fields["end_time"] = _seconds(span.end_time)
    sorter = Sorter(span.annotations, indexed, context.trace_id)
    if is_call:
        from sltrace_xray.aws import aws_of  # noqa: PLC0415 - a room for functions that call AWS

        fields["aws"], sorter.placed = aws_of(attributes)
    sorter.sort(attributes)
    if span.name != (_call_name(attributes) if is_call else fields["name"]):
        sorter.own["name"] = span.name
    if is_segment:
        _add_segment(fields, attributes, span)
    elif is_call or span.kind is _CLIENT:
        fields["namespace"] = "aws" if is_call else "remote"
    if is_root:
        _add_resource(fields, sorter, attributes, span.resource.attributes)
    if sorter.http:
        _add_http(fields, sorter, attributes, is_segment=is_segment)
    _add_outcome(fields, sorter, attributes, failed=span.status.status_code is _ERROR)
    if span.events or span.links or span.dropped_attributes:
        from sltrace_xray.details import add_details  # noqa: PLC0415 - a room seldom entered

        add_details(fields, sorter, span)
    sorter.fill(fields)
    return fields


def _seconds(nanoseconds: int) -> float:
    """Return a time as X-Ray takes it, to the microsecond: a double holds no more."""
    return nanoseconds // 1000 / 1e6


def _name(span: Span, attributes: Mapping[str, Value], *, is_segment: bool, is_call: bool) -> str:
    """Return the name: of a segment the service, of a call whom it calls, else the span's own."""
    # What is inferred stands for another service than the one that this is the resource of.
    if is_segment and not attributes.get("sltrace.inferred"):
        service = as_text(span.resource.attributes.get("service.name", ""))
        # OTel's default for a service that was given no name.
        if service.startswith("unknown_service"):
            service = as_text(attributes.get("faas.name", ""))
        return service or span.name
    if is_call:
        # As aws-xray-sdk writes it: dynamodb.
        return as_text(attributes.get("rpc.service", span.name)).lower()
    if span.kind is _CLIENT:
        for key in _PEER:
            if attributes.get(key):
                return as_text(attributes[key])
    return span.name


def _call_name(attributes: Mapping[str, Value]) -> str:
    """Return the name OTel gives to a call to AWS, which adds nothing to the ``aws`` block."""
    service, method = attributes.get("rpc.service", ""), attributes.get("rpc.method", "")
    return f"{as_text(service)}.{as_text(method)}"


def _add_segment(fields: Message, attributes: Mapping[str, Value], span: Span) -> None:
    if "faas.invocation_id" in attributes:
        fields["origin"] = "AWS::Lambda::Function"
        if "cloud.resource_id" in attributes:
            fields["resource_arn"] = as_text(attributes["cloud.resource_id"])
    for key in _USER:
        if key in attributes:
            fields["user"] = as_text(attributes[key])
            break
    if "service.version" in span.resource.attributes:
        fields["service"] = {"version": as_text(span.resource.attributes["service.version"])}


def _add_resource(
    fields: Message, sorter: Sorter, attributes: Mapping[str, Value], resource: Mapping[str, Value]
) -> None:
    """Add what the spans come from, less what the span tells itself."""
    if f"{_SDK}name" in resource:
        sdk, language = resource[f"{_SDK}name"], resource.get(f"{_SDK}language", "")
        fields.setdefault("aws", {})["xray"] = {
            "sdk": f"{as_text(sdk)} for {as_text(language)}",
            "sdk_version": resource.get(f"{_SDK}version", ""),
        }
    for key, value in resource.items():
        if not key.startswith(_SDK) and attributes.get(key) != value:
            sorter.default[f"otel.resource.{key}"] = value


def _add_http(
    fields: Message, sorter: Sorter, attributes: Mapping[str, Value], *, is_segment: bool
) -> None:
    request = sorter.http.get("request")
    if request and "url" not in request:
        parts = ("url.scheme", "server.address", "url.path")
        scheme, host, path = (as_text(attributes.get(part, "")) for part in parts)
        if host and path:
            request["url"] = f"{scheme or 'https'}://{host}{path}"
    # The convention for http.client_ip is the address that X-Forwarded-For tells, which anybody
    # can write; X-Ray has the mark on segments only.
    if is_segment and request and "http.client_ip" in attributes:
        request["x_forwarded_for"] = request.get("client_ip") == attributes["http.client_ip"]
    fields["http"] = sorter.http


def _add_outcome(
    fields: Message, sorter: Sorter, attributes: Mapping[str, Value], *, failed: bool
) -> None:
    """Flag the fault of the other side (4xx) as ``error``, that of this one as ``fault``."""
    status = sorter.http.get("response", {}).get("status", 0)
    throttled = status == 429 or attributes.get("sltrace.aws.throttled") is True
    if throttled:
        fields["throttle"] = True
    if throttled or 400 <= status < 500:
        fields["error"] = True
    elif failed or status >= 500:
        fields["fault"] = True
