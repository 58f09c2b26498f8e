"""Returns that change their papers, come twice, early or late: each unit comes back once."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from cloudstock.domain.asking import UNDECIDED_DAYS
from cloudstock.domain.moments import DAY, EXACT
from cloudstock.domain.records import OrderRef, Return, ReturnStep, Step, TimeRange
from cloudstock.errors import UsageProblem
from cloudstock.marketplaces.base import Page
from cloudstock.store.times import from_iso
from tests.acting import link_listing, receive_return, unlink_listing
from tests.builders import lying
from tests.jobs.town import StoppedClock, Town
from tests.memory import MEMORY_TRAITS, Memory


@pytest.fixture
def sold(open_town: Town) -> Town:
    """Three mugs have left the northern shop by order N1, and an hour has passed."""
    shop = open_town.shops["north"]
    shop.place("N1", {"MUG": 3})
    shop.change("N1", Step.SHIPPED)
    open_town.run("sync")
    open_town.clock.move(hours=1)
    return open_town


def bring(town: Town, return_id: str = "R1", quantity: int = 1, **also: object) -> None:
    """A return is handed over, told as said."""
    shop = town.shops["north"]
    shop.send_back(return_id, "N1", "MUG", quantity)
    shop.hand_over(return_id)
    tell(town, return_id, **also)


def tell(town: Town, return_id: str = "R1", **also: object) -> None:
    shop = town.shops["north"]
    shop.returns[return_id] = replace(shop.returns[return_id], **also)  # type: ignore[arg-type]


def poll(town: Town) -> None:
    town.clock.move(minutes=5)
    town.run("returns")


def waits(town: Town, sku: str = "MUG") -> int:
    return lying(town.store, sku, "quarantine")


def restocking(town: Town) -> None:
    accounts = tuple(replace(a, returns="restock") for a in town.config.accounts)
    town.config = replace(town.config, accounts=accounts)


# ---------------------------------------------------------------- papers that change


@pytest.mark.parametrize("quantity", [0, 1])
def test_what_came_stays_though_its_paper_says_less_afterwards(sold: Town, quantity: int) -> None:
    bring(sold, quantity=2)
    poll(sold)
    assert waits(sold) == 2
    tell(sold, quantity=quantity)
    poll(sold)
    assert waits(sold) == 2
    tell(sold, quantity=3)
    poll(sold)
    assert waits(sold) == 3


def test_what_a_paper_forgets_the_book_remembers(sold: Town) -> None:
    """Read first with its order and article, then with neither; then it arrives."""
    sold.shops["north"].send_back("R1", "N1", "MUG", 2)
    poll(sold)
    sold.shops["north"].hand_over("R1")
    tell(sold, order_id=None, listing_keys=(), offer_id="")
    poll(sold)
    assert waits(sold) == 2
    (order_id,) = sold.store.connection.execute("SELECT order_id FROM returns").fetchone()
    assert order_id == "N1"


def test_a_return_is_of_the_listing_it_was_first_known_by(sold: Town) -> None:
    sold.shops["north"].send_back("R1", "N1", "MUG", 2)
    poll(sold)
    tell(sold, listing_keys=("offer:CUP",))
    poll(sold)
    row = sold.store.connection.execute(
        "SELECT l.offer_id FROM returns r JOIN listing l ON l.id = r.listing_id"
    ).fetchone()
    assert row[0] == "MUG"
    sold.shops["north"].hand_over("R1")
    poll(sold)
    assert [waits(sold, sku) for sku in ("MUG", "CUP")] == [2, 0]


def test_a_return_of_a_listing_that_the_catalog_tells_of_later_is_booked_then(sold: Town) -> None:
    shop = sold.shops["north"]
    shop.place("N2", {"NEW": 1})
    shop.change("N2", Step.SHIPPED)
    sold.run("orders")
    bring(sold, listing_keys=("offer:NEW",), order_id="N2")
    poll(sold)
    assert sold.results["north"].counts["returns_unlinked"] == 1
    shop.offer("NEW")
    sold.run("catalog")
    poll(sold)
    assert waits(sold, "NEW") == 1


def test_when_it_came_is_kept_though_it_is_not_told_again(sold: Town) -> None:
    came_at = sold.clock.moment
    bring(sold, received_at=came_at, resolution=DAY)
    poll(sold)
    tell(sold, received_at=None, resolution=timedelta())
    poll(sold)
    (read,) = sold.store.returns.as_read(1, ["R1"])
    assert (read.received_at, read.resolution) == (came_at, DAY)


def test_when_it_came_is_what_is_told_last(sold: Town) -> None:
    first, last = sold.clock.moment, sold.clock.moment + timedelta(minutes=7)
    bring(sold, received_at=first, resolution=DAY)
    poll(sold)
    tell(sold, received_at=last, resolution=EXACT)
    poll(sold)
    (read,) = sold.store.returns.as_read(1, ["R1"])
    assert (read.received_at, read.resolution) == (last, EXACT)


@pytest.mark.parametrize("step", [ReturnStep.NEVER, ReturnStep.UNDECIDED, ReturnStep.EXPECTED])
def test_what_came_is_not_taken_away_by_another_word(sold: Town, step: ReturnStep) -> None:
    bring(sold)
    poll(sold)
    tell(sold, step=step, status="something else")
    poll(sold)
    assert waits(sold) == 1
    assert any("something else" in note for note in sold.results["north"].notes)
    tell(sold, step=ReturnStep.RECEIVED)
    poll(sold)
    assert waits(sold) == 1


def test_what_is_on_its_way_and_has_not_come_is_nothing_to_tell(sold: Town) -> None:
    unlink_listing(sold.store, "north", "CUP", now=sold.clock.now())
    for return_id, sku in (("R1", "MUG"), ("R2", "CUP")):
        sold.shops["north"].send_back(return_id, "N1", sku, 1)
    for step in (ReturnStep.EXPECTED, ReturnStep.NEVER, ReturnStep.EXPECTED):
        tell(sold, step=step)
        poll(sold)
    sold.shops["north"].hand_over("R1")
    for _ in range(2):
        poll(sold)
    assert waits(sold) == 1
    assert sold.all_notes == []


@pytest.mark.parametrize(
    ("restocked", "act"), [(True, None), (False, None), (False, "shelf"), (False, "write off")]
)
def test_what_comes_later_of_a_return_is_added_to_what_was_done_with_the_rest(
    sold: Town, restocked: bool, act: str | None
) -> None:
    if restocked:
        restocking(sold)
    bring(sold, quantity=2)
    poll(sold)
    if act is not None:
        write_off = act == "write off"
        receive_return(sold.store, "R1", quantity=1, write_off=write_off, now=sold.clock.now())
    tell(sold, quantity=3)
    poll(sold)
    (row,) = sold.store.returns.find("R1", None)
    done = {True: 3, False: int(act == "shelf")}[restocked]
    off = int(act == "write off")
    assert (row.booked, row.restocked, row.written_off) == (3, done, off)
    assert row.waiting == waits(sold) == 3 - done - off


def test_what_was_read_is_counted(sold: Town) -> None:
    shop = sold.shops["north"]
    for return_id in ("R1", "R2"):
        shop.send_back(return_id, "N1", "MUG", 1)
    tell(sold, "R2", step=ReturnStep.UNKNOWN, status="?")
    read = {"returns": 2, "returns_unknown": 1}
    for expected in ({**read, "returns_new": 2}, read):
        poll(sold)
        assert sold.results["north"].counts == expected
    tell(sold, "R2", step=ReturnStep.NEVER)
    shop.hand_over("R1")
    poll(sold)
    expected = {"returns": 2, "returns_received": 1, "movements": 1}
    assert sold.results["north"].counts == expected


# ---------------------------------------------------------------- two papers for the same units


@pytest.mark.parametrize("first", ["R1", "R2"])
def test_a_return_and_the_one_that_replaces_it_bring_their_units_once(
    sold: Town, first: str
) -> None:
    shop = sold.shops["north"]
    for return_id in ("R1", "R2"):
        shop.send_back(return_id, "N1", "MUG", 2)
    tell(sold, "R2", replaces="R1")
    poll(sold)
    shop.hand_over(first)
    poll(sold)
    assert waits(sold) == 2
    for return_id in ("R1", "R2"):
        shop.hand_over(return_id)
    poll(sold)
    assert waits(sold) == 2


def test_a_replaced_return_that_never_came_hides_nothing(sold: Town) -> None:
    shop = sold.shops["north"]
    for return_id in ("R1", "R2"):
        shop.send_back(return_id, "N1", "MUG", 2)
    tell(sold, "R2", replaces="R1")
    tell(sold, "R1", step=ReturnStep.NEVER)
    shop.hand_over("R2")
    poll(sold)
    assert waits(sold) == 2


def test_one_that_does_not_replace_another_after_all_brings_its_own_units(sold: Town) -> None:
    bring(sold, "R1", quantity=2)
    bring(sold, "R2", replaces="R1")
    poll(sold)
    assert waits(sold) == 2
    tell(sold, "R2", replaces=None)
    poll(sold)
    assert waits(sold) == 3


def test_returns_that_replace_nothing_do_not_replace_each_other(sold: Town) -> None:
    for return_id in ("R1", "R2", "R3"):
        bring(sold, return_id)
    poll(sold)
    assert waits(sold) == 3


# ---------------------------------------------------------------- what a return proves of its order


@pytest.fixture
def cancelled(open_town: Town) -> Town:
    """An order of two mugs that the book saw cancelled on the shelf."""
    shop = open_town.shops["north"]
    shop.place("N1", {"MUG": 2})
    shop.change("N1", Step.CANCELLED)
    open_town.run("orders")
    open_town.clock.move(hours=1)
    shop.send_back("R1", "N1", "MUG", 2)
    return open_town


@pytest.mark.parametrize(
    ("step", "left"),
    [
        (ReturnStep.EXPECTED, True),
        (ReturnStep.UNDECIDED, True),
        (ReturnStep.RECEIVED, True),
        # Lost, or void: perhaps it never left.
        (ReturnStep.NEVER, False),
    ],
)
@pytest.mark.parametrize("jobs", [("returns", "orders"), ("returns", "orders", "returns")])
def test_a_return_proves_that_its_order_left_unless_it_is_void(
    cancelled: Town, step: ReturnStep, left: bool, jobs: tuple[str, ...]
) -> None:
    tell(cancelled, step=step)
    for job in jobs:
        cancelled.clock.move(minutes=1)
        cancelled.run(job)
    assert cancelled.level("MUG") == ((8 if left else 10), 0)


@pytest.mark.parametrize(
    ("step", "left"),
    [
        (ReturnStep.EXPECTED, True),
        (ReturnStep.UNDECIDED, True),
        (ReturnStep.RECEIVED, True),
        (ReturnStep.UNKNOWN, False),
        (ReturnStep.NEVER, False),
    ],
)
def test_a_return_that_is_told_before_its_order_proves_the_same(
    cancelled: Town, step: ReturnStep, left: bool
) -> None:
    shop = cancelled.shops["north"]
    shop.place("N2", {"MUG": 3})
    shop.hidden.add("N2")
    shop.send_back("R2", "N2", "MUG", 1)
    tell(cancelled, "R2", step=step)
    poll(cancelled)
    shop.hidden.clear()
    shop.change("N2", Step.CANCELLED)
    on_hand = cancelled.level("MUG")[0] or 0
    cancelled.run("orders")
    assert cancelled.level("MUG") == (on_hand - 3 if left else on_hand, 0)


def test_an_order_of_which_no_line_is_told_proves_nothing(cancelled: Town) -> None:
    shop = cancelled.shops["north"]
    shop.place("N2", {})
    shop.change("N2", Step.CANCELLED)
    cancelled.run("orders")
    shop.send_back("R2", "N2", "MUG", 1)
    poll(cancelled)
    assert cancelled.results["north"].ok


@pytest.mark.parametrize("seen_open", [True, False])
def test_what_a_return_proves_to_have_left_had_not_when_it_was_counted(
    town: Town, seen_open: bool
) -> None:
    """If it was seen in the warehouse, it left by the time its return was made; if not, it was
    ordered while orders were watched. Returns are read for the first time."""
    shop = town.shops["north"]
    town.run("catalog")
    town.run("orders")
    town.clock.move(hours=1)
    shop.place("N1", {"MUG": 2})
    if seen_open:
        town.run("orders")
        shop.change("N1", Step.CANCELLED)
        town.clock.move(minutes=10)
    town.count("MUG", 10)
    town.clock.move(minutes=10)
    if not seen_open:
        shop.change("N1", Step.CANCELLED)
    town.run("orders")
    assert town.level("MUG") == (10, 0)
    shop.send_back("R1", "N1", "MUG", 2)
    if not seen_open:
        tell(town, created_at=None)
    poll(town)
    assert town.level("MUG") == (8, 0)


def test_a_word_that_nobody_knows_proves_nothing_to_later_readings(cancelled: Town) -> None:
    """Each reading of the order asks what its returns prove."""
    tell(cancelled, step=ReturnStep.NEVER)
    poll(cancelled)
    tell(cancelled, step=ReturnStep.UNKNOWN, status="?")
    with cancelled.store.transaction():
        cancelled.store.connection.execute("UPDATE returns SET step = 'unknown'")
    cancelled.run("orders")
    assert cancelled.level("MUG") == (10, 0)


def test_a_return_of_a_split_order_takes_nothing_off_once_more(open_town: Town) -> None:
    """Its parts have left; the whole is only a name."""
    shop = open_town.shops["north"]
    shop.place("N1", {"MUG": 2})
    shop.change("N1", Step.REPLACED)
    shop.place("N1-a", {"MUG": 2})
    shop.change("N1-a", Step.SHIPPED)
    open_town.run("orders")
    shop.send_back("R1", "N1", "MUG", 2)
    poll(open_town)
    assert open_town.level("MUG") == (8, 0)


def test_a_return_makes_no_order_count_that_does_not(open_town: Town) -> None:
    shop = open_town.shops["north"]
    order = shop.place("N1", {"MUG": 2})
    shop.orders["N1"] = replace(order, step=Step.CANCELLED, ignored="marketplace-held stock")
    open_town.run("orders")
    shop.send_back("R1", "N1", "MUG", 2)
    poll(open_town)
    assert open_town.level("MUG") == (10, 0)
    assert open_town.store.connection.execute("SELECT ignored FROM orders").fetchone()[0]


def test_a_return_of_an_order_that_is_open_still_comes_back(open_town: Town) -> None:
    """Its marketplace tells of returns sooner than of shipments."""
    shop = open_town.shops["north"]
    shop.place("N1", {"MUG": 2})
    open_town.run("orders")
    open_town.clock.move(hours=1)
    bring(open_town)
    poll(open_town)
    assert open_town.results["north"].ok
    assert waits(open_town) == 1


@pytest.mark.parametrize("keys", [(), ("offer:GHOST",)])
def test_a_return_that_names_no_product_is_not_guessed(
    open_town: Town, keys: tuple[str, ...]
) -> None:
    shop = open_town.shops["north"]
    shop.place("N1", {"MUG": 1, "CUP": 1})
    shop.place("N2", {"POT": 2})
    # The catalog does not tell of all that is sold.
    shop.place("N3", {"MUG": 1, "GHOST": 1})
    for order_id in ("N1", "N2", "N3"):
        shop.change(order_id, Step.SHIPPED)
    open_town.run("orders")
    open_town.clock.move(hours=1)
    for return_id, order_id in (("R1", "N1"), ("R2", "N2"), ("R3", "N3")):
        shop.send_back(return_id, order_id, "?", 1)
        shop.hand_over(return_id)
        tell(open_town, return_id, listing_keys=keys)
    poll(open_town)
    assert [waits(open_town, sku) for sku in ("MUG", "CUP", "POT")] == [0, 0, 1]
    assert open_town.results["north"].counts["returns_unlinked"] == 2


def test_a_return_is_of_the_first_of_its_names_that_is_known(open_town: Town) -> None:
    shop = open_town.shops["north"]
    shop.place("N1", {"MUG": 1, "CUP": 1})
    shop.change("N1", Step.SHIPPED)
    open_town.run("orders")
    open_town.clock.move(hours=1)
    bring(open_town, listing_keys=("offer:GHOST", "offer:CUP", "offer:MUG"))
    poll(open_town)
    assert [waits(open_town, sku) for sku in ("MUG", "CUP")] == [0, 1]


def test_a_return_brings_what_left_though_its_listing_is_linked_anew(open_town: Town) -> None:
    store, shop = open_town.store, open_town.shops["north"]
    link_listing(store, "north", "CUP", [("CUP", 2), ("POT", 1)], now=open_town.clock.now())
    shop.place("N1", {"CUP": 2})
    shop.change("N1", Step.SHIPPED)
    open_town.run("orders")
    link_listing(store, "north", "CUP", [("MUG", 7)], now=open_town.clock.now())
    open_town.clock.move(hours=1)
    shop.send_back("R1", "N1", "CUP", 1)
    shop.hand_over("R1")
    poll(open_town)
    assert [waits(open_town, sku) for sku in ("MUG", "CUP", "POT")] == [0, 2, 1]


# ---------------------------------------------------------------- before the book began


@pytest.fixture
def young(town: Town) -> Town:
    """Pulled at ten o'clock, MUG counted at eleven; returns were never read."""
    town.run("catalog")
    town.run("orders")
    town.clock.move(hours=1)
    town.count("MUG", 10)
    town.clock.move(hours=1)
    return town


