"""Workbooks as text, put together for tests, and how they are read."""

from __future__ import annotations

import tempfile
import zipfile
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

from cloudstock.sheets.reading import worker
from cloudstock.sheets.reading.bounded import Book
from cloudstock.sheets.reading.grid import Cell, Row
from cloudstock.sheets.reading.spool import Report, SpooledSheet, sheet_file

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"

# What a cell is: itself where it is text, else kind, text, and what is shown.
Seen = str | tuple[str, str, str]


def read_whole(file: Path, folder: Path, *, encoding: str | None = None) -> Book:
    """Read a workbook to its end by a process of its own."""
    with closing(Book(file, file.name, folder, encoding=encoding)) as book:
        book.finish()
    return book


def report_of(file: Path, folder: str, encoding: str = "") -> Report:
    """Read a workbook by this process."""
    return worker.read(str(file), folder, encoding, lambda _: None)


def rows_of(folder: str, number: int = 0) -> list[Row]:
    """Return the rows of a sheet that was read to its end."""
    return list(SpooledSheet(sheet_file(Path(folder), number), "", lambda: False).rows())


def sheets_of(file: Path, encoding: str = "") -> dict[str, list[Row]]:
    """Return the rows of every visible sheet."""
    with tempfile.TemporaryDirectory() as folder:
        report = report_of(file, folder, encoding)
        assert (report.problem, report.reason) == ("", "")
        return {name: rows_of(folder, at) for at, name in enumerate(report.sheets)}


def form_of(file: Path) -> str:
    with tempfile.TemporaryDirectory() as folder:
        return report_of(file, folder).form


def problem_of(file: Path) -> str:
    """Return the problem of a file that cannot be read."""
    with tempfile.TemporaryDirectory() as folder:
        return report_of(file, folder).problem


def cells_of(file: Path, encoding: str = "") -> list[list[Seen]]:
    """Return the cells of the rows of the only visible sheet."""
    (rows,) = sheets_of(file, encoding).values()
    return [[seen(cell) for cell in row.cells] for row in rows]


def seen(cell: str) -> Seen:
    return (cell.kind.value, str(cell), cell.shown) if isinstance(cell, Cell) else cell


def zipped(file: Path, parts: Mapping[str, str | bytes]) -> Path:
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return file


def xlsx(
    file: Path,
    *sheets: str,
    strings: str = "",
    formats: Mapping[int, str] | None = None,
    states: str = "",
    calculation: str = "",
    properties: str = "",
    more: Mapping[str, str | bytes] | None = None,
) -> Path:
    """Write a workbook of sheets, each as what stands in `sheetData`.

    `formats`: code by number; style 1 is the first one, and so on. `states`: of the sheets, a sign
    each: v, h (hidden) or x (very hidden).
    """
    words = {"v": "visible", "h": "hidden", "x": "veryHidden"}
    listed = "".join(
        f'<sheet name="S{n}" sheetId="{n}" r:id="r{n}" state="{words[state]}"/>'
        for n, state in enumerate(states or "v" * len(sheets), start=1)
    )
    relations = "".join(
        f'<Relationship Id="r{n}" Type="{RELATIONS}/worksheet" Target="worksheets/sheet{n}.xml"/>'
        for n in range(1, len(sheets) + 1)
    )
    codes = formats or {}
    number_formats = "".join(
        f"<numFmt numFmtId='{n}' formatCode='{code}'/>" for n, code in codes.items() if code
    )
    styles = "".join(f"<xf numFmtId='{n}'/>" for n in (0, *codes))
    parts: dict[str, str | bytes] = {
        "_rels/.rels": f'<Relationships xmlns="{PACKAGE}"><Relationship Id="r1"'
        f' Type="{RELATIONS}/officeDocument" Target="/xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{RELATIONS}">'
        f"{properties}<sheets>{listed}</sheets>{calculation}</workbook>",
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{PACKAGE}">{relations}'
        f'<Relationship Id="s" Type="{RELATIONS}/sharedStrings" Target="sharedStrings.xml"/>'
        f'<Relationship Id="t" Type="{RELATIONS}/styles" Target="styles.xml"/></Relationships>',
        "xl/styles.xml": f'<styleSheet xmlns="{MAIN}"><numFmts>{number_formats}</numFmts>'
        f'<cellStyleXfs><xf numFmtId="14"/></cellStyleXfs><cellXfs>{styles}</cellXfs></styleSheet>',
        "xl/sharedStrings.xml": f'<sst xmlns="{MAIN}">{strings}</sst>',
    }
    for n, data in enumerate(sheets, start=1):
        parts[f"xl/worksheets/sheet{n}.xml"] = (
            f'<worksheet xmlns="{MAIN}"><sheetData>{data}</sheetData></worksheet>'
        )
    return zipped(file, parts | dict(more or {}))
