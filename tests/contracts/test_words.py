"""Every status word of the specifications has a row in an adapter's table, and every row a word."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from tests.contracts.texts import Spec
from tests.contracts.words import WORD_LISTS, WordList, Words, missing


@pytest.mark.parametrize("words", WORD_LISTS, ids=lambda w: w.name)
def test_every_word_has_a_row_and_every_row_a_word(
    words: WordList, specs: Mapping[str, Spec]
) -> None:
    assert set(words.words(specs)), "no word of the kind was found"
    assert missing(specs, words) == ([], [])


def test_a_word_without_a_row_and_a_row_without_a_word_are_found() -> None:
    words = WordList("colours", lambda specs: {"RED", "BLUE"}, lambda: {"RED", "GREEN", "OLD"})
    assert missing({}, words) == (["BLUE"], ["GREEN", "OLD"])
    excused = WordList("colours", words.words, words.table, {"OLD": "it was one"})
    assert missing({}, excused) == (["BLUE"], ["GREEN"])


def test_orders_are_given_every_status(specs: Mapping[str, Spec]) -> None:
    words = Words(specs)
    assert "awaiting_packaging" in words.order_statuses("ozon", "fbs")
    assert "prepare/ready_for_pickup" in words.order_statuses("wildberries", "pickup")
    assert "CANCELLED/PICKUP_EXPIRED" in words.order_statuses("yandex_market", "fbs")
