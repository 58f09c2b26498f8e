"""Yandex.Market's fake keeps to its contract: what it refuses, and what it tells."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from email.utils import parsedate_to_datetime
from typing import Any

import pytest

from cloudstock.sandbox.request import Response
from cloudstock.sandbox.server import Sandbox
from cloudstock.sandbox.serving import asgi_app
from cloudstock.sandbox.world import World
from cloudstock.sandbox.yandex_market_shops import MARKET_WAREHOUSE, RETURNS_WAREHOUSE
from tests.sandbox.driving import Clock, Machine

MOSCOW = timezone(timedelta(hours=3))


class Seller(Machine):
    """A seller's machine at Market's door."""

    def __init__(self, world: World, account: str = "ym-main") -> None:
        super().__init__(Sandbox(world), account)
        own = self.account.credentials
        self.campaign, self.business = own["campaign_id"], own["business_id"]
        self.warehouse = self.place

    def path(self, path: str) -> str:
        return path.replace("{c}", self.campaign).replace("{b}", self.business)

    def send(self, method: str, path: str, body: Any = None, **also: Any) -> Response:
        return super().send(method, self.path(path), body, **also)

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        answer = self.send(method, path, body)
        assert answer.status == 200, answer.body.decode()
        return json.loads(answer.body)

    def refused(self, status: int, method: str, path: str, body: Any = None, **also: Any) -> str:
        """Return the message of a refusal, which must be of Market's form and a breach."""
        answer = self.send(method, path, body, **also)
        assert answer.status == status, answer.body.decode()
        told = json.loads(answer.body)
        assert told["status"] == "ERROR"
        assert told["errors"][0]["code"]
        assert self.sandbox.log[-1].why
        return str(told["errors"][0]["message"])

    def push(self, *rows: tuple[str, int], at: datetime | None = None) -> Response:
        """Write by the method that serves the cabinet."""
        stamp = {} if at is None else {"updatedAt": at.isoformat()}
        if self.world.account(self.name).group is None:
            place = {"partnerWarehouseId": self.warehouse}
            items = [{"sku": s, "count": n, **place, **stamp} for s, n in rows]
            return self.send("POST", STOCKS_V3 + "/update", {"skuItems": items})
        skus = [{"sku": s, "items": [{"count": n, **stamp}]} for s, n in rows]
        return self.send("PUT", STOCKS, {"skus": skus})

    def free(self, sku: str) -> int | None:
        return self.stock(sku)[0]

    def walk(
        self, method: str, path: str, body: Any, rows: Callable[[Any], list[Any]]
    ) -> list[Any]:
        """All pages, by their tokens."""
        found: list[Any] = []
        token = ""
        for _ in range(200):
            joint = "&" if "?" in path else "?"
            told = self.ask(method, f"{path}{joint}pageToken={token}" if token else path, body)
            found += rows(told)
            token = told.get("result", told).get("paging", {}).get("nextPageToken", "")
            if not token:
                return found
        raise AssertionError("the walk does not end")

    def orders(self, body: Any = None) -> list[Any]:
        path = "/v1/businesses/{b}/orders"
        return self.walk("POST", path, body or {}, lambda told: list(told["orders"]))

    def own_orders(self, body: Any = None) -> dict[int, Any]:
        return {o["orderId"]: o for o in self.orders(body) if o["programType"] == "FBS"}

    def order(self, order_id: str) -> Any:
        return self.own_orders({"orderIds": [int(order_id)]})[int(order_id)]

    def buy(self, *lines: tuple[str, int], **also: Any) -> str:
        return self.world.place(self.name, list(lines), force=True, **also)[0].order_id


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def seller(clock: Clock) -> Seller:
    return Seller(World.standard(products=60, clock=clock))


@pytest.fixture
def by_shop(clock: Clock) -> Seller:
    """A cabinet with a group of warehouses: its stock is read and written by shop."""
    world = World.standard(products=60, clock=clock)
    world.unite("Склады", ["ym-main"])
    return Seller(world)


STOCKS = "/v2/campaigns/{c}/offers/stocks"
STOCKS_V3 = "/v3/businesses/{b}/offers/stocks"
ORDERS = "/v1/businesses/{b}/orders"


# ---------------------------------------------------------------- credentials


@pytest.mark.parametrize(
    ("key", "message"),
    [
        ("", "Credentials are not specified"),
        ("nonsense", "Api-Key token format is invalid"),
        ("ACMA:other:key", "Api-Key token is invalid"),
    ],
)
def test_a_wrong_key_is_401(seller: Seller, key: str, message: str) -> None:
    assert seller.refused(401, "GET", "/v2/campaigns", api_key=key) == message


def test_the_token_tells_its_scopes(seller: Seller) -> None:
    told = seller.ask("POST", "/v2/auth/token")
    assert told["status"] == "OK"
    assert told["result"]["apiKey"]["authScopes"] == ["ALL_METHODS"]


def test_a_token_that_only_reads_cannot_write(by_shop: Seller) -> None:
    by_shop.world.account("ym-main").scopes = (
        "OFFERS_AND_CARDS_MANAGEMENT_READ_ONLY",
        "INVENTORY_AND_ORDER_PROCESSING_READ_ONLY",
    )
    by_shop.ask("POST", STOCKS)
    by_shop.ask("POST", ORDERS, {})
    body = {"skus": [{"sku": by_shop.skus[0], "items": [{"count": 1}]}]}
    assert "OFFERS_AND_CARDS_MANAGEMENT" in by_shop.refused(403, "PUT", STOCKS, body)
    assert by_shop.free(by_shop.skus[0]) is None


