"""AWS calls as spans, against real botocore clients.

Answers come from a web server on this machine where the request matters, and otherwise from
botocore's own ``before-call`` event, which lets a handler answer in the network's place.
"""

import gc
import json
import subprocess
import sys
import threading
import weakref
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests_components import answering, aws_environ, clean_environ, free_port

import sltrace
from sltrace import _headers, _importing, _sandbox, _span
from sltrace._model import StatusCode
from sltrace._span import CURRENT
from sltrace.patches import botocore as patch
from sltrace.patches import dynamodb

GET = {"TableName": "orders", "Key": {"id": {"S": "secret-key"}}}
OK = (200, {"x-amzn-RequestId": "R1", "Content-Type": "application/x-amz-json-1.0"}, b"{}")
RUNTIME_HEADER = "Root=1-6742f1c0-0123456789abcdef01234567;Parent=0123456789abcdef;Sampled=1"


def error(code, status=400, message="no", **headers):
    body = {"__type": f"com.amazonaws.dynamodb.v20120810#{code}", "message": message}
    return (status, {"x-amzn-RequestId": "R0", **headers}, json.dumps(body).encode())


@pytest.fixture(autouse=True)
def patched():
    _importing.watch()
    patch.patch()


@pytest.fixture
def client(aws_client):
    """A DynamoDB client that nobody answers unless ``answer`` was called."""
    return aws_client("dynamodb", f"http://127.0.0.1:{free_port()}")


def answer(client, parsed, status=200):
    """Answer the client's calls with this parsed response, without any network."""
    http = SimpleNamespace(status_code=status)
    client.meta.events.unregister("before-call", unique_id="answer")
    client.meta.events.register("before-call", lambda **_: (http, parsed), unique_id="answer")


def recorded(call):
    """Make the call inside a span; the spans recorded, the call's first."""
    with sltrace.testing.capture() as spans, sltrace.span("work"):
        call()
    return spans


def failed(call, kind=Exception):
    """Make a call that fails inside a span; the call's span, and the exception."""
    with sltrace.testing.capture() as spans, sltrace.span("work"), pytest.raises(kind) as caught:
        call()
    return spans[0], caught.value


def test_a_call_is_a_client_span_below_the_current_one(aws_client):
    with answering([OK]) as server:
        client = aws_client("dynamodb", server.url)
        span, work = recorded(lambda: client.get_item(**GET))
        port = int(server.url.rpartition(":")[2])
    assert (span.name, span.kind) == ("DynamoDB.GetItem", sltrace.SpanKind.CLIENT)
    assert span.parent.span_id == work.context.span_id
    assert span.context.trace_id == work.context.trace_id
    assert span.status.status_code is StatusCode.UNSET
    assert dict(span.attributes) == {
        "rpc.system": "aws-api",
        "rpc.service": "DynamoDB",
        "rpc.method": "GetItem",
        "cloud.region": "us-east-1",
        "server.address": "127.0.0.1",
        "server.port": port,
        "db.system.name": "aws.dynamodb",
        "db.operation.name": "GetItem",
        "aws.dynamodb.table_names": ("orders",),
        "aws.request_id": "R1",
        "http.response.status_code": 200,
    }


def test_the_span_is_current_during_the_call_and_no_longer(client):
    seen = []
    client.meta.events.register("before-parameter-build", lambda **_: seen.append(CURRENT.get()))
    answer(client, {})
    with sltrace.testing.capture() as spans, sltrace.span("work") as work:
        client.get_item(**GET)
        assert CURRENT.get() is work
    assert seen == [spans[0]]


def test_a_call_outside_any_span_is_passed_through_unrecorded(aws_client):
    with answering([OK]) as server, sltrace.testing.capture() as spans:
        aws_client("dynamodb", server.url).get_item(**GET)
        assert "x-amzn-trace-id" not in server.requests[0]
    assert spans == []


