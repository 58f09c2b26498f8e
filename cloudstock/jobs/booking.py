"""Brings orders into the database: read what is known, decide, write the difference."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from sqlite3 import Row
from typing import TYPE_CHECKING, NamedTuple

from cloudstock.domain import effects
from cloudstock.domain.belief import after_release, after_sale
from cloudstock.domain.effects import LineEffect
from cloudstock.domain.records import FINAL_STEPS, MovementKind, Order, OrderLine, Step
from cloudstock.marketplaces.base import Traits
from cloudstock.settings import Account
from cloudstock.store import Store
from cloudstock.store.ledger import Movement, order_document
from cloudstock.store.orders import StoredLine, StoredOrder
from cloudstock.store.times import from_iso

if TYPE_CHECKING:
    from cloudstock.jobs.accounts import Context, Session


def compressed(account: Account, seconds: float) -> timedelta:
    """Return a contract's duration in the account's time: a pace above 1 shortens it."""
    return timedelta(seconds=seconds / max(1.0, account.pace))


class BookingContext(NamedTuple):
    """What booking needs to know of the account whose documents are booked."""

    store: Store
    account: Account
    account_id: int
    traits: Traits
    now: datetime
    # When the account's documents of this kind were first read completely; None: not yet.
    watched_since: datetime | None = None
    # How wrong the orders' times may be, beside what two clocks that agree differ by.
    clock_error: timedelta = timedelta()

    @property
    def clock_margin(self) -> timedelta:
        """How far their time and ours of one moment may lie apart."""
        return compressed(self.account, self.traits.clock_margin_s) + self.clock_error


def booking_now(
    context: Context, session: Session, watched_since: datetime | None
) -> BookingContext:
    """Return what booking needs to know to book documents of a session's account now."""
    return BookingContext(
        context.store,
        session.account,
        session.account_id,
        session.marketplace.traits,
        context.clock.now(),
        watched_since,
        session.marketplace.server_clock.error,
    )


def book_orders(booking: BookingContext, orders: Sequence[Order]) -> Counter[str]:
    """Book a page of orders inside the caller's transaction; return what there was.

    Counts: `orders` read, `orders_new` to the database, `orders_changed` (their effect in the
    warehouse or their status), `movements` written, `orders_unknown` (a status nobody knows),
    `lines_unlinked` (no product stands behind the line), `orders_foreign` (from a warehouse that is
    not configured),
    `times_doubtful` (by the time told, units may have left before a count or after it).
    """
    counts: Counter[str] = Counter()
    latest = {order.order_id: order for order in orders}
    store = booking.store
    stored = store.orders.stored(booking.account_id, list(latest))
    listings = store.catalog.resolve(
        booking.account_id,
        (k for o in latest.values() for line in o.lines for k in line.listing_keys),
    )
    page_stock = _PageStock(store, booking.account_id, stored.values(), listings.values())
    came_back = store.returns.orders_coming_back(booking.account_id, list(latest))
    for order in latest.values():
        if order.order_id in came_back and (order.left_warehouse is None or order.unscanned):
            # What is on its way back has left.
            order = replace(order, left_warehouse=True, unscanned=False)
        counts["orders"] += 1
        counts += _book_order(booking, page_stock, order, stored.get(order.order_id), listings)
    store.orders.set_away(booking.account_id, list(latest))
    return counts


class _PageStock:
    """What the database holds for a page, read at once instead of order by order."""

    def __init__(
        self,
        store: Store,
        account_id: int,
        stored: Iterable[StoredOrder],
        listing_ids: Iterable[int],
    ) -> None:
        self.booked_as = store.accounts.booked_as(account_id)
        lines = [line for order in stored for line in order.lines.values()]
        of_lines = {line.listing_id for line in lines if line.listing_id is not None}
        self.components = store.catalog.components({*of_lines, *listing_ids})
        self.allocations = store.orders.allocations([line.row_id for line in lines])
        products = {p for parts in self.components.values() for p, _ in parts}
        products.update(a.product_id for parts in self.allocations.values() for a in parts)
        self.counted_at = store.ledger.counted_at(sorted(products))

    def parts(self, listing_id: int | None) -> Sequence[tuple[int, int]]:
        """Return (product id, units) of a listing; () where none is known."""
        return () if listing_id is None else self.components.get(listing_id, ())


