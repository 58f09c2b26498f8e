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
from dataclasses import dataclass

from cloudstock.domain.records import ReturnStep, Step

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


@dataclass(frozen=True, slots=True)
class Stage:
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

STAGES: Mapping[str, Stage] = {
    "PREORDER": _WAITS,
    "AWAIT_CONFIRMATION": _WAITS,
    "STARTED": _WAITS,
    "ASYNC_PROCESSING": _WAITS,
    "WAITING_USER_INPUT": _WAITS,
    "WAITING_BANK_DECISION": _WAITS,
    "WAITING_TINKOFF_DECISION": _WAITS,
    "WAITING_FOR_STOCKS": _WAITS,
    "WAITING_USER_DELIVERY_INPUT": _WAITS,
    "WAITING_POSTPAID_BUDGET_RESERVATION": _WAITS,
    "AS_PART_OF_MULTI_ORDER": _WAITS,
    "ANTIFRAUD": _WAITS,
    "AWAIT_PAYMENT": _WAITS,
    "AWAIT_LAVKA_RESERVATION": _WAITS,
    "AWAIT_DELIVERY_DATES": _WAITS,
    "AWAIT_DELIVERY_DATES_CONFIRMATION": _WAITS,
    "AWAIT_AUTO_DELIVERY_DATES": _WAITS,
    "AWAIT_USER_PERSONAL_DATA": _WAITS,
    "AWAIT_CASHIER": _WAITS,
    "AWAIT_SERVICEABLE_CONFIRMATION": _WAITS,
    "AWAIT_CUSTOM_PRICE_CONFIRMATION": _WAITS,
    "AWAIT_PAYMENT_AFTER_DELIVERY": _WAITS,
    "AWAIT_USER_STEAM_FAST_URL": _WAITS,
    "DEFERRED_PAYMENT": _WAITS,
    # Being packed, which may be done by now.
    "PACKAGING": _WAITS,
    "READY_TO_SHIP": _PACKED,
    # At the seller's own point, which gets no units from elsewhere.
    "READY_FOR_PICKUP": _PACKED,
    "COURIER_SEARCH_NOT_STARTED": _COURIER,
    "COURIER_SEARCH": _COURIER,
    "COURIER_FOUND": _COURIER,
    "COURIER_NOT_FOUND": _COURIER,
    "COURIER_IN_TRANSIT_TO_SENDER": _COURIER,
    "COURIER_ARRIVED_TO_SENDER": _COURIER,
    "COURIER_NOT_COME_FOR_ORDER": _COURIER,
    "SHIPPED": _GONE,
    "FIRST_MILE_DELIVERY_SERVICE_RECEIVED": _GONE,
    "DELIVERY_SERVICE_RECEIVED": _GONE,
    "DELIVERY_SERVICE_DELIVERED": _GONE,
    "DELIVERY_TO_STORE_STARTED": _GONE,
    "DELIVERY_CUSTOMS_ARRIVED": _GONE,
    "DELIVERY_CUSTOMS_CLEARED": _GONE,
    "DELIVERY_USER_NOT_RECEIVED": _GONE,
    "DELIVERED_USER_NOT_RECEIVED": _GONE,
    "DELIVERED_USER_RECEIVED": _GONE,
    "USER_RECEIVED": _GONE,
    "READY_FOR_LAST_MILE": _GONE,
    "LAST_MILE_STARTED": _GONE,
    "LAST_MILE_COURIER_SEARCH": _GONE,
    "COURIER_RECEIVED": _GONE,
    "COURIER_NOT_DELIVER_ORDER": _GONE,
    "COURIER_RETURNS_ORDER": _GONE,
    "COURIER_RETURNED_ORDER": _GONE,
    "PICKUP_SERVICE_RECEIVED": _GONE,
    "PICKUP_USER_RECEIVED": _GONE,
    "UNKNOWN": _WAITS,
}


@dataclass(frozen=True, slots=True)
class Reason:
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

