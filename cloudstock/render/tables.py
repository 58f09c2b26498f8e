"""Tables as wide as the terminal, or whole words where there is none.

Rows are written as they come; the first block decides how wide the columns are. Rich measures the
characters (Cyrillic, wide and combining ones); its own tables would take a millisecond a row and
hold them all, which a list of a million products cannot have.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice, zip_longest
from typing import NamedTuple

from cloudstock.render.text import inert, is_ordinary

# Rows that are looked at before the first is written.
BLOCK = 500
# Where no terminal tells its width: wide enough that programs find whole words.
PIPE_WIDTH = 200
GAP = "  "
_ELLIPSIS = "\N{HORIZONTAL ELLIPSIS}"


class Column(NamedTuple):
    """A column and how it behaves where room is short."""

    # A line break stacks it.
    title: str
    # Right aligned, and never cut.
    number: bool = False
    # Words are cut with an ellipsis, not below so many characters; None: never.
    shrinks_to: int | None = None


def width() -> int:
    """Return how many characters a line may have."""
    if sys.stdout.isatty() or os.environ.get("COLUMNS", "").isdigit():
        from shutil import get_terminal_size

        return max(40, get_terminal_size().columns)
    return PIPE_WIDTH


def fits(columns: Sequence[Column], rows: Iterable[Sequence[str]]) -> bool:
    """Tell whether the rows fit the width without shrinking a column below its least."""
    natural = _natural(columns, (_unbroken(columns, row) for row in rows))
    least = [
        n if c.shrinks_to is None else min(n, max(c.shrinks_to, _measured(c.title)))
        for c, n in zip(columns, natural, strict=True)
    ]
    return sum(least) + len(GAP) * (len(columns) - 1) <= width()


def table(columns: Sequence[Column], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """Yield a table line by line, cells made inert; nothing where there are no rows."""
    source = (_unbroken(columns, row) for row in rows)
    block = list(islice(source, BLOCK))
    if not block:
        return
    widths = _widths(columns, block)
    yield from _heading(columns, widths)
    for row in chain(block, source):
        yield from _lines(columns, widths, row)


def _unbroken(columns: Sequence[Column], row: Sequence[str]) -> Sequence[str]:
    """Return a row whose words are on one line; only numbers, which are ours, stand in stacks.

    A name with a line break in it could pass for a row, or for a message of the program.
    """
    if not any("\n" in cell for cell in row):
        return row
    return [x if c.number else inert(x) for c, x in zip(columns, row, strict=True)]


def _measured(text: str) -> int:
    """Return the width of the widest line."""
    if is_ordinary(text):
        return len(text)
    return max(map(_cells, map(inert, text.split("\n"))))


def _cells(text: str) -> int:
    """Return how wide a terminal shows an inert text."""
    if is_ordinary(text):
        return len(text)
    from rich.cells import cell_len

    return cell_len(text)


def _cut(text: str, room: int) -> str:
    """Return the beginning of a text with an ellipsis, no wider than there is room."""
    if is_ordinary(text):
        beginning = text[: room - 1]
    else:
        from rich.cells import set_cell_size

        beginning = set_cell_size(text, room - 1)
    return beginning.rstrip() + _ELLIPSIS


def _natural(columns: Sequence[Column], rows: Iterable[Sequence[str]]) -> list[int]:
    """Return how wide each column would be if there were room for all of it."""
    widths = [_measured(c.title) for c in columns]
    for i, cells in enumerate(zip(*rows, strict=True)):
        # One look at all of a column: most are of ordinary characters only.
        plain = is_ordinary("".join(cells))
        widths[i] = max(widths[i], *map(len if plain else _measured, cells))
    return widths


def _widths(columns: Sequence[Column], rows: Iterable[Sequence[str]]) -> list[int]:
    """Take what is too much from the columns that may shrink, the widest first."""
    widths = _natural(columns, rows)
    excess = sum(widths) + len(GAP) * (len(columns) - 1) - width()
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


def _heading(columns: Sequence[Column], widths: Sequence[int]) -> Iterator[str]:
    depth = max(c.title.count("\n") for c in columns)
    titles = ["\n" * (depth - c.title.count("\n")) + c.title for c in columns]
    bold = sys.stdout.isatty() and "NO_COLOR" not in os.environ
    for line in _lines(columns, widths, titles):
        yield f"\x1b[1m{line[:-1]}\x1b[0m\n" if bold else line
    utf8 = "utf" in (sys.stdout.encoding or "").lower()
    rule = "\N{BOX DRAWINGS LIGHT HORIZONTAL}" if utf8 else "-"
    yield rule * (sum(widths) + len(GAP) * (len(widths) - 1)) + "\n"


def _lines(columns: Sequence[Column], widths: Sequence[int], row: Sequence[str]) -> Iterator[str]:
    joined = "".join(row)
    if is_ordinary(joined):
        yield _ordinary_line(columns, widths, row)
        return
    if "\n" not in joined:
        yield _line(columns, widths, row)
        return
    for cells in zip_longest(*(cell.split("\n") for cell in row), fillvalue=""):
        yield _line(columns, widths, cells)


def _ordinary_line(columns: Sequence[Column], widths: Sequence[int], cells: Sequence[str]) -> str:
    """Return what `_line` does, for characters of one cell each."""
    parts = [
        cell.rjust(room)
        if column.number
        else (cell if len(cell) <= room else _cut(cell, room)).ljust(room)
        for column, room, cell in zip(columns, widths, cells, strict=True)
    ]
    return GAP.join(parts).rstrip() + "\n"


def _line(columns: Sequence[Column], widths: Sequence[int], cells: Sequence[str]) -> str:
    parts = []
    for column, room, raw in zip(columns, widths, cells, strict=True):
        cell = inert(raw)
        wide = _cells(cell)
        if wide > room and not column.number:
            # A wide character may leave the last cell empty.
            cell = _cut(cell, room)
            wide = _cells(cell)
        blank = " " * (room - wide)
        parts.append(blank + cell if column.number else cell + blank)
    return GAP.join(parts).rstrip() + "\n"
