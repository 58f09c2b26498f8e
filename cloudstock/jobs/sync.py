"""sync: the whole round in the safe order."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from cloudstock.domain.moments import elapsed
from cloudstock.domain.work import Job
from cloudstock.errors import Exit
from cloudstock.jobs.accounts import Context, Session, each
from cloudstock.jobs.booking import compressed
from cloudstock.jobs.poll_orders import oldest_first, poll_orders
from cloudstock.jobs.poll_reserves import poll_reserves
from cloudstock.jobs.poll_returns import poll_returns
from cloudstock.jobs.pull_catalog import pull_catalog
from cloudstock.jobs.push_stocks import push_stocks
from cloudstock.jobs.results import PlannedPush

# While a marketplace holds units that the database cannot explain, it is asked again this often.
HELD_AGAIN_S = 300.0
# In rounds that follow each other faster, returns are read once in this time: units that came back
# wait for people, orders for nobody.
RETURNS_EVERY_S = 60.0


async def sync(
    context: Context,
    among: Sequence[Session],
    *,
    since: datetime | None = None,
    full: bool = False,
    yes: bool = False,
    often: bool = False,
) -> list[PlannedPush]:
    """Orders, returns, reserves where due, push; return what a dry run would have sent.

    An account whose catalog was never pulled gets it first, once. One whose credentials are
    refused is left alone for the rest of the round. `often`: rounds follow each other faster than
    anybody needs returns, which are then read once a minute.
    """
    new = [s for s in among if context.store.cursors.get(s.account_id, "catalog").first_at is None]
    await each(context, Job.CATALOG, new, lambda s: pull_catalog(context, s))
    by_age = oldest_first(context, _able(among))
    await each(context, Job.ORDERS, by_age, lambda s: poll_orders(context, s, since=since))
    back = [s for s in _able(among) if not often or _returns_are_due(context, s)]
    await each(context, Job.RETURNS, back, lambda s: poll_returns(context, s, since=since))
    due = [s for s in _able(among) if _reserves_are_due(context, s)]
    await each(context, Job.RESERVES, due, lambda s: poll_reserves(context, s))
    return await push_stocks(context, _able(among), full=full, yes=yes)


def _able(among: Sequence[Session]) -> list[Session]:
    return [
        s for s in among if not any(f.exit_code is Exit.CREDENTIALS for f in s.failures.values())
    ]


def _returns_are_due(context: Context, session: Session) -> bool:
    finished_at = context.store.cursors.get(session.account_id, "returns").finished_at
    pause = compressed(session.account, RETURNS_EVERY_S)
    return finished_at is None or elapsed(finished_at, context.clock.now()) >= pause


def _reserves_are_due(context: Context, session: Session) -> bool:
    """Reading back costs requests: as often as configured and as the marketplace allows."""
    store, now = context.store, context.clock.now()
    position = store.cursors.get(session.account_id, "reserves")
    if position.finished_at is None or position.read_until is None:
        return True
    age = elapsed(position.finished_at, now)
    interval = compressed(session.account, session.marketplace.traits.reserves_interval_s)
    every_s = context.config.reserves_every.total_seconds()
    if store.beliefs.held_pairs(session.account_id):
        every_s = min(every_s, HELD_AGAIN_S)
    lost_at = store.runs.old_copy_found_at()
    if lost_at is not None:
        # What a database that is lost had sent is shown by then: the first reading that tells it.
        shown_at = lost_at + compressed(session.account, session.marketplace.traits.settle_s)
        every_s = 0.0 if position.read_until <= shown_at < now else every_s
    return age >= max(compressed(session.account, every_s), interval)
