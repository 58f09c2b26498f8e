"""How far what marketplaces show is from what they should show: now, and reading by reading."""

from __future__ import annotations

import sqlite3
from datetime import datetime, timedelta

from cloudstock.domain.comparison import Comparison
from cloudstock.store.times import to_iso

# A report reaches back this far; 96 rows a day and account where all is read every 15 minutes.
KEPT = timedelta(days=90)

# What is not certain is not taken for a difference: only what lies outside [low, high] is one.
# ?1: the account; ?2: when the last complete reading began, NULL: nothing was read; ?3: a number
# accepted after this moment need not have been shown in it. Read to its end, a reading has told of
# all listings of which the marketplace has a record: the others show none. Of one that follows
# another, the other has target and pushes, and what was seen is what it shows.
_COMPARED = """
    WITH own AS (
        SELECT s.listing_id, s.seen_at, s.leader_id IS NOT NULL AS led,
            iif(s.leader_id IS NULL, s.target, o.target) AS target,
            iif(s.leader_id IS NULL, s.low, s.seen) AS low,
            iif(s.leader_id IS NULL, s.high, s.seen) AS high,
            iif(s.leader_id IS NULL, s.believed_until, s.seen_at) AS known_at,
            iif(s.leader_id IS NULL, s.push_id, o.push_id) AS push_id,
            coalesce(iif(s.leader_id IS NULL, s.pushed_at, o.pushed_at), '') AS pushed_at
        FROM listing_stock s LEFT JOIN listing_stock o
            ON o.listing_id = s.leader_id AND o.external_warehouse = s.leader_warehouse
        WHERE s.account_id = ?1
    ), told AS (
        SELECT target, low, high,
            known_at >= ?2 AND (NOT led OR push_id IS NULL AND pushed_at < ?3) AS read,
            coalesce(seen_at, '') < ?2 AND push_id IS NULL AND pushed_at < ?3 AS unrecorded
        FROM own WHERE target IS NOT NULL AND NOT (led AND EXISTS
            (SELECT 1 FROM listing l WHERE l.id = own.listing_id AND NOT l.offered))
    ), shows AS (
        SELECT target, unrecorded, iif(unrecorded, 0, iif(read, low, NULL)) AS low,
            iif(unrecorded, 0, iif(read, high, NULL)) AS high FROM told
    )
    SELECT count(low), count(*) FILTER (WHERE low > target), total(max(0, low - target)),
        count(*) FILTER (WHERE high < target), total(max(0, target - high)),
        total(unrecorded), count(*) - count(low) FROM shows
"""


class Comparisons:
    """The `comparison` table, and the question that fills it.

    Targets must be computed (`refresh_targets`). `began_at`: when the last complete reading of the
    account began. `settle`: how long after it was accepted a number may not be shown yet.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection

    def since_reading(
        self, account_id: int, *, began_at: datetime | None, settle: timedelta
    ) -> Comparison:
        """Compare an account's targets with what it shows, as far as is known since a reading.

        `began_at` is None where nothing was read.
        """
        settled_at = None if began_at is None else began_at - settle
        counts = self._db.execute(_COMPARED, (account_id, to_iso(began_at), to_iso(settled_at)))
        return Comparison(*map(int, counts.fetchone()))

    def keep(
        self, account_id: int, *, began_at: datetime, settle: timedelta, now: datetime
    ) -> Comparison:
        """Compare, keep and return what a reading told that ends now.

        In the transaction that ends it, so that there is one row for each reading. What is older
        than `KEPT` is forgotten.
        """
        compared = self.since_reading(account_id, began_at=began_at, settle=settle)
        self._db.execute(
            "INSERT OR REPLACE INTO comparison SELECT id, ?, push, ?, ?, ?, ?, ?, ?, ?"
            " FROM account WHERE id = ?",
            (to_iso(now), *compared, account_id),
        )
        self._db.execute(
            "DELETE FROM comparison WHERE account_id = ? AND compared_at < ?",
            (account_id, to_iso(now - KEPT)),
        )
        return compared
