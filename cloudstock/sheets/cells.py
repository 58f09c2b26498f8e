"""What the cells of a sheet of stock mean, row by row."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator
from functools import lru_cache

from cloudstock.changes import names
from cloudstock.changes.change import QUANTITY_MAX
from cloudstock.domain import grammar
from cloudstock.language import tr
from cloudstock.sheets.csv_table import GUARD, unguarded
from cloudstock.sheets.tables import Headed, Problems, told

# Columns that tell of the product, whatever lies there.
DESCRIBING = {"name", "barcode", "buffer"}
BETWEEN_BARCODES = re.compile(r"[|,;\s]+")
# What spreadsheets make of a long barcode that they took for a number.
SHORTENED = re.compile(r"[0-9]([.,][0-9]+)?[eE]\+?[0-9]+")
# Quantities whose cells are remembered: most sheets hold the same few again and again.
REMEMBERED = 4096


class Reading:
    """A sheet while its cells are given their meaning."""

    def __init__(
        self, table: Headed, warehouse: str, known: Collection[str], problems: Problems
    ) -> None:
        self._table = table
        self._warehouse = warehouse
        self._known = known
        self._problems = problems
        # Whether it tells of products anything but what lies there: most sheets don't.
        self.describes = bool(DESCRIBING & set(table.columns))
        # The warehouse that a cell names, once that was found to be without problems.
        self._shelves: dict[str, str] = {}

    def records(self) -> Iterator[tuple[object, ...]]:
        """Yield, per row, line, article as written and without blanks, units and warehouse.

        Then name, barcodes and buffer where the sheet describes products; "" is not told.
        """
        shelves, describes = self._shelves, self.describes
        for line, (sku, quantity, warehouse, name, barcode, buffer) in self._table.rows():
            typed = sku.strip()
            if not typed:
                self._problems.add(line, "sku", tr("is empty; expected the product's article"))
                continue
            if GUARD in sku:
                sku, typed = unguarded(sku), unguarded(typed).strip()
            units = _whole(quantity)
            if units is None:
                units = self._not_whole(line, quantity, "quantity")
            shelf = shelves.get(warehouse) or self._shelf(line, warehouse)
            if not describes:
                yield line, sku, typed, units, shelf
                continue
            yield (
                line,
                sku,
                typed,
                units,
                shelf,
                unguarded(name) if name and not name.isspace() else "",
                barcode and self._barcodes(line, barcode),
                buffer and self._number(line, buffer, "buffer"),
            )

    def _number(self, line: int, cell: str, column: str) -> int | str:
        number = _whole(cell)
        return self._not_whole(line, cell, column) if number is None else number

    def _not_whole(self, line: int, cell: str, column: str) -> int:
        cell = cell.strip()
        self._problems.add(
            line,
            column,
            tr(
                "{cell} {fault}; expected a whole number from 0 to {most:,}",
                cell=told(cell),
                fault=_fault(cell),
                most=QUANTITY_MAX,
            ),
        )
        # Anything but "", which would mean that nothing was written there.
        return 0

    def _shelf(self, line: int, cell: str) -> str:
        name = unguarded(cell.strip()) or self._warehouse
        if unguarded(cell) in self._known:
            name = unguarded(cell)
        else:
            trouble = names.warehouse_trouble(name, self._known)
            if trouble is not None:
                self._problems.add(line, "warehouse", trouble)
                return name
        self._shelves[cell] = name
        return name

    def _barcodes(self, line: int, cell: str) -> str:
        cell = unguarded(cell.strip()).strip()
        if not cell:
            return cell
        found = [b for b in BETWEEN_BARCODES.split(cell) if b]
        for barcode in (cell, *found):
            if SHORTENED.fullmatch(barcode):
                self._problems.add(
                    line,
                    "barcode",
                    tr(
                        "{barcode!r} is a barcode that a spreadsheet shortened; format the"
                        " column as text and enter it again",
                        barcode=barcode,
                    ),
                )
                break
        return json.dumps(found)


@lru_cache(REMEMBERED)
def _whole(cell: str) -> int | str | None:
    """Return the units in a cell, "" for none, None for what is not a number of units."""
    if not cell or cell.isspace():
        return ""
    units = grammar.units(cell)
    return units if units is not None and units <= QUANTITY_MAX else None


def _fault(cell: str) -> str:
    if re.fullmatch(r"-[0-9]+([.,][0-9]+)?", cell):
        return tr("is below zero")
    if re.fullmatch(r"[0-9]+[.,][0-9]+", cell):
        return tr("is a fraction")
    if re.fullmatch(r"[0-9]+", cell):
        return tr("is too large")
    return tr("is not a whole number")
