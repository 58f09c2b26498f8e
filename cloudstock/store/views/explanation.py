"""explain: every term of one product's numbers, with its source."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from cloudstock.domain.targets import component_quantity
from cloudstock.store.cursors import NOT_FRESH
from cloudstock.store.rows import record
from cloudstock.store.times import from_iso, to_iso
from cloudstock.store.views import product_id
from cloudstock.store.views.quotas import QuotaTerms, ShownTogether, moving, quota_terms

# How many pushes of each listing are told.
PUSHES_MAX = 3


@dataclass(frozen=True, slots=True)
class Counted:
    """A count of one product in one warehouse."""

    quantity: int
    counted_at: datetime
    note: str


@dataclass(frozen=True, slots=True)
class Moved:
    """What movements of one kind did to a warehouse since its last count."""

    kind: str
    quantity: int
    movements: int


@dataclass(frozen=True, slots=True)
class Reservation:
    """An open order line that holds units of the product."""

    account: str
    order_id: str
    line_id: str
    units: int
    # 'open' or 'unknown', and the marketplace's own word.
    step: str
    status: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class WarehouseTerms:
    """Why a warehouse holds what it holds: last count + movements since = on hand."""

    warehouse: str
    # None: never counted, so what is on hand is unknown.
    counted: Counted | None
    moved: tuple[Moved, ...]
    on_hand: int | None
    reserved: int
    # Units kept back: the product's own buffer, else the configuration's.
    buffer: int
    # None: unknown.
    available: int | None
    # Units promised that are not there.
    oversold: int
    reservations: tuple[Reservation, ...]
    # What listings that divide it show together while its units move; None: they show their parts.
    together: ShownTogether | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """One product of a listing, and how many listings it could fill."""

    sku: str
    # Units in one listing.
    units: int
    on_hand: int | None
    reserved: int
    buffer: int
    # 'product' or 'account': where the buffer comes from.
    buffer_source: str
    # What that leaves; below zero where more is promised or kept back than there is.
    left: int | None
    # None where unknown.
    fills: int | None


@dataclass(frozen=True, slots=True)
class Push:
    """One number that was sent."""

    quantity: int
    sent_at: datetime
    # 'accepted', 'refused', 'later' or 'unknown'; None: not answered.
    verdict: str | None
    code: str
    message: str
    answered_at: datetime | None


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a listing's number is set aside."""

    code: str
    message: str
    refused_at: datetime
    # How many times in a row.
    times: int


@dataclass(frozen=True, slots=True)
class ListingTerms:
    """Why one listing should show what it should, and what is known of what it shows."""

    account: str
    offer_id: str
    external_id: str
    external_warehouse: str
    # The warehouse that feeds it; None: the configuration no longer maps the warehouse.
    warehouse: str | None
    # 'auto' or 'manual'.
    link: str
    archived: bool
    # Since when the catalog no longer has it; None: it has.
    gone_at: datetime | None
    # Another warehouse shares its stock by itself and is the one pushed.
    follows: bool
    # Since when its warehouse is closed; None: it is not.
    closed_at: datetime | None
    parts: tuple[Part, ...]
    share_percent: int
    max_quantity: int | None
    # The largest number the marketplace takes.
    ceiling: int | None
    target: int | None
    # It is not certain that it shows its target.
    differs: bool
    # It was read back showing more than was sent and more than it should.
    drift: bool
    # What it is believed to show, between these; None: nothing is known.
    low: int | None
    high: int | None
    believed_at: datetime | None
    pushed: int | None
    pushed_at: datetime | None
    seen: int | None
    seen_reserved: int | None
    seen_at: datetime | None
    # Not sent before; not raised before.
    due_at: datetime | None
    hold_until: datetime | None
    refusal: Refusal | None
    # A push is on its way, or ended without an answer.
    in_flight: bool
    # The last ones, the newest first.
    pushes: tuple[Push, ...]
    # Accounts in the same warehouse whose orders are not known freshly: it is not raised meanwhile.
    stale: tuple[str, ...]
    # No number is sent to it: its account, or one that shares its stock, is `push: off`.
    watched: bool = False
    # Where a person holds it back: whom, and since when; None: the configuration says so.
    paused_account: str | None = None
    paused_since: datetime | None = None
    # When that ended last; None: it never was so.
    watched_until: datetime | None = None
    # How it shares its product with others; None: it shows all that is there.
    quota: QuotaTerms | None = None


@dataclass(frozen=True, slots=True)
class Explanation:
    """Everything that makes one product's numbers."""

    sku: str
    name: str
    # The product's own; None: as each account says.
    buffer: int | None
    # Its own: with fewer available it is low; None: as the configuration says.
    minimum: int | None
    barcodes: tuple[str, ...]
    # Units sold through all accounts, and what is available if it sells on like that; None: too
    # little is known to tell.
    sold_per_day: float | None
    lasts_days: float | None
    warehouses: tuple[WarehouseTerms, ...]
    listings: tuple[ListingTerms, ...]


