"""The local exporter's lines, read back by OpenTelemetry's own protobuf classes."""

from __future__ import annotations

import base64
import enum
import json
import math
from types import SimpleNamespace

import pytest
from google.protobuf.json_format import ParseDict
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from opentelemetry.proto.collector.trace.v1 import (
    trace_service_pb2 as otlp,
)

from sltrace._model import (
    Event,
    InstrumentationScope,
    Link,
    Resource,
    SpanContext,
    SpanKind,
    Status,
    StatusCode,
    TraceState,
)
from sltrace_local.encode import encode

INT64 = range(-(1 << 63), 1 << 63)
WHOLE_LINES = settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)

texts = st.text(st.characters(), max_size=20)  # lone surrogates included
scalars = st.one_of(texts, st.booleans(), st.integers(), st.floats())
values = st.one_of(scalars, st.lists(scalars, max_size=4).map(tuple))
attributes = st.dictionaries(texts, values, max_size=5)
times = st.integers(1, (1 << 64) - 1)
counts = st.integers(0, (1 << 32) - 1)
states = st.dictionaries(
    st.from_regex(r"[a-z]{1,8}", fullmatch=True), st.from_regex(r"[a-z0-9]{1,8}", fullmatch=True)
).map(TraceState)
contexts = st.builds(
    SpanContext,
    st.integers(1, (1 << 128) - 1),
    st.integers(1, (1 << 64) - 1),
    st.booleans(),
    st.integers(0, 255),
    states,
)
scopes = st.sampled_from([InstrumentationScope("sltrace", "1"), InstrumentationScope("other", "")])
resources = st.sampled_from(
    [Resource({"service.name": "orders"}), Resource({"service.name": "a\udcff", "n": 1 << 80})]
)
spans = st.builds(
    SimpleNamespace,
    name=texts,
    context=contexts,
    parent=st.none() | contexts,
    kind=st.sampled_from(SpanKind),
    start_time=times,
    end_time=times,
    attributes=attributes,
    events=st.lists(st.builds(Event, texts, attributes, times, counts), max_size=2).map(tuple),
    links=st.lists(st.builds(Link, contexts, attributes, counts), max_size=2).map(tuple),
    status=st.builds(Status, st.sampled_from(StatusCode), st.none() | texts),
    resource=resources,
    instrumentation_scope=scopes,
    dropped_attributes=counts,
    dropped_events=counts,
    dropped_links=counts,
    annotations=st.frozensets(texts, max_size=3),
)


def parsed(line: bytes) -> otlp.ExportTraceServiceRequest:
    """Parse strictly: an unknown field, a wrong type or an id of the wrong form raises."""
    request = json.loads(line)
    for resource in request["resourceSpans"]:
        for scope in resource["scopeSpans"]:
            for span in scope["spans"]:
                for part in [span, *span.get("links", ())]:
                    for key in {"traceId", "spanId", "parentSpanId"} & part.keys():
                        # OTLP/JSON departs from protobuf's JSON here: hex, not base64.
                        assert part[key] == part[key].lower()
                        part[key] = base64.b64encode(bytes.fromhex(part[key])).decode()
    return ParseDict(request, otlp.ExportTraceServiceRequest())


def read(value):
    kind = value.WhichOneof("value")
    if kind == "array_value":
        return tuple(read(item) for item in value.array_value.values)
    return getattr(value, kind)


def clean(text):
    return text.encode("utf-8", "replace").decode()


def sent(value):
    """What arrives of an attribute's value."""
    if isinstance(value, tuple):
        return tuple(map(sent, value))
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, int) and not isinstance(value, bool) and value not in INT64:
        return str(value)
    return value


def same(one, other):
    if isinstance(one, tuple):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, float) and math.isnan(one):
        return math.isnan(other)
    return type(one) is type(other) and one == other


def assert_attributes(found, given_attributes, annotations=frozenset()):
    pairs = [(item.key, read(item.value)) for item in found]
    expected = [(clean(key), sent(value)) for key, value in given_attributes.items()]
    if annotations:
        expected.append(("aws.xray.annotations", tuple(map(clean, sorted(annotations)))))
    assert [key for key, _ in pairs] == [key for key, _ in expected]
    assert all(same(value, want) for (_, value), (_, want) in zip(pairs, expected, strict=True))


def flags(context, relative):
    remote = 0x200 if relative is not None and relative.is_remote else 0
    return context.trace_flags | 0x100 | remote


def assert_span(found, span):
    context, parent = span.context, span.parent
    assert found.trace_id == context.trace_id.to_bytes(16, "big")
    assert found.span_id == context.span_id.to_bytes(8, "big")
    assert found.parent_span_id == (parent.span_id.to_bytes(8, "big") if parent else b"")
    assert found.trace_state == context.trace_state.to_header()
    assert found.flags == flags(context, parent)
    assert found.name == clean(span.name)
    assert found.kind == span.kind.value + 1
    assert (found.start_time_unix_nano, found.end_time_unix_nano) == (
        span.start_time,
        span.end_time,
    )
    assert_attributes(found.attributes, span.attributes, span.annotations)
    assert found.dropped_attributes_count == span.dropped_attributes
    assert found.dropped_events_count == span.dropped_events
    assert found.dropped_links_count == span.dropped_links
    assert found.status.code == span.status.status_code.value
    assert found.status.message == clean(span.status.description or "")


