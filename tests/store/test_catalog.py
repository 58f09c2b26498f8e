"""Listings meet in products, and what each of them should show follows from the shelf."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cloudstock.domain.records import MarketplaceWarehouse, Step
from cloudstock.domain.targets import component_quantity, target_quantity
from cloudstock.store import Store
from tests.builders import (
    NOW,
    account,
    after,
    arrange,
    book,
    count,
    level,
    listing,
    listing_id,
    made_of,
    offer,
    order,
    product,
    targets,
)

OZON = account("ozon-main", "ozon")
WB = account("wb-main", "wildberries", (("507", "main"),))


@pytest.fixture
def ids(store: Store) -> tuple[int, int]:
    """The accounts' ids: Ozon's and Wildberries'."""
    found = arrange(store, OZON, WB)
    return found["ozon-main"], found["wb-main"]


def products(store: Store) -> list[str]:
    return [r[0] for r in store.connection.execute("SELECT sku FROM product ORDER BY sku")]


def link_of(store: Store, account_id: int, offer_id: str) -> str:
    row = store.connection.execute(
        "SELECT link FROM listing WHERE id = ?", (listing_id(store, account_id, offer_id),)
    ).fetchone()
    return str(row[0])


# ---------------------------------------------------------------- linking


def test_a_new_article_becomes_a_product(store: Store, ids: tuple[int, int]) -> None:
    with store.transaction():
        page = [listing("MUG", "4601"), listing("CUP")]
        counts = store.catalog.save_listings(ids[0], page, now=NOW)
        linked = store.catalog.link(ids[0])
        again = store.catalog.save_listings(ids[0], page, now=after(days=1))
        linked_again = store.catalog.link(ids[0])
    assert (counts.listings, counts.new, linked.products) == (2, 2, 2)
    assert (again.listings, again.new, linked_again.products) == (2, 0, 0)
    assert made_of(store, ids[0], "MUG") == {"MUG": 1}
    names = store.connection.execute("SELECT name FROM product ORDER BY sku")
    assert [r[0] for r in names] == ["The CUP", "The MUG"]


def test_one_article_in_two_accounts_is_one_product(store: Store, ids: tuple[int, int]) -> None:
    offer(store, ids[0], "MUG")
    offer(store, ids[1], "MUG")
    assert products(store) == ["MUG"]
    assert made_of(store, ids[1], "MUG") == {"MUG": 1}


def test_articles_differ_by_case(store: Store, ids: tuple[int, int]) -> None:
    offer(store, ids[0], "MUG")
    offer(store, ids[1], "mug")
    assert products(store) == ["MUG", "mug"]


def test_one_article_twice_in_a_page_is_one_product(store: Store, ids: tuple[int, int]) -> None:
    offer(store, ids[0], listing("MUG", external_id="1"), listing("MUG", external_id="2"))
    assert products(store) == ["MUG"]
    linked = store.connection.execute("SELECT count(*) FROM component").fetchone()[0]
    assert linked == 2


def test_a_shared_barcode_links_where_articles_differ(store: Store, ids: tuple[int, int]) -> None:
    offer(store, ids[0], listing("MUG-01", "4601", "4602"))
    offer(store, ids[1], listing("wb-mug", "4602", "4609"))
    assert products(store) == ["MUG-01"]
    assert made_of(store, ids[1], "wb-mug") == {"MUG-01": 1}
    # What the second one knows helps the third.
    offer(store, ids[0], listing("mug again", "4609"))
    assert made_of(store, ids[0], "mug again") == {"MUG-01": 1}


def test_an_equal_article_comes_before_a_shared_barcode(store: Store, ids: tuple[int, int]) -> None:
    offer(store, ids[0], listing("MUG", "4601"), listing("CUP", "4602"))
    offer(store, ids[1], listing("CUP", "4601"))
    assert made_of(store, ids[1], "CUP") == {"CUP": 1}


def test_a_barcode_of_two_products_links_nothing(store: Store, ids: tuple[int, int]) -> None:
    offer(store, ids[0], listing("MUG", "4601"))
    offer(store, ids[0], listing("CUP", "4602"))
    offer(store, ids[1], listing("wb", "4601", "4602"))
    assert products(store) == ["CUP", "MUG"]
    assert made_of(store, ids[1], "wb") == {}
    assert link_of(store, ids[1], "wb") == "none"


def test_one_barcode_on_two_new_articles_of_a_page_keeps_them_apart(
    store: Store, ids: tuple[int, int]
) -> None:
    offer(store, ids[0], listing("MUG", "4601"), listing("CUP", "4601"))
    assert products(store) == ["CUP", "MUG"]
    offer(store, ids[1], listing("wb", "4601"))
    assert made_of(store, ids[1], "wb") == {}


