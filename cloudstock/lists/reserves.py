"""Units that are promised to open orders."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from cloudstock.domain.records import Step
from cloudstock.language import mark
from cloudstock.lists.declared import Column, Filter, Kind, List, Row, Tab
from cloudstock.lists.shared import OF_ACCOUNT, in_warehouse, made_since


class ReserveRow(Row, frozen=True):
    """Units of one product in one warehouse that are promised to one order line."""

    account: Annotated[str, "r.account"]
    order_id: Annotated[str, "r.order_id"]
    line_id: Annotated[str, "r.line_id"]
    sku: Annotated[str, "r.sku"]
    warehouse: Annotated[str, "r.warehouse"]
    units: Annotated[int, "r.units"]
    # 'open' or 'unknown'.
    step: Annotated[str, "r.step"]
    created_at: Annotated[datetime, "r.created_at"]


RESERVES = List(
    name="reserves",
    title=mark("Reserves"),
    row=ReserveRow,
    source="reserve r",
    order=("r.sku", "r.created_at", "r.order_line_id", "r.warehouse_id"),
    sorts={
        "sku": "r.sku",
        "account": "r.account",
        "order": "r.order_id",
        "created": "r.created_at",
        "units": "r.units",
    },
    filters=(
        Filter(
            "sku",
            mark("Only those of this product; may be repeated."),
            "r.product_id IN (SELECT value FROM json_each(:sku))",
            Kind.SKU,
            several=True,
        ),
        in_warehouse("r.warehouse_id = :warehouse"),
        OF_ACCOUNT._replace(sql="r.account IN (SELECT value FROM json_each(:account))"),
        made_since("r.created_at"),
    ),
    columns=(
        Column("sku", mark("Product"), folds=True),
        Column("warehouse", mark("Warehouse"), folds=True),
        Column("units", mark("Units"), number=True),
        Column("account", mark("Account"), folds=True),
        Column("order_id", mark("Order"), folds=True),
        Column("created_at", mark("Made")),
        Column("step", mark("Step"), lambda row: Step(row.step).label, folds=True),
    ),
    empty=mark("Nothing is promised."),
    tabs={"all": Tab(mark("All"))},
)