def assert_parts(found, span):
    for part, event in zip(found.events, span.events, strict=True):
        assert (part.name, part.time_unix_nano) == (clean(event.name), event.timestamp)
        assert part.dropped_attributes_count == event.dropped_attributes
        assert_attributes(part.attributes, event.attributes)
    for part, link in zip(found.links, span.links, strict=True):
        assert part.trace_id == link.context.trace_id.to_bytes(16, "big")
        assert part.span_id == link.context.span_id.to_bytes(8, "big")
        assert part.trace_state == link.context.trace_state.to_header()
        assert part.flags == flags(link.context, link.context)
        assert part.dropped_attributes_count == link.dropped_attributes
        assert_attributes(part.attributes, link.attributes)


def grouped(given_spans):
    """Spans by resource, then by scope, in the order of their first span."""
    groups = {}
    for span in given_spans:
        by_scope = groups.setdefault(id(span.resource), (span.resource, {}))[1]
        by_scope.setdefault(span.instrumentation_scope, []).append(span)
    return list(groups.values())


@WHOLE_LINES
@given(st.lists(spans, min_size=1, max_size=5))
def test_every_field_of_every_span_arrives(given_spans):
    line = encode(given_spans)
    assert line.endswith(b"\n")
    assert line.count(b"\n") == 1
    request = parsed(line)
    expected = grouped(given_spans)
    for found, (resource, scopes_of) in zip(request.resource_spans, expected, strict=True):
        assert_attributes(found.resource.attributes, resource.attributes)
        for scope_spans, (scope, members) in zip(found.scope_spans, scopes_of.items(), strict=True):
            assert (scope_spans.scope.name, scope_spans.scope.version) == (
                scope.name,
                scope.version,
            )
            for part, span in zip(scope_spans.spans, members, strict=True):
                assert_span(part, span)
                assert_parts(part, span)


class Colour(enum.IntEnum):
    RED = 1


def plain(**changes):
    """A span with nothing on it but what is given."""
    blank = {
        "name": "price",
        "context": SpanContext(1, 2),
        "parent": None,
        "kind": SpanKind.INTERNAL,
        "start_time": 1,
        "end_time": 2,
        "attributes": {},
        "events": (),
        "links": (),
        "status": Status(StatusCode.UNSET),
        "resource": Resource({}),
        "instrumentation_scope": InstrumentationScope("sltrace", ""),
        "dropped_attributes": 0,
        "dropped_events": 0,
        "dropped_links": 0,
        "annotations": frozenset(),
    }
    return SimpleNamespace(**{**blank, **changes})


def only(line):
    return json.loads(line)["resourceSpans"][0]["scopeSpans"][0]["spans"][0]


def test_empty_fields_are_left_out():
    assert json.loads(encode([plain()])) == {
        "resourceSpans": [
            {
                "resource": {"attributes": []},
                "scopeSpans": [
                    {
                        "scope": {"name": "sltrace"},
                        "spans": [
                            {
                                "traceId": "00000000000000000000000000000001",
                                "spanId": "0000000000000002",
                                "flags": 257,
                                "name": "price",
                                "kind": 1,
                                "startTimeUnixNano": "1",
                                "endTimeUnixNano": "2",
                            }
                        ],
                    }
                ],
            }
        ]
    }


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (3, {"intValue": "3"}),
        (Colour.RED, {"intValue": "1"}),
        ((1 << 63) - 1, {"intValue": "9223372036854775807"}),
        (1 << 63, {"stringValue": "9223372036854775808"}),
        (-(1 << 63) - 1, {"stringValue": "-9223372036854775809"}),
        pytest.param(1 << 40_000, {"stringValue": "0x1" + "0" * 10_000}, id="huge"),
        (True, {"boolValue": True}),
        (0.5, {"doubleValue": 0.5}),
        (float("nan"), {"doubleValue": "NaN"}),
        (float("inf"), {"doubleValue": "Infinity"}),
        (float("-inf"), {"doubleValue": "-Infinity"}),
        ("\ud83d", {"stringValue": "?"}),
        ("a\nb", {"stringValue": "a\nb"}),
        (("a", 1), {"arrayValue": {"values": [{"stringValue": "a"}, {"intValue": "1"}]}}),
        ((), {"arrayValue": {"values": []}}),
        (1j, {"stringValue": "1j"}),
    ],
)
def test_values_follow_the_json_mapping(value, expected):
    line = encode([plain(attributes={"key": value})])
    assert only(line)["attributes"] == [{"key": "key", "value": expected}]
    assert parsed(line)


@pytest.mark.parametrize("time", [None, 0, -1, 1 << 64])
def test_a_time_that_otlp_cannot_hold_is_unknown(time):
    line = encode([plain(end_time=time)])
    assert "endTimeUnixNano" not in only(line)
    assert parsed(line)
