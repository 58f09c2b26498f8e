"""A count is what lies there; a correction is what changes it, with its reason."""

from __future__ import annotations

from functools import partial

import pytest

from cloudstock.changes.change import QUANTITY_MAX
from cloudstock.changes.counts import CountResult
from cloudstock.domain.records import Step
from cloudstock.errors import Unconfirmed, UsageProblem
from cloudstock.store import Store
from tests.acting import adjust_stock, set_stock, set_stocks
from tests.builders import (
    NOW,
    account,
    after,
    book,
    contents,
    count,
    ledger,
    level,
    order,
    product,
    targets,
)


def test_a_first_count_makes_the_unknown_known(store: Store) -> None:
    assert level(store, "MUG") == (None, 0)
    result = set_stock(store, "MUG", 7, now=NOW, note="monday")
    assert result == CountResult("MUG", "main", None, 7, 7)
    assert level(store, "MUG") == (7, 0)
    assert ledger(store) == [("MUG", "main", 7, "count")]


def test_a_second_count_books_the_difference_only(store: Store) -> None:
    set_stock(store, "MUG", 7, now=NOW)
    assert set_stock(store, "MUG", 5, now=after(hours=1)).difference == -2
    assert set_stock(store, "MUG", 5, now=after(hours=2)) == CountResult("MUG", "main", 5, 5, 0)
    assert [m[2] for m in ledger(store)] == [7, -2]
    stored = store.ledger.level(product(store, "MUG"), store.ledger.warehouse("main"))
    assert stored.counted_at == after(hours=2)


def test_a_count_of_nothing_is_known_to_be_nothing(store: Store) -> None:
    set_stock(store, "MUG", 0, now=NOW)
    assert level(store, "MUG") == (0, 0)
    assert ledger(store) == []


def test_reserved_units_are_part_of_what_is_counted(store: Store) -> None:
    owner = account()
    book(store, owner, order("1", {"MUG": 2}))
    set_stock(store, "MUG", 7, now=after(minutes=1))
    assert level(store, "MUG") == (7, 2)
    book(store, owner, order("1", {"MUG": 2}, Step.SHIPPED), now=after(minutes=2))
    assert level(store, "MUG") == (5, 0)


def test_a_count_sets_the_targets(store: Store) -> None:
    owner = store.catalog.account_ids()["ozon-main"]
    set_stock(store, "MUG", 7, now=NOW)
    shown = store.connection.execute(
        "SELECT target FROM listing_stock WHERE target IS NOT NULL"
    ).fetchall()
    assert [r[0] for r in shown] == [7]
    assert targets(store, owner)["CUP", "1"] is None


@pytest.mark.parametrize("quantity", [-1, QUANTITY_MAX + 1])
def test_a_quantity_that_cannot_be_is_refused(store: Store, quantity: int) -> None:
    before = contents(store)
    with pytest.raises(UsageProblem, match="from 0 to 1,000,000,000"):
        set_stock(store, "MUG", quantity, now=NOW)
    assert contents(store) == before


def test_an_unknown_article_is_told_with_what_looks_like_it(store: Store) -> None:
    before = contents(store)
    with pytest.raises(UsageProblem, match=r"'MUGG'.*MUG"):
        set_stock(store, "MUGG", 1, now=NOW)
    with pytest.raises(UsageProblem, match=r"'mug'.*MUG"):
        adjust_stock(store, "mug", 1, reason="found", now=NOW)
    assert contents(store) == before


def test_a_mistyped_warehouse_opens_no_shelf(store: Store) -> None:
    before = contents(store)
    with pytest.raises(UsageProblem, match="no warehouse 'mian'; known: main"):
        set_stock(store, "MUG", 1, warehouse="mian", now=NOW)
    assert contents(store) == before


def test_a_shelf_new_in_the_configuration_can_be_counted(store: Store) -> None:
    set_stock(store, "MUG", 3, warehouse="attic", now=NOW, configured={"main", "attic"})
    assert level(store, "MUG", "attic") == (3, 0)
    assert level(store, "MUG", "main") == (None, 0)


@pytest.mark.parametrize("name", ["set", "adjust"])
def test_quarantine_is_not_counted_but_received(store: Store, name: str) -> None:
    store.ledger.warehouse("quarantine")
    act = {"set": set_stock, "adjust": partial(adjust_stock, reason="x")}[name]
    with pytest.raises(UsageProblem, match="receive-return"):
        act(store, "MUG", 1, warehouse="quarantine", now=NOW)


def test_a_correction_moves_and_tells_why(store: Store) -> None:
    count(store, "MUG", 7)
    result = adjust_stock(store, "MUG", -2, reason="broken", now=after(hours=1))
    assert result == CountResult("MUG", "main", 7, 5, -2)
    adjust_stock(store, "MUG", 1, reason="found", now=after(hours=2))
    notes = [r[0] for r in store.connection.execute("SELECT note FROM movement ORDER BY id")]
    assert notes == ["", "broken", "found"]
    assert level(store, "MUG") == (6, 0)
    # A correction is no count: what shipped before it still moves.
    stored = store.ledger.level(product(store, "MUG"), store.ledger.warehouse("main"))
    assert stored.counted_at == NOW


@pytest.mark.parametrize("delta", [1, -1, 50])
def test_what_was_never_counted_cannot_be_corrected(store: Store, delta: int) -> None:
    before = contents(store)
    with pytest.raises(UsageProblem, match=r"never counted in main.*set-stock MUG"):
        adjust_stock(store, "MUG", delta, reason="found", now=NOW)
    assert contents(store) == before


