"""The benchmark works, and what it counts is right; what it times is nobody's test."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tests_components import require_component

BENCH = Path(__file__).resolve().parents[1] / "bench"


SOURCES = {
    "API Gateway REST": "apigateway.rest",
    "API Gateway HTTP": "apigateway.http",
    "SQS, 10 messages": "sqs",
    "SNS": "sns",
    "S3": "s3",
    "DynamoDB stream, 10 records": "dynamodb.stream",
    "Kinesis, 10 records": "kinesis",
    "EventBridge": "eventbridge",
    "API Gateway REST, 6 MB body": "apigateway.rest",
    "SQS, 24 messages, 6 MB": "sqs",
    "Kinesis, 24 records, 6 MB": "kinesis",
    "unknown, 100,000 keys, 6 MB": "other",
    "unknown, a list of 100,000": "other",
}


@pytest.fixture(autouse=True)
def _importable(monkeypatch):
    monkeypatch.syspath_prepend(str(BENCH))


def bench(*arguments):
    """Run the benchmark and return the finished process."""
    done = subprocess.run(
        [sys.executable, str(BENCH / "bench.py"), *arguments],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    if done.returncode == 2 and done.stderr.startswith("bench: "):
        require_component(done.stderr)
    return done


def cells(text, *start):
    """Return what follows in the row that starts with these cells."""
    for line in text.splitlines():
        row = [cell.strip() for cell in line.strip("|").split("|")]
        if row[: len(start)] == list(start):
            return row[len(start) :]
    raise AssertionError(f"no row {start} in\n{text}")


@pytest.mark.component
@pytest.mark.slow
def test_a_cold_and_a_warm_invocation_are_measured_under_the_emulator():
    done = bench("--rounds", "1", "--warm", "2", "--only", "cold", "warm", "noop")
    assert done.returncode == 0, done.stderr
    assert "left out" not in done.stdout
    # API Gateway's span and the invocation's in one; before the first one the init's.
    assert cells(done.stdout, "noop warm", "sltrace")[:2] == ["2", "1"]
    assert cells(done.stdout, "noop warm", "aws-xray-sdk")[:2] == ["1", "1"]
    assert cells(done.stdout, "noop cold", "sltrace")[0] == "3"
    assert cells(done.stdout, "noop cold", "bare") == ["0", "0", "0"]
    for title in ("Cold start, noop", "Warm invocation, noop", "Memory"):
        assert f"## {title}" in done.stdout


@pytest.mark.component
@pytest.mark.slow
def test_spans_modules_and_events_are_measured(tmp_path):
    out = tmp_path / "bench.md"
    done = bench("--only", "spans", "modules", "events", "--out", str(out))
    assert done.returncode == 0, done.stderr
    assert "left out" not in done.stdout
    assert out.read_text() == done.stdout
    assert cells(done.stdout, "sltrace")[0] == "1"
    for event, source in SOURCES.items():
        assert cells(done.stdout, event)[0] == source
    assert done.stdout.count("Budget: recognising, the slowest of the ") == 2
    assert "Measured 1 modules: met." in done.stdout


def test_the_large_events_are_about_as_large_as_lambda_takes():
    import events

    for name, event in events.large().items():
        size = len(json.dumps(event))
        assert 5.5 * 2**20 < size <= 6 * 2**20 or "list" in name, name


def test_every_message_of_a_batch_has_a_body_and_an_id_of_its_own():
    import events

    records = events.common()["SQS, 10 messages"]["Records"]
    assert len({record["messageId"] for record in records}) == 10
    assert len({record["body"] for record in records}) == 10


def test_a_request_was_received_just_now():
    import events

    received = json.loads(events.rest())["requestContext"]["requestTimeEpoch"]
    assert 0 <= time.time() * 1000 - received < 60_000


def test_a_count_below_one_is_refused_in_one_line():
    done = bench("--rounds", "0")
    assert done.returncode == 2
    assert "'0' is no whole number of 1 or more" in done.stderr


def test_the_functions_see_nothing_of_this_process_environment(monkeypatch):
    import variants

    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    assert not variants.environ("noop").keys() & {"PYTHONDONTWRITEBYTECODE", "HOME"}
    assert variants.environ("noop")["PATH"] == os.defpath


def test_a_verdict_says_whether_a_budget_is_met_and_by_how_much_it_is_not():
    import tables

    assert tables.verdict("d", 9, 10, "ms").endswith("Measured 9 ms: met.")
    assert tables.verdict("d", 12.5, 10, "ms").endswith("over by 2.50 ms.")


def test_a_figure_is_compared_with_the_bare_one_of_its_own_round():
    import tables

    assert tables.paired([11, 102, 53], [10, 100, 50]) == (2, pytest.approx(1.06))


def test_words_stand_left_and_figures_right():
    import tables

    assert tables.table(["variant", "ms"], [["bare", "1"], ["sltrace", "+10"]]).splitlines() == [
        "| variant |  ms |",
        "| ------- | --: |",
        "| bare    |   1 |",
        "| sltrace | +10 |",
    ]


def test_the_sink_counts_nested_subsegments():
    import socket

    from sink import Sent, Sink

    document = b'{"format":"json"}\n{"subsegments":[{"subsegments":[{}]},{}]}'
    with Sink() as sink, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        host, port = sink.address.split(":")
        sender.sendto(document, (host, int(port)))
        assert sink.take() == Sent(datagrams=1, bytes=len(document), spans=4)
        assert sink.take() == Sent()
