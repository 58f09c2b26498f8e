"""What people do to warehouses in the configuration, by the installed program."""

from __future__ import annotations

from typing import Any

import pytest

from cloudstock.sandbox.world import World
from tests.system.conftest import SPEED, Shop

OZON, WB, YM = "ozon-main", "wb-main", "ym-main"


@pytest.fixture
def world() -> World:
    return World.standard(products=4, speed=SPEED, seed=1)


def feed(shop: Shop, warehouse: str, *accounts: str) -> None:
    """Have these accounts, or all, fed from another warehouse than main."""
    path = shop.folder / "config.yaml"
    head, *parts = path.read_text().split("    marketplace:")
    names = [text.rstrip().splitlines()[-1].strip(" :") for text in (head, *parts[:-1])]
    for n, name in enumerate(names):
        if not accounts or name in accounts:
            parts[n] = parts[n].replace(": main}", f": {warehouse}}}")
    path.write_text("    marketplace:".join((head, *parts)))


def free(shop: Shop, sku: str) -> dict[str, Any]:
    return {x["account"]: x["free"] for x in shop.ask("shown")["listings"] if x["sku"] == sku}


def test_a_renamed_warehouse_is_a_question_with_its_answer(open_shop: Shop) -> None:
    sku = open_shop.skus()[0]
    order_id = (open_shop.buys(OZON, (sku, 2)) or [""])[0]
    open_shop.run("sync")
    asked = len(open_shop.ask("requests")["requests"])
    feed(open_shop, "north")
    for words in (
        ("sync",),
        ("status",),
        ("show-stock",),
        ("set-stock", sku, "3", "--warehouse", "north"),
    ):
        ended = open_shop.run(*words, expect=78)
        assert "`cloudstock rename-warehouse main north`" in ended.err
        assert "`cloudstock add-warehouse north`" in ended.err
    assert len(open_shop.ask("requests")["requests"]) == asked
    ended = open_shop.run("rename-warehouse", "main", "north", "--dry-run")
    assert ended.out.endswith("Dry run: nothing was changed.\n")
    open_shop.run("sync", expect=78)
    ended = open_shop.run("rename-warehouse", "main", "north", "--json")
    assert ended.json["after"] == "north"
    open_shop.order(OZON, order_id, "ship")
    ended = open_shop.run("sync", "--json").json
    assert sum(a["counts"].get("pushed", 0) for a in ended["accounts"]) == 0
    rows = open_shop.run("show-stock", sku, "--json").json
    assert [(r["warehouse"], r["on_hand"], r["reserved"]) for r in rows] == [("north", 8, 0)]
    assert free(open_shop, sku) == {OZON: 8, WB: 8, YM: 8}
    history = open_shop.run("show-history", sku, "--json").json
    assert {h["warehouse"] for h in history} == {"north"}
    open_shop.run("status")


def test_it_may_be_another_warehouse(open_shop: Shop) -> None:
    sku = open_shop.skus()[0]
    feed(open_shop, "north")
    open_shop.run("sync", expect=78)
    open_shop.run("add-warehouse", "north")
    open_shop.run("sync")
    sheet = "sku,quantity,warehouse\n" + "".join(f"{s},4,north\n" for s in open_shop.truth())
    open_shop.run("import-stock", "-", stdin=sheet)
    open_shop.run("sync", "--yes")
    rows = open_shop.run("show-stock", sku, "--json").json
    assert {(r["warehouse"], r["on_hand"]) for r in rows} == {("main", 10), ("north", 4)}
    assert set(free(open_shop, sku).values()) == {4}


def test_an_account_that_is_fed_from_elsewhere_takes_no_order_with_it_and_raises_nobody(
    open_shop: Shop,
) -> None:
    sku = open_shop.skus()[0]
    # Of one unit each, as Wildberries has them.
    open_orders = open_shop.buys(WB, (sku, 3)) or []
    open_shop.run("sync")
    assert free(open_shop, sku) == {OZON: 7, WB: 7, YM: 7}
    feed(open_shop, "attic", WB)
    # A name that nobody knows may be a slip of the pen.
    for words in (("sync",), ("status",), ("set-stock", sku, "3")):
        asked = " ".join(open_shop.run(*words, expect=78).err.split())
        assert f"accounts.{WB}.warehouses: nobody knows attic; up to now main" in asked
        assert "`cloudstock add-warehouse attic`" in asked
    assert free(open_shop, sku) == {OZON: 7, WB: 7, YM: 7}
    open_shop.run("add-warehouse", "attic")
    ended = open_shop.run("sync").out
    assert "is fed from attic now; 3 open orders stay reserved in main" in ended
    assert open_shop.stock()[sku]["reserved"] == 3
    assert (free(open_shop, sku)[OZON], free(open_shop, sku)[YM]) == (7, 7)
    open_shop.order(WB, open_orders[0], "ship")
    open_shop.run("sync", "--full")
    stock = open_shop.stock()[sku]
    assert (stock["on_hand"], stock["reserved"]) == (9, 2)
    assert (free(open_shop, sku)[OZON], free(open_shop, sku)[YM]) == (7, 7)


def test_where_none_is_named_it_is_the_only_one_or_asked_for(shop: Shop) -> None:
    feed(shop, "north")
    shop.arrange("pull-catalog")
    sku = shop.skus()[0]
    assert shop.run("set-stock", sku, "5", "--json").json["warehouse"] == "north"
    assert shop.run("adjust-stock", sku, "+1", "--reason", "found").out.startswith(
        f"{sku} in north"
    )
    shop.run("import-stock", "-", stdin=f"sku,quantity\n{sku},7\n")
    shop.run("add-warehouse", "attic")
    asked = "there are several warehouses and none is called main; name one: attic, north"
    assert asked in shop.run("set-stock", sku, "5", expect=2).err
    assert asked in shop.run("adopt-stock", expect=2).err
    sheet = f"sku,quantity\n{sku},8\n"
    assert asked in shop.run("import-stock", "-", stdin=sheet, expect=2).err
    shop.run("import-stock", "-", "--warehouse", "attic", stdin=sheet)
    sheet = f"sku,quantity,warehouse\n{sku},9,north\n"
    shop.run("import-stock", "-", stdin=sheet)
    rows = shop.run("show-stock", sku, "--json").json
    assert {(r["warehouse"], r["on_hand"]) for r in rows} == {("attic", 8), ("north", 9)}
