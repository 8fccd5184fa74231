"""The queue as a list that fits 100 columns: a table on a terminal, plain columns elsewhere."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import click
from rich.cells import cell_len, set_cell_size
from rich.console import Console
from rich.table import Table

from audit.cli.case_words import one_line

MAX_COLUMNS = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column; widths are in cells (a Chinese character takes two)."""

    key: str
    title: str
    cells: int
    is_number: bool = False


# 100 = the widths below and one blank between two columns.
COLUMNS: tuple[Column, ...] = (
    Column(key="case", title="案件", cells=6, is_number=True),
    Column(key="priority", title="优先", cells=5, is_number=True),
    Column(key="risk", title="风险", cells=4, is_number=True),
    Column(key="state", title="状态", cells=14),
    Column(key="region", title="地区", cells=6),
    Column(key="placements", title="处", cells=3, is_number=True),
    Column(key="labels", title="标签", cells=24),
    Column(key="title", title="标题", cells=31),
)


def cut(text: str, cells: int) -> str:
    """Cut text to a width in cells, with an ellipsis when something is missing."""
    text = one_line(text)
    if cell_len(text) <= cells:
        return text
    return set_cell_size(text, cells - 1).rstrip() + "…"


def padded(text: str, column: Column) -> str:
    """Return text as wide as its column."""
    text = cut(text, column.cells)
    blanks = " " * (column.cells - cell_len(text))
    return blanks + text if column.is_number else text + blanks


def plain_lines(rows: Sequence[dict[str, Any]]) -> list[str]:
    """Return a head and one line per row, at most 100 cells wide."""
    head = {column.key: column.title for column in COLUMNS}
    return [
        " ".join(padded(str(row[column.key]), column) for column in COLUMNS).rstrip()
        for row in (head, *rows)
    ]


def rich_table(rows: Sequence[dict[str, Any]]) -> Table:
    """Return the same as a table for a terminal."""
    table = Table(box=None, padding=(0, 1, 0, 0), pad_edge=False)
    for column in COLUMNS:
        table.add_column(
            column.title,
            width=column.cells,
            no_wrap=True,
            justify="right" if column.is_number else "left",
        )
    for row in rows:
        table.add_row(*(cut(str(row[column.key]), column.cells) for column in COLUMNS))
    return table


def print_rows(rows: Sequence[dict[str, Any]]) -> None:
    """Print the rows for whoever reads them."""
    if sys.stdout.isatty():
        Console(width=MAX_COLUMNS, highlight=False, markup=False).print(rich_table(rows))
    else:
        click.echo("\n".join(plain_lines(rows)))
