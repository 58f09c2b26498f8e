"""Files in the browser: looked at before they are counted, and handed out."""

from __future__ import annotations

import csv
import io
import re
from html import unescape
from urllib.parse import urlencode

import pytest

from cloudstock.config.keys import keys_of
from cloudstock.language import LANGUAGES, speaking
from cloudstock.sheets.answers import Answers, told
from tests.builders import ledger, level
from tests.jobs.town import Town
from tests.web.conftest import Visitor, Window, text_of

SHEET = "Артикул;Остаток;Доступно\nMUG;7;5\nCUP;;4\nPOT;нет;0\nVASE;3;3\n"
ANSWERS = {
    "columns:quantity": "Остаток",
    "empty": "skip",
    "words:нет": "0",
    "skip_unknown": "true",
}


def choose(visitor: Visitor, content: bytes | str, name: str = "склад.csv") -> str:
    """Choose a file as a browser does; return the address of the look at it."""
    visitor.get("/files")
    answer = visitor.http.post(
        "/files", data={"csrf": visitor.token}, files={"file": (name, content)}
    )
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


def fields_of(page: str, action: str) -> dict[str, str]:
    """Return the fields that a form of a page has filled in already."""
    form = re.search(rf'<form[^>]* action="{re.escape(action)}".*?</form>', page, re.DOTALL)
    assert form is not None, page
    hidden = re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', form[0])
    return {unescape(name): unescape(value) for name, value in hidden}


def look(visitor: Visitor, address: str, answers: dict[str, str]) -> str:
    return visitor.get(f"{address}&{urlencode(answers)}").text


def test_what_a_file_leaves_open_is_chosen_and_then_it_is_counted_once(
    town: Town, visitor: Visitor
) -> None:
    before = ledger(town.store)
    address = choose(visitor, SHEET)
    page = visitor.get(address).text
    # Which column it is comes first; the rest is asked once that is known.
    assert 'type="radio" name="columns:quantity" value="Остаток"' in page
    assert 'action="/files/count"' not in page
    page = look(visitor, address, {"columns:quantity": "Остаток"})
    for name in ("empty", "words:нет", "skip_unknown"):
        assert page.count(f'name="{name}"') >= 1, name
    assert fields_of(page, "/files/look")["columns:quantity"] == "Остаток"
    page = look(visitor, address, ANSWERS)
    assert "<bdi>склад.csv</bdi>" in page
    assert ledger(town.store) == before
    fields = fields_of(page, "/files/count")
    assert {name: fields[name] for name in ANSWERS} == ANSWERS
    rows = re.findall(r'<tr><th scope="row"><a href="/product\?sku=(\w+)">.*?</tr>', page)
    assert rows == ["MUG", "POT"]
    visitor.post("/files/count", fields)
    page = visitor.get("/files").text
    told = text_of(page, "note")
    assert "2 rows counted: 1 changed, 1 counted for the first time" in told
    undo = fields_of(page, "/changes/undo")
    assert level(town.store, "MUG")[0] == 7
    assert ledger(town.store)[len(before) :] == [("MUG", "main", -2, "count")]
    # The same form once more, as a second click sends it.
    assert "counted already" in visitor.post("/files/count", fields, expect=404).text
    visitor.post("/changes/undo", undo)
    assert level(town.store, "MUG")[0] == 9


def test_what_may_be_said_of_a_file_is_in_the_visitors_words(town: Town, visitor: Visitor) -> None:
    address = choose(visitor, "sku,quantity\nMUG,10+\n")
    for language in LANGUAGES:
        page = visitor.get(f"{address}&lang={language}").text
        options = re.findall(r'<option value="([^"]+)"[^>]*>([^<]*)<', page)
        with speaking(language):
            does = {field: told(field).words for field in ("empty", "means", "doubtful", "missing")}
        for words in does.values():
            assert set(words.items()) <= {(word, unescape(text)) for word, text in options}
        assert all(word != text for word, text in options)
    # In place of a word a number is typed.
    page = look(visitor, address, {"more_than:units": "6"})
    assert fields_of(page, "/files/count")["more_than:units"] == "6"


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_word_is_told_by_its_help(language: str) -> None:
    with speaking(language):
        for key in keys_of(Answers):
            words = getattr(key.type, "words", ()) or getattr(
                getattr(key.type, "item", None), "words", ()
            )
            assert set(told(key.field).words) >= set(words), key.field


def test_what_is_doubtful_is_counted_after_a_word_only(town: Town, visitor: Visitor) -> None:
    sheet = "sku,quantity\nMUG,7\n"
    fields = fields_of(visitor.get(choose(visitor, sheet)).text, "/files/count")
    visitor.post("/files/count", fields)
    # The same file again: perhaps by mistake.
    page = visitor.get(choose(visitor, sheet, "again.csv")).text
    assert 'name="yes" required' in page
    fields = fields_of(page, "/files/count")
    told = visitor.post("/files/count", fields, expect=422).text
    assert text_of(told, "problem").startswith("!")
    # It is kept, and counted with the word.
    visitor.post("/files/count", {**fields, "yes": "on"})
    assert level(town.store, "MUG")[0] == 7


