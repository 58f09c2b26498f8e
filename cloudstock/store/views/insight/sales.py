"""What was sold where, and how long what is left of it lasts.

Sold is what orders took out of the warehouse or hold in it: units of products, packs and bundles
taken apart. What was cancelled before it left is not; what came back is, and is told beside it.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

from cloudstock.domain.moments import elapsed
from cloudstock.language.local import local
from cloudstock.settings import Account
from cloudstock.store import rates
from cloudstock.store.times import from_iso

DAY_S = 86_400.0
# Minutes of which the day is kept: people buy at the same time.
MINUTES_KEPT = 4_096


@dataclass(frozen=True, slots=True)
class Period:
    """The days of a report: moments as the database has them, and local dates."""

    since: str
    until: str
    dates: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Watched:
    """How much of the period is known of an account's orders."""

    account_id: int
    account: str
    marketplace: str
    # What was ordered since then is known; None: nothing is.
    known_since: datetime | None
    read_until: datetime | None
    # Not read for longer than `max_poll_age`.
    stale: bool
    # Of the period.
    days: float


@dataclass(frozen=True, slots=True)
class AccountSales:
    """What one account sold."""

    account: str
    marketplace: str
    known_since: datetime | None
    read_until: datetime | None
    stale: bool
    watched_days: float
    orders: int
    cancelled_orders: int
    units: int
    # Beside the report's dates.
    units_by_day: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class ProductSales:
    """One product: what is left, what was sold, and how long it lasts."""

    sku: str
    name: str
    # Over all warehouses; None: never counted.
    on_hand: int | None
    reserved: int
    available: int | None
    sold: int
    # Of the last 30 days, whatever the report is of; None: too little is known to tell.
    sold_per_day: float | None
    cover_days: float | None
    # Too few sales, or days, for more than a guess, so that none is made.
    rough: bool
    sold_by_account: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class StockTotals:
    """The warehouse as a whole; units of counted products."""

    products: int
    counted: int
    on_hand: int
    reserved: int
    available: int
    # Counted products with nothing left to sell.
    sold_out: int
    # Products that were sold in the period, and the units.
    selling: int
    units_sold: int
    # In the warehouse and not sold in the period.
    lying: int
    lying_units: int


def watch(
    connection: sqlite3.Connection,
    accounts: Sequence[Account],
    period: Period,
    *,
    now: datetime,
    max_poll_age: timedelta,
) -> tuple[Watched, ...]:
    """Return how much of the period is known of each account that the database has."""
    spans = rates.known(connection, since=from_iso(period.since), until=from_iso(period.until))
    ids = {r[0]: r[1] for r in connection.execute("SELECT name, id FROM account")}
    results = []
    for account in accounts:
        if account.name not in ids:
            continue
        span = spans[ids[account.name]]
        until = span.read_until
        results.append(
            Watched(
                account_id=ids[account.name],
                account=account.name,
                marketplace=account.marketplace,
                known_since=span.since,
                read_until=until,
                stale=until is None or elapsed(until, now) > max_poll_age,
                days=span.days,
            )
        )
    return tuple(results)


def gather(connection: sqlite3.Connection, period: Period, watched: Sequence[Watched]) -> None:
    """Fill the temporary tables that the other questions are asked of."""
    connection.create_function("local_day", 1, _day_of, deterministic=True)
    for name in ("sold", "rated", "held"):
        connection.execute(f"DROP TABLE IF EXISTS temp.{name}")
    connection.execute(
        "CREATE TEMP TABLE sold (product_id INTEGER, account_id INTEGER, day TEXT, units INTEGER,"
        " PRIMARY KEY (product_id, account_id, day)) WITHOUT ROWID"
    )
    connection.execute(
        "INSERT INTO temp.sold SELECT x.product_id, o.account_id, local_day(o.created_at),"
        " sum(x.reserved + x.off) FROM orders o INDEXED BY orders_created"
        " CROSS JOIN order_line l ON l.orders_id = o.id"
        " CROSS JOIN allocation x ON x.order_line_id = l.id"
        " WHERE o.created_at >= ?1 AND o.created_at <= ?2 AND o.ignored IS NULL"
        " AND x.reserved + x.off > 0"
        " AND o.account_id IN (SELECT value FROM json_each(?3)) GROUP BY 1, 2, 3",
        (period.since, period.until, json.dumps([w.account_id for w in watched])),
    )
    connection.execute("CREATE TEMP TABLE rated (product_id INTEGER PRIMARY KEY, units INTEGER)")
    connection.execute(
        "INSERT INTO temp.rated SELECT product_id, sum(units) FROM temp.sold GROUP BY product_id"
    )
    connection.execute(
        "CREATE TEMP TABLE held (product_id INTEGER PRIMARY KEY, on_hand INTEGER,"
        " reserved INTEGER, available INTEGER)"
    )
    connection.execute(
        "INSERT INTO temp.held SELECT product_id, sum(on_hand), sum(reserved), sum(available)"
        " FROM stock_level WHERE warehouse_id <> 0 GROUP BY product_id"
    )


def _day_of(stored: str) -> str:
    return _day_of_minute(stored[:16])


@lru_cache(MINUTES_KEPT)
def _day_of_minute(minute: str) -> str:
    """Return the date on the wall of a minute in UTC; every zone changes at a whole one."""
    return local(from_iso(f"{minute}:00Z")).date().isoformat()


