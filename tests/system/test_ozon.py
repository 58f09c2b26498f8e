"""Ozon with its official limits, keys and words: what a seller sees of them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from cloudstock.sandbox.ozon import OzonFake
from cloudstock.sandbox.world import World
from tests.system.conftest import SPEED, Shop

NAME = "ozon-main"
WRITE = "/v2/products/stocks"
OWN_STOCK, OWN_DELIVERY = 0, 1


@pytest.fixture
def world() -> World:
    """A seller who also delivers himself, from a warehouse of his own."""
    made = World.standard(products=8, speed=SPEED, seed=4, accounts=(NAME, "ym-main"), warehouses=2)
    account = made.account(NAME)
    account.dbs_warehouses.add(account.warehouses[OWN_DELIVERY])
    return made


def methods(world: World, *lacking: str) -> list[str]:
    """Every method of Ozon's but some."""
    return [route.path for route in OzonFake(world).routes if route.path not in lacking]


def test_a_first_day_of_many_pages(shop: Shop, world: World) -> None:
    """Orders of three months, more than a page may hold; those that are open are reserved."""
    now = world.now()
    skus = sorted(world.account(NAME).offers)[:4]
    for n in range(330):
        made_at = now - timedelta(days=80) / 330 * n
        (order,) = world.place(NAME, [(skus[n % 4], 1)], force=True, created_at=made_at)
        if n >= 130:
            world.do(NAME, order.order_id, "deliver", at=made_at + timedelta(hours=1))
    shop.run("pull-catalog")
    shop.run("sync", expect=None)
    shop.count_everything(200)
    shop.run("sync", "--full")
    truth, stock = shop.truth(), shop.stock()
    assert {s: stock[s]["reserved"] for s in skus} == {s: truth[s]["reserved"] for s in skus}
    assert sum(truth[s]["reserved"] for s in skus) == 130
    assert shop.breaches() == []


def ends(shop: Shop, **later: float) -> None:
    shop.tell("key", account=NAME, ends=(datetime.now(UTC) + timedelta(**later)).isoformat())


def test_a_key_about_to_end_is_told_in_time(open_shop: Shop) -> None:
    assert "the key" not in open_shop.run("status").out
    ends(open_shop, days=13, hours=1)
    checked = open_shop.run("check")
    assert "in 13 days; make a new one in the cabinet" in " ".join(checked.out.split()), checked.out
    assert "in 13 days; make a new one in the cabinet" in open_shop.run("status").out
    # A new key in time, and nothing is said any more.
    ends(open_shop, days=170)
    assert "the key ends on" in open_shop.run("check").out
    assert "the key" not in open_shop.run("status").out


def test_a_key_that_has_ended_fails_its_account_and_no_other(open_shop: Shop) -> None:
    ends(open_shop, days=-1)
    ended = open_shop.run("sync", "--json", expect=1)
    by_name = {a["account"]: a for a in ended.json["accounts"]}
    assert by_name["ym-main"]["ok"]
    assert by_name[NAME]["error"]["kind"] == "credentials"
    assert "Api-key is deactivated" in by_name[NAME]["error"]["message"]


def test_a_key_that_only_reads_is_found_by_check(open_shop: Shop, world: World) -> None:
    roles = [{"name": "Reader", "methods": methods(world, WRITE)}]
    open_shop.tell("key", account=NAME, roles=roles)
    checked = open_shop.run("check", "--json", expect=1)
    by_name = {a["account"]: a for a in checked.json["accounts"]}
    assert by_name["ym-main"]["ok"]
    message = by_name[NAME]["error"]["message"]
    assert "the key may only read: stock cannot be pushed with it" in message
    assert "(Reader)" in message
    assert f"POST {WRITE}" in message
    # Everything else goes on: orders are read and booked, and the other account is pushed.
    (sku,) = open_shop.skus()[:1]
    assert open_shop.buys(NAME, (sku, 1)) is not None
    synced = open_shop.run("sync", "--json", expect=1).json
    by_name = {a["account"]: a for a in synced["accounts"]}
    assert by_name["ym-main"]["ok"]
    assert "missing a required role" in by_name[NAME]["error"]["message"]
    assert open_shop.stock()[sku]["reserved"] == 1


