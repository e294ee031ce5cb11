"""Prints what one span costs, in us, as JSON: sltrace and opentelemetry-sdk in turn.

Each side: start, be current, three attributes, end, without anything being exported. sltrace's
spans are those of an invocation, kept until it ends; opentelemetry's go to a processor that
drops them.
"""

from __future__ import annotations

import json
import sys
import time

from opentelemetry.sdk.trace import SpanProcessor, TracerProvider

import sltrace
from sltrace_xray.encode import encode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

# About as many as an invocation may have.
SPANS = 100
ABOUT = {"items": 3, "currency": "EUR", "gift": True}


def sltrace_at_once() -> None:
    with sltrace.span("price", attributes=ABOUT):
        pass


def opentelemetry_at_once() -> None:
    with tracer.start_as_current_span("price", attributes=ABOUT):
        pass


def sltrace_one_by_one() -> None:
    with sltrace.span("price") as span:
        span.set_attribute("items", 3)
        span.set_attribute("currency", "EUR")
        span.set_attribute("gift", True)


def opentelemetry_one_by_one() -> None:
    with tracer.start_as_current_span("price") as span:
        span.set_attribute("items", 3)
        span.set_attribute("currency", "EUR")
        span.set_attribute("gift", True)


def timed(once: Callable[[], None]) -> float:
    """Return us per call."""
    begin = time.perf_counter_ns()
    for _ in range(SPANS):
        once()
    return (time.perf_counter_ns() - begin) / 1e3 / SPANS


def encoded() -> float:
    """Return us per span to make X-Ray documents of an invocation's spans."""
    begin = time.perf_counter_ns()
    encode(spans, in_lambda=True)
    return (time.perf_counter_ns() - begin) / 1e3 / len(spans)


@sltrace.trace_handler
def handler(once: Callable[[], None], context: None) -> float:
    return timed(once)


provider = TracerProvider(shutdown_on_exit=False)
provider.add_span_processor(SpanProcessor())
tracer = provider.get_tracer("bench")
sltrace.configure(exporters=[])
with sltrace.testing.capture() as spans:
    handler(sltrace_at_once, None)

names = ("sltrace_at_once", "opentelemetry_at_once", "sltrace_one_by_one",
         "opentelemetry_one_by_one", "encode")  # fmt: skip
rows: dict[str, list[float]] = {name: [] for name in names}
with tracer.start_as_current_span("handler"):
    for _ in range(int(sys.argv[1])):
        rows["sltrace_at_once"].append(handler(sltrace_at_once, None))
        rows["opentelemetry_at_once"].append(timed(opentelemetry_at_once))
        rows["sltrace_one_by_one"].append(handler(sltrace_one_by_one, None))
        rows["opentelemetry_one_by_one"].append(timed(opentelemetry_one_by_one))
        rows["encode"].append(encoded())
print(json.dumps(rows))
