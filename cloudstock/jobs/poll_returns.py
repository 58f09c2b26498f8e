"""poll-returns: what comes back, and what the seller was handed."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from cloudstock.domain import moments
from cloudstock.domain.asking import UNDECIDED_DAYS
from cloudstock.domain.effects import ReturnEffect, arrival, return_effect
from cloudstock.domain.moments import Span, elapsed
from cloudstock.domain.records import Order, OrderLine, Return, ReturnStep, Step, TimeRange
from cloudstock.jobs.accounts import Context, Session
from cloudstock.jobs.booking import BookingContext, book_orders, compressed
from cloudstock.jobs.prefetch import prefetch
from cloudstock.language import tr, trn
from cloudstock.store import Store
from cloudstock.store.ledger import Movement
from cloudstock.store.orders import StoredOrder
from cloudstock.store.returns import StoredReturn
from cloudstock.store.times import moment

# The local warehouse where returned units wait for a person to look at them.
QUARANTINE = "quarantine"
# So many returns are named in one sentence.
NAMED_MOST = 5


async def poll_returns(
    context: Context, session: Session, *, since: datetime | None = None
) -> None:
    """Bring the account's returns up to now into the book.

    Skipped, not failed, where the marketplace does not allow to be asked again yet.
    """
    store, account_id, traits = context.store, session.account_id, session.marketplace.traits
    began_at = context.clock.now()
    position = store.cursors.get(account_id, "returns")
    pause = compressed(session.account, traits.returns_interval_s)
    asked = (position.finished_at, store.cursors.get(account_id, "returns-asked").finished_at)
    if any(at is not None and elapsed(at, began_at) < pause for at in asked):
        session.counts["returns_skipped"] += 1
        with store.transaction():
            _book_waiting(context, session, position.first_at)
        return
    first = began_at - timedelta(days=traits.returns_first_days)
    until = position.read_until
    overlap = timedelta(seconds=traits.returns_overlap_s)
    start = since or (first if until is None else min(until, began_at) - overlap)
    again = store.returns.to_ask_again(account_id, began_at)
    walk = session.marketplace.returns(TimeRange(start, began_at), again)
    seen: set[str] = set()
    async with prefetch(walk) as pages:
        async for page in pages:
            with store.transaction():
                _book(context, session, page.records, position.first_at)
            seen.update(item.return_id for item in page.records)
    now = context.clock.now()
    with store.transaction():
        _book_waiting(context, session, position.first_at, but=seen)
        store.returns.asked(account_id, again, now=began_at)
        _give_up(context, session, began_at)
        store.cursors.finish(account_id, "returns", began_at=began_at, read_until=began_at, now=now)
    if session.counts["returns_unlinked"]:
        session.note(
            tr(
                "{name}: returns of listings that no product is linked to are not booked;"
                " link them, see `cloudstock show-returns`",
                name=session.name,
            )
        )


def _give_up(context: Context, session: Session, asked_at: datetime) -> None:
    """Name, once, the returns that nobody has decided for so long that they are left alone."""
    returns = context.store.returns.give_up(session.account_id, asked_at=asked_at)
    if returns:
        some = ", ".join(returns[:NAMED_MOST]) + (", …" if len(returns) > NAMED_MOST else "")
        session.note(
            trn(
                "{name}: 1 return has not been decided for {days} days and is not asked for any"
                " more: {some}. If the units came back, count the product",
                "{name}: {n} returns have not been decided for {days} days and are not asked"
                " for any more: {some}. If the units came back, count the products",
                len(returns),
                name=session.name,
                days=UNDECIDED_DAYS,
                some=some,
            )
        )


def _book_waiting(
    context: Context,
    session: Session,
    first_at: datetime | None,
    *,
    but: Collection[str] = (),
) -> None:
    """Book what was read earlier and could not be booked then; `but`: what was tried just now."""
    returns, account_id = context.store.returns, session.account_id
    earlier = [r for r in returns.unbooked(account_id) if r not in but]
    waiting = returns.as_read(account_id, earlier)
    _book(context, session, waiting, first_at, read=False)


def _book(
    context: Context,
    session: Session,
    records: Sequence[Return],
    first_at: datetime | None,
    *,
    read: bool = True,
) -> None:
    """Book a page of returns inside the caller's transaction."""
    store, account_id, now = context.store, session.account_id, context.clock.now()
    latest = {item.return_id: item for item in records}
    stored = store.returns.stored(account_id, list(latest))
    order_ids = [r.order_id for r in latest.values() if r.order_id is not None]
    orders = store.orders.stored(account_id, order_ids)
    keys = store.catalog.resolve(account_id, (k for r in latest.values() for k in r.listing_keys))
    orders_read_until = store.cursors.get(account_id, "orders").read_until
    for item in latest.values():
        order = orders.get(item.order_id) if item.order_id else None
        listing_id = _listing(item, keys, order)
        if order is not None:
            _take_as_shipped(context, session, item, order)
        before = stored.get(item.return_id)
        if read:
            session.counts["returns"] += 1
            session.counts["returns_new"] += before is None
            session.counts["returns_unknown"] += item.step is ReturnStep.UNKNOWN
        if item.order_id is not None and order is None:
            seen_at = now if before is None else before.first_seen_at
            if orders_read_until is None or orders_read_until < seen_at:
                _keep_waiting(store, account_id, item, listing_id, now)
                continue
        _book_one(context, session, item, before, listing_id, order, first_at, now)


