"""One shop of Yandex.Market by the installed program: its key, its returns, its models."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from cloudstock.sandbox.world import World
from tests.system.conftest import SPEED, Shop, a_shop_in


@pytest.fixture
def cabinet(tmp_path: Path) -> Iterator[Shop]:
    """A shop with ten of everything, shown."""
    world = World.standard(4, speed=SPEED, seed=2, accounts=("ym-main",))
    with a_shop_in(tmp_path, world) as shop:
        shop.open(10)
        yield shop


def test_a_key_that_only_reads_books_and_says_what_it_lacks(cabinet: Shop) -> None:
    cabinet.tell("key", account="ym-main", scopes=["ALL_METHODS_READ_ONLY"])
    checked = cabinet.run("check", expect=1)
    assert "the token is not for writing stock" in checked.out + checked.err
    assert "lacks the access OFFERS_AND_CARDS_MANAGEMENT" in checked.out + checked.err
    sku = cabinet.skus()[0]
    cabinet.buys("ym-main", (sku, 2))
    cabinet.run("adjust-stock", sku, "+5", "--reason", "found")
    (account,) = cabinet.run("sync", "--json", expect=None).json["accounts"]
    assert account["error"]["kind"] == "credentials"
    assert "this needs the access OFFERS_AND_CARDS_MANAGEMENT" in account["error"]["message"]
    # What was read is booked all the same.
    assert cabinet.stock()[sku]["reserved"] == 2
    cabinet.tell("key", account="ym-main", scopes=["ALL_METHODS"])
    cabinet.run("sync")
    rows = cabinet.ask("shown")["listings"]
    assert next(r["free"] for r in rows if r["sku"] == sku) == 13


def test_a_return_before_its_moderation_is_undecided_and_comes_back_in_the_end(
    cabinet: Shop,
) -> None:
    sku = cabinet.skus()[0]
    (order_id,) = cabinet.buys("ym-main", (sku, 1)) or ()
    cabinet.order("ym-main", order_id, "deliver")
    cabinet.run("sync")
    told = cabinet.tell("returns", account="ym-main", order=order_id)
    (return_id,) = told["returns"]
    status = {"do": "set_status", "status": "/PREMODERATION_DECISION_WAITING"}
    cabinet.tell(f"returns/ym-main/{return_id}", **status)
    cabinet.run("poll-returns")
    (row,) = cabinet.run("show-returns", "--json").json
    assert (row["step"], row["status"]) == ("undecided", "RETURN/PREMODERATION_DECISION_WAITING")
    assert cabinet.stock()[sku]["on_hand"] == 9
    # Market tells whole seconds: it comes in a later one than that in which all was counted.
    second = int(time.time())
    while int(time.time()) == second:
        cabinet.ask("shown")
    cabinet.tell(f"returns/ym-main/{return_id}", do="receive")
    cabinet.run("poll-returns")
    (row,) = cabinet.run("show-returns", "--json").json
    assert row["step"] == "received"
    cabinet.run("receive-return", row["return_id"])
    assert cabinet.stock()[sku]["on_hand"] == 10
    assert cabinet.breaches() == []
