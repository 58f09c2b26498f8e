"""Mistakes that the simulation found, each in its smallest form."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from cloudstock.domain.belief import Belief, after_release, after_sale
from cloudstock.domain.records import OrderLine, Step
from cloudstock.errors import Unreachable
from cloudstock.settings import Account, Configuration, WarehouseLink
from cloudstock.store import Store
from tests.acting import link_listing
from tests.jobs.town import START, StandingClock, Town
from tests.memory import MemoryShop


def returned(town: Town) -> list[tuple[str, int]]:
    rows = town.store.connection.execute(
        "SELECT w.name, m.quantity FROM movement m JOIN warehouse w ON w.id = m.warehouse_id"
        " WHERE m.kind = 'return'"
    )
    return [tuple(row) for row in rows]


def lines(sku: str, quantity: int) -> tuple[OrderLine, ...]:
    return (OrderLine("1", (f"offer:{sku}",), quantity, sku),)


def test_an_order_that_grew_leaves_unknown_what_is_shown(open_town: Town) -> None:
    """Its creation lies before the last push, but the added unit was taken off after it."""
    north = open_town.shops["north"]
    north.place("N1", {"MUG": 1})
    open_town.run("sync")
    open_town.clock.move(minutes=10)
    open_town.count("MUG", 12)
    open_town.run("sync")
    open_town.clock.move(minutes=5)
    north.orders["N1"] = replace(north.orders["N1"], lines=lines("MUG", 2))
    north.changed_at["N1"] = open_town.clock.now()
    north.free["MUG", "1"] -= 1
    open_town.run("orders")
    assert open_town.believed("north", "MUG") == (10, 11)


def test_a_return_brings_back_what_left_however_the_listing_is_linked_since(
    open_town: Town,
) -> None:
    north = open_town.shops["north"]

    def pack(units: int) -> None:
        now = open_town.clock.now()
        link_listing(open_town.store, "north", "CUP", [("MUG", units)], now=now)

    pack(3)
    open_town.run("sync")
    north.place("N1", {"CUP": 1})
    open_town.run("sync")
    north.change("N1", Step.SHIPPED)
    open_town.run("sync")
    assert open_town.level("MUG") == (7, 0)
    pack(2)
    open_town.clock.move(hours=1)
    north.send_back("R1", "N1", "CUP", 1)
    north.hand_over("R1")
    open_town.run("returns")
    quarantined = open_town.store.connection.execute(
        "SELECT sum(quantity) FROM movement WHERE document = 'return:north:R1'"
    ).fetchone()[0]
    assert quarantined == 3


def test_a_split_first_seen_when_done_takes_its_units_off_once(open_town: Town) -> None:
    """The parts look like new sales; the marketplace took the units off when the whole was made."""
    north = open_town.shops["north"]
    north.place("N1", {"MUG": 2})
    north.hidden.add("N1")
    open_town.clock.move(minutes=5)
    open_town.count("MUG", 9)
    open_town.run("push")
    open_town.clock.move(minutes=5)
    north.change("N1", Step.REPLACED)
    north.place("N1-a", {"MUG": 1})
    north.place("N1-b", {"MUG": 1})
    north.free["MUG", "1"] = 9
    north.hidden.clear()
    open_town.run("orders")
    low, high = open_town.believed("north", "MUG")
    assert low <= 9 <= high
    open_town.run("sync")
    assert open_town.level("MUG") == (9, 2)
    assert open_town.shows("north", "MUG") == 7


def test_a_sale_read_before_the_cancellation_it_lived_on_leaves_the_number_unknown() -> None:
    """Sold out, one given back and sold again: whichever is read first, one is not shown."""
    at = START
    minute = timedelta(minutes=1)
    margins = {"before": minute, "after": minute}
    shown = Belief(0, 0, at, at)
    sold = after_sale(shown, 1, at + 9 * minute, certain=True, **margins)
    both = after_release(sold, 1, at + 5 * minute, gives_back=True, **margins)
    assert both is not None
    assert both.low == 0 <= both.high


def test_a_return_read_before_its_order_waits_to_learn_its_shelf(tmp_path: Path) -> None:
    """Only the order knows from which of two shelves the unit left."""
    clock = StandingClock()
    links = (WarehouseLink("1", "main"), WarehouseLink("2", "second"))
    north = Account("north", "ozon", links, returns="restock")
    config = Configuration(tmp_path / "config.yaml", tmp_path / "book.db", (north,))
    shop = MemoryShop(clock)
    shop.offer("MUG")
    with Store.open(config.database, create=True) as store:
        town = Town(store, clock, config, {"north": shop})
        town.run("catalog")
        town.count("MUG", 5)
        town.count("MUG", 5, "second")
        town.run("sync")
        clock.move(minutes=5)
        shop.place("N1", {"MUG": 1}, warehouse="2")
        shop.hidden.add("N1")
        shop.change("N1", Step.SHIPPED)
        clock.move(minutes=5)
        shop.send_back("R1", "N1", "MUG", 1)
        shop.hand_over("R1")
        town.run("sync")
        town.run("returns")
        assert (town.level("MUG"), town.level("MUG", "second")) == ((5, 0), (5, 0))
        shop.hidden.clear()
        town.run("sync")
        assert (town.level("MUG"), town.level("MUG", "second")) == ((5, 0), (5, 0))
        assert returned(town) == [("second", 1)]


def test_a_return_of_an_order_older_than_the_book_comes_back_all_the_same(open_town: Town) -> None:
    north = open_town.shops["north"]
    open_town.run("sync")
    open_town.clock.move(hours=1)
    north.send_back("R1", "long ago", "MUG", 1)
    north.hand_over("R1")
    open_town.run("sync")
    assert returned(open_town) == []
    open_town.clock.move(minutes=1)
    open_town.run("sync")
    assert returned(open_town) == [("quarantine", 1)]


def test_reading_back_only_a_little_leaves_no_gap(open_town: Town) -> None:
    """A reading since a moment ago moved the cursor past orders that nobody had read."""
    north = open_town.shops["north"]
    north.place("N1", {"MUG": 3})
    open_town.clock.move(hours=2)
    open_town.run("orders", since=open_town.clock.now() - timedelta(minutes=1))
    assert open_town.level("MUG") == (10, 3)


def test_a_refusal_leaves_open_what_an_unanswered_push_before_it_left_open(
    open_town: Town,
) -> None:
    """Once the second was refused, the first passed for answered: a sale seen then was certain."""
    north = open_town.shops["north"]
    open_town.count("MUG", 7)
    north.faults["push_answer"] = [Unreachable("the answer was lost")]
    open_town.run("push")
    # Sold before the push whose answer was lost, and told after the refusal.
    before_push = open_town.clock.now() - timedelta(minutes=2)
    open_town.count("MUG", 8)
    north.refuses["MUG"] = ("NO", "no")
    open_town.run("push")
    assert open_town.believed("north", "MUG") == (7, 10)
    order = north.place("N1", {"MUG": 1})
    north.free["MUG", "1"] = 7
    north.orders["N1"] = replace(order, created_at=before_push)
    open_town.run("orders")
    low, high = open_town.believed("north", "MUG")
    assert low <= 7 <= high
    assert high == 10
