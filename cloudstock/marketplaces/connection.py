"""One request of one account sent, and its whole answer read: bounds, compression, redaction."""

from __future__ import annotations

import asyncio
import logging
import ssl
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

import httpx

from cloudstock import __version__
from cloudstock.domain.texts import plain_json
from cloudstock.errors import AnswerNotUnderstood, ConfigurationError
from cloudstock.language import mark, spoken, tr
from cloudstock.marketplaces.base import Around
from cloudstock.marketplaces.headers import http_date
from cloudstock.marketplaces.pace import Limit
from cloudstock.marketplaces.refusals import clean
from cloudstock.marketplaces.server_clock import ServerClock
from cloudstock.redaction import BodyRedactor, Redactor
from cloudstock.settings import Account, Secret

# From the first byte sent to the last one read; time-outs of single reads do not bound that.
ANSWER_S = 60.0
# Decoded. A page of a thousand orders is under 4 MiB.
BODY_BYTES_MAX = 64 * 1024 * 1024

_TIMEOUT = httpx.Timeout(connect=10.0, read=30.0, write=30.0, pool=30.0)
_CONNECTIONS = httpx.Limits(max_connections=8, max_keepalive_connections=8)
# What the network layers say most; the rest is told in their English.
NETWORK_WORDS = (
    mark("All connection attempts failed"),
    mark("Server disconnected without sending a response."),
    mark("[Errno -2] Name or service not known"),
    mark("[Errno -3] Temporary failure in name resolution"),
    mark("[Errno 104] Connection reset by peer"),
)

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


class Request(NamedTuple):
    """What is sent, and how it counts."""

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


class AgainError(Exception):
    """An attempt that another one may mend; does not leave `Http`."""

    def __init__(self, words: str, *, wait_s: float | None = None, throttled: bool = False) -> None:
        super().__init__(words)
        # How many there have been.
        self.attempts = 1
        # What the server asked for.
        self.wait_s = wait_s
        self.throttled = throttled


class Connection:
    """Sends requests of one account, each once, over connections that stay open.

    Raises `ConfigurationError` where a credential cannot be sent in a header.
    """

    def __init__(
        self,
        account: Account,
        *,
        headers: Mapping[str, Secret | str],
        around: Around,
        answer_s: float,
        body_bytes_max: int,
    ) -> None:
        self._account = account
        self._headers = _sendable(account, headers)
        self._clock = around["clock"]
        self._transport = around.get("transport")
        self._answer_s = answer_s
        self._body_bytes_max = body_bytes_max
        self._redact = Redactor(account.secrets.values())
        self._redact_body = BodyRedactor(account.secrets.values())
        self.server_clock = ServerClock()
        self._client: httpx.AsyncClient | None = None

    async def aclose(self) -> None:
        """Close connections."""
        if self._client is not None:
            await self._client.aclose()
            self._client = None

    async def exchange(self, request: Request, number: int) -> Answer:
        """Send once and read the whole answer, whatever its status.

        Raises `AgainError` where none came whole, `AnswerNotUnderstood` where its body cannot be
        read.
        """
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
            raise AgainError(tr("no answer in time")) from problem
        except httpx.LocalProtocolError:
            # Its words may quote a header.
            raise AgainError(tr("the request could not be sent")) from None
        except (httpx.TransportError, zlib.error) as problem:
            words = spoken(clean(str(problem), self._redact) or type(problem).__name__)
            raise AgainError(tr("connection failed ({words})", words=words)) from problem
        headers = response.headers
        date = http_date(headers.get("date", ""))
        if date is not None:
            self.server_clock.saw(date, sent_at=sent_at, received_at=received_at)
        body = self._redact_body(plain_json(body))
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

    async def _read(self, request: Request, response: httpx.Response) -> bytes:
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
                    encoding=clean(encoding, self._redact),
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
