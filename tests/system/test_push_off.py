"""`push: off` by the installed program: everything is read and told, and nothing is sent."""

from __future__ import annotations

import base64
import json
import re
from html import unescape
from typing import Any

import pytest

from cloudstock.marketplaces.ozon import facts
from cloudstock.sandbox.world import World
from tests.system.conftest import SPEED, Shop

ACCOUNTS = ("ozon-main", "wb-main", "ym-main")
# Requests that change what buyers are offered.
WRITES = re.compile(r"POST /v\d/products/stocks|PUT .*stocks|POST .*/stocks/update|DELETE .*stocks")


def set_push(shop: Shop, word: str, account: str | None = None) -> None:
    """Write `push:` for all accounts, or into one."""
    path = shop.folder / "config.yaml"
    text = path.read_text()
    if account is None:
        text = f"push: {word}\n" + re.sub(r"(?m)^push: .*\n", "", text)
    else:
        text = re.sub(rf"(  {account}:\n)(?:    push: .*\n)?", rf"\1    push: {word}\n", text)
    path.write_text(text)


def writes(shop: Shop, account: str | None = None) -> list[str]:
    """Return the writing requests that the marketplaces got, whatever they answered."""
    found = [r for r in shop.ask("requests")["requests"] if account in (None, r["account"])]
    return [x for r in found if WRITES.search(x := f"{r['method']} {r['path']}")]


def free(shop: Shop, account: str) -> dict[str, int | None]:
    """Return what an account offers, by article; archived listings are left out."""
    shown = [x for x in shop.ask("shown")["listings"] if x["account"] == account]
    return {x["sku"]: x["free"] for x in shown if not x["archived"]}


def counts(ended: Any, account: str) -> dict[str, int]:
    return next(dict(a["counts"]) for a in ended["accounts"] if a["account"] == account)


def of_account(status: Any, account: str) -> Any:
    return next(a for a in status["accounts"] if a["account"] == account)


@pytest.fixture
def world() -> World:
    return World.standard(products=20, speed=SPEED, seed=1)


@pytest.fixture
def watched(shop: Shop) -> Shop:
    """All accounts are watched from the first day; each shows ten of everything, as there are."""
    set_push(shop, "off")
    shop.run("pull-catalog")
    for listing in shop.ask("shown")["listings"]:
        shop.tell("stock", account=listing["account"], sku=listing["sku"], quantity=10)
    shop.count_everything(10)
    return shop


def test_all_is_read_and_told_and_nothing_is_sent(watched: Shop) -> None:
    over, under = watched.skus()[:2]
    live = len(free(watched, "ozon-main"))
    watched.tell("stock", account="ozon-main", sku=over, quantity=14)
    watched.tell("stock", account="ozon-main", sku=under, quantity=7)
    for number in range(3):
        ended = watched.run("sync")
        assert (
            "only watched (`push: off`): nothing is sent; 2 listings would be pushed" in ended.out
        ), number
        assert f"2 of {live} listings differ from yours, 4 units too many on 1" in ended.out
    ended = watched.run("push-stocks", "--full", "--yes", "--json").json
    assert counts(ended, "ozon-main")["differs"] == 2
    assert counts(ended, "ozon-main")["would_push"] == live
    watched.run("poll-reserves")
    assert writes(watched) == []
    differ = watched.run("listings", "--differs", "--json").json
    assert {(r["account"], r["offer_id"], r["target"], r["seen"]) for r in differ} == {
        ("ozon-main", over, 10, 14),
        ("ozon-main", under, 10, 7),
    }
    assert free(watched, "ozon-main")[over] == 14

    shown = watched.run("show-stock", over, "--json").json[0]["listings"]
    numbers = {x["account"]: (x["target"], x["pushed"], x["seen"]) for x in shown}
    assert numbers == {
        "ozon-main": (10, None, 14),
        "wb-main": (10, None, 10),
        "ym-main": (10, None, 10),
    }
    assert "only watched" in watched.run("explain", over).out


def test_status_tells_it_each_time_and_is_green(watched: Shop) -> None:
    sku = watched.skus()[0]
    watched.tell("stock", account="wb-main", sku=sku, quantity=30)
    watched.run("sync")
    watched.tell("stock", account="wb-main", sku=sku, quantity=6)
    watched.run("poll-reserves")
    ended = watched.run("status")
    flat = " ".join(ended.out.split())
    for account in ACCOUNTS:
        assert re.search(rf"{account}: `push: off` since 20\d\d-", flat)
    live = len(free(watched, "wb-main"))
    assert f"1 of {live} listings differs from yours, 4 units too few on 1" in flat
    assert "2 of 2 readings differed; at most 20 too many, 4 too few" in flat
    assert "0 of 2 readings differed" in flat
    quiet = watched.run("status", "--quiet")
    assert quiet.out.count("`push: off` since") == 3
    told = watched.run("status", "--json").json
    assert told["ok"]
    assert {f["kind"] for f in told["notable"]} == {"push_off"}
    wb = of_account(told, "wb-main")
    assert (wb["push"], wb["compared"]["units_below"]) == ("off", 4)
    assert [(d["push"], d["readings"], d["differing"]) for d in wb["differences"]] == [
        ("off", 2, 2)
    ]
    assert "watch" in {j["job"] for j in wb["jobs"]}
    assert "push" not in {j["job"] for j in wb["jobs"]}


