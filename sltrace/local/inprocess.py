"""A handler run in this process, in the way that Lambda's runtime runs it.

What the handler sees is the same: its environment variables, an event that went through JSON, a
context. What it answers goes through JSON too, and what it raises is reported in Lambda's form.
Deliberately no time limit: the reader may be sitting in a debugger.
"""

from __future__ import annotations

import json
import os
import sys
import time
import traceback
from typing import TYPE_CHECKING, Any

from sltrace import _sandbox, bootstrap, testing
from sltrace.handler import is_traced, trace_handler
from sltrace.local import marshal
from sltrace.local.attempt import Attempt
from sltrace.local.outcome import Outcome
from sltrace.local.resolve import resolve

if TYPE_CHECKING:
    from collections.abc import Callable

# Lambda, "Quotas": 6 MB, and 100 bytes more as its runtime API counts.
MAX_RESPONSE_BYTES = 6 * 1024 * 1024 + 100

# Frames that stand between Lambda and a handler here.
_OURS = (__file__, bootstrap.__file__)


class Function:
    """A handler that has been imported, ready to be invoked.

    This process becomes the function's: its environment variables and its import path change.

    Args:
        handler: as Lambda has it, such as ``app.handler``.
        function_name: AWS_LAMBDA_FUNCTION_NAME; by default the variable, else the module's name.
        memory: MB that the context and the environment tell of.
        timeout: seconds after which the context tells that no time is left.

    Raises:
        BadHandler: it cannot be imported, or is no handler.
    """

    def __init__(
        self,
        handler: str,
        *,
        function_name: str | None = None,
        memory: int = 128,
        timeout: int = 30,
    ) -> None:
        if os.getcwd() not in sys.path:
            sys.path.insert(0, os.getcwd())
        _set_environment(handler, function_name, memory)
        self._memory, self._timeout = memory, timeout
        # Init begins here. What this process did before was not the function's doing.
        _sandbox.begin(time.time_ns())
        self._handler = _traced(resolve(handler))

    def invoke(self, event: bytes) -> Outcome:
        """Invoke the handler on an event, given as JSON, and return what came of it."""
        context = self._context()
        request_id = str(vars(context)["aws_request_id"])
        result = None
        with Attempt() as attempt:
            result = self._handler(json.loads(event), context)
        if attempt.error is not None:
            return _failure(request_id, _report(attempt.error, request_id))
        return _answer(request_id, result)

    def _context(self) -> testing.LambdaContext:
        context = testing.context(
            function_name=os.environ["AWS_LAMBDA_FUNCTION_NAME"],
            function_version=os.environ["AWS_LAMBDA_FUNCTION_VERSION"],
            memory_limit_in_mb=self._memory,
            timeout_ms=self._timeout * 1000,
            region=os.environ["AWS_REGION"],
        )
        vars(context).update(
            log_group_name=os.environ["AWS_LAMBDA_LOG_GROUP_NAME"],
            log_stream_name=os.environ["AWS_LAMBDA_LOG_STREAM_NAME"],
        )
        return context


def default_name(handler: str) -> str:
    """Return a function's name by default: AWS_LAMBDA_FUNCTION_NAME, else its module's."""
    module = handler.rpartition(".")[0].replace("/", ".").rpartition(".")[2]
    return os.environ.get("AWS_LAMBDA_FUNCTION_NAME") or module or "function"


def _set_environment(handler: str, function_name: str | None, memory: int) -> None:
    """Set what Lambda sets ("Defined runtime environment variables"), where it is not set."""
    environ = os.environ
    name = function_name or default_name(handler)
    region = environ.get("AWS_REGION") or environ.get("AWS_DEFAULT_REGION") or "us-east-1"
    environ.update(
        {
            "AWS_LAMBDA_FUNCTION_NAME": name,
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(memory),
            "LAMBDA_TASK_ROOT": os.getcwd(),
            "_HANDLER": handler,
        }
    )
    stream = f"{time.strftime('%Y/%m/%d')}/[$LATEST]{os.urandom(16).hex()}"
    for key, value in (
        ("AWS_REGION", region),
        ("AWS_DEFAULT_REGION", region),
        ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
        ("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand"),
        ("AWS_LAMBDA_LOG_GROUP_NAME", f"/aws/lambda/{name}"),
        ("AWS_LAMBDA_LOG_STREAM_NAME", stream),
    ):
        environ.setdefault(key, value)


def _traced(handler: Callable[..., Any]) -> Callable[..., Any]:
    if is_traced(handler) or isinstance(handler, type):
        return handler
    traced: Callable[..., Any] = trace_handler(handler)
    return traced


def _answer(request_id: str, result: Any) -> Outcome:
    if isinstance(result, bytes):
        return _sized(request_id, result)
    with Attempt() as attempt:
        return _sized(request_id, marshal.to_json(result).encode(errors="surrogatepass"))
    # Lambda's runtime does not await a coroutine; unclosed, it would warn of itself later.
    close = getattr(result, "close", None)
    if hasattr(result, "cr_frame") and callable(close):
        close()
    message = f"Unable to marshal response: {attempt.error}"
    return _failure(request_id, _fields(message, "Runtime.MarshalError", request_id, []))


def _sized(request_id: str, payload: bytes) -> Outcome:
    if len(payload) <= MAX_RESPONSE_BYTES:
        return Outcome(payload, function_error=False, request_id=request_id)
    message = (
        f"Response payload size exceeded maximum allowed payload size ({MAX_RESPONSE_BYTES} bytes)."
    )
    kind = "Function.ResponseSizeTooLarge"
    return _failure(request_id, {"errorMessage": message, "errorType": kind})


def _failure(request_id: str, report: dict[str, Any]) -> Outcome:
    return Outcome(json.dumps(report).encode(), function_error=True, request_id=request_id)


def _report(error: BaseException, request_id: str) -> dict[str, Any]:
    """Return what Lambda tells the caller of an error; of an exit, it tells the status alone."""
    if not isinstance(error, Exception):
        code = error.code if isinstance(error, SystemExit) else 1
        status = code if isinstance(code, int) else int(code is not None)
        how = f"with error: exit status {status}" if status else "without providing a reason"
        message = f"RequestId: {request_id} Error: Runtime exited {how}"
        return {"errorType": "Runtime.ExitError", "errorMessage": message}
    frames = traceback.extract_tb(error.__traceback__)
    while frames and frames[0].filename in _OURS:
        del frames[0]
    message = "(its message could not be read)"
    with Attempt():
        message = str(error)
    stack = traceback.format_list(frames)
    return _fields(message, type(error).__name__, request_id, stack)


def _fields(message: str, kind: str, request_id: str, stack: list[str]) -> dict[str, Any]:
    return {
        "errorMessage": message,
        "errorType": kind,
        "requestId": request_id,
        "stackTrace": stack,
    }
