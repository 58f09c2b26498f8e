"""show-orders, show-returns, show-history: the documents, and the ledger they wrote."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from operator import itemgetter

from cloudstock.store.times import moment, text
from cloudstock.store.views import marks, product_id
from cloudstock.store.views.paging import EVERYTHING, Page

# ---------------------------------------------------------------- orders


@dataclass(frozen=True, slots=True)
class OrderItem:
    """One line of an order."""

    line_id: str
    offer_id: str
    # The products it takes units of; empty: its listing is linked to none, so nothing is reserved.
    skus: tuple[str, ...]
    # Listings ordered, as read last.
    quantity: int
    # Units of products on the shelf promised to it, and those gone from the shelf.
    reserved: int
    off: int

    @property
    def linked(self) -> bool:
        """True where the book knows what it takes off the shelf."""
        return bool(self.skus)


@dataclass(frozen=True, slots=True)
class OrderRow:
    """An order as it was read last."""

    account: str
    order_id: str
    # 'open', 'shipped', 'delivered', 'cancelled', 'replaced' or 'unknown'.
    step: str
    # The marketplace's own word.
    status: str
    created_at: datetime
    seen_at: datetime
    # The shelf; None: it comes from none of ours.
    warehouse: str | None
    # Why it moves nothing; None: it counts.
    ignored: str | None
    items: tuple[OrderItem, ...]


@dataclass(frozen=True, slots=True)
class OrderFilter:
    """Which orders to show; everything empty: all."""

    accounts: Sequence[str] = ()
    # Only those that still hold units on the shelf.
    open: bool = False
    steps: Sequence[str] = ()
    sku: str | None = None
    # Made since.
    since: datetime | None = None
    # Only those whose status nobody knows.
    unknown: bool = False
    # Only those with a line that no product is linked to.
    unlinked: bool = False
    # Only those made before this one, (account, order id): the next page of a list.
    before: tuple[str, str] | None = None
    # One of the list's keys, with a minus from the end; "": the newest first.
    sort: str = ""
    # 0: no limit.
    limit: int = 0
    offset: int = 0

    @property
    def page(self) -> Page:
        """Which of them, in which order."""
        return Page(self.sort, self.limit, self.offset)


ORDER_KEYS = {
    "created": "o.created_at",
    "account": "a.name",
    "order": "o.order_id",
    "step": "o.step",
    "seen": "o.seen_at",
}
_NEWEST_ORDERS = "o.created_at DESC, o.id DESC"


def orders(connection: sqlite3.Connection, wanted: OrderFilter) -> Iterator[OrderRow]:
    """Yield orders, the newest first.

    Raises `UsageProblem` where the filter names a product that the book does not know.
    """
    where, values = _order_conditions(connection, wanted)
    order = wanted.page.order(ORDER_KEYS, _NEWEST_ORDERS)
    rows = connection.execute(
        "SELECT o.id, a.name AS account, o.order_id, o.step, o.status, o.created_at, o.seen_at,"
        " w.name AS warehouse, o.ignored, l.line_id, l.offer_id, l.quantity,"
        " (SELECT json_group_array(p.sku) FROM (SELECT p.sku FROM component c"
        " JOIN product p ON p.id = c.product_id WHERE c.listing_id = l.listing_id"
        " ORDER BY p.sku) AS p) AS skus,"
        " (SELECT coalesce(sum(reserved), 0) FROM allocation x WHERE x.order_line_id = l.id)"
        " AS reserved,"
        " (SELECT coalesce(sum(off), 0) FROM allocation x WHERE x.order_line_id = l.id) AS off"
        " FROM (SELECT o.* FROM orders o JOIN account a ON a.id = o.account_id"
        f" WHERE {where} ORDER BY {order} LIMIT ? OFFSET ?) AS o"
        " JOIN account a ON a.id = o.account_id LEFT JOIN warehouse w ON w.id = o.warehouse_id"
        " LEFT JOIN order_line l ON l.orders_id = o.id"
        f" ORDER BY {order}, l.id",
        [*values, *wanted.page.bounds()],
    )
    for _, lines in groupby(rows, key=itemgetter("id")):
        yield _order(list(lines))


def _order_conditions(
    connection: sqlite3.Connection, wanted: OrderFilter
) -> tuple[str, list[object]]:
    where, values = ["true"], list[object]()
    if wanted.accounts:
        where.append(f"a.name IN ({marks(wanted.accounts)})")
        values += wanted.accounts
    if wanted.open:
        where.append("NOT o.ended AND NOT o.shipped")
    if wanted.steps:
        where.append(f"o.step IN ({marks(wanted.steps)})")
        values += wanted.steps
    if wanted.unknown:
        where.append("o.step = 'unknown'")
    if wanted.since is not None:
        where.append("o.created_at >= ?")
        values.append(text(wanted.since))
    if wanted.before is not None:
        where.append(
            "(o.created_at, o.id) < (SELECT b.created_at, b.id FROM orders b"
            " JOIN account ba ON ba.id = b.account_id WHERE ba.name = ? AND b.order_id = ?)"
        )
        values += wanted.before
    if wanted.unlinked:
        where.append(
            "o.ignored IS NULL AND EXISTS (SELECT 1 FROM order_line l WHERE l.orders_id = o.id"
            " AND l.quantity > 0 AND NOT EXISTS (SELECT 1 FROM component c"
            " WHERE c.listing_id = l.listing_id))"
        )
    if wanted.sku is not None:
        where.append(
            "o.id IN (SELECT l.orders_id FROM component c JOIN order_line l"
            " ON l.listing_id = c.listing_id WHERE c.product_id = ?)"
        )
        values.append(product_id(connection, wanted.sku))
    return " AND ".join(where), values


def _order(lines: list[sqlite3.Row]) -> OrderRow:
    first = lines[0]
    return OrderRow(
        account=first["account"],
        order_id=first["order_id"],
        step=first["step"],
        status=first["status"],
        created_at=moment(first["created_at"]),
        seen_at=moment(first["seen_at"]),
        warehouse=first["warehouse"],
        ignored=first["ignored"],
        items=tuple(
            OrderItem(
                line_id=x["line_id"],
                offer_id=x["offer_id"],
                skus=_texts(x["skus"]),
                quantity=x["quantity"],
                reserved=x["reserved"],
                off=x["off"],
            )
            for x in lines
            if x["line_id"] is not None
        ),
    )


def _texts(array: str) -> tuple[str, ...]:
    import json

    return tuple(json.loads(array))


# ---------------------------------------------------------------- what comes back


@dataclass(frozen=True, slots=True)
class ReturnRow:
    """A return as it was read last, and what became of its units. Quantities are listings."""

    account: str
    return_id: str
    order_id: str | None
    # 'expected', 'undecided', 'received', 'never' or 'unknown'.
    step: str
    status: str
    offer_id: str
    skus: tuple[str, ...]
    quantity: int
    # What the marketplace says of its state; None: nothing.
    condition: str | None
    created_at: datetime | None
    received_at: datetime | None
    # Put back on the shelf, written off, and still in quarantine.
    restocked: int
    written_off: int
    waiting: int
    # Received before the book began: it moved nothing.
    history: bool


@dataclass(frozen=True, slots=True)
class ReturnFilter:
    """Which returns to show; everything empty: all."""

    accounts: Sequence[str] = ()
    # Only those whose units wait in quarantine for a person.
    waiting: bool = False
    # Only those still on their way.
    expected: bool = False
    # Only those that somebody has yet to decide.
    undecided: bool = False
    # Only those whose status nobody knows.
    unknown: bool = False
    sku: str | None = None
    # First heard of, or made, since.
    since: datetime | None = None
    # Only those made before this one, (account, return id): the next page of a list.
    before: tuple[str, str] | None = None
    # One of the list's keys, with a minus from the end; "": the newest first.
    sort: str = ""
    # 0: no limit.
    limit: int = 0
    offset: int = 0

    @property
    def page(self) -> Page:
        """Which of them, in which order."""
        return Page(self.sort, self.limit, self.offset)


RETURN_KEYS = {
    "created": "coalesce(r.created_at, r.first_seen_at)",
    "account": "a.name",
    "return": "r.return_id",
    "order": "r.order_id",
    "step": "r.step",
    "quantity": "r.quantity",
    "waiting": "r.booked - r.restocked - r.written_off",
}
_NEWEST_RETURNS = "coalesce(r.created_at, r.first_seen_at) DESC, r.id DESC"


def returns(connection: sqlite3.Connection, wanted: ReturnFilter) -> Iterator[ReturnRow]:
    """Yield returns, the newest first.

    Raises `UsageProblem` where the filter names a product that the book does not know.
    """
    where, values = ["true"], list[object]()
    if wanted.accounts:
        where.append(f"a.name IN ({marks(wanted.accounts)})")
        values += wanted.accounts
    if wanted.waiting:
        where.append("r.booked > r.restocked + r.written_off")
    if wanted.expected:
        where.append("r.step = 'expected'")
    if wanted.undecided:
        where.append("r.step = 'undecided'")
    if wanted.unknown:
        where.append("r.step = 'unknown'")
    if wanted.since is not None:
        where.append("coalesce(r.created_at, r.first_seen_at) >= ?")
        values.append(text(wanted.since))
    if wanted.before is not None:
        where.append(
            "(coalesce(r.created_at, r.first_seen_at), r.id) <"
            " (SELECT coalesce(b.created_at, b.first_seen_at), b.id FROM returns b"
            " JOIN account ba ON ba.id = b.account_id WHERE ba.name = ? AND b.return_id = ?)"
        )
        values += wanted.before
    if wanted.sku is not None:
        where.append("r.listing_id IN (SELECT listing_id FROM component WHERE product_id = ?)")
        values.append(product_id(connection, wanted.sku))
    rows = connection.execute(
        "SELECT r.*, a.name AS account, (SELECT json_group_array(p.sku) FROM (SELECT p.sku"
        " FROM component c JOIN product p ON p.id = c.product_id"
        " WHERE c.listing_id = r.listing_id ORDER BY p.sku) AS p) AS skus"
        " FROM returns r JOIN account a ON a.id = r.account_id"
        f" WHERE {' AND '.join(where)}"
        f" ORDER BY {wanted.page.order(RETURN_KEYS, _NEWEST_RETURNS)} LIMIT ? OFFSET ?",
        [*values, *wanted.page.bounds()],
    )
    for r in rows:
        yield ReturnRow(
            account=r["account"],
            return_id=r["return_id"],
            order_id=r["order_id"],
            step=r["step"],
            status=r["status"],
            offer_id=r["offer_id"],
            skus=_texts(r["skus"]),
            quantity=r["quantity"],
            condition=r["condition"],
            created_at=moment(r["created_at"]),
            received_at=moment(r["received_at"]),
            restocked=r["restocked"],
            written_off=r["written_off"],
            waiting=r["booked"] - r["restocked"] - r["written_off"],
            history=bool(r["history"]),
        )


# ---------------------------------------------------------------- the ledger


@dataclass(frozen=True, slots=True)
class HistoryRow:
    """One line of a product's ledger, or a count that found what the book said."""

    booked_at: datetime
    happened_at: datetime
    warehouse: str
    # Signed units; 0 only for a count without a difference.
    quantity: int
    kind: str
    document: str
    note: str
    # Units on that shelf after it, as booked.
    total: int


