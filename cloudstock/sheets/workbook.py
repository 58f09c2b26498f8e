"""XLSX sheets, written as streams by openpyxl, which is an optional extra.

No formula is ever written.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from importlib import import_module
from itertools import chain
from typing import Any, BinaryIO

from cloudstock.errors import CloudstockError, UsageProblem
from cloudstock.language import tr
from cloudstock.sheets.problems import quoted

# The format has no more rows.
ROWS_MAX = 1_048_576
# And no longer cells.
TEXT_MAX = 32_767
# What XML cannot carry or would change, and what would be read as an escape.
_TO_ESCAPE = re.compile("[\x00-\x08\x0b-\x1f\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)")

NUMBERS = ("quantity", "buffer", "minimum", "was")
WIDTHS = {"name": 40, "sku": 24, "barcode": 24, "as_of": 32}


def _library() -> Any:
    # On styles and extensions, which do not matter here.
    warnings.filterwarnings("ignore", module=r"openpyxl\.")
    try:
        return import_module("openpyxl")
    except ModuleNotFoundError as error:
        from cloudstock.installed import how_to_add

        raise CloudstockError(
            tr(
                "{module} not installed; run: {command}",
                module="openpyxl",
                command=how_to_add("sheets"),
            )
        ) from error


# ---------------------------------------------------------------- writing


@dataclass(frozen=True, slots=True)
class Look:
    """What a sheet that is written looks like."""

    title: str
    # The rows above the data.
    header: Sequence[Sequence[str]]
    # How wide each column is.
    widths: Sequence[int]
    # Columns that hold numbers, from 0; the others are text.
    numbers: Collection[int]


def write(out: BinaryIO, look: Look, rows: Iterable[Sequence[str | int]], *, name: str) -> None:
    """Write rows as the one sheet of a workbook; texts are text cells, whatever they look like.

    Raises `UsageProblem` for more rows or longer texts than the format has.
    """
    library = _library()
    workbook = library.Workbook(write_only=True)
    workbook.properties.creator = "cloudstock"
    sheet = workbook.create_sheet(look.title)
    sheet.freeze_panes = f"A{len(look.header) + 1}"
    for at, width in enumerate(look.widths):
        dimension = sheet.column_dimensions[library.utils.get_column_letter(at + 1)]
        dimension.width = width
        if at not in look.numbers:
            # What is typed below the last row is text, too.
            dimension.number_format = "@"
    texts = [_TextCell(sheet, name) for _ in look.widths]
    try:
        for row in _bounded(chain(look.header, rows), name):
            sheet.append(
                [
                    None
                    if value == ""
                    else value
                    if isinstance(value, int)
                    else text.holding(value)
                    for text, value in zip(texts, row, strict=False)
                ]
            )
    except BaseException:
        # It holds a file of its own open.
        sheet.close()
        raise
    workbook.save(out)


def _bounded(rows: Iterable[Sequence[str | int]], name: str) -> Iterator[Sequence[str | int]]:
    """Yield rows; raises `UsageProblem` for more than the format has."""
    for line, row in enumerate(rows, start=1):
        if line > ROWS_MAX:
            raise UsageProblem(
                tr(
                    "{file}: a sheet has no more than {rows:,} rows; write CSV",
                    file=name,
                    rows=ROWS_MAX,
                )
            )
        yield row


class _TextCell:
    """A cell of text in a column, used again in every row."""

    def __init__(self, sheet: Any, name: str) -> None:
        self._name = name
        self._cell = import_module("openpyxl.cell").WriteOnlyCell(sheet)
        self._cell.number_format = "@"

    def holding(self, value: str) -> Any:
        """Return the cell with this text, also where it looks like a formula or a number."""
        text = _TO_ESCAPE.sub(lambda match: f"_x{ord(match[0]):04X}_", value)
        if len(text) > TEXT_MAX:
            raise UsageProblem(
                tr(
                    "{file}: {text} is longer than a cell may be; write CSV",
                    file=self._name,
                    text=quoted(value),
                )
            )
        self._cell.value = text
        self._cell.data_type = "s"
        return self._cell
