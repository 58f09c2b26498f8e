"""What people do to accounts in the configuration, by the installed program."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Sequence
from typing import Any

import pytest

from cloudstock.sandbox.world import World
from tests.system.conftest import SPEED, Shop

OZON, WB, YM = "ozon-main", "wb-main", "ym-main"


@pytest.fixture
def world() -> World:
    return World.standard(products=6, speed=SPEED, seed=1)


def edit(shop: Shop, *changes: tuple[str, str]) -> None:
    """Change the configuration: each pattern once, and all at the same time."""
    path = shop.folder / "config.yaml"
    text = path.read_text()
    for n, (pattern, _) in enumerate(changes):
        text, times = re.subn(pattern, f"<{n}>", text)
        assert times == 1, (pattern, times)
    for n, (_, new) in enumerate(changes):
        text = text.replace(f"<{n}>", new)
    path.write_text(text)


def ledger(shop: Shop, sku: str) -> list[tuple[str, int]]:
    return [(h["kind"], h["quantity"]) for h in shop.run("show-history", sku, "--json").json]


def sell(shop: Shop, sku: str, accounts: Sequence[str] = (OZON, WB, YM)) -> None:
    """Have one unit on its way from each account, and one more promised."""
    for account in accounts:
        orders = shop.buys(account, (sku, 1)), shop.buys(account, (sku, 1))
        assert orders[0]
        shop.run("sync")
        shop.order(account, orders[0][0], "ship")
    shop.run("sync")


def requests(shop: Shop) -> int:
    return len(shop.ask("requests")["requests"])


def test_renamed_accounts_keep_their_history_and_say_so(open_shop: Shop) -> None:
    sku = open_shop.skus()[0]
    sell(open_shop, sku)
    before, orders = ledger(open_shop, sku), open_shop.run("show-orders", "--json").json
    assert [n for _, n in before if n < 0] == [-1, -1, -1]
    # One has a new name, two have changed theirs.
    edit(open_shop, (f"{OZON}:", "shop:"), (f"{WB}:", f"{YM}:"), (f"{YM}:", f"{WB}:"))
    ended = open_shop.run("sync", "--account", YM)
    words = ("this is the account that was called", "; its history goes on\n")
    assert ended.out.count(f"  {words[0]} {WB}{words[1]}") == 1
    assert ended.out.count(f"  shop: {words[0]} {OZON}{words[1]}") == 1
    assert ended.out.count(f"  {WB}: {words[0]} {YM}{words[1]}") == 1
    open_shop.run("sync", "--full")
    ended = open_shop.run("sync")
    assert "was called" not in ended.out
    assert ledger(open_shop, sku) == before
    names = {OZON: "shop", WB: YM, YM: WB}
    for order in orders:
        order["account"] = names[order["account"]]
    now = {o["order_id"]: o["account"] for o in open_shop.run("show-orders", "--json").json}
    assert now == {o["order_id"]: o["account"] for o in orders}
    documents = {h["document"] for h in open_shop.run("show-history", sku, "--json").json}
    named = {d.split(":")[1] for d in documents if d.startswith("order:")}
    assert named == {"shop", YM, WB}
    open_shop.assert_true()
    status = open_shop.run("status", "--json").json
    assert [a["account"] for a in status["accounts"]] == ["shop", YM, WB]
    assert status["wrong"] == []


def test_what_is_looked_at_before_the_next_run_has_the_new_names(open_shop: Shop) -> None:
    edit(open_shop, (f"{WB}:", f"{YM}:"), (f"{YM}:", f"{WB}:"))
    ended = open_shop.run("status", "--json")
    assert ended.json["wrong"] == []
    assert f"{WB}: this is the account that was called {YM}" in ended.err
    assert not open_shop.run("status", "--json").err
    assert "was called" not in open_shop.run("sync").out


def test_a_return_is_received_in_an_account_that_was_renamed_meanwhile(open_shop: Shop) -> None:
    sku = open_shop.skus()[0]
    order_id = (open_shop.buys(OZON, (sku, 1)) or [""])[0]
    open_shop.run("sync")
    open_shop.order(OZON, order_id, "deliver")
    (return_id,) = open_shop.tell("returns", account=OZON, order=order_id)["returns"]
    open_shop.tell(f"returns/{OZON}/{return_id}", do="receive")
    open_shop.run("sync")
    assert open_shop.run("show-returns", "--waiting", "--json").json
    edit(open_shop, (f"{OZON}:", "shop:"))
    open_shop.run("sync")
    received = open_shop.run("receive-return", return_id, "--json").json
    assert (received["account"], received["products"]) == ("shop", [{"sku": sku, "units": 1}])
    assert open_shop.stock()[sku]["on_hand"] == 10
    open_shop.run("check", "--database")


def test_another_cabinet_under_an_old_name_is_refused_and_nothing_is_done(
    open_shop: Shop, world: World
) -> None:
    world.account(OZON).credentials["client_id"] = "555"
    sku = open_shop.skus()[0]
    asked, before = requests(open_shop), open_shop.stock()
    edit(open_shop, ('client_id: "100001"', 'client_id: "555"'))
    for command in ("sync", "push-stocks", "check", "status", "listings"):
        ended = open_shop.run(command, expect=78)
        assert (
            f"accounts.{OZON}: this name stands for cabinet 100001 of ozon (listings: " in ended.err
        )
        assert "now it is given to cabinet 555 of ozon" in ended.err
        assert "Give the new cabinet another name" in ended.err
    assert requests(open_shop) == asked
    # As it says.
    edit(open_shop, (f"{OZON}:", "second:"))
    open_shop.run("pull-catalog")
    open_shop.run("sync")
    after = open_shop.stock()
    assert after[sku]["on_hand"] == before[sku]["on_hand"]
    accounts = {x["account"] for x in open_shop.run("listings", "--json").json}
    assert accounts == {OZON, "second", WB, YM}


def test_two_tokens_of_one_seller_are_one_account(open_shop: Shop, world: World) -> None:
    token = world.account(WB).credentials["token"]
    text = (open_shop.folder / "config.yaml").read_text()
    again = f'  second:\n    marketplace: wildberries\n    token: "{reissued(token)}"\n'
    (open_shop.folder / "config.yaml").write_text(text + again + "    warehouses: {7: main}\n")
    asked = requests(open_shop)
    ended = open_shop.run("sync", expect=78)
    assert re.search(rf"accounts\.second: the same cabinet as accounts\.{WB} on line 11", ended.err)
    assert token not in ended.err
    assert requests(open_shop) == asked


def test_a_new_key_of_the_same_cabinet_is_nothing(open_shop: Shop, world: World) -> None:
    sku = open_shop.skus()[0]
    sell(open_shop, sku)
    before = ledger(open_shop, sku)
    token = world.account(WB).credentials["token"]
    world.account(WB).credentials["token"] = reissued(token)
    world.account(OZON).credentials["api_key"] = "another"
    edit(open_shop, (re.escape(token), reissued(token)), ("sandbox-ozon-key-1", "another"))
    ended = open_shop.run("sync", "--json").json
    assert ended["ok"]
    assert ledger(open_shop, sku) == before
    open_shop.assert_true()
    notes = open_shop.run("check", "--json").json["notes"]
    assert f"{OZON}: cabinet 100001" in notes
    assert f"{WB}: cabinet 00000000-0000-4000-8000-000000000002" in notes
    assert f"{YM}: cabinet 22003330" in notes


def reissued(token: str) -> str:
    """Return another token of the same seller."""
    head, middle, tail = token.split(".")
    claims: dict[str, Any] = json.loads(base64.urlsafe_b64decode(middle + "=" * (-len(middle) % 4)))
    raw = json.dumps(claims | {"id": "another"}).encode()
    return f"{head}.{base64.urlsafe_b64encode(raw).rstrip(b'=').decode()}.{tail}"
