"""Ends a run for certain: a cancellation that got lost on its way is sent again."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")

# An obedient run ends within milliseconds; cron's SIGTERM is to take effect within 5 s.
AGAIN_S = 0.5


async def stoppable(work: Coroutine[Any, Any, T], *, again_s: float = AGAIN_S) -> T:
    """Return what `work` returns; once cancelled, cancel all it began until all has ended.

    A library that is just giving up on something of its own may take a cancellation from outside
    for its own and go on. On a busy machine that happened while a connection was being made, and
    the run waited out its time limits.
    """
    others = asyncio.all_tasks()
    task = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        while running := asyncio.all_tasks() - others:
            for each in running:
                each.cancel()
            await asyncio.wait(running, timeout=again_s)
        if not task.cancelled():
            # What it ended with instead matters no more; asked for, it is not told at exit.
            task.exception()
        raise
