"""What a marketplace answers to numbers: later, no, only half of it; and what happens meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from cloudstock.domain.records import PushOutcome, Step, StockUpdate, Verdict
from cloudstock.errors import RequestRefused, Unreachable
from cloudstock.store.times import from_iso
from tests.acting import unlink_listing
from tests.jobs.town import Town
from tests.memory import MEMORY_TRAITS, Memory, MemoryShop


def answering(answer: Callable[[MemoryShop, StockUpdate], PushOutcome | None]) -> type[Memory]:
    """Return an adapter that takes nothing and answers each item so; None: it leaves it out."""

    class Answering(Memory):
        async def push(self, updates: Sequence[StockUpdate]) -> tuple[PushOutcome, ...]:
            self._fault("push")
            answers = [(u, answer(self.shop, u)) for u in updates]
            self.shop.pushes += [(u.key.external_id, "1", u.quantity) for u, _ in answers]
            return tuple(outcome for _, outcome in answers if outcome is not None)

    return Answering


def later(retry_after_s: float | None) -> Callable[[MemoryShop, StockUpdate], PushOutcome]:
    def answer(_: MemoryShop, update: StockUpdate) -> PushOutcome:
        return PushOutcome(update, Verdict.LATER, "BUSY", "wait", retry_after_s)

    return answer


def due_in(town: Town, account: str, sku: str) -> float | None:
    """In how many seconds from now a listing may be sent again."""
    due = town.store.connection.execute(
        "SELECT s.due_at FROM listing_stock s JOIN listing l ON l.id = s.listing_id"
        " JOIN account a ON a.id = l.account_id WHERE a.name = ? AND l.offer_id = ?",
        (account, sku),
    ).fetchone()[0]
    return None if due is None else (from_iso(due) - town.clock.moment).total_seconds()


# ---------------------------------------------------------------- an item the answer forgot


def test_an_item_that_the_answer_forgot_is_not_taken_for_accepted(open_town: Town) -> None:
    def forgetful(shop: MemoryShop, update: StockUpdate) -> PushOutcome | None:
        if update.key.external_id == "MUG":
            return None
        shop.free[update.key.external_id, "1"] = update.quantity
        return PushOutcome(update, Verdict.ACCEPTED)

    open_town.adapters["north"] = answering(forgetful)
    for sku in ("MUG", "CUP"):
        open_town.count(sku, 7)
    open_town.run("push")
    counts = open_town.results["north"].counts
    assert counts["pushed"] == 1
    assert counts["unknown_pushes"] >= 1
    assert counts.get("refused", 0) == 0
    assert open_town.believed("north", "MUG") == (7, 10)
    assert open_town.believed("north", "CUP") == (7, 7)
    del open_town.adapters["north"]
    open_town.run("push")
    assert open_town.shows("north", "MUG") == 7
    assert open_town.believed("north", "MUG") == (7, 7)


# ---------------------------------------------------------------- later


@pytest.mark.parametrize(
    ("interval_s", "told_s", "wait_s"),
    [
        (0.0, None, 30.0),
        (120.0, None, 120.0),
        (0.0, 7.0, 7.0),
        (120.0, 7.0, 7.0),
        (120.0, 0.0, 0.0),
    ],
)
def test_later_waits_as_told_else_as_the_marketplaces_rule_on_repeats(
    open_town: Town, interval_s: float, told_s: float | None, wait_s: float
) -> None:
    north = open_town.shops["north"]
    north.traits = replace(MEMORY_TRAITS, push_interval_s=interval_s)
    open_town.config = replace(open_town.config, push_wait=timedelta())
    open_town.adapters["north"] = answering(later(told_s))
    open_town.count("MUG", 7)
    open_town.run("push")
    due = due_in(open_town, "north", "MUG")
    assert due is not None
    assert due == pytest.approx(wait_s, abs=0.1)
    assert open_town.results["north"].counts["later"] >= 1
    # Nobody refused it: it is sent as soon as it may be.
    refused = "SELECT count(*) FROM listing_stock WHERE refused_at IS NOT NULL OR refusals > 0"
    assert open_town.store.connection.execute(refused).fetchone()[0] == 0


@pytest.mark.parametrize("interval_s", [0.0, 120.0])
def test_a_number_of_which_nothing_was_told_waits_for_the_rule_on_repeats_too(
    open_town: Town, interval_s: float
) -> None:
    """It may have been taken."""
    north = open_town.shops["north"]
    north.traits = replace(MEMORY_TRAITS, push_interval_s=interval_s)
    open_town.config = replace(open_town.config, push_wait=timedelta())
    open_town.adapters["north"] = answering(lambda _shop, _update: None)
    open_town.count("MUG", 7)
    open_town.run("push")
    due = due_in(open_town, "north", "MUG")
    assert due == (pytest.approx(interval_s, abs=0.1) if interval_s else None)


NOT_TAKEN: dict[str, Callable[[MemoryShop, StockUpdate], PushOutcome]] = {
    "later": later(600.0),
    "refused": lambda _, u: PushOutcome(u, Verdict.REFUSED, "NO", "no"),
}


@pytest.mark.parametrize("verdict", NOT_TAKEN)
def test_a_number_not_taken_leaves_what_was_shown_before(open_town: Town, verdict: str) -> None:
    open_town.adapters["north"] = answering(NOT_TAKEN[verdict])
    open_town.count("MUG", 7)
    open_town.run("push")
    assert open_town.believed("north", "MUG") == (10, 10)


@pytest.mark.parametrize("verdict", NOT_TAKEN)
@pytest.mark.parametrize("happens", ["sale", "cancellation"])
def test_a_number_not_taken_leaves_that_less_what_happened_while_it_was_on_its_way(
    open_town: Town, verdict: str, happens: str
) -> None:
    """Another run reads orders between a push and its answer, as `poll-orders` beside it may."""
    shop = open_town.shops["north"]
    if happens == "cancellation":
        shop.place("N1", {"MUG": 2})
        open_town.run("sync")
        open_town.clock.move(minutes=10)
    shown = open_town.shows("north", "MUG")
    assert shown is not None
    inner = NOT_TAKEN[verdict]

    def meanwhile(_: MemoryShop, update: StockUpdate) -> PushOutcome:
        if happens == "sale":
            shop.place("N1", {"MUG": 2})
        else:
            shop.gives_back = True
            shop.change("N1", Step.CANCELLED)
        return inner(shop, update)

    class AndRead(answering(meanwhile)):  # type: ignore[misc]
        async def push(self, updates: Sequence[StockUpdate]) -> tuple[PushOutcome, ...]:
            outcomes: tuple[PushOutcome, ...] = await super().push(updates)
            adapters = dict(town.adapters)
            town.adapters.clear()
            await town._run("orders", "north", {})
            town.adapters.update(adapters)
            return outcomes

    town = open_town
    town.adapters["north"] = AndRead
    town.count("MUG", 5)
    town.run("push")
    now_shown = shop.free["MUG", "1"]
    assert now_shown == (8 if happens == "sale" else 10)
    # Nobody knows whether it happened before the number came or after it.
    assert town.believed("north", "MUG") == (8, 10)


def test_a_sale_told_beside_an_accepted_number_widens_what_is_believed(open_town: Town) -> None:
    """Whether the number was shown before the sale or after it, nobody can tell."""
    shop, town = open_town.shops["north"], open_town

    class AndRead(Memory):
        async def push(self, updates: Sequence[StockUpdate]) -> tuple[PushOutcome, ...]:
            outcomes = await super().push(updates)
            if "N1" not in shop.orders:
                shop.place("N1", {"MUG": 2})
                adapters = dict(town.adapters)
                town.adapters.clear()
                await town._run("orders", "north", {})
                town.adapters.update(adapters)
                shop.faults["push"] = [Unreachable("north: no answer")]
            return outcomes

    town.adapters["north"] = AndRead
    town.count("MUG", 5)
    town.run("push")
    assert shop.free["MUG", "1"] == 3
    assert town.believed("north", "MUG") == (3, 5)


# ---------------------------------------------------------------- no


def test_a_refused_listing_is_tried_again_ever_more_rarely_and_once_a_day_at_least(
    open_town: Town,
) -> None:
    north = open_town.shops["north"]
    north.refuses["MUG"] = ("NO", "no")
    open_town.count("MUG", 7)
    waits = []
    for _ in range(9):
        open_town.run("push")
        wait = due_in(open_town, "north", "MUG")
        assert wait is not None
        waits.append(round(wait / 60))
        open_town.clock.move(minutes=waits[-1] + 1)
    assert waits == [30, 60, 120, 240, 480, 960, 1440, 1440, 1440]
    north.refuses.clear()
    open_town.run("push")
    assert open_town.shows("north", "MUG") == 7
    # Taken once, it begins anew.
    north.refuses["MUG"] = ("NO", "no")
    open_town.count("MUG", 6)
    open_town.run("push")
    wait = due_in(open_town, "north", "MUG")
    assert wait is not None
    assert round(wait / 60) == 30


def test_what_was_refused_once_and_then_taken_is_no_trouble_any_more(open_town: Town) -> None:
    north = open_town.shops["north"]
    north.refuses["MUG"] = ("NO", "no")
    open_town.count("MUG", 7)
    open_town.run("push")
    north.refuses.clear()
    open_town.clock.move(hours=1)
    open_town.run("push")
    refused = (
        "SELECT count(*) FROM listing_stock"
        " WHERE refused_at IS NOT NULL OR refused_code IS NOT NULL"
    )
    assert open_town.store.connection.execute(refused).fetchone()[0] == 0


# ---------------------------------------------------------------- one batch of several


@pytest.fixture
def batches(open_town: Town) -> Town:
    """The northern shop takes one listing at a time; all three are to be lowered."""
    open_town.shops["north"].traits = replace(MEMORY_TRAITS, push_batch=1)
    for sku in ("MUG", "CUP", "POT"):
        open_town.count(sku, 3)
    return open_town


def test_a_batch_refused_as_a_whole_is_told_and_the_others_are_sent(batches: Town) -> None:
    north = batches.shops["north"]
    first = RequestRefused("north: the first reason", status=400)
    second = RequestRefused("north: the second reason", status=400)
    north.faults["push"] = [first, None, second]
    batches.run("push")
    shown = sorted(north.free[sku, "1"] for sku in ("MUG", "CUP", "POT"))
    assert shown == [3, 10, 10]
    error = batches.results["north"].error
    assert error is not None
    assert "the first reason" in error.message
    left_open = "SELECT count(*) FROM listing_stock WHERE push_id IS NOT NULL"
    assert batches.store.connection.execute(left_open).fetchone()[0] == 2
    batches.run("push")
    assert [north.free[sku, "1"] for sku in ("MUG", "CUP", "POT")] == [3, 3, 3]


def test_every_answer_is_written_down_the_last_one_too(batches: Town) -> None:
    batches.run("push")
    verdicts = batches.store.connection.execute(
        "SELECT verdict, count(*) FROM push GROUP BY verdict"
    ).fetchall()
    assert [tuple(r) for r in verdicts] == [("accepted", 12)]


def test_what_fell_while_a_batch_was_on_its_way_leaves_with_what_it_is_now(batches: Town) -> None:
    """A number is made when it leaves: somebody counts while the batch before it is sent."""
    town, left = batches, ["CUP", "MUG", "POT"]

    class Counting(Memory):
        async def push(self, updates: Sequence[StockUpdate]) -> tuple[PushOutcome, ...]:
            left.remove(updates[0].key.external_id)
            for sku in left:
                town.count(sku, 1)
            return await super().push(updates)

    before = len(town.shops["north"].pushes)
    town.adapters["north"] = Counting
    town.run("push", only="north")
    assert [n for _, _, n in town.shops["north"].pushes[before:]] == [3, 1, 1]


def test_what_rose_while_a_batch_was_on_its_way_leaves_as_it_was_decided(batches: Town) -> None:
    town = batches

    class Counting(Memory):
        async def push(self, updates: Sequence[StockUpdate]) -> tuple[PushOutcome, ...]:
            for sku in ("CUP", "MUG", "POT"):
                town.count(sku, 20)
            return await super().push(updates)

    before = len(town.shops["north"].pushes)
    town.adapters["north"] = Counting
    town.shops["north"].faults["push"] = [None, None, None, Unreachable("enough")]
    town.run("push", only="north")
    assert [n for _, _, n in town.shops["north"].pushes[before:]] == [3, 3, 3]


def test_what_nobody_wants_sent_any_more_is_not_sent(batches: Town) -> None:
    town = batches

    class Unlinking(Memory):
        async def push(self, updates: Sequence[StockUpdate]) -> tuple[PushOutcome, ...]:
            for sku in {"CUP", "MUG", "POT"} - {updates[0].key.external_id}:
                unlink_listing(town.store, "north", sku, now=town.clock.now(), leave=True)
            return await super().push(updates)

    before = len(town.shops["north"].pushes)
    town.adapters["north"] = Unlinking
    town.run("push", only="north")
    assert len(town.shops["north"].pushes) == before + 1
    assert town.results["north"].ok
