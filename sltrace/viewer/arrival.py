"""How an invocation came about: what is worth saying of its event, stages before it, records."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from sltrace.viewer.text import count, duration

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sltrace.viewer.describe import Piece
    from sltrace.viewer.model import Span

# A younger event, or one that had to wait no longer for its turn, surprises nobody.
_NOTABLE_NS = 1_000_000_000
_ID_LENGTH = 8
_RECORDS = "messaging.batch.message_count"
_FAILURES = ("sltrace.batch.failures", _RECORDS)
_DECISIONS = {"allow": "good", "deny": "warning"}


def came_by(span: Span) -> str:
    """Return the sources that the event came through, the last one last: ``sns > sqs``.

    Empty where no source is known, or where the span's name is that of an HTTP request.
    """
    source, method = map(span.attributes.get, ("sltrace.event.source", "http.request.method"))
    if source in (None, "other") or (method and span.name.startswith(str(method))):
        return ""
    nested = span.attributes.get("sltrace.event.nested")
    inside = [str(each) for each in reversed(nested)] if isinstance(nested, tuple) else []
    return " > ".join([*inside, str(source)])


def outcome(span: Span) -> list[Piece]:
    """Return what the response told where that was no HTTP status: failed records, a decision."""
    if span.is_error or "http.response.status_code" in span.attributes:
        return []
    failed, records = (_count(span, key) for key in _FAILURES)
    if failed:
        of_all = f" of {records:,}" if records >= failed else ""
        return [(f"{failed:,}{of_all} failed", "warning")]
    decision = span.attributes.get("sltrace.authorizer.decision")
    return [(str(decision), _DECISIONS.get(str(decision), ""))] if decision is not None else []


def event(span: Span, *, is_titled: bool) -> Iterator[Piece]:
    """Yield what matters of an invocation's event: attempts, failures, its records, its age.

    Args:
        span: the invocation's.
        is_titled: whether a title has told the outcome.
    """
    yield from _attempt(span)
    told = outcome(span)
    yield from () if is_titled else told
    records = _count(span, _RECORDS)
    if records > 1 and not told:
        yield count(records, "record"), ""
    age = span.attributes.get("sltrace.event.age_ms")
    if isinstance(age, (int, float)) and math.isfinite(age) and age * 1e6 >= _NOTABLE_NS:
        yield f"event {duration(round(age * 1e6))} old", ""


def stage(span: Span) -> Iterator[Piece]:
    """Yield what there is to say of an inferred span."""
    yield "inferred", "muted"
    for moment in span.events:
        # What was received at once, and only then, came when its span ended.
        if span.end - moment.time >= _NOTABLE_NS:
            yield f"{moment.name} after {duration(moment.time - span.start)}", "muted"


def record(span: Span) -> Iterator[Piece]:
    """Yield what tells one record of a batch from the others."""
    yield from _attempt(span)
    identity = str(span.attributes.get("messaging.message.id", ""))
    if len(identity) > _ID_LENGTH:
        # Sequence numbers begin alike, and differ at their end.
        is_number = identity.isdigit()
        identity = f"...{identity[-_ID_LENGTH:]}" if is_number else f"{identity[:_ID_LENGTH]}..."
    if identity:
        yield f"message {identity}", "muted"


def _attempt(span: Span) -> Iterator[Piece]:
    attempt = _count(span, "sltrace.event.attempt")
    if attempt > 1:
        yield f"attempt {attempt:,}", "warning"
    elif span.attributes.get("sltrace.event.redelivered") is True:
        yield "redelivered", "warning"


def _count(span: Span, key: str) -> int:
    value: Any = span.attributes.get(key)
    return value if isinstance(value, int) else 0
