"""Under Lambda's own runtime and emulator: results untouched, spans in X-Ray's form."""

import json
import os
import re
import socket
import stat
import sys
import time
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from tests_components import clean_environ, require_component

from sltrace.local.components import ComponentMissing
from sltrace.local.emulator import Emulator

pytestmark = pytest.mark.component

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
TRACE = "Root=1-67429a3b-0123456789abcdef01234567;Parent=00f067aa0ba902b7;Sampled=1;Lineage=1:a:2"
REST = {
    "resource": "/orders",
    "path": "/orders",
    "httpMethod": "POST",
    "headers": {"Host": "api.example.com"},
    "requestContext": {"stage": "prod", "identity": {"sourceIp": "192.0.2.1"}},
}


@contextmanager
def emulator(name, *, python=sys.executable, timeout=10, **environ):
    """Run one of the handlers of functions/app.py."""
    env = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'exporters'}",
        "OTEL_TRACES_EXPORTER": "none",
        **environ,
    }
    try:
        with Emulator(
            f"app.{name}",
            HERE / "functions",
            env={**clean_environ(), **env},
            python=str(python),
            function_name="orders",
            timeout=timeout,
        ) as running:
            yield running
    except ComponentMissing as missing:
        require_component(str(missing))


@pytest.fixture
def sink():
    """Listen for X-Ray's datagrams."""
    with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as sock:
        sock.bind(("127.0.0.1", 0))
        sock.settimeout(10)
        yield sock


@pytest.fixture
def with_trace_header(tmp_path):
    """Return an interpreter for whose runtime the trace header is put back."""
    script = tmp_path / "python"
    script.write_text(f"#!{sys.executable}\n{(HERE / 'trace_proxy.py').read_text()}")
    script.chmod(script.stat().st_mode | stat.S_IXUSR)
    return script


def sending(name, sink, python, header=TRACE):
    """Run a handler whose runtime has the trace header, its spans sent to the sink."""
    return emulator(
        name,
        python=python,
        TRACE_HEADER=header,
        OTEL_TRACES_EXPORTER="xray",
        AWS_XRAY_DAEMON_ADDRESS=address(sink),
    )


def address(sock):
    return f"127.0.0.1:{sock.getsockname()[1]}"


def receive(sock):
    header, _, document = sock.recv(65_536).partition(b"\n")
    assert (
        header == b'{"format":"json","version":1}' or header == b'{"format": "json", "version": 1}'
    )
    return json.loads(document)


def nested(document):
    yield document
    for child in document.get("subsegments", []):
        yield from nested(child)


@pytest.mark.parametrize("name", ["answers", "raises", "exits", "cannot_be_marshalled", "hangs"])
def test_what_the_caller_gets_is_byte_for_byte_what_the_bare_handler_gives(name):
    def payloads(**environ):
        with emulator(name, timeout=2, **environ) as running:
            return [running.invoke(json.dumps(REST).encode()).payload for _ in range(2)]

    def anonymous(payload):
        return re.sub(rb"[0-9a-f]{8}-[0-9a-f-]{27}", b"REQUEST-ID", payload)

    decorated = [
        anonymous(payload)
        for payload in payloads(AWS_XRAY_DAEMON_ADDRESS="127.0.0.1:9", OTEL_TRACES_EXPORTER="xray")
    ]
    assert decorated == [anonymous(payload) for payload in payloads(BARE="1")]
    assert decorated[0]


