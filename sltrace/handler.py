"""``@sltrace.trace_handler``: an invocation's span around a Lambda handler."""

from __future__ import annotations

import functools

from sltrace import _exporters, _importing, _invocation, _sandbox, bootstrap
from sltrace._guard import guard, warn
from sltrace._kinds import is_coroutine_function

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, TypeVar, overload

    from sltrace.bootstrap import Invocation

    Handler = TypeVar("Handler", bound="Callable[..., Any]")
else:

    def overload(_: object) -> None:
        """Stand in for ``typing.overload``, which a cold start can do without."""


@overload
def trace_handler(handler: Handler, /) -> Handler: ...  # noqa: D103 - the last one tells


@overload
def trace_handler(  # noqa: D103, F811 - ruff knows typing's overload only
    *, service: str | None = None
) -> Callable[[Handler], Handler]: ...


def trace_handler(  # noqa: F811 - as above
    handler: Any = None, /, *, service: str | None = None
) -> Any:
    """Record each invocation of a Lambda handler as a span, and its event, context and outcome.

    For functions, coroutine functions, methods, static and class methods, and callable objects.
    The handler's result and its exception pass unchanged, whatever happens to the telemetry. A
    handler that is decorated already is returned as it is. A coroutine function stays one, for
    whoever awaits it: Lambda's own Python runtime awaits none.

    Args:
        handler: takes the event and the context, as its last two positional arguments or by name.
        service: the service's name on this handler's spans, in place of OTEL_SERVICE_NAME.
    """
    if handler is None:
        return functools.partial(_decorate, service=service)
    return _decorate(handler, service=service)


def is_traced(handler: Any) -> bool:
    """Return whether ``trace_handler`` has been applied to the handler."""
    return getattr(handler, "__sltrace_handler__", False) is True


def _decorate(handler: Any, *, service: str | None) -> Any:
    if isinstance(handler, (staticmethod, classmethod)):
        return type(handler)(_decorate(handler.__func__, service=service))
    if is_traced(handler):
        return handler
    if not callable(handler) or isinstance(handler, type):
        warn(f"trace_handler is for a handler, not for {handler!r}: left as it is")
        return handler
    wrapped = handler
    with guard("decorate the handler"):
        wrapped = _wrap(handler, service)
        _importing.watch()
        if _sandbox.current().is_initialising():
            _exporters.prepare()
        _sandbox.current().decorated()
    return wrapped


def _wrap(handler: Callable[..., Any], service: str | None) -> Callable[..., Any]:
    name = getattr(handler, "__name__", None) or type(handler).__name__

    def begin(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Invocation:
        event, context = _arguments(args, kwargs)
        return _invocation.begin(name, service, event, context)

    wrap = bootstrap.wrap_async if is_coroutine_function(handler) else bootstrap.wrap
    wrapped = wrap(handler, begin)
    wrapped.__sltrace_handler__ = True  # type: ignore[attr-defined]  # read by is_traced
    return wrapped


def _arguments(args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, Any]:
    """Return the event and the context: the last two positional arguments, or by name."""
    if len(args) >= 2:
        return args[-2], args[-1]
    event = kwargs.get("event", args[-1] if args else None)
    return event, kwargs.get("context")
