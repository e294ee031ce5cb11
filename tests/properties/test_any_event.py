"""Whatever the event, the handler gets it untouched, its result stands, no guess is wrong."""

import copy
import json
import sys

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from tests_catalogue import cases, event_of

import sltrace
from sltrace import events

scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary()
anything = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text() | st.integers(), inner, max_size=4)
    ),
    max_leaves=20,
)
REST = {
    "resource": "/orders",
    "path": "/orders",
    "httpMethod": "POST",
    "headers": {"Host": "h", "X-Amzn-Trace-Id": "Root=1-67429a3b-0123456789abcdef01234567"},
    "requestContext": {"stage": "s", "identity": {"sourceIp": "192.0.2.1"}, "domainName": "d"},
}
CATALOGUE = [(case["source"], event_of(case)) for _, case in cases()]
# What no source claims: an event that has lost what told it apart.
UNCLAIMED = {"other", "lambda.invoke"}


def possible(source):
    """Return what an event of that source may be taken for when it is broken."""
    # An event of a bus that tells another sender is still an event of a bus.
    return {source, *UNCLAIMED, *(["eventbridge"] if source.startswith("eventbridge.") else [])}


def deep(levels=1000):
    """Return an object with lists in objects, so many levels deep."""
    inner = {}
    for _ in range(levels // 2):
        inner = {"a": [inner], "requestContext": [inner], "Records": [inner]}
    return inner


DEEP = deep()
HUGE = ["x" * 300_000, [{}] * 50_000, {f"k{n}": n for n in range(50_000)}, 10**400, "9" * 5000]
replacements = anything | st.sampled_from([DEEP, [DEEP], *HUGE])


def paths(value, at=()):
    """Return the path of every field of an event, those inside lists included."""
    found = [at] if at else []
    if isinstance(value, dict):
        inside = value.items()
    else:
        inside = enumerate(value) if isinstance(value, list) else ()
    for key, inner in inside:
        found.extend(paths(inner, (*at, key)))
    return found


PATHS = [paths(event) for _, event in CATALOGUE]


def change(event, path, value, *, gone):
    """Replace a field of the event, or take it out; a path that is gone already changes nothing."""
    *above, last = path
    parent = event
    for key in above:
        inside = isinstance(parent, dict) and key in parent
        within = isinstance(parent, list) and isinstance(key, int) and key < len(parent)
        if not (inside or within):
            return
        parent = parent[key]
    if isinstance(parent, dict) and gone:
        parent.pop(last, None)
    elif isinstance(parent, dict) or (isinstance(parent, list) and last in range(len(parent))):
        parent[last] = value


@st.composite
def mutated(draw, most=4):
    """An event of the catalogue with some of its fields retyped, huge, too deep or gone."""
    index = draw(st.integers(0, len(CATALOGUE) - 1))
    source, event = CATALOGUE[index]
    event = copy.deepcopy(event)
    for path in draw(st.lists(st.sampled_from(PATHS[index]), min_size=1, max_size=most)):
        change(event, path, draw(replacements), gone=draw(st.booleans()))
    return source, event


def check(event):
    """Return the invocation's span of a handler that returns an object of its own."""
    seen = []
    result = object()

    @sltrace.trace_handler
    def handler(event, context):
        seen.append(event)
        return result

    with sltrace.testing.strict(), sltrace.testing.capture() as spans:
        assert handler(event, sltrace.testing.context()) is result

    assert seen[0] is event
    for span in spans:
        assert span.name
        for value in span.attributes.values():
            values = value if type(value) is tuple else (value,)
            assert all(type(each) in (str, bool, int, float) for each in values)
        assert 0 < span.start_time <= span.end_time
        assert span.end_time - span.start_time < 15 * 86_400 * 10**9
    return spans[-1]


@given(anything)
@example(None)
@example([])
@example(b"\xff")
@example({"requestContext": None})
@example({"requestContext": {"http": None}, "version": "2.0", "routeKey": 3})
@example({"requestContext": {}, "httpMethod": "\ud800", "resource": "\x1b[31m", "path": ""})
def test_any_event_leaves_the_handlers_result_untouched(event):
    before = repr(event)
    check(event)
    assert repr(event) == before


@pytest.mark.parametrize("index", range(len(CATALOGUE)))
def test_an_event_is_given_to_the_handler_as_it_came(index):
    event = copy.deepcopy(CATALOGUE[index][1])
    check(event)
    assert event == CATALOGUE[index][1]


@settings(max_examples=1500, deadline=None, suppress_health_check=list(HealthCheck))
@given(mutated())
def test_an_event_with_fields_gone_retyped_huge_or_too_deep_is_its_own_or_other(given_event):
    source, event = given_event
    span = check(event)
    assert span.attributes["sltrace.event.source"] in possible(source)


@pytest.mark.parametrize("index", range(len(CATALOGUE)))
def test_an_event_without_one_of_its_fields_is_its_own_or_other(index):
    source, event = CATALOGUE[index]
    for path in PATHS[index]:
        for gone, value in ((True, None), (False, None), (False, {}), (False, [3]), (False, "x")):
            changed = copy.deepcopy(event)
            change(changed, path, value, gone=gone)
            with sltrace.testing.strict():
                found = events.recognise(changed).name
            assert found in possible(source), (path, gone, value)


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.integers(0, len(CATALOGUE) - 1), anything | st.dictionaries(st.text(), anything))
def test_no_result_of_a_handler_breaks_what_is_read_of_it(index, result):
    @sltrace.trace_handler
    def handler(event, context):
        return result

    with sltrace.testing.strict(), sltrace.testing.capture() as spans:
        assert handler(CATALOGUE[index][1], None) is result
    assert spans


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(mutated())
def test_the_records_of_any_event_are_all_yielded_as_they_are(given_event):
    _, event = given_event
    with sltrace.testing.strict(), sltrace.testing.capture():
        batch = sltrace.records(event)
        if len(batch) < 1000:
            expected = list(batch._records)
            found = list(batch)
            assert len(found) == len(expected)
            assert all(one is other for one, other in zip(found, expected, strict=True))
            batch.response()


