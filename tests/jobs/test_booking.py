"""Orders that change, step back, end or come late: what the ledger and beliefs make of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from cloudstock.domain.records import SILENT_STEPS, Order, OrderLine, Return, ReturnStep, Step
from cloudstock.errors import Unreachable
from cloudstock.jobs.booking import book_orders, compressed
from cloudstock.jobs.booking_returns import book_returns
from cloudstock.store import Store
from tests import builders
from tests.acting import link_listing
from tests.builders import after, book, booking, count, level, order
from tests.jobs.town import Town
from tests.memory import MEMORY_TRAITS


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """MUG and CUP, ten of each counted a day ago."""
    with Store.open(tmp_path / "book.db", create=True) as store:
        ids = builders.arrange(store, builders.account())
        builders.offer(store, ids["ozon-main"], "MUG", "CUP")
        for sku in ("MUG", "CUP"):
            count(store, sku, 10, now=after(days=-1))
        yield store


def told(step: Step, quantity: int = 2, **also: object) -> Order:
    return replace(order("1", {"MUG": quantity}, step), **also)  # type: ignore[arg-type]


def read(store: Store, hours: float, step: Step, quantity: int = 2, **also: object) -> None:
    """Book order 1 as it is told so many hours after `NOW`."""
    book(store, builders.account(), told(step, quantity, **also), now=after(hours=hours))


def lies(store: Store) -> int | None:
    return level(store, "MUG")[0]


# ---------------------------------------------------------------- where an order is


def test_what_is_on_its_way_back_has_left_though_nobody_scanned_it(store: Store) -> None:
    """Else its units would lie there, and be there twice when the return has come."""
    read(store, 0, Step.OPEN, unscanned=True)
    sent_back = Return("r", ReturnStep.EXPECTED, "moving", 2, "1", ("MUG",))
    with store.transaction():
        book_returns(booking(store, builders.account(), now=after(hours=1)), [sent_back], print)
    read(store, 2, Step.CANCELLED, left_warehouse=True, unscanned=True)
    assert level(store, "MUG") == (8, 0)


def test_an_order_that_goes_to_another_warehouse_is_of_that_one(store: Store) -> None:
    owner = builders.account(warehouses=(("1", "main"), ("2", "second")))
    builders.arrange(store, owner)
    count(store, "MUG", 5, warehouse="second")
    book(store, owner, told(Step.OPEN))
    assert (level(store, "MUG"), level(store, "MUG", "second")) == ((10, 2), (5, 0))
    book(store, owner, told(Step.OPEN, warehouse_id="2"), now=after(hours=1))
    assert (level(store, "MUG"), level(store, "MUG", "second")) == ((10, 0), (5, 2))
    # Where nothing is told of it, it stays.
    book(store, owner, told(Step.SHIPPED, warehouse_id=None), now=after(hours=2))
    assert (level(store, "MUG"), level(store, "MUG", "second")) == ((10, 0), (3, 0))


@pytest.mark.parametrize(("made", "of"), [(0, "main"), (1, "second"), (2, "second")])
def test_an_order_is_of_what_fed_the_marketplaces_warehouse_when_it_was_made(
    store: Store, made: float, of: str
) -> None:
    for warehouse in ("main", "second"):
        count(store, "MUG", 10, warehouse=warehouse, now=after(hours=-1))
    owner = builders.account(warehouses=(("1", "second"), ("2", "main")))
    read_by = store.catalog.account_ids()[owner.name]
    with store.transaction():
        store.cursors.finish(read_by, "orders", began_at=after(), read_until=after(), now=after())
    builders.arrange(store, owner, now=after(hours=1))
    book(store, owner, told(Step.OPEN, created_at=after(hours=made)), now=after(hours=3))
    assert {w: level(store, "MUG", w)[1] for w in ("main", "second")} == {
        w: 2 * (w == of) for w in ("main", "second")
    }


# ---------------------------------------------------------------- counts between two readings


@pytest.mark.parametrize(
    ("seen_gone_again", "comes_back"),
    [
        # Last known to be gone at one o'clock, counted at three: the count may have found them.
        (Step.UNKNOWN, False),
        # A reading at four found them gone: the count of three has not found them.
        (Step.SHIPPED, True),
    ],
)
@pytest.mark.parametrize("back", [Step.OPEN, Step.REPLACED])
def test_units_that_came_back_are_added_unless_a_count_may_have_found_them(
    store: Store, seen_gone_again: Step, comes_back: bool, back: Step
) -> None:
    read(store, 0, Step.OPEN)
    read(store, 1, Step.SHIPPED)
    count(store, "MUG", 8, now=after(hours=3))
    read(store, 4, seen_gone_again)
    read(store, 5, back)
    assert lies(store) == (10 if comes_back else 8)


@pytest.mark.parametrize("silent", sorted(SILENT_STEPS))
def test_a_status_that_says_nothing_says_not_when_units_were_gone(
    store: Store, silent: Step
) -> None:
    """Handed over and taken back before the count, and told only after it."""
    read(store, 0, Step.OPEN)
    read(store, 1, Step.SHIPPED)
    count(store, "MUG", 10, now=after(hours=2))
    read(store, 3, silent)
    read(store, 4, Step.OPEN)
    assert level(store, "MUG") == (10, 2)


@pytest.mark.parametrize(("early_s", "lies_there"), [(15, 8), (60, 8), (62, 10)])
def test_what_a_clock_that_is_behind_tells_is_no_history(
    store: Store, early_s: float, lies_there: int
) -> None:
    """Made after the first reading, counted then, and read again only when it had left."""
    count(store, "MUG", 10, now=after(minutes=1))
    left = told(Step.SHIPPED, created_at=after(seconds=-early_s))
    book(store, builders.account(), left, now=after(minutes=9), watched_since=after())
    assert lies(store) == lies_there


def test_a_line_that_grew_after_it_left_leaves_when_that_is_read(store: Store) -> None:
    """What was seen on the shelf once is no history, however many readings have passed."""
    read(store, 0, Step.OPEN)
    count(store, "MUG", 10, now=after(hours=1))
    read(store, 2, Step.SHIPPED)
    read(store, 3, Step.SHIPPED)
    read(store, 4, Step.SHIPPED, 3)
    assert lies(store) == 7


def test_a_line_that_shrank_after_it_left_stays_gone(store: Store) -> None:
    read(store, 0, Step.OPEN)
    read(store, 1, Step.SHIPPED)
    for hours in (2, 3):
        read(store, hours, Step.SHIPPED, 1)
        assert lies(store) == 8


def test_a_line_taken_out_of_an_open_order_is_released(store: Store) -> None:
    both = order("1", {"MUG": 2, "CUP": 3})
    book(store, builders.account(), both, now=after(hours=1))
    read(store, 2, Step.OPEN)
    assert (level(store, "MUG"), level(store, "CUP")) == ((10, 2), (10, 0))
    # And is not made whole again by the leaving of the others.
    read(store, 3, Step.SHIPPED)
    assert (level(store, "MUG"), level(store, "CUP")) == ((8, 0), (10, 0))


def test_a_line_missing_from_an_order_that_left_has_left(store: Store) -> None:
    book(store, builders.account(), order("1", {"MUG": 2, "CUP": 3}), now=after(hours=1))
    both = order("1", {"MUG": 2, "CUP": 3}, Step.SHIPPED)
    book(store, builders.account(), both, now=after(hours=2))
    read(store, 3, Step.SHIPPED)
    assert (level(store, "MUG"), level(store, "CUP")) == ((8, 0), (7, 0))


def test_a_time_in_the_future_is_no_later_than_now(store: Store) -> None:
    """A marketplace that tells tomorrow's date: the count of this evening has seen it leave."""
    read(store, 0, Step.OPEN)
    read(store, 1, Step.SHIPPED, shipped_at=after(days=1))
    count(store, "MUG", 8, now=after(hours=2))
    read(store, 3, Step.OPEN)
    read(store, 4, Step.SHIPPED, 2, shipped_at=after(days=1))
    assert lies(store) == 6
    booked = [row[0] for row in store.connection.execute("SELECT happened_at FROM movement")]
    assert max(booked) < "2026-11-23T14:00:01"


