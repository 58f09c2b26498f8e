"""What the ledger says of a product beyond its sum."""

from __future__ import annotations

from cloudstock.store import Store
from tests.builders import account, after, arrange, count, offer, product


def test_a_product_is_counted_since_its_first_count_anywhere(store: Store) -> None:
    """On whichever warehouse; a later count, and a first one elsewhere, change nothing."""
    ids = arrange(store, account("ozon-main", "ozon", (("1", "main"), ("2", "attic"))))
    offer(store, ids["ozon-main"], "MUG", "CUP")
    mug = product(store, "MUG")
    for hours, warehouse in ((1, "attic"), (2, "main"), (3, "main"), (4, "attic")):
        count(store, "MUG", 5 + hours, warehouse=warehouse, now=after(hours=hours))
    assert store.ledger.first_counted_at([mug, product(store, "CUP")]) == {mug: after(hours=1)}
