"""API Gateway: what its APIs send told apart, the endpoint's type, secrets hidden, decisions."""

import copy
import json

import pytest
from tests_catalogue import FOLDER, event_of
from tests_invoking import REST, invoke

import sltrace
from sltrace import events


def event(module, case=0):
    """Return an event of the catalogue."""
    return event_of(json.loads((FOLDER / f"{module}.json").read_text())[case])


def changed(original, *gone, context=None, **members):
    """Return the event without some of its members, with others; ``context`` in its own."""
    result = {**copy.deepcopy(original), **members}
    for key in gone:
        del result[key]
    if context:
        result["requestContext"] = {**result["requestContext"], **context}
    return result


def without(original, *names):
    """Return the event without some members of its context."""
    context = {key: value for key, value in original["requestContext"].items() if key not in names}
    return {**original, "requestContext": context}


def attributes(given):
    source = events.recognise(given)
    with sltrace.testing.strict():
        return source.attributes(given)


REST_WHOLE = event("apigateway_rest")
HTTP = event("apigateway_http")
HTTP_DEFAULT = event("apigateway_http", 1)
HTTP_1 = event("apigateway_http_v1")
SAM = event("apigateway_rest", 4)
WEBSOCKET = event("apigateway_websocket")
TOKEN = event("apigateway_authorizer_token")
REQUEST = event("apigateway_authorizer_request")
REQUEST_WEBSOCKET = event("apigateway_authorizer_request", 2)
AUTHORIZER_2 = event("apigateway_authorizer_http")
AUTHORIZER_1 = event("apigateway_authorizer_http", 1)
MAPPED = event("apigateway_rest_mapped")
URL_HOST = "abcdefghijklmnopqrstuvwxyz012345.lambda-url.eu-west-1.on.aws"
URL = changed(
    HTTP_DEFAULT, headers={"host": URL_HOST}, context={"domainName": URL_HOST, "stage": "$default"}
)
ALB = {
    "requestContext": {"elb": {"targetGroupArn": "arn:aws:elasticloadbalancing:eu-west-1:1:t/o/1"}},
    "httpMethod": "GET",
    "path": "/orders",
    "headers": {"host": "orders.example.com"},
    "body": "",
    "isBase64Encoded": False,
}

# What is left of an event when it loses what tells it from its nearest relative.
RELATIVES = {
    "a function URL whose domain is gone": without(URL, "domainName"),
    "a function URL whose domain is another": changed(URL, context={"domainName": "x"}),
    "a function URL without a domain and a host": changed(without(URL, "domainName"), headers={}),
    "a function URL with another route": changed(
        URL, routeKey="GET /", context={"domainName": "x"}
    ),
    "a load balancer's without its target group": without(ALB, "elb"),
    "a load balancer's with a resource for a group": changed(
        ALB, resource="/orders", requestContext={"elb": {}}
    ),
    "a REST API's that lost its context": changed(REST_WHOLE, "requestContext"),
    "a REST API's with a version of its own": changed(REST_WHOLE, version="1.0"),
    "a REST API's of the SAM CLI without a resource": without(SAM, "resourceId"),
    "a REST API's of the SAM CLI with another resource": changed(SAM, context={"resourceId": "x"}),
    "an HTTP API's 1.0 without its version": changed(HTTP_1, "version"),
    "an HTTP API's 1.0 of a named stage without its version": changed(
        HTTP_1, "version", context={"stage": "prod"}
    ),
    "an HTTP API's 1.0 of a named stage without a route": changed(
        HTTP_1, context={"stage": "prod", "resourceId": "x"}
    ),
    "an HTTP API's 2.0 without its version": changed(HTTP, "version"),
    "an HTTP API's 2.0 with two routes": changed(HTTP, routeKey="GET /"),
    "a token authorizer's without its method": changed(TOKEN, "methodArn"),
    "a token authorizer's with a request": changed(TOKEN, requestContext={}),
    "a token authorizer's of another service": changed(TOKEN, methodArn="arn:aws:sns:eu:1:orders"),
    "a request authorizer's without its method": changed(REQUEST, "methodArn"),
    "a request authorizer's without its type": changed(REQUEST, "type"),
    "a request authorizer's without either": changed(REQUEST, "methodArn", "type"),
    "a request authorizer's with a token's type": changed(REQUEST, type="TOKEN"),
    "a WebSocket authorizer's without its method": changed(REQUEST_WEBSOCKET, "methodArn"),
    "a WebSocket authorizer's without either": changed(REQUEST_WEBSOCKET, "methodArn", "type"),
    "an HTTP API authorizer's 2.0 without its route": changed(AUTHORIZER_2, "routeArn"),
    "an HTTP API authorizer's 2.0 without its version": changed(AUTHORIZER_2, "version"),
    "an HTTP API authorizer's 2.0 with little left": changed(AUTHORIZER_2, "routeArn", "type"),
    "an HTTP API authorizer's 1.0 without its version": changed(AUTHORIZER_1, "version"),
    "an HTTP API authorizer's 1.0 without its method": changed(AUTHORIZER_1, "methodArn"),
    "a WebSocket's without a connection": without(WEBSOCKET, "connectionId"),
    "a WebSocket's of another kind": changed(WEBSOCKET, context={"eventType": "PING"}),
    "a WebSocket's with a method": changed(WEBSOCKET, httpMethod="GET"),
    "a template's without a body": changed(MAPPED, "body-json"),
    "a template's without a context": changed(MAPPED, "context"),
    "a template's without headers": changed(MAPPED, params={"path": {}}),
}


