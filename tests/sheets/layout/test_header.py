"""Where the table of a file stands, and what is asked where a file leaves that open."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cloudstock.errors import UsageProblem
from cloudstock.sheets.answers import Answers
from cloudstock.sheets.layout.header import find
from cloudstock.sheets.layout.records import Role
from cloudstock.sheets.layout.vocabulary import OTHER, folded, meaning
from cloudstock.sheets.questions import About
from tests.sheets.layout.documents import File, layout_of, sheet, text, workbook

SKU, QUANTITY, NAME, BARCODE, WAREHOUSE = (
    Role.SKU,
    Role.QUANTITY,
    Role.NAME,
    Role.BARCODE,
    Role.WAREHOUSE,
)


@pytest.mark.parametrize(
    ("role", "titles"),
    [
        (
            SKU,
            """Артикул|артикул товара|Артикул поставщика|Артикул продавца|Ваш артикул|Арт.|Арт
|Артикул*|SKU|Seller SKU|seller-sku|Variant SKU|Item SKU|Vendor code|vendor_code
|VendorCode|Код|Код товара|Код номенклатуры|Item code|Product code|Part Number
|Номенклатурный номер|Артикул номенклатуры|Номенклатура.Артикул|Артикул (SKU)
|SKU / Артикул|Ваш SKU|Ваш SKU *|Offer ID|offer_id|Артикул/код|Код артикула
|Каталожный номер|Кат. номер|Product SKU|Merchant SKU|Stock Code|Item No.|Reference
|Код (артикул)|Артикул, код|Номенклатура, Артикул|Артикул на складе
|Идентификатор товара|sku|Артикул *|«Артикул»|Артикул продавца*|Артикул (доп.)""",
        ),
        (
            BARCODE,
            """Штрихкод|Штрих-код|Штрих код|ШК|ШК товара|Штрихкоды|Баркод|Баркоды|Barcode|EAN|EAN13
|EAN-13|GTIN|UPC|Штрихкод EAN13|Штрихкод товара|Штрихкод (EAN-13)
|Номенклатура.Штрихкод|Variant Barcode|bar_code|Штрих-код товара|Штрих-код EAN
|Последний баркод|ean_code|GTIN, UPC, EAN, or ISBN|Баркод товара""",
        ),
        (
            NAME,
            """Наименование|Название|Название товара|Наименование товара|Номенклатура|Товар|Товары
|Наименование номенклатуры|Номенклатура, характеристика|Наименование (полное)
|Полное наименование|Name|Title|Product|Product name|Product title|Item|Item name
|Назва|Назва товару|Найменування|Номенклатура / Характеристика|Рабочее наименование
|Товарная позиция|Наименование продукции|product_name|Позиция|name
|Наименование (рус.)""",
        ),
        (
            WAREHOUSE,
            """Склад|Название склада|Наименование склада|Склад хранения|Warehouse|Location
|Location Name|Store|Магазин|Филиал|Подразделение|Склад / магазин|Warehouse name
|Склад отгрузки|Склад продавца|warehouse""",
        ),
        (
            QUANTITY,
            """Остаток|Остатки|Остаток, шт|Остаток (шт.)|Остаток шт.|Остаток на складе
