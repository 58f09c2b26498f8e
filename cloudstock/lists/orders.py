"""Orders with their lines."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from msgspec import Struct

from cloudstock.domain.records import Step
from cloudstock.language import mark, spoken, tr
from cloudstock.lists.declared import Column, Filter, Kind, List, Row, Tab
from cloudstock.lists.shared import OF_ACCOUNT, made_since, not_linked, of_product


class OrderItem(Struct, frozen=True):
    """One line of an order."""

    line_id: str | None = None
    offer_id: str | None = None
    # The product where it is one; a bundle has several, an unlinked line none.
    sku: str | None = None
    # The products it takes units of; empty: its listing is linked to none, so nothing is reserved.
    skus: tuple[str, ...] = ()
    # Listings ordered, as read last.
    quantity: int = 0
    # Units of products that are promised to it, and those that have left the warehouse.
    reserved: int = 0
    off: int = 0
    # Of those the ones that are awaited: the order was cancelled, and they have not come back.
    away: int = 0


class OrderRow(Row, frozen=True):
    """An order as it was read last."""

    account: Annotated[str, "a.name"]
    order_id: Annotated[str, "o.order_id"]
    # 'open', 'shipped', 'delivered', 'cancelled', 'replaced', 'disputed' or 'unknown'.
    step: Annotated[str, "o.read_step"]
    # The marketplace's own word.
    status: Annotated[str, "o.status"]
    created_at: Annotated[datetime, "o.created_at"]
    seen_at: Annotated[datetime, "o.seen_at"]
    # None: it is not cancelled.
    cancelled_at: Annotated[datetime | None, "o.cancelled_at"]
    # None: it comes from none of the seller's own.
    warehouse: Annotated[str | None, "(SELECT w.name FROM warehouse w WHERE w.id = o.warehouse_id)"]
    # Why it moves nothing; None: it counts.
    ignored: Annotated[str | None, "o.ignored"]
    items: Annotated[
        tuple[OrderItem, ...],
        """(SELECT json_group_array(json_object(
            'line_id', line_id, 'offer_id', offer_id,
            'sku', iif(json_array_length(skus) = 1, json_extract(skus, '$[0]'), NULL),
            'skus', json(skus), 'quantity', quantity, 'reserved', reserved, 'off', off,
            'away', away
        )) FROM (
            SELECT l.line_id, l.offer_id, l.quantity, (
                SELECT json_group_array(sku) FROM (
                    SELECT p.sku FROM component c JOIN product p ON p.id = c.product_id
                    WHERE c.listing_id = l.listing_id ORDER BY p.sku)
            ) AS skus, (
                SELECT coalesce(sum(x.reserved), 0) FROM allocation x WHERE x.order_line_id = l.id
            ) AS reserved, (
                SELECT coalesce(sum(x.off), 0) FROM allocation x WHERE x.order_line_id = l.id
            ) AS off, (
                SELECT coalesce(sum(x.away), 0) FROM allocation x WHERE x.order_line_id = l.id
            ) AS away
            FROM order_line l WHERE l.orders_id = o.id ORDER BY l.id))""",
    ]

    @property
    def away(self) -> int:
        """Units that left with it and are awaited since it was cancelled."""
        return sum(item.away for item in self.items)


def _step(order: OrderRow) -> str:
    step = Step(order.step).label
    if order.step == "unknown":
        return tr("unknown: {status}", status=order.status)
    if order.ignored is not None:
        return tr("{step}, ignored: {ignored}", step=step, ignored=why_ignored(order.ignored))
    if order.warehouse is None:
        return tr("{step}, not from here", step=step)
    if order.away:
        return tr("{step}, {n} not back", step=step, n=order.away)
    return step


def why_ignored(ignored: str) -> str:
    """Return why an order counts for nothing; a scheme's name stands before it, or in brackets."""
    scheme, colon, rest = ignored.rpartition(": ")
    why, bracket, name = rest.partition(" (")
    return f"{scheme}{colon}{spoken(why)}{bracket}{name}"


