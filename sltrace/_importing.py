"""Patches applied when the library they are for has been imported, and never otherwise.

A function that does not import botocore pays one dictionary look-up per import for this. wrapt's
post-import hooks would do the same for some 20 ms of every cold start: see RATIONALE.md.
"""

from __future__ import annotations

import sys
from importlib import import_module

from sltrace._guard import guard

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from importlib.machinery import ModuleSpec
    from types import ModuleType
    from typing import Any

# The module whose import is waited for, and the one of ours whose `patch()` is then called.
_PATCHES = {"botocore.client": "sltrace.patches.botocore"}


class _PatchingLoader:
    """A module's own loader, and the patch behind it."""

    def __init__(self, loader: Any, name: str) -> None:
        self._loader = loader
        self._name = name

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        module: ModuleType | None = self._loader.create_module(spec)
        return module

    def exec_module(self, module: ModuleType) -> None:
        # What asks the module for its loader (importlib.resources, pkgutil) gets the real one.
        if module.__spec__ is not None:
            module.__spec__.loader = self._loader
        module.__loader__ = self._loader
        self._loader.exec_module(module)
        _apply(self._name)

    def __getattr__(self, name: str) -> Any:
        # A loader that copy or pickle is putting together has no `_loader` yet to ask.
        if name == "_loader":
            raise AttributeError(name)
        return getattr(self._loader, name)


class _PatchFinder:
    """First on ``sys.meta_path``: finds nothing itself, and wraps what the others find."""

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if name not in _PATCHES:
            return None
        for finder in sys.meta_path:
            find = getattr(finder, "find_spec", None)
            spec: ModuleSpec | None = find(name, path, target) if find and finder != self else None
            if spec is not None:
                if hasattr(spec.loader, "exec_module"):
                    spec.loader = _PatchingLoader(spec.loader, name)  # type: ignore[assignment]  # duck-typed: abc is not asked of a loader
                return spec
        return None


_FINDER = _PatchFinder()


def watch() -> None:
    """Patch what is imported already, and the rest as it comes. Further calls do nothing."""
    if _FINDER in sys.meta_path:
        return
    sys.meta_path.insert(0, _FINDER)
    for name in _PATCHES:
        if name in sys.modules:
            _apply(name)


def _apply(name: str) -> None:
    with guard(f"patch {name}"):
        import_module(_PATCHES[name]).patch()
