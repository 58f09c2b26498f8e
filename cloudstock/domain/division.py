"""Dividing units of one product among pairs that together show no more than there are.

Each unit goes where it is most likely to be sold before units can be moved again. For slow sellers
that puts one unit in every pair before a second in any, the best sellers first; for fast ones it
follows their rates. What is left when every pair has enough for that long is divided so that all
sell out at about the same time. A unit that is shown stays where it is unless it is clearly more
likely to be sold elsewhere: every move hides it for a while.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import exp, lgamma, log, sqrt

# A shown unit moves only to a pair where its sale is this many times as likely.
WORTH_MOVING = 1.25
# A pair has enough when it sells out before units can be moved in less than one case of these.
SELLS_OUT_ONCE_IN = 1_000
# A pair that sold nothing yet is given units as if it sold this part of all that is sold.
PART_OF_UNKNOWN = 0.02
# More units than these are divided by rate even where no pair has enough: the difference is
# small, and one after another would take long.
MANY = 200


@dataclass(frozen=True, slots=True)
class Party:
    """One who takes part in a division."""

    # Units of the product in one listing.
    units: int
    # Units sold per second; 0: none known.
    rate: float
    # Listings at most; None: no limit.
    most: int | None = None
    # Listings shown now; None: not known.
    showing: int | None = None
    # Lower comes first where chances are equal.
    rank: int = 0


def divide(available: int, parties: Sequence[Party], *, horizon_s: float) -> tuple[int, ...]:
    """Return how many listings each party may show, in their order.

    Their units never exceed `available`, and no party could show one listing more of what is left.
    `horizon_s`: seconds until units can be moved to another pair.
    """
    rest = max(0, available)
    expected = [p.rate * horizon_s / p.units for p in parties]
    enough = [
        _capped(enough_for(mean), party) for party, mean in zip(parties, expected, strict=True)
    ]
    rest_with_enough = rest - _units(parties, enough)
    if rest_with_enough < 0:
        if rest > MANY:
            return by_cover(rest, parties, [0] * len(parties))
        return _by_chance(rest, parties, expected)
    kept = [
        max(least, _capped(p.showing or 0, p)) for p, least in zip(parties, enough, strict=True)
    ]
    rest_with_kept = rest - _units(parties, kept)
    if rest_with_kept >= 0:
        return by_cover(rest_with_kept, parties, kept)
    return by_cover(rest_with_enough, parties, enough)


def sold_more_than(count: int, expected: float) -> float:
    """Return the chance that more than `count` are sold where `expected` are on average (Poisson).

    Sums the upper tail, so that small chances keep their precision.
    """
    if expected <= 0:
        return 0.0
    if count < 0 or count < expected - 10 * sqrt(expected):
        return 1.0
    number = count + 1
    term = exp(number * log(expected) - expected - lgamma(number + 1))
    total = 0.0
    while number <= expected or term > total * 1e-12:
        total += term
        number += 1
        term *= expected / number
    return min(1.0, total)


@lru_cache(maxsize=4_096)
def enough_for(expected: float) -> int:
    """Return how many listings a pair needs so as to hardly ever sell out; at least one.

    A sale in a pair that has so many left moves nothing. `expected`: sold on average meanwhile.
    """
    number = max(1, int(expected))
    while sold_more_than(number, expected) * SELLS_OUT_ONCE_IN > 1:
        number += max(1, int(sqrt(expected) / 4))
    return number


def _capped(listings: int, party: Party) -> int:
    return listings if party.most is None else min(listings, max(0, party.most))


def _units(parties: Sequence[Party], listings: Sequence[int]) -> int:
    return sum(p.units * n for p, n in zip(parties, listings, strict=True))


def _by_chance(rest: int, parties: Sequence[Party], expected: Sequence[float]) -> tuple[int, ...]:
    """Give one listing after another to the party most likely to sell it before the next move."""
    listings = [0] * len(parties)

    def chance(index: int) -> float:
        """Return how likely the next listing of a party is sold, more so if it is shown now."""
        sold = sold_more_than(listings[index], expected[index])
        showing = (parties[index].showing or 0) > listings[index]
        return sold * WORTH_MOVING if showing else sold

    chances = [chance(i) for i in range(len(parties))]
    while True:
        open_ = [i for i in range(len(parties)) if _fits(rest, parties[i], listings[i])]
        if not open_:
            return tuple(listings)
        best = max(open_, key=lambda i: (chances[i], _precedence(parties[i], listings[i]), -i))
        listings[best] += 1
        rest -= parties[best].units
        chances[best] = chance(best)


def _precedence(party: Party, listings: int) -> tuple[bool, int, int]:
    """Return what decides between equal chances: what is shown stays, then who has less, rank."""
    return (party.showing or 0) > listings, -listings, -party.rank


def _fits(rest: int, party: Party, listings: int) -> bool:
    return party.units <= rest and (party.most is None or listings < party.most)


def by_cover(rest: int, parties: Sequence[Party], least: Sequence[int]) -> tuple[int, ...]:
    """Return `least` and `rest` units on top, so that all parties sell out as late as possible."""
    listings = list(least)
    if not rest:
        return tuple(listings)
    all_rates = sum(p.rate for p in parties)
    rates = [max(p.rate, all_rates * PART_OF_UNKNOWN) or 1.0 for p in parties]

    def cover(index: int) -> float:
        return listings[index] * parties[index].units / rates[index]

    while True:
        open_ = [i for i in range(len(parties)) if _fits(rest, parties[i], listings[i])]
        # Those who have more than the others can reach get nothing of the rest.
        while True:
            held = sum(listings[i] * parties[i].units for i in open_)
            level = (rest + held) / sum(rates[i] for i in open_) if open_ else 0.0
            below = [i for i in open_ if cover(i) <= level]
            if len(below) in (0, len(open_)):
                break
            open_ = below
        given = 0
        for i in open_:
            units = parties[i].units
            wanted = int(level * rates[i] - listings[i] * units) // units
            more = _capped(listings[i] + max(0, min(wanted, rest // units)), parties[i])
            given += (more - listings[i]) * units
            rest -= (more - listings[i]) * units
            listings[i] = more
        if not given:
            break
    # Less than a listing each is left over, unless parties reached their most.
    while open_ := [i for i in range(len(parties)) if _fits(rest, parties[i], listings[i])]:
        best = min(open_, key=lambda i: (cover(i), parties[i].rank, i))
        listings[best] += 1
        rest -= parties[best].units
    return tuple(listings)
