"""How fast a pair sells: as its days tell, or its last hours or minutes where these tell of more.

The highest counts. A promotion begins within minutes, and one that is over costs little: units are
divided for a while that need not be. Few units tell nothing: two orders in a minute are chance.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

MINUTE_S, HOUR_S, DAY_S = 60.0, 3_600.0, 86_400.0


class Span(NamedTuple):
    """A time up to now in which orders are counted."""

    seconds: float
    # With fewer sales in it, it tells nothing.
    enough: int


# Of each pair for itself, by its listings sold; measured now and then.
DAYS = (Span(30 * DAY_S, 0), Span(2 * DAY_S, 10))
# Of the product through all pairs together, by its orders: one who takes ten makes no promotion.
# Measured whenever it is sold.
LATELY = (Span(2 * HOUR_S, 10), Span(30 * MINUTE_S, 5), Span(10 * MINUTE_S, 3))


def fastest(spans: Sequence[Span], sold: Sequence[float], telling: Sequence[float]) -> float:
    """Return how many are sold per second, by the span that tells of most.

    `sold`: in each span; `telling`: the sales by which it is judged whether that span tells.
    """
    return max(
        (
            number / span.seconds
            for span, number, sales in zip(spans, sold, telling, strict=True)
            if sales >= span.enough
        ),
        default=0.0,
    )
