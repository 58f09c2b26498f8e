"""Pages speak to whoever looks at them: where there is a button or a field no command is named."""

from __future__ import annotations

import re
from typing import Any

import pytest

from cloudstock.cli import SECTIONS
from cloudstock.web.labels import without_commands
from tests.jobs.town import Town
from tests.web.conftest import Visitor
from tests.web.test_files import choose
from tests.web.test_pages import PAGES, Parts

NAMES = [name for _, _, names in SECTIONS for name in names]
# What only a terminal takes; and the marks of what is to be typed, which a page turns into code.
SPOKEN_TO_A_TERMINAL = re.compile(
    rf"cloudstock (?:{'|'.join(NAMES)})\b|\b(?:{'|'.join(n for n in NAMES if '-' in n)})\b"
    r"|(?<![\w-])--[a-z]|`"
)
# For scripts, which are told of commands.
FOR_SCRIPTS = "/api"
# Forms that are refused, with the page they are on.
REFUSED: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("/product?sku=POT", "/product/adjust?sku=POT", {"change": "1", "reason": "x"}),
    ("/product?sku=POT", "/product/adjust?sku=POT", {"change": "many", "reason": "x"}),
    ("/product?sku=MUG", "/product/count?sku=MUG", {"quantity": "600000"}),
    ("/product?sku=MUG", "/product/count?sku=MUG", {"quantity": "3", "warehouse": "nowhere"}),
    ("/product?sku=MUG", "/product/count?sku=MUG", {"quantity": "3", "warehouse": "quarantine"}),
    (
        "/product?sku=MUG",
        "/product/move?sku=MUG",
        {"quantity": "2", "from": "main", "to": "north"},
    ),
    ("/product?sku=MUG", "/product/policy?sku=MUG", {"policy": "split", "how": "strict"}),
    ("/product?sku=MUG", "/product/policy?sku=MUG", {"policy": "split", "how": "quick"}),
    ("/product?sku=MUG", "/product/hide?sku=MUG", {}),
    ("/products", "/products/bulk", {"what": "hide", "sku": "MUG"}),
    ("/products", "/products/bulk", {"what": "policy"}),
    ("/products?only=uncounted", "/products/adopt", {"sku": "POT", "account": "nobody"}),
    ("/products?only=uncounted", "/products/adopt", {"sku": "MUG"}),
    ("/accounts", "/warehouses", {"name": "main"}),
    ("/accounts", "/account/close", {"account": "wb-main", "what": "release"}),
    ("/accounts", "/account/pause", {"account": "wb-main", "resume": "yes"}),
    ("/changes", "/changes/undo", {"change": "999"}),
    ("/changes", "/changes/undo", {"change": "1"}),
    ("/orders", "/order/close?account=ym-main&id=NONE", {}),
    ("/orders", "/order/close?account=ym-main&id=YM-1", {}),
    ("/returns", "/return/receive?account=ym-main&id=NONE", {"what": "receive"}),
    ("/returns", "/return/receive?account=ym-main&id=R-1", {"what": "receive", "quantity": "99"}),
    ("/returns", "/return/receive?account=ym-main&id=R-1", {}),
    ("/listing?account=wb-main&id=MUG", "/listing/link?account=wb-main&id=MUG", {"sku0": "X"}),
    ("/count", "/count", {"lines": "NOTHING 3"}),
    ("/count", "/count", {"lines": "POT 1", "what": "receive"}),
)
# Sheets that leave something open: a header, the columns, what a word or an empty cell is.
SHEETS = ("a;b\n1;2\n", "Артикул;Остаток;Доступно\nMUG;7;5\n", "sku;quantity\nMUG;\nCUP;no\nX;1\n")


def named(page: str) -> list[str]:
    """Return the commands and options that a page names, in its text and its labels."""
    parts = Parts(page)
    labels = [
        value or ""
        for _, attributes in parts.tags
        for name, value in attributes.items()
        if name in ("title", "placeholder", "aria-label", "alt")
    ]
    return SPOKEN_TO_A_TERMINAL.findall(" ".join([*parts.text, *labels]))


@pytest.mark.parametrize("language", ["en", "ru"])
def test_no_page_and_no_refused_form_speaks_to_a_terminal(
    town: Town, visitor: Visitor, language: str
) -> None:
    with town.store.transaction():
        town.store.ledger.warehouse("north")
    visitor.http.headers["Accept-Language"] = language
    for path in PAGES:
        if path != FOR_SCRIPTS:
            assert not named(visitor.get(path).text), path
    for page, path, fields in REFUSED:
        visitor.get(page)
        answer = visitor.post(path, fields, expect=422).text
        assert not named(answer), (path, fields)
    for sheet in SHEETS:
        assert not named(visitor.get(choose(visitor, sheet)).text), sheet


@pytest.mark.parametrize(
    ("message", "page"),
    [
        ("count it first (`cloudstock set-stock A N`)", "count it first"),
        ("count it (`cloudstock set-stock 'A (1)' N`), or move it", "count it, or move it"),
        ("name one account (`--account`), or count it", "name one account, or count it"),
        ("first (`cloudstock x`)\nsecond (`cloudstock y` does it)", "first\nsecond"),
        ("shows 3 (was 4)", "shows 3 (was 4)"),
    ],
)
def test_what_the_terminal_has_for_it_is_left_out(message: str, page: str) -> None:
    assert without_commands(message) == page
