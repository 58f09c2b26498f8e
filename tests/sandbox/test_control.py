"""The sandbox's own verbs: buyers, carriers and the seller's hands, by JSON over HTTP."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest
import yaml

from cloudstock.sandbox.request import Request
from cloudstock.sandbox.server import Sandbox
from cloudstock.sandbox.serving import serve
from tests.sandbox.driving import Clock, Machine, small_world


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def seller(clock: Clock) -> Machine:
    return Machine(Sandbox(small_world(clock)))


# ---------------------------------------------------------------- looking


def test_the_overview_tells_accounts_speed_and_verbs(seller: Machine) -> None:
    told = seller.look("")
    assert told["accounts"] == {
        "ozon-main": "ozon",
        "wb-main": "wildberries",
        "ym-main": "yandex_market",
    }
    assert told["speed"] == 1.0
    assert {"POST /_sandbox/orders", "GET /_sandbox/truth"} <= set(told["verbs"])


def test_the_configuration_is_ready_for_use() -> None:
    sandbox = Sandbox(small_world(speed=2_000_000.0))
    told = yaml.safe_load(sandbox.config_text("http://127.0.0.1:8080"))
    assert set(told) == {"database", "accounts"}
    ozon, wb, ym = (told["accounts"][n] for n in ("ozon-main", "wb-main", "ym-main"))
    assert set(ozon) - {"client_id", "api_key"} == {
        "marketplace",
        "warehouses",
        "base_url",
        "pace",
    }
    assert (ozon["marketplace"], ozon["warehouses"]) == ("ozon", {22142605386010: "main"})
    assert (ozon["pace"], ozon["base_url"]) == (2_000_000.0, "http://127.0.0.1:8080")
    assert isinstance(ozon["client_id"], str)
    assert wb["token"].count(".") == 2
    assert set(ym) >= {"api_key", "business_id", "campaign_id", "warehouses"}


def test_several_warehouses_share_the_shelf_in_the_configuration() -> None:
    sandbox = Sandbox(small_world(warehouses=3, accounts=("wb-main",)))
    links = yaml.safe_load(sandbox.config_text("http://localhost"))["accounts"]["wb-main"]
    shares = [int(link["share"].rstrip("%")) for link in links["warehouses"].values()]
    assert len(shares) == 3
    assert sum(shares) <= 100


def test_the_configuration_is_told_with_the_address_one_came_by(seller: Machine) -> None:
    request = Request("GET", "/_sandbox/config", {}, {"host": "127.0.0.1:4711"})
    answer = seller.sandbox.handle(request)
    assert answer.headers["Content-Type"].startswith("text/plain")
    assert b"base_url: http://127.0.0.1:4711\n" in answer.body


def test_shops_become_one_cabinet_that_sells_one_stock(clock: Clock) -> None:
    world = small_world(clock, accounts=("ym-a", "ym-b", "wb-main"))
    seller = Machine(Sandbox(world), "ym-a")
    seller.tell("unite", accounts=["ym-a", "ym-b"])
    one, two = (world.account(name) for name in ("ym-a", "ym-b"))
    assert (one.warehouses, one.program, two.program) == (two.warehouses, "FBS", "DBS")
    seller.tell("unite", accounts=["ym-a", "ym-b"], group="Склады", programs=["FBS", "EXPRESS"])
    assert (two.group, two.program) == ("Склады", "EXPRESS")
    assert two.credentials["api_key"] == one.credentials["api_key"]
    assert seller.control("POST", "unite", accounts=["ym-a", "wb-main"])[0] == 400
    assert seller.control("POST", "unite", accounts=[])[0] == 400


def test_truth_and_what_is_shown_stand_side_by_side(seller: Machine) -> None:
    seller.stocked(quantity=10)
    seller.bought((seller.sku, 4))
    assert seller.truth(seller.sku) == {"on_hand": 10, "reserved": 4, "available": 6, "oversold": 0}
    rows = seller.look("shown")["listings"]
    (row,) = [r for r in rows if r["account"] == "ozon-main" and r["sku"] == seller.sku]
    assert row == {
        "account": "ozon-main",
        "warehouse": seller.place,
        "sku": seller.sku,
        "free": 6,
        "reserved": 4,
        "archived": False,
    }
    assert {r["account"] for r in rows} == {"ozon-main", "wb-main", "ym-main"}


def test_requests_are_told_from_a_number_on_and_control_verbs_are_not_among_them(
    seller: Machine,
) -> None:
    body = {"filter": {}, "limit": 1}
    for _ in range(3):
        seller.send("POST", "/v3/product/list", body)
    told = seller.look("requests?since=2")["requests"]
    assert [r["n"] for r in told] == [3]
    assert (told[0]["account"], told[0]["method"], told[0]["path"], told[0]["status"]) == (
        "ozon-main",
        "POST",
        "/v3/product/list",
        200,
    )
    assert [r["n"] for r in seller.look("requests")["requests"]] == [1, 2, 3]


def test_what_breaks_the_contract_is_on_record_with_the_reason(seller: Machine) -> None:
    seller.send("POST", "/v3/product/list", {"filter": {}, "limit": 1})
    seller.send("POST", "/v3/product/list", {"filter": {}, "limit": 0})
    seller.send("POST", "/v3/posting/fbs/list", {})
    seller.send("GET", "/v9/nothing")
    seller.send("POST", "/v3/product/list", {"filter": {}, "limit": 1}, api_key="wrong")
    told = [(b["n"], b["account"], b["status"]) for b in seller.breaches()]
    assert told == [(2, "ozon-main", 400), (3, "ozon-main", 404), (4, None, 404), (5, None, 403)]
    assert "limit" in seller.breaches()[0]["why"]
    assert "switched off" in seller.breaches()[1]["why"]


def test_keys_are_in_no_record(seller: Machine) -> None:
    seller.send("POST", "/v3/product/list", {"filter": {}, "limit": 0})
    everything = json.dumps([seller.look("requests"), seller.look("shown"), seller.look("")])
    assert seller.account.credentials["api_key"] not in everything


# ---------------------------------------------------------------- doing


def test_a_new_product_is_offered_where_told(seller: Machine) -> None:
    seller.tell("products", sku="NEW-1", name="New", barcodes=["4600000000015"])
    seller.tell("products", sku="NEW-2", name="Newer", accounts=["ozon-main"])
    offers = {n: set(a.offers) for n, a in seller.world.accounts.items()}
    assert all("NEW-1" in o for o in offers.values())
    assert [n for n, o in offers.items() if "NEW-2" in o] == ["ozon-main"]
    assert seller.world.products["NEW-1"].barcodes == ("4600000000015",)
    assert len(seller.world.products["NEW-2"].barcodes) == 1


def test_the_shelf_is_counted_and_restocked(seller: Machine) -> None:
    seller.tell("count", sku=seller.sku, quantity=5)
    seller.tell("restock", sku=seller.sku, quantity=2)
    assert seller.truth(seller.sku)["on_hand"] == 7


def test_somebody_else_changes_what_is_shown(seller: Machine) -> None:
    seller.tell("stock", account="ozon-main", sku=seller.sku, quantity=9, warehouse=seller.place)
    assert seller.stock() == (9, 0)


def test_nobody_buys_what_is_not_shown_unless_forced(seller: Machine) -> None:
    order = {"account": "ozon-main", "lines": [{"sku": seller.sku, "quantity": 1}]}
    status, told = seller.control("POST", "orders", **order)
    assert (status, told["error"]) == (409, "ozon-main does not show that many")
    assert told["text"].format(**told["values"]) == told["error"]
    assert seller.control("POST", "orders", **order, force=True)[0] == 200
    assert seller.truth(seller.sku)["oversold"] == 1


@pytest.mark.parametrize(("account", "ids"), [("ozon-main", 1), ("wb-main", 3), ("ym-main", 1)])
def test_ids_of_orders_are_text(seller: Machine, account: str, ids: int) -> None:
    seller = Machine(seller.sandbox, account)
    seller.stocked()
    made = seller.bought((seller.sku, 3))
    assert len(made) == ids
    assert all(isinstance(i, str) for i in made)


def test_an_order_lives_by_the_verbs(seller: Machine) -> None:
    seller.stocked()
    (order_id,) = seller.bought((seller.sku, 3))
    states = [seller.happens(order_id, v)["state"] for v in ("confirm", "pack", "ship", "deliver")]
    assert states == ["confirmed", "packed", "shipped", "delivered"]
    assert seller.truth(seller.sku)["on_hand"] == 7


def test_a_split_and_a_refusal_name_what_they_made(seller: Machine) -> None:
    seller.stocked()
    (order_id,) = seller.bought((seller.sku, 3))
    made = seller.happens(order_id, "split", lines=[{"sku": seller.sku, "quantity": 1}])
    assert (made["state"], len(made["orders"])) == ("replaced", 2)
    assert len(seller.happens(made["orders"][0], "refuse")["returns"]) == 1


def test_an_order_is_hidden_until_it_is_revealed(seller: Machine, clock: Clock) -> None:
    seller.stocked()
    late = clock.now.replace(hour=23).isoformat()
    (order_id,) = seller.bought(visible_from=late)
    assert seller.world.visible_orders("ozon-main") == []
    assert seller.control("POST", f"orders/ozon-main/{order_id}/reveal")[0] == 200
    assert len(seller.world.visible_orders("ozon-main")) == 1


def test_returns_by_the_verbs(seller: Machine) -> None:
    seller.stocked()
    (order_id,) = seller.bought((seller.sku, 3))
    seller.happens(order_id, "deliver")
    lines = [{"sku": seller.sku, "quantity": 2}]
    (first,) = seller.tell("returns", account="ozon-main", order=order_id, lines=lines)["returns"]
    (rest,) = seller.tell("returns", account="ozon-main", order=order_id, type="refused")["returns"]
    for verb in ("transit", "arrive", "receive"):
        seller.tell(f"returns/ozon-main/{first}", do=verb)
    seller.tell(f"returns/ozon-main/{rest}", do="lose")
    told = [(r.quantity, r.kind, r.state) for r in seller.world.returns_of("ozon-main")]
    assert told == [(2, "client", "received"), (1, "refused", "lost")]


def test_the_clock_is_moved(seller: Machine, clock: Clock) -> None:
    told = seller.tell("clock", advance=3600)
    assert told["now"] == "2026-11-23T10:00:00+00:00"
    assert clock.now.hour == 9


def test_faults_are_listed_until_used_or_cleared(seller: Machine) -> None:
    seller.tell("faults", kind="status", status=503, times=2, path="product", account="ozon-main")
    seller.tell("faults", kind="delay", seconds=0.5)
    assert [(f["kind"], f["times"]) for f in seller.look("faults")] == [("status", 2), ("delay", 1)]
    seller.send("POST", "/v3/product/list", {"filter": {}, "limit": 1})
    assert seller.look("faults")[0]["times"] == 1
    assert seller.control("DELETE", "faults")[0] == 200
    assert seller.look("faults") == []


# ---------------------------------------------------------------- nonsense

LINE = {"sku": "MUG", "quantity": 1}


@pytest.mark.parametrize(
    ("verb", "body"),
    [
        ("count", {}),
        ("count", {"sku": "NO-SUCH", "quantity": 1}),
        ("count", {"sku": "SKU", "quantity": -1}),
        ("count", {"sku": "SKU", "quantity": True}),
        ("count", {"sku": "SKU", "quantity": 1.5}),
        ("count", {"sku": "SKU", "quantity": 1, "warehouse": 1}),
        ("products", {"sku": "SKU", "name": "There already"}),
        ("products", {"sku": "NEW", "name": "New", "accounts": ["nobody"]}),
        ("orders", {"account": "nobody", "lines": [LINE]}),
        ("orders", {"account": "ozon-main", "lines": []}),
        ("orders", {"account": "ozon-main", "lines": [{"sku": "SKU", "quantity": 0}]}),
        ("orders", {"account": "ozon-main", "lines": [LINE], "warehouse": 5}),
        ("orders", {"account": "ozon-main", "lines": [LINE], "created_at": "yesterday"}),
        ("orders", {"account": "ozon-main", "lines": [LINE], "created_at": "9999-12-31T23:59:59Z"}),
        ("orders", {"account": "ozon-main", "lines": [LINE], "created_at": "2026-11-23T10:00:00"}),
        ("orders/ozon-main/1", {"do": "ship"}),
        ("orders/nobody/1/reveal", {}),
        ("returns", {"account": "ozon-main", "order": "1"}),
        ("returns/ozon-main/1", {"do": "receive"}),
        ("stock", {"account": "ozon-main", "sku": "NO-SUCH", "quantity": 1}),
        ("faults", {"kind": "earthquake"}),
        ("faults", {"kind": "delay", "path": "("}),
        ("faults", {"kind": "status", "status": 1000}),
        ("faults", {"kind": "delay", "times": 0}),
        ("clock", {"advance": -1}),
        ("clock", {"advance": 1e300}),
        ("clock", {"advance": float("inf")}),
        ("clock", {}),
    ],
)
def test_nonsense_is_refused_with_a_reason(
    seller: Machine, verb: str, body: dict[str, Any]
) -> None:
    if body.get("sku") == "SKU":
        body = {**body, "sku": seller.sku}
    status, told = seller.control("POST", verb, **body)
    assert status == 400
    assert told["error"]


@pytest.mark.parametrize("raw", [b"", b"[", b"[]", b"\xff", b'"x"', b"[" * 100_000])
def test_a_body_that_is_no_object_is_refused(seller: Machine, raw: bytes) -> None:
    request = Request("POST", "/_sandbox/count", {}, {"content-type": "application/json"}, raw)
    assert seller.sandbox.handle(request).status == 400


@pytest.mark.parametrize("since", ["-1", "x", "1.5", ""])
def test_since_is_a_number(seller: Machine, since: str) -> None:
    assert seller.control("GET", f"requests?since={since}")[0] == 400


@pytest.mark.parametrize(("method", "verb"), [("GET", "nothing"), ("DELETE", "count")])
def test_unknown_verbs_are_404(seller: Machine, method: str, verb: str) -> None:
    status, told = seller.control(method, verb)
    assert (status, set(told)) == (404, {"error"})


# ---------------------------------------------------------------- over HTTP


@pytest.mark.parametrize(
    ("account", "url", "status", "reason"),
    [
        ("wb-main", "http://127.0.0.1:9/calls", 400, "calls nobody"),
        ("ozon-main", "http://stock.example/calls", 400, "this machine only"),
        # Nobody is there, and what is there is no receiver.
        ("ozon-main", "http://127.0.0.1:9/calls", 409, "0: this is no answer"),
        ("ym-main", "{sandbox}/_sandbox/clock", 409, "400: this is no answer"),
        ("ym-main", "{sandbox}/_sandbox/calls", 409, "400: this is no answer"),
    ],
)
def test_who_does_not_answer_as_is_due_is_not_called(
    account: str, url: str, status: int, reason: str
) -> None:
    sandbox = Sandbox(small_world())
    with serve(Sandbox(small_world())) as other:
        seller = Machine(sandbox)
        url = url.format(sandbox=other)
        answer = seller.control("POST", "calls", account=account, url=url)
        seller.tell("products", sku="NEW", name="New")
        seller.tell("stock", account=account, sku="NEW", quantity=1)
        seller.tell("orders", account=account, lines=[{"sku": "NEW", "quantity": 1}])
    assert answer[0] == status
    assert reason in answer[1]["error"]
    sandbox.caller.join()
    tried = [{"account": account, "status": int(reason.partition(":")[0])}] if status == 409 else []
    told = [{k: call[k] for k in ("account", "status")} for call in seller.look("calls")["calls"]]
    assert told == tried


def test_all_of_it_over_http() -> None:
    world = small_world(speed=100.0)
    sku = next(iter(world.account("ozon-main").offers))
    with (
        serve(Sandbox(world)) as url,
        httpx.Client(base_url=url, trust_env=False, verify=False) as http,
    ):
        assert (
            yaml.safe_load(http.get("/_sandbox/config").text)["accounts"]["ozon-main"]["base_url"]
            == url
        )
        lines = [{"sku": sku, "quantity": 1}]
        order = {"account": "ozon-main", "lines": lines}
        http.post("/_sandbox/count", json={"sku": sku, "quantity": 5}).raise_for_status()
        assert http.post("/_sandbox/orders", json=order).status_code == 409
        stock = {"account": "ozon-main", "sku": sku, "quantity": 5}
        http.post("/_sandbox/stock", json=stock).raise_for_status()
        (made,) = http.post("/_sandbox/orders", json=order).json()["orders"]
        state = http.post(f"/_sandbox/orders/ozon-main/{made}", json={"do": "ship"}).json()["state"]
        assert state == "shipped"
        assert http.get("/_sandbox/truth").json()["products"][sku]["on_hand"] == 4
