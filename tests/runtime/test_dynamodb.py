"""Calls of DynamoDB over HTTP, by the emulator's leave: what each operation tells."""

import json
from contextlib import suppress

import pytest
from tests_components import table

import sltrace
from sltrace._model import StatusCode
from sltrace.patches import botocore as patch

pytestmark = pytest.mark.component


@pytest.fixture
def client(aws_client, dynamodb):
    patch.patch()
    return aws_client("dynamodb", dynamodb)


@pytest.fixture
def other_table(client):
    with table(client, "customers") as name:
        yield name


def item(name, **more):
    return {"id": {"S": name}, "secret": {"S": "do-not-tell"}, **more}


def key(name):
    return {"id": {"S": name}}


def recorded(call):
    """Make the call inside a span; its span, and what it returned."""
    with sltrace.testing.capture() as spans, sltrace.span("work"):
        result = call()
    span, _ = spans
    assert "do-not-tell" not in repr(dict(span.attributes))
    return span, result


def told(span):
    """What only DynamoDB's own module tells, without its prefix."""
    prefix = "aws.dynamodb."
    return {
        name.removeprefix(prefix): value
        for name, value in span.attributes.items()
        if name.startswith(prefix)
    }


def test_putting_an_item(client, orders_table):
    span, result = recorded(
        lambda: client.put_item(
            TableName=orders_table, Item=item("o-1"), ReturnConsumedCapacity="TOTAL"
        )
    )
    assert span.name == "DynamoDB.PutItem"
    assert span.attributes["db.system.name"] == "aws.dynamodb"
    assert span.attributes["db.operation.name"] == "PutItem"
    assert span.attributes["http.response.status_code"] == 200
    assert span.attributes["aws.request_id"] == result["ResponseMetadata"]["RequestId"]
    assert "sltrace.aws.retries" not in span.attributes
    (consumed,) = told(span)["consumed_capacity"]
    assert json.loads(consumed) == result["ConsumedCapacity"]
    assert ", " not in consumed
    assert told(span)["table_names"] == ("orders",)


def test_getting_an_item(client, orders_table):
    client.put_item(TableName=orders_table, Item=item("o-1"))
    span, result = recorded(
        lambda: client.get_item(
            TableName=orders_table,
            Key=key("o-1"),
            ConsistentRead=True,
            ProjectionExpression="id, secret",
        )
    )
    assert result["Item"] == item("o-1")
    assert told(span) == {
        "table_names": ("orders",),
        "consistent_read": True,
        "projection": "id, secret",
    }


def test_querying(client, orders_table):
    client.put_item(TableName=orders_table, Item=item("do-not-tell"))
    span, result = recorded(
        lambda: client.query(
            TableName=orders_table,
            KeyConditionExpression="id = :id",
            ExpressionAttributeValues={":id": {"S": "do-not-tell"}},
            Limit=5,
            ScanIndexForward=False,
            Select="ALL_ATTRIBUTES",
            ConsistentRead=False,
        )
    )
    assert result["Count"] == 1
    assert told(span) == {
        "table_names": ("orders",),
        "limit": 5,
        "scan_forward": False,
        "select": "ALL_ATTRIBUTES",
        "consistent_read": False,
        "count": 1,
        "scanned_count": 1,
    }


def test_scanning_a_segment(client, orders_table):
    span, _ = recorded(
        lambda: client.scan(TableName=orders_table, Segment=0, TotalSegments=2, Limit=7)
    )
    assert told(span) == {
        "table_names": ("orders",),
        "segment": 0,
        "total_segments": 2,
        "limit": 7,
        "count": 0,
        "scanned_count": 0,
    }


def test_a_batch_names_its_tables_and_what_each_consumed(client, orders_table, other_table):
    write = [{"PutRequest": {"Item": item("do-not-tell")}}]
    span, result = recorded(
        lambda: client.batch_write_item(
            RequestItems={other_table: write, orders_table: write},
            ReturnConsumedCapacity="TOTAL",
            ReturnItemCollectionMetrics="SIZE",
        )
    )
    assert told(span)["table_names"] == ("customers", "orders")
    consumed = [json.loads(entry) for entry in told(span)["consumed_capacity"]]
    assert consumed == result["ConsumedCapacity"]
    assert "item_collection_metrics" not in told(span)

    span, _ = recorded(
        lambda: client.batch_get_item(RequestItems={orders_table: {"Keys": [key("do-not-tell")]}})
    )
    assert told(span)["table_names"] == ("orders",)


