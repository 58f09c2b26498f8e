"""pull-catalog: imports listings, makes products, links what is the same thing."""

from __future__ import annotations

from datetime import datetime, timedelta

from cloudstock import progress
from cloudstock.domain.moments import elapsed
from cloudstock.errors import DoubtfulAnswer
from cloudstock.jobs.accounts import Context, Session
from cloudstock.jobs.booking import settle_again
from cloudstock.jobs.prefetch import prefetch
from cloudstock.language import tr, trn
from cloudstock.store import Store
from cloudstock.store.relinking import Linked
from cloudstock.store.times import from_iso, to_iso

# Answered pushes are kept this long, for `explain`; the nightly job forgets older ones.
KEEP_PUSHES = timedelta(days=30)
# Where a walk goes on from the last one, what is gone shows in a whole walk only.
WHOLE_EVERY = timedelta(days=7)
# A whole walk that misses more than one in so many listings is doubted.
DOUBTED_ONE_IN = 5
# Listings that are linked anew are named one by one up to here.
RELINKED_MAX = 10


async def pull_catalog(context: Context, session: Session, *, yes: bool = False) -> None:
    """Bring an account's listings and warehouses into the database.

    A listing that a whole walk does not find is gone. One that misses more than a fifth is doubted
    (not with `yes`): none of them is gone, all else is done, and the account fails.
    """
    store, account_id = context.store, session.account_id
    warehouses = await session.marketplace.warehouses()
    with store.transaction():
        store.arrangement.save_warehouses(account_id, warehouses, now=context.clock.now())
    began_at = context.clock.now()
    with store.transaction():
        articles = session.marketplace.traits.articles
        cursor, whole_since = _begin(store, account_id, articles, began_at)
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
    now = context.clock.now()
    with store.transaction():
        lost = 0 if whole_since is None else store.catalog.lost_listings(account_id, whole_since)
        doubted = lost * DOUBTED_ONE_IN > live and not yes
        if doubted:
            store.cursors.advance(account_id, "catalog", None)
        elif whole_since is not None:
            session.counts["listings_gone"] += store.catalog.mark_gone(
                account_id, whole_since, now=now
            )
            store.cursors.keep(account_id, "catalog-whole", None, now=now)
        linked = store.catalog.link(account_id)
        _tell(session, linked)
        session.counts["products_new"] += linked.products
        session.counts["links_to_review"] += linked.review
        if linked.review:
            session.note(
                trn(
                    "{name}: {n} new link should be looked at; see `cloudstock listings --review`",
                    "{name}: {n} new links should be looked at; see `cloudstock listings --review`",
                    linked.review,
                    name=session.name,
                )
            )
        orders = {
            *store.orders.with_listing_trouble(account_id),
            *store.orders.open_of_listings(x.listing_id for x in linked.relinked),
        }
        session.counts["lines_settled"] += settle_again(store, account_id, sorted(orders), now=now)
        store.pushes.retry_refused(account_id)
        store.pushes.prune(now - KEEP_PUSHES)
        if not doubted:
            store.cursors.finish(
                account_id, "catalog", began_at=began_at, read_until=began_at, now=now
            )
    if doubted:
        raise DoubtfulAnswer(
            tr(
                "{name}: the catalog came back without {lost} of {live} listings; none of them is"
                " taken for gone (with --yes all are)",
                name=session.name,
                lost=lost,
                live=live,
            )
        )


def _begin(
    store: Store, account_id: int, articles: str, now: datetime
) -> tuple[str | None, datetime | None]:
    """Return where to go on from, and when the whole walk began that this is part of, if any."""
    if store.catalog.make_articles(account_id, articles):
        store.cursors.advance(account_id, "catalog", None)
    place = store.cursors.get(account_id, "catalog").value
    whole = store.cursors.get(account_id, "catalog-whole")
    if place is not None and whole.value is not None:
        return place, from_iso(whole.value)
    last = whole.finished_at
    if place is not None and last is not None and elapsed(last, now) < WHOLE_EVERY:
        return place, None
    store.cursors.advance(account_id, "catalog", None)
    store.cursors.advance(account_id, "catalog-whole", to_iso(now))
    return None, now


def _tell(session: Session, linked: Linked) -> None:
    """Say what became of listings that are called otherwise, one by one where they are few."""
    relinked, kept, alike, name = linked.relinked, linked.kept, linked.alike, session.name
    session.counts["listings_relinked"] += len(relinked)
    if relinked:
        session.note(
            trn(
                "{name}: articles are made otherwise now; {n} listing is linked anew, what was"
                " counted of its product before stays there",
                "{name}: articles are made otherwise now; {n} listings are linked anew, what was"
                " counted of their products before stays there",
                len(relinked),
                name=name,
            )
        )
    for x in relinked[:RELINKED_MAX]:
        session.note(
            tr(
                "{name}: {article_before}, of {sku_before}, is {article}, of {product}",
                name=name,
                article_before=x.article_before,
                sku_before=x.sku_before,
                article=x.article,
                product=x.sku or tr("no product"),
            )
        )
    if len(relinked) > RELINKED_MAX:
        more = len(relinked) - RELINKED_MAX
        session.note(trn("{name}: and {n} more", "{name}: and {n} more", more, name=name))
    if kept:
        session.note(
            trn(
                "{name}: {n} listing is called otherwise and stays of its product: no other one is"
                " called so",
                "{name}: {n} listings are called otherwise and stay of their products: no others"
                " are called so",
                kept,
                name=name,
            )
        )
    if alike:
        session.note(
            trn(
                "{name}: {n} listing is called like another one there and stays of its product;"
                " `cloudstock link-listing` links it otherwise",
                "{name}: {n} listings are called like others there and stay of their products;"
                " `cloudstock link-listing` links them otherwise",
                alike,
                name=name,
            )
        )
