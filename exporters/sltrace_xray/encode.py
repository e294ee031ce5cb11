"""Spans as X-Ray segment documents, each small enough for one datagram to the daemon.

AWS X-Ray Developer Guide, "X-Ray segment documents". A tree of spans is one document where it
fits. Documents are put together from the leaves up, as bytes: their size is then known exactly,
and neither depth nor size costs a second encoding.
"""

from __future__ import annotations

from sltrace._headers import xray_trace_id
from sltrace._model import SAMPLED, StatusCode
from sltrace_xray.fields import describe
from sltrace_xray.text import to_json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Any

    from sltrace._model import SpanContext
    from sltrace._span import Span

# The most a UDP datagram over IPv4 carries, less the line that goes before the document.
MAX_DOCUMENT_BYTES = 65_507 - 30
# Room for what only the outermost (sub)segment of a document has: see `_head`.
_HEAD_BYTES = 128
_ROOM = MAX_DOCUMENT_BYTES - _HEAD_BYTES
# Deeper nesting than any reader of JSON can be relied on to take.
_MAX_DEPTH = 100
_CHILDREN = b',"subsegments":['
_FRAME_BYTES = len(_CHILDREN) + 2

_ERROR = StatusCode.ERROR


class _Node:
    """A span among the others.

    Attributes:
        nested: whether its parent is among them.
        fields: the (sub)segment, without those inside it.
        text: the (sub)segment as JSON, with those inside it.
        depth: how many levels ``text`` has.
        causes: ids of the exceptions told in it and below, by what they were (``cause.Key``).
    """

    __slots__ = ("causes", "children", "context", "depth", "fields", "nested", "span", "text")

    def __init__(self, span: Span, context: SpanContext) -> None:
        self.span = span
        self.context = context
        self.children: list[_Node] = []
        self.nested = False
        self.fields: dict[str, Any] = {}
        self.text = b""
        self.depth = 1
        self.causes: dict[Any, str] = {}


def encode(spans: Sequence[Span], *, in_lambda: bool) -> list[bytes]:
    """Return the documents of the spans that are sampled, parents before children.

    Args:
        spans: spans of one trace or of several, in any order; those still open are in progress.
        in_lambda: whether Lambda itself sends the function's segment, so that what has a remote
            parent is a subsegment in it.
    """
    nodes = _parents_first(_tree(spans, in_lambda=in_lambda))
    indexed: dict[int, int] = {}
    for node in nodes:
        node.fields = describe(
            node.span, node.context, indexed, in_lambda=in_lambda, nested=node.nested
        )
    documents: list[bytes] = []
    for node in reversed(nodes):
        outside = _nest(node)
        documents.extend(_document(child, in_lambda=in_lambda) for child in reversed(outside))
        if not node.nested:
            documents.append(_document(node, in_lambda=in_lambda))
    documents.reverse()
    return documents


def _tree(spans: Iterable[Span], *, in_lambda: bool) -> list[_Node]:
    """Return the nodes, each with its children in the order of their start."""
    with_context = ((span, span.context) for span in spans)
    nodes = [_Node(span, own) for span, own in with_context if own.trace_flags & SAMPLED]
    nodes.sort(key=_start)
    by_id = {(node.context.trace_id, node.context.span_id): node for node in nodes}
    for node in nodes:
        parent = node.span.parent
        above = by_id.get((parent.trace_id, parent.span_id)) if parent is not None else None
        if above is None or parent is None:
            continue
        if not parent.is_remote or _is_inferred(above, in_lambda=in_lambda):
            node.nested = True
            above.children.append(node)
    return nodes


def _is_inferred(node: _Node, *, in_lambda: bool) -> bool:
    """Return whether what is below counts as remote, and belongs into one document all the same.

    Outside Lambda what is below is a service's own segment, which no document can have inside.
    """
    return in_lambda and node.span.attributes.get("sltrace.inferred") is True


def _start(node: _Node) -> int:
    return node.span.start_time


def _parents_first(nodes: Iterable[_Node]) -> list[_Node]:
    """Return the nodes with each before those below it; a loop, for a tree may be deep."""
    found = [node for node in nodes if not node.nested]
    for node in found:
        # Lists grow while they are iterated: this walks the tree level by level.
        found.extend(node.children)
    return found


def _nest(node: _Node) -> Sequence[_Node]:
    """Write the node's text with its children in it, and return those that had no room."""
    for child in node.children:
        node.causes.update(child.causes)
    if node.span.status.status_code is _ERROR or node.span.events:
        _explain(node)
    text = to_json(node.fields)
    inside = [child for child in node.children if child.depth < _MAX_DEPTH]
    outside = [child for child in node.children if child.depth >= _MAX_DEPTH]
    if len(text) + _FRAME_BYTES + sum(len(child.text) + 1 for child in inside) > _ROOM:
        from sltrace_xray.split import divide, shed  # noqa: PLC0415 - a room seldom entered

        text = shed(node.fields, text, _ROOM - _FRAME_BYTES)
        inside, left = divide(inside, _ROOM - _FRAME_BYTES - len(text))
        outside.extend(left)
    if inside:
        children = b",".join([child.text for child in inside])
        text = b"".join((text[:-1], _CHILDREN, children, b"]}"))
        node.depth += max([child.depth for child in inside])
    node.text = text
    return outside


def _explain(node: _Node) -> None:
    from sltrace_xray.cause import cause_of  # noqa: PLC0415 - a room for spans that failed

    cause = cause_of(node.span, node.context, node.causes)
    if cause is not None:
        node.fields["cause"] = cause


def _document(node: _Node, *, in_lambda: bool) -> bytes:
    return _head(node, in_lambda=in_lambda) + node.text[1:]


def _head(node: _Node, *, in_lambda: bool) -> bytes:
    """Return the fields that place a document in its trace."""
    parent = node.span.parent
    head = f'{{"trace_id":"{xray_trace_id(node.context.trace_id)}",'
    if parent is not None:
        if in_lambda or not parent.is_remote:
            head += '"type":"subsegment",'
        head += f'"parent_id":"{parent.span_id:016x}",'
    return head.encode("ascii")
