"""What numbers of the past allow to say: rates, percentiles."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

# With fewer units sold, or fewer days known, a rate is a guess: ten sales vary by a third.
ENOUGH_UNITS = 10
ENOUGH_DAYS = 1.0
# What lasts for less runs out soon; for less than the other, very soon.
SOON_DAYS, VERY_SOON_DAYS = 7, 3


def per_day(units: int, days: float) -> float | None:
    """Return units a day; None where too little is known to tell."""
    return units / days if units >= ENOUGH_UNITS and days >= ENOUGH_DAYS else None


def rate(part: int, whole: int) -> float | None:
    """Return the share of a whole from 0 up; None of nothing."""
    return part / whole if whole else None


def percentiles(
    histogram: Iterable[tuple[float, int]], shares: Sequence[float]
) -> list[float | None]:
    """Return the values that so many of all are not above, by nearest rank; None of nothing.

    `histogram`: values with how often each came.
    """
    counted = sorted(histogram)
    total = sum(n for _, n in counted)
    return [_ranked(counted, share * total) for share in shares]


def _ranked(counted: Iterable[tuple[float, int]], rank: float) -> float | None:
    passed = 0
    for value, n in counted:
        passed += n
        # A rank is a product of fractions: 0.95 * 20 may be a hair above 19.
        if passed >= rank - 1e-6:
            return value
    return None
