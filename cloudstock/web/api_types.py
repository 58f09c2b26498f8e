"""What scripts send and are answered; the OpenAPI document is made of these and nothing else."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from msgspec import Meta, Struct

from cloudstock.store.troubles import Trouble
from cloudstock.store.views.health import AccountState
from cloudstock.store.views.stock import ShelfStock

Sku = Annotated[str, Meta(min_length=1, max_length=500, description="The product's article.")]
Warehouse = Annotated[
    str, Meta(min_length=1, max_length=100, description="A shelf; main unless told.")
]
Units = Annotated[int, Meta(ge=1, le=1_000_000_000)]


class ListingStock(Struct, frozen=True):
    """One listing in one marketplace warehouse; quantities are listings, null is unknown."""

    account: str
    offer_id: str
    external_warehouse: str
    target: int | None
    pushed: int | None
    pushed_at: datetime | None
    seen: int | None
    seen_reserved: int | None
    seen_at: datetime | None


class Stock(Struct, frozen=True):
    """One product on one shelf, as `show-stock --json` has it; null is unknown."""

    sku: str
    name: str
    warehouse: str
    on_hand: int | None
    reserved: int
    available: int | None
    listings: tuple[ListingStock, ...]


def stock_of(row: ShelfStock) -> Stock:
    """Return a row of stock as scripts get it."""
    return Stock(
        row.sku,
        row.name,
        row.warehouse,
        row.on_hand,
        row.reserved,
        row.available,
        tuple(ListingStock(*listing) for listing in row.listings),
    )


# ---------------------------------------------------------------- lists


class StockPage(Struct, frozen=True):
    """Stock by article; `next` goes into `after` for the next page, null: the last one."""

    stock: tuple[Stock, ...]
    next: str | None


class Status(Struct, frozen=True):
    """What `status` tells."""

    ok: bool
    accounts: tuple[AccountState, ...]
    wrong: tuple[Trouble, ...]
    notable: tuple[Trouble, ...]


# ---------------------------------------------------------------- updates


class Quantity(Struct, frozen=True, forbid_unknown_fields=True):
    """Units of one product."""

    sku: Sku
    quantity: Annotated[int, Meta(ge=0, le=1_000_000_000)]


class Change(Struct, frozen=True, forbid_unknown_fields=True):
    """Units more or fewer of one product."""

    sku: Sku
    change: Annotated[int, Meta(ge=-1_000_000_000, le=1_000_000_000)]


class CountRequest(Struct, frozen=True, forbid_unknown_fields=True):
    """Counts of one shelf at this moment, reserved units included; all are taken or none."""

    counts: Annotated[list[Quantity], Meta(min_length=1, max_length=1000)]
    warehouse: Warehouse = "main"
    note: Annotated[str, Meta(max_length=500)] = ""
    dry_run: bool = False


class AdjustRequest(Struct, frozen=True, forbid_unknown_fields=True):
    """Corrections of one shelf, with their reason; all are taken or none."""

    changes: Annotated[list[Change], Meta(min_length=1, max_length=1000)]
    reason: Annotated[str, Meta(min_length=1, max_length=500)]
    warehouse: Warehouse = "main"
    dry_run: bool = False


class LinkPart(Struct, frozen=True, forbid_unknown_fields=True):
    """A product in a listing and how many units of it one listing holds."""

    sku: Sku
    units: Annotated[int, Meta(ge=1, le=100_000)] = 1


class LinkRequest(Struct, frozen=True, forbid_unknown_fields=True):
    """What a listing is made of; an empty list takes it off its products."""

    account: str
    # Its article in the account, or its marketplace id.
    listing: str
    products: Annotated[list[LinkPart], Meta(max_length=100)]
    # Make products that are not known yet.
    create: bool = False
    dry_run: bool = False


class ReceiveRequest(Struct, frozen=True, forbid_unknown_fields=True):
    """What becomes of a return that waits in quarantine."""

    return_id: Annotated[str, Meta(min_length=1, max_length=200)]
    account: str | None = None
    # Listings as sold; all that wait, if null.
    quantity: Units | None = None
    write_off: bool = False
    # Another shelf than the one it was sold from.
    warehouse: Warehouse | None = None
    dry_run: bool = False


class SyncRequest(Struct, frozen=True, forbid_unknown_fields=True):
    """A round: orders, returns, what marketplaces show, the push."""

    # Push everything, also what is believed to be right.
    full: bool = False
    # Push even where many listings fall to zero without sales.
    yes: bool = False


class Counted(Struct, frozen=True):
    """What lay on a shelf before and after, in units; `before` null: never counted."""

    sku: str
    warehouse: str
    before: int | None
    after: int
    difference: int


class CountAnswer(Struct, frozen=True):
    """What was written, or would be."""

    dry_run: bool
    results: tuple[Counted, ...]


class LinkAnswer(Struct, frozen=True):
    """What the listing was made of, and is now."""

    dry_run: bool
    account: str
    offer_id: str
    external_id: str
    before: tuple[LinkPart, ...]
    after: tuple[LinkPart, ...]
    # Order lines whose effect on the shelf changed by it.
    lines_settled: int


class ReceiveAnswer(Struct, frozen=True):
    """What became of the return; `warehouse` null: written off."""

    dry_run: bool
    account: str
    return_id: str
    quantity: int
    waiting: int
    warehouse: str | None


class RoundAccount(Struct, frozen=True):
    """How a round ended for one account."""

    account: str
    ok: bool
    message: str | None
    counts: dict[str, int]


class RoundState(Struct, frozen=True):
    """The round that was begun here last; everything null: none was."""

    running: bool
    ok: bool | None
    began_at: datetime | None
    ended_at: datetime | None
    accounts: tuple[RoundAccount, ...]
    problems: tuple[str, ...]


class Failure(Struct, frozen=True):
    """Why a request was not carried out; nothing was changed."""

    # A fixed word.
    kind: str
    # A sentence for a person.
    message: str


class Failed(Struct, frozen=True):
    """Every answer whose status is 400 or above."""

    error: Failure
