"""The families of Wildberries' orders: how a warehouse delivers decides what an order is called.

Each has lists, status words and limits of its own: FBS (to a warehouse of Wildberries), DBS (by the
seller), DBW (by Wildberries' courier) and pick-up at the seller ("click and collect").

Source: dev.wildberries.ru, OpenAPI `orders_fbs`, `dbs`, `orders_dbw`, `in_store_pickup` of
2026-08 to 2026-10, checked 2026-11-29.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeVar

from cloudstock.sandbox.limits import Rate
from cloudstock.sandbox.records import Account, Order

# Limits: refill a second, bucket, and what a 4xx costs. One bucket for each group and seller.
FBS = Rate("FBS orders", 5, 20, 10)
FBS_CANCEL = Rate("FBS orders: cancel", 1 / 0.6, 20, 10)
DBS = Rate("DBS orders", 5, 20, 10)
DBS_CANCEL = Rate("DBS orders: cancel", 1, 10, 10)
DBW = Rate("DBW orders", 5, 20, 10)
PICKUP = Rate("pick-up orders", 5, 20, 10)
PICKUP_STATUS = Rate("pick-up orders: statuses", 1, 10, 10)

Words = Mapping[str, tuple[tuple[str, str], ...]]
T = TypeVar("T")

# The world's states as (supplierStatus, wbStatus). Where Wildberries has several pairs for one
# state, an order's number chooses, so that all of them are met and each order keeps its own.
FBS_WORDS: Words = {
    "new": (("new", "waiting"),),
    "confirmed": (("confirm", "waiting"),),
    "packed": (("confirm", "waiting"),),
    "shipped": (("complete", "sorted"), ("complete", "waiting"), ("complete", "ready_for_pickup")),
    "delivered": (("complete", "sold"),),
    "cancelled": (
        ("cancel", "canceled"),
        ("new", "declined_by_client"),
        ("confirm", "canceled"),
    ),
    "cancelled_away": (("complete", "canceled"), ("complete", "defect")),
    "refused": (("complete", "canceled_by_client"),),
}
DBS_WORDS: Words = {
    "new": (("new", "waiting"),),
    "confirmed": (("confirm", "waiting"),),
    "packed": (("confirm", "waiting"),),
    "shipped": (("deliver", "waiting"), ("deliver", "ready_for_pickup")),
    "delivered": (("receive", "sold"),),
    "cancelled": (("cancel", "canceled"), ("cancel", "declined_by_client")),
    "cancelled_away": (("cancel_missed_call", "canceled_by_missed_call"),),
    "refused": (("reject", "canceled_by_client"),),
}
DBW_WORDS: Words = {
    **DBS_WORDS,
    "shipped": (("complete", "waiting"), ("complete", "postponed_delivery")),
}
# Nothing is shipped: the unit leaves with the buyer, and what he does not take stays.
PICKUP_WORDS: Words = {
    "new": (("new", "waiting"),),
    "confirmed": (("confirm", "waiting"),),
    "packed": (("prepare", "ready_for_pickup"),),
    "shipped": (("receive", "sold"),),
    "delivered": (("receive", "sold"),),
    "cancelled": (
        ("cancel", "canceled"),
        ("cancel_shelf_life", "canceled"),
        ("new", "declined_by_client"),
    ),
    "cancelled_away": (("receive", "sold"),),
    "refused": (("reject", "canceled_by_client"),),
}


@dataclass(frozen=True, slots=True)
class Family:
    """How the orders of one way of delivery are told."""

    # `deliveryType` of GET /api/v3/warehouses.
    delivery_type: int
    words: Words
    # Lists `new` and itself; only FBS orders have a list that holds open ones.
    path: str
    rate: Rate


FAMILIES: Mapping[str, Family] = {
    "fbs": Family(1, FBS_WORDS, "/api/v3/orders", FBS),
    "dbs": Family(2, DBS_WORDS, "/api/v3/dbs/orders", DBS),
    "dbw": Family(3, DBW_WORDS, "/api/v3/dbw/orders", DBW),
    "pickup": Family(5, PICKUP_WORDS, "/api/v3/click-collect/orders", PICKUP),
}


def family_of(account: Account, warehouse: int) -> str:
    """Return the family of a warehouse's orders."""
    if warehouse in account.dbs_warehouses:
        return "dbs"
    if warehouse in account.courier_warehouses:
        return "dbw"
    return "pickup" if warehouse in account.pickup_warehouses else "fbs"


def _pick(words: Sequence[T], number: int) -> T:
    # Two numbers are drawn for an order, so that the last bit of its own hardly changes.
    return words[number // 2 % len(words)]


def words_of(order: Order, family: str) -> tuple[str, str]:
    """Both statuses; a raw one is `supplierStatus`, or both with a stroke between."""
    words = FAMILIES[family].words
    supplier, own = _pick(words[order.state], order.number)
    if family == "pickup" and order.state == "cancelled" and order.by_buyer:
        # At the counter; the unit never left.
        supplier, own = "reject", "canceled_by_client"
    if order.status is not None:
        parts = order.status.split("/")
        return parts[0], parts[1] if len(parts) > 1 else own
    return supplier, own


def rid_of(order: Order) -> str:
    """`rid` of an order, `srid` of the reports."""
    return f"mp.{order.number:x}.0.0"


def supply_of(order: Order) -> str:
    """The supply that an order is in, unless it is new."""
    return order.supply or f"WB-GI-{order.basket}"


def seconds(when: datetime) -> str:
    """A moment as most methods tell it: whole seconds, UTC."""
    return f"{when.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def transferable(order: Order) -> bool:
    """Tell whether an order may be taken back into another supply."""
    return words_of(order, "fbs") == ("complete", "waiting") and not order.taken_back
