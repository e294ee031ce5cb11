"""The frames that stand between Lambda's runtime and a handler, and nothing else.

The file's name is part of its work. When a handler raises, Lambda's runtime reports the stack to
the caller without its own leading frames, which it knows by a path that holds ``/bootstrap.py``.
A wrapper in a file of that name is left out with them: the error a caller sees is, byte for byte,
the error of the bare handler.
"""

from __future__ import annotations

from functools import wraps

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from typing import Any, Protocol

    class Invocation(Protocol):
        """What is told how the handler went. Neither method raises."""

        def fail(self, error: BaseException) -> None:
            """The handler raised."""

        def succeed(self, result: Any) -> None:
            """The handler returned."""

    Begin = Callable[[tuple[Any, ...], dict[str, Any]], Invocation]


def wrap(func: Callable[..., Any], begin: Begin) -> Callable[..., Any]:
    """Return ``func`` with an invocation begun before it and told of its outcome.

    The result is recorded after and outside the handler's ``try``, so that nothing that happens
    to it there can be taken for the handler's own failure.
    """

    @wraps(func)
    def handler(*args: Any, **kwargs: Any) -> Any:
        invocation = begin(args, kwargs)
        try:
            result = func(*args, **kwargs)
        except BaseException as error:
            invocation.fail(error)
            raise
        invocation.succeed(result)
        return result

    return handler


def wrap_async(func: Callable[..., Awaitable[Any]], begin: Begin) -> Callable[..., Any]:
    """Return a coroutine function with an invocation around it, as ``wrap`` does."""

    @wraps(func)
    async def handler(*args: Any, **kwargs: Any) -> Any:
        invocation = begin(args, kwargs)
        try:
            result = await func(*args, **kwargs)
        except BaseException as error:
            invocation.fail(error)
            raise
        invocation.succeed(result)
        return result

    return handler
