"""A function run by the real thing: the Runtime Interface Emulator with the Python runtime.

The emulator answers one invocation at a time (a second one beside it crashes it), starts the
runtime at the first, and tells in its log what the caller is not told: how long init and the
invocation took. Emulator and runtime are one session of processes, by which they are stopped.
"""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING

from sltrace.local import components, processes
from sltrace.local.components import ComponentMissing
from sltrace.local.emulator_log import Invocation, Log, is_over

if TYPE_CHECKING:
    from collections.abc import Mapping

_PATH = "/2015-03-31/functions/function/invocations"
_START_ATTEMPTS = 3
_START_SECONDS = 20.0
# The emulator gives init no limit; a module that hangs when imported should meet one.
_INIT_SECONDS = 60.0
_AFTER_SECONDS = 5.0


class EmulatorFailed(Exception):  # noqa: N818 - says what is the matter; there is no other kind
    """The emulator did not start, or did not answer; the message ends with its last log lines."""


class Emulator:
    """Runs a handler under the emulator while its ``with`` block lasts.

    Args:
        handler: as Lambda has it, such as ``app.handler``.
        task: the folder the handler is in, LAMBDA_TASK_ROOT.
        env: the function's whole environment; what Lambda sets is added where it is missing.
        python: the interpreter that runs the function; it has awslambdaric.
        function_name: AWS_LAMBDA_FUNCTION_NAME.
        memory: AWS_LAMBDA_FUNCTION_MEMORY_SIZE, in MB; nothing enforces it.
        timeout: seconds after which the emulator ends an invocation and its runtime.
        log_level: the emulator's own; durations need "info" or "debug".
    """

    def __init__(
        self,
        handler: str,
        task: str | os.PathLike[str] = ".",
        *,
        env: Mapping[str, str] | None = None,
        python: str = sys.executable,
        function_name: str = "function",
        memory: int = 128,
        timeout: int = 3,
        log_level: str = "info",
    ) -> None:
        self.handler = handler
        self.task = Path(task).absolute()
        self.env = {
            **_defaults(env or {}),
            **(env or {}),
            "AWS_LAMBDA_FUNCTION_NAME": function_name,
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(memory),
            "AWS_LAMBDA_FUNCTION_TIMEOUT": str(timeout),
            "LAMBDA_TASK_ROOT": str(self.task),
            "PYTHONPATH": _python_path(self.task, env or {}),
        }
        self._python = python
        self._timeout = timeout
        self._log_level = log_level
        self._lock = threading.Lock()
        self._log: Log | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._address = ""

    def __enter__(self) -> Emulator:
        """Start it; the runtime starts with the first invocation.

        Raises:
            ComponentMissing: there is no emulator, or no awslambdaric, to be had.
            EmulatorFailed: it does not start.
        """
        binary = components.emulator()
        _require_runtime(self._python)
        self._log = Log()
        try:
            self._start(binary, self._log)
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def invoke(self, event: bytes, *, headers: Mapping[str, str] | None = None) -> Invocation:
        """Invoke the function and return what came of it, once the emulator is ready for more.

        Args:
            event: the payload; JSON.
            headers: HTTP headers of the invocation, such as X-Amz-Client-Context.

        Raises:
            EmulatorFailed: it is not running, or does not answer.
        """
        with self._lock:
            first = len(self.log)
            status, payload = self._post(event, headers or {})
            return Invocation.of(status, payload, self._until_over(first))

    @property
    def log(self) -> list[str]:
        """The lines that the emulator and the function have written so far, stopped or not."""
        if self._log is None:
            raise EmulatorFailed("the Lambda emulator has not been started")
        return self._log.lines if self._log.file.closed else self._log.read()

    def runtime_pid(self) -> int | None:
        """Return the process id of the runtime, None while there is none."""
        found = processes.children(self._process.pid) if self._process else []
        return found[0] if found else None

    def stop(self) -> None:
        """Stop the emulator and what runs under it: asked first, then made to."""
        process, self._process = self._process, None
        if process is not None:
            processes.stop_session(process)
        if self._log is not None and not self._log.file.closed:
            self._log.close()

    def _start(self, binary: Path, log: Log) -> None:
        for _ in range(_START_ATTEMPTS):
            if self._launch(binary, log):
                return
            # Somebody may take a port between our choosing it and the emulator's listening.
            if not any("address already in use" in line for line in log.read()):
                break
        raise EmulatorFailed(f"the Lambda emulator did not start: {self._tail()}")

    def _launch(self, binary: Path, log: Log) -> bool:
        """Start the process; return whether it came to listen."""
        ports = processes.free_ports(2)
        self._address = f"127.0.0.1:{ports[0]}"
        command = [str(binary), "--runtime-interface-emulator-address", self._address]
        command += ["--runtime-api-address", f"127.0.0.1:{ports[1]}"]
        command += ["--log-level", self._log_level]
        command += [self._python, "-m", "awslambdaric", self.handler]
        self._process = subprocess.Popen(  # noqa: S603 - our own arguments
            command,
            cwd=self.task,
            env=self.env,
            stdin=subprocess.DEVNULL,
            stdout=log.file,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        deadline = time.monotonic() + _START_SECONDS
        while self._process.poll() is None and time.monotonic() < deadline:
            if processes.listens(self._process.pid, ports):
                return True
            time.sleep(0.005)
        return False

    def _post(self, event: bytes, headers: Mapping[str, str]) -> tuple[int, bytes]:
        request = urllib.request.Request(f"http://{self._address}{_PATH}", event, dict(headers))
        request.add_unredirected_header("Content-Type", "application/json")
        # The emulator is on this machine: what HTTP_PROXY names is not asked.
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(request, timeout=self._timeout + _INIT_SECONDS) as response:
                return response.status, response.read()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read()
        except OSError as error:
            reason = f"the Lambda emulator did not answer ({error}): {self._tail()}"
            raise EmulatorFailed(reason) from error

    def _until_over(self, first: int) -> list[str]:
        """Return the invocation's lines, having waited for the one that ends it.

        The response leaves before what extensions do after it, and the emulator survives no
        invocation that comes before it is ready.
        """
        deadline = time.monotonic() + self._timeout + _AFTER_SECONDS
        while not is_over(self.log[first:]) and time.monotonic() < deadline:
            time.sleep(0.001)
        return self.log[first:]

    def _tail(self) -> str:
        return " | ".join(self.log[-5:])


def _defaults(env: Mapping[str, str]) -> dict[str, str]:
    """Return what Lambda sets and the emulator does not."""
    region = env.get("AWS_REGION") or env.get("AWS_DEFAULT_REGION") or "us-east-1"
    return {
        "AWS_DEFAULT_REGION": region,
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_REGION": region,
        "PATH": os.defpath,
    }


def _python_path(task: Path, env: Mapping[str, str]) -> str:
    return os.pathsep.join([str(task), *filter(None, [env.get("PYTHONPATH")])])


def _require_runtime(python: str) -> None:
    if python == sys.executable:
        found = importlib.util.find_spec("awslambdaric") is not None
    else:
        command = [python, "-c", "import awslambdaric"]
        done = subprocess.run(command, capture_output=True, check=False)  # noqa: S603 - ours
        found = done.returncode == 0
    if not found:
        raise ComponentMissing("awslambdaric is not installed: pip install 'sltrace[local]'")
