"""One account's connection to Wildberries: how it asks, and how it is asked to wait."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from datetime import datetime
from typing import TypeVar

from cloudstock.marketplaces.base import Around, Met
from cloudstock.marketplaces.headers import count
from cloudstock.marketplaces.http import Http
from cloudstock.marketplaces.pace import Left, Limit
from cloudstock.marketplaces.walks import Walk, walk
from cloudstock.marketplaces.wildberries import facts, parse
from cloudstock.settings import Account

A = TypeVar("A")


class Client:
    """The requests of one account, to the marketplace host unless another is named."""

    def __init__(self, account: Account, around: Around) -> None:
        self.account = account
        self.clock = around["clock"]
        self.recent = around.get("recent")
        self.http = Http(
            account,
            base_url=facts.MARKETPLACE_HOST,
            headers={"Authorization": account.secrets["token"]},
            around=around,
            throttle_wait=throttle_wait,
            left=left,
            classify=parse.parse_error,
            # The contract types no id of the reshipment list; elsewhere digits are as good.
            strict=False,
        )

    def now(self) -> datetime:
        """Return the present moment by Wildberries' clock."""
        return self.http.server_clock.at(self.clock.now())

    def met(self, endpoint: str) -> Met:
        """Return where the words in an answer of this endpoint are told that no table knows."""
        return self.http.met(endpoint)

    def walk(self, endpoint: str, *been: object) -> Walk:
        """Return a walk over the list of an endpoint."""
        return Walk(self.account.name, endpoint, *been)

    def pages(
        self,
        path: str,
        answer: type[A],
        following: Callable[[A], int | None],
        *,
        limit: Limit,
        params: Mapping[str, int],
    ) -> AsyncIterator[A]:
        """Walk a list of orders by GET; `following` returns its `next`, None at the end."""

        async def page(following: int) -> A:
            return await self.http.call(
                "GET",
                path,
                limit=limit,
                answer=answer,
                params={"limit": facts.ORDERS_PER_PAGE, "next": following, **params},
            )

        return walk(self.account.name, f"GET {path}", 0, page, following)


def throttle_wait(status: int, headers: Mapping[str, str]) -> float | None:
    """Return how long a 429 asks to wait: `X-Ratelimit-Retry`, in seconds; None if it is silent."""
    text = headers.get("x-ratelimit-retry", "") if status == 429 else ""
    try:
        wait_s = float(text)
    except ValueError:
        return None
    return wait_s if wait_s >= 0 else None


def left(headers: Mapping[str, str]) -> Left | None:
    """Return the tokens that the bucket still holds, by `X-Ratelimit-Remaining`, if it is there."""
    tokens = count(headers, "x-ratelimit-remaining")
    return None if tokens is None else Left(tokens)
