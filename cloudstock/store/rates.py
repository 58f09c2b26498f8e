"""How fast products sell.

One number for each product is told everywhere, of the orders of the last days: what they took out
of the warehouses or hold in them, through all accounts, packs and bundles taken apart. Each account
tells of the days that its orders are known for.

Divisions between listings need another, at once, however little it is sure of: how many are asked
for through each of them (`domain.rates`), cancelled or not.
"""

from __future__ import annotations

import json
import sqlite3
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from operator import add
from typing import NamedTuple

from cloudstock.domain.figures import ENOUGH_DAYS, ENOUGH_UNITS
from cloudstock.domain.moments import elapsed
from cloudstock.domain.rates import DAYS, LATELY, Span, fastest
from cloudstock.store.times import from_iso, to_iso

# So far back orders are looked at, ...
SPAN = timedelta(seconds=DAYS[0].seconds)
# ... and so old the answer may be: rounds measure anew, who only looks does where none are.
KEPT, STALE = timedelta(hours=1), timedelta(hours=2)
_MEASURED = "rates_measured_at"
_DAY_S = 86_400.0


class Known(NamedTuple):
    """How much of a span is known of an account's orders."""

    # What was ordered since then is known; None: nothing is.
    since: datetime | None
    read_until: datetime | None
    # Of the span.
    days: float


def known(connection: sqlite3.Connection, *, since: datetime, until: datetime) -> dict[int, Known]:
    """Return how much of a span is known of the orders of each account, by its id."""
    rows = connection.execute(
        # One pass over the span: the oldest of all orders would be looked for among all of them.
        "SELECT a.id, c.first_at, c.read_until, o.first_at AS first_order FROM account a"
        " LEFT JOIN cursor c ON c.account_id = a.id AND c.job = 'orders'"
        " LEFT JOIN (SELECT account_id, min(created_at) AS first_at FROM orders"
        " INDEXED BY orders_created WHERE created_at >= ? AND created_at <= ?"
        " GROUP BY account_id) o ON o.account_id = a.id",
        (to_iso(since), to_iso(until)),
    ).fetchall()
    answers = {}
    for row in rows:
        # A first reading reaches back, at least to the oldest order of the span that it found.
        firsts = [from_iso(t) for t in (row["first_at"], row["first_order"]) if t]
        first = min(firsts, default=None)
        read_until = from_iso(row["read_until"])
        days = 0.0
        if first is not None and read_until is not None:
            days = (min(read_until, until) - max(first, since)).total_seconds() / _DAY_S
        answers[int(row["id"])] = Known(first, read_until, max(0.0, days))
    return answers


def is_old(connection: sqlite3.Connection, kept: timedelta, *, now: datetime) -> bool:
    """Tell whether rates were never measured, or longer ago than this."""
    row = connection.execute("SELECT value FROM fact WHERE name = ?", (_MEASURED,)).fetchone()
    return row is None or elapsed(from_iso(row[0]), now) > kept


def measure(connection: sqlite3.Connection, *, now: datetime) -> None:
    """Measure how fast products sell; in a transaction.

    A rate is known of ten units and a day at the least. An account that is known for less than a
    day tells of a day, or two orders in its first hour would be dozens a day.
    """
    since = now - SPAN
    days = {
        str(account): k.days for account, k in known(connection, since=since, until=now).items()
    }
    connection.execute("DELETE FROM sale_rate")
    connection.execute(
        "WITH days (account_id, days) AS MATERIALIZED (SELECT CAST(key AS INTEGER), value"
        " FROM json_each(?3)) INSERT INTO sale_rate (product_id, sold, per_day, low_at, available)"
        " SELECT r.product_id, r.sold, r.per_day,"
        " CAST(r.per_day * (SELECT low_days FROM defaults) AS INTEGER),"
        " (SELECT sum(l.available) FROM stock_level l WHERE l.product_id = r.product_id"
        " AND l.warehouse_id <> 0) FROM (SELECT u.product_id, sum(u.units) AS sold,"
        " iif(sum(u.units) >= ?1 AND max(d.days) >= ?2, sum(u.units / max(d.days, 1.0)), NULL)"
        " AS per_day FROM (SELECT x.product_id, o.account_id, sum(x.reserved + x.off) AS units"
        " FROM orders o INDEXED BY orders_created"
        " CROSS JOIN order_line l ON l.orders_id = o.id"
        " CROSS JOIN allocation x ON x.order_line_id = l.id"
        " WHERE o.created_at >= ?4 AND o.created_at <= ?5"
        " AND x.reserved + x.off > 0 GROUP BY x.product_id, o.account_id) u CROSS JOIN days d"
        " ON d.account_id = u.account_id GROUP BY u.product_id) r",
        (ENOUGH_UNITS, ENOUGH_DAYS, json.dumps(days), to_iso(since), to_iso(now)),
    )
    connection.execute(
        "INSERT INTO sale_rate (product_id, sold, minimum, available) SELECT p.id, 0, p.minimum,"
        " (SELECT sum(l.available) FROM stock_level l WHERE l.product_id = p.id"
        " AND l.warehouse_id <> 0) FROM product p INDEXED BY product_minimum"
        " WHERE p.minimum IS NOT NULL ON CONFLICT DO UPDATE SET minimum = excluded.minimum"
    )
    connection.execute(
        "INSERT INTO fact VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value",
        (_MEASURED, to_iso(now)),
    )


