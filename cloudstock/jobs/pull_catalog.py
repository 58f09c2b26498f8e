"""pull-catalog: imports listings, makes products, links what is the same thing."""

from __future__ import annotations

from datetime import timedelta

from cloudstock import progress
from cloudstock.errors import DoubtfulAnswer
from cloudstock.jobs.accounts import Context, Session
from cloudstock.jobs.booking import settle_again
from cloudstock.jobs.prefetch import prefetch
from cloudstock.language import tr

# Answered pushes are kept this long, for `explain`; the nightly job forgets older ones.
KEEP_PUSHES = timedelta(days=30)


async def pull_catalog(context: Context, session: Session) -> None:
    """Bring an account's listings and warehouses into the book.

    A whole walk that finds nothing, where the book knows listings, is doubted: nothing is
    forgotten, the account fails. Listings that are merely absent stay as they are.
    """
    store, account_id = context.store, session.account_id
    warehouses = await session.marketplace.warehouses()
    with store.transaction():
        store.catalog.save_warehouses(account_id, warehouses, now=context.clock.now())
    began_at = context.clock.now()
    cursor = store.cursors.get(account_id, "catalog").value
    live = store.catalog.live_listings(account_id)
    if cursor is None and live:
        progress.expect(live)
    async with prefetch(session.marketplace.catalog(cursor)) as pages:
        async for page in pages:
            now = context.clock.now()
            with store.transaction():
                saved = store.catalog.save_listings(account_id, page.records, now=now)
                if page.cursor is not None:
                    store.cursors.advance(account_id, "catalog", page.cursor)
            session.counts["listings"] += saved.listings
            session.counts["listings_new"] += saved.new
            session.counts["products_new"] += saved.products
    if cursor is None and live and not session.counts["listings"]:
        raise DoubtfulAnswer(
            tr(
                "{name}: the catalog came back empty though {known} listings are known;"
                " nothing was changed. If the shop is really empty, archive the listings"
                " there",
                name=session.name,
                known=live,
            )
        )
    now = context.clock.now()
    with store.transaction():
        troubled = store.orders.with_listing_trouble(account_id)
        session.counts["lines_settled"] += settle_again(store, account_id, troubled, now=now)
        store.listing_stock.retry_refused(account_id)
        store.listing_stock.prune(now - KEEP_PUSHES)
        store.cursors.finish(account_id, "catalog", began_at=began_at, read_until=began_at, now=now)
