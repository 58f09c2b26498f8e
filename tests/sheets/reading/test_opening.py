"""A file is what it holds, whatever its name."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from cloudstock.errors import Unfinished, UsageProblem
from cloudstock.sheets.questions import About, Undecided
from cloudstock.sheets.reading.grid import column_letters
from tests.sheets.reading.books import xlsx
from tests.sheets.reading.conftest import Opening

CSV = b"sku,quantity\nA,1\n"
PAGE = "<table><tr><td>Артикул</td><td>Остаток</td></tr></table>"


def test_a_name_says_nothing(reading: Opening) -> None:
    for name in ("stock.xlsx", "stock.xls", "stock.ods", "stock.xml", "stock"):
        document = reading(CSV, name)
        assert document.form == 'CSV in UTF-8, separated by ","'
        assert [list(row.cells) for row in document.sheets[0].rows()] == [
            ["sku", "quantity"],
            ["A", "1"],
        ]


def test_a_workbook_named_as_a_text_is_one(reading: Opening, tmp_path: Path) -> None:
    content = xlsx(tmp_path / "made", "<row r='7'><c r='B7'><v>5</v></c></row>").read_bytes()
    document = reading(content, "stock.csv")
    assert (document.form, document.place(7, 1)) == ("XLSX", "cell B7")
    assert [(row.line, list(row.cells)) for row in document.sheets[0].rows()] == [(7, ["", "5"])]
    assert (document.elements, document.is_part, document.open_column) == ((), False, None)
    assert document.digest == reading(content, "same.xlsx").digest
    with pytest.raises(UsageProblem, match="encoding 'klingon' is not known"):
        reading(content, encoding="klingon")


@pytest.mark.parametrize(
    "page",
    [
        f"<html>{PAGE}</html>",
        f"<!DOCTYPE HTML PUBLIC>\n<html>{PAGE}</html>",
        f"\n <!-- made --> <?xml version='1.0'?><HTML>{PAGE}",
        PAGE,
        f"<meta charset=utf-8><style>td {{}}</style>{PAGE}",
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1251"])
def test_a_web_page_is_told_to_be_one(reading: Opening, page: str, encoding: str) -> None:
    with pytest.raises(Undecided, match="is a web page") as caught:
        reading(page.encode(encoding), "stock.xls")
    assert [question.about for question in caught.value.questions] == [About.FORMAT]


@pytest.mark.parametrize(
    ("start", "words"),
    [
        (b"%PDF-1.7\n", "is no table .it begins as %PDF does"),
        (b"Rar!\x1a\x07", "is an archive; unpack it"),
        (b"MOXCEL\0\6\0", "is a spreadsheet of 1C .MXL.; save it from 1C as XLSX"),
        (b"\x1f\x8b\x08", "is an archive; unpack it"),
    ],
)
def test_what_is_no_table_is_told(reading: Opening, start: bytes, words: str) -> None:
    with pytest.raises(UsageProblem, match=words):
        reading(start + bytes(range(256)), "stock.csv")


def test_an_archive_without_its_end_is_not_whole(reading: Opening) -> None:
    with zipfile.ZipFile(whole := io.BytesIO(), "w") as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>" * 1000)
    with pytest.raises(Unfinished, match="lacks its end"):
        reading(whole.getvalue()[:-100], "stock.xlsx")


def test_columns_have_letters() -> None:
    letters = [column_letters(at) for at in (0, 1, 25, 26, 51, 52, 701, 702, 16383)]
    assert letters == ["A", "B", "Z", "AA", "AZ", "BA", "ZZ", "AAA", "XFD"]
