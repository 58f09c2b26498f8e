"""Virtual marketplaces: what each shows, holds and tells, with the faults of a bad day.

They stand beside `tests.memory`, which keeps the protocol's meaning in the fewest
lines: these have clocks of their own, tell late, twice, stale or nothing, apply late, and watch
that their contracts are kept.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from cloudstock.domain.records import (
    Listing,
    MarketplaceWarehouse,
    Order,
    OrderLine,
    OrderRef,
    PushOutcome,
    Return,
    ReturnStep,
    SeenStock,
    Step,
    StockKey,
    StockUpdate,
    TimeRange,
    Verdict,
)
from cloudstock.errors import (
    AnswerNotUnderstood,
    CredentialsRefused,
    RequestRefused,
    Throttled,
    Unreachable,
)
from cloudstock.marketplaces.base import CheckReport, Marketplace, Page, Traits
from cloudstock.marketplaces.server_clock import ServerClock
from cloudstock.store import Store
from tests.simulation.clock import SECOND, World, at
from tests.simulation.faults import Broken, Process, Weather

R = TypeVar("R", Order, Return, SeenStock, Listing)
Pair = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Nature:
    """How a marketplace differs from the others, beyond its `Traits`."""

    marketplace: str
    traits: Traits
    # Does its list of orders show what changed, or only what was made?
    tells_changes: bool
    tells_changed_at: bool
    tells_shipped_at: bool
    # May the answer for a cancelled order leave open whether the units had left?
    may_leave_open: bool
    # What a cancelled order tells of its units on the shelf.
    gives_back: tuple[bool | None, ...]
    quantity_max: int
    # The moment it tells for an order may be later than the true one by this much.
    told_late_s: float = 0.0
    # The longest between accepting a number and showing it.
    applies_within_s: float = 0.0
    units_per_order: int = 3
    lines_per_order: int = 1
    # An account that names no warehouse.
    nameless: bool = False
    splits: bool = False


@dataclass(slots=True)
class Offer:
    """A listing of a shop, and what is in the box that the buyer gets."""

    external_id: str
    offer_id: str
    keys: tuple[str, ...]
    # sku -> units.
    parts: dict[str, int]
    # Does the book know what is in the box?
    linked: bool = True
    archived: bool = False
    # Deleted: the marketplace knows nothing of it.
    gone: bool = False
    # The database knows that it is there.
    listed: bool = True
    barcodes: tuple[str, ...] = ()


@dataclass(slots=True, eq=False)
class Pane:
    """One listing in one marketplace warehouse: the number buyers see, and how it came about."""

    # None: the marketplace has no record of it.
    shown: int | None = None
    # The last number set, and what buyers did since: (moment, order id, version, units).
    base: int = 0
    base_us: int = 0
    moves: list[tuple[int, str, int, int]] = field(default_factory=list)
    # The last reading handed out, and the one that the book rests its belief on: (moment, number).
    read: tuple[int, int] | None = None
    rests_on: tuple[int, int] | None = None
    # An accepted number that is not shown yet.
    pending: int | None = None
    pending_number: int = 0
    # Somebody else set the number, and the book does not rest on anything later.
    foreign_since: int | None = None
    written_us: int | None = None
    # The marketplace's last word on it was to wait, or no.
    put_off: bool = False
    # Grows with every change above.
    changes: int = 0
    # (when, number): for readings that lag.
    past: list[tuple[int, int]] = field(default_factory=list)

    def note(self, us: int) -> None:
        """Remember the present number."""
        assert self.shown is not None
        self.changes += 1
        self.past.append((us, self.shown))
        if len(self.past) > 40:
            del self.past[:20]

    def shown_at(self, us: int) -> tuple[int, int]:
        """Return (moment, number) as it was."""
        earlier = [number for when, number in self.past if when <= us]
        return (us, earlier[-1]) if earlier else self.past[0]

    def set(self, number: int, us: int) -> None:
        """Replace the number."""
        self.shown = self.base = number
        self.base_us = us
        self.note(us)

    def move(self, order_id: str, version: int, units: int, us: int) -> None:
        """Take units off, or put them back; nothing where there is no record."""
        if self.shown is None:
            return
        self.shown += units
        self.moves.append((us, order_id, version, units))
        self.note(us)

    def rest(self) -> None:
        """The book now believes what it read last."""
        self.rests_on = self.read
        if self.read is not None and (self.foreign_since or 0) < self.read[0]:
            self.foreign_since = None


@dataclass(slots=True)
class Deal:
    """One order, as it really is and as it was told so far."""

    order_id: str
    warehouse: str
    created_us: int
    told_created: datetime
    # line id -> (external id, units of the listing still wanted).
    lines: dict[str, tuple[str, int]]
    visible_us: int
    # 'shelf', 'away', or 'over' (cancelled or replaced on the shelf).
    place: str = "shelf"
    step: Step = Step.OPEN
    ignored: str | None = None
    foreign: bool = False
    # (sku, shelf) -> units that left with it, by line.
    left: dict[str, dict[Pair, int]] = field(default_factory=dict)
    # The same of what came back unaccepted.
    left_before: dict[str, dict[Pair, int]] = field(default_factory=dict)
    left_us: int | None = None
    left_version: int = 0
    # The version that changed it in part.
    partly_version: int = 0
    # What nobody tells: counts of its products must not be needed to understand it.
    murky: bool = False
    counted_away: bool = False
    returning: int = 0
    # The version by which it reserved units again, perhaps without taking them off what is shown.
    taken_up_again: int = 0
    # Sold from a number that nobody told the book of.
    from_foreign: bool = False
    # Versions from here on are two of a split, of which the book must know both or none.
    split_with: tuple[str, ...] = ()
    versions: list[tuple[int, Order]] = field(default_factory=list)

    @property
    def told(self) -> Order:
        """The order as the marketplace tells it now."""
        return self.versions[-1][1]


def version_of(handle: str) -> int:
    """Return the version that a stored or told order is."""
    return int(handle)


class Shop:
    """The marketplace's side of one account."""

    def __init__(self, name: str, nature: Nature, world: World, weather: Weather) -> None:
        # The cabinet's own identity; what the configuration calls its account may change.
        self.name = name
        self.account = name
        self.nature = nature
        self.world = world
        self.weather = weather
        # Their clock minus ours.
        self.skew_us = 0
        self.offers: dict[str, Offer] = {}
        self.panes: dict[Pair, Pane] = {}
        # Marketplace warehouse -> shelf.
        self.shelves: dict[str, str] = {}
        self.deals: dict[str, Deal] = {}
        self.comebacks: dict[str, list[tuple[int, Return]]] = {}
        self.refused: set[str] = set()
        # Its warehouses that the seller closed.
        self.closed: set[str] = set()
        # The key that the configuration has is taken no more.
        self.key_ended = False
        self.page_size = 5
        self.writes = 0
        # When the last reading of all orders that came to its end began.
        self.orders_read_us: int | None = None
        self.returns_asked_us: int | None = None
        # Told in pages that the book may not have taken in yet: since when. And taken in: which
        # version.
        self.in_hand: dict[str, datetime] = {}
        self.known: dict[str, int] = {}
        self.known_changes = 0
        # When the book last read each order.
        self.read_us: dict[str, int] = {}

    # ------------------------------------------------------------ the world's side

    def told_now(self) -> datetime:
        """Return the present moment by their clock."""
        return at(self.world.us + self.skew_us)

    def offer(self, offer: Offer) -> None:
        """Put a listing into the catalog."""
        self.offers[offer.external_id] = offer
        for warehouse in self.shelves:
            self.panes[offer.external_id, warehouse] = Pane()

    def tell(self, deal: Deal, **also: object) -> None:
        """Let what the marketplace tells of an order be as it is now."""
        version = len(deal.versions) + 1
        nature = self.nature
        left = deal.place == "away"
        fields: dict[str, object] = {
            "order_id": deal.order_id,
            "step": deal.step,
            "status": f"{deal.step.value}-{version}",
            "created_at": deal.told_created,
            "lines": tuple(
                OrderLine(line_id, self.offers[ext].keys, units, self.offers[ext].offer_id)
                for line_id, (ext, units) in deal.lines.items()
                if units
            ),
            "warehouse_id": deal.warehouse,
            "left_warehouse": left if deal.step is not Step.OPEN or left else False,
            "shipped_at": (
                at(deal.left_us + self.skew_us)
                if nature.tells_shipped_at and left and deal.left_us is not None
                else None
            ),
            "changed_at": self.told_now() if nature.tells_changed_at else None,
            "handle": str(version),
            "ignored": deal.ignored,
        }
        fields.update(also)
        deal.versions.append((self.world.us, Order(**fields)))  # type: ignore[arg-type]
        self.world.tell(
            f"{self.name} {deal.order_id} v{version} {deal.step.value} {deal.place}"
            f" {[u for _, u in deal.lines.values()]}"
        )

    def take(self, deal: Deal, line_id: str, units: int) -> None:
        """Take a line's units off what is shown with the version told last, or put them back."""
        if deal.ignored is not None or deal.foreign:
            return
        pane = self.panes[deal.lines[line_id][0], self.pane_warehouse(deal.warehouse)]
        pane.move(deal.order_id, len(deal.versions), -units, self.world.us)

    def pane_warehouse(self, warehouse: str) -> str:
        """Return the warehouse as the configuration calls it."""
        return "" if self.nature.nameless else warehouse

    def give_number(self, pair: Pair, number: int) -> None:
        """Take a pushed number: now, or when the marketplace gets round to it."""
        pane = self.panes[pair]
        pane.pending_number += 1
        mine = pane.pending_number
        pane.foreign_since = None
        delay = self.nature.applies_within_s * self.world.random.random()
        if not self.weather.severity or self.world.random.random() < 0.5:
            delay = 0.0

        def apply() -> None:
            if pane.pending_number == mine:
                pane.pending = None
                pane.set(number, self.world.us)
                self.world.tell(f"{self.name} {pair} shows {number}")

        if not delay:
            apply()
            return
        pane.pending = number
        self.weather.report.faults["applied late"] += 1
        self.world.later(delay * 0.98, apply, life=False)

    def reconcile(self, store: Store) -> None:
        """Learn from the book which of the orders handed out it has taken in.

        Only the book can tell: a page is handed out while the one before it is being written.
        """
        if not self.in_hand:
            return
        for order_id, handle, seen_at in store.connection.execute(
            "SELECT o.order_id, o.handle, o.seen_at FROM json_each(?) j CROSS JOIN orders o"
            " ON o.order_id = j.value JOIN account a ON a.id = o.account_id WHERE a.cabinet = ?",
            (json.dumps(list(self.in_hand)), self.name),
        ):
            if datetime.fromisoformat(seen_at) < self.in_hand[order_id]:
                continue
            del self.in_hand[order_id]
            self.known[order_id] = version_of(handle)
            self.read_us[order_id] = self.world.us
            self.known_changes += 1

    def forget(self) -> None:
        """The pages handed out last died with the reader."""
        self.in_hand.clear()

    def knows(self, deal: Deal, version: int) -> bool:
        """Tell whether the book has read an order as of a version or later."""
        return self.known.get(deal.order_id, 0) >= version


