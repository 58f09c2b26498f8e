"""What travels between the marketplaces, the rules and the database.

Frozen values of plain types; those of which there may be a million are tuples, which are made in a
fifth of the time. Times are aware UTC datetimes, quantities are `int`, unknown is
`None` (never 0 or -1). Ids of marketplaces are text here, whatever they are on the wire.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from cloudstock.domain.moments import EXACT
from cloudstock.language import mark, spoken


class Step(StrEnum):
    """Where the units of an order line are, as far as the marketplace's status tells."""

    # Promised and still in the warehouse.
    OPEN = mark("open", "order")
    # Handed over: gone from the warehouse, the reserve ended.
    SHIPPED = mark("shipped", "order")
    # With the buyer: as shipped, and final.
    DELIVERED = mark("delivered", "order")
    # Cancelled. Released if the units never left the warehouse, see `Order.left_warehouse`.
    CANCELLED = mark("cancelled", "order")
    # Replaced by other orders that carry the same units (a split): releases, never moves.
    REPLACED = mark("replaced", "order")
    # Somebody disputes it, which says nothing about the units: what was known stays.
    DISPUTED = mark("disputed", "order")
    # A status that the adapter's table does not hold, or one that says nothing about the units:
    # keep what was known; an order never seen before reserves.
    UNKNOWN = mark("unknown", "order")

    @property
    def label(self) -> str:
        """The step as people read it."""
        return spoken(self.value, "order")


# Steps after which an order is not asked for again.
FINAL_STEPS = frozenset({Step.DELIVERED, Step.CANCELLED, Step.REPLACED})
# Steps that say nothing about the units.
SILENT_STEPS = frozenset({Step.DISPUTED, Step.UNKNOWN})


class Listing(NamedTuple):
    """A product (or several) as one account offers it: the marketplace's own stock unit."""

    # The marketplace's unchanging id of the stock unit: Ozon `product_id`, Wildberries `chrtId`,
    # Yandex `offerId`.
    external_id: str
    # The seller's article as design and tables show it: `offer_id`, `offerId`, or for
    # Wildberries what the account's `article` template makes of the card and the size.
    offer_id: str
    name: str
    barcodes: tuple[str, ...] = ()
    # Every other key by which orders, returns and stock readings of this marketplace name this
    # listing, each prefixed by its kind: `sku:2600000013`, `offer:MUG-01`, `chrt:501000931`,
    # `barcode:4607000000132`. Unique to the listing within its account where the kind is unique.
    keys: tuple[str, ...] = ()
    archived: bool = False
    # Where buyers see it, and its picture: addresses of https; "": not told.
    card_url: str = ""
    picture_url: str = ""


@dataclass(frozen=True, slots=True)
class OrderLine:
    """One product line of an order, as the marketplace tells it now."""

    # Unique and stable within the order (Ozon: the sku; Yandex: the item id; Wildberries: "1").
    line_id: str
    # Keys of the listing in order of trust; the first that the catalog knows decides.
    listing_keys: tuple[str, ...]
    # Units of the listing still ordered: units cancelled out of the line are already taken off.
    quantity: int
    # The seller's article as the order names it, for people.
    offer_id: str = ""


@dataclass(frozen=True, slots=True)
class Order:
    """An order (Ozon: a posting; Wildberries: an assembly task of one unit) as it is now.

    All lines are present: a line that an earlier reading had and this one lacks is cancelled.
    """

    # posting_number, order id.
    order_id: str
    step: Step
    # The marketplace's own status words, for people and for statuses never seen before.
    status: str
    # When the buyer made it: the moment from which the marketplace shows less by itself.
    created_at: datetime
    lines: tuple[OrderLine, ...]
    # The marketplace's warehouse id; None where the answer names none.
    warehouse_id: str | None = None
    # True where the answer itself proves that the units left the warehouse (Ozon `delivering_date`,
    # Wildberries `complete`), False where it proves that they never did, None where only the
    # statuses seen before can tell. Needed for CANCELLED and UNKNOWN.
    left_warehouse: bool | None = None
    # The seller says that he handed it over (or that it ended after that), and the marketplace has
    # scanned nothing: he may still take it back. Asked for again as often as an open order.
    unscanned: bool = False
    # When the units left, where the marketplace tells exactly.
    shipped_at: datetime | None = None
    # When the order last changed, where the marketplace tells.
    changed_at: datetime | None = None
    # For a CANCELLED order: did the marketplace itself put the units back into what it shows?
    # None where its contract is silent: what the listing shows is then unknown.
    gives_back: bool | None = None
    # Whatever else the adapter needs to ask for the order again (an order number). Opaque.
    handle: str = ""
    # Test orders and orders of marketplace-held stock: stored for people, they move nothing.
    ignored: str | None = None


