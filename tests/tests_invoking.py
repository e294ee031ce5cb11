"""An event of API Gateway, a batch of SQS, and one invocation with it."""

import sltrace

REST = {
    "resource": "/orders/{id}",
    "path": "/orders/o-1",
    "httpMethod": "POST",
    "headers": {"Host": "api.example.com", "User-Agent": "test/1", "X-Forwarded-Proto": "https"},
    "requestContext": {
        "apiId": "a1",
        "stage": "prod",
        "requestId": "r-1",
        "identity": {"sourceIp": "192.0.2.1"},
    },
}


def message(name, body):
    """Return a message of a queue, as Lambda gives it to a function."""
    return {
        "messageId": name,
        "receiptHandle": "AQEB",
        "body": body,
        "attributes": {"ApproximateReceiveCount": "1"},
        "messageAttributes": {},
        "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:us-east-1:123456789012:orders",
    }


# For the handlers in the documentation, which want an order of each: the second has none.
ORDERS = {"Records": [message("m-1", '{"order": "o-1"}'), message("m-2", "{}")]}
SECOND_FAILED = {"batchItemFailures": [{"itemIdentifier": "m-2"}]}


def invoke(handler, event=None, **context):
    """Return the result and the spans of one invocation."""
    with sltrace.testing.capture() as spans:
        result = handler(event, sltrace.testing.context(**context))
    return result, spans
