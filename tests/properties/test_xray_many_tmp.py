"""Any tree of spans arrives whole, in documents that the daemon takes."""

from __future__ import annotations

import json
import re
from types import SimpleNamespace

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from xray_documents import LIMIT, check, is_name, walk

import sltrace
from sltrace._headers import xray_trace_id
from sltrace._model import Event, Link, Resource, SpanContext, SpanKind, Status, StatusCode
from sltrace.testing import capture
from sltrace_xray.encode import encode
from sltrace_xray.send import ADDRESS_VARIABLE, daemon_address
from sltrace_xray.text import to_json, valid_key, valid_name

SLOW = settings(suppress_health_check=[HealthCheck.too_slow], deadline=None, max_examples=1200)

TRACE = 0x6742F1C0 << 96 | 0xABC
# Keys that have a meaning to the exporter, beside any others.
KNOWN = (
    "rpc.system", "rpc.service", "rpc.method", "http.response.status_code", "url.full",
    "server.address", "url.path", "enduser.id", "faas.invocation_id", "cloud.resource_id",
    "sltrace.aws.throttled", "aws.dynamodb.table_names", "aws.dynamodb.consumed_capacity",
    "aws.dynamodb.provisioned_read_capacity", "aws.dynamodb.global_secondary_indexes",
    "http.client_ip", "service.version", "service.name", "peer.service",
)  # fmt: skip

texts = st.text(st.characters(), max_size=12)  # lone surrogates included
# Short to draw, long to send.
long_texts = st.builds(
    lambda text, times: text * times, st.sampled_from(["x", "値", "\0", '"', "\udcff", "🙂"]),
    st.sampled_from([1, 300, 1000, 9000, 30_000, 70_000]),
)  # fmt: skip
scalars = st.one_of(
    texts, long_texts, st.booleans(), st.integers(), st.floats(), st.just("aws-api"),
    st.sampled_from([200, 404, 429, 500, 10**400]), st.sampled_from(['{"a":1}', "[NaN]", "["]),
)  # fmt: skip
values = st.one_of(scalars, st.lists(scalars, max_size=3).map(tuple))
keys = st.one_of(texts.filter(bool), st.sampled_from(KNOWN))
attributes = st.dictionaries(keys, values, max_size=6)
times = st.integers(0, 2 << 60)
frames = st.lists(st.tuples(texts, st.integers(0, 10**6), texts), max_size=100).map(tuple)
raised = st.builds(SimpleNamespace, type=texts, message=texts | long_texts, frames=frames)
exceptions = st.lists(raised, min_size=1, max_size=4).map(tuple)
events = st.one_of(
    st.builds(Event, texts, attributes, times),
    st.builds(Event, st.just("exception"), attributes, times, st.just(0), exceptions),
    st.builds(Event, st.just("exception"), attributes, times),
)
contexts = st.builds(SpanContext, st.integers(1, (1 << 128) - 1), st.integers(1, (1 << 64) - 1))
links = st.builds(Link, contexts, attributes)


@st.composite
def trees(draw):
    """Spans of one trace in any order: a span's parent is one before it, remote, or elsewhere."""
    resource = Resource(draw(attributes))
    spans = []
    for number in range(1, draw(st.integers(1, 12)) + 1):
        above = draw(st.sampled_from([None, "remote", "elsewhere", *range(1, number)]))
        parent = {"remote": 1 << 40, "elsewhere": 1 << 41, None: 0}.get(above, above)
        spans.append(
            SimpleNamespace(
                name=draw(texts | long_texts),
                context=SpanContext(TRACE, number),
                parent=SpanContext(TRACE, parent, above == "remote") if above else None,
                kind=draw(st.sampled_from(SpanKind)),
                start_time=draw(times),
                end_time=draw(st.none() | times),
                attributes=(own := draw(attributes)),
                annotations=frozenset(draw(st.sets(st.sampled_from(sorted(own)))) if own else ()),
                events=draw(st.lists(events, max_size=2).map(tuple)),
                links=draw(st.lists(links, max_size=2).map(tuple)),
                status=Status(draw(st.sampled_from(StatusCode)), draw(st.none() | texts)),
                resource=resource,
                dropped_attributes=draw(st.integers(0, 3)),
                dropped_events=0,
                dropped_links=0,
            )
        )
    return draw(st.permutations(spans))


