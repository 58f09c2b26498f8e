"""Nobody sees or changes anything without the password, the form's token, or from elsewhere."""

from __future__ import annotations

import asyncio
import base64
import re
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from html import unescape

import httpx
import pytest

from cloudstock.settings import Secret, Web
from cloudstock.web.access import IDLE_S, NOTES_MAX, SESSION_S, SESSIONS_MAX, Access, Note
from cloudstock.web.api import OPERATIONS
from cloudstock.web.connections import WAITED_FOR_MAX
from cloudstock.web.guard import FORM_BYTES_MAX, JSON_BYTES_MAX
from cloudstock.web.inputs import own_path
from cloudstock.web.passwords import matches
from cloudstock.web.tries import (
    FORGET_S,
    NETWORKS_MAX,
    OF_ALL,
    OF_NETWORK,
    WAIT_S_FIRST,
    TriedTooOften,
    Tries,
    network_of,
)
from tests.jobs.town import Town
from tests.web.conftest import PASSWORD, TOKEN, Visitor, Window, opened, text_of
from tests.web.test_pages import PAGES

ACTS: tuple[tuple[str, dict[str, str]], ...] = (
    ("/product/count?sku=MUG", {"quantity": "3", "warehouse": "main"}),
    ("/product/adjust?sku=MUG", {"change": "-1", "reason": "x", "warehouse": "main"}),
    ("/listing/link?account=wb-main&id=POT", {"sku0": "MUG"}),
    ("/listing/unlink?account=wb-main&id=MUG", {}),
    ("/return/receive?account=ym-main&id=R-1", {"what": "write-off"}),
    ("/order/close?account=ym-main&id=YM-1", {}),
    ("/products/adopt", {"sku": "POT"}),
    ("/account/close", {"account": "wb-main", "what": "close"}),
    ("/sync", {}),
    ("/logout", {}),
)
COUNT = {"counts": [{"sku": "MUG", "quantity": 3}]}
UPDATES = [o for o in OPERATIONS if o.method == "post"]


@pytest.fixture
def stranger(locked_window: Window) -> Iterator[Visitor]:
    with locked_window.visitor() as visitor:
        yield visitor


# ---------------------------------------------------------------- the password


def test_without_the_password_every_page_leads_to_the_door(stranger: Visitor) -> None:
    for path in (*PAGES, "/nowhere", "/suggestions"):
        answer = stranger.get(path, expect=303)
        assert answer.headers["location"].startswith("/login?next="), path
        assert "MUG" not in answer.text


def test_without_the_password_nothing_is_done(locked_window: Window, stranger: Visitor) -> None:
    before = locked_window.contents()
    stranger.get("/login")
    for path, fields in ACTS:
        if path == "/logout":
            assert stranger.post(path, fields).headers["location"] == "/login"
        else:
            assert 'action="/login"' in stranger.post(path, fields, expect=401).text, path
    assert locked_window.contents() == before
    assert locked_window.site.rounds.last is None


def test_without_a_password_or_token_scripts_are_told_nothing(
    locked_window: Window, stranger: Visitor
) -> None:
    before = locked_window.contents()
    for operation in OPERATIONS:
        answer = stranger.http.request(operation.method, f"/api/v1{operation.path}", json={})
        assert answer.status_code == 401
        assert answer.json()["error"]["kind"] == "credentials"
        # Browsers would ask for a password by themselves and send it whoever asks.
        assert "basic" not in answer.headers["www-authenticate"].lower()
    assert stranger.http.get("/api/v1/openapi.json").status_code == 401
    assert locked_window.contents() == before


def test_the_door_and_its_files_are_all_that_is_open(stranger: Visitor) -> None:
    page = stranger.get("/login").text
    assert 'action="/sync"' not in page
    assert "/products" not in page
    assert stranger.http.get("/static/style.css").status_code == 200


def test_a_wrong_password_is_refused(stranger: Visitor) -> None:
    page = stranger.sign_in("not the password", expect=401).text
    assert text_of(page, "problem") == "✗ this is not the password"
    stranger.get("/", expect=303)


def test_who_knocks_is_logged_without_what_was_typed(
    stranger: Visitor, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "cloudstock.web")
    stranger.sign_in("not the password", expect=401)
    stranger.http.get("/api/v1/status", headers=basic("nor this"))
    stranger.sign_in()
    told = [(r.getMessage(), r.facts) for r in caplog.records]  # type: ignore[attr-defined]
    assert told == [
        ("web.password_wrong", {"address": "127.0.0.1"}),
        ("web.password_wrong", {"address": "127.0.0.1", "path": "/api/v1/status"}),
        ("web.signed_in", {"address": "127.0.0.1"}),
    ]


