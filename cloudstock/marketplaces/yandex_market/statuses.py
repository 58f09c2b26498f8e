"""What Yandex.Market's words mean for the units: of an order, a cancellation, a return.

Every word of the contract's lists has a row in one of these tables; a word in none of them is a
surprise, and means nothing until somebody gives it a row.

Source: Yandex.Market Partner API, POST /v1/businesses/{businessId}/orders and
GET /v2/campaigns/{campaignId}/returns (OrderStatusType, OrderSubstatusType,
OrderItemUnitStatusType, ReturnShipmentStatusType, ReturnInstanceStatusType, RefundStatusType,
ReturnInstanceStockType), checked 2026-11-29.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from cloudstock.domain.records import ReturnStep, Step
from cloudstock.marketplaces.fields import by_meaning

# Models, and states of shops, warehouses and offers

# placementType of a shop -> the models by which a warehouse may serve it (`FBS` is also Express).
# The others sell goods that Market holds.
MODELS: Mapping[str, frozenset[str]] = {
    "FBS": frozenset({"FBS", "EXPRESS"}),
    "DBS": frozenset({"DBS"}),
    "FBY": frozenset(),
    "LAAS": frozenset(),
}
WAREHOUSE_MODELS = frozenset(model for models in MODELS.values() for model in models)
# programType of an order: are the goods with the seller?
EXPRESS = "EXPRESS"
SELLERS_OWN: Mapping[str, bool] = {
    "FBS": True,
    "DBS": True,
    EXPRESS: True,
    "FBY": False,
    "LAAS": False,
}

# apiAvailability: of a shop, and of one model of a warehouse.
AVAILABLE = "AVAILABLE"
API_STATES = frozenset(
    {
        AVAILABLE,
        "DISABLED_BY_INACTIVITY",
        "DISABLED_BY_NO_ACTIVE_CONTRACT",
        "MANUALLY_DISABLED",
        "DISABLED_BY_NO_PLACEMENT_TYPE",
    }
)
# State of a warehouse.
DISABLED = "DISABLED_MANUALLY"
WAREHOUSE_STATES = frozenset({DISABLED, "OTHER"})

# State of an offer in a shop.
ARCHIVED = "ARCHIVED"
OFFER_STATES = frozenset(
    {
        ARCHIVED,
        "PUBLISHED",
        "CHECKING",
        "DISABLED_BY_PARTNER",
        "DISABLED_AUTOMATICALLY",
        "REJECTED_BY_MARKET",
        "CREATING_CARD",
        "NO_CARD",
        "NO_STOCKS",
        "READY_FOR_PUBLICATION",
    }
)

# Types of units in a stock reading. They overlap: FIT is the first two together.
ON_SALE, RESERVED, FIT_IN_ALL = "AVAILABLE", "FREEZE", "FIT"
STOCK_TYPES = frozenset(
    {ON_SALE, RESERVED, FIT_IN_ALL, "QUARANTINE", "UTILIZATION", "DEFECT", "EXPIRED"}
)

# Codes of errors; what is wrong stands in their messages.
ERROR_CODES = frozenset(
    {"BAD_REQUEST", "UNAUTHORIZED", "FORBIDDEN", "NOT_FOUND", "METHOD_NOT_ALLOWED"}
)

# Orders

# Being placed: not an order yet. It is passed over until its next status.
PLACING = "PLACING"
CANCELLED = "CANCELLED"

# status -> step.
STEPS: Mapping[str, Step] = {
    PLACING: Step.OPEN,
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
    # Market itself does not know.
    "UNKNOWN": Step.UNKNOWN,
}


class Stage(NamedTuple):
    """What the substatus of a living order says of its units, beside what the status says."""

    # The carrier or the buyer has them, though the status still is PROCESSING.
    gone: bool = False
    # They are packed and not handed over yet. If the order is cancelled from here, Market does not
    # put them back into what it shows.
    packed: bool = False
    # A courier is only on his way to the seller: of Express, whose orders are "in delivery" by
    # then. In other models such a courier is one of the last mile.
    awaits_courier: bool = False


_WAITS = Stage()
_PACKED = Stage(packed=True)
_COURIER = Stage(packed=True, awaits_courier=True)
_GONE = Stage(gone=True)

STAGES: Mapping[str, Stage] = by_meaning(
    {
        _WAITS: (
            "PREORDER AWAIT_CONFIRMATION STARTED ASYNC_PROCESSING WAITING_USER_INPUT"
            " WAITING_BANK_DECISION WAITING_TINKOFF_DECISION WAITING_FOR_STOCKS"
            " WAITING_USER_DELIVERY_INPUT WAITING_POSTPAID_BUDGET_RESERVATION"
            " AS_PART_OF_MULTI_ORDER ANTIFRAUD AWAIT_PAYMENT AWAIT_LAVKA_RESERVATION"
            " AWAIT_DELIVERY_DATES AWAIT_DELIVERY_DATES_CONFIRMATION AWAIT_AUTO_DELIVERY_DATES"
            " AWAIT_USER_PERSONAL_DATA AWAIT_CASHIER AWAIT_SERVICEABLE_CONFIRMATION"
            " AWAIT_CUSTOM_PRICE_CONFIRMATION AWAIT_PAYMENT_AFTER_DELIVERY"
            " AWAIT_USER_STEAM_FAST_URL DEFERRED_PAYMENT UNKNOWN"
            # Being packed, which may be done by now.
            " PACKAGING"
        ),
        _PACKED: (
            "READY_TO_SHIP"
            # At the seller's own point, which gets no units from elsewhere.
            " READY_FOR_PICKUP"
        ),
        _COURIER: (
            "COURIER_SEARCH_NOT_STARTED COURIER_SEARCH COURIER_FOUND COURIER_NOT_FOUND"
            " COURIER_IN_TRANSIT_TO_SENDER COURIER_ARRIVED_TO_SENDER COURIER_NOT_COME_FOR_ORDER"
        ),
        _GONE: (
            "SHIPPED FIRST_MILE_DELIVERY_SERVICE_RECEIVED DELIVERY_SERVICE_RECEIVED"
            " DELIVERY_SERVICE_DELIVERED DELIVERY_TO_STORE_STARTED DELIVERY_CUSTOMS_ARRIVED"
            " DELIVERY_CUSTOMS_CLEARED DELIVERY_USER_NOT_RECEIVED DELIVERED_USER_NOT_RECEIVED"
            " DELIVERED_USER_RECEIVED USER_RECEIVED READY_FOR_LAST_MILE LAST_MILE_STARTED"
            " LAST_MILE_COURIER_SEARCH COURIER_RECEIVED COURIER_NOT_DELIVER_ORDER"
            " COURIER_RETURNS_ORDER COURIER_RETURNED_ORDER PICKUP_SERVICE_RECEIVED"
            " PICKUP_USER_RECEIVED"
        ),
    }
)


class Reason(NamedTuple):
    """What a cancellation's reason proves: see `Order.left_warehouse` and `Order.gives_back`."""

    left_warehouse: bool | None
    gives_back: bool | None


