"""What becomes of the catalog over time, by the installed program against the sandbox."""

from __future__ import annotations

import re
import shlex
from dataclasses import replace
from unicodedata import normalize

import pytest

from cloudstock.sandbox.world import World
from tests.system.conftest import Shop


@pytest.mark.parametrize(
    ("article", "typed"),
    [
        ("MUG 007", "mug-7"),
        ("Кружка Ёлочка", normalize("NFD", "кружка-елочка")),
        ("ЧАЙНИК-ОА", "ЧAЙHИK OA"),  # as typed with Latin letters
        ("it's 5", "ITS5"),
    ],
)
def test_a_mistyped_article_is_answered_with_one_that_can_be_pasted(
    shop: Shop, article: str, typed: str
) -> None:
    shop.tell("products", sku=article, name="A thing", accounts=["ozon-main"])
    shop.arrange("pull-catalog")
    error = shop.run("set-stock", typed, "5", expect=2).err
    near = error.split("did you mean ")[1].split(" or ")[0].removesuffix("?\n")
    assert shlex.split(near) == [article]
    shop.run("set-stock", *shlex.split(near), "5")
    assert shop.stock()[article]["on_hand"] == 5
    listing = ("link-listing", "--account", "ozon-main", typed, typed)
    assert near in shop.run(*listing, expect=2).err


def test_a_listing_taken_away_is_gone_and_comes_back(open_shop: Shop, world: World) -> None:
    ozon = world.account("ozon-main")
    sku = open_shop.skus()[0]
    offer = ozon.offers.pop(sku)
    kept = {pair: ozon.stock.pop(pair) for pair in list(ozon.stock) if pair[1] == sku}
    summary = open_shop.run("pull-catalog", "--json").json
    (told,) = [a for a in summary["accounts"] if a["account"] == "ozon-main"]
    assert (told["ok"], told["counts"]["listings_gone"]) == (True, 1)
    (row,) = open_shop.run("listings", "--gone", "--json").json
    assert (row["offer_id"], row["target"]) == (sku, None)
    open_shop.run("set-stock", sku, "4")
    open_shop.run("sync")
    open_shop.run("poll-reserves")
    open_shop.run("status")
    ozon.offers[sku] = offer
    ozon.stock |= kept
    open_shop.run("pull-catalog")
    open_shop.run("sync")
    open_shop.tell("count", sku=sku, quantity=4)
    open_shop.assert_true()


