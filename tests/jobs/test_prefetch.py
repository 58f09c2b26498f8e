"""The next page is asked for while the last one is being written, and nothing is lost by it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from cloudstock.jobs.prefetch import prefetch
from cloudstock.marketplaces.base import Page


class Walk:
    """Pages 1 to `count`, each answered when it is let go; tells what was asked and what ended."""

    def __init__(self, count: int, *, fails: bool = False) -> None:
        self.count = count
        self.fails = fails
        self.asked: list[int] = []
        self.cancelled = False

    async def pages(self, *, slow_from: int = 99) -> AsyncIterator[Page[int]]:
        for number in range(1, self.count + 1):
            self.asked.append(number)
            try:
                await (asyncio.Event().wait() if number >= slow_from else asyncio.sleep(0))
            except asyncio.CancelledError:
                self.cancelled = True
                raise
            yield Page((number,))
        if self.fails:
            raise ConnectionError


def test_every_page_is_given_once_in_order_with_the_next_one_asked_for() -> None:
    walk = Walk(4)

    async def read() -> list[tuple[int, int]]:
        async with prefetch(walk.pages()) as pages:
            return [(page.records[0], walk.asked[-1]) async for page in pages]

    assert asyncio.run(read()) == [(1, 2), (2, 3), (3, 4), (4, 4)]


def test_no_pages_are_no_pages() -> None:
    async def read() -> list[Page[int]]:
        async with prefetch(Walk(0).pages()) as pages:
            return [page async for page in pages]

    assert asyncio.run(read()) == []


def test_what_was_read_before_a_failure_is_given_first() -> None:
    given: list[int] = []

    async def read() -> None:
        async with prefetch(Walk(2, fails=True).pages()) as pages:
            async for page in pages:
                given.extend(page.records)

    with pytest.raises(ConnectionError):
        asyncio.run(read())
    assert given == [1, 2]


@pytest.mark.parametrize("trouble", [ValueError, asyncio.CancelledError])
def test_a_reader_that_stops_leaves_no_request_behind(trouble: type[BaseException]) -> None:
    walk = Walk(9)

    def write(page: Page[int]) -> None:
        if page.records == (2,):
            raise trouble

    async def read() -> int:
        try:
            async with prefetch(walk.pages(slow_from=3)) as pages:
                async for page in pages:
                    write(page)
        except trouble:
            return len(asyncio.all_tasks())
        return -1

    assert asyncio.run(read()) == 1
    assert walk.asked == [1, 2, 3]
    assert walk.cancelled
