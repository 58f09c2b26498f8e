"""The questions that people ask the book, asked of a trade under way."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from cloudstock.domain.records import Order, OrderLine, Step
from cloudstock.errors import UsageProblem
from cloudstock.lists.history import HISTORY
from cloudstock.lists.orders import ORDERS
from cloudstock.lists.reading import rows as rows_of
from cloudstock.lists.returns import RETURNS
from cloudstock.render.text import age
from cloudstock.store.views import near_skus, snapshot
from cloudstock.store.views.explanation import ListingTerms, explain
from cloudstock.store.views.health import Health, health
from cloudstock.store.views.stock import Wanted, WarehouseStock, stock, warehouses
from tests.jobs.town import Town
from tests.store.trade import ACCOUNTS, sell_and_return, trade


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    with trade(tmp_path) as opened:
        opened.store.arrangement.set_default_buffer(1)
        yield opened


def rows(town: Town, **wanted: object) -> dict[str, WarehouseStock]:
    town.store.catch_up(buffer=1, targets=False)
    found = stock(town.store.connection, Wanted(**wanted))  # type: ignore[arg-type]
    return {r.sku: r for r in found}


# ---------------------------------------------------------------- show-stock


def test_available_is_on_hand_less_reserved_less_buffer(town: Town) -> None:
    sell_and_return(town)
    mug = rows(town)["MUG"]
    assert (mug.on_hand, mug.reserved, mug.available) == (9, 2, 6)


def test_a_products_own_buffer_wins(town: Town) -> None:
    town.store.connection.execute("UPDATE product SET buffer = 4 WHERE sku = 'MUG'")
    assert rows(town)["MUG"].available == 6


def test_what_was_never_counted_is_unknown_not_zero(town: Town) -> None:
    pot = rows(town)["POT"]
    assert (pot.warehouse, pot.on_hand, pot.available) == ("main", None, None)
    assert [x.target for x in pot.listings] == [None, None, None]


def test_a_product_of_no_listing_stands_in_main(town: Town) -> None:
    town.store.connection.execute("INSERT INTO product (sku) VALUES ('NEW')")
    new = rows(town, skus=["NEW"])["NEW"]
    assert (new.warehouse, new.on_hand, new.listings) == ("main", None, ())


def test_every_listing_tells_target_pushed_and_seen(town: Town) -> None:
    town.run("reserves")
    listings = rows(town)["CUP"].listings
    assert [x.account for x in listings] == list(ACCOUNTS)
    for x in listings:
        assert (x.offer_id, x.target, x.pushed, x.seen) == ("CUP", 9, 9, 9)
        assert x.pushed_at is not None
        assert x.seen_at is not None
        assert x.pushed_at < x.seen_at


def test_oversold_is_told_and_available_never_below_zero(town: Town) -> None:
    town.shops["ozon-main"].place("BIG", {"MUG": 12})
    town.run("orders")
    mug = rows(town)["MUG"]
    assert (mug.available, mug.oversold) == (0, 2)


def test_only_the_accounts_asked_for(town: Town) -> None:
    town.shops["wb-main"].offer("ONLY")
    town.run("catalog")
    found = rows(town, accounts=["wb-main"])
    assert set(found) == {"CUP", "MUG", "ONLY", "POT"}
    assert {x.account for r in found.values() for x in r.listings} == {"wb-main"}
    assert set(rows(town, accounts=["ozon-main"])) == {"CUP", "MUG", "POT"}


def test_archived_listings_are_left_out(town: Town) -> None:
    town.shops["ozon-main"].offer("CUP", archived=True)
    town.run("catalog")
    assert [x.account for x in rows(town)["CUP"].listings] == ["wb-main", "ym-main"]


def test_quarantine_is_shown_only_when_asked_for(town: Town) -> None:
    sell_and_return(town)
    town.shops["ym-main"].hand_over("R-1")
    town.run("returns")
    db = town.store.connection
    every = [(r.warehouse, r.on_hand) for r in stock(db, Wanted(skus=["MUG"]))]
    assert every == [("main", 9)]
    both = [r.warehouse for r in stock(db, Wanted(skus=["MUG"], all_warehouses=True))]
    assert both == ["main", "quarantine"]
    named = [r.warehouse for r in stock(db, Wanted(warehouse="quarantine"))]
    assert named == ["quarantine"]
    assert warehouses(db) == ["main"]


def test_an_unknown_article_is_refused_with_what_looks_like_it(town: Town) -> None:
    with pytest.raises(UsageProblem, match="did you mean MUG"):
        rows(town, skus=["MUGG"])
    assert near_skus(town.store.connection, "mug") == ["MUG"]


def test_rows_come_before_all_are_read(town: Town) -> None:
    """The first row of a long list needs no sorting: streaming is a matter of the query plan."""
    db = town.store.connection
    db.executemany("INSERT INTO product (sku) VALUES (?)", ((f"X{n:05}",) for n in range(20_000)))
    steps = 0

    def count() -> int:
        nonlocal steps
        steps += 1
        return 0

    db.set_progress_handler(count, 100)
    first = next(stock(db, Wanted()))
    db.set_progress_handler(None, 0)
    assert first.sku == "CUP"
    assert steps < 100


def test_a_snapshot_does_not_see_what_is_written_meanwhile(town: Town) -> None:
    from cloudstock.store import Store

    db = town.store.connection
    with Store.open(town.store.path) as other, snapshot(db):
        before = rows(town)
        other.connection.execute("INSERT INTO product (sku) VALUES ('LATE')")
        assert rows(town) == before
    assert "LATE" in rows(town)


# ---------------------------------------------------------------- documents


def test_orders_are_shown_with_their_lines_the_newest_first(town: Town) -> None:
    sell_and_return(town)
    found = list(rows_of(town.store.connection, ORDERS))
    assert [(o.account, o.order_id, o.step) for o in found] == [
        ("ym-main", "YM-1", "shipped"),
        ("ozon-main", "OZ-1", "open"),
    ]
    assert [(i.skus, i.quantity, i.reserved, i.off) for i in found[0].items] == [
        (("MUG",), 1, 0, 1),
        (("CUP",), 1, 0, 1),
    ]
    assert [(i.reserved, i.off, i.skus) for i in found[1].items] == [(2, 0, ("MUG",))]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"account": ["ozon-main"]}, ["OZ-1"]),
        ({"open": True}, ["OZ-1"]),
        ({"step": ["shipped", "delivered"]}, ["YM-1"]),
        ({"sku": "CUP"}, ["YM-1"]),
        ({"unknown": True}, []),
        ({"unlinked": True}, []),
        ({"search": "oz"}, ["OZ-1"]),
        ({"search": "ym cup"}, ["YM-1"]),
        ({"search": "oz cup"}, []),
    ],
)
def test_orders_are_filtered(town: Town, given: dict[str, object], expected: list[str]) -> None:
    sell_and_return(town)
    assert [o.order_id for o in rows_of(town.store.connection, ORDERS, given)] == expected


def test_orders_since(town: Town) -> None:
    town.shops["ozon-main"].place("OLD", {"MUG": 1})
    town.clock.move(hours=2)
    town.shops["ozon-main"].place("NEW", {"MUG": 1})
    town.run("orders")
    since = town.clock.now() - timedelta(hours=1)
    assert [o.order_id for o in rows_of(town.store.connection, ORDERS, {"since": since})] == ["NEW"]


def stray(town: Town, order_id: str, *, step: Step = Step.OPEN, status: str = "new") -> None:
    """An order for a listing that the catalog does not know."""
    line = OrderLine("1", ("offer:STRAY",), 1, "STRAY")
    order = Order(order_id, step, status, town.clock.now(), (line,), "1")
    shop = town.shops["wb-main"]
    shop.orders[order_id] = order
    shop.changed_at[order_id] = town.clock.now()
    town.run("orders")


def test_unlinked_and_unknown_orders_are_found(town: Town) -> None:
    stray(town, "S-1", step=Step.UNKNOWN, status="moon")
    for name in ("unlinked", "unknown"):
        (order,) = rows_of(town.store.connection, ORDERS, {name: True})
        assert (order.order_id, order.status, order.items[0].skus) == ("S-1", "moon", ())


def test_returns_are_shown_until_somebody_has_put_them_away(town: Town) -> None:
    sell_and_return(town)
    db = town.store.connection
    (expected,) = rows_of(db, RETURNS, {"expected": True, "sku": "MUG"})
    assert (expected.return_id, expected.skus, expected.waiting) == ("R-1", ("MUG",), 0)
    assert not list(rows_of(db, RETURNS, {"waiting": True}))
    town.shops["ym-main"].hand_over("R-1")
    town.run("returns")
    (waiting,) = rows_of(db, RETURNS, {"waiting": True})
    assert (waiting.step, waiting.waiting, waiting.order_id) == ("received", 1, "YM-1")
    assert not list(rows_of(db, RETURNS, {"expected": True}))
    assert not list(rows_of(db, RETURNS, {"account": ["ozon-main"]}))


def test_history_is_the_ledger_with_running_totals(town: Town) -> None:
    sell_and_return(town)
    town.count("MUG", 9)
    told = list(rows_of(town.store.connection, HISTORY, {"sku": "MUG"}))
    assert [(r.kind, r.quantity, r.total) for r in told] == [
        ("count", 10, 10),
        ("shipment", -1, 9),
        ("count", 0, 9),
    ]
    assert told[1].document == "order:ym-main:YM-1:1"


def test_history_since_still_knows_the_total(town: Town) -> None:
    sell_and_return(town)
    first, second = rows_of(town.store.connection, HISTORY, {"sku": "MUG"})
    given = {"sku": "MUG", "since": second.booked_at}
    (row,) = rows_of(town.store.connection, HISTORY, given)
    assert row.total == 9
    assert first.booked_at < row.booked_at


def test_history_of_one_shelf(town: Town) -> None:
    town.count("MUG", 3, "loft")
    told = list(rows_of(town.store.connection, HISTORY, {"sku": "MUG", "warehouse": "loft"}))
    assert [(r.warehouse, r.total) for r in told] == [("loft", 3)]


# ---------------------------------------------------------------- explain


def explained(town: Town, sku: str = "MUG") -> tuple[object, dict[str, ListingTerms]]:
    told = explain(
        town.store.connection,
        sku,
        now=town.clock.now(),
        max_poll_age=town.config.max_poll_age,
    )
    return told, {w.account: w for w in told.listings}


def test_the_terms_of_a_shelf_sum_up(town: Town) -> None:
    sell_and_return(town)
    told = explain(
        town.store.connection, "MUG", now=town.clock.now(), max_poll_age=timedelta(minutes=30)
    )
    (stock,) = told.warehouses
    assert stock.counted is not None
    assert stock.counted.quantity + sum(m.quantity for m in stock.moved) == stock.on_hand == 9
    assert [(m.kind, m.quantity) for m in stock.moved] == [("shipment", -1)]
    assert sum(r.units for r in stock.reservations) == stock.reserved == 2
    assert stock.reservations[0].order_id == "OZ-1"


def test_a_count_at_the_same_moment_as_a_movement_still_sums_up(town: Town) -> None:
    """Counts and movements may bear one moment; the ledger's order tells which came first."""
    store, now = town.store, town.clock.now()
    product, shelf = store.catalog.product("MUG"), store.ledger.warehouse("main")
    assert product is not None
    store.ledger.adjust(product, shelf, -2, now=now, reason="broken")
    store.ledger.count(product, shelf, 8, now=now)
    store.ledger.adjust(product, shelf, 5, now=now, reason="found")
    told = explain(store.connection, "MUG", now=now, max_poll_age=timedelta(minutes=30))
    assert [(m.kind, m.quantity) for m in told.warehouses[0].moved] == [("adjustment", 5)]
    assert told.warehouses[0].on_hand == 13


