"""Which listings are reckoned anew: every one that something changed for, and no other."""

from __future__ import annotations

import pytest

from cloudstock.store import Store
from cloudstock.store.times import to_iso
from tests.builders import NOW, account, after, arrange, count, listing_id, offer, targets


@pytest.fixture
def listed(store: Store) -> dict[str, int]:
    """Two products, each counted and listed; nothing is marked."""
    ids = arrange(store, account())
    offer(store, ids["ozon-main"], "MUG", "CUP")
    count(store, "MUG", 5)
    count(store, "CUP", 7)
    targets(store, ids["ozon-main"])
    return {article: listing_id(store, ids["ozon-main"], article) for article in ("MUG", "CUP")}


def marked(store: Store) -> list[int]:
    return [r[0] for r in store.connection.execute("SELECT listing_id FROM dirty ORDER BY 1")]


# Products are made in the order of their articles: the cup is 1, the mug 2.
CHANGES = {
    "a count that differs": (
        "INSERT {} INTO movement VALUES (NULL, 2, 1, 2, 'count', 'count:9', 1, :now, :now, '')"
    ),
    "a product's buffer": "UPDATE {} product SET buffer = 1 WHERE sku = 'MUG'",
    "units of a pack": "UPDATE {} component SET units = 2 WHERE product_id = 2",
    "an archived listing": "UPDATE {} listing SET archived = 1 WHERE offer_id = 'MUG'",
    "a listing that is gone": "UPDATE {} listing SET gone_at = 'then' WHERE offer_id = 'MUG'",
    "reserves": "UPDATE {} stock SET reserved = 1 WHERE product_id = 2",
    "a first count": "UPDATE {} stock SET counted_at = NULL WHERE product_id = 2",
}


@pytest.mark.parametrize("conflict", ["", "OR REPLACE", "OR ABORT", "OR FAIL", "OR ROLLBACK"])
@pytest.mark.parametrize("what", CHANGES)
def test_what_changes_is_marked_also_where_it_is_marked_already(
    store: Store, listed: dict[str, int], what: str, conflict: str
) -> None:
    for already in (False, True):
        with store.transaction():
            if not already:
                assert marked(store) == []
            statement = CHANGES[what].format(conflict).replace("count:9", f"count:{already}")
            store.connection.execute(statement, {"now": to_iso(NOW)} if ":now" in statement else {})
            if not already:
                # Some mark only what differs, so let it differ again.
                store.connection.execute("UPDATE product SET buffer = NULL")
                store.connection.execute("UPDATE listing SET archived = 0, gone_at = NULL")
        assert marked(store) == [listed["MUG"]]


def test_counting_again_what_was_counted_marks_nothing(
    store: Store, listed: dict[str, int]
) -> None:
    count(store, "MUG", 5, now=after(hours=1))
    assert marked(store) == []
    count(store, "MUG", 6, now=after(hours=2))
    assert marked(store) == [listed["MUG"]]


def test_a_first_count_of_nothing_is_marked(store: Store) -> None:
    ids = arrange(store, account())
    offer(store, ids["ozon-main"], "MUG")
    assert targets(store, ids["ozon-main"]) == {("MUG", "1"): None}
    count(store, "MUG", 0)
    assert marked(store) == [1]
    assert targets(store, ids["ozon-main"]) == {("MUG", "1"): 0}


def test_a_few_marks_do_not_cost_a_walk_over_all_listings(
    store: Store, listed: dict[str, int]
) -> None:
    asked: list[str] = []
    store.connection.set_trace_callback(asked.append)
    count(store, "MUG", 9, now=after(hours=1))
    with store.transaction():
        assert store.targets.refresh() == 1
    store.connection.set_trace_callback(None)
    (refresh,) = [s for s in asked if s.lstrip().startswith("UPDATE listing_stock SET target")]
    plan = [r["detail"] for r in store.connection.execute(f"EXPLAIN QUERY PLAN {refresh}")]
    assert [step for step in plan if step.startswith("SCAN")] == [], plan
