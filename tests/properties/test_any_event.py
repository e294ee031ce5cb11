"""Whatever the event, the handler gets it untouched and its result stands."""

import copy
import json

from hypothesis import example, given, settings
from hypothesis import strategies as st

import sltrace

scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary()
anything = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text() | st.integers(), inner, max_size=4)
    ),
    max_leaves=20,
)

HTTP = {
    "version": "2.0",
    "routeKey": "POST /orders",
    "rawPath": "/orders",
    "headers": {"host": "h", "traceparent": "00-" + "1" * 32 + "-" + "2" * 16 + "-01"},
    "requestContext": {
        "domainName": "d",
        "apiId": "a",
        "stage": "s",
        "requestId": "r",
        "http": {"method": "POST", "path": "/orders", "sourceIp": "192.0.2.1", "userAgent": "u"},
    },
}
REST = {
    "resource": "/orders",
    "path": "/orders",
    "httpMethod": "POST",
    "headers": {"Host": "h", "X-Amzn-Trace-Id": "Root=1-67429a3b-0123456789abcdef01234567"},
    "requestContext": {"stage": "s", "identity": {"sourceIp": "192.0.2.1"}, "domainName": "d"},
}


def paths(value, at=()):
    """Return the path of every field of an event."""
    found = [at] if at else []
    for key, inner in value.items() if isinstance(value, dict) else ():
        found.extend(paths(inner, (*at, key)))
    return found


@st.composite
def mutated(draw):
    """A real event with some of its fields retyped or gone."""
    event = copy.deepcopy(draw(st.sampled_from([HTTP, REST])))
    for path in draw(st.lists(st.sampled_from(paths(event)), max_size=4)):
        parent = event
        for key in path[:-1]:
            parent = parent.get(key) if isinstance(parent, dict) else None
        if isinstance(parent, dict):
            if draw(st.booleans()):
                parent.pop(path[-1], None)
            else:
                parent[path[-1]] = draw(anything)
    return event


def check(event):
    before = copy.deepcopy(event)
    seen = []
    result = object()

    @sltrace.trace_handler
    def handler(event, context):
        seen.append(event)
        return result

    with sltrace.testing.strict(), sltrace.testing.capture() as spans:
        assert handler(event, sltrace.testing.context()) is result

    assert seen[0] is event
    assert repr(event) == repr(before)
    (span,) = spans
    assert span.name
    assert all(type(value) in (str, bool, int, float) for value in span.attributes.values())
    return span


@given(anything)
@example(None)
@example([])
@example(b"\xff")
@example({"requestContext": None})
@example({"requestContext": {"http": None}, "version": "2.0", "routeKey": 3})
@example({"requestContext": {}, "httpMethod": "\ud800", "resource": "\x1b[31m", "path": ""})
def test_any_event_leaves_the_handlers_result_untouched(event):
    check(event)


@settings(max_examples=300)
@given(mutated())
def test_a_real_event_with_fields_gone_or_retyped_does_too(event):
    span = check(event)
    assert span.attributes["sltrace.event.source"] in (
        "apigateway.rest",
        "apigateway.http",
        "other",
    )


@given(anything)
def test_any_result_passes_unchanged(result):
    @sltrace.trace_handler
    def handler(event, context):
        return result

    with sltrace.testing.strict(), sltrace.testing.capture() as spans:
        assert handler(REST, None) is result
    assert len(spans) == 1


def test_an_event_nested_a_thousand_deep_and_one_of_six_megabytes_are_not_walked():
    deep = {}
    for _ in range(1000):
        deep = {"requestContext": deep}
    huge = {**REST, "body": "x" * 6_000_000, "headers": {f"h{n}": "v" for n in range(50_000)}}

    for event in (deep, huge):

        @sltrace.trace_handler
        def handler(event, context):
            return event

        with sltrace.testing.strict(), sltrace.testing.capture() as spans:
            assert handler(event, None) is event
        assert len(json.dumps(dict(spans[0].attributes))) < 10_000


def test_an_event_that_breaks_when_it_is_read_is_other_and_the_handler_still_gets_it(capsys):
    class Hostile(dict):
        def __contains__(self, key):
            raise RuntimeError("do not look")

        def get(self, key, default=None):
            raise RuntimeError("do not touch")

    @sltrace.trace_handler
    def handler(event, context):
        return "fine"

    with sltrace.testing.capture() as spans:
        assert handler(Hostile(), None) == "fine"
    assert spans[0].attributes["sltrace.event.source"] == "other"
    assert "could not recognise the event: RuntimeError: do not look" in capsys.readouterr().err
