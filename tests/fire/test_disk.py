"""Full, locked, read-only, torn and strange: what the disk may do to a book."""

from __future__ import annotations

import os
import resource
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

import cloudstock.store
from cloudstock.__main__ import main
from cloudstock.errors import Exit
from cloudstock.store import Store
from cloudstock.store.integrity import examine
from tests import builders
from tests.builders import NOW
from tests.system.conftest import Ended, loaded

PRODUCTS = 600
# Room for the journal's beginning and its index, and not for a sheet.
FILE_BYTES_MAX = 96 * 1024
NOBODY = 65534
CONFIG = """\
database: book.db
accounts:
  ozon-main:
    marketplace: ozon
    client_id: "1"
    api_key: "made-up"
    warehouses: {"1": main}
    base_url: http://127.0.0.1:9
"""


@pytest.fixture(scope="module")
def counted() -> Iterator[Path]:
    """A folder with a configuration and a book of many products, ten of each."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "config.yaml").write_text(CONFIG)
        (folder / "config.yaml").chmod(0o600)
        with Store.open(folder / "book.db", create=True) as store:
            account_id = builders.arrange(store, builders.account())["ozon-main"]
            skus = [f"MUG-{number}" for number in range(PRODUCTS)]
            builders.offer(store, account_id, *skus)
            with store.transaction():
                for sku in skus:
                    builders.count(store, sku, 10)
        yield folder


@pytest.fixture
def folder(counted: Path) -> Iterator[Path]:
    """A copy of it that anybody may enter."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        shutil.copytree(counted, folder, dirs_exist_ok=True)
        folder.chmod(0o700)
        yield folder
        folder.chmod(0o700)


def run(folder: Path, *words: str, stdin: str = "") -> Ended:
    env = {"PATH": "/usr/bin:/bin", "HOME": str(folder)}
    return Ended(*loaded().run(words, folder=folder, env=env, stdin=stdin, timeout_s=120))


def run_on_a_full_disk(folder: Path, *words: str, stdin: str = "") -> Ended:
    ended = subprocess.run(
        [Path(sys.executable).with_name("cloudstock"), *words],
        cwd=folder,
        env={"PATH": "/usr/bin:/bin", "HOME": str(folder)},
        input=stdin,
        capture_output=True,
        text=True,
        timeout=120,
        preexec_fn=small_files,
        check=False,
    )
    return Ended(ended.returncode, ended.stdout, ended.stderr)


def on_hand(folder: Path) -> set[int | None]:
    with Store.open(folder / "book.db") as store:
        assert examine(store).ok
        return {builders.level(store, f"MUG-{number}")[0] for number in range(PRODUCTS)}


def small_files() -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (FILE_BYTES_MAX, FILE_BYTES_MAX))


def test_where_the_disk_is_full_nothing_of_a_sheet_is_taken(folder: Path) -> None:
    sheet = "sku,quantity\n" + "".join(f"MUG-{n},7\n" for n in range(PRODUCTS))
    ended = run_on_a_full_disk(folder, "import-stock", "-", stdin=sheet)
    assert ended.code == Exit.FAILED
    assert "book.db" in ended.err
    assert "Traceback" not in ended.err
    assert on_hand(folder) == {10}
    assert run(folder, "import-stock", "-", stdin=sheet).code == Exit.OK
    assert on_hand(folder) == {7}


def test_where_the_disk_is_full_a_backup_leaves_nothing_behind(folder: Path) -> None:
    ended = run_on_a_full_disk(folder, "backup", "copy.db")
    assert ended.code == Exit.FAILED
    assert "Traceback" not in ended.err
    assert [p.name for p in folder.iterdir() if "copy" in p.name] == []


