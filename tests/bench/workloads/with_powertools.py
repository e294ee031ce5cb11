"""Powertools for AWS Lambda: its Tracer as its documentation has it, automatic patching on."""

from __future__ import annotations

import os
from importlib import import_module

import delivered
from aws_lambda_powertools import Tracer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

tracer = Tracer()
work = import_module(os.environ["BENCH_WORK"])


def step(name: str) -> None:
    with tracer.provider.in_subsegment(name) as subsegment:
        subsegment.put_annotation(key="items", value=3)


def call(name: str, func: Callable[..., Any], **arguments: Any) -> Any:
    return func(**arguments)


@tracer.capture_lambda_handler
def traced(event: Any, context: Any) -> Any:
    return work.run(event, step, call)


def handler(event: Any, context: Any) -> Any:
    delivered.trace_header()
    return traced(event, context)
