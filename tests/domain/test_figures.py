"""Rates and percentiles."""

from __future__ import annotations

import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudstock.domain.figures import per_day, percentiles, rate


@pytest.mark.parametrize(
    ("units", "days", "due"),
    [(60, 30.0, 2.0), (10, 1.0, 10.0), (9, 30.0, None), (60, 0.99, None), (0, 0.0, None)],
)
def test_how_fast_it_sells_is_told_of_ten_units_and_a_day(
    units: int, days: float, due: float | None
) -> None:
    assert per_day(units, days) == due


def test_a_rate_of_nothing_is_unknown() -> None:
    assert rate(1, 4) == 0.25
    assert rate(3, 2) == 1.5
    assert rate(1, 0) is None


def test_percentiles_are_values_that_were() -> None:
    assert percentiles([], (0.5, 1.0)) == [None, None]
    assert percentiles([(7.0, 1)], (0.5, 0.99, 1.0)) == [7.0, 7.0, 7.0]
    hundred = [(float(n), 1) for n in range(100, 0, -1)]
    assert percentiles(hundred, (0.5, 0.95, 0.99, 1.0)) == [50.0, 95.0, 99.0, 100.0]
    # 0.07 * 100 is a hair above 7 in floating point.
    assert percentiles(hundred, (0.07, 0.29, 0.58)) == [7.0, 29.0, 58.0]


@given(st.lists(st.integers(0, 50), min_size=1, max_size=200))
def test_a_histogram_tells_what_the_list_does(values: list[int]) -> None:
    counted = [(float(v), values.count(v)) for v in set(values)]
    half, most = percentiles(counted, (0.5, 1.0))
    assert half == statistics.median_low(values)
    assert most == max(values)
