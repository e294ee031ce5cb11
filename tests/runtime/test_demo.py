"""The example: in this process, under the real emulator, and as `make demo` shows it."""

import base64
import json
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tests_components import aws_environ, clean_environ, require_component

from sltrace.local import components, processes, samples
from sltrace.local.components import ComponentMissing
from sltrace.local.emulator import Emulator
from sltrace.viewer import store

pytestmark = pytest.mark.component
ROOT = Path(__file__).resolve().parents[2]
ORDERS = ROOT / "examples" / "orders"


@pytest.fixture(scope="module", autouse=True)
def available():
    try:
        components.emulator()
        components.sample_events()
        with Emulator("nothing.handler"):
            pass
    except ComponentMissing as error:
        require_component(str(error))


@pytest.fixture
def environment(tmp_path, dynamodb, orders_table):
    """Return the environment in which the example finds its table and keeps its traces."""
    return {
        **clean_environ(),
        **aws_environ(dynamodb),
        "ORDERS_TABLE": orders_table,
        "SLTRACE_LOCAL_DIR": str(tmp_path / "traces"),
        "COLUMNS": "100",
    }


def invoke(environment, *arguments):
    return subprocess.run(
        [sys.executable, "-m", "sltrace", "invoke", "app.handler", *arguments],
        cwd=ORDERS,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("how", [[], ["--rie"]], ids=["in process", "under the emulator"])
def test_an_order_is_put_and_read_in_a_trace_of_five_spans(environment, how):
    done = invoke(environment, "--event", "event.json", "--function-name", "orders", *how)
    assert done.returncode == 0, done.stderr
    response = json.loads(done.stdout.partition("\n\n")[0])
    order = json.loads(response["body"])
    assert response["statusCode"] == 201
    assert order["items"] == ["tea", "tea", "cup"]
    assert float(order["total"]) == 19
    (trace,) = store.traces(environment["SLTRACE_LOCAL_DIR"])
    spans = {span.name: span for span in trace.spans}
    names = ["init", "POST /orders", "price", "DynamoDB.PutItem", "DynamoDB.GetItem"]
    assert list(spans) == names
    invocation = spans["POST /orders"]
    assert invocation.attributes["faas.name"] == "orders"
    assert invocation.attributes["http.response.status_code"] == 201
    assert invocation.attributes["order_id"] == order["id"]
    assert [spans[name].parent_id for name in names[2:]] == [invocation.span_id] * 3
    capacity = json.loads(spans["DynamoDB.PutItem"].attributes["aws.dynamodb.consumed_capacity"][0])
    assert capacity["TableName"] == environment["ORDERS_TABLE"]
    for name in ("DynamoDB PutItem orders", "DynamoDB GetItem orders", "WCU", "RCU", "price"):
        assert name in done.stdout


def test_the_sample_event_with_its_body_in_base64_is_an_order_too(environment):
    event = samples.sample("apigateway:aws-proxy")
    assert json.loads(base64.b64decode(event["body"])) == {"test": "body"}
    done = invoke(environment, "--event", "apigateway:aws-proxy")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.partition("\n\n")[0])["statusCode"] == 201


def demo(tmp_path):
    return subprocess.Popen(
        [sys.executable, str(ORDERS / "demo.py")],
        cwd=tmp_path,
        env={**clean_environ(), "SLTRACE_LOCAL_DIR": str(tmp_path / "traces"), "COLUMNS": "100"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_the_demo_shows_a_cold_trace_and_a_warm_one(tmp_path):
    with demo(tmp_path) as process:
        output, errors = process.communicate(timeout=120)
    assert process.returncode == 0, errors
    assert errors == ""
    assert output.count("POST /orders -> 201") == 2
    assert output.count("cold start") == 1
    assert len(re.findall("^init ", output, re.MULTILINE)) == 1
    for operation in ("PutItem", "GetItem"):
        assert output.count(f"DynamoDB {operation} orders") == 2


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_the_demo_stops_what_it_started_when_it_is_stopped(tmp_path, number):
    with demo(tmp_path) as process:
        started = set()
        while process.poll() is None and len(started) < 2:
            started |= set(processes.children(process.pid))
            time.sleep(0.01)
        process.send_signal(number)
        output, errors = process.communicate(timeout=60)
    assert process.returncode == 128 + number
    assert "Traceback" not in output + errors
    assert len(started) == 2
    assert not started & processes.table().keys()
