"""One HTTP client for all marketplaces: credentials, pace, retries, bounds, errors, redaction.

An adapter says what to ask, of which type the answer is, and how its marketplace speaks of limits
and refusals. Everything that can go wrong on the way becomes one of the errors of
`cloudstock.errors`, whose text names account and endpoint and never holds a header, a query, a
body or a credential.
"""

from __future__ import annotations

import asyncio
import logging
import math
import ssl
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from time import perf_counter
from typing import TypeVar

import httpx
import msgspec
import tenacity

from cloudstock import __version__
from cloudstock.errors import (
    AnswerNotUnderstood,
    ConfigurationError,
    CredentialsRefused,
    MarketplaceError,
    RequestRefused,
    Throttled,
    Unreachable,
)
from cloudstock.language import mark, spoken, tr
from cloudstock.marketplaces.base import Around, Exchange, Met
from cloudstock.marketplaces.headers import http_date, retry_after_s
from cloudstock.marketplaces.pace import Left, Limit
from cloudstock.marketplaces.refusals import Refusal, clean, plain_refusal
from cloudstock.marketplaces.server_clock import ServerClock
from cloudstock.redaction import BodyRedactor, Redactor
from cloudstock.settings import Account, Secret

T = TypeVar("T")

ATTEMPTS = 5
# For everything that one call does: its turn, its attempts, the waits between them.
PATIENCE_S = 60.0
# From the first byte sent to the last one read; time-outs of single reads do not bound that.
ANSWER_S = 60.0
# Decoded. A page of a thousand orders is under 4 MiB.
BODY_BYTES_MAX = 64 * 1024 * 1024
# A server that asks for more than this is asked again by another run anyway.
WAIT_MAX_S = 3600.0

_TIMEOUT = httpx.Timeout(connect=10.0, read=30.0, write=30.0, pool=30.0)
_CONNECTIONS = httpx.Limits(max_connections=8, max_keepalive_connections=8)
_BACK_OFF = tenacity.wait_random_exponential(multiplier=1.0, max=20.0)
_REQUEST_TIMEOUT = 408
# What the network layers say most; the rest is told in their English.
NETWORK_WORDS = (
    mark("All connection attempts failed"),
    mark("Server disconnected without sending a response."),
    mark("[Errno -2] Name or service not known"),
    mark("[Errno -3] Temporary failure in name resolution"),
    mark("[Errno 104] Connection reset by peer"),
)

_log = logging.getLogger("cloudstock.http")