def test_another_cabinets_shop_is_403_and_nobodys_404(clock: Clock) -> None:
    world = World.standard(products=3, accounts=("ym-a", "ym-b"), clock=clock)
    seller = Seller(world, "ym-a")
    foreign = world.account("ym-b").credentials
    path = f"/v2/campaigns/{foreign['campaign_id']}/offers/stocks"
    seller.refused(403, "GET", f"/v2/campaigns/{foreign['campaign_id']}")
    assert seller.refused(403, "POST", path) == "Access denied"
    seller.refused(403, "POST", f"/v1/businesses/{foreign['business_id']}/orders", {})
    missing = seller.refused(404, "POST", "/v2/campaigns/77/offers/stocks")
    assert missing == "Campaign not found: 77"
    seller.refused(400, "POST", "/v2/campaigns/x/offers/stocks")


# ---------------------------------------------------------------- discovery


def test_campaigns_come_bare_with_the_one_at_market_beside(seller: Seller) -> None:
    told = seller.ask("GET", "/v2/campaigns")
    assert "status" not in told
    assert [c["placementType"] for c in told["campaigns"]] == ["FBS", "FBY"]
    assert told["campaigns"][0]["business"]["id"] == int(seller.business)
    assert told["paging"] == {}
    seller.refused(400, "GET", "/v2/campaigns?limit=101")
    seller.refused(400, "GET", "/v2/campaigns?shop=1")


def test_warehouses_by_the_three_methods(seller: Seller) -> None:
    path = "/v2/businesses/{b}/warehouses"
    row = seller.ask("POST", path)["result"]["warehouses"][0]
    assert (row["id"], row["campaignId"]) == (seller.warehouse, int(seller.campaign))
    assert "groupInfo" not in row
    assert seller.ask("POST", path, {"campaignIds": [1]})["result"]["warehouses"] == []
    seller.refused(400, "POST", path, {"campaignIds": []})
    seller.refused(400, "POST", f"{path}?limit=31", {})
    v3 = seller.ask("POST", "/v3/businesses/{b}/warehouses", {})["result"]["warehouses"][0]
    assert v3["id"] == seller.warehouse
    assert v3["models"][0]["placementType"] == "FBS"
    old = seller.ask("GET", path)["result"]
    assert [w["id"] for w in old["warehouses"]] == [seller.warehouse]
    assert old["warehouseGroups"] == []
    assert "deprecated" in str(seller.sandbox.log[-1].why)


def test_markets_own_warehouses_are_told_apart(seller: Seller) -> None:
    told = seller.ask("GET", f"/v2/warehouses?campaignId={seller.campaign}")
    ids = {w["id"] for w in told["result"]["warehouses"]}
    assert ids == {MARKET_WAREHOUSE, RETURNS_WAREHOUSE}
    assert seller.warehouse not in ids


# ---------------------------------------------------------------- catalog


def test_the_catalog_leaves_archived_out_unless_asked(seller: Seller) -> None:
    path = "/v2/businesses/{b}/offer-mappings"

    def rows(told: Any) -> list[Any]:
        return list(told["result"]["offerMappings"])

    live = seller.walk("POST", f"{path}?limit=25", None, rows)
    assert sorted(r["offer"]["offerId"] for r in live) == sorted(seller.skus)
    assert all(r["offer"]["barcodes"] and r["offer"]["name"] for r in live)
    archived = seller.walk("POST", path, {"archived": True}, rows)
    assert len(archived) == 1
    old = archived[0]["offer"]["offerId"]
    assert old not in seller.skus
    both = seller.ask("POST", path, {"offerIds": [seller.skus[0], old, "nobody's"]})
    assert {r["offer"]["offerId"] for r in rows(both)} == {seller.skus[0], old}


@pytest.mark.parametrize(
    "body",
    [
        {"offerIds": []},
        {"offerIds": ["A", "A"]},
        {"offerIds": [1]},
        {"offerIds": [f"A{n}" for n in range(101)]},
        {"offerIds": ["A"], "archived": True},
        {"archived": "true"},
        {"colour": "red"},
        [],
    ],
)
def test_the_catalog_refuses(seller: Seller, body: Any) -> None:
    seller.refused(400, "POST", "/v2/businesses/{b}/offer-mappings", body)


def test_offers_of_a_campaign_need_a_body_and_refuse_too_large_pages(by_shop: Seller) -> None:
    path = "/v2/campaigns/{c}/offers"
    by_shop.refused(415, "POST", path)
    by_shop.refused(400, "POST", f"{path}?limit=201", {})
    told = by_shop.ask("POST", path, {})["result"]["offers"]
    assert {o["offerId"] for o in told} > set(by_shop.skus)
    assert {o["status"] for o in told} == {"NO_STOCKS", "ARCHIVED"}
    by_shop.push((by_shop.skus[0], 3))
    told = by_shop.ask("POST", path, {"statuses": ["PUBLISHED"]})["result"]["offers"]
    assert [o["offerId"] for o in told] == [by_shop.skus[0]]


# ---------------------------------------------------------------- pages


def test_limits_of_pages_are_cut_silently(seller: Seller) -> None:
    path = "/v2/businesses/{b}/offer-mappings"
    world = seller.world
    for n in range(80):
        world.add_product(f"EXTRA-{n}", "Extra", (), ["ym-main"])
    assert len(seller.ask("POST", path)["result"]["offerMappings"]) == 50
    told = seller.ask("POST", f"{path}?limit=5000")["result"]
    assert len(told["offerMappings"]) == 100
    assert told["paging"]["nextPageToken"]
    seller.refused(400, "POST", f"{path}?limit=0")
    seller.refused(400, "POST", f"{path}?limit=ten")


def test_a_page_token_belongs_to_its_question(seller: Seller) -> None:
    path = "/v2/businesses/{b}/offer-mappings"
    token = seller.ask("POST", f"{path}?limit=10", {})["result"]["paging"]["nextPageToken"]
    seller.ask("POST", f"{path}?limit=10&pageToken={token}", {})
    seller.ask("POST", f"{path}?limit=10&page_token={token}", {})
    assert "token" in seller.refused(400, "POST", f"{path}?limit=20&pageToken={token}", {})
    seller.refused(400, "POST", f"{path}?limit=10&pageToken={token}", {"archived": True})
    seller.refused(400, "POST", f"{path}?limit=10&pageToken=!!", {})


