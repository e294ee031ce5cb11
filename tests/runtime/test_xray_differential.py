"""The same program traced by aws-xray-sdk and by sltrace gives the same documents.

Each traces it in a process of its own, against a real DynamoDB, and sends to the address of a
daemon. The program is at the end of this file. Fields that differ by intent are in three tables,
each with its reason; a field in none of them is equal in both, and a table's row that tells no
difference fails the test.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from contextlib import suppress
from fnmatch import fnmatch

import pytest

pytestmark = pytest.mark.component

FIRST_LINE = b'{"format":"json","version":1}\n'
TRACE_ID = "1-6742f1c0-9f9f9f9f9f9f9f9f9f9f9f9f"
PARENT_ID = "53995c3f42cd8ad8"
HEADER = f"Root={TRACE_ID};Parent={PARENT_ID};Sampled=1"

# "subsegment: field", either with wildcards. Subsegments of AWS calls are named with operation
# and table.
THEIRS_ALONE = {
    "*: in_progress": "false is what end_time says already",
    "orders/*: trace_id": "the document around a nested subsegment says it",
    "orders/*: type": "what is nested is a subsegment",
    "orders/*: parent_id": "the (sub)segment around it is the parent",
    "*: namespace": "X-Ray knows aws and remote; 'local' is the absence of both",
    "*missing: fault": "AWS refused the request: X-Ray's `error`. A fault is a 5xx, or our own",
}
THEIRS_OF_A_SEGMENT = {
    "orders: service": "X-Ray's field is for the service's version, not for Python's",
}
OURS_ALONE = {
    "*Query*: aws.count": "OpenTelemetry's conventions have it; aws-xray-sdk for a Scan alone",
    "*Query*: aws.scanned_count": "the same",
    "*missing: aws.id_2": "aws-xray-sdk reads it from successful responses alone",
    "*: metadata.default.server": "an attribute of every call",
    "*: metadata.default.error.type": "an attribute of every failure",
    "*: cause.exceptions.0.cause": "aws-xray-sdk does not follow __cause__ and __context__",
    "*: cause.exceptions.1": "the same",
}
OURS_OF_A_SEGMENT = {
    "orders: metadata.default.otel.resource": "the resource: aws-xray-sdk has none",
}
OURS_OF_A_FUNCTION = {
    "orders: metadata.sltrace": "the function and its sandbox",
    "orders: metadata.default.aws.lambda": "the function",
    "orders: metadata.default.cloud": "the function",
    "orders: metadata.default.otel.resource": "the resource: aws-xray-sdk has none",
    "orders: aws.xray": "aws-xray-sdk tells it of segments alone, and Lambda makes that one",
}
UNEQUAL = {
    "*missing: cause.exceptions.0.stack": "aws-xray-sdk puts the callers of the patched method "
    "before the traceback; sltrace tells the traceback, as everywhere",
}
UNEQUAL_OF_A_SEGMENT = {"orders: aws.xray": "who made the document"}
# Of these the presence is compared, and the kind.
MASKED = (
    "start_time",
    "end_time",
    "id",
    "trace_id",
    "aws.request_id",
    "aws.id_2",
    "cause.exceptions.*.id",
    "cause.exceptions.*.cause",
)


@pytest.fixture
def daemon():
    """Listen where a daemon would; the socket."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sink:
        sink.bind(("127.0.0.1", 0))
        sink.setblocking(False)
        yield sink


def traced_by(tracer, daemon, endpoint, **more):
    """Run the program under a tracer and return the documents it sends."""
    # Not at the top, for the program is this file too, and runs without pytest's paths.
    from tests_components import aws_environ, clean_environ

    host, port = daemon.getsockname()
    address = {"AWS_XRAY_DAEMON_ADDRESS": f"{host}:{port}"}
    environ = {**clean_environ(), **aws_environ(endpoint), **address, **more}
    subprocess.run([sys.executable, __file__, tracer], env=environ, check=True, timeout=120)
    documents = []
    with suppress(BlockingIOError):
        while datagram := daemon.recv(65_536):
            assert datagram.startswith(FIRST_LINE)
            documents.append(json.loads(datagram[len(FIRST_LINE) :]))
    return documents


