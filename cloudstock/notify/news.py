"""Finds what is wrong now, keeps it as events, and tells what nobody was told of yet."""

from __future__ import annotations

import logging
from collections.abc import Callable
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
from cloudstock.store.troubles.finder import Troubles
from cloudstock.store.troubles.kind import Kind
from cloudstock.store.troubles.table import KINDS

# Longer than a sending takes: who took an event and died keeps it from the others so long.
LEASE = timedelta(minutes=2)

_log = logging.getLogger("cloudstock.notify")


@dataclass(frozen=True, slots=True)
class Telling:
    """What is to be told, taken for one teller."""

    problems: Claim
    recoveries: Claim
    # Accounts that nothing is sent to: configured so, or paused.
    watched: tuple[str, ...]


def wanted_kinds(settings: NoticeSettings) -> tuple[Kind, ...]:
    """Return the kinds of troubles that somebody wants to know of."""
    return tuple(kind for kind in KINDS if kind.event in settings.events)


def settle(store: Store, config: Configuration, *, now: datetime) -> None:
    """Open and close events by what is wrong now; in a transaction that began before `now`."""
    kinds = wanted_kinds(config.notices)
    troubles = Troubles(store.connection, config, now=now)
    for kind in kinds:
        events, values = troubles.events(kind.name)
        if kind.void:
            store.notices.forget(kind.name, kind.void, values)
        store.notices.settle(kind.name, events, values, now=now)
    store.notices.drop_others([kind.name for kind in kinds], now=now)


def take(store: Store, config: Configuration, *, now: datetime) -> Telling:
    """Return what nobody was told of yet, and nobody else is telling now; in a transaction."""
    from cloudstock.notify.words import EVENTS_MAX

    settings, teller, until = config.notices, uuid4().hex, now + LEASE
    kinds = wanted_kinds(settings)
    store.notices.claim_open(
        teller,
        now=now,
        until=until,
        since={k.name: now - settings.after if k.passes else now for k in kinds},
        repeat=settings.repeat,
    )
    ending = f"{teller}-ended"
    if "recovered" in settings.events:
        store.notices.claim_ended(
            ending, now=now, until=until, kinds=[k.name for k in kinds if k.over]
        )
    return Telling(
        store.notices.claimed(teller, most=EVENTS_MAX),
        store.notices.claimed(ending, most=EVENTS_MAX),
        tuple(a.name for a in config.accounts if not a.push or a.name in store.accounts.paused()),
    )


def tell_news(config: Configuration, *, clock: Callable[[], datetime]) -> tuple[Telling, bool]:
    """Find what is wrong and tell what is new; return that, and whether it was told.

    An event is told when at least one address took the message. What was sent but could not be
    recorded (the process was killed in between) is told again: at least once, and by one process
    at a time. Raises `DatabaseError`, and `ConfigurationError` where nothing can be sent at all.
    """
    with Store.open(config.database) as store:
        _measure(store, config, now=clock())
        with store.transaction():
            # Not before: what others wrote while this waited for them would lie ahead.
            now = clock()
            settle(store, config, now=now)
            telling = take(store, config, now=now)
        if not telling.problems and not telling.recoveries:
            return telling, True
        return telling, _sent(store, config, telling, clock=clock)


def _measure(store: Store, config: Configuration, *, now: datetime) -> None:
    """Measure how fast products sell where that was long ago: which of them run out is news."""
    store.catch_up(buffer=config.policy.buffer, low=config.low, targets=False, now=now)


def rehearsed(config: Configuration, *, now: datetime) -> Telling:
    """Return what `tell_news` would tell, and leave no trace of having asked."""
    with Store.open_copy(config.database) as store, store.transaction():
        _measure(store, config, now=now)
        settle(store, config, now=now)
        return take(store, config, now=now)


def _sent(
    store: Store, config: Configuration, telling: Telling, *, clock: Callable[[], datetime]
) -> bool:
    from cloudstock.notify import words

    notices = store.notices
    ok = True
    try:
        for claim, message_of, record in (
            (telling.problems, words.problems, notices.mark_sent),
            (telling.recoveries, words.recoveries, notices.mark_end_sent),
        ):
            if not claim:
                continue
            message = message_of(claim, watched=telling.watched, now=clock())
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
