"""The command, run as a person runs it: what it prints, what it exits with, what it survives."""

import json
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tests_components import clean_environ, require_component

from sltrace import __version__
from sltrace.local import samples, sources
from sltrace.local.components import ComponentMissing

ROOT = Path(__file__).resolve().parents[2]

APP = """
import os
import subprocess
import sys
import time
from collections import namedtuple
from decimal import Decimal

import sltrace

print("imported")
not_callable = 3
Point = namedtuple("Point", "x y")

@sltrace.trace_handler
def handler(event, context):
    print("handling", file=sys.stderr)
    with sltrace.span("price", items=3):
        pass
    return {"event": event, "function": context.function_name}

def echo(event, context):
    return event

def fail(event, context):
    raise ValueError("first line\\nsecond line")

def leave(event, context):
    sys.exit(3)

def context_of(event, context):
    return {
        "memory": context.memory_limit_in_mb,
        "stream": context.log_stream_name == os.environ["AWS_LAMBDA_LOG_STREAM_NAME"],
        "time": context.get_remaining_time_in_millis() <= 7000,
        "environ": {key: os.environ[key] for key in event},
    }

def decimals(event, context):
    return {"a": Decimal("1.10"), "b": Decimal("12345678901234567890.12345"), "c": 1e400}

def a_set(event, context):
    return {1}

def raw(event, context):
    return b"not JSON"

def half(event, context):
    return {"key": "\\ud800", "\\u00e9": "\\u00fc"}

async def coroutine(event, context):
    return 1

@sltrace.trace_handler
async def traced_coroutine(event, context):
    return 1

def partly(event, context):
    print("no end", end="")
    subprocess.run(["echo", "a child"], check=True)

def large(event, context):
    return "x" * (6291556 - 2 + event)

def slow(event, context):
    time.sleep(0.5)

def wait(event, context):
    print("waiting", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def project(tmp_path):
    """A folder with an app.py, and others that cannot be imported."""
    folder = tmp_path / "project"
    (folder / "src" / "api").mkdir(parents=True)
    (folder / "app.py").write_text(APP, encoding="utf-8")
    (folder / "src" / "api" / "orders.py").write_text("def handler(e, c):\n    return 'nested'\n")
    (folder / "broken.py").write_text("def handler(event, context):\n    return {\n")
    (folder / "missing.py").write_text("import os\nimport no_such_module\n")
    (folder / "raising.py").write_text("import os\n\nos.environ['NO_SUCH_VARIABLE']\n")
    (folder / "leaving.py").write_text("import sys\nsys.exit(4)\n")
    return folder


@pytest.fixture
def sltrace(project):
    """Run ``python -m sltrace`` in the project: the finished process."""

    def run(*arguments, stdin="", **environ):
        return subprocess.run(
            [sys.executable, "-W", "error", "-m", "sltrace", *map(str, arguments)],
            cwd=project,
            env=environment(environ),
            input=stdin,
            capture_output=True,
            encoding="utf-8",
            timeout=60,
            check=False,
        )

    return run


def environment(more=()):
    """Return the child's environment; its standard streams are UTF-8 as on most machines."""
    return {**clean_environ(), "PYTHONIOENCODING": "utf-8", "COLUMNS": "80", **dict(more)}


def result(done):
    """Return the result that the command printed before all else on stdout."""
    return json.JSONDecoder().raw_decode(done.stdout)[0]


def test_a_decorated_handler_shows_its_result_and_its_trace(sltrace, project):
    done = sltrace("invoke", "app.handler", "--event", "-", stdin='{"a": 1}')
    assert done.returncode == 0
    assert result(done) == {"event": {"a": 1}, "function": "app"}
    assert done.stderr == "imported\nhandling\n"
    waterfall = done.stdout.rpartition("}\n")[2]
    assert "cold start" in waterfall
    assert re.search(r"^init ", waterfall, re.MULTILINE)
    assert re.search(r"^  price ", waterfall, re.MULTILINE)
    assert waterfall.isascii()
    assert "\x1b" not in waterfall
    assert max(map(len, waterfall.splitlines())) <= 80
    assert list((project / ".sltrace").glob("*.jsonl"))