def test_a_listing_with_neither_stays_unlinked(store: Store, ids: tuple[int, int]) -> None:
    offer(store, ids[0], listing("", external_id="1"))
    assert products(store) == []
    assert link_of(store, ids[0], "") == "none"


def test_a_renamed_article_stays_the_same_product(store: Store, ids: tuple[int, int]) -> None:
    offer(store, ids[0], listing("MUG", external_id="1"), listing("CUP", external_id="2"))
    offer(store, ids[0], listing("CUP-OLD", external_id="2"))
    offer(store, ids[0], listing("CUP", external_id="1"))
    assert made_of(store, ids[0], "CUP") == {"MUG": 1}
    assert made_of(store, ids[0], "CUP-OLD") == {"CUP": 1}
    assert products(store) == ["CUP", "MUG"]


def test_a_listing_is_linked_once_it_can_be(store: Store, ids: tuple[int, int]) -> None:
    offer(store, ids[0], listing("", external_id="1"))
    offer(store, ids[0], listing("MUG", external_id="1"))
    assert made_of(store, ids[0], "MUG") == {"MUG": 1}
    assert link_of(store, ids[0], "MUG") == "auto"


def test_a_link_by_hand_is_kept(store: Store, ids: tuple[int, int]) -> None:
    offer(store, ids[0], "MUG", "CUP")
    with store.transaction():
        store.catalog.link_by_hand(
            listing_id(store, ids[0], "MUG"),
            [(product(store, "CUP"), 3), (product(store, "MUG"), 2)],
        )
    offer(store, ids[0], listing("MUG", "4601"), now=after(days=1))
    assert made_of(store, ids[0], "MUG") == {"CUP": 3, "MUG": 2}
    assert link_of(store, ids[0], "MUG") == "manual"
    # Nor do its barcodes tell what a single product is.
    assert store.connection.execute("SELECT count(*) FROM product_barcode").fetchone()[0] == 0


def test_the_barcode_of_a_kit_made_by_hand_is_none_of_its_parts(
    store: Store, ids: tuple[int, int]
) -> None:
    offer(store, ids[0], "KIT", "MUG", "CUP")
    with store.transaction():
        parts = [(product(store, "MUG"), 1), (product(store, "CUP"), 1)]
        store.catalog.link_by_hand(listing_id(store, ids[0], "KIT"), parts)
    offer(store, ids[0], listing("KIT", "4601"))
    offer(store, ids[1], listing("wb-kit", "4601"))
    assert made_of(store, ids[1], "wb-kit") == {"wb-kit": 1}


def test_a_warehouse_that_is_configured_no_more_has_no_target(
    store: Store, ids: tuple[int, int]
) -> None:
    offer(store, ids[1], "MUG")
    count(store, "MUG", 5)
    assert targets(store, ids[1]) == {("MUG", "507"): 5}
    arrange(store, OZON, account("wb-main", "wildberries", (("508", "main"),)))
    offer(store, ids[1], "MUG")
    assert targets(store, ids[1]) == {("MUG", "507"): None, ("MUG", "508"): 5}


@pytest.mark.parametrize(("rank", "kept"), [(None, [1, 2]), (0, [1, 0])])
def test_a_rank_of_zero_comes_before_every_place(
    store: Store, rank: int | None, kept: list[int]
) -> None:
    arrange(store, OZON, replace(WB, policy=replace(WB.policy, rank=rank)))
    rows = store.connection.execute("SELECT rank FROM account_warehouse ORDER BY account_id")
    assert [r[0] for r in rows] == kept


def test_a_product_keeps_the_name_it_has(store: Store, ids: tuple[int, int]) -> None:
    offer(store, ids[0], listing("MUG", name=""))
    offer(store, ids[1], listing("MUG", name="Blue mug"))
    offer(store, ids[0], listing("MUG", name="Mug, blue"))
    assert store.connection.execute("SELECT name FROM product").fetchone()[0] == "Blue mug"


# ---------------------------------------------------------------- what becomes of a listing


def test_two_accounts_of_one_marketplace_share_the_product_of_an_article(store: Store) -> None:
    first, second = account("ozon-main", "ozon"), account("ozon-outlet", "ozon")
    ids = arrange(store, first, second)
    offer(store, ids["ozon-main"], listing("MUG", "4601", external_id="7"))
    # The same number there is another listing: marketplaces count for each cabinet anew.
    offer(store, ids["ozon-outlet"], listing("MUG", "4601", external_id="7"))
    offer(store, ids["ozon-outlet"], listing("CUP", external_id="8"))
    assert products(store) == ["CUP", "MUG"]
    count(store, "MUG", 5)
    book(store, first, order("A", {"MUG": 2}))
    book(store, second, order("A", {"MUG": 1, "CUP": 1}))
    assert level(store, "MUG") == (5, 3)
    for owner in ids.values():
        assert targets(store, owner)["MUG", "1"] == 2


