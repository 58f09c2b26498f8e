"""What goes wrong: deaths of processes, bad answers, and the account kept of all of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from sqlite3 import Connection
from typing import Any

from tests.simulation.clock import World


class Killed(BaseException):
    """The process is dead: nothing it does from here on has any effect."""


class Broken(AssertionError):
    """A promise did not hold."""


@dataclass(slots=True)
class Report:
    """What was done to the program, and what it did."""

    days: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    kills: Counter[str] = field(default_factory=Counter)
    done: Counter[str] = field(default_factory=Counter)

    def add(self, other: Report) -> None:
        """Add another report's figures."""
        self.days += other.days
        self.faults.update(other.faults)
        self.kills.update(other.kills)
        self.done.update(other.done)


class Process:
    """One command at work: it may die at any of its steps, and then all its files are closed."""

    def __init__(self, name: str, world: World, report: Report, *, kill_at: int | None) -> None:
        self.name = name
        self.dead = False
        self.steps = 0
        # Rounds of pushing by account, and the accounts sent to since their orders were read.
        self.rounds: Counter[str] = Counter()
        self.unread: set[str] = set()
        # Somebody else has acted while it was at work.
        self.disturbed = False
        self.connections: list[Connection] = []
        # The book it opened last.
        self.store: Any = None
        # step -> what somebody else does at that moment.
        self.meanwhile: dict[int, Callable[[], None]] = {}
        self._world = world
        self._report = report
        self._kill_at = kill_at

    def step(self, kind: str, *, waits: bool) -> None:
        """Go one step on; `waits`: nothing is half done in the book, others may act."""
        if self.dead:
            raise Killed
        self.steps += 1
        if self._kill_at is not None and self.steps >= self._kill_at:
            self._report.kills[kind] += 1
            self._world.tell(f"KILLED {self.name} at {kind}")
            self.dead = True
            # What SQLite has not committed is gone, as with the process.
            for connection in self.connections:
                connection.close()
            raise Killed
        if waits:
            self.disturbed = self.disturbed or any(m <= self.steps for m in self.meanwhile)
            for moment in [m for m in self.meanwhile if m <= self.steps]:
                self.meanwhile.pop(moment)()


# Chance per request of each fault, on the worst of days.
KINDS = {
    "throttled": 0.02,
    "5xx": 0.03,
    "lost before": 0.02,
    "lost after": 0.03,
    "not understood": 0.01,
    "credentials": 0.002,
    "batch refused": 0.01,
    "page twice": 0.05,
    "page shuffled": 0.1,
    "stale order": 0.15,
    "stale stock": 0.02,
    "left out": 0.02,
    "item later": 0.01,
    "item unknown": 0.01,
    "slow": 0.02,
}


@dataclass(slots=True)
class Weather:
    """How much goes wrong at one marketplace today."""

    world: World
    report: Report
    # 0: nothing.
    severity: float = 0.0
    # Until then no request is answered.
    outage_until: int = 0
    # Fault kinds that do not happen here.
    never: frozenset[str] = frozenset()

    def strikes(self, kind: str) -> bool:
        """Draw whether a fault happens now, and keep account of it."""
        if not self.severity or kind in self.never:
            return False
        if self.world.random.random() >= KINDS[kind] * self.severity:
            return False
        self.report.faults[kind] += 1
        return True
