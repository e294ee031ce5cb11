"""What one span becomes: names, http, outcome, annotations, metadata, the aws block."""

import math

import pytest
from xray_documents import documents, walk

import sltrace
from sltrace import SpanKind
from sltrace._model import Resource, SpanContext, StatusCode
from sltrace.testing import capture, context


def root_of(**about):
    """Return the segment of a span without a parent."""
    name, kind = about.pop("name", "job"), about.pop("kind", SpanKind.INTERNAL)
    with capture() as spans, sltrace.span(name, kind=kind, attributes=about.pop("attributes", {})):
        pass
    return documents(spans)[0]


def child_of(name="step", kind=SpanKind.INTERNAL, attributes=None, change=None):
    """Return the subsegment of a span inside another."""
    with (
        capture() as spans,
        sltrace.span("job"),
        sltrace.span(name, kind=kind, attributes=attributes or {}) as span,
    ):
        if change:
            change(span)
    return documents(spans)[0]["subsegments"][0]


def call(**attributes):
    return {"rpc.system": "aws-api", "rpc.service": "DynamoDB", **attributes}


# Names.


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("GET /orders/{id}", "GET /orders/id"),
        ("a\tb\nc", "abc"),
        ("Preis in €: 3", "Preis in : 3"),
        ("größe 値段", "größe 値段"),
        ("_.:/%&#=+\\-@ ok", "_.:/%&#=+\\-@ ok"),
        ("{}", "span"),
        ("  ", "span"),
        ("\udc80\ud800", "span"),
        ("x" * 300, "x" * 200),
    ],
)
def test_a_name_loses_the_characters_that_are_not_valid(text, name):
    assert child_of(text)["name"] == name


def test_an_inferred_segment_has_its_own_name_and_not_the_functions_services():
    segment = root_of(name="SQS orders", attributes={"sltrace.inferred": True})
    assert segment["name"] == "SQS orders"


def test_a_name_that_had_to_change_is_kept_as_metadata():
    assert child_of("GET /orders/{id}")["metadata"]["sltrace"] == {"name": "GET /orders/{id}"}
    assert "metadata" not in child_of("GET /orders")


def test_a_segment_is_named_after_the_service():
    sltrace.configure(service="shop")
    assert root_of(name="job")["name"] == "shop"


def test_a_segment_of_a_service_without_a_name_is_named_after_the_function_or_the_span():
    assert root_of(name="job")["name"] == "job"
    assert root_of(attributes={"faas.name": "orders"})["name"] == "orders"


@pytest.mark.parametrize(
    ("attributes", "name"),
    [
        ({"server.address": "example.com", "server.port": 443}, "example.com"),
        ({"peer.service": "billing", "server.address": "example.com"}, "billing"),
        ({"net.peer.name": "old.example.com"}, "old.example.com"),
        ({"http.host": "older.example.com"}, "older.example.com"),
        ({"server.address": ""}, "fetch"),
        ({}, "fetch"),
    ],
)
def test_a_call_elsewhere_is_named_after_whom_it_calls(attributes, name):
    subsegment = child_of("fetch", SpanKind.CLIENT, attributes)
    assert subsegment["name"] == name
    assert subsegment["namespace"] == "remote"


def test_a_call_to_aws_is_named_after_the_service_as_aws_xray_sdk_writes_it():
    subsegment = child_of("DynamoDB.PutItem", SpanKind.CLIENT, call(**{"rpc.method": "PutItem"}))
    assert subsegment["name"] == "dynamodb"
    assert subsegment["namespace"] == "aws"
    assert subsegment["aws"]["operation"] == "PutItem"


def test_other_spans_have_no_namespace():
    assert "namespace" not in child_of("step")
    assert "namespace" not in root_of(kind=SpanKind.CLIENT)


# HTTP and outcome.

OLD = {
    "http.method": "GET", "http.url": "https://x/y", "http.user_agent": "curl",
    "http.client_ip": "1.2.3.4", "http.status_code": 200, "http.response_content_length": 5,
}  # fmt: skip
NEW = {
    "http.request.method": "GET", "url.full": "https://x/y", "user_agent.original": "curl",
    "client.address": "1.2.3.4", "http.response.status_code": 200, "http.response.body.size": 5,
}  # fmt: skip


@pytest.mark.parametrize("attributes", [OLD, NEW])
def test_http_is_read_in_the_old_names_and_the_new(attributes):
    subsegment = child_of(attributes=attributes)
    assert subsegment["http"] == {
        "request": {
            "method": "GET", "url": "https://x/y", "user_agent": "curl", "client_ip": "1.2.3.4",
        },
        "response": {"status": 200, "content_length": 5},
    }  # fmt: skip
    assert "metadata" not in subsegment


