"""What Yandex.Market's words mean for the units: of an order, a cancellation, a return.

Source: Yandex.Market Partner API, POST /v1/businesses/{businessId}/orders and
GET /v2/campaigns/{campaignId}/returns, checked 2026-11-23.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from cloudstock.domain.records import ReturnStep, Step

# Being placed: not an order yet. It is passed over until its next status.
PLACING = "PLACING"
CANCELLED = "CANCELLED"

# status -> step. What is not here is unknown.
STEPS: Mapping[str, Step] = {
    "RESERVED": Step.OPEN,
    "UNPAID": Step.OPEN,
    "PENDING": Step.OPEN,
    "PROCESSING": Step.OPEN,
    "DELIVERY": Step.SHIPPED,
    "PICKUP": Step.SHIPPED,
    "DELIVERED": Step.DELIVERED,
    CANCELLED: Step.CANCELLED,
    # What comes back from a buyer is told by the returns.
    "PARTIALLY_RETURNED": Step.DELIVERED,
    "RETURNED": Step.DELIVERED,
}
# status/substatus pairs that say more than the status does.
SUBSTEPS: Mapping[tuple[str, str], Step] = {
    ("PROCESSING", "SHIPPED"): Step.SHIPPED,
}
# Packed. If it is cancelled from here, Market does not put the units back into what it shows.
PACKED = ("PROCESSING", "READY_TO_SHIP")

_LEFT_SHELF: Mapping[Step, bool] = {
    Step.OPEN: False,
    Step.SHIPPED: True,
    Step.DELIVERED: True,
}


@dataclass(frozen=True, slots=True)
class Reason:
    """What the reason of a cancellation proves: see `Order.left_shelf` and `Order.gives_back`."""

    left_shelf: bool | None
    gives_back: bool | None


# The order never came as far as being packed.
_BEFORE_PACKING = Reason(left_shelf=False, gives_back=True)
# The carrier or the pick-up point had the units.
_ON_THE_WAY = Reason(left_shelf=True, gives_back=False)
# Buyers, sellers and carriers may give these at any time: the statuses seen before decide.
_ANY_TIME = Reason(left_shelf=None, gives_back=None)

REASONS: Mapping[str, Reason] = {
    "RESERVATION_EXPIRED": _BEFORE_PACKING,
    "RESERVATION_FAILED": _BEFORE_PACKING,
    "USER_NOT_PAID": _BEFORE_PACKING,
    "PENDING_EXPIRED": _BEFORE_PACKING,
    "PENDING_CANCELLED": _BEFORE_PACKING,
    "SHOP_PENDING_CANCELLED": _BEFORE_PACKING,
    "PICKUP_EXPIRED": _ON_THE_WAY,
    "FULL_NOT_RANSOM": _ON_THE_WAY,
    "DELIVERY_SERVICE_UNDELIVERED": _ON_THE_WAY,
    "DELIVERY_SERVICE_LOST": _ON_THE_WAY,
    "SORTING_CENTER_LOST": _ON_THE_WAY,
    "DROPOFF_LOST": _ON_THE_WAY,
    "LOST": _ON_THE_WAY,
}

# States of single units. CANCELLED: cancelled or taken out of the order before the hand-over.
UNIT_CANCELLED = "CANCELLED"
UNITS_GONE = frozenset({"SHIPPED", "DELIVERED_TO_BUYER", "LOST", "REJECTED", "RETURNED"})


def step(status: str, substatus: str) -> Step:
    """Return the step of an order; `Step.UNKNOWN` for a status that the table does not hold."""
    return SUBSTEPS.get((status, substatus)) or STEPS.get(status, Step.UNKNOWN)


def left_shelf(status: str, substatus: str, *, units_gone: bool) -> bool | None:
    """Return whether the answer proves that the units left the shelf.

    `units_gone`: some unit is told to have been handed over.
    """
    now = step(status, substatus)
    if now in _LEFT_SHELF:
        return _LEFT_SHELF[now]
    if units_gone:
        return True
    return reason(substatus).left_shelf if now is Step.CANCELLED else None


def reason(substatus: str) -> Reason:
    """Return what the reason of a cancellation proves."""
    return REASONS.get(substatus, _ANY_TIME)


# shipmentStatus of a return -> where its units are.
RETURN_STEPS: Mapping[str, ReturnStep] = {
    "CREATED": ReturnStep.EXPECTED,
    # By the carrier, from the buyer.
    "RECEIVED": ReturnStep.EXPECTED,
    "IN_TRANSIT": ReturnStep.EXPECTED,
    "READY_FOR_PICKUP": ReturnStep.EXPECTED,
    # The only word for "with the seller".
    "PICKED": ReturnStep.RECEIVED,
    "LOST": ReturnStep.NEVER,
    "EXPIRED": ReturnStep.NEVER,
    "CANCELLED": ReturnStep.NEVER,
    "NOT_IN_DEMAND": ReturnStep.NEVER,
    "UTILIZED": ReturnStep.NEVER,
    "PREPARED_FOR_UTILIZATION": ReturnStep.NEVER,
    "FULFILMENT_RECEIVED": ReturnStep.NEVER,
    "READY_FOR_EXPROPRIATION": ReturnStep.NEVER,
    "RECEIVED_FOR_EXPROPRIATION": ReturnStep.NEVER,
}
# The same of a single unit, whose words differ a little.
INSTANCE_STEPS: Mapping[str, ReturnStep] = {
    **RETURN_STEPS,
    "RECEIVED_ON_FULFILLMENT": ReturnStep.NEVER,
    "EXPROPRIATED": ReturnStep.NEVER,
}
# A return without `shipmentStatus` brings nothing back, unless nobody has decided about it yet.
UNDECIDED_REFUNDS = frozenset({"STARTED_BY_USER", "WAITING_FOR_DECISION"})
# The state of a returned unit that can be sold again, as far as Market looked.
FIT = "FIT"


def return_step(
    shipment_status: str | None, refund_status: str | None, *, buyer_keeps: bool
) -> ReturnStep:
    """Return where the units of a return are; `buyer_keeps` is `fastReturn`."""
    if buyer_keeps:
        return ReturnStep.NEVER
    if shipment_status is None:
        undecided = refund_status in UNDECIDED_REFUNDS
        return ReturnStep.EXPECTED if undecided else ReturnStep.NEVER
    return RETURN_STEPS.get(shipment_status, ReturnStep.UNKNOWN)
