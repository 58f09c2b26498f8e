"""The rows of a sheet, whose meaning is certain by now, into the database."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from cloudstock import progress
from cloudstock.changes.change import QUANTITY_MAX, key_in_it
from cloudstock.domain.changes import sheet_note
from cloudstock.language import spoken, tr
from cloudstock.settings import Secret
from cloudstock.sheets.layout.records import NUMBERS, Role
from cloudstock.sheets.problems import Problems, quoted
from cloudstock.sheets.questions import Question
from cloudstock.sheets.reading.whole import kept_name
from cloudstock.sheets.timing import MovedSince
from cloudstock.store import Store
from cloudstock.store.times import to_iso

COUNTED_AT_ONCE = 10_000


@dataclass(frozen=True, slots=True)
class Found:
    """What was found in a file, and what of it was passed over."""

    form: str
    sheet: str
    # 1-based.
    header_rows: tuple[int, ...]
    # Role -> title.
    columns: dict[str, str]
    # Rows by why they are no counts: `Passed` of the layout, kinds of quantities, unknown, ...
    passed: dict[str, int]
    # What is to be said of it all the same.
    remarks: tuple[Question, ...] = ()
    # Products that are counted in the warehouses of the file and not named by it.
    not_in_file: int = 0


@dataclass(frozen=True, slots=True)
class ImportResult:
    """What a sheet changed."""

    # Products and warehouses counted by it.
    rows: int = 0
    # Of those: counted for the first time; on hand was another number; on hand fell to zero.
    first_counted: int = 0
    changed: int = 0
    emptied: int = 0
    # Rows without a quantity, of what was never counted: still not counted.
    left_uncounted: int = 0
    # Rows as they were exported: no counts.
    untouched: int = 0
    # Units that the database now holds more, and less.
    units_added: int = 0
    units_removed: int = 0
    # Products that were named, given barcodes, or whose buffer, or minimum, was changed.
    names: int = 0
    barcodes: int = 0
    buffers: int = 0
    minimums: int = 0
    # Rows whose units moved between their count and now, the first ones of them.
    moved_since: tuple[MovedSince, ...] = ()
    # True: a source's file is the one that was taken last, and was not taken again.
    unchanged: bool = False
    found: Found | None = field(default=None, compare=False)


class Difference(NamedTuple):
    """What a sheet makes of one product in one warehouse; None where it changes nothing."""

    sku: str
    warehouse: str
    # None before: never counted. None after: not counted.
    before: int | None
    after: int | None
    name_before: str | None = None
    name_after: str | None = None
    # Those that are new, by blanks.
    barcodes_added: str | None = None
    buffer_before: int | None = None
    buffer_after: int | None = None
    buffer_changes: bool = False
    minimum_before: int | None = None
    minimum_after: int | None = None
    minimum_changes: bool = False


# ---------------------------------------------------------------- what the numbers mean


def add_reserved(connection: sqlite3.Connection) -> None:
    """Make what is on hand of what is available: reserved units were taken off.

    Of rows with a time: those that were reserved then.
    """
    connection.execute(
        "UPDATE sheet.row SET quantity = quantity + s.reserved FROM warehouse w"
        " CROSS JOIN stock s WHERE w.name = row.warehouse AND s.product_id = row.product_id"
        " AND s.warehouse_id = w.id AND row.quantity IS NOT NULL AND row.at IS NULL"
        " AND s.reserved > 0"
    )
    connection.execute(
        "UPDATE sheet.row SET quantity = quantity + (SELECT coalesce(sum(x.reserved + x.off), 0)"
        " FROM warehouse w CROSS JOIN allocation x ON x.product_id = row.product_id"
        " AND x.warehouse_id = w.id CROSS JOIN order_line l ON l.id = x.order_line_id"
        " CROSS JOIN orders o ON o.id = l.orders_id WHERE w.name = row.warehouse"
        # Made before then, and not yet gone then.
        " AND o.created_at <= row.at AND (x.reserved > 0 OR o.moved_at > row.at))"
        " WHERE quantity IS NOT NULL AND at IS NOT NULL"
    )
    # What was cancelled since, and had never left, is allocated no more.
    connection.execute(
        "WITH cancelled AS MATERIALIZED (SELECT c.product_id, w.name AS warehouse, o.created_at,"
        " o.cancelled_at, l.quantity * c.units AS units FROM orders o"
        " CROSS JOIN order_line l ON l.orders_id = o.id"
        " CROSS JOIN component c ON c.listing_id = l.listing_id"
        " CROSS JOIN warehouse w ON w.id = o.warehouse_id WHERE NOT o.shipped"
        " AND o.ignored IS NULL AND o.cancelled_at > (SELECT min(at) FROM sheet.row))"
        " UPDATE sheet.row SET quantity = quantity + then_reserved.units FROM (SELECT r.line,"
        " sum(c.units) AS units FROM cancelled c CROSS JOIN sheet.row r"
        " ON r.warehouse = c.warehouse AND r.product_id = c.product_id"
        " WHERE c.created_at <= r.at AND c.cancelled_at > r.at GROUP BY r.line) AS then_reserved"
        " WHERE then_reserved.line = row.line AND quantity IS NOT NULL"
    )


def count_missing(connection: sqlite3.Connection, at: datetime | None) -> int:
    """Add a row of zero for each product of the sheet's warehouses that it does not name."""
    return connection.execute(
        "INSERT INTO sheet.row (line, product_id, typed, quantity, warehouse, at)"
        " SELECT (SELECT max(line) FROM sheet.row) + row_number() OVER (ORDER BY s.product_id),"
        " s.product_id, (SELECT p.sku FROM product p WHERE p.id = s.product_id), 0, w.name, ?"
        " FROM warehouse w CROSS JOIN stock s ON s.warehouse_id = w.id"
        " WHERE w.name IN (SELECT DISTINCT warehouse FROM sheet.row) AND s.on_hand <> 0"
        " AND NOT EXISTS (SELECT 1 FROM sheet.row d WHERE d.warehouse = w.name"
        " AND d.product_id = s.product_id) AND s.product_id NOT IN (SELECT product_id"
        " FROM sheet.passed WHERE product_id IS NOT NULL)",
        (to_iso(at),),
    ).rowcount