def calls(function, *arguments):
    """Return how many calls are made: what bounds the time on any machine."""
    count = 0

    def profile(frame, event, argument):
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(profile)
    try:
        function(*arguments)
    finally:
        sys.setprofile(None)
    return count


def at(event, path):
    for key in path:
        event = event[key]
    return event


def mapping(value):
    return value if isinstance(value, dict) else {}


@pytest.mark.parametrize("index", range(len(CATALOGUE)))
def test_a_huge_event_takes_no_more_calls_than_a_bound(index):
    @sltrace.trace_handler
    def handler(event, context):
        return None

    event = CATALOGUE[index][1]
    lists = [path for path in PATHS[index] if isinstance(at(event, path), list)]
    for path in [(), *lists]:
        huge = copy.deepcopy(event)
        if path:
            inside = at(huge, path)
            inside *= 5000
        elif isinstance(huge, list):
            huge *= 5000
        else:
            many = {f"k{n}": n for n in range(50_000)}
            headers = huge.get("headers")
            huge = {**many, **huge, "headers": {**many, **mapping(headers)}}
        with sltrace.testing.capture():
            assert calls(handler, huge, None) < 60_000, path


def test_an_event_nested_a_thousand_deep_and_one_of_six_megabytes_are_not_walked():
    huge = {**REST, "body": "x" * 6_000_000, "headers": {f"h{n}": "v" for n in range(50_000)}}

    for event in (DEEP, huge):

        @sltrace.trace_handler
        def handler(event, context):
            return event

        with sltrace.testing.strict(), sltrace.testing.capture() as spans:
            assert handler(event, None) is event
        assert len(json.dumps(dict(spans[-1].attributes))) < 10_000


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
    assert "could not recognise the event: RuntimeError: do not " in capsys.readouterr().err
