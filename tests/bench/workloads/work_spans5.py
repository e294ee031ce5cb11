"""The handler that returns at once, with five spans of its own."""

from __future__ import annotations

import work_noop

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

STEPS = ("read", "check", "price", "store", "reply")


def run(event: Any, step: Callable[[str], None], call: Callable[..., Any]) -> dict[str, Any]:
    for name in STEPS:
        step(name)
    return work_noop.run(event, step, call)