def test_orders_of_a_renamed_article_still_take_its_product(
    store: Store, ids: tuple[int, int]
) -> None:
    offer(store, ids[0], listing("MUG", external_id="1"))
    count(store, "MUG", 5)
    book(store, OZON, order("A", {"MUG": 1}))
    offer(store, ids[0], listing("MUG-NEW", external_id="1"), now=after(days=1))
    book(store, OZON, order("B", {"MUG-NEW": 2}))
    book(store, OZON, order("A", {"MUG": 1}, Step.SHIPPED), now=after(days=2))
    assert level(store, "MUG") == (4, 2)
    assert products(store) == ["MUG"]
    # What the article was called before is free: another listing may take it, and its product.
    offer(store, ids[0], listing("MUG", external_id="2"), now=after(days=2))
    assert made_of(store, ids[0], "MUG") == {"MUG": 1}
    # On another account the new article is a product of its own, to be linked by hand.
    offer(store, ids[1], listing("MUG-NEW"), now=after(days=2))
    assert made_of(store, ids[1], "MUG-NEW") == {"MUG-NEW": 1}


def test_a_restored_listing_is_what_it_was(store: Store, ids: tuple[int, int]) -> None:
    offer(store, ids[0], "MUG", "CUP")
    compose(store, ids[0], "MUG", MUG=1, CUP=2)
    count(store, "MUG", 5)
    count(store, "CUP", 5)
    book(store, OZON, order("A", {"MUG": 1}))
    offer(store, ids[0], listing("MUG", archived=True), now=after(days=1))
    # What was ordered of it is still promised, and its article is not taken for a new one.
    assert (level(store, "MUG"), level(store, "CUP")) == ((5, 1), (5, 2))
    assert targets(store, ids[0]) == {("MUG", "1"): None, ("CUP", "1"): 3}
    offer(store, ids[0], listing("MUG"), now=after(days=2))
    assert made_of(store, ids[0], "MUG") == {"CUP": 2, "MUG": 1}
    assert link_of(store, ids[0], "MUG") == "manual"
    assert targets(store, ids[0]) == {("MUG", "1"): 1, ("CUP", "1"): 3}


def test_a_listing_archived_before_it_was_known_is_linked_when_restored(
    store: Store, ids: tuple[int, int]
) -> None:
    offer(store, ids[0], "MUG")
    offer(store, ids[1], listing("MUG", archived=True))
    count(store, "MUG", 5)
    assert targets(store, ids[1]) == {("MUG", "507"): None}
    offer(store, ids[1], listing("MUG"), now=after(days=1))
    assert targets(store, ids[1]) == {("MUG", "507"): 5}


def test_a_barcode_that_becomes_anothers_moves_no_link(store: Store, ids: tuple[int, int]) -> None:
    offer(store, ids[0], listing("MUG", "4601"), listing("CUP", "4602"))
    offer(store, ids[1], listing("wb-mug", "4601"))
    offer(store, ids[0], listing("MUG", "4603"), listing("CUP", "4601"), now=after(days=1))
    offer(store, ids[1], listing("wb-mug", "4601"), now=after(days=1))
    assert made_of(store, ids[1], "wb-mug") == {"MUG": 1}
    # From now on it stands for both, so it links nothing any more.
    offer(store, ids[1], listing("", "4601", external_id="new"), now=after(days=1))
    assert made_of(store, ids[1], "") == {}
    assert link_of(store, ids[1], "") == "none"


def test_a_listing_unlinked_by_hand_stays_so(store: Store, ids: tuple[int, int]) -> None:
    offer(store, ids[0], listing("MUG", "4601"))
    compose(store, ids[0], "MUG")
    offer(store, ids[0], listing("MUG", "4601"), now=after(days=1))
    assert made_of(store, ids[0], "MUG") == {}
    assert link_of(store, ids[0], "MUG") == "manual"


# ---------------------------------------------------------------- links to look at


def review_of(store: Store, account_id: int, offer_id: str) -> str | None:
    row = store.connection.execute(
        "SELECT review FROM listing WHERE id = ?", (listing_id(store, account_id, offer_id),)
    ).fetchone()
    return None if row[0] is None else str(row[0])


CARDS = st.lists(
    st.tuples(
        st.sampled_from(["", "A", "B", "C", "D"]), st.sets(st.sampled_from("123456"), max_size=2)
    ),
    max_size=8,
)


