"""One account's connection to the Partner API: lists and their pages, its ways of refusing."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Mapping
from types import GenericAlias
from typing import Any, TypeVar, cast

import msgspec
from msgspec import Raw

from cloudstock.errors import (
    AnswerNotUnderstood,
    ConfigurationError,
    CredentialsRefused,
    RequestRefused,
    Unreachable,
)
from cloudstock.language import tr
from cloudstock.marketplaces.base import Around, Met
from cloudstock.marketplaces.connection import Answer
from cloudstock.marketplaces.headers import count, http_date
from cloudstock.marketplaces.http import Http
from cloudstock.marketplaces.pace import Left, Limit
from cloudstock.marketplaces.refusals import Refusal, plain_refusal
from cloudstock.marketplaces.walks import walk
from cloudstock.marketplaces.yandex_market import facts
from cloudstock.marketplaces.yandex_market.wire import Listed, Paging
from cloudstock.settings import Account

T = TypeVar("T")
R = TypeVar("R")

# "The shop is being moved" and "the client went away": repeat later, says the contract.
_LATER_STATUSES = frozenset({423, 499})
_FORBIDDEN = 403
# What can go wrong while a part of an answer is decoded.
_UNDECODED = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


class Client:
    """The requests of one account, one after another: Market bears only a few at a time."""

    def __init__(self, account: Account, around: Around) -> None:
        self.account = account
        self.clock = around["clock"]
        self.recent = around.get("recent")
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
            # Ids are numbers, and may come as text.
            strict=False,
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
        except CredentialsRefused as problem:
            scopes = facts.SCOPES.get(limit.group)
            if scopes is None or problem.status != _FORBIDDEN:
                raise
            raise CredentialsRefused(
                tr("{problem}: this needs the access {scope}", problem=problem, scope=scopes.least),
                status=problem.status,
            ) from problem

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
        listed: Listed[R],
        page_size: int | None,
        params: Mapping[str, str | int] | None = None,
        body: object = None,
        cost: float = 1.0,
    ) -> AsyncIterator[tuple[R, ...]]:
        """Ask for a list page by page until an answer names no next one; yield the rows of each.

        The same `limit` and filters go with each page, as the contract asks; `page_size` None
        where it may not be given. A row that cannot be read is a surprise and left out, but
        `AnswerNotUnderstood` is raised where a page holds no other rows, and for a page token that
        was there before.
        """
        filters: dict[str, str | int] = {**(params or {})}
        if page_size is not None:
            filters["limit"] = page_size

        async def page(token: str) -> tuple[tuple[R, ...], str | None]:
            here = {**filters, "pageToken": token} if token else filters
            answer = await self.fetch(method, path, limit=limit, params=here, body=body, cost=cost)
            return self._page(answer, listed)

        endpoint = f"{method} {path}"
        async for rows, _ in walk(self.account.name, endpoint, "", page, lambda p: p[1] or None):
            yield rows

    def _page(self, answer: Answer, listed: Listed[R]) -> tuple[tuple[R, ...], str | None]:
        """Return the rows of a page, and the token of the next one."""
        fields, place = self.http.decode(answer, dict[str, Raw]), "$"
        if listed.wrapped:
            self.check_ok(answer, self._part(answer, fields, "status", str, place))
            # No list is not an empty one: a walk would take it for its end.
            fields, place = self._part(answer, fields, "result", dict[str, Raw], place), "$.result"
        paging: Paging | None = None
        if "paging" in fields:
            paging = self._part(answer, fields, "paging", Paging | None, place)
        raw = self._field(answer, fields, listed.field, place)
        rows = self.rows(answer.endpoint, raw, listed.row, f"{place}.{listed.field}")
        return rows, paging.next_page_token if paging else None

    def check_ok(self, answer: Answer, status: str) -> None:
        """Raise `AnswerNotUnderstood` for a success that calls itself none."""
        if status != "OK":
            raise AnswerNotUnderstood(
                tr(
                    "{name}: {endpoint} answered with the status {status!r}",
                    name=self.account.name,
                    endpoint=answer.endpoint,
                    status=self.http.clean(status),
                )
            )

    def rows(self, endpoint: str, raw: Raw, row: type[R], place: str) -> tuple[R, ...]:
        """Return the rows of a list that can be read; raise as `pages` does.

        `place` is where the list stands in the answer: `$.result.offers`.
        """
        try:
            every: list[R] = msgspec.json.decode(
                raw, type=cast("type[list[R]]", GenericAlias(list, (row,))), strict=False
            )
            return tuple(every)
        except _UNDECODED:
            pass
        try:
            parts = msgspec.json.decode(raw, type=list[Raw] | None)
        except _UNDECODED as problem:
            raise self._not_understood(endpoint, problem, place) from problem
        readable: list[R] = []
        problems: list[tuple[int, Exception]] = []
        for number, part in enumerate(parts or ()):
            try:
                readable.append(msgspec.json.decode(part, type=row, strict=False))
            except _UNDECODED as problem:
                problems.append((number, problem))
        if problems and not readable:
            number, first = problems[0]
            raise self._not_understood(endpoint, first, f"{place}[{number}]") from first
        met = self.met(endpoint)
        for _, unread in problems:
            met(*_unread(place, unread), left_out=True)
        return tuple(readable)

    def met(self, endpoint: str) -> Met:
        """Return where the words in an answer of this endpoint are told that no table knows."""
        return self.http.met(endpoint)

    def _field(self, answer: Answer, fields: Mapping[str, Raw], name: str, place: str) -> Raw:
        """Return one field of an object of an answer; `place` is where the object stands."""
        if name not in fields:
            # As msgspec says it.
            problem = msgspec.ValidationError(f"Object missing required field `{name}`")
            raise self._not_understood(answer.endpoint, problem, place)
        return fields[name]

    def _part(
        self, answer: Answer, fields: Mapping[str, Raw], name: str, kind: type[T] | Any, place: str
    ) -> T:
        """Return one field of an object of an answer as a value of type `kind`."""
        raw = self._field(answer, fields, name, place)
        try:
            part: T = msgspec.json.decode(raw, type=kind, strict=False)
        except _UNDECODED as problem:
            raise self._not_understood(answer.endpoint, problem, f"{place}.{name}") from problem
        return part

    def _not_understood(self, endpoint: str, problem: Exception, at: str) -> AnswerNotUnderstood:
        """Return the error for a part of an answer, which stands `at` this place in it."""
        words, _, inside = str(problem).partition(" - at `$")
        place = f"{at}{inside.removesuffix('`')}"
        sentence = words if place == "$" else f"{words} - at `{place}`"
        return AnswerNotUnderstood(
            tr(
                "{name}: {endpoint} answered what is not understood: {problem}",
                name=self.account.name,
                endpoint=endpoint,
                problem=self.http.clean(sentence),
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


def _unread(place: str, problem: Exception) -> tuple[str, str]:
    """Return the field of a row that could not be read, and why: msgspec tells both in words."""
    words = str(problem)
    names = (re.search(r"at `\$\.?([^`]*)`", words), re.search(r"field `(\w+)`", words))
    parts = (place.removeprefix("$.").removeprefix("result."), *(m[1] for m in names if m))
    return ".".join(part for part in (re.sub(r"\[.*?\]", "", p) for p in parts) if part), words


def classify(status: int, body: bytes) -> Refusal:
    """Read an error's body.

    A method that is being switched off answers a growing share of its calls with 403: that says
    nothing of the token, and the same call may pass a moment later. A shop whose API is closed says
    nothing of the token, either.
    """
    refusal = plain_refusal(status, body)
    message = refusal.message.lower()
    if status == _FORBIDDEN and "deprecated" in message:
        return refusal._replace(credentials=False, wait_s=1.0)
    if status == _FORBIDDEN and "api for campaign" in message:
        return refusal._replace(credentials=False)
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
