"""opentelemetry-sdk: spans by hand, a SimpleSpanProcessor, and an exporter that sends nothing.

Less than anyone pays who uses it: no instrumentation, no OTLP exporter and no encoding.
"""

from __future__ import annotations

import os
from importlib import import_module

import delivered
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.trace import SpanKind

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any


class Discard(SpanExporter):
    """Takes the spans and sends nothing."""

    def export(self, spans: Sequence[Any]) -> SpanExportResult:
        return SpanExportResult.SUCCESS


provider = TracerProvider()
provider.add_span_processor(SimpleSpanProcessor(Discard()))
tracer = provider.get_tracer("bench")
work = import_module(os.environ["BENCH_WORK"])


def step(name: str) -> None:
    with tracer.start_as_current_span(name, attributes={"items": 3}):
        pass


def call(name: str, func: Callable[..., Any], **arguments: Any) -> Any:
    with tracer.start_as_current_span(name, kind=SpanKind.CLIENT):
        return func(**arguments)


def traced(event: Any, context: Any) -> Any:
    about = {"faas.invocation_id": context.aws_request_id, "faas.trigger": "http"}
    with tracer.start_as_current_span("handler", kind=SpanKind.SERVER, attributes=about):
        return work.run(event, step, call)


def handler(event: Any, context: Any) -> Any:
    delivered.trace_header()
    return traced(event, context)
