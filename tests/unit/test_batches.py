"""``sltrace.records``: a span for each record, and what is given back to the source."""

import json

import pytest
from tests_batches import CALLER, batch, failing_on, given_back
from tests_invoking import invoke

import sltrace
from sltrace._model import SpanKind, StatusCode


def test_each_record_is_yielded_as_it_came_under_a_span_of_its_own():
    seen = []

    @sltrace.trace_handler
    def handler(event, context):
        records = sltrace.records(event)
        assert len(records) == 2
        for record in records:
            seen.append(record)
            with sltrace.span("place"):
                pass
        return records.response()

    event = batch("m-1", "m-2", traceparent=CALLER)
    result, spans = invoke(handler, event)

    assert result == given_back()
    assert seen[0] is event["Records"][0]
    assert seen[1] is event["Records"][1]
    place, first, _, second, invocation = spans
    assert [first.name, second.name] == ["process orders"] * 2
    assert first.kind is SpanKind.CONSUMER
    assert first.parent.span_id == second.parent.span_id == invocation.context.span_id
    assert place.parent.span_id == first.context.span_id
    assert first.attributes["messaging.message.id"] == "m-1"
    assert first.attributes["sltrace.event.attempt"] == 2
    assert f"{first.links[0].context.trace_id:032x}" in CALLER


def test_a_failed_record_is_given_back_and_the_others_are_not():
    result, spans = invoke(failing_on("m-2"), batch("m-1", "m-2", "m-3"))

    assert result == given_back("m-2")
    first, second, third, invocation = spans
    assert second.status.status_code is StatusCode.ERROR
    assert second.events[0].attributes["exception.message"] == "bad record m-2"
    assert first.status.status_code is third.status.status_code is StatusCode.UNSET
    assert invocation.attributes["sltrace.batch.failures"] == 1
    assert invocation.status.status_code is StatusCode.UNSET


def test_after_a_failure_a_fifo_queue_gets_back_all_that_follows_in_order():
    event = batch("m-1", "m-2", "m-3", queue="orders.fifo")
    result, spans = invoke(failing_on("m-2"), event)
    assert result == given_back("m-2", "m-3")
    assert [span.name for span in spans].count("process orders.fifo") == 2


def test_a_loop_left_early_gives_back_its_current_record_and_those_not_reached():
    @sltrace.trace_handler
    def handler(event, context):
        records = sltrace.records(event)
        for record in records:
            if record["messageId"] == "m-2":
                break
        return records.response()

    result, spans = invoke(handler, batch("m-1", "m-2", "m-3"))
    assert result == given_back("m-2", "m-3")
    assert len(spans) == 3


def test_records_that_nobody_loops_over_are_all_given_back():
    assert sltrace.records(batch("m-1", "m-2")).response() == given_back("m-1", "m-2")


def test_an_exception_that_leaves_the_loop_fails_the_invocation_and_its_records_span():
    @sltrace.trace_handler
    def handler(event, context):
        for _ in sltrace.records(event):
            raise KeyError("customer")

    with sltrace.testing.capture() as spans, pytest.raises(KeyError):
        handler(batch("m-1", "m-2"), sltrace.testing.context())
    record, invocation = spans
    assert record.name == "process orders"
    assert record.status.status_code is invocation.status.status_code is StatusCode.ERROR
    assert sltrace.current_span().context.span_id == 0


def test_an_exception_that_leaves_the_loop_outside_an_invocation_leaves_no_span_current():
    def process(event):
        for _ in sltrace.records(event):
            raise KeyError("customer")

    with sltrace.testing.capture() as spans:
        with pytest.raises(KeyError):
            process(batch("m-1"))
    assert [span.name for span in spans] == ["process orders"]
    assert sltrace.current_span().context.span_id == 0


def test_a_batch_inside_a_record_of_another():
    @sltrace.trace_handler
    def handler(event, context):
        outer = sltrace.records(event)
        for record in outer:
            for inner in sltrace.records(batch("i-1", "i-2", queue="inner")):
                if inner["messageId"] == "i-2":
                    break
            with outer.catch():
                if record["messageId"] == "m-1":
                    raise ValueError("bad")
        return outer.response()

    result, spans = invoke(handler, batch("m-1", "m-2"))
    assert result == given_back("m-1")
    outers = [span for span in spans if span.name == "process orders"]
    assert [span.parent.span_id for span in outers] == [spans[-1].context.span_id] * 2
    assert [span.name for span in spans].count("process inner") == 4


def test_a_response_asked_for_in_the_loop_disturbs_nothing():
    records = sltrace.records(batch("m-1", "m-2"))
    for record in records:
        records.response()
        with records.catch():
            if record["messageId"] == "m-1":
                raise ValueError("bad")
    assert records.response() == given_back("m-1")


def test_a_loop_that_is_begun_again_has_not_finished_with_the_record_it_was_at():
    records = sltrace.records(batch("m-1", "m-2", "m-3"))
    for record in records:
        if record["messageId"] == "m-2":
            break
    assert [record["messageId"] for record in records] == ["m-3"]
    assert records.response() == given_back("m-2")


