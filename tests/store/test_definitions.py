"""What the schema's views say is what the words mean: on hand, available, oversold, drift."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudstock.domain.records import MovementKind, ReturnStep, Step, Verdict
from cloudstock.domain.targets import available
from cloudstock.store import Store
from cloudstock.store.views import few

# Ids; what lies in the quarantine came only by movements.
QUARANTINE, MAIN = 0, 1
THEN, LATER, LAST = (f"2026-11-23T1{hour}:00:00.000000Z" for hour in range(3))

ROWS = """
INSERT INTO account (id, name, marketplace) VALUES (1, 'ozon-main', 'ozon');
INSERT INTO warehouse (id, name) VALUES (1, 'main');
INSERT INTO product (id, sku, name) VALUES (1, 'MUG', 'Mug');
INSERT INTO listing (id, account_id, external_id, offer_id, name, archived, link,
    catalog_seen_at) VALUES (1, 1, 'id-MUG', 'MUG', 'Mug', 0, 'auto', '');
INSERT INTO component VALUES (1, 1, 1);
INSERT INTO account_warehouse (account_id, external_warehouse, warehouse_id, buffer, share_percent,
    ceiling) VALUES (1, '7', 1, 0, 100, 999);
INSERT INTO listing_stock (listing_id, external_warehouse, account_id) VALUES (1, '7', 1);
"""


@pytest.fixture
def db(store: Store) -> sqlite3.Connection:
    """A mug in two warehouses, on sale from one."""
    store.connection.executescript(ROWS)
    return store.connection


def level(db: sqlite3.Connection, warehouse: int) -> tuple[int | None, int, int | None, int]:
    row = db.execute(
        "SELECT on_hand, reserved, available, oversold FROM stock_level WHERE warehouse_id = ?",
        (warehouse,),
    ).fetchone()
    return tuple(row)


# ---------------------------------------------------------------- on hand, available, oversold


@pytest.mark.parametrize(
    ("warehouse", "booked", "reserved", "counted", "own", "default", "expected"),
    [
        (MAIN, 7, 2, True, None, 0, (7, 2, 5, 0)),
        (MAIN, 7, 2, True, None, 1, (7, 2, 4, 0)),
        (MAIN, 7, 2, True, 3, 1, (7, 2, 2, 0)),
        (MAIN, 7, 2, True, 0, 9, (7, 2, 5, 0)),
        (MAIN, 7, 2, True, 9, 0, (7, 2, 0, 0)),
        (MAIN, 2, 5, True, None, 0, (2, 5, 0, 3)),
        (MAIN, -2, 3, True, None, 0, (-2, 3, 0, 5)),
        (MAIN, -2, 0, True, None, 0, (-2, 0, 0, 2)),
        # Never counted: unknown, whatever was booked; nobody knows that it is oversold.
        (MAIN, 7, 2, False, None, 0, (None, 2, None, 0)),
        (MAIN, -3, 2, False, None, 0, (None, 2, None, 0)),
        # Returned units need no count.
        (QUARANTINE, 2, 0, False, None, 0, (2, 0, 2, 0)),
    ],
)
def test_what_there_is_of_a_product(
    db: sqlite3.Connection,
    warehouse: int,
    booked: int,
    reserved: int,
    counted: bool,
    own: int | None,
    default: int,
    expected: tuple[int | None, int, int | None, int],
) -> None:
    db.execute("UPDATE product SET buffer = ?", (own,))
    db.execute("UPDATE defaults SET buffer = ?", (default,))
    db.execute(
        "INSERT INTO stock (product_id, warehouse_id, booked, reserved, counted_at)"
        " VALUES (1, ?, ?, ?, ?)",
        (warehouse, booked, reserved, THEN if counted else None),
    )
    assert level(db, warehouse) == expected
    oversold = db.execute("SELECT sku, warehouse FROM stock_level WHERE oversold > 0").fetchall()
    assert len(oversold) == (expected[3] > 0)


@given(
    booked=st.integers(-9, 99),
    reserved=st.integers(0, 99),
    counted=st.booleans(),
    own=st.none() | st.integers(0, 9),
    default=st.integers(0, 9),
)
def test_the_view_says_what_the_rule_says(
    booked: int, reserved: int, counted: bool, own: int | None, default: int
) -> None:
    with Store.open_empty() as store:
        store.connection.executescript(ROWS)
        store.arrangement.set_default_buffer(default)
        store.connection.execute("UPDATE product SET buffer = ?", (own,))
        store.connection.execute(
            "INSERT INTO stock (product_id, warehouse_id, booked, reserved, counted_at)"
            " VALUES (1, 1, ?, ?, ?)",
            (booked, reserved, THEN if counted else None),
        )
        on_hand, _, told, oversold = level(store.connection, MAIN)
        assert on_hand == (booked if counted else None)
        assert told == available(on_hand, reserved, default if own is None else own)
        # What is promised is there, or is oversold.
        assert -oversold == (min(booked - reserved, 0) if counted else 0)


# ---------------------------------------------------------------- what listings show


def show(db: sqlite3.Connection, **columns: object) -> sqlite3.Row:
    """Write a listing's numbers; return its state."""
    sets = ", ".join(f"{name} = :{name}" for name in columns)
    db.execute(f"UPDATE listing_stock SET {sets}", columns)
    row: sqlite3.Row = db.execute("SELECT * FROM listing_state").fetchone()
    assert {r["listing_id"] for r in db.execute(f"SELECT s.* FROM {few('differs')}")} == (
        {1} if row["differs"] else set()
    )
    assert len(db.execute(f"SELECT 1 FROM {few('above')} AND s.drift").fetchall()) == row["drift"]
    return row