def explain(
    connection: sqlite3.Connection, sku: str, *, now: datetime, max_poll_age: timedelta
) -> Explanation:
    """Return every term of a product's numbers; raises `UsageProblem` for an unknown one."""
    product = product_id(connection, sku)
    row = connection.execute("SELECT * FROM product WHERE id = ?", (product,)).fetchone()
    rate = connection.execute(
        "SELECT round(per_day, 3), round(lasts_days, 1) FROM sale_rate WHERE product_id = ?",
        (product,),
    ).fetchone() or (None, None)
    barcodes = connection.execute(
        "SELECT barcode FROM product_barcode WHERE product_id = ? ORDER BY barcode", (product,)
    )
    return Explanation(
        sku=row["sku"],
        name=row["name"],
        buffer=row["buffer"],
        minimum=row["minimum"],
        barcodes=tuple(b[0] for b in barcodes),
        sold_per_day=rate[0],
        lasts_days=rate[1],
        warehouses=tuple(_warehouses(connection, product, now=now)),
        listings=tuple(_listings(connection, product, now=now, max_poll_age=max_poll_age)),
    )


# ---------------------------------------------------------------- the warehouse


def _warehouses(
    connection: sqlite3.Connection, product: int, *, now: datetime
) -> list[WarehouseTerms]:
    rows = connection.execute(
        "SELECT l.*, s.booked FROM stock_level l JOIN stock s ON s.product_id = l.product_id"
        " AND s.warehouse_id = l.warehouse_id WHERE l.product_id = ? ORDER BY l.warehouse",
        (product,),
    ).fetchall()
    terms, shown = [], moving(connection, product, now=now)
    for row in rows:
        place = (product, row["warehouse_id"])
        count = connection.execute(
            "SELECT * FROM (SELECT * FROM count WHERE product_id = ? AND warehouse_id = ?"
            " ORDER BY id DESC LIMIT 1) WHERE quantity IS NOT NULL",
            place,
        ).fetchone()
        terms.append(
            record(
                WarehouseTerms,
                row,
                counted=None if count is None else record(Counted, count),
                moved=_moved_since(connection, place, count, row["booked"]),
                reservations=_reservations(connection, place),
                together=shown.get(row["warehouse"]),
            )
        )
    return terms


def _moved_since(
    connection: sqlite3.Connection,
    place: tuple[int, int],
    count: sqlite3.Row | None,
    booked: int,
) -> tuple[Moved, ...]:
    """Sum what moved after the last count, by kind.

    Counts before it are in it. What moved in its very moment lies on either side of it: the total
    tells.
    """
    since = "" if count is None else count["counted_at"]
    rows = connection.execute(
        "SELECT kind, quantity, happened_at FROM movement WHERE product_id = ?"
        " AND warehouse_id = ? AND happened_at >= ? AND (? = '' OR kind <> 'count') ORDER BY id",
        (*place, since, since),
    ).fetchall()
    expected = booked - (0 if count is None else count["quantity"])
    total = sum(r["quantity"] for r in rows)
    while total != expected and any(r["happened_at"] == since for r in rows):
        first = next(r for r in rows if r["happened_at"] == since)
        rows.remove(first)
        total -= first["quantity"]
    by_kind: dict[str, list[int]] = {}
    for r in rows:
        by_kind.setdefault(r["kind"], []).append(r["quantity"])
    return tuple(Moved(kind, sum(q), len(q)) for kind, q in sorted(by_kind.items()))


def _reservations(
    connection: sqlite3.Connection, place: tuple[int, int]
) -> tuple[Reservation, ...]:
    rows = connection.execute(
        "SELECT * FROM reserve"
        " WHERE product_id = ? AND warehouse_id = ? ORDER BY created_at, orders_id, order_line_id",
        place,
    )
    return tuple(record(Reservation, row) for row in rows)


# ---------------------------------------------------------------- the listings


