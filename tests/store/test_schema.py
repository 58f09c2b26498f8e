"""The schema makes wrong states impossible, whoever writes."""

from __future__ import annotations

import json
import os
import sqlite3
import stat
import subprocess
import sys
from contextlib import closing, suppress
from importlib.resources import files
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cloudstock.errors import Busy, DatabaseError, DatabaseMissing
from cloudstock.store import Store
from cloudstock.store.migrations import APPLICATION_ID, STEPS, migrate
from cloudstock.store.troubles.table import KINDS, kind_of
from tests.builders import NOW, account, arrange, contents, count, examples, level, offer

WHEN = "'2026-11-23T10:00:00.000000Z'"

# A small book with a row in every table, written by hand so that one column can be made wrong.
ROWS = f"""
INSERT INTO account (id, name, marketplace)
    VALUES (1, 'ozon-main', 'ozon'), (2, 'wb-main', 'wildberries');
INSERT INTO warehouse (id, name) VALUES (1, 'main'), (2, 'attic');
INSERT INTO product (id, sku, name, buffer) VALUES (1, 'MUG', '', NULL), (2, 'CUP', '', 0);
INSERT INTO product_barcode (barcode, product_id) VALUES ('4601', 1);
INSERT INTO listing (id, account_id, external_id, offer_id, name, archived, link,
    catalog_seen_at) VALUES (1, 1, 'id-MUG', 'MUG', '', 0, 'auto', {WHEN});
INSERT INTO listing_key VALUES (1, 'offer:MUG', 1);
INSERT INTO component VALUES (1, 1, 1);
INSERT INTO movement VALUES (1, 1, 1, 5, 'count', 'count:1', 1, {WHEN}, {WHEN}, '');
INSERT INTO count VALUES (1, 1, 1, 5, {WHEN}, '');
INSERT INTO orders (id, account_id, order_id, step, understood, status, shipped, created_at,
    external_warehouse, warehouse_id, first_seen_at, seen_at, open_seen_at, ended)
    VALUES (1, 1, 'A', 'open', 'open', 'new', 0, {WHEN}, '1', 1, {WHEN}, {WHEN}, {WHEN}, 0);
INSERT INTO order_line VALUES (1, 1, '1', 1, 'MUG', '[]', 2, 0);
INSERT INTO allocation (order_line_id, product_id, warehouse_id, reserved, off)
    VALUES (1, 1, 1, 2, 0);
INSERT INTO returns (id, account_id, return_id, keys, step, status, quantity, first_seen_at,
    seen_at, booked) VALUES (1, 1, 'R', '[]', 'received', 'back', 2, {WHEN}, {WHEN}, 2);
INSERT INTO account_warehouse (account_id, external_warehouse, warehouse_id, buffer, max_quantity,
    share_percent, ceiling) VALUES (1, '1', 1, 0, NULL, 100, 999);
INSERT INTO marketplace_warehouse VALUES (1, '1', 'W', NULL, NULL, {WHEN});
INSERT INTO push (id, listing_id, external_warehouse, quantity, computed_at, sent_at)
    VALUES (1, 1, '1', 3, {WHEN}, {WHEN});
INSERT INTO listing_stock (listing_id, external_warehouse, account_id) VALUES (1, '1', 1);
INSERT INTO cursor VALUES (1, 'orders', NULL, NULL, NULL, NULL);
INSERT INTO run VALUES (1, 1, 'orders', {WHEN}, {WHEN}, 1, NULL, NULL, '{{}}');
INSERT INTO fact VALUES ('schema', '1');
"""
# Of a table that the first steps do not have.
NOTICE = (
    f"INSERT INTO notice (kind, subject, facts, opened_at) VALUES ('down', '1', '{{}}', {WHEN})"
)
# In tables that came later.
LATER_ROWS = f"""
INSERT INTO quota (listing_id, external_warehouse, account_id, policy, divided, quantity, bound,
    bound_since, bound_until, covered) VALUES (1, '1', 1, 'split', 1, 2, 2, {WHEN}, {WHEN}, 1);
INSERT INTO account_warehouse (account_id, external_warehouse, warehouse_id, buffer, share_percent,
    ceiling) VALUES (1, '2', 2, 0, 100, 999);
INSERT INTO listing_stock (listing_id, external_warehouse, account_id) VALUES (1, '2', 1);
INSERT INTO quota (listing_id, external_warehouse, account_id, policy, divided)
    VALUES (1, '2', 1, 'split', 1);
INSERT INTO division VALUES (1, 1, 0, {WHEN});
INSERT INTO quota_excess (product_id, warehouse_id, units, began_at) VALUES (2, 1, 5, {WHEN});
INSERT INTO surprise (account_id, place, field, word, times, first_at, last_at)
    VALUES (1, 'GET /orders', 'status', 'odd', 1, {WHEN}, {WHEN});
INSERT INTO stock_share VALUES (1, '1', 'one', 0);
INSERT INTO imported_file VALUES ('9f86d08', 'stock.csv', {WHEN});
INSERT INTO source VALUES ('supplier-a', 'stock.csv', '9f86d08', 'a1', {WHEN}, {WHEN}, 5, 1);
INSERT INTO comparison VALUES (1, {WHEN}, 'off', 5, 1, 4, 2, 2, 1, 0);
INSERT INTO count_again VALUES (1, 0);
INSERT INTO change (id, kind, made_at, made_by, note, subject, products, units, counts_after,
    counts_to, movements_after, movements_to)
    VALUES (1, 'count', {WHEN}, 'ann', '', '', 1, 5, 0, 1, 0, 1);
INSERT INTO change_value VALUES (1, 'buffer', 1, NULL, '1');
INSERT INTO sale_rate (product_id, sold, per_day, low_at) VALUES (1, 30, 1.0, 7);
"""


