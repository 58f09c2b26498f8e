"""Marketplace warehouses that are closed: what they may show still, and what their orders hold.

Everywhere `warehouse` is the marketplace's; None: all of the account's.
"""

from __future__ import annotations

import sqlite3
from datetime import datetime
from typing import NamedTuple

from cloudstock.store import sharing
from cloudstock.store.beliefs import NEVER_PUSHED, NEVER_SEEN, UNKNOWN
from cloudstock.store.times import to_iso

_ITS = "account_id = :account AND external_warehouse = coalesce(:warehouse, external_warehouse)"
_OPEN = (
    "FROM open_order o CROSS JOIN order_line l ON l.orders_id = o.id CROSS JOIN allocation x"
    " ON x.order_line_id = l.id WHERE o.account_id = :account"
    " AND (:warehouse IS NULL OR o.external_warehouse = :warehouse) AND x.reserved > 0"
)


class Amount(NamedTuple):
    """How many of something, and how much they are in all."""

    number: int
    units: int


def warehouses(db: sqlite3.Connection, account_id: int) -> dict[str, bool]:
    """Return the marketplace warehouses that an account has or had; True: it is configured."""
    rows = db.execute(
        "SELECT external_warehouse, 1 FROM account_warehouse WHERE account_id = ?1 UNION"
        " SELECT external_warehouse, 0 FROM unmanaged_listing"
        " WHERE account_id = ?1 AND reason = 'unconfigured' ORDER BY 1, 2",
        (account_id,),
    )
    return {r[0]: bool(r[1]) for r in rows}


def close(
    db: sqlite3.Connection, account_id: int, warehouse: str | None, *, at: datetime | None
) -> None:
    """Write since when they are closed, where they are configured; None: they are open."""
    values = {"account": account_id, "warehouse": warehouse, "at": to_iso(at)}
    db.execute(
        "UPDATE account_warehouse SET closed_at = iif(:at IS NULL, NULL, coalesce(closed_at, :at))"
        f" WHERE {_ITS}",
        values,
    )
    db.execute(
        f"INSERT OR IGNORE INTO dirty SELECT listing_id FROM listing_stock WHERE {_ITS}", values
    )
    sharing.arrange(db)


def say_empty(
    db: sqlite3.Connection, account_id: int, warehouse: str | None, *, now: datetime
) -> Amount:
    """Write a person's word that they show none; return which listings may have, and their sum."""
    values = {"account": account_id, "warehouse": warehouse, "now": to_iso(now)}
    amount = showing(db, account_id, warehouse)
    db.execute(
        "UPDATE listing_stock SET seen = 0, seen_reserved = NULL, seen_at = :now, low = 0,"
        " high = 0, believed_since = :now, believed_until = :now, push_id = NULL, flight_sold = 0,"
        f" flight_back = 0 WHERE may_show AND {_ITS}",
        values,
    )
    return amount


def showing(db: sqlite3.Connection, account_id: int, warehouse: str | None) -> Amount:
    """Return how many of their listings may show something, and what they show in all.

    Without those that follow another's stock, or are not offered any more.
    """
    row = db.execute(
        "SELECT count(*), coalesce(sum(s.last_shown), 0) FROM listing_stock s JOIN listing l"
        " ON l.id = s.listing_id WHERE s.may_show AND s.leader_id IS NULL"
        " AND (l.offered OR s.unmanaged = 'unconfigured') AND s.account_id = :account"
        " AND s.external_warehouse = coalesce(:warehouse, s.external_warehouse)",
        {"account": account_id, "warehouse": warehouse},
    ).fetchone()
    return Amount(*row)


def reserves(db: sqlite3.Connection, account_id: int, warehouse: str | None) -> Amount:
    """Return how many open orders hold units, and how many units."""
    row = db.execute(
        f"SELECT count(DISTINCT o.id), coalesce(sum(x.reserved), 0) {_OPEN}",
        {"account": account_id, "warehouse": warehouse},
    ).fetchone()
    return Amount(*row)


def release(db: sqlite3.Connection, account_id: int) -> Amount:
    """End an account's open orders, which nobody reads any more; return what they held.

    Should they be read again they reserve again.
    """
    held = reserves(db, account_id, None)
    values = {"account": account_id, "warehouse": None}
    orders = [r[0] for r in db.execute(f"SELECT DISTINCT o.id {_OPEN}", values)]
    for order in orders:
        db.execute(
            "UPDATE allocation SET reserved = 0 WHERE reserved > 0 AND order_line_id IN"
            " (SELECT id FROM order_line WHERE orders_id = ?)",
            (order,),
        )
    db.executemany(
        "UPDATE orders SET ignored = 'closed', ended = 1 WHERE id = ?", [(o,) for o in orders]
    )
    return held


def forget(db: sqlite3.Connection, account_id: int, warehouse: str) -> None:
    """Forget what a closed one that leaves the configuration shows, and could not be sent zero.

    What followed another showed what that one shows; what is archived or gone takes no number.
    """
    db.execute(
        f"UPDATE listing_stock SET {UNKNOWN}, {NEVER_PUSHED}, {NEVER_SEEN}"
        " WHERE account_id = ?1 AND external_warehouse = ?2"
        " AND (leader_id IS NOT NULL OR listing_id IN (SELECT id FROM listing WHERE account_id = ?1"
        " AND NOT offered)) AND EXISTS (SELECT 1 FROM account_warehouse w WHERE w.account_id = ?1"
        " AND w.external_warehouse = ?2 AND w.closed_at IS NOT NULL)",
        (account_id, warehouse),
    )
