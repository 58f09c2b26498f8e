"""What a round leaves out, and what it must not."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from cloudstock.domain.records import Order, OrderRef, Return, TimeRange
from cloudstock.errors import CredentialsRefused, Unreachable
from cloudstock.marketplaces.base import Page
from cloudstock.store.views.stock import Fresh, Wanted, stock, stock_lines
from tests.jobs.town import Town
from tests.memory import MEMORY_TRAITS, Memory


def read(town: Town, account: str = "north") -> bool:
    """Tell whether the last round read back what an account shows."""
    return town.results[account].counts.get("read", 0) > 0


def test_an_account_whose_key_is_refused_is_asked_for_nothing_more(open_town: Town) -> None:
    north = open_town.shops["north"]
    north.faults["orders"] = [CredentialsRefused("north: the key is refused")]
    open_town.clock.move(hours=1)
    asked, pushed = len(north.asked_again), len(north.pushes)
    open_town.count("MUG", 4)
    open_town.run("sync")
    assert (len(north.asked_again), len(north.pushes)) == (asked, pushed)
    assert not read(open_town)
    assert read(open_town, "south")
    error = open_town.results["north"].error
    assert error is not None
    assert "the key is refused" in error.message


def test_an_account_that_is_down_is_still_asked_for_what_may_work(open_town: Town) -> None:
    north = open_town.shops["north"]
    north.faults["orders"] = [Unreachable("north: no answer")] * 9
    open_town.clock.move(hours=1)
    asked = len(north.asked_again)
    open_town.count("MUG", 4)
    open_town.run("sync")
    assert len(north.asked_again) == asked + 1
    assert read(open_town)
    assert open_town.shows("north", "MUG") == 4


def test_the_catalog_is_pulled_once_and_then_by_its_own_job(town: Town) -> None:
    town.run("sync")
    assert town.results["north"].counts["listings"] == 3
    town.shops["north"].offer("LAMP")
    town.run("sync")
    assert "listings" not in town.results["north"].counts
    assert town.store.catalog.product("LAMP") is None


def test_stock_is_read_back_as_often_as_configured(open_town: Town) -> None:
    open_town.config = replace(open_town.config, reserves_every=timedelta(minutes=15))
    open_town.run("sync")
    found = []
    for minutes in (14, 2, 14):
        open_town.clock.move(minutes=minutes)
        open_town.run("sync")
        found.append(read(open_town))
    assert found == [False, True, False]


def test_stock_is_read_back_no_more_often_than_the_marketplace_allows(open_town: Town) -> None:
    open_town.config = replace(open_town.config, reserves_every=timedelta(minutes=1))
    open_town.shops["north"].traits = replace(MEMORY_TRAITS, reserves_interval_s=600.0)
    open_town.run("sync")
    found = []
    for minutes in (2, 7, 2):
        open_town.clock.move(minutes=minutes)
        open_town.run("sync")
        found.append((read(open_town, "north"), read(open_town, "south")))
    assert found == [(False, True), (False, True), (True, True)]


def test_what_is_held_back_makes_no_reading_rarer(open_town: Town) -> None:
    open_town.config = replace(open_town.config, reserves_every=timedelta(minutes=1))
    north = open_town.shops["north"]
    north.place("HIDDEN", {"MUG": 3})
    north.hidden.add("HIDDEN")
    for _ in range(3):
        open_town.clock.move(minutes=2)
        open_town.run("sync")
        assert read(open_town)
        assert open_town.results["north"].counts["unexplained"] == 1


@pytest.mark.parametrize("days", [10, 400])
def test_reading_the_past_reads_all_of_it(open_town: Town, days: int) -> None:
    time_ranges: dict[str, TimeRange] = {}

    class Watched(Memory):
        async def orders(self, time_range: TimeRange) -> AsyncIterator[Page[Order]]:
            time_ranges.setdefault("orders", time_range)
            async for page in super().orders(time_range):
                yield page

        async def returns(
            self, time_range: TimeRange, refs: Sequence[OrderRef]
        ) -> AsyncIterator[Page[Return]]:
            time_ranges.setdefault("returns", time_range)
            async for page in super().returns(time_range, refs):
                yield page

    open_town.adapters["north"] = Watched
    since = open_town.clock.now() - timedelta(days=days)
    open_town.run("sync", since=since)
    assert {name: time_range.since for name, time_range in time_ranges.items()} == {
        "orders": since,
        "returns": since,
    }


def test_stock_is_marked_where_it_was_refused_and_where_orders_are_not_known(
    open_town: Town,
) -> None:
    def marks() -> list[tuple[str, bool, bool]]:
        now, age = open_town.clock.now(), open_town.config.max_poll_age
        wanted = Wanted(["MUG"], fresh=Fresh(now - age, now))
        (row,) = stock(open_town.store.connection, wanted)
        (line,) = stock_lines(open_town.store.connection, wanted)
        told = [(x.account, x.refused, x.stale) for x in row.listings]
        plain = json.loads(line)["listings"]
        assert [(x["account"], x["refused"], x["stale"]) for x in plain] == told
        return told

    assert marks() == [("north", False, False), ("south", False, False)]
    open_town.shops["south"].refuses["MUG"] = ("E", "no")
    open_town.count("MUG", 4)
    open_town.run("push")
    assert marks() == [("north", False, False), ("south", True, False)]
    open_town.clock.move(days=1)
    # Neither what shows its target nor what is to be lowered waits for orders.
    assert marks() == [("north", False, False), ("south", True, False)]
    open_town.count("MUG", 19)
    open_town.store.targets.refresh()
    assert marks() == [("north", False, True), ("south", True, True)]
