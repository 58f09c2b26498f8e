"""Misbehaviour to order, and the server that carries it out."""

from __future__ import annotations

import json
import re
import socket
import threading
from collections.abc import Iterator
from contextlib import closing
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from cloudstock.sandbox.faults import KINDS
from cloudstock.sandbox.request import BODY_BYTES_MAX
from cloudstock.sandbox.server import Sandbox
from cloudstock.sandbox.serving import check_loopback, serve
from tests.sandbox.driving import Machine, small_world

LIST = "/v3/product/list"
EVERYTHING = {"filter": {}, "limit": 1000}
STOCKS = "/v2/products/stocks"


@pytest.fixture
def seller() -> Machine:
    return Machine(Sandbox(small_world()))


def push(seller: Machine, *rows: tuple[str, int]) -> dict[str, Any]:
    return {"stocks": [{"offer_id": s, "stock": n, "warehouse_id": seller.place} for s, n in rows]}


# ---------------------------------------------------------------- which requests are met


def test_a_fault_meets_once_unless_told_how_often(seller: Machine) -> None:
    seller.tell("faults", kind="status", status=503)
    seller.tell("faults", kind="status", status=504, times=2)
    assert [seller.send("POST", LIST, EVERYTHING).status for _ in range(4)] == [503, 504, 504, 200]


def test_a_fault_lets_the_first_ones_pass(seller: Machine) -> None:
    seller.tell("faults", kind="status", status=503, after=2)
    assert [seller.send("POST", LIST, EVERYTHING).status for _ in range(4)] == [200, 200, 503, 200]


@pytest.mark.parametrize(
    ("where", "met"),
    [
        ({}, True),
        ({"account": "ozon-main"}, True),
        ({"account": "wb-main"}, False),
        ({"method": "POST"}, True),
        ({"method": "PUT"}, False),
        ({"path": "product/list"}, True),
        ({"path": "^/v[34]/product/(list|info)$"}, True),
        ({"path": "stocks"}, False),
        ({"account": "ozon-main", "method": "POST", "path": "stocks"}, False),
    ],
)
def test_a_fault_is_for_an_account_a_method_and_a_path(
    seller: Machine, where: dict[str, str], met: bool
) -> None:
    seller.tell("faults", kind="status", status=503, **where)
    assert (seller.send("POST", LIST, EVERYTHING).status == 503) is met


def test_control_verbs_are_never_met(seller: Machine) -> None:
    seller.tell("faults", kind="status", status=503, times=100)
    assert seller.look("truth")


# ---------------------------------------------------------------- what is answered


def test_throttle_is_answered_as_the_marketplace_does_it(seller: Machine) -> None:
    seller.tell("faults", kind="throttle", times=3, seconds=7)
    answer = seller.send("POST", LIST, EVERYTHING)
    assert (answer.status, json.loads(answer.body)["code"]) == (429, 8)
    wb = Machine(seller.sandbox, "wb-main").send("GET", "/api/v3/warehouses")
    assert (wb.status, wb.headers["X-Ratelimit-Retry"]) == (429, "7")
    assert wb.headers["Content-Type"] == "application/problem+json"
    ym = Machine(seller.sandbox, "ym-main").send("GET", "/v2/campaigns")
    assert ym.status == 420
    assert seller.breaches() == []


@pytest.mark.parametrize("status", [400, 403, 500, 503])
def test_a_status_comes_in_the_marketplaces_envelope(seller: Machine, status: int) -> None:
    seller.tell("faults", kind="status", status=status, times=3)
    ozon = seller.send("POST", LIST, EVERYTHING)
    assert (ozon.status, set(json.loads(ozon.body))) == (status, {"code", "message", "details"})
    wb = Machine(seller.sandbox, "wb-main").send("GET", "/api/v3/warehouses")
    assert wb.status == status
    assert "code" in json.loads(wb.body)
    ym = Machine(seller.sandbox, "ym-main").send("GET", "/v2/campaigns")
    assert (ym.status, json.loads(ym.body)["status"]) == (status, "ERROR")
    assert seller.breaches() == []


def test_html_empty_and_garbled_answers(seller: Machine) -> None:
    seller.tell("faults", kind="html")
    seller.tell("faults", kind="empty", status=200)
    seller.tell("faults", kind="garble")
    page, nothing, cut = (seller.send("POST", LIST, EVERYTHING) for _ in range(3))
    assert (page.status, page.headers["Content-Type"]) == (502, "text/html")
    assert page.body.startswith(b"<html>")
    assert (nothing.status, nothing.body) == (200, b"")
    assert cut.status == 200
    with pytest.raises(ValueError, match=r"."):
        json.loads(cut.body)