def test_the_password_opens_and_signing_out_closes(stranger: Visitor) -> None:
    stranger.get("/orders?only=all", expect=303)
    stranger.get("/login")
    before = dict(stranger.http.cookies)
    answer = stranger.post("/login?next=%2Forders%3Fonly%3Dall", {"password": PASSWORD})
    assert answer.headers["location"] == "/orders?only=all"
    # What somebody may have put into the browser before opens nothing.
    assert dict(stranger.http.cookies) != before
    signed_in = dict(stranger.http.cookies)
    stranger.get("/products")
    assert stranger.post("/logout").headers["location"] == "/login"
    stranger.get("/products", expect=303)
    stranger.http.cookies.update(signed_in)
    stranger.get("/products", expect=303)


def test_the_cookie_is_for_the_server_alone(stranger: Visitor) -> None:
    stranger.get("/login")
    cookies = stranger.sign_in().headers.get_list("set-cookie")
    assert any(cookie.startswith("cloudstock=") for cookie in cookies)
    for cookie in cookies:
        assert "HttpOnly" in cookie
        assert "SameSite=Strict" in cookie


@pytest.mark.parametrize(
    "others", ["", "a=b; ", 'a="b; ', 'a="' + "\\" * 15_000 + '"; ', "a;;=; ", "cloudstock=x; "]
)
def test_other_cookies_are_no_matter(locked_window: Window, stranger: Visitor, others: str) -> None:
    """Every server of the host's name sets its own, and who means harm what he likes."""
    cookie = f"{others}cloudstock={locked_window.site.access.sign_in()};z"
    assert stranger.http.get("/", headers={"Cookie": cookie}).status_code == 200


@pytest.mark.parametrize("host", ["127.0.0.1", "evil.example"])
def test_a_slash_at_the_end_leads_to_the_page_of_the_same_server(
    locked_window: Window, stranger: Visitor, host: str
) -> None:
    cookie = f"cloudstock={locked_window.site.access.sign_in()}"
    answer = stranger.http.get("/orders/?only=all", headers={"Host": host, "Cookie": cookie})
    assert answer.headers["location"] == "/orders?only=all"


def test_behind_https_cookies_travel_no_other_way(town: Town, password_hash: str) -> None:
    web = f"web: {{password_hash: '{password_hash}', https: true}}\n"
    with opened(town.config.path.parent, web) as window, window.visitor() as visitor:
        (cookie,) = visitor.http.get("/login").headers.get_list("set-cookie")
        assert cookie.startswith("__Host-cloudstock=")
        assert "; Secure" in cookie


@pytest.mark.parametrize(
    ("target", "leads_to"),
    [
        ("/orders?only=all", "/orders?only=all"),
        ("//evil.example/", "/"),
        ("/\\evil.example/", "/"),
        ("https://evil.example/", "/"),
        ("javascript:alert(1)", "/"),
        ("evil.example", "/"),
        ("/\t/evil.example", "/"),
        ("/ok\r\nSet-Cookie: x=y", "/"),
        ("", "/"),
    ],
)
def test_the_door_leads_to_no_other_site(target: str, leads_to: str) -> None:
    assert own_path(target) == leads_to


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_a_link_elsewhere_does_not_sign_anybody_out(stranger: Visitor, site: str) -> None:
    """Led here by another site, a browser keeps our cookie to itself; it is not replaced then."""
    stranger.sign_in()
    bare = httpx.get(
        f"{stranger.http.base_url}/products?search=MUG",
        headers={"Sec-Fetch-Site": site, "Sec-Fetch-Mode": "navigate"},
        trust_env=False,
        verify=False,
    )
    assert bare.status_code == 200
    assert "set-cookie" not in bare.headers
    assert 'content="0; url=/products?search=MUG"' in bare.text
    assert (
        stranger.get("/products?search=MUG", expect=303).headers["location"] == "/product?sku=MUG"
    )