def at(town: Town, hour: int) -> datetime:
    return town.clock.moment.replace(hour=hour, minute=30)


@pytest.mark.parametrize(("hour", "comes"), [(10, 0), (11, 1)])
def test_what_came_after_the_first_count_is_booked_by_the_first_reading(
    young: Town, hour: int, comes: int
) -> None:
    bring(young, received_at=at(young, hour))
    for _ in range(2):
        young.clock.move(minutes=1)
        young.run("sync")
    assert waits(young) == comes


def test_what_came_after_the_first_reading_is_booked_though_the_product_is_counted_later(
    town: Town,
) -> None:
    town.run("sync")
    town.clock.move(hours=2)
    bring(town, received_at=at(town, 10))
    town.clock.move(hours=1)
    town.count("MUG", 10)
    for _ in range(2):
        town.clock.move(minutes=1)
        town.run("sync")
    assert waits(town) == 1


def test_what_came_at_the_very_time_of_the_first_count_is_taken_to_be_in_it_and_told(
    young: Town,
) -> None:
    young.run("orders")
    bring(young, order_id=None, received_at=young.clock.moment.replace(hour=11, microsecond=0))
    young.run("returns")
    assert waits(young) == 0
    (note,) = young.results["north"].notes
    assert "return R1 came at the very time" in note