def test_wrong_key_is_401_and_nobodys_breach(seller: Machine) -> None:
    seller.tell("faults", kind="wrong_key")
    assert seller.send("POST", LIST, EVERYTHING).status == 401
    assert seller.breaches() == []


def test_delay_answers_late_and_right(seller: Machine) -> None:
    seller.tell("faults", kind="delay", seconds=12.5)
    answer = seller.send("POST", LIST, EVERYTHING)
    assert (answer.status, answer.delay_s) == (200, 12.5)


def test_a_breach_stays_one_under_a_fault_that_does_not_cause_it(seller: Machine) -> None:
    for kind in ("delay", "garble", "drop_after", "ignore_write"):
        seller.tell("faults", kind=kind)
        seller.send("POST", LIST, {"filter": {}, "limit": 0})
    assert len(seller.breaches()) == 4


# ---------------------------------------------------------------- what is applied


@pytest.mark.parametrize(
    ("kind", "applied"),
    [
        ("throttle", False),
        ("status", False),
        ("html", False),
        ("empty", False),
        ("drop_before", False),
        ("wrong_key", False),
        ("ignore_write", False),
        ("refuse_items", False),
        ("drop_after", True),
        ("garble", True),
        ("delay", True),
        ("duplicate_page", True),
    ],
)
def test_which_faults_leave_a_write_applied(seller: Machine, kind: str, applied: bool) -> None:
    assert kind in KINDS
    seller.tell("faults", kind=kind)
    seller.send("POST", STOCKS, push(seller, (seller.sku, 5)))
    assert seller.stock() == ((5, 0) if applied else (None, 0))


def test_an_ignored_write_is_answered_as_one_that_was_done(seller: Machine) -> None:
    seller.tell("faults", kind="ignore_write")
    told = json.loads(seller.send("POST", STOCKS, push(seller, (seller.sku, 5))).body)
    assert [r["updated"] for r in told["result"]] == [True]


def test_a_share_of_the_items_is_refused_each_with_a_reason(seller: Machine) -> None:
    seller.tell("faults", kind="refuse_items", share=0.5)
    rows = [(sku, 5) for sku in seller.skus[:4]]
    told = json.loads(seller.send("POST", STOCKS, push(seller, *rows)).body)["result"]
    refused = {r["offer_id"] for r in told if not r["updated"]}
    assert len(refused) == 2
    assert all(r["errors"][0]["code"] and r["errors"][0]["message"] for r in told if r["errors"])
    for sku, _ in rows:
        assert seller.stock(sku) == ((None, 0) if sku in refused else (5, 0))


def test_a_page_comes_twice_with_the_cursor_that_was_sent(seller: Machine) -> None:
    seller.stocked(quantity=10)
    for _ in range(5):
        seller.bought()
    day = {"since": "2026-11-23T00:00:00Z", "to": "2026-11-24T00:00:00Z"}
    body = {"filter": day, "limit": 2, "cursor": ""}

    def page(cursor: str) -> tuple[list[str], str]:
        told = json.loads(
            seller.send("POST", "/v4/posting/fbs/list", {**body, "cursor": cursor}).body
        )
        return [p["posting_number"] for p in told["postings"]], told["cursor"]

    first, cursor = page("")
    seller.tell("faults", kind="duplicate_page")
    second, again = page(cursor)
    assert again == cursor
    assert page(cursor)[0] == second != first


# ---------------------------------------------------------------- the server


@pytest.fixture
def served(seller: Machine) -> Iterator[str]:
    with serve(seller.sandbox) as url:
        yield url


def spoken(url: str, raw: bytes) -> bytes:
    """Everything that comes back on one connection until the server closes it."""
    address = urlsplit(url)
    with closing(socket.create_connection((address.hostname or "", address.port or 0), 10)) as wire:
        wire.sendall(raw)
        heard = b""
        while part := wire.recv(65536):
            heard += part
        return heard


@pytest.mark.parametrize(("kind", "applied"), [("drop_before", None), ("drop_after", 5)])
def test_a_drop_closes_the_connection_without_a_whole_answer(
    seller: Machine, served: str, kind: str, applied: int | None
) -> None:
    seller.tell("faults", kind=kind)
    body = json.dumps(push(seller, (seller.sku, 5))).encode()
    named = {**seller.headers(), "content-type": "application/json", "host": "127.0.0.1"}
    head = "".join(f"{k}: {v}\r\n" for k, v in named.items())
    raw = f"POST {STOCKS} HTTP/1.1\r\n{head}content-length: {len(body)}\r\n\r\n".encode() + body
    heard = spoken(served, raw)
    promised = re.search(rb"content-length: (\d+)", heard)
    assert promised is None or len(heard.partition(b"\r\n\r\n")[2]) < int(promised[1])
    assert seller.stock()[0] == applied


