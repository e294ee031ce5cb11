"""The application's result is sacred: each part of sltrace in turn is made to fail."""

import os
import time

import pytest

import sltrace
from sltrace import (
    _context,
    _exporters,
    _function,
    _headers,
    _invocation,
    _outbox,
    _propagation,
    _raised,
    _resource,
    _sandbox,
    _settings,
    _span,
    events,
)
from sltrace.events.apigateway_rest import ApiGatewayRest

REST = {"requestContext": {}, "httpMethod": "GET", "resource": "/", "path": "/", "headers": {}}

PARTS = [
    (_settings, "current"),
    (_resource, "current"),
    (_sandbox, "current"),
    (_sandbox, "init_type"),
    (_sandbox.Sandbox, "begin_invocation"),
    (_context, "new_trace"),
    (_propagation, "extract"),
    (_propagation, "join"),
    (_propagation, "read_xray"),
    (_headers, "read_state"),
    (_function, "attributes"),
    (_function, "name_of"),
    (_function, "w3c"),
    (_invocation, "recognise"),
    (_invocation, "_record_response"),
    (events, "import_module"),
    (ApiGatewayRest, "recognise"),
    (ApiGatewayRest, "attributes"),
    (ApiGatewayRest, "carrier"),
    (ApiGatewayRest, "response"),
    (ApiGatewayRest, "span_name"),
    (_raised, "record"),
    (_raised, "_chain"),
    (_raised, "_stack"),
    (_span, "new_span_id"),
    (_span, "Event"),
    (_span.Span, "set_attributes"),
    (_outbox.Outbox, "add"),
    (_outbox.Outbox, "flush"),
    (_exporters, "export"),
    (_exporters, "import_module"),
    (time, "monotonic_ns"),
    (time, "time_ns"),
    (os, "urandom"),
]

IDS = [f"{getattr(part, '__name__', part)}.{name}" for part, name in PARTS]


class Broke(Exception):
    pass


def breaks(*args, **kwargs):
    raise Broke("telemetry broke")


def decorated(body):
    @sltrace.trace_handler
    def handler(event, context):
        with sltrace.span("step", items=3) as span:
            span.set_attribute("more", [1])
            sltrace.annotate(order="o-1")
            return body()

    return handler


@pytest.fixture(autouse=True)
def _lambda(monkeypatch):
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", "orders")
    sltrace.configure(exporters=["local"])


@pytest.mark.parametrize(("part", "name"), PARTS, ids=IDS)
def test_the_result_stands_whatever_breaks(part, name, monkeypatch, capsys):
    result = {"statusCode": 500}
    handler = decorated(lambda: result)
    with monkeypatch.context() as patch:
        patch.setattr(part, name, breaks)
        assert handler(REST, None) is result
        assert handler(REST, None) is result

    lines = capsys.readouterr().err.splitlines()
    assert all(line.startswith("sltrace: ") for line in lines)
    assert len(lines) == len(set(lines)), "each kind is reported once"


@pytest.mark.parametrize(("part", "name"), PARTS, ids=IDS)
def test_its_own_exception_passes_whatever_breaks(part, name, monkeypatch):
    error = ValueError("the handler's own")

    def fails():
        raise error

    handler = decorated(fails)
    with monkeypatch.context() as patch:
        patch.setattr(part, name, breaks)
        with pytest.raises(ValueError, match="own") as raised:
            handler(REST, None)
    assert raised.value is error
    assert error.__cause__ is None
    assert error.__context__ is None


@pytest.mark.parametrize(("part", "name"), PARTS, ids=IDS)
def test_an_exit_passes_whatever_breaks(part, name, monkeypatch):
    def leaves():
        raise SystemExit(3)

    handler = decorated(leaves)
    with monkeypatch.context() as patch:
        patch.setattr(part, name, breaks)
        with pytest.raises(SystemExit) as raised:
            handler(REST, None)
    assert raised.value.code == 3


def test_the_report_names_what_failed_and_why(monkeypatch, capsys):
    handler = decorated(lambda: 1)
    monkeypatch.setattr(_exporters, "export", breaks)
    handler(REST, None)
    handler(REST, None)

    (line,) = capsys.readouterr().err.splitlines()
    assert line == (
        "sltrace: could not end a span: Broke: telemetry broke (the function is not affected)"
    )


def test_under_strict_a_failure_is_loud(monkeypatch):
    handler = decorated(lambda: 1)
    monkeypatch.setattr(_exporters, "export", breaks)
    with sltrace.testing.strict(), pytest.raises(Broke):
        handler(REST, None)


def test_a_closed_stderr_is_no_reason_to_fail(monkeypatch):
    import sys

    handler = decorated(lambda: 1)
    monkeypatch.setattr(_exporters, "export", breaks)
    monkeypatch.setattr(sys, "stderr", None)
    assert handler(REST, None) == 1
