"""Ends a run for certain: a cancellation that got lost on its way is sent again."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")

# An obedient run ends within milliseconds; cron's SIGTERM is to take effect within 5 s.
AGAIN_S = 0.5


async def stoppable(work: Coroutine[Any, Any, T], *, again_s: float = AGAIN_S) -> T:
    """Return what `work` returns; once cancelled, cancel all of it until it has ended.

    A library that is just giving up on something of its own may take a cancellation from outside
    for its own and go on. On a busy machine that happened while a connection was being made, and
    the run waited out its time limits.
    """
    task = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        here = asyncio.current_task()
        while not task.done():
            for other in asyncio.all_tasks():
                if other is not here:
                    other.cancel()
            await asyncio.wait({task}, timeout=again_s)
        raise
