"""A complete marketplace in a dict: the protocol's meaning in the fewest lines.

For tests and simulations of everything that is not an adapter. It keeps its own number per listing
and warehouse as the real ones do: a push replaces it, its buyers' orders take units off.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
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
from cloudstock.errors import CloudstockError
from cloudstock.marketplaces.base import CheckReport, Marketplace, Page, Traits
from cloudstock.marketplaces.clock import Clock
from cloudstock.marketplaces.server_clock import ServerClock

T = TypeVar("T")

MEMORY_TRAITS = Traits(push_batch=100, settle_s=0.0, reports_reserved=True, walks_stock=True)


@dataclass(slots=True)
class MemoryShop:
    """What outlives a run: the marketplace's side of one account."""

    clock: Clock
    warehouses: tuple[str, ...] = ("1",)
    traits: Traits = MEMORY_TRAITS
    listings: dict[str, Listing] = field(default_factory=dict)
    # (external id, warehouse) -> what buyers can order.
    free: dict[tuple[str, str], int] = field(default_factory=dict)
    orders: dict[str, Order] = field(default_factory=dict)
    changed_at: dict[str, datetime] = field(default_factory=dict)
    returns: dict[str, Return] = field(default_factory=dict)
    # Listings that the catalog does not tell of, though buyers may still see them.
    unlisted: set[str] = field(default_factory=set)
    # Orders not yet told to readers.
    hidden: set[str] = field(default_factory=set)
    # Raised by the next calls of a method, in order: {"orders": [error, None, ...]}.
    faults: dict[str, list[CloudstockError | None]] = field(default_factory=dict)
    # external id -> (code, message) with which its pushes are refused.
    refuses: dict[str, tuple[str, str]] = field(default_factory=dict)
    # Every accepted or refused push, in order, as (external id, warehouse, quantity).
    pushes: list[tuple[str, str, int]] = field(default_factory=list)
    # The orders by which returns were asked for, one entry a reading.
    asked_again: list[tuple[str, ...]] = field(default_factory=list)
    gives_back: bool | None = None
    page_size: int = 2
    credentials_end: datetime | None = None
    # What its clock shows beyond ours.
    clock_ahead: timedelta = timedelta()
    # Shops of one group sell one stock: what one shows, all show.
    group: str | None = None
    beside: list[MemoryShop] = field(default_factory=list)

    def share(self, *others: MemoryShop) -> None:
        """Sell one stock with others from now on, this one's."""
        shops = [self, *others]
        for shop in shops:
            shop.group, shop.free = "shared", self.free
            shop.beside = [other for other in shops if other is not shop]

    def offer(self, sku: str, *, barcodes: tuple[str, ...] = (), archived: bool = False) -> None:
        """Put a listing into the catalog."""
        self.listings[sku] = Listing(
            sku, sku, f"Product {sku}", barcodes, (f"offer:{sku}",), archived
        )

    def place(self, order_id: str, lines: dict[str, int], *, warehouse: str | None = None) -> Order:
        """A buyer orders; the marketplace takes the units off what it shows."""
        now = self.clock.now()
        at = warehouse or self.warehouses[0]
        order = Order(
            order_id=order_id,
            step=Step.OPEN,
            status="new",
            created_at=now,
            lines=tuple(
                OrderLine(str(n), (f"offer:{sku}",), quantity, sku)
                for n, (sku, quantity) in enumerate(lines.items(), start=1)
            ),
            warehouse_id=at,
        )
        for sku, quantity in lines.items():
            self.free[sku, at] = self.free.get((sku, at), 0) - quantity
        self._keep(order)
        return order

    def change(self, order_id: str, step: Step, **also: object) -> Order:
        """An order takes another step; a cancellation on the shelf may give its units back."""
        before = self.orders[order_id]
        order = replace(before, step=step, status=step.value, **also)  # type: ignore[arg-type]
        if step is Step.SHIPPED:
            order = replace(order, shipped_at=self.clock.now())
        elif step is Step.OPEN:
            order = replace(order, shipped_at=None)
        if step is Step.CANCELLED:
            order = replace(order, gives_back=self.gives_back)
            if self.gives_back and before.step is Step.OPEN:
                for line in before.lines:
                    self.free[line.offer_id, before.warehouse_id or "1"] += line.quantity
        self._keep(order)
        return order

    def _keep(self, order: Order) -> None:
        now = self.clock.now()
        self.orders[order.order_id] = replace(order, changed_at=now)
        self.changed_at[order.order_id] = now

    def send_back(self, return_id: str, order_id: str, sku: str, quantity: int) -> None:
        """Units of an order start their way back to the seller."""
        self.returns[return_id] = Return(
            return_id,
            ReturnStep.EXPECTED,
            "moving",
            quantity,
            order_id,
            (f"offer:{sku}",),
            sku,
            created_at=self.clock.now(),
        )

    def hand_over(self, return_id: str) -> None:
        """The seller is handed a return."""
        self.returns[return_id] = replace(
            self.returns[return_id],
            step=ReturnStep.RECEIVED,
            status="received",
            received_at=self.clock.now(),
        )


