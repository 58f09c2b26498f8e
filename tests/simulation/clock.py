"""Time that passes only when everybody waits, and what happens in the world meanwhile."""

from __future__ import annotations

import asyncio
import heapq
import selectors
from collections import deque
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, TypeVar

T = TypeVar("T")

START = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
SECOND = 1_000_000


def at(us: int) -> datetime:
    """Return the moment `us` microseconds after the start."""
    return START + timedelta(microseconds=us)


class World:
    """The true time, what is going to happen, the one source of chance, and the last events."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.us = 0
        # How far the clock of the program's machine is ahead of the true time.
        self.machine_ahead_us = 0
        # (when, running number, what, whether it is a part of somebody's life)
        self._to_come: list[tuple[int, int, Callable[[], None], bool]] = []
        self._number = 0
        self.trace: deque[str] = deque(maxlen=4000)
        # A number that two equal histories share.
        self.fingerprint = 0
        # Called after everything that happens.
        self.watch: Callable[[], None] = lambda: None

    def by_machine(self, us: int) -> datetime:
        """Return what the machine's clock shows at a moment."""
        return at(us + self.machine_ahead_us)

    def now(self) -> datetime:
        """Return the present moment by the machine's clock; no two are equal."""
        self.us += 1
        return self.by_machine(self.us)

    def tell(self, event: str) -> None:
        """Remember what happened, for the one who looks into a failure."""
        self.trace.append(f"{at(self.us):%d %H:%M:%S.%f} {event}")
        for character in event.encode():
            self.fingerprint = (self.fingerprint * 31 + character) & 0xFFFFFFFF

    def later(self, seconds: float, act: Callable[[], None], *, life: bool = True) -> None:
        """Let something happen in `seconds`; what is no `life` happens in the calm too."""
        self._number += 1
        when = self.us + int(seconds * SECOND)
        heapq.heappush(self._to_come, (when, self._number, act, life))

    def advance(self, seconds: float) -> None:
        """Let time pass and what is due happen."""
        until = self.us + max(1, int(seconds * SECOND))
        while self._to_come and self._to_come[0][0] <= until:
            when, _, act, _ = heapq.heappop(self._to_come)
            self.us = max(self.us, when)
            act()
            self.watch()
        self.us = max(self.us, until)

    def hold_lives(self) -> list[Callable[[], None]]:
        """Take out what lives would bring, and return it in its order; the rest goes on."""
        held = [item[2] for item in sorted(self._to_come, key=lambda i: i[:2]) if item[3]]
        self._to_come = [item for item in self._to_come if not item[3]]
        heapq.heapify(self._to_come)
        return held


class ProgramClock:
    """The clock of the machine that the program runs on."""

    def __init__(self, world: World, pause: Callable[[float], Coroutine[Any, Any, None]]) -> None:
        self._world = world
        self._pause = pause

    def now(self) -> datetime:
        """Return the present moment; no two are equal."""
        return self._world.now()

    async def sleep(self, seconds: float) -> None:
        """Wait; the process may die meanwhile."""
        await self._pause(seconds)


class _Jump(selectors.SelectSelector):
    """Waits for nothing: the time until the next timer passes at once."""

    def __init__(self, world: World) -> None:
        super().__init__()
        self._world = world

    def select(self, timeout: float | None = None) -> list[Any]:
        if timeout is None:
            raise AssertionError("everything waits, and nothing is going to happen")
        if timeout > 0:
            self._world.advance(timeout)
        return []


class VirtualLoop(asyncio.SelectorEventLoop):
    """asyncio over the world's time: who sleeps lets the others and the world go on."""

    def __init__(self, world: World) -> None:
        self._world = world
        super().__init__(_Jump(world))
        self._clock_resolution = 1e-6
        self.set_exception_handler(lambda loop, context: None)

    def time(self) -> float:
        return self._world.us / SECOND


class VirtualAsyncio:
    """Stands in for the module `asyncio` where a program calls `asyncio.run`."""

    def __init__(self, world: World) -> None:
        self._world = world

    def run(self, main: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine to its end in the world's time."""
        with asyncio.Runner(loop_factory=lambda: VirtualLoop(self._world)) as runner:
            return runner.run(main)
