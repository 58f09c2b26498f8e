"""poll-returns: what comes back, and what the seller was handed."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from cloudstock.domain.asking import UNDECIDED_DAYS
from cloudstock.domain.moments import elapsed
from cloudstock.domain.records import TimeRange
from cloudstock.jobs.accounts import Context, Session
from cloudstock.jobs.booking import booking_now, compressed
from cloudstock.jobs.booking_returns import book_returns
from cloudstock.jobs.prefetch import prefetch
from cloudstock.language import tr, trn

# So many returns are named in one sentence.
NAMED_MOST = 5


async def poll_returns(
    context: Context, session: Session, *, since: datetime | None = None
) -> None:
    """Bring the account's returns up to now into the database.

    Skipped, not failed, where the marketplace does not allow to be asked again yet.
    """
    store, account_id, traits = context.store, session.account_id, session.marketplace.traits
    began_at = context.clock.now()
    position = store.cursors.get(account_id, "returns")
    pause = compressed(session.account, traits.returns_interval_s)
    requested_at = (
        position.finished_at,
        store.cursors.get(account_id, "returns-asked").finished_at,
    )
    if any(at is not None and elapsed(at, began_at) < pause for at in requested_at):
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
                booking = booking_now(context, session, position.first_at)
                session.counts.update(book_returns(booking, page.records, session.note))
            seen.update(item.return_id for item in page.records)
    now = context.clock.now()
    with store.transaction():
        _book_waiting(context, session, position.first_at, but=seen)
        store.returns.note_request(account_id, again, now=began_at)
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


def _give_up(context: Context, session: Session, requested_at: datetime) -> None:
    """Name, once, the returns that nobody has decided for so long that they are left alone."""
    returns = context.store.returns.give_up(session.account_id, requested_at=requested_at)
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
    booking = booking_now(context, session, first_at)
    waiting = returns.as_read(account_id, earlier)
    session.counts.update(book_returns(booking, waiting, session.note, read=False))