HISTORY_KEYS = {
    "booked": "place",
    "happened": "happened_at",
    "shelf": "warehouse",
    "quantity": "quantity",
    "kind": "kind",
}


def history(
    connection: sqlite3.Connection,
    sku: str,
    *,
    warehouse: str | None = None,
    since: datetime | None = None,
    page: Page = EVERYTHING,
) -> Iterator[HistoryRow]:
    """Yield a product's ledger in the order of booking, with running totals from the beginning.

    `since`: only what was booked from then on. Raises `UsageProblem` for an unknown product.
    """
    rows = connection.execute(
        "WITH ledger AS ("
        "SELECT m.booked_at, m.happened_at, w.name AS warehouse, m.quantity, m.kind, m.document,"
        " m.note, m.id AS id, 0 AS later FROM movement m JOIN warehouse w ON w.id = m.warehouse_id"
        " WHERE m.product_id = :product UNION ALL"
        " SELECT c.counted_at, c.counted_at, w.name, 0, 'count', 'count:' || c.id, c.note, c.id, 1"
        " FROM count c JOIN warehouse w ON w.id = c.warehouse_id WHERE c.product_id = :product"
        " AND NOT EXISTS (SELECT 1 FROM movement m WHERE m.product_id = c.product_id"
        " AND m.warehouse_id = c.warehouse_id AND m.kind = 'count'"
        " AND m.booked_at = c.counted_at)),"
        " told AS (SELECT *, row_number() OVER (ORDER BY booked_at, later, id) AS place,"
        " sum(quantity) OVER (PARTITION BY warehouse ORDER BY booked_at, later, id"
        " ROWS UNBOUNDED PRECEDING) AS total FROM ledger)"
        " SELECT * FROM told WHERE booked_at >= :since"
        " AND (:warehouse IS NULL OR warehouse = :warehouse)"
        f" ORDER BY {page.order(HISTORY_KEYS, 'place')} LIMIT :most OFFSET :before",
        {
            "product": product_id(connection, sku),
            "since": "" if since is None else text(since),
            "warehouse": warehouse,
            "most": page.limit or -1,
            "before": page.offset,
        },
    )
    for r in rows:
        yield HistoryRow(
            booked_at=moment(r["booked_at"]),
            happened_at=moment(r["happened_at"]),
            warehouse=r["warehouse"],
            quantity=r["quantity"],
            kind=r["kind"],
            document=r["document"],
            note=r["note"],
            total=r["total"],
        )