def test_rights_that_are_missing_are_named(open_shop: Shop, world: World) -> None:
    lacking = ("/v4/posting/fbs/list", "/v2/returns/rfbs/list")
    roles = [{"name": "Half", "methods": methods(world, *lacking)}]
    open_shop.tell("key", account=NAME, roles=roles)
    answer = open_shop.run("check", "--account", NAME, "--json", expect=None).json
    message = answer["accounts"][0]["error"]["message"]
    for words in ("POST /v4/posting/fbs/list (orders)", "POST /v2/returns/rfbs/list (returns)"):
        assert words in message
    told = [n for n in answer["notes"] if n.startswith(f"{NAME}: error: the key may not read ")]
    assert [n.split()[7].rstrip(":") for n in told] == ["orders", "returns"]
    assert "only read" not in f"{message}{answer['notes']}"


def delivered(shop: Shop, world: World, sku: str, place: int) -> str:
    warehouse = world.account(NAME).warehouses[place]
    orders = shop.buys(NAME, (sku, 1), warehouse=warehouse)
    assert orders is not None
    shop.run("sync")
    shop.order(NAME, orders[0], "deliver")
    shop.run("sync")
    return orders[0]


@pytest.mark.parametrize("place", [OWN_STOCK, OWN_DELIVERY], ids=["FBS", "rFBS"])
def test_what_comes_back_is_booked_once_whoever_delivered(
    open_shop: Shop, world: World, place: int
) -> None:
    sku = open_shop.skus()[0]
    order_id = delivered(open_shop, world, sku, place)
    (made,) = open_shop.tell("returns", account=NAME, order=order_id)["returns"]
    open_shop.run("sync")
    (row,) = open_shop.run("show-returns", "--expected", "--json").json
    assert (row["order_id"], row["quantity"]) == (order_id, 1)
    open_shop.tell(f"returns/{NAME}/{made}", do="receive")
    for _ in range(2):
        open_shop.run("sync")
    (row,) = open_shop.run("show-returns", "--waiting", "--json").json
    assert (row["order_id"], row["waiting"]) == (order_id, 1)
    open_shop.run("receive-return", row["return_id"])
    assert open_shop.stock()[sku]["on_hand"] == 10
    assert open_shop.breaches() == []


def test_a_dispute_is_no_trouble_and_moves_nothing(open_shop: Shop, world: World) -> None:
    sku = open_shop.skus()[0]
    order_id = delivered(open_shop, world, sku, OWN_STOCK)
    (made,) = open_shop.tell("returns", account=NAME, order=order_id)["returns"]
    open_shop.tell(f"returns/{NAME}/{made}", do="set_status", status="DisputeOpened")
    open_shop.run("sync")
    (row,) = open_shop.run("show-returns", "--undecided", "--json").json
    assert (row["step"], row["status"]) == ("undecided", "DisputeOpened")
    assert "undecided" in open_shop.run("show-returns").out
    assert open_shop.stock()[sku]["on_hand"] == 9
    assert open_shop.run("status").code == 0
    # A word that nobody knows is told of.
    open_shop.tell(f"returns/{NAME}/{made}", do="set_status", status="Vaporised")
    open_shop.run("sync", expect=None)
    status = open_shop.run("status", expect=1)
    assert "Vaporised" in status.out
    open_shop.tell(f"returns/{NAME}/{made}", do="receive")
    open_shop.run("sync")
    assert len(open_shop.run("show-returns", "--waiting", "--json").json) == 1


@pytest.mark.parametrize("shipped", [False, True])
def test_a_disputed_order_stays_what_it_was_and_is_no_trouble(
    open_shop: Shop, shipped: bool
) -> None:
    sku = open_shop.skus()[0]
    (order_id,) = open_shop.buys(NAME, (sku, 1)) or ("",)
    open_shop.run("sync")
    if shipped:
        open_shop.order(NAME, order_id, "ship")
        open_shop.run("sync")
    before = open_shop.stock()[sku]
    assert (before["on_hand"], before["reserved"]) == ((9, 0) if shipped else (10, 1))
    status = "client_arbitration" if shipped else "arbitration"
    open_shop.order(NAME, order_id, "set_status", status=status)
    open_shop.run("sync")
    (row,) = open_shop.run("show-orders", "--disputed", "--json").json
    assert (row["order_id"], row["step"], row["status"]) == (order_id, "disputed", status)
    after = open_shop.stock()[sku]
    assert (after["on_hand"], after["reserved"]) == (before["on_hand"], before["reserved"])
    open_shop.run("status")
    # It is asked for until it ends.
    open_shop.order(NAME, order_id, "set_status", status="delivered")
    open_shop.run("sync")
    assert open_shop.stock()[sku]["on_hand"] == 9
    assert open_shop.run("show-orders", "--disputed", "--json").json == []