def parents_of(spans):
    return {
        f"{span.context.span_id:016x}": f"{span.parent.span_id:016x}" if span.parent else None
        for span in spans
    }


@SLOW
@given(trees(), st.booleans())
def test_every_span_arrives_once_under_its_parent_in_documents_that_are_valid(spans, in_lambda):
    documents = [check(text) for text in encode(spans, in_lambda=in_lambda)]
    found = [
        (segment["id"], parent) for document in documents for segment, parent in walk(document)
    ]
    assert len(found) == len(spans)
    assert dict(found) == parents_of(spans)
    assert {document["trace_id"] for document in documents} == {xray_trace_id(TRACE)}


@SLOW
@given(trees())
def test_in_lambda_only_a_span_without_a_parent_is_a_segment(spans):
    without = {key for key, parent in parents_of(spans).items() if parent is None}
    documents = map(json.loads, encode(spans, in_lambda=True))
    segments = {document["id"] for document in documents if "type" not in document}
    assert segments == without


@SLOW
@given(trees(), st.booleans())
def test_encoding_is_pure(spans, in_lambda):
    assert encode(spans, in_lambda=in_lambda) == encode(spans, in_lambda=in_lambda)


@SLOW
@given(st.lists(st.integers(0, 20_000), max_size=60), st.integers(0, 70_000))
def test_however_large_a_trace_is_only_a_span_too_large_by_itself_loses_something(sizes, own):
    with capture() as spans, sltrace.span("job", text="x" * own):
        for size in sizes:
            with sltrace.span("step", text="x" * size):
                pass
    given_sizes = {f"{span.span_id:016x}": len(span.attributes["text"]) for span in spans}
    for document in map(check, encode(spans, in_lambda=False)):
        for segment, _ in walk(document):
            size = given_sizes.pop(segment["id"])
            text = segment["metadata"].get("default", {}).get("text", "")
            assert len(text) == size or (
                size > LIMIT - 512 and segment["metadata"]["sltrace"]["shed"]["metadata"]["count"]
            )
    assert given_sizes == {}


@given(st.text(st.characters()))
def test_any_text_gives_a_valid_name(text):
    assert is_name(valid_name(text))
    assert valid_name(valid_name(text)) == valid_name(text)


@given(st.text(st.characters(), min_size=1))
def test_any_text_gives_a_valid_annotation_key(text):
    assert re.fullmatch("[A-Za-z0-9_]+", valid_key(text))


json_values = st.recursive(
    st.none() | scalars,
    lambda inside: st.lists(inside, max_size=3) | st.dictionaries(texts, inside, max_size=3),
    max_leaves=8,
)


@given(json_values)
def test_any_value_becomes_valid_json_in_utf8(value):
    def refuse(constant):
        raise AssertionError(constant)

    text = to_json(value)
    json.loads(text.decode("utf-8"), parse_constant=refuse)


hosts = st.one_of(
    st.ip_addresses(v=4).map(str),
    st.ip_addresses(v=6).map(lambda address: f"[{address}]"),
    st.from_regex(r"[a-z][a-z0-9-]{0,20}(\.[a-z]{2,5})?", fullmatch=True),
)
ports = st.integers(1, 65_535)


@given(hosts, ports, hosts, ports, st.sampled_from(["{udp}", "udp:{udp}", "tcp:{tcp} udp:{udp}",
                                                    "udp:{udp} tcp:{tcp}"]))  # fmt: skip
def test_every_form_of_address_gives_its_udp_half(host, port, other_host, other_port, form):
    text = form.format(udp=f"{host}:{port}", tcp=f"{other_host}:{other_port}")
    assert daemon_address({ADDRESS_VARIABLE: text}) == (host.strip("[]"), port)


@given(st.text("tcpudp:.[]127 0afx", max_size=40) | st.text(max_size=20))
def test_any_other_text_gives_an_address_all_the_same(text):
    host, port = daemon_address({ADDRESS_VARIABLE: text})
    assert host
    assert 0 < port < 65_536
