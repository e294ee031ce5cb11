"""What tests run against: real programs on free ports, started and stopped by the test session."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from contextlib import closing, contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.util import find_spec

import pytest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path
    from typing import Any, NoReturn

# Variables that change what sltrace, botocore or a request to this machine does.
_STRAY_PREFIXES = ("AWS_", "OTEL_", "SLTRACE_", "_X_AMZN")
_STRAY_NAMES = ("_HANDLER", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")


def is_stray(name: str) -> bool:
    """Return whether a test must not see this environment variable."""
    return name.startswith(_STRAY_PREFIXES) or name.upper() in _STRAY_NAMES


def clean_environ() -> dict[str, str]:
    """Return the environment for a child process, without the variables tests must not see."""
    return {name: value for name, value in os.environ.items() if not is_stray(name)}


def aws_environ(endpoint: str) -> dict[str, str]:
    """Return the variables that point any AWS client at the emulator."""
    return {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
    }


def require_component(reason: str) -> NoReturn:
    """Skip the test for want of a component; under CI=true fail it."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"component missing: {reason}")
    pytest.skip(f"component missing: {reason}")


def free_port() -> int:
    """Return a TCP port of this machine that nothing listens on."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def ministack(folder: Path) -> Iterator[str]:
    """Run ministack, an emulator of AWS over HTTP, and yield its endpoint's URL.

    Args:
        folder: where it keeps its output and its temporary files.
    """
    if find_spec("ministack") is None:
        require_component("ministack (pip install ministack)")
    port = free_port()
    log = folder / "ministack.log"
    settings = {"GATEWAY_PORT": str(port), "BIND_HOST": "127.0.0.1", "LAMBDA_EXECUTOR": "local"}
    environ = {**clean_environ(), **settings, "TMPDIR": str(folder)}
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "ministack"],
            cwd=folder,
            env=environ,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        endpoint = f"http://127.0.0.1:{port}"
        _wait_until_it_answers(f"{endpoint}/_ministack/health", process, log)
        yield endpoint
    finally:
        _stop(process)


@contextmanager
def table(client: Any, name: str) -> Iterator[str]:
    """Create a DynamoDB table with the key ``id`` (a string) for the block, and yield its name."""
    client.create_table(
        TableName=name,
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    try:
        yield name
    finally:
        client.delete_table(TableName=name)


def _wait_until_it_answers(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        with suppress(OSError), opener.open(url, timeout=5):
            return
        time.sleep(0.05)
    pytest.fail(f"ministack does not answer: {log.read_text(errors='replace')[-2000:]}")


def _stop(process: subprocess.Popen[bytes]) -> None:
    """Stop a process and its children: it leads a session of its own."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


class Answering:
    """A web server on this machine that gives prepared answers and keeps what it was asked.

    Attributes:
        url: its address.
        requests: the headers of each request, in order; names in lower case, the values of a
            header that was sent more than once joined by commas.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self.requests: list[dict[str, str]] = []


@contextmanager
def answering(answers: Sequence[tuple[int, Mapping[str, str], bytes]]) -> Iterator[Answering]:
    """Serve the answers (status, headers, body) one after the other; the last one repeats."""
    left = list(answers)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("content-length", 0)))
            names = {name.lower() for name in self.headers}
            told.requests.append({name: ", ".join(self.headers.get_all(name)) for name in names})
            status, headers, body = left.pop(0) if len(left) > 1 else left[0]
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def do_GET(self) -> None:
            self.do_POST()

        def log_message(self, *args: Any) -> None:
            """Keep the tests' output free of access logs."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        told = Answering(f"http://127.0.0.1:{server.server_port}")
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield told
        finally:
            server.shutdown()
            thread.join()