@given(first=CARDS, second=CARDS, data=st.data())
@settings(max_examples=60, deadline=None)
def test_links_do_not_depend_on_the_borders_of_pages(
    first: list[tuple[str, set[str]]], second: list[tuple[str, set[str]]], data: st.DataObject
) -> None:
    """Nor on the order in which a catalog is told."""

    def linked(*, shuffled: bool) -> list[tuple[object, ...]]:
        with (
            TemporaryDirectory() as folder,
            Store.open(Path(folder) / "cards.db", create=True) as store,
        ):
            found = arrange(store, OZON, WB)
            for owner, cards in ((found["ozon-main"], first), (found["wb-main"], second)):
                pages = [
                    [listing(sku, *sorted(codes), external_id=str(n), name=f"Thing {n}")]
                    for n, (sku, codes) in enumerate(cards)
                ]
                if shuffled:
                    pages = data.draw(st.permutations(pages))
                else:
                    pages = [[x for page in pages for x in page]]
                with store.transaction():
                    for page in pages:
                        store.catalog.save_listings(owner, page, now=NOW)
                    store.catalog.link(owner)
            rows = store.connection.execute(
                "SELECT l.account_id, l.external_id, l.link, l.review, p.sku, p.name"
                " FROM listing l LEFT JOIN component c ON c.listing_id = l.id"
                " LEFT JOIN product p ON p.id = c.product_id ORDER BY 1, 2"
            )
            return [tuple(row) for row in rows]

    assert linked(shuffled=True) == linked(shuffled=False)


def test_copies_of_a_barcode_in_one_account_are_kept_apart_and_listed(
    store: Store, ids: tuple[int, int]
) -> None:
    offer(store, ids[0], listing("MUG", "4601"))
    offer(store, ids[0], listing("MUG-COPY", "4601"), now=after(days=1))
    assert made_of(store, ids[0], "MUG-COPY") == {"MUG-COPY": 1}
    assert review_of(store, ids[0], "MUG-COPY") == "copy"
    assert review_of(store, ids[0], "MUG") is None


def test_a_card_made_anew_for_an_archived_one_is_its_product(
    store: Store, ids: tuple[int, int]
) -> None:
    offer(store, ids[0], listing("MUG", "4601"))
    offer(store, ids[0], listing("MUG", "4601", archived=True))
    offer(store, ids[0], listing("MUG-2", "4601"), now=after(days=1))
    assert made_of(store, ids[0], "MUG-2") == {"MUG": 1}
    assert review_of(store, ids[0], "MUG-2") == "barcode"


@pytest.mark.parametrize(
    ("name", "review"),
    [
        ("Blue mug 300 ml", None),
        ("mugs, blue", None),
        ("Кружка", "name"),
        ("Steel kettle", "name"),
        ("", None),
    ],
)
def test_one_article_of_two_names_is_linked_and_looked_at(
    store: Store, ids: tuple[int, int], name: str, review: str | None
) -> None:
    offer(store, ids[0], listing("MUG", name="The mug, blue"))
    offer(store, ids[1], listing("MUG", name=name))
    assert made_of(store, ids[1], "MUG") == {"MUG": 1}
    assert review_of(store, ids[1], "MUG") == review


def test_a_link_by_barcode_is_looked_at_as_such_whatever_it_is_called(
    store: Store, ids: tuple[int, int]
) -> None:
    offer(store, ids[0], listing("MUG", "4601", name="The mug, blue"))
    offer(store, ids[1], listing("wb-mug", "4601", name="Steel kettle"))
    assert review_of(store, ids[1], "wb-mug") == "barcode"


def test_an_article_is_what_it_was_before_the_first_of_several_changes(
    store: Store, ids: tuple[int, int]
) -> None:
    """How articles are made was changed twice, and the walk in between broke off."""

    def make(articles: str) -> bool:
        with store.transaction():
            return store.catalog.make_articles(ids[0], articles)

    # As they were from the beginning.
    assert not make("{vendorCode}")
    offer(store, ids[0], listing("MUG", external_id="1"))
    assert make("{vendorCode}/{techSize}")
    with store.transaction():
        renamed = listing("MUG/0", external_id="1")
        store.catalog.save_listings(ids[0], [renamed], now=NOW)
    assert make("{vendorCode}-{techSize}")
    assert not make("{vendorCode}-{techSize}")
    (before,) = store.connection.execute("SELECT article_before FROM listing").fetchone()
    assert before == "MUG"


def test_a_link_made_by_hand_is_looked_at_no_more(store: Store, ids: tuple[int, int]) -> None:
    offer(store, ids[0], listing("MUG", "4601"))
    offer(store, ids[1], listing("wb-mug", "4601", "4602"))
    assert review_of(store, ids[1], "wb-mug") == "barcode"
    compose(store, ids[1], "wb-mug", MUG=1)
    assert review_of(store, ids[1], "wb-mug") is None
    # It is the mug still, and its barcodes are.
    assert told(store) == [("4601", "MUG"), ("4602", "MUG")]
    compose(store, ids[1], "wb-mug")
    assert told(store) == [("4601", "MUG")]


