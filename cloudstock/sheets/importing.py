"""import-stock: many counts at once, as a sheet; whole or not at all."""

from __future__ import annotations

import shutil
import sqlite3
import sys
import tempfile
from collections.abc import Collection, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass, fields
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from cloudstock import progress
from cloudstock.changes import names, past
from cloudstock.changes.change import key_in_it
from cloudstock.changes.counts import HINTS
from cloudstock.changes.rehearsal import transaction
from cloudstock.errors import UsageProblem
from cloudstock.language import system_words, tr
from cloudstock.settings import Secret
from cloudstock.sheets import timing
from cloudstock.sheets.cells import Reading
from cloudstock.sheets.csv_table import Table
from cloudstock.sheets.form import (
    COLUMNS,
    REQUIRED,
    is_workbook,
    refuse_other_workbooks,
)
from cloudstock.sheets.tables import Headed, Problems, quoted
from cloudstock.sheets.timing import MovedSince
from cloudstock.store import Store
from cloudstock.store.tables import tables
from cloudstock.store.times import to_iso
from cloudstock.store.views import did_you_mean, near_skus

# Memory for pages of the database: else those of a large one are read, and written, over and over.
CACHE_KIB = 8 * 1024
COUNTED_AT_ONCE = 10_000


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
    # Rows whose units moved between their count and now, the first ones of them.
    moved_since: tuple[MovedSince, ...] = ()

    def __add__(self, other: ImportResult) -> ImportResult:
        """Return what both changed together."""
        return ImportResult(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(self)))


def import_stock(
    store: Store,
    file: str | Path,
    *,
    warehouse: str | None = None,
    now: datetime,
    at: datetime | None = None,
    written_at: datetime | None = None,
    yes: bool = False,
    dry_run: bool = False,
    configured: Collection[str] = (),
    secrets: Collection[Secret] = (),
) -> ImportResult:
    """Count every row of a sheet; `-` is standard input.

    Its numbers are of the moment `at`, else of that in column `as_of`, else of `now`; what moved
    since is reckoned with. A row whose quantity is that of column `was` is no count.

    A file whose name ends in .xlsx is a workbook, everything else CSV.

    `warehouse`: that of rows that name none; None: `names.meant`. `configured`: those that the
    configuration names and the database may not know yet. `secrets`: what no row may hold.
    Columns `name` and `buffer` update the product (an empty buffer: as the account says, an empty
    name: as it is), `barcode` adds to what is known of it. A row without a quantity is good only
    for what was never counted, and leaves it so.

    Raises `UsageProblem` with every problem by line and column (the first 20); nothing is changed
    then. Raises `Unconfirmed`, without `yes`, for a file that was imported before, and for rows
    that are older than the last count of their product; those that tell no time are as old as the
    file, which was `written_at`. Memory does not grow with the file.
    """
    if at is not None:
        past.check_moment(at, now)
    name = tr("standard input") if str(file) == "-" else str(file)
    refuse_other_workbooks(name)
    problems = Problems(name)
    warehouses = names.countable_warehouses(store, configured)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="cloudstock-")))
        source = stack.enter_context(_opened(file, folder))
        digest = timing.digest(source)
        table = _table(source, name, problems)
        stack.enter_context(_attached(store.connection, _scratch(folder / "sheet.db")))
        stack.enter_context(_roomy(store.connection))
        # Into a file of its own first: a long sheet keeps nobody from the database.
        reading = Reading(
            table, names.meant(warehouse, warehouses), warehouses, problems, now=now, at=at
        )
        _fill(store.connection, name, reading, problems)
        _note_unknown(store.connection, problems)
        _note_repeated(store.connection, table.columns, problems)
        _note_keys(store.connection, secrets, problems)
        if reading.tells_time:
            timing.leave_untouched(store.connection)
        _refuse_empty(store.connection, problems)
        problems.check()
        with transaction(store, dry_run=dry_run):
            if not yes:
                past.ask(timing.reasons(store, name, digest, at=at, written_at=written_at))
            if reading.tells_time:
                timing.reckon(store, now=now)
            _update_products(store.connection, table.columns)
            result = ImportResult()
            with progress.work(tr("{file}: rows counted", file=name)):
                for counted in _warehouses(store.connection):
                    result += _count(store, counted, name, now)
            result += ImportResult(moved_since=tuple(timing.moved_since(store.connection)))
            timing.remember(store.connection, Path(name).name, digest, now=now)
            store.targets.refresh()
    return result


def _table(source: BinaryIO, name: str, problems: Problems) -> Headed:
    """Return the table in a sheet, read as far as its header."""
    if is_workbook(name):
        from cloudstock.sheets.workbook import Workbook

        return Workbook(source, name, columns=COLUMNS, required=REQUIRED, problems=problems)
    return Table(source, name, columns=COLUMNS, required=REQUIRED, problems=problems)


# ---------------------------------------------------------------- reading


