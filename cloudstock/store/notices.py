"""What people are told of: events that are opened, told and closed once each."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from cloudstock.store.rows import record
from cloudstock.store.times import to_iso

# What lies this far back is not remembered: nobody asks what was told.
KEPT = timedelta(days=90)
# That something is over is no news after this long.
NEWS = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Notice:
    """One event."""

    kind: str
    facts: Mapping[str, object]
    opened_at: datetime
    told_at: datetime | None
    closed_at: datetime | None

    @property
    def account(self) -> str | None:
        """The account that it is of; None: it is of the warehouses."""
        account = self.facts.get("account")
        return None if account is None else str(account)


@dataclass(frozen=True, slots=True)
class Claim:
    """Events that one teller has taken on itself."""

    teller: str
    # How many of each kind.
    counts: Mapping[str, int]
    # The first of each kind.
    first: tuple[Notice, ...]

    def __bool__(self) -> bool:
        return bool(self.counts)


class Notices:
    """The `notice` table."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection

    def settle(
        self, kind: str, troubles: str, values: Mapping[str, object], *, now: datetime
    ) -> None:
        """Open what is found and not open, close what is open and not found; in a transaction.

        `troubles` is a query of (subject, facts, opens) with `values`; where `opens` is 0 the event
        only stays open if somebody was told of it.
        """
        db = self._db
        db.execute(
            "CREATE TEMP TABLE IF NOT EXISTS found"
            " (subject TEXT PRIMARY KEY, facts TEXT NOT NULL, opens INTEGER NOT NULL) WITHOUT ROWID"
        )
        db.execute("DELETE FROM temp.found")
        db.execute(f"INSERT INTO temp.found {troubles}", values)
        db.execute(
            "INSERT INTO notice (kind, subject, facts, opened_at)"
            " SELECT ?, subject, facts, ? FROM temp.found WHERE opens"
            " ON CONFLICT (kind, subject) WHERE closed_at IS NULL"
            " DO UPDATE SET facts = excluded.facts WHERE facts <> excluded.facts",
            (kind, to_iso(now)),
        )
        db.execute(
            "UPDATE notice SET closed_at = ?1 WHERE closed_at IS NULL AND kind = ?2"
            " AND NOT EXISTS (SELECT 1 FROM temp.found f WHERE f.subject = notice.subject"
            " AND (f.opens OR notice.told_at IS NOT NULL))",
            (to_iso(now), kind),
        )

    def forget(self, kind: str, subjects: str, values: Mapping[str, object]) -> None:
        """Forget open events of a kind: they are not over, but there is nothing to them any more.

        `subjects` is a query of them with `values`.
        """
        self._db.execute(
            "DELETE FROM notice WHERE closed_at IS NULL AND kind = :kind"
            f" AND subject IN ({subjects})",
            {**values, "kind": kind},
        )

    def drop_others(self, kinds: Sequence[str], *, now: datetime) -> None:
        """Forget the open events of other kinds: nobody wants to know of them any more."""
        self._db.execute(
            "DELETE FROM notice WHERE closed_at IS NULL"
            " AND kind NOT IN (SELECT value FROM json_each(?))",
            (json.dumps(list(kinds)),),
        )
        self._db.execute("DELETE FROM notice WHERE closed_at < ?", (to_iso(now - KEPT),))

    def claim_open(
        self,
        teller: str,
        *,
        now: datetime,
        until: datetime,
        since: Mapping[str, datetime],
        repeat: timedelta | None,
    ) -> None:
        """Take what is to be told, for `teller` alone until a moment; in a transaction.

        `since`: by kind, what was opened up to then is told. `repeat`: told again that long after
        the last time.
        """
        again = None if repeat is None else to_iso(now - repeat)
        for kind, opened_until in since.items():
            self._db.execute(
                "UPDATE notice SET teller = ?1, teller_until = ?2 WHERE closed_at IS NULL"
                " AND kind = ?3 AND (teller_until IS NULL OR teller_until < ?4)"
                " AND (told_at IS NULL AND opened_at <= ?5 OR told_at <= ?6)",
                (teller, to_iso(until), kind, to_iso(now), to_iso(opened_until), again),
            )

    def claim_ended(
        self, teller: str, *, now: datetime, until: datetime, kinds: Sequence[str]
    ) -> None:
        """Take what was told and is over, for `teller` alone until a moment; in a transaction."""
        self._db.execute(
            "UPDATE notice SET teller = ?1, teller_until = ?2 WHERE closed_at > ?3"
            " AND told_at IS NOT NULL AND end_told_at IS NULL"
            " AND (teller_until IS NULL OR teller_until < ?4)"
            " AND kind IN (SELECT value FROM json_each(?5))",
            (teller, to_iso(until), to_iso(now - NEWS), to_iso(now), json.dumps(list(kinds))),
        )

    def claimed(self, teller: str, *, most: int) -> Claim:
        """Return what a teller has taken: counts, and at most so many of each kind."""
        counts = {
            str(r[0]): int(r[1])
            for r in self._db.execute(
                "SELECT kind, count(*) FROM notice WHERE teller = ? GROUP BY kind", (teller,)
            )
        }
        first = [
            notice
            for kind in sorted(counts)
            for notice in self._notices(
                "teller = ? AND kind = ? ORDER BY opened_at, id LIMIT ?", (teller, kind, most)
            )
        ]
        return Claim(teller, counts, tuple(first))

    def mark_sent(self, teller: str, *, now: datetime) -> None:
        """Record that what `claim_open` gave to a teller was told."""
        self._db.execute(
            "UPDATE notice SET told_at = ?, teller = NULL, teller_until = NULL WHERE teller = ?",
            (to_iso(now), teller),
        )

    def mark_end_sent(self, teller: str, *, now: datetime) -> None:
        """Record that what `claim_ended` gave to a teller was told."""
        self._db.execute(
            "UPDATE notice SET end_told_at = ?, teller = NULL, teller_until = NULL"
            " WHERE teller = ?",
            (to_iso(now), teller),
        )

    def give_back(self, teller: str) -> None:
        """Let others tell what a teller could not."""
        self._db.execute(
            "UPDATE notice SET teller = NULL, teller_until = NULL WHERE teller = ?", (teller,)
        )

    def open(self, kinds: Sequence[str]) -> list[Notice]:
        """Return the open events of these kinds, which somebody was told of or will be."""
        return self._notices(
            "closed_at IS NULL AND kind IN (SELECT value FROM json_each(?)) ORDER BY opened_at, id",
            (json.dumps(list(kinds)),),
        )

    def _notices(self, where: str, values: Sequence[object]) -> list[Notice]:
        return [
            record(Notice, r, facts=json.loads(r["facts"]))
            for r in self._db.execute(f"SELECT * FROM notice WHERE {where}", values)
        ]
