"""What files of every form are read into: sheets, their rows, and cells as text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple, Protocol, Self


class Kind(StrEnum):
    """What a cell holds where it is more than text."""

    NUMBER = "number"
    DATE = "date"
    BOOLEAN = "boolean"
    # Without a stored value; the cell's text is the formula.
    FORMULA = "formula"
    ERROR = "error"


class Cell(str):
    """A cell that is more than text.

    As text it is its value: a number without exponent and without a fraction of zeros ("45"), a
    date in ISO 8601. A cell of text is a plain `str`; an empty one is "".
    """

    __slots__ = ("kind", "shown")

    kind: Kind
    # What a spreadsheet shows: "00045" for the number 45 in the format 00000.
    shown: str

    def __new__(cls, text: str, kind: Kind, shown: str = "") -> Self:
        """Make a cell; `shown`: as its text where it is left out."""
        cell = str.__new__(cls, text)
        cell.kind = kind
        cell.shown = shown or text
        return cell


class Row(NamedTuple):
    """A row of a sheet, or an element of a feed."""

    # 1-based: its row in the sheet, the physical line where it begins, the number of the offer.
    line: int
    # Without empty ones at its end. Equal cells that a file writes once are written out.
    cells: Sequence[str]
    # Whether a filter or a person hides it.
    hidden: bool = False


class Sheet(Protocol):
    """One visible sheet of a file; a text file and a feed are one sheet."""

    @property
    def name(self) -> str:
        """Its name; "" where the form has none."""

    def rows(self) -> Iterator[Row]:
        """Yield the rows that hold something, from the first one at each call.

        Raises `UsageProblem` where the file breaks off or is beyond reason.
        """


class Document(Protocol):
    """A file that is open and whole."""

    @property
    def name(self) -> str:
        """What it is called in messages."""

    @property
    def form(self) -> str:
        """What it is, in words: "XLSX", "CSV in Windows-1251"."""

    @property
    def digest(self) -> str:
        """The same for the same content, whatever its name."""

    @property
    def written_at(self) -> datetime | None:
        """When the file was written last, or made, by a feed's own word; None of standard input."""

    @property
    def sheets(self) -> Sequence[Sheet]:
        """Its visible sheets, in order; one that is empty has no rows."""

    @property
    def elements(self) -> Sequence[str]:
        """Titles of the columns where the form itself names them (a feed); else ()."""

    @property
    def is_part(self) -> bool:
        """Whether the file itself says that it holds changes only, not everything."""

    @property
    def open_column(self) -> int | None:
        """From which column on the last line of a text may be cut: others have an end, it has none.

        0 where it is shorter than others, one beyond its last cell where that is closed by a quote;
        None where nothing is odd.
        """

    def place(self, row: int, column: int) -> str:
        """Return how a place is told, "cell B7" or "line 7, column 2"; `column` from 0."""


def column_letters(column: int) -> str:
    """Return what spreadsheets call a column, counted from 0: A, …, Z, AA."""
    letters = ""
    while column >= 0:
        letters = chr(ord("A") + column % 26) + letters
        column = column // 26 - 1
    return letters
