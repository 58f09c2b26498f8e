"""A workbook is taken whole where each cell holds what is due there, else told cell by cell."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.cell import WriteOnlyCell

from cloudstock.errors import UsageProblem
from cloudstock.sheets import workbook
from cloudstock.sheets.exporting import ExportResult, export_stock
from cloudstock.sheets.importing import import_stock
from cloudstock.store import Store
from tests.builders import NOW, account, after, arrange, contents, count, level, offer, product

HEADER = ("sku", "quantity")


def made(
    folder: Path, *rows: Sequence[Any], header: Sequence[Any] = HEADER, name: str = "stock.xlsx"
) -> Path:
    """A workbook as a spreadsheet program writes one; a text stays text."""
    book = openpyxl.Workbook()
    for at, row in enumerate((header, *rows), start=1):
        for column, value in enumerate(row, start=1):
            book.active.cell(at, column, value)
    book.save(folder / name)
    return folder / name


def refused(store: Store, file: Path) -> str:
    before = contents(store)
    with pytest.raises(UsageProblem) as raised:
        import_stock(store, file, now=NOW)
    assert contents(store) == before
    assert not store.connection.in_transaction
    return str(raised.value)


def rezipped(file: Path, replace: dict[str, bytes], **options: Any) -> Path:
    """The workbook with other contents in some of its parts."""
    with zipfile.ZipFile(file) as archive:
        parts = {m.filename: archive.read(m) for m in archive.infolist()} | replace
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, **options) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return file


def page(file: Path) -> bytes:
    with zipfile.ZipFile(file) as archive:
        return archive.read("xl/worksheets/sheet1.xml")


def book_of(store: Store) -> list[list[tuple[object, ...]]]:
    """What a sheet of the present counts must leave as it is."""
    tables = ("product", "product_barcode", "movement")
    return [[tuple(r) for r in store.connection.execute(f"SELECT * FROM {t}")] for t in tables]


# ---------------------------------------------------------------- what is taken


def test_every_row_is_a_count(store: Store, tmp_path: Path) -> None:
    count(store, "MUG", 9, now=after(hours=-1))
    file = made(tmp_path, ("MUG", 7), ("CUP", "4"), (None, None), ("POT", 2.0))
    result = import_stock(store, file, now=NOW)
    assert (result.rows, result.first_counted, result.changed) == (3, 2, 1)
    assert [level(store, sku)[0] for sku in ("MUG", "CUP", "POT")] == [7, 4, 2]
    notes = {r[0] for r in store.connection.execute("SELECT note FROM count WHERE note <> ''")}
    assert notes == {"import-stock stock.xlsx"}


@pytest.mark.parametrize("sku", ["00123", "1e5", "12345678901234567890", "=1+1", "#N/A", "TRUE"])
def test_an_article_that_looks_like_something_else_is_text(
    store: Store, tmp_path: Path, sku: str
) -> None:
    offer(store, store.catalog.account_ids()["ozon-main"], sku)
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet()
    sheet.append(HEADER)
    cell = WriteOnlyCell(sheet, sku)
    cell.data_type = "s"
    sheet.append([cell, 3])
    book.save(tmp_path / "stock.xlsx")
    assert import_stock(store, tmp_path / "stock.xlsx", now=NOW).rows == 1
    assert level(store, sku) == (3, 0)


def test_headers_are_those_of_csv(store: Store, tmp_path: Path) -> None:
    header = ("Название", "Остаток", "", "Артикул продавца", "Штрихкод", "Буфер", "Склад")
    file = made(tmp_path, ("Кружка", 7, None, "MUG", "4601 4602", 1, "main"), header=header)
    import_stock(store, file, now=NOW)
    row = store.connection.execute("SELECT name, buffer FROM product WHERE sku = 'MUG'").fetchone()
    assert tuple(row) == ("Кружка", 1)
    barcodes = store.connection.execute("SELECT barcode FROM product_barcode ORDER BY 1")
    assert [r[0] for r in barcodes] == ["4601", "4602"]


def test_an_empty_sheet_beside_it_does_not_matter(store: Store, tmp_path: Path) -> None:
    book = openpyxl.load_workbook(made(tmp_path, ("MUG", 7)))
    book.create_sheet("Лист2", 0)
    book.save(tmp_path / "stock.xlsx")
    assert import_stock(store, tmp_path / "stock.xlsx", now=NOW).rows == 1


# ---------------------------------------------------------------- what is not


CELLS = {
    "an article as a number": ((123, 1), "cell A2 (sku): the number 123"),
    "a fraction": (("MUG", 7.5), "cell B2 (quantity): '7.5' is a fraction"),
    "below zero": (("MUG", -1), "cell B2 (quantity): '-1' is below zero"),
    "too many": (("MUG", 10**12), "is too large"),
    "a date": (("MUG", date(2026, 11, 1)), "cell B2 (quantity): '2026-11-01 00:00:00' is a date"),
    "a moment": (("MUG", datetime(2026, 11, 1, 8, 30, tzinfo=UTC).replace(tzinfo=None)), "is a date"),  # noqa: E501
    "a formula": (("MUG", "=1+1"), "cell B2 (quantity): a formula; expected its value"),
    "a formula as an article": (("=A1", 1), "cell A2 (sku): a formula"),
    "yes": (("MUG", True), "cell B2 (quantity): TRUE instead of"),
    "no": ((False, 1), "cell A2 (sku): FALSE instead of"),
    "words": (("MUG", "many"), "cell B2 (quantity): 'many' is not a whole number"),
    "an unknown article": (("GHOST", 1), "cell A2 (sku): there is no product 'GHOST'"),
    "no article": ((None, 1), "cell A2 (sku): is empty"),
    "something under no header": (("MUG", 1, None, "x"), "cell D2: 'x' stands under no header"),
}  # fmt: skip


@pytest.mark.parametrize(("row", "told"), CELLS.values(), ids=CELLS)
def test_what_is_not_due_is_told_by_its_cell(
    store: Store, tmp_path: Path, row: Sequence[Any], told: str
) -> None:
    file = made(tmp_path, row, ("CUP", 4))
    assert told in refused(store, file)


def test_an_error_of_the_spreadsheet_is_no_number(store: Store, tmp_path: Path) -> None:
    file = made(tmp_path, ("MUG", 1))
    spoilt = page(file).replace(b'<c r="B2" t="n"><v>1</v>', b'<c r="B2" t="e"><v>#DIV/0!</v>')
    rezipped(file, {"xl/worksheets/sheet1.xml": spoilt})
    assert "cell B2 (quantity): the error '#DIV/0!'" in refused(store, file)


def test_a_barcode_as_a_number_has_lost_its_zeros(store: Store, tmp_path: Path) -> None:
    file = made(tmp_path, ("MUG", 1, 4601234567890), header=(*HEADER, "barcode"))
    told = refused(store, file)
    assert "cell C2 (barcode): the number 4601234567890" in told
    assert "format the column as text" in told


def test_every_problem_is_told_in_the_order_of_rows(store: Store, tmp_path: Path) -> None:
    file = made(tmp_path, (1, 1), ("MUG", 1.5), ("CUP", 1), ("CUP", 2))
    lines = refused(store, file).splitlines()
    assert [line.split("stock.xlsx: ")[1].split(":")[0] for line in lines[:-1]] == [
        "cell A2 (sku)",
        "cell B3 (quantity)",
        "cell A5 (sku)",
    ]
    assert lines[-1] == "nothing was changed"


HEADERS = {
    "an unknown column": (("sku", "quantity", "colour"), "'colour': is not known"),
    "a column twice": (("sku", "quantity", "sku"), "sku: is there twice"),
    "no quantity": (("sku", "name"), "quantity: is missing"),
    "a number": (("sku", 7), "'7': is not known"),
}


@pytest.mark.parametrize(("header", "told"), HEADERS.values(), ids=HEADERS)
def test_a_header_that_cannot_be_used(
    store: Store, tmp_path: Path, header: Sequence[Any], told: str
) -> None:
    assert told in refused(store, made(tmp_path, ("MUG", 1), header=header))


def test_two_sheets_with_something_are_not_chosen_from(store: Store, tmp_path: Path) -> None:
    book = openpyxl.load_workbook(made(tmp_path, ("MUG", 7)))
    book.create_sheet("other").append(HEADER)
    book.save(tmp_path / "stock.xlsx")
    assert "several sheets: 'Sheet', 'other'" in refused(store, tmp_path / "stock.xlsx")


def test_nothing_in_it(store: Store, tmp_path: Path) -> None:
    assert "is empty" in refused(store, made(tmp_path, header=()))
    assert "a header and nothing below it" in refused(store, made(tmp_path))


# ---------------------------------------------------------------- hostile files


def test_no_workbook_at_all(store: Store, tmp_path: Path) -> None:
    file = tmp_path / "stock.xlsx"
    for content in (
        b"",
        b"sku,quantity\nMUG,1\n",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        b"PK\x05\x06",
    ):
        file.write_bytes(content)
        assert "is not an XLSX workbook" in refused(store, file)
    file.write_bytes(b"PK\x03\x04" + bytes(1000))
    assert "cannot be read as XLSX" in refused(store, file)


def test_any_cut_of_a_workbook_is_refused(store: Store, tmp_path: Path) -> None:
    whole = made(tmp_path, ("MUG", 1)).read_bytes()
    file = tmp_path / "cut.xlsx"
    for length in range(5, len(whole), 331):
        file.write_bytes(whole[:length])
        assert "cannot be read as XLSX" in refused(store, file)


def test_a_workbook_without_its_parts(store: Store, tmp_path: Path) -> None:
    file = tmp_path / "stock.xlsx"
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("readme.txt", "hello")
    assert "cannot be read as XLSX" in refused(store, file)


def test_a_workbook_that_unpacks_to_very_much(store: Store, tmp_path: Path) -> None:
    file = rezipped(made(tmp_path, ("MUG", 1)), {"xl/sharedStrings.xml": b" " * (257 << 20)})
    assert file.stat().st_size < 1 << 20
    assert "unpacks to more than a stock sheet ever holds" in refused(store, file)


def test_entities_are_refused(store: Store, tmp_path: Path) -> None:
    file = made(tmp_path, ("MUG", 1))
    bomb = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>' + page(
        file
    )
    rezipped(file, {"xl/worksheets/sheet1.xml": bomb})
    assert "a document type declaration" in refused(store, file)


DECLARED = b'<!DOCTYPE x [<!ENTITY a "aaaa">]>'
IN_UTF_16 = (f'<?xml version="1.0" encoding="utf-16"?>{DECLARED.decode()}<a/>').encode("utf-16")


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (DECLARED + b"<a/>", "a document type declaration"),
        (IN_UTF_16, "a document type declaration"),
        (IN_UTF_16[2:], "a document type declaration"),
        (IN_UTF_16.decode("utf-16").encode("utf-16-be"), "a document type declaration"),
        (
            b'<?xml version="1.0" encoding="cp037"?>' + DECLARED.decode().encode("cp037"),
            "an encoding other than UTF-8",
        ),
    ],
)
@pytest.mark.parametrize("part", ["xl/sharedStrings.bin", "xl/media/image1.png", "any"])
def test_entities_are_refused_whatever_their_part_is_called_and_written_in(
    store: Store, tmp_path: Path, part: str, content: bytes, why: str
) -> None:
    file = rezipped(made(tmp_path, ("MUG", 1)), {part: content})
    assert why in refused(store, file)


@pytest.mark.parametrize(
    ("part", "content"),
    [
        ("xl/worksheets/sheet1.xml", b"<row>" + b"<c/>" * 2_000_001 + b"</row>"),
        ("xl/worksheets/sheet1.xml", b"<mergeCell/>" * 2_000_001),
        ("xl/worksheets/sheet1.xml", b"<t><![CDATA[" + b"a" * (65 << 20) + b"]]></t>"),
        ("xl/sharedStrings.xml", b"<x:si/>" * (workbook.STRINGS_MAX + 1)),
        ("xl/pages/sheet1.bin", b"<row r='1'>" + b"<c/>" * 2_000_001 + b"</row>"),
    ],
    ids=["a row", "after the rows", "a text", "texts", "another name"],
)
def test_what_fills_a_memory_is_refused_by_its_tags_and_characters(
    store: Store, tmp_path: Path, part: str, content: bytes
) -> None:
    file = rezipped(made(tmp_path, ("MUG", 1)), {part: b"<a>" + content + b"</a>"})
    assert file.stat().st_size < 1 << 20
    assert "unpacks to more than a stock sheet ever holds" in refused(store, file)


def test_cells_that_a_row_leaves_out_are_counted(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workbook, "CELLS_MAX", 16_000)
    file = made(tmp_path, ("MUG", 1))
    far = page(file).replace(b"</row></sheetData>", b'<c r="XFD2"><v>1</v></c></row></sheetData>')
    assert far != page(file)
    rezipped(file, {"xl/worksheets/sheet1.xml": far})
    assert "unpacks to more than a stock sheet ever holds" in refused(store, file)


def test_pictures_and_what_a_query_left_behind_are_no_matter(store: Store, tmp_path: Path) -> None:
    others = {
        "xl/media/image1.png": b"\x89PNG\r\n\x1a\n\0\0<!DOCTYPE" + bytes(1000),
        "customXml/item1.xml": '<?xml version="1.0" encoding="utf-16"?><a>б</a>'.encode("utf-16"),
    }
    file = rezipped(made(tmp_path, ("MUG", 1)), others)
    assert import_stock(store, file, now=NOW).rows == 1


@pytest.mark.parametrize("number", [b" 9", b"&#57;", b"-1", b""])
def test_a_row_s_number_is_a_number(store: Store, tmp_path: Path, number: bytes) -> None:
    file = made(tmp_path, ("MUG", 1), ("CUP", 2))
    text = page(file).replace(b'<row r="2"', b'<row r = "%s"' % number)
    rezipped(file, {"xl/worksheets/sheet1.xml": text})
    assert "after row" in refused(store, file)


@pytest.mark.parametrize("rows", [(3, 2), (2, 2), (2, 10**12)])
def test_rows_out_of_order_are_not_left_out(
    store: Store, tmp_path: Path, rows: tuple[int, int]
) -> None:
    file = made(tmp_path, ("MUG", 1), ("CUP", 2))
    text = page(file)
    for number, other in ((b"3", rows[1]), (b"2", rows[0])):
        text = text.replace(b'<row r="%s"' % number, b'<row R="%d"' % other)
    rezipped(file, {"xl/worksheets/sheet1.xml": text.replace(b"<row R", b"<row r")})
    assert "after row" in refused(store, file)


def test_a_size_that_the_file_claims_is_not_believed(store: Store, tmp_path: Path) -> None:
    file = made(tmp_path, ("MUG", 1), ("CUP", 2))
    for claim in (b"A1:XFD1048576", b"A1:A1"):
        text = page(file).replace(b'<dimension ref="A1:B3"', b'<dimension ref="%s"' % claim)
        assert claim in text
        other = tmp_path / "claim.xlsx"
        other.write_bytes(file.read_bytes())
        rezipped(other, {"xl/worksheets/sheet1.xml": text})
        assert import_stock(store, other, now=NOW).rows == 2


def test_a_tag_that_a_piece_cuts_is_seen_once(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workbook, "CHUNK", 50)
    assert import_stock(store, made(tmp_path, ("MUG", 1), ("CUP", 2)), now=NOW).rows == 2
    file = made(tmp_path, ("MUG", 1))
    rezipped(file, {"docProps/app.xml": b" " * 45 + b"<!DOCTYPE x>"})
    assert "document type" in refused(store, file)


# ---------------------------------------------------------------- writing


def test_an_exported_workbook_is_read_back(store: Store, tmp_path: Path) -> None:
    owner = store.catalog.account_ids()["ozon-main"]
    evil = ("=cmd|'/C calc'!A1", "\x1b[2J\x01", "_x0041_", " a\r\nb\t", "00123", "𝔘￾")
    offer(store, owner, *evil)
    for number, sku in enumerate(evil):
        count(store, sku, number)
    store.connection.execute(
        "UPDATE product SET buffer = 2, name = '=1+1\x07' WHERE sku = ?", (evil[0],)
    )
    store.connection.execute(
        "INSERT INTO product_barcode (barcode, product_id) VALUES ('0460', ?)",
        (product(store, "MUG"),),
    )
    file = tmp_path / "stock.xlsx"
    assert export_stock(store, file, now=NOW) == ExportResult(rows=9, uncounted=3)
    cells = [c for row in openpyxl.load_workbook(file).active.iter_rows() for c in row]
    assert {c.data_type for c in cells} == {"s", "n"}
    assert {c.number_format for c in cells if c.column_letter == "A" and c.row > 1} == {"@"}
    with zipfile.ZipFile(file) as archive:
        assert b"<f" not in archive.read("xl/worksheets/sheet1.xml")
    before = book_of(store)
    result = import_stock(store, file, now=after(hours=1), dry_run=True)
    assert (result.rows, result.untouched, result.left_uncounted) == (0, 6, 3)
    import_stock(store, file, now=after(hours=1))
    assert book_of(store) == before
    known = (
        "SELECT sku, name, buffer, on_hand FROM product JOIN stock ON product_id = id ORDER BY sku"
    )
    with Store.open(tmp_path / "other.db", create=True) as other:
        offer(other, arrange(other, account())["ozon-main"], "MUG", "CUP", "POT", *evil)
        # Where it was never counted, the same says something.
        import_stock(other, file, now=after(hours=1), yes=True)
        assert list(map(tuple, other.connection.execute(known))) == list(
            map(tuple, store.connection.execute(known))
        )


def test_an_old_workbook_stays_where_a_new_one_cannot_be_written(
    store: Store, tmp_path: Path
) -> None:
    file = made(tmp_path, ("MUG", 1))
    old = file.read_bytes()
    store.connection.execute("UPDATE product SET name = ?", ("x" * 40_000,))
    with pytest.raises(UsageProblem, match="longer than a cell may be"):
        export_stock(store, file, now=NOW)
    assert file.read_bytes() == old
    assert [f.name for f in tmp_path.iterdir() if "part" in f.name] == []


def test_more_rows_than_the_format_has(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workbook, "ROWS_MAX", 3)
    with pytest.raises(UsageProblem, match="no more than 3 rows"):
        export_stock(store, tmp_path / "stock.xlsx", now=NOW)
    assert not (tmp_path / "stock.xlsx").exists()


def test_without_the_extra_it_is_told_how_to_get_it(tmp_path: Path) -> None:
    program = (
        "import sys; sys.modules['openpyxl'] = None\n"
        "from datetime import UTC, datetime\n"
        "from pathlib import Path\n"
        "from cloudstock.errors import CloudstockError\n"
        "from cloudstock.sheets.exporting import export_stock\n"
        "from cloudstock.store import Store\n"
        "with Store.open(Path(sys.argv[1]), create=True) as store:\n"
        "    try: export_stock(store, Path(sys.argv[2]), now=datetime.now(UTC))\n"
        "    except CloudstockError as error: print(error)\n"
    )
    told = subprocess.run(
        [sys.executable, "-c", program, tmp_path / "book.db", tmp_path / "stock.xlsx"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout == "openpyxl not installed; run: pip install 'cloudstock[xlsx]'\n"
    assert not (tmp_path / "stock.xlsx").exists()
