"""What the cells of a sheet of stock mean, row by row."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator
from datetime import datetime
from functools import lru_cache

from cloudstock.changes import names
from cloudstock.changes.change import QUANTITY_MAX
from cloudstock.domain import grammar
from cloudstock.language import tr
from cloudstock.sheets.guards import GUARD, unguarded
from cloudstock.sheets.tables import Headed, Problems, quoted
from cloudstock.store.times import to_iso

# Columns that tell of the product, whatever lies there.
DESCRIBING = {"name", "barcode", "buffer"}
# And of the count: whether it is one, and of when.
TIMING = {"was", "as_of"}
BETWEEN_BARCODES = re.compile(r"[|,;\s]+")
# What spreadsheets make of a long barcode that they took for a number.
SHORTENED = re.compile(r"[0-9]([.,][0-9]+)?[eE]\+?[0-9]+")
# Quantities whose cells are remembered: most sheets hold the same few again and again.
REMEMBERED = 4096


class Reading:
    """A sheet while its cells are given their meaning."""

    def __init__(
        self,
        table: Headed,
        warehouse: str | None,
        warehouses: Collection[str],
        problems: Problems,
        *,
        now: datetime,
        at: datetime | None = None,
    ) -> None:
        """`at`: when all of it was counted, whatever the rows say."""
        self._table = table
        self._warehouse = warehouse
        self._allowed = warehouses
        self._problems = problems
        # Whether it tells of products anything but what lies there: most sheets don't.
        self.describes = bool(DESCRIBING & set(table.columns))
        self.tells_time = at is not None or bool(TIMING & set(table.columns))
        self._now = now
        self._at = to_iso(at)
        # The moment that a cell holds, once that was found to be without problems.
        self._moments: dict[str, str] = {}
        # The warehouse that a cell names, once that was found to be without problems.
        self._checked: dict[str, str] = {}

    def records(self) -> Iterator[tuple[object, ...]]:
        """Yield, per row, line, article as written and without blanks, units and warehouse.

        Then name, barcodes and buffer where the sheet describes products; then, where it tells
        times, whether the row is as it was exported and when it was counted. "" is not told.
        """
        checked, describes, tells_time = self._checked, self.describes, self.tells_time
        for line, cells in self._table.rows():
            sku, quantity, warehouse, name, barcode, buffer, was, as_of = cells
            typed = sku.strip()
            if not typed:
                self._problems.add(line, "sku", tr("is empty; expected the product's article"))
                continue
            if GUARD in sku:
                sku, typed = unguarded(sku), unguarded(typed).strip()
            units = _whole(quantity)
            untouched = tells_time and self._untouched(line, quantity, was)
            if units is None:
                # Below zero, where more left than was known of, is exported and never counted.
                units = "" if untouched else self._not_whole(line, quantity, "quantity")
            into = checked.get(warehouse) or self._into(line, warehouse)
            record: tuple[object, ...] = (line, sku, typed, units, into)
            if describes:
                record += (
                    unguarded(name) if name and not name.isspace() else "",
                    barcode and self._barcodes(line, barcode),
                    buffer and self._number(line, buffer, "buffer"),
                )
            if tells_time:
                record += (int(untouched), self._at or self._moment(line, as_of))
            yield record

    def _untouched(self, line: int, quantity: str, was: str) -> bool:
        """Tell whether a row is as it was exported."""
        if "was" not in self._table.columns:
            return False
        if not was.strip():
            return not quantity.strip()
        exported = grammar.whole_number(was)
        if exported is None:
            self._not_whole(line, was, "was")
        return exported is not None and grammar.whole_number(quantity) == exported

    def _moment(self, line: int, cell: str) -> str:
        moment = self._moments.get(cell, "")
        if moment or not cell.strip():
            return moment
        counted_at = grammar.moment(cell)
        if counted_at is None:
            trouble = tr(
                "{cell} is not a time; expected 2026-11-30T09:00",
                cell=quoted(cell.strip()),
            )
        elif counted_at > self._now:
            trouble = tr("{cell} is yet to come", cell=quoted(cell.strip()))
        else:
            return self._moments.setdefault(cell, to_iso(counted_at))
        self._problems.add(line, "as_of", trouble)
        return moment

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
                cell=quoted(cell),
                fault=_fault(cell),
                most=QUANTITY_MAX,
            ),
        )
        # Anything but "", which would mean that nothing was written there.
        return 0

    def _into(self, line: int, cell: str) -> str:
        name = unguarded(cell.strip()) or self._warehouse
        if unguarded(cell) in self._allowed:
            name = unguarded(cell)
        else:
            trouble = names.warehouse_trouble(name, self._allowed)
            if trouble is not None:
                self._problems.add(line, "warehouse", trouble)
                return name or ""
            assert name is not None
        self._checked[cell] = name
        return name

    def _barcodes(self, line: int, cell: str) -> str:
        cell = unguarded(cell.strip()).strip()
        if not cell:
            return cell
        barcodes = [b for b in BETWEEN_BARCODES.split(cell) if b]
        for barcode in (cell, *barcodes):
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
        return json.dumps(barcodes)


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