def test_a_page_ordered_twice_comes_twice_and_the_walk_still_ends(seller: Seller) -> None:
    seller.tell("faults", account=seller.name, kind="duplicate_page", after=1)
    path = "/v2/businesses/{b}/offer-mappings?limit=20"
    found = seller.walk("POST", path, {}, lambda told: told["result"]["offerMappings"])
    names = [r["offer"]["offerId"] for r in found]
    assert set(names) == set(seller.skus)
    assert len(names) == len(seller.skus) + 20


# ---------------------------------------------------------------- stocks: read


def stock_rows(seller: Seller, body: Any = None) -> dict[tuple[int, str], Any]:
    warehouses = seller.walk("POST", STOCKS, body, lambda told: told["result"]["warehouses"])
    return {(w["warehouseId"], o["offerId"]): o for w in warehouses for o in w["offers"]}


def counts(row: Any) -> dict[str, int]:
    return {s["type"]: s["count"] for s in row["stocks"]}


def test_types_overlap_and_absent_ones_are_zero(by_shop: Seller) -> None:
    one, two, three = by_shop.skus[1:4]
    by_shop.push((one, 7), (two, 0), (three, 2))
    by_shop.buy((one, 3))
    by_shop.buy((three, 2))
    rows = stock_rows(by_shop)
    assert counts(rows[by_shop.warehouse, one]) == {"FIT": 7, "FREEZE": 3, "AVAILABLE": 4}
    assert counts(rows[by_shop.warehouse, two]) == {"FIT": 0}
    assert counts(rows[by_shop.warehouse, three]) == {"FIT": 2, "FREEZE": 2}
    assert rows[by_shop.warehouse, one]["updatedAt"] == "2026-11-23T12:00:00+03:00"


def test_what_was_never_set_is_absent_or_without_numbers(by_shop: Seller) -> None:
    rows = stock_rows(by_shop)
    own = [row for (place, _), row in rows.items() if place == by_shop.warehouse]
    assert 0 < len(own) < len(by_shop.skus)
    assert all(row["stocks"] == [] for row in own)


def test_the_returns_warehouse_is_among_the_answers(by_shop: Seller) -> None:
    by_shop.push(*((sku, 5) for sku in by_shop.skus))
    rows = stock_rows(by_shop)
    foreign = {place for place, _ in rows} - {by_shop.warehouse}
    assert foreign == {RETURNS_WAREHOUSE}
    sku = next(s for place, s in rows if place == RETURNS_WAREHOUSE)
    assert (by_shop.warehouse, sku) in rows
    only = stock_rows(by_shop, {"stocksWarehouseId": by_shop.warehouse})
    assert {place for place, _ in only} == {by_shop.warehouse}


def test_goods_at_market_are_in_the_other_campaign(by_shop: Seller) -> None:
    campaign = int(by_shop.campaign) + 1
    told = by_shop.ask("POST", f"/v2/campaigns/{campaign}/offers/stocks")
    assert [w["warehouseId"] for w in told["result"]["warehouses"]] == [MARKET_WAREHOUSE]
    body = {"skus": [{"sku": by_shop.skus[0], "items": [{"count": 1}]}]}
    message = by_shop.refused(400, "PUT", f"/v2/campaigns/{campaign}/offers/stocks", body)
    assert message == "Campaign type is not allowed"


def test_offer_ids_exclude_pages_and_include_archived(by_shop: Seller) -> None:
    old = next(s for s, o in by_shop.world.account("ym-main").offers.items() if o.archived)
    by_shop.push((old, 1), (by_shop.skus[1], 2))
    rows = stock_rows(by_shop, {"offerIds": [old, by_shop.skus[1]]})
    assert (by_shop.warehouse, old) in rows
    assert (by_shop.warehouse, old) not in stock_rows(by_shop)
    assert (by_shop.warehouse, old) in stock_rows(by_shop, {"archived": True})
    by_shop.refused(400, "POST", STOCKS, {"offerIds": [old], "archived": True})
    by_shop.refused(400, "POST", f"{STOCKS}?limit=100", {"offerIds": [old]})
    place = {"stocksWarehouseId": by_shop.warehouse}
    by_shop.refused(400, "POST", STOCKS, {"offerIds": [old], **place})
    by_shop.refused(400, "POST", STOCKS, {"offerIds": [f"A{n}" for n in range(501)]})
    by_shop.refused(400, "POST", STOCKS, {"hasStocks": True})


def test_a_written_number_may_be_read_late(by_shop: Seller, clock: Clock) -> None:
    seller = by_shop
    seller.world.ym_lag_s = 600
    sku = seller.skus[1]
    seller.push((sku, 5))
    clock.pass_by(seconds=601)
    seller.push((sku, 9))
    assert counts(stock_rows(seller)[seller.warehouse, sku])["AVAILABLE"] == 5
    clock.pass_by(seconds=601)
    assert counts(stock_rows(seller)[seller.warehouse, sku])["AVAILABLE"] == 9


def test_v3_reads_one_warehouse(seller: Seller) -> None:
    path = "/v3/businesses/{b}/offers/stocks"
    seller.push((seller.skus[1], 4))
    told = seller.ask("POST", path, {"partnerWarehouseId": seller.warehouse})["result"]
    row = next(o for o in told["offers"] if o["offerId"] == seller.skus[1])
    assert counts(row)["AVAILABLE"] == 4
    some = {"partnerWarehouseId": seller.warehouse, "offerIds": [seller.skus[1], seller.skus[2]]}
    assert seller.ask("POST", path, some)["result"]["paging"] == {}
    seller.refused(400, "POST", f"{path}?limit=100", some)
    seller.refused(400, "POST", path, {**some, "archived": True})
    seller.refused(400, "POST", path, {**some, "offerIds": [f"A{n}" for n in range(501)]})
    seller.refused(400, "POST", path, {})
    seller.refused(404, "POST", path, {"partnerWarehouseId": 1})


