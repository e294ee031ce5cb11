"""Function URL, load balancers, CloudFront and AppSync: what their catalogue cannot say."""

import copy

import pytest
from tests_catalogue import cases, event_of

from sltrace import events
from sltrace.events._forwarded import address, request_attributes

MODULES = (
    "alb",
    "appsync_authorizer",
    "appsync_batch",
    "appsync_events",
    "appsync_resolver",
    "cloudfront",
    "lambda_url",
    "vpc_lattice_v1",
    "vpc_lattice_v2",
)
EVENTS = {module: event_of(case) for module, case in reversed(list(cases())) if module in MODULES}


def changed(module, path, value):
    """Return the module's first event with one member replaced, or without it (...)."""
    event = copy.deepcopy(EVENTS[module])
    parent = event
    for key in path[:-1]:
        parent = parent[key]
    parent[path[-1]] = value
    if value is ...:
        del parent[path[-1]]
    return event


RELATIVES = {
    "an HTTP API": ("lambda_url", ("requestContext", "domainName"), "a1.execute-api.example.com"),
    "a function URL's payload from nowhere": ("lambda_url", ("requestContext", "domainName"), None),
    "a payload with routes": ("lambda_url", ("routeKey",), "GET /"),
    "a target group of another service's": (
        "alb",
        ("requestContext", "elb", "targetGroupArn"),
        "arn:aws:vpc-lattice:eu-west-1:123456789012:targetgroup/tg-1",
    ),
    "a target group that is no ARN": ("alb", ("requestContext", "elb", "targetGroupArn"), "shop"),
    "a balancer's request without headers": ("alb", ("headers",), ...),
    "a request of a later version": ("vpc_lattice_v1", ("version",), "3.0"),
    "a raw path alone": ("vpc_lattice_v1", ("method",), ...),
    "a request from no network": ("vpc_lattice_v2", ("requestContext", "serviceNetworkArn"), "sn"),
    "a record without a distribution": ("cloudfront", ("Records", 0, "cf", "config"), {}),
    "a distribution without a request": ("cloudfront", ("Records", 0, "cf", "request"), ...),
    "what a resolver's own code sends": ("appsync_resolver", ("identity",), ...),
    "a field without its type": ("appsync_resolver", ("info", "parentTypeName"), ""),
    "a context without a request": ("appsync_resolver", ("request",), None),
    "a list that begins like a batch": ("appsync_batch", (1,), {"field": "relatedPosts"}),
    "a token of API Gateway's": ("appsync_authorizer", ("methodArn",), "arn:aws:execute-api:::a/b"),
    "a token for nothing": ("appsync_authorizer", ("requestContext", "queryString"), ...),
    "an operation without a channel": ("appsync_events", ("info", "channel"), {}),
    "an unknown operation": ("appsync_events", ("info", "operation"), "DELETE"),
}


@pytest.mark.parametrize(("module", "path", "value"), RELATIVES.values(), ids=RELATIVES)
def test_a_near_relative_is_not_taken_for_the_source(module, path, value):
    source = events.load(module)
    assert source.recognise(EVENTS[module])
    assert not source.recognise(changed(module, path, value))


@pytest.mark.parametrize("module", MODULES)
def test_neither_query_nor_token_nor_name_of_a_user_is_told(module):
    for case in (case for name, case in cases() if name == module):
        event = event_of(case)
        source = events.load(module)
        told = [source.span_name(event), source.attributes(event), source.response({})]
        told += [(hop.name, hop.attributes) for hop in source.hops(event)]
        for secret in ("s3cret", "expand", "customer", "jane", "5f1b7c9e", "First", "assumed-role"):
            assert secret not in repr(told)


@pytest.mark.parametrize(
    ("module", "result", "expected"),
    [
        ("lambda_url", None, {}),
        ("lambda_url", "hello", {"http.response.status_code": 200}),
        ("lambda_url", {"statusCode": "teapot"}, {}),
        ("alb", {"body": "no status is a 502 of the balancer's"}, {}),
        ("cloudfront", {"status": 301}, {"http.response.status_code": 301}),
        ("cloudfront", {"status": "1"}, {}),
        ("cloudfront", {"status": [200]}, {}),
        ("cloudfront", "200", {}),
        ("appsync_batch", [], {"sltrace.batch.failures": 0}),
        ("appsync_batch", [[], None, 1], {"sltrace.batch.failures": 0}),
        ("appsync_batch", {"errorMessage": "no list"}, {}),
        ("appsync_authorizer", {"isAuthorized": "yes"}, {}),
        ("appsync_authorizer", None, {}),
        ("appsync_events", None, {}),
        ("appsync_events", {"events": {}}, {"sltrace.appsync.refused": False}),
        ("appsync_resolver", {"statusCode": 500}, {}),
    ],
)
def test_an_odd_result_tells_no_more_than_it_says(module, result, expected):
    assert events.load(module).response(result) == expected


@pytest.mark.parametrize(
    "time",
    [None, "", "123", "soon", "-1724865450183410", 1_724_865_450_183_410, "9" * 40, "17248.5410"],
)
def test_a_time_that_lattice_does_not_write_is_none(time):
    event = changed("vpc_lattice_v2", ("requestContext", "timeEpoch"), time)
    (hop,) = events.load("vpc_lattice_v2").hops(event)
    assert hop.start is None


def test_lattices_time_is_read_to_the_microsecond():
    event = changed("vpc_lattice_v2", ("requestContext", "timeEpoch"), "1724865450183410")
    (hop,) = events.load("vpc_lattice_v2").hops(event)
    assert hop.start == 1_724_865_450_183_410_000


@pytest.mark.parametrize(
    ("host", "name"),
    [
        ("shop.example.com:8443", "shop.example.com"),
        ("shop.example.com", "shop.example.com"),
        ("192.0.2.7:52340", "192.0.2.7"),
        ("2001:db8::7", "2001:db8::7"),
        ("[2001:db8::7]:443", "2001:db8::7"),
        ("[2001:db8::7]", "2001:db8::7"),
        (":80", None),
        ("", None),
        (None, None),
    ],
)
def test_an_address_has_no_port(host, name):
    assert address(host) == name


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {1: "host", None: 2},
        {"Host": None, "HOST": [], "User-Agent": [[]]},
        {"X-Forwarded-For": " , 192.0.2.7", "x-forwarded-proto": {}},
    ],
)
def test_malformed_headers_tell_nothing(headers):
    assert request_attributes(headers) == {}


def test_headers_are_read_in_any_case():
    told = request_attributes({"HOST": "h", "User-Agent": ["a", "b"], "X-Forwarded-Proto": "https"})
    assert told == {"server.address": "h", "user_agent.original": "a", "url.scheme": "https"}
