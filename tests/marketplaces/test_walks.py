"""Lists are walked to their end and no further; what was answered lately is remembered."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from unittest.mock import patch

import pytest

from cloudstock.errors import AnswerNotUnderstood
from cloudstock.marketplaces import walks
from cloudstock.marketplaces.walks import Remembered, Walk, batches, present, walk
from tests.marketplaces.clocks import JumpingClock
from tests.marketplaces.reading import Notebook


def walked(following: dict[str, str | None], asked: list[str] | None = None) -> list[str]:
    """The pages of a list whose page at a position leads to the next one so."""

    async def ask(position: str) -> str:
        if asked is not None:
            asked.append(position)
        return position

    async def run() -> list[str]:
        pages = walk("shop", "GET /things", "", ask, lambda page: following[page])
        return [page async for page in pages]

    return asyncio.run(run())


def test_a_list_is_walked_to_its_end() -> None:
    assert walked({"": "a", "a": "b", "b": None}) == ["", "a", "b"]


@pytest.mark.parametrize("back_to", ["", "a", "b"])
def test_a_page_that_leads_back_ends_the_walk(back_to: str) -> None:
    asked: list[str] = []
    with pytest.raises(AnswerNotUnderstood, match="shop: GET /things gave the same page twice"):
        walked({"": "a", "a": "b", "b": back_to}, asked)
    # None of them again, the first neither.
    assert asked == ["", "a", "b"]


def test_a_list_without_end_has_one() -> None:
    place = Walk("shop", "GET /things")
    with patch.object(walks, "PAGES_MAX", 3):
        pages = place.pages()
        assert [next(pages) for _ in range(3)] == [0, 1, 2]
        with pytest.raises(AnswerNotUnderstood, match="has more than 3 pages"):
            next(pages)


def test_batches_keep_order_and_size() -> None:
    assert list(batches([1, 2, 3, 4, 5], 2)) == [(1, 2), (3, 4), (5,)]
    assert list(batches([], 2)) == []


def test_what_has_no_record_is_left_out_and_zero_is_one() -> None:
    assert present([1, None, 0]) == (1, 0)


def test_an_answer_is_remembered_as_long_as_it_is_young_enough() -> None:
    clock = JumpingClock()
    notebook = Notebook(clock)
    Remembered(notebook, "ids", frozenset[int]).keep(frozenset({1, 2}))
    later = Remembered(notebook, "ids", frozenset[int])
    assert later.recall(age_max_s=60) == {1, 2}
    clock.moment += timedelta(seconds=61)
    assert later.recall(age_max_s=60) is None
    assert later.recall(age_max_s=62) == {1, 2}
    later.forget()
    assert later.recall(age_max_s=62) is None


@pytest.mark.parametrize("text", ["1 2", "", '{"a": 1}', '["a"]'])
def test_what_another_version_wrote_is_not_remembered(text: str) -> None:
    notebook = Notebook(JumpingClock())
    notebook.keep("ids", text)
    assert Remembered(notebook, "ids", frozenset[int]).recall(age_max_s=60) is None


def test_nothing_is_remembered_where_nothing_keeps_it() -> None:
    nowhere = Remembered(None, "ids", int)
    nowhere.keep(1)
    nowhere.forget()
    assert nowhere.recall(age_max_s=60) is None