# ---------------------------------------------------------------- stocks: write


def test_a_push_sets_what_buyers_can_order(seller: Seller) -> None:
    one, two = seller.skus[:2]
    answer = seller.push((one, 7), (two, 0))
    assert json.loads(answer.body) == {"status": "OK"}
    assert (seller.free(one), seller.free(two)) == (7, 0)
    assert seller.sandbox.log[-1].why is None


GOOD = {"sku": "A", "items": [{"count": 1}]}


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"skus": []},
        {"skus": [{"sku": f"A{n}", "items": [{"count": 1}]} for n in range(2001)]},
        {"skus": [{**GOOD, "warehouseId": 1}]},
        {"skus": [{"sku": "A", "items": []}]},
        {"skus": [{"sku": "A", "items": [{"count": 1}, {"count": 2}]}]},
        {"skus": [{"sku": "A", "items": [{"count": 1, "type": "FIT"}]}]},
        {"skus": [{"sku": "A", "items": [{"count": -1}]}]},
        {"skus": [{"sku": "A", "items": [{"count": 1.5}]}]},
        {"skus": [{"sku": "A", "items": [{"count": "1"}]}]},
        {"skus": [{"sku": "A", "items": [{"count": 2_000_000_001}]}]},
        {"skus": [{"sku": 5, "items": [{"count": 1}]}]},
        {"skus": [{"sku": "", "items": [{"count": 1}]}]},
        {"skus": [{"sku": "A\u0007", "items": [{"count": 1}]}]},
        {"skus": [{"sku": "A", "items": [{"count": 1, "updatedAt": "2026-11-23T10:00:00"}]}]},
        {"skus": [GOOD], "dryRun": True},
        b"{",
    ],
)
def test_a_push_of_a_wrong_form_is_400(by_shop: Seller, body: Any) -> None:
    by_shop.refused(400, "PUT", STOCKS, body)


def test_one_wrong_sku_and_nothing_of_the_batch_is_taken(by_shop: Seller) -> None:
    good = by_shop.skus[0]
    answer = by_shop.push((good, 7), ("nobody's", 1))
    assert answer.status == 400
    # Which of them it was is not told.
    assert "nobody" not in answer.body.decode()
    assert by_shop.free(good) is None
    duplicate = by_shop.push((good, 7), (good, 8))
    assert f"Duplicate shop-sku '{good}' for warehouse" in duplicate.body.decode()
    assert by_shop.free(good) is None


def test_the_moment_of_a_number(seller: Seller, clock: Clock) -> None:
    sku = seller.skus[0]
    future = seller.push((sku, 7), at=clock.now + timedelta(seconds=1))
    assert f"Stock for '{sku}' should not be in the future" in future.body.decode()
    old = seller.push((sku, 7), at=clock.now - timedelta(hours=24, seconds=1))
    assert f"Stock for '{sku}' should not be older than a day" in old.body.decode()
    assert (future.status, old.status, seller.free(sku)) == (400, 400, None)
    assert seller.push((sku, 7), at=clock.now - timedelta(minutes=5)).status == 200
    # Older than the held one: dropped behind an OK.
    assert seller.push((sku, 9), at=clock.now - timedelta(minutes=6)).status == 200
    assert seller.free(sku) == 7
    assert seller.push((sku, 9), at=(clock.now - timedelta(minutes=4)).astimezone(MOSCOW)).status
    assert seller.free(sku) == 9


def test_bodies_over_512_kb_are_refused(by_shop: Seller) -> None:
    body = {"skus": [{"sku": f"{n:0250}", "items": [{"count": 1}]} for n in range(2000)]}
    assert by_shop.refused(400, "PUT", STOCKS, body) == "The request is too big"


def test_a_body_must_say_that_it_is_json(seller: Seller) -> None:
    seller.refused(415, "PUT", STOCKS, b"{}", content_type="text/plain")


def test_v3_writes_pairs_of_sku_and_warehouse(seller: Seller) -> None:
    path = "/v3/businesses/{b}/offers/stocks/update"
    row = {"sku": seller.skus[0], "partnerWarehouseId": seller.warehouse, "count": 6}
    assert seller.ask("POST", path, {"skuItems": [row]}) == {"status": "OK"}
    assert seller.free(seller.skus[0]) == 6
    seller.refused(400, "POST", path, {"skuItems": [row, row]})
    seller.refused(404, "POST", path, {"skuItems": [{**row, "partnerWarehouseId": 5}]})
    seller.refused(400, "POST", path, {"skuItems": [{**row, "items": []}]})


def test_writes_can_be_refused_or_ignored_to_order(seller: Seller) -> None:
    sku = seller.skus[0]
    seller.tell("faults", account=seller.name, kind="refuse_items")
    assert seller.push((sku, 1)).status == 400
    seller.tell("faults", account=seller.name, kind="ignore_write")
    assert seller.push((sku, 2)).status == 200
    assert seller.free(sku) is None
    assert [entry.why for entry in seller.sandbox.log] == [None, None]
    assert seller.push((sku, 3)).status == 200
    assert seller.free(sku) == 3


# ---------------------------------------------------------------- groups


@pytest.fixture
def group(clock: Clock) -> Seller:
    world = World.standard(products=4, accounts=("ym-a", "ym-b"), clock=clock)
    world.unite("Склады", ["ym-a", "ym-b"])
    return Seller(world, "ym-a")


