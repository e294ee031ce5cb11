"""Storage, workflows and operations: what the catalogue of events cannot say of them."""

import base64
import gzip
import json
import time
from datetime import datetime, timedelta, timezone

import pytest
from tests_catalogue import SPAN_ID, TRACE_ID, TRACEPARENT, cases, event_of
from tests_invoking import invoke

import sltrace
from sltrace import events

RUNTIME_TRACE_ID = 0x6A0000010123456789ABCDEF01234567
RUNTIME = "Root=1-6a000001-0123456789abcdef01234567;Parent=00f067aa0ba902b8;Sampled=1"


def catalogued(module):
    """Return the first event of a module's catalogue."""
    return next(event_of(case) for name, case in cases() if name == module)


def iso(seconds):
    """Return a time since the epoch as Step Functions writes it."""
    moment = datetime.fromtimestamp(seconds, timezone.utc)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03}Z"


def state(name="Charge", execution="order-1", started=None, **given):
    """Return the input of a state that hands over the context object beside its own input."""
    started = time.time() - 60 if started is None else started
    flow = "arn:aws:states:us-east-1:123456789012"
    about = {
        "Execution": {
            "Id": f"{flow}:execution:OrderFlow:{execution}",
            "Input": {},
            "StartTime": iso(started),
        },
        "State": {"Name": name, "EnteredTime": iso(time.time() - 1), "RetryCount": 0},
        "StateMachine": {"Id": f"{flow}:stateMachine:OrderFlow", "Name": "OrderFlow"},
    }
    return {**given, "Context": about}


def spans_of(event):
    """Return the spans of an invocation with the event."""

    @sltrace.trace_handler
    def handler(event, context):
        return None

    with sltrace.testing.strict():
        return list(invoke(handler, event)[1])


def run(event):
    """Return the invocation's span."""
    return next(span for span in spans_of(event) if "faas.invocation_id" in span.attributes)


def trace_id(event):
    return run(event).context.trace_id


def test_all_functions_of_one_execution_are_in_one_trace():
    started = time.time() - 60
    first = run(state("Reserve", started=started))
    second = run(state("Charge", started=started))
    assert first.context.trace_id == second.context.trace_id
    assert first.context.span_id != second.context.span_id


def test_another_execution_is_another_trace():
    started = time.time() - 60
    one, other = (state(execution=name, started=started) for name in ("order-1", "order-2"))
    assert trace_id(one) != trace_id(other)


def test_the_trace_of_an_execution_begins_with_the_second_it_was_started_in():
    started = time.time() - 60
    assert trace_id(state(started=started)) >> 96 == int(started)


def test_a_context_that_was_carried_comes_before_the_executions_trace():
    span = run(state(traceparent=TRACEPARENT))
    assert span.context.trace_id == TRACE_ID


def test_lambdas_sampled_trace_comes_before_both(monkeypatch):
    monkeypatch.setenv("_X_AMZN_TRACE_ID", RUNTIME)
    assert trace_id(state()) == RUNTIME_TRACE_ID
    assert trace_id(state(traceparent=TRACEPARENT)) == RUNTIME_TRACE_ID


def test_an_unsampled_trace_of_lambdas_does_not_tear_the_execution_apart(monkeypatch):
    started = time.time() - 60
    expected = trace_id(state(started=started))
    monkeypatch.setenv("_X_AMZN_TRACE_ID", RUNTIME.replace("Sampled=1", "Sampled=0"))
    assert trace_id(state(started=started)) == expected


@pytest.mark.parametrize("days", [29, 300, -29])
def test_an_execution_too_old_for_xray_gives_each_function_a_trace_of_its_own(days):
    started = time.time() - timedelta(days=days).total_seconds()
    event = state(started=started)
    assert trace_id(event) != trace_id(event)


@pytest.mark.parametrize("started", [None, 5, "", "yesterday", "9999-12-31T23:59:59.000Z"])
def test_an_execution_without_a_start_has_no_trace_of_its_own(started):
    event = state()
    event["Context"]["Execution"]["StartTime"] = started
    assert events.load("stepfunctions").trace_id(event) is None


def test_the_executions_name_may_hold_anything():
    event = state(execution="\ud800")
    assert events.load("stepfunctions").trace_id(event) >> 96


@pytest.mark.parametrize("count", [None, -1, "many", True, 2.5, []])
def test_an_attempt_is_not_told_from_a_retry_count_that_is_none(count):
    event = state()
    event["Context"]["State"]["RetryCount"] = count
    assert "sltrace.event.attempt" not in run(event).attributes


