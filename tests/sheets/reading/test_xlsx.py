"""XLSX as programs write it: what cells hold and show, what is hidden, what is no value."""

from __future__ import annotations

import zipfile
from datetime import datetime
from pathlib import Path

import openpyxl
import pytest

from cloudstock.sheets.reading.grid import Cell, Kind
from tests.sheets.reading.books import Seen, cells_of, problem_of, seen, sheets_of, xlsx, zipped


def one(file: Path, cell: str, **given: object) -> Seen:
    """Return the only cell of a workbook."""
    ((read,),) = cells_of(xlsx(file, f"<row>{cell}</row>", **given))  # type: ignore[arg-type]
    return read


def test_a_workbook_of_a_library_is_read_with_its_lines(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.title = "Остатки"
    sheet["B2"], sheet["C2"] = "Артикул", "Остаток"
    sheet["B4"], sheet["C4"], sheet["D4"] = "KR-1", 12, datetime.fromisoformat("2026-04-03T09:30")
    sheet["C7"] = 3.5
    sheet["A9"].number_format = "@"
    sheet.row_dimensions[7].hidden = True
    book.create_sheet("Лист2")
    book.save(tmp_path / "a.xlsx")

    sheets = sheets_of(tmp_path / "a.xlsx")

    assert sheets["Лист2"] == []
    assert [(r.line, list(r.cells), r.hidden) for r in sheets["Остатки"]] == [
        (2, ["", "Артикул", "Остаток"], False),
        (4, ["", "KR-1", "12", "2026-04-03T09:30:00"], False),
        (7, ["", "", "3.5"], True),
    ]
    kinds = [getattr(cell, "kind", None) for cell in sheets["Остатки"][1].cells]
    assert kinds == [None, None, Kind.NUMBER, Kind.DATE]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("45", "45"),
        ("0", "0"),
        ("5.000", "5"),
        ("-2.0", "-2"),
        ("-0.0", "0"),
        ("2.012345000018E12", "2012345000018"),
        ("12345678901234567890", "12345678901234567890"),
        ("12.960000000000001", "12.96"),
        ("2.9999999999999996", "3"),
        ("1E-7", "0.0000001"),
        ("00045", "45"),
    ],
)
def test_a_number_is_its_digits(tmp_path: Path, value: str, text: str) -> None:
    assert one(tmp_path / "a.xlsx", f"<c><v>{value}</v></c>") == ("number", text, text)


@pytest.mark.parametrize("value", ["x", "1_000", "٣", "inf", "nan", "0x10", "1" * 500])
def test_what_is_no_number_breaks_the_workbook(tmp_path: Path, value: str) -> None:
    assert problem_of(xlsx(tmp_path / "a.xlsx", f"<row><c><v>{value}</v></c></row>")) == "broken"


@pytest.mark.parametrize(
    ("code", "value", "shown"),
    [
        ("00000", "45", "00045"),
        ("00000", "1234567", "1234567"),
        ("00000", "-45", "-00045"),
        ("00000", "4.5", "4.5"),
        ("000-000", "45", "000-045"),
        ('"АБ-"0000', "7", "АБ-0007"),
        ('0" шт"', "7", "7 шт"),
        ("\\#00", "7", "#07"),
        ("[Red]00000;0", "45", "00045"),
        ("#\\ ##0", "1234", "1 234"),
        # Nothing that changes an article.
        ("General", "45", "45"),
        ("0.00", "45", "45"),
        ("#,##0.000", "1234", "1234"),
        ("0%", "1", "1"),
        ("@", "45", "45"),
        ("", "45", "45"),
    ],
)
def test_what_a_format_shows(tmp_path: Path, code: str, value: str, shown: str) -> None:
    file = tmp_path / "a.xlsx"
    kind, text, as_shown = one(
        file, f"<c s='1'><v>{value}</v></c>", formats={200: code.replace('"', "&quot;")}
    )
    assert (kind, text, as_shown) == ("number", value, shown)


@pytest.mark.parametrize(
    ("number", "code", "text"),
    [
        (14, "", "2026-04-03"),
        (22, "", "2026-04-03"),
        (164, "dd.mm.yyyy", "2026-04-03"),
        (164, "[$-419]d mmm;@", "2026-04-03"),
        (164, 'ДД"-"mmmm\\ yyyy" г."', "2026-04-03"),
        (164, "yyyy-mm-dd hh:mm:ss.000", "2026-04-03"),
        (164, "[h]:mm", "2026-04-03"),
        # 1C counts its own formats from 50, where Excel has dates of other countries.
        (50, "0", None),
        (50, "#,##0.000", None),
        (57, "", None),
        (164, "Standard", None),
        (164, "0 pcs", None),
        (164, '"day" 0', None),
        (164, "[Red]0", None),
    ],
)
def test_a_date_is_one_by_what_its_format_says(
    tmp_path: Path, number: int, code: str, text: str | None
) -> None:
    formats = {number: code.replace('"', "&quot;")}
    read = one(tmp_path / "a.xlsx", "<c s='1'><v>46115</v></c>", formats=formats)
    assert read[:2] == (("number", "46115") if text is None else ("date", text))


