"""What becomes of the catalog over time, by the installed program against the sandbox."""

from __future__ import annotations

import shlex
from unicodedata import normalize

import pytest

from tests.system.conftest import Shop


@pytest.mark.parametrize(
    ("article", "typed"),
    [
        ("MUG 007", "mug-7"),
        ("Кружка Ёлочка", normalize("NFD", "кружка-елочка")),
        ("ЧАЙНИК-ОА", "ЧAЙHИK OA"),  # as typed with Latin letters
        ("it's 5", "ITS5"),
    ],
)
def test_a_mistyped_article_is_answered_with_one_that_can_be_pasted(
    shop: Shop, article: str, typed: str
) -> None:
    shop.tell("products", sku=article, name="A thing", accounts=["ozon-main"])
    shop.arrange("pull-catalog")
    error = shop.run("set-stock", typed, "5", expect=2).err
    near = error.split("did you mean ")[1].split(" or ")[0].removesuffix("?\n")
    assert shlex.split(near) == [article]
    shop.run("set-stock", *shlex.split(near), "5")
    assert shop.stock()[article]["on_hand"] == 5
    listing = ("link-listing", "--account", "ozon-main", typed, typed)
    assert near in shop.run(*listing, expect=2).err