def test_a_state_that_was_entered_months_ago_has_an_age_and_no_span():
    event = state()
    event["Context"]["State"]["EnteredTime"] = iso(time.time() - 100 * 86_400)
    (span,) = spans_of(event)
    assert span.attributes["sltrace.event.age_ms"] >= 100 * 86_400_000


def test_what_must_not_be_seen_is_in_no_attribute():
    secrets = ("h7XRiCdLtd83", "X-Amz-Signature", "not-for-a-trace", "OutputToken", "ASIAEXAMPLE",
               "AAAAKgAAAAI", "was not charged", "no such card", "did not answer",
               "192.0.2.7", "principalId")  # fmt: skip
    for module in ("stepfunctions", "cloudformation", "s3_object_lambda", "stepfunctions_activity",
                   "stepfunctions_error", "lambda_destination", "cloudwatch_logs", "s3",
                   "eventbridge_s3"):  # fmt: skip
        for name, case in cases():
            if name == module:
                told = [dict(span.attributes) for span in spans_of(event_of(case))]
                assert [secret for secret in secrets if secret in json.dumps(told)] == []


def without(module, *path):
    """Return a catalogued event without one member."""
    event = catalogued(module)
    inner = event
    for key in path[:-1]:
        inner = inner[key]
    del inner[path[-1]]
    return event


EXECUTION = {"Id": "arn:aws:states:us-east-1:123456789012:execution:OrderFlow:order-1"}
MACHINE = {"Id": "arn:aws:states:us-east-1:123456789012:stateMachine:OrderFlow"}
RELATIVES = {
    "a storage service that speaks S3's language": {
        "Records": [{"eventSource": "minio:s3", "s3": {"bucket": {"name": "orders"}}}]
    },
    "the test event that S3 sends to queues": {"Service": "Amazon S3", "Event": "s3:TestEvent"},
    "S3's record without a bucket": without("s3", "Records", 0, "s3", "bucket"),
    "tasks of the application's own": {"tasks": [{"taskId": "t-1"}], "job": {"id": "j-1"}},
    "a job without its schema": without("s3_batch", "invocationSchemaVersion"),
    "an object's request without an access point": without("s3_object_lambda", "configuration"),
    "words that Step Functions uses too": {"Execution": {"Id": "e-1"}, "StateMachine": {"Id": "m"}},
    "an execution of no state machine": {"Execution": EXECUTION, "StateMachine": {}},
    "the context object two levels down": {"a": {"b": {"Execution": EXECUTION,
                                                       "StateMachine": MACHINE}}},
    "a task that waits for a callback": {"taskToken": "AAAAKg", "input": {"order": "o-1"}},
    "a callback with a text for its input": {"taskToken": "AAAAKg", "input": "o-1"},
    "an activity's task with more beside it": {"taskToken": "AAAAKg", "input": "{}", "order": 1},
    "an error with more beside it": {"Error": "E", "Cause": "c", "order": "o-1"},
    "an error that is no text": {"Error": {}, "Cause": "c"},
    "a record of no function": {**catalogued("lambda_destination"), "requestContext": {
        "functionArn": "arn:aws:sns:us-east-1:123456789012:orders", "condition": "Success",
        "requestId": "r-1"}},
    "a record without a payload": without("lambda_destination", "requestPayload"),
    "a request for a stack that is none": {**catalogued("cloudformation"), "StackId": "orders"},
    "a request of another kind": {**catalogued("cloudformation"), "RequestType": "Read"},
    "log data that is not compressed": {"awslogs": {"data": base64.b64encode(b"{}").decode()}},
    "log data with more beside it": {**catalogued("cloudwatch_logs"), "order": "o-1"},
    "an alarm of somebody else's": {**catalogued("cloudwatch_alarm"), "source": "shop.alarms"},
    "an alarm without a state": without("cloudwatch_alarm", "alarmData", "state"),
    "a widget that is asked for its documentation": {"describe": True},
    "a widget of no dashboard": {"widgetContext": {"widgetId": "widget-16"}},
}  # fmt: skip


@pytest.mark.parametrize("event", RELATIVES.values(), ids=RELATIVES)
def test_a_near_relative_is_other_rather_than_a_wrong_guess(event):
    assert run(event).attributes["sltrace.event.source"] == "other"


def test_an_api_call_on_a_bucket_that_cloudtrail_reports_is_an_event_of_eventbridge():
    event = catalogued("eventbridge_s3")
    event["detail-type"] = "AWS API Call via CloudTrail"
    event["detail"] = {"requestParameters": {"bucketName": "order-uploads"}}
    assert run(event).attributes["sltrace.event.source"] == "eventbridge"