def test_a_group_shows_one_stock(group: Seller) -> None:
    sku = group.skus[1]
    other = group.world.account("ym-b")
    group.push((sku, 8))
    assert other.stock[other.warehouses[0], sku].free == 8
    group.world.place("ym-b", [(sku, 3)])
    assert group.free(sku) == 5
    path = "/v2/businesses/{b}/warehouses"
    rows = group.ask("POST", path)["result"]["warehouses"]
    assert len({r["id"] for r in rows}) == 2
    assert len({r["groupInfo"]["id"] for r in rows}) == 1
    old = group.ask("GET", path)["result"]
    assert old["warehouses"] == []
    assert old["warehouseGroups"][0]["mainWarehouse"]["id"] == group.warehouse


def test_v3_does_not_serve_a_cabinet_with_groups(group: Seller) -> None:
    group.refused(400, "POST", "/v3/businesses/{b}/warehouses", {})
    body = {"partnerWarehouseId": group.warehouse}
    group.refused(400, "POST", "/v3/businesses/{b}/offers/stocks", body)


def test_what_serves_groups_does_not_serve_a_cabinet_without(seller: Seller) -> None:
    body = {"skus": [{"sku": seller.skus[0], "items": [{"count": 1}]}]}
    seller.refused(400, "PUT", STOCKS, body)
    seller.refused(400, "POST", STOCKS, {})
    # Its goods at Market are read by shop all the same.
    seller.ask("POST", f"/v2/campaigns/{int(seller.campaign) + 1}/offers/stocks")


def test_a_cabinet_that_the_newer_methods_do_not_know_is_served_by_shop(seller: Seller) -> None:
    seller.world.account("ym-main").listed = False
    assert seller.ask("POST", "/v3/businesses/{b}/warehouses")["result"]["warehouses"] == []
    skus = [{"sku": seller.skus[0], "items": [{"count": 3}]}]
    assert seller.ask("PUT", STOCKS, {"skus": skus}) == {"status": "OK"}
    assert seller.free(seller.skus[0]) == 3


def test_one_warehouse_has_a_model_for_each_of_its_shops(clock: Clock) -> None:
    world = World.standard(products=4, accounts=("ym-a", "ym-b", "ym-c"), clock=clock)
    world.unite(None, ["ym-a", "ym-b", "ym-c"])
    world.account("ym-b").api_open = False
    seller = Seller(world, "ym-c")
    (place,) = seller.ask("POST", "/v3/businesses/{b}/warehouses")["result"]["warehouses"]
    assert place["id"] == world.account("ym-a").warehouses[0]
    assert place["models"] == [
        {"placementType": "FBS", "apiAvailability": "AVAILABLE"},
        {"placementType": "DBS", "apiAvailability": "MANUALLY_DISABLED"},
        {"placementType": "EXPRESS", "apiAvailability": "AVAILABLE"},
    ]
    rows = seller.ask("POST", "/v2/businesses/{b}/warehouses")["result"]["warehouses"]
    assert [(w["id"], w["express"]) for w in rows] == [
        (place["id"], False),
        (place["id"], False),
        (place["id"], True),
    ]
    told = seller.ask("GET", "/v2/campaigns/{c}")["campaign"]
    assert (told["id"], told["placementType"]) == (int(seller.campaign), "FBS")
    closed = world.account("ym-b").credentials["campaign_id"]
    seller.refused(403, "GET", f"/v2/campaigns/{closed}/returns")
    sku = seller.skus[1]
    seller.push((sku, 8))
    world.place("ym-a", [(sku, 3)])
    assert [world.account(name).stock[place["id"], sku].free for name in world.accounts] == [5] * 3
    body = {"partnerWarehouseId": place["id"], "offerIds": [sku]}
    (row,) = seller.ask("POST", STOCKS_V3, body)["result"]["offers"]
    assert counts(row) == {"FIT": 8, "FREEZE": 3, "AVAILABLE": 5}


def test_a_product_that_only_the_second_shop_sells_is_shown_by_it(clock: Clock) -> None:
    world = World.standard(products=4, accounts=("ym-a", "ym-b"), clock=clock)
    world.add_product("ONLY-B", "Lamp", (), ["ym-b"])
    world.unite(None, ["ym-a", "ym-b"])
    world.add_product("ONLY-B-2", "Lamp", (), ["ym-b"])
    seller = Seller(world, "ym-b")
    seller.push(("ONLY-B", 2), ("ONLY-B-2", 3))
    assert (seller.free("ONLY-B"), seller.free("ONLY-B-2")) == (2, 3)


def test_a_shop_of_two_has_limits_of_its_own_and_the_cabinets_are_shared(clock: Clock) -> None:
    world = World.standard(products=3, accounts=("ym-a", "ym-b"), clock=clock)
    world.unite("Склады", ["ym-a", "ym-b"])
    one, two = Seller(world, "ym-a"), Seller(world, "ym-b")
    two.sandbox = one.sandbox
    path = "/v2/businesses/{b}/warehouses"
    for seller in (one, two) * 50:
        seller.ask("POST", path)
    two.refused(420, "POST", path)
    one.ask("GET", "/v2/campaigns/{c}/returns")
    answer = two.send("GET", "/v2/campaigns/{c}/returns")
    assert answer.headers["X-RateLimit-Resource-Remaining"] == "4999"


@pytest.mark.parametrize(
    ("program", "packed", "shipped"),
    [
        ("FBS", {"PROCESSING/READY_TO_SHIP"}, {"PROCESSING/SHIPPED"}),
        ("DBS", {"PROCESSING/STARTED"}, {"DELIVERY/USER_RECEIVED"}),
        (
            "EXPRESS",
            {"PROCESSING/READY_TO_SHIP", "DELIVERY/COURIER_SEARCH"},
            {"DELIVERY/COURIER_RECEIVED"},
        ),
    ],
)
def test_each_model_goes_through_stages_of_its_own(
    clock: Clock, program: str, packed: set[str], shipped: set[str]
) -> None:
    world = World.standard(products=3, accounts=("ym-a",), clock=clock)
    world.account("ym-a").program = program
    seller = Seller(world, "ym-a")
    ids = [seller.buy((seller.skus[1], 1)) for _ in range(12)]

    def words() -> set[str]:
        found = seller.walk("POST", ORDERS, {"programTypes": [program]}, lambda t: t["orders"])
        assert len(found) == len(ids)
        return {f"{o['status']}/{o['substatus']}" for o in found}

    for verb, some in (("pack", packed), ("ship", shipped)):
        for order_id in ids:
            world.do("ym-a", order_id, verb)
        assert some <= words()


