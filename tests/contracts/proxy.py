"""A proxy on loopback that passes everything on, and keeps what was said."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPException, HTTPResponse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from operator import attrgetter
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from tests.contracts.judge import Exchange

# Between two hops only; lengths are told anew.
_HOP = frozenset({"connection", "keep-alive", "transfer-encoding", "content-length"})
TIMEOUT_S = 60.0


@contextmanager
def proxy(
    behind: str,
    keep: Callable[[Exchange], None],
    change: Callable[[Exchange], bytes] = attrgetter("answer"),
) -> Iterator[str]:
    """Serve in front of the address `behind`; yield the proxy's own address.

    `keep` is given every exchange, one at a time. One that broke off is passed on as broken off
    and not kept. `change` returns the body to pass on instead of an answer's own.
    """
    host = urlsplit(behind).netloc
    lock = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        # The headers and the body leave together.
        wbufsize = -1
        disable_nagle_algorithm = True

        def setup(self) -> None:
            super().setup()
            self._behind = HTTPConnection(host, timeout=TIMEOUT_S)

        def finish(self) -> None:
            self._behind.close()
            super().finish()

        def log_message(self, *_: Any) -> None:
            """Nobody reads it."""

        def _pass_on(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            headers = {k: v for k, v in self.headers.items() if k.lower() not in _HOP}
            try:
                self._behind.request(self.command, self.path, body or None, headers)
                answer = self._behind.getresponse()
                answered = answer.read()
            except (OSError, HTTPException):
                self._behind.close()
                self.close_connection = True
                return
            address = urlsplit(self.path)
            with lock:
                exchange = Exchange(
                    method=self.command,
                    path=address.path,
                    query=tuple(parse_qsl(address.query, keep_blank_values=True)),
                    headers={k.lower(): v for k, v in self.headers.items()},
                    body=body,
                    status=answer.status,
                    answer_headers={k.lower(): v for k, v in answer.getheaders()},
                    answer=answered,
                )
                keep(exchange)
                answered = change(exchange)
            self._reply(answer, answered)

        def _reply(self, answer: HTTPResponse, body: bytes) -> None:
            self.send_response_only(answer.status, answer.reason)
            for name, value in answer.getheaders():
                if name.lower() not in _HOP:
                    self.send_header(name, value)
            if answer.status != 204:
                self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
            self.wfile.flush()

    for method in ("GET", "POST", "PUT", "PATCH", "DELETE"):
        setattr(Handler, f"do_{method}", Handler._pass_on)

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request: Any, client_address: Any) -> None:
            """A client that went away in the middle is nothing to tell."""

    server = Server(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
