"""aws-xray-sdk: one subsegment around the handler; botocore patched where it is used."""

from __future__ import annotations

import os
from importlib import import_module

import delivered
from aws_xray_sdk.core import patch, xray_recorder

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

if os.environ["BENCH_WORK"] == "work_api":
    patch(("botocore",))
work = import_module(os.environ["BENCH_WORK"])


def step(name: str) -> None:
    with xray_recorder.in_subsegment(name) as subsegment:
        subsegment.put_annotation("items", 3)


def call(name: str, func: Callable[..., Any], **arguments: Any) -> Any:
    return func(**arguments)


@xray_recorder.capture("handler")
def traced(event: Any, context: Any) -> Any:
    return work.run(event, step, call)


def handler(event: Any, context: Any) -> Any:
    delivered.trace_header()
    return traced(event, context)