class Memory:
    """One run's connection to a `MemoryShop`."""

    def __init__(self, shop: MemoryShop) -> None:
        self.shop = shop

    @property
    def traits(self) -> Traits:
        """The differences as data."""
        return self.shop.traits

    @property
    def server_clock(self) -> ServerClock:
        """As if an answer had told it."""
        ahead_s = self.shop.clock_ahead.total_seconds()
        return ServerClock(least_s=ahead_s, most_s=ahead_s)

    def _fault(self, method: str) -> None:
        waiting = self.shop.faults.get(method)
        error = waiting.pop(0) if waiting else None
        if error is not None:
            raise error

    async def check(self) -> CheckReport:
        """Always fine, unless a fault was ordered."""
        self._fault("check")
        return CheckReport("Memory", await self.warehouses())

    async def credentials_end(self) -> datetime | None:
        """When the shop says that they end."""
        return self.shop.credentials_end

    async def warehouses(self) -> tuple[MarketplaceWarehouse, ...]:
        """The shop's warehouses."""
        self._fault("warehouses")
        return tuple(
            MarketplaceWarehouse(w, f"Warehouse {w}", group=self.shop.group)
            for w in self.shop.warehouses
        )

    async def catalog(self, cursor: str | None) -> AsyncIterator[Page[Listing]]:
        """All listings in pages."""
        del cursor
        told = [x for x in self.shop.listings.values() if x.external_id not in self.shop.unlisted]
        for page in self._pages(told):
            self._fault("catalog")
            yield Page(page)

    def _pages(self, records: Sequence[T]) -> list[tuple[T, ...]]:
        size = self.shop.page_size
        return [tuple(records[n : n + size]) for n in range(0, len(records), size)]

    def _visible(self) -> list[Order]:
        return [o for o in self.shop.orders.values() if o.order_id not in self.shop.hidden]

    async def orders(self, time_range: TimeRange) -> AsyncIterator[Page[Order]]:
        """Orders changed in the time_range."""
        changed = [
            o
            for o in self._visible()
            if time_range.since <= self.shop.changed_at[o.order_id] <= time_range.until
        ]
        self._fault("orders")
        for page in self._pages(changed):
            yield Page(page)
            self._fault("orders")

    async def orders_again(self, refs: Sequence[OrderRef]) -> AsyncIterator[Page[Order]]:
        """The present state of some orders."""
        self._fault("orders_again")
        wanted = {ref.order_id for ref in refs}
        for page in self._pages([o for o in self._visible() if o.order_id in wanted]):
            yield Page(page)

    async def returns(
        self, time_range: TimeRange, refs: Sequence[OrderRef]
    ) -> AsyncIterator[Page[Return]]:
        """All returns."""
        del time_range
        self.shop.asked_again.append(tuple(ref.order_id for ref in refs))
        self._fault("returns")
        for page in self._pages(list(self.shop.returns.values())):
            yield Page(page)

    async def read_stock(self, keys: Iterable[StockKey] | None) -> AsyncIterator[Page[SeenStock]]:
        """What is shown and held."""
        self._fault("read_stock")
        wanted = None if keys is None else {(k.external_id, k.warehouse_id) for k in keys}
        held: dict[tuple[str, str], int] = {}
        shops = (self.shop, *self.shop.beside)
        for order in (order for shop in shops for order in shop.orders.values()):
            if order.step in (Step.OPEN, Step.UNKNOWN):
                for line in order.lines:
                    pair = (line.offer_id, order.warehouse_id or "1")
                    held[pair] = held.get(pair, 0) + line.quantity
        shown = [
            SeenStock((f"offer:{sku}",), warehouse, max(0, free), held.get((sku, warehouse), 0))
            for (sku, warehouse), free in self.shop.free.items()
            if sku in self.shop.listings and (wanted is None or (sku, warehouse) in wanted)
        ]
        for page in self._pages(shown):
            yield Page(page)

    async def push(self, updates: Sequence[StockUpdate]) -> tuple[PushOutcome, ...]:
        """Take the numbers."""
        self._fault("push")
        outcomes = []
        for update in updates:
            key = (update.key.external_id, update.key.warehouse_id)
            self.shop.pushes.append((*key, update.quantity))
            if update.key.external_id in self.shop.refuses:
                code, message = self.shop.refuses[update.key.external_id]
                outcomes.append(PushOutcome(update, Verdict.REFUSED, code, message))
                continue
            self.shop.free[key] = update.quantity
            outcomes.append(PushOutcome(update, Verdict.ACCEPTED))
        self._fault("push_answer")
        return tuple(outcomes)

    async def aclose(self) -> None:
        """Nothing to close."""


_PROVEN: type[Marketplace] = Memory
