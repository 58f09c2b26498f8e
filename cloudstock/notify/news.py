"""Finds what is wrong now, keeps it as events, and tells what nobody was told of yet."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import uuid4

from cloudstock.errors import CloudstockError
from cloudstock.logs import event, secrets_of
from cloudstock.notify.sending import Message, send
from cloudstock.redaction import Redactor
from cloudstock.settings import Configuration, NoticeSettings
from cloudstock.store import Store
from cloudstock.store.notices import Claim
from cloudstock.store.times import text
from cloudstock.store.views import troubles
from cloudstock.store.views.accounts import CREDENTIALS_END_TOLD

# Longer than a sending takes: who took an event and died keeps it from the others so long.
LEASE = timedelta(minutes=2)
# The kinds of events behind the configuration's words.
KINDS: Mapping[str, tuple[str, ...]] = {
    "failed": ("down", "failed"),
    "oversold": ("oversold",),
    "unlinked": ("unlinked",),
    "token": ("token",),
}
# What may pass by itself. Units sold twice and the end of a token do not.
MUST_LAST = frozenset({"down", "failed", "unlinked"})
# Whose end is news: a listing is linked and a token replaced by whoever reads the news.
RECOVERS = ("down", "failed", "oversold")

_log = logging.getLogger("cloudstock.notify")


@dataclass(frozen=True, slots=True)
class Telling:
    """What is to be told, taken for one teller."""

    problems: Claim
    recoveries: Claim


def wanted_kinds(settings: NoticeSettings) -> tuple[str, ...]:
    """Return the kinds of events that somebody wants to know of."""
    return tuple(kind for word in settings.events for kind in KINDS.get(word, ()))


def settle(store: Store, config: Configuration, *, now: datetime) -> None:
    """Open and close events by what is wrong now; in a transaction."""
    notices, kinds = store.notices, wanted_kinds(config.notices)
    accounts = json.dumps([a.name for a in config.accounts])
    found: dict[str, tuple[str, tuple[object, ...]]] = {
        "down": (troubles.DOWN, (accounts, text(now - config.max_poll_age))),
        "failed": (troubles.FAILED, (accounts, json.dumps(troubles.OTHER_JOBS))),
        "oversold": (troubles.OVERSOLD, ()),
        "unlinked": (troubles.UNLINKED, (accounts,)),
        "token": (troubles.ENDING, (json.dumps(_tokens(store, config, now)),)),
    }
    notices.forget("failed", troubles.PAST)
    # `down` first: whether another job's failure is an event of its own follows from it.
    for kind, (query, values) in found.items():
        if kind in kinds:
            notices.settle(kind, query, values, now=now)
    notices.drop([kind for kind in found if kind not in kinds], now=now)


def take(store: Store, config: Configuration, *, now: datetime) -> Telling:
    """Return what nobody was told of yet, and nobody else is telling now; in a transaction."""
    from cloudstock.notify.words import TOLD

    settings, teller, until = config.notices, uuid4().hex, now + LEASE
    kinds = wanted_kinds(settings)
    store.notices.claim_open(
        teller,
        now=now,
        until=until,
        since={k: now - settings.after if k in MUST_LAST else now for k in kinds},
        repeat=settings.repeat,
    )
    ending = f"{teller}-ended"
    if "recovered" in settings.events:
        store.notices.claim_ended(
            ending, now=now, until=until, kinds=[k for k in RECOVERS if k in kinds]
        )
    return Telling(
        store.notices.claimed(teller, most=TOLD), store.notices.claimed(ending, most=TOLD)
    )


def tell_news(config: Configuration, *, clock: Callable[[], datetime]) -> tuple[Telling, bool]:
    """Find what is wrong and tell what is new; return that, and whether it was told.

    An event is told when at least one address took the message. What was sent but could not be
    recorded (the process was killed in between) is told again: at least once, and by one process
    at a time. Raises `DatabaseError`, and `ConfigurationError` where nothing can be sent at all.
    """
    now = clock()
    with Store.open(config.database, must_exist=True) as store:
        with store.transaction():
            settle(store, config, now=now)
            telling = take(store, config, now=now)
        if not telling.problems and not telling.recoveries:
            return telling, True
        return telling, _told(store, config, telling, clock=clock)


def rehearsed(config: Configuration, *, now: datetime) -> Telling:
    """Return what `tell_news` would tell, and leave no trace of having asked."""
    with Store.open_copy(config.database) as store, store.transaction():
        settle(store, config, now=now)
        return take(store, config, now=now)


def _told(
    store: Store, config: Configuration, telling: Telling, *, clock: Callable[[], datetime]
) -> bool:
    from cloudstock.notify import words

    notices = store.notices
    ok = True
    try:
        for claim, message_of, record in (
            (telling.problems, words.problems, notices.told),
            (telling.recoveries, words.recoveries, notices.told_of_end),
        ):
            if not claim:
                continue
            message = message_of(claim, watched=config.watched, now=clock())
            if None in sent(config, message):
                with store.transaction():
                    record(claim.teller, now=clock())
            else:
                ok = False
    finally:
        # What was told is nobody's any more; what was not is for the next run.
        with store.transaction():
            notices.give_back(telling.problems.teller)
            notices.give_back(telling.recoveries.teller)
    return ok


def sent(config: Configuration, message: Message) -> list[str | None]:
    """Send a message without secrets; return why each address did not take it, None: it did.

    Raises `ConfigurationError` where nothing can be sent at all.
    """
    redact = Redactor(secrets_of(config))
    clean = Message(redact(message.title), redact(message.body), message.tone)
    failures = send(clean, config.notices.urls)
    for number, failure in enumerate(failures, 1):
        if failure is not None:
            event(
                _log,
                logging.WARNING,
                "notice.failed",
                address=number,
                of=len(failures),
                failure=failure,
            )
    return failures


def after_job(config: Configuration, *, clock: Callable[[], datetime]) -> None:
    """Do what `tell_news` does; trouble with it is a warning, and never the job's."""
    if not config.notices.urls:
        return
    try:
        tell_news(config, clock=clock)
    except CloudstockError as error:
        event(_log, logging.WARNING, "notice.failed", failure=str(error))
    except Exception:  # noqa: BLE001 - the job's work is done and booked; the log tells of ours
        _log.exception("notice.bug")


def _tokens(store: Store, config: Configuration, now: datetime) -> list[dict[str, str]]:
    ids = store.catalog.account_ids()
    ends = (
        (a.name, store.accounts.facts(ids[a.name]).credentials_end)
        for a in config.accounts
        if a.name in ids
    )
    return [
        {"account": name, "ends_at": text(at)}
        for name, at in ends
        if at is not None and at - now < CREDENTIALS_END_TOLD
    ]