@pytest.mark.parametrize("given", RELATIVES.values(), ids=RELATIVES)
def test_what_has_lost_what_tells_it_apart_is_other_rather_than_a_wrong_guess(given):
    with sltrace.testing.strict():
        assert events.recognise(given).name == "other"


OWN = {
    "a REST API's event with what a test needs": (REST, "apigateway.rest"),
    "a REST API's of the SAM CLI": (SAM, "apigateway.rest"),
    "a function URL": (URL, "lambda.url"),
    "a load balancer": (ALB, "alb"),
    "an HTTP API's 1.0 of a named stage": (
        changed(HTTP_1, context={"stage": "prod"}),
        "apigateway.http",
    ),
    "an HTTP API's 1.0 as the guide shows it": (
        changed(HTTP_1, context={"resourceId": None}),
        "apigateway.http",
    ),
    "an HTTP API's 1.0 of the SAM CLI": (
        changed(SAM, context={"stage": "$default"}),
        "apigateway.http",
    ),
    "an HTTP API's 2.0 with what a test needs": (
        {"version": "2.0", "routeKey": "GET /", "requestContext": {"http": {"method": "GET"}}},
        "apigateway.http",
    ),
    "an HTTP API's default route of the SAM CLI, without a domain": (
        changed(without(HTTP_DEFAULT, "domainName"), headers={"Host": "127.0.0.1:3000"}),
        "apigateway.http",
    ),
    "a request authorizer's of the SAM CLI": (
        {**SAM, "type": "REQUEST", "methodArn": REQUEST["methodArn"]},
        "apigateway.authorizer.request",
    ),
    "an HTTP API authorizer's 1.0 without an identity source": (
        changed(AUTHORIZER_1, "identitySource", "authorizationToken"),
        "apigateway.authorizer.http",
    ),
}


@pytest.mark.parametrize(("given", "name"), OWN.values(), ids=OWN)
def test_a_variant_is_recognised_as_what_it_is(given, name):
    with sltrace.testing.strict():
        assert events.recognise(given).name == name


EDGE = event("apigateway_rest", 1)["headers"]
DIRECT = REST_WHOLE["headers"]
CDN = {"Via": "2.0 0123.cloudfront.net (CloudFront)", "X-Amz-Cf-Id": "abc=="}
VPC_DOMAIN = "vpce-0123-abcd.execute-api.eu-west-1.vpce.amazonaws.com"
ENDPOINTS = {
    "no trace of CloudFront": ({}, DIRECT, "regional"),
    "no trace of CloudFront, a domain of one's own": (
        {"domainName": "api.example.com"},
        DIRECT,
        "regional",
    ),
    "an edge-optimized endpoint's headers": ({}, EDGE, "edge"),
    "an edge-optimized endpoint's headers in other case": (
        {},
        {name.lower(): value for name, value in EDGE.items()},
        "edge",
    ),
    "a distribution of one's own": ({}, {**DIRECT, **CDN}, None),
    "a distribution that adds the protocol": (
        {},
        {**DIRECT, **CDN, "CloudFront-Forwarded-Proto": "https"},
        None,
    ),
    "a distribution that adds every header": (
        {},
        {**EDGE, "CloudFront-Viewer-Address": "192.0.2.10:4711"},
        None,
    ),
    "a distribution before an edge-optimized endpoint": (
        {},
        {**EDGE, "Via": f"{CDN['Via']}, {CDN['Via']}"},
        None,
    ),
    "only a name that CloudFront left": ({}, {**DIRECT, "Via": CDN["Via"]}, None),
    "another proxy": ({}, {**DIRECT, "Via": "1.1 proxy.example.com"}, "regional"),
    "a VPC endpoint's id": ({"identity": {"vpceId": "vpce-0123"}}, DIRECT, "private"),
    "a VPC endpoint's domain": ({"domainName": VPC_DOMAIN}, DIRECT, "private"),
    "a domain of one's own that has the word": (
        {"domainName": "vpce-docs.example.com"},
        DIRECT,
        "regional",
    ),
    "no headers": ({}, None, None),
    "no host": ({}, {"Accept": "*/*"}, None),
    "an emulator": ({"domainName": "localhost:3000"}, DIRECT, None),
    "an emulator without a real name": ({"domainName": "offlineContext_domainName"}, DIRECT, None),
    "the console's test": (
        {"domainName": "testPrefix.testDomainName", "stage": "test-invoke-stage"},
        DIRECT,
        None,
    ),
}