def told(store: Store) -> list[tuple[str, str]]:
    rows = store.connection.execute(
        "SELECT b.barcode, p.sku FROM product_barcode b JOIN product p ON p.id = b.product_id"
        " ORDER BY 1, 2"
    )
    return [(row[0], row[1]) for row in rows]


def test_a_barcode_that_nobody_tells_any_more_is_forgotten(
    store: Store, ids: tuple[int, int]
) -> None:
    offer(store, ids[0], listing("MUG", "4601", "4602"))
    offer(store, ids[1], listing("MUG", "4602", "4603"))
    # The seller's own sheet told this one; for a time a listing does, too.
    store.connection.execute(
        "INSERT INTO product_barcode SELECT '4609', id, 1 FROM product WHERE sku = 'MUG'"
    )
    assert told(store) == [(code, "MUG") for code in ("4601", "4602", "4603", "4609")]
    offer(store, ids[0], listing("MUG", "4604", "4609"), now=after(hours=1))
    offer(store, ids[0], listing("MUG", "4604"), now=after(days=1))
    assert told(store) == [(code, "MUG") for code in ("4602", "4603", "4604", "4609")]
    # So is what a listing told that is gone, until it is back.
    with store.transaction():
        store.catalog.mark_gone(ids[1], after(days=1), now=after(days=1))
    assert told(store) == [("4604", "MUG"), ("4609", "MUG")]
    offer(store, ids[1], listing("MUG", "4602", "4603"), now=after(days=2))
    assert told(store) == [(code, "MUG") for code in ("4602", "4603", "4604", "4609")]
    offer(store, ids[0], listing("CUP", "4601"), now=after(days=2))
    offer(store, ids[1], listing("wb-cup", "4601"), now=after(days=2))
    assert made_of(store, ids[1], "wb-cup") == {"CUP": 1}


# ---------------------------------------------------------------- keys


def test_a_key_leads_to_its_listing(store: Store, ids: tuple[int, int]) -> None:
    offer(store, ids[0], listing("MUG", "4601", keys=("offer:MUG", "sku:77")))
    offer(store, ids[1], listing("MUG", keys=("offer:MUG", "sku:77")))
    mug = listing_id(store, ids[0], "MUG")
    found = store.catalog.resolve(ids[0], ["sku:77", "barcode:4601", "sku:78", "offer:MUG"])
    assert found == {"sku:77": mug, "barcode:4601": mug, "offer:MUG": mug}
    assert store.catalog.resolve(ids[1], ["sku:77"]) == {"sku:77": listing_id(store, ids[1], "MUG")}


def test_a_key_of_two_listings_leads_nowhere(store: Store, ids: tuple[int, int]) -> None:
    offer(store, ids[0], listing("MUG", "4601"), listing("CUP", "4601"))
    assert store.catalog.resolve(ids[0], ["barcode:4601"]) == {}


def test_keys_follow_what_the_marketplace_says_now(store: Store, ids: tuple[int, int]) -> None:
    offer(store, ids[0], listing("MUG", "4601", keys=("sku:1",)))
    offer(store, ids[0], listing("MUG", "4602", keys=("sku:2",)))
    found = store.catalog.resolve(ids[0], ["sku:1", "sku:2", "barcode:4601", "barcode:4602"])
    assert sorted(found) == ["barcode:4602", "sku:2"]


def test_only_an_order_read_after_a_walk_may_be_of_a_listing_that_the_walk_missed(
    store: Store, ids: tuple[int, int]
) -> None:
    book(store, OZON, order("1", {"LAMP": 1}))
    orders = store.orders
    assert orders.any_unlisted(ids[0], None)
    assert orders.any_unlisted(ids[0], after(microseconds=-1))
    assert not orders.any_unlisted(ids[0], NOW)
    assert not orders.any_unlisted(ids[1], None)
    # An older one of another account hides nothing, nor does a newer one.
    book(store, WB, order("2", {"LAMP": 1}), now=after(minutes=1))
    assert orders.any_unlisted(ids[0], after(microseconds=-1))
    offer(store, ids[0], "LAMP")
    book(store, OZON, order("1", {"LAMP": 1}), now=after(minutes=2))
    assert not orders.any_unlisted(ids[0], None)


# ---------------------------------------------------------------- windows


def test_every_listing_has_a_window_in_every_warehouse(store: Store) -> None:
    two = account("ozon-main", "ozon", (("1", "main", 60), ("2", "main", 40)))
    owner = arrange(store, two)["ozon-main"]
    offer(store, owner, "MUG")
    assert sorted(targets(store, owner)) == [("MUG", "1"), ("MUG", "2")]
    more = account("ozon-main", "ozon", (("1", "main"), ("2", "attic"), ("3", "attic")))
    arrange(store, more)
    assert sorted(targets(store, owner)) == [("MUG", "1"), ("MUG", "2"), ("MUG", "3")]


