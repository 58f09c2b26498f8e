"""Text from outside is inert wherever it is shown: tables, JSON, sheets, logs and errors.

Whoever writes a product's name, an article, an order's status or the reason of a refusal (a buyer,
an employee, a marketplace) shall not move a terminal's cursor, hide or reorder what stands there,
pass for a line of the program's, or run in a spreadsheet, a shell or a browser.
"""

from __future__ import annotations

import csv
import io
import json
import re
import unicodedata
from collections.abc import Iterator

import pytest

from cloudstock.changes.adopting import AdoptResult, Unclear
from cloudstock.render.changes import sentence
from cloudstock.sandbox.world import World
from tests.system.conftest import SPEED, Ended, Shop, a_shop_in

MOVES = "\x1b[2J\x1b]0;title\x07\x1b[31m\r\x9b1;31m\x90q\x9c\x08\x7f"
HIDES = "\u202eabc\u2066\u200b\u00ad\ufeff\U000e0041\u2028\u2029\x85"
FORGES = "\ncloudstock: all is well\n2026-11-23T10:00:04+03:00 INFO forged\r\n"
RUNS = '=HYPERLINK("http://x";"y");=cmd|\' /C calc\'!A1\t@SUM(1)\n+1+1'
TALKS = "'; DROP TABLE product; -- {} {0} %s %(x)s [red]b[/red] <script>alert(1)</script> ${HOME}"
EVIL = f"{RUNS}{MOVES}{HIDES}{FORGES}{TALKS}"
# Every article is a product of its own.
SKUS = tuple(f"{text}{n}" for n, text in enumerate((RUNS, MOVES, HIDES, FORGES, TALKS)))

LOOKS: tuple[tuple[str, ...], ...] = (
    ("status",),
    ("status", "--quiet"),
    ("show-stock",),
    ("show-stock", "--all-warehouses"),
    ("products",),
    ("listings",),
    ("listings", "--alone"),
    ("show-orders",),
    ("show-orders", "--unknown"),
    ("show-stock", "--sort", "-name"),
    ("show-returns",),
    ("check",),
    ("check", "--database"),
    ("push-stocks", "--dry-run", "--full"),
    ("sync", "-v"),
    ("sync", "-v", "--log-format", "json"),
)


def obeyed(text: str) -> set[str]:
    """Return the characters of an output that a terminal or a reader's eye would obey."""
    return {c for c in text if c != "\n" and unicodedata.category(c) in ("Cc", "Cf", "Zl", "Zp")}


def assert_inert(ended: Ended, words: tuple[str, ...]) -> None:
    assert obeyed(ended.out + ended.err) == set(), words
    forged = re.compile(r"cloudstock: all is well|2026-11-23T10:00:04\+03:00 INFO forged")
    lines = [*ended.out.splitlines(), *ended.err.splitlines()]
    assert not any(forged.match(line) for line in lines), words
    assert "Traceback" not in ended.err, words


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """Hostile products on all three marketplaces; orders and returns of them; one status too."""
    world = World.standard(products=1, speed=SPEED, seed=1)
    for n, sku in enumerate(SKUS):
        world.add_product(sku, EVIL, (f"46000000000{n}",), None)
    with a_shop_in(tmp_path_factory.mktemp("seller"), world) as shop:
        shop.arrange("pull-catalog", "poll-orders", "poll-returns")
        for sku in SKUS:
            world.count(sku, 10)
            shop.run("set-stock", sku, "10")
        shop.arrange("sync")
        for account in ("ozon-main", "ym-main"):
            for sku in SKUS:
                (order,) = shop.buys(account, (sku, 1), force=True) or ("",)
                assert order
            shop.order(account, order, "set_status", status=EVIL)
            (gone,) = shop.buys(account, (SKUS[0], 1), force=True) or ("",)
            shop.order(account, gone, "ship")
            shop.order(account, gone, "refuse")
        shop.run("sync", expect=None)
        yield shop


@pytest.mark.parametrize("words", LOOKS, ids=" ".join)
def test_what_is_shown_is_inert(shop: Shop, words: tuple[str, ...]) -> None:
    ended = shop.run(*words, expect=None)
    assert ended.out or ended.err or "--quiet" in words
    assert_inert(ended, words)
    if "--quiet" not in words and "-v" not in words:
        told = shop.run(*words, "--json", expect=None)
        assert_inert(told, (*words, "--json"))
        assert told.json is not None
    if "json" in words:
        assert all(json.loads(line) for line in ended.err.splitlines())


