"""An order beside a push without an answer: nobody knows which came first."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from cloudstock.domain.plan import Decision, Phase
from cloudstock.domain.records import Step
from cloudstock.store import Store
from cloudstock.store.integrity import examine
from cloudstock.store.readings import Reading
from tests import builders
from tests.builders import NOW, after


@pytest.mark.parametrize("sent", [8, 3])
@pytest.mark.parametrize("cancelled", [False, True])
def test_what_was_sent_stays_possible_whatever_own_orders_do(
    tmp_path: Path, sent: int, cancelled: bool
) -> None:
    with Store.open(tmp_path / "book.db", create=True) as store:
        account = builders.account()
        account_id = builders.arrange(store, account)["ozon-main"]
        builders.offer(store, account_id, "MUG")
        builders.count(store, "MUG", 10, now=after(days=-1))
        order = builders.order("1", {"MUG": 2}, created_at=after(minutes=5))
        if cancelled:
            early = replace(order, created_at=after(hours=-1))
            builders.book(store, account, early, now=after(minutes=-1))
            order = replace(
                early, step=Step.CANCELLED, changed_at=after(minutes=5), gives_back=True
            )
        mug = builders.listing_id(store, account_id, "MUG")
        with store.transaction():
            reading = Reading(mug, "1", 8, 0, believe=True)
            store.readings.saw([reading], requested_at=NOW, now=NOW)
            store.pushes.begin_push(
                account_id, [Decision(mug, "1", sent, Phase.LOWER)], now=after(minutes=6)
            )
        # The run was killed here. The order was made before the push, so the push replaced what
        # it had taken off, or given back: the marketplace shows what was sent.
        builders.book(store, account, order, now=after(minutes=20))
        stock = store.beliefs.stock(mug, "1")
        assert stock is not None
        assert stock.belief is not None
        assert stock.belief.low <= sent <= stock.belief.high
        assert examine(store).ok
