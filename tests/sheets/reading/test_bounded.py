"""Workbooks are read by another process: files that mean harm, and files that are none."""

from __future__ import annotations

import stat
import zipfile
from pathlib import Path

import pytest

from cloudstock.errors import UsageProblem
from cloudstock.sheets.reading.bounded import read_workbook
from tests.sheets.reading.books import xlsx, zipped

CELL = "<row><c><v>1</v></c></row>"


def refused(file: Path) -> str:
    with pytest.raises(UsageProblem) as problem:
        read_workbook(file, file.name, file.parent)
    return str(problem.value)


def test_rows_lie_in_private_files(tmp_path: Path) -> None:
    file = xlsx(tmp_path / "a.xlsx", CELL, "")
    book = read_workbook(file, "a.xlsx", tmp_path)
    assert (book.form, [sheet.name for sheet in book.sheets]) == ("XLSX", ["S1", "S2"])
    # From the first one at each call.
    assert [[list(row.cells) for row in book.sheets[0].rows()] for _ in (1, 2)] == [[["1"]]] * 2
    (spool,) = (path for path in tmp_path.iterdir() if path.is_dir())
    paths = [spool, *spool.iterdir()]
    assert [stat.S_IMODE(path.stat().st_mode) for path in paths] == [0o700, 0o600, 0o600]


def test_a_workbook_of_hidden_sheets_has_nothing_to_read(tmp_path: Path) -> None:
    file = xlsx(tmp_path / "a.xlsx", CELL, states="h")
    assert refused(file) == "a.xlsx has no visible sheet"


def test_other_archives_are_told(tmp_path: Path) -> None:
    assert refused(zipped(tmp_path / "a.zip", {"stock.csv": "sku;quantity"})) == (
        "a.zip is an archive without a sheet; unpack it first"
    )
    assert refused(zipped(tmp_path / "a.xlsb", {"xl/workbook.bin": b"\x83"})) == (
        "a.xlsb is a binary workbook (XLSB); save it as XLSX"
    )


def test_a_cut_workbook_is_broken(tmp_path: Path) -> None:
    content = xlsx(tmp_path / "a.xlsx", CELL).read_bytes()
    (tmp_path / "b.xlsx").write_bytes(content[:-30])
    assert refused(tmp_path / "b.xlsx") == (
        "b.xlsx cannot be read as ZIP ('File is not a zip file'); open and save it again, or save"
        " it as CSV UTF-8"
    )


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
@pytest.mark.parametrize("part", ["xl/workbook.xml", "xl/worksheets/sheet1.xml", "xl/styles.xml"])
def test_entities_are_refused(tmp_path: Path, part: str, encoding: str) -> None:
    text = f'<?xml version="1.0" encoding="{encoding}"?><!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>'
    file = xlsx(tmp_path / "a.xlsx", CELL, more={part: text.encode(encoding)})
    assert "('DOCTYPE')" in refused(file)


def bomb(file: Path, begin: str, piece: str, end: str, size: int = 4 << 30) -> Path:
    """Write a workbook whose only sheet unpacks to about `size` bytes."""
    xlsx(file, CELL)
    chunk = piece.encode() * ((1 << 20) // len(piece))
    with zipfile.ZipFile(file, "a", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        with pytest.warns(UserWarning, match="Duplicate name"):
            sheet = archive.open("xl/worksheets/sheet1.xml", "w", force_zip64=True)
        with sheet:
            sheet.write(f"<worksheet><sheetData>{begin}".encode())
            for _ in range(size // len(chunk)):
                sheet.write(chunk)
            sheet.write(f"{end}</sheetData></worksheet>".encode())
    return file
