"""Published limits are kept, by all processes together."""

from __future__ import annotations

import asyncio
import multiprocessing
import sqlite3
import stat
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudstock.errors import DatabaseError, Throttled
from cloudstock.marketplaces.pace import USED_SHARE, Left, Limit, Pace, used
from cloudstock.settings import Account
from tests.marketplaces.clocks import START, JumpingClock

if TYPE_CHECKING:
    from multiprocessing.queues import Queue
    from multiprocessing.synchronize import Barrier

ACCOUNT = Account("shop", "ozon", ())
LIMIT = Limit("lists", per_s=10.0, burst=3)


def taken_at(
    pace: Pace, clock: JumpingClock, costs: list[float], *, limit: Limit = LIMIT, share: float = 1.0
) -> list[float]:
    """When each request went, in seconds from the start."""
    account = Account("shop", "ozon", (), pace=share)

    async def run() -> list[float]:
        times = []
        for cost in costs:
            await pace.acquire(account, limit, cost, clock=clock, until=None)
            times.append((clock.now() - START).total_seconds())
        return times

    return asyncio.run(run())


def test_a_burst_goes_at_once_and_the_rest_at_the_rate() -> None:
    times = taken_at(Pace(), JumpingClock(), [1.0] * 6)
    step = 1 / (10 * USED_SHARE)
    assert times == pytest.approx([0, 0, 0, step, 2 * step, 3 * step], abs=1e-5)


def test_what_accounts_have_used_is_told_beside_their_limits() -> None:
    clock, pace = JumpingClock(), Pace()
    assert pace.used(now=clock.now()) == []
    began = clock.now()
    times = taken_at(pace, clock, [1.0] * 5)
    (used,) = pace.used(now=began)
    assert used[:3] == ("shop", "lists", 5)
    assert used.waited_s == pytest.approx(times[-1], abs=1e-5)
    assert used.per_s == pytest.approx(10 * USED_SHARE)
    # Two more than may go at once.
    assert used.taken == pytest.approx(5 / 3, abs=1e-4)
    assert pace.used(now=began + timedelta(hours=1))[0].taken == 0


def test_accounts_of_one_cabinet_share_its_limits_and_keep_their_own() -> None:
    shops = [
        Account(name, "yandex_market", (), options={"business_id": business})
        for name, business in (("one", "7"), ("two", "7"), ("three", "8"))
    ]
    shared = Limit("orders", per_s=1.0, burst=2, shared_by="business_id")
    clock, pace = JumpingClock(), Pace()

    async def run(limit: Limit) -> list[float]:
        times = []
        for account in shops * 2:
            began = clock.now()
            await pace.acquire(account, limit, 1.0, clock=clock, until=None)
            times.append((clock.now() - began).total_seconds())
        return times

    assert asyncio.run(run(Limit("own", per_s=1.0, burst=2))) == [0.0] * 6
    step = pytest.approx(1 / USED_SHARE, abs=1e-5)
    assert asyncio.run(run(shared)) == [0.0, 0.0, 0.0, step, step, 0.0]
    # Also where no option is named: of what is known to be one cabinet, in one marketplace.
    shops = [
        Account(name, marketplace, (), cabinet=cabinet)
        for name, marketplace, cabinet in (
            ("one", "ozon", "7"),
            ("two", "ozon", "7"),
            ("three", "wildberries", "7"),
            ("four", "ozon", ""),
        )
    ]
    waits = asyncio.run(run(Limit("cabinet", per_s=1.0, burst=2)))
    assert waits == [0.0, 0.0, 0.0, 0.0, step, step, 0.0, 0.0]


@given(
    costs=st.lists(st.floats(0.1, 8.0), min_size=1, max_size=30),
    rests=st.lists(st.floats(0.0, 2.0), min_size=30, max_size=30),
    share=st.floats(0.1, 4.0),
)
def test_no_span_of_time_holds_more_than_the_bucket_and_the_rate(
    costs: list[float], rests: list[float], share: float
) -> None:
    account = Account("shop", "ozon", (), pace=share)
    clock, pace = JumpingClock(), Pace()
    went: list[tuple[float, float]] = []

    async def run() -> None:
        for cost, rest in zip(costs, rests, strict=False):
            await clock.sleep(rest)
            await pace.acquire(account, LIMIT, cost, clock=clock, until=None)
            went.append((clock.now().timestamp(), cost))

    asyncio.run(run())
    for i, (first, first_cost) in enumerate(went):
        for j in range(i, len(went)):
            used = sum(cost for _, cost in went[i : j + 1])
            room = LIMIT.burst + (went[j][0] - first) * LIMIT.per_s * share
            # One that is dearer than the whole bucket starts when the bucket is full.
            assert (
                used
                <= max(room, first_cost if i == j else 0)
                + max(0, max(c for _, c in went[i : j + 1]) - LIMIT.burst)
                + 1e-3
            )


