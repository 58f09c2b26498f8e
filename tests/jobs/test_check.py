"""check: what an account allows is told apart from what it does not."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from dataclasses import replace
from datetime import timedelta

import pytest

from cloudstock.domain.records import MarketplaceWarehouse, SeenStock, StockKey
from cloudstock.errors import (
    AnswerNotUnderstood,
    CloudstockError,
    CredentialsRefused,
    Exit,
    RequestRefused,
    Throttled,
    Unreachable,
)
from cloudstock.jobs.results import AccountResult
from cloudstock.marketplaces.base import CheckFinding, CheckReport, Page
from cloudstock.settings import Secret
from tests.jobs.town import Town
from tests.memory import MEMORY_TRAITS, Memory

READINGS = ("catalog", "orders", "orders_again", "returns", "read_stock")


def check(town: Town, **faults: CloudstockError) -> AccountResult:
    """Check the northern account, whose methods raise so."""
    town.shops["north"].faults = {name: [fault] for name, fault in faults.items()}
    town.run("check", only="north")
    return town.results["north"]


@pytest.fixture
def trading(open_town: Town) -> Town:
    """With an open order, so that every kind of reading is made."""
    open_town.shops["north"].place("N1", {"MUG": 1})
    open_town.run("orders")
    return open_town


def refused(what: str) -> CredentialsRefused:
    return CredentialsRefused(f"north: {what} is not allowed")


def test_an_account_where_all_is_well(trading: Town) -> None:
    result = check(trading)
    assert result.ok
    assert result.notes == ("north: is Memory", "north: warehouse 1 (Warehouse 1)")


def test_a_key_that_may_do_nothing_is_refused_credentials(trading: Town) -> None:
    result = check(trading, check=refused("this"), **{r: refused(r) for r in READINGS})
    assert result.error is not None
    assert result.error.exit_code is Exit.CREDENTIALS


@pytest.mark.parametrize("allowed", ["check", *READINGS])
def test_a_key_that_may_do_something_is_told_what_it_may_not(trading: Town, allowed: str) -> None:
    faults = {name: refused(name) for name in ("check", *READINGS) if name != allowed}
    result = check(trading, **faults)
    assert result.error is not None
    assert result.error.exit_code is Exit.FAILED
    # One is the account's error, and each of the others a line of its own.
    told = [result.error.message, *(n for n in result.notes if n.startswith("north: error: "))]
    for sentence, name in zip(told, faults, strict=True):
        assert sentence.endswith(f": {name} is not allowed")
        assert sentence.count("north") == 1
    assert not [note for note in result.notes if f"{allowed} is not allowed" in note]


@pytest.mark.parametrize("reading", READINGS)
def test_a_reading_that_has_to_wait_is_told_as_waiting(trading: Town, reading: str) -> None:
    result = check(trading, **{reading: Throttled("north: wait", wait_s=5.0)})
    assert result.ok
    (note,) = [note for note in result.notes if note.startswith("north: waits: ")]
    assert "could not be read now: wait" in note


@pytest.mark.parametrize("reading", READINGS)
@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (Unreachable("north: no answer"), "could not be read now"),
        (RequestRefused("north: 400", status=400), "may have changed its interface"),
        (AnswerNotUnderstood("north: not understood"), "may have changed its interface"),
    ],
    ids=lambda x: type(x).__name__,
)
def test_a_reading_that_fails_fails_the_check_and_the_others_are_made(
    trading: Town, reading: str, fault: CloudstockError, words: str
) -> None:
    asked = len(trading.shops["north"].asked_again)
    result = check(trading, **{reading: fault})
    assert result.error is not None
    assert words in result.error.message
    assert not [note for note in result.notes if "warning" in note]
    assert len(trading.shops["north"].asked_again) == asked + 1


AGO = "north: rights and warehouses were asked 40 s ago, not again"


def test_what_was_answered_a_minute_ago_is_not_asked_again_and_that_is_told(trading: Town) -> None:
    first = check(trading)
    trading.clock.move(seconds=40)
    # Asked again it would fail.
    again = check(trading, check=Unreachable("north: asked again"))
    assert again.ok
    assert again.notes == (AGO, *first.notes)
    # The readings are made each time.
    assert not check(trading, orders=Unreachable("north: no answer")).ok
    trading.clock.move(seconds=21)
    assert not check(trading, check=Unreachable("north: asked again")).ok
    assert check(trading).notes == first.notes


def test_another_key_is_asked_about_at_once(trading: Town) -> None:
    assert check(trading).ok
    north, *others = trading.config.accounts
    other = replace(north, secrets={"api_key": Secret("another")})
    trading.config = replace(trading.config, accounts=(other, *others))
    assert not check(trading, check=Unreachable("north: asked again")).ok


def test_of_a_report_with_an_error_nothing_is_kept(trading: Town) -> None:
    class Failing(Memory):
        async def check(self) -> CheckReport:
            return CheckReport("", (), (CheckFinding("error", "this fails"),))

    trading.adapters["north"] = Failing
    assert not check(trading).ok
    del trading.adapters["north"]
    assert check(trading).ok


def test_a_limit_that_is_used_up_is_no_error_of_good_credentials(trading: Town) -> None:
    """Neither where nothing is known of the rights, nor where an older answer is."""
    wait = Throttled("north: wait", wait_s=500.0)
    result = check(trading, check=wait)
    assert result.ok
    assert "north: waits: rights and warehouses could not be asked now: wait" in result.notes
    first = check(trading)
    trading.clock.move(hours=1)
    result = check(trading, check=wait)
    assert result.ok
    (note,) = set(result.notes) - set(first.notes)
    assert note.startswith("north: waits: rights and warehouses are those of ")


def test_where_everything_has_to_wait_nothing_is_known_of_the_key(trading: Town) -> None:
    result = check(trading, **{name: Throttled("north: wait") for name in ("check", *READINGS)})
    assert result.error is not None
    assert (result.error.kind, result.error.exit_code) == ("throttled", Exit.TRY_LATER)


def test_what_was_known_of_warehouses_stays_where_nothing_is_told_of_them(trading: Town) -> None:
    known = "SELECT count(*) FROM marketplace_warehouse WHERE account_id = 1"
    assert trading.store.connection.execute(known).fetchone()[0] == 1
    result = check(trading, check=refused("this"))
    assert not result.ok
    assert trading.store.connection.execute(known).fetchone()[0] == 1


def test_findings_are_told_by_their_weight(trading: Town) -> None:
    class Finding(Memory):
        async def check(self) -> CheckReport:
            findings = [CheckFinding(level, f"this is {level}") for level in ("ok", "warning")]
            unusable = MarketplaceWarehouse("1", "Old", unusable="archived")
            return CheckReport("", (unusable,), tuple(findings))

    trading.adapters["north"] = Finding
    result = check(trading)
    assert result.ok
    assert result.notes == (
        "north: warehouse 1 (Old), not usable: archived",
        "north: warning: this is warning",
    )

    class Failing(Finding):
        async def check(self) -> CheckReport:
            report = await super().check()
            return replace(report, findings=(*report.findings, CheckFinding("error", "this fails")))

    trading.adapters["north"] = Failing
    trading.clock.move(seconds=61)
    result = check(trading)
    assert result.error is not None
    assert result.error.message == "north: this fails"
    assert not any("this fails" in note for note in result.notes)


def test_returns_that_may_be_asked_for_only_now_and_then_are_not_asked_for_too_often(
    trading: Town,
) -> None:
    shop = trading.shops["north"]
    shop.traits = replace(MEMORY_TRAITS, returns_interval_s=60.0)
    trading.run("returns", only="north")
    asked = len(shop.asked_again)
    trading.clock.move(seconds=58)
    assert check(trading).ok
    assert len(shop.asked_again) == asked
    trading.clock.move(seconds=3)
    assert check(trading).ok
    assert len(shop.asked_again) == asked + 1


def test_a_shop_that_must_be_asked_by_name_and_has_none_is_not_asked(town: Town) -> None:
    asked: list[int] = []

    class Named(Memory):
        async def read_stock(
            self, keys: Iterable[StockKey] | None
        ) -> AsyncIterator[Page[SeenStock]]:
            assert keys is not None
            asked.append(len(list(keys)))
            return
            yield

    town.adapters["north"] = Named
    town.shops["north"].traits = replace(MEMORY_TRAITS, walks_stock=False)
    assert check(town).ok
    assert asked == []
    town.run("catalog")
    assert check(town).ok
    assert asked == [3]


def test_a_shop_that_lists_its_stock_is_read_before_its_catalogue_is(town: Town) -> None:
    result = check(town, read_stock=RequestRefused("north: 400", status=400))
    assert result.error is not None
    assert "stock" in result.error.message


def test_when_credentials_end_is_kept_though_it_is_not_told_now(open_town: Town) -> None:
    shop, store = open_town.shops["north"], open_town.store
    shop.credentials_end = open_town.clock.now() + timedelta(days=99)
    open_town.clock.move(hours=2)
    open_town.run("orders")
    assert store.accounts.facts(1).credentials_end == shop.credentials_end

    class Silent(Memory):
        async def credentials_end(self) -> None:
            raise Unreachable("north: no answer")

    open_town.adapters["north"] = Silent
    open_town.clock.move(hours=2)
    open_town.run("orders")
    assert open_town.results["north"].ok
    assert store.accounts.facts(1).credentials_end == shop.credentials_end
    assert store.accounts.facts(1).credentials_asked_at is not None
