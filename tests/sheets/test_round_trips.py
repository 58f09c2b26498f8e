"""A sheet that went through a spreadsheet, untouched there, changes nothing when it comes back."""

from __future__ import annotations

import csv
import shutil
import subprocess
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import openpyxl
import pytest

from cloudstock.language import speaking
from cloudstock.sheets.exporting import export_stock
from cloudstock.sheets.form import Form
from cloudstock.sheets.importing import import_stock
from cloudstock.store import Store
from tests.builders import NOW, account, after, arrange, count, listing, offer, product

SOFFICE = shutil.which("soffice") or shutil.which("libreoffice")
# Articles that spreadsheets take for numbers, dates, powers and formulas.
ARTICLES = (
    "00045",
    "120",
    "3-4",
    "12E3",
    "=1+2",
    "-7",
    "+7",
    "@x",
    "КР-1 чёрная",
    'П"л;1,5',
    "1.50",
)
# What LibreOffice calls encodings: UTF-8, Windows-1251, UTF-16.
CHARSETS = {"utf-8": 76, "cp1251": 34, "utf-16": 65535}
TABLES = ("product", "product_barcode", "movement", "count")

Trip = Callable[[Path], Path]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """Products of all kinds: two warehouses, one below zero, one never counted."""
    with Store.open(tmp_path / "book.db", create=True) as store:
        own = account(warehouses=(("1", "main"), ("2", "Склад 2")))
        mine = arrange(store, own)["ozon-main"]
        page = [
            listing(sku, f"20123450000{number:02}", name=f'Кружка "{sku}"; 0,5 л\nвторая строка')
            for number, sku in enumerate((*ARTICLES, "NEW"))
        ]
        offer(store, mine, *page)
        for number, sku in enumerate(ARTICLES):
            count(store, sku, number * 1234, now=after(hours=-2))
            count(store, sku, number, warehouse="Склад 2", now=after(hours=-2))
        with store.transaction():
            store.connection.execute("UPDATE product SET buffer = 3 WHERE sku = '120'")
            store.ledger.adjust(
                product(store, "00045"), store.ledger.warehouse("main"), -2, now=NOW, reason="lost"
            )
        yield store


def contents(store: Store) -> list[list[tuple[object, ...]]]:
    return [[tuple(r) for r in store.connection.execute(f"SELECT * FROM {t}")] for t in TABLES]


# ---------------------------------------------------------------- the trips


def by_openpyxl(file: Path) -> Path:
    book = openpyxl.load_workbook(file)
    book.save(file.with_stem("saved"))
    return file.with_stem("saved")


def by_csv(file: Path, encoding: str, separator: str) -> Path:
    """Excel saves what it shows: in UTF-8, in Windows-1251, as Unicode text."""
    (sheet,) = openpyxl.load_workbook(file).worksheets
    saved = file.with_name("saved.csv")
    with saved.open("w", encoding=encoding, newline="") as out:
        writer = csv.writer(out, delimiter=separator)
        writer.writerows([["" if c is None else c for c in r] for r in sheet.values])
    return saved


def by_libreoffice(file: Path, form: str) -> Path:
    """Open a file in LibreOffice and save it as another."""
    assert SOFFICE is not None
    folder = file.with_name("saved")
    subprocess.run(
        [
            SOFFICE,
            # Made once: tests of one process follow one another.
            f"-env:UserInstallation={(file.parent.parent / 'office-profile').as_uri()}",
            *("--headless", "--convert-to", form, "--outdir", str(folder), str(file)),
        ],
        check=True,
        capture_output=True,
        timeout=180,
    )
    (saved,) = folder.iterdir()
    return saved


def as_csv(charset: int) -> str:
    """What LibreOffice calls a CSV of semicolons, each cell as it is shown."""
    return f"csv:Text - txt - csv (StarCalc):59,34,{charset},1,,0,false,true"


