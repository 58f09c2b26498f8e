"""Catalogues that come in part, come late, or come to nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest

from cloudstock.domain.records import Listing
from cloudstock.errors import Unreachable
from cloudstock.lists.listings import LISTINGS
from cloudstock.lists.reading import rows as lists
from cloudstock.marketplaces.base import Page
from cloudstock.store.troubles.finder import Troubles
from cloudstock.store.troubles.kind import Severity
from tests.acting import link_listing
from tests.jobs.town import Town
from tests.memory import Memory, MemoryShop


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


def test_a_page_that_tells_no_place_leaves_the_one_before_it(town: Town) -> None:
    class Sparse(Sorted):
        async def catalog(self, cursor: str | None) -> AsyncIterator[Page[Listing]]:
            async for page in super().catalog(cursor):
                yield page._replace(cursor=page.cursor if page.cursor == "1" else None)

    town.adapters["north"] = Sparse
    town.shops["north"].faults["catalog"] = [None, None, Unreachable("north: no answer")]
    town.run("catalog")
    town.run("catalog")
    assert town.results["north"].counts["listings"] == 2
    assert town.store.catalog.live_listings(1) == 3


def test_what_went_while_a_walk_was_broken_off_is_gone(large_town: Town) -> None:
    """A walk that tells no place begins anew: what the broken one had found is no proof."""
    north = large_town.shops["north"]

    class Paged(Memory):
        async def catalog(self, cursor: str | None) -> AsyncIterator[Page[Listing]]:
            for listing in list(self.shop.listings.values()):
                self._fault("catalog")
                yield Page((listing,))

    large_town.adapters["north"] = Paged
    north.faults["catalog"] = [*[None] * 9, Unreachable("north: no answer")]
    large_town.run("catalog")
    assert not large_town.results["north"].ok
    del north.listings["MUG"]
    large_town.run("catalog")
    assert listed(large_town, gone=True) == ["MUG"]


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


def new_card(town: Town, *, unlisted: bool = False) -> MemoryShop:
    shop = town.shops["north"]
    shop.listings["NEW"] = Listing("NEW", "MUG-2", "The same mug", (), ("offer:NEW",))
    if unlisted:
        shop.unlisted.add("NEW")
    shop.place("N1", {"NEW": 2})
    return shop


def test_an_order_of_a_listing_that_nobody_knew_has_the_catalog_read_and_is_booked(
    open_town: Town,
) -> None:
    new_card(open_town)
    open_town.run("orders")
    result = open_town.results["north"]
    assert (result.counts["lines_settled"], result.notes) == (1, ())
    assert open_town.level("MUG-2") == (None, 2)
    # Once: what the catalog told does not change from one minute to the next.
    open_town.clock.move(minutes=30)
    open_town.run("orders")
    assert "listings" not in open_town.results["north"].counts


def test_a_listing_that_the_catalog_does_not_tell_of_is_looked_up_once(open_town: Town) -> None:
    shop = new_card(open_town, unlisted=True)
    read = []
    for minutes in (0, 1, 30):
        open_town.clock.move(minutes=minutes)
        open_town.run("orders")
        read.append(open_town.results["north"].counts.get("listings", 0))
    assert read == [3, 0, 0]
    # Another order is another reason, though not every minute.
    shop.place("N2", {"NEW": 1})
    open_town.run("orders")
    assert open_town.results["north"].counts["listings"] == 3
    assert any("no product is linked" in note for note in open_town.results["north"].notes)
    open_town.clock.move(minutes=1)
    shop.place("N3", {"NEW": 1})
    open_town.run("orders")
    assert "listings" not in open_town.results["north"].counts
    open_town.clock.move(minutes=10)
    open_town.run("orders")
    assert open_town.results["north"].counts["listings"] == 3


def test_orders_are_read_though_the_catalog_cannot_be(open_town: Town) -> None:
    shop = new_card(open_town)
    shop.faults["catalog"] = [Unreachable("north: no answer")]
    open_town.run("orders")
    assert open_town.results["north"].ok
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


# ---------------------------------------------------------------- what is gone


@pytest.fixture
def large_town(open_town: Town) -> Town:
    """Ten listings a shop, so that one of them may go unremarked."""
    for shop in open_town.shops.values():
        for number in range(7):
            shop.offer(f"P{number}")
    open_town.run("catalog")
    open_town.clock.move(days=1)
    return open_town


def listed(town: Town, **given: object) -> list[str]:
    rows = lists(town.store.connection, LISTINGS, {"account": ["north"], **given}, limit=99)
    return [row.offer_id for row in rows]


def found(town: Town, account: str = "north") -> list[str]:
    troubles = Troubles(town.store.connection, town.config, now=town.clock.now()).found()
    return [t.kind for t in troubles if t.account == account and t.severity is not Severity.NOTABLE]


def test_what_a_whole_walk_does_not_find_is_gone_until_it_is_back(large_town: Town) -> None:
    north = large_town.shops["north"]
    large_town.count("MUG", 6)
    large_town.run("sync")
    mug = north.listings.pop("MUG")
    large_town.run("catalog")
    assert large_town.results["north"].counts["listings_gone"] == 1
    assert "MUG" not in listed(large_town)
    assert listed(large_town, gone=True) == ["MUG"]
    north.pushes.clear()
    large_town.count("MUG", 4)
    large_town.run("sync", full=True)
    assert "MUG" not in [sku for sku, _, _ in north.pushes]
    assert large_town.shows("south", "MUG") == 4
    # Nothing shows it any more, so nobody need know.
    large_town.clock.move(hours=1)
    large_town.run("reserves")
    assert "missing" not in large_town.results["north"].counts
    assert large_town.believed("north", "MUG") == (None, None)
    large_town.run("sync")
    assert found(large_town) == []
    north.listings["MUG"] = mug
    large_town.clock.move(days=1)
    large_town.run("catalog")
    assert listed(large_town, gone=True) == []
    large_town.run("sync")
    assert large_town.shows("north", "MUG") == 4


def test_what_is_gone_is_refused_nothing(large_town: Town) -> None:
    north = large_town.shops["north"]
    north.refuses["MUG"] = ("NOT_FOUND", "no such product")
    large_town.count("MUG", 4)
    large_town.run("sync")
    assert found(large_town) == ["refused"]
    del north.listings["MUG"]
    large_town.run("catalog")
    large_town.clock.move(hours=1)
    large_town.run("sync")
    assert found(large_town) == []


def test_what_is_gone_and_still_shows_units_is_read_on(large_town: Town) -> None:
    north = large_town.shops["north"]
    north.unlisted.add("MUG")
    large_town.run("catalog")
    large_town.clock.move(hours=1)
    north.free["MUG", "1"] = 6
    large_town.run("reserves")
    assert large_town.believed("north", "MUG") == (6, 6)


def test_what_is_gone_has_no_part_of_a_divided_product(large_town: Town) -> None:
    product = large_town.store.catalog.product("MUG")
    assert product is not None
    large_town.store.catalog.set_policy(product, "split")
    for _ in range(3):
        large_town.run("sync")
        large_town.clock.move(minutes=5)
    assert large_town.shows("south", "MUG") == 5
    del large_town.shops["north"].listings["MUG"]
    large_town.run("catalog")
    for _ in range(3):
        large_town.run("sync")
        large_town.clock.move(minutes=5)
    assert large_town.shows("south", "MUG") == 10


def test_a_walk_that_loses_more_than_a_fifth_is_doubted(large_town: Town) -> None:
    north = large_town.shops["north"]
    read_at = large_town.store.cursors.get(1, "catalog").finished_at
    for sku in ("MUG", "CUP", "POT"):
        north.unlisted.add(sku)
    large_town.run("catalog")
    # It is as old as it was.
    assert large_town.store.cursors.get(1, "catalog").finished_at == read_at
    error = large_town.results["north"].error
    assert error is not None
    assert (error.kind, listed(large_town, gone=True)) == ("doubtful", [])
    assert "3 of 10" in error.message
    (told,) = [
        t
        for t in Troubles(
            large_town.store.connection, large_town.config, now=large_town.clock.now()
        ).found()
        if t.kind == "failed"
    ]
    assert "cloudstock pull-catalog --account north" in told.advice
    assert "--yes" in told.advice
    large_town.clock.move(minutes=1)
    large_town.run("catalog", only="north", yes=True)
    assert large_town.results["north"].ok
    large_town.run("sync")
    assert listed(large_town, gone=True) == ["CUP", "MUG", "POT"]
    assert found(large_town) == []


def test_after_a_doubted_walk_the_next_is_whole_again(large_town: Town) -> None:
    large_town.adapters["north"] = Sorted
    large_town.run("catalog")
    large_town.clock.move(days=8)
    for sku in ("MUG", "CUP", "POT"):
        del large_town.shops["north"].listings[sku]
    for _ in range(2):
        large_town.run("catalog")
        assert not large_town.results["north"].ok
        assert large_town.results["north"].counts["listings"] == 7


def test_exactly_a_fifth_may_go(large_town: Town) -> None:
    for sku in ("P0", "P1"):
        large_town.shops["north"].unlisted.add(sku)
    large_town.run("catalog")
    assert large_town.results["north"].ok
    assert listed(large_town, gone=True) == ["P0", "P1"]


def test_a_walk_that_goes_on_is_whole_once_a_week(large_town: Town) -> None:
    large_town.adapters["north"] = Sorted
    north = large_town.shops["north"]
    large_town.run("catalog")
    north.listings.pop("MUG")
    large_town.clock.move(days=1)
    large_town.run("catalog")
    assert listed(large_town, gone=True) == []
    large_town.clock.move(days=7)
    north.faults["catalog"] = [None, None, Unreachable("north: no answer")]
    large_town.run("catalog")
    assert not large_town.results["north"].ok
    large_town.clock.move(minutes=1)
    large_town.run("catalog")
    assert large_town.results["north"].counts["listings"] == 7
    assert listed(large_town, gone=True) == ["MUG"]


# ---------------------------------------------------------------- articles made otherwise


def calls(town: Town, articles: str, **names: str) -> None:
    """North makes its articles so, which are these by marketplace id."""
    shop = town.shops["north"]
    shop.traits = replace(shop.traits, articles=articles)
    for number, article in names.items():
        known = shop.listings.get(number, Listing(number, "", "Tee", (), (f"offer:{number}",)))
        shop.listings[number] = known._replace(offer_id=article)
    town.run("catalog")


def product_of(town: Town, number: str, account: int = 1) -> str | None:
    row = town.store.connection.execute(
        "SELECT p.sku FROM listing l JOIN component c ON c.listing_id = l.id"
        " JOIN product p ON p.id = c.product_id WHERE l.account_id = ? AND l.external_id = ?",
        (account, number),
    ).fetchone()
    return None if row is None else str(row[0])


def test_a_listing_called_otherwise_is_linked_by_its_new_article(open_town: Town) -> None:
    town = open_town
    town.shops["south"].offer("TEE-M")
    calls(town, "{a}/{b}", M="TEE/M")
    town.count("TEE/M", 3)
    town.count("TEE-M", 5)
    town.shops["north"].place("N7", {"M": 1})
    town.run("orders")
    assert (town.level("TEE/M"), town.level("TEE-M")) == ((3, 1), (5, 0))
    calls(town, "{a}-{b}", M="TEE-M")
    assert product_of(town, "M") == "TEE-M"
    # What is promised leaves what it is now; what was counted stays.
    assert (town.level("TEE/M"), town.level("TEE-M")) == ((3, 0), (5, 1))
    result = town.results["north"]
    assert result.counts["listings_relinked"] == 1
    assert "north: TEE/M, of TEE/M, is TEE-M, of TEE-M" in town.results["north"].notes
    # The same template says nothing, and the old one leads back.
    calls(town, "{a}-{b}", M="TEE-M")
    assert "listings_relinked" not in town.results["north"].counts
    assert town.results["north"].notes == ()
    calls(town, "{a}/{b}", M="TEE/M")
    assert product_of(town, "M") == "TEE/M"
    assert (town.level("TEE/M"), town.level("TEE-M")) == ((3, 1), (5, 0))


def test_sizes_that_were_one_product_are_parted(open_town: Town) -> None:
    calls(open_town, "{a}", M="TEE", L="TEE")
    assert (product_of(open_town, "M"), product_of(open_town, "L")) == ("TEE", "TEE")
    listings = open_town.shops["north"].listings
    listings |= {size: listings[size]._replace(barcodes=(f"46{size}",)) for size in ("M", "L")}
    open_town.run("catalog")
    calls(open_town, "{a}-{b}", M="TEE-M", L="TEE-L")
    assert (product_of(open_town, "M"), product_of(open_town, "L")) == ("TEE-M", "TEE-L")
    # Each with its own barcode, which is nothing of the former product's any more.
    rows = open_town.store.connection.execute(
        "SELECT b.barcode, p.sku FROM product_barcode b JOIN product p ON p.id = b.product_id"
    )
    assert {tuple(row) for row in rows} == {("46M", "TEE-M"), ("46L", "TEE-L")}


def test_what_a_barcode_leads_back_to_its_product_stays_of_it(open_town: Town) -> None:
    south = open_town.shops["south"]
    south.offer("TEE")
    south.listings["TEE"] = south.listings["TEE"]._replace(barcodes=("46M",))
    open_town.run("catalog")
    calls(open_town, "{a}", M="TEE", L="TEE")
    listings = open_town.shops["north"].listings
    listings["M"] = listings["M"]._replace(barcodes=("46M",))
    calls(open_town, "{a}-{b}", M="TEE-M", L="TEE")
    assert product_of(open_town, "M") == "TEE"
    result = open_town.results["north"]
    assert "listings_relinked" not in result.counts
    assert any("1 listing is called otherwise and stays of its product" in n for n in result.notes)


def test_sizes_that_become_called_alike_are_not_glued(open_town: Town) -> None:
    open_town.shops["south"].offer("TEE")
    calls(open_town, "{a}-{b}", M="TEE-M", L="TEE-L")
    calls(open_town, "{a}", M="TEE", L="TEE")
    assert (product_of(open_town, "M"), product_of(open_town, "L")) == ("TEE-M", "TEE-L")
    (note,) = open_town.results["north"].notes
    assert note.startswith("north: 2 listings are called like others there and stay of their")


def test_what_nothing_else_is_called_like_stays_what_it_was(open_town: Town) -> None:
    calls(open_town, "{a}/{b}", M="TEE/M")
    calls(open_town, "{a}-{b}", M="TEE-M")
    assert product_of(open_town, "M") == "TEE/M"
    (note,) = open_town.results["north"].notes
    assert note.startswith("north: 1 listing is called otherwise and stays of its product")


def test_a_link_by_hand_and_an_article_renamed_in_the_cabinet_stay(open_town: Town) -> None:
    calls(open_town, "{a}/{b}", M="TEE/M")
    link_listing(open_town.store, "north", "TEE/M", [("POT", 1)], now=open_town.clock.now())
    calls(open_town, "{a}-{b}", M="CUP")
    assert product_of(open_town, "M") == "POT"
    assert open_town.results["north"].counts.get("listings_relinked", 0) == 0
    calls(open_town, "{a}-{b}", L="MUG-2")
    calls(open_town, "{a}-{b}", L="POT")
    assert product_of(open_town, "L") == "MUG-2"


def test_a_walk_that_reads_them_anew_may_break_off(town: Town) -> None:
    town.adapters["north"] = Sorted
    calls(town, "{a}/{b}", M="TEE/M")
    town.shops["south"].offer("TEE-M")
    town.run("catalog", only="south")
    faults = town.shops["north"].faults
    faults["catalog"] = [None, None, Unreachable("north: no answer")]
    calls(town, "{a}-{b}", M="TEE-M")
    assert not town.results["north"].ok
    assert product_of(town, "M") == "TEE/M"
    town.run("catalog")
    assert product_of(town, "M") == "TEE-M"
