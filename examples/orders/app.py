"""POST /orders: price an order, keep it in DynamoDB, read it back, answer 201."""

from __future__ import annotations

import base64
import json
import os
import uuid
from decimal import Decimal

import boto3

import sltrace

PRICES = {"tea": Decimal("3.50"), "cup": Decimal("12.00")}

# Made during init, as AWS advises: warm invocations use the connection again.
TABLE = boto3.resource("dynamodb").Table(os.environ.get("ORDERS_TABLE", "orders"))


@sltrace.trace_handler
def handler(event, context):
    """Answer an API Gateway event (REST proxy or HTTP API)."""
    order_id = str(uuid.uuid4())
    sltrace.annotate(order_id=order_id)
    items = read_items(event)
    with sltrace.span("price", items=len(items)) as span:
        total = sum((PRICES.get(item, Decimal(1)) for item in items), Decimal(0))
        span.set_attribute("currency", "EUR")
    order = {"id": order_id, "items": items, "total": total}
    TABLE.put_item(Item=order, ReturnConsumedCapacity="TOTAL")
    kept = TABLE.get_item(Key={"id": order_id}, ReturnConsumedCapacity="TOTAL")["Item"]
    return {
        "statusCode": 201,
        "headers": {"content-type": "application/json"},
        "body": json.dumps(kept, default=str),
    }


def read_items(event):
    """Return the names of the items in the request's body, none where it has none."""
    body = event.get("body") or "{}"
    if event.get("isBase64Encoded"):
        body = base64.b64decode(body)
    order = json.loads(body)
    items = order.get("items", []) if isinstance(order, dict) else []
    return [str(item) for item in items]
