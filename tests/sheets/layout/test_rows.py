"""The rows of data of a table; what is passed over, and what is doubtful."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cloudstock.sheets.answers import Answers
from cloudstock.sheets.layout.records import Quantity
from cloudstock.sheets.layout.rows import Passed, Stray
from cloudstock.sheets.reading.grid import Cell, Kind, Row
from tests.sheets.layout.documents import File, Table, read, sheet, text, workbook


def number(value: str, shown: str = "") -> Cell:
    return Cell(value, Kind.NUMBER, shown)


def test_rows_of_a_report_are_its_products_alone() -> None:
    records, rows = read(
        workbook(
            ["Прайс-лист"],
            [],
            ["Артикул", "Штрихкод", "Наименование", "Цена", "Наличие"],
            ["Товары для кухни"],
            ["KR-0401", "2012345000018", "Кружка", "349.9", "10+"],
            ["TR-1200", "2012345000032", "Термос", "1990", "нет"],
            ["    Прочее"],
            ["GV-100", "2012345000179", "Горшок", "219", "3 шт"],
            ["Артикул", "Штрихкод", "Наименование", "Цена", "Наличие"],
            ["LM-06", "2012345000056", "Лампа", "899"],
            [],
            ["Итого наименований:", "", "", "", "4"],
            ["Цены действительны до конца месяца."],
            ["Менеджер", "", "______"],
        )
    )
    data = [(r.line, r.sku, r.kind, r.units) for r in records if not r.group]
    assert data == [
        (5, "KR-0401", Quantity.AT_LEAST, 10),
        (6, "TR-1200", Quantity.WORD, None),
        (8, "GV-100", Quantity.ONE_READING, 3),
        (10, "LM-06", Quantity.EMPTY, None),
    ]
    # Where no product has such an article; a name alone proves nothing.
    assert [r.line for r in records if r.group] == [4, 7, 13, 14]
    assert rows.passed == {Passed.HEADER: 1, Passed.TOTAL: 1}


def test_a_number_that_is_shown_with_a_plus_is_one_at_least() -> None:
    shown = ["9+", "> 9", "9", "0009", "9 шт"]
    products = [[f"KR-{n}", number("9", as_shown)] for n, as_shown in enumerate(shown)]
    records, _ = read(workbook(["Артикул", "Остаток"], *products))
    assert [(r.cell, r.kind, r.units) for r in records] == [
        ("9+", Quantity.AT_LEAST, 9),
        ("> 9", Quantity.AT_LEAST, 9),
        *[("9", Quantity.NUMBER, 9)] * 3,
    ]


def test_a_subtotal_is_passed_over_and_a_product_without_article_is_not() -> None:
    records, rows = read(
        workbook(
            ["Код", "Артикул", "Наименование", "Ед.", "Остаток"],
            ["Посуда"],
            ["001", "KR-0401", "Кружка", "шт", number("12")],
            ["002", "", "Без артикула", "шт", number("3")],
            ["", "", "Свет", "", number("31")],
            ["003", "LM-06", "Лампа", "шт", number("31")],
            ["Итого:", "", "", "", number("46")],
        )
    )
    assert [(r.line, r.sku, r.units) for r in records] == [
        (3, "KR-0401", 12),
        (4, "", 3),
        (6, "LM-06", 31),
    ]
    assert rows.passed == {Passed.GROUP: 2, Passed.TOTAL: 1}


def test_rows_without_article_that_sum_up_those_below_are_titles() -> None:
    records, rows = read(
        workbook(
            ["Номенклатура", "Артикул", "Конечный остаток"],
            ["Посуда", "", number("19")],
            ["Кружки", "", number("12")],
            ["Кружка", "K-1", number("12")],
            ["Без артикула", "", number("3")],
            ["Термосы", "", number("7")],
            ["Термос", "T-1", number("4")],
            ["Термос", "T-2", number("3")],
            ["Итого", "", number("22")],
        )
    )
    assert [(r.line, r.sku) for r in records] == [(4, "K-1"), (7, "T-1"), (8, "T-2"), (5, "")]
    assert rows.passed == {Passed.GROUP: 3, Passed.TOTAL: 1}


def test_a_product_is_never_taken_for_a_group_where_nothing_else_is_told_of_products() -> None:
    records, rows = read(text("Артикул;Остаток", "КРУЖКА;5", "ТЕРМОС;", "A-1;7"))
    assert [r.sku for r in records if not r.group] == ["КРУЖКА", "ТЕРМОС", "A-1"]
    assert not rows.passed


def test_rows_of_groups_name_the_warehouse() -> None:
    records, rows = read(
        workbook(
            ["Склад", "", "Количество"],
            ["Номенклатура", "Артикул", "Приход", "Конечный остаток"],
            ["Основной склад", "", "60", "49"],
            ["Кружка", "KR-0401", "20", "12"],
            ["Лампа", "LM-06", "40", "37"],
            ["Брак", "", "1", "1"],
            ["Кружка", "KR-0401", "1", "1"],
            ["Итого", "", "61", "50"],
        )
    )
    assert [(r.sku, r.warehouse, r.units) for r in records] == [
        ("KR-0401", "Основной склад", 12),
        ("LM-06", "Основной склад", 37),
        ("KR-0401", "Брак", 1),
    ]
    assert rows.passed == {Passed.GROUP: 2, Passed.TOTAL: 1}


def test_hints_under_a_header_are_no_data() -> None:
    records, rows = read(
        workbook(
            ["Ваш SKU *", "Название товара", "Доступное количество товара *"],
            ["обязательно", "для справки", "обязательно, целое число"],
            ["00045", "Крючок", number("7")],
        )
    )
    assert [(r.sku, r.units, r.doubt) for r in records] == [("00045", 7, "")]
    assert rows.passed == {Passed.HINT: 1}


def test_a_header_of_two_rows_that_stands_again_is_no_data() -> None:
    upper = ["Товар", "", "Остаток", ""]
    lower = ["Артикул", "Наименование", "Москва", "Казань"]
    answers = Answers(columns={"quantity": "Москва"})
    records, rows = read(
        workbook(upper, lower, ["A-1", "Кружка", "5", "1"], upper, lower, ["A-2", "Чашка", "нет"]),
        answers,
    )
    assert [r.sku for r in records] == ["A-1", "A-2"]
    assert rows.passed == {Passed.HEADER: 2}


def test_what_a_cell_shows_is_told() -> None:
    (record,), _ = read(workbook(["Артикул", "Остаток"], [number("45", "00045"), number("5")]))
    assert "00045" in record.doubt


def test_columns_that_are_numbered_under_a_header_are_perhaps_no_data() -> None:
    """Where no product has the article 1."""
    records, _ = read(text("Артикул;Наименование;Остаток", "1;2;3", "A-1;Кружка;5"))
    assert [(r.sku, r.group) for r in records] == [("1", True), ("A-1", False)]


@pytest.mark.parametrize(
    ("cell", "sku"),
    [
        (number("45", "00045"), "45"),
        (number("4.5"), "4.5"),
        (Cell("2026-04-03", Kind.DATE), "2026-04-03"),
        (Cell('="00"&"045"', Kind.FORMULA), '="00"&"045"'),
        (Cell("#N/A", Kind.ERROR), "#N/A"),
    ],
)
def test_an_article_that_is_no_text_is_doubtful(cell: Cell, sku: str) -> None:
    records, rows = read(workbook(["Артикул", "Остаток"], [cell, number("5")], ["45", number("1")]))
    assert records[0].sku == sku
    assert records[0].doubt
    assert records[1].doubt == ""
    assert not rows.damaged


@pytest.mark.parametrize("damage", ["03.апр", "1,20E+04", "Apr-26", "2026-04-03", "#ИМЯ?", "3-Apr"])
def test_a_text_that_a_spreadsheet_saved_shows_it(damage: str) -> None:
    records, rows = read(text("Артикул;Остаток", "45;30", f"{damage};2"))
    assert rows.damaged
    assert [bool(r.doubt) for r in records] == [False, True]


@pytest.mark.parametrize(
    "sku", ["12E3", "4.5", "3-4", "SEP", "MAY-100", "10.20.30", "МАРТ", "0012"]
)
def test_an_article_that_only_looks_odd_is_certain(sku: str) -> None:
    (record,), rows = read(text("Артикул;Остаток", f"{sku};30"))
    assert (record.sku, record.doubt, rows.damaged) == (sku, "", False)


def test_a_shortened_barcode_shows_the_damage_too() -> None:
    _, rows = read(text("Артикул;Штрихкод;Остаток", "45;2,01235E+12;3"))
    assert rows.damaged


@pytest.mark.parametrize(
    ("cell", "barcode"),
    [
        ("2012345000018.0", "2012345000018"),
        (" 2012345000018 ", "2012345000018"),
        ('="2012345000018"', "2012345000018"),
        ("2012345000018, 2012345000025", "2012345000018, 2012345000025"),
        ("OZN123", "OZN123"),
    ],
)
def test_barcodes_are_cleaned_of_what_programs_add(cell: str, barcode: str) -> None:
    (record,), _ = read(text("sku;quantity;barcode;price", f"A;1;{cell};9"))
    assert record.barcode == barcode


def test_cells_under_no_title_are_told() -> None:
    records, rows = read(
        File(
            [
                Table(
                    "Лист1",
                    [
                        Row(1, ["Артикул", "Остаток"]),
                        Row(2, ["A-1", "5", "", "x"]),
                        Row(1_048_576, [*[""] * 16_383, "y"]),
                    ],
                )
            ]
        )
    )
    assert [r.sku for r in records] == ["A-1"]
    assert rows.strays == [Stray(2, 3, "x"), Stray(1_048_576, 16_383, "y")]
    assert rows.stray_count == 2


def test_an_article_inside_a_name_is_taken_out() -> None:
    answers = Answers(columns={"sku": "Товар [арт. *]"})
    records, rows = read(
        text("Товар;Залишок", "Посуда;", "Кружка, арт. KR-0401 (шт.);5", "без группы (шт.);20"),
        answers,
    )
    assert [(r.sku, r.units) for r in records] == [("KR-0401", 5)]
    assert rows.passed == {Passed.GROUP: 2}


def test_a_sheet_of_ours_has_no_rows_but_data() -> None:
    records, rows = read(text("sku;quantity;name", "Итого;5;", " A-1 ;7;Кружка", ";;", ";3;Без"))
    assert [(r.sku, r.written, r.units) for r in records] == [
        ("Итого", "", 5),
        ("A-1", " A-1 ", 7),
        ("", "", 3),
    ]
    assert rows.passed == {Passed.EMPTY: 1}


def test_hidden_rows_are_told() -> None:
    document = File([Table("Л", [Row(1, ["Артикул", "Остаток"]), Row(2, ["A", "5"], hidden=True)])])
    (record,), _ = read(document)
    assert record.hidden


def test_what_is_counted_and_cannot_be_bought_is_noted() -> None:
    goods = (["A", "3", "false"], ["B", "3", "true"], ["C", "0", "false"], ["D", "", "false"])
    feed = File([sheet("", *goods)], elements=["vendorCode", "count", "available"])
    _, rows = read(feed)
    assert (rows.unavailable.lines, rows.unavailable.count) == ([1], 1)


CELLS = st.sampled_from(
    ["", "A-1", "Кружка", "5", "10+", "Итого", "нет", "12,5", " ", "Артикул", "Остаток", "шт"]
)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.lists(CELLS, max_size=4), max_size=12))
def test_each_row_is_yielded_or_counted_once(body: list[list[str]]) -> None:
    """Nothing vanishes: a row is a record, or it is counted among those passed over."""
    document = File([sheet("", ["Артикул", "Наименование", "Ед.", "Остаток"], *body)])
    records, rows = read(document)
    assert len(records) + sum(rows.passed.values()) == sum(bool(row) for row in body)
    named = [r.line for r in records if r.sku]
    assert named == sorted(set(named))
