"""What is worth saying about a span in one line: its label, and the details beside its bar."""

from __future__ import annotations

import json
import math
import re
from typing import TYPE_CHECKING, Any

from sltrace._model import SpanKind
from sltrace.viewer import arrival
from sltrace.viewer.text import count, shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sltrace.viewer.model import Event, Span
    from sltrace.viewer.tree import Node

# A piece of text, and the name of its style.
Piece = tuple[str, str]

# Conventions that the label, the title or other details already tell, or that never surprise.
_NOISE = (
    *("aws.", "client.", "cloud.", "code.", "db.", "error.", "exception.", "faas.", "http."),
    *("messaging.", "network.", "os.", "peer.", "process.", "rpc.", "server.", "sltrace."),
    *("telemetry.", "thread.", "url.", "user.hash", "user_agent."),
)
_WRITES = re.compile(r"Put|Update|Delete|Write")
# botocore's own wording around what the service said.
_BOTO_PREFIX = re.compile(
    r"An error occurred \((?P<code>[^)]+)\) when calling the \w+ operation[^:]*: "
)


def label(span: Span) -> str:
    """Return the span's name as a person says it: ``DynamoDB PutItem orders``."""
    about = span.attributes
    if span.is_invocation:
        return str(about.get("faas.name") or span.resource.get("faas.name") or span.name)
    if about.get("rpc.system") != "aws-api":
        return span.name
    parts = [about.get("rpc.service"), about.get("rpc.method"), _table(about)]
    return " ".join(str(part) for part in parts if part) or span.name


def kind(span: Span) -> str:
    """Return the style of the span's bar."""
    if span.is_error:
        return "error"
    if span.is_invocation:
        return "invocation"
    if span.is_inferred:
        return "inferred"
    if span.name == "init" and "sltrace.sandbox.init_type" in span.attributes:
        return "init"
    if span.attributes.get("rpc.system") == "aws-api":
        return "aws"
    return "own" if span.kind is SpanKind.INTERNAL else "call"


def details(node: Node, *, is_first: bool) -> list[Piece]:
    """Return what stands beside the span's bar, the weightiest first.

    Args:
        node: the span and its place.
        is_first: whether the title tells about this very invocation.
    """
    span = node.span
    found: list[Piece] = []
    if span.is_error:
        found.append((f"ERROR {failure(span)}".rstrip(), "error"))
    elif caught := exceptions(span):
        found.append((f"caught {raised(caught[-1])}", "warning"))
    if node.flaw:
        found.append((node.flaw, "warning"))
    if node.depth and span.service != node.service_above and not span.is_inferred:
        found.append((f"service {span.service or 'unknown'}", ""))
    if span.is_invocation:
        found.extend(_invocation(span, is_first=is_first))
    elif span.is_inferred:
        found.extend(arrival.stage(span))
    elif span.kind is SpanKind.CONSUMER:
        found.extend(arrival.record(span))
    found.extend(_call(span))
    found.extend((f"{key}={shown(value)}", "muted") for key, value in own_attributes(span))
    if span.links:
        found.append((f"linked to {count(len(span.links), 'span')}", "muted"))
    return found


def title(span: Span) -> list[Piece]:
    """Return what a trace that began with this span is about: ``POST /orders -> 201``.

    Of a batch of which only a part failed, that: ``orders -> 2 of 10 failed``.
    """
    name = _operation(span) if span.is_invocation else label(span)
    pieces: list[Piece] = [(name or "(no name)", "title")]
    status = span.attributes.get("http.response.status_code")
    if isinstance(status, int):
        pieces.append((f" -> {status}", _status_style(status)))
        if span.is_error:
            pieces.append((" ERROR", "error"))
    elif span.is_error:
        pieces.append((" -> ERROR", "error"))
    elif told := arrival.outcome(span):
        pieces += [(f" -> {told[0][0]}", told[0][1])]
    return pieces


def facts(span: Span) -> list[Piece]:
    """Return what the title tells beside: function, source of its event, version, cold start."""
    if not span.is_invocation:
        return [(span.service, "")] if span.service else []
    about = span.attributes
    alias, version = about.get("sltrace.alias"), _version(span)
    function = label(span) + (f":{alias}" if alias else "")
    found: list[Piece] = [(function, "")] if function != _operation(span) else []
    if source := arrival.came_by(span):
        found.append((source, ""))
    if version:
        found.append((f"v{version}", "muted"))
    if about.get("faas.coldstart") is True:
        found.append(("cold start", "warning"))
    return found


def failure(span: Span) -> str:
    """Return why the span failed, as ``Type: message`` or as much of it as is known."""
    events = exceptions(span)
    if events:
        return raised(events[-1])
    code, message = str(span.attributes.get("error.type", "")), span.status_message
    return message if code in message else f"{code}: {message}".removesuffix(": ")


def exceptions(span: Span) -> list[Event]:
    """Return the span's exceptions, in the order they were recorded."""
    return [event for event in span.events if event.name == "exception"]


