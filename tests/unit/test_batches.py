"""``sltrace.records``: a span for each record, and what is given back to the source."""

import asyncio
import json
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice

import pytest
from tests_invoking import invoke

import sltrace
from sltrace._model import SpanKind, StatusCode

CALLER = "00-67429a3b0123456789abcdef01234567-00f067aa0ba902b7-01"


def message(name, *, queue="orders", traceparent=None):
    attributes = {"traceparent": {"stringValue": traceparent, "dataType": "String"}}
    return {
        "messageId": name,
        "receiptHandle": "AQEB",
        "body": json.dumps({"order": name}),
        "attributes": {"ApproximateReceiveCount": "2"},
        "messageAttributes": attributes if traceparent else {},
        "eventSource": "aws:sqs",
        "eventSourceARN": f"arn:aws:sqs:us-east-1:123456789012:{queue}",
    }


def batch(*names, **about):
    return {"Records": [message(name, **about) for name in names]}


def given_back(*names):
    return {"batchItemFailures": [{"itemIdentifier": name} for name in names]}


def failing_on(*bad):
    """Return a handler for which some of the records are bad."""

    @sltrace.trace_handler
    def handler(event, context):
        records = sltrace.records(event)
        for record in records:
            with records.catch():
                if record["messageId"] in bad:
                    raise ValueError(f"bad record {record['messageId']}")
        return records.response()

    return handler


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


def test_the_failures_keep_their_records_and_their_exceptions():
    records = sltrace.records(batch("m-1"))
    error = ValueError("bad")
    for _ in records:
        with records.catch():
            raise error
    ((record, kept),) = records.failures
    assert record["messageId"] == "m-1"
    assert kept is error


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


@pytest.mark.parametrize("error", [SystemExit(1), KeyboardInterrupt()])
def test_a_base_exception_is_not_caught(error):
    records = sltrace.records(batch("m-1"))
    with pytest.raises(type(error)):
        for _ in records:
            with records.catch():
                raise error
    assert records.response() == given_back("m-1")
    iter(records)  # leaves the record it was at


def test_the_exceptions_that_are_kept_hold_on_to_nothing():
    records = sltrace.records(batch("m-1"))
    for record in records:
        with records.catch():
            try:
                record["nothing"]
            except KeyError as error:
                raise ValueError("bad") from error
    (_, error), *_ = records.failures
    assert error.__traceback__ is error.__cause__.__traceback__ is None


def test_tasks_made_in_the_loop_each_fail_their_own_record():
    async def place(records, record):
        with records.catch():
            await asyncio.sleep(0)
            if record["messageId"] != "m-2":
                raise ValueError(record["messageId"])

    async def process(event):
        records = sltrace.records(event)
        tasks = [asyncio.ensure_future(place(records, record)) for record in records]
        await asyncio.gather(*tasks)
        return records

    records = asyncio.run(process(batch("m-1", "m-2", "m-3")))
    assert records.response() == given_back("m-1", "m-3")
    assert [str(error) for _, error in records.failures] == ["m-1", "m-3"]


def test_threads_with_the_context_each_fail_their_own_record():
    def place(records, record):
        with records.catch():
            if record["messageId"] == "m-1":
                raise ValueError("bad")

    records = sltrace.records(batch("m-1", "m-2"))
    with ThreadPoolExecutor(2) as pool:
        for record in records:
            pool.submit(sltrace.carry_context(place), records, record)
    assert records.response() == given_back("m-1")


def test_where_it_cannot_be_told_which_record_failed_the_exception_goes_on():
    async def place(records):
        with records.catch():
            raise ValueError("bad")

    async def process(event):
        records = sltrace.records(event)
        # The loop is over before the first of them begins.
        await asyncio.gather(*(place(records) for _ in records))

    with pytest.raises(ValueError, match="bad"):
        asyncio.run(process(batch("m-1", "m-2")))
    records = sltrace.records(batch("m-1"))
    with ThreadPoolExecutor(1) as pool:
        for _ in records:
            without_context = pool.submit(asyncio.run, place(records))
    assert isinstance(without_context.exception(), ValueError)
    assert records.failures == []