@pytest.fixture
def small(store: Store) -> Store:
    store.connection.executescript(ROWS + LATER_ROWS)
    store.connection.execute(NOTICE)
    return store


IMPOSSIBLE = {
    "two accounts of one name": (
        "INSERT INTO account (id, name, marketplace) VALUES (3, 'ozon-main', 'ozon')"
    ),
    "one cabinet in two accounts": "UPDATE account SET marketplace = 'ozon', cabinet = '1'",
    "a cabinet without an id": "UPDATE account SET cabinet = ''",
    "another name for an account in the ledger": "UPDATE account SET booked_as = 'x' WHERE id = 1",
    "a warehouse fed from another since no time": (
        "UPDATE account_warehouse SET warehouse_before = 1"
    ),
    "a word that was never met": (
        f"INSERT INTO surprise VALUES (1, 'GET /x', 'status', 'odd', 0, {WHEN}, {WHEN}, 0)"
    ),
    "a word that was half left out": "UPDATE surprise SET left_out = 2",
    "two warehouses of one name": "INSERT INTO warehouse (id, name) VALUES (3, 'main')",
    "a warehouse without a name": "INSERT INTO warehouse (id, name) VALUES (3, '')",
    "a default buffer below zero": "UPDATE defaults SET buffer = -1",
    "low with no days left": "UPDATE defaults SET low_days = 0",
    "sold a product that never was": "UPDATE sale_rate SET sold = 0",
    "a rate of nothing": "UPDATE sale_rate SET per_day = 0",
    "two defaults": "INSERT INTO defaults VALUES (2, 0, NULL)",
    "an account pushed perhaps": "UPDATE account SET push = 'maybe'",
    "a warehouse half watched": "UPDATE account_warehouse SET watched = 2",
    "more listings that differ than were compared": "UPDATE comparison SET below = 5",
    "fewer units above than listings": "UPDATE comparison SET units_above = 0",
    "a comparison of no account": (
        f"INSERT INTO comparison VALUES (9, {WHEN}, 'on', 0, 0, 0, 0, 0, 0, 0)"
    ),
    "a change of a kind unheard of": "UPDATE change SET kind = 'gift'",
    "an undo of nothing": "UPDATE change SET kind = 'undo'",
    "a change that was undone before it was made": "UPDATE change SET undone_by = 1",
    "a change that ends before it begins": "UPDATE change SET counts_to = -1",
    "a setting unheard of": "UPDATE change_value SET what = 'colour'",
    "a count that stands for another, of none": "INSERT INTO count_again VALUES (9, 1)",
    "two products of one article": "INSERT INTO product (id, sku) VALUES (3, 'MUG')",
    "a product without an article": "INSERT INTO product (id, sku) VALUES (3, '')",
    "a buffer below zero": "UPDATE product SET buffer = -1",
    "a policy unheard of": "UPDATE product SET policy = 'hope'",
    "a policy unheard of, of an account": "UPDATE account_warehouse SET policy = 'hope'",
    "hours that are none": "UPDATE product SET empty_hours = 'by night'",
    "two changes at once beyond what there is": (
        "INSERT INTO quota_excess (product_id, warehouse_id, units, began_at)"
        f" VALUES (2, 1, 1, {WHEN})"
    ),
    "a change beyond what there is, by nothing": "UPDATE quota_excess SET units = 0",
    "a promise of less than nothing": "UPDATE quota SET quantity = -1",
    "a promise that is not what is left of it": "UPDATE quota SET quantity = 3 WHERE covered",
    "a bound of no time": "UPDATE quota SET bound_since = NULL WHERE covered",
    "a push of more than is there": (
        "INSERT INTO push (listing_id, external_warehouse, quantity, computed_at, sent_at)"
        f" VALUES (1, '1', 2, {WHEN}, {WHEN})"
    ),
    "a push while nobody knows what was promised": (
        "INSERT INTO push (listing_id, external_warehouse, quantity, computed_at, sent_at)"
        f" VALUES (1, '2', 1, {WHEN}, {WHEN})"
    ),
    "a barcode of no product": "INSERT INTO product_barcode (barcode, product_id) VALUES ('1', 9)",
    "two listings of one id": (
        f"INSERT INTO listing (id, account_id, external_id, offer_id, name, archived, link,"
        f" catalog_seen_at) VALUES (2, 1, 'id-MUG', 'X', '', 0, 'none', {WHEN})"
    ),
    "a listing of no account": (
        f"INSERT INTO listing (id, account_id, external_id, offer_id, name, archived, link,"
        f" catalog_seen_at) VALUES (2, 9, 'x', 'X', '', 0, 'none', {WHEN})"
    ),
    "a listing half archived": "UPDATE listing SET archived = 2",
    "a link of a kind unheard of": "UPDATE listing SET link = 'maybe'",
    "a key of no listing": "INSERT INTO listing_key VALUES (1, 'k', 9)",
    "a listing of no units": "UPDATE component SET units = 0",
    "a listing of units below zero": "UPDATE component SET units = -1",
    "a listing of no product": "INSERT INTO component VALUES (1, 9, 1)",
    "one product twice in a listing": "INSERT INTO component VALUES (1, 1, 2)",
    "a product that goes while listed": "DELETE FROM product WHERE id = 1",
    "a reserve below zero": "UPDATE stock SET reserved = -1",
    "a movement of nothing": (
        f"INSERT INTO movement VALUES (2, 1, 1, 0, 'count', 'x', 1, {WHEN}, {WHEN}, '')"
    ),
    "a movement of a kind unheard of": (
        f"INSERT INTO movement VALUES (2, 1, 1, 1, 'gift', 'x', 1, {WHEN}, {WHEN}, '')"
    ),
    "a movement booked twice": (
        f"INSERT INTO movement VALUES (2, 1, 1, 5, 'count', 'count:1', 1, {WHEN}, {WHEN}, '')"
    ),
    "a movement numbered zero": (
        f"INSERT INTO movement VALUES (2, 1, 1, 1, 'count', 'x', 0, {WHEN}, {WHEN}, '')"
    ),
    "a movement of no product": (
        f"INSERT INTO movement VALUES (2, 9, 1, 1, 'count', 'x', 1, {WHEN}, {WHEN}, '')"
    ),
    "a movement on no warehouse": (
        f"INSERT INTO movement VALUES (2, 1, 9, 1, 'count', 'x', 1, {WHEN}, {WHEN}, '')"
    ),
    "a movement changed": "UPDATE movement SET quantity = 6",
    "a movement's note changed": "UPDATE movement SET note = 'x'",
    "a movement taken out": "DELETE FROM movement",
    "a movement put in another's place": (
        f"INSERT OR REPLACE INTO movement VALUES (1, 2, 2, 9, 'count', 'x', 1, {WHEN}, {WHEN}, '')"
    ),
    "a count changed": "UPDATE count SET quantity = 6",
    "a count taken out": "DELETE FROM count",
    "a count below zero": f"INSERT INTO count VALUES (2, 1, 1, -1, {WHEN}, '')",
    "one order twice": (
        "INSERT INTO orders SELECT 2, account_id, order_id, step, understood, status, shipped,"
        " created_at, changed_at, external_warehouse, warehouse_id, first_seen_at, seen_at,"
        " open_seen_at, moved_at, handle, ignored, ended, unscanned, 0, NULL, NULL FROM orders"
    ),
    "a step unheard of": "UPDATE orders SET step = 'lost'",
    "an unknown step understood": "UPDATE orders SET understood = 'unknown'",
    "an order half shipped": "UPDATE orders SET shipped = 2",
    "an order half ended": "UPDATE orders SET ended = 2",
    "an order half disputed": "UPDATE orders SET disputed = 2",
    "an order half scanned": "UPDATE orders SET unscanned = 2",
    "one line twice": "INSERT INTO order_line VALUES (2, 1, '1', 1, 'MUG', '[]', 2, 0)",
    "a line below zero": "UPDATE order_line SET quantity = -1",
    "a line with less than nothing gone": "UPDATE order_line SET off = -1",
    "a line of no order": "INSERT INTO order_line VALUES (2, 9, '1', 1, 'MUG', '[]', 2, 0)",
    "a line of no listing": "INSERT INTO order_line VALUES (2, 1, '2', 9, 'MUG', '[]', 2, 0)",
    "units both in the warehouse and off it": "UPDATE allocation SET reserved = 1, off = 1",
    "a reserve of a line below zero": "UPDATE allocation SET reserved = -1",
    "less than nothing gone": "UPDATE allocation SET reserved = 0, off = -1",
    "one allocation twice": "INSERT INTO allocation VALUES (1, 1, 1, 1, 0, 0)",
    "more away than left": "UPDATE allocation SET reserved = 0, off = 2, away = 3",
    "given up and not cancelled": f"UPDATE orders SET cancelled_at = NULL, given_up_at = {WHEN}",
    "one return twice": (
        "INSERT INTO returns (account_id, return_id, keys, step, status, quantity, first_seen_at,"
        f" seen_at) VALUES (1, 'R', '[]', 'received', 'x', 1, {WHEN}, {WHEN})"
    ),
    "a return's step unheard of": "UPDATE returns SET step = 'lost'",
    "a return of less than nothing": "UPDATE returns SET quantity = -1",
    "more put away than came": "UPDATE returns SET restocked = 1, written_off = 2",
    "less than nothing put away": "UPDATE returns SET restocked = -1",
    "less than nothing written off": "UPDATE returns SET written_off = -1",
    "a return booked below zero": "UPDATE returns SET booked = -1",
    "two that lead one stock": "INSERT INTO stock_share VALUES (2, '1', 'one', 0)",
    "a leader that is no listing": "UPDATE listing_stock SET leader_id = 99",
    "a share of more than all": "UPDATE account_warehouse SET share_percent = 101",
    "a share below zero": "UPDATE account_warehouse SET share_percent = -1",
    "a cap below zero": "UPDATE account_warehouse SET max_quantity = -1",
    "an account's buffer below zero": "UPDATE account_warehouse SET buffer = -1",
    "a marketplace that takes nothing": "UPDATE account_warehouse SET ceiling = 0",
    "a target below zero": "UPDATE listing_stock SET target = -1",
    "half a belief": (
        f"UPDATE listing_stock SET low = 1, believed_since = {WHEN}, believed_until = {WHEN}"
    ),
    "a belief without its time": "UPDATE listing_stock SET low = 1, high = 1",
    "a belief that ends before it begins": (
        f"UPDATE listing_stock SET low = 2, high = 1, believed_since = {WHEN}, believed_until"
        f" = {WHEN}"
    ),
    "a belief below zero": (
        f"UPDATE listing_stock SET low = -1, high = 1, believed_since = {WHEN},"
        f" believed_until = {WHEN}"
    ),
    "pushed at no time": "UPDATE listing_stock SET pushed = 1",
    "seen at no time": "UPDATE listing_stock SET seen = 1",
    "refused less than never": "UPDATE listing_stock SET refusals = -1",
    "a push in flight that was never sent": "UPDATE listing_stock SET push_id = 9",
    "a push below zero": "UPDATE push SET quantity = -1",
    "a verdict at no time": "UPDATE push SET verdict = 'accepted'",
    "a verdict unheard of": f"UPDATE push SET verdict = 'maybe', answered_at = {WHEN}",
    "an answer that says nothing": f"UPDATE push SET answered_at = {WHEN}",
    "an account that goes while it has listings": "DELETE FROM account WHERE id = 1",
    "a run half done": "UPDATE run SET ok = 2",
    "one event open twice": NOTICE,
    "an end told of what no one was": f"UPDATE notice SET closed_at = {WHEN}, end_told_at = {WHEN}",
    "an end told of what lasts": f"UPDATE notice SET told_at = {WHEN}, end_told_at = {WHEN}",
    "a teller for ever": "UPDATE notice SET teller = 'x'",
    "a text as a quantity": "UPDATE order_line SET quantity = 'many'",
    "a fraction as a quantity": "UPDATE order_line SET quantity = 1.5",
    "nothing as a quantity": "UPDATE order_line SET quantity = NULL",
}