def note_unfit(
    connection: sqlite3.Connection,
    updates: Collection[Role],
    secrets: Collection[Secret],
    problems: Problems,
) -> None:
    """Note sums that are too large, rows that contradict others about their product, and keys.

    `secrets`: what may not stand in what is kept.
    """
    for secret in secrets if updates else ():
        for r in connection.execute(
            "SELECT line FROM sheet.row WHERE instr(name, ?1) OR instr(barcodes, ?1)",
            (secret.reveal(),),
        ):
            problems.add(r["line"], Role.SKU, key_in_it())
    for r in connection.execute(
        "SELECT line, quantity FROM sheet.row WHERE quantity > ? ORDER BY line", (QUANTITY_MAX,)
    ):
        problems.add(r["line"], Role.QUANTITY, f"{quoted(str(r['quantity']))} {tr('is too large')}")
    for role in sorted({Role.NAME, *NUMBERS} & set(updates)):
        column = role.value
        for r in connection.execute(
            "SELECT max(line) AS line, min(line) AS first, typed FROM sheet.row"
            " WHERE product_id IS NOT NULL GROUP BY product_id"
            f" HAVING count(*) > 1 AND (count(DISTINCT {column}) > 1"
            + (f" OR count({column}) NOT IN (0, count(*)))" if role in NUMBERS else ")")
        ):
            problems.add(
                r["line"],
                role,
                tr(
                    "{typed} has another {column} in line {first}; it belongs to the"
                    " product, whatever the warehouse",
                    typed=quoted(r["typed"]),
                    column=spoken(column, "column"),
                    first=r["first"],
                ),
            )


# ---------------------------------------------------------------- what is changed

_NAME_CHANGES = "d.name IS NOT NULL AND d.name <> p.name"
_NUMBER_CHANGES = "d.{0} IS NOT p.{0}"
_NEW_BARCODES = (
    "(SELECT group_concat(j.value, ' ') FROM json_each(d.barcodes) j WHERE NOT EXISTS"
    " (SELECT 1 FROM product_barcode b WHERE b.barcode = j.value AND b.product_id = p.id))"
)


def differences(connection: sqlite3.Connection, updates: Collection[Role]) -> Iterator[Difference]:
    """Yield what the rows would change, in the order of articles."""
    name = f"iif({_NAME_CHANGES}, p.name, NULL), iif({_NAME_CHANGES}, d.name, NULL)"
    numbers = ", ".join(
        f"p.{x}, d.{x}, {_NUMBER_CHANGES.format(x)}" if x in updates else "NULL, NULL, 0"
        for x in NUMBERS
    )
    rows = connection.execute(
        "SELECT p.sku, d.warehouse, coalesce(d.booked, s.on_hand), d.quantity + d.moved,"
        f" {name if Role.NAME in updates else 'NULL, NULL'},"
        f" {_NEW_BARCODES if Role.BARCODE in updates else 'NULL'},"
        f" {numbers}"
        " FROM product p CROSS JOIN sheet.row d ON d.product_id = p.id"
        " LEFT JOIN warehouse w ON w.name = d.warehouse LEFT JOIN stock s"
        " ON s.product_id = d.product_id AND s.warehouse_id = w.id"
        " WHERE NOT d.untouched ORDER BY p.sku, d.warehouse"
    )
    for row in rows:
        made = Difference._make(row)
        made = made._replace(
            buffer_changes=bool(made.buffer_changes), minimum_changes=bool(made.minimum_changes)
        )
        changes = made.after is not None and made.after != made.before
        also = made.barcodes_added or made.buffer_changes or made.minimum_changes
        if changes or made.name_after is not None or also:
            yield made