@pytest.mark.parametrize("first", [True, False])
def test_what_came_nobody_tells_when_is_told_unless_nobody_looked_then(
    young: Town, first: bool
) -> None:
    if not first:
        young.run("returns")
    shop = young.shops["north"]
    shop.place("N1", {"MUG": 1})
    young.run("orders")
    bring(young, received_at=None, created_at=at(young, 10))
    poll(young)
    assert waits(young) == 0
    result = young.results["north"]
    assert result.counts.get("returns_doubtful", 0) == len(result.notes) == int(not first)


def test_what_was_history_stays_so_whatever_is_told_of_it_later(young: Town) -> None:
    bring(young, received_at=at(young, 10))
    for _ in range(2):
        young.clock.move(minutes=1)
        young.run("sync")
    for also in (
        {"received_at": None},
        {"received_at": at(young, 11)},
        {"quantity": 2},
        {"step": ReturnStep.EXPECTED},
        {"step": ReturnStep.RECEIVED},
    ):
        tell(young, **also)
        poll(young)
        assert waits(young) == 0
    with pytest.raises(UsageProblem, match="before the database was begun"):
        receive_return(young.store, "R1", now=young.clock.now())


# ---------------------------------------------------------------- back on sale at once


def test_where_returns_go_back_on_sale_at_once_nothing_waits(sold: Town) -> None:
    restocking(sold)
    bring(sold, quantity=2)
    poll(sold)
    assert sold.level("MUG") == (9, 0)
    assert waits(sold) == 0
    with pytest.raises(UsageProblem, match="is done: 2 put back on sale"):
        receive_return(sold.store, "R1", now=sold.clock.now())