def _listings(
    connection: sqlite3.Connection, product: int, *, now: datetime, max_poll_age: timedelta
) -> list[ListingTerms]:
    rows = connection.execute(
        "SELECT s.*, x.*, l.external_id, l.link, l.archived, l.gone_at,"
        " w.warehouse_id, w.buffer, w.max_quantity, coalesce(w.share_percent, 100) AS"
        " share_percent, w.ceiling, w.watched_until, w.closed_at,"
        " s.leader_id IS NOT NULL AS follows, s.believed_until AS believed_at,"
        " s.push_id IS NOT NULL AS in_flight,"
        " coalesce(s.refused_code, '') AS code, coalesce(s.refused_message, '') AS message,"
        " s.refusals AS times"
        " FROM component c JOIN listing l ON l.id = c.listing_id"
        " JOIN listing_state x ON x.listing_id = l.id JOIN listing_stock s"
        " ON s.listing_id = x.listing_id AND s.external_warehouse = x.external_warehouse"
        " LEFT JOIN account_warehouse w ON w.account_id = s.account_id"
        " AND w.external_warehouse = s.external_warehouse"
        " WHERE c.product_id = ? ORDER BY x.account, x.offer_id, x.external_warehouse",
        (product,),
    ).fetchall()
    return [_listing(connection, row, now=now, max_poll_age=max_poll_age) for row in rows]


def _listing(
    connection: sqlite3.Connection, row: sqlite3.Row, *, now: datetime, max_poll_age: timedelta
) -> ListingTerms:
    return record(
        ListingTerms,
        row,
        parts=_parts(connection, row),
        due_at=_future(row["due_at"], now),
        hold_until=_future(row["hold_until"], now),
        refusal=None if row["refused_at"] is None else record(Refusal, row),
        pushes=_pushes(connection, row["listing_id"], row["external_warehouse"]),
        stale=stale_accounts(connection, row["warehouse_id"], now, max_poll_age),
        quota=quota_terms(connection, row, now=now),
        **(_paused(connection, row) if row["watched"] else {}),
    )


def _paused(connection: sqlite3.Connection, row: sqlite3.Row) -> dict[str, object]:
    """Return which account is paused: the listing's, else one that shares its stock."""
    paused = connection.execute(
        "SELECT a.name, a.paused_at FROM account a WHERE a.paused_at IS NOT NULL"
        " AND (a.name = ?1 OR a.id IN (SELECT o.account_id FROM stock_share me JOIN stock_share o"
        " ON o.stock = me.stock JOIN account x ON x.id = me.account_id WHERE x.name = ?1"
        " AND me.external_warehouse = ?2)) ORDER BY a.name <> ?1, a.paused_at LIMIT 1",
        (row["account"], row["external_warehouse"]),
    ).fetchone()
    if paused is None:
        return {}
    return {"paused_account": paused["name"], "paused_since": from_iso(paused["paused_at"])}


def _future(stored: str | None, now: datetime) -> datetime | None:
    """Return a moment that still lies ahead."""
    at = from_iso(stored)
    return at if at is not None and at > now else None


def _parts(connection: sqlite3.Connection, row: sqlite3.Row) -> tuple[Part, ...]:
    rows = connection.execute(
        "SELECT p.sku, p.buffer, c.units, coalesce(s.reserved, 0) AS reserved, s.on_hand, s.free"
        " FROM component c JOIN product p ON p.id = c.product_id"
        " LEFT JOIN stock s ON s.product_id = c.product_id AND s.warehouse_id = ?"
        " WHERE c.listing_id = ? ORDER BY p.sku",
        (row["warehouse_id"], row["listing_id"]),
    )
    parts = []
    for r in rows:
        own = r["buffer"] is not None
        buffer = r["buffer"] if own else row["buffer"] or 0
        parts.append(
            record(
                Part,
                r,
                buffer=buffer,
                buffer_source="product" if own else "account",
                left=None if r["free"] is None else r["free"] - buffer,
                fills=component_quantity(
                    r["on_hand"], r["reserved"], buffer, row["share_percent"], r["units"]
                ),
            )
        )
    return tuple(parts)


def _pushes(
    connection: sqlite3.Connection, listing_id: int, external_warehouse: str
) -> tuple[Push, ...]:
    rows = connection.execute(
        "SELECT quantity, sent_at, verdict, code, message, answered_at FROM push"
        " WHERE listing_id = ? AND external_warehouse = ? ORDER BY id DESC LIMIT ?",
        (listing_id, external_warehouse, PUSHES_MAX),
    )
    return tuple(record(Push, row) for row in rows)


def stale_accounts(
    connection: sqlite3.Connection,
    warehouse_id: int | None,
    now: datetime,
    max_poll_age: timedelta,
) -> tuple[str, ...]:
    """Return the accounts that sell from a warehouse and whose orders are not known freshly."""
    rows: Sequence[sqlite3.Row] = connection.execute(
        "SELECT DISTINCT a.name FROM account_warehouse w JOIN account a ON a.id = w.account_id"
        " LEFT JOIN cursor c ON c.account_id = w.account_id AND c.job = 'orders'"
        f" WHERE w.warehouse_id = :warehouse AND {NOT_FRESH} ORDER BY a.name",
        {"warehouse": warehouse_id, "fresh_since": to_iso(now - max_poll_age), "now": to_iso(now)},
    ).fetchall()
    return tuple(r[0] for r in rows)
