"""What a listing is made of, said by hand; orders follow."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cloudstock.domain.records import Order, OrderLine, Step
from cloudstock.errors import UsageProblem
from cloudstock.lists.listings import Part
from cloudstock.store import Store
from tests.acting import link_listing, unlink_listing
from tests.builders import (
    NOW,
    account,
    after,
    arrange,
    book,
    contents,
    count,
    ledger,
    level,
    listing,
    made_of,
    offer,
    order,
    targets,
)

OZON = "ozon-main"


@pytest.fixture
def ozon(store: Store) -> int:
    """MUG, CUP and POT counted, ten of each."""
    for sku in ("MUG", "CUP", "POT"):
        count(store, sku, 10)
    return store.catalog.account_ids()[OZON]


def test_a_pack_holds_several_units(store: Store, ozon: int) -> None:
    offer(store, ozon, "MUG-PACK")
    result = link_listing(store, OZON, "MUG-PACK", [("MUG", 3)], now=NOW)
    assert (result.before, result.after) == ((Part("MUG-PACK", 1),), (Part("MUG", 3),))
    assert targets(store, ozon)["MUG-PACK", "1"] == 3
    book(store, account(), order("1", {"MUG-PACK": 2}))
    assert level(store, "MUG") == (10, 6)
    assert targets(store, ozon)["MUG-PACK", "1"] == 1


def test_a_bundle_is_as_scarce_as_its_scarcest_part(store: Store, ozon: int) -> None:
    offer(store, ozon, "SET")
    link_listing(store, OZON, "SET", [("MUG", 1), ("CUP", 4)], now=NOW)
    assert made_of(store, ozon, "SET") == {"MUG": 1, "CUP": 4}
    assert targets(store, ozon)["SET", "1"] == 2


def test_the_target_is_there_at_once(store: Store, ozon: int) -> None:
    offer(store, ozon, "SET")
    link_listing(store, OZON, "SET", [("MUG", 5)], now=NOW)
    shown = store.connection.execute(
        "SELECT s.target FROM listing_stock s JOIN listing l ON l.id = s.listing_id"
        " WHERE l.offer_id = 'SET'"
    ).fetchone()
    assert shown[0] == 2


def test_a_link_by_hand_outlives_the_catalog(store: Store, ozon: int) -> None:
    link_listing(store, OZON, "MUG", [("CUP", 2)], now=NOW)
    offer(store, ozon, "MUG", now=after(days=1))
    assert made_of(store, ozon, "MUG") == {"CUP": 2}


def test_open_orders_reserve_by_the_new_composition(store: Store, ozon: int) -> None:
    book(store, account(), order("1", {"MUG": 2}))
    assert level(store, "MUG") == (10, 2)
    result = link_listing(store, OZON, "MUG", [("CUP", 3)], now=after(minutes=1))
    assert result.lines_settled == 1
    assert level(store, "MUG") == (10, 0)
    assert level(store, "CUP") == (10, 6)
    assert store.ledger.totals_that_differ() == []


def test_what_has_left_the_shelf_stays_as_it_left(store: Store, ozon: int) -> None:
    book(store, account(), order("1", {"MUG": 2}), now=after(minutes=1))
    book(store, account(), order("1", {"MUG": 2}, Step.SHIPPED), now=after(minutes=2))
    result = link_listing(store, OZON, "MUG", [("CUP", 1)], now=after(minutes=3))
    assert result.lines_settled == 0
    assert level(store, "MUG") == (8, 0)
    assert level(store, "CUP") == (10, 0)


def test_what_shipped_without_a_link_is_booked_when_linked(store: Store, ozon: int) -> None:
    offer(store, ozon, listing("", external_id="77", keys=("sku:77",)))
    nameless = order("1", {"77": 2}, shipped_at=None)
    lines = tuple(type(x)(x.line_id, ("sku:77",), x.quantity, "") for x in nameless.lines)
    opened = type(nameless)("1", Step.OPEN, "new", NOW, lines, warehouse_id="1")
    gone = type(nameless)(
        "1", Step.SHIPPED, "gone", NOW, lines, warehouse_id="1", shipped_at=after(minutes=5)
    )
    book(store, account(), opened, now=after(minutes=1))
    book(store, account(), gone, now=after(minutes=6))
    assert [m for m in ledger(store) if m[3] == "shipment"] == []
    result = link_listing(store, OZON, "77", [("MUG", 1)], now=after(minutes=7))
    assert result.lines_settled == 1
    assert level(store, "MUG") == (8, 0)
    # Once: linking it again books nothing more.
    again = link_listing(store, OZON, "77", [("MUG", 1)], now=after(minutes=8))
    assert again.lines_settled == 0
    assert level(store, "MUG") == (8, 0)


def of_lamp(step: Step, **also: object) -> Order:
    """An order of two of a listing that no product is linked to."""
    return replace(order("1", {"LAMP": 2}, step), **also)  # type: ignore[arg-type]


@pytest.fixture
def lamp(store: Store, ozon: int) -> int:
    """A listing that somebody took off its products before anything of it was sold."""
    offer(store, ozon, "LAMP")
    unlink_listing(store, OZON, "LAMP", now=NOW)
    return ozon


@pytest.mark.parametrize("step", [Step.CANCELLED, Step.REPLACED])
def test_what_ended_on_the_shelf_reserves_nothing_when_it_is_linked(
    store: Store, lamp: int, step: Step
) -> None:
    book(store, account(), of_lamp(Step.OPEN), now=after(minutes=1))
    book(store, account(), of_lamp(step), now=after(minutes=2))
    result = link_listing(store, OZON, "LAMP", [("MUG", 1)], now=after(minutes=3))
    assert result.lines_settled == 0
    assert level(store, "MUG") == (10, 0)


@pytest.mark.parametrize("step", [Step.DELIVERED, Step.CANCELLED])
def test_what_ended_away_from_the_shelf_is_booked_when_it_is_linked(
    store: Store, lamp: int, step: Step
) -> None:
    book(store, account(), of_lamp(Step.OPEN), now=after(minutes=1))
    book(store, account(), of_lamp(step, left_warehouse=True), now=after(minutes=2))
    assert link_listing(store, OZON, "LAMP", [("MUG", 1)], now=after(minutes=3)).lines_settled == 1
    assert level(store, "MUG") == (8, 0)


def test_what_does_not_count_is_not_booked_when_it_is_linked(store: Store, lamp: int) -> None:
    for number, step in enumerate((Step.OPEN, Step.SHIPPED)):
        test = of_lamp(step, order_id=str(number), ignored="a test order")
        book(store, account(), test, now=after(minutes=1))
    assert link_listing(store, OZON, "LAMP", [("MUG", 1)], now=after(minutes=3)).lines_settled == 0
    assert level(store, "MUG") == (10, 0)


def test_a_count_between_leaving_and_linking_has_seen_it_leave(store: Store, lamp: int) -> None:
    """However often it was read since, and whatever became of it: it left when it left."""
    book(store, account(), of_lamp(Step.OPEN), now=after(minutes=1))
    book(store, account(), of_lamp(Step.SHIPPED), now=after(minutes=2))
    count(store, "MUG", 8, now=after(minutes=3))
    book(store, account(), of_lamp(Step.DELIVERED), now=after(minutes=4))
    link_listing(store, OZON, "LAMP", [("MUG", 1)], now=after(minutes=5))
    assert level(store, "MUG") == (8, 0)


def test_an_order_read_before_its_listing_is_of_it_from_the_catalog_on(
    store: Store, ozon: int
) -> None:
    book(store, account(), of_lamp(Step.OPEN), now=after(minutes=1))
    offer(store, ozon, "LAMP", now=after(minutes=2))
    link_listing(store, OZON, "LAMP", [("MUG", 1)], now=after(minutes=3))
    assert level(store, "MUG") == (10, 2)
    assert sum(store.readings.open_units(ozon).values()) == 2


def test_a_line_of_what_no_catalog_has_is_linked_by_hand(store: Store, ozon: int) -> None:
    book(store, account(), order("1", {"GHOST": 2}), now=after(minutes=1))
    book(store, account(), order("2", {"GHOST": 1}), now=after(minutes=1))
    book(store, account(), order("2", {"GHOST": 1}, Step.SHIPPED), now=after(minutes=2))
    assert level(store, "MUG") == (10, 0)
    linked = link_listing(store, OZON, "GHOST", [("MUG", 1)], now=after(minutes=3))
    assert (linked.offer_id, linked.lines_settled) == ("GHOST", 2)
    # One has left, two are promised; nothing is shown or sent for it.
    assert level(store, "MUG") == (9, 2)
    assert ("GHOST", "1") not in targets(store, ozon)
    book(store, account(), order("3", {"GHOST": 1}), now=after(minutes=4))
    assert level(store, "MUG") == (9, 3)
    # It is called by what the order calls it, and linked otherwise like any other.
    assert link_listing(store, OZON, "line:offer:GHOST", [("MUG", 2)], now=NOW).lines_settled == 2
    assert level(store, "MUG") == (9, 6)
    # The card is there after all: new orders are of it, the old ones stay as they are.
    offer(store, ozon, "GHOST")
    book(store, account(), order("4", {"GHOST": 5}), now=after(minutes=5))
    assert level(store, "MUG") == (9, 6)
    assert level(store, "GHOST")[1] == 5
    assert store.ledger.totals_that_differ() == []


def test_a_line_without_an_article_is_linked_by_its_key(store: Store, ozon: int) -> None:
    nameless = OrderLine("1", ("chrt:77", "barcode:4601"), 2)
    book(store, account(), replace(order("1", {}), lines=(nameless,)))
    link_listing(store, OZON, "barcode:4601", [("MUG", 1)], now=NOW)
    assert level(store, "MUG") == (10, 2)
    with pytest.raises(UsageProblem, match="no listing 'chrt:78'"):
        link_listing(store, OZON, "chrt:78", [("MUG", 1)], now=NOW)


@pytest.mark.parametrize("leave", [False, True])
def test_an_unlinked_listing_shows_none_or_what_others_say_and_reserves_nothing(
    store: Store, ozon: int, leave: bool
) -> None:
    book(store, account(), order("1", {"MUG": 2}))
    result = unlink_listing(store, OZON, "MUG", now=NOW, leave=leave)
    assert (result.before, result.after) == ((Part("MUG", 1),), ())
    assert level(store, "MUG") == (10, 0)
    assert targets(store, ozon)["MUG", "1"] == (None if leave else 0)
    # A word is taken back by another.
    unlink_listing(store, OZON, "MUG", now=NOW, leave=not leave)
    assert targets(store, ozon)["MUG", "1"] == (0 if leave else None)
    link_listing(store, OZON, "MUG", [("MUG", 1)], now=NOW)
    assert targets(store, ozon)["MUG", "1"] == 8
    with pytest.raises(UsageProblem, match="not left to others"):
        link_listing(store, OZON, "MUG", [("MUG", 1)], now=NOW, leave=True)


def test_an_unlinked_listing_stays_so(store: Store, ozon: int) -> None:
    unlink_listing(store, OZON, "MUG", now=NOW)
    offer(store, ozon, "MUG", now=after(days=1))
    assert made_of(store, ozon, "MUG") == {}
    link_listing(store, OZON, "MUG", [("MUG", 1)], now=after(days=2))
    assert targets(store, ozon)["MUG", "1"] == 10


def test_a_listing_is_found_by_its_marketplace_id_too(store: Store, ozon: int) -> None:
    assert link_listing(store, OZON, "id-MUG", [("CUP", 1)], now=NOW).offer_id == "MUG"


def test_listings_of_one_article_are_told_apart_by_id(store: Store, ozon: int) -> None:
    offer(store, ozon, listing("TWIN", external_id="1"), listing("TWIN", external_id="2"))
    with pytest.raises(UsageProblem, match=r"2 listings 'TWIN'.*1 \(TWIN\), 2 \(TWIN\)"):
        link_listing(store, OZON, "TWIN", [("MUG", 1)], now=NOW)
    assert link_listing(store, OZON, "2", [("MUG", 1)], now=NOW).external_id == "2"


def test_new_products_are_made_only_when_asked_for(store: Store, ozon: int) -> None:
    before = contents(store)
    with pytest.raises(UsageProblem, match="no product 'LID'"):
        link_listing(store, OZON, "MUG", [("LID", 1)], now=NOW)
    assert contents(store) == before
    link_listing(store, OZON, "MUG", [("LID", 1)], now=NOW, create=True)
    assert made_of(store, ozon, "MUG") == {"LID": 1}


@pytest.mark.parametrize(
    ("components", "told"),
    [
        ([("MUG", 0)], "MUG: expected 1 to"),
        ([("MUG", -2)], "MUG: expected 1 to"),
        ([("MUG", 10**9)], "MUG: expected 1 to"),
        ([("MUG", 1), ("MUG", 2)], "MUG is named twice"),
        ([("", 1)], "article"),
        ([("MUG", 1), ("CUPP", 1)], "'CUPP'.*CUP"),
    ],
)
def test_a_composition_that_cannot_be_is_refused(
    store: Store, ozon: int, components: list[tuple[str, int]], told: str
) -> None:
    before = contents(store)
    with pytest.raises(UsageProblem, match=told):
        link_listing(store, OZON, "MUG", components, now=NOW)
    assert contents(store) == before


def test_what_is_not_known_is_told_with_what_looks_like_it(store: Store, ozon: int) -> None:
    with pytest.raises(UsageProblem, match="no account 'ozon-mian'; did you mean ozon-main"):
        link_listing(store, "ozon-mian", "MUG", [("MUG", 1)], now=NOW)
    with pytest.raises(UsageProblem, match=r"no listing 'MUGS'.*did you mean MUG"):
        unlink_listing(store, OZON, "MUGS", now=NOW)


def test_another_accounts_listing_is_not_touched(store: Store, ozon: int) -> None:
    ids = arrange(store, account(), account("wb-main", "wildberries"))
    offer(store, ids["wb-main"], "MUG")
    link_listing(store, OZON, "MUG", [("CUP", 1)], now=NOW)
    assert made_of(store, ids["wb-main"], "MUG") == {"MUG": 1}


def test_a_rehearsal_changes_nothing(store: Store, ozon: int) -> None:
    book(store, account(), order("1", {"MUG": 2}))
    before = contents(store)
    result = link_listing(store, OZON, "MUG", [("NEW", 3)], now=NOW, create=True, dry_run=True)
    assert (result.after, result.lines_settled) == ((Part("NEW", 3),), 1)
    assert unlink_listing(store, OZON, "MUG", now=NOW, dry_run=True).after == ()
    assert contents(store) == before


def test_the_account_need_not_be_named_where_one_alone_has_the_listing(store: Store) -> None:
    ids = arrange(store, account(), account("wb-main", "wildberries"))
    offer(store, ids["wb-main"], "BUNDLE", "CUP")
    assert link_listing(store, None, "BUNDLE", [("MUG", 2)], now=NOW).account == "wb-main"
    with pytest.raises(UsageProblem, match=r"several accounts .* 'CUP': .* \(ozon-main, wb-main\)"):
        link_listing(store, None, "CUP", [("MUG", 2)], now=NOW)
    with pytest.raises(UsageProblem, match=r"no account has a listing 'BUNDEL' .* BUNDLE"):
        link_listing(store, None, "BUNDEL", [("MUG", 2)], now=NOW)
