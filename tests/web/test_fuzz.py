"""Every address, by every method, with headers of every kind: nothing is told, done, or fails.

In short: some headers for each address and method, the same at each run.
"""

from __future__ import annotations

import logging
import random
import re
import socket
from collections.abc import Iterator
from contextlib import closing
from http.client import HTTPResponse
from urllib.parse import urlsplit

import pytest
from starlette.routing import Mount, Route

from cloudstock.web.app import application
from cloudstock.web.guard import HEADERS, PUBLIC, SAFE_METHODS
from tests.web.conftest import TOKEN, Window
from tests.web.test_access import basic

METHODS = (*SAFE_METHODS, "POST", "PUT", "PATCH", "DELETE", "TRACE", "CONNECT", "PROPFIND", "get")
# How an address may be written; {} stands for it.
WRITTEN = (
    "{}",
    "/{}",
    "{}/",
    "{}?lang=ru",
    "{}?%00=%FF&lang=%",
    "{}%00",
    "{}/..%2f..",
    "{}?next=//evil.example",
)
ELSEWHERE = [b"Origin: http://evil.example", b"Sec-Fetch-Site: cross-site"]
VARIANTS: tuple[list[bytes], ...] = (
    [],
    ELSEWHERE,
    [b"Origin: null"],
    [b"Sec-Fetch-Site: same-site"],
    [b"Cookie: cloudstock=" + b"A" * 43],
    [b"Cookie: cloudstock=\xff; cloudstock; =;;", b'Cookie: a="b'],
    [b"Cookie: " + b"a=b; " * 2000],
    [b'Cookie: a="' + b"\\" * 15_000 + b'"'],
    [b"Authorization: Bearer"],
    [b"Authorization: Bearer \xff"],
    [b"Authorization: Basic Og=="],
    [b"Authorization: " + basic("guess")["Authorization"].encode()],
    [b"Accept-Language: " + b"ru;q=nan," * 500],
    [b"X-Forwarded-For: 127.0.0.1", b"X-Forwarded-Host: evil.example", b"Forwarded: for=::1"],
    [b"X-Original-URL: /products", b"X-Rewrite-URL: /products", b"X-HTTP-Method-Override: GET"],
    [b"HX-Request: true"],
    [b"X-CSRF-Token: " + b"0" * 64],
    [b"Content-Type: application/json", b"Content-Length: 2", b"", b"{}"],
    [b"Content-Type: application/x-www-form-urlencoded", b"Content-Length: 6", b"", b"csrf=%"],
    [b"Content-Length: 99999999999999999999"],
    [b"Content-Length: -1"],
    [b"Content-Length: 1", b"Transfer-Encoding: chunked", b"", b"0\r\n\r\n"],
    [b"Transfer-Encoding: chunked", b"", b"zz\r\n"],
    [b"Expect: 100-continue"],
    [b"Upgrade: websocket", b"Connection: Upgrade", b"Sec-WebSocket-Version: 13"],
    [b"Range: bytes=0-0,-1", b"If-None-Match: *", b"If-Modified-Since: x"],
)
HOSTS = (b"127.0.0.1", b"stock.example", b"", b"[::1", b"127.0.0.1:99999999", b"a\xffb")


def addresses(window: Window) -> list[str]:
    routes = application(window.site)._app.routes  # type: ignore[attr-defined]
    paths = [re.sub(r"\{\w+\}", "MUG", r.path) for r in routes if isinstance(r, Route | Mount)]
    assert len(paths) > 40
    return [*paths, "/static/style.css", "/static/..%2fserver.py", "/nowhere", "*", "", "http://x/"]


def ask(window: Window, method: str, target: str, headers: list[bytes]) -> HTTPResponse:
    address = urlsplit(window.url)
    with closing(socket.create_connection((address.hostname or "", address.port or 0), 60)) as wire:
        lines = [f"{method} {target} HTTP/1.1".encode(), b"Connection: close", *headers]
        wire.sendall(b"\r\n".join(lines) + (b"" if b"" in headers else b"\r\n\r\n"))
        with closing(HTTPResponse(wire, method=method)) as answer:
            answer.begin()
            answer.text = answer.read().decode()  # type: ignore[attr-defined]
            return answer


def asked(window: Window, seed: int) -> Iterator[tuple[str, str, list[bytes]]]:
    chance = random.Random(seed)
    for address in addresses(window):
        for method in chance.sample(METHODS, 5):
            target = chance.choice(WRITTEN).format(address)
            yield method, target, chance.choice(VARIANTS)


def check(window: Window, method: str, target: str, headers: list[bytes]) -> HTTPResponse | None:
    """Ask, and look at what every answer must be; None: it was no request of HTTP's."""
    answer = ask(window, method, target, headers)
    text: str = answer.text  # type: ignore[attr-defined]
    case = (method, target, headers, answer.status, text[:300])
    assert answer.status < 500, case
    if answer.headers["content-type"] == "text/plain; charset=utf-8" and answer.status == 400:
        # The server's own word, before any of ours.
        assert text in ("", "Invalid HTTP request received."), case
        return None
    for name, value in HEADERS.items():
        assert answer.headers[name] == value, case
    location = answer.headers.get("location", "/")
    assert re.match(r"/(?![/\\])", location), case
    return answer


def test_a_stranger_is_told_nothing_and_does_nothing(
    locked_window: Window, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.ERROR)
    before = locked_window.contents()
    chance = random.Random(1)
    for method, target, headers in asked(locked_window, 1):
        host = b"Host: " + chance.choice(HOSTS)
        answer = check(locked_window, method, target, [host, *headers])
        if answer is None or answer.status != 200:
            continue
        text: str = answer.text  # type: ignore[attr-defined]
        path = target.partition("?")[0]
        elsewhere = headers == ELSEWHERE or headers == [b"Sec-Fetch-Site: same-site"]
        comes_again = elsewhere and (method == "HEAD" or "refresh" in text)
        assert path.startswith(PUBLIC) or comes_again, (method, target)
        assert "MUG" not in text.replace(path, "")
    assert locked_window.contents() == before
    assert locked_window.site.rounds.last is None
    assert [r for r in caplog.records if r.exc_info] == []


def test_another_sites_page_does_nothing_for_who_is_signed_in(
    locked_window: Window, open_window: Window, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.ERROR)
    before = locked_window.contents()
    cookie = f"Cookie: cloudstock={locked_window.site.access.sign_in()}".encode()
    token = f"Authorization: Bearer {TOKEN}".encode()
    callers = [(locked_window, [cookie]), (locked_window, [token]), (open_window, [])]
    chance = random.Random(2)
    for method, target, headers in asked(locked_window, 2):
        if method in SAFE_METHODS:
            continue
        window, known = chance.choice(callers)
        check(window, method, target, [b"Host: 127.0.0.1", *known, *ELSEWHERE, *headers])
    assert locked_window.contents() == before
    assert locked_window.site.rounds.last is None
    assert open_window.site.rounds.last is None
    assert [r for r in caplog.records if r.exc_info] == []


def test_without_a_password_no_other_name_is_told_anything(open_window: Window) -> None:
    before = open_window.contents()
    for method, target, headers in asked(open_window, 3):
        host = [b"Host: evil.example", *(h for h in headers if not h.startswith(b"Host"))]
        answer = check(open_window, method, target, host)
        assert answer is None or answer.status in (421, 413, 400), (method, target, headers)
    assert open_window.contents() == before
