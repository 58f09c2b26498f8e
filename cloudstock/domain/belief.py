"""What a listing is believed to show: the interval in which the true number must lie.

After an acknowledged push or a reading the interval is one number. A push without an answer widens
it to hold both the old number and the new one. The account's own orders take units off by
themselves, but two clocks differ: an order made too close to the push may lie before or after it,
and then both numbers remain possible. `None` means that nothing at all is known. Whatever is not
certainly the target is a difference, and a push makes it certain again.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Belief:
    """An interval [low, high] of what buyers may be shown, and when it was learned."""

    low: int
    high: int
    # The push or reading it rests on happened between these moments, by our clock.
    since: datetime
    until: datetime


def after_sale(
    belief: Belief | None,
    quantity: int,
    made_at: datetime,
    *,
    certain: bool,
    before: timedelta,
    after: timedelta,
) -> Belief | None:
    """Return the belief after an own order of `quantity` made at `made_at`, not seen before.

    `certain`: the contract says that the marketplace takes the order off at that moment.
    `before`, `after`: how far the moment may be off on either side of the push or reading.
    """
    if belief is None:
        return None
    if made_at < belief.since - before:
        # The push replaced what the order had taken off; the reading had seen it.
        return belief
    low = max(0, belief.low - quantity)
    if certain and made_at > belief.until + after:
        return Belief(low, max(0, belief.high - quantity), belief.since, belief.until)
    return Belief(low, belief.high, belief.since, belief.until)


def after_release(
    belief: Belief | None,
    quantity: int,
    released_at: datetime | None,
    *,
    gives_back: bool | None,
    before: timedelta,
    after: timedelta,
) -> Belief | None:
    """Return the belief after `quantity` units of an own order were cancelled in the warehouse.

    `gives_back`: whether the marketplace puts them back by itself; None where its contract is
    silent. `released_at`: when, if it tells.
    """
    if belief is None or gives_back is False:
        return belief
    if released_at is not None and released_at < belief.since - before:
        return belief
    high = belief.high + quantity
    certain = gives_back and released_at is not None and released_at > belief.until + after
    # Zero may stand for less than nothing: for a sale of units that this very order gives back,
    # read before it.
    if certain and belief.low:
        return Belief(belief.low + quantity, high, belief.since, belief.until)
    return Belief(belief.low, high, belief.since, belief.until)


def while_sending(belief: Belief | None, quantity: int) -> Belief | None:
    """Return the belief between sending `quantity` and its answer: old or new, both possible."""
    if belief is None:
        return None
    low, high = min(belief.low, quantity), max(belief.high, quantity)
    return Belief(low, high, belief.since, belief.until)
