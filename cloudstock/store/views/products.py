"""products: what there is of each product on all shelves together."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple

from cloudstock.store.times import moment
from cloudstock.store.views.listings import DRIFT
from cloudstock.store.views.paging import EVERYTHING, Page, anywhere
from cloudstock.store.views.stock import REMEMBERED

SORT_KEYS = {
    "sku": "p.sku",
    "name": "p.name",
    "on_hand": "on_hand",
    "reserved": "reserved",
    "available": "available",
    "counted": "counted_at",
    "listings": "listings",
}


class ProductRow(NamedTuple):
    """One product. Quantities are units on all of the seller's shelves, without the quarantine."""

    sku: str
    name: str
    # None: never counted.
    on_hand: int | None
    reserved: int
    available: int | None
    # Its own; None: as the account says.
    buffer: int | None
    # The last count.
    counted_at: datetime | None
    # Listings that are made of it and not archived.
    listings: int
    barcodes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ProductFilter:
    """Which products to show; all that is asked for must hold. Nothing: all."""

    # Only this shelf's numbers.
    warehouse: str | None = None
    # Never counted.
    uncounted: bool = False
    # Known to have so many available, or fewer.
    low: int | None = None
    # More is promised than is on hand, on one shelf.
    oversold: bool = False
    # No listing is made of it.
    unlinked: bool = False
    # A listing of it shows more than was sent; was refused.
    drift: bool = False
    refused: bool = False
    # Stands in article or name, or is a barcode.
    search: str = ""


def products(
    connection: sqlite3.Connection,
    wanted: ProductFilter,
    *,
    buffer: int,
    page: Page = EVERYTHING,
) -> Iterator[ProductRow]:
    """Yield products by article, or as the page says.

    `buffer`: units kept back of products that have no buffer of their own. Nothing is sorted for
    the order of articles, so that the first rows of a million come at once.
    """
    where, having = ["true"], ["true"]
    values: list[object] = []
    shelf = "s.warehouse_id <> 0"
    if wanted.warehouse is not None:
        shelf = "s.warehouse_id = (SELECT id FROM warehouse WHERE name = ?)"
    if wanted.unlinked:
        where.append("NOT EXISTS (SELECT 1 FROM component c WHERE c.product_id = p.id)")
    if wanted.refused:
        where.append(f"p.id IN ({_OF_WINDOWS.format('x.refused_at IS NOT NULL')})")
    if wanted.drift:
        where.append(f"p.id IN ({_OF_WINDOWS.format(DRIFT.format('x'))})")
    if wanted.search:
        where.append(
            "(p.sku GLOB ? OR p.name GLOB ?"
            " OR p.id IN (SELECT product_id FROM product_barcode WHERE barcode = ?))"
        )
        values += [*[anywhere(wanted.search)] * 2, wanted.search.strip()]
    if wanted.uncounted:
        having.append("on_hand IS NULL")
    if wanted.oversold:
        having.append("max(s.counted_at IS NOT NULL AND s.reserved > s.on_hand)")
    bound: list[object] = []
    if wanted.low is not None:
        having.append("available <= ?")
        bound.append(wanted.low)
    cursor = connection.cursor()
    # There may be millions.
    cursor.row_factory = None
    when = lru_cache(REMEMBERED)(moment)
    rows = cursor.execute(
        "SELECT p.sku, p.name, p.buffer, max(s.counted_at) AS counted_at,"
        " sum(iif(s.counted_at IS NULL, NULL, s.on_hand)) AS on_hand,"
        " coalesce(sum(s.reserved), 0) AS reserved,"
        " sum(iif(s.counted_at IS NULL, NULL,"
        " max(0, s.on_hand - s.reserved - coalesce(p.buffer, ?)))) AS available,"
        " (SELECT count(*) FROM component c JOIN listing l ON l.id = c.listing_id"
        " WHERE c.product_id = p.id AND NOT l.archived) AS listings,"
        " (SELECT group_concat(barcode, ' ') FROM product_barcode b WHERE b.product_id = p.id)"
        " AS barcodes"
        f" FROM product p LEFT JOIN stock s ON s.product_id = p.id AND {shelf}"
        f" WHERE {' AND '.join(where)} GROUP BY p.sku HAVING {' AND '.join(having)}"
        f" ORDER BY {page.order(SORT_KEYS, 'p.sku')} LIMIT ? OFFSET ?",
        [
            buffer,
            *([] if wanted.warehouse is None else [wanted.warehouse]),
            *values,
            *bound,
            *page.bounds(),
        ],
    )
    for sku, name, own, counted_at, on_hand, reserved, available, listings, barcodes in rows:
        yield ProductRow(
            sku,
            name,
            on_hand,
            reserved,
            available,
            own,
            when(counted_at),
            listings,
            tuple(barcodes.split()) if barcodes else (),
        )


# The products of windows for which a condition holds.
_OF_WINDOWS = (
    "SELECT c.product_id FROM shown x JOIN component c ON c.listing_id = x.listing_id WHERE {}"
)
