"""show-stock: what lies on the shelves, and what every window shows of it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from operator import itemgetter

from cloudstock.store.times import moment
from cloudstock.store.views import marks, product_id

# Where returned units wait; shown only when asked for.
QUARANTINE = "quarantine"
# The shelf of a product that nothing is known of yet.
MAIN = "main"


@dataclass(frozen=True, slots=True)
class ListingStock:
    """One listing in one marketplace warehouse. Quantities are listings, not units."""

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


@dataclass(frozen=True, slots=True)
class ShelfStock:
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
        return None if self.free is None else max(0, self.free)

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
) -> Iterator[ShelfStock]:
    """Yield every product on every shelf that holds it or feeds one of its listings, by article.

    `buffer`: units kept back of products that have no buffer of their own. `skus`: only these;
    raises `UsageProblem` for one that the book does not know. `accounts`: only their listings,
    and only products that they list. `warehouse`: only this shelf. Returned units that wait in
    the quarantine are left out unless asked for by name or `all_warehouses`.
    """
    ids = [product_id(connection, sku) for sku in skus]
    which = f" WHERE p.id IN ({marks(ids)})" if ids else ""
    levels = connection.execute(
        "SELECT p.sku, p.name, p.buffer, w.name AS warehouse, s.reserved,"
        " iif(s.counted_at IS NULL AND NOT w.begins_empty, NULL, s.on_hand) AS on_hand"
        " FROM product p LEFT JOIN stock s ON s.product_id = p.id"
        f" LEFT JOIN warehouse w ON w.id = s.warehouse_id{which} ORDER BY p.sku",
        ids,
    )
    listings = _Ahead(_listings(connection, ids, accounts))
    for sku, rows in groupby(levels, key=itemgetter("sku")):
        own = listings.take(sku)
        if accounts and not own:
            continue
        for row in _shelves(sku, list(rows), own, buffer):
            if warehouse is not None and row.warehouse != warehouse:
                continue
            hidden = row.warehouse == QUARANTINE and not all_warehouses
            if hidden and warehouse is None and not row.listings:
                continue
            yield row


def shelves(connection: sqlite3.Connection) -> list[str]:
    """Return the seller's shelves, but for the quarantine."""
    rows = connection.execute(
        "SELECT name FROM warehouse WHERE name <> ? ORDER BY name", (QUARANTINE,)
    )
    return [r[0] for r in rows]


def _shelves(
    sku: str, levels: list[sqlite3.Row], listings: list[sqlite3.Row], buffer: int
) -> Iterator[ShelfStock]:
    known = {level["warehouse"]: level for level in levels if level["warehouse"] is not None}
    names = known.keys() | {row["shelf"] for row in listings}
    if not names - {QUARANTINE}:
        names = {*names, MAIN}
    first = levels[0]
    for name in sorted(names):
        level = known.get(name)
        yield ShelfStock(
            sku=sku,
            name=first["name"],
            warehouse=name,
            on_hand=None if level is None else level["on_hand"],
            reserved=0 if level is None else level["reserved"],
            buffer=buffer if first["buffer"] is None else first["buffer"],
            listings=tuple(_listing(row) for row in listings if row["shelf"] == name),
        )


def _listing(row: sqlite3.Row) -> ListingStock:
    return ListingStock(
        account=row["account"],
        offer_id=row["offer_id"],
        external_warehouse=row["external_warehouse"],
        target=row["target"],
        pushed=row["pushed"],
        pushed_at=moment(row["pushed_at"]),
        seen=row["seen"],
        seen_reserved=row["seen_reserved"],
        seen_at=moment(row["seen_at"]),
    )


def _listings(
    connection: sqlite3.Connection, ids: Sequence[int], accounts: Sequence[str]
) -> Iterator[sqlite3.Row]:
    """Yield the windows of every product in the order of articles."""
    where = ["NOT l.archived"]
    values: list[object] = []
    if ids:
        where.append(f"p.id IN ({marks(ids)})")
        values += ids
    if accounts:
        where.append(f"a.name IN ({marks(accounts)})")
        values += accounts
    # CROSS JOIN keeps products outermost, so that their index gives the order and nothing is
    # sorted: the first row comes at once, however many there are.
    return connection.execute(
        "SELECT p.sku, a.name AS account, l.offer_id, s.external_warehouse, wh.name AS shelf,"
        " s.target, s.pushed, s.pushed_at, s.seen, s.seen_reserved, s.seen_at"
        " FROM product p CROSS JOIN component c ON c.product_id = p.id"
        " CROSS JOIN listing l ON l.id = c.listing_id"
        " CROSS JOIN account a ON a.id = l.account_id"
        " CROSS JOIN shown s ON s.listing_id = l.id"
        " CROSS JOIN account_warehouse w ON w.account_id = s.account_id"
        " AND w.external_warehouse = s.external_warehouse"
        " CROSS JOIN warehouse wh ON wh.id = w.warehouse_id"
        f" WHERE {' AND '.join(where)} ORDER BY p.sku, a.name, l.offer_id, s.external_warehouse",
        values,
    )


class _Ahead:
    """Rows sorted by article, taken article by article beside another sorted reading.

    Reads no further than asked: between two articles with listings may lie a million without.
    """

    def __init__(self, rows: Iterator[sqlite3.Row]) -> None:
        self._groups = groupby(rows, key=itemgetter("sku"))
        self._next: tuple[str, list[sqlite3.Row]] | None = None
        self._ended = False

    def take(self, sku: str) -> list[sqlite3.Row]:
        """Return the article's rows, none if it has none."""
        if self._next is None and not self._ended:
            group = next(self._groups, None)
            self._ended = group is None
            self._next = None if group is None else (group[0], list(group[1]))
        if self._next is None or self._next[0] != sku:
            return []
        rows, self._next = self._next[1], None
        return rows
