"""What is known of each event source, as a table: what ``sltrace sources`` prints.

Nothing here is written by hand: every cell is what the source's own module says of itself.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from sltrace.events import load, module_names

if TYPE_CHECKING:
    from typing import TextIO

    from sltrace.events._source import Source

HEADINGS = ("source", "trigger", "model", "carriers", "upstream spans", "response")
# Columns of a terminal that has room for all of the table's.
_WIDE = 140
# Of a module for one of several payload formats, such as `vpc_lattice_v1`.
_FORMAT = re.compile(r"_(v\d+)$")


def rows() -> list[tuple[str, ...]]:
    """Return a row for each source in the order of their names: the texts for ``HEADINGS``."""
    modules = [(load(module), module) for module in module_names()]
    named = Counter(source.name for source, _ in modules)
    found = (_row(source, module, named[source.name]) for source, module in modules)
    return sorted(found, key=lambda row: row[0].replace("`", ""))


def _row(source: Source, module: str, named: int) -> tuple[str, ...]:
    """Return a source's row; of several with its name, the format tells it apart."""
    payload = _FORMAT.search(module) if named > 1 else None
    name = f"`{source.name}`" + (f" ({payload[1]})" if payload else "")
    carriers = ", ".join(source.carriers)
    return name, source.trigger, source.model or "", carriers, source.upstream, source.answer


def markdown() -> str:
    """Return the table in Markdown. Its columns are not aligned: a new row changes no other."""
    lines = [HEADINGS, ("---",) * len(HEADINGS), *rows()]
    return "".join(f"| {' | '.join(_escaped(cell) for cell in line)} |\n" for line in lines)


def _escaped(cell: str) -> str:
    return cell.replace("|", "\\|")


def show(stream: TextIO) -> None:
    """Print the table on a terminal: in a narrow one, with all but the name under each other."""
    from rich import box  # noqa: PLC0415 - of sltrace[local], for terminals alone
    from rich.console import Console  # noqa: PLC0415 - as above
    from rich.table import Table  # noqa: PLC0415 - as above
    from rich.text import Text  # noqa: PLC0415 - as above

    console = Console(file=stream, highlight=False, markup=False, emoji=False)
    is_wide = console.width >= _WIDE
    name, *others = HEADINGS
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column(name, no_wrap=True)
    for heading in others if is_wide else ["what is known of it"]:
        table.add_column(heading, overflow="fold")
    for name, *cells in rows():
        told = cells if is_wide else [_stacked(cells)]
        table.add_row(*(Text(cell.replace("`", "")) for cell in (name, *told)))
    console.print(table)


def _stacked(cells: list[str]) -> str:
    """Return the cells of a row under each other, those that are empty left out."""
    trigger, model, *others = cells
    told = zip(HEADINGS[3:], others, strict=True)
    lines = [f"{heading}: {cell}" for heading, cell in told if cell]
    return "\n".join([", ".join(filter(None, (trigger, model))), *lines])
