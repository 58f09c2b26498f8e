"""The world behind the sandbox: what is true, whatever the marketplaces show of it."""

from __future__ import annotations

import base64
import json
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cloudstock.sandbox.records import AWAY, IN_WAREHOUSE, Refused
from cloudstock.sandbox.world import World
from tests.sandbox.driving import START, Clock, small_world

ALL_ACCOUNTS = ("ozon-main", "wb-main", "ym-main")


def stocked(world: World, account: str, quantity: int = 10) -> str:
    """Count and show the account's first article; return it."""
    sku = next(s for s, o in world.account(account).offers.items() if not o.archived)
    world.count(sku, quantity)
    world.show(account, world.account(account).warehouses[0], sku, quantity)
    return sku


def state(world: World, account: str, sku: str) -> tuple[int, int, int | None, int]:
    """Shelf and promised units in truth; free and reserved as the account shows them."""
    own = world.account(account)
    shown = own.stock[own.warehouses[0], sku]
    truth = world.truth()[sku]
    return truth["on_hand"], truth["reserved"], shown.free, shown.reserved


# ---------------------------------------------------------------- the standard world


def test_sixty_products_most_of_them_offered_everywhere() -> None:
    world = World.standard()
    living = [s for s in world.products if not s.startswith("OLD-")]
    offered = {s: sum(s in a.offers for a in world.accounts.values()) for s in living}
    assert len(living) == 60
    assert set(offered.values()) == {2, 3}
    assert 1 <= sum(n == 2 for n in offered.values()) <= 6


def test_barcodes_look_like_ean_and_are_nobody_elses() -> None:
    products = World.standard().products.values()
    codes = [c for p in products for c in p.barcodes]
    assert all(len(c) == 13 and c.isdigit() for c in codes)
    assert len(set(codes)) == len(codes)


def test_some_articles_are_sizes_of_one_card() -> None:
    sized = [s for s in World.standard().products if "/" in s]
    cards = {s.split("/")[0] for s in sized}
    assert len(cards) >= 2
    assert all({f"{c}/M", f"{c}/L"} <= set(sized) for c in cards)


def test_ozon_and_yandex_have_an_archived_offer_and_goods_in_their_own_warehouse() -> None:
    world = World.standard()
    for name in ("ozon-main", "ym-main"):
        offers = world.account(name).offers.values()
        assert sum(o.archived for o in offers) == 1
        assert any(o.held_there for o in offers)
    assert not any(o.archived or o.held_there for o in world.account("wb-main").offers.values())


def test_nothing_is_counted_or_shown_in_the_beginning() -> None:
    world = World.standard()
    assert all(p.on_hand == 0 for p in world.products.values())
    assert all(s.free is None for a in world.accounts.values() for s in a.stock.values())


def test_the_same_seed_makes_the_same_world_and_another_seed_another() -> None:
    def names(seed: int) -> list[tuple[str, tuple[str, ...]]]:
        return [(p.sku, p.barcodes) for p in World.standard(seed=seed).products.values()]

    assert names(1) == names(1) != names(2)


def test_several_accounts_of_a_marketplace_have_credentials_and_warehouses_of_their_own() -> None:
    world = World.standard(accounts=("ozon-a", "ozon-b", "wb-a", "wb-b", "ym-a", "ym-b"))
    accounts = list(world.accounts.values())
    credentials = [tuple(sorted(a.credentials.items())) for a in accounts]
    assert len(set(credentials)) == len(accounts)
    places = [w for a in accounts for w in a.warehouses]
    assert len(set(places)) == len(places)


def test_a_wildberries_token_tells_its_seller_end_and_categories() -> None:
    world = small_world(Clock())
    payload = world.account("wb-main").credentials["token"].split(".")[1]
    claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    assert claims["exp"] > (START + timedelta(days=100)).timestamp()
    assert claims["sid"]
    assert all(claims["s"] >> bit & 1 for bit in (1, 2, 4, 11))
    assert not claims["s"] >> 30 & 1


def test_a_name_that_is_of_no_marketplace_is_refused() -> None:
    with pytest.raises(Refused, match="begins with"):
        World.standard(accounts=("ebay-main",))


def test_a_product_for_an_unknown_account_is_not_added_at_all() -> None:
    world = small_world()
    with pytest.raises(Refused, match="no account"):
        world.add_product("NEW-1", "New", (), ("ozon-main", "ozon-other"))
    assert "NEW-1" not in world.products
    assert "NEW-1" not in world.account("ozon-main").offers


# ---------------------------------------------------------------- buyers