def test_a_cabinets_list_holds_the_orders_of_all_its_shops(group: Seller) -> None:
    one = group.buy((group.skus[1], 1))
    two = group.world.place("ym-b", [(group.skus[1], 1)], force=True)[0].order_id
    told = group.own_orders()
    assert set(told) == {int(one), int(two)}
    campaign = int(group.world.account("ym-b").credentials["campaign_id"])
    assert list(group.own_orders({"campaignIds": [campaign]})) == [int(two)]


# ---------------------------------------------------------------- orders


def test_an_order_as_it_is_told(seller: Seller) -> None:
    one, two = seller.skus[1:3]
    row = seller.order(seller.buy((one, 2), (two, 1)))
    assert row["campaignId"] == int(seller.campaign)
    assert [(i["offerId"], i["count"]) for i in row["items"]] == [(one, 2), (two, 1)]
    assert row["creationDate"] == "2026-11-23T12:00:00+03:00"
    assert row["delivery"]["warehouseId"] == str(seller.warehouse)
    assert row["fake"] is False


def test_the_list_is_bare_and_holds_what_is_not_the_sellers(seller: Seller) -> None:
    told = seller.ask("POST", ORDERS, {})
    assert "status" not in told
    assert {o["programType"] for o in told["orders"]} == {"FBY"}
    assert seller.orders({"programTypes": ["FBS"]}) == []
    fake = seller.buy((seller.skus[1], 1), fake=True)
    assert seller.order(fake)["fake"] is True
    assert seller.own_orders({"fake": False}) == {}
    assert list(seller.own_orders({"fake": True})) == [int(fake)]


def test_the_words_of_an_orders_life(seller: Seller) -> None:
    met: dict[str, set[tuple[str, str]]] = {}
    for _ in range(6):
        order_id = seller.buy((seller.skus[1], 1))
        for verb in ("new", "confirm", "pack", "ship", "deliver"):
            if verb != "new":
                seller.world.do("ym-main", order_id, verb)
            row = seller.order(order_id)
            met.setdefault(verb, set()).add((row["status"], row["substatus"]))
    assert {s for s, _ in met["new"]} == {"PROCESSING", "PENDING", "UNPAID"}
    assert met["confirm"] == {("PROCESSING", "STARTED")}
    assert met["pack"] == {("PROCESSING", "READY_TO_SHIP")}
    assert ("PROCESSING", "SHIPPED") in met["ship"]
    assert {s for s, _ in met["ship"]} == {"PROCESSING", "DELIVERY", "PICKUP"}
    assert {s for s, _ in met["deliver"]} == {"DELIVERED"}


def test_a_raw_status_is_told_as_it_is(seller: Seller) -> None:
    order_id = seller.buy((seller.skus[1], 1))
    seller.world.do("ym-main", order_id, "set_status", status="NEW_WORD/NEW_REASON")
    row = seller.order(order_id)
    assert (row["status"], row["substatus"]) == ("NEW_WORD", "NEW_REASON")


def test_a_part_cancelled_shows_as_fewer_or_as_cancelled_items(seller: Seller) -> None:
    sku = seller.skus[1]
    ways = set()
    for _ in range(2):
        order_id = seller.buy((sku, 3))
        seller.world.do("ym-main", order_id, "cancel", lines=[(sku, 1)])
        item = seller.order(order_id)["items"][0]
        gone = sum(s["count"] for s in item.get("itemStatuses", ()) if s["status"] == "CANCELLED")
        assert item["count"] - gone == 2
        ways.add(item["count"])
    assert ways == {2, 3}


def test_units_come_back_to_buyers_unless_they_were_packed(seller: Seller) -> None:
    sku = seller.skus[1]
    seller.push((sku, 10))
    early, packed = seller.buy((sku, 2)), seller.buy((sku, 3))
    assert seller.free(sku) == 5
    seller.world.do("ym-main", early, "cancel")
    assert seller.free(sku) == 7
    seller.world.do("ym-main", packed, "pack")
    seller.world.do("ym-main", packed, "cancel")
    assert seller.free(sku) == 7
    assert seller.order(packed)["status"] == "CANCELLED"


def test_filters_by_day_exclude_the_end(seller: Seller, clock: Clock) -> None:
    order_id = int(seller.buy((seller.skus[1], 1)))

    def found(**dates: str) -> bool:
        return order_id in seller.own_orders({"dates": dates})

    assert found(creationDateFrom="2026-11-23")
    assert not found(creationDateTo="2026-11-23")
    assert found(creationDateTo="2026-11-24")
    clock.pass_by(days=31)
    assert order_id not in seller.own_orders()
    assert not found(updateDateFrom="2026-11-23T00:00:00Z")
    assert found(creationDateFrom="2026-11-20", creationDateTo="2026-12-20")
    assert order_id in seller.own_orders({"orderIds": [order_id]})


def test_filters_by_change(seller: Seller, clock: Clock) -> None:
    order_id = seller.buy((seller.skus[1], 1))
    clock.pass_by(hours=2)
    since = clock.now.isoformat()
    assert seller.own_orders({"dates": {"updateDateFrom": since}}) == {}
    seller.world.do("ym-main", order_id, "ship")
    assert list(seller.own_orders({"dates": {"updateDateFrom": since}})) == [int(order_id)]
    assert seller.own_orders({"dates": {"updateDateTo": since}}) == {}


