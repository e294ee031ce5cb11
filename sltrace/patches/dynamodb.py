"""What a call of DynamoDB tells, as span attributes: OTel semantic conventions, "AWS DynamoDB".

Names and numbers only. No item, key or value of an expression is read: what tables hold is the
application's alone. For that reason ``aws.dynamodb.item_collection_metrics`` is left out, which
would contain keys.
"""

from __future__ import annotations

import json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

_PREFIX = "aws.dynamodb."

# Parameter of the request -> attribute, and the type it is recorded in.
_PARAMETERS: tuple[tuple[str, str, type], ...] = (
    ("AttributesToGet", "attributes_to_get", list),
    ("ConsistentRead", "consistent_read", bool),
    ("ExclusiveStartTableName", "exclusive_start_table", str),
    ("IndexName", "index_name", str),
    ("Limit", "limit", int),
    ("ProjectionExpression", "projection", str),
    ("ScanIndexForward", "scan_forward", bool),
    ("Segment", "segment", int),
    ("Select", "select", str),
    ("TotalSegments", "total_segments", int),
)
_THROUGHPUT = (
    ("ReadCapacityUnits", "provisioned_read_capacity", int),
    ("WriteCapacityUnits", "provisioned_write_capacity", int),
)
_RESULTS = (("Count", "count", int), ("ScannedCount", "scanned_count", int))

# Definitions of tables: lists whose items the conventions want as JSON.
_DEFINITIONS = (
    ("AttributeDefinitions", "attribute_definitions"),
    ("GlobalSecondaryIndexes", "global_secondary_indexes"),
    ("GlobalSecondaryIndexUpdates", "global_secondary_index_updates"),
    ("LocalSecondaryIndexes", "local_secondary_indexes"),
)

# Why one action of a cancelled transaction was refused (TransactionCanceledException).
_THROTTLED_REASONS = ("ProvisionedThroughputExceeded", "ThrottlingError")


def request_attributes(operation: str, params: Mapping[str, Any]) -> dict[str, Any]:
    """Return the attributes that an operation's parameters tell."""
    attributes: dict[str, Any] = {
        "db.system.name": "aws.dynamodb",
        "db.operation.name": operation,
        **_told(params, _PARAMETERS),
        **_told(_mapping(params, "ProvisionedThroughput"), _THROUGHPUT),
    }
    for parameter, name in _DEFINITIONS:
        if isinstance(params.get(parameter), list):
            attributes[_PREFIX + name] = _as_json(params[parameter])
    tables = _table_names(params)
    if tables:
        attributes[_PREFIX + "table_names"] = tables
    return attributes


def response_attributes(response: Mapping[str, Any]) -> dict[str, Any]:
    """Return the attributes that a response tells, be it a result or an error."""
    attributes = _told(response, _RESULTS)
    consumed = response.get("ConsumedCapacity")
    if consumed:
        entries = consumed if isinstance(consumed, list) else [consumed]
        attributes[_PREFIX + "consumed_capacity"] = _as_json(entries)
    if isinstance(response.get("TableNames"), list):
        attributes[_PREFIX + "table_count"] = len(response["TableNames"])
    reasons = response.get("CancellationReasons")
    if isinstance(reasons, list) and any(map(_is_throttled, reasons)):
        attributes["sltrace.aws.throttled"] = True
    return attributes


def _told(params: Mapping[str, Any], table: Iterable[tuple[str, str, type]]) -> dict[str, Any]:
    return {
        _PREFIX + name: params[parameter]
        for parameter, name, kind in table
        if isinstance(params.get(parameter), kind)
    }


def _mapping(params: Mapping[str, Any], parameter: str) -> dict[str, Any]:
    value = params.get(parameter)
    return value if isinstance(value, dict) else {}


def _table_names(params: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the tables an operation is about, each once, in the order of the request."""
    names = [params.get("TableName"), *_mapping(params, "RequestItems")]
    actions = params.get("TransactItems")
    for action in actions if isinstance(actions, list) else ():
        # One of Put, Get, Update, Delete and ConditionCheck.
        names.extend(step.get("TableName") for step in action.values())
    return tuple(dict.fromkeys(_table_name(name) for name in names if isinstance(name, str)))


def _table_name(name: str) -> str:
    """Return the name of a table that may be given by ARN (``...:table/NAME``)."""
    return name.split("/")[1] if name.startswith("arn:") and "/" in name else name


def _as_json(items: Iterable[Any]) -> tuple[str, ...]:
    return tuple(json.dumps(item, separators=(",", ":"), default=str) for item in items)


def _is_throttled(reason: Any) -> bool:
    return isinstance(reason, dict) and reason.get("Code") in _THROTTLED_REASONS
