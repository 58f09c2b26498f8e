"""How far each job has read each account. A cursor only saves work; it is never the truth."""

from __future__ import annotations

import sqlite3
from datetime import datetime
from typing import NamedTuple

from cloudstock.store.times import from_iso, to_iso

# Of an account's orders, read as far as its row `c` of `cursor` has it: they are not known freshly.
# What lies ahead was read by a clock that has been set back since then: the rule of
# `domain.moments.elapsed`.
NOT_FRESH = "(c.read_until IS NULL OR c.read_until NOT BETWEEN :fresh_since AND :now)"


class Position(NamedTuple):
    """One job's place in one account; all None before the first reading."""

    value: str | None = None
    # Everything up to here has been read.
    read_until: datetime | None = None
    # When the first complete reading began.
    first_at: datetime | None = None
    # When the last complete reading ended.
    finished_at: datetime | None = None


class Cursors:
    """The `cursor` table."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection

    def get(self, account_id: int, job: str) -> Position:
        """Return a job's place."""
        row = self._db.execute(
            "SELECT value, read_until, first_at, finished_at FROM cursor"
            " WHERE account_id = ? AND job = ?",
            (account_id, job),
        ).fetchone()
        if row is None:
            return Position()
        return Position(
            row["value"],
            from_iso(row["read_until"]),
            from_iso(row["first_at"]),
            from_iso(row["finished_at"]),
        )

    def advance(self, account_id: int, job: str, value: str | None) -> None:
        """Store an opaque place, in the transaction of the page it belongs to; None: the begin."""
        self._db.execute(
            "INSERT INTO cursor (account_id, job, value) VALUES (?, ?, ?)"
            " ON CONFLICT DO UPDATE SET value = excluded.value",
            (account_id, job, value),
        )

    def keep(self, account_id: int, job: str, value: str | None, *, now: datetime) -> None:
        """Store an answer in place of a position, with its moment; None forgets it."""
        self._db.execute(
            "INSERT INTO cursor (account_id, job, value, finished_at) VALUES (?, ?, ?, ?)"
            " ON CONFLICT DO UPDATE SET value = excluded.value, finished_at = excluded.finished_at",
            (account_id, job, value, to_iso(now)),
        )

    def finish(
        self, account_id: int, job: str, *, began_at: datetime, read_until: datetime, now: datetime
    ) -> None:
        """Record a complete reading up to `read_until`; the place never steps back.

        Unless it lies ahead: a clock that has been set back since then told it.
        """
        self._db.execute(
            "INSERT INTO cursor (account_id, job, read_until, first_at, finished_at)"
            " VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET"
            " read_until = iif(read_until > excluded.finished_at, excluded.read_until,"
            " max(coalesce(read_until, ''), excluded.read_until)),"
            " first_at = coalesce(first_at, excluded.first_at),"
            " finished_at = excluded.finished_at",
            (account_id, job, to_iso(read_until), to_iso(began_at), to_iso(now)),
        )
