"""Units carried between shelves are one document of two movements; none is lost on the way."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from cloudstock.changes.change import QUANTITY_MAX
from cloudstock.changes.counts import CountResult
from cloudstock.changes.moves import MoveResult
from cloudstock.domain.records import Step
from cloudstock.errors import UsageProblem
from cloudstock.lists.history import HISTORY
from cloudstock.lists.reading import rows as listed
from cloudstock.store import Store
from tests.acting import adjust_stocks, move_stock, set_stocks
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
    targets,
)

OWNER = account(warehouses=(("1", "main"), ("2", "attic")))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """Ten mugs and four cups in main, two mugs and no cup in the attic; pots never counted."""
    with Store.open(tmp_path / "book.db", create=True) as store:
        ids = arrange(store, OWNER)
        offer(store, ids["ozon-main"], "MUG", "CUP", "POT")
        for sku, shelf, units in (
            ("MUG", "main", 10),
            ("MUG", "attic", 2),
            ("CUP", "main", 4),
            ("CUP", "attic", 0),
        ):
            count(store, sku, units, warehouse=shelf)
        yield store


def moved(store: Store, *moves: tuple[str, int], **also: str) -> tuple[MoveResult, ...]:
    where = {"source": "main", "target": "attic", **also}
    return move_stock(store, moves, now=after(hours=1), **where)


def refused(store: Store, *moves: tuple[str, int], **also: str) -> str:
    before = contents(store)
    with pytest.raises(UsageProblem) as raised:
        moved(store, *moves, **also)
    assert contents(store) == before
    return str(raised.value)


def test_no_more_may_lie_in_a_warehouse_than_can_be_counted_there(store: Store) -> None:
    count(store, "MUG", QUANTITY_MAX, warehouse="attic", now=after(minutes=1))
    assert "units cannot lie in a warehouse" in refused(store, ("MUG", 1))
    count(store, "MUG", QUANTITY_MAX - 1, warehouse="attic", now=after(minutes=2))
    assert moved(store, ("MUG", 1))[0].to_after == QUANTITY_MAX


def test_a_move_takes_here_and_puts_there(store: Store) -> None:
    assert moved(store, ("MUG", 3)) == (MoveResult("MUG", 3, "main", 10, 7, "attic", 2, 5),)
    assert (level(store, "MUG"), level(store, "MUG", "attic")) == ((7, 0), (5, 0))
    assert ledger(store)[-2:] == [("MUG", "main", -3, "move"), ("MUG", "attic", 3, "move")]
    assert store.ledger.totals_that_differ() == []


def test_both_ends_are_one_document_with_its_note(store: Store) -> None:
    moved(store, ("MUG", 3), ("CUP", 1), note="van")
    rows = store.connection.execute(
        "SELECT document, count(*), sum(quantity), min(note) FROM movement WHERE kind = 'move'"
        " GROUP BY document"
    ).fetchall()
    assert [tuple(r)[1:] for r in rows] == [(2, 0, "van"), (2, 0, "van")]
    assert len({r[0] for r in rows}) == 2
    lines = listed(store.connection, HISTORY, {"sku": "MUG"})
    told = [(r.warehouse, r.total) for r in lines if r.kind == "move"]
    assert told == [("main", 7), ("attic", 5)]


def test_windows_of_both_shelves_follow_at_once(store: Store) -> None:
    owner = store.catalog.account_ids()["ozon-main"]
    moved(store, ("MUG", 3))
    shown = targets(store, owner)
    assert (shown["MUG", "1"], shown["MUG", "2"]) == (7, 5)


def test_a_move_is_no_count(store: Store) -> None:
    book(store, OWNER, order("A", {"MUG": 2}))
    moved(store, ("MUG", 1))
    book(store, OWNER, order("A", {"MUG": 2}, Step.SHIPPED), now=after(hours=2))
    assert level(store, "MUG") == (7, 0)


def test_what_is_promised_stays_where_it_is_shipped_from(store: Store) -> None:
    book(store, OWNER, order("A", {"MUG": 4}))
    assert "of 10 on hand in main 4 are promised" in refused(store, ("MUG", 7))
    assert moved(store, ("MUG", 6))[0].from_after == 4


def test_all_there_is_may_go(store: Store) -> None:
    assert moved(store, ("CUP", 4))[0].from_after == 0
    assert level(store, "CUP", "attic") == (4, 0)


@pytest.mark.parametrize("units", [0, -1, 10**12])
def test_so_many_cannot_be_moved(store: Store, units: int) -> None:
    assert f"{units} units cannot be moved" in refused(store, ("MUG", units))


def test_what_was_never_counted_cannot_be_moved(store: Store) -> None:
    assert "cloudstock set-stock POT N" in refused(store, ("POT", 1))
    count(store, "POT", 5)
    assert "cloudstock set-stock POT N --warehouse attic" in refused(store, ("POT", 1))


@pytest.mark.parametrize(
    ("where", "told"),
    [
        ({"target": "cellar"}, "no warehouse 'cellar'; known: attic, main"),
        ({"source": "cellar"}, "no warehouse 'cellar'"),
        ({"target": "main"}, "both ends"),
        ({"target": "quarantine"}, "receive-return"),
        ({"source": "quarantine"}, "receive-return"),
    ],
)
def test_shelves_must_be_known_and_two(store: Store, where: dict[str, str], told: str) -> None:
    assert told in refused(store, ("MUG", 1), **where)


def test_of_several_all_move_or_none_and_every_problem_is_told(store: Store) -> None:
    told = refused(store, ("MUG", 1), ("NOPE", 1), ("CUP", 5), ("POT", 1), ("MUG", 2))
    lines = told.splitlines()
    assert len(lines) == 5
    assert "'NOPE'" in lines[0]
    assert "CUP: 5 cannot be moved" in lines[1]
    assert "POT was never counted" in lines[2]
    assert "MUG is named twice" in lines[3]
    assert lines[4] == "nothing was changed"


def test_a_rehearsed_move_changes_nothing(store: Store) -> None:
    before = contents(store)
    told = move_stock(
        store, [("MUG", 3)], source="main", target="attic", now=after(hours=1), dry_run=True
    )
    assert told[0].to_after == 5
    assert contents(store) == before


# ---------------------------------------------------------------- several counts at once


def test_several_are_counted_at_once(store: Store) -> None:
    told = set_stocks(store, [("MUG", 9), ("POT", 1), ("CUP", 4)], now=after(hours=1), note="n")
    assert told == (
        CountResult("MUG", "main", 10, 9, -1),
        CountResult("POT", "main", None, 1, 1),
        CountResult("CUP", "main", 4, 4, 0),
    )


def test_several_are_corrected_at_once(store: Store) -> None:
    told = adjust_stocks(store, [("MUG", -1), ("CUP", 2)], reason="r", now=after(hours=1))
    assert [(r.sku, r.after) for r in told] == [("MUG", 9), ("CUP", 6)]
    assert ledger(store)[-2:] == [
        ("MUG", "main", -1, "adjustment"),
        ("CUP", "main", 2, "adjustment"),
    ]


def test_of_several_counts_all_are_taken_or_none(store: Store) -> None:
    before = contents(store)
    with pytest.raises(UsageProblem) as raised:
        set_stocks(store, [("MUG", 9), ("MUGG", 1), ("CUP", -1), ("MUG", 3)], now=NOW)
    assert contents(store) == before
    lines = str(raised.value).splitlines()
    assert "did you mean MUG" in lines[0]
    assert "from 0 to" in lines[1]
    assert "MUG is named twice" in lines[2]
    with pytest.raises(UsageProblem, match="POT was never counted"):
        adjust_stocks(store, [("MUG", -1), ("POT", 1)], reason="r", now=NOW)
    assert contents(store) == before


def test_only_the_first_unknown_articles_are_looked_for(store: Store) -> None:
    """Each look is a walk over all products."""
    with pytest.raises(UsageProblem) as raised:
        set_stocks(store, [(f"MUG{n}", 1) for n in range(8)], now=NOW)
    assert [("did you mean" in line) for line in str(raised.value).splitlines()] == (
        [True] * 5 + [False] * 4
    )