def _book_order(
    booking: BookingContext,
    page_stock: _PageStock,
    order: Order,
    stored: StoredOrder | None,
    listings: Mapping[str, int],
) -> Counter[str]:
    counts: Counter[str] = Counter()
    state = stored.state if stored else None
    watched_since = booking.watched_since
    if watched_since is not None:
        # By a clock that is behind, what was made after it bears a time before it.
        watched_since -= booking.clock_margin
    effect = effects.order_effect(order, state, now=booking.now, watched_since=watched_since)
    theirs, warehouse_id = _warehouse(booking, order, stored)
    if order.ignored is None:
        order = replace(order, warehouse_id=theirs)
    if order.ignored is None:
        counts["orders_foreign"] += warehouse_id is None
        counts["orders_unknown"] += order.step is Step.UNKNOWN
    counts["orders_new"] += stored is None
    row_id = booking.store.orders.save(
        booking.account_id, order, effect, warehouse_id=warehouse_id, now=booking.now
    )
    lines = {line.line_id: line for line in order.lines}
    changed = stored is not None and (
        stored.state.step is not effect.step or stored.state.shipped is not effect.shipped
    )
    for line_effect in effect.lines:
        line = lines.get(line_effect.line_id)
        stored_line = stored.lines.get(line_effect.line_id) if stored else None
        listing_id = _listing(line, stored_line, listings)
        line_row = _save_line(booking, row_id, line, stored_line, listing_id, line_effect)
        linked = bool(page_stock.parts(listing_id))
        if order.ignored is None and not linked and (line_effect.reserved or line_effect.off):
            counts["lines_unlinked"] += 1
        moved = _settle(
            booking.store,
            page_stock,
            line_row,
            line_effect,
            listing_id=listing_id,
            warehouse_id=warehouse_id,
            moved_at=effect.moved_at,
            moved_since=effect.moved_since,
            document=order_document(page_stock.booked_as, order.order_id, line_effect.line_id),
            now=booking.now,
        )
        counts["movements"] += sum(bool(change.movement) for change in moved)
        counts["times_doubtful"] += sum(change.doubtful for change in moved)
        changed = changed or (stored is not None and bool(moved))
        if listing_id is not None and order.ignored is None:
            _update_belief(booking, order, theirs, stored, stored_line, line_effect, listing_id)
    counts["orders_changed"] += changed
    return counts


def _warehouse(
    booking: BookingContext, order: Order, stored: StoredOrder | None
) -> tuple[str, int | None]:
    """Return the marketplace's warehouse that an order is of, and ours; None: none of ours.

    An order that names none is of the account's first. Ours stays the one where its units were
    promised, whatever feeds the marketplace's warehouse now.
    """
    account, store = booking.account, booking.store
    known = None if stored is None else stored.external_warehouse
    named = known if order.warehouse_id is None else order.warehouse_id
    theirs = account.warehouses[0].warehouse_id if named is None else named
    if stored is not None and stored.warehouse_id is not None and named == known:
        return theirs, stored.warehouse_id
    local = account.local_warehouse(theirs)
    if local is None:
        return theirs, None
    before = store.arrangement.fed_before(booking.account_id, theirs, order.created_at)
    return theirs, store.ledger.warehouse(local) if before is None else before


def _listing(
    line: OrderLine | None, stored: StoredLine | None, listings: Mapping[str, int]
) -> int | None:
    """A line stays with the listing it was first known by."""
    if stored is not None and stored.listing_id is not None:
        return stored.listing_id
    for key in line.listing_keys if line else ():
        if key in listings:
            return listings[key]
    return None


def _save_line(
    booking: BookingContext,
    row_id: int,
    line: OrderLine | None,
    stored: StoredLine | None,
    listing_id: int | None,
    effect: LineEffect,
) -> int:
    if line is None:
        assert stored is not None, "a line's effect comes from the order or from the database"
        booking.store.orders.end_line(stored.row_id, off=effect.off)
        return stored.row_id
    return booking.store.orders.save_line(
        row_id,
        line.line_id,
        listing_id=listing_id,
        offer_id=line.offer_id,
        keys=line.listing_keys,
        quantity=line.quantity,
        off=effect.off,
    )


def _settle(
    store: Store,
    page_stock: _PageStock,
    line_row: int,
    line_effect: LineEffect,
    *,
    listing_id: int | None,
    warehouse_id: int | None,
    moved_at: datetime,
    moved_since: datetime | None,
    document: str,
    now: datetime,
) -> Sequence[effects.Change]:
    """Book the difference of one line; return what was booked."""
    changes = effects.allocation_changes(
        line_effect,
        components=page_stock.parts(listing_id),
        warehouse_id=warehouse_id,
        booked=page_stock.allocations.get(line_row, ()),
        moved_at=moved_at,
        counted_at=page_stock.counted_at,
        moved_since=moved_since,
    )
    for change in changes:
        store.orders.allocate(line_row, change)
    movements = [
        Movement(
            c.product_id, c.warehouse_id, c.movement, MovementKind.SHIPMENT, document, moved_at
        )
        for c in changes
        if c.movement
    ]
    store.ledger.append(movements, now=now)
    return changes


