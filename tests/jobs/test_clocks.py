"""Orders, counts and pushes where this machine's clock and a marketplace's differ."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from cloudstock.domain.records import Order, ReturnStep, Step
from cloudstock.errors import Unreachable
from cloudstock.marketplaces.server_clock import DATE_AGE_MAX_S
from tests.acting import set_policy
from tests.jobs.town import Town
from tests.memory import MEMORY_TRAITS


@pytest.fixture(params=[-7200, -120, 120, 7200], ids=lambda s: f"{s:+} s")
def skewed(open_town: Town, request: pytest.FixtureRequest) -> Town:
    """A town whose northern shop's clock is ahead of ours by so much."""
    shop = open_town.shops["north"]
    shop.clock_ahead = timedelta(seconds=request.param)
    clock = open_town.clock

    class Theirs:
        def now(self):  # type: ignore[no-untyped-def]
            return clock.now() + shop.clock_ahead

        async def sleep(self, seconds: float) -> None:
            await clock.sleep(seconds)

    shop.clock = Theirs()
    return open_town


def test_the_newest_orders_are_read_at_once(skewed: Town) -> None:
    skewed.run("sync")
    skewed.clock.move(seconds=60)
    skewed.shops["north"].place("A", {"MUG": 2})
    skewed.run("sync")
    assert skewed.level("MUG")[1] == 2
    skewed.shops["north"].place("B", {"MUG": 1})
    skewed.run("orders")
    assert skewed.level("MUG")[1] == 3


@pytest.mark.parametrize("counted_first", [True, False], ids=["count, leave", "leave, count"])
def test_what_leaves_around_a_count_is_taken_off_once(skewed: Town, counted_first: bool) -> None:
    shop = skewed.shops["north"]
    shop.place("A", {"MUG": 1})
    skewed.run("sync")
    on_hand, _ = skewed.level("MUG")
    assert on_hand is not None

    def leave() -> None:
        shop.change("A", Step.SHIPPED)

    def count() -> None:
        left = shop.orders["A"].step is Step.SHIPPED
        skewed.count("MUG", on_hand - 1 if left else on_hand)

    acts: list[Callable[[], None]] = [count, leave] if counted_first else [leave, count]
    for act in acts:
        skewed.clock.move(seconds=20)
        act()
    skewed.clock.move(seconds=20)
    skewed.run("sync")
    assert skewed.level("MUG") == (on_hand - 1, 0)


def test_the_difference_is_kept_and_the_book_speaks_our_time(skewed: Town) -> None:
    order: Order = skewed.shops["north"].place("A", {"MUG": 1})
    skewed.run("sync")
    ahead = skewed.shops["north"].clock_ahead
    (made,) = skewed.store.connection.execute("SELECT created_at FROM orders").fetchone()
    assert made.startswith((order.created_at - ahead).strftime("%Y-%m-%dT%H:%M:%S"))
    account_id = skewed.store.catalog.account_ids()["north"]
    facts = skewed.store.accounts.facts(account_id)
    assert facts.clock_skew_s == ahead.total_seconds()


@pytest.mark.parametrize(("ahead_s", "covered"), [(0, 1), (7200, 0)])
def test_a_clock_that_is_translated_in_whole_seconds_may_be_wrong_by_some(
    open_town: Town, ahead_s: int, covered: int
) -> None:
    """What a divided listing sold before a number was shown is known when that has passed, too."""
    set_policy(open_town.store, ["MUG"], "split", now=open_town.clock.now())
    open_town.clock.move(minutes=10)
    open_town.run("push")
    (pushed_at,) = open_town.store.connection.execute(
        "SELECT max(bound_until) FROM quota"
    ).fetchone()
    for shop in open_town.shops.values():
        shop.clock_ahead = timedelta(seconds=ahead_s)
    # The margin, and half of what the translation may be wrong by.
    open_town.clock.move(seconds=60 + DATE_AGE_MAX_S / 2)
    open_town.run("orders")
    rows = open_town.store.connection.execute(
        "SELECT covered FROM quota WHERE bound_until = ?", (pushed_at,)
    )
    assert {row[0] for row in rows} == {covered}


# ---------------------------------------------------------------- set back