@pytest.mark.parametrize("statement", IMPOSSIBLE.values(), ids=IMPOSSIBLE)
def test_a_wrong_state_is_refused(small: Store, statement: str) -> None:
    before = contents(small)
    with pytest.raises(sqlite3.IntegrityError):
        small.connection.execute(statement)
    assert contents(small) == before


def test_the_small_book_is_a_right_state(small: Store) -> None:
    """Or else every statement above would be refused for another reason."""
    filled = {
        r[0]
        for r in small.connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")
        if small.connection.execute(f"SELECT count(*) FROM {r[0]}").fetchone()[0]
    }
    tables = small.connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")
    assert filled == {r[0] for r in tables}
    assert small.ledger.totals_that_differ() == []
    assert small.connection.execute("PRAGMA foreign_key_check").fetchall() == []


def test_every_table_is_strict(store: Store) -> None:
    rows = store.connection.execute(
        "SELECT name, strict FROM pragma_table_list WHERE schema = 'main' AND type = 'table'"
    )
    loose = [r["name"] for r in rows if not r["strict"] and not r["name"].startswith("sqlite_")]
    assert loose == []


# ---------------------------------------------------------------- totals

PRODUCTS = st.integers(1, 3)
SHELVES = st.integers(1, 2)
LINES = st.integers(1, 4)
OPERATIONS = st.one_of(
    st.tuples(st.just("count"), PRODUCTS, SHELVES, st.integers(0, 9)),
    st.tuples(st.just("adjust"), PRODUCTS, SHELVES, st.integers(-9, 9).filter(bool)),
    st.tuples(st.just("reserve"), LINES, PRODUCTS, SHELVES, st.integers(0, 9)),
    st.tuples(st.just("off"), LINES, PRODUCTS, SHELVES, st.integers(1, 9)),
    st.tuples(st.just("release"), LINES, PRODUCTS, SHELVES),
    st.tuples(st.just("forget"), LINES),
    st.tuples(st.just("undo")),
)


