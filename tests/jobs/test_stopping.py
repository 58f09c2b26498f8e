"""A run that is told to stop ends, whatever loses the first word."""

from __future__ import annotations

import asyncio

import pytest

from cloudstock.jobs.stopping import stoppable


async def deaf(times: int, heard: list[int], waits: asyncio.Event) -> None:
    """Wait for ever; take so many cancellations for somebody else's."""
    while True:
        waits.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            heard.append(times)
            if times == 0:
                raise
            times -= 1


def test_a_cancellation_that_is_lost_is_sent_again() -> None:
    heard: list[int] = []

    async def main() -> None:
        first, second = asyncio.Event(), asyncio.Event()

        async def children() -> None:
            await asyncio.gather(deaf(0, heard, first), deaf(2, heard, second))

        running = asyncio.ensure_future(stoppable(children(), again_s=0.0))
        await first.wait()
        await second.wait()
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running

    asyncio.run(main())
    assert sorted(heard) == [0, 0, 1, 2]


def test_what_ends_by_itself_is_handed_on() -> None:
    async def answer() -> int:
        return 7

    async def fail() -> None:
        raise KeyError("x")

    assert asyncio.run(stoppable(answer())) == 7
    with pytest.raises(KeyError):
        asyncio.run(stoppable(fail()))
