"""What readings of stock find, what they must not find, and what is doubted."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from cloudstock.domain.records import SeenStock, Step, StockKey
from cloudstock.errors import Unreachable
from cloudstock.marketplaces.base import Page
from cloudstock.settings import Account, WarehouseLink
from tests.acting import unlink_listing
from tests.jobs.town import StoppedClock, Town, founded
from tests.memory import MEMORY_TRAITS, Memory

SKUS = ("MUG", "CUP", "POT")


def reading(change: Callable[[SeenStock], SeenStock | None]) -> type[Memory]:
    """Return an adapter whose readings are told so; None: that one is left out."""

    class Reading(Memory):
        async def read_stock(
            self, keys: Iterable[StockKey] | None
        ) -> AsyncIterator[Page[SeenStock]]:
            async for page in super().read_stock(keys):
                records = (change(record) for record in page.records)
                yield Page(tuple(r for r in records if r is not None))

    return Reading


def counted(town: Town, what: str, account: str = "north") -> int:
    return town.results[account].counts.get(what, 0)


# ---------------------------------------------------------------- what is held for orders


TELLS_NO_RESERVE = reading(lambda record: record._replace(reserved=None))


def test_where_no_reserve_is_told_no_order_is_missed_and_nothing_is_read_deeper(
    open_town: Town,
) -> None:
    open_town.adapters["north"] = TELLS_NO_RESERVE
    north = open_town.shops["north"]
    north.place("N1", {"MUG": 3})
    open_town.run("sync")
    open_town.clock.move(hours=1)
    open_town.run("sync")
    for what in ("orders_deeper", "unexplained", "below", "drift"):
        assert counted(open_town, what) == 0, what
    assert open_town.results["north"].notes == ()


def test_where_no_reserve_is_told_less_than_expected_is_read_deeper_all_the_same(
    open_town: Town,
) -> None:
    """An order of last week that readings by time never told: only the shelf of buyers shows it."""
    open_town.adapters["north"] = TELLS_NO_RESERVE
    north = open_town.shops["north"]
    north.place("N1", {"MUG": 3})
    north.changed_at["N1"] -= timedelta(days=8)
    open_town.run("orders")
    assert open_town.level("MUG") == (10, 0)
    open_town.run("reserves")
    assert counted(open_town, "below") == counted(open_town, "orders_deeper") == 1
    assert open_town.level("MUG") == (10, 3)


def test_more_held_than_known_is_read_deeper_though_what_is_shown_is_as_expected(
    open_town: Town,
) -> None:
    north = open_town.shops["north"]
    north.place("N1", {"MUG": 3})
    north.changed_at["N1"] -= timedelta(days=8)
    north.free["MUG", "1"] = 10
    open_town.run("reserves")
    assert counted(open_town, "below") == 0
    assert counted(open_town, "orders_deeper") == 1
    assert open_town.level("MUG") == (10, 3)


@pytest.mark.parametrize(("days", "found"), [(29, True), (31, False), (40, False)])
def test_deeper_is_a_month_unless_it_is_said_how_far(
    open_town: Town, days: int, found: bool
) -> None:
    north = open_town.shops["north"]
    north.place("N1", {"MUG": 3})
    north.changed_at["N1"] -= timedelta(days=days)
    open_town.run("reserves")
    assert (open_town.level("MUG") == (10, 3)) is found
    open_town.run("reserves", since=open_town.clock.now() - timedelta(days=60))
    assert open_town.level("MUG") == (10, 3)


@pytest.mark.parametrize("step", [Step.SHIPPED, Step.DELIVERED, Step.CANCELLED])
def test_an_order_that_left_or_ended_explains_no_unit_that_is_held(
    open_town: Town, step: Step
) -> None:
    """As many units of another order are held, and that order is told to nobody."""
    north = open_town.shops["north"]
    north.place("GONE", {"MUG": 3})
    open_town.run("sync")
    north.change("GONE", step)
    open_town.run("sync")
    open_town.clock.move(hours=1)
    north.place("HIDDEN", {"MUG": 3})
    north.hidden.add("HIDDEN")
    open_town.run("sync")
    assert counted(open_town, "unexplained") == 1
    assert any("3 units (1 listing)" in n for n in open_town.results["north"].notes)


def test_an_open_order_explains_what_is_held_and_no_more(open_town: Town) -> None:
    north = open_town.shops["north"]
    north.place("N1", {"MUG": 2})
    open_town.run("sync")
    open_town.clock.move(hours=1)
    open_town.run("sync")
    assert counted(open_town, "unexplained") == 0
    north.place("HIDDEN", {"MUG": 1})
    north.hidden.add("HIDDEN")
    open_town.clock.move(hours=1)
    open_town.run("sync")
    assert any("1 unit (1 listing)" in n for n in open_town.results["north"].notes)


def test_an_order_that_names_no_warehouse_explains_what_the_first_one_holds(
    tmp_path: Path,
) -> None:
    links = (WarehouseLink("1", "main"), WarehouseLink("2", "second"))
    with founded(tmp_path, Account("north", "ozon", links)) as town:
        shop = town.shops["north"]
        shop.offer("MUG")
        town.run("sync")
        for warehouse in ("main", "second"):
            town.count("MUG", 5, warehouse)
        town.run("sync")
        town.clock.move(hours=1)
        shop.place("N1", {"MUG": 2})
        shop.orders["N1"] = replace(shop.orders["N1"], warehouse_id=None)
        town.run("sync")
        assert counted(town, "unexplained") == 0
        # What the second one holds is not explained by it.
        shop.place("N2", {"MUG": 2}, warehouse="2")
        shop.hidden.add("N2")
        town.clock.move(hours=1)
        town.run("sync")
        assert counted(town, "unexplained") == 1


def test_an_account_that_names_no_warehouse_has_one_whatever_orders_say(tmp_path: Path) -> None:
    with founded(tmp_path, Account("north", "ozon", (WarehouseLink("", "main"),))) as town:
        shop = town.shops["north"]
        shop.offer("MUG")
        town.run("sync")
        town.count("MUG", 5)
        town.run("sync")
        town.clock.move(hours=1)
        shop.place("N1", {"MUG": 2}, warehouse="4711")
        shop.free = {("MUG", ""): 3}
        town.adapters["north"] = reading(lambda r: r._replace(warehouse_id="", reserved=2))
        town.run("sync")
        assert town.level("MUG") == (5, 2)
        assert counted(town, "read") == 1
        assert counted(town, "unexplained") == 0


def hide_an_order(town: Town) -> None:
    north = town.shops["north"]
    north.place("HIDDEN", {"MUG": 3})
    north.hidden.add("HIDDEN")
    town.clock.move(hours=1)
    town.run("sync")
    assert counted(town, "unexplained") == 1


def test_units_held_for_nobody_hold_a_listing_back_until_they_are_explained(
    open_town: Town,
) -> None:
    north = open_town.shops["north"]
    hide_an_order(open_town)
    for _ in range(3):
        open_town.clock.move(minutes=1)
        open_town.count("MUG", 12)
        open_town.run("push")
        assert open_town.shows("north", "MUG") == 7
    north.hidden.clear()
    open_town.run("reserves")
    open_town.run("push")
    assert open_town.shows("north", "MUG") == 9


def test_a_listing_is_held_back_for_two_readings_at_most(open_town: Town) -> None:
    """Where readings of stock fail, it is not held back for ever."""
    hide_an_order(open_town)
    open_town.shops["north"].faults["read_stock"] = [Unreachable("north: no answer")] * 99
    open_town.clock.move(minutes=29)
    open_town.run("push")
    assert open_town.shows("north", "MUG") == 7
    open_town.clock.move(minutes=2)
    open_town.run("push")
    assert open_town.shows("north", "MUG") == 10


def test_what_a_reading_left_out_is_held_back_on(open_town: Town) -> None:
    hide_an_order(open_town)
    open_town.adapters["north"] = reading(lambda r: None if "offer:MUG" in r.listing_keys else r)
    open_town.clock.move(minutes=1)
    open_town.run("reserves")
    open_town.run("push")
    assert open_town.shows("north", "MUG") == 7


def test_while_something_is_held_back_stock_is_read_more_often(open_town: Town) -> None:
    open_town.run("sync")
    read = []
    for _ in range(2):
        open_town.clock.move(minutes=6)
        open_town.run("sync")
        read.append(counted(open_town, "read") > 0)
    assert read == [False, False]
    open_town.clock.move(hours=1)
    hide_an_order(open_town)
    for minutes in (4, 2):
        open_town.clock.move(minutes=minutes)
        open_town.run("sync")
        read.append(counted(open_town, "read") > 0)
    assert read[2:] == [False, True]


# ---------------------------------------------------------------- a number that is still coming


@pytest.fixture
def slow_town(open_town: Town) -> Town:
    """The northern shop takes up to a minute to show an accepted number."""
    open_town.shops["north"].traits = replace(MEMORY_TRAITS, settle_s=60.0)
    open_town.count("MUG", 7)
    open_town.run("push")
    open_town.shops["north"].free["MUG", "1"] = 10
    return open_town


def test_a_number_that_is_not_shown_yet_is_no_drift(slow_town: Town) -> None:
    slow_town.clock.move(seconds=59)
    slow_town.run("reserves")
    assert counted(slow_town, "drift") == 0
    assert slow_town.believed("north", "MUG") == (7, 7)
    slow_town.clock.move(seconds=2)
    slow_town.run("reserves")
    assert counted(slow_town, "drift") == 1
    assert slow_town.believed("north", "MUG") == (10, 10)


@pytest.mark.parametrize(("later", "settled"), [({}, False), ({"microseconds": 1}, True)])
def test_a_reading_at_the_very_time_by_which_a_number_is_shown_settles_nothing(
    open_town: Town, later: dict[str, float], settled: bool
) -> None:
    open_town.clock = StoppedClock()
    open_town.clock.move(hours=1)
    open_town.shops["north"].traits = replace(MEMORY_TRAITS, settle_s=60.0)
    open_town.count("MUG", 7)
    open_town.run("push")
    open_town.shops["north"].free["MUG", "1"] = 10
    open_town.clock.move(seconds=60, **later)
    open_town.run("reserves")
    assert open_town.believed("north", "MUG") == ((10, 10) if settled else (7, 7))


@pytest.mark.parametrize("answered", [True, False])
def test_what_is_gone_may_show_a_number_yet_that_was_sent_just_now(
    slow_town: Town, answered: bool
) -> None:
    slow_town.shops["north"].offer("LAMP")
    if not answered:
        slow_town.clock.move(minutes=5)
        slow_town.run("reserves")
        slow_town.shops["north"].faults["push_answer"] = [Unreachable("the answer was lost")]
        slow_town.run("push", only="north")
    del slow_town.shops["north"].listings["MUG"]
    slow_town.run("catalog", yes=True)
    del slow_town.shops["north"].free["MUG", "1"]
    slow_town.clock.move(seconds=58)
    slow_town.run("reserves")
    assert slow_town.believed("north", "MUG") == ((7, 7) if answered else (7, 10))
    slow_town.clock.move(seconds=3)
    slow_town.run("reserves")
    assert slow_town.believed("north", "MUG") == (None, None)


def test_what_a_lost_database_sent_last_may_be_shown_yet(slow_town: Town) -> None:
    """An old copy takes the place of the one that had sent 4; the marketplace shows it late."""
    slow_town.clock.move(hours=1)
    with slow_town.store.transaction():
        slow_town.store.runs.is_old_copy(now=slow_town.clock.now())
    slow_town.clock.move(seconds=59)
    slow_town.run("reserves")
    assert slow_town.believed("north", "MUG") == (None, None)
    slow_town.shops["north"].free["MUG", "1"] = 4
    slow_town.clock.move(seconds=2)
    slow_town.run("reserves")
    assert slow_town.believed("north", "MUG") == (4, 4)


def test_what_an_unanswered_number_may_still_become_is_not_settled_by_an_early_reading(
    slow_town: Town,
) -> None:
    slow_town.clock.move(minutes=5)
    slow_town.shops["north"].faults["push_answer"] = [Unreachable("the answer was lost")]
    slow_town.count("MUG", 4)
    slow_town.run("push")
    slow_town.shops["north"].free["MUG", "1"] = 7
    slow_town.clock.move(seconds=30)
    slow_town.run("reserves")
    assert slow_town.believed("north", "MUG") == (4, 7)
    slow_town.clock.move(seconds=31)
    slow_town.run("reserves")
    assert slow_town.believed("north", "MUG") == (7, 7)
    # It is settled: an order is surely after it.
    slow_town.clock.move(minutes=5)
    slow_town.shops["north"].place("N1", {"MUG": 2})
    slow_town.run("orders")
    assert slow_town.believed("north", "MUG") == (5, 5)


def test_a_listing_just_pushed_may_be_missing_from_a_reading(slow_town: Town) -> None:
    def unrecorded() -> int:
        """How many listings the marketplace is said to have no record of."""
        store = slow_town.store
        read_at = store.cursors.get(1, "reserves").read_until
        settle = timedelta(seconds=60)
        return store.comparisons.since_reading(1, began_at=read_at, settle=settle).unrecorded

    del slow_town.shops["north"].free["MUG", "1"]
    slow_town.clock.move(seconds=59)
    slow_town.run("reserves")
    assert counted(slow_town, "missing") == unrecorded() == 0
    assert slow_town.believed("north", "MUG") == (7, 7)
    slow_town.clock.move(seconds=2)
    slow_town.run("reserves")
    assert counted(slow_town, "missing") == unrecorded() == 1
    assert slow_town.believed("north", "MUG") == (None, None)
    slow_town.run("push")
    assert slow_town.shows("north", "MUG") == 7


# ---------------------------------------------------------------- what is not there


def missing(town: Town) -> int:
    """Let MUG be missing from a reading; return how many listings are doubted for it."""
    town.clock.move(hours=1)
    del town.shops["north"].free["MUG", "1"]
    town.run("reserves")
    return counted(town, "missing")


def test_what_shows_nothing_may_be_missing(open_town: Town) -> None:
    open_town.count("MUG", 0)
    open_town.run("push")
    assert missing(open_town) == 0


def test_what_was_sent_before_others_took_over_may_be_missing(open_town: Town) -> None:
    first, *others = open_town.config.accounts
    for push in (False, True):
        accounts = (replace(first, push=push), *others)
        open_town.config = replace(open_town.config, accounts=accounts)
        open_town.run("orders")
    assert missing(open_town) == 0


def test_what_nobody_wants_shown_may_be_missing(open_town: Town) -> None:
    unlink_listing(open_town.store, "north", "MUG", now=open_town.clock.now(), leave=True)
    assert missing(open_town) == 0


def test_an_unanswered_number_stays_possible_though_the_listing_is_missing(
    open_town: Town,
) -> None:
    open_town.count("MUG", 7)
    open_town.shops["north"].faults["push_answer"] = [Unreachable("the answer was lost")]
    open_town.run("push")
    assert missing(open_town) == 0
    assert open_town.believed("north", "MUG") == (7, 10)


def test_a_shop_that_shows_nothing_yet_may_have_no_stock_to_read(town: Town) -> None:
    town.run("catalog")
    town.run("reserves")
    assert all(result.ok for result in town.results.values())


@pytest.mark.parametrize("pushed", [True, False])
def test_a_suddenly_empty_report_is_doubted_though_nothing_is_believed(
    open_town: Town, pushed: bool
) -> None:
    """After a restored backup only what was sent last tells that something should be there."""
    north = replace(open_town.config.accounts[0], push=pushed)
    open_town.config = replace(open_town.config, accounts=(north, *open_town.config.accounts[1:]))
    with open_town.store.transaction():
        for row in open_town.store.connection.execute(
            "SELECT listing_id FROM listing_stock"
        ).fetchall():
            open_town.store.beliefs.forget((row[0], "1"))
    open_town.clock.move(hours=1)
    open_town.shops["north"].free.clear()
    open_town.run("reserves")
    error = open_town.results["north"].error
    assert error is not None
    assert error.kind == "doubtful"
    assert "3 listings" in error.message


# ---------------------------------------------------------------- what is asked for


@pytest.fixture
def asked(open_town: Town) -> Iterator[list[list[str]]]:
    """What the northern shop, which lists nothing by itself, is asked for by name."""
    found: list[list[str]] = []

    class Named(Memory):
        async def read_stock(
            self, keys: Iterable[StockKey] | None
        ) -> AsyncIterator[Page[SeenStock]]:
            assert keys is not None, "everything was asked for, which this shop cannot answer"
            listed = list(keys)
            found.append(sorted(key.external_id for key in listed))
            async for page in super().read_stock(listed):
                yield page

    open_town.shops["north"].traits = replace(MEMORY_TRAITS, walks_stock=False)
    open_town.adapters["north"] = Named
    return found


def test_a_shop_that_lists_nothing_by_itself_is_asked_by_name_and_not_for_what_is_archived(
    open_town: Town, asked: list[list[str]]
) -> None:
    open_town.run("reserves")
    assert asked[-1] == ["CUP", "MUG", "POT"]
    open_town.shops["north"].offer("POT", archived=True)
    open_town.run("catalog")
    # Once more while it may show something.
    open_town.shops["north"].free["POT", "1"] = 0
    open_town.run("reserves")
    assert asked[-1] == ["CUP", "MUG", "POT"]
    open_town.run("reserves")
    assert asked[-1] == ["CUP", "MUG"]
    assert open_town.results["north"].ok


def test_what_comes_into_the_catalog_during_a_reading_need_not_be_in_it(open_town: Town) -> None:
    class Meanwhile(Memory):
        async def read_stock(
            self, keys: Iterable[StockKey] | None
        ) -> AsyncIterator[Page[SeenStock]]:
            async for page in super().read_stock(keys):
                yield page
            if "NEW" not in self.shop.listings:
                self.shop.offer("NEW")
                with open_town.store.transaction():
                    now, new = open_town.clock.now(), self.shop.listings["NEW"]
                    open_town.store.catalog.save_listings(1, [new], now=now)
                    open_town.store.catalog.link(1)
                    open_town.store.targets.refresh(now=now)

    open_town.adapters["north"] = Meanwhile
    open_town.run("reserves")
    assert open_town.believed("north", "NEW") == (None, None)
    # The next one asks for it, and has none.
    open_town.run("reserves")
    assert open_town.believed("north", "NEW") == (0, 0)


def test_a_listing_that_the_book_does_not_know_is_counted_and_left(open_town: Town) -> None:
    open_town.shops["north"].offer("NEW")
    open_town.shops["north"].free["NEW", "1"] = 4
    open_town.run("reserves")
    assert counted(open_town, "readings_unlisted") == 1
    assert counted(open_town, "read") == 3


def test_a_number_between_the_two_that_may_be_shown_is_no_order_that_nobody_knows(
    open_town: Town,
) -> None:
    north = open_town.shops["north"]
    north.faults["push_answer"] = [Unreachable("north: no answer")]
    open_town.count("MUG", 4)
    open_town.run("push", only="north")
    assert open_town.believed("north", "MUG") == (4, 10)
    north.free["MUG", "1"] = 7
    open_town.clock.move(minutes=5)
    open_town.run("reserves", only="north")
    counts = open_town.results["north"].counts
    assert (counts.get("below", 0), counts.get("orders_deeper", 0)) == (0, 0)
    assert open_town.believed("north", "MUG") == (7, 7)
