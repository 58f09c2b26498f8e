"""What the browser asks beside lists: a code that was scanned, a round at work, a glance at all."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from cloudstock.language import tr
from cloudstock.language.local import local, midnight
from cloudstock.store.times import from_iso
from cloudstock.store.views import marks
from cloudstock.store.views.sales import sales


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


def name_and_stock(connection: sqlite3.Connection, sku: str) -> str:
    """Return a product's name and what is on hand of it in all warehouses, for who scans it."""
    name, on_hand = connection.execute(
        "SELECT p.name, (SELECT sum(s.on_hand) FROM stock s WHERE s.product_id = p.id"
        " AND s.warehouse_id <> 0) FROM product p WHERE p.sku = ?",
        (sku,),
    ).fetchone()
    if on_hand is None:
        return tr("{sku} {name}, never counted", sku=sku, name=name)
    return tr("{sku} {name}, {n} on hand", sku=sku, name=name, n=on_hand)


def own_policy(connection: sqlite3.Connection, sku: str) -> str | None:
    """Return the policy of a product itself; None: each account's."""
    row = connection.execute("SELECT policy FROM product WHERE sku = ?", (sku,)).fetchone()
    return None if row is None else row[0]


class Card(NamedTuple):
    """Where a listing's card is on its marketplace, and its picture; "": not told."""

    url: str
    picture: str


def cards(connection: sqlite3.Connection, sku: str) -> dict[tuple[str, str], Card]:
    """Return the cards of a product's listings, by account and marketplace id."""
    rows = connection.execute(
        "SELECT a.name, l.external_id, l.card_url, l.picture_url FROM product p"
        " CROSS JOIN component c ON c.product_id = p.id CROSS JOIN listing l ON l.id = c.listing_id"
        " JOIN account a ON a.id = l.account_id WHERE p.sku = ? ORDER BY c.units, a.id, l.id",
        (sku,),
    )
    return {(account, number): Card(url, picture) for account, number, url, picture in rows}


def is_hidden(connection: sqlite3.Connection, sku: str) -> bool:
    """Tell whether a product was put out of sight."""
    hidden = "SELECT 1 FROM product WHERE sku = ? AND hidden_at IS NOT NULL"
    return connection.execute(hidden, (sku,)).fetchone() is not None


# ---------------------------------------------------------------- what hinders listings


def refused_listings(
    connection: sqlite3.Connection, skus: Sequence[str]
) -> set[tuple[str, str, str]]:
    """Return (account, article of the listing, marketplace warehouse) of refused listings."""
    rows = connection.execute(
        "SELECT s.account, s.offer_id, s.external_warehouse FROM product p"
        " CROSS JOIN component c ON c.product_id = p.id"
        " CROSS JOIN listing_state s ON s.listing_id = c.listing_id"
        f" WHERE p.sku IN ({marks(skus)}) AND s.refused IS NOT NULL",
        skus,
    )
    return {(r[0], r[1], r[2]) for r in rows}


def few_products(connection: sqlite3.Connection, most: int) -> bool:
    """Tell whether there are no more than so many products."""
    row = connection.execute("SELECT 1 FROM product LIMIT 1 OFFSET ?", (most,)).fetchone()
    return row is None


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
    """Return what the database tells of a round that began at `since`, account by account."""
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
    at = from_iso(stored)
    return at if at is not None and at >= since else None


# ---------------------------------------------------------------- at a glance


@dataclass(frozen=True, slots=True)
class Totals:
    """The database in a few numbers."""

    products: int
    # Never counted anywhere.
    uncounted: int
    # Orders that still hold units.
    open_orders: int
    # Returned listings that wait in quarantine.
    returns_waiting: int
    # Offered listings of no product, and links that a person should look at.
    loose: int


