"""The cabinets' own tables, uploaded by hand where the program cannot send."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing

import openpyxl

from tests.system.conftest import Shop

# What the rows of a template hold, and how many stand above them.
TABLES = {
    "ozon": ("ozon-main", 1, ("warehouse", "sku", "name", "quantity")),
    "wildberries": ("wb-main", 1, ("barcode", "quantity")),
    "yandex_market": ("ym-main", 4, ("", "", "sku", "name", "quantity")),
}


def rows(shop: Shop, cabinet: str) -> Iterator[tuple[str, int]]:
    """Have a template written; yield (article, number) of its rows."""
    result = shop.run("export-stock", f"{cabinet}.xlsx", "--for", cabinet, "--json").json
    account, above, columns = TABLES[cabinet]
    assert (result["cabinet"], result["left_out"]) == (account, 0)
    sku_of = {b: p.sku for p in shop.world.products.values() for b in p.barcodes}
    (sheet,) = openpyxl.load_workbook(shop.folder / f"{cabinet}.xlsx").worksheets
    written = list(sheet.iter_rows(min_row=above + 1, values_only=True))
    assert len(written) == result["rows"]
    for values in written:
        row = dict(zip(columns, values, strict=True))
        yield str(row.get("sku") or sku_of[str(row["barcode"])]), int(str(row["quantity"]))


def test_what_is_uploaded_by_hand_is_what_would_have_been_sent(open_shop: Shop) -> None:
    shop = open_shop
    more, none, fewer, *_ = shop.skus()
    assert shop.buys("ozon-main", (fewer, 2))
    shop.run("poll-orders")
    for sku, quantity in ((more, 40), (none, 0)):
        shop.run("set-stock", sku, str(quantity))
        shop.tell("count", sku=sku, quantity=quantity)
    for cabinet, (account, *_) in TABLES.items():
        uploaded = dict(rows(shop, cabinet))
        assert (uploaded[more], uploaded[none], uploaded[fewer]) == (40, 0, 8)
        for sku, quantity in uploaded.items():
            shop.tell("stock", account=account, sku=sku, quantity=quantity)
    shop.assert_true()
    shop.run("sync")
    shop.run("poll-reserves")
    shop.assert_true()
    assert shop.breaches() == []


def test_it_says_what_it_cannot_know(open_shop: Shop) -> None:
    shop, sku = open_shop, open_shop.skus()[0]
    shop.run("set-stock", sku, "0")
    with closing(sqlite3.connect(shop.folder / "cloudstock.db")) as db, db:
        db.execute("UPDATE cursor SET read_until = '2026-01-01T00:00:00.000Z'")
    told = shop.run("export-stock", "up.xlsx", "--for", "ozon").out
    assert "1 listing falls to 0" in told
    assert "the orders of ozon-main, wb-main, ym-main were not read lately" in told
    refused = shop.run("export-stock", "up.xlsx", "--for", "amazon", expect=2).err
    assert "there are: ozon, wildberries, yandex_market, moysklad" in refused
    assert "goes with --for" in shop.run("export-stock", "-", "--warehouse", "main", expect=2).err