def test_a_warehouse_no_longer_configured_has_no_target(store: Store, ids: tuple[int, int]) -> None:
    offer(store, ids[0], "MUG")
    count(store, "MUG", 5)
    assert targets(store, ids[0]) == {("MUG", "1"): 5}
    arrange(store, account("ozon-main", "ozon", (("2", "main"),)))
    assert targets(store, ids[0]) == {("MUG", "1"): None, ("MUG", "2"): 5}
    arrange(store, OZON)
    assert targets(store, ids[0]) == {("MUG", "1"): 5, ("MUG", "2"): None}


def test_an_account_no_longer_configured_has_no_target(store: Store, ids: tuple[int, int]) -> None:
    for owner in ids:
        offer(store, owner, "MUG")
    count(store, "MUG", 5)
    assert targets(store, ids[0]) == {("MUG", "1"): 5}
    arrange(store, WB)
    # Also before anything of it is computed anew.
    rows = store.connection.execute("SELECT target, unmanaged FROM listing_stock ORDER BY 1")
    assert [tuple(row) for row in rows] == [(None, "unconfigured"), (5, None)]
    assert targets(store, ids[0]) == {("MUG", "1"): None}


def test_warehouses_that_share_one_stock_are_pushed_once(store: Store) -> None:
    shops = [account(name, "yandex_market", (("", "main"),)) for name in ("ym-a", "ym-b", "ym-c")]
    found = arrange(store, *shops)
    for owner in found.values():
        offer(store, owner, "MUG")
    count(store, "MUG", 5)
    with store.transaction():
        for number, (name, group) in enumerate([("ym-a", "g"), ("ym-b", "g"), ("ym-c", None)]):
            store.arrangement.save_warehouses(
                found[name], [MarketplaceWarehouse(str(number), "W", group=group)], now=NOW
            )
    assert [targets(store, i)["MUG", ""] for i in found.values()] == [5, None, 5]
    with store.transaction():
        store.arrangement.save_warehouses(found["ym-a"], [MarketplaceWarehouse("0", "W")], now=NOW)
    assert [targets(store, i)["MUG", ""] for i in found.values()] == [5, 5, 5]


def test_what_only_the_second_of_them_sells_is_pushed_there(store: Store) -> None:
    shops = [account(name, "yandex_market", (("7", "main"),)) for name in ("ym-a", "ym-b", "ym-c")]
    found = arrange(store, *shops)
    a, b, c = found.values()

    def told(owner: int, unusable: str | None = None) -> None:
        with store.transaction():
            place = MarketplaceWarehouse("7", "W", unusable, "g")
            store.arrangement.save_warehouses(owner, [place], now=NOW)

    def pushed() -> dict[str, str]:
        """Who is sent the number of each article."""
        return {
            sku: name
            for name, owner in found.items()
            for (sku, _), target in targets(store, owner).items()
            if target is not None
        }

    offer(store, a, "MUG")
    for owner in (a, b, c):
        told(owner)
    offer(store, b, "MUG", "CUP")
    offer(store, c, "MUG", "CUP", "POT")
    for sku in ("MUG", "CUP", "POT"):
        count(store, sku, 5)
    assert pushed() == {"MUG": "ym-a", "CUP": "ym-b", "POT": "ym-c"}
    offer(store, a, "CUP")
    assert pushed()["CUP"] == "ym-a"
    # What the first sells no more is the next one's.
    offer(store, a, listing("MUG", archived=True))
    assert pushed()["MUG"] == "ym-b"
    offer(store, a, "MUG")
    assert pushed()["MUG"] == "ym-a"
    # One that takes no stock leads none.
    told(a, "closed")
    assert pushed() == {"MUG": "ym-b", "CUP": "ym-b", "POT": "ym-c"}
    assert store.arrangement.sharers(a) == {b, c}
    # And one that the configuration does not name any more.
    arrange(store, *shops[1:])
    assert pushed() == {"MUG": "ym-b", "CUP": "ym-b", "POT": "ym-c"}
    assert store.arrangement.sharers(b) == {c}


# ---------------------------------------------------------------- targets


def compose(store: Store, owner: int, offer_id: str, **units: int) -> None:
    with store.transaction():
        parts = [(product(store, sku), n) for sku, n in units.items()]
        store.catalog.link_by_hand(listing_id(store, owner, offer_id), parts)


