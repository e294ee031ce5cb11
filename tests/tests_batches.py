"""Batches of a queue, and a handler that fails on some of their records."""

import json

import sltrace

CALLER = "00-67429a3b0123456789abcdef01234567-00f067aa0ba902b7-01"


def message(name, *, queue="orders", traceparent=None):
    attributes = {"traceparent": {"stringValue": traceparent, "dataType": "String"}}
    return {
        "messageId": name,
        "receiptHandle": "AQEB",
        "body": json.dumps({"order": name}),
        "attributes": {"ApproximateReceiveCount": "2"},
        "messageAttributes": attributes if traceparent else {},
        "eventSource": "aws:sqs",
        "eventSourceARN": f"arn:aws:sqs:us-east-1:123456789012:{queue}",
    }


def batch(*names, **about):
    return {"Records": [message(name, **about) for name in names]}


def given_back(*names):
    return {"batchItemFailures": [{"itemIdentifier": name} for name in names]}


def failing_on(*bad):
    """Return a handler for which some of the records are bad."""

    @sltrace.trace_handler
    def handler(event, context):
        records = sltrace.records(event)
        for record in records:
            with records.catch():
                if record["messageId"] in bad:
                    raise ValueError(f"bad record {record['messageId']}")
        return records.response()

    return handler