@pytest.mark.parametrize(
    "body",
    [
        {"dates": {"creationDateFrom": "2026-10-01"}},
        {"dates": {"creationDateFrom": "2026-10-01", "creationDateTo": "2026-11-01"}},
        {"dates": {"creationDateFrom": "23-11-2026"}},
        {"dates": {"creationDateFrom": "2026-11-23T00:00:00Z"}},
        {"dates": {"updateDateFrom": "2026-11-23"}},
        {"dates": {"updateDateFrom": "2026-11-23T10:00:00"}},
        {"orderIds": ["40000000001"]},
        {"orderIds": list(range(1, 52))},
        {"statuses": ["NEW"]},
        {"statuses": []},
        {"programTypes": ["FBS", "FBS"]},
        {"status": ["PROCESSING"]},
    ],
)
def test_the_list_refuses(seller: Seller, body: Any) -> None:
    seller.refused(400, "POST", ORDERS, body)


def test_the_list_needs_a_body(seller: Seller) -> None:
    seller.refused(415, "POST", ORDERS)


def test_an_order_told_late_is_hidden_until_then(seller: Seller, clock: Clock) -> None:
    later = clock.now + timedelta(hours=1)
    order_id = seller.buy((seller.skus[1], 1), visible_from=later)
    assert seller.own_orders({"orderIds": [int(order_id)]}) == {}
    clock.pass_by(hours=1)
    assert seller.order(order_id)["creationDate"] == "2026-11-23T12:00:00+03:00"


def test_orders_are_paged_by_50(seller: Seller) -> None:
    ids = {int(seller.buy((seller.skus[1], 1))) for _ in range(60)}
    told = seller.ask("POST", f"{ORDERS}?limit=200", {})
    assert len(told["orders"]) == 50
    assert set(seller.own_orders()) == ids


# ---------------------------------------------------------------- the dying methods


def test_the_dying_methods_answer_in_their_own_form_and_are_noted(seller: Seller) -> None:
    order_id = seller.buy((seller.skus[1], 2))
    seller.buy((seller.skus[1], 1), fake=True)
    path = "/v2/campaigns/{c}/orders"
    told = seller.ask("GET", f"{path}?fromDate=20-11-2026&toDate=24-11-2026")
    assert "deprecated" in str(seller.sandbox.log[-1].why)
    assert [o["id"] for o in told["orders"]] == [int(order_id)]
    row = told["orders"][0]
    assert "programType" not in row
    assert row["creationDate"] == "23-11-2026 12:00:00"
    assert seller.ask("GET", f"{path}/{order_id}")["order"]["id"] == int(order_id)
    assert "deprecated" in str(seller.sandbox.log[-1].why)
    assert seller.refused(404, "GET", f"{path}/5") == "Order not found: 5"
    seller.refused(400, "GET", f"{path}?fromDate=2026-11-20")
    message = seller.refused(400, "GET", f"{path}?fromDate=01-10-2026&toDate=24-11-2026")
    assert message == "Too long time period. Maximum is '30' days"
    seller.refused(400, "GET", f"{path}?orderIds=1&status=PROCESSING")


# ---------------------------------------------------------------- what comes back

RETURNS = "/v2/campaigns/{c}/returns"


def returns(seller: Seller, query: str = "") -> list[Any]:
    return seller.walk("GET", RETURNS + query, None, lambda told: told["result"]["returns"])


def test_a_buyers_return_and_an_order_never_taken(seller: Seller) -> None:
    one, two = seller.skus[1:3]
    bought, refused = seller.buy((one, 3)), seller.buy((two, 1))
    seller.world.do("ym-main", bought, "deliver")
    seller.world.do("ym-main", refused, "refuse")
    back = seller.world.start_return("ym-main", bought, [(one, 1)])[0]
    rows = {r["orderId"]: r for r in returns(seller)}
    row = rows[int(bought)]
    assert (row["id"], row["returnType"], row["refundStatus"]) == (int(back), "RETURN", "REFUNDED")
    assert [(i["shopSku"], i["count"]) for i in row["items"]] == [(one, 1)]
    assert rows[int(refused)]["returnType"] == "UNREDEEMED"
    assert "refundStatus" not in rows[int(refused)]
    assert seller.order(bought)["status"] == "PARTIALLY_RETURNED"
    assert seller.order(refused)["status"] == "CANCELLED"
    seller.world.start_return("ym-main", bought, [(one, 2)])
    assert seller.order(bought)["status"] == "RETURNED"


def test_only_picked_is_in_the_sellers_hands(seller: Seller) -> None:
    sku = seller.skus[1]
    order_id = seller.buy((sku, 2))
    seller.world.do("ym-main", order_id, "deliver")
    back = seller.world.start_return("ym-main", order_id, None)[0]
    path = f"/v2/campaigns/{{c}}/orders/{order_id}/returns/{back}"
    assert seller.ask("GET", path)["result"]["shipmentStatus"] in (
        "CREATED",
        "RECEIVED",
        "IN_TRANSIT",
    )
    for verb, word in (("arrive", "READY_FOR_PICKUP"), ("receive", "PICKED")):
        seller.world.do_return("ym-main", back, verb)
        row = seller.ask("GET", path)["result"]
        assert row["shipmentStatus"] == word
        assert [i["status"] for i in row["items"][0]["instances"]] == [word, word]
    seller.refused(404, "GET", f"/v2/campaigns/{{c}}/orders/{order_id}/returns/5")


