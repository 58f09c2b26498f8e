"""Counts, corrections and moves taken back: by further movements, never by deletion."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from cloudstock.store.times import to_iso

# Products and warehouses of which something is taken back: to the count of `at`, NULL: of none.
_PLACES = """CREATE TEMP TABLE IF NOT EXISTS taken_back (
    product_id INTEGER NOT NULL, warehouse_id INTEGER NOT NULL, at TEXT, quantity INTEGER,
    stands_for INTEGER, on_hand INTEGER, PRIMARY KEY (product_id, warehouse_id)
) STRICT, WITHOUT ROWID"""
_DOCUMENT = "'order:' || a.booked_as || ':' || o.order_id || ':' || l.line_id"


class Level(NamedTuple):
    """What lies of a product in a warehouse before and after; None: unknown."""

    sku: str
    warehouse: str
    before: int | None
    after: int | None
    # Units there that no order holds; below 0: oversold.
    free: int | None
    # Units went from there by it.
    moved_away: bool


def counts_after(
    db: sqlite3.Connection,
    places: Iterable[tuple[int, int, datetime]],
    *,
    note: str,
    now: datetime,
) -> None:
    """Take the counts of (product id, warehouse id) back that were made after a moment.

    So one of then can take their place.
    """
    _begin(db)
    db.executemany(
        "INSERT INTO temp.taken_back (product_id, warehouse_id, at) VALUES (?, ?, ?)",
        [(product, warehouse, to_iso(at)) for product, warehouse, at in places],
    )
    _take_counts_back(db, note=note, now=now)


def change(db: sqlite3.Connection, number: int, *, note: str, now: datetime) -> list[Level]:
    """Take the stock of a change back; return what it made of each product and warehouse."""
    _begin(db)
    after, upto, movements_after, movements_to = db.execute(
        "SELECT counts_after, counts_to, movements_after, movements_to FROM change WHERE id = ?",
        (number,),
    ).fetchone()
    db.execute(
        "INSERT INTO temp.taken_back SELECT c.product_id, c.warehouse_id,"
        " iif(p.quantity IS NULL, NULL, p.counted_at), p.quantity,"
        " iif(p.quantity IS NULL, 0, coalesce(g.stands_for, p.id)), s.on_hand"
        " FROM (SELECT DISTINCT product_id, warehouse_id FROM count WHERE id > ?1 AND id <= ?2) c"
        " CROSS JOIN stock s ON s.product_id = c.product_id AND s.warehouse_id = c.warehouse_id"
        " LEFT JOIN count p ON p.id = (SELECT max(b.id) FROM count b WHERE b.product_id ="
        " c.product_id AND b.warehouse_id = c.warehouse_id AND b.id <= ?1)"
        " LEFT JOIN count_again g ON g.count_id = p.id",
        (after, upto),
    )
    if upto > after:
        _take_counts_back(db, note=note, now=now)
        _enter_counts_before(db, note=note, now=now)
        return _levels(db)
    moved = "m.id > ? AND m.id <= ? AND m.kind IN ('adjustment', 'move')"
    db.execute(
        "INSERT OR IGNORE INTO temp.taken_back (product_id, warehouse_id, on_hand)"
        " SELECT m.product_id, m.warehouse_id, s.on_hand FROM movement m CROSS JOIN stock s"
        " ON s.product_id = m.product_id AND s.warehouse_id = m.warehouse_id"
        f" WHERE {moved}",
        (movements_after, movements_to),
    )
    db.execute(
        "INSERT INTO movement (product_id, warehouse_id, quantity, kind, document, number,"
        " happened_at, booked_at, note) SELECT m.product_id, m.warehouse_id, -sum(m.quantity),"
        " m.kind, m.document, (SELECT max(o.number) + 1 FROM movement o WHERE o.document ="
        " m.document AND o.product_id = m.product_id AND o.warehouse_id = m.warehouse_id),"
        # Of the same moment: a count that is entered later has seen both, or neither.
        f" m.happened_at, ?, ? FROM movement m WHERE {moved} GROUP BY m.document, m.product_id,"
        " m.warehouse_id, m.kind HAVING sum(m.quantity) <> 0 ORDER BY min(m.id)",
        (to_iso(now), note, movements_after, movements_to),
    )
    return _levels(db)


def _begin(db: sqlite3.Connection) -> None:
    db.execute(_PLACES)
    db.execute("DELETE FROM temp.taken_back")


def _take_counts_back(db: sqlite3.Connection, *, note: str, now: datetime) -> None:
    """Take counts back; what they had found to be gone is booked as the shipments that it was.

    So is what they had found to be there again of orders that had left after the counts that stand.
    """
    db.execute(
        "INSERT INTO movement (product_id, warehouse_id, quantity, kind, document, number,"
        " happened_at, booked_at, note) SELECT m.product_id, m.warehouse_id, -sum(m.quantity),"
        " 'count', m.document, max(m.number) + 1, m.happened_at, ?, ? FROM temp.taken_back t"
        " CROSS JOIN movement m ON m.product_id = t.product_id AND m.warehouse_id = t.warehouse_id"
        " WHERE m.kind = 'count' AND (t.at IS NULL OR m.happened_at > t.at)"
        " GROUP BY m.product_id, m.warehouse_id, m.document HAVING sum(m.quantity) <> 0"
        " ORDER BY min(m.id)",
        (to_iso(now), note),
    )
    of_it = "m.document = x.document AND m.product_id = x.product_id AND m.warehouse_id = x.place"
    db.execute(
        "INSERT INTO movement (product_id, warehouse_id, quantity, kind, document, number,"
        " happened_at, booked_at) SELECT product_id, place, -off - booked, 'shipment', document,"
        f" 1 + (SELECT coalesce(max(m.number), 0) FROM movement m WHERE {of_it}), moved_at, ?"
        f" FROM (SELECT *, (SELECT coalesce(sum(m.quantity), 0) FROM movement m WHERE {of_it}"
        " AND m.kind = 'shipment') AS booked FROM (SELECT x.product_id, x.warehouse_id AS place,"
        f" x.off, {_DOCUMENT} AS document, o.moved_at, o.id AS orders_id, l.id AS line_id"
        " FROM temp.taken_back t CROSS JOIN allocation x ON x.product_id = t.product_id"
        " AND x.warehouse_id = t.warehouse_id AND x.off > 0"
        " CROSS JOIN order_line l ON l.id = x.order_line_id"
        " CROSS JOIN orders o ON o.id = l.orders_id AND o.moved_at > t.at"
        " CROSS JOIN account a ON a.id = o.account_id) x) x"
        " WHERE off + booked <> 0 ORDER BY moved_at, orders_id, line_id",
        (to_iso(now),),
    )
    db.execute(
        "INSERT INTO movement (product_id, warehouse_id, quantity, kind, document, number,"
        " happened_at, booked_at) SELECT m.product_id, m.warehouse_id, -sum(m.quantity),"
        " 'shipment', m.document, max(m.number) + 1, max(m.happened_at), ? FROM temp.taken_back t"
        " CROSS JOIN movement m ON m.product_id = t.product_id AND m.warehouse_id = t.warehouse_id"
        " WHERE m.kind = 'shipment' AND (m.product_id, m.warehouse_id, m.document) NOT IN"
        f" (SELECT x.product_id, x.warehouse_id, {_DOCUMENT} FROM temp.taken_back t"
        " CROSS JOIN allocation x ON x.product_id = t.product_id"
        " AND x.warehouse_id = t.warehouse_id AND x.off > 0"
        " CROSS JOIN order_line l ON l.id = x.order_line_id"
        " CROSS JOIN orders o ON o.id = l.orders_id"
        " CROSS JOIN account a ON a.id = o.account_id)"
        " GROUP BY m.document, m.product_id, m.warehouse_id"
        # Of one that left before a count that stands nobody knows whether that has found it again.
        " HAVING sum(m.quantity) <> 0 AND max(m.happened_at) > t.at ORDER BY min(m.id)",
        (to_iso(now),),
    )


def _enter_counts_before(db: sqlite3.Connection, *, note: str, now: datetime) -> None:
    """Enter the counts again that were there before, or that there was none."""
    last = db.execute("SELECT coalesce(max(id), 0) FROM count").fetchone()[0]
    db.execute(
        "INSERT INTO count (product_id, warehouse_id, quantity, counted_at, note)"
        " SELECT product_id, warehouse_id, quantity, coalesce(at, ?), ? FROM temp.taken_back",
        (to_iso(now), note),
    )
    db.execute(
        "INSERT INTO count_again SELECT c.id, t.stands_for FROM count c"
        " CROSS JOIN temp.taken_back t ON t.product_id = c.product_id"
        " AND t.warehouse_id = c.warehouse_id WHERE c.id > ?",
        (last,),
    )
    db.execute(
        "INSERT INTO movement (product_id, warehouse_id, quantity, kind, document, number,"
        " happened_at, booked_at, note) SELECT product_id, warehouse_id, difference, 'count',"
        " 'count:' || id, 1, counted_at, ?, note FROM (SELECT c.*, c.quantity - s.booked"
        " + (SELECT coalesce(sum(m.quantity), 0) FROM movement m WHERE m.product_id ="
        " c.product_id AND m.warehouse_id = c.warehouse_id AND m.happened_at > c.counted_at)"
        " AS difference FROM count c CROSS JOIN stock s ON s.product_id = c.product_id"
        " AND s.warehouse_id = c.warehouse_id WHERE c.id > ? AND c.quantity IS NOT NULL)"
        " WHERE difference <> 0 ORDER BY id",
        (to_iso(now), last),
    )


def _levels(db: sqlite3.Connection) -> list[Level]:
    rows = db.execute(
        "SELECT p.sku, w.name, t.on_hand, s.on_hand, s.free, s.on_hand < t.on_hand"
        " FROM temp.taken_back t CROSS JOIN stock s ON s.product_id = t.product_id"
        " AND s.warehouse_id = t.warehouse_id CROSS JOIN product p ON p.id = t.product_id"
        " CROSS JOIN warehouse w ON w.id = t.warehouse_id ORDER BY p.sku, w.name"
    )
    return [Level(r[0], r[1], r[2], r[3], r[4], bool(r[5])) for r in rows]
