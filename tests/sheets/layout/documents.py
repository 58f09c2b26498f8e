"""Files as readers give them, made of rows of cells."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from cloudstock.sheets.answers import Answers
from cloudstock.sheets.layout.header import find
from cloudstock.sheets.layout.records import Layout, Record
from cloudstock.sheets.layout.rows import Rows
from cloudstock.sheets.reading.grid import Document, Row, Sheet


@dataclass(frozen=True)
class Table:
    """A sheet whose rows are in memory; a text where it has no name."""

    name: str
    content: Sequence[Row]

    def rows(self) -> Iterator[Row]:
        """Yield them."""
        return iter(self.content)


@dataclass(frozen=True)
class File:
    """A file that is open and whole."""

    sheets: Sequence[Sheet]
    elements: Sequence[str] = ()
    name: str = "stock"
    form: str = "rows"
    digest: str = ""
    written_at: datetime | None = None
    open_column: int | None = None

    def place(self, row: int, column: int) -> str:
        """Return how a place is told."""
        return f"line {row}, column {column + 1}"


def sheet(name: str, *rows: Sequence[str], first: int = 1) -> Table:
    """Return a sheet of rows from `first`; those without cells are not in it."""
    return Table(name, [Row(n, list(cells)) for n, cells in enumerate(rows, first) if cells])


def text(*lines: str) -> File:
    """Return a text with ; between its cells."""
    return File([sheet("", *(line.split(";") if line else () for line in lines))])


def workbook(*rows: Sequence[str]) -> File:
    """Return a workbook of one sheet."""
    return File([sheet("Лист1", *rows)])


def layout_of(document: Document, answers: Answers | None = None) -> Layout:
    """Return the layout of a file that leaves nothing open."""
    table = find(document, answers or Answers())
    assert table.questions == ()
    assert table.layout is not None
    return table.layout


def read(document: Document, answers: Answers | None = None) -> tuple[list[Record], Rows]:
    """Return the records of a file that leaves nothing open, and what was passed over."""
    answers = answers or Answers()
    rows = Rows(document, layout_of(document, answers), answers)
    return list(rows.records()), rows


__all__ = ["File", "Table", "layout_of", "read", "sheet", "text", "workbook"]