def test_an_address_from_x_forwarded_for_is_marked_on_a_segment():
    assert root_of(attributes=OLD)["http"]["request"]["x_forwarded_for"] is True
    assert "x_forwarded_for" not in root_of(attributes=NEW)["http"]["request"]


def test_the_url_is_put_together_from_its_parts():
    attributes = {"http.request.method": "GET", "url.path": "/a", "server.address": "x.org"}
    assert child_of(attributes=attributes)["http"]["request"]["url"] == "https://x.org/a"
    parts = attributes | {"url.scheme": "http"}
    assert child_of(attributes=parts)["http"]["request"]["url"] == "http://x.org/a"
    del parts["server.address"]
    assert "url" not in child_of(attributes=parts)["http"]["request"]


def test_http_attributes_of_the_wrong_type_stay_metadata():
    wrong = {"http.status_code": "200", "url.full": 7, "http.response.body.size": True}
    subsegment = child_of(attributes=wrong)
    assert "http" not in subsegment
    assert subsegment["metadata"]["default"] == wrong


@pytest.mark.parametrize(
    ("status", "flags"),
    [
        (200, set()),
        (399, set()),
        (400, {"error"}),
        (404, {"error"}),
        (429, {"error", "throttle"}),
        (500, {"fault"}),
        (503, {"fault"}),
    ],
)
def test_the_http_status_decides_between_error_throttle_and_fault(status, flags):
    def fail(span):
        if status >= 400:
            span.set_status(StatusCode.ERROR)

    subsegment = child_of(attributes={"http.response.status_code": status}, change=fail)
    assert subsegment.keys() & {"error", "throttle", "fault"} == flags


@pytest.mark.parametrize("attributes", [{}, {"http.response.status_code": 200}])
def test_a_span_with_status_error_and_no_4xx_is_a_fault(attributes):
    subsegment = child_of(
        attributes=attributes, change=lambda span: span.set_status(StatusCode.ERROR, "broken")
    )
    assert subsegment["fault"] is True
    assert "error" not in subsegment


def test_a_throttled_call_is_an_error_and_no_fault():
    throttled = {"sltrace.aws.throttled": True, "http.response.status_code": 400}
    subsegment = child_of(
        "DynamoDB.PutItem",
        attributes=call(**{"rpc.method": "PutItem"}, **throttled),
        change=lambda span: span.set_status(StatusCode.ERROR),
    )
    assert subsegment.keys() & {"error", "throttle", "fault"} == {"error", "throttle"}
    assert "metadata" not in subsegment


# Annotations and metadata.


def annotated(**values):
    return child_of(change=lambda span: span.annotate(values))


def test_annotations_are_indexed_and_no_metadata():
    subsegment = annotated(order_id="o-1", total=3.5, items=2, paid=True)
    assert subsegment["annotations"] == {
        "order_id": "o-1", "total": 3.5, "items": 2, "paid": True,
    }  # fmt: skip
    assert "metadata" not in subsegment


def test_an_annotations_key_is_made_valid():
    assert annotated(**{"order.id": 1, "größe": 2})["annotations"] == {"order_id": 1, "gr__e": 2}


def test_of_two_annotations_with_one_valid_key_the_second_is_metadata():
    subsegment = annotated(**{"a.b": 1, "a-b": 2})
    assert subsegment["annotations"] == {"a_b": 1}
    assert subsegment["metadata"] == {
        "default": {"a-b": 2}, "sltrace": {"annotations_not_indexed": 1},
    }  # fmt: skip


@pytest.mark.parametrize(
    ("key", "value", "told"),
    [
        ("long", "x" * 1001, "x" * 1001),
        ("many", ("a", "b"), ["a", "b"]),
        ("nan", math.nan, "NaN"),
        ("infinite", -math.inf, "-Infinity"),
        ("huge", 1 << 64, 1 << 64),
        ("k" * 501, 1, 1),
    ],
)
def test_what_cannot_be_indexed_is_metadata(key, value, told):
    subsegment = annotated(**{key: value})
    assert "annotations" not in subsegment
    assert subsegment["metadata"] == {
        "default": {key: told}, "sltrace": {"annotations_not_indexed": 1},
    }  # fmt: skip


def test_at_most_50_annotations_of_a_trace_are_indexed_the_outermost_first():
    with capture() as spans:
        with sltrace.span("other trace") as other:
            other.annotate({"a": 1})
        with sltrace.span("outer") as outer:
            with sltrace.span("inner") as inner:
                inner.annotate({f"inner_{number}": number for number in range(30)})
            outer.annotate({f"outer_{number}": number for number in range(30)})
    one, two = documents(spans)
    inside = two["subsegments"][0]
    assert len(one["annotations"]) == 1
    assert len(two["annotations"]) == 30
    assert len(inside["annotations"]) == 20
    assert len(inside["metadata"]["default"]) == 10
    assert inside["metadata"]["sltrace"] == {"annotations_not_indexed": 10}


