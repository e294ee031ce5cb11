"""For tests of functions that sltrace traces: spans captured, a context made, errors made loud."""

from __future__ import annotations

import os
import time
from contextlib import contextmanager

from sltrace import _guard, _outbox, _sandbox

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from sltrace._span import Span


@contextmanager
def capture() -> Iterator[list[Span]]:
    """Collect the spans that end inside the block; no exporter sends them.

    Yields:
        The finished spans in the order of their end, with ReadableSpan's read surface. The list
        grows as spans end, and stays after the block.
    """
    outbox = _outbox.OUTBOX
    spans: list[Span] = []
    before, outbox.captured = outbox.captured, spans
    try:
        yield spans
    finally:
        outbox.captured = before


@contextmanager
def strict() -> Iterator[None]:
    """Let errors inside sltrace rise, in the block, instead of reporting them on stderr."""
    before, _guard.strict = _guard.strict, True
    try:
        yield
    finally:
        _guard.strict = before


@contextmanager
def fresh_sandbox() -> Iterator[None]:
    """Run the block as the life of a new sandbox: the first invocation in it is the first."""
    before = _sandbox.current()
    _sandbox.begin(time.time_ns())
    try:
        yield
    finally:
        _sandbox.restore(before)


class ClientContext:
    """A stand-in for what an SDK's caller sends along with a direct invocation."""

    def __init__(self, custom: dict[str, Any], env: dict[str, Any]) -> None:
        self.custom = custom
        self.env = env
        self.client = None


class LambdaContext:
    """A stand-in for the context object that Lambda's runtime passes to a handler."""

    def __init__(self, timeout_ms: int, **fields: Any) -> None:
        self._deadline_ms = time.time() * 1000 + timeout_ms
        self._w3c: dict[str, str] = fields.pop("w3c")
        self.__dict__.update(fields)

    def get_remaining_time_in_millis(self) -> int:
        """Return the ms until the deadline, 0 once it has passed."""
        return max(0, int(self._deadline_ms - time.time() * 1000))

    def w3c(self) -> dict[str, str]:
        """Return the W3C fields: traceparent, tracestate, baggage."""
        return dict(self._w3c)


def _request_id() -> str:
    """Return random bytes in the shape of a UUID, which Lambda's request ids have."""
    text = os.urandom(16).hex()
    return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))


def context(
    *,
    function_name: str = "function",
    function_version: str = "$LATEST",
    alias: str | None = None,
    memory_limit_in_mb: int = 128,
    timeout_ms: int = 3000,
    aws_request_id: str | None = None,
    region: str = "us-east-1",
    account_id: str = "123456789012",
    w3c: dict[str, str] | None = None,
    tenant_id: str | None = None,
    client_context: dict[str, Any] | None = None,
) -> LambdaContext:
    """Return a context like Lambda's, with a new request id and a deadline ``timeout_ms`` away.

    ``client_context`` is what a direct invocation's caller sends: ``{"custom": {...}}``.
    """
    sent = client_context
    arn = f"arn:aws:lambda:{region}:{account_id}:function:{function_name}"
    return LambdaContext(
        timeout_ms,
        function_name=function_name,
        function_version=function_version,
        invoked_function_arn=f"{arn}:{alias}" if alias else arn,
        memory_limit_in_mb=str(memory_limit_in_mb),
        aws_request_id=aws_request_id or _request_id(),
        log_group_name=f"/aws/lambda/{function_name}",
        log_stream_name=f"{time.strftime('%Y/%m/%d')}/[{function_version}]{os.urandom(16).hex()}",
        tenant_id=tenant_id,
        client_context=sent and ClientContext(sent.get("custom") or {}, sent.get("env") or {}),
        identity=None,
        w3c=w3c or {},
    )
