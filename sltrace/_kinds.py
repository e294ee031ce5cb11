"""What kind of function a callable is, without ``inspect``, which costs a cold start 9 ms."""

from __future__ import annotations

from functools import partial

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

# The code flags of CPython's inspect module ("Code Objects Bit Flags").
_GENERATOR = 0x20
_COROUTINE = 0x80
_ITERABLE_COROUTINE = 0x100
_ASYNC_GENERATOR = 0x200


def is_coroutine_function(func: Any) -> bool:
    """Return whether what calling ``func`` gives is awaited: also of ``types.coroutine``."""
    return bool(_flags(func) & (_COROUTINE | _ITERABLE_COROUTINE))


def is_generator_function(func: Any) -> bool:
    """Return whether calling ``func`` gives a generator to iterate over."""
    return _flags(func) & (_GENERATOR | _ITERABLE_COROUTINE) == _GENERATOR


def is_async_generator_function(func: Any) -> bool:
    """Return whether calling ``func`` gives an asynchronous generator."""
    return bool(_flags(func) & _ASYNC_GENERATOR)


def _flags(func: Any) -> int:
    while isinstance(func, partial):
        func = func.func
    func = getattr(func, "__func__", func)
    code = getattr(func, "__code__", None)
    if code is None:
        # An object that is called through its class.
        code = getattr(getattr(type(func), "__call__", None), "__code__", None)  # noqa: B004 - its code is wanted, not whether it is callable
    return int(getattr(code, "co_flags", 0))
