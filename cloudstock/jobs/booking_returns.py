"""Brings returns into the database: read what is known, decide, write the difference."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from cloudstock.domain import effects, moments
from cloudstock.domain.moments import Span
from cloudstock.domain.records import MovementKind, Order, OrderLine, Return, ReturnStep, Step
from cloudstock.domain.warehouses import QUARANTINE
from cloudstock.jobs.booking import BookingContext, book_orders
from cloudstock.language import tr, trn
from cloudstock.store.ledger import Movement, return_document
from cloudstock.store.orders import StoredOrder
from cloudstock.store.returns import StoredReturn
from cloudstock.store.times import from_iso

# Takes a sentence for the seller.
Note = Callable[[str], None]
# (product id, units) of one listing.
Parts = Sequence[tuple[int, int]]


def book_returns(
    booking: BookingContext, returns: Sequence[Return], note: Note, *, read: bool = True
) -> Counter[str]:
    """Book a page of returns inside the caller's transaction; return what there was.

    `booking.watched_since`: when the account's returns were first read completely. `read` False:
    they were read earlier and could not be booked then. Counts: `returns` read, `returns_new` to
    the database, `returns_unknown` (a status nobody knows), `returns_received` units, `movements`
    written, `returns_unlinked` (no product stands behind the listing), `returns_doubtful` (by the
    time told, units may have come before a count or after it), and those of the orders that the
    returns prove to have left.
    """
    counts: Counter[str] = Counter()
    latest = {item.return_id: item for item in returns}
    page = _Page(booking, list(latest.values()))
    for item in latest.values():
        order, before = page.order_of(item), page.stored.get(item.return_id)
        if order is not None:
            orders_watched = booking._replace(watched_since=page.orders_read.first_at)
            _take_as_shipped(orders_watched, item, order)
        if read:
            counts["returns"] += 1
            counts["returns_new"] += before is None
            counts["returns_unknown"] += item.step is ReturnStep.UNKNOWN
        if page.may_tell_order(item, before):
            # Only the order knows from which warehouse, and as which products, the units once left.
            booking.store.returns.save(
                booking.account_id,
                item,
                listing_id=page.listing_of(item, order),
                warehouse_id=None,
                history=False,
                now=booking.now,
            )
            continue
        listing_id = page.listing_of(item, order)
        item = _dated(booking, item, before)
        counts += _book_return(booking, item, before, listing_id, order, note)
    order_ids = {item.order_id for item in returns if item.order_id is not None}
    booking.store.orders.set_away(booking.account_id, order_ids)
    return counts


class _Page:
    """What the database holds for a page, read at once instead of return by return."""

    def __init__(self, booking: BookingContext, returns: Sequence[Return]) -> None:
        store, account_id = booking.store, booking.account_id
        self._now = booking.now
        self.stored = store.returns.stored(account_id, [item.return_id for item in returns])
        order_ids = [item.order_id for item in returns if item.order_id is not None]
        self._orders = store.orders.stored(account_id, order_ids)
        keys = (key for item in returns for key in item.listing_keys)
        self._listings = store.catalog.resolve(account_id, keys)
        self.orders_read = store.cursors.get(account_id, "orders")

    def order_of(self, item: Return) -> StoredOrder | None:
        """Return the order of a return, if the database has met it."""
        return self._orders.get(item.order_id) if item.order_id else None

    def listing_of(self, item: Return, order: StoredOrder | None) -> int | None:
        """Return the listing of a return: by its own keys, or the only one of its order."""
        for key in item.listing_keys:
            if key in self._listings:
                return self._listings[key]
        lines = order.lines.values() if order is not None else ()
        # A line of no listing that is known may be the one that comes back.
        listings = {line.listing_id for line in lines}
        return listings.pop() if len(listings) == 1 else None

    def may_tell_order(self, item: Return, before: StoredReturn | None) -> bool:
        """Return whether the next reading of orders may yet tell the order of a return.

        One that is unknown after that was made before the database began.
        """
        if item.order_id is None or self.order_of(item) is not None:
            return False
        seen_at = self._now if before is None else before.first_seen_at
        read_until = self.orders_read.read_until
        return read_until is None or read_until < seen_at


def _dated(booking: BookingContext, item: Return, before: StoredReturn | None) -> Return:
    """Return a return with when it came, as far as this reading or an earlier one tells."""
    if before is None or item.received_at is not None:
        return item
    if before.received_at is not None:
        return replace(item, received_at=before.received_at, resolution=before.resolution)
    awaited_at = None if before.step is ReturnStep.RECEIVED else before.seen_at
    return effects.dated(item, awaited_at=awaited_at, now=booking.now)


def _take_as_shipped(booking: BookingContext, item: Return, order: StoredOrder) -> None:
    """A return proves that its order left the warehouse, even if it was seen cancelled before.

    `booking.watched_since` is of the account's orders here.
    """
    state = order.state
    if state.shipped or state.step is not Step.CANCELLED or item.step is ReturnStep.NEVER:
        return
    rows = booking.store.orders.rows_for(booking.account_id, [order.order_id])
    if not rows or rows[0]["ignored"] is not None:
        return
    row = rows[0]
    lines = (
        OrderLine(r["line_id"], tuple(json.loads(r["keys"])), r["quantity"], r["offer_id"])
        for r in rows
    )
    left = Order(
        order_id=order.order_id,
        step=Step.CANCELLED,
        status=row["status"],
        created_at=from_iso(row["created_at"]),
        lines=tuple(lines),
        warehouse_id=row["external_warehouse"],
        left_warehouse=True,
        shipped_at=item.created_at,
        changed_at=from_iso(row["changed_at"]),
        handle=row["handle"],
    )
    book_orders(booking, [left])


def _book_return(
    booking: BookingContext,
    item: Return,
    before: StoredReturn | None,
    listing_id: int | None,
    order: StoredOrder | None,
    note: Note,
) -> Counter[str]:
    """Book what one return has brought beyond what is booked for it."""
    store, account = booking.store, booking.account
    if before is not None and before.listing_id is not None:
        # It stays with the listing it was first known by.
        listing_id = before.listing_id
    parts = _parts(booking, order, listing_id)
    counted = store.ledger.first_counted_at([product_id for product_id, _ in parts])
    first = (booking.watched_since, *counted.values())
    came = effects.arrival(item, now=booking.now)
    elsewhere = store.returns.received_elsewhere(booking.account_id, item)
    history = before is not None and before.history
    effect = effects.ReturnEffect(0)
    if not history:
        effect = effects.return_effect(
            item,
            came,
            began=min((at for at in first if at is not None), default=None),
            replaced_received=elsewhere,
        )
    booked = before.booked if before is not None else 0
    received = item.step is ReturnStep.RECEIVED
    left_from = order.warehouse_id if order is not None else None
    if left_from is None:
        left_from = store.ledger.warehouse(account.warehouses[0].feeds_from)
    row_id = store.returns.save(
        booking.account_id,
        item,
        listing_id=listing_id,
        warehouse_id=left_from,
        history=received and not effect.units and not booked and not elsewhere,
        now=booking.now,
    )
    counts: Counter[str] = Counter()
    if effect.doubtful:
        counts += _tell_history(booking, item, note)
    if booked and not received:
        _tell_stays(booking, item, note)
    difference = max(0, effect.units - booked)
    if difference and not parts:
        counts["returns_unlinked"] += 1
    elif difference:
        counts += _move(booking, item, row_id, before, difference, parts, left_from, came, note)
    return counts


def _parts(booking: BookingContext, order: StoredOrder | None, listing_id: int | None) -> Parts:
    """Return what one returned listing is made of.

    As it left the warehouse, where the database knows that: the listing may have been linked
    differently since. Else as it is linked today.
    """
    if listing_id is None:
        return ()
    for line in order.lines.values() if order is not None else ():
        if line.listing_id == listing_id and line.off:
            left = booking.store.orders.allocations([line.row_id]).get(line.row_id)
            if left:
                return [(a.product_id, a.off // line.off) for a in left]
    return booking.store.catalog.components([listing_id]).get(listing_id, ())


def _move(
    booking: BookingContext,
    item: Return,
    row_id: int,
    before: StoredReturn | None,
    difference: int,
    parts: Parts,
    left_from: int,
    came: Span,
    note: Note,
) -> Counter[str]:
    """Write a return's units into the quarantine, or back on sale where the account says so."""
    store, now = booking.store, booking.now
    restock = booking.account.returns == "restock" and item.condition is None
    warehouse_id = left_from if restock else store.ledger.warehouse(QUARANTINE)
    happened_at = now if item.received_at is None else min(item.received_at, now)
    document = return_document(store.accounts.booked_as(booking.account_id), item.return_id)
    counted_at = store.ledger.counted_at([product_id for product_id, _ in parts])
    counts: Counter[str] = Counter()
    movements = []
    for product_id, units in parts:
        count = counted_at.get((product_id, warehouse_id))
        # A count made after the units came back has already found them.
        counted = False if count is None else moments.before(came, count)
        if counted is None:
            sku = store.catalog.sku(product_id)
            counts += _tell_doubt(booking, item, sku, difference * units, came, note)
        if counted is False:
            movements.append(
                Movement(
                    product_id,
                    warehouse_id,
                    difference * units,
                    MovementKind.RETURN,
                    document,
                    happened_at,
                    item.status,
                )
            )
    store.ledger.append(movements, now=now)
    counts["returns_received"] += difference
    counts["movements"] += len(movements)
    store.returns.set_booked(
        row_id,
        booked=(before.booked if before else 0) + difference,
        restocked=(before.restocked if before else 0) + (difference if restock else 0),
        written_off=before.written_off if before else 0,
    )
    return counts


