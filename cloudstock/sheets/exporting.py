"""export-stock: all of the stock as a sheet that import-stock reads."""

from __future__ import annotations

import csv
import sqlite3
from collections.abc import Collection, Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import BinaryIO

from cloudstock import progress
from cloudstock.changes import names
from cloudstock.domain.warehouses import MAIN
from cloudstock.language.local import local
from cloudstock.sheets.form import (
    BOM,
    COLUMNS,
    Form,
    is_workbook,
    refuse_other_workbooks,
    separator,
    titles,
)
from cloudstock.sheets.guards import escape_formula
from cloudstock.sheets.written_file import written
from cloudstock.store import Store
from cloudstock.store.views import snapshot
from cloudstock.store.views.stock import Wanted, stock, warehouses


@dataclass(frozen=True, slots=True)
class ExportResult:
    """What a sheet holds."""

    rows: int
    # Of those: never counted, the quantity is empty.
    uncounted: int


def export_stock(
    store: Store,
    file: str | Path,
    *,
    now: datetime,
    form: Form = Form.PROGRAMS,
    force: bool = False,
) -> ExportResult:
    """Write every product and warehouse as a sheet that `import_stock` reads; `-` is stdout.

    A workbook where the name ends in .xlsx, else CSV in UTF-8; sorted by article. `form` says under
    which titles, and what stands between the cells of CSV. The quantity is empty where the product
    was never counted, and below zero where more left the warehouse than the database knew of. Each
    row says what its quantity was, and when: what is typed over it is a count of then, and where
    nothing is there is none. Quarantine is left out. In CSV, cells that a spreadsheet would run as
    formulas begin with an apostrophe, which import takes off again; in a workbook they are text.
    Raises `UsageProblem` where the file cannot be written, and where there is one that is not to be
    replaced by `force`; an old one is then still whole.
    """
    refuse_other_workbooks(str(file))
    countable = names.countable_warehouses(store)
    # What goes to standard output may be shown where a bar would be.
    watched = nullcontext() if str(file) == "-" else progress.work(str(file))
    with written(file, force=force) as out, snapshot(store.connection), watched:
        rows = _Rows(_exported(store.connection, countable, now))
        if is_workbook(file):
            from cloudstock.sheets.workbook import NUMBERS, WIDTHS, Look, write

            widths = [WIDTHS.get(column, 12) for column in COLUMNS]
            numbers = {at for at, column in enumerate(COLUMNS) if column in NUMBERS}
            write(out, Look("stock", [titles(form)], widths, numbers), rows, name=str(file))
        else:
            if form is Form.EXCEL and not out.isatty():
                out.write(BOM.encode())
            writer = csv.writer(_Lines(out), delimiter=separator(form), lineterminator="\r\n")
            writer.writerow(titles(form))
            for sku, quantity, warehouse, name, barcodes, *rest in rows:
                # A NUL is the one character that no CSV carries.
                plain = escape_formula(name.replace("\0", ""))
                writer.writerow(
                    (
                        escape_formula(sku),
                        quantity,
                        escape_formula(warehouse),
                        plain,
                        escape_formula(barcodes),
                        *rest,
                    )
                )
    return ExportResult(rows.rows, rows.uncounted)


# A row of a sheet as it is written: what is not known is "".
_Exported = tuple[str, int | str, str, str, str, int | str, int | str, int | str, str]


def _exported(
    connection: sqlite3.Connection, countable: Collection[str], now: datetime
) -> Iterator[_Exported]:
    """Yield the rows of a sheet, for every product and warehouse."""
    # Cut to the second, or less, it would lie before what was booked in that second and is in it.
    as_of = local(now).isoformat(timespec="microseconds")
    products = _products(connection)
    product = next(products, None)
    # A listing matters for the warehouse that feeds it: where there is but one, it tells nothing.
    several = warehouses(connection) != [MAIN]
    total = connection.execute("SELECT count(*) FROM product").fetchone()[0]
    progress.expect(total * len(warehouses(connection)))
    for level in progress.counted(stock(connection, Wanted(listings=several))):
        if level.warehouse not in countable:
            continue
        while product is not None and product.sku != level.sku:
            product = next(products, None)
        assert product is not None, "both readings see the same products in the same order"
        quantity = "" if level.on_hand is None else level.on_hand
        yield (
            level.sku,
            quantity,
            level.warehouse,
            level.name,
            " ".join(product.barcodes),
            "" if product.buffer is None else product.buffer,
            "" if product.minimum is None else product.minimum,
            quantity,
            as_of,
        )


class _Rows(Iterator[_Exported]):
    """Rows of a sheet, counted as they are written."""

    def __init__(self, rows: Iterator[_Exported]) -> None:
        self._rows = rows
        self.rows = 0
        self.uncounted = 0

    def __next__(self) -> _Exported:
        row = next(self._rows)
        self.rows += 1
        self.uncounted += row[1] == ""
        return row


@dataclass(frozen=True, slots=True)
class _Product:
    """What a sheet tells of a product, whatever the warehouse."""

    sku: str
    buffer: int | None
    minimum: int | None
    barcodes: tuple[str, ...]


def _products(connection: sqlite3.Connection) -> Iterator[_Product]:
    """Yield every product in the order of articles."""
    rows = connection.execute(
        "SELECT p.sku, p.buffer, p.minimum, b.barcode FROM product p"
        " LEFT JOIN product_barcode b ON b.product_id = p.id ORDER BY p.sku, b.barcode"
    )
    product = itemgetter("sku", "buffer", "minimum")
    for (sku, buffer, minimum), own in groupby(rows, key=product):
        yield _Product(sku, buffer, minimum, tuple(r["barcode"] for r in own if r["barcode"]))


class _Lines:
    """Ends lines as this world does, while the writer still puts carriage returns in quotes."""

    def __init__(self, out: BinaryIO) -> None:
        self._out = out

    def write(self, row: str) -> int:
        """Write one row as the `csv` module hands it over."""
        return self._out.write(row.removesuffix("\r\n").encode() + b"\n")