# The order never came as far as being packed.
_BEFORE_PACKING = Reason(left_warehouse=False, gives_back=True)
# Nobody fetched it: packed or not, it is where it was.
_NOT_HANDED_OVER = Reason(left_warehouse=False, gives_back=None)
# Packed, and no courier came.
_NOT_FETCHED = Reason(left_warehouse=False, gives_back=False)
# The carrier or the pick-up point had the units.
_ON_THE_WAY = Reason(left_warehouse=True, gives_back=False)
# Buyers, sellers and carriers may give these at any time: the statuses seen before decide.
_ANY_TIME = Reason(left_warehouse=None, gives_back=None)

REASONS: Mapping[str, Reason] = by_meaning(
    {
        _BEFORE_PACKING: (
            "RESERVATION_EXPIRED RESERVATION_FAILED USER_NOT_PAID PENDING_EXPIRED"
            " PENDING_CANCELLED SHOP_PENDING_CANCELLED BANK_REJECT_CREDIT_OFFER"
            " CUSTOMER_REJECT_CREDIT_OFFER CREDIT_OFFER_FAILED POSTPAID_BUDGET_RESERVATION_FAILED"
        ),
        _NOT_HANDED_OVER: (
            "PROCESSING_EXPIRED WAREHOUSE_FAILED_TO_SHIP"
            " PURCHASE_GROUP_THRESHOLD_NOT_REACHED_CANCELLED"
        ),
        _NOT_FETCHED: (
            "CANCELLED_COURIER_NOT_FOUND COURIER_SEARCH_NOT_STARTED COURIER_NOT_FOUND"
            " COURIER_NOT_COME_FOR_ORDER"
        ),
        _ON_THE_WAY: (
            "PICKUP_EXPIRED FULL_NOT_RANSOM DELIVERY_SERVICE_UNDELIVERED DELIVERY_SERVICE_LOST"
            " SORTING_CENTER_LOST DROPOFF_LOST LOST WRONG_ITEM_DELIVERED"
            " COURIER_NOT_DELIVER_ORDER COURIER_RETURNS_ORDER COURIER_RETURNED_ORDER"
        ),
        _ANY_TIME: (
            "USER_UNREACHABLE USER_CHANGED_MIND USER_REFUSED_DELIVERY USER_REFUSED_PRODUCT"
            " USER_REFUSED_QUALITY USER_FRAUD USER_PLACED_OTHER_ORDER USER_BOUGHT_CHEAPER"
            " USER_WANTED_ANOTHER_PAYMENT_METHOD USER_RECEIVED_TECHNICAL_ERROR"
            " USER_FORGOT_TO_USE_BONUS USER_WANTS_TO_CHANGE_ADDRESS"
            " USER_WANTS_TO_CHANGE_DELIVERY_DATE USER_HAS_NO_TIME_TO_PICKUP_ORDER"
            " USER_IDENTIFICATION_MISMATCH REPLACING_ORDER MISSING_ITEM BROKEN_ITEM WRONG_ITEM"
            " DAMAGED_BOX DELIVERY_PROBLEMS DELIVERY_SERVICE_FAILED DELIVERY_SERVICE_NOT_RECEIVED"
            " DELIVERY_NOT_MANAGED_REGION SHIPPED_TO_WRONG_DELIVERY_SERVICE LATE_CONTACT CUSTOM"
            " SERVICE_FAULT TECHNICAL_ERROR INCOMPLETE_CONTACT_INFORMATION INCOMPLETE_MULTI_ORDER"
            " INAPPROPRIATE_WEIGHT_SIZE PRESCRIPTION_MISMATCH DROPOFF_CLOSED PICKUP_POINT_CLOSED"
            " LEGAL_INFO_CHANGED NO_PERSONAL_DATA_EXPIRED INCORRECT_PERSONAL_DATA"
            " TOO_MANY_DELIVERY_DATE_CHANGES TOO_LONG_DELIVERY POSTPAID_FAILED ANTIFRAUD"
            " CUSTOMS_PROBLEMS CUSTOMS_FAILED_MARKET CUSTOMS_FAILED_USER_COMMERCIAL_ITEMS"
            " CUSTOMS_FAILED_USER_DUTY_NOT_PAID CUSTOMS_FAILED_USER_INVALID_PERSONAL_DATA"
            " CUSTOMS_FAILED_USER_ADDITIONAL_DATA_NOT_PROVIDED UNKNOWN"
            # Often because the units were never there.
            " SHOP_FAILED"
        ),
    }
)