def test_a_sheet_that_was_handed_out_changes_nothing_until_it_is_changed(
    town: Town, visitor: Visitor
) -> None:
    sheet = visitor.get("/files/stock.xlsx")
    assert re.search(r'filename="stock-[\d-]+\.xlsx"', sheet.headers["content-disposition"])
    page = visitor.get(choose(visitor, sheet.content, "stock.xlsx")).text
    assert "No number would change." in page
    plain = visitor.get("/files/stock.csv").content.decode("utf-8-sig")
    address = choose(visitor, plain.replace("MUG,9,", "MUG,4,"))
    rows = list(csv.reader(io.StringIO(visitor.get(address.replace("look", "look.csv")).text)))
    assert rows[1][:4] == ["MUG", "main", "9", "4"]


def test_what_cannot_be_read_says_why_and_names_are_text(town: Town, visitor: Visitor) -> None:
    before = ledger(town.store)
    for content, why in (
        (b"%PDF-1.7", "no table"),
        ("sku,quantity\nMUG,7\nMUG,8\n", "another row"),
        (b"PK\x03\x04 and no end", "not whole"),
    ):
        page = visitor.get(choose(visitor, content)).text
        assert why in page
        assert 'action="/files/count"' not in page, why
    late = look(visitor, choose(visitor, "sku,quantity\nMUG,7\n"), {"at": "2999-01-01T00:00"})
    assert "yet to come" in text_of(late, "problem")
    wrong = look(visitor, choose(visitor, SHEET), {"header_row": "first"})
    assert "expected a whole number" in text_of(wrong, "problem")
    assert ledger(town.store) == before

    for name, shown in (
        ("<img src=x>\"'&.csv", "&lt;img src=x&gt;&#34;&#39;&amp;.csv"),
        ("C:\\Users\\I\\остатки.csv", "остатки.csv"),
        ("../../etc/passwd", "passwd"),
    ):
        page = visitor.get(choose(visitor, "sku,quantity\nMUG,7\n", name)).text
        assert f"<h1><bdi>{shown}</bdi></h1>" in page


def test_files_are_taken_of_who_may_send_them_only(locked_window: Window, visitor: Visitor) -> None:
    large = b"x" * 70_000
    with locked_window.visitor() as stranger:
        stranger.get("/login")
        sent = {"csrf": stranger.token}
        for content in (b"x", large):
            answer = stranger.http.post("/files", data=sent, files={"file": ("a.csv", content)})
            # After the password it is to be chosen again.
            door = answer.headers["location"]
            assert "choose the file again" in text_of(stranger.get(door).text, "problem")
            assert locked_window.site.uploads._kept == {}
        stranger.sign_in()
        forged = stranger.http.post("/files", data=sent, files={"file": ("a.csv", large)})
        assert forged.status_code == 403
        address = choose(stranger, "sku,quantity\nMUG,7\n")
        with locked_window.visitor() as other:
            other.sign_in()
            other.get(address, expect=404)
    # Nor where no file is for.
    visitor.get("/files")
    other_place = visitor.http.post(
        "/product/count?sku=MUG", data={"csrf": visitor.token}, files={"file": ("a", large)}
    )
    assert other_place.status_code == 413
    assert (
        "choose a file"
        in visitor.http.post(
            "/files", data={"csrf": visitor.token}, files={"other": ("a", b"")}
        ).text
    )


def test_every_list_is_handed_out_as_its_page_is_narrowed(town: Town, visitor: Visitor) -> None:
    page = visitor.get("/products?only=uncounted&search=P").text
    address = re.search(r'href="(/products\.csv[^"]*)"', page)
    assert address is not None
    rows = list(
        csv.reader(io.StringIO(visitor.get(unescape(address[1])).text.removeprefix("\ufeff")))
    )
    assert [row[0] for row in rows] == ["sku", "POT"]
    for name in ("orders", "returns", "listings", "reserves", "runs", "changes"):
        assert visitor.get(f"/{name}.csv").headers["content-type"] == "text/csv; charset=utf-8"
    assert len(visitor.get("/history.csv?sku=MUG").text.splitlines()) > 1


def test_cabinets_have_their_own_sheets(town: Town, visitor: Visitor) -> None:
    for name in ("ozon-main", "moysklad"):
        answer = visitor.get(f"/files/cabinet?for={name}")
        assert re.search(rf'filename="{name}-[\d-]+\.xlsx"', answer.headers["content-disposition"])
    problem = visitor.get("/files/cabinet?for=ozon-main&warehouse=none", expect=422).text
    assert "nothing is in warehouse" in text_of(problem, "problem")
