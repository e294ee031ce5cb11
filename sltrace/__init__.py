"""Tracing and observability for AWS Lambda.

::

    import sltrace

    @sltrace.trace_handler
    def handler(event, context):
        sltrace.annotate(order_id="o-1")
        with sltrace.span("price", items=3) as span:
            span.set_attribute("currency", "EUR")
        return {"statusCode": 200}

Every name is loaded on first use: importing this package costs a cold start one small module.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from sltrace import testing
    from sltrace._context import carry_context, current_span
    from sltrace._model import SpanKind, __version__
    from sltrace._settings import configure
    from sltrace._span import Span
    from sltrace.batches import records
    from sltrace.handler import trace_handler
    from sltrace.spans import annotate, span, trace
else:
    # In the `else`, for a `__getattr__` that type checkers see would make them accept any name.
    _ELSEWHERE = {
        "Span": "_span",
        "SpanKind": "_model",
        "__version__": "_model",
        "annotate": "spans",
        "carry_context": "_context",
        "configure": "_settings",
        "current_span": "_context",
        "records": "batches",
        "span": "spans",
        "testing": None,
        "trace": "spans",
        "trace_handler": "handler",
    }

    def __getattr__(name: str) -> object:
        if name not in _ELSEWHERE:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from importlib import import_module

        room = _ELSEWHERE[name]
        module = import_module(f"{__name__}.{room or name}")
        # Bound here, so that the next look-up is an ordinary one.
        value = globals()[name] = getattr(module, name) if room else module
        return value

    def __dir__() -> list[str]:
        return sorted({*globals(), *__all__})


__all__ = [
    "Span",
    "SpanKind",
    "__version__",
    "annotate",
    "carry_context",
    "configure",
    "current_span",
    "records",
    "span",
    "testing",
    "trace",
    "trace_handler",
]
