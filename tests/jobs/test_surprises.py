"""Words that no table knows, from the adapter to the record and to the book."""

from __future__ import annotations

from cloudstock.jobs.surprises import MetWordsByAccount
from cloudstock.marketplaces.base import Exchange
from cloudstock.store.accounts import WORD_CHARACTERS_MAX, WORDS_MAX, Word
from tests.jobs.town import Town


class Told:
    """A record that keeps what it is told."""

    def __init__(self) -> None:
        self.words: list[tuple[str, ...]] = []

    def exchange(self, exchange: Exchange) -> None:
        raise AssertionError(exchange)

    def surprise(
        self, account: str, place: str, field: str, word: str, *, left_out: bool = False
    ) -> None:
        self.words.append((account, place, field, word, *(["left out"] if left_out else [])))


def test_a_word_is_told_to_the_record_once_and_counted_each_time(town: Town) -> None:
    record = Told()
    met = MetWordsByAccount(record)
    for _ in range(3):
        met["north"].met("GET /orders", "status", "moon")
    met["south"].met("GET /orders", "status", "moon")
    assert record.words == [(name, "GET /orders", "status", "moon") for name in ("north", "south")]
    town.run("catalog")
    ids = dict(town.store.connection.execute("SELECT name, id FROM account").fetchall())
    now = town.clock.now()
    for _ in range(2):
        with town.store.transaction():
            met["north"].keep(town.store, ids["north"], now=now)
    (word,) = town.store.accounts.unknown_words(ids["north"], now=now)
    assert (word.word, word.times) == ("moon", 3)
    assert town.store.accounts.unknown_words(ids["south"], now=now) == ()


def test_a_word_is_cut_and_moves_no_cursor_and_numbers_are_one_place() -> None:
    met = MetWordsByAccount()["north"]
    for order in (7, 41337):
        met.met(f"GET /v2/orders/{order}/status", "status", "a\n\x1b[2J\u202e b" + "c" * 500)
    (word,) = met.words
    assert word.place == "GET /v2/orders/{id}/status"
    assert len(word.word) == WORD_CHARACTERS_MAX
    assert word.word.startswith("a [2J bccc")
    assert word.word.isprintable()
    assert met.words[word] == 2


def test_what_invents_words_fills_neither_memory_nor_record() -> None:
    record = Told()
    met = MetWordsByAccount(record)["north"]
    for n in range(10 * WORDS_MAX):
        met.met("GET /orders", "status", f"word-{n}")
    assert len(met.words) == len(record.words) == WORDS_MAX
    met.met("GET /orders", "status", "word-0")
    assert met.words[Word("GET /orders", "status", "word-0")] == 2