def _keep_waiting(
    store: Store, account_id: int, item: Return, listing_id: int | None, now: datetime
) -> None:
    """Remember a return whose order the book has not met; the next reading of orders may tell it.

    Only the order knows from which shelf, and as which products, the units once left. One that is
    unknown after that was made before the book began.
    """
    store.returns.save(
        account_id, item, listing_id=listing_id, warehouse_id=None, history=False, now=now
    )


def _listing(item: Return, keys: dict[str, int], order: StoredOrder | None) -> int | None:
    for key in item.listing_keys:
        if key in keys:
            return keys[key]
    if order is not None:
        listings = {x.listing_id for x in order.lines.values() if x.listing_id is not None}
        if len(listings) == 1:
            return listings.pop()
    return None


def _take_as_shipped(context: Context, session: Session, item: Return, order: StoredOrder) -> None:
    """A return proves that its order left the shelf, even if the book saw it cancelled there."""
    known = order.known
    if known.shipped or known.step is not Step.CANCELLED or item.step is ReturnStep.NEVER:
        return
    rows = context.store.orders.rows_for(session.account_id, [order.order_id])
    if not rows or rows[0]["ignored"] is not None:
        return
    row = rows[0]
    booking = BookingContext(
        context.store,
        session.account,
        session.account_id,
        session.marketplace.traits,
        context.clock.now(),
    )
    book_orders(
        booking,
        [
            Order(
                order_id=order.order_id,
                step=Step.CANCELLED,
                status=row["status"],
                created_at=moment(row["created_at"]),
                lines=tuple(
                    OrderLine(
                        r["line_id"], tuple(json.loads(r["keys"])), r["quantity"], r["offer_id"]
                    )
                    for r in rows
                ),
                warehouse_id=row["external_warehouse"],
                left_shelf=True,
                shipped_at=item.created_at,
                changed_at=moment(row["changed_at"]),
                handle=row["handle"],
            )
        ],
    )


def _book_one(
    context: Context,
    session: Session,
    item: Return,
    before: StoredReturn | None,
    listing_id: int | None,
    order: StoredOrder | None,
    first_at: datetime | None,
    now: datetime,
) -> None:
    store, account_id = context.store, session.account_id
    if listing_id is None and before is not None:
        listing_id = before.listing_id
    parts = _parts(store, order, listing_id)
    counted = store.ledger.first_counted_at([p for p, _ in parts])
    began = min((t for t in (first_at, *counted.values()) if t is not None), default=None)
    elsewhere = store.returns.received_elsewhere(account_id, item)
    history = before is not None and before.history
    came = arrival(item, seen_before=before is not None, now=now)
    effect = ReturnEffect(0)
    if not history:
        effect = return_effect(item, came, book_began=began, replaced_received=elsewhere)
    units = effect.units
    if effect.doubtful and item.received_at is not None:
        session.note(
            tr(
                "{name}: return {return_id} came at the very time ({received_at}) from which on"
                " the stock is known, so its {units} units are taken to be counted already; if"
                " they are not, run `cloudstock adjust-stock`",
                name=session.name,
                return_id=item.return_id,
                received_at=item.received_at,
                units=item.quantity,
            )
        )
    elif effect.doubtful and first_at is not None:
        # What the first reading finds came before anybody looked.
        _tell_unknown_time(session, item)
    booked = before.booked if before is not None else 0
    received = item.step is ReturnStep.RECEIVED
    shelf_name = session.account.warehouses[0].feeds_from
    shelf = order.warehouse_id if order is not None else None
    shelf_id = shelf if shelf is not None else store.ledger.warehouse(shelf_name)
    row_id = store.returns.save(
        account_id,
        item,
        listing_id=listing_id,
        warehouse_id=shelf_id,
        history=history or (received and not units and not booked and not elsewhere),
        now=now,
    )
    if booked and not received:
        # What was once handed over lies with the seller, whatever its paper says next.
        session.note(
            tr(
                "{name}: return {return_id} was received and is now {status!r}; its units"
                " stay where they are. Count the product if they are not there",
                name=session.name,
                return_id=item.return_id,
                status=item.status,
            )
        )
    difference = max(0, units - booked)
    if difference and not parts:
        session.counts["returns_unlinked"] += 1
        return
    if difference:
        _move(context, session, item, row_id, before, difference, parts, shelf_id, came, now)


