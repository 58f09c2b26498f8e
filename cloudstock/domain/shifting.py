"""How divided pairs come to show their parts, one step at a time, with nothing promised twice.

A number that is sent is promised beside what was promised before (see `quotas`), so raising a
pair from 3 to 4 needs 4 units that nobody was promised. Where there are fewer, units are freed
first: by sending 0, which promises nothing, and by waiting until orders are read.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

# A pair is not emptied for a while so that it may show a twentieth more, or less than that.
WORTH_EMPTYING = 20
# Nor where what it shows is sold about as soon as its units could be sold elsewhere: in less than
# so many times as long as its orders take to be known.
SOLD_MEANWHILE = 4


@dataclass(frozen=True, slots=True)
class Held:
    """A pair among which units are divided, as it stands."""

    key: Hashable
    # Units of each product in its warehouse that one listing takes.
    parts: Mapping[Hashable, int]
    # Its part: what it should show; None: nothing is to be sent to it.
    part: int | None
    # What it may still sell, at most; None: unknown.
    promised: int | None
    # What it will have been promised once its orders are read; None: unknown.
    bound: int | None
    # What it is believed to show; None: unknown.
    low: int | None
    high: int | None
    # What was promised before may still be freed by reading orders.
    covered: bool
    # A push is on its way, or ended without an answer.
    in_flight: bool = False
    # `split`: it is never lowered to a number for which there is no room. Others may be.
    strict: bool = True
    # A number can be sent to it now.
    movable: bool = True
    # It may be emptied so that its units can go to others, or come back to it with more.
    may_empty: bool = True
    # It was left right by whoever sent it, and nobody knows with what, until it is read.
    unread: bool = False
    # How long after a number was taken its orders tell what was sold before; None: nobody knows.
    settle_s: float | None = None
    # Seconds in which what it shows is sold, at the pace of the last hours or minutes; None: nobody
    # knows, or it shows nothing.
    lasts_s: float | None = None

    @property
    def sells_out(self) -> bool:
        """True where emptying it so as to move its units sells no more of them."""
        return (
            self.lasts_s is not None
            and self.settle_s is not None
            and self.lasts_s < SOLD_MEANWHILE * self.settle_s
        )

    @property
    def right(self) -> bool:
        """True where it certainly shows its part, or nothing is to be sent."""
        return self.part is None or (self.low == self.part and self.high == self.part)

    @property
    def may_sell(self) -> int:
        """What it may still sell as far as is known; where that is unknown, what it shows."""
        return (self.high or 0) if self.promised is None else self.promised

    @property
    def frees(self) -> bool:
        """True where reading its orders will free units, or tell what it may sell."""
        if self.covered:
            return False
        return self.promised is None or self.bound is None or self.bound < self.promised


@dataclass(slots=True)
class _Room:
    """Units that nobody was promised, by product."""

    free: dict[Hashable, int]
    # Products of which some pair may sell nobody knows how many.
    unknown: set[Hashable] = field(default_factory=set)
    # Products of which units are about to be freed.
    moving: set[Hashable] = field(default_factory=set)
    # Units that may be promised once beyond those there are, where a pair is lowered.
    beyond: Mapping[Hashable, int] = field(default_factory=dict)

    def most(self, pair: Held, *, freed: int = 0, lowered: bool = False) -> int:
        """Return how many listings could be sent to a pair, with `freed` listings of its own."""
        if self.unknown.intersection(pair.parts):
            return 0
        beyond = self.beyond if lowered else {}
        return max(
            0,
            min((self.free[p] + beyond.get(p, 0)) // n + freed for p, n in pair.parts.items()),
        )

    def take(self, pair: Held, listings: int) -> None:
        for product, units in pair.parts.items():
            self.free[product] -= listings * units

    def waits(self, pair: Held) -> bool:
        return bool(self.moving.intersection(pair.parts))


def steps(
    available: Mapping[Hashable, int],
    pairs: Sequence[Held],
    *,
    beyond: Mapping[Hashable, int] | None = None,
) -> dict[Hashable, int]:
    """Return what to send now, by pair; the others wait, or are right.

    `available`: units on hand less reserved and buffer, for every product of the pairs. After
    what is returned has been sent, `sum(promised x units) <= available` holds wherever it held
    before, and a pair that is `strict` was sent more than 0 only where it does. Or, where it was
    lowered, `sum(promised x units) <= available + beyond`: units by product, for once.
    """
    room = _room(available, pairs)
    room.beyond = beyond or {}
    sent: dict[Hashable, int] = {}
    _lower(room, pairs, sent)
    _raise(room, [w for w in pairs if w.key not in sent], sent)
    return sent


def _room(available: Mapping[Hashable, int], pairs: Iterable[Held]) -> _Room:
    room = _Room(dict(available))
    for pair in pairs:
        if pair.promised is None:
            room.unknown.update(pair.parts)
        else:
            room.take(pair, pair.promised)
        if pair.frees:
            room.moving.update(pair.parts)
    return room


def _lower(room: _Room, pairs: Sequence[Held], sent: dict[Hashable, int]) -> None:
    """Bring down what shows, or may show, more than its part."""
    lacking = _lacking(room, pairs)
    to_empty = []
    # What is under way was promised already: sent once more, it takes only what others leave.
    for pair in sorted(pairs, key=lambda w: w.in_flight):
        part = pair.part
        if part is None or not pair.movable:
            continue
        if pair.high is None or pair.low is None:
            # It may show anything.
            if not (part and pair.unread):
                sent[pair.key] = 0
        elif pair.high > part:
            lowered = part <= pair.low
            if not pair.strict or room.most(pair, lowered=lowered) >= part:
                sent[pair.key] = part
                room.take(pair, part)
                # What it was promised before is free when its orders are read.
                room.moving.update(pair.parts)
                _give_up(lacking, pair, keeps=part)
            else:
                to_empty.append(pair)
    # Where more is promised than there is, as few as possible are emptied; else one at a time, so
    # that the others go on selling meanwhile.
    slowest = max((w.settle_s or 0 for w in to_empty), default=0) or 1
    together = sum(w.part or 0 for w in to_empty)
    # While the last is emptied in its turn, all are. So it had better be one whose orders tell
    # soon; unless it sells most of all, and parts follow sales.
    to_empty.sort(
        key=lambda w: (w.part or 0) - w.may_sell - together * (w.settle_s or 0) / slowest,
    )
    for pair in to_empty:
        lacks = any(lacking.get(p, 0) < 0 for p in pair.parts)
        if not lacks and (
            not pair.may_empty or pair.sells_out or room.waits(pair) or pair.low != pair.high
        ):
            # What it holds is sold there, or first orders are read, or what it shows.
            continue
        sent[pair.key] = 0
        _give_up(lacking, pair, keeps=0)
        room.moving.update(pair.parts)


def _give_up(lacking: dict[Hashable, int], pair: Held, *, keeps: int) -> None:
    """Take off what is lacking what a pair that is sent `keeps` will not hold any more."""
    for product, units in pair.parts.items():
        if product in lacking:
            lacking[product] += max(0, _stays(pair) - keeps) * units


def _lacking(room: _Room, pairs: Sequence[Held]) -> dict[Hashable, int]:
    """Return the units that will be lacking (below 0) when orders have been read, by product."""
    free = dict(room.free)
    for pair in pairs:
        for product, units in pair.parts.items():
            # What is unknown took no room.
            free[product] += ((pair.promised or 0) - _stays(pair)) * units
    return {product: units for product, units in free.items() if units < 0}


def _stays(pair: Held) -> int:
    """Return what a pair will hold when its orders have been read, if it is sent nothing."""
    stays = pair.may_sell
    if not pair.covered and pair.bound is not None:
        stays = min(stays, pair.bound)
    if not pair.strict and pair.part is not None and pair.movable:
        # It is lowered in any case.
        stays = min(stays, pair.part)
    return stays


def _raise(room: _Room, pairs: Sequence[Held], sent: dict[Hashable, int]) -> None:
    """Let pairs show more as far as there is room; make room where that is worth it."""
    hungry = [
        w
        for w in pairs
        if w.movable
        and not w.right
        and w.part is not None
        and w.high is not None
        and w.high <= w.part
    ]
    # Who has the least comes first; of those that sell fast who shows the least, since what is
    # promised to it besides will be free only when others have sold it.
    hungry.sort(key=lambda w: (w.high if w.sells_out else w.promised) or 0)
    for pair in hungry:
        part = pair.part or 0
        number = min(part, room.most(pair))
        if part and (_may_reach(pair) if number == part else _may_begin(room, pair, number)):
            sent[pair.key] = number
            room.take(pair, number)
    for pair in hungry:
        if pair.key not in sent and _worth_emptying(room, pair):
            sent[pair.key] = 0
            room.moving.update(pair.parts)


def _may_reach(pair: Held) -> bool:
    """Tell whether a pair is shown its part now that there is room for it.

    All of it is promised once more: while it sells fast, a few more on top of what was sent just
    now would keep from the others, until its orders are read, what they could sell.
    """
    return pair.covered or not pair.sells_out or (pair.part or 0) >= 2 * (pair.high or 0)


def _may_begin(room: _Room, pair: Held, number: int) -> bool:
    """Tell whether a pair that has nothing, or little, is given a part of its part.

    What it lacks then costs emptying it once more: where more is about to be freed, it waits.
    """
    if pair.sells_out and pair.high and number >= 2 * pair.high:
        # It will not be emptied: it sells meanwhile what was delivered.
        return True
    if not number or not pair.covered:
        return False
    if not pair.may_empty and number > (pair.high or 0) and not room.waits(pair):
        # It will not be emptied to have more, so it takes what there is room for.
        return True
    if pair.promised != 0:
        return False
    return not room.waits(pair) or 2 * number >= (pair.part or 0)


def _worth_emptying(room: _Room, pair: Held) -> bool:
    """Tell whether a pair should show nothing for a while so as to show more after that."""
    if not pair.may_empty or pair.sells_out or not pair.covered or pair.in_flight:
        return False
    if pair.low != pair.high:
        # A reading of orders, or of what it shows, comes first.
        return False
    promised = pair.promised or 0
    if not promised or room.waits(pair):
        return False
    most = min(pair.part or 0, room.most(pair, freed=promised))
    if most > promised:
        return (most - promised) * WORTH_EMPTYING >= promised
    # It shows less than it was promised: somebody lowered it.
    return most == promised and (most - (pair.high or 0)) * WORTH_EMPTYING >= promised
