"""Orders, their lines, and what each line has done to the warehouse."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime

from cloudstock.domain.effects import Allocation, Change, OrderEffect, OrderState
from cloudstock.domain.records import SILENT_STEPS, Order, OrderRef, Step
from cloudstock.store.times import from_iso, to_iso


@dataclass(frozen=True, slots=True)
class StoredLine:
    """An order line as the database holds it."""

    row_id: int
    line_id: str
    listing_id: int | None
    quantity: int
    off: int


@dataclass(frozen=True, slots=True)
class StoredOrder:
    """An order as the database holds it, with its lines."""

    row_id: int
    order_id: str
    # The marketplace's words, as read last.
    status: str
    state: OrderState
    # The marketplace's warehouse, and ours whose units were promised.
    external_warehouse: str | None
    warehouse_id: int | None
    lines: Mapping[str, StoredLine]


def _gone_seen_at(row: sqlite3.Row) -> datetime | None:
    """The last reading that found the units gone; one with a status nobody knows proves nothing."""
    if not row["shipped"]:
        return None
    read_at: str = row["moved_at"] if row["read_step"] in SILENT_STEPS else row["seen_at"]
    return from_iso(read_at)


class Orders:
    """The `orders`, `order_line` and `allocation` tables."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection

    def stored(self, account_id: int, order_ids: Sequence[str]) -> dict[str, StoredOrder]:
        """Return what the database holds of these orders."""
        wanted = json.dumps(list(order_ids))
        lines: dict[int, dict[str, StoredLine]] = {}
        for r in self._db.execute(
            "SELECT l.* FROM json_each(?) j CROSS JOIN orders o ON o.account_id = ? AND"
            " o.order_id = j.value JOIN order_line l ON l.orders_id = o.id",
            (wanted, account_id),
        ):
            lines.setdefault(r["orders_id"], {})[r["line_id"]] = StoredLine(
                r["id"], r["line_id"], r["listing_id"], r["quantity"], r["off"]
            )
        orders = {}
        for r in self._db.execute(
            "SELECT o.* FROM json_each(?) j CROSS JOIN orders o ON o.account_id = ? AND"
            " o.order_id = j.value",
            (wanted, account_id),
        ):
            own = lines.get(r["id"], {})
            state = OrderState(
                step=Step(r["understood"]),
                shipped=bool(r["shipped"]),
                open_seen_at=from_iso(r["open_seen_at"]),
                off={line.line_id: line.off for line in own.values()},
                gone_seen_at=_gone_seen_at(r),
                unscanned=bool(r["unscanned"]),
            )
            orders[r["order_id"]] = StoredOrder(
                r["id"],
                r["order_id"],
                r["status"],
                state,
                r["external_warehouse"],
                r["warehouse_id"],
                own,
            )
        return orders

    def allocations(self, line_ids: Sequence[int]) -> dict[int, list[Allocation]]:
        """Return what each order line (by row id) has done so far."""
        by_line: dict[int, list[Allocation]] = {}
        for r in self._db.execute(
            "SELECT a.* FROM json_each(?) j CROSS JOIN allocation a ON a.order_line_id = j.value",
            (json.dumps(list(line_ids)),),
        ):
            by_line.setdefault(r["order_line_id"], []).append(
                Allocation(r["product_id"], r["warehouse_id"], r["reserved"], r["off"])
            )
        return by_line

    def save(
        self,
        account_id: int,
        order: Order,
        effect: OrderEffect,
        *,
        warehouse_id: int | None,
        now: datetime,
    ) -> int:
        """Write an order as read now with what it should do; return its row id."""
        disputed = order.step is Step.DISPUTED
        reserved = not effect.shipped and not effect.ended
        cancelled = effect.step is Step.CANCELLED
        cancelled_at = min(order.changed_at or now, now) if cancelled else None
        row = self._db.execute(
            "INSERT INTO orders (account_id, order_id, step, understood, status, shipped,"
            " created_at, changed_at, external_warehouse, warehouse_id, first_seen_at, seen_at,"
            " open_seen_at, moved_at, handle, ignored, ended, unscanned, disputed, cancelled_at)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
            " ON CONFLICT (account_id, order_id) DO UPDATE SET step = excluded.step,"
            " understood = excluded.understood, status = excluded.status,"
            " shipped = excluded.shipped, changed_at = excluded.changed_at,"
            " external_warehouse = coalesce(excluded.external_warehouse, external_warehouse),"
            " warehouse_id = excluded.warehouse_id, seen_at = excluded.seen_at,"
            " open_seen_at = coalesce(excluded.open_seen_at, open_seen_at),"
            " moved_at = CASE WHEN shipped = excluded.shipped THEN moved_at"
            " ELSE excluded.moved_at END,"
            " handle = excluded.handle, ignored = excluded.ignored, ended = excluded.ended,"
            " unscanned = excluded.unscanned, disputed = excluded.disputed,"
            " cancelled_at = iif(excluded.cancelled_at IS NULL, NULL,"
            " coalesce(cancelled_at, excluded.cancelled_at)),"
            " given_up_at = iif(excluded.cancelled_at IS NULL, NULL, given_up_at)"
            " RETURNING id",
            (
                account_id,
                order.order_id,
                (effect.step if disputed else order.step).value,
                effect.step.value,
                order.status,
                int(effect.shipped),
                to_iso(order.created_at),
                to_iso(order.changed_at),
                order.warehouse_id,
                warehouse_id,
                to_iso(now),
                to_iso(now),
                to_iso(now) if reserved else None,
                to_iso(effect.moved_at) if effect.shipped else None,
                order.handle,
                order.ignored,
                int(effect.ended or order.ignored is not None),
                int(effect.unscanned),
                int(disputed),
                to_iso(cancelled_at),
            ),
        ).fetchone()
        return int(row[0])

    def save_line(
        self,
        orders_id: int,
        line_id: str,
        *,
        listing_id: int | None,
        offer_id: str,
        keys: Sequence[str],
        quantity: int,
        off: int,
    ) -> int:
        """Write an order line; return its row id."""
        row = self._db.execute(
            "INSERT INTO order_line (orders_id, line_id, listing_id, offer_id, keys, quantity, off)"
            " VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (orders_id, line_id) DO UPDATE SET"
            " listing_id = excluded.listing_id, offer_id = excluded.offer_id,"
            " keys = excluded.keys, quantity = excluded.quantity, off = excluded.off"
            " RETURNING id",
            (orders_id, line_id, listing_id, offer_id, json.dumps(list(keys)), quantity, off),
        ).fetchone()
        return int(row[0])

    def set_listing(self, line_row_id: int, listing_id: int) -> None:
        """Write which listing a line that nobody knew stands for."""
        self._db.execute(
            "UPDATE order_line SET listing_id = ? WHERE id = ?", (listing_id, line_row_id)
        )

    def end_line(self, line_row_id: int, *, off: int) -> None:
        """Write that a line has gone from its order."""
        self._db.execute(
            "UPDATE order_line SET quantity = 0, off = ? WHERE id = ?", (off, line_row_id)
        )

    def allocate(self, line_row_id: int, change: Change) -> None:
        """Write what a line now does to one product in one warehouse."""
        key = (line_row_id, change.product_id, change.warehouse_id)
        if change.reserved == 0 and change.off == 0:
            self._db.execute(
                "DELETE FROM allocation WHERE order_line_id = ? AND product_id = ?"
                " AND warehouse_id = ?",
                key,
            )
            return
        self._db.execute(
            "INSERT INTO allocation (order_line_id, product_id, warehouse_id, reserved, off)"
            " VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET reserved = excluded.reserved,"
            " off = excluded.off, away = 0",
            (*key, change.reserved, change.off),
        )

    def set_away(self, account_id: int, order_ids: Collection[str]) -> None:
        """Write how much of what left with these orders is awaited, as the view says.

        After whatever changes them or their returns, inside the caller's transaction.
        """
        changes = self._db.execute(
            "SELECT away, order_line_id, product_id, warehouse_id FROM (SELECT x.order_line_id,"
            " x.product_id, x.warehouse_id, x.away AS before, coalesce((SELECT x.off * v.awaited"
            " / v.off FROM awaited_line v WHERE v.order_line_id = x.order_line_id), 0) AS away"
            " FROM json_each(?) j CROSS JOIN orders o ON o.account_id = ? AND o.order_id = j.value"
            " CROSS JOIN order_line l ON l.orders_id = o.id"
            " CROSS JOIN allocation x ON x.order_line_id = l.id) WHERE away <> before",
            (json.dumps(list(order_ids)), account_id),
        )
        self._db.executemany(
            "UPDATE allocation SET away = ? WHERE order_line_id = ? AND product_id = ?"
            " AND warehouse_id = ?",
            changes.fetchall(),
        )

    def find(self, order_id: str, account_id: int | None) -> list[tuple[int, str]]:
        """Return the accounts, each with its name, that have an order of that id."""
        rows = self._db.execute(
            "SELECT a.id, a.name FROM account a JOIN orders o ON o.account_id = a.id"
            " WHERE o.order_id = ?1 AND (?2 IS NULL OR a.id = ?2) ORDER BY a.name",
            (order_id, account_id),
        )
        return [(r[0], r[1]) for r in rows]

    def give_up(self, account_id: int, order_id: str, *, at: datetime | None) -> None:
        """Write since when a person awaits nothing of a cancelled order; None: awaited again."""
        self._db.execute(
            "UPDATE orders SET given_up_at = ? WHERE account_id = ? AND order_id = ?"
            " AND cancelled_at IS NOT NULL",
            (to_iso(at), account_id, order_id),
        )
        self.set_away(account_id, [order_id])

    def open_refs(self, account_id: int, *, shipped: bool) -> list[OrderRef]:
        """Return the account's orders that have not ended, oldest first.

        `shipped`: also those that have left the warehouse and can only arrive, or come back as a
        return. Without it, of those that left only the ones that the seller may still take back.
        """
        where = "" if shipped else " AND (NOT shipped OR unscanned)"
        rows = self._db.execute(
            "SELECT order_id, created_at, handle FROM orders"
            f" WHERE account_id = ? AND NOT ended{where} ORDER BY created_at, order_id",
            (account_id,),
        )
        return [OrderRef(r[0], from_iso(r[1]), r[2]) for r in rows]

    def rows_for(self, account_id: int, order_ids: Sequence[str]) -> list[sqlite3.Row]:
        """Return orders with their lines as rows, to settle them anew without a reading."""
        return self._db.execute(
            "SELECT o.*, l.id AS line_row_id, l.line_id, l.listing_id, l.offer_id, l.keys,"
            " l.quantity, l.off FROM json_each(?) j CROSS JOIN orders o ON o.account_id = ?"
            " AND o.order_id = j.value JOIN order_line l ON l.orders_id = o.id"
            " ORDER BY o.id, l.line_id",
            (json.dumps(list(order_ids)), account_id),
        ).fetchall()

    def with_listing_trouble(self, account_id: int) -> list[str]:
        """Return orders that still count and have a line whose listing or product is not known."""
        rows = self._db.execute(
            "SELECT DISTINCT o.order_id FROM orders o JOIN order_line l ON l.orders_id = o.id"
            " WHERE o.account_id = ? AND o.ignored IS NULL AND l.quantity > 0 AND"
            " (l.listing_id IS NULL OR NOT EXISTS (SELECT 1 FROM component c"
            " WHERE c.listing_id = l.listing_id))",
            (account_id,),
        )
        return [r[0] for r in rows]

    def any_unlisted(self, account_id: int, since: datetime | None) -> bool:
        """Tell whether an order first read after `since` has a line that no listing stands for."""
        rows = self._db.execute(
            "SELECT o.account_id, o.first_seen_at FROM order_line l INDEXED BY order_line_unlinked"
            " CROSS JOIN orders o ON o.id = l.orders_id WHERE l.listing_id IS NULL"
            # Orders are numbered as they are read first: the newest come first, and none after
            # the first that is too old, so that a long history costs nothing.
            " AND l.quantity > 0 AND o.ignored IS NULL ORDER BY l.orders_id DESC"
        )
        with closing(rows):
            for owner, first_seen_at in rows:
                if since is not None and first_seen_at <= to_iso(since):
                    return False
                if owner == account_id:
                    return True
        return False

    def open_of_listings(self, listing_ids: Iterable[int]) -> list[str]:
        """Return the orders that reserve units for listings of one account."""
        rows = self._db.execute(
            "SELECT DISTINCT o.order_id FROM json_each(?) j CROSS JOIN order_line l"
            " ON l.listing_id = j.value CROSS JOIN orders o ON o.id = l.orders_id"
            " WHERE NOT o.ended AND NOT o.shipped",
            (json.dumps(list(listing_ids)),),
        )
        return [r[0] for r in rows]
