"""What one listing was given of its product, what it was promised, and what it waits for."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class QuotaTerms:
    """One listing of a product that is not simply shared."""

    # 'share', 'split', 'priority' or 'adaptive', and where it comes from: 'product' or 'account'.
    policy: str
    policy_source: str
    # Its units are its own alone just now.
    divided: bool
    # Listings it could show if it were alone.
    most: int | None
    # What it may still sell, or may have sold unread; None: nobody knows.
    promised: int | None
    # What will be left of that when its orders have been read; None: nobody knows.
    left_when_read: int | None
    # Accounts, itself perhaps among them, whose orders must be read before it is raised.
    waits_for: tuple[str, ...]
    # Listings sold a day, as measured.
    sold_a_day: float
    # Accounts that are only watched and may sell units of it: nobody can take those from them.
    watched: tuple[str, ...] = ()


def quota_terms(connection: sqlite3.Connection, window: sqlite3.Row) -> QuotaTerms | None:
    """Return the terms of a row of `listing_stock`; None where its product is simply shared."""
    place = (window["listing_id"], window["external_warehouse"])
    row = connection.execute(
        "SELECT p.*, EXISTS (SELECT 1 FROM component c JOIN product ON product.id = c.product_id"
        " WHERE c.listing_id = p.listing_id AND product.policy = p.policy) AS own"
        " FROM quota p WHERE p.listing_id = ? AND p.external_warehouse = ?",
        place,
    ).fetchone()
    if row is None:
        return None
    waits = connection.execute(
        "SELECT DISTINCT a.name FROM component mine"
        " CROSS JOIN component c ON c.product_id = mine.product_id"
        " CROSS JOIN quota p ON p.listing_id = c.listing_id"
        " CROSS JOIN listing l ON l.id = p.listing_id CROSS JOIN account a ON a.id = p.account_id"
        " CROSS JOIN account_warehouse w ON w.account_id = p.account_id"
        " AND w.external_warehouse = p.external_warehouse"
        " WHERE mine.listing_id = ? AND w.warehouse_id = ? AND p.divided AND l.offered"
        " AND NOT p.covered AND (p.quantity IS NULL OR p.bound IS NULL OR p.bound < p.quantity)"
        " ORDER BY a.name",
        (window["listing_id"], window["warehouse_id"]),
    )
    watched = connection.execute(
        "SELECT DISTINCT a.name FROM component mine"
        " CROSS JOIN component c ON c.product_id = mine.product_id"
        " CROSS JOIN quota p ON p.listing_id = c.listing_id"
        " CROSS JOIN listing l ON l.id = p.listing_id CROSS JOIN account a ON a.id = p.account_id"
        " CROSS JOIN account_warehouse w ON w.account_id = p.account_id"
        " AND w.external_warehouse = p.external_warehouse"
        " WHERE mine.listing_id = ? AND w.warehouse_id = ? AND p.divided AND l.offered"
        " AND w.watched AND coalesce(p.quantity, 1) > 0 ORDER BY a.name",
        (window["listing_id"], window["warehouse_id"]),
    )
    return QuotaTerms(
        policy=row["policy"],
        policy_source="product" if row["own"] else "account",
        divided=bool(row["divided"]),
        most=row["most"],
        promised=row["quantity"],
        left_when_read=row["bound"],
        waits_for=tuple(w[0] for w in waits),
        sold_a_day=round(row["rate"] * 86_400, 2),
        watched=tuple(w[0] for w in watched),
    )
