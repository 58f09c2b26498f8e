"""What is neither offered nor there goes out of sight, and comes back when it is used again."""

from __future__ import annotations

import pytest

from cloudstock.errors import UsageProblem
from cloudstock.lists.products import PRODUCTS
from cloudstock.lists.reading import rows
from cloudstock.store import Store
from cloudstock.store.views import browse
from cloudstock.store.views.stock import Wanted, stock
from tests.acting import add_warehouse, hide, link_listing, move_stock, remove_warehouse, set_stock
from tests.builders import NOW, account, after, book, contents, order

BOTH = {"configured": ["main", "attic"]}


def in_sight(store: Store) -> list[str]:
    listed = [row.sku for row in rows(store.connection, PRODUCTS, {})]
    hidden = [row.sku for row in rows(store.connection, PRODUCTS, {"hidden": True})]
    assert sorted(listed + hidden) == ["CUP", "MUG", "OLD", "POT"]
    assert [x.sku for x in stock(store.connection, Wanted())] == listed
    assert browse.totals(store.connection).products == len(listed)
    return listed


@pytest.fixture
def old(store: Store) -> str:
    store.tables.table("product").insert({"sku": "OLD"})
    return "OLD"


def test_a_product_that_is_nowhere_is_hidden_and_comes_back(store: Store, old: str) -> None:
    hide(store, old, now=NOW)
    assert in_sight(store) == ["CUP", "MUG", "POT"]
    assert hide(store, old, now=NOW, show=True)[0].hidden is False
    assert old in in_sight(store)
    hide(store, old, now=NOW)
    set_stock(store, old, 0, now=after(hours=1))
    assert old in in_sight(store)
    hide(store, old, now=after(hours=2))
    assert old not in in_sight(store)
    link_listing(store, "ozon-main", "POT", [(old, 1)], now=after(hours=3))
    assert old in in_sight(store)


def test_what_is_offered_or_there_or_ordered_stays(store: Store, old: str) -> None:
    before = contents(store)
    with pytest.raises(UsageProblem, match=r"MUG is offered \(ozon-main MUG\)"):
        hide(store, old, "MUG", now=NOW)
    assert contents(store) == before
    book(store, account(), order("1", {"CUP": 1}))
    store.connection.execute("UPDATE listing SET archived = 1")
    with pytest.raises(UsageProblem, match="CUP is in orders"):
        hide(store, "CUP", now=NOW)
    set_stock(store, "MUG", 1, now=NOW)
    with pytest.raises(UsageProblem, match="MUG is on hand"):
        hide(store, "MUG", now=NOW)
    set_stock(store, "MUG", 0, now=after(hours=1))
    hide(store, "MUG", "POT", now=after(hours=2))
    assert in_sight(store) == ["CUP", "OLD"]
    # It is offered again; the other is ordered.
    store.connection.execute("UPDATE listing SET archived = 0 WHERE offer_id = 'MUG'")
    assert in_sight(store) == ["CUP", "MUG", "OLD"]
    book(store, account(), order("2", {"POT": 1}), now=after(hours=3))
    assert in_sight(store) == ["CUP", "MUG", "OLD", "POT"]


def test_a_warehouse_that_was_mistyped_is_removed(store: Store) -> None:
    add_warehouse(store, "mian", now=NOW)
    with pytest.raises(UsageProblem, match="the configuration names mian"):
        remove_warehouse(store, "mian", now=NOW, configured=["mian"])
    assert not remove_warehouse(store, "mian", now=NOW).kept
    with pytest.raises(UsageProblem, match=r"knows no warehouse 'mian'.*main"):
        remove_warehouse(store, "mian", now=NOW)


def test_a_warehouse_with_a_history_goes_out_of_sight_and_comes_back(store: Store) -> None:
    def counted() -> set[str]:
        return {x.warehouse for x in stock(store.connection, Wanted()) if x.sku == "MUG"}

    set_stock(store, "MUG", 1, now=NOW)
    set_stock(store, "MUG", 2, warehouse="attic", now=NOW, **BOTH)
    with pytest.raises(UsageProblem, match="units of 1 product are in attic"):
        remove_warehouse(store, "attic", now=NOW)
    moves = {"source": "attic", "target": "main", "now": after(hours=1), **BOTH}
    move_stock(store, [("MUG", 2)], **moves)
    assert counted() == {"main", "attic"}
    assert remove_warehouse(store, "attic", now=after(hours=2)).kept
    assert counted() == {"main"}
    with pytest.raises(UsageProblem, match="there is no warehouse 'attic'"):
        set_stock(store, "MUG", 2, warehouse="attic", now=after(hours=3))
    add_warehouse(store, "attic", now=after(hours=3))
    assert counted() == {"main", "attic"}
    remove_warehouse(store, "attic", now=after(hours=4))
    # It is configured again.
    set_stock(store, "MUG", 2, warehouse="attic", now=after(hours=5), **BOTH)
    assert counted() == {"main", "attic"}
