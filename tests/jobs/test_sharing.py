"""Shops that sell one stock by themselves: it is written by one, read and counted once."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from cloudstock.domain.comparison import Comparison
from cloudstock.domain.records import Step
from cloudstock.errors import Unreachable
from cloudstock.store import closed
from tests.jobs.town import Town
from tests.memory import MEMORY_TRAITS

# Beyond the time in which an order is told: `clock_margin_s`.
LATER = {"minutes": 3}


@pytest.fixture
def one_stock(town: Town) -> Town:
    """North and south sell one stock; the lamp is south's alone. Ten of each are shown."""
    north, south = town.shops["north"], town.shops["south"]
    north.share(south)
    south.offer("LAMP")
    town.run("catalog")
    town.run("orders")
    town.run("returns")
    for sku in ("MUG", "CUP", "POT", "LAMP"):
        town.count(sku, 10)
    town.clock.move(**LATER)
    town.run("push")
    town.clock.move(**LATER)
    return town


def notes(town: Town) -> list[str]:
    return [note for result in town.results.values() for note in result.notes]


def counted(town: Town, what: str) -> dict[str, int]:
    return {name: result.counts.get(what, 0) for name, result in town.results.items()}


def test_each_offer_is_written_by_one_account(one_stock: Town) -> None:
    pushed = {name: {sku for sku, _, _ in shop.pushes} for name, shop in one_stock.shops.items()}
    assert pushed == {"north": {"MUG", "CUP", "POT"}, "south": {"LAMP"}}
    assert set(one_stock.shops["north"].free.values()) == {10}


def test_what_the_leader_sends_is_no_drift_of_the_followers(one_stock: Town) -> None:
    one_stock.run("reserves")
    for quantity in (25, 3, 12):
        one_stock.count("MUG", quantity)
        one_stock.clock.move(**LATER)
        one_stock.run("sync")
        one_stock.clock.move(**LATER)
        one_stock.run("reserves")
        assert counted(one_stock, "drift") == {"north": 0, "south": 0}
        assert counted(one_stock, "below") == {"north": 0, "south": 0}
        assert notes(one_stock) == []
    assert one_stock.shows("south", "MUG") == 12


def test_what_a_follower_showed_before_its_leader_was_sent_a_number_is_not_compared(
    one_stock: Town,
) -> None:
    one_stock.run("reserves")
    store = one_stock.store
    south = store.catalog.account_ids()["south"]
    read_at = store.cursors.get(south, "reserves").read_until

    def compared() -> Comparison:
        with store.transaction():
            store.targets.refresh(now=one_stock.clock.now())
        return store.comparisons.since_reading(south, began_at=read_at, settle=timedelta())

    assert (compared().listings, compared().uncertain) == (4, 0)
    one_stock.clock.move(**LATER)
    one_stock.count("MUG", 4)
    one_stock.run("push")
    assert (compared().listings, compared().uncertain, compared().above) == (3, 1, 0)


def test_somebody_elses_change_is_told_once_and_mended(one_stock: Town) -> None:
    one_stock.run("reserves")
    one_stock.shops["south"].free["MUG", "1"] = 17
    one_stock.clock.move(**LATER)
    # By the one that is pushed, whichever is read first.
    one_stock.run("reserves", only="south")
    assert counted(one_stock, "drift") == {"south": 0}
    assert one_stock.believed("south", "MUG") == (None, None), "it is the other's"
    one_stock.run("reserves")
    assert counted(one_stock, "drift") == {"north": 1, "south": 0}
    (note,) = notes(one_stock)
    assert note.startswith("north: 1 listing shows more than was sent (MUG shows 17, ")
    one_stock.run("push")
    assert one_stock.shows("north", "MUG") == 10


def test_a_sale_of_a_follower_is_taken_off_the_leader(one_stock: Town) -> None:
    one_stock.shops["south"].place("s-1", {"MUG": 3})
    one_stock.clock.move(**LATER)
    before = len(one_stock.shops["north"].pushes)
    one_stock.run("sync")
    one_stock.clock.move(**LATER)
    one_stock.run("reserves")
    assert one_stock.shows("north", "MUG") == 7
    # The marketplace took it off by itself.
    assert len(one_stock.shops["north"].pushes) == before
    assert notes(one_stock) == []
    assert counted(one_stock, "drift") == {"north": 0, "south": 0}


