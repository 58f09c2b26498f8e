"""How fast a pair sells: days, hours and minutes, and the highest of those that tell."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cloudstock.domain.rates import DAY_S, DAYS, HOUR_S, LATELY, fastest
from tests.builders import examples

# Seconds ago of each unit sold.
AGO = st.lists(st.floats(0, 40 * DAY_S), max_size=40)


def rate(ago: Sequence[float], others: Sequence[float] = ()) -> float:
    """The rate of a pair that sold these, beside what other pairs of the product sold."""

    def sold(moments: Sequence[float]) -> list[int]:
        return [sum(1 for at in moments if at <= s.seconds) for s in spans]

    spans = (*DAYS, *LATELY)
    telling = [
        number if span in DAYS else all_
        for span, number, all_ in zip(spans, sold(ago), sold([*ago, *others]), strict=True)
    ]
    return fastest(spans, sold(ago), telling)


@pytest.mark.parametrize(
    ("sold", "sold_lately", "a_day"),
    [
        (0, 0, 0.0),
        (30, 2, 1.0),
        # One order yesterday makes no fast seller of a slow one.
        (3, 1, 0.1),
        (9, 9, 0.3),
        # A sudden success is not averaged away.
        (40, 40, 20.0),
        # What sold well once is still reckoned with.
        (300, 10, 10.0),
    ],
)
def test_listings_sold_a_day(sold: int, sold_lately: int, a_day: float) -> None:
    ago = [DAY_S] * sold_lately + [20 * DAY_S] * (sold - sold_lately)
    assert rate(ago) * DAY_S == pytest.approx(a_day)


@settings(max_examples=examples(200), deadline=None)
@given(AGO, AGO)
def test_the_rate_is_that_of_a_span_and_never_less_than_the_days_tell(
    ago: list[float], others: list[float]
) -> None:
    of_each = [sum(1 for at in ago if at <= s.seconds) / s.seconds for s in (*DAYS, *LATELY)]
    assert rate(ago, others) in of_each
    assert rate(ago, others) >= of_each[0]


@settings(max_examples=examples(200), deadline=None)
@given(AGO, AGO, st.floats(0, 40 * DAY_S))
def test_a_further_sale_of_whomever_never_slows_it(
    ago: list[float], others: list[float], more: float
) -> None:
    assert rate([*ago, more], others) >= rate(ago, others)
    assert rate(ago, [*others, more]) >= rate(ago, others)


@settings(max_examples=examples(200), deadline=None)
@given(AGO, AGO, st.floats(0, 2 * HOUR_S))
def test_as_time_passes_it_is_not_taken_for_faster(
    ago: list[float], others: list[float], later: float
) -> None:
    aged = [[at + later for at in moments] for moments in (ago, others)]
    assert rate(*aged) <= rate(ago, others)


@settings(max_examples=examples(100), deadline=None)
@given(AGO, st.integers(0, 2))
def test_two_orders_are_no_rush_and_a_promotion_is_known_within_minutes(
    others: list[float], few: int
) -> None:
    old = [DAY_S + at for at in others]
    assert rate([0.0] * few, old) == rate([2.1 * HOUR_S] * few, old)
    # Fifty times three a day through three pairs, for ten minutes.
    assert rate([60.0], [120.0, 400.0]) * DAY_S >= 50
