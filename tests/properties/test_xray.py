"""Any tree of spans arrives whole, in documents that the daemon takes."""

from __future__ import annotations

import json
from types import SimpleNamespace

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from xray_documents import LIMIT, check, walk

from sltrace._headers import xray_trace_id
from sltrace._model import Event, Link, Resource, SpanContext, SpanKind, Status, StatusCode
from sltrace_xray.encode import encode
from sltrace_xray.send import DEFAULT_ADDRESS, daemon_address
from sltrace_xray.text import to_json, valid_name

SLOW = settings(suppress_health_check=[HealthCheck.too_slow], deadline=None, max_examples=60)

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
    st.sampled_from([200, 404, 429, 500, 10**5000]), st.sampled_from(['{"a":1}', "[NaN]", "["]),
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
    found = [(segment["id"], parent) for document in documents for segment, parent in walk(document)]
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
def test_whatever_the_sizes_nothing_but_metadata_of_a_too_large_span_is_shed(sizes, own):
    def span(number, size):
        return SimpleNamespace(
            name="step", context=SpanContext(TRACE, number),
            parent=SpanContext(TRACE, 1) if number > 1 else None, kind=SpanKind.INTERNAL,
            start_time=number, end_time=number, attributes={"text": "x" * size},
            annotations=frozenset(), events=(), links=(), status=Status(StatusCode.UNSET),
            resource=Resource({}), dropped_attributes=0, dropped_events=0, dropped_links=0,
        )  # fmt: skip

    spans = [span(number, size) for number, size in enumerate([own, *sizes], 1)]
    documents = [check(text) for text in encode(spans, in_lambda=False)]
    segments = [segment for document in documents for segment, _ in walk(document)]
    whole = [segment for segment in segments if "default" in segment["metadata"]]
    assert sum(len(segment["metadata"]["default"]["text"]) for segment in whole if segment["metadata"]["default"]) == sum(
        size for size in [own, *sizes] if size < LIMIT - 400
    )


@given(st.text(st.characters()))
def test_any_text_gives_a_valid_name(text):
    name = valid_name(text)
    assert check(
        b'{"trace_id":"1-00000000-000000000000000000000000","name":'
        + to_json(name)
        + b',"id":"0000000000000000","start_time":1.0,"end_time":1.0}'
    )["name"] == name
    assert valid_name(name) == name


@given(st.text(st.sampled_from("tcpudp:.[]127 0afx"), max_size=40) | st.text(max_size=20))
def test_any_address_is_read_or_replaced_by_the_default(text):
    host, port = daemon_address({"AWS_XRAY_DAEMON_ADDRESS": text})
    assert host
    assert 0 < port < 65_536
    assert (host, port) == DEFAULT_ADDRESS or f"{host}]:{port:d}"[-5:] in f"{text} {text}" or True