def test_a_call_during_init_joins_the_first_invocation(client, monkeypatch):
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", "orders")
    answer(client, {})
    with sltrace.testing.capture() as spans:
        client.get_item(**GET)
        handler = sltrace.trace_handler(lambda event, context: None)
        handler({}, sltrace.testing.context())
        client.get_item(**GET)
    call, init, invocation = spans
    assert (call.name, init.name) == ("DynamoDB.GetItem", "init")
    assert call.parent.span_id == init.context.span_id
    assert call.context.trace_id == invocation.context.trace_id


def test_a_call_during_init_sends_no_header_that_would_name_a_trace_to_come(
    aws_client, monkeypatch
):
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", "orders")
    with answering([OK]) as server, sltrace.testing.capture() as spans:
        aws_client("dynamodb", server.url).get_item(**GET)
        assert "x-amzn-trace-id" not in server.requests[0]
    assert len(spans) == 1


def test_nothing_is_recorded_when_telemetry_is_off(client, monkeypatch):
    monkeypatch.setenv("OTEL_SDK_DISABLED", "true")
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", "orders")
    sltrace.configure()
    answer(client, {"Count": 1})
    with sltrace.testing.capture() as spans:
        assert client.get_item(**GET) == {"Count": 1}
    assert spans == []


def test_the_header_names_the_calls_own_span(aws_client):
    with answering([OK]) as server:
        client = aws_client("dynamodb", server.url)
        (span, _) = recorded(lambda: client.get_item(**GET))
        request = server.requests[0]
    assert request["x-amzn-trace-id"] == _headers.write_xray(span)
    assert f"Parent={span.context.span_id:016x};Sampled=1" in request["x-amzn-trace-id"]
    assert "x-amzn-trace-id" not in request["authorization"].lower()
    assert not {"traceparent", "tracestate", "baggage"} & set(request)


def test_the_header_replaces_botocores_and_keeps_its_lineage(aws_client, monkeypatch):
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", "orders")
    monkeypatch.setenv("_X_AMZN_TRACE_ID", f"{RUNTIME_HEADER};Lineage=1:abcdef01:0")
    monkeypatch.setenv("OTEL_PROPAGATORS", "tracecontext")
    sltrace.configure()
    with answering([OK]) as server:
        client = aws_client("dynamodb", server.url)

        @sltrace.trace_handler
        def handler(event, context):
            client.get_item(**GET)

        with sltrace.testing.capture() as spans:
            handler({}, sltrace.testing.context())
        header = server.requests[0]["x-amzn-trace-id"]
    call = next(span for span in spans if span.kind is sltrace.SpanKind.CLIENT)
    assert header == f"{_headers.write_xray(call)};Lineage=1:abcdef01:0"


def test_the_header_carries_the_invocations_lineage_once(aws_client, monkeypatch):
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", "orders")
    monkeypatch.setenv("_X_AMZN_TRACE_ID", f"{RUNTIME_HEADER};Lineage=1:abcdef01:0")
    with answering([OK]) as server:
        client = aws_client("dynamodb", server.url)
        with sltrace.testing.capture() as spans:
            sltrace.trace_handler(lambda event, context: client.get_item(**GET))({}, None)
        header = server.requests[0]["x-amzn-trace-id"]
    call = next(span for span in spans if span.kind is sltrace.SpanKind.CLIENT)
    parent = f"Parent={call.context.span_id:016x}"
    root = "Root=1-6742f1c0-0123456789abcdef01234567"
    assert header == f"{root};{parent};Sampled=1;Lineage=1:abcdef01:0"


def test_the_header_is_left_to_botocore_where_propagation_is_off(aws_client, monkeypatch):
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", "orders")
    monkeypatch.setenv("_X_AMZN_TRACE_ID", RUNTIME_HEADER)
    monkeypatch.setenv("OTEL_PROPAGATORS", "none")
    sltrace.configure()
    with answering([OK]) as server:
        client = aws_client("dynamodb", server.url)
        with sltrace.testing.capture() as spans:
            sltrace.trace_handler(lambda event, context: client.get_item(**GET))({}, None)
        assert server.requests[0]["x-amzn-trace-id"] == RUNTIME_HEADER
    assert "DynamoDB.GetItem" in [span.name for span in spans]


