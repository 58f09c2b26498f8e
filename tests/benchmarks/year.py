"""Benchmark of a year: how a database grows, and whether a round takes longer for it.

The first month is booked as `poll-orders` books: each order made, shipped and delivered, a page at
a time. The months after it are that month's rows again, with other numbers and times. No returns.
"""

from __future__ import annotations

import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import process_time

from cloudstock.config.loading import load
from cloudstock.domain.records import Order, OrderLine, Step
from cloudstock.jobs.booking import BookingContext, book_orders
from cloudstock.jobs.pull_catalog import KEEP_PUSHES
from cloudstock.marketplaces.ozon.facts import TRAITS as OZON
from cloudstock.marketplaces.wildberries.facts import TRAITS as WILDBERRIES
from cloudstock.marketplaces.yandex_market.facts import TRAITS as YANDEX
from cloudstock.settings import Account
from cloudstock.store import Store
from cloudstock.store.times import to_iso
from tests.benchmarks.data import Made, Shape, build, configuration, set_aside, sku_of
from tests.benchmarks.figures import Figure, Sizes
from tests.benchmarks.lean import lean
from tests.benchmarks.measure import Used, cloudstock, median, run
from tests.benchmarks.pushing import NO_LIMITS, ROUNDS_PACE

ACCOUNTS = 3
TRAITS = {"ozon": OZON, "wildberries": WILDBERRIES, "yandex_market": YANDEX}
DAYS = 30
PAGE = 1_000
# A prime, so that the products of orders one after another lie apart.
STRIDE = 7_919
TOLD_AT = (1, 3, 6, 12)
# One of a month is this one later.
_LATER = "strftime('%Y-%m-%dT%H:%M:%S', {0}, '+{1} days') || substr({0}, 20)"

# Books a hundred new orders in a process of its own, and tells what that took.
_BOOK = """
import sys
from pathlib import Path
from tests.benchmarks.year import booked_again
print(booked_again(Path(sys.argv[1]), sys.argv[2]))
"""


def year(folder: Path, sizes: Sizes) -> Iterator[Figure]:
    """How large a database grows, and what a round costs in its first month and in its twelfth."""
    products, a_day = sizes.year_listings // ACCOUNTS, sizes.year_orders
    note = f"{products * ACCOUNTS:,} listings, {a_day:,} orders a day"
    with lean(products) as url:
        made = build(folder, Shape(products, ACCOUNTS, base_url=url, pace=NO_LIMITS))
        began = datetime.now(UTC) - timedelta(days=DAYS * sizes.year_months + 1)
        _first_month(made, began, a_day)
        cloudstock("sync", folder=folder)
        # As fast as before, stock would be read back in every round.
        slower = configuration(Shape(products, ACCOUNTS, base_url=url, pace=ROUNDS_PACE))
        made.config.write_text(slower, encoding="utf-8")
        _lasting(made.database, a_day, sizes.year_rounds)
        first = _round(made, "first", sizes)
        for month in range(1, sizes.year_months + 1):
            if month > 1:
                _a_month_more(made.database, month - 1)
            if month in TOLD_AT:
                size = made.database.stat().st_size / 1e6
                yield Figure(f"a year: database after {month} months", "MB", None, size, note)
        cloudstock("check", "--database", folder=folder)
        last = _round(made, "last", sizes)
    for what, (before, after) in {
        "a round with nothing to do: own CPU": (first[0], last[0]),
        "booking 100 orders: own CPU": (first[1], last[1]),
    }.items():
        yield Figure(
            f"{what}, month {sizes.year_months} to month 1",
            "x",
            1.15,
            after / before,
            f"{before:.2f} to {after:.2f} s",
        )
    copy = folder / "copy.db"
    took = cloudstock("backup", copy, folder=folder)
    yield _wall("backup", took, f"{copy.stat().st_size / 1e6:.0f} MB")
    yield _wall("restore", cloudstock("restore", copy, folder=folder), "checked, too")
    yield _wall("check --database", cloudstock("check", "--database", folder=folder), note)


