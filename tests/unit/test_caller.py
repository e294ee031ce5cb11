"""Who is the parent of an invocation, and whom it is linked to, by what its records carry."""

import base64
import json

import pytest
from tests_invoking import invoke

import sltrace

OTHER_TRACE = 0x67429A3B000000000000000000000001


def traceparent(trace_id, span_id=9):
    return f"00-{trace_id:032x}-{span_id:016x}-01"


def message(number, header=None, *, xray=None, body="hi"):
    attributes = {"ApproximateReceiveCount": "1"}
    if xray:
        attributes["AWSTraceHeader"] = xray
    carried = {"traceparent": {"stringValue": header, "dataType": "String"}} if header else {}
    return {
        "messageId": f"m-{number}",
        "receiptHandle": "AQEB",
        "body": body,
        "attributes": attributes,
        "messageAttributes": carried,
        "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:us-east-1:123456789012:orders",
    }


def xray(trace_id, span_id, sampled=1):
    text = f"{trace_id:032x}"
    return f"Root=1-{text[:8]}-{text[8:]};Parent={span_id:016x};Sampled={sampled}"


@sltrace.trace_handler
def handler(event, context):
    return None


def invocation_of(*messages, **context):
    _, spans = invoke(handler, {"Records": list(messages)}, **context)
    return spans[-1]


def linked(span):
    return [(link.context.trace_id, link.context.span_id) for link in span.links]


def test_one_message_makes_the_invocation_part_of_its_senders_trace():
    span = invocation_of(message(1, traceparent(7)))
    assert (span.context.trace_id, span.parent.span_id) == (7, 9)
    assert span.links == ()


def test_messages_of_one_trace_make_the_invocation_part_of_it_with_a_link_to_each():
    span = invocation_of(message(1, traceparent(7, 1)), message(2), message(3, traceparent(7, 3)))
    assert (span.context.trace_id, span.parent.span_id) == (7, 1)
    assert linked(span) == [(7, 1), (7, 3)]
    ids = [link.attributes["messaging.message.id"] for link in span.links]
    assert ids == ["m-1", "m-3"]


def test_messages_of_several_traces_leave_the_invocation_its_own_with_a_link_to_each():
    span = invocation_of(message(1, traceparent(7)), message(2, traceparent(8)))
    assert span.context.trace_id not in (7, 8)
    assert span.parent is None
    assert linked(span) == [(7, 9), (8, 9)]


def test_a_message_may_carry_both_formats_and_w3c_is_read_first():
    span = invocation_of(message(1, traceparent(7), xray=xray(OTHER_TRACE, 5)))
    assert (span.context.trace_id, span.parent.span_id) == (7, 9)


def test_otel_propagators_say_which_of_them_are_read(monkeypatch):
    monkeypatch.setenv("OTEL_PROPAGATORS", "xray")
    sltrace.configure()
    span = invocation_of(message(1, traceparent(7), xray=xray(OTHER_TRACE, 5)))
    assert (span.context.trace_id, span.parent.span_id) == (OTHER_TRACE, 5)
    monkeypatch.setenv("OTEL_PROPAGATORS", "none")
    sltrace.configure()
    assert invocation_of(message(1, traceparent(7))).parent is None


def test_a_sampled_runtime_header_is_the_parent_and_the_senders_are_linked(monkeypatch):
    monkeypatch.setenv("_X_AMZN_TRACE_ID", xray(OTHER_TRACE, 5))
    span = invocation_of(message(1, traceparent(7)), message(2, traceparent(7)))
    assert (span.context.trace_id, span.parent.span_id) == (OTHER_TRACE, 5)
    assert linked(span) == [(7, 9), (7, 9)]


def test_an_unsampled_runtime_header_leaves_the_sender_the_parent(monkeypatch):
    monkeypatch.setenv("_X_AMZN_TRACE_ID", xray(OTHER_TRACE, 5, sampled=0))
    span = invocation_of(message(1, traceparent(7)))
    assert (span.context.trace_id, span.parent.span_id) == (7, 9)


def test_of_a_large_batch_so_many_senders_are_linked_and_the_rest_is_counted():
    span = invocation_of(*(message(n, traceparent(n + 1)) for n in range(200)))
    assert len(span.links) == 128
    assert span.dropped_links == 0
    assert span.attributes["sltrace.batch.senders_not_linked"] == 72
    assert span.parent is None


def test_a_lower_limit_of_links_is_kept(monkeypatch):
    monkeypatch.setenv("OTEL_SPAN_LINK_COUNT_LIMIT", "2")
    sltrace.configure()
    span = invocation_of(*(message(n, traceparent(n + 1)) for n in range(5)))
    assert linked(span) == [(1, 9), (2, 9)]
    assert span.attributes["sltrace.batch.senders_not_linked"] == 3


