"""What a pair may still sell: the most, whatever happened that nobody has read of yet.

The idea is that of escrow (O'Neil 1986) and of demarcation (Barbará and Garcia-Molina 1992): units
are promised to one pair at a time, and promised to another only when the first has certainly
given them up. The marketplaces make it harder in one way: a number that is sent *replaces* the one
that is shown. A pair that was promised 3 and is sent 2 may have sold its 3 a moment before, so
from then on it was promised 5, until its orders have been read up to the moment at which the 2 was
shown; then 2 remain, less what was sold of them. Hence the only number that can be sent whatever
is left is 0.

The invariant, for every product and warehouse, over the pairs among which it is divided:

    sum(promised x units of the product in one listing) <= on hand - reserved - buffer

is checked by the database wherever a number is about to be sent (`push_quota` in the schema).
And for each pair, at every instant, with `shown` what buyers see or will see by a number on its
way, and `unread` what they ordered and the database does not know of:

    shown + unread <= promised

Both together: no order can ask for a unit that is not there. It holds while each marketplace shows
an accepted number, and tells an order, within the times its `Traits` give; while nobody else
sets numbers or takes units; and while what is on hand is right.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Quota:
    """What one pair may sell. `Quota()`: nothing is known of it."""

    # Shown and sold unread, at most; None: unknown.
    quantity: int | None = None
    # The same, once all orders made before the last accepted number was shown are known, with when
    # that number was sent and answered; None where no number is known to have been accepted.
    bound: int | None = None
    since: datetime | None = None
    until: datetime | None = None
    # They are known: quantity is the bound.
    covered: bool = False
    # Orders made before this were known when `quantity` was last so reckoned.
    counted_since: datetime | None = None


UNKNOWN = Quota()


def sending(quota: Quota, quantity: int) -> Quota:
    """Return the quota from the moment on at which `quantity` may be shown in place of it."""
    if quota.quantity is None:
        return replace(quota, covered=False)
    return replace(quota, quantity=quota.quantity + quantity, covered=False)


def accepted(
    quota: Quota, quantity: int, *, given_back: int, since: datetime, until: datetime
) -> Quota:
    """Return the quota after a number sent was accepted.

    `given_back`: units of own orders whose cancellation turned up between the two moments.
    """
    return replace(quota, bound=quantity + given_back, since=since, until=until)


def not_taken(quota: Quota, quantity: int) -> Quota:
    """Return the quota after a number sent was certainly not taken."""
    if quota.quantity is None:
        return replace(quota, covered=False)
    return replace(quota, quantity=max(0, quota.quantity - quantity), covered=False)


def after_sale(
    quota: Quota,
    units: int,
    made_at: datetime,
    *,
    certain: bool,
    before: timedelta,
    after: timedelta,
) -> Quota:
    """Return the quota after an own order that was not known before.

    `certain`: it is new, and taken off what is shown at `made_at`. One that grew may have grown
    without that. `before`, `after`: how far the moment may be off, as for a belief.
    """
    bound = quota.bound
    taken_off = certain and quota.until is not None and made_at > quota.until + after
    if bound is not None and taken_off:
        bound = max(0, bound - units)
    if quota.covered:
        return replace(quota, quantity=bound, bound=bound)
    quantity = quota.quantity
    # An order that came to light later than any should was not counted: it takes nothing off.
    late = quota.counted_since is not None and made_at < quota.counted_since - before
    if quantity is not None and certain and not late:
        # What was shown after it was made, it took nothing off. More was sold than was promised
        # where somebody else set a number.
        earlier = quota.since is not None and made_at < quota.since - before
        shown = min(quantity, bound) if bound is not None and earlier else 0
        quantity = max(shown, quantity - units)
    return replace(quota, quantity=quantity, bound=bound)


def after_release(
    quota: Quota,
    units: int,
    released_at: datetime | None,
    *,
    gives_back: bool | None,
    before: timedelta,
) -> Quota:
    """Return the quota after `units` of an own order were cancelled in the warehouse.

    They are there again, and perhaps shown again.
    """
    if gives_back is False:
        return quota
    bound = quota.bound
    overtaken = (
        released_at is not None and quota.since is not None and released_at < quota.since - before
    )
    if bound is not None and not overtaken:
        bound += units
    if quota.covered:
        return replace(quota, quantity=bound, bound=bound)
    quantity = None if quota.quantity is None else quota.quantity + units
    return replace(quota, quantity=quantity, bound=bound)


def after_reading(
    quota: Quota, free: int, *, settles: bool, since: datetime, until: datetime
) -> Quota:
    """Return the quota after a pair was seen to show `free`, no number being on its way.

    `settles`: a number was sent and not answered, and it was not known before whether it was taken.

    A reading tells what may still be sold, not what was sold unread: it lowers no quota before
    orders are read once more. But more than was promised may be shown: by somebody else's doing,
    or for an order given back.
    """
    if quota.bound is not None and not settles:
        # What waits to be covered is not made to wait longer for every reading.
        if free <= quota.bound and not quota.covered:
            return quota
        if free == quota.bound:
            return quota
    quantity = None if quota.quantity is None else max(quota.quantity, free)
    return replace(quota, quantity=quantity, bound=free, since=since, until=until, covered=False)


def cover(quota: Quota, read_from: datetime, *, lag: timedelta) -> Quota:
    """Return the quota after all of the account's orders were read, from `read_from` on.

    `lag`: how much later than accepted a number may be shown, and an order told.
    """
    if quota.bound is None or quota.until is None or quota.until + lag >= read_from:
        return quota
    bound = quota.bound if quota.quantity is None else min(quota.quantity, quota.bound)
    return replace(quota, quantity=bound, bound=bound, covered=True, counted_since=quota.since)
