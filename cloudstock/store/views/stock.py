"""show-stock: what lies on the shelves, and what every window shows of it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import lru_cache
from itertools import groupby
from operator import itemgetter
from typing import Any, NamedTuple

from cloudstock.store.times import moment
from cloudstock.store.views import marks, product_id
from cloudstock.store.views.paging import Page

# Where returned units wait; shown only when asked for.
QUARANTINE = "quarantine"
# The shelf of a product that nothing is known of yet.
MAIN = "main"
# Moments that are kept, to be made once.
REMEMBERED = 1024


class ListingStock(NamedTuple):
    """One listing in one marketplace warehouse. Quantities are listings, not units.

    A tuple, as is `ShelfStock`: there may be millions, and it is made ten times as quickly.
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

    @property
    def superseded(self) -> bool:
        """True where the last reading is older than the last push, so that it tells nothing."""
        return (
            self.seen_at is not None
            and self.pushed_at is not None
            and self.seen_at < self.pushed_at
        )


class ShelfStock(NamedTuple):
    """One product on one shelf, with the listings it feeds."""

    sku: str
    name: str
    warehouse: str
    # None: never counted there.
    on_hand: int | None
    reserved: int
    buffer: int
    listings: tuple[ListingStock, ...]

    @property
    def free(self) -> int | None:
        """On hand less reserved less buffer; negative where the buffer or more is promised."""
        return None if self.on_hand is None else self.on_hand - self.reserved - self.buffer

    @property
    def available(self) -> int | None:
        """What may be sold; never below 0, None where unknown."""
        free = self.free
        return None if free is None else max(0, free)

    @property
    def oversold(self) -> int:
        """Units promised to buyers that are not on the shelf."""
        return 0 if self.on_hand is None else max(0, self.reserved - self.on_hand)


def stock(
    connection: sqlite3.Connection,
    *,
    buffer: int,
    skus: Sequence[str] = (),
    accounts: Sequence[str] = (),
    warehouse: str | None = None,
    all_warehouses: bool = False,
    listings: bool = True,
    sort: str = "",
) -> Iterator[ShelfStock]:
    """Yield every product on every shelf that holds it or feeds one of its listings, by article.

    `sort`: one of `SORT_KEYS`, of all of the product's shelves, with a minus from the end; its
    rows stay together.

    `buffer`: units kept back of products that have no buffer of their own. `skus`: only these;
    raises `UsageProblem` for one that the book does not know. `accounts`: only their listings,
    and only products that they list. `warehouse`: only this shelf. Returned units that wait in
    the quarantine are left out unless asked for by name or `all_warehouses`. Without `listings`
    only what lies somewhere is told, in a third of the time.
    """
    ids = [product_id(connection, sku) for sku in skus]
    which = f" WHERE p.id IN ({marks(ids)})" if ids else ""
    products = _BY_SKU
    if sort:
        _arrange(connection, sort, buffer)
        products = _ARRANGED
    levels = _plain(
        connection,
        "SELECT p.id, p.sku, p.name, p.buffer, s.warehouse_id, s.on_hand, s.reserved,"
        f" s.counted_at IS NULL FROM {products.tables} LEFT JOIN stock s ON s.product_id = p.id"
        f"{which} ORDER BY {products.order}",
        ids,
    )
    known = {
        r["id"]: (r["name"], bool(r["begins_empty"]))
        for r in connection.execute("SELECT id, name, begins_empty FROM warehouse")
    }
    windows = _Ahead(_windows(connection, ids, accounts, products) if listings else iter(()))
    for product, rows in groupby(levels, key=itemgetter(0)):
        own = windows.take(product)
        if accounts and not own:
            continue
        for row in _shelves(list(rows), known, own, buffer):
            if warehouse is not None and row.warehouse != warehouse:
                continue
            hidden = row.warehouse == QUARANTINE and not all_warehouses
            if hidden and warehouse is None and not row.listings:
                continue
            yield row


class _Products(NamedTuple):
    """In which order products are walked."""

    tables: str
    order: str


_BY_SKU = _Products("product p", "p.sku")
_ARRANGED = _Products("temp.arranged t CROSS JOIN product p ON p.id = t.product_id", "t.place")
SORT_KEYS = {
    "sku": "p.sku",
    "name": "p.name",
    "on_hand": "sum(iif(s.counted_at IS NULL, NULL, s.on_hand))",
    "reserved": "coalesce(sum(s.reserved), 0)",
    "available": "sum(iif(s.counted_at IS NULL, NULL,"
    " max(0, s.on_hand - s.reserved - coalesce(p.buffer, :buffer))))",
}


def _arrange(connection: sqlite3.Connection, sort: str, buffer: int) -> None:
    """Write down the order of products, for levels and windows to be read in alike."""
    connection.execute(
        "CREATE TEMP TABLE IF NOT EXISTS arranged (place INTEGER PRIMARY KEY, product_id INTEGER)"
    )
    connection.execute("DELETE FROM temp.arranged")
    connection.execute(
        "INSERT INTO temp.arranged (product_id) SELECT p.id FROM product p"
        " LEFT JOIN stock s ON s.product_id = p.id AND s.warehouse_id <> 0 GROUP BY p.sku"
        f" ORDER BY {Page(sort).order(SORT_KEYS, 'p.sku')}",
        {"buffer": buffer},
    )


