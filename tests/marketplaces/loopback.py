"""A server on loopback that does exactly what a test says, byte by byte if need be."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

Reply = Callable[[asyncio.StreamWriter], Awaitable[None]]


@dataclass(frozen=True)
class Seen:
    """One request as it arrived."""

    line: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Loopback:
    """Replies in the order given; the last one again and again."""

    replies: list[Reply]
    url: str = ""
    seen: list[Seen] = field(default_factory=list)
    connections: int = 0
    _open: dict[asyncio.StreamWriter, asyncio.Task[None] | None] = field(default_factory=dict)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self._open[writer] = asyncio.current_task()
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                line, *rest = head.strip().split("\r\n")
                headers = dict(h.lower().split(": ", 1) for h in rest)
                body = await reader.readexactly(int(headers.get("content-length", 0)))
                self.seen.append(Seen(line, headers, body))
                reply = self.replies[min(len(self.seen), len(self.replies)) - 1]
                await reply(writer)
                await writer.drain()
                if writer.is_closing():
                    return
        except (asyncio.IncompleteReadError, ConnectionError):
            return
        finally:
            writer.close()

    async def close(self) -> None:
        """Hang up on everybody and wait until they know."""
        for writer in self._open:
            writer.close()
        await asyncio.gather(*(task for task in self._open.values() if task))


@asynccontextmanager
async def loopback(*replies: Reply) -> AsyncIterator[Loopback]:
    """Serve these replies while the block runs."""
    server = Loopback(list(replies))
    listening = await asyncio.start_server(server._serve, "127.0.0.1", 0)
    server.url = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
    try:
        yield server
    finally:
        listening.close()
        await server.close()


def answer(
    status: int = 200, body: bytes | object = b"{}", headers: dict[str, str] | None = None
) -> Reply:
    """A whole answer."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()

    async def reply(writer: asyncio.StreamWriter) -> None:
        lines = [f"HTTP/1.1 {status} Whatever"]
        lines += [f"{k}: {v}" for k, v in (headers or {}).items()]
        if status not in (204, 304):
            lines.append(f"Content-Length: {len(raw)}")
        writer.write("\r\n".join([*lines, "", ""]).encode("latin-1"))
        if status not in (204, 304):
            writer.write(raw)

    return reply


def raw(data: bytes, *, close: bool = True) -> Reply:
    """These bytes, then the end."""

    async def reply(writer: asyncio.StreamWriter) -> None:
        writer.write(data)
        if close:
            writer.close()

    return reply


async def hang_up(writer: asyncio.StreamWriter) -> None:
    """Close without a word."""
    writer.close()


async def drip(writer: asyncio.StreamWriter) -> None:
    """A byte now and then, for ever."""
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
    while not writer.is_closing():
        writer.write(b" ")
        await writer.drain()
        await asyncio.sleep(0.01)
