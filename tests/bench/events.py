"""The events that are recognised: common ones of the catalogue, and some as large as Lambda takes.

Each message of a batch carries a trace context of its own, for what it takes to read it to count.
"""

from __future__ import annotations

import base64
import json
import sys
import time
from pathlib import Path

from sltrace.local.samples import sample

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

sys.path.append(str(Path(__file__).resolve().parents[1]))

import tests_catalogue  # noqa: E402 - beside this folder

# What Lambda takes of an event; what Kinesis and SQS take of a record, with its wrapping.
_EVENT_BYTES = 6 * 1024 * 1024
_RECORD_BYTES = 250 * 1024
_MANY = 100_000


def rest() -> bytes:
    """Return a REST request that API Gateway has received just now: an event is sent only once."""
    event = sample("apigateway:aws-proxy")
    event["requestContext"]["requestTimeEpoch"] = int(time.time() * 1000)
    return json.dumps(event).encode()


def common() -> dict[str, Any]:
    """Return the events that most functions get."""
    return {
        "API Gateway REST": _of("apigateway_rest"),
        "API Gateway HTTP": _of("apigateway_http"),
        "SQS, 10 messages": _batch("sqs", 10, _message),
        "SNS": _of("sns", "a traceparent"),
        "S3": _of("s3"),
        "DynamoDB stream, 10 records": _batch("dynamodb_stream", 10),
        "Kinesis, 10 records": _batch("kinesis", 10, _data),
        "EventBridge": _of("eventbridge"),
    }


def large() -> dict[str, Any]:
    """Return events of 6 MB."""
    request = _of("apigateway_rest")
    request["body"] = _text(_EVENT_BYTES - len(json.dumps({**request, "body": ""})))
    records = _EVENT_BYTES // _RECORD_BYTES
    order = {"order": "o-1", "of": _text(28)}
    return {
        "API Gateway REST, 6 MB body": request,
        f"SQS, {records} messages, 6 MB": _batch("sqs", records, _large_message),
        f"Kinesis, {records} records, 6 MB": _batch("kinesis", records, _large_data),
        "unknown, 100,000 keys, 6 MB": {f"key-{at:06}": _text(44) for at in range(_MANY)},
        "unknown, a list of 100,000": [order] * _MANY,
    }


def _of(module: str, about: str = "") -> Any:
    """Return the first of the module's events that is described so."""
    return next(
        tests_catalogue.event_of(case)
        for name, case in tests_catalogue.cases()
        if name == module and about in case["case"]
    )


def _batch(module: str, records: int, change: Any = lambda record, at: None) -> Any:
    """Return a batch of so many records like the first of the module's."""
    event = _of(module)
    first = json.dumps(event["Records"][0])
    event["Records"] = [json.loads(first) for _ in range(records)]
    for at, record in enumerate(event["Records"]):
        change(record, at)
    return event


def _message(record: dict[str, Any], at: int, size: int = 100) -> None:
    record["messageId"] = f"{record['messageId'][:-2]}{at:02}"
    record["body"] = _order(at, size)
    record["attributes"]["AWSTraceHeader"] = tests_catalogue.XRAY


def _large_message(record: dict[str, Any], at: int) -> None:
    _message(record, at, _RECORD_BYTES)


def _data(record: dict[str, Any], at: int, size: int = 100) -> None:
    record["kinesis"]["sequenceNumber"] = f"{record['kinesis']['sequenceNumber'][:-2]}{at:02}"
    record["kinesis"]["data"] = base64.b64encode(_order(at, size).encode()).decode()


def _large_data(record: dict[str, Any], at: int) -> None:
    _data(record, at, _RECORD_BYTES * 3 // 4)


def _order(at: int, size: int) -> str:
    order = {"order": f"o-{at}", "traceparent": tests_catalogue.TRACEPARENT, "note": ""}
    return json.dumps({**order, "note": _text(size - len(json.dumps(order)))})


def _text(length: int) -> str:
    return "x" * max(length, 0)
