"""Many products counted or received at once, and one in its row of the list."""

from __future__ import annotations

import pytest

from tests.builders import contents, ledger, lying
from tests.jobs.town import Town
from tests.web.conftest import Visitor, text_of


def write(visitor: Visitor, lines: str, expect: int = 303, **fields: str) -> str:
    """Send the form; return what the page after it tells."""
    visitor.get("/count")
    given = {"what": "count", "warehouse": "main", "lines": lines, **fields}
    answer = visitor.post("/count", given, expect=expect)
    if expect == 303:
        return text_of(visitor.get(answer.headers["location"]).text, "note")
    return answer.text


@pytest.mark.parametrize(
    ("lines", "stock"),
    [
        ("CUP\t4\nMUG 6", {"CUP": 4, "MUG": 6}),
        ("CUP;4\nMUG\nMUG\n\n  MUG  \n", {"CUP": 4, "MUG": 3}),
        ("CUP 0", {"CUP": 0}),
        ("MUG\t5\nMUG\t6", {"MUG": 11}),
    ],
)
def test_lines_are_counted_and_those_of_one_product_summed(
    town: Town, visitor: Visitor, lines: str, stock: dict[str, int]
) -> None:
    told = write(visitor, lines, yes="on")
    for sku, units in stock.items():
        assert f"{sku} in main: {units} on hand" in told
        assert lying(town.store, sku, "main") == units


def test_nothing_is_counted_where_a_line_cannot_be_read(town: Town, visitor: Visitor) -> None:
    before = contents(town.store)
    page = write(visitor, "CUP\t4\nJUG\t2\nMUG\tmany\nMUG\t-1\n", expect=422)
    told = text_of(page, "problem")
    assert "JUG 2: no product has this article or barcode" in told
    assert "MUG many: expected a code and a whole number" in told
    assert "MUG -1: expected a code and a whole number" in told
    assert "CUP" not in told.replace("JUG", "")
    # What was typed is there still.
    assert "CUP\t4\nJUG\t2" in page
    assert "expected at least one product" in write(visitor, " \n", expect=422)
    assert "at most 1000 lines" in write(visitor, "MUG\n" * 1001, expect=422)
    assert contents(town.store) == before


def test_a_look_changes_nothing(town: Town, visitor: Visitor) -> None:
    before = contents(town.store)
    page = write(visitor, "MUG\t7", expect=200, look="yes")
    row = text_of(page, "cards")
    assert "MUG 9 7 −2" in row
    assert contents(town.store) == before


def test_goods_that_come_are_added(town: Town, visitor: Visitor) -> None:
    assert "MUG in main: 14 on hand" in write(visitor, "MUG\t5", what="receive")
    assert ledger(town.store)[-1] == ("MUG", "main", 5, "adjustment")
    assert "goods received" in visitor.get("/product?sku=MUG").text
    # What was never counted has nothing to be added to.
    assert "never counted" in text_of(
        write(visitor, "POT\t5", expect=422, what="receive"), "problem"
    )


def test_a_number_far_from_what_was_there_is_asked_about(town: Town, visitor: Visitor) -> None:
    page = write(visitor, "MUG\t999999", expect=422)
    assert "999,999" in text_of(page, "problem")
    assert 'name="yes"' in page
    assert lying(town.store, "MUG", "main") == 9
    write(visitor, "MUG\t999999", yes="on")
    assert lying(town.store, "MUG", "main") == 999_999


def test_a_scanner_is_told_what_a_code_is(visitor: Visitor) -> None:
    assert visitor.get("/count/known?code=MUG").json() == {
        "known": True,
        "words": "MUG Product MUG, 9 on hand",
    }
    assert visitor.get("/count/known?code=JUG").json()["known"] is False
    assert visitor.get("/count/known").json()["known"] is False


def test_a_row_of_the_list_is_counted_in_place(town: Town, visitor: Visitor) -> None:
    page = visitor.get("/products?search=MU&sort=-on_hand").text
    assert 'name="back" value="/products?search=MU&amp;sort=-on_hand"' in page
    fields = {"quantity": "6", "warehouse": "main", "back": "/products?search=MU&sort=-on_hand"}
    answer = visitor.post("/product/count?sku=MUG", fields)
    assert answer.headers["location"] == fields["back"]
    assert lying(town.store, "MUG", "main") == 6
    for back in ("//evil.example/products", "https://evil.example", "/logout", "/products\n/x"):
        answer = visitor.post("/product/count?sku=MUG", {**fields, "back": back})
        assert answer.headers["location"] == "/product?sku=MUG"


def test_the_list_is_sorted_by_its_headings(visitor: Visitor) -> None:
    page = visitor.get("/products").text
    assert 'href="/products?sort=on_hand"' in page
    page = visitor.get("/products?sort=on_hand").text
    assert 'aria-sort="ascending"' in page
    assert 'href="/products?sort=-on_hand"' in page


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("account=wb-main", ["CUP", "MUG", "POT"]),
        ("account=wb-main&low=6", ["MUG"]),
        ("waiting=true", []),
        ("unmanaged=true", []),
    ],
)
def test_products_are_narrowed(visitor: Visitor, query: str, found: list[str]) -> None:
    page = visitor.get(f"/products?{query}").text
    assert [sku for sku in ("CUP", "MUG", "POT") if f"<bdi>{sku}</bdi>" in page] == found
