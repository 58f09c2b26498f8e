"""What one listing was given of its product, what it was promised, and what it waits for."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from cloudstock.domain.transition import Line, together
from cloudstock.store.dividing import round_s
from cloudstock.store.parts import Parts
from cloudstock.store.rows import record
from cloudstock.store.times import from_iso


@dataclass(frozen=True, slots=True)
class Ahead:
    """A number that a listing will show, and about when it begins to, if nobody buys till then."""

    at: datetime
    quantity: int | None
    # It is sent as soon as anything is: nothing has to pass before.
    at_once: bool


@dataclass(frozen=True, slots=True)
class ListingAhead:
    """What one listing shows of a product, and will show until it shows its target."""

    account: str
    offer_id: str
    external_warehouse: str
    # Now; None: nobody knows.
    shows: int | None
    # In the end; None: nothing is sent to it.
    target: int | None
    ahead: tuple[Ahead, ...]
    # When it shows its target; None: that cannot be told.
    until: datetime | None
    # The seller's warehouse that feeds it, units of the product in one listing, and whether its
    # units are its own alone.
    warehouse: str
    units: int
    divided: bool


@dataclass(frozen=True, slots=True)
class ShownTogether:
    """How many units of a product in a warehouse its listings show, all together."""

    warehouse: str
    # None: nobody knows.
    available: int | None
    # Now, at the least from now on, and once each shows its part, if nobody buys till then.
    now: int
    least: int
    last: int
    # When that is; None: nobody knows.
    until: datetime | None


@dataclass(frozen=True, slots=True)
class QuotaTerms:
    """One listing of a product that is not simply shared."""

    # 'share', 'split', 'priority' or 'adaptive', and where it comes from: 'product' or 'account'.
    policy: str
    policy_source: str
    # Its units are its own alone just now.
    divided: bool
    # Listings it could show if it were alone.
    most: int | None
    # What it may still sell, or may have sold unread; None: nobody knows.
    promised: int | None
    # What will be left of that when its orders have been read; None: nobody knows.
    left_when_read: int | None
    # Accounts, itself perhaps among them, whose orders must be read before it is raised; none
    # where it shows its part.
    waits_for: tuple[str, ...]
    # Those orders tell when they are read after this; None: nobody knows.
    waits_until: datetime | None
    # Units of its product sold a day through all accounts; None: too little is known to tell.
    sold_a_day: float | None
    # Accounts that are only watched and may sell units of it: nobody can take those from them.
    watched: tuple[str, ...] = ()
    # What it shows from when on, until it shows its part.
    ahead: tuple[Ahead, ...] = ()
    # While it waits: hours of the day in which its product's listings are emptied so that units
    # move; None: at any time; '': never.
    empty_hours: str | None = None


def listings_ahead(
    connection: sqlite3.Connection, product_id: int, *, now: datetime
) -> tuple[ListingAhead, ...]:
    """Return what a product's listings show and will show, if nobody buys till then."""
    rows = connection.execute(
        "SELECT x.listing_id, x.external_warehouse, x.account, x.offer_id, x.target, x.differs,"
        " x.expected_high, x.watched, x.warehouse, s.due_at, c.units, q.divided FROM component c"
        " CROSS JOIN listing_state x ON x.listing_id = c.listing_id"
        " CROSS JOIN listing l ON l.id = x.listing_id"
        " CROSS JOIN listing_stock s ON s.listing_id = x.listing_id"
        " AND s.external_warehouse = x.external_warehouse"
        " LEFT JOIN quota q ON q.listing_id = x.listing_id"
        " AND q.external_warehouse = x.external_warehouse"
        " WHERE c.product_id = ? AND l.offered AND x.warehouse IS NOT NULL"
        " ORDER BY x.account, x.offer_id, x.external_warehouse",
        (product_id,),
    ).fetchall()
    coming = _coming(connection, {r["listing_id"] for r in rows if r["divided"]}, now=now)
    return tuple(_listing_ahead(row, coming, now) for row in rows)


def _listing_ahead(
    row: sqlite3.Row, coming: Mapping[tuple[int, str], tuple[Ahead, ...]], now: datetime
) -> ListingAhead:
    shows, target = row["expected_high"], row["target"]
    ahead: tuple[Ahead, ...] = ()
    if row["divided"]:
        ahead = coming.get((row["listing_id"], row["external_warehouse"]), ())
    elif row["differs"] and not row["watched"]:
        due_at = max(from_iso(row["due_at"]) or now, now)
        ahead = (Ahead(due_at, target, due_at == now),)
    last = ahead[-1] if ahead else Ahead(now, shows, at_once=True)
    return ListingAhead(
        account=row["account"],
        offer_id=row["offer_id"],
        external_warehouse=row["external_warehouse"],
        shows=shows,
        target=target,
        ahead=ahead,
        until=last.at if last.quantity == target else None,
        warehouse=row["warehouse"],
        units=row["units"],
        divided=bool(row["divided"]),
    )


