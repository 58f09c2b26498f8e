"""Tables of a report: a column is its title and what stands in it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

from cloudstock.language import tr
from cloudstock.render.insight.model import Cell, Chart, Heading, Section, Spread
from cloudstock.render.text import NOTHING, UNKNOWN, whole

T = TypeVar("T")
Column = tuple[Heading, Callable[[T], Cell]]


def text_column(title: str, of: Callable[[T], str], *, long: bool = False) -> Column[T]:
    """Return a column of words; `long`: they may fold."""
    return Heading(title, long=long), lambda row: Cell(of(row))


def number_column(title: str, of: Callable[[T], int], tone: str = "") -> Column[T]:
    """Return a column of whole numbers; `tone` of those that are not zero."""
    return Heading(title, number=True), lambda row: Cell(
        whole(of(row)), tone=tone if of(row) else ""
    )


def cell_column(title: str, of: Callable[[T], Cell], *, number: bool = True) -> Column[T]:
    """Return a column of cells with a tone or a bar of their own."""
    return Heading(title, number=number), of


def section_of(
    key: str,
    title: str,
    rows: Iterable[T],
    *columns: Column[T],
    notes: Iterable[str] = (),
    empty: str = "",
    chart: Chart | Spread | None = None,
) -> Section:
    """Return a section with a row for each of `rows`; `empty` is said where there are none."""
    return Section(
        key,
        title,
        tuple(heading for heading, _ in columns),
        tuple(tuple(cell(row) for _, cell in columns) for row in rows),
        tuple(notes),
        empty or tr("No account was read yet."),
        chart,
    )


def count_or_unknown(value: int | None) -> str:
    """Return a number of units; `?` where it is not known."""
    return UNKNOWN if value is None else whole(value)


def number_or_nothing(value: int) -> str:
    """Return a number; a dash for zero."""
    return whole(value) if value else NOTHING


def part_of(n: int, total: int) -> str:
    """Return how many of all that were sold a table has."""
    return tr("{count} of {total} that were sold.", count=whole(n), total=whole(total))
