"""What people take away: accounts and warehouses, with a word before it or without one."""

from __future__ import annotations

import re

import pytest

from tests.system.conftest import Shop


def free(shop: Shop, account: str) -> int:
    """What buyers can order there, in all."""
    return sum(x["free"] for x in shop.ask("shown")["listings"] if x["account"] == account)


def take_out(shop: Shop, account: str) -> str:
    """Take an account out of the configuration; return the text as it was."""
    path = shop.folder / "config.yaml"
    before = path.read_text()
    path.write_text(re.sub(rf"(?m)^  {account}:\n(?:    .*\n)+", "", before))
    assert account not in path.read_text()
    return before


def wrong(shop: Shop) -> dict[str, str]:
    """What status tells, by kind."""
    ended = shop.run("status", "--json", expect=None)
    assert ended.code == (not ended.json["ok"])
    return {t["kind"]: t["message"] for t in ended.json["wrong"]}


def test_an_account_that_is_only_taken_out_is_named_until_somebody_closes_it(
    open_shop: Shop,
) -> None:
    sku = open_shop.skus()[0]
    assert open_shop.buys("wb-main", (sku, 1))
    open_shop.arrange("sync")
    take_out(open_shop, "wb-main")
    # At once, and after a round.
    for _ in range(2):
        troubles = wrong(open_shop)
        assert troubles.keys() == {"not_configured", "forgotten_account"}
        assert re.search(r"[0-9]+ listings last showed [0-9]+ in all", troubles["not_configured"])
        assert "1 of its orders is open and holds 1 " in troubles["forgotten_account"]
        open_shop.arrange("sync")
    # It cannot be sent anything.
    ended = open_shop.run("close-account", "wb-main", expect=2)
    assert "--without-push" in ended.err
    # Somebody empties it in the cabinet, and says so.
    open_shop.run("close-account", "wb-main", "--without-push", "--dry-run")
    assert "not_configured" in wrong(open_shop)
    ended = open_shop.run("close-account", "wb-main", "--without-push")
    assert "1 open order holds 1 still" in ended.out
    assert wrong(open_shop).keys() == {"forgotten_account"}
    open_shop.run("close-account", "wb-main", "--without-push", "--release-orders")
    assert wrong(open_shop) == {}
    assert open_shop.stock()[sku]["reserved"] == 0


def test_a_closed_account_shows_none_may_go_and_is_open_when_it_comes_back(
    open_shop: Shop,
) -> None:
    sku = open_shop.skus()[1]
    orders = open_shop.buys("ozon-main", (sku, 2))
    assert orders is not None
    ended = open_shop.run("close-account", "ozon-main")
    assert "1 order is open and holds 2" in ended.out
    live = [x for x in open_shop.ask("shown")["listings"] if x["account"] == "ozon-main"]
    assert not any(x["free"] for x in live if not x["archived"])
    assert open_shop.buys("ozon-main", (sku, 1)) is None
    assert wrong(open_shop) == {}
    assert "leave it in the configuration until they end" in open_shop.run("status").out
    open_shop.order("ozon-main", orders[0], "ship")
    open_shop.order("ozon-main", orders[0], "deliver")
    open_shop.arrange("sync")
    assert open_shop.stock()[sku]["on_hand"] == 8
    assert "take it out of the configuration" in open_shop.run("status").out
    before = take_out(open_shop, "ozon-main")
    open_shop.arrange("sync")
    assert wrong(open_shop) == {}
    (open_shop.folder / "config.yaml").write_text(before)
    open_shop.arrange("sync")
    assert wrong(open_shop) == {}
    open_shop.assert_true()


def test_a_marketplace_warehouse_is_closed_and_taken_away(open_shop: Shop) -> None:
    path = open_shop.folder / "config.yaml"
    text = path.read_text()
    at = re.search(r"(?s)  wb-main:.*?warehouses:\s*\{?\s*([0-9]+)", text)
    assert at is not None, text
    warehouse = at.group(1)
    ended = open_shop.run("close-warehouse", "1", "--account", "wb-main", expect=2)
    assert warehouse in ended.err
    open_shop.run("close-warehouse", warehouse, "--account", "wb-main")
    assert free(open_shop, "wb-main") == 0
    open_shop.arrange("sync")
    assert free(open_shop, "wb-main") == 0
    open_shop.run("close-warehouse", warehouse, "--account", "wb-main", "--reopen")
    open_shop.arrange("sync")
    open_shop.assert_true()
    # Another id in its place: what the first one shows is named.
    path.write_text(text.replace(f"{warehouse}:", "999999:"))
    troubles = wrong(open_shop)
    assert f"its warehouse {warehouse} is not configured any more" in troubles["not_configured"]
    advice = f"close-warehouse {warehouse} --account wb-main --without-push"
    assert advice in troubles["not_configured"]
    open_shop.run(*advice.split())
    assert "not_configured" not in wrong(open_shop)


def test_what_sells_and_was_never_counted_is_named_and_taken_from_a_cabinet(shop: Shop) -> None:
    sku = min(shop.truth())
    shop.arrange("pull-catalog")
    for account in ("ozon-main", "wb-main", "ym-main"):
        shop.tell("stock", account=account, sku=sku, quantity=7)
    shop.arrange("poll-orders", "poll-returns", "poll-reserves")
    troubles = wrong(shop)
    assert re.search(r"[0-9]+ listings? shows? [0-9]+ of ", troubles["never_counted"])
    rows = {r["sku"]: r for r in shop.run("products", "--uncounted", "--json").json}
    shown = {x["account"]: x["shows"] for x in rows[sku]["shown"]}
    assert shown
    assert set(shown.values()) == {7}
    assert "never: ozon-main 7" in shop.run("products", "--uncounted").out
    account = next(iter(shown))
    dry = shop.run("adopt-stock", "--dry-run", sku, "--account", account)
    assert f"{sku} in main: 7 on hand (never counted before)" in dry.out
    assert shop.stock()[sku]["on_hand"] is None
    shop.run("adopt-stock", "--account", account)
    assert shop.stock()[sku]["on_hand"] == 7
    shop.tell("count", sku=sku, quantity=7)
    shop.run("adopt-stock", "--json")
    shop.count_everything(7)
    shop.arrange("sync")
    assert "never_counted" not in wrong(shop)


@pytest.mark.parametrize("account", ["ozon-main", "wb-main", "ym-main"])
def test_what_left_with_a_cancelled_order_is_named_until_it_is_given_up(
    open_shop: Shop, account: str
) -> None:
    sku = open_shop.skus()[0]
    orders = [(open_shop.buys(account, (sku, 1)) or [""])[0] for _ in range(2)]
    open_shop.run("sync")
    for order_id in orders:
        open_shop.order(account, order_id, "ship")
    open_shop.run("sync")
    for order_id in orders:
        open_shop.order(account, order_id, "refuse")
    open_shop.run("sync")
    rows = open_shop.run("show-orders", "--away", "--json").json
    assert sorted((r["order_id"], r["away"]) for r in rows) == sorted((o, 1) for o in orders)
    (row,) = open_shop.run("products", "--away", "--json").json
    assert (row["sku"], row["away"]) == (sku, 2)
    notable = open_shop.run("status", "--json", expect=None).json["notable"]
    assert [t["account"] for t in notable if t["kind"] == "away"] == [account]
    open_shop.run("close-order", orders[0])
    (left,) = open_shop.run("show-orders", "--away", "--json").json
    assert left["order_id"] == orders[1]