# As a browser reads an address: what begins with two of these is another host.
@pytest.mark.parametrize("path", ["//evil.example/", "///evil.example", "/%5Cevil.example/", "//"])
@pytest.mark.parametrize("query", ["", "?lang=ru", "?next=//evil.example/"])
def test_no_page_leads_to_another_site(
    open_window: Window, locked_window: Window, path: str, query: str
) -> None:
    for window in (open_window, locked_window):
        for site in ("cross-site", "none"):
            answer = httpx.get(
                f"{window.url}{path}{query}",
                headers={"Sec-Fetch-Site": site},
                trust_env=False,
                verify=False,
            )
            links = re.findall(r'(?:href|action|src|hx-get|url)="?=?([^">]*)', answer.text)
            links.append(answer.headers.get("location", "/"))
            assert links
            for link in map(unescape, links):
                assert re.match(r"/(?![/\\])|\?|#|$", link), link


# ---------------------------------------------------------------- forged forms


@pytest.mark.parametrize("given", ["", "0" * 64, "é"])
def test_without_the_forms_token_nothing_is_done(
    locked_window: Window, stranger: Visitor, given: str
) -> None:
    stranger.sign_in()
    before = locked_window.contents()
    stranger.token = given
    for path, fields in ACTS:
        page = stranger.post(path, fields, expect=403).text
        assert "this form is too old" in text_of(page, "problem")
    assert locked_window.contents() == before
    assert locked_window.site.rounds.last is None
    stranger.get("/products")


def test_anothers_token_is_not_ones_own(locked_window: Window, stranger: Visitor) -> None:
    stranger.sign_in()
    with locked_window.visitor() as other:
        other.sign_in()
        other.get("/product?sku=MUG")
        stranger.token = other.token
    stranger.post("/product/count?sku=MUG", {"quantity": "3"}, expect=403)


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example", "Sec-Fetch-Site": "cross-site"},
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:1"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "none"},
    ],
    ids=str,
)
def test_from_another_origin_nothing_is_done_even_with_the_token(
    locked_window: Window, stranger: Visitor, headers: dict[str, str]
) -> None:
    stranger.sign_in()
    stranger.get("/product?sku=MUG")
    before = locked_window.contents()
    for path, fields in ACTS:
        page = stranger.post(path, fields, expect=403, **headers).text
        assert "another site" in text_of(page, "problem")
    for operation in UPDATES:
        answer = stranger.http.post(
            f"/api/v1{operation.path}",
            json=COUNT,
            headers={**headers, "Authorization": f"Bearer {TOKEN}"},
        )
        assert answer.status_code == 403
    assert locked_window.contents() == before
    assert locked_window.site.rounds.last is None


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "TRACE", "INVENTED"])
def test_whatever_is_not_looking_is_a_change(stranger: Visitor, method: str) -> None:
    """Also what no page takes: it is turned away before anybody looks whether one does."""
    stranger.sign_in()
    for path in ("/products", "/api/v1/products"):
        elsewhere = {"Origin": "http://evil.example"}
        assert stranger.http.request(method, path, headers=elsewhere).status_code == 403
        assert stranger.http.request(method, path).status_code == 403, "no form's token"


def test_looking_changes_nothing(locked_window: Window, stranger: Visitor) -> None:
    stranger.sign_in()
    before = locked_window.contents()
    for path, fields in ACTS:
        answer = stranger.http.get(path, params=fields)
        assert answer.status_code in (200, 303, 400, 404, 405)
    assert locked_window.contents() == before


# ---------------------------------------------------------------- scripts


def basic(password: str) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"any:{password}".encode()).decode()}


def test_scripts_come_in_by_token_or_password(locked_window: Window, stranger: Visitor) -> None:
    for headers in ({"Authorization": f"Bearer {TOKEN}"}, basic(PASSWORD)):
        answer = stranger.http.post("/api/v1/counts", json=COUNT, headers=headers)
        assert answer.status_code == 200
    for headers in (
        {"Authorization": f"Bearer {PASSWORD}"},
        {"Authorization": f"Basic {TOKEN}"},
        {"Authorization": "Basic %%%"},
        {"Authorization": "Digest x"},
        {"Authorization": ""},
        basic("wrong"),
        basic(""),
    ):
        assert stranger.http.get("/api/v1/status", headers=headers).status_code == 401, headers
        # Each is a try.
        locked_window.site.access.tries = Tries()


def test_where_there_is_no_password_a_token_is_still_the_right_one_or_none(
    town: Town, open_window: Window
) -> None:
    """Who has none may look without, as may any program of this machine."""

    def asked(window: Window, headers: dict[str, str]) -> int:
        with window.visitor() as visitor:
            return visitor.http.get("/api/v1/status", headers=headers).status_code

    right, wrong = {"Authorization": f"Bearer {TOKEN}"}, {"Authorization": "Bearer guess"}
    assert [asked(open_window, headers) for headers in ({}, right, wrong)] == [200] * 3
    with opened(town.config.path.parent, f"web: {{token: {TOKEN}}}\n") as window:
        assert [asked(window, headers) for headers in ({}, right, wrong)] == [200, 200, 401]


