"""Who may ask a marketplace when: published limits, kept by every process together.

A marketplace counts the requests of a seller, not those of a process, so what has been used is one
row per owner (an account, or what several accounts belong to) and limit group in a small file
beside the database. The row holds the "theoretical
arrival time" of the generic cell rate algorithm (GCRA, ITU-T I.371): when the bucket would be full
again. Beside it stands what each account has used so far, for who looks at it. Nothing here is
worth a backup; the file may be deleted at any time.
"""

from __future__ import annotations

import os
import sqlite3
import time
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import NamedTuple, Self

from cloudstock import progress
from cloudstock.errors import DatabaseError, Throttled
from cloudstock.language import tr
from cloudstock.marketplaces import MARKETPLACES
from cloudstock.marketplaces.clock import Clock
from cloudstock.settings import Account

# Clocks differ and requests bunch up on the way: the last per cents of a limit are left alone.
USED_SHARE = 0.96

# A row further ahead than this was written by a clock that was wrong, and is not believed.
BELIEVED_AHEAD_S = 86_400.0

_BUSY_S = 10.0
_WAL_ATTEMPTS = 100


class Limit(NamedTuple):
    """A limit group: what one account may ask for, in whatever process."""

    group: str
    # The published rate at pace 1: requests a second, or items where the contract counts items.
    per_s: float
    # How many may go at once after a rest. Where the contract counts per minute or per second
    # without a bucket, keep it small: a burst and a full rate after it fall into one such minute.
    burst: int
    # What a request that is answered 4xx costs.
    refused_cost: float = 1.0
    # The account's option that names whose limit it is, where several accounts share it (the
    # cabinet of several shops); "": each account has its own.
    shared_by: str = ""


class Left(NamedTuple):
    """What a server's headers tell of a limit, after the request that they answer."""

    # How many requests (or items) it would still take now.
    left: float
    # When it counts from nothing again; None where it fills up little by little.
    again_s: float | None = None


