"""What was ordered of each product through each account in a span of time."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from cloudstock.store.times import from_iso, to_iso
from cloudstock.store.views import marks


class Sales(NamedTuple):
    """Units of one product ordered through one account."""

    product_id: int
    account: str
    units: int


def sales(
    connection: sqlite3.Connection,
    *,
    since: datetime,
    until: datetime | None = None,
    accounts: Sequence[str] = (),
) -> list[Sales]:
    """Return the units ordered since a moment, by product and account; of these accounts only.

    `until`: before that moment.
    Cancelled orders count: their buyers came. Orders that a split replaced do not, nor do those
    that move nothing, and lines of listings without a product.
    """
    # From the few orders of the span: the planner, which knows no sizes, would walk all components.
    before = " AND orders.created_at < ?" if until is not None else ""
    narrowed = f" AND account.name IN ({marks(accounts)})" if accounts else ""
    return [
        Sales(*row)
        for row in connection.execute(
            "SELECT component.product_id, account.name, sum(order_line.quantity * component.units)"
            " FROM orders"
            " CROSS JOIN account ON account.id = orders.account_id"
            " CROSS JOIN order_line ON order_line.orders_id = orders.id"
            " CROSS JOIN component ON component.listing_id = order_line.listing_id"
            " WHERE orders.created_at >= ? AND orders.ignored IS NULL AND orders.step <> 'replaced'"
            + before
            + narrowed
            + " GROUP BY component.product_id, account.id"
            " HAVING sum(order_line.quantity) > 0"
            " ORDER BY component.product_id, account.id",
            (to_iso(since), *([] if until is None else [to_iso(until)]), *accounts),
        )
    ]


def first_order(connection: sqlite3.Connection) -> datetime | None:
    """Return when the oldest order of the database was made; None where there is none."""
    first: str | None = connection.execute("SELECT min(created_at) FROM orders").fetchone()[0]
    return from_iso(first)