# Both write whole addresses, httpcore all headers, at levels that a curious person turns on.
for _name in ("httpx", "httpcore"):
    logging.getLogger(_name).setLevel(logging.WARNING)


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer as received, its body decompressed."""

    # Method and path of the request.
    endpoint: str
    status: int
    # By name in any case.
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    # What the server's clock said; None where it did not tell.
    date: datetime | None
    # How often the request was sent for it: an earlier sending may have been applied, too.
    attempts: int = 1


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
        self._headers = _sendable(account, headers)
        self._clock = around["clock"]
        self._pace = around["pace"]
        self._throttle_wait = throttle_wait
        self._throttle_statuses = throttle_statuses
        self._left = left
        self._classify = classify or plain_refusal
        self._transport = around.get("transport")
        self._deadline = around.get("deadline")
        self._recorder = around.get("recorder")
        self._surprises = around.get("surprises")
        self._strict = strict
        self._trace = trace
        self._answer_s = answer_s
        self._body_bytes_max = body_bytes_max
        self._redact = Redactor(account.secrets.values())
        self._redact_body = BodyRedactor(account.secrets.values())
        self.server_clock = ServerClock()
        self._client: httpx.AsyncClient | None = None

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
        request = _Request(
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
            retry=tenacity.retry_if_exception_type(_AgainError),
            wait=self._wait,
            stop=lambda state: self._enough(state, until),
            sleep=self._clock.sleep,
            reraise=True,
        )
        try:
            async for attempt in retrying:
                with attempt:
                    number = attempt.retry_state.attempt_number
                    return await self._attempt(request, number, until)
        except _AgainError as last:
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
        if self._client is not None:
            await self._client.aclose()
            self._client = None

    async def _attempt(self, request: _Request, number: int, until: datetime) -> Answer:
        await self._pace.acquire(
            self._account, request.limit, request.cost, clock=self._clock, until=until
        )
        at, began = self._clock.now(), perf_counter()
        answer: Answer | None = None
        problem = ""
        try:
            answer = await self._exchange(request, number)
        except BaseException as error:
            problem = str(error) or type(error).__name__
            raise
        finally:
            ms = round((perf_counter() - began) * 1000)
            self._log_answer(request, answer, ms, number)
            self._record(request, answer, at=at, ms=ms, attempt=number, problem=problem)
        self._hear(request, answer)
        self._judge(request, answer, number)
        return answer

    def _log_answer(self, request: _Request, answer: Answer | None, ms: int, number: int) -> None:
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
        request: _Request,
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

    def _hear(self, request: _Request, answer: Answer) -> None:
        left = self._left(answer.headers) if self._left else None
        if left is None:
            return
        if left.again_s is not None:
            left = Left(left.left, min(max(left.again_s, 0.0), WAIT_MAX_S))
        self._pace.heard(
            self._account, request.limit, left, cost=request.cost, now=self._clock.now()
        )

    async def _exchange(self, request: _Request, number: int) -> Answer:
        """Send once and read the whole answer, whatever its status."""
        if self._client is None:
            self._client = self._connect()
        sent_at = self._clock.now()
        try:
            async with (
                asyncio.timeout(self._answer_s),
                self._client.stream(
                    request.method,
                    request.url,
                    params=request.params,
                    content=request.content,
                    headers={"Content-Type": "application/json"} if request.content else None,
                ) as response,
            ):
                received_at = self._clock.now()
                body = await self._read(request, response)
        except (TimeoutError, httpx.TimeoutException) as problem:
            raise _AgainError(tr("no answer in time")) from problem
        except httpx.LocalProtocolError:
            # Its words may quote a header.
            raise _AgainError(tr("the request could not be sent")) from None
        except (httpx.TransportError, zlib.error) as problem:
            words = spoken(self.clean(str(problem)) or type(problem).__name__)
            raise _AgainError(tr("connection failed ({words})", words=words)) from problem
        headers = response.headers
        date = http_date(headers.get("date", ""))
        if date is not None:
            self.server_clock.saw(date, sent_at=sent_at, received_at=received_at)
        body = self._redact_body(body)
        return Answer(request.endpoint, response.status_code, headers, body, date, number)

    def _connect(self) -> httpx.AsyncClient:
        verify: ssl.SSLContext | bool = True
        if (self._account.base_url or "").startswith("http://"):
            # On loopback nothing is certified. Reading the system's certificates takes 40 ms; this
            # one trusts nobody.
            verify = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        return httpx.AsyncClient(
            verify=verify,
            headers={
                "Accept": "application/json",
                "Accept-Encoding": "gzip",
                "User-Agent": f"cloudstock/{__version__}",
                **self._headers,
            },
            timeout=_TIMEOUT,
            limits=_CONNECTIONS,
            transport=self._transport,
            follow_redirects=False,
            # An address of the user's own is reached directly, not through the system's proxy.
            trust_env=self._account.base_url is None,
        )

    async def _read(self, request: _Request, response: httpx.Response) -> bytes:
        """Read and decompress the body, never holding more than the cap.

        httpx would decompress a whole chunk before it could be counted.
        """
        too_big = AnswerNotUnderstood(
            tr(
                "{name}: {endpoint} answered more than {most} bytes",
                name=self._account.name,
                endpoint=request.endpoint,
                most=self._body_bytes_max,
            )
        )
        if response.is_stream_consumed:
            # Transports in memory hand over answers that are read and decompressed already.
            if len(response.content) > self._body_bytes_max:
                raise too_big
            return response.content
        encoding = response.headers.get("content-encoding", "identity").strip().lower()
        if encoding not in ("identity", "", "gzip", "x-gzip"):
            raise AnswerNotUnderstood(
                tr(
                    "{name}: {endpoint} answered in an encoding that was not asked for"
                    " ({encoding})",
                    name=self._account.name,
                    endpoint=request.endpoint,
                    encoding=self.clean(encoding),
                )
            )
        unzip = zlib.decompressobj(zlib.MAX_WBITS | 16) if "gzip" in encoding else None
        body = bytearray()
        chunk = b""
        async for chunk in response.aiter_raw():
            if unzip is not None:
                # One byte over the cap is enough to know; 0 would mean no bound.
                body += unzip.decompress(chunk, self._body_bytes_max - len(body) + 1)
            else:
                body += chunk
            if len(body) > self._body_bytes_max:
                raise too_big
        if unzip is not None and chunk and not unzip.eof:
            raise zlib.error("the compressed answer ends too early")
        return bytes(body)

    def _judge(self, request: _Request, answer: Answer, number: int) -> None:
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
            raise _AgainError(
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
        self, request: _Request, answer: Answer, refusal: Refusal, number: int
    ) -> _AgainError:
        """Record the server's wait where all processes see it; the next turn comes after it."""
        wait_s = self._requested_wait_s(answer)
        if wait_s is None:
            unpaced_s = 2.0 ** (number - 1) if refusal.wait_s is None else refusal.wait_s
            wait_s = unpaced_s / max(1.0, self._account.pace)
        self._pace.push_back(self._account, request.limit, wait_s=wait_s, now=self._clock.now())
        return _AgainError(
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

    def _enough(self, state: tenacity.RetryCallState, until: datetime) -> bool:
        again = _again(state)
        wait_s = max(again.wait_s or 0.0, state.upcoming_sleep)
        late = self._clock.now() + timedelta(seconds=wait_s) > until
        again.attempts = state.attempt_number
        return late or state.attempt_number >= ATTEMPTS

    def _gave_up(self, request: _Request, last: _AgainError) -> MarketplaceError:
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


@dataclass(frozen=True, slots=True)
class _Request:
    method: str
    url: str
    path: str
    # Method and path: what logs and errors may tell.
    endpoint: str
    params: Mapping[str, str | int] | None
    content: bytes | None
    limit: Limit
    cost: float
    ok: tuple[int, ...]
    began: datetime


class _AgainError(Exception):
    """An attempt that another one may mend; does not leave this module."""

    def __init__(self, words: str, *, wait_s: float | None = None, throttled: bool = False) -> None:
        super().__init__(words)
        # How many there have been.
        self.attempts = 1
        # What the server asked for.
        self.wait_s = wait_s
        self.throttled = throttled


def _again(state: tenacity.RetryCallState) -> _AgainError:
    problem = state.outcome.exception() if state.outcome else None
    assert isinstance(problem, _AgainError)
    return problem


def _sendable(account: Account, headers: Mapping[str, Secret | str]) -> dict[str, str]:
    """Return the headers in plain; refuse here what the HTTP library would quote in its error."""
    plain = {}
    for name, value in headers.items():
        text = value.reveal() if isinstance(value, Secret) else value
        if (
            not text
            or not all("!" <= c <= "~" for c in text.replace(" ", "!"))
            or text != text.strip()
        ):
            raise ConfigurationError(
                tr(
                    "{name}: the credential sent as {header} is empty or holds a blank, a"
                    " line break or a letter outside ASCII; copy it again",
                    name=account.name,
                    header=name,
                )
            )
        plain[name] = text
    return plain
