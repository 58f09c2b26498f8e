"""What a document should have done to the warehouse, from all that is known of it now.

An order line either reserves units in the warehouse or has taken units out of it. What the database
does is always the difference between what a line should have done and what it has already done, so
repeats, skipped statuses, changed quantities and steps back need no cases of their own.

A count says how many units lie in the warehouse at one moment: whatever left before that moment is
already missing from it. Such units are *absorbed* by the count instead of being booked.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from cloudstock.domain.moments import EVER, SECOND, Span, before, span
from cloudstock.domain.records import FINAL_STEPS, SILENT_STEPS, Order, Return, ReturnStep, Step


@dataclass(frozen=True, slots=True)
class OrderState:
    """What the database holds of an order from earlier readings."""

    # The last step that was understood; never one of `SILENT_STEPS`.
    step: Step
    # Have the units left the warehouse, as far as was known?
    shipped: bool
    # The last reading that found the units in the warehouse; None if none ever did.
    open_seen_at: datetime | None
    # line id -> units of the listing out of the warehouse (0 while they are in it).
    off: Mapping[str, int]
    # When the units were last known to be gone; None while they are in the warehouse.
    gone_seen_at: datetime | None = None
    # No scan of the marketplace's had proved a hand-over when it was last understood.
    unscanned: bool = False


@dataclass(frozen=True, slots=True)
class LineEffect:
    """What one order line should do: units of the listing, before bundles and packs."""

    line_id: str
    # Promised and still in the warehouse.
    reserved: int
    # Gone from the warehouse.
    off: int
    # What was gone at the last reading.
    off_before: int = 0


@dataclass(frozen=True, slots=True)
class OrderEffect:
    """What an order should do now, and since when."""

    step: Step
    shipped: bool
    # When the units left or came back, as exactly as is known; decides whether a count has
    # already seen it.
    moved_at: datetime
    lines: tuple[LineEffect, ...]
    # The earliest moment that the same time may stand for, as it was told; None: it was not told.
    moved_since: datetime | None = None
    # See `Order.unscanned`.
    unscanned: bool = False

    @property
    def ended(self) -> bool:
        """True where the order need not be asked for again."""
        return self.step in FINAL_STEPS


def order_effect(
    order: Order, state: OrderState | None, *, now: datetime, watched_since: datetime | None
) -> OrderEffect:
    """Return what `order` should do to the warehouse.

    `watched_since` is when the account's orders were first read completely; None if never.
    Lines that were known and are missing now are cancelled.
    """
    step = _understood_step(order, state)
    shipped = _has_left(order, step, state)
    lines = []
    quantities = {line.line_id: line.quantity for line in order.lines}
    for line_id in [*quantities, *(i for i in (state.off if state else ()) if i not in quantities)]:
        quantity = quantities.get(line_id, 0)
        off_before = state.off.get(line_id, 0) if state else 0
        reserved = off = 0
        if shipped:
            # Units that left do not come back by shrinking the line: a return tells.
            off = max(quantity, off_before)
        elif order.ignored is None and step not in FINAL_STEPS:
            reserved = quantity
        lines.append(LineEffect(line_id, reserved, off, off_before))
    return OrderEffect(
        step=step,
        shipped=shipped,
        moved_at=_moved_at(order, state, shipped=shipped, now=now, watched_since=watched_since),
        lines=tuple(lines),
        moved_since=order.shipped_at if shipped else None,
        unscanned=_unscanned(order, state),
    )


def _understood_step(order: Order, state: OrderState | None) -> Step:
    if order.step not in SILENT_STEPS:
        return order.step
    if state is not None and (state.shipped or state.step in FINAL_STEPS):
        return state.step
    return Step.SHIPPED if order.left_warehouse else Step.OPEN


def _has_left(order: Order, step: Step, state: OrderState | None) -> bool:
    if order.ignored is not None or step in (Step.OPEN, Step.REPLACED):
        return False
    if step in (Step.SHIPPED, Step.DELIVERED):
        return True
    was_shipped = state is not None and state.shipped
    if state is not None and state.unscanned:
        # Cancelled after a hand-over that nobody but the seller had told of. He took it back, if it
        # was cancelled in the warehouse; else it is where it was last known to be.
        if order.left_warehouse is False:
            return False
        if order.unscanned:
            return was_shipped
    # Cancelled. What was once seen to leave stays gone until a return brings it back.
    return was_shipped or bool(order.left_warehouse)


def _unscanned(order: Order, state: OrderState | None) -> bool:
    if order.step in SILENT_STEPS:
        return state is not None and state.unscanned
    return order.unscanned


def _moved_at(
    order: Order,
    state: OrderState | None,
    *,
    shipped: bool,
    now: datetime,
    watched_since: datetime | None,
) -> datetime:
    """When the units left: the marketplace's word, or else the side that never oversells.

    An order that was seen open, or was made while the account was being watched, counts as
    having left as late as possible, so that a count in between does not hide its leaving. One
    that had left before anybody watched is history: it left when it was made.
    """
    if not shipped:
        # Back as early as possible: a count since they were last known to be gone may have found
        # them, and is not added to.
        return now if state is None or state.gone_seen_at is None else state.gone_seen_at
    open_seen_at = None if state is None else state.open_seen_at
    watched = watched_since is not None and span(order.created_at).latest >= watched_since
    if order.shipped_at is not None:
        left_at = min(span(order.shipped_at).latest, now)
    elif watched or open_seen_at is not None:
        left_at = now if order.changed_at is None else min(span(order.changed_at).latest, now)
    else:
        return order.created_at
    # What a reading found in the warehouse had not left before it: a time told before that is of an
    # earlier leaving, or of another change.
    return left_at if open_seen_at is None else max(left_at, open_seen_at)


@dataclass(frozen=True, slots=True)
class Allocation:
    """What one order line has done to one product in one warehouse, as booked."""

    product_id: int
    warehouse_id: int
    reserved: int
    # Units out of the warehouse: booked as movements, or absorbed by a count.
    off: int


@dataclass(frozen=True, slots=True)
class Change:
    """What to book for one order line, product and warehouse."""

    product_id: int
    warehouse_id: int
    reserved: int
    off: int
    # Signed units for the ledger; 0 where nothing moves or a count has absorbed it.
    movement: int
    # The units may have left before the count, by the time that was told; taken as after it.
    doubtful: bool = False


def allocation_changes(
    effect: LineEffect,
    *,
    components: Iterable[tuple[int, int]],
    warehouse_id: int | None,
    booked: Iterable[Allocation],
    moved_at: datetime,
    counted_at: Mapping[tuple[int, int], datetime],
    moved_since: datetime | None = None,
) -> tuple[Change, ...]:
    """Return what to book so that `booked` becomes what `effect` wants; empty if it already is.

    `components` are (product id, units in one listing); a line that has already left keeps the
    composition and warehouse it left with. `counted_at` holds the last count of each
    (product id, warehouse id). `moved_since` is the earliest that the time told may stand for, None
    where none was told. A warehouse of None belongs to no warehouse of ours: nothing is kept.
    """
    have = {(a.product_id, a.warehouse_id): a for a in booked}
    want: dict[tuple[int, int], tuple[int, int]] = {}
    if effect.off and any(a.off for a in have.values()):
        times = effect.off / (effect.off_before or effect.off)
        want = {key: (0, round(a.off * times)) for key, a in have.items() if a.off}
    elif warehouse_id is not None:
        want = {
            (product_id, warehouse_id): (effect.reserved * units, effect.off * units)
            for product_id, units in components
        }
    changes = []
    for key in sorted({*have, *want}):
        reserved, off = want.get(key, (0, 0))
        before = have.get(key)
        reserved_before, off_was = (before.reserved, before.off) if before else (0, 0)
        if (reserved, off) == (reserved_before, off_was):
            continue
        count = counted_at.get(key)
        absorbed = count is not None and moved_at <= count
        movement = 0 if absorbed else off_was - off
        doubtful = bool(
            movement < 0 and count is not None and moved_since is not None and moved_since <= count
        )
        changes.append(Change(*key, reserved, off, movement, doubtful))
    return tuple(changes)


@dataclass(frozen=True, slots=True)
class ReturnEffect:
    """What a return has brought to the seller."""

    # Units of the listing.
    units: int
    # They may have come after the database began, by the time that was told; taken as before it.
    doubtful: bool = False


def dated(item: Return, *, awaited_at: datetime | None, now: datetime) -> Return:
    """Return a received return with the time in which it came, where nobody tells when.

    `awaited_at`: the last reading that found it on its way; None: none did, and nothing is known.
    It came after that, and no later than its status changed last.
    """
    if item.step is not ReturnStep.RECEIVED or item.received_at is not None or awaited_at is None:
        return item
    latest = min(item.changed_at or now, now)
    earliest = min(awaited_at, latest)
    # The store keeps whole seconds.
    resolution = (latest - earliest) // SECOND * SECOND + SECOND
    return replace(item, received_at=earliest, resolution=resolution)


def arrival(item: Return, *, now: datetime) -> Span:
    """Return when a received return may have come.

    Where neither the marketplace tells nor two readings: at any time since it was made, until its
    status changed last.
    """
    if item.received_at is not None:
        return span(min(item.received_at, now), item.resolution)
    latest = min(item.changed_at or now, now)
    return Span(min(item.created_at or EVER, latest), latest)


def return_effect(
    item: Return, came: Span, *, began: datetime | None, replaced_received: bool
) -> ReturnEffect:
    """Return how many units of the listing a return has brought to the seller.

    Nothing for what was received before the database began (before the product's first count, or
    the first reading of the account's returns, whichever was earlier; None: neither yet), because
    the seller has long put it somewhere; and nothing for the second of two returns that stand for
    the same units.
    """
    if item.step is not ReturnStep.RECEIVED or replaced_received or began is None:
        return ReturnEffect(0)
    history = before(came, began)
    return ReturnEffect(item.quantity if history is False else 0, doubtful=history is None)
