"""One account's connection to the Partner API: paging, Market's clock, its ways of refusing."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from typing import TypeVar

from cloudstock.errors import AnswerNotUnderstood, ConfigurationError, RequestRefused, Unreachable
from cloudstock.language import tr
from cloudstock.marketplaces.base import Around
from cloudstock.marketplaces.headers import count, http_date
from cloudstock.marketplaces.http import Answer, Http, Refusal, plain_refusal
from cloudstock.marketplaces.pace import Left, Limit
from cloudstock.marketplaces.yandex_market import facts
from cloudstock.marketplaces.yandex_market.wire import Paged
from cloudstock.settings import Account

T = TypeVar("T")
P = TypeVar("P", bound=Paged)

# "The shop is being moved" and "the client went away": repeat later, says the contract.
_LATER_STATUSES = frozenset({423, 499})


class Client:
    """The requests of one account, one after another: Market bears only a few at a time."""

    def __init__(self, account: Account, around: Around) -> None:
        self.account = account
        self.clock = around["clock"]
        self.business_id = _number(account, "business_id")
        self.campaign_id = _number(account, "campaign_id")
        self.http = Http(
            account,
            base_url=facts.HOST,
            headers={"Api-Key": account.secrets["api_key"]},
            around=around,
            throttle_wait=self._throttle_wait,
            throttle_statuses=facts.THROTTLE_STATUSES,
            left=self._left,
            classify=classify,
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
        try:
            return await self.http.fetch(
                method, path, limit=limit, params=params, body=body, cost=cost, ok=ok
            )
        except RequestRefused as problem:
            if problem.status in _LATER_STATUSES:
                raise Unreachable(tr("{problem}; try again later", problem=problem)) from problem
            raise

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
        now = http_date(headers.get("date", "")) or self.http.server_clock.at(self.clock.now())
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
