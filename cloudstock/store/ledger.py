"""Movements, counts and what lies in the warehouses."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from cloudstock.domain.records import MovementKind
from cloudstock.store.times import from_iso, to_iso


@dataclass(frozen=True, slots=True)
class Movement:
    """One line of the ledger before it is written."""

    product_id: int
    warehouse_id: int
    # Signed units, never 0.
    quantity: int
    kind: MovementKind
    document: str
    happened_at: datetime
    note: str = ""


@dataclass(frozen=True, slots=True)
class Level:
    """What lies in one warehouse of one product."""

    # None: unknown.
    on_hand: int | None
    reserved: int
    counted_at: datetime | None
    first_counted_at: datetime | None


def order_document(booked_as: str, order_id: str, line_id: str) -> str:
    """Return the ledger's name of an order line; `booked_as`: what it calls the account."""
    return f"order:{booked_as}:{order_id}:{line_id}"


def return_document(booked_as: str, return_id: str) -> str:
    """Return the ledger's name of a return; `booked_as`: what it calls the account."""
    return f"return:{booked_as}:{return_id}"


class Ledger:
    """The `movement`, `count`, `stock` and `warehouse` tables."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection

    def warehouse(self, name: str) -> int:
        """Return the id of a local warehouse, making it if it is new."""
        row = self._db.execute("SELECT id FROM warehouse WHERE name = ?", (name,)).fetchone()
        if row is None:
            row = self._db.execute(
                "INSERT INTO warehouse (name) VALUES (?) RETURNING id", (name,)
            ).fetchone()
        return int(row[0])

    def append(self, movements: Iterable[Movement], *, now: datetime) -> int:
        """Book movements; each document's running number goes on from its last."""
        booked_at = to_iso(now)
        written = 0
        for m in movements:
            self._db.execute(
                "INSERT INTO movement (product_id, warehouse_id, quantity, kind, document, number,"
                " happened_at, booked_at, note) SELECT ?1, ?2, ?3, ?4, ?5,"
                " coalesce(max(number), 0) + 1, ?6, ?7, ?8 FROM movement"
                " WHERE document = ?5 AND product_id = ?1 AND warehouse_id = ?2",
                (
                    m.product_id,
                    m.warehouse_id,
                    m.quantity,
                    m.kind,
                    m.document,
                    to_iso(m.happened_at),
                    booked_at,
                    m.note,
                ),
            )
            written += 1
        return written

    def level(self, product_id: int, warehouse_id: int) -> Level:
        """Return what lies in one warehouse."""
        row = self._db.execute(
            "SELECT on_hand, reserved, counted_at, first_counted_at FROM stock"
            " WHERE product_id = ? AND warehouse_id = ?",
            (product_id, warehouse_id),
        ).fetchone()
        if row is None:
            return Level(None, 0, None, None)
        return Level(
            on_hand=row["on_hand"],
            reserved=row["reserved"],
            counted_at=from_iso(row["counted_at"]),
            first_counted_at=from_iso(row["first_counted_at"]),
        )

    def counted_at(self, product_ids: Sequence[int]) -> dict[tuple[int, int], datetime]:
        """Return the last count of each (product id, warehouse id) that has one."""
        rows = self._db.execute(
            "SELECT s.product_id, s.warehouse_id, s.counted_at FROM json_each(?) j"
            " CROSS JOIN stock s ON s.product_id = j.value WHERE s.counted_at IS NOT NULL",
            (json.dumps(list(product_ids)),),
        )
        return {(r[0], r[1]): from_iso(r[2]) for r in rows}

    def first_counted_at(self, product_ids: Sequence[int]) -> dict[int, datetime]:
        """Return when each product was first counted in any warehouse."""
        rows = self._db.execute(
            "SELECT s.product_id, min(s.first_counted_at) FROM json_each(?) j"
            " CROSS JOIN stock s ON s.product_id = j.value WHERE s.first_counted_at IS NOT NULL"
            " GROUP BY s.product_id",
            (json.dumps(list(product_ids)),),
        )
        return {r[0]: from_iso(r[1]) for r in rows}

    def count(
        self,
        product_id: int,
        warehouse_id: int,
        quantity: int,
        *,
        now: datetime,
        at: datetime | None = None,
        note: str = "",
    ) -> int:
        """Record a count and book its difference to the ledger; return the difference.

        `at`: when it was made, what moved after it is not in it; None: now, all that is booked is.
        Counts after `at` must have been taken back before.
        """
        row = self._db.execute(
            "SELECT booked FROM stock WHERE product_id = ? AND warehouse_id = ?",
            (product_id, warehouse_id),
        ).fetchone()
        since = 0 if at is None else self.moved_after(product_id, warehouse_id, at)
        difference = quantity + since - (row[0] if row else 0)
        count_id = self._db.execute(
            "INSERT INTO count (product_id, warehouse_id, quantity, counted_at, note)"
            " VALUES (?, ?, ?, ?, ?) RETURNING id",
            (product_id, warehouse_id, quantity, to_iso(at or now), note),
        ).fetchone()[0]
        if difference:
            document = f"count:{count_id}"
            movement = Movement(
                product_id, warehouse_id, difference, MovementKind.COUNT, document, at or now, note
            )
            self.append([movement], now=now)
        return int(difference)

    def moved_after(self, product_id: int, warehouse_id: int, at: datetime) -> int:
        """Return the signed units that came and left after a moment, as far as they are booked."""
        row = self._db.execute(
            "SELECT coalesce(sum(quantity), 0) FROM movement"
            " WHERE product_id = ? AND warehouse_id = ? AND happened_at > ?",
            (product_id, warehouse_id, to_iso(at)),
        ).fetchone()
        return int(row[0])

    def adjust(
        self, product_id: int, warehouse_id: int, delta: int, *, now: datetime, reason: str
    ) -> None:
        """Book a correction of `delta` units with its reason."""
        document = self._new_document("adjustment")
        self.append(
            [
                Movement(
                    product_id, warehouse_id, delta, MovementKind.ADJUSTMENT, document, now, reason
                )
            ],
            now=now,
        )

    def move(
        self, product_id: int, source: int, target: int, quantity: int, *, now: datetime, note: str
    ) -> None:
        """Book that `quantity` units went from one warehouse (warehouse id) to another."""
        document = self._new_document("move")
        self.append(
            [
                Movement(product_id, source, -quantity, MovementKind.MOVE, document, now, note),
                Movement(product_id, target, quantity, MovementKind.MOVE, document, now, note),
            ],
            now=now,
        )

    def _new_document(self, kind: str) -> str:
        """Return a name that no document has yet; inside a transaction nobody else takes it."""
        number = self._db.execute("SELECT coalesce(max(id), 0) + 1 FROM movement").fetchone()[0]
        return f"{kind}:{number}"

    def totals_that_differ(self) -> list[tuple[int, int]]:
        """Return (product id, warehouse id) whose running totals are not the sums beneath them."""
        rows = self._db.execute(
            "SELECT product_id, warehouse_id FROM stock s WHERE booked <>"
            " (SELECT coalesce(sum(quantity), 0) FROM movement m WHERE m.product_id = s.product_id"
            " AND m.warehouse_id = s.warehouse_id) OR reserved <>"
            " (SELECT coalesce(sum(reserved), 0) FROM allocation a"
            " WHERE a.product_id = s.product_id AND a.warehouse_id = s.warehouse_id)"
        )
        return [(r[0], r[1]) for r in rows]