def _unknown(order: OrderRow) -> str:
    return "notable" if order.step == "unknown" else ""


def _product(item: OrderItem) -> str | None:
    if item.skus or item.line_id is None:
        return " + ".join(item.skus) or None
    return not_linked(item.offer_id)


_SOURCE = "orders o{} CROSS JOIN account a ON a.id = o.account_id"

ORDERS = List(
    name="orders",
    title=mark("Orders"),
    row=OrderRow,
    source=_SOURCE.format(""),
    order=("o.created_at", "o.id"),
    descending=True,
    sorts={
        "created": "o.created_at",
        "account": "a.name",
        "order": "o.order_id",
        "step": "o.read_step",
        "seen": "o.seen_at",
    },
    sort_titles={"seen": mark("Last read")},
    filters=(
        Filter(
            "open",
            mark("Only those that hold units in the warehouse."),
            "true",
            source="open_order v CROSS JOIN orders o ON o.id = v.id"
            " CROSS JOIN account a ON a.id = o.account_id",
        ),
        Filter(
            "step",
            mark("Only those at this step; may be repeated."),
            "o.read_step IN (SELECT value FROM json_each(:step))",
            Kind.CHOICE,
            several=True,
            choices=Step,
        ),
        Filter(
            "away",
            mark("Only those cancelled after they left, of which not all has come back."),
            "o.id IN (SELECT orders_id FROM away)",
        ),
        Filter(
            "disputed",
            mark("Only those that somebody disputes."),
            "o.disputed",
            source=_SOURCE.format(" INDEXED BY orders_disputed"),
        ),
        Filter(
            "unknown",
            mark("Only those with a status nobody knows."),
            "o.step = 'unknown'",
            source=_SOURCE.format(" INDEXED BY orders_unknown"),
        ),
        Filter(
            "unlinked",
            mark("Only those of listings without a product."),
            "o.ignored IS NULL AND EXISTS (SELECT 1 FROM order_line l WHERE l.orders_id = o.id"
            " AND l.quantity > 0 AND NOT EXISTS (SELECT 1 FROM component c"
            " WHERE c.listing_id = l.listing_id))",
        ),
        of_product(
            "o.id IN (SELECT l.orders_id FROM component c JOIN order_line l"
            " ON l.listing_id = c.listing_id WHERE c.product_id = :sku)"
        ),
        OF_ACCOUNT,
        made_since("o.created_at"),
        Filter(
            "search",
            mark("Only those with these words in the number of the order or an article."),
            "(o.order_id GLOB {pattern} OR EXISTS (SELECT 1 FROM order_line l"
            " LEFT JOIN component c ON c.listing_id = l.listing_id"
            " LEFT JOIN product p ON p.id = c.product_id WHERE l.orders_id = o.id"
            " AND (l.offer_id GLOB {pattern} OR p.sku GLOB {pattern})))",
            Kind.SEARCH,
        ),
    ),
    columns=(
        Column("account", mark("Account"), folds=True),
        Column("order_id", mark("Order"), folds=True),
        Column("created_at", mark("Made")),
        Column("step", mark("Step"), _step, folds=True, style=_unknown),
        Column("sku", mark("Product"), _product, folds=True, of_part=True),
        Column("quantity", mark("Units"), number=True, of_part=True),
    ),
    parts="items",
    no_part=OrderItem(),
    empty=mark("No such orders."),
    tabs={
        "open": Tab(mark("Open"), {"open": True}),
        "all": Tab(mark("All")),
        "away": Tab(mark("Not come back"), {"away": True}),
        "disputed": Tab(mark("Disputed"), {"disputed": True}),
        "unknown": Tab(mark("Unknown status"), {"unknown": True}),
        "unlinked": Tab(mark("Not linked"), {"unlinked": True}),
    },
)
