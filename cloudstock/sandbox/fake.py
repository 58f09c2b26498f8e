"""What one marketplace's fake is made of: routes, limits, its own envelope of errors."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from cloudstock.sandbox.faults import Fault
from cloudstock.sandbox.limits import Buckets, Rate
from cloudstock.sandbox.records import Account
from cloudstock.sandbox.request import Request, Response, Wrong
from cloudstock.sandbox.world import World


@dataclass(frozen=True, slots=True)
class Call:
    """A request whose account is known, with what its path named."""

    request: Request
    account: Account
    parts: Mapping[str, str]
    # The fault that writing methods follow themselves: refuse_items, ignore_write.
    fault: Fault | None


Handler = Callable[[Call], Response]


@dataclass(frozen=True, slots=True)
class Route:
    """One method of the API: `path` with `{name}` parts."""

    method: str
    path: str
    handler: Handler
    rates: tuple[Rate, ...]
    # The part of the path whose limits these are, where an account does not have its own.
    counted_by: str | None = None

    def match(self, request: Request) -> Mapping[str, str] | None:
        """Return the path's parts; None where it is another method's."""
        pattern = re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", self.path)
        matches = re.fullmatch(pattern, request.path)
        return None if matches is None else matches.groupdict()


class Fake(Protocol):
    """One marketplace."""

    marketplace: str
    routes: tuple[Route, ...]

    def authenticate(self, request: Request) -> Account:
        """Return whose credentials these are; raises `Wrong`."""
        ...

    def error(self, wrong: Wrong) -> Response:
        """Return a rejection in the marketplace's envelope."""
        ...

    def throttled(self, rate: Rate, retry_s: float, reset_s: float, call: Call) -> Response:
        """Return the answer to too many requests."""
        ...

    def tell_limits(self, response: Response, rate: Rate, remaining: float, reset_s: float) -> None:
        """Add the headers that every answer carries."""
        ...


def claims(fake: Fake, request: Request) -> bool:
    """True where some method of the fake has this path."""
    return any(route.match(request) is not None for route in fake.routes)


class Gateway:
    """Answers requests for one marketplace: credentials, limits, the method, the envelope."""

    def __init__(self, fake: Fake, world: World, buckets: Buckets) -> None:
        self.fake = fake
        self._world = world
        self._buckets = buckets

    def account_of(self, request: Request) -> Account | None:
        """Whose request it is, as far as its credentials tell."""
        try:
            return self.fake.authenticate(request)
        except Wrong:
            return None

    def answer(self, request: Request, fault: Fault | None) -> Response:
        """Answer one request."""
        if fault is not None and fault.kind == "wrong_key":
            return self.fake.error(Wrong(401, "the key is not valid"))
        try:
            account = self.fake.authenticate(request)
        except Wrong as wrong:
            return self._rejected(wrong)
        matches = [(r, r.match(request)) for r in self.fake.routes]
        fitting = [(r, parts) for r, parts in matches if parts is not None]
        route = next(((r, p) for r, p in fitting if r.method == request.method), None)
        if route is None:
            return self._rejected(
                Wrong(405, "wrong method") if fitting else Wrong(404, "no such method")
            )
        call = Call(request, account, route[1], fault)
        if fault is not None and fault.kind == "throttle":
            seconds = fault.seconds or 1.0 / self._world.speed
            return self.fake.throttled(route[0].rates[0], seconds, seconds, call)
        return self._within_limits(route[0], call)

    def _within_limits(self, route: Route, call: Call) -> Response:
        now = self._world.now()
        who = call.account.name
        if route.counted_by is not None:
            who = f"{route.counted_by} {call.parts[route.counted_by]}"
        taken = None
        for rate in route.rates:
            taken = self._buckets.take(who, rate, now)
            if not taken.allowed:
                answer = self.fake.throttled(rate, taken.retry_s, taken.reset_s, call)
                answer.breach = f"more requests than {rate.group} allows"
                return answer
        try:
            answer = route.handler(call)
        except Wrong as wrong:
            answer = self._rejected(wrong)
        if 400 <= answer.status < 500:
            for rate in route.rates:
                if rate.refused_cost > 1:
                    self._buckets.charge(who, rate, now, rate.refused_cost - 1)
        if taken is not None:
            self.fake.tell_limits(answer, route.rates[-1], taken.remaining, taken.reset_s)
        return answer

    def _rejected(self, wrong: Wrong) -> Response:
        answer = self.fake.error(wrong)
        answer.breach = answer.breach or wrong.message
        return answer
