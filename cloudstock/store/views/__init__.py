"""Questions that people ask the database, answered as frozen rows. Nothing here writes.

Lists are iterators fed straight from SQLite, so that a million rows need no memory. Whoever reads
more than one of them should do so inside one `snapshot`, or writers in between show through.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

from cloudstock.domain.likeness import nearest
from cloudstock.errors import UsageProblem
from cloudstock.language import tr
from cloudstock.shell import word

# What marketplaces' documents and goods are known by.
NAMES = (
    "SELECT order_id AS name FROM orders UNION ALL SELECT return_id FROM returns"
    " UNION ALL SELECT offer_id FROM listing UNION ALL SELECT external_id FROM listing"
)


@contextmanager
def snapshot(connection: sqlite3.Connection) -> Iterator[None]:
    """Let everything read inside see the database as it is at the first question.

    Takes no lock that a writer would wait for.
    """
    if connection.in_transaction:
        yield
        return
    connection.execute("BEGIN")
    try:
        yield
    finally:
        connection.execute("ROLLBACK")


def product_id(connection: sqlite3.Connection, sku: str) -> int:
    """Return a product's id; raises `UsageProblem` with near matches where there is none."""
    row = connection.execute("SELECT id FROM product WHERE sku = ?", (sku,)).fetchone()
    if row is not None:
        return int(row[0])
    hint = did_you_mean(near_skus(connection, sku))
    raise UsageProblem(tr("there is no product {sku!r}{hint}", sku=sku, hint=hint))


def known_names(connection: sqlite3.Connection, words: Iterable[str]) -> set[str]:
    """Return those of some words by which products, listings, orders or returns are known."""
    rows = connection.execute(
        f"SELECT name FROM (SELECT sku AS name FROM product UNION ALL {NAMES})"
        " WHERE name IN (SELECT value FROM json_each(?))",
        (json.dumps(list(words)),),
    )
    return {row[0] for row in rows}


def did_you_mean(near: Sequence[str]) -> str:
    """Return the end of a sentence that names what looks like what was typed, or nothing.

    Each as a shell reads it: articles come from outside, and are pasted back into commands.
    """
    return tr("; did you mean {near}?", near=tr(" or ").join(map(word, near))) if near else ""


def near_skus(connection: sqlite3.Connection, sku: str) -> list[str]:
    """Return up to three articles that look like `sku`, the nearest first."""
    # Slow only for who mistyped.
    rows = connection.execute(
        "SELECT sku FROM product ORDER BY abs(length(sku) - length(?))", (sku,)
    )
    return nearest(sku, (row[0] for row in rows), cutoff=0.75)


# What the rows have in common that each partial index of `listing_stock` holds.
_FEW = {
    "above": "x.seen > x.pushed",
    "differs": "x.differs",
    "held": "x.hold_until IS NOT NULL",
    "in_flight": "x.push_id IS NOT NULL",
    "refused": "x.refused_at IS NOT NULL",
}


def few(which: str) -> str:
    """Return the tables of the few listings that an index holds, `listing_state` named s.

    The index is named: the planner, which knows no sizes, would walk all listings of an account
    instead.
    """
    return (
        f"listing_stock x INDEXED BY listing_stock_{which} CROSS JOIN listing_state s ON"
        f" {_FEW[which]}"
        " AND s.listing_id = x.listing_id AND s.external_warehouse = x.external_warehouse"
    )


def marks(values: Sequence[object]) -> str:
    """Return as many SQL placeholders as there are values."""
    return ", ".join("?" * len(values))
