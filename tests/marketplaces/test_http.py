"""The client against a real server on loopback that behaves as servers do on bad days."""

from __future__ import annotations

import asyncio
import gzip
import json
import logging
import socket
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import msgspec
import pytest

from cloudstock.errors import (
    AnswerNotUnderstood,
    CloudstockError,
    ConfigurationError,
    CredentialsRefused,
    RequestRefused,
    Throttled,
    Unreachable,
)
from cloudstock.marketplaces.base import Around, Exchange, Recorder
from cloudstock.marketplaces.fields import UNITS_MAX
from cloudstock.marketplaces.headers import count, http_date, retry_after_s
from cloudstock.marketplaces.http import ATTEMPTS, Http
from cloudstock.marketplaces.pace import Left, Limit, Pace
from cloudstock.marketplaces.refusals import TEXT_MAX, Refusal, clean
from cloudstock.redaction import BodyRedactor, Redactor
from cloudstock.settings import Account, Secret
from tests.marketplaces.clocks import START, JumpingClock
from tests.marketplaces.loopback import Loopback, Reply, answer, drip, hang_up, loopback, raw

LIMIT = Limit("lists", per_s=1000.0, burst=1000)
KEY = "s3cret-api-key"


class Item(msgspec.Struct):
    id: int
    name: str = ""


class Items(msgspec.Struct):
    items: list[Item]


def account(url: str | None, **also: Any) -> Account:
    return Account("shop", "ozon", (), base_url=url, secrets={"api_key": Secret(KEY)}, **also)


def around() -> Around:
    return {"clock": JumpingClock(), "pace": Pace()}


def meet(
    *replies: Reply,
    ask: Callable[[Http, Loopback], Awaitable[Any]],
    clock: JumpingClock | None = None,
    pace: Pace | None = None,
    deadline: datetime | None = None,
    recorder: Recorder | None = None,
    share: float = 1.0,
    **options: Any,
) -> Any:
    """What `ask` makes of a server that replies so."""

    async def run() -> Any:
        async with loopback(*replies) as server:
            http = Http(
                account(server.url, pace=share),
                base_url="https://marketplace.invalid",
                headers={"Api-Key": Secret(KEY), "Client-Id": "7"},
                around={
                    "clock": clock or JumpingClock(),
                    "pace": pace or Pace(),
                    "deadline": deadline,
                    "recorder": recorder,
                },
                **options,
            )
            try:
                return await ask(http, server)
            finally:
                await http.aclose()

    return asyncio.run(run())


def get(
    *replies: Reply,
    expect: type[CloudstockError],
    clock: JumpingClock | None = None,
    **options: Any,
) -> tuple[Any, int]:
    """The error and how many requests it took."""

    async def ask(http: Http, server: Loopback) -> tuple[Any, int]:
        with pytest.raises(expect) as caught:
            await http.call("GET", "/things", limit=LIMIT, answer=Items, params={"q": "private"})
        assert str(caught.value).startswith("shop: ")
        assert "GET /things" in str(caught.value)
        for hidden in (KEY, "private", "Api-Key"):
            assert hidden not in str(caught.value)
        return caught.value, len(server.seen)

    return meet(*replies, ask=ask, clock=clock, **options)  # type: ignore[no-any-return]


def read(*replies: Reply, clock: JumpingClock | None = None, **options: Any) -> tuple[Items, int]:
    """The answer and how many requests it took."""

    async def ask(http: Http, server: Loopback) -> tuple[Items, int]:
        got = await http.call("GET", "/things", limit=LIMIT, answer=Items)
        return got, len(server.seen)

    return meet(*replies, ask=ask, clock=clock, **options)  # type: ignore[no-any-return]


GOOD = answer(body={"items": [{"id": 1, "name": "Mug", "new_field": None}]})


