"""What `Date` headers tell of a marketplace's clock."""

from __future__ import annotations

from datetime import timedelta

import pytest

from cloudstock.marketplaces.server_clock import ServerClock
from tests.builders import NOW, after


def saw(clock: ServerClock, ahead_s: float, *, way_s: float = 0.2, at_s: float = 0.0) -> None:
    """An answer of a server whose clock is so far ahead, its header cut to the second."""
    sent = after(seconds=at_s)
    date = (sent + timedelta(seconds=ahead_s + way_s / 2)).replace(microsecond=0)
    clock.saw(date, sent_at=sent, received_at=sent + timedelta(seconds=way_s))


@pytest.mark.parametrize("ahead_s", [-7200.0, -120.0, -30.5, 45.0, 120.0, 90_000.0])
def test_a_clock_that_is_off_is_known_to_a_second_or_two(ahead_s: float) -> None:
    clock = ServerClock()
    for n in range(5):
        saw(clock, ahead_s, at_s=n * 0.3)
    assert clock.measured_s is not None
    assert abs(clock.measured_s - ahead_s) <= 2.0
    assert clock.measured_s.is_integer(), "whole seconds stay whole when they are translated"
    assert clock.ours(clock.at(NOW)) == NOW


@pytest.mark.parametrize("ahead_s", [-1.0, 0.0, 0.4, 1.5])
def test_clocks_that_may_be_equal_are(ahead_s: float) -> None:
    clock = ServerClock()
    saw(clock, ahead_s)
    assert clock.at(NOW) == NOW


def test_what_earlier_runs_measured_holds_until_an_answer_tells() -> None:
    clock = ServerClock(before_s=120.0)
    assert clock.measured_s is None
    assert clock.at(NOW) == after(seconds=120)
    saw(clock, 0.0)
    assert clock.at(NOW) == NOW


def test_a_slow_answer_does_not_put_a_later_moment_before_an_earlier_one() -> None:
    quick = ServerClock()
    saw(quick, -120.0)
    slow = ServerClock(before_s=quick.measured_s)
    saw(slow, -120.0, way_s=4.0, at_s=3.0)
    assert slow.at(after(seconds=1)) > quick.at(NOW)


@pytest.mark.parametrize("way_s", [0.2, 3.0, 30.0])
def test_the_error_covers_what_a_slow_answer_leaves_open(way_s: float) -> None:
    clock = ServerClock()
    saw(clock, -120.0, way_s=way_s)
    assert clock.error >= abs(clock.ahead - timedelta(seconds=-120))
    assert clock.error <= timedelta(seconds=way_s + 3.0)


def test_what_earlier_runs_measured_is_dropped_when_it_cannot_be() -> None:
    clock = ServerClock(before_s=-120.0)
    saw(clock, -130.0)
    assert clock.measured_s is not None
    assert abs(clock.measured_s + 130.0) <= 2.0


def test_a_clock_that_is_set_during_a_run_is_measured_anew() -> None:
    clock = ServerClock()
    saw(clock, 120.0)
    saw(clock, 0.0, at_s=60.0)
    assert clock.measured_s == 0.0