@pytest.mark.parametrize("delta", [1, -1])
def test_units_that_moved_make_no_count(store: Store, delta: int) -> None:
    """Shipped before anybody counted: what is on hand is below nothing, and unknown."""
    book(store, account(), order("1", {"MUG": 3}), now=after(minutes=1))
    book(store, account(), order("1", {"MUG": 3}, Step.SHIPPED), now=after(minutes=2))
    before = contents(store)
    assert level(store, "MUG") == (None, 0)
    with pytest.raises(UsageProblem, match=r"never counted in main"):
        adjust_stock(store, "MUG", delta, reason="found", now=after(minutes=3))
    assert contents(store) == before
    assert set_stock(store, "MUG", 7, now=after(minutes=4)) == CountResult(
        "MUG", "main", None, 7, 10
    )


def test_a_count_on_one_shelf_allows_no_correction_on_another(store: Store) -> None:
    count(store, "MUG", 7)
    with pytest.raises(UsageProblem, match=r"never counted in attic.*--warehouse attic"):
        adjust_stock(
            store,
            "MUG",
            1,
            reason="found",
            warehouse="attic",
            now=NOW,
            configured={"main", "attic"},
        )


def test_no_shelf_is_corrected_to_more_than_can_lie_on_it(store: Store) -> None:
    count(store, "MUG", QUANTITY_MAX - 1)
    before = contents(store)
    with pytest.raises(UsageProblem, match="cannot lie in a warehouse"):
        adjust_stock(store, "MUG", 2, reason="found", now=after(hours=1))
    assert contents(store) == before
    assert adjust_stock(store, "MUG", 1, reason="found", now=NOW).after == QUANTITY_MAX


def test_more_than_lies_there_cannot_be_taken_away(store: Store) -> None:
    count(store, "MUG", 2)
    with pytest.raises(UsageProblem, match="2 units of MUG are on hand in main; 3 cannot"):
        adjust_stock(store, "MUG", -3, reason="lost", now=NOW)
    adjust_stock(store, "MUG", -2, reason="lost", now=NOW)
    assert level(store, "MUG") == (0, 0)


def test_a_book_below_zero_may_be_brought_up(store: Store) -> None:
    count(store, "MUG", 1)
    book(store, account(), order("1", {"MUG": 3}), now=after(minutes=1))
    book(store, account(), order("1", {"MUG": 3}, Step.SHIPPED), now=after(minutes=2))
    assert level(store, "MUG") == (-2, 0)
    assert adjust_stock(store, "MUG", 1, reason="found", now=after(minutes=3)).after == -1


def test_a_correction_sets_the_targets(store: Store) -> None:
    count(store, "MUG", 7)
    adjust_stock(store, "MUG", -2, reason="broken", now=after(hours=1))
    shown = store.connection.execute(
        "SELECT target FROM listing_stock WHERE target IS NOT NULL"
    ).fetchall()
    assert [r[0] for r in shown] == [5]


def test_orders_are_compared_with_the_count_that_was_entered_last(store: Store) -> None:
    """Its time is this machine's clock, which may have been set back."""
    count(store, "MUG", 7, now=after(hours=2))
    count(store, "MUG", 7, now=after(hours=1))
    stored = store.ledger.level(product(store, "MUG"), store.ledger.warehouse("main"))
    assert (stored.counted_at, stored.first_counted_at) == (after(hours=1), after(hours=2))


@pytest.mark.parametrize(("delta", "reason"), [(0, "why"), (1, ""), (1, "  ")])
def test_a_correction_needs_units_and_a_reason(store: Store, delta: int, reason: str) -> None:
    count(store, "MUG", 2)
    before = contents(store)
    with pytest.raises(UsageProblem):
        adjust_stock(store, "MUG", delta, reason=reason, now=NOW)
    assert contents(store) == before


def test_a_rehearsal_tells_the_same_and_changes_nothing(store: Store) -> None:
    count(store, "MUG", 2)
    before = contents(store)
    assert set_stock(store, "MUG", 9, now=NOW, dry_run=True).difference == 7
    assert adjust_stock(store, "MUG", 1, reason="found", now=NOW, dry_run=True).after == 3
    with pytest.raises(UsageProblem):
        set_stock(store, "GHOST", 9, now=NOW, dry_run=True)
    assert contents(store) == before
    assert not store.connection.in_transaction


def test_a_count_far_from_what_was_there_is_asked_about(store: Store) -> None:
    set_stock(store, "MUG", 13, now=NOW)
    before = contents(store)
    with pytest.raises(Unconfirmed, match=r"MUG in main: 13 → 999,999\? .* 10 times"):
        set_stocks(store, [("MUG", 999_999), ("CUP", 5)], now=after(hours=1))
    with pytest.raises(Unconfirmed, match=r"13 → 1,013\?"):
        adjust_stock(store, "MUG", 1000, reason="found", now=after(hours=1))
    assert contents(store) == before
    assert adjust_stock(store, "MUG", 1000, reason="x", yes=True, now=after(hours=1)).after == 1013
    with pytest.raises(Unconfirmed, match=r"1,013 → 0\? that is less than a tenth"):
        set_stock(store, "MUG", 0, now=after(hours=2))
    assert set_stock(store, "MUG", 999_999, yes=True, now=after(hours=2)).difference == 998_986


def test_a_first_count_of_very_many_is_asked_about(store: Store) -> None:
    with pytest.raises(Unconfirmed, match=r"MUG in main: never counted → 460,000\?"):
        set_stock(store, "MUG", 460_000, now=NOW)


def test_a_count_below_what_is_promised_is_asked_about(store: Store) -> None:
    set_stock(store, "MUG", 20, now=NOW)
    book(store, account(), order("1", {"MUG": 2}, created_at=after(minutes=1)))
    with pytest.raises(Unconfirmed, match=r"20 → 0\? 2 are promised to orders"):
        set_stock(store, "MUG", 0, now=after(hours=1))