RESULTS = [None, [], "Succeeded", {"results": None}, {"results": {}}, {"Status": []}, {"Status": 1}]


@pytest.mark.parametrize("result", RESULTS)
@pytest.mark.parametrize("module", ["s3_batch", "s3_object_lambda", "cloudformation"])
def test_a_result_that_tells_nothing_gives_nothing(module, result):
    source = events.load(module)
    assert source.response(result) == {}


def test_results_of_no_known_code_are_not_counted():
    results = [None, {}, {"resultCode": []}, {"resultCode": "Done"}, {"resultCode": "Succeeded"}]
    counts = events.load("s3_batch").response({"results": results * 3})
    assert counts == {
        "sltrace.s3_batch.succeeded": 3,
        "sltrace.s3_batch.temporary_failures": 0,
        "sltrace.s3_batch.permanent_failures": 0,
    }


def logs(document):
    """Return log data as CloudWatch Logs packs it."""
    packed = gzip.compress(document.encode(), mtime=0)
    return {"awslogs": {"data": base64.b64encode(packed).decode()}}


def test_of_very_many_log_events_the_group_is_told_and_no_more_than_the_start_is_unpacked():
    about = '{"logGroup":"/aws/lambda/charge","logStream":"s","subscriptionFilters":[]'
    events_of_it = ",".join(f'{{"id":"{n}","message":"line {n * n}"}}' for n in range(100_000))
    span = run(logs(f'{about},"logEvents":[{events_of_it}]}}'))
    assert span.attributes["sltrace.cloudwatch.log_group"] == "/aws/lambda/charge"
    assert "sltrace.cloudwatch.subscription_filter" not in span.attributes


BROKEN = {
    "a bomb": logs('{"logGroup":"' + "x" * 50_000_000),
    "no log events": logs('{"logGroup":"g"}'),
    "the group after the log events": logs('{"logEvents":[],"logGroup":"g"}'),
    "no JSON": logs('{"logGroup":g,"logEvents":[]}'),
    "no base64": {"awslogs": {"data": "H4sI\u00e9"}},
    "a broken file": {"awslogs": {"data": "H4sIAAAAAAAA////////////"}},
    "the start of a file": {"awslogs": {"data": "H4sI"}},
}


@pytest.mark.parametrize("event", BROKEN.values(), ids=BROKEN)
def test_log_data_that_cannot_be_read_tells_nothing_of_where_it_is_from(event):
    attributes = run(event).attributes
    assert attributes["sltrace.event.source"] == "cloudwatch.logs"
    assert "sltrace.cloudwatch.log_group" not in attributes


def test_the_record_of_a_record_is_not_followed():
    event = catalogued("lambda_destination")
    event = {**event, "requestPayload": event}
    assert run(event).parent.span_id != SPAN_ID
    assert trace_id(event) != TRACE_ID


def test_a_record_in_a_queues_message_joins_the_trace_of_the_first_request():
    case = catalogued("lambda_destination")
    message = {
        "messageId": "m-1",
        "receiptHandle": "h",
        "body": json.dumps(case),
        "attributes": {"SentTimestamp": str(int(time.time() * 1000))},
        "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:us-east-1:123456789012:failed",
    }
    span = run({"Records": [message]})
    assert span.attributes["sltrace.event.nested"] == ("lambda.destination",)
    assert span.context.trace_id == TRACE_ID


@pytest.mark.parametrize(
    ("url", "key"),
    [
        ("https://b.s3.amazonaws.com/a%20b/c.txt?X-Amz-Signature=1", "a b/c.txt"),
        ("/a%20b/c.txt?X-Amz-Signature=1", "a b/c.txt"),
        ("https://b.s3.amazonaws.com", None),
        ("c.txt", None),
    ],
)
def test_the_key_of_an_object_lambda_is_read_from_a_whole_and_from_a_relative_url(url, key):
    event = {"getObjectContext": {"outputRoute": "r"}, "userRequest": {"url": url, "headers": {}}}
    assert events.load("s3_object_lambda").attributes(event).get("aws.s3.key") == key


def test_a_custom_resource_of_a_provider_framework_may_lack_the_address_for_the_answer():
    event = {
        "RequestType": "Create",
        "RequestId": "r-1",
        "StackId": "arn:aws:cloudformation:eu-west-1:123456789012:stack/shop/1",
        "ResourceType": "Custom::Bucket",
        "LogicalResourceId": "Bucket",
        "ResourceProperties": {},
    }
    assert events.recognise(event).name == "cloudformation"
