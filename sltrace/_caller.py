"""Who called: the parent of an invocation, and the senders of its records.

A batch whose records all come from one trace continues that trace. One whose records come from
several cannot: it has a trace of its own, with a link to each sender.
"""

from __future__ import annotations

import os

from sltrace import _propagation
from sltrace._guard import guard

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from sltrace._headers import Remote
    from sltrace._model import SpanContext
    from sltrace.events._source import Source

    Link = tuple[SpanContext, dict[str, Any]]

# How much of a batch is searched for trace contexts: what lies inside messages has to be parsed.
_MAX_RECORDS = 128
_MAX_CHARACTERS = 256 * 1024


class Caller:
    """What is known of who caused an invocation.

    Attributes:
        remote: the parent.
        links: contexts that were offered and are not the parent, with what is known of each.
        not_linked: how many records were not searched for their senders, or had one that there
            was no room to link.
    """

    __slots__ = ("links", "not_linked", "remote")

    def __init__(self, remote: Remote, links: list[Link], not_linked: int) -> None:
        self.remote = remote
        self.links = links
        self.not_linked = not_linked


def find(
    source: Source,
    event: Any,
    w3c: Mapping[Any, Any],
    client_context: Mapping[str, Any],
    most_links: int | None,
) -> Caller:
    """Return who called.

    Args:
        source: the event's.
        event: what the handler was called with.
        w3c: what ``context.w3c()`` returned.
        client_context: the parts of the client context.
        most_links: how many links a span may have; None is no limit.
    """
    carriers: list[Mapping[Any, Any]] = []
    senders = _Senders()
    trace_id = None
    with guard("read the client context's trace context"):
        if client_context:
            carriers.append(_custom(client_context.get("custom")))
    with guard("read the event's trace context"):
        carriers.append(source.carrier(event))
        trace_id = source.trace_id(event)
    with guard("read the records' trace contexts"):
        senders.read(source, event)
        carriers.append(senders.shared())
    remote, others = _propagation.extract(os.environ, w3c, carriers, trace_id)
    links = senders.links(remote, others)
    room = len(links) if most_links is None else most_links
    return Caller(remote, links[:room], senders.not_read + len(links[room:]))


def _custom(custom: Any) -> Mapping[Any, Any]:
    from sltrace.events._carriers import from_json  # noqa: PLC0415 - for direct invocations

    return from_json(custom)


class _Senders:
    """The senders of a batch's records, each with the record's id."""

    def __init__(self) -> None:
        self.not_read = 0
        self._found: list[tuple[Remote, str | None]] = []
        self._first: Mapping[Any, Any] = {}

    def read(self, source: Any, event: Any) -> None:
        """Read the senders, of not too many records and not too much text."""
        records = source.records(event)
        searched = 0
        for count, record in enumerate(records):
            content = source.record_content(record)
            searched += len(content) if isinstance(content, str) else 0
            if count >= _MAX_RECORDS or (searched > _MAX_CHARACTERS and count):
                self.not_read = len(records) - count
                break
            headers = source.record_carrier(record)
            sender = _sender(headers)
            if sender is not None:
                self._first = self._first or headers
                self._found.append((sender, source.record_id(record)))

    def shared(self) -> Mapping[Any, Any]:
        """Return the first sender's headers, where all senders are of one trace."""
        traces = {sender.trace_id for sender, _ in self._found}
        return self._first if len(traces) == 1 and not self.not_read else {}

    def links(self, parent: Remote, others: list[SpanContext]) -> list[Link]:
        """Return a link for each record, but for one that is the parent alone, and the others."""
        links: list[Link] = []
        for sender, record_id in self._found:
            is_parent = (sender.trace_id, sender.span_id) == (parent.trace_id, parent.span_id)
            is_alone = is_parent and len(self._found) == 1
            if sender.span_id is not None and not is_alone:
                about = {"messaging.message.id": record_id} if record_id else {}
                links.append((_propagation.context_of(sender), about))
        linked = {(context.trace_id, context.span_id) for context, _ in links}
        return links + [(it, {}) for it in others if (it.trace_id, it.span_id) not in linked]


def _sender(headers: Mapping[Any, Any]) -> Remote | None:
    read = [remote for remote in _propagation.read(headers) if remote.trace_id is not None]
    # A root alone names the trace, and no span to link.
    return next((remote for remote in read if remote.span_id is not None), next(iter(read), None))