@pytest.fixture(params=[timedelta(hours=1), timedelta(days=10)], ids=str)
def set_back(open_town: Town, request: pytest.FixtureRequest) -> Town:
    """A round was run by a clock that was ahead, and then somebody mended it."""
    for shop in open_town.shops.values():
        shop.traits = replace(MEMORY_TRAITS, returns_interval_s=60.0)
    open_town.clock.moment += request.param
    open_town.run("sync")
    open_town.clock.moment -= request.param
    return open_town


def test_after_the_clock_was_set_back_new_orders_are_read(set_back: Town) -> None:
    set_back.shops["north"].place("N1", {"MUG": 1})
    set_back.run("orders")
    assert set_back.level("MUG") == (10, 1)


def test_after_the_clock_was_set_back_returns_are_read(set_back: Town) -> None:
    asked = len(set_back.shops["north"].asked_again)
    set_back.run("returns")
    assert set_back.results["north"].counts.get("returns_skipped", 0) == 0
    assert len(set_back.shops["north"].asked_again) == asked + 1
    # And then as rarely as the marketplace wants.
    set_back.clock.move(seconds=30)
    set_back.run("returns")
    assert set_back.results["north"].counts["returns_skipped"] == 1


def test_after_the_clock_was_set_back_stock_is_read(set_back: Town) -> None:
    set_back.shops["north"].free["MUG", "1"] = 55
    set_back.run("sync")
    assert set_back.shows("north", "MUG") == 10
    assert set_back.results["north"].counts["drift"] == 1


def test_after_the_clock_was_set_back_undecided_returns_are_asked_for(open_town: Town) -> None:
    shop = open_town.shops["north"]
    shop.place("N1", {"MUG": 1})
    shop.change("N1", Step.SHIPPED)
    open_town.run("orders")
    shop.send_back("R1", "N1", "MUG", 1)
    claim = replace(shop.returns["R1"], step=ReturnStep.UNDECIDED, changed_at=shop.clock.now())
    shop.returns["R1"] = claim
    open_town.clock.move(days=10)
    for _ in range(2):
        open_town.run("returns")
    open_town.clock.move(days=-10)
    open_town.run("returns")
    assert shop.asked_again[-1] == ("N1",)


def test_what_a_clock_that_was_ahead_read_does_not_pass_for_fresh(set_back: Town) -> None:
    """South is read once after that, and then it cannot be read any more."""
    set_back.run("orders")
    set_back.shops["south"].faults["orders"] = [Unreachable("south: no answer")] * 99
    set_back.count("MUG", 12)
    set_back.run("push")
    assert set_back.shows("north", "MUG") == 12
    set_back.clock.move(minutes=31)
    set_back.count("MUG", 14)
    set_back.run("push")
    assert set_back.shows("north", "MUG") == 12


def test_what_only_a_clock_that_was_ahead_read_is_not_known(set_back: Town) -> None:
    set_back.shops["south"].faults["orders"] = [Unreachable("south: no answer")] * 99
    set_back.count("MUG", 12)
    set_back.run("push")
    assert set_back.shows("north", "MUG") == 10


def test_after_the_clock_was_set_back_readings_reach_deep_at_once(open_town: Town) -> None:
    """When they did so last nobody knows: the order was told two days late."""
    open_town.clock.move(days=10)
    open_town.run("orders")
    open_town.clock.move(days=-10)
    north = open_town.shops["north"]
    north.place("LATE", {"MUG": 1})
    north.changed_at["LATE"] -= timedelta(hours=50)
    open_town.run("orders")
    assert open_town.level("MUG") == (10, 1)


def test_after_the_clock_was_set_back_what_left_is_asked_for_at_once(open_town: Town) -> None:
    north = open_town.shops["north"]
    north.place("LEFT", {"MUG": 1})
    north.change("LEFT", Step.SHIPPED)
    for _ in range(2):
        open_town.run("orders")
        open_town.clock.move(hours=5)
    open_town.run("orders")
    open_town.clock.move(minutes=-30)
    changed_at = north.changed_at["LEFT"]
    north.change("LEFT", Step.DELIVERED)
    north.changed_at["LEFT"] = changed_at
    open_town.run("orders")
    assert open_town.store.orders.open_refs(1, shipped=True) == []
