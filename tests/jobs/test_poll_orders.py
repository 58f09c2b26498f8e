"""Which orders are asked for, and again: none is skipped, none is asked for without need."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest

from cloudstock.domain.records import Order, OrderRef, Step, TimeRange
from cloudstock.errors import Unreachable
from cloudstock.marketplaces.base import Page
from tests.jobs.town import Town
from tests.memory import MEMORY_TRAITS, Memory


@dataclass
class Asked:
    """What a shop was asked for, reading by reading."""

    time_ranges: list[TimeRange] = field(default_factory=list)
    again: list[tuple[str, ...]] = field(default_factory=list)


@pytest.fixture
def asked(open_town: Town) -> Asked:
    """What the northern shop is asked for from now on."""
    found = Asked()

    class Watched(Memory):
        async def orders(self, time_range: TimeRange) -> AsyncIterator[Page[Order]]:
            found.time_ranges.append(time_range)
            async for page in super().orders(time_range):
                yield page

        async def orders_again(self, refs: Sequence[OrderRef]) -> AsyncIterator[Page[Order]]:
            found.again.append(tuple(ref.order_id for ref in refs))
            async for page in super().orders_again(refs):
                yield page

    open_town.adapters["north"] = Watched
    return found


def settle(town: Town) -> None:
    """Let readings pass until what happened so far lies before all that the next one covers."""
    for _ in range(2):
        town.run("orders")
        town.clock.move(hours=2)


def silently(town: Town, order_id: str, step: Step, **also: object) -> None:
    """An order changes and its marketplace's readings by time do not tell."""
    shop = town.shops["north"]
    changed_at = shop.changed_at[order_id]
    shop.change(order_id, step, **also)
    shop.changed_at[order_id] = changed_at


# ---------------------------------------------------------------- how far back


def test_a_reading_that_outlasts_its_overlap_skips_nothing(open_town: Town) -> None:
    """Ordered while the pages were read, which took longer than readings overlap."""

    class Slow(Memory):
        async def orders(self, time_range: TimeRange) -> AsyncIterator[Page[Order]]:
            self.shop.place("N1", {"MUG": 1})
            async for page in super().orders(time_range):
                yield page
            open_town.clock.move(seconds=self.traits.orders_overlap_s * 2)

    open_town.adapters["north"] = Slow
    open_town.run("orders")
    del open_town.adapters["north"]
    assert open_town.level("MUG") == (10, 0)
    open_town.run("orders")
    assert open_town.level("MUG") == (10, 1)


def test_a_reading_that_fails_half_way_is_read_again_from_its_beginning(open_town: Town) -> None:
    north = open_town.shops["north"]
    for n in range(6):
        north.place(f"N{n}", {"MUG": 1})
    north.faults["orders"] = [None, None, Unreachable("north: no answer")]
    open_town.run("orders")
    assert open_town.level("MUG") == (10, 4)
    open_town.clock.move(hours=3)
    open_town.run("orders")
    assert open_town.level("MUG") == (10, 6)


def test_an_order_told_days_late_is_found_by_the_next_deep_reading(
    open_town: Town, asked: Asked
) -> None:
    north = open_town.shops["north"]
    north.place("N1", {"MUG": 1})
    north.hidden.add("N1")
    for _ in range(5):
        open_town.clock.move(hours=8)
        open_town.run("orders")
    north.hidden.clear()
    open_town.clock.move(hours=2)
    open_town.run("orders")
    assert open_town.level("MUG") == (10, 0)
    open_town.clock.move(hours=4)
    open_town.run("orders")
    assert open_town.level("MUG") == (10, 1)
    reached = [round((w.until - w.since) / timedelta(hours=1)) for w in asked.time_ranges]
    assert reached == [80, 80, 80, 80, 80, 3, 76]


# ---------------------------------------------------------------- asked again


def test_what_a_reading_told_is_not_asked_for_again(open_town: Town, asked: Asked) -> None:
    north = open_town.shops["north"]
    north.place("OLD", {"MUG": 1})
    settle(open_town)
    north.place("NEW", {"MUG": 1})
    open_town.run("orders")
    assert asked.again == [("OLD",)]


@pytest.mark.parametrize("end", [Step.DELIVERED, Step.CANCELLED])
def test_an_order_that_left_is_asked_for_now_and_then_until_it_ends(
    open_town: Town, asked: Asked, end: Step
) -> None:
    north = open_town.shops["north"]
    north.place("N1", {"MUG": 1})
    north.change("N1", Step.SHIPPED)
    settle(open_town)
    open_town.run("orders")
    for _ in range(3):
        open_town.clock.move(minutes=3)
        open_town.run("orders")
    assert asked.again == [("N1",)]
    silently(open_town, "N1", end, left_warehouse=True)
    for _ in range(4):
        open_town.clock.move(minutes=3)
        open_town.run("orders")
    assert asked.again == [("N1",), ("N1",)]
    assert open_town.store.orders.open_refs(1, shipped=True) == []