class Pace:
    """The limits of all accounts, in one file shared by all processes.

    `path` None keeps them in memory, for this process alone. Used from one thread at a time.
    A context manager, closed at its end. Raises `DatabaseError` where the file cannot be used.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        with self._explained():
            self._db = _open(path)
        # One in memory, of which nothing is kept, may go with its last reference.
        self._finalizer = weakref.finalize(self, self._db.close)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file; further use is an error."""
        self._finalizer()

    async def acquire(
        self,
        account: Account,
        limit: Limit,
        cost: float = 1.0,
        *,
        clock: Clock,
        until: datetime | None,
    ) -> None:
        """Wait for this request's turn and take it.

        Turns are given in the order of asking, over all processes. Raises `Throttled`, with the
        seconds to wait, where the turn comes after `until`; it is not taken then.
        """
        latest = None if until is None else until.timestamp()
        requests = 1
        while True:
            now = clock.now().timestamp()
            turn = self._take(account, limit, cost, now=now, latest=latest, requests=requests)
            if turn <= now:
                return
            requests = 0
            with progress.waiting(_waiting(account), turn - now):
                await clock.sleep(turn - now)
            # Somebody may have been told to wait meanwhile: then this turn is void.
            if self._closed_until(account, limit) <= turn:
                return

    def push_back(
        self,
        account: Account,
        limit: Limit,
        *,
        wait_s: float | None = None,
        cost: float = 0.0,
        now: datetime,
    ) -> None:
        """Book what the server told: `wait_s` without any request, or `cost` requests more used.

        After a wait the bucket is empty: those who waited go one by one, at the limit's rate.
        """
        at = now.timestamp()
        rate = _rate(account, limit)
        with self._row(account, limit, at) as row:
            row.full_at = max(row.full_at, at) + cost / rate
            if wait_s is not None:
                row.closed_until = max(row.closed_until, at + wait_s)
                row.full_at = max(row.full_at, row.closed_until + (limit.burst - 1) / rate)

    def heard(
        self, account: Account, limit: Limit, left: Left, *, cost: float, now: datetime
    ) -> None:
        """Take the server's word where it leaves less than is believed: others use the key, too.

        What is on its way was not counted by the server, but is here, so the smaller is kept.
        Where another request of `cost` would not pass, none goes before the count begins anew.
        """
        if left.left >= limit.burst:
            return
        at = now.timestamp()
        with self._row(account, limit, at) as row:
            used = (limit.burst - max(0.0, left.left)) / _rate(account, limit)
            row.full_at = max(row.full_at, at + used)
            if left.again_s is not None and left.left < cost:
                row.closed_until = max(row.closed_until, at + left.again_s)
                row.full_at = max(row.full_at, row.closed_until)

    def _take(
        self,
        account: Account,
        limit: Limit,
        cost: float,
        *,
        now: float,
        latest: float | None,
        requests: int,
    ) -> float:
        """Return when this request may go, its place taken; `now` if it may go at once.

        `requests`: 0 where it was counted before.
        """
        rate = _rate(account, limit)
        with self._row(account, limit, now) as row:
            full_at = max(row.full_at, now) + cost / rate
            # A request dearer than the whole bucket goes when the bucket is full.
            turn = max(full_at - max(limit.burst, cost) / rate, row.closed_until, now)
            if latest is not None and turn > latest:
                wait_s = turn - now
                raise Throttled(
                    tr(
                        "{name}: the limit of {group} is used up for another {wait_s:.0f}"
                        " s; try again later",
                        name=account.name,
                        group=limit.group,
                        wait_s=wait_s,
                    ),
                    wait_s=wait_s,
                )
            row.full_at = full_at
            self._db.execute(
                "INSERT INTO used VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET"
                " owner = excluded.owner, requests = requests + excluded.requests,"
                " waited_s = waited_s + excluded.waited_s, per_s = excluded.per_s,"
                " burst = excluded.burst",
                (
                    account.name,
                    limit.group,
                    _owner(account, limit),
                    requests,
                    turn - now,
                    rate,
                    limit.burst,
                ),
            )
        return turn

    def used(self, *, now: datetime) -> list[Used]:
        """Return what accounts have used of their limits so far."""
        with self._explained():
            rows = self._db.execute(
                "SELECT u.account, u.limit_group, u.requests, u.waited_s, u.per_s,"
                " coalesce(max(0, p.full_at - ?) * u.per_s / u.burst, 0)"
                " FROM used u LEFT JOIN pace p ON p.account = u.owner"
                " AND p.limit_group = u.limit_group ORDER BY u.account, u.limit_group",
                (now.timestamp(),),
            )
            return [Used(*row) for row in rows]

    def _closed_until(self, account: Account, limit: Limit) -> float:
        with self._explained():
            held = self._db.execute(
                "SELECT closed_until FROM pace WHERE account = ? AND limit_group = ?",
                (_owner(account, limit), limit.group),
            ).fetchone()
        return float(held[0]) if held else 0.0

    @contextmanager
    def _row(self, account: Account, limit: Limit, now: float) -> Iterator[_Row]:
        """Give the row to change, nobody else reading or writing until it is stored."""
        key = (_owner(account, limit), limit.group)
        with self._explained():
            self._db.execute("BEGIN IMMEDIATE")
            try:
                held = self._db.execute(
                    "SELECT full_at, closed_until FROM pace WHERE account = ? AND limit_group = ?",
                    key,
                ).fetchone()
                row = _Row(*(t if t < now + BELIEVED_AHEAD_S else 0.0 for t in held or (0.0, 0.0)))
                yield row
                self._db.execute(
                    "INSERT INTO pace VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE"
                    " SET full_at = excluded.full_at, closed_until = excluded.closed_until",
                    (*key, row.full_at, row.closed_until),
                )
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as problem:
            raise DatabaseError(
                tr(
                    "{path}: the shared count of requests cannot be used ({problem}); the"
                    " file may be deleted",
                    path=self._path,
                    problem=problem,
                )
            ) from problem