REASONS: Mapping[str, Reason] = {
    "RESERVATION_EXPIRED": _BEFORE_PACKING,
    "RESERVATION_FAILED": _BEFORE_PACKING,
    "USER_NOT_PAID": _BEFORE_PACKING,
    "PENDING_EXPIRED": _BEFORE_PACKING,
    "PENDING_CANCELLED": _BEFORE_PACKING,
    "SHOP_PENDING_CANCELLED": _BEFORE_PACKING,
    "BANK_REJECT_CREDIT_OFFER": _BEFORE_PACKING,
    "CUSTOMER_REJECT_CREDIT_OFFER": _BEFORE_PACKING,
    "CREDIT_OFFER_FAILED": _BEFORE_PACKING,
    "POSTPAID_BUDGET_RESERVATION_FAILED": _BEFORE_PACKING,
    "PROCESSING_EXPIRED": _NOT_HANDED_OVER,
    "WAREHOUSE_FAILED_TO_SHIP": _NOT_HANDED_OVER,
    "PURCHASE_GROUP_THRESHOLD_NOT_REACHED_CANCELLED": _NOT_HANDED_OVER,
    "CANCELLED_COURIER_NOT_FOUND": _NOT_FETCHED,
    "COURIER_SEARCH_NOT_STARTED": _NOT_FETCHED,
    "COURIER_NOT_FOUND": _NOT_FETCHED,
    "COURIER_NOT_COME_FOR_ORDER": _NOT_FETCHED,
    "PICKUP_EXPIRED": _ON_THE_WAY,
    "FULL_NOT_RANSOM": _ON_THE_WAY,
    "DELIVERY_SERVICE_UNDELIVERED": _ON_THE_WAY,
    "DELIVERY_SERVICE_LOST": _ON_THE_WAY,
    "SORTING_CENTER_LOST": _ON_THE_WAY,
    "DROPOFF_LOST": _ON_THE_WAY,
    "LOST": _ON_THE_WAY,
    "WRONG_ITEM_DELIVERED": _ON_THE_WAY,
    "COURIER_NOT_DELIVER_ORDER": _ON_THE_WAY,
    "COURIER_RETURNS_ORDER": _ON_THE_WAY,
    "COURIER_RETURNED_ORDER": _ON_THE_WAY,
    "USER_UNREACHABLE": _ANY_TIME,
    "USER_CHANGED_MIND": _ANY_TIME,
    "USER_REFUSED_DELIVERY": _ANY_TIME,
    "USER_REFUSED_PRODUCT": _ANY_TIME,
    "USER_REFUSED_QUALITY": _ANY_TIME,
    "USER_FRAUD": _ANY_TIME,
    "USER_PLACED_OTHER_ORDER": _ANY_TIME,
    "USER_BOUGHT_CHEAPER": _ANY_TIME,
    "USER_WANTED_ANOTHER_PAYMENT_METHOD": _ANY_TIME,
    "USER_RECEIVED_TECHNICAL_ERROR": _ANY_TIME,
    "USER_FORGOT_TO_USE_BONUS": _ANY_TIME,
    "USER_WANTS_TO_CHANGE_ADDRESS": _ANY_TIME,
    "USER_WANTS_TO_CHANGE_DELIVERY_DATE": _ANY_TIME,
    "USER_HAS_NO_TIME_TO_PICKUP_ORDER": _ANY_TIME,
    "USER_IDENTIFICATION_MISMATCH": _ANY_TIME,
    # Often because the units were never there.
    "SHOP_FAILED": _ANY_TIME,
    "REPLACING_ORDER": _ANY_TIME,
    "MISSING_ITEM": _ANY_TIME,
    "BROKEN_ITEM": _ANY_TIME,
    "WRONG_ITEM": _ANY_TIME,
    "DAMAGED_BOX": _ANY_TIME,
    "DELIVERY_PROBLEMS": _ANY_TIME,
    "DELIVERY_SERVICE_FAILED": _ANY_TIME,
    "DELIVERY_SERVICE_NOT_RECEIVED": _ANY_TIME,
    "DELIVERY_NOT_MANAGED_REGION": _ANY_TIME,
    "SHIPPED_TO_WRONG_DELIVERY_SERVICE": _ANY_TIME,
    "LATE_CONTACT": _ANY_TIME,
    "CUSTOM": _ANY_TIME,
    "SERVICE_FAULT": _ANY_TIME,
    "TECHNICAL_ERROR": _ANY_TIME,
    "INCOMPLETE_CONTACT_INFORMATION": _ANY_TIME,
    "INCOMPLETE_MULTI_ORDER": _ANY_TIME,
    "INAPPROPRIATE_WEIGHT_SIZE": _ANY_TIME,
    "PRESCRIPTION_MISMATCH": _ANY_TIME,
    "DROPOFF_CLOSED": _ANY_TIME,
    "PICKUP_POINT_CLOSED": _ANY_TIME,
    "LEGAL_INFO_CHANGED": _ANY_TIME,
    "NO_PERSONAL_DATA_EXPIRED": _ANY_TIME,
    "INCORRECT_PERSONAL_DATA": _ANY_TIME,
    "TOO_MANY_DELIVERY_DATE_CHANGES": _ANY_TIME,
    "TOO_LONG_DELIVERY": _ANY_TIME,
    "POSTPAID_FAILED": _ANY_TIME,
    "ANTIFRAUD": _ANY_TIME,
    "CUSTOMS_PROBLEMS": _ANY_TIME,
    "CUSTOMS_FAILED_MARKET": _ANY_TIME,
    "CUSTOMS_FAILED_USER_COMMERCIAL_ITEMS": _ANY_TIME,
    "CUSTOMS_FAILED_USER_DUTY_NOT_PAID": _ANY_TIME,
    "CUSTOMS_FAILED_USER_INVALID_PERSONAL_DATA": _ANY_TIME,
    "CUSTOMS_FAILED_USER_ADDITIONAL_DATA_NOT_PROVIDED": _ANY_TIME,
    "UNKNOWN": _ANY_TIME,
}

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
    # "Ask the support."
    "UNKNOWN": ReturnStep.UNKNOWN,
}
# The same of a single unit, whose words differ a little.
INSTANCE_STEPS: Mapping[str, ReturnStep] = {
    "CREATED": ReturnStep.EXPECTED,
    "RECEIVED": ReturnStep.EXPECTED,
    "IN_TRANSIT": ReturnStep.EXPECTED,
    "READY_FOR_PICKUP": ReturnStep.EXPECTED,
    "PICKED": ReturnStep.RECEIVED,
    "RECEIVED_ON_FULFILLMENT": ReturnStep.NEVER,
    "CANCELLED": ReturnStep.NEVER,
    "LOST": ReturnStep.NEVER,
    "UTILIZED": ReturnStep.NEVER,
    "PREPARED_FOR_UTILIZATION": ReturnStep.NEVER,
    "EXPROPRIATED": ReturnStep.NEVER,
    "NOT_IN_DEMAND": ReturnStep.NEVER,
}
# refundStatus -> where the units of a return are whose `shipmentStatus` is not told. It is about
# the money: that alone brings nothing back, and until it is settled the units may yet come.
REFUNDS: Mapping[str, ReturnStep] = {
    "STARTED_BY_USER": ReturnStep.UNDECIDED,
    "REFUND_IN_PROGRESS": ReturnStep.UNDECIDED,
    "WAITING_FOR_DECISION": ReturnStep.UNDECIDED,
    "DECISION_MADE": ReturnStep.UNDECIDED,
    "PREMODERATION_DISPUTE": ReturnStep.UNDECIDED,
    "PREMODERATION_DECISION_WAITING": ReturnStep.UNDECIDED,
    "PREMODERATION_DECISION_MADE": ReturnStep.UNDECIDED,
    "PREMODERATION_SELECT_DELIVERY": ReturnStep.UNDECIDED,
    # The money could not be given back: nobody has said what becomes of the units.
    "FAILED": ReturnStep.UNDECIDED,
    "REFUNDED": ReturnStep.NEVER,
    "REFUNDED_WITH_BONUSES": ReturnStep.NEVER,
    "REFUNDED_BY_SHOP": ReturnStep.NEVER,
    "COMPLETE_WITHOUT_REFUND": ReturnStep.NEVER,
    "CANCELLED": ReturnStep.NEVER,
    "REJECTED": ReturnStep.NEVER,
    # "Ask the support."
    "UNKNOWN": ReturnStep.UNKNOWN,
}
# The state of a returned unit -> can it be sold again, as far as Market looked?
FIT: Mapping[str, bool] = {
    "FIT": True,
    "DEFECT": False,
    "ANOMALY": False,
    "SURPLUS": False,
    "EXPIRED": False,
    "MISGRADING": False,
    "UNDEFINED": False,
    "INCORRECT_IMEI": False,
    "INCORRECT_SERIAL_NUMBER": False,
    "INCORRECT_CIS": False,
    "PART_MISSING": False,
    "NON_COMPLIENT": False,
    "NOT_ACCEPTABLE": False,
    "SERVICE": False,
    "MARKDOWN": False,
    "DEMO": False,
    "REPAIR": False,
    "FIRMWARE": False,
    "UNKNOWN": False,
}


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
