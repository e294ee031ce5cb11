"""What was measured, as tables: Markdown that reads well as plain text."""

from __future__ import annotations

import math
import statistics

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


def table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return an aligned table: columns of words to the left, columns of figures to the right."""
    body = list(rows)
    columns = list(zip(headings, *body, strict=True))
    widths = [max(map(len, column)) for column in columns]
    to_left = [any(cell[:1].isalpha() for cell in column[1:]) for column in columns]
    marks = [
        "-" * width if left else "-" * (width - 1) + ":"
        for width, left in zip(widths, to_left, strict=True)
    ]
    lines = [headings, marks, *body]
    return "\n".join(_line(cells, widths, to_left) for cells in lines)


def section(title: str, headings: Sequence[str], rows: Iterable[Sequence[str]], *notes: str) -> str:
    """Return a titled table with its notes and its verdict under it."""
    return "\n\n".join([f"## {title}", table(headings, rows), *notes])


def verdict(what: str, figure: float, budget: float, unit: str, where: str = "") -> str:
    """Return the budget and whether the figure is within it."""
    over = figure - budget
    outcome = "met" if over <= 0 else f"over by {number(over)} {unit}"
    conditions = f" ({where})" if where else ""
    return (
        f"Budget: {what}, at most {number(budget)} {unit}{conditions}. "
        f"Measured {number(figure)} {unit}: {outcome}."
    )


def number(value: float) -> str:
    """Return the value with about three figures."""
    if value == int(value) or abs(value) >= 100:
        return f"{value:.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def signed(value: float) -> str:
    """Return the value with its sign."""
    return f"{'+' if value >= 0 else ''}{number(value)}"


def paired(figures: Sequence[float], bare: Sequence[float]) -> tuple[float, float]:
    """Return the median difference from, and ratio to, the bare figure of the same round."""
    pairs = list(zip(figures, bare, strict=True))
    # A kernel that counts no processor time says 0.
    ratios = [figure / base if base else math.nan for figure, base in pairs]
    return statistics.median(figure - base for figure, base in pairs), statistics.median(ratios)


def _line(cells: Sequence[str], widths: Sequence[int], to_left: Sequence[bool]) -> str:
    padded = [
        cell.ljust(width) if left else cell.rjust(width)
        for cell, width, left in zip(cells, widths, to_left, strict=True)
    ]
    return "| " + " | ".join(padded) + " |"
