"""products and listings on the command line: every form of a list says the same."""

from __future__ import annotations

import csv
import io
import re
import shlex
import subprocess
from pathlib import Path

import pytest

from cloudstock.shell import word
from cloudstock.store import Store
from tests.builders import NOW, listing
from tests.store.trade import sell_and_return, trade
from tests.test_cli import Cli, cli, folder

__all__ = ["cli", "folder"]


@pytest.fixture
def book(folder: Path) -> Path:
    """Mugs and cups are counted, pots are not; Ozon has a cup without an article, too."""
    with trade(folder) as town:
        shop = town.store.catalog.account_ids()["ozon-main"]
        with town.store.transaction():
            town.store.catalog.save_listings(
                shop,
                [
                    listing("", external_id="nameless", name="Product CUP 1"),
                    listing("=cmd|'/C calc'!A1", external_id="evil", name="\x1b[2J; rm -rf ~"),
                ],
                now=NOW,
            )
            town.store.catalog.link(shop)
    return folder / "book.db"


def cells(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_products(cli: Cli, book: Path) -> None:
    out = cli("products").out
    cup = next(x for x in out.splitlines() if x.startswith("CUP"))
    assert cup.split()[-6:-2] == ["10", "0", "9", "3"]
    assert "Rows" not in out
    rows = cli("products", "--json").json
    assert [r["sku"] for r in rows] == ["=cmd|'/C calc'!A1", "CUP", "MUG", "POT"]
    assert rows[1] == {
        "sku": "CUP",
        "name": "Product CUP",
        "on_hand": 10,
        "reserved": 0,
        "available": 9,
        "away": 0,
        "buffer": None,
        "minimum": None,
        "sold_per_day": None,
        "lasts_days": None,
        "counted_at": rows[1]["counted_at"],
        "listings": 3,
        "barcodes": [],
        "shown": [],
    }
    assert [r["sku"] for r in cli("products", "--uncounted", "--json").json][-1] == "POT"
    assert cli("products", "--low", "0").out == "No such products.\n"
    assert cli("products", "--low", "0", "--json").json == []


def test_times_are_read_and_written_by_the_clock_that_is_configured(
    cli: Cli, folder: Path, book: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cloudstock.language.local._zone", None)
    configuration = folder / "config.yaml"
    plain = configuration.read_text()
    configuration.write_text(f"{plain}timezone: Asia/Vladivostok\nlanguage: ru\n")
    cli("set-stock", "CUP", "1500", "--at", "15.11.2026 07:30:00", "--yes")
    (cup,) = [r for r in cli("products", "--json").json if r["sku"] == "CUP"]
    assert cup["counted_at"] == "2026-11-14T21:30:00Z"
    line = next(x for x in cli("products").out.splitlines() if x.startswith("CUP"))
    assert line.split("  ")[-1].strip() == "15.11.2026 07:30"
    assert "1\xa0500" in line
    configuration.write_text(f"{plain}timezone: Europe/Berlin\n")
    twice = cli("show-orders", "--since", "2026-10-25T02:30", expect=2)
    assert "2026-10-25T02:30+02:00 or 2026-10-25T02:30+01:00" in twice.err


@pytest.mark.parametrize("command", ["products", "listings"])
def test_csv_says_what_json_says(cli: Cli, book: Path, command: str) -> None:
    rows, sheet = cli(command, "--json").json, cells(cli(command, "--csv").out)
    assert len(rows) == len(sheet) > 3
    for row, line in zip(rows, sheet, strict=True):
        assert list(line) == list(row)
        for key, value in row.items():
            if isinstance(value, bool):
                assert line[key] == str(value).lower()
            elif isinstance(value, int) or value is None:
                assert line[key] == ("" if value is None else str(value))
    assert sheet[0]["sku" if command == "products" else "offer_id"] in ("'=cmd|'/C calc'!A1", "")
    assert "\n=" not in cli(command, "--csv").out


def test_changes_stand_in_80_columns_and_below_them_how_one_is_taken_back(
    cli: Cli, book: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    cli("set-stock", "MUG", "9", "--yes", "--note", "после переезда")
    cli("set-buffer", "MUG", "1")
    cli("undo")
    out = cli("show-changes", "--lang", "ru").out
    assert max(map(len, out.splitlines())) <= 80
    assert "можно" in out
    assert out.endswith("\n`cloudstock undo N` отменяет изменение № N.\n")


def test_columns_of_a_sheet_are_called_by_their_russian_names(cli: Cli, book: Path) -> None:
    cli("export-stock", "own.csv")
    told = cli("import-stock", "own.csv", "--lang", "ru").out
    assert "штрихкод 'barcode'" in told
    assert "было 'was', на момент 'as_of'" in told


def test_pages(cli: Cli, book: Path) -> None:
    first = cli("products", "--sort", "-sku", "--limit", "3").out
    assert "Rows 1 to 3. --page 2 shows the next, --limit 0 all." in first
    assert [x.split()[0] for x in first.splitlines()[2:5]] == ["POT", "MUG", "CUP"]
    last = cli("products", "--sort=-sku", "--limit", "3", "--page", "2").out
    assert "Rows 4 to 4.\n" in last
    assert "next" not in last
    assert len(cli("products", "--json", "--limit", "1", "--page", "2").json) == 1
    assert "Rows" not in cli("products", "--limit", "0").out
    assert cli("products", "--page", "9").out == "No such products.\n"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("products --json --csv", "two forms of one answer"),
        ("products --sort nope", "'nope' is no key to sort by"),
        ("listings --sort -sku", "'-sku' is no key to sort by"),
        ("products --low -1", "--low"),
        ("products --low few", "--low"),
        ("products --limit 0 --page 2", "one page only"),
        ("products --page 0", "--page"),
        ("products --warehouse mian", "no warehouse 'mian'; known: main"),
        ("show-history MUG --warehouse mian", "no warehouse 'mian'; known: main"),
        ("show-orders --step lost", "--step"),
        ("show-returns --since yesterday", "yesterday"),
        ("listings --account ozon-mian", "ozon-mian"),
    ],
)
def test_what_cannot_be_asked_is_told(cli: Cli, book: Path, words: str, told: str) -> None:
    ended = cli(*words.split(), expect=2)
    assert ended.out == ""
    assert told in ended.err


def test_listings(cli: Cli, book: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    out = cli("listings", "--account", "wb-main").out
    mug = next(x for x in out.splitlines() if " MUG " in x)
    assert mug.split()[:2] == ["wb-main", "MUG"]
    rows = cli("listings", "--search", "CUP", "--json").json
    assert [(r["account"], r["offer_id"]) for r in rows] == [
        ("ozon-main", ""),
        ("ozon-main", "CUP"),
        ("wb-main", "CUP"),
        ("ym-main", "CUP"),
    ]
    assert rows[1]["parts"] == [{"sku": "CUP", "units": 1}]
    assert (rows[1]["target"], rows[1]["pushed"], rows[1]["drift"]) == (9, 9, False)
    assert "not linked" in cli("listings", "--search", "nameless").out
    assert cli("listings", "--refused").out == "No such listings.\n"
    assert cli("listings", "--search", "cup tray").out == "No such listings.\n"
    (row,) = cli("listings", "--search", "1 product cup", "--json").json
    assert row["external_id"] == "nameless"


def test_what_met_no_product_is_told_with_what_it_may_be(cli: Cli, book: Path) -> None:
    out = cli("listings", "--unlinked").out
    assert out.splitlines() == [
        "ozon-main: —  Product CUP 1  (nameless)",
        "  its name looks like CUP  Product CUP",
        "  cloudstock link-listing --account ozon-main nameless CUP",
    ]
    (row,) = cli("listings", "--unlinked", "--json").json
    assert row["candidates"] == [{"sku": "CUP", "name": "Product CUP", "why": "name"}]
    (line,) = cells(cli("listings", "--unlinked", "--csv").out)
    assert (line["candidates"], line["command"]) == ("CUP", row["command"])
    # The command does what it says.
    cli(*shlex.split(row["command"])[1:])
    assert cli("listings", "--unlinked").out == "No such listings.\n"


def test_the_command_is_inert_and_exact_for_a_hostile_article(cli: Cli, book: Path) -> None:
    evil = "\x1b[2J'; touch gone; '\u202e=9"
    with Store.open(book) as store, store.transaction():
        store.connection.execute("INSERT INTO product (sku) VALUES (?)", (evil,))
        shop = store.catalog.account_ids()["wb-main"]
        store.catalog.save_listings(shop, [listing("", external_id="-x", name=evil)], now=NOW)
        store.connection.execute("UPDATE product SET name = sku")
    out = cli("listings", "--unlinked", "--account", "wb-main").out
    assert "\x1b" not in out
    assert "\u202e" not in out
    command = out.splitlines()[-1].strip()
    asked = subprocess.run(
        ["bash", "-c", f"printf '%s\\n' {command.removeprefix('cloudstock ')}"],
        capture_output=True,
        check=True,
    )
    words = asked.stdout.decode().splitlines()
    assert words == ["link-listing", "--account", "wb-main", "--", "-x", f"{evil}=1"]
    assert cli(*words).code == 0
    assert cli("listings", "--unlinked", "--account", "wb-main").out == "No such listings.\n"


@pytest.mark.parametrize(
    "text",
    ["MUG-01", "a b", "$(x)", "'", '"', "`x`", "кружка", "\n", "\\", "🙂", "日本", "!x", "~"],
)
def test_a_word_of_the_shell_is_what_it_stands_for(text: str) -> None:
    told = subprocess.run(
        ["bash", "-c", f"printf %s {word(text)}"], capture_output=True, check=True
    )
    assert told.stdout.decode() == text


# ---------------------------------------------------------------- the lists that were there before


@pytest.fixture
def sold(folder: Path) -> Path:
    """Mugs reserved and shipped, one of them on its way back."""
    with trade(folder, sell_and_return):
        pass
    return folder / "book.db"


@pytest.mark.parametrize(
    ("words", "key"),
    [
        ("show-orders", "order_id"),
        ("show-orders --sort order", "order_id"),
        ("show-returns", "return_id"),
        ("show-history MUG", "document"),
        ("show-history MUG --sort -quantity", "document"),
    ],
)
def test_documents_as_csv_are_those_of_json(cli: Cli, sold: Path, words: str, key: str) -> None:
    rows, sheet = cli(*words.split(), "--json").json, cells(cli(*words.split(), "--csv").out)
    assert [r[key] for r in rows] == [line[key] for line in sheet] != []
    assert list(rows[0]) == list(sheet[0])


def test_stock_as_csv_has_a_row_for_each_listing(cli: Cli, sold: Path) -> None:
    rows, sheet = cli("show-stock", "--json").json, cells(cli("show-stock", "--csv").out)
    told = [(r["sku"], x["account"], x["target"]) for r in rows for x in r["listings"]]
    assert [(x["sku"], x["account"], x["target"]) for x in sheet] == [
        (sku, account, "" if target is None else str(target)) for sku, account, target in told
    ]
    assert (sheet[-1]["sku"], sheet[-1]["on_hand"], sheet[-1]["available"]) == ("POT", "", "")


def test_what_is_wrong_as_csv(cli: Cli, sold: Path) -> None:
    told = cli("status", "--json", expect=1).json
    sheet = cells(cli("status", "--csv", expect=1).out)
    assert [(x["kind"], x["message"]) for x in sheet] == [
        (f["kind"], f["message"]) for f in [*told["wrong"], *told["notable"]]
    ]
    assert "two forms" in cli("status", "--csv", "--json", expect=2).err


@pytest.mark.parametrize(
    ("words", "key", "expected"),
    [
        ("show-stock --sort -sku", "sku", ["POT", "MUG", "CUP"]),
        ("show-stock --sort available", "sku", ["MUG", "CUP", "POT"]),
        ("show-stock --sort -available", "sku", ["CUP", "MUG", "POT"]),
        ("show-stock --sort -available --limit 1 --page 2", "sku", ["MUG"]),
        ("show-stock MUG POT --sort -sku", "sku", ["POT", "MUG"]),
        ("show-stock --limit 2", "sku", ["CUP", "MUG"]),
        ("show-orders --sort account", "account", ["ozon-main", "ym-main", "ym-main"]),
        ("show-orders --sort created --limit 1", "account", ["ozon-main"]),
        ("show-history MUG --sort -booked", "quantity", [-1, 10]),
        ("show-history MUG --limit 1 --page 2", "quantity", [-1]),
        ("show-history MUG --sort quantity", "total", [9, 10]),
    ],
)
def test_lists_are_sorted_and_paged(
    cli: Cli, sold: Path, words: str, key: str, expected: list[object]
) -> None:
    assert [r[key] for r in cli(*words.split(), "--json").json] == expected


def test_sorted_stock_is_the_same_stock(cli: Cli, sold: Path) -> None:
    plain = cli("show-stock", "--json").json
    for key in ("sku", "name", "on_hand", "reserved", "available"):
        told = cli("show-stock", "--json", "--sort", f"-{key}").json
        assert sorted(told, key=lambda r: str(r["sku"])) == plain


def test_a_page_of_a_table_tells_the_next(cli: Cli, sold: Path) -> None:
    out = cli("show-orders", "--limit", "1").out
    assert "Rows 1 to 1. --page 2 shows the next, --limit 0 all." in out
    assert "Rows 2 to 2.\n" in cli("show-orders", "--limit", "1", "--page", "2").out
    assert "Rows" not in cli("show-stock").out
    assert cli("show-stock", "--limit", "2", "--page", "9").out == "No more products.\n"
    assert "is no key" in cli("show-history", "MUG", "--sort", "nope", expect=2).err


@pytest.mark.parametrize(
    "line",
    ["products", "listings", "listings --unlinked", "show-orders", "show-stock", "status"],
)
def test_excel_opens_a_list_in_the_language_in_use(cli: Cli, book: Path, line: str) -> None:
    code = 1 if line == "status" else 0
    russian = cli(*line.split(), "--for", "excel", "--lang", "ru", expect=code).out
    title, *rows = russian.splitlines()
    plain = cli(*line.split(), "--csv", expect=code).out.splitlines()
    assert title[0] == "\ufeff"
    assert re.fullmatch(r"[а-яё :;]+", title[1:])
    assert title.count(";") == plain[0].count(",")
    assert len(rows) == len(plain) - 1
    english = cli(*line.split(), "--for", "excel", "--lang", "en", expect=code).out
    assert english.splitlines()[0] == "\ufeff" + plain[0].replace("_", " ")
