"""Wildberries' catalogue: an account's offers as cards, each with its sizes.

A card is a vendorCode; the unit of stock is a size of it. `BELT-05/M` and `BELT-05/L` are the sizes
of one card `BELT-05`; an article without such a sibling is a card of one size, "0".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cloudstock.sandbox.records import Account, Offer
from cloudstock.sandbox.world import World

ONE_SIZE = "0"
# So many cards share the moment of a bulk upload.
BULK = 7


@dataclass(frozen=True, slots=True)
class Size:
    """A unit of stock."""

    chrt_id: int
    tech_size: str
    offer: Offer


@dataclass(frozen=True, slots=True)
class Card:
    """A card and its sizes; `trashed` cards are in no list but the trash."""

    nm_id: int
    vendor_code: str
    sizes: tuple[Size, ...]
    trashed: bool
    # The last change, or the moment of the trashing.
    changed_at: datetime

    @property
    def position(self) -> tuple[datetime, int]:
        """Where the card stands in a list by time."""
        return (self.changed_at, self.nm_id)


@dataclass(frozen=True, slots=True)
class Catalogue:
    """An account's cards as they are now, and the ways to find them."""

    # What they were made of: any change of it makes them anew.
    made_of: tuple[object, ...]
    # By time, trashed ones included.
    cards: tuple[Card, ...]
    # What can be on sale, by chrtId.
    sizes: Mapping[int, tuple[Card, Size]]
    # Every size, by the seller's article.
    by_sku: Mapping[str, tuple[Card, Size]]


class Cards:
    """The cards of all accounts, and when each of them last changed."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._opened = world.now()
        self._changes: dict[tuple[str, int], tuple[object, datetime]] = {}
        self._catalogues: dict[str, Catalogue] = {}
        for account in world.accounts.values():
            if account.marketplace == "wildberries":
                self._look(account, bulk=True)

    def of(self, account: Account) -> Catalogue:
        """An account's catalogue."""
        archived = (sku for sku, offer in account.offers.items() if offer.archived)
        made_of = (len(account.offers), *archived)
        catalogue = self._catalogues.get(account.name)
        if catalogue is None or catalogue.made_of != made_of:
            cards = tuple(sorted(self._look(account, bulk=False), key=lambda c: c.position))
            catalogue = Catalogue(
                made_of,
                cards,
                {s.chrt_id: (c, s) for c in cards if not c.trashed for s in c.sizes},
                {s.offer.sku: (c, s) for c in cards for s in c.sizes},
            )
            self._catalogues[account.name] = catalogue
        return catalogue

    def _look(self, account: Account, *, bulk: bool) -> list[Card]:
        grouped: dict[str, list[Offer]] = {}
        for offer in account.offers.values():
            stem, slash, size = offer.sku.rpartition("/")
            grouped.setdefault(stem if slash and size else offer.sku, []).append(offer)
        cards = []
        for place, (stem, offers) in enumerate(grouped.items()):
            several = len(offers) > 1
            trashed = all(o.archived for o in offers)
            nm_id = 217000000 + offers[0].number
            sizes = tuple(
                Size(
                    501000000 + o.number,
                    o.sku.rpartition("/")[2] if several and o.sku != stem else ONE_SIZE,
                    o,
                )
                for o in offers
                if trashed or not o.archived
            )
            cards.append(
                Card(
                    nm_id,
                    stem if several else offers[0].sku,
                    sizes,
                    trashed,
                    self._changed_at(account, nm_id, sizes, place if bulk else None),
                )
            )
        return cards

    def _changed_at(
        self, account: Account, nm_id: int, sizes: tuple[Size, ...], bulk: int | None
    ) -> datetime:
        state = tuple((s.chrt_id, s.offer.archived) for s in sizes)
        before, at = self._changes.get((account.name, nm_id), (None, self._opened))
        if before == state:
            return at
        at = self._world.now() if bulk is None else self._uploaded_at(bulk)
        self._changes[account.name, nm_id] = (state, at)
        return at

    def _uploaded_at(self, place: int) -> datetime:
        turn = place // BULK + 1
        month_ago = (self._opened - timedelta(days=30)).replace(second=0)
        return month_ago.replace(microsecond=turn * 96_570 % 1_000_000) + timedelta(minutes=turn)


def stamp(when: datetime) -> str:
    """A card's moment: microseconds, the zeros at the end of the fraction cut."""
    utc = when.astimezone(UTC)
    fraction = f"{utc.microsecond:06}".rstrip("0")
    return f"{utc:%Y-%m-%dT%H:%M:%S}{'.' if fraction else ''}{fraction}Z"