def joined(documents):
    """Return the outermost (sub)segment, with those that were sent apart put into their places."""
    by_id = {}
    for document in documents:
        waiting = [document]
        while waiting:
            segment = waiting.pop()
            by_id[segment["id"]] = segment
            waiting.extend(segment.get("subsegments", ()))
    (root,) = [document for document in documents if document.get("parent_id") not in by_id]
    for document in documents:
        if document is not root:
            above = by_id[document["parent_id"]].setdefault("subsegments", [])
            above.append(document)
    for segment in by_id.values():
        segment.get("subsegments", []).sort(key=lambda below: below["start_time"])
    return root


def segments(root, above=""):
    """Yield each (sub)segment with what it is called in the tables, outermost first."""
    aws = root.get("aws", {})
    parts = (root["name"], aws.get("operation"), aws.get("table_name"))
    path = above + " ".join(part for part in parts if part)
    yield path, root
    for below in root.get("subsegments", ()):
        yield from segments(below, f"{path}/")


def exceptions_in(root):
    """Return what each exception's id stands for."""
    return {
        told["id"]: f"{told['type']}: {told['message']}"
        for _, segment in segments(root)
        if isinstance(segment.get("cause"), dict)
        for told in segment["cause"]["exceptions"]
    }


def leaves(segment, exceptions):
    """Return a (sub)segment's fields by their paths, without the subsegments."""
    found = {}
    waiting = [(key, value) for key, value in segment.items() if key != "subsegments"]
    while waiting:
        path, value = waiting.pop()
        if any(fnmatch(path, masked) for masked in MASKED):
            found[path] = type(value)
        elif isinstance(value, dict) and value:
            waiting.extend((f"{path}.{key}", item) for key, item in value.items())
        elif path == "cause.exceptions":
            waiting.extend((f"{path}.{place}", item) for place, item in enumerate(value))
        else:
            found[path] = exceptions[value] if path == "cause" else value
    return found


def differences(theirs, ours):
    """Return what differs: the fields of theirs alone, of ours alone, and of unequal values."""
    alone, added, unequal = [], [], []
    names, told = exceptions_in(theirs), exceptions_in(ours)
    pairs = list(zip(segments(theirs), segments(ours), strict=True))
    for (their_path, their), (our_path, our) in pairs:
        assert their_path == our_path
        one, other = leaves(their, names), leaves(our, told)
        alone += [f"{our_path}: {field}" for field in one.keys() - other.keys()]
        added += [f"{our_path}: {field}" for field in other.keys() - one.keys()]
        both = one.keys() & other.keys()
        unequal += [f"{our_path}: {field}" for field in both if one[field] != other[field]]
    return alone, added, unequal


def assert_told(found, *tables):
    """Check that the tables tell each difference, and no other."""
    rows = {row for table in tables for row in table}
    told = {
        row: {one for one in found if fnmatch(one, row) or fnmatch(one, f"{row}.*")} for row in rows
    }
    assert set(found) - set().union(*told.values()) == set()
    assert {row for row in rows if not told[row]} == set()


def test_elsewhere_the_documents_are_equal_but_for_the_tables(daemon, dynamodb, orders_table):
    (theirs,) = traced_by("aws-xray-sdk", daemon, dynamodb)
    (ours,) = traced_by("sltrace", daemon, dynamodb)
    alone, added, unequal = differences(theirs, ours)
    assert_told(alone, THEIRS_ALONE, THEIRS_OF_A_SEGMENT)
    assert_told(added, OURS_ALONE, OURS_OF_A_SEGMENT)
    assert_told(unequal, UNEQUAL, UNEQUAL_OF_A_SEGMENT)


def test_in_lambda_they_are_equal_too_and_hang_on_lambdas_own_segment(
    daemon, dynamodb, orders_table
):
    function = {"AWS_LAMBDA_FUNCTION_NAME": "orders", "_X_AMZN_TRACE_ID": HEADER}
    theirs = joined(traced_by("aws-xray-sdk", daemon, dynamodb, **function))
    # aws-xray-sdk has no init.
    init, ours = traced_by("sltrace", daemon, dynamodb, **function)
    for document in (theirs, ours, init):
        assert document["trace_id"] == TRACE_ID
        assert document["parent_id"] == PARENT_ID
        assert document["type"] == "subsegment"
    alone, added, unequal = differences(theirs, ours)
    assert_told(alone, THEIRS_ALONE)
    assert_told(added, OURS_ALONE, OURS_OF_A_FUNCTION)
    assert_told(unequal, UNEQUAL)


