"""How a product's stock and sales went, day by day, for a graph."""

from __future__ import annotations

import sqlite3
from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from cloudstock.language.local import local, midnight
from cloudstock.store.times import from_iso, to_iso
from cloudstock.store.views import product_id

DAYS = 60


@dataclass(frozen=True, slots=True)
class Course:
    """Days, the oldest first; today is the last."""

    days: tuple[date, ...]
    # On hand at the end of each, in all warehouses.
    on_hand: tuple[int, ...]
    # Units ordered on each, cancelled orders included.
    sold: tuple[int, ...]


def course(
    connection: sqlite3.Connection, sku: str, *, now: datetime, days: int = DAYS
) -> Course | None:
    """Return how it went in the last days; None: it was never counted.

    Raises `UsageProblem` for a product that the database does not know.
    """
    product = product_id(connection, sku)
    today = local(now).date()
    dates = tuple(today - timedelta(days=n) for n in reversed(range(days)))
    since = to_iso(midnight(dates[0]))
    on_hand: int | None = connection.execute(
        "SELECT sum(on_hand) FROM stock WHERE product_id = ? AND warehouse_id <> 0", (product,)
    ).fetchone()[0]
    if on_hand is None:
        return None
    moved = _by_day(
        connection,
        "SELECT happened_at, quantity FROM movement WHERE product_id = ? AND warehouse_id <> 0"
        " AND happened_at >= ?",
        (product, since),
    )
    sold = _by_day(
        connection,
        "SELECT o.created_at, l.quantity * c.units FROM component c"
        " CROSS JOIN order_line l ON l.listing_id = c.listing_id"
        " CROSS JOIN orders o ON o.id = l.orders_id WHERE c.product_id = ? AND o.created_at >= ?"
        " AND o.ignored IS NULL AND o.step <> 'replaced'",
        (product, since),
    )
    levels: list[int] = []
    level = on_hand
    for day in reversed(dates):
        levels.append(level)
        level -= moved[day]
    return Course(dates, tuple(reversed(levels)), tuple(sold[day] for day in dates))


def _by_day(connection: sqlite3.Connection, sql: str, values: tuple[int, str]) -> Counter[date]:
    units = Counter[date]()
    for at, quantity in connection.execute(sql, values):
        moment = from_iso(at)
        assert moment is not None
        units[local(moment).date()] += quantity
    return units
