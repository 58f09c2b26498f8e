"""What accounts that are only watched would be sent, and how far off they are."""

from __future__ import annotations

from cloudstock.domain.comparison import Comparison
from cloudstock.domain.plan import plain_decision
from cloudstock.jobs.accounts import Context, Session
from cloudstock.jobs.booking import compressed
from cloudstock.language import trn
from cloudstock.store.views.comparisons import compared_text


def tell_watched(
    context: Context, session: Session, *, raisable: frozenset[int], full: bool
) -> None:
    """Count and tell what a push would send to the account's warehouses that are only watched.

    Nothing is told of an account that has none. `raisable`: the warehouses whose knowledge is
    fresh;
    `full`: as if nothing were believed to be right.
    """
    store, now = context.store, context.clock.now()
    if not store.readings.watched(session.account_id):
        return
    with store.transaction():
        store.targets.refresh(now=now)
    differences = store.targets.differences(
        session.account_id, now=now, full=full, raisable=raisable, watched=True
    )
    would = sum(plain_decision(difference) is not None for difference in differences)
    session.counts["would_push"] = would
    if session.account.push:
        session.note(
            trn(
                "{name}: nothing is sent to a warehouse that shares its stock with an account that"
                " is only watched; 1 listing would be pushed",
                "{name}: nothing is sent to a warehouse that shares its stock with an account that"
                " is only watched; {n} listings would be pushed",
                would,
                name=session.name,
            )
        )
        return
    compared = _compare(context, session)
    count_differences(session, compared)
    session.note(
        trn(
            "{name}: {why}; 1 listing would be pushed; {compared}",
            "{name}: {why}; {n} listings would be pushed; {compared}",
            would,
            name=session.name,
            why=session.why_watched,
            compared=compared_text(compared),
        )
    )


def count_differences(session: Session, compared: Comparison) -> None:
    """Put a comparison among the counts of an account that is only watched."""
    session.counts["differs"] = compared.differs
    session.counts["units_above"] = compared.units_above
    session.counts["units_below"] = compared.units_below


def _compare(context: Context, session: Session) -> Comparison:
    read = context.store.cursors.get(session.account_id, "reserves")
    return context.store.comparisons.since_reading(
        session.account_id,
        began_at=read.read_until,
        settle=compressed(session.account, session.marketplace.traits.settle_s),
    )
