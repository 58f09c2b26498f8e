"""What one row of data says, before the database is asked."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from cloudstock.language import mark

# Rows of the second sheet of a table are numbered from here on, those of the third from twice that.
SHEET_LINES = 1 << 21


class Role(StrEnum):
    """What a column is for; its value is the column's name in our own sheets."""

    SKU = "sku"
    QUANTITY = "quantity"
    WAREHOUSE = "warehouse"
    NAME = "name"
    BARCODE = mark("barcode", "column")
    BUFFER = "buffer"
    MINIMUM = "minimum"
    WAS = mark("was", "column")
    AS_OF = mark("as_of", "column")


# Numbers that a product says for itself, whatever the warehouse.
NUMBERS = (Role.BUFFER, Role.MINIMUM)


class Quantity(StrEnum):
    """How a cell tells a quantity."""

    NUMBER = "number"
    # "5,0", "1 234", "3 шт": one number only.
    ONE_READING = "one-reading"
    EMPTY = "empty"
    # "10+", "> 5000": the units are the floor.
    AT_LEAST = "at-least"
    WORD = "word"
    FRACTION = "fraction"
    BELOW_ZERO = "below-zero"
    FORMULA = "formula"


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a header."""

    # 0-based.
    index: int
    # "Склад / Кол-во" where the header has two rows and "Кол-во" alone is not the only one.
    title: str
    # The words in its cells before the article, where that stands inside a name; else "".
    before: str = ""


class Layout(NamedTuple):
    """Where everything stands in the one sheet that is read."""

    sheet: str
    # 1-based rows of the sheet; () where the form itself names the columns.
    header_rows: tuple[int, ...]
    # One for each role that the file has. What a question is open about is not in it.
    columns: dict[Role, Column]
    # Titles that were passed over.
    others: tuple[str, ...] = ()
    # Which column names the product: SKU or BARCODE.
    key: Role = Role.SKU
    # A sheet as this program exports it: each row of it is one of data, whatever it says.
    plain: bool = False
    # Rows without article that stand over others name the warehouse of those.
    grouped: bool = False
    # How many columns the header has; a cell beyond is a stray.
    width: int = 0
    # Parts of the title of each, as titles are compared: a row that repeats them is no data.
    titles: tuple[tuple[str, ...], ...] = ()
    # Whether 1,000 and 1.000 are one (a header in Russian), or nobody knows.
    comma_is_decimal: bool = True
    # The warehouse that stands above the table, of a table without a column of them; else "".
    warehouse: str = ""
    # Further sheets in which the same table goes on, and the last row of each header.
    more: tuple[tuple[str, int], ...] = ()


class Record(NamedTuple):
    """A row of data."""

    line: int
    # Blanks taken off; "": none.
    sku: str
    # Why the article may not be what was meant, "" where it certainly is: it stands in the cell as
    # a number, a date, a power ("1,20E+04"), or a neighbour's shape proves that zeros were lost.
    doubt: str
    barcode: str
    # None: the kind says why; AT_LEAST has its floor, BELOW_ZERO and FRACTION have None.
    units: int | None
    kind: Quantity
    # The quantity as the cell has it, as evidence.
    cell: str
    # The file's own name of the warehouse; "": none.
    warehouse: str
    hidden: bool = False
    # It looks like the title of a group, a footer, or numbers of the columns: where no product has
    # this article, it is one and no data; where one has, that is a doubt.
    group: bool = False
    name: str = ""
    buffer: str = ""
    minimum: str = ""
    was: str = ""
    as_of: str = ""
    # The article as the cell has it, blanks and all: a product may be called so.
    written: str = ""
