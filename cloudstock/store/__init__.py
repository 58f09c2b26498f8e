"""The database of stock in one SQLite file. The store keeps and answers; it decides nothing.

Where a query is given a list of keys, they come as one JSON array by `json_each`, and CROSS JOIN
keeps that array first: the planner knows nothing of its length and would rather walk all of an
account for it.
"""

from __future__ import annotations

import os
import sqlite3
import stat
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import datetime, timedelta
from functools import cached_property, partial
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Generic, TypeVar
from urllib.parse import quote

from cloudstock import spent
from cloudstock.errors import Busy, CloudstockError, DatabaseError, DatabaseMissing
from cloudstock.language import system_words, tr
from cloudstock.store import rates
from cloudstock.store.migrations import migrate

if TYPE_CHECKING:
    from sqlite_utils import Database

    from cloudstock.settings import Account
    from cloudstock.store.accounts import Accounts
    from cloudstock.store.arrangement import Arrangement
    from cloudstock.store.beliefs import Beliefs
    from cloudstock.store.catalog import Catalog
    from cloudstock.store.changes import Changes
    from cloudstock.store.comparisons import Comparisons
    from cloudstock.store.cursors import Cursors
    from cloudstock.store.ledger import Ledger
    from cloudstock.store.notices import Notices
    from cloudstock.store.orders import Orders
    from cloudstock.store.parts import Parts
    from cloudstock.store.pushes import Pushes
    from cloudstock.store.quotas import Quotas
    from cloudstock.store.readings import Readings
    from cloudstock.store.returns import Returns
    from cloudstock.store.runs import Runs
    from cloudstock.store.targets import Targets

Topic = TypeVar("Topic")

# How long one statement waits for another process's transaction. Those are short: no network
# call is ever made inside one.
BUSY_TIMEOUT_S = 30.0

# Less empty room than this is filled again before long.
COMPACT_BYTES_MIN = 16 * 1024 * 1024


class _Topic(Generic[Topic]):
    """What a module beside this says of the database: the class that is called as it is.

    Imported when it is first asked for: cron starts the program every minute, and a command that
    only looks needs few of them.
    """

    def __set_name__(self, owner: type[Store], name: str) -> None:
        self._name = name

    def __get__(self, store: Store, owner: type[Store]) -> Topic:
        module = import_module(f"{__name__}.{self._name}")
        topic: Topic = getattr(module, self._name.title())(store.connection)
        # From now on the store has it itself.
        vars(store)[self._name] = topic
        return topic


