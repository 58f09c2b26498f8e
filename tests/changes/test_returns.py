"""A returned unit is looked at by a person: back on the shelf, or written off."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from cloudstock.changes.returns import ReceiptResult, ReceivedPart, ReceivedProduct
from cloudstock.domain.records import ReturnStep, Step
from cloudstock.errors import Unconfirmed, UsageProblem
from cloudstock.settings import Account, Configuration, WarehouseLink
from cloudstock.store import Store
from cloudstock.store.times import from_iso
from tests.acting import link_listing, receive_return
from tests.builders import contents, ledger, level, lying
from tests.jobs.town import StandingClock, Town
from tests.memory import MemoryShop


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    """Two accounts, ten mugs and ten cups; a set of both; four orders of three left the shelf."""
    clock = StandingClock()
    accounts = tuple(
        Account(name, "ozon", (WarehouseLink("1", "main"),)) for name in ("north", "south")
    )
    config = Configuration(tmp_path / "config.yaml", tmp_path / "book.db", accounts)
    shops = {a.name: MemoryShop(clock) for a in accounts}
    for shop in shops.values():
        for sku in ("MUG", "CUP", "SET"):
            shop.offer(sku)
    with Store.open(config.database, create=True) as store:
        town = Town(store, clock, config, shops)
        town.run("catalog")
        for name in shops:
            link_listing(store, name, "SET", [("MUG", 1), ("CUP", 2)], now=clock.now())
        town.run("orders")
        town.run("returns")
        for sku in ("MUG", "CUP"):
            town.count(sku, 10)
        clock.move(minutes=5)
        for name in shops:
            shops[name].place("order", {"MUG": 3})
            shops[name].place("set", {"SET": 2})
        town.run("orders")
        for name in shops:
            shops[name].change("order", Step.SHIPPED)
            shops[name].change("set", Step.SHIPPED)
        clock.move(minutes=5)
        town.run("orders")
        yield town


def bring(town: Town, return_id: str, sku: str, quantity: int, account: str = "north") -> None:
    """A return arrives and is booked."""
    order_id = "set" if sku == "SET" else "order"
    town.shops[account].send_back(return_id, order_id, sku, quantity)
    town.shops[account].hand_over(return_id)
    town.clock.move(minutes=5)
    town.run("returns")


def test_what_waits_goes_back_on_the_shelf_it_left(town: Town) -> None:
    bring(town, "R1", "MUG", 2)
    on_hand = town.level("MUG")[0]
    assert lying(town.store, "MUG", "quarantine") == 2
    result = receive_return(town.store, "R1", now=town.clock.now())
    assert result == ReceiptResult("north", "R1", 2, 0, "main", (ReceivedProduct("MUG", 2),))
    assert level(town.store, "MUG") == ((on_hand or 0) + 2, 0)
    assert lying(town.store, "MUG", "quarantine") == 0
    assert ledger(town.store)[-2:] == [
        ("MUG", "quarantine", -2, "receipt"),
        ("MUG", "main", 2, "receipt"),
    ]


def test_what_cannot_be_sold_is_written_off(town: Town) -> None:
    bring(town, "R1", "MUG", 2)
    on_hand = town.level("MUG")
    result = receive_return(town.store, "R1", write_off=True, now=town.clock.now())
    assert result.warehouse is None
    assert town.level("MUG") == on_hand
    assert lying(town.store, "MUG", "quarantine") == 0
    assert ledger(town.store)[-1] == ("MUG", "quarantine", -2, "write-off")


def test_a_return_is_taken_unit_by_unit(town: Town) -> None:
    bring(town, "R1", "MUG", 3)
    first = receive_return(town.store, "R1", quantity=1, now=town.clock.now())
    assert (first.quantity, first.waiting) == (1, 2)
    second = receive_return(town.store, "R1", quantity=1, write_off=True, now=town.clock.now())
    assert second.waiting == 1
    assert receive_return(town.store, "R1", now=town.clock.now()).waiting == 0
    assert lying(town.store, "MUG", "quarantine") == 0
    with pytest.raises(UsageProblem, match="is done: 2 put back on sale, 1 written off"):
        receive_return(town.store, "R1", now=town.clock.now())


def test_a_bundle_brings_back_every_part(town: Town) -> None:
    bring(town, "R1", "SET", 2)
    assert lying(town.store, "CUP", "quarantine") == 4
    result = receive_return(town.store, "R1", quantity=1, now=town.clock.now())
    assert set(result.products) == {ReceivedProduct("MUG", 1), ReceivedProduct("CUP", 2)}
    assert lying(town.store, "CUP", "quarantine") == 2


def test_a_bundle_is_received_part_by_part(town: Town) -> None:
    bring(town, "R1", "SET", 2)
    now, before = town.clock.now(), (town.level("MUG")[0] or 0, town.level("CUP")[0] or 0)
    first = receive_return(town.store, "R1", parts=(ReceivedPart("MUG"),), now=now)
    assert (first.quantity, first.waiting, first.products) == (0, 2, (ReceivedProduct("MUG", 2),))
    # One cup of the first set is broken; its other one is not.
    broken = (ReceivedPart("CUP", 1),)
    assert receive_return(town.store, "R1", parts=broken, write_off=True, now=now).waiting == 2
    assert receive_return(town.store, "R1", parts=broken, now=now).waiting == 1
    for wrong in (ReceivedPart("MUG"), ReceivedPart("CUP", 3), ReceivedPart("POT")):
        with pytest.raises(UsageProblem, match="there wait 2 CUP, not"):
            receive_return(town.store, "R1", parts=(wrong,), now=now)
    last = receive_return(town.store, "R1", now=now)
    assert (last.quantity, last.waiting, last.products) == (1, 0, (ReceivedProduct("CUP", 2),))
    assert (town.level("MUG")[0], town.level("CUP")[0]) == (before[0] + 2, before[1] + 3)
    assert lying(town.store, "CUP", "quarantine") == lying(town.store, "MUG", "quarantine") == 0
    with pytest.raises(UsageProblem, match="is done: 2 put back on sale, 0 written off"):
        receive_return(town.store, "R1", now=now)


def test_after_a_count_of_its_warehouse_it_is_asked_about(town: Town) -> None:
    bring(town, "R1", "MUG", 2)
    town.clock.move(minutes=5)
    town.count("MUG", 9)
    before, now = contents(town.store), town.clock.now()
    with pytest.raises(Unconfirmed, match=r"MUG was counted in main on .* after return R1 came"):
        receive_return(town.store, "R1", now=now)
    assert contents(town.store) == before
    # One lay among those that were counted, one was kept apart.
    assert receive_return(town.store, "R1", quantity=1, counted=True, now=now).counted
    assert town.level("MUG") == (9, 0)
    assert lying(town.store, "MUG", "quarantine") == 1
    receive_return(town.store, "R1", yes=True, now=now)
    assert town.level("MUG") == (10, 0)
    assert lying(town.store, "MUG", "quarantine") == 0
    assert town.store.ledger.totals_that_differ() == []


def test_a_count_of_the_very_moment_may_have_found_what_came(town: Town) -> None:
    bring(town, "R1", "MUG", 1)
    (came,) = town.store.connection.execute(
        "SELECT happened_at FROM movement WHERE kind = 'return'"
    )
    with town.store.transaction():
        mug, main = town.store.catalog.product("MUG"), town.store.ledger.warehouse("main")
        assert mug is not None
        town.store.ledger.count(mug, main, 9, now=from_iso(came[0]))
    with pytest.raises(Unconfirmed, match="MUG was counted in main"):
        receive_return(town.store, "R1", now=town.clock.now())


def test_of_a_bundle_only_what_is_received_is_asked_about(town: Town) -> None:
    bring(town, "R1", "SET", 1)
    town.clock.move(minutes=5)
    town.count("CUP", 9)
    now = town.clock.now()
    mug = receive_return(town.store, "R1", parts=(ReceivedPart("MUG"),), now=now)
    assert mug.products == (ReceivedProduct("MUG", 1),)
    with pytest.raises(Unconfirmed, match="CUP was counted in main"):
        receive_return(town.store, "R1", parts=(ReceivedPart("CUP", 1),), now=now)


def test_what_is_written_off_or_put_elsewhere_is_in_no_count(town: Town) -> None:
    bring(town, "R1", "MUG", 3)
    town.clock.move(minutes=5)
    town.count("MUG", 9)
    now = town.clock.now()
    receive_return(town.store, "R1", quantity=1, write_off=True, now=now)
    attic = {"warehouse": "attic", "configured": {"main", "attic"}}
    receive_return(town.store, "R1", quantity=1, now=now, **attic)
    with pytest.raises(UsageProblem, match="name one thing"):
        receive_return(town.store, "R1", write_off=True, counted=True, now=now)
    town.clock.move(minutes=5)
    bring(town, "R2", "MUG", 1, account="south")
    # It came after the count.
    assert receive_return(town.store, "R2", now=town.clock.now()).waiting == 0


def test_a_new_composition_does_not_change_what_came_back(town: Town) -> None:
    bring(town, "R1", "SET", 1)
    link_listing(town.store, "north", "SET", [("CUP", 7)], now=town.clock.now())
    result = receive_return(town.store, "R1", now=town.clock.now())
    assert set(result.products) == {ReceivedProduct("MUG", 1), ReceivedProduct("CUP", 2)}


def test_another_shelf_may_take_it(town: Town) -> None:
    bring(town, "R1", "MUG", 1)
    with pytest.raises(UsageProblem, match="no warehouse 'outlet'"):
        receive_return(town.store, "R1", warehouse="outlet", now=town.clock.now())
    result = receive_return(
        town.store, "R1", warehouse="outlet", now=town.clock.now(), configured={"main", "outlet"}
    )
    assert result.warehouse == "outlet"
    assert lying(town.store, "MUG", "outlet") == 1


def test_polling_again_moves_nothing(town: Town) -> None:
    bring(town, "R1", "MUG", 2)
    receive_return(town.store, "R1", quantity=1, now=town.clock.now())
    booked = town.movements()
    town.clock.move(minutes=5)
    town.run("returns")
    assert town.movements() == booked


@pytest.mark.parametrize("quantity", [0, -1, 3])
def test_more_than_waits_or_nothing_is_refused(town: Town, quantity: int) -> None:
    bring(town, "R1", "MUG", 2)
    before = contents(town.store)
    with pytest.raises(UsageProblem, match=r"1 or more|2 of return R1 wait"):
        receive_return(town.store, "R1", quantity=quantity, now=town.clock.now())
    assert contents(town.store) == before


def test_what_has_not_arrived_is_not_received(town: Town) -> None:
    town.shops["north"].send_back("R1", "order", "MUG", 1)
    town.run("returns")
    with pytest.raises(UsageProblem, match=r"has not arrived yet \(moving\)"):
        receive_return(town.store, "R1", now=town.clock.now())


def test_what_never_comes_is_not_received(town: Town) -> None:
    shop = town.shops["north"]
    shop.send_back("R1", "order", "MUG", 1)
    shop.returns["R1"] = replace(shop.returns["R1"], step=ReturnStep.NEVER, status="lost")
    town.run("returns")
    with pytest.raises(UsageProblem, match=r"never comes back \(lost\)"):
        receive_return(town.store, "R1", now=town.clock.now())


def test_what_came_before_the_book_is_not_received(town: Town) -> None:
    shop = town.shops["north"]
    shop.send_back("R1", "order", "MUG", 1)
    shop.hand_over("R1")
    long_ago = town.clock.moment.replace(year=2025)
    shop.returns["R1"] = replace(shop.returns["R1"], received_at=long_ago)
    town.run("returns")
    with pytest.raises(UsageProblem, match="before the database was begun"):
        receive_return(town.store, "R1", now=town.clock.now())


def test_what_is_linked_to_no_product_is_not_received(town: Town) -> None:
    link = town.store.connection.execute
    link("DELETE FROM component WHERE listing_id IN (SELECT id FROM listing WHERE offer_id='SET')")
    # Of an order that the book has never seen, so that nothing tells what had left.
    town.shops["north"].send_back("R1", "long ago", "SET", 1)
    town.shops["north"].hand_over("R1")
    town.run("returns")
    with pytest.raises(UsageProblem, match="of order long ago, which has not been read yet"):
        receive_return(town.store, "R1", now=town.clock.now())
    town.run("orders")
    town.run("returns")
    with pytest.raises(UsageProblem, match="SET that no product is linked to"):
        receive_return(town.store, "R1", now=town.clock.now())
    link_listing(town.store, "north", "SET", [("MUG", 1)], now=town.clock.now())
    town.run("returns")
    assert receive_return(town.store, "R1", now=town.clock.now()).quantity == 1


def test_an_unknown_return_is_told(town: Town) -> None:
    with pytest.raises(UsageProblem, match="no return 'R9'"):
        receive_return(town.store, "R9", now=town.clock.now())
    with pytest.raises(UsageProblem, match="no account 'norht'; did you mean north"):
        receive_return(town.store, "R9", account="norht", now=town.clock.now())


def test_one_id_in_two_accounts_needs_the_account(town: Town) -> None:
    bring(town, "R1", "MUG", 1, "north")
    bring(town, "R1", "MUG", 2, "south")
    with pytest.raises(UsageProblem, match=r"--account \(north, south\)"):
        receive_return(town.store, "R1", now=town.clock.now())
    assert receive_return(town.store, "R1", account="south", now=town.clock.now()).quantity == 2
    assert lying(town.store, "MUG", "quarantine") == 1


def test_a_rehearsal_changes_nothing(town: Town) -> None:
    bring(town, "R1", "MUG", 2)
    before = contents(town.store)
    assert receive_return(town.store, "R1", now=town.clock.now(), dry_run=True).quantity == 2
    assert contents(town.store) == before
