"""What a sheet of stock looks like, whoever reads or writes it."""

from __future__ import annotations

from pathlib import Path

from cloudstock.errors import UsageProblem
from cloudstock.language import tr

COLUMNS = {
    "sku": ("артикул", "артикул продавца", "article"),
    "quantity": ("количество", "кол-во", "остаток", "qty"),
    "warehouse": ("склад",),
    "name": ("название", "наименование"),
    "barcode": ("штрихкод", "штрих-код", "баркод"),
    "buffer": ("буфер",),
    # The quantity as it was exported, and when the one in the row is, or was, true.
    "was": ("было",),
    "as_of": ("на момент", "время"),
}
XLSX = ".xlsx"
OTHER_WORKBOOKS = (".xlsm", ".xlsb", ".xls", ".ods")


def is_workbook(file: str | Path) -> bool:
    """Tell whether a file is named as a workbook is; everything else is CSV."""
    return str(file).lower().endswith(XLSX)


def refuse_other_workbooks(name: str) -> None:
    """Raise `UsageProblem` for a workbook that is not XLSX."""
    if name.lower().endswith(OTHER_WORKBOOKS):
        raise UsageProblem(
            tr("{file}: of workbooks only XLSX is written; use that, or CSV", file=name)
        )