@given(operations=st.lists(OPERATIONS, max_size=25))
@settings(max_examples=examples(60), suppress_health_check=[HealthCheck.too_slow])
def test_totals_equal_the_sums_beneath_them(operations: list[tuple[str, int]]) -> None:
    with Store.open_empty() as store:
        db = store.connection
        db.executescript(
            ROWS
            + "INSERT INTO product (id, sku, name, buffer) VALUES (3, 'POT', '', NULL);"
            + "".join(
                f"INSERT INTO order_line VALUES ({n}, 1, '{n}', 1, '', '[]', 9, 0);"
                for n in (2, 3, 4)
            )
        )
        for operation in operations:
            carry_out(store, operation)
            assert store.ledger.totals_that_differ() == []
            # Every sum has its total: none is missing.
            missing = db.execute(
                "SELECT count(*) FROM (SELECT product_id, warehouse_id FROM movement UNION SELECT"
                " product_id, warehouse_id FROM allocation WHERE reserved > 0 EXCEPT SELECT"
                " product_id, warehouse_id FROM stock)"
            ).fetchone()[0]
            assert missing == 0


def carry_out(store: Store, operation: tuple[str, int]) -> None:
    db = store.connection
    upsert = (
        "INSERT INTO allocation VALUES (?, ?, ?, ?, ?, 0) ON CONFLICT DO UPDATE SET"
        " reserved = excluded.reserved, off = excluded.off"
    )
    match operation:
        case ("count", product, shelf, quantity):
            store.ledger.count(product, shelf, quantity, now=NOW)
            assert store.ledger.level(product, shelf).on_hand == quantity
        case ("adjust", product, shelf, delta):
            store.ledger.adjust(product, shelf, delta, now=NOW, reason="test")
        case ("reserve", line, product, shelf, units):
            db.execute(upsert, (line, product, shelf, units, 0))
        case ("off", line, product, shelf, units):
            db.execute(upsert, (line, product, shelf, 0, units))
        case ("release", line, product, shelf):
            db.execute(
                "DELETE FROM allocation WHERE order_line_id = ? AND product_id = ?"
                " AND warehouse_id = ?",
                (line, product, shelf),
            )
        case ("forget", line):
            db.execute("DELETE FROM allocation WHERE order_line_id = ?", (line,))
        case ("undo",):
            with suppress(ZeroDivisionError), store.transaction():
                store.ledger.adjust(1, 1, 5, now=NOW, reason="test")
                db.execute(upsert, (1, 1, 1, 5, 0))
                raise ZeroDivisionError