def test_other_attributes_are_metadata_sltraces_own_apart():
    attributes = {"items": (1, 2), "currency": "EUR", "faas.coldstart": True, "sltrace.alias": "x"}
    assert child_of(attributes=attributes)["metadata"] == {
        "default": {"items": [1, 2], "currency": "EUR"},
        "sltrace": {"faas.coldstart": True, "sltrace.alias": "x"},
    }


def test_numbers_that_json_lacks_are_text():
    attributes = {"a": math.nan, "b": (math.inf, 1.5), "c": 10**5000}
    found = child_of(attributes=attributes)["metadata"]["default"]
    assert found == {"a": "NaN", "b": ["Infinity", 1.5], "c": hex(10**5000)}


@pytest.mark.parametrize(
    "value",
    # More digits than Python prints, hence the names.
    [10**5000, True, ("a", math.nan), 0, ""],
    ids=["huge", "true", "tuple", "zero", "empty"],
)
def test_attributes_of_an_unexpected_type_never_stop_an_export(value):
    known = (
        "rpc.service", "rpc.method", "peer.service", "server.address", "url.path", "url.scheme",
        "enduser.id", "faas.name", "faas.invocation_id", "cloud.resource_id", "service.version",
        "aws.dynamodb.table_names", "aws.dynamodb.consumed_capacity", "exception.type",
        "aws.dynamodb.provisioned_read_capacity", "aws.dynamodb.attribute_definitions",
        "exception.message", "http.client_ip", "telemetry.sdk.name", "service.name",
    )  # fmt: skip
    for system in ("aws-api", "grpc", value):
        attributes = {**dict.fromkeys(known, value), "rpc.system": system}
        request = attributes | {"http.request.method": "GET"}
        with capture() as spans, sltrace.span("job", attributes=request) as job:
            job.trace.resource = Resource(attributes)
            with sltrace.span("step", kind=SpanKind.CLIENT, attributes=attributes) as step:
                step.add_event("exception", attributes)
        assert sum(1 for document in documents(spans) for _ in walk(document)) == 2


def test_a_lone_surrogate_becomes_a_question_mark():
    assert child_of(attributes={"path": "a\udcffb"})["metadata"]["default"] == {"path": "a?b"}


def test_the_resource_is_told_once_by_the_segment():
    sltrace.configure(service="shop", resource={"deployment.environment.name": "dev"})
    with capture() as spans, sltrace.span("job"), sltrace.span("step"):
        pass
    (segment,) = documents(spans)
    assert segment["metadata"]["default"] == {
        "otel.resource.deployment.environment.name": "dev",
        "otel.resource.service.name": "shop",
    }
    assert segment["aws"]["xray"]["sdk"] == "sltrace for python"
    assert segment["subsegments"][0].keys() == {"name", "id", "start_time", "end_time"}


def test_the_user_is_a_field_of_the_segment():
    assert root_of(attributes={"enduser.id": "ann"})["user"] == "ann"
    assert root_of(attributes={"user.id": 7})["user"] == "7"
    assert child_of(attributes={"enduser.id": "ann"})["metadata"]["default"] == {
        "enduser.id": "ann"
    }


def test_links_keep_their_attributes():
    linked = SpanContext(0x6742F1C0 << 96 | 1, 2)

    def link(span):
        span.add_link(linked, {"queue": "a"})
        span.add_link(linked)

    trace_id = "1-6742f1c0-000000000000000000000001"
    assert child_of(change=link)["links"] == [
        {"trace_id": trace_id, "id": "0000000000000002", "attributes": {"queue": "a"}},
        {"trace_id": trace_id, "id": "0000000000000002"},
    ]


def test_events_are_metadata():
    def tell(span):
        span.add_event("retry", {"attempt": 2}, timestamp=1_732_439_488_123_456_789)
        span.add_event("done", timestamp=1_732_439_488_500_000_000)

    assert child_of(change=tell)["metadata"]["default"]["otel.events"] == [
        {"name": "retry", "time": 1732439488.123456, "attributes": {"attempt": 2}},
        {"name": "done", "time": 1732439488.5},
    ]


def test_what_was_dropped_is_said(monkeypatch):
    monkeypatch.setenv("OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", "1")
    monkeypatch.setenv("OTEL_SPAN_EVENT_COUNT_LIMIT", "1")
    monkeypatch.setenv("OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT", "1")
    sltrace.configure()

    def tell(span):
        span.set_attributes({"a": 1, "b": 2})
        for _ in range(3):
            span.add_event("e", {"c": 1, "d": 2}, timestamp=0)

    assert child_of(change=tell)["metadata"] == {
        "default": {
            "b": 2,
            "otel.events": [
                {"name": "e", "time": 0.0, "attributes": {"d": 2}, "dropped_attributes": 1}
            ],
        },
        "sltrace": {"dropped_attributes": 1, "dropped_events": 2},
    }


