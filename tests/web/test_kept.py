"""What was typed outlives its session, its token and a database that is held, and is done once."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from html.parser import HTMLParser
from urllib.parse import urlencode

import pytest

from cloudstock.web.guard import FORM_BYTES_MAX
from tests.web.conftest import PASSWORD, TOKEN, Visitor, Window, text_of

LINES = "MUG\t7\r\nPOT\t5\r\n"
COUNT = {"what": "count", "warehouse": "main", "lines": LINES, "note": "<b>\"'&+%41é", "yes": "on"}


class Form(HTMLParser):
    """The form of a page that is sent to an address, as a browser without scripts has it."""

    def __init__(self, page: str, action: str) -> None:
        super().__init__()
        self.fields: list[tuple[str, str]] = []
        self._action = action
        self._inside = False
        self.found = 0
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "form":
            self._inside = given["action"] == self._action
            self.found += self._inside
        elif tag == "input" and self._inside and given.get("type") == "hidden":
            self.fields.append((given["name"] or "", given["value"] or ""))

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._inside = False


def send(visitor: Visitor, path: str, fields: list[tuple[str, str]], *, expect: int) -> str:
    """Send fields as they stand on a page."""
    origin = str(visitor.http.base_url).rstrip("/")
    answer = visitor.http.post(
        path,
        content=urlencode(fields),
        headers={"Origin": origin, "Content-Type": "application/x-www-form-urlencoded"},
    )
    assert answer.status_code == expect, answer.text
    return answer.text


@pytest.fixture
def seller(locked_window: Window) -> Iterator[Visitor]:
    with locked_window.visitor() as visitor:
        visitor.sign_in()
        visitor.get("/count")
        yield visitor


def test_what_was_typed_outlives_the_session(locked_window: Window, seller: Visitor) -> None:
    before = locked_window.contents()
    locked_window.site.access.sign_out(seller.http.cookies["cloudstock"])
    page = seller.post("/count", COUNT, expect=401).text
    assert "not lost" in text_of(page, "note")
    door = Form(page, "/login")
    # A wrong password loses nothing either.
    page = send(seller, "/login", [*door.fields, ("password", "wrong")], expect=401)
    again = Form(page, "/login")
    assert [f for f in again.fields if f[0] != "csrf"] == [f for f in door.fields if f[0] != "csrf"]
    page = send(seller, "/login", [*again.fields, ("password", PASSWORD)], expect=200)
    assert "Send again" in page
    assert PASSWORD not in page
    form = Form(page, "/count")
    assert [f for f in form.fields if f[0] != "csrf"] == list(COUNT.items())
    assert text_of(page, "facts").startswith("Warehouse main Products MUG 7 POT 5 Note <b>")
    # Up to the press of the button nothing is done.
    assert locked_window.contents() == before
    send(seller, "/count", form.fields, expect=303)
    assert "7 on hand" in text_of(seller.get("/count").text, "note")


def test_what_was_typed_outlives_its_token(open_window: Window, visitor: Visitor) -> None:
    visitor.get("/product?sku=MUG")
    visitor.token = "0" * 64
    before = open_window.contents()
    path = "/product/count?sku=MUG"
    page = visitor.post(path, {"quantity": "3", "warehouse": "main"}, expect=403).text
    assert "too old" in text_of(page, "problem")
    assert text_of(page, "facts") == "Product MUG Units 3 Warehouse main"
    assert open_window.contents() == before
    send(visitor, path, Form(page, path).fields, expect=303)
    assert "3 on hand" in text_of(visitor.get("/product?sku=MUG").text, "note")


def test_the_door_keeps_on_through_a_restart(locked_window: Window, seller: Visitor) -> None:
    """The sign-in itself may be too old, and may be loaded anew after it let in."""
    locked_window.site.access.sign_out(seller.http.cookies["cloudstock"])
    door = Form(seller.post("/count", COUNT, expect=401).text, "/login")
    stale = [(n, "0" * 64 if n == "csrf" else v) for n, v in door.fields]
    page = send(seller, "/login", [*stale, ("password", PASSWORD)], expect=403)
    fields = [*Form(page, "/login").fields, ("password", PASSWORD)]
    first = Form(send(seller, "/login", fields, expect=200), "/count").fields
    # Loaded anew, with the token that a stranger had.
    second = Form(send(seller, "/login", fields, expect=403), "/count").fields
    assert first == second
    send(seller, "/count", second, expect=303)


@pytest.mark.parametrize(
    "address",
    [
        "//evil.example/count",
        "https://evil.example/count",
        "javascript:alert(1)//count",
        "/\\evil.example/count",
        "/login",
        "/logout",
        "/files",
        "/nowhere",
        "/api/v1/counts",
        "count",
        "",
    ],
)
def test_only_where_forms_of_ours_go_anything_is_sent_again(
    locked_window: Window, address: str
) -> None:
    with locked_window.visitor() as visitor:
        visitor.get("/login")
        kept = {"kept": address, "kept:quantity": "3", "password": PASSWORD}
        answer = visitor.post("/login", kept)
        assert answer.headers["location"] == "/"


def test_no_secret_comes_back(locked_window: Window, seller: Visitor) -> None:
    locked_window.site.access.sign_out(seller.http.cookies["cloudstock"])
    fields = {**COUNT, "password": PASSWORD, "note": f"pasted {TOKEN}"}
    page = seller.post("/count", fields, expect=401).text
    assert PASSWORD not in page
    assert TOKEN not in page
    assert not {"kept:csrf", "kept:password"} & dict(Form(page, "/login").fields).keys()
    assert "kept:note" in page


def test_what_another_page_sends_is_not_kept(locked_window: Window, open_window: Window) -> None:
    for window in (locked_window, open_window):
        with window.visitor() as visitor:
            evil = {"Origin": "http://evil.example", "Sec-Fetch-Site": "cross-site"}
            page = visitor.post("/count", COUNT, expect=403, **evil).text
            assert "Send again" not in page
            assert "MUG" not in page
            # Where no browser says whose page it was, nobody's is kept.
            answer = visitor.http.post("/count", data=COUNT)
            assert "MUG" not in answer.text


def test_as_much_as_a_form_may_hold_is_kept(locked_window: Window, seller: Visitor) -> None:
    locked_window.site.access.sign_out(seller.http.cookies["cloudstock"])
    lines = "\r\n".join(f"АРТ-{n}\t5" for n in range(1000))
    fields = [("csrf", seller.token), ("lines", lines)]
    fields.append(("note", "n" * (FORM_BYTES_MAX - len(urlencode(fields)) - 6)))
    assert len(urlencode(fields)) == FORM_BYTES_MAX
    page = send(seller, "/count", fields, expect=401)
    door = [*Form(page, "/login").fields, ("username", "cloudstock"), ("password", PASSWORD)]
    page = send(seller, "/login", door, expect=200)
    assert Form(page, "/count").fields[1:] == fields[1:]


@pytest.mark.parametrize("path", ["/count", "/product/adjust?sku=MUG"])
def test_what_was_typed_outlives_a_database_that_is_held(
    open_window: Window, visitor: Visitor, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    monkeypatch.setattr("cloudstock.store.BUSY_TIMEOUT_S", 0.01)
    visitor.get("/count")
    fields = COUNT if path == "/count" else {"change": "-1", "reason": "broken"}
    database = open_window.site.config.database
    with closing(sqlite3.connect(database, isolation_level=None)) as holder:
        holder.execute("BEGIN IMMEDIATE")
        page = visitor.post(path, fields, expect=503).text
    assert "held by another program" in text_of(page, "problem")
    assert "nothing that you typed is lost" in text_of(page, "problem")
    assert str(database.parent) not in page
    send(visitor, path, Form(page, path).fields, expect=303)
    assert "on hand" in text_of(visitor.get("/count").text, "note")
