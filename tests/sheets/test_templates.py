"""The cabinets' own tables hold what a push would send, and are read back as they were written."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from cloudstock.domain.plan import Difference, by_hand
from cloudstock.errors import Unconfirmed, UsageProblem
from cloudstock.marketplaces import MARKETPLACES
from cloudstock.settings import Account, Configuration
from cloudstock.sheets.templates import TemplateResult, cabinets, export_template
from cloudstock.store import Store
from cloudstock.store.times import to_iso
from tests.builders import NOW, account, arrange, count, listing, listing_id, offer

OZON = account(warehouses=(("1", "main"), ("2", "attic")))
WB = account("wb-main", "wildberries", (("507", "main", 60), ("508", "main", 40)))
YM = account("ym-main", "yandex_market")


@pytest.fixture
def store(tmp_path: Path) -> Any:
    with Store.open(tmp_path / "book.db", create=True) as store:
        yield store


def filled(
    store: Store,
    folder: Path,
    cabinet: str,
    *among: Account,
    warehouse: str | None = None,
    yes: bool = False,
) -> tuple[TemplateResult, str, list[list[Any]]]:
    """Write a template of fresh targets; return the result, the sheet's title and its cells."""
    with store.transaction():
        store.targets.refresh(now=NOW)
    config = Configuration(folder / "config.yaml", folder / "book.db", among)
    file = folder / f"{cabinet}.xlsx"
    result = export_template(
        store,
        file,
        cabinet,
        config=config,
        among=among,
        warehouse=warehouse,
        now=NOW,
        force=True,
        yes=yes,
    )
    (sheet,) = openpyxl.load_workbook(file).worksheets
    return result, sheet.title, [[c.value for c in row] for row in sheet.iter_rows()]


def shows(store: Store, account_id: int, article: str, low: int, high: int) -> None:
    """Let a listing be believed to show so much."""
    store.connection.execute(
        "UPDATE listing_stock SET low = ?, high = ?, believed_since = ?, believed_until = ?"
        " WHERE account_id = ? AND listing_id = ?",
        (low, high, to_iso(NOW), to_iso(NOW), account_id, listing_id(store, account_id, article)),
    )


def test_ozon_knows_articles_and_names_of_warehouses(store: Store, tmp_path: Path) -> None:
    mine = arrange(store, OZON)["ozon-main"]
    offer(store, mine, "MUG", "00045", "POT")
    store.connection.execute(
        "INSERT INTO marketplace_warehouse VALUES (?, '1', 'Основной склад', NULL, NULL, '')",
        (mine,),
    )
    count(store, "MUG", 7)
    count(store, "00045", 0)
    count(store, "MUG", 2, warehouse="attic")
    shows(store, mine, "00045", 3, 3)
    result, title, rows = filled(store, tmp_path, "ozon", OZON)
    assert title == "Остатки на складе"
    assert rows == [
        [
            "Название склада (идентификатор склада)",
            "Артикул",
            "Название товара",
            "Доступно на складе, шт",
        ],
        ["Основной склад (1)", "00045", "The 00045", 0],
        ["Основной склад (1)", "MUG", "The MUG", 7],
        ["2", "MUG", "The MUG", 2],
    ]
    # What sells there was never read; the listing that was shown with three is told.
    assert result == TemplateResult("ozon-main", 3, 1, 0, ("ozon-main",))
    for name in ("2", "attic"):
        _, _, rows = filled(store, tmp_path, "ozon", OZON, warehouse=name)
        assert rows[1:] == [["2", "MUG", "The MUG", 2]]


def test_wildberries_knows_barcodes_and_one_warehouse_at_a_time(
    store: Store, tmp_path: Path
) -> None:
    mine = arrange(store, WB)["wb-main"]
    barcodes = ("barcode:2012345000025", "barcode:2012345000018")
    offer(store, mine, listing("MUG", keys=barcodes), listing("CUP", keys=()))
    count(store, "MUG", 10)
    count(store, "CUP", 5)
    with pytest.raises(UsageProblem, match="name it: 507, 508"):
        filled(store, tmp_path, "wildberries", WB)
    result, title, rows = filled(store, tmp_path, "wildberries", WB, warehouse="508")
    assert title == "Остатки"
    assert rows == [["Баркод", "Количество"], ["2012345000018", 4]]
    # Without a barcode it cannot be named.
    assert (result.rows, result.left_out) == (1, 1)
    with pytest.raises(UsageProblem, match=r"'509'; there are: 507, 508"):
        filled(store, tmp_path, "wildberries", WB, warehouse="509")


