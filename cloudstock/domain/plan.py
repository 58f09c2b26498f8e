"""From targets and beliefs to one ordered list of what is done: lowered, read, raised."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum, StrEnum
from typing import NamedTuple

# A listing and a marketplace warehouse.
Pair = tuple[int, str]


class Phase(StrEnum):
    """When an update leaves; every account's lowerings leave before any raising."""

    LOWER = "lower"
    RAISE = "raise"


class Difference(NamedTuple):
    """A listing in one warehouse that is not certainly showing its target."""

    listing_id: int
    warehouse_id: str
    target: int
    # Belief; None where nothing is known.
    low: int | None
    high: int | None
    # False where the database may be behind: knowledge of some account's orders is stale, or the
    # marketplace holds more than the database can explain.
    may_raise: bool = True
    # The marketplace would refuse it before that moment; None: any time.
    due_at: datetime | None = None
    # Its units are its own alone, so that only what there is room for may be sent.
    divided: bool = False

    @property
    def pair(self) -> Pair:
        """The listing and the warehouse."""
        return self.listing_id, self.warehouse_id


class Decision(NamedTuple):
    """Send `quantity` for one listing."""

    listing_id: int
    warehouse_id: str
    quantity: int
    phase: Phase


class Stage(IntEnum):
    """What all accounts do at the same time, before any of them goes on to the next."""

    # Lowerings of divided listings, where there are more of others than one request holds.
    LOWER_SCARCE = 1
    LOWER = 2
    # Divided listings are read before any of them is raised.
    READ = 3
    RAISE = 4
    # What has to wait for the marketplace's limit on repeats.
    LATE = 5


class Action(NamedTuple):
    """One thing to do for a listing in one warehouse."""

    stage: Stage
    pair: Pair
    # None: it is read.
    decision: Decision | None
    # Not to be done before that moment.
    due_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """What one account does, in this order, and how much is left."""

    actions: tuple[Action, ...]
    # Not raised to their target, because what is known may be behind.
    held: int
    # Divided ones for which there is no room yet.
    waiting: int

    def at(self, stage: Stage) -> tuple[Action, ...]:
        """Return the actions of one stage, in their order."""
        return tuple(action for action in self.actions if action.stage is stage)

    @property
    def decisions(self) -> list[Decision]:
        """All that is to be sent, in its order."""
        return [action.decision for action in self.actions if action.decision is not None]


def decide(
    differences: Iterable[Difference],
    *,
    room: Mapping[Pair, int],
    withheld: Collection[Pair] = (),
    push_batch: int,
) -> Plan:
    """Return what one account does about its differences.

    `room`: what divided listings may show now; those that are not in it wait for their turn.
    `withheld`: those that are not emptied. `push_batch`: how many one request holds.
    """
    actions: list[Action] = []
    held = waiting = 0
    divided: set[Pair] = set()
    for d in differences:
        decision = divided_decision(d, room.get(d.pair)) if d.divided else plain_decision(d)
        if d.divided:
            divided.add(d.pair)
            if _is_read_first(d, decision, room):
                actions.append(Action(Stage.READ, d.pair, None))
            if d.pair not in room:
                waiting += not d.low == d.target == d.high
                continue
        held += decision is None or _is_cut(d, decision)
        if decision is None or (d.pair in withheld and decision.quantity == 0):
            continue
        stage = Stage.LOWER if decision.phase is Phase.LOWER else Stage.RAISE
        actions.append(Action(Stage.LATE if d.due_at else stage, d.pair, decision, d.due_at))
    actions = sorted(_scarce_apart(actions, divided, push_batch), key=_order)
    return Plan(tuple(actions), held, waiting)


def plain_decision(difference: Difference) -> Decision | None:
    """Return what to send for one difference; None where it must be held back.

    Where raising is not allowed, what may be shown too high is still brought down, to the lowest
    number it may be showing already.
    """
    d = difference
    if d.low is None or d.high is None:
        # Nothing is known of it: zero cannot raise, anything else might.
        if d.target == 0:
            return Decision(*d.pair, 0, Phase.LOWER)
        phase = Phase.RAISE if d.may_raise else None
        quantity = d.target
    elif d.target <= d.low:
        phase, quantity = Phase.LOWER, d.target
    elif d.may_raise:
        phase, quantity = Phase.RAISE, d.target
    elif d.low < d.high:
        phase, quantity = Phase.LOWER, d.low
    else:
        phase, quantity = None, d.low
    return None if phase is None else Decision(*d.pair, quantity, phase)


def divided_decision(difference: Difference, room: int | None) -> Decision | None:
    """Return what to send for a divided listing that may show `room`; None: nothing now."""
    d = difference
    if room is None:
        return None
    if room <= (d.low or 0):
        return Decision(*d.pair, room, Phase.LOWER)
    return Decision(*d.pair, room, Phase.RAISE) if d.may_raise else None


def by_hand(difference: Difference, room: int | None) -> int | None:
    """Return the number that a person may enter in the cabinet; None: none, as a push would wait.

    A divided listing is not raised so: nobody would know that the units are promised.
    """
    d = difference
    if d.low == d.target == d.high:
        return d.target
    decision = divided_decision(d, room) if d.divided else plain_decision(d)
    if decision is None or (d.divided and decision.phase is Phase.RAISE):
        return None
    return decision.quantity


def _is_read_first(d: Difference, decision: Decision | None, room: Mapping[Pair, int]) -> bool:
    """Is a divided listing to be read: raised, or waiting and not certain what it shows?"""
    if d.pair not in room:
        return d.low != d.high
    return decision is not None and decision.phase is Phase.RAISE


def _is_cut(d: Difference, decision: Decision) -> bool:
    """Is less sent than the target, because it must not be raised?"""
    return not d.divided and d.low is not None and decision.quantity < d.target


def _scarce_apart(
    actions: Sequence[Action], divided: Collection[Pair], push_batch: int
) -> Iterable[Action]:
    """Give lowerings of divided listings requests of their own, that they leave first.

    That costs one request more at most, and none where all fit into one.
    """
    few = sum(action.stage is Stage.LOWER for action in actions) <= push_batch
    for action in actions:
        apart = action.stage is Stage.LOWER and action.pair in divided and not few
        yield action._replace(stage=Stage.LOWER_SCARCE) if apart else action


def _order(action: Action) -> tuple[Stage, bool, int]:
    """Sort by stage; of lowerings the smallest numbers first."""
    lowers = action.decision is not None and action.decision.phase is Phase.LOWER
    quantity = action.decision.quantity if action.decision is not None and lowers else 0
    return action.stage, not lowers, quantity


@dataclass(frozen=True, slots=True)
class Emptying:
    """A live listing that a plan would take to zero."""

    listing_id: int
    warehouse_id: str
    # What it shows as far as is known, in listings.
    showing: int
    # The most that sales since then explain, in listings.
    sold: int

    @property
    def explained(self) -> bool:
        """True where what was shown has been sold."""
        return self.sold >= self.showing


def withheld(
    emptyings: Sequence[Emptying], *, live: int, max_percent: int, min_listings: int
) -> tuple[Emptying, ...]:
    """Return the emptyings that look like an accident: too many at once, not explained by sales.

    `live`: how many of the account's listings show more than zero. Few are never an accident;
    many are one or none, so the answer is all of the unexplained or nothing.
    """
    unexplained = tuple(e for e in emptyings if not e.explained)
    if len(unexplained) < min_listings or len(unexplained) * 100 <= max_percent * live:
        return ()
    return unexplained
