"""Finished spans on their way: bounded, never silently lost, apart in forks and threads."""

import json
import os
import threading

import pytest

import sltrace
from sltrace import _outbox


@pytest.fixture
def store(tmp_path):
    """Export to the local store, and return a reader of the names in it, file by file."""
    sltrace.configure(exporters=["local"])

    def names():
        return [
            span["name"]
            for file in sorted((tmp_path / ".sltrace").glob("*.jsonl"))
            for line in file.read_text().splitlines()
            for resource in json.loads(line)["resourceSpans"]
            for scope in resource["scopeSpans"]
            for span in scope["spans"]
        ]

    return names


def test_a_trace_is_exported_when_its_local_root_ends(store):
    with sltrace.span("root"):
        with sltrace.span("child"):
            pass
        assert store() == []
    assert store() == ["child", "root"]


def test_a_span_that_ends_after_its_root_is_exported_at_once(store):
    with sltrace.span("root"):
        late = sltrace.span("late")
    late.end()
    assert store() == ["root", "late"]


def test_more_spans_than_there_is_room_for_go_out_early_and_none_is_lost(store, monkeypatch):
    monkeypatch.setattr(_outbox, "_MAX_SPANS", 10)
    with sltrace.span("root"):
        for number in range(35):
            with sltrace.span(f"child {number}"):
                pass
        assert 20 < len(store()) < 35

    assert sorted(store()) == sorted(["root", *(f"child {number}" for number in range(35))])
    assert _outbox.OUTBOX.dropped == 0


def test_a_root_that_never_ends_keeps_no_others_from_being_exported(store, monkeypatch):
    monkeypatch.setattr(_outbox, "_MAX_SPANS", 10)

    @sltrace.trace_handler
    def handler(event, context):
        return None

    with sltrace.span("poller"):
        for _ in range(25):
            with sltrace.span("poll"):
                pass
        handler({}, sltrace.testing.context(function_name="orders"))
        assert "orders" in store()


def test_spans_of_init_beyond_the_room_are_dropped_counted_and_reported(store, monkeypatch, capsys):
    monkeypatch.setattr(_outbox, "_MAX_SPANS", 10)
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", "orders")
    before = _outbox.OUTBOX.dropped
    for _ in range(15):
        with sltrace.span("load"):
            pass

    @sltrace.trace_handler
    def handler(event, context):
        return None

    handler({}, sltrace.testing.context(function_name="orders"))
    assert store().count("load") == 10
    assert {"init", "orders"} <= set(store())
    assert _outbox.OUTBOX.dropped - before == 5
    assert capsys.readouterr().err.count("more than 10 spans of init") == 1


def test_in_lambda_spans_without_a_decorated_handler_join_the_runtimes_trace(store, monkeypatch):
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", "orders")
    monkeypatch.setenv(
        "_X_AMZN_TRACE_ID",
        "Root=1-67429a3b-0123456789abcdef01234567;Parent=00f067aa0ba902b7;Sampled=1",
    )
    with sltrace.span("work") as span:
        assert span.context.trace_id == 0x67429A3B0123456789ABCDEF01234567
        assert span.parent.span_id == 0x00F067AA0BA902B7
    assert store() == ["work"]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="forks are POSIX's")
@pytest.mark.filterwarnings("ignore:This process")
def test_a_forked_child_sends_its_own_spans_and_none_of_its_parents(store):
    @sltrace.trace_handler
    def handler(event, context):
        with sltrace.span("before"):
            pass
        child = os.fork()
        with sltrace.span("work of the child" if child == 0 else "work of the parent"):
            pass
        if child == 0:
            raise SystemExit(0)
        os.waitpid(child, 0)

    parent = os.getpid()
    try:
        handler({}, sltrace.testing.context(function_name="orders"))
    finally:
        if os.getpid() != parent:
            os._exit(0)

    assert sorted(store()) == ["before", "orders", "work of the child", "work of the parent"]


def test_threads_that_export_first_share_one_exporter(store, tmp_path):
    barrier = threading.Barrier(8)

    def work():
        barrier.wait()
        with sltrace.span("work"):
            pass

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert store() == ["work"] * 8
    assert len(list((tmp_path / ".sltrace").glob("*.jsonl"))) == 1


@pytest.mark.skipif(not os.path.isdir("/proc/self/fd"), reason="counts /proc/self/fd")
def test_configuring_again_and_again_leaves_nothing_open(monkeypatch):
    monkeypatch.setenv("AWS_XRAY_DAEMON_ADDRESS", "127.0.0.1:9")
    counts = []
    for _ in range(20):
        sltrace.configure(exporters=["local", "xray"])
        with sltrace.span("work"):
            pass
        counts.append(len(os.listdir("/proc/self/fd")))
    assert max(counts) <= counts[0] + 1
    sltrace.configure(exporters=[])
    with sltrace.span("work"):
        pass
