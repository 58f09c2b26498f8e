"""Workbooks are read by another process: files that mean harm, and files that are none."""

from __future__ import annotations

import stat
import struct
import subprocess
import sys
import zipfile
from contextlib import suppress
from pathlib import Path

import pytest

from cloudstock.errors import UsageProblem
from cloudstock.sheets.answers import Answers
from cloudstock.sheets.reading import spool
from cloudstock.sheets.reading.bounded import is_workbook
from cloudstock.sheets.reading.opening import opened
from tests.sheets.reading.books import RELATIONS, read_whole, xlsx, zipped

CELL = "<row><c><v>1</v></c></row>"


def refused(file: Path) -> str:
    with pytest.raises(UsageProblem) as problem:
        read_whole(file, file.parent)
    return str(problem.value)


def test_rows_lie_in_private_files(tmp_path: Path) -> None:
    file = xlsx(tmp_path / "a.xlsx", CELL, "")
    book = read_whole(file, tmp_path)
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
    binary = "a.xlsb is a binary workbook (XLSB); save it as XLSX"
    relations = (
        f'<Relationships><Relationship Id="r1" Type="{RELATIONS}/officeDocument"'
        ' Target="xl/workbook.bin"/></Relationships>'
    )
    parts = {"xl/workbook.bin": b"\x83"}
    assert refused(zipped(tmp_path / "a.xlsb", parts)) == binary
    assert refused(zipped(tmp_path / "a.xlsb", {**parts, "_rels/.rels": relations})) == binary


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


TOO_MUCH = (
    "a.xlsx unpacks to more than a stock sheet ever holds; save the sheet alone, or as CSV UTF-8"
)


