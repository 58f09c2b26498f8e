"""The line between the program and the sandbox, on which answers are spoilt."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from random import Random
from urllib.parse import parse_qsl

import httpx

from cloudstock.sandbox.request import Request
from cloudstock.sandbox.server import Sandbox
from tests.wire.spoiling import Spoilt, is_broken, some_way, spoil

HOST = "127.0.0.1"
# More than any honest job of these small shops needs, with every answer tried five times.
REQUESTS_MAX = 4000


class EndlessError(Exception):
    """The program does not stop asking."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A request and the answer that the program got."""

    method: str
    path: str
    # The way in which the answer was spoilt; "" for a good one.
    way: str
    answer: Spoilt


@dataclass(frozen=True, slots=True)
class Plan:
    """Which answers are spoilt, and how; one plan and one seed are one history."""

    # 'once': the `nth` answer; 'path': it, and all later ones of its address; 'often': by chance.
    when: str
    nth: int
    share: float
    # None: another one each time.
    way: str | None

    @classmethod
    def by(cls, chance: Random, *, answers: int) -> Plan:
        """Make one up, for a job that takes about so many answers."""
        when = chance.choice(["once", "path", "path", "often"])
        nth = chance.randrange(max(1, answers))
        way = some_way(chance) if chance.random() < 0.7 else None
        return cls(when, nth, chance.choice([0.15, 0.5, 1.0]), way)


class Spoiler:
    """Decides of each answer what becomes of it."""

    def __init__(self, plan: Plan, chance: Random) -> None:
        self._plan = plan
        self._chance = chance
        self._path: str | None = None

    def __call__(self, n: int, method: str, path: str, good: Spoilt) -> tuple[str, Spoilt]:
        """Return the way and the answer."""
        where = f"{method} {path}"
        if n == self._plan.nth:
            self._path = where
        match self._plan.when:
            case "once":
                due = n == self._plan.nth
            case "path":
                due = where == self._path
            case _:
                due = self._chance.random() < self._plan.share
        if not due:
            return "", good
        way = self._plan.way or some_way(self._chance)
        return way, spoil(way, good, self._chance)


Decide = Callable[[int, str, str, Spoilt], tuple[str, Spoilt]]


class Line(httpx.AsyncBaseTransport):
    """Carries requests to the sandbox and spoilt answers back, over no network.

    `after` is called with what was sent before the program sees it; `before` when it asks again.
    """

    def __init__(
        self,
        sandbox: Sandbox,
        decide: Decide | None = None,
        *,
        before: Callable[[], None] = lambda: None,
        after: Callable[[Sent], None] = lambda sent: None,
    ) -> None:
        self._sandbox = sandbox
        self._decide = decide
        self._before = before
        self._after = after
        self.sent: list[Sent] = []
        # Requests for anybody but the account's own address, with whatever they carried.
        self.astray: list[str] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Answer one request."""
        self._before()
        await asyncio.sleep(0.01)
        if request.url.host != HOST or request.url.scheme != "http":
            self.astray.append(str(request.url))
        if len(self.sent) >= REQUESTS_MAX:
            raise EndlessError(f"{len(self.sent)} requests")
        good = self._sandbox.handle(
            Request(
                request.method,
                request.url.path,
                dict(parse_qsl(request.url.query.decode(), keep_blank_values=True)),
                {k.lower(): v for k, v in request.headers.items()},
                await request.aread(),
            )
        )
        answer, way = Spoilt(good.status, good.body, dict(good.headers)), ""
        if self._decide is not None:
            number = len(self.sent)
            way, answer = self._decide(number, request.method, request.url.path, answer)
        sent = Sent(request.method, request.url.path, way, answer)
        self.sent.append(sent)
        self._after(sent)
        headers = {k.encode(): v.encode("latin-1") for k, v in answer.headers.items()}
        return httpx.Response(answer.status, headers=headers, stream=_Body(answer))


class _Body(httpx.AsyncByteStream):
    def __init__(self, answer: Spoilt) -> None:
        self._answer = answer

    async def __aiter__(self) -> AsyncIterator[bytes]:
        body = self._answer.body
        if self._answer.drip_s is not None:
            for n in range(len(body)):
                await asyncio.sleep(self._answer.drip_s)
                yield body[n : n + 1]
        elif self._answer.cut:
            yield body[: len(body) // 2]
            raise httpx.RemoteProtocolError("peer closed connection without sending complete body")
        else:
            for _ in range(self._answer.times):
                yield body


def broken(sent: Sent) -> bool:
    """Return True where nothing in the answer can be a record."""
    return bool(sent.way) and is_broken(sent.answer)