@pytest.mark.parametrize("at_once", [True, False])
def test_what_comes_back_goes_where_it_was_sold_from(open_town: Town, at_once: bool) -> None:
    north = open_town.feed_north({"1": "main", "2": "attic"})
    open_town.run("sync")
    open_town.count("MUG", 4, "attic")
    open_town.clock.move(minutes=5)
    north.place("N1", {"MUG": 2}, warehouse="2")
    north.change("N1", Step.SHIPPED)
    open_town.run("orders")
    assert open_town.level("MUG", "attic") == (2, 0)
    if at_once:
        restocking(open_town)
    bring(open_town)
    # Of an order that nobody knows: where the account sells from first.
    north.send_back("R2", "of long ago", "MUG", 1)
    north.hand_over("R2")
    for _ in range(2):
        poll(open_town)
        open_town.run("orders")
    if not at_once:
        assert waits(open_town) == 2
        for return_id in ("R1", "R2"):
            receive_return(open_town.store, return_id, now=open_town.clock.now())
    assert [open_town.level("MUG", w) for w in ("main", "attic")] == [(11, 0), (3, 0)]


def test_what_is_told_to_be_unfit_for_sale_is_looked_at_first(sold: Town) -> None:
    restocking(sold)
    bring(sold, quantity=2, condition="DEFECT")
    poll(sold)
    assert sold.level("MUG") == (7, 0)
    assert waits(sold) == 2