# What divided pairs are asked for. An account that names no warehouse has one; what a split order
# was replaced by tells of it.
_OF_PAIR = (
    " AND o.ignored IS NULL AND o.step <> 'replaced'"
    " AND q.external_warehouse IN ('', o.external_warehouse)"
)


def measure_pairs(connection: sqlite3.Connection, products: str, *, now: datetime) -> None:
    """Measure how fast divided pairs sold in the last days, once an hour; in a transaction.

    `products`: a JSON array of their ids.
    """
    rows = connection.execute(
        f"SELECT q.listing_id, q.external_warehouse, {_sold(DAYS, now)} FROM ("
        "SELECT DISTINCT p.listing_id, p.external_warehouse FROM json_each(?1) j"
        " CROSS JOIN component c ON c.product_id = j.value"
        " CROSS JOIN quota p ON p.listing_id = c.listing_id"
        " WHERE p.rate_at IS NULL OR p.rate_at < ?2) q"
        " LEFT JOIN order_line l ON l.listing_id = q.listing_id"
        f" LEFT JOIN orders o ON o.id = l.orders_id{_OF_PAIR}"
        " GROUP BY q.listing_id, q.external_warehouse",
        (products, to_iso(now - KEPT)),
    ).fetchall()
    connection.executemany(
        "UPDATE quota SET rate = ?, rate_at = ? WHERE listing_id = ? AND external_warehouse = ?",
        [
            (fastest(DAYS, sold, sold), to_iso(now), listing_id, warehouse)
            for listing_id, warehouse, *sold in rows
        ],
    )


def end_rushes(connection: sqlite3.Connection, *, now: datetime) -> None:
    """Measure again what sold fast lately, and mark what does no more; in a transaction.

    Nothing else would: it is not sold.
    """
    rushes = (
        "SELECT listing_id, external_warehouse, rush FROM quota INDEXED BY quota_rush"
        " WHERE rush > 0"
    )
    before = {(r[0], r[1]): r[2] for r in connection.execute(rushes)}
    if not before:
        return
    measure_lately(connection, now=now)
    after = {(r[0], r[1]): r[2] for r in connection.execute(rushes)}
    connection.executemany(
        "INSERT INTO dirty VALUES (?) ON CONFLICT DO NOTHING",
        [(pair[0],) for pair, rush in before.items() if after.get(pair, 0.0) < rush],
    )


def measure_lately(connection: sqlite3.Connection, *, now: datetime) -> None:
    """Measure how fast divided pairs sold in the last hours and minutes; in a transaction.

    It takes one pass over the orders of those hours.
    """
    since = now - timedelta(seconds=max(span.seconds for span in LATELY))
    rows = connection.execute(
        "SELECT q.listing_id, q.external_warehouse, c.product_id,"
        f" {_sold(LATELY, now)}, {_sold(LATELY, now, each='1')} FROM orders o"
        " INDEXED BY orders_created CROSS JOIN order_line l ON l.orders_id = o.id"
        f" CROSS JOIN quota q ON q.listing_id = l.listing_id{_OF_PAIR}"
        " CROSS JOIN component c ON c.listing_id = q.listing_id WHERE o.created_at >= ?"
        " GROUP BY q.listing_id, q.external_warehouse, c.product_id",
        (to_iso(since),),
    ).fetchall()
    some = len(LATELY)
    orders: defaultdict[int, list[float]] = defaultdict(lambda: [0.0] * some)
    for _, _, product_id, *numbers in rows:
        orders[product_id] = list(map(add, orders[product_id], numbers[some:]))
    rush: dict[tuple[int, str], float] = {}
    for listing_id, warehouse, product_id, *numbers in rows:
        pair = (listing_id, warehouse)
        rate = fastest(LATELY, numbers[:some], orders[product_id])
        rush[pair] = max(rush.get(pair, 0.0), rate)
    connection.execute("UPDATE quota INDEXED BY quota_rush SET rush = 0 WHERE rush > 0")
    connection.executemany(
        "UPDATE quota SET rush = ? WHERE listing_id = ? AND external_warehouse = ?",
        [(rate, *pair) for pair, rate in rush.items() if rate],
    )


def _sold(spans: Sequence[Span], now: datetime, *, each: str = "l.quantity") -> str:
    """Return the columns of what was ordered in each span; `each`: of a line of an order."""
    return ", ".join(
        f"total(iif(o.created_at >= '{to_iso(now - timedelta(seconds=span.seconds))}', {each}, 0))"
        for span in spans
    )
