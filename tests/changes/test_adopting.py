"""What cabinets show, taken as a first count."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from cloudstock.errors import Unreachable, UsageProblem
from cloudstock.render.changes import sentence
from cloudstock.settings import Account, WarehouseLink
from tests.acting import adopt_stock, link_listing
from tests.jobs.town import Town, founded


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    """Two shops that sell what nobody counted: of CUP they show different numbers."""
    accounts = [Account(name, "ozon", (WarehouseLink("1", "main"),)) for name in ("north", "south")]
    with founded(tmp_path, *accounts) as town:
        for name, shows in (("north", {"MUG": 10, "CUP": 8}), ("south", {"MUG": 10, "CUP": 5})):
            for sku, units in shows.items():
                town.shops[name].offer(sku)
                town.shops[name].free[sku, "1"] = units
        town.shops["north"].offer("POT")
        town.shops["north"].free["POT", "1"] = 0
        for job in ("catalog", "orders", "returns", "reserves"):
            town.run(job)
        yield town


def levels(town: Town) -> dict[str, int | None]:
    return {sku: town.level(sku)[0] for sku in ("MUG", "CUP", "POT")}


def test_where_all_agree_their_number_is_the_count(town: Town) -> None:
    result = adopt_stock(town.store, now=town.clock.now())
    assert [(c.sku, c.before, c.after) for c in result.counts] == [("MUG", None, 10)]
    assert [(u.sku, u.numbers) for u in result.unclear] == [("CUP", {"north": 8, "south": 5})]
    # Unknown is not zero: what no cabinet shows stays so.
    assert levels(town) == {"MUG": 10, "CUP": None, "POT": None}
    town.run("push")
    assert town.shows("south", "MUG") == 10
    assert town.shows("south", "CUP") == 5, "nobody counted it"
    note = town.store.connection.execute("SELECT note FROM count").fetchone()[0]
    assert note == "as the cabinets showed it"


def test_where_they_differ_somebody_names_one(town: Town) -> None:
    result = adopt_stock(town.store, accounts=("south",), now=town.clock.now())
    assert {c.sku: c.after for c in result.counts} == {"MUG": 10, "CUP": 5}
    town.run("push")
    assert (town.shows("north", "CUP"), town.shows("south", "CUP")) == (5, 5)


def test_what_to_do_is_said_once(town: Town) -> None:
    town.clock.move(hours=2)
    text = sentence(adopt_stock(town.store, now=town.clock.now()))
    assert text.splitlines()[0].startswith("There is not one number of 3 products; name one")
    assert text.splitlines()[1:] == [
        "  CUP (north: unclear, south: unclear)",
        "  MUG (north: unclear, south: unclear)",
        "  POT (north: unclear)",
    ]


def test_products_that_are_named_are_taken_all_or_none(town: Town) -> None:
    with pytest.raises(UsageProblem, match=r"(?m)not one number.*\n  CUP \(north: 8, south: 5\)$"):
        adopt_stock(town.store, skus=("MUG", "CUP"), now=town.clock.now())
    assert levels(town) == dict.fromkeys(("MUG", "CUP", "POT"))
    adopt_stock(town.store, skus=("CUP",), accounts=("north",), now=town.clock.now())
    # One that was named may be none.
    adopt_stock(town.store, skus=("POT",), now=town.clock.now())
    assert levels(town) == {"MUG": None, "CUP": 8, "POT": 0}
    with pytest.raises(UsageProblem, match="CUP was counted"):
        adopt_stock(town.store, skus=("CUP",), now=town.clock.now())
    with pytest.raises(UsageProblem, match="no product 'MOG'"):
        adopt_stock(town.store, skus=("MOG",), now=town.clock.now())


@pytest.mark.parametrize(("shop", "level"), [("north", (8, 3)), ("south", (8, 3))])
def test_open_orders_lie_there_too_and_what_others_sold_comes_off(
    town: Town, shop: str, level: tuple[int, int]
) -> None:
    """North showed 8: less its own orders, which lie there; others' are among the 8."""
    town.shops[shop].place("N1", {"CUP": 3})
    town.run("orders")
    adopt_stock(town.store, skus=("CUP",), accounts=("north",), now=town.clock.now())
    assert town.level("CUP") == level
    town.run("push")
    assert (town.shows("north", "CUP"), town.shows("south", "CUP")) == (5, 5)


def test_a_pack_counts_its_units_and_a_bundle_nothing(town: Town) -> None:
    now = town.clock.now()
    link_listing(town.store, "north", "CUP", [("BAG", 6)], create=True, now=now)
    link_listing(town.store, "south", "CUP", [("BOX", 1), ("LID", 1)], create=True, now=now)
    result = adopt_stock(town.store, now=now)
    assert {c.sku: c.after for c in result.counts} == {"MUG": 10, "BAG": 48}


def test_what_was_read_long_ago_is_no_count(town: Town) -> None:
    town.clock.move(hours=2)
    result = adopt_stock(town.store, now=town.clock.now())
    assert result.counts == ()
    assert {u.sku: u.numbers for u in result.unclear}["MUG"] == {"north": None, "south": None}
    town.run("reserves")
    assert adopt_stock(town.store, now=town.clock.now()).counts


def test_what_a_cabinet_has_no_record_of_is_none_there(town: Town) -> None:
    """A new cabinet knows only what it was once told; what it was not asked for is unclear."""
    for name in ("north", "south"):
        town.shops[name].offer("TIN")
    town.shops["south"].offer("POT")
    town.run("catalog")
    with pytest.raises(UsageProblem, match=r"TIN \(north: unclear, south: unclear\)"):
        adopt_stock(town.store, skus=("TIN",), now=town.clock.now())
    town.run("reserves")
    town.clock.move(hours=2)
    with pytest.raises(UsageProblem, match=r"TIN \(north: unclear, south: unclear\)"):
        adopt_stock(town.store, skus=("TIN",), now=town.clock.now())
    town.run("reserves")
    adopt_stock(town.store, skus=("TIN", "POT"), now=town.clock.now())
    assert town.level("TIN")[0] == town.level("POT")[0] == 0


def test_a_zero_that_nobody_answered_is_settled_without_a_record(town: Town) -> None:
    town.shops["north"].offer("TIN")
    for job in ("catalog", "orders", "reserves"):
        town.run(job)
    town.count("TIN", 0)
    # Sent and lost; no reading will have it.
    town.shops["north"].faults["push"] = [Unreachable("north: no answer")]
    town.run("push", full=True)
    waits = "SELECT count(*) FROM listing_stock WHERE push_id IS NOT NULL"
    assert town.store.connection.execute(waits).fetchone()[0] == 1
    town.clock.move(hours=2)
    town.run("reserves")
    assert town.store.connection.execute(waits).fetchone()[0] == 0
    assert town.believed("north", "TIN") == (0, 0)


def test_two_listings_of_one_product_that_differ_are_not_one_number(town: Town) -> None:
    link_listing(town.store, "north", "CUP", [("MUG", 1)], now=town.clock.now())
    with pytest.raises(UsageProblem, match="north: unclear"):
        adopt_stock(town.store, skus=("MUG",), accounts=("north",), now=town.clock.now())


def test_a_dry_run_counts_nothing(town: Town) -> None:
    assert adopt_stock(town.store, dry_run=True, now=town.clock.now()).counts
    assert levels(town) == dict.fromkeys(("MUG", "CUP", "POT"))
