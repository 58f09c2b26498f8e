"""cloudstock, ended by a signal at the n-th of its fault points.

Run as a program: `python mortal.py NUMBER SIGNAL COMMAND...`. A fault point is the moment right
before or after a transaction commits, or right before or after a push. The program itself knows
nothing of them: they are put around its methods here.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

NOT_REACHED = "fault points passed: "


class FaultPoints:
    """Counts what passes, and ends the process at the one it waits for."""

    def __init__(self, number: int, by: signal.Signals) -> None:
        self.number, self.by = number, by
        self.passed = 0

    def pass_one(self) -> None:
        self.passed += 1
        if self.passed == self.number:
            os.kill(os.getpid(), self.by)


def put_around_commits(points: FaultPoints) -> None:
    from cloudstock.store import Store

    whole = Store.transaction

    @contextmanager
    def transaction(self: Store) -> Iterator[None]:
        outermost = not self.connection.in_transaction
        with whole(self):
            yield
            if outermost:
                points.pass_one()
        if outermost:
            points.pass_one()

    Store.transaction = transaction  # type: ignore[method-assign]


def put_around_pushes(points: FaultPoints) -> None:
    from cloudstock.jobs import commands

    opening = commands.open_marketplace

    def open_marketplace(*args: Any, **named: Any) -> Any:
        marketplace: Any = opening(*args, **named)
        send = marketplace.push

        async def push(updates: Any) -> Any:
            points.pass_one()
            outcomes = await send(updates)
            points.pass_one()
            return outcomes

        marketplace.push = push
        return marketplace

    commands.open_marketplace = open_marketplace


def run() -> int:
    points = FaultPoints(int(sys.argv[1]), signal.Signals[sys.argv[2]])
    put_around_commits(points)
    put_around_pushes(points)
    from cloudstock.__main__ import main

    code = main(sys.argv[3:])
    sys.stderr.write(f"{NOT_REACHED}{points.passed}\n")
    return code


if __name__ == "__main__":
    sys.exit(run())
