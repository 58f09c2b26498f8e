"""How the pairs of one product share its units in one warehouse: all everywhere, or divided.

What several pairs show at once can be sold several times between two readings of their orders.
Where the units are *divided*, what all pairs show together is at most what is available, so
that cannot happen; but a buyer may come to a pair that shows none while another has some left.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import gcd

from cloudstock.domain.division import Party, by_cover, divide, sold_more_than

# Stock is scarce when dividing it prevents more than this: units sold too many for each buyer
# turned away, if readings were a day apart, and in proportion where they are nearer. So the same
# products divide their last unit whatever the interval: those that sell more than two or three a
# day, in three equal pairs. Faster ones divide more units, the more the longer the interval.
# Chosen by trial: `python -m tests.policies`.
SCARCE_RISK = 0.4
# What was scarce stays so until its risk is this many times smaller, so that a rate measured a
# little lower does not change what listings show.
EASED = 2.0
# Lowering one pair, reading its orders and raising another takes two rounds.
ROUNDS_TO_MOVE = 2
DAY_S = 86_400.0


class Policy(StrEnum):
    """How a pair shares the units of a product with the others in its warehouse."""

    # It shows all units that are there.
    SHARE = "share"
    # Units are divided always.
    SPLIT = "split"
    # It shows all while stock is ample; scarce units go to the pair that ranks highest.
    PRIORITY = "priority"
    # It shows all while stock is ample; scarce units are divided.
    ADAPTIVE = "adaptive"


@dataclass(frozen=True, slots=True)
class Contender:
    """A pair (one listing in one marketplace warehouse) that shows a product of one warehouse."""

    # Unique among the contenders: listing and marketplace warehouse.
    key: Hashable
    policy: Policy
    # Units of the product in one listing: packs.
    units: int = 1
    # Lower is served first under `priority`, and where nothing else decides.
    rank: int = 0
    # Units of the product sold per second through this pair; 0: none known.
    rate: float = 0.0
    # Listings shown now as far as known; None: not known. Needless moves are avoided by it.
    showing: int | None = None
    # The product was scarce at the last decision.
    scarce: bool = False
    # The account's own limit in listings, after its buffer, share and cap; None: no limit.
    most: int | None = None


@dataclass(frozen=True, slots=True)
class Allotments:
    """What the pairs of one product may show."""

    # Listings at most, by the contenders' keys; `most` is taken into account.
    listings: Mapping[Hashable, int]
    # Whether sales between two readings would likely exceed what is there; to be handed back as
    # `Contender.scarce` next time. Always False where no pair is `priority` or `adaptive`.
    scarce: bool
    # The pairs whose units are their own alone. Only these are covered by the promise that all
    # pairs together show no more than is available.
    divided: frozenset[Hashable]


def allotments(
    available: int,
    contenders: Sequence[Contender],
    *,
    interval_s: float,
    scarce_risk: float = SCARCE_RISK,
) -> Allotments:
    """Return how many listings each pair of one product may show of its `available` units.

    `interval_s`: seconds from one reading of orders to the next, and to the acknowledgement of
    what follows from it: for so long a sale in one pair is not known in the others.
    `scarce_risk`: as `SCARCE_RISK`.

    Divided are pairs under `split`, and under `priority` and `adaptive` while the product is
    scarce. All others show the same units and stand in the division as one party. So the units of
    divided pairs and the most that any other pair shows never exceed `available` together,
    and no pair could show one listing more. First come pairs under `priority`, by rank; the
    rest is divided as `division.divide` tells. What depends on order alone is settled by rank, then
    by the order of `contenders`: equal input gives equal output.
    """
    rest = max(0, available)
    scarce = is_scarce(rest, contenders, interval_s=interval_s, scarce_risk=scarce_risk)
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


def is_scarce(
    available: int,
    contenders: Sequence[Contender],
    *,
    interval_s: float,
    scarce_risk: float = SCARCE_RISK,
) -> bool:
    """Return whether `priority` and `adaptive` pairs of the product divide its units now.

    Hysteresis: what was scarce stays so while nothing is left, and until the risk is clearly
    smaller, and would be with a unit (or a quarter of the units) less.
    """
    if not any(c.policy in (Policy.PRIORITY, Policy.ADAPTIVE) for c in contenders):
        return False
    accepted = scarce_risk * interval_s / DAY_S
    if any(c.scarce for c in contenders):
        if available <= 0:
            return True
        fewer = available - max(1, available // 4)
        return (
            risk(available, contenders, interval_s=interval_s) * EASED > accepted
            or risk(fewer, contenders, interval_s=interval_s) > accepted
        )
    return risk(available, contenders, interval_s=interval_s) > accepted


def risk(available: int, contenders: Sequence[Contender], *, interval_s: float) -> float:
    """Return how many units too many sharing sells for each buyer whom dividing turns away.

    Sharing `available` units oversells when more are sold in an interval in which any is, and not
    all through one pair (which takes its own sales off at once). Dividing them hides them from
    the pairs that get none: the chance of a buyer there against that of one who takes a unit.
    With nothing available, or one pair, nothing is at risk.
    """
    rates = sorted((c.rate for c in contenders), reverse=True)
    total = sum(rates)
    expected = total * interval_s
    if available <= 0 or expected <= 0 or len(rates) < 2:
        return 0.0
    through_one = sum((rate / total) ** 2 for rate in rates)
    too_many = sold_more_than(available, expected) / sold_more_than(0, expected)
    # However many there are at first, it ends with fewer units than pairs.
    served = sum(rates[: min(available, len(rates) - 1)])
    turned_away = max(total - served, total * 1e-6)
    return too_many * max(0.0, 1.0 - through_one) * served / turned_away


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
    """Return the listings of each pair that divides, and the units that all others show."""
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
    """Return the party as which pairs that share stand in a division."""
    able = [c for c in share if c.most is None or c.most > 0]
    if not able:
        return None
    units = gcd(*(c.units for c in able))
    limits = [None if c.most is None else c.most * c.units // units for c in able]
    showing = [c.showing * c.units // units for c in able if c.showing is not None]
    return Party(
        units,
        sum(c.rate for c in able),
        None if None in limits else max(limit for limit in limits if limit is not None),
        max(showing, default=None),
        min(c.rank for c in able),
    )


def _least(listings: int, contender: Contender) -> int:
    return listings if contender.most is None else min(listings, max(0, contender.most))