def test_status_tells_it_before_anything_was_read(shop: Shop) -> None:
    set_push(shop, '"off"', "ym-main")
    shop.run("poll-orders")
    told = shop.run("status", expect=None).out
    assert "ym-main: `push: off`" in told
    assert "ozon-main: `push: off`" not in told
    assert "not read yet" in " ".join(told.split())


def test_what_a_watched_account_sells_lowers_the_others(open_shop: Shop) -> None:
    set_push(open_shop, "off", "wb-main")
    open_shop.run("sync")
    before = len(writes(open_shop, "wb-main"))
    sku = open_shop.skus()[0]
    assert open_shop.buys("wb-main", (sku, 3))
    assert open_shop.buys("ozon-main", (sku, 1))
    ended = open_shop.run("sync", "--json").json
    assert counts(ended, "wb-main")["would_push"] == 1
    assert counts(ended, "ym-main")["pushed"] == 1
    assert free(open_shop, "ozon-main")[sku] == 6
    assert free(open_shop, "ym-main")[sku] == 6
    assert free(open_shop, "wb-main")[sku] == 7
    assert len(writes(open_shop, "wb-main")) == before
    open_shop.run("status")


def test_somebody_elses_numbers_are_no_drift_while_watched(open_shop: Shop) -> None:
    set_push(open_shop, "off", "ozon-main")
    open_shop.run("sync")
    sku = open_shop.skus()[0]
    open_shop.tell("stock", account="ozon-main", sku=sku, quantity=77)
    # What is shown so soon after a push that it may not be applied yet is not compared.
    for _ in range(100):
        told = counts(open_shop.run("poll-reserves", "--json").json, "ozon-main")
        assert "drift" not in told
        if "units_above" in told:
            break
    assert told["units_above"] == 67
    told = open_shop.run("status", "--json").json
    assert told["ok"]
    assert "drift" not in {f["kind"] for f in told["wrong"] + told["notable"]}
    listings = open_shop.run("listings", "--drift", "--json").json
    assert listings == []
    set_push(open_shop, "on", "ozon-main")
    ended = open_shop.run("sync", "--json").json
    assert "drift" not in counts(ended, "ozon-main")
    assert counts(ended, "ozon-main")["pushed"] == 1
    open_shop.assert_true()
    assert open_shop.run("status", "--json").json["ok"]


def test_a_change_behind_a_reading_is_found_when_it_is_switched_on(watched: Shop) -> None:
    watched.run("sync")
    sku = watched.skus()[0]
    for account in ACCOUNTS:
        watched.tell("stock", account=account, sku=sku, quantity=99)
    set_push(watched, "on")
    # Without a reading: what it shows is not known any more, so all of it is sent.
    ended = watched.run("push-stocks", "--account", "wb-main", "--json").json
    assert counts(ended, "wb-main")["pushed"] == len(free(watched, "wb-main"))
    # With one: only what differs.
    ended = watched.run("sync", "--json").json
    assert counts(ended, "ozon-main")["pushed"] == 1
    watched.assert_true()
    status = watched.run("status", "--json").json
    assert {a["push"] for a in status["accounts"]} == {"on"}
    assert {f["kind"] for f in status["notable"]} <= {"pending", "not_offered"}


@pytest.mark.parametrize("command", ["sync", "push-stocks"])
def test_the_first_push_asks_before_it_empties_many(watched: Shop, command: str) -> None:
    watched.run("sync")
    sheet = "sku,quantity\n" + "".join(f"{sku},0\n" for sku in watched.truth())
    watched.run("import-stock", "-", "--yes", stdin=sheet)
    # Watched, it is no accident: nothing is sent, and nothing is red.
    watched.run("sync")
    watched.run("status")
    planned = watched.run("push-stocks", "--dry-run", "--json", expect=1).json
    assert {a["error"]["kind"] for a in planned["accounts"]} == {"blast_guard"}
    set_push(watched, "on")
    ended = watched.run(command, expect=1)
    assert "--yes" in ended.err
    assert set(free(watched, "ozon-main").values()) == {10}
    watched.run("push-stocks", "--yes")
    assert set(free(watched, "ozon-main").values()) == {0}


