"""An order put into DynamoDB and read again, over HTTP, by boto3."""

from __future__ import annotations

import json

import boto3

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

TABLE = "orders"

dynamodb = boto3.client("dynamodb")


def run(event: Any, step: Callable[[str], None], call: Callable[..., Any]) -> dict[str, Any]:
    item = {"id": {"S": "o-1"}, "path": {"S": event["path"]}, "items": {"N": "3"}}
    call("DynamoDB.PutItem", dynamodb.put_item, TableName=TABLE, Item=item)
    found = call("DynamoDB.GetItem", dynamodb.get_item, TableName=TABLE, Key={"id": {"S": "o-1"}})
    return {"statusCode": 201, "body": json.dumps(found["Item"])}