# ---------------------------------------------------------------- the file


@pytest.fixture
def every_step_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    """Elsewhere a new database is a copy of one that was made before."""
    monkeypatch.setattr("cloudstock.store.migrate", migrate)


@pytest.mark.usefixtures("every_step_is_made")
@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
def test_the_book_is_its_owners_alone(tmp_path: Path, umask: int) -> None:
    old = os.umask(umask)
    try:
        with Store.open(tmp_path / "book.db", create=True) as store:
            store.ledger.warehouse("main")
            modes = {p.name: stat.S_IMODE(p.stat().st_mode) for p in tmp_path.iterdir()}
    finally:
        os.umask(old)
    assert modes == dict.fromkeys(("book.db", "book.db-wal", "book.db-shm"), 0o600)


def test_the_book_remembers(tmp_path: Path) -> None:
    path = tmp_path / "book.db"
    with Store.open(path, create=True) as store:
        ids = arrange(store, account())
        offer(store, ids["ozon-main"], "MUG")
        count(store, "MUG", 7)
    with Store.open(path) as store:
        assert level(store, "MUG") == (7, 0)
        assert store.connection.execute("PRAGMA journal_mode").fetchone()[0] == "wal"
        assert store.connection.execute("PRAGMA foreign_keys").fetchone()[0] == 1


