"""A sheet is taken whole where its meaning is certain, else told line by line."""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cloudstock.errors import UsageProblem
from cloudstock.sheets.answers import Answers
from cloudstock.sheets.counting import ImportResult
from cloudstock.sheets.exporting import ExportResult, export_stock
from cloudstock.sheets.importing import import_stock
from cloudstock.sheets.questions import About, Undecided
from cloudstock.store import Store
from tests.builders import (
    NOW,
    account,
    after,
    arrange,
    contents,
    count,
    ledger,
    level,
    listing,
    offer,
    product,
)

# All that a sheet tells of a product is taken.
EVERYTHING = Answers(update=("names", "barcodes", "buffers", "minimums"))


def write(folder: Path, content: str | bytes, encoding: str = "utf-8") -> Path:
    file = folder / "stock.csv"
    file.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
    return file


def levels(store: Store) -> dict[str, int | None]:
    return {sku: level(store, sku)[0] for sku in ("MUG", "CUP", "POT")}


def refused(store: Store, file: Path) -> str:
    """Return why a sheet is refused, having seen that nothing changed."""
    before = contents(store)
    with pytest.raises(UsageProblem) as raised:
        import_stock(store, file, answers=EVERYTHING, now=NOW)
    assert contents(store) == before
    assert not store.connection.in_transaction
    return str(raised.value)


# ---------------------------------------------------------------- what is taken


def test_every_row_is_a_count(store: Store, tmp_path: Path) -> None:
    count(store, "MUG", 9, now=after(hours=-1))
    count(store, "CUP", 4, now=after(hours=-1))
    file = write(tmp_path, "sku,quantity\nMUG,7\nCUP,4\nPOT,2\n")
    assert import_stock(store, file, now=NOW) == ImportResult(
        rows=3,
        first_counted=1,
        changed=1,
        emptied=0,
        left_uncounted=0,
        units_added=2,
        units_removed=2,
    )
    assert levels(store) == {"MUG": 7, "CUP": 4, "POT": 2}
    assert [m[2] for m in ledger(store)] == [9, 4, -2, 2]
    main = store.ledger.warehouse("main")
    # What equals the book was counted now all the same.
    assert store.ledger.level(product(store, "CUP"), main).counted_at == NOW
    assert store.ledger.totals_that_differ() == []


def test_a_sheet_means_what_single_counts_mean(store: Store, tmp_path: Path) -> None:
    with Store.open(tmp_path / "other.db", create=True) as other:
        ids = arrange(other, account())
        offer(other, ids["ozon-main"], "MUG", "CUP", "POT")
        for book in (store, other):
            count(book, "MUG", 3, now=after(hours=-1))
        import_stock(store, write(tmp_path, "sku,quantity\nMUG,7\nCUP,0\n"), now=NOW)
        # A sheet is booked in the order of products.
        for sku, quantity in sorted(
            {"MUG": 7, "CUP": 0}.items(), key=lambda c: product(other, c[0])
        ):
            count(other, sku, quantity)
        for table in ("movement", "count", "stock"):
            # Everything but the note.
            rows = [
                [tuple(r[c] for c in r.keys() if c != "note") for r in book.connection.execute(q)]  # noqa: SIM118
                for q in [f"SELECT * FROM {table}"]
                for book in (store, other)
            ]
            assert rows[0] == rows[1], table


def test_targets_follow_at_once(store: Store, tmp_path: Path) -> None:
    import_stock(store, write(tmp_path, "sku,quantity\nMUG,7\n"), now=NOW)
    shown = store.connection.execute("SELECT target FROM listing_stock WHERE target IS NOT NULL")
    assert [r[0] for r in shown] == [7]