def test_raw_words_of_a_return_and_what_is_not_told_of_it(seller: Seller) -> None:
    order_id = seller.buy((seller.skus[1], 2))
    seller.world.do("ym-main", order_id, "deliver")
    (return_id,) = seller.world.start_return("ym-main", order_id, None)

    def row(status: str) -> Any:
        seller.world.do_return("ym-main", return_id, "set_status", status=status)
        path = "/v2/campaigns/{c}/returns"
        (found,) = seller.ask("GET", path)["result"]["returns"]
        return found

    told = row("/PREMODERATION_DISPUTE")
    assert told["refundStatus"] == "PREMODERATION_DISPUTE"
    assert not told.keys() & {"shipmentStatus", "shipmentRecipientType"}
    assert "instances" not in told["items"][0]
    told = row("FULFILMENT_RECEIVED/REFUNDED")
    assert told["shipmentStatus"] == "FULFILMENT_RECEIVED"
    assert "instances" not in told["items"][0]
    assert row("UTILIZED")["items"][0]["instances"][0]["status"] == "UTILIZED"
    seller.world.do_return("ym-main", return_id, "receive")
    assert row(None)["shipmentStatus"] == "PICKED"


def test_returns_are_found_by_the_day_of_their_change(seller: Seller, clock: Clock) -> None:
    order_id = seller.buy((seller.skus[1], 1))
    seller.world.do("ym-main", order_id, "deliver")
    back = seller.world.start_return("ym-main", order_id, None)[0]
    clock.pass_by(days=2)
    seller.world.do_return("ym-main", back, "receive")
    assert len(returns(seller, "?fromDate=2026-11-25&toDate=2026-11-26")) == 1
    assert returns(seller, "?fromDate=2026-11-23&toDate=2026-11-25") == []
    assert len(returns(seller, f"?orderIds={order_id}&type=RETURN")) == 1
    assert returns(seller, "?type=UNREDEEMED") == []
    assert len(returns(seller, "?shipmentStatuses=PICKED,LOST")) == 1
    seller.refused(400, "GET", f"{RETURNS}?shipmentStatuses=PICKED, LOST")
    seller.refused(400, "GET", f"{RETURNS}?fromDate=23-11-2026")
    seller.refused(400, "GET", f"{RETURNS}?type=ALL")
    seller.refused(400, "GET", f"{RETURNS}?from_date=2026-11-23")


# ---------------------------------------------------------------- limits


def test_every_answer_tells_its_limit(seller: Seller, clock: Clock) -> None:
    headers = seller.send("GET", "/v2/campaigns").headers
    assert headers["X-RateLimit-Resource-Limit"] == "1000"
    assert headers["X-RateLimit-Resource-Remaining"] == "999"
    assert headers["X-RateLimit-Resource-Until"].endswith("GMT")
    assert parsedate_to_datetime(headers["X-RateLimit-Resource-Until"]) > clock.now


def test_too_many_requests_are_420_until_the_moment_told(seller: Seller, clock: Clock) -> None:
    path = "/v3/businesses/{b}/offers/stocks/update"
    row = {"sku": seller.skus[0], "partnerWarehouseId": seller.warehouse, "count": 6}
    for _ in range(50):
        seller.ask("POST", path, {"skuItems": [row]})
    message = seller.refused(420, "POST", path, {"skuItems": [row]})
    assert message.startswith("Hit rate limit of 50 requests per MINUTE for resource")
    headers = seller.send("POST", path, {"skuItems": [row]}).headers
    assert headers["X-RateLimit-Resource-Remaining"] == "0"
    assert "Retry-After" not in headers
    clock.now = parsedate_to_datetime(headers["X-RateLimit-Resource-Until"])
    seller.ask("POST", path, {"skuItems": [row]})
    # Other methods have limits of their own.
    seller.ask("POST", ORDERS, {})


def test_pushes_are_counted_in_skus(clock: Clock) -> None:
    world = World.standard(products=60, clock=clock)
    for n in range(2000):
        world.add_product(f"BULK-{n}", "Bulk", (), ["ym-main"])
    seller = Seller(world)
    rows = [(f"BULK-{n}", 1) for n in range(2000)]
    assert all(seller.push(*rows).status == 200 for _ in range(50))
    assert seller.push(*rows).status == 420
    clock.pass_by(seconds=1.3)
    assert seller.push(*rows).status == 200


def test_limits_run_faster_in_a_faster_world(clock: Clock) -> None:
    seller = Seller(World.standard(products=3, speed=60, clock=clock))
    path = "/v2/businesses/{b}/warehouses"
    for _ in range(100):
        seller.ask("POST", path)
    seller.refused(420, "POST", path)
    clock.pass_by(seconds=0.6)
    seller.ask("POST", path)


@pytest.mark.parametrize(("path", "most"), [(STOCKS, 4), (ORDERS, 6)])
def test_too_many_at_once_are_420_without_a_moment(by_shop: Seller, path: str, most: int) -> None:
    assert by_shop.send("POST", path, {}, parallel=most).status == 200
    answer = by_shop.send("POST", path, {}, parallel=most + 1)
    assert answer.status == 420
    assert f"{most} parallel requests" in answer.body.decode()
    assert "X-RateLimit-Resource-Until" not in answer.headers


def test_the_served_sandbox_counts_requests_at_once(by_shop: Seller) -> None:
    app = asgi_app(by_shop.sandbox)
    headers = [
        (b"host", b"127.0.0.1"),
        (b"api-key", by_shop.headers()["api-key"].encode()),
        (b"content-type", b"application/json"),
    ]
    path = by_shop.path(STOCKS)
    scope = {"type": "http", "method": "POST", "path": path, "query_string": b"limit=5"}

    async def one() -> int:
        sent: list[Any] = []

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": b"{}"}

        async def send(message: Any) -> None:
            sent.append(message)

        await app({**scope, "headers": headers}, receive, send)
        return int(sent[0]["status"])

    async def many() -> list[int]:
        return await asyncio.gather(*(one() for _ in range(6)))

    assert sorted(asyncio.run(many())) == [200, 200, 200, 200, 420, 420]
    assert asyncio.run(one()) == 200


# ---------------------------------------------------------------- addresses


def test_unknown_addresses_and_methods(seller: Seller) -> None:
    seller.refused(405, "DELETE", STOCKS)
    answer = seller.send("GET", "/campaigns")
    assert answer.status == 404
    assert seller.sandbox.log[-1].why