def test_a_missing_database_is_never_begun_by_opening_it(tmp_path: Path) -> None:
    (tmp_path / "link.db").symlink_to("gone/book.db")
    (tmp_path / "file").write_text("no folder")
    before = set(tmp_path.iterdir())
    for name, words in {
        "book.db": ["there is no database", "restore FILE", "create-database"],
        "no/book.db": ["no folder", "mount its disk"],
        "file/book.db": ["no folder"],
        "link.db": ["symbolic link to gone/book.db, which is not there"],
        ".": ["is a folder"],
    }.items():
        with pytest.raises(DatabaseMissing) as failure, Store.open(tmp_path / name):
            pytest.fail("opened")
        assert failure.value.exit_code == 78
        assert all(w in str(failure.value) for w in [str(tmp_path), *words]), str(failure.value)
    assert set(tmp_path.iterdir()) == before


def test_an_empty_file_is_damage_and_no_new_database(tmp_path: Path) -> None:
    path = tmp_path / "book.db"
    path.touch()
    with pytest.raises(DatabaseError, match="damaged: it is empty") as failure, Store.open(path):
        pytest.fail("opened")
    assert not isinstance(failure.value, DatabaseMissing)
    assert path.stat().st_size == 0


def test_another_programs_database_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    with closing(sqlite3.connect(path)) as other:
        other.execute("CREATE TABLE secrets (x)")
    before = path.read_bytes()
    with pytest.raises(DatabaseError, match="database of another program"), Store.open(path):
        pytest.fail("opened")
    assert path.read_bytes() == before


@pytest.mark.usefixtures("every_step_is_made")
def test_an_empty_database_marked_as_anothers_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    with closing(sqlite3.connect(path)) as other:
        other.execute("PRAGMA application_id = 42")
    with pytest.raises(DatabaseError, match="another program"), Store.open(path):
        pytest.fail("opened")


def test_a_file_that_is_no_database_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("dear diary, " * 100)
    with pytest.raises(DatabaseError, match="notes"), Store.open(path):
        pytest.fail("opened")
    assert path.read_text() == "dear diary, " * 100


def test_a_newer_schema_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "book.db"
    with Store.open(path, create=True) as store:
        store.connection.execute(f"PRAGMA user_version = {len(STEPS) + 1}")
    with pytest.raises(DatabaseError, match="newer cloudstock"), Store.open(path):
        pytest.fail("opened")


@pytest.mark.usefixtures("every_step_is_made")
def test_a_migration_that_fails_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "book.db"
    script = "CREATE TABLE first (x INTEGER) STRICT;\nCREATE TABLE broken (;\n"
    monkeypatch.setattr("cloudstock.store.migrations._statements", lambda _: script.splitlines())
    with pytest.raises(DatabaseError), Store.open(path, create=True):
        pytest.fail("opened")
    monkeypatch.undo()
    with Store.open(path, create=True) as store:
        assert store.connection.execute("PRAGMA application_id").fetchone()[0] == APPLICATION_ID
        tables = {r[0] for r in store.connection.execute("SELECT name FROM sqlite_schema")}
        assert "movement" in tables
        assert "first" not in tables


def test_a_copy_leaves_the_book_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "book.db"
    with Store.open(path, create=True) as store:
        store.ledger.warehouse("main")
    with Store.open_copy(path) as copy:
        assert copy.ledger.warehouse("main") == 1
        copy.ledger.warehouse("attic")
    with Store.open(path) as store:
        assert [
            r[0] for r in store.connection.execute("SELECT name FROM warehouse WHERE id > 0")
        ] == ["main"]
    with pytest.raises(DatabaseMissing), Store.open_copy(tmp_path / "none.db"):
        pytest.fail("opened")
    assert not (tmp_path / "none.db").exists()


# ---------------------------------------------------------------- several programs at once

AT_ONCE = """
import sys
from contextlib import closing, suppress
from importlib.resources import files
from pathlib import Path
from cloudstock.store import Store
from tests.builders import NOW

path, times = Path(sys.argv[1]), int(sys.argv[2])
sys.stdin.read()
with Store.open(path, create=True) as store:
    for _ in range(times):
        with store.transaction():
            shelf = store.ledger.warehouse("main")
            number = store.connection.execute("SELECT buffer FROM defaults").fetchone()[0]
            store.arrangement.set_default_buffer(number + 1)
"""


def at_once(path: Path, processes: int, times: int) -> list[str]:
    """Run writers that all wait for the same starting shot; return what they complained of."""
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", AT_ONCE, str(path), str(times)],
            stdin=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(processes)
    ]
    for writer in writers:
        assert writer.stdin is not None
        writer.stdin.close()
        writer.stdin = None
    return [writer.communicate(timeout=120)[1] for writer in writers]


