"""Words of marketplaces by what they mean."""

from __future__ import annotations

import pytest

from cloudstock.marketplaces.fields import by_meaning


def test_every_word_has_the_meaning_beside_it() -> None:
    assert by_meaning({True: "A B", False: "C"}) == {"A": True, "B": True, "C": False}


@pytest.mark.parametrize("meanings", [{True: "A B", False: "C A"}, {True: "A A"}])
def test_a_word_has_one_meaning(meanings: dict[bool, str]) -> None:
    with pytest.raises(ValueError, match="two meanings"):
        by_meaning(meanings)
