"""Lists find what is asked for, in the order asked for, a page at a time."""

from __future__ import annotations

import pytest

from cloudstock.domain.records import Step
from cloudstock.lists.listings import LISTINGS, ListingRow, Part
from cloudstock.lists.products import PRODUCTS
from cloudstock.lists.reading import page, rows
from cloudstock.store import Store
from cloudstock.store.views.candidates import Candidate, ambiguous, candidates
from tests.builders import (
    NOW,
    account,
    arrange,
    book,
    listing,
    listing_id,
    offer,
    order,
    product,
)
from tests.builders import count as counted

OZON = account("ozon-main", "ozon", (("1", "main"), ("2", "attic")))
WB = account("wb-main", "wildberries", (("507", "main"),))


@pytest.fixture
def store(store: Store) -> Store:
    """Mugs, cups and pots on two accounts; pots were never counted; one listing is of nothing."""
    ids = arrange(store, OZON, WB)
    store.arrangement.set_default_buffer(1)
    offer(
        store,
        ids["ozon-main"],
        listing("MUG", "4601", name="Кружка синяя"),
        listing("CUP", name="Чашка"),
        listing("POT", name="Pot of iron"),
        listing("OLD", archived=True),
        listing("", external_id="nameless", name="Кружка"),
    )
    offer(store, ids["wb-main"], listing("MUG", "4602"), listing("CUP"))
    with store.transaction():
        store.connection.execute("INSERT INTO product (sku, name, buffer) VALUES ('BAG', 'B', 2)")
    counted(store, "MUG", 10)
    counted(store, "MUG", 5, warehouse="attic")
    counted(store, "CUP", 3)
    counted(store, "BAG", 7)
    book(store, OZON, order("A", {"MUG": 2, "CUP": 4}))
    with store.transaction():
        store.targets.refresh()
    return store


def skus(store: Store, sort: str = "", **given: object) -> list[str]:
    return [r.sku for r in rows(store.connection, PRODUCTS, given, sort=sort)]


def found(store: Store, sort: str = "", **given: object) -> list[ListingRow]:
    return list(rows(store.connection, LISTINGS, given, sort=sort))


def places(listed: list[ListingRow]) -> list[tuple[str, str, str]]:
    return [(r.account, r.offer_id, r.external_warehouse) for r in listed]


# ---------------------------------------------------------------- products


def test_a_product_has_the_sums_of_its_shelves(store: Store) -> None:
    found = {r.sku: r for r in rows(store.connection, PRODUCTS)}
    assert list(found) == ["BAG", "CUP", "MUG", "OLD", "POT"]
    mug = found["MUG"]
    # 10 - 2 - 1 and 5 - 1.
    assert (mug.on_hand, mug.reserved, mug.available, mug.listings) == (15, 2, 11, 2)
    assert (mug.name, mug.buffer, mug.barcodes) == ("Кружка синяя", None, ("4601", "4602"))
    assert mug.counted_at == NOW
    bag, pot = found["BAG"], found["POT"]
    assert (bag.on_hand, bag.available, bag.buffer, bag.listings) == (7, 5, 2, 0)
    assert (pot.on_hand, pot.reserved, pot.available, pot.counted_at) == (None, 0, None, None)


def test_what_waits_in_quarantine_is_not_counted(store: Store) -> None:
    with store.transaction():
        store.ledger.adjust(product(store, "MUG"), 0, 4, now=NOW, reason="came back")
    (mug,) = rows(store.connection, PRODUCTS, {"search": "MUG"})
    assert mug.on_hand == 15


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ({"uncounted": True}, ["OLD", "POT"]),
        ({"uncounted": True, "warehouse": "attic"}, ["BAG", "CUP", "OLD", "POT"]),
        ({"low": 0}, ["CUP"]),
        ({"low": 5}, ["BAG", "CUP"]),
        ({"low": 4, "warehouse": "attic"}, ["MUG"]),
        ({"oversold": True}, ["CUP"]),
        ({"unlinked": True}, ["BAG"]),
        ({"search": "кружка"}, ["MUG"]),
        ({"search": "КРУЖКА С"}, ["MUG"]),
        ({"search": "mu"}, ["MUG"]),
        ({"search": "4602"}, ["MUG"]),
        ({"search": "460"}, ["MUG"]),
        ({"search": "601"}, []),
        ({"search": "СИНЯЯ круж"}, ["MUG"]),
        ({"search": "*"}, []),
        ({"search": "[a-z]"}, []),
        ({"search": "?"}, []),
        ({"search": "mug", "low": 5}, []),
        ({"refused": True}, []),
        ({"drift": True}, []),
    ],
)
def test_products_are_filtered(store: Store, wanted: dict[str, object], expected: object) -> None:
    assert skus(store, **wanted) == expected
    # So is what a page has of them.
    assert [r.sku for r in rows(store.connection, PRODUCTS, wanted, limit=9)] == expected


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        ("-sku", ["POT", "OLD", "MUG", "CUP", "BAG"]),
        ("available", ["CUP", "BAG", "MUG", "OLD", "POT"]),
        ("-available", ["MUG", "BAG", "CUP", "OLD", "POT"]),
        ("reserved", ["BAG", "OLD", "POT", "MUG", "CUP"]),
        ("-listings", ["CUP", "MUG", "POT", "BAG", "OLD"]),
        ("name", ["BAG", "POT", "OLD", "MUG", "CUP"]),
    ],
)
def test_products_are_sorted_and_what_is_unknown_comes_last(
    store: Store, sort: str, expected: list[str]
) -> None:
    assert skus(store, sort) == expected
    parts = [
        [r.sku for r in rows(store.connection, PRODUCTS, sort=sort, limit=2, offset=at)]
        for at in (0, 2, 4, 6)
    ]
    assert [len(p) for p in parts] == [2, 2, 1, 0]
    assert [sku for part in parts for sku in part] == expected


