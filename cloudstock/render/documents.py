"""The tables of show-orders, show-returns and show-history."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from cloudstock.language import mark, spoken, tr
from cloudstock.render import as_csv, as_json
from cloudstock.render.console import Styled
from cloudstock.render.text import NOTHING, signed, when
from cloudstock.store.views.documents import HistoryRow, OrderItem, OrderRow, ReturnRow

# Words of the book, as tables tell them.
ORDER_STEPS = (
    mark("open", "order"),
    mark("shipped", "order"),
    mark("delivered", "order"),
    mark("cancelled", "order"),
    mark("replaced", "order"),
)
RETURN_STEPS = (
    mark("expected", "return"),
    mark("undecided", "return"),
    mark("received", "return"),
    mark("never", "return"),
)
MOVEMENTS = (
    mark("count", "movement"),
    mark("adjustment", "movement"),
    mark("move", "movement"),
    mark("shipment", "movement"),
    mark("return", "movement"),
    mark("receipt", "movement"),
    mark("write-off", "movement"),
)


_ORDER = (
    "account",
    "order_id",
    "line_id",
    "step",
    "status",
    "created_at",
    "seen_at",
    "warehouse",
    "ignored",
    "offer_id",
    "sku",
    "skus",
    "quantity",
    "reserved",
    "off",
)


def orders_json(rows: Iterable[OrderRow]) -> Iterator[str]:
    """Yield a JSON array with a row for each order line; an order without lines has one row."""
    return as_json.array(_order_row(o, item) for o in rows for item in o.items or (None,))


def _order_row(order: OrderRow, item: OrderItem | None) -> dict[str, object]:
    skus = () if item is None else item.skus
    return {
        "account": order.account,
        "order_id": order.order_id,
        "line_id": None if item is None else item.line_id,
        "step": order.step,
        "status": order.status,
        "created_at": order.created_at,
        "seen_at": order.seen_at,
        "warehouse": order.warehouse,
        "ignored": order.ignored,
        "offer_id": None if item is None else item.offer_id,
        # The product where it is one; a bundle has several, an unlinked line none.
        "sku": skus[0] if len(skus) == 1 else None,
        "skus": skus,
        "quantity": 0 if item is None else item.quantity,
        "reserved": 0 if item is None else item.reserved,
        "off": 0 if item is None else item.off,
    }


def orders_csv(rows: Iterable[OrderRow]) -> Iterator[str]:
    """Yield CSV with a row for each order line, as JSON has them."""
    lines = (_order_row(o, item) for o in rows for item in o.items or (None,))
    return as_csv.document(_ORDER, (tuple(line.values()) for line in lines))


def returns_csv(rows: Iterable[ReturnRow]) -> Iterator[str]:
    """Yield CSV."""
    return as_csv.records(ReturnRow, rows)


def history_csv(rows: Iterable[HistoryRow]) -> Iterator[str]:
    """Yield CSV."""
    return as_csv.records(HistoryRow, rows)


def orders_table(rows: Iterable[OrderRow], *, now: datetime) -> Iterator[str]:
    """Yield a line for each order line."""
    from cloudstock.render.tables import Column, table

    columns = (
        Column(tr("Account"), folds=True),
        Column(tr("Order"), folds=True),
        Column(tr("Made")),
        Column(tr("Step"), folds=True),
        Column(tr("Product"), folds=True),
        Column(tr("Units"), number=True),
    )
    lines = (line for order in rows for line in _order_lines(order))
    yield from table(columns, lines, empty=tr("No such orders."), now=now)


def _order_lines(order: OrderRow) -> Iterator[tuple[str, ...]]:
    step = spoken(order.step, "order")
    if order.step == "unknown":
        step = Styled(tr("unknown: {status}", status=order.status), "notable")
    elif order.ignored is not None:
        step = tr(
            "{step}, ignored: {ignored}",
            step=step,
            ignored=_why(order.ignored),
        )
    elif order.warehouse is None:
        step = tr("{step}, not from here", step=step)
    own = (order.account, order.order_id, when(order.created_at), step)
    for item in order.items:
        yield (*own, _product(item), str(item.quantity))
        own = ("", "", "", "")
    if not order.items:
        yield (*own, NOTHING, "0")


def _why(ignored: str) -> str:
    """Return why an order counts for nothing; a scheme's name stands before it, or in brackets."""
    scheme, colon, rest = ignored.rpartition(": ")
    why, bracket, name = rest.partition(" (")
    return f"{scheme}{colon}{spoken(why)}{bracket}{name}"


def _product(item: OrderItem) -> str:
    return (
        " + ".join(item.skus)
        if item.linked
        else tr("{offer_id} (not linked)", offer_id=item.offer_id or NOTHING)
    )


def returns_table(rows: Iterable[ReturnRow], *, now: datetime) -> Iterator[str]:
    """Yield a line for each return."""
    from cloudstock.render.tables import Column, table

    columns = (
        Column(tr("Account"), folds=True),
        Column(tr("Return"), folds=True),
        Column(tr("Order"), folds=True),
        Column(tr("Made")),
        Column(tr("Step"), folds=True),
        Column(tr("Product"), folds=True),
        Column(tr("Units"), number=True),
        Column(tr("Waiting"), number=True),
    )
    lines = (
        (
            r.account,
            r.return_id,
            r.order_id or NOTHING,
            when(r.created_at)[:10],
            Styled(tr("unknown: {status}", status=r.status), "notable")
            if r.step == "unknown"
            else spoken(r.step, "return"),
            " + ".join(r.skus) or tr("{offer_id} (not linked)", offer_id=r.offer_id or NOTHING),
            str(r.quantity),
            str(r.waiting),
        )
        for r in rows
    )
    yield from table(columns, lines, empty=tr("No such returns."), now=now)


def history_table(rows: Iterable[HistoryRow], *, now: datetime) -> Iterator[str]:
    """Yield a line for each line of the ledger."""
    from cloudstock.render.tables import Column, table

    columns = (
        Column(tr("Booked")),
        Column(tr("Shelf"), folds=True),
        Column(tr("Change"), number=True),
        Column(tr("Total"), number=True),
        Column(tr("Kind")),
        Column(tr("Document"), folds=True),
        Column(tr("Note"), folds=True),
    )
    lines = (
        (
            when(r.booked_at),
            r.warehouse,
            signed(r.quantity) if r.quantity else "0",
            str(r.total),
            spoken(r.kind, "movement"),
            r.document,
            r.note,
        )
        for r in rows
    )
    yield from table(columns, lines, empty=tr("Nothing was booked."), now=now)
