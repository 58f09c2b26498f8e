"""How exactly a time is told, and what that leaves open.

Marketplaces tell many times in whole seconds, some in whole days. Such a time stands for any
moment of its second or day, so it may lie on either side of another moment, such as a count. What
cannot be told apart is resolved to the side that never oversells: units leave as late as may be
meant (a count before then has not missed them), and come back as early (a count after then has
found them). Whoever decides so says it, see `before`.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import NamedTuple

SECOND = timedelta(seconds=1)
DAY = timedelta(days=1)
# Times that are told more exactly than in seconds are told exactly.
EXACT = timedelta()
# As early as any moment may be.
EVER = datetime.min.replace(tzinfo=UTC)
_TICK = timedelta(microseconds=1)


def elapsed(since: datetime, now: datetime) -> timedelta:
    """Return how long ago a moment was, by one clock; `timedelta.max` where it lies ahead.

    Then the clock was set back. How old what was done then is nobody knows: it is done again, and
    passes for fresh nowhere.
    """
    return now - since if since <= now else timedelta.max


class Span(NamedTuple):
    """The moments that a time, as it is told, may stand for."""

    earliest: datetime
    latest: datetime


def span(time: datetime, resolution: timedelta = EXACT) -> Span:
    """Return what a time may stand for.

    `resolution` is how coarse its source tells times where that is more than a second; a time
    without parts of a second is taken to be told in whole seconds anyway.
    """
    coarse = resolution or (EXACT if time.microsecond else SECOND)
    return Span(time, time + coarse - _TICK if coarse else time)


def before(time: Span, moment: datetime) -> bool | None:
    """Is it certain that `time` was at or before `moment` (True), or after it (False)?

    None: it may have been either.
    """
    if time.latest <= moment:
        return True
    return False if time.earliest > moment else None
