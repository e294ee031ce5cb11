"""A handler found by its name, by the rules of Lambda's Python runtime."""

from __future__ import annotations

import difflib
import importlib
import os
import sys
import traceback
from typing import TYPE_CHECKING, Any

from sltrace._guard import describe
from sltrace.local.attempt import Attempt

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType


class BadHandler(Exception):  # noqa: N818 - says what is the matter; there is no other kind
    """There is no handler of that name that could be run; one line says why."""


def resolve(handler: str) -> Callable[..., Any]:
    """Return the handler: ``module.function``, ``package.module.function`` or ``folder/module.f``.

    Raises:
        BadHandler: its module cannot be imported, or has no such name, or that is not callable.
    """
    module_name, name = split(handler)
    module = _module(handler, module_name)
    found: Any = None
    with Attempt() as attempt:
        found = getattr(module, name)
    if attempt.error is not None:
        raise BadHandler(_missing(handler, module, name))
    if not callable(found):
        raise BadHandler(
            f"handler {handler!r} is not callable: it is of type {type(found).__name__}"
        )
    return found  # type: ignore[no-any-return]  # what a module holds can be anything


def split(handler: str) -> tuple[str, str]:
    """Return the names of the module and of the function in it.

    Raises:
        BadHandler: it does not name both, or names a module that is built into Python.
    """
    path, _, name = handler.rpartition(".")
    module = path.replace("/", ".")
    if not name or not all(module.split(".")):
        raise BadHandler(f"handler {handler!r} is not MODULE.FUNCTION, such as app.handler")
    if module.split(".")[0] in sys.builtin_module_names:
        raise BadHandler(f"handler {handler!r} is in a module that is built into Python")
    return module, name


def _module(handler: str, name: str) -> ModuleType:
    importlib.invalidate_caches()
    with Attempt() as attempt:
        return importlib.import_module(name)
    error = attempt.error
    missing = getattr(error, "name", None) if isinstance(error, ModuleNotFoundError) else None
    if missing and f"{name}.".startswith(f"{missing}."):
        raise BadHandler(f"handler {handler!r}: there is no module {name} in {os.getcwd()}")
    raise BadHandler(f"handler {handler!r} cannot be imported: {_cause(error)}")


def _cause(error: BaseException | None) -> str:
    if isinstance(error, SyntaxError):
        place = f"{_short(error.filename or '?')}, line {error.lineno}"
        return f"{place}: {type(error).__name__}: {error.msg}"
    return f"{_place(error)}{describe(error)}" if error else ""


def _place(error: BaseException) -> str:
    """Return the line of the user's own code that the error came from."""
    frames = [
        (frame.filename, frame.lineno)
        for frame in traceback.extract_tb(error.__traceback__)
        if not frame.filename.startswith("<") and os.path.dirname(__file__) not in frame.filename
    ]
    frames = [frame for frame in frames if f"{os.sep}importlib{os.sep}" not in frame[0]]
    own = [frame for frame in frames if frame[0].startswith(os.getcwd() + os.sep)] or frames
    return f"{_short(own[-1][0])}, line {own[-1][1]}: " if own else ""


def _short(path: str) -> str:
    return path.removeprefix(os.getcwd() + os.sep)


def _missing(handler: str, module: ModuleType, name: str) -> str:
    names = [each for each, value in vars(module).items() if callable(value)]
    near = difflib.get_close_matches(name, names, n=1)
    hint = f": did you mean {near[0]}?" if near else ""
    return f"handler {handler!r}: module {module.__name__} has no {name!r}{hint}"
