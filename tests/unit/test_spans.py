"""Spans as a user makes and reads them."""

from decimal import Decimal

import pytest

import sltrace
from sltrace._model import Status, StatusCode


def test_a_span_tells_its_name_times_and_attributes():
    with sltrace.testing.capture() as spans, sltrace.span("price", items=3) as span:
        span.set_attribute("currency", "EUR")

    (price,) = spans
    assert price.name == "price"
    assert dict(price.attributes) == {"items": 3, "currency": "EUR"}
    assert price.start_time <= price.end_time
    assert price.kind is sltrace.SpanKind.INTERNAL
    assert price.parent is None
    assert price.status.status_code is StatusCode.UNSET
    assert price.instrumentation_scope.name == "sltrace"
    assert price.instrumentation_scope.version == sltrace.__version__
    assert price.resource.attributes["telemetry.sdk.name"] == "sltrace"


def test_a_span_inside_another_is_its_child_and_ends_first():
    with sltrace.testing.capture() as spans, sltrace.span("outer"), sltrace.span("inner"):
        assert sltrace.current_span().name == "inner"

    inner, outer = spans
    assert (inner.name, outer.name) == ("inner", "outer")
    assert inner.parent.span_id == outer.context.span_id
    assert inner.context.trace_id == outer.context.trace_id
    assert not inner.parent.is_remote


def test_a_new_trace_id_begins_with_the_epoch_second_as_xray_asks():
    with sltrace.testing.capture() as spans, sltrace.span("root"):
        pass

    (root,) = spans
    assert root.context.trace_id >> 96 == pytest.approx(root.start_time / 1e9, abs=2)


def test_an_exception_is_recorded_with_its_stack_and_causes_and_passes_on():
    error = ValueError("no such item")
    with sltrace.testing.capture() as spans, pytest.raises(ValueError) as raised:
        with sltrace.span("price"):
            try:
                {}["o-1"]
            except KeyError as cause:
                raise error from cause

    assert raised.value is error
    (event,) = spans[0].events
    assert event.name == "exception"
    assert event.attributes["exception.type"] == "ValueError"
    assert event.attributes["exception.message"] == "no such item"
    assert "KeyError: 'o-1'" in event.attributes["exception.stacktrace"]
    assert event.attributes["exception.escaped"] == "True"
    assert [link.type for link in event.exceptions] == ["ValueError", "KeyError"]
    assert event.exceptions[0].frames[-1][2] == (
        "test_an_exception_is_recorded_with_its_stack_and_causes_and_passes_on"
    )
    assert spans[0].status.status_code is StatusCode.ERROR
    assert spans[0].status.description == "ValueError: no such item"


def test_an_exception_that_cannot_be_printed_is_recorded_all_the_same(capsys):
    class Unprintable(Exception):
        def __str__(self):
            raise RuntimeError("no text")

    with sltrace.testing.capture() as spans, pytest.raises(Unprintable), sltrace.span("price"):
        raise Unprintable

    assert spans[0].status.status_code is StatusCode.ERROR
    assert spans[0].events[0].attributes["exception.message"] == ""
    assert "could not read an exception's message" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("text", "text"),
        (True, True),
        (7, 7),
        (0.5, 0.5),
        ([1, 2], (1, 2)),
        (("a", "b"), ("a", "b")),
        (Decimal("9.99"), "9.99"),
        (b"raw", "raw"),
        ({"a": 1}, '{"a": 1}'),
        ([{"a": 1}, None], ('{"a": 1}', "None")),
        (StatusCode.OK, "StatusCode.OK"),
    ],
)
def test_an_attribute_takes_any_value_and_keeps_what_exporters_can_send(given, kept):
    with sltrace.testing.capture() as spans, sltrace.span("price", value=given):
        pass

    assert spans[0].attributes["value"] == kept
    assert type(spans[0].attributes["value"]) is type(kept)


def test_none_and_keys_that_are_no_names_are_dropped_counted_and_reported_once(capsys):
    with sltrace.testing.capture() as spans, sltrace.span("price") as span:
        span.set_attribute("none", None)
        span.set_attribute("", 1)
        span.set_attribute(7, 1)
        span.set_attribute("none", None)

    assert dict(spans[0].attributes) == {}
    assert spans[0].dropped_attributes == 4
    assert capsys.readouterr().err.count("value is None") == 1


def test_a_value_that_breaks_when_read_costs_its_attribute_only(capsys):
    class Broken(list):
        def __iter__(self):
            raise RuntimeError("broken")

    with sltrace.testing.capture() as spans, sltrace.span("price", bad=Broken([1]), good=1):
        pass

    assert dict(spans[0].attributes) == {"good": 1}
    assert "RuntimeError: broken" in capsys.readouterr().err


