"""A copy of the book is whole or is not there; going back to one forgets what is shown."""

from __future__ import annotations

import fcntl
import os
import sqlite3
import stat
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from cloudstock.changes.backup import backup, create, restore
from cloudstock.domain.plan import Decision, Phase
from cloudstock.errors import DatabaseError, UsageProblem
from cloudstock.store import Store
from cloudstock.store.integrity import examine
from cloudstock.store.migrations import LATEST
from cloudstock.store.readings import Reading
from cloudstock.store.times import to_iso
from tests import builders
from tests.builders import NOW


@pytest.fixture
def book(tmp_path: Path) -> Path:
    """Three products counted, one order, one push accepted and one without an answer."""
    path = tmp_path / "book.db"
    with Store.open(path, create=True) as store:
        account = builders.account()
        account_id = builders.arrange(store, account)["ozon-main"]
        builders.offer(store, account_id, "MUG", "CUP", "POT")
        for sku in ("MUG", "CUP", "POT"):
            builders.count(store, sku, 10, now=builders.after(days=-1))
        builders.book(store, account, builders.order("1", {"MUG": 2}))
        with store.transaction():
            store.targets.refresh()
            mug, cup = (builders.listing_id(store, account_id, x) for x in ("MUG", "CUP"))
            store.pushes.begin_push(account_id, [Decision(mug, "1", 8, Phase.LOWER)], now=NOW)
            reading = Reading(cup, "1", 10, 0, believe=True)
            store.readings.saw([reading], requested_at=NOW, now=NOW)
    return path


def on_hand(path: Path, sku: str) -> int | None:
    with Store.open(path) as store:
        return builders.level(store, sku)[0]


def count(path: Path, sku: str, quantity: int) -> None:
    with Store.open(path) as store:
        builders.count(store, sku, quantity, now=builders.after(days=1))


def left_behind(folder: Path) -> list[str]:
    return sorted(p.name for p in folder.iterdir() if "partial" in p.name)


def test_a_new_database_is_begun_once(tmp_path: Path) -> None:
    book = tmp_path / "book.db"
    create(book, dry_run=True)
    assert list(tmp_path.iterdir()) == []
    create(book)
    assert [p.name for p in tmp_path.iterdir()] == ["book.db"]
    assert stat.S_IMODE(book.stat().st_mode) == 0o600
    with Store.open(book) as store:
        assert examine(store).ok
        builders.offer(store, builders.arrange(store, builders.account())["ozon-main"], "MUG")
        builders.count(store, "MUG", 3)
    with pytest.raises(UsageProblem, match="exists; a new one never takes its place"):
        create(book)
    assert on_hand(book, "MUG") == 3


def test_no_new_database_takes_the_place_of_what_another_left(tmp_path: Path) -> None:
    book = tmp_path / "book.db"
    (tmp_path / "link.db").symlink_to("gone.db")
    book.touch()
    with pytest.raises(UsageProblem):
        create(book)
    book.unlink()
    journal = tmp_path / "book.db-wal"
    journal.write_bytes(b"what was committed last")
    with pytest.raises(UsageProblem, match=r"book\.db-wal is what a database last wrote"):
        create(book)
    with pytest.raises(UsageProblem, match="exists"):
        create(tmp_path / "link.db")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["book.db-wal", "link.db"]
    with pytest.raises(DatabaseError, match="No such file"):
        create(tmp_path / "no" / "book.db")
    # One in which nothing is left to be written is nobody's.
    journal.write_bytes(b"")
    create(book)
    with Store.open(book) as store:
        assert examine(store).ok


def test_a_copy_holds_all_and_is_for_its_owner_only(book: Path, tmp_path: Path) -> None:
    target = tmp_path / "copy.db"
    umask = os.umask(0)
    try:
        made = backup(book, target)
    finally:
        os.umask(umask)
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert made.contents.counts()["movement"] == 3
    assert made.contents.units == 30
    with Store.open(book) as one, Store.open(target) as other:
        # The copy keeps its schema in another order.
        dumps = [sorted(builders.contents(x).splitlines()) for x in (one, other)]
        assert dumps[0] == dumps[1]
    assert left_behind(tmp_path) == []


