"""What scripts send and are answered; the OpenAPI document is made of these and nothing else."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct

from cloudstock.store.troubles.finder import Trouble
from cloudstock.store.views.health import AccountState
from cloudstock.store.views.stock import Waits, WarehouseStock


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
    refused: bool
    stale: bool
    waits: Waits | None


class Stock(Struct, frozen=True):
    """One product in one warehouse, as `show-stock --json` has it; null is unknown."""

    sku: str
    name: str
    warehouse: str
    on_hand: int | None
    reserved: int
    available: int | None
    listings: tuple[ListingStock, ...]


def stock_of(row: WarehouseStock) -> Stock:
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


class ClosedPlace(Struct, frozen=True, forbid_unknown_fields=True):
    """An account, or a warehouse of it by its id on the marketplace."""

    account: str
    warehouse: str | None = None


class SyncRequest(Struct, frozen=True, forbid_unknown_fields=True):
    """A round: orders, returns, what marketplaces show, the push."""

    # Push everything, also what is believed to be right.
    full: bool = False
    # Push even where many listings fall to zero without sales.
    yes: bool = False
    # Instead: send zero to all of an account, or of a marketplace warehouse of it, and close it.
    closes: ClosedPlace | None = None


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
