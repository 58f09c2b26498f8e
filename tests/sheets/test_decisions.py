"""What is open in a file is asked; what is said settles it; what changes much asks for a word."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from cloudstock.domain.records import Step
from cloudstock.errors import Unconfirmed, UsageProblem
from cloudstock.sheets.answers import Answers
from cloudstock.sheets.counting import Difference
from cloudstock.sheets.importing import import_stock
from cloudstock.sheets.questions import About, Undecided
from cloudstock.sheets.sums import is_much
from cloudstock.store import Store
from cloudstock.store.sources import taken
from tests.builders import NOW, account, after, book, contents, count, level, order
from tests.sheets.reading.books import xlsx

COUNTED = {"MUG": 7, "CUP": 4}


def sheet(folder: Path, *lines: str) -> Path:
    file = folder / "stock.csv"
    file.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return file


def asked(store: Store, file: Path, answers: Answers) -> dict[About, tuple[tuple[int, ...], int]]:
    """Return what is asked about a file, having seen that nothing changed."""
    before = contents(store)
    with pytest.raises(Undecided) as raised:
        import_stock(store, file, answers=answers, now=NOW)
    assert contents(store) == before
    return {q.about: (tuple(q.rows), q.count) for q in raised.value.questions}


def levels(store: Store, *skus: str) -> list[int | None]:
    return [level(store, sku)[0] for sku in skus]


def numbered(store: Store, units: int, count_of: int = 20) -> list[str]:
    """Products that were counted once."""
    skus = [f"S-{n:02}" for n in range(count_of)]
    for sku in skus:
        store.connection.execute("INSERT INTO product (sku) VALUES (?)", (sku,))
        count(store, sku, units, now=after(hours=-1))
    return skus


# ---------------------------------------------------------------- articles and barcodes


@pytest.fixture
def zeros(store: Store) -> Store:
    """Products whose articles a spreadsheet spoils."""
    for sku, barcode in (("00045", "4601"), ("00120", "4602"), ("120", "4603"), ("3-4", "4604")):
        store.connection.execute("INSERT INTO product (sku) VALUES (?)", (sku,))
        store.connection.execute(
            "INSERT INTO product_barcode (barcode, product_id)"
            " SELECT ?, id FROM product WHERE sku = ?",
            (barcode, sku),
        )
    return store


def test_zeros_that_a_spreadsheet_took_are_asked_about_where_a_row_proves_it(
    zeros: Store, tmp_path: Path
) -> None:
    lines = ("Артикул;Остаток", "MUG;1", "120;8", "45;30", "03.апр;2")
    file = sheet(tmp_path, *lines)
    # None of them is unknown: something may be meant.
    for answers in (Answers(), Answers(skip_unknown=True)):
        assert asked(zeros, file, answers) == {About.SKU: ((3, 4, 5), 3)}
    import_stock(zeros, file, answers=Answers(doubtful="as-perhaps"), now=NOW)
    assert levels(zeros, "MUG", "00120", "00045", "3-4", "120") == [1, 8, 30, 2, None]
    # Nothing proves it where every article is a product's.
    file = sheet(tmp_path, "Артикул;Остаток", "MUG;1", "120;8")
    import_stock(zeros, file, now=NOW)
    assert levels(zeros, "120") == [8]
    # Or where others have theirs.
    file = sheet(tmp_path, "Артикул;Остаток", "00120;3", "45;30")
    assert asked(zeros, file, Answers()) == {About.UNKNOWN: ((3,), 1)}


def test_what_several_articles_are_without_their_zeros_may_be_none_of_them(
    zeros: Store, tmp_path: Path
) -> None:
    # Nor may a date that two of them may have become.
    zeros.connection.execute("INSERT INTO product (sku) VALUES ('045'), ('5-6'), ('6-5')")
    file = sheet(tmp_path, "sku,quantity", "45,5", "3-4,2", "05.июн,7")
    import_stock(zeros, file, answers=Answers(doubtful="as-perhaps", skip_unknown=True), now=NOW)
    assert levels(zeros, "00045", "045", "3-4", "5-6", "6-5") == [None, None, 2, None, None]


def test_a_barcode_names_a_product_where_the_user_says_so(zeros: Store, tmp_path: Path) -> None:
    file = sheet(tmp_path, "Артикул;Штрихкод;Остаток", "X-1;4601;5", "MUG;;2", ";4604;3")
    assert asked(zeros, file, Answers()) == {About.SKU: ((2, 4), 2)}
    assert asked(zeros, file, Answers(key="sku")).keys() == {About.UNKNOWN}
    by_barcode = Answers(key="barcode", skip_unknown=True)
    import_stock(zeros, file, answers=by_barcode, now=NOW)
    assert levels(zeros, "00045", "3-4", "MUG") == [5, 3, None]


def test_a_barcode_of_several_products_names_none(zeros: Store, tmp_path: Path) -> None:
    zeros.connection.execute(
        "INSERT INTO product_barcode (barcode, product_id)"
        " SELECT '4601', id FROM product WHERE sku = 'MUG'"
    )
    file = sheet(tmp_path, "Баркод;Количество", "4601;5", "4602;6")
    assert asked(zeros, file, Answers()) == {About.BARCODE: ((2,), 1)}


# ---------------------------------------------------------------- warehouses


def test_warehouses_of_a_file_are_ours_by_the_user_s_word(store: Store, tmp_path: Path) -> None:
    store.ledger.warehouse("attic")
    file = sheet(
        tmp_path, "Артикул;Склад;Остаток", "MUG;Основной;5", "MUG;Брак;1", "MUG;attic;2", "CUP;;3"
    )
    assert asked(store, file, Answers()) == {About.WAREHOUSE: ((2, 3), 2)}
    places = {"Основной": "main", "*": "skip"}
    result = import_stock(store, file, answers=Answers(warehouses=places), now=NOW)
    assert result.found is not None
    assert result.found.passed == {"warehouse": 1}
    assert (level(store, "MUG")[0], level(store, "MUG", "attic")[0], levels(store, "CUP")) == (
        5,
        2,
        [3],
    )
    with pytest.raises(UsageProblem, match="no warehouse 'cellar'"):
        import_stock(store, file, answers=Answers(warehouse="cellar"), now=NOW)


@pytest.mark.parametrize(
    ("above", "name"),
    [
        ("Склад: attic;", "attic"),
        ("Склад:;attic", "attic"),
        ('Отбор: Склад Равно "attic";', "attic"),
        ("Склад: Основной;", "Основной"),
        ("Склад: Все склады;", ""),
        ("Склад: attic, main;", ""),
        ("Отчёт;Склад-магазин", ""),
    ],
)
def test_a_warehouse_above_the_table_is_that_of_its_rows(
    store: Store, tmp_path: Path, above: str, name: str
) -> None:
    quotes = Answers(quotes="none")
    file = sheet(tmp_path, above, "Артикул;Остаток", "MUG;5")
    import_stock(store, file, answers=replace(quotes, warehouse="main"), now=NOW, dry_run=True)
    # Whatever a file calls the only one.
    if name != "attic":
        import_stock(store, file, answers=quotes, now=NOW, dry_run=True)
    store.ledger.warehouse("attic")
    if name == "Основной":
        assert asked(store, file, quotes) == {About.WAREHOUSE: ((3,), 1)}
        quotes = replace(quotes, warehouses={"Основной": "attic"})
    import_stock(store, file, answers=quotes, now=NOW)
    assert level(store, "MUG", "attic" if name else "main")[0] == 5


def test_a_table_that_goes_on_over_several_sheets_is_one(store: Store, tmp_path: Path) -> None:
    def cells(*rows: str) -> str:
        return "".join(
            f'<row r="{n}">'
            + "".join(f'<c t="inlineStr"><is><t>{c}</t></is></c>' for c in row.split(";"))
            + "</row>"
            for n, row in enumerate(rows, start=1)
        )

    title = "Артикул;Остаток"
    file = xlsx(
        tmp_path / "list.xlsx",
        cells("Посуда", title, "MUG;5", "NONE;1"),
        cells(title, "CUP;3", "NONE-2;1"),
    )
    answers = Answers(sheet="*")
    with pytest.raises(Undecided) as raised:
        import_stock(store, file, answers=answers, now=NOW)
    (question,) = raised.value.questions
    assert (question.about, list(question.rows)) == (About.UNKNOWN, [4, 3])
    assert "sheet 'S1': cell A4" in question.text
    assert "sheet 'S2': cell A3" in question.text
    result = import_stock(store, file, answers=replace(answers, skip_unknown=True), now=NOW)
    assert result.found is not None
    assert (result.found.sheet, result.found.passed) == ("S1, S2", {"unknown": 2})
    assert levels(store, "MUG", "CUP") == [5, 3]


# ---------------------------------------------------------------- what the numbers mean


def test_reserved_units_are_added_to_what_is_available(store: Store, tmp_path: Path) -> None:
    for sku, units in COUNTED.items():
        count(store, sku, units, now=after(hours=-1))
    book(store, account(), order("1", {"MUG": 2}), now=NOW)
    file = sheet(tmp_path, "sku,quantity", "MUG,5", "CUP,4")
    available = Answers(means="available")
    import_stock(store, file, answers=available, now=after(minutes=1))
    assert (level(store, "MUG"), level(store, "CUP")) == ((7, 2), (4, 0))
    # What has left since was reserved then.
    left = order("1", {"MUG": 2}, Step.SHIPPED, shipped_at=after(minutes=20))
    book(store, account(), left, now=after(minutes=21), watched_since=NOW)
    file = sheet(tmp_path, "sku,quantity", "MUG,6")
    import_stock(store, file, answers=available, now=after(hours=1), at=after(minutes=10), yes=True)
    assert level(store, "MUG") == (6, 0)
    # So was what was cancelled since; what was made after then, or cancelled before, was not.
    ordered = order("2", {"MUG": 3}, created_at=after(minutes=62))
    cancelled = replace(ordered, step=Step.CANCELLED, changed_at=after(minutes=70))
    book(store, account(), ordered, now=after(minutes=62))
    book(store, account(), cancelled, now=after(minutes=75))
    book(store, account(), order("3", {"MUG": 1}, created_at=after(minutes=77)), now=after(hours=2))
    for at, on_hand in ((61, 6), (65, 9), (72, 6), (78, 7)):
        then, now = after(minutes=at), after(hours=3)
        import_stock(store, file, answers=available, now=now, at=then, yes=True)
        assert level(store, "MUG") == (on_hand, 1)


def test_what_the_file_does_not_name_is_counted_zero_by_the_user_s_word(
    store: Store, tmp_path: Path
) -> None:
    for sku, units in COUNTED.items():
        count(store, sku, units, now=after(hours=-1))
    # Ordered, and never counted: what is not known is not zero.
    book(store, account(), order("1", {"POT": 1}), now=NOW)
    file = sheet(tmp_path, "sku,quantity", "MUG,5")
    kept = import_stock(store, file, now=NOW)
    assert kept.found is not None
    assert (kept.found.not_in_file, levels(store, "MUG", "CUP")) == (1, [5, 4])
    result = import_stock(store, file, answers=Answers(missing="zero"), now=NOW, yes=True)
    assert (result.rows, result.emptied, levels(store, "MUG", "CUP", "POT")) == (2, 1, [5, 0, None])
    # A row that is passed over names its product all the same.
    file = sheet(tmp_path, "Артикул;Остаток", "MUG;есть", "CUP;1")
    answers = Answers(missing="zero", words={"*": "skip"})
    named = import_stock(store, file, answers=answers, now=NOW).found
    assert levels(store, "MUG", "CUP") == [5, 1]
    assert named is not None
    assert named.not_in_file == 0


def test_rows_of_one_product_are_added_up_by_the_user_s_word(store: Store, tmp_path: Path) -> None:
    file = sheet(tmp_path, "sku,quantity", "MUG,2", "CUP,4", "MUG,3", "MUG,1")
    assert asked(store, file, Answers()) == {About.TWICE: ((2, 4, 5), 3)}
    assert import_stock(store, file, answers=Answers(sum_rows=True), now=NOW).rows == 2
    assert levels(store, "MUG", "CUP") == [6, 4]


def test_a_line_without_an_end_counts_or_is_left_out_by_the_user_s_word(
    store: Store, tmp_path: Path
) -> None:
    file = tmp_path / "stock.csv"
    file.write_text("sku,quantity\nMUG,5\nCUP,4")
    assert asked(store, file, Answers()) == {About.CUT: ((3,), 1)}
    for answer, counted in (("skip", [5, None]), ("as-written", [5, 4])):
        import_stock(store, file, answers=Answers(doubtful=answer), now=NOW, yes=True)
        assert levels(store, "MUG", "CUP") == counted


# ---------------------------------------------------------------- what changes much


@pytest.mark.parametrize(
    ("lines", "answers", "told"),
    [
        (["S-00,5"], Answers(missing="zero"), "19 of 20 products"),
        ([f"S-{n:02},{0 if n < 10 else 5}" for n in range(20)], Answers(), "10 of 20 products"),
        ([f"S-{n:02},{51 if n < 10 else 5}" for n in range(20)], Answers(), "column of prices"),
        (["S-00,2000"], Answers(), "2,000 units in place of 5"),
    ],
)
def test_what_empties_or_multiplies_much_is_asked_about(
    store: Store, tmp_path: Path, lines: list[str], answers: Answers, told: str
) -> None:
    numbered(store, 5)
    file = sheet(tmp_path, "sku,quantity", *lines)
    before = contents(store)
    with pytest.raises(Unconfirmed, match=told):
        import_stock(store, file, answers=answers, now=NOW)
    assert contents(store) == before
    assert import_stock(store, file, answers=answers, now=NOW, yes=True).rows >= 1


@pytest.mark.parametrize(
    ("some", "of", "much"), [(9, 9, False), (10, 50, False), (11, 50, True), (10, 49, True)]
)
def test_much_is_more_than_a_fifth_and_ten_at_the_least(some: int, of: int, much: bool) -> None:
    assert is_much(some, of) is much


def test_many_more_of_very_many_are_not_asked_about(store: Store, tmp_path: Path) -> None:
    numbered(store, 2000)
    assert import_stock(store, sheet(tmp_path, "sku,quantity", "S-00,3500"), now=NOW).rows == 1


@pytest.mark.parametrize(
    "lines",
    [
        [f"S-{n:02},{0 if n < 4 else 5}" for n in range(20)],
        [f"S-{n:02},{50 if n < 10 else 5}" for n in range(20)],
        ["S-00,900"],
    ],
)
def test_what_happens_every_day_is_not_asked_about(
    store: Store, tmp_path: Path, lines: list[str]
) -> None:
    numbered(store, 5)
    assert import_stock(store, sheet(tmp_path, "sku,quantity", *lines), now=NOW).rows == len(lines)


def test_a_look_tells_what_changes_and_nothing_else(store: Store, tmp_path: Path) -> None:
    count(store, "MUG", 7)
    count(store, "CUP", 4)
    seen: list[Difference] = []
    file = sheet(tmp_path, "sku,quantity,name,buffer", "MUG,5,Mug,2", "CUP,4,The CUP,", "POT,1,,")
    options: dict[str, Any] = {"now": NOW, "dry_run": True, "look": seen.extend}
    import_stock(store, file, **options)
    assert [(d.sku, d.before, d.after, d.name_after) for d in seen] == [
        ("MUG", 7, 5, None),
        ("POT", None, 1, None),
    ]
    seen.clear()
    import_stock(store, file, answers=Answers(update=("names", "buffers")), **options)
    assert [(d.sku, d.name_before, d.name_after, d.buffer_after) for d in seen] == [
        ("MUG", "The MUG", "Mug", 2),
        ("POT", None, None, None),
    ]


# ---------------------------------------------------------------- sources


def test_a_source_s_numbers_are_of_its_file_and_a_later_count_stands(
    store: Store, tmp_path: Path
) -> None:
    account_id = store.catalog.account_ids()["ozon-main"]
    with store.transaction():
        since = after(hours=-9)
        store.cursors.finish(account_id, "orders", began_at=since, read_until=since, now=since)
    count(store, "MUG", 7, now=after(hours=-3))
    count(store, "CUP", 4, now=after(minutes=-5))
    file, written_at = sheet(tmp_path, "sku,quantity", "MUG,9", "CUP,1"), after(hours=-1)
    os.utime(file, (written_at.timestamp(), written_at.timestamp()))
    result = import_stock(store, file, source="a", now=NOW)
    assert result.found is not None
    assert (result.rows, result.found.passed) == (1, {"counted-later": 1})
    assert levels(store, "MUG", "CUP") == [9, 4]
    last = taken(store.connection, "a")
    assert last is not None
    assert (last.written_at, last.taken_at, last.counted) == (written_at, NOW, 1)
    assert import_stock(store, file, source="a", now=after(hours=1)).unchanged
    # Read in another way it is another file.
    read_anew = import_stock(
        store, file, source="a", answers=Answers(empty="skip"), now=after(hours=1), yes=True
    )
    assert not read_anew.unchanged
