"""Event sources: what an event tells of the request, and its result of the response."""

import pytest
from tests_invoking import REST, invoke

import sltrace
from sltrace import events
from sltrace._model import StatusCode


def test_a_rest_api_names_the_span_by_route_and_tells_the_request_and_the_response():
    @sltrace.trace_handler
    def handler(event, context):
        return {"statusCode": 201, "body": "{}"}

    _, (span,) = invoke(handler, REST)
    assert span.name == "POST /orders/{id}"
    expected = {
        "faas.trigger": "http",
        "sltrace.event.source": "apigateway.rest",
        "http.request.method": "POST",
        "http.route": "/orders/{id}",
        "url.path": "/orders/o-1",
        "url.scheme": "https",
        "server.address": "api.example.com",
        "client.address": "192.0.2.1",
        "user_agent.original": "test/1",
        "http.response.status_code": 201,
        "sltrace.apigateway.stage": "prod",
    }
    assert {key: span.attributes.get(key) for key in expected} == expected
    assert span.status.status_code is StatusCode.UNSET


@pytest.mark.parametrize(
    ("status", "code"), [(200, StatusCode.UNSET), (404, StatusCode.UNSET), (500, StatusCode.ERROR)]
)
def test_a_5xx_is_the_functions_error_and_a_4xx_is_not(status, code):
    @sltrace.trace_handler
    def handler(event, context):
        return {"statusCode": status}

    _, (span,) = invoke(handler, REST)
    assert span.status.status_code is code


@pytest.mark.parametrize(
    "result",
    [
        None,
        [],
        "200",
        {"statusCode": "teapot"},
        {"statusCode": True},
        {"statusCode": {}},
        {"statusCode": 0},
        {"statusCode": 10**400},
        {"statusCode": "9" * 5000},
    ],
)
def test_a_response_without_a_status_code_tells_none_and_passes_unchanged(result):
    @sltrace.trace_handler
    def handler(event, context):
        return result

    returned, (span,) = invoke(handler, REST)
    assert returned is result
    assert "http.response.status_code" not in span.attributes


@pytest.mark.parametrize(
    ("result", "status"),
    [({"message": "hi"}, 200), ("hi", 200), ([1], 200), ({"statusCode": 404}, 404), (None, None)],
)
def test_an_http_api_infers_200_for_a_result_without_a_status(result, status):
    @sltrace.trace_handler
    def handler(event, context):
        return result

    event = {
        "version": "2.0",
        "routeKey": "GET /",
        "requestContext": {"http": {"method": "GET", "path": "/"}},
    }
    _, (span,) = invoke(handler, event)
    assert span.attributes["sltrace.event.source"] == "apigateway.http"
    assert span.attributes.get("http.response.status_code") == status


def test_a_websocket_with_the_keys_of_a_rest_event_is_not_rest():
    event = {
        **REST,
        "body": "{}",
        "requestContext": {"resourceId": "r1", "connectionId": "c=", "eventType": "CONNECT"},
    }
    assert events.recognise(event).name == "other"


@pytest.mark.parametrize(
    "event",
    [
        {"Records": [{"eventSource": "aws:sqs", "body": "hi"}]},
        {"Records": [{"EventSource": "aws:sns", "Sns": {"Message": "hi"}}]},
        {"detail-type": "Order Placed", "source": "shop", "detail": {}},
        {"key1": "value1", "key2": "value2", "key3": "value3"},
        {"jobId": "j-1"},
        {"headers": {}, "body": "{}", "path": "/orders"},
        {"request": {"type": "order"}, "version": "1.0"},
        {"records": [{"data": "x"}]},
        {"tasks": [1, 2]},
        {"Error": "no", "Cause": "none", "order": "o-1"},
    ],
    ids=str,
)
def test_an_applications_own_payload_that_looks_a_little_like_an_event_is_other(event):
    assert events.recognise(event).name == "other"
