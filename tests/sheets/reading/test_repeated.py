"""What patterns read of a workbook is what the parser reads of it."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest

from cloudstock.sheets.reading.repeated import PIECE_MAX
from tests.sheets.reading.books import Seen, report_of, rows_of, seen, xlsx

# After it everything is the parser's.
COMMENT = "<!-- -->"
STRINGS = "".join(
    f"<si>{text}</si>"
    for text in (
        "<t>KR-0</t>",
        '<t xml:space="preserve"> KR-1 </t>',
        "<r><t>KR</t></r><r><t>-2</t></r>",
        "<t>A &amp; B</t>",
        "<t/>",
        "<t>_x0041_</t><phoneticPr/>",
        "<t>KR\r\n6</t>",
    )
)
USUAL = "".join(
    f'<row r="{n}" spans="1:3"><c r="A{n}" s="1" t="s"><v>{n % 7}</v></c><c r="B{n}"><v>{n}</v></c>'
    f'<c r="C{n}" t="inlineStr"><is><t>Кружка {n}</t></is></c></row>'
    for n in range(1, 2001)
)

# More shapes of rows than are remembered, each of some rows that follow one another.
SHAPES = "".join(
    f'<row r="{n}"><c r="A{n}" s="{n // 3}"/><c r="B{n}"><v>{n % 3 or ""}</v></c>'
    f'<c r="{"CDE"[n % 5 % 3]}{n}" s="{n // 3}"><v>{n}</v></c></row>'
    for n in range(1, 100)
)


def row(cells: str, more: str = "", number: int = 2001) -> str:
    return f'<row r="{number}"{more}>{cells}</row>'


def read(file: Path, rows: str) -> tuple[str, list[tuple[int, list[Seen], bool]]]:
    """Return the problem with a workbook of one sheet, and its rows."""
    book = xlsx(file, rows, strings=STRINGS, formats={164: "00000"})
    with tempfile.TemporaryDirectory() as folder:
        report = report_of(book, folder)
        found = [] if report.problem else rows_of(folder)
    return report.problem, [(r.line, [seen(cell) for cell in r.cells], r.hidden) for r in found]


@pytest.mark.parametrize(
    "rows",
    [
        USUAL,
        USUAL.replace("><", ">\n  <"),
        USUAL.replace("<v>", "<v xml:space='default'>"),
        USUAL.replace('"', "'"),
        USUAL.replace("Кружка", "Кружка &lt;"),
        USUAL.replace("Кружка", "Кружка\r\n"),
        USUAL.replace("Кружка 9", "_x041a_ружка 9"),
        USUAL.replace("<v>6</v>", "<v></v>"),
        SHAPES,
        USUAL.replace("Кружка 900<", '<![CDATA[</row><row r="7"><c r="A7"/></row>]]><'),
        USUAL.replace('<row r="900"', f'{COMMENT}<row r="900"'),
        USUAL + row("", ' hidden="1"') + row('<c r="A2002"><v>5</v></c>', ' hidden="1"', 2002),
        USUAL + row('<c r="C2001"><v>3</v></c><c r="A2001" t="s"><v>0</v></c>'),
        USUAL + row('<c r="B2001" t="n"><v>1.5E3</v></c><c r="D2001" t="b"><v>1</v></c>'),
        USUAL + row('<c r="A2001"><f>1+1</f></c><c r="B2001" t="str"><f>A1</f><v>x</v></c>'),
        USUAL + row('<c r="A2001" t="inlineStr"><v>1</v></c><c r="B2001" t="e"><v>#N/A</v></c>'),
        USUAL + row("<c><v>1</v></c><c><v>2</v></c>"),
        USUAL + row(f'<c r="A2001" t="inlineStr"><is><t>{"x" * PIECE_MAX}</t></is></c>'),
        USUAL + '<row r="2001"/>' + row('<c r="XFD2002"/>', number=2002),
        USUAL + row("") + row('<c r="B2002" s="1"/>', number=2002),
        '<row r="1" ht="15"/>' + row('<c r="A2"><v>1</v></c>', number=2),
    ],
)
def test_rows_of_every_shape(tmp_path: Path, rows: str) -> None:
    by_parser = read(tmp_path / "a.xlsx", COMMENT + rows)

    assert read(tmp_path / "b.xlsx", rows) == by_parser
    assert not by_parser[0]


@pytest.mark.parametrize(
    "rows",
    [
        row('<c r="A1"><v>1</v></c>'),
        row('<c r="XFE2001"><v>1</v></c>'),
        row('<c r="A2001"><v>--1</v></c>'),
        row('<c r="A2001" t="s"><v>7</v></c>'),
        row('<c r="A2001" t="s"><v>-1</v></c>'),
        row('<c r="A2001"><v>1</v></c>', number=2000),
        row('<c r="A2001"><v>1</v></c>', number=2_000_000),
        row('<c r="A2001"><v>1</v></c><c r="A2001"><v>1</v></c>'),
        row('<c r="A2001" t="inlineStr"><is><t>\x01</t></is></c>'),
        row('<c r="A2001"><v>1</v></x>'),
        '<row r="2001"><c r="A2001"><v>1</v></c>',
    ],
)
def test_what_is_no_sheet(tmp_path: Path, rows: str) -> None:
    assert read(tmp_path / "a.xlsx", COMMENT + USUAL + rows) == ("broken", [])
    assert read(tmp_path / "b.xlsx", USUAL + rows) == ("broken", [])