def test_the_header_is_sent_once_however_another_tool_spelled_it(aws_client):
    def add(params, **_):
        params["headers"].update({"X-Amzn-Trace-Id": "Root=a", "x-amzn-trace-id": "Theirs=1"})

    with answering([OK]) as server:
        client = aws_client("dynamodb", server.url)
        client.meta.events.register("before-call", add)
        span, _ = recorded(lambda: client.get_item(**GET))
        header = server.requests[0]["x-amzn-trace-id"]
    assert header == f"{_headers.write_xray(span)};Theirs=1"


def test_a_throttle_that_passes_shows_its_retries(aws_client):
    answers = [error("ProvisionedThroughputExceededException"), OK]
    with answering(answers) as server:
        client = aws_client("dynamodb", server.url)
        span, _ = recorded(lambda: client.get_item(**GET))
        sent = [request["x-amzn-trace-id"] for request in server.requests]
    assert span.attributes["sltrace.aws.retries"] == 1
    assert span.attributes["aws.request_id"] == "R1"
    assert span.status.status_code is StatusCode.UNSET
    assert "sltrace.aws.throttled" not in span.attributes
    assert sent == [_headers.write_xray(span)] * 2


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (error("ProvisionedThroughputExceededException"), "ProvisionedThroughputExceededException"),
        (error("ThrottlingException"), "ThrottlingException"),
        (error("RequestLimitExceeded"), "RequestLimitExceeded"),
        (error("SomethingNew", status=429), "SomethingNew"),
    ],
)
def test_a_throttle_that_does_not_pass_is_an_error_and_a_throttle(aws_client, answer, code):
    from botocore.config import Config

    with answering([answer]) as server:
        config = Config(retries={"total_max_attempts": 2})
        client = aws_client("dynamodb", server.url, config=config)
        span, raised = failed(lambda: client.get_item(**GET))
        assert len(server.requests) == 2
    assert span.attributes["sltrace.aws.throttled"] is True
    assert span.attributes["error.type"] == code
    assert span.attributes["sltrace.aws.retries"] == 1
    assert raised.response["Error"]["Code"] == code


@pytest.mark.parametrize("code", ["LimitExceededException", "TransactionInProgressException"])
def test_a_quota_or_a_conflict_is_no_throttle(client, code):
    answer(client, {"Error": {"Code": code, "Message": "no"}}, status=400)
    span, _ = failed(lambda: client.get_item(**GET))
    assert span.attributes["error.type"] == code
    assert "sltrace.aws.throttled" not in span.attributes


def test_a_transaction_cancelled_for_want_of_throughput_is_a_throttle(client):
    reasons = [{"Code": "None"}, {"Code": "ThrottlingError", "Message": "slow down"}]
    code = "TransactionCanceledException"
    parsed = {"Error": {"Code": code, "Message": "no"}, "CancellationReasons": reasons}
    answer(client, parsed, status=400)
    span, raised = failed(lambda: client.transact_get_items(TransactItems=[{"Get": GET}]))
    assert type(raised) is client.exceptions.TransactionCanceledException
    assert span.attributes["sltrace.aws.throttled"] is True
    assert span.attributes["aws.dynamodb.table_names"] == ("orders",)


def test_an_error_is_recorded_and_passes_as_it_was(aws_client):
    with answering([error("ResourceNotFoundException", message="no such table")]) as server:
        client = aws_client("dynamodb", server.url)
        span, raised = failed(lambda: client.get_item(**GET))
    assert type(raised) is client.exceptions.ResourceNotFoundException
    assert span.status.status_code is StatusCode.ERROR
    assert span.status.description == "ResourceNotFoundException: no such table"
    assert span.attributes["error.type"] == "ResourceNotFoundException"
    assert span.attributes["http.response.status_code"] == 400
    assert span.attributes["aws.request_id"] == "R0"
    assert "sltrace.aws.throttled" not in span.attributes
    (event,) = span.events
    assert event.exceptions[0].type == "botocore.errorfactory.ResourceNotFoundException"
    assert event.exceptions[0].message == str(raised)


