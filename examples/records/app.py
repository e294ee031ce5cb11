"""A queue's messages one by one: each under its own span, a bad one without harm to the others."""

from __future__ import annotations

import json
from typing import Any

import sltrace


@sltrace.trace
def place(order: dict[str, Any]) -> None:
    """Place an order, if it is one."""
    if order["quantity"] < 1:
        raise ValueError("an order is for one piece at least")


@sltrace.trace_handler
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:  # noqa: ARG001 - Lambda's
    """Answer with the messages that the queue is to keep."""
    batch = sltrace.records(event)
    for record in batch:
        with batch.catch():
            place(json.loads(record["body"]))
    return batch.response()
