"""What a sheet of stock looks like, whoever reads or writes it."""

from __future__ import annotations

from enum import Enum, auto
from pathlib import Path

from cloudstock.errors import UsageProblem
from cloudstock.language import in_use, tr

COLUMNS = {
    "sku": ("артикул", "артикул продавца", "article"),
    "quantity": ("количество", "кол-во", "остаток", "qty"),
    "warehouse": ("склад",),
    "name": ("название", "наименование"),
    "barcode": ("штрихкод", "штрих-код", "баркод"),
    "buffer": ("буфер",),
    "minimum": ("неснижаемый остаток", "минимальный остаток"),
    # The quantity as it was exported, and when the one in the row is, or was, true.
    "was": ("было",),
    "as_of": ("на момент", "время"),
}
XLSX = ".xlsx"
# By it Excel knows UTF-8.
BOM = "\ufeff"
OTHER_WORKBOOKS = (".xlsm", ".xlsb", ".xls", ".ods")


class Form(Enum):
    """Whom a table is for."""

    # CSV in UTF-8 with commas, under the names that JSON has; moments in UTC.
    PROGRAMS = auto()
    # CSV as a double click opens it in the language in use; titles and words in it, local time.
    EXCEL = auto()


def separator(form: Form) -> str:
    """Return what stands between cells of a CSV: for Excel as the language in use has it."""
    # Where a comma stands in numbers, it takes a semicolon for cells.
    return ";" if form is Form.EXCEL and in_use() == "ru" else ","


def titles(form: Form) -> tuple[str, ...]:
    """Return the header of a sheet of stock: for Excel in the language in use."""
    if form is Form.EXCEL and in_use() == "ru":
        return tuple(russian for russian, *_ in COLUMNS.values())
    return tuple(COLUMNS)


def is_workbook(file: str | Path) -> bool:
    """Tell whether a file is named as a workbook is; everything else is CSV."""
    return str(file).lower().endswith(XLSX)


def refuse_other_workbooks(name: str) -> None:
    """Raise `UsageProblem` for a workbook that is not XLSX."""
    if name.lower().endswith(OTHER_WORKBOOKS):
        raise UsageProblem(
            tr("{file}: of workbooks only XLSX is written; use that, or CSV", file=name)
        )
