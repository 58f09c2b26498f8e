"""A push goes on without what was refused, and of every item it is known what became of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from cloudstock.domain.records import StockKey, StockUpdate, Verdict
from cloudstock.errors import MarketplaceError, Throttled, Unreachable
from cloudstock.marketplaces.pushing import Batch, Sending
from tests.marketplaces.clocks import START


def items(text: str) -> Batch:
    """An item for each letter."""
    return tuple(StockUpdate(StockKey(x, x, "1"), 1, START) for x in text)


def letters(batch: Batch) -> str:
    return "".join(update.key.external_id for update in batch)


class Marketplace:
    """Refuses batches that hold one of the `bad`, without naming it; says what it was sent."""

    def __init__(self, bad: str = "", fails: Callable[[str], Exception | None] = lambda _: None):
        self.bad, self.fails = bad, fails
        self.sent: list[str] = []

    def push(self, text: str, *, refusals_max: int = 9, partly_applied: bool = True) -> str:
        """Push; what became of each letter, by the first letter of the verdict."""
        sending = Sending([items(text)], refusals_max=refusals_max, partly_applied=partly_applied)

        async def send(batch: Batch) -> None:
            self.sent.append(letters(batch))
            problem = self.fails(letters(batch))
            if problem is not None:
                raise problem
            if not set(self.bad) & set(letters(batch)):
                sending.settle(batch, Verdict.ACCEPTED)
                return
            sending.refusals += 1
            if len(batch) == 1:
                sending.settle(batch, Verdict.REFUSED, "BAD")
            else:
                sending.halves(batch)

        outcomes = asyncio.run(sending.run(send))
        by_letter = {o.update.key.external_id: o for o in outcomes}
        assert sorted(by_letter) == sorted(text)
        assert len(outcomes) == len(text)
        self.waits = {o.retry_after_s for o in outcomes}
        return "".join(by_letter[x].verdict.value[0] for x in text)


def test_all_are_accepted_in_one_request() -> None:
    market = Marketplace()
    assert market.push("abcd") == "aaaa"
    assert market.sent == ["abcd"]


def test_one_that_nobody_names_is_found_by_halves_and_the_rest_is_taken() -> None:
    market = Marketplace(bad="c")
    assert market.push("abcde") == "aaraa"
    assert market.sent == ["abcde", "ab", "cde", "c", "de"]


def test_refusals_come_to_an_end() -> None:
    market = Marketplace(bad="abcd")
    assert market.push("abcd", refusals_max=3) == "ruuu"
    assert market.sent == ["abcd", "ab", "a"]


@pytest.mark.parametrize("problem", [Unreachable("gone"), Throttled("wait", wait_s=5.0)])
def test_a_failure_of_which_nothing_is_known_is_raised(problem: MarketplaceError) -> None:
    with pytest.raises(type(problem)):
        Marketplace(fails=lambda _: problem).push("ab")


@pytest.mark.parametrize(
    ("partly_applied", "outcomes", "waits"), [(True, "auuu", {None}), (False, "aull", {None, 5.0})]
)
def test_a_later_failure_leaves_unknown_what_was_sent(
    partly_applied: bool, outcomes: str, waits: set[float | None]
) -> None:
    """Where a refused batch is not applied in part, what was put back was never sent."""

    def fails(sent: str) -> Exception | None:
        return Throttled("wait", wait_s=5.0) if sent == "b" else None

    market = Marketplace(bad="bd", fails=fails)
    assert market.push("abcd", partly_applied=partly_applied) == outcomes
    assert market.sent == ["abcd", "ab", "a", "b"]
    assert market.waits == waits