def test_limits_come_from_opentelemetrys_variables(monkeypatch):
    monkeypatch.setenv("OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", "2")
    monkeypatch.setenv("OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT", "3")
    monkeypatch.setenv("OTEL_SPAN_EVENT_COUNT_LIMIT", "1")
    monkeypatch.setenv("OTEL_SPAN_LINK_COUNT_LIMIT", "0")
    sltrace.configure()

    with sltrace.testing.capture() as spans, sltrace.span("price") as span:
        span.set_attributes({"a": "12345", "b": ["12345"], "c": 3})
        span.add_event("first")
        span.add_event("second")
        span.add_link(span.context)

    (price,) = spans
    assert dict(price.attributes) == {"b": ("123",), "c": 3}
    assert price.dropped_attributes == 1
    assert [event.name for event in price.events] == ["second"]
    assert price.dropped_events == 1
    assert price.links == ()
    assert price.dropped_links == 1


def test_a_limit_that_is_no_number_warns_once_and_takes_the_default(monkeypatch, capsys):
    monkeypatch.setenv("OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", "many")
    sltrace.configure()

    with sltrace.testing.capture() as spans, sltrace.span("price", a=1):
        pass

    assert dict(spans[0].attributes) == {"a": 1}
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("sltrace: OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT='many' is not a whole number")


def test_an_ended_span_takes_nothing_more():
    with sltrace.testing.capture() as spans, sltrace.span("price") as span:
        pass
    span.set_attribute("late", 1)
    span.add_event("late")
    span.add_link(span.context)
    span.update_name("late")
    span.set_status(StatusCode.ERROR)
    ended = span.end_time
    span.end()

    assert not span.is_recording()
    assert spans == [span]
    assert (span.name, dict(span.attributes), span.events) == ("price", {}, ())
    assert (span.links, span.status.status_code, span.end_time) == ((), StatusCode.UNSET, ended)


def test_status_ok_is_final_and_unset_replaces_nothing():
    with sltrace.testing.capture(), sltrace.span("price") as span:
        span.set_status(StatusCode.ERROR, "first")
        span.set_status(StatusCode.UNSET)
        assert span.status.description == "first"
        span.set_status(Status(StatusCode.OK))
        span.set_status(StatusCode.ERROR, "second")
        assert span.status.is_ok


def test_annotations_are_attributes_marked_as_indexed():
    with sltrace.testing.capture() as spans, sltrace.span("price", items=3):
        sltrace.annotate(order_id="o-1", total=9.5)

    assert spans[0].attributes["order_id"] == "o-1"
    assert spans[0].annotations == {"order_id", "total"}


def test_annotate_outside_a_span_warns_once(capsys):
    sltrace.annotate(order_id="o-1")
    sltrace.annotate(order_id="o-2")

    assert capsys.readouterr().err.count("outside any span") == 1


def test_outside_any_span_the_current_one_takes_every_call_and_keeps_nothing():
    span = sltrace.current_span()
    with span as same:
        same.set_attribute("a", 1)
        same.add_event("b")

    assert not span.is_recording()
    assert not span.context.is_valid
    assert dict(span.attributes) == {}


def test_links_lead_to_other_spans_with_attributes():
    with sltrace.testing.capture() as spans:
        with sltrace.span("first") as first:
            pass
        with sltrace.span("second", links=[first.context]) as second:
            second.add_link(first.context, {"why": "again"})

    links = spans[1].links
    assert [link.context.span_id for link in links] == [first.context.span_id] * 2
    assert dict(links[1].attributes) == {"why": "again"}


def test_spans_that_end_out_of_order_leave_the_nearest_open_one_current():
    with sltrace.testing.capture():
        outer = sltrace.span("outer").__enter__()
        inner = sltrace.span("inner").__enter__()
        outer.__exit__(None, None, None)
        assert sltrace.current_span() is inner
        inner.__exit__(None, None, None)
        assert not sltrace.current_span().is_recording()


def test_disabled_nothing_is_recorded(monkeypatch):
    monkeypatch.setenv("OTEL_SDK_DISABLED", "true")
    sltrace.configure()

    with sltrace.testing.capture() as spans, sltrace.span("price", items=3) as span:
        sltrace.annotate(order_id="o-1")
        assert not span.is_recording()

    assert spans == []


def test_a_name_that_is_no_str_becomes_one():
    with sltrace.testing.capture() as spans, sltrace.span(42):
        pass

    assert spans[0].name == "42"