def test_a_catalog_that_lost_much_is_doubted_until_somebody_says_so(
    open_shop: Shop, world: World
) -> None:
    yandex = world.account("ym-main")
    for sku in sorted(yandex.offers)[: len(yandex.offers) // 2]:
        del yandex.offers[sku]
        for pair in [pair for pair in yandex.stock if pair[1] == sku]:
            del yandex.stock[pair]
    ended = open_shop.run("pull-catalog", expect=1)
    assert "ym-main: the catalog came back without" in ended.err
    assert open_shop.run("listings", "--gone", "--json").json == []
    status = open_shop.run("status", expect=1).out
    assert "cloudstock pull-catalog --account ym-main" in status
    assert "--yes" in status
    open_shop.run("pull-catalog", "--account", "ym-main", "--yes")
    assert open_shop.run("listings", "--gone", "--json").json != []
    open_shop.run("sync")
    open_shop.run("poll-reserves")
    open_shop.run("status")


@pytest.mark.parametrize("account", ["ozon-main", "wb-main", "ym-main"])
def test_an_order_of_a_new_card_is_booked_in_the_run_that_met_it(
    open_shop: Shop, account: str
) -> None:
    open_shop.tell("products", sku="NEW 1", name="A new thing", accounts=[account])
    open_shop.tell("stock", account=account, sku="NEW 1", quantity=5)
    assert open_shop.buys(account, ("NEW 1", 1))
    open_shop.run("poll-orders")
    assert open_shop.stock()["NEW 1"]["reserved"] == 1
    assert "linked to no product" not in open_shop.run("status", expect=None).out


def test_an_order_of_a_card_that_no_catalog_has_is_linked_by_hand(
    open_shop: Shop, world: World
) -> None:
    mug, account = open_shop.skus()[0], "ym-main"
    open_shop.tell("products", sku="GHOST 1", name="A thing", accounts=[account])
    open_shop.tell("stock", account=account, sku="GHOST 1", quantity=5)
    assert open_shop.buys(account, ("GHOST 1", 1))
    # Deleted before anybody read it.
    del world.account(account).offers["GHOST 1"]
    open_shop.run("poll-orders")
    told = open_shop.run("status", expect=1).out
    found = re.search(r"order \S+: (.+?) is linked to no product", " ".join(told.split()))
    assert found, told
    linked = open_shop.run("link-listing", found[1], mug, "--account", account).out
    assert "1 order line reckoned anew" in linked
    assert open_shop.stock()[mug]["reserved"] == 1
    assert "linked to no product" not in open_shop.run("status", expect=None).out
    open_shop.run("sync")
    assert open_shop.stock()[mug]["reserved"] == 1


def test_links_to_look_at_are_confirmed_or_cut(shop: Shop) -> None:
    for account, sku in (("ozon-main", "A 1"), ("wb-main", "B 1")):
        card = {"sku": sku, "name": f"Thing {sku}", "barcodes": ["4600000009994"]}
        shop.tell("products", accounts=[account], **card)
        shop.run("pull-catalog", "--account", account)
    (row,) = shop.run("listings", "--review", "--search", "B 1", "--json").json
    assert (row["review"], row["parts"]) == ("barcode", [{"sku": "A 1", "units": 1}])
    text = shop.run("listings", "--review", "--search", "B 1").out
    assert row["confirm"] in text
    assert row["cut"] in text
    shop.run(*shlex.split(row["confirm"])[1:])
    assert shop.run("listings", "--review", "--search", "B 1", "--json").json == []
    shop.run(*shlex.split(row["cut"])[1:])
    cut = shop.run("listings", "--id", row["external_id"], "--json").json[0]
    assert (cut["account"], cut["link"], cut["parts"]) == ("wb-main", "manual", [])


def test_a_listing_taken_off_its_product_shows_none_and_nothing_is_wrong(
    open_shop: Shop, world: World
) -> None:
    mug, cup, *_ = open_shop.skus()
    yandex = world.account("ym-main")
    assert open_shop.buys("ym-main", (mug, 1))
    open_shop.run("sync")
    promised = open_shop.stock()[mug]["reserved"]
    done = open_shop.run("unlink-listing", mug, "--account", "ym-main").out
    assert "it shows 0 from the next push on" in done
    assert "1 order line reckoned anew" in done
    open_shop.run("sync")
    assert open_shop.stock()[mug]["reserved"] == promised - 1
    assert {n.free for (_, sku), n in yandex.stock.items() if sku == mug} == {0}
    open_shop.run("poll-reserves")
    open_shop.run("status")
    # Left to others it is sent nothing, and that is only worth knowing.
    open_shop.run("unlink-listing", cup, "--account", "ym-main", "--leave")
    assert "1 listing that is left to others shows 10" in open_shop.run("status").out
    open_shop.tell("stock", account="ym-main", sku=cup, quantity=5)
    open_shop.run("sync")
    assert {n.free for (_, sku), n in yandex.stock.items() if sku == cup} == {5}


def test_another_template_of_articles_links_anew_and_says_what_changed(shop: Shop) -> None:
    for account, sku in (
        ("wb-main", "TEE/M"),
        ("wb-main", "TEE/L"),
        ("ozon-main", "TEE-M"),
    ):
        shop.tell("products", accounts=[account], sku=sku, name="Tee")
    shop.run("pull-catalog")
    shop.run("set-stock", "TEE-M", "5")
    path = shop.folder / "config.yaml"
    text = path.read_text()
    made = '    marketplace: wildberries\n    article: "{vendorCode}-{techSize}"\n'
    path.write_text(text.replace("    marketplace: wildberries\n", made))
    ended = shop.run("pull-catalog", "--account", "wb-main")
    words = ended.out + ended.err
    assert "articles are made otherwise now; 1 listing is linked anew" in words
    assert "TEE/M, of TEE/M, is TEE-M, of TEE-M" in words
    assert "are called otherwise and stay of their products: no others are called so" in words
    rows = shop.run("listings", "--account", "wb-main", "--search", "TEE", "--json").json
    assert {r["offer_id"]: r["parts"][0]["sku"] for r in rows} == {
        "TEE-M": "TEE-M",
        "TEE-L": "TEE/L",
    }
    ended = shop.run("pull-catalog", "--account", "wb-main")
    assert "otherwise" not in ended.out + ended.err


def test_a_barcode_links_nothing_once_its_card_has_lost_it_or_another_has_it_too(
    shop: Shop, world: World
) -> None:
    card = {"name": "A thing", "accounts": ["ozon-main"]}
    shop.tell("products", sku="A 1", barcodes=["4600000009994"], **card)
    shop.tell("products", sku="C 1", barcodes=["4600000008881"], **card)
    shop.run("pull-catalog")
    world.products["A 1"] = replace(world.products["A 1"], barcodes=())
    shop.tell("products", sku="C 2", barcodes=["4600000008881"], **card)
    shop.run("pull-catalog")
    for sku, barcode in (("B 1", "4600000009994"), ("D 1", "4600000008881")):
        shop.tell("products", sku=sku, name="A thing", accounts=["ym-main"], barcodes=[barcode])
    shop.run("pull-catalog")
    rows = shop.run("listings", "--search", "A thing", "--json").json
    assert {r["offer_id"]: [p["sku"] for p in r["parts"]] for r in rows} == {
        "A 1": ["A 1"],
        "B 1": ["B 1"],
        "C 1": ["C 1"],
        # A copy in the same cabinet is another product, and is listed to be looked at.
        "C 2": ["C 2"],
        # One that stands for two links nothing.
        "D 1": [],
    }
    reviewed = shop.run("listings", "--review", "--search", "A thing", "--json").json
    assert [(r["offer_id"], r["review"]) for r in reviewed] == [("C 2", "copy")]