def shown_together(
    connection: sqlite3.Connection,
    product_id: int,
    listings: Sequence[ListingAhead],
    *,
    now: datetime,
) -> tuple[ShownTogether, ...]:
    """Return how many units a product's listings show together, for each warehouse."""
    rows = connection.execute(
        "SELECT warehouse, available FROM stock_level WHERE product_id = ?", (product_id,)
    )
    available = dict(map(tuple, rows))
    shown = []
    for warehouse in sorted({x.warehouse for x in listings}):
        own = [x for x in listings if x.warehouse == warehouse]
        lines = [
            Line(x.units, x.divided, [(now, x.shows), *((a.at, a.quantity) for a in x.ahead)])
            for x in own
        ]
        units = together(available.get(warehouse) or 0, lines)
        parts = [Line(x.units, x.divided, [(now, x.target)]) for x in own]
        last = together(available.get(warehouse) or 0, parts).now
        ends = [x.until for x in own if x.target is not None]
        until = None if None in ends else max((e for e in ends if e is not None), default=None)
        shown.append(
            ShownTogether(warehouse, available.get(warehouse), units.now, units.least, last, until)
        )
    return tuple(shown)


def moving(
    connection: sqlite3.Connection, product_id: int, *, now: datetime
) -> dict[str, ShownTogether]:
    """Return what a product's listings show together where its units are on their way to them.

    By warehouse: those where fewer are shown, now or in between, than in the end.
    """
    # Asked first: most products are simply shared, and move nothing.
    if not connection.execute(
        "SELECT EXISTS (SELECT 1 FROM component c CROSS JOIN waiting_listing v"
        " ON v.listing_id = c.listing_id WHERE c.product_id = ?)",
        (product_id,),
    ).fetchone()[0]:
        return {}
    listings = listings_ahead(connection, product_id, now=now)
    shown = shown_together(connection, product_id, listings, now=now)
    return {x.warehouse: x for x in shown if x.least < x.last}


def _coming(
    connection: sqlite3.Connection, listings: Collection[int], *, now: datetime
) -> dict[tuple[int, str], tuple[Ahead, ...]]:
    """Return what divided listings will show from when on."""
    if not listings:
        return {}
    forecast = Parts(connection).forecast(listings, now=now, round_s=round_s(connection))
    return {
        pair: tuple(
            Ahead(now + timedelta(seconds=s.after_s), s.number, s.after_s == 0) for s in numbers[1:]
        )
        for pair, numbers in forecast.items()
    }


def quota_terms(
    connection: sqlite3.Connection, stock: sqlite3.Row, *, now: datetime
) -> QuotaTerms | None:
    """Return the terms of a row of `listing_stock`; None where its product is simply shared."""
    place = (stock["listing_id"], stock["external_warehouse"])
    row = connection.execute(
        "SELECT p.*, p.quantity AS promised, p.bound AS left_when_read, v.waits_for,"
        " v.waits_until, v.empty_hours, (SELECT round(r.per_day, 3) FROM component c"
        " JOIN sale_rate r ON r.product_id = c.product_id WHERE c.listing_id = p.listing_id"
        " ORDER BY r.per_day / c.units LIMIT 1) AS per_day, EXISTS (SELECT 1 FROM component c"
        " JOIN product ON product.id = c.product_id"
        " WHERE c.listing_id = p.listing_id AND product.policy = p.policy) AS own"
        " FROM quota p LEFT JOIN waiting_listing v ON v.listing_id = p.listing_id"
        " AND v.external_warehouse = p.external_warehouse"
        " WHERE p.listing_id = ? AND p.external_warehouse = ?",
        place,
    ).fetchone()
    if row is None:
        return None
    watched = connection.execute(
        "SELECT DISTINCT a.name FROM component mine"
        " CROSS JOIN component c ON c.product_id = mine.product_id"
        " CROSS JOIN quota p ON p.listing_id = c.listing_id"
        " CROSS JOIN listing l ON l.id = p.listing_id CROSS JOIN account a ON a.id = p.account_id"
        " CROSS JOIN account_warehouse w ON w.account_id = p.account_id"
        " AND w.external_warehouse = p.external_warehouse"
        " WHERE mine.listing_id = ? AND w.warehouse_id = ? AND p.divided AND l.offered"
        " AND w.watched AND coalesce(p.quantity, 1) > 0 ORDER BY a.name",
        (stock["listing_id"], stock["warehouse_id"]),
    )
    return record(
        QuotaTerms,
        row,
        policy_source="product" if row["own"] else "account",
        waits_for=tuple(row["waits_for"].split(",")) if row["waits_for"] else (),
        sold_a_day=row["per_day"],
        watched=tuple(w[0] for w in watched),
        ahead=_coming(connection, {place[0]} if row["divided"] else (), now=now).get(place, ()),
    )
