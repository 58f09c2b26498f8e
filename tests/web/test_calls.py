"""Calls of the marketplaces over real loopback: who may, what is answered, and what is believed."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from cloudstock import __version__
from cloudstock.config.loading import load
from cloudstock.errors import Exit
from cloudstock.lock import run_lock
from cloudstock.logs import secrets_of
from cloudstock.redaction import Redactor, Secret
from cloudstock.sandbox.server import Sandbox
from cloudstock.sandbox.serving import serve
from cloudstock.sandbox.world import World
from cloudstock.store import Store
from cloudstock.store.calls import CallsSeen, calls_seen, keep_calls
from cloudstock.web import called, calls
from cloudstock.web.access import Access
from cloudstock.web.called import Called
from cloudstock.web.calls import BODY_BYTES_MAX, BURST, path_of
from cloudstock.web.rounds import Rounds
from cloudstock.web.server import serving
from cloudstock.web.site import Site
from tests.builders import arrange
from tests.jobs.town import Town
from tests.system.conftest import SPEED, Ended, Shop, loaded
from tests.web.conftest import Visitor
from tests.web.test_watching import words

KEY = "a-key-of-calls-0123456789"
CONFIG = """\
database: book.db
accounts:
  ozon-main: {marketplace: ozon, client_id: "15", api_key: one, warehouses: {1: main}}
  wb-main: {marketplace: wildberries, token: two, warehouses: {1: main}, base_url: http://127.0.0.1:9}
  ym-main: {marketplace: yandex_market, api_key: three, business_id: 1, campaign_id: 2000}
  ym-two: {marketplace: yandex_market, api_key: three, business_id: 1, campaign_id: 2001}
  ym-here: {marketplace: yandex_market, api_key: four, business_id: 2, campaign_id: 2002,
    base_url: http://127.0.0.1:9}
"""
OZON, YANDEX = "195.34.21.7", "5.45.207.127"
OZON_PING = {"message_type": "TYPE_PING", "time": "2019-08-24T14:15:22Z"}
# Nothing that begins a round.
OZON_OTHER = {"message_type": "TYPE_STOCKS_CHANGED", "seller_id": 15, "items": [{"product_id": 1}]}
YANDEX_PING = {"notificationType": "PING", "time": "2025-01-16T10:09:49.759084017Z"}
YANDEX_OTHER = {"notificationType": "ORDER_RETURN_CREATED", "campaignId": 2000, "orderId": 1}


def site_of(folder: Path, text: str) -> Site:
    config = folder / "config.yaml"
    config.touch(mode=0o600)
    config.write_text(text, encoding="utf-8")
    configuration = load(config, {}).configuration
    redact = Redactor(secrets_of(configuration))
    return Site(configuration, Access(configuration.web), Rounds(config), redact)


def calls_key(site: Site) -> Secret:
    assert site.config.web.calls is not None
    return site.config.web.calls


class Line:
    """A server that is called."""

    def __init__(self, site: Site, http: httpx.Client) -> None:
        self.site = site
        self.http = http

    def path(self, account: str) -> str:
        return path_of(
            calls_key(self.site), next(a for a in self.site.config.accounts if a.name == account)
        )

    def call(self, account: str, body: object, source: str = "") -> httpx.Response:
        """Call for an account; `source`: the address that the proxy writes down."""
        headers = {"X-Forwarded-For": source} if source else {}
        content = body if isinstance(body, bytes) else json.dumps(body)
        return self.http.post(self.path(account), content=content, headers=headers)


@contextmanager
def connected(folder: Path, web: str, config: str = CONFIG) -> Iterator[Line]:
    site = site_of(folder, f"{config}web: {{{web}}}\n")
    with (
        serving(site, "127.0.0.1", 0) as url,
        httpx.Client(base_url=url, trust_env=False, verify=False, timeout=60) as http,
    ):
        yield Line(site, http)


@pytest.fixture(scope="module")
def line(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Line]:
    """Behind a proxy on this machine; there is no database at all."""
    with connected(tmp_path_factory.mktemp("calls"), f"calls: {KEY}, proxies: [127.0.0.1]") as line:
        yield line


def until(rounds: Called, is_so: Callable[[], object]) -> None:
    with rounds._changed:
        assert any(rounds._changed.wait_for(is_so, timeout=0.05) for _ in range(2_000))


def introduces_itself(answer: Any) -> bool:
    assert datetime.fromisoformat(answer.pop("time")).tzinfo is not None
    return bool(answer == {"version": __version__, "name": "cloudstock"})


def test_each_is_answered_as_its_marketplace_has_it(line: Line) -> None:
    for account, source, body in (
        ("ozon-main", OZON, OZON_PING),
        ("ym-main", YANDEX, YANDEX_PING),
        ("ym-main", YANDEX, YANDEX_OTHER),
        # Set up for the whole cabinet.
        ("ym-two", YANDEX, YANDEX_OTHER),
        ("ym-main", YANDEX, {"notificationType": "CHAT_CREATED", "businessId": 1}),
    ):
        answer = line.call(account, body, source)
        assert answer.status_code == 200, (body, answer.text)
        assert answer.headers["content-type"] == "application/json"
        assert introduces_itself(answer.json())
    assert line.call("ozon-main", OZON_OTHER, OZON).json() == {"result": True}
    # None of them is of orders, so no round has begun, and none is about to.
    assert (line.site.called._called, line.site.called._marked) == (False, set())


@pytest.mark.parametrize(
    ("account", "source", "body", "status"),
    [
        ("ozon-main", YANDEX, OZON_PING, 403),
        ("ozon-main", "203.0.113.5", OZON_PING, 403),
        ("ozon-main", "", OZON_PING, 403),
        # The proxy's word is the last one.
        ("ozon-main", f"{OZON}, 203.0.113.5", OZON_PING, 403),
        ("ym-main", OZON, YANDEX_PING, 403),
        ("ym-main", "5.45.207.128", YANDEX_PING, 403),
        ("ozon-main", OZON, {**OZON_OTHER, "seller_id": 16}, 403),
        ("ym-main", YANDEX, {**YANDEX_OTHER, "campaignId": 2002}, 403),
        ("ym-main", YANDEX, {**YANDEX_OTHER, "businessId": 2}, 403),
        ("ozon-main", OZON, b"", 400),
        ("ozon-main", OZON, b"[1]", 400),
        ("ozon-main", OZON, b"{" * 10_000, 400),
        ("ozon-main", OZON, b'{"message_type": "\xff"}', 400),
        ("ozon-main", OZON, {"message_type": "TYPE_PING", "seller_id": "all"}, 400),
        ("ym-main", YANDEX, {"message_type": "TYPE_PING"}, 400),
        ("ozon-main", OZON, b"x" * (BODY_BYTES_MAX + 1), 413),
    ],
)
def test_what_is_none_of_an_accounts_is_refused_in_its_marketplaces_words(
    line: Line, account: str, source: str, body: object, status: int
) -> None:
    answer = line.call(account, body, source)
    assert answer.status_code == status
    error = answer.json()["error"]
    if account == "ozon-main":
        code = "ERROR_PARAMETER_VALUE_MISSED" if status == 400 else "ERROR_UNKNOWN"
        assert (error["code"], error["details"]) == (code, None)
    else:
        assert error["type"] == ("WRONG_EVENT_FORMAT" if status == 400 else "UNKNOWN")
    assert error["message"]


def test_an_address_is_its_accounts_alone_and_of_its_key(line: Line) -> None:
    paths = {name: line.path(name) for name in ("ozon-main", "ym-main", "ym-two")}
    assert len(set(paths.values())) == 3
    for path in (f"{paths['ozon-main']}x", paths["ozon-main"][:-1], "/calls/", "/calls/ozon-main"):
        assert line.http.post(path, json=OZON_PING).status_code == 404
    # Wildberries does not call.
    assert line.http.post(line.path("wb-main"), json=OZON_PING).status_code == 404
    assert line.http.get(paths["ozon-main"]).headers["allow"] == "POST"
    other = site_of(line.site.config.path.parent / "..", f"{CONFIG}web: {{calls: another-{KEY}}}\n")
    assert path_of(calls_key(other), other.config.accounts[0]) != paths["ozon-main"]


def test_more_than_a_marketplace_sends_is_refused_and_passes(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calls, "PER_S", 0.0)
    answers = [line.call("ym-two", YANDEX_PING, YANDEX).status_code for _ in range(int(BURST) + 1)]
    assert answers.count(429) >= 1
    # A configuration that is read anew lets no more in.
    line.site.config = replace(line.site.config)
    assert line.call("ym-two", YANDEX_PING, YANDEX).status_code == 429
    assert line.call("ozon-main", OZON_PING, OZON).status_code == 200
    monkeypatch.setattr(calls, "PER_S", 1e6)
    assert line.call("ym-two", YANDEX_PING, YANDEX).status_code == 200


def test_without_a_proxy_nobodys_word_is_taken_and_without_a_key_no_call(tmp_path: Path) -> None:
    with connected(tmp_path, f"calls: {KEY}, calls_from: [203.0.113.0/24]") as line:
        assert line.call("ozon-main", OZON_PING, OZON).status_code == 403
        # Where an account's requests go to this machine, its calls come from there.
        assert line.call("ym-here", YANDEX_PING, "203.0.113.5").status_code == 200
        path = line.path("ym-here")
    with connected(
        tmp_path, f"calls: {KEY}, calls_from: [203.0.113.0/24], proxies: [127.0.0.1]"
    ) as line:
        assert line.call("ozon-main", OZON_PING, "203.0.113.5").status_code == 200
        assert line.call("ym-here", YANDEX_PING, "198.51.100.7").status_code == 403
        # By one shop's address another one of the cabinet was called for.
        told = {**YANDEX_OTHER, "campaignId": 2001}
        assert line.call("ym-main", told, YANDEX).status_code == 200
        until(line.site.called, lambda: "ym-two" in line.site.called._seen)
    with connected(tmp_path, "") as line:
        # As any other address that is none.
        assert line.http.post(path, json=YANDEX_PING).status_code == 403
        assert line.http.get(path).status_code == 404


def test_an_account_that_was_added_is_called_for_once_the_configuration_is_read(
    tmp_path: Path,
) -> None:
    web = f"calls: {KEY}, proxies: [127.0.0.1]"
    with connected(tmp_path, web) as line:
        with Store.open(line.site.config.database, create=True):
            pass
        added = (
            '  ozon-two: {marketplace: ozon, client_id: "16", api_key: k, warehouses: {1: main}}\n'
        )
        later = site_of(tmp_path, f"{CONFIG}{added}web: {{{web}}}\n")
        path = path_of(calls_key(later), later.config.accounts[-1])
        headers = {"X-Forwarded-For": OZON}
        assert line.http.post(path, json=OZON_PING, headers=headers).status_code == 404
        until(line.site.called, lambda: "ozon-two" in line.site.account_names)
        assert line.http.post(path, json=OZON_PING, headers=headers).status_code == 200


def run(folder: Path, *words: str) -> Ended:
    env = {"PATH": "/usr/bin:/bin", "HOME": str(folder)}
    return Ended(*loaded().run(words, folder=folder, env=env, stdin=None, timeout_s=120))


def test_the_addresses_are_printed_with_where_they_are_entered(tmp_path: Path) -> None:
    site_of(tmp_path, CONFIG)
    assert run(tmp_path, "web", "--calls").code == Exit.CONFIGURATION
    key = run(tmp_path, "web", "--calls-key").out
    site = site_of(tmp_path, CONFIG + key.replace("}", ", address: https://stock.example}"))
    assert site.config.web.calls is not None
    ended = run(tmp_path, "web", "--calls")
    assert ended.code == 0
    for account in site.config.accounts:
        url = f"https://stock.example{path_of(site.config.web.calls, account)}"
        assert (url in ended.out) == (account.name != "wb-main")
    assert "API notifications" in ended.out
    rows = json.loads(run(tmp_path, "web", "--calls", "--json", "--account", "ozon-main").out)
    assert [(r["account"], r["where"] != "") for r in rows] == [("ozon-main", True)]


def wait_for_rounds(rounds: Called) -> None:
    with rounds._changed:
        idle = lambda: not rounds._marked and not rounds._working  # noqa: E731
        assert rounds._changed.wait_for(idle, timeout=300)


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is waited for between two rounds."""
    for name in ("GATHER_S", "PAUSE_S", "AGAIN_S", "KEEP_S", "LOCK_WAIT_S"):
        monkeypatch.setattr(called, name, 0)


@pytest.mark.usefixtures("at_once")
def test_a_round_that_found_no_way_in_begins_again_and_two_are_at_work_at_most(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "cloudstock.web")
    site = site_of(tmp_path, CONFIG)
    rounds, now = site.called, datetime.now(UTC)

    def begun() -> int:
        rounds_begun = [r for r in caplog.records if r.getMessage() == "web.called_round"]
        return sum(r.levelname == "INFO" for r in rounds_begun)

    with Store.open(site.config.database, create=True):
        pass
    # Where no process can be begun, the next call tries again.
    with monkeypatch.context() as patch:
        patch.setattr(called, "PROGRAM", [str(tmp_path / "gone"), "-m", "cloudstock"])
        rounds.mark("ozon-main", now, orders=True)
        rounds._begin()
        assert (rounds._working, rounds._marked) == (0, set())
    rounds.start()
    try:
        # One that was kept ready died meanwhile.
        until(rounds, lambda: rounds._ahead)
        assert rounds._ahead is not None
        rounds._ahead.kill()
        rounds._ahead.wait()
        caplog.clear()
        with run_lock(site.config.database, "sync", wait_s=0):
            rounds.mark("ozon-main", now, orders=True)
            until(rounds, lambda: begun() >= 2)
            monkeypatch.setattr(called, "LOCK_WAIT_S", 600)
            rounds.mark("ym-main", now, orders=True)
            until(rounds, lambda: rounds._working == called.ROUNDS_MAX)
            rounds.mark("ym-main", now, orders=True)
            assert not rounds._may_begin()
    finally:
        rounds.stop()


@pytest.mark.usefixtures("at_once")
def test_what_calls_came_is_written_down_once_the_database_is_there(tmp_path: Path) -> None:
    site = site_of(tmp_path, CONFIG)
    taken_at, refused_at = datetime(2026, 11, 23, tzinfo=UTC), datetime(2026, 11, 24, tzinfo=UTC)
    site.called.refuse("ozon-main", refused_at, "too many")
    site.called.mark("ozon-main", taken_at, orders=False)
    site.called.stop()
    site.called._keep()
    site.called.mark("ozon-main", taken_at, orders=False)
    with Store.open(site.config.database, create=True) as store:
        ids = arrange(store, *site.config.accounts)
    site.called._keep()
    # What did not come again stays as it was.
    refused_at = datetime(2026, 11, 25, tzinfo=UTC)
    site.called.refuse("ozon-main", refused_at, "too many")
    site.called._keep()
    with Store.open(site.config.database) as store:
        seen = {name: calls_seen(store.connection, ids[name]) for name in ("ozon-main", "ym-main")}
    assert seen == {
        "ozon-main": CallsSeen(taken_at, refused_at, "too many", 2, 2),
        "ym-main": CallsSeen(),
    }
    assert seen["ozon-main"].hindered
    assert not CallsSeen(refused_at, taken_at).hindered


def test_a_burst_is_answered_whatever_the_database_does_and_is_one_round_then(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "cloudstock.web")
    monkeypatch.setattr(called, "PAUSE_S", 0.0)
    sandbox = Sandbox(World.standard(products=4, speed=SPEED, seed=1))
    with serve(sandbox) as url, ExitStack() as stack:
        config = f"{sandbox.config_text(url)}"
        site_of(tmp_path, f"{config}web: {{calls: {KEY}}}\n")
        shop = Shop(tmp_path, url, sandbox.world)
        stack.enter_context(shop.http)
        shop.open(10)
        assert "no call has come yet" in shop.run("check").out
        sku, database = shop.skus()[0], tmp_path / "cloudstock.db"
        with connected(tmp_path, f"calls: {KEY}", config) as line:
            for name in ("ozon-main", "ym-main"):
                address = f"{str(line.http.base_url).rstrip('/')}{line.path(name)}"
                shop.tell("calls", account=name, url=address)
            with run_lock(database, "sync", wait_s=30), sqlite3.connect(database) as writer:
                writer.execute("BEGIN IMMEDIATE")
                for _ in range(4):
                    assert shop.buys("ym-main", (sku, 1))
                    assert shop.buys("ozon-main", (sku, 1))
                sandbox.caller.join()
                told = shop.ask("calls")["calls"]
                assert len(told) == 2 + 8
                assert all(call["accepted"] for call in told), told
                forged = {"notificationType": "ORDER_CREATED", "campaignId": 1, "items": []}
                assert line.call("ym-main", forged).status_code == 403
                writer.rollback()
            writer.close()
            wait_for_rounds(line.site.called)
            # One at work, one that waited for it, and one for what came after that had begun.
            begun = [r for r in caplog.records if r.getMessage() == "web.called_round"]
            assert 1 <= len(begun) <= 3
        shop.assert_true()
        assert shop.breaches() == []
        accounts = {
            a["account"]: a for a in shop.run("status", "--json", expect=None).json["accounts"]
        }
        assert accounts["ozon-main"]["called_at"]
        assert accounts["ozon-main"]["call_refused"] is None
        assert accounts["wb-main"]["called_at"] is None
        taken = sum(call["account"] == "ozon-main" for call in told)
        numbers = {name: (a["calls_taken"], a["calls_refused"]) for name, a in accounts.items()}
        assert numbers == {
            "ozon-main": (taken, 0),
            "wb-main": (0, 0),
            "ym-main": (len(told) - taken, 1),
        }
        scraped = shop.run("status", "--openmetrics", expect=None).out
        labels = 'account="ym-main",marketplace="yandex_market"'
        assert f'cloudstock_calls_total{{{labels},taken="false"}} 1\n' in scraped
        assert f"cloudstock_call_last_taken_timestamp_seconds{{{labels}}} " in scraped
        assert "another cabinet or shop" in accounts["ym-main"]["call_refused"]["why"]
        rows = [line.split() for line in shop.run("status", expect=None).out.splitlines()]
        assert [row[-1] for row in rows if row[:1] == ["calls"]] == ["ok", "refused"]
        answer = shop.run("check").out
        assert "called last" in answer
        assert "was not taken: it was for another cabinet or shop" in answer


def test_the_page_of_accounts_tells_of_calls(town: Town, visitor: Visitor) -> None:
    assert "Calls" not in visitor.get("/accounts").text
    seen = CallsSeen(None, datetime.now(UTC), "behind a proxy name it in `web.proxies`", refused=1)
    with town.store.transaction():
        keep_calls(town.store.connection, town.store.catalog.account_ids()["ozon-main"], seen)
    page = words(visitor.get("/accounts").text)
    told = re.search(r"Calls ✗ refused .{1,9} ago (.*?) The key ends", page)
    assert told is not None, page
    assert told[1] == "0 taken, 1 refused behind a proxy name it in web.proxies"
