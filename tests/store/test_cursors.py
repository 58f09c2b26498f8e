"""How far jobs have read: never back, and never ahead of now."""

from __future__ import annotations

from datetime import datetime

import pytest

from cloudstock.store import Store
from tests import builders
from tests.builders import NOW, after


@pytest.fixture
def account_id(store: Store) -> int:
    return builders.arrange(store, builders.account())["ozon-main"]


def finish(store: Store, account_id: int, began_at: datetime, now: datetime) -> None:
    with store.transaction():
        store.cursors.finish(account_id, "orders", began_at=began_at, read_until=began_at, now=now)


def test_a_reading_that_ends_late_takes_nothing_back(store: Store, account_id: int) -> None:
    """It began first and ended last: another went further meanwhile."""
    finish(store, account_id, after(minutes=5), after(minutes=6))
    finish(store, account_id, NOW, after(minutes=9))
    position = store.cursors.get(account_id, "orders")
    assert position.read_until == after(minutes=5)
    assert position.finished_at == after(minutes=9)


def test_the_first_reading_is_remembered(store: Store, account_id: int) -> None:
    for minutes in (0, 5, 9):
        finish(store, account_id, after(minutes=minutes), after(minutes=minutes + 1))
    position = store.cursors.get(account_id, "orders")
    assert (position.first_at, position.read_until) == (NOW, after(minutes=9))


def test_a_place_ahead_of_now_is_not_believed(store: Store, account_id: int) -> None:
    finish(store, account_id, after(days=3), after(days=3))
    finish(store, account_id, NOW, after(minutes=1))
    assert store.cursors.get(account_id, "orders").read_until == NOW


def test_a_place_kept_by_a_job_is_its_own(store: Store, account_id: int) -> None:
    with store.transaction():
        store.cursors.advance(account_id, "catalog", "page 7")
        store.cursors.keep(account_id, "warehouses", "[]", now=NOW)
    finish(store, account_id, NOW, after(minutes=1))
    assert store.cursors.get(account_id, "catalog").value == "page 7"
    assert store.cursors.get(account_id, "orders").value is None
    with store.transaction():
        store.cursors.keep(account_id, "warehouses", None, now=after(minutes=1))
    kept = store.cursors.get(account_id, "warehouses")
    assert (kept.value, kept.finished_at) == (None, after(minutes=1))
