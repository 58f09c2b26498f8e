"""The units of one product divided among three marketplaces, by the installed command only."""

from __future__ import annotations

from tests.system.conftest import Shop
from tests.system.test_progress import at_terminal

ACCOUNTS = ("ozon-main", "wb-main", "ym-main")


def shown(shop: Shop, sku: str) -> dict[str, int]:
    return {
        listing["account"]: listing["free"]
        for listing in shop.ask("shown")["listings"]
        if listing["sku"] == sku
    }


def until_divided(shop: Shop, sku: str, available: int) -> dict[str, int]:
    """Let cron do its rounds; a unit too many is never shown once the first are lowered."""
    for number in range(30):
        shop.run("sync")
        now = shown(shop, sku)
        assert number == 0 or sum(now.values()) <= available, now
        told = shop.run("explain", sku, "--json").json["listings"]
        if all((w["low"], w["high"]) == (w["target"], w["target"]) for w in told):
            assert sum(now.values()) == available, (now, told)
            return now
    raise AssertionError(f"never divided: {shop.run('explain', sku).out}")


def test_the_last_units_are_never_sold_twice(open_shop: Shop) -> None:
    sku = open_shop.skus()[0]
    others = open_shop.skus()[1]
    assert open_shop.run("set-policy", sku, "split").out.startswith(f"{sku}: split")
    parts = until_divided(open_shop, sku, 10)
    assert all(n >= 3 for n in parts.values()), parts
    assert shown(open_shop, others) == dict.fromkeys(ACCOUNTS, 10)
    # Every marketplace sells all that it shows, and nobody reads an order meanwhile.
    for account, part in parts.items():
        for _ in range(part):
            assert open_shop.buys(account, (sku, 1)) is not None
        assert open_shop.buys(account, (sku, 1)) is None
    open_shop.run("sync")
    truth = open_shop.truth()[sku]
    assert (truth["reserved"], truth["oversold"]) == (10, 0)
    assert open_shop.stock()[sku]["available"] == 0
    assert "its units are divided" in open_shop.run("explain", sku).out
    # The same again of a product that is shared: all three sell the same units.
    for account in ACCOUNTS:
        for _ in range(5):
            open_shop.buys(account, (others, 1))
    assert open_shop.truth()[others]["oversold"] == 5
    assert open_shop.breaches() == []


def test_what_lowers_is_told_beforehand_and_asked_at_a_terminal(open_shop: Shop) -> None:
    sku = open_shop.skus()[0]

    def policy() -> bool:
        return '"policy": "split"' in open_shop.run("explain", sku, "--json").out

    # On a slow machine a number may have got no answer in time: the next rounds settle it.
    rounds = []
    while "nobody knows" in open_shop.run("set-policy", sku, "split", "--dry-run").out:
        assert len(rounds) < 10, rounds
        rounds.append(open_shop.run("sync", "--full", expect=None).err)
    refused = at_terminal(open_shop, f"set-policy {sku} split", typed="n\n")
    assert refused.code != 0
    told = " ".join(refused.screen)
    assert f"ozon-main {sku}: shows 10, 0 " in told
    assert "10 units less are shown for a while, 0 of 10 in all, until about" in told
    assert told.endswith("cloudstock: nothing was changed")
    assert not policy()
    done = at_terminal(open_shop, f"set-policy {sku} split", typed="y\n")
    assert (done.code, policy()) == (0, True)
    # What was told is not told twice.
    assert " ".join(done.screen).count(": shows 10, 0 ") == 3
    # Nothing was sent yet, so nothing is lowered by going back.
    assert "Do it?" not in at_terminal(open_shop, f"set-policy {sku} --default").written
    assert "Do it?" not in at_terminal(open_shop, f"set-policy {sku} split --yes").written
    assert policy()
