"""What was typed outlives its session, its token and a database that is held, and is done once."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from urllib.parse import urlencode

import pytest

from cloudstock.web.guard import FORM_BYTES_MAX
from tests.web.conftest import PASSWORD, TOKEN, Visitor, Window, text_of
from tests.web.test_files import fields_of

LINES = "MUG\t7\r\nPOT\t5\r\n"
COUNT = {"what": "count", "warehouse": "main", "lines": LINES, "note": "<b>\"'&+%41é", "yes": "on"}


def sent_again(kept: dict[str, str]) -> dict[str, str]:
    """Return what a page keeps of a form, without the token of its own, and when it was counted."""
    return {name: value for name, value in kept.items() if name not in ("csrf", "at")}


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
    door = fields_of(page, "/login")
    # A wrong password loses nothing either.
    page = seller.post("/login", {**door, "password": "wrong"}, expect=401).text
    again = fields_of(page, "/login")
    assert sent_again(again) == sent_again(door)
    page = seller.post("/login", {**again, "password": PASSWORD}, expect=200).text
    assert "Send again" in page
    assert PASSWORD not in page
    form = fields_of(page, "/count")
    assert sent_again(form) == COUNT
    assert text_of(page, "facts").startswith("Warehouse main Products MUG 7 POT 5 Note <b>")
    assert form["at"] == door["kept:at"]
    # Up to the press of the button nothing is done.
    assert locked_window.contents() == before
    seller.post("/count", form)
    assert "7 on hand" in text_of(seller.get("/count").text, "note")


def test_what_was_typed_outlives_its_token(open_window: Window, visitor: Visitor) -> None:
    visitor.get("/product?sku=MUG")
    visitor.token = "0" * 64
    before = open_window.contents()
    path = "/product/count?sku=MUG"
    page = visitor.post(path, {"quantity": "3", "warehouse": "main"}, expect=403).text
    assert "too old" in text_of(page, "problem")
    assert text_of(page, "facts").startswith("Product MUG Units 3 Warehouse main When 20")
    assert open_window.contents() == before
    visitor.post(path, fields_of(page, path))
    assert "3 on hand" in text_of(visitor.get("/product?sku=MUG").text, "note")


def test_the_door_keeps_on_through_a_restart(locked_window: Window, seller: Visitor) -> None:
    """The sign-in itself may be too old, and may be loaded anew after it let in."""
    locked_window.site.access.sign_out(seller.http.cookies["cloudstock"])
    door = fields_of(seller.post("/count", COUNT, expect=401).text, "/login")
    stale = {**door, "csrf": "0" * 64, "password": PASSWORD}
    page = seller.post("/login", stale, expect=403).text
    fields = {**fields_of(page, "/login"), "password": PASSWORD}
    first = fields_of(seller.post("/login", fields, expect=200).text, "/count")
    # Loaded anew, with the token that a stranger had.
    second = fields_of(seller.post("/login", fields, expect=403).text, "/count")
    assert first == second
    seller.post("/count", second)


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
    assert not {"kept:csrf", "kept:password"} & fields_of(page, "/login").keys()
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
    fields = {"csrf": seller.token, "lines": lines, "note": ""}
    fields["note"] = "n" * (FORM_BYTES_MAX - len(urlencode(fields)))
    door = fields_of(seller.post("/count", fields, expect=401).text, "/login")
    door |= {"username": "cloudstock", "password": PASSWORD}
    page = seller.post("/login", door, expect=200).text
    assert sent_again(fields_of(page, "/count")) == sent_again(fields)


def test_what_a_form_asks_for_is_done_once(open_window: Window, visitor: Visitor) -> None:
    """Gone back to and sent anew, or by two clicks at once, it would take units twice."""
    path = "/product/adjust?sku=MUG"
    form = fields_of(visitor.get("/product?sku=MUG").text, path) | {"reason": "broken"}
    # What was refused may be sent again.
    visitor.post(path, {**form, "change": "many"}, expect=422)
    visitor.post(path, {**form, "change": "-1"})
    after = open_window.contents()
    for token in (form["csrf"], "0" * 64):
        page = visitor.post(path, {**form, "change": "-1", "csrf": token}, expect=409).text
        assert "was sent already" in text_of(page, "problem")
        assert "Send again" not in page
    assert open_window.contents() == after
    # From its page once more it is another one.
    form = fields_of(visitor.get("/product?sku=MUG").text, path) | {"reason": "broken"}
    visitor.post(path, {**form, "change": "-1"})
    assert open_window.contents() != after


def test_what_was_sent_again_is_done_once(locked_window: Window, seller: Visitor) -> None:
    page = seller.get("/count?what=receive").text
    form = fields_of(page, "/count") | {"lines": LINES}
    locked_window.site.access.sign_out(seller.http.cookies["cloudstock"])
    door = fields_of(seller.post("/count", form, expect=401).text, "/login")
    door |= {"password": PASSWORD}
    again = fields_of(seller.post("/login", door, expect=200).text, "/count")
    seller.post("/count", again, expect=422)
    # What was never counted is not received.
    again |= {"lines": "MUG 7"}
    seller.post("/count", again)
    after = locked_window.contents()
    seller.post("/count", again, expect=409)
    assert "was sent already" in seller.post("/login", door, expect=409).text
    assert locked_window.contents() == after


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
    visitor.post(path, fields_of(page, path))
    assert "on hand" in text_of(visitor.get("/count").text, "note")


@pytest.mark.parametrize("path", ["/count", "/product/count?sku=MUG"])
def test_a_count_is_of_the_moment_at_which_it_was_sent_first(
    locked_window: Window, seller: Visitor, path: str
) -> None:
    locked_window.site.access.sign_out(seller.http.cookies["cloudstock"])
    typed = {"lines": LINES} if path == "/count" else {"quantity": "7", "at": ""}
    door = fields_of(seller.post(path, typed, expect=401).text, "/login")
    # It took long to find the password.
    door["kept:at"] = "2026-11-01T08:30:00"
    page = seller.post("/login", {**door, "password": PASSWORD}, expect=200).text
    assert "When 2026-11-01 08:30:00" in text_of(page, "facts")
    answer = seller.post(path, fields_of(page, path), expect=422).text
    # Asked about it is of then still.
    assert 'name="at" value="2026-11-01T08:30:00"' in answer


def test_a_count_with_its_time_keeps_that(locked_window: Window, seller: Visitor) -> None:
    locked_window.site.access.sign_out(seller.http.cookies["cloudstock"])
    typed = {"quantity": "7", "warehouse": "main", "at": "2026-11-01T08:30"}
    door = fields_of(seller.post("/product/count?sku=MUG", typed, expect=401).text, "/login")
    assert door["kept:at"] == "2026-11-01T08:30"
