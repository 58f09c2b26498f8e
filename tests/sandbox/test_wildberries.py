"""Wildberries' fake keeps to its contract: what it refuses, and what it tells."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from cloudstock.sandbox.request import Response
from cloudstock.sandbox.server import Sandbox
from cloudstock.sandbox.world import World
from tests.sandbox.driving import START, Clock, Machine


class Seller(Machine):
    """A seller's machine at Wildberries' door."""

    def __init__(self, world: World) -> None:
        super().__init__(Sandbox(world), "wb-main")
        self.warehouse = self.place
        self.skus = list(self.account.offers)

    def send(self, method: str, path: str, body: Any = None, **headers: str) -> Response:
        return super().send(method, path.replace("{w}", str(self.warehouse)), body, **headers)

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        answer = self.send(method, path, body)
        assert answer.status == 200, answer.body.decode()
        return json.loads(answer.body)

    def refused(self, status: int, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """Return the body of a refusal, which must be a breach."""
        answer = self.send(method, path, body, **headers)
        assert answer.status == status, answer.body.decode()
        assert self.sandbox.log[-1].why
        return json.loads(answer.body)

    def cards(self, **settings: Any) -> list[Any]:
        """The whole catalogue, by its cursor."""
        found: list[Any] = []
        cursor: dict[str, Any] = {"limit": 7}
        for _ in range(100):
            asked = {"sort": {"ascending": True}, **settings, "cursor": cursor}
            told = self.ask("POST", LIST, {"settings": asked})
            found += told["cards"]
            if told["cursor"]["total"] < 7:
                return found
            cursor = {"limit": 7, **{k: told["cursor"][k] for k in ("updatedAt", "nmID")}}
        raise AssertionError("the walk does not end")

    def chrt_id(self, sku: str) -> int:
        card, _, size = sku.partition("/")
        for row in self.cards():
            if row["vendorCode"] == card:
                sizes = {s["techSize"]: s["chrtID"] for s in row["sizes"]}
                return int(sizes[size or "0"])
        raise AssertionError(f"no card of {sku}")

    def push(self, *rows: tuple[int, int]) -> Response:
        stocks = [{"chrtId": i, "amount": n} for i, n in rows]
        return self.send("PUT", STOCKS, {"stocks": stocks})

    def free(self, sku: str) -> int | None:
        return self.stock(sku)[0]

    def buy(self, sku: str, quantity: int = 1, **also: Any) -> list[str]:
        orders = self.world.place("wb-main", [(sku, quantity)], force=True, **also)
        return [o.order_id for o in orders]

    def do(self, order_id: str, verb: str, **also: Any) -> None:
        self.world.do("wb-main", order_id, verb, **also)

    def status(self, order_id: str) -> tuple[str, str]:
        row = self.ask("POST", "/api/v3/orders/status", {"orders": [int(order_id)]})["orders"][0]
        return row["supplierStatus"], row["wbStatus"]

    def new(self) -> list[int]:
        return [o["id"] for o in self.ask("GET", "/api/v3/orders/new")["orders"]]


LIST = "/content/v2/get/cards/list"
TRASH = "/content/v2/get/cards/trash"
STOCKS = "/api/v3/stocks/{w}"
RETURNS = "/api/analytics/v1/item-returns"
PERIOD = "dateFrom=2026-11-01&dateTo=2026-11-30"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def seller(clock: Clock) -> Seller:
    # Limits are tried where they are the subject: here a bucket fills at once.
    clock.tick = timedelta(microseconds=100)
    return Seller(World.standard(products=60, speed=1e6, clock=clock))


@pytest.fixture
def slow(clock: Clock) -> Seller:
    """A seller to whom the published limits apply."""
    return Seller(World.standard(products=5, clock=clock))


@pytest.fixture
def single(seller: Seller) -> str:
    """An article of one size."""
    return next(s for s in seller.skus if "/" not in s)


@pytest.fixture
def sized(seller: Seller) -> str:
    """One of several sizes of a card."""
    return next(s for s in seller.skus if s.endswith("/M"))


# ---------------------------------------------------------------- credentials


def token_with(seller: Seller, **changes: Any) -> str:
    head, middle, tail = seller.account.credentials["token"].split(".")
    claims = json.loads(base64.urlsafe_b64decode(middle + "=" * (-len(middle) % 4)))
    raw = json.dumps({**claims, **changes}).encode()
    token = f"{head}.{base64.urlsafe_b64encode(raw).rstrip(b'=').decode()}.{tail}"
    seller.account.credentials["token"] = token
    return token


def test_the_token_is_taken_raw_and_as_bearer(seller: Seller) -> None:
    token = seller.account.credentials["token"]
    assert seller.send("GET", "/ping", authorization=token).status == 200
    assert seller.send("GET", "/ping", authorization=f"Bearer {token}").status == 200


@pytest.mark.parametrize("token", ["", "nonsense", "a.b.c"])
def test_a_wrong_token_is_401_by_the_gateway(seller: Seller, token: str) -> None:
    answer = seller.send("GET", "/api/v3/warehouses", authorization=token)
    assert answer.status == 401
    assert answer.headers["Content-Type"] == "application/problem+json"
    told = json.loads(answer.body)
    assert {"title", "detail", "code", "requestId", "origin", "status", "statusText"} <= set(told)


def test_an_expired_token_and_one_for_tests_are_401(seller: Seller, clock: Clock) -> None:
    token_with(seller, exp=int(clock.now.timestamp()))
    assert "expired" in seller.refused(401, "GET", "/api/v3/warehouses")["detail"]
    token_with(seller, exp=int(clock.now.timestamp()) + 1, t=True)
    seller.refused(401, "GET", "/api/v3/warehouses")


@pytest.mark.parametrize(
    ("bit", "method", "path", "body"),
    [
        (1, "POST", LIST, {"settings": {}}),
        (2, "GET", f"{RETURNS}?{PERIOD}", None),
        (4, "GET", "/api/v3/orders/new", None),
        (11, "GET", "/api/v1/claims?is_archive=false", None),
    ],
)
def test_a_token_needs_the_hosts_category(
    seller: Seller, bit: int, method: str, path: str, body: Any
) -> None:
    assert seller.send(method, path, body).status < 300
    token_with(seller, s=sum(1 << b for b in (1, 2, 4, 11) if b != bit))
    assert "scope" in seller.refused(401, method, path, body)["detail"]
    assert seller.send("GET", "/ping").status == 200


def test_a_read_only_token_cannot_push(seller: Seller, single: str) -> None:
    chrt_id = seller.chrt_id(single)
    token_with(seller, s=(1 << 1 | 1 << 4 | 1 << 30))
    assert seller.send("POST", STOCKS, {"chrtIds": [chrt_id]}).status == 200
    assert seller.push((chrt_id, 5)).status == 403
    assert seller.send("DELETE", STOCKS, {"chrtIds": [chrt_id]}).status == 403
    assert seller.free(single) is None


def test_identity_and_ping(seller: Seller) -> None:
    assert seller.ask("GET", "/ping") == {"TS": "2026-11-23T09:00:00Z", "Status": "OK"}
    told = seller.ask("GET", "/api/v1/seller-info")
    assert set(told) == {"name", "sid", "tin", "tradeMark", "country"}


def test_the_subscription_is_told_to_service_tokens(seller: Seller) -> None:
    path = "/api/common/v1/subscriptions"
    assert seller.refused(403, "GET", path)["title"] == "forbidden"
    token_with(seller, acc=4)
    answer = seller.send("GET", path)
    assert (answer.status, answer.body) == (200, b"")


def test_offices_and_settings_of_autoreturns(seller: Seller, single: str) -> None:
    assert [o["id"] for o in seller.ask("GET", "/api/v3/offices")] == [15]
    path = "/api/marketplace/v3/fbs/settings/autoreturns"
    assert seller.ask("GET", path)["type"] == "allToPickupPoint"
    body = {"chrtIds": [seller.chrt_id(single), 5]}
    rows = seller.ask("POST", f"{path}/items", body)["results"]
    assert [r.get("success", False) for r in rows] == [True, False]
    seller.refused(400, "POST", f"{path}/items", {"chrtIds": []})


# ---------------------------------------------------------------- warehouses and cards


def test_warehouses_come_as_a_bare_array(seller: Seller) -> None:
    rows = seller.ask("GET", "/api/v3/warehouses")
    assert [r["id"] for r in rows] == seller.account.warehouses
    assert (rows[0]["deliveryType"], rows[0]["isProcessing"]) == (1, False)
    seller.refused(400, "GET", "/api/v3/warehouses?limit=1")


def test_the_catalogue_is_walked_by_time_and_number(seller: Seller) -> None:
    cards = seller.cards()
    numbers = [c["nmID"] for c in cards]
    assert len(set(numbers)) == len(numbers)
    articles = {
        c["vendorCode"] if len(c["sizes"]) == 1 else f"{c['vendorCode']}/{s['techSize']}"
        for c in cards
        for s in c["sizes"]
    }
    assert articles == set(seller.skus)
    assert any(len(c["sizes"]) > 1 for c in cards)
    assert all(s["techSize"] == "0" for c in cards if len(c["sizes"]) == 1 for s in c["sizes"])
    # Bulk uploads share a moment, and the zeros at the end of a fraction are cut.
    moments = {c["updatedAt"] for c in cards}
    assert 1 < len(moments) < len(cards)
    assert any(len(m) != len("2026-09-01T00:12:00.000000Z") for m in moments)
    backwards = seller.ask("POST", LIST, {"settings": {"cursor": {"limit": 100}}})["cards"]
    assert [c["nmID"] for c in backwards] == numbers[::-1]


def test_a_new_card_comes_after_the_last_cursor(seller: Seller, clock: Clock) -> None:
    last = seller.cards()[-1]
    cursor = {"limit": 100, "updatedAt": last["updatedAt"], "nmID": last["nmID"]}
    body = {"settings": {"sort": {"ascending": True}, "cursor": cursor}}
    # An empty page has no position.
    assert seller.ask("POST", LIST, body) == {"cards": [], "cursor": {"total": 0}}
    clock.pass_by(minutes=5)
    seller.world.add_product("FRESH-01", "Fresh", ["4600000000017"], ["wb-main"])
    told = seller.ask("POST", LIST, body)
    assert [c["vendorCode"] for c in told["cards"]] == ["FRESH-01"]
    assert told["cursor"]["total"] == 1


def test_cards_are_searched_by_one_text(seller: Seller, sized: str) -> None:
    barcode = seller.world.products[sized].barcodes[0]
    for wanted in (sized.partition("/")[0], barcode):
        found = seller.cards(filter={"textSearch": wanted})
        assert [c["vendorCode"] for c in found] == [sized.partition("/")[0]]
    assert seller.cards(filter={"withPhoto": 2}) == []


def test_the_default_page_is_ten(seller: Seller) -> None:
    told = seller.ask("POST", LIST, {"settings": {}})
    assert told["cursor"]["total"] == len(told["cards"]) == 10


@pytest.mark.parametrize(
    "settings",
    [
        {"cursor": {"limit": 101}},
        {"cursor": {"limit": "10"}},
        {"cursor": {"updatedAt": "2026-09-01T00:12:00.96577Z"}},
        {"cursor": {"nmID": 217000394}},
        {"cursor": {"updatedAt": "2026-09-01T00:12:00Z", "nmID": "217000394"}},
        {"cursor": {"updatedAt": "yesterday", "nmID": 1}},
        {"sort": {"ascending": 1}},
        {"sorting": {}},
        {"filter": {"withPhoto": 3}},
        {"filter": {"vendorCode": "A"}},
    ],
)
def test_the_catalogue_refuses_in_its_own_shape(seller: Seller, settings: Any) -> None:
    told = seller.refused(400, "POST", LIST, {"settings": settings})
    assert told["error"] is True
    assert told["errorText"]


def test_what_is_archived_is_in_the_trash(seller: Seller, single: str, clock: Clock) -> None:
    chrt_id = seller.chrt_id(single)
    assert seller.ask("POST", TRASH, {"settings": {}})["cards"] == []
    clock.pass_by(minutes=1)
    seller.account.offers[single].archived = True
    assert single not in {c["vendorCode"] for c in seller.cards()}
    told = seller.ask("POST", TRASH, {"settings": {}})
    assert [c["vendorCode"] for c in told["cards"]] == [single]
    assert told["cursor"]["trashedAt"].startswith("2026-11-23T09:01:00.")
    assert seller.push((chrt_id, 1)).status == 409


# ---------------------------------------------------------------- stocks


def read(seller: Seller, *chrt_ids: int) -> dict[int, int]:
    rows = seller.ask("POST", STOCKS, {"chrtIds": list(chrt_ids)})["stocks"]
    return {r["chrtId"]: r["amount"] for r in rows}


def test_a_push_is_204_and_is_read_back(seller: Seller, single: str, sized: str) -> None:
    one, two = seller.chrt_id(single), seller.chrt_id(sized)
    assert read(seller, one, two) == {}
    answer = seller.push((one, 7), (two, 0))
    assert (answer.status, answer.body) == (204, b"")
    assert (seller.free(single), seller.free(sized)) == (7, 0)
    # What is unknown is absent.
    assert read(seller, one, two, 5) == {one: 7, two: 0}
    assert seller.sandbox.log[-1].why is None


def test_wrong_names_are_204_and_change_nothing(seller: Seller, single: str) -> None:
    chrt_id = seller.chrt_id(single)
    for row in (
        {"chrtID": chrt_id, "amount": 5},
        {"chrtId": chrt_id, "quantity": 5},
        {"chrtId": chrt_id, "amount": 5, "warehouseId": 1},
    ):
        answer = seller.send("PUT", STOCKS, {"stocks": [row]})
        assert answer.status == 204
        assert "names" in str(seller.sandbox.log[-1].why)
    assert seller.free(single) is None


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"stocks": []},
        {"stocks": [{"chrtId": n, "amount": 1} for n in range(1, 1002)]},
        {"stocks": [{"chrtId": "501000001", "amount": 1}]},
        {"stocks": [{"chrtId": 501000001, "amount": "1"}]},
        {"stocks": [{"chrtId": 501000001, "amount": 1.0}]},
        {"stocks": [{"chrtId": 501000001, "amount": -1}]},
        {"stocks": [{"chrtId": 501000001, "amount": True}]},
        {"stocks": [1]},
        {"stocks": [{"chrtId": 501000001, "amount": 1}], "warehouse": 1},
        [],
        b"{",
    ],
)
def test_a_push_of_a_wrong_form_is_400(seller: Seller, body: Any) -> None:
    told = seller.refused(400, "PUT", STOCKS, body)
    assert isinstance(told["code"], str)


def test_barcodes_are_switched_off(seller: Seller) -> None:
    told = seller.refused(400, "PUT", STOCKS, {"stocks": [{"sku": "4607000000001", "amount": 1}]})
    assert told["code"] == "SKUUploadDisabled"


def test_one_bad_item_and_nothing_of_the_batch_is_taken(seller: Seller, single: str) -> None:
    good = seller.chrt_id(single)
    answer = seller.push((good, 7), (501999999, 4), (501999998, 0))
    assert answer.status == 409
    told = json.loads(answer.body)
    assert [c["code"] for c in told] == ["NotFound"]
    assert told[0]["data"] == [
        {"sku": "", "chrtId": 501999999, "amount": 4},
        {"sku": "", "chrtId": 501999998, "amount": 0},
    ]
    assert seller.sandbox.log[-1].why
    assert seller.free(single) is None
    told = json.loads(seller.push((good, 100_001), (501999999, 4)).body)
    assert {c["code"] for c in told} == {"UploadDataLimit", "NotFound"}
    assert seller.push((good, 100_000)).status == 204


def test_unknown_warehouses_are_404(seller: Seller, single: str) -> None:
    row = {"chrtId": seller.chrt_id(single), "amount": 1}
    told = seller.refused(404, "PUT", "/api/v3/stocks/5", {"stocks": [row]})
    assert told["code"] == "NotFound"
    seller.refused(404, "POST", "/api/v3/stocks/5", {"chrtIds": [row["chrtId"]]})
    seller.refused(400, "POST", "/api/v3/stocks/main", {"chrtIds": [row["chrtId"]]})


def test_a_warehouse_in_processing_takes_no_numbers(seller: Seller, single: str) -> None:
    chrt_id = seller.chrt_id(single)
    seller.account.processing.add(seller.warehouse)
    assert seller.ask("GET", "/api/v3/warehouses")[0]["isProcessing"] is True
    assert seller.push((chrt_id, 1)).status == 406
    told = seller.refused(409, "DELETE", STOCKS, {"chrtIds": [chrt_id]})
    assert told["code"] == "StoreIsProcessing"
    seller.account.processing.clear()
    assert seller.push((chrt_id, 1)).status == 204


def test_a_deleted_record_is_absent(seller: Seller, single: str) -> None:
    chrt_id = seller.chrt_id(single)
    seller.push((chrt_id, 4))
    assert seller.send("DELETE", STOCKS, {"chrtIds": [chrt_id]}).status == 204
    assert read(seller, chrt_id) == {}
    seller.refused(404, "DELETE", STOCKS, {"chrtIds": [chrt_id, 5]})
    seller.refused(400, "DELETE", STOCKS, {"chrtIds": []})


@pytest.mark.parametrize(
    "body", [{}, {"chrtIds": []}, {"chrtIds": ["1"]}, {"chrtIds": list(range(1, 1002))}]
)
def test_a_reading_of_a_wrong_form_is_400(seller: Seller, body: Any) -> None:
    seller.refused(400, "POST", STOCKS, body)


def test_writes_can_be_refused_or_ignored_to_order(seller: Seller) -> None:
    rows = [(s["chrtID"], 3) for c in seller.cards() for s in c["sizes"]][:4]
    seller.tell("faults", account="wb-main", kind="refuse_items", share=0.5)
    answer = seller.push(*rows)
    assert answer.status == 409
    told = json.loads(answer.body)
    assert [d["chrtId"] for d in told[0]["data"]] == [i for i, _ in rows[:2]]
    assert seller.sandbox.log[-1].why is None
    seller.tell("faults", account="wb-main", kind="ignore_write")
    assert seller.push(*rows).status == 204
    assert read(seller, *(i for i, _ in rows)) == {}
    assert seller.push(*rows).status == 204
    assert len(read(seller, *(i for i, _ in rows))) == 4


# ---------------------------------------------------------------- FBS orders


def listed(seller: Seller, query: str = "") -> list[Any]:
    """The whole list, by `next`."""
    found: list[Any] = []
    after = 0
    for _ in range(50):
        told = seller.ask("GET", f"/api/v3/orders?limit=5&next={after}{query}")
        found += told["orders"]
        after = told["next"]
        if len(told["orders"]) < 5 or not after:
            return found
    raise AssertionError("the walk does not end")


def test_a_basket_of_three_is_three_orders(seller: Seller, sized: str) -> None:
    ids = seller.buy(sized, 3)
    rows = seller.ask("GET", "/api/v3/orders/new")["orders"]
    assert [r["id"] for r in rows] == [int(i) for i in ids]
    assert len({r["orderUid"] for r in rows}) == 1
    assert len({r["rid"] for r in rows}) == 3
    row = rows[0]
    assert row["article"] == sized.partition("/")[0]
    assert row["chrtId"] == seller.chrt_id(sized)
    assert row["skus"] == list(seller.world.products[sized].barcodes)
    assert row["createdAt"] == "2026-11-23T09:00:00Z"
    assert (row["deliveryType"], row["warehouseId"]) == ("fbs", seller.warehouse)
    assert "supplierStatus" not in row


def test_new_forgets_what_is_confirmed(seller: Seller, single: str) -> None:
    order_id = seller.buy(single)[0]
    assert seller.new() == [int(order_id)]
    seller.do(order_id, "confirm")
    assert seller.new() == []
    assert [r["id"] for r in listed(seller)] == [int(order_id)]
    assert listed(seller)[0]["supplyId"]
    assert seller.status(order_id) == ("confirm", "waiting")


def test_pairs_of_statuses(seller: Seller, single: str) -> None:
    met: dict[str, set[tuple[str, str]]] = {}
    for verbs in ((), ("ship",), ("ship", "deliver"), ("cancel",), ("ship", "cancel"), ("refuse",)):
        for _ in range(6):
            order_id = seller.buy(single)[0]
            for verb in verbs:
                seller.do(order_id, verb)
            met.setdefault(" ".join(verbs), set()).add(seller.status(order_id))
    assert met[""] == {("new", "waiting")}
    assert met["ship"] >= {("complete", "waiting"), ("complete", "sorted")}
    assert met["ship deliver"] == {("complete", "sold")}
    assert met["cancel"] == {
        ("cancel", "canceled"),
        ("new", "declined_by_client"),
        ("confirm", "canceled"),
    }
    assert met["ship cancel"] == {("complete", "canceled"), ("complete", "defect")}
    assert met["refuse"] == {("complete", "canceled_by_client")}
    # Whatever its words, what is cancelled is no longer new.
    assert len(seller.new()) == 6


def test_a_step_back_and_a_raw_status(seller: Seller, single: str) -> None:
    order_id = seller.buy(single)[0]
    seller.do(order_id, "ship")
    seller.do(order_id, "back")
    assert seller.status(order_id) == ("confirm", "waiting")
    seller.do(order_id, "set_status", status="confirm/new_word")
    assert seller.status(order_id) == ("confirm", "new_word")
    path = "/api/v3/supplies/orders/reshipment"
    assert seller.ask("GET", path) == {"orders": []}
    seller.do(order_id, "ship")
    seller.do(order_id, "set_status", status="complete/waiting/reshipment")
    assert seller.status(order_id) == ("complete", "waiting")
    assert [o["orderID"] for o in seller.ask("GET", path)["orders"]] == [int(order_id)]


def test_unknown_ids_are_left_out_of_statuses(seller: Seller, single: str) -> None:
    order_id = int(seller.buy(single)[0])
    told = seller.ask("POST", "/api/v3/orders/status", {"orders": [7, order_id]})["orders"]
    assert [o["id"] for o in told] == [order_id]
    assert told[0]["isCancellable"] is True
    for body in ({"orders": []}, {"orders": [str(order_id)]}, {"orders": list(range(1, 1002))}):
        seller.refused(400, "POST", "/api/v3/orders/status", body)


def test_the_list_is_paged_by_number(seller: Seller, single: str) -> None:
    ids = [int(i) for i in seller.buy(single, 12)]
    assert [r["id"] for r in listed(seller)] == ids
    seller.tell("faults", account="wb-main", kind="duplicate_page", path="orders$")
    twice = [r["id"] for r in listed(seller)]
    assert twice == ids[:5] + ids
    seller.tell("faults", account="wb-main", kind="duplicate_page", path="orders$", after=1)
    twice = [r["id"] for r in listed(seller)]
    assert twice == ids[:10] + ids[5:]


def test_the_window_is_30_days_by_creation_and_the_list_three_months(
    seller: Seller, clock: Clock, single: str
) -> None:
    old = clock.now - timedelta(days=40)
    ancient = clock.now - timedelta(days=100)
    middle = seller.buy(single, created_at=old)[0]
    archived = seller.buy(single, created_at=ancient)[0]
    assert listed(seller) == []
    start = int(old.timestamp())
    window = f"&dateFrom={start - 86400}&dateTo={start + 86400}"
    assert [r["id"] for r in listed(seller, window)] == [int(middle)]
    start = int(ancient.timestamp())
    window = f"&dateFrom={start - 86400}&dateTo={start + 86400}"
    assert listed(seller, window) == []
    seller.do(archived, "deliver")
    path = f"/api/marketplace/v3/fbs/orders/archive?year={ancient.year}&month={ancient.month}"
    told = seller.ask("GET", f"{path}&limit=100&next=0")
    assert told["next"] is None
    row = told["orders"][0]
    assert row["status"] == {"supplierStatus": "complete", "wbStatus": "sold"}
    assert row["product"]["article"] == single
    assert seller.refused(400, "GET", f"{path}&limit=99")["errors"]


@pytest.mark.parametrize(
    "query",
    [
        "next=0",
        "limit=10",
        "limit=0&next=0",
        "limit=1001&next=0",
        "limit=10&next=a",
        "limit=10&next=0&dateFrom=1795424400000",
        "limit=10&next=0&dateFrom=2026-11-20",
        "limit=10&next=0&dateFrom=1790000000&dateTo=1793000000",
        "limit=10&next=0&dateFrom=1795000000&dateTo=1794000000",
        "limit=10&next=0&status=new",
    ],
)
def test_the_list_refuses(seller: Seller, query: str) -> None:
    assert seller.refused(400, "GET", f"/api/v3/orders?{query}")["code"]


def test_without_an_end_the_window_is_30_days_from_its_start(
    seller: Seller, clock: Clock, single: str
) -> None:
    old = clock.now - timedelta(days=40)
    middle, newest = seller.buy(single, created_at=old)[0], seller.buy(single)[0]
    start = f"&dateFrom={int(old.timestamp()) - 10}"
    assert [r["id"] for r in listed(seller, start)] == [int(middle)]
    # The end may lie beyond now.
    end = f"&dateTo={int((clock.now + timedelta(days=1)).timestamp())}"
    start = f"&dateFrom={int((clock.now - timedelta(days=1)).timestamp())}"
    assert [r["id"] for r in listed(seller, start + end)] == [int(newest)]


def test_a_start_of_more_than_three_months_ago_gives_nothing(
    seller: Seller, clock: Clock, single: str
) -> None:
    """Three months before 2026-11-23 is 2026-08-23, whatever lies in the rest of the window."""
    made = datetime(2026, 8, 24, tzinfo=UTC)
    order_id = int(seller.buy(single, created_at=made)[0])

    def found(start: datetime) -> list[int]:
        window = f"&dateFrom={int(start.timestamp())}&dateTo={int(made.timestamp()) + 86400}"
        return [r["id"] for r in listed(seller, window)]

    edge = clock.now.replace(month=8)
    assert found(edge + timedelta(seconds=1)) == [order_id]
    assert found(edge - timedelta(seconds=1)) == []


def test_an_order_of_an_open_supply_is_not_in_the_archive(
    seller: Seller, clock: Clock, single: str
) -> None:
    ancient = clock.now - timedelta(days=100)
    both = seller.buy(single, 2, created_at=ancient)
    path = f"/api/marketplace/v3/fbs/orders/archive?year={ancient.year}&month={ancient.month}"

    def archived() -> list[int]:
        return [o["id"] for o in seller.ask("GET", f"{path}&limit=100&next=0")["orders"]]

    seller.do(both[0], "deliver")
    assert archived() == []
    seller.do(both[1], "deliver")
    assert archived() == [int(i) for i in both]
    seller.refused(400, "GET", f"{path}&limit=100")


# ---------------------------------------------------------------- back from delivery


def transfer(seller: Seller, supply: str, *ids: str, into: str = "WB-GI-999") -> list[Any]:
    path = f"/api/marketplace/v3/fbs/supplies/{supply}/orders/transfer"
    body = {"orderIds": [int(i) for i in ids], "newSupplyId": into}
    rows: list[Any] = seller.ask("PATCH", path, body)["transferredOrders"]
    return rows


def shipped(seller: Seller, sku: str, word: str) -> str:
    order_id = seller.buy(sku)[0]
    seller.do(order_id, "ship")
    seller.do(order_id, "set_status", status=word)
    return order_id


def supply_of(seller: Seller, order_id: str) -> str:
    return next(str(r["supplyId"]) for r in listed(seller) if r["id"] == int(order_id))


def test_an_order_in_delivery_is_taken_back_once(seller: Seller, single: str) -> None:
    seller.world.count(single, 10)
    order_id = shipped(seller, single, "complete/waiting")
    assert seller.world.truth()[single]["on_hand"] == 9
    row = seller.ask("POST", "/api/v3/orders/status", {"orders": [int(order_id)]})["orders"][0]
    assert (row["isTransferable"], row["isCancellable"]) == (True, False)
    supply = supply_of(seller, order_id)
    (told,) = transfer(seller, supply, order_id)
    assert told["success"] is True
    assert seller.status(order_id) == ("confirm", "waiting")
    assert supply_of(seller, order_id) == "WB-GI-999"
    assert seller.world.truth()[single] == {
        "on_hand": 10,
        "reserved": 1,
        "available": 9,
        "oversold": 0,
    }
    # From another supply than its own it cannot be taken, and never again.
    (told,) = transfer(seller, supply, order_id)
    assert told["error"] == {"code": 404, "detail": "NotFound"}
    seller.do(order_id, "ship")
    seller.do(order_id, "set_status", status="complete/waiting")
    (told,) = transfer(seller, "WB-GI-999", order_id, into="WB-GI-998")
    assert told["error"]["detail"] == "StatusMismatch"
    assert seller.status(order_id) == ("complete", "waiting")


@pytest.mark.parametrize("word", ["complete/sorted", "complete/sold", "confirm/waiting"])
def test_what_was_scanned_or_not_handed_over_is_not_taken_back(
    seller: Seller, single: str, word: str
) -> None:
    order_id = shipped(seller, single, word)
    (told,) = transfer(seller, supply_of(seller, order_id), order_id)
    assert "success" not in told


def test_a_transfer_refuses(seller: Seller, single: str) -> None:
    order_id = shipped(seller, single, "complete/waiting")
    supply = supply_of(seller, order_id)
    path = f"/api/marketplace/v3/fbs/supplies/{supply}/orders/transfer"
    ids = [int(order_id)]
    for body in (
        {"orderIds": ids},
        {"newSupplyId": "WB-GI-9"},
        {"orderIds": [], "newSupplyId": ""},
    ):
        seller.refused(400, "PATCH", path, body)
    # Into a supply that is in delivery itself.
    seller.refused(400, "PATCH", path, {"orderIds": ids, "newSupplyId": supply})


def test_the_seller_cancels_what_is_not_handed_over(seller: Seller, single: str) -> None:
    mine, gone = seller.buy(single)[0], shipped(seller, single, "complete/waiting")
    path = "/api/v3/orders/{}/cancel"
    assert seller.send("PATCH", path.format(mine)).status == 204
    assert seller.status(mine) == ("cancel", "canceled")
    assert seller.refused(409, "PATCH", path.format(gone))["code"] == "StatusMismatch"
    assert seller.refused(404, "PATCH", path.format(7))["code"] == "NotFound"
    seller.refused(400, "PATCH", path.format("x"))


def test_supplies_hold_what_is_beyond_new(seller: Seller, single: str) -> None:
    seller.buy(single)
    packed = seller.buy(single)[0]
    gone = shipped(seller, single, "complete/waiting")
    seller.do(packed, "pack")
    rows = seller.ask("GET", "/api/v3/supplies?limit=1000&next=0")["supplies"]
    assert [r["done"] for r in rows] == [False, True]
    assert seller.ask("GET", f"/api/v3/supplies/{rows[1]['id']}") == rows[1]
    told = seller.ask("GET", f"/api/marketplace/v3/supplies/{rows[1]['id']}/order-ids")
    assert told == {"orderIds": [int(gone)]}
    for path in ("/api/v3/supplies/x", "/api/marketplace/v3/supplies/x/order-ids"):
        assert seller.refused(404, "GET", path)["code"] == "NotFound"


def test_an_order_lowers_the_amount_and_a_cancellation_does_not_raise_it(
    seller: Seller, single: str
) -> None:
    seller.push((seller.chrt_id(single), 5))
    order_id = seller.buy(single, 2)[0]
    assert seller.free(single) == 3
    seller.do(order_id, "cancel")
    assert seller.free(single) == 3


def test_goods_at_wildberries_are_in_no_list_of_orders(seller: Seller, single: str) -> None:
    seller.buy(single, held_there=True)
    assert seller.new() == []
    assert listed(seller) == []


def test_an_order_told_late_is_hidden_until_then(seller: Seller, clock: Clock, single: str) -> None:
    order_id = seller.buy(single, visible_from=clock.now + timedelta(hours=1))[0]
    assert seller.new() == []
    clock.pass_by(hours=1)
    assert seller.new() == [int(order_id)]


# ---------------------------------------------------------------- DBS orders


@pytest.fixture
def dbs(clock: Clock) -> Seller:
    clock.tick = timedelta(microseconds=100)
    world = World.standard(products=5, speed=1e6, warehouses=2, clock=clock)
    seller = Seller(world)
    seller.account.dbs_warehouses.add(seller.account.warehouses[1])
    return seller


def test_dbs_orders_are_told_apart(dbs: Seller) -> None:
    assert [w["deliveryType"] for w in dbs.ask("GET", "/api/v3/warehouses")] == [1, 2]
    own = dbs.buy(dbs.skus[0], warehouse=dbs.account.warehouses[1])[0]
    assert dbs.new() == []
    rows = dbs.ask("GET", "/api/v3/dbs/orders/new")["orders"]
    assert [(r["id"], r["deliveryType"]) for r in rows] == [(int(own), "dbs")]
    assert rows[0]["groupId"]


def test_open_dbs_orders_beyond_new_are_in_no_list(dbs: Seller) -> None:
    order_id = dbs.buy(dbs.skus[0], warehouse=dbs.account.warehouses[1])[0]
    window = f"dateFrom={int(START.timestamp()) - 10}&dateTo={int(START.timestamp()) + 10}"
    finished = f"/api/v3/dbs/orders?limit=10&next=0&{window}"

    def info() -> Any:
        path = "/api/marketplace/v3/dbs/orders/status/info"
        return dbs.ask("POST", path, {"ordersIds": [int(order_id), 5]})["orders"]

    for verb, word in (("confirm", "confirm"), ("ship", "deliver")):
        dbs.do(order_id, verb)
        assert dbs.ask("GET", "/api/v3/dbs/orders/new")["orders"] == []
        assert dbs.ask("GET", finished)["orders"] == []
        assert info()[0]["supplierStatus"] == word
    dbs.do(order_id, "deliver")
    assert [o["id"] for o in dbs.ask("GET", finished)["orders"]] == [int(order_id)]
    known, unknown = info()
    assert (known["supplierStatus"], known["wbStatus"]) == ("receive", "sold")
    assert unknown["errors"] == [{"code": 404, "detail": "NotFound"}]
    told = dbs.refused(400, "POST", "/api/marketplace/v3/dbs/orders/status/info", {"orders": [1]})
    assert told["origin"] == "dbs-public-api"
    dbs.refused(400, "GET", "/api/v3/dbs/orders?limit=10&next=0")


def test_the_seller_cancels_dbs_orders(dbs: Seller) -> None:
    place = dbs.account.warehouses[1]
    mine, gone = (dbs.buy(dbs.skus[0], warehouse=place)[0] for _ in range(2))
    dbs.do(gone, "ship")
    path = "/api/marketplace/v3/dbs/orders/status/cancel"
    rows = dbs.ask("POST", path, {"ordersIds": [int(mine), int(gone), 5]})["results"]
    assert [r["isError"] for r in rows] == [False, True, True]
    assert [e["detail"] for r in rows for e in r["errors"]] == ["StatusMismatch", "NotFound"]
    group = dbs.ask("GET", "/api/v3/dbs/orders/new")["orders"]
    assert group == []
    told = dbs.ask("POST", "/api/v3/dbs/groups/info", {"groups": ["a"]})
    assert [r["groupID"] for r in told] == ["a"]


# ---------------------------------------------------------------- DBW and pick-up


@dataclass
class Other:
    """A seller with a warehouse of another family, and how its orders are asked for."""

    seller: Seller
    place: int
    path: str
    status_path: str
    asked: str
    id: str

    def buy(self) -> str:
        return self.seller.buy(self.seller.skus[0], warehouse=self.place)[0]

    def words(self, order_id: str) -> tuple[str, str]:
        body = {self.asked: [int(order_id)]}
        (row,) = self.seller.ask("POST", self.status_path, body)["orders"]
        assert row[self.id] == int(order_id)
        return row["supplierStatus"], row["wbStatus"]

    def finished(self) -> list[int]:
        now = int(START.timestamp())
        query = f"limit=10&next=0&dateFrom={now - 10}&dateTo={now + 10}"
        return [o["id"] for o in self.seller.ask("GET", f"{self.path}?{query}")["orders"]]


@pytest.fixture(params=["dbw", "pickup"])
def other(request: pytest.FixtureRequest, clock: Clock) -> Other:
    clock.tick = timedelta(microseconds=100)
    seller = Seller(World.standard(products=5, speed=1e6, warehouses=2, clock=clock))
    place = seller.account.warehouses[1]
    if request.param == "dbw":
        seller.account.courier_warehouses.add(place)
        path = "/api/v3/dbw/orders"
        return Other(seller, place, path, f"{path}/status", "orders", "id")
    seller.account.pickup_warehouses.add(place)
    info = "/api/marketplace/v3/click-collect/orders/status/info"
    return Other(seller, place, "/api/v3/click-collect/orders", info, "ordersIds", "orderId")


def test_other_families_have_lists_of_their_own(other: Other) -> None:
    kinds = [w["deliveryType"] for w in other.seller.ask("GET", "/api/v3/warehouses")]
    pickup = "click-collect" in other.path
    assert kinds == [1, 5 if pickup else 3]
    order_id = other.buy()
    assert other.seller.new() == []
    (row,) = other.seller.ask("GET", f"{other.path}/new")["orders"]
    assert (row["id"], row["warehouseId"]) == (int(order_id), other.place)
    assert row["article"] == other.seller.skus[0]
    # Open ones beyond `new` are in no list.
    for verb, word in (("confirm", "confirm"), ("pack", "prepare" if pickup else "confirm")):
        other.seller.do(order_id, verb)
        assert other.words(order_id)[0] == word
        assert other.seller.ask("GET", f"{other.path}/new")["orders"] == []
        assert other.finished() == []
    other.seller.do(order_id, "deliver")
    assert other.words(order_id) == ("receive", "sold")
    assert other.finished() == [int(order_id)]
    other.seller.refused(400, "GET", f"{other.path}?limit=10&next=0")
    other.seller.refused(400, "POST", other.status_path, {"order": [1]})


def test_what_a_buyer_refuses_at_the_sellers_counter_stays_on_the_shelf(other: Other) -> None:
    seller, sku = other.seller, other.seller.skus[0]
    seller.world.count(sku, 5)
    order_id = other.buy()
    seller.do(order_id, "pack")
    seller.do(order_id, "refuse")
    assert other.words(order_id) == ("reject", "canceled_by_client")
    pickup = "click-collect" in other.path
    assert seller.world.truth()[sku]["on_hand"] == (5 if pickup else 4)
    assert len(seller.world.returns_of("wb-main")) == (0 if pickup else 1)
    assert other.finished() == [int(order_id)]


def test_statuses_of_pick_up_orders_may_be_asked_once_a_second(clock: Clock) -> None:
    seller = Seller(World.standard(products=5, clock=clock))
    seller.account.pickup_warehouses.add(seller.warehouse)
    path = "/api/marketplace/v3/click-collect/orders/status/info"
    for _ in range(10):
        assert seller.send("POST", path, {"ordersIds": [1]}).status == 200
    assert seller.send("POST", path, {"ordersIds": [1]}).status == 429
    clock.pass_by(seconds=1)
    assert seller.send("POST", path, {"ordersIds": [1]}).status == 200


# ---------------------------------------------------------------- what comes back


def test_no_returns_are_204_without_a_body(seller: Seller) -> None:
    answer = seller.send("GET", f"{RETURNS}?{PERIOD}")
    assert (answer.status, answer.body) == (204, b"")


def test_a_units_way_back(seller: Seller, clock: Clock, sized: str) -> None:
    order_id = seller.buy(sized)[0]
    seller.do(order_id, "deliver")
    back = seller.world.start_return("wb-main", order_id, None)[0]

    def row(status: str) -> Any:
        told = seller.ask("GET", f"{RETURNS}?{PERIOD}&status={status}")
        assert told["count"] == 1
        return told["report"][0]

    first = row("active")
    assert first["orderId"] == int(order_id)
    assert first["srid"].endswith(".r")
    assert first["sku"] == seller.world.products[sized].barcodes[0]
    assert first["techSize"] == "M"
    assert first["orderDt"] == "2026-11-23"
    assert first["completedDt"] is None
    clock.pass_by(hours=1)
    seller.world.do_return("wb-main", back, "arrive")
    assert row("active")["readyToReturnDt"] == "2026-11-23T13:00:00"
    assert row("active")["completedDt"] is None
    clock.pass_by(hours=1)
    seller.world.do_return("wb-main", back, "receive")
    assert row("archive")["completedDt"] == "2026-11-23T14:00:00"
    assert row("archive")["srid"] == first["srid"]
    assert seller.send("GET", f"{RETURNS}?{PERIOD}&status=active").status == 204
    rows = seller.ask("GET", "/api/v1/claims?is_archive=true")
    assert rows["total"] == 1
    assert rows["claims"][0]["status"] == 2


def test_returns_are_paged_by_offset_and_found_by_the_orders_day(
    seller: Seller, single: str
) -> None:
    for order_id in seller.buy(single, 3):
        seller.do(order_id, "refuse")
    told = seller.ask("GET", f"{RETURNS}?{PERIOD}&limit=2&offset=2")
    assert (told["count"], len(told["report"])) == (3, 1)
    assert seller.send("GET", f"{RETURNS}?dateFrom=2026-11-01&dateTo=2026-11-22").status == 204
    assert seller.ask("GET", "/api/v1/claims?is_archive=false")["claims"] == []


@pytest.mark.parametrize(
    "query",
    [
        "dateFrom=2026-11-01",
        "dateFrom=2026-10-01&dateTo=2026-11-30",
        "dateFrom=01.11.2026&dateTo=2026-11-30",
        "dateFrom=2026-11-30&dateTo=2026-11-01",
        f"{PERIOD}&limit=1001",
        f"{PERIOD}&status=done",
        f"{PERIOD}&page=1",
    ],
)
def test_returns_refuse(seller: Seller, query: str) -> None:
    told = seller.refused(400, "GET", f"{RETURNS}?{query}")
    assert {"title", "detail", "requestId", "origin"} == set(told)


def test_claims_need_is_archive(seller: Seller) -> None:
    seller.refused(400, "GET", "/api/v1/claims")
    seller.refused(400, "GET", "/api/v1/claims?is_archive=false&limit=201")


def test_the_feed_tells_also_what_wildberries_sold(seller: Seller, single: str) -> None:
    own, theirs = seller.buy(single)[0], seller.buy(single, held_there=True)[0]
    seller.do(own, "deliver")
    seller.do(theirs, "cancel")
    path = "/api/analytics/v1/order-feed"
    period = {"start": "2026-11-20T00:00:00+03:00"}
    told = seller.ask("POST", path, {"selectedPeriod": period})["data"]
    rows = {r["isMp"]: r for r in told["orders"]}
    assert rows[True]["status"] == "buyout"
    assert (rows[False]["status"], rows[False]["cancelType"]) == ("cancel", "app")
    second = {"offset": 1, "limit": 5, "snapshotTime": told["snapshotTime"]}
    page = seller.ask("POST", path, {"selectedPeriod": period, "pagination": second})["data"]
    assert len(page["orders"]) == 1
    for body in (
        {},
        {"selectedPeriod": {"start": "2026-09-01T00:00:00+03:00"}},
        {"selectedPeriod": period, "pagination": {"offset": 1}},
        {"selectedPeriod": period, "pagination": {"snapshotTime": told["snapshotTime"]}},
        {"selectedPeriod": period, "pagination": {"limit": 10001}},
    ):
        seller.refused(400, "POST", path, body)


def test_reports_tell_the_sellers_stock_and_wildberries_own(seller: Seller, single: str) -> None:
    reports = "/api/analytics/v1/stocks-report"
    assert seller.send("POST", f"{reports}/wb-warehouses", {}).status == 204
    seller.account.offers[single].held_there = 6
    rows = seller.ask("POST", f"{reports}/wb-warehouses", {})["data"]["items"]
    assert [(r["warehouseId"], r["quantity"]) for r in rows] == [(-999999, 6)]
    seller.push((seller.chrt_id(single), 2))
    rows = seller.ask("POST", f"{reports}/seller-warehouses", {})["data"]["items"]
    assert [(r["warehouseId"], r["quantity"]) for r in rows] == [(seller.warehouse, 2)]


# ---------------------------------------------------------------- limits


def test_too_many_requests_are_429_with_the_buckets_headers(slow: Seller, clock: Clock) -> None:
    for left in range(19, -1, -1):
        headers = slow.send("GET", "/api/v3/orders/new").headers
        assert headers["X-Ratelimit-Remaining"] == str(left)
    slow.refused(429, "GET", "/api/v3/orders/new")
    answer = slow.send("GET", "/api/v3/orders/new")
    assert answer.headers["X-Ratelimit-Retry"] == "1"
    assert answer.headers["X-Ratelimit-Limit"] == "20"
    assert answer.headers["X-Ratelimit-Reset"] == "4"
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert "Retry-After" not in answer.headers
    # Other groups have buckets of their own.
    assert slow.send("GET", "/api/v3/warehouses").status == 200
    clock.pass_by(seconds=1)
    for _ in range(5):
        assert slow.send("GET", "/api/v3/orders/new").status == 200
    assert slow.send("GET", "/api/v3/orders/new").status == 429


def test_a_4xx_costs_ten(slow: Seller, clock: Clock) -> None:
    assert slow.push((501999999, 1)).status == 409
    assert slow.push((501999999, 1)).status == 409
    assert slow.push((501999999, 1)).status == 429
    # A 429 costs nothing.
    clock.pass_by(seconds=0.2)
    assert slow.push((501999999, 1)).status == 409
    # Reading and writing share a bucket.
    assert slow.send("POST", STOCKS, {"chrtIds": [1]}).status == 429


def test_content_and_analytics_take_one_for_a_4xx(slow: Seller) -> None:
    for _ in range(5):
        slow.refused(400, "POST", LIST, {})
    slow.refused(429, "POST", LIST, {})
    for _ in range(10):
        assert slow.send("GET", f"{RETURNS}?{PERIOD}").status == 204
    answer = slow.send("GET", f"{RETURNS}?{PERIOD}")
    assert (answer.status, answer.headers["X-Ratelimit-Retry"]) == (429, "60")


def test_deletions_and_pings_have_small_buckets(slow: Seller) -> None:
    for _ in range(3):
        assert slow.send("GET", "/ping").status == 200
    assert slow.send("GET", "/ping").status == 429
    assert slow.send("DELETE", STOCKS, {"chrtIds": [5]}).status == 404
    assert slow.send("DELETE", STOCKS, {"chrtIds": [5]}).status == 429


# ---------------------------------------------------------------- addresses


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/v1/supplier/stocks"),
        ("GET", "/api/v1/analytics/goods-return"),
        ("GET", "/api/v2/stocks"),
        ("POST", "/api/v3/dbs/orders/status"),
    ],
)
def test_what_is_switched_off_is_404(seller: Seller, method: str, path: str) -> None:
    assert seller.send(method, path).status == 404
    assert seller.sandbox.log[-1].why


def test_a_wrong_method_is_405(seller: Seller) -> None:
    seller.refused(405, "PATCH", STOCKS)
