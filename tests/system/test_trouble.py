"""Accounts in trouble, bad input, and late or odd orders, by the installed program."""

from __future__ import annotations

import re

from tests.system.conftest import Shop


def rewrite(shop: Shop, pattern: str, replacement: str, count: int = 0) -> None:
    path = shop.folder / "config.yaml"
    text = path.read_text()
    changed = re.sub(pattern, replacement, text, count=count)
    assert changed != text
    path.write_text(changed)


def test_one_wrong_key_fails_that_account_only(open_shop: Shop) -> None:
    sku = open_shop.skus()[0]
    assert open_shop.buys("wb-main", (sku, 1))
    rewrite(open_shop, r"(ozon-main:(?:.*\n)*?.*api_key:).*", r'\1 "wrong-key-0000"', 1)
    ended = open_shop.run("sync", "--json", expect=1)
    accounts = {a["account"]: a for a in ended.json["accounts"]}
    assert accounts["ozon-main"]["error"]["kind"] == "credentials"
    assert accounts["wb-main"]["ok"]
    assert accounts["ym-main"]["ok"]
    assert open_shop.stock()[sku]["reserved"] == 1
    assert "wrong-key-0000" not in ended.out + ended.err
    assert "Traceback" not in ended.err


def test_all_keys_wrong_is_77(open_shop: Shop) -> None:
    rewrite(open_shop, r"((?:api_key|token):).*", r'\1 "wrong"')
    assert open_shop.run("poll-orders", expect=None).code == 77


def test_nobody_answers_is_75(open_shop: Shop) -> None:
    rewrite(open_shop, r"base_url: .*", "base_url: http://127.0.0.1:9")
    ended = open_shop.run("poll-orders", expect=None)
    assert ended.code == 75, ended.err
    assert "Traceback" not in ended.err


def test_an_order_older_than_the_cursor_is_found(open_shop: Shop) -> None:
    sku = open_shop.skus()[1]
    for account in ("ozon-main", "wb-main", "ym-main"):
        orders = open_shop.buys(account, (sku, 1), visible_from="2099-01-01T00:00:00Z")
        assert orders is not None
        open_shop.run("sync")
        open_shop.http.post(f"/_sandbox/orders/{account}/{orders[0]}/reveal")
        open_shop.run("sync")
        open_shop.assert_true()


def test_a_posting_split_in_two_counts_each_unit_once(open_shop: Shop) -> None:
    sku = open_shop.skus()[2]
    orders = open_shop.buys("ozon-main", (sku, 3))
    assert orders is not None
    open_shop.run("sync")
    open_shop.order("ozon-main", orders[0], "split", lines=[{"sku": sku, "quantity": 1}])
    open_shop.run("sync")
    open_shop.assert_true()


def test_a_partial_cancellation_releases_its_units(open_shop: Shop) -> None:
    sku = open_shop.skus()[3]
    for account in ("ozon-main", "ym-main"):
        orders = open_shop.buys(account, (sku, 3))
        assert orders is not None
        open_shop.run("sync")
        open_shop.order(account, orders[0], "cancel", lines=[{"sku": sku, "quantity": 1}])
        open_shop.run("sync")
        open_shop.assert_true()


def test_a_wildberries_order_that_steps_back_is_on_the_shelf_again(open_shop: Shop) -> None:
    sku = open_shop.skus()[4]
    orders = open_shop.buys("wb-main", (sku, 1))
    assert orders is not None
    open_shop.order("wb-main", orders[0], "ship")
    open_shop.run("sync")
    open_shop.assert_true()
    open_shop.order("wb-main", orders[0], "back")
    open_shop.run("sync")
    open_shop.assert_true()


def test_a_status_never_seen_reserves_and_is_told(open_shop: Shop) -> None:
    sku = open_shop.skus()[5]
    orders = open_shop.buys("ozon-main", (sku, 2))
    assert orders is not None
    open_shop.run("sync")
    open_shop.order("ozon-main", orders[0], "set_status", status="awaiting_the_moon")
    ended = open_shop.run("sync")
    assert "status nobody knows" in ended.out + ended.err
    assert open_shop.stock()[sku]["reserved"] == 2
    assert "awaiting_the_moon" in open_shop.run("show-orders", "--unknown").out
    assert open_shop.run("status", expect=None).code == 1


def test_fake_orders_and_goods_at_the_marketplace_move_nothing(open_shop: Shop) -> None:
    sku = open_shop.skus()[6]
    assert open_shop.buys("ym-main", (sku, 1), fake=True, force=True)
    open_shop.run("sync")
    assert open_shop.stock()[sku]["reserved"] == 0


def test_somebody_elses_change_is_drift_and_pushed_again(open_shop: Shop) -> None:
    sku = open_shop.skus()[7]
    for account in ("ozon-main", "wb-main", "ym-main"):
        open_shop.tell("stock", account=account, sku=sku, quantity=77)
    for _ in range(40):
        ended = open_shop.run("poll-reserves", "--json").json
        open_shop.run("push-stocks")
        shown = [x for x in open_shop.ask("shown")["listings"] if x["sku"] == sku]
        if all(x["free"] == 10 for x in shown):
            break
    else:
        raise AssertionError(f"still wrong: {shown} {ended}")


def test_a_lost_answer_is_settled_by_the_next_run(open_shop: Shop) -> None:
    sku = open_shop.skus()[8]
    for account, path in (
        ("ozon-main", "/v2/products/stocks"),
        ("wb-main", "/api/v3/stocks"),
        ("ym-main", "stocks"),
    ):
        for kind in ("drop_after", "drop_before", "garble", "html"):
            open_shop.tell("faults", account=account, path=path, kind=kind, times=1)
    open_shop.tell("count", sku=sku, quantity=4)
    open_shop.run("set-stock", sku, "4")
    open_shop.run("sync", expect=None)
    open_shop.http.delete("/_sandbox/faults")
    open_shop.run("sync")
    open_shop.assert_true()


def test_units_never_counted_are_not_pushed(shop: Shop) -> None:
    shop.run("pull-catalog")
    shop.run("sync")
    assert all(x["free"] is None for x in shop.ask("shown")["listings"])
    assert all(r["on_hand"] is None for r in shop.stock().values())


def test_a_bad_file_that_empties_the_shop_waits_for_a_word(open_shop: Shop) -> None:
    skus = sorted(open_shop.truth())
    sheet = "sku,quantity\n" + "".join(f"{s},0\n" for s in skus)
    asked = open_shop.run("import-stock", "-", stdin=sheet, expect=2)
    assert "--yes" in asked.err
    open_shop.run("import-stock", "-", "--yes", stdin=sheet)
    ended = open_shop.run("push-stocks", expect=1)
    assert "--yes" in ended.err
    assert any(x["free"] for x in open_shop.ask("shown")["listings"])
    open_shop.run("push-stocks", "--yes")
    for sku in skus:
        open_shop.tell("count", sku=sku, quantity=0)
    open_shop.assert_true()
