"""sltrace: the handler decorated, X-Ray export; it patches botocore by itself."""

from __future__ import annotations

import os
from importlib import import_module

import delivered

import sltrace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

work = import_module(os.environ["BENCH_WORK"])


def step(name: str) -> None:
    with sltrace.span(name, items=3):
        pass


def call(name: str, func: Callable[..., Any], **arguments: Any) -> Any:
    return func(**arguments)


@sltrace.trace_handler
def traced(event: Any, context: Any) -> Any:
    return work.run(event, step, call)


def handler(event: Any, context: Any) -> Any:
    delivered.trace_header()
    return traced(event, context)
