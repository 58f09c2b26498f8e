"""The true number always lies in the interval that is believed."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from cloudstock.domain.belief import Belief, after_release, after_sale, while_sending
from tests.builders import NOW, after, examples

MARGIN = timedelta(seconds=60)
BELIEF = Belief(5, 8, NOW, after(seconds=2))


def sale(belief: Belief | None, made_at: datetime, *, certain: bool = True) -> Belief | None:
    return after_sale(belief, 3, made_at, certain=certain, before=MARGIN, after=MARGIN)


def release(
    belief: Belief | None, released_at: datetime | None, *, gives_back: bool | None
) -> Belief | None:
    return after_release(belief, 3, released_at, gives_back=gives_back, before=MARGIN, after=MARGIN)


def interval(belief: Belief | None) -> tuple[int, int] | None:
    return None if belief is None else (belief.low, belief.high)


@pytest.mark.parametrize(
    ("seconds", "certain", "expected"),
    [
        # Long before the push: it had replaced what the order took off.
        (-61, True, (5, 8)),
        (-61, False, (5, 8)),
        # Near it: before or after, nobody knows.
        (-60, True, (2, 8)),
        (0, True, (2, 8)),
        (62, True, (2, 8)),
        # Long after it: taken off, where the contract says so.
        (63, True, (2, 5)),
        (63, False, (2, 8)),
    ],
)
def test_a_sale_takes_off(seconds: int, certain: bool, expected: tuple[int, int]) -> None:
    assert interval(sale(BELIEF, after(seconds=seconds), certain=certain)) == expected


@pytest.mark.parametrize(
    ("seconds", "gives_back", "expected"),
    [
        (-61, True, (5, 8)),
        (-61, None, (5, 8)),
        (-60, True, (5, 11)),
        (62, True, (5, 11)),
        (63, True, (8, 11)),
        (63, False, (5, 8)),
        (63, None, (5, 11)),
        (None, True, (5, 11)),
        (None, None, (5, 11)),
        (None, False, (5, 8)),
    ],
)
def test_a_cancellation_may_come_back(
    seconds: int | None,
    gives_back: bool | None,
    expected: tuple[int, int],
) -> None:
    moment = None if seconds is None else after(seconds=seconds)
    assert interval(release(BELIEF, moment, gives_back=gives_back)) == expected


def test_zero_may_be_less_than_nothing_so_what_comes_back_may_leave_it_at_zero() -> None:
    released = release(Belief(0, 2, NOW, NOW), after(hours=1), gives_back=True)
    assert interval(released) == (0, 5)


def test_nothing_shown_is_never_below_zero() -> None:
    belief = sale(Belief(1, 2, NOW, NOW), after(hours=1))
    assert interval(belief) == (0, 0)


@pytest.mark.parametrize(("quantity", "expected"), [(3, (3, 8)), (6, (5, 8)), (9, (5, 9))])
def test_while_sending_old_and_new_are_possible(quantity: int, expected: tuple[int, int]) -> None:
    assert interval(while_sending(BELIEF, quantity)) == expected


def test_what_is_not_known_stays_so() -> None:
    assert sale(None, NOW) is None
    assert release(None, NOW, gives_back=True) is None
    assert while_sending(None, 5) is None


# ---------------------------------------------------------------- a marketplace with its own clock

SETTLE = timedelta(seconds=90)


@dataclass
class Shop:
    """One listing at a marketplace: what it shows, and an account that believes."""

    # Its clock less ours.
    skew: timedelta
    gives_back: bool | None
    told: bool
    now: datetime = NOW
    shown: int = 10
    belief: Belief | None = None
    # A push that is accepted and not applied yet: when it will be, and the number.
    coming: tuple[datetime, int] | None = None
    # (units, when by their clock); news that no poll has told yet.
    sold: list[tuple[int, datetime]] = field(default_factory=list)
    released: list[tuple[int, datetime]] = field(default_factory=list)
    open: list[int] = field(default_factory=list)

    def wait(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)
        if self.coming is not None and self.coming[0] <= self.now:
            self.shown, self.coming = self.coming[1], None

    def buy(self, units: int) -> None:
        if self.shown >= units:
            self.shown -= units
            self.sold.append((units, self.now + self.skew))
            self.open.append(units)

    def cancel(self) -> None:
        if self.open:
            units = self.open.pop()
            # Where its contract is silent it gives back or does not, as it likes.
            if self.told if self.gives_back is None else self.gives_back:
                self.shown += units
            self.released.append((units, self.now + self.skew))

    def poll(self) -> None:
        for units, made_at in self.sold:
            self.belief = after_sale(
                self.belief,
                units,
                made_at,
                certain=True,
                before=MARGIN,
                after=MARGIN + SETTLE,
            )
        for units, released_at in self.released:
            self.belief = after_release(
                self.belief,
                units,
                released_at,
                gives_back=self.gives_back,
                before=MARGIN,
                after=MARGIN + SETTLE,
            )
        self.sold.clear()
        self.released.clear()

    def push(self, quantity: int, took: float, applied: float, *, answered: bool) -> None:
        """Send a number; it takes effect somewhere between sending and settling."""
        self.settle()
        self.poll()
        sent_at = self.now
        self.belief = while_sending(self.belief, quantity)
        whole = timedelta(seconds=took) + SETTLE
        self.coming = (sent_at + whole * applied, quantity)
        self.wait(took)
        if answered:
            self.belief = Belief(quantity, quantity, sent_at, self.now)
        else:
            # It may have come or not; what happens to the number next is decided now.
            if applied > 0.5:
                self.coming = None
            self.settle()

    def settle(self) -> None:
        if self.coming is not None:
            self.shown, self.coming = self.coming[1], None

    def read(self, took: float, at: float) -> None:
        self.settle()
        self.poll()
        asked_at = self.now
        self.wait(took * at)
        seen = self.shown
        self.wait(took * (1 - at))
        self.belief = Belief(seen, seen, asked_at, self.now)


# Moments near the edges of margin and settling, where the clocks decide.
SECONDS = st.sampled_from([1.0, 59.0, 61.0, 85.0, 151.0, 400.0])
SHARE = st.sampled_from([0.0, 0.5, 1.0])
STEPS = st.one_of(
    st.tuples(st.just("wait"), SECONDS),
    st.tuples(st.just("buy"), st.integers(1, 4)),
    st.tuples(st.just("cancel")),
    st.tuples(st.just("poll")),
    st.tuples(
        st.just("push"), st.integers(0, 12), st.sampled_from([0.0, 2.0, 30.0]), SHARE, st.booleans()
    ),
    st.tuples(st.just("read"), st.sampled_from([0.0, 2.0, 30.0]), SHARE),
)


@given(
    steps=st.lists(STEPS, max_size=30),
    skew=st.sampled_from([-60.0, -30.0, 0.0, 30.0, 60.0]),
    gives_back=st.none() | st.booleans(),
    told=st.booleans(),
)
@example(
    # Accepted, sold while not applied yet, by a clock ahead of ours: the push takes it back.
    steps=[("push", 9, 0.0, 1.0, True), ("wait", 85.0), ("buy", 2), ("wait", 59.0)],
    skew=60.0,
    gives_back=True,
    told=True,
)
@settings(max_examples=examples(400))
def test_the_true_number_is_always_believed_possible(
    steps: list[tuple[str, ...]],
    skew: float,
    gives_back: bool | None,
    told: bool,
) -> None:
    shop = Shop(timedelta(seconds=skew), gives_back, told)
    for step in steps:
        match step:
            case ("push", quantity, took, applied, answered):
                shop.push(quantity, took, applied, answered=answered)
            case (name, *values):
                getattr(shop, name)(*values)
        # Once everything has been applied and told.
        if shop.coming is None:
            seen = Shop(shop.skew, shop.gives_back, shop.told, shop.now, shop.shown, shop.belief)
            seen.sold, seen.released = list(shop.sold), list(shop.released)
            seen.poll()
            if seen.belief is not None:
                assert seen.belief.low <= shop.shown <= seen.belief.high
