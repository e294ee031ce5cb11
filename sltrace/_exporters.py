"""The exporters by name, each imported only when a setting asks for it.

Named in a table and not resolved through entry points: importlib.metadata alone costs more than
this package.
"""

from __future__ import annotations

import os
import threading
from importlib import import_module

from sltrace import _resource, _sandbox, _settings
from sltrace._guard import guard, warn

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any, Protocol

    from sltrace._settings import Settings
    from sltrace._span import Span

    class Exporter(Protocol):
        """What a module of the table makes with its ``exporter()``."""

        def export(self, spans: Sequence[Span]) -> None:
            """Send finished spans; errors rise, the caller guards."""

        def close(self) -> None:
            """Close what is open; a further export opens it again."""

    Made = tuple[Settings, tuple[tuple[str, Exporter], ...]]


_MODULES = {"local": "sltrace_local", "xray": "sltrace_xray"}


def export(spans: Sequence[Span]) -> None:
    """Give the spans to every exporter that is set; one that fails does not stop the others."""
    for name, exporter in _active():
        with guard(f"export spans to {name}"):
            exporter.export(spans)


def count(name: str, value: int, about: Mapping[str, Any]) -> None:
    """Count something that sltrace itself has seen, as a metric of the function it runs in.

    Args:
        name: the metric's name.
        value: how many.
        about: what is logged beside it.
    """
    if _settings.current().disabled or not _sandbox.in_lambda(os.environ):
        return
    with guard(f"count {name}"):
        service = str(_resource.current(None).attributes["service.name"])
        where = {"service": service, "function": os.environ["AWS_LAMBDA_FUNCTION_NAME"]}
        import_module("sltrace_emf").send(name, value, where, about)


def prepare() -> None:
    """Make the exporters now: in a sandbox's init, and not in its first invocation."""
    _active()


def renew_after_fork() -> None:
    """Make exporters anew in a forked child: it shares no socket, file or lock with its parent."""
    global _lock, _made
    _lock, _made = threading.Lock(), None


def _active() -> tuple[tuple[str, Exporter], ...]:
    """Return the exporters of the settings in force, made once for them."""
    global _made  # noqa: PLW0603 - sockets and files are the process's
    settings = _settings.current()
    if _made is None or _made[0] is not settings:
        with _lock:
            if _made is None or _made[0] is not settings:
                _close(_made)
                made = [(name, _make(name)) for name in _names(settings)]
                _made = (settings, tuple((name, exporter) for name, exporter in made if exporter))
    return _made[1]


def _close(made: Made | None) -> None:
    for name, exporter in made[1] if made else ():
        with guard(f"close the exporter {name}"):
            exporter.close()


def _names(settings: Settings) -> list[str]:
    kept = [name for name in settings.exporters if name in _MODULES]
    unknown = [name for name in settings.exporters if name not in (*_MODULES, "none")]
    if unknown:
        known = ", ".join([*_MODULES, "none"])
        warn(f"no exporter is named {', '.join(unknown)}; there are {known}")
        kept = kept or list(_settings.default_exporters(os.environ))
    return kept


def _make(name: str) -> Exporter | None:
    exporter: Exporter | None = None
    with guard(f"start the exporter {name}"):
        exporter = import_module(_MODULES[name]).exporter()
    return exporter


_made: Made | None = None
_lock = threading.Lock()
