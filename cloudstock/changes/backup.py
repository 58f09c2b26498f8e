"""The database as a file: a new one, a copy that has been read back, and the way back to it."""

from __future__ import annotations

import os
import shutil
import sqlite3
import time
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import quote

from cloudstock import progress
from cloudstock.errors import Busy, DatabaseError, UsageProblem
from cloudstock.language import tr, trn
from cloudstock.store import BUSY_TIMEOUT_S, Store, never_was, translated
from cloudstock.store.integrity import examine, repair, strange_schema
from cloudstock.store.migrations import APPLICATION_ID, version_of
from cloudstock.store.privacy import close_to_others
from cloudstock.writing import beside, folder_of, take_name

# Tables whose rows are never deleted, as a person calls them.
KEPT_TABLES = ("product", "listing", "orders", "returns", "count", "movement")

# SQLite's instructions from one look at how far it has come to the next.
OPCODES = 100_000


@dataclass(frozen=True, slots=True)
class Contents:
    """How much a database holds: rows of what is never deleted, and the sum of the ledger."""

    # By table, in the order of `KEPT_TABLES`.
    rows: tuple[int, ...]
    # The sum of all movements, signed.
    units: int

    def counts(self) -> dict[str, int]:
        """Return the numbers by name."""
        return {**dict(zip(KEPT_TABLES, self.rows, strict=True)), "units": self.units}

    def described(self) -> str:
        """Return them in a sentence."""
        product, listing, orders, returns, _, movement = self.rows
        return ", ".join(
            (
                trn("1 product", "{n} products", product),
                trn("{n} listing", "{n} listings", listing),
                trn("{n} order", "{n} orders", orders),
                trn("{n} return", "{n} returns", returns),
                trn("{n} movement", "{n} movements", movement),
            )
        )


@dataclass(frozen=True, slots=True)
class Backup:
    """A copy that was made."""

    contents: Contents
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Restored:
    """A copy that took the database's place."""

    contents: Contents
    # Where the database that was there is kept; None: there was none, or nothing was done.
    kept: Path | None


def create(database: Path, *, dry_run: bool = False) -> None:
    """Begin a new, empty database (mode 0600 whatever the umask), whole or not at all.

    Raises `UsageProblem` where anything has its name, or what a database of that name left is
    there; `DatabaseError` where it cannot be written.
    """
    if database.exists():
        raise UsageProblem(
            tr("{database} exists; a new one never takes its place", database=database.absolute())
        )
    journal = Path(f"{database}-wal")
    if journal.exists() and journal.stat().st_size:
        raise UsageProblem(
            tr(
                "{journal} is what a database last wrote, and that is not beside it: put it back"
                " there, or move this file away",
                journal=journal.absolute(),
            )
        )
    if dry_run:
        return
    with _partial(database) as staged:
        with Store.open(staged, create=True) as store:
            _single_file(store)
        with translated(database):
            _to_disk(staged)
            _take_name(staged, database, force=False)


def begin_first(database: Path) -> bool:
    """Begin a database where there never was one, as far as can be told; tell whether it was begun.

    Raises as `create` does.
    """
    if not never_was(database):
        return False
    create(database)
    return True


def backup(database: Path, target: Path, *, force: bool = False) -> Backup:
    """Copy the database to `target` (mode 0600 whatever the umask), also while others write to it.

    The copy is made beside the target, read back, compared with the database and written to the
    disk before it takes its name; whatever goes wrong leaves the target as it was. Raises
    `UsageProblem` where the target exists and `force` is not given, `DatabaseError` where either
    cannot be used.
    """
    if os.path.lexists(target) and not force:
        raise UsageProblem(
            tr("{target} exists; name another file, or replace it with --force", target=target)
        )
    if target.exists() and database.exists() and target.samefile(database):
        raise UsageProblem(tr("{target} is the database itself; name another file", target=target))
    with Store.open(database) as store, _partial(target) as partial:
        before = _contents(store.connection)
        with translated(partial):
            _copy(store.connection, database, partial)
        copied = _read_back(partial)
        _compare(store.connection, partial, before, copied)
        with translated(target):
            size = partial.stat().st_size
            _to_disk(partial)
            _take_name(partial, target, force=force)
    return Backup(copied, size)