def test_each_listing_tells_its_sum_and_what_was_answered(town: Town) -> None:
    _, windows = explained(town)
    ozon = windows["ozon-main"]
    (part,) = ozon.parts
    assert (part.on_hand, part.reserved, part.buffer, part.fills) == (10, 0, 1, 9)
    assert (part.buffer_source, ozon.target, ozon.low, ozon.high) == ("account", 9, 9, 9)
    assert [(p.quantity, p.verdict) for p in ozon.pushes] == [(9, "accepted")]
    assert not ozon.differs
    assert not ozon.drift
    assert ozon.stale == ()


def test_a_refusal_is_told_with_its_words_and_when_it_ends(town: Town) -> None:
    town.shops["wb-main"].refuses["MUG"] = ("NO", "the card is blocked")
    town.count("MUG", 5)
    town.run("push")
    wb = explained(town)[1]["wb-main"]
    assert wb.refusal is not None
    assert (wb.refusal.message, wb.refusal.times) == ("the card is blocked", 1)
    assert wb.due_at is not None
    assert wb.pushes[0].verdict == "refused"


def test_stale_accounts_of_the_shelf_are_named(town: Town) -> None:
    town.clock.move(hours=1)
    town.run("orders", only="ozon-main")
    assert explained(town)[1]["ozon-main"].stale == ("wb-main", "ym-main")


