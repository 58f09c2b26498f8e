"""Gathers the words that no table of the program knows, until the run writes them down."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from cloudstock.store.accounts import WORD_CHARACTERS_MAX, WORDS_MAX, Word

if TYPE_CHECKING:
    from datetime import datetime

    from cloudstock.marketplaces.base import Recorder, Surprises
    from cloudstock.store import Store

# The word where a field is empty or not there.
NOTHING = "(none)"
# An order, a warehouse, a cabinet.
_NUMBER = re.compile(r"/\d+(?=/|$)")


class MetWords:
    """What one account's answers held; see `Surprises`.

    A word is cut, and loses what could move a cursor; the numbers in a path are one place. Beyond
    `WORDS_MAX` no new word is taken.
    """

    def __init__(self, account: str, recorder: Recorder | None = None) -> None:
        self.words: Counter[Word] = Counter()
        self._account = account
        self._recorder = recorder

    def met(self, place: str, field: str, word: str, *, left_out: bool = False) -> None:
        """Count a word; the first time the record of the run is told, too."""
        plain = " ".join("".join(c if c.isprintable() else " " for c in word).split())
        plain = plain[:WORD_CHARACTERS_MAX] or NOTHING
        one = Word(_NUMBER.sub("/{id}", place), field, plain, left_out)
        if one not in self.words:
            if len(self.words) >= WORDS_MAX:
                return
            if self._recorder is not None:
                self._recorder.surprise(self._account, one.place, field, plain, left_out=left_out)
        self.words[one] += 1

    def keep(self, store: Store, account_id: int, *, now: datetime) -> None:
        """Count in the database what was met since the last time; within a transaction."""
        store.accounts.met(account_id, self.words, now=now)
        self.words.clear()


class MetWordsByAccount(dict[str, MetWords]):
    """By the account's name."""

    def __init__(self, recorder: Recorder | None = None) -> None:
        super().__init__()
        self._recorder = recorder

    def __missing__(self, account: str) -> MetWords:
        """Return those of an account that none were met of yet."""
        words = self[account] = MetWords(account, self._recorder)
        return words


if TYPE_CHECKING:
    _: type[Surprises] = MetWords
