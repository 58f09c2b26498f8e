"""The seller's own warehouses: what they are called, and what they feed."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime
from typing import NamedTuple

from cloudstock.errors import ConfigurationError
from cloudstock.language import tr
from cloudstock.settings import Account
from cloudstock.shell import word
from cloudstock.store.times import to_iso


class Remapped(NamedTuple):
    """A marketplace warehouse that another one of ours feeds from now on."""

    account: str
    theirs: str
    before: str
    now: str
    # Orders that stay promised where they were.
    open_orders: int


def ask(
    db: sqlite3.Connection, configured: Collection[str], accounts: Iterable[Account] = ()
) -> None:
    """Raise `ConfigurationError` where it looks as if a warehouse was only renamed, or misspelt.

    That is: `configured` has a name that nobody knows, and has no more one that feeds listings and
    has units or orders of its own; or one of `accounts` has that name in the place of such a one.
    """
    existing = {r[0] for r in db.execute("SELECT name FROM warehouse")}
    new = sorted(set(configured) - existing)
    if not new:
        return
    fed = db.execute(
        "SELECT a.name, f.external_warehouse, w.name FROM account_warehouse f"
        " JOIN warehouse w ON w.id = f.warehouse_id JOIN account a ON a.id = f.account_id"
        " WHERE EXISTS (SELECT 1 FROM stock s WHERE s.warehouse_id = w.id AND (s.counted_at IS NOT"
        " NULL OR s.booked <> 0 OR s.reserved <> 0)) ORDER BY w.name, a.name, f.external_warehouse"
    ).fetchall()
    lost = [name for name in dict.fromkeys(r[2] for r in fed) if name not in configured]
    if not lost:
        now = {(a.name, w.warehouse_id): w.feeds_from for a in accounts for w in a.warehouses}
        _ask_of_one(
            [(r[0], r[1], r[2], name) for r in fed if (name := now.get((r[0], r[1]))) in new]
        )
        return
    renamings = (
        tr("`cloudstock rename-warehouse {old} {new}`", old=word(old), new=word(name))
        for old in lost
        for name in new
    )
    additions = (tr("`cloudstock add-warehouse {name}`", name=word(name)) for name in new)
    raise ConfigurationError(
        tr(
            "warehouses: nobody knows {new}, and {lost}, which has stock, feeds no listing any"
            " more. If it is the same warehouse by another name: {renamings}. If it is another one:"
            " {additions}. Nothing was read or sent",
            new=", ".join(new),
            lost=", ".join(lost),
            renamings=tr(" or ").join(renamings),
            additions=", ".join(additions),
        )
    )


def _ask_of_one(moved: Sequence[tuple[str, str, str, str | None]]) -> None:
    """Ask about (account, its warehouse, ours before, a name that nobody knows), if any."""
    if not moved:
        return
    account, theirs, before, name = moved[0]
    raise ConfigurationError(
        tr(
            "accounts.{account}.warehouses: nobody knows {name}; up to now {before}, which has"
            " stock, feeds {theirs}. If {name} is misspelt, write {before}. If it is another"
            " warehouse: `cloudstock add-warehouse {word}`. Nothing was read or sent",
            account=account,
            theirs=theirs or account,
            before=before,
            name=name,
            word=word(str(name)),
        )
    )


def remap(
    db: sqlite3.Connection,
    account_id: int,
    theirs: str,
    before: int,
    now_fed: int,
    *,
    now: datetime,
) -> Iterator[Remapped]:
    """Note that another warehouse (id) of ours feeds a marketplace's from `now` on.

    Nothing is noted where the account's orders were never read: then nobody was promised anything.
    """
    read = db.execute(
        "SELECT 1 FROM cursor WHERE account_id = ? AND job = 'orders' AND read_until IS NOT NULL",
        (account_id,),
    ).fetchone()
    if read is None:
        return
    db.execute(
        "UPDATE account_warehouse SET warehouse_before = ?, warehouse_since = ?"
        " WHERE account_id = ? AND external_warehouse = ?",
        (before, to_iso(now), account_id, theirs),
    )
    row = db.execute(
        "SELECT (SELECT name FROM account WHERE id = ?1), ?2,"
        " (SELECT name FROM warehouse WHERE id = ?3), (SELECT name FROM warehouse WHERE id = ?4),"
        " (SELECT count(*) FROM orders WHERE account_id = ?1 AND NOT ended AND NOT shipped"
        " AND ignored IS NULL AND warehouse_id = ?3 AND ?2 IN ('', external_warehouse))",
        (account_id, theirs, before, now_fed),
    ).fetchone()
    yield Remapped(*row)


def rename(db: sqlite3.Connection, before: str, after: str) -> None:
    """Call a warehouse otherwise; one of the new name in which nothing ever was becomes part of it.

    Raises `sqlite3.IntegrityError` where there was something: see `is_void`.
    """
    db.execute(
        "UPDATE account_warehouse SET warehouse_id = (SELECT id FROM warehouse WHERE name = ?1)"
        " WHERE warehouse_id = (SELECT id FROM warehouse WHERE name = ?2)",
        (before, after),
    )
    for table in ("stock", "division"):
        db.execute(
            f"DELETE FROM {table} WHERE warehouse_id = (SELECT id FROM warehouse WHERE name = ?)",
            (after,),
        )
    db.execute("DELETE FROM warehouse WHERE name = ?", (after,))
    db.execute("UPDATE warehouse SET name = ? WHERE name = ?", (after, before))
    db.execute(
        "INSERT OR IGNORE INTO dirty SELECT s.listing_id FROM account_warehouse w"
        " CROSS JOIN listing_stock s ON s.account_id = w.account_id AND s.external_warehouse ="
        " w.external_warehouse WHERE w.warehouse_id = (SELECT id FROM warehouse WHERE name = ?)",
        (after,),
    )


def is_void(db: sqlite3.Connection, name: str) -> bool:
    """Tell whether nothing was ever counted, booked or promised in a warehouse of this name."""
    tables = ("movement", "count", "allocation", "orders", "returns")
    of_it = "warehouse_id = (SELECT id FROM warehouse WHERE name = ?1)"
    any_of = " OR ".join(f"EXISTS (SELECT 1 FROM {t} WHERE {of_it})" for t in tables)
    return not db.execute(f"SELECT {any_of}", (name,)).fetchone()[0]


def removed(db: sqlite3.Connection) -> set[str]:
    """Return the warehouses that were taken out of sight."""
    return {r[0] for r in db.execute("SELECT name FROM warehouse WHERE removed_at IS NOT NULL")}


def bring_back(db: sqlite3.Connection, name: str) -> None:
    """Bring a warehouse back into sight."""
    db.execute("UPDATE warehouse SET removed_at = NULL WHERE name = ?", (name,))


def contents(db: sqlite3.Connection, name: str) -> tuple[int, int]:
    """Return of how many products units are in a warehouse, and how many open orders hold."""
    row = db.execute(
        "SELECT count(nullif(s.on_hand, 0)), coalesce(sum(s.reserved), 0) FROM warehouse w"
        " CROSS JOIN stock s ON s.warehouse_id = w.id WHERE w.name = ?",
        (name,),
    ).fetchone()
    return int(row[0]), int(row[1])


def remove(db: sqlite3.Connection, name: str, *, now: datetime) -> bool:
    """Take a warehouse away, out of sight where anything was ever in it; tell whether it was."""
    void = is_void(db, name)
    used = db.execute(
        "SELECT 1 FROM warehouse w WHERE w.name = ? AND (EXISTS (SELECT 1 FROM account_warehouse f"
        " WHERE w.id IN (f.warehouse_id, f.warehouse_before)) OR EXISTS (SELECT 1"
        " FROM quota_excess q WHERE q.warehouse_id = w.id))",
        (name,),
    ).fetchone()
    if not void or used is not None:
        db.execute("UPDATE warehouse SET removed_at = ? WHERE name = ?", (to_iso(now), name))
        return not void
    for table in ("stock", "division"):
        db.execute(
            f"DELETE FROM {table} WHERE warehouse_id = (SELECT id FROM warehouse WHERE name = ?)",
            (name,),
        )
    db.execute("DELETE FROM warehouse WHERE name = ?", (name,))
    return False