def test_init_begins_where_the_function_does_and_not_the_command(sltrace, project):
    slow = "import time\nbegan = time.time_ns()\ntime.sleep(0.05)\n"
    slow += "from sltrace._sandbox import process_start\n"
    slow += "def times(event, context):\n    return {'process': process_start(), 'began': began}\n"
    (project / "slow.py").write_text(slow)
    times = json.loads(sltrace("invoke", "slow.times").stdout.partition("}")[0] + "}")
    init = recorded(project)["init"]
    assert init["attributes"]["sltrace.sandbox.init_type"] == "on-demand"
    assert init["start"] < times["began"] < times["began"] + 50_000_000 <= init["end"]
    # Nothing can start an interpreter and load the command in less than 5 ms.
    assert times["process"] + 5_000_000 < init["start"]


def recorded(folder):
    spans = {}
    for path in Path(folder).rglob("*.jsonl"):
        for group in json.loads(path.read_text())["resourceSpans"]:
            for span in group["scopeSpans"][0]["spans"]:
                attributes = {
                    pair["key"]: next(iter(pair["value"].values())) for pair in span["attributes"]
                }
                spans[span["name"]] = {
                    "attributes": attributes,
                    "start": int(span["startTimeUnixNano"]),
                    "end": int(span["endTimeUnixNano"]),
                }
    return spans


def test_a_handler_without_the_decorator_is_traced_too(sltrace):
    done = sltrace("invoke", "app.echo", "--event", "-", stdin="[1, 2]")
    assert result(done) == [1, 2]
    assert "cold start" in done.stdout
    assert done.stderr == "imported\n"


def test_repeated_it_is_cold_then_warm(sltrace):
    done = sltrace("invoke", "app.handler", "--repeat", "3", "--function-name", "orders")
    assert done.stderr.count("imported\n") == 1
    assert done.stdout.count('"function": "orders"') == 3
    assert done.stdout.count("cold start") == 1
    assert len(re.findall(r"^init ", done.stdout, re.MULTILINE)) == 1
    assert len(re.findall(r"^  price ", done.stdout, re.MULTILINE)) == 3


def test_invocations_of_one_trace_are_shown_one_at_a_time(sltrace):
    parent = {"headers": {"traceparent": f"00-{'ab' * 16}-{'cd' * 8}-01"}}
    event = json.dumps(
        {**parent, "httpMethod": "GET", "path": "/", "resource": "/", "requestContext": {}}
    )
    for _ in range(2):
        done = sltrace("invoke", "app.handler", "--event", "-", stdin=event)
        assert done.returncode == 0
        assert len(re.findall(r"^ *price ", done.stdout, re.MULTILINE)) == 1


def test_an_event_with_a_trace_id_is_shown_without_its_earlier_invocations(sltrace):
    parent = {"headers": {"traceparent": f"00-{'ab' * 16}-{'cd' * 8}-01"}}
    event = json.dumps(
        {**parent, "httpMethod": "GET", "path": "/", "resource": "/", "requestContext": {}}
    )
    for _ in range(3):
        invoked = sltrace("invoke", "app.handler", "--event", "-", stdin=event)
    shown = sltrace("show").stdout
    note = "2 earlier invocations of this trace (--full shows all)\n"
    assert shown == invoked.stdout.rpartition("}\n\n")[2] + note
    assert len(re.findall("^init .*=", sltrace("show", "--full").stdout, re.MULTILINE)) == 3


@pytest.mark.parametrize(
    "limit",
    [
        {"OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT": "8"},
        {"OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT": "0"},
        {"OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT": "5"},
    ],
    ids=str,
)
def test_the_trace_is_found_whatever_room_its_attributes_have(sltrace, limit):
    done = sltrace("invoke", "app.echo", "--repeat", "2", **limit)
    assert done.stderr == "imported\n"
    assert len(re.findall("^init ", done.stdout, re.MULTILINE)) == 1
    assert len(re.findall("^app .*=", done.stdout, re.MULTILINE)) == 2


