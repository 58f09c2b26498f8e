"""What comes back."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from cloudstock.domain.records import ReturnStep
from cloudstock.language import mark, tr
from cloudstock.lists.declared import Column, Filter, Kind, List, Row, Tab
from cloudstock.lists.shared import OF_ACCOUNT, made_since, not_linked, of_product


class ReturnRow(Row, frozen=True):
    """A return as it was read last, and what became of its units. Quantities are listings."""

    account: Annotated[str, "a.name"]
    return_id: Annotated[str, "r.return_id"]
    order_id: Annotated[str | None, "r.order_id"]
    # 'expected', 'undecided', 'received', 'never' or 'unknown'.
    step: Annotated[str, "r.step"]
    # The marketplace's own word.
    status: Annotated[str, "r.status"]
    offer_id: Annotated[str, "r.offer_id"]
    skus: Annotated[
        tuple[str, ...],
        "(SELECT json_group_array(sku) FROM (SELECT p.sku FROM component c JOIN product p"
        " ON p.id = c.product_id WHERE c.listing_id = r.listing_id ORDER BY p.sku))",
    ]
    quantity: Annotated[int, "r.quantity"]
    # What the marketplace says of its state; None: nothing.
    condition: Annotated[str | None, "r.condition"]
    created_at: Annotated[datetime | None, "r.created_at"]
    received_at: Annotated[datetime | None, "r.received_at"]
    # Put back into stock, written off, and still in quarantine.
    restocked: Annotated[int, "r.restocked"]
    written_off: Annotated[int, "r.written_off"]
    waiting: Annotated[int, "r.waiting"]
    # Received before the database was begun: it moved nothing.
    history: Annotated[bool, "r.history"]


def _step(row: ReturnRow) -> str:
    if row.step == "unknown":
        return tr("unknown: {status}", status=row.status)
    return ReturnStep(row.step).label


def _unknown(row: ReturnRow) -> str:
    return "notable" if row.step == "unknown" else ""


def _product(row: ReturnRow) -> str:
    return " + ".join(row.skus) or not_linked(row.offer_id)


RETURNS = List(
    name="returns",
    title=mark("Returns"),
    row=ReturnRow,
    source="returns r CROSS JOIN account a ON a.id = r.account_id",
    order=("r.made_at", "r.id"),
    descending=True,
    sorts={
        "created": "r.made_at",
        "account": "a.name",
        "return": "r.return_id",
        "order": "r.order_id",
        "step": "r.step",
        "quantity": "r.quantity",
        "waiting": "r.waiting",
    },
    filters=(
        Filter(
            "waiting",
            mark("Only those that wait to be received."),
            "r.waiting > 0",
        ),
        Filter("expected", mark("Only those still on their way."), "r.step = 'expected'"),
        Filter(
            "undecided",
            mark("Only claims and disputes that nobody has decided yet."),
            "r.step = 'undecided'",
        ),
        Filter("unknown", mark("Only those with a status nobody knows."), "r.step = 'unknown'"),
        of_product("r.listing_id IN (SELECT listing_id FROM component WHERE product_id = :sku)"),
        Filter("order", mark("Only those of this order."), "r.order_id = :order", Kind.TEXT),
        OF_ACCOUNT,
        made_since("r.made_at"),
        Filter(
            "search",
            mark(
                "Only those with these words in the number of the return or order, or an article."
            ),
            "(r.return_id GLOB {pattern} OR r.order_id GLOB {pattern} OR r.offer_id GLOB {pattern}"
            " OR EXISTS (SELECT 1 FROM component c JOIN product p ON p.id = c.product_id"
            " WHERE c.listing_id = r.listing_id AND p.sku GLOB {pattern}))",
            Kind.SEARCH,
        ),
    ),
    columns=(
        Column("account", mark("Account"), folds=True),
        Column("return_id", mark("Return"), folds=True),
        Column("order_id", mark("Order"), folds=True, spare=True),
        Column("created_at", mark("Made")),
        Column("step", mark("Step"), _step, folds=True, style=_unknown),
        Column("skus", mark("Product"), _product, folds=True),
        Column("quantity", mark("Units"), number=True),
        Column("waiting", mark("Waiting"), number=True),
    ),
    empty=mark("No such returns."),
    tabs={
        "waiting": Tab(mark("Waiting for you"), {"waiting": True}),
        "expected": Tab(mark("On their way"), {"expected": True}),
        "undecided": Tab(mark("Not decided"), {"undecided": True}),
        "unknown": Tab(mark("Unknown status"), {"unknown": True}),
        "all": Tab(mark("All")),
    },
)
