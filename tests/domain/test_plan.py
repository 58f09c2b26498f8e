"""What is sent, in which phase, and what is held back."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudstock.domain.plan import (
    Decision,
    Difference,
    Emptying,
    Phase,
    Plan,
    Stage,
    decide,
    plain_decision,
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
    decision = plain_decision(difference(target, low, high, may_raise=may_raise))
    assert decision == (sent and Decision(1, "W", *sent))


@st.composite
def differences(draw: st.DrawFn) -> Difference:
    low = draw(st.none() | st.integers(0, 9))
    high = None if low is None else draw(st.integers(low, 12))
    return difference(draw(st.integers(0, 12)), low, high, may_raise=draw(st.booleans()))


@given(d=differences(), share=st.floats(0, 1))
def test_nothing_is_raised_where_it_must_not_be(d: Difference, share: float) -> None:
    decision = plain_decision(d)
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
        decision = plain_decision(d)
        assert decision is not None
        assert decision.quantity <= d.target


def plan(
    *ds: Difference,
    room: dict[tuple[int, str], int] | None = None,
    withheld: set[tuple[int, str]] | None = None,
    push_batch: int = 100,
) -> Plan:
    return decide(ds, room=room or {}, withheld=withheld or set(), push_batch=push_batch)


@given(ds=st.lists(differences(), max_size=8))
def test_everything_is_sent_or_held_and_lowerings_leave_first(ds: list[Difference]) -> None:
    ds = [d._replace(listing_id=n) for n, d in enumerate(ds)]
    result = plan(*ds)
    decisions = [plain_decision(d) for d in ds]
    assert sorted(result.decisions) == sorted(d for d in decisions if d is not None)
    phases = [d.phase for d in result.decisions]
    assert phases == sorted(phases)
    # Whoever does not get the target is told as held, and nobody else is.
    assert result.held == sum(
        decision is None or decision.quantity < d.target
        for d, decision in zip(ds, decisions, strict=True)
    )


def test_the_smallest_numbers_leave_first_and_else_the_order_is_kept() -> None:
    result = plan(*[Difference(n, "W", n % 3, 1, 1) for n in range(9)])
    assert [d.listing_id for d in result.decisions] == [0, 3, 6, 1, 4, 7, 2, 5, 8]


def stages(result: Plan) -> list[tuple[Stage, int]]:
    return [(action.stage, action.pair[0]) for action in result.actions]


def test_what_may_not_be_repeated_yet_comes_last_with_its_moment() -> None:
    at = datetime(2026, 11, 23, 10, tzinfo=UTC)
    result = plan(
        Difference(1, "W", 0, 5, 5, due_at=at),
        Difference(2, "W", 9, 5, 5),
        Difference(3, "W", 2, 5, 5),
    )
    assert stages(result) == [(Stage.LOWER, 3), (Stage.RAISE, 2), (Stage.LATE, 1)]
    assert [action.due_at for action in result.actions] == [None, None, at]


def test_what_is_withheld_is_not_emptied_but_may_be_lowered() -> None:
    ds = [Difference(1, "W", 0, 5, 5), Difference(2, "W", 1, 5, 5), Difference(3, "W", 0, 5, 5)]
    result = plan(*ds, withheld={(1, "W"), (2, "W")})
    assert [d.listing_id for d in result.decisions] == [3, 2]


DIVIDED = Difference(1, "W", 4, 2, 2, divided=True)


@pytest.mark.parametrize(
    ("difference", "room", "expected", "held", "waiting"),
    [
        # There is room: it is read, and then raised.
        (DIVIDED, 3, [(Stage.READ, None), (Stage.RAISE, 3)], 0, 0),
        (DIVIDED._replace(may_raise=False), 3, [], 1, 0),
        # It has to fall, to no more than it may show.
        (DIVIDED._replace(target=0), 1, [(Stage.LOWER, 1)], 0, 0),
        (DIVIDED._replace(low=None, high=None), 0, [(Stage.LOWER, 0)], 0, 0),
        # No room yet: it waits, and is read where it is not certain what it shows.
        (DIVIDED, None, [], 0, 1),
        (DIVIDED._replace(low=1), None, [(Stage.READ, None)], 0, 1),
        (DIVIDED._replace(target=2), None, [], 0, 0),
    ],
)
def test_a_divided_listing_gets_what_there_is_room_for(
    difference: Difference,
    room: int | None,
    expected: list[tuple[Stage, int | None]],
    held: int,
    waiting: int,
) -> None:
    result = plan(difference, room={} if room is None else {(1, "W"): room})
    done = [(a.stage, a.decision and a.decision.quantity) for a in result.actions]
    assert (done, result.held, result.waiting) == (expected, held, waiting)


@pytest.mark.parametrize(("push_batch", "first"), [(3, Stage.LOWER), (2, Stage.LOWER_SCARCE)])
def test_lowerings_of_divided_listings_leave_apart_where_one_request_does_not_hold_all(
    push_batch: int, first: Stage
) -> None:
    ds = [Difference(2, "W", 0, 5, 5), Difference(3, "W", 0, 5, 5), DIVIDED._replace(low=5)]
    result = plan(*ds, room={(1, "W"): 1}, push_batch=push_batch)
    by_listing = {n: stage for stage, n in stages(result)}
    assert by_listing == {1: first, 2: Stage.LOWER, 3: Stage.LOWER}


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