def test_an_answer_is_typed_and_the_request_is_as_told() -> None:
    async def ask(http: Http, server: Loopback) -> None:
        got = await http.call(
            "POST", "/v1/things", limit=LIMIT, answer=Items, body={"limit": 5}, params={"page": 2}
        )
        assert got.items == [Item(1, "Mug")]
        (seen,) = server.seen
        assert seen.line == "POST /v1/things?page=2 HTTP/1.1"
        assert seen.body == b'{"limit":5}'
        assert seen.headers["api-key"] == KEY
        assert seen.headers["client-id"] == "7"
        assert seen.headers["content-type"] == "application/json"
        assert seen.headers["user-agent"].startswith("cloudstock/")
        assert "cookie" not in seen.headers

    meet(GOOD, ask=ask)


def test_one_connection_serves_many_calls() -> None:
    async def ask(http: Http, server: Loopback) -> None:
        for _ in range(5):
            await http.call("GET", "/things", limit=LIMIT, answer=Items)
        assert (len(server.seen), server.connections) == (5, 1)

    meet(GOOD, ask=ask)


def test_statuses_that_were_asked_for_come_back_raw_with_the_servers_time() -> None:
    async def ask(http: Http, server: Loopback) -> None:
        got = await http.fetch("PUT", "/stocks", limit=LIMIT, body=[], ok=(204, 409))
        assert (got.status, got.body, got.date) == (204, b"", datetime(2026, 11, 23, 9, tzinfo=UTC))
        got = await http.fetch("PUT", "/stocks", limit=LIMIT, body=[], ok=(204, 409))
        assert (got.status, got.body, got.date) == (409, b'["why"]', None)
        assert KEY not in repr(got)

    dated = answer(204, headers={"Date": "Mon, 23 Nov 2026 09:00:00 GMT"})
    meet(dated, answer(409, ["why"]), ask=ask)