def test_a_client_knows_that_the_connection_broke_and_the_next_one_works(
    seller: Machine, served: str
) -> None:
    seller.tell("faults", kind="drop_after")
    with httpx.Client(
        base_url=served, trust_env=False, verify=False, headers=seller.headers()
    ) as http:
        with pytest.raises(httpx.RemoteProtocolError):
            http.post(STOCKS, json=push(seller, (seller.sku, 5)))
        assert http.post(LIST, json=EVERYTHING).status_code == 200


def test_a_late_answer_outlasts_an_impatient_client_and_was_applied(seller: Machine) -> None:
    seller.tell("faults", kind="delay", seconds=30)
    with (
        serve(seller.sandbox) as url,
        httpx.Client(base_url=url, trust_env=False, verify=False, headers=seller.headers()) as http,
        pytest.raises(httpx.ReadTimeout),
    ):
        http.post(STOCKS, json=push(seller, (seller.sku, 5)), timeout=0.3)
    assert seller.stock() == (5, 0)


def test_every_marketplace_answers_at_one_address(seller: Machine, served: str) -> None:
    doors = {
        "ozon-main": ("POST", "/v2/warehouse/list", {"limit": 1}),
        "wb-main": ("GET", "/api/v3/warehouses", None),
        "ym-main": ("GET", "/v2/campaigns", None),
    }
    with httpx.Client(base_url=served, trust_env=False, verify=False) as http:
        for account, (method, path, body) in doors.items():
            own = Machine(seller.sandbox, account)
            answer = http.request(method, path, json=body, headers=own.headers())
            assert answer.status_code == 200, account
    assert [r["account"] for r in seller.look("requests")["requests"]] == list(doors)


def test_requests_at_the_same_time_are_all_answered(seller: Machine, served: str) -> None:
    answers: list[int] = []

    def ask() -> None:
        with httpx.Client(
            base_url=served, trust_env=False, verify=False, headers=seller.headers()
        ) as http:
            answers.extend(http.post(LIST, json=EVERYTHING).status_code for _ in range(5))

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [200] * 40
    assert [r["n"] for r in seller.look("requests")["requests"]] == list(range(1, 41))


def test_a_body_without_end_is_refused(seller: Machine) -> None:
    answer = seller.send("POST", LIST, b" " * (BODY_BYTES_MAX + 1))
    assert answer.status == 413
    assert len(seller.breaches()) == 1


def test_a_server_may_stop_before_anybody_asked_it() -> None:
    sandbox = Sandbox(small_world())
    for _ in range(3):
        with serve(sandbox) as url:
            assert url.startswith("http://127.0.0.1:")


def test_nothing_listens_after_the_server_has_stopped(seller: Machine) -> None:
    before = threading.active_count()
    with serve(seller.sandbox) as url:
        assert httpx.get(f"{url}/_sandbox/", trust_env=False, verify=False).status_code == 200
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{url}/_sandbox/", trust_env=False, verify=False)
    assert threading.active_count() == before


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.5", "::", "8.8.8.8"])
def test_only_this_machine_is_served(host: str) -> None:
    with pytest.raises(ValueError, match="loopback"):
        check_loopback(host)
    with pytest.raises(ValueError, match="loopback"), serve(Sandbox(small_world()), host=host):
        raise AssertionError("it was served")


def test_loopback_by_any_name() -> None:
    for host in ("localhost", "127.0.0.1", "127.8.8.8", "::1"):
        check_loopback(host)


@pytest.mark.parametrize("host", ["evil.example", "evil.example:80", "10.0.0.1", "[::1"])
def test_called_by_another_name_it_tells_nothing(host: str) -> None:
    """A page elsewhere whose name suddenly leads here is told nothing (DNS rebinding)."""
    with serve(Sandbox(small_world())) as url:
        for path in ("/_sandbox/truth", "/v3/product/list"):
            answer = httpx.get(
                f"{url}{path}", headers={"Host": host}, trust_env=False, verify=False
            )
            assert (answer.status_code, answer.content) == (421, b"")


def test_a_request_cut_off_half_way_is_no_request() -> None:
    """A client that is killed breaks no contract."""
    sandbox = Sandbox(small_world())
    with serve(sandbox) as url:
        address = urlsplit(url)
        with closing(socket.create_connection((address.hostname, address.port))) as half:
            half.sendall(
                b"POST /v2/products/stocks HTTP/1.1\r\nHost: x\r\nContent-Length: 99\r\n\r\n{"
            )
        # The server has seen the connection end before it answers one that came later.
        assert (
            httpx.get(f"{url}/_sandbox/requests", trust_env=False, verify=False).status_code == 200
        )
    assert sandbox.log == []
