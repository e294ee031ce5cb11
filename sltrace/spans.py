"""``sltrace.span`` and ``@sltrace.trace``: spans of one's own."""

from __future__ import annotations

import functools

from sltrace import _kinds, _settings
from sltrace._context import no_span, start_span
from sltrace._guard import guard, warn
from sltrace._span import CURRENT, INTERNAL, Span

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable, Generator, Iterable, Mapping
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

    return _wrapper_for(func)(func, start)


def _wrapper_for(func: Any) -> Callable[[Any, Callable[[], Span]], Any]:
    if _kinds.is_async_generator_function(func):
        return _trace_async_generator
    if _kinds.is_generator_function(func):
        return _trace_generator
    return _trace_coroutine if _kinds.is_coroutine_function(func) else _trace_function


def _trace_function(func: Callable[..., Any], start: Callable[[], Span]) -> Any:
    @functools.wraps(func)
    def traced(*args: Any, **kwargs: Any) -> Any:
        with start():
            return func(*args, **kwargs)

    return traced


def _trace_coroutine(func: Callable[..., Awaitable[Any]], start: Callable[[], Span]) -> Any:
    @functools.wraps(func)
    async def traced(*args: Any, **kwargs: Any) -> Any:
        with start():
            return await func(*args, **kwargs)

    return traced


class _Inside:
    """The context of a generator's own code: entered for each step, left at each yield.

    What the code made current (a ``with`` block around a ``yield``) is current again at its next
    step, and never in between.
    """

    __slots__ = ("_outside", "_own")

    def __init__(self, own: Span) -> None:
        self._own: Span | None = own
        self._outside: Span | None = None

    def __enter__(self) -> None:
        self._outside = CURRENT.get()
        CURRENT.set(self._own)

    def __exit__(self, *_: object) -> None:
        self._own = CURRENT.get()
        CURRENT.set(self._outside)


def _trace_generator(func: Callable[..., Generator[Any, Any, Any]], start: Any) -> Any:
    @functools.wraps(func)
    def traced(*args: Any, **kwargs: Any) -> Generator[Any, Any, Any]:
        own = start()
        inside = _Inside(own)
        generator = func(*args, **kwargs)
        resume: Callable[[Any], Any] = generator.send
        sent: Any = None
        try:
            while True:
                with inside:
                    item = resume(sent)
                try:
                    resume, sent = generator.send, (yield item)
                except GeneratorExit:
                    with inside:
                        generator.close()
                    raise
                except BaseException as error:  # noqa: BLE001 - passed on into the generator
                    resume, sent = generator.throw, error
        except StopIteration as stop:
            return stop.value
        except GeneratorExit:
            raise
        except BaseException as error:
            own.fail(error)
            raise
        finally:
            own.end()

    return traced


def _trace_async_generator(func: Callable[..., AsyncGenerator[Any, Any]], start: Any) -> Any:
    @functools.wraps(func)
    async def traced(*args: Any, **kwargs: Any) -> AsyncGenerator[Any, Any]:
        own = start()
        inside = _Inside(own)
        generator = func(*args, **kwargs)
        resume: Callable[[Any], Any] = generator.asend
        sent: Any = None
        try:
            while True:
                with inside:
                    item = await resume(sent)
                try:
                    resume, sent = generator.asend, (yield item)
                except GeneratorExit:
                    with inside:
                        await generator.aclose()
                    raise
                except BaseException as error:  # noqa: BLE001 - passed on into the generator
                    resume, sent = generator.athrow, error
        except StopAsyncIteration:
            return
        except GeneratorExit:
            raise
        except BaseException as error:
            own.fail(error)
            raise
        finally:
            own.end()

    return traced
