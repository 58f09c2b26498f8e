"""What a warehouse is called may change; what is in it, and what was promised from it, stays."""

from __future__ import annotations

from datetime import datetime

import pytest

from cloudstock.changes.warehouses import AddWarehouseRequest, RenameWarehouseRequest
from cloudstock.domain.records import Step
from cloudstock.errors import ConfigurationError, UsageProblem
from cloudstock.render.changes import sentence
from cloudstock.settings import Account
from cloudstock.store import Store
from tests.acting import remove_warehouse, set_stock
from tests.builders import (
    NOW,
    account,
    after,
    arrange,
    book,
    contents,
    count,
    ledger,
    level,
    offer,
    order,
    targets,
)

QUESTION = (
    "warehouses: nobody knows north, and main, which has stock, feeds no listing any more. If it is"
    " the same warehouse by another name: `cloudstock rename-warehouse main north`. If it is"
    " another one: `cloudstock add-warehouse north`. Nothing was read or sent"
)


def fed(name: str, account_name: str = "ozon-main", marketplace: str = "ozon") -> Account:
    return account(account_name, marketplace, [("1", name)])


def rename(store: Store, before: str, after: str, **more: bool) -> str:
    wanted = RenameWarehouseRequest(warehouse=before, name=after, **more)
    return sentence(wanted.act(store, now=NOW, configured={"north"}))


def test_a_name_that_nobody_knows_is_asked_about_and_renamed(store: Store) -> None:
    count(store, "MUG", 10)
    book(store, fed("main"), order("A", {"MUG": 2}))
    before = contents(store)
    with pytest.raises(ConfigurationError) as problem:
        arrange(store, fed("north"))
    assert str(problem.value) == QUESTION
    # Nothing is counted in a warehouse of which nobody knows which it is.
    with pytest.raises(ConfigurationError):
        set_stock(store, "MUG", 5, warehouse="north", now=NOW, configured={"north"})
    assert contents(store) == before
    told = ledger(store)
    assert rename(store, "main", "north", dry_run=True)
    assert contents(store) == before
    assert rename(store, "main", "north") == "main is called north, with all that is there"
    owner = arrange(store, fed("north"))["ozon-main"]
    assert level(store, "MUG", "north") == (10, 2)
    assert targets(store, owner)["MUG", "1"] == 8
    assert ledger(store) == [(sku, "north", n, kind) for sku, _, n, kind in told]


def test_it_may_be_a_new_warehouse_all_the_same(store: Store) -> None:
    count(store, "MUG", 10)
    with pytest.raises(ConfigurationError):
        arrange(store, fed("north"))
    added = AddWarehouseRequest(name="north").act(store, now=NOW, configured={"north"})
    assert sentence(added) == "north is a warehouse; count what is there"
    owner = arrange(store, fed("north"))["ozon-main"]
    assert targets(store, owner)["MUG", "1"] is None
    assert level(store, "MUG", "main") == (10, 0)


def test_a_warehouse_from_which_units_are_promised_is_missed_though_nobody_counted_it(
    store: Store,
) -> None:
    book(store, fed("main"), order("A", {"MUG": 2}))
    with pytest.raises(ConfigurationError, match="main, which has stock"):
        arrange(store, fed("north"))


def test_what_feeds_a_marketplace_still_goes_out_of_sight_only(store: Store) -> None:
    """The configuration has lost it, and no run has seen that yet."""
    AddWarehouseRequest(name="north").act(store, now=NOW)
    owner = arrange(store, fed("north"))["ozon-main"]
    # Nothing was ever in it.
    assert not remove_warehouse(store, "north", now=NOW).kept
    assert targets(store, owner)["MUG", "1"] is None
    with pytest.raises(UsageProblem, match="knows no warehouse 'north'"):
        remove_warehouse(store, "north", now=NOW)


@pytest.mark.parametrize(
    ("counted", "configured"),
    [
        # Of nothing that anybody would miss.
        (False, [fed("north")]),
        # A further account, which was fed from nowhere before.
        (True, [fed("main"), fed("north", "wb-main", "wildberries")]),
    ],
)
def test_a_new_warehouse_is_no_question(
    store: Store, counted: bool, configured: list[Account]
) -> None:
    if counted:
        count(store, "MUG", 10)
    arrange(store, *configured)
    assert {r[0] for r in store.connection.execute("SELECT name FROM warehouse")} >= {"north"}


