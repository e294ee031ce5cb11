"""Exceptions in X-Ray's documents."""

import os
import re

import pytest
from xray_documents import documents, walk

import sltrace
from sltrace import SpanKind
from sltrace._model import StatusCode
from sltrace.testing import capture, context


class OutOfStock(Exception):
    pass


def price(items):
    raise OutOfStock(items)


def trace(function):
    """Return the documents of what a function traces, and that it raised."""
    with capture() as spans, pytest.raises(OutOfStock):
        function()
    return documents(spans)


def test_an_exception_is_told_with_its_class_message_and_stack():
    def run():
        with sltrace.span("job"):
            price("apples")

    (segment,) = trace(run)
    assert segment["fault"] is True
    cause = segment["cause"]
    assert cause["working_directory"] == os.getcwd()
    (exception,) = cause["exceptions"]
    assert (exception["type"], exception["message"]) == ("OutOfStock", "apples")
    assert exception["remote"] is False
    assert [frame["label"] for frame in exception["stack"]] == ["run", "price"]
    assert {frame["path"] for frame in exception["stack"]} == {os.path.basename(__file__)}
    assert all(frame["line"] > 0 for frame in exception["stack"])


def test_the_span_above_names_the_exception_that_the_span_below_told():
    def run():
        with sltrace.span("job"), sltrace.span("step"), sltrace.span("part"):
            price("apples")

    (segment,) = trace(run)
    job, step, part = (found for found, _ in walk(segment))
    (exception,) = part["cause"]["exceptions"]
    assert step["cause"] == job["cause"] == exception["id"]
    assert job["fault"] is step["fault"] is part["fault"] is True


def test_the_frames_of_sltraces_own_wrappers_are_left_out():
    @sltrace.trace
    def step():
        price("apples")

    @sltrace.trace_handler
    def handler(event, context):
        step()

    (segment,) = trace(lambda: handler({}, context()))
    exceptions = segment["subsegments"][0]["cause"]["exceptions"]
    assert [frame["label"] for frame in exceptions[0]["stack"]] == ["step", "price"]


def test_a_chain_names_what_each_exception_came_from():
    def run():
        with sltrace.span("job"):
            try:
                try:
                    {}["apples"]
                except KeyError as error:
                    raise ValueError("no such fruit") from error
            except ValueError as error:
                raise OutOfStock("apples") from error

    (segment,) = trace(run)
    first, second, third = segment["cause"]["exceptions"]
    assert [told["type"] for told in (first, second, third)] == [
        "OutOfStock", "ValueError", "KeyError",
    ]  # fmt: skip
    assert (first["cause"], second["cause"]) == (second["id"], third["id"])
    assert "cause" not in third


def test_the_same_exception_raised_twice_is_told_by_both_spans():
    def run():
        with sltrace.span("job"):
            for _ in range(2):
                with pytest.raises(OutOfStock) as caught, sltrace.span("attempt"):
                    price("apples")
            raise caught.value

    (segment,) = trace(run)
    one, two = segment["subsegments"]
    ids = {attempt["cause"]["exceptions"][0]["id"] for attempt in (one, two)}
    assert len(ids) == 2
    assert segment["cause"] in ids


def test_an_exception_recorded_and_then_raised_is_told_once():
    def run():
        with sltrace.span("job") as span:
            try:
                price("apples")
            except OutOfStock as error:
                span.record_exception(error)
                raise

    (segment,) = trace(run)
    assert len(segment["cause"]["exceptions"]) == 1


def test_an_exception_that_was_handled_is_told_without_a_fault():
    with capture() as spans, sltrace.span("job") as span:
        try:
            price("apples")
        except OutOfStock as error:
            span.record_exception(error, {"retry": True})
    (segment,) = documents(spans)
    assert segment["cause"]["exceptions"][0]["type"] == "OutOfStock"
    assert "fault" not in segment
    (event,) = segment["metadata"]["default"]["otel.events"]
    assert event["attributes"] == {"retry": True}


def test_a_span_that_failed_on_two_accounts_tells_both():
    def run():
        with sltrace.span("job") as span:
            with sltrace.span("step") as step:
                step.record_exception(ValueError("first"))
            span.record_exception(KeyError("second"))
            price("apples")

    (segment,) = trace(run)
    assert [told["type"] for told in segment["cause"]["exceptions"]] == ["KeyError", "OutOfStock"]


def test_an_exception_event_made_by_hand_is_told_and_stays_an_event():
    with capture() as spans, sltrace.span("job") as span:
        span.add_event("exception", {"exception.type": "lib.Oops", "exception.message": "no"})
        span.add_event("exception")
    (segment,) = documents(spans)
    told = [(told["type"], told["message"]) for told in segment["cause"]["exceptions"]]
    assert told == [("Oops", "no"), ("", "")]
    assert len(segment["metadata"]["default"]["otel.events"]) == 2


def test_without_an_exception_the_status_tells():
    with capture() as spans, sltrace.span("job") as span:
        span.set_status(StatusCode.ERROR, "gave up")
    (segment,) = documents(spans)
    (exception,) = segment["cause"]["exceptions"]
    assert exception["message"] == "gave up"


def test_a_status_without_a_description_is_a_fault_without_a_cause():
    with capture() as spans, sltrace.span("job") as span:
        span.set_status(StatusCode.ERROR)
    (segment,) = documents(spans)
    assert segment["fault"] is True
    assert "cause" not in segment


@pytest.mark.parametrize(
    ("attributes", "remote"),
    [
        ({"rpc.system": "aws-api", "http.response.status_code": 400}, True),
        ({"rpc.system": "aws-api"}, False),
        ({"http.response.status_code": 400}, False),
    ],
)
def test_only_what_aws_answered_with_is_remote(attributes, remote):
    def run():
        with sltrace.span("call", kind=SpanKind.CLIENT, attributes=attributes):
            try:
                int("inside")
            except ValueError as error:
                raise OutOfStock("apples") from error

    (segment,) = trace(run)
    assert [told["remote"] for told in segment["cause"]["exceptions"]] == [remote, False]


def test_an_exception_that_was_never_raised_has_no_stack():
    with capture() as spans, sltrace.span("job") as span:
        span.record_exception(OutOfStock("apples"))
    (segment,) = documents(spans)
    assert "stack" not in segment["cause"]["exceptions"][0]


def test_an_exceptions_text_may_hold_anything():
    def run():
        with sltrace.span("job"):
            raise OutOfStock('"\ud800\0\u2028</script>')

    (segment,) = trace(run)
    assert segment["cause"]["exceptions"][0]["message"] == '"?\0\u2028</script>'


def test_ids_of_exceptions_are_valid_and_differ():
    def run():
        with sltrace.span("job") as span:
            for number in range(50):
                span.record_exception(ValueError(number))
            price("apples")

    (segment,) = trace(run)
    ids = [told["id"] for told in segment["cause"]["exceptions"]]
    assert len(set(ids)) == 51
    assert all(re.fullmatch("[0-9a-f]{16}", found) for found in ids)