SUBSTATUSES = frozenset(STAGES) | frozenset(REASONS)

# Orders that are packed, as `Order.status` has them.
PACKED_STATUSES = frozenset(
    f"{status}/{word}"
    for status in ("PROCESSING", "DELIVERY")
    for word, stage in STAGES.items()
    if stage.packed
)

# State of single units -> are they handed over? CANCELLED: cancelled or taken out of the order
# before that.
UNIT_CANCELLED = "CANCELLED"
UNITS_GONE: Mapping[str, bool] = {
    "CREATED": False,
    UNIT_CANCELLED: False,
    "SHIPPED": True,
    "DELIVERED_TO_BUYER": True,
    "LOST": True,
    "REJECTED": True,
    "RETURNED": True,
}

_LEFT_WAREHOUSE: Mapping[Step, bool] = {
    Step.OPEN: False,
    Step.SHIPPED: True,
    Step.DELIVERED: True,
}


def step(status: str, substatus: str, program: str = "") -> Step:
    """Return the step of an order; `Step.UNKNOWN` for a status that the table does not hold."""
    now = STEPS.get(status, Step.UNKNOWN)
    stage = STAGES.get(substatus, _WAITS)
    if status == "PROCESSING" and stage.gone:
        return Step.SHIPPED
    if status == "DELIVERY" and program == EXPRESS and stage.awaits_courier:
        return Step.OPEN
    return now


