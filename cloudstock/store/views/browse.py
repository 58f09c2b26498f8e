"""What the browser asks beside lists: a code that was scanned, a round at work, a glance at all."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from cloudstock.store.times import from_iso
from cloudstock.store.views import marks


def exactly(connection: sqlite3.Connection, text: str) -> list[str]:
    """Return the articles that a scanned or typed code names as a whole: article, else barcode."""
    rows = connection.execute("SELECT sku FROM product WHERE sku = ?", (text,)).fetchall()
    if not rows:
        rows = connection.execute(
            "SELECT p.sku FROM product_barcode b JOIN product p ON p.id = b.product_id"
            " WHERE b.barcode = ? ORDER BY p.sku",
            (text,),
        ).fetchall()
    return [r[0] for r in rows]


# ---------------------------------------------------------------- what hinders listings


def refused_listings(
    connection: sqlite3.Connection, skus: Sequence[str]
) -> set[tuple[str, str, str]]:
    """Return (account, article of the listing, marketplace warehouse) of refused listings."""
    rows = connection.execute(
        "SELECT s.account, s.offer_id, s.external_warehouse FROM product p"
        " CROSS JOIN component c ON c.product_id = p.id"
        " CROSS JOIN listing_state s ON s.listing_id = c.listing_id"
        f" WHERE p.sku IN ({marks(skus)}) AND s.refused IS NOT NULL",
        skus,
    )
    return {(r[0], r[1], r[2]) for r in rows}


def few_products(connection: sqlite3.Connection, most: int) -> bool:
    """Tell whether there are no more than so many products."""
    row = connection.execute("SELECT 1 FROM product LIMIT 1 OFFSET ?", (most,)).fetchone()
    return row is None


# ---------------------------------------------------------------- a round at work


@dataclass(frozen=True, slots=True)
class AccountProgress:
    """How far a round is with one account; moments None: not done yet."""

    account: str
    orders_at: datetime | None
    returns_at: datetime | None
    # Numbers sent since it began, and what became of them.
    sent: int
    accepted: int
    refused: int


def last_push(connection: sqlite3.Connection) -> int:
    """Return the number of the last push that was recorded; 0: none."""
    return int(connection.execute("SELECT coalesce(max(id), 0) FROM push").fetchone()[0])


def progress(
    connection: sqlite3.Connection, *, since: datetime, after_push: int
) -> list[AccountProgress]:
    """Return what the database tells of a round that began at `since`, account by account."""
    pushed = {
        r[0]: r[1:]
        for r in connection.execute(
            "SELECT l.account_id, count(*), sum(p.verdict IS 'accepted'),"
            " sum(p.verdict IS 'refused') FROM push p JOIN listing l ON l.id = p.listing_id"
            " WHERE p.id > ? GROUP BY l.account_id",
            (after_push,),
        )
    }
    rows = connection.execute(
        "SELECT a.id, a.name, o.finished_at AS orders_at, r.finished_at AS returns_at"
        " FROM account a LEFT JOIN cursor o ON o.account_id = a.id AND o.job = 'orders'"
        " LEFT JOIN cursor r ON r.account_id = a.id AND r.job = 'returns' ORDER BY a.name"
    )
    return [
        AccountProgress(
            row["name"],
            _since(row["orders_at"], since),
            _since(row["returns_at"], since),
            *pushed.get(row["id"], (0, 0, 0)),
        )
        for row in rows
    ]


def _since(stored: str | None, since: datetime) -> datetime | None:
    at = from_iso(stored)
    return at if at is not None and at >= since else None


# ---------------------------------------------------------------- at a glance


@dataclass(frozen=True, slots=True)
class Totals:
    """The database in a few numbers."""

    products: int
    # Never counted anywhere.
    uncounted: int
    # Orders that still hold units.
    open_orders: int
    # Returned listings that wait in quarantine.
    returns_waiting: int


def totals(connection: sqlite3.Connection) -> Totals:
    """Return how much there is of everything."""
    row = connection.execute(
        "SELECT (SELECT count(*) FROM product),"
        " (SELECT count(*) FROM product) - (SELECT count(DISTINCT product_id) FROM stock"
        " WHERE counted_at IS NOT NULL),"
        " (SELECT count(*) FROM open_order),"
        " (SELECT coalesce(sum(waiting), 0) FROM returns WHERE waiting > 0)"
    ).fetchone()
    return Totals(*row)