def test_what_is_held_for_all_of_them_is_counted_once(one_stock: Town) -> None:
    north, south = one_stock.shops["north"], one_stock.shops["south"]
    north.place("n-1", {"MUG": 1})
    south.place("s-1", {"MUG": 2, "LAMP": 1})
    one_stock.clock.move(**LATER)
    one_stock.run("sync")
    one_stock.run("reserves")
    assert counted(one_stock, "unexplained") == {"north": 0, "south": 0}
    # What has left is held no more, and explains nothing.
    south.change("s-1", Step.SHIPPED)
    one_stock.clock.move(**LATER)
    one_stock.run("sync")
    one_stock.run("reserves")
    assert counted(one_stock, "unexplained") == {"north": 0, "south": 0}
    # An order that nobody tells yet is one unexplained unit, not two.
    south.hidden.add(south.place("s-2", {"MUG": 1}).order_id)
    one_stock.run("reserves")
    assert counted(one_stock, "unexplained") == {"north": 1, "south": 0}
    one_stock.count("MUG", 50)
    one_stock.run("push")
    assert one_stock.shows("north", "MUG") == 6
    south.hidden.clear()
    one_stock.clock.move(minutes=20)
    one_stock.run("sync")
    assert one_stock.shows("north", "MUG") == 48


def test_nothing_is_raised_where_a_followers_orders_were_not_read(one_stock: Town) -> None:
    """A number that is sent takes the place of what the follower's buyers took off."""
    one_stock.shops["south"].faults["orders"] = [Unreachable("down")] * 50
    one_stock.count("MUG", 30)
    one_stock.count("CUP", 4)
    one_stock.clock.move(**LATER)
    one_stock.run("sync")
    assert (one_stock.shows("north", "MUG"), one_stock.shows("north", "CUP")) == (10, 4)
    # Nor where only the leader was asked for.
    one_stock.shops["south"].faults.clear()
    one_stock.run("push", only="north")
    assert one_stock.shows("north", "MUG") == 10
    one_stock.run("push")
    assert one_stock.shows("north", "MUG") == 30


def test_what_is_closed_leads_none(one_stock: Town) -> None:
    """A number of the others' is shown by it all the same: there is one stock."""
    with one_stock.store.transaction():
        north = one_stock.store.catalog.account_ids()["north"]
        closed.close(one_stock.store.connection, north, None, at=one_stock.clock.now())
    one_stock.count("MUG", 7)
    one_stock.clock.move(**LATER)
    before = {name: len(shop.pushes) for name, shop in one_stock.shops.items()}
    one_stock.run("push")
    sent = {name: shop.pushes[before[name] :] for name, shop in one_stock.shops.items()}
    assert [sku for sku, _, _ in sent["north"]] == []
    assert ("MUG", "1", 7) in sent["south"]


def test_what_a_follower_sold_while_numbers_were_on_their_way_is_sent_at_once(
    one_stock: Town,
) -> None:
    north, south = one_stock.shops["north"], one_stock.shops["south"]
    order = south.place("s-1", {"MUG": 2})
    south.hidden.add(order.order_id)
    one_stock.count("MUG", 8)
    one_stock.clock.move(**LATER)

    class _Reveal(dict[tuple[str, str], int]):
        def __setitem__(self, pair: tuple[str, str], quantity: int) -> None:
            super().__setitem__(pair, quantity)
            south.hidden.clear()
            south.changed_at[order.order_id] = one_stock.clock.now()

    north.free = _Reveal(north.free)
    one_stock.run("push")
    assert [q for sku, _, q in north.pushes if sku == "MUG"][-2:] == [8, 6]


@pytest.mark.parametrize("later", [{"minutes": 31}, {"hours": -5}], ids=["later", "set back"])
def test_a_group_that_people_make_is_known_at_the_next_reading(
    open_town: Town, later: dict[str, float]
) -> None:
    town, north, south = open_town, open_town.shops["north"], open_town.shops["south"]
    for shop in (north, south):
        shop.traits = replace(MEMORY_TRAITS, shares_stock=True)
    north.share(south)
    town.run("reserves")
    assert town.store.arrangement.sharers(1) == frozenset(), "told a moment ago"
    town.clock.move(**later)
    town.run("reserves")
    before = len(south.pushes)
    town.count("MUG", 4)
    town.run("push")
    assert town.shows("south", "MUG") == 4
    assert len(south.pushes) == before


@pytest.mark.parametrize("packed", [False, True])
def test_an_order_cancelled_when_packed_gives_nothing_back_by_itself(
    open_town: Town, packed: bool
) -> None:
    """What its contract says of the reason counts only for orders that were not packed."""
    town, north = open_town, open_town.shops["north"]
    north.traits = replace(MEMORY_TRAITS, keeps_cancelled=frozenset({"packed"}))
    north.gives_back = not packed
    north.place("n-1", {"MUG": 3})
    town.run("sync")
    if packed:
        north.orders["n-1"] = replace(north.orders["n-1"], status="packed")
        north.changed_at["n-1"] = town.clock.now()
    town.clock.move(**LATER)
    town.run("sync")
    before = len(north.pushes)
    # The answer says nothing of packing.
    north.change("n-1", Step.CANCELLED)
    north.orders["n-1"] = replace(north.orders["n-1"], gives_back=True)
    town.clock.move(**LATER)
    town.run("sync")
    assert town.shows("north", "MUG") == 10
    assert [p[2] for p in north.pushes[before:]] == ([10] if packed else [])
