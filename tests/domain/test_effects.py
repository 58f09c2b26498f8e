"""What a document should have done to the shelf, and what is booked of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from cloudstock.domain.effects import (
    Allocation,
    Change,
    LineEffect,
    OrderState,
    ReturnEffect,
    allocation_changes,
    arrival,
    dated,
    order_effect,
    return_effect,
)
from cloudstock.domain.moments import DAY, EXACT
from cloudstock.domain.records import FINAL_STEPS, Order, OrderLine, Return, ReturnStep, Step
from tests.builders import NOW, after, examples, order

MUG, CUP = 1, 2
MAIN, ATTIC = 1, 2


def known(
    step: Step = Step.OPEN,
    *,
    shipped: bool = False,
    off: int = 0,
    open_seen_at: datetime | None = NOW,
    gone_seen_at: datetime | None = None,
) -> OrderState:
    return OrderState(step, shipped, open_seen_at, {"MUG": off}, gone_seen_at)


OPEN = known()
GONE = known(Step.SHIPPED, shipped=True, off=2)
CANCELLED = known(Step.CANCELLED)
CANCELLED_GONE = known(Step.CANCELLED, shipped=True, off=2)
DELIVERED = known(Step.DELIVERED, shipped=True, off=2)

RESERVES, LEFT, NOTHING = (2, 0), (0, 2), (0, 0)


@pytest.mark.parametrize(
    ("before", "step", "left_warehouse", "does", "understood"),
    [
        # Never seen before.
        (None, Step.OPEN, None, RESERVES, Step.OPEN),
        (None, Step.SHIPPED, None, LEFT, Step.SHIPPED),
        (None, Step.DELIVERED, None, LEFT, Step.DELIVERED),
        (None, Step.CANCELLED, None, NOTHING, Step.CANCELLED),
        (None, Step.CANCELLED, False, NOTHING, Step.CANCELLED),
        (None, Step.CANCELLED, True, LEFT, Step.CANCELLED),
        (None, Step.REPLACED, None, NOTHING, Step.REPLACED),
        (None, Step.UNKNOWN, None, RESERVES, Step.OPEN),
        (None, Step.UNKNOWN, False, RESERVES, Step.OPEN),
        (None, Step.UNKNOWN, True, LEFT, Step.SHIPPED),
        (None, Step.DISPUTED, None, RESERVES, Step.OPEN),
        (None, Step.DISPUTED, True, LEFT, Step.SHIPPED),
        # On the shelf so far.
        (OPEN, Step.OPEN, None, RESERVES, Step.OPEN),
        (OPEN, Step.SHIPPED, None, LEFT, Step.SHIPPED),
        (OPEN, Step.DELIVERED, None, LEFT, Step.DELIVERED),
        (OPEN, Step.CANCELLED, None, NOTHING, Step.CANCELLED),
        (OPEN, Step.CANCELLED, True, LEFT, Step.CANCELLED),
        (OPEN, Step.REPLACED, None, NOTHING, Step.REPLACED),
        (OPEN, Step.UNKNOWN, None, RESERVES, Step.OPEN),
        (OPEN, Step.UNKNOWN, True, LEFT, Step.SHIPPED),
        (OPEN, Step.DISPUTED, None, RESERVES, Step.OPEN),
        # Gone so far.
        (GONE, Step.SHIPPED, None, LEFT, Step.SHIPPED),
        (GONE, Step.DELIVERED, None, LEFT, Step.DELIVERED),
        (GONE, Step.OPEN, None, RESERVES, Step.OPEN),
        (GONE, Step.CANCELLED, None, LEFT, Step.CANCELLED),
        (GONE, Step.UNKNOWN, None, LEFT, Step.SHIPPED),
        (GONE, Step.DISPUTED, None, LEFT, Step.SHIPPED),
        (GONE, Step.REPLACED, None, NOTHING, Step.REPLACED),
        # Ended so far.
        (CANCELLED, Step.OPEN, None, RESERVES, Step.OPEN),
        (CANCELLED, Step.SHIPPED, None, LEFT, Step.SHIPPED),
        (CANCELLED, Step.UNKNOWN, None, NOTHING, Step.CANCELLED),
        (CANCELLED_GONE, Step.CANCELLED, None, LEFT, Step.CANCELLED),
        (CANCELLED_GONE, Step.UNKNOWN, None, LEFT, Step.CANCELLED),
        (DELIVERED, Step.CANCELLED, None, LEFT, Step.CANCELLED),
        (DELIVERED, Step.UNKNOWN, None, LEFT, Step.DELIVERED),
    ],
)
def test_what_an_order_does(
    before: OrderState | None,
    step: Step,
    left_warehouse: bool | None,
    does: tuple[int, int],
    understood: Step,
) -> None:
    read = order("A", {"MUG": 2}, step, left_warehouse=left_warehouse)
    effect = order_effect(read, before, now=after(hours=1), watched_since=None)
    (line,) = effect.lines
    assert (line.reserved, line.off) == does
    assert (effect.step, effect.shipped) == (understood, does == LEFT)
    assert effect.ended == (understood in FINAL_STEPS)


@pytest.mark.parametrize(
    ("before", "step", "left_warehouse", "unscanned", "does"),
    [
        # Handed over by the seller's word alone: he took it back, and then it was cancelled ...
        (GONE, Step.CANCELLED, False, False, NOTHING),
        # ... or it ended out there, or nobody knows where.
        (GONE, Step.CANCELLED, True, True, LEFT),
        (GONE, Step.CANCELLED, True, False, LEFT),
        (GONE, Step.CANCELLED, None, False, LEFT),
        # Handed over and not accepted: on the shelf, where it stays unless a scan proves more.
        (OPEN, Step.CANCELLED, True, True, NOTHING),
        (OPEN, Step.CANCELLED, True, False, LEFT),
        (OPEN, Step.CANCELLED, False, False, NOTHING),
    ],
)
def test_a_hand_over_that_nobody_scanned_may_have_been_taken_back(
    before: OrderState,
    step: Step,
    left_warehouse: bool | None,
    unscanned: bool,
    does: tuple[int, int],
) -> None:
    def line(known: OrderState) -> tuple[int, int]:
        read = order("A", {"MUG": 2}, step, left_warehouse=left_warehouse)
        read = replace(read, unscanned=unscanned)
        effect = order_effect(read, known, now=after(hours=1), watched_since=None)
        assert effect.unscanned is unscanned
        (only,) = effect.lines
        return only.reserved, only.off

    assert line(replace(before, unscanned=True)) == does
    # Scanned, it stays gone; and what was never handed over left as the answer proves.
    assert line(before) == (LEFT if before.shipped or left_warehouse else NOTHING)


def test_a_status_nobody_knows_leaves_as_it_was_whether_a_scan_was_known() -> None:
    read = order("A", {"MUG": 2}, Step.UNKNOWN)
    for unscanned in (True, False):
        before = replace(GONE, unscanned=unscanned)
        effect = order_effect(read, before, now=after(hours=1), watched_since=None)
        assert effect.unscanned is unscanned


def test_orders_that_do_not_count_move_nothing() -> None:
    for step in Step:
        read = replace(order("A", {"MUG": 2}, step, left_warehouse=True), ignored="a test order")
        effect = order_effect(read, None, now=NOW, watched_since=None)
        assert [(x.reserved, x.off) for x in effect.lines] == [NOTHING]
        assert not effect.shipped


def test_a_line_that_is_gone_is_cancelled() -> None:
    effect = order_effect(order("A", {"CUP": 1}), OPEN, now=NOW, watched_since=None)
    assert effect.lines == (LineEffect("CUP", 1, 0), LineEffect("MUG", 0, 0))


@pytest.mark.parametrize(("quantity", "off"), [(0, 2), (1, 2), (2, 2), (3, 3)])
def test_what_left_does_not_come_back_by_shrinking(quantity: int, off: int) -> None:
    read = order("A", {"MUG": quantity}, Step.SHIPPED)
    (line,) = order_effect(read, GONE, now=NOW, watched_since=None).lines
    assert (line.off, line.off_before) == (off, 2)


def test_a_line_that_vanished_after_shipping_stays_gone() -> None:
    effect = order_effect(order("A", {}, Step.SHIPPED), GONE, now=NOW, watched_since=None)
    assert effect.lines == (LineEffect("MUG", 0, 2, 2),)


SHIPPED = order("A", {"MUG": 2}, Step.SHIPPED, created_at=after(hours=-9))


@pytest.mark.parametrize(
    ("read", "before", "watched_since", "moved_at"),
    [
        # The marketplace's word.
        (replace(SHIPPED, shipped_at=after(hours=-2)), None, None, after(hours=-2)),
        (replace(SHIPPED, shipped_at=after(hours=+2)), None, None, NOW),
        # Never watched: it left when it was made, so that any count has seen it.
        (SHIPPED, None, None, after(hours=-9)),
        (SHIPPED, None, after(hours=-1), after(hours=-9)),
        # Made while watched, or seen on the shelf: as late as possible.
        (SHIPPED, None, after(hours=-10), NOW),
        (SHIPPED, known(open_seen_at=after(hours=-3)), None, NOW),
        (
            replace(SHIPPED, changed_at=after(hours=-1)),
            known(open_seen_at=after(hours=-3)),
            None,
            after(hours=-1),
        ),
        (replace(SHIPPED, changed_at=after(hours=1)), None, after(hours=-10), NOW),
        # What was seen on the shelf had not left before, whatever a stale word says.
        (
            replace(SHIPPED, shipped_at=after(hours=-8)),
            known(open_seen_at=after(hours=-3)),
            None,
            after(hours=-3),
        ),
        (
            replace(SHIPPED, changed_at=after(hours=-8)),
            known(open_seen_at=after(hours=-3)),
            None,
            after(hours=-3),
        ),
    ],
)
def test_when_units_left(
    read: Order, before: OrderState | None, watched_since: datetime | None, moved_at: datetime
) -> None:
    effect = order_effect(read, before, now=NOW, watched_since=watched_since)
    # A time told in whole seconds stands for any moment of its second.
    assert moved_at <= effect.moved_at < moved_at + timedelta(seconds=1)


@pytest.mark.parametrize("changed_at", [None, after(hours=-1), after(hours=-3)])
def test_units_came_back_right_after_they_were_last_known_to_be_gone(
    changed_at: datetime | None,
) -> None:
    read = replace(order("A", {"MUG": 2}), changed_at=changed_at)
    before = known(Step.SHIPPED, shipped=True, off=2, gone_seen_at=after(hours=-2))
    effect = order_effect(read, before, now=NOW, watched_since=None)
    assert effect.moved_at == after(hours=-2)


# ---------------------------------------------------------------- what is booked


def changes(
    effect: LineEffect,
    *booked: Allocation,
    components: Sequence[tuple[int, int]] = ((MUG, 1),),
    warehouse_id: int | None = MAIN,
    moved_at: datetime = NOW,
    counted_at: datetime | None = None,
    moved_since: datetime | None = None,
) -> list[Change]:
    return list(
        allocation_changes(
            effect,
            components=components,
            warehouse_id=warehouse_id,
            booked=booked,
            moved_at=moved_at,
            counted_at={} if counted_at is None else {(MUG, MAIN): counted_at},
            moved_since=moved_since,
        )
    )


def reserve(units: int) -> LineEffect:
    return LineEffect("1", units, 0)


def leave(units: int, before: int = 0) -> LineEffect:
    return LineEffect("1", 0, units, before)


HELD = Allocation(MUG, MAIN, 2, 0)
TAKEN = Allocation(MUG, MAIN, 0, 2)


def test_a_new_line_reserves() -> None:
    assert changes(reserve(2)) == [Change(MUG, MAIN, 2, 0, 0)]


def test_the_same_again_books_nothing() -> None:
    assert changes(reserve(2), HELD) == []
    assert changes(leave(2, 2), TAKEN) == []
    assert changes(reserve(0)) == []


def test_a_changed_quantity_changes_the_reserve() -> None:
    assert changes(reserve(1), HELD) == [Change(MUG, MAIN, 1, 0, 0)]
    assert changes(reserve(0), HELD) == [Change(MUG, MAIN, 0, 0, 0)]


def test_leaving_ends_the_reserve_and_moves() -> None:
    assert changes(leave(2), HELD) == [Change(MUG, MAIN, 0, 2, -2)]
    assert changes(leave(2)) == [Change(MUG, MAIN, 0, 2, -2)]


def test_stepping_back_moves_back() -> None:
    assert changes(reserve(2), TAKEN) == [Change(MUG, MAIN, 2, 0, 2)]
    assert changes(leave(0), TAKEN) == [Change(MUG, MAIN, 0, 0, 2)]


def test_more_of_what_left_moves_the_rest() -> None:
    assert changes(leave(3, 2), TAKEN) == [Change(MUG, MAIN, 0, 3, -1)]


def test_packs_and_bundles_move_their_parts() -> None:
    bundle = ((MUG, 1), (CUP, 3))
    assert changes(leave(2), components=bundle) == [
        Change(MUG, MAIN, 0, 2, -2),
        Change(CUP, MAIN, 0, 6, -6),
    ]


def test_what_left_keeps_what_it_was_made_of_and_where_it_left() -> None:
    booked = (Allocation(MUG, MAIN, 0, 2), Allocation(CUP, MAIN, 0, 6))
    assert changes(leave(2, 2), *booked, components=((CUP, 1),), warehouse_id=ATTIC) == []
    assert changes(leave(3, 2), *booked, components=((CUP, 1),), warehouse_id=ATTIC) == [
        Change(MUG, MAIN, 0, 3, -1),
        Change(CUP, MAIN, 0, 9, -3),
    ]


def test_a_reserve_moves_with_its_order_and_its_listing() -> None:
    assert changes(reserve(2), HELD, warehouse_id=ATTIC) == [
        Change(MUG, MAIN, 0, 0, 0),
        Change(MUG, ATTIC, 2, 0, 0),
    ]
    assert changes(reserve(2), HELD, components=((CUP, 2),)) == [
        Change(MUG, MAIN, 0, 0, 0),
        Change(CUP, MAIN, 4, 0, 0),
    ]


def test_an_order_of_no_shelf_of_ours_keeps_nothing() -> None:
    assert changes(reserve(2), warehouse_id=None) == []
    assert changes(reserve(2), HELD, warehouse_id=None) == [Change(MUG, MAIN, 0, 0, 0)]


@pytest.mark.parametrize(
    ("counted_at", "movement"),
    [(None, -2), (after(hours=-1), -2), (NOW, 0), (after(hours=1), 0)],
)
def test_a_count_has_seen_what_left_before_it(counted_at: datetime | None, movement: int) -> None:
    assert changes(leave(2), HELD, counted_at=counted_at) == [Change(MUG, MAIN, 0, 2, movement)]


@pytest.mark.parametrize(
    ("since", "counted_at", "doubtful"),
    [
        (after(hours=-1), None, False),
        (after(hours=-1), after(hours=-2), False),
        # Told as a time in which the count lies: it left before or after.
        (after(hours=-1), after(hours=-1), True),
        (after(hours=-1), after(seconds=-1), True),
        # All of it lies before the count, which saw that nothing was there.
        (after(hours=-1), NOW, False),
        (None, after(seconds=-1), False),
    ],
)
def test_it_is_doubtful_what_left_at_a_time_that_may_be_on_either_side_of_a_count(
    since: datetime | None, counted_at: datetime | None, doubtful: bool
) -> None:
    (change,) = changes(leave(2), HELD, counted_at=counted_at, moved_since=since)
    assert change.doubtful is doubtful


def test_a_count_of_one_part_says_nothing_of_the_other() -> None:
    booked = changes(leave(1), components=((MUG, 1), (CUP, 1)), counted_at=after(hours=1))
    assert [(c.product_id, c.movement) for c in booked] == [(MUG, 0), (CUP, -1)]


# ---------------------------------------------------------------- any history of an order


@dataclass
class World:
    """The truth of one order and one shelf, and a book that only ever reads it."""

    # Does the marketplace tell when an order was handed over?
    tells: bool
    # Units of each part in one listing.
    units: int
    # Does it go on telling the first handing over when there was a second?
    stale: bool = False
    now: datetime = NOW
    shelf: int = 20
    quantity: int = 3
    step: Step = Step.OPEN
    gone: int = 0
    shipped_at: datetime | None = None
    changed_at: datetime = NOW
    # It left or came back since it was read last; counted since then: away, or back again.
    moved_unseen: bool = False
    counted_unread: bool = False
    counted_away: bool = False
    counted_back: bool = False
    # What no reading can tell, until somebody counts: the book may hold too little ...
    hidden: bool = False
    # ... or, where it came back, was counted and left again between two readings, too much.
    twice: bool = False
    readings: list[Order] = field(default_factory=list)
    # The book.
    known: OrderState | None = None
    moved_at: datetime | None = None
    gone_seen_at: datetime | None = None
    booked: dict[int, Allocation] = field(default_factory=dict)
    on_hand: int = 20
    counted_at: datetime | None = NOW

    def __post_init__(self) -> None:
        self.tick()
        self.changed_at = self.now

    def tick(self) -> None:
        self.now += timedelta(minutes=7)

    # ------------------------------------------------------------ the truth

    def ship(self) -> None:
        if self.step is Step.OPEN:
            self.step, self.gone = Step.SHIPPED, self.quantity
            self.shelf -= self.gone * self.units
            self.twice = self.twice or self.counted_back
            if self.shipped_at is None or not self.stale:
                self.shipped_at = self.now
            else:
                self.twice = self.twice or self.counted_unread
            # It came back, shrank and left again unread: a shrunken line never comes back.
            thought = self.known.off["1"] if self.known else 0
            self.hidden = self.hidden or self.quantity < thought
            self.moved()

    def step_back(self) -> None:
        """The parcel was not taken after all and lies on the shelf again."""
        if self.step is Step.SHIPPED:
            self.step = Step.OPEN
            self.shelf += self.gone * self.units
            self.gone = 0
            self.hidden = self.hidden or self.counted_away
            self.moved()

    def deliver(self) -> None:
        if self.step is Step.SHIPPED:
            self.step = Step.DELIVERED
            self.changed_at = self.now

    def cancel(self) -> None:
        if self.step in (Step.OPEN, Step.SHIPPED):
            self.step = Step.CANCELLED
            self.changed_at = self.now
            # Cancelled after it was last read as gone: gone it stays until a return tells.
            self.hidden = self.hidden or (not self.gone and self.thought_gone)

    def change(self, quantity: int) -> None:
        if self.step is Step.OPEN:
            self.quantity = quantity
            self.changed_at = self.now

    def moved(self) -> None:
        self.changed_at = self.now
        self.moved_unseen = True
        self.hidden = self.hidden or (self.counted_unread and (not self.tells or not self.gone))

    # ------------------------------------------------------------ the book

    def read(self, *, puzzled: bool = False) -> None:
        """Read the order as it is; `puzzled`: with a status nobody knows."""
        self.readings.append(
            Order(
                order_id="A",
                step=Step.UNKNOWN if puzzled else self.step,
                status="",
                created_at=NOW,
                lines=(OrderLine("1", (), self.quantity),),
                left_warehouse=bool(self.gone),
                shipped_at=self.shipped_at if self.tells and self.gone else None,
                changed_at=self.changed_at if self.tells else None,
            )
        )
        self.book(self.readings[-1])
        if puzzled:
            # It proves nothing: a count since the last reading that did may hide more.
            self.counted_unread = self.counted_unread or self.thought_gone
            self.hidden = self.hidden or self.moved_unseen
        if self.thought_gone == bool(self.gone):
            self.moved_unseen = False
            if not puzzled:
                self.counted_unread = self.counted_away = self.counted_back = False

    def book(self, read: Order) -> None:
        effect = order_effect(read, self.known, now=self.now, watched_since=NOW)
        seen = self.known.open_seen_at if self.known else None
        if not effect.shipped and not effect.ended:
            seen = self.now
        (line,) = effect.lines
        for change in allocation_changes(
            line,
            components=((MUG, self.units),),
            warehouse_id=MAIN,
            booked=self.booked.values(),
            moved_at=effect.moved_at,
            counted_at={} if self.counted_at is None else {(MUG, MAIN): self.counted_at},
        ):
            self.on_hand += change.movement
            self.booked[MUG] = Allocation(MUG, MAIN, change.reserved, change.off)
        if effect.shipped != self.thought_gone:
            self.moved_at = effect.moved_at
        gone = self.now if read.step is not Step.UNKNOWN else self.moved_at
        self.gone_seen_at = gone if effect.shipped else None
        self.known = OrderState(
            effect.step, effect.shipped, seen, {"1": line.off}, self.gone_seen_at
        )

    def count(self) -> None:
        """A person counts what really lies there."""
        self.on_hand, self.counted_at = self.shelf, self.now
        self.counted_unread = True
        self.counted_away = self.moved_unseen and self.gone > 0
        self.counted_back = self.moved_unseen and not self.gone and self.thought_gone
        self.hidden = self.moved_unseen and not self.tells
        self.twice = False

    @property
    def thought_gone(self) -> bool:
        return self.known is not None and self.known.shipped

    @property
    def reserved(self) -> int:
        return sum(a.reserved for a in self.booked.values())


EVENTS = st.lists(
    st.one_of(
        st.tuples(st.just("ship")),
        st.tuples(st.just("step_back")),
        st.tuples(st.just("deliver")),
        st.tuples(st.just("cancel")),
        st.tuples(st.just("change"), st.integers(0, 5)),
        st.tuples(st.just("count")),
        st.tuples(st.just("read")),
        st.tuples(st.just("puzzled")),
        st.tuples(st.just("read_twice")),
    ),
    max_size=16,
)


# Lives that once ended with units counted twice.
BACK_AND_COUNTED = [("ship",), ("read",), ("step_back",), ("count",)]
GONE_AGAIN = [(e,) for e in ("ship", "read", "count", "read", "step_back", "read", "ship")]


def live(world: World, events: Sequence[tuple[str, ...]]) -> None:
    for event in events:
        world.tick()
        match event:
            case ("puzzled",):
                world.read(puzzled=True)
            case ("read_twice",):
                # A page that comes twice.
                world.read()
                world.book(world.readings[-1])
            case (name, *values):
                getattr(world, name)(*values)
    world.tick()
    world.read()


@given(events=EVENTS, units=st.integers(1, 3))
@example(events=BACK_AND_COUNTED, units=1)
@settings(max_examples=examples(300))
def test_any_history_ends_with_each_unit_booked_once(
    events: list[tuple[str, ...]], units: int
) -> None:
    world = World(tells=True, units=units)
    live(world, events)
    promised = world.quantity if world.step is Step.OPEN else 0
    assert world.reserved == promised * units
    assert world.on_hand <= world.shelf or world.twice
    if not world.hidden and not world.twice:
        assert world.on_hand == world.shelf
    before = world.on_hand, dict(world.booked)
    world.tick()
    world.read()
    assert (world.on_hand, world.booked) == before


@given(events=EVENTS, units=st.integers(1, 3))
@example(events=BACK_AND_COUNTED, units=1)
@settings(max_examples=examples(300))
def test_where_nobody_tells_when_the_book_never_shows_more_than_there_is(
    events: list[tuple[str, ...]], units: int
) -> None:
    """A count between a parcel's leaving and its first reading cannot know of it."""
    world = World(tells=False, units=units)
    live(world, events)
    promised = world.quantity if world.step is Step.OPEN else 0
    assert world.reserved == promised * units
    assert world.on_hand <= world.shelf or world.twice
    if not world.hidden and not world.twice:
        assert world.on_hand == world.shelf


