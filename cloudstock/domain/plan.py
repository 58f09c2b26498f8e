"""From targets and beliefs to what is sent: lowerings, then the raisings that are allowed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple


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
    # False where the book may be behind: knowledge of some account's orders is stale, or the
    # marketplace holds more than the book can explain.
    may_raise: bool = True


class Decision(NamedTuple):
    """Send `quantity` for one listing."""

    listing_id: int
    warehouse_id: str
    quantity: int
    phase: Phase


@dataclass(frozen=True, slots=True)
class Plan:
    """What to send, and what is held back because it might raise on stale knowledge."""

    lower: tuple[Decision, ...]
    raise_: tuple[Decision, ...]
    held: tuple[Difference, ...]


def decide(difference: Difference) -> Decision | None:
    """Return what to send for one difference; None where it must be held back.

    Where raising is not allowed, what may be shown too high is still brought down, to the lowest
    number it may be showing already.
    """
    d = difference
    if d.low is None or d.high is None:
        # Nothing is known of it: zero cannot raise, anything else might.
        if d.target == 0:
            return Decision(d.listing_id, d.warehouse_id, 0, Phase.LOWER)
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
    return None if phase is None else Decision(d.listing_id, d.warehouse_id, quantity, phase)


def plan(differences: Iterable[Difference]) -> Plan:
    """Return what to send for all differences, in their order."""
    lower: list[Decision] = []
    raise_: list[Decision] = []
    held: list[Difference] = []
    for difference in differences:
        decision = decide(difference)
        if decision is None:
            held.append(difference)
            continue
        (lower if decision.phase is Phase.LOWER else raise_).append(decision)
        if difference.low is not None and decision.quantity < difference.target:
            held.append(difference)
    return Plan(tuple(lower), tuple(raise_), tuple(held))


@dataclass(frozen=True, slots=True)
class Emptying:
    """A live listing that a plan would take to zero."""

    listing_id: int
    warehouse_id: str
    # What it shows as far as is known, in listings.
    shown: int
    # The most that sales since then explain, in listings.
    sold: int

    @property
    def explained(self) -> bool:
        """True where what was shown has been sold."""
        return self.sold >= self.shown


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
