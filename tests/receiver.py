"""A listener on this machine: who is told something by HTTP, and what."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Receiver:
    """What has arrived, in order: methods and paths with bodies."""

    port: int
    requests: list[tuple[str, str, bytes]] = field(default_factory=list)
    # What it answers, and where it sends whoever asks.
    status: int = 200
    location: str = ""

    @property
    def address(self) -> str:
        """The address for Apprise; it holds a word that is nobody's business."""
        return f"json://127.0.0.1:{self.port}/n0tice-s3cret-of-the-seller"

    @property
    def messages(self) -> list[dict[str, Any]]:
        """The notices that arrived."""
        return [json.loads(body) for method, _, body in self.requests if method == "POST"]

    @property
    def beats(self) -> list[str]:
        """The heartbeats that arrived: their paths."""
        return [path for method, path, _ in self.requests if method == "GET"]


@contextmanager
def listening() -> Iterator[Receiver]:
    """Listen until left."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._take()

        def do_POST(self) -> None:
            self._take()

        def _take(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            receiver.requests.append((self.command, self.path, body))
            self.send_response(receiver.status)
            self.send_header("Content-Length", "0")
            if receiver.location:
                self.send_header("Location", receiver.location)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        receiver = Receiver(server.server_address[1])
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield receiver
        finally:
            server.shutdown()
            thread.join()
