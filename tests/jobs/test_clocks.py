"""Orders, counts and pushes where this machine's clock and a marketplace's differ."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from cloudstock.domain.records import Order, Step
from tests.jobs.town import Town


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
