"""Tables by rich: plain text cells, never markup, and nothing but text where no terminal is.

Long tables are written block by block: the first block decides how wide the columns are.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from io import StringIO
from itertools import islice

from rich.box import SIMPLE_HEAD
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from cloudstock.render.text import inert

BLOCK = 500
# Where no terminal tells its width: wide enough that programs find whole words.
PIPE_WIDTH = 200
_GAP = 2


@dataclass(frozen=True, slots=True)
class Column:
    """A column and how it behaves where room is short."""

    title: str
    # Right aligned.
    number: bool = False
    # Shortened with an ellipsis, not below so many characters; None: never.
    shrinks_to: int | None = None


def width() -> int:
    """Return how many characters a line may have."""
    if sys.stdout.isatty() or os.environ.get("COLUMNS", "").isdigit():
        return max(40, shutil.get_terminal_size().columns)
    return PIPE_WIDTH


def fits(columns: Sequence[Column], rows: Sequence[Sequence[str]]) -> bool:
    """Tell whether the rows fit the width without shrinking a column below its least."""
    natural = _natural(columns, rows)
    least = [
        n if c.shrinks_to is None else min(n, max(c.shrinks_to, cell_len(c.title)))
        for c, n in zip(columns, natural, strict=True)
    ]
    return sum(least) + _GAP * (len(columns) - 1) <= width()


def table(columns: Sequence[Column], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """Yield a table piece by piece; nothing where there are no rows."""
    source = iter(rows)
    block = list(islice(source, BLOCK))
    if not block:
        return
    widths = _widths(columns, block)
    heading = True
    while block:
        yield _written(columns, widths, block, heading=heading)
        heading = False
        block = list(islice(source, BLOCK))


def _natural(columns: Sequence[Column], rows: Sequence[Sequence[str]]) -> list[int]:
    widths = [max(cell_len(word) for word in c.title.split("\n")) for c in columns]
    for row in rows:
        for i, cell in enumerate(row):
            widths[i] = max(widths[i], max((cell_len(x) for x in cell.split("\n")), default=0))
    return widths


def _widths(columns: Sequence[Column], rows: Sequence[Sequence[str]]) -> list[int]:
    """Take what is too much from the columns that may shrink, the widest first."""
    widths = _natural(columns, rows)
    excess = sum(widths) + _GAP * (len(columns) - 1) - width()
    while excess > 0:
        room = [
            (widths[i], i)
            for i, c in enumerate(columns)
            if c.shrinks_to is not None and widths[i] > c.shrinks_to
        ]
        if not room:
            break
        widths[max(room)[1]] -= 1
        excess -= 1
    return widths


def _written(
    columns: Sequence[Column],
    widths: Sequence[int],
    rows: Sequence[Sequence[str]],
    *,
    heading: bool,
) -> str:
    made = Table(
        box=SIMPLE_HEAD, show_edge=False, show_header=heading, pad_edge=False, padding=(0, 1, 0, 0)
    )
    for column, columns_width in zip(columns, widths, strict=True):
        made.add_column(
            Text(column.title),
            justify="right" if column.number else "left",
            width=columns_width,
            no_wrap=column.shrinks_to is not None,
            overflow="ellipsis" if column.shrinks_to is not None else "fold",
        )
    for row in rows:
        made.add_row(*(Text("\n".join(inert(x) for x in cell.split("\n"))) for cell in row))
    colours = sys.stdout.isatty() and "NO_COLOR" not in os.environ
    out = StringIO()
    console = Console(
        file=out,
        width=max(width(), sum(widths) + _GAP * len(widths)),
        force_terminal=colours,
        color_system="standard" if colours else None,
        markup=False,
        highlight=False,
        emoji=False,
    )
    console.print(made)
    return "".join(line.rstrip() + "\n" for line in out.getvalue().splitlines())
