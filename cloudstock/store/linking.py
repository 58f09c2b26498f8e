"""Which listings are one product: by equal article, else by a barcode, never by a guess.

Works on all listings of an account that are linked to nothing, once a walk of its catalog has told
of all of them: what is linked does not depend on what came first.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from cloudstock.domain.likeness import unlike

BARCODE = "barcode:"


class LinkCounts(NamedTuple):
    """What linking an account's listings did."""

    products: int
    # Links that a person should look at.
    review: int


def link(db: sqlite3.Connection, account_id: int) -> LinkCounts:
    """Link the account's listings that are linked to nothing.

    A listing meets a product by equal article, else by a barcode that stands for one product only
    and for no other listing that the account offers, else becomes a product of its own; with no
    article, or barcodes of several products, it stays unlinked. Links made by hand are kept, and so
    is every link once made: an article that the seller renames does not change what the listing is.
    """
    _take_unlinked(db, account_id)
    if db.execute("SELECT 1 FROM temp.matching LIMIT 1").fetchone() is None:
        return LinkCounts(0, 0)
    last = _last_product(db)
    _match(db)
    db.execute(
        "INSERT INTO product (sku, name) SELECT l.offer_id, max(l.name) FROM temp.matching m"
        " CROSS JOIN listing l ON l.id = m.listing_id WHERE m.how IS NULL AND l.offer_id <> ''"
        " GROUP BY l.offer_id"
    )
    db.execute(
        "UPDATE temp.matching SET how = 'new', product_id = (SELECT p.id FROM listing l"
        " CROSS JOIN product p ON p.sku = l.offer_id WHERE l.id = matching.listing_id)"
        " WHERE how IS NULL"
    )
    review = _review(db)
    db.execute(
        "INSERT INTO component SELECT listing_id, product_id, 1 FROM temp.matching"
        " WHERE product_id IS NOT NULL"
    )
    db.execute(
        "UPDATE listing SET link = 'auto', review = (SELECT m.review FROM temp.matching m"
        " WHERE m.listing_id = listing.id)"
        " WHERE id IN (SELECT listing_id FROM temp.matching WHERE product_id IS NOT NULL)"
    )
    db.execute(
        "INSERT OR IGNORE INTO product_barcode (barcode, product_id) SELECT t.barcode, t.product_id"
        " FROM temp.matching m CROSS JOIN listing_barcode t ON t.listing_id = m.listing_id"
    )
    db.execute(
        "UPDATE product SET name = coalesce((SELECT max(l.name) FROM component c"
        " CROSS JOIN listing l ON l.id = c.listing_id WHERE c.product_id = product.id), '')"
        " WHERE name = '' AND id IN (SELECT product_id FROM temp.matching WHERE how <> 'new')"
    )
    return LinkCounts(_last_product(db) - last, review)


def _last_product(db: sqlite3.Connection) -> int:
    return int(db.execute("SELECT coalesce(max(id), 0) FROM product").fetchone()[0])


def _take_unlinked(db: sqlite3.Connection, account_id: int) -> None:
    """Fill `temp.matching`."""
    db.execute(
        "CREATE TEMP TABLE IF NOT EXISTS matching (listing_id INTEGER PRIMARY KEY,"
        # 'article', 'barcode', 'several' or 'new'.
        " product_id INTEGER, how TEXT, review TEXT)"
    )
    db.execute("DELETE FROM temp.matching")
    db.execute(
        "INSERT INTO temp.matching (listing_id) SELECT l.id FROM listing l"
        " INDEXED BY listing_not_auto"
        " WHERE l.account_id = ? AND l.link <> 'auto' AND l.link = 'none'",
        (account_id,),
    )