def test_what_was_never_counted_has_no_target(store: Store, ids: tuple[int, int]) -> None:
    offer(store, ids[0], "MUG")
    assert targets(store, ids[0]) == {("MUG", "1"): None}
    # Not even where something was moved or reserved.
    book(store, OZON, order("A", {"MUG": 1}))
    assert targets(store, ids[0]) == {("MUG", "1"): None}
    count(store, "MUG", 0)
    assert targets(store, ids[0]) == {("MUG", "1"): 0}


def test_another_shelfs_count_is_not_this_ones(store: Store, ids: tuple[int, int]) -> None:
    offer(store, ids[0], "MUG")
    count(store, "MUG", 5, warehouse="attic")
    assert targets(store, ids[0]) == {("MUG", "1"): None}


def test_orders_lower_every_accounts_target(store: Store, ids: tuple[int, int]) -> None:
    offer(store, ids[0], "MUG")
    offer(store, ids[1], "MUG")
    count(store, "MUG", 5)
    book(store, OZON, order("A", {"MUG": 2}))
    assert targets(store, ids[0])["MUG", "1"] == targets(store, ids[1])["MUG", "507"] == 3
    book(store, OZON, order("A", {"MUG": 2}, Step.CANCELLED, left_warehouse=False))
    assert targets(store, ids[1])["MUG", "507"] == 5


def test_oversold_shows_nothing(store: Store, ids: tuple[int, int]) -> None:
    offer(store, ids[0], "MUG")
    count(store, "MUG", 1)
    book(store, OZON, order("A", {"MUG": 3}))
    assert targets(store, ids[0]) == {("MUG", "1"): 0}


@pytest.mark.parametrize(
    ("units", "on_hand", "target"), [(1, 7, 7), (2, 7, 3), (7, 7, 1), (8, 7, 0)]
)
def test_a_pack_shows_whole_packs(
    store: Store, ids: tuple[int, int], units: int, on_hand: int, target: int
) -> None:
    offer(store, ids[0], "MUG", "PACK")
    compose(store, ids[0], "PACK", MUG=units)
    count(store, "MUG", on_hand)
    assert targets(store, ids[0])["PACK", "1"] == target


def test_a_bundle_shows_what_its_scarcest_part_fills(store: Store, ids: tuple[int, int]) -> None:
    offer(store, ids[0], "MUG", "CUP", "SET")
    compose(store, ids[0], "SET", MUG=1, CUP=2)
    count(store, "MUG", 9)
    assert targets(store, ids[0])["SET", "1"] is None
    count(store, "CUP", 7)
    assert targets(store, ids[0])["SET", "1"] == 3
    count(store, "MUG", 2, now=after(hours=1))
    assert targets(store, ids[0])["SET", "1"] == 2


def test_a_products_buffer_comes_before_the_accounts(store: Store) -> None:
    owner = arrange(store, account(buffer=2))["ozon-main"]
    offer(store, owner, "MUG")
    count(store, "MUG", 5)
    assert targets(store, owner)["MUG", "1"] == 3
    store.connection.execute("UPDATE product SET buffer = 0")
    assert targets(store, owner)["MUG", "1"] == 5
    store.connection.execute("UPDATE product SET buffer = 9")
    assert targets(store, owner)["MUG", "1"] == 0
    store.connection.execute("UPDATE product SET buffer = NULL")
    assert targets(store, owner)["MUG", "1"] == 3


def test_a_new_policy_sets_new_targets(store: Store) -> None:
    owner = arrange(store, account())["ozon-main"]
    offer(store, owner, "MUG")
    count(store, "MUG", 11)
    for policy, target in [
        ({}, 11),
        ({"buffer": 1}, 10),
        ({"share_percent": 50}, 5),
        ({"buffer": 1, "share_percent": 50}, 5),
        ({"max_quantity": 4}, 4),
        ({"max_quantity": 0}, 0),
        ({"share_percent": 0}, 0),
        ({}, 11),
    ]:
        arrange(store, account(**policy))
        assert targets(store, owner)["MUG", "1"] == target, policy


def test_shares_of_one_shelf_never_add_up_to_more(store: Store) -> None:
    halves = account("ozon-main", "ozon", (("1", "main", 60), ("2", "main", 40)))
    owner = arrange(store, halves)["ozon-main"]
    offer(store, owner, "MUG")
    for on_hand in range(12):
        count(store, "MUG", on_hand, now=after(minutes=on_hand))
        shown = targets(store, owner)
        assert shown["MUG", "1"] == on_hand * 60 // 100
        assert shown["MUG", "1"] + shown["MUG", "2"] <= on_hand


def test_no_more_is_shown_than_the_marketplace_takes(store: Store, ids: tuple[int, int]) -> None:
    offer(store, ids[0], "NAIL")
    offer(store, ids[1], "NAIL")
    count(store, "NAIL", 5_000_000)
    assert targets(store, ids[0])["NAIL", "1"] == 999_999
    assert targets(store, ids[1])["NAIL", "507"] == 100_000