def _parts(
    store: Store, order: StoredOrder | None, listing_id: int | None
) -> Sequence[tuple[int, int]]:
    """Return (product id, units) of one returned listing.

    As it left the shelf, where the book knows that: the listing may have been linked differently
    since. Else as it is linked today.
    """
    if listing_id is None:
        return ()
    for line in order.lines.values() if order is not None else ():
        if line.listing_id == listing_id and line.off:
            left = store.orders.allocations([line.row_id]).get(line.row_id)
            if left:
                return [(a.product_id, a.off // line.off) for a in left]
    return store.catalog.components([listing_id]).get(listing_id, ())


def _move(
    context: Context,
    session: Session,
    item: Return,
    row_id: int,
    before: StoredReturn | None,
    difference: int,
    parts: Sequence[tuple[int, int]],
    shelf_id: int,
    came: Span,
    now: datetime,
) -> None:
    """Write a return's units into the quarantine, or back on sale where the account says so."""
    store = context.store
    restock = session.account.returns == "restock" and item.condition is None
    warehouse_id = shelf_id if restock else store.ledger.warehouse(QUARANTINE)
    happened_at = now if item.received_at is None else min(item.received_at, now)
    counted_at = store.ledger.counted_at([p for p, _ in parts])
    movements = []
    for product_id, units in parts:
        count = counted_at.get((product_id, warehouse_id))
        # A count made after the units came back has already found them.
        counted = False if count is None else moments.before(came, count)
        if counted is None and item.received_at is None:
            _tell_unknown_time(session, item)
        elif counted is None:
            _tell_doubt(session, item, store.catalog.sku(product_id), difference * units)
        if counted is False:
            movements.append(
                Movement(
                    product_id,
                    warehouse_id,
                    difference * units,
                    "return",
                    f"return:{session.name}:{item.return_id}",
                    happened_at,
                    item.status,
                )
            )
    store.ledger.append(movements, now=now)
    session.counts["returns_received"] += difference
    session.counts["movements"] += len(movements)
    store.returns.set_booked(
        row_id,
        booked=(before.booked if before else 0) + difference,
        restocked=(before.restocked if before else 0) + (difference if restock else 0),
        written_off=before.written_off if before else 0,
    )


def _tell_unknown_time(session: Session, item: Return) -> None:
    """It had come when it was seen first, and may have been counted since."""
    session.counts["returns_doubtful"] += 1
    session.note(
        tr(
            "{name}: return {return_id} had come when it was first seen, nobody tells when, so its"
            " {units} units are taken to be counted already; if they are not, run `cloudstock"
            " adjust-stock`",
            name=session.name,
            return_id=item.return_id,
            units=item.quantity,
        )
    )


def _tell_doubt(session: Session, item: Return, sku: str, units: int) -> None:
    """A time told in whole seconds or days cannot be told apart from that of a count."""
    session.counts["returns_doubtful"] += 1
    session.note(
        tr(
            "{name}: {units} of {sku} came back with return {return_id} at the very time"
            " ({received_at}) of the last count, so they are taken to be in it; if they were not"
            " counted, run `cloudstock adjust-stock`",
            name=session.name,
            units=units,
            sku=sku,
            return_id=item.return_id,
            received_at=item.received_at,
        )
    )