def test_a_transaction_names_each_of_its_tables_once(client, orders_table, other_table):
    span, _ = recorded(
        lambda: client.transact_write_items(
            TransactItems=[
                {"Put": {"TableName": other_table, "Item": item("c-1")}},
                {"Put": {"TableName": orders_table, "Item": item("o-1")}},
                {"Put": {"TableName": orders_table, "Item": item("o-2")}},
            ]
        )
    )
    assert told(span)["table_names"] == ("customers", "orders")

    span, result = recorded(
        lambda: client.transact_get_items(
            TransactItems=[
                {"Get": {"TableName": orders_table, "Key": key(name)}} for name in ("o-1", "o-2")
            ]
        )
    )
    assert len(result["Responses"]) == 2
    assert told(span)["table_names"] == ("orders",)


def test_a_table_given_by_its_arn_is_named(client, orders_table):
    arn = client.describe_table(TableName=orders_table)["Table"]["TableArn"]
    with sltrace.testing.capture() as spans, sltrace.span("work"):
        # Whether the emulator takes an ARN is not the question here.
        with suppress(client.exceptions.ClientError):
            client.get_item(TableName=arn, Key=key("o-1"))
    assert arn.endswith("/orders")
    assert told(spans[0])["table_names"] == ("orders",)


def test_creating_and_listing_tables(client):
    span, _ = recorded(
        lambda: client.create_table(
            TableName="made",
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            ProvisionedThroughput={"ReadCapacityUnits": 2, "WriteCapacityUnits": 3},
        )
    )
    assert told(span) == {
        "table_names": ("made",),
        "attribute_definitions": ('{"AttributeName":"id","AttributeType":"S"}',),
        "provisioned_read_capacity": 2,
        "provisioned_write_capacity": 3,
    }
    span, result = recorded(lambda: client.list_tables(Limit=50, ExclusiveStartTableName="a-table"))
    assert told(span)["limit"] == 50
    assert told(span)["exclusive_start_table"] == "a-table"
    assert told(span)["table_count"] == len(result["TableNames"]) >= 1
    client.delete_table(TableName="made")


def test_a_resource_is_recorded_like_a_client(aws_session, dynamodb, client, orders_table):
    from boto3.dynamodb.conditions import Key

    table = aws_session.resource("dynamodb", endpoint_url=dynamodb).Table(orders_table)
    table.put_item(Item={"id": "do-not-tell", "price": 3})
    span, result = recorded(lambda: table.query(KeyConditionExpression=Key("id").eq("do-not-tell")))
    table.meta.client.close()
    assert result["Items"] == [{"id": "do-not-tell", "price": 3}]
    assert told(span) == {"table_names": ("orders",), "count": 1, "scanned_count": 1}


def test_a_table_that_is_not_there(client):
    with sltrace.testing.capture() as spans, sltrace.span("work") as work:
        with pytest.raises(client.exceptions.ResourceNotFoundException) as caught:
            client.get_item(TableName="no-such-table", Key=key("o-1"))
        assert sltrace.current_span() is work
    span = spans[0]
    assert span.status.status_code is StatusCode.ERROR
    assert span.status.description.startswith("ResourceNotFoundException: ")
    assert span.attributes["error.type"] == "ResourceNotFoundException"
    assert span.attributes["http.response.status_code"] == 400
    request_id = caught.value.response["ResponseMetadata"]["RequestId"]
    assert span.attributes["aws.request_id"] == request_id
    assert [event.name for event in span.events] == ["exception"]


def test_a_condition_that_does_not_hold(client, orders_table):
    client.put_item(TableName=orders_table, Item=item("o-1"))
    with sltrace.testing.capture() as spans, sltrace.span("work"):
        with pytest.raises(client.exceptions.ConditionalCheckFailedException):
            client.put_item(
                TableName=orders_table,
                Item=item("o-1"),
                ConditionExpression="attribute_not_exists(id)",
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
    span, work = spans
    assert span.attributes["error.type"] == "ConditionalCheckFailedException"
    assert span.status.status_code is StatusCode.ERROR
    assert "sltrace.aws.throttled" not in span.attributes
    assert work.status.status_code is StatusCode.UNSET
    assert "do-not-tell" not in repr([dict(event.attributes) for event in span.events])


def test_a_handler_shows_its_calls(client, orders_table):
    @sltrace.trace_handler
    def handler(event, context):
        client.put_item(TableName=orders_table, Item=item("o-1"))
        return {"found": "Item" in client.get_item(TableName=orders_table, Key=key("o-1"))}

    with sltrace.testing.capture() as spans:
        assert handler({}, sltrace.testing.context()) == {"found": True}
    put, get, invocation = spans
    assert [put.name, get.name] == ["DynamoDB.PutItem", "DynamoDB.GetItem"]
    assert invocation.kind is sltrace.SpanKind.SERVER
    assert {put.parent.span_id, get.parent.span_id} == {invocation.context.span_id}
    assert invocation.start_time <= put.start_time <= put.end_time <= get.start_time
