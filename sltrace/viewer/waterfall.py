"""A trace as lines of text: title, a bar for each span, what failed and why.

Pure: a trace and a width in, pieces of styled text out. The terminal prints them with colours,
a pipe without.
"""

from __future__ import annotations

import textwrap
from collections import Counter
from itertools import chain
from typing import TYPE_CHECKING, Any

from sltrace.viewer import describe, layout, repeats, stacks
from sltrace.viewer.scale import Scale
from sltrace.viewer.text import cells, count, cut, duration, safe, shown
from sltrace.viewer.tree import Gap, Node, elided, ordered

if TYPE_CHECKING:
    from sltrace.viewer.describe import Piece
    from sltrace.viewer.model import Span, Trace

MIN_WIDTH, MAX_WIDTH = 40, 140
MAX_ROWS = 40
# Deeper than this, a number says how deep: the label's column is for labels.
_MAX_INDENT = 6


def lines(
    trace: Trace,
    width: int,
    *,
    ascii_only: bool = True,
    ascii_bars: bool = False,
    full: bool = False,
) -> list[list[Piece]]:
    """Return the trace's waterfall.

    Args:
        trace: what to draw.
        width: columns of the terminal; less than 40 counts as 40, more than 140 are not used.
        ascii_only: whether to draw with ASCII alone, values of spans included.
        ascii_bars: whether to draw the bars with ASCII in any case.
        full: whether to leave nothing out: every span, whole stacks, all attributes, earlier
            invocations on the same event.
    """
    width = _bounded(width)
    whole, trace = trace, trace if full else repeats.last(trace)
    nodes, first = ordered(trace), _first(trace)
    shown_nodes = elided(nodes, len(nodes) if full else MAX_ROWS)
    rows = [_row(entry, first, ascii_only=ascii_only) for entry in shown_nodes]
    took = duration(trace.end - trace.start)
    title = _made_safe(describe.title(first), ascii_only=ascii_only)
    facts = _made_safe(layout.spaced(_facts(trace, first)), ascii_only=ascii_only)
    asked = cells(layout.joined([*title, *facts])) + len(layout.GAP)
    columns = layout.Columns.of(rows, asked, took, width)
    scale = Scale(trace, columns.bar)
    identity = trace.xray_id if len(trace.xray_id) <= columns.details else short_id(trace)
    found = layout.head(title, facts, took, identity, columns, width=width)
    bars = ascii_only or ascii_bars
    if full and identity != trace.xray_id:
        found.append([(f"trace {trace.xray_id}", "muted")])
    found += [layout.line(row, columns, scale, ascii_only=bars) for row in rows]
    notes = [*_notes(shown_nodes, scale), *_earlier(whole, trace)]
    found += [[(line, "muted")] for note in notes for line in textwrap.wrap(note, width)]
    below = [*stacks.errors(nodes, full=full, width=width), *(_attributes(nodes) if full else ())]
    safe_below = (_made_safe(line, ascii_only=ascii_only) for line in below)
    return found + [_fitting(line, width, full=full) for line in safe_below]


def summary(trace: Trace, width: int = MAX_WIDTH, *, ascii_only: bool = True) -> list[Piece]:
    """Return the trace in one line, for a list: duration, id, title, facts."""
    trace = repeats.last(trace)
    first = _first(trace)
    pieces: list[Piece] = [(f"{duration(trace.end - trace.start):>9}  ", "")]
    pieces += [(f"{short_id(trace)}  ", "muted"), *describe.title(first), ("  ", "")]
    pieces += layout.spaced(_facts(trace, first))
    return layout.cut_all(_made_safe(pieces, ascii_only=ascii_only), _bounded(width))


def _bounded(width: int) -> int:
    return min(max(width, MIN_WIDTH), MAX_WIDTH)


def short_id(trace: Trace) -> str:
    """Return the trace's id as X-Ray writes it, shortened; ``sltrace show`` understands it."""
    return f"{trace.xray_id[:13]}...{trace.xray_id[-2:]}"


def _first(trace: Trace) -> Span:
    """Return the span that the title is about: the first invocation, else the first root.

    An inferred span is it only where there is no other.
    """
    invocations = (span for span in trace.spans if span.is_invocation)
    recorded = (node.span for node in ordered(trace) if not node.span.is_inferred)
    return next(chain(invocations, recorded), trace.spans[0])