@given(events=EVENTS, units=st.integers(1, 3))
@example(events=GONE_AGAIN, units=1)
@settings(max_examples=examples(300))
def test_a_stale_time_of_leaving_never_shows_more_than_there_is(
    events: list[tuple[str, ...]], units: int
) -> None:
    world = World(tells=True, units=units, stale=True)
    live(world, events)
    assert world.on_hand <= world.shelf or world.twice


# ---------------------------------------------------------------- what comes back


LATER = after(hours=2)


def back(
    step: ReturnStep, received_at: datetime | None = None, *, resolution: timedelta = EXACT
) -> Return:
    return Return("R", step, "", 2, "A", received_at=received_at, resolution=resolution)


@pytest.mark.parametrize(
    ("item", "began", "replaced", "brought"),
    [
        (back(ReturnStep.EXPECTED), NOW, False, ReturnEffect(0)),
        (back(ReturnStep.NEVER), NOW, False, ReturnEffect(0)),
        (back(ReturnStep.UNKNOWN), NOW, False, ReturnEffect(0)),
        (back(ReturnStep.RECEIVED), NOW, False, ReturnEffect(2)),
        (back(ReturnStep.RECEIVED), None, False, ReturnEffect(0)),
        (back(ReturnStep.RECEIVED, after(hours=-1)), NOW, False, ReturnEffect(0)),
        (back(ReturnStep.RECEIVED, after(hours=1)), NOW, False, ReturnEffect(2)),
        (back(ReturnStep.RECEIVED, after(hours=1)), NOW, True, ReturnEffect(0)),
        # Told in whole seconds, it may have come before the book began or after.
        (back(ReturnStep.RECEIVED, NOW), NOW, False, ReturnEffect(0, doubtful=True)),
        (back(ReturnStep.RECEIVED, NOW), after(seconds=0.5), False, ReturnEffect(0, doubtful=True)),
        (back(ReturnStep.RECEIVED, after(seconds=0.7)), after(seconds=0.5), False, ReturnEffect(2)),
        # Told in whole days.
        (
            back(ReturnStep.RECEIVED, after(hours=-9), resolution=DAY),
            NOW,
            False,
            ReturnEffect(0, doubtful=True),
        ),
        (back(ReturnStep.RECEIVED, after(hours=-25), resolution=DAY), NOW, False, ReturnEffect(0)),
    ],
)
def test_what_a_return_brings(
    item: Return, began: datetime | None, replaced: bool, brought: ReturnEffect
) -> None:
    came = arrival(dated(item, awaited_at=after(seconds=1), now=LATER), now=LATER)
    assert return_effect(item, came, began=began, replaced_received=replaced) == brought