def left_warehouse(now: Step, substatus: str, *, units_gone: bool) -> bool | None:
    """Return whether the answer proves that the units left the warehouse.

    `units_gone`: some unit is told to have been handed over.
    """
    if now in _LEFT_WAREHOUSE:
        return _LEFT_WAREHOUSE[now]
    if units_gone:
        return True
    return reason(substatus).left_warehouse if now is Step.CANCELLED else None


def reason(substatus: str) -> Reason:
    """Return what the reason of a cancellation proves."""
    return REASONS.get(substatus, _ANY_TIME)


# Returns

RETURN_TYPES = frozenset({"UNREDEEMED", "RETURN"})

# shipmentStatus of a return -> where its units are.
RETURN_STEPS: Mapping[str, ReturnStep] = by_meaning(
    {
        ReturnStep.EXPECTED: (
            "CREATED"
            # By the carrier, from the buyer.
            " RECEIVED IN_TRANSIT READY_FOR_PICKUP"
        ),
        # The only word for "with the seller".
        ReturnStep.RECEIVED: "PICKED",
        ReturnStep.NEVER: (
            "LOST EXPIRED CANCELLED NOT_IN_DEMAND UTILIZED PREPARED_FOR_UTILIZATION"
            " FULFILMENT_RECEIVED READY_FOR_EXPROPRIATION RECEIVED_FOR_EXPROPRIATION"
        ),
        # "Ask the support."
        ReturnStep.UNKNOWN: "UNKNOWN",
    }
)
# The same of a single unit, whose words differ a little.
INSTANCE_STEPS: Mapping[str, ReturnStep] = by_meaning(
    {
        ReturnStep.EXPECTED: "CREATED RECEIVED IN_TRANSIT READY_FOR_PICKUP",
        ReturnStep.RECEIVED: "PICKED",
        ReturnStep.NEVER: (
            "RECEIVED_ON_FULFILLMENT CANCELLED LOST UTILIZED PREPARED_FOR_UTILIZATION"
            " EXPROPRIATED NOT_IN_DEMAND"
        ),
    }
)
# refundStatus -> where the units of a return are whose `shipmentStatus` is not told. It is about
# the money: that alone brings nothing back, and until it is settled the units may yet come.
REFUNDS: Mapping[str, ReturnStep] = by_meaning(
    {
        ReturnStep.UNDECIDED: (
            "STARTED_BY_USER REFUND_IN_PROGRESS WAITING_FOR_DECISION DECISION_MADE"
            " PREMODERATION_DISPUTE PREMODERATION_DECISION_WAITING PREMODERATION_DECISION_MADE"
            " PREMODERATION_SELECT_DELIVERY"
            # The money could not be given back: nobody has said what becomes of the units.
            " FAILED"
        ),
        ReturnStep.NEVER: (
            "REFUNDED REFUNDED_WITH_BONUSES REFUNDED_BY_SHOP COMPLETE_WITHOUT_REFUND CANCELLED"
            " REJECTED"
        ),
        # "Ask the support."
        ReturnStep.UNKNOWN: "UNKNOWN",
    }
)
# The state of a returned unit -> can it be sold again, as far as Market looked?
FIT: Mapping[str, bool] = by_meaning(
    {
        True: "FIT",
        False: (
            "DEFECT ANOMALY SURPLUS EXPIRED MISGRADING UNDEFINED INCORRECT_IMEI"
            " INCORRECT_SERIAL_NUMBER INCORRECT_CIS PART_MISSING NON_COMPLIENT NOT_ACCEPTABLE"
            " SERVICE MARKDOWN DEMO REPAIR FIRMWARE UNKNOWN"
        ),
    }
)


def return_step(
    shipment_status: str | None, refund_status: str | None, *, buyer_keeps: bool
) -> ReturnStep:
    """Return where the units of a return are; `buyer_keeps` is `fastReturn`."""
    if buyer_keeps:
        return ReturnStep.NEVER
    if shipment_status is not None:
        return RETURN_STEPS.get(shipment_status, ReturnStep.UNKNOWN)
    if refund_status is not None:
        return REFUNDS.get(refund_status, ReturnStep.UNKNOWN)
    return ReturnStep.UNDECIDED