def account_sales(
    connection: sqlite3.Connection, period: Period, watched: Sequence[Watched]
) -> tuple[AccountSales, ...]:
    """Return what each account sold, by day."""
    by_day: dict[int, dict[str, int]] = {}
    for account_id, day, units in connection.execute(
        "SELECT account_id, day, sum(units) FROM temp.sold GROUP BY account_id, day"
    ):
        by_day.setdefault(account_id, {})[day] = units
    orders = {
        r["account_id"]: (r["orders"], r["cancelled"])
        for r in connection.execute(
            "SELECT account_id, count(*) AS orders, sum(step = 'cancelled') AS cancelled"
            " FROM orders INDEXED BY orders_created WHERE created_at >= ? AND created_at <= ?"
            " AND ignored IS NULL AND step <> 'replaced' GROUP BY account_id",
            (period.since, period.until),
        )
    }
    results = []
    for w in watched:
        days = by_day.get(w.account_id, {})
        made, cancelled = orders.get(w.account_id, (0, 0))
        results.append(
            AccountSales(
                account=w.account,
                marketplace=w.marketplace,
                known_since=w.known_since,
                read_until=w.read_until,
                stale=w.stale,
                watched_days=round(w.days, 2),
                orders=made,
                cancelled_orders=cancelled,
                units=sum(days.values()),
                units_by_day=tuple(days.get(day, 0) for day in period.dates),
            )
        )
    return tuple(results)


def totals(connection: sqlite3.Connection) -> StockTotals:
    """Return the sums over all products."""
    held = connection.execute(
        "SELECT count(h.on_hand) AS counted, total(h.on_hand) AS on_hand,"
        " total(iif(h.on_hand IS NULL, 0, h.reserved)) AS reserved,"
        " total(h.available) AS available, total(h.available = 0) AS sold_out,"
        " total(h.on_hand > 0 AND r.product_id IS NULL) AS lying,"
        " total(iif(h.on_hand > 0 AND r.product_id IS NULL, h.on_hand, 0)) AS lying_units"
        " FROM temp.held h LEFT JOIN temp.rated r ON r.product_id = h.product_id"
    ).fetchone()
    sold = connection.execute("SELECT count(*), total(units) FROM temp.rated").fetchone()
    products = connection.execute("SELECT count(*) FROM product").fetchone()[0]
    return StockTotals(
        products=products,
        selling=sold[0],
        units_sold=int(sold[1]),
        **{name: int(held[name]) for name in held.keys()},  # noqa: SIM118 - a row, not a mapping
    )


_PRODUCT = (
    "SELECT p.id, p.sku, p.name, h.on_hand, coalesce(h.reserved, 0) AS reserved, h.available,"
    " coalesce(r.units, 0) AS sold, s.per_day, s.lasts_days"
)
_RATE = " LEFT JOIN sale_rate s ON s.product_id = p.id"


def running_out(connection: sqlite3.Connection, top: int) -> tuple[ProductSales, ...]:
    """Return products of which it is known how long they last, the shortest first."""
    return _products(
        connection,
        f"{_PRODUCT} FROM sale_rate s CROSS JOIN product p ON p.id = s.product_id"
        " LEFT JOIN temp.held h ON h.product_id = p.id"
        " LEFT JOIN temp.rated r ON r.product_id = p.id WHERE s.lasts_days IS NOT NULL"
        " ORDER BY s.lasts_days, s.sold DESC, p.id LIMIT ?",
        top,
    )


def best_sellers(connection: sqlite3.Connection, top: int) -> tuple[ProductSales, ...]:
    """Return what sold most."""
    return _products(
        connection,
        f"{_PRODUCT} FROM (SELECT * FROM temp.rated ORDER BY units DESC, product_id LIMIT ?) r"
        " JOIN product p ON p.id = r.product_id LEFT JOIN temp.held h ON h.product_id = p.id"
        f"{_RATE}"
        " ORDER BY r.units DESC, p.id",
        top,
    )


def lying_still(connection: sqlite3.Connection, top: int) -> tuple[ProductSales, ...]:
    """Return what lies in the warehouse and did not sell, the most units first."""
    return _products(
        connection,
        f"{_PRODUCT} FROM temp.held h LEFT JOIN temp.rated r ON r.product_id = h.product_id"
        f" JOIN product p ON p.id = h.product_id{_RATE}"
        " WHERE h.on_hand > 0 AND r.product_id IS NULL"
        " ORDER BY h.on_hand DESC, h.product_id LIMIT ?",
        top,
    )


def _products(connection: sqlite3.Connection, sql: str, top: int) -> tuple[ProductSales, ...]:
    rows = connection.execute(sql, (top,)).fetchall()
    split: dict[int, dict[str, int]] = {}
    for product_id, account, units in connection.execute(
        "SELECT s.product_id, a.name, sum(s.units) FROM json_each(?) j"
        " CROSS JOIN temp.sold s ON s.product_id = j.value"
        " CROSS JOIN account a ON a.id = s.account_id GROUP BY s.product_id, s.account_id",
        (json.dumps([r["id"] for r in rows]),),
    ):
        split.setdefault(product_id, {})[account] = units
    return tuple(
        ProductSales(
            sku=r["sku"],
            name=r["name"],
            on_hand=r["on_hand"],
            reserved=r["reserved"],
            available=r["available"],
            sold=r["sold"],
            sold_per_day=None if r["per_day"] is None else round(r["per_day"], 3),
            cover_days=None if r["lasts_days"] is None else round(r["lasts_days"], 1),
            rough=r["per_day"] is None,
            sold_by_account=split.get(r["id"], {}),
        )
        for r in rows
    )