@pytest.mark.parametrize("account", ALL_ACCOUNTS)
def test_an_order_takes_down_what_its_own_marketplace_shows_and_nothing_else(account: str) -> None:
    world = small_world()
    sku = stocked(world, account)
    others = [a for a in ALL_ACCOUNTS if a != account and sku in world.account(a).offers]
    for other in others:
        world.show(other, world.account(other).warehouses[0], sku, 10)
    world.place(account, [(sku, 3)])
    assert state(world, account, sku) == (10, 3, 7, 3)
    assert all(state(world, o, sku) == (10, 3, 10, 0) for o in others)


def test_on_wildberries_every_unit_is_an_order_and_a_basket_is_shared() -> None:
    world = small_world()
    orders = world.place("wb-main", [(stocked(world, "wb-main"), 3)])
    assert len({o.order_id for o in orders}) == 3
    assert len({o.basket for o in orders}) == 1
    assert all([line.quantity for line in o.lines] == [1] for o in orders)


@pytest.mark.parametrize("account", ["ozon-main", "ym-main"])
def test_elsewhere_a_basket_is_one_order(account: str) -> None:
    world = small_world()
    assert len(world.place(account, [(stocked(world, account), 3)])) == 1


def test_nobody_buys_what_is_not_shown() -> None:
    world = small_world()
    sku = stocked(world, "ozon-main", 2)
    with pytest.raises(Refused) as refused:
        world.place("ozon-main", [(sku, 2), (sku, 1)])
    assert refused.value.conflict
    assert state(world, "ozon-main", sku) == (2, 0, 2, 0)


def test_what_is_shown_but_not_there_is_oversold() -> None:
    world = small_world()
    sku = stocked(world, "ozon-main", 10)
    world.count(sku, 4)
    world.place("ozon-main", [(sku, 3)])
    assert world.truth()[sku]["oversold"] == 0
    world.place("ozon-main", [(sku, 3)])
    truth = world.truth()[sku]
    assert (truth["reserved"], truth["oversold"], truth["available"]) == (6, 2, 0)
    # What is sold beyond that is oversold unit by unit, and nothing twice.
    world.place("ozon-main", [(sku, 1)])
    assert world.truth()[sku]["oversold"] == 3


def test_a_forced_order_of_what_was_never_shown_leaves_it_never_shown() -> None:
    world = small_world()
    sku = world.account("ozon-main").offers and next(iter(world.account("ozon-main").offers))
    (order,) = world.place("ozon-main", [(sku, 2)], force=True)
    assert state(world, "ozon-main", sku) == (0, 2, None, 2)
    world.do("ozon-main", order.order_id, "cancel")
    assert state(world, "ozon-main", sku) == (0, 0, None, 0)


@pytest.mark.parametrize("kind", [{"fake": True}, {"held_there": True}])
def test_a_test_order_or_one_of_the_marketplaces_own_goods_moves_nothing(
    kind: dict[str, bool],
) -> None:
    world = small_world()
    sku = stocked(world, "ym-main")
    (order,) = world.place("ym-main", [(sku, 3)], **kind)
    assert state(world, "ym-main", sku) == (10, 0, 10, 0)
    world.do("ym-main", order.order_id, "ship")
    assert state(world, "ym-main", sku) == (10, 0, 10, 0)


def test_an_order_may_turn_up_late_though_it_was_made_before() -> None:
    clock = Clock()
    world = small_world(clock)
    sku = stocked(world, "ozon-main")
    world.place(
        "ozon-main",
        [(sku, 1)],
        created_at=START - timedelta(hours=2),
        visible_from=START + timedelta(minutes=5),
    )
    assert world.visible_orders("ozon-main") == []
    assert state(world, "ozon-main", sku) == (10, 1, 9, 1)
    clock.pass_by(minutes=5)
    (seen,) = world.visible_orders("ozon-main")
    assert seen.created_at == START - timedelta(hours=2)


def test_a_hidden_order_can_be_revealed_at_once() -> None:
    world = small_world()
    sku = stocked(world, "ozon-main")
    later = START + timedelta(days=1)
    (order,) = world.place("ozon-main", [(sku, 1)], visible_from=later)
    world.reveal("ozon-main", order.order_id)
    assert world.visible_orders("ozon-main") == [order]


def test_the_clock_can_be_moved_forward() -> None:
    world = small_world()
    world.advance(90)
    assert world.now() == START + timedelta(seconds=90)


# ---------------------------------------------------------------- an order's life


