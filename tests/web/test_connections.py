"""Who says nothing, or says it slowly, keeps nobody else out."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, suppress
from urllib.parse import urlsplit

import httpx
import pytest

from cloudstock.web import connections
from cloudstock.web.connections import CONNECTIONS_MAX, WAITED_FOR_MAX
from tests.web.conftest import TOKEN, Window
from tests.web.test_access import basic

HEAD = b"POST /login HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 40\r\n"
# As far as a request comes.
PARTS = {
    "nothing": b"",
    "half a line": b"GET / HT",
    "half of the headers": HEAD,
    "half of the body": HEAD + b"\r\npassword=",
    "half of a chunk": HEAD.replace(b"Content-Length: 40", b"Transfer-Encoding: chunked")
    + b"\r\nff\r\npass",
    "a part of the next one": b"GET /static/style.css HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\nGET",
}


def connect(window: Window, part: bytes) -> socket.socket:
    address = urlsplit(window.url)
    connection = socket.create_connection((address.hostname or "", address.port or 0), 60)
    connection.sendall(part)
    return connection


def ended(connection: socket.socket) -> bool:
    """Read what is there until the server ends it, as it does; a time-out is an error."""
    with suppress(ConnectionResetError):
        while connection.recv(65536):
            pass
    return True


def send_until_ended(connection: socket.socket, part: bytes) -> None:
    with suppress(BrokenPipeError, ConnectionResetError):
        while True:
            connection.sendall(part)


@pytest.fixture
def many(locked_window: Window) -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def test_those_that_are_waited_for_keep_nobody_out(locked_window: Window, many: ExitStack) -> None:
    number = 2 * WAITED_FOR_MAX
    for part in PARTS.values():
        slow = [many.enter_context(closing(connect(locked_window, part))) for _ in range(number)]
        assert (
            httpx.get(f"{locked_window.url}/login", trust_env=False, verify=False).status_code
            == 200
        )
        # The oldest gave way.
        assert all(ended(connection) for connection in slow[: number - WAITED_FOR_MAX - 1])


def test_behind_a_proxy_only_all_together_are_bounded(
    locked_window: Window, many: ExitStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "is_within", lambda _host, _proxies: True)
    slow = [many.enter_context(closing(connect(locked_window, b"G"))) for _ in range(200)]
    assert httpx.get(f"{locked_window.url}/login", trust_env=False, verify=False).status_code == 200
    assert all(ended(connection) for connection in slow[: 200 - CONNECTIONS_MAX])
    kept = slow[-1]
    kept.sendall(b"ET /login HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
    assert kept.recv(12) == b"HTTP/1.1 200"


def test_a_request_has_its_time_and_no_more(
    locked_window: Window, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("REQUEST_S", "KEEP_ALIVE_S", "READ_S"):
        monkeypatch.setattr(connections, name, 0.05)
    for part in PARTS.values():
        with closing(connect(locked_window, part)) as slow:
            assert ended(slow)
    # Nor has it more where something comes all the time.
    with closing(connect(locked_window, HEAD)) as slow:
        send_until_ended(slow, b"X-Drip: 1\r\n")


def test_what_is_at_work_gives_way_to_nobody(locked_window: Window, many: ExitStack) -> None:
    weighing, over = threading.Event(), threading.Event()

    def slow(_given: str, _kept: str) -> bool:
        weighing.set()
        return over.wait(60)

    locked_window.site.access.matches = slow
    status = f"{locked_window.url}/api/v1/status"
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(
            httpx.get, status, headers=basic("x"), trust_env=False, verify=False, timeout=60
        )
        assert weighing.wait(60)
        for _ in range(CONNECTIONS_MAX):
            many.enter_context(closing(connect(locked_window, b"G")))
        token = {"Authorization": f"Bearer {TOKEN}"}
        assert httpx.get(status, headers=token, trust_env=False, verify=False).status_code == 200
        over.set()
        assert answer.result().status_code == 200


def test_who_does_not_read_an_answer_holds_it_for_a_time_only(
    locked_window: Window, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "READ_S", 0.05)
    get = b"GET /static/htmx.min.js HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
    with closing(connect(locked_window, b"")) as slow:
        # Answers pile up until the server waits for them to be read, and then it ends.
        send_until_ended(slow, get * 10)


CHUNKED = b"POST /login HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\n"


@pytest.mark.parametrize(
    "request_",
    [
        CHUNKED + b"1\r\na\r\n" * 1_000_000,
        CHUNKED.replace(b"/login", b"/api/v1/counts") + b"1\r\na\r\n" * 1_000_000,
        b"GET /login HTTP/1.1\r\nHost: 127.0.0.1\r\n" + b"a:b\r\n" * 10_000 + b"\r\n",
        b"GET /login HTTP/1.1\r\nHost: 127.0.0.1\r\n" + b"a:b\r\n" * 1_000_000 + b"\r\n",
    ],
    ids=["a form", "JSON", "headers", "more headers"],
)
def test_a_request_in_a_million_pieces_ends_before_they_are_read(
    locked_window: Window, request_: bytes
) -> None:
    def flood() -> bytes:
        answer = b""
        with suppress(BrokenPipeError, ConnectionResetError):
            wire.sendall(request_)
        with suppress(ConnectionResetError):
            while part := wire.recv(65536):
                answer += part
        return answer

    with closing(connect(locked_window, b"")) as wire, ThreadPoolExecutor(1) as pool:
        answer = pool.submit(flood)
        # Meanwhile, and after.
        for _ in range(3):
            assert (
                httpx.get(f"{locked_window.url}/login", trust_env=False, verify=False).status_code
                == 200
            )
        # Where more was on its way the system may throw the answer away.
        assert answer.result().startswith(b"HTTP/1.1 4") or not answer.result()


def test_a_body_may_come_in_chunks(locked_window: Window) -> None:
    count = b'{"counts": [{"sku": "MUG", "quantity": 6}], "dry_run": true}'
    answer = httpx.post(
        f"{locked_window.url}/api/v1/counts",
        content=(count[at : at + 1] for at in range(len(count))),
        headers={"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"},
        trust_env=False,
        verify=False,
    )
    assert answer.status_code == 200
