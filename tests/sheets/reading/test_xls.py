"""XLS as Excel, 1C and libraries write it."""

from __future__ import annotations

from pathlib import Path

import pytest

from cloudstock.sheets.questions import Undecided
from cloudstock.sheets.reading.bounded import is_workbook
from tests.sheets.reading.biff import EXCEL_95, EXCEL_97, Fault, Formula, Sheet, compound, xls
from tests.sheets.reading.books import Seen, cells_of, form_of, problem_of, read_whole, sheets_of

NAMES = {(0, 0): "Кружка эмалированная", (1, 0): "Остаток, шт", (2, 0): "KR-0401"}


@pytest.mark.parametrize("version", [EXCEL_95, EXCEL_97])
@pytest.mark.parametrize("contained", [True, False])
def test_cells(tmp_path: Path, version: int, contained: bool) -> None:
    cells = {(0, 1): "Код", (0, 2): 12, (2, 0): 3.5, (2, 1): True, (2, 3): Fault(0x2A)}
    file = xls(tmp_path / "a.xls", Sheet(cells), version=version, contained=contained)
    assert is_workbook(file.read_bytes()[:8])
    (rows,) = sheets_of(file).values()
    assert [row.line for row in rows] == [1, 3]
    assert cells_of(file) == [
        ["", "Код", ("number", "12", "12")],
        [("number", "3.5", "3.5"), ("boolean", "TRUE", "TRUE"), "", ("error", "#N/A", "#N/A")],
    ]


@pytest.mark.parametrize(
    ("number", "code", "expected"),
    [
        # 1C counts its own formats from 50; xlrd and calamine know those as dates.
        (50, "0", ("number", "3160", "3160")),
        (51, "#,##0.000", ("number", "3160", "3160")),
        (57, "", ("number", "3160", "3160")),
        (164, "000000", ("number", "3160", "003160")),
        (1, "", ("number", "3160", "3160")),
        (14, "", ("date", "1908-08-25", "1908-08-25")),
        (50, "dd.mm.yyyy", ("date", "1908-08-25", "1908-08-25")),
        (164, "dd.mm.yyyy", ("date", "1908-08-25", "1908-08-25")),
    ],
)
def test_a_number_is_what_the_code_of_its_format_makes_it(
    tmp_path: Path, number: int, code: str, expected: Seen
) -> None:
    sheet = Sheet({(0, 0): 3160}, styles={(0, 0): 1})
    assert cells_of(xls(tmp_path / "a.xls", sheet, formats={number: code})) == [[expected]]


def test_days_since_1904(tmp_path: Path) -> None:
    sheet = Sheet({(0, 0): 44653}, styles={(0, 0): 1})
    file = xls(tmp_path / "a.xls", sheet, formats={14: ""}, since_1904=True)
    assert cells_of(file) == [[("date", "2026-04-03", "2026-04-03")]]


def test_hidden_sheets_are_none_and_hidden_rows_are_told(tmp_path: Path) -> None:
    cells = {(0, 0): "a", (1, 0): "b", (2, 0): "c"}
    file = xls(
        tmp_path / "a.xls",
        Sheet(cells, name="H", state=1),
        Sheet(cells, name="V", hidden_rows=[1]),
        Sheet(cells, name="X", state=2),
        Sheet({}, name="E"),
    )
    sheets = sheets_of(file)
    assert {name: [row.hidden for row in rows] for name, rows in sheets.items()} == {
        "V": [False, True, False],
        "E": [],
    }


def test_a_nought_that_a_library_writes_for_a_formula_is_no_value(tmp_path: Path) -> None:
    cells = {
        (0, 0): Formula(10),
        (0, 1): Formula(0),
        (0, 2): Formula(0, calculate_on_load=True),
        (0, 3): Formula(10, calculate_on_load=True),
    }
    file = xls(tmp_path / "a.xls", Sheet({}, name="E"), Sheet(cells))
    assert [(str(c), c.kind.value) for c in sheets_of(file)["S1"][0].cells] == [  # type: ignore[attr-defined]
        ("10", "number"),
        ("0", "number"),
        ("=", "formula"),
        ("10", "number"),
    ]


