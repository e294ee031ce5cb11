"""The workload alone."""

from __future__ import annotations

import os
from importlib import import_module

import delivered

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

work = import_module(os.environ["BENCH_WORK"])


def step(name: str) -> None:
    """Stand for a step that others record."""


def call(name: str, func: Callable[..., Any], **arguments: Any) -> Any:
    return func(**arguments)


def handler(event: Any, context: Any) -> Any:
    delivered.trace_header()
    return work.run(event, step, call)
