"""An event of API Gateway, and one invocation with it."""

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


def invoke(handler, event=None, **context):
    """Return the result and the spans of one invocation."""
    with sltrace.testing.capture() as spans:
        result = handler(event, sltrace.testing.context(**context))
    return result, spans
