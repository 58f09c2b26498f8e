"""What every listing is believed to show."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from cloudstock.domain.belief import Belief
from cloudstock.store.times import from_iso, to_iso

if TYPE_CHECKING:
    from cloudstock.store.quotas import Quotas

# What a pair's columns say where nothing is known of what it shows, ...
UNKNOWN = "low = NULL, high = NULL, believed_since = NULL, believed_until = NULL"
# ... nothing was ever read of it, ...
NEVER_SEEN = "seen = NULL, seen_reserved = NULL, seen_at = NULL"
# ... no push waits for its answer, none was ever accepted, and ...
NOT_IN_FLIGHT = "push_id = NULL, flight_sold = 0, flight_back = 0"
NEVER_PUSHED = f"pushed = NULL, pushed_at = NULL, {NOT_IN_FLIGHT}"
# ... the last one was not refused.
NOT_REFUSED = "refused_code = NULL, refused_message = NULL, refused_at = NULL, refusals = 0"


@dataclass(frozen=True, slots=True)
class BelievedStock:
    """One listing in one warehouse, with what is believed of it."""

    listing_id: int
    external_warehouse: str
    belief: Belief | None
    # A push is on its way, or ended without an answer.
    in_flight: bool


class Beliefs:
    """What is believed, in the `listing_stock` table."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection

    def stock(self, listing_id: int, external_warehouse: str) -> BelievedStock | None:
        """Return what is believed of one listing in one warehouse.

        Where its stock is shown by several, that is believed of the pair that leads.
        """
        row = self._db.execute(
            "SELECT * FROM listing_stock WHERE listing_id = ?1 AND external_warehouse IN ('', ?2)",
            (listing_id, external_warehouse),
        ).fetchone()
        if row is not None and row["leader_id"] is not None:
            row = self._db.execute(
                "SELECT * FROM listing_stock WHERE listing_id = ? AND external_warehouse = ?",
                (row["leader_id"], row["leader_warehouse"]),
            ).fetchone()
        if row is None:
            return None
        return BelievedStock(
            row["listing_id"],
            row["external_warehouse"],
            belief_of(row),
            row["push_id"] is not None,
        )

    def believe(
        self, stock: BelievedStock, belief: Belief | None, *, sold: int = 0, given_back: int = 0
    ) -> None:
        """Write a belief changed by the account's own orders.

        `sold` and `given_back` are remembered for a push in flight, whose answer they blur.
        """
        self._db.execute(
            "UPDATE listing_stock SET low = ?, high = ?, believed_since = ?, believed_until = ?,"
            " flight_sold = flight_sold + ?, flight_back = flight_back + ?"
            " WHERE listing_id = ? AND external_warehouse = ?",
            (
                *belief_columns(belief),
                *((sold, given_back) if stock.in_flight else (0, 0)),
                stock.listing_id,
                stock.external_warehouse,
            ),
        )

    def forget(self, pair: tuple[int, str] | None = None) -> int:
        """Take as unknown what a (listing id, warehouse) shows, or all of them; return how many.

        The next push settles it.
        """
        where = "" if pair is None else " WHERE listing_id = ? AND external_warehouse = ?"
        return self._db.execute(
            f"UPDATE listing_stock SET {UNKNOWN}, {NOT_IN_FLIGHT}{where}", pair or ()
        ).rowcount

    def held_pairs(self, account_id: int) -> set[tuple[int, str]]:
        """Return the pairs that are not to be raised for now."""
        rows = self._db.execute(
            "SELECT listing_id, external_warehouse FROM listing_stock INDEXED BY listing_stock_held"
            " WHERE account_id = ? AND hold_until IS NOT NULL",
            (account_id,),
        )
        return {(r[0], r[1]) for r in rows}

    def hold(self, listing_id: int, external_warehouse: str, until: datetime | None) -> None:
        """Forbid raising a listing until a moment; None lifts it."""
        self._db.execute(
            "UPDATE listing_stock SET hold_until = ? WHERE listing_id = ? AND"
            " external_warehouse = ?",
            (to_iso(until), listing_id, external_warehouse),
        )


def belief_of(row: sqlite3.Row) -> Belief | None:
    """Return what a row of `listing_stock` says is believed."""
    if row["low"] is None:
        return None
    return Belief(
        row["low"], row["high"], from_iso(row["believed_since"]), from_iso(row["believed_until"])
    )


def belief_columns(belief: Belief | None) -> tuple[int | None, int | None, str | None, str | None]:
    """Return low, high, believed_since, believed_until."""
    if belief is None:
        return None, None, None, None
    return belief.low, belief.high, to_iso(belief.since), to_iso(belief.until)


def kept_quotas(db: sqlite3.Connection) -> Quotas | None:
    """Return what keeps quotas, None where there are none: it need not be loaded then."""
    if db.execute("SELECT 1 FROM quota LIMIT 1").fetchone() is None:
        return None
    from cloudstock.store.quotas import Quotas

    return Quotas(db)
