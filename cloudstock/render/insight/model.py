"""What a report is made of, whoever writes it down."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Heading:
    """A column."""

    title: str
    number: bool = False
    # Words of any length, of which the beginning will do.
    long: bool = False


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell; `bar` from 0 to 1 is drawn beside it, `tone` is 'bad', 'worth' (a look) or ''."""

    text: str
    bar: float | None = None
    tone: str = ""


@dataclass(frozen=True, slots=True)
class Chart:
    """Units by day, stacked by account."""

    dates: tuple[str, ...]
    # Name and units beside the dates.
    series: tuple[tuple[str, tuple[int, ...]], ...]


@dataclass(frozen=True, slots=True)
class Spread:
    """Times of accounts: name, median, 95 of 100, 99 of 100, in seconds."""

    rows: tuple[tuple[str, float, float, float], ...]


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the report."""

    key: str
    title: str
    headings: tuple[Heading, ...] = ()
    rows: tuple[tuple[Cell, ...], ...] = ()
    notes: tuple[str, ...] = ()
    # What is said in the place of rows.
    empty: str = ""
    chart: Chart | Spread | None = None


@dataclass(frozen=True, slots=True)
class Figure:
    """One number to begin with."""

    title: str
    value: str
    note: str = ""
    tone: str = ""