def test_both_tell_of_an_aws_error_where_it_was_raised(daemon, dynamodb, orders_table):
    stacks = []
    for tracer in ("aws-xray-sdk", "sltrace"):
        (document,) = traced_by(tracer, daemon, dynamodb)
        (failed,) = [below for path, below in segments(document) if path.endswith("missing")]
        stacks.append(failed["cause"]["exceptions"][0]["stack"])
    theirs, ours = stacks
    assert ours[-1] == theirs[-1]
    assert ours[-1]["label"] == "_make_api_call"


# The program.


class AwsXRaySdk:
    """aws-xray-sdk, as its documentation has one use it."""

    def __init__(self):
        from aws_xray_sdk.core import patch, xray_recorder
        from aws_xray_sdk.core.lambda_launcher import LambdaContext

        patch(["botocore"])
        # Without central sampling, whose rules it would ask the daemon for.
        xray_recorder.configure(sampling=False, service="orders")
        if "AWS_LAMBDA_FUNCTION_NAME" in os.environ:
            # What it does by itself where LAMBDA_TASK_ROOT is set, but for a file in /tmp.
            xray_recorder.configure(context=LambdaContext(), streaming_threshold=0)
        self.recorder = xray_recorder

    def run(self, function):
        if "AWS_LAMBDA_FUNCTION_NAME" in os.environ:
            with self.recorder.in_subsegment("orders"):
                function()
        else:
            with self.recorder.in_segment("orders"):
                function()

    def step(self, name):
        return self.recorder.in_subsegment(name)

    def annotate(self, key, value):
        self.recorder.put_annotation(key, value)

    def add_metadata(self, key, value):
        self.recorder.put_metadata(key, value)

    def add_http(self, method, url, status):
        for key, value in (("method", method), ("url", url), ("status", status)):
            self.recorder.get_trace_entity().put_http_meta(key, value)


class Sltrace:
    """sltrace; in Lambda with its decorator."""

    def __init__(self):
        import sltrace
        from sltrace.patches.botocore import patch

        patch()
        sltrace.configure(service="orders")
        self.sltrace = sltrace
        self.handler = sltrace.trace_handler(self.call)

    def call(self, function, context):
        function()

    def run(self, function):
        if "AWS_LAMBDA_FUNCTION_NAME" in os.environ:
            self.handler(function, self.sltrace.testing.context(function_name="orders"))
        else:
            with self.sltrace.span("orders"):
                function()

    def step(self, name):
        return self.sltrace.span(name)

    def annotate(self, key, value):
        self.sltrace.annotate(**{key: value})

    def add_metadata(self, key, value):
        self.sltrace.current_span().set_attribute(key, value)

    def add_http(self, method, url, status):
        attributes = ("http.request.method", "url.full", "http.response.status_code")
        told = dict(zip(attributes, (method, url, status), strict=True))
        self.sltrace.current_span().set_attributes(told)


class OutOfStock(Exception):
    """What the program's own error is."""


def program(tracer, client):
    tracer.annotate("order_id", "o-1")
    with tracer.step("price"):
        tracer.annotate("total", 3.5)
        tracer.annotate("paid", True)
        tracer.add_metadata("items", ["apples", "pears"])
        tracer.add_metadata("größe", 42)
        with tracer.step("tax"):
            pass
    for status in (200, 404, 429, 503):
        with tracer.step(f"answer {status}"):
            tracer.add_http("GET", "https://example.com/stock", status)
    call_dynamodb(client)
    with suppress(OutOfStock), tracer.step("reserve"), tracer.step("apples"):
        reserve("apples")


def call_dynamodb(client):
    from botocore.exceptions import ClientError

    key = {"id": {"S": "o-1"}}
    consumed = {"ReturnConsumedCapacity": "TOTAL"}
    client.put_item(TableName="orders", Item=key, **consumed)
    client.get_item(TableName="orders", Key=key, ConsistentRead=True, ProjectionExpression="id")
    client.query(
        TableName="orders",
        KeyConditionExpression="id = :id",
        ExpressionAttributeValues={":id": {"S": "o-1"}},
        Limit=5,
        ScanIndexForward=False,
        **consumed,
    )
    client.scan(TableName="orders", Select="COUNT")
    with suppress(ClientError):
        client.get_item(TableName="missing", Key=key)


def reserve(fruit):
    try:
        {}[fruit]
    except KeyError as error:
        raise OutOfStock(f"no {fruit}") from error


def main():
    from boto3.session import Session

    tracer = {"aws-xray-sdk": AwsXRaySdk, "sltrace": Sltrace}[sys.argv[1]]()
    client = Session().client("dynamodb")
    tracer.run(lambda: program(tracer, client))
    client.close()


if __name__ == "__main__":
    main()
