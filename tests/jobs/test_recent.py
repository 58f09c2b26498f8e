"""What an account answered lately is not asked again, and what is old is."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cloudstock.jobs.recent import RecentAnswers
from tests.jobs.town import Town


@pytest.fixture
def recent(open_town: Town) -> RecentAnswers:
    return RecentAnswers(open_town.store, open_town.clock, open_town.config.accounts[0])


def test_an_answer_is_recalled_for_as_long_as_it_may_be_old(
    open_town: Town, recent: RecentAnswers
) -> None:
    assert recent.recall("warehouses", age_max_s=60) is None
    recent.keep("warehouses", "[1]")
    open_town.clock.move(seconds=59)
    assert recent.recall("warehouses", age_max_s=60) == "[1]"
    assert recent.recall("warehouses", age_max_s=50) is None
    assert recent.recall("offers", age_max_s=60) is None
    open_town.clock.move(seconds=2)
    assert recent.recall("warehouses", age_max_s=60) is None


def test_an_answer_kept_later_than_now_is_of_no_age(open_town: Town, recent: RecentAnswers) -> None:
    recent.keep("warehouses", "[1]")
    open_town.clock.move(seconds=-1)
    assert recent.recall("warehouses", age_max_s=60) is None


def test_an_answer_is_forgotten_on_demand(recent: RecentAnswers) -> None:
    recent.keep("warehouses", "[1]")
    recent.keep("warehouses", None)
    assert recent.recall("warehouses", age_max_s=60) is None


def test_one_account_recalls_nothing_of_anothers(open_town: Town, recent: RecentAnswers) -> None:
    recent.keep("warehouses", "[1]")
    other = RecentAnswers(open_town.store, open_town.clock, open_town.config.accounts[1])
    assert other.recall("warehouses", age_max_s=60) is None


def test_where_time_is_compressed_answers_age_as_fast(open_town: Town) -> None:
    account = replace(open_town.config.accounts[0], pace=10.0)
    recent = RecentAnswers(open_town.store, open_town.clock, account)
    recent.keep("warehouses", "[1]")
    open_town.clock.move(seconds=5)
    assert recent.recall("warehouses", age_max_s=60) == "[1]"
    open_town.clock.move(seconds=2)
    assert recent.recall("warehouses", age_max_s=60) is None