def test_a_script_that_a_page_elsewhere_began_is_answered_as_a_script(visitor: Visitor) -> None:
    """Its page cannot read the answer, and no browser goes there by itself."""
    answer = visitor.http.get("/api/v1/status", headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["cross-origin-resource-policy"] == "same-origin"


def test_a_scripts_token_opens_no_page(stranger: Visitor) -> None:
    stranger.get("/", expect=303, Authorization=f"Bearer {TOKEN}")


def test_by_cookie_a_script_needs_the_forms_token(locked_window: Window, stranger: Visitor) -> None:
    stranger.sign_in()
    stranger.get("/")
    assert stranger.http.get("/api/v1/status").status_code == 200
    before = locked_window.contents()
    assert stranger.http.post("/api/v1/counts", json=COUNT).status_code == 403
    assert locked_window.contents() == before
    with_token = {"X-CSRF-Token": stranger.token}
    assert stranger.http.post("/api/v1/counts", json=COUNT, headers=with_token).status_code == 200


def test_no_form_of_another_site_passes_for_a_script(open_window: Window) -> None:
    """Without a password a script needs nothing but JSON, which no form can send."""
    before = open_window.contents()
    url = f"{open_window.url}/api/v1/counts"
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""):
        answer = httpx.post(
            url,
            content=b'{"counts": [{"sku": "MUG", "quantity": 3}]}',
            headers={"Content-Type": kind},
            trust_env=False,
            verify=False,
        )
        assert answer.status_code == 415
    assert open_window.contents() == before
    assert httpx.post(url, json=COUNT, trust_env=False, verify=False).status_code == 200


# ---------------------------------------------------------------- this machine only


