"""What is sent, in which phase, and what is held back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudstock.domain.plan import (
    Decision,
    Difference,
    Emptying,
    Phase,
    decide,
    plan,
    withheld,
)


def difference(
    target: int, low: int | None, high: int | None, *, may_raise: bool = True
) -> Difference:
    return Difference(1, "W", target, low, high, may_raise)


@pytest.mark.parametrize(
    ("target", "low", "high", "may_raise", "sent"),
    [
        # Known to show too much, or too little.
        (3, 5, 5, True, (3, Phase.LOWER)),
        (3, 5, 5, False, (3, Phase.LOWER)),
        (7, 5, 5, True, (7, Phase.RAISE)),
        (7, 5, 5, False, None),
        # Known to be right: sent only by --full, which lowers nothing and raises nothing.
        (5, 5, 5, True, (5, Phase.LOWER)),
        (5, 5, 5, False, (5, Phase.LOWER)),
        # Somewhere between.
        (4, 4, 6, True, (4, Phase.LOWER)),
        (4, 4, 6, False, (4, Phase.LOWER)),
        (5, 4, 6, True, (5, Phase.RAISE)),
        (5, 4, 6, False, (4, Phase.LOWER)),
        (6, 4, 6, False, (4, Phase.LOWER)),
        (9, 4, 6, False, (4, Phase.LOWER)),
        (9, 4, 6, True, (9, Phase.RAISE)),
        (0, 0, 6, False, (0, Phase.LOWER)),
        # Nothing known: only zero is certain not to raise.
        (5, None, None, True, (5, Phase.RAISE)),
        (5, None, None, False, None),
        (0, None, None, True, (0, Phase.LOWER)),
        (0, None, None, False, (0, Phase.LOWER)),
    ],
)
def test_what_is_sent_for_a_difference(
    target: int,
    low: int | None,
    high: int | None,
    may_raise: bool,
    sent: tuple[int, Phase] | None,
) -> None:
    decision = decide(difference(target, low, high, may_raise=may_raise))
    assert decision == (sent and Decision(1, "W", *sent))


@st.composite
def differences(draw: st.DrawFn) -> Difference:
    low = draw(st.none() | st.integers(0, 9))
    high = None if low is None else draw(st.integers(low, 12))
    return difference(draw(st.integers(0, 12)), low, high, may_raise=draw(st.booleans()))


@given(d=differences(), share=st.floats(0, 1))
def test_nothing_is_raised_where_it_must_not_be(d: Difference, share: float) -> None:
    decision = decide(d)
    if decision is None:
        return
    assert decision.quantity <= d.target
    # Whatever it truly shows within the belief.
    if d.low is not None and d.high is not None:
        truly = d.low + round((d.high - d.low) * share)
        if not d.may_raise or decision.phase is Phase.LOWER:
            assert decision.quantity <= truly
    elif not d.may_raise:
        assert decision.quantity == 0


@given(d=differences())
def test_what_shows_too_much_is_always_lowered(d: Difference) -> None:
    if d.high is not None and d.high > d.target:
        decision = decide(d)
        assert decision is not None
        assert decision.quantity <= d.target


@given(ds=st.lists(differences(), max_size=8))
def test_everything_is_sent_or_held_and_lowerings_leave_first(ds: list[Difference]) -> None:
    result = plan(ds)
    assert all(d.phase is Phase.LOWER for d in result.lower)
    assert all(d.phase is Phase.RAISE for d in result.raise_)
    assert len(result.lower) + len(result.raise_) == sum(decide(d) is not None for d in ds)
    # Whoever does not get the target is told as held, and nobody else is.
    for d in ds:
        decision = decide(d)
        assert (d in result.held) == (decision is None or decision.quantity < d.target)


def test_the_order_of_differences_is_kept() -> None:
    ds = [Difference(n, "W", n % 3, 1, 1) for n in range(9)]
    result = plan(ds)
    assert [d.listing_id for d in result.lower] == [0, 1, 3, 4, 6, 7]
    assert [d.listing_id for d in result.raise_] == [2, 5, 8]


# ---------------------------------------------------------------- the blast guard


def emptied(count: int, *, shown: int = 5, sold: int = 0) -> list[Emptying]:
    return [Emptying(n, "W", shown, sold) for n in range(count)]


@pytest.mark.parametrize(
    ("unexplained", "live", "stopped"),
    [
        (0, 100, False),
        (9, 10, False),
        (9, 9, False),
        (10, 49, True),
        (10, 50, False),
        (20, 100, False),
        (21, 100, True),
        (100, 100, True),
        (10, 0, True),
    ],
)
def test_many_unexplained_zeros_are_withheld(unexplained: int, live: int, stopped: bool) -> None:
    found = withheld(emptied(unexplained), live=live, max_percent=20, min_listings=10)
    assert len(found) == (unexplained if stopped else 0)


def test_what_was_sold_out_is_no_accident() -> None:
    sold_out = emptied(50, shown=3, sold=3)
    assert withheld(sold_out, live=50, max_percent=20, min_listings=10) == ()
    assert withheld(emptied(50, shown=3, sold=2), live=50, max_percent=20, min_listings=10)


def test_only_the_unexplained_are_withheld() -> None:
    accident, sold = emptied(30), emptied(30, sold=5)
    found = withheld([*sold, *accident], live=60, max_percent=20, min_listings=10)
    assert found == tuple(accident)
