"""POST /orders: price an order, keep it in DynamoDB, read it back, answer 201."""

from __future__ import annotations

import base64
import json
import os
from decimal import Decimal
from typing import Any

import boto3

import sltrace

TABLE = os.environ.get("ORDERS_TABLE", "orders")
PRICES = {"tea": Decimal("3.50"), "cup": Decimal("12.00")}

# Made during init, as AWS advises: every invocation of this sandbox uses its connection.
DYNAMODB = boto3.client("dynamodb")


@sltrace.trace_handler
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Answer an event of API Gateway: a REST API's proxy event, or an HTTP API's."""
    order_id = context.aws_request_id
    sltrace.annotate(order_id=order_id)
    items = read_items(event)
    with sltrace.span("price", items=len(items)) as span:
        total = sum((PRICES.get(item, Decimal(1)) for item in items), Decimal(0))
        span.set_attribute("currency", "EUR")
    DYNAMODB.put_item(
        TableName=TABLE,
        Item={
            "id": {"S": order_id},
            "items": {"L": [{"S": item} for item in items]},
            "total": {"N": str(total)},
        },
        ReturnConsumedCapacity="TOTAL",
    )
    kept = DYNAMODB.get_item(
        TableName=TABLE, Key={"id": {"S": order_id}}, ReturnConsumedCapacity="TOTAL"
    )["Item"]
    order = {"id": kept["id"]["S"], "items": items, "total": kept["total"]["N"]}
    return {
        "statusCode": 201,
        "headers": {"content-type": "application/json"},
        "body": json.dumps(order),
    }


def read_items(event: dict[str, Any]) -> list[str]:
    """Return the names of the items in the request's body, none where it has none."""
    body = event.get("body") or "{}"
    order = json.loads(base64.b64decode(body) if event.get("isBase64Encoded") else body)
    items = order.get("items", []) if isinstance(order, dict) else []
    return [str(item) for item in items]
