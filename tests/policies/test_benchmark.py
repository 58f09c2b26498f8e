"""The benchmark in small: what it promises holds here as well, and its tables say what they say."""

from __future__ import annotations

import pytest

from cloudstock.simulate.model import Outcome
from cloudstock.simulate.trial import try_rules
from tests.policies.benchmark import (
    BY_NAME,
    allowed_s,
    equal_buffer,
    frontier,
    promoted,
    promotions,
    table,
    trade,
    verdict,
)


@pytest.fixture(scope="module")
def outcomes() -> dict[str, Outcome]:
    return try_rules(trade(products=60, a_day=900, interval_s=900, days=30), [1, 2])


def test_split_oversells_nothing_where_share_does(outcomes: dict[str, Outcome]) -> None:
    assert outcomes["share"].oversold > 0
    assert outcomes["split"].oversold == 0
    assert outcomes["split"].oversold_expected == 0


def test_adaptive_oversells_little_and_hides_less_than_a_buffer(
    outcomes: dict[str, Outcome],
) -> None:
    found = verdict(outcomes)
    assert found.fewer > 10
    assert found.part < 0.2
    assert outcomes["adaptive"].hidden < outcomes["split"].hidden < outcomes["buffer 1"].hidden


def test_in_a_promotion_adaptive_oversells_little_and_shows_what_is_delivered_at_once() -> None:
    rules = [BY_NAME[name] for name in ("share", "adaptive", "split")]
    day = promotions(products=60, a_day=600, interval_s=60)
    outcomes = try_rules(day, [1, 2], rules)
    share, adaptive, split = outcomes.values()
    assert share.oversold_expected > 5 * adaptive.oversold_expected
    assert split.oversold == 0
    assert adaptive.delivered == split.delivered > 0
    for name in ("adaptive", "split"):
        hidden_s = outcomes[name].delivered_hidden_s / outcomes[name].delivered
        assert hidden_s < 1.1 * allowed_s(name, outcomes[name])
    assert len(list(promoted([1], [outcomes]))) == 2 + len(rules)


def test_larger_buffers_oversell_less_and_hide_more(outcomes: dict[str, Outcome]) -> None:
    buffers = [outcomes[name] for name in ("share", "buffer 1", "buffer 2", "buffer 3")]
    expected = [o.oversold_expected for o in buffers]
    assert expected == sorted(expected, reverse=True)
    hidden = [o.hidden for o in buffers]
    assert hidden == sorted(hidden)


def test_between_two_buffers_figures_are_in_proportion() -> None:
    buffers = [(10.0, 0.0), (2.0, 4.0), (0.0, 5.0)]
    assert equal_buffer(buffers, 6.0) == 2.0
    assert equal_buffer(buffers, 1.0) == 4.5
    assert equal_buffer(buffers, 0.0) == 5.0
    # None oversells as little.
    assert equal_buffer(buffers[:2], 1.0) == 4.0


def test_the_tables(outcomes: dict[str, Outcome]) -> None:
    lines = list(table([15], [outcomes]))
    assert [line.split("|")[1].strip() for line in lines[2:]] == [
        "`share`",
        "`share` with buffer 1",
        "`share` with buffer 2",
        "`share` with buffer 3",
        "`split`",
        "`priority`",
        "`adaptive`",
    ]
    assert lines[6].split("|")[2].strip() == "0"
    *_, row = frontier([(900, 15, verdict(outcomes))])
    assert row.startswith("| 900 | 15 min |")