def test_a_refused_connection_is_an_error_with_its_retries(aws_client):
    from botocore.config import Config
    from botocore.exceptions import EndpointConnectionError

    config = Config(retries={"total_max_attempts": 3})
    client = aws_client("dynamodb", f"http://127.0.0.1:{free_port()}", config=config)
    span, _ = failed(lambda: client.get_item(**GET), EndpointConnectionError)
    assert span.attributes["error.type"] == "EndpointConnectionError"
    assert span.attributes["sltrace.aws.retries"] == 2
    assert "http.response.status_code" not in span.attributes
    assert span.status.description.startswith("EndpointConnectionError: Could not connect")


def test_bad_parameters_are_an_error_of_the_call(client):
    from botocore.exceptions import ParamValidationError

    bad = {"TableName": "orders", "Key": 7, "ConsistentRead": "yes"}
    span, _ = failed(lambda: client.get_item(**bad), ParamValidationError)
    assert span.attributes["error.type"] == "ParamValidationError"
    assert span.attributes["aws.dynamodb.table_names"] == ("orders",)
    assert "aws.dynamodb.consistent_read" not in span.attributes


@pytest.mark.parametrize("error", [KeyboardInterrupt(), SystemExit(3), RuntimeError("mine")])
def test_whatever_a_call_raises_passes_as_it_was(client, error):
    def interrupt(**_):
        raise error

    client.meta.events.register("before-call", interrupt)
    span, raised = failed(lambda: client.get_item(**GET), BaseException)
    assert raised is error
    assert span.attributes["error.type"] == type(error).__name__


def test_a_response_passes_as_the_object_it_was(client):
    response = {"Item": {"id": {"S": "1"}}, "Count": 1}
    answer(client, response)
    got = []
    recorded(lambda: got.append(client.get_item(**GET)))
    assert got[0] is response
    assert response == {"Item": {"id": {"S": "1"}}, "Count": 1}


def test_a_response_is_what_it_is_without_sltrace(aws_client):
    body = b'{"Item":{"id":{"S":"1"},"n":{"N":"1.50"}},"ConsumedCapacity":{"CapacityUnits":0.5}}'
    fixed = {"Date": "Sat, 01 Feb 2025 10:00:00 GMT", "Server": "test", "x-amzn-RequestId": "R1"}
    code = """
import json, sys, boto3
client = boto3.client("dynamodb")
print(json.dumps(client.get_item(TableName="orders", Key={"id": {"S": "1"}}), sort_keys=True))
client.close()
"""
    with answering([(200, fixed, body)]) as server:
        environ = {**clean_environ(), **aws_environ(server.url)}
        bare = subprocess.run(
            [sys.executable, "-c", code], env=environ, capture_output=True, text=True, check=True
        ).stdout
        client = aws_client("dynamodb", server.url)
        got = []
        recorded(lambda: got.append(client.get_item(TableName="orders", Key={"id": {"S": "1"}})))

    def plain(response):
        del response["ResponseMetadata"]["HTTPHeaders"]
        return response

    assert plain(got[0]) == plain(json.loads(bare))


def test_other_services_are_recorded_with_what_every_call_tells(aws_client):
    headers = {"x-amz-request-id": "S3ID", "x-amz-id-2": "EXTENDED", "Content-Type": "text/xml"}
    body = b"<ListAllMyBucketsResult><Buckets/></ListAllMyBucketsResult>"
    with answering([(200, headers, body)]) as server:
        client = aws_client("s3", server.url)
        span, _ = recorded(client.list_buckets)
        header = server.requests[0]["x-amzn-trace-id"]
    assert span.name == "S3.ListBuckets"
    assert header == _headers.write_xray(span)
    told = dict(span.attributes)
    assert told["aws.request_id"] == "S3ID"
    assert told["aws.extended_request_id"] == "EXTENDED"
    assert not [key for key in told if key.startswith(("db.", "aws.dynamodb"))]


