"""Header codecs: whatever is written is read again, and whatever is read breaks nothing."""

from hypothesis import example, given
from hypothesis import strategies as st

import sltrace
from sltrace import _headers
from sltrace._model import TraceState

ids = st.integers(min_value=1, max_value=2**64 - 1)
trace_ids = st.integers(min_value=1, max_value=2**128 - 1)
printable = st.characters(min_codepoint=0x21, max_codepoint=0x7E)
xray_keys = st.text(printable.filter(lambda c: c not in "=;"), min_size=1, max_size=20).filter(
    lambda key: key not in ("Root", "Parent", "Sampled", "Self")
)
xray_values = st.text(printable.filter(lambda c: c != ";"), max_size=40)
state_keys = st.from_regex(r"[a-z0-9][a-z0-9_\-*/@]{0,30}", fullmatch=True)
state_values = st.text(printable.filter(lambda c: c not in "=,"), min_size=1, max_size=40)


def a_span(trace_id, flags, state=(), xray=(), baggage=""):
    with sltrace.testing.capture(), sltrace.span("any") as span:
        pass
    trace = span.trace
    trace.trace_id, trace.flags, trace.baggage = trace_id, flags, baggage
    trace.state, trace.xray = TraceState(state), dict(xray)
    return span


@given(trace_ids, st.sampled_from([0, 1]), st.dictionaries(xray_keys, xray_values, max_size=10))
def test_an_xray_header_is_read_as_it_was_written(trace_id, flags, extra):
    span = a_span(trace_id, flags, xray=extra)
    remote = _headers.read_xray(_headers.write_xray(span))

    assert (remote.trace_id, remote.span_id) == (trace_id, span.span_id)
    assert remote.sampled is bool(flags)
    assert remote.xray == extra


@given(trace_ids, st.sampled_from([0, 1]), st.dictionaries(state_keys, state_values, max_size=32))
def test_w3c_headers_are_read_as_they_were_written(trace_id, flags, state):
    span = a_span(trace_id, flags, state=state, baggage="user=7,flag=a%20b;meta=1")
    remote = _headers.read_w3c(_headers.write_w3c(span))

    assert (remote.trace_id, remote.span_id) == (trace_id, span.span_id)
    assert remote.sampled is bool(flags)
    assert list(remote.state.items()) == list(state.items())
    assert remote.baggage == "user=7,flag=a%20b;meta=1"


@given(st.permutations(["Root", "Parent", "Sampled", "Lineage", "Extra", "Self"]), st.data())
def test_a_malformed_part_of_an_xray_header_loses_that_part_only(order, data):
    good = {
        "Root": "1-67429a3b-0123456789abcdef01234567",
        "Parent": "00f067aa0ba902b7",
        "Sampled": "0",
        "Lineage": "240:e7ff9e16:238",
        "Extra": "kept",
        "Self": "1-67429a3b-abc",
    }
    bad = data.draw(st.sampled_from(["Root", "Parent", "Sampled", None]))
    nonsense = data.draw(st.text(printable.filter(lambda c: c not in ";="), max_size=40))
    parts = {**good, **({bad: f"x{nonsense}"} if bad else {})}
    remote = _headers.read_xray(";".join(f"{key}={parts[key]}" for key in order))

    root = 0x67429A3B0123456789ABCDEF01234567
    assert remote.trace_id == (None if bad == "Root" else root)
    assert remote.span_id == (None if bad in ("Root", "Parent") else 0x00F067AA0BA902B7)
    assert remote.sampled is (None if bad == "Sampled" else False)
    assert remote.xray == {"Lineage": "240:e7ff9e16:238", "Extra": "kept"}


@given(st.text(max_size=400))
@example("Root=1-00000000-000000000000000000000000;Parent=0000000000000000")
@example(";;;===;Root;Parent=;Sampled")
@example("Root=1-67429a3b-0123456789abcdef01234567\x00;Parent=٠٠f067aa0ba902b7")
@example("a=b;" * 10_000)
def test_any_text_is_an_xray_header_that_breaks_nothing(text):
    remote = _headers.read_xray(text)

    assert remote.trace_id is None or 0 < remote.trace_id < 2**128
    assert remote.span_id is None or 0 < remote.span_id < 2**64
    assert remote.span_id is None or remote.trace_id is not None
    assert len(remote.xray) <= 16


@given(st.dictionaries(st.sampled_from(["traceparent", "tracestate", "baggage"]), st.text()))
@example({"traceparent": "00-" + "0" * 32 + "-" + "0" * 16 + "-01"})
@example({"traceparent": "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"})
@example({"traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more"})
def test_any_texts_are_w3c_headers_that_break_nothing(headers):
    remote = _headers.read_w3c(headers)

    assert remote is None or remote.trace_id is not None or remote.baggage


@given(st.sampled_from(["00", "01", "fe"]), trace_ids, ids, st.integers(0, 255))
def test_a_later_version_of_traceparent_is_read_by_its_first_four_fields(
    version, trace_id, span_id, flags
):
    more = "" if version == "00" else "-what-comes-then"
    text = f"{version}-{trace_id:032x}-{span_id:016x}-{flags:02x}{more}"
    remote = _headers.read_w3c({"traceparent": text})

    assert (remote.trace_id, remote.span_id) == (trace_id, span_id)
    assert remote.sampled is bool(flags & 1)


@given(st.text(max_size=300))
def test_a_malformed_member_of_tracestate_loses_that_member_only(nonsense):
    member = "".join(c for c in nonsense if c != ",") + "\u0000"
    state = _headers.read_state(f"first=1,{member},second=2")

    assert dict(state) == {"first": "1", "second": "2"}
