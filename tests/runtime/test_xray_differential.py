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
from contextlib import contextmanager, suppress
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
    "orders: service": "the Python version is the runtime's to tell; a service has a version",
    "*missing: fault": "AWS refused the request: X-Ray's `error`. A fault is a 5xx, or our own",
}
OURS_ALONE = {
    "*Query*: aws.count": "OpenTelemetry's conventions have it; aws-xray-sdk for a Scan alone",
    "*Query*: aws.scanned_count": "the same",
    "*missing: aws.id_2": "aws-xray-sdk reads it from successful responses alone",
    "*: metadata.default.server.*": "an attribute of every call",
    "*: metadata.default.error.type": "an attribute of every failure",
    "*: metadata.default.otel.resource.*": "the resource, which aws-xray-sdk does not have",
    "*: cause.exceptions.0.cause": "aws-xray-sdk does not follow __cause__ and __context__",
    "*: cause.exceptions.1": "the same",
}
UNEQUAL = {
    "orders: aws.xray.sdk": "who made the document",
    "orders: aws.xray.sdk_version": "who made the document",
    "*missing: cause.exceptions.0.stack": "aws-xray-sdk puts the callers of the patched method "
    "before the traceback; sltrace tells the traceback, as everywhere",
}
IN_LAMBDA = {
    "*: metadata.sltrace.*": "the function and its sandbox",
    "orders: metadata.default.aws.lambda.*": "the function",
    "orders: metadata.default.cloud.*": "the function",
    "orders: aws.xray": "aws-xray-sdk tells it of segments alone, and Lambda makes that one",
}
# Of these the presence is compared, and the kind.
MASKED = ("start_time", "end_time", "id", "aws.request_id", "aws.id_2", "cause.exceptions.*.id",
          "cause.exceptions.*.cause")  # fmt: skip


@pytest.fixture
def daemon():
    """Listen where a daemon would; the socket."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sink:
        sink.bind(("127.0.0.1", 0))
        sink.setblocking(False)
        yield sink


def traced_by(tracer, daemon, endpoint, **more):
    """Run the program under a tracer and return the documents it sends."""
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


def assert_told(found, table):
    """Check that the table tells each difference, and no other."""
    rows = [row if row[-1] == "*" else (row, f"{row}.*") for row in table]
    patterns = {row: (row, f"{row}.*") for row in table}
    untold = [one for one in found if not any(map_matches(one, patterns[row]) for row in patterns)]
    assert sorted(untold) == []
    idle = [row for row in table if not any(map_matches(one, patterns[row]) for one in found)]
    assert idle == []