def test_many_listings_that_fall_to_zero_are_asked_about(store: Store, tmp_path: Path) -> None:
    mine = arrange(store, YM)["ym-main"]
    skus = [f"S-{n:02}" for n in range(40)]
    offer(store, mine, *skus)
    for n, sku in enumerate(skus):
        count(store, sku, 0 if n < 10 else 5)
        shows(store, mine, sku, 5, 5)
    with pytest.raises(Unconfirmed, match="10 of 40 listings"):
        filled(store, tmp_path, "yandex_market", YM)
    assert list(tmp_path.glob("*.xlsx")) == []
    result, _, rows = filled(store, tmp_path, "yandex_market", YM, yes=True)
    assert (result.rows, result.emptied, len(rows)) == (40, 10, 44)
    # Fewer, or of many more, are told with the result.
    count(store, "S-09", 5)
    assert filled(store, tmp_path, "yandex_market", YM)[0].emptied == 9


def test_yandex_has_hints_below_its_header(store: Store, tmp_path: Path) -> None:
    offer(store, arrange(store, YM)["ym-main"], "MUG")
    count(store, "MUG", 3)
    _, title, rows = filled(store, tmp_path, "yandex_market", YM)
    assert title == "Список товаров"
    assert rows[2][2:] == ["Ваш SKU *", "Название товара", "Доступное количество товара *"]
    assert rows[4:] == [[None, None, "MUG", "The MUG", 3]]


def test_moysklad_is_told_what_lies_there(store: Store, tmp_path: Path) -> None:
    mine = arrange(store, account(warehouses=(("1", "main"),), buffer=2))["ozon-main"]
    offer(store, mine, "MUG", "CUP", "POT")
    count(store, "MUG", 7)
    count(store, "CUP", 1)
    result, title, rows = filled(store, tmp_path, "moysklad")
    assert title == "Остатки"
    # Never counted is not 0, and a buffer lies there, too.
    assert rows == [
        ["Артикул", "Наименование", "Остаток"],
        ["CUP", "The CUP", 1],
        ["MUG", "The MUG", 7],
    ]
    assert result == TemplateResult("moysklad", 2, 0, 0, ())


def test_what_a_push_would_not_raise_stays_as_it_is(store: Store, tmp_path: Path) -> None:
    mine = arrange(store, OZON)["ozon-main"]
    offer(store, mine, "MUG", "CUP")
    count(store, "MUG", 7)
    count(store, "CUP", 7)
    for article, low, high in (("MUG", 2, 2), ("CUP", 2, 9)):
        shows(store, mine, article, low, high)
    store.connection.execute("UPDATE listing_stock SET hold_until = '2026-11-24T00:00:00.000Z'")
    result, _, rows = filled(store, tmp_path, "ozon", OZON)
    # The one may show too much: it is brought down to what it may be showing already.
    assert [row[1::2] for row in rows[1:]] == [["CUP", 2]]
    assert (result.rows, result.left_out) == (1, 1)


@pytest.mark.parametrize(
    ("target", "low", "high", "room", "quantity"),
    [
        (5, 5, 5, None, 5),
        (5, 3, 3, None, None),
        # It would be promised where nobody keeps it.
        (5, 3, 3, 5, None),
        (5, 9, 9, 5, 5),
        (5, None, None, 0, 0),
    ],
)
def test_a_divided_listing_is_not_raised_by_hand(
    target: int, low: int | None, high: int | None, room: int | None, quantity: int | None
) -> None:
    assert by_hand(Difference(1, "1", target, low, high, divided=True), room) == quantity


@pytest.mark.parametrize(
    ("cabinet", "among", "words"),
    [
        ("amazon", (OZON,), "ozon, wildberries, yandex_market, moysklad"),
        ("wildberries", (OZON,), "there is no account of Wildberries"),
        ("ozon", (OZON, account("south", warehouses=(("9", "main"),))), "ozon-main, south"),
    ],
)
def test_it_must_be_certain_whose_it_is(
    store: Store, tmp_path: Path, cabinet: str, among: Sequence[Account], words: str
) -> None:
    with pytest.raises(UsageProblem, match=words):
        filled(store, tmp_path, cabinet, *among)
    assert not list(tmp_path.glob("*.xlsx"))


def test_a_template_is_a_workbook(store: Store, tmp_path: Path) -> None:
    config = Configuration(tmp_path / "config.yaml", tmp_path / "book.db", (OZON,))
    with pytest.raises(UsageProblem, match="XLSX"):
        export_template(store, "-", "ozon", config=config, among=(OZON,), warehouse=None, now=NOW)


def test_every_marketplace_has_one() -> None:
    assert {*cabinets()} == {*MARKETPLACES, "moysklad"}
