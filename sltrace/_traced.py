"""What ``@sltrace.trace`` puts around each kind of function: a span from its start to its end."""

from __future__ import annotations

import functools

from sltrace import _kinds
from sltrace._span import CURRENT, Span

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
    from typing import Any


def wrapper_for(func: Any) -> Callable[[Any, Callable[[], Span]], Any]:
    """Return what wraps a function of this kind: given it and how to start a span."""
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
        # A list to take from: a local name would hold on to an exception, and it to this frame.
        sent: list[Any] = [None]
        try:
            while True:
                with inside:
                    item = resume(sent.pop())
                try:
                    sent.append((yield item))
                    resume = generator.send
                except BaseException as error:  # noqa: BLE001 - for the generator to deal with
                    sent.append(error)
                    resume = generator.throw
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
        sent: list[Any] = [None]
        try:
            while True:
                with inside:
                    item = await resume(sent.pop())
                try:
                    sent.append((yield item))
                    resume = generator.asend
                except BaseException as error:  # noqa: BLE001 - for the generator to deal with
                    sent.append(error)
                    resume = generator.athrow
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