@pytest.mark.parametrize("handler", ["src/api/orders.handler", "src.api.orders.handler"])
def test_a_handler_is_found_in_a_package_and_in_a_folder(sltrace, handler):
    done = sltrace("invoke", handler)
    assert done.stdout.startswith('"nested"\n')
    assert done.returncode == 0


def test_the_handler_sees_what_it_sees_in_lambda(sltrace, project):
    seen = {
        "AWS_LAMBDA_FUNCTION_NAME": "app",
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "512",
        "AWS_LAMBDA_LOG_GROUP_NAME": "/aws/lambda/app",
        "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1",
        "_HANDLER": "app.context_of",
        "LAMBDA_TASK_ROOT": str(project),
    }
    event = json.dumps(sorted(seen))
    arguments = ("invoke", "app.context_of", "--event", "-", "--memory", "512", "--timeout", "7")
    told = result(sltrace(*arguments, stdin=event))
    assert told == {"memory": "512", "stream": True, "time": True, "environ": seen}
    told = result(sltrace(*arguments, stdin='["AWS_REGION"]', AWS_DEFAULT_REGION="eu-west-1"))
    assert told["environ"] == {"AWS_REGION": "eu-west-1"}


def test_numbers_are_printed_as_the_function_gave_them(sltrace):
    done = sltrace("invoke", "app.decimals")
    assert '"a": 1.10,' in done.stdout
    assert '"b": 12345678901234567890.12345' in done.stdout
    assert done.returncode == 0


def test_what_no_encoding_has_is_printed_escaped(sltrace):
    done = sltrace("invoke", "app.half")
    assert done.returncode == 0
    assert result(done) == {"key": "\ud800", "é": "ü"}
    ascii_only = sltrace("invoke", "app.half", PYTHONIOENCODING="ascii")
    assert ascii_only.returncode == 0
    assert ascii_only.stdout.isascii()


def test_bytes_are_printed_as_they_are(sltrace):
    done = sltrace("invoke", "app.raw")
    assert done.stdout.startswith("not JSON\n\n")
    assert done.returncode == 0


def test_an_error_is_reported_as_lambda_reports_it(sltrace, project):
    done = sltrace("invoke", "app.fail")
    assert done.returncode == 1
    report = result(done)
    assert report.keys() == {"errorMessage", "errorType", "requestId", "stackTrace"}
    assert report["errorMessage"] == "first line\nsecond line"
    assert report["errorType"] == "ValueError"
    assert [re.findall(r'File "(.*)", line \d+, in (\w+)', line) for line in report["stackTrace"]]
    assert len(report["stackTrace"]) == 1
    assert str(project / "app.py") in report["stackTrace"][0]
    assert "ERROR" in done.stdout.rpartition("}\n")[2]
    assert done.stderr == "imported\n"


def test_an_exit_is_reported_as_lambda_reports_it(sltrace):
    done = sltrace("invoke", "app.leave")
    assert done.returncode == 1
    report = result(done)
    assert report["errorType"] == "Runtime.ExitError"
    assert report["errorMessage"].endswith("Error: Runtime exited with error: exit status 3")


@pytest.mark.parametrize("handler", ["app.coroutine", "app.traced_coroutine"])
def test_a_coroutine_function_is_told_what_lambda_does_not_do(sltrace, handler):
    imported, told = sltrace("invoke", handler).stderr.splitlines()
    assert imported == "imported"
    assert told.startswith("sltrace: the handler is a coroutine function")
    assert "asyncio.run" in told


def test_a_result_of_lambdas_limit_passes_and_a_larger_one_does_not(sltrace):
    done = sltrace("invoke", "app.large", "--event", "-", stdin="0")
    assert (done.returncode, len(result(done))) == (0, 6291554)
    done = sltrace("invoke", "app.large", "--event", "-", stdin="1")
    assert done.returncode == 1
    assert result(done) == {
        "errorType": "Function.ResponseSizeTooLarge",
        "errorMessage": "Response payload size exceeded maximum allowed payload size "
        "(6291556 bytes).",
    }