SAME = {
    "plain": b"sku,quantity\nMUG,7\nCUP,4\n",
    "semicolons": b"sku;quantity\nMUG;7\nCUP;4\n",
    "tabs": b"sku\tquantity\nMUG\t7\nCUP\t4\n",
    "byte order mark": b"\xef\xbb\xbfsku,quantity\nMUG,7\nCUP,4\n",
    "byte order mark and semicolons": b"\xef\xbb\xbfsku;quantity\r\nMUG;7\r\nCUP;4\r\n",
    "windows line ends": b"sku,quantity\r\nMUG,7\r\nCUP,4\r\n",
    "old mac line ends": b"sku,quantity\rMUG,7\rCUP,4\r",
    "blank lines": b"\nsku,quantity\n\nMUG,7\n,\n  \nCUP,4\n\n\n",
    "quotes": b'"sku","quantity"\n"MUG","7"\n"CUP",4\n',
    "spaces": b" sku , quantity \n MUG , 7 \nCUP ,4\n",
    "other order": b"quantity,sku\n7,MUG\n4,CUP\n",
    "capitals": b"SKU,Quantity\nMUG,7\nCUP,4\n",
    "trailing separators": b"sku;quantity;\nMUG;7;\nCUP;4;;\n",
    "leading zeros": b"sku,quantity\nMUG,007\nCUP,4\n",
    "russian": "артикул;количество\nMUG;7\nCUP;4\n".encode(),
    "other russian": "Артикул продавца;Остаток\nMUG;7\nCUP;4\n".encode(),
    "windows-1251": "Артикул;Остаток;Название\r\nMUG;7;Кружка «Ёж» №1\r\nCUP;4;Чашка\r\n".encode(
        "cp1251"
    ),
}


@pytest.mark.parametrize("sheet", SAME.values(), ids=SAME)
def test_a_sheet_of_certain_meaning_is_taken(store: Store, tmp_path: Path, sheet: bytes) -> None:
    result = import_stock(store, write(tmp_path, sheet), now=NOW)
    assert (result.rows, levels(store)) == (2, {"MUG": 7, "CUP": 4, "POT": None})


def test_a_word_without_end_is_looked_at_once(store: Store, tmp_path: Path) -> None:
    """Hours, where a Russian letter is looked for from each of its letters to its end."""
    sheet = "sku,quantity,name\nMUG,7,{}\nCUP,4,{}\n".format("A" * 600_000, "Чашка " * 9)
    with pytest.raises(UsageProblem, match="line 2: a cell of more than 131,072"):
        import_stock(store, write(tmp_path, sheet.encode("cp1251")), now=NOW)


def test_an_end_that_may_be_missing_matters_where_something_is_lost(
    store: Store, tmp_path: Path
) -> None:
    """Google Sheets ends no last line."""
    file = write(tmp_path, b"sku,quantity,price\r\nMUG,7,99\r\nCUP,4,5")
    for answers in (Answers(missing="zero"), Answers(columns={"quantity": "price"})):
        with pytest.raises(Undecided, match="the last line has no end") as caught:
            import_stock(store, file, answers=answers, now=NOW)
        assert [q.about for q in caught.value.questions] == [About.CUT]

    import_stock(store, file, now=NOW)
    assert levels(store) == {"MUG": 7, "CUP": 4, "POT": None}


def test_windows_1251_names_are_read_as_russian(store: Store, tmp_path: Path) -> None:
    import_stock(store, write(tmp_path, SAME["windows-1251"]), answers=EVERYTHING, now=NOW)
    names = store.connection.execute("SELECT sku, name FROM product ORDER BY sku").fetchall()
    assert [tuple(n) for n in names] == [
        ("CUP", "Чашка"),
        ("MUG", "Кружка «Ёж» №1"),
        ("POT", "The POT"),
    ]


def test_a_sheet_counts_several_shelves(store: Store, tmp_path: Path) -> None:
    file = write(tmp_path, "sku,склад,quantity\nMUG,attic,1\nMUG,,2\nCUP,main,3\n")
    result = import_stock(store, file, now=NOW, configured={"attic"})
    assert result.rows == 3
    assert (level(store, "MUG", "attic")[0], levels(store)["MUG"]) == (1, 2)
    attic = Answers(warehouse="attic")
    import_stock(store, write(tmp_path, "sku,quantity\nMUG,5\n"), answers=attic, now=NOW)
    assert (level(store, "MUG", "attic")[0], levels(store)["MUG"]) == (5, 2)