@contextmanager
def _opened(file: str | Path, folder: Path) -> Iterator[BinaryIO]:
    """Open a sheet so that it can be read twice: what streams is copied into `folder` first."""
    try:
        if str(file) != "-":
            with Path(file).open("rb") as source:
                if source.seekable():
                    yield source
                    return
                copy = _copied(source, folder)
        else:
            copy = _copied(sys.stdin.buffer, folder)
    except OSError as error:
        raise UsageProblem(f"{file}: {system_words(error)}") from error
    with copy:
        yield copy


def _copied(source: BinaryIO, folder: Path) -> BinaryIO:
    copy = (folder / "input.csv").open("w+b")
    shutil.copyfileobj(source, copy)
    copy.seek(0)
    return copy


def _scratch(file: Path) -> Path:
    """Make a database for the rows of a sheet, and return its file."""
    with closing(sqlite3.connect(file)) as connection:
        tables(connection).table("row").create(
            {
                "line": int,
                "product_id": int,
                "typed": str,
                "quantity": int,
                "warehouse": str,
                "name": str,
                "barcodes": str,
                "buffer": int,
                # 1: as it was exported. When it was counted; NULL: now.
                "untouched": int,
                "at": str,
                # Units that moved since; what was booked before later counts were taken back.
                "moved": int,
                "booked": int,
            },
            pk="line",
            not_null={"untouched", "moved"},
            defaults={"untouched": 0, "moved": 0},
            strict=True,
        )
    return file


def _fill(connection: sqlite3.Connection, name: str, reading: Reading, problems: Problems) -> None:
    """Read the sheet's rows, with their products, into `sheet.row`; raises where it has none."""
    also = ["name", "barcodes", "buffer"] if reading.describes else []
    also += ["untouched", "at"] if reading.tells_time else []
    columns = "".join(f", {column}" for column in also)
    more = "".join(f", nullif(?{number}, '')" for number, _ in enumerate(also, start=6))
    connection.execute("BEGIN")
    try:
        # What was written, blanks and all, else without them. Empty texts stand for NULL, which
        # the module binds ten times as slowly.
        with progress.work(tr("{file}: rows read", file=name)):
            connection.executemany(
                f"INSERT INTO sheet.row (line, product_id, typed, quantity, warehouse{columns})"
                " VALUES (?1, coalesce((SELECT id FROM product WHERE sku = ?2),"
                f" (SELECT id FROM product WHERE sku = ?3)), ?3, nullif(?4, ''), ?5{more})",
                progress.counted(reading.records()),
            )
    finally:
        # A full disk has ended it already.
        if connection.in_transaction:
            connection.execute("COMMIT")
    if (
        not problems
        and not connection.execute("SELECT EXISTS (SELECT 1 FROM sheet.row)").fetchone()[0]
    ):
        problems.add(1, "", tr("a header and nothing below it; expected a row per product"))


@contextmanager
def _roomy(connection: sqlite3.Connection) -> Iterator[None]:
    """Let SQLite keep more pages of the database in memory for as long as a sheet is worked on."""
    before = connection.execute("PRAGMA main.cache_size").fetchone()[0]
    connection.execute(f"PRAGMA main.cache_size = -{CACHE_KIB}")
    try:
        yield
    finally:
        connection.execute(f"PRAGMA main.cache_size = {before}")


@contextmanager
def _attached(connection: sqlite3.Connection, scratch: Path) -> Iterator[None]:
    connection.execute("ATTACH ? AS sheet", (str(scratch),))
    try:
        # It ends with the command, whatever becomes of that.
        connection.execute("PRAGMA sheet.journal_mode = OFF")
        connection.execute("PRAGMA sheet.synchronous = OFF")
        yield
    finally:
        # It goes with the connection where an interrupted reading still holds it; what
        # interrupted it is what must be told.
        with suppress(sqlite3.OperationalError):
            connection.execute("DETACH sheet")


# ---------------------------------------------------------------- into the database


def _note_unknown(connection: sqlite3.Connection, problems: Problems) -> None:
    """Note rows whose product the database does not know."""
    unknown = connection.execute(
        "SELECT line, typed FROM sheet.row WHERE product_id IS NULL ORDER BY line"
    )
    for number, r in enumerate(unknown):
        hint = did_you_mean(near_skus(connection, r["typed"])) if number < HINTS else ""
        problems.add(
            r["line"],
            "sku",
            tr("there is no product {typed}{hint}", typed=quoted(r["typed"]), hint=hint),
        )


