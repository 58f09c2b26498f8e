"""One HTTP client for all marketplaces: pace, retries, and what an answer means.

An adapter says what to ask, of which type the answer is, and how its marketplace speaks of limits
and refusals. Everything that can go wrong on the way becomes one of the errors of
`cloudstock.errors`, whose text names account and endpoint and never holds a header, a query, a
body or a credential.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from time import perf_counter
from typing import TypeVar

import msgspec
import tenacity

from cloudstock import progress, spent
from cloudstock.errors import (
    AnswerNotUnderstood,
    CredentialsRefused,
    MarketplaceError,
    RequestRefused,
    Throttled,
    Unreachable,
)
from cloudstock.language import tr
from cloudstock.marketplaces.base import Around, Exchange, Met
from cloudstock.marketplaces.connection import (
    ANSWER_S,
    BODY_BYTES_MAX,
    AgainError,
    Answer,
    Connection,
    Request,
)
from cloudstock.marketplaces.headers import retry_after_s
from cloudstock.marketplaces.pace import Left, Limit
from cloudstock.marketplaces.refusals import Refusal, clean, plain_refusal
from cloudstock.redaction import Redactor
from cloudstock.settings import Account, Secret

T = TypeVar("T")

ATTEMPTS = 5
# For everything that one call does: its turn, its attempts, the waits between them.
PATIENCE_S = 60.0
# A server that asks for more than this is asked again by another run anyway.
WAIT_MAX_S = 3600.0

_BACK_OFF = tenacity.wait_random_exponential(multiplier=1.0, max=20.0)
_REQUEST_TIMEOUT = 408

_log = logging.getLogger("cloudstock.http")


class Http:
    """The connection of one account; one per adapter, used from one event loop.

    `headers` go with every request; a `Secret` shows itself only there. `throttle_wait` reads the
    seconds to wait out of a throttled answer's headers (status, headers), None where they do not
    tell; `Retry-After` is understood without it. `left` reads out of any answer's headers what the
    server would still take. `classify` reads an error's body (status, body).
    A deadline in `around` bounds every call, instead of `PATIENCE_S` for each. `strict` False:
    numbers in answers may also come as text ("12"). `trace` is the header by which the marketplace
    finds a request in its own log.

    Every call may be repeated by this class: adapters read, or write absolute values.

    Raises `ConfigurationError` where a credential cannot be sent in a header.
    """

    def __init__(
        self,
        account: Account,
        *,
        base_url: str,
        headers: Mapping[str, Secret | str],
        around: Around,
        throttle_wait: Callable[[int, Mapping[str, str]], float | None] | None = None,
        throttle_statuses: frozenset[int] = frozenset({429}),
        left: Callable[[Mapping[str, str]], Left | None] | None = None,
        classify: Callable[[int, bytes], Refusal] | None = None,
        strict: bool = True,
        trace: str = "",
        answer_s: float = ANSWER_S,
        body_bytes_max: int = BODY_BYTES_MAX,
    ) -> None:
        self._account = account
        self._base_url = base_url
        self._clock = around["clock"]
        self._pace = around["pace"]
        self._throttle_wait = throttle_wait
        self._throttle_statuses = throttle_statuses
        self._left = left
        self._classify = classify or plain_refusal
        self._deadline = around.get("deadline")
        self._recorder = around.get("recorder")
        self._surprises = around.get("surprises")
        self._strict = strict
        self._trace = trace
        self._redact = Redactor(account.secrets.values())
        self._connection = Connection(
            account,
            headers=headers,
            around=around,
            answer_s=answer_s,
            body_bytes_max=body_bytes_max,
        )
        self.server_clock = self._connection.server_clock

    async def call(
        self,
        method: str,
        path: str,
        *,
        limit: Limit,
        answer: type[T],
        params: Mapping[str, str | int] | None = None,
        body: object = None,
        host: str | None = None,
        cost: float = 1.0,
        ok: tuple[int, ...] = (200,),
    ) -> T:
        """Ask, and return the JSON answer as a value of type `answer`.

        `body` is anything that msgspec encodes. Raises what `fetch` and `decode` raise.
        """
        received = await self.fetch(
            method, path, limit=limit, params=params, body=body, host=host, cost=cost, ok=ok
        )
        return self.decode(received, answer)

    def decode(self, answer: Answer, kind: type[T]) -> T:
        """Return an answer's body as a value of type `kind`.

        Raises `AnswerNotUnderstood`, which names the account, the endpoint and the field.
        """
        try:
            return msgspec.json.decode(answer.body, type=kind, strict=self._strict)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as problem:
            raise AnswerNotUnderstood(
                tr(
                    "{name}: {endpoint} answered what is not understood: {problem}",
                    name=self._account.name,
                    endpoint=answer.endpoint,
                    problem=self.clean(str(problem)),
                )
            ) from problem

    async def fetch(
        self,
        method: str,
        path: str,
        *,
        limit: Limit,
        params: Mapping[str, str | int] | None = None,
        body: object = None,
        host: str | None = None,
        cost: float = 1.0,
        ok: tuple[int, ...] = (200,),
    ) -> Answer:
        """Ask, and return the answer if its status is one of `ok`.

        Connection errors, time-outs, 5xx and throttled answers are tried again, `ATTEMPTS` times
        in all, within the patience or the deadline; then they are `Unreachable` and `Throttled`.
        Raises `CredentialsRefused` for 401 and 403 (unless `classify` knows better),
        `RequestRefused` for other 4xx, `AnswerNotUnderstood` for redirects, for statuses outside
        the contract, and for bodies over the cap.
        """
        base = self._account.base_url or host or self._base_url
        request = Request(
            method=method,
            url=base.rstrip("/") + path,
            path=path,
            endpoint=f"{method} {path}",
            params=params,
            content=None if body is None else msgspec.json.encode(body),
            limit=limit,
            cost=cost,
            ok=ok,
            began=self._clock.now(),
        )
        until = self._deadline or request.began + timedelta(seconds=PATIENCE_S)
        if until <= request.began:
            raise Unreachable(
                tr(
                    "{name}: no time left to ask {endpoint}; try again later",
                    name=self._account.name,
                    endpoint=request.endpoint,
                )
            )
        retrying = tenacity.AsyncRetrying(
            retry=tenacity.retry_if_exception_type(AgainError),
            wait=self._wait,
            stop=lambda state: self._enough(state, until),
            sleep=self._pause,
            reraise=True,
        )
        try:
            async for attempt in retrying:
                with attempt:
                    number = attempt.retry_state.attempt_number
                    return await self._attempt(request, number, until)
        except AgainError as last:
            raise self._gave_up(request, last) from last.__cause__
        raise AssertionError("the last attempt either returns or raises")

    def clean(self, text: str) -> str:
        """Make text from outside fit to be shown: one line, cut, no controls, no credentials."""
        return clean(text, self._redact)

    def met(self, endpoint: str) -> Met:
        """Return where the words in an answer of this endpoint are told that no table knows."""

        def tell(field: str, word: object, *, left_out: bool = False) -> None:
            text = "" if word is None else self.clean(str(word))
            _log.debug(
                "answer.surprise account=%s place=%r field=%s word=%r",
                self._account.name,
                endpoint,
                field,
                text,
            )
            if self._surprises is not None:
                self._surprises.met(endpoint, field, text, left_out=left_out)

        return tell

    async def aclose(self) -> None:
        """Close connections."""
        await self._connection.aclose()

    async def _attempt(self, request: Request, number: int, until: datetime) -> Answer:
        await self._pace.acquire(
            self._account, request.limit, request.cost, clock=self._clock, until=until
        )
        at, began = self._clock.now(), perf_counter()
        answer: Answer | None = None
        problem = ""
        try:
            answer = await self._connection.exchange(request, number)
        except BaseException as error:
            problem = str(error) or type(error).__name__
            raise
        finally:
            seconds = perf_counter() - began
            spent.asked(seconds)
            ms = round(seconds * 1000)
            self._log_answer(request, answer, ms, number)
            self._record(request, answer, at=at, ms=ms, attempt=number, problem=problem)
        self._hear(request, answer)
        self._judge(request, answer, number)
        return answer

    def _log_answer(self, request: Request, answer: Answer | None, ms: int, number: int) -> None:
        trace = "" if answer is None else answer.headers.get(self._trace, "")
        _log.debug(
            "http.answer",
            extra={
                "account": self._account.name,
                "endpoint": request.endpoint,
                "status": None if answer is None else answer.status,
                "ms": ms,
                "attempt": number,
            }
            | ({"trace": self.clean(trace)} if trace else {}),
        )

    def _record(
        self,
        request: Request,
        answer: Answer | None,
        *,
        at: datetime,
        ms: int,
        attempt: int,
        problem: str,
    ) -> None:
        if self._recorder is None:
            return
        exchange = Exchange(
            at=at,
            account=self._account.name,
            marketplace=self._account.marketplace,
            method=request.method,
            path=request.path,
            query=request.params or {},
            request=request.content or b"",
            attempt=attempt,
            ms=ms,
            error=problem,
        )
        if answer is not None:
            exchange = replace(
                exchange, status=answer.status, headers=answer.headers, answer=answer.body
            )
        self._recorder.exchange(exchange)

    def _hear(self, request: Request, answer: Answer) -> None:
        left = self._left(answer.headers) if self._left else None
        if left is None:
            return
        if left.again_s is not None:
            left = Left(left.left, min(max(left.again_s, 0.0), WAIT_MAX_S))
        self._pace.heard(
            self._account, request.limit, left, cost=request.cost, now=self._clock.now()
        )

    def _judge(self, request: Request, answer: Answer, number: int) -> None:
        """Return if the answer is one that was asked for; raise what it means otherwise."""
        status = answer.status
        if 400 <= status < 500 and status not in self._throttle_statuses:
            more = request.limit.refused_cost - request.cost
            if more > 0:
                self._pace.push_back(self._account, request.limit, cost=more, now=self._clock.now())
        if status in request.ok:
            return
        refusal = self._classify(status, answer.body)
        if status in self._throttle_statuses or refusal.wait_s is not None:
            raise self._throttled(request, answer, refusal, number)
        if status >= 500 or status == _REQUEST_TIMEOUT:
            raise AgainError(
                tr("answered {status}", status=status), wait_s=self._requested_wait_s(answer)
            )
        where = f"{self._account.name}: {request.endpoint}"
        code, message = self.clean(refusal.code), self.clean(refusal.message)
        words = ": ".join(w for w in (code, message) if w)
        reason = f"{status}{f', {words}' if words else ''}"
        if status in (401, 403) and refusal.credentials:
            raise CredentialsRefused(
                tr(
                    "{where} refused the credentials ({reason}); check the key and its rights",
                    where=where,
                    reason=reason,
                ),
                status=status,
            )
        if 400 <= status < 500:
            raise RequestRefused(
                tr("{where} refused the request ({reason})", where=where, reason=reason),
                status=status,
                code=code,
                body=answer.body,
            )
        if 300 <= status < 400:
            raise AnswerNotUnderstood(
                tr(
                    "{where} answered {status}, a redirect, which is never followed; check"
                    " the address",
                    where=where,
                    status=status,
                )
            )
        raise AnswerNotUnderstood(
            tr(
                "{where} answered {reason}, which its contract does not know",
                where=where,
                reason=reason,
            )
        )

    def _throttled(
        self, request: Request, answer: Answer, refusal: Refusal, number: int
    ) -> AgainError:
        """Record the server's wait where all processes see it; the next turn comes after it."""
        wait_s = self._requested_wait_s(answer)
        if wait_s is None:
            unpaced_s = 2.0 ** (number - 1) if refusal.wait_s is None else refusal.wait_s
            wait_s = unpaced_s / max(1.0, self._account.pace)
        self._pace.push_back(self._account, request.limit, wait_s=wait_s, now=self._clock.now())
        return AgainError(
            tr("answered {status} (too many requests)", status=answer.status),
            wait_s=wait_s,
            throttled=True,
        )

    def _requested_wait_s(self, answer: Answer) -> float | None:
        """Return how long the server asks to wait, None where it does not tell."""
        wait_s = self._throttle_wait(answer.status, answer.headers) if self._throttle_wait else None
        if wait_s is None:
            wait_s = retry_after_s(answer.headers, now=self._clock.now())
        if wait_s is None or not math.isfinite(wait_s):
            return None
        return min(max(wait_s, 0.0), WAIT_MAX_S)

    def _wait(self, state: tenacity.RetryCallState) -> float:
        again = _again(state)
        if again.throttled:
            # Waited for in `Pace.acquire`, in line with the other processes.
            return 0.0
        if again.wait_s is not None:
            return again.wait_s
        return _BACK_OFF(state) / max(1.0, self._account.pace)

    async def _pause(self, seconds: float) -> None:
        name = self._account.name
        with progress.waiting(tr("{name}: no usable answer; asks again", name=name), seconds):
            await self._clock.sleep(seconds)

    def _enough(self, state: tenacity.RetryCallState, until: datetime) -> bool:
        again = _again(state)
        wait_s = max(again.wait_s or 0.0, state.upcoming_sleep)
        late = self._clock.now() + timedelta(seconds=wait_s) > until
        again.attempts = state.attempt_number
        return late or state.attempt_number >= ATTEMPTS

    def _gave_up(self, request: Request, last: AgainError) -> MarketplaceError:
        took_s = (self._clock.now() - request.began).total_seconds()
        often = (
            ""
            if last.attempts == 1
            else tr(
                ", {attempts} attempts in {took_s:.0f} s", attempts=last.attempts, took_s=took_s
            )
        )
        where = f"{self._account.name}: {request.endpoint}"
        if last.throttled:
            return Throttled(
                tr(
                    "{where} {last}{often}; it asks to wait {wait_s:.0f} s, try again later",
                    where=where,
                    last=last,
                    often=often,
                    wait_s=last.wait_s,
                ),
                wait_s=last.wait_s,
            )
        return Unreachable(
            tr("{where}: {last}{often}; try again later", where=where, last=last, often=often)
        )


def _again(state: tenacity.RetryCallState) -> AgainError:
    problem = state.outcome.exception() if state.outcome else None
    assert isinstance(problem, AgainError)
    return problem
