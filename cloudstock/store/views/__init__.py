"""Questions that people ask the book, answered as frozen rows. Nothing here writes.

Lists are iterators fed straight from SQLite, so that a million rows need no memory. Whoever reads
more than one of them should do so inside one `snapshot`, or writers in between show through.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from cloudstock.errors import UsageProblem
from cloudstock.language import tr


@contextmanager
def snapshot(connection: sqlite3.Connection) -> Iterator[None]:
    """Let everything read inside see the book as it is at the first question.

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
    near = near_skus(connection, sku)
    hint = tr("; did you mean {near}?", near=tr(" or ").join(near)) if near else ""
    raise UsageProblem(tr("there is no product {sku!r}{hint}", sku=sku, hint=hint))


def near_skus(connection: sqlite3.Connection, sku: str) -> list[str]:
    """Return up to three articles that look like `sku`, the nearest first, fit for a message."""
    folded = sku.casefold()
    # Slow only for who mistyped, and bounded for who has a million articles.
    rows = connection.execute(
        "SELECT sku FROM product ORDER BY abs(length(sku) - length(?)) LIMIT 50000", (sku,)
    )
    from difflib import get_close_matches

    from cloudstock.logs import escaped

    known: dict[str, str] = {}
    for row in rows:
        known.setdefault(row[0].casefold(), row[0])
    return [escaped(known[m]) for m in get_close_matches(folded, known, n=3, cutoff=0.75)]


# What the rows have in common that each partial index of `listing_stock` holds.
_FEW = {
    "above": "x.above",
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
