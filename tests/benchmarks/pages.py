"""Benchmarks of the browser's pages, with a month of orders behind them."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx

from cloudstock.config.loading import load
from cloudstock.redaction import Redactor
from cloudstock.store import Store, rates
from cloudstock.store.times import to_iso
from cloudstock.web.access import Access
from cloudstock.web.rounds import Rounds
from cloudstock.web.server import serving
from cloudstock.web.site import Site
from tests.benchmarks.data import Shape, build, sku_of
from tests.benchmarks.figures import Figure, Sizes
from tests.benchmarks.measure import median

ASKED_MS = 100.0
DAYS = 30
PAGES = (
    "/",
    "/products",
    "/products?search=17",
    "/products?only=low",
    "/products?only=empty",
    "/products?only=uncounted",
    *(f"/products?sort={key}" for key in ("name", "-on_hand", "-available", "lasts", "-sold")),
    f"/product?sku={sku_of(7)}",
    "/orders?only=all",
    "/listings?only=all",
    "/changes",
    "/accounts",
    "/files",
    "/report",
)


def pages(folder: Path, sizes: Sizes) -> Iterator[Figure]:
    """What each page takes of a processor: that is what a browser waits for where it is free."""
    made = build(folder, Shape(sizes.pushed, accounts=3))
    orders = _sold(made.database, DAYS * sizes.year_orders)
    config = load(made.config, {}).configuration
    site = Site(config, Access(config.web), Rounds(made.config), Redactor(()))
    note = f"{sizes.pushed:,} products, {orders:,} orders in {DAYS} days"
    with serving(site, "127.0.0.1", 0) as url, httpx.Client(base_url=url, timeout=60) as browser:
        for page in PAGES:
            # The first one reads from the disk.
            browser.get(page).raise_for_status()
            took = [_took_ms(browser, page) for _ in range(sizes.repeats)]
            yield Figure(f"page {page}: CPU", "ms", ASKED_MS, median(took), note)


def _took_ms(browser: httpx.Client, page: str) -> float:
    began = time.process_time()
    browser.get(page).raise_for_status()
    return (time.process_time() - began) * 1e3


def _sold(database: Path, orders: int) -> int:
    """Add orders that were delivered, at equal distances in the last days; return how many."""
    now = datetime.now(UTC)
    since = now - timedelta(days=DAYS - 1)
    with Store.open(database) as store, store.transaction():
        db = store.connection
        db.execute(
            "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?1)"
            " INSERT INTO orders (id, account_id, order_id, step, understood, status, shipped,"
            " created_at, warehouse_id, first_seen_at, seen_at, moved_at, ended)"
            " SELECT i, a.id, 'O' || i,"
            " 'delivered', 'delivered', '', 1, at, (SELECT id FROM warehouse WHERE name = 'main'),"
            " at, at, at, 1 FROM (SELECT i, strftime('%Y-%m-%dT%H:%M:%S.000000Z', ?2,"
            " '+' || (i * ?3 / ?1) || ' seconds') AS at FROM n)"
            " CROSS JOIN (SELECT id, row_number() OVER (ORDER BY id) - 1 AS turn FROM account) a"
            " ON a.turn = i % 3",
            (orders, since.isoformat(sep=" ")[:19], int((now - since).total_seconds())),
        )
        db.execute(
            "INSERT INTO order_line (id, orders_id, line_id, listing_id, keys, quantity, off)"
            " SELECT o.id, o.id, '1', (SELECT l.id FROM component c CROSS JOIN listing l"
            " ON l.id = c.listing_id WHERE c.product_id = 1 + o.id * 7919 % p.many"
            " AND l.account_id = o.account_id), '[]', 1, 1 FROM orders o,"
            " (SELECT count(*) AS many FROM product) p"
        )
        db.execute(
            "INSERT INTO allocation (order_line_id, product_id, warehouse_id, reserved, off)"
            " SELECT l.id, c.product_id, o.warehouse_id, 0, 1 FROM order_line l CROSS JOIN orders o"
            " ON o.id = l.orders_id CROSS JOIN component c ON c.listing_id = l.listing_id"
        )
        db.execute(
            "INSERT OR REPLACE INTO cursor (account_id, job, first_at, read_until)"
            " SELECT id, 'orders', ?, ? FROM account",
            (to_iso(since), to_iso(now)),
        )
        rates.measure(db, now=now)
    return orders