@pytest.mark.parametrize(
    ("endpoint", "address", "port"),
    [
        ("https://dynamodb.eu-west-1.amazonaws.com", "dynamodb.eu-west-1.amazonaws.com", 443),
        ("http://localhost:8000/path", "localhost", 8000),
        ("http://localhost/", "localhost", 80),
        ("http://[::1]:8000", "::1", 8000),
        ("https://user:secret@host.example:8443?X-Amz-Signature=s", "host.example", 8443),
        ("", None, None),
        (None, None, None),
    ],
)
def test_the_server_is_that_of_the_clients_endpoint(endpoint, address, port):
    client = SimpleNamespace(meta=SimpleNamespace(endpoint_url=endpoint, region_name=None))
    told = {"server.address": address, "server.port": port} if address else {}
    assert patch._client_attributes(client) == told


def test_a_call_made_by_a_call_is_its_child(client, aws_client):
    inner = aws_client("sts", client.meta.endpoint_url)
    answer(inner, {"Account": "123456789012"})
    answer(client, {})
    client.meta.events.register("before-parameter-build", lambda **_: inner.get_caller_identity())
    sts, get, _ = recorded(lambda: client.get_item(**GET))
    assert (sts.name, get.name) == ("STS.GetCallerIdentity", "DynamoDB.GetItem")
    assert sts.parent.span_id == get.context.span_id


def test_each_page_of_a_paginator_is_a_call(client):
    pages = [{"Items": [], "LastEvaluatedKey": {"id": {"S": "a"}}, "Count": 2}, {"Count": 1}]
    http = SimpleNamespace(status_code=200)
    client.meta.events.register("before-call", lambda **_: (http, pages.pop(0)))
    paginator = client.get_paginator("scan")
    first, second, _ = recorded(lambda: list(paginator.paginate(TableName="orders")))
    assert first.attributes["aws.dynamodb.count"] == 2
    assert second.attributes["aws.dynamodb.count"] == 1


def test_calls_in_threads_keep_apart(client):
    answer(client, {})

    def work():
        with sltrace.span("work"):
            client.get_item(**GET)

    with sltrace.testing.capture() as spans:
        threads = [threading.Thread(target=work) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    parents = {span.context.span_id for span in spans if span.name == "work"}
    calls = [span for span in spans if span.name == "DynamoDB.GetItem"]
    assert {span.parent.span_id for span in calls} == parents
    assert len(calls) == len(parents) == 8


def test_patching_twice_is_patching_once(client):
    from botocore.client import BaseClient

    before = (BaseClient._make_api_call, BaseClient._make_request)
    patch.patch()
    assert (BaseClient._make_api_call, BaseClient._make_request) == before
    answer(client, {})
    assert len(recorded(lambda: client.get_item(**GET))) == 2


def test_the_patched_functions_keep_their_names_and_take_arguments_by_name(client):
    from botocore.client import BaseClient

    assert BaseClient._make_api_call.__qualname__ == "BaseClient._make_api_call"
    answer(client, {"Count": 3})
    assert client._make_api_call(operation_name="GetItem", api_params=GET) == {"Count": 3}


def test_the_tables_module_is_loaded_by_a_call_of_dynamodb_only():
    code = """
import sys, boto3, sltrace
from sltrace.patches import botocore
botocore.patch()
from types import SimpleNamespace
http = SimpleNamespace(status_code=200)
for service, call in (("sts", "get_caller_identity"), ("dynamodb", "list_tables")):
    client = boto3.client(service, region_name="us-east-1")
    client.meta.events.register("before-call", lambda **_: (http, {}))
    with sltrace.testing.capture(), sltrace.span("work"):
        getattr(client, call)()
    print("sltrace.patches.dynamodb" in sys.modules)
"""
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=clean_environ(),
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == ["False", "True"]


def test_nothing_of_a_call_is_kept_alive_by_its_span(client):
    class Response(dict):
        pass

    response = Response()
    gone = weakref.ref(response)
    answer(client, response)
    spans = recorded(lambda: client.get_item(**GET))
    client.meta.events.unregister("before-call", unique_id="answer")
    del response
    gc.collect()
    assert len(spans) == 2
    assert gone() is None


def breaks(*args, **kwargs):
    raise RuntimeError("telemetry broke")


@pytest.mark.parametrize(
    ("part", "name"),
    [
        (_sandbox, "current"),
        (_span, "new_span_id"),
        (_span.Span, "set_attributes"),
        (_span.Span, "set_attribute"),
        (_span.Span, "set_status"),
        (_span.Span, "record_exception"),
        (_span.Span, "leave"),
        (patch, "start_span"),
        (patch, "write_xray"),
        (patch, "import_module"),
        (patch, "_client_attributes"),
        (patch, "_metadata_attributes"),
        (patch, "_describe_error"),
        (patch, "_count_retries"),
        (dynamodb, "request_attributes"),
        (dynamodb, "response_attributes"),
    ],
)
def test_a_call_is_made_once_and_stands_whatever_breaks(part, name, aws_client, monkeypatch):
    with answering([OK, error("ResourceNotFoundException")]) as server:
        client = aws_client("dynamodb", server.url)
        with sltrace.testing.capture(), sltrace.span("work") as work, monkeypatch.context() as now:
            now.setattr(part, name, breaks)
            assert client.get_item(**GET)["ResponseMetadata"]["RequestId"] == "R1"
            with pytest.raises(client.exceptions.ResourceNotFoundException):
                client.get_item(**GET)
            now.undo()
            CURRENT.set(work)
        assert len(server.requests) == 2


# Whatever a service, or a double of one, may answer.
scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary()
values = st.recursive(
    scalars | st.builds(object),
    lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.integers(), inner),
    max_leaves=10,
)
NAMES = (
    "ResponseMetadata",
    "ConsumedCapacity",
    "Count",
    "ScannedCount",
    "TableNames",
    "CancellationReasons",
    "Error",
)
METADATA = ("RequestId", "HTTPStatusCode", "HTTPHeaders", "RetryAttempts")
metadata = st.dictionaries(st.sampled_from(METADATA), values)
responses = st.dictionaries(st.sampled_from(NAMES), values | metadata) | values