# ---------------------------------------------------------------- Excel 95


@pytest.mark.parametrize("codepage", [None, 1252, 1251])
def test_texts_of_an_old_1c_are_cyrillic_whatever_it_says(
    tmp_path: Path, codepage: int | None
) -> None:
    file = xls(tmp_path / "a.xls", Sheet(NAMES), version=EXCEL_95, codepage=codepage)
    assert cells_of(file) == [[text] for text in NAMES.values()]
    assert form_of(file) == "XLS, Windows-1251"


@pytest.mark.parametrize("text", ["Größe für Straßenmöbel", "Café crème à la carte", "Ø 32 mm"])
def test_texts_of_the_west_stay_what_they_are(tmp_path: Path, text: str) -> None:
    sheet = Sheet({(0, 0): text, (1, 0): "Article"})
    file = xls(tmp_path / "a.xls", sheet, version=EXCEL_95, encoding="cp1252")
    assert cells_of(file) == [[text], ["Article"]]


def test_ukrainian(tmp_path: Path) -> None:
    texts = ["Залишки товарів", "Їжа", "На всіх складах", "ґанок"]
    sheet = Sheet({(n, 0): text for n, text in enumerate(texts)}, name="Аркуш")
    file = xls(tmp_path / "a.xls", sheet, version=EXCEL_95)
    assert sheets_of(file).keys() == {"Аркуш"}
    assert cells_of(file) == [[text] for text in texts]


def test_an_encoding_that_is_said(tmp_path: Path) -> None:
    file = xls(tmp_path / "a.xls", Sheet(NAMES), version=EXCEL_95, encoding="cp866")
    assert cells_of(file) != [[text] for text in NAMES.values()]
    assert cells_of(file, "cp866") == [[text] for text in NAMES.values()]


def test_texts_of_two_code_pages_are_asked_about(tmp_path: Path) -> None:
    cells = {(0, 0): "Кружка".encode("cp1251").decode("cp1252"), (1, 0): "Größe Straße"}
    file = xls(tmp_path / "a.xls", Sheet(cells), version=EXCEL_95, encoding="cp1252")
    with pytest.raises(Undecided) as asked:
        read_whole(file, tmp_path)
    assert str(asked.value) == (
        "a.xls does not tell the encoding of its texts; save it as XLSX\n"
        "  --encoding cp1251: it is Windows-1251: Кружка\n"
        "  --encoding cp1252: it is Windows-1252: Êðóæêà\n"
        "nothing was changed"
    )
    for option in asked.value.questions[0].options:
        encoding = str(option.answers["encoding"])
        read_whole(file, tmp_path, encoding=encoding)


def test_a_stream_whose_sectors_are_claimed_twice_is_whole(tmp_path: Path) -> None:
    stream = xls(tmp_path / "a.xls", Sheet(NAMES), contained=False).read_bytes()
    (tmp_path / "b.xls").write_bytes(compound("Workbook", stream, claimed=512))
    assert cells_of(tmp_path / "b.xls") == [[text] for text in NAMES.values()]


# ---------------------------------------------------------------- what is none


def test_a_password_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.xlsx").write_bytes(compound("EncryptedPackage", b"secret"))
    assert problem_of(tmp_path / "a.xlsx") == "password"


def test_a_document_of_another_program_is_no_workbook(tmp_path: Path) -> None:
    (tmp_path / "a.xls").write_bytes(compound("WordDocument", b"text"))
    assert problem_of(tmp_path / "a.xls") == "broken"


def test_any_cut_or_changed_byte_is_read_or_refused(tmp_path: Path) -> None:
    content = xls(tmp_path / "a.xls", Sheet(NAMES, hidden_rows=[1])).read_bytes()
    file = tmp_path / "b.xls"
    seen = set()
    for at in range(0, len(content), 97):
        for damaged in (content[:at], content[:at] + b"\xff" * 8 + content[at + 8 :]):
            file.write_bytes(damaged)
            seen.add(problem_of(file))
    assert seen == {"", "broken"}
