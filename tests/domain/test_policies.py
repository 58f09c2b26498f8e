"""How windows share the units of a product: what may be shown, and what is promised of it."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import replace

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from cloudstock.domain.division import Party, divide, enough_for, sold_more_than
from cloudstock.domain.policies import (
    ROUNDS_TO_MOVE,
    Allotments,
    Contender,
    Policy,
    allotments,
    risk,
)
from tests.builders import examples

DAY = 86_400.0
MINUTES = 60.0
EVERY = 5 * MINUTES

SHARE, SPLIT, PRIORITY, ADAPTIVE = Policy


def windows(policy: Policy, *a_day: float, units: int = 1) -> list[Contender]:
    """Return a contender for each rate of sale a day, keyed and ranked in order."""
    return [
        Contender(str(i), policy, units=units, rank=i, rate=rate / DAY)
        for i, rate in enumerate(a_day)
    ]


def shown(available: int, contenders: Sequence[Contender]) -> list[int]:
    return list(allotments(available, contenders, interval_s=EVERY).listings.values())


@pytest.mark.parametrize(
    ("policy", "a_day", "available", "expected"),
    [
        # All show all.
        (SHARE, (3, 2, 1), 7, [7, 7, 7]),
        (SHARE, (3, 2, 1), 1, [1, 1, 1]),
        (SHARE, (3, 2, 1), 0, [0, 0, 0]),
        (SHARE, (3, 2, 1), -4, [0, 0, 0]),
        # The last unit where it sells best, then one everywhere, then as they sell.
        (SPLIT, (1, 3, 2), 1, [0, 1, 0]),
        (SPLIT, (1, 3, 2), 2, [0, 1, 1]),
        (SPLIT, (1, 3, 2), 3, [1, 1, 1]),
        (SPLIT, (1, 3, 2), 6, [1, 3, 2]),
        (SPLIT, (1, 3, 2), 600, [100, 300, 200]),
        (SPLIT, (3, 3, 3), 0, [0, 0, 0]),
        (SPLIT, (3, 3, 3), -1, [0, 0, 0]),
        # What nobody bought yet goes by rank.
        (SPLIT, (0, 0, 0), 1, [1, 0, 0]),
        (SPLIT, (0, 0, 0), 2, [1, 1, 0]),
        (SPLIT, (0, 0, 0), 5, [2, 2, 1]),
        # A window that sold nothing yet is not forgotten, and not given much.
        (SPLIT, (3, 0), 1, [1, 0]),
        (SPLIT, (3, 0), 2, [1, 1]),
        (SPLIT, (3, 0), 10, [9, 1]),
        (SPLIT, (3, 0, 0), 10, [8, 1, 1]),
        (SPLIT, (3, 0), 102, [100, 2]),
        # A fast seller needs a second unit sooner than a slow one its first.
        (SPLIT, (1_000, 0.1), 2, [2, 0]),
        # One window alone shows what there is.
        (SPLIT, (5,), 9, [9]),
        (ADAPTIVE, (2_000,), 1, [1]),
        # Slow sellers share down to the last unit; fast ones divide it, and faster ones more.
        (ADAPTIVE, (0.1, 0.1, 0.1), 1, [1, 1, 1]),
        (ADAPTIVE, (10, 20, 10), 1, [0, 1, 0]),
        (ADAPTIVE, (10, 20, 10), 50, [50, 50, 50]),
        (ADAPTIVE, (100, 200, 100), 2, [1, 1, 0]),
        (ADAPTIVE, (1_000, 1_000, 1_000), 12, [4, 4, 4]),
        (ADAPTIVE, (1_000, 1_000, 1_000), 1_000, [1_000, 1_000, 1_000]),
        # Never measured: nothing tells that sharing is dangerous.
        (ADAPTIVE, (0, 0, 0), 1, [1, 1, 1]),
        # By rank, however well others sell.
        (PRIORITY, (10, 20, 10), 1, [1, 0, 0]),
        (PRIORITY, (100, 200, 100), 2, [2, 0, 0]),
        (PRIORITY, (10, 20, 10), 50, [50, 50, 50]),
        (PRIORITY, (0.1, 0.1, 0.1), 1, [1, 1, 1]),
    ],
)
def test_what_windows_show(
    policy: Policy, a_day: Sequence[float], available: int, expected: list[int]
) -> None:
    assert shown(available, windows(policy, *a_day)) == expected


def test_where_all_is_sold_through_one_window_nothing_is_scarce() -> None:
    """A marketplace takes its own sales off at once: nobody else sells the unit meanwhile."""
    for policy in (ADAPTIVE, PRIORITY):
        assert risk(1, windows(policy, 5_000, 0, 0), interval_s=EVERY) == 0
        assert shown(1, windows(policy, 5_000, 0, 0)) == [1, 1, 1]


def test_the_rank_decides_and_not_the_place_among_the_windows() -> None:
    first, second, third = windows(PRIORITY, 100, 100, 100)
    ranked = [replace(first, rank=7), replace(second, rank=1), replace(third, rank=3)]
    assert shown(1, ranked) == [0, 1, 0]
    assert shown(3, [replace(c, most=2) for c in ranked]) == [0, 2, 1]


@pytest.mark.parametrize("available", range(1, 13))
def test_a_window_that_may_show_nothing_has_no_say_in_a_division(available: int) -> None:
    split, *share = windows(SPLIT, 3, 3, 900)
    pack, closed = (replace(c, policy=SHARE) for c in share)
    pack = replace(pack, units=3)
    without = shown(available, [split, pack])
    assert shown(available, [split, pack, replace(closed, most=0, rank=-1)]) == [*without, 0]


def test_a_unit_that_one_of_those_who_share_shows_stays_with_them() -> None:
    split, *share = windows(SPLIT, 3, 1.3, 1.3)
    one, other = (replace(c, policy=SHARE) for c in share)
    for showing in ((1, 0), (0, 1), (1, None)):
        shared = [replace(one, showing=showing[0]), replace(other, showing=showing[1])]
        assert shown(1, [replace(split, showing=0), *shared]) == [0, 1, 1]


def test_a_division_of_more_than_can_be_counted_one_by_one_follows_the_rates() -> None:
    assert shown(900, windows(SPLIT, 500_000, 1_000_000, 1_500_000)) == [150, 300, 450]


def test_packs_take_their_units_and_leave_the_rest_to_others() -> None:
    pack, single = windows(SPLIT, 6, 3)
    assert shown(5, [replace(pack, units=2), single]) == [2, 1]
    assert shown(1, [replace(pack, units=2), single]) == [0, 1]
    assert shown(5, windows(SHARE, 1, 1, units=2)) == [2, 2]


def test_what_one_account_may_not_show_others_may() -> None:
    capped, other = windows(SPLIT, 5, 1)
    assert shown(10, [replace(capped, most=2), other]) == [2, 8]
    assert shown(10, [replace(capped, most=0), other]) == [0, 10]
    first, second, third = windows(PRIORITY, 2_000, 2_000, 2_000)
    assert shown(10, [replace(first, most=3), second, third]) == [3, 7, 0]


def test_windows_that_share_stand_in_a_division_as_one() -> None:
    split, *share = windows(SPLIT, 3, 2, 1)
    contenders = [split, *(replace(c, policy=SHARE) for c in share)]
    found = allotments(6, contenders, interval_s=EVERY)
    assert list(found.listings.values()) == [3, 3, 3]
    assert found.divided == {"0"}
    assert shown(1, contenders) == [1, 0, 0]


def test_windows_under_priority_come_before_those_that_divide_or_share() -> None:
    first, split, share = windows(PRIORITY, 50, 200, 50)
    contenders = [
        replace(first, most=2),
        replace(split, policy=SPLIT),
        replace(share, policy=SHARE),
    ]
    assert shown(1, contenders) == [1, 0, 0]
    assert shown(4, contenders) == [2, 2, 0]
    assert shown(5, contenders) == [2, 2, 1]


def test_a_unit_that_is_shown_stays_where_it_is_unless_another_sells_far_better() -> None:
    first, second = windows(SPLIT, 3, 2.6)
    assert shown(1, [replace(first, showing=0), replace(second, showing=1)]) == [0, 1]
    slow = replace(second, rate=1 / DAY, showing=1)
    assert shown(1, [replace(first, showing=0), slow]) == [1, 0]


def test_a_sale_moves_no_unit_while_every_window_has_enough() -> None:
    contenders = windows(SPLIT, 3, 2, 1)
    numbers = shown(60, contenders)
    for sold_in in range(3):
        now = list(numbers)
        now[sold_in] -= 5
        showing = [replace(c, showing=n) for c, n in zip(contenders, now, strict=True)]
        assert shown(55, showing) == now


def test_scarce_stock_stays_scarce_until_there_is_clearly_more() -> None:
    contenders = windows(ADAPTIVE, 10, 20, 10)
    ample = min(n for n in range(1, 100) if not _scarce(n, contenders))
    was = [replace(c, scarce=True) for c in contenders]
    assert ample > 1
    assert _scarce(ample, was)
    assert _scarce(0, was)
    assert not _scarce(2 * ample, was)


def _scarce(available: int, contenders: Sequence[Contender]) -> bool:
    return allotments(available, contenders, interval_s=EVERY).scarce


def test_the_chance_of_many_sales() -> None:
    assert sold_more_than(0, 0.0) == 0.0
    assert sold_more_than(-1, 0.5) == 1.0
    assert sold_more_than(0, 1.0) == pytest.approx(0.6321205588, rel=1e-9)
    assert sold_more_than(2, 1.0) == pytest.approx(0.0803013970, rel=1e-9)
    # Small chances keep their digits.
    assert sold_more_than(1, 1e-6) == pytest.approx(5e-13, rel=1e-5)
    assert sold_more_than(99_000, 100_000.0) == pytest.approx(0.9992, abs=1e-3)
    assert sold_more_than(50_000, 100_000.0) == 1.0
    assert sold_more_than(200_000, 100_000.0) == 0.0


RATES = st.one_of(st.just(0.0), st.floats(1e-9, 10.0))
LISTINGS = st.one_of(st.none(), st.integers(0, 50))


@st.composite
def contenders(draw: st.DrawFn, policies: Sequence[Policy] = tuple(Policy)) -> list[Contender]:
    number = draw(st.integers(1, 6))
    return [
        Contender(
            key,
            draw(st.sampled_from(policies)),
            units=draw(st.integers(1, 6)),
            rank=draw(st.integers(0, 3)),
            rate=draw(RATES),
            showing=draw(LISTINGS),
            scarce=draw(st.booleans()),
            most=draw(LISTINGS),
        )
        for key in range(number)
    ]


AVAILABLE = st.one_of(st.integers(-5, 60), st.integers(-100, 1_000_000))
INTERVAL = st.floats(1.0, 3_600.0)


def _units(found: Allotments, among: Sequence[Contender]) -> list[int]:
    return [found.listings[c.key] * c.units for c in among]


def _within(found: Allotments, available: int, all_: Sequence[Contender]) -> bool:
    divided: set[Hashable] = set(found.divided)
    own = sum(_units(found, [c for c in all_ if c.key in divided]))
    shared = max(_units(found, [c for c in all_ if c.key not in divided]), default=0)
    return own + shared <= max(0, available)


@settings(max_examples=examples(300))
@given(AVAILABLE, contenders(), INTERVAL)
def test_divided_windows_and_any_other_never_show_more_than_there_is(
    available: int, all_: list[Contender], interval_s: float
) -> None:
    found = allotments(available, all_, interval_s=interval_s)
    assert _within(found, available, all_)
    assert {c.key for c in all_ if c.policy is SPLIT} <= found.divided
    assert not {c.key for c in all_ if c.policy is SHARE} & found.divided
    assert list(found.listings) == [c.key for c in all_]
    for contender in all_:
        most = available if contender.most is None else contender.most
        assert 0 <= found.listings[contender.key] <= max(0, most)


@settings(max_examples=examples(300))
@given(AVAILABLE, contenders(), INTERVAL)
def test_no_unit_is_hidden_that_a_window_could_show(
    available: int, all_: list[Contender], interval_s: float
) -> None:
    found = allotments(available, all_, interval_s=interval_s)
    for contender in all_:
        if contender.most is None or found.listings[contender.key] < contender.most:
            more = {
                **found.listings,
                contender.key: found.listings[contender.key] + 1,
            }
            assert not _within(replace(found, listings=more), available, all_)


@given(AVAILABLE, contenders(), INTERVAL)
def test_the_same_question_has_the_same_answer_and_keeping_to_it_is_one(
    available: int, all_: list[Contender], interval_s: float
) -> None:
    found = allotments(available, all_, interval_s=interval_s)
    assert allotments(available, all_, interval_s=interval_s) == found
    kept = [replace(c, showing=found.listings[c.key], scarce=found.scarce) for c in all_]
    again = allotments(available, kept, interval_s=interval_s)
    assert again.scarce == found.scarce
    assert again.listings == found.listings


@given(st.integers(1, 1_000), contenders([ADAPTIVE]), INTERVAL)
def test_more_stock_is_never_more_scarce(
    available: int, all_: list[Contender], interval_s: float
) -> None:
    """From where all windows but one are served."""
    available += len(all_)
    assert risk(available + 1, all_, interval_s=interval_s) <= risk(
        available, all_, interval_s=interval_s
    ) * (1 + 1e-9)


@given(st.integers(4, 5_000), contenders([SPLIT]), st.floats(1.0, 900.0), st.data())
def test_a_sale_moves_nothing_while_every_window_has_enough(
    available: int, all_: list[Contender], interval_s: float, data: st.DataObject
) -> None:
    # Up to 400 units a day through each window.
    plain = [replace(c, units=1, most=None, showing=None, rate=c.rate / 2_160) for c in all_]
    found = allotments(available, plain, interval_s=interval_s)
    enough = {c.key: enough_for(c.rate * ROUNDS_TO_MOVE * interval_s) for c in plain}
    sellers = [c for c in plain if found.listings[c.key] > enough[c.key]]
    assume(sellers)
    assume(all(found.listings[key] >= enough[key] for key in enough))
    seller = data.draw(st.sampled_from(sellers))
    showing = {**found.listings, seller.key: found.listings[seller.key] - 1}
    after = allotments(
        available - 1,
        [replace(c, showing=showing[c.key]) for c in plain],
        interval_s=interval_s,
    )
    assert after.listings == showing


@given(
    st.integers(-3, 400),
    st.lists(
        st.builds(
            Party,
            units=st.integers(1, 5),
            rate=RATES,
            most=LISTINGS,
            showing=LISTINGS,
            rank=st.integers(0, 3),
        ),
        max_size=6,
    ),
    INTERVAL,
)
def test_a_division_gives_out_all_that_fits(
    available: int, parties: list[Party], horizon_s: float
) -> None:
    listings = divide(available, parties, horizon_s=horizon_s)
    rest = max(0, available) - sum(p.units * n for p, n in zip(parties, listings, strict=True))
    assert rest >= 0
    for party, number in zip(parties, listings, strict=True):
        assert number >= 0
        assert party.most is None or number <= party.most
        assert party.units > rest or number == party.most
