"""What sltrace adds to a cold start: modules in a fresh interpreter, never milliseconds."""

import json
import os
import subprocess
import sys

import pytest
from tests_components import require_component

# What design decision 4 lets the cold path import beyond sltrace's own modules.
ALLOWED = {
    "json", "logging", "re", "functools", "contextlib", "threading", "traceback", "decimal",
    "collections", "enum", "os", "time", "contextvars", "_contextvars", "types", "math", "sys",
    # The C half of `socket`, for X-Ray's datagrams: see exporters/RATIONALE.md.
    "_socket",
}  # fmt: skip

RUNTIME = "import awslambdaric.__main__, awslambdaric.bootstrap, awslambdaric.lambda_runtime_client"
DECORATE = "import sltrace\n@sltrace.trace_handler\ndef handler(event, context):\n    return None\n"
REST = {"requestContext": {}, "httpMethod": "GET", "resource": "/", "path": "/"}


def added(code, **environ):
    """Return the modules that the code adds to those of the runtime."""
    script = (
        f"import sys\n{RUNTIME}\nbefore = set(sys.modules)\n{code}\n"
        "import json\nprint(json.dumps(sorted(set(sys.modules) - before)))"
    )
    keep = {key: os.environ[key] for key in ("PATH", "HOME") if key in os.environ}
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        env={**keep, "AWS_LAMBDA_FUNCTION_NAME": "orders", **environ},
        timeout=60,
        check=True,
    )
    return json.loads(done.stdout)


@pytest.fixture(autouse=True)
def _runtime():
    if sys.platform != "linux":
        require_component("awslambdaric runs on Linux")


def test_importing_sltrace_adds_one_module():
    assert added("import sltrace") == ["sltrace"]


def test_a_decorated_handler_adds_only_sltraces_own_and_contextvars():
    modules = added(DECORATE)
    strangers = [name for name in modules if not name.startswith("sltrace")]
    assert set(strangers) <= ALLOWED
    assert len(modules) - len(strangers) <= 26


def test_an_invocation_exported_to_xray_adds_its_source_and_the_exporter():
    code = f"{DECORATE}handler({REST!r}, None)\nhandler({REST!r}, None)"
    modules = added(code, AWS_XRAY_DAEMON_ADDRESS="127.0.0.1:9")
    strangers = {name for name in modules if not name.startswith("sltrace")}
    assert strangers <= ALLOWED
    assert len(modules) - len(strangers) <= 36


def test_what_is_heavy_is_not_loaded():
    code = f"{DECORATE}handler({REST!r}, None)"
    modules = added(code, AWS_XRAY_DAEMON_ADDRESS="127.0.0.1:9")
    heavy = ("typing", "inspect", "asyncio", "socket", "opentelemetry", "wrapt", "structlog",
             "aws_xray_sdk", "botocore", "rich", "importlib.metadata", "datetime")  # fmt: skip
    assert [name for name in modules if name in heavy] == []
