"""Which marketplace warehouses are only watched: read, booked and compared, and sent nothing."""

from __future__ import annotations

import sqlite3
from datetime import datetime

from cloudstock.store.beliefs import UNKNOWN
from cloudstock.store.times import to_iso


def arrange(db: sqlite3.Connection, *, now: datetime) -> None:
    """Write which warehouses are watched: those of accounts that are not pushed.

    So is every warehouse that shows one stock with one of them, as `sharing.arrange` has it: a
    number sent to one is shown by all. What was shown meanwhile was not ours to know, so where
    numbers are sent again it is read first, and until then nothing is believed.
    """
    rows = db.execute(
        "SELECT w.account_id, w.external_warehouse, w.watched, a.push = 'off' OR EXISTS"
        " (SELECT 1 FROM stock_share me JOIN stock_share o ON o.stock = me.stock"
        " JOIN account oa ON oa.id = o.account_id WHERE me.account_id = w.account_id"
        " AND me.external_warehouse = w.external_warehouse AND oa.push = 'off')"
        " FROM account_warehouse w JOIN account a ON a.id = w.account_id"
    ).fetchall()
    for account_id, warehouse, was, watched in rows:
        if watched and not was:
            db.execute(
                "UPDATE account_warehouse SET watched = 1"
                " WHERE account_id = ? AND external_warehouse = ?",
                (account_id, warehouse),
            )
        elif was and not watched:
            _end(db, account_id, warehouse, now=now)


def _end(db: sqlite3.Connection, account_id: int, warehouse: str, *, now: datetime) -> None:
    db.execute(
        "UPDATE account_warehouse SET watched = 0, watched_until = ?"
        " WHERE account_id = ? AND external_warehouse = ?",
        (to_iso(now), account_id, warehouse),
    )
    db.execute(
        f"UPDATE listing_stock SET {UNKNOWN} WHERE account_id = ? AND external_warehouse = ?",
        (account_id, warehouse),
    )
    db.execute(
        "UPDATE cursor SET finished_at = NULL WHERE account_id = ? AND job = 'reserves'",
        (account_id,),
    )
