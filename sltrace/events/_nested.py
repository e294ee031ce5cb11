"""Messages inside messages: what an SQS or SNS message carries that came from further away.

SNS puts a notification into a queue's message, EventBridge an event into a topic's, S3 a
notification into either. The chain is followed to its beginning, three levels deep at most.
"""

from __future__ import annotations

from functools import lru_cache

from sltrace.events import load, recognise
from sltrace.events._carriers import MAX_JSON, from_attributes, from_json, nearest, parse

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from sltrace.events._source import Hop

_MAX_DEPTH = 3
# What sends its events through queues and topics. Anything else that looks like an event of
# Lambda's is the application's own message.
_SENDERS = ("s3", "lambda.destination")
_BUS = "eventbridge"
_MARKS = ('"TopicArn"', '"detail-type"', '"eventSource"', '"functionArn"')


class Nested:
    """What a message carries.

    Attributes:
        sources: names of the sources inside, the nearest first.
        hops: what they went through, outermost (the first in time) first.
        headers: the trace headers they carry, the nearest's before those further in.
    """

    __slots__ = ("headers", "hops", "sources")

    def __init__(
        self,
        sources: tuple[str, ...] = (),
        hops: Sequence[Hop] = (),
        headers: Mapping[Any, Any] | None = None,
    ) -> None:
        self.sources = sources
        self.hops = hops
        self.headers = headers or {}


def unfold(text: Any, depth: int = _MAX_DEPTH) -> Nested:
    """Return what a message's text carries: nothing, where it is the application's own."""
    if not (depth and isinstance(text, str) and len(text) <= MAX_JSON and _may_carry(text)):
        return Nested()
    return _unfold(text, depth)


# One message is asked for its headers, its stages and its sources in turn, and parsed once.
@lru_cache(maxsize=1)
def _unfold(text: str, depth: int) -> Nested:
    document = parse(text)
    if not isinstance(document, dict):
        return Nested()
    if document.get("Type") == "Notification" and isinstance(document.get("TopicArn"), str):
        return _notification(document, depth)
    source = recognise(document)
    if not (source.name in _SENDERS or source.name.startswith(_BUS)):
        return Nested(headers=from_json(document))
    return Nested((source.name,), source.hops(document), source.carrier(document))


def _may_carry(text: str) -> bool:
    return text.startswith("{") and any(mark in text for mark in _MARKS)


def _notification(document: Mapping[str, Any], depth: int) -> Nested:
    """Unfold a notification of SNS as queues and HTTP endpoints get it."""
    sns: Any = load("sns")
    inner = unfold(document.get("Message"), depth - 1)
    headers = nearest(from_attributes(document.get("MessageAttributes")), inner.headers)
    return Nested(("sns", *inner.sources), (*inner.hops, sns.hop(document)), headers)
