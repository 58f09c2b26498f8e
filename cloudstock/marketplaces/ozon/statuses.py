"""What the status words of Ozon mean for the units.

Source: Ozon Seller API 2026-09-22, POST /v4/posting/fbs/list, POST /v1/returns/list, and the guide
on frequent errors. Words of POST /v2/returns/rfbs/list are in no text: as clients meet them.
"""

from __future__ import annotations

from collections.abc import Mapping

from cloudstock.domain.records import ReturnStep, Step, Verdict
from cloudstock.marketplaces.fields import by_meaning, words

# Posting status -> step. Words that are not here are unknown.
STEPS: Mapping[str, Step] = {
    "awaiting_registration": Step.OPEN,
    "awaiting_approve": Step.OPEN,
    "awaiting_verification": Step.OPEN,
    "awaiting_packaging": Step.OPEN,
    # Assembled and waiting for the hand-over: still in the warehouse.
    "awaiting_deliver": Step.OPEN,
    # Ozon is accepting the shipment: see `step_of`.
    "acceptance_in_progress": Step.OPEN,
    "sent_by_seller": Step.SHIPPED,
    "driver_pickup": Step.SHIPPED,
    "delivering": Step.SHIPPED,
    # Not accepted at the sorting centre: gone until a return tells.
    "not_accepted": Step.SHIPPED,
    "arbitration": Step.DISPUTED,
    "client_arbitration": Step.DISPUTED,
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


# `substatus` of a posting: it says nothing of the units that the status does not say.
SUBSTATUSES = words(
    "posting_acceptance_in_progress posting_awaiting_passport_data posting_awaiting_registration"
    " posting_canceled posting_conditionally_delivered posting_created posting_delivered"
    " posting_driver_pick_up posting_in_arbitration posting_in_carriage"
    " posting_in_client_arbitration posting_in_courier_service posting_in_pickup_point"
    " posting_not_in_carriage posting_not_in_sort_center posting_on_way_to_city"
    " posting_on_way_to_pickup_point posting_received posting_registered"
    " posting_registration_error posting_returned_to_warehouse posting_split_pending"
    " posting_transferred_to_courier_service posting_transferring_to_delivery ship_failed"
)

# `integration_type_flow`, and `tpl_integration_type` beside it -> does the seller hand the units
# over, or part of the way to the buyer? Then Ozon may not learn of it.
INTEGRATION_TYPES: Mapping[str, bool] = {
    "ozon": False,
    "aggregator": True,
    "non_integrated": True,
    "3pl_tracking": True,
    "hybrid": True,
    "hybrid_aggregator": True,
    "hybrid_non_integrated": True,
    "hybrid_3pl_tracking": True,
    # Booked, and fetched from the seller's own shop.
    "click_and_collect": True,
}
# Words that are in no list of the text: Russian Post's, as the text of `tpl_integration_type`
# spells it, and what the list of FBS postings tells of goods in a partner's warehouse.
OTHER_INTEGRATION_TYPES: Mapping[str, bool] = {"hybryd": True, "fbp": False}

# `delivery_schema` of a posting, in small letters: its text tells of which kind the SKU is. An
# answer may have these in any case.
OWN_SCHEMES = frozenset({"sds", "fbs", "crossborder"})
# Goods that are not in a warehouse of the seller: by scheme, and by integration type.
HELD_SCHEMES = frozenset({"fbo"})
HELD_INTEGRATION_TYPES = frozenset({"fbp"})

# `visual.status.sys_name` of a return -> where the units are.
RETURN_STEPS: Mapping[str, ReturnStep] = by_meaning(
    {
        ReturnStep.RECEIVED: "ReceivedBySeller",
        ReturnStep.EXPECTED: (
            "MovingToSeller ReturningToSellerByCourier WaitingShipment MovingToOzon"
            # At a pick-up point, waiting for the seller.
            " ArrivedAtReturnPlace"
            # About the money and the claim; the goods may still come.
            " Approved ApprovedByOzon MoneyReturned MoneyReturnedBySystem ReturnMoneyApproved"
        ),
        ReturnStep.NEVER: (
            # In Ozon's warehouse: theirs to sell or to destroy.
            "ReturnedToOzon Utilizing Utilized"
            # The buyer keeps the goods: for a part of the money, or because the claim was refused.
            " PartialCompensationInProcess PartialCompensationReturned Cancelled"
            " CancelledDisputeNotOpen Rejected CrmRejected"
            # The seller was paid for them.
            " ReturnCompensated"
        ),
        ReturnStep.UNDECIDED: (
            # Somebody has yet to decide.
            "OnSellerApproval OnSellerClarification"
            " OnSellerClarificationAfterPartialCompensation OfferedPartialCompensation"
            " DisputeOpened DisputeYouOpened DisputeOpening SendingError CompensationOffered"
            " WaitingCompensation"
            # The claim for compensation is closed; where the goods are is not said.
            " CompensationRejected CompensationRejectedBySla CompensationRejectedBySeller"
        ),
    }
)
# Words that say where the goods lie: nothing beside them says it better. The example of the text
# has a final moment at "ArrivedAtReturnPlace", where nobody has fetched the goods yet.
_PLACED = words(
    "ReceivedBySeller MovingToSeller ReturningToSellerByCourier ArrivedAtReturnPlace"
    " WaitingShipment MovingToOzon ReturnedToOzon Utilizing Utilized"
)

# `compensation_status.status.sys_name` -> the seller is paid, so the goods do not come back.
COMPENSATIONS: Mapping[str, bool] = {
    "Sent": True,
    "Received": True,
    "Canceled": False,
    # The money was taken back again.
    "DecompensationSent": False,
}


def return_step_of(sys_name: str, *, ended: bool, compensated: bool) -> ReturnStep:
    """Return where the units of a return are; `ReturnStep.UNKNOWN` for a word never seen.

    The goods are told by `logistic`, the money by `visual`: so where the word is about money or a
    claim, `ended` (a final moment, and not at Ozon's own warehouse) says that the seller has them.
    `compensated`: the seller was paid, or will be.
    """
    step = RETURN_STEPS.get(sys_name, ReturnStep.UNKNOWN)
    if step in (ReturnStep.UNKNOWN, ReturnStep.RECEIVED):
        return step
    if ended and sys_name not in _PLACED:
        return ReturnStep.RECEIVED
    return ReturnStep.NEVER if compensated else step


# `state.state` of a claim for an rFBS order -> where the units are.
CLAIM_STEPS: Mapping[str, ReturnStep] = by_meaning(
    {
        ReturnStep.RECEIVED: "ReceivedBySeller",
        ReturnStep.EXPECTED: (
            "Approved ApprovedOnPreModerationByOzon OnWay OnWayToOzon PassedToPartner"
            " ReleasedByProvider MoneyReturned"
            # Ozon's or a carrier's, not the seller's.
            " ArrivedAtWarehouse"
        ),
        ReturnStep.NEVER: (
            "PartialCompensationReturned PartialCompensationReturnedByOzon Rejected"
            " RejectedByOzon CrmRejected Cancelled CanceledByBuyer CancelledDisputeNotOpen"
            " CancelledDisputeNotOpenOnPostModeration Utilizing Utilized UtilizingByOzon"
            " UtilizedByOzon UtilizedByProvider WriteOff"
        ),
        ReturnStep.UNDECIDED: (
            "ON_APPROVAL AwaitingProcessing OnSellerApproval OnSellerClarification"
            " OnSellerClarificationAfterPartialCompensation CheckingStatus Solved"
        ),
    }
)

# `result[].errors[].code` of a push -> what became of the pair.
ITEM_ERRORS: Mapping[str, Verdict] = by_meaning(
    {
        # The same number as before: it stands.
        Verdict.ACCEPTED: "SKU_STOCK_NOT_CHANGE",
        Verdict.LATER: "TOO_MANY_REQUESTS",
        Verdict.REFUSED: (
            # The product: not there, not ready, or archived.
            "NOT_FOUND_ERROR offer_id_not_found product_is_not_created PRODUCT_IS_ARCHIVED"
            " PRODUCT_HAS_NOT_BEEN_TAGGED_YET PRICE_IS_NOT_SENT SOURCE_TYPE_NOT_FOUND"
            " SIZE_REQUIRED_FOR_NOT_UNIQUE_OFFER_ID INVALID_STATE CANNOT_CREATE_FBS_SKU"
            # The warehouse, or product and warehouse do not go together.
            " WAREHOUSE_NOT_FOUND NON_KGT_ON_KGT_WAREHOUSE OVER_MAX_OVH_NON_KGT OVER_MAX_OVH_KGT"
            " MP_DELIVERY_ONLY_3PL_ERROR FLAMMABLE_ONLY_ON_SELF_OR_PROVIDER_DELIVERY"
            " MULTIBOX_NOT_ALLOWED_FOR_FBS CB_DELIVERY_ONLY_FBP"
            # A million or more.
            " STOCK_TOO_BIG"
        ),
    }
)
# An error of this kind is told by its words, with one code or another.
TOO_FREQUENT = "too frequently"
