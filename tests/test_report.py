"""report: the page is one file that nothing hostile gets out of, and says what the JSON says."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from cloudstock.__main__ import main
from cloudstock.render.markup import Html, raw, tag
from tests.store.trade import CONFIG, sell_and_return, trade

EVIL = (
    "</script><script>alert(1)</script><img src=x onerror=alert(1)>\"'&amp;`${x}"
    "\u202eabc\x1b[2J\u2028</style>]]><!--"
)
SKU = "MUG</td></script>\"'><svg onload=alert(1)>"

VOID = {"meta", "link", "img", "br", "hr", "input"}


class Page(HTMLParser):
    """The elements of a page, and what breaks its form."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.data = ""
        self.style = ""
        self._open: list[str] = []
        self.feed(text)
        self.close()
        assert self._open == []

    def handle_starttag(self, name: str, attributes: list[tuple[str, str | None]]) -> None:
        self.elements.append((name, dict(attributes)))
        if name not in VOID:
            self._open.append(name)

    def handle_endtag(self, name: str) -> None:
        assert self._open.pop() == name

    def handle_data(self, text: str) -> None:
        if self._open and self._open[-1] == "script":
            self.data += text
        elif self._open and self._open[-1] == "style":
            self.style += text
        else:
            self.texts.append(text)

    def handle_comment(self, text: str) -> None:
        pytest.fail(f"a comment: {text}")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "config.yaml").write_text(CONFIG, encoding="utf-8")
    (tmp_path / "config.yaml").chmod(0o600)
    monkeypatch.chdir(tmp_path)
    with trade(tmp_path, sell_and_return) as town:
        present = "strftime('%Y-%m-%dT%H:%M:%S.000000Z', 'now', '-1 hours')"
        for column in ("created_at", "first_seen_at"):
            town.store.connection.execute(f"UPDATE orders SET {column} = {present}")
            town.store.connection.execute(f"UPDATE returns SET {column} = {present}")
        town.store.connection.execute("UPDATE cursor SET read_until = " + present)
        town.store.connection.execute("UPDATE push SET computed_at = " + present)
        town.store.connection.execute(
            "UPDATE push SET answered_at = strftime('%Y-%m-%dT%H:%M:%S.000000Z', computed_at,"
            " '+3 seconds') WHERE verdict IS NOT NULL"
        )
    return tmp_path


@pytest.fixture
def hostile(folder: Path) -> Path:
    """Every text that comes from outside says what it should not."""
    with closing(sqlite3.connect(folder / "book.db", isolation_level=None)) as db:
        db.execute("UPDATE product SET name = ?, sku = sku || ?", (EVIL, SKU))
        db.execute(
            "INSERT INTO listing (account_id, external_id, offer_id, name, catalog_seen_at)"
            " SELECT id, 'x', ?, ?, '' FROM account",
            (SKU, EVIL),
        )
        db.execute("UPDATE stock SET reserved = on_hand + 3 WHERE counted_at IS NOT NULL")
    return folder


Told = Callable[..., str]


@pytest.fixture
def told(capsys: pytest.CaptureFixture[str]) -> Iterator[Told]:
    def run(*words: str, expect: int = 0) -> str:
        capsys.readouterr()
        assert main(words) == expect
        ended = capsys.readouterr()
        return ended.out if expect == 0 else ended.err

    return run


def written(folder: Path, told: Told, *words: str) -> Page:
    told("report", "--output", "r.html", "--force", *words)
    return Page((folder / "r.html").read_text(encoding="utf-8"))


def test_the_page_says_what_the_json_and_the_terminal_say(folder: Path, told: Told) -> None:
    page = written(folder, told)
    answer = json.loads(told("report", "--json"))
    data = json.loads(page.data)
    answer.pop("made_at")
    data.pop("made_at")
    assert data == answer
    (ozon, _, ym) = answer["accounts"]
    assert (ozon["units"], ym["units"]) == (2, 2)
    assert answer["stock"]["units_sold"] == 4
    text = told("report")
    for words in (" ".join(page.texts), text):
        assert "MUG" in words
        assert "ozon-main" in words
    for section in ("Runs out first", "Sells most", "Returns", "How quickly listings follow"):
        assert section in page.texts
        assert section.upper() in text


