"""What pairs were promised: the `quota` table, kept beside what they are believed to show."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from datetime import datetime, timedelta
from math import ceil

from cloudstock.domain.quotas import (
    Quota,
    accepted,
    after_reading,
    after_release,
    after_sale,
    cover,
)
from cloudstock.store.times import from_iso, to_iso

Pair = tuple[int, str]

# Without a sale of it, a product that is scarce is looked at again after this.
SCARCITY_DOUBTED = timedelta(hours=1)


class Quotas:
    """The `quota` table. Only pairs of products that are not simply shared have a row in it."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection

    def any(self) -> bool:
        """Tell whether any product is not simply shared."""
        return self._db.execute("SELECT 1 FROM quota LIMIT 1").fetchone() is not None

    def doubt_scarcity(self, *, now: datetime) -> None:
        """Mark what was scarce a while ago: it may sell more slowly now, and be ample again."""
        self._db.execute(
            "INSERT INTO dirty SELECT c.listing_id FROM division d INDEXED BY division_scarce"
            " CROSS JOIN component c ON c.product_id = d.product_id"
            " WHERE d.scarce AND d.decided_at < ? ON CONFLICT DO NOTHING",
            (to_iso(now - SCARCITY_DOUBTED),),
        )

    # ------------------------------------------------------------ what happens to a pair

    def sold(
        self,
        pair: Pair,
        units: int,
        made_at: datetime,
        *,
        certain: bool,
        before: timedelta,
        after: timedelta,
    ) -> None:
        """Follow an own order that was not known before; arguments as `quotas.after_sale`."""
        quota = self._read(pair)
        if quota is None:
            return
        self._write(
            pair,
            after_sale(quota, units, made_at, certain=certain, before=before, after=after),
        )
        self._add_to_part(pair, -units)

    def released(
        self,
        pair: Pair,
        units: int,
        released_at: datetime | None,
        *,
        gives_back: bool | None,
        before: timedelta,
    ) -> None:
        """Follow a cancellation in the warehouse; arguments as `quotas.after_release`."""
        quota = self._read(pair)
        if quota is None:
            return
        self._write(
            pair,
            after_release(quota, units, released_at, gives_back=gives_back, before=before),
        )
        self._add_to_part(pair, units)

    def _add_to_part(self, pair: Pair, units: int) -> None:
        self._db.execute(
            "UPDATE quota SET part = max(0, part + ?)"
            " WHERE listing_id = ? AND external_warehouse = ?",
            (units, *pair),
        )

    def taken(
        self,
        numbers: Sequence[tuple[Pair, int, int]],
        *,
        since: datetime,
        until: datetime,
    ) -> None:
        """Follow accepted numbers: (pair, number, units given back meanwhile) each."""
        quotas = self._read_all([pair for pair, _, _ in numbers])
        for pair, number, given_back in numbers:
            if pair in quotas:
                self._write(
                    pair,
                    accepted(quotas[pair], number, given_back=given_back, since=since, until=until),
                )

    def seen(
        self, readings: Sequence[tuple[Pair, int]], *, since: datetime, until: datetime
    ) -> None:
        """Follow readings that are certainly newer than the last number sent."""
        quotas = self._read_all([pair for pair, _ in readings])
        for pair, free in readings:
            before = quotas.get(pair)
            if before is None:
                continue
            settles = self._db.execute(
                "SELECT push_id IS NOT NULL FROM listing_stock"
                " WHERE listing_id = ? AND external_warehouse = ?",
                pair,
            ).fetchone()[0]
            quota = after_reading(before, free, settles=bool(settles), since=since, until=until)
            if quota != before:
                self._write(pair, quota)

    def cover(self, account_id: int, read_from: datetime, *, lag: timedelta) -> None:
        """All of the account's orders are known, as read from `read_from` on.

        Where other accounts sell what its pairs show (warehouses of one group), theirs must be
        known as well.
        """
        others = self._db.execute(
            "SELECT min(coalesce(c.read_until, '')) FROM stock_share me"
            " CROSS JOIN stock_share o ON o.stock = me.stock AND o.account_id <> me.account_id"
            " LEFT JOIN cursor c ON c.account_id = o.account_id AND c.job = 'orders'"
            " WHERE me.account_id = ?",
            (account_id,),
        ).fetchone()[0]
        self._db.execute(
            "UPDATE account SET settle_s = ?1 WHERE id = ?2 AND settle_s IS NOT ?1",
            (ceil(lag.total_seconds()), account_id),
        )
        if others is not None:
            if not others:
                return
            read_from = min(read_from, from_iso(others))
        rows = self._db.execute(
            "SELECT p.* FROM quota p INDEXED BY quota_uncovered CROSS JOIN listing_stock s"
            " ON s.listing_id = p.listing_id AND s.external_warehouse = p.external_warehouse"
            " WHERE p.account_id = ? AND NOT p.covered AND p.bound_until < ?"
            # What is on its way may be shown later than that.
            " AND s.push_id IS NULL",
            (account_id, to_iso(read_from - lag)),
        ).fetchall()
        for row in rows:
            pair = (row["listing_id"], row["external_warehouse"])
            self._write(pair, cover(_quota(row), read_from, lag=lag))
        # What was promised beyond what there is may have been sold, or is known not to be.
        self._db.execute(
            "UPDATE quota_excess SET ended_at = ?1 WHERE id IN (SELECT x.id FROM quota_excess x"
            " INDEXED BY quota_excess_open CROSS JOIN product p ON p.id = x.product_id"
            " LEFT JOIN stock s ON s.product_id = x.product_id AND s.warehouse_id = x.warehouse_id"
            " WHERE x.ended_at IS NULL AND coalesce(s.free, 0) - coalesce(p.buffer, 0) >= ("
            " SELECT total(u.units) FROM quota_units u WHERE u.product_id = x.product_id"
            " AND u.warehouse_id = x.warehouse_id))",
            (to_iso(read_from),),
        )

    def _read(self, pair: Pair) -> Quota | None:
        row = self._db.execute(
            "SELECT * FROM quota WHERE listing_id = ? AND external_warehouse = ?", pair
        ).fetchone()
        return None if row is None else _quota(row)

    def _read_all(self, pairs: Sequence[Pair]) -> dict[Pair, Quota]:
        if not self.any():
            return {}
        rows = self._db.execute(
            "SELECT p.* FROM json_each(?) j CROSS JOIN quota p"
            " ON p.listing_id = json_extract(j.value, '$[0]')"
            " AND p.external_warehouse = json_extract(j.value, '$[1]')",
            (json.dumps([list(pair) for pair in pairs]),),
        )
        return {(r["listing_id"], r["external_warehouse"]): _quota(r) for r in rows}

    def _write(self, pair: Pair, quota: Quota) -> None:
        self._db.execute(
            "UPDATE quota SET quantity = ?, bound = ?, bound_since = ?, bound_until = ?,"
            " covered = ?, counted_since = ? WHERE listing_id = ? AND external_warehouse = ?",
            (
                quota.quantity,
                quota.bound,
                to_iso(quota.since),
                to_iso(quota.until),
                int(quota.covered),
                to_iso(quota.counted_since),
                *pair,
            ),
        )


def _quota(row: sqlite3.Row) -> Quota:
    return Quota(
        row["quantity"],
        row["bound"],
        from_iso(row["bound_since"]),
        from_iso(row["bound_until"]),
        bool(row["covered"]),
        from_iso(row["counted_since"]),
    )
