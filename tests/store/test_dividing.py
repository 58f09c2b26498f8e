"""Which units each listing of a divided product is given, by what the database holds of it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cloudstock.settings import StockPolicy
from cloudstock.store import dividing
from cloudstock.store.times import to_iso
from tests.builders import NOW, after, arrange, count, listing_id, offer, product
from tests.store.test_parts import OZON, WB, Shelf
from tests.store.test_parts import shelf as shelf


def targets(shelf: Shelf) -> dict[str, int | None]:
    """Divide anew; return the targets of mugs by account."""
    with shelf.store.transaction():
        shelf.store.connection.execute("INSERT OR IGNORE INTO dirty SELECT id FROM listing")
    shelf.refresh()
    rows = dict(shelf.store.connection.execute("SELECT listing_id, target FROM listing_stock"))
    return {name: rows[i] for name, i in shelf.ids.items()}


def bundle(shelf: Shelf, name: str, **parts: int) -> int:
    """A listing of several products that an account offers."""
    account_id = shelf.store.catalog.account_ids()[name]
    offer(shelf.store, account_id, "SET")
    made = listing_id(shelf.store, account_id, "SET")
    with shelf.store.transaction():
        units = [(product(shelf.store, sku), n) for sku, n in parts.items()]
        shelf.store.catalog.link_by_hand(made, units)
    return made


def test_the_smallest_that_any_account_keeps_back_is_kept_from_all_together(shelf: Shelf) -> None:
    arrange(
        shelf.store,
        replace(OZON, policy=StockPolicy(policy="split", buffer=3)),
        replace(WB, policy=StockPolicy(policy="split", buffer=1)),
    )
    assert sum(n or 0 for n in targets(shelf).values()) == 9
    with shelf.store.transaction():
        shelf.store.connection.execute("UPDATE product SET buffer = 4")
    assert sum(n or 0 for n in targets(shelf).values()) == 6


def test_units_follow_what_each_sells_in_units_and_a_rush_at_once(shelf: Shelf) -> None:
    with shelf.store.transaction():
        packs = [(product(shelf.store, "MUG"), 3)]
        shelf.store.catalog.link_by_hand(shelf.ids["wb-main"], packs)
    count(shelf.store, "MUG", 4_000, now=after(hours=1))
    targets(shelf)
    fast = {"rate": 10.0, "rate_at": to_iso(NOW)}
    for name in shelf.ids:
        shelf.stands(name, 0, **fast, part=0)
    # As many listings of each.
    assert targets(shelf) == {"ozon-main": 1000, "wb-main": 1000}
    shelf.stands("ozon-main", 0, **fast, part=0, rush=30.0)
    with shelf.store.transaction():
        shelf.store.connection.execute("INSERT OR IGNORE INTO dirty SELECT id FROM listing")
        shelf.store.targets.refresh()
    target = dict(shelf.store.connection.execute("SELECT listing_id, target FROM listing_stock"))
    assert [target[i] for i in shelf.ids.values()] == [2002, 666]


@pytest.mark.parametrize("mine", [4, 6])
def test_a_unit_stays_where_it_was_given_whatever_is_shown(shelf: Shelf, mine: int) -> None:
    shelf.stands("ozon-main", 10 - mine, part=mine)
    shelf.stands("wb-main", mine, part=10 - mine)
    assert targets(shelf) == {"ozon-main": mine, "wb-main": 10 - mine}


def test_what_is_on_its_way_when_dividing_begins_is_bound_by_nothing(shelf: Shelf) -> None:
    with shelf.store.transaction():
        db = shelf.store.connection
        db.execute("DELETE FROM quota")
        db.execute(
            "INSERT INTO push (listing_id, external_warehouse, quantity, computed_at, sent_at)"
            " VALUES (?1, '1', 0, ?2, ?2)",
            (shelf.ids["wb-main"], to_iso(NOW)),
        )
        db.execute(
            "UPDATE listing_stock SET push_id = (SELECT id FROM push) WHERE listing_id = ?",
            (shelf.ids["wb-main"],),
        )
    targets(shelf)
    bound = dict(shelf.store.connection.execute("SELECT listing_id, bound FROM quota"))
    assert [bound[i] for i in shelf.ids.values()] == [0, None]


def test_a_bundle_is_given_what_its_scarcest_product_has_and_is_as_strict_as_any(
    shelf: Shelf,
) -> None:
    db = shelf.store.connection
    offer(shelf.store, shelf.store.catalog.account_ids()["ozon-main"], "CUP")
    count(shelf.store, "CUP", 7)
    arrange(shelf.store, *(replace(a, policy=StockPolicy()) for a in (OZON, WB)))
    with shelf.store.transaction():
        db.execute("UPDATE product SET policy = iif(sku = 'MUG', 'split', NULL)")
    both = bundle(shelf, "wb-main", MUG=1, CUP=1)
    cups = listing_id(shelf.store, shelf.store.catalog.account_ids()["ozon-main"], "CUP")
    mugs = targets(shelf)
    target = dict(db.execute("SELECT listing_id, target FROM listing_stock"))
    assert (target[both] or 0) + sum(n or 0 for n in mugs.values()) == 10
    assert 0 < (target[both] or 0) <= 7
    # What shares its units with the bundle alone is divided from nobody.
    assert target[cups] == 7
    # What it is not given of one the others have of the other.
    with shelf.store.transaction():
        db.execute("UPDATE product SET policy = 'split'")
    count(shelf.store, "CUP", 2, now=after(minutes=30))
    mugs = targets(shelf)
    target = dict(db.execute("SELECT listing_id, target FROM listing_stock"))
    assert (target[both], target[cups], sum(n or 0 for n in mugs.values())) == (1, 1, 9)
    with shelf.store.transaction():
        db.execute("UPDATE product SET policy = iif(sku = 'MUG', 'split', 'adaptive')")
    count(shelf.store, "CUP", 1, now=after(hours=1))
    targets(shelf)
    target = dict(db.execute("SELECT listing_id, target FROM listing_stock"))
    assert target[both] == 1
    assert dict(db.execute("SELECT listing_id, policy FROM quota"))[both] == "split"
    # The other way round.
    count(shelf.store, "CUP", 7, now=after(hours=2))
    count(shelf.store, "MUG", 1, now=after(hours=2))
    mugs = targets(shelf)
    target = dict(db.execute("SELECT listing_id, target FROM listing_stock"))
    assert (target[both] or 0) + sum(n or 0 for n in mugs.values()) == 1


def test_what_was_never_counted_has_no_target(shelf: Shelf) -> None:
    for account_id in shelf.store.catalog.account_ids().values():
        offer(shelf.store, account_id, "CUP")
    assert targets(shelf) == {"ozon-main": 5, "wb-main": 5}
    rows = shelf.store.connection.execute(
        "SELECT target FROM listing_stock JOIN listing ON id = listing_id WHERE offer_id = 'CUP'"
    )
    assert [r[0] for r in rows] == [None, None]


def test_when_it_was_decided_last_is_kept(shelf: Shelf) -> None:
    for hour in (1, 2):
        with shelf.store.transaction():
            shelf.store.connection.execute("INSERT OR IGNORE INTO dirty SELECT id FROM listing")
            shelf.store.targets.refresh(now=after(hours=hour))
        decided = shelf.store.connection.execute("SELECT decided_at FROM division").fetchone()
        assert decided[0] == to_iso(after(hours=hour))
    # Without a moment it stays.
    with shelf.store.transaction():
        shelf.store.connection.execute("INSERT OR IGNORE INTO dirty SELECT id FROM listing")
        shelf.store.targets.refresh()
    kept = shelf.store.connection.execute("SELECT decided_at FROM division").fetchone()
    assert tuple(kept) == tuple(decided)


@pytest.mark.parametrize(
    ("minutes", "every_s"),
    [
        ((), dividing.INTERVAL_S),
        ((0,), dividing.INTERVAL_S),
        ((0, 2), 120.0),
        # On the average, of the account that is read least.
        ((0, 2, 8), 240.0),
        ((0, 0.1), dividing.INTERVAL_MIN_S),
        ((0, 90), dividing.INTERVAL_MAX_S),
    ],
)
def test_how_often_orders_are_read_is_known_by_two_readings(
    shelf: Shelf, minutes: tuple[float, ...], every_s: float
) -> None:
    account_ids = shelf.store.catalog.account_ids()
    with shelf.store.transaction():
        for name, slower in (("ozon-main", 1.0), ("wb-main", 0.5)):
            for minute in minutes:
                at = after(minutes=minute * slower)
                shelf.store.runs.record(
                    account_ids[name], "orders", began_at=at, ended_at=at, error=None, counts={}
                )
    assert dividing.round_s(shelf.store.connection) == every_s