def test_an_existing_file_is_kept_unless_told(book: Path, tmp_path: Path) -> None:
    target = tmp_path / "copy.db"
    target.write_text("dear to somebody")
    with pytest.raises(UsageProblem, match="--force"):
        backup(book, target)
    assert target.read_text() == "dear to somebody"
    backup(book, target, force=True)
    assert on_hand(target, "CUP") == 10
    # A name that leads nowhere is somebody's, too.
    target.unlink()
    target.symlink_to("nowhere.db")
    with pytest.raises(UsageProblem, match="--force"):
        backup(book, target)
    backup(book, target, force=True)
    assert not target.is_symlink()


@pytest.mark.parametrize("force", [True, False])
def test_the_book_is_never_its_own_copy(book: Path, tmp_path: Path, force: bool) -> None:
    other_name = tmp_path / "link.db"
    other_name.symlink_to(book)
    for target in (book, other_name):
        with pytest.raises(UsageProblem):
            backup(book, target, force=force)
        with pytest.raises(UsageProblem):
            restore(target, book, now=NOW)
    assert on_hand(book, "CUP") == 10


def test_a_copy_made_while_others_write_is_of_one_moment(book: Path, tmp_path: Path) -> None:
    stop = threading.Event()

    def write() -> None:
        with Store.open(book) as store:
            for number in range(1, 400):
                if stop.is_set():
                    return
                for sku in ("MUG", "CUP"):
                    with store.transaction():
                        builders.count(store, sku, number)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for number in range(5):
            copy = tmp_path / f"copy-{number}.db"
            backup(book, copy)
            with Store.open(copy) as store:
                assert examine(store).ok
    finally:
        stop.set()
        writer.join()


def test_a_book_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    with pytest.raises(DatabaseError, match="there is no database"):
        backup(tmp_path / "none.db", tmp_path / "copy.db")
    assert list(tmp_path.iterdir()) == []