def test_units_handed_over_within_the_second_of_a_count_are_told_as_doubtful(store: Store) -> None:
    counted: datetime = after(hours=1, milliseconds=400)
    read(store, 0, Step.OPEN)
    count(store, "MUG", 10, now=counted)
    counts = []
    for step, hours in ((Step.SHIPPED, 2), (Step.OPEN, 3)):
        with store.transaction():
            at = booking(store, builders.account(), now=after(hours=hours))
            shipped_at = after(hours=1) if step is Step.SHIPPED else None
            counts.append(book_orders(at, [told(step, shipped_at=shipped_at)]))
    # Only what leaves can be counted wrongly so.
    assert [c["times_doubtful"] for c in counts] == [1, 0]
    assert lies(store) == 10


# ---------------------------------------------------------------- what a line belongs to


def test_a_line_stays_with_the_listing_it_was_first_known_by(store: Store) -> None:
    read(store, 0, Step.OPEN)
    cup = OrderLine("MUG", ("offer:CUP",), 2, "CUP")
    read(store, 1, Step.OPEN, lines=(cup,))
    assert (level(store, "MUG"), level(store, "CUP")) == ((10, 2), (10, 0))


def test_an_article_that_is_anothers_now_takes_no_order_with_it(store: Store) -> None:
    """The card that was MUG is renamed, and a new card is MUG: the order is of the old one."""
    account_id = store.catalog.account_ids()["ozon-main"]
    read(store, 0, Step.OPEN)
    renamed = builders.listing("OLD", external_id="id-MUG")
    builders.offer(store, account_id, renamed, builders.listing("MUG", external_id="id-NEW"))
    link_listing(store, "ozon-main", "OLD", [("CUP", 3)], now=after(hours=1))
    assert (level(store, "MUG"), level(store, "CUP")) == ((10, 0), (10, 6))