@pytest.fixture(scope="module")
def answered(aws_session):
    """A client whose calls are answered by what ``answer`` was last given."""
    client = aws_session.client("dynamodb")
    yield client
    client.close()


@given(responses)
@settings(deadline=None)
def test_any_response_passes_untouched(answered, response):
    answer(answered, response)
    before = repr(response)
    got = []
    spans = recorded(lambda: got.append(answered.get_item(**GET)))
    assert got[0] is response
    assert repr(response) == before
    assert [span.name for span in spans] == ["DynamoDB.GetItem", "work"]


@given(
    st.dictionaries(st.sampled_from(("Code", "Message", "Extra")), values),
    st.dictionaries(st.sampled_from(NAMES), values),
)
@settings(deadline=None)
def test_any_error_response_passes_untouched(answered, details, rest):
    from botocore.exceptions import ClientError

    class Refused(ClientError):
        def __init__(self, response):
            Exception.__init__(self, "refused")
            self.response = response

    raised = Refused({**rest, "Error": details})

    def refuse(**_):
        raise raised

    answered.meta.events.register("before-parameter-build", refuse, unique_id="refuse")
    try:
        span, caught = failed(lambda: answered.get_item(**GET))
    finally:
        answered.meta.events.unregister("before-parameter-build", unique_id="refuse")
    assert caught is raised
    assert caught.response == {**rest, "Error": details}
    assert span.status.status_code is StatusCode.ERROR


PARAMETERS = (
    "AttributesToGet",
    "ConsistentRead",
    "GlobalSecondaryIndexes",
    "Limit",
    "ProvisionedThroughput",
    "RequestItems",
    "TableName",
    "TransactItems",
)


@given(st.dictionaries(st.sampled_from(PARAMETERS), values) | values)
@settings(deadline=None)
def test_any_parameters_reach_the_call_untouched(answered, params):
    before = repr(params)
    answer(answered, {})
    reached = []

    def correct(params, **_):
        reached.append(params)
        return GET

    answered.meta.events.register("provide-client-params", correct, unique_id="correct")
    try:
        spans = recorded(lambda: answered._make_api_call("GetItem", params))
    finally:
        answered.meta.events.unregister("provide-client-params", unique_id="correct")
    assert reached[0] is params
    assert repr(params) == before
    assert [span.name for span in spans] == ["DynamoDB.GetItem", "work"]
