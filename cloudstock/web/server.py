"""Serves the application until somebody stops it."""

from __future__ import annotations

import logging
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import uvicorn

from cloudstock.web.app import application
from cloudstock.web.calls import CallTaker
from cloudstock.web.connections import CONNECTIONS_MAX, KEEP_ALIVE_S, behind
from cloudstock.web.site import Site

STOP_S = 3


def _server(site: Site) -> uvicorn.Server:
    return uvicorn.Server(
        uvicorn.Config(
            CallTaker(application(site), site),
            log_config=None,
            log_level=logging.CRITICAL,
            access_log=False,
            lifespan="off",
            ws="none",
            server_header=False,
            # Who a request comes from is what the connection says; a header says anything.
            proxy_headers=False,
            http=behind(site.config.web.proxies),
            # One that nothing gave way to: all of them are at work.
            limit_concurrency=CONNECTIONS_MAX + 1,
            timeout_keep_alive=KEEP_ALIVE_S,
            timeout_graceful_shutdown=STOP_S,
        )
    )


def listener_of(host: str, port: int) -> socket.socket:
    """Return a socket that listens; raises `OSError`."""
    family, kind, protocol, _, address = socket.getaddrinfo(
        host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )[0]
    listener = socket.socket(family, kind, protocol)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(128)
    except OSError:
        listener.close()
        raise
    return listener


def address_of(listener: socket.socket) -> str:
    """Return where a listener is reached, for people."""
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


@contextmanager
def serving(site: Site, host: str, port: int) -> Iterator[str]:
    """Serve in a thread; yields the address, stops when left, with the round that is at work."""
    with listener_of(host, port) as listener:
        server = _server(site)
        thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
        thread.start()
        site.called.start()
        try:
            yield address_of(listener)
        finally:
            server.should_exit = True
            thread.join(STOP_S * 2)
            site.called.stop()
            site.rounds.stop()
            site.uploads.clear()


def serve(site: Site, host: str, port: int, ready: Callable[[str], None]) -> None:
    """Serve until interrupted; `ready` is told the address. Raises `OSError`."""
    with serving(site, host, port) as address:
        ready(address)
        forever = threading.Event()
        try:
            forever.wait()
        except KeyboardInterrupt:
            return