def test_programs_that_meet_at_a_new_book_make_one(tmp_path: Path) -> None:
    path = tmp_path / "book.db"
    assert at_once(path, processes=4, times=1) == [""] * 4
    with Store.open(path) as store:
        assert store.connection.execute("SELECT buffer FROM defaults").fetchone()[0] == 4
        assert (
            store.connection.execute("SELECT count(*) FROM warehouse WHERE id > 0").fetchone()[0]
            == 1
        )
        assert store.connection.execute("PRAGMA integrity_check").fetchone()[0] == "ok"


def test_two_programs_writing_at_once_lose_nothing(tmp_path: Path) -> None:
    path = tmp_path / "book.db"
    assert at_once(path, processes=2, times=500) == ["", ""]
    with Store.open(path) as store:
        assert store.connection.execute("SELECT buffer FROM defaults").fetchone()[0] == 1000


def test_a_book_held_for_too_long_is_told_as_busy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cloudstock.store.BUSY_TIMEOUT_S", 0.01)
    path = tmp_path / "book.db"
    with Store.open(path, create=True) as one, Store.open(path) as other, one.transaction():
        one.ledger.warehouse("main")
        with pytest.raises(Busy, match="held by another program"), other.transaction():
            pytest.fail("began")
        # Readers are not kept waiting, and do not see what is not committed.
        assert (
            other.connection.execute("SELECT count(*) FROM warehouse WHERE id > 0").fetchone()[0]
            == 0
        )


def test_a_transaction_is_all_or_nothing(store: Store) -> None:
    with suppress(ZeroDivisionError), store.transaction():
        store.ledger.warehouse("main")
        with store.transaction():
            store.ledger.warehouse("attic")
        raise ZeroDivisionError
    assert (
        store.connection.execute("SELECT count(*) FROM warehouse WHERE id > 0").fetchone()[0] == 0
    )
    assert not store.connection.in_transaction


@pytest.mark.usefixtures("every_step_is_made")
def test_a_book_of_the_first_step_is_brought_up_to_date(tmp_path: Path) -> None:
    with Store.open(tmp_path / "new.db", create=True) as store:
        today = schema_of(store)
    path = tmp_path / "old.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.executescript((files("cloudstock.store") / STEPS[0]).read_text(encoding="utf-8"))
        db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        db.execute("PRAGMA user_version = 1")
    with Store.open(path) as store:
        assert schema_of(store) == today
        assert store.connection.execute("PRAGMA user_version").fetchone()[0] == len(STEPS)


def test_a_ledger_of_before_moves_is_kept_line_by_line(tmp_path: Path) -> None:
    path = tmp_path / "book.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        for step in STEPS[:3]:
            db.executescript((files("cloudstock.store") / step).read_text(encoding="utf-8"))
        db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        db.execute("PRAGMA user_version = 3")
        db.executescript(ROWS.replace("listing_stock", "shown"))
        db.executescript(
            "INSERT INTO movement VALUES (7, 1, 1, -2, 'write-off', 'return:1:R', 1, 'a', 'b', 'c')"
        )
        before = {t: db.execute(f"SELECT * FROM {t}").fetchall() for t in ("movement", "stock")}
    with Store.open(path) as store:
        db = store.connection
        # Columns that follow from the others stand behind them now.
        after = {
            t: [tuple(r)[: len(rows[0])] for r in db.execute(f"SELECT * FROM {t}")]
            for t, rows in before.items()
        }
        assert after == before
        assert db.execute("PRAGMA foreign_key_check").fetchall() == []
        assert db.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
        for statement in ("UPDATE movement SET quantity = 1", "DELETE FROM movement"):
            with pytest.raises(sqlite3.IntegrityError, match="the ledger only grows"):
                db.execute(statement)
        store.ledger.move(1, 1, 2, 2, now=NOW, note="")
        assert store.ledger.totals_that_differ() == []
        assert [r[0] for r in db.execute("SELECT booked FROM stock ORDER BY warehouse_id")] == [
            1,
            2,
        ]


def test_returns_of_before_claims_are_kept_row_by_row(tmp_path: Path) -> None:
    path = tmp_path / "book.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        for step in STEPS[: STEPS.index("schema_8.sql")]:
            db.executescript((files("cloudstock.store") / step).read_text(encoding="utf-8"))
        db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        db.execute(f"PRAGMA user_version = {STEPS.index('schema_8.sql')}")
        db.executescript(ROWS.replace("listing_stock", "shown"))
        before = db.execute("SELECT * FROM returns").fetchall()
        assert before
    with Store.open(path) as store:
        db = store.connection
        after = [tuple(r) for r in db.execute("SELECT * FROM returns")]
        assert [r[: len(before[0])] for r in after] == before
        assert db.execute("PRAGMA foreign_key_check").fetchall() == []