def test_with_a_password_every_name_of_the_machine_is_answered(stranger: Visitor) -> None:
    """Behind a proxy it is called by the name that the proxy has."""
    stranger.get("/login", Host="stock.example")


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8090", "10.0.0.1", "", "[::1"])
def test_without_a_password_no_other_name_is_answered(
    open_window: Window, visitor: Visitor, host: str
) -> None:
    """A page elsewhere whose name suddenly leads here is not let in (DNS rebinding)."""
    before = open_window.contents()
    assert visitor.http.get("/products", headers={"Host": host}).status_code in (400, 421)
    answer = visitor.http.post(
        "/api/v1/counts", json=COUNT, headers={"Host": host, "Origin": f"http://{host}"}
    )
    assert answer.status_code in (400, 403, 421)
    assert open_window.contents() == before


@pytest.mark.parametrize("host", ["localhost:8090", "127.0.0.1", "[::1]:8090"])
def test_its_own_names_are_answered(visitor: Visitor, host: str) -> None:
    assert visitor.http.get("/products", headers={"Host": host}).status_code == 200


# ---------------------------------------------------------------- too much


def test_too_long_a_request_is_refused(open_window: Window, visitor: Visitor) -> None:
    before = open_window.contents()
    visitor.get("/")
    path = "/product/count?sku=MUG"
    note = "n" * FORM_BYTES_MAX
    assert "longer" in visitor.post(path, {"quantity": "1", "note": note}, expect=413).text
    body = b'{"counts": []' + b" " * JSON_BYTES_MAX + b"}"
    json_type = {"Content-Type": "application/json"}
    answer = visitor.http.post("/api/v1/counts", content=body, headers=json_type)
    assert answer.status_code == 413

    def pieces() -> Iterator[bytes]:
        # Of a length that nobody told beforehand.
        for _ in range(20):
            yield b" " * 100_000

    answer = visitor.http.post("/api/v1/counts", content=pieces(), headers=json_type)
    assert answer.status_code == 413
    assert open_window.contents() == before


@pytest.mark.parametrize("more", [0, 1])
def test_a_request_of_just_the_length_is_read(visitor: Visitor, more: int) -> None:
    body = b'{"counts": []}'.ljust(JSON_BYTES_MAX + more)
    answer = visitor.http.post(
        "/api/v1/counts", content=body, headers={"Content-Type": "application/json"}
    )
    assert (answer.status_code == 413) is (more == 1)


def test_only_a_sheet_may_be_long_and_only_of_who_may_send_one(stranger: Visitor) -> None:
    """What anybody sends is held in memory until it is known who sent it."""

    def sent(path: str) -> tuple[int, str]:
        sheet = {"file": ("sheet.csv", b"MUG;3\n" * FORM_BYTES_MAX)}
        data = {"csrf": stranger.token}
        answer = stranger.http.post(path, data=data, files=sheet)
        return answer.status_code, answer.headers.get("location", "").partition("?")[0]

    stranger.get("/login")
    # It is not even read.
    assert [sent("/files"), sent("/login")] == [(303, "/login"), (413, "")]
    stranger.sign_in()
    stranger.get("/")
    assert [sent("/files"), sent("/product/count?sku=MUG")] == [(303, "/files/look"), (413, "")]


def test_a_form_that_cannot_be_read_is_refused(visitor: Visitor) -> None:
    visitor.get("/")
    kind = {"Content-Type": "application/x-www-form-urlencoded", "X-CSRF-Token": visitor.token}
    for body in (b"quantity=%FF", b"quantity=\xff", b"&".join([b"a=1"] * 500)):
        answer = visitor.http.post("/product/count?sku=MUG", content=body, headers=kind)
        assert answer.status_code == 400
    multipart = {"Content-Type": "multipart/form-data; boundary=x", "X-CSRF-Token": visitor.token}
    answer = visitor.http.post("/product/count?sku=MUG", content=b"--x--", headers=multipart)
    assert answer.status_code == 415


# ---------------------------------------------------------------- guessing


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def access(password_hash: str, clock: Clock) -> Access:
    return Access(Web(password_hash=Secret(password_hash), token=Secret(TOKEN)), clock)


HERE, ELSEWHERE = "10.0.0.9", "10.0.0.8"


def weigh(access: Access, password: str, address: str = HERE) -> bool:
    return asyncio.run(access.is_password(password, address))


def admit(access: Access, header: str, address: str = HERE) -> bool:
    return asyncio.run(access.is_authorized(header, address))


def guess(access: Access, times: int, address: str = HERE) -> None:
    """Try so many wrong tokens, which cost less than passwords and count as they do."""
    for number in range(times):
        assert not admit(access, f"Bearer guess-{number}", address)


def refused_at(access: Access, address: str = HERE) -> float:
    """Return how long a network waits that may not try now."""
    with pytest.raises(TriedTooOften) as refused:
        access.tries.begin(address)
    return refused.value.wait_s


@pytest.mark.parametrize("known", [False, True], ids=["unknown", "known"])
def test_guessing_is_slowed_down_whether_or_not_the_password_was_right_before(
    access: Access, clock: Clock, known: bool
) -> None:
    if known:
        assert weigh(access, PASSWORD)
    for _ in range(OF_NETWORK.free):
        assert not weigh(access, "guess")
    for header in (f"Bearer {TOKEN}x", *(basic(p)["Authorization"] for p in ("x", PASSWORD))):
        with pytest.raises(TriedTooOften):
            admit(access, header)
    # Who guesses would see by it that it was right.
    with pytest.raises(TriedTooOften) as first:
        weigh(access, PASSWORD)
    # Somebody else is not kept out by it, nor is who has the token, or a session.
    assert weigh(access, PASSWORD, ELSEWHERE)
    assert admit(access, f"Bearer {TOKEN}")
    assert access.signed_in(access.sign_in())
    clock.now += first.value.wait_s + 0.1
    assert not weigh(access, "guess")
    clock.now += first.value.wait_s + 0.1
    assert refused_at(access) > 0
    clock.now += 2 * first.value.wait_s
    # What is right forgives nothing.
    assert weigh(access, PASSWORD)
    assert not weigh(access, "guess")
    assert refused_at(access) == 4 * first.value.wait_s


@pytest.mark.parametrize("password", [PASSWORD, "guess", ""], ids=["right", "wrong", "none"])
def test_right_and_wrong_cost_the_same_each_time(access: Access, password: str) -> None:
    weighed = []

    def counted(given: str, kept: str) -> bool:
        weighed.append(given)
        return matches(given, kept)

    access.matches = counted
    for _ in range(2):
        assert weigh(access, password) is (password == PASSWORD)
        assert admit(access, basic(password)["Authorization"]) is (password == PASSWORD)
    assert weighed == [password] * 4


@pytest.mark.parametrize("known", [False, True], ids=["unknown", "known"])
def test_many_tries_at_once_are_no_more_tries(access: Access, known: bool) -> None:
    if known:
        assert weigh(access, PASSWORD)

    async def together() -> list[bool | BaseException]:
        tries = (access.is_password("guess", HERE) for _ in range(4 * OF_NETWORK.free))
        return await asyncio.gather(*tries, return_exceptions=True)

    answers = asyncio.run(together())
    assert answers.count(False) == OF_NETWORK.free
    refused = [a for a in answers if isinstance(a, TriedTooOften)]
    assert len(refused) == len(answers) - OF_NETWORK.free


def test_what_is_being_weighed_counts_as_wrong_until_it_is_not(
    access: Access, clock: Clock
) -> None:
    guess(access, OF_NETWORK.free - 2)
    clock.now += OF_NETWORK.wait_s_max
    ends = [access.tries.begin(HERE) for _ in range(2)]
    assert refused_at(access) == WAIT_S_FIRST
    for end in ends:
        end(True)
    ends = [access.tries.begin(HERE) for _ in range(2)]
    for end in ends:
        end(False)
    # Waited for, too, the next comes by itself.
    clock.now += refused_at(access) - 0.5
    clock.now += refused_at(access)
    end = access.tries.begin(HERE)
    clock.now += OF_NETWORK.wait_s_max
    assert refused_at(access) == WAIT_S_FIRST
    end(False)


def test_a_try_that_could_not_be_weighed_is_over(access: Access, clock: Clock) -> None:
    def exhausted(_given: str, _kept: str) -> bool:
        raise MemoryError

    weighs, access.matches = access.matches, exhausted
    for _ in range(OF_NETWORK.at_once):
        with pytest.raises(MemoryError):
            weigh(access, PASSWORD)
    refused_at(access)
    access.matches = weighs
    clock.now += FORGET_S + 1
    assert weigh(access, PASSWORD)


def test_many_networks_at_once_do_not_queue_for_ever(access: Access) -> None:
    async def together() -> list[bool | BaseException]:
        addresses = (f"10.0.{number}.1" for number in range(4 * OF_ALL.at_once))
        tries = (access.is_password("guess", address) for address in addresses)
        return await asyncio.gather(*tries, return_exceptions=True)

    assert asyncio.run(together()).count(False) == OF_ALL.at_once


def test_many_networks_are_one_guesser_who_keeps_nobody_out_that_was_in(access: Access) -> None:
    assert weigh(access, PASSWORD, "10.9.9.9")
    for number in range(OF_ALL.free):
        guess(access, 1, f"10.0.{number}.1")
    assert refused_at(access, "10.1.0.1") == WAIT_S_FIRST
    with pytest.raises(TriedTooOften):
        weigh(access, PASSWORD, "10.1.0.2")
    assert weigh(access, PASSWORD, "10.9.9.9")
    guess(access, OF_NETWORK.free, "10.9.9.9")
    assert refused_at(access, "10.9.9.9") == WAIT_S_FIRST


def test_who_was_in_before_is_one_of_all_who_guess(access: Access) -> None:
    for number in range(OF_ALL.free // OF_NETWORK.free):
        address = f"10.0.{number}.1"
        access.tries.begin(address)(True)
        guess(access, OF_NETWORK.free, address)
    assert refused_at(access, "10.1.0.1") == WAIT_S_FIRST


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("::ffff:10.0.0.9", "10.0.0.9", True),
        ("fe80::1%eth0", "fe80::2%eth1", True),
        ("10.0.0.9", "10.0.0.8", False),
        # What is no address cannot be told apart, and is counted together.
        ("unix:", "10.0.0.9:4711", True),
        ("", "x" * 64, True),
    ],
)
def test_tries_are_counted_by_network(one: str, other: str, same: bool) -> None:
    assert (network_of(one) == network_of(other)) is same