def test_an_order_that_does_not_count_is_not_told_of(store: Store) -> None:
    """A test order, or one of the marketplace's own stock, may be of any warehouse and listing."""
    stranger = replace(
        order("1", {"NOBODY-KNOWS": 1}, warehouse_id="999"),
        ignored="marketplace-held stock",
        step=Step.UNKNOWN,
    )
    with store.transaction():
        counts = book_orders(booking(store, builders.account()), [stranger])
    told_of = ("orders_foreign", "orders_unknown", "lines_unlinked")
    assert [counts[what] for what in told_of] == [0, 0, 0]
    assert counts["orders_new"] == 1


def test_an_order_that_does_not_count_reserves_nothing_once_its_listing_is_linked(
    store: Store,
) -> None:
    """A link books again what was ordered of a listing that nobody knew."""
    builders.offer(store, store.catalog.account_ids()["ozon-main"], builders.listing("NEW"))
    counts, ignored = (order(number, {"NEW": 2}) for number in ("1", "2"))
    book(store, builders.account(), counts, replace(ignored, ignored="marketplace-held stock"))
    link_listing(store, "ozon-main", "NEW", [("MUG", 1)], now=after(hours=1))
    assert level(store, "MUG") == (10, 2)


def test_a_cancelled_order_of_an_unknown_listing_is_no_trouble(store: Store) -> None:
    cancelled = order("1", {"NOBODY-KNOWS": 1}, Step.CANCELLED)
    with store.transaction():
        counts = book_orders(booking(store, builders.account()), [cancelled])
    assert counts["lines_unlinked"] == 0


# ---------------------------------------------------------------- what is believed to be shown


def expected(town: Town, sku: str = "MUG", account: str = "north") -> None:
    """What is really shown lies within what is believed."""
    low, high = town.believed(account, sku)
    shown = town.shops[account].free[sku, "1"]
    assert low is not None
    assert high is not None
    assert low <= shown <= high, (low, shown, high)


@pytest.mark.parametrize("given_back", [True, False, None])
def test_an_order_made_and_cancelled_between_two_readings(
    open_town: Town, given_back: bool | None
) -> None:
    north = open_town.shops["north"]
    north.gives_back = given_back
    north.place("N1", {"MUG": 2})
    north.change("N1", Step.CANCELLED)
    open_town.run("orders")
    expected(open_town)
    open_town.run("push")
    assert open_town.shows("north", "MUG") == 10


@pytest.mark.parametrize("given_back", [True, False, None])
def test_an_order_that_grew_and_was_cancelled_between_two_readings(
    open_town: Town, given_back: bool | None
) -> None:
    north = open_town.shops["north"]
    north.place("N1", {"MUG": 1})
    open_town.run("sync")
    open_town.clock.move(minutes=10)
    north.gives_back = given_back
    grown = north.orders["N1"]
    north.orders["N1"] = replace(grown, lines=(replace(grown.lines[0], quantity=3),))
    north.free["MUG", "1"] -= 2
    north.change("N1", Step.CANCELLED)
    open_town.run("orders")
    expected(open_town)
    # Read again it is nothing new.
    believed = open_town.believed("north", "MUG")
    open_town.run("orders")
    assert open_town.believed("north", "MUG") == believed


def test_an_order_taken_up_again_is_taken_off_again(open_town: Town) -> None:
    north = open_town.shops["north"]
    north.gives_back = True
    north.place("N1", {"MUG": 2})
    open_town.run("sync")
    open_town.clock.move(minutes=10)
    north.change("N1", Step.CANCELLED)
    open_town.run("sync")
    assert north.free["MUG", "1"] == 10
    open_town.clock.move(minutes=10)
    north.change("N1", Step.OPEN)
    north.free["MUG", "1"] = 8
    open_town.run("orders")
    expected(open_town)
    assert open_town.level("MUG") == (10, 2)


def test_a_line_that_shrank_after_it_left_takes_nothing_off_what_is_shown(open_town: Town) -> None:
    north = open_town.shops["north"]
    north.place("N1", {"MUG": 2})
    north.change("N1", Step.SHIPPED)
    open_town.run("sync")
    open_town.clock.move(minutes=10)
    line = north.orders["N1"].lines[0]
    for quantity in (1, 1, 0):
        north.orders["N1"] = replace(north.orders["N1"], lines=(replace(line, quantity=quantity),))
        north.changed_at["N1"] = open_town.clock.now()
        open_town.run("orders")
        assert open_town.believed("north", "MUG") == (8, 8)


