"""Shops of one Yandex.Market cabinet that sell one stock: as a group of warehouses, or as one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from cloudstock.sandbox.world import World
from tests.system.conftest import SPEED, Shop, a_shop_in

GROUP, ONE_WAREHOUSE = "a group", "one warehouse"


@pytest.fixture(params=[GROUP, ONE_WAREHOUSE])
def pair(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Shop]:
    """Two shops and an account on Ozon; twenty of everything, and a lamp that the second sells."""
    world = World.standard(
        products=4, speed=SPEED, seed=3, accounts=("ozon-main", "ym-one", "ym-two")
    )
    world.add_product("LAMP", "Lamp", (), ["ym-two"])
    world.unite("Склады" if request.param == GROUP else None, ("ym-one", "ym-two"))
    with a_shop_in(tmp_path, world) as shop:
        shop.open(20)
        yield shop
        assert shop.breaches() == []


def free(shop: Shop, account: str, sku: str) -> int | None:
    rows = shop.ask("shown")["listings"]
    return next(r["free"] for r in rows if (r["account"], r["sku"]) == (account, sku))


def writes(shop: Shop) -> list[str]:
    asked = shop.ask("requests")["requests"]
    return [
        r["path"]
        for r in asked
        if (r["method"], r["path"].rpartition("/")[2])
        in (
            ("PUT", "stocks"),
            ("POST", "update"),
        )
    ]


def test_a_trading_day_of_two_shops_with_one_stock(pair: Shop) -> None:
    """Each sells what the other shows; one of them is written, and the numbers stay true."""
    sku = pair.skus()[0]
    pair.assert_true()
    assert free(pair, "ym-two", "LAMP") == 20
    # One request for what the first leads, one for what only the second sells.
    assert len(writes(pair)) == 2
    (first,) = pair.buys("ym-one", (sku, 2)) or ()
    (second,) = pair.buys("ym-two", (sku, 3), ("LAMP", 1)) or ()
    pair.buys("ozon-main", (sku, 1))
    pair.run("sync")
    pair.assert_true()
    assert free(pair, "ym-one", sku) == free(pair, "ym-two", sku) == 14
    pair.order("ym-one", first, "pack")
    pair.run("sync")
    # Packed, and then cancelled: Market gives nothing back, so it is sent.
    pair.order("ym-one", first, "cancel")
    pair.order("ym-two", second, "ship")
    pair.run("sync")
    pair.assert_true()
    assert free(pair, "ym-two", sku) == 16
    for command in ("poll-reserves", "sync", "poll-reserves"):
        told = pair.run(command, "--json").json
        assert all(a["ok"] for a in told["accounts"])
        assert not any(
            a["counts"].get(what)
            for a in told["accounts"]
            for what in ("drift", "unexplained", "refused")
        ), told
    pair.run("status")


def test_check_names_a_shop_that_sells_the_stock_and_has_no_account(pair: Shop) -> None:
    assert "have no account here" not in pair.run("check").out
    config = pair.folder / "config.yaml"
    text = config.read_text()
    config.write_text(text[: text.index("  ym-two:")])
    told = pair.run("check").out
    assert "shops 22003330 sell the same stock and have no account here" in told