def test_the_right_token_waits_for_nothing_and_forgives_nothing(access: Access) -> None:
    for number in range(OF_NETWORK.free):
        assert not admit(access, f"Bearer guess-{number}")
        assert admit(access, f"Bearer {TOKEN}")
    with pytest.raises(TriedTooOften):
        admit(access, "Bearer guess")
    assert admit(access, f"Bearer {TOKEN}")


@pytest.mark.parametrize("header", ["", "Digest x", "Basic %%%", "Basic eA==", "Bearer"])
def test_whatever_is_no_credential_is_a_try(access: Access, header: str) -> None:
    for _ in range(OF_NETWORK.free):
        assert not admit(access, header)
    refused_at(access)


def wait_after(access: Access, clock: Clock, wrong: int) -> float:
    """Return how long an address waits after so many wrong tokens, one after each wait."""
    wait = 0.0
    for _ in range(wrong):
        try:
            access.tries.begin(HERE)(False)
        except TriedTooOften as too_often:
            wait = too_often.wait_s
            clock.now += wait
            access.tries.begin(HERE)(False)
    return wait


def test_the_wait_doubles_up_to_five_minutes_and_stays_a_number(
    access: Access, clock: Clock
) -> None:
    assert wait_after(access, clock, OF_NETWORK.free + 1) == WAIT_S_FIRST
    assert wait_after(access, clock, 2) == 4 * WAIT_S_FIRST
    assert wait_after(access, clock, 30) == OF_NETWORK.wait_s_max
    assert wait_after(access, clock, 1_100) == OF_NETWORK.wait_s_max