def schema_of(store: Store) -> set[str]:
    rows = store.connection.execute("SELECT name FROM sqlite_schema WHERE sql IS NOT NULL")
    return {row[0] for row in rows}


def test_events_of_before_one_table_of_troubles_go_on(tmp_path: Path) -> None:
    at = WHEN.strip("'")
    path, step = tmp_path / "book.db", STEPS.index("schema_14.sql")
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        for name in STEPS[:step]:
            db.executescript((files("cloudstock.store") / name).read_text(encoding="utf-8"))
        db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        db.execute(f"PRAGMA user_version = {step}")
        account = {"account": "north", "since": at, "message": "no answer"}
        events = [
            ("down", "1", account),
            ("down", "2", {**account, "account": "south", "message": None}),
            ("failed", "1:push", {**account, "job": "push"}),
            ("oversold", "1:1", {"sku": "MUG", "warehouse": "main", "reserved": 3, "on_hand": 1}),
            ("unlinked", "7", {"account": "north", "article": "LAMP"}),
            ("token", f"1:{at}", {"account": "north", "ends_at": at}),
        ]
        db.executemany(
            "INSERT INTO notice (kind, subject, facts, opened_at, told_at) VALUES (?, ?, ?, ?, ?)",
            [(kind, subject, json.dumps(facts), at, at) for kind, subject, facts in events],
        )
    with Store.open(path) as store:
        kept = store.notices.open([kind.name for kind in KINDS])
        subjects = store.connection.execute("SELECT kind, subject FROM notice").fetchall()
    # Of each it can be said what is so.
    assert [kind_of(n.kind).words(n.facts)[0].split(";")[0][:24] for n in kept] == [
        "orders failed: no answer",
        "orders were last read 20",
        "push failed: no answer",
        "MUG is oversold in main:",
        "LAMP is linked to no pro",
        "the key ends on 2026-11-",
    ]
    assert [tuple(row) for row in subjects] == [
        ("failed", "1:orders"),
        ("stale", "2"),
        ("failed", "1:push"),
        ("oversold", "1:1"),
        ("unlinked_listing", "7"),
        ("credentials", f"1:{at}"),
    ]


def test_changes_are_kept_when_their_table_is_made_wider(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "a.db", isolation_level=None)) as connection:
        connection.execute("PRAGMA foreign_keys = ON")
        migrate(connection, "a.db", steps=40)
        connection.execute("INSERT INTO product (id, sku, name) VALUES (1, 'MUG', '')")
        change = f"{WHEN}, 'me', '', '', 1, 1, 0, 0, 0, 0, 0"
        connection.execute(f"INSERT INTO change VALUES (1, 'policy', {change}, NULL, NULL)")
        connection.execute(f"INSERT INTO change VALUES (2, 'policy', {change}, NULL, NULL)")
        connection.execute(f"INSERT INTO change VALUES (3, 'undo', {change}, 2, NULL)")
        connection.execute("UPDATE change SET undone_by = 3 WHERE id = 2")
        connection.execute("INSERT INTO change_value VALUES (1, 'policy', 1, '', 'split|')")
        connection.execute("INSERT INTO change_value VALUES (2, 'buffer', 1, NULL, '2')")
        migrate(connection, "a.db")
        kept = connection.execute("SELECT id, kind, undoes, undone_by FROM change ORDER BY id")
        assert kept.fetchall() == [
            (1, "policy", None, None),
            (2, "buffer", None, 3),
            (3, "undo", 2, None),
        ]
        values = connection.execute("SELECT change_id, what, product_id, after FROM change_value")
        assert values.fetchall() == [(1, "policy", 1, "split|"), (2, "buffer", 1, "2")]
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
        with pytest.raises(sqlite3.IntegrityError):
            connection.execute("UPDATE change SET undoes = 9 WHERE id = 3")


def test_orders_of_before_that_name_no_warehouse_are_of_one_that_feeds_from_theirs(
    tmp_path: Path,
) -> None:
    with closing(sqlite3.connect(tmp_path / "a.db", isolation_level=None)) as connection:
        migrate(connection, "a.db", steps=43)
        connection.executescript(ROWS)
        connection.executescript(
            "INSERT INTO account_warehouse (account_id, external_warehouse, warehouse_id, buffer,"
            " share_percent, ceiling) VALUES (1, '0', 2, 0, 100, 999), (1, '2', 1, 0, 100, 999);"
            "UPDATE orders SET external_warehouse = NULL"
        )
        migrate(connection, "a.db")
        kept = connection.execute("SELECT external_warehouse, warehouse_id FROM orders")
        assert kept.fetchall() == [("1", 1)]
