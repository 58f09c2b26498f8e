"""What every listing should show, and which do not."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from datetime import datetime

from cloudstock.domain.plan import Difference, Emptying
from cloudstock.store.times import from_iso, to_iso


class Targets:
    """What listings should show, in the `listing_stock` and `dirty` tables.

    Where a partial index holds the few rows that a query is after, it is named: the planner, which
    knows no sizes, would walk all pairs of the account instead.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection

    def refresh(self, *, now: datetime | None = None) -> int:
        """Compute targets where stock, link or policy changed, or why there is none.

        Returns how many pairs were looked at. `now`: for how fast products sell that are not
        simply shared; None: as last measured.

        The rule is that of `domain.targets`, in SQL's words: a million calls into Python would
        take as long as all the rest.
        """
        if self._db.execute("SELECT 1 FROM dirty LIMIT 1").fetchone() is None:
            return 0
        cursor = self._db.execute(
            """
            UPDATE listing_stock SET target = (
                SELECT CASE WHEN l.offered AND listing_stock.leader_id IS NULL THEN coalesce((
                    SELECT CASE WHEN w.closed_at IS NOT NULL THEN 0
                    WHEN count(st.on_hand) = count(*) THEN min(
                        min(max(0, st.free - coalesce(p.buffer, w.buffer))
                            * w.share_percent / 100 / c.units),
                        coalesce(w.max_quantity, w.ceiling), w.ceiling) END
                    FROM component c
                    CROSS JOIN product p ON p.id = c.product_id
                    LEFT JOIN stock st ON st.product_id = c.product_id
                        AND st.warehouse_id = w.warehouse_id
                    WHERE c.listing_id = listing_stock.listing_id),
                    -- Of no product by a person's word: there is none to sell.
                    iif(l.link = 'manual' AND NOT l.left_alone AND NOT EXISTS (SELECT 1
                        FROM component c WHERE c.listing_id = l.id), 0, NULL)) END
                FROM listing l
                CROSS JOIN account_warehouse w ON w.account_id = listing_stock.account_id
                    AND w.external_warehouse = listing_stock.external_warehouse
                WHERE l.id = listing_stock.listing_id)
            WHERE listing_id IN (SELECT listing_id FROM dirty)
            """
        )
        if self._is_divided():
            from cloudstock.store.dividing import divide

            divide(self._db, now=now)
        self._db.execute(
            """
            UPDATE listing_stock SET unmanaged = CASE
                WHEN target IS NOT NULL OR leader_id IS NOT NULL THEN NULL
                WHEN NOT EXISTS (SELECT 1 FROM account_warehouse w
                    WHERE w.account_id = listing_stock.account_id
                    AND w.external_warehouse = listing_stock.external_warehouse)
                    THEN 'unconfigured'
                WHEN NOT (SELECT l.offered FROM listing l WHERE l.id = listing_stock.listing_id)
                    THEN 'unoffered'
                WHEN NOT EXISTS (SELECT 1 FROM component c
                    WHERE c.listing_id = listing_stock.listing_id) THEN 'unlinked'
                ELSE 'uncounted' END
            WHERE listing_id IN (SELECT listing_id FROM dirty)
                AND (target IS NULL OR unmanaged IS NOT NULL)
            """
        )
        self._db.execute("DELETE FROM dirty")
        return cursor.rowcount

    def _is_divided(self) -> bool:
        """Tell whether anything is, or was, not simply shared."""
        return bool(
            self._db.execute(
                "SELECT EXISTS (SELECT 1 FROM account_warehouse WHERE policy <> 'share')"
                " OR EXISTS (SELECT 1 FROM product WHERE policy IS NOT NULL)"
                " OR EXISTS (SELECT 1 FROM quota)"
            ).fetchone()[0]
        )

    def differences(
        self,
        account_id: int,
        *,
        now: datetime,
        full: bool,
        raisable: frozenset[int],
        watched: bool | None = None,
    ) -> Iterator[Difference]:
        """Yield what is not certainly shown right.

        What may be sent of divided ones tells `Quotas.steps`. `raisable`: the warehouses (warehouse
        ids) whose knowledge is fresh. `full`: also listings believed to be right. `watched`: only
        those that no number is sent to, or only the others; None: all.
        """
        few = "" if full else " INDEXED BY listing_stock_differs"
        differs = "" if full else " AND s.differs"
        rows = self._db.execute(
            "SELECT s.listing_id, s.external_warehouse, s.target, s.low, s.high, s.due_at,"
            f" s.hold_until, w.warehouse_id, p.divided FROM listing_stock s{few}"
            " CROSS JOIN account_warehouse w"
            " ON w.account_id = s.account_id AND w.external_warehouse = s.external_warehouse"
            " LEFT JOIN quota p ON p.listing_id = s.listing_id"
            " AND p.external_warehouse = s.external_warehouse"
            f" WHERE s.account_id = ?1 AND s.target IS NOT NULL{differs}"
            " AND w.watched IS coalesce(?2, w.watched)"
            " ORDER BY s.external_warehouse, s.listing_id",
            (account_id, watched),
        )
        at = to_iso(now)
        for listing_id, warehouse, target, low, high, due_at, hold_until, fed_by, divided in rows:
            may_raise = fed_by in raisable and (hold_until is None or hold_until <= at)
            due = from_iso(due_at) if due_at is not None and due_at > at else None
            yield Difference(
                listing_id, warehouse, target, low, high, may_raise, due, bool(divided)
            )

    def emptyings(self, account_id: int, *, watched: bool | None = None) -> list[Emptying]:
        """Return the live listings whose target is zero, with what sales explain of it.

        One that shows nothing because others have the units is no accident, nor because it is
        closed. `watched`: as for
        `differences`. A number accepted before it was watched last tells nothing of what it shows.
        """
        rows = self._db.execute(
            """
            WITH emptied AS (
                SELECT s.listing_id, s.external_warehouse, s.high, s.seen, s.seen_at,
                    iif(s.pushed_at >= coalesce(w.watched_until, ''), s.pushed, NULL) AS pushed,
                    iif(s.pushed_at >= coalesce(w.watched_until, ''), s.pushed_at, NULL)
                        AS pushed_at
                FROM listing_stock s INDEXED BY listing_stock_differs
                CROSS JOIN account_warehouse w ON w.account_id = s.account_id
                    AND w.external_warehouse = s.external_warehouse
                WHERE s.account_id = ?1 AND s.differs AND s.target = 0 AND w.closed_at IS NULL
                    AND w.watched IS coalesce(?2, w.watched)
            )
            SELECT s.listing_id, s.external_warehouse,
                coalesce(s.pushed, s.high, s.seen) AS shown,
                coalesce((SELECT max(sold / c.units) FROM (
                    SELECT c.units, sum(a.reserved + a.off) AS sold
                    FROM component c
                    JOIN allocation a ON a.product_id = c.product_id
                    JOIN order_line ol ON ol.id = a.order_line_id
                    JOIN orders o ON o.id = ol.orders_id
                    WHERE c.listing_id = s.listing_id
                        AND o.first_seen_at >= coalesce(s.pushed_at, s.seen_at)
                    GROUP BY c.product_id) AS c), 0) AS sold
            FROM emptied s
            WHERE coalesce(s.high, s.pushed, s.seen, 0) > 0
                AND NOT EXISTS (SELECT 1 FROM quota p WHERE p.listing_id = s.listing_id
                    AND p.external_warehouse = s.external_warehouse AND p.most > 0)
            """,
            (account_id, watched),
        )
        return [Emptying(r[0], r[1], r[2], r[3]) for r in rows]

    def live(self, account_id: int) -> int:
        """Return how many of the account's pairs show more than nothing, as far as is known."""
        row = self._db.execute(
            "SELECT count(*) FROM listing_stock WHERE account_id = ?"
            " AND coalesce(high, pushed, seen, 0) > 0",
            (account_id,),
        ).fetchone()
        return int(row[0])

    def pending(self, account_id: int, *, now: datetime) -> int:
        """Return how many differences wait for a moment the marketplace set."""
        row = self._db.execute(
            "SELECT count(*) FROM listing_stock INDEXED BY listing_stock_differs"
            " WHERE account_id = ? AND differs AND due_at > ? AND refused_at IS NULL",
            (account_id, to_iso(now)),
        ).fetchone()
        return int(row[0])
