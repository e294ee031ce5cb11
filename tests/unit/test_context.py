"""Where an invocation's trace comes from, and how a span travels into threads."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

import sltrace

XRAY_ROOT = "1-67429a3b-0123456789abcdef01234567"
XRAY_TRACE = 0x67429A3B0123456789ABCDEF01234567
W3C_TRACE = 0x0AF7651916CD43DD8448EB211C80319C
TRACEPARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def http_event(**headers):
    return {
        "version": "2.0",
        "routeKey": "GET /",
        "rawPath": "/",
        "headers": headers,
        "requestContext": {"http": {"method": "GET"}},
    }


def invoke(event=None, **context):
    @sltrace.trace_handler
    def handler(event, context):
        return None

    with sltrace.testing.capture() as spans:
        handler(event, sltrace.testing.context(**context))
    return spans[-1]


def test_a_sampled_xray_header_of_the_runtime_is_the_parent_before_all_others(monkeypatch):
    monkeypatch.setenv(
        "_X_AMZN_TRACE_ID",
        f"Root={XRAY_ROOT};Parent=00f067aa0ba902b7;Sampled=1;Lineage=240:e7ff:2;Extra=kept",
    )
    span = invoke(http_event(traceparent=TRACEPARENT, baggage="user=7"))

    assert span.context.trace_id == XRAY_TRACE
    assert span.parent.span_id == 0x00F067AA0BA902B7
    assert span.parent.is_remote
    assert span.context.trace_flags == 1
    assert span.trace.xray == {"Lineage": "240:e7ff:2", "Extra": "kept"}
    assert span.trace.baggage == "user=7"
    (link,) = span.links
    assert link.context.trace_id == W3C_TRACE


def test_an_unsampled_one_gives_way_to_a_w3c_parent(monkeypatch):
    monkeypatch.setenv("_X_AMZN_TRACE_ID", f"Root={XRAY_ROOT};Parent=00f067aa0ba902b7;Sampled=0")
    span = invoke(http_event(traceparent=TRACEPARENT, tracestate="vendor=1"))

    assert span.context.trace_id == W3C_TRACE
    assert span.context.trace_flags == 1
    assert span.context.trace_state == {"vendor": "1"}


def test_an_unsampled_one_alone_is_the_parent_and_the_trace_stays_unsampled(monkeypatch):
    monkeypatch.setenv("_X_AMZN_TRACE_ID", f"Root={XRAY_ROOT};Parent=00f067aa0ba902b7;Sampled=0")
    span = invoke({})

    assert span.context.trace_id == XRAY_TRACE
    assert span.context.trace_flags == 0


@pytest.mark.parametrize("sampled", ["Sampled=?", "Sampled=maybe", ""])
def test_an_undecided_header_leaves_the_decision_to_us(monkeypatch, sampled):
    monkeypatch.setenv("_X_AMZN_TRACE_ID", f"Root={XRAY_ROOT};Parent=00f067aa0ba902b7;{sampled}")
    span = invoke({})

    assert span.context.trace_id == XRAY_TRACE
    assert span.context.trace_flags == 1


def test_the_contexts_w3c_fields_come_before_the_events_headers():
    other = TRACEPARENT.replace("0af7", "1af7")
    span = invoke(http_event(traceparent=other), w3c={"traceparent": TRACEPARENT, "baggage": "a=1"})

    assert span.context.trace_id == W3C_TRACE
    assert span.trace.baggage == "a=1"
    assert len(span.links) == 1


def test_the_events_own_xray_header_is_read_in_any_case():
    span = invoke(http_event(**{"X-AMZN-Trace-Id": f"Root={XRAY_ROOT};Self=1-1-1"}))

    assert span.context.trace_id == XRAY_TRACE
    assert span.parent is None, "a header with a root and no parent joins the trace, not a span"


def test_without_any_carrier_the_invocation_begins_a_trace():
    span = invoke({})
    assert span.parent is None
    assert span.context.trace_flags == 1


@pytest.mark.parametrize(
    ("propagators", "trace_id"),
    [("tracecontext", W3C_TRACE), ("xray", XRAY_TRACE), ("xray-lambda,baggage", XRAY_TRACE)],
)
def test_propagators_name_the_formats_that_are_read(monkeypatch, propagators, trace_id):
    monkeypatch.setenv("OTEL_PROPAGATORS", propagators)
    monkeypatch.setenv("_X_AMZN_TRACE_ID", f"Root={XRAY_ROOT};Parent=00f067aa0ba902b7;Sampled=1")
    sltrace.configure()

    assert invoke(http_event(traceparent=TRACEPARENT)).context.trace_id == trace_id


def test_no_propagators_begin_a_new_trace_each_time(monkeypatch):
    monkeypatch.setenv("OTEL_PROPAGATORS", "none")
    monkeypatch.setenv("_X_AMZN_TRACE_ID", f"Root={XRAY_ROOT};Parent=00f067aa0ba902b7;Sampled=1")
    sltrace.configure()

    assert invoke(http_event(traceparent=TRACEPARENT)).parent is None


def test_an_unknown_propagator_is_left_out_with_one_warning(monkeypatch, capsys):
    monkeypatch.setenv("OTEL_PROPAGATORS", "b3,tracecontext")
    sltrace.configure()

    assert invoke(http_event(traceparent=TRACEPARENT)).context.trace_id == W3C_TRACE
    assert capsys.readouterr().err.count("OTEL_PROPAGATORS: b3 left out") == 1


def test_carry_context_takes_the_current_span_into_threads_and_executors():
    def work(item):
        with sltrace.span(f"work {item}"):
            return item

    with sltrace.testing.capture() as spans, sltrace.span("main") as main:
        with ThreadPoolExecutor(max_workers=2) as pool:
            carried = sltrace.carry_context(work)
            assert list(pool.map(carried, range(8))) == list(range(8))
        thread = threading.Thread(target=sltrace.carry_context(work), args=("thread",))
        thread.start()
        thread.join()

    assert carried.__name__ == "work"
    assert len(spans) == 10
    assert {span.parent.span_id for span in spans[:-1]} == {main.context.span_id}


def test_without_it_a_thread_begins_a_trace_of_its_own():
    def work():
        with sltrace.span("work"):
            pass

    with sltrace.testing.capture() as spans, sltrace.span("main"):
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()

    assert spans[0].parent is None


@pytest.mark.parametrize(("sampled", "flags"), [("Sampled=0", 0), ("Sampled=?", 1), ("", 1)])
def test_behind_api_gateway_the_runtimes_parent_and_decision_count(monkeypatch, sampled, flags):
    monkeypatch.setenv("_X_AMZN_TRACE_ID", f"Root={XRAY_ROOT};Parent=00f067aa0ba902b7;{sampled}")
    span = invoke(http_event(**{"x-amzn-trace-id": f"Root={XRAY_ROOT}"}))

    assert span.context.trace_id == XRAY_TRACE
    assert span.parent.span_id == 0x00F067AA0BA902B7
    assert span.context.trace_flags == flags


def test_baggage_is_read_only_where_the_propagators_name_it(monkeypatch):
    event = http_event(traceparent=TRACEPARENT, baggage="user=7")
    assert invoke(event).trace.baggage == "user=7"
    monkeypatch.setenv("OTEL_PROPAGATORS", "tracecontext")
    sltrace.configure()
    assert invoke(event).trace.baggage == ""