def test_wrong_tries_are_forgotten_in_time(access: Access, clock: Clock) -> None:
    guess(access, OF_NETWORK.free)
    clock.now += FORGET_S
    guess(access, 1)
    assert refused_at(access) == 2 * WAIT_S_FIRST
    clock.now += FORGET_S + 1
    guess(access, OF_NETWORK.free)
    clock.now += FORGET_S + 1
    guess(access, OF_NETWORK.free)
    refused_at(access)


def test_so_many_networks_are_remembered_the_latest(access: Access, clock: Clock) -> None:
    def wrong(address: str) -> None:
        access.tries.begin(address)(False)
        # None of them is held up by what all of them tried.
        clock.now += OF_ALL.wait_s_max

    for _ in range(OF_NETWORK.free):
        wrong("10.9.9.9")
    networks = access.tries._networks
    for number in range(NETWORKS_MAX):
        networks.setdefault(f"10.0.{number}", networks["10.9.9.9"])
    wrong("10.8.8.8")
    assert len(networks) == NETWORKS_MAX
    assert "10.9.9.9" not in networks
    assert "10.8.8.8" in networks
    # Who goes on trying is not forgotten for others' sake.
    oldest = next(iter(networks))
    networks["10.7.7.7"] = networks.pop(oldest)
    networks.move_to_end("10.7.7.7", last=False)
    wrong("10.7.7.7")
    wrong("10.6.6.6")
    assert {"10.7.7.7", "10.6.6.6"} <= networks.keys()
    known = access.tries._known
    known.update(dict.fromkeys(networks))
    access.tries.begin("10.5.5.5")(True)
    assert (len(known), next(reversed(known))) == (NETWORKS_MAX, "10.5.5.5")


def test_refused_tries_are_counted_in_the_log_and_do_not_fill_it(
    access: Access, caplog: pytest.LogCaptureFixture
) -> None:
    guess(access, OF_NETWORK.free)
    for _ in range(1_000):
        refused_at(access)
    logged = [r.facts["refused"] for r in caplog.records]  # type: ignore[attr-defined]
    assert logged == [2**power for power in range(10)]


def test_tries_hold_up_no_page(locked_window: Window) -> None:
    """As many as there may be are weighed, and take as long as they like."""
    weighing, over = threading.Event(), threading.Event()

    def endless(_given: str, _kept: str) -> bool:
        weighing.set()
        return over.wait(60) and False

    locked_window.site.access.matches = endless
    visitor = locked_window.site.access.sign_in()
    status = f"{locked_window.url}/api/v1/status"

    def guessed() -> int:
        with httpx.Client(trust_env=False, verify=False, timeout=60) as http:
            return http.get(status, headers=basic("guess")).status_code

    # No more at once than may wait for a slow server from one address.
    with ThreadPoolExecutor(WAITED_FOR_MAX - 2) as pool:
        tries = [pool.submit(guessed) for _ in range(60)]
        try:
            assert weighing.wait(60)
            token = {"Authorization": f"Bearer {TOKEN}"}
            assert (
                httpx.get(status, headers=token, trust_env=False, verify=False).status_code == 200
            )
            page = httpx.get(
                locked_window.url, cookies={"cloudstock": visitor}, trust_env=False, verify=False
            )
            assert page.status_code == 200
            assert not over.is_set()
        finally:
            over.set()
        answers = [t.result() for t in tries]
    assert set(answers) == {401, 429}
    assert answers.count(401) == OF_NETWORK.free