TRIPS = {
    "openpyxl": by_openpyxl,
    "csv, utf-8": partial(by_csv, encoding="utf-8-sig", separator=";"),
    "csv, cp1251": partial(by_csv, encoding="cp1251", separator=";"),
    "csv, utf-16": partial(by_csv, encoding="utf-16", separator="\t"),
}
OFFICE_TRIPS = {
    "xlsx": partial(by_libreoffice, form="xlsx"),
    "ods": partial(by_libreoffice, form="ods"),
    **{
        f"csv, {name}": partial(by_libreoffice, form=as_csv(charset))
        for name, charset in CHARSETS.items()
    },
}


def nothing_changes(store: Store, folder: Path, trip: Trip) -> None:
    file = folder / "stock.xlsx"
    exported = export_stock(store, file, now=after(hours=1))
    before = contents(store)
    result = import_stock(store, trip(file), now=after(hours=2))
    assert (result.rows, result.untouched) == (0, exported.rows - exported.uncounted)
    assert contents(store) == before


@pytest.mark.parametrize("trip", TRIPS.values(), ids=TRIPS)
def test_what_was_not_touched_changes_nothing(store: Store, tmp_path: Path, trip: Trip) -> None:
    nothing_changes(store, tmp_path, trip)


@pytest.mark.skipif(SOFFICE is None, reason="no LibreOffice: soffice is not on PATH")
@pytest.mark.parametrize("trip", OFFICE_TRIPS.values(), ids=OFFICE_TRIPS)
def test_nor_does_libreoffice(store: Store, tmp_path: Path, trip: Trip) -> None:
    nothing_changes(store, tmp_path, trip)


def as_it_is(file: Path) -> Path:
    return file


def in_windows(file: Path) -> Path:
    """As Excel set to Russian saves what it has opened."""
    file.write_text(file.read_text("utf-8-sig"), "cp1251")
    return file


@pytest.mark.parametrize(
    ("spoken", "name", "trip", "begins"),
    [
        ("ru", "stock.csv", as_it_is, "\ufeffартикул;количество;склад;название;"),
        ("ru", "stock.csv", in_windows, "артикул;количество;склад;название;"),
        ("ru", "stock.xlsx", by_openpyxl, None),
        ("en", "stock.csv", as_it_is, "\ufeffsku,quantity,warehouse,name,"),
    ],
)
def test_nor_does_a_sheet_for_excel(
    store: Store, tmp_path: Path, spoken: str, name: str, trip: Trip, begins: str | None
) -> None:
    with speaking(spoken):
        exported = export_stock(store, tmp_path / name, now=after(hours=1), form=Form.EXCEL)
    file = trip(tmp_path / name)
    if begins is None:
        (sheet,) = openpyxl.load_workbook(file).worksheets
        assert [c.value for c in sheet[1]][:2] == ["артикул", "количество"]
    else:
        assert (
            file.read_bytes().decode("cp1251" if trip is in_windows else "utf-8").startswith(begins)
        )
    before = contents(store)
    result = import_stock(store, file, now=after(hours=2))
    assert (result.rows, result.untouched) == (0, exported.rows - exported.uncounted)
    assert contents(store) == before


@pytest.mark.parametrize("trip", TRIPS.values(), ids=TRIPS)
def test_what_was_typed_over_is_counted_of_then(store: Store, tmp_path: Path, trip: Trip) -> None:
    file = tmp_path / "stock.xlsx"
    exported = export_stock(store, file, now=after(hours=1))
    book = openpyxl.load_workbook(file)
    (sheet,) = book.worksheets
    (row,) = [r for r in sheet.iter_rows() if r[0].value == "3-4" and r[2].value == "main"]
    row[1].value = 77
    book.save(file)
    # Nobody reads orders here.
    result = import_stock(store, trip(file), now=after(hours=2), yes=True)
    assert (result.rows, result.changed, result.untouched) == (
        1,
        1,
        exported.rows - exported.uncounted - 1,
    )
    assert store.ledger.level(product(store, "3-4"), store.ledger.warehouse("main")).on_hand == 77
