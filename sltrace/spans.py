"""``sltrace.span`` and ``@sltrace.trace``: spans of one's own."""

from __future__ import annotations

import functools

from sltrace import _settings
from sltrace._context import no_span, start_span
from sltrace._guard import guard, warn
from sltrace._span import CURRENT, INTERNAL, Span
from sltrace._traced import wrapper_for

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import Any, TypeVar, overload

    from sltrace._model import SpanKind

    Func = TypeVar("Func", bound="Callable[..., Any]")
else:

    def overload(_: object) -> None:
        """Stand in for ``typing.overload``, which a cold start can do without."""


def span(
    name: str,
    /,
    *,
    kind: SpanKind = INTERNAL,
    links: Iterable[Any] = (),
    attributes: Mapping[str, Any] | None = None,
    **more: Any,
) -> Span:
    """Start a span, for a ``with`` block that it is to measure.

    Inside the block it is the current span. An exception that leaves the block is recorded. Used
    without ``with`` it never becomes current, and has to be ended by ``end()``.

    Args:
        name: what is done, in few words and without ids: ``"price"``.
        kind: one of SpanKind.
        links: SpanContexts of other spans that belong to this one.
        attributes: attributes whose names are no Python names, such as ``{"order.id": "o-1"}``.
        **more: attributes: ``items=3``.
    """
    new = no_span()
    with guard("start a span"):
        new = start_span(name, kind)
        if attributes:
            new.set_attributes(attributes)
        if more:
            new.set_attributes(more)
        for context in links:
            new.add_link(context)
    return new


def annotate(**attributes: Any) -> None:
    """Set indexed attributes on the current span: X-Ray annotations, OTel attributes."""
    with guard("annotate the current span"):
        current = CURRENT.get()
        if current is not None:
            current.annotate(attributes)
        elif not _settings.current().disabled:
            warn("annotate() was called outside any span: nothing to annotate")


@overload
def trace(func: Func, /) -> Func: ...  # noqa: D103 - the last one tells


@overload
def trace(  # noqa: D103, F811 - ruff knows typing's overload only
    *, name: str | None = None, kind: SpanKind = INTERNAL, **attributes: Any
) -> Callable[[Func], Func]: ...


def trace(  # noqa: F811 - as above
    func: Any = None,
    /,
    *,
    name: str | None = None,
    kind: SpanKind = INTERNAL,
    **attributes: Any,
) -> Any:
    """Record each call of a function as a span named after it.

    For functions, methods, static and class methods, coroutine functions, generators and
    asynchronous generators. A generator's span lasts from its first step to its end, and is
    current only while its own code runs, never in the code that it yields to.

    Args:
        func: what to trace.
        name: the span's name (otherwise the function's qualified name).
        kind: one of SpanKind.
        **attributes: attributes of each span.
    """
    decorate = functools.partial(_decorate, name=name, kind=kind, attributes=attributes)
    return decorate if func is None else decorate(func)


def _decorate(func: Any, *, name: str | None, kind: SpanKind, attributes: dict[str, Any]) -> Any:
    if isinstance(func, (staticmethod, classmethod)):
        inner = _decorate(func.__func__, name=name, kind=kind, attributes=attributes)
        return type(func)(inner)
    if not callable(func) or isinstance(func, type):
        warn(f"trace is for a function, not for {func!r}: left as it is")
        return func
    label = name or getattr(func, "__qualname__", type(func).__name__).replace("<locals>.", "")

    def start() -> Span:
        return span(label, kind=kind, attributes=attributes)

    return wrapper_for(func)(func, start)