@pytest.mark.parametrize("sort", ["available", "-on_hand", "counted", "-listings"])
def test_products_of_one_warehouse_come_by_pages_as_they_do_at_once(
    store: Store, sort: str
) -> None:
    attic = {"warehouse": "attic"}
    pages = [page(store.connection, PRODUCTS, attic, sort=sort, limit=2)]
    while pages[-1].next is not None:
        after = pages[-1].next
        pages.append(page(store.connection, PRODUCTS, attic, sort=sort, limit=2, after=after))
    assert [r for part in pages for r in part.rows] == list(
        rows(store.connection, PRODUCTS, attic, sort=sort)
    )


# ---------------------------------------------------------------- listings


def test_a_listing_has_a_row_for_each_window(store: Store) -> None:
    listed = found(store)
    assert places(listed) == [
        ("ozon-main", "", "1"),
        ("ozon-main", "", "2"),
        ("ozon-main", "CUP", "1"),
        ("ozon-main", "CUP", "2"),
        ("ozon-main", "MUG", "1"),
        ("ozon-main", "MUG", "2"),
        ("ozon-main", "POT", "1"),
        ("ozon-main", "POT", "2"),
        ("wb-main", "CUP", "507"),
        ("wb-main", "MUG", "507"),
    ]
    mug = listed[4]
    assert (mug.parts, mug.link, mug.archived, mug.target) == ((Part("MUG", 1),), "auto", 0, 8)
    assert (mug.pushed, mug.seen, mug.drift, mug.refused) == (None, None, False, None)


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ({"unlinked": True}, [("ozon-main", "", "1")]),
        ({"unlinked": True, "account": ["wb-main"]}, []),
        ({"alone": True}, [("ozon-main", "POT", "1")]),
        (
            {"uncounted": True},
            [
                ("ozon-main", "CUP", "2"),
                ("ozon-main", "POT", "1"),
                ("ozon-main", "POT", "2"),
            ],
        ),
        ({"low": 0}, [("ozon-main", "CUP", "1"), ("wb-main", "CUP", "507")]),
        ({"archived": True}, [("ozon-main", "OLD", "1"), ("ozon-main", "OLD", "2")]),
        ({"search": "nameless"}, [("ozon-main", "", "1"), ("ozon-main", "", "2")]),
        ({"search": "4602"}, [("wb-main", "MUG", "507")]),
        ({"search": "чаш"}, [("ozon-main", "CUP", "1"), ("ozon-main", "CUP", "2")]),
        ({"search": "pot", "account": ["wb-main"]}, []),
        ({"search": "ож но"}, []),
        ({"id": "nameless"}, [("ozon-main", "", "1"), ("ozon-main", "", "2")]),
    ],
)
def test_listings_are_filtered(store: Store, wanted: dict[str, object], expected: object) -> None:
    assert places(found(store, **wanted)) == expected


def test_a_bundle_is_found_by_its_products(store: Store) -> None:
    owner = store.catalog.account_ids()["ozon-main"]
    with store.transaction():
        parts = [(product(store, "MUG"), 2), (product(store, "CUP"), 1)]
        store.catalog.link_by_hand(listing_id(store, owner, "POT"), parts)
    listed = found(store, search="MUG")
    assert {r.offer_id for r in listed} == {"MUG", "POT"}
    (pot, _) = [r for r in listed if r.offer_id == "POT"]
    assert (pot.parts, pot.link) == ((Part("CUP", 1), Part("MUG", 2)), "manual")


