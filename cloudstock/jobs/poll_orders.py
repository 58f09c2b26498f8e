"""poll-orders: new orders, and whatever became of the open ones."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta

from cloudstock.domain.moments import elapsed
from cloudstock.domain.records import Order, TimeRange
from cloudstock.errors import CloudstockError
from cloudstock.jobs.accounts import Context, Session
from cloudstock.jobs.booking import book_orders, booking_now, compressed
from cloudstock.jobs.credentials import ask_credentials_end
from cloudstock.jobs.prefetch import prefetch
from cloudstock.jobs.pull_catalog import pull_catalog
from cloudstock.language import tr
from cloudstock.marketplaces.base import Page, Traits

log = logging.getLogger("cloudstock.orders")

# Orders that have left the warehouse can only arrive or come back; they are asked again this often,
# where the time range does not tell their changes anyhow.
SHIPPED_AGAIN_S = 600.0
# Marketplaces tell some orders late: now and then the time range reaches further back.
DEEP_EVERY = timedelta(hours=6)
DEEP_BACK = timedelta(days=3)
# For orders of listings that nobody knows the catalog is read so often, and for no longer.
CATALOG_EVERY = timedelta(minutes=10)
CATALOG_WITHIN_S = 60.0


async def poll_orders(context: Context, session: Session, *, since: datetime | None = None) -> None:
    """Bring the account's orders up to now into the database.

    Reads the time range since the last complete reading, with an overlap (or since `since`), then
    asks again for every open order that did not turn up. Each page is booked in one transaction;
    its end is stored only when all of it has been read.
    """
    store, account_id, traits = context.store, session.account_id, session.marketplace.traits
    await ask_credentials_end(context, session)
    began_at = context.clock.now()
    position = store.cursors.get(account_id, "orders")
    deep_at = store.cursors.get(account_id, "orders-deep").finished_at
    deep = since is None and (deep_at is None or elapsed(deep_at, began_at) >= DEEP_EVERY)
    start = _start(position.read_until, began_at, traits, deep=deep)
    if since is not None:
        # Further back, never less far: between the two nothing would be read, and held for read.
        start = since if position.read_until is None else min(since, start)
    seen: set[str] = set()

    async def take_in(walk: AsyncIterator[Page[Order]]) -> None:
        async with prefetch(walk) as pages:
            async for page in pages:
                booking = booking_now(context, session, position.first_at)
                with store.transaction():
                    session.counts.update(book_orders(booking, page.records))
                seen.update(order.order_id for order in page.records)

    await take_in(session.marketplace.orders(TimeRange(start, began_at)))
    again_at = store.cursors.get(account_id, "orders-shipped").finished_at
    pause = compressed(session.account, SHIPPED_AGAIN_S)
    shipped_too = since is not None or again_at is None or elapsed(again_at, began_at) >= pause
    refs = [
        ref
        for ref in store.orders.open_refs(account_id, shipped=shipped_too)
        if ref.order_id not in seen
    ]
    if refs:
        await take_in(session.marketplace.orders_again(refs))
    await _look_up(context, session, began_at)
    now = context.clock.now()
    with store.transaction():
        store.cursors.finish(account_id, "orders", began_at=began_at, read_until=began_at, now=now)
        if traits.sale_lowers_stock:
            lag = compressed(session.account, traits.settle_s + traits.clock_margin_s)
            lag += session.marketplace.server_clock.error
            store.quotas.cover(account_id, began_at, lag=lag)
        for job, done in (("orders-shipped", shipped_too), ("orders-deep", deep)):
            if done:
                store.cursors.finish(
                    account_id, job, began_at=began_at, read_until=began_at, now=now
                )
    session.orders_read_at = began_at
    _tell(session)


async def _look_up(context: Context, session: Session, began_at: datetime) -> None:
    """Read the catalog where orders met no listing since it was read; they are booked by it."""
    store, account_id = context.store, session.account_id
    read_at = store.cursors.get(account_id, "catalog").finished_at
    requested_at = store.cursors.get(account_id, "catalog-asked").finished_at
    if requested_at is not None and elapsed(requested_at, began_at) < CATALOG_EVERY:
        return
    since = max((at for at in (read_at, requested_at) if at is not None), default=None)
    if not store.orders.any_unlisted(account_id, since):
        return
    with store.transaction():
        store.cursors.keep(account_id, "catalog-asked", None, now=context.clock.now())
    try:
        async with asyncio.timeout(CATALOG_WITHIN_S):
            await pull_catalog(context, session)
    except (CloudstockError, TimeoutError) as error:
        # The orders are read all the same; `pull-catalog` tells what hinders it.
        log.warning("orders.catalog account=%s error=%s", session.name, error)
    if not store.orders.with_listing_trouble(account_id):
        del session.counts["lines_unlinked"]


def oldest_first(context: Context, among: Sequence[Session]) -> list[Session]:
    """Return the sessions in the order in which their orders need reading.

    They are read at the same time; but what each begins with, and books first, follows this.
    """

    def read_until(session: Session) -> datetime:
        until = context.store.cursors.get(session.account_id, "orders").read_until
        return until or datetime.min.replace(tzinfo=UTC)

    return sorted(among, key=read_until)


def _start(until: datetime | None, began_at: datetime, traits: Traits, *, deep: bool) -> datetime:
    if until is None:
        return began_at - timedelta(days=traits.orders_first_days)
    overlap = DEEP_BACK if deep else timedelta(seconds=traits.orders_overlap_s)
    return min(until, began_at) - overlap


def _tell(session: Session) -> None:
    if session.counts["orders_unknown"]:
        session.note(
            tr(
                "{name}: orders with a status nobody knows keep their units reserved; see"
                " `cloudstock show-orders --unknown`",
                name=session.name,
            )
        )
    if session.counts["times_doubtful"]:
        session.note(
            tr(
                "{name}: units of orders were handed over at the very time of a count, told in"
                " whole seconds only; they are taken to have left after it. Count the product"
                " again if that is wrong, see `cloudstock show-history SKU`",
                name=session.name,
            )
        )
    if session.counts["lines_unlinked"]:
        session.note(
            tr(
                "{name}: orders for listings that no product is linked to reserve nothing;"
                " run `cloudstock pull-catalog`, or link-listing",
                name=session.name,
            )
        )
    if session.counts["orders_foreign"]:
        session.note(
            tr(
                "{name}: orders from warehouses that the configuration does not name"
                " reserve nothing; if they are yours, add them to the account's `warehouses`",
                name=session.name,
            )
        )
