"""One account's connection to the Seller API, and its lists, walked to an end one can rely on."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import TypeVar

from msgspec.structs import replace

from cloudstock.errors import AnswerNotUnderstood, RequestRefused
from cloudstock.language import tr
from cloudstock.marketplaces.base import Around, Met
from cloudstock.marketplaces.http import Http
from cloudstock.marketplaces.ozon import facts, parse, wire
from cloudstock.marketplaces.pace import Limit
from cloudstock.marketplaces.walks import Remembered, Walk, present, walk
from cloudstock.settings import Account

T = TypeVar("T")
A = TypeVar("A")
R = TypeVar("R")


class Client:
    """The requests of one account; all of them are POST."""

    def __init__(self, account: Account, around: Around) -> None:
        self.account = account
        self.clock = around["clock"]
        self.recent = around.get("recent")
        self.http = Http(
            account,
            base_url=facts.HOST,
            headers={
                "Client-Id": account.options["client_id"],
                "Api-Key": account.secrets["api_key"],
            },
            around=around,
            classify=parse.parse_error,
            left=parse.requests_left,
            # Int64 comes as a number or as text, by method and by mood.
            strict=False,
            trace="x-o3-trace-id",
        )
        # That this cabinet refuses long periods.
        self._short = Remembered(self.recent, "ozon-period", str)
        self._period: timedelta | None = None

    def now(self) -> datetime:
        """Return the present moment by Ozon's clock."""
        return self.http.server_clock.at(self.clock.now())

    async def call(
        self, path: str, answer: type[T], body: object, limit: Limit = facts.GENERAL_LIMIT
    ) -> T:
        """Ask, and return the JSON answer as a value of type `answer`."""
        return await self.http.call("POST", path, limit=limit, answer=answer, body=body)

    def met(self, path: str) -> Met:
        """Return where the words in an answer of this method are told that no table knows."""
        return self.http.met(f"POST {path}")

    def records(
        self, path: str, rows: Sequence[T], parsed: Callable[[T, Met], R | None]
    ) -> tuple[R, ...]:
        """Return the records of the rows that have one; the others are told of.

        Raises AnswerNotUnderstood where no row of several has one: that is another contract.
        """
        met = self.met(path)
        records = present([parsed(row, met) for row in rows])
        if len(rows) > 1 and not records:
            raise AnswerNotUnderstood(
                tr(
                    "{name}: POST {path} answered {n} rows, and not one tells what it is about",
                    name=self.account.name,
                    path=path,
                    n=len(rows),
                )
            )
        return records

    def pages(
        self,
        path: str,
        ask: Callable[[str], object],
        answer: type[A],
        following: Callable[[A], str | None],
        *,
        limit: Limit = facts.GENERAL_LIMIT,
    ) -> AsyncIterator[A]:
        """Walk a list; `following` returns the cursor of the next page, None at the end."""

        async def page(cursor: str) -> A:
            return await self.call(path, answer, ask(cursor), limit)

        return walk(self.account.name, f"POST {path}", "", page, following)

    def _walk(self, path: str, *been: object) -> Walk:
        return Walk(self.account.name, f"POST {path}", *been)

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
            short = self._short.recall(age_max_s=facts.PERIOD_SHORT_FOR_S) is not None
            self._period = facts.POSTINGS_PERIOD_SHORT if short else facts.POSTINGS_PERIOD
        return self._period

    def _shorten(self) -> bool:
        """Ask about shorter periods from now on; False: they are short already."""
        if self._longest() <= facts.POSTINGS_PERIOD_SHORT:
            return False
        self._period = facts.POSTINGS_PERIOD_SHORT
        self._short.keep("short")
        return True

    async def _period_of(self, only: wire.PostingsFilter) -> AsyncIterator[wire.PostingsPage]:
        """Walk one period, the oldest start of processing first.

        Where a cursor comes back, or a page brings nothing new, the list may be at its end or may
        stand still: so it is asked once more from the newest start of processing on. Raises
        AnswerNotUnderstood where that leads no further and there may be more.
        """
        since, cursor = only.since, ""
        place = self._walk(facts.POSTINGS, (since, cursor))
        last: frozenset[str | None] = frozenset()
        newest: datetime | None = None
        for _ in place.pages():
            page = await self.call(
                facts.POSTINGS,
                wire.PostingsPage,
                wire.PostingsRequest(replace(only, since=since), facts.POSTINGS_PER_PAGE, cursor),
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
            if fresh and not place.has_been((since, after)):
                cursor, last = after, numbers
            elif newest is not None and newest > since:
                since, cursor, last = newest, "", last | numbers
            elif len(rows) >= facts.POSTINGS_PER_PAGE:
                raise place.same_page()
            else:
                return
            place.go_to((since, cursor))

    async def returns(self, only: wire.ReturnsFilter) -> AsyncIterator[tuple[wire.ReturnRow, ...]]:
        """Walk the returns of a filter: POST /v1/returns/list."""
        place = _ById(self._walk(facts.RETURNS, 0))
        for _ in place.walk.pages():
            page = await self.call(
                facts.RETURNS,
                wire.ReturnsPage,
                wire.ReturnsRequest(only, facts.RETURNS_PER_PAGE, place.last_id),
            )
            rows = page.returns or ()
            fresh = tuple(row for row in rows if row.id not in place.page)
            if fresh:
                yield fresh
            if not page.goes_on(facts.RETURNS_PER_PAGE):
                return
            place.go_after([row.id or 0 for row in rows])

    async def claims(self, only: wire.ClaimsFilter) -> AsyncIterator[tuple[wire.ClaimRow, ...]]:
        """Walk the claims of a filter: POST /v2/returns/rfbs/list. It tells no end."""
        place = _ById(self._walk(facts.CLAIMS, 0))
        for _ in place.walk.pages():
            position = {"last_id": place.last_id} if place.last_id else {}
            page = await self.call(
                facts.CLAIMS,
                wire.ClaimsPage,
                wire.ClaimsRequest(only, facts.CLAIMS_PER_PAGE, **position),
            )
            fresh = tuple(row for row in page.rows if row.return_id not in place.page)
            if fresh:
                yield fresh
            if len(page.rows) < facts.CLAIMS_PER_PAGE:
                return
            place.go_after([row.return_id or 0 for row in page.rows])


class _ById:
    """The place in a list that goes on from the id of the last row so far.

    In which order rows come is not said. Where the last of a page does not lead on, because some
    come again, the greatest does.
    """

    def __init__(self, walk: Walk) -> None:
        self.walk = walk
        # Nothing at first.
        self.last_id = 0
        # The ids of the page before.
        self.page: frozenset[int] = frozenset()
        self._greatest = 0
        self._by_last = True

    def go_after(self, ids: Sequence[int]) -> None:
        """Go to the page after the one with these ids; raises where there is no way on."""
        self._by_last = self._by_last and self.page.isdisjoint(ids)
        self._greatest = max(self._greatest, *ids)
        self.last_id = ids[-1] if self._by_last else self._greatest
        self.page = frozenset(ids)
        self.walk.go_to(self.last_id)


def _starts(page: wire.PostingsPage) -> Iterator[datetime]:
    """Yield when the postings of a page began to be processed, as far as they tell."""
    for row in page.postings or ():
        at = parse.moment(row.in_process_at, "in_process_at", lambda *_, **__: None)
        if at is not None:
            yield at
