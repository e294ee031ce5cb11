"""Handlers under the real emulator with Lambda's own runtime."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from tests_components import clean_environ, require_component

from sltrace.local import components, processes
from sltrace.local.components import ComponentMissing
from sltrace.local.emulator import Emulator, EmulatorFailed
from sltrace.viewer import store

pytestmark = pytest.mark.component
ROOT = Path(__file__).resolve().parents[2]

APP = """
import os
import subprocess
import sys
import time

import sltrace

print("imported")
not_callable = 3

@sltrace.trace_handler
def handler(event, context):
    print("handling", event)
    with sltrace.span("price", items=3):
        pass
    return {"event": event, "pid": os.getpid(), "request": context.aws_request_id}

@sltrace.trace_handler
def fail(event, context):
    raise ValueError("first line\\nsecond line")

def bare_fail(event, context):
    raise ValueError("first line\\nsecond line")

def bare(event, context):
    return event

async def coroutine(event, context):
    return event

def behave(event, context):
    if event == "leave":
        sys.exit(3)
    if event == "sleep":
        time.sleep(60)
    if event == "child":
        return subprocess.Popen(["sleep", "600"]).pid
    return {"errorMessage": "not an error", "errorType": "Mine"}

def environ(event, context):
    return dict(os.environ)
"""


@pytest.fixture(scope="module", autouse=True)
def available():
    try:
        components.emulator()
        with Emulator("nothing.handler"):
            pass
    except ComponentMissing as error:
        require_component(str(error))


@pytest.fixture
def project(tmp_path):
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "app.py").write_text(APP)
    (folder / "raising.py").write_text("raise KeyError('NO_SUCH_VARIABLE')\n")
    (folder / "leaving.py").write_text("import sys\nsys.exit(4)\n")
    return folder


@pytest.fixture
def run(project):
    """Make emulators that run in the project."""

    def make(handler, **options):
        env = {**clean_environ(), **options.pop("env", {})}
        return Emulator(handler, project, env=env, **options)

    return make


def test_the_first_invocation_tells_of_init_and_the_second_does_not(run):
    with run("app.handler", function_name="orders") as emulator:
        assert emulator.runtime_pid() is None
        cold, warm = emulator.invoke(b'{"a": 1}'), emulator.invoke(b"null")
        first, second = json.loads(cold.payload), json.loads(warm.payload)
        assert first == {
            "event": {"a": 1},
            "pid": emulator.runtime_pid(),
            "request": cold.request_id,
        }
        assert second["event"] is None
        assert second["pid"] == first["pid"]
    assert cold.init_ms > 0
    assert warm.init_ms is None
    assert cold.duration_ms > 0
    assert warm.duration_ms > 0
    assert not cold.function_error
    assert cold.output == ["imported", "handling {'a': 1}"]
    assert warm.output == ["handling None"]
    assert any("INIT REPORT" in line for line in emulator.log)


def test_an_error_of_the_handler_is_known_from_a_result_like_one(run):
    with run("app.fail") as emulator:
        failed = emulator.invoke(b"{}")
    report = json.loads(failed.payload)
    assert failed.function_error
    assert report["errorType"] == "ValueError"
    assert failed.duration_ms > 0
    with run("app.behave") as emulator:
        assert not emulator.invoke(b"{}").function_error


def test_an_error_reads_the_same_with_the_decorator_and_without(run):
    reports = []
    for handler in ("app.fail", "app.bare_fail"):
        with run(handler) as emulator:
            report = json.loads(emulator.invoke(b"{}").payload)
            reports.append({**report, "requestId": "", "stackTrace": len(report["stackTrace"])})
    assert reports[0] == reports[1]


def test_a_function_that_ends_its_process_or_its_time_starts_afresh(run):
    with run("app.behave", timeout=1) as emulator:
        left = emulator.invoke(b'"leave"')
        assert left.function_error
        assert json.loads(left.payload)["errorType"] == "Runtime.ExitError"
        assert emulator.invoke(b"{}").init_ms > 0
        slept = emulator.invoke(b'"sleep"')
        assert slept.function_error
        assert slept.duration_ms is None
        assert slept.payload == b"Task timed out after 1.00 seconds"
        assert not emulator.invoke(b"{}").function_error


@pytest.mark.parametrize("handler", ["nowhere.handler", "app.nowhere", "raising.handler"])
def test_a_function_that_cannot_be_initialised_says_so(run, handler):
    with run(handler) as emulator:
        invocation = emulator.invoke(b"{}")
    assert invocation.function_error
    assert invocation.init_failed


def test_the_function_sees_the_environment_it_was_given_and_what_lambda_adds(run, project):
    env = {"MINE": "1", "AWS_DEFAULT_REGION": "eu-west-1"}
    with run("app.environ", env=env, memory=512, timeout=7, function_name="orders") as emulator:
        seen = json.loads(emulator.invoke(b"{}").payload)
    expected = {
        "MINE": "1",
        "AWS_REGION": "eu-west-1",
        "AWS_DEFAULT_REGION": "eu-west-1",
        "AWS_LAMBDA_FUNCTION_NAME": "orders",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "512",
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "LAMBDA_TASK_ROOT": str(project),
        "_HANDLER": "app.environ",
    }
    assert {key: seen.get(key) for key in expected} == expected


def test_invocations_from_many_threads_wait_for_each_other(run):
    with run("app.bare") as emulator:
        got = []
        threads = [
            threading.Thread(target=lambda n=n: got.append(emulator.invoke(b"%d" % n).payload))
            for n in range(20)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert sorted(map(int, got)) == list(range(20))


def test_it_stops_all_it_started_and_no_other(run):
    with subprocess.Popen(["sleep", "600"]) as stranger:
        with run("app.behave") as emulator:
            child = json.loads(emulator.invoke(b'"child"').payload)
            runtime = emulator.runtime_pid()
            assert {child, runtime} <= processes.table().keys()
        left = processes.table()
        # The system may take a moment to bury what has been killed.
        deadline = time.monotonic() + 10
        while {child, runtime} & left.keys() and time.monotonic() < deadline:
            left = processes.table()
        assert not {child, runtime} & left.keys()
        assert stranger.pid in left
        stranger.kill()


def test_it_stops_when_the_block_raises(run):
    with pytest.raises(KeyboardInterrupt), run("app.bare") as emulator:
        emulator.invoke(b"{}")
        runtime = emulator.runtime_pid()
        raise KeyboardInterrupt
    assert not Path(f"/proc/{runtime}").exists()
    with pytest.raises(EmulatorFailed):
        emulator.invoke(b"{}")


def test_a_port_that_is_taken_meanwhile_is_left_for_another(run, monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port, free_ports, offered = taken.getsockname()[1], processes.free_ports, []

        def offer(count):
            offered.append(count)
            first, second = free_ports(count)
            return [[port, second], [first, port], [first, second]][len(offered) - 1]

        monkeypatch.setattr(processes, "free_ports", offer)
        with run("app.bare") as emulator:
            assert emulator.invoke(b"1").payload == b"1"
    assert len(offered) == 3


def test_an_emulator_that_does_not_start_says_what_it_wrote(run, tmp_path, monkeypatch):
    broken = tmp_path / "rie"
    broken.write_text("#!/bin/sh\necho it is broken\nexit 1\n")
    broken.chmod(0o755)
    monkeypatch.setenv("SLTRACE_RIE", str(broken))
    with pytest.raises(EmulatorFailed, match="did not start: it is broken"), run("app.bare"):
        pass


def test_a_python_without_the_runtime_is_told_of(run, tmp_path):
    python = tmp_path / "python"
    python.write_text("#!/bin/sh\nexit 1\n")
    python.chmod(0o755)
    with pytest.raises(ComponentMissing, match="awslambdaric"), run("a.b", python=str(python)):
        pass


@pytest.fixture
def sltrace(project):
    """Run ``python -m sltrace invoke --rie`` in the project: the finished process."""

    def run(*arguments, **environ):
        return subprocess.run(
            [sys.executable, "-m", "sltrace", "invoke", "--rie", *arguments],
            cwd=project,
            env={**clean_environ(), "COLUMNS": "80", **environ},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    return run


def test_the_command_shows_the_cold_trace_and_the_warm_one(sltrace, project):
    done = sltrace("app.handler", "--repeat", "2")
    assert done.returncode == 0
    assert done.stdout.count('"event": {}') == 2
    assert done.stdout.count("cold start") == 1
    assert len(re.findall(r"^init ", done.stdout, re.MULTILINE)) == 1
    assert len(re.findall(r"^  price ", done.stdout, re.MULTILINE)) == 2
    assert done.stderr.splitlines() == ["imported", "handling {}", "handling {}"]
    cold, warm = sorted(store.traces(project / ".sltrace"), key=lambda trace: trace.start)
    assert [span.name for span in cold.spans] == ["init", "app", "price"]
    assert [span.name for span in warm.spans] == ["app", "price"]


def test_the_command_reports_a_failure_and_shows_its_trace(sltrace):
    done = sltrace("app.fail")
    assert done.returncode == 1
    assert '"errorType": "ValueError"' in done.stdout
    assert "ERROR" in done.stdout.rpartition("}\n")[2]


def test_the_command_says_why_there_is_no_trace(sltrace):
    done = sltrace("app.bare")
    assert done.returncode == 0
    assert (
        "no trace was recorded: is the handler decorated with @sltrace.trace_handler?"
        in done.stderr
    )


@pytest.mark.parametrize(
    ("handler", "reason"),
    [
        ("nowhere.handler", "No module named 'nowhere'"),
        ("app.nowhere", "Handler 'nowhere' missing on module 'app'"),
        ("app.not_callable", "'app.not_callable' is not callable: 'int' object"),
        ("app", "is not MODULE.FUNCTION"),
        ("raising.handler", "KeyError: 'NO_SUCH_VARIABLE'"),
        ("leaving.handler", "the runtime ended while importing it"),
    ],
)
def test_the_command_tells_in_one_line_of_a_handler_that_cannot_be_run(sltrace, handler, reason):
    done = sltrace(handler)
    assert done.returncode == 2
    assert reason in done.stderr
    assert done.stderr.startswith("sltrace: ")
    assert done.stderr.count("\n") == 1
    assert done.stdout == ""


def test_the_command_tells_of_a_coroutine_function(sltrace):
    done = sltrace("app.coroutine")
    assert done.returncode == 1
    assert '"errorType": "Runtime.MarshalError"' in done.stdout
    assert "sltrace: the handler is a coroutine function" in done.stderr
    assert "no trace was recorded" not in done.stderr


def test_the_command_finds_a_trace_whose_request_id_was_cut(sltrace):
    done = sltrace("app.handler", "--repeat", "2", OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT="8")
    assert len(re.findall(r"^  price ", done.stdout, re.MULTILINE)) == 2
    assert "sltrace:" not in done.stderr


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_the_command_stops_its_emulator_when_it_is_stopped(project, number):
    (project / "waiting.py").write_text(
        "import os, time\n"
        "def handler(event, context):\n"
        "    open('pid', 'w').write(str(os.getpid()))\n"
        "    os.rename('pid', 'runtime.pid')\n"
        "    time.sleep(60)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-m", "sltrace", "invoke", "--rie", "waiting.handler"],
        cwd=project,
        env=clean_environ(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        while not (project / "runtime.pid").exists():
            assert process.poll() is None
            time.sleep(0.01)
        runtime = int((project / "runtime.pid").read_text())
        os.kill(process.pid, number)
        output = process.stdout.read()
    assert process.returncode == 128 + number
    assert "Traceback" not in output
    assert not Path(f"/proc/{runtime}").exists()
