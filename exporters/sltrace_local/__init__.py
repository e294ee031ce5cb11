"""The local exporter: OTLP/JSON lines in a folder, for ``sltrace show`` and ``sltrace tail``."""

from __future__ import annotations

from sltrace_local.send import LocalExporter, folder

__all__ = ["LocalExporter", "exporter", "folder"]


def exporter() -> LocalExporter:
    """Return an exporter that writes into the folder the environment names (see ``folder``)."""
    return LocalExporter(folder())
