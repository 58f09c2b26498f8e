"""What an account answered to `check` lately, so that a second look costs no limited request."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

import msgspec

from cloudstock.domain.moments import elapsed
from cloudstock.jobs.accounts import Context, Session
from cloudstock.jobs.booking import compressed
from cloudstock.language import in_use
from cloudstock.marketplaces.base import CheckReport
from cloudstock.settings import Account

NAME = "check-report"
# Younger ones are taken instead of asking.
REUSED_S = 60.0
# Younger ones are taken where the limit is used up.
BELIEVED_S = 86_400.0
# Enough to see that a key is another one, too little to guess one by.
KEY_BYTES = 2


class Earlier(msgspec.Struct, frozen=True):
    """A report, of which credentials and settings, and when it was given."""

    of: str
    at: datetime
    report: CheckReport


def earlier_report(context: Context, session: Session) -> Earlier | None:
    """Return the last report with which all was well, if it was about these very credentials."""
    kept = context.store.cursors.get(session.account_id, NAME).value
    try:
        earlier = None if kept is None else msgspec.json.decode(kept, type=Earlier)
    except msgspec.DecodeError:
        # Another version wrote it.
        return None
    return earlier if earlier is not None and earlier.of == _known_by(session.account) else None


def is_younger(context: Context, session: Session, earlier: Earlier | None, seconds: float) -> bool:
    """Tell whether a report is no older than so many seconds of pace 1."""
    if earlier is None:
        return False
    return age(context, earlier) <= compressed(session.account, seconds)


def age(context: Context, earlier: Earlier) -> timedelta:
    """Return how long ago a report was given."""
    return elapsed(earlier.at, context.clock.now())


def keep_report(context: Context, session: Session, report: CheckReport) -> None:
    """Keep a report, given now; one with which something is wrong is asked for again at once."""
    now = context.clock.now()
    well = all(f.level != "error" and not f.waits for f in report.findings)
    text = msgspec.json.encode(Earlier(_known_by(session.account), now, report)).decode()
    with context.store.transaction():
        context.store.cursors.keep(session.account_id, NAME, text if well else None, now=now)


def _known_by(account: Account) -> str:
    """Return a word that changes with the account's settings, its credentials and the language."""
    settings = (account.options, account.warehouses, account.base_url, in_use())
    secrets = sorted((name, secret.reveal()) for name, secret in account.secrets.items())
    parts = ((settings, 16), (secrets, KEY_BYTES))
    return " ".join(
        hashlib.blake2b(repr(part).encode(), digest_size=size).hexdigest() for part, size in parts
    )