def test_the_accounts_share_of_the_limits_is_kept() -> None:
    times = taken_at(Pace(), JumpingClock(), [1.0] * 4, share=0.5)
    assert times[-1] == pytest.approx(1 / (10 * USED_SHARE * 0.5), abs=1e-5)


def test_accounts_and_groups_do_not_disturb_each_other() -> None:
    clock, pace = JumpingClock(), Pace()

    async def run() -> None:
        for account in (ACCOUNT, Account("other", "ozon", ())):
            for group in ("lists", "stocks"):
                for _ in range(3):
                    limit = Limit(group, per_s=10.0, burst=3)
                    await pace.acquire(account, limit, clock=clock, until=None)

    asyncio.run(run())
    assert clock.now() == START


def test_a_turn_that_comes_too_late_is_refused_and_not_taken() -> None:
    clock, pace = JumpingClock(), Pace()
    slow = Limit("slow", per_s=0.01, burst=1)

    async def run() -> None:
        await pace.acquire(ACCOUNT, slow, clock=clock, until=None)
        for _ in range(3):
            with pytest.raises(Throttled) as caught:
                await pace.acquire(ACCOUNT, slow, clock=clock, until=START + timedelta(seconds=60))
            assert caught.value.wait_s == pytest.approx(100 / USED_SHARE)
            assert "shop" in str(caught.value)

    asyncio.run(run())
    assert clock.slept == []


def test_a_servers_wait_holds_everybody_and_then_they_go_one_by_one() -> None:
    clock, pace = JumpingClock(), Pace()
    pace.push_back(ACCOUNT, LIMIT, wait_s=30.0, now=clock.now())
    times = taken_at(pace, clock, [1.0] * 3)
    step = 1 / (10 * USED_SHARE)
    assert times == pytest.approx([30, 30 + step, 30 + 2 * step], abs=1e-5)


def test_a_wait_told_while_others_sleep_holds_them_too() -> None:
    clock, pace = JumpingClock(), Pace()
    slow = Limit("slow", per_s=1.0, burst=1)

    async def run() -> float:
        await pace.acquire(ACCOUNT, slow, clock=clock, until=None)
        sleeper = asyncio.create_task(pace.acquire(ACCOUNT, slow, clock=clock, until=None))
        await asyncio.sleep(0)
        pace.push_back(ACCOUNT, slow, wait_s=100.0, now=START)
        await sleeper
        return (clock.now() - START).total_seconds()

    assert asyncio.run(run()) >= 100
    # A turn that was void is no request.
    assert [used.requests for used in pace.used(now=clock.now())] == [2]


def told(pace: Pace, what: str, seconds: float) -> None:
    """The server says that nothing is taken for so long, or that something cost more."""
    if what == "a wait":
        pace.push_back(ACCOUNT, LIMIT, wait_s=seconds, now=START)
    elif what == "a count":
        pace.heard(ACCOUNT, LIMIT, Left(0, seconds), cost=1.0, now=START)
    else:
        pace.push_back(ACCOUNT, LIMIT, cost=1.0, now=START)


@pytest.mark.parametrize("first", ["a wait", "a count"])
@pytest.mark.parametrize("later", ["a wait", "a count", "a cost"])
def test_what_is_told_later_makes_no_wait_shorter(first: str, later: str) -> None:
    clock, pace = JumpingClock(), Pace()
    told(pace, first, 30.0)
    told(pace, later, 5.0)
    went_at = taken_at(pace, clock, [1.0])[0]
    assert 30 <= went_at < 30.2


def test_a_wait_that_is_none_costs_nothing() -> None:
    clock, pace = JumpingClock(), Pace()
    one = Limit("one", per_s=1.0, burst=1)
    pace.push_back(ACCOUNT, one, wait_s=0.0, now=START)
    assert taken_at(pace, clock, [1.0], limit=one) == [0.0]


def test_a_turn_at_the_last_moment_is_taken() -> None:
    clock, pace = JumpingClock(), Pace()
    asyncio.run(pace.acquire(ACCOUNT, LIMIT, clock=clock, until=START))
    pace.push_back(ACCOUNT, LIMIT, wait_s=30.0, now=START)
    for late, until in ((True, 29.9), (False, 30.1)):
        last = START + timedelta(seconds=until)
        if late:
            with pytest.raises(Throttled):
                asyncio.run(pace.acquire(ACCOUNT, LIMIT, clock=clock, until=last))
        else:
            asyncio.run(pace.acquire(ACCOUNT, LIMIT, clock=clock, until=last))
    assert clock.now() - START == timedelta(seconds=30)


def test_one_that_costs_more_than_may_go_at_once_goes_when_nothing_is_used() -> None:
    step = 1 / (10 * USED_SHARE)
    assert taken_at(Pace(), JumpingClock(), [8.0, 1.0]) == pytest.approx([0, 6 * step], abs=1e-5)
    assert taken_at(Pace(), JumpingClock(), [1.0, 8.0]) == pytest.approx([0, step], abs=1e-5)


