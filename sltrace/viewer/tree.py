"""The spans of a trace in the order of a waterfall: each under its parent, none left out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sltrace._model import SpanKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sltrace.viewer.model import Span, Trace

# What begins a service's part of a trace: its parent is somebody else's, and often not recorded.
_ENTRIES = (SpanKind.SERVER, SpanKind.CONSUMER)


@dataclass(frozen=True)
class Node:
    """One span's place.

    Attributes:
        depth: 0 for a root.
        service_above: the service of the parent, "" for a root.
        flaw: what is wrong with its place, "" when nothing is.
    """

    span: Span
    depth: int = 0
    service_above: str = ""
    flaw: str = ""


@dataclass(frozen=True)
class Gap:
    """Spans that are not shown one by one."""

    nodes: tuple[Node, ...]


def ordered(trace: Trace) -> list[Node]:
    """Return every span, each followed by those below it, siblings in order of their start.

    A span whose parent is not in the trace is a root. Of spans that are each other's parents, the
    first to start is taken for a root. Roots come in order of their start too, but one that is
    inferred with the invocation below it, for the function's init to come before both.
    """
    known = {span.span_id for span in trace.spans}
    children: dict[str, list[Span]] = {}
    roots = []
    for span in trace.spans:
        if span.parent_id in known:
            children.setdefault(span.parent_id, []).append(span)
        else:
            roots.append(Node(span, flaw=_flaw(span)))
    roots.sort(key=lambda root: _begins(root.span, children))
    placed: set[int] = set()
    found = [node for root in roots for node in _below(root, children, placed)]
    for span in trace.spans:
        if id(span) not in placed:
            found.extend(_below(Node(span, flaw="parents form a circle"), children, placed))
    return found


def _begins(root: Span, children: dict[str, list[Span]]) -> int:
    """Return when the first span began that was recorded: the root, or the one below its stages."""
    span, passed = root, {root.span_id}
    while span.is_inferred and span.span_id in children:
        span = children[span.span_id][0]
        if span.span_id in passed:
            break
        passed.add(span.span_id)
    return span.start


def _flaw(span: Span) -> str:
    expected = not span.parent_id or span.parent_is_remote or span.kind in _ENTRIES
    return "" if expected else f"parent {span.parent_id[:8]} missing"


def _below(root: Node, children: dict[str, list[Span]], placed: set[int]) -> Iterator[Node]:
    """Yield the node and all below it. No recursion: a trace may be deeper than Python's stack."""
    waiting = [root]
    while waiting:
        node = waiting.pop()
        if id(node.span) in placed:
            continue
        placed.add(id(node.span))
        yield node
        below = children.get(node.span.span_id, ())
        service = _service_below(node)
        waiting += [Node(span, node.depth + 1, service) for span in reversed(below)]


def _service_below(node: Node) -> str:
    """Return the service that called what is below: no stage is part of the service it led to."""
    return node.service_above if node.span.is_inferred and node.depth else node.span.service


def elided(nodes: list[Node], rows: int) -> list[Node | Gap]:
    """Return the nodes with the middle taken out, where there are more than ``rows`` of them.

    Of those in the middle, the first few that failed stay.
    """
    if len(nodes) <= rows:
        return [*nodes]
    spare = rows // 6
    middle = range(rows - 2 * spare, len(nodes) - spare)
    failed = [at for at in middle if nodes[at].span.is_error][:spare]
    shown = {*range(middle.start), *range(middle.stop, len(nodes)), *failed}
    return [*_with_gaps(nodes, shown)]


def _with_gaps(nodes: list[Node], shown: Iterable[int]) -> Iterator[Node | Gap]:
    last = -1
    for at in sorted(shown):
        if at - last == 2:
            yield nodes[at - 1]
        elif at - last > 2:
            yield Gap(tuple(nodes[last + 1 : at]))
        yield nodes[at]
        last = at