def _facts(trace: Trace, first: Span) -> list[Piece]:
    more = sum(span.is_invocation for span in trace.spans if span is not first)
    found = describe.facts(first)
    return [*found, (f"+{count(more, 'invocation')}", "")] if more else found


def _row(entry: Node | Gap, first: Span, *, ascii_only: bool) -> layout.Row:
    if isinstance(entry, Gap):
        return _gap_row(entry, ascii_only=ascii_only)
    span = entry.span
    indent = "  " * entry.depth if entry.depth <= _MAX_INDENT else f"{entry.depth:>10}> "
    details = layout.spaced(describe.details(entry, is_first=span is first))
    return layout.Row(
        label=safe(indent + (describe.label(span) or "(no name)"), ascii_only=ascii_only),
        kind=describe.kind(span),
        start=span.start,
        end=span.end,
        took=duration(max(span.end - span.start, 0)),
        details=_made_safe(details, ascii_only=ascii_only),
    )


def _gap_row(gap: Gap, *, ascii_only: bool) -> layout.Row:
    spans = [node.span for node in gap.nodes]
    often = Counter(map(describe.label, spans)).most_common()
    about = ", ".join(f"{number:,} x {name}" for name, number in often)
    return layout.Row(
        label=f"... {count(len(spans), 'span')} hidden",
        kind="hidden",
        start=min(span.start for span in spans),
        end=max(span.end for span in spans),
        took="",
        details=[(safe(about, ascii_only=ascii_only), "muted")],
    )


def _notes(entries: list[Node | Gap], scale: Scale) -> list[str]:
    """Return what a reader must know of the drawing itself."""
    found = []
    if scale.idle:
        found.append(f"idle for {duration(scale.idle)} in between, drawn short")
    if scale.waited:
        found.append(f"waited {duration(scale.waited)} before the function, drawn short")
    gaps = [entry for entry in entries if isinstance(entry, Gap)]
    if gaps:
        spans = [node.span for gap in gaps for node in gap.nodes]
        failed = sum(span.is_error for span in spans)
        errors = f", {failed:,} of them failed" if failed else ""
        found.append(f"{count(len(spans), 'span')} hidden{errors} (--full shows all)")
    return found


def _earlier(whole: Trace, shown_part: Trace) -> list[str]:
    """Return what a reader must know of what has been left out before."""
    if shown_part is whole:
        return []
    all_of_them, here = (
        sum(span.is_invocation for span in trace.spans) for trace in (whole, shown_part)
    )
    return [f"{count(all_of_them - here, 'earlier invocation')} of this trace (--full shows all)"]


def _attributes(nodes: list[Node]) -> list[list[Piece]]:
    """Return all attributes of all spans, and their events and links."""
    found: list[list[Piece]] = []
    for node in nodes:
        span = node.span
        found += [[], [(describe.label(span), "title"), (f"  {span.span_id}", "muted")]]
        found += _listed(span.attributes)
        for event in span.events:
            at = duration(event.time - span.start)
            found.append([(f"  event {event.name}", ""), (f"  at {at}", "muted")])
            found += _listed(event.attributes, indent="    ")
        found += [[("  linked to trace", "muted"), (f"  {link}", "")] for link in span.links]
        if span.dropped:
            found.append(
                [(f"  no room for {span.dropped:,} attributes, events or links", "warning")]
            )
    return found


def _listed(attributes: dict[str, Any], indent: str = "  ") -> list[list[Piece]]:
    # A stack has been shown already, in lines.
    told = [item for item in attributes.items() if item[0] != "exception.stacktrace"]
    return [[(f"{indent}{key}", "muted"), (f"  {shown(value)}", "")] for key, value in told]


def _made_safe(pieces: list[Piece], *, ascii_only: bool) -> list[Piece]:
    return [(safe(text, ascii_only=ascii_only), style) for text, style in pieces]


def _fitting(pieces: list[Piece], width: int, *, full: bool) -> list[Piece]:
    """Cut a line to the width, in full only its source code: the rest wraps."""
    if pieces and pieces[-1][1] == "source":
        *before, (text, style) = pieces
        pieces = [*before, (cut(text, max(width - cells(layout.joined(before)), 0)), style)]
    return pieces if full else layout.cut_all(pieces, width)
