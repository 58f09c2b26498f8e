"""Warehouses that show one stock by themselves: which pair is written, and which follow it.

A number that is sent to one of them is shown by all. So of the pairs of one offer the first is
written, in the order of the accounts, and the others follow: they have no target and no belief of
their own, and what their buyers order is taken off the one that leads.
"""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Sequence

from cloudstock.store.beliefs import NEVER_PUSHED, NOT_REFUSED, UNKNOWN

# The pair that leads one of shop `me` that shows listing `l`.
_LEADER = (
    "(SELECT {what} FROM stock_share o CROSS JOIN listing ll ON ll.account_id = o.account_id"
    " AND ll.external_id = l.external_id AND ll.offered"
    " WHERE o.stock = me.stock AND o.place < me.place ORDER BY o.place LIMIT 1)"
)


def arrange(db: sqlite3.Connection) -> None:
    """Write which warehouses show one stock, as the marketplaces told last; follow the leaders.

    One that takes no stock, or is closed, leads none. An account that names no warehouse ("")
    stands for the only one it has.
    """
    rows = db.execute(
        "SELECT w.account_id, w.external_warehouse, a.marketplace || ' ' || m.stock_group"
        " FROM account_warehouse w JOIN account a ON a.id = w.account_id"
        " JOIN marketplace_warehouse m ON m.account_id = w.account_id"
        " AND w.external_warehouse IN ('', m.external_warehouse)"
        " WHERE m.stock_group IS NOT NULL"
        " ORDER BY w.closed_at IS NOT NULL, m.unusable IS NOT NULL, w.account_id,"
        " w.external_warehouse"
    ).fetchall()
    together = Counter(row[2] for row in rows)
    want = {
        (account_id, warehouse): (stock, place)
        for place, (account_id, warehouse, stock) in enumerate(rows)
        if together[stock] > 1
    }
    have = {
        (r[0], r[1]): (r[2], r[3])
        for r in db.execute("SELECT account_id, external_warehouse, stock, place FROM stock_share")
    }
    if want == have:
        return
    db.execute("DELETE FROM stock_share")
    db.executemany(
        "INSERT INTO stock_share VALUES (?, ?, ?, ?)", [(*k, *v) for k, v in want.items()]
    )
    alone = [list(pair) for pair in have.keys() - want.keys()]
    _follow(
        db,
        "SELECT s.listing_id, s.external_warehouse, s.leader_id, s.leader_warehouse, NULL, NULL"
        " FROM json_each(?) j CROSS JOIN listing_stock s ON s.account_id ="
        " json_extract(j.value, '$[0]')"
        " AND s.external_warehouse = json_extract(j.value, '$[1]')",
        json.dumps(alone),
    )
    _follow(db, _led(""))


def follow_listings(db: sqlite3.Connection, account_id: int, external_ids: Sequence[str]) -> None:
    """Follow anew where these offers of an account are new, or are offered no more, or again."""
    shared = "SELECT stock FROM stock_share WHERE account_id = ?"
    if db.execute(shared, (account_id,)).fetchone() is None:
        return
    some = (
        " AND l.external_id IN (SELECT value FROM json_each(?1))"
        " AND me.stock IN (SELECT stock FROM stock_share WHERE account_id = ?2)"
    )
    _follow(db, _led(some), json.dumps(list(external_ids)), account_id)


def _led(some: str) -> str:
    """Return the pairs that show a shared stock, each with what led it and what leads it now."""
    return (
        "SELECT s.listing_id, s.external_warehouse, s.leader_id, s.leader_warehouse,"
        f" {_LEADER.format(what='ll.id')}, {_LEADER.format(what='o.external_warehouse')}"
        " FROM stock_share me CROSS JOIN listing l ON l.account_id = me.account_id"
        " CROSS JOIN listing_stock s ON s.listing_id = l.id"
        f" AND s.external_warehouse = me.external_warehouse WHERE true{some}"
    )


def _follow(db: sqlite3.Connection, led: str, *values: object) -> None:
    """Write what leads each pair where that has changed.

    `led` tells them: a pair, what led it, and what leads it now. Nothing that was believed of
    one, or known of its pushes, holds after a change.
    """
    changed = [
        (leader, leader_warehouse, listing_id, warehouse)
        for listing_id, warehouse, was, was_warehouse, leader, leader_warehouse in db.execute(
            led, values
        ).fetchall()
        if (was, was_warehouse) != (leader, leader_warehouse)
    ]
    db.executemany(
        f"UPDATE listing_stock SET leader_id = ?, leader_warehouse = ?, {UNKNOWN},"
        f" {NEVER_PUSHED}, {NOT_REFUSED}, due_at = NULL, hold_until = NULL"
        " WHERE listing_id = ? AND external_warehouse = ?",
        changed,
    )
    db.executemany(
        "INSERT OR IGNORE INTO dirty VALUES (?)", [(listing_id,) for _, _, listing_id, _ in changed]
    )


def sharers(db: sqlite3.Connection, account_id: int) -> frozenset[int]:
    """Return the other accounts that sell what this one's pairs show."""
    rows = db.execute(
        "SELECT DISTINCT o.account_id FROM stock_share me JOIN stock_share o ON o.stock = me.stock"
        " WHERE me.account_id = ?1 AND o.account_id <> ?1",
        (account_id,),
    )
    return frozenset(row[0] for row in rows)
