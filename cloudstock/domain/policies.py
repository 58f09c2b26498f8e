"""How the windows of one product share its units on one shelf: all of them everywhere, or divided.

What several windows show at once can be sold several times between two readings of their orders.
Where the units are *divided*, what all windows show together is at most what is available, so
that cannot happen; but a buyer may come to a window that shows none while another has some left.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from cloudstock.domain.division import Party, by_cover, divide, sold_more_than

# Stock is scarce when, once a unit is sold, the chance that more than the rest is sold before the
# other windows are lowered exceeds this. Chosen by simulation: `python -m tests.policies`.
SCARCE_RISK = 0.0005
# What was scarce stays so until its chance is this many times smaller, so that a rate measured a
# little lower does not change what listings show.
EASED = 2.0
# Lowering one window, reading its orders and raising another takes two rounds.
ROUNDS_TO_MOVE = 2


class Policy(StrEnum):
    """How a window shares the units of a product with the others on its shelf."""

    # It shows all units that are there.
    SHARE = "share"
    # Units are divided always.
    SPLIT = "split"
    # It shows all while stock is ample; scarce units go to the window that ranks highest.
    PRIORITY = "priority"
    # It shows all while stock is ample; scarce units are divided.
    ADAPTIVE = "adaptive"


@dataclass(frozen=True, slots=True)
class Contender:
    """A window (one listing in one marketplace warehouse) that shows a product of one shelf."""

    # Unique among the contenders: listing and marketplace warehouse.
    key: Hashable
    policy: Policy
    # Units of the product in one listing: packs.
    units: int = 1
    # Lower is served first under `priority`, and where nothing else decides.
    rank: int = 0
    # Units of the product sold per second through this window; 0: none known.
    rate: float = 0.0
    # Listings shown now as far as known; None: not known. Needless moves are avoided by it.
    showing: int | None = None
    # The product was scarce at the last decision.
    scarce: bool = False
    # The account's own limit in listings, after its buffer, share and cap; None: no limit.
    most: int | None = None


@dataclass(frozen=True, slots=True)
class Allotments:
    """What the windows of one product may show."""

    # Listings at most, by the contenders' keys; `most` is taken into account.
    listings: Mapping[Hashable, int]
    # Whether sales between two readings would likely exceed what is there; to be handed back as
    # `Contender.scarce` next time. Always False where no window is `priority` or `adaptive`.
    scarce: bool
    # The windows whose units are their own alone. Only these are covered by the promise that all
    # windows together show no more than is available.
    divided: frozenset[Hashable]


def allotments(available: int, contenders: Sequence[Contender], *, interval_s: float) -> Allotments:
    """Return how many listings each window of one product may show of its `available` units.

    `interval_s`: seconds from one reading of orders to the next, and to the acknowledgement of
    what follows from it: for so long a sale in one window is not known in the others.

    Divided are windows under `split`, and under `priority` and `adaptive` while the product is
    scarce. All others show the same units and stand in the division as one party. So the units of
    divided windows and the most that any other window shows never exceed `available` together,
    and no window could show one listing more. First come windows under `priority`, by rank; the
    rest is divided as `division.divide` tells. What depends on order alone is settled by rank, then
    by the order of `contenders`: equal input gives equal output.
    """
    rest = max(0, available)
    scarce = is_scarce(rest, contenders, interval_s=interval_s)
    first, split, share = _groups(contenders, scarce=scarce)
    listings: dict[Hashable, int] = {}
    for contender in sorted(first, key=lambda c: c.rank):
        listings[contender.key] = _least(rest // contender.units, contender)
        rest -= listings[contender.key] * contender.units
    divided_listings, shared = _divided(rest, split, share, ROUNDS_TO_MOVE * interval_s)
    listings |= {c.key: n for c, n in zip(split, divided_listings, strict=True)}
    listings |= {c.key: _least(shared // c.units, c) for c in share}
    divided = frozenset(c.key for c in (*first, *split))
    return Allotments({c.key: listings[c.key] for c in contenders}, scarce, divided)


def is_scarce(available: int, contenders: Sequence[Contender], *, interval_s: float) -> bool:
    """Return whether `priority` and `adaptive` windows of the product divide its units now.

    Hysteresis: what was scarce stays so while nothing is left, and until the risk is clearly
    smaller, and would be with a unit (or a quarter of the units) less.
    """
    if not any(c.policy in (Policy.PRIORITY, Policy.ADAPTIVE) for c in contenders):
        return False
    if any(c.scarce for c in contenders):
        if available <= 0:
            return True
        fewer = available - max(1, available // 4)
        return (
            risk(available, contenders, interval_s=interval_s) * EASED > SCARCE_RISK
            or risk(fewer, contenders, interval_s=interval_s) > SCARCE_RISK
        )
    return risk(available, contenders, interval_s=interval_s) > SCARCE_RISK


def risk(available: int, contenders: Sequence[Contender], *, interval_s: float) -> float:
    """Return how likely more than `available` units are sold in one interval in which any is.

    That is, if all windows showed all of them, and two of the sales are not through one window
    (which takes its own sales off at once). With nothing available nothing is at risk.
    """
    total = sum(c.rate for c in contenders)
    expected = total * interval_s
    if available <= 0 or expected <= 0:
        return 0.0
    through_one = sum((c.rate / total) ** 2 for c in contenders)
    too_many = sold_more_than(available, expected) / sold_more_than(0, expected)
    return too_many * max(0.0, 1.0 - through_one)


def _groups(
    contenders: Sequence[Contender], *, scarce: bool
) -> tuple[list[Contender], list[Contender], list[Contender]]:
    """Return those served first, those among whom the rest is divided, and those who share."""
    first: list[Contender] = []
    split: list[Contender] = []
    share: list[Contender] = []
    for contender in contenders:
        if contender.policy is Policy.SPLIT or (scarce and contender.policy is Policy.ADAPTIVE):
            split.append(contender)
        elif scarce and contender.policy is Policy.PRIORITY:
            first.append(contender)
        else:
            share.append(contender)
    return first, split, share


def _divided(
    rest: int, split: Sequence[Contender], share: Sequence[Contender], horizon_s: float
) -> tuple[Sequence[int], int]:
    """Return the listings of each window that divides, and the units that all others show."""
    together = _together(share)
    if not split:
        return (), rest
    parties = [_party(c) for c in split]
    if together is None:
        return divide(rest, parties, horizon_s=horizon_s), 0
    listings = divide(rest, [*parties, together], horizon_s=horizon_s)[:-1]
    shared = rest - sum(c.units * n for c, n in zip(split, listings, strict=True))
    # What packs and limits keep those who share from showing is for the others.
    used = max(c.units * _least(shared // c.units, c) for c in share)
    return by_cover(shared - used, parties, listings), used


def _party(contender: Contender) -> Party:
    return Party(contender.units, contender.rate, contender.most, contender.showing, contender.rank)


def _together(share: Sequence[Contender]) -> Party | None:
    """Return the party as which windows that share stand in a division."""
    if not share:
        return None
    units = min(c.units for c in share)
    limits = [None if c.most is None else c.most * c.units // units for c in share]
    showing = [c.showing * c.units // units for c in share if c.showing is not None]
    return Party(
        units,
        sum(c.rate for c in share),
        None if None in limits else max(limit for limit in limits if limit is not None),
        max(showing, default=None),
        min(c.rank for c in share),
    )


def _least(listings: int, contender: Contender) -> int:
    return listings if contender.most is None else min(listings, max(0, contender.most))
