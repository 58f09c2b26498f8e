"""How often a return that has not ended is asked for again."""

from __future__ import annotations

from datetime import timedelta

import pytest

from cloudstock.domain.asking import UNDECIDED_DAYS, ask_again_after
from cloudstock.domain.records import ReturnStep

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
OLD = timedelta(days=UNDECIDED_DAYS)


@pytest.mark.parametrize(
    ("step", "unchanged", "pause"),
    [
        (ReturnStep.EXPECTED, timedelta(), timedelta()),
        (ReturnStep.EXPECTED, OLD - HOUR, timedelta()),
        (ReturnStep.EXPECTED, OLD, DAY),
        (ReturnStep.EXPECTED, OLD * 9, DAY),
        (ReturnStep.UNDECIDED, timedelta(), HOUR),
        (ReturnStep.UNDECIDED, DAY - HOUR, HOUR),
        (ReturnStep.UNDECIDED, DAY, DAY),
        (ReturnStep.UNDECIDED, OLD - HOUR, DAY),
        (ReturnStep.UNDECIDED, OLD, DAY),
        (ReturnStep.UNKNOWN, timedelta(), HOUR),
        (ReturnStep.UNKNOWN, DAY, DAY),
        (ReturnStep.RECEIVED, timedelta(), None),
        (ReturnStep.NEVER, timedelta(), None),
        # A clock that was set back: changed in the future.
        (ReturnStep.UNDECIDED, -DAY, HOUR),
    ],
)
def test_the_longer_nothing_changes_the_rarer_it_is_asked(
    step: ReturnStep, unchanged: timedelta, pause: timedelta | None
) -> None:
    assert ask_again_after(step, unchanged) == pause
