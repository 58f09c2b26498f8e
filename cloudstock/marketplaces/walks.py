"""What all adapters do with lists: page by page to an end, in batches, and what is remembered."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Sequence
from typing import Generic, TypeVar

import msgspec

from cloudstock.errors import AnswerNotUnderstood
from cloudstock.language import tr
from cloudstock.marketplaces.base import Recent

T = TypeVar("T")
A = TypeVar("A")
P = TypeVar("P")

# A list that is longer than this is a loop.
PAGES_MAX = 20_000


def batches(items: Sequence[T], size: int) -> Iterator[tuple[T, ...]]:
    """Yield the items in order, `size` at a time."""
    for start in range(0, len(items), size):
        yield tuple(items[start : start + size])


def present(records: Iterable[T | None]) -> tuple[T, ...]:
    """Return the records of the rows that have one."""
    return tuple(record for record in records if record is not None)


class Walk:
    """The places at which a walk over one list has been, so that it ends.

    `account` and `endpoint` are named in its errors, which are `AnswerNotUnderstood`.
    """

    def __init__(self, account: str, endpoint: str, *been: object) -> None:
        self._account = account
        self._endpoint = endpoint
        self._been = set(been)

    def pages(self) -> Iterator[int]:
        """Count the pages; raises after `PAGES_MAX`."""
        yield from range(PAGES_MAX)
        raise AnswerNotUnderstood(
            tr(
                "{name}: {endpoint} has more than {most} pages",
                name=self._account,
                endpoint=self._endpoint,
                most=PAGES_MAX,
            )
        )

    def go_to(self, place: object) -> None:
        """Go on to the page at this place; raises where the walk has been there."""
        if place in self._been:
            raise self.same_page()
        self._been.add(place)

    def has_been(self, place: object) -> bool:
        """Return whether the walk was at this place."""
        return place in self._been

    def same_page(self) -> AnswerNotUnderstood:
        """Return the error for a list that stands still."""
        return AnswerNotUnderstood(
            tr(
                "{name}: {endpoint} gave the same page twice; try again later",
                name=self._account,
                endpoint=self._endpoint,
            )
        )

    def no_way_on(self) -> AnswerNotUnderstood:
        """Return the error for a full page that does not tell where the next one begins."""
        return AnswerNotUnderstood(
            tr(
                "{name}: {endpoint} gave a full page and not where the next one begins",
                name=self._account,
                endpoint=self._endpoint,
            )
        )


async def walk(
    account: str,
    endpoint: str,
    first: P,
    ask: Callable[[P], Awaitable[A]],
    following: Callable[[A], P | None],
) -> AsyncIterator[A]:
    """Ask for a list from position `first` on; yield its pages.

    `following` returns where the next page begins, None at the end. Raises as `Walk` does.
    """
    position = first
    place = Walk(account, endpoint, first)
    for _ in place.pages():
        page = await ask(position)
        yield page
        after = following(page)
        if after is None:
            return
        place.go_to(after)
        position = after


class Remembered(Generic[T]):
    """An answer of an earlier run that saves this one a question.

    `recent` None: nothing is. What another version wrote otherwise is not remembered.
    """

    def __init__(self, recent: Recent | None, what: str, kind: type[T]) -> None:
        self._recent = recent
        self._what = what
        self._kind = kind

    def recall(self, *, age_max_s: float) -> T | None:
        """Return what was kept, if it is no older than that; else None."""
        text = (
            None if self._recent is None else self._recent.recall(self._what, age_max_s=age_max_s)
        )
        try:
            return None if text is None else msgspec.json.decode(text, type=self._kind)
        except msgspec.DecodeError:
            return None

    def keep(self, answer: T) -> None:
        """Keep an answer that was given now."""
        if self._recent is not None:
            self._recent.keep(self._what, msgspec.json.encode(answer).decode())

    def forget(self) -> None:
        """Forget what was kept: the next run asks."""
        if self._recent is not None:
            self._recent.keep(self._what, None)