def update_products(store: Store, updates: Collection[Role]) -> dict[Role, int]:
    """Change names and numbers, add barcodes; return of how many products each."""
    connection = store.connection
    updated: dict[Role, int] = {}
    of_rows = "SELECT DISTINCT p.id FROM sheet.row d CROSS JOIN product p ON p.id = d.product_id"
    for role, what, changes in (
        (Role.NAME, "name", _NAME_CHANGES),
        *((role, role.value, _NUMBER_CHANGES.format(role)) for role in NUMBERS),
        (Role.BARCODE, "barcodes", f"d.barcodes IS NOT NULL AND {_NEW_BARCODES} IS NOT NULL"),
    ):
        if role in updates:
            store.changes.touches_those(what, f"{of_rows} WHERE {changes}")
    if Role.NAME in updates:
        updated[Role.NAME] = connection.execute(
            "UPDATE product SET name = d.name FROM (SELECT DISTINCT product_id, name"
            " FROM sheet.row) AS d WHERE d.product_id = product.id AND d.name <> product.name"
        ).rowcount
    for column in NUMBERS:
        if column in updates:
            updated[column] = connection.execute(
                f"UPDATE product SET {column} = d.{column} FROM (SELECT DISTINCT product_id,"
                f" {column} FROM sheet.row) AS d WHERE d.product_id = product.id"
                f" AND d.{column} IS NOT product.{column}"
            ).rowcount
    if Role.BARCODE in updates:
        updated[Role.BARCODE] = connection.execute(
            "SELECT count(DISTINCT p.id) FROM sheet.row d CROSS JOIN product p"
            f" ON p.id = d.product_id WHERE d.barcodes IS NOT NULL AND {_NEW_BARCODES} IS NOT NULL"
        ).fetchone()[0]
        connection.execute(
            "INSERT OR IGNORE INTO product_barcode SELECT j.value, r.product_id, 1"
            " FROM sheet.row r, json_each(r.barcodes) j"
        )
    return updated


def count(store: Store, name: str, now: datetime) -> None:
    """Count every row, with the meaning of `Ledger.count`, all at once."""
    warehouses = store.connection.execute("SELECT DISTINCT warehouse FROM sheet.row").fetchall()
    with progress.work(tr("{file}: rows counted", file=name)):
        for (warehouse,) in warehouses:
            _count(store, warehouse, name, now)


def _count(store: Store, warehouse: str, name: str, now: datetime) -> None:
    connection, moment = store.connection, to_iso(now)
    warehouse_id = store.ledger.warehouse(warehouse)
    before = connection.execute("SELECT coalesce(max(id), 0) FROM count").fetchone()[0]
    progress.expect(
        connection.execute(
            "SELECT count(quantity) FROM sheet.row WHERE warehouse = ?", (warehouse,)
        ).fetchone()[0]
    )
    note = sheet_note(kept_name(name))
    last = -1
    # Some thousand at a time: then what one statement hands to the next is still in memory.
    while inserted := connection.execute(
        "INSERT INTO count (product_id, warehouse_id, quantity, counted_at, note)"
        " SELECT product_id, ?, quantity, coalesce(at, ?), ? FROM sheet.row WHERE warehouse = ?"
        " AND product_id > ? AND quantity IS NOT NULL ORDER BY product_id LIMIT ?",
        (warehouse_id, moment, note, warehouse, last, COUNTED_AT_ONCE),
    ).rowcount:
        connection.execute(
            "INSERT INTO movement (product_id, warehouse_id, quantity, kind, document, number,"
            " happened_at, booked_at, note)"
            " SELECT c.product_id, c.warehouse_id, c.quantity + d.moved - s.on_hand, 'count',"
            " 'count:' || c.id, 1, c.counted_at, ?, c.note FROM count c"
            " CROSS JOIN stock s ON s.product_id = c.product_id"
            " AND s.warehouse_id = c.warehouse_id CROSS JOIN sheet.row d"
            " ON d.warehouse = ? AND d.product_id = c.product_id"
            " WHERE c.id > ? AND c.quantity + d.moved <> s.on_hand ORDER BY c.id",
            (moment, warehouse, before),
        )
        progress.advance(inserted)
        before, last = connection.execute(
            "SELECT id, product_id FROM count ORDER BY id DESC LIMIT 1"
        ).fetchone()