@pytest.mark.parametrize(
    ("proxies", "forwarded", "address"),
    [
        ("", ["203.0.113.5"], "127.0.0.1"),
        ("[10.0.0.1]", ["203.0.113.5"], "127.0.0.1"),
        ("[127.0.0.1]", ["203.0.113.5"], "203.0.113.5"),
        ("[127.0.0.0/8, '::1']", ["192.0.2.1, 203.0.113.5"], "203.0.113.5"),
        ("[127.0.0.1]", ["192.0.2.1", "203.0.113.5"], "203.0.113.5"),
        ("[127.0.0.1, 10.0.0.1]", ["192.0.2.1, 203.0.113.5, 10.0.0.1"], "203.0.113.5"),
        ("[127.0.0.1]", [], "127.0.0.1"),
        ("[127.0.0.1]", [""], "127.0.0.1"),
        ("[127.0.0.1]", ["x" * 1000], "x" * 64),
    ],
)
def test_the_forwarded_address_comes_from_a_configured_proxy_only(
    town: Town,
    password_hash: str,
    caplog: pytest.LogCaptureFixture,
    proxies: str,
    forwarded: list[str],
    address: str,
) -> None:
    web = f"web: {{password_hash: '{password_hash}', proxies: {proxies or '[]'}}}\n"
    with opened(town.config.path.parent, web) as window:
        headers = [("X-Forwarded-For", one) for one in forwarded]
        headers += basic("guess").items()
        answer = httpx.get(
            f"{window.url}/api/v1/status", headers=headers, trust_env=False, verify=False
        )
    assert answer.status_code == 401
    assert caplog.records[-1].facts["address"] == address  # type: ignore[attr-defined]


def test_where_there_is_no_password_or_token_none_is_right(
    password_hash: str, clock: Clock
) -> None:
    only_token = Access(Web(token=Secret(TOKEN)), clock)
    assert not admit(only_token, basic(PASSWORD)["Authorization"])
    only_password = Access(Web(password_hash=Secret(password_hash)), clock)
    assert not admit(only_password, f"Bearer {TOKEN}")
    assert not admit(only_password, "Bearer ")


def test_the_oldest_unused_session_gives_way(access: Access) -> None:
    first, second = access.sign_in(), access.sign_in()
    for _ in range(SESSIONS_MAX - 2):
        access.sign_in()
    assert access.signed_in(first)
    access.sign_in()
    assert access.signed_in(first)
    assert not access.signed_in(second)


def test_notes_are_for_their_visitor_once_and_not_for_ever(access: Access) -> None:
    visitor = access.sign_in()
    access.leave_note(visitor, Note("counted", 7))
    access.sign_out(visitor)
    assert access.take_note(visitor) is None
    for number in range(NOTES_MAX + 1):
        access.leave_note(f"visitor {number}", Note("counted"))
    assert access.take_note("visitor 0") is None
    assert access.take_note("visitor 1") == Note("counted")
    assert access.take_note("visitor 1") is None


def test_the_door_says_how_long_to_wait(town: Town, password_hash: str) -> None:
    web = f"web: {{password_hash: '{password_hash}'}}\n"
    clock = Clock()
    with opened(town.config.path.parent, web, monotonic=clock) as window:
        for _ in range(OF_NETWORK.free):
            window.site.access.tries.begin("127.0.0.1")(False)
        with window.visitor() as visitor:
            answer = visitor.sign_in(expect=429)
            assert int(answer.headers["retry-after"]) >= 1
            assert "too many wrong passwords" in text_of(answer.text, "problem")
            clock.now += 10
            visitor.sign_in()
            visitor.get("/products")


def test_sessions_end_unused_and_however_they_are_used(access: Access, clock: Clock) -> None:
    idle, busy = access.sign_in(), access.sign_in()
    clock.now += IDLE_S - 1
    assert access.signed_in(busy)
    clock.now += 2
    assert not access.signed_in(idle)
    while clock.now < 1000 + SESSION_S:
        assert access.signed_in(busy)
        clock.now += IDLE_S - 1
    assert not access.signed_in(busy)


def test_there_are_never_more_sessions_than_a_household_needs(access: Access) -> None:
    first = access.sign_in()
    last = [access.sign_in() for _ in range(SESSIONS_MAX)][-1]
    assert not access.signed_in(first)
    assert access.signed_in(last)


def test_what_is_kept_of_a_visitor_shows_no_secret(access: Access, password_hash: str) -> None:
    access.sign_in()
    assert password_hash not in repr(access)
    assert TOKEN not in repr(access)
    assert "_key" not in repr(access)
