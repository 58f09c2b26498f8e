"""One account's trouble stops no other, and how each ended is kept."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from cloudstock.domain.records import Order, TimeRange
from cloudstock.errors import ConfigurationError, Unreachable
from cloudstock.jobs.accounts import KEEP_RUNS_DAYS, Context, sessions
from cloudstock.marketplaces.base import Marketplace, Page
from cloudstock.settings import Account
from tests.jobs.town import Town
from tests.memory import Memory


def test_a_bug_fails_its_account_and_no_other(
    open_town: Town, caplog: pytest.LogCaptureFixture
) -> None:
    class Broken(Memory):
        async def orders(self, time_range: TimeRange) -> AsyncIterator[Page[Order]]:
            raise KeyError("a mistake of ours")
            yield

    open_town.adapters["north"] = Broken
    open_town.shops["south"].place("S1", {"MUG": 1})
    open_town.run("sync")
    error = open_town.results["north"].error
    assert error is not None
    assert error.kind == "bug"
    assert open_town.results["south"].ok
    assert open_town.level("MUG") == (10, 1)
    # The log has where it happened.
    assert "a mistake of ours" in caplog.text


def test_of_several_failures_of_a_job_the_first_is_told(open_town: Town) -> None:
    north = open_town.shops["north"]
    north.faults["push"] = [Unreachable("north: the first"), Unreachable("north: the second")]
    open_town.count("MUG", 4)
    open_town.count("CUP", 14)
    open_town.run("push")
    error = open_town.results["north"].error
    assert error is not None
    assert error.message == "north: the first"


def test_a_clock_that_is_right_again_is_kept_as_right(open_town: Town) -> None:
    def skew() -> float | None:
        return open_town.store.accounts.facts(1).clock_skew_s

    open_town.shops["north"].clock_ahead = timedelta(seconds=120)
    open_town.run("orders")
    assert skew() == 120.0
    open_town.shops["north"].clock_ahead = timedelta()
    open_town.run("orders")
    assert skew() == 0.0


def test_a_run_is_kept_from_its_beginning_on(open_town: Town) -> None:
    """A push reads orders, and reads them once more after it: that is one reading, told whole."""
    runs = "SELECT began_at, ended_at FROM run WHERE account_id = 1 AND job = 'orders'"
    open_town.store.connection.execute("DELETE FROM run")
    began_at = open_town.clock.moment

    class Slow(Memory):
        async def orders(self, time_range: TimeRange) -> AsyncIterator[Page[Order]]:
            open_town.clock.move(minutes=1)
            async for page in super().orders(time_range):
                yield page

    open_town.adapters["north"] = Slow
    open_town.count("MUG", 4)
    open_town.run("push")
    (run,) = open_town.store.connection.execute(runs).fetchall()
    assert run[0].startswith(began_at.strftime("%Y-%m-%dT%H:%M:%S"))
    assert run[1] > run[0]


def test_runs_are_forgotten_after_a_week_but_the_last_that_went_well_and_that_failed(
    open_town: Town,
) -> None:
    def run(*, fails: bool = False) -> None:
        fault = [Unreachable("north: no answer")] if fails else []
        open_town.shops["north"].faults["orders"] = fault  # type: ignore[assignment]
        open_town.run("orders")

    def kept() -> list[int]:
        runs = "SELECT ok FROM run WHERE account_id = 1 AND job = 'orders' ORDER BY id"
        return [row[0] for row in open_town.store.connection.execute(runs)]

    open_town.store.connection.execute("DELETE FROM run")
    for fails in (False, True, False, True):
        run(fails=fails)
    open_town.clock.move(days=KEEP_RUNS_DAYS - 1)
    open_town.run("returns")
    assert kept() == [1, 0, 1, 0]
    open_town.clock.move(days=2)
    open_town.run("returns")
    assert kept() == [1, 0]
    run()
    assert kept() == [0, 1]


def test_connections_are_closed_whatever_happens(open_town: Town) -> None:
    closed: list[str] = []

    class Closing(Memory):
        async def aclose(self) -> None:
            closed.append("closed")

    def connect(account: Account) -> Marketplace:
        if account.name == "south":
            raise ConfigurationError("south: the key cannot be sent")
        return Closing(open_town.shops[account.name])

    async def open_both() -> None:
        context = Context(
            open_town.config,
            open_town.store,
            open_town.clock,
            open_town.config.accounts,
            connect,
        )
        async with sessions(context):
            pytest.fail("both were opened")

    with pytest.raises(ConfigurationError):
        asyncio.run(open_both())
    assert closed == ["closed"]
    open_town.adapters["north"] = Closing
    open_town.run("orders")
    assert closed == ["closed"] * 2


def test_a_run_tells_what_its_job_did_and_not_what_the_whole_round_did(open_town: Town) -> None:
    open_town.store.connection.execute("DELETE FROM run")
    open_town.clock.move(hours=1)
    open_town.shops["north"].place("N1", {"MUG": 1})
    open_town.run("sync")
    runs = {
        job: json.loads(counts)
        for job, counts in open_town.store.connection.execute(
            "SELECT job, counts FROM run WHERE account_id = 1"
        )
    }
    assert runs["orders"]["orders_new"] == 1
    assert runs["reserves"].keys() == {"read"}
    # One sale on the account itself needs no push there.
    assert runs["push"] == {}
    whole = Counter[str]()
    for counts in runs.values():
        whole.update(counts)
    assert whole == open_town.results["north"].counts
    (pushed,) = open_town.store.connection.execute(
        "SELECT counts FROM run WHERE account_id = 2 AND job = 'push'"
    ).fetchone()
    assert json.loads(pushed) == {"pushed": 1}