def test_an_invocations_attributes_have_their_places():
    @sltrace.trace_handler
    def orders(event, context):
        return {"statusCode": 201}

    event = {"requestContext": {}, "httpMethod": "POST", "resource": "/orders", "path": "/orders"}
    with capture() as spans:
        orders(event, context(function_name="orders", alias="live"))
    (segment,) = documents(spans)
    assert segment["http"] == {"request": {"method": "POST"}, "response": {"status": 201}}
    assert segment["metadata"]["sltrace"]["sltrace.alias"] == "live"
    assert segment["metadata"]["sltrace"]["name"] == "POST /orders"
    assert segment["metadata"]["default"]["http.route"] == "/orders"


# The aws block.


def test_a_call_to_dynamodb_is_told_in_aws_xray_sdks_names():
    attributes = call(
        **{
            "rpc.method": "Query",
            "cloud.region": "eu-west-1",
            "aws.request_id": "r-1",
            "sltrace.aws.retries": 2,
            "db.system.name": "aws.dynamodb",
            "db.operation.name": "Query",
            "aws.dynamodb.table_names": ("orders",),
            "aws.dynamodb.consistent_read": True,
            "aws.dynamodb.projection": "id",
            "aws.dynamodb.index_name": "by_day",
            "aws.dynamodb.limit": 10,
            "aws.dynamodb.select": "COUNT",
            "aws.dynamodb.scan_forward": False,
            "aws.dynamodb.attributes_to_get": ("a", "b"),
            "aws.dynamodb.consumed_capacity": ('{"TableName":"orders","CapacityUnits":0.5}',),
            "aws.dynamodb.item_collection_metrics": "kept",
        }
    )
    subsegment = child_of("DynamoDB.Query", SpanKind.CLIENT, attributes)
    assert subsegment["aws"] == {
        "operation": "Query", "region": "eu-west-1", "request_id": "r-1", "retries": 2,
        "table_name": "orders", "consistent_read": True, "projection_expression": "id",
        "index_name": "by_day", "limit": 10, "select": "COUNT", "scan_index_forward": False,
        "attributes_to_get": ["a", "b"],
        "consumed_capacity": {"TableName": "orders", "CapacityUnits": 0.5},
    }  # fmt: skip
    assert subsegment["metadata"] == {"default": {"aws.dynamodb.item_collection_metrics": "kept"}}


def test_a_batch_has_lists_even_of_one_table():
    attributes = call(
        **{
            "rpc.method": "BatchGetItem",
            "aws.dynamodb.table_names": ("orders",),
            "aws.dynamodb.consumed_capacity": ('{"CapacityUnits":1.0}',),
        }
    )
    assert child_of(attributes=attributes)["aws"] == {
        "operation": "BatchGetItem",
        "table_names": ["orders"],
        "consumed_capacity": [{"CapacityUnits": 1.0}],
    }


def test_definitions_of_a_table_are_structures():
    attributes = call(
        **{
            "rpc.method": "CreateTable",
            "aws.dynamodb.global_secondary_indexes": ('{"IndexName":"i"}',),
            "aws.dynamodb.provisioned_read_capacity": 5,
            "aws.dynamodb.provisioned_write_capacity": 6,
        }
    )
    assert child_of(attributes=attributes)["aws"] == {
        "operation": "CreateTable",
        "global_secondary_indexes": [{"IndexName": "i"}],
        "provisioned_throughput": {"ReadCapacityUnits": 5, "WriteCapacityUnits": 6},
    }


@pytest.mark.parametrize("text", ["not json", "[" * 50_000, "NaN"])
def test_consumed_capacity_that_is_no_json_stays_text(text):
    attributes = call(**{"aws.dynamodb.consumed_capacity": (text,)})
    assert child_of(attributes=attributes)["aws"]["consumed_capacity"] == text


def test_s3s_second_request_id_and_an_sqs_queue_are_told():
    attributes = {
        "rpc.system": "aws-api", "rpc.service": "SQS", "aws.extended_request_id": "x",
        "aws.sqs.queue.url": "https://q", "cloud.account.id": "123456789012",
    }  # fmt: skip
    assert child_of(attributes=attributes)["aws"] == {
        "id_2": "x", "queue_url": "https://q", "account_id": "123456789012",
    }  # fmt: skip


def test_a_call_whose_span_was_renamed_keeps_its_name():
    attributes = call(**{"rpc.method": "PutItem"})
    subsegment = child_of("store the order", SpanKind.CLIENT, attributes)
    assert subsegment["metadata"]["sltrace"] == {"name": "store the order"}
    assert "metadata" not in child_of("DynamoDB.PutItem", SpanKind.CLIENT, attributes)
