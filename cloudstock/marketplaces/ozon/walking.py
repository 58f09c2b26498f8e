"""Walks through Ozon's lists, page by page, to an end that can be relied on."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import NoReturn, TypeVar

from msgspec.structs import replace

from cloudstock.errors import AnswerNotUnderstood, RequestRefused
from cloudstock.language import tr
from cloudstock.marketplaces.base import Recent
from cloudstock.marketplaces.http import Http
from cloudstock.marketplaces.ozon import facts, parse, wire
from cloudstock.marketplaces.pace import Limit
from cloudstock.settings import Account

T = TypeVar("T")
A = TypeVar("A")

_PERIOD = "ozon-period"


class Walks:
    """The lists of one account."""

    def __init__(self, account: Account, http: Http, recent: Recent | None) -> None:
        self._account = account
        self._http = http
        self._recent = recent
        self._period: timedelta | None = None

    async def pages(
        self,
        path: str,
        first: T,
        ask: Callable[[T], object],
        answer: type[A],
        following: Callable[[A], T | None],
        *,
        limit: Limit = facts.GENERAL_LIMIT,
    ) -> AsyncIterator[A]:
        """Walk a list from position `first`; `following` returns the next one, None at the end.

        Raises AnswerNotUnderstood where a position comes back, or the list has no end.
        """
        position = first
        been = {position}
        for _ in range(facts.PAGES_MAX):
            page = await self._http.call(
                "POST", path, limit=limit, answer=answer, body=ask(position)
            )
            yield page
            after = following(page)
            if after is None:
                return
            if after in been:
                self._same_page(path)
            been.add(after)
            position = after
        self._no_end(path)

    async def postings(self, only: wire.PostingsFilter) -> AsyncIterator[wire.PostingsPage]:
        """Walk the postings of a filter, however long its period: POST /v4/posting/fbs/list."""
        since = only.since
        while since < only.to:
            to = min(since + self._longest(), only.to)
            try:
                async for page in self._period_of(replace(only, since=since, to=to)):
                    yield page
            except RequestRefused as problem:
                if facts.PERIOD_TOO_LONG not in str(problem) or not self._shorten():
                    raise
                continue
            since = to

    def _longest(self) -> timedelta:
        """How long a period may be that one question is about."""
        if self._period is None:
            remembered = None
            if self._recent is not None:
                remembered = self._recent.recall(_PERIOD, age_max_s=facts.PERIOD_SHORT_FOR_S)
            short = remembered is not None
            self._period = facts.POSTINGS_PERIOD_SHORT if short else facts.POSTINGS_PERIOD
        return self._period

    def _shorten(self) -> bool:
        """Ask about shorter periods from now on; False: they are short already."""
        if self._longest() <= facts.POSTINGS_PERIOD_SHORT:
            return False
        self._period = facts.POSTINGS_PERIOD_SHORT
        if self._recent is not None:
            self._recent.keep(_PERIOD, "short")
        return True

    async def _period_of(self, only: wire.PostingsFilter) -> AsyncIterator[wire.PostingsPage]:
        """Walk one period, the oldest start of processing first.

        Where a cursor comes back, or a page brings nothing new, the list may be at its end or may
        stand still: so it is asked once more from the newest start of processing on. Raises
        AnswerNotUnderstood where that leads no further and there may be more.
        """
        since, cursor = only.since, ""
        been: set[str] = {cursor}
        last: frozenset[str | None] = frozenset()
        newest: datetime | None = None
        for _ in range(facts.PAGES_MAX):
            page = await self._http.call(
                "POST",
                facts.POSTINGS,
                limit=facts.GENERAL_LIMIT,
                answer=wire.PostingsPage,
                body=wire.PostingsRequest(
                    replace(only, since=since), facts.POSTINGS_PER_PAGE, cursor
                ),
            )
            rows = page.postings or ()
            numbers = frozenset(row.posting_number for row in rows)
            fresh = bool(numbers - last)
            if fresh:
                yield page
            newest = max(_starts(page), default=newest)
            after = page.following(len(rows), facts.POSTINGS_PER_PAGE)
            if after is None:
                return
            if fresh and after not in been:
                been.add(after)
                cursor, last = after, numbers
                continue
            if newest is None or newest <= since:
                if len(rows) >= facts.POSTINGS_PER_PAGE:
                    self._same_page(facts.POSTINGS)
                return
            since, cursor, been, last = newest, "", {""}, last | numbers
        self._no_end(facts.POSTINGS)

    async def returns(self, only: wire.ReturnsFilter) -> AsyncIterator[tuple[wire.ReturnRow, ...]]:
        """Walk the returns of a filter: POST /v1/returns/list."""
        place = _ById()
        for _ in range(facts.PAGES_MAX):
            page = await self._http.call(
                "POST",
                facts.RETURNS,
                limit=facts.GENERAL_LIMIT,
                answer=wire.ReturnsPage,
                body=wire.ReturnsRequest(only, facts.RETURNS_PER_PAGE, place.last_id),
            )
            rows = page.returns or ()
            fresh = tuple(row for row in rows if row.id not in place.page)
            if fresh:
                yield fresh
            if not page.goes_on(facts.RETURNS_PER_PAGE):
                return
            if not place.moves_on([row.id or 0 for row in rows]):
                self._same_page(facts.RETURNS)
        self._no_end(facts.RETURNS)

    async def claims(self, only: wire.ClaimsFilter) -> AsyncIterator[tuple[wire.ClaimRow, ...]]:
        """Walk the claims of a filter: POST /v2/returns/rfbs/list. It tells no end."""
        place = _ById()
        for _ in range(facts.PAGES_MAX):
            position = {"last_id": place.last_id} if place.last_id else {}
            page = await self._http.call(
                "POST",
                facts.CLAIMS,
                limit=facts.GENERAL_LIMIT,
                answer=wire.ClaimsPage,
                body=wire.ClaimsRequest(only, facts.CLAIMS_PER_PAGE, **position),
            )
            fresh = tuple(row for row in page.rows if row.return_id not in place.page)
            if fresh:
                yield fresh
            if len(page.rows) < facts.CLAIMS_PER_PAGE:
                return
            if not place.moves_on([row.return_id or 0 for row in page.rows]):
                self._same_page(facts.CLAIMS)
        self._no_end(facts.CLAIMS)

    def _same_page(self, path: str) -> NoReturn:
        raise AnswerNotUnderstood(
            tr("{name}: POST {path} sent the same page twice", name=self._account.name, path=path)
        )

    def _no_end(self, path: str) -> NoReturn:
        raise AnswerNotUnderstood(
            tr(
                "{name}: POST {path} goes on after {most} pages",
                name=self._account.name,
                path=path,
                most=facts.PAGES_MAX,
            )
        )


class _ById:
    """The place in a list that goes on from the id of the last row so far.

    In which order rows come is not said. Where the last of a page does not lead on, because some
    come again, the greatest does.
    """

    def __init__(self) -> None:
        # Nothing at first.
        self.last_id = 0
        # The ids of the page before.
        self.page: frozenset[int] = frozenset()
        self._been = {0}
        self._greatest = 0
        self._by_last = True

    def moves_on(self, ids: Sequence[int]) -> bool:
        """Go to the page after the one with these ids; False: there is no way on."""
        self._by_last = self._by_last and self.page.isdisjoint(ids)
        self._greatest = max(self._greatest, *ids)
        self.last_id = ids[-1] if self._by_last else self._greatest
        self.page = frozenset(ids)
        moved = self.last_id not in self._been
        self._been.add(self.last_id)
        return moved


def _starts(page: wire.PostingsPage) -> Iterator[datetime]:
    """Yield when the postings of a page began to be processed, as far as they tell."""
    for row in page.postings or ():
        at = parse.moment(row.in_process_at, "in_process_at", lambda *_, **__: None)
        if at is not None:
            yield at