class Used(NamedTuple):
    """What an account has used of a limit since the file was begun."""

    account: str
    group: str
    requests: int
    # How long they waited for their turns together.
    waited_s: float
    # What is used of it: requests a second, or items, as the configuration's pace has it.
    per_s: float
    # How much of what may go at once is taken at this moment, by all who share the limit; 0 to 1,
    # more where some wait.
    taken: float


def beside(database: Path) -> Path:
    """Return where the limits of a database's accounts are counted."""
    return database.with_name(f"{database.name}-pace")


def used(path: Path, *, now: datetime) -> list[Used]:
    """Return what accounts have used of their limits; nothing where there is no such file.

    Raises `DatabaseError` where the file cannot be used.
    """
    if not path.exists():
        return []
    with Pace(path) as pace:
        return pace.used(now=now)


@dataclass(slots=True)
class _Row:
    # When the bucket is full again, if nothing more is asked; seconds since 1970, UTC.
    full_at: float
    # No request before this moment, whatever the bucket holds.
    closed_until: float


def _owner(account: Account, limit: Limit) -> str:
    """Return whose limit it is; an account may be named anything, but its name is one line."""
    if not limit.shared_by:
        return f"{account.marketplace}\n{account.cabinet}" if account.cabinet else account.name
    return f"{account.marketplace}\n{limit.shared_by}\n{account.options[limit.shared_by]}"


def _waiting(account: Account) -> str:
    """Return what is waited for, as a person is told it."""
    return tr(
        "{name}: waits for {marketplace}'s limit",
        name=account.name,
        marketplace=MARKETPLACES[account.marketplace].title,
    )


def _rate(account: Account, limit: Limit) -> float:
    return limit.per_s * USED_SHARE * account.pace


def _open(path: Path | None) -> sqlite3.Connection:
    if path is not None and path.is_symlink():
        # Nothing of ours: what is counted there would be made elsewhere.
        path.unlink()
    if path is not None and not path.exists():
        # SQLite gives its side files the mode of the main one. Opened only to create it: closing
        # a file that another connection of this process holds would drop its locks.
        os.close(os.open(path, os.O_CREAT | os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600))
    db = sqlite3.connect(
        ":memory:" if path is None else path,
        timeout=_BUSY_S,
        isolation_level=None,
        check_same_thread=False,
    )
    try:
        _prepare(db)
    except BaseException:
        db.close()
        raise
    return db


def _prepare(db: sqlite3.Connection) -> None:
    for attempt in range(_WAL_ATTEMPTS):
        try:
            db.execute("PRAGMA journal_mode = WAL")
            break
        except sqlite3.OperationalError as problem:
            # The switch to WAL does not wait for another process that is switching, too.
            if "locked" not in str(problem) or attempt == _WAL_ATTEMPTS - 1:
                raise
            time.sleep(0.02)
    # Losing the last moments in a power cut loses nothing but a little pace.
    db.execute("PRAGMA synchronous = NORMAL")
    db.execute(
        "CREATE TABLE IF NOT EXISTS pace ("
        " account TEXT NOT NULL, limit_group TEXT NOT NULL,"
        " full_at REAL NOT NULL, closed_until REAL NOT NULL,"
        " PRIMARY KEY (account, limit_group)) STRICT, WITHOUT ROWID"
    )
    db.execute(
        "CREATE TABLE IF NOT EXISTS used ("
        " account TEXT NOT NULL, limit_group TEXT NOT NULL, owner TEXT NOT NULL,"
        " requests INTEGER NOT NULL, waited_s REAL NOT NULL,"
        " per_s REAL NOT NULL, burst REAL NOT NULL,"
        " PRIMARY KEY (account, limit_group)) STRICT, WITHOUT ROWID"
    )