def test_the_wall_clock_is_read_once_a_trace_and_then_advances_monotonically(monkeypatch):
    import time

    with sltrace.testing.capture() as spans, sltrace.span("outer"):
        monkeypatch.setattr(time, "time_ns", lambda: 0)  # the clock is set back in mid-trace
        with sltrace.span("inner"):
            pass

    inner, outer = spans
    assert outer.start_time <= inner.start_time <= inner.end_time <= outer.end_time


@pytest.mark.parametrize(
    "write",
    [
        lambda span: span.set_status("ERROR"),
        lambda span: span.set_status(None),
        lambda span: span.record_exception("boom"),
        lambda span: span.record_exception(ValueError("x"), attributes=[1]),
        lambda span: span.add_event("e", timestamp="now"),
        lambda span: span.add_event(None, attributes=3),
        lambda span: span.add_link(None),
        lambda span: span.add_link("trace"),
        lambda span: span.set_attributes(3),
        lambda span: span.annotate(3),
        lambda span: span.update_name(None),
        lambda span: span.end("later"),
    ],
)
def test_a_wrong_argument_reaches_neither_the_caller_nor_the_exporters(
    write, monkeypatch, tmp_path
):
    monkeypatch.setenv("AWS_XRAY_DAEMON_ADDRESS", "127.0.0.1:9")
    sltrace.configure(exporters=["local", "xray"])
    with sltrace.span("outer"), sltrace.span("inner") as span:
        write(span)

    (file,) = (tmp_path / ".sltrace").glob("*.jsonl")
    assert file.read_text().count('"spanId"') == 2


def test_opentelemetrys_own_status_and_kind_serve_as_well():
    from opentelemetry import trace as otel

    with sltrace.testing.strict(), sltrace.testing.capture() as spans:
        with sltrace.span("a", kind=otel.SpanKind.CLIENT) as span:
            span.set_status(otel.Status(otel.StatusCode.ERROR, "theirs"))
        with sltrace.span("b", links=[span]) as span:
            span.set_status(otel.StatusCode.ERROR, "code")

    assert spans[0].kind is sltrace.SpanKind.CLIENT
    assert (spans[0].status.status_code, spans[0].status.description) == (
        StatusCode.ERROR,
        "theirs",
    )
    assert spans[1].status.description == "code"
    assert spans[1].links[0].context.span_id == spans[0].context.span_id


def test_a_kind_that_is_none_warns_and_is_internal(capsys):
    with sltrace.testing.capture() as spans, sltrace.span("a", kind="sideways"):
        pass
    assert spans[0].kind is sltrace.SpanKind.INTERNAL
    assert "no span kind is named 'sideways'" in capsys.readouterr().err


def test_an_attribute_that_is_set_again_is_the_newest(monkeypatch):
    monkeypatch.setenv("OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", "3")
    sltrace.configure()
    with sltrace.testing.capture() as spans, sltrace.span("a") as span:
        for key, value in (("a", 1), ("b", 1), ("c", 1), ("a", 2), ("d", 1)):
            span.set_attribute(key, value)
    assert dict(spans[0].attributes) == {"c": 1, "a": 2, "d": 1}


def test_secrets_that_exceptions_quote_are_not_recorded():
    with sltrace.testing.capture() as spans:
        for message in (
            "could not connect to postgresql://admin:hunter2@db.example.com/orders",
            "Invalid type for parameter Item.pk, value: ['hunter2'], type: <class 'list'>, valid",
        ):
            with pytest.raises(ValueError), sltrace.span("call"):
                raise ValueError(message)

    told = repr([(span.status.description, dict(span.events[0].attributes)) for span in spans])
    told += repr([span.events[0].exceptions[0].message for span in spans])
    assert "hunter2" not in told
    assert "db.example.com/orders" in told
    assert "for parameter Item.pk, value: ..., " in told


def test_a_span_entered_twice_is_no_circle():
    with sltrace.testing.capture() as spans:
        with sltrace.span("outer"):
            span = sltrace.span("inner").__enter__()
            with span:
                pass
            assert sltrace.current_span().name == "outer"
    assert [span.name for span in spans] == ["inner", "outer"]


def test_spans_entered_in_turn_and_again_are_no_circle_either():
    with sltrace.testing.capture() as spans:
        with sltrace.span("outer") as outer:
            one, other = sltrace.span("one"), sltrace.span("other")
            with one, other, one:
                pass
            assert sltrace.current_span() is outer
    assert {span.name for span in spans} == {"outer", "one", "other"}
