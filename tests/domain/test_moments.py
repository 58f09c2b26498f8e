"""How exactly a time is told, and on which side of another it certainly lies."""

from __future__ import annotations

from datetime import timedelta

import pytest

from cloudstock.domain.moments import DAY, EXACT, before, elapsed, span
from tests.builders import after


@pytest.mark.parametrize(
    ("told_s", "resolution", "count_s", "is_before"),
    [
        (0.25, EXACT, 0.5, True),
        (0.5, EXACT, 0.5, True),
        (0.75, EXACT, 0.5, False),
        # In whole seconds: any moment of that second.
        (0, EXACT, 0.5, None),
        (0, EXACT, 0, None),
        (0, EXACT, -0.000001, False),
        (0, EXACT, 0.999999, True),
        (0, EXACT, 1, True),
        # In whole days.
        (0, DAY, 3600, None),
        (0, DAY, -1, False),
        (0, DAY, 86_400, True),
    ],
)
def test_a_time_lies_on_a_side_only_where_all_it_may_stand_for_does(
    told_s: float, resolution: timedelta, count_s: float, is_before: bool | None
) -> None:
    told = span(after(seconds=told_s), resolution)
    assert before(told, after(seconds=count_s)) is is_before


def test_how_long_ago_a_moment_ahead_was_nobody_knows() -> None:
    assert elapsed(after(seconds=-5), after()) == timedelta(seconds=5)
    assert elapsed(after(), after()) == timedelta()
    assert elapsed(after(microseconds=1), after()) > timedelta(days=10_000)
