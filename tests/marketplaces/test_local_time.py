"""Two clocks that differ: whatever record and range of time passes is translated, whole."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from typing import TypeVar

import pytest

from cloudstock.domain.records import Order, OrderRef, Return, ReturnStep, Step, TimeRange
from cloudstock.marketplaces.base import Page
from cloudstock.marketplaces.local_time import LocalTime
from tests.memory import Memory, MemoryShop

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
AHEAD = [timedelta(), timedelta(minutes=2), timedelta(minutes=-2)]
R = TypeVar("R")


class Noon:
    """A clock that stands."""

    def now(self) -> datetime:
        return NOW

    async def sleep(self, seconds: float) -> None:
        raise AssertionError(f"nobody waits {seconds} s here")


class Echo(Memory):
    """It tells what it was asked for as what happened."""

    async def orders(self, time_range: TimeRange) -> AsyncIterator[Page[Order]]:
        yield Page((_order(created_at=time_range.since, changed_at=time_range.until),))

    async def orders_again(self, refs: Sequence[OrderRef]) -> AsyncIterator[Page[Order]]:
        yield Page(tuple(_order(created_at=ref.created_at) for ref in refs))

    async def returns(
        self, time_range: TimeRange, refs: Sequence[OrderRef]
    ) -> AsyncIterator[Page[Return]]:
        yield Page(
            tuple(
                _return(
                    created_at=time_range.since,
                    changed_at=time_range.until,
                    received_at=ref.created_at,
                )
                for ref in refs
            )
        )


def _order(**also: object) -> Order:
    order = Order("1", Step.SHIPPED, "sent", NOW, (), shipped_at=NOW, changed_at=NOW)
    return replace(order, **also)  # type: ignore[arg-type]


def _return(**also: object) -> Return:
    item = Return("1", ReturnStep.RECEIVED, "got", 1, "1")
    times = {"created_at": NOW, "changed_at": NOW, "received_at": NOW}
    return replace(item, **(times | also))  # type: ignore[arg-type]


def walk(pages: AsyncIterator[Page[R]]) -> list[R]:
    async def all_of() -> list[R]:
        return [record async for page in pages for record in page.records]

    return asyncio.run(all_of())


def moments(record: Order | Return) -> dict[str, datetime]:
    """Every moment that a record tells, whatever its field is called."""
    told = {f.name: getattr(record, f.name) for f in fields(record)}
    return {name: value for name, value in told.items() if isinstance(value, datetime)}


@pytest.mark.parametrize("ahead", AHEAD)
def test_every_moment_of_a_record_is_ours(ahead: timedelta) -> None:
    shop = MemoryShop(Noon(), clock_ahead=ahead)
    shop.orders["1"], shop.changed_at["1"] = _order(), NOW
    shop.returns["1"] = _return()
    ours = LocalTime(Memory(shop))
    day = TimeRange(NOW - timedelta(days=1), NOW + timedelta(days=1))
    (order,) = walk(ours.orders(day))
    (again,) = walk(ours.orders_again([OrderRef("1", NOW)]))
    (item,) = walk(ours.returns(day, []))
    assert order == again
    assert set(moments(order)) == {"created_at", "shipped_at", "changed_at"}
    assert set(moments(item)) == {"created_at", "received_at", "changed_at"}
    for record in (order, item):
        assert set(moments(record).values()) == {NOW - ahead}


@pytest.mark.parametrize("ahead", AHEAD)
def test_what_is_asked_for_in_our_time_comes_back_in_it(ahead: timedelta) -> None:
    ours = LocalTime(Echo(MemoryShop(Noon(), clock_ahead=ahead)))
    day = TimeRange(NOW - timedelta(days=1), NOW)
    ref = OrderRef("1", NOW - timedelta(hours=5))
    (order,) = walk(ours.orders(day))
    assert (order.created_at, order.changed_at) == (day.since, day.until)
    (order,) = walk(ours.orders_again([ref]))
    assert order.created_at == ref.created_at
    (item,) = walk(ours.returns(day, [ref]))
    assert (item.created_at, item.changed_at) == (day.since, day.until)
    assert item.received_at == ref.created_at


def test_what_is_not_told_stays_untold() -> None:
    shop = MemoryShop(Noon(), clock_ahead=AHEAD[1])
    shop.returns["1"] = replace(_return(), created_at=None, changed_at=None, received_at=None)
    (item,) = walk(LocalTime(Memory(shop)).returns(TimeRange(NOW, NOW), []))
    assert moments(item) == {}
