"""What the two status words of a Wildberries order mean for its unit.

`supplierStatus` tells where the unit is (before or after the hand-over), `wbStatus` whether the
order lives; they move independently, so both are read together.

Source: Wildberries seller API, POST /api/v3/orders/status and
POST /api/marketplace/v3/dbs/orders/status/info, checked 2026-11-23.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from cloudstock.domain.records import Step


class Family(StrEnum):
    """The method family an order belongs to."""

    FBS = "fbs"
    DBS = "dbs"


@dataclass(frozen=True, slots=True)
class Fate:
    """The step of an order and whether its unit left the shelf, as `Order` explains them."""

    step: Step
    left_shelf: bool | None


_RESERVED = Fate(Step.OPEN, left_shelf=False)
_GONE = Fate(Step.SHIPPED, left_shelf=True)
_SOLD = Fate(Step.DELIVERED, left_shelf=True)
_RELEASED = Fate(Step.CANCELLED, left_shelf=False)
# The unit is on its way back, or stays with Wildberries: a return tells.
_DIED_AWAY = Fate(Step.CANCELLED, left_shelf=True)
# The words contradict each other or do not tell: what was seen before decides.
_CANCELLED = Fate(Step.CANCELLED, left_shelf=None)

# The seller's status says that the unit is on the shelf.
_FBS_ON_SHELF: Mapping[str, Fate] = {
    "waiting": _RESERVED,
    "postponed_delivery": _RESERVED,
    # Wildberries has scanned it although the supply is not closed yet.
    "sorted": _GONE,
    "sent_to_carrier": _GONE,
    "accepted_by_carrier": _GONE,
    "ready_for_pickup": _GONE,
    "sold": _SOLD,
    "canceled": _RELEASED,
    "declined_by_client": _RELEASED,
    "canceled_by_client": _RELEASED,
    "canceled_by_carrier": _RELEASED,
    "defect": _RELEASED,
}
_FBS_HANDED_OVER: Mapping[str, Fate] = {
    "waiting": _GONE,
    "sorted": _GONE,
    "sent_to_carrier": _GONE,
    "accepted_by_carrier": _GONE,
    "ready_for_pickup": _GONE,
    "postponed_delivery": _GONE,
    "sold": _SOLD,
    "canceled": _DIED_AWAY,
    "canceled_by_client": _DIED_AWAY,
    "canceled_by_carrier": _DIED_AWAY,
    "defect": _DIED_AWAY,
    # "In the first hour, not yet in assembly", says the contract: not after a hand-over.
    "declined_by_client": _CANCELLED,
}
_CANCELLED_BY_SELLER: Mapping[str, Fate] = {
    "waiting": _RELEASED,
    "canceled": _RELEASED,
    "declined_by_client": _RELEASED,
    "canceled_by_client": _RELEASED,
    "canceled_by_missed_call": _RELEASED,
    "defect": _RELEASED,
}
# Cross-border only; the contract does not say whether the carrier had the unit.
_CANCELLED_BY_CARRIER: Mapping[str, Fate] = {
    "waiting": _CANCELLED,
    "sent_to_carrier": _DIED_AWAY,
    "accepted_by_carrier": _DIED_AWAY,
    "canceled": _CANCELLED,
    "canceled_by_carrier": _CANCELLED,
}

_DBS_ON_SHELF: Mapping[str, Fate] = {
    "waiting": _RESERVED,
    "ready_for_pickup": _GONE,
    "sold": _SOLD,
    "canceled": _RELEASED,
    "declined_by_client": _RELEASED,
    "canceled_by_client": _RELEASED,
    "canceled_by_missed_call": _RELEASED,
    "defect": _RELEASED,
}
_DBS_WITH_COURIER: Mapping[str, Fate] = {
    "waiting": _GONE,
    "ready_for_pickup": _GONE,
    "sold": _SOLD,
    "canceled": _DIED_AWAY,
    "canceled_by_client": _DIED_AWAY,
    "canceled_by_missed_call": _DIED_AWAY,
    "defect": _DIED_AWAY,
    "declined_by_client": _CANCELLED,
}
_DBS_RECEIVED: Mapping[str, Fate] = {
    "waiting": _SOLD,
    "ready_for_pickup": _SOLD,
    "sold": _SOLD,
}
_DBS_REJECTED: Mapping[str, Fate] = {
    "waiting": _DIED_AWAY,
    "ready_for_pickup": _DIED_AWAY,
    "canceled": _DIED_AWAY,
    "canceled_by_client": _DIED_AWAY,
    "defect": _DIED_AWAY,
}
# Set by Wildberries before or after the courier left.
_DBS_MISSED_CALL: Mapping[str, Fate] = {
    "waiting": _CANCELLED,
    "canceled": _CANCELLED,
    "canceled_by_client": _CANCELLED,
    "canceled_by_missed_call": _CANCELLED,
}

# family -> supplierStatus -> wbStatus -> what it means. Pairs that are not here are unknown.
FATES: Mapping[Family, Mapping[str, Mapping[str, Fate]]] = {
    Family.FBS: {
        "new": _FBS_ON_SHELF,
        "confirm": _FBS_ON_SHELF,
        "complete": _FBS_HANDED_OVER,
        "cancel": _CANCELLED_BY_SELLER,
        "cancel_carrier": _CANCELLED_BY_CARRIER,
    },
    Family.DBS: {
        "new": _DBS_ON_SHELF,
        "confirm": _DBS_ON_SHELF,
        "deliver": _DBS_WITH_COURIER,
        "receive": _DBS_RECEIVED,
        "reject": _DBS_REJECTED,
        "cancel": _CANCELLED_BY_SELLER,
        "cancel_missed_call": _DBS_MISSED_CALL,
    },
}

# What a seller's status alone proves of the unit, for a `wbStatus` never seen before.
_LEFT_SHELF: Mapping[str, bool] = {
    "new": False,
    "confirm": False,
    "complete": True,
    "deliver": True,
    "receive": True,
    "reject": True,
}

# Not scanned at the hand-over and still alive: the unit is to be shipped again.
RESHIPPED = Fate(Step.OPEN, left_shelf=None)


def fate(family: Family, supplier_status: str, wb_status: str) -> Fate:
    """Return what the two words mean; `Step.UNKNOWN` for a pair that the table does not hold."""
    known = FATES[family].get(supplier_status, {}).get(wb_status)
    return known or Fate(Step.UNKNOWN, _LEFT_SHELF.get(supplier_status))


def awaits_hand_over(supplier_status: str, wb_status: str) -> bool:
    """Return whether the reshipment list can still say something of such an FBS order.

    The list keeps orders that have been accepted or have ended since, so only those that nobody
    has scanned yet are looked up in it.
    """
    return supplier_status == "complete" and wb_status == "waiting"
