"""Cover, rates and percentiles."""

from __future__ import annotations

import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudstock.domain.figures import Cover, cover, percentiles, rate


@pytest.mark.parametrize(
    ("available", "sold", "per_day", "watched_days", "due"),
    [
        (20, 60, 2.0, 30.0, Cover(10.0, rough=False)),
        (0, 60, 2.0, 30.0, Cover(0.0, rough=False)),
        (20, 9, 0.3, 30.0, Cover(pytest.approx(66.667, abs=0.001), rough=True)),
        (20, 60, 10.0, 6.0, Cover(2.0, rough=True)),
        (None, 60, 2.0, 30.0, Cover(None, rough=False)),
        (20, 0, 0.0, 30.0, Cover(None, rough=True)),
    ],
)
def test_cover(
    available: int | None, sold: int, per_day: float, watched_days: float, due: Cover
) -> None:
    found = cover(available, sold=sold, per_day=per_day, watched_days=watched_days)
    assert found == due


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
