"""A bundle and a pack beside single products on several marketplaces: no unit is sold twice."""

from __future__ import annotations

import random
from collections import Counter

import pytest

from tests.system.conftest import Shop

# Units of products in each made-up listing, by its article.
SET = {"POT-A": 1, "MUG-A": 2}
PACK = {"MUG-A": 3}
MADE_OF = {"SET-A": SET, "PACK-A": PACK, "MUG-A": {"MUG-A": 1}, "POT-A": {"POT-A": 1}}
SOLD_BY = {
    "SET-A": ("ozon-main", "ym-main"),
    "PACK-A": ("wb-main", "ozon-main"),
    "MUG-A": ("ozon-main", "wb-main", "ym-main"),
    "POT-A": ("wb-main", "ym-main"),
}


@pytest.fixture
def kitchen(shop: Shop) -> Shop:
    """Twenty mugs and seven pots, sold alone, as a set of both and in packs of three mugs."""
    for article, accounts in SOLD_BY.items():
        shop.tell("products", sku=article, name=f"The {article}", accounts=list(accounts))
    shop.arrange("pull-catalog")
    for article, accounts in SOLD_BY.items():
        if article in ("SET-A", "PACK-A"):
            parts = [f"{sku}={units}" for sku, units in MADE_OF[article].items()]
            for account in accounts:
                shop.run("link-listing", article, *parts, "--account", account)
    shop.arrange("poll-orders", "poll-returns")
    shop.count_everything(0)
    for sku, units in (("MUG-A", 20), ("POT-A", 7)):
        shop.world.count(sku, units)
    shop.run("set-stock", "MUG-A", "20", "POT-A", "7")
    shop.arrange("sync")
    return shop


def promised(shop: Shop) -> Counter[str]:
    """Units of components that the marketplaces' buyers were promised, by the world's own word."""
    found: Counter[str] = Counter()
    for article, real in shop.truth().items():
        for sku, units in MADE_OF.get(article, {}).items():
            found[sku] += units * real["reserved"]
    return found


def shown(shop: Shop) -> dict[tuple[str, str], int]:
    rows = shop.ask("shown")["listings"]
    return {(r["account"], r["sku"]): r["free"] for r in rows if r["sku"] in MADE_OF}


def assert_follows(shop: Shop, on_hand: dict[str, int]) -> None:
    """Every listing shows what its components leave, and the book has them as the world does."""
    sold = promised(shop)
    left = {sku: units - sold[sku] for sku, units in on_hand.items()}
    assert min(left.values()) >= 0, f"promised twice: {sold} of {on_hand}"
    book = shop.stock()
    for sku, units in on_hand.items():
        assert (book[sku]["on_hand"], book[sku]["reserved"]) == (units, sold[sku]), shop.story(sku)
    for (account, article), free in shown(shop).items():
        fills = min(left[sku] // units for sku, units in MADE_OF[article].items())
        assert free == fills, (account, article, left)


def test_every_number_follows_the_components(kitchen: Shop) -> None:
    on_hand = {"MUG-A": 20, "POT-A": 7}
    assert_follows(kitchen, on_hand)
    assert shown(kitchen)["ym-main", "SET-A"] == 7
    assert shown(kitchen)["wb-main", "PACK-A"] == 6
    # Each takes from what the others show.
    for account, article, units, sets, packs in (
        ("ozon-main", "SET-A", 2, 5, 5),
        ("wb-main", "PACK-A", 1, 5, 4),
        ("ym-main", "MUG-A", 3, 5, 3),
        ("wb-main", "POT-A", 1, 4, 3),
    ):
        assert kitchen.buys(account, (article, units)) is not None
        kitchen.run("sync")
        assert_follows(kitchen, on_hand)
        assert shown(kitchen)["ym-main", "SET-A"] == sets
        assert shown(kitchen)["ozon-main", "PACK-A"] == packs
    assert kitchen.breaches() == []


def test_what_is_shipped_cancelled_and_moved_is_followed(kitchen: Shop) -> None:
    (sets,) = kitchen.buys("ozon-main", ("SET-A", 2)) or ("",)
    (packs,) = kitchen.buys("ym-main", ("SET-A", 1)) or ("",)
    kitchen.run("sync")
    kitchen.order("ozon-main", sets, "ship")
    kitchen.order("ym-main", packs, "cancel")
    kitchen.run("sync")
    # Two sets left: two pots and four mugs.
    assert_follows(kitchen, {"MUG-A": 16, "POT-A": 5})
    kitchen.run("adjust-stock", "MUG-A", "-1", "POT-A", "-1", "--reason", "broken")
    kitchen.run("sync")
    assert_follows(kitchen, {"MUG-A": 15, "POT-A": 4})
    rows = kitchen.run("listings", "--search", "MUG-A", "--json").json
    assert {(r["account"], r["offer_id"]) for r in rows} == {
        (account, article)
        for article in ("SET-A", "PACK-A", "MUG-A")
        for account in SOLD_BY[article]
    }
    assert kitchen.breaches() == []


@pytest.mark.parametrize("seed", [1])
def test_no_component_is_promised_twice_all_day(kitchen: Shop, seed: int) -> None:
    chance = random.Random(seed)
    on_hand = {"MUG-A": 20, "POT-A": 7}
    sold = 0
    for _ in range(16):
        # One buyer between two rounds: two at once may take the last unit on two marketplaces.
        article = chance.choice(list(MADE_OF))
        account = chance.choice(SOLD_BY[article])
        units = 1 if account == "wb-main" else chance.choice((1, 1, 2))
        sold += kitchen.buys(account, (article, units)) is not None
        kitchen.run("sync")
        assert_follows(kitchen, on_hand)
    assert sold >= 8, "the day was too quiet to prove anything"
    refused = kitchen.buys("ozon-main", ("MUG-A", 21))
    assert refused is None


def test_a_set_comes_back_part_by_part_and_is_counted_once(kitchen: Shop) -> None:
    (order,) = kitchen.buys("ozon-main", ("SET-A", 1)) or ("",)
    kitchen.run("sync")
    kitchen.order("ozon-main", order, "deliver")
    kitchen.run("sync")
    (made,) = kitchen.tell("returns", account="ozon-main", order=order)["returns"]
    kitchen.tell(f"returns/ozon-main/{made}", do="receive")
    kitchen.run("sync")
    (row,) = kitchen.run("show-returns", "--waiting", "--json").json
    number = row["return_id"]
    # Of the set of two mugs and a pot the pot is broken.
    told = kitchen.run("receive-return", number, "--part", "POT-A", "--write-off").out
    assert "1 POT-A written off; 1 still waiting" in told
    # The mugs lay with the others when somebody counted these.
    kitchen.run("set-stock", "MUG-A", "20")
    refused = kitchen.run("receive-return", number, expect=2).err
    assert "MUG-A was counted in main on" in refused
    assert kitchen.stock()["MUG-A"]["on_hand"] == 20
    received = kitchen.run("receive-return", number, "--counted", "--json").json
    assert (received["waiting"], received["counted"]) == (0, True)
    assert kitchen.run("show-returns", "--waiting", "--json").json == []
    kitchen.run("sync")
    assert_follows(kitchen, {"MUG-A": 20, "POT-A": 6})