@pytest.mark.parametrize("sku", SKUS, ids=("runs", "moves", "hides", "forges", "talks"))
def test_a_hostile_article_is_known_by_its_own_name(shop: Shop, sku: str) -> None:
    for words in (("explain", sku), ("show-history", sku), ("show-stock", sku)):
        assert_inert(shop.run(*words), words)
        assert_inert(shop.run(*words, "--json"), words)
    # JSON hands over what it is, escaped.
    (row,) = [r for r in shop.run("show-stock", sku, "--json").json if r["warehouse"] == "main"]
    assert row["sku"] == sku
    assert row["on_hand"] is not None
    for words in (
        ("set-stock", sku, "10"),
        ("adjust-stock", sku, "+1", "--reason", EVIL),
        ("adjust-stock", sku, "-1", "--reason", EVIL),
        ("show-history", sku),
        ("link-listing", "ozon-main", sku, sku),
    ):
        assert_inert(shop.run(*words, expect=None), words)


def test_errors_that_name_what_is_alike_are_inert(shop: Shop) -> None:
    for sku in SKUS:
        near = sku[:-1] + "x"
        for words in (("show-history", near), ("link-listing", "ozon-main", near, near)):
            for log_format in ("text", "json"):
                ended = shop.run(*words, "--log-format", log_format, expect=2)
                assert_inert(ended, words)


def test_a_sheet_runs_nothing_and_comes_back(shop: Shop) -> None:
    before = shop.stock()
    shop.run("export-stock", "stock.csv")
    sheet = (shop.folder / "stock.csv").read_bytes().decode()
    rows = list(csv.reader(io.StringIO(sheet, newline="")))
    assert len(rows) == 1 + len(before)
    for separator in (",", ";", "\t"):
        for row in csv.reader(io.StringIO(sheet, newline=""), delimiter=separator):
            for cell in row:
                assert not re.match(r"[=+@\t\r]|-\D", cell), (separator, cell)
    for cell in re.split(r'[,;\t\r\n]"?', sheet):
        assert not cell.startswith(("=", "+", "@")), cell
    shop.run("import-stock", "stock.csv")
    after = shop.stock()
    assert {s: r["name"] for s, r in after.items()} == {s: r["name"] for s, r in before.items()}


def test_a_hostile_sheet_is_refused_in_plain_words(shop: Shop) -> None:
    fields = (f'"{EVIL.replace(chr(34), chr(34) * 2)}"', "5")
    for header in ("sku,quantity", f"sku,{fields[0]}"):
        ended = shop.run("import-stock", "-", stdin=f"{header}\n{','.join(fields)}\n", expect=2)
        assert_inert(ended, ("import-stock", header))
        assert "nothing was changed" in ended.err.lower()


def test_a_command_that_may_be_pasted_is_quoted_for_the_shell(shop: Shop) -> None:
    sku = "$(touch pwned);`id`"
    shop.tell("products", sku=sku, name="Mug")
    shop.run("pull-catalog")
    told = shop.run("explain", sku).out
    assert "cloudstock set-stock '$(touch pwned);`id`' N" in told


def test_a_marketplaces_words_are_inert(shop: Shop) -> None:
    """The reason of a refusal, and an answer that is not understood."""
    for kind in ("refuse_items", "garble"):
        for account in ("ozon-main", "wb-main", "ym-main"):
            shop.tell("faults", account=account, kind=kind, times=20)
        for words in (("push-stocks", "--full", "-v"), ("check", "-v"), ("status",)):
            assert_inert(shop.run(*words, expect=None), words)
            assert_inert(shop.run(*words, "--log-format", "json", expect=None), words)
        shop.http.delete("/_sandbox/faults")


def test_what_was_done_is_told_in_lines_of_our_own() -> None:
    unclear = tuple(Unclear(sku, {"ozon-main": 1, "wb-main": None}) for sku in (*SKUS, EVIL))
    told = sentence(AdoptResult((), unclear))
    assert obeyed(told) == set()
    # What is to be done about them is said once, before them.
    assert told.count("\n") == len(unclear)
