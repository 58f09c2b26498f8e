"""What there is in the world: products, offers, accounts, orders, returns.

None of it does anything by itself; what happens to it is in `world.py`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from cloudstock.language import mark
from cloudstock.sandbox.kinds import Kind, kinds


class Refused(Exception):
    """The world cannot do what it was told; the message says why. `conflict`: nobody sells that.

    What a hand at a terminal may meet is marked for translation, with `values` in its places.
    """

    def __init__(self, text: str, *, conflict: bool = False, **values: object) -> None:
        super().__init__(text.format(**values) if values else text)
        self.conflict = conflict
        self.text, self.values = text, values


@dataclass(slots=True)
class Product:
    """One thing in the seller's warehouse."""

    sku: str
    name: str
    barcodes: tuple[str, ...]
    # Units that really lie there, promised ones included.
    on_hand: int = 0
    # Units sold that were not there.
    oversold: int = 0


@dataclass(slots=True)
class Offer:
    """A product as one account offers it; `number` makes the marketplace's ids."""

    sku: str
    number: int
    archived: bool = False
    # Units held in the marketplace's own warehouse: never the seller's.
    held_there: int = 0


@dataclass(slots=True)
class OfferStock:
    """What buyers can order of one offer in one warehouse, and what is held for them."""

    free: int | None = None
    reserved: int = 0
    # The last accepted write, and the moment its value holds for.
    written_at: datetime | None = None
    value_at: datetime | None = None
    # What a reading still tells, until `read_from`.
    read_before: int | None = None
    read_from: datetime | None = None


@dataclass(slots=True)
class Account:
    """One cabinet on one marketplace, with its credentials (made up, like everything here)."""

    name: str
    marketplace: str
    number: int
    warehouses: list[int]
    # ozon: client_id, api_key; wildberries: token; yandex_market: api_key, business_id, campaign_id
    credentials: dict[str, str]
    offers: dict[str, Offer] = field(default_factory=dict)
    stock: dict[tuple[int, str], OfferStock] = field(default_factory=dict)
    # Yandex: warehouses of accounts with the same group share one stock.
    group: str | None = None
    # Yandex: how the shop sells (FBS, DBS, EXPRESS), whether its API is open, and whether the newer
    # method tells its warehouses.
    program: str = "FBS"
    api_open: bool = True
    listed: bool = True
    # Yandex: what the token may be used for.
    scopes: tuple[str, ...] = ("ALL_METHODS",)
    # Wildberries: warehouses from which the seller delivers himself (DBS), from which
    # Wildberries' courier fetches (DBW), at which buyers fetch themselves (pick-up), and those
    # being updated, which take no numbers for a while.
    dbs_warehouses: set[int] = field(default_factory=set)
    courier_warehouses: set[int] = field(default_factory=set)
    pickup_warehouses: set[int] = field(default_factory=set)
    processing: set[int] = field(default_factory=set)
    # Ozon: when the key ends, and the methods that each of its roles opens; None: never, all.
    key_ends: datetime | None = None
    roles: dict[str, tuple[str, ...]] | None = None

    @property
    def kind(self) -> Kind:
        """What its marketplace is."""
        return kinds()[self.marketplace]


@dataclass(slots=True)
class Line:
    """One line of an order."""

    number: int
    sku: str
    quantity: int
    # Units cancelled out of the line while the order lived.
    cancelled: int = 0

    @property
    def left(self) -> int:
        """Units still ordered."""
        return self.quantity - self.cancelled


# The states of an order, common to all marketplaces; each tells them in its own words.
IN_WAREHOUSE = ("new", "confirmed", "packed")
AWAY = ("shipped", "delivered", "cancelled_away", "refused")
STATES = {
    "new": mark("open", "order"),
    "confirmed": mark("open", "order"),
    "packed": mark("packed", "order"),
    "shipped": mark("shipped", "order"),
    "delivered": mark("delivered", "order"),
    "refused": mark("refused at the counter", "order"),
    "cancelled": mark("cancelled", "order"),
    "cancelled_away": mark("cancelled on its way", "order"),
    "replaced": mark("split", "order"),
}


@dataclass(slots=True)
class Order:
    """One order of one account (Wildberries: of one unit)."""

    order_id: str
    number: int
    account: str
    warehouse: int
    lines: list[Line]
    created_at: datetime
    changed_at: datetime
    visible_from: datetime
    # Orders of one basket share it.
    basket: int
    state: str = "new"
    packed: bool = False
    handed_over_at: datetime | None = None
    # The buyer cancelled by himself at once, or refused at the counter.
    by_buyer: bool = False
    fake: bool = False
    # The marketplace's own stock (FBY); it is no part of the seller's.
    held_there: bool = False
    # A raw status that replaces what the state would say.
    status: str | None = None
    # A split: the order it came from.
    parent: str | None = None
    # The last change of the state alone (a line that shrinks is none); None: still the first.
    status_at: datetime | None = None
    # Wildberries: the supply it is in, None for that of its basket, and whether it was taken back
    # out of one that had been handed over, which is possible once.
    supply: str | None = None
    taken_back: bool = False

    @property
    def in_warehouse(self) -> bool:
        """True while the units lie in the warehouse and are promised."""
        return self.state in IN_WAREHOUSE and not self.fake and not self.held_there


@dataclass(slots=True)
class Return:
    """Units of one product on their way back."""

    return_id: str
    number: int
    account: str
    order_id: str
    sku: str
    quantity: int
    # "client" after delivery, "refused" at the counter, "cancelled" on the way.
    kind: str
    created_at: datetime
    changed_at: datetime
    # "moving", "arrived", "received", "lost"
    state: str = "moving"
    received_at: datetime | None = None
    # A raw status that replaces what the state would say.
    status: str | None = None
    # Ozon: the number of a status of the seller's compensation.
    compensation: int | None = None
