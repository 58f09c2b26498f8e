"""The sandbox over HTTP, for this machine alone."""

from __future__ import annotations

import asyncio
import ipaddress
import re
import socket
import threading
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from contextlib import contextmanager
from dataclasses import replace
from email.utils import format_datetime
from typing import Any
from urllib.parse import parse_qsl

from cloudstock.addresses import is_loopback_place
from cloudstock.sandbox.request import BODY_BYTES_MAX, Request
from cloudstock.sandbox.server import Sandbox

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


def asgi_app(sandbox: Sandbox) -> Callable[[Message, Receive, Send], Awaitable[None]]:
    """Return the sandbox as an ASGI application."""

    busy: Counter[tuple[str | None, str | None]] = Counter()

    async def app(scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        body = b""
        more = True
        while more and len(body) <= BODY_BYTES_MAX:
            message = await receive()
            if message["type"] == "http.disconnect":
                # Half a request is no request.
                return
            body += message.get("body", b"")
            more = bool(message.get("more_body"))
        request = Request(
            scope["method"],
            scope["path"],
            dict(parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)),
            {k.decode("latin-1").lower(): v.decode("latin-1") for k, v in scope["headers"]},
            body,
        )
        if not is_loopback_place(request.headers.get("host", "")):
            # A page whose name suddenly leads here (DNS rebinding) is told nothing.
            await send({"type": "http.response.start", "status": 421, "headers": []})
            await send({"type": "http.response.body", "body": b""})
            return
        # Limits on requests at once count by key and by the shop or cabinet in the path.
        number = re.search(r"/(\d+)", request.path)
        entity = (request.headers.get("api-key"), number[1] if number is not None else None)
        busy[entity] += 1
        try:
            answer = await asyncio.to_thread(
                sandbox.handle, replace(request, parallel=busy[entity])
            )
            if answer.delay_s:
                await asyncio.sleep(answer.delay_s)
        finally:
            busy[entity] -= 1
        # By the world's clock, which need not be this machine's.
        date = format_datetime(sandbox.world.now(), usegmt=True)
        headers = [(k.encode(), v.encode()) for k, v in {"Date": date, **answer.headers}.items()]
        if answer.dropped:
            # More is promised than comes: the server closes the connection half-way.
            headers = [(b"content-length", b"1000")]
            await send({"type": "http.response.start", "status": 200, "headers": headers})
            await send({"type": "http.response.body", "body": b"{", "more_body": True})
            return
        length = str(len(answer.body)).encode()
        if answer.status != 204:
            headers.append((b"content-length", length))
        await send({"type": "http.response.start", "status": answer.status, "headers": headers})
        await send({"type": "http.response.body", "body": answer.body})

    return app


def check_loopback(host: str) -> None:
    """Refuse to serve to anybody but this machine."""
    if host != "localhost" and not ipaddress.ip_address(host).is_loopback:
        raise ValueError(f"{host} is not this machine: the sandbox serves loopback addresses only")


@contextmanager
def serve(sandbox: Sandbox, host: str = "127.0.0.1", port: int = 0) -> Iterator[str]:
    """Serve in a thread; yields the base address, stops when left."""
    import uvicorn

    check_loopback(host)
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # asyncio sends small packets at once only where the protocol is named: 40 ms a request.
    with socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(128)
        server = uvicorn.Server(_uvicorn_config(sandbox))
        thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
        thread.start()
        url_host = f"[{host}]" if ":" in host else host
        try:
            yield f"http://{url_host}:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(10)


def wait_forever() -> None:
    """Do nothing until interrupted."""
    threading.Event().wait()


def run_forever(
    sandbox: Sandbox,
    host: str,
    port: int,
    ready: Callable[[str], None],
    meanwhile: Callable[[], None] = wait_forever,
) -> None:
    """Serve until interrupted; `ready` is told the base address, then `meanwhile` is done."""
    with serve(sandbox, host, port) as url:
        ready(url)
        try:
            meanwhile()
        except KeyboardInterrupt:
            return


def _uvicorn_config(sandbox: Sandbox) -> Any:
    import uvicorn

    return uvicorn.Config(
        asgi_app(sandbox),
        log_config=None,
        log_level="critical",
        lifespan="off",
        access_log=False,
        date_header=False,
        timeout_graceful_shutdown=1,
        ws="none",
    )
