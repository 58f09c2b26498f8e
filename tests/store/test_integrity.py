"""What examine finds in a book that something else has spoiled, and what repair mends."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from cloudstock.domain.plan import Decision, Phase
from cloudstock.domain.records import Step
from cloudstock.errors import DatabaseError
from cloudstock.store import Store
from cloudstock.store.integrity import examine, repair
from tests import builders
from tests.builders import NOW


@pytest.fixture
def trading(store: Store) -> Store:
    """One account, three products counted, an open and a shipped order, all pushed."""
    account = builders.account()
    ids = builders.arrange(store, account)
    builders.offer(store, ids["ozon-main"], "MUG", "CUP", "POT")
    for sku in ("MUG", "CUP", "POT"):
        builders.count(store, sku, 10, now=builders.after(days=-1))
    # Of the counts of one product the first and the last say when.
    builders.count(store, "POT", 10, now=builders.after(hours=-3))
    builders.book(
        store,
        account,
        builders.order("1", {"MUG": 2}),
        builders.order("2", {"CUP": 3}, Step.SHIPPED, left_warehouse=True),
    )
    with store.transaction():
        store.targets.refresh()
    assert examine(store).wrong == ()
    return store


def spoil(store: Store, *statements: str) -> None:
    """Write what no transaction of ours could: without triggers' and keys' protection."""
    with closing(sqlite3.connect(store.path, isolation_level=None)) as other:
        for statement in statements:
            other.execute(statement)


@pytest.mark.parametrize(
    ("statement", "names"),
    [
        (
            "CREATE TRIGGER more AFTER INSERT ON push BEGIN UPDATE stock SET booked = 99; END",
            "trigger more",
        ),
        ("CREATE VIEW sqlite AS SELECT 1", "view sqlite"),
        ("CREATE TABLE more (x)", "table more"),
        ("CREATE INDEX more ON product (name)", "index more"),
    ],
)
def test_what_the_steps_did_not_make_is_found(trading: Store, statement: str, names: str) -> None:
    spoil(trading, statement)
    (finding,) = examine(trading).wrong
    assert (finding.kind, finding.repairable) == ("schema", False)
    assert finding.message.endswith(f": {names}")


def test_what_is_not_as_the_steps_made_it_is_found(trading: Store) -> None:
    spoil(
        trading,
        "DROP TRIGGER movement_is_final_update",
        "CREATE TRIGGER movement_is_final_update BEFORE UPDATE ON movement BEGIN SELECT 1; END",
        "DROP TRIGGER movement_is_final_delete",
    )
    changed, missing = (f.message.partition(": ")[2] for f in examine(trading).wrong)
    assert changed == "trigger movement_is_final_update"
    assert missing == "trigger movement_is_final_delete, trigger movement_is_final_update"


def begin(store: Store, offer_id: str, quantity: int) -> int:
    """Record a push as if it were being sent; return its id."""
    account_id = store.catalog.account_ids()["ozon-main"]
    listing_id = builders.listing_id(store, account_id, offer_id)
    with store.transaction():
        return store.pushes.begin_push(
            account_id, [Decision(listing_id, "1", quantity, Phase.LOWER)], now=NOW
        )[0].push_id


def kinds(store: Store) -> list[str]:
    return [f.kind for f in examine(store).wrong]


def test_an_empty_book_is_whole(store: Store) -> None:
    assert examine(store).ok


@pytest.mark.parametrize(
    "spoiling",
    [
        "UPDATE stock SET booked = booked + 1 WHERE product_id = 1",
        "UPDATE stock SET reserved = reserved + 1 WHERE product_id = 2",
        "UPDATE stock SET counted_at = NULL WHERE product_id = 3",
        "DELETE FROM stock WHERE product_id = 1",
        "INSERT INTO stock (product_id, warehouse_id, booked) SELECT 1, 99, 4",
    ],
)
def test_running_totals_are_computed_again_from_the_ledger(trading: Store, spoiling: str) -> None:
    before = [tuple(r) for r in trading.connection.execute("SELECT * FROM stock")]
    spoil(trading, "INSERT INTO warehouse (id, name) VALUES (99, 'attic')", spoiling)
    assert kinds(trading) == ["totals"]
    done = repair(trading, now=NOW)
    assert any("computed again from the ledger" in line for line in done)
    assert examine(trading).ok
    assert before == [
        tuple(r) for r in trading.connection.execute("SELECT * FROM stock WHERE warehouse_id <> 99")
    ]
    assert trading.ledger.totals_that_differ() == []


def test_a_push_without_an_answer_is_notable_and_repair_forgets_what_is_shown(
    trading: Store,
) -> None:
    begin(trading, "MUG", 8)
    found = examine(trading)
    assert found.ok
    assert [f.kind for f in found.notable] == ["unanswered"]
    assert any("1 listing:" in line for line in repair(trading, now=NOW))
    assert examine(trading).notable == ()
    row = trading.connection.execute("SELECT verdict FROM push").fetchone()
    assert row[0] == "unknown"


def test_what_was_sold_beside_a_forgotten_push_is_forgotten_with_it(trading: Store) -> None:
    """Taken off the next number, too, it would hide as many units."""
    begin(trading, "MUG", 8)
    sold = builders.order("3", {"MUG": 2}, created_at=builders.after(minutes=1))
    builders.book(trading, builders.account(), sold, now=builders.after(minutes=2))
    flight = "SELECT max(flight_sold) FROM listing_stock"
    assert trading.connection.execute(flight).fetchone()[0] == 2
    repair(trading, now=builders.after(minutes=3))
    assert trading.connection.execute(flight).fetchone()[0] == 0


@pytest.mark.parametrize(
    "spoiling",
    [
        "DELETE FROM push",
        "UPDATE push SET verdict = 'accepted', answered_at = sent_at",
        "UPDATE push SET external_warehouse = '2'",
    ],
)
def test_a_window_that_waits_for_nothing_is_found_and_let_go(trading: Store, spoiling: str) -> None:
    begin(trading, "MUG", 8)
    spoil(trading, spoiling)
    assert kinds(trading) == ["intent"]
    repair(trading, now=NOW)
    found = examine(trading)
    assert found.ok
    waiting = trading.connection.execute(
        "SELECT 1 FROM listing_stock WHERE push_id IS NOT NULL"
    ).fetchone()
    assert waiting is None


def test_a_belief_that_leaves_out_the_number_on_its_way_is_forgotten(trading: Store) -> None:
    begin(trading, "MUG", 8)
    spoil(
        trading,
        "UPDATE listing_stock SET low = 3, high = 3, believed_since = '2026', believed_until"
        " = '2026'"
        " WHERE push_id IS NOT NULL",
    )
    assert kinds(trading) == ["intent"]
    repair(trading, now=NOW)
    assert examine(trading).ok
    assert trading.connection.execute("SELECT max(low) FROM listing_stock").fetchone()[0] is None


def test_a_target_that_is_to_be_reckoned_anyway_is_no_fault(trading: Store) -> None:
    spoil(trading, "DELETE FROM account_warehouse", "INSERT INTO dirty SELECT id FROM listing")
    assert examine(trading).ok


def test_a_target_without_a_warehouse_is_reckoned_anew(trading: Store) -> None:
    spoil(trading, "DELETE FROM account_warehouse")
    assert kinds(trading) == ["listing_stock"]
    repair(trading, now=NOW)
    with trading.transaction():
        trading.targets.refresh()
    assert examine(trading).ok


@pytest.mark.parametrize(
    ("spoiling", "kind"),
    [
        ("DELETE FROM listing", "reference"),
        ("UPDATE listing_stock SET account_id = 2", "listing_stock"),
        ("UPDATE returns SET booked = 0, restocked = 0", "return"),
        # Taken back twice: less than nothing came.
        (
            (
                "INSERT INTO movement (product_id, warehouse_id, quantity, kind, document, number,"
                " happened_at, booked_at) VALUES (1, 1, -2, 'return', 'return:ozon-main:7', 2,"
                " '2026', '2026')"
            ),
            "return",
        ),
    ],
)
def test_what_only_a_guess_could_mend_is_told_and_left(
    trading: Store, spoiling: str, kind: str
) -> None:
    spoil(
        trading,
        "INSERT INTO account (id, name, marketplace) VALUES (2, 'other', 'ozon')",
        "INSERT INTO account_warehouse (account_id, external_warehouse, warehouse_id, buffer,"
        " max_quantity, share_percent, ceiling) SELECT 2, external_warehouse,"
        " warehouse_id, buffer, max_quantity, share_percent, ceiling"
        " FROM account_warehouse",
        "INSERT INTO returns (account_id, return_id, keys, step, status, quantity, first_seen_at,"
        " seen_at, booked, restocked) VALUES (1, '7', '[]', 'received', 'x', 1, '2026', '2026',"
        " 1, 1)",
        "INSERT INTO movement (product_id, warehouse_id, quantity, kind, document, number,"
        " happened_at, booked_at) VALUES (1, 1, 1, 'return', 'return:ozon-main:7', 1, '2026',"
        " '2026')",
    )
    assert examine(trading).ok
    spoil(trading, spoiling)
    assert kind in kinds(trading)
    repair(trading, now=NOW)
    left = [f for f in examine(trading).wrong if f.kind == kind]
    assert left
    assert not any(f.repairable for f in left)


def test_fewer_than_none_on_hand_is_told_and_is_no_fault_of_the_book(trading: Store) -> None:
    with trading.transaction():
        trading.ledger.adjust(
            builders.product(trading, "MUG"),
            trading.ledger.warehouse("main"),
            -30,
            now=NOW,
            reason="lost",
        )
    found = examine(trading)
    assert found.ok
    assert [f.kind for f in found.notable] == ["oversold"]
    assert "MUG in main" in found.notable[0].message


def test_names_that_an_earlier_version_did_not_find_again_are_told(trading: Store) -> None:
    account = builders.account()
    for _ in range(2):
        builders.book(trading, account, builders.order("3\0x", {"MUG": 1}))
    found = examine(trading)
    assert found.ok
    assert [f.kind for f in found.notable] == ["cut_text"]
    assert found.notable[0].message.endswith("count these products: 3\ufffdx")


def test_units_that_were_never_counted_are_not_fewer_than_none(trading: Store) -> None:
    builders.offer(trading, trading.catalog.account_ids()["ozon-main"], "NEW")
    sold = builders.order("4", {"NEW": 3}, Step.SHIPPED, left_warehouse=True)
    builders.book(trading, builders.account(), sold)
    assert builders.lying(trading, "NEW", "main") == -3
    assert examine(trading).notable == ()


def overwritten(data: bytearray) -> None:
    for page in range(2, len(data) // 4096, 3):
        data[page * 4096 : page * 4096 + 600] = b"\xff" * 600


def cut(data: bytearray) -> None:
    del data[len(data) // 2 :]


@pytest.fixture
def copied(trading: Store, tmp_path: Path) -> Path:
    copy = tmp_path / "copy.db"
    trading.connection.execute("VACUUM INTO ?", (str(copy),))
    return copy


@pytest.mark.parametrize("damage", [overwritten, cut])
def test_a_file_that_is_damaged_all_over_is_not_even_opened(
    copied: Path, damage: Callable[[bytearray], None]
) -> None:
    data = bytearray(copied.read_bytes())
    damage(data)
    copied.write_bytes(data)
    with pytest.raises(DatabaseError), Store.open(copied):
        pytest.fail("it was opened")


@pytest.mark.parametrize("first", [0, 8])
@pytest.mark.parametrize("name", ["movement", "sqlite_autoindex_orders_1"])
def test_a_file_that_is_damaged_somewhere_is_told_and_not_repaired(
    copied: Path, name: str, first: int
) -> None:
    """Nobody reads that to open it, and SQLite reads on or gives up."""
    with closing(sqlite3.connect(copied)) as db:
        query = "SELECT rootpage FROM sqlite_master WHERE name = ?"
        (page,) = db.execute(query, (name,)).fetchone()
    data, start = bytearray(copied.read_bytes()), (page - 1) * 4096
    data[start + first : start + 600] = b"\xff" * (600 - first)
    copied.write_bytes(data)
    with Store.open(copied) as damaged:
        assert examine(damaged).damaged
        with pytest.raises(DatabaseError, match="cannot be repaired"):
            repair(damaged, now=NOW)
        assert not damaged.connection.in_transaction
