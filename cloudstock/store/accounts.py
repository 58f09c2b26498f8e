"""What is known of an account beside its documents: clock, credentials, words never met before."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from cloudstock import __version__
from cloudstock.store.rows import record
from cloudstock.store.runs import Runs
from cloudstock.store.times import from_iso, to_iso

# No marketplace has so many words that nobody knows; what invents them shall not fill the database.
WORDS_MAX = 200
WORD_CHARACTERS_MAX = 100
# What was not met for so long is over. What was left out is met by every reading, and the rarest is
# the catalogue's, each night.
WORDS_KEPT = timedelta(days=30)
LEFT_OUT_KEPT = timedelta(days=2)
# A fact: which version of the program met words last, and since when.
_READER = "words_met_by"


class Word(NamedTuple):
    """A word that no table of the program holds, and where it was met."""

    # The request whose answer held it: "POST /v4/posting/fbs/list".
    place: str
    field: str
    word: str
    # What it stood in could not be read, and is not in the database.
    left_out: bool = False


@dataclass(frozen=True, slots=True)
class UnknownWord:
    """A word of a marketplace that this version of the program does not know."""

    # The request whose answer held it, and the field.
    place: str
    field: str
    word: str
    # What it stood in could not be read, and is not in the database.
    left_out: bool
    times: int
    first_at: datetime
    last_at: datetime


@dataclass(frozen=True, slots=True)
class AccountFacts:
    """What an account told last; None: nothing yet."""

    # The marketplace's clock minus this machine's.
    clock_skew_s: float | None
    clock_skew_at: datetime | None
    credentials_end: datetime | None
    credentials_asked_at: datetime | None


class Accounts:
    """The `account` table's facts, and `surprise`."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection

    def paused(self) -> dict[str, datetime]:
        """Return accounts that a person paused, by name, with since when."""
        rows = self._db.execute("SELECT name, paused_at FROM account WHERE paused_at IS NOT NULL")
        return {name: at for name, since in rows if (at := from_iso(since)) is not None}

    def facts(self, account_id: int) -> AccountFacts:
        """Return what an account told last."""
        row = self._db.execute("SELECT * FROM account WHERE id = ?", (account_id,)).fetchone()
        return record(AccountFacts, row)

    def booked_as(self, account_id: int) -> str:
        """Return what the ledger's documents call an account, whatever its name is today."""
        row = self._db.execute("SELECT booked_as FROM account WHERE id = ?", (account_id,))
        return str(row.fetchone()[0])

    def keep_skew(self, account_id: int, skew_s: float, *, now: datetime) -> None:
        """Keep how far the marketplace's clock is ahead of ours, in seconds."""
        self._db.execute(
            "UPDATE account SET clock_skew_s = ?, clock_skew_at = ? WHERE id = ?",
            (skew_s, to_iso(now), account_id),
        )

    def keep_credentials_end(self, account_id: int, end: datetime | None, *, now: datetime) -> None:
        """Keep when the credentials end; None: the marketplace does not tell."""
        self._db.execute(
            "UPDATE account SET credentials_end = ?, credentials_asked_at = ? WHERE id = ?",
            (to_iso(end), to_iso(now), account_id),
        )

    def met(self, account_id: int, words: Mapping[Word, int], *, now: datetime) -> None:
        """Count words that no table knows; beyond `WORDS_MAX` of an account no new one is kept.

        Called by every run, without words too: it says which version of the program is at work.
        """
        self._read_by_this_version(now)
        self._db.executemany(
            "INSERT INTO surprise"
            " (account_id, place, field, word, left_out, times, first_at, last_at)"
            " SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7 WHERE EXISTS (SELECT 1 FROM surprise"
            " WHERE account_id = ?1 AND place = ?2 AND field = ?3 AND word = ?4)"
            f" OR (SELECT count(*) FROM surprise WHERE account_id = ?1) < {WORDS_MAX}"
            " ON CONFLICT DO UPDATE SET times = times + excluded.times,"
            " left_out = excluded.left_out, last_at = excluded.last_at",
            [
                (
                    account_id,
                    w.place,
                    w.field,
                    w.word[:WORD_CHARACTERS_MAX],
                    int(w.left_out),
                    times,
                    to_iso(now),
                )
                for w, times in words.items()
            ],
        )

    def unknown_words(self, account_id: int, *, now: datetime) -> tuple[UnknownWord, ...]:
        """Return the words that this version met lately and does not know, the latest first.

        A word that another version met last may be one that this one knows: it counts again when
        it is met again.
        """
        return tuple(
            record(UnknownWord, r)
            for r in self._db.execute(
                "SELECT * FROM surprise WHERE account_id = ?"
                " AND last_at >= CASE WHEN left_out THEN ? ELSE ? END"
                " ORDER BY last_at DESC, times DESC, place, field, word",
                (account_id, *self.words_count_since(now)),
            )
        )

    def forget_words(self, *, now: datetime) -> None:
        """Drop the words that are over: not met for long, or not since an upgrade."""
        self._db.execute(
            "DELETE FROM surprise WHERE last_at < CASE WHEN left_out THEN ? ELSE ? END",
            self.words_count_since(now),
        )

    def _read_by_this_version(self, now: datetime) -> None:
        if self._reader()[0] != __version__:
            Runs(self._db).set_fact(_READER, f"{__version__} {to_iso(now)}")

    def words_count_since(self, now: datetime) -> tuple[str, str]:
        """Return since when words count that stood in what was left out, and all others."""
        version, since = self._reader()
        if version not in (None, __version__):
            # A version that has not read yet has met nothing.
            since = now
        return to_iso(max(now - LEFT_OUT_KEPT, since)), to_iso(max(now - WORDS_KEPT, since))

    def _reader(self) -> tuple[str | None, datetime]:
        version, _, since = (Runs(self._db).fact(_READER) or "").partition(" ")
        return (version, from_iso(since)) if since else (None, datetime.min.replace(tzinfo=UTC))