@pytest.mark.parametrize(
    ("serial", "properties", "text"),
    [
        ("46115.395833333", "", "2026-04-03T09:30:00"),
        ("0.395833333", "", "09:30:00"),
        ("1", "", "1900-01-01"),
        ("59", "", "1900-02-28"),
        ("61", "", "1900-03-01"),
        ("44653", '<workbookPr date1904="1"/>', "2026-04-03"),
    ],
)
def test_days_are_counted_as_excel_does(
    tmp_path: Path, serial: str, properties: str, text: str
) -> None:
    cell = f"<c s='1'><v>{serial}</v></c>"
    read = one(tmp_path / "a.xlsx", cell, formats={14: ""}, properties=properties)
    assert read == ("date", text, text)


@pytest.mark.parametrize("serial", ["-1", "99999999"])
def test_a_day_that_never_comes_is_a_number(tmp_path: Path, serial: str) -> None:
    read = one(tmp_path / "a.xlsx", f"<c s='1'><v>{serial}</v></c>", formats={14: ""})
    assert read == ("number", serial, serial)


NO_VALUE = ("formula", "=A1-B1", "=A1-B1")
ON_LOAD = '<calcPr fullCalcOnLoad="1"/>'


@pytest.mark.parametrize(
    ("cell", "calculation", "expected"),
    [
        ("<c><f>A1-B1</f></c>", "", NO_VALUE),
        ("<c><f>A1-B1</f><v/></c>", "", NO_VALUE),
        ("<c t='str'><f>A1-B1</f></c>", "", NO_VALUE),
        ("<c><f t='shared' si='0'/></c>", "", ("formula", "=", "=")),
        ("<c><f>A1-B1</f><v>10</v></c>", "", ("number", "10", "10")),
        ("<c><f>A1-B1</f><v>0</v></c>", "", ("number", "0", "0")),
        # XlsxWriter writes a nought for each, and that they are to be worked out.
        ("<c><f>A1-B1</f><v>0</v></c>", ON_LOAD, NO_VALUE),
        ("<c><f>A1-B1</f><v>10</v></c>", ON_LOAD, ("number", "10", "10")),
        ("<c><v>0</v></c>", ON_LOAD, ("number", "0", "0")),
        ("<c t='str'><f>A1&amp;B1</f><v>00045</v></c>", "", "00045"),
        ("<c t='e'><f>1/0</f><v>#DIV/0!</v></c>", "", ("error", "#DIV/0!", "#DIV/0!")),
        ("<c t='b'><v>1</v></c>", "", ("boolean", "TRUE", "TRUE")),
        ("<c t='b'><v>0</v></c>", "", ("boolean", "FALSE", "FALSE")),
        ("<c t='d'><v>2026-04-03</v></c>", "", ("date", "2026-04-03", "2026-04-03")),
    ],
)
def test_a_formula_is_its_value_where_it_has_one(
    tmp_path: Path, cell: str, calculation: str, expected: Seen
) -> None:
    assert one(tmp_path / "a.xlsx", cell, calculation=calculation) == expected


def test_a_formula_that_makes_an_empty_text_is_empty(tmp_path: Path) -> None:
    cells = "<c><v>1</v></c><c t='str'><f>T(A9)</f><v></v></c><c><v>2</v></c>"
    ((one, empty, two),) = cells_of(xlsx(tmp_path / "a.xlsx", f"<row>{cells}</row>"))
    assert (one[1], empty, two[1]) == ("1", "", "2")


@pytest.mark.parametrize(
    ("string", "text"),
    [
        ("<t>KR-0401</t>", "KR-0401"),
        ("<t xml:space='preserve'> a\nb </t>", " a\nb "),
        ("<r><rPr/><t>KR</t></r><r><t>-0401</t></r>", "KR-0401"),
        ("<t>東京</t><rPh sb='0' eb='2'><t>トウキョウ</t></rPh>", "東京"),
        ("<t>a_x000D_b_x005F_x000D_</t>", "a\rb_x000D_"),
        ("<t>&lt;32&quot;&gt;</t>", '<32">'),
    ],
)
def test_texts(tmp_path: Path, string: str, text: str) -> None:
    strings = f"<si><t>other</t></si><si>{string}</si>"
    shared = one(tmp_path / "a.xlsx", "<c t='s'><v>1</v></c>", strings=strings)
    inline = one(tmp_path / "b.xlsx", f"<c t='inlineStr'><is>{string}</is></c>")
    assert (shared, inline) == (text, text)