def test_a_count_after_the_units_came_has_found_them(sold: Town) -> None:
    restocking(sold)
    bring(sold, quantity=2)
    sold.clock.move(minutes=1)
    sold.count("MUG", 9)
    poll(sold)
    assert sold.level("MUG") == (9, 0)
    assert sold.results["north"].counts.get("returns_doubtful", 0) == 0


def test_a_count_at_the_very_time_is_taken_to_have_found_them_and_that_is_said(
    sold: Town,
) -> None:
    restocking(sold)
    sold.clock.moment = sold.clock.moment.replace(microsecond=400_000)
    bring(sold, quantity=2, received_at=sold.clock.moment.replace(microsecond=0))
    sold.count("MUG", 9)
    poll(sold)
    assert sold.level("MUG") == (9, 0)
    assert any("2 of MUG came back" in note for note in sold.results["north"].notes)


def test_what_comes_while_it_is_watched_came_when_it_is_told(sold: Town) -> None:
    came_at = sold.clock.moment
    bring(sold, received_at=came_at)
    poll(sold)
    (moved,) = sold.store.connection.execute(
        "SELECT happened_at FROM movement WHERE kind = 'return'"
    )
    assert from_iso(moved[0]) == came_at


@pytest.mark.parametrize(
    ("counted_after_s", "changed_after_s", "on_hand", "doubtful"),
    [
        # Before it was last seen on its way: the count has not found it.
        (-60, 600, 9, 0),
        # Between that and what nobody told, or the last change: it may have.
        (60, None, 7, 1),
        (60, 600, 7, 1),
        # After the last change: it has.
        (700, 600, 7, 0),
    ],
)
def test_what_came_at_an_hour_that_nobody_told_came_since_it_was_last_seen_on_its_way(
    sold: Town, counted_after_s: float, changed_after_s: float | None, on_hand: int, doubtful: int
) -> None:
    restocking(sold)
    sold.shops["north"].send_back("R1", "N1", "MUG", 2)
    poll(sold)
    sold.clock.move(minutes=10)
    seen_at = sold.clock.moment + timedelta(minutes=2)
    sold.clock.moment = seen_at
    if counted_after_s < 0:
        sold.clock.move(seconds=counted_after_s)
        sold.count("MUG", 7)
        sold.clock.moment = seen_at
    poll(sold)
    if counted_after_s > 0:
        sold.clock.move(seconds=counted_after_s)
        sold.count("MUG", 7)
    sold.clock.moment = seen_at + timedelta(minutes=20)
    sold.shops["north"].hand_over("R1")
    changed_at = None if changed_after_s is None else seen_at + timedelta(seconds=changed_after_s)
    tell(sold, received_at=None, changed_at=changed_at)
    for _ in range(2):
        poll(sold)
        assert sold.level("MUG") == (on_hand, 0)
    assert sold.results["north"].counts.get("returns_doubtful", 0) == 0
    notes = sum("came back with return R1 between" in note for note in sold.all_notes)
    assert notes == doubtful