def test_hostile_text_gets_out_of_nothing(hostile: Path, told: Told) -> None:
    page = written(hostile, told)
    names = {name for name, _ in page.elements}
    assert "img" not in names
    assert [a for name, a in page.elements if name == "script"] == [
        {"type": "application/json", "id": "data"}
    ]
    assert not any(key.startswith("on") for _, a in page.elements for key in a)
    assert any("<script>alert(1)</script>" in text for text in page.texts), "told as it is written"
    everything = (hostile / "r.html").read_text(encoding="utf-8")
    assert not set(everything) & set("\u202e\x1b\u2028")
    assert json.loads(page.data)["loose"]["unlinked_first"][0]["name"] == EVIL
    terminal = told("report")
    assert "\x1b" not in terminal
    assert "\u202e" not in terminal


def test_the_page_keeps_its_own_policy(folder: Path, told: Told) -> None:
    page = written(folder, told)
    (policy,) = [
        a["content"]
        for name, a in page.elements
        if name == "meta" and a.get("http-equiv") == "Content-Security-Policy"
    ]
    digest = base64.b64encode(hashlib.sha256(page.style.encode()).digest()).decode()
    assert policy == (
        f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    )
    for name, attributes in page.elements:
        assert "style" not in attributes, "an attribute of style is refused by the policy"
        for key in ("src", "href", "action", "xlink:href"):
            assert (attributes.get(key) or "#").startswith("#"), (name, attributes)
    assert not re.search(r"url\(|@import", page.style)


def test_the_links_of_the_page_lead_to_its_sections(folder: Path, told: Told) -> None:
    page = written(folder, told)
    links = [a["href"] for name, a in page.elements if name == "a"]
    places = [f"#{a['id']}" for name, a in page.elements if name == "section"]
    assert links == places
    assert len(links) == 11


def test_a_page_is_a_document_of_its_owner(folder: Path, told: Told) -> None:
    before = os.umask(0o027)
    try:
        told("report", "--output", "new.html")
        assert (folder / "new.html").stat().st_mode & 0o777 == 0o640
        (folder / "kept.html").write_text("old")
        (folder / "kept.html").chmod(0o600)
        told("report", "--output", "kept.html", "--force")
        assert (folder / "kept.html").stat().st_mode & 0o777 == 0o600
    finally:
        os.umask(before)
    assert sorted(p.suffix for p in folder.iterdir() if p.name.startswith(".")) == []


def test_wrong_usage_writes_nothing(folder: Path, told: Told) -> None:
    assert "name one of them" in told("report", "--json", "--output", "r.html", expect=2)
    assert told("report", "--days", "0", expect=2)
    assert told("report", "--top", "5000", expect=2)
    assert "nowhere" in told("report", "--output", "nowhere/r.html", expect=2)
    assert not (folder / "r.html").exists()


def test_one_account_can_be_told_of_alone(folder: Path, told: Told) -> None:
    answer: Any = json.loads(told("report", "--account", "ym-main", "--json"))
    assert [a["account"] for a in answer["accounts"]] == ["ym-main"]
    assert answer["stock"]["units_sold"] == 2
    assert {p["sku"]: p["sold"] for p in answer["best_sellers"]} == {"MUG": 1, "CUP": 1}


def test_it_can_be_had_in_russian(folder: Path, told: Told) -> None:
    told("report", "--lang", "ru", "--output", "r.html")
    page = Page((folder / "r.html").read_text(encoding="utf-8"))
    assert ("html", {"lang": "ru"}) in page.elements
    assert "Кончится раньше всего" in page.texts
    assert "КОНЧИТСЯ РАНЬШЕ ВСЕГО" in told("report", "--lang", "ru")
    told("report", "--lang", "en")


def test_an_empty_book_has_a_report(tmp_path: Path, told: Told) -> None:
    config = tmp_path / "config.yaml"
    config.write_text(CONFIG, encoding="utf-8")
    config.chmod(0o600)
    with trade(tmp_path):
        pass
    for words in ((), ("--json",), ("--output", "-")):
        assert told("report", "--config", str(config), "--days", "1", *words)


def test_what_is_not_markup_is_escaped() -> None:
    assert tag("b", "<i>", raw("<br>"), title='"', class_="x", for_=None) == (
        '<b title="&quot;" class="x">&lt;i&gt;<br></b>'
    )
    assert isinstance(tag("b", "x"), Html)
