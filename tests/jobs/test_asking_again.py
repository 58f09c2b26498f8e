"""Returns that have not ended are asked for again, at a pace of their own."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from cloudstock.domain.records import ReturnStep, Step
from tests.jobs.town import Town


@pytest.fixture
def claim(open_town: Town) -> Town:
    """A mug was sold by the northern shop, and its buyer claims that it is broken."""
    shop = open_town.shops["north"]
    shop.place("N1", {"MUG": 1})
    shop.change("N1", Step.SHIPPED)
    open_town.run("orders")
    shop.send_back("R1", "N1", "MUG", 1)
    shop.returns["R1"] = replace(
        shop.returns["R1"], step=ReturnStep.UNDECIDED, status="claim", changed_at=shop.clock.now()
    )
    open_town.run("returns")
    return open_town


def asked(town: Town, **later: float) -> bool:
    """Read returns after a while; tell whether those of N1 were asked for."""
    town.clock.move(**later)
    town.run("returns")
    return town.shops["north"].asked_again[-1] == ("N1",)


def test_a_claim_moves_nothing_and_troubles_nobody(claim: Town) -> None:
    assert claim.level("MUG") == (9, 0)
    assert claim.results["north"].error is None
    assert claim.results["north"].notes == ()
    assert claim.results["north"].counts.get("returns_unknown", 0) == 0


def test_a_claim_is_asked_for_hourly_then_daily_then_no_more(claim: Town) -> None:
    assert asked(claim, minutes=1)
    assert not asked(claim, minutes=1)
    assert not asked(claim, minutes=58)
    assert asked(claim, minutes=2)
    # After a day without a change: daily.
    assert asked(claim, days=1)
    assert not asked(claim, hours=23)
    assert asked(claim, hours=2)
    assert asked(claim, days=60)
    claim.run("returns")
    assert claim.results["north"].notes == ()
    assert asked(claim, days=30)
    [note] = claim.results["north"].notes
    assert "R1" in note
    for _ in range(3):
        assert not asked(claim, days=2)
        assert claim.results["north"].notes == ()


def test_a_claim_given_up_that_is_decided_is_booked(claim: Town) -> None:
    assert asked(claim, days=91)
    assert len(claim.results["north"].notes) == 1
    shop = claim.shops["north"]
    shop.returns["R1"] = replace(
        shop.returns["R1"],
        step=ReturnStep.EXPECTED,
        status="moving",
        changed_at=shop.clock.now(),
    )
    assert not asked(claim, minutes=1)
    assert asked(claim, minutes=1)
    shop.hand_over("R1")
    assert asked(claim, minutes=1)
    assert claim.results["north"].counts["returns_received"] == 1
    assert not asked(claim, minutes=1)


def test_a_claim_read_for_the_first_time_when_it_is_old_counts_its_days(claim: Town) -> None:
    shop = claim.shops["north"]
    claim.clock.move(minutes=1)
    shop.returns["R2"] = replace(
        shop.returns["R1"], return_id="R2", changed_at=shop.clock.now() - timedelta(days=89)
    )
    claim.run("returns")
    assert claim.results["north"].notes == ()
    claim.clock.move(days=1, hours=1)
    claim.run("returns")
    [note] = claim.results["north"].notes
    assert "R2" in note
    assert "R1" not in note


def test_nobody_gives_up_what_was_not_asked_for_a_last_time(claim: Town) -> None:
    assert asked(claim, days=89, hours=23)
    # It is old enough, and was asked for a moment ago.
    assert not asked(claim, hours=2)
    assert claim.results["north"].notes == ()
    assert asked(claim, days=1)
    assert len(claim.results["north"].notes) == 1


def test_where_nobody_tells_when_it_changed_it_is_as_old_as_it_was_first_read_so(
    claim: Town,
) -> None:
    shop = claim.shops["north"]
    shop.returns["R1"] = replace(shop.returns["R1"], status="claim, seen", changed_at=None)
    assert asked(claim, hours=2)
    assert asked(claim, hours=25)
    assert not asked(claim, hours=2)
    # With another word it is young again.
    shop.returns["R1"] = replace(shop.returns["R1"], status="claim, in dispute")
    assert asked(claim, hours=23)
    assert asked(claim, hours=2)


def test_what_is_on_its_way_is_asked_for_each_time(claim: Town) -> None:
    shop = claim.shops["north"]
    shop.returns["R1"] = replace(shop.returns["R1"], step=ReturnStep.EXPECTED, status="moving")
    claim.run("returns")
    for _ in range(3):
        assert asked(claim, minutes=1)


def test_a_reading_that_fails_has_asked_nothing(claim: Town) -> None:
    from cloudstock.errors import Unreachable

    claim.shops["north"].faults["returns"] = [Unreachable("north: silent")]
    assert asked(claim, hours=2)
    assert asked(claim, minutes=1)
    assert not asked(claim, minutes=1)


def test_what_had_come_when_it_was_first_seen_is_not_counted_twice(open_town: Town) -> None:
    """Nobody tells when: before the last count, perhaps."""
    shop = open_town.shops["north"]
    shop.place("N1", {"MUG": 1})
    shop.change("N1", Step.SHIPPED)
    open_town.run("orders")
    shop.send_back("R1", "N1", "MUG", 1)
    shop.hand_over("R1")
    shop.returns["R1"] = replace(
        shop.returns["R1"], received_at=None, created_at=shop.clock.now() - timedelta(days=9)
    )
    open_town.run("returns")
    result = open_town.results["north"]
    assert result.counts.get("returns_received", 0) == 0
    assert any("R1" in note and "nobody tells when" in note for note in result.notes)
    # And no sooner or later.
    open_town.run("returns")
    assert open_town.results["north"].counts.get("returns_received", 0) == 0
    assert open_town.results["north"].notes == ()


def test_what_comes_while_it_is_watched_has_come_just_now(claim: Town) -> None:
    shop = claim.shops["north"]
    claim.clock.move(days=3)
    claim.count("MUG", 9)
    claim.clock.move(minutes=1)
    shop.hand_over("R1")
    shop.returns["R1"] = replace(shop.returns["R1"], received_at=None)
    claim.run("returns")
    assert claim.results["north"].counts["returns_received"] == 1
    assert claim.results["north"].notes == ()
