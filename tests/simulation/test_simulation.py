"""The short form of the simulation; `python -m tests.simulation --seeds 1000` is the long one."""

from __future__ import annotations

import pytest

from tests.simulation.day import run_seed


@pytest.mark.parametrize("seed", range(1, 13))
def test_a_trading_day_ends_with_every_unit_booked_once_and_shown_right(seed: int) -> None:
    _, town, why = run_seed(seed)
    assert not why, f"{why}\nagain: python -m tests.simulation --replay {seed}"
    assert town is None


def test_two_days_on_one_seed_are_the_same() -> None:
    first, second = run_seed(77)[0], run_seed(77)[0]
    assert first == second
    assert first.done["units sold"] > 0
    assert sum(first.faults.values()) > 0