def _note_repeated(
    connection: sqlite3.Connection, columns: Collection[str], problems: Problems
) -> None:
    """Note products that are given twice for a warehouse, or contradict themselves elsewhere."""
    # With the quantity, so that what is counted is read from it in the order of products.
    connection.execute("CREATE INDEX sheet.row_place ON row (warehouse, product_id, quantity)")
    for r in connection.execute(
        "SELECT r.line, r.typed, r.warehouse, twice.first FROM ("
        "SELECT warehouse, product_id, min(line) AS first FROM sheet.row"
        " WHERE product_id IS NOT NULL GROUP BY warehouse, product_id HAVING count(*) > 1) AS twice"
        " JOIN sheet.row r ON r.product_id = twice.product_id AND r.warehouse = twice.warehouse"
        " AND r.line > twice.first ORDER BY r.line"
    ):
        problems.add(
            r["line"],
            "sku",
            tr(
                "{typed} was given for {warehouse} in line {first} already; expected one"
                " row for each product and warehouse",
                typed=quoted(r["typed"]),
                warehouse=r["warehouse"],
                first=r["first"],
            ),
        )
    for column in {"name", "buffer"} & set(columns):
        for r in connection.execute(
            "SELECT max(line) AS line, min(line) AS first, typed FROM sheet.row"
            " WHERE product_id IS NOT NULL GROUP BY product_id"
            f" HAVING count(*) > 1 AND (count(DISTINCT {column}) > 1"
            + (" OR count(buffer) NOT IN (0, count(*)))" if column == "buffer" else ")")
        ):
            problems.add(
                r["line"],
                column,
                tr(
                    "{typed} has another {column} in line {first}; it belongs to the"
                    " product, whatever the warehouse",
                    typed=quoted(r["typed"]),
                    column=column,
                    first=r["first"],
                ),
            )


def _note_keys(
    connection: sqlite3.Connection, secrets: Collection[Secret], problems: Problems
) -> None:
    """Note rows in which a key stands: what they tell is kept."""
    for secret in secrets:
        for r in connection.execute(
            "SELECT line FROM sheet.row WHERE instr(name, ?1) OR instr(barcodes, ?1)",
            (secret.reveal(),),
        ):
            problems.add(r["line"], "", key_in_it())


def _refuse_empty(connection: sqlite3.Connection, problems: Problems) -> None:
    """Note rows without a quantity of what was counted already: unknown is not a count."""
    for r in connection.execute(
        "SELECT d.line FROM sheet.row d CROSS JOIN warehouse w ON w.name = d.warehouse"
        " CROSS JOIN stock s ON s.product_id = d.product_id AND s.warehouse_id = w.id"
        " WHERE d.quantity IS NULL AND NOT d.untouched AND s.on_hand IS NOT NULL"
    ):
        problems.add(
            r["line"],
            "quantity",
            tr("is empty; expected a whole number (leave out the row to leave its stock as it is)"),
        )


def _warehouses(connection: sqlite3.Connection) -> list[str]:
    rows = connection.execute("SELECT DISTINCT warehouse FROM sheet.row")
    return [r[0] for r in rows]


def _update_products(connection: sqlite3.Connection, columns: Collection[str]) -> None:
    if "name" in columns:
        connection.execute(
            "UPDATE product SET name = new.name"
            " FROM (SELECT product_id, name FROM sheet.row) AS new"
            " WHERE new.product_id = product.id AND new.name <> product.name"
        )
    if "buffer" in columns:
        connection.execute(
            "UPDATE product SET buffer = new.buffer"
            " FROM (SELECT product_id, buffer FROM sheet.row) AS new"
            " WHERE new.product_id = product.id AND new.buffer IS NOT product.buffer"
        )
    if "barcode" in columns:
        connection.execute(
            "INSERT OR IGNORE INTO product_barcode SELECT j.value, r.product_id, 1"
            " FROM sheet.row r, json_each(r.barcodes) j"
        )


def _count(store: Store, warehouse: str, name: str, now: datetime) -> ImportResult:
    """Count every row of a warehouse, with the meaning of `Ledger.count`, all at once."""
    connection, moment = store.connection, to_iso(now)
    warehouse_id = store.ledger.warehouse(warehouse)
    before = connection.execute("SELECT coalesce(max(id), 0) FROM count").fetchone()[0]
    summary = connection.execute(
        "SELECT count(d.quantity),"
        " count(*) FILTER (WHERE d.quantity IS NOT NULL AND s.counted_at IS NULL),"
        " count(*) FILTER (WHERE d.quantity + d.moved <> coalesce(d.booked, s.on_hand)),"
        " count(*) FILTER (WHERE coalesce(d.booked, s.on_hand) > 0 AND d.quantity + d.moved <= 0),"
        " count(*) FILTER (WHERE d.quantity IS NULL AND NOT d.untouched),"
        " coalesce(sum(d.untouched), 0),"
        " coalesce(sum(max(0, d.quantity + d.moved - coalesce(d.booked, s.booked, 0))), 0),"
        " coalesce(sum(max(0, coalesce(d.booked, s.booked, 0) - d.quantity - d.moved)), 0)"
        " FROM sheet.row d LEFT JOIN stock s"
        " ON s.product_id = d.product_id AND s.warehouse_id = ? WHERE d.warehouse = ?",
        (warehouse_id, warehouse),
    ).fetchone()
    progress.expect(summary[0])
    note = f"import-stock {Path(name).name}"
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
    return ImportResult(*summary)