def test_a_sheet_tells_names_barcodes_and_numbers(store: Store, tmp_path: Path) -> None:
    sheet = "sku,quantity,name,barcode,buffer,minimum\nMUG,1,Blue mug,4601 4602,2,20\nCUP,1,,,,\n"
    file = write(tmp_path, sheet)
    untouched = import_stock(store, file, now=NOW)
    assert (untouched.names, untouched.barcodes) == (0, 0)
    assert (untouched.buffers, untouched.minimums) == (0, 0)
    assert store.connection.execute("SELECT max(buffer) FROM product").fetchone()[0] is None
    result = import_stock(store, file, answers=EVERYTHING, now=NOW, yes=True)
    assert (result.names, result.barcodes, result.buffers, result.minimums) == (1, 1, 1, 1)
    rows = store.connection.execute("SELECT sku, name, buffer, minimum FROM product ORDER BY sku")
    assert [tuple(r) for r in rows] == [
        ("CUP", "The CUP", None, None),
        ("MUG", "Blue mug", 2, 20),
        ("POT", "The POT", None, None),
    ]
    # It is low at once.
    low = "SELECT product_id FROM sale_rate WHERE supply = 'low'"
    assert [r[0] for r in store.connection.execute(low)] == [product(store, "MUG")]
    barcodes = store.connection.execute("SELECT barcode FROM product_barcode ORDER BY 1")
    assert [r[0] for r in barcodes] == ["4601", "4602"]
    # An empty buffer is the account's; a sheet without the column says nothing of it.
    import_stock(store, write(tmp_path, "sku,quantity\nMUG,1\n"), now=NOW)
    assert store.connection.execute("SELECT count(buffer) FROM product").fetchone()[0] == 1
    file = write(tmp_path, "sku,quantity,buffer\nMUG,1,\n")
    import_stock(store, file, answers=EVERYTHING, now=NOW)
    assert store.connection.execute("SELECT count(buffer) FROM product").fetchone()[0] == 0


def test_a_row_without_quantity_leaves_uncounted_what_is(store: Store, tmp_path: Path) -> None:
    result = import_stock(store, write(tmp_path, "sku,quantity\nMUG,7\nCUP,\n"), now=NOW)
    assert (result.rows, result.left_uncounted) == (1, 1)
    assert levels(store) == {"MUG": 7, "CUP": None, "POT": None}