def test_an_archived_listing_is_left_alone(store: Store, ids: tuple[int, int]) -> None:
    offer(store, ids[0], "MUG")
    count(store, "MUG", 5)
    offer(store, ids[0], listing("MUG", archived=True))
    assert targets(store, ids[0]) == {("MUG", "1"): None}
    offer(store, ids[0], listing("MUG"))
    assert targets(store, ids[0]) == {("MUG", "1"): 5}


def test_what_somebody_took_off_its_products_shows_none(store: Store, ids: tuple[int, int]) -> None:
    offer(store, ids[0], "MUG")
    count(store, "MUG", 5)
    compose(store, ids[0], "MUG")
    assert targets(store, ids[0]) == {("MUG", "1"): 0}


UNITS = st.integers(0, 10**9)
SHELF = st.tuples(
    st.none() | st.integers(-20, 20) | st.integers(-(10**9), 10**9),  # on hand
    st.integers(0, 20) | UNITS,  # reserved
    st.none() | st.integers(0, 5) | UNITS,  # the product's own buffer
    st.integers(1, 12),  # units of it in the listing
)


@given(
    mug=SHELF,
    cup=SHELF,
    buffer=st.integers(0, 9),
    share=st.integers(0, 100),
    cap=st.none() | st.integers(0, 30) | UNITS,
    ceiling=st.integers(1, 40) | st.integers(1, 10**6),
    archived=st.booleans(),
    gone=st.none() | st.just("then"),
    follows=st.booleans(),
)
@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_query_says_what_the_pure_rule_says(
    store: Store,
    mug: tuple[int | None, int, int | None, int],
    cup: tuple[int | None, int, int | None, int],
    buffer: int,
    share: int,
    cap: int | None,
    ceiling: int,
    archived: bool,
    gone: str | None,
    follows: bool,
) -> None:
    """Any shelf, buffer, share, pack and cap, through SQL and in Python."""
    owner = arrange(store, account())["ozon-main"]
    offer(store, owner, "MUG", "CUP", "SET")
    compose(store, owner, "SET", MUG=1, CUP=1)
    db, fills = store.connection, []
    db.execute(
        "UPDATE account_warehouse SET buffer = ?, share_percent = ?, max_quantity = ?, ceiling = ?",
        (buffer, share, cap, ceiling),
    )
    leader = (listing_id(store, owner, "MUG"), "elsewhere") if follows else (None, None)
    db.execute("UPDATE listing_stock SET leader_id = ?, leader_warehouse = ?", leader)
    db.execute(
        "UPDATE listing SET archived = ?, gone_at = ? WHERE id = ?",
        (archived, gone, listing_id(store, owner, "SET")),
    )
    for sku, (on_hand, reserved, own, pack) in {"MUG": mug, "CUP": cup}.items():
        held = (product(store, sku), on_hand or 0, reserved, None if on_hand is None else "then")
        db.execute(
            "INSERT INTO stock (product_id, warehouse_id, booked, reserved, counted_at)"
            " SELECT ?, id, ?, ?, ? FROM warehouse WHERE name = 'main' ON CONFLICT DO UPDATE SET"
            " booked = excluded.booked, reserved = excluded.reserved,"
            " counted_at = excluded.counted_at",
            held,
        )
        db.execute("UPDATE product SET buffer = ? WHERE id = ?", (own, held[0]))
        db.execute(
            "UPDATE component SET units = ? WHERE product_id = ? AND listing_id = ?",
            (pack, held[0], listing_id(store, owner, "SET")),
        )
        kept = buffer if own is None else own
        fills.append(component_quantity(on_hand, reserved, kept, share, pack))
    db.execute("INSERT INTO dirty SELECT id FROM listing WHERE true ON CONFLICT DO NOTHING")
    known = [f for f in fills if f is not None]
    scarcest = min(known) if len(known) == len(fills) else None
    expected = None if archived or gone or follows else target_quantity(scarcest, cap, ceiling)
    assert targets(store, owner)["SET", "1"] == expected


def test_only_what_changed_is_computed_anew(store: Store, ids: tuple[int, int]) -> None:
    offer(store, ids[0], "MUG", "CUP")
    count(store, "MUG", 5)
    count(store, "CUP", 5)
    assert targets(store, ids[0]) == {("MUG", "1"): 5, ("CUP", "1"): 5}
    with store.transaction():
        assert store.targets.refresh() == 0
    count(store, "MUG", 6)
    dirty = store.connection.execute("SELECT listing_id FROM dirty").fetchall()
    assert [r[0] for r in dirty] == [listing_id(store, ids[0], "MUG")]
    with store.transaction():
        assert store.targets.refresh() == 1
