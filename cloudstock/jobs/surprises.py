"""Gathers the words that no table of the program knows, until the run writes them down."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING

from cloudstock.store.accounts import Word

if TYPE_CHECKING:
    from cloudstock.marketplaces.base import Surprises


class MetWords:
    """What one account's answers held; see `Surprises`."""

    def __init__(self) -> None:
        self.words: Counter[Word] = Counter()

    def met(self, place: str, field: str, word: str) -> None:
        """Count a word."""
        self.words[Word(place, field, word)] += 1


class MetWordsByAccount(defaultdict[str, MetWords]):
    """By the account's name."""

    def __init__(self) -> None:
        super().__init__(MetWords)


if TYPE_CHECKING:
    _: type[Surprises] = MetWords