def test_a_name_that_one_account_alone_has_may_be_misspelt(store: Store) -> None:
    count(store, "MUG", 10)
    others = fed("main", "wb-main", "wildberries")
    arrange(store, fed("main"), others)
    before = contents(store)
    with pytest.raises(ConfigurationError) as problem:
        arrange(store, fed("mian"), others)
    assert str(problem.value) == (
        "accounts.ozon-main.warehouses: nobody knows mian; up to now main, which has stock, feeds"
        " 1. If mian is misspelt, write main. If it is another warehouse: `cloudstock add-warehouse"
        " mian`. Nothing was read or sent"
    )
    assert contents(store) == before
    AddWarehouseRequest(name="mian").act(store, now=NOW)
    arrange(store, fed("mian"), others)


def test_a_warehouse_in_which_nothing_ever_was_becomes_part_of_it(store: Store) -> None:
    """As it is where an older version took the new name for a new warehouse."""
    count(store, "MUG", 10)
    AddWarehouseRequest(name="north").act(store, now=NOW)
    owner = arrange(store, fed("north"))["ozon-main"]
    assert targets(store, owner)["MUG", "1"] is None
    rename(store, "main", "north")
    assert targets(store, owner)["MUG", "1"] == 10


@pytest.mark.parametrize(
    ("before", "name", "why"),
    [
        ("mian", "north", "knows no warehouse 'mian'; did you mean main?"),
        ("main", "main", "main is a warehouse already"),
        ("main", "attic", "attic is a warehouse already, with stock or orders of its own"),
        ("main", "quarantine", "cannot be the name"),
        ("main", " x", "cannot be the name"),
        ("quarantine", "x", "knows no warehouse 'quarantine'"),
    ],
)
def test_what_cannot_be_renamed_is_told(store: Store, before: str, name: str, why: str) -> None:
    count(store, "MUG", 1)
    count(store, "MUG", 1, warehouse="attic")
    held = contents(store)
    with pytest.raises(UsageProblem) as problem:
        rename(store, before, name)
    assert why in str(problem.value)
    assert contents(store) == held


def test_a_warehouse_is_added_once(store: Store) -> None:
    added = AddWarehouseRequest(name="attic").act(store, now=NOW)
    assert "the configuration does not name it yet" in sentence(added)
    with pytest.raises(UsageProblem, match="there is a warehouse attic already"):
        AddWarehouseRequest(name="attic").act(store, now=NOW)


def reserved(store: Store) -> dict[str, int]:
    rows = store.connection.execute(
        "SELECT w.name, sum(a.reserved) FROM allocation a JOIN warehouse w ON w.id = a.warehouse_id"
        " GROUP BY 1 HAVING sum(a.reserved) > 0"
    )
    return {r[0]: r[1] for r in rows}


def sees(
    store: Store, owner: Account, number: str, *, made: datetime, step: Step = Step.OPEN
) -> None:
    read = order(number, {"MUG": 1}, step, created_at=made)
    book(store, owner, read, now=after(hours=9), watched_since=NOW)


def test_orders_stay_where_their_units_were_promised(store: Store) -> None:
    wb, ozon = fed("main", "wb-main", "wildberries"), fed("main")
    ids = arrange(store, ozon, wb)
    offer(store, ids["wb-main"], "MUG")
    store.cursors.finish(ids["wb-main"], "orders", began_at=NOW, read_until=NOW, now=NOW)
    count(store, "MUG", 10)
    count(store, "MUG", 7, warehouse="attic")
    sees(store, wb, "A", made=after(hours=1))
    assert targets(store, ids["ozon-main"])["MUG", "1"] == 9
    moved = fed("attic", "wb-main", "wildberries")
    with store.transaction():
        arranged = store.arrangement.arrange(
            [ozon, moved], ceilings={"ozon": 999, "wildberries": 999}, now=after(hours=3)
        )
    assert arranged.remapped == (("wb-main", "1", "main", "attic", 1),)
    assert targets(store, ids["ozon-main"])["MUG", "1"] == 9
    assert targets(store, ids["wb-main"])["MUG", "1"] == 7
    # Read again, and one made before that is read after it.
    sees(store, moved, "A", made=after(hours=1))
    sees(store, moved, "B", made=after(hours=2))
    sees(store, moved, "C", made=after(hours=4))
    assert reserved(store) == {"main": 2, "attic": 1}
    assert targets(store, ids["ozon-main"])["MUG", "1"] == 8
    sees(store, moved, "A", made=after(hours=1), step=Step.SHIPPED)
    assert (level(store, "MUG"), level(store, "MUG", "attic")) == ((9, 1), (7, 1))


def test_a_mapping_that_was_mistaken_promised_nothing(store: Store) -> None:
    """No order was read by it, so those that there are belong to the right one."""
    count(store, "MUG", 10, warehouse="attic")
    arrange(store, fed("main"))
    right = fed("attic")
    arrange(store, right, now=after(hours=3))
    sees(store, right, "A", made=after(hours=1))
    assert reserved(store) == {"attic": 1}