@pytest.mark.parametrize(("context", "headers", "expected"), ENDPOINTS.values(), ids=ENDPOINTS)
def test_the_endpoints_type_is_told_only_where_it_is_certain(context, headers, expected):
    given = changed(REST_WHOLE, headers=headers, multiValueHeaders=None, context=context)
    assert attributes(given).get("sltrace.apigateway.endpoint") == expected


def test_an_http_api_under_an_emulator_tells_no_endpoint():
    given = changed(HTTP, context={"domainName": "localhost"})
    assert "sltrace.apigateway.endpoint" not in attributes(given)


@pytest.mark.parametrize(
    ("value", "expected"),
    [(True, True), (False, False), ("true", True), ("false", False), ("", None), (1, None)],
)
def test_a_canary_is_told_by_a_bool_or_its_name(value, expected):
    given = changed(REST_WHOLE, context={"isCanaryRequest": value})
    assert attributes(given).get("sltrace.apigateway.canary") is expected


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("table", "orders", "orders"),
        ("bucket", "", ""),
        ("DB_PASSWORD", "s3cr3t", "***"),
        ("clientSecret", "s3cr3t", "***"),
        ("stripe_api_key", "s3cr3t", "***"),
        ("accessToken", "s3cr3t", "***"),
        ("dbCredentials", "s3cr3t", "***"),
        ("database", "postgres://orders:s3cr3t@db.example.com/orders", "***"),
        ("database", "postgres://orders:" + "s3cr3t" * 40 + "@db.example.com", "***"),
        ("db", "Server=db;User Id=orders;Pwd=s3cr3t", "***"),
        ("webhook", "https://hooks.example.com/services/T0/B0/xyz", "***"),
        ("config", '{"pin": "s3cr3t"}', "***"),
        ("x", "AKIAIOSFODNN7EXAMPLE", "***"),
        ("slack", "xoxb-1234567890-abcdef", "***"),
        ("signing", "abc", "***"),
        ("long", "x" * 5000, "***"),
        ("host", "db-1.example.com:5432", "db-1.example.com:5432"),
    ],
)
def test_a_stage_variable_is_shown_unless_it_looks_like_a_secret(name, value, shown):
    given = changed(REST_WHOLE, stageVariables={name: value})
    assert attributes(given)["sltrace.apigateway.stage_variables"] == (f"{name}={shown}",)


def test_stage_variables_are_sorted_and_few():
    given = changed(REST_WHOLE, stageVariables={f"v{n:05}": "x" for n in range(50_000, 0, -1)})
    shown = attributes(given)["sltrace.apigateway.stage_variables"]
    assert len(shown) == 16
    assert list(shown) == sorted(shown)


def test_stage_variables_of_other_types_are_left_out():
    given = changed(REST_WHOLE, stageVariables={"table": {"name": "orders"}, 3: "x", "n": 3})
    assert "sltrace.apigateway.stage_variables" not in attributes(given)


@pytest.mark.parametrize("name", ["jane@example.com", "Bearer jane.u-1", "jane"])
def test_whom_an_authorizer_let_in_is_told_as_a_hash_and_no_claim(name):
    authorizer = {"principalId": name, "claims": {"sub": "u-1", "name": "Jane"}}
    told = attributes(changed(REST_WHOLE, context={"authorizer": authorizer}))
    principal = told["sltrace.apigateway.authorizer.principal"]
    assert len(principal) == len(told["user.hash"]) == 16
    assert principal != told["user.hash"]
    assert not any(word in str(told).lower() for word in ("jane", "u-1"))


def test_the_latency_of_an_authorizer_is_read_from_text_too():
    given = changed(REST_WHOLE, context={"authorizer": {"integrationLatency": "37"}})
    assert attributes(given)["sltrace.apigateway.authorizer.latency_ms"] == 37


