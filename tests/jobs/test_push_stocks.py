"""push-stocks where something is amiss: what goes out, what waits, what is stopped."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from cloudstock.domain.records import PushOutcome, Step, StockUpdate
from cloudstock.errors import CredentialsRefused, Unreachable
from cloudstock.settings import Account, StockPolicy, WarehouseLink
from tests.acting import link_listing
from tests.jobs.town import StoppedClock, Town, founded
from tests.memory import MEMORY_TRAITS, Memory

# So many listings are more than the guard lets fall unexplained (`BlastGuard`).
MANY = 40
FALLING = 12


def down(town: Town, account: str, *methods: str) -> None:
    for method in methods:
        town.shops[account].faults[method] = [Unreachable(f"{account}: no answer")] * 99


def sent(town: Town, account: str) -> list[tuple[str, int]]:
    return [(sku, quantity) for sku, _, quantity in town.shops[account].pushes]


# ---------------------------------------------------------------- what may be raised


def test_an_account_whose_own_orders_just_failed_is_lowered_and_not_raised(open_town: Town) -> None:
    """They were read minutes ago: enough for the others on the shelf, not for a push of its own."""
    down(open_town, "north", "orders")
    open_town.count("MUG", 12)
    open_town.count("CUP", 4)
    open_town.run("push")
    assert (open_town.shows("north", "MUG"), open_town.shows("south", "MUG")) == (10, 12)
    assert (open_town.shows("north", "CUP"), open_town.shows("south", "CUP")) == (4, 4)
    assert open_town.results["north"].counts["held"] == 1
    assert any("not raised" in note for note in open_town.results["north"].notes)
    open_town.shops["north"].faults.clear()
    open_town.run("push")
    assert open_town.shows("north", "MUG") == 12


def test_nothing_is_raised_before_all_accounts_of_the_shelf_were_read_once(town: Town) -> None:
    town.run("catalog")
    town.count("MUG", 3)
    town.run("push", only="north")
    assert town.shows("north", "MUG") is None
    town.run("push")
    assert (town.shows("north", "MUG"), town.shows("south", "MUG")) == (3, 3)


def test_what_is_not_known_of_one_shelf_holds_back_nothing_on_another(tmp_path: Path) -> None:
    accounts = [
        Account(name, "ozon", (WarehouseLink("1", shelf),))
        for name, shelf in (("north", "main"), ("south", "second"))
    ]
    with founded(tmp_path, *accounts) as town:
        for shop in town.shops.values():
            shop.offer("MUG")
        town.run("sync")
        town.count("MUG", 5)
        town.count("MUG", 6, "second")
        down(town, "south", "orders")
        town.clock.move(hours=2)
        town.run("push")
        assert (town.shows("north", "MUG"), town.shows("south", "MUG")) == (5, None)


@pytest.mark.parametrize(
    ("age", "shown"), [(timedelta(minutes=30), 12), (timedelta(minutes=30, microseconds=1), 10)]
)
def test_orders_are_known_for_as_long_as_the_configuration_says(
    open_town: Town, age: timedelta, shown: int
) -> None:
    open_town.run("orders", only="south")
    down(open_town, "south", "orders")
    read_until = open_town.store.cursors.get(2, "orders").read_until
    assert read_until is not None
    open_town.count("MUG", 12)
    open_town.clock = StoppedClock()
    open_town.clock.moment = read_until + age
    open_town.run("push", only="north")
    assert open_town.shows("north", "MUG") == shown


# ---------------------------------------------------------------- once, and no more


def test_a_full_push_sends_each_listing_once(open_town: Town) -> None:
    for shop in open_town.shops.values():
        shop.pushes.clear()
    open_town.run("push", full=True)
    for name in open_town.shops:
        assert sorted(sent(open_town, name)) == [("CUP", 10), ("MUG", 10), ("POT", 10)]


def test_after_a_push_without_an_answer_the_account_is_left_alone(open_town: Town) -> None:
    down(open_town, "north", "push")
    open_town.count("MUG", 4)
    open_town.run("push")
    assert len(open_town.shops["north"].faults["push"]) == 98
    assert open_town.results["south"].ok


def test_refused_credentials_leave_an_account_alone(open_town: Town) -> None:
    refused = CredentialsRefused("north: the key is refused")
    open_town.shops["north"].faults["orders"] = [refused] * 9
    open_town.count("MUG", 4)
    before = sent(open_town, "north")
    open_town.run("push")
    assert sent(open_town, "north") == before
    assert open_town.shows("south", "MUG") == 4


def test_orders_read_long_ago_are_read_again_before_a_push(open_town: Town) -> None:
    open_town.shops["south"].place("S1", {"MUG": 2})
    open_town.run("push", only="south")
    assert open_town.level("MUG") == (10, 2)


# ---------------------------------------------------------------- a marketplace's rule on repeats


@pytest.fixture
def patient_town(open_town: Town) -> Town:
    """The northern shop takes a number for one listing every thirty seconds, no sooner."""
    north = open_town.shops["north"]
    north.traits = replace(MEMORY_TRAITS, push_interval_s=30.0)
    open_town.count("MUG", 8)
    open_town.run("push")
    assert sent(open_town, "north")[-1] == ("MUG", 8)
    return open_town


def test_a_number_that_is_due_within_the_run_is_waited_for(patient_town: Town) -> None:
    pushed_at = patient_town.clock.moment
    patient_town.count("MUG", 6)
    patient_town.run("push")
    assert patient_town.clock.moment >= pushed_at + timedelta(seconds=30)
    assert sent(patient_town, "north")[-1] == ("MUG", 6)
    assert patient_town.results["north"].counts.get("pending", 0) == 0


def test_each_number_is_waited_for_until_it_may_be_sent(patient_town: Town) -> None:
    """Two that were sent at different times: the later one is not sent with the first."""
    patient_town.clock.move(seconds=12)
    patient_town.count("CUP", 8)
    patient_town.run("push")
    pushed_at = patient_town.clock.moment
    patient_town.count("MUG", 6)
    patient_town.count("CUP", 6)
    patient_town.run("push")
    assert patient_town.clock.moment >= pushed_at + timedelta(seconds=30)
    assert {("MUG", 6), ("CUP", 6)} <= set(sent(patient_town, "north"))


@pytest.mark.parametrize(("longer", "waits"), [({}, True), ({"microseconds": -1}, False)])
def test_a_number_is_waited_for_as_long_as_the_configuration_says(
    open_town: Town, longer: dict[str, float], waits: bool
) -> None:
    open_town.clock = StoppedClock()
    open_town.clock.move(hours=1)
    open_town.shops["north"].traits = replace(MEMORY_TRAITS, push_interval_s=30.0)
    wait = timedelta(seconds=30) + timedelta(**longer)
    open_town.config = replace(open_town.config, push_wait=wait)
    for quantity in (8, 6):
        open_town.count("MUG", quantity)
        open_town.run("push")
    assert open_town.shows("north", "MUG") == (6 if waits else 8)


def test_what_is_to_be_raised_by_then_is_not_sent_with_what_was_waited_for(
    patient_town: Town,
) -> None:
    """It has its own turn, after the others were lowered and all orders read."""
    batches: list[list[str]] = []

    class Batched(Memory):
        async def push(self, updates: Sequence[StockUpdate]) -> tuple[PushOutcome, ...]:
            batches.append([update.key.offer_id for update in updates])
            return await super().push(updates)

    patient_town.adapters["north"] = Batched
    sleep = patient_town.clock.sleep

    async def somebody_counts(seconds: float) -> None:
        await sleep(seconds)
        if patient_town.level("CUP") != (12, 0):
            patient_town.count("CUP", 12)

    patient_town.clock.sleep = somebody_counts  # type: ignore[method-assign]
    patient_town.count("MUG", 6)
    patient_town.run("push")
    assert batches == [["MUG"], ["CUP"]]


@pytest.mark.parametrize("because", ["of the time", "another run waits"])
def test_a_number_that_is_due_later_waits_for_the_next_run(
    patient_town: Town, because: str
) -> None:
    if because == "another run waits":
        patient_town.is_wanted = True
    else:
        patient_town.config = replace(patient_town.config, push_wait=timedelta(seconds=5))
    patient_town.count("MUG", 6)
    before, moment = sent(patient_town, "north"), patient_town.clock.moment
    patient_town.run("push")
    assert sent(patient_town, "north") == before
    assert patient_town.clock.moment < moment + timedelta(seconds=5)
    assert patient_town.shows("south", "MUG") == 6
    assert patient_town.results["north"].counts["pending"] == 1
    assert any("1 listing waits" in note for note in patient_town.results["north"].notes)
    patient_town.clock.move(seconds=30)
    patient_town.run("push")
    assert patient_town.shows("north", "MUG") == 6


def test_after_a_wait_orders_are_read_before_the_number_leaves(patient_town: Town) -> None:
    """Bought while the run waited: the number would give the unit back to buyers."""
    south = patient_town.shops["south"]
    sleep = patient_town.clock.sleep

    async def somebody_buys(seconds: float) -> None:
        await sleep(seconds)
        if "N1" not in patient_town.shops["north"].orders:
            patient_town.shops["north"].place("N1", {"MUG": 5})

    patient_town.clock.sleep = somebody_buys  # type: ignore[method-assign]
    patient_town.count("MUG", 6)
    patient_town.run("push")
    assert ("MUG", 6) not in sent(patient_town, "north")
    assert patient_town.shows("north", "MUG") == 1
    patient_town.run("push")
    assert south.free["MUG", "1"] == 1


def test_a_refused_listing_is_not_told_as_waiting_for_the_limit(open_town: Town) -> None:
    open_town.shops["north"].refuses["MUG"] = ("NOT_FOUND", "no such product")
    open_town.count("MUG", 7)
    open_town.run("push")
    open_town.run("push")
    assert open_town.results["north"].counts.get("pending", 0) == 0


# ---------------------------------------------------------------- many falling to zero


@contextmanager
def wide(folder: Path, policy: str = "share", *, listings: int = MANY) -> Iterator[Town]:
    """Two accounts that offer many listings; nothing is counted yet."""
    accounts = [
        Account(name, "ozon", (WarehouseLink("1", "main"),), policy=StockPolicy(policy=policy))
        for name in ("north", "south")
    ]
    with founded(folder, *accounts) as town:
        for shop in town.shops.values():
            for n in range(listings):
                shop.offer(f"W{n:02}")
            shop.page_size = 100
        town.run("catalog")
        yield town


def skus(count: int) -> list[str]:
    return [f"W{n:02}" for n in range(count)]


def counted(town: Town, quantity: int, among: Sequence[str]) -> None:
    with town.store.transaction():
        for sku in among:
            town.count(sku, quantity)


def rounds(town: Town, number: int, **options: object) -> None:
    for _ in range(number):
        town.clock.move(minutes=3)
        town.run("sync", **options)


def is_stopped(town: Town, account: str = "north") -> bool:
    error = town.results[account].error
    return error is not None and error.kind == "blast_guard"


@pytest.fixture
def wide_town(tmp_path: Path) -> Iterator[Town]:
    """Forty listings of five each, shown by both accounts."""
    with wide(tmp_path) as town:
        counted(town, 5, skus(MANY))
        rounds(town, 1)
        town.clock.move(hours=1)
        yield town


@pytest.mark.parametrize("policy", ["split", "adaptive", "priority"])
def test_divided_accounts_are_guarded_from_falling_to_zero_too(tmp_path: Path, policy: str) -> None:
    with wide(tmp_path, policy) as town:
        counted(town, 6, skus(MANY))
        rounds(town, 6)
        before = [dict(shop.free) for shop in town.shops.values()]
        assert all(n > 0 for free in before for n in free.values())
        counted(town, 0, skus(FALLING))
        rounds(town, 2)
        assert is_stopped(town, "north")
        assert is_stopped(town, "south")
        assert [dict(shop.free) for shop in town.shops.values()] == before
        town.run("push", yes=True)
        assert all(town.shows("north", sku) == 0 for sku in skus(FALLING))


def test_a_window_that_is_given_nothing_because_others_have_the_units_is_no_accident(
    tmp_path: Path,
) -> None:
    """One unit each, shown by two: from now on by one."""
    with wide(tmp_path) as town:
        counted(town, 1, skus(MANY))
        rounds(town, 1)
        divided = tuple(
            replace(a, policy=StockPolicy(policy="split")) for a in town.config.accounts
        )
        town.config = replace(town.config, accounts=divided)
        rounds(town, 6)
        assert all(result.ok for result in town.results.values())
        shown = [sum(town.shows(a, sku) or 0 for a in town.shops) for sku in skus(MANY)]
        assert shown == [1] * MANY


def test_what_is_closed_is_emptied_whatever_it_is(wide_town: Town) -> None:
    wide_town.run("close", only="north")
    assert not is_stopped(wide_town)
    assert {wide_town.shows("north", sku) for sku in skus(MANY)} == {0}


def test_orders_of_before_the_last_push_explain_no_fall_after_it(wide_town: Town) -> None:
    for n, sku in enumerate(skus(FALLING)):
        wide_town.shops["south"].place(f"S{n}", {sku: 5})
    rounds(wide_town, 1)
    assert not is_stopped(wide_town)
    counted(wide_town, 10, skus(FALLING))
    rounds(wide_town, 1)
    assert wide_town.shows("north", "W00") == 5
    wide_town.clock.move(hours=1)
    counted(wide_town, 5, skus(FALLING))
    wide_town.run("push")
    assert is_stopped(wide_town)
    assert wide_town.shows("north", "W00") == 5


def test_what_was_sold_and_shipped_between_two_pushes_explains_a_fall(wide_town: Town) -> None:
    south = wide_town.shops["south"]
    for n, sku in enumerate(skus(FALLING)):
        south.place(f"S{n}", {sku: 5})
        south.change(f"S{n}", Step.SHIPPED)
    wide_town.run("push")
    assert not is_stopped(wide_town)
    assert wide_town.shows("north", "W00") == 0


def test_one_unit_sold_explains_no_fall_of_packs(wide_town: Town) -> None:
    for sku in skus(FALLING):
        now = wide_town.clock.now()
        for account in ("north", "south"):
            link_listing(wide_town.store, account, sku, [(sku, 2)], now=now)
    rounds(wide_town, 1)
    assert wide_town.shows("north", "W00") == 2
    wide_town.clock.move(hours=1)
    for n, sku in enumerate(skus(FALLING)):
        wide_town.shops["south"].place(f"S{n}", {sku: 1})
    counted(wide_town, 2, skus(FALLING))
    wide_town.run("push")
    assert is_stopped(wide_town)
    assert wide_town.shows("north", "W00") == 2


def test_what_is_stopped_stops_neither_what_was_sold_out_nor_what_is_lowered(
    wide_town: Town,
) -> None:
    wide_town.shops["south"].place("S1", {"W38": 5})
    counted(wide_town, 0, skus(FALLING))
    counted(wide_town, 4, ["W39"])
    wide_town.run("push")
    assert is_stopped(wide_town)
    assert [wide_town.shows("north", sku) for sku in ("W00", "W38", "W39")] == [5, 0, 4]


def test_what_is_stopped_stops_no_second_look_at_orders(wide_town: Town) -> None:
    """Somebody buys while the rest of the push is on its way: the number sent gave it back."""

    class Beset(Memory):
        async def push(self, updates: Sequence[StockUpdate]) -> tuple[PushOutcome, ...]:
            if "N1" not in self.shop.orders:
                self.shop.place("N1", {"W39": 1})
            return await super().push(updates)

    wide_town.adapters["north"] = Beset
    counted(wide_town, 0, skus(FALLING))
    counted(wide_town, 4, ["W39"])
    wide_town.run("push")
    assert is_stopped(wide_town)
    assert wide_town.shows("north", "W39") == 3


@pytest.mark.parametrize(("falling", "stopped"), [(9, False), (10, True)])
def test_the_guard_stops_from_so_many_listings_on(
    wide_town: Town, falling: int, stopped: bool
) -> None:
    counted(wide_town, 0, skus(falling))
    wide_town.run("push")
    assert is_stopped(wide_town) is stopped
    assert wide_town.shows("north", "W00") == (5 if stopped else 0)


@pytest.mark.parametrize(("listings", "stopped"), [(60, False), (50, False), (49, True)])
def test_the_guard_counts_listings_of_which_it_is_not_known_what_they_show(
    tmp_path: Path, listings: int, stopped: bool
) -> None:
    """After a restored backup nothing is believed; what was sent last tells how many are live."""
    with wide(tmp_path, listings=listings) as town:
        counted(town, 5, skus(listings))
        rounds(town, 1)
        town.clock.move(hours=1)
        with town.store.transaction():
            for row in town.store.connection.execute(
                "SELECT listing_id FROM listing_stock"
            ).fetchall():
                town.store.beliefs.forget((row[0], "1"))
        counted(town, 0, skus(10))
        town.run("push")
        assert is_stopped(town) is stopped
