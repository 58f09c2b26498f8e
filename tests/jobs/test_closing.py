"""close-account and close-warehouse: nothing is shown any more, and the last orders are read."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cloudstock.domain.records import Step
from cloudstock.errors import Unreachable, UsageProblem
from cloudstock.settings import BlastGuard, WarehouseLink
from cloudstock.store import closed
from cloudstock.store.troubles.finder import Troubles
from tests.acting import close_without_push, set_policy, unlink_listing
from tests.jobs.town import Town


def troubles(town: Town, kind: str) -> list[str]:
    town.store.targets.refresh()
    found = Troubles(town.store.connection, town.config, now=town.clock.now()).found
    return [t.message for t in found(kind)]


def wrong(town: Town) -> list[str]:
    town.store.targets.refresh()
    found = Troubles(town.store.connection, town.config, now=town.clock.now()).found()
    return [t.message for t in found if t.wrong]


def leaves(town: Town) -> None:
    town.config = replace(town.config, accounts=town.config.accounts[1:])
    town.run("sync")


def comes_back(town: Town) -> None:
    north = replace(town.config.accounts[0], name="north")
    town.config = replace(town.config, accounts=(north, *town.config.accounts))
    town.run("sync")


def test_a_closed_account_shows_none_and_may_go(open_town: Town) -> None:
    north = open_town.shops["north"]
    # What is sold by nobody's number is closed with the rest.
    unlink_listing(open_town.store, "north", "CUP", now=open_town.clock.now())
    open_town.run("close", only="north")
    assert open_town.results["north"].ok
    assert set(north.free.values()) == {0}
    assert open_town.shows("south", "MUG") == 10
    # It stays so whatever is counted, also by a push that asks before it empties many.
    open_town.count("MUG", 50)
    for _ in range(2):
        open_town.clock.move(minutes=20)
        open_town.run("sync")
    assert set(north.free.values()) == {0}
    assert open_town.shows("south", "MUG") == 50
    assert "take it out" in troubles(open_town, "closed")[0]
    leaves(open_town)
    assert wrong(open_town) == troubles(open_town, "closed") == []


def test_a_closed_account_is_open_again_where_it_comes_back(open_town: Town) -> None:
    open_town.run("close", only="north")
    leaves(open_town)
    comes_back(open_town)
    assert open_town.shows("north", "MUG") == 10
    assert wrong(open_town) == troubles(open_town, "closed") == []


def test_it_is_opened_again_while_it_is_configured(open_town: Town) -> None:
    open_town.run("close", only="north")
    close_without_push(open_town.store, "north", reopen=True, now=open_town.clock.now())
    open_town.run("push")
    assert open_town.shows("north", "MUG") == 10
    leaves(open_town)
    with pytest.raises(UsageProblem, match="opened by the configuration"):
        close_without_push(open_town.store, "north", reopen=True, now=open_town.clock.now())


def test_what_could_not_be_sent_is_said_and_sent_by_the_next_push(open_town: Town) -> None:
    open_town.shops["north"].faults["push"] = [Unreachable("north: no answer")]
    open_town.run("close", only="north")
    assert not open_town.results["north"].ok
    assert troubles(open_town, "pending")
    # It is meant, however many they are.
    guard = BlastGuard(max_percent=0, min_listings=1)
    open_town.config = replace(open_town.config, blast_guard=guard)
    open_town.run("push")
    assert set(open_town.shops["north"].free.values()) == {0}
    leaves(open_town)
    assert wrong(open_town) == []


def test_what_was_taken_away_before_zero_was_taken_is_named(open_town: Town) -> None:
    open_town.shops["north"].faults["push"] = [Unreachable("north: no answer")]
    open_town.run("close", only="north")
    leaves(open_town)
    (message,) = wrong(open_town)
    assert "3 listings last showed 30 in all" in message
    done = close_without_push(open_town.store, "north", now=open_town.clock.now())
    assert (done.listings, done.shown) == (3, 30)
    assert wrong(open_town) == []


def test_its_open_orders_are_read_until_they_end(open_town: Town) -> None:
    north = open_town.shops["north"]
    north.place("N1", {"MUG": 3})
    open_town.run("close", only="north")
    assert any("1 order is open and holds 3" in note for note in open_town.all_notes)
    assert open_town.level("MUG") == (10, 3)
    assert "leave it in the configuration" in troubles(open_town, "closed")[0]
    north.change("N1", Step.SHIPPED)
    open_town.clock.move(minutes=1)
    open_town.run("orders")
    assert open_town.level("MUG") == (7, 0)
    assert "take it out" in troubles(open_town, "closed")[0]


def test_orders_that_nobody_reads_any_more_are_released_by_a_word(open_town: Town) -> None:
    north = open_town.shops["north"]
    north.place("N1", {"MUG": 3})
    open_town.run("close", only="north")
    leaves(open_town)
    assert [m for m in wrong(open_town) if "hold" in m] == wrong(open_town) != []
    done = close_without_push(
        open_town.store, "north", release_orders=True, now=open_town.clock.now()
    )
    assert (done.released_orders, done.released) == (1, 3)
    assert open_town.level("MUG") == (10, 0)
    assert wrong(open_town) == []
    # Should somebody read them again they are what they are.
    comes_back(open_town)
    open_town.run("orders", since=open_town.clock.moment.replace(hour=0))
    assert open_town.level("MUG") == (10, 3)


def test_it_is_closed_since_it_was_first(open_town: Town) -> None:
    def since() -> set[str]:
        rows = open_town.store.connection.execute("SELECT closed_at FROM account_warehouse")
        return {row[0] for row in rows if row[0]}

    open_town.run("close", only="north")
    first = since()
    assert len(first) == 1
    open_town.clock.move(hours=1)
    open_town.run("close", only="north")
    assert since() == first
    close_without_push(open_town.store, "north", reopen=True, now=open_town.clock.now())
    assert since() == set()


def test_what_follows_another_or_is_offered_no_more_shows_nothing_of_its_own(
    open_town: Town,
) -> None:
    """So nothing is left to be emptied there."""
    db, north, south = open_town.store.connection, *open_town.shops.values()
    assert closed.showing(db, 1, None) == closed.showing(db, 2, None) == (3, 30)
    north.offer("POT", archived=True)
    open_town.run("catalog")
    assert closed.showing(db, 1, None) == (2, 20)
    north.share(south)
    for shop in (north, south):
        shop.traits = replace(shop.traits, shares_stock=True)
    open_town.clock.move(hours=1)
    open_town.run("reserves")
    open_town.run("reserves")
    # Of the one that north offers no more south leads.
    assert (closed.showing(db, 1, None), closed.showing(db, 2, None)) == ((2, 20), (1, 10))


def test_a_closed_warehouse_shows_none_and_the_others_go_on(open_town: Town) -> None:
    north = open_town.feed_north({"1": "main", "2": "attic"})
    open_town.run("sync")
    for sku in ("MUG", "CUP", "POT"):
        open_town.count(sku, 4, "attic")
    open_town.run("push")
    open_town.run("close", only="north", warehouse="1")
    assert {w: n for (sku, w), n in north.free.items() if sku == "MUG"} == {"1": 0, "2": 4}
    assert "they show none: 1;" in troubles(open_town, "closed")[0]
    open_town.feed_north({"2": "attic"})
    open_town.clock.move(minutes=1)
    open_town.run("sync")
    assert wrong(open_town) == troubles(open_town, "closed") == []


def test_a_warehouse_that_was_only_taken_away_is_closed_by_a_word(open_town: Town) -> None:
    north = open_town.shops["north"]
    north.warehouses = ("1", "2")
    first = replace(open_town.config.accounts[0], warehouses=(WarehouseLink("2", "main"),))
    open_town.config = replace(open_town.config, accounts=(first, *open_town.config.accounts[1:]))
    open_town.run("sync")
    (message,) = troubles(open_town, "not_configured")
    assert "`cloudstock close-warehouse 1 --account north --without-push`" in message
    with pytest.raises(UsageProblem, match="no marketplace warehouse 9; it has 1, 2"):
        close_without_push(open_town.store, "north", warehouse="9", now=open_town.clock.now())
    close_without_push(open_town.store, "north", warehouse="1", now=open_town.clock.now())
    assert wrong(open_town) == []


def test_what_shows_anothers_stock_goes_with_its_account(open_town: Town) -> None:
    """Zero is not sent to a stock that others sell; what was only shown with it is forgotten."""
    north, south = open_town.shops["north"], open_town.shops["south"]
    north.share(south)
    south.traits = north.traits = replace(north.traits, shares_stock=True)
    open_town.clock.move(hours=1)
    open_town.run("reserves")
    open_town.run("push")
    open_town.run("close", only="north")
    # It led until now.
    assert open_town.shows("south", "MUG") == 10
    open_town.clock.move(minutes=20)
    open_town.run("sync")
    assert open_town.shows("south", "MUG") == 10
    leaves(open_town)
    assert wrong(open_town) == []


def test_closed_listings_take_no_part_of_what_is_divided(open_town: Town) -> None:
    set_policy(open_town.store, ["MUG"], "split", now=open_town.clock.now())
    for _ in range(8):
        open_town.clock.move(minutes=2)
        open_town.run("sync")
    assert open_town.shows("south", "MUG") == 5
    open_town.run("close", only="north")
    for _ in range(8):
        open_town.clock.move(minutes=2)
        open_town.run("sync")
    assert (open_town.shows("north", "MUG"), open_town.shows("south", "MUG")) == (0, 10)


def test_an_account_that_is_only_watched_is_sent_nothing(open_town: Town) -> None:
    first = replace(open_town.config.accounts[0], push=False)
    open_town.config = replace(open_town.config, accounts=(first, *open_town.config.accounts[1:]))
    with pytest.raises(UsageProblem, match="--without-push"):
        open_town.run("close", only="north")
    assert open_town.shows("north", "MUG") == 10


def test_a_dry_run_tells_what_it_would_send(open_town: Town) -> None:
    planned = open_town.run("close", only="north", dry_run=True)
    assert {(p.offer_id, p.quantity) for p in planned} == {("CUP", 0), ("MUG", 0), ("POT", 0)}
    assert open_town.shows("north", "MUG") == 10
