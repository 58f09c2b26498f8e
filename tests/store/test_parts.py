"""What is read of divided listings before they are sent anything, and what may go beyond once."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from cloudstock.domain.transition import Showing
from cloudstock.settings import StockPolicy
from cloudstock.store import Store
from cloudstock.store.times import to_iso
from tests.builders import NOW, account, after, arrange, count, listing_id, offer, product

SPLIT = StockPolicy(policy="split")
OZON = replace(account(), policy=SPLIT)
WB = replace(account("wb-main", "wildberries"), policy=SPLIT)
SETTLE_S = 60


class Shelf:
    """Ten mugs that are divided between two accounts; nothing is shown, or promised."""

    def __init__(self, store: Store) -> None:
        self.store = store
        ids = arrange(store, OZON, WB)
        for account_id in ids.values():
            offer(store, account_id, "MUG")
        count(store, "MUG", 10)
        self.ids = {name: listing_id(store, account_id, "MUG") for name, account_id in ids.items()}
        self.refresh()
        self._write("UPDATE account SET settle_s = ?", SETTLE_S)
        for name in self.ids:
            self.stands(name, 0)

    def refresh(self) -> None:
        with self.store.transaction():
            self.store.targets.refresh(now=NOW)

    def _write(self, sql: str, *values: object) -> None:
        with self.store.transaction():
            self.store.connection.execute(sql, values)

    def stands(self, name: str, shows: int, **quota: object) -> None:
        """Say what an account shows, and what it may sell: that, if nothing else is said."""
        self._write(
            "UPDATE listing_stock SET low = ?1, high = ?1, believed_since = ?2, believed_until = ?2"
            " WHERE listing_id = ?3",
            *(shows, to_iso(NOW), self.ids[name]),
        )
        columns = {
            "quantity": shows,
            "bound": shows,
            "covered": 1,
            "bound_since": to_iso(NOW),
            "bound_until": to_iso(NOW),
            **quota,
        }
        names = ", ".join(f"{column} = ?" for column in columns)
        self._write(
            f"UPDATE quota SET {names} WHERE listing_id = ?", *columns.values(), self.ids[name]
        )

    def push(self, name: str, quantity: int, *, shown: int | None, at: datetime = NOW) -> None:
        """Record that a number is about to be sent; `shown`: what is shown at the least."""
        self._write(
            "INSERT INTO push (listing_id, external_warehouse, quantity, computed_at, sent_at,"
            " low_before, high_before) VALUES (?1, '1', ?2, ?3, ?3, ?4, ?4)",
            *(self.ids[name], quantity, to_iso(at), shown),
        )

    def sends(self, name: str, quantity: int, *, shown: int, at: datetime = NOW) -> None:
        """The first number is on its way."""
        self.push(name, quantity, shown=shown, at=at)
        self._write("UPDATE listing_stock SET push_id = 1 WHERE listing_id = ?", self.ids[name])

    def listing(self, name: str, what: str) -> None:
        self._write(f"UPDATE listing SET {what} WHERE id = ?", self.ids[name])

    def steps(self) -> dict[str, int]:
        """What is sent now, by account."""
        found = self.store.parts.steps([self.ids["ozon-main"]], now=NOW)
        return {name: found[i, "1"] for name, i in self.ids.items() if (i, "1") in found}

    def allowed(self) -> int | None:
        with self.store.transaction():
            return self.store.parts.allow_excess(product(self.store, "MUG"), now=NOW)


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[Shelf]:
    with Store.open(tmp_path / "book.db", create=True) as store:
        yield Shelf(store)


def test_what_shows_more_than_its_part_is_emptied(shelf: Shelf) -> None:
    assert shelf.steps() == {"ozon-main": 5, "wb-main": 5}
    shelf.stands("wb-main", 9)
    assert shelf.steps() == {"wb-main": 0}


def test_what_is_only_watched_keeps_what_it_was_promised(shelf: Shelf) -> None:
    shelf.stands("wb-main", 9)
    arrange(shelf.store, OZON, replace(WB, push=False))
    assert shelf.steps() == {"ozon-main": 1}


def test_what_sells_out_before_its_units_could_move_is_not_emptied(shelf: Shelf) -> None:
    # So long that its orders are read four times.
    shelf.stands("wb-main", 9, rush=9 / (4 * SETTLE_S + 1))
    assert shelf.steps() == {"wb-main": 0}
    shelf.stands("wb-main", 9, rush=9 / (4 * SETTLE_S - 1))
    assert shelf.steps() == {"ozon-main": 1}


@pytest.mark.parametrize(
    ("in_flight", "bound_at", "covered"),
    [(False, -SETTLE_S - 1, True), (False, -SETTLE_S, False), (True, -SETTLE_S - 1, False)],
)
def test_orders_that_were_read_cover_what_was_shown_by_then_and_nothing_on_its_way(
    shelf: Shelf, in_flight: bool, bound_at: int, covered: bool
) -> None:
    shelf.stands("ozon-main", 2, quantity=4, covered=0, bound_until=to_iso(after(seconds=bound_at)))
    if in_flight:
        shelf.push("ozon-main", 0, shown=2)
        shelf._write(
            "UPDATE listing_stock SET push_id = 1 WHERE listing_id = ?", shelf.ids["ozon-main"]
        )
    with shelf.store.transaction():
        account_id = shelf.store.catalog.account_ids()["ozon-main"]
        shelf.store.quotas.cover(account_id, NOW, lag=timedelta(seconds=SETTLE_S))
    quotas = shelf.store.connection.execute(
        "SELECT covered, quantity FROM quota WHERE listing_id = ?", (shelf.ids["ozon-main"],)
    )
    assert tuple(quotas.fetchone()) == ((1, 2) if covered else (0, 4))


@pytest.mark.parametrize(
    ("shows", "change", "is_read"),
    [
        (2, "", True),
        # It shows none, and was sent none.
        (0, "", False),
        (2, "UPDATE quota SET divided = 0", False),
        (2, "UPDATE listing_stock SET target = NULL", False),
        (2, "UPDATE listing_stock SET push_id = NULL", False),
        (2, f"UPDATE push SET sent_at = '{to_iso(NOW)}'", False),
    ],
)
def test_only_a_reading_tells_whether_a_divided_listing_took_a_number_without_an_answer(
    shelf: Shelf, shows: int, change: str, is_read: bool
) -> None:
    shelf.stands("ozon-main", shows)
    shelf.push("ozon-main", 0, shown=shows)
    shelf._write("UPDATE push SET sent_at = ?", to_iso(after(seconds=-1)))
    shelf._write(
        "UPDATE listing_stock SET push_id = 1 WHERE listing_id = ?", shelf.ids["ozon-main"]
    )
    if change:
        shelf._write(change)
    account_id = shelf.store.catalog.account_ids()["ozon-main"]
    pairs = shelf.store.readings.unanswered(account_id, NOW)
    assert pairs == ([(shelf.ids["ozon-main"], "1")] if is_read else [])


def test_what_is_gone_from_the_catalog_holds_nothing(shelf: Shelf) -> None:
    shelf.stands("wb-main", 9)
    shelf.listing("wb-main", "gone_at = '2026-11-23T10:00:00.000000Z'")
    assert shelf.steps() == {"ozon-main": 5}


@pytest.mark.parametrize(("later", "sent"), [({}, {"ozon-main": 5}), ({"microseconds": 1}, {})])
def test_a_number_is_sent_from_the_moment_on_at_which_it_is_due(
    shelf: Shelf, later: dict[str, float], sent: dict[str, int]
) -> None:
    shelf.stands("wb-main", 5)
    due_at = to_iso(after(**later))
    shelf._write(
        "UPDATE listing_stock SET due_at = ? WHERE listing_id = ?", due_at, shelf.ids["ozon-main"]
    )
    assert shelf.steps() == sent


def test_nothing_is_emptied_to_show_more_while_a_number_is_on_its_way(shelf: Shelf) -> None:
    shelf.stands("wb-main", 5)
    shelf.stands("ozon-main", 4)
    assert shelf.steps() == {"ozon-main": 0}
    shelf.sends("ozon-main", 0, shown=4)
    shelf.stands("ozon-main", 4)
    assert shelf.steps() == {}


def test_what_was_sent_is_known_when_orders_are_read_so_long_after_it(shelf: Shelf) -> None:
    shelf.stands(
        "wb-main", 5, quantity=9, covered=0, bound_until=to_iso(NOW - timedelta(seconds=20))
    )
    pair = (shelf.ids["ozon-main"], "1")
    told = shelf.store.parts.forecast([pair[0]], now=NOW, round_s=10.0)
    assert told[pair] == (Showing(0.0, 0), Showing(40.0, 5))


def test_a_quick_change_is_bounded_by_what_was_promised_and_is_sent_in_units(shelf: Shelf) -> None:
    with shelf.store.transaction():
        shelf.store.catalog.link_by_hand(shelf.ids["wb-main"], [(product(shelf.store, "MUG"), 2)])
    shelf.refresh()
    for seconds, quantity in ((SETTLE_S - 1, 3), (SETTLE_S, 5)):
        shelf.push("ozon-main", quantity, shown=9, at=after(seconds=-seconds))
    shelf.stands("ozon-main", 8)
    shelf.stands("wb-main", 4)
    target = dict(shelf.store.connection.execute("SELECT listing_id, target FROM listing_stock"))
    ozon, wb = (target[shelf.ids[name]] for name in ("ozon-main", "wb-main"))
    due = 8 + ozon + 2 * (4 + wb) - 10
    # The second takes the place of the first.
    assert [shelf.allowed(), shelf.allowed()] == [due, due]
    # What it may sell is not known: as much as it shows, and as it was sent lately.
    shelf.stands("ozon-main", 8, quantity=None, covered=0)
    assert shelf.allowed() == due + 3
    # Of one that has no target nobody can tell.
    shelf._write(
        "UPDATE listing_stock SET target = NULL WHERE listing_id = ?", shelf.ids["wb-main"]
    )
    assert shelf.allowed() is None


REFUSED = "promised more than is available"


def test_beyond_what_there_is_a_number_may_be_lowered_only(shelf: Shelf) -> None:
    shelf.stands("ozon-main", 8)
    shelf.stands("wb-main", 4)
    with pytest.raises(sqlite3.IntegrityError, match=REFUSED):
        shelf.push("ozon-main", 5, shown=8)
    assert shelf.allowed() == 8 + 5 + 4 + 5 - 10
    shelf.push("ozon-main", 5, shown=8)
    with pytest.raises(sqlite3.IntegrityError, match=REFUSED):
        shelf.push("wb-main", 5, shown=4)


def test_what_is_divided_only_while_scarce_is_lowered_where_it_surely_is_lower(
    shelf: Shelf,
) -> None:
    for name in shelf.ids:
        shelf.stands(name, 9, policy="adaptive")
    for shown in (None, 2):
        with pytest.raises(sqlite3.IntegrityError, match=REFUSED):
            shelf.push("ozon-main", 3, shown=shown)
    shelf.push("ozon-main", 3, shown=3)


def test_what_is_gone_from_the_catalog_keeps_no_other_from_being_sent(shelf: Shelf) -> None:
    shelf.stands("wb-main", 9)
    with pytest.raises(sqlite3.IntegrityError, match=REFUSED):
        shelf.push("ozon-main", 5, shown=0)
    shelf.listing("wb-main", "gone_at = '2026-11-23T10:00:00.000000Z'")
    shelf.push("ozon-main", 5, shown=0)


def waits(shelf: Shelf) -> dict[str, str | None]:
    """Which accounts wait, and for the orders of which."""
    names = {account_id: name for name, account_id in shelf.store.catalog.account_ids().items()}
    rows = shelf.store.connection.execute("SELECT account_id, waits_for FROM waiting_listing")
    return {names[r[0]]: r[1] for r in rows}


def test_what_may_have_sold_nobody_knows_how_many_is_waited_for(shelf: Shelf) -> None:
    assert waits(shelf) == {"ozon-main": None, "wb-main": None}
    shelf.stands("wb-main", 5, covered=0)
    assert waits(shelf) == {"ozon-main": None}
    for unknown in ({"quantity": None}, {"bound": None, "bound_since": None, "bound_until": None}):
        shelf.stands("wb-main", 5, covered=0, **unknown)
        assert waits(shelf) == {"ozon-main": "wb-main"}
    arrange(shelf.store, replace(OZON, push=False), WB)
    assert waits(shelf) == {}
