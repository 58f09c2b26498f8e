"""Long lists a page at a time: products found by what a person types, listings, runs, reserves.

A page is found by the last row of the one before it, so the thousandth costs what the first does.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from cloudstock.store.times import moment
from cloudstock.store.views import marks
from cloudstock.store.views.candidates import Candidate, candidates
from cloudstock.store.views.listings import ListingRow as Sought
from cloudstock.store.views.listings import PartRow

# Words beyond these narrow nothing that a person could have meant.
WORDS_MAX = 8
WORD_LENGTH_MAX = 100
# Above every character that a barcode may hold.
LAST = "\U0010ffff"


class Only(StrEnum):
    """Which products a person wants to see."""

    ALL = "all"
    UNCOUNTED = "uncounted"
    OVERSOLD = "oversold"
    EMPTY = "empty"
    REFUSED = "refused"
    UNLISTED = "unlisted"


_ONLY = {
    Only.ALL: "true",
    Only.UNCOUNTED: "NOT EXISTS (SELECT 1 FROM stock s WHERE s.product_id = p.id"
    " AND s.counted_at IS NOT NULL)",
    Only.OVERSOLD: "EXISTS (SELECT 1 FROM stock s WHERE s.product_id = p.id"
    " AND s.counted_at IS NOT NULL AND s.reserved > s.on_hand)",
    Only.EMPTY: "EXISTS (SELECT 1 FROM stock s WHERE s.product_id = p.id"
    " AND s.counted_at IS NOT NULL AND s.reserved >= s.on_hand)",
    Only.REFUSED: "p.id IN (SELECT c.product_id FROM shown s INDEXED BY shown_refused"
    " JOIN component c ON c.listing_id = s.listing_id WHERE s.refused_at IS NOT NULL)",
    Only.UNLISTED: "NOT EXISTS (SELECT 1 FROM component c WHERE c.product_id = p.id)",
}


@dataclass(frozen=True, slots=True)
class ProductPage:
    """Articles of one page, in their order, and whether there are more on either side."""

    skus: tuple[str, ...]
    earlier: bool
    later: bool


def products(
    connection: sqlite3.Connection,
    *,
    query: str = "",
    only: Only = Only.ALL,
    after: str | None = None,
    before: str | None = None,
    limit: int,
) -> ProductPage:
    """Return a page of articles: those after one, before one, or the first.

    `query`: every word of it must stand in the article or the name, whatever the case, or begin a
    barcode.
    """
    where, values = _conditions(query, only)
    backwards = before is not None and after is None
    if after is not None:
        where.append("p.sku > ?")
        values.append(after)
    elif before is not None:
        where.append("p.sku < ?")
        values.append(before)
    found = [
        r[0]
        for r in connection.execute(
            f"SELECT p.sku FROM product p WHERE {' AND '.join(where)}"
            f" ORDER BY p.sku {'DESC' if backwards else ''} LIMIT ?",
            (*values, limit + 1),
        )
    ]
    more = len(found) > limit
    page = found[:limit]
    if backwards:
        return ProductPage(tuple(reversed(page)), earlier=more, later=True)
    return ProductPage(tuple(page), earlier=after is not None, later=more)


def exactly(connection: sqlite3.Connection, text: str) -> list[str]:
    """Return the articles that a scanned or typed code names as a whole: article, else barcode."""
    rows = connection.execute("SELECT sku FROM product WHERE sku = ?", (text,)).fetchall()
    if not rows:
        rows = connection.execute(
            "SELECT p.sku FROM product_barcode b JOIN product p ON p.id = b.product_id"
            " WHERE b.barcode = ? ORDER BY p.sku",
            (text,),
        ).fetchall()
    return [r[0] for r in rows]


def described(
    connection: sqlite3.Connection, skus: Sequence[str]
) -> list[tuple[str, str, int | None, tuple[str, ...]]]:
    """Return article, name, own buffer (None: none) and barcodes of products, by article."""
    rows = connection.execute(
        "SELECT p.sku, p.name, p.buffer, (SELECT json_group_array(barcode) FROM (SELECT b.barcode"
        " FROM product_barcode b WHERE b.product_id = p.id ORDER BY b.barcode)) AS barcodes"
        f" FROM product p WHERE p.sku IN ({marks(skus)}) ORDER BY p.sku",
        skus,
    )
    return [(r[0], r[1], r[2], tuple(json.loads(r["barcodes"]))) for r in rows]


def _conditions(query: str, only: Only) -> tuple[list[str], list[object]]:
    where, values = [_ONLY[only]], list[object]()
    for word in query.split()[:WORDS_MAX]:
        cut = word[:WORD_LENGTH_MAX]
        where.append(
            "(p.sku GLOB ? OR p.name GLOB ? OR p.id IN"
            " (SELECT product_id FROM product_barcode WHERE barcode >= ? AND barcode < ?))"
        )
        pattern = _anywhere(cut)
        values += [pattern, pattern, cut, cut + LAST]
    return where, values


def _anywhere(word: str) -> str:
    """Return a GLOB pattern for a word in any case. LIKE knows the cases of Latin letters only."""
    return "*" + "".join(map(_either_case, word)) + "*"


def _either_case(character: str) -> str:
    cases = {character.lower(), character.upper()}
    if len(cases) == 2 and all(len(c) == 1 for c in cases):
        return f"[{''.join(sorted(cases))}]"
    # In brackets, what GLOB would take for a sign stands for itself.
    return f"[{character}]" if character in "*?[" else character


# ---------------------------------------------------------------- what hinders windows


def refused_windows(
    connection: sqlite3.Connection, skus: Sequence[str]
) -> set[tuple[str, str, str]]:
    """Return (account, article of the listing, marketplace warehouse) of refused windows."""
    rows = connection.execute(
        "SELECT a.name, l.offer_id, s.external_warehouse FROM product p"
        " CROSS JOIN component c ON c.product_id = p.id"
        " CROSS JOIN listing l ON l.id = c.listing_id"
        " CROSS JOIN shown s ON s.listing_id = l.id JOIN account a ON a.id = l.account_id"
        f" WHERE p.sku IN ({marks(skus)}) AND s.refused_at IS NOT NULL",
        skus,
    )
    return {(r[0], r[1], r[2]) for r in rows}


# ---------------------------------------------------------------- listings


@dataclass(frozen=True, slots=True)
class ListingRow:
    """One listing, and what it is made of."""

    # The book's own number of it.
    number: int
    account: str
    external_id: str
    offer_id: str
    name: str
    archived: bool
    # 'auto', 'manual' or 'none'.
    link: str
    barcodes: tuple[str, ...]
    # Article -> units in one listing; empty: linked to no product.
    products: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class ListingPage:
    """Listings of one page; `after` finds the next, None: this is the last."""

    rows: tuple[ListingRow, ...]
    after: int | None


# With a place for the index to look in.
_LISTING = (
    "SELECT l.*, a.name AS account,"
    " (SELECT json_group_array(substr(k.key, 9)) FROM listing_key k WHERE k.listing_id = l.id"
    " AND k.key GLOB 'barcode:*') AS barcodes,"
    " (SELECT json_group_object(p.sku, c.units) FROM component c"
    " JOIN product p ON p.id = c.product_id WHERE c.listing_id = l.id) AS products"
    " FROM listing l{} JOIN account a ON a.id = l.account_id"
)


def unlinked(connection: sqlite3.Connection, *, after: int = 0, limit: int) -> ListingPage:
    """Return listings that are not archived and that no product is linked to."""
    rows = connection.execute(
        f"{_LISTING.format(' INDEXED BY listing_not_auto')}"
        " WHERE l.link <> 'auto' AND l.id > ? AND NOT l.archived"
        " AND NOT EXISTS (SELECT 1 FROM component c WHERE c.listing_id = l.id)"
        " ORDER BY l.id LIMIT ?",
        (after, limit + 1),
    ).fetchall()
    more = len(rows) > limit
    page = rows[:limit]
    return ListingPage(tuple(map(_listing, page)), page[-1]["id"] if more else None)


def listing(connection: sqlite3.Connection, account: str, external_id: str) -> ListingRow | None:
    """Return one listing by its account and marketplace id; None where there is none."""
    row = connection.execute(
        f"{_LISTING.format('')} WHERE a.name = ? AND l.external_id = ?", (account, external_id)
    ).fetchone()
    return None if row is None else _listing(row)


def _listing(row: sqlite3.Row) -> ListingRow:
    return ListingRow(
        number=row["id"],
        account=row["account"],
        external_id=row["external_id"],
        offer_id=row["offer_id"],
        name=row["name"],
        archived=bool(row["archived"]),
        link=row["link"],
        barcodes=tuple(json.loads(row["barcodes"])),
        products=json.loads(row["products"]),
    )


def few_products(connection: sqlite3.Connection, most: int) -> bool:
    """Tell whether there are no more than so many products."""
    row = connection.execute("SELECT 1 FROM product LIMIT 1 OFFSET ?", (most,)).fetchone()
    return row is None


def nearest(connection: sqlite3.Connection, row: ListingRow) -> tuple[Candidate, ...]:
    """Return the products that a listing looks most like, for a person to choose from."""
    own = tuple(PartRow(sku, units) for sku, units in row.products.items())
    sought = Sought(
        listing_id=row.number,
        account=row.account,
        offer_id=row.offer_id,
        external_id=row.external_id,
        name=row.name,
        parts=own,
        link=row.link,
        archived=row.archived,
        external_warehouse="",
        target=None,
        pushed=None,
        pushed_at=None,
        seen=None,
        seen_reserved=None,
        seen_at=None,
        drift=False,
        refused=None,
    )
    return candidates(connection, [sought])[row.number]


# ---------------------------------------------------------------- runs


@dataclass(frozen=True, slots=True)
class RunRow:
    """One job of one account, as it ended."""

    number: int
    account: str
    job: str
    began_at: datetime
    ended_at: datetime
    ok: bool
    error_kind: str | None
    message: str | None
    counts: Mapping[str, int]


def runs(
    connection: sqlite3.Connection,
    *,
    before: int | None = None,
    failed: bool = False,
    limit: int,
) -> list[RunRow]:
    """Return runs, the newest first; `before`: those older than the run of this number."""
    rows = connection.execute(
        "SELECT r.*, a.name AS account FROM run r JOIN account a ON a.id = r.account_id"
        f" WHERE r.id < ? {'AND NOT r.ok' if failed else ''} ORDER BY r.id DESC LIMIT ?",
        (2**62 if before is None else before, limit),
    )
    return [
        RunRow(
            number=r["id"],
            account=r["account"],
            job=r["job"],
            began_at=moment(r["began_at"]),
            ended_at=moment(r["ended_at"]),
            ok=bool(r["ok"]),
            error_kind=r["error_kind"],
            message=r["message"],
            counts=json.loads(r["counts"]),
        )
        for r in rows
    ]


# ---------------------------------------------------------------- a round at work


@dataclass(frozen=True, slots=True)
class AccountProgress:
    """How far a round is with one account; moments None: not done yet."""

    account: str
    orders_at: datetime | None
    returns_at: datetime | None
    # Numbers sent since it began, and what became of them.
    sent: int
    accepted: int
    refused: int


def last_push(connection: sqlite3.Connection) -> int:
    """Return the number of the last push that was recorded; 0: none."""
    return int(connection.execute("SELECT coalesce(max(id), 0) FROM push").fetchone()[0])


def progress(
    connection: sqlite3.Connection, *, since: datetime, after_push: int
) -> list[AccountProgress]:
    """Return what the book tells of a round that began at `since`, account by account."""
    pushed = {
        r[0]: r[1:]
        for r in connection.execute(
            "SELECT l.account_id, count(*), sum(p.verdict IS 'accepted'),"
            " sum(p.verdict IS 'refused') FROM push p JOIN listing l ON l.id = p.listing_id"
            " WHERE p.id > ? GROUP BY l.account_id",
            (after_push,),
        )
    }
    rows = connection.execute(
        "SELECT a.id, a.name, o.finished_at AS orders_at, r.finished_at AS returns_at"
        " FROM account a LEFT JOIN cursor o ON o.account_id = a.id AND o.job = 'orders'"
        " LEFT JOIN cursor r ON r.account_id = a.id AND r.job = 'returns' ORDER BY a.name"
    )
    return [
        AccountProgress(
            row["name"],
            _since(row["orders_at"], since),
            _since(row["returns_at"], since),
            *pushed.get(row["id"], (0, 0, 0)),
        )
        for row in rows
    ]


def _since(stored: str | None, since: datetime) -> datetime | None:
    at = moment(stored)
    return at if at is not None and at >= since else None


# ---------------------------------------------------------------- reserves


@dataclass(frozen=True, slots=True)
class ReserveRow:
    """Units of one product on one shelf that are promised to one order line."""

    account: str
    order_id: str
    line_id: str
    sku: str
    warehouse: str
    units: int
    # 'open' or 'unknown'.
    step: str
    created_at: datetime


def reserves(
    connection: sqlite3.Connection, *, skus: Sequence[str] = (), accounts: Sequence[str] = ()
) -> list[ReserveRow]:
    """Return what is promised to open orders, by article and the orders' age."""
    where, values = ["x.reserved > 0"], list[object]()
    if skus:
        where.append(f"p.sku IN ({marks(skus)})")
        values += skus
    if accounts:
        where.append(f"a.name IN ({marks(accounts)})")
        values += accounts
    rows = connection.execute(
        "SELECT a.name AS account, o.order_id, l.line_id, p.sku, w.name AS warehouse,"
        " x.reserved, o.step, o.created_at"
        " FROM allocation x INDEXED BY allocation_reserves"
        " JOIN product p ON p.id = x.product_id JOIN warehouse w ON w.id = x.warehouse_id"
        " JOIN order_line l ON l.id = x.order_line_id JOIN orders o ON o.id = l.orders_id"
        f" JOIN account a ON a.id = o.account_id WHERE {' AND '.join(where)}"
        " ORDER BY p.sku, o.created_at, o.id, l.id",
        values,
    )
    return [
        ReserveRow(
            r["account"],
            r["order_id"],
            r["line_id"],
            r["sku"],
            r["warehouse"],
            r["reserved"],
            r["step"],
            moment(r["created_at"]),
        )
        for r in rows
    ]


# ---------------------------------------------------------------- at a glance


@dataclass(frozen=True, slots=True)
class Totals:
    """The book in a few numbers."""

    products: int
    # Never counted anywhere.
    uncounted: int
    # Orders that still hold units.
    open_orders: int
    # Returned listings that wait in quarantine.
    returns_waiting: int


def totals(connection: sqlite3.Connection) -> Totals:
    """Return how much there is of everything."""
    row = connection.execute(
        "SELECT (SELECT count(*) FROM product),"
        " (SELECT count(*) FROM product) - (SELECT count(DISTINCT product_id) FROM stock"
        " WHERE counted_at IS NOT NULL),"
        " (SELECT count(*) FROM orders WHERE NOT ended AND NOT shipped AND ignored IS NULL),"
        " (SELECT coalesce(sum(booked - restocked - written_off), 0) FROM returns"
        " WHERE booked > restocked + written_off)"
    ).fetchone()
    return Totals(*row)
