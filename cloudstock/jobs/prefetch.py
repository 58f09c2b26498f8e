"""Asks for the next page while the last one is being written."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from cloudstock import progress
from cloudstock.marketplaces.base import Page

T = TypeVar("T", bound=Page[Any])

# Turns of the event loop that a request takes from its beginning to the network.
_TURNS = 4


@asynccontextmanager
async def prefetch(pages: AsyncIterator[T]) -> AsyncIterator[AsyncIterator[T]]:
    """Give the pages in order, each one when the request for the next one has been sent.

    The walk that asks is one page ahead at most. Where it fails, what was read before is given
    first; where the reader stops, the request on its way is cancelled. Records are counted as
    progress.
    """
    walk = aiter(pages)
    coming: list[asyncio.Task[T | None]] = []

    async def given() -> AsyncIterator[T]:
        coming.append(asyncio.create_task(_next(walk)))
        while (page := await coming[-1]) is not None:
            coming[:] = [asyncio.create_task(_next(walk))]
            for _ in range(_TURNS):
                await asyncio.sleep(0)
            progress.advance(len(page.records))
            yield page

    try:
        yield given()
    finally:
        for task in coming:
            task.cancel()
        await asyncio.gather(*coming, return_exceptions=True)


async def _next(walk: AsyncIterator[T]) -> T | None:
    return await anext(walk, None)