def test_an_order_that_names_no_warehouse_is_of_the_first(open_town: Town) -> None:
    north = open_town.shops["north"]
    north.place("N1", {"MUG": 2})
    north.orders["N1"] = replace(north.orders["N1"], warehouse_id=None)
    open_town.run("orders")
    assert open_town.level("MUG") == (10, 2)
    assert open_town.believed("north", "MUG") == (8, 8)


@pytest.mark.parametrize("step", [Step.OPEN, Step.CANCELLED])
def test_an_order_that_does_not_count_takes_nothing_off(open_town: Town, step: Step) -> None:
    north = open_town.shops["north"]
    order = north.place("N1", {"MUG": 2})
    north.orders["N1"] = replace(order, step=step, ignored="marketplace-held stock")
    north.free["MUG", "1"] = 10
    open_town.run("orders")
    assert open_town.believed("north", "MUG") == (10, 10)


@pytest.mark.parametrize(
    ("settle_s", "after_s", "certain"),
    [(0.0, 90, True), (60.0, 90, False), (60.0, 150, True), (0.0, 30, False)],
)
def test_a_sale_soon_after_a_push_may_have_come_before_the_number_was_shown(
    open_town: Town, settle_s: float, after_s: int, certain: bool
) -> None:
    """Clocks differ by a minute, and an accepted number takes its time."""
    north = open_town.shops["north"]
    north.traits = replace(MEMORY_TRAITS, settle_s=settle_s)
    open_town.count("MUG", 9)
    open_town.run("push", only="north")
    open_town.clock.move(seconds=after_s)
    north.place("N1", {"MUG": 2})
    open_town.clock.move(minutes=10)
    open_town.run("orders")
    assert open_town.believed("north", "MUG") == ((7, 7) if certain else (7, 9))


def test_beside_a_number_without_an_answer_nobody_knows_which_came_first(open_town: Town) -> None:
    north = open_town.shops["north"]
    north.place("N1", {"MUG": 2})
    open_town.run("sync")
    open_town.clock.move(minutes=10)
    open_town.count("MUG", 6)
    north.faults["push"] = [Unreachable("the request was lost")]
    open_town.run("push", only="north")
    assert open_town.believed("north", "MUG") == (4, 8)
    open_town.clock.move(minutes=10)
    north.place("N2", {"MUG": 1})
    open_town.run("orders")
    # Taken off the number of before: the other one may have replaced it since.
    assert open_town.believed("north", "MUG") == (3, 8)
    north.gives_back = True
    north.change("N1", Step.CANCELLED)
    open_town.run("orders")
    assert open_town.believed("north", "MUG") == (3, 10)
    expected(open_town)


def test_where_it_is_not_sure_that_a_sale_lowers_what_is_shown_it_is_not_believed(
    open_town: Town,
) -> None:
    north = open_town.shops["north"]
    north.traits = replace(MEMORY_TRAITS, sale_lowers_stock=False)
    north.place("N1", {"MUG": 2})
    open_town.run("orders")
    assert open_town.believed("north", "MUG") == (8, 10)


def test_what_was_packed_and_then_split_may_be_given_back(open_town: Town) -> None:
    north = open_town.shops["north"]
    north.traits = replace(MEMORY_TRAITS, keeps_cancelled=frozenset({"new"}))
    north.gives_back = None
    north.place("N1", {"MUG": 2})
    open_town.run("orders")
    open_town.clock.move(minutes=10)
    north.change("N1", Step.REPLACED)
    open_town.run("orders")
    # Whether they were given back nobody told, and that they were packed tells it of cancellations.
    assert open_town.believed("north", "MUG") == (8, 10)


def test_what_was_packed_is_not_given_back(open_town: Town) -> None:
    north = open_town.shops["north"]
    north.traits = replace(MEMORY_TRAITS, keeps_cancelled=frozenset({"new"}))
    north.place("N1", {"MUG": 2})
    open_town.run("orders")
    open_town.clock.move(minutes=10)
    north.gives_back = True
    north.change("N1", Step.CANCELLED)
    north.free["MUG", "1"] = 8
    open_town.run("orders")
    assert open_town.believed("north", "MUG") == (8, 8)


def test_a_slow_pace_lengthens_no_duration_of_a_contract() -> None:
    slow, fast = (replace(builders.account(), pace=pace) for pace in (0.5, 60.0))
    assert compressed(slow, 60.0).total_seconds() == 60.0
    assert compressed(fast, 60.0).total_seconds() == 1.0