def test_a_time_in_the_future_is_no_later_than_now(sold: Town) -> None:
    restocking(sold)
    bring(sold, quantity=2, received_at=sold.clock.moment + timedelta(days=2))
    poll(sold)
    assert sold.level("MUG") == (9, 0)
    sold.clock.move(days=1)
    (happened_at,) = sold.store.connection.execute(
        "SELECT happened_at FROM movement WHERE kind = 'return'"
    ).fetchone()
    assert happened_at < "2026-11-23T12"


# ---------------------------------------------------------------- what waits for a link or an order


def test_what_came_unlinked_is_booked_by_the_next_run_after_it_is_linked(sold: Town) -> None:
    """Also where the marketplace may not be asked again yet."""
    shop = sold.shops["north"]
    shop.traits = replace(MEMORY_TRAITS, returns_interval_s=60.0)
    unlink_listing(sold.store, "north", "CUP", now=sold.clock.now())
    shop.send_back("R1", "N1", "CUP", 1)
    shop.hand_over("R1")
    sold.run("returns")
    assert sold.results["north"].counts["returns_unlinked"] == 1
    (note,) = sold.results["north"].notes
    assert "link them, see `cloudstock show-returns`" in note
    link_listing(sold.store, "north", "CUP", [("CUP", 1)], now=sold.clock.now())
    asked = len(shop.asked_again)
    sold.run("returns")
    assert len(shop.asked_again) == asked
    # Read it was before.
    counts = {"returns_skipped": 1, "returns_received": 1, "movements": 1}
    assert sold.results["north"].counts == counts
    assert waits(sold, "CUP") == 1
    sold.run("returns")
    assert waits(sold, "CUP") == 1