|Остатки на складе|Остаток на складе, шт.|Остаток общий|Общий остаток
|Остаток на конец|Кон. остаток|Конечный остаток|Остаток на конец периода
|Текущий остаток|Свободный остаток|Св. остаток|Свободно|Своб. остаток|Доступно
|Доступно для продажи|Доступное количество|Доступно к заказу|В наличии|Наличие
|Наличие на складе|Наличие, шт|Кол-во|Кол-во, шт|Кол-во на складе|Кол.|Кол
|Количество|Количество на складе|Количество (остаток)|Кількість|Залишок|Залишки
|Залишок на складі|Наявність|В наявності|Доступно до продажу|Вільний залишок|К-сть
|Stock|Stock quantity|Stock Qty|Qty|QTY|Quantity|Quantity available|Available
|Available quantity|Available Qty|Inventory|Inventory quantity|Inventory Level
|On hand|On Hand Qty|Qty on hand|In stock|Free stock|Current stock|stock_quantity
|quantity_available|available_quantity|inventory_quantity|stock_level|Склад шт|Запас
|Запасы|Всего на складе|Остаток FBS|Остатки на вашем складе
|Количество на складе продавца|Остаток товара|Остаток в базовых единицах
|Остаток, ед.|Физический остаток|Фактическое наличие|Остаток (кол-во)
|Кол-во доступно|Доступно на складе|На складе|На остатке|Количество товара на складе
|Доступное для заказа количество|Наличие (шт)|Нал.|Остаток итого|Остаток на сегодня
|Свободный остаток на складе|Ост.|Баланс|Total stock|Total Quantity
|Sellable Quantity|Quantity in stock|Amount in stock|Свободные остатки
|Остаток на складах|Остатки (шт)|Кол-во в наличии|Количество доступное
|Кол-во остаток|Доступный остаток|остаток_на_складе|stock_qty|quantity|ОСТАТОК:
|Количество\N{NO-BREAK SPACE}шт|Доступное количество товара *|Остаток без резерва
|Variant Inventory Qty|Итого по складам|Доступно к продаже|Остатки на 29.11.2026
|Available (not editable)|On hand (current)|Кол-во (шт.)""",
        ),
    ],
)
def test_titles_of_programs_and_cabinets_are_known(role: Role, titles: str) -> None:
    for title in titles.replace("\n", "").split("|"):
        named = meaning([title])
        assert named is not None, title
        assert named.role is role, title


NO_COLUMN_OF_OURS = """Цена|Цена, руб|Цена за ед.|Розничная цена|РРЦ|МРЦ|Price|Cost|Стоимость|Сумма
|Сумма остатка|Остаток, сумма|Стоимость остатка|Себестоимость|Резерв|В резерве
|Зарезервировано|Reserved|Ожидание|Ожидается|В пути|In transit|Incoming|Приход
|Расход|Оборот|Начальный остаток|Остаток на начало|Мин. остаток|Минимальный остаток
|Неснижаемый остаток|Ваш заказ|Заказ|Заказ, шт|Кол-во к заказу|Количество в заказе
|Упаковка|Упаковка, шт|В упаковке|Кол-во в упаковке|Кол-во в коробке|Шт в упаковке
|Кратность|Мин. партия|Минимальная партия|Норма упаковки|Вес|Вес, кг|Объем|Ед. изм.
|Ед.изм|Единица|Единица измерения|Бренд|Производитель|Категория|Группа|Страна|Дата
|Дата остатка|Срок годности|Дней без продаж|Продажи|Продано|Возвраты|Брак|In stock?
|Low stock amount|Backorders allowed?|Stock status|Unavailable (not editable)
|Committed (not editable)|Incoming (not editable)|Артикул WB|Артикул Ozon
|Артикул производителя бренда|nmID|Внешний код|UUID|ID|№|НДС|Фото|Ссылка|Комментарий
|Уценка|Оборачиваемость, дней|Количество мест|Рекомендуемое количество
|Нужно поставить|Количество продаж|Кол-во фото|Срок поставки|Поступление
|Ближайшее поступление|Дефицит|Излишек|Остаток (вес)|Остаток в упаковках
|Страховой запас|Дней запаса|Артикул группы|Ставка НДС|Заблокировано
|Товары в пути до клиентов|Количество в коробе|Ваш заказ, кол-во"""


@pytest.mark.parametrize("title", NO_COLUMN_OF_OURS.replace("\n", "").split("|"))
def test_what_looks_like_a_column_of_ours_and_is_none(title: str) -> None:
    assert meaning([title]) is OTHER


def test_a_sheet_of_thousands_of_columns_is_searched_in_the_first_of_them() -> None:
    wide = [f"Column {n}" for n in range(1_500)]
    layout = layout_of(workbook(["Артикул", "Остаток", *wide], ["MUG", "3", *wide]))
    assert (layout.columns[SKU].index, layout.columns[QUANTITY].index) == (0, 1)
    assert find(workbook(["Артикул", *wide, "Остаток"], ["MUG", *wide, "3"]), Answers()).questions


def test_a_header_under_a_letterhead_is_found() -> None:
    document = workbook(
        ["Прайс-лист", "", "ООО «Образец»"],
        ["29.11.2026"],
        ["", "", "Количество мест:", "0"],
        ["Внимание! Остаток обновляется раз в сутки."],
        [],
        ["Артикул", "Наименование", "Цена с НДС,\nруб.", "Наличие,\nшт", "Ваш заказ, кол-во"],
        ["KR-0401", "Кружка", "349.9", "10+"],
    )
    layout = layout_of(document)
    assert layout.header_rows == (6,)
    assert {role: column.index for role, column in layout.columns.items()} == {
        SKU: 0,
        NAME: 1,
        QUANTITY: 3,
    }
    assert layout.columns[QUANTITY].title == "Наличие, шт"
    assert layout.others == ("Цена с НДС, руб.", "Ваш заказ, кол-во")


def test_merged_titles_stand_over_all_of_their_columns() -> None:
    document = workbook(
        ["Остатки товаров"],
        ["Группа", "", "Ед. изм.", "СКЛАД", "", "ФИЛИАЛ"],
        ["Артикул", "Номенклатура", "", "Кол-во", "Сумма", "Кол-во"],
        ["KR-0401", "Кружка", "шт", "12", "1200", "4"],
    )
    found = find(document, Answers())
    (question,) = found.questions
    assert question.about is About.QUANTITY
    assert [option.option for option in question.options] == [
        "--map 'quantity=СКЛАД / Кол-во'",
        "--map 'quantity=ФИЛИАЛ / Кол-во'",
    ]
    layout = layout_of(document, Answers(columns={"quantity": "филиал/Кол-во"}))
    assert layout.header_rows == (2, 3)
    assert layout.columns[QUANTITY].index == 5
    assert layout.columns[SKU].title == "Артикул"


def test_a_row_of_words_below_two_equal_titles_is_data() -> None:
    found = find(text("Артикул;Артикул;Наличие", "A-1;B-1;нет", "A-2;B-2;есть"), Answers())
    assert found.layout is not None
    assert found.layout.header_rows == (1,)


def test_a_merged_title_is_not_taken_for_the_first_of_its_columns() -> None:
    document = workbook(
        ["Артикул", "Наименование", "Цена", "", "Остаток", "", ""],
        ["", "", "Опт", "Розн.", "Москва", "СПб", "Казань"],
        ["A-1", "Кружка", "10", "12", "5", "10+", "0"],
    )
    (question,) = find(document, Answers()).questions
    assert [option.answers["columns"] for option in question.options] == [
        {"quantity": "Москва"},
        {"quantity": "СПб"},
        {"quantity": "Казань"},
    ]


def test_rows_of_groups_name_the_warehouse_where_the_header_says_so() -> None:
    layout = layout_of(
        workbook(
            ["Склад", "", "Количество"],
            ["Номенклатура", "Артикул", "Начальный остаток", "Приход", "Конечный остаток"],
            ["Основной склад", "", "15", "60", "49"],
            ["Кружка", "KR-0401", "10", "20", "12"],
        )
    )
    assert layout.grouped
    assert layout.columns[WAREHOUSE].title == "Склад"
    assert layout.columns[QUANTITY].title == "Конечный остаток"


@pytest.mark.parametrize(
    ("header", "row", "columns"),
    [
        ("Артикул;Остаток;Резерв;Доступно", "A-1;5;1;4", ["Остаток", "Доступно"]),
        ("Handle;SKU;Main Store;Back Room", "m;A-1;5;not stocked", ["Main Store"]),
        ("SKU;Title;Shop;Depot", "A-1;Mug;5;0", ["Shop", "Depot"]),
        ("Артикул;Остаток;Склад Москва", "A-1;5;1", ["Остаток", "Склад Москва"]),
        (
            "Артикул;Итого по складам;Казань;Тула",
            "A-1;5;1;4",
            ["Итого по складам", "Казань", "Тула"],
        ),
        ("Артикул;Кол-во;Кол-во", "A-1;5;1", ["B", "C"]),
        ("Артикул;Цена", "A-1;5", []),
        ("Артикул;Остаток, м2", "A-1;5", ["Остаток, м2"]),
    ],
)
def test_a_quantity_that_may_be_several_columns_is_asked_about(
    header: str, row: str, columns: list[str]
) -> None:
    found = find(text(header, row), Answers())
    (question,) = found.questions
    assert question.about is About.QUANTITY
    said = [option.answers["columns"] for option in question.options]
    assert said == [{"quantity": column} for column in columns]
    assert found.layout is not None
    assert QUANTITY not in found.layout.columns
    for column in columns:
        answered = layout_of(text(header, row), Answers(columns={"quantity": column}))
        assert answered.columns[QUANTITY].index in range(1, 5)


@pytest.mark.parametrize(
    ("header", "sku"),
    [
        ("Код;Артикул;Остаток", "Артикул"),
        ("Код товара;Остаток", "Код товара"),
        ("Артикул WB;Артикул продавца;Остаток", "Артикул продавца"),
        ("SKU;Артикул;FBS OZON SKU ID;Остаток", "Артикул"),
        ("Внешний код;Артикул производителя;Артикул;Остаток", "Артикул"),
    ],
)
def test_the_article_is_what_is_called_so_for_certain(header: str, sku: str) -> None:
    layout = layout_of(text(header, "1;2;3;4"))
    assert layout.columns[SKU].title == sku


@pytest.mark.parametrize(
    ("document", "columns"),
    [
        (text("SKU;Артикул;Остаток", "1;A-1;5"), ["SKU", "Артикул"]),
        (text("Код;Артикул;Остаток", "1;;5"), ["Артикул", "Код"]),
        (
            File([sheet("", ["7", "A-1", "5"])], elements=["id", "vendorCode", "count"]),
            ["id", "vendorCode"],
        ),
    ],
)
def test_two_articles_are_asked_about(document: File, columns: list[str]) -> None:
    (question,) = find(document, Answers()).questions
    assert question.about is About.SKU
    assert [option.answers["columns"] for option in question.options] == [
        {"sku": column} for column in columns
    ]


def test_a_barcode_is_the_key_where_there_is_no_article() -> None:
    layout = layout_of(text("Баркод;Количество", "2012345000018;5"))
    assert layout.key is BARCODE
    assert SKU not in layout.columns


def test_a_barcode_is_the_key_where_the_user_says_so() -> None:
    layout = layout_of(
        text("Артикул;Баркод;Количество", "A-1;2012345000018;5"), Answers(key="barcode")
    )
    assert layout.key is BARCODE


@pytest.mark.parametrize(
    ("key", "header", "about"),
    [("barcode", "Артикул;Остаток", About.BARCODE), ("sku", "Баркод;Остаток", About.SKU)],
)
def test_a_key_that_the_file_does_not_have_is_told(key: str, header: str, about: About) -> None:
    (question,) = find(text(header, "1;5"), Answers(key=key)).questions
    assert question.about is about


def test_an_article_inside_a_name_is_offered() -> None:
    document = text("Товар;Залишок", "Кружка, арт. KR-0401 (шт.);5")
    (question,) = find(document, Answers()).questions
    assert question.about is About.SKU
    assert [option.option for option in question.options] == [
        "--map 'sku=Товар [арт. *]'",
        "--map 'sku=Товар'",
    ]
    layout = layout_of(document, Answers(columns={"sku": "Товар [арт. *]"}))
    assert layout.columns[SKU].before == "арт."


def test_a_marketplace_report_is_no_stock_of_the_seller_without_a_word() -> None:
    document = text("Артикул продавца;В пути до получателей;Всего находится на складах", "A-1;2;5")
    (question,) = find(document, Answers()).questions
    assert question.about is About.QUANTITY
    assert "not the seller's stock" in question.text


def test_several_sheets_with_a_table_are_asked_about() -> None:
    rows = (["Артикул", "Остаток"], ["A-1", "5"])
    document = File([sheet("Текст", ["Как заполнить"]), sheet("Июнь", *rows), sheet("Июль", *rows)])
    found = find(document, Answers())
    assert found.layout is None
    (question,) = found.questions
    assert question.about is About.SHEET
    options = [option.option for option in question.options]
    assert options == ["--sheet 'Июнь'", "--sheet 'Июль'", "--sheet '*'"]
    assert layout_of(document, Answers(sheet="июль")).sheet == "Июль"
    with pytest.raises(UsageProblem, match="no visible sheet 'Май'"):
        find(document, Answers(sheet="Май"))


def test_sheets_of_other_titles_are_not_one_table() -> None:
    document = File(
        [
            sheet("Июнь", ["Артикул", "Остаток"], ["A-1", "5"]),
            sheet("Июль", ["Артикул", "Цена", "Остаток"], ["A-1", "7", "5"]),
        ]
    )
    for answers in (Answers(), Answers(sheet="*")):
        (question,) = find(document, answers).questions
        assert [o.option for o in question.options] == ["--sheet 'Июнь'", "--sheet 'Июль'"]


def test_a_sheet_without_rows_is_passed_over_for_one_that_has_some() -> None:
    document = File(
        [
            sheet("Пусто", ["Артикул", "Остаток"]),
            sheet("Товары", ["Артикул", "Остаток"], ["A", "5"]),
        ]
    )
    assert layout_of(document).sheet == "Товары"


@pytest.mark.parametrize(
    "said", ["ОСТАТОК", " остаток * ", "C", "c", "Остаток,\nшт", "Склад / Остаток, шт"]
)
def test_a_column_is_called_by_its_title_or_letter(said: str) -> None:
    document = workbook(
        ["Артикул", "Код", "Склад", ""],
        ["", "", "Остаток, шт" if "шт" in said else "Остаток", "Резерв"],
        ["A-1", "7", "5", "1"],
    )
    assert layout_of(document, Answers(columns={"quantity": said})).columns[QUANTITY].index == 2


def test_a_title_that_is_not_there_gets_the_nearest_one() -> None:
    with pytest.raises(UsageProblem, match=r"no column 'Остатак'.*did you mean 'Остаток'"):
        find(text("Артикул;Остаток", "A-1;5"), Answers(columns={"quantity": "Остатак"}))


def test_a_title_that_is_there_twice_needs_more_words() -> None:
    with pytest.raises(UsageProblem, match=r"--map quantity=B, --map quantity=C"):
        find(text("Артикул;Кол-во;Кол-во", "A;5;1"), Answers(columns={"quantity": "Кол-во"}))


def test_the_row_of_the_header_is_the_one_that_is_said() -> None:
    document = text("Артикул;Остаток", "A-0;1", "Моё;Штуки", "A-1;5")
    answers = Answers(header_row=3, columns={"sku": "моё", "quantity": "ШТУКИ"})
    assert layout_of(document, answers).header_rows == (3,)
    with pytest.raises(UsageProblem, match="row 9 is empty"):
        find(document, Answers(header_row=9))


def test_without_any_header_columns_are_letters() -> None:
    answers = Answers(columns={"sku": "A", "quantity": "B"})
    layout = layout_of(text("A-1;5", "A-2;7"), answers)
    assert layout.header_rows == ()
    assert layout.columns[QUANTITY].index == 1
    # Where there are titles, they are none of the rows.
    assert layout_of(text("Артикул;Штуки", "A-1;5"), answers).header_rows == (1,)


def test_titles_that_are_broken_over_lines_count_as_all_of_them() -> None:
    document = File([sheet("", ["Артикул\nпродавца*", "Остаток,\nшт"])])
    assert layout_of(document).header_rows == (1, 2, 3)


def test_a_sheet_of_ours_asks_nothing() -> None:
    layout = layout_of(
        text("sku;quantity;warehouse;name;barcode;buffer;minimum;was;as_of", "A;1;main")
    )
    assert layout.plain
    assert {role: column.index for role, column in layout.columns.items()} == {
        role: place for place, role in enumerate(Role)
    }
    assert layout_of(text("sku;quantity;warehouse", "A;1;2")).columns[WAREHOUSE].index == 2
    russian = layout_of(text("Артикул;Остаток;Было;На момент", "A;1;1;"))
    assert {Role.WAS, Role.AS_OF} <= set(russian.columns)


def test_a_strangers_time_is_no_moment_of_a_count() -> None:
    layout = layout_of(text("Артикул;Остаток;Время;Цвет", "A;1;12:00;red"))
    assert Role.AS_OF not in layout.columns


def test_a_sheet_of_ours_with_a_column_twice_is_refused() -> None:
    with pytest.raises(UsageProblem, match="column quantity: is there twice"):
        find(text("sku;quantity;quantity", "A;1;2"), Answers())


def test_a_file_without_rows_or_without_a_header() -> None:
    with pytest.raises(UsageProblem, match="is empty"):
        find(File([sheet("")]), Answers())
    found = find(text("Здравствуйте", "Остаток смотрите на сайте"), Answers())
    assert found.layout is None
    assert [question.about for question in found.questions] == [About.SKU]


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.lists(st.text(max_size=8), max_size=4), max_size=20),
    st.permutations(["Артикул", "Остаток", "Цена", "Наименование"]),
)
def test_a_header_is_found_wherever_it_stands(
    letterhead: list[list[str]], titles: list[str]
) -> None:
    """Whatever letters stand above it, and in whatever order its columns are."""
    values = {"Артикул": "A-1", "Остаток": "5", "Цена": "9.5", "Наименование": "Кружка"}
    document = workbook(*letterhead, [], titles, [values[title] for title in titles])
    layout = layout_of(document)
    assert layout.header_rows == (len(letterhead) + 2,)
    assert layout.columns[SKU].index == titles.index("Артикул")
    assert layout.columns[QUANTITY].index == titles.index("Остаток")


TITLES = st.sampled_from(
    [
        "",
        "Артикул",
        "Код",
        "SKU",
        "Остаток",
        "Кол-во",
        "Доступно",
        "Склад",
        "Склад Москва",
        "Товар",
        "Штрихкод",
        "x/y",
        "id",
        "Цена",
        "Итого по складам",
        "Казань",
    ]
)
VALUES = st.sampled_from(
    ["", "A-1", "A-2", "5", "7", "10+", "нет", "Кружка, арт. K-1 (шт.)", "9.5"]
)


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.lists(TITLES, min_size=2, max_size=6), min_size=1, max_size=3),
    st.lists(st.lists(VALUES, max_size=6), max_size=4),
)
def test_each_option_that_is_offered_settles_its_question(
    titles: list[list[str]], values: list[list[str]]
) -> None:
    document = workbook(*titles, *values)
    try:
        found = find(document, Answers())
    except UsageProblem:
        return
    assert found.layout is not None or found.questions
    for question in found.questions:
        for option in question.options:
            answered = find(document, replace(Answers(), **option.answers))
            assert question.about not in {asked.about for asked in answered.questions}


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=30))
def test_titles_are_compared_as_folded_and_once_is_enough(title: str) -> None:
    assert folded(folded(title)) == folded(title)
    assert folded(f"  {title.upper()} * ") == folded(title.upper())
