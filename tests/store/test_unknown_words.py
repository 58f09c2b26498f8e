"""Words of a marketplace that no table of the program knows: counted, told, and over in time."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from cloudstock.settings import Account, Configuration
from cloudstock.store import Store, accounts
from cloudstock.store.accounts import LEFT_OUT_KEPT, WORDS_KEPT, WORDS_MAX, Word
from cloudstock.store.views.health import Health, health

NOW = datetime(2026, 11, 29, 10, 0, tzinfo=UTC)
STATUS = Word("POST /v4/posting/fbs/list", "status", "moon_phase")
TYPE = Word("POST /v2/warehouse/list", "warehouse_type", "orbital")
ACCOUNTS = (Account("ozon-main", "ozon", ()), Account("wb-main", "wildberries", ()))


@pytest.fixture
def ozon(store: Store) -> int:
    store.connection.executemany(
        "INSERT INTO account (id, name, marketplace) VALUES (?, ?, ?)",
        [(n, a.name, a.marketplace) for n, a in enumerate(ACCOUNTS, start=1)],
    )
    return 1


def meet(
    store: Store, account_id: int, words: Mapping[Word, int], *, after: timedelta = timedelta()
) -> None:
    with store.transaction():
        store.accounts.met(account_id, words, now=NOW + after)


def told(store: Store, account_id: int, *, after: timedelta = timedelta()) -> dict[Word, int]:
    words = store.accounts.unknown_words(account_id, now=NOW + after)
    return {Word(w.place, w.field, w.word): w.times for w in words}


def state(store: Store, *, after: timedelta = timedelta()) -> Health:
    path = Path("config.yaml")
    config = Configuration(path, accounts=ACCOUNTS, max_poll_age=timedelta(days=365))
    return health(store.connection, config, now=NOW + after)


def test_a_word_is_counted_for_its_account_with_where_and_when(store: Store, ozon: int) -> None:
    meet(store, ozon, {STATUS: 2})
    meet(store, ozon, {STATUS: 3, TYPE: 1}, after=timedelta(hours=1))
    (first, second) = store.accounts.unknown_words(ozon, now=NOW + timedelta(hours=2))
    assert (first.place, first.field, first.word, first.left_out) == STATUS
    assert (first.times, first.first_at, first.last_at) == (5, NOW, NOW + timedelta(hours=1))
    assert (second.times, second.first_at) == (1, NOW + timedelta(hours=1))
    assert told(store, 2) == {}


def test_a_word_not_met_for_a_month_is_over(store: Store, ozon: int) -> None:
    meet(store, ozon, {STATUS: 1})
    meet(store, ozon, {TYPE: 1}, after=timedelta(days=1))
    assert told(store, ozon, after=WORDS_KEPT) == {STATUS: 1, TYPE: 1}
    late = WORDS_KEPT + timedelta(seconds=1)
    assert told(store, ozon, after=late) == {TYPE: 1}
    store.accounts.forget_words(now=NOW + late)
    left = store.connection.execute("SELECT word FROM surprise").fetchall()
    assert [r[0] for r in left] == ["orbital"]


def test_after_an_upgrade_only_what_is_met_again_is_told(
    store: Store, ozon: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A version that knows the word never meets it."""
    meet(store, ozon, {STATUS: 1, TYPE: 1})
    monkeypatch.setattr(accounts, "__version__", "99.0")
    hour = timedelta(hours=1)
    assert told(store, ozon, after=hour) == {}
    assert state(store, after=hour).notable == ()
    meet(store, ozon, {TYPE: 1}, after=hour)
    assert told(store, ozon, after=hour) == {TYPE: 2}
    store.accounts.forget_words(now=NOW + hour)
    assert store.connection.execute("SELECT count(*) FROM surprise").fetchone()[0] == 1
    # The way back is a change of version, too.
    monkeypatch.setattr(accounts, "__version__", "1.0")
    assert told(store, ozon, after=2 * hour) == {}


def test_an_account_keeps_so_many_words_and_counts_those_it_has(store: Store, ozon: int) -> None:
    many = {Word("GET /x", "status", f"word-{n:04}"): 1 for n in range(WORDS_MAX + 50)}
    meet(store, ozon, many)
    meet(store, ozon, {STATUS: 1, Word("GET /x", "status", "word-0000"): 1})
    meet(store, 2, {STATUS: 1})
    words = told(store, ozon)
    assert len(words) == WORDS_MAX
    assert words[Word("GET /x", "status", "word-0000")] == 2
    assert told(store, 2) == {STATUS: 1}


def test_status_tells_them_in_one_line_that_is_no_error(store: Store, ozon: int) -> None:
    meet(store, ozon, {STATUS: 3})
    before = state(store)
    (finding,) = [f for f in before.notable if f.kind == "unknown_word"]
    assert finding.account == "ozon-main"
    assert '1 word of the marketplace is not known: status "moon_phase"' in finding.message
    assert "(POST /v4/posting/fbs/list, met 3 times)" in finding.message
    assert "keeps its units reserved" in finding.message
    assert "`cloudstock sync --record report.jsonl`" in finding.message
    assert all(f.kind != "unknown_word" for f in before.wrong)
    many = {Word("GET /x", "status", f"word-{n}"): 1 for n in range(9)}
    meet(store, ozon, many, after=timedelta(hours=1))
    (finding,) = state(store, after=timedelta(hours=1)).notable
    assert "10 words of the marketplace are not known" in finding.message
    assert finding.message.count("word-") == 3
    assert "7 more" in finding.message


def test_what_was_left_out_is_wrong_until_it_is_no_longer_met(store: Store, ozon: int) -> None:
    """It may be an order: its units are reserved by nobody."""
    lost = Word("POST /v4/posting/fbs/list", "posting_number", "(none)", left_out=True)
    meet(store, ozon, {lost: 2, STATUS: 1})
    both = state(store)
    (wrong,) = [f for f in both.wrong if f.kind == "left_out"]
    assert wrong.account == "ozon-main"
    assert "could not be read" in wrong.message
    assert 'posting_number "(none)" (POST /v4/posting/fbs/list, met 2 times)' in wrong.message
    assert "`cloudstock sync --record report.jsonl`" in wrong.message
    (notable,) = [f for f in both.notable if f.kind == "unknown_word"]
    assert "posting_number" not in notable.message
    assert [w.left_out for w in both.accounts[0].unknown_words] == [True, False]
    late = LEFT_OUT_KEPT + timedelta(seconds=1)
    assert [f.kind for f in state(store, after=late).wrong if f.kind == "left_out"] == []
    assert told(store, ozon, after=late) == {STATUS: 1}
    store.accounts.forget_words(now=NOW + late)
    assert store.connection.execute("SELECT count(*) FROM surprise").fetchone()[0] == 1