@pytest.mark.parametrize(
    ("made_at", "awaited_at", "changed_at", "brought"),
    [
        # It was on its way when it was seen last, after the book began: it came since.
        (after(hours=-9), after(seconds=1), None, ReturnEffect(2)),
        (None, after(seconds=1), None, ReturnEffect(2)),
        # That was before: it may have come on either side, or its last change says that it had.
        (None, after(hours=-1), None, ReturnEffect(0, doubtful=True)),
        (None, after(hours=-2), after(hours=-1), ReturnEffect(0)),
        # It had come when it was seen first: before the book began, or after.
        (after(hours=-9), None, None, ReturnEffect(0, doubtful=True)),
        (None, None, None, ReturnEffect(0, doubtful=True)),
        (after(hours=-9), None, after(hours=-1), ReturnEffect(0)),
        # What was made since cannot have come before.
        (after(hours=1), None, None, ReturnEffect(2)),
        (after(hours=9), None, None, ReturnEffect(2)),
    ],
)
def test_a_return_of_which_nobody_tells_when_it_came(
    made_at: datetime | None,
    awaited_at: datetime | None,
    changed_at: datetime | None,
    brought: ReturnEffect,
) -> None:
    item = replace(back(ReturnStep.RECEIVED), created_at=made_at, changed_at=changed_at)
    came = arrival(dated(item, awaited_at=awaited_at, now=LATER), now=LATER)
    assert return_effect(item, came, began=NOW, replaced_received=False) == brought


@pytest.mark.parametrize(
    ("changed_at", "latest"),
    [(after(hours=1), after(hours=1)), (None, LATER), (after(hours=9), LATER)],
)
def test_what_came_between_two_readings_came_no_later_than_its_last_change(
    changed_at: datetime | None, latest: datetime
) -> None:
    item = replace(back(ReturnStep.RECEIVED), changed_at=changed_at)
    came = arrival(dated(item, awaited_at=NOW, now=LATER), now=LATER)
    assert came.earliest == NOW
    # Whole seconds are kept.
    assert latest <= came.latest < latest + timedelta(seconds=1)


@pytest.mark.parametrize("step", [ReturnStep.EXPECTED, ReturnStep.NEVER])
def test_what_has_not_come_has_no_time(step: ReturnStep) -> None:
    assert dated(back(step), awaited_at=NOW, now=LATER).received_at is None
