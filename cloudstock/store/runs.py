"""What was run and how it ended, for `status`; and small facts about the database itself."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from cloudstock.store.beliefs import Beliefs
from cloudstock.store.rows import record
from cloudstock.store.times import from_iso, to_iso

# A fact: how many stretches of runs there were; it only grows.
_STRETCHES = "stretches"
# A fact: since when the database is an old copy, of when, and how many counts it had then.
OLD_COPY = "old_copy"
# When that was found; NULL: it never was one.
OLD_COPY_FOUND_AT = f"(SELECT value ->> '$.found_at' FROM fact WHERE name = '{OLD_COPY}')"


@dataclass(frozen=True, slots=True)
class LastRun:
    """The last run of one job on one account, and its last success."""

    account: str
    job: str
    began_at: datetime
    ended_at: datetime
    ok: bool
    error_kind: str | None
    message: str | None
    counts: Mapping[str, int]
    last_success_at: datetime | None


class Runs:
    """The `run` and `fact` tables."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection

    def record(
        self,
        account_id: int,
        job: str,
        *,
        began_at: datetime,
        ended_at: datetime,
        error: tuple[str, str] | None,
        counts: Mapping[str, int],
    ) -> None:
        """Add a finished run; `error` is (kind, message) or None."""
        kind, message = error or (None, None)
        self._db.execute(
            "INSERT INTO run (account_id, job, began_at, ended_at, ok, error_kind, message, counts)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                account_id,
                job,
                to_iso(began_at),
                to_iso(ended_at),
                int(error is None),
                kind,
                message,
                json.dumps(dict(counts), separators=(",", ":")),
            ),
        )

    def last(self) -> list[LastRun]:
        """Return the last run of every job on every account, accounts and jobs in order."""
        rows = self._db.execute(
            "SELECT a.name AS account, r.*, (SELECT s.ended_at FROM run s"
            " WHERE s.account_id = r.account_id AND s.job = r.job AND s.ok ORDER BY s.id DESC"
            " LIMIT 1) AS last_success_at"
            " FROM run r JOIN account a ON a.id = r.account_id"
            " WHERE r.id IN (SELECT max(id) FROM run GROUP BY account_id, job)"
            " ORDER BY a.name, r.job"
        )
        return [record(LastRun, row, counts=json.loads(row["counts"])) for row in rows]

    def prune(self, before: datetime) -> None:
        """Forget runs that ended before a moment, but for each job's last ones."""
        self._db.execute(
            "DELETE FROM run WHERE ended_at < ? AND EXISTS"
            " (SELECT 1 FROM run later WHERE later.account_id = run.account_id"
            " AND later.job = run.job AND later.ok = run.ok AND later.id > run.id)",
            (to_iso(before),),
        )

    def advance(self, mark: str, *, now: datetime) -> str:
        """Count one more stretch of a run, and return the number as the next mark.

        `mark`: what was returned last, as it was kept outside of the database; ''. Where the
        database has not come so far it is an old copy that somebody put in the place of the newer
        one: nothing is believed of what the marketplaces show, and that is a trouble. In a
        transaction.
        """
        number = int(self.fact(_STRETCHES) or 0)
        if mark.isdecimal() and number < int(mark):
            self.is_old_copy(now=now)
        self.set_fact(_STRETCHES, str(number + 1))
        return str(number + 1)

    def is_old_copy(self, *, now: datetime) -> None:
        """Forget what is believed, and remember what is not in this copy; in a transaction."""
        Beliefs(self._db).forget()
        last_at, counts = self._db.execute(
            "SELECT (SELECT max(ended_at) FROM run), (SELECT coalesce(max(id), 0) FROM count)"
        ).fetchone()
        facts = {"last_at": last_at or to_iso(now), "found_at": to_iso(now), "counts": counts}
        self.set_fact(OLD_COPY, json.dumps(facts))

    def old_copy_found_at(self) -> datetime | None:
        """When an old copy last took the database's place; None: none ever did.

        What was sent until then, from the database that is lost, nobody knows.
        """
        found_at: str | None = self._db.execute(f"SELECT {OLD_COPY_FOUND_AT}").fetchone()[0]
        return from_iso(found_at)

    def fact(self, name: str) -> str | None:
        """Return a stored fact."""
        row = self._db.execute("SELECT value FROM fact WHERE name = ?", (name,)).fetchone()
        return None if row is None else str(row[0])

    def set_fact(self, name: str, value: str) -> None:
        """Store a fact."""
        self._db.execute(
            "INSERT INTO fact VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value",
            (name, value),
        )
