"""Writes metrics where Lambda's log begins: standard output."""

from __future__ import annotations

import sys
import time

from sltrace_emf.encode import encode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

_NAMESPACE = "sltrace"


def send(
    name: str, value: float, dimensions: Mapping[str, str], properties: Mapping[str, Any]
) -> None:
    """Write a count as one line, in one piece: lines of other threads cannot get into it."""
    now = time.time_ns() // 1_000_000
    line = encode(
        _NAMESPACE, name, value, dimensions=dimensions, properties=properties, time_ms=now
    )
    sys.stdout.write(line)
    sys.stdout.flush()