def own_attributes(span: Span) -> list[tuple[str, Any]]:
    """Return the attributes that the application set, those it marked as annotations first."""
    annotated = span.attributes.get("aws.xray.annotations", ())
    annotated = annotated if isinstance(annotated, tuple) else ()
    own = [item for item in span.attributes.items() if not item[0].startswith(_NOISE)]
    return sorted(own, key=lambda item: item[0] not in annotated)


def raised(event: Event, *, qualified: bool = False) -> str:
    """Return the exception as ``Type: message``, one of AWS without botocore's wrapping.

    Args:
        event: the exception's.
        qualified: whether to name the module of the type too.
    """
    kind = str(event.attributes.get("exception.type", ""))
    message = str(event.attributes.get("exception.message", ""))
    if wrapped := _BOTO_PREFIX.match(message):
        kind, message = wrapped["code"], message[wrapped.end() :]
    elif not qualified:
        kind = kind.rpartition(".")[2]
    return ": ".join(part for part in (kind, message) if part) or "unknown error"


def _operation(span: Span) -> str:
    """Return an invocation's name, with the path where no route is known to be in the name."""
    method, path = (span.attributes.get(key) for key in ("http.request.method", "url.path"))
    is_authorizer = "authorizer" in str(span.attributes.get("sltrace.event.source"))
    is_told = not path or is_authorizer or span.name not in (method, label(span))
    return span.name if is_told else f"{method or ''} {path}".lstrip()


def _status_style(status: int) -> str:
    return "good" if status < 400 else "warning" if status < 500 else "error"


def _version(span: Span) -> str:
    return str(span.attributes.get("faas.version") or span.resource.get("faas.version") or "")


def _invocation(span: Span, *, is_first: bool) -> Iterator[Piece]:
    is_titled = _operation(span) != label(span)
    if not is_first:
        if is_titled:
            yield "".join(text for text, _ in title(span)), ""
        if source := arrival.came_by(span):
            yield source, ""
        if span.attributes.get("faas.coldstart") is True:
            yield "cold start", "warning"
    yield from arrival.event(span, is_titled=is_first or is_titled)
    request = str(span.attributes.get("faas.invocation_id", ""))
    if request:
        yield f"request {request[:8]}{'...' if len(request) > 8 else ''}", "muted"


def _call(span: Span) -> Iterator[Piece]:
    """Yield what a call to another service cost, and how it went beside failing."""
    about = span.attributes
    status = about.get("http.response.status_code")
    if isinstance(status, int) and status >= 400 and not span.is_invocation:
        yield f"HTTP {status}", "warning"
    if about.get("sltrace.aws.throttled") is True:
        yield "throttled", "warning"
    retries = about.get("sltrace.aws.retries")
    if isinstance(retries, int) and retries > 0:
        yield "1 retry" if retries == 1 else f"{retries:,} retries", "warning"
    yield from ((text, "") for text in _capacity(about))
    items, scanned = about.get("aws.dynamodb.count"), about.get("aws.dynamodb.scanned_count")
    if isinstance(items, int):
        yield (
            count(items, "item")
            + (f" of {scanned:,} read" if scanned != items and isinstance(scanned, int) else ""),
            "",
        )
    if about.get("aws.dynamodb.index_name"):
        yield f"index {about['aws.dynamodb.index_name']}", "muted"


def _table(about: dict[str, Any]) -> str:
    tables = about.get("aws.dynamodb.table_names")
    # A table may be given by its ARN, whose last part is the name.
    names = [str(table).rpartition("/")[2] for table in tables] if isinstance(tables, tuple) else []
    more = f" +{len(names) - 1}" if len(names) > 1 else ""
    return "".join(names[:1]) + more


def _capacity(about: dict[str, Any]) -> Iterator[str]:
    """Yield the capacity units consumed over all tables: ``1.0 WCU``, ``0.5 RCU``."""
    given = about.get("aws.dynamodb.consumed_capacity")
    if not isinstance(given, tuple):
        return
    units = {"RCU": 0.0, "WCU": 0.0}
    otherwise = "WCU" if _WRITES.search(str(about.get("rpc.method", ""))) else "RCU"
    for text in given:
        told = _told(text)
        split = {"RCU": told.get("ReadCapacityUnits"), "WCU": told.get("WriteCapacityUnits")}
        if not any(map(_number, split.values())):
            split = {otherwise: told.get("CapacityUnits")}
        for unit, value in split.items():
            units[unit] += _number(value)
    yield from (f"{value:,.1f} {unit}" for unit, value in units.items() if value)


def _told(text: object) -> dict[str, Any]:
    try:
        told = json.loads(str(text))
    except (ValueError, RecursionError):
        return {}
    return told if isinstance(told, dict) else {}


def _number(value: object) -> float:
    if isinstance(value, (int, float)) and math.isfinite(value):
        return float(value)
    return 0.0
