"""Products, listings and how they are linked."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from cloudstock.domain.records import Listing
from cloudstock.store import linking, relinking, sharing
from cloudstock.store.tables import tables
from cloudstock.store.times import to_iso

# Begins the marketplace id of a listing that only order lines name.
OF_LINE = "line:"


@dataclass(frozen=True, slots=True)
class CatalogCounts:
    """What saving a page of listings changed."""

    listings: int = 0
    new: int = 0


class Catalog:
    """The `account`, `product`, `listing`, `listing_key`, `component` tables."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection

    # ------------------------------------------------------------ accounts

    def account_ids(self) -> dict[str, int]:
        """Return every account the database knows, by name."""
        return {r[0]: r[1] for r in self._db.execute("SELECT name, id FROM account")}

    # ------------------------------------------------------------ listings

    def save_listings(
        self, account_id: int, listings: Sequence[Listing], *, now: datetime
    ) -> CatalogCounts:
        """Insert or refresh a page of listings; `link` links those that are new."""
        last = self._last_listing()
        page = json.dumps([x.external_id for x in listings])
        back = self._db.execute(
            "SELECT l.id FROM json_each(?) j CROSS JOIN listing l ON l.account_id = ?"
            " AND l.external_id = j.value WHERE l.gone_at IS NOT NULL",
            (page, account_id),
        ).fetchall()
        self._db.executemany(
            "INSERT INTO listing (account_id, external_id, offer_id, name, archived, card_url,"
            " picture_url, catalog_seen_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
            " ON CONFLICT (account_id, external_id) DO UPDATE SET offer_id = excluded.offer_id,"
            " name = excluded.name, archived = excluded.archived, card_url = excluded.card_url,"
            " picture_url = excluded.picture_url, gone_at = NULL,"
            " catalog_seen_at = excluded.catalog_seen_at",
            [
                (
                    account_id,
                    x.external_id,
                    x.offer_id,
                    x.name,
                    int(x.archived),
                    x.card_url,
                    x.picture_url,
                    to_iso(now),
                )
                for x in listings
            ],
        )
        self._db.execute("CREATE TEMP TABLE IF NOT EXISTS page (listing_id INTEGER PRIMARY KEY)")
        self._db.execute("DELETE FROM temp.page")
        self._db.execute(
            "INSERT OR IGNORE INTO temp.page SELECT l.id FROM json_each(?) j"
            " CROSS JOIN listing l ON l.account_id = ? AND l.external_id = j.value",
            (page, account_id),
        )
        self._save_keys(account_id, listings, back={row[0] for row in back})
        self._db.execute(
            "INSERT INTO listing_stock (listing_id, external_warehouse, account_id)"
            " SELECT p.listing_id, w.external_warehouse, w.account_id FROM temp.page p"
            " JOIN account_warehouse w ON w.account_id = ? WHERE true ON CONFLICT DO NOTHING",
            (account_id,),
        )
        sharing.follow_listings(self._db, account_id, [x.external_id for x in listings])
        return CatalogCounts(len(listings), self._last_listing() - last)

    def _last_listing(self) -> int:
        return int(self._db.execute("SELECT coalesce(max(id), 0) FROM listing").fetchone()[0])

    def _save_keys(self, account_id: int, listings: Sequence[Listing], *, back: set[int]) -> None:
        """Write how the marketplace names the page's listings now; `back`: those gone till now."""
        plain = self._db.cursor()
        # Tuples, which are compared with ours as they are.
        plain.row_factory = None
        ids = dict(
            plain.execute(
                "SELECT l.external_id, l.id FROM temp.page t CROSS JOIN listing l"
                " ON l.id = t.listing_id"
            )
        )
        want = {
            (key, ids[x.external_id])
            for x in listings
            for key in (*x.keys, *[linking.BARCODE + b for b in x.barcodes])
        }
        have: set[tuple[str, int]] = set(
            plain.execute(
                "SELECT k.key, k.listing_id FROM temp.page t"
                " CROSS JOIN listing_key k ON k.listing_id = t.listing_id"
            )
        )
        lost = sorted(have - want)
        told_no_more = linking.barcodes_of(self._db, sorted({listing_id for _, listing_id in lost}))
        self._db.executemany(
            "DELETE FROM listing_key WHERE account_id = ? AND key = ? AND listing_id = ?",
            [(account_id, *pair) for pair in lost],
        )
        # Sorted, so that keys of a kind are written side by side.
        new = sorted(want - have)
        self._db.executemany(
            "INSERT INTO listing_key (account_id, key, listing_id) VALUES (?, ?, ?)",
            [(account_id, *pair) for pair in new],
        )
        # What was listed for order lines alone stands back.
        self._db.execute(
            "DELETE FROM listing_key WHERE listing_id IN (SELECT id FROM listing"
            f" WHERE account_id = ?1 AND external_id >= '{OF_LINE}'"
            f" AND external_id < '{OF_LINE[:-1]};') AND key IN (SELECT k.key FROM temp.page t"
            " CROSS JOIN listing_key k ON k.listing_id = t.listing_id)",
            (account_id,),
        )
        linking.forget(self._db, told_no_more)
        if have:
            linking.learn(self._db, back | {listing_id for _, listing_id in new})

    def make_articles(self, account_id: int, articles: str) -> bool:
        """Note how articles are made; True where all must be read anew (`relinking.begin`)."""
        return relinking.begin(self._db, account_id, articles)

    def link(self, account_id: int) -> relinking.Linked:
        """Link what is linked to nothing, or called otherwise, once a walk has told of all."""
        return relinking.relink(self._db, account_id)

    def link_by_hand(
        self, listing_id: int, components: Sequence[tuple[int, int]], *, leave: bool = False
    ) -> None:
        """Make a listing of these (product id, units); it is never linked automatically again.

        Of none it shows none, or with `leave` what others say.
        """
        database = tables(self._db)
        told_no_more = linking.barcodes_of(self._db, [listing_id])
        component = database.table("component")
        component.delete_where("listing_id = ?", [listing_id])
        component.insert_all(
            {"listing_id": listing_id, "product_id": product_id, "units": units}
            for product_id, units in components
        )
        database.table("listing").update(
            listing_id, {"link": "manual", "review": None, "left_alone": int(leave)}
        )
        self._db.execute("INSERT OR IGNORE INTO dirty VALUES (?)", (listing_id,))
        linking.forget(self._db, told_no_more)
        linking.learn(self._db, [listing_id])

    def set_link(self, listing_id: int, link: str, review: str | None) -> None:
        """Say how a listing is linked: by hand, by itself or not; and what to look at."""
        tables(self._db).table("listing").update(listing_id, {"link": link, "review": review})

    def account_of(self, listing_id: int) -> int:
        """Return the id of a listing's account."""
        row = self._db.execute("SELECT account_id FROM listing WHERE id = ?", (listing_id,))
        return int(row.fetchone()[0])

    def list_line(self, account_id: int, name: str, *, now: datetime) -> None:
        """List what only order lines name, as a listing that is gone.

        By their article, or by a key where they tell none. Nothing where a listing is called so, or
        no line is. Its keys are those of the lines, until the catalog has a listing with them.
        """
        self._db.execute(
            "INSERT INTO listing (account_id, external_id, offer_id, catalog_seen_at, gone_at)"
            f" SELECT ?1, '{OF_LINE}' || coalesce(json_extract(l.keys, '$[0]'), l.offer_id),"
            " coalesce(nullif(l.offer_id, ''), ?2), ?3, ?3 FROM order_line l"
            " INDEXED BY order_line_unlinked CROSS JOIN orders o ON o.id = l.orders_id"
            " WHERE l.listing_id IS NULL AND o.account_id = ?1 AND l.quantity > 0"
            " AND (l.offer_id = ?2"
            " OR l.offer_id = '' AND EXISTS (SELECT 1 FROM json_each(l.keys) WHERE value = ?2))"
            " AND NOT EXISTS (SELECT 1 FROM listing x WHERE x.account_id = ?1"
            " AND ?2 IN (x.offer_id, x.external_id)) LIMIT 1 ON CONFLICT DO NOTHING",
            (account_id, name, to_iso(now)),
        )
        self._db.execute(
            "INSERT OR IGNORE INTO listing_key SELECT x.account_id, k.value, x.id FROM listing x"
            f" CROSS JOIN order_line l INDEXED BY order_line_unlinked ON '{OF_LINE}' ||"
            " coalesce(json_extract(l.keys, '$[0]'), l.offer_id) = x.external_id"
            " CROSS JOIN orders o ON o.id = l.orders_id AND o.account_id = x.account_id"
            " CROSS JOIN json_each(l.keys) k"
            f" WHERE x.account_id = ?1 AND x.offer_id = ?2 AND x.external_id >= '{OF_LINE}'"
            f" AND x.external_id < '{OF_LINE[:-1]};' AND l.listing_id IS NULL",
            (account_id, name),
        )

    def resolve(self, account_id: int, keys: Iterable[str]) -> dict[str, int]:
        """Return the listing behind each key that stands for exactly one."""
        rows = self._db.execute(
            "SELECT k.key, min(k.listing_id), count(*) FROM json_each(?) j"
            " CROSS JOIN listing_key k ON k.account_id = ? AND k.key = j.value GROUP BY k.key",
            (json.dumps(list(set(keys))), account_id),
        )
        return {r[0]: r[1] for r in rows if r[2] == 1}

    def components(self, listing_ids: Iterable[int]) -> dict[int, list[tuple[int, int]]]:
        """Return (product id, units) of each listing that is linked."""
        rows = self._db.execute(
            "SELECT c.listing_id, c.product_id, c.units FROM json_each(?) j"
            " CROSS JOIN component c ON c.listing_id = j.value ORDER BY 1, 2",
            (json.dumps(list(set(listing_ids))),),
        )
        by_listing: dict[int, list[tuple[int, int]]] = {}
        for row in rows:
            by_listing.setdefault(row[0], []).append((row[1], row[2]))
        return by_listing

    def live_listings(self, account_id: int) -> int:
        """Return how many listings of an account are offered: not archived, not gone."""
        row = self._db.execute(
            "SELECT count(*) FROM listing WHERE account_id = ? AND offered", (account_id,)
        ).fetchone()
        return int(row[0])

    def lost_listings(self, account_id: int, since: datetime) -> int:
        """Return how many offered listings no page of the catalog has had since then."""
        row = self._db.execute(
            "SELECT count(*) FROM listing WHERE account_id = ? AND offered AND catalog_seen_at < ?",
            (account_id, to_iso(since)),
        ).fetchone()
        return int(row[0])

    def mark_gone(self, account_id: int, since: datetime, *, now: datetime) -> int:
        """Write that what no page has had since then is gone; return how many listings that are."""
        rows = self._db.execute(
            "UPDATE listing SET gone_at = ?3 WHERE account_id = ?1 AND gone_at IS NULL"
            " AND catalog_seen_at < ?2 RETURNING id, external_id",
            (account_id, to_iso(since), to_iso(now)),
        ).fetchall()
        linking.forget(self._db, linking.barcodes_of(self._db, [row[0] for row in rows]))
        sharing.follow_listings(self._db, account_id, [row[1] for row in rows])
        return len(rows)

    # ------------------------------------------------------------ products

    def product(self, sku: str) -> int | None:
        """Return a product's id."""
        row = self._db.execute("SELECT id FROM product WHERE sku = ?", (sku,)).fetchone()
        return None if row is None else int(row[0])

    def sku(self, product_id: int) -> str:
        """Return the article of a product, which must be there."""
        row = self._db.execute("SELECT sku FROM product WHERE id = ?", (product_id,)).fetchone()
        return str(row[0])

    def hide(self, product_id: int, *, at: datetime | None) -> None:
        """Put a product out of sight; None: into sight."""
        self._db.execute("UPDATE product SET hidden_at = ? WHERE id = ?", (to_iso(at), product_id))

    def set_policy(
        self, product_id: int, policy: str | None, *, empty_hours: str | None = None
    ) -> str | None:
        """Write a product's own policy, None for none; return the one before.

        `empty_hours`: when its listings may be emptied, as in the table.
        """
        product = tables(self._db).table("product")
        before: str | None = product.get(product_id)["policy"]
        product.update(product_id, {"policy": policy, "empty_hours": empty_hours})
        return before

    def set_number(self, product_id: int, column: str, number: int | None) -> int | None:
        """Write a product's `buffer` or `minimum`, None: as configured; return the one before."""
        product = tables(self._db).table("product")
        before: int | None = product.get(product_id)[column]
        product.update(product_id, {column: number})
        return before