@pytest.mark.parametrize(
    ("verbs", "after"),
    [
        (["confirm"], (10, 3, 7, 3)),
        (["pack"], (10, 3, 7, 3)),
        (["confirm", "pack"], (10, 3, 7, 3)),
        (["ship"], (7, 0, 7, 0)),
        (["ship", "deliver"], (7, 0, 7, 0)),
        (["deliver"], (7, 0, 7, 0)),
        (["refuse"], (7, 0, 7, 0)),
        (["cancel"], (10, 0, 10, 0)),
        (["pack", "cancel"], (10, 0, 10, 0)),
        (["ship", "cancel"], (7, 0, 7, 0)),
        (["ship", "back"], (10, 3, 7, 3)),
        (["ship", "back", "ship"], (7, 0, 7, 0)),
        (["ship", "back", "cancel"], (10, 0, 10, 0)),
        (["split"], (10, 3, 7, 3)),
    ],
)
def test_what_moves_the_shelf_and_what_ozon_shows(
    verbs: list[str], after: tuple[int, int, int, int]
) -> None:
    world = small_world()
    sku = stocked(world, "ozon-main")
    (order,) = world.place("ozon-main", [(sku, 3)])
    for verb in verbs:
        world.do("ozon-main", order.order_id, verb)
    assert state(world, "ozon-main", sku) == after


@pytest.mark.parametrize(
    ("account", "verbs", "free"),
    [
        ("ozon-main", ["cancel"], 10),
        ("ozon-main", ["pack", "cancel"], 10),
        ("wb-main", ["cancel"], 9),
        ("ym-main", ["cancel"], 10),
        ("ym-main", ["confirm", "cancel"], 10),
        ("ym-main", ["pack", "cancel"], 9),
    ],
)
def test_which_cancellations_come_back_by_themselves(
    account: str, verbs: list[str], free: int
) -> None:
    world = small_world()
    sku = stocked(world, account)
    (order,) = world.place(account, [(sku, 1)])
    for verb in verbs:
        world.do(account, order.order_id, verb)
    assert state(world, account, sku) == (10, 0, free, 0)


def test_whether_cancellations_come_back_can_be_changed() -> None:
    world = small_world()
    world.gives_back |= {"ozon": False, "wildberries": True}
    for account, free in (("ozon-main", 9), ("wb-main", 10)):
        sku = stocked(world, account)
        (order,) = world.place(account, [(sku, 1)])
        world.do(account, order.order_id, "cancel")
        assert state(world, account, sku)[2] == free


@pytest.mark.parametrize(
    ("before", "verb"),
    [
        (["ship"], "ship"),
        (["ship"], "confirm"),
        (["ship"], "pack"),
        (["ship"], "split"),
        (["pack"], "confirm"),
        ([], "back"),
        (["cancel"], "ship"),
        (["cancel"], "cancel"),
        (["deliver"], "cancel"),
        (["deliver"], "refuse"),
        (["split"], "ship"),
        ([], "eat"),
    ],
)
def test_what_cannot_happen_changes_nothing(before: list[str], verb: str) -> None:
    world = small_world()
    sku = stocked(world, "ozon-main")
    (order,) = world.place("ozon-main", [(sku, 3)])
    for done in before:
        world.do("ozon-main", order.order_id, done)
    as_it_was, stands = state(world, "ozon-main", sku), order.state
    with pytest.raises(Refused):
        world.do("ozon-main", order.order_id, verb)
    assert (state(world, "ozon-main", sku), order.state) == (as_it_was, stands)


def two_lines(world: World, account: str = "ozon-main") -> tuple[Any, str, str]:
    first, second = [s for s, o in world.account(account).offers.items() if not o.archived][:2]
    for sku in (first, second):
        world.count(sku, 10)
        world.show(account, world.account(account).warehouses[0], sku, 10)
    (order,) = world.place(account, [(first, 3), (second, 2)])
    return order, first, second


def test_part_of_an_order_can_be_cancelled() -> None:
    world = small_world()
    order, first, second = two_lines(world)
    world.do("ozon-main", order.order_id, "cancel", lines=[(first, 2)])
    assert order.state == "new"
    assert state(world, "ozon-main", first) == (10, 1, 9, 1)
    assert state(world, "ozon-main", second) == (10, 2, 8, 2)
    world.do("ozon-main", order.order_id, "ship")
    assert state(world, "ozon-main", first) == (9, 0, 9, 0)


def test_a_line_that_shrinks_is_a_change_but_no_change_of_status() -> None:
    clock = Clock()
    world = small_world(clock)
    order, first, _ = two_lines(world)
    clock.pass_by(minutes=1)
    world.do("ozon-main", order.order_id, "cancel", lines=[(first, 1)])
    assert order.changed_at == clock.now
    assert order.status_at is None
    world.do("ozon-main", order.order_id, "pack")
    assert order.status_at == clock.now