def test_a_book_that_another_writer_holds_is_tried_again_later(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(cloudstock.store, "BUSY_TIMEOUT_S", 0.01)
    monkeypatch.chdir(folder)
    assert main(["show-stock", "MUG-1"]) == Exit.OK
    with closing(sqlite3.connect("book.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert main(["set-stock", "MUG-1", "3"]) == Exit.TRY_LATER
        assert "held by another program" in capsys.readouterr().err
        # Looking does not wait for a writer.
        assert main(["show-stock", "MUG-1"]) == Exit.OK
        other.execute("ROLLBACK")
    assert main(["set-stock", "MUG-1", "3"]) == Exit.OK


@pytest.mark.parametrize("words", [["set-stock", "MUG-1", "3"], ["poll-orders"], ["show-stock"]])
def test_a_folder_that_cannot_be_written_to_is_told(folder: Path, words: list[str]) -> None:
    here = Path.cwd()
    load_everything(folder)
    os.chdir(here)
    before = (folder / "book.db").read_bytes()
    for path in (folder, *folder.iterdir()):
        path.chmod(0o500 if path is folder else 0o400)
        if os.geteuid() == 0:
            os.chown(path, NOBODY, NOBODY)
    code, text = as_nobody(lambda: run_here(folder, words))
    assert code == Exit.FAILED, text
    assert "book.db" in text
    assert "bug" not in text
    assert (folder / "book.db").read_bytes() == before


def as_nobody(act: Callable[[], int]) -> tuple[int, str]:
    """Do something as a user who may not write; return the exit code and what was printed.

    Root may write anywhere, so a child becomes nobody for it. It is forked with all that it needs
    already loaded, because nobody may not be allowed to read the program either.
    """
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        code = 99
        try:
            os.dup2(writing, 2)
            sys.stdout = sys.stderr = os.fdopen(2, "w", closefd=False)
            if os.geteuid() == 0:
                os.setgid(NOBODY)
                os.setuid(NOBODY)
            code = act()
        except BaseException:  # noqa: BLE001 - the parent is told
            traceback.print_exc()
        finally:
            sys.stderr.flush()
            os._exit(code)
    os.close(writing)
    with os.fdopen(reading) as told:
        text = told.read()
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), text


def run_here(folder: Path, words: list[str]) -> int:
    os.chdir(folder)
    return main(words)


def load_everything(folder: Path) -> None:
    run_here(folder, ["show-stock"])
    run_here(folder, ["set-stock", "MUG-1", "10"])
    import cloudstock.jobs.commands
    import cloudstock.render.results  # noqa: F401


def truncated(book: Path) -> None:
    book.write_bytes(book.read_bytes()[: book.stat().st_size // 2])


def scribbled(book: Path) -> None:
    data = bytearray(book.read_bytes())
    for page in range(1, len(data) // 4096):
        data[page * 4096 : page * 4096 + 64] = b"\xff" * 64
    book.write_bytes(data)


def of_another_program(book: Path) -> None:
    book.unlink()
    with closing(sqlite3.connect(book)) as db:
        db.execute("CREATE TABLE theirs (x)")


def a_text(book: Path) -> None:
    book.write_text("not a database at all\n" * 500)


@pytest.mark.parametrize("spoil", [truncated, scribbled, of_another_program, a_text])
def test_a_file_that_is_no_book_is_told_and_left_as_it_is(
    folder: Path, spoil: Callable[[Path], None]
) -> None:
    book = folder / "book.db"
    spoil(book)
    before = book.read_bytes()
    for words in (["check", "--database"], ["set-stock", "MUG-1", "3"], ["poll-orders"]):
        ended = run(folder, *words)
        assert ended.code == Exit.FAILED, (words, ended)
        assert "book.db" in ended.err or "damaged" in ended.err, ended.err
        assert "Traceback" not in ended.err
    if spoil in (of_another_program, a_text):
        assert book.read_bytes() == before


@pytest.mark.parametrize("repair", [(), ("--repair",)])
def test_of_a_torn_page_is_told_what_there_is_to_do(folder: Path, repair: tuple[str, ...]) -> None:
    book = folder / "book.db"
    with closing(sqlite3.connect(book)) as db:
        query = "SELECT rootpage FROM sqlite_master WHERE name = 'movement'"
        start = 4096 * (db.execute(query).fetchone()[0] - 1)
    data = bytearray(book.read_bytes())
    data[start : start + 64] = b"\xff" * 64
    book.write_bytes(data)
    ended = run(folder, "check", "--database", *repair)
    assert ended.code == Exit.FAILED
    assert "restore a backup (`cloudstock restore FILE`)" in ended.err


def test_a_journal_cut_anywhere_loses_the_last_transactions_whole(tmp_path: Path) -> None:
    """Power fails: the database is as old as its last checkpoint, the journal ends anywhere."""
    book = tmp_path / "book.db"
    with Store.open(book, create=True) as store:
        account_id = builders.arrange(store, builders.account())["ozon-main"]
        builders.offer(store, account_id, "MUG", "CUP")
        builders.count(store, "MUG", 0)
        store.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        ends = []
        for number in range(1, 13):
            # Both or neither: a transaction is never seen by half.
            with store.transaction():
                builders.count(store, "MUG", number, now=NOW)
                builders.count(store, "CUP", number, now=NOW)
            ends.append(Path(f"{book}-wal").stat().st_size)
        database, journal = book.read_bytes(), Path(f"{book}-wal").read_bytes()
    seen = set()
    for length in sorted({*range(0, len(journal), 1777), *ends, *(e - 1 for e in ends)}):
        folder = tmp_path / str(length)
        folder.mkdir()
        (folder / "book.db").write_bytes(database)
        (folder / "book.db-wal").write_bytes(journal[:length])
        with Store.open(folder / "book.db") as store:
            assert examine(store).ok
            lying = builders.lying(store, "MUG", "main")
            assert builders.lying(store, "CUP", "main") == lying
        # What was acknowledged before the cut is there: all whose last byte is.
        assert lying == sum(end <= length for end in ends)
        seen.add(lying)
    assert seen == set(range(13))
