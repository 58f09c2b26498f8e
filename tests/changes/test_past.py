"""A count has the time at which it was true; what moved since is reckoned with."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudstock.changes.counts import CountResult
from cloudstock.domain.records import Step
from cloudstock.errors import Unconfirmed, UsageProblem
from cloudstock.store import Store
from cloudstock.store.views.explanation import explain
from tests.acting import adjust_stock, set_stock
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
)


@pytest.fixture
def read(store: Store) -> Store:
    """Its orders are read since an hour before `NOW`."""
    owner = store.catalog.account_ids()["ozon-main"]
    with store.transaction():
        since = after(hours=-1)
        store.cursors.finish(owner, "orders", began_at=since, read_until=since, now=since)
    return store


def shipped(store: Store, order_id: str, at: datetime, *, seen: datetime, units: int = 1) -> None:
    left = order(order_id, {"MUG": units}, Step.SHIPPED, shipped_at=at)
    book(store, account(), left, now=seen, watched_since=NOW)


def test_what_left_since_is_taken_off(read: Store) -> None:
    book(read, account(), order("1", {"MUG": 2}), order("2", {"MUG": 1}), now=after(minutes=1))
    shipped(read, "1", after(minutes=2, microseconds=1), seen=after(minutes=3), units=2)
    # Open then and now.
    assert set_stock(read, "MUG", 10, now=after(minutes=9), at=after(minutes=1)) == CountResult(
        "MUG", "main", None, 8, 10, after(minutes=1), -2
    )
    assert level(read, "MUG") == (8, 1)
    # It left before the count, and is heard of only now.
    shipped(read, "3", after(seconds=59), seen=after(minutes=10))
    # And after it.
    shipped(read, "2", after(minutes=1, microseconds=1), seen=after(minutes=10))
    assert level(read, "MUG") == (7, 0)
    assert sum(m[2] for m in ledger(read)) == 7


def test_of_the_second_of_the_count_it_left_after_it(read: Store) -> None:
    """Told in whole seconds it may be either: the side that never oversells."""
    shipped(read, "1", after(minutes=1), seen=after(minutes=3))
    set_stock(read, "MUG", 5, now=after(minutes=9), at=after(minutes=1, microseconds=500))
    assert level(read, "MUG") == (4, 0)


def test_a_count_yet_to_come_is_refused(read: Store) -> None:
    with pytest.raises(UsageProblem, match="yet to come"):
        set_stock(read, "MUG", 5, now=NOW, at=after(seconds=1))


def asked(store: Store, **more: Any) -> str:
    """Return what is asked about a count, having seen that nothing changed."""
    before = contents(store)
    with pytest.raises(Unconfirmed) as raised:
        set_stock(store, "MUG", **more)
    assert contents(store) == before
    return str(raised.value)


def test_before_the_orders_were_read_nobody_knows_what_left(read: Store) -> None:
    assert "orders of ozon-main were not read yet" in asked(
        read, quantity=5, now=NOW, at=after(hours=-2)
    )
    set_stock(read, "MUG", 5, now=NOW, at=after(hours=-2), yes=True)
    assert level(read, "MUG") == (5, 0)


def test_one_older_than_the_last_is_asked_about_and_takes_its_place(read: Store) -> None:
    set_stock(read, "MUG", 10, now=after(minutes=1))
    # The later count found one missing that had been shipped, which is heard of after it.
    book(read, account(), order("1", {"MUG": 1}), now=after(minutes=2))
    set_stock(read, "MUG", 6, now=after(minutes=5))
    shipped(read, "1", after(minutes=4), seen=after(minutes=6))
    adjust_stock(read, "MUG", 2, reason="found", now=after(minutes=7))
    assert level(read, "MUG") == (8, 0)
    past = {"quantity": 9, "now": after(minutes=9), "at": after(minutes=3)}
    assert "MUG was counted in main on" in asked(read, **past)
    # Nine were there, one left, two were found.
    assert set_stock(read, "MUG", **past, yes=True).after == 10
    assert level(read, "MUG") == (10, 0)
    explained = explain(read.connection, "MUG", now=NOW, max_poll_age=timedelta(hours=1))
    (stock,) = explained.warehouses
    assert stock.counted is not None
    assert (stock.counted.quantity, stock.counted.counted_at) == (9, after(minutes=3))
    assert {m.kind: m.quantity for m in stock.moved} == {"adjustment": 2, "shipment": -1}
    # The last count is now the one of then, so what left since then moves.
    shipped(read, "2", after(minutes=4), seen=after(minutes=10))
    assert level(read, "MUG") == (9, 0)


def test_a_count_of_the_same_moment_is_no_older_one(read: Store) -> None:
    count(read, "MUG", 7)
    shipped(read, "1", after(minutes=4), seen=after(minutes=6))
    set_stock(read, "MUG", 5, now=after(minutes=9), at=NOW)
    assert level(read, "MUG") == (4, 0)


@dataclass(frozen=True)
class Sold:
    """An order: when it left, and when readings found it open, and gone."""

    left: int
    seen_open: int | None
    seen_gone: int


@st.composite
def sales(draw: st.DrawFn) -> Sold:
    left = draw(st.integers(2, 60))
    seen_open = draw(st.none() | st.integers(1, left - 1))
    return Sold(left, seen_open, draw(st.integers(left + 1, 99)))


# When a count was made, and how much later it was entered.
COUNTS = st.lists(st.tuples(st.integers(1, 90), st.integers(0, 40)), min_size=1, max_size=4)


@given(sold=st.lists(sales(), max_size=4), counts=COUNTS)
def test_true_counts_are_true_whenever_they_are_entered(
    tmp_path_factory: pytest.TempPathFactory, sold: list[Sold], counts: list[tuple[int, int]]
) -> None:
    """Twenty were there; whoever counts right, and in whatever order, ends at what is there."""
    owner = account()
    with Store.open(tmp_path_factory.mktemp("past") / "book.db", create=True) as store:
        offer(store, arrange(store, owner)["ozon-main"], "MUG")
        # (minute, kind, number): at one minute orders are read before anything is entered.
        events = [(s.seen_open, 0, n) for n, s in enumerate(sold) if s.seen_open is not None]
        events += [(s.seen_gone, 1, n) for n, s in enumerate(sold)]
        events += [(made + late, 2, n) for n, (made, late) in enumerate(counts)]
        for minute, kind, n in sorted(events):
            now = after(minutes=minute)
            if kind < 2:
                step = (Step.OPEN, Step.SHIPPED)[kind]
                left = after(minutes=sold[n].left, microseconds=1) if kind else None
                read = order(str(n), {"MUG": 1}, step, shipped_at=left)
                book(store, owner, read, now=now, watched_since=NOW)
                continue
            made, late = counts[n]
            there = 20 - sum(s.left < made for s in sold)
            at = after(minutes=made) if late else None
            set_stock(store, "MUG", there, now=now, at=at, yes=True)
        assert level(store, "MUG")[0] == 20 - len(sold)
        assert store.ledger.totals_that_differ() == []
