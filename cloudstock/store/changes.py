"""What people changed by hand: each as one thing, with what it touched."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from cloudstock.domain.changes import Blocked, ChangeKind
from cloudstock.store.rows import record
from cloudstock.store.times import to_iso


@dataclass(frozen=True, slots=True)
class MadeChange:
    """A change as it was made; see the table."""

    id: int
    kind: ChangeKind
    made_at: datetime
    subject: str
    products: int
    product_id: int | None
    counts_after: int
    counts_to: int
    movements_after: int
    movements_to: int
    undoes: int | None
    undone_by: int | None
    # None: it can be taken back.
    reason: Blocked | None


class Changes:
    """The `change` and `change_value` tables."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection
        # The one that is being made.
        self._open: int | None = None
        # The last that was made by this object; None: none was.
        self.last: int | None = None

    @contextmanager
    def made(
        self,
        kind: ChangeKind,
        *,
        now: datetime,
        made_by: str,
        note: str = "",
        subject: str = "",
        undoes: int | None = None,
    ) -> Iterator[int]:
        """Keep what is written meanwhile as one change, and yield its number; in a transaction.

        Where nothing is written there is none. Inside of another it is part of that one.
        """
        if self._open is not None:
            yield self._open
            return
        (number,) = self._db.execute(
            "INSERT INTO change (kind, made_at, made_by, note, subject, products, units,"
            " counts_after, counts_to, movements_after, movements_to, undoes)"
            " SELECT ?, ?, ?, ?, ?, 0, 0, c, c, m, m, ? FROM (SELECT"
            " (SELECT coalesce(max(id), 0) FROM count) AS c,"
            " (SELECT coalesce(max(id), 0) FROM movement) AS m) RETURNING id",
            (kind, to_iso(now), made_by, note, subject, undoes),
        ).fetchone()
        self._open = number
        try:
            yield number
        finally:
            self._open = None
        self._close(number)

    def touches(self, what: str, items: Iterable[int]) -> None:
        """Remember how something of these products, or listings, is before it is changed."""
        self.touches_those(what, "SELECT value FROM json_each(?)", (json.dumps(sorted(items)),))

    def touches_those(self, what: str, items: str, values: tuple[object, ...] = ()) -> None:
        """Do so for those whose ids a statement selects."""
        self._db.execute(
            "INSERT OR IGNORE INTO change_value (change_id, what, item_id)"
            f" SELECT {int(self._open or 0)}, '{what}', * FROM ({items})",
            values,
        )
        self._db.execute(
            "UPDATE change_value SET before = (SELECT v.now FROM change_value_now v"
            " WHERE v.change_id = ?1 AND v.what = ?2 AND v.item_id = change_value.item_id)"
            " WHERE change_id = ?1 AND what = ?2 AND after IS NULL",
            (self._open, what),
        )
        # Until it is closed: what was remembered stays.
        self._db.execute(
            "UPDATE change_value SET after = '' WHERE change_id = ?1 AND what = ?2",
            (self._open, what),
        )

    def _close(self, number: int) -> None:
        db = self._db
        db.execute(
            "UPDATE change_value SET after = (SELECT v.now FROM change_value_now v"
            " WHERE v.change_id = ?1 AND v.what = change_value.what"
            " AND v.item_id = change_value.item_id) WHERE change_id = ?1",
            (number,),
        )
        db.execute("DELETE FROM change_value WHERE change_id = ? AND before IS after", (number,))
        db.execute(
            "UPDATE change SET counts_to = (SELECT coalesce(max(id), 0) FROM count),"
            " movements_to = (SELECT coalesce(max(id), 0) FROM movement) WHERE id = ?",
            (number,),
        )
        counts = db.execute(
            "SELECT c.counts_to - c.counts_after, (SELECT product_id FROM count"
            " WHERE id = c.counts_after + 1), (SELECT coalesce(sum(quantity), 0) FROM movement m"
            " WHERE m.id > c.movements_after AND m.id <= c.movements_to) FROM change c"
            " WHERE c.id = ?",
            (number,),
        ).fetchone()
        if counts[0] == 0:
            counts = db.execute(
                "SELECT count(DISTINCT m.product_id), min(m.product_id), coalesce(sum(iif("
                " m.kind = 'move', max(0, m.quantity), m.quantity)), 0) FROM change c"
                " CROSS JOIN movement m ON m.id > c.movements_after AND m.id <= c.movements_to"
                " WHERE c.id = ? AND m.kind IN ('adjustment', 'move')",
                (number,),
            ).fetchone()
        if counts[0] == 0:
            counts = db.execute(
                "SELECT count(*), min(product_id), 0 FROM change_value WHERE change_id = ?",
                (number,),
            ).fetchone()
        if counts[0] == 0:
            db.execute("DELETE FROM change WHERE id = ?", (number,))
            return
        self.last = number
        db.execute(
            "UPDATE change SET products = ?, product_id = ?, units = ? WHERE id = ?",
            (*counts, number),
        )

    def find(self, number: int | None = None) -> MadeChange | None:
        """Return a change; of no number the last one by hand that holds. None: there is none."""
        which = "c.id = ?" if number else "c.undone_by IS NULL AND c.kind NOT IN ('undo', 'source')"
        row = self._db.execute(
            "SELECT c.*, b.reason FROM change c JOIN change_blocked b ON b.id = c.id"
            f" WHERE c.id = (SELECT c.id FROM change c WHERE {which} ORDER BY c.id DESC LIMIT 1)",
            (number,) if number else (),
        ).fetchone()
        return None if row is None else record(MadeChange, row)

    def set_undone(self, number: int, by: int) -> None:
        """Write that a change was taken back by another one."""
        self._db.execute("UPDATE change SET undone_by = ? WHERE id = ?", (by, number))

    def counted_later(self, number: int) -> list[str]:
        """Return the articles of a change that were counted after it."""
        rows = self._db.execute(
            "SELECT DISTINCT p.sku FROM change_overtaken o CROSS JOIN product p"
            " ON p.id = o.product_id WHERE o.change_id = ? ORDER BY p.sku",
            (number,),
        )
        return [r[0] for r in rows]

    # ------------------------------------------------------------ beside stock

    def whats(self, number: int) -> list[str]:
        """Return what a change set beside stock."""
        rows = self._db.execute(
            "SELECT DISTINCT what FROM change_value WHERE change_id = ? ORDER BY what", (number,)
        )
        return [r[0] for r in rows]

    def values(self, number: int, what: str) -> list[tuple[int, str | None]]:
        """Return (id, value before) of what a change set and what is so still."""
        rows = self._db.execute(
            "SELECT item_id, before FROM change_value_now WHERE change_id = ? AND what = ?"
            " AND now IS after ORDER BY item_id",
            (number, what),
        )
        return [(r[0], r[1]) for r in rows]

    def owner(self, what: str, item_id: int) -> str:
        """Return whose such a thing is: a product's article, a listing's, or an account's name."""
        table, name = {"link": ("listing", "offer_id"), "pause": ("account", "name")}.get(
            what, ("product", "sku")
        )
        row = self._db.execute(f"SELECT {name} FROM {table} WHERE id = ?", (item_id,)).fetchone()
        return str(row[0])

    def touches_as(self, number: int, what: str) -> None:
        """Remember how those things are that a change set."""
        items = "SELECT item_id FROM change_value WHERE change_id = ? AND what = ?"
        self.touches_those(what, items, (number, what))

    def set_products_back(self, number: int, what: str) -> None:
        """Give products the names, numbers or barcodes that they had before a change."""
        of_it = (
            "(SELECT v.item_id, v.before FROM change_value_now v WHERE v.change_id = ?1"
            " AND v.what = ?2 AND v.now IS v.after) AS v"
        )
        values: tuple[object, ...] = (number, what)
        if what != "barcodes":
            value = "v.before" if what == "name" else "CAST(v.before AS INTEGER)"
            self._db.execute(
                f"UPDATE product SET {what} = {value} FROM {of_it} WHERE v.item_id = product.id",
                values,
            )
            return
        pairs = self._db.execute(f"SELECT v.item_id, v.before FROM {of_it}", values).fetchall()
        for product_id, before in pairs:
            self._db.execute(
                "DELETE FROM product_barcode WHERE product_id = ? AND own", (product_id,)
            )
            self._db.execute(
                "INSERT OR IGNORE INTO product_barcode SELECT value, ?, 1 FROM json_each(?)",
                (product_id, json.dumps((before or "").split())),
            )
            # One that a listing tells, too, stays.
            self._db.execute(
                "INSERT OR IGNORE INTO product_barcode (barcode, product_id) SELECT barcode,"
                " product_id FROM listing_barcode WHERE product_id = ?",
                (product_id,),
            )
