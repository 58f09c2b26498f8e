"""Between the marketplace's time and ours: one place for both directions.

An adapter lives in its marketplace's time: time ranges are asked for in it, records come in it.
Jobs and the database live in this machine's, whose counts and pushes they compare with what
marketplaces tell. A clock that is minutes off would otherwise hide the newest orders, and put units
that left after a count before it.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable, Sequence
from contextlib import aclosing
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TypeVar, cast

from cloudstock.domain.records import (
    Listing,
    MarketplaceWarehouse,
    Order,
    OrderRef,
    PushOutcome,
    Return,
    SeenStock,
    StockKey,
    StockUpdate,
    TimeRange,
)
from cloudstock.marketplaces.base import CheckReport, Marketplace, Page, Traits
from cloudstock.marketplaces.server_clock import ServerClock

R = TypeVar("R", Order, Return)


class LocalTime:
    """An adapter, spoken to in this machine's time; see `Marketplace` for what methods promise."""

    def __init__(self, marketplace: Marketplace) -> None:
        self._inner = marketplace

    @property
    def traits(self) -> Traits:
        """The differences as data."""
        return self._inner.traits

    @property
    def server_clock(self) -> ServerClock:
        """What the answers told of the marketplace's clock."""
        return self._inner.server_clock

    async def check(self) -> CheckReport:
        """As the adapter does."""
        return await self._inner.check()

    async def credentials_end(self) -> datetime | None:
        """As the adapter does."""
        return await self._inner.credentials_end()

    async def warehouses(self) -> tuple[MarketplaceWarehouse, ...]:
        """As the adapter does."""
        return await self._inner.warehouses()

    def catalog(self, cursor: str | None) -> AsyncIterator[Page[Listing]]:
        """As the adapter does: listings tell no times."""
        return self._inner.catalog(cursor)

    def orders(self, time_range: TimeRange) -> AsyncIterator[Page[Order]]:
        """Orders of a time range of our time, their times ours."""
        return self._translated(self._inner.orders(self._theirs(time_range)), _order)

    def orders_again(self, refs: Sequence[OrderRef]) -> AsyncIterator[Page[Order]]:
        """Orders as they are now, their times ours."""
        return self._translated(self._inner.orders_again(self._refs(refs)), _order)

    def returns(
        self, time_range: TimeRange, refs: Sequence[OrderRef]
    ) -> AsyncIterator[Page[Return]]:
        """Returns of a time range of our time, their times ours."""
        walk = self._inner.returns(self._theirs(time_range), self._refs(refs))
        return self._translated(walk, _return)

    def read_stock(self, keys: Iterable[StockKey] | None) -> AsyncIterator[Page[SeenStock]]:
        """As the adapter does: readings tell no times."""
        return self._inner.read_stock(keys)

    async def push(self, updates: Sequence[StockUpdate]) -> tuple[PushOutcome, ...]:
        """As the adapter does; where it sends `computed_at`, it translates it."""
        return await self._inner.push(updates)

    async def aclose(self) -> None:
        """Close connections."""
        await self._inner.aclose()

    def _theirs(self, time_range: TimeRange) -> TimeRange:
        clock = self.server_clock
        return TimeRange(clock.at(time_range.since), clock.at(time_range.until))

    def _refs(self, refs: Sequence[OrderRef]) -> Sequence[OrderRef]:
        ahead = self.server_clock.ahead
        if not ahead:
            return refs
        return [replace(ref, created_at=ref.created_at + ahead) for ref in refs]

    async def _translated(
        self, walk: AsyncIterator[Page[R]], translate: Callable[[R, timedelta], R]
    ) -> AsyncIterator[Page[R]]:
        # What an adapter's walk is; closed with ours, so that no request is left open.
        async with aclosing(cast("AsyncGenerator[Page[R]]", walk)):
            async for page in walk:
                ahead = self.server_clock.ahead
                if not ahead:
                    yield page
                    continue
                records = tuple(translate(record, ahead) for record in page.records)
                yield Page(records, page.cursor)


def _order(order: Order, ahead: timedelta) -> Order:
    return replace(
        order,
        created_at=order.created_at - ahead,
        shipped_at=_earlier(order.shipped_at, ahead),
        changed_at=_earlier(order.changed_at, ahead),
    )


def _return(item: Return, ahead: timedelta) -> Return:
    return replace(
        item,
        created_at=_earlier(item.created_at, ahead),
        received_at=_earlier(item.received_at, ahead),
        changed_at=_earlier(item.changed_at, ahead),
    )


def _earlier(moment: datetime | None, ahead: timedelta) -> datetime | None:
    return None if moment is None else moment - ahead


_PROVEN: type[Marketplace] = LocalTime
