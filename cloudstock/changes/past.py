"""Counts that were made before they are entered: what to ask first, and what then follows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from cloudstock.domain.records import MovementKind
from cloudstock.errors import Unconfirmed, UsageProblem
from cloudstock.language import tr
from cloudstock.language.local import when
from cloudstock.store import Store
from cloudstock.store.ledger import Movement, order_document
from cloudstock.store.times import from_iso, to_iso

# Lines of a question that name products.
NAMED = 20


def check_moment(at: datetime, now: datetime) -> None:
    """Raise `UsageProblem` where a count would be of the future."""
    if at > now:
        raise UsageProblem(
            tr(
                "{moment} is yet to come; a count is of now or before",
                moment=when(at, seconds=True),
            )
        )


def ask(reasons: Sequence[str]) -> None:
    """Raise `Unconfirmed` where there are reasons to ask before anything is changed."""
    if reasons:
        raise Unconfirmed("\n".join(reasons))


def some(lines: Iterable[str], count: int) -> list[str]:
    """Return the first lines of `count`, and how many more there are."""
    first = [line for line, _ in zip(lines, range(NAMED), strict=False)]
    more = [tr("and {n} more", n=count - len(first))] if count > len(first) else []
    return [*first, *more]


def counted_later(sku: str, warehouse: str, counted_at: datetime, at: datetime) -> str:
    """Return why a count is doubtful: another was made after it."""
    return tr(
        "{sku} was counted in {warehouse} on {later}, after {at}; the count of {at} would take"
        " its place",
        sku=sku,
        warehouse=warehouse,
        later=when(counted_at, seconds=True),
        at=when(at, seconds=True),
    )


def unread_orders(store: Store, warehouse_id: int, at: datetime) -> list[str]:
    """Return why counts of a moment are doubtful: nobody knows what left just after it.

    What had left before an account's orders were first read is taken to have left when the order
    was made.
    """
    rows = store.connection.execute(
        "SELECT a.name, k.first_at FROM account a LEFT JOIN cursor k ON k.account_id = a.id"
        " AND k.job = 'orders' WHERE a.id IN (SELECT account_id FROM account_warehouse"
        " WHERE warehouse_id = ?) AND (k.first_at IS NULL OR k.first_at > ?) ORDER BY a.name",
        (warehouse_id, to_iso(at)),
    )
    return [
        tr(
            "the orders of {account} were not read yet on {at}, so not all that left since then is"
            " known",
            account=r["name"],
            at=when(at, seconds=True),
        )
        for r in rows
    ]


def take_back(
    store: Store, product_id: int, warehouse_id: int, at: datetime, *, now: datetime
) -> None:
    """Take the counts back that were made after `at`, so that one of then can take their place.

    What they had found to be gone already is booked as the shipments that it was.
    """
    place = (product_id, warehouse_id)
    rows = store.connection.execute(
        "SELECT kind, document, quantity, happened_at FROM movement"
        " WHERE product_id = ? AND warehouse_id = ? AND kind IN ('count', 'shipment')",
        place,
    ).fetchall()
    shipped: dict[str, int] = {}
    for r in rows:
        if r["kind"] == MovementKind.SHIPMENT:
            shipped[r["document"]] = shipped.get(r["document"], 0) + r["quantity"]
    note = tr("taken back: counted again")
    movements = [
        Movement(
            *place,
            -r["quantity"],
            MovementKind.COUNT,
            r["document"],
            from_iso(r["happened_at"]),
            note,
        )
        for r in rows
        if r["kind"] == MovementKind.COUNT and r["happened_at"] > to_iso(at)
    ]
    for r in store.connection.execute(
        "SELECT a.booked_as, o.order_id, l.line_id, x.off, o.moved_at FROM allocation x"
        " CROSS JOIN order_line l ON l.id = x.order_line_id CROSS JOIN orders o ON o.id ="
        " l.orders_id CROSS JOIN account a ON a.id = o.account_id WHERE x.product_id = ?"
        " AND x.warehouse_id = ? AND x.off > 0 AND o.moved_at > ? ORDER BY o.moved_at, o.id, l.id",
        (*place, to_iso(at)),
    ):
        document = order_document(r["booked_as"], r["order_id"], r["line_id"])
        if absorbed := r["off"] + shipped.get(document, 0):
            moved_at = from_iso(r["moved_at"])
            movements.append(Movement(*place, -absorbed, MovementKind.SHIPMENT, document, moved_at))
    store.ledger.append(movements, now=now)