@pytest.mark.parametrize("most", ["0", "1"])
def test_a_limit_of_links_changes_no_parent(monkeypatch, most):
    monkeypatch.setenv("OTEL_SPAN_LINK_COUNT_LIMIT", most)
    sltrace.configure()
    span = invocation_of(message(1, traceparent(7, 1)), message(2, traceparent(7, 2)))
    assert (span.context.trace_id, span.parent.span_id) == (7, 1)
    assert len(span.links) == int(most)


def test_a_root_without_a_parent_still_names_the_trace():
    root = f"Root=1-{OTHER_TRACE:032x}"
    root = f"{root[:15]}-{root[15:]};Sampled=0"
    span = invocation_of(message(1, xray=root))
    assert span.context.trace_id == OTHER_TRACE
    assert span.parent is None
    assert span.context.trace_flags == 0
    span = invocation_of(message(1, traceparent(7)), message(2, xray=root))
    assert span.context.trace_id not in (7, OTHER_TRACE)


def test_the_state_of_another_trace_is_not_mixed_in():
    inner = {"traceparent": traceparent(8), "tracestate": "b=1", "baggage": "user=b"}
    with_body = message(1, traceparent(7), body=json.dumps(inner))
    span = invocation_of(with_body)
    assert span.context.trace_id == 7
    assert dict(span.context.trace_state) == {}


@pytest.mark.parametrize("junk", ["undefined", "", "00-" + "0" * 32 + "-" + "0" * 16 + "-01"])
def test_a_broken_header_near_does_not_hide_a_good_one_further_in(junk):
    body = json.dumps({"traceparent": traceparent(7)})
    span = invocation_of(message(1, junk or " ", xray="Root=junk", body=body))
    assert (span.context.trace_id, span.parent.span_id) == (7, 9)


def test_the_state_of_the_same_trace_is_kept_beside_the_runtimes_header(monkeypatch):
    monkeypatch.setenv("_X_AMZN_TRACE_ID", xray(OTHER_TRACE, 5))
    event = {"traceparent": traceparent(OTHER_TRACE), "tracestate": "b=1"}
    _, (span,) = invoke(handler, event)
    assert (span.context.trace_id, span.parent.span_id) == (OTHER_TRACE, 5)
    assert dict(span.context.trace_state) == {"b": "1"}


@pytest.mark.parametrize("kind", ["Binary", "String"])
def test_a_context_in_datadogs_attribute_is_read_as_text_and_as_bytes(kind):
    text = json.dumps({"traceparent": traceparent(7)})
    value = base64.b64encode(text.encode()).decode() if kind == "Binary" else text
    key = "binaryValue" if kind == "Binary" else "stringValue"
    record = message(1)
    record["messageAttributes"] = {"_datadog": {key: value, "dataType": kind}}
    span = invocation_of(record)
    assert (span.context.trace_id, span.parent.span_id) == (7, 9)


def test_not_more_text_is_searched_than_a_bound():
    long = "x" * 100_000
    span = invocation_of(*(message(n, traceparent(n + 1), body=long) for n in range(5)))
    assert linked(span) == [(1, 9), (2, 9)]
    assert span.attributes["sltrace.batch.senders_not_linked"] == 3


def test_a_batch_not_read_to_its_end_is_not_taken_to_be_of_one_trace():
    span = invocation_of(*(message(n, traceparent(7, n + 1)) for n in range(130)))
    assert span.context.trace_id != 7
    assert span.parent is None


@pytest.mark.parametrize(
    "body", ['{"traceparent": "%s"}', '{"_datadog": {"traceparent": "%s"}, "a": 1}']
)
def test_a_context_in_the_body_is_read_where_no_attribute_brings_one(body):
    span = invocation_of(message(1, body=body % traceparent(7)))
    assert (span.context.trace_id, span.parent.span_id) == (7, 9)


def test_the_contexts_own_w3c_fields_go_before_the_client_context_and_that_before_the_event():
    event = {"traceparent": traceparent(3)}
    sent = {"custom": {"traceparent": traceparent(2)}}
    w3c = {"traceparent": traceparent(1)}
    for context, expected in (
        ({"client_context": sent, "w3c": w3c}, 1),
        ({"client_context": sent}, 2),
        ({}, 3),
    ):
        _, (span,) = invoke(handler, event, **context)
        assert span.context.trace_id == expected
        assert linked(span) == [(n, 9) for n in range(expected + 1, 4)]


def test_a_client_context_may_be_whatever_a_caller_sends():
    for sent in ({"custom": []}, {"custom": {"traceparent": 3}}, {"custom": {}, "env": {"a": 1}}):
        with sltrace.testing.strict():
            _, (span,) = invoke(handler, {}, client_context=sent)
        assert span.parent is None
