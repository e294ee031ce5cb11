"""Traces made by hand, for what the viewer does with them."""

from __future__ import annotations

import pytest

from sltrace._model import SpanKind, StatusCode
from sltrace.viewer.model import Event, Span, Trace

TRACE = "6742f1c09f0123456789abcdef0123e2"
EPOCH = 1_732_440_000_000_000_000
MS = 1_000_000

STACK = """Traceback (most recent call last):
  File "/var/task/orders/price.py", line 12, in lookup
    return PRICES[order]
           ~~~~~~^^^^^^^
KeyError: 'o-1'

The above exception was the direct cause of the following exception:

Traceback (most recent call last):
  File "/opt/python/sltrace/handler.py", line 90, in traced
    return handler(event, context)
           ^^^^^^^^^^^^^^^^^^^^^^^
  File "/var/task/app.py", line 31, in handler
    total = price(order)
            ^^^^^^^^^^^^
  File "/var/task/orders/price.py", line 14, in price
    raise PriceError(f"no price for {order}") from error
orders.price.PriceError: no price for o-1
"""


class Maker:
    """Makes spans whose times are ms after the epoch of the tests."""

    def __init__(self):
        self.made = []

    def span(self, name, start, end, parent=None, **fields):
        span_id = fields.pop("span_id", f"{len(self.made) + 1:016x}")
        span = Span(
            trace_id=fields.pop("trace_id", TRACE),
            span_id=span_id,
            parent_id=parent.span_id if isinstance(parent, Span) else parent or "",
            name=name,
            start=EPOCH + round(start * MS),
            end=EPOCH + round(end * MS),
            resource=fields.pop("resource", {"service.name": "orders"}),
            **fields,
        )
        self.made.append(span)
        return span

    def init(self, start=0, end=301):
        about = {"sltrace.sandbox.init_type": "on-demand"}
        return self.span("init", start, end, "f" * 16, parent_is_remote=True, attributes=about)

    def invocation(self, start=301, end=405, *, name="POST /orders", cold=False, **fields):
        about = {
            "faas.name": "orders",
            "faas.version": "$LATEST",
            "faas.invocation_id": "8e6f1c2a-5b7d-4c3e-9f10-112233445566",
            "faas.coldstart": cold,
            "http.request.method": "POST",
            "http.response.status_code": 201,
            **fields.pop("attributes", {}),
        }
        about = {key: value for key, value in about.items() if value is not None}
        parent = fields.pop("parent", "f" * 16)
        return self.span(name, start, end, parent, kind=SpanKind.SERVER, attributes=about, **fields)

    def stage(self, name, start, end, parent="f" * 16, **fields):
        about = {"sltrace.inferred": True, "sltrace.event.source": name.split()[0].lower()}
        fields.setdefault("parent_is_remote", not isinstance(parent, Span))
        return self.span(name, start, end, parent, attributes=about, **fields)

    def woken(self, start, end, parent, **about):
        """An invocation by an event that is no HTTP request."""
        http = {"http.request.method": None, "http.response.status_code": None}
        attributes = {**http, "sltrace.event.source": "sqs", **about}
        return self.invocation(start, end, name="orders", parent=parent, attributes=attributes)

    def record(self, start, end, parent, identity, **fields):
        about = {
            "messaging.system": "aws_sqs",
            "messaging.message.id": identity,
            **fields.pop("attributes", {}),
        }
        fields["kind"] = SpanKind.CONSUMER
        return self.span("process orders", start, end, parent, attributes=about, **fields)

    def dynamodb(self, method, start, end, parent, capacity="", **fields):
        about = {
            "rpc.system": "aws-api",
            "rpc.service": "DynamoDB",
            "rpc.method": method,
            "aws.dynamodb.table_names": ("orders",),
            "aws.request_id": "ABC",
            "cloud.region": "eu-west-1",
            **({"aws.dynamodb.consumed_capacity": (capacity,)} if capacity else {}),
            **fields.pop("attributes", {}),
        }
        name = f"DynamoDB.{method}"
        return self.span(name, start, end, parent, kind=SpanKind.CLIENT, attributes=about, **fields)

    def warm(self, *, cold=False, at=0):
        invocation = self.invocation(at, at + 104, cold=cold)
        self.span("price", at + 2, at + 5, invocation, attributes={"items": 3})
        put, got = '{"CapacityUnits":1.0}', '{"CapacityUnits":0.5}'
        self.dynamodb("PutItem", at + 6, at + 54, invocation, put)
        self.dynamodb("GetItem", at + 55, at + 102, invocation, got)
        return self.trace()

    def cold(self):
        self.init()
        return self.warm(cold=True, at=301)

    def failed(self):
        error = {
            "exception.type": "orders.price.PriceError",
            "exception.message": "no price for o-1",
            "exception.stacktrace": STACK,
        }
        inner = {**error, "exception.stacktrace": STACK.split("\n\n", maxsplit=1)[0]}
        status = {"http.response.status_code": None}
        invocation = self.invocation(
            0,
            9.4,
            attributes=status,
            status=StatusCode.ERROR,
            status_message="PriceError: no price for o-1",
            events=(Event("exception", EPOCH, error),),
        )
        self.span(
            "price",
            1,
            1.42,
            invocation,
            status=StatusCode.ERROR,
            attributes={"order_id": "o-1"},
            events=(Event("exception", EPOCH, inner),),
        )
        return self.trace()

    def trace(self):
        return Trace.of(self.made)


@pytest.fixture
def make():
    return Maker()
