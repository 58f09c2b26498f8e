"""Listings whose articles are made otherwise than before, as the account's settings say.

Each is linked as if it had always been called so, but for what would be lost or glued by it.
"""

from __future__ import annotations

import json
import sqlite3
from typing import NamedTuple

from cloudstock.store import linking


class Relinked(NamedTuple):
    """A listing of another product than before; the product's article, and its own."""

    listing_id: int
    article_before: str
    article: str
    sku_before: str
    # None: barcodes of several products, so it is linked to none.
    sku: str | None


class Linked(NamedTuple):
    """What linking an account's listings did."""

    # New ones.
    products: int
    # Links that a person should look at.
    review: int
    # Of those that are called otherwise since articles are made otherwise: linked anew, ...
    relinked: tuple[Relinked, ...]
    # ... still of the product that they were of, since no other is called as they are, ...
    kept: int
    # ... or since another listing of the account is.
    alike: int


def begin(db: sqlite3.Connection, account_id: int, articles: str) -> bool:
    """Note how articles are made; True where it was otherwise, so that all are read anew."""
    before = db.execute("SELECT articles FROM account WHERE id = ?", (account_id,)).fetchone()[0]
    if before == articles:
        return False
    db.execute("UPDATE account SET articles = ? WHERE id = ?", (articles, account_id))
    if before is None:
        return False
    db.execute(
        "UPDATE listing SET article_before = coalesce(article_before, offer_id)"
        " WHERE account_id = ? AND link = 'auto'",
        (account_id,),
    )
    return True


def take_off(db: sqlite3.Connection, account_id: int) -> tuple[list[Relinked], int, int]:
    """Take listings off products that they are no longer called like, to be linked anew.

    Returns them (with the product that they were of as `sku`), how many others keep their product,
    and how many keep it because another listing of the account is called so. A listing stays with
    a product that is its own alone, where none is called as it is now: what was counted of it is
    not lost. One by hand stays, too.
    """
    renamed = "FROM listing l INDEXED BY listing_article_before WHERE l.account_id = ?1"
    renamed += " AND l.article_before IS NOT NULL"
    # Another one of the account that is called so, and is not of the same product.
    alike = (
        "EXISTS (SELECT 1 FROM listing o LEFT JOIN component oc ON oc.listing_id = o.id"
        " WHERE o.account_id = l.account_id AND o.offer_id = l.offer_id AND o.id <> l.id"
        " AND o.offered AND oc.product_id IS NOT c.product_id)"
    )
    called = "EXISTS (SELECT 1 FROM product q WHERE q.sku = l.offer_id AND q.id <> c.product_id)"
    # It shares its product with what is not called so.
    shared = (
        "EXISTS (SELECT 1 FROM component oc CROSS JOIN listing o ON o.id = oc.listing_id"
        " WHERE oc.product_id = c.product_id AND o.id <> l.id AND o.offered"
        " AND o.offer_id <> l.offer_id)"
    )
    rows = db.execute(
        f"SELECT l.id, l.article_before, l.offer_id, p.sku, {alike}, p.sku <> l.offer_id"
        f" AND ({called} OR {shared}) FROM (SELECT l.* {renamed} AND l.link = 'auto'"
        " AND l.offered AND l.offer_id <> '' AND l.article_before <> l.offer_id) l"
        " CROSS JOIN component c ON c.listing_id = l.id CROSS JOIN product p ON p.id = c.product_id"
        " ORDER BY l.article_before, l.id",
        (account_id,),
    ).fetchall()
    off = [Relinked(r[0], r[1], r[2], r[3], r[3]) for r in rows if r[5] and not r[4]]
    db.execute(
        f"UPDATE listing SET article_before = NULL WHERE id IN (SELECT l.id {renamed})",
        (account_id,),
    )
    ids = json.dumps([x.listing_id for x in off])
    told_no_more = linking.barcodes_of(db, [x.listing_id for x in off])
    db.execute("DELETE FROM component WHERE listing_id IN (SELECT value FROM json_each(?))", (ids,))
    db.execute(
        "UPDATE listing SET link = 'none', review = NULL"
        " WHERE id IN (SELECT value FROM json_each(?))",
        (ids,),
    )
    linking.forget(db, told_no_more)
    alike_count = sum(bool(r[4]) for r in rows)
    return off, len(rows) - len(off) - alike_count, alike_count


def relink(db: sqlite3.Connection, account_id: int) -> Linked:
    """Link the account's listings that are called otherwise, with all that is linked to nothing."""
    off, kept, alike = take_off(db, account_id)
    counts = linking.link(db, account_id)
    now = dict(
        db.execute(
            "SELECT c.listing_id, p.sku FROM json_each(?) j CROSS JOIN component c"
            " ON c.listing_id = j.value CROSS JOIN product p ON p.id = c.product_id",
            (json.dumps([x.listing_id for x in off]),),
        ).fetchall()
    )
    relinked = tuple(
        x._replace(sku=now.get(x.listing_id)) for x in off if now.get(x.listing_id) != x.sku_before
    )
    return Linked(*counts, relinked, kept + len(off) - len(relinked), alike)
