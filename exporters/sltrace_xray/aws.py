"""The ``aws`` block of a call to AWS, in the names that aws-xray-sdk writes.

From OTel's semantic conventions, "AWS SDK" and "AWS DynamoDB".
"""

from __future__ import annotations

import json

from sltrace_xray.text import as_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any, TypeAlias

    from sltrace._attributes import Value

    Message: TypeAlias = "dict[str, Any]"

_FIELDS = {
    "rpc.method": "operation",
    "cloud.region": "region",
    "cloud.account.id": "account_id",
    "aws.request_id": "request_id",
    "aws.extended_request_id": "id_2",
    "sltrace.aws.retries": "retries",
    "aws.sqs.queue.url": "queue_url",
    "aws.queue_url": "queue_url",
    "aws.sns.topic.arn": "topic_arn",
    "aws.s3.bucket": "bucket_name",
    "aws.s3.key": "key",
    "aws.dynamodb.attributes_to_get": "attributes_to_get",
    "aws.dynamodb.consistent_read": "consistent_read",
    "aws.dynamodb.count": "count",
    "aws.dynamodb.exclusive_start_table": "exclusive_start_table_name",
    "aws.dynamodb.index_name": "index_name",
    "aws.dynamodb.limit": "limit",
    "aws.dynamodb.projection": "projection_expression",
    "aws.dynamodb.scan_forward": "scan_index_forward",
    "aws.dynamodb.scanned_count": "scanned_count",
    "aws.dynamodb.segment": "segment",
    "aws.dynamodb.select": "select",
    "aws.dynamodb.table_count": "table_count",
    "aws.dynamodb.total_segments": "total_segments",
}
# OTel has structures as JSON text; DynamoDB's lists as lists of it.
_LISTS = {
    "aws.dynamodb.attribute_definitions": "attribute_definitions",
    "aws.dynamodb.global_secondary_indexes": "global_secondary_indexes",
    "aws.dynamodb.global_secondary_index_updates": "global_secondary_index_updates",
    "aws.dynamodb.local_secondary_indexes": "local_secondary_indexes",
}
# Operations on several tables, even where they name one: DynamoDB answers with lists.
_BATCHES = ("Batch", "Transact")
_TABLES = "aws.dynamodb.table_names"
_CONSUMED = "aws.dynamodb.consumed_capacity"
_THROUGHPUT = {
    "aws.dynamodb.provisioned_read_capacity": "ReadCapacityUnits",
    "aws.dynamodb.provisioned_write_capacity": "WriteCapacityUnits",
}
# Told by the name, the operation and the flags.
_IMPLIED = ("rpc.system", "rpc.service", "db.system.name", "db.operation.name",
            "sltrace.aws.throttled")  # fmt: skip


def aws_of(attributes: Mapping[str, Value]) -> tuple[Message, set[str]]:
    """Return the block, and which attributes need no other place."""
    block: Message = {}
    placed: set[str] = set(_IMPLIED)
    is_batch = as_text(attributes.get("rpc.method", "")).startswith(_BATCHES)
    for key, value in attributes.items():
        field = _FIELDS.get(key)
        if field is not None and field not in block:
            block[field] = value
            placed.add(key)
        elif key.startswith("aws.dynamodb.") and _add_structure(
            block, key, value, is_batch=is_batch
        ):
            placed.add(key)
    return block, placed


def _add_structure(block: Message, key: str, value: Value, *, is_batch: bool) -> bool:
    values = value if isinstance(value, tuple) else (value,)
    is_one = len(values) == 1 and not is_batch
    if key == _TABLES:
        block.update({"table_name": values[0]} if is_one else {"table_names": values})
    elif key == _CONSUMED:
        told = [_parsed(entry) for entry in values]
        block["consumed_capacity"] = told[0] if is_one else told
    elif key in _LISTS:
        block[_LISTS[key]] = [_parsed(entry) for entry in values]
    elif key in _THROUGHPUT:
        block.setdefault("provisioned_throughput", {})[_THROUGHPUT[key]] = value
    else:
        return False
    return True


def _parsed(value: object) -> object:
    if isinstance(value, str):
        try:
            return json.loads(value)
        except (ValueError, RecursionError):
            return value
    return value