def test_what_cannot_be_placed_is_given_back_as_a_whole():
    async def place(records, record):
        with records.catch():
            raise ValueError("bad")

    async def process(records):
        work = (place(records, record) for record in records)
        await asyncio.gather(*work, return_exceptions=True)

    records = sltrace.records(batch("m-1", "m-2"))
    asyncio.run(process(records))
    assert records.response() == given_back("m-1", "m-2")


def test_a_cancelled_task_has_not_succeeded():
    async def place(records):
        with records.catch():
            await asyncio.sleep(60)

    async def process(records):
        tasks = [asyncio.ensure_future(place(records)) for _ in records]
        await asyncio.wait(tasks, timeout=0.01)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    records = sltrace.records(batch("m-1", "m-2"))
    asyncio.run(process(records))
    assert records.response() == given_back("m-1", "m-2")


def test_a_block_answers_for_all_records_taken_since_the_one_before():
    records = sltrace.records(batch("m-1", "m-2", "m-3", "m-4", "m-5"))
    while chunk := [record["messageId"] for record in islice(records, 2)]:
        with records.catch():
            if "m-4" in chunk:
                raise ValueError("bad")
    # Whoever takes no more than there are leaves the last loop open: m-2 and m-5 were its last.
    left = [each["itemIdentifier"] for each in records.response()["batchItemFailures"]]
    assert {"m-3", "m-4"} <= set(left)


def test_an_exception_that_goes_on_is_as_it_was_raised():
    @dataclass(frozen=True)
    class Frozen(Exception):
        why: str

    event = {"Records": [{"EventSource": "aws:sns", "Sns": {"TopicArn": "arn:aws:sns:a:1:t"}}]}
    records = sltrace.records(event)
    with pytest.raises(Frozen, match="no"):
        for _ in records:
            with records.catch():
                raise Frozen("no")
    with sltrace.testing.strict():
        records = sltrace.records(batch("m-1"))
        for _ in records:
            with records.catch():
                raise Frozen("no")
    assert records.response() == given_back("m-1")


def test_the_exception_that_is_being_handled_keeps_its_traceback():
    records = sltrace.records(batch("m-1"))
    with pytest.raises(KeyError) as around:
        try:
            raise KeyError("bulk")
        finally:
            for _ in records:
                with records.catch():
                    raise ValueError("bad")
            stack = sys.exc_info()[1].__traceback__
    assert stack is not None
    assert records.failures[0][1].__context__ is around.value


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


def test_of_many_failures_the_first_hundred_tell_their_stacks():
    _, spans = invoke(failing_on(*map(str, range(120))), batch(*map(str, range(120))))
    of_records = [span for span in spans if span.name == "process orders"]
    assert [len(span.events) for span in of_records] == [1] * 100 + [0] * 20
    assert {span.status.status_code for span in of_records} == {StatusCode.ERROR}
    assert of_records[-1].attributes["error.type"] == "ValueError"


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


def test_a_source_without_partial_batches_is_told_by_the_exception_itself():
    event = {
        "Records": [
            {
                "EventSource": "aws:sns",
                "EventVersion": "1.0",
                "Sns": {
                    "TopicArn": "arn:aws:sns:us-east-1:123456789012:orders",
                    "Message": "hi",
                    "MessageId": "n-1",
                },
            }
        ]
    }

    @sltrace.trace_handler
    def handler(event, context):
        records = sltrace.records(event)
        for _ in records:
            with records.catch():
                raise ValueError("bad")

    with sltrace.testing.capture() as spans, pytest.raises(ValueError, match="bad"):
        handler(event, sltrace.testing.context())
    assert [span.status.status_code for span in spans] == [StatusCode.ERROR] * 2


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
