"""show-stock: what lies in the warehouses, and what every listing shows of it."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from operator import itemgetter
from typing import Any, NamedTuple

from cloudstock.domain.warehouses import MAIN, QUARANTINE
from cloudstock.store.cursors import NOT_FRESH
from cloudstock.store.times import from_iso, to_iso
from cloudstock.store.views import product_id
from cloudstock.store.views.paging import EVERYTHING, Page

# Moments that are kept, to be made once.
REMEMBERED = 1024
# Between texts of listings: SQLite's JSON has no line breaks.
_PARTING = ",\n"


@dataclass(frozen=True, slots=True)
class Waits:
    """What a listing of a divided product waits for before it shows its part."""

    # Accounts whose orders must be read first; none: it takes its turn, or waits for what follows.
    orders_of: tuple[str, ...]
    # Those orders tell when they are read after this; None: nobody knows.
    until: datetime | None
    # Hours of the day in which it is emptied so that units move; None: at any time; "": never,
    # it gets what is delivered.
    hours: str | None


class ListingStock(NamedTuple):
    """One listing in one marketplace warehouse. Quantities are listings, not units.

    A tuple, as is `WarehouseStock`: there may be millions, and it is made ten times as quickly.
    """

    account: str
    offer_id: str
    external_warehouse: str
    # What it should show; None: unknown, or nothing is pushed.
    target: int | None
    # Last accepted by the marketplace.
    pushed: int | None
    pushed_at: datetime | None
    # Last read back: what buyers could order, and what was held for orders.
    seen: int | None
    seen_reserved: int | None
    seen_at: datetime | None
    # The marketplace took the last number not, and it is set aside.
    refused: bool = False
    # It may show less than its target and is not raised: orders of its warehouse are not known
    # freshly.
    stale: bool = False
    # None: it does not wait.
    waits: Waits | None = None

    @property
    def superseded(self) -> bool:
        """True where the last reading is older than the last push, so that it tells nothing."""
        return (
            self.seen_at is not None
            and self.pushed_at is not None
            and self.seen_at < self.pushed_at
        )


class WarehouseStock(NamedTuple):
    """One product in one warehouse, with the listings it feeds."""

    sku: str
    name: str
    warehouse: str
    # None: unknown, it was never counted there.
    on_hand: int | None
    reserved: int
    # What may be sold; never below 0, None where unknown.
    available: int | None
    # Units promised to buyers that are not there.
    oversold: int
    listings: tuple[ListingStock, ...]


class Fresh(NamedTuple):
    """Between which moments orders must have been read to be known freshly."""

    since: datetime
    now: datetime


class Wanted(NamedTuple):
    """Which products and warehouses are asked for, and how they are told."""

    # Only these; () for all.
    skus: Sequence[str] = ()
    # Only their listings, and only products that they list; () for all.
    accounts: Sequence[str] = ()
    # Only this warehouse; None for all.
    warehouse: str | None = None
    # Also returned units that wait in the quarantine, which else are asked for by name.
    all_warehouses: bool = False
    # Accounts whose orders were not read since then are stale; None: none is.
    fresh: Fresh | None = None
    # False: only what lies somewhere is told, in a third of the time.
    listings: bool = True
    # The order, by one of `SORT_KEYS` over all of a product's warehouses: its rows stay together.
    page: Page = EVERYTHING


def stock(connection: sqlite3.Connection, wanted: Wanted) -> Iterator[WarehouseStock]:
    """Yield all products in every warehouse that holds it or feeds one of its listings, by article.

    A product that none does stands in the warehouse `main`. Raises `UsageProblem` for a product
    that the database does not know.
    """
    # A push and a reading give thousands of listings one moment.
    when = lru_cache(REMEMBERED)(from_iso)

    def listing(row: list[Any]) -> ListingStock:
        account, offer, external, target, pushed, pushed_at, seen, held, seen_at, *also = row
        refused, stale, w = also
        pushed_at, seen_at = when(pushed_at), when(seen_at)
        waits = None if w is None else Waits(tuple(w["orders_of"]), when(w["until"]), w["hours"])
        return ListingStock(
            account,
            offer,
            external,
            target,
            pushed,
            pushed_at,
            seen,
            held,
            seen_at,
            bool(refused),
            bool(stale),
            waits,
        )

    rows = _rows(
        connection,
        wanted,
        "p.sku, p.name, w.name, s.on_hand, coalesce(s.reserved, 0), s.available,"
        " coalesce(s.oversold, 0)",
        "json_array(a.name, l.offer_id, x.external_warehouse, x.target, x.pushed, x.pushed_at,"
        f" x.seen, x.seen_reserved, x.seen_at, x.refused_at IS NOT NULL,"
        f" {_stale(connection, wanted.fresh)}, {_waits(connection)})",
    )
    for sku, name, warehouse, on_hand, reserved, available, oversold, listings in rows:
        # By account, article and warehouse.
        own = sorted(json.loads(f"[{listings}]"), key=itemgetter(0, 1, 2)) if listings else ()
        yield WarehouseStock(
            sku, name, warehouse, on_hand, reserved, available, oversold, tuple(map(listing, own))
        )


def stock_lines(connection: sqlite3.Connection, wanted: Wanted) -> Iterator[str]:
    """Yield what `stock` does as JSON objects with the keys of the records' fields.

    SQLite writes them, in half the time that making records takes: there may be millions.
    """
    rows = _rows(
        connection,
        wanted,
        "json_object('sku', p.sku, 'name', p.name, 'warehouse', w.name, 'on_hand', s.on_hand,"
        " 'reserved', coalesce(s.reserved, 0), 'available', s.available)",
        "json_object('account', a.name, 'offer_id', l.offer_id,"
        " 'external_warehouse', x.external_warehouse, 'target', x.target, 'pushed', x.pushed,"
        f" 'pushed_at', {_moment('x.pushed_at')}, 'seen', x.seen,"
        f" 'seen_reserved', x.seen_reserved, 'seen_at', {_moment('x.seen_at')},"
        f" 'refused', {_truth('x.refused_at IS NOT NULL')},"
        f" 'stale', {_truth(_stale(connection, wanted.fresh))}, 'waits', {_waits(connection)})",
    )
    for columns, listings in rows:
        if listings and _PARTING in listings:
            # Each begins with its account and article.
            listings = ",".join(sorted(listings.split(_PARTING)))
        yield f'{columns[:-1]},"listings":[{listings or ""}]}}'


def _waits(connection: sqlite3.Connection) -> str:
    """Return the SQL of what listing stock x waits for, a JSON object or NULL."""
    if connection.execute("SELECT 1 FROM quota LIMIT 1").fetchone() is None:
        return "NULL"
    return (
        "iif(x.differs, json((SELECT json_object('orders_of', json(coalesce("
        "'[\"' || replace(v.waits_for, ',', '\",\"') || '\"]', '[]')),"
        # In milliseconds, as SQLite adds up.
        " 'until', replace(v.waits_until, '.000Z', 'Z'), 'hours', v.empty_hours)"
        " FROM waiting_listing v"
        " WHERE v.listing_id = x.listing_id AND v.external_warehouse = x.external_warehouse)),"
        " NULL)"
    )


def _stale(connection: sqlite3.Connection, fresh: Fresh | None) -> str:
    """Return the SQL of whether listing stock x waits for orders of its warehouse to be read."""
    if fresh is None:
        return "false"
    rows = connection.execute(
        "SELECT DISTINCT w.warehouse_id FROM account_warehouse w"
        " LEFT JOIN cursor c ON c.account_id = w.account_id AND c.job = 'orders'"
        f" WHERE {NOT_FRESH}",
        {"fresh_since": to_iso(fresh.since), "now": to_iso(fresh.now)},
    )
    ids = ", ".join(str(row[0]) for row in rows)
    lower = f"x.differs AND coalesce(x.low < x.target, 1) AND f.warehouse_id IN ({ids})"
    return f"({lower})" if ids else "false"


def _truth(condition: str) -> str:
    return f"json(iif({condition}, 'true', 'false'))"


def _moment(column: str) -> str:
    """Return the SQL of a moment as JSON has them: whole seconds without a fraction."""
    return f"replace({column}, '.000000Z', 'Z')"


def _rows(
    connection: sqlite3.Connection, wanted: Wanted, columns: str, listing: str
) -> Iterator[tuple[Any, ...]]:
    """Yield `columns` of each product and warehouse, and the text `listing` of its listings.

    Texts of listings are parted by `_PARTING`, in no order (SQLite's sorting costs as much for one
    as for several); None where there are none. Terms may speak of product p, warehouse w, its level
    s; of account a, listing l, its stock x.

    CROSS JOIN keeps products outermost, so that their index gives the order and nothing is ever
    sorted: the first row comes at once, however many there are.
    """
    products = _BY_SKU
    if wanted.page.sort:
        _arrange(connection, wanted.page.sort)
        products = _ARRANGED
    limit, offset = wanted.page.bounds()
    values: dict[str, object] = {
        "skus": json.dumps([product_id(connection, sku) for sku in wanted.skus]),
        "accounts": json.dumps(wanted.accounts),
        "warehouse": wanted.warehouse,
        "limit": limit,
        "offset": offset,
    }
    # A listing that is no longer configured shows nothing of ours.
    from_listings = (
        "FROM component c CROSS JOIN listing l ON l.id = c.listing_id"
        " CROSS JOIN listing_stock x ON x.listing_id = l.id CROSS JOIN account_warehouse f"
        " ON f.account_id = x.account_id AND f.external_warehouse = x.external_warehouse"
        " CROSS JOIN account a ON a.id = l.account_id WHERE c.product_id = p.id AND l.offered"
    )
    if wanted.accounts:
        from_listings += " AND a.name IN (SELECT value FROM json_each(:accounts))"
    texts, fed, fed_elsewhere = "NULL", "false", "false"
    if wanted.listings:
        texts = (
            f"(SELECT group_concat({listing}, '{_PARTING}') {from_listings}"
            " AND f.warehouse_id = w.id)"
        )
        # Asked of warehouses that feed something at all, which are few.
        feeding = ", ".join(
            str(int(r[0]))
            for r in connection.execute("SELECT DISTINCT warehouse_id FROM account_warehouse")
        )
        fed = f"w.id IN ({feeding}) AND EXISTS (SELECT 1 {from_listings} AND f.warehouse_id = w.id)"
        fed_elsewhere = f"EXISTS (SELECT 1 {from_listings})"
    where = f"""(s.product_id IS NOT NULL OR {fed}
        OR w.name = '{MAIN}' AND NOT {fed_elsewhere} AND NOT EXISTS (
            SELECT 1 FROM stock o WHERE o.product_id = p.id AND o.warehouse_id <> 0))"""
    if not wanted.all_warehouses and wanted.warehouse != QUARANTINE:
        where += " AND w.id IS NOT 0"
    if wanted.skus:
        where += " AND p.id IN (SELECT value FROM json_each(:skus))"
    else:
        where += " AND p.hidden_at IS NULL AND w.removed_at IS NULL"
    if wanted.accounts:
        where += f" AND EXISTS (SELECT 1 {from_listings})"
    if wanted.warehouse is not None:
        where += " AND w.name = :warehouse"
    cursor = connection.cursor()
    # Bare tuples: answers may be millions.
    cursor.row_factory = None
    return cursor.execute(
        f"SELECT {columns}, {texts} FROM {products.tables} CROSS JOIN {_warehouses(connection)}"
        " LEFT JOIN stock_level s ON s.product_id = p.id AND s.warehouse_id = w.id"
        f" WHERE {where} ORDER BY {products.order}, w.name"
        " LIMIT :limit OFFSET :offset",
        values,
    )


def _warehouses(connection: sqlite3.Connection) -> str:
    """Return the table of warehouses, with one called `main` whether or not the database has it."""
    if connection.execute("SELECT 1 FROM warehouse WHERE name = ?", (MAIN,)).fetchone():
        return "warehouse w"
    return (
        f"(SELECT id, name, removed_at FROM warehouse UNION ALL SELECT NULL, '{MAIN}', NULL) AS w"
    )


class _Products(NamedTuple):
    """In which order products are walked."""

    tables: str
    order: str


_BY_SKU = _Products("product p", "p.sku")
_ARRANGED = _Products("temp.arranged t CROSS JOIN product p ON p.id = t.product_id", "t.place")
SORT_KEYS = {
    "sku": "p.sku",
    "name": "p.name",
    "on_hand": "sum(s.on_hand)",
    "reserved": "coalesce(sum(s.reserved), 0)",
    "available": "sum(s.available)",
}


def _arrange(connection: sqlite3.Connection, sort: str) -> None:
    """Write down the order of products, for the question to follow."""
    connection.execute(
        "CREATE TEMP TABLE IF NOT EXISTS arranged (place INTEGER PRIMARY KEY, product_id INTEGER)"
    )
    connection.execute("DELETE FROM temp.arranged")
    connection.execute(
        "INSERT INTO temp.arranged (product_id) SELECT p.id FROM product p"
        " LEFT JOIN stock_level s ON s.product_id = p.id AND s.warehouse_id <> 0 GROUP BY p.sku"
        f" ORDER BY {Page(sort).order(SORT_KEYS, 'p.sku')}"
    )


def warehouses(connection: sqlite3.Connection) -> list[str]:
    """Return the seller's warehouses, but for the quarantine."""
    rows = connection.execute(
        "SELECT name FROM warehouse WHERE name <> ? AND removed_at IS NULL ORDER BY name",
        (QUARANTINE,),
    )
    return [r[0] for r in rows]