def test_what_the_function_and_its_children_print_goes_to_stderr(sltrace):
    done = sltrace("invoke", "app.partly", "--repeat", "2")
    assert result(done) is None
    assert "child" not in done.stdout
    assert done.stderr == "imported\na child\nno end\na child\nno end\n"


@pytest.mark.parametrize("handler", ["app.a_set", "app.coroutine"])
def test_a_result_that_is_not_json_is_reported_as_lambda_reports_it(sltrace, handler):
    done = sltrace("invoke", handler)
    assert done.returncode == 1
    assert result(done)["errorType"] == "Runtime.MarshalError"
    assert result(done)["errorMessage"].startswith("Unable to marshal response: Object of type")
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("handler", "reason"),
    [
        ("nowhere.handler", "there is no module nowhere in "),
        ("src.api.nowhere.handler", "there is no module src.api.nowhere in "),
        ("app.handlr", "module app has no 'handlr': did you mean handler?"),
        ("app.not_callable", "is not callable: it is of type int"),
        ("app", "is not MODULE.FUNCTION, such as app.handler"),
        ("app.", "is not MODULE.FUNCTION"),
        (".handler", "is not MODULE.FUNCTION"),
        ("..app.handler", "is not MODULE.FUNCTION"),
        ("", "is not MODULE.FUNCTION"),
        ("time.sleep", "is in a module that is built into Python"),
        ("broken.handler", "broken.py, line 2: SyntaxError: '{' was never closed"),
        ("missing.handler", "missing.py, line 2: ModuleNotFoundError: No module named 'no_such"),
        ("raising.handler", "raising.py, line 3: KeyError: 'NO_SUCH_VARIABLE'"),
        ("leaving.handler", "leaving.py, line 2: SystemExit: 4"),
    ],
)
def test_a_handler_that_cannot_be_run_is_told_in_one_line(sltrace, handler, reason):
    assert_bad_input(sltrace("invoke", handler), reason)


def assert_bad_input(done, reason):
    assert done.returncode == 2
    assert reason in done.stderr
    told = done.stderr.removeprefix("imported\n")
    assert told.startswith("sltrace")
    assert told.count("\n") == 1
    assert done.stdout == ""


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (None, "does not exist"),
        (b"", "is not JSON: Expecting value"),
        (b"{", "is not JSON"),
        (b"{'a': 1}", "is not JSON"),
        (b"\xff\xfe{}", "is not JSON: byte 0 is not UTF-8"),
        (b"NaN", "is not JSON: NaN is not a JSON value"),
        (b"[" * 100_000, "nested too deeply"),
        (b'"' + b" " * (6 * 1024 * 1024 - 1) + b'"', "is over 6 MB"),
    ],
)
def test_an_event_file_that_cannot_be_used_is_told_in_one_line(sltrace, project, content, reason):
    if content is not None:
        (project / "event.json").write_bytes(content)
    assert_bad_input(sltrace("invoke", "app.echo", "--event", "event.json"), reason)


def test_an_event_that_is_a_folder_is_told_in_one_line(sltrace):
    assert_bad_input(sltrace("invoke", "app.echo", "--event", "src"), "cannot be read: Is a dir")


def test_the_event_on_standard_input_is_checked_too(sltrace):
    done = sltrace("invoke", "app.echo", "--event", "-", stdin="?")
    assert_bad_input(done, "the event on standard input is not JSON")


def test_an_event_of_just_6_mb_passes(sltrace, project):
    text = '"' + "x" * (6 * 1024 * 1024 - 2) + '"'
    (project / "event.json").write_text(text)
    done = sltrace("invoke", "app.echo", "--event", "event.json")
    assert done.returncode == 0
    assert text in done.stdout


@pytest.mark.parametrize("event", ["null", "[]", '"text"', "1", "\ufeff{}"])
def test_an_event_need_not_be_an_object(sltrace, event):
    done = sltrace("invoke", "app.echo", "--event", "-", stdin=event)
    assert result(done) == json.loads(event.lstrip("\ufeff"))
    assert done.returncode == 0


