"""What is written set by set says the same as the rules of the domain."""

from __future__ import annotations

from datetime import timedelta

import pytest

from cloudstock.domain.belief import Belief, while_sending
from cloudstock.domain.plan import Decision, Phase
from cloudstock.domain.records import PushOutcome, StockUpdate, Verdict
from cloudstock.store import Store, readings
from cloudstock.store.pushes import Answered
from cloudstock.store.times import to_iso
from tests import builders
from tests.builders import NOW, after

BELIEFS = [None, Belief(4, 4, NOW, NOW), Belief(2, 7, NOW, after(seconds=3))]


@pytest.mark.parametrize("belief", BELIEFS)
@pytest.mark.parametrize("quantity", [0, 3, 5, 9])
def test_sending_widens_a_belief_as_the_domain_says(
    store: Store, belief: Belief | None, quantity: int
) -> None:
    account_id = builders.arrange(store, builders.account())["ozon-main"]
    builders.offer(store, account_id, "MUG")
    builders.count(store, "MUG", 10, now=after(days=-1))
    mug = builders.listing_id(store, account_id, "MUG")
    with store.transaction():
        stock = store.beliefs.stock(mug, "1")
        assert stock is not None
        store.beliefs.believe(stock, belief)
        decided = [Decision(mug, "1", quantity, Phase.RAISE)]
        (intent,) = store.pushes.begin_push(account_id, decided, now=after(minutes=1))
    sending = store.beliefs.stock(mug, "1")
    assert sending is not None
    assert (sending.belief, intent.quantity) == (while_sending(belief, quantity), quantity)


def test_an_accepted_push_is_blurred_by_own_orders_that_came_while_it_was_sent(
    store: Store,
) -> None:
    account_id = builders.arrange(store, builders.account())["ozon-main"]
    builders.offer(store, account_id, "MUG")
    builders.count(store, "MUG", 10, now=after(days=-1))
    mug = builders.listing_id(store, account_id, "MUG")
    with store.transaction():
        decided = [Decision(mug, "1", 8, Phase.RAISE)]
        (intent,) = store.pushes.begin_push(account_id, decided, now=NOW)
        stock = store.beliefs.stock(mug, "1")
        assert stock is not None
        store.beliefs.believe(stock, stock.belief, sold=2, given_back=1)
        update = StockUpdate(intent.key, intent.quantity, NOW)
        store.pushes.answered(
            [Answered(intent, PushOutcome(update, Verdict.ACCEPTED), after(minutes=5))],
            sent_at=NOW,
            now=after(seconds=1),
        )
    settled = store.beliefs.stock(mug, "1")
    assert settled is not None
    assert not settled.in_flight
    assert settled.belief == Belief(6, 9, NOW, after(seconds=1))
    pushed = store.connection.execute(
        "SELECT pushed, due_at IS NOT NULL, refusals FROM listing_stock WHERE listing_id = ?",
        (mug,),
    ).fetchone()
    assert tuple(pushed) == (8, 1, 0)


@pytest.mark.parametrize(("seconds", "over"), [(-1, False), (0, True), (1, True)])
def test_what_is_held_or_due_later_is_so_until_that_moment(
    store: Store, seconds: int, over: bool
) -> None:
    account_id = builders.arrange(store, builders.account())["ozon-main"]
    builders.offer(store, account_id, "MUG")
    builders.count(store, "MUG", 10, now=after(days=-1))
    main, mug = store.ledger.warehouse("main"), builders.listing_id(store, account_id, "MUG")
    until = after(minutes=5)
    with store.transaction():
        store.targets.refresh(now=NOW)
        store.beliefs.hold(mug, "1", until)
        store.connection.execute("UPDATE listing_stock SET due_at = ?", (to_iso(until),))
    now = until + timedelta(seconds=seconds)
    (difference,) = store.targets.differences(
        account_id, now=now, full=False, raisable=frozenset({main})
    )
    assert (difference.may_raise, difference.due_at is None) == (over, over)
    assert store.targets.pending(account_id, now=now) == (not over)
    # Whose knowledge is not fresh is not raised at all.
    (stale,) = store.targets.differences(account_id, now=now, full=True, raisable=frozenset())
    assert not stale.may_raise


def test_listings_half_read_keep_nobody_from_writing(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(readings, "KEYS_PAGE", 2)
    account_id = builders.arrange(store, builders.account())["ozon-main"]
    articles = [f"MUG-{n}" for n in range(5)]
    for article in articles:
        builders.offer(store, account_id, article)
    keys = store.readings.keys(account_id)
    first = next(keys)
    with Store.open(store.path) as other, other.transaction():
        other.connection.execute("UPDATE product SET name = 'written meanwhile'")
    with store.transaction():
        store.connection.execute("UPDATE product SET name = 'and here'")
    assert [k.offer_id for k in (first, *keys)] == articles