def _wall(what: str, used: Used, note: str) -> Figure:
    return Figure(f"{what} after a year", "s", None, used.wall_s, note)


def _round(made: Made, name: str, sizes: Sizes) -> tuple[float, float]:
    """Return the CPU seconds of a round in which nothing happened, and of booking 100 orders."""
    folder = made.config.parent
    cloudstock("sync", folder=folder)
    idle = median([cloudstock("sync", folder=folder).cpu_s for _ in range(sizes.repeats)])
    took = []
    for number in range(sizes.repeats):
        words = (sys.executable, "-c", _BOOK, made.config, f"{name}{number}")
        took.append(float(run(*words).out))
    return idle, median(took)


def booked_again(config: Path, name: str) -> float:
    """Book a hundred orders of a name, and what follows from them; return the CPU seconds.

    Nothing is kept: the orders would be asked for in the rounds after it.
    """
    configuration = load(config, {}).configuration
    now = datetime.now(UTC)
    with Store.open(configuration.database) as store:
        products = store.connection.execute("SELECT count(*) FROM product").fetchone()[0]
        account = configuration.accounts[0]
        began = process_time()
        store.connection.execute("BEGIN IMMEDIATE")
        made = _orders(account, range(100), products, now, Step.OPEN, name)
        book_orders(_booking(store, account, now), made)
        store.targets.refresh(now=now)
        took = process_time() - began
        store.connection.execute("ROLLBACK")
    return took


def _booking(store: Store, account: Account, now: datetime) -> BookingContext:
    traits = TRAITS[account.marketplace]
    ids = store.catalog.account_ids()
    long_ago = now - timedelta(days=2 * 365)
    return BookingContext(store, account, ids[account.name], traits, now, long_ago)


def _orders(
    account: Account, numbers: range, products: int, at: datetime, step: Step, name: str = "1"
) -> list[Order]:
    """Return orders of one unit each; their numbers say of what."""
    left = step is not Step.OPEN
    return [
        Order(
            order_id=f"{name}-{number}",
            step=step,
            status=step.value,
            created_at=at,
            # By what all marketplaces name their listings.
            lines=(OrderLine("1", (f"barcode:46{product:011d}",), 1, sku_of(product)),),
            warehouse_id=account.warehouses[0].warehouse_id,
            left_warehouse=left,
            shipped_at=at + timedelta(hours=12) if left else None,
        )
        for number in numbers
        for product in (1 + number * STRIDE % products,)
    ]


def _first_month(made: Made, began: datetime, a_day: int) -> None:
    """Book a month of orders: as made, shipped half a day later, delivered after two days."""
    configuration = load(made.config, {}).configuration
    with Store.open(made.database) as store:
        db = store.connection
        _count_before(db, began)
        products = db.execute("SELECT count(*) FROM product").fetchone()[0]
        for day in range(DAYS):
            for place, account in enumerate(configuration.accounts):
                share = a_day // ACCOUNTS
                first = (day * ACCOUNTS + place) * share
                made_at = began + timedelta(days=day)
                for step, hours in ((Step.OPEN, 0), (Step.SHIPPED, 12), (Step.DELIVERED, 48)):
                    for start in range(first, first + share, PAGE):
                        numbers = range(start, min(start + PAGE, first + share))
                        orders = _orders(account, numbers, products, made_at, step)
                        with store.transaction():
                            booking = _booking(store, account, made_at + timedelta(hours=hours))
                            book_orders(booking, orders)
            with store.transaction():
                store.targets.refresh(now=began)
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _count_before(db: sqlite3.Connection, began: datetime) -> None:
    """Let everything have been counted before the first order."""
    at = to_iso(began - timedelta(days=1))
    db.execute("BEGIN")
    with set_aside(db):
        db.execute("UPDATE count SET counted_at = ?", (at,))
        db.execute("UPDATE movement SET happened_at = ?1, booked_at = ?1", (at,))
        db.execute("UPDATE stock SET counted_at = ?1, first_counted_at = ?1", (at,))
    db.execute("COMMIT")


