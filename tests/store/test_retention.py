"""What may be forgotten is, and what is needed is not; the ledger is never shortened."""

from __future__ import annotations

from datetime import datetime

from cloudstock.domain.plan import Decision, Phase
from cloudstock.domain.records import PushOutcome, StockUpdate, Verdict
from cloudstock.store import COMPACT_BYTES_MIN, Store
from cloudstock.store.pushes import Answered, Intent
from tests import builders
from tests.builders import NOW, after


def push(store: Store, account_id: int, listing_id: int, quantity: int, at: datetime) -> Intent:
    decided = [Decision(listing_id, "1", quantity, Phase.RAISE)]
    (intent,) = store.pushes.begin_push(account_id, decided, now=at)
    return intent


def accept(store: Store, intent: Intent, at: datetime) -> None:
    outcome = PushOutcome(StockUpdate(intent.key, intent.quantity, at), Verdict.ACCEPTED)
    store.pushes.answered([Answered(intent, outcome, None)], sent_at=at, now=at)


def pushes(store: Store) -> set[int]:
    return {row[0] for row in store.connection.execute("SELECT quantity FROM push")}


def test_pushes_of_long_ago_are_forgotten_but_the_last_and_those_in_flight(store: Store) -> None:
    account_id = builders.arrange(store, builders.account())["ozon-main"]
    skus = ("MUG", "CUP", "POT")
    builders.offer(store, account_id, *skus)
    for sku in skus:
        builders.count(store, sku, 100, now=after(days=-90))
    mug, cup, pot = (builders.listing_id(store, account_id, sku) for sku in skus)
    with store.transaction():
        accept(store, push(store, account_id, mug, 1, after(days=-80)), after(days=-80))
        # Never answered, and long since overtaken.
        push(store, account_id, mug, 2, after(days=-70))
        accept(store, push(store, account_id, mug, 3, after(days=-60)), after(days=-60))
        accept(store, push(store, account_id, mug, 4, after(days=-1)), after(days=-1))
        accept(store, push(store, account_id, cup, 5, after(days=-80)), after(days=-80))
        push(store, account_id, cup, 6, after(days=-70))
        accept(store, push(store, account_id, pot, 8, after(days=-80)), after(days=-80))
        store.pushes.prune(after(days=-30))
    assert pushes(store) == {4, 6, 8}
    with store.transaction():
        push(store, account_id, cup, 7, NOW)
        store.pushes.prune(after(days=-30))
    assert pushes(store) == {4, 7, 8}


def test_runs_of_long_ago_are_forgotten_but_each_jobs_last_success_and_failure(
    store: Store,
) -> None:
    account_id = builders.arrange(store, builders.account())["ozon-main"]
    ended = [after(days=-days) for days in (30, 29, 28, 27, 1)]
    with store.transaction():
        for job in ("orders", "catalog"):
            for at in ended[: 5 if job == "orders" else 4]:
                failed = at in (ended[1], ended[2])
                error = ("unreachable", "no answer") if failed else None
                store.runs.record(account_id, job, began_at=at, ended_at=at, error=error, counts={})
        store.runs.prune(after(days=-7))
    rows = store.connection.execute("SELECT job, ended_at FROM run ORDER BY job, id")
    kept = {(job, ended_at[:10]) for job, ended_at in rows}
    days = [at.date().isoformat() for at in ended]
    assert kept == {
        ("orders", days[4]),
        ("orders", days[2]),
        ("catalog", days[3]),
        ("catalog", days[2]),
    }


def test_a_file_that_is_mostly_empty_becomes_small_and_loses_nothing(store: Store) -> None:
    account_id = builders.arrange(store, builders.account())["ozon-main"]
    builders.offer(store, account_id, "MUG")
    builders.count(store, "MUG", 10, now=NOW)
    kept = sorted(builders.contents(store).splitlines())
    assert not store.compact()
    with store.transaction():
        store.connection.execute("CREATE TABLE heap (load BLOB)")
        store.connection.execute(
            "INSERT INTO heap WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n"
            " WHERE i < 40) SELECT zeroblob(?) FROM n",
            (COMPACT_BYTES_MIN // 20,),
        )
    assert not store.compact()
    with store.transaction():
        store.connection.execute("DROP TABLE heap")
    store.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    large = store.path.stat().st_size
    assert store.compact()
    assert store.path.stat().st_size < COMPACT_BYTES_MIN < large
    assert sorted(builders.contents(store).splitlines()) == kept
