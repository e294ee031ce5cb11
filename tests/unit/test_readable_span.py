"""Our spans beside opentelemetry-sdk's: the same program gives the same reading."""

import time

from opentelemetry import trace as otel
from opentelemetry.sdk.trace import ReadableSpan, SpanLimits, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

import sltrace
from sltrace import _model

# Deprecated since 1.11, and a presentation that its own exporters alone use.
NOT_OURS = {"instrumentation_info", "to_json"}

# The stack names each side's own frames; opentelemetry-sdk itself says of one and the same
# exception "escaped" when it leaves `with span`, and not when it leaves `use_span`.
VARYING = {"exception.stacktrace", "exception.escaped"}


def program(tracer_span, status, kind, at):
    """Run the same steps on either kind of span: `tracer_span(name, kind)` opens one."""
    with tracer_span("outer", kind.SERVER) as outer:
        outer.set_attribute("text", "value")
        outer.set_attributes({"flag": True, "count": 7, "ratio": 0.5, "list": ["a", "b"]})
        outer.set_attribute("text", "again")
        try:
            with tracer_span("inner", kind.CLIENT) as inner:
                inner.add_event("waited", {"ms": 3}, at)
                inner.add_link(outer.get_span_context(), {"why": "test"})
                inner.set_status(status.OK)
                inner.set_status(status.ERROR, "too late")
                raise LookupError("no such item")
        except LookupError:
            outer.set_status(status.ERROR, "described")
        with tracer_span("full", kind.INTERNAL) as full:
            for number in range(130):
                full.set_attribute(f"a{number}", number)
                full.add_event(f"e{number}", timestamp=at)
                full.add_link(outer.get_span_context())


def reading(span):
    """Return what a span tells, without what differs from run to run."""
    return {
        "name": span.name,
        "kind": span.kind.name,
        "attributes": dict(span.attributes),
        "events": [
            (event.name, {k: v for k, v in event.attributes.items() if k not in VARYING})
            for event in span.events
        ],
        "links": [(dict(link.attributes), link.context.span_id != 0) for link in span.links],
        "status": (span.status.status_code.name, span.status.description),
        "has parent": span.parent is not None,
        "remote": span.parent is not None and span.parent.is_remote,
        "flags": int(span.context.trace_flags) & 1,
        "dropped": (span.dropped_attributes, span.dropped_events, span.dropped_links),
    }


def test_every_public_name_of_readable_span_is_there():
    with sltrace.testing.capture() as spans, sltrace.span("any"):
        pass

    names = {name for name in dir(ReadableSpan) if not name.startswith("_")} - NOT_OURS
    assert names <= set(dir(spans[0]))


def test_kinds_and_status_codes_have_opentelemetrys_names_and_values():
    assert {k.name: k.value for k in sltrace.SpanKind} == {k.name: k.value for k in otel.SpanKind}
    assert {c.name: c.value for c in _model.StatusCode} == {
        c.name: c.value for c in otel.StatusCode
    }


def test_the_same_program_gives_the_same_reading():
    exporter = InMemorySpanExporter()
    provider = TracerProvider(span_limits=SpanLimits(), shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    tracer = provider.get_tracer("test")
    at = time.time_ns()

    program(
        lambda name, kind: tracer.start_as_current_span(name, kind=kind),
        otel.StatusCode,
        otel.SpanKind,
        at,
    )
    with sltrace.testing.strict(), sltrace.testing.capture() as spans:
        program(
            lambda name, kind: sltrace.span(name, kind=kind),
            _model.StatusCode,
            sltrace.SpanKind,
            at,
        )

    theirs = exporter.get_finished_spans()
    assert [reading(span) for span in spans] == [reading(span) for span in theirs]
    for ours, other in zip(spans, theirs, strict=True):
        for mine, its in zip(ours.events, other.events, strict=True):
            assert mine.timestamp == its.timestamp or mine.name == "exception"
    trace_text = spans[0].events[1].attributes["exception.stacktrace"]
    assert trace_text.endswith("LookupError: no such item\n")
    provider.shutdown()