def test_refused_and_drifting_windows_are_found_from_both_sides(store: Store) -> None:
    db, at = store.connection, "2026-11-23T10:00:00.000000Z"
    later = "2026-11-23T11:00:00.000000Z"
    wb = store.catalog.account_ids()["wb-main"]
    db.execute(
        "UPDATE listing_stock SET refused_at = ?, refused_code = 'x', refused_message = 'no"
        " such size'"
        " WHERE listing_id = ?",
        (at, listing_id(store, wb, "CUP")),
    )
    db.execute(
        "UPDATE listing_stock SET pushed = 8, pushed_at = ?1, seen = 9, seen_at = ?2, low ="
        " 9, high = 9,"
        " believed_since = ?2, believed_until = ?2 WHERE listing_id = ?3",
        (at, later, listing_id(store, wb, "MUG")),
    )
    (cup,) = found(store, refused=True)
    assert (cup.account, cup.offer_id, cup.refused) == ("wb-main", "CUP", "no such size")
    (mug,) = found(store, drift=True)
    assert (mug.account, mug.offer_id, mug.drift, mug.seen) == ("wb-main", "MUG", True, 9)
    assert found(store, drift=True, refused=True) == []
    assert skus(store, refused=True) == ["CUP"]
    assert skus(store, drift=True) == ["MUG"]


def test_the_largest_target_comes_first_and_the_unknown_last(store: Store) -> None:
    told = [r.target for r in found(store, "-target")]
    assert told == [8, 8, 5, 0, 0, None, None, None, None, None]


# ---------------------------------------------------------------- candidates


def near(store: Store, **wanted: object) -> dict[str, tuple[Candidate, ...]]:
    listed = found(store, **wanted)
    told = candidates(store.connection, listed)
    return {r.offer_id or r.external_id: told[r.listing_id] for r in listed}


def test_a_barcode_of_two_products_names_both(store: Store) -> None:
    ids = store.catalog.account_ids()
    offer(store, ids["ozon-main"], listing("CUP", "4700", name="Чашка"))
    offer(store, ids["wb-main"], listing("both", "4601", "4700", name=""))
    assert near(store, unlinked=True, account=["wb-main"]) == {
        "both": (Candidate("CUP", "Чашка", "barcode"), Candidate("MUG", "Кружка синяя", "barcode"))
    }


@pytest.mark.parametrize(
    ("article", "nearest"),
    [
        ("MUG-BLUE-O1", "MUG-BLUE-01"),  # a letter for a digit
        ("МUG-ВLUЕ-01", "MUG-BLUE-01"),  # Cyrillic for Latin
        ("mug_blue_01", "MUG-BLUE-01"),
        ("MUGBLUE1", "MUG-BLUE-01"),
        ("XUG-BLUE-01", "MUG-BLUE-01"),  # the first letter is wrong
        ("MUG-BLUE-02", "MUG-BLUE-01"),
    ],
)
def test_a_mistyped_article_finds_what_was_meant(store: Store, article: str, nearest: str) -> None:
    ids = store.catalog.account_ids()
    offer(store, ids["ozon-main"], "MUG-BLUE-01", "POT-RED-17", "BLUE-TOWEL")
    counted(store, "MUG-BLUE-01", 3)
    offer(store, ids["wb-main"], listing(article, name=""))
    told = near(store, alone=True, account=["wb-main"])[article]
    assert (told[0].sku, told[0].why) == (nearest, "article")


def test_a_name_finds_what_has_no_article(store: Store) -> None:
    told = near(store, unlinked=True)["nameless"]
    assert [(c.sku, c.why) for c in told] == [("MUG", "name")]


def test_what_looks_like_nothing_is_told_so(store: Store) -> None:
    wb = store.catalog.account_ids()["wb-main"]
    offer(store, wb, listing("ZZZ-999", name=""))
    assert near(store, alone=True, account=["wb-main"]) == {"ZZZ-999": ()}


def test_a_listing_is_not_its_own_candidate(store: Store) -> None:
    wb = store.catalog.account_ids()["wb-main"]
    offer(store, wb, listing("TRAY-01", "1"), listing("TRAY-02", "2"))
    told = near(store, alone=True, account=["wb-main"])
    assert told["TRAY-01"][0].sku == "TRAY-02"
    assert "TRAY-01" not in [c.sku for c in told["TRAY-01"]]


def test_only_so_many_are_compared(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cloudstock.store.views.candidates.LISTINGS_MAX", 1)
    wb = store.catalog.account_ids()["wb-main"]
    offer(store, wb, listing("TRAY-01"), listing("TRAY-02"))
    listed = found(store, alone=True, account=["wb-main"])
    assert list(candidates(store.connection, listed)) == [listed[0].listing_id]


def test_an_article_of_two_listings_names_neither(store: Store) -> None:
    wb = store.catalog.account_ids()["wb-main"]
    offer(store, wb, listing("TWICE", external_id="1"), listing("TWICE", external_id="2"))
    listed = found(store)
    unclear = ambiguous(store.connection, listed)
    told = {r.external_id for r in listed if r.listing_id in unclear}
    assert told == {"1", "2", "nameless"}


def test_an_order_of_nothing_does_not_count(store: Store) -> None:
    """A cancelled order leaves nothing reserved in the list."""
    book(store, OZON, order("A", {"MUG": 2, "CUP": 4}, Step.CANCELLED, left_warehouse=False))
    assert {r.reserved for r in rows(store.connection, PRODUCTS)} == {0}