def test_the_first_reading_that_found_it_tells_no_time_at_which_it_came(sold: Town) -> None:
    """It had come by then, and the count before may have found it."""
    restocking(sold)
    unlink_listing(sold.store, "north", "CUP", now=sold.clock.now())
    bring(sold)
    tell(sold, listing_keys=("offer:CUP",), received_at=None)
    sold.clock.move(minutes=5)
    sold.count("CUP", 10)
    poll(sold)
    assert sold.results["north"].counts["returns_unlinked"] == 1
    link_listing(sold.store, "north", "CUP", [("CUP", 1)], now=sold.clock.now())
    poll(sold)
    assert sold.level("CUP") == (10, 0)
    assert sold.results["north"].counts["returns_doubtful"] == 1


def test_a_time_that_was_told_once_decides_though_it_is_not_told_again(sold: Town) -> None:
    restocking(sold)
    unlink_listing(sold.store, "north", "CUP", now=sold.clock.now())
    sold.shops["north"].send_back("R1", "N1", "CUP", 1)
    sold.clock.move(minutes=5)
    sold.count("CUP", 10)
    sold.clock.move(minutes=5)
    sold.shops["north"].hand_over("R1")
    poll(sold)
    assert sold.results["north"].counts["returns_unlinked"] == 1
    link_listing(sold.store, "north", "CUP", [("CUP", 1)], now=sold.clock.now())
    tell(sold, received_at=None)
    poll(sold)
    assert sold.level("CUP") == (11, 0)


def test_a_return_waits_for_its_order_also_where_orders_were_never_read(town: Town) -> None:
    """Only its order tells from which warehouse, and as what, the units had left."""
    for job in ("catalog", "returns"):
        town.run(job)
    town.count("MUG", 10)
    town.clock.move(hours=1)
    shop = town.shops["north"]
    shop.place("N1", {"MUG": 1})
    shop.change("N1", Step.SHIPPED)
    bring(town)
    for _ in range(2):
        poll(town)
        assert town.results["north"].ok
        assert waits(town) == 0
    town.run("orders")
    poll(town)
    assert waits(town) == 1


@pytest.mark.parametrize(("after_s", "skipped"), [(59.9, 1), (60.0, 0)])
def test_returns_are_asked_for_again_once_their_pause_is_over(
    open_town: Town, after_s: float, skipped: int
) -> None:
    open_town.clock = StoppedClock()
    open_town.shops["north"].traits = replace(MEMORY_TRAITS, returns_interval_s=60.0)
    for after in (3600.0, after_s):
        open_town.clock.move(seconds=after)
        open_town.run("returns")
    assert open_town.results["north"].counts.get("returns_skipped", 0) == skipped