class Store:
    """One open database. Not shared between threads.

    What survives: a transaction is in the journal (`-wal`) and on the disk before `transaction()`
    returns, as `synchronous = FULL` asks in WAL mode. A killed process loses what it had not
    committed, a power failure the same, where the disk tells the truth about its writes. A journal
    torn anywhere loses whole transactions from its torn end on, never half of one.
    """

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self.connection = connection
        self.path = path
        # Who changes something by hand: the user of this machine, `browser` or `api`.
        self.made_by = ""

    @cached_property
    def tables(self) -> Database:
        """All tables and views, as sqlite-utils has them."""
        from cloudstock.store.tables import tables

        return tables(self.connection)

    accounts: _Topic[Accounts] = _Topic()
    arrangement: _Topic[Arrangement] = _Topic()
    catalog: _Topic[Catalog] = _Topic()
    changes: _Topic[Changes] = _Topic()
    ledger: _Topic[Ledger] = _Topic()
    orders: _Topic[Orders] = _Topic()
    returns: _Topic[Returns] = _Topic()
    targets: _Topic[Targets] = _Topic()
    beliefs: _Topic[Beliefs] = _Topic()
    pushes: _Topic[Pushes] = _Topic()
    readings: _Topic[Readings] = _Topic()
    quotas: _Topic[Quotas] = _Topic()
    parts: _Topic[Parts] = _Topic()
    cursors: _Topic[Cursors] = _Topic()
    comparisons: _Topic[Comparisons] = _Topic()
    runs: _Topic[Runs] = _Topic()
    notices: _Topic[Notices] = _Topic()

    @classmethod
    @contextmanager
    def open(cls, path: Path, *, create: bool = False, keep_former: bool = True) -> Iterator[Store]:
        """Open the database.

        `create`: begin one where there is no file, or an empty one (mode 0600 whatever the umask);
        `changes.backup.create` alone does so for people. `keep_former`: leave a copy beside it
        before the tables of an older version are changed. Raises `DatabaseMissing` where there is
        none, `DatabaseError` where the file cannot be used, `Busy` where another process holds it
        for longer than `BUSY_TIMEOUT_S`.
        """
        with translated(path):
            if create:
                # Made by us first: SQLite would follow the umask, and WAL files take its mode.
                os.close(os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600))
            else:
                require(path)
            # rw: a file that goes away just now is not made anew.
            uri = f"file:{quote(bytes(path.absolute()))}?mode=rw"
            connection = sqlite3.connect(
                uri, uri=True, timeout=BUSY_TIMEOUT_S, isolation_level=None
            )
        with closing(connection), translated(path):
            _prepare(connection, path, keep_former=keep_former)
            yield cls(connection, path)

    @classmethod
    @contextmanager
    def open_copy(cls, path: Path) -> Iterator[Store]:
        """Open a copy of the database in memory, for a run that shall leave no trace."""
        with cls.open_empty() as copy, cls.open(path) as original:
            original.connection.backup(copy.connection)
            copy.path = path
            yield copy

    @classmethod
    @contextmanager
    def open_empty(cls) -> Iterator[Store]:
        """Open a new database in memory, where there is nothing to keep."""
        with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
            path = Path(":memory:")
            _prepare(connection, path, keep_former=False)
            yield cls(connection, path)

    def compact(self) -> bool:
        """Give pages that nothing uses back to the disk, where they are most of a large file.

        Rewrites the whole file, as all or nothing; whoever reads meanwhile reads on. Returns
        whether it was worth it. Not inside a transaction.
        """
        db = self.connection
        size, free, page = (
            int(db.execute(f"PRAGMA {name}").fetchone()[0])
            for name in ("page_count", "freelist_count", "page_size")
        )
        if free * page < COMPACT_BYTES_MIN or free * 2 < size:
            return False
        with translated(self.path):
            db.execute("VACUUM")
            db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return True

    def settle(self, accounts: Sequence[Account]) -> tuple[tuple[str, str], ...]:
        """Give accounts the names that the configuration has; return (earlier name, name) of each.

        So what is looked at between a change of the configuration and the next run is what the run
        will find. Raises `ConfigurationError` where the run would.
        """
        from cloudstock.settings import warehouse_names
        from cloudstock.store import cabinets, warehouses

        warehouses.ask(self.connection, warehouse_names(accounts), accounts)
        if cabinets.is_settled(self.connection, accounts):
            return ()
        with self.transaction():
            return cabinets.arrange(self.connection, accounts)

    def catch_up(
        self,
        *,
        buffer: int,
        low: timedelta | None = None,
        targets: bool = True,
        now: datetime | None = None,
    ) -> None:
        """Reckon in what was configured, counted, linked or sold since the last run.

        `buffer`, `low`: as the configuration has them now. `targets`: False where nobody asks for
        them. `now`: for how fast products sell; None: as last measured.
        """
        low_days = None if low is None else low / timedelta(days=1)
        stale = self.connection.execute(
            "SELECT ?2 AND EXISTS (SELECT 1 FROM dirty)"
            " OR (SELECT buffer <> ?1 OR low_days IS NOT ?3 FROM defaults)",
            (buffer, targets, low_days),
        ).fetchone()[0]
        old = now is not None and rates.is_old(self.connection, rates.STALE, now=now)
        if stale or old:
            with self.transaction():
                self.arrangement.set_defaults(buffer=buffer, low_days=low_days)
                if targets:
                    self.targets.refresh()
                if now is not None and old:
                    rates.measure(self.connection, now=now)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing. Begins IMMEDIATE, so that what it reads stays true until it commits.

        A deferred one that reads and then writes fails beside another writer, whatever the
        time-out. Nested use joins the outer transaction. No `await` may stand inside.
        """
        if self.connection.in_transaction:
            yield
            return
        with spent.writing():
            with translated(self.path):
                self.connection.execute("BEGIN IMMEDIATE")
            try:
                yield
                with translated(self.path):
                    self.connection.execute("COMMIT")
            except BaseException:
                if self.connection.in_transaction:
                    self.connection.execute("ROLLBACK")
                raise


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """Tell SQLite's troubles as ours, with the file's name and what to do."""
    try:
        yield
    except CloudstockError:
        raise
    except sqlite3.OperationalError as error:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            raise Busy(
                tr("{path} is held by another program; try again later", path=path)
            ) from error
        if code == sqlite3.SQLITE_FULL:
            raise DatabaseError(
                tr("{path}: the disk is full; nothing was lost, make room", path=path)
            ) from error
        raise DatabaseError(f"{path}: {error}") from error
    except sqlite3.IntegrityError:
        # A constraint stopped a bug of ours: a traceback is due, not a line.
        raise
    except sqlite3.DatabaseError as error:
        raise DatabaseError(
            tr("{path}: {error}; restore a backup or name another file", path=path, error=error)
        ) from error
    except OSError as error:
        raise DatabaseError(f"{path}: {system_words(error)}") from error


def require(path: Path) -> None:
    """Raise `DatabaseMissing` where there is no database, `DatabaseError` where it is empty.

    Asked before anything is made beside it: where a disk is not mounted, nothing shall be left.
    """
    try:
        with translated(path):
            state = path.stat()
    except DatabaseError as error:
        if isinstance(error.__cause__, FileNotFoundError | NotADirectoryError):
            raise DatabaseMissing(_missing(path)) from None
        raise
    if stat.S_ISDIR(state.st_mode):
        raise DatabaseMissing(
            tr("{path} is a folder; name a file in it as `database:`", path=path.absolute())
        )
    if state.st_size == 0:
        raise DatabaseError(
            tr(
                "{path} is damaged: it is empty (0 bytes), as no database ever is. Restore a backup"
                " (`cloudstock restore FILE`); only where nothing was in it yet, delete it and run"
                " `cloudstock create-database`",
                path=path.absolute(),
            )
        )


def never_was(path: Path) -> bool:
    """Tell whether a folder is ready for a database, and nothing says that there was one.

    Runs leave a lock file beside theirs.
    """
    lock = path.with_name(path.name + ".lock")
    return path.parent.is_dir() and not any(os.path.lexists(p) for p in (path, lock))


def _missing(path: Path) -> str:
    if path.is_symlink():
        return tr(
            "{path} is a symbolic link to {target}, which is not there; mount its disk, or name"
            " the file itself as `database:`",
            path=path.absolute(),
            target=path.readlink(),
        )
    if not path.absolute().parent.is_dir():
        return tr(
            "there is no folder {folder} for the database {name} (`database:` of the"
            " configuration); mount its disk, or make it and run `cloudstock create-database`",
            folder=path.absolute().parent,
            name=path.name,
        )
    return tr(
        "there is no database {path} (`database:` of the configuration). If there was one, mount"
        " its disk, put the path right, or take a copy (`cloudstock restore FILE`). If this is"
        " the first run, `cloudstock create-database` begins one",
        path=path.absolute(),
    )


def _prepare(connection: sqlite3.Connection, path: Path, *, keep_former: bool) -> None:
    connection.row_factory = sqlite3.Row
    # FULL: a push that the marketplace has must not be forgotten by a power failure, or what it
    # shows would be believed to be the number before. NORMAL would lose the last commits then.
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA synchronous = FULL")
    # ON: only then does an INSERT OR REPLACE meet the triggers that keep the ledger from changing.
    connection.execute("PRAGMA recursive_triggers = ON")
    connection.execute("PRAGMA trusted_schema = OFF")
    migrate(
        connection,
        str(path),
        before=partial(_keep_former, path) if keep_former else None,
    )
    if connection.execute("PRAGMA journal_mode").fetchone()[0] not in ("wal", "memory"):
        _begin_log(connection)


def _keep_former(path: Path, schema: int) -> None:
    # What hardly any start needs.
    from cloudstock.store.former import copy_of, keep

    with translated(copy_of(path, schema)):
        keep(path, schema)


def _begin_log(connection: sqlite3.Connection) -> None:
    """Write ahead to a log from now on; whoever meets others at a new file waits for them.

    SQLite itself does not wait here, whatever its time-out says.
    """
    # Rarely needed, and slow to load.
    from tenacity import Retrying, retry_if_exception, stop_after_delay, wait_random

    def is_busy(error: BaseException) -> bool:
        return getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_BUSY

    for attempt in Retrying(
        retry=retry_if_exception(is_busy),
        stop=stop_after_delay(BUSY_TIMEOUT_S),
        wait=wait_random(0.005, 0.05),
        reraise=True,
    ):
        with attempt:
            connection.execute("PRAGMA journal_mode = WAL")
