"""Who may hold a connection, and for how long: those who say nothing must not keep others out."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from cloudstock.addresses import Network, is_within

# More at once is not a household or a shop.
CONNECTIONS_MAX = 128
# Of one address, as long as no request has come whole by them.
WAITED_FOR_MAX = 32
# From its first byte to its last.
REQUEST_S = 20.0
# From one request to the next.
KEEP_ALIVE_S = 20
# How long an answer may wait for somebody who does not read it.
READ_S = 60.0
# All of them; h11 looks for an end in no more.
HEAD_BYTES_MAX = 64 * 1024
# A browser sends 20; each is looked through a dozen times.
HEADERS_MAX = 200
# Of a body: a chunk of one byte costs as much time as one of a thousand.
PIECES_MAX = 4000
# What is read at once: the bounds are looked at in between.
READ_BYTES = 16 * 1024


class _Wire(h11.Connection):
    """HTTP in as many pieces as a request may have."""

    _pieces = 0

    def next_event(self) -> type[h11.NEED_DATA | h11.PAUSED] | h11.Event:
        """Return what comes next; raises `RemoteProtocolError` also where it is too much."""
        event = super().next_event()
        if isinstance(event, h11.Request):
            self._pieces = 0
            if len(event.headers) > HEADERS_MAX:
                raise h11.RemoteProtocolError("headers")
        elif isinstance(event, h11.Data):
            self._pieces += 1
            if self._pieces > PIECES_MAX:
                raise h11.RemoteProtocolError("pieces")
        return event


class Connection(H11Protocol):
    """A connection that has an end, and gives way to a newer one while it is waited for."""

    # Many visitors come by one connection's address there.
    proxies: Sequence[Network] = ()
    # Since when it is waited for, by the loop's clock.
    since = 0.0
    _deadline: asyncio.TimerHandle | None = None
    _reader_deadline: asyncio.TimerHandle | None = None
    # A part of a request is there.
    _begun = False

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.conn = _Wire(h11.SERVER, HEAD_BYTES_MAX)

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for a request."""
        super().connection_made(transport)
        self.since = self.loop.time()
        self._end_after(REQUEST_S)
        self._make_room()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no more."""
        self._end_after(None)
        self.resume_writing()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Give a request its time from the first byte on, however slowly the others drip."""
        first, self._begun = not self._begun, True
        for at in range(0, len(data), READ_BYTES):
            if self.transport.is_closing():
                return
            super().data_received(data[at : at + READ_BYTES])
        if not self.waited_for:
            self._begun = False
            self._end_after(None)
        elif first:
            self._end_after(REQUEST_S)

    def on_response_complete(self) -> None:
        """Wait for the next request; uvicorn closes before, where nothing comes."""
        super().on_response_complete()
        if self.waited_for:
            self.since, self._begun = self.loop.time(), False
            self._end_after(KEEP_ALIVE_S + READ_S)

    def send_400_response(self, msg: str) -> None:
        """Refuse what is no HTTP; just end where an answer has begun, or may have no body."""
        try:
            super().send_400_response(msg)
        except h11.LocalProtocolError:
            self.transport.close()

    def pause_writing(self) -> None:
        """Give who reads the answer its time."""
        super().pause_writing()
        self._reader_deadline = self.loop.call_later(READ_S, self.transport.abort)

    def resume_writing(self) -> None:
        """Go on: something was read."""
        super().resume_writing()
        if self._reader_deadline is not None:
            self._reader_deadline.cancel()
            self._reader_deadline = None

    @property
    def waited_for(self) -> bool:
        """True as long as no whole request is there."""
        return self.conn.their_state in (h11.IDLE, h11.SEND_BODY)

    @property
    def host(self) -> str:
        """The address at its other end; "": it has none."""
        return self.client[0] if self.client else ""

    def _end_after(self, seconds: float | None) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
        self._deadline = (
            None if seconds is None else self.loop.call_later(seconds, self.transport.abort)
        )

    def _make_room(self) -> None:
        """End the one that is waited for longest, where this one is one too many."""
        others = [
            other
            for other in self.connections
            if isinstance(other, Connection) and not other.transport.is_closing()
        ]
        waited_for = [other for other in others if other.waited_for]
        of_host = [other for other in waited_for if other.host == self.host]
        if len(of_host) > WAITED_FOR_MAX and not is_within(self.host, self.proxies):
            min(of_host, key=_since).transport.abort()
        elif len(others) > CONNECTIONS_MAX:
            min(waited_for, key=_since).transport.abort()


def _since(connection: Connection) -> float:
    return connection.since


def behind(proxies: Sequence[Network]) -> type[Connection]:
    """Return the connections of a server that these proxies stand before."""
    return type("Connection", (Connection,), {"proxies": tuple(proxies)})
