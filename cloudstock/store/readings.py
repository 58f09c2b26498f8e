"""What every listing was seen to show."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from cloudstock.domain.records import StockKey
from cloudstock.store.beliefs import (
    NEVER_PUSHED,
    NEVER_SEEN,
    NOT_IN_FLIGHT,
    NOT_REFUSED,
    UNKNOWN,
    kept_quotas,
)
from cloudstock.store.times import to_iso

# Listings that are read at a time where all of an account's are asked for.
KEYS_PAGE = 1_000


class Reading(NamedTuple):
    """What the marketplace was seen to show of one listing in one warehouse."""

    listing_id: int
    external_warehouse: str
    free: int
    # None: not told.
    reserved: int | None
    # It is certain to be newer than the last push, so it is what is shown.
    believe: bool


class Readings:
    """What was read back, in the `listing_stock` table, and what it is asked for."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection

    def keys(self, account_id: int) -> Iterator[StockKey]:
        """Yield every listing of the account in every warehouse it is offered from.

        Archived and gone ones only while they may show something. Read a page at a time: a
        question left open while others write would keep this connection from beginning a
        transaction.
        """
        place = ("", -1)
        while rows := self._db.execute(
            "SELECT l.external_id, l.offer_id, s.external_warehouse, s.listing_id FROM"
            " listing_stock s"
            " CROSS JOIN listing l ON l.id = s.listing_id CROSS JOIN account_warehouse w"
            " ON w.account_id = s.account_id AND w.external_warehouse = s.external_warehouse"
            " WHERE s.account_id = ? AND (s.external_warehouse, s.listing_id) > (?, ?)"
            # What is archived or gone may show something still.
            " AND (l.offered OR s.last_shown > 0)"
            " ORDER BY s.external_warehouse, s.listing_id LIMIT ?",
            (account_id, *place, KEYS_PAGE),
        ).fetchall():
            for r in rows:
                yield StockKey(r[0], r[1], r[2])
            place = (rows[-1][2], rows[-1][3])

    def keys_of(self, pairs: Sequence[tuple[int, str]]) -> list[StockKey]:
        """Return the keys of (listing id, warehouse) pairs."""
        rows = self._db.execute(
            "SELECT l.external_id, l.offer_id, json_extract(j.value, '$[1]') FROM json_each(?) j"
            " CROSS JOIN listing l ON l.id = json_extract(j.value, '$[0]')",
            (json.dumps([list(p) for p in pairs]),),
        )
        return [StockKey(r[0], r[1], r[2]) for r in rows]

    def rows(self, account_id: int, pairs: Sequence[tuple[int, str]]) -> list[sqlite3.Row]:
        """Return the `listing_stock` rows of (listing id, warehouse) pairs.

        Of one that follows another, what is believed and known of pushes is the leader's.
        """
        led = ("low", "high", "pushed_at", "push_id")
        columns = ", ".join(f"iif(s.leader_id IS NULL, s.{c}, o.{c}) AS {c}" for c in led)
        return self._db.execute(
            f"SELECT s.listing_id, s.external_warehouse, s.leader_id, {columns},"
            " (SELECT l.offer_id FROM listing l WHERE l.id = s.listing_id) AS offer_id"
            " FROM json_each(?) j CROSS JOIN listing_stock s"
            " ON s.listing_id = json_extract(j.value, '$[0]')"
            " AND s.external_warehouse = json_extract(j.value, '$[1]')"
            " LEFT JOIN listing_stock o ON o.listing_id = s.leader_id"
            " AND o.external_warehouse = s.leader_warehouse WHERE s.account_id = ?",
            (json.dumps([list(p) for p in pairs]), account_id),
        ).fetchall()

    def saw(self, readings: Sequence[Reading], *, requested_at: datetime, now: datetime) -> None:
        """Write what one page of readings tells."""
        quotas = kept_quotas(self._db)
        if quotas is not None:
            # First: it asks whether a push had no answer until now.
            quotas.seen(
                [((r.listing_id, r.external_warehouse), r.free) for r in readings if r.believe],
                since=requested_at,
                until=now,
            )
        seen_at, since = to_iso(now), to_iso(requested_at)
        seen = "seen = ?, seen_reserved = ?, seen_at = ?"
        where = "WHERE listing_id = ? AND external_warehouse = ?"
        self._db.executemany(
            f"UPDATE listing_stock SET {seen} {where}",
            [
                (r.free, r.reserved, seen_at, r.listing_id, r.external_warehouse)
                for r in readings
                if not r.believe
            ],
        )
        self._db.executemany(
            f"UPDATE listing_stock SET {seen}, low = ?, high = ?, believed_since = ?,"
            f" believed_until = ?, {NOT_IN_FLIGHT} {where}",
            [
                (
                    *(r.free, r.reserved, seen_at),
                    *(r.free, r.free, since, seen_at),
                    *(r.listing_id, r.external_warehouse),
                )
                for r in readings
                if r.believe
            ],
        )

    def saw_no_record(
        self, account_id: int, *, began_at: datetime, settle: timedelta, now: datetime
    ) -> None:
        """Write that what is not managed, and was not in a complete reading, shows none.

        Like `comparison`. Also what nobody counted and no reading ever had: once, when it was asked
        for the first time. `began_at`: when the reading began; `settle`: how long after it was
        accepted a number may not be shown yet.
        """
        none = (
            "UPDATE listing_stock SET seen = 0, seen_reserved = NULL, seen_at = ?1, low = 0,"
            " high = 0, believed_since = ?2, believed_until = ?1, flight_sold = 0, flight_back = 0"
        )
        unanswered = "coalesce(pushed_at, '') < ?4 AND push_id IS NULL"
        values = (to_iso(now), to_iso(began_at), account_id, to_iso(began_at - settle))
        self._db.execute(
            f"{none} FROM (SELECT u.listing_id, u.external_warehouse FROM unmanaged_listing u"
            " WHERE u.reason IN ('unoffered', 'unlinked', 'uncounted')"
            " AND u.account_id = ?3) AS u"
            " WHERE listing_stock.listing_id = u.listing_id"
            " AND listing_stock.external_warehouse = u.external_warehouse"
            f" AND coalesce(seen_at, '') < ?2 AND {unanswered}",
            values,
        )
        self._db.execute(
            f"{none} WHERE account_id = ?3 AND external_warehouse IN"
            " (SELECT w.external_warehouse FROM account_warehouse w WHERE w.account_id = ?3)"
            f" AND unmanaged = 'uncounted' AND seen_at IS NULL AND {unanswered}"
            # What came into the catalog since need not have been asked for.
            " AND EXISTS (SELECT 1 FROM listing l WHERE l.id = listing_stock.listing_id"
            " AND l.offered AND l.catalog_seen_at < ?2)",
            values,
        )
        # Whatever became of a zero sent to one that had none: no reading will have it, and tell.
        settled = self._db.execute(
            "SELECT s.listing_id, s.external_warehouse FROM listing_stock s"
            " INDEXED BY listing_stock_in_flight JOIN push p ON p.id = s.push_id"
            " WHERE s.account_id = ? AND s.push_id IS NOT NULL AND s.high = 0 AND s.seen = 0"
            " AND s.seen_at < ? AND p.sent_at < ?",
            (account_id, to_iso(began_at), to_iso(began_at - settle)),
        )
        none_of = [Reading(r[0], r[1], 0, None, believe=True) for r in settled]
        self.saw(none_of, requested_at=began_at, now=now)
        # As any reading tells it of one of which nothing was known; it may sell what is divided.
        self._db.execute(
            "UPDATE quota INDEXED BY quota_uncovered SET bound = 0, bound_since = ?2,"
            " bound_until = ?1 WHERE account_id = ?3 AND NOT covered AND bound IS NULL"
            " AND EXISTS (SELECT 1 FROM listing_stock s WHERE s.listing_id = quota.listing_id"
            " AND s.external_warehouse = quota.external_warehouse AND s.seen_at = ?1"
            " AND s.high = 0 AND s.push_id IS NULL)",
            (to_iso(now), to_iso(began_at), account_id),
        )

    def pushed_before(self, account_id: int, before: datetime) -> list[tuple[int, str]]:
        """Return the pairs whose last push, of more than nothing, was accepted before then.

        Not those that are only watched: nobody waits for what was pushed to them once.
        """
        rows = self._db.execute(
            "SELECT s.listing_id, s.external_warehouse FROM listing_stock s JOIN"
            " account_warehouse w"
            " ON w.account_id = s.account_id AND w.external_warehouse = s.external_warehouse"
            " WHERE s.account_id = ? AND s.pushed > 0 AND s.pushed_at < ? AND s.push_id IS NULL"
            " AND s.target IS NOT NULL AND s.leader_id IS NULL AND NOT w.watched"
            " AND s.pushed_at >= coalesce(w.watched_until, '')",
            (account_id, to_iso(before)),
        )
        return [(r[0], r[1]) for r in rows]

    def unanswered(self, account_id: int, before: datetime) -> list[tuple[int, str]]:
        """Return the divided pairs of which only a reading tells whether they took a number.

        It was sent before then and was not answered; others are simply sent the next one.
        """
        rows = self._db.execute(
            "SELECT s.listing_id, s.external_warehouse FROM listing_stock s"
            " INDEXED BY listing_stock_in_flight JOIN push p ON p.id = s.push_id"
            " JOIN quota q ON q.listing_id = s.listing_id"
            " AND q.external_warehouse = s.external_warehouse"
            " WHERE s.account_id = ? AND s.push_id IS NOT NULL AND s.target IS NOT NULL"
            " AND s.high > 0 AND q.divided AND p.sent_at < ?",
            (account_id, to_iso(before)),
        )
        return [(r[0], r[1]) for r in rows]

    def watched(self, account_id: int) -> set[str]:
        """Return the account's marketplace warehouses that no number is sent to."""
        rows = self._db.execute(
            "SELECT external_warehouse FROM account_warehouse WHERE account_id = ? AND watched",
            (account_id,),
        )
        return {r[0] for r in rows}

    def forget_gone(self, account_id: int, *, read_since: datetime, before: datetime) -> None:
        """Forget what gone listings showed that a reading of everything, since then, did not have.

        Nor is anything left of pushes that were sent or accepted `before` then.
        """
        self._db.execute(
            f"UPDATE listing_stock SET {UNKNOWN}, {NEVER_PUSHED}, {NEVER_SEEN}, {NOT_REFUSED},"
            " due_at = NULL, hold_until = NULL"
            " WHERE listing_id IN (SELECT id FROM listing INDEXED BY listing_gone"
            " WHERE account_id = ?1 AND gone_at IS NOT NULL)"
            " AND coalesce(seen_at, '') < ?2 AND coalesce(pushed_at, '') < ?3"
            " AND (push_id IS NULL OR (SELECT sent_at FROM push WHERE id = push_id) < ?3)"
            " AND external_warehouse IN (SELECT w.external_warehouse FROM account_warehouse w"
            " WHERE w.account_id = ?1)",
            (account_id, to_iso(read_since), to_iso(before)),
        )

    def open_units(self, account_id: int) -> dict[tuple[int, str], int]:
        """Return the units that open orders hold, by listing and warehouse of the account.

        Orders of other accounts that sell what its pairs show are among them.
        """
        rows = self._db.execute(
            "SELECT l.listing_id, o.external_warehouse, sum(l.quantity)"
            " FROM orders o JOIN order_line l ON l.orders_id = o.id"
            " WHERE o.account_id = ? AND NOT o.ended AND NOT o.shipped"
            " AND l.listing_id IS NOT NULL GROUP BY 1, 2",
            (account_id,),
        )
        units_held = {(r[0], r[1]): int(r[2]) for r in rows}
        led = self._db.execute(
            "SELECT s.leader_id, s.leader_warehouse, sum(l.quantity)"
            " FROM listing x CROSS JOIN listing_stock s ON s.leader_id = x.id"
            " CROSS JOIN order_line l ON l.listing_id = s.listing_id"
            " CROSS JOIN orders o ON o.id = l.orders_id"
            " AND s.external_warehouse IN ('', o.external_warehouse)"
            " WHERE x.account_id = ?1 AND s.account_id <> ?1 AND NOT o.ended AND NOT o.shipped"
            " AND EXISTS (SELECT 1 FROM stock_share WHERE account_id = ?1) GROUP BY 1, 2",
            (account_id,),
        )
        for listing_id, warehouse, units in led:
            pair = (listing_id, warehouse)
            units_held[pair] = units_held.get(pair, 0) + int(units)
        return units_held