def test_a_dry_run_plans_for_watched_accounts_too(watched: Shop) -> None:
    sku = watched.skus()[0]
    watched.tell("stock", account="ozon-main", sku=sku, quantity=3)
    watched.run("sync")
    planned = watched.run("push-stocks", "--dry-run", "--json").json["planned"]
    assert [(p["account"], p["offer_id"], p["low"], p["quantity"]) for p in planned] == [
        ("ozon-main", sku, 3, 10)
    ]
    assert writes(watched) == []


def test_the_report_tells_how_often_and_by_how_much(watched: Shop) -> None:
    sku = watched.skus()[0]
    watched.tell("stock", account="ozon-main", sku=sku, quantity=15)
    watched.run("sync")
    watched.tell("stock", account="ozon-main", sku=sku, quantity=10)
    watched.run("poll-reserves")
    report = watched.run("report", "--json").json
    ozon = next(d for d in report["differences"] if d["account"] == "ozon-main")
    assert ozon["push"] == "off"
    live = len(free(watched, "ozon-main"))
    assert (ozon["last"]["listings"], ozon["last"]["above"]) == (live, 0)
    (past,) = ozon["periods"]
    assert (past["readings"], past["differing"], past["units_above_max"]) == (2, 1, 5)
    assert past["share"] == pytest.approx(1 / 2 / live)
    watched.run("report", "--output", "report.html")
    page = (watched.folder / "report.html").read_text()
    data = json.loads(page.split('id="data">')[1].split("</script>")[0])
    assert data["differences"] == report["differences"]
    for told in (watched.run("report").out.lower(), page.lower()):
        assert "how the marketplaces' numbers differ from yours" in unescape(told)
        assert "ozon-main: push is off" in told


def test_it_is_told_in_russian(watched: Shop) -> None:
    watched.run("sync")
    told = " ".join(watched.run("--lang", "ru", "status").out.split())
    assert re.search(r"ozon-main: `push: off` с \d\d\.\d\d\.20\d\d", told)
    assert "не расходится ни одна" in told
    assert "только наблюдение" in told
    ended = watched.run("--lang", "ru", "sync").out
    assert "ничего не отправляется; было бы отправлено 0 карточек" in ended


def test_listings_that_the_marketplace_has_no_stock_of_are_hidden_units(shop: Shop) -> None:
    set_push(shop, "off")
    shop.run("pull-catalog")
    shop.count_everything(10)
    shop.run("poll-orders")
    assert shop.run("listings", "--differs", "--json").json == []
    shop.run("sync")
    differ = shop.run("listings", "--differs", "--json").json
    assert len(differ) == sum(len(free(shop, account)) for account in ACCOUNTS)
    told = shop.run("status", "--json").json
    for account in ACCOUNTS:
        compared = of_account(told, account)["compared"]
        live = len(free(shop, account))
        assert (compared["listings"], compared["units_below"]) == (live, 10 * live), compared
    assert writes(shop) == []


def test_keys_that_only_read_are_enough_to_watch(shop: Shop, world: World) -> None:
    """Who does not trust a new tool yet gives it a key that cannot change anything."""
    head, middle, tail = world.account("wb-main").credentials["token"].split(".")
    claims = json.loads(base64.urlsafe_b64decode(middle + "=" * (-len(middle) % 4)))
    claims["s"] |= 1 << 30
    raw = base64.urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b"=").decode()
    config = shop.folder / "config.yaml"
    config.write_text(config.read_text().replace(middle, raw))
    world.account("wb-main").credentials["token"] = f"{head}.{raw}.{tail}"
    world.account("ozon-main").roles = {"Reader": tuple(facts.READING)}
    world.account("ym-main").scopes = (
        "OFFERS_AND_CARDS_MANAGEMENT_READ_ONLY",
        "INVENTORY_AND_ORDER_PROCESSING_READ_ONLY",
    )
    shop.run("check", expect=1)
    set_push(shop, "off")
    told = shop.run("check").out
    assert told.count("only watched (`push: off`): nothing is sent") == 3
    assert "warning: the key may only read" in told
    assert "warning: the token may only read" in told
    assert "warning: the token is not for writing stock" in told
    shop.run("pull-catalog")
    shop.count_everything(10)
    shop.run("sync")
    shop.run("status")
    assert writes(shop) == []


def test_a_wrong_word_is_told_and_nothing_is_sent(open_shop: Shop) -> None:
    before = len(writes(open_shop))
    set_push(open_shop, "no")
    ended = open_shop.run("sync", expect=78)
    assert "config.yaml:1: push: expected on or off, got no" in ended.err
    assert len(writes(open_shop)) == before