IN_STEP = {
    "target": 5,
    "low": 5,
    "high": 5,
    "believed_since": LATER,
    "believed_until": LATER,
    "pushed": 5,
    "pushed_at": THEN,
    "seen": 5,
    "seen_at": LATER,
}
RAISED = IN_STEP | {"low": 9, "high": 9, "seen": 9}


@pytest.mark.parametrize(
    ("columns", "differs", "off_target", "drift"),
    [
        (IN_STEP, 0, 0, 0),
        # Sold meanwhile, perhaps: less than was sent is no drift.
        (IN_STEP | {"low": 3, "high": 3, "seen": 3}, 1, 1, 0),
        (IN_STEP | {"low": 3}, 1, 0, 0),
        (IN_STEP | {"high": 7}, 1, 0, 0),
        (IN_STEP | {"target": 0}, 1, 1, 0),
        # Nothing of ours to say.
        (IN_STEP | {"target": None}, 0, 0, 0),
        (RAISED, 1, 1, 1),
        (RAISED | {"target": None}, 0, 0, 1),
        # It should show that much by now.
        (RAISED | {"target": 9}, 0, 0, 0),
        # Read before it was sent; read, but not to be believed yet; never sent.
        (RAISED | {"pushed_at": LAST}, 1, 1, 0),
        (RAISED | {"believed_until": THEN}, 1, 1, 0),
        (RAISED | {"pushed": None, "pushed_at": None}, 1, 1, 0),
    ],
)
def test_what_a_listing_shows(
    db: sqlite3.Connection, columns: dict[str, object], differs: int, off_target: int, drift: int
) -> None:
    row = show(db, **columns)
    assert (row["differs"], row["off_target"], row["drift"]) == (differs, off_target, drift)
    assert (row["account"], row["offer_id"], row["warehouse"]) == ("ozon-main", "MUG", "main")


def test_what_was_never_read_or_sent_differs_and_is_off_once_all_was_read(
    db: sqlite3.Connection,
) -> None:
    row = show(db, target=5)
    assert (row["differs"], row["off_target"], row["expected_low"]) == (1, 0, None)
    db.execute("INSERT INTO cursor VALUES (1, 'reserves', NULL, ?, ?, ?)", (THEN, THEN, THEN))
    assert show(db, target=5)["off_target"] == 1
    # It shows none, as it should; or is being told.
    assert show(db, target=0)["off_target"] == 0


@pytest.mark.parametrize(
    ("watched", "until", "drift"),
    [(0, None, 1), (1, None, 0), (0, LATER, 0), (0, THEN, 1)],
)
def test_what_is_only_watched_shows_what_others_say(
    db: sqlite3.Connection, watched: int, until: str | None, drift: int
) -> None:
    db.execute("UPDATE account_warehouse SET watched = ?, watched_until = ?", (watched, until))
    row = show(db, **RAISED)
    assert (row["drift"], row["watched"]) == (drift, watched)


