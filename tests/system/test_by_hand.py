"""What a person does by hand in the terminal, by the installed program against the sandbox."""

from __future__ import annotations

import csv
import io
import re
import shlex

import openpyxl
import pytest

from cloudstock import docs
from tests.system.conftest import Shop

MANUAL = docs.page("counting")


# ---------------------------------------------------------------- the manual's worked case


def likeness(line: str) -> str:
    """A line without what is another one every time: moments, numbers of orders and documents."""
    line = re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d", "WHEN", line)
    line = re.sub(r"\b\d{7,}[\w:…-]*", "ORDER", line)
    line = re.sub(r"(count|adjustment) +\d+", r"\1", line)
    return " ".join(line.split())


@pytest.fixture
def pots(shop: Shop) -> Shop:
    """Eight pots were counted; Ozon's has left, Wildberries' is packed and still here."""
    shop.arrange("pull-catalog", "poll-orders", "poll-returns")
    (shop.folder / "stock.csv").write_text("sku,quantity\nPOT-01,8\n")
    shop.tell("count", sku="POT-01", quantity=8)
    shop.run("import-stock", "stock.csv")
    shop.run("sync")
    (gone,) = shop.buys("ozon-main", ("POT-01", 1)) or ("",)
    shop.run("sync")
    shop.order("ozon-main", gone, "ship")
    assert shop.buys("wb-main", ("POT-01", 1))
    # Where a marketplace took its own unit off by itself, the number sent last is sent again.
    shop.run("sync", "--full")
    shop.run("poll-reserves")
    return shop


def test_the_worked_case_of_the_readme_happens_so(pots: Shop) -> None:
    case = MANUAL.split("\n## The table says 7, the warehouse has 6\n")[1].split("\n## ")[0]
    told: list[str] = []
    commands = 0
    for block in re.findall(r"```\n(.*?)```", case, re.DOTALL):
        for line in block.splitlines():
            if line.startswith("$ cloudstock "):
                ended = pots.run(*shlex.split(line)[2:])
                told = [likeness(said) for said in ended.out.splitlines()]
                commands += 1
            elif line != "…":
                # In this order, with nothing else than left out in between.
                assert likeness(line) in told, (line, told)
                del told[: told.index(likeness(line)) + 1]
    assert commands == 9
    # And the correction was right: the world agrees.
    pots.tell("count", sku="POT-01", quantity=6)
    real, book = pots.truth()["POT-01"], pots.stock()["POT-01"]
    assert (book["on_hand"], book["reserved"]) == (real["on_hand"], real["reserved"])
    pots.run("set-stock", "POT-01", "6")
    assert pots.stock()["POT-01"]["on_hand"] == 6


# ---------------------------------------------------------------- each new command


def test_units_move_to_the_shelf_of_another_account(shop: Shop) -> None:
    config = shop.folder / "config.yaml"
    text = config.read_text()
    before, after = text.split("  wb-main:")
    config.write_text(f"{before}  wb-main:{after.replace(': main', ': attic', 1)}")
    shop.arrange("pull-catalog", "poll-orders", "poll-returns")
    one, two = shop.skus()[:2]
    shop.run("set-stock", one, "10", two, "4")
    shop.run("set-stock", one, "0", two, "0", "--warehouse", "attic")
    shop.run("sync")
    refused = shop.run(
        "move-stock", one, "3", two, "9", "--from", "main", "--to", "attic", expect=2
    )
    assert f"{two}: 9 cannot be moved" in refused.err
    assert "nothing was changed" in refused.err
    shop.run("move-stock", one, "3", two, "1", "--from", "main", "--to", "attic")
    shop.run("sync")
    free = {(x["account"], x["sku"]): x["free"] for x in shop.ask("shown")["listings"]}
    assert [free["ozon-main", one], free["wb-main", one]] == [7, 3]
    assert [free["ym-main", two], free["wb-main", two]] == [3, 1]
    assert shop.breaches() == []


def test_lists_and_sheets_say_what_the_marketplaces_show(open_shop: Shop) -> None:
    shop, sku = open_shop, open_shop.skus()[0]
    shop.run("set-stock", sku, "2")
    shop.tell("count", sku=sku, quantity=2)
    shop.run("sync")
    (low,) = shop.run("products", "--low", "3", "--json").json
    assert (low["sku"], low["available"], low["listings"]) == (sku, 2, 3)
    listings = list(csv.DictReader(io.StringIO(shop.run("listings", "--low", "3", "--csv").out)))
    assert {(x["account"], x["offer_id"], x["pushed"]) for x in listings} == {
        (account, sku, "2") for account in ("ozon-main", "wb-main", "ym-main")
    }
    assert shop.run("products", "--uncounted", "--json").json == []
    assert shop.run("listings", "--unlinked").out == "No such listings.\n"
    # The sheet goes out, is changed in a spreadsheet, and comes back.
    shop.run("export-stock", "stock.xlsx")
    book = openpyxl.load_workbook(shop.folder / "stock.xlsx")
    (row,) = [r for r in book.active.iter_rows(min_row=2) if r[0].value == sku]
    row[1].value, row[3].value, row[5].value = 9, "Кружка", 1
    book.save(shop.folder / "stock.xlsx")
    result = shop.run("import-stock", "stock.xlsx", "--update", "names,buffers", "--json").json
    assert (result["changed"], result["units_added"], result["units_removed"]) == (1, 7, 0)
    shop.tell("count", sku=sku, quantity=9)
    shop.run("sync")
    free = {x["account"]: x["free"] for x in shop.ask("shown")["listings"] if x["sku"] == sku}
    assert set(free.values()) == {8}
    (found,) = shop.run("products", "--search", "кружка", "--json").json
    assert (found["sku"], found["buffer"]) == (sku, 1)
    row[1].value = "=1+1"
    book.save(shop.folder / "stock.xlsx")
    assert "a formula" in shop.run("import-stock", "stock.xlsx", expect=2).err
    assert shop.stock()[sku]["on_hand"] == 9


def test_a_line_is_completed_from_the_book(open_shop: Shop) -> None:
    sku = open_shop.skus()[0]
    open_shop.env["_CLOUDSTOCK_COMPLETE"] = "words"
    assert sku in open_shop.run("explain", sku[:2]).out.splitlines()
    assert open_shop.run("show-stock", "--account", "wb").out == "wb-main\n"
