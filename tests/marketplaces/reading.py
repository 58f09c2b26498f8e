"""How a test reads from an adapter, and what it hears of words that no table knows."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import TypeVar

from cloudstock.marketplaces.base import Page
from cloudstock.marketplaces.clock import Clock

R = TypeVar("R")


async def _gather(pages: AsyncIterator[Page[R]]) -> list[Page[R]]:
    return [page async for page in pages]


def pages_of(pages: AsyncIterator[Page[R]]) -> list[Page[R]]:
    return asyncio.run(_gather(pages))


def records_of(pages: AsyncIterator[Page[R]]) -> list[R]:
    return [record for page in pages_of(pages) for record in page.records]


class Notebook(dict[str, tuple[str, datetime]]):
    """What an adapter keeps from one run to the next, with its age."""

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self._clock = clock

    def recall(self, what: str, *, age_max_s: float) -> str | None:
        if what not in self:
            return None
        answer, at = self[what]
        return answer if self._clock.now() - at <= timedelta(seconds=age_max_s) else None

    def keep(self, what: str, answer: str | None) -> None:
        self.pop(what, None)
        if answer is not None:
            self[what] = answer, self._clock.now()


class Words(list[tuple[str, ...]]):
    """Remembers what was met that no table knows."""

    def __call__(self, field: str, word: object, *, left_out: bool = False) -> None:
        self.append((field, "" if word is None else str(word)))

    def met(self, place: str, field: str, word: str, *, left_out: bool = False) -> None:
        self.append((place, field, word))


def known(field: str, word: object, *, left_out: bool = False) -> None:
    raise AssertionError(f"{field} is {word!r}, which no table knows")