@pytest.mark.parametrize(
    "bad",
    [
        answer(500, b"Internal error"),
        answer(502, b"<html>Bad gateway</html>"),
        answer(503, b""),
        answer(408),
        hang_up,
        raw(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{"),
        raw(b"nonsense\r\n\r\n"),
        answer(200, gzip.compress(b"x" * 1000)[:-20], {"Content-Encoding": "gzip"}),
        answer(200, b"not gzip", {"Content-Encoding": "gzip"}),
        answer(429),
    ],
    ids=["500", "502", "503", "408", "hang-up", "cut", "not-http", "cut-gzip", "no-gzip", "429"],
)
def test_bad_moments_pass_and_bad_days_are_told(bad: Reply) -> None:
    assert read(bad, bad, GOOD)[1] == 3
    error, requests = get(bad, expect=Unreachable)
    assert requests == ATTEMPTS
    assert f"{ATTEMPTS} attempts" in str(error)
    assert "try again later" in str(error)


def test_waits_between_attempts_stay_within_the_patience_and_the_deadline() -> None:
    clock = JumpingClock()
    get(answer(500), expect=Unreachable, clock=clock)
    assert 0 < (clock.now() - START).total_seconds() <= 60
    # The deadline itself is within it.
    for deadline_s, waited_s in ((9.999, 5), (10, 10), (12, 10)):
        clock = JumpingClock()
        _, requests = get(
            answer(503, headers={"Retry-After": "5"}),
            expect=Unreachable,
            clock=clock,
            deadline=START + timedelta(seconds=deadline_s),
        )
        assert (requests, clock.slept) == (1 + waited_s // 5, [5.0] * (waited_s // 5))


def test_nothing_is_sent_after_the_deadline() -> None:
    error, requests = get(GOOD, expect=Unreachable, deadline=START)
    assert requests == 0
    assert "no time left" in str(error)


def test_a_server_that_drips_is_left() -> None:
    _, requests = get(drip, expect=Unreachable, answer_s=0.1)
    assert requests == ATTEMPTS


@pytest.mark.parametrize("late", [httpx.ConnectTimeout, httpx.ReadTimeout, httpx.PoolTimeout])
def test_whatever_takes_too_long_is_no_answer_in_time(late: type[httpx.TimeoutException]) -> None:
    def never(request: httpx.Request) -> httpx.Response:
        raise late("", request=request)

    async def run() -> None:
        transport = httpx.MockTransport(never)
        http = Http(
            account(None), base_url="", headers={}, around=around() | {"transport": transport}
        )
        with pytest.raises(Unreachable, match="no answer in time, 5 attempts"):
            await http.fetch("GET", "http://marketplace.invalid/", limit=LIMIT)

    asyncio.run(run())


def test_nobody_listening_is_unreachable() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"

    async def run() -> None:
        http = Http(account(url), base_url="", headers={}, around=around())
        with pytest.raises(Unreachable, match="shop: GET /things: connection failed"):
            await http.fetch("GET", "/things", limit=LIMIT)
        await http.aclose()

    asyncio.run(run())


@pytest.mark.parametrize(
    ("headers", "own", "waited"),
    [
        ({"Retry-After": "7"}, None, 7.0),
        ({"Retry-After": "Mon, 23 Nov 2026 12:00:09 GMT"}, None, 9.0),
        ({"X-Retry": "3", "Retry-After": "50"}, "x-retry", 3.0),
        ({"Retry-After": "-5"}, None, 0.0),
        ({"Retry-After": "nan"}, None, 1.0),
        ({"Retry-After": "inf"}, None, 1.0),
        ({"Retry-After": "-inf"}, None, 1.0),
        ({"Retry-After": "1e999"}, None, 1.0),
        ({"Retry-After": "-1e300"}, None, 0.0),
        ({"Retry-After": "Mon, 23 Nov 2020 12:00:09 GMT"}, None, 0.0),
        ({"Retry-After": "Mon, 23 Nov 9999 12:00:09 GMT"}, None, 1.0),
        ({"Retry-After": "Mon, 99 Nov 2026 12:00:09 GMT"}, None, 1.0),
        ({"Retry-After": "soon"}, None, 1.0),
        ({}, None, 1.0),
    ],
)
def test_the_servers_wait_is_kept(headers: dict[str, str], own: str | None, waited: float) -> None:
    clock = JumpingClock()
    _, requests = read(
        answer(429, headers=headers),
        GOOD,
        clock=clock,
        throttle_wait=(lambda _, h: float(h[own])) if own else None,
    )
    assert requests == 2
    assert (clock.now() - START).total_seconds() == pytest.approx(waited, abs=1e-3)


def test_a_wait_longer_than_the_patience_is_told_and_kept_by_the_next_run() -> None:
    pace, clock = Pace(), JumpingClock()
    error, requests = get(
        answer(429, headers={"Retry-After": "300"}), expect=Throttled, clock=clock, pace=pace
    )
    assert (requests, error.wait_s) == (1, 300)
    assert "300 s" in str(error)

    async def ask(http: Http, server: Loopback) -> None:
        with pytest.raises(Throttled) as caught:
            await http.fetch("GET", "/things", limit=LIMIT)
        assert caught.value.wait_s == pytest.approx(300)
        assert server.seen == []

    meet(GOOD, ask=ask, clock=clock, pace=pace)


@pytest.mark.parametrize("asked", ["1e300", "86400", "Mon, 23 Nov 2099 12:00:09 GMT"])
def test_nobody_is_made_to_wait_for_more_than_an_hour(asked: str) -> None:
    pace, clock = Pace(), JumpingClock()
    error, _ = get(
        answer(429, headers={"Retry-After": asked}), expect=Throttled, clock=clock, pace=pace
    )
    assert error.wait_s == 3600.0
    clock.moment += timedelta(seconds=3601)

    async def ask(http: Http, server: Loopback) -> None:
        assert (await http.fetch("GET", "/things", limit=LIMIT)).status == 200

    meet(GOOD, ask=ask, clock=clock, pace=pace)


@pytest.mark.parametrize(("told", "wait_s"), [(1e300, 3600.0), (-5.0, 0.0), (30.0, 30.0)])
def test_a_count_that_begins_anew_in_the_next_century_is_not_waited_for(
    told: float, wait_s: float
) -> None:
    clock = JumpingClock()

    async def ask(http: Http, server: Loopback) -> None:
        for _ in range(2):
            await http.fetch("GET", "/things", limit=LIMIT)

    left = {"left": lambda _: Left(0, told)}
    meet(GOOD, ask=ask, clock=clock, deadline=START + timedelta(days=1), **left)
    assert (clock.now() - START).total_seconds() == pytest.approx(wait_s, abs=1.1)


@pytest.mark.parametrize("share", [0.5, 1.0, 4.0])
@pytest.mark.parametrize(
    ("status", "asked", "wait_s"), [(500, "7", 7), (503, "7", 7), (408, "7", 7), (503, "-5", 0)]
)
def test_a_server_in_trouble_may_say_when_to_come_again(
    status: int, asked: str, wait_s: float, share: float
) -> None:
    """Its word is kept as it is, whatever share of the limits an account may use."""
    clock = JumpingClock()
    reply = answer(status, headers={"Retry-After": asked})
    assert read(reply, GOOD, clock=clock, share=share)[1] == 2
    assert clock.slept == [wait_s]


@pytest.mark.parametrize(("share", "wait_s"), [(0.5, 1.0), (1.0, 1.0), (4.0, 0.25)])
def test_where_the_server_names_no_wait_a_quick_sandbox_is_asked_sooner(
    share: float, wait_s: float
) -> None:
    clock = JumpingClock()
    assert read(answer(429), GOOD, clock=clock, share=share)[1] == 2
    assert (clock.now() - START).total_seconds() == pytest.approx(wait_s, abs=1e-3)
    clock = JumpingClock()
    assert read(answer(500), GOOD, clock=clock, share=share)[1] == 2
    assert 0 <= clock.slept[0] <= wait_s


def test_a_server_in_trouble_that_asks_for_too_long_is_left_to_the_next_run() -> None:
    error, requests = get(answer(503, headers={"Retry-After": "61"}), expect=Unreachable)
    assert requests == 1
    assert not isinstance(error, Throttled)


@pytest.mark.parametrize("variable", ["HTTP_PROXY", "http_proxy", "ALL_PROXY"])
def test_a_marketplace_is_reached_through_the_proxy_of_the_environment(
    variable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def run() -> None:
        async with loopback(GOOD) as proxy:
            monkeypatch.setenv(variable, proxy.url)
            http = Http(
                account(None), base_url="http://marketplace.invalid", headers={}, around=around()
            )
            await http.fetch("GET", "/things", limit=LIMIT)
            await http.aclose()
            assert [seen.line for seen in proxy.seen] == [
                "GET http://marketplace.invalid/things HTTP/1.1"
            ]

    asyncio.run(run())


@pytest.mark.parametrize("variable", ["HTTP_PROXY", "http_proxy", "ALL_PROXY"])
def test_an_address_of_ones_own_is_reached_past_the_proxy_of_the_environment(
    variable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The proxy would be shown the key, and could not reach this machine's sandbox."""

    async def run() -> None:
        async with loopback(GOOD) as proxy, loopback(GOOD) as own:
            monkeypatch.setenv(variable, proxy.url)
            http = Http(
                account(own.url),
                base_url="http://marketplace.invalid",
                headers={"Api-Key": Secret(KEY)},
                around=around(),
            )
            await http.fetch("GET", "/things", limit=LIMIT)
            await http.aclose()
            assert proxy.seen == []
            assert [seen.line for seen in own.seen] == ["GET /things HTTP/1.1"]

    asyncio.run(run())


@pytest.mark.parametrize("cut", [1, 8, 200])
def test_a_compressed_answer_that_breaks_off_is_asked_for_again(cut: int) -> None:
    whole = gzip.compress(json.dumps({"items": [{"id": n} for n in range(500)]}).encode())
    torn = answer(body=whole[:-cut], headers={"Content-Encoding": "gzip"})
    good = answer(body=whole, headers={"Content-Encoding": "gzip"})
    got, requests = read(torn, good)
    assert (len(got.items), requests) == (500, 2)


def test_other_statuses_can_mean_throttled() -> None:
    assert read(answer(420), GOOD, throttle_statuses=frozenset({420}))[1] == 2
    get(answer(420), expect=RequestRefused)


def test_an_adapter_can_read_a_wait_out_of_a_body() -> None:
    error, requests = get(
        answer(503, {"message": "Circle is open"}),
        expect=Throttled,
        classify=lambda _, body: Refusal(wait_s=180.0 if b"Circle" in body else None),
    )
    assert (requests, error.wait_s) == (1, 180.0)


@pytest.mark.parametrize("status", [401, 403])
def test_refused_credentials_need_a_person_and_no_second_attempt(status: int) -> None:
    body = {"code": 7, "message": f"Key {KEY} is \x1b[31mdeactivated"}
    error, requests = get(answer(status, body), expect=CredentialsRefused)
    assert requests == 1
    assert "7: Key *** is [31mdeactivated" in str(error)


def test_an_adapter_may_know_that_a_403_is_something_else() -> None:
    error, _ = get(
        answer(403), expect=RequestRefused, classify=lambda *_: Refusal("X", credentials=False)
    )
    assert (error.status, error.code) == (403, "X")


@pytest.mark.parametrize(
    ("body", "code", "words"),
    [
        ({"code": 3, "message": "invalid limit", "details": []}, "3", "3: invalid limit"),
        ({"title": "path not found", "detail": "see docs"}, "", "path not found: see docs"),
        ({"status": "ERROR", "errors": [{"code": "BAD", "message": "m"}]}, "BAD", "BAD: m"),
        ([{"code": "X"}], "", "(400)"),
        (b"<html>", "", "(400)"),
        ({"message": "z" * 1000}, "", "z" * 199 + "…"),
    ],
)
def test_a_refused_request_is_told_in_the_marketplaces_words(
    body: object, code: str, words: str
) -> None:
    error, requests = get(answer(400, body), expect=RequestRefused)
    assert (requests, error.status, error.code) == (1, 400, code)
    assert words in str(error)


def test_a_refusal_costs_what_the_contract_says() -> None:
    clock, pace = JumpingClock(), Pace()
    dear = Limit("dear", per_s=1.0, burst=10, refused_cost=10.0)

    async def ask(http: Http, server: Loopback) -> None:
        await http.fetch("PUT", "/stocks", limit=dear, ok=(409,))
        assert clock.slept == []
        await http.fetch("PUT", "/stocks", limit=dear, ok=(409,))
        assert clock.now() > START

    meet(answer(409), ask=ask, clock=clock, pace=pace)


def test_a_throttled_answer_costs_no_more_than_its_request() -> None:
    """Its wait is what it costs."""
    clock = JumpingClock()
    dear = Limit("dear", per_s=1.0, burst=10, refused_cost=10.0)

    async def ask(http: Http, server: Loopback) -> None:
        await http.fetch("PUT", "/stocks", limit=dear)
        assert len(server.seen) == 2

    meet(answer(429, headers={"Retry-After": "0"}), GOOD, ask=ask, clock=clock)
    assert (clock.now() - START).total_seconds() == pytest.approx(0, abs=1e-3)


def test_a_redirect_is_never_followed() -> None:
    headers = {"Location": "http://127.0.0.1:1/elsewhere"}
    error, requests = get(answer(302, headers=headers), expect=AnswerNotUnderstood)
    assert requests == 1
    assert "redirect" in str(error)
    assert "elsewhere" not in str(error)


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (answer(body=b'{"items": [{"id": 1'), "truncated"),
        (answer(body=b""), "truncated"),
        (answer(body=b"\xff\xfe"), "GET /things"),
        (answer(body=b"[" * 100_000), "GET /things"),
        (answer(body={"items": [{"id": "one"}]}), "$.items[0].id"),
        (answer(body={}), "`items`"),
        (answer(204), "204"),
        (answer(body=b"x", headers={"Content-Encoding": "br"}), "not asked for"),
    ],
)
def test_an_answer_outside_the_contract_names_the_field(reply: Reply, words: str) -> None:
    error, requests = get(reply, expect=AnswerNotUnderstood)
    assert requests == 1
    assert words in str(error)


@pytest.mark.parametrize("kind", ["plain", "bomb"])
def test_a_body_over_the_cap_is_not_held(kind: str) -> None:
    body = b" " * 5_000_000
    reply = answer(body=body)
    if kind == "bomb":
        reply = answer(body=gzip.compress(body), headers={"Content-Encoding": "gzip"})
    error, _ = get(reply, expect=AnswerNotUnderstood, body_bytes_max=1_000_000)
    assert "more than 1000000 bytes" in str(error)


@pytest.mark.parametrize("headers", [{}, {"Content-Encoding": "gzip"}])
def test_a_body_of_just_the_cap_is_read(headers: dict[str, str]) -> None:
    body = json.dumps({"items": [{"id": 1}]}).encode()
    sent = gzip.compress(body) if headers else body
    assert read(answer(body=sent, headers=headers), body_bytes_max=len(body))[0] == Items([Item(1)])
    get(
        answer(body=sent, headers=headers),
        expect=AnswerNotUnderstood,
        body_bytes_max=len(body) - 1,
    )


def test_a_compressed_answer_is_read() -> None:
    body = gzip.compress(b'{"items": []}' + b" " * 300_000)
    assert read(answer(body=body, headers={"Content-Encoding": "gzip"}))[0] == Items([])


class Kept:
    """Keeps what it is given."""

    def __init__(self) -> None:
        self.exchanges: list[Exchange] = []

    def exchange(self, exchange: Exchange) -> None:
        self.exchanges.append(exchange)

    def surprise(
        self, account: str, place: str, field: str, word: str, *, left_out: bool = False
    ) -> None:
        raise AssertionError((account, place, field, word, left_out))


def test_every_attempt_is_recorded_with_what_came_of_it() -> None:
    recorder = Kept()
    busy = answer(429, {"message": "later"}, {"Retry-After": "2"})
    replies = (answer(500, b"<p>sorry"), hang_up, busy, GOOD)

    async def ask(http: Http, server: Loopback) -> None:
        await http.call(
            "POST", "/v1/things", limit=LIMIT, answer=Items, body={"limit": 5}, params={"page": 2}
        )
        assert len(server.seen) == 4

    meet(*replies, ask=ask, recorder=recorder)
    assert [e.attempt for e in recorder.exchanges] == [1, 2, 3, 4]
    assert [e.status for e in recorder.exchanges] == [500, None, 429, 200]
    assert [bool(e.error) for e in recorder.exchanges] == [False, True, False, False]
    for one in recorder.exchanges:
        assert (one.account, one.marketplace) == ("shop", "ozon")
        assert (one.method, one.path, one.query) == ("POST", "/v1/things", {"page": 2})
        assert one.request == b'{"limit":5}'
    first, lost, throttled, good = recorder.exchanges
    assert first.at == START
    assert good.at - throttled.at == timedelta(seconds=2)
    assert first.answer == b"<p>sorry"
    assert lost.error.startswith("connection failed")
    assert throttled.headers["retry-after"] == "2"
    assert json.loads(good.answer)["items"][0]["name"] == "Mug"
    assert throttled.at - lost.at > timedelta(0)


@pytest.mark.parametrize(
    ("reply", "status", "error"),
    [
        (answer(403, {"code": "x", "message": KEY}), 403, ""),
        (answer(404, b"no"), 404, ""),
        (answer(302, b""), 302, ""),
        (answer(200, b"{"), 200, ""),
        (answer(200, b" " * 2_000), None, "shop: GET /things answered more than 1000 bytes"),
        (
            answer(200, b"", {"Content-Encoding": "br"}),
            None,
            "shop: GET /things answered in an encoding that was not asked for (br)",
        ),
    ],
)
def test_refused_and_broken_answers_are_recorded(
    reply: Reply, status: int | None, error: str
) -> None:
    recorder = Kept()

    async def ask(http: Http, _: Loopback) -> None:
        with pytest.raises(CloudstockError):
            await http.call("GET", "/things", limit=LIMIT, answer=Items)

    meet(reply, ask=ask, recorder=recorder, body_bytes_max=1_000)
    (one,) = recorder.exchanges
    assert (one.status, one.error) == (status, error)
    assert KEY.encode() not in one.answer


def test_a_log_line_tells_what_was_asked_and_no_secret(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    good = answer(body={"items": []}, headers={"x-trace-id": "abc"})
    read(answer(500), good, trace="x-trace-id")
    lines = [r for r in caplog.records if r.name == "cloudstock.http"]
    assert [(r.status, r.attempt) for r in lines] == [(500, 1), (200, 2)]  # type: ignore[attr-defined]
    assert vars(lines[1]).items() >= {
        ("account", "shop"),
        ("endpoint", "GET /things"),
        ("trace", "abc"),
    }
    assert not [r for r in caplog.records if r.name.startswith(("httpx", "httpcore"))]
    assert KEY not in caplog.text


@pytest.mark.parametrize("key", ["", "line\nbreak", "ключ", "trailing "])
def test_a_key_that_no_header_can_carry_is_told_without_showing_it(key: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        Http(
            account(None),
            base_url="https://marketplace.invalid",
            headers={"Api-Key": Secret(key)},
            around=around(),
        )
    assert "Api-Key" in str(caught.value)
    if key:
        assert key.strip() not in str(caught.value)


def test_text_from_outside_is_made_fit_to_be_shown() -> None:
    dirty = f"a\x00b\u202ec\r\nd\x1b[0m {KEY}"
    assert clean(dirty, Redactor([Secret(KEY), Secret("")])) == "abc d[0m ***"


@pytest.mark.parametrize(
    ("key", "shown"),
    [
        (KEY, KEY),
        # Short ones are hidden where they stand alone, long ones in pieces, too.
        ("abcd", "abcd"),
        ("a1b2c3d4e5f6g7h8i9jkalbmcndoep", "d4e5f6g7h8i9jkal"),
    ],
)
def test_a_key_with_invisible_characters_in_it_is_still_hidden(key: str, shown: str) -> None:
    hidden = "\u200b".join(shown)
    assert clean(f"a {hidden} b", Redactor([Secret(key)])) == "a *** b"


def test_text_from_outside_is_cut_where_it_is_too_long() -> None:
    assert clean(" " + "x" * TEXT_MAX) == "x" * TEXT_MAX
    assert clean("x" * TEXT_MAX + "y") == "x" * (TEXT_MAX - 1) + "…"


def test_an_answer_that_repeats_the_key_is_read_without_it() -> None:
    key = 'a-long"key/with\\signs'
    redact = BodyRedactor([Secret(key), Secret("short")])
    for escaped in (json.dumps(key), json.dumps(key).replace("/", "\\/")):
        body = b'{"name": "Mug ' + escaped[1:].encode() + b', "id": "short"}'
        assert json.loads(redact(body)) == {"name": "Mug ***", "id": "short"}
    plain = b'{"name": "Mug"}'
    assert redact(plain) is plain


def test_retry_after_is_a_number_or_a_date() -> None:
    assert retry_after_s({}, now=START) is None
    assert retry_after_s({"retry-after": "1.5"}, now=START) == 1.5
    assert retry_after_s({"retry-after": "Mon, 23 Nov 2026 12:01:00 GMT"}, now=START) == 60


@pytest.mark.parametrize(
    ("told", "number"),
    [
        ("7", 7),
        (" 7 ", 7),
        ("007", 7),
        ("0", 0),
        ("", None),
        ("-1", None),
        ("+1", None),
        ("7.0", None),
        ("1e3", None),
        # Digits to Python, numbers to nobody.
        ("²", None),
        ("٣", None),
        (str(UNITS_MAX), UNITS_MAX),
        (f"{UNITS_MAX}0", None),
    ],
)
def test_a_count_is_a_whole_number_in_plain_digits(told: str, number: int | None) -> None:
    assert count({"x-left": told}, "x-left") == number
    assert count({}, "x-left") is None


@pytest.mark.parametrize(
    "told",
    [
        "Mon, 23 Nov 2026 12:00:00 GMT",
        "Mon, 23 Nov 2026 15:00:00 +0300",
        "Mon, 23 Nov 2026 12:00:00 -0000",
    ],
)
def test_a_date_is_a_moment_whatever_clock_hangs_here(
    told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    try:
        with monkeypatch.context() as patch:
            patch.setenv("TZ", "Asia/Vladivostok")
            time.tzset()
            moment = http_date(told)
    finally:
        time.tzset()
    assert moment == START
    assert moment.tzinfo is UTC
