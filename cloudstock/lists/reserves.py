"""Units that are promised to open orders."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from cloudstock.language import mark, spoken
from cloudstock.lists.declared import Column, Filter, Kind, List, Row, Tab
from cloudstock.lists.shared import OF_ACCOUNT, in_warehouse, made_since


class ReserveRow(Row, frozen=True):
    """Units of one product in one warehouse that are promised to one order line."""

    account: Annotated[str, "a.name"]
    order_id: Annotated[str, "o.order_id"]
    line_id: Annotated[str, "l.line_id"]
    sku: Annotated[str, "p.sku"]
    warehouse: Annotated[str, "w.name"]
    units: Annotated[int, "x.reserved"]
    # 'open' or 'unknown'.
    step: Annotated[str, "o.step"]
    created_at: Annotated[datetime, "o.created_at"]


RESERVES = List(
    name="reserves",
    title=mark("Reserves"),
    row=ReserveRow,
    source="allocation x INDEXED BY allocation_reserves"
    " JOIN product p ON p.id = x.product_id JOIN warehouse w ON w.id = x.warehouse_id"
    " JOIN order_line l ON l.id = x.order_line_id JOIN orders o ON o.id = l.orders_id"
    " JOIN account a ON a.id = o.account_id",
    where="x.reserved > 0",
    order=("p.sku", "o.created_at", "x.order_line_id", "x.warehouse_id"),
    sorts={
        "sku": "p.sku",
        "account": "a.name",
        "order": "o.order_id",
        "created": "o.created_at",
        "units": "x.reserved",
    },
    filters=(
        Filter(
            "sku",
            mark("Only those of this product; may be repeated."),
            "x.product_id IN (SELECT value FROM json_each(:sku))",
            Kind.SKU,
            several=True,
        ),
        in_warehouse("x.warehouse_id = :warehouse"),
        OF_ACCOUNT,
        made_since("o.created_at"),
    ),
    columns=(
        Column("sku", mark("Product"), folds=True),
        Column("warehouse", mark("Shelf"), folds=True),
        Column("units", mark("Units"), number=True),
        Column("account", mark("Account"), folds=True),
        Column("order_id", mark("Order"), folds=True),
        Column("created_at", mark("Made")),
        Column("step", mark("Step"), lambda row: spoken(row.step, "order"), folds=True),
    ),
    empty=mark("Nothing is promised."),
    tabs={"all": Tab(mark("All"))},
)
