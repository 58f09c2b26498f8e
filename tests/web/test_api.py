"""The API is what its document says, and what the commands print."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import httpx
import msgspec
import pytest

from cloudstock.web import api_types as t
from cloudstock.web.api import OPERATIONS, Operation
from cloudstock.web.openapi import SAYS
from tests.acting import set_stock
from tests.builders import ledger, listing, made_of, offer
from tests.jobs.town import Town
from tests.store.trade import cancel_on_its_way
from tests.web.conftest import TOKEN, Window, wait_for_round
from tests.web.test_acts import ended

BODIES: dict[str, dict[str, Any]] = {
    "/counts": {"counts": [{"sku": "MUG", "quantity": 4}, {"sku": "CUP", "quantity": 10}]},
    "/adjustments": {"changes": [{"sku": "MUG", "change": -2}], "reason": "broken"},
    "/moves": {
        "moves": [{"sku": "CUP", "quantity": 1}],
        "from_warehouse": "main",
        "to_warehouse": "loft",
    },
    "/warehouses": {"name": "shed"},
    "/warehouse-names": {"warehouse": "loft", "name": "attic"},
    "/policies": {"skus": ["MUG"], "policy": "split"},
    "/pauses": {"account": "ozon-main"},
    "/buffers": {"skus": ["MUG"], "buffer": 2},
    "/minimums": {"skus": ["MUG"], "minimum": 20},
    "/links": {"account": "wb-main", "listing": "POT", "products": [{"sku": "CUP", "units": 3}]},
    "/receipts": {"return_id": "R-1", "account": "ym-main", "yes": True},
    "/closed-orders": {"order_id": "YM-1"},
    "/undo": {},
    "/hidden-products": {"skus": ["OLD"]},
    "/removed-warehouses": {"name": "mian"},
    "/first-counts": {"accounts": ["ozon-main"]},
    "/closings": {"account": "wb-main"},
    "/sync": {},
}


@pytest.fixture
def script(locked_window: Window, town: Town) -> Iterator[httpx.Client]:
    town.count("CUP", 2, "loft")
    town.store.tables.table("product").insert({"sku": "OLD"})
    town.store.ledger.warehouse("mian")
    # So that there is something to undo.
    set_stock(town.store, "CUP", 2, warehouse="loft", now=town.clock.now())
    town.shops["ym-main"].hand_over("R-1")
    town.run("returns")
    cancel_on_its_way(town)
    headers = {"Authorization": f"Bearer {TOKEN}"}
    with httpx.Client(
        base_url=f"{locked_window.url}/api/v1",
        headers=headers,
        trust_env=False,
        verify=False,
        timeout=30,
    ) as client:
        yield client
    locked_window.site.rounds.stop()


def asked(script: httpx.Client, operation: Operation) -> httpx.Response:
    values = {q.name: "MUG" for q in operation.query if q.required}
    body = BODIES.get(operation.path) if operation.body is not None else None
    return script.request(operation.method, operation.path, params=values, json=body)


def test_every_answer_is_as_the_document_says(script: httpx.Client) -> None:
    for operation in OPERATIONS:
        answer = asked(script, operation)
        assert answer.status_code == operation.status, (operation.path, answer.text)
        found = msgspec.json.decode(answer.content, type=operation.answer, strict=True)
        # Nothing is answered that the document does not tell.
        assert msgspec.to_builtins(found).keys() == answer.json().keys()


def test_the_document_names_everything_and_nothing_twice(script: httpx.Client) -> None:
    document = script.get("/openapi.json").json()
    assert document["openapi"].startswith("3.1")
    told = {(m, p) for p, methods in document["paths"].items() for m in methods}
    assert told == {(o.method, o.path) for o in OPERATIONS}
    ids = [d["operationId"] for methods in document["paths"].values() for d in methods.values()]
    assert len(ids) == len(set(ids))
    references = set(re.findall(r'"#/components/schemas/(\w+)"', str(document).replace("'", '"')))
    assert references <= document["components"]["schemas"].keys()
    for methods in document["paths"].values():
        for described in methods.values():
            assert {"401", "422", "503"} <= described["responses"].keys()


@pytest.mark.parametrize("operation", [o for o in OPERATIONS if o.body], ids=lambda o: o.path)
def test_what_is_not_as_the_document_says_changes_nothing(
    locked_window: Window, script: httpx.Client, operation: Operation
) -> None:
    right = BODIES[operation.path]
    before = locked_window.contents()
    wrong: list[Any] = [[], "text", 7, {**right, "unknown_field": 1}]
    wrong += [{**right, name: {"odd": True}} for name in right]
    due = right.keys() - {"accounts", "yes"}
    if operation.path != "/closings":
        due -= {"account"}
    wrong += [{k: v for k, v in right.items() if k != name} for name in due]
    for body in wrong:
        answer = script.post(operation.path, json=body)
        assert answer.status_code == 422, (body, answer.text)
        told = msgspec.json.decode(answer.content, type=t.Failed, strict=True)
        assert told.error.message
    for raw in (b"null", b"{", b'{"a": \xff}', b"\x00", b"[" * 100_000):
        answer = script.post(
            operation.path, content=raw, headers={"Content-Type": "application/json"}
        )
        assert answer.status_code in (400, 422)
    assert locked_window.contents() == before


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/nowhere", 404),
        ("/stock?sku=NONE", 422),
        ("/stock?limit=0", 400),
        ("/stock?limit=1001", 400),
        ("/stock?limit=ten", 400),
        ("/orders?step=lost", 400),
        ("/orders?open=maybe", 400),
        ("/orders?since=yesterday", 400),
        ("/orders?since=9999-12-31T23:59:59-12:00", 400),
        ("/orders?after=X", 400),
        ("/orders?after=WzFd", 400),
        ("/orders?sort=price", 400),
        ("/products?low=-1", 400),
        ("/orders?skuu=MUG", 400),
        ("/history", 400),
        ("/history?sku=NONE", 422),
        ("/counts", 405),
    ],
)
def test_a_wrong_address_is_told_as_json(script: httpx.Client, path: str, status: int) -> None:
    answer = script.get(path)
    assert answer.status_code == status
    assert msgspec.json.decode(answer.content, type=t.Failed, strict=True).error.message


def test_stock_is_what_show_stock_prints(script: httpx.Client) -> None:
    (row,) = script.get("/stock", params={"sku": "MUG"}).json()["stock"]
    assert (row["on_hand"], row["reserved"], row["available"]) == (9, 2, 6)
    ozon = next(x for x in row["listings"] if x["account"] == "ozon-main")
    assert (ozon["target"], ozon["pushed"]) == (6, 9)
    assert ozon["pushed_at"].endswith("Z")
    (unknown,) = script.get("/stock", params={"sku": "POT"}).json()["stock"]
    assert (unknown["on_hand"], unknown["available"]) == (None, None)


def test_orders_returns_and_reserves_are_the_books(script: httpx.Client) -> None:
    (order,) = script.get("/orders", params={"open": "true"}).json()["orders"]
    assert (order["account"], order["order_id"], order["step"]) == ("ozon-main", "OZ-1", "open")
    assert order["items"][0]["reserved"] == 2
    (reserve,) = script.get("/reserves", params={"sku": "MUG"}).json()["reserves"]
    assert (reserve["order_id"], reserve["units"], reserve["warehouse"]) == ("OZ-1", 2, "main")
    assert script.get("/reserves", params={"account": "wb-main"}).json()["reserves"] == []
    (back,) = script.get("/returns", params={"waiting": "true"}).json()["returns"]
    assert (back["return_id"], back["waiting"]) == ("R-1", 1)


def test_pages_of_a_list_follow_each_other(town: Town, script: httpx.Client) -> None:
    ids = town.store.catalog.account_ids()
    offer(town.store, ids["wb-main"], *(listing(f"N{n:02}") for n in range(25)))
    found, after = [], None
    while True:
        values = {"search": "n", "limit": 10} | ({} if after is None else {"after": after})
        page = script.get("/products", params=values).json()
        found += [p["sku"] for p in page["products"]]
        after = page["next"]
        if after is None:
            break
    assert found == [f"N{n:02}" for n in range(25)]
    town.store.connection.execute("DELETE FROM component WHERE listing_id > 9")
    town.store.connection.execute("UPDATE listing SET link = 'none' WHERE id > 9")
    loose, after = [], None
    while True:
        values = {"unlinked": "true", "limit": 10} | ({} if after is None else {"after": after})
        page = script.get("/listings", params=values).json()
        loose += [x["offer_id"] for x in page["listings"]]
        after = page["next"]
        if after is None:
            break
    assert loose == found


def test_updates_are_those_of_the_commands(town: Town, script: httpx.Client) -> None:
    answer = script.post("/counts", json=BODIES["/counts"]).json()
    assert answer["results"][0] == {
        "sku": "MUG",
        "warehouse": "main",
        "before": 9,
        "after": 4,
        "difference": -5,
        "at": None,
        "moved_since": 0,
    }
    past = {**BODIES["/counts"], "at": "2026-11-01T10:00:00Z"}
    refused = script.post("/counts", json=past)
    assert (refused.status_code, refused.json()["error"]["kind"]) == (422, "unconfirmed")
    assert script.post("/counts", json={**past, "at": "2026-11-01T10:00:00"}).status_code == 422
    assert script.post("/counts", json={**past, "yes": True, "dry_run": True}).status_code == 200
    script.post("/adjustments", json=BODIES["/adjustments"])
    assert ledger(town.store)[-3:] == [
        ("MUG", "main", -5, "count"),
        ("CUP", "main", 1, "count"),
        ("MUG", "main", -2, "adjustment"),
    ]
    answer = script.post("/links", json=BODIES["/links"]).json()
    assert answer["after"] == [{"sku": "CUP", "units": 3}]
    wb = town.store.catalog.account_ids()["wb-main"]
    assert made_of(town.store, wb, "POT") == {"CUP": 3}
    script.post("/links", json={**BODIES["/links"], "products": []})
    assert made_of(town.store, wb, "POT") == {}
    refused = script.post("/receipts", json={**BODIES["/receipts"], "yes": False})
    assert (refused.status_code, refused.json()["error"]["kind"]) == (422, "unconfirmed")
    answer = script.post("/receipts", json=BODIES["/receipts"]).json()
    assert (answer["quantity"], answer["waiting"], answer["warehouse"]) == (1, 0, "main")


def test_several_counts_are_taken_whole_or_not_at_all(
    locked_window: Window, script: httpx.Client
) -> None:
    before = locked_window.contents()
    counts = [{"sku": "MUG", "quantity": 4}, {"sku": "NONE", "quantity": 1}]
    answer = script.post("/counts", json={"counts": counts})
    assert answer.status_code == 422
    assert "NONE" in answer.json()["error"]["message"]
    assert locked_window.contents() == before


def test_a_dry_run_changes_nothing(locked_window: Window, script: httpx.Client) -> None:
    before = locked_window.contents()
    for path, body in BODIES.items():
        if path != "/sync":
            answer = script.post(path, json={**body, "dry_run": True})
            assert answer.status_code == 200, answer.text
            assert answer.json()["dry_run"] is True
    assert locked_window.contents() == before


def test_a_round_closes_what_it_is_told_to(locked_window: Window, script: httpx.Client) -> None:
    script.post("/sync", json={"closes": {"account": "wb-main"}})
    while (state := script.get("/sync").json())["running"]:
        wait_for_round()
    assert [a["account"] for a in state["accounts"]] == ["wb-main"]
    notable = script.get("/status").json()["notable"]
    assert [x["account"] for x in notable if x["kind"] == "closed"] == ["wb-main"]


def test_a_round_is_begun_once_and_watched(locked_window: Window, script: httpx.Client) -> None:
    assert script.get("/sync").json()["began_at"] is None
    assert script.post("/sync", json={"full": True}).json()["running"] is True
    busy = script.post("/sync", json={})
    assert (busy.status_code, busy.json()["error"]["kind"]) == (409, "busy")
    with locked_window.visitor() as visitor:
        visitor.sign_in()
        ended(visitor)
    state = script.get("/sync").json()
    # Nobody answers where the accounts are said to be.
    assert (state["running"], state["ok"]) == (False, False)
    assert state["problems"] == []
    assert [a["account"] for a in state["accounts"]] == ["ozon-main", "wb-main", "ym-main"]
    assert all(a["message"] for a in state["accounts"])


def test_the_page_shows_all_of_it(locked_window: Window) -> None:
    with locked_window.visitor() as visitor:
        visitor.sign_in()
        page = visitor.get("/api").text
    for operation in OPERATIONS:
        assert f"{operation.method.upper()} /api/v1{operation.path}" in page
    assert "CountRequest" in page


def test_the_document_speaks_the_language_of_who_asks(script: httpx.Client) -> None:
    def said(part: Any) -> Iterator[str]:
        for name, of in part.items() if isinstance(part, dict) else enumerate(part):
            if isinstance(of, dict | list):
                yield from said(of)
            elif name in SAYS:
                yield of

    for language, letters in (("en", "[a-z]"), ("ru", "[а-я]")):
        document = script.get("/openapi.json", headers={"Accept-Language": language}).json()
        assert [text for text in said(document) if not re.search(letters, text)] == []