def test_a_request_with_no_time_or_one_in_seconds_has_no_stage_before_it():
    for given in (without(REST_WHOLE, "requestTimeEpoch"), SAM):
        _, spans = invoke(sltrace.trace_handler(lambda _event, _context: None), given)
        assert len(spans) == 1


def test_the_gateway_waits_for_the_function_and_tells_what_was_called():
    handler = sltrace.trace_handler(lambda _event, _context: {"statusCode": 200})
    _, spans = invoke(handler, event("apigateway_rest"))
    gateway = next(span for span in spans if span.name == "API Gateway POST /orders/{id}")
    invocation = next(span for span in spans if span is not gateway)
    assert gateway.start_time < invocation.start_time
    assert gateway.end_time >= invocation.end_time
    assert dict(gateway.attributes) == {
        "sltrace.inferred": True,
        "sltrace.event.source": "apigateway.rest",
        "http.request.method": "POST",
        "http.route": "/orders/{id}",
        "url.path": "/orders/o-1",
        "sltrace.apigateway.api_id": "a1b2c3d4e5",
        "sltrace.apigateway.stage": "prod",
    }


SPAN_NAMES = {
    "a REST API": (REST_WHOLE, "POST /orders/{id}"),
    "a template": (MAPPED, "POST /orders/{id}"),
    "an HTTP API": (HTTP, "POST /orders/{id}"),
    "an HTTP API's default route": (HTTP_DEFAULT, "POST"),
    "an HTTP API's 1.0 default route": (changed(HTTP_1, resource="$default"), "POST"),
    "a WebSocket": (WEBSOCKET, "$connect"),
    "an authorizer": (REQUEST, None),
}


@pytest.mark.parametrize(("given", "name"), SPAN_NAMES.values(), ids=SPAN_NAMES)
def test_the_span_has_the_routes_name_and_an_authorizers_its_functions(given, name):
    assert events.recognise(given).span_name(given) == name


def statement(effect, action="execute-api:Invoke"):
    return {"Effect": effect, "Action": action, "Resource": "*"}


def policy(*statements):
    return {"policyDocument": {"Statement": list(statements)}}


DECISIONS = {
    "a policy that allows": (policy(statement("Allow")), "allow"),
    "a policy that denies": (policy(statement("Deny"), statement("Deny")), "deny"),
    "a policy of both": (policy(statement("Allow"), statement("Deny")), "mixed"),
    "a statement that is no list": ({"policyDocument": {"Statement": statement("Deny")}}, "deny"),
    "actions in a list and in other case": (
        policy(statement("Allow", ["execute-api:ManageConnections", "Execute-API:invoke"])),
        "allow",
    ),
    "every action": (policy(statement("Allow", "*")), "allow"),
    "another action": (policy(statement("Allow", "s3:GetObject")), None),
    "another effect": (policy(statement("Perhaps")), None),
    "no statement": (policy(), None),
    "a simple response that allows": ({"isAuthorized": True}, "allow"),
    "a simple response that denies": ({"isAuthorized": False}, "deny"),
    "a simple response of another type": ({"isAuthorized": "yes"}, None),
    "a proxy's response": ({"statusCode": 403}, None),
    "nothing": (None, None),
    "a policy of other types": ({"policyDocument": [3]}, None),
    "statements of other types": (policy(3, None, {"Effect": ["Allow"], "Action": {}}), None),
}


@pytest.mark.parametrize(("result", "decision"), DECISIONS.values(), ids=DECISIONS)
@pytest.mark.parametrize("given", [TOKEN, REQUEST, AUTHORIZER_1, AUTHORIZER_2])
def test_an_authorizers_result_tells_its_decision_and_no_http_status(given, result, decision):
    handler = sltrace.trace_handler(lambda _event, _context: result)
    with sltrace.testing.strict():
        _, spans = invoke(handler, given)
    invocation = next(span for span in spans if "faas.invocation_id" in span.attributes)
    assert invocation.attributes.get("sltrace.authorizer.decision") == decision
    assert "http.response.status_code" not in invocation.attributes


def test_neither_a_token_nor_an_identity_source_is_recorded():
    for given in (TOKEN, REQUEST_WEBSOCKET, AUTHORIZER_1, AUTHORIZER_2):
        source = events.recognise(given)
        assert "0123456789" not in str(source.attributes(given)).replace("123456789012", "")


def test_of_a_policy_longer_than_api_gateway_takes_nothing_is_told():
    many = policy(*[statement("Allow")] * 50_000, statement("Deny"))
    assert events.recognise(TOKEN).response(many) == {}