def test_in_lambda_the_spans_are_subsegments_under_lambdas_own_segment(sink, with_trace_header):
    with sending("answers", sink, with_trace_header) as running:
        running.invoke(json.dumps(REST).encode())
        documents = [receive(sink), receive(sink)]
        running.invoke(json.dumps(REST).encode())
        warm = receive(sink)

    for document in [*documents, warm]:
        assert document["type"] == "subsegment"
        assert document["trace_id"] == "1-67429a3b-0123456789abcdef01234567"
        assert document["parent_id"] == "00f067aa0ba902b7"
        assert document["start_time"] <= document["end_time"]
    by_name = {part["name"]: part for document in documents for part in nested(document)}
    assert {"init", "load config", "POST /orders", "price"} <= set(by_name)
    assert by_name["init"]["end_time"] <= by_name["POST /orders"]["start_time"]
    assert by_name["init"]["start_time"] <= by_name["load config"]["start_time"]
    assert by_name["price"]["annotations"] == {"order_id": "o-1"}
    assert by_name["POST /orders"]["http"]["response"]["status"] == 201
    assert "init" not in {part["name"] for part in nested(warm)}


def test_a_queue_and_a_topic_stand_before_the_function_they_invoked(sink, with_trace_header):
    now = int(time.time())
    notification = {
        "Type": "Notification",
        "TopicArn": "arn:aws:sns:us-east-1:123456789012:events",
        "Message": "hi",
        "Timestamp": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now - 9)),
    }
    message = {
        "messageId": "m-1",
        "receiptHandle": "h",
        "body": json.dumps(notification),
        "attributes": {"SentTimestamp": str((now - 3) * 1000)},
        "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:us-east-1:123456789012:orders",
    }
    with sending("answers", sink, with_trace_header) as running:
        running.invoke(json.dumps({"Records": [message]}).encode())
        documents = [receive(sink), receive(sink)]

    by_name = {part["name"]: part for document in documents for part in nested(document)}
    topic, queue, function = by_name["SNS events"], by_name["SQS orders"], by_name["orders"]
    assert topic["parent_id"] == "00f067aa0ba902b7"
    assert queue in topic["subsegments"]
    assert function in queue["subsegments"]
    assert topic["start_time"] == now - 9
    assert topic["end_time"] == queue["start_time"] == now - 3
    assert queue["end_time"] == function["start_time"]
    assert function["metadata"]["sltrace"]["sltrace.event.source"] == "sqs"


def test_an_unsampled_trace_is_not_sent(sink, with_trace_header):
    with sending(
        "answers", sink, with_trace_header, TRACE.replace("Sampled=1", "Sampled=0")
    ) as running:
        assert b"201" in running.invoke(json.dumps(REST).encode()).payload
    sink.settimeout(0.2)
    with pytest.raises(TimeoutError):
        sink.recv(65_536)


def test_an_error_is_sent_with_its_cause_before_the_response_is_the_callers(
    sink, with_trace_header
):
    with sending("raises", sink, with_trace_header) as running:
        invocation = running.invoke(json.dumps(REST).encode())
        documents = [receive(sink), receive(sink)]

    assert invocation.function_error
    (failed,) = (d for d in documents if d["name"] == "POST /orders")
    assert failed["fault"] is True
    first, second = failed["cause"]["exceptions"]
    assert (first["type"], second["type"]) == ("OrderError", "KeyError")
    assert first["message"] == "no such order: ö"
    assert first["stack"][-1]["label"] == "raises" or first["stack"][0]["label"] == "raises"


def test_the_init_span_is_as_long_as_the_emulator_says_init_was(tmp_path):
    store = tmp_path / "store"
    with emulator("answers", OTEL_TRACES_EXPORTER="local", SLTRACE_LOCAL_DIR=str(store)) as running:
        running.invoke(b"{}")
        log = "\n".join(running.log)

    (file,) = store.glob("*.jsonl")
    spans = {
        span["name"]: span
        for line in file.read_text().splitlines()
        for resource in json.loads(line)["resourceSpans"]
        for scope in resource["scopeSpans"]
        for span in scope["spans"]
    }
    init = spans["init"]
    ours = (int(init["endTimeUnixNano"]) - int(init["startTimeUnixNano"])) / 1e6
    theirs = float(re.search(r"INIT REPORT\(durationMs: ([\d.]+)", log)[1])
    # The emulator's init includes its own start of the process and the runtime's first request.
    assert 0 < ours <= theirs + 20
