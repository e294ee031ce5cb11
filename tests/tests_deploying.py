"""Functions deployed to the emulator of AWS's services, and what they show of their invocations.

Lambda's own Python runtime runs them, a process for each invocation; the local exporter keeps
their spans.
"""

from __future__ import annotations

import io
import json
import os
import shlex
import sys
import time
import zipfile
from contextlib import contextmanager
from pathlib import Path

import pytest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

ROOT = Path(__file__).resolve().parents[1]
CODE = ROOT / "tests" / "runtime" / "functions" / "called.py"
SECONDS = 30
_SERVER = 2
_ERROR = 2


class Span:
    """A span as the local exporter wrote it.

    Attributes:
        start: in ns since the epoch, as ``end`` is.
        parent: the id of its parent, None where it has none.
        links: the ids of the traces that it is linked to.
    """

    def __init__(self, written: dict[str, Any]) -> None:
        self.name: str = written["name"]
        self.trace_id: str = written["traceId"]
        self.id: str = written["spanId"]
        self.parent: str | None = written.get("parentSpanId")
        self.start = int(written["startTimeUnixNano"])
        self.end = int(written["endTimeUnixNano"])
        self.is_invocation = written["kind"] == _SERVER
        self.is_failed = written.get("status", {}).get("code") == _ERROR
        self.attributes = {
            each["key"]: _value(each["value"]) for each in written.get("attributes", ())
        }
        self.links = [each["traceId"] for each in written.get("links", ())]


class Invocation:
    """One invocation.

    Attributes:
        span: its own span.
        upstream: the spans above it, outermost first.
        below: the spans directly below it, in their order.
        sender: the id of the span of another process that it continues.
    """

    def __init__(self, span: Span, spans: list[Span]) -> None:
        by_id = {each.id: each for each in spans}
        path = [span]
        while path[0].parent in by_id:
            path.insert(0, by_id[path[0].parent])
        self.span = span
        self.upstream = path[:-1]
        self.sender = path[0].parent
        below = (each for each in spans if each.parent == span.id)
        self.below = sorted(below, key=lambda each: each.start)
        self.source = span.attributes["sltrace.event.source"]


class Function:
    """A function of the emulator's.

    Attributes:
        name: its name.
        arn: its ARN.
    """

    def __init__(self, name: str, arn: str, store: Path) -> None:
        self.name = name
        self.arn = arn
        self._store = store

    def invocations(self) -> list[Invocation]:
        """Return the invocations that have ended so far, in their order."""
        found: dict[str, Invocation] = {}
        for file in self._store.glob("*.jsonl"):
            spans = [span for line in _lines(file) for span in _spans(line)]
            # The emulator may offer a runtime the same invocation again before it has stopped it.
            for span in sorted(spans, key=lambda span: span.start):
                if span.is_invocation:
                    invocation_id = span.attributes["faas.invocation_id"]
                    found.setdefault(invocation_id, Invocation(span, spans))
        return sorted(found.values(), key=lambda each: each.span.start)

    def wait_for(self, source: str | tuple[str, ...], count: int = 1) -> list[Invocation]:
        """Wait until one of these sources has caused so many invocations, and return these."""
        sources = (source,) if isinstance(source, str) else source
        deadline = time.monotonic() + SECONDS
        while time.monotonic() < deadline:
            found = [each for each in self.invocations() if each.source in sources]
            if len(found) >= count:
                return found
            time.sleep(0.02)
        seen = [each.source for each in self.invocations()]
        pytest.fail(f"{count} invocation(s) by {source} were to come, and these came: {seen}")


@contextmanager
def deployed(
    client: Any, name: str, store: Path, handler: str, runtime: str = "provided.al2023"
) -> Iterator[Function]:
    """Deploy a handler of functions/called.py for the block.

    Args:
        client: a boto3 client of Lambda.
        name: the function's.
        store: where its spans go, a folder of its own.
        handler: the handler's name.
        runtime: ``provided.al2023`` for Lambda's own runtime; ``python3.12`` for the emulator's,
            the only one that it gives a WebSocket's events to.
    """
    environ = {
        "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'exporters'}",
        "OTEL_TRACES_EXPORTER": "local",
        "SLTRACE_LOCAL_DIR": str(store),
    }
    answer = client.create_function(
        FunctionName=name,
        Runtime=runtime,
        Role="arn:aws:iam::000000000000:role/lambda",
        Handler=f"{CODE.stem}.{handler}",
        Timeout=20,
        Code={"ZipFile": _package()},
        Environment={"Variables": environ},
    )
    try:
        yield Function(name, answer["FunctionArn"], store)
    finally:
        mappings = client.list_event_source_mappings(FunctionName=name)
        for mapping in mappings["EventSourceMappings"]:
            client.delete_event_source_mapping(UUID=mapping["UUID"])
        client.delete_function(FunctionName=name)


def _package() -> bytes:
    packed = io.BytesIO()
    run = f'exec {shlex.quote(sys.executable)} -m awslambdaric "$_HANDLER"'
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("bootstrap", f"#!/bin/sh\n{run}\n")
        archive.write(CODE, CODE.name)
    return packed.getvalue()


def _lines(file: Path) -> list[str]:
    """Return the whole lines of a file that may still be written to."""
    lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
    return [line for line in lines if line.endswith("\n")]


def _spans(line: str) -> list[Span]:
    scopes = [each for part in json.loads(line)["resourceSpans"] for each in part["scopeSpans"]]
    return [Span(span) for scope in scopes for span in scope["spans"]]


def _value(written: dict[str, Any]) -> Any:
    ((kind, value),) = written.items()
    if kind == "arrayValue":
        return [_value(each) for each in value["values"]]
    return int(value) if kind == "intValue" else value
