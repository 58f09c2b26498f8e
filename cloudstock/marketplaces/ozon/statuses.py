"""What the status words of Ozon mean for the units.

Source: Ozon Seller API, POST /v4/posting/fbs/list and POST /v1/returns/list, checked 2026-11-23.
"""

from __future__ import annotations

from collections.abc import Mapping

from cloudstock.domain.records import ReturnStep, Step

# Posting status -> step. Words that are not here are unknown.
STEPS: Mapping[str, Step] = {
    "awaiting_registration": Step.OPEN,
    "awaiting_approve": Step.OPEN,
    "awaiting_verification": Step.OPEN,
    "awaiting_packaging": Step.OPEN,
    # Assembled and waiting for the hand-over: still on the shelf.
    "awaiting_deliver": Step.OPEN,
    # Ozon is accepting the shipment: see `step_of`.
    "acceptance_in_progress": Step.OPEN,
    "sent_by_seller": Step.SHIPPED,
    "driver_pickup": Step.SHIPPED,
    "delivering": Step.SHIPPED,
    # Not accepted at the sorting centre: gone until a return tells.
    "not_accepted": Step.SHIPPED,
    # Disputes say nothing about the units: what was known stays.
    "arbitration": Step.UNKNOWN,
    "client_arbitration": Step.UNKNOWN,
    "delivered": Step.DELIVERED,
    "cancelled": Step.CANCELLED,
    # The same units go on in other postings.
    "cancelled_from_split_pending": Step.REPLACED,
}
ACCEPTANCE = "acceptance_in_progress"


def step_of(status: str, *, handed_over: bool) -> Step:
    """Return the step of a posting; `handed_over` is whether it has a `delivering_date`."""
    if status == ACCEPTANCE and handed_over:
        return Step.SHIPPED
    return STEPS.get(status, Step.UNKNOWN)


# `visual.status.sys_name` of a return -> where the units are.
RETURN_STEPS: Mapping[str, ReturnStep] = {
    "ReceivedBySeller": ReturnStep.RECEIVED,
    "MovingToSeller": ReturnStep.EXPECTED,
    "ReturningToSellerByCourier": ReturnStep.EXPECTED,
    # At a pick-up point, waiting for the seller.
    "ArrivedAtReturnPlace": ReturnStep.EXPECTED,
    "WaitingShipment": ReturnStep.EXPECTED,
    "MovingToOzon": ReturnStep.EXPECTED,
    # About the money and the claim; the goods may still come.
    "MoneyReturned": ReturnStep.EXPECTED,
    # In Ozon's warehouse: theirs to sell or to destroy.
    "ReturnedToOzon": ReturnStep.NEVER,
    "Utilizing": ReturnStep.NEVER,
    "Utilized": ReturnStep.NEVER,
    "Cancelled": ReturnStep.NEVER,
    "Rejected": ReturnStep.NEVER,
    "CrmRejected": ReturnStep.NEVER,
}
_APPROVED = "Approved"


def return_step_of(sys_name: str) -> ReturnStep:
    """Return where the units of a return are; `ReturnStep.UNKNOWN` for a word never seen."""
    if sys_name.startswith(_APPROVED):
        # Several approvals of the claim; none says anything about the goods.
        return ReturnStep.EXPECTED
    return RETURN_STEPS.get(sys_name, ReturnStep.UNKNOWN)


# Integration types of rFBS, where the seller delivers and Ozon learns of the hand-over from him.
SELLER_DELIVERS = frozenset({"non_integrated", "3pl_tracking", "aggregator"})
# Goods that are not on a shelf of the seller.
HELD_BY_OZON = frozenset({"fbo", "fbp"})
