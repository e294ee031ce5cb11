"""What the tests of delivered events send, wait for and ask of an invocation."""

from __future__ import annotations

import json
import time
import urllib.request
from itertools import pairwise

from tests_catalogue import SPAN_ID, TRACE_ID, TRACEPARENT
from tests_deploying import SECONDS

SENDER = f"{SPAN_ID:016x}"
TRACE = f"{TRACE_ID:032x}"
OTHER_TRACE = "67429a3bffffffffffffffffffffffff"
HEADERS = {"traceparent": TRACEPARENT, "Authorization": "a-token"}
ATTRIBUTES = {"traceparent": {"DataType": "String", "StringValue": TRACEPARENT}}
DETAIL = json.dumps({"order": "o-1", "traceparent": TRACEPARENT})
ROLE = "arn:aws:iam::000000000000:role/service"
ANSWER = {"statusCode": 201, "body": "ö", "isAuthorized": True}


def queue_arn(sqs, url):
    found = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
    return found["Attributes"]["QueueArn"]


def uri(function):
    """Return the function's address as API Gateway has it."""
    prefix = "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions"
    return f"{prefix}/{function.arn}/invocations"


def request(url, headers=HEADERS, body=None):
    """Send a request to the emulator; the answer's status and body."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(urllib.request.Request(url, body, headers), timeout=SECONDS) as response:
        return response.status, response.read().decode()


def eventually(found):
    """Wait for a true value, and return it."""
    deadline = time.monotonic() + SECONDS
    while not (value := found()) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert value
    return value


def shown(function, source, model, *upstream, is_joined=True):
    """Return the one invocation by that source, once it is shown as it must be."""
    (invocation,) = function.wait_for(source)
    check(invocation, model, *upstream, is_joined=is_joined)
    return invocation


def check(invocation, model, *upstream, is_joined=True):
    """Assert how an event came, through what and from whom, and that no time runs backwards."""
    span = invocation.span
    assert span.attributes.get("sltrace.event.model") == model
    assert [stage.name for stage in invocation.upstream] == list(upstream)
    assert all(stage.attributes["sltrace.inferred"] for stage in invocation.upstream)
    assert invocation.sender == (SENDER if is_joined else None)
    assert (span.trace_id == TRACE) is is_joined
    assert span.start <= span.end
    for stage, following in pairwise([*invocation.upstream, span]):
        assert stage.trace_id == span.trace_id
        assert stage.start <= following.start <= stage.end
        # What waits for the function ends after it; anything else where the next stage begins.
        assert stage.end >= span.end if model == "synchronous" else stage.end == following.start
    assert bool(upstream) == ("sltrace.event.age_ms" in span.attributes)
    assert span.attributes.get("sltrace.event.age_ms", 0) >= 0
