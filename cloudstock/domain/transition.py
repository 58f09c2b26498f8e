"""What the listings of a divided product will show until each shows its part, and until when.

Reckoned beforehand with the very steps that are taken later (`shifting.steps`), as if every push
were answered at once, orders were read round after round, and nobody bought anything meanwhile.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time
from enum import StrEnum
from math import ceil, inf
from typing import NamedTuple

from cloudstock.domain.shifting import Held, steps
from cloudstock.language.local import local

# More rounds than any transition takes: each listing is emptied and filled once, or twice.
ROUNDS_MAX = 200


DAY_S = 86_400


class How(StrEnum):
    """How listings come to show their parts of a product."""

    # A unit moves through zero, at once or in hours of the day that the seller names.
    STRICT = "strict"
    # No listing is emptied so that its units move: they are sold there, and others are raised by
    # what is delivered.
    GRADUAL = "gradual"
    # Straight to the parts, once: what is sold in those seconds may be sold twice.
    QUICK = "quick"


@dataclass(frozen=True, slots=True)
class Showing:
    """A number that a listing shows from a moment on."""

    # Seconds from now.
    after_s: float
    # Listings; None: nobody knows.
    number: int | None


def forecast(
    available: Mapping[Hashable, int],
    listings: Sequence[Held],
    *,
    covered_s: Mapping[Hashable, float],
    round_s: float,
    empties_s: Mapping[Hashable, float] | None = None,
    moves_s: Mapping[Hashable, float] | None = None,
    beyond: Mapping[Hashable, int] | None = None,
) -> dict[Hashable, tuple[Showing, ...]]:
    """Return what each listing shows now, and what after that, in the order of time.

    `available`, `beyond`: as of `shifting.steps`. `covered_s`: in how many seconds a reading of
    its orders will cover what was sent to it before now; without one it never does. `round_s`:
    from one round to the next; the first is now. `empties_s`, `moves_s`: in how many seconds those
    may be emptied, or sent a number, that may not be now.
    """
    held = {w.key: w for w in listings}
    due = {w.key: covered_s.get(w.key, inf) for w in listings if not w.covered}
    shows = {w.key: [Showing(0.0, w.high)] for w in listings}
    may_empty, may_move = dict(empties_s or {}), dict(moves_s or {})
    at = 0.0
    for _ in range(ROUNDS_MAX):
        for key in [k for k, when in due.items() if when <= at]:
            del due[key]
            held[key] = _covered(held[key])
        for key in [k for k, when in may_empty.items() if when <= at]:
            del may_empty[key]
            held[key] = replace(held[key], may_empty=True)
        for key in [k for k, when in may_move.items() if when <= at]:
            del may_move[key]
            held[key] = replace(held[key], movable=True)
        sent = steps(available, list(held.values()), beyond=beyond)
        for key, number in sent.items():
            held[key] = _sent(held[key], number)
            settle_s = held[key].settle_s
            due[key] = inf if settle_s is None else at + settle_s
            if number != shows[key][-1].number:
                shows[key].append(Showing(at, number))
        if not sent:
            ahead = min((*due.values(), *may_empty.values(), *may_move.values()), default=inf)
            if ahead == inf:
                break
            at = max(ceil(ahead / round_s), int(at / round_s) + 1) * round_s
    return {key: tuple(numbers) for key, numbers in shows.items()}


def _covered(held: Held) -> Held:
    if held.bound is None:
        return held
    left = held.bound if held.promised is None else min(held.promised, held.bound)
    return replace(held, promised=left, bound=left, covered=True)


def _sent(held: Held, number: int) -> Held:
    promised = None if held.promised is None else held.promised + number
    return replace(
        held,
        promised=promised,
        bound=number,
        low=number,
        high=number,
        covered=False,
        in_flight=False,
    )


class Line(NamedTuple):
    """What one listing of a product shows, now and from later moments on."""

    # Units of the product in one listing.
    units: int
    # Its units are its own alone; else it shows the same units as the others that share.
    divided: bool
    # Listings, the first of them now; None: nobody knows. Each with its moment, in order.
    numbers: Sequence[tuple[datetime, int | None]]


@dataclass(frozen=True, slots=True)
class Together:
    """How many units of a product buyers may take through all of its listings."""

    # Now, and at the least from now on.
    now: int
    least: int


def together(available: int, lines: Sequence[Line]) -> Together:
    """Return how many of `available` units listings show together, if nobody buys meanwhile.

    What is not known counts for none.
    """
    moments = sorted({at for line in lines for at, _ in line.numbers})
    begin = [line.numbers[0][1] for line in lines]
    totals = [_total(available, lines, begin)]
    for moment in moments:
        numbers = [
            next((n for at, n in reversed(line.numbers) if at <= moment), line.numbers[0][1])
            for line in lines
        ]
        totals.append(_total(available, lines, numbers))
    return Together(totals[0], min(totals))


def _total(available: int, lines: Sequence[Line], numbers: Sequence[int | None]) -> int:
    units = [(line.divided, line.units * (n or 0)) for line, n in zip(lines, numbers, strict=True)]
    own = sum(n for divided, n in units if divided)
    shared = max((n for divided, n in units if not divided), default=0)
    return min(max(0, available), own + shared)


def hours_begin_s(hours: str, at: datetime) -> float:
    """Return in how many seconds the hours of the day `HH:MM-HH:MM` begin; 0: they last.

    By the clock on the wall, as days of 24 hours. Raises `ValueError` for anything else, and where
    they last no time.
    """
    begin, end = (_second(time.fromisoformat(word)) for word in hours.split("-"))
    if begin == end:
        raise ValueError(hours)
    now = _second(local(at).time())
    return 0.0 if (now - begin) % DAY_S < (end - begin) % DAY_S else float((begin - now) % DAY_S)


def _second(moment: time) -> int:
    return moment.hour * 3_600 + moment.minute * 60 + moment.second