def test_cancelling_more_than_was_ordered_changes_no_line() -> None:
    world = small_world()
    order, first, second = two_lines(world)
    with pytest.raises(Refused, match="has no 3"):
        world.do("ozon-main", order.order_id, "cancel", lines=[(first, 1), (second, 3)])
    assert state(world, "ozon-main", first) == (10, 3, 7, 3)


def test_cancelling_every_line_cancels_the_order() -> None:
    world = small_world()
    order, first, second = two_lines(world)
    world.do("ozon-main", order.order_id, "cancel", lines=[(first, 3), (second, 2)])
    assert order.state == "cancelled"
    assert state(world, "ozon-main", first) == (10, 0, 10, 0)


def test_part_of_what_is_on_its_way_cannot_be_cancelled() -> None:
    world = small_world()
    order, first, _ = two_lines(world)
    world.do("ozon-main", order.order_id, "ship")
    with pytest.raises(Refused, match="shipped"):
        world.do("ozon-main", order.order_id, "cancel", lines=[(first, 1)])


def test_a_split_counts_every_unit_once() -> None:
    world = small_world()
    order, first, second = two_lines(world)
    world.do("ozon-main", order.order_id, "pack")
    made = world.do("ozon-main", order.order_id, "split", lines=[(first, 1)])["orders"]
    children = [world.order("ozon-main", i) for i in made]
    assert order.state == "replaced"
    assert [c.parent for c in children] == [order.order_id] * 2
    assert [c.state for c in children] == ["packed"] * 2
    assert all(c.packed for c in children)
    units = [sorted((line.sku, line.left) for line in c.lines) for c in children]
    assert units == [sorted([(first, 2), (second, 2)]), [(first, 1)]]
    assert state(world, "ozon-main", first) == (10, 3, 7, 3)
    world.do("ozon-main", made[0], "ship")
    assert state(world, "ozon-main", first) == (8, 1, 7, 1)


@pytest.mark.parametrize("lines", [[("first", 4)], [("first", 3), ("second", 2)], [("NO", 1)]])
def test_a_split_leaves_something_on_both_sides(lines: list[tuple[str, int]]) -> None:
    world = small_world()
    order, first, second = two_lines(world)
    names = {"first": first, "second": second}
    with pytest.raises(Refused):
        world.do(
            "ozon-main", order.order_id, "split", lines=[(names.get(s, s), n) for s, n in lines]
        )
    assert order.state == "new"


def test_only_ozon_splits() -> None:
    world = small_world()
    order, first, _ = two_lines(world, "ym-main")
    with pytest.raises(Refused, match="Ozon"):
        world.do("ym-main", order.order_id, "split", lines=[(first, 1)])


def test_a_word_put_over_a_status_ends_with_the_next_step() -> None:
    world = small_world()
    order, _, _ = two_lines(world)
    world.do("ozon-main", order.order_id, "set_status", status="something_new")
    assert (order.status, order.state) == ("something_new", "new")
    world.do("ozon-main", order.order_id, "split")
    assert order.status is None


# ---------------------------------------------------------------- what comes back


def test_a_refused_order_begins_its_way_back_and_is_on_the_shelf_only_when_put_there() -> None:
    world = small_world()
    sku = stocked(world, "ozon-main")
    (order,) = world.place("ozon-main", [(sku, 3)])
    (return_id,) = world.do("ozon-main", order.order_id, "refuse")["returns"]
    for verb in ("transit", "arrive", "receive"):
        world.do_return("ozon-main", return_id, verb)
        assert world.truth()[sku]["on_hand"] == 7
    world.restock(sku, 3)
    assert world.truth()[sku]["on_hand"] == 10
    assert world.account("ozon-main").stock[world.account("ozon-main").warehouses[0], sku].free == 7


@pytest.mark.parametrize(
    ("verbs", "kind"),
    [(["deliver"], "client"), (["ship", "cancel"], "cancelled"), (["ship"], "cancelled")],
)
def test_a_return_knows_why(verbs: list[str], kind: str) -> None:
    world = small_world()
    sku = stocked(world, "ozon-main")
    (order,) = world.place("ozon-main", [(sku, 1)])
    for verb in verbs:
        world.do("ozon-main", order.order_id, verb)
    world.start_return("ozon-main", order.order_id, None)
    assert [r.kind for r in world.returns_of("ozon-main")] == [kind]