def totals(connection: sqlite3.Connection) -> Totals:
    """Return how much there is of everything that is in sight."""
    hidden = "(SELECT count(*) FROM product WHERE hidden_at IS NOT NULL)"
    row = connection.execute(
        f"SELECT (SELECT count(*) FROM product) - {hidden},"
        f" (SELECT count(*) FROM product) - {hidden} - (SELECT count(DISTINCT product_id)"
        " FROM stock WHERE counted_at IS NOT NULL)"
        " + (SELECT count(*) FROM product p WHERE p.hidden_at IS NOT NULL AND EXISTS (SELECT 1"
        " FROM stock s WHERE s.product_id = p.id AND s.counted_at IS NOT NULL)),"
        " (SELECT count(*) FROM open_order),"
        " (SELECT coalesce(sum(waiting), 0) FROM returns WHERE waiting > 0),"
        " (SELECT count(*) FROM unlinked_listing WHERE link = 'none')"
        " + (SELECT count(*) FROM listing WHERE review IS NOT NULL)"
    ).fetchone()
    return Totals(*row)


@dataclass(frozen=True, slots=True)
class Sold:
    """Units of products that were ordered, by local days."""

    # Account -> (today, yesterday), the configured ones first.
    by_account: dict[str, tuple[int, int]]
    # Article -> units of both days, most first.
    best: tuple[tuple[str, int], ...]

    @property
    def today(self) -> int:
        """Of all accounts."""
        return sum(today for today, _ in self.by_account.values())

    @property
    def yesterday(self) -> int:
        """Of all accounts."""
        return sum(yesterday for _, yesterday in self.by_account.values())


# Articles that are named among those that sold most.
BEST_MAX = 5


def sold_lately(connection: sqlite3.Connection, accounts: Sequence[str], *, now: datetime) -> Sold:
    """Return what was ordered since yesterday began on the wall's clock."""
    day = local(now).date()
    began = midnight(day)
    today = sales(connection, since=began)
    yesterday = sales(connection, since=midnight(day - timedelta(days=1)), until=began)
    by_account: dict[str, tuple[int, int]] = dict.fromkeys(accounts, (0, 0))
    units = Counter[int]()
    for now_or_then, ordered in enumerate((today, yesterday)):
        for sale in ordered:
            of_days = [*by_account.get(sale.account, (0, 0))]
            of_days[now_or_then] += sale.units
            by_account[sale.account] = (of_days[0], of_days[1])
            units[sale.product_id] += sale.units
    best = units.most_common(BEST_MAX)
    names = dict(
        connection.execute(
            f"SELECT id, sku FROM product WHERE id IN ({marks(best)})", [i for i, _ in best]
        ).fetchall()
    )
    return Sold(by_account, tuple((names[i], n) for i, n in best))


def last_in_step(connection: sqlite3.Connection, accounts: Sequence[str]) -> datetime | None:
    """Return until when the orders of all these accounts are known; None: of one they are not."""
    rows = connection.execute(
        "SELECT c.read_until FROM account a LEFT JOIN cursor c ON c.account_id = a.id"
        f" AND c.job = 'orders' WHERE a.name IN ({marks(accounts)})",
        accounts,
    ).fetchall()
    moments = [from_iso(r[0]) for r in rows]
    read_until = [m for m in moments if m is not None]
    return min(read_until) if read_until and len(read_until) == len(accounts) else None


@dataclass(frozen=True, slots=True)
class AccountDetails:
    """What the database keeps of an account."""

    cabinet: str | None
    # When its key ends; None: the marketplace does not tell.
    credentials_end: datetime | None
    listings: int


def account_details(connection: sqlite3.Connection) -> dict[str, AccountDetails]:
    """Return what is kept of every account that ever was, by name."""
    rows = connection.execute(
        "SELECT a.name, a.cabinet, a.credentials_end, (SELECT count(*) FROM listing l"
        " WHERE l.account_id = a.id) FROM account a ORDER BY a.name"
    )
    return {r[0]: AccountDetails(r[1], from_iso(r[2]), r[3]) for r in rows}
