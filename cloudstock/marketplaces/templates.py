"""The table of stock that a cabinet takes by hand, as its template has it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto


class Field(Enum):
    """What a column of a template holds."""

    # Nothing: the cabinet writes there.
    BLANK = auto()
    # The seller's article.
    ARTICLE = auto()
    BARCODE = auto()
    NAME = auto()
    QUANTITY = auto()
    # The marketplace warehouse, by name and number.
    WAREHOUSE = auto()


@dataclass(frozen=True, slots=True)
class Template:
    """What a file must look like that the cabinet takes."""

    # The title of its sheet.
    sheet: str
    # The rows above the goods, from the first one; the last ones may hold hints.
    header: tuple[tuple[str, ...], ...]
    # What stands below them, column by column. Without a warehouse, the file is for one: it is
    # chosen where the file is uploaded.
    columns: tuple[Field, ...]