def test_a_file_goes_before_a_sample_of_the_same_name(sltrace, project):
    (project / "s3:put").write_text('"a file"')
    assert result(sltrace("invoke", "app.echo", "--event", "s3:put")) == "a file"


@pytest.fixture
def sample_events():
    try:
        samples.names()
    except ComponentMissing as error:
        require_component(str(error))


@pytest.mark.usefixtures("sample_events")
def test_a_sample_event_is_found_by_its_name(sltrace):
    done = sltrace("invoke", "app.echo", "--event", "apigateway:aws-proxy")
    assert result(done) == samples.sample("apigateway:aws-proxy")
    assert "POST /{proxy+}" in done.stdout


@pytest.mark.usefixtures("sample_events")
def test_an_unknown_sample_is_told_in_one_line(sltrace):
    done = sltrace("invoke", "app.echo", "--event", "apigateway:aws-prxy")
    assert_bad_input(done, "did you mean apigateway:aws-proxy?")


@pytest.mark.usefixtures("sample_events")
def test_the_sample_events_can_be_listed(sltrace):
    done = sltrace("invoke", "--list-events")
    assert done.stdout.splitlines() == samples.names()


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ([], "COMMAND"),
        (["nonsense"], "invalid choice: 'nonsense'"),
        (["invoke"], "HANDLER is missing"),
        (["invoke", "app.echo", "--repeat", "0"], "'0' is not a whole number of 1 or more"),
        (["invoke", "app.echo", "--repeat", "many"], "'many' is not a whole number"),
        (["invoke", "app.echo", "--timeout", "9" * 5000], "is not a whole number"),
        (["invoke", "app.echo", "--event"], "expected one argument"),
        (["invoke", "app.echo", "another"], "unrecognized arguments: another"),
        (["show", "f00d"], "no traces in"),
        (["tail", "--nonsense"], "unrecognized arguments"),
    ],
)
def test_arguments_that_are_wrong_are_told_in_one_line(sltrace, arguments, reason):
    assert_bad_input(sltrace(*arguments), reason)


def test_a_recorded_trace_is_shown_again(sltrace):
    assert sltrace("show").returncode == 1
    invoked = sltrace("invoke", "app.handler")
    shown = sltrace("show")
    assert shown.returncode == 0
    assert shown.stdout == invoked.stdout.rpartition("}\n\n")[2]
    trace = re.search(r"1-[0-9a-f]{8}-[0-9a-f]+", shown.stdout)[0]
    assert sltrace("show", trace).stdout == shown.stdout
    assert "faas.max_memory" in sltrace("show", "--full").stdout


def test_it_says_when_there_is_no_trace(sltrace):
    done = sltrace("invoke", "app.handler", OTEL_SDK_DISABLED="true")
    assert done.returncode == 0
    assert "sltrace: no trace was recorded: OTEL_SDK_DISABLED is true\n" in done.stderr


def test_a_reason_that_has_been_told_is_not_followed_by_a_guess(sltrace, project):
    (project / "file").write_text("")
    done = sltrace("invoke", "app.echo", "--repeat", "2", SLTRACE_LOCAL_DIR=project / "file")
    imported, told = done.stderr.splitlines()
    assert imported == "imported"
    assert told.startswith("sltrace: could not export spans")


