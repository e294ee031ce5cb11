"""The columns of a waterfall: label, bar, duration, details; as wide as the rows ask for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sltrace.viewer.text import cells, cut, fit

if TYPE_CHECKING:
    from sltrace.viewer.describe import Piece
    from sltrace.viewer.scale import Scale

GAP = "  "
ID_WIDTH = 18  # of a shortened trace id
_CUT = " ..."
_MIN_PIECE = 6  # less of a piece than this tells nothing
_MIN_BAR = 12
_MIN_DETAILS = 10
# Without colour and blocks, the bar of a failed span is of another character.
_ASCII_BAR = {"error": "!", "hidden": ".", "inferred": "-"}
# And with them, that of what was not recorded: hollow.
_BAR = {"inferred": "\N{LIGHT SHADE}"}


@dataclass(frozen=True)
class Row:
    """What a line of the waterfall says; its text is safe to print.

    Attributes:
        kind: the style of the bar (see ``describe.kind``), or "hidden" for spans left out.
        took: the duration, "" for spans left out.
    """

    label: str
    kind: str
    start: int
    end: int
    took: str
    details: list[Piece]


@dataclass(frozen=True)
class Columns:
    """Widths in cells. No room for details: 0, and no gap before them either."""

    label: int
    bar: int
    took: int
    details: int

    @classmethod
    def of(cls, rows: list[Row], head: int, took: str, width: int) -> Columns:
        """Share the width between the columns.

        Args:
            rows: what goes into them.
            head: the width that the title and its facts ask for, up to where the bars end.
            took: the title's duration.
            width: of the terminal.
        """
        label = min(max(cells(row.label) for row in rows), width // 3)
        time = max(len(took), *(len(row.took) for row in rows))
        asked = max(ID_WIDTH, *(cells(joined(row.details)) for row in rows))
        left = width - label - time - 2 * len(GAP)
        # Three tenths for the bars, or more where that lets the title fit on one line while the
        # details still have as much.
        share = width * 3 // 10
        least = head - label - len(GAP)
        bars = least if share < least <= left - len(GAP) - share else share
        details = min(asked, max(left - len(GAP) - bars, share), left - len(GAP) - _MIN_BAR)
        if details < _MIN_DETAILS:
            return cls(label, left, time, 0)
        return cls(label, left - details - len(GAP), time, details)


def line(row: Row, columns: Columns, scale: Scale, *, ascii_only: bool) -> list[Piece]:
    """Return the row's pieces, each in its column."""
    mark = _ASCII_BAR.get(row.kind, "=") if ascii_only else _BAR.get(row.kind, "")
    is_special = row.kind in {"error", "hidden", "inferred"}
    return [
        (fit(row.label, columns.label) + GAP, row.kind if is_special else ""),
        (scale.bar(row.start, row.end, mark=mark), f"bar.{row.kind}"),
        (f"{GAP}{row.took:>{columns.took}}", ""),
        *([(GAP, ""), *cut_all(row.details, columns.details)] if columns.details else []),
    ]


def head(
    title: list[Piece],
    facts: list[Piece],
    took: str,
    identity: str,
    columns: Columns,
    *,
    width: int,
) -> list[list[Piece]]:
    """Return the title's line, or two or three where one is too short for all of it.

    On one line, facts begin where the bars do, and the duration and the id are in the columns of
    durations and details.
    """
    time: Piece = (f"{GAP}{took:>{columns.took}}", "title")
    known: Piece = (identity, "muted")
    room = columns.label + len(GAP) + columns.bar
    used, more = cells(joined(title)), cells(joined(facts))
    begin = max(min(columns.label, room - more - len(GAP)), used) + len(GAP)
    if columns.details >= len(identity) and begin + more <= room:
        lead, tail = " " * (begin - used), " " * (room - begin - more)
        return [[*title, (lead, ""), *facts, (tail, ""), time, (GAP, ""), known]]
    title = cut_all(title, room)
    first = [*title, (" " * (room - cells(joined(title))), ""), time]
    if facts and more + len(GAP) + len(identity) > width:
        return [first, cut_all(facts, width), [known]]
    return [first, [*facts, (GAP if facts else "", ""), known]]


def joined(pieces: list[Piece]) -> str:
    """Return the pieces' text without their styles."""
    return "".join(text for text, _ in pieces)


def spaced(pieces: list[Piece]) -> list[Piece]:
    """Return the pieces with a gap before each but the first."""
    return [(GAP + text if at else text, style) for at, (text, style) in enumerate(pieces)]


def cut_all(pieces: list[Piece], width: int) -> list[Piece]:
    """Return as much of the pieces as fits into the width; a cut is marked."""
    if cells(joined(pieces)) <= width:
        return pieces
    found: list[Piece] = []
    room = width - len(_CUT)
    for text, style in pieces:
        if cells(text) > room:
            is_worth_it = not found or room >= _MIN_PIECE
            marked = cut(text + _CUT, room + len(_CUT))
            found.append((marked, style) if is_worth_it else (_CUT, ""))
            break
        found.append((text, style))
        room -= cells(text)
    return found
