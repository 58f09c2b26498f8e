"""Returns: what is on its way back, what came, and what a person did with it."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from cloudstock.domain.asking import UNDECIDED_DAYS, ask_again_after
from cloudstock.domain.moments import elapsed
from cloudstock.domain.records import OrderRef, Return, ReturnStep
from cloudstock.store.rows import record
from cloudstock.store.times import from_iso, to_iso

# A return that has not ended; as the index on them says it.
_OPEN = "r.step IN ('expected', 'undecided', 'unknown') AND r.given_up_at IS NULL"
_SAME = "step = excluded.step AND status = excluded.status"


@dataclass(frozen=True, slots=True)
class StoredReturn:
    """A return as the database holds it."""

    row_id: int
    account_id: int
    return_id: str
    listing_id: int | None
    # Received before the database began: never booked.
    history: bool
    # Units of the listing booked as brought to the seller.
    booked: int
    restocked: int
    written_off: int
    # Still in quarantine.
    waiting: int
    warehouse_id: int | None
    first_seen_at: datetime
    # The last reading.
    seen_at: datetime
    step: ReturnStep
    # As in `Return`.
    received_at: datetime | None
    resolution: timedelta


class Returns:
    """The `returns` table."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection

    def stored(self, account_id: int, return_ids: Sequence[str]) -> dict[str, StoredReturn]:
        """Return what the database holds of these returns."""
        rows = self._db.execute(
            "SELECT r.* FROM json_each(?) j CROSS JOIN returns r ON r.account_id = ?"
            " AND r.return_id = j.value",
            (json.dumps(list(return_ids)), account_id),
        )
        return {r["return_id"]: self._stored(r) for r in rows}

    @staticmethod
    def _stored(r: sqlite3.Row) -> StoredReturn:
        resolution = timedelta(seconds=r["received_within_s"])
        return record(StoredReturn, r, row_id=r["id"], resolution=resolution)

    def save(
        self,
        account_id: int,
        item: Return,
        *,
        listing_id: int | None,
        warehouse_id: int | None,
        history: bool,
        now: datetime,
    ) -> int:
        """Write a return as read now; return its row id. What is booked stays as it is."""
        row = self._db.execute(
            "INSERT INTO returns (account_id, return_id, order_id, listing_id, offer_id, keys,"
            " step, status, quantity, condition, replaces, created_at, received_at,"
            " received_within_s, first_seen_at, seen_at, history, warehouse_id, changed_at)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
            # On the right of SET all columns are what they were.
            " ON CONFLICT (account_id, return_id) DO UPDATE SET"
            " order_id = coalesce(excluded.order_id, order_id),"
            " listing_id = coalesce(listing_id, excluded.listing_id),"
            " offer_id = excluded.offer_id, keys = excluded.keys, step = excluded.step,"
            " status = excluded.status, quantity = excluded.quantity,"
            " condition = excluded.condition, replaces = excluded.replaces,"
            " received_within_s = iif(excluded.received_at IS NULL, received_within_s,"
            " excluded.received_within_s),"
            " received_at = coalesce(excluded.received_at, received_at),"
            " seen_at = excluded.seen_at, history = max(history, excluded.history),"
            " warehouse_id = coalesce(warehouse_id, excluded.warehouse_id),"
            f" changed_at = iif({_SAME}, changed_at, excluded.changed_at),"
            f" given_up_at = iif({_SAME}, given_up_at, NULL) RETURNING id",
            (
                account_id,
                item.return_id,
                item.order_id,
                listing_id,
                item.offer_id,
                json.dumps(list(item.listing_keys)),
                item.step.value,
                item.status,
                item.quantity,
                item.condition,
                item.replaces,
                to_iso(item.created_at),
                to_iso(item.received_at),
                int(item.resolution.total_seconds()),
                to_iso(now),
                to_iso(now),
                int(history),
                warehouse_id,
                to_iso(min(item.changed_at or now, now)),
            ),
        ).fetchone()
        return int(row[0])

    def received_elsewhere(self, account_id: int, item: Return) -> bool:
        """Tell whether the return that this one replaces, or one replacing it, was booked."""
        row = self._db.execute(
            "SELECT 1 FROM returns WHERE account_id = ?1 AND booked > 0 AND"
            " (return_id = ?2 OR replaces = ?3) LIMIT 1",
            (account_id, item.replaces, item.return_id),
        ).fetchone()
        return row is not None

    def set_booked(self, row_id: int, *, booked: int, restocked: int, written_off: int) -> None:
        """Write what has been booked for a return."""
        self._db.execute(
            "UPDATE returns SET booked = ?, restocked = ?, written_off = ? WHERE id = ?",
            (booked, restocked, written_off, row_id),
        )

    def to_ask_again(self, account_id: int, now: datetime) -> list[OrderRef]:
        """Return the orders of returns that have not ended and are due, oldest first.

        See `domain.asking` for how often each is.
        """
        rows = self._db.execute(
            "SELECT r.order_id, coalesce(o.created_at, r.first_seen_at) AS made,"
            " coalesce(o.handle, '') AS handle, r.step, coalesce(r.changed_at, r.first_seen_at),"
            " r.asked_at"
            " FROM returns r LEFT JOIN orders o"
            " ON o.account_id = r.account_id AND o.order_id = r.order_id"
            f" WHERE r.account_id = ? AND {_OPEN}"
            " AND r.order_id IS NOT NULL ORDER BY made, r.order_id",
            (account_id,),
        )
        refs: dict[str, OrderRef] = {}
        for order_id, made, handle, step, changed_at, requested_at in rows:
            pause = ask_again_after(ReturnStep(step), now - from_iso(changed_at))
            if pause is not None and (
                requested_at is None or elapsed(from_iso(requested_at), now) >= pause
            ):
                refs[order_id] = OrderRef(order_id, from_iso(made), handle)
        return list(refs.values())

    def note_request(self, account_id: int, refs: Sequence[OrderRef], *, now: datetime) -> None:
        """Remember that the returns of these orders were asked for."""
        self._db.execute(
            "UPDATE returns SET asked_at = ? WHERE account_id = ?"
            " AND order_id IN (SELECT value FROM json_each(?))",
            (to_iso(now), account_id, json.dumps([ref.order_id for ref in refs])),
        )

    def give_up(self, account_id: int, *, requested_at: datetime) -> list[str]:
        """Ask no more for what nobody has decided for so long; return those given up now.

        Each was asked for a last time, at `requested_at`, unless it names no order to ask by.
        """
        rows = self._db.execute(
            f"UPDATE returns AS r SET given_up_at = ?1 WHERE account_id = ?2 AND {_OPEN}"
            " AND step <> 'expected' AND coalesce(changed_at, first_seen_at) <= ?3"
            " AND (order_id IS NULL OR asked_at = ?1) RETURNING return_id",
            (
                to_iso(requested_at),
                account_id,
                to_iso(requested_at - timedelta(days=UNDECIDED_DAYS)),
            ),
        )
        return sorted(r[0] for r in rows.fetchall())

    def orders_coming_back(self, account_id: int, order_ids: Sequence[str]) -> set[str]:
        """Return those of the orders whose units have left, as a return of theirs tells."""
        rows = self._db.execute(
            "SELECT DISTINCT r.order_id FROM json_each(?) j CROSS JOIN returns r"
            " ON r.account_id = ? AND r.order_id = j.value"
            " WHERE r.step IN ('expected', 'undecided', 'received')",
            (json.dumps(list(order_ids)), account_id),
        )
        return {r[0] for r in rows}

    def find(self, return_id: str, account_id: int | None) -> list[StoredReturn]:
        """Return the returns of that id, in one account or in all."""
        rows = self._db.execute(
            "SELECT * FROM returns WHERE return_id = ?1 AND (?2 IS NULL OR account_id = ?2)",
            (return_id, account_id),
        )
        return [self._stored(r) for r in rows]

    def as_read(self, account_id: int, return_ids: Sequence[str]) -> list[Return]:
        """Return these returns as they were read last."""
        rows = self._db.execute(
            "SELECT r.* FROM json_each(?) j CROSS JOIN returns r ON r.account_id = ?"
            " AND r.return_id = j.value",
            (json.dumps(list(return_ids)), account_id),
        )
        return [
            Return(
                return_id=r["return_id"],
                step=ReturnStep(r["step"]),
                status=r["status"],
                quantity=r["quantity"],
                order_id=r["order_id"],
                listing_keys=tuple(json.loads(r["keys"])),
                offer_id=r["offer_id"],
                created_at=from_iso(r["created_at"]),
                changed_at=from_iso(r["changed_at"]),
                received_at=from_iso(r["received_at"]),
                replaces=r["replaces"],
                condition=r["condition"],
                resolution=timedelta(seconds=r["received_within_s"]),
            )
            for r in rows
        ]

    def unbooked(self, account_id: int) -> list[str]:
        """Return received returns that were not booked yet: no product or no warehouse was known.

        It may be known now. Those whose units another return has brought are among them.
        """
        rows = self._db.execute(
            "SELECT return_id FROM returns WHERE account_id = ? AND step = 'received'"
            " AND booked = 0 AND NOT history AND quantity > 0",
            (account_id,),
        )
        return [r[0] for r in rows]
