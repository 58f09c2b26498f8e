"""The proxy passes everything on as it is, and keeps it."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from cloudstock.sandbox.faults import Fault
from cloudstock.sandbox.server import Sandbox
from cloudstock.sandbox.serving import serve
from cloudstock.sandbox.world import World
from tests.contracts.judge import Exchange
from tests.contracts.proxy import proxy

KEY = {"Client-Id": "100001", "Api-Key": "sandbox-ozon-key-1"}


@pytest.fixture
def sandbox() -> Sandbox:
    return Sandbox(World.standard(products=3, speed=600))


@pytest.fixture
def kept() -> list[Exchange]:
    return []


@pytest.fixture
def shop(sandbox: Sandbox, kept: list[Exchange]) -> Iterator[httpx.Client]:
    with (
        serve(sandbox) as behind,
        proxy(behind, kept.append) as url,
        httpx.Client(base_url=url, trust_env=False, verify=False) as client,
    ):
        yield client


def test_what_is_said_is_passed_on_and_kept(shop: httpx.Client, kept: list[Exchange]) -> None:
    answer = shop.post(
        "/v2/warehouse/list?a=1&a=2&b=", json={"limit": 5, "cursor": ""}, headers=KEY
    )
    assert answer.status_code == 200
    assert answer.json()["has_next"] is False
    assert "date" in answer.headers
    (exchange,) = kept
    assert (exchange.method, exchange.path) == ("POST", "/v2/warehouse/list")
    assert exchange.query == (("a", "1"), ("a", "2"), ("b", ""))
    assert exchange.headers["client-id"] == KEY["Client-Id"]
    assert exchange.body == b'{"limit":5,"cursor":""}'
    assert (exchange.status, exchange.answer) == (200, answer.content)
    assert exchange.answer_headers["content-type"] == "application/json"


def test_an_answer_without_a_body_stays_one(shop: httpx.Client, kept: list[Exchange]) -> None:
    shop.get("/_sandbox/")
    assert shop.get("/nowhere").status_code == 404
    assert [e.status for e in kept] == [200, 404]


def test_a_connection_that_breaks_off_breaks_off(
    shop: httpx.Client, sandbox: Sandbox, kept: list[Exchange]
) -> None:
    sandbox.faults.order(Fault("drop_before"))
    with pytest.raises(httpx.RemoteProtocolError):
        shop.post("/v2/warehouse/list", json={"limit": 5}, headers=KEY)
    assert kept == []
    assert shop.post("/v2/warehouse/list", json={"limit": 5}, headers=KEY).status_code == 200