def test_going_back_keeps_the_book_that_was_there(book: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    backup(book, copy)
    count(book, "CUP", 4)
    book.chmod(0o644)
    done = restore(copy, book, now=NOW)
    assert stat.S_IMODE(book.stat().st_mode) == 0o600
    assert on_hand(book, "CUP") == 10
    assert done.kept is not None
    assert stat.S_IMODE(done.kept.stat().st_mode) == 0o600
    assert on_hand(done.kept, "CUP") == 4
    assert left_behind(tmp_path) == []


def test_after_going_back_nothing_is_believed(book: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    backup(book, copy)
    restore(copy, book, now=NOW)
    with Store.open(book) as store:
        assert examine(store).ok
        assert examine(store).notable == ()
        believed = "SELECT count(*) FROM listing_stock WHERE low IS NOT NULL OR push_id IS NOT NULL"
        assert store.connection.execute(believed).fetchone()[0] == 0
        # What was sent and not answered in the copy's time is not waited for.
        answers = store.connection.execute("SELECT verdict, answered_at FROM push")
        assert [tuple(answer) for answer in answers] == [("unknown", to_iso(NOW))]
        account_id = store.catalog.account_ids()["ozon-main"]
        with store.transaction():
            store.targets.refresh()
        differ = store.targets.differences(account_id, now=NOW, full=False, raisable=frozenset({1}))
        # Every listing is sent again, each with what is available.
        assert sorted(d.target for d in differ) == [8, 10, 10]


def test_a_command_that_has_the_book_open_sees_the_copy(book: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    backup(book, copy)
    with Store.open(book) as meanwhile:
        builders.count(meanwhile, "CUP", 4, now=builders.after(days=1))
        restore(copy, book, now=NOW)
        assert builders.level(meanwhile, "CUP")[0] == 10
        builders.count(meanwhile, "CUP", 7, now=builders.after(days=2))
    assert on_hand(book, "CUP") == 7


def test_a_dry_run_changes_nothing(book: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    backup(book, copy)
    count(book, "CUP", 4)
    before = sorted(p.name for p in tmp_path.iterdir())
    assert restore(copy, book, now=NOW, dry_run=True).kept is None
    assert on_hand(book, "CUP") == 4
    assert sorted(p.name for p in tmp_path.iterdir()) == before


def test_where_there_is_no_book_the_copy_becomes_it(book: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    backup(book, copy)
    new = tmp_path / "new.db"
    assert restore(copy, new, now=NOW).kept is None
    assert on_hand(new, "CUP") == 10
    assert stat.S_IMODE(new.stat().st_mode) == 0o600


def test_a_damaged_book_is_set_aside_and_replaced(book: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    backup(book, copy)
    torn = book.read_bytes()[:6000]
    book.write_bytes(torn)
    done = restore(copy, book, now=NOW)
    assert done.kept is not None
    assert done.kept.read_bytes() == torn
    assert on_hand(book, "CUP") == 10


def torn_copy(copy: Path) -> None:
    copy.write_bytes(copy.read_bytes()[: copy.stat().st_size // 2])


def spoiled_totals(copy: Path) -> None:
    with closing(sqlite3.connect(copy, isolation_level=None)) as db:
        db.execute("UPDATE stock SET booked = 99")


def of_another_program(copy: Path) -> None:
    copy.unlink()
    with closing(sqlite3.connect(copy)) as db:
        db.execute("CREATE TABLE theirs (x)")


def no_database(copy: Path) -> None:
    copy.write_text("sku,quantity\nMUG,3\n" * 99)


def empty(copy: Path) -> None:
    copy.write_bytes(b"")


@pytest.mark.parametrize(
    "spoil", [torn_copy, spoiled_totals, of_another_program, no_database, empty]
)
def test_what_is_not_a_whole_copy_is_refused(
    book: Path, tmp_path: Path, spoil: Callable[[Path], None]
) -> None:
    copy = tmp_path / "copy.db"
    backup(book, copy)
    spoil(copy)
    before = copy.read_bytes()
    with pytest.raises(DatabaseError, match=r"copy\.db"):
        restore(copy, book, now=NOW)
    assert on_hand(book, "CUP") == 10
    assert copy.read_bytes() == before
    assert left_behind(tmp_path) == []


def test_a_book_in_use_is_no_copy(book: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.db"
    backup(book, other)
    with Store.open(other) as store:
        builders.count(store, "CUP", 1)
        with pytest.raises(UsageProblem, match="in use"):
            restore(other, book, now=NOW)


def test_what_a_killed_backup_left_is_cleared_and_what_is_being_written_is_not(
    tmp_path: Path,
) -> None:
    book = tmp_path / "book.db"
    create(book)
    old, held, fresh, others = (
        tmp_path / name
        for name in (
            ".copy.db-old.partial",
            ".copy.db-held.partial",
            ".copy.db-fresh.partial",
            ".else.db-old.partial",
        )
    )
    for path in (old, held, fresh, others):
        path.write_bytes(b"half")
    for path in (old, held, others):
        os.utime(path, (0, 0))
    with held.open("rb") as writing:
        fcntl.flock(writing, fcntl.LOCK_EX)
        backup(book, tmp_path / "copy.db")
    assert [p.exists() for p in (old, held, fresh, others)] == [False, True, True, True]


# ---------------------------------------------------------------- the copy against the book


@contextmanager
def before_it_is_read_back(act: Callable[[Path], None]) -> Iterator[None]:
    """Do something to the copy's folder after it was made and before anybody reads it back.

    As a disk does that loses what it was given, or another program that writes meanwhile.
    """
    connect = sqlite3.connect

    def connecting(database: object, *args: object, **options: object) -> sqlite3.Connection:
        if "immutable=1" in str(database):
            act(Path(str(database).removeprefix("file:").partition("?")[0]))
        return connect(database, *args, **options)  # type: ignore[arg-type]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sqlite3, "connect", connecting)
        yield


def in_copy(*statements: str) -> Callable[[Path], None]:
    """Change a copy as nothing of ours can: what guards the ledger is taken away first."""

    def act(copy: Path) -> None:
        with closing(sqlite3.connect(copy, isolation_level=None)) as db:
            for name in ("movement_is_final_update", "movement_is_final_delete"):
                db.execute(f"DROP TRIGGER {name}")
            db.execute("DROP TRIGGER count_is_final_delete")
            for statement in statements:
                db.execute(statement)

    return act


@pytest.mark.parametrize(
    "spoil",
    [
        in_copy("DELETE FROM count WHERE id = 3"),
        in_copy("DELETE FROM movement WHERE id = 3"),
        in_copy("INSERT INTO product (sku) VALUES ('NOBODY-SOLD-IT')"),
        in_copy("UPDATE movement SET quantity = quantity + 1 WHERE id = 2"),
    ],
    ids=["a count less", "a movement less", "a product more", "another quantity"],
)
def test_a_copy_that_is_not_the_book_is_no_copy(
    book: Path, tmp_path: Path, spoil: Callable[[Path], None]
) -> None:
    target = tmp_path / "copy.db"
    with (
        before_it_is_read_back(spoil),
        pytest.raises(DatabaseError, match="not what the database holds"),
    ):
        backup(book, target)
    assert not target.exists()
    assert left_behind(tmp_path) == []


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (in_copy("PRAGMA application_id = 7"), "of another program"),
        (in_copy("UPDATE order_line SET listing_id = 99"), "which are not there"),
    ],
)
def test_a_copy_that_is_not_whole_is_no_copy(
    book: Path, tmp_path: Path, spoil: Callable[[Path], None], told: str
) -> None:
    target = tmp_path / "copy.db"
    with before_it_is_read_back(spoil), pytest.raises(DatabaseError, match=told):
        backup(book, target)
    assert not target.exists()


def test_what_is_written_while_the_copy_is_made_makes_it_no_worse(
    book: Path, tmp_path: Path
) -> None:
    target = tmp_path / "copy.db"
    with before_it_is_read_back(lambda _: count(book, "CUP", 4)):
        made = backup(book, target)
    assert made.contents.units == 30
    assert (on_hand(target, "CUP"), on_hand(book, "CUP")) == (10, 4)


def test_a_copy_with_a_trigger_of_somebody_elses_is_not_gone_back_to(
    book: Path, tmp_path: Path
) -> None:
    copy = tmp_path / "copy.db"
    backup(book, copy)
    with closing(sqlite3.connect(copy)) as other:
        other.execute(
            "CREATE TRIGGER more AFTER INSERT ON push BEGIN UPDATE stock SET booked = 99; END"
        )
    with pytest.raises(DatabaseError, match="did not make there: trigger more; nothing was"):
        restore(copy, book, now=NOW)
    assert on_hand(book, "CUP") == 10


@pytest.mark.parametrize("version", [LATEST, 20])
def test_a_copy_in_which_a_table_has_no_end_is_not_even_counted(
    book: Path, tmp_path: Path, version: int
) -> None:
    copy = tmp_path / "copy.db"
    backup(book, copy)
    with closing(sqlite3.connect(copy)) as other:
        other.execute("PRAGMA legacy_alter_table = ON")
        other.execute("ALTER TABLE movement RENAME TO hidden")
        other.execute(
            "CREATE VIEW movement AS WITH RECURSIVE x(quantity) AS"
            " (SELECT 1 UNION ALL SELECT 1 FROM x) SELECT quantity, 1 AS id FROM x"
        )
        other.execute(f"PRAGMA user_version = {version}")
    with pytest.raises(DatabaseError, match=r"did not make there: .*nothing was changed"):
        restore(copy, book, now=NOW)
    assert on_hand(book, "CUP") == 10


def test_a_copy_that_was_looked_into_may_be_gone_back_to(book: Path, tmp_path: Path) -> None:
    """Whoever opened it left an empty journal beside it."""
    copy = tmp_path / "copy.db"
    backup(book, copy)
    Path(f"{copy}-wal").touch()
    count(book, "CUP", 4)
    restore(copy, book, now=NOW)
    assert on_hand(book, "CUP") == 10


def test_of_a_book_set_aside_nothing_stays_in_its_place(book: Path, tmp_path: Path) -> None:
    """Its journal belongs to it, and would be applied to the copy that takes its place."""
    copy = tmp_path / "copy.db"
    backup(book, copy)
    parts = {suffix: Path(f"{book}{suffix}") for suffix in ("", "-wal", "-shm")}
    with Store.open(book) as store:
        builders.count(store, "CUP", 4, now=builders.after(days=1))
        torn = {suffix: path.read_bytes() for suffix, path in parts.items()}
    torn[""] = torn[""][:6000]
    for suffix, path in parts.items():
        path.write_bytes(torn[suffix])
    done = restore(copy, book, now=NOW)
    assert done.kept is not None
    assert {s: Path(f"{done.kept}{s}").read_bytes() for s in ("", "-wal")} == {
        s: torn[s] for s in ("", "-wal")
    }
    assert {suffix for suffix, path in parts.items() if path.exists()} == {""}
    assert on_hand(book, "CUP") == 10