class ReturnStep(StrEnum):
    """Where returned units are."""

    # Filed or on its way, or waiting at a pick-up point.
    EXPECTED = mark("expected", "return")
    # A claim, a dispute or a compensation that somebody has yet to decide: the units may come or
    # stay where they are. Nothing moves.
    UNDECIDED = mark("undecided", "return")
    # Handed to the seller.
    RECEIVED = mark("received", "return")
    # Never coming back: lost, destroyed, kept by the buyer or by the marketplace, void.
    NEVER = mark("never", "return")
    # A status that the adapter's table does not hold: nothing moves, it is reported.
    UNKNOWN = mark("unknown", "return")

    @property
    def label(self) -> str:
        """The step as people read it."""
        return spoken(self.value, "return")


@dataclass(frozen=True, slots=True)
class Return:
    """Units on their way back from one order; one record per return and product."""

    # Unique within the account, stable over the return's life (a return of several products has
    # several records, told apart in the id).
    return_id: str
    step: ReturnStep
    status: str
    quantity: int
    # The order it belongs to; None where the marketplace names none.
    order_id: str | None
    # As in OrderLine. May be empty where only the order can tell what came back.
    listing_keys: tuple[str, ...] = ()
    offer_id: str = ""
    created_at: datetime | None = None
    # When its status last changed, where the marketplace tells.
    changed_at: datetime | None = None
    # When the seller was handed the units, where the marketplace tells; else, of what was seen on
    # its way before, the beginning of the time in which it came, see `effects.dated`.
    received_at: datetime | None = None
    # The return that this one replaces (counted once between them).
    replaces: str | None = None
    # Told by the marketplace to be unfit for sale ("DEFECT"); None: nothing said.
    condition: str | None = None
    # How coarse `received_at` is known, where that is more than a second (a day); see `moments`.
    resolution: timedelta = EXACT


class StockKey(NamedTuple):
    """One listing in one marketplace warehouse: the unit of reading and writing stock."""

    external_id: str
    offer_id: str
    # As configured in the account's `warehouses`; "" where the account has just one and the
    # configuration names none.
    warehouse_id: str


class SeenStock(NamedTuple):
    """What a marketplace shows and holds for one listing in one of its warehouses."""

    # The listing, by the same keys as in OrderLine.
    listing_keys: tuple[str, ...]
    warehouse_id: str
    # What buyers can still order.
    free: int
    # What the marketplace holds for orders; None where it does not tell.
    reserved: int | None = None


class StockUpdate(NamedTuple):
    """Show `quantity` units to buyers; absolute, safe to repeat."""

    key: StockKey
    quantity: int
    # When the number was computed from the database.
    computed_at: datetime


class Verdict(StrEnum):
    """What a marketplace said of one pushed item."""

    # Accepted: not yet proof that it is applied.
    ACCEPTED = mark("accepted", "push")
    # Refused for a reason that a repeat would not change; set aside and reported.
    REFUSED = mark("refused", "push")
    # Not taken now (too often, warehouse busy): send the then current value later.
    LATER = mark("later", "push")
    # No answer that tells: what the listing shows is unknown.
    UNKNOWN = mark("unknown", "push")

    @property
    def label(self) -> str:
        """The answer as people read it."""
        return spoken(self.value, "push")


class PushOutcome(NamedTuple):
    """The marketplace's answer for one item of a push."""

    update: StockUpdate
    verdict: Verdict
    # The marketplace's own code and words; empty when accepted.
    code: str = ""
    message: str = ""
    # For LATER: seconds to wait before this item may be sent again (real seconds, pace applied).
    retry_after_s: float | None = None


class MovementKind(StrEnum):
    """Why units of the seller's stock moved."""

    # The difference that a count found; a correction by a person, with its reason.
    COUNT = mark("count", "movement")
    ADJUSTMENT = mark("adjustment", "movement")
    # From one of the seller's warehouses to another.
    MOVE = mark("move", "movement")
    # Of an order; of what came back, to the quarantine or on sale again.
    SHIPMENT = mark("shipment", "movement")
    RETURN = mark("return", "movement")
    # Out of the quarantine: into stock, or away.
    RECEIPT = mark("receipt", "movement")
    WRITE_OFF = mark("write-off", "movement")

    @property
    def label(self) -> str:
        """The kind as people read it."""
        return spoken(self.value, "movement")


@dataclass(frozen=True, slots=True)
class MarketplaceWarehouse:
    """A warehouse of the seller as the marketplace knows it."""

    warehouse_id: str
    name: str
    # None: usable; else why stock cannot be pushed to it ("archived", "FBY").
    unusable: str | None = None
    # Warehouses with one group share one stock by themselves: they are pushed and counted once.
    group: str | None = None
    # The marketplace's ids of other shops that sell this stock, as far as it tells.
    shops: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class OrderRef:
    """An open order to be asked for again."""

    order_id: str
    created_at: datetime
    handle: str = ""


@dataclass(frozen=True, slots=True)
class TimeRange:
    """A span of time to read: everything changed (or created) in [since, until]."""

    since: datetime
    until: datetime
