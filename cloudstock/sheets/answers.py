"""What a user says of a file: on the command line, at a terminal's question, or once as a source.

Each is declared here once; the options of `import-stock` and the keys under `sources:` are made of
these declarations.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

NOTHING: Final[Mapping[str, str]] = MappingProxyType({})
SKIP = "skip"


@dataclass(frozen=True, slots=True)
class Answers:
    """How a file is read; nothing said: only what has one reading is taken."""

    # Role of a column -> its title, "title / title" of a header of two rows, or its letter.
    columns: Mapping[str, str] = NOTHING
    sheet: str | None = None
    # 1-based; its last row, where it has several.
    header_row: int | None = None
    # Which column names the product.
    key: str | None = None
    # Rows of products that the database does not know.
    skip_unknown: bool = False
    # Products of the warehouse that the file does not name: "keep" or "zero".
    missing: str = "keep"
    # A row without a quantity: "zero" or "skip".
    empty: str | None = None
    # "10+", "> 5000": "floor" (10, 5000), "skip", or a number that stands for all of them.
    more_than: str | None = None
    # A word in place of a quantity -> a number, or "skip"; "*": all other words.
    words: Mapping[str, str] = NOTHING
    # A quantity below zero: "zero" or "skip".
    below_zero: str | None = None
    # 12,96: "skip".
    fraction: str | None = None
    # Rows that a filter hides: "count" or "skip".
    hidden: str | None = None
    # An article that a spreadsheet may have changed, a last line that may be cut: "as-written",
    # "as-perhaps" (the product that may be meant), "skip".
    doubtful: str | None = None
    # Whether reserved units are in the numbers: "on-hand" (they are) or "available".
    means: str = "on-hand"
    # Rows of one product and warehouse are added up.
    sum_rows: bool = False
    # Ours that all rows count, whatever they name.
    warehouse: str | None = None
    # The file's name of a warehouse -> ours, or "skip". Where it has any, others are asked about.
    warehouses: Mapping[str, str] = NOTHING
    # Quotes mean nothing in a text: "none".
    quotes: str | None = None
    encoding: str | None = None
    # What else of a product is changed by the file: names, barcodes, buffers.
    update: tuple[str, ...] = ()