def test_the_event_is_the_applications_to_change():
    event = batch("m-1", "m-2", "m-3")
    records = sltrace.records(event)
    for _ in records:
        with records.catch():
            event["Records"].clear()
            raise ValueError("bad")
    assert records.response() == given_back("m-1", "m-2", "m-3")


@pytest.mark.parametrize(
    "event",
    [
        {"Records": [{"eventSource": "aws:ses", "ses": {"mail": {"a": 1}, "receipt": {"a": 1}}}]},
        {"Records": [{"cf": {"config": {"distributionId": "D"}, "request": {"uri": "/"}}}]},
    ],
)
def test_records_of_a_source_without_batches_are_given_all_the_same(event, capsys):
    assert list(sltrace.records(event)) == event["Records"]
    assert "which has no batches" in capsys.readouterr().err


def test_a_span_of_the_applications_own_is_its_own_to_end():
    open_spans = []

    @sltrace.trace_handler
    def handler(event, context):
        open_spans.append(sltrace.span("consume", kind=SpanKind.CONSUMER).__enter__())

    invoke(handler, {})
    assert open_spans[0].is_recording()


@pytest.mark.parametrize(
    ("event", "records"),
    [
        ({"Records": [{"a": 1}, 2]}, [{"a": 1}, 2]),
        ([1, "b"], [1, "b"]),
        ({"order": "o-1"}, [{"order": "o-1"}]),
        (None, [None]),
    ],
)
def test_no_record_of_an_unknown_event_is_skipped(event, records, capsys):
    assert list(sltrace.records(event)) == records
    assert capsys.readouterr().err.count("which has no batches") == 1


def test_a_record_without_an_identifier_gives_back_the_whole_batch():
    event = batch("m-1", "m-2")
    records = sltrace.records(event)
    for record in records:
        del record["messageId"]
        with records.catch():
            raise ValueError("bad")
        break
    assert {"itemIdentifier": ""} in records.response()["batchItemFailures"]


def test_kafka_is_given_back_partitions_and_offsets():
    record = {
        "topic": "orders",
        "partition": 3,
        "offset": 201,
        "timestamp": 1,
        "timestampType": "CREATE_TIME",
        "value": "e30=",
        "headers": [],
    }
    event = {
        "eventSource": "aws:kafka",
        "eventSourceArn": "arn:aws:kafka:us-east-1:123456789012:cluster/shop/1-2",
        "bootstrapServers": "b-1.example.com:9092",
        "records": {"orders-3": [record, {**record, "offset": 202}]},
    }
    records = sltrace.records(event)
    for _ in records:
        with records.catch():
            raise ValueError("bad")
    identifiers = [{"partition": "orders-3", "offset": offset} for offset in (201, 202)]
    assert records.response() == {
        "batchItemFailures": [{"itemIdentifier": each} for each in identifiers]
    }


def test_in_lambda_failures_are_a_metric_in_the_log(monkeypatch, capsys):
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", "place-orders")
    handler = failing_on("m-1", "m-3")
    _, spans = invoke(handler, batch("m-1", "m-2", "m-3"))

    (line,) = capsys.readouterr().out.splitlines()
    document = json.loads(line)
    (directive,) = document["_aws"]["CloudWatchMetrics"]
    assert directive["Namespace"] == "sltrace"
    assert directive["Metrics"] == [{"Name": "BatchItemFailures", "Unit": "Count"}]
    (dimensions,) = directive["Dimensions"]
    assert {name: document[name] for name in dimensions} == {
        "service": "place-orders",
        "function": "place-orders",
    }
    assert document["BatchItemFailures"] == 2
    assert document["source"] == "sqs"
    assert document["trace_id"] == f"{spans[-1].context.trace_id:032x}"


def test_a_response_asked_for_twice_is_counted_once(monkeypatch, capsys):
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", "place-orders")
    records = sltrace.records(batch("m-1"))
    assert records.response() == records.response() == given_back("m-1")
    assert len(capsys.readouterr().out.splitlines()) == 1
    monkeypatch.setenv("OTEL_SDK_DISABLED", "true")
    sltrace.configure()
    sltrace.records(batch("m-1")).response()
    assert capsys.readouterr().out == ""


def test_no_metric_is_written_where_nothing_failed_or_outside_lambda(monkeypatch, capsys):
    invoke(failing_on("m-1"), batch("m-1"))
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", "place-orders")
    invoke(failing_on(), batch("m-1"))
    assert capsys.readouterr().out == ""


def test_a_metric_that_cannot_be_written_costs_the_function_nothing(monkeypatch, capsys):
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", "place-orders")

    class Broken:
        def write(self, text):
            raise OSError("no space left")

    monkeypatch.setattr("sys.stdout", Broken())
    result, _ = invoke(failing_on("m-1"), batch("m-1"))
    assert result == given_back("m-1")
    assert "no space left" in capsys.readouterr().err


def test_no_telemetry_still_yields_every_record_and_builds_the_response(monkeypatch):
    monkeypatch.setenv("OTEL_SDK_DISABLED", "true")
    sltrace.configure()
    result, spans = invoke(failing_on("m-2"), batch("m-1", "m-2"))
    assert result == given_back("m-2")
    assert spans == []
    assert dict(sltrace.current_span().attributes) == {}
