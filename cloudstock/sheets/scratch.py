"""The rows of a sheet in a database of their own, attached as `sheet` beside the one they count in.

A long sheet keeps nobody from the database while it is read, and what is wrong with it is asked by
SQL.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from cloudstock import progress
from cloudstock.language import tr
from cloudstock.sheets.cells import UNKNOWN, Reading
from cloudstock.sheets.damage import has_zeros
from cloudstock.store.tables import tables

# Memory for pages of the database: else those of a large one are read, and written, over and over.
CACHE_KIB = 8 * 1024
COLUMNS = {
    "line": int,
    "product_id": int,
    # The article, or in its place the barcode.
    "typed": str,
    "quantity": int,
    "warehouse": str,
    # Why the quantity is none, "" where it is one; and its cell.
    "kind": str,
    "cell": str,
    # Why the article may not be what was meant; the product that may be.
    "doubt": str,
    "perhaps": int,
    "hidden": int,
    # 1: found by its barcode, since its article is no product's.
    "by_barcode": int,
    # 1: the title of a group, where it is no product's article.
    "titled": int,
    # The file's own name of a warehouse that is none of ours.
    "theirs": str,
    # Why the row is passed over by the user's word.
    "left_out": str,
    "name": str,
    # As a JSON array.
    "barcodes": str,
    "buffer": int,
    "minimum": int,
    # 1: as it was exported. When it was counted; NULL: now.
    "untouched": int,
    "at": str,
    # Units that moved since; what was booked before later counts were taken back.
    "moved": int,
    "booked": int,
}
DEFAULTS = {
    "kind": "",
    "cell": "",
    "doubt": "",
    "hidden": 0,
    "by_barcode": 0,
    "titled": 0,
    "theirs": "",
    "left_out": "",
    "untouched": 0,
    "moved": 0,
}


@contextmanager
def scratch(connection: sqlite3.Connection, folder: Path) -> Iterator[None]:
    """Attach an empty `sheet.row`, and `sheet.passed` for what is left out of it."""
    file = folder / "sheet.db"
    with closing(sqlite3.connect(file)) as made:
        db = tables(made)
        db.table("row").create(
            COLUMNS, pk="line", not_null=set(DEFAULTS), defaults=DEFAULTS, strict=True
        )
        db.table("passed").create(
            {"product_id": int, "warehouse": str, "why": str, "rows": int},
            not_null={"why", "rows"},
            defaults={"rows": 1},
            strict=True,
        )
    connection.execute("ATTACH ? AS sheet", (str(file),))
    try:
        # It ends with the command, whatever becomes of that.
        connection.execute("PRAGMA sheet.journal_mode = OFF")
        connection.execute("PRAGMA sheet.synchronous = OFF")
        with _roomy(connection):
            yield
    finally:
        # It goes with the connection where an interrupted reading still holds it; what
        # interrupted it is what must be told.
        with suppress(sqlite3.OperationalError):
            connection.execute("DETACH sheet")


@contextmanager
def _roomy(connection: sqlite3.Connection) -> Iterator[None]:
    """Let SQLite keep more pages of the database in memory for as long as a sheet is worked on."""
    before = connection.execute("PRAGMA main.cache_size").fetchone()[0]
    connection.execute(f"PRAGMA main.cache_size = -{CACHE_KIB}")
    try:
        yield
    finally:
        connection.execute(f"PRAGMA main.cache_size = {before}")


def fill(connection: sqlite3.Connection, name: str, reading: Reading, *, whole: bool) -> None:
    """Read a sheet's rows, with the products that their articles name, into `sheet.row`.

    `whole`: its end is certainly there, so that its last row is one as any other.
    """
    skips = reading.skips_unknown and whole and not has_zeros(connection)
    plain, others = _plain_rows(reading, skips=skips), _other_rows(reading)
    skipped = 0
    connection.execute("BEGIN")
    try:
        with progress.work(tr("{file}: rows read", file=name)):
            for batch in reading.batches():
                inserted = connection.executemany(plain, batch.plain).rowcount
                skipped += len(batch.plain) - inserted
                connection.executemany(others, batch.others)
                progress.advance(len(batch.plain) + len(batch.others))
        if skips and skipped:
            connection.execute(
                "INSERT INTO sheet.passed (why, rows) VALUES (?, ?)", (UNKNOWN, skipped)
            )
    finally:
        # A full disk has ended it already.
        if connection.in_transaction:
            connection.execute("COMMIT")


def _plain_rows(reading: Reading, *, skips: bool) -> str:
    """Return what inserts a plain row; `skips`: only that of a product."""
    columns, values = ["typed", "quantity", "warehouse"], ["?2", "?3", "?4"]
    if reading.at:
        columns.append("at")
        values.append(f"'{reading.at}'")
    insert = f"INSERT INTO sheet.row (line, product_id, {', '.join(columns)})"
    if skips:
        return f"{insert} SELECT ?1, id, {', '.join(values)} FROM product WHERE sku = ?2"
    product = "(SELECT id FROM product WHERE sku = ?2)" if reading.by_article else "NULL"
    return f"{insert} VALUES (?1, {product}, {', '.join(values)})"


def _other_rows(reading: Reading) -> str:
    # Empty texts stand for NULL, which the module binds ten times as slowly.
    values = ["?3", "nullif(?4, '')", "?5"]
    for n, column in enumerate(reading.columns, start=6):
        values.append(f"?{n}" if column in DEFAULTS else f"nullif(?{n}, '')")
    product = (
        "coalesce((SELECT id FROM product WHERE sku = ?2), (SELECT id FROM product WHERE sku = ?3))"
        if reading.by_article
        else "NULL"
    )
    return (
        f"INSERT INTO sheet.row (line, product_id, typed, quantity, warehouse,"
        f" {', '.join(reading.columns)}) VALUES (?1, {product}, {', '.join(values)})"
    )
