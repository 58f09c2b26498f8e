"""What holds for every list that is declared: its filters, orders, pages and plans."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from cloudstock.cli.app import app
from cloudstock.lists.changes import CHANGES
from cloudstock.lists.declared import Filter, Kind, List
from cloudstock.lists.history import HISTORY
from cloudstock.lists.listings import LISTINGS
from cloudstock.lists.orders import ORDERS
from cloudstock.lists.products import PRODUCTS
from cloudstock.lists.reading import Page, count, page, rows
from cloudstock.lists.reserves import RESERVES
from cloudstock.lists.returns import RETURNS
from cloudstock.lists.runs import RUNS
from cloudstock.lists.values import value_of
from tests.acting import set_stock
from tests.builders import NOW, listing, offer
from tests.jobs.town import Town
from tests.store.trade import sell_and_return, trade

# Each with the command that shows it.
COMMANDS: dict[str, List[Any]] = {
    "products": PRODUCTS,
    "listings": LISTINGS,
    "show-orders": ORDERS,
    "show-reserves": RESERVES,
    "show-returns": RETURNS,
    "show-history": HISTORY,
    "show-runs": RUNS,
    "show-changes": CHANGES,
}
LISTS = list(COMMANDS.values())
# What is written for a filter of each kind.
WRITTEN = {
    Kind.YES: "true",
    Kind.NUMBER: "9",
    Kind.TEXT: "x",
    Kind.MOMENT: "30d",
    Kind.SEARCH: "mug",
    Kind.ACCOUNT: "ozon-main",
    Kind.SKU: "MUG",
    Kind.WAREHOUSE: "main",
}
named = pytest.mark.parametrize("wanted", LISTS, ids=lambda wanted: wanted.name)


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    folder: Path = tmp_path_factory.mktemp("trade")
    with trade(folder, sell_and_return) as town:
        for n in range(9):
            town.shops["ozon-main"].place(f"MANY-{n}", {"CUP": 1, "MUG": 1})
        town.run("orders")
        ids = town.store.catalog.account_ids()
        offer(town.store, ids["ozon-main"], *(listing(f"N{n:03}", name="N") for n in range(30)))
        with town.store.transaction():
            town.store.targets.refresh()
        for n in range(5):
            set_stock(town.store, "CUP", 7 + n, now=town.clock.now())
        yield town


def value(one: Filter) -> object:
    written = next(iter(one.choices)) if one.choices else WRITTEN[one.kind]
    read = value_of(one, written, now=NOW)
    return [read] if one.several else read


def required(wanted: List[Any]) -> dict[str, object]:
    return {f.name: value(f) for f in wanted.filters if f.required}


@named
def test_each_filter_narrows_the_list_or_says_the_same(town: Town, wanted: List[Any]) -> None:
    everything = count(town.store.connection, wanted, required(wanted))
    assert everything
    for one in wanted.filters:
        given = required(wanted) | {one.name: value(one)}
        found = list(rows(town.store.connection, wanted, given))
        assert len(found) == count(town.store.connection, wanted, given)
        assert len(found) <= everything or one.otherwise != "true"
    together = {f.name: value(f) for f in wanted.filters}
    assert len(list(rows(town.store.connection, wanted, together))) <= everything


@named
def test_pages_of_each_order_are_the_list(town: Town, wanted: List[Any]) -> None:
    given = required(wanted)
    everything = list(rows(town.store.connection, wanted, given))
    for sort in ("", *wanted.sorts, *(f"-{key}" for key in wanted.sorts)):
        whole = list(rows(town.store.connection, wanted, given, sort=sort))
        assert sorted(map(str, whole)) == sorted(map(str, everything))
        assert paged(town, wanted, given, sort) == whole, sort


def paged(town: Town, wanted: List[Any], given: dict[str, object], sort: str) -> list[Any]:
    """The list from the first page to the last, and every page once more on the way back."""

    def part(**place: str) -> Page[Any]:
        return page(town.store.connection, wanted, given, sort=sort, limit=7, **place)

    forth = [part()]
    while forth[-1].next is not None:
        forth.append(part(after=forth[-1].next))
        assert len(forth) < 20
    back = [forth[-1]]
    while back[-1].previous is not None:
        back.append(part(before=back[-1].previous))
        assert len(back) < 20
    assert [p.rows for p in reversed(back)] == [p.rows for p in forth]
    assert [len(p.rows) for p in forth[:-1]] == [7] * (len(forth) - 1)
    return [row for p in forth for row in p.rows]


@named
def test_tabs_and_columns_are_of_the_list(wanted: List[Any]) -> None:
    names = {f.name for f in wanted.filters}
    assert all(tab.given.keys() <= names for tab in wanted.tabs.values())
    fields = {*wanted.row.__struct_fields__}
    if wanted.no_part is not None:
        fields |= {*wanted.no_part.__struct_fields__}
    assert all(c.name in fields or c.written is not None for c in wanted.columns)
    assert len(names) == len(wanted.filters)


def test_a_filter_has_one_name_in_the_terminal_and_the_api() -> None:
    api = pytest.importorskip("cloudstock.web.api")
    program: Any = typer.main.get_command(app)
    for name, wanted in COMMANDS.items():
        (operation,) = [o for o in api.OPERATIONS if o.path == f"/{wanted.name}"]
        own = {f.name for f in wanted.filters}
        assert {q.name for q in operation.query} == own | {"sort", "after", "limit"}
        options = {p.name for p in program.get_command(None, name).params}
        # An option of all commands.
        assert own - {"account"} <= options
        assert {"sort", "limit", "page", "csv"} <= options


# ---------------------------------------------------------------- many rows


def plan(
    town: Town,
    wanted: List[Any],
    given: dict[str, object],
    after: str | None,
    *,
    deep: bool = False,
) -> list[str]:
    connection, asked = town.store.connection, list[str]()
    connection.set_trace_callback(asked.append)
    page(connection, wanted, given, limit=5, after=after)
    connection.set_trace_callback(None)
    sql = next(s for s in asked if s.startswith("SELECT") and " LIMIT " in s)
    steps = connection.execute(f"EXPLAIN QUERY PLAN {sql}").fetchall()
    # Those of a row's own parts are within a step.
    return [step for _, parent, _, step in steps if parent == 0 or deep]


@pytest.mark.parametrize(
    ("wanted", "given", "walked"),
    [
        (PRODUCTS, {}, "p"),
        (PRODUCTS, {"search": "n"}, "p"),
        (LISTINGS, {}, "l"),
        (ORDERS, {}, "o"),
        (ORDERS, {"step": ["open"]}, "o"),
        (RETURNS, {}, "r"),
        (RUNS, {}, "r"),
        (RUNS, {"failed": True}, "r"),
    ],
)
def test_a_later_page_begins_where_the_one_before_it_ended(
    town: Town, wanted: List[Any], given: dict[str, object], walked: str
) -> None:
    """Nothing is sorted, and an index leads to the first row: the size of the list is no matter."""
    place = page(town.store.connection, wanted, limit=1).next
    for after in (None, place):
        steps = plan(town, wanted, given, after)
        assert not [s for s in steps if s.startswith("USE TEMP B-TREE FOR ORDER")], steps
    if place is not None:
        (walk,) = [s for s in steps if s.startswith((f"SEARCH {walked} ", f"SCAN {walked} "))]
        assert walk.startswith("SEARCH"), steps
        assert ">" in walk or "<" in walk, steps


@pytest.mark.parametrize(
    ("wanted", "given", "index"),
    [
        (ORDERS, {"open": True}, "orders_open"),
        (ORDERS, {"unknown": True}, "orders_unknown"),
        (LISTINGS, {"unlinked": True}, "listing_not_auto"),
        (LISTINGS, {"refused": True}, "listing_stock_refused"),
        (LISTINGS, {"drift": True}, "listing_stock_above"),
        (LISTINGS, {"differs": True}, "listing_stock_differs"),
        (PRODUCTS, {"refused": True}, "listing_stock_refused"),
        (RESERVES, {}, "allocation_reserves"),
    ],
)
def test_few_are_found_without_a_walk_through_all(
    town: Town, wanted: List[Any], given: dict[str, object], index: str
) -> None:
    assert any(index in step for step in plan(town, wanted, given, None, deep=True))
