"""Asks now and then when an account's credentials end, so that `status` can tell in time."""

from __future__ import annotations

import logging
from datetime import timedelta

from cloudstock.domain.moments import elapsed
from cloudstock.errors import MarketplaceError
from cloudstock.jobs.accounts import Context, Session

log = logging.getLogger("cloudstock.credentials")

REQUEST_EVERY = timedelta(hours=1)


async def ask_credentials_end(context: Context, session: Session) -> None:
    """Keep when the credentials end, as the marketplace tells it now; asked once an hour.

    Not being told is no failure of the round: it is logged, what was told before stays, and the
    next hour asks again. Credentials that do not work fail the account's other jobs.
    """
    store, account_id, now = context.store, session.account_id, context.clock.now()
    facts = store.accounts.facts(account_id)
    requested_at = facts.credentials_asked_at
    if requested_at is not None and elapsed(requested_at, now) < REQUEST_EVERY:
        return
    end = facts.credentials_end
    try:
        end = await session.marketplace.credentials_end()
    except MarketplaceError as problem:
        log.warning("credentials.end account=%s problem=%s", session.name, problem)
    with store.transaction():
        store.accounts.keep_credentials_end(account_id, end, now=now)
