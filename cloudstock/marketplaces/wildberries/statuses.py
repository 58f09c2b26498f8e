"""What Wildberries' words mean: the two statuses of an order, and the codes of refused stock.

`supplierStatus` tells where the unit is (before or after the hand-over), `wbStatus` whether the
order lives; they move independently, so both are read together. Every pair of the words that the
contract's texts and lists hold has a row here; each family of orders has words of its own.

Source: Wildberries seller API, POST /api/v3/orders/status, /api/v3/dbw/orders/status,
/api/marketplace/v3/dbs/orders/status/info and …/click-collect/orders/status/info,
PUT /api/v3/stocks/{warehouseId}, checked 2026-11-29.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum, StrEnum
from typing import NamedTuple

from cloudstock.domain.records import Step
from cloudstock.marketplaces.fields import by_meaning


class Family(StrEnum):
    """The method family an order belongs to: how its warehouse delivers."""

    # To a warehouse of Wildberries, which delivers.
    FBS = "fbs"
    # The seller delivers, express or not.
    DBS = "dbs"
    # A courier of Wildberries fetches it from the seller.
    DBW = "dbw"
    # The buyer fetches it from the seller.
    PICKUP = "pickup"


class Fate(NamedTuple):
    """The step of an order and whether its unit left the warehouse, as `Order` explains them."""

    step: Step
    left_warehouse: bool | None
    # That it left is the seller's word: Wildberries has scanned nothing, see `Order.unscanned`.
    unscanned: bool = False
    # The two words cannot both be true; what they leave open is resolved so that nothing oversells.
    contradiction: bool = False


_RESERVED = Fate(Step.OPEN, left_warehouse=False)
_GONE = Fate(Step.SHIPPED, left_warehouse=True)
_HANDED_OVER = Fate(Step.SHIPPED, left_warehouse=True, unscanned=True)
_SOLD = Fate(Step.DELIVERED, left_warehouse=True)
_RELEASED = Fate(Step.CANCELLED, left_warehouse=False)
# The unit is on its way back, or stays with Wildberries: a return tells.
_DIED_AWAY = Fate(Step.CANCELLED, left_warehouse=True)
_DIED_UNSCANNED = Fate(Step.CANCELLED, left_warehouse=True, unscanned=True)
# The words do not tell where the unit is: what was seen before decides.
_CANCELLED = Fate(Step.CANCELLED, left_warehouse=None)
# Cancelled by the seller, which is possible only before the hand-over, and yet scanned by
# Wildberries or a carrier: the scan proves that the unit left.
_GONE_ALL_THE_SAME = Fate(Step.SHIPPED, left_warehouse=True, contradiction=True)
_SOLD_ALL_THE_SAME = Fate(Step.DELIVERED, left_warehouse=True, contradiction=True)
# "In the first hour, not yet in assembly", says the contract: not after a hand-over.
_DECLINED_TOO_LATE = Fate(Step.CANCELLED, left_warehouse=None, contradiction=True)

_Row = Mapping[str, Fate]

# ---------------------------------------------------------------- FBS

_FBS_IN_WAREHOUSE: _Row = by_meaning(
    {
        _RESERVED: "waiting postponed_delivery",
        # Wildberries has scanned it although the supply is not closed yet.
        _GONE: "sorted sent_to_carrier accepted_by_carrier ready_for_pickup",
        _SOLD: "sold",
        _RELEASED: "canceled declined_by_client canceled_by_client canceled_by_carrier defect",
    }
)
_FBS_HANDED_OVER: _Row = by_meaning(
    {
        # The seller closed the supply; until a scan he may take the task back into another one.
        _HANDED_OVER: "waiting",
        _GONE: "sorted sent_to_carrier accepted_by_carrier ready_for_pickup postponed_delivery",
        _SOLD: "sold",
        # Also by itself, days after a supply was closed in which this unit was not.
        _DIED_UNSCANNED: "canceled",
        _DIED_AWAY: "canceled_by_client canceled_by_carrier defect",
        _DECLINED_TOO_LATE: "declined_by_client",
    }
)
_FBS_CANCELLED: _Row = by_meaning(
    {
        _RELEASED: "waiting canceled declined_by_client",
        _CANCELLED: (
            "canceled_by_carrier defect"
            # "At the receipt": where that was, the cancellation does not tell.
            " canceled_by_client"
        ),
        _GONE_ALL_THE_SAME: (
            "sorted sent_to_carrier accepted_by_carrier ready_for_pickup postponed_delivery"
        ),
        _SOLD_ALL_THE_SAME: "sold",
    }
)
# Cross-border only; the contract does not say whether the carrier had the unit.
_FBS_CANCELLED_BY_CARRIER: _Row = by_meaning(
    {
        _CANCELLED: (
            "waiting canceled canceled_by_carrier declined_by_client defect postponed_delivery"
        ),
        _DIED_AWAY: (
            "sent_to_carrier accepted_by_carrier sorted ready_for_pickup canceled_by_client"
        ),
        _SOLD_ALL_THE_SAME: "sold",
    }
)

# ---------------------------------------------------------------- DBS

_DBS_IN_WAREHOUSE: _Row = by_meaning(
    {
        _RESERVED: "waiting",
        # It has arrived at a pick-up point.
        _GONE: "ready_for_pickup",
        _SOLD: "sold",
        _RELEASED: "canceled declined_by_client canceled_by_client canceled_by_missed_call defect",
    }
)
_DBS_WITH_COURIER: _Row = by_meaning(
    {
        _GONE: "waiting ready_for_pickup",
        _SOLD: "sold",
        _DIED_AWAY: "canceled canceled_by_client canceled_by_missed_call defect",
        _DECLINED_TOO_LATE: "declined_by_client",
    }
)
# The buyer's code proves that he was given it.
_DBS_RECEIVED: _Row = by_meaning(
    {
        _SOLD: "waiting ready_for_pickup sold",
        _SOLD_ALL_THE_SAME: (
            "canceled canceled_by_client canceled_by_missed_call declined_by_client defect"
        ),
    }
)
_DBS_REJECTED: _Row = by_meaning(
    {
        _DIED_AWAY: (
            "waiting ready_for_pickup canceled canceled_by_client canceled_by_missed_call"
            " declined_by_client defect"
        ),
        _SOLD_ALL_THE_SAME: "sold",
    }
)
_DBS_CANCELLED: _Row = by_meaning(
    {
        _RELEASED: (
            "waiting canceled declined_by_client canceled_by_client canceled_by_missed_call defect"
        ),
        _GONE_ALL_THE_SAME: "ready_for_pickup",
        _SOLD_ALL_THE_SAME: "sold",
    }
)
# Set by Wildberries before or after the courier left.
_DBS_MISSED_CALL: _Row = by_meaning(
    {
        _CANCELLED: (
            "waiting canceled canceled_by_client canceled_by_missed_call declined_by_client defect"
        ),
        _DIED_AWAY: "ready_for_pickup",
        _SOLD_ALL_THE_SAME: "sold",
    }
)


# ---------------------------------------------------------------- DBW


def _by_courier(row: _Row, *, postponed: Fate) -> _Row:
    """DBW tells as DBS does, but has no pick-up point, and a courier who may come later."""
    rest = {word: fate for word, fate in row.items() if word != "ready_for_pickup"}
    return {**rest, "postponed_delivery": postponed}


# ---------------------------------------------------------------- pick-up

# The unit lies with the seller until the buyer has it; what he does not take stays there.
_PICKUP_IN_WAREHOUSE: _Row = by_meaning(
    {
        _RESERVED: "waiting ready_for_pickup",
        _SOLD: "sold",
        _RELEASED: "canceled canceled_by_client declined_by_client defect",
    }
)
_PICKUP_RECEIVED: _Row = by_meaning(
    {
        _SOLD: "waiting ready_for_pickup sold",
        _SOLD_ALL_THE_SAME: "canceled canceled_by_client declined_by_client defect",
    }
)
_PICKUP_NOT_TAKEN: _Row = by_meaning(
    {
        _RELEASED: "waiting ready_for_pickup canceled canceled_by_client declined_by_client defect",
        _SOLD_ALL_THE_SAME: "sold",
    }
)

# family -> supplierStatus -> wbStatus -> what it means. Pairs that are not here are unknown.
FATES: Mapping[Family, Mapping[str, _Row]] = {
    Family.FBS: {
        "new": _FBS_IN_WAREHOUSE,
        "confirm": _FBS_IN_WAREHOUSE,
        "complete": _FBS_HANDED_OVER,
        "cancel": _FBS_CANCELLED,
        "cancel_carrier": _FBS_CANCELLED_BY_CARRIER,
    },
    Family.DBS: {
        "new": _DBS_IN_WAREHOUSE,
        "confirm": _DBS_IN_WAREHOUSE,
        "deliver": _DBS_WITH_COURIER,
        "receive": _DBS_RECEIVED,
        "reject": _DBS_REJECTED,
        "cancel": _DBS_CANCELLED,
        "cancel_missed_call": _DBS_MISSED_CALL,
    },
    Family.DBW: {
        "new": _by_courier(_DBS_IN_WAREHOUSE, postponed=_RESERVED),
        "confirm": _by_courier(_DBS_IN_WAREHOUSE, postponed=_RESERVED),
        "complete": _by_courier(_DBS_WITH_COURIER, postponed=_GONE),
        "receive": _by_courier(_DBS_RECEIVED, postponed=_SOLD_ALL_THE_SAME),
        "reject": _by_courier(_DBS_REJECTED, postponed=_DIED_AWAY),
        "cancel": _by_courier(_DBS_CANCELLED, postponed=_GONE_ALL_THE_SAME),
        "cancel_missed_call": _by_courier(_DBS_MISSED_CALL, postponed=_CANCELLED),
    },
    Family.PICKUP: {
        "new": _PICKUP_IN_WAREHOUSE,
        "confirm": _PICKUP_IN_WAREHOUSE,
        # It lies ready at the seller's counter.
        "prepare": _PICKUP_IN_WAREHOUSE,
        "receive": _PICKUP_RECEIVED,
        "reject": _PICKUP_NOT_TAKEN,
        "cancel": _PICKUP_NOT_TAKEN,
        "cancel_shelf_life": _PICKUP_NOT_TAKEN,
    },
}

# What a seller's status alone proves of the unit, for a `wbStatus` never seen before.
_LEFT_WAREHOUSE: Mapping[Family, Mapping[str, bool]] = {
    Family.FBS: {"new": False, "confirm": False, "complete": True},
    Family.DBS: {"new": False, "confirm": False, "deliver": True, "receive": True, "reject": True},
    Family.DBW: {"new": False, "confirm": False, "complete": True, "receive": True, "reject": True},
    Family.PICKUP: {"new": False, "confirm": False, "prepare": False, "receive": True},
}

# Not scanned at the hand-over and still alive: the unit is to be shipped again.
RESHIPPED = Fate(Step.OPEN, left_warehouse=None, unscanned=True)


def fate(family: Family, supplier_status: str, wb_status: str) -> Fate:
    """Return what the two words mean; `Step.UNKNOWN` for a pair that the table does not hold."""
    certain = FATES[family].get(supplier_status, {}).get(wb_status)
    return certain or Fate(Step.UNKNOWN, _LEFT_WAREHOUSE[family].get(supplier_status))


def is_supplier_status(family: Family, word: str) -> bool:
    """Return whether the family has such a `supplierStatus`."""
    return word in FATES[family]


def is_wb_status(family: Family, word: str) -> bool:
    """Return whether the family has such a `wbStatus`."""
    # All rows of a family hold the same words.
    return word in FATES[family]["new"]


def awaits_hand_over(supplier_status: str, wb_status: str) -> bool:
    """Return whether the reshipment list can still say something of such an FBS order.

    The list keeps orders that have been accepted or have ended since, so only those that nobody
    has scanned yet are looked up in it.
    """
    return supplier_status == "complete" and wb_status == "waiting"


# ---------------------------------------------------------------- refused stock


class About(Enum):
    """What a code of a refused stock update speaks of."""

    # Some sizes of the batch, named or not; the others can be sent without them.
    ITEM = "item"
    # The warehouse, for some minutes.
    WAREHOUSE = "warehouse"
    # The seller, who may not sell.
    SELLER = "seller"
    # The form of the request: no repeat would change it.
    REQUEST = "request"


REFUSALS: Mapping[str, About] = by_meaning(
    {
        About.ITEM: (
            "NotFound UploadDataLimit CargoWarehouseRestrictionMGT CargoWarehouseRestrictionSGT"
            " CargoWarehouseRestrictionSGTKGTPlus CargoWarehouseRestrictionKGTPlus"
            " ProductPropertyConflict DeliveryTypeRestriction"
        ),
        About.WAREHOUSE: (
            # "Seconds", after a 409.
            "StoreIsProcessing"
            # "Some minutes", after a 406.
            " WarehouseStocksUpdateBlock"
        ),
        # "Blocked because the supplier is banned".
        About.SELLER: "StatusNotAcceptable",
        About.REQUEST: (
            "IncorrectRequestBody IncorrectRequest IncorrectParameter AccessDenied"
            # Barcodes are switched off for the seller; only sizes are sent from here.
            " SKUUploadDisabled"
        ),
    }
)