def test_what_1c_calls_by_another_name_is_found(tmp_path: Path) -> None:
    file = xlsx(
        tmp_path / "a.xlsx", "<row><c t='s'><v>0</v></c></row>", strings="<si><t>a</t></si>"
    )
    with zipfile.ZipFile(file) as archive:
        parts = {
            name.replace("sharedStrings", "SharedStrings"): archive.read(name)
            for name in archive.namelist()
        }
    assert cells_of(zipped(tmp_path / "b.xlsx", parts)) == [["a"]]


def test_parts_with_prefixes_and_cells_without_places(tmp_path: Path) -> None:
    file = xlsx(
        tmp_path / "a.xlsx",
        "",
        more={
            "xl/worksheets/sheet1.xml": '<x:worksheet xmlns:x="y"><x:sheetData>'
            "<x:row><x:c><x:v>1</x:v></x:c><x:c/><x:c><x:v>2</x:v></x:c></x:row>"
            '<x:row r="7"><x:c r="B7"><x:v>3</x:v></x:c></x:row>'
            "</x:sheetData><x:f>no row</x:f></x:worksheet>"
        },
    )
    assert [(r.line, list(r.cells)) for r in sheets_of(file)["S1"]] == [
        (1, ["1", "", "2"]),
        (7, ["", "3"]),
    ]


def test_hidden_sheets_are_none(tmp_path: Path) -> None:
    row = "<row><c><v>{}</v></c></row>"
    file = xlsx(tmp_path / "a.xlsx", *(row.format(n) for n in range(1, 4)), states="hvx")
    assert {
        name: [seen(c) for r in rows for c in r.cells] for name, rows in sheets_of(file).items()
    } == {"S2": [("number", "2", "2")]}


@pytest.mark.parametrize("hidden", ["1", "true"])
def test_hidden_rows_are_told(tmp_path: Path, hidden: str) -> None:
    data = f"<row hidden='{hidden}'><c><v>1</v></c></row><row hidden='0'><c><v>2</v></c></row>"
    (rows,) = sheets_of(xlsx(tmp_path / "a.xlsx", data)).values()
    assert [row.hidden for row in rows] == [True, False]


def test_rows_of_blanks_hold_nothing(tmp_path: Path) -> None:
    blank, cell = "<c t='inlineStr'><is><t> </t></is></c>", "<c><v>1</v></c>"
    data = f"<row>{blank}{blank}</row><row><c s='1'/></row><row>{cell}{blank}<c/></row>"
    (rows,) = sheets_of(xlsx(tmp_path / "a.xlsx", data)).values()
    assert [(row.line, list(row.cells)) for row in rows] == [(3, ["1", " "])]


def test_the_last_cell_there_is(tmp_path: Path) -> None:
    data = (
        "<row r='1'><c r='A1'><v>1</v></c></row>"
        "<row r='1048576'><c r='XFD1048576'><v>2</v></c></row>"
    )
    first, last = sheets_of(xlsx(tmp_path / "a.xlsx", data))["S1"]
    assert (first.line, list(first.cells)) == (1, ["1"])
    assert (last.line, len(last.cells), last.cells[-1], set(last.cells[:-1])) == (
        1_048_576,
        16_384,
        Cell("2", Kind.NUMBER),
        {""},
    )


@pytest.mark.parametrize(
    "data",
    [
        "<row r='2'><c r='A2'/></row><row r='2'/>",
        "<row r='5'/><row r='3'/>",
        "<row r='1048577'/>",
        "<row r='0'/>",
        "<row r='x'/>",
        "<row r='1'><c r='A2'><v>1</v></c></row>",
        "<row r='1'><c r='1'><v>1</v></c></row>",
        "<row r='1'><c r='XFE1'><v>1</v></c></row>",
        "<row r='1'><c r='AAAA1'><v>1</v></c></row>",
        "<row r='1'><c r='A1'><v>1</v></c><c r='A1'><v>2</v></c></row>",
        "<row><c t='s'><v>7</v></c></row>",
        "<row><c t='s'><v>-1</v></c></row>",
        "<row>",
        f"<row>{'<c><v>1</v></c>' * 16_385}</row>",
    ],
)
def test_what_could_be_read_two_ways_is_not_read(tmp_path: Path, data: str) -> None:
    file = xlsx(tmp_path / "a.xlsx", data, strings="<si><t>a</t></si>")
    assert problem_of(file) == "broken"


def test_cells_out_of_order_stand_where_they_say(tmp_path: Path) -> None:
    data = "<row r='1'><c r='C1'><v>3</v></c><c r='A1'><v>1</v></c></row>"
    ((one, two, three),) = cells_of(xlsx(tmp_path / "a.xlsx", data))
    assert (one[1], two, three[1]) == ("1", "", "3")
