"""One account's connection to the Partner API: paging, Market's clock, its ways of refusing."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TypeVar

import httpx

from cloudstock.errors import AnswerNotUnderstood, ConfigurationError, RequestRefused, Unreachable
from cloudstock.language import tr
from cloudstock.marketplaces.base import Clock
from cloudstock.marketplaces.headers import count, http_date
from cloudstock.marketplaces.http import Answer, Http, Refusal, plain_refusal
from cloudstock.marketplaces.pace import Left, Limit, Pace
from cloudstock.marketplaces.yandex_market import facts
from cloudstock.marketplaces.yandex_market.wire import Paged
from cloudstock.settings import Account

T = TypeVar("T")
P = TypeVar("P", bound=Paged)

# "The shop is being moved" and "the client went away": repeat later, says the contract.
_LATER_STATUSES = frozenset({423, 499})
# A `Date` header tells a moment up to this long ago.
_DATE_AGE_MAX_S = 2.0


@dataclass(slots=True)
class MarketClock:
    """How far Market's clock is ahead of ours, as its `Date` headers tell."""

    # The header is cut to seconds, servers make a new one once a second, and the way takes time:
    # each answer tells no more than two bounds. The best of all answers are kept.
    least_s: float | None = None
    most_s: float | None = None

    def saw(self, date: datetime, *, sent_at: datetime, received_at: datetime) -> None:
        """Learn from an answer: it was made between its request and its coming."""
        least_s = (date - received_at).total_seconds()
        most_s = (date - sent_at).total_seconds() + _DATE_AGE_MAX_S
        self.least_s = least_s if self.least_s is None else max(self.least_s, least_s)
        self.most_s = most_s if self.most_s is None else min(self.most_s, most_s)

    def at(self, moment: datetime) -> datetime:
        """Return what Market's clock showed at a moment of ours.

        Two clocks that may be equal are taken to be. An estimate would differ from one run to the
        next by up to a second, and the moments of two runs might change places.
        """
        if self.least_s is None or self.most_s is None:
            return moment
        if self.most_s >= 0.0 and self.least_s <= _DATE_AGE_MAX_S:
            return moment
        return moment + timedelta(seconds=self.least_s)


class Client:
    """The requests of one account, one after another: Market bears only a few at a time."""

    def __init__(
        self,
        account: Account,
        *,
        clock: Clock,
        pace: Pace,
        transport: httpx.AsyncBaseTransport | None,
        deadline: datetime | None,
    ) -> None:
        self.account = account
        self.clock = clock
        self.business_id = _number(account, "business_id")
        self.campaign_id = _number(account, "campaign_id")
        self.market_clock = MarketClock()
        self.http = Http(
            account,
            base_url=facts.HOST,
            headers={"Api-Key": account.secrets["api_key"]},
            clock=clock,
            pace=pace,
            throttle_wait=self._throttle_wait,
            throttle_statuses=facts.THROTTLE_STATUSES,
            left=self._left,
            classify=classify,
            transport=transport,
            deadline=deadline,
        )

    async def fetch(
        self,
        method: str,
        path: str,
        *,
        limit: Limit,
        params: Mapping[str, str | int] | None = None,
        body: object = None,
        cost: float = 1.0,
        ok: tuple[int, ...] = (200,),
    ) -> Answer:
        """Ask, and return the answer as received; see `Http.fetch` for what it raises."""
        sent_at = self.clock.now()
        try:
            answer = await self.http.fetch(
                method, path, limit=limit, params=params, body=body, cost=cost, ok=ok
            )
        except RequestRefused as problem:
            if problem.status in _LATER_STATUSES:
                raise Unreachable(tr("{problem}; try again later", problem=problem)) from problem
            raise
        if answer.date is not None:
            self.market_clock.saw(answer.date, sent_at=sent_at, received_at=self.clock.now())
        return answer

    async def call(
        self,
        method: str,
        path: str,
        *,
        limit: Limit,
        answer: type[T],
        params: Mapping[str, str | int] | None = None,
        body: object = None,
        cost: float = 1.0,
    ) -> T:
        """Ask, and return the JSON answer as a value of type `answer`."""
        received = await self.fetch(method, path, limit=limit, params=params, body=body, cost=cost)
        return self.http.decode(received, answer)

    async def pages(
        self,
        method: str,
        path: str,
        *,
        limit: Limit,
        answer: type[P],
        page_size: int,
        params: Mapping[str, str | int] | None = None,
        body: object = None,
        cost: float = 1.0,
    ) -> AsyncIterator[P]:
        """Ask page by page until an answer names no next one.

        The same `limit` and filters go with each page, as the contract asks. Raises
        `AnswerNotUnderstood` for a page token that was there before.
        """
        asked: dict[str, str | int] = {**(params or {}), "limit": page_size}
        been: set[str] = set()
        for _ in range(facts.PAGES_MAX):
            page = await self.call(
                method, path, limit=limit, answer=answer, params=asked, body=body, cost=cost
            )
            yield page
            token = page.paging.next_page_token if page.paging else None
            if not token:
                return
            if token in been:
                raise AnswerNotUnderstood(
                    tr(
                        "{name}: {method} {path} gave the same page twice; try again later",
                        name=self.account.name,
                        method=method,
                        path=path,
                    )
                )
            been.add(token)
            asked["pageToken"] = token
        raise AnswerNotUnderstood(
            tr(
                "{name}: {method} {path} has more than {most} pages",
                name=self.account.name,
                method=method,
                path=path,
                most=facts.PAGES_MAX,
            )
        )

    def _left(self, headers: Mapping[str, str]) -> Left | None:
        """Return what `X-RateLimit-Resource-Remaining` leaves, until `-Until`."""
        remaining = count(headers, "x-ratelimit-resource-remaining")
        return None if remaining is None else Left(remaining, self._throttle_wait(200, headers))

    def _throttle_wait(self, status: int, headers: Mapping[str, str]) -> float | None:
        """Return the seconds until `X-RateLimit-Resource-Until`; None where it is absent.

        Both it and `Date` are Market's, in whole seconds.
        """
        del status
        until = http_date(headers.get("x-ratelimit-resource-until", ""))
        if until is None:
            return None
        now = http_date(headers.get("date", "")) or self.market_clock.at(self.clock.now())
        rounded_s = 1.0 / max(1.0, self.account.pace)
        return max(0.0, (until - now).total_seconds()) + rounded_s


def classify(status: int, body: bytes) -> Refusal:
    """Read an error's body.

    A method that is being switched off answers a growing share of its calls with 403: that says
    nothing of the token, and the same call may pass a moment later.
    """
    refusal = plain_refusal(status, body)
    if status == 403 and "deprecated" in refusal.message.lower():
        return replace(refusal, credentials=False, wait_s=1.0)
    return refusal


def _number(account: Account, option: str) -> int:
    text = account.options.get(option, "")
    if not (text.isascii() and text.isdigit() and int(text) >= 1):
        raise ConfigurationError(
            tr(
                "{name}: {option} is {text!r}; expected the number that the cabinet shows"
                " for the API",
                name=account.name,
                option=option,
                text=text,
            )
        )
    return int(text)