def shelves(connection: sqlite3.Connection) -> list[str]:
    """Return the seller's shelves, but for the quarantine."""
    rows = connection.execute(
        "SELECT name FROM warehouse WHERE name <> ? ORDER BY name", (QUARANTINE,)
    )
    return [r[0] for r in rows]


def _plain(
    connection: sqlite3.Connection, sql: str, values: Sequence[object]
) -> Iterator[tuple[Any, ...]]:
    """Yield rows as bare tuples, for questions whose answers may be millions."""
    cursor = connection.cursor()
    cursor.row_factory = None
    return cursor.execute(sql, values)


def _shelves(
    levels: list[tuple[Any, ...]],
    known: dict[int, tuple[str, bool]],
    windows: list[tuple[str, ListingStock]],
    buffer: int,
) -> Iterator[ShelfStock]:
    """Yield one product's shelves by name; `known`: name and whether it began empty, by id."""
    _, sku, title, own_buffer, only, on_hand, reserved, uncounted = levels[0]
    if len(levels) == 1 and only is not None:
        # Nearly all of a long list: one shelf, and nothing else is fed.
        name, begins_empty = known[only]
        if name != QUARANTINE and all(shelf == name for shelf, _ in windows):
            yield ShelfStock(
                sku,
                title,
                name,
                None if uncounted and not begins_empty else on_hand,
                reserved,
                buffer if own_buffer is None else own_buffer,
                tuple([listing for _, listing in windows]),
            )
            return
    held: dict[str, tuple[int | None, int]] = {}
    for *_, shelf, on_hand, reserved, uncounted in levels:
        if shelf is not None:
            name, begins_empty = known[shelf]
            held[name] = (None if uncounted and not begins_empty else on_hand, reserved)
    listings: dict[str, list[ListingStock]] = {}
    for name, listing in windows:
        listings.setdefault(name, []).append(listing)
    names = held.keys() | listings.keys()
    if not names - {QUARANTINE}:
        names = {*names, MAIN}
    for name in sorted(names):
        yield ShelfStock(
            sku,
            title,
            name,
            *held.get(name, (None, 0)),
            buffer if own_buffer is None else own_buffer,
            tuple(listings.get(name, ())),
        )


def _windows(
    connection: sqlite3.Connection,
    ids: Sequence[int],
    accounts: Sequence[str],
    products: _Products,
) -> Iterator[tuple[int, str, ListingStock]]:
    """Yield (product id, shelf, window) in the order of products.

    The windows of one product come in any order.
    """
    where = ["NOT l.archived"]
    values: list[object] = []
    if ids:
        where.append(f"p.id IN ({marks(ids)})")
        values += ids
    if accounts:
        where.append(f"l.account_id IN (SELECT id FROM account WHERE name IN ({marks(accounts)}))")
        values += accounts
    # Few, and looked up here in a tenth of the time that joining them takes.
    names = {r[0]: r[1] for r in connection.execute("SELECT id, name FROM account")}
    feeds = {
        (r[0], r[1]): r[2]
        for r in connection.execute(
            "SELECT w.account_id, w.external_warehouse, wh.name FROM account_warehouse w"
            " JOIN warehouse wh ON wh.id = w.warehouse_id"
        )
    }
    # CROSS JOIN keeps products outermost, so that their index gives the order and nothing is
    # sorted: the first row comes at once, however many there are.
    rows = _plain(
        connection,
        "SELECT p.id, l.account_id, s.account_id, l.offer_id, s.external_warehouse,"
        " s.target, s.pushed, s.pushed_at, s.seen, s.seen_reserved, s.seen_at"
        f" FROM {products.tables} CROSS JOIN component c ON c.product_id = p.id"
        " CROSS JOIN listing l ON l.id = c.listing_id"
        " CROSS JOIN shown s ON s.listing_id = l.id"
        f" WHERE {' AND '.join(where)} ORDER BY {products.order}",
        values,
    )
    # A push and a reading give thousands of windows one moment.
    when = lru_cache(REMEMBERED)(moment)
    for product, owner, by, offer, external, target, pushed, at, seen, held, seen_at in rows:
        shelf = feeds.get((by, external))
        # A window that is no longer configured shows nothing of ours.
        if shelf is not None:
            yield (
                product,
                shelf,
                ListingStock(
                    names[owner],
                    offer,
                    external,
                    target,
                    pushed,
                    when(at),
                    seen,
                    held,
                    when(seen_at),
                ),
            )


class _Ahead:
    """Windows in the order of articles, taken product by product beside another such reading.

    Reads no further than asked: between two products with listings may lie a million without.
    """

    def __init__(self, windows: Iterator[tuple[int, str, ListingStock]]) -> None:
        self._groups = groupby(windows, key=itemgetter(0))
        self._next: tuple[int, list[tuple[str, ListingStock]]] | None = None
        self._ended = False

    def take(self, product: int) -> list[tuple[str, ListingStock]]:
        """Return the product's windows by account and article; none if it has none."""
        if self._next is None and not self._ended:
            group = next(self._groups, None)
            self._ended = group is None
            self._next = None if group is None else (group[0], [w[1:] for w in group[1]])
        if self._next is None or self._next[0] != product:
            return []
        windows, self._next = self._next[1], None
        if len(windows) > 1:
            windows.sort(key=_place)
        return windows


def _place(window: tuple[str, ListingStock]) -> tuple[str, str, str]:
    return window[1][:3]
