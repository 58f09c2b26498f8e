"""How fast a listing sells, as its division reckons: from weeks, or from days that tell enough."""

from __future__ import annotations

import pytest

from cloudstock.store.dividing import _rate

DAY_S = 86_400


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
    assert _rate(sold, sold_lately) * DAY_S == pytest.approx(a_day)
