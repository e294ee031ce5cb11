"""Which documents a trace becomes, and how they hang together."""

import asyncio
import os

import pytest
from xray_documents import documents, walk

import sltrace
from sltrace.testing import capture, context

HEADER = "Root=1-6742f1c0-9f9f9f9f9f9f9f9f9f9f9f9f;Parent=53995c3f42cd8ad8;Sampled=1"
TRACE_ID = "1-6742f1c0-9f9f9f9f9f9f9f9f9f9f9f9f"
PARENT_ID = "53995c3f42cd8ad8"


@sltrace.trace_handler
def handler(event, context):
    with sltrace.span("price"), sltrace.span("tax"):
        pass
    with sltrace.span("store"):
        pass
    return {"statusCode": 201}


@pytest.fixture
def in_lambda(monkeypatch):
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", "orders")
    monkeypatch.setenv("_X_AMZN_TRACE_ID", HEADER)
    # A sandbox that has begun before the variable was set has no init to tell of.
    with sltrace.testing.fresh_sandbox():
        yield


def names(document):
    return [segment["name"] for segment, _ in walk(document)]


def test_in_lambda_init_and_the_invocation_are_subsegments_of_lambdas_own_segment(in_lambda):
    with capture() as spans:
        handler({}, context(function_name="orders"))
    init, invocation = documents(spans, in_lambda=True)
    for document, name in ((init, "init"), (invocation, "orders")):
        assert document["name"] == name
        assert document["type"] == "subsegment"
        assert document["trace_id"] == TRACE_ID
        assert document["parent_id"] == PARENT_ID
        assert "origin" not in document


def test_children_are_nested_in_the_order_of_their_start(in_lambda):
    with capture() as spans:
        handler({}, context())
    invocation = documents(spans, in_lambda=True)[-1]
    price, store = invocation["subsegments"]
    assert (price["name"], store["name"]) == ("price", "store")
    assert [tax["name"] for tax in price["subsegments"]] == ["tax"]


def test_nested_subsegments_do_not_repeat_what_the_document_tells(in_lambda):
    with capture() as spans:
        handler({}, context())
    for segment, _ in list(walk(documents(spans, in_lambda=True)[-1]))[1:]:
        assert not segment.keys() & {"trace_id", "parent_id", "type", "origin"}


def test_in_lambda_without_a_header_the_invocation_is_a_segment_of_lambda(in_lambda, monkeypatch):
    monkeypatch.delenv("_X_AMZN_TRACE_ID")
    with capture() as spans:
        handler({}, context(function_name="orders"))
    segment = documents(spans, in_lambda=True)[-1]
    assert "type" not in segment
    assert "parent_id" not in segment
    assert segment["origin"] == "AWS::Lambda::Function"
    assert segment["resource_arn"].endswith(":function:orders")


def test_elsewhere_an_invocation_is_a_segment_under_its_remote_parent(monkeypatch):
    monkeypatch.setenv("_X_AMZN_TRACE_ID", HEADER)
    with capture() as spans:
        handler({}, context())
    (segment,) = documents(spans)
    assert "type" not in segment
    assert segment["parent_id"] == PARENT_ID
    assert segment["origin"] == "AWS::Lambda::Function"


def test_elsewhere_a_span_without_a_parent_is_a_segment_of_the_service():
    sltrace.configure(service="shop", resource={"service.version": "7"})
    with capture() as spans, sltrace.span("nightly job"):
        pass
    (segment,) = documents(spans)
    assert segment["name"] == "shop"
    assert segment["service"] == {"version": "7"}
    assert segment["metadata"]["sltrace"]["name"] == "nightly job"
    assert "origin" not in segment


def test_a_span_that_ends_after_its_invocation_is_a_document_by_itself():
    with capture() as spans:
        with sltrace.span("outer"):
            late = sltrace.span("late")
        late.end()
    parent = spans[0]
    (document,) = documents(spans[1:])
    assert document["type"] == "subsegment"
    assert document["parent_id"] == f"{parent.span_id:016x}"
    assert document["trace_id"].replace("-", "")[1:] == f"{parent.context.trace_id:032x}"


def test_an_open_span_is_in_progress():
    with sltrace.span("open") as span:
        (document,) = documents([span])
    assert document["in_progress"] is True
    assert "end_time" not in document


def test_spans_that_are_not_sampled_are_not_sent(monkeypatch):
    monkeypatch.setenv("_X_AMZN_TRACE_ID", HEADER.replace("Sampled=1", "Sampled=0"))
    with capture() as spans:
        handler({}, context())
    assert len(spans) == 4
    assert documents(spans) == []


def test_no_spans_are_no_documents():
    assert documents([]) == []


def test_spans_of_two_traces_never_meet_in_a_document():
    with capture() as spans:
        for _ in range(2):
            with sltrace.span("job"), sltrace.span("step"):
                pass
    first, second = documents(spans)
    assert first["trace_id"] != second["trace_id"]
    assert [len(list(walk(document))) for document in (first, second)] == [2, 2]


def test_the_order_in_which_spans_come_does_not_matter():
    with capture() as spans:
        handler({}, context())
    assert documents(spans[::-1]) == documents(spans)


def test_encoding_twice_gives_the_same_bytes():
    with capture() as spans, pytest.raises(KeyError), sltrace.span("fails"):
        raise KeyError("x")
    assert documents(spans) == documents(spans)


def test_a_chain_of_thousands_of_spans_becomes_documents_that_readers_can_take():
    depth = 2500
    with capture() as captured:
        spans = [sltrace.span(f"step {number}").__enter__() for number in range(depth)]
        for span in reversed(spans):
            span.leave()
            span.end()
    found = documents(captured)
    assert len(found) == depth / 100
    linked = {}
    for document in found:
        linked.update({segment["id"]: parent for segment, parent in walk(document)})
    assert linked == {
        f"{span.span_id:016x}": f"{span.parent_id:016x}" if span.parent_id else None
        for span in spans
    }


def test_concurrent_children_stay_children_of_the_span_that_gathered_them():
    async def call(name):
        with sltrace.span(name):
            await asyncio.sleep(0)

    async def main():
        with sltrace.span("gather"):
            await asyncio.gather(call("one"), call("two"))

    with capture() as spans:
        asyncio.run(main())
    (document,) = documents(spans)
    assert sorted(child["name"] for child in document["subsegments"]) == ["one", "two"]


def test_times_are_seconds_since_the_epoch_to_the_microsecond():
    with capture() as spans:
        span = sltrace.span("timed")
        span.start_time = 1_732_439_488_123_456_789
        span.end(1_732_439_488_123_999_999)
    (document,) = documents(spans)
    assert document["start_time"] == 1732439488.123456
    assert document["end_time"] == 1732439488.123999


def test_the_working_directory_may_be_gone(tmp_path, monkeypatch):
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    os.rmdir(gone)
    with capture() as spans, pytest.raises(KeyError), sltrace.span("fails"):
        raise KeyError("x")
    (document,) = documents(spans)
    assert "working_directory" not in document["cause"]
