"""ODS as LibreOffice and others write it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.sheets.reading.books import Seen, cells_of, form_of, problem_of, sheets_of, zipped

OASIS = "urn:oasis:names:tc:opendocument:xmlns:"
NAMESPACES = "".join(
    f' xmlns:{name}="{OASIS}{name}:1.0"' for name in ("office", "table", "text", "style", "drawing")
) + (
    ' xmlns:calcext="urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0"'
    ' xmlns:dc="http://purl.org/dc/elements/1.1/"'
)
TYPE = "application/vnd.oasis.opendocument.spreadsheet"


def ods(file: Path, tables: str, *, styles: str = "", manifest: str = "") -> Path:
    content = (
        f"<office:document-content{NAMESPACES}><office:automatic-styles>{styles}"
        f"</office:automatic-styles><office:body><office:spreadsheet>{tables}"
        "</office:spreadsheet></office:body></office:document-content>"
    )
    parts = {"mimetype": TYPE, "content.xml": content}
    return zipped(file, parts | ({"META-INF/manifest.xml": manifest} if manifest else {}))


def table(rows: str, name: str = "S1", style: str = "") -> str:
    return f'<table:table table:name="{name}" table:style-name="{style}">{rows}</table:table>'


def row(cells: str, attributes: str = "") -> str:
    return f"<table:table-row {attributes}>{cells}</table:table-row>"


def text(content: str, attributes: str = "") -> str:
    return (
        f'<table:table-cell office:value-type="string" {attributes}>'
        f"<text:p>{content}</text:p></table:table-cell>"
    )


def number(value: str, shown: str, attributes: str = "") -> str:
    return (
        f'<table:table-cell office:value-type="float" office:value="{value}" {attributes}>'
        f"<text:p>{shown}</text:p></table:table-cell>"
    )


EMPTY = "<table:table-cell/>"


def one(file: Path, cell: str) -> Seen:
    ((read,),) = cells_of(ods(file, table(row(cell))))
    return read


def test_what_is_repeated_is_written_out(tmp_path: Path) -> None:
    three = 'table:number-columns-repeated="3"'
    rows = (
        row(EMPTY, 'table:number-rows-repeated="2"')
        + row(number("5", "5", three) + f"<table:table-cell {three}/>" + text("x") + EMPTY)
        + row(text("same"), 'table:number-rows-repeated="2"')
        + row('<table:table-cell table:number-columns-repeated="16384"/>')
        + row(EMPTY, 'table:number-rows-repeated="1048570"')
    )
    file = ods(tmp_path / "a.ods", table(rows))
    assert form_of(file) == "ODS"
    assert [(r.line, list(r.cells)) for r in sheets_of(file)["S1"]] == [
        (3, ["5", "5", "5", "", "", "", "x"]),
        (4, ["same"]),
        (5, ["same"]),
    ]


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        (number("1234", "1\u00a0234"), ("number", "1234", "1\u00a0234")),
        (number("45", "00045"), ("number", "45", "00045")),
        (number("2012345000018", "2,01E+12"), ("number", "2012345000018", "2,01E+12")),
        (number("5.0", "5"), ("number", "5", "5")),
        (
            '<table:table-cell office:value-type="percentage" office:value="0.5"/>',
            ("number", "0.5", "0.5"),
        ),
        (
            (
                '<table:table-cell office:value-type="date" office:date-value="2026-04-03">'
                "<text:p>03.апр</text:p></table:table-cell>"
            ),
            ("date", "2026-04-03", "03.апр"),
        ),
        (
            '<table:table-cell office:value-type="date" office:date-value="2026-04-03T09:30:00"/>',
            ("date", "2026-04-03T09:30:00", "2026-04-03T09:30:00"),
        ),
        (
            '<table:table-cell office:value-type="time" office:time-value="PT9H05M00S"/>',
            ("date", "09:05:00", "09:05:00"),
        ),
        (
            (
                '<table:table-cell office:value-type="boolean" office:boolean-value="true">'
                "<text:p>ИСТИНА</text:p></table:table-cell>"
            ),
            ("boolean", "TRUE", "ИСТИНА"),
        ),
        (
            (
                '<table:table-cell table:formula="of:=1/0" office:value-type="string"'
                ' office:string-value="" calcext:value-type="error"><text:p>#ДЕЛ/0!</text:p>'
                "</table:table-cell>"
            ),
            ("error", "#ДЕЛ/0!", "#ДЕЛ/0!"),
        ),
        (
            '<table:table-cell table:formula="of:=[.A1]"/>',
            ("formula", "=[.A1]", "=[.A1]"),
        ),
        (number("10", "10", 'table:formula="of:=[.A1]"'), ("number", "10", "10")),
        # OpenOffice's errors are noughts but for what is shown.
        (number("0", "#DIV/0!", 'table:formula="of:=1/0"'), ("error", "#DIV/0!", "#DIV/0!")),
        (
            number("0", "Ошибка:502", 'table:formula="of:=X()"'),
            ("error", "Ошибка:502", "Ошибка:502"),
        ),
        (number("7", "№7"), ("number", "7", "№7")),
        (text("00045"), "00045"),
        (text("other", 'office:string-value="00045"'), "00045"),
        (text("SV-12<text:s/>BL"), "SV-12 BL"),
        (text("<text:s text:c='2'/>a<text:s text:c='3'/>b<text:tab/>c"), "  a   b\tc"),
        (text("one<text:line-break/>two</text:p><text:p>three"), "one\ntwo\nthree"),
        (text("\n  spread <text:span>  over\n lines</text:span> \n"), "spread over lines"),
        (text("a<text:span>b</text:span><text:a>c</text:a>"), "abc"),
        (
            (
                '<table:table-cell office:value-type="string"><office:annotation><dc:creator>x'
                "</dc:creator><text:p>a note</text:p></office:annotation><text:p>a</text:p>"
                "<drawing:frame><text:p>a picture</text:p></drawing:frame></table:table-cell>"
            ),
            "a",
        ),
    ],
)
def test_a_cell(tmp_path: Path, cell: str, expected: Seen) -> None:
    assert one(tmp_path / "a.ods", cell) == expected


def test_cells_under_a_merged_one_are_passed(tmp_path: Path) -> None:
    merged = '<table:covered-table-cell table:number-columns-repeated="2"/>'
    file = ods(tmp_path / "a.ods", table(row(text("a") + merged + text("b"))))
    assert cells_of(file) == [["a", "", "", "b"]]


def test_hidden_sheets_are_none(tmp_path: Path) -> None:
    styles = (
        '<style:style style:name="ta1"><style:table-properties table:display="true"/></style:style>'
        '<style:style style:name="ta2"><style:table-properties table:display="false"/>'
        "</style:style>"
    )
    tables = table(row(text("a")), "H", "ta2") + table(row(text("b")), "V", "ta1") + table("", "E")
    file = ods(tmp_path / "a.ods", tables, styles=styles)
    assert {name: [list(r.cells) for r in rows] for name, rows in sheets_of(file).items()} == {
        "V": [["b"]],
        "E": [],
    }


def test_hidden_rows_are_told_in_groups_and_headers_too(tmp_path: Path) -> None:
    rows = (
        f"<table:table-header-rows>{row(text('a'))}</table:table-header-rows><table:table-row-group>"
        + row(text("b"), 'table:visibility="filter"')
        + row(text("c"), 'table:visibility="collapse"')
        + f"</table:table-row-group>{row(text('d'), 'table:visibility=' + repr('visible'))}"
    )
    (read,) = sheets_of(ods(tmp_path / "a.ods", table(rows))).values()
    assert [row.hidden for row in read] == [False, True, True, False]


def test_a_picture_over_the_sheet_is_no_row(tmp_path: Path) -> None:
    shapes = f"<table:shapes><drawing:frame>{row(text('no'))}</drawing:frame></table:shapes>"
    assert cells_of(ods(tmp_path / "a.ods", table(shapes + row(text("a"))))) == [["a"]]


@pytest.mark.parametrize(
    "rows",
    [
        row(EMPTY, 'table:number-rows-repeated="1048577"'),
        row(EMPTY, 'table:number-rows-repeated="0"'),
        row(EMPTY, 'table:number-rows-repeated="-1"'),
        row('<table:table-cell table:number-columns-repeated="x"/>'),
        row(text("a", 'table:number-columns-repeated="16385"')),
        row(number("x", "1")),
        row('<table:table-cell office:value-type="float"/>'),
        row('<table:table-cell office:value-type="time" office:time-value="9:00"/>'),
    ],
)
def test_what_makes_no_sense_is_not_read(tmp_path: Path, rows: str) -> None:
    assert problem_of(ods(tmp_path / "a.ods", table(rows))) == "broken"


def test_more_cells_than_anybody_has_are_refused(tmp_path: Path) -> None:
    cells = text("a", 'table:number-columns-repeated="16384"')
    file = ods(tmp_path / "a.ods", table(row(cells, 'table:number-rows-repeated="1048576"')))
    assert problem_of(file) == "large"


def test_a_password_is_told(tmp_path: Path) -> None:
    manifest = (
        '<m:manifest xmlns:m="m"><m:file-entry><m:encryption-data/></m:file-entry></m:manifest>'
    )
    assert problem_of(ods(tmp_path / "a.ods", "", manifest=manifest)) == "password"
