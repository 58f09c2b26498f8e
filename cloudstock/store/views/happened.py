"""What a run did, read from what it wrote: orders, returns, numbers that were pushed, what waits.

Few are told one by one, of the others how many: a run may have written a million.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple

from cloudstock.language import mark, spoken
from cloudstock.store.times import from_iso, to_iso

# Told one by one, of each kind; articles of one account as well.
SHOWN_MAX = 10


class EventKind(StrEnum):
    """What may happen in a run, in the order in which it is told."""

    ORDERED = mark("ordered", "event")
    SHIPPED = mark("shipped", "event")
    CANCELLED = mark("cancelled", "event")
    COMING_BACK = mark("coming back", "event")
    RETURNED = mark("returned", "event")
    PUSHED = mark("pushed", "event")
    WAITS = mark("waits", "event")

    @property
    def label(self) -> str:
        """The kind as people read it."""
        return spoken(self.value, "event")


@dataclass(frozen=True, slots=True)
class Goods:
    """Some of one article."""

    # The product's where it is one unit of one product, else the listing's own.
    article: str
    # Listings ordered or returned; what was sent, or is to be shown.
    quantity: int
    # What a listing showed before; None: not known, or nothing that is shown.
    before: int | None = None


@dataclass(frozen=True, slots=True)
class Event:
    """One order or return, or what one account was sent or waits for."""

    kind: EventKind
    account: str
    goods: tuple[Goods, ...]
    # Articles beyond those.
    more: int = 0
    # The order, the return, or the warehouse that returned units were put in.
    order_id: str | None = None
    return_id: str | None = None
    warehouse: str | None = None
    # What waits goes on after this; None: nobody knows, or nothing waits.
    until: datetime | None = None
    # It waits for units of others, once the orders of these accounts are read, or for its turn;
    # None: for the marketplace's limit on repeats.
    orders_of: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Happened:
    """The first of all that happened, and how many more there are of each kind."""

    events: tuple[Event, ...] = ()
    more: Mapping[EventKind, int] = field(default_factory=dict)


class Before(NamedTuple):
    """How far the database had come before a run; orders that were open lie in `temp`."""

    order: int
    returned: int
    movement: int
    push: int


# The article of order line or return x, or of listing x: by its listing_id and offer_id.
_ARTICLE = (
    "coalesce((SELECT iif(count(*) = 1 AND max(c.units) = 1, max(p.sku), NULL) FROM component c"
    " CROSS JOIN product p ON p.id = c.product_id WHERE c.listing_id = x.listing_id), x.offer_id)"
)
_LINES = (
    f"(SELECT json_group_array(json_array({_ARTICLE}, x.quantity)) FROM (SELECT listing_id,"
    " offer_id, sum(quantity) AS quantity FROM order_line WHERE orders_id = e.id AND quantity > 0"
    " GROUP BY listing_id, offer_id ORDER BY min(id)) AS x)"
)
_ORDERS = (
    f"SELECT a.name AS account, e.order_id, {_LINES} AS goods, total FROM (SELECT o.id,"
    " o.account_id, o.order_id, count(*) OVER () AS total FROM {source} ORDER BY o.id LIMIT :most)"
    " AS e CROSS JOIN account a ON a.id = e.account_id"
)
_OPEN_BEFORE = "temp.open_before b CROSS JOIN orders o ON o.id = b.id WHERE "
_EVENTS = {
    # What had ended when it was read first is history.
    EventKind.ORDERED: _ORDERS.format(source="orders o WHERE o.id > :order AND NOT o.ended"),
    EventKind.SHIPPED: _ORDERS.format(
        source=_OPEN_BEFORE + "o.shipped AND NOT b.shipped AND o.cancelled_at IS NULL"
    ),
    EventKind.CANCELLED: _ORDERS.format(source=_OPEN_BEFORE + "o.cancelled_at IS NOT NULL"),
    EventKind.COMING_BACK: (
        f"SELECT a.name AS account, x.return_id, x.order_id, json_array(json_array({_ARTICLE},"
        " x.quantity)) AS goods, total FROM (SELECT r.*, count(*) OVER () AS total FROM returns r"
        " WHERE r.id > :returned AND r.step = 'expected' ORDER BY r.id LIMIT :most) AS x"
        " CROSS JOIN account a ON a.id = x.account_id"
    ),
    EventKind.RETURNED: (
        "SELECT a.name AS account, r.return_id, w.name AS warehouse,"
        " json_array(json_array(p.sku, m.quantity)) AS goods, total FROM (SELECT *,"
        " count(*) OVER () AS total FROM movement WHERE id > :movement AND kind = 'return'"
        " AND quantity > 0 ORDER BY id LIMIT :most) AS m"
        " CROSS JOIN product p ON p.id = m.product_id"
        " CROSS JOIN warehouse w ON w.id = m.warehouse_id"
        " CROSS JOIN account a ON m.document >= 'return:' || a.booked_as || ':'"
        " AND m.document < 'return:' || a.booked_as || ';'"
        " CROSS JOIN returns r ON r.account_id = a.id"
        " AND r.return_id = substr(m.document, length('return:' || a.booked_as || ':') + 1)"
        " ORDER BY m.id"
    ),
    EventKind.PUSHED: (
        "SELECT a.name AS account, json_group_array(json_array("
        f"{_ARTICLE}, x.quantity, x.before)) AS goods, x.total - count(*) AS more, 0 AS total"
        " FROM (SELECT s.*, last.quantity, iif(first.low_before = first.high_before,"
        " first.low_before, NULL) AS before, l.offer_id FROM (SELECT g.*, l.account_id,"
        " row_number() OVER (PARTITION BY l.account_id ORDER BY first_id) AS place,"
        " count(*) OVER (PARTITION BY l.account_id) AS total FROM (SELECT listing_id,"
        " external_warehouse, min(id) AS first_id, max(id) AS last_id FROM push WHERE id > :push"
        " AND verdict = 'accepted' GROUP BY listing_id, external_warehouse) AS g"
        " CROSS JOIN listing l ON l.id = g.listing_id) AS s"
        " CROSS JOIN push first ON first.id = s.first_id"
        " CROSS JOIN push last ON last.id = s.last_id"
        " CROSS JOIN listing l ON l.id = s.listing_id"
        " WHERE s.place <= :most ORDER BY s.account_id, s.place) AS x"
        " CROSS JOIN account a ON a.id = x.account_id GROUP BY a.id ORDER BY a.name"
    ),
}
# What waits for a moment that the marketplace set, and what for orders to be read.
_DUE = (
    "SELECT x.account_id, x.listing_id, x.target, l.offer_id, x.due_at AS until, NULL AS orders_of"
    " FROM listing_stock x INDEXED BY listing_stock_differs"
    " CROSS JOIN listing l ON l.id = x.listing_id"
    " WHERE x.account_id = :account AND x.differs AND x.due_at > :now AND x.refused_at IS NULL"
    " AND NOT EXISTS (SELECT 1 FROM quota q WHERE q.listing_id = x.listing_id"
    " AND q.external_warehouse = x.external_warehouse AND q.divided)"
)
_DIVIDED = (
    "SELECT x.account_id, x.listing_id, x.target, l.offer_id, v.waits_until AS until,"
    " v.waits_for AS orders_of FROM listing_stock x INDEXED BY listing_stock_differs"
    " CROSS JOIN listing l ON l.id = x.listing_id"
    " CROSS JOIN waiting_listing v ON v.listing_id = x.listing_id"
    " AND v.external_warehouse = x.external_warehouse"
    " WHERE x.account_id = :account AND x.differs"
)


def before(connection: sqlite3.Connection) -> Before:
    """Note how far the database has come, and which orders are open."""
    connection.execute(
        "CREATE TEMP TABLE IF NOT EXISTS open_before (id INTEGER PRIMARY KEY, shipped INTEGER)"
    )
    connection.execute("DELETE FROM temp.open_before")
    connection.execute(
        "INSERT INTO temp.open_before SELECT id, shipped FROM orders"
        " WHERE NOT ended AND cancelled_at IS NULL"
    )
    row = connection.execute(
        "SELECT (SELECT coalesce(max(id), 0) FROM orders),"
        " (SELECT coalesce(max(id), 0) FROM returns),"
        " (SELECT coalesce(max(id), 0) FROM movement), (SELECT coalesce(max(id), 0) FROM push)"
    ).fetchone()
    return Before(*row)


def happened(
    connection: sqlite3.Connection, since: Before, accounts: Sequence[int], *, now: datetime
) -> Happened:
    """Return what was written since then; `accounts`: the ids of those whose waiting is told."""
    events: list[Event] = []
    more: dict[EventKind, int] = {}
    values = {**since._asdict(), "most": SHOWN_MAX}
    for kind, query in _EVENTS.items():
        rows = [dict(row) for row in connection.execute(query, values)]
        events += (_event(kind, row) for row in rows)
        left = max((row["total"] for row in rows), default=0) - len(rows)
        if left > 0:
            more[kind] = left
    for account_id in accounts:
        events += _waiting(connection, account_id, now)
    return Happened(tuple(events), more)


def _event(kind: EventKind, row: Mapping[str, Any]) -> Event:
    return Event(
        kind,
        row["account"],
        tuple(Goods(*goods) for goods in json.loads(row["goods"])),
        row.get("more", 0),
        row.get("order_id"),
        row.get("return_id"),
        row.get("warehouse"),
    )


def _waiting(connection: sqlite3.Connection, account_id: int, now: datetime) -> Iterator[Event]:
    for query, divided in ((_DUE, False), (_DIVIDED, True)):
        rows = connection.execute(
            f"SELECT (SELECT name FROM account WHERE id = :account) AS account, {_ARTICLE},"
            " x.target, x.until, x.orders_of, count(*) OVER (), max(until) OVER (),"
            f" sum(until IS NULL AND orders_of IS NOT NULL) OVER () FROM ({query}) AS x"
            " ORDER BY x.offer_id LIMIT :most",
            {"account": account_id, "now": to_iso(now), "most": SHOWN_MAX},
        ).fetchall()
        if not rows:
            continue
        account, _, _, _, _, total, until, unknown = rows[0]
        names = {name for row in rows for name in (row[4] or "").split(",") if name}
        yield Event(
            EventKind.WAITS,
            account,
            tuple(Goods(article, target) for _, article, target, *_ in rows),
            total - len(rows),
            until=None if unknown else from_iso(until),
            orders_of=tuple(sorted(names)) if divided else None,
        )
