"""Articles as people write them: what is taken for one, and what is not."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from unicodedata import normalize

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudstock.domain.likeness import LETTERS_COMPARED, folded, likeness, nearest

TEXT = st.text(max_size=12) | st.text("aAоOо0Oоl1i -_/.йёЙẞﬁ½ⅠА١", max_size=12)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("MUG-01", "mug 01"),
        ("MUG-01", "MUG-1"),
        ("MUG-01", "МUG_О1"),  # Cyrillic М and О
        ("00123", "123"),
        ("A0012", "a12"),
        ("Кружка", normalize("NFD", "кружка")),
        ("Чайник", normalize("NFD", "Чайник")),
        ("ЁЛКА", "Елка"),
        ("ﬁx", "FIX"),
        ("Ｍ１", "M1"),
        ("M\N{NO-BREAK SPACE}1", "M1"),
        ("ЗА-1", "3A-1"),
    ],
)
def test_what_people_take_for_one_article_is_folded_to_one(one: str, other: str) -> None:
    assert folded(one) == folded(other)
    assert nearest(one, [other]) == [other]


@pytest.mark.parametrize(("one", "other"), [("MUG-10", "MUG-1"), ("100", "10"), ("MUG", "CUP")])
def test_what_differs_stays_apart(one: str, other: str) -> None:
    assert folded(one) != folded(other)


@given(TEXT, st.sampled_from(["", " "]))
def test_what_is_folded_stays_as_it_is(text: str, between: str) -> None:
    assert folded(folded(text, between), between) == folded(text, between)


@given(TEXT, st.sampled_from(["NFC", "NFD", "NFKC", "NFKD"]))
def test_forms_case_and_blanks_make_no_difference(text: str, form: str) -> None:
    assert folded(normalize(form, text)) == folded(text)
    assert folded(text.casefold()) == folded(text)
    assert folded(f" {text} - ") == folded(text)


@given(st.text(min_size=1, max_size=8), st.lists(st.text(max_size=8), max_size=8))
def test_the_nearest_are_known_and_those_written_alike_come_first(
    text: str, known: list[str]
) -> None:
    near = nearest(text, [*known, text])
    alike = [one for one in dict.fromkeys([*known, text]) if folded(one) == folded(text)]
    assert set(near) <= {*known, text}
    assert len(near) <= 3
    if folded(text):
        assert near[: len(alike)] == alike[:3]


def test_what_is_written_alike_is_found_beyond_what_is_compared(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("cloudstock.domain.likeness.COMPARED", 1)
    assert nearest("mug 7", ["CUP", "MUG-8", "MUG-07"]) == ["MUG-07"]


def test_marks_alone_are_not_all_one() -> None:
    assert nearest("--", ["//", "--"]) == ["--"]


def test_only_the_beginning_of_a_text_is_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    """What comparing costs grows with the square of the text, which may be anybody's."""
    compared: list[int] = []

    class Matcher(difflib.SequenceMatcher[str]):
        def set_seqs(self, a: Sequence[str], b: Sequence[str]) -> None:
            compared.extend((len(a), len(b)))
            super().set_seqs(a, b)

        def set_seq1(self, a: Sequence[str]) -> None:
            compared.append(len(a))
            super().set_seq1(a)

        def set_seq2(self, b: Sequence[str]) -> None:
            compared.append(len(b))
            super().set_seq2(b)

    monkeypatch.setattr(difflib, "SequenceMatcher", Matcher)
    long = "ab" * 100_000
    assert nearest(f"c{long}", ["MUG", f"d{long}"]) == [f"d{long}"]
    assert likeness(long, f"{long}c") == 1.0
    assert max(compared) == LETTERS_COMPARED