def test_no_unit_comes_back_twice() -> None:
    world = small_world()
    order, first, second = two_lines(world)
    world.do("ozon-main", order.order_id, "deliver")
    world.start_return("ozon-main", order.order_id, [(first, 2)])
    with pytest.raises(Refused, match="left to come back"):
        world.start_return("ozon-main", order.order_id, [(first, 2)])
    world.start_return("ozon-main", order.order_id, None)
    back = sorted((r.sku, r.quantity) for r in world.returns_of("ozon-main"))
    assert back == sorted([(first, 2), (first, 1), (second, 2)])
    with pytest.raises(Refused, match="already"):
        world.start_return("ozon-main", order.order_id, None)


def test_what_never_left_cannot_come_back() -> None:
    world = small_world()
    order, _, _ = two_lines(world)
    with pytest.raises(Refused, match="nothing can come back"):
        world.start_return("ozon-main", order.order_id, None)


@pytest.mark.parametrize("end", ["receive", "lose"])
def test_a_return_ends_once(end: str) -> None:
    world = small_world()
    order, first, _ = two_lines(world)
    world.do("ozon-main", order.order_id, "deliver")
    (return_id,) = world.start_return("ozon-main", order.order_id, [(first, 1)])
    world.do_return("ozon-main", return_id, end)
    with pytest.raises(Refused):
        world.do_return("ozon-main", return_id, "receive")


# ---------------------------------------------------------------- Yandex


def test_a_reading_may_lag_behind_a_write_in_compressed_time() -> None:
    clock = Clock()
    world = small_world(clock, speed=60)
    world.ym_lag_s = 600
    sku = stocked(world, "ym-main")
    own = world.account("ym-main")
    shown = own.stock[own.warehouses[0], sku]
    assert (shown.free, world.readable_free(shown)) == (10, None)
    clock.pass_by(seconds=10)
    assert world.readable_free(shown) == 10


def test_warehouses_of_a_group_show_one_stock() -> None:
    world = small_world(accounts=("ym-a", "ym-b"))
    world.unite("shelf", ("ym-a", "ym-b"))
    sku = stocked(world, "ym-a")
    world.place("ym-b", [(sku, 3)])
    assert state(world, "ym-a", sku)[2:] == state(world, "ym-b", sku)[2:] == (7, 3)


# ---------------------------------------------------------------- whatever happens

VERBS = ("confirm", "pack", "ship", "deliver", "cancel", "cancel-one", "refuse", "back", "split")


@settings(max_examples=60)
@given(
    events=st.lists(
        st.one_of(
            st.tuples(st.just("buy"), st.sampled_from(ALL_ACCOUNTS), st.integers(1, 4)),
            st.tuples(st.sampled_from(VERBS), st.integers(0, 20), st.just(0)),
            st.tuples(st.just("return"), st.integers(0, 20), st.just(0)),
        ),
        max_size=40,
    )
)
def test_units_are_kept_whatever_happens(events: list[tuple[str, Any, int]]) -> None:
    """Shelf = counted - away; what the marketplaces hold = what open orders are promised."""
    world = small_world(products=3)
    sku = next(s for s in world.products if all(s in world.account(a).offers for a in ALL_ACCOUNTS))
    world.count(sku, 20)
    for account in ALL_ACCOUNTS:
        world.show(account, world.account(account).warehouses[0], sku, 20)
    for verb, which, quantity in events:
        orders = list(world.orders.values())
        try:
            if verb == "buy":
                world.place(which, [(sku, quantity)])
            elif orders and verb == "return":
                chosen = orders[which % len(orders)]
                world.start_return(chosen.account, chosen.order_id, None)
            elif orders:
                chosen = orders[which % len(orders)]
                lines = [(sku, 1)] if verb == "cancel-one" else None
                name = "cancel" if verb == "cancel-one" else verb
                world.do(chosen.account, chosen.order_id, name, lines=lines)
        except Refused:
            continue
    truth = world.truth()[sku]
    left = dict.fromkeys(("shelf", "away"), 0)
    for order in world.orders.values():
        units = sum(line.left for line in order.lines)
        left["shelf"] += units if order.state in IN_WAREHOUSE else 0
        left["away"] += units if order.state in AWAY else 0
    held = [a.stock[a.warehouses[0], sku] for a in world.accounts.values()]
    assert truth["on_hand"] == 20 - left["away"]
    assert truth["reserved"] == left["shelf"] == sum(s.reserved for s in held)
    assert all(s.free is not None and 0 <= s.free <= 20 for s in held)
    assert sum(r.quantity for r in world.returns.values()) <= left["away"]