def heard_then(told: Left, requests: int) -> list[float]:
    """When requests went after the first one's answer told what is left."""
    clock, pace = JumpingClock(), Pace()
    taken_at(pace, clock, [1.0])
    pace.heard(ACCOUNT, LIMIT, told, cost=1.0, now=clock.now())
    return taken_at(pace, clock, [1.0] * requests)


def test_what_another_tool_took_with_the_key_is_not_asked_for() -> None:
    step = 1 / (10 * USED_SHARE)
    assert heard_then(Left(0), 2) == pytest.approx([step, 2 * step], abs=1e-5)
    assert heard_then(Left(1), 2) == pytest.approx([0, step], abs=1e-5)


@pytest.mark.parametrize("told", [Left(2), Left(3), Left(500), Left(2, 60.0), Left(500, 60.0)])
def test_what_is_our_own_doing_holds_nothing_up(told: Left) -> None:
    step = 1 / (10 * USED_SHARE)
    assert heard_then(told, 3) == pytest.approx([0, 0, step], abs=1e-5)


def test_nothing_is_asked_before_a_used_up_count_begins_anew() -> None:
    step = 1 / (10 * USED_SHARE)
    assert heard_then(Left(0, 42.0), 4) == pytest.approx([42, 42, 42, 42 + step], abs=1e-5)
    assert heard_then(Left(1, 42.0), 2) == pytest.approx([0, step], abs=1e-5)


def test_a_refused_request_costs_what_the_contract_says() -> None:
    clock, pace = JumpingClock(), Pace()
    pace.push_back(ACCOUNT, LIMIT, cost=13.0, now=clock.now())
    assert taken_at(pace, clock, [1.0])[0] == pytest.approx(11 / (10 * USED_SHARE), abs=1e-5)


def test_a_row_written_by_a_clock_that_was_years_ahead_is_not_believed() -> None:
    clock, pace = JumpingClock(), Pace()
    pace.push_back(ACCOUNT, LIMIT, wait_s=30.0, now=START + timedelta(days=3650))
    assert taken_at(pace, clock, [1.0]) == [0.0]


def test_only_its_owner_may_read_the_file_and_it_outlives_a_run(tmp_path: Path) -> None:
    path = tmp_path / "book.db-pace"
    with Pace(path) as first:
        assert taken_at(first, JumpingClock(), [1.0] * 3) == [0, 0, 0]
        for file in tmp_path.iterdir():
            assert stat.S_IMODE(file.stat().st_mode) == 0o600, file
    with Pace(path) as second:
        assert taken_at(second, JumpingClock(), [1.0])[0] > 0
    with pytest.raises(DatabaseError, match="closed"):
        second.used(now=START)
    assert [one.requests for one in used(path, now=START)] == [4]


def test_looking_at_what_was_used_makes_no_file(tmp_path: Path) -> None:
    assert used(tmp_path / "book.db-pace", now=START) == []
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("there", [True, False])
def test_a_symbolic_link_in_its_place_is_not_followed(tmp_path: Path, there: bool) -> None:
    path, elsewhere = tmp_path / "book.db-pace", tmp_path / "elsewhere"
    if there:
        elsewhere.write_text("of somebody else")
    path.symlink_to(elsewhere)
    with Pace(path) as pace:
        taken_at(pace, JumpingClock(), [1.0])
    assert not path.is_symlink()
    assert elsewhere.read_text() == "of somebody else" if there else not elsewhere.exists()


def test_a_file_that_is_something_else_is_told(tmp_path: Path) -> None:
    path = tmp_path / "book.db-pace"
    path.write_text("not a database, and long enough to be looked at\n" * 100)
    with pytest.raises(DatabaseError, match="may be deleted"):
        Pace(path)


def _worker(path: Path, barrier: Barrier, count: int, results: Queue[list[float]]) -> None:
    """Take turns in a process of its own, by a clock of its own."""
    barrier.wait(timeout=60)
    with Pace(path) as pace:
        results.put(taken_at(pace, JumpingClock(), [1.0] * count))


def test_two_processes_share_one_limit(tmp_path: Path) -> None:
    """However they interleave, each turn is given once: together they keep to the rate."""
    context = multiprocessing.get_context("spawn")
    barrier, results = context.Barrier(2), context.Queue()
    path, count = tmp_path / "book.db-pace", 200
    workers = [
        context.Process(target=_worker, args=(path, barrier, count, results)) for _ in range(2)
    ]
    for worker in workers:
        worker.start()
    times = sorted(t for _ in workers for t in results.get(timeout=60))
    for worker in workers:
        worker.join(timeout=60)
        assert worker.exitcode == 0
    with closing(sqlite3.connect(path)) as db:
        full_at = db.execute("SELECT full_at FROM pace").fetchone()[0]
    step = 1 / (10 * USED_SHARE)
    # All 400 were booked: none was lost to a race. Each process' clock stands still but for its
    # own waits, so a turn may be used late, never early.
    assert full_at - START.timestamp() == pytest.approx(2 * count * step, rel=1e-3)
    assert all(t >= (n + 1 - LIMIT.burst) * step - 1e-3 for n, t in enumerate(times))
