"""Init: its span, and the spans opened in it."""

import time

import pytest

import sltrace
from sltrace import _sandbox

TRACE = "1-67429a3b-0123456789abcdef01234567"


@pytest.fixture
def sandbox(monkeypatch):
    """A Lambda sandbox whose process began a second ago."""
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", "orders")
    monkeypatch.setenv("OTEL_TRACES_EXPORTER", "none")
    monkeypatch.setenv("_X_AMZN_TRACE_ID", f"Root={TRACE};Parent=00f067aa0ba902b7;Sampled=1")
    sltrace.configure()
    _sandbox.begin(time.time_ns() - 1_000_000_000)
    return _sandbox.current()


def decorate():
    @sltrace.trace_handler
    def handler(event, context):
        with sltrace.span("step"):
            return None

    return handler


def by_name(spans):
    return {span.name: span for span in spans}


def test_the_init_span_lasts_from_the_process_start_to_the_decorated_handler(sandbox):
    handler = decorate()
    with sltrace.testing.capture() as spans:
        handler({}, sltrace.testing.context(function_name="orders"))
        handler({}, sltrace.testing.context(function_name="orders"))

    assert [span.name for span in spans] == ["init", "step", "orders", "step", "orders"]
    init, invocation = spans[0], spans[2]
    assert init.start_time == sandbox.started
    assert init.end_time == sandbox.ready <= invocation.start_time
    assert init.attributes["sltrace.sandbox.init_type"] == "on-demand"
    assert (
        init.context.trace_id == invocation.context.trace_id == int(TRACE[2:].replace("-", ""), 16)
    )
    assert init.parent.span_id == invocation.parent.span_id == 0x00F067AA0BA902B7
    assert init.parent.is_remote
    assert invocation.attributes["faas.coldstart"] is True


def test_spans_opened_during_init_are_kept_and_join_the_first_invocation(sandbox):
    with sltrace.testing.capture() as spans:
        with sltrace.span("load config") as load, sltrace.span("parse"):
            provisional = load.context.trace_id
        still_open = sltrace.span("warm pool")
        handler = decorate()
        handler({}, sltrace.testing.context(function_name="orders"))
        still_open.end()

    found = by_name(spans)
    trace_id = found["orders"].context.trace_id
    assert provisional != trace_id
    assert {span.context.trace_id for span in spans} == {trace_id}
    assert found["load config"].parent.span_id == found["init"].context.span_id
    assert found["parse"].parent.span_id == found["load config"].context.span_id
    assert found["warm pool"].parent.span_id == found["init"].context.span_id


def test_init_spans_are_exported_with_the_first_invocation_not_before(
    sandbox, tmp_path, monkeypatch
):
    monkeypatch.setenv("SLTRACE_LOCAL_DIR", str(tmp_path / "store"))
    sltrace.configure(exporters=["local"])
    with sltrace.span("load config"):
        pass
    assert not list(tmp_path.glob("store/*.jsonl"))

    decorate()({}, sltrace.testing.context(function_name="orders"))

    (file,) = tmp_path.glob("store/*.jsonl")
    for name in ("load config", "init", "step", "orders"):
        assert f'"name":"{name}"' in file.read_text()


@pytest.mark.parametrize(
    "kind", ["provisioned-concurrency", "snap-start", "lambda-managed-instances"]
)
def test_only_an_on_demand_init_makes_a_cold_start(sandbox, kind, monkeypatch):
    monkeypatch.setenv("AWS_LAMBDA_INITIALIZATION_TYPE", kind)
    handler = decorate()
    with sltrace.testing.capture() as spans:
        handler({}, sltrace.testing.context(function_name="orders"))

    found = by_name(spans)
    assert found["orders"].attributes["faas.coldstart"] is False
    assert found["orders"].attributes["sltrace.sandbox.init_type"] == kind
    assert found["init"].attributes["sltrace.sandbox.init_type"] == kind


def test_an_init_long_before_is_a_trace_of_its_own_with_a_link_to_it(sandbox):
    with sltrace.testing.capture() as spans:
        with sltrace.span("load config"):
            pass
        handler = decorate()
        sandbox.started -= 3600 * 10**9
        sandbox.ready -= 3600 * 10**9
        handler({}, sltrace.testing.context(function_name="orders"))

    found = by_name(spans)
    init, invocation = found["init"], found["orders"]
    assert init.context.trace_id != invocation.context.trace_id
    assert found["load config"].context.trace_id == init.context.trace_id
    assert init.parent is None
    (link,) = invocation.links
    assert link.context.span_id == init.context.span_id
    assert link.context.trace_id == init.context.trace_id
    assert invocation.attributes["faas.coldstart"] is False


def test_outside_lambda_there_is_no_init_span():
    with sltrace.testing.capture() as spans:
        with sltrace.span("load config"):
            pass
        decorate()({}, sltrace.testing.context(function_name="orders"))

    assert [span.name for span in spans] == ["load config", "step", "orders"]
    assert spans[0].context.trace_id != spans[2].context.trace_id


def test_the_process_start_is_before_now_and_after_boot():
    now = time.time_ns()
    assert 0 < _sandbox.process_start() <= time.time_ns()
    assert now - _sandbox.process_start() < 24 * 3600 * 10**9


def test_a_span_left_open_by_such_an_init_is_exported_when_it_ends(sandbox, tmp_path, monkeypatch):
    monkeypatch.setenv("SLTRACE_LOCAL_DIR", str(tmp_path / "store"))
    sltrace.configure(exporters="local")
    late = sltrace.span("warm pool")
    handler = decorate()
    sandbox.started -= 3600 * 10**9
    sandbox.ready -= 3600 * 10**9
    handler({}, sltrace.testing.context(function_name="orders"))
    late.end()

    (file,) = tmp_path.glob("store/*.jsonl")
    assert '"name":"warm pool"' in file.read_text()


def test_two_sandboxes_of_one_snapshot_have_traces_of_their_own(sandbox, monkeypatch):
    monkeypatch.setenv("AWS_LAMBDA_INITIALIZATION_TYPE", "snap-start")
    handler = decorate()
    sandbox.started -= 3600 * 10**9
    sandbox.ready -= 3600 * 10**9
    traces = set()
    for _ in range(2):
        sandbox.invocations = 0
        with sltrace.testing.capture() as spans:
            handler({}, sltrace.testing.context(function_name="orders"))
        traces.add(by_name(spans)["init"].context.trace_id)

    assert len(traces) == 2