def _match(db: sqlite3.Connection) -> None:
    """Find the product of each by its article, else by its barcodes."""
    db.execute(
        "UPDATE temp.matching SET product_id = (SELECT p.id FROM listing l"
        " CROSS JOIN product p ON p.sku = l.offer_id WHERE l.id = matching.listing_id)"
    )
    db.execute("UPDATE temp.matching SET how = 'article' WHERE product_id IS NOT NULL")
    db.execute(
        "UPDATE temp.matching SET how = iif(b.products = 1, 'barcode', 'several'),"
        " product_id = iif(b.products = 1, b.product_id, NULL) FROM ("
        " SELECT m.listing_id, min(b.product_id) AS product_id,"
        " count(DISTINCT b.product_id) AS products FROM temp.matching m"
        " CROSS JOIN listing_key k ON k.listing_id = m.listing_id"
        " AND k.key >= 'barcode:' AND k.key < 'barcode;'"
        " CROSS JOIN product_barcode b ON b.barcode = substr(k.key, 9)"
        f" WHERE m.how IS NULL AND NOT EXISTS ({_COPY}) GROUP BY m.listing_id) AS b"
        " WHERE b.listing_id = matching.listing_id"
    )


# Another listing with a barcode `k`, offered by the same account.
_COPY = (
    "SELECT 1 FROM listing_key o CROSS JOIN listing x ON x.id = o.listing_id AND x.offered"
    " WHERE o.account_id = k.account_id AND o.key = k.key AND o.listing_id <> k.listing_id"
)


def _review(db: sqlite3.Connection) -> int:
    """Note why a person should look at a link; return for how many there is a reason."""
    db.execute("UPDATE temp.matching SET review = 'barcode' WHERE how = 'barcode'")
    db.execute(
        "UPDATE temp.matching SET review = 'copy' WHERE how = 'new' AND product_id IS NOT NULL"
        " AND EXISTS (SELECT 1 FROM listing_key k WHERE k.listing_id = matching.listing_id"
        f" AND k.key >= 'barcode:' AND k.key < 'barcode;' AND EXISTS ({_COPY}))"
    )
    names = db.execute(
        "SELECT m.listing_id, l.name, p.name FROM temp.matching m"
        " CROSS JOIN listing l ON l.id = m.listing_id CROSS JOIN product p ON p.id = m.product_id"
        " WHERE m.how = 'article' AND l.name <> p.name"
    )
    names.row_factory = None
    db.executemany(
        "UPDATE temp.matching SET review = 'name' WHERE listing_id = ?",
        [(listing_id,) for listing_id, name, other in names.fetchall() if unlike(name, other)],
    )
    row = db.execute("SELECT count(*) FROM temp.matching WHERE review IS NOT NULL").fetchone()
    return int(row[0])


# ---------------------------------------------------------------- barcodes


def barcodes_of(db: sqlite3.Connection, listing_ids: Sequence[int]) -> list[tuple[str, int]]:
    """Return (barcode, product id) of what these listings told of what they are made of."""
    rows = db.execute(
        "SELECT substr(k.key, 9), c.product_id FROM json_each(?) j"
        " CROSS JOIN component c ON c.listing_id = j.value"
        " CROSS JOIN listing_key k ON k.listing_id = c.listing_id"
        " AND k.key >= 'barcode:' AND k.key < 'barcode;'",
        (json.dumps(listing_ids),),
    )
    return [(row[0], row[1]) for row in rows]


def forget(db: sqlite3.Connection, pairs: Iterable[tuple[str, int]]) -> None:
    """Forget barcodes of products that no listing tells any more, nor the seller's own sheet."""
    db.executemany(
        "DELETE FROM product_barcode WHERE barcode = ?1 AND product_id = ?2 AND NOT own"
        " AND NOT EXISTS (SELECT 1 FROM listing_barcode t WHERE t.product_id = ?2"
        " AND t.barcode = ?1)",
        pairs,
    )


def learn(db: sqlite3.Connection, listing_ids: Iterable[int]) -> None:
    """Take the barcodes of these listings for those of the products that they are."""
    db.executemany(
        "INSERT OR IGNORE INTO product_barcode (barcode, product_id)"
        " SELECT barcode, product_id FROM listing_barcode WHERE listing_id = ?",
        [(listing_id,) for listing_id in listing_ids],
    )