def test_a_reading_above_what_was_sent_is_drift(town: Town) -> None:
    town.shops["ym-main"].free["MUG", "1"] = 15
    town.run("reserves")
    assert explained(town)[1]["ym-main"].drift
    assert not explained(town)[1]["ozon-main"].drift


def test_a_bundle_is_explained_by_each_of_its_products(town: Town) -> None:
    store = town.store
    ids = [store.catalog.product(s) for s in ("MUG", "CUP")]
    listing = store.connection.execute(
        "SELECT id FROM listing WHERE offer_id = 'CUP' ORDER BY account_id"
    ).fetchone()[0]
    parts = [(i, n) for i, n in zip(ids, (3, 1), strict=True) if i is not None]
    store.catalog.link_by_hand(listing, parts)
    store.targets.refresh()
    told, _ = explained(town)
    bundle = next(w for w in told.listings if w.link == "manual")  # type: ignore[attr-defined]
    assert [(p.sku, p.units, p.fills) for p in bundle.parts] == [("CUP", 1, 9), ("MUG", 3, 3)]
    assert bundle.target == 3


# ---------------------------------------------------------------- status


def state(town: Town) -> Health:
    return health(town.store.connection, town.config, now=town.clock.now())


def test_a_good_day_has_nothing_wrong(town: Town) -> None:
    told = state(town)
    assert told.ok, told.wrong
    assert {j.job for j in told.accounts[0].jobs} >= {"catalog", "orders", "push", "returns"}
    assert all(j.ok and j.last_success_at for a in told.accounts for j in a.jobs)