def sheet_of(file: Path, *pieces: tuple[str, int]) -> Path:
    """Write a workbook whose sheet is pieces, each many times over."""
    xlsx(file, more={"xl/workbook.xml": WORKBOOK, "xl/_rels/workbook.xml.rels": RELATIONS_OF_IT})
    with (
        zipfile.ZipFile(file, "a", zipfile.ZIP_DEFLATED, compresslevel=1) as archive,
        archive.open("xl/big.xml", "w", force_zip64=True) as sheet,
    ):
        for piece, times in (("<worksheet><sheetData>", 1), *pieces, ("</sheetData>", 1)):
            chunk = 1 << 16
            for _ in range(times // chunk):
                sheet.write(piece.encode() * chunk)
            sheet.write(piece.encode() * (times % chunk))
        sheet.write(b"</worksheet>")
    return file


WORKBOOK = (
    f'<workbook xmlns:r="{RELATIONS}"><sheets><sheet name="S" r:id="r1"/></sheets></workbook>'
)
RELATIONS_OF_IT = (
    f'<Relationships><Relationship Id="r1" Type="{RELATIONS}/worksheet" Target="big.xml"/>'
    "</Relationships>"
)
LONG = 50 << 20
TEXT = "<row><c t='str'><v>"


@pytest.mark.parametrize(
    "pieces",
    [
        pytest.param([(TEXT, 1), ("aaaa", LONG), ("</v></c></row>", 1)], id="text"),
        pytest.param([("<row><c>", 1), ("<v>", LONG // 16)], id="depth"),
        pytest.param([("<row a='", 1), ("aaaa", LONG), ("'/>", 1)], id="attribute"),
        pytest.param([(TEXT, 1), ("a", 1 << 25), ("</v></c></row>", 1)], id="frame"),
    ],
)
def test_what_fills_a_memory_is_refused(tmp_path: Path, pieces: list[tuple[str, int]]) -> None:
    assert refused(sheet_of(tmp_path / "a.xlsx", *pieces)) == TOO_MUCH


def test_one_long_text_in_very_many_cells(tmp_path: Path) -> None:
    strings = f"<si><t>{'a' * 32_000}</t></si>"
    cell = "<c t='s'><v>0</v></c>"
    row = f"<row>{cell * 16_384}</row>"
    assert refused(xlsx(tmp_path / "a.xlsx", row * 64, strings=strings)) == TOO_MUCH


def test_rows_of_one_cell_at_the_far_end_are_counted_whole(tmp_path: Path) -> None:
    rows = "".join(f"<row r='{n}'><c r='XFD{n}'><v>1</v></c></row>" for n in range(1, 4_000))
    assert refused(xlsx(tmp_path / "a.xlsx", rows)) == TOO_MUCH


def test_sheets_that_are_one_part_fill_no_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spool, "SPOOL_MAX", 1 << 20)
    out = spool.Spool(tmp_path, lambda _: None)
    written = 0
    with suppress(spool.TooLarge):
        for written in range(spool.SHEETS_MAX):
            out.sheet(f"S{written}")
            out.row(1, ["a" * 10_000], False)
    assert written < 200
    assert sum(file.stat().st_size for file in tmp_path.iterdir()) < 2 << 20


def test_a_million_empty_rows_are_read_to_the_end(tmp_path: Path) -> None:
    file = sheet_of(tmp_path / "a.xlsx", ("<row/>", 1_048_575), (CELL, 1))
    (sheet,) = read_whole(file, tmp_path).sheets
    assert [row.line for row in sheet.rows()] == [1_048_576]


@pytest.mark.parametrize("content", [b"", b"\xff" * 4096, bytes(4096), bytes(range(256)) * 16])
def test_what_only_begins_as_a_workbook(tmp_path: Path, content: bytes) -> None:
    for name, head in (("a.xlsx", b"PK\x03\x04"), ("a.xls", bytes.fromhex("d0cf11e0a1b11ae1"))):
        (tmp_path / name).write_bytes(head + content)
        assert is_workbook(head.ljust(8, b"\0"))
        assert f"{name} cannot be read as" in refused(tmp_path / name)


def test_a_size_that_an_archive_claims_is_not_believed(tmp_path: Path) -> None:
    file = sheet_of(tmp_path / "a.xlsx", (CELL, 1000))
    with zipfile.ZipFile(file) as archive:
        size = archive.getinfo("xl/big.xml").file_size
    # The last one is the one that is believed.
    before, claimed, after = file.read_bytes().rpartition(struct.pack("<I", size))
    assert claimed
    file.write_bytes(before + struct.pack("<I", size // 2) + after)
    assert "a.xlsx cannot be read as XLSX" in refused(file)


LIMITED = """
import resource, sys
from pathlib import Path
from cloudstock.errors import UsageProblem
from cloudstock.sheets.reading import spool
from cloudstock.sheets.reading.bounded import Book, is_workbook
# Its own is higher; what a system allows less goes before it.
resource.setrlimit(resource.RLIMIT_CPU, (3, 4))
try:
    Book(Path(sys.argv[1]), "a.xlsx", Path(sys.argv[2])).finish()
except UsageProblem as problem:
    print(problem)
"""


def test_rows_are_read_as_they_are_written(tmp_path: Path) -> None:
    frames = 3
    out = spool.Spool(tmp_path, lambda _: None)
    out.sheet("S")
    for line in range(1, spool.FRAME_ROWS * frames + 1):
        out.row(line, [str(line)], False)
    out.close()
    file = spool.sheet_file(tmp_path, 0)
    written = file.read_bytes()
    file.write_bytes(b"")
    # So that frames, and the lengths before them, come in pieces.
    pieces = [written[at : at + 7] for at in range(0, len(written), 7)]

    def goes_on() -> bool:
        with file.open("ab") as growing:
            growing.write(pieces.pop(0) if pieces else b"")
        return bool(pieces)

    rows = spool.SpooledSheet(file, "S", goes_on).rows()
    assert next(rows).line == 1
    assert len(pieces) * 7 > len(written) / 2
    assert [row.line for row in rows] == list(range(2, spool.FRAME_ROWS * frames + 1))


BROKEN_AT_ITS_END = "".join(f"<row><c><v>{n}</v></c></row>" for n in range(5_000)) + "<row></x>"


def test_rows_of_what_is_broken_later_have_no_end(tmp_path: Path) -> None:
    file = xlsx(tmp_path / "a.xlsx", BROKEN_AT_ITS_END)
    with opened(file, answers=Answers(), folder=tmp_path) as document:
        rows = document.sheets[0].rows()
        with pytest.raises(UsageProblem, match="cannot be read as XLSX"):
            list(rows)


def test_rows_of_a_sheet_before_one_that_is_broken_have_no_end(tmp_path: Path) -> None:
    file = xlsx(tmp_path / "a.xlsx", CELL, BROKEN_AT_ITS_END)
    with opened(file, answers=Answers(), folder=tmp_path) as document:
        rows = document.sheets[0].rows()
        assert next(rows).cells == ["1"]
        with pytest.raises(UsageProblem, match="cannot be read as XLSX"):
            next(rows)


def test_what_is_wrong_with_a_file_goes_before_what_its_first_rows_leave_open(
    tmp_path: Path,
) -> None:
    file = xlsx(tmp_path / "a.xlsx", BROKEN_AT_ITS_END)
    with (
        pytest.raises(UsageProblem, match="cannot be read as XLSX"),
        opened(file, answers=Answers(), folder=tmp_path),
    ):
        raise UsageProblem("there is no header")


def test_what_takes_too_long_is_ended_and_told(tmp_path: Path) -> None:
    file = sheet_of(tmp_path / "a.xlsx", ("<row>" + "<c/>" * 16_000 + "</row>", 2_000))
    ended = subprocess.run(
        [sys.executable, "-c", LIMITED, str(file), str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ended.stdout, ended.returncode) == (
        "a.xlsx takes too long to read; save the sheet alone as XLSX, or as CSV UTF-8\n",
        0,
    )


def test_a_program_that_does_not_start_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "xml.py").write_text("raise SystemExit('no XML here')")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    assert refused(xlsx(tmp_path / "a.xlsx", CELL)) == (
        "a.xlsx ends the program that reads it ('no XML here'); open it, and save the sheet alone"
        " as XLSX or CSV UTF-8"
    )


def test_keys_in_the_environment_are_not_passed_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A file that a Python runs when it starts shows what it was given.
    (tmp_path / "usercustomize.py").write_text("")
    (tmp_path / "sitecustomize.py").write_text(
        f"import os, pathlib\npathlib.Path({str(tmp_path / 'seen')!r}).write_text(repr(os.environ))"
    )
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setenv("OZON_API_KEY", "secret-key")
    read_whole(xlsx(tmp_path / "a.xlsx", CELL), tmp_path)
    assert "secret-key" not in (tmp_path / "seen").read_text()
