"""A workbook is taken whole where each cell holds what is due there, else told cell by cell."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from collections.abc import Sequence
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.cell import WriteOnlyCell

from cloudstock.errors import UsageProblem
from cloudstock.installed import how_to_add
from cloudstock.sheets import workbook
from cloudstock.sheets.answers import Answers
from cloudstock.sheets.exporting import ExportResult, export_stock
from cloudstock.sheets.importing import import_stock
from cloudstock.sheets.questions import Undecided
from cloudstock.store import Store
from tests.builders import NOW, account, after, arrange, contents, count, level, offer, product

HEADER = ("sku", "quantity")
# All that a sheet tells of a product is taken.
EVERYTHING = Answers(update=("names", "barcodes", "buffers"))


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
    import_stock(store, file, answers=EVERYTHING, now=NOW)
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
    "an article as a number": ((123, 1), "sku", "cell A2 (sku): '123': the cell holds a number"),
    "a fraction": (("MUG", 7.5), "fraction", "cell B2 (quantity): '7.5'"),
    "below zero": (("MUG", -1), "below-zero", "cell B2 (quantity): '-1'"),
    "too many": (("MUG", 10**12), "word", "cell B2 (quantity): '1000000000000'"),
    "a date": (("MUG", date(2026, 11, 1)), "word", "cell B2 (quantity): '2026-11-01'"),
    "a formula": (("MUG", "=1+1"), "formula", "cell B2 (quantity): '=1+1'"),
    "a formula as an article": (("=A1", 1), "sku", "cell A2 (sku): '=A1': the cell holds"),
    "yes": (("MUG", True), "word", "cell B2 (quantity): 'TRUE'"),
    "no": ((False, 1), "sku", "cell A2 (sku): 'FALSE': the cell holds yes or no"),
    "words": (("MUG", "many"), "word", "cell B2 (quantity): 'many'"),
    "an unknown article": (("GHOST", 1), "unknown", "cell A2 (sku): there is no product 'GHOST'"),
    "no article": ((None, 1), "sku", "cell A2 (sku): is empty"),
}


@pytest.mark.parametrize(("row", "about", "told"), CELLS.values(), ids=CELLS)
def test_what_is_not_due_is_asked_about_with_its_cell(
    store: Store, tmp_path: Path, row: Sequence[Any], about: str, told: str
) -> None:
    file = made(tmp_path, row, ("CUP", 4))
    before = contents(store)
    with pytest.raises(Undecided) as raised:
        import_stock(store, file, now=NOW)
    assert contents(store) == before
    (question,) = raised.value.questions
    assert (question.about, question.rows, question.count) == (about, (2,), 1)
    assert told in question.text


def test_something_under_no_header_is_told(store: Store, tmp_path: Path) -> None:
    file = made(tmp_path, ("MUG", 1, None, "x"), ("CUP", 4))
    assert "cell D2: 'x' stands under no header" in refused(store, file)


def test_an_error_of_the_spreadsheet_is_no_number(store: Store, tmp_path: Path) -> None:
    file = made(tmp_path, ("MUG", 1))
    spoilt = page(file).replace(b'<c r="B2" t="n"><v>1</v>', b'<c r="B2" t="e"><v>#DIV/0!</v>')
    rezipped(file, {"xl/worksheets/sheet1.xml": spoilt})
    assert "cell B2 (quantity): '#DIV/0!'" in refused(store, file)


@pytest.mark.parametrize("number", [b" 9", b"&#57;", b"-1", b""])
def test_a_row_s_number_is_a_number(store: Store, tmp_path: Path, number: bytes) -> None:
    """What a row claims to be is never a reason to leave it out."""
    file = made(tmp_path, ("MUG", 1), ("CUP", 2))
    text = page(file).replace(b'<row r="2"', b'<row r = "%s"' % number)
    rezipped(file, {"xl/worksheets/sheet1.xml": text})
    outcome = "refused"
    with suppress(UsageProblem):
        outcome = str(import_stock(store, file, now=NOW).rows)
    assert outcome in {"refused", "2"}


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
        import_stock(other, file, answers=EVERYTHING, now=after(hours=1), yes=True)
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
        export_stock(store, file, now=NOW, force=True)
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
    assert told.stdout == f"openpyxl not installed; run: {how_to_add('sheets')}\n"
    assert not (tmp_path / "stock.xlsx").exists()
