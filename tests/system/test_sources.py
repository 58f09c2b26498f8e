"""The files of other programs, by the installed program against the sandbox."""

from __future__ import annotations

import os

import pytest

from tests.system.conftest import Shop
from tests.system.test_progress import at_terminal

SUPPLIER = """
sources:
  supplier-a:
    file: price*.csv
    stale_after: 1d
    columns: {quantity: Наличие}
    skip_unknown: true
    words: {нет: 0}
    more_than: floor
"""


@pytest.fixture
def supplied(open_shop: Shop) -> tuple[Shop, str, str]:
    """Two products, and a list of a supplier's that holds one more."""
    first, second = open_shop.skus()[:2]
    price = open_shop.folder / "price-1.csv"
    price.write_text(
        "Прайс-лист;;\n\nАртикул;Наименование;Наличие\n"
        f"{first};Кружка;10+\n{second};Чашка;нет\nZZ-1;Чужой товар;5\n",
        encoding="cp1251",
    )
    return open_shop, first, second


def test_a_supplier_s_list_is_a_source(supplied: tuple[Shop, str, str]) -> None:
    shop, first, second = supplied
    config = shop.folder / "config.yaml"
    config.write_text(config.read_text() + SUPPLIER)
    (unknown,) = shop.run("sources", "--json").json
    assert (unknown["name"], unknown["newest_file"], unknown["stale"]) == (
        "supplier-a",
        "price-1.csv",
        True,
    )
    assert "nothing was taken yet" in shop.run("status", expect=1).out
    result = shop.run("import-stock", "--source", "supplier-a", "--json", "--yes").json
    assert (result["rows"], result["found"]["passed"]["unknown"]) == (2, 1)
    stock = shop.stock()
    assert (stock[first]["on_hand"], stock[second]["on_hand"]) == (10, 0)
    shop.tell("count", sku=first, quantity=10)
    shop.tell("count", sku=second, quantity=0)
    # Cron asks again and again; the same file is taken once.
    again = shop.run("import-stock", "--source", "supplier-a")
    assert "nothing to do" in again.out
    shop.run("import-stock", "--source", "supplier-a", "--quiet")
    (taken,) = shop.run("sources", "--json").json
    assert (taken["taken_file"], taken["counted"], taken["stale"]) == ("price-1.csv", 2, False)
    assert taken["digest"][:12] in shop.run("sources").out
    # A newer one goes before it; what is said on the line goes before the source.
    newer = shop.folder / "price-2.csv"
    newer.write_text(f"Артикул;Наличие\n{first};7\n{second};есть\n")
    soon = (shop.folder / "price-1.csv").stat().st_mtime + 5
    os.utime(newer, (soon, soon))
    refused = shop.run("import-stock", "--source", "supplier-a", expect=2).err
    assert "--word 'есть=0'" in refused
    shop.run("import-stock", "--source", "supplier-a", "--word", "есть=3", "--yes")
    stock = shop.stock()
    assert (stock[first]["on_hand"], stock[second]["on_hand"]) == (7, 3)
    assert (
        "did you mean supplier-a" in shop.run("import-stock", "--source", "suplier", expect=2).err
    )


def test_what_a_file_leaves_open_is_told_in_a_pipe_and_asked_at_a_terminal(
    supplied: tuple[Shop, str, str],
) -> None:
    shop, first, second = supplied
    before = shop.stock()
    refused = shop.run("import-stock", "price-1.csv", expect=2).err
    for words in ("--skip-unknown", "--word 'нет=0'", "--more-than floor", "line 6, column 1"):
        assert words in refused
    assert shop.stock() == before
    # Unknown rows: passed over; at least: the floor; the word: the first one, and none of it.
    seen = at_terminal(shop, "import-stock price-1.csv --yes", typed="1\n1\n1\n0\n")
    assert seen.code == 0
    assert "Without questions: --skip-unknown" in seen.written
    stock = shop.stock()
    assert (stock[first]["on_hand"], stock[second]["on_hand"]) == (10, 0)


def test_a_look_before_tells_product_by_product(supplied: tuple[Shop, str, str]) -> None:
    shop, first, second = supplied
    options = ("price-1.csv", "--skip-unknown", "--word", "нет=0", "--more-than", "4", "--dry-run")
    before = shop.stock()
    look = shop.run("import-stock", *options, "--update", "names", "--json").json
    changes = {p["sku"]: p for p in look["products"]}
    assert {sku: (p["before"], p["after"]) for sku, p in changes.items()} == {
        first: (10, 4),
        second: (10, 0),
    }
    assert changes[first]["name_after"] == "Кружка"
    assert (look["found"]["header_rows"], look["found"]["columns"]["quantity"]) == ([3], "Наличие")
    told = shop.run("import-stock", *options, "--csv").out.splitlines()
    assert told[0].startswith("sku,warehouse,before,after,")
    assert {line.split(",")[0] for line in told[1:]} == {first, second}
    assert "Passed over" in shop.run("import-stock", *options).out
    assert shop.stock() == before