def restore(file: Path, database: Path, *, now: datetime, dry_run: bool = False) -> Restored:
    """Put a copy in the database's place; the caller holds the run lock, unless it is a dry run.

    The copy is examined first. The database that is there is kept beside it. Everything believed of
    what the marketplaces show is forgotten, so the next push settles it. Commands by hand may go
    on meanwhile: they see the database before or after, never a mixture. Raises `UsageProblem`
    where the copy is not one, `DatabaseError` where it is damaged, newer, or cannot be read.
    """
    if not file.is_file():
        raise UsageProblem(tr("{file} is not a file", file=file))
    if database.exists() and file.samefile(database):
        raise UsageProblem(tr("{file} is the database itself; name a copy", file=file))
    if Path(f"{file}-wal").exists() and Path(f"{file}-wal").stat().st_size:
        raise UsageProblem(
            tr(
                "{file} is a database in use, not a copy; copy it with `cloudstock backup` first",
                file=file,
            )
        )
    with _partial(database) as staged:
        with translated(file):
            shutil.copyfile(file, staged)
        contents = _prepare(staged, file, now)
        if dry_run:
            return Restored(contents, None)
        kept = _put_in_place(staged, database, now)
    return Restored(contents, kept)


# ---------------------------------------------------------------- a copy


def _copy(connection: sqlite3.Connection, database: Path, partial: Path) -> None:
    """Write all of the database to a file; counted in kilobytes as the file grows."""
    done = 0

    def grown() -> None:
        nonlocal done
        size = partial.stat().st_size // 1024
        progress.advance(size - done)
        done = size

    (pages,), (page_size,) = (
        connection.execute(f"PRAGMA page_{x}").fetchone() for x in ("count", "size")
    )
    with progress.work(tr("{file}: KB copied", file=database.name), pages * page_size // 1024):
        connection.set_progress_handler(grown, OPCODES)
        try:
            connection.execute("VACUUM INTO ?", (str(partial),))
        finally:
            connection.set_progress_handler(None, 0)
        grown()


def _read_back(path: Path) -> Contents:
    """Return what a copy holds; raises `DatabaseError` where it is not whole."""
    with _as_it_lies(path) as copy:
        problems = [str(r[0]) for r in copy.execute("PRAGMA integrity_check(5)")]
        if problems != ["ok"]:
            raise DatabaseError(
                tr("{path} is damaged: {problems}", path=path, problems="; ".join(problems))
            )
        if copy.execute("PRAGMA application_id").fetchone()[0] != APPLICATION_ID:
            raise DatabaseError(tr("{path} is a database of another program", path=path))
        if copy.execute("PRAGMA foreign_key_check").fetchone() is not None:
            raise DatabaseError(
                tr("{path} has rows that name others which are not there", path=path)
            )
        return _contents(copy)


@contextmanager
def _as_it_lies(path: Path) -> Iterator[sqlite3.Connection]:
    """Open a copy as it is on the disk: no journal is looked for and nothing is written."""
    uri = f"file:{quote(bytes(path.absolute()))}?immutable=1"
    with translated(path), closing(sqlite3.connect(uri, uri=True)) as copy:
        yield copy


def _contents(db: sqlite3.Connection) -> Contents:
    rows = tuple(
        int(db.execute(f"SELECT count(*) FROM {table}").fetchone()[0]) for table in KEPT_TABLES
    )
    return Contents(rows, int(db.execute("SELECT total(quantity) FROM movement").fetchone()[0]))


def _compare(
    connection: sqlite3.Connection, path: Path, before: Contents, copied: Contents
) -> None:
    """Raise `DatabaseError` where the copy is not the database as it was at one moment.

    Others may have written while it was made, but what is counted here only grows, and a line of
    the ledger never changes: the copy's ledger is the beginning of the database's.
    """
    after = _contents(connection)
    grown = zip(before.rows, copied.rows, after.rows, strict=True)
    movements = copied.rows[KEPT_TABLES.index("movement")]
    units = connection.execute(
        "SELECT total(quantity) FROM (SELECT quantity FROM movement ORDER BY id LIMIT ?)",
        (movements,),
    ).fetchone()[0]
    if not all(a <= b <= c for a, b, c in grown) or int(units) != copied.units:
        raise DatabaseError(
            tr("{path}: the copy is not what the database holds; copy it again", path=path)
        )


# ---------------------------------------------------------------- the way back


def _prepare(staged: Path, file: Path, now: datetime) -> Contents:
    """Make a copy fit to be the database; return what it holds."""
    _read_back_as(staged, file)
    with Store.open(staged, keep_former=False) as copy:
        findings = examine(copy)
        if not findings.ok:
            raise _not_whole(file, [f.message for f in findings.wrong])
        repair(copy, now=now)
        with copy.transaction():
            copy.runs.is_old_copy(now=now)
        _single_file(copy)
        return _contents(copy.connection)


def _refuse_strange(staged: Path, file: Path) -> None:
    """Refuse a copy that is not made as ours are, before anything that it is made of is run."""
    with _as_it_lies(staged) as copy:
        steps = version_of(copy, str(file))
        if strange := strange_schema(copy, steps=steps):
            raise _not_whole(file, strange)


def _not_whole(file: Path, problems: Iterable[str]) -> DatabaseError:
    return DatabaseError(
        tr(
            "{file} is not whole: {wrong}; nothing was changed",
            file=file,
            wrong="; ".join(problems),
        )
    )


def _single_file(store: Store) -> None:
    """Write all into the one file, for whoever takes it from here."""
    with translated(store.path):
        store.connection.execute("PRAGMA journal_mode = DELETE")


def _read_back_as(staged: Path, file: Path) -> None:
    try:
        _refuse_strange(staged, file)
        _read_back(staged)
    except DatabaseError as error:
        # Told by the name that the user knows.
        raise DatabaseError(str(error).replace(str(staged), str(file))) from error


def _put_in_place(staged: Path, database: Path, now: datetime) -> Path | None:
    """Make the staged copy the database; return where the database that was there is kept."""
    if not database.exists():
        with translated(database):
            _to_disk(staged)
            _take_name(staged, database, force=False)
        return None
    kept = database.with_name(f"{database.name}.before-{now:%Y%m%dT%H%M%S%fZ}")
    try:
        backup(database, kept)
    except DatabaseError:
        # It cannot even be copied: it is set aside as it is, with what SQLite keeps beside it.
        with translated(database):
            for suffix in ("-shm", "-wal", ""):
                part = Path(f"{database}{suffix}")
                if part.exists():
                    part.rename(f"{kept}{suffix}")
            _to_disk(staged)
            _take_name(staged, database, force=False)
        return kept
    _overwrite(staged, database)
    close_to_others(database)
    return kept


def _overwrite(staged: Path, database: Path) -> None:
    """Write the staged copy into the database in one transaction of SQLite's.

    Putting another file under its name instead would leave commands that have it open writing to
    one that nobody reads, or their journal applied to the wrong one.
    """
    ends = time.monotonic() + BUSY_TIMEOUT_S

    def bound(_status: int, remaining: int, _total: int) -> None:
        if remaining and time.monotonic() > ends:
            raise Busy(
                tr("{database} is held by another program; try again later", database=database)
            )

    with (
        Store.open(database) as store,
        translated(database),
        closing(sqlite3.connect(staged)) as source,
    ):
        source.backup(store.connection, progress=bound)


# ---------------------------------------------------------------- files


@contextmanager
def _partial(target: Path) -> Iterator[Path]:
    with translated(target), beside(target) as partial:
        yield partial


def _take_name(partial: Path, target: Path, *, force: bool) -> None:
    """Give a whole file its name; without `force` never that of another file."""
    try:
        with folder_of(target) as folder:
            take_name(partial.name, target.name, folder, replace=force)
    except FileExistsError:
        raise UsageProblem(tr("{target} exists; name another file", target=target)) from None


def _to_disk(path: Path) -> None:
    """Wait until a file, or a folder's names, are on the disk."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