def _tell_history(booking: BookingContext, item: Return, note: Note) -> Counter[str]:
    """It may have come before the stock was known, and is taken to have."""
    if item.received_at is not None:
        note(
            tr(
                "{name}: return {return_id} came at the very time ({received_at}) from which on"
                " the stock is known, so what it brought ({units}) is taken to be counted already;"
                " if it is not, run `cloudstock adjust-stock`",
                name=booking.account.name,
                return_id=item.return_id,
                received_at=item.received_at,
                units=trn("{n} unit", "{n} units", item.quantity),
            )
        )
    elif booking.watched_since is not None:
        # What the first reading finds came before anybody looked.
        return _tell_unknown_time(booking, item, note)
    return Counter()


def _tell_stays(booking: BookingContext, item: Return, note: Note) -> None:
    """What was once handed over lies with the seller, whatever its paper says next."""
    note(
        tr(
            "{name}: return {return_id} was received and is now {status!r}; its units"
            " stay where they are. Count the product if they are not there",
            name=booking.account.name,
            return_id=item.return_id,
            status=item.status,
        )
    )


def _tell_unknown_time(booking: BookingContext, item: Return, note: Note) -> Counter[str]:
    """It had come when it was seen first, and may have been counted since."""
    note(
        tr(
            "{name}: return {return_id} had come when it was first seen, nobody tells when, so what"
            " it brought ({units}) is taken to be counted already; if it is not, run `cloudstock"
            " adjust-stock`",
            name=booking.account.name,
            return_id=item.return_id,
            units=trn("{n} unit", "{n} units", item.quantity),
        )
    )
    return Counter(returns_doubtful=1)


def _tell_doubt(
    booking: BookingContext, item: Return, sku: str, units: int, came: Span, note: Note
) -> Counter[str]:
    """The last count was made within the time in which the return may have come."""
    if item.received_at is None:
        return _tell_unknown_time(booking, item, note)
    note(
        tr(
            "{name}: {units} of {sku} came back with return {return_id} between {since} and"
            " {until}, as did the last count, so they are taken to be in it; if they were not"
            " counted, run `cloudstock adjust-stock`",
            name=booking.account.name,
            units=units,
            sku=sku,
            return_id=item.return_id,
            since=_seconds(came.earliest),
            until=_seconds(came.latest),
        )
    )
    return Counter(returns_doubtful=1)


def _seconds(at: datetime) -> datetime:
    return at.replace(microsecond=0)