def in_a_shell(project, command, **environ):
    done = subprocess.run(
        ["sh", "-c", f'"$0" -m sltrace {command}', sys.executable],
        cwd=project,
        env=environment(environ),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr.removeprefix("imported\n")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a device of Linux")
@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize("command", ["invoke app.echo", "show", "sources", "--help"])
def test_a_stdout_that_is_full_or_closed_is_told_in_one_line(project, command, unbuffered):
    in_a_shell(project, "invoke app.echo")
    environ = {"PYTHONUNBUFFERED": unbuffered}
    full = "sltrace: cannot write to standard output: No space left on device\n"
    assert in_a_shell(project, f"{command} >/dev/full", **environ) == (1, "", full)
    if command != "--help":  # argparse prints that on stderr, then
        closed = "sltrace: cannot write to standard output: it is closed\n"
        assert in_a_shell(project, f"{command} >&-", **environ) == (1, "", closed)


def test_a_stdin_that_is_closed_is_told_in_one_line(project):
    code, out, told = in_a_shell(project, "invoke app.echo --event - <&-")
    assert (code, out) == (2, "")
    assert told == "sltrace: the event on standard input cannot be read: it is closed\n"


def test_a_stderr_that_is_closed_changes_nothing(project):
    code, out, _ = in_a_shell(project, "invoke app.handler 2>&-")
    assert code == 0
    assert json.JSONDecoder().raw_decode(out)[0]["function"] == "app"


def test_letters_are_kept_in_a_pipe_and_escaped_where_the_encoding_has_none(sltrace, project):
    code = "import sltrace\ndef f(e, c):\n    with sltrace.span('prüfen', who='Zoë 日本'): pass\n"
    (project / "letters.py").write_text(code, encoding="utf-8")
    done = sltrace("invoke", "letters.f", COLUMNS="100")
    assert re.search(r"^  prüfen +=+ .* us  who=\"Zoë 日本\"$", done.stdout, re.MULTILINE)
    assert "\N{FULL BLOCK}" not in done.stdout
    shown = sltrace("show", COLUMNS="100", PYTHONIOENCODING="ascii").stdout
    assert r'who="Zo\xeb \u65e5\u672c"' in shown


def test_spans_go_to_the_local_store_whatever_the_machine_exports_to(sltrace, project):
    done = sltrace("invoke", "app.handler", OTEL_TRACES_EXPORTER="otlp,nonsense")
    assert done.stderr == "imported\nhandling\n"
    assert recorded(project).keys() == {"init", "app", "price"}


def test_the_event_sources_are_listed_in_markdown_in_a_pipe(sltrace):
    done = sltrace("sources")
    assert (done.returncode, done.stdout, done.stderr) == (0, sources.markdown(), "")
    assert sltrace("sources", "--markdown").stdout == done.stdout


def test_what_an_event_came_through_is_shown_with_its_invocation(sltrace, project):
    sent = int((time.time() - 60) * 1000)
    record = {
        "messageId": "059f36b4-87a3-44ab-83d2-661975830a7d",
        "receiptHandle": "AQEB",
        "body": "{}",
        "attributes": {"ApproximateReceiveCount": "2", "SentTimestamp": str(sent)},
        "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:us-east-1:123456789012:orders",
    }
    (project / "sqs.json").write_text(json.dumps({"Records": [record]}))
    done = sltrace("invoke", "app.handler", "--event", "sqs.json", "--repeat", "2")
    shown = done.stdout
    assert shown.count("SQS orders ") == 2
    assert shown.count("inferred") == 2
    assert shown.count("attempt 2") == 2
    assert "drawn short" in shown


def test_version_is_printed(sltrace):
    assert sltrace("--version").stdout == f"sltrace {__version__}\n"


def test_a_reader_that_leaves_early_is_no_error(project):
    with subprocess.Popen(
        [sys.executable, "-m", "sltrace", "invoke", "app.slow"],
        cwd=project,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        process.stdout.close()
        errors = process.stderr.read()
    assert errors == "imported\n"
    assert process.returncode == 141


@pytest.mark.parametrize("arguments", [("invoke", "app.wait"), ("tail",)])
def test_ctrl_c_ends_it_without_a_traceback(project, arguments):
    with subprocess.Popen(
        [sys.executable, "-u", "-m", "sltrace", *arguments],
        cwd=project,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        while "waiting" not in process.stdout.readline():
            assert process.poll() is None
        process.send_signal(signal.SIGINT)
        rest = process.stdout.read()
    assert process.returncode == 130
    assert "Traceback" not in rest


def test_importing_the_command_loads_no_terminal_library():
    # Piped, the waterfall is plain text, and rich takes longer to load than a handler to run.
    code = "import sys, sltrace.cli; print('rich' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