def _update_belief(
    booking: BookingContext,
    order: Order,
    theirs: str,
    stored: StoredOrder | None,
    stored_line: StoredLine | None,
    effect: LineEffect,
    listing_id: int,
) -> None:
    """Follow what the marketplace does to its own number when its own buyers order and cancel."""
    taken = effect.reserved + effect.off
    before = _taken(stored, stored_line)
    sold, released = max(0, taken - before), max(0, before - taken)
    known_open = stored is None or stored.state.step not in FINAL_STEPS
    if known_open and order.step in (Step.CANCELLED, Step.REPLACED) and not taken:
        # Made, or grown, and ended between two readings: taken off, and perhaps put back. (A split
        # puts nothing back, but its parts look like new sales, which they are not.)
        ordered = sum(x.quantity for x in order.lines if x.line_id == effect.line_id)
        sold = max(0, ordered - before)
        released += sold
    if not sold and not released:
        return
    traits = booking.traits
    believed = booking.store.beliefs.stock(listing_id, theirs)
    if believed is None:
        return
    margin = booking.clock_margin
    # An accepted number may take its time to be applied, by a clock that is not ours.
    late = margin + compressed(booking.account, traits.settle_s)
    belief = believed.belief
    # Beside a push without an answer nobody knows which came first, the push or the order.
    ordered_after = not believed.in_flight
    if sold:
        # An order that grew, or was taken up again, took its units off nobody knows when.
        new = stored is None
        belief = after_sale(
            belief,
            sold,
            order.created_at if new else booking.now,
            certain=traits.sale_lowers_stock and new and ordered_after,
            before=margin,
            after=late,
        )
    gives_back = _gives_back(traits, order, stored)
    if released:
        belief = after_release(
            belief,
            released,
            order.changed_at,
            gives_back=gives_back if ordered_after or not gives_back else None,
            before=margin,
            after=late,
        )
    booking.store.beliefs.believe(believed, belief, sold=sold, given_back=released)
    pair = (believed.listing_id, believed.external_warehouse)
    if sold:
        booking.store.quotas.sold(
            pair,
            sold,
            order.created_at if stored is None else booking.now,
            certain=traits.sale_lowers_stock and stored is None,
            before=margin,
            after=late,
        )
    if released:
        booking.store.quotas.released(
            pair, released, order.changed_at, gives_back=gives_back, before=margin
        )


def _gives_back(traits: Traits, order: Order, stored: StoredOrder | None) -> bool | None:
    """Return whether the marketplace put an order's units back into what it shows by itself."""
    packed = stored is not None and stored.status in traits.keeps_cancelled
    return False if packed and order.step is Step.CANCELLED else order.gives_back


def _taken(stored: StoredOrder | None, line: StoredLine | None) -> int:
    """Units of the line that its marketplace had taken off what it shows, as last read."""
    if stored is None or line is None:
        return 0
    if stored.state.shipped:
        return line.off
    return 0 if stored.state.step in FINAL_STEPS else line.quantity


def settle_again(store: Store, account_id: int, order_ids: Sequence[str], *, now: datetime) -> int:
    """Book orders anew from what the database holds, after their listings were linked differently.

    What has left the warehouse stays as it left; what was never linked is booked now, with the
    moment at which it left. Returns how many lines changed. Inside the caller's transaction.
    """
    changed = 0
    rows = store.orders.rows_for(account_id, order_ids)
    stored = store.orders.stored(account_id, order_ids)
    listing_ids = _resolve_rows(store, account_id, rows)
    page_stock = _PageStock(store, account_id, stored.values(), listing_ids.values())
    for row in rows:
        if row["ignored"] is not None:
            continue
        listing_id = listing_ids.get(row["line_row_id"])
        if listing_id is not None and row["listing_id"] is None:
            store.orders.set_listing(row["line_row_id"], listing_id)
        reserves = not row["shipped"] and not row["ended"]
        effect = LineEffect(
            row["line_id"],
            reserved=row["quantity"] if reserves else 0,
            off=row["off"],
            off_before=row["off"],
        )
        changes = _settle(
            store,
            page_stock,
            row["line_row_id"],
            effect,
            listing_id=listing_id,
            warehouse_id=row["warehouse_id"],
            moved_at=from_iso(row["moved_at"]) or now,
            moved_since=None,
            document=order_document(page_stock.booked_as, row["order_id"], row["line_id"]),
            now=now,
        )
        changed += bool(changes)
    store.orders.set_away(account_id, order_ids)
    return changed


def _resolve_rows(store: Store, account_id: int, rows: Sequence[Row]) -> dict[int, int]:
    """Return the listing of each order line row, found by its keys where it has none yet."""
    keys = {row["line_row_id"]: json.loads(row["keys"]) for row in rows}
    listings = store.catalog.resolve(account_id, (k for own in keys.values() for k in own))
    listing_ids = {}
    for row in rows:
        matches = [listings[k] for k in keys[row["line_row_id"]] if k in listings]
        if row["listing_id"] is not None:
            listing_ids[row["line_row_id"]] = row["listing_id"]
        elif matches:
            listing_ids[row["line_row_id"]] = matches[0]
    return listing_ids
