"""Nothing that a window could sell, unread orders included, exceeds what it was promised."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cloudstock.domain.quotas import (
    UNKNOWN,
    Quota,
    accepted,
    after_reading,
    after_release,
    after_sale,
    cover,
    not_taken,
    sending,
)
from tests.builders import NOW, after, examples

SETTLE = timedelta(seconds=90)
MARGIN = timedelta(seconds=60)
# What a marketplace may do within its contract: less than the margins.
SKEW_MAX_S = 20
TOLD_LATE_MAX_S = 35


@dataclass
class Sale:
    units: int
    made_at: datetime
    visible_at: datetime
    read: bool = False
    over: datetime | None = None
    release_read: bool = False


@dataclass
class Shop:
    """One window at a marketplace with its own clock, and an account that keeps its quota."""

    skew: timedelta
    told_late: timedelta
    gives_back: bool | None
    told: bool
    shown: int
    now: datetime = NOW
    quota: Quota = UNKNOWN
    # Accepted and not shown yet: when it will be, and the number.
    coming: tuple[datetime, int] | None = None
    # A push that was never answered: when it was sent.
    open_since: datetime | None = None
    pushed_at: datetime | None = None
    sales: list[Sale] = field(default_factory=list)

    @property
    def could_sell(self) -> int:
        unread = sum(s.units for s in self.sales if not s.read)
        given_back = sum(
            s.units
            for s in self.sales
            if s.over is not None and not s.release_read and self._back(s)
        )
        coming = self.coming[1] if self.coming else 0
        # What was given back unread is backed by units that are not reserved any more.
        return max(0, self.shown) + coming + unread - given_back

    def _back(self, sale: Sale) -> bool:
        return self.told if self.gives_back is None else self.gives_back

    def wait(self, seconds: float) -> None:
        until = self.now + timedelta(seconds=seconds)
        if self.coming is not None and self.coming[0] <= until:
            self.shown, self.coming = self.coming[1], None
        self.now = until

    def buy(self, units: int) -> None:
        if self.shown >= units:
            self.shown -= units
            self.sales.append(Sale(units, self.now + self.skew, self.now + self.told_late))

    def cancel(self) -> None:
        # Of one that was read as open only: what was made and ended unread comes as one story.
        open_ = [s for s in self.sales if s.over is None and s.read]
        if open_:
            sale = open_[-1]
            sale.over = self.now + self.skew
            if self._back(sale):
                self.shown += sale.units

    def push(self, quantity: int, fate: str, delay_s: float) -> None:
        sent_at = self.now
        self.quota = sending(self.quota, quantity)
        if fate in ("accepted", "lost after"):
            self.coming = (self.now + timedelta(seconds=delay_s), quantity)
            if not delay_s:
                self.shown, self.coming = quantity, None
        self.now += timedelta(seconds=1)
        if fate == "accepted":
            self.quota = accepted(self.quota, quantity, given_back=0, since=sent_at, until=self.now)
            self.open_since = None
            self.pushed_at = self.now
        elif fate == "refused":
            self.quota = not_taken(self.quota, quantity)
        else:
            self.open_since = sent_at

    def read_orders(self) -> None:
        began = self.now
        for sale in self.sales:
            if sale.visible_at > began:
                continue
            if not sale.read:
                sale.read = True
                self.quota = after_sale(
                    self.quota,
                    sale.units,
                    sale.made_at,
                    certain=self.open_since is None,
                    before=MARGIN,
                    after=MARGIN + SETTLE,
                )
            if sale.over is not None and not sale.release_read:
                sale.release_read = True
                self.quota = after_release(
                    self.quota,
                    sale.units,
                    sale.over,
                    gives_back=self.gives_back,
                    before=MARGIN,
                )
        self.now += timedelta(seconds=2)
        if self.open_since is None:
            self.quota = cover(self.quota, began, lag=MARGIN + SETTLE)

    def read_stock(self) -> None:
        last = max((t for t in (self.pushed_at, self.open_since) if t), default=None)
        if last is not None and self.now <= last + SETTLE:
            return
        asked_at = self.now
        self.now += timedelta(seconds=1)
        self.quota = after_reading(
            self.quota,
            max(0, self.shown),
            settles=self.open_since is not None,
            since=asked_at,
            until=self.now,
        )
        self.open_since = None


STEPS = st.one_of(
    st.tuples(st.just("wait"), st.floats(0, 400)),
    st.tuples(st.just("buy"), st.integers(1, 3)),
    st.tuples(st.just("cancel")),
    st.tuples(st.just("orders")),
    st.tuples(st.just("stock")),
    st.tuples(
        st.just("push"),
        st.integers(0, 6),
        st.sampled_from(["accepted", "accepted", "accepted", "refused", "lost", "lost after"]),
        st.sampled_from([0.0, 0.0, 30.0, 88.0]),
    ),
)


@given(
    skew=st.integers(-SKEW_MAX_S, SKEW_MAX_S),
    told_late=st.integers(0, TOLD_LATE_MAX_S),
    gives_back=st.sampled_from([True, False, None]),
    told=st.booleans(),
    shown=st.integers(0, 5),
    story=st.lists(STEPS, max_size=40),
)
@settings(max_examples=examples(400), suppress_health_check=[HealthCheck.too_slow])
def test_what_could_be_sold_never_exceeds_the_promise(
    skew: int,
    told_late: int,
    gives_back: bool | None,
    told: bool,
    shown: int,
    story: list[tuple[str, ...]],
) -> None:
    shop = Shop(timedelta(seconds=skew), timedelta(seconds=told_late), gives_back, told, shown)
    for step, *arguments in story:
        match step:
            case "wait":
                shop.wait(*arguments)
            case "buy":
                shop.buy(*arguments)
            case "cancel":
                shop.cancel()
            case "orders":
                shop.read_orders()
            case "stock":
                shop.read_stock()
            case "push":
                # A number that is not shown yet is waited for: so do the marketplaces' queues.
                if shop.coming is not None:
                    shop.wait(90)
                shop.push(*arguments)
        if shop.quota.quantity is not None:
            assert shop.could_sell <= shop.quota.quantity, (step, shop)
        if shop.quota.covered:
            assert shop.quota.quantity == shop.quota.bound


def test_a_number_sent_is_promised_beside_what_may_have_been_sold_unread() -> None:
    quota = Quota(3, 3, NOW, NOW, covered=True, counted_since=NOW)
    quota = sending(quota, 2)
    assert quota.quantity == 5
    quota = accepted(quota, 2, given_back=0, since=after(minutes=59), until=after(hours=1))
    assert cover(quota, after(hours=1, seconds=150), lag=MARGIN + SETTLE).quantity == 5
    covered = cover(quota, after(hours=1, seconds=151), lag=MARGIN + SETTLE)
    assert (covered.quantity, covered.covered) == (2, True)
    # What was made while it was on its way may have been taken off it, or not.
    assert covered.counted_since == after(minutes=59)


def test_nothing_is_promised_by_sending_nothing() -> None:
    quota = Quota(3, 3, NOW, NOW, covered=True)
    assert sending(quota, 0).quantity == 3
    assert sending(UNKNOWN, 0).quantity is None


def test_a_sale_takes_off_what_was_promised_and_nothing_has_to_be_sent() -> None:
    quota = Quota(3, 3, NOW, NOW, covered=True, counted_since=NOW)
    sold = after_sale(quota, 2, after(hours=1), certain=True, before=MARGIN, after=MARGIN + SETTLE)
    assert (sold.quantity, sold.bound) == (1, 1)


def test_a_reading_that_settles_a_lost_answer_is_what_the_promise_rests_on() -> None:
    # The number before was 0, and the one whose answer was lost was taken, and sold.
    quota = sending(Quota(0, 0, NOW, NOW, covered=True, counted_since=NOW), 4)
    read = after_reading(quota, 0, settles=True, since=after(hours=1), until=after(hours=1))
    assert (read.quantity, read.bound, read.since) == (4, 0, after(hours=1))
    assert cover(read, after(minutes=50), lag=MARGIN + SETTLE).quantity == 4
    assert cover(read, after(hours=2), lag=MARGIN + SETTLE).quantity == 0


def test_what_is_given_back_is_promised_again_unless_a_later_number_replaced_it() -> None:
    quota = Quota(3, 3, NOW, NOW, covered=True, counted_since=NOW)

    def release(at: datetime | None, gives_back: bool | None) -> int | None:
        return after_release(quota, 2, at, gives_back=gives_back, before=MARGIN).quantity

    assert release(after(hours=1), True) == 5
    assert release(None, None) == 5
    assert release(after(hours=1), False) == 3
    assert release(after(hours=-1), True) == 3


def test_a_number_that_was_not_taken_is_not_promised() -> None:
    quota = sending(Quota(3, 3, NOW, NOW, covered=True, counted_since=NOW), 2)
    back = not_taken(quota, 2)
    # What was promised before may have been sold meanwhile: orders are read once more.
    assert (back.quantity, back.bound, back.covered) == (3, 3, False)
    assert not_taken(Quota(1), 2).quantity == 0
    # Orders were read while its answer was awaited: what is left is the bound no more.
    assert not not_taken(Quota(3, 3, NOW, NOW, covered=True), 2).covered
    assert not not_taken(Quota(None, 3, NOW, NOW, covered=True), 2).covered
    assert not_taken(UNKNOWN, 2).quantity is None


def test_units_given_back_while_a_number_was_on_its_way_are_promised_with_it() -> None:
    quota = sending(Quota(3, 3, NOW, NOW, covered=True, counted_since=NOW), 2)
    assert accepted(quota, 2, given_back=1, since=NOW, until=NOW).bound == 3


def sold(quota: Quota, made_at: datetime, *, certain: bool = True) -> Quota:
    return after_sale(quota, 2, made_at, certain=certain, before=MARGIN, after=MARGIN + SETTLE)


def test_an_order_told_later_than_any_should_be_was_not_among_what_may_have_been_sold() -> None:
    quota = Quota(5, 3, after(hours=1), after(hours=1), counted_since=NOW)
    assert sold(quota, after(seconds=-60)).quantity == 3
    assert sold(quota, after(seconds=-61)).quantity == 5


def test_an_order_that_grew_proves_no_sale_of_what_was_promised() -> None:
    quota = Quota(5, 3, NOW, NOW, counted_since=NOW)
    grown = sold(quota, after(hours=1), certain=False)
    assert (grown.quantity, grown.bound) == (5, 3)
    assert sold(quota, after(hours=1)).quantity == 3


def test_a_sale_is_taken_off_a_number_only_when_it_was_surely_shown_by_then() -> None:
    quota = Quota(5, 3, NOW, NOW, counted_since=after(hours=-1))
    late = (MARGIN + SETTLE).total_seconds()
    assert sold(quota, after(seconds=late)).bound == 3
    assert sold(quota, after(seconds=late + 1)).bound == 1
    assert sold(replace(quota, bound=1), after(hours=1)).bound == 0
    assert sold(Quota(5), after(hours=1)).bound is None


def test_a_reading_of_less_lowers_no_promise_before_orders_are_read() -> None:
    at = after(hours=1)
    covered = Quota(3, 3, NOW, NOW, covered=True, counted_since=NOW)
    read = after_reading(covered, 1, settles=False, since=at, until=at)
    assert (read.quantity, read.bound, read.covered) == (3, 1, False)
    assert cover(read, after(hours=2), lag=MARGIN + SETTLE).quantity == 1
    # What waits to be covered does not wait longer for it.
    waiting = replace(covered, covered=False)
    assert after_reading(waiting, 1, settles=False, since=at, until=at) == waiting
    # More than was promised is shown: it may be sold.
    more = after_reading(covered, 4, settles=False, since=at, until=at)
    assert (more.quantity, more.bound, more.covered) == (4, 4, False)


def test_orders_read_promise_no_more_than_before() -> None:
    # A sale of which it is not sure when it was made took its unit off one and not the other.
    quota = Quota(2, 4, NOW, NOW, counted_since=NOW)
    known = cover(quota, after(hours=1), lag=MARGIN + SETTLE)
    assert (known.quantity, known.bound, known.covered) == (2, 2, True)
    assert cover(Quota(None, 4, NOW, NOW), after(hours=1), lag=MARGIN + SETTLE).quantity == 4


def test_what_was_seen_after_somebody_set_a_number_stays_promised() -> None:
    """Two were shown; one was sold, two were set again by hand, and one of those was sold."""
    shown = Quota(2, 2, after(hours=-3), after(hours=-3), covered=True, counted_since=NOW)
    seen = after_reading(shown, 1, settles=False, since=NOW, until=NOW)
    for made_at in (after(hours=-2), after(hours=-1)):
        seen = after_sale(
            replace(seen, counted_since=None), 1, made_at, certain=True, before=MARGIN, after=SETTLE
        )
    assert (seen.quantity, seen.bound) == (1, 1)
    assert cover(seen, after(hours=1), lag=SETTLE).quantity == 1
    # What may have been made after the reading is taken off.
    for minutes, left in ((-1, 0), (-1.1, 1)):
        sold_by = replace(seen, until=after(minutes=1))
        later = after_sale(
            sold_by, 1, after(minutes=minutes), certain=True, before=MARGIN, after=SETTLE
        )
        assert (later.quantity, later.bound) == (left, 1)
