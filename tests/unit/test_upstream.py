"""Spans inferred from an event's timestamps: where they begin and end, and when there are none."""

import json
import time

import pytest
from tests_invoking import REST, invoke

import sltrace

SECOND = 1_000_000_000
DAY_MS = 86_400_000


def queued(sent_ms, *, received_ms=None, body="hi"):
    """Return an SQS event with one message, sent so many ms ago."""
    now = int(time.time() * 1000)
    attributes = {"SentTimestamp": str(now - sent_ms), "ApproximateReceiveCount": "1"}
    if received_ms is not None:
        attributes["ApproximateFirstReceiveTimestamp"] = str(now - received_ms)
    record = {
        "messageId": "m-1",
        "receiptHandle": "AQEB",
        "body": body,
        "attributes": attributes,
        "messageAttributes": {},
        "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:us-east-1:123456789012:orders",
    }
    return {"Records": [record]}


def requested(ago_ms):
    """Return a REST event that API Gateway got so many ms ago."""
    then = int(time.time() * 1000) - ago_ms
    return {**REST, "requestContext": {**REST["requestContext"], "requestTimeEpoch": then}}


@sltrace.trace_handler
def handler(event, context):
    return {"statusCode": 200}


def test_a_queue_ends_where_the_invocation_begins():
    _, (queue, invocation) = invoke(handler, queued(3000, received_ms=20))
    assert queue.name == "SQS orders"
    assert queue.end_time == invocation.start_time
    assert 3 * SECOND <= queue.end_time - queue.start_time < 60 * SECOND
    assert invocation.parent.span_id == queue.context.span_id
    assert queue.parent is None
    assert [event.name for event in queue.events] == ["first received"]
    assert queue.start_time < queue.events[0].timestamp < queue.end_time


def test_a_gateway_that_waits_for_the_answer_encloses_the_invocation():
    _, (gateway, invocation) = invoke(handler, requested(40))
    assert gateway.name == "API Gateway POST /orders/{id}"
    assert gateway.start_time < invocation.start_time
    assert gateway.end_time == invocation.end_time
    assert invocation.parent.span_id == gateway.context.span_id


def test_it_encloses_also_an_invocation_that_fails():
    @sltrace.trace_handler
    def failing(event, context):
        raise ValueError("no")

    with sltrace.testing.capture() as spans, pytest.raises(ValueError, match="no"):
        failing(requested(40), None)
    gateway, invocation = spans
    assert gateway.end_time == invocation.end_time


def test_the_callers_span_is_the_parent_of_what_the_event_came_through_first():
    event = requested(40)
    event["headers"] = {"traceparent": f"00-{7:032x}-{9:016x}-01"}
    _, (gateway, invocation) = invoke(handler, event)
    assert gateway.parent.span_id == 9
    assert gateway.parent.is_remote
    assert gateway.context.trace_id == invocation.context.trace_id == 7


@pytest.mark.parametrize("ago_ms", [-1, -5_000, -59_000])
def test_a_clock_that_is_a_little_ahead_gives_a_span_of_no_length(ago_ms):
    _, (queue, invocation) = invoke(handler, queued(ago_ms))
    assert queue.start_time == queue.end_time == invocation.start_time
    assert invocation.attributes["sltrace.event.age_ms"] == 0


@pytest.mark.parametrize("ago_ms", [-120_000, -DAY_MS, 15 * DAY_MS, 50 * 365 * DAY_MS])
def test_a_time_that_cannot_be_right_gives_no_span_and_no_age(ago_ms):
    _, spans = invoke(handler, queued(ago_ms))
    assert len(spans) == 1
    assert "sltrace.event.age_ms" not in spans[0].attributes


def test_a_synchronous_request_older_than_any_function_waits_is_not_believed():
    _, spans = invoke(handler, requested(16 * 60_000))
    assert len(spans) == 1


def test_a_stage_that_seems_to_begin_after_the_next_one_begins_with_it():
    later = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - 5))
    notification = {
        "Type": "Notification",
        "TopicArn": "arn:aws:sns:us-east-1:123456789012:topic",
        "Message": "hi",
        "Timestamp": later,
    }
    _, spans = invoke(handler, queued(60_000, body=json.dumps(notification)))
    topic, queue, _ = spans
    assert (topic.name, queue.name) == ("SNS topic", "SQS orders")
    assert topic.start_time == topic.end_time == queue.start_time


def test_a_moment_outside_the_stage_is_not_told():
    _, (queue, _) = invoke(handler, queued(3000, received_ms=90_000))
    assert queue.events == ()


def test_a_retry_of_an_asynchronous_event_is_told_where_the_sandbox_saw_it_before():
    event = {"order": "o-1"}
    attempts = [
        invoke(handler, event, aws_request_id=request_id)[1][0].attributes.get(
            "sltrace.event.attempt"
        )
        for request_id in ("r-1", "r-2", "r-1", "r-1")
    ]
    assert attempts == [None, None, 2, 3]


def test_no_number_of_requests_makes_the_memory_of_them_grow():
    from sltrace import _sandbox

    for number in range(2000):
        _sandbox.current().attempt(f"r-{number}")
    assert len(_sandbox.current()._requests) <= 256


def test_the_spans_before_an_invocation_go_out_with_it(tmp_path, monkeypatch):
    monkeypatch.setenv("SLTRACE_LOCAL_DIR", str(tmp_path / "store"))
    sltrace.configure(exporters=["local"])
    handler(queued(3000), sltrace.testing.context())
    (file,) = (tmp_path / "store").glob("*.jsonl")
    (line,) = file.read_text().splitlines()
    (resource,) = json.loads(line)["resourceSpans"]
    names = [span["name"] for span in resource["scopeSpans"][0]["spans"]]
    assert names == ["SQS orders", "function"]


def test_the_spans_can_be_switched_off_and_the_age_stays(monkeypatch):
    monkeypatch.setenv("SLTRACE_UPSTREAM_SPANS", "false")
    sltrace.configure()
    _, (invocation,) = invoke(handler, queued(3000))
    assert invocation.parent is None
    assert invocation.attributes["sltrace.event.age_ms"] >= 3000


def test_a_switch_that_is_neither_on_nor_off_warns_and_stays_on(monkeypatch, capsys):
    monkeypatch.setenv("SLTRACE_UPSTREAM_SPANS", "maybe")
    sltrace.configure()
    _, spans = invoke(handler, queued(3000))
    assert len(spans) == 2
    assert "SLTRACE_UPSTREAM_SPANS" in capsys.readouterr().err
