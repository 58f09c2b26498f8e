"""Catalogues that come in part, come late, or come to nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from cloudstock.domain.records import Listing
from cloudstock.errors import Unreachable
from cloudstock.marketplaces.base import Page
from tests.jobs.town import Town
from tests.memory import Memory


class Sorted(Memory):
    """A shop whose catalogue goes on from where the last walk ended."""

    async def catalog(self, cursor: str | None) -> AsyncIterator[Page[Listing]]:
        begin = int(cursor or 0)
        listings = list(self.shop.listings.values())[begin:]
        for number, listing in enumerate(listings, start=begin + 1):
            self._fault("catalog")
            yield Page((listing,), str(number))


@pytest.fixture
def sorted_town(town: Town) -> Town:
    town.adapters["north"] = Sorted
    town.run("catalog")
    assert town.results["north"].counts["listings"] == 3
    return town


def test_a_walk_that_goes_on_from_the_last_one_may_find_nothing_new(sorted_town: Town) -> None:
    sorted_town.run("catalog")
    assert sorted_town.results["north"].ok
    assert sorted_town.results["north"].counts.get("listings", 0) == 0
    sorted_town.shops["north"].offer("LAMP")
    sorted_town.run("catalog")
    assert sorted_town.results["north"].counts == {
        "listings": 1,
        "listings_new": 1,
        "products_new": 1,
    }


def test_a_walk_that_breaks_off_goes_on_where_it_broke_off(town: Town) -> None:
    town.adapters["north"] = Sorted
    town.shops["north"].faults["catalog"] = [None, None, Unreachable("north: no answer")]
    town.run("catalog")
    assert not town.results["north"].ok
    assert town.store.catalog.live_listings(1) == 2
    town.run("catalog")
    assert town.results["north"].counts["listings"] == 1
    assert town.store.catalog.live_listings(1) == 3


def test_an_empty_catalogue_of_a_new_shop_is_a_fact(town: Town) -> None:
    town.shops["north"].listings.clear()
    town.run("catalog")
    assert town.results["north"].ok


def test_a_shop_whose_listings_are_all_archived_may_come_empty(town: Town) -> None:
    for sku in ("MUG", "CUP", "POT"):
        town.shops["north"].offer(sku, archived=True)
    town.run("catalog")
    town.shops["north"].listings.clear()
    town.run("catalog")
    assert town.results["north"].ok


def test_an_order_of_a_listing_that_nobody_knew_is_booked_with_the_catalog(
    open_town: Town,
) -> None:
    shop = open_town.shops["north"]
    shop.listings["NEW"] = Listing("NEW", "MUG-2", "The same mug", (), ("offer:NEW",))
    shop.place("N1", {"NEW": 2})
    open_town.run("orders")
    assert any("no product is linked" in note for note in open_town.results["north"].notes)
    open_town.run("catalog")
    assert open_town.results["north"].counts["lines_settled"] == 1
    assert open_town.level("MUG-2") == (None, 2)


def test_what_was_refused_is_tried_again_after_the_catalog_was_pulled(open_town: Town) -> None:
    """Somebody may have mended the card."""
    north = open_town.shops["north"]
    north.refuses["MUG"] = ("NOT_FOUND", "no such product")
    open_town.count("MUG", 7)
    open_town.run("push")
    north.refuses.clear()
    open_town.run("push")
    assert open_town.shows("north", "MUG") == 10
    open_town.run("catalog")
    open_town.run("push")
    assert open_town.shows("north", "MUG") == 7


def test_pushes_of_long_ago_are_forgotten_but_the_last_of_each_listing_and_what_is_open(
    open_town: Town,
) -> None:
    pushes = "SELECT quantity FROM push p JOIN listing l ON l.id = p.listing_id"
    pushes += " WHERE l.account_id = 1 AND l.offer_id = 'MUG' ORDER BY p.id"

    def kept() -> list[int]:
        return [row[0] for row in open_town.store.connection.execute(pushes)]

    for quantity in (9, 8):
        open_town.count("MUG", quantity)
        open_town.run("push")
    open_town.shops["north"].faults["push_answer"] = [Unreachable("the answer was lost")]
    open_town.count("MUG", 7)
    open_town.run("push")
    open_town.shops["north"].refuses["MUG"] = ("NO", "no")
    open_town.count("MUG", 6)
    open_town.run("push")
    assert kept() == [10, 9, 8, 7, 6]
    open_town.clock.move(days=29)
    open_town.run("catalog")
    assert kept() == [10, 9, 8, 7, 6]
    open_town.clock.moment += timedelta(days=2)
    open_town.run("catalog")
    # Seven was never answered for, and the refusal after it left it open.
    assert kept() == [7, 6]
    low, high = open_town.believed("north", "MUG")
    assert (low, high) == (7, 8)