def test_what_came_unlinked_is_booked_though_its_marketplace_tells_of_it_no_more(
    sold: Town,
) -> None:
    unlink_listing(sold.store, "north", "CUP", now=sold.clock.now())
    bring(sold, listing_keys=("offer:CUP",))
    poll(sold)
    sold.shops["north"].returns.clear()
    link_listing(sold.store, "north", "CUP", [("CUP", 1)], now=sold.clock.now())
    poll(sold)
    assert waits(sold, "CUP") == 1


@pytest.mark.parametrize(("number", "told"), [(5, "R4, R5. If"), (6, "R4, R5, …. If")])
def test_of_many_that_are_given_up_some_are_named(sold: Town, number: int, told: str) -> None:
    for n in range(1, number + 1):
        sold.shops["north"].send_back(f"R{n}", "N1", "MUG", 1)
        tell(sold, f"R{n}", step=ReturnStep.UNDECIDED, changed_at=sold.clock.moment)
    poll(sold)
    sold.clock.move(days=UNDECIDED_DAYS)
    poll(sold)
    (note,) = sold.results["north"].notes
    assert f"{number} returns have not been decided" in note
    assert told in note


def test_a_check_counts_as_asking_for_returns(open_town: Town) -> None:
    shop = open_town.shops["north"]
    shop.traits = replace(MEMORY_TRAITS, returns_interval_s=60.0)
    open_town.run("check", only="north")
    asked = len(shop.asked_again)
    open_town.run("check", only="north")
    open_town.clock.move(seconds=58)
    open_town.run("returns", only="north")
    assert open_town.results["north"].counts["returns_skipped"] == 1
    open_town.clock.move(seconds=3)
    open_town.run("returns", only="north")
    assert open_town.results["north"].counts.get("returns_skipped", 0) == 0
    assert len(shop.asked_again) > asked


# ---------------------------------------------------------------- how far back


@pytest.fixture
def time_ranges(open_town: Town) -> list[TimeRange]:
    """The time ranges for which the northern shop's returns are asked; reading takes a day."""
    found: list[TimeRange] = []

    class Slow(Memory):
        async def returns(
            self, time_range: TimeRange, refs: Sequence[OrderRef]
        ) -> AsyncIterator[Page[Return]]:
            found.append(time_range)
            async for page in super().returns(time_range, refs):
                yield page
            open_town.clock.move(days=1)

    open_town.shops["north"].traits = replace(MEMORY_TRAITS, returns_overlap_s=3600.0)
    open_town.adapters["north"] = Slow
    return found


def test_readings_of_returns_overlap_and_leave_no_gap(
    open_town: Town, time_ranges: list[TimeRange]
) -> None:
    for _ in range(3):
        open_town.run("returns")
    first, second, third = time_ranges
    for before, after in ((first, second), (second, third)):
        assert before.until - after.since == timedelta(hours=1)


def test_the_first_reading_goes_back_as_far_as_the_marketplace_tells(
    open_town: Town, time_ranges: list[TimeRange]
) -> None:
    open_town.store.connection.execute("DELETE FROM cursor WHERE job = 'returns'")
    open_town.run("returns")
    (only,) = time_ranges
    assert only.until - only.since == timedelta(days=MEMORY_TRAITS.returns_first_days)


def test_returns_are_read_further_back_where_that_is_asked_for(
    open_town: Town, time_ranges: list[TimeRange]
) -> None:
    since = open_town.clock.now() - timedelta(days=400)
    open_town.run("returns", since=since)
    open_town.run("returns")
    assert time_ranges[0].since == since
    assert time_ranges[0].until - time_ranges[1].since == timedelta(hours=1)


def test_what_was_read_by_a_clock_that_was_ahead_is_read_anew(
    open_town: Town, time_ranges: list[TimeRange]
) -> None:
    open_town.run("returns")
    open_town.clock.move(days=-3)
    open_town.run("returns")
    last = time_ranges[-1]
    assert last.until - last.since == timedelta(hours=1)