def test_a_failed_job_is_told_until_it_succeeds(town: Town) -> None:
    from cloudstock.errors import Unreachable

    town.shops["wb-main"].faults["orders"] = [Unreachable("wb-main: no answer")]
    town.run("orders")
    wrong = state(town).wrong
    assert [(f.kind, f.account) for f in wrong] == [("failed", "wb-main")]
    assert "no answer" in wrong[0].message
    town.run("orders")
    assert state(town).ok


def test_returns_that_wait_are_worth_knowing_but_not_wrong(town: Town) -> None:
    sell_and_return(town)
    town.shops["ym-main"].hand_over("R-1")
    town.run("returns")
    town.run("push")
    told = state(town)
    assert told.ok, told.wrong
    assert [(f.kind, f.account) for f in told.notable] == [("returns_waiting", "ym-main")]


@pytest.mark.parametrize(
    ("span", "told"),
    [
        (timedelta(seconds=40), "40 s"),
        (timedelta(seconds=119), "119 s"),
        (timedelta(minutes=5), "5 min"),
        (timedelta(minutes=100), "100 min"),
        (timedelta(hours=1), "1 h"),
        (timedelta(hours=30), "30 h"),
        (timedelta(days=2), "2 d"),
        (timedelta(seconds=-3), "0 s"),
    ],
)
def test_ages_are_told_as_people_do(span: timedelta, told: str) -> None:
    assert age(span) == told