def _lasting(database: Path, a_day: int, rounds: int) -> None:
    """Write what is kept for a while only: pushes of each sale, runs of each minute."""
    with closing(sqlite3.connect(database, isolation_level=None)) as db:
        pushes = a_day * ACCOUNTS * KEEP_PUSHES.days
        now = datetime.now(UTC)
        listings = db.execute("SELECT count(*) FROM listing").fetchone()[0]
        db.execute("BEGIN")
        db.execute(
            "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?1)"
            " INSERT INTO push (listing_id, external_warehouse, quantity, computed_at, sent_at,"
            " low_before, high_before, verdict, answered_at, open_before)"
            f" SELECT s.listing_id, s.external_warehouse, 40, ?2, ?2, 41, 41, 'accepted', ?2, 0"
            f" FROM n JOIN listing_stock s ON s.listing_id = 1 + n.i * {STRIDE} % ?3",
            (pushes, to_iso(now - timedelta(days=1)), listings),
        )
        columns = _columns(db, "run")
        columns.remove("id")
        db.execute(
            "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)"
            f" INSERT INTO run ({', '.join(columns)}) SELECT {', '.join(columns)} FROM run, n",
            (rounds,),
        )
        db.execute("COMMIT")


def _columns(db: sqlite3.Connection, table: str) -> list[str]:
    """Return the columns of a table that are written."""
    info = db.execute(f"PRAGMA table_xinfo({table})")
    return [row[1] for row in info if row[6] == 0]


def _a_month_more(database: Path, months: int) -> None:
    """Repeat the rows of the first month, so many months later."""
    days = DAYS * months
    with closing(sqlite3.connect(database, isolation_level=None)) as db:
        db.execute("PRAGMA synchronous = OFF")
        count = db.execute("SELECT count(*) FROM orders WHERE order_id GLOB '1-*'").fetchone()[0]
        # Beyond those of the measurements.
        first = 10_000_000 * months
        month = months + 1
        db.execute("BEGIN")
        with set_aside(db):
            numbers = {"order_id": f"'{month}' || substr(order_id, 2)"}
            _again(db, "orders", numbers, f"id <= {count}", days, first)
            lines = {"orders_id": f"orders_id + {first}"}
            _again(db, "order_line", lines, f"id <= {count}", days, first)
            of_lines = {"order_line_id": f"order_line_id + {first}"}
            _again(db, "allocation", of_lines, f"order_line_id <= {count}", days)
            documents = {"document": f"replace(document, ':1-', ':{month}-')"}
            _again(db, "movement", documents, "document GLOB 'order:*:1-*'", days)
            db.execute(
                "UPDATE stock SET booked = m.booked FROM (SELECT product_id, warehouse_id,"
                " sum(quantity) AS booked FROM movement GROUP BY product_id, warehouse_id) m WHERE"
                " m.product_id = stock.product_id AND m.warehouse_id = stock.warehouse_id"
            )
            db.execute("INSERT OR IGNORE INTO dirty SELECT id FROM listing")
        db.execute("COMMIT")
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _again(
    db: sqlite3.Connection,
    table: str,
    other: dict[str, str],
    which: str,
    days: int,
    first: int | None = None,
) -> None:
    """Write rows of a table again: `first` is added to their numbers, `days` to their times."""
    if first is not None:
        other = {"id": f"id + {first}", **other}
    columns = [c for c in _columns(db, table) if c != "id"]
    values = {c: _LATER.format(c, days) if c.endswith("_at") else c for c in columns} | other
    db.execute(
        f"INSERT INTO {table} ({', '.join(values)}) SELECT {', '.join(values.values())}"
        f" FROM {table} WHERE {which}"
    )
