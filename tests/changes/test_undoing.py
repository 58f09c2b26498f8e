"""What was changed by hand is taken back by further movements, as if it had not been."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cloudstock.changes.policies import BufferRequest
from cloudstock.changes.undoing import UndoneSetting, UndoneStock
from cloudstock.domain.records import Step
from cloudstock.errors import UsageProblem
from cloudstock.lists.changes import CHANGES
from cloudstock.lists.products import PRODUCTS
from cloudstock.lists.reading import rows
from cloudstock.render.changes import sentence
from cloudstock.sheets.answers import Answers
from cloudstock.sheets.importing import import_stock
from cloudstock.store import Store
from cloudstock.store.integrity import examine
from cloudstock.store.times import to_iso
from tests.acting import (
    adjust_stock,
    hide,
    link_listing,
    move_stock,
    pause,
    set_policy,
    set_stock,
    set_stocks,
    undo,
    unlink_listing,
)
from tests.builders import (
    NOW,
    account,
    after,
    arrange,
    book,
    contents,
    examples,
    ledger,
    level,
    made_of,
    offer,
    order,
    product,
)


@pytest.fixture(autouse=True)
def _sound(store: Store) -> Iterator[None]:
    yield
    assert examine(store).wrong == ()


def counted_at(store: Store, sku: str) -> datetime | None:
    return store.ledger.level(product(store, sku), store.ledger.warehouse("main")).counted_at


def shipped(store: Store, order_id: str, *, at: datetime, seen: datetime, units: int = 1) -> None:
    book(store, account(), order(order_id, {"MUG": units}), now=at)
    left = order(order_id, {"MUG": units}, Step.SHIPPED, shipped_at=at)
    book(store, account(), left, now=seen, watched_since=NOW)


def test_a_count_is_taken_back_to_the_one_before(store: Store) -> None:
    set_stock(store, "MUG", 13, now=NOW)
    set_stock(store, "MUG", 999, now=after(hours=1), yes=True)
    done = undo(store, now=after(hours=2))
    assert (done.change, done.undone_by) == (2, 3)
    assert done.stock == (UndoneStock("MUG", "main", 999, 13),)
    assert level(store, "MUG") == (13, 0)
    assert counted_at(store, "MUG") == NOW
    # Nothing was deleted.
    assert [m[2] for m in ledger(store)] == [13, 986, -986]


def test_what_left_since_stays_gone(store: Store) -> None:
    set_stock(store, "MUG", 13, now=NOW)
    # It left before the second count, which found it gone, and is heard of after it.
    set_stock(store, "MUG", 12, now=after(hours=2))
    shipped(store, "1", at=after(hours=1), seen=after(hours=3))
    shipped(store, "2", at=after(hours=4), seen=after(hours=4), units=2)
    assert level(store, "MUG") == (10, 0)
    undo(store, now=after(hours=5))
    assert level(store, "MUG") == (10, 0)
    undo(store, 3, now=after(hours=6))
    assert level(store, "MUG") == (10, 0)
    assert counted_at(store, "MUG") == after(hours=2)


def test_what_the_count_before_had_found_gone_is_not_booked(store: Store) -> None:
    set_stock(store, "MUG", 20, now=NOW)
    # It left before the count that stands again, and is heard of after it.
    set_stock(store, "MUG", 10, now=after(hours=2))
    shipped(store, "1", at=after(hours=1), seen=after(hours=3))
    set_stock(store, "MUG", 9, now=after(hours=4))
    undo(store, now=after(hours=5))
    assert [m[2:] for m in ledger(store)] == [(n, "count") for n in (20, -10, -1, 1)]


def test_of_an_order_that_was_booked_in_part_the_rest_is_booked(store: Store) -> None:
    set_stock(store, "MUG", 20, now=NOW)
    shipped(store, "1", at=after(hours=1), seen=after(hours=1), units=1)
    set_stock(store, "MUG", 10, now=after(hours=2))
    # Three left with it, as is heard of now; the count has found them gone.
    shipped(store, "1", at=after(hours=1), seen=after(hours=3), units=3)
    assert level(store, "MUG") == (10, 0)
    undo(store, now=after(hours=4))
    assert level(store, "MUG") == (17, 0)


@pytest.mark.parametrize("step", [Step.OPEN, Step.CANCELLED])
@pytest.mark.parametrize(("left", "back"), [(1, 10), (-1, 8)])
def test_what_came_back_before_a_count_that_is_taken_back_is_there_all_the_same(
    store: Store, step: Step, left: int, back: int
) -> None:
    """Unless it left before the count that stands again, which may have found it, too."""
    set_stock(store, "MUG", 10, now=after(hours=-2))
    gone_at = after(hours=left)
    gone = order("1", {"MUG": 2}, Step.SHIPPED, shipped_at=gone_at)
    # By the seller's word alone: he may take it back.
    book(store, account(), replace(gone, unscanned=True), now=gone_at, watched_since=gone_at)
    assert level(store, "MUG") == (8, 0)
    if left < 0:
        set_stock(store, "MUG", 8, now=NOW)
    # It came back, as is heard of after that was counted.
    set_stock(store, "MUG", 10, now=after(hours=2))
    here = order("1", {"MUG": 2}, step, left_warehouse=False)
    book(store, account(), here, now=after(hours=3), watched_since=NOW)
    reserved = 2 if step is Step.OPEN else 0
    number = store.changes.find().id
    assert level(store, "MUG") == (10, reserved)
    undo(store, now=after(hours=4))
    assert level(store, "MUG") == (back, reserved)
    shipments = [units for _, _, units, kind in ledger(store) if kind == "shipment"]
    assert shipments == ([-2, 2] if back == 10 else [-2])
    # Read again it is nothing new, and the count found what it found.
    book(store, account(), here, now=after(hours=5), watched_since=NOW)
    assert level(store, "MUG") == (back, reserved)
    undo(store, number + 1, now=after(hours=6))
    assert level(store, "MUG") == (10, reserved)
    assert store.ledger.totals_that_differ() == []


def test_what_left_and_came_back_between_two_counts_is_booked_already(store: Store) -> None:
    set_stock(store, "MUG", 10, now=NOW)
    shipped(store, "1", at=after(hours=1), seen=after(hours=1), units=2)
    book(store, account(), order("1", {"MUG": 2}), now=after(hours=2), watched_since=NOW)
    assert level(store, "MUG") == (10, 2)
    set_stock(store, "MUG", 9, now=after(hours=3))
    undo(store, now=after(hours=4))
    assert level(store, "MUG") == (10, 2)
    assert [units for _, _, units, kind in ledger(store) if kind == "shipment"] == [-2, 2]


def test_a_count_that_stands_again_is_the_one_of_then(store: Store) -> None:
    set_stock(store, "MUG", 5, now=NOW)
    for hour in (1, 3):
        set_stock(store, "MUG", 6, now=after(hours=hour))
        undo(store, now=after(hours=hour + 1))
    assert undo(store, now=after(hours=5)).change == 1
    assert level(store, "MUG") == (None, 0)


def test_a_first_count_taken_back_leaves_the_unknown(store: Store) -> None:
    set_stock(store, "MUG", 7, now=NOW)
    assert undo(store, now=after(hours=1)).stock == (UndoneStock("MUG", "main", 7, None),)
    assert (level(store, "MUG"), counted_at(store, "MUG")) == ((None, 0), None)
    assert [m[2] for m in ledger(store)] == [7, -7]
    target = store.connection.execute("SELECT target FROM listing_stock").fetchall()
    assert {r[0] for r in target} == {None}
    # And again.
    assert undo(store, 2, now=after(hours=2)).stock == (UndoneStock("MUG", "main", None, 7),)
    assert (level(store, "MUG"), counted_at(store, "MUG")) == ((7, 0), NOW)
    set_stock(store, "MUG", 9, now=after(hours=3))
    assert level(store, "MUG") == (9, 0)


def test_the_last_ones_go_one_by_one_and_each_undo_can_be_undone(store: Store) -> None:
    set_stocks(store, [("MUG", 5), ("CUP", 6)], now=NOW)
    adjust_stock(store, "CUP", -2, reason="broken", now=after(hours=1))
    assert undo(store, now=after(hours=2)).change == 2
    assert undo(store, now=after(hours=3)).change == 1
    with pytest.raises(UsageProblem, match="nothing was changed by hand"):
        undo(store, now=after(hours=4))
    assert undo(store, 4, now=after(hours=5)).undone_by == 5
    assert undo(store, 3, now=after(hours=6)).undone_by == 6
    assert [level(store, sku)[0] for sku in ("MUG", "CUP")] == [5, 4]
    with pytest.raises(UsageProblem, match="change 1 was undone already, by change 4"):
        undo(store, 1, now=after(hours=7))
    # What was done again is the last change by hand, in the place of what it does again.
    assert undo(store, now=after(hours=8)).change == 6
    assert level(store, "CUP") == (6, 0)


def test_a_correction_and_a_move_are_taken_back(store: Store) -> None:
    attic = {"configured": ["main", "attic"]}
    set_stock(store, "MUG", 8, now=NOW)
    set_stock(store, "MUG", 1, warehouse="attic", now=NOW, **attic)
    move_stock(store, [("MUG", 3)], source="main", target="attic", now=after(hours=1), **attic)
    adjust_stock(store, "MUG", 2, reason="found", now=after(hours=2))
    undo(store, 3, now=after(hours=3))
    assert (level(store, "MUG"), level(store, "MUG", "attic")) == ((10, 0), (1, 0))
    undo(store, 4, now=after(hours=4), note="it was a mistake")
    assert level(store, "MUG") == (8, 0)
    assert ledger(store)[-1] == ("MUG", "main", -2, "adjustment")


def test_what_was_counted_later_is_not_taken_back(store: Store) -> None:
    set_stocks(store, [("MUG", 5), ("CUP", 6)], now=NOW)
    adjust_stock(store, "CUP", -2, reason="broken", now=after(hours=1))
    set_stock(store, "CUP", 9, now=after(hours=2))
    before = contents(store)
    for number in (1, 2):
        with pytest.raises(UsageProblem, match=f"change {number} is overtaken: CUP counted later"):
            undo(store, number, now=after(hours=3))
    assert contents(store) == before
    undo(store, now=after(hours=3))
    # The count that took its place was taken back; what stands there now was entered later still.
    assert level(store, "CUP") == (4, 0)


def test_what_was_counted_in_the_same_moment_or_set_otherwise_is_not_taken_back(
    store: Store,
) -> None:
    set_stock(store, "MUG", 5, now=NOW)
    adjust_stock(store, "MUG", -2, reason="broken", now=after(hours=1))
    set_stock(store, "MUG", 9, now=after(hours=1))
    with pytest.raises(UsageProblem, match="change 2 is overtaken: MUG counted later"):
        undo(store, 2, now=after(hours=2))
    for buffer in (3, 4):
        BufferRequest(skus=("MUG",), buffer=buffer).act(store, now=after(hours=3))
    with pytest.raises(UsageProblem, match="change 4 is overtaken: what it set was set otherwise"):
        undo(store, 4, now=after(hours=4))


def test_what_has_left_is_not_taken_back(store: Store) -> None:
    set_stock(store, "MUG", 1, now=NOW)
    adjust_stock(store, "MUG", 5, reason="found", now=after(minutes=1))
    shipped(store, "1", at=after(hours=1), seen=after(hours=1), units=4)
    with pytest.raises(UsageProblem, match=r"MUG: -3 would be on hand in main\n.*Count what is"):
        undo(store, now=after(hours=2))


def test_what_brings_units_back_is_taken_back_also_where_too_few_are_there(store: Store) -> None:
    attic = {"configured": ["main", "attic"]}
    set_stock(store, "MUG", 5, now=NOW)
    set_stock(store, "MUG", 0, warehouse="attic", now=NOW, **attic)
    move_stock(store, [("MUG", 3)], source="main", target="attic", now=after(minutes=1), **attic)
    book(store, account(), order("1", {"MUG": 8}), now=after(minutes=2))
    undo(store, now=after(minutes=3))
    assert level(store, "MUG") == (5, 8)
    adjust_stock(store, "MUG", -5, reason="broken", now=after(minutes=4))
    shipped(store, "1", at=after(minutes=5), seen=after(minutes=5), units=8)
    undo(store, now=after(hours=1))
    assert level(store, "MUG") == (-3, 0)


def test_a_move_of_what_is_promised_by_now_is_not_taken_back(store: Store) -> None:
    set_stock(store, "MUG", 0, now=NOW)
    set_stock(store, "MUG", 3, warehouse="attic", now=NOW, configured=["main", "attic"])
    move_stock(
        store,
        [("MUG", 3)],
        source="attic",
        target="main",
        now=after(minutes=1),
        configured=["main", "attic"],
    )
    book(store, account(), order("1", {"MUG": 1}), now=after(hours=1))
    with pytest.raises(UsageProblem, match="MUG: units in main are promised to orders"):
        undo(store, now=after(hours=2))
    # Said is the worse of two: they are not even there.
    shipped(store, "2", at=after(hours=3), seen=after(hours=3))
    with pytest.raises(UsageProblem, match=r"^MUG: -1 would be on hand in main\nchange 3 cannot"):
        undo(store, now=after(hours=4))


def test_a_policy_and_a_link_are_taken_back(store: Store) -> None:
    set_policy(store, ["MUG", "CUP"], "split", now=NOW)
    owner = store.catalog.account_ids()["ozon-main"]
    book(store, account(), order("1", {"POT": 1}), now=NOW)
    link_listing(store, "ozon-main", "POT", [("MUG", 2)], now=after(hours=1))
    assert level(store, "MUG") == (None, 2)
    assert undo(store, now=after(hours=2)).settings == (UndoneSetting("link", "POT"),)
    assert made_of(store, owner, "POT") == {"POT": 1}
    assert (level(store, "MUG"), level(store, "POT")) == ((None, 0), (None, 1))
    link = store.connection.execute("SELECT link FROM listing WHERE offer_id = 'POT'").fetchone()
    assert link[0] == "auto"
    set_policy(store, ["CUP"], "adaptive", now=after(hours=3))
    with pytest.raises(UsageProblem, match="what it set was set otherwise since"):
        undo(store, 1, now=after(hours=4))
    undo(store, now=after(hours=5))
    undo(store, 1, now=after(hours=6))
    rows = store.connection.execute("SELECT DISTINCT policy, empty_hours FROM product").fetchall()
    assert [tuple(r) for r in rows] == [(None, None)]


def test_what_was_so_before_is_no_change(store: Store) -> None:
    for hour in (0, 1):
        set_policy(store, ["MUG"], "split", now=after(hours=hour))
        link_listing(store, "ozon-main", "POT", [("MUG", 2)], now=after(hours=hour))
    assert len(list(rows(store.connection, CHANGES, {}))) == 2


def test_a_link_is_told_by_the_article_however_the_listing_was_named(store: Store) -> None:
    owner = store.catalog.account_ids()["ozon-main"]
    (named,) = store.connection.execute(
        "SELECT external_id FROM listing WHERE account_id = ? AND offer_id = 'POT'", (owner,)
    ).fetchone()
    assert named != "POT"
    for name in (named, "POT"):
        link_listing(store, "ozon-main", name, [("MUG", 2)], now=NOW)
    assert {c.subject for c in rows(store.connection, CHANGES, {})} == {"ozon-main POT"}
    assert undo(store, 1, now=after(hours=1)).subject == "ozon-main POT"


def test_a_link_is_what_it_was_also_where_it_was_left_to_others(store: Store) -> None:
    unlink_listing(store, "ozon-main", "POT", leave=True, now=NOW)
    link_listing(store, "ozon-main", "POT", [("MUG", 2)], now=after(hours=1))
    undo(store, now=after(hours=2))
    listing = store.connection.execute(
        "SELECT link, left_alone, (SELECT target FROM listing_stock WHERE listing_id = l.id)"
        " FROM listing l WHERE offer_id = 'POT'"
    ).fetchone()
    assert tuple(listing) == ("manual", 1, None)


def test_what_left_while_a_listing_was_cut_off_is_booked_when_that_is_undone(store: Store) -> None:
    set_stock(store, "MUG", 5, now=NOW)
    unlink_listing(store, "ozon-main", "MUG", now=NOW)
    shipped(store, "1", at=after(hours=1), seen=after(hours=1), units=2)
    assert level(store, "MUG") == (5, 0)
    undo(store, now=after(hours=2))
    assert level(store, "MUG") == (3, 0)


def test_with_a_quick_change_what_it_allowed_beyond_is_over(store: Store) -> None:
    set_policy(store, ["MUG"], "split", now=NOW)
    with store.transaction():
        store.connection.execute(
            "INSERT INTO quota_excess (product_id, warehouse_id, units, began_at)"
            " SELECT ?, ?, 9, ''",
            (product(store, "MUG"), store.ledger.warehouse("main")),
        )
    undo(store, now=after(hours=1))
    ended = store.connection.execute("SELECT ended_at FROM quota_excess").fetchall()
    assert [tuple(r) for r in ended] == [(to_iso(after(hours=1)),)]


def test_a_sheet_is_taken_back_as_one_change(store: Store, tmp_path: Path) -> None:
    set_stock(store, "MUG", 3, now=NOW)
    sheet = tmp_path / "stock.csv"
    sheet.write_text("sku,quantity,name,barcode,buffer\nMUG,4,Mug,4601,1\nCUP,5,Cup,,\nPOT,6,,,2\n")
    updates = Answers(update=frozenset({"names", "barcodes", "buffers"}))
    import_stock(store, sheet, answers=updates, now=after(hours=1))

    def products() -> list[tuple[object, ...]]:
        rows = store.connection.execute(
            "SELECT sku, name, buffer, (SELECT group_concat(barcode) FROM product_barcode b"
            " WHERE b.product_id = p.id) FROM product p ORDER BY sku"
        )
        return [tuple(r) for r in rows]

    changed = products()
    assert changed[1] == ("MUG", "Mug", 1, "4601")
    done = undo(store, now=after(hours=2))
    assert (done.subject, len(done.stock)) == ("stock.csv", 3)
    assert [level(store, sku)[0] for sku in ("MUG", "CUP", "POT")] == [3, None, None]
    assert [row[2:] for row in products()] == [(None, None)] * 3
    undo(store, done.undone_by, now=after(hours=3))
    assert [level(store, sku)[0] for sku in ("MUG", "CUP", "POT")] == [4, 5, 6]
    assert products() == changed


def test_a_name_that_is_another_by_now_stays(store: Store, tmp_path: Path) -> None:
    sheet = tmp_path / "stock.csv"
    sheet.write_text("sku,quantity,name\nMUG,4,Mug\nCUP,5,Cup\n")
    import_stock(store, sheet, answers=Answers(update=frozenset({"names"})), now=NOW)
    store.connection.execute("UPDATE product SET name = 'Big mug' WHERE sku = 'MUG'")
    done = undo(store, now=after(hours=1))
    assert done.settings == (UndoneSetting("name", "CUP"),)
    # What is not counted any more is said to be so, and what is as before is named.
    assert sentence(done).splitlines()[1:] == [
        "  CUP in main: not counted any more (was 5)",
        "  MUG in main: not counted any more (was 4)",
        "  name as before: CUP",
    ]
    names = store.connection.execute("SELECT name FROM product WHERE sku IN ('MUG', 'CUP')")
    assert {r[0] for r in names} == {"The CUP", "Big mug"}


def test_what_a_source_brings_is_no_change_by_hand(store: Store, tmp_path: Path) -> None:
    set_stock(store, "MUG", 3, now=NOW)
    sheet = tmp_path / "stock.csv"
    sheet.write_text("sku,quantity\nCUP,5\n")
    import_stock(store, sheet, source="supplier", now=after(days=3650), yes=True)
    assert undo(store, now=after(days=3651)).change == 1
    assert undo(store, 2, now=after(days=3652)).subject == "stock.csv"


def test_a_rehearsal_changes_nothing(store: Store) -> None:
    set_stock(store, "MUG", 3, now=NOW)
    before = contents(store)
    assert undo(store, now=after(hours=1), dry_run=True).stock[0].after is None
    assert contents(store) == before
    with pytest.raises(UsageProblem, match="there is no change 9"):
        undo(store, 9, now=after(hours=1))


# ---------------------------------------------------------------- as if it had not been

EVENTS = st.lists(
    st.one_of(
        st.tuples(st.just("count"), st.integers(0, 9)),
        st.tuples(st.just("adjust"), st.integers(1, 5)),
        st.tuples(st.just("ship"), st.integers(0, 9)),
    ),
    max_size=6,
)


@given(before=EVENTS, wrong=st.integers(0, 20), late=EVENTS)
@settings(max_examples=examples(40), suppress_health_check=[HealthCheck.too_slow])
def test_it_is_as_if_it_had_not_been(
    before: list[tuple[str, int]], wrong: int, late: list[tuple[str, int]]
) -> None:
    # A count that is made later stands; a product that was never counted has nothing to correct.
    counted = any(kind == "count" for kind, _ in before)
    late = [x for x in late if x[0] == "ship" or (x[0] == "adjust" and counted)]
    ends = []
    for mistaken in (True, False):
        with Store.open_empty() as store:
            offer(store, arrange(store, account())["ozon-main"], "MUG")
            for n, event in enumerate(before, -len(before)):
                _happen(store, event, n)
            if mistaken:
                set_stock(store, "MUG", wrong, now=NOW, yes=True)
                change = store.changes.find()
            for n, event in enumerate(late, 1):
                _happen(store, event, n)
            if mistaken:
                assert change is not None
                try:
                    undo(store, change.id, now=after(days=9))
                except UsageProblem:
                    # What it brought has left: somebody counts.
                    return
            ends.append((level(store, "MUG"), counted_at(store, "MUG")))
            assert examine(store).wrong == ()
    assert ends[0] == ends[1]


def _happen(store: Store, event: tuple[str, int], hour: int) -> None:
    kind, number = event
    at = after(hours=hour)
    match kind:
        case "count":
            set_stock(store, "MUG", number, now=at, yes=True)
        case "adjust" if level(store, "MUG")[0] is not None:
            adjust_stock(store, "MUG", number, reason="x", now=at, yes=True)
        case "ship":
            # It is heard of up to nine hours later.
            left = order(f"{hour}", {"MUG": 1}, Step.SHIPPED, created_at=at, shipped_at=at)
            seen = at + timedelta(hours=number, minutes=1)
            book(store, account(), left, now=seen, watched_since=after(days=-9))


def test_what_was_hidden_or_paused_is_a_change_as_any_other(store: Store) -> None:
    store.tables.table("product").insert({"sku": "OLD"})
    hide(store, "OLD", now=NOW)
    hide(store, "OLD", now=after(hours=1), show=True)
    pause(store, "ozon-main", now=after(hours=2))
    pause(store, "ozon-main", now=after(hours=3), resume=True)
    made = list(rows(store.connection, CHANGES, {}))
    assert [(c.kind, c.sku, c.subject, c.blocked) for c in made] == [
        ("resume", None, "ozon-main", None),
        ("pause", None, "ozon-main", "changed"),
        ("show", "OLD", "", None),
        ("hide", "OLD", "", "changed"),
    ]
    undo(store, now=after(hours=4))
    # As of now: what was sent meanwhile was not held back.
    assert store.accounts.paused() == {"ozon-main": after(hours=4)}
    undo(store, 5, now=after(hours=5))
    assert store.accounts.paused() == {}
    undo(store, 2, now=after(hours=6))
    assert [row.sku for row in rows(store.connection, PRODUCTS, {"hidden": True})] == ["OLD"]
    undo(store, 1, now=after(hours=7))
    assert [row.sku for row in rows(store.connection, CHANGES, {"sku": "OLD"})] == ["OLD"] * 4
    assert not list(rows(store.connection, PRODUCTS, {"hidden": True}))


def test_what_is_used_again_is_not_hidden_again(store: Store) -> None:
    store.tables.table("product").insert({"sku": "OLD"})
    hide(store, "OLD", now=NOW)
    set_stock(store, "OLD", 3, now=after(hours=1))
    with pytest.raises(UsageProblem, match="change 1 is overtaken: what it set was set otherwise"):
        undo(store, 1, now=after(hours=2))
    set_stock(store, "OLD", 0, now=after(hours=3))
    hide(store, "OLD", now=after(hours=4))
    hide(store, "OLD", now=after(hours=5), show=True)
    set_stock(store, "OLD", 2, now=after(hours=6))
    with pytest.raises(UsageProblem, match="OLD is on hand"):
        undo(store, 5, now=after(hours=7))
