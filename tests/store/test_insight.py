"""The report's numbers are those of the book."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from cloudstock.domain.records import Step
from cloudstock.settings import Configuration
from cloudstock.store import Store
from cloudstock.store.times import to_iso
from cloudstock.store.views import snapshot
from cloudstock.store.views.insight import Insight, insight
from tests.builders import account, arrange, book, count, listing, listing_id, offer, order, product

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
OZON, WB = account(), account("wb-main", "wildberries")


@pytest.fixture(autouse=True)
def _utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Days are those of the wall's clock: here it hangs in Greenwich."""
    import time

    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def ago(**parts: float) -> datetime:
    return NOW - timedelta(**parts)


class Book:
    """A book of two accounts that offer mugs, cups, pots and a lamp; orders made long ago."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.buffer = 0
        self.ids = arrange(store, OZON, WB)
        for owner in (OZON, WB):
            offer(store, self.ids[owner.name], "MUG", "CUP", "POT", "LAMP", now=ago(days=60))
        for sku, quantity in (("MUG", 100), ("CUP", 5), ("POT", 40)):
            count(store, sku, quantity, now=ago(days=60))
        for owner in (OZON, WB):
            self.known(owner.name, since=ago(days=60))
        self._orders = 0

    def known(self, name: str, *, since: datetime, until: datetime = NOW) -> None:
        self.store.connection.execute(
            "INSERT OR REPLACE INTO cursor VALUES (?, 'orders', NULL, ?, ?, ?)",
            (self.ids[name], to_iso(until), to_iso(since), to_iso(until)),
        )

    def sell(
        self, owner: str, sku: str, units: int, *, at: datetime, step: Step = Step.DELIVERED
    ) -> None:
        self._orders += 1
        left = step in (Step.DELIVERED, Step.SHIPPED)
        made = order(
            f"O-{self._orders}",
            {sku: units},
            step,
            created_at=at,
            left_warehouse=left,
            shipped_at=at + timedelta(hours=1) if left else None,
        )
        who = OZON if owner == "ozon-main" else WB
        book(self.store, who, made, now=at + timedelta(hours=1), watched_since=ago(days=90))

    def report(self, *, days: int = 30, top: int = 10) -> Insight:
        if not self.store.connection.in_transaction:
            self.store.catch_up(buffer=self.buffer, targets=False, now=NOW)
        with snapshot(self.store.connection):
            config = Configuration(Path("config.yaml"), accounts=(OZON, WB))
            return insight(
                self.store.connection, config, accounts=(OZON, WB), now=NOW, days=days, top=top
            )


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Book]:
    with Store.open(tmp_path / "book.db", create=True) as store:
        yield Book(store)


def test_units_are_told_by_account_and_day(shop: Book) -> None:
    shop.sell("ozon-main", "MUG", 2, at=ago(days=1))
    shop.sell("ozon-main", "CUP", 1, at=ago(days=1, hours=2))
    shop.sell("wb-main", "MUG", 3, at=ago(hours=1), step=Step.OPEN)
    shop.sell("wb-main", "MUG", 9, at=ago(days=45))
    shop.sell("ozon-main", "MUG", 7, at=ago(days=2), step=Step.CANCELLED)
    found = shop.report()
    ozon, wb = found.accounts
    assert found.dates[-1] == "2026-11-23"
    assert len(found.dates) == len(ozon.units_by_day) == 30
    assert (ozon.units, ozon.orders, ozon.cancelled_orders) == (3, 3, 1)
    assert ozon.units_by_day[-3:] == (0, 3, 0)
    assert (wb.units, wb.units_by_day[-1]) == (3, 3)
    assert found.stock.units_sold == 6
    (mug, cup) = found.best_sellers
    assert (mug.sku, mug.sold, mug.sold_by_account) == ("MUG", 5, {"ozon-main": 2, "wb-main": 3})
    assert (cup.sku, cup.sold) == ("CUP", 1)


def test_packs_and_bundles_are_taken_apart(shop: Book) -> None:
    ozon = shop.ids["ozon-main"]
    offer(shop.store, ozon, listing("SET"), now=ago(days=60))
    with shop.store.transaction():
        shop.store.catalog.link_by_hand(
            listing_id(shop.store, ozon, "SET"),
            [(product(shop.store, "MUG"), 3), (product(shop.store, "CUP"), 1)],
        )
    shop.sell("ozon-main", "SET", 2, at=ago(days=1))
    assert {p.sku: p.sold for p in shop.report().best_sellers} == {"MUG": 6, "CUP": 2}


def test_cover_is_what_is_available_over_what_sells(shop: Book) -> None:
    for n in range(1, 11):
        shop.sell("ozon-main", "MUG", 3, at=ago(days=2 * n))
    shop.sell("wb-main", "CUP", 3, at=ago(days=1))
    shop.buffer = 1
    found = shop.report()
    mug = next(p for p in found.running_out if p.sku == "MUG")
    cup = next(p for p in found.best_sellers if p.sku == "CUP")
    assert mug.available == 100 - 30 - 1
    assert mug.sold_per_day == pytest.approx(30 / 30, rel=0.01)
    assert mug.cover_days == pytest.approx(69, rel=0.01)
    assert not mug.rough
    assert (cup.available, cup.rough) == (1, True), "three units are no proof of anything"
    assert (cup.sold_per_day, cup.cover_days) == (None, None)
    assert [p.sku for p in found.running_out] == ["MUG"]
    assert shop.report(days=7).running_out[0].sold_per_day == mug.sold_per_day


def test_an_account_known_for_a_week_tells_of_a_week(shop: Book) -> None:
    shop.known("wb-main", since=ago(days=5))
    shop.sell("wb-main", "MUG", 10, at=ago(days=4))
    shop.sell("ozon-main", "CUP", 30, at=ago(days=4))
    found = shop.report()
    mug, cup = (next(p for p in found.best_sellers if p.sku == sku) for sku in ("MUG", "CUP"))
    assert mug.sold_per_day == pytest.approx(2.0, rel=0.01)
    assert cup.sold_per_day == pytest.approx(30 / 30, rel=0.01)
    assert found.accounts[1].watched_days == pytest.approx(5.0, abs=0.01)


def test_an_account_read_long_ago_counts_only_until_then_and_is_stale(shop: Book) -> None:
    shop.sell("ozon-main", "MUG", 20, at=ago(days=20))
    shop.known("ozon-main", since=ago(days=60), until=ago(days=19.4))
    found = shop.report()
    assert found.accounts[0].stale
    assert not found.accounts[1].stale
    assert found.accounts[0].watched_days == pytest.approx(10.0, abs=0.1)
    # Of 30 days, of which the last 19.4 are unknown.
    assert found.best_sellers[0].sold_per_day == pytest.approx(20 / 10.6, rel=0.02)


def test_an_account_that_was_never_read_is_told_as_such(shop: Book) -> None:
    shop.store.connection.execute("DELETE FROM cursor")
    found = shop.report()
    assert [(a.known_since, a.watched_days, a.stale) for a in found.accounts] == [
        (None, 0.0, True),
        (None, 0.0, True),
    ]
    assert found.running_out == ()


def test_what_lies_still_and_what_is_loose(shop: Book) -> None:
    shop.sell("ozon-main", "MUG", 1, at=ago(days=1))
    shop.store.connection.execute(
        "INSERT INTO listing (account_id, external_id, offer_id, name, catalog_seen_at)"
        " VALUES (?, 'x', 'LOST', 'A lost one', '')",
        (shop.ids["wb-main"],),
    )
    found = shop.report()
    assert [p.sku for p in found.lying_still] == ["POT", "CUP"]
    assert (found.stock.lying, found.stock.lying_units) == (2, 45)
    assert (found.stock.products, found.stock.counted) == (4, 3)
    assert found.stock.on_hand == 100 - 1 + 5 + 40
    assert found.loose.unlinked == 1
    assert [(x.account, x.offer_id) for x in found.loose.unlinked_first] == [("wb-main", "LOST")]
    assert (found.loose.uncounted, found.loose.uncounted_first[0].sku) == (1, "LAMP")


def test_lists_are_cut_and_totals_are_not(shop: Book) -> None:
    for sku in ("MUG", "POT", "CUP"):
        shop.sell("ozon-main", sku, 10, at=ago(days=1))
    found = shop.report(top=1)
    assert len(found.best_sellers) == len(found.running_out) == 1
    assert (found.stock.selling, found.stock.units_sold) == (3, 30)


def test_units_sold_twice_are_told_now_and_where_the_ledger_tells_before(shop: Book) -> None:
    shop.sell("ozon-main", "CUP", 8, at=ago(days=3))
    shop.sell("wb-main", "POT", 50, at=ago(days=2), step=Step.OPEN)
    count(shop.store, "CUP", 2, now=ago(days=1))
    found = shop.report().incidents
    assert (found.oversold, found.oversold_units) == (1, 10)
    (now,) = found.oversold_first
    assert (now.sku, now.warehouse, now.reserved, now.on_hand) == ("POT", "main", 50, 40)
    (before,) = found.below_zero_first
    assert (before.sku, before.lowest, before.happened_at.date()) == ("CUP", -3, ago(days=3).date())
    assert found.below_zero == 1
    assert shop.report(days=1).incidents.below_zero == 0


def test_a_shelf_is_not_below_zero_before_it_was_counted(shop: Book) -> None:
    shop.sell("ozon-main", "LAMP", 3, at=ago(days=3))
    count(shop.store, "LAMP", 9, now=ago(days=2))
    assert shop.report().incidents.below_zero == 0


def test_returns_are_told_against_what_was_sold(shop: Book) -> None:
    shop.sell("ozon-main", "MUG", 8, at=ago(days=5))
    rows = [
        ("A", "expected", 1, ago(days=1), None, 0),
        ("B", "received", 1, ago(days=2), ago(days=1), 1),
        ("C", "received", 1, ago(days=50), ago(days=1), 0),
        ("D", "never", 5, ago(days=2), None, 0),
        ("E", "received", 1, ago(days=50), ago(days=45), 0),
    ]
    for name, step, quantity, made, got, booked in rows:
        shop.store.connection.execute(
            "INSERT INTO returns (account_id, return_id, keys, step, status, quantity, created_at,"
            " received_at, first_seen_at, seen_at, booked) VALUES (?, ?, '[]', ?, '', ?, ?, ?, ?,"
            " ?, ?)",
            (
                shop.ids["ozon-main"],
                name,
                step,
                quantity,
                to_iso(made),
                None if got is None else to_iso(got),
                to_iso(made),
                to_iso(made),
                booked,
            ),
        )
    ozon, wb = shop.report().returns
    assert (ozon.units, ozon.rate, ozon.received, ozon.expected, ozon.waiting) == (2, 0.25, 2, 1, 1)
    assert (wb.units, wb.rate) == (0, None)


def test_latency_is_from_the_reckoning_to_the_answer(shop: Book) -> None:
    listing_of = listing_id(shop.store, shop.ids["ozon-main"], "MUG")
    for n in range(1, 101):
        push(shop.store, listing_of, ago(days=1), seconds=n / 2, verdict="accepted")
    push(shop.store, listing_of, ago(days=1), seconds=900, verdict="refused")
    push(shop.store, listing_of, ago(days=2), seconds=None, verdict=None)
    push(shop.store, listing_of, ago(days=40), seconds=5000, verdict="accepted")
    ozon, wb = shop.report().latency
    assert (ozon.accepted, ozon.refused, ozon.unanswered) == (100, 1, 1)
    assert (ozon.median_s, ozon.p95_s, ozon.p99_s, ozon.slowest_s) == (25.0, 47.5, 49.5, 50.0)
    assert ozon.kept_since == ago(days=2)
    assert (wb.accepted, wb.median_s, wb.kept_since) == (0, None, None)


def push(
    store: Store, listing: int, at: datetime, *, seconds: float | None, verdict: str | None
) -> None:
    answered = None if seconds is None else to_iso(at + timedelta(seconds=seconds))
    store.connection.execute(
        "INSERT INTO push (listing_id, external_warehouse, quantity, computed_at, sent_at, verdict,"
        " answered_at) VALUES (?, '1', 1, ?, ?, ?, ?)",
        (listing, to_iso(at), to_iso(at), verdict, answered),
    )


def test_windows_that_show_more_than_was_accepted(shop: Book) -> None:
    shop.store.connection.execute(
        "UPDATE listing_stock SET target = 3, pushed = 3, pushed_at = ?1, seen = 5, seen_at"
        " = ?2, low = 5,"
        " high = 5, believed_since = ?2, believed_until = ?2 WHERE account_id = ?3"
        " AND listing_id = ?4",
        (
            to_iso(ago(hours=2)),
            to_iso(ago(hours=1)),
            shop.ids["ozon-main"],
            listing_id(shop.store, shop.ids["ozon-main"], "MUG"),
        ),
    )
    with shop.store.transaction():
        # One command's counts stand beside each of its jobs.
        for job in ("orders", "reserves"):
            shop.store.runs.record(
                shop.ids["ozon-main"],
                job,
                began_at=ago(hours=1),
                ended_at=ago(hours=1),
                error=None,
                counts={"drift": 2, "below": 1},
            )
    ozon, wb = shop.report().listings
    assert (ozon.listings, ozon.above, ozon.drift, ozon.below) == (4, 1, 2, 1)
    assert ozon.runs_since == ago(hours=1)
    assert (wb.above, wb.drift, wb.runs_since) == (0, 0, None)


def test_a_report_takes_no_lock_and_leaves_no_trace(shop: Book, tmp_path: Path) -> None:
    shop.sell("ozon-main", "MUG", 2, at=ago(days=1))
    shop.report()
    before = "\n".join(shop.store.connection.iterdump())
    book = tmp_path / "book.db"
    with closing(sqlite3.connect(book, timeout=0, isolation_level=None)) as other:
        with snapshot(shop.store.connection):
            first = shop.report()
            other.execute("INSERT INTO product (sku) VALUES ('WRITTEN MEANWHILE')")
            assert shop.report() == first
        other.execute("DELETE FROM product WHERE sku = 'WRITTEN MEANWHILE'")
    assert "\n".join(shop.store.connection.iterdump()) == before
