"""What few spans have: events, links, and a count of what was dropped."""

from __future__ import annotations

from sltrace._headers import xray_trace_id

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, TypeAlias

    from sltrace._model import Event, Link
    from sltrace._span import Span
    from sltrace_xray.sorter import Sorter

    Message: TypeAlias = "dict[str, Any]"

_EXCEPTION = "exception."


def add_details(fields: Message, sorter: Sorter, span: Span) -> None:
    """Add the span's links as X-Ray's, its events to the metadata, and what it had to drop."""
    if span.links:
        fields["links"] = [_link(link) for link in span.links]
    events = [event for event in map(_event, span.events) if event]
    if events:
        sorter.default["otel.events"] = events
    for what in ("dropped_attributes", "dropped_events", "dropped_links"):
        count = getattr(span, what)
        if count:
            sorter.own[what] = count


def _link(link: Link) -> Message:
    told: Message = {
        "trace_id": xray_trace_id(link.context.trace_id),
        "id": f"{link.context.span_id:016x}",
    }
    if link.attributes:
        told["attributes"] = dict(link.attributes)
    return told


def _event(event: Event) -> Message | None:
    """Return the event as metadata; None for an exception of which ``cause`` tells all."""
    attributes = dict(event.attributes)
    if event.exceptions:
        kept = {key: attributes[key] for key in attributes if not key.startswith(_EXCEPTION)}
        if not kept:
            return None
        attributes = kept
    told: Message = {"name": event.name, "time": event.timestamp // 1000 / 1e6}
    if attributes:
        told["attributes"] = attributes
    if event.dropped_attributes:
        told["dropped_attributes"] = event.dropped_attributes
    return told
