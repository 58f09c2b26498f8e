"""What is sent to pairs that are divided, so that together they show no more than there is."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Hashable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import inf

from cloudstock.domain.shifting import Held, steps
from cloudstock.domain.transition import Showing, forecast, hours_begin_s
from cloudstock.store.quotas import Pair
from cloudstock.store.runs import OLD_COPY_FOUND_AT
from cloudstock.store.times import from_iso, to_iso

# The products of some listings, and of all that are bundled with them, however far that goes.
NEAR = (
    "WITH RECURSIVE near (product_id) AS ("
    " SELECT c.product_id FROM json_each(?) j CROSS JOIN component c ON c.listing_id = j.value"
    " UNION SELECT c.product_id FROM near CROSS JOIN component one"
    " ON one.product_id = near.product_id CROSS JOIN quota p ON p.listing_id = one.listing_id"
    " CROSS JOIN component c ON c.listing_id = one.listing_id)"
)


class Parts:
    """The `quota` table read for a push, and `quota_excess`: what may go beyond once."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection

    def divided(self, listings: Iterable[int]) -> set[Pair]:
        """Return the pairs of these listings whose units are their own alone."""
        rows = self._db.execute(
            "SELECT p.listing_id, p.external_warehouse FROM json_each(?) j"
            " CROSS JOIN quota p ON p.listing_id = j.value WHERE p.divided",
            (json.dumps(list(listings)),),
        )
        return {(r[0], r[1]) for r in rows}

    def steps(self, listings: Collection[int], *, now: datetime) -> dict[Pair, int]:
        """Return what to send to divided pairs of these listings' products now."""
        near = self._near(listings, now=now)
        quantities = steps(near.available, list(near.pairs.values()), beyond=near.beyond)
        return {pair: quantities[pair] for pair in near.pairs if pair in quantities}

    def forecast(
        self, listings: Collection[int], *, now: datetime, round_s: float
    ) -> dict[Pair, tuple[Showing, ...]]:
        """Return what divided pairs of these listings' products show from now on.

        `round_s`: from one round to the next.
        """
        near = self._near(listings, now=now)
        forecasts = forecast(
            near.available,
            list(near.pairs.values()),
            covered_s=near.covered_s,
            round_s=round_s,
            empties_s=near.empties_s,
            moves_s=near.moves_s,
            beyond=near.beyond,
        )
        return {pair: forecasts[pair] for pair in near.pairs}

    def _near(self, listings: Collection[int], *, now: datetime) -> _Near:
        """Return the divided pairs of these listings' products, and what is there for them."""
        these = json.dumps(list(listings))
        near = _Near()
        for r in self._db.execute(
            f"{NEAR} SELECT s.product_id, s.warehouse_id,"
            " coalesce(s.free, 0) - coalesce(p.buffer, 0) FROM near"
            " CROSS JOIN product p ON p.id = near.product_id"
            " CROSS JOIN stock s ON s.product_id = near.product_id",
            (these,),
        ):
            near.available[r[0], r[1]] = r[2]
        for r in self._db.execute(
            f"{NEAR} SELECT x.product_id, x.warehouse_id, x.units FROM near"
            " CROSS JOIN quota_excess x INDEXED BY quota_excess_open USING (product_id)"
            " WHERE x.ended_at IS NULL",
            (these,),
        ):
            near.beyond[r[0], r[1]] = r[2]
        at = to_iso(now)
        for r in self._db.execute(
            f"{NEAR} SELECT p.*, s.target, s.low, s.high, s.push_id, s.due_at, c.product_id,"
            " c.units, w.warehouse_id, w.watched, a.settle_s,"
            " s.low IS NULL AND strftime('%Y-%m-%dT%H:%M:%fZ', ?2, '-' || a.settle_s || ' seconds')"
            f" <= {OLD_COPY_FOUND_AT} AND NOT EXISTS (SELECT 1 FROM component o CROSS JOIN stock t"
            " ON t.product_id = o.product_id WHERE o.listing_id = p.listing_id"
            f" AND t.counted_at > {OLD_COPY_FOUND_AT}) AS unread,"
            " (SELECT json_group_array(DISTINCT k.empty_hours) FROM component o"
            " CROSS JOIN product k ON k.id = o.product_id WHERE o.listing_id = p.listing_id"
            " AND k.empty_hours IS NOT NULL) AS hours FROM near CROSS JOIN component one"
            " ON one.product_id = near.product_id"
            " CROSS JOIN quota p ON p.listing_id = one.listing_id"
            " CROSS JOIN account a ON a.id = p.account_id"
            " CROSS JOIN listing l ON l.id = p.listing_id"
            " CROSS JOIN account_warehouse w ON w.account_id = p.account_id"
            " AND w.external_warehouse = p.external_warehouse"
            " CROSS JOIN listing_stock s ON s.listing_id = p.listing_id"
            " AND s.external_warehouse = p.external_warehouse"
            " CROSS JOIN component c ON c.listing_id = p.listing_id"
            " WHERE p.divided AND l.offered AND s.leader_id IS NULL",
            (these, at),
        ):
            pair = (r["listing_id"], r["external_warehouse"])
            part = (r["product_id"], r["warehouse_id"])
            near.available.setdefault(part, 0)
            if pair not in near.pairs:
                empties_s = max(
                    (hours_begin_s(h, now) if h else inf for h in json.loads(r["hours"])),
                    default=0.0,
                )
                if empties_s:
                    near.empties_s[pair] = empties_s
                is_due = r["due_at"] is None or r["due_at"] <= at
                if not (is_due or r["watched"]):
                    near.moves_s[pair] = (from_iso(r["due_at"]) - now).total_seconds()
                near.pairs[pair] = Held(
                    pair,
                    {},
                    r["target"],
                    r["quantity"],
                    r["bound"],
                    r["low"],
                    r["high"],
                    bool(r["covered"]),
                    in_flight=r["push_id"] is not None,
                    strict=r["policy"] == "split",
                    movable=is_due and not r["watched"],
                    may_empty=not empties_s,
                    unread=bool(r["unread"]),
                    settle_s=r["settle_s"],
                    lasts_s=r["high"] / r["rush"] if r["high"] and r["rush"] else None,
                )
                if r["bound_until"] is not None and r["settle_s"] is not None:
                    ago = (now - from_iso(r["bound_until"])).total_seconds()
                    near.covered_s[pair] = max(0.0, r["settle_s"] - ago)
            parts = near.pairs[pair].parts
            assert isinstance(parts, dict)
            parts[part] = r["units"]
        return near

    def allow_excess(self, product_id: int, *, now: datetime) -> int | None:
        """Let a product's divided listings be lowered straight to their parts, this once.

        Returns how many units could be sold twice at most, in all warehouses together; None where
        that cannot be told, so that nothing is allowed. What every listing shows and may have sold
        unread is bounded by the numbers that it was sent lately.
        """
        self.end_excess(product_id, now=now)
        rows = self._db.execute(
            "SELECT q.listing_id, q.external_warehouse, w.warehouse_id, c.units, s.target,"
            " q.quantity, a.settle_s, max(s.high, coalesce(s.pushed, 0))"
            " + (SELECT coalesce(sum(p.quantity), 0) FROM push p"
            " WHERE p.listing_id = s.listing_id AND p.external_warehouse = s.external_warehouse"
            " AND p.sent_at > strftime('%Y-%m-%dT%H:%M:%fZ', ?2, '-' || a.settle_s || ' seconds'))"
            " AS lately FROM component c CROSS JOIN quota q ON q.listing_id = c.listing_id"
            " CROSS JOIN account a ON a.id = q.account_id"
            " CROSS JOIN account_warehouse w ON w.account_id = q.account_id"
            " AND w.external_warehouse = q.external_warehouse"
            " CROSS JOIN listing l ON l.id = q.listing_id"
            " CROSS JOIN listing_stock s ON s.listing_id = q.listing_id"
            " AND s.external_warehouse = q.external_warehouse"
            " WHERE c.product_id = ?1 AND q.divided AND l.offered AND s.leader_id IS NULL",
            (product_id, to_iso(now)),
        ).fetchall()
        promised: dict[int, int] = {}
        for r in rows:
            quantity = r["lately"] if r["quantity"] is None else r["quantity"]
            if quantity is None or r["target"] is None:
                return None
            if r["quantity"] is None:
                since = to_iso(now - timedelta(seconds=r["settle_s"]))
                self._db.execute(
                    "UPDATE quota SET quantity = ?, counted_since = ?"
                    " WHERE listing_id = ? AND external_warehouse = ?",
                    (quantity, since, r["listing_id"], r["external_warehouse"]),
                )
            warehouse = r["warehouse_id"]
            promised[warehouse] = promised.get(warehouse, 0) + r["units"] * (quantity + r["target"])
        self._db.executemany(
            "INSERT INTO quota_excess (product_id, warehouse_id, units, began_at)"
            " SELECT p.id, ?2, ?3 - left, ?4 FROM (SELECT p.id, coalesce(s.free, 0)"
            " - coalesce(p.buffer, 0) AS left FROM product p LEFT JOIN stock s"
            " ON s.product_id = p.id AND s.warehouse_id = ?2 WHERE p.id = ?1) p WHERE ?3 > left",
            [(product_id, warehouse, units, to_iso(now)) for warehouse, units in promised.items()],
        )
        return int(
            self._db.execute(
                "SELECT coalesce(sum(units), 0) FROM quota_excess"
                " WHERE product_id = ? AND ended_at IS NULL",
                (product_id,),
            ).fetchone()[0]
        )

    def end_excess(self, product_id: int, *, now: datetime) -> None:
        """Allow nothing beyond what there is any more."""
        self._db.execute(
            "UPDATE quota_excess SET ended_at = ? WHERE product_id = ? AND ended_at IS NULL",
            (to_iso(now), product_id),
        )


@dataclass(frozen=True, slots=True)
class _Near:
    """Divided pairs whose products have to do with each other."""

    # Units by product and warehouse: on hand less reserved and buffer.
    available: dict[Hashable, int] = field(default_factory=dict)
    pairs: dict[Pair, Held] = field(default_factory=dict)
    # In how many seconds a reading of orders covers what was sent last.
    covered_s: dict[Hashable, float] = field(default_factory=dict)
    # In how many seconds those may be emptied that may not be now.
    empties_s: dict[Hashable, float] = field(default_factory=dict)
    # In how many seconds those may be sent a number that their marketplaces do not take now.
    moves_s: dict[Hashable, float] = field(default_factory=dict)
    # Units that may be promised once beyond those available.
    beyond: dict[Hashable, int] = field(default_factory=dict)
