"""How fast products sell: the one number that is told, and those by which units are divided."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from cloudstock.changes.policies import MinimumRequest
from cloudstock.domain import figures
from cloudstock.domain.rates import DAY_S
from cloudstock.domain.records import MovementKind, Order, Step
from cloudstock.domain.warehouses import QUARANTINE
from cloudstock.lists.products import PRODUCTS
from cloudstock.lists.reading import page, rows
from cloudstock.settings import StockPolicy, WarehouseLink
from cloudstock.store import Store, rates
from cloudstock.store.ledger import Movement
from tests.acting import undo
from tests.builders import arrange, book, listing_id, order, product
from tests.store.test_insight import OZON, WB, Book, ago

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
WEEK = timedelta(days=7)
SPLIT = StockPolicy(policy="split")


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Book]:
    with Store.open(tmp_path / "book.db", create=True) as store:
        yield Book(store)


def measured(shop: Book, *, low: timedelta | None = WEEK, now: datetime = NOW) -> dict[str, object]:
    """What is told of each product: units a day, for how many days, and whether it runs out."""
    shop.store.catch_up(buffer=0, low=low, targets=False, now=now)
    return {
        r[0]: tuple(r[1:])
        for r in shop.store.connection.execute(
            "SELECT p.sku, round(r.per_day, 2), round(r.lasts_days, 1), r.supply FROM sale_rate r"
            " JOIN product p ON p.id = r.product_id"
        )
    }


@pytest.mark.parametrize("known_days", [0.5, 0.99, 1.0, 5.0, 60.0])
@pytest.mark.parametrize("units", [1, 9, 10, 25])
def test_the_rate_of_sql_is_that_of_the_rule(shop: Book, known_days: float, units: int) -> None:
    for name in ("ozon-main", "wb-main"):
        shop.known(name, since=ago(days=known_days))
    shop.sell("ozon-main", "MUG", units, at=ago(days=min(known_days, 30) / 2))
    per_day, _, _ = measured(shop)["MUG"]  # type: ignore[misc]
    due = figures.per_day(units, min(known_days, 30.0))
    assert per_day == (due if due is None else pytest.approx(due, abs=0.01))


def test_an_account_of_an_hour_makes_no_rush_of_two_orders(shop: Book) -> None:
    shop.known("wb-main", since=ago(hours=1))
    shop.sell("wb-main", "MUG", 2, at=ago(minutes=30))
    shop.sell("ozon-main", "MUG", 30, at=ago(days=3))
    assert measured(shop)["MUG"] == (3.0, 22.7, None)


def test_what_is_cancelled_or_older_is_not_sold(shop: Book) -> None:
    shop.sell("ozon-main", "MUG", 30, at=ago(days=3), step=Step.CANCELLED)
    shop.sell("ozon-main", "CUP", 30, at=ago(days=31))
    assert measured(shop) == {}


def test_what_runs_out_is_known_at_once_and_by_every_list(shop: Book) -> None:
    shop.sell("ozon-main", "MUG", 60, at=ago(days=3))
    shop.sell("wb-main", "CUP", 5, at=ago(days=3))
    assert measured(shop) == {"MUG": (2.0, 20.0, None), "CUP": (None, None, "sold_out")}
    shop.sell("ozon-main", "MUG", 26, at=ago(hours=1), step=Step.OPEN)
    # It is measured once an hour; what there is, is as it is.
    assert measured(shop)["MUG"] == (2.0, 7.0, "low")
    db = shop.store.connection

    def listed(**given: object) -> list[str]:
        return [row.sku for row in rows(db, PRODUCTS, given)]

    assert listed(running_low=True) == ["MUG"]
    assert listed(sold_out=True) == ["CUP"]
    assert (listed(runs_out=7), listed(runs_out=6)) == (["MUG"], [])
    assert listed(running_low=True, warehouse="main", search="mug") == ["MUG"]
    first = page(db, PRODUCTS, sort="lasts", limit=1)
    second = page(db, PRODUCTS, sort="lasts", limit=1, after=first.next)
    assert [row.sku for row in first.rows + second.rows] == ["MUG", "CUP"]
    # Another bound, and another buffer, hold from the next look on.
    assert measured(shop, low=timedelta(days=6))["MUG"] == (2.0, 7.0, None)
    assert measured(shop, low=None)["MUG"] == (2.0, 7.0, None)
    db.execute("UPDATE product SET buffer = 10 WHERE sku = 'MUG'")
    assert measured(shop)["MUG"] == (2.0, 2.0, "low")
    assert measured(shop, now=NOW + rates.STALE + timedelta(seconds=1))["MUG"][0] == 2.87  # type: ignore[index]


def test_rates_are_measured_anew_where_the_clock_was_set_back(shop: Book) -> None:
    shop.sell("ozon-main", "MUG", 30, at=ago(days=10))
    later = NOW + timedelta(days=365)
    assert measured(shop, now=later) == {}
    assert measured(shop)["MUG"] == (1.0, 70.0, None)


def test_no_more_is_known_of_an_account_than_the_span_holds(shop: Book) -> None:
    shop.known("ozon-main", since=ago(days=20), until=NOW + WEEK)
    shop.known("wb-main", since=ago(days=90), until=ago(days=10))
    known = rates.known(shop.store.connection, since=NOW - rates.SPAN, until=NOW)
    assert [known[shop.ids[name]].days for name in ("ozon-main", "wb-main")] == [20.0, 20.0]


def test_what_waits_in_quarantine_is_not_there_to_be_sold(shop: Book) -> None:
    shop.sell("ozon-main", "MUG", 60, at=ago(days=3))
    assert measured(shop)["MUG"] == (2.0, 20.0, None)
    ledger, mug = shop.store.ledger, product(shop.store, "MUG")
    with shop.store.transaction():
        back = Movement(mug, ledger.warehouse(QUARANTINE), 70, MovementKind.RETURN, "return:1", NOW)
        ledger.append([back], now=NOW)
    for happens in (
        "UPDATE stock SET counted_at = counted_at WHERE warehouse_id <> 0",
        "UPDATE product SET buffer = coalesce(buffer, -1) + 1",
        "UPDATE defaults SET low_days = low_days",
        "UPDATE fact SET value = '2026-01-01T00:00:00.000000Z'",
    ):
        with shop.store.transaction():
            assert shop.store.connection.execute(happens).rowcount, happens
        assert measured(shop)["MUG"][1] == 20.0, happens  # type: ignore[index]


def test_a_minimum_goes_before_how_it_sells(shop: Book) -> None:
    shop.sell("ozon-main", "MUG", 60, at=ago(days=3))
    shop.sell("wb-main", "CUP", 5, at=ago(days=3))
    assert measured(shop)["MUG"] == (2.0, 20.0, None)
    db = shop.store.connection

    def low() -> list[str]:
        listed = [row.sku for row in rows(db, PRODUCTS, {"running_low": True})]
        measured(shop, now=NOW + rates.STALE + timedelta(seconds=1))
        # As measured anew.
        assert [row.sku for row in rows(db, PRODUCTS, {"running_low": True})] == listed
        return listed

    def say(sku: str, minimum: int | None) -> None:
        MinimumRequest(skus=(sku,), minimum=minimum).act(shop.store, now=NOW)

    say("MUG", 40)
    assert low() == []
    say("MUG", 41)
    assert low() == ["MUG"]
    # It never sold.
    assert "POT" not in measured(shop)
    say("POT", 1_000)
    assert low() == ["MUG", "POT"]
    say("POT", None)
    assert "POT" not in measured(shop)
    # What is sold out is told as that.
    say("CUP", 9)
    assert measured(shop)["CUP"][2] == "sold_out"  # type: ignore[index]
    # It is never low, whatever the configuration says.
    say("MUG", 0)
    assert measured(shop, low=timedelta(days=30))["MUG"] == (2.0, 20.0, None)
    undo(shop.store, now=NOW)
    assert low() == ["MUG"]


# ---------------------------------------------------------------- of each pair, to divide by


@pytest.fixture
def divided(shop: Book) -> Book:
    arrange(shop.store, *(replace(a, policy=SPLIT) for a in (OZON, WB)))
    return shop


def paced(shop: Book, sku: str = "MUG", *, now: datetime = NOW) -> list[tuple[float, float]]:
    """What is ordered a day through each account: by the days, and by the last hours."""
    with shop.store.transaction():
        shop.store.connection.execute("INSERT OR IGNORE INTO dirty SELECT id FROM listing")
        shop.store.targets.refresh(now=now)
    return [
        (round(r[0] * DAY_S, 2), round(r[1] * DAY_S))
        for r in shop.store.connection.execute(
            "SELECT q.rate, q.rush FROM quota q JOIN listing l ON l.id = q.listing_id"
            " WHERE l.offer_id = ? ORDER BY q.account_id, q.external_warehouse",
            (sku,),
        )
    ]


def test_a_pair_is_paced_by_what_was_ordered_through_it_from_its_warehouse(divided: Book) -> None:
    divided.sell("ozon-main", "MUG", 30, at=ago(days=3))
    for n in range(3):
        made = order(f"N-{n}", {"MUG": 4}, created_at=ago(minutes=5))
        others: tuple[Order, ...] = (
            replace(made, order_id=f"F-{n}", ignored="fbo"),
            replace(made, order_id=f"R-{n}", step=Step.REPLACED),
            replace(made, order_id=f"W-{n}", warehouse_id="2"),
        )
        book(divided.store, OZON, *others, now=NOW)
    assert paced(divided) == [(1.0, 0), (0.0, 0)]
    # One that names no warehouse is of the first, and of no other.
    two = replace(WB, warehouses=(*WB.warehouses, WarehouseLink("2", "main")), policy=SPLIT)
    arrange(divided.store, replace(OZON, policy=SPLIT), two)
    for n in range(3):
        made = order(f"N-{n}", {"MUG": 1}, created_at=ago(minutes=5), warehouse_id=None)
        book(divided.store, two, made, now=NOW)
    assert paced(divided) == [(1.0, 0), (0.0, 3 * 144), (0.0, 0)]
    # By the days it is measured once an hour.
    assert [r[0] for r in paced(divided, now=NOW + rates.KEPT)] == [1.0, 0.0, 0.0]
    later = paced(divided, now=NOW + rates.KEPT + timedelta(seconds=1))
    assert [r[0] for r in later] == [1.0, 0.1, 0.0]


def test_orders_of_a_product_through_whomever_make_its_rush(divided: Book) -> None:
    db, bundle = divided.store.connection, listing_id(divided.store, divided.ids["wb-main"], "LAMP")
    with divided.store.transaction():
        parts = [(product(divided.store, sku), 1) for sku in ("MUG", "POT")]
        divided.store.catalog.link_by_hand(bundle, parts)
    for _ in range(4):
        divided.sell("ozon-main", "MUG", 1, at=ago(minutes=5), step=Step.OPEN)
    divided.sell("wb-main", "LAMP", 2, at=ago(minutes=5), step=Step.OPEN)
    # Of a bundle the product that is asked for most tells.
    assert paced(divided)[0][1] == 4 * 144
    assert paced(divided, "LAMP")[1][1] == 2 * 144

    def ends(now: datetime) -> set[str]:
        """What is divided anew, since its rush is over or slower."""
        with divided.store.transaction():
            rates.end_rushes(db, now=now)
            rows = db.execute(
                "SELECT l.offer_id FROM dirty d JOIN listing l ON l.id = d.listing_id"
            )
            slower = {r[0] for r in rows}
            divided.store.targets.refresh(now=now)
        return slower

    assert ends(NOW) == set()
    assert ends(NOW + timedelta(minutes=20)) == {"MUG", "LAMP"}
    assert paced(divided, now=NOW + timedelta(minutes=20))[0][1] == 4 * 48
    assert ends(NOW + timedelta(hours=3)) == {"MUG", "LAMP"}
    assert paced(divided, now=NOW + timedelta(hours=3))[0][1] == 0
