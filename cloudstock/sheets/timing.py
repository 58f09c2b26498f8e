"""When the numbers of a sheet were true: which rows are counts, of when, and what moved since."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from cloudstock.changes import past
from cloudstock.language import tr
from cloudstock.language.local import when
from cloudstock.store import Store
from cloudstock.store.times import from_iso, to_iso

# Of a sheet's rows whose units moved since, so many are named in the result.
MOVED_MAX = 1000
# Why a row is passed over: a later count stands.
COUNTED_LATER = "counted-later"
# Rows that are counts, with the warehouse and what was known of the product there.
_COUNTS = (
    "FROM sheet.row d CROSS JOIN warehouse w ON w.name = d.warehouse CROSS JOIN stock s"
    " ON s.product_id = d.product_id AND s.warehouse_id = w.id WHERE d.quantity IS NOT NULL"
)


@dataclass(frozen=True, slots=True)
class MovedSince:
    """A product whose units moved between its count and now."""

    sku: str
    warehouse: str
    counted: int
    # Signed units.
    moved: int


def leave_untouched(connection: sqlite3.Connection) -> None:
    """Make no counts of the rows that are as they were exported.

    A row of what this database never counted says something all the same.
    """
    connection.execute(
        "UPDATE sheet.row SET untouched = EXISTS (SELECT 1 FROM warehouse w CROSS JOIN stock s"
        " ON s.warehouse_id = w.id WHERE w.name = warehouse AND s.product_id = row.product_id"
        " AND s.on_hand IS NOT NULL) WHERE untouched"
    )
    connection.execute("UPDATE sheet.row SET quantity = NULL WHERE untouched")


def leave_counted_later(connection: sqlite3.Connection) -> None:
    """Take rows out of the sheet whose products were counted after they were true."""
    later = f"SELECT d.line {_COUNTS} AND d.at < s.counted_at"
    connection.execute(
        "INSERT INTO sheet.passed (product_id, warehouse, why)"
        " SELECT product_id, warehouse, ? FROM sheet.row"
        f" WHERE line IN ({later})",
        (COUNTED_LATER,),
    )
    connection.execute(f"DELETE FROM sheet.row WHERE line IN ({later})")


def reasons(
    store: Store, name: str, content: str, *, at: datetime | None, written_at: datetime | None
) -> list[str]:
    """Return why a sheet may not be meant to be taken, a line each.

    `content`: its digest. `written_at`: when the file was written last, if it is one; its rows that
    tell no time were true then at the latest.
    """
    connection = store.connection
    any_count = "SELECT EXISTS (SELECT 1 FROM sheet.row WHERE quantity IS NOT NULL)"
    if not connection.execute(any_count).fetchone()[0]:
        return []
    lines = list[str]()
    earlier = connection.execute(
        "SELECT name, imported_at FROM imported_file WHERE digest = ?", (content,)
    ).fetchone()
    if earlier is not None:
        lines.append(
            tr(
                "{file}: the same was imported on {at} (as {name})",
                file=name,
                at=when(from_iso(earlier["imported_at"]), seconds=True),
                name=earlier["name"],
            )
        )
    for r in connection.execute(
        "SELECT w.id, min(d.at) AS earliest FROM sheet.row d CROSS JOIN warehouse w"
        " ON w.name = d.warehouse WHERE d.quantity IS NOT NULL AND d.at IS NOT NULL GROUP BY w.id"
    ):
        lines += past.unread_orders(store, r["id"], from_iso(r["earliest"]))
    times = {"written": None if at is not None else to_iso(written_at)}
    older = f"{_COUNTS} AND coalesce(d.at, :written) < s.counted_at"
    rows = connection.execute(
        "SELECT d.typed, d.warehouse, d.at, s.counted_at"
        f" {older} ORDER BY d.line LIMIT {past.NAMED}",
        times,
    ).fetchall()
    count = len(rows)
    if count == past.NAMED:
        count = connection.execute(f"SELECT count(*) {older}", times).fetchone()[0]
    return [*lines, *past.some((_older(r, written_at) for r in rows), count)]


def _older(row: sqlite3.Row, written_at: datetime | None) -> str:
    counted_at = from_iso(row["counted_at"])
    if row["at"] is not None:
        return past.counted_later(row["typed"], row["warehouse"], counted_at, from_iso(row["at"]))
    assert written_at is not None, "without a time of its own a row has the file's"
    return tr(
        "{sku} was counted in {warehouse} on {later}, after the file was written ({written});"
        " numbers of before are given with their time (`--at TIME`)",
        sku=row["typed"],
        warehouse=row["warehouse"],
        later=when(counted_at, seconds=True),
        written=when(written_at, seconds=True),
    )


def reckon(store: Store, *, now: datetime) -> None:
    """Take later counts back, and note what moved since each row was true."""
    connection = store.connection
    for r in connection.execute(
        f"SELECT d.line, d.product_id, w.id, d.at, s.booked {_COUNTS} AND d.at < s.counted_at"
    ).fetchall():
        past.take_back(store, r["product_id"], r["id"], from_iso(r["at"]), now=now)
        connection.execute(
            "UPDATE sheet.row SET booked = ? WHERE line = ?", (r["booked"], r["line"])
        )
    connection.execute(
        "UPDATE sheet.row SET moved = (SELECT coalesce(sum(m.quantity), 0) FROM movement m"
        " WHERE m.product_id = row.product_id AND m.warehouse_id = (SELECT w.id FROM warehouse w"
        " WHERE w.name = row.warehouse) AND m.happened_at > row.at)"
        " WHERE at IS NOT NULL AND quantity IS NOT NULL"
    )


def moved_since(connection: sqlite3.Connection) -> Iterator[MovedSince]:
    """Yield the rows whose units moved since, the first ones of the sheet."""
    for r in connection.execute(
        "SELECT typed, warehouse, quantity, moved FROM sheet.row WHERE moved <> 0"
        f" ORDER BY line LIMIT {MOVED_MAX}"
    ):
        yield MovedSince(r["typed"], r["warehouse"], r["quantity"], r["moved"])


def remember(connection: sqlite3.Connection, name: str, content: str, *, now: datetime) -> None:
    """Keep that a file was imported."""
    connection.execute(
        "INSERT INTO imported_file (digest, name, imported_at) VALUES (?, ?, ?)"
        " ON CONFLICT DO UPDATE SET name = excluded.name, imported_at = excluded.imported_at",
        (content, name, to_iso(now)),
    )