def test_an_open_order_is_asked_for_each_time_however_old(open_town: Town, asked: Asked) -> None:
    open_town.shops["north"].place("N1", {"MUG": 1})
    open_town.run("orders")
    open_town.clock.move(days=40)
    settle(open_town)
    asked.again.clear()
    for _ in range(3):
        open_town.clock.move(minutes=1)
        open_town.run("orders")
    assert asked.again == [("N1",)] * 3
    silently(open_town, "N1", Step.SHIPPED)
    open_town.run("orders")
    assert open_town.level("MUG") == (9, 0)


def test_reading_the_past_asks_for_what_left_as_well(open_town: Town, asked: Asked) -> None:
    north = open_town.shops["north"]
    north.place("N1", {"MUG": 1})
    north.change("N1", Step.SHIPPED)
    open_town.run("orders")
    open_town.clock.move(minutes=30)
    north.changed_at["N1"] -= timedelta(days=30)
    open_town.run("orders")
    open_town.run("orders", since=open_town.clock.now() - timedelta(days=1))
    assert asked.again == [("N1",), ("N1",)]


def test_an_order_that_does_not_count_is_not_asked_for_again(open_town: Town, asked: Asked) -> None:
    north = open_town.shops["north"]
    order = north.place("N1", {"MUG": 1})
    north.orders["N1"] = replace(order, ignored="marketplace-held stock")
    open_town.run("orders")
    open_town.clock.move(hours=2)
    open_town.run("orders")
    assert asked.again == []


def test_an_order_that_is_not_answered_for_stays_as_it_was(open_town: Town, asked: Asked) -> None:
    """Absence tells nothing: it is asked for again, and keeps its units."""
    north = open_town.shops["north"]
    north.place("N1", {"MUG": 1})
    open_town.run("orders")
    north.hidden.add("N1")
    open_town.clock.move(hours=2)
    for _ in range(2):
        open_town.run("orders")
    assert asked.again == [("N1",), ("N1",)]
    assert open_town.level("MUG") == (10, 1)


# ---------------------------------------------------------------- how fresh a reading is


def test_a_reading_is_as_old_as_its_beginning(open_town: Town) -> None:
    """It lasted, and somebody bought meanwhile: before the push orders are read again."""
    south = open_town.shops["south"]

    class Slow(Memory):
        async def orders(self, time_range: TimeRange) -> AsyncIterator[Page[Order]]:
            async for page in super().orders(time_range):
                yield page
            if "S1" not in self.shop.orders:
                self.shop.place("S1", {"MUG": 5})
                open_town.clock.move(seconds=20)

    open_town.adapters["south"] = Slow
    open_town.count("MUG", 12)
    before = len(south.pushes)
    open_town.run("sync")
    assert [n for sku, _, n in south.pushes[before:] if sku == "MUG"] == [7]
    assert open_town.shows("north", "MUG") == 7


def test_units_of_divided_listings_stay_promised_where_sales_are_not_taken_off_for_sure(
    open_town: Town,
) -> None:
    """Reading all orders tells what was sold, not what is still shown."""
    accounts = tuple(
        replace(a, policy=replace(a.policy, policy="split")) for a in open_town.config.accounts
    )
    open_town.config = replace(open_town.config, accounts=accounts)
    north = open_town.shops["north"]
    north.traits = replace(MEMORY_TRAITS, sale_lowers_stock=False)
    covered = "SELECT a.name FROM quota p JOIN account a ON a.id = p.account_id WHERE p.covered"
    for _ in range(6):
        open_town.clock.move(minutes=3)
        open_town.run("sync")
    names = {row[0] for row in open_town.store.connection.execute(covered)}
    assert names == {"south"}


@pytest.mark.parametrize(("after_s", "covered"), [(30, 0), (59, 0), (61, 1)])
def test_what_a_divided_listing_sold_is_known_when_orders_of_after_a_push_must_have_been_told(
    open_town: Town, after_s: int, covered: int
) -> None:
    """Clocks may differ by a minute: an order of before the push may be dated after it."""
    with open_town.store.transaction():
        product = open_town.store.catalog.product("MUG")
        assert product is not None
        open_town.store.catalog.set_policy(product, "split")
    open_town.clock.move(minutes=10)
    open_town.run("push")
    pushed_at = open_town.store.connection.execute("SELECT max(bound_until) FROM quota").fetchone()[
        0
    ]
    assert pushed_at is not None
    open_town.clock.move(seconds=after_s)
    open_town.run("orders")
    found = open_town.store.connection.execute(
        "SELECT covered FROM quota WHERE bound_until = ?", (pushed_at,)
    ).fetchone()
    assert found[0] == covered
