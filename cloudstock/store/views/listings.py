"""listings: what every account offers, what it is made of, and what it shows."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple

from cloudstock.store.times import moment
from cloudstock.store.views import marks
from cloudstock.store.views.paging import EVERYTHING, Page, anywhere
from cloudstock.store.views.stock import REMEMBERED

# A window, named {}, that shows more than it was told to. A reading that counts (newer than the
# last push, and settled) is what is believed. One that is only watched, or was since it was told
# anything, shows what others say.
DRIFT = (
    "({0}.seen > {0}.pushed AND {0}.seen > coalesce({0}.target, 0)"
    " AND {0}.seen_at > {0}.pushed_at AND {0}.believed_until = {0}.seen_at"
    " AND NOT EXISTS (SELECT 1 FROM account_warehouse others WHERE"
    " others.account_id = {0}.account_id AND others.external_warehouse = {0}.external_warehouse"
    " AND (others.watched OR others.watched_until > {0}.pushed_at)))"
)

# A window, named s, that certainly shows another number than it should. That of which a complete
# reading found no record shows none.
DIFFERS = (
    "(s.target IS NOT NULL AND (s.low IS NOT s.target OR s.high IS NOT s.target)"
    " AND (s.low > s.target OR s.high < s.target OR (s.low IS NULL AND s.seen IS NULL"
    " AND s.pushed IS NULL AND s.push_id IS NULL AND s.target > 0"
    " AND EXISTS (SELECT 1 FROM cursor k WHERE k.account_id = s.account_id"
    " AND k.job = 'reserves' AND k.read_until IS NOT NULL))))"
)

SORT_KEYS = {
    "account": "a.name",
    "offer_id": "l.offer_id",
    "name": "l.name",
    "target": "s.target",
    "pushed": "s.pushed",
    "seen": "s.seen",
}


class PartRow(NamedTuple):
    """A product in a listing, and how many units one listing takes."""

    sku: str
    units: int


class ListingRow(NamedTuple):
    """One listing in one marketplace warehouse. Quantities are listings, not units."""

    # The book's own number of it.
    listing_id: int
    account: str
    offer_id: str
    external_id: str
    name: str
    # What it is made of; empty: it is linked to nothing.
    parts: tuple[PartRow, ...]
    # 'auto', 'manual' or 'none'.
    link: str
    archived: bool
    # "": none is configured, or the account has but one.
    external_warehouse: str
    target: int | None
    pushed: int | None
    pushed_at: datetime | None
    seen: int | None
    seen_reserved: int | None
    seen_at: datetime | None
    # Seen to show more than was sent.
    drift: bool
    # Why the marketplace takes no number for it; None: it does.
    refused: str | None


@dataclass(frozen=True, slots=True)
class ListingFilter:
    """Which listings to show; all that is asked for must hold. Nothing: all that are live."""

    accounts: Sequence[str] = ()
    # Linked to no product.
    unlinked: bool = False
    # It alone is made of its products, and none of them was ever counted.
    alone: bool = False
    # Linked to a product that was never counted on the shelf that feeds it.
    uncounted: bool = False
    # Known to show so many, or fewer.
    low: int | None = None
    drift: bool = False
    # Certain to show another number than its target.
    differs: bool = False
    refused: bool = False
    # Archived ones instead of the live ones.
    archived: bool = False
    # Stands in article or name, or is its marketplace id, a barcode or a product's article.
    search: str = ""


# A window of what was never counted has no target, which costs less to see.
_ALONE = (
    "iif(s.target IS NULL, EXISTS (SELECT 1 FROM component c WHERE c.listing_id = l.id)"
    " AND NOT EXISTS (SELECT 1 FROM component c WHERE c.listing_id = l.id AND ("
    "EXISTS (SELECT 1 FROM component o WHERE o.product_id = c.product_id"
    " AND o.listing_id <> l.id)"
    " OR EXISTS (SELECT 1 FROM stock st WHERE st.product_id = c.product_id"
    " AND st.counted_at IS NOT NULL))), 0)"
)
_UNCOUNTED = (
    "iif(s.target IS NULL, EXISTS (SELECT 1 FROM component c LEFT JOIN stock st"
    " ON st.product_id = c.product_id AND st.warehouse_id = w.warehouse_id"
    " WHERE c.listing_id = l.id AND st.counted_at IS NULL), 0)"
)


def listings(
    connection: sqlite3.Connection, wanted: ListingFilter, *, page: Page = EVERYTHING
) -> Iterator[ListingRow]:
    """Yield listings by account and article, or as the page says; one row for each window.

    Where those are sought that met no product, one for each listing.

    Targets must be computed (`refresh_targets`), or what was counted a moment ago is still told
    to be uncounted.
    """
    where = ["l.archived" if wanted.archived else "NOT l.archived"]
    values: list[object] = []
    if wanted.accounts:
        where.append(f"a.name IN ({marks(wanted.accounts)})")
        values += wanted.accounts
    if wanted.unlinked:
        where.append(
            "l.link <> 'auto' AND NOT EXISTS (SELECT 1 FROM component c WHERE c.listing_id = l.id)"
        )
    if wanted.alone:
        where.append(_ALONE)
    if wanted.uncounted:
        where.append(_UNCOUNTED)
    if wanted.unlinked or wanted.alone:
        where.append(
            "NOT EXISTS (SELECT 1 FROM shown e WHERE e.listing_id = l.id"
            " AND e.external_warehouse < s.external_warehouse)"
        )
    if wanted.low is not None:
        where.append("s.target <= ?")
        values.append(wanted.low)
    if wanted.drift:
        where.append(DRIFT.format("s"))
    if wanted.differs:
        where.append(DIFFERS)
    if wanted.refused:
        where.append("s.refused_at IS NOT NULL")
    if wanted.search:
        where.append(
            "(l.offer_id GLOB ? OR l.name GLOB ? OR l.external_id = ?"
            " OR l.id IN (SELECT k.listing_id FROM account o"
            " CROSS JOIN listing_key k ON k.account_id = o.id AND k.key = ?"
            " UNION SELECT c.listing_id FROM product p"
            " CROSS JOIN component c ON c.product_id = p.id WHERE p.sku = ?))"
        )
        exact = wanted.search.strip()
        values += [*[anywhere(wanted.search)] * 2, exact, f"barcode:{exact}", exact]
    cursor = connection.cursor()
    # There may be millions.
    cursor.row_factory = None
    when = lru_cache(REMEMBERED)(moment)
    rows = cursor.execute(
        "SELECT l.id, a.name, l.offer_id, l.external_id, l.name,"
        " (SELECT json_group_array(json_array(p.sku, c.units)) FROM component c"
        " JOIN product p ON p.id = c.product_id WHERE c.listing_id = l.id) AS parts,"
        " l.link, l.archived, coalesce(s.external_warehouse, ''), s.target, s.pushed, s.pushed_at,"
        f" s.seen, s.seen_reserved, s.seen_at, coalesce({DRIFT.format('s')}, 0),"
        " iif(s.refused_at IS NULL, NULL, coalesce(nullif(s.refused_message, ''), s.refused_code))"
        f" FROM {_tables(wanted)} LEFT JOIN account_warehouse w ON w.account_id = s.account_id"
        " AND w.external_warehouse = s.external_warehouse"
        f" WHERE {' AND '.join(where)}"
        f" ORDER BY {page.order(SORT_KEYS, _ORDER)} LIMIT ? OFFSET ?",
        [*values, *page.bounds()],
    )
    for r in rows:
        parts, pushed_at, seen_at, drift = json.loads(r[5]), r[11], r[14], r[15]
        yield ListingRow(
            listing_id=r[0],
            account=r[1],
            offer_id=r[2],
            external_id=r[3],
            name=r[4],
            parts=tuple(sorted(PartRow(*part) for part in parts)),
            link=r[6],
            archived=bool(r[7]),
            external_warehouse=r[8],
            target=r[9],
            pushed=r[10],
            pushed_at=when(pushed_at),
            seen=r[12],
            seen_reserved=r[13],
            seen_at=when(seen_at),
            drift=bool(drift),
            refused=r[16],
        )


_ORDER = "a.name, l.offer_id, l.id, s.external_warehouse"


def _tables(wanted: ListingFilter) -> str:
    """Return the tables in the order in which they are walked: from the few to the many."""
    indexes = {
        "shown_refused": wanted.refused,
        "shown_above": wanted.drift,
        "shown_differs": wanted.differs,
    }
    index = next((name for name, asked in indexes.items() if asked), None)
    if index is not None or wanted.low is not None:
        few = "" if index is None else f" INDEXED BY {index}"
        return (
            f"shown s{few} CROSS JOIN listing l ON l.id = s.listing_id"
            " CROSS JOIN account a ON a.id = l.account_id"
        )
    few = " INDEXED BY listing_not_auto" if wanted.unlinked else ""
    return (
        f"account a CROSS JOIN listing l{few} ON l.account_id = a.id"
        " LEFT JOIN shown s ON s.listing_id = l.id"
    )