def test_standard_input_is_a_sheet(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    pipe = io.TextIOWrapper(io.BytesIO(SAME["windows-1251"]))
    monkeypatch.setattr(sys, "stdin", pipe)
    assert import_stock(store, "-", now=NOW).rows == 2


def test_a_named_pipe_is_a_sheet(store: Store, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.csv"
    os.mkfifo(pipe)
    with subprocess.Popen(["/bin/sh", "-c", 'printf "sku,quantity\nMUG,7\n" > "$0"', str(pipe)]):
        assert import_stock(store, pipe, now=NOW).rows == 1


def test_a_rehearsal_tells_the_same_and_changes_nothing(store: Store, tmp_path: Path) -> None:
    file = write(tmp_path, "sku,quantity,buffer,barcode\nMUG,7,1,4601\n")
    before = contents(store)
    told = import_stock(store, file, now=NOW, dry_run=True)
    assert contents(store) == before
    assert import_stock(store, file, now=NOW) == told


# ---------------------------------------------------------------- what is not

WRONG = {
    "empty file": ("", ["is empty; expected a header sku,quantity"]),
    "blank lines only": ("\n \n", ["is empty"]),
    "byte order mark only": ("\ufeff", ["is empty"]),
    "header only": ("sku,quantity\n", ["a header and nothing below it"]),
    "no header": ("MUG,7\n", ["no header with an article and a quantity"]),
    "missing column": ("sku,name\nMUG,x\n", ["no column may be the quantity"]),
    "column twice": ("sku,quantity,остаток\nMUG,7,7\n", ["--map 'quantity=остаток'"]),
    "negative": ("sku,quantity\nMUG,-7\n", ["is below zero", "(quantity): '-7'"]),
    "text": ("sku,quantity\nMUG,many\n", ["(quantity): 'many'", "--word many=0"]),
    "fraction": ("sku,quantity\nMUG,1.5\n", ["is a fraction", "(quantity): '1.5'"]),
    "quoted fraction": ('sku,quantity\nMUG,"1,5"\n', ["is a fraction", "(quantity): '1,5'"]),
    "exponent": ("sku,quantity\nMUG,1E3\n", ["(quantity): '1E3'"]),
    "plus": ("sku,quantity\nMUG,+5\n", ["(quantity): '+5'"]),
    "other digits": ("sku,quantity\nMUG,٣\n", ["(quantity): '٣'"]),
    "too large": ("sku,quantity\nMUG,1000000001\n", ["(quantity): '1000000001'"]),
    "a barcode as quantity": (
        "sku,quantity\nMUG,46070000001320000000\n",
        ["(quantity): '46070000001320000000'"],
    ),
    "no article": ("sku,quantity\n,7\n", ["line 2, column 1 (sku): is empty"]),
    "unknown article": (
        "sku,quantity\nMUGG,7\n",
        ["(sku): there is no product 'MUGG'", "MUG", "--skip-unknown"],
    ),
    "other case": ("sku,quantity\nmug,7\n", ["no product 'mug'; did you mean MUG"]),
    "duplicate": ("sku,quantity\nMUG,7\nCUP,1\nMUG,7\n", ["line 2", "line 4", "--sum-rows"]),
    "duplicate with spaces": ("sku,quantity\nMUG,7\n MUG ,7\n", ["line 3, column 1 (sku)"]),
    "duplicate by default warehouse": (
        "sku,quantity,warehouse\nMUG,7,main\nMUG,7,\n",
        ["line 3, column 1 (sku)", "MUG (main): 7"],
    ),
    "unknown warehouse": (
        "sku,quantity,warehouse\nMUG,7,mian\n",
        ["column 3 (warehouse)", "known: attic, main", "--map-warehouse mian=main"],
    ),
    "quarantine": ("sku,quantity,warehouse\nMUG,7,quarantine\n", ["receive-return"]),
    "too many fields": (
        "sku,quantity\nMUG,7,9\n",
        ["line 2, column 3: '9' stands under no header"],
    ),
    "fraction by comma": ("sku,quantity\nMUG,1,5\n", ["line 2, column 3: '5' stands under"]),
    "open quote": ('sku,quantity\n"MUG,7\nCUP,4\n', ["line 2: a quote opened here"]),
    "text after a quote": ('sku,quantity\n"MUG"x,7\n', ["line 2: text after a closing quote"]),
    "NUL": ("sku,quantity\nMUG,7\nCU\0P,4\n", ["line 3: a NUL byte"]),
    "no end": ("sku,quantity\nMUG,7\nCUP,4", ["the last line has no end", "--doubtful"]),
    "bad buffer": ("sku,quantity,buffer\nMUG,7,-1\n", ["(buffer): '-1' is below zero"]),
    "shortened barcode": ("sku,quantity,barcode\nMUG,7,4.60701E+12\n", ["(barcode)"]),
    "shortened by comma": ("sku;quantity;barcode\nMUG;7;4,60701E+12\n", ["(barcode)"]),
    "buffers that differ": (
        "sku,quantity,warehouse,buffer\nMUG,7,main,1\nMUG,7,attic,2\n",
        ["(buffer): 'MUG' has another buffer in line 2"],
    ),
    "one buffer of two": (
        "sku,quantity,warehouse,buffer\nMUG,7,main,1\nMUG,7,attic,\n",
        ["line 3, column 4 (buffer)"],
    ),
    "names that differ": (
        "sku,quantity,warehouse,name\nMUG,7,main,a\nMUG,7,attic,b\n",
        ["line 3, column 4 (name)"],
    ),
}


@pytest.mark.parametrize(("sheet", "told"), WRONG.values(), ids=WRONG)
def test_a_wrong_sheet_is_told_by_line_and_column_and_changes_nothing(
    store: Store, tmp_path: Path, sheet: str, told: list[str]
) -> None:
    store.ledger.warehouse("attic")
    message = refused(store, write(tmp_path, sheet))
    for words in told:
        assert words in message
    assert "stock.csv" in message


def test_an_empty_quantity_of_what_was_counted_is_refused(store: Store, tmp_path: Path) -> None:
    count(store, "MUG", 7)
    message = refused(store, write(tmp_path, "sku,quantity\nMUG,\n"))
    assert "expected a whole number" in message
    assert "line 2, column 2 (quantity): is empty" in message


BYTES = {
    "koi8-r": ("sku,quantity,name\nMUG,7,Кружка\n".encode("koi8-r"), "line 2: not UTF-8"),
    "latin-1": ("sku,quantity,name\nMUG,7,Café crème\n".encode("latin-1"), "line 2: not UTF-8"),
    "scandinavian": ("sku,quantity,name\nMUG,7,Señor Ærø\n".encode("latin-1"), "line 2: not"),
    "an image": (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "is no table"),
    "windows-1251 after a byte order mark": (
        b"\xef\xbb\xbfsku,quantity,name\nMUG,7," + "Кружка".encode("cp1251"),
        "line 2: not UTF-8",
    ),
}


@pytest.mark.parametrize(("sheet", "told"), BYTES.values(), ids=BYTES)
def test_bytes_of_uncertain_meaning_are_refused(
    store: Store, tmp_path: Path, sheet: bytes, told: str
) -> None:
    assert told in refused(store, write(tmp_path, sheet))


@pytest.mark.parametrize("name", ["stock.xlsm", "STOCK.XLS", "stock.ods"])
def test_of_workbooks_only_xlsx_is_written(store: Store, tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageProblem, match="only XLSX is written"):
        export_stock(store, tmp_path / name, now=NOW)
    assert not (tmp_path / name).exists()


def test_a_missing_file_is_told(store: Store, tmp_path: Path) -> None:
    assert "No such file" in refused(store, tmp_path / "none.csv")
    assert "directory" in refused(store, tmp_path)


def test_all_that_is_open_is_told_at_once(store: Store, tmp_path: Path) -> None:
    sheet = "sku,quantity\nGHOST,1\nMUG,x\nCUP,-1\nCUP,2\nPOT,\n"
    count(store, "POT", 3)
    with pytest.raises(Undecided) as raised:
        import_stock(store, write(tmp_path, sheet), now=NOW)
    assert {q.about: (q.rows, q.count) for q in raised.value.questions} == {
        About.UNKNOWN: ((2,), 1),
        About.WORD: ((3,), 1),
        About.BELOW_ZERO: ((4,), 1),
        About.EMPTY: ((6,), 1),
        About.TWICE: ((4, 5), 2),
    }
    assert str(raised.value).splitlines()[-1] == "nothing was changed"
    # Each option settles what it says it does.
    answers = Answers(
        skip_unknown=True,
        words={"X": "4"},
        below_zero="skip",
        empty="zero",
    )
    result = import_stock(store, write(tmp_path, sheet), answers=answers, now=NOW)
    assert result.found is not None
    assert result.found.passed == {"below-zero": 1, "unknown": 1}
    assert [level(store, sku)[0] for sku in ("MUG", "CUP", "POT")] == [4, 2, 0]


def test_of_many_rows_the_first_are_told(store: Store, tmp_path: Path) -> None:
    sheet = "sku,quantity\n" + "".join(f"GHOST{n},1\n" for n in range(100))
    lines = refused(store, write(tmp_path, sheet)).splitlines()
    assert lines[0].endswith("100 rows name products that you do not have")
    assert lines[5].strip().startswith("line 6, column 1 (sku): there is no product 'GHOST4'")
    assert lines[6] == "  and 95 more"
    sheet = "sku,quantity,buffer\n" + "".join("MUG,1,x\n" for n in range(100))
    lines = refused(store, write(tmp_path, sheet)).splitlines()
    assert lines[20].endswith("and 80 more problems")


def test_a_line_without_end_is_refused_before_it_fills_the_memory(
    store: Store, tmp_path: Path
) -> None:
    sheet = b"sku,quantity\nMUG,7" + b"7" * 3_000_000
    assert "line 2: more than 1,000,000 characters" in refused(store, write(tmp_path, sheet))
    # One row, of which no line is long.
    sheet = b"sku,quantity\n" + b'"a\n",' * 500_000
    assert "line 200002: more than 1,000,000" in refused(store, write(tmp_path, sheet))


# ---------------------------------------------------------------- many rows


# Memory is measured in a process of its own: others' peaks would hide it.
MEASURED = """
import resource, sys
from pathlib import Path
from cloudstock.sheets.importing import import_stock
from cloudstock.sheets.questions import About, Undecided
from cloudstock.store import Store
from tests.builders import NOW

book, small, large = map(Path, sys.argv[1:])
with Store.open(book) as store:
    import_stock(store, small, now=NOW)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    result = import_stock(store, large, now=NOW)
    print(result.rows, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


def test_a_hundred_thousand_rows_need_no_memory(store: Store, tmp_path: Path) -> None:
    rows = 100_000
    with store.transaction():
        store.connection.execute(
            "INSERT INTO product (sku) WITH RECURSIVE c (n) AS (SELECT 1 UNION ALL"
            " SELECT n + 1 FROM c WHERE n < ?) SELECT printf('S%06d', n) FROM c",
            (rows,),
        )
    small = write(tmp_path, "sku,quantity\nMUG,1\n")
    large = tmp_path / "large.csv"
    with large.open("w") as out:
        out.write("sku,quantity\n")
        out.writelines(f"S{n:06d},{n % 7}\n" for n in range(1, rows + 1))
    command = [sys.executable, "-c", MEASURED, str(store.path), str(small), str(large)]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    counted, kilobytes_more = map(int, told.split())
    assert counted == rows
    # The rows alone, as Python values, would take twenty megabytes and more.
    assert kilobytes_more < 12_000
    stock = store.connection.execute("SELECT count(*), sum(on_hand) FROM stock").fetchone()
    assert tuple(stock) == (rows + 1, sum(n % 7 for n in range(1, rows + 1)) + 1)


# ---------------------------------------------------------------- writing


def test_a_sheet_holds_every_product_and_shelf(store: Store, tmp_path: Path) -> None:
    count(store, "MUG", 7)
    count(store, "MUG", 2, warehouse="attic")
    count(store, "CUP", 0)
    store.connection.execute("UPDATE product SET buffer = 3 WHERE sku = 'CUP'")
    store.connection.execute("UPDATE product SET minimum = 20 WHERE sku = 'MUG'")
    store.connection.execute(
        "INSERT INTO product_barcode (barcode, product_id) SELECT b.value, product.id FROM product,"
        " json_each('[4602, 4601]') b WHERE product.sku = 'CUP'"
    )
    file = tmp_path / "out.csv"
    assert export_stock(store, file, now=NOW) == ExportResult(rows=4, uncounted=1)
    time = NOW.astimezone().isoformat(timespec="microseconds")
    assert file.read_text() == (
        "sku,quantity,warehouse,name,barcode,buffer,minimum,was,as_of\n"
        f"CUP,0,main,The CUP,4601 4602,3,,0,{time}\n"
        f"MUG,2,attic,The MUG,,,20,2,{time}\n"
        f"MUG,7,main,The MUG,,,20,7,{time}\n"
        f"POT,,main,The POT,,,,,{time}\n"
    )
    before = levels(store)
    assert import_stock(store, file, now=after(hours=1)) == ImportResult(
        left_uncounted=1, untouched=3
    )
    assert levels(store) == before


def test_quarantine_is_not_in_the_sheet(store: Store, tmp_path: Path) -> None:
    count(store, "MUG", 7, warehouse="quarantine")
    export_stock(store, tmp_path / "out.csv", now=NOW)
    assert "quarantine" not in (tmp_path / "out.csv").read_text()


def test_formulas_are_made_harmless_and_come_back(store: Store, tmp_path: Path) -> None:
    ozon = store.catalog.account_ids()["ozon-main"]
    evil = '=HYPERLINK("http://x","y")'
    plain = ("'plain", 'a"b,c\nd', "a;b", "a; =b")
    inside = ("Mug;=1+1", "Mug\n=1+1", "Mug;'=1+1", ";;@x", "Mug\t-1", "\uff1d1+1", "\n=1")
    signs = (evil, "+7", "-1", "@A", "\tT", "\rR", "'=quoted", "''+twice")
    for sku in (*signs, *inside, *plain):
        offer(store, ozon, listing(sku, name=sku))
        count(store, sku, 3)
    file = tmp_path / "out.csv"
    export_stock(store, file, now=NOW)
    written = file.read_bytes().decode()
    # However a spreadsheet cuts it: Excel set to Russian at every semicolon, quotes or not.
    for cell in re.split('[,;\t\r\n]"?', written):
        assert not cell.strip('"').startswith(("=", "+", "-", "@", "\uff1d")), cell
    before = contents(store)
    result = import_stock(store, file, now=NOW)
    assert (result.untouched, result.rows, result.first_counted) == (19, 0, 0)
    lines_before = [x for x in before.splitlines() if '"product"' in x]
    assert [x for x in contents(store).splitlines() if '"product"' in x] == lines_before


TEXT = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=8
)


@given(
    skus=st.dictionaries(
        TEXT.filter(lambda s: s.strip() == s or not s.isspace()),
        # A name of blanks is none.
        st.tuples(
            st.integers(0, 10**9),
            TEXT.filter(lambda s: not s.isspace()),
            st.none() | st.integers(0, 99),
        ),
        max_size=6,
    )
)
@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])
def test_any_book_comes_back_from_its_sheet(
    tmp_path_factory: pytest.TempPathFactory, skus: dict[str, tuple[int, str, int | None]]
) -> None:
    file = tmp_path_factory.mktemp("sheet") / "stock.csv"
    with Store.open(file.with_suffix(".db"), create=True) as store:
        for sku, (quantity, name, buffer) in skus.items():
            store.connection.execute(
                "INSERT INTO product (id, sku, name, buffer) VALUES (NULL, ?, ?, ?)",
                (sku, name, buffer),
            )
            count(store, sku, quantity)
        if not skus:
            return
        tables = "SELECT sku, name, buffer, on_hand FROM product JOIN stock ON product_id = id"
        before = [tuple(r) for r in store.connection.execute(tables)]
        export_stock(store, file, now=NOW)
        result = import_stock(store, file, answers=EVERYTHING, now=NOW)
        assert result == ImportResult(untouched=len(skus))
        assert [tuple(r) for r in store.connection.execute(tables)] == before
        with Store.open(file.with_suffix(".other"), create=True) as other:
            for sku in skus:
                other.connection.execute("INSERT INTO product (sku) VALUES (?)", (sku,))
            # Where it was never counted, the same says something.
            assert import_stock(other, file, answers=EVERYTHING, now=NOW).rows == len(skus)
            assert [tuple(r) for r in other.connection.execute(tables)] == before


def test_the_old_sheet_stays_whole_until_the_new_one_is(store: Store, tmp_path: Path) -> None:
    file = tmp_path / "out.csv"
    file.write_text("old")
    file.chmod(0o640)
    store.connection.execute("ALTER TABLE product_barcode RENAME TO hidden")
    with pytest.raises(Exception, match="product_barcode"):
        export_stock(store, file, now=NOW, force=True)
    assert file.read_text() == "old"
    store.connection.execute("ALTER TABLE hidden RENAME TO product_barcode")
    export_stock(store, file, now=NOW, force=True)
    assert file.read_text().startswith("sku,quantity")
    assert file.stat().st_mode & 0o777 == 0o640
    assert [p.name for p in tmp_path.iterdir() if "part" in p.name] == []


def test_a_new_sheet_is_a_document_like_any_other(store: Store, tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        export_stock(store, tmp_path / "out.csv", now=NOW, force=True)
    finally:
        os.umask(before)
    assert (tmp_path / "out.csv").stat().st_mode & 0o777 == 0o640


def test_a_private_sheet_is_open_to_nobody_while_it_is_replaced(
    store: Store, tmp_path: Path
) -> None:
    file = tmp_path / "out.csv"
    file.touch(mode=0o600)
    modes = []

    def look(_: str) -> None:
        modes.extend(p.stat().st_mode & 0o777 for p in tmp_path.glob(".out.csv.*"))

    before = os.umask(0)
    store.connection.set_trace_callback(look)
    try:
        export_stock(store, file, now=NOW, force=True)
    finally:
        store.connection.set_trace_callback(None)
        os.umask(before)
    assert set(modes) == {0o600}
    assert file.stat().st_mode & 0o777 == 0o600


def test_standard_output_takes_a_sheet(
    store: Store, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    export_stock(store, "-", now=NOW)
    assert capfdbinary.readouterr().out.startswith(
        b"sku,quantity,warehouse,name,barcode,buffer,minimum,was,as_of\n"
    )


def test_a_sheet_that_cannot_be_written_is_told(store: Store, tmp_path: Path) -> None:
    with pytest.raises(UsageProblem, match="No such file"):
        export_stock(store, tmp_path / "none" / "out.csv", now=NOW)
    with pytest.raises(UsageProblem, match="No space left"):
        export_stock(store, "/dev/full", now=NOW)