class Connection:
    """One run's connection to a shop: the adapter's place, with all its troubles."""

    def __init__(
        self,
        shop: Shop,
        process: Process,
        watch_push: Callable[[Shop, Sequence[StockUpdate]], None],
        watch_orders: Callable[[Shop], None],
        watch_belief: Callable[[Shop], None],
    ) -> None:
        self.shop = shop
        self._process = process
        self._weather = shop.weather
        self._random = shop.world.random
        self._watch_push = watch_push
        self._watch_orders = watch_orders
        self._watch_belief = watch_belief
        # As `http` keeps it; where the machine's clock is right, nothing is to be learned.
        self.server_clock = ServerClock()

    @property
    def traits(self) -> Traits:
        """The differences as data."""
        return self.shop.nature.traits

    # ------------------------------------------------------------ requests

    async def _travel(self, what: str) -> None:
        self._process.step(f"{what}: before waiting", waits=True)
        seconds = 0.05 + self._random.random()
        if self._weather.strikes("slow"):
            seconds += 20 * self._random.random()
        await asyncio.sleep(seconds)
        self._process.step(f"{what}: after waiting", waits=True)

    async def _ask(self, what: str) -> None:
        """Send a request and have it arrive; raise what may come instead of an answer."""
        await self._travel(what)
        name = self.shop.name
        if self.shop.key_ended:
            raise CredentialsRefused(f"{name}: {what}: 401")
        if self.shop.world.us < self._weather.outage_until:
            self._weather.report.faults["outage"] += 1
            raise Unreachable(f"{name}: {what}: no connection")
        if self._weather.strikes("throttled"):
            raise Throttled(f"{name}: {what}: wait", wait_s=60.0)
        if self._weather.strikes("5xx"):
            raise Unreachable(f"{name}: {what}: 503")
        if self._weather.strikes("credentials"):
            raise CredentialsRefused(f"{name}: {what}: 401")
        if self._weather.strikes("lost before"):
            raise Unreachable(f"{name}: {what}: the connection was closed")

    async def _answer(self, what: str) -> None:
        """Have the answer travel back; raise what may come of it."""
        world, date, made_us = self.shop.world, self.shop.told_now(), self.shop.world.us
        await self._travel(f"{what} answer")
        if world.machine_ahead_us:
            self.server_clock.saw(
                date.replace(microsecond=0),
                sent_at=world.by_machine(made_us),
                received_at=world.by_machine(world.us),
            )
        if self._weather.strikes("lost after"):
            raise Unreachable(f"{self.shop.name}: {what}: the answer was lost")
        if self._weather.strikes("not understood"):
            raise AnswerNotUnderstood(f"{self.shop.name}: {what}: expected a number")

    async def _walk(self, what: str, listed: Callable[[], list[R]]) -> AsyncIterator[list[R]]:
        """Yield pages of a list that may change while it is walked."""
        place = 0
        while True:
            await self._ask(what)
            records = listed()
            page = records[place : place + self.shop.page_size]
            await self._answer(what)
            if page and self._weather.strikes("page shuffled"):
                self._random.shuffle(page)
            yield page
            if page and self._weather.strikes("page twice"):
                yield page
            place += self.shop.page_size
            if place >= len(records):
                return

    # ------------------------------------------------------------ the protocol

    async def credentials_end(self) -> datetime | None:
        return None

    async def check(self) -> CheckReport:
        """Who we are."""
        await self._ask("check")
        return CheckReport(self.shop.name, ())

    async def warehouses(self) -> tuple[MarketplaceWarehouse, ...]:
        """The shop's warehouses."""
        await self._ask("warehouses")
        return tuple(MarketplaceWarehouse(w or "3000", f"W {w}") for w in self.shop.shelves)

    async def catalog(self, cursor: str | None) -> AsyncIterator[Page[Listing]]:
        """All listings."""
        del cursor

        def listed() -> list[Listing]:
            return [
                Listing(o.external_id, o.offer_id, o.offer_id, o.barcodes, o.keys, o.archived)
                for o in self.shop.offers.values()
                if not o.gone
            ]

        async for page in self._walk("catalog", listed):
            yield Page(tuple(page))

    def _as_told(self, deal: Deal) -> Order:
        order = deal.told
        fresh = self.shop.world.us - deal.versions[-1][0] < 120 * SECOND
        if len(deal.versions) > 1 and fresh and self._weather.strikes("stale order"):
            order = deal.versions[-2][1]
        return order

    def _hand_over(self, orders: list[Order]) -> Page[Order]:
        for order in orders:
            self.shop.in_hand[order.order_id] = self.shop.world.by_machine(self.shop.world.us)
        return Page(tuple(orders))

    async def orders(self, time_range: TimeRange) -> AsyncIterator[Page[Order]]:
        """Orders made in the time range and, where the nature is so, changed in it."""
        shop, began_us = self.shop, self.shop.world.us
        self._watch_orders(shop)
        if shop.name in self._process.unread:
            self._process.unread.remove(shop.name)
            self._process.rounds[shop.name] += 1

        def listed() -> list[Order]:
            found = []
            for deal in shop.deals.values():
                if deal.visible_us > shop.world.us:
                    continue
                moments = [deal.told_created]
                if shop.nature.tells_changes:
                    moments.append(at(deal.versions[-1][0] + shop.skew_us))
                if any(time_range.since <= m <= time_range.until for m in moments):
                    found.append(deal)
            # By when they were made, as the adapters read them: what changes stays in its place.
            found.sort(key=lambda deal: deal.told_created)
            return [self._as_told(deal) for deal in found]

        async for page in self._walk("orders", listed):
            yield self._hand_over(page)
        shop.orders_read_us = began_us

    async def orders_again(self, refs: Sequence[OrderRef]) -> AsyncIterator[Page[Order]]:
        """The present state of some orders; some may be left out."""
        shop = self.shop
        # Asked in batches of ids, so that nothing drifts.
        size = shop.page_size + 2
        for start in range(0, len(refs), size):
            await self._ask("orders_again")
            found = []
            for ref in refs[start : start + size]:
                deal = shop.deals.get(ref.order_id)
                if deal is None:
                    raise Broken(f"{shop.name} was asked for {ref.order_id}, which is not its own")
                if deal.visible_us <= shop.world.us and not self._weather.strikes("left out"):
                    found.append(self._as_told(deal))
            await self._answer("orders_again")
            yield self._hand_over(found)

    async def returns(
        self, time_range: TimeRange, refs: Sequence[OrderRef]
    ) -> AsyncIterator[Page[Return]]:
        """Returns that changed in the time range, and all that have not ended."""
        shop = self.shop
        pause_us = int(shop.nature.traits.returns_interval_s * SECOND)
        if shop.returns_asked_us is not None and shop.world.us - shop.returns_asked_us < pause_us:
            raise Broken(f"{shop.name}: returns were asked for too soon")
        del refs

        def listed() -> list[Return]:
            return [
                told[-1][1]
                for told in shop.comebacks.values()
                if told[-1][1].step is ReturnStep.EXPECTED
                or time_range.since <= at(told[-1][0] + shop.skew_us) <= time_range.until
            ]

        async for page in self._walk("returns", listed):
            yield Page(tuple(page))

    def _held(self) -> dict[Pair, int]:
        held: dict[Pair, int] = {}
        for deal in self.shop.deals.values():
            if deal.place == "shelf" and deal.ignored is None and not deal.foreign:
                for ext, units in deal.lines.values():
                    pair = (ext, self.shop.pane_warehouse(deal.warehouse))
                    held[pair] = held.get(pair, 0) + units
        return held

    async def read_stock(self, keys: Iterable[StockKey] | None) -> AsyncIterator[Page[SeenStock]]:
        """What is shown and held."""
        shop = self.shop
        if keys is None:
            if not shop.nature.traits.walks_stock:
                raise Broken(f"{shop.name} cannot be asked for all stock at once")
            wanted = list(shop.panes)
        else:
            wanted = [(k.external_id, k.warehouse_id) for k in keys]

        def read(pair: Pair) -> SeenStock | None:
            pane = shop.panes[pair]
            if pane.shown is None:
                return None
            number, us = pane.shown, shop.world.us
            if self._weather.strikes("stale stock"):
                lag_s = min(60.0, shop.nature.traits.settle_s) * self._random.random()
                us, number = pane.shown_at(us - int(lag_s * SECOND))
                if number != pane.shown:
                    # What is believed is wrong until the next reading or push; no record tells.
                    pane.foreign_since = shop.world.us
            pane.read = (us, number)
            held = self._held().get(pair, 0) if shop.nature.traits.reports_reserved else None
            return SeenStock(shop.offers[pair[0]].keys, pair[1], max(0, number), held)

        for start in range(0, len(wanted), 10):
            await self._ask("read_stock")
            page = [x for pair in wanted[start : start + 10] if (x := read(pair)) is not None]
            await self._answer("read_stock")
            yield Page(tuple(page))

    async def push(self, updates: Sequence[StockUpdate]) -> tuple[PushOutcome, ...]:
        """Take numbers; look closely at whether they may be sent so."""
        shop = self.shop
        self._watch_push(shop, updates)
        self._process.unread.add(shop.name)
        await self._ask("push")
        if self._weather.strikes("batch refused"):
            raise RequestRefused(f"{shop.name}: 400", status=400)
        outcomes = tuple(self._take(updates))
        self._watch_belief(shop)
        await self._answer("push")
        return outcomes

    def _take(self, updates: Sequence[StockUpdate]) -> Iterator[PushOutcome]:
        shop = self.shop
        for update in updates:
            pair = (update.key.external_id, update.key.warehouse_id)
            pane = shop.panes[pair]
            shop.writes += 1
            pane.put_off = True
            if pair[0] in shop.refused or shop.offers[pair[0]].gone:
                self._weather.report.faults["item refused"] += 1
                yield PushOutcome(update, Verdict.REFUSED, "NOT_FOUND", "no such product")
                continue
            if self._weather.strikes("item later"):
                yield PushOutcome(update, Verdict.LATER, "BUSY", "wait", retry_after_s=20.0)
                continue
            if self._too_soon(pane):
                yield PushOutcome(update, Verdict.LATER, "TOO_MANY_REQUESTS", "wait")
                continue
            unheard = self._weather.strikes("item unknown")
            if not unheard or self._random.random() < 0.5:
                pane.put_off = False
                pane.written_us = shop.world.us
                shop.give_number(pair, update.quantity)
                shop.world.tell(f"{shop.name} {pair} takes {update.quantity}")
            yield PushOutcome(update, Verdict.UNKNOWN if unheard else Verdict.ACCEPTED)

    def _too_soon(self, pane: Pane) -> bool:
        interval_us = int(self.traits.push_interval_s * SECOND)
        soon = pane.written_us is not None and self.shop.world.us - pane.written_us < interval_us
        if soon:
            self._weather.report.faults["sent again too soon after a lost answer"] += 1
        return soon

    async def aclose(self) -> None:
        """Nothing to close."""


def expected(shop: Shop, pane: Pane) -> int | None:
    """Return what a pane would show if only what the book has read had happened; None: blurred."""
    since, number = pane.base_us, pane.base
    if pane.rests_on is not None and pane.rests_on[0] > since:
        since, number = pane.rests_on
    for us, order_id, version, units in pane.moves:
        if us <= since:
            continue
        known = shop.known.get(order_id, 0)
        deal = shop.deals[order_id]
        if deal.split_with and not split_is_known(shop, deal):
            return None
        if version <= known:
            number += units
    return max(0, number)


def split_is_known(shop: Shop, deal: Deal) -> bool:
    """Tell whether the book knows all parts of a split, or none of them."""
    if not deal.split_with:
        return True
    parent, *children = deal.split_with
    knows = {shop.known.get(parent, 0) >= len(shop.deals[parent].versions)}
    knows.update(shop.known.get(child, 0) > 0 for child in children)
    return len(knows) == 1


_PROVEN: type[Marketplace] = Connection