@pytest.mark.parametrize(
    ("columns", "last_shown"),
    [
        ({"target": 5}, 0),
        (IN_STEP, 5),
        (IN_STEP | {"high": 7}, 7),
        # Nothing is believed: the newer of what was accepted and what was seen.
        ({"pushed": 5, "pushed_at": THEN}, 5),
        ({"pushed": 5, "pushed_at": THEN, "seen": 2, "seen_at": LATER}, 2),
        ({"pushed": 5, "pushed_at": LATER, "seen": 2, "seen_at": THEN}, 5),
        ({"pushed": 5, "pushed_at": THEN, "seen": 0, "seen_at": LATER}, 0),
    ],
)
def test_what_a_listing_is_last_known_to_show(
    db: sqlite3.Connection, columns: dict[str, object], last_shown: int
) -> None:
    show(db, **columns)
    assert db.execute("SELECT last_shown FROM listing_stock").fetchone()[0] == last_shown


def test_every_view_is_taken_apart_where_it_is_joined(db: sqlite3.Connection) -> None:
    """A view that SQLite had to fill first would cost a walk through the table for each row."""
    for sql in (
        (
            "SELECT p.sku, s.on_hand, s.available, s.oversold FROM product p"
            " LEFT JOIN stock_level s ON s.product_id = p.id AND s.warehouse_id = 1"
        ),
        (
            "SELECT l.id, s.drift, s.off_target, s.quota FROM listing l"
            " LEFT JOIN listing_state s ON s.listing_id = l.id"
        ),
        "SELECT sku FROM stock_level WHERE oversold > 0",
        f"SELECT s.drift, s.refused FROM {few('above')} WHERE x.account_id = 1",
        "SELECT count(*) FROM open_order WHERE account_id = 1",
        "SELECT sku, units FROM reserve WHERE product_id = 1 AND warehouse_id = 1",
        "SELECT offer_id FROM unlinked_listing WHERE account_id = 1",
    ):
        plan = [r[3] for r in db.execute(f"EXPLAIN QUERY PLAN {sql}")]
        assert not [x for x in plan if x.startswith(("MATERIALIZE", "CO-ROUTINE"))], (sql, plan)
        walked = [x for x in plan if x.startswith("SCAN") and "INDEX" not in x]
        assert {x.split()[1] for x in walked} <= {"p", "l", "d"}, (sql, plan)


def test_what_is_not_managed_is_found_by_its_index(db: sqlite3.Connection) -> None:
    plan = db.execute(
        "EXPLAIN QUERY PLAN SELECT last_shown FROM unmanaged_listing WHERE reason = 'uncounted'"
    )
    steps = [r[3] for r in plan if r[3].startswith(("SCAN", "SEARCH s"))]
    index = "SEARCH s USING INDEX listing_stock_untended (unmanaged=?"
    assert steps == [
        f"{index})",
        "SCAN w",
        f"{index} AND account_id=? AND external_warehouse=?)",
        "SCAN a USING COVERING INDEX account_booked_as",
        "SEARCH s USING INDEX listing_stock_account (account_id=?)",
        "SCAN unmanaged_listing",
    ]


def test_a_stranger_reads_every_view(store: Store) -> None:
    views = [
        r[0] for r in store.connection.execute("SELECT name FROM sqlite_schema WHERE type = 'view'")
    ]
    assert {
        "stock_level",
        "listing_state",
        "open_order",
        "reserve",
        "unlinked_listing",
        "unmanaged_listing",
    } <= {*views}
    # As another tool opens it: nothing of this program's is at hand.
    with sqlite3.connect(f"file:{store.path}?mode=ro", uri=True) as other:
        for view in views:
            assert other.execute(f"SELECT * FROM {view}").fetchall() == []
    other.close()


@pytest.mark.parametrize(
    ("table", "column", "words"),
    [
        ("movement", "kind", MovementKind),
        # A dispute is a mark of its own: the step stays what it was.
        ("orders", "step", set(Step) - {Step.DISPUTED}),
        ("returns", "step", ReturnStep),
        ("push", "verdict", Verdict),
    ],
)
def test_a_column_takes_the_words_of_its_enumeration(
    store: Store, table: str, column: str, words: Iterable[str]
) -> None:
    """The database refuses any other, so a label never lacks for what is stored."""
    (sql,) = store.connection.execute(
        "SELECT sql FROM sqlite_master WHERE name = ? AND type = 'table'", (table,)
    ).fetchone()
    check = re.search(rf"{column} IN \(([^)]*)\)", sql)
    assert check is not None
    assert set(re.findall(r"'([^']*)'", check[1])) == {str(word) for word in words}
