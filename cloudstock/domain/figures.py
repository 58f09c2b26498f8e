"""What numbers of the past allow to say: days of cover, rates, percentiles."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

# With fewer units sold, or fewer days watched, a rate is a guess: ten sales vary by a third.
ENOUGH_UNITS = 10
ENOUGH_DAYS = 7.0


@dataclass(frozen=True, slots=True)
class Cover:
    """How long what is available lasts if it sells on as it did."""

    # None: nothing is known of its stock, or nothing was sold.
    days: float | None
    # True: too little was seen for more than a guess.
    rough: bool


def cover(available: int | None, *, sold: int, per_day: float, watched_days: float) -> Cover:
    """Return the cover of a product of which `sold` units went in `watched_days` days."""
    rough = sold < ENOUGH_UNITS or watched_days < ENOUGH_DAYS
    if available is None or per_day <= 0:
        return Cover(None, rough)
    return Cover(available / per_day, rough)


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
