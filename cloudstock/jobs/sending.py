"""Sends decisions: the intent before each request, the marketplace's word after it."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from cloudstock import progress
from cloudstock.domain.plan import Decision
from cloudstock.domain.records import PushOutcome, StockUpdate, Verdict
from cloudstock.errors import CloudstockError, RequestRefused
from cloudstock.jobs.accounts import Context, Session
from cloudstock.jobs.booking import compressed
from cloudstock.language import tr
from cloudstock.store.pushes import Answered, Intent

log = logging.getLogger("cloudstock.push")

# Refused items are tried again after a while, in case somebody mended the card; each refusal
# doubles it.
REFUSED_AGAIN = timedelta(minutes=30)
REFUSED_AGAIN_MAX = timedelta(hours=24)
COUNTED = {
    Verdict.REFUSED: "refused",
    Verdict.LATER: "later",
    Verdict.UNKNOWN: "unknown_pushes",
}
# An update that the marketplace asks to send later without saying when.
LATER_S = 30.0


class _Answers(NamedTuple):
    """What a marketplace said of a batch, not yet written."""

    answers: list[Answered]
    sent_at: datetime
    now: datetime


async def send(context: Context, session: Session, decisions: Sequence[Decision]) -> bool:
    """Send decisions in the marketplace's batches, one warehouse each; True if any was sent.

    The intent is recorded before a batch leaves. Whatever ends this between that and its answer
    leaves the items' belief wide: the next run sends the then current numbers again.
    """
    store = context.store
    sent = False
    trouble: CloudstockError | None = None
    progress.expect(len(decisions))
    # Written together with the next batch's intent: to the disk once, not twice.
    unwritten: _Answers | None = None
    for batch in _batches(decisions, session.marketplace.traits.push_batch):
        computed_at = context.clock.now()
        with store.transaction():
            if unwritten is not None:
                store.pushes.answered(*unwritten)
            intents = store.pushes.begin_push(session.account_id, batch, now=computed_at)
        unwritten = None
        # None where nothing of it is wanted any more.
        if intents:
            try:
                unwritten = await _send_batch(context, session, intents, computed_at)
                sent = True
            except RequestRefused as error:
                # This batch is refused as a whole; the next may still be taken.
                trouble = trouble or error
        progress.advance(len(batch))
    if unwritten is not None:
        with store.transaction():
            store.pushes.answered(*unwritten)
    if trouble is not None:
        raise trouble
    return sent


def _batches(decisions: Sequence[Decision], size: int) -> Iterator[list[Decision]]:
    """Yield decisions as many at a time as a request holds, those of one warehouse together."""
    by_warehouse: dict[str, list[Decision]] = {}
    for decision in decisions:
        by_warehouse.setdefault(decision.warehouse_id, []).append(decision)
    for own in by_warehouse.values():
        for start in range(0, len(own), size):
            yield own[start : start + size]


async def _send_batch(
    context: Context, session: Session, intents: Sequence[Intent], computed_at: datetime
) -> _Answers:
    """Send what was recorded; return what the marketplace said of each item."""
    updates = [StockUpdate(i.key, i.quantity, computed_at) for i in intents]
    outcomes = await session.marketplace.push(updates)
    now = context.clock.now()
    by_key = {o.update.key: o for o in outcomes}
    answers = []
    interval_s = session.marketplace.traits.push_interval_s
    next_at = now + compressed(session.account, interval_s) if interval_s else None
    for intent, update in zip(intents, updates, strict=True):
        outcome = by_key.get(intent.key) or PushOutcome(update, Verdict.UNKNOWN)
        if outcome.verdict is Verdict.ACCEPTED:
            answers.append(Answered(intent, outcome, next_at))
            continue
        due_at = _due_at(session, outcome, intent.refusals, now)
        answers.append(Answered(intent, outcome, due_at))
        session.counts[COUNTED[outcome.verdict]] += 1
        if outcome.verdict is Verdict.REFUSED:
            _tell_refused(session, intent, outcome)
    session.counts["pushed"] += sum(a.outcome.verdict is Verdict.ACCEPTED for a in answers)
    return _Answers(answers, computed_at, now)


def _due_at(
    session: Session, outcome: PushOutcome, refusals: int, now: datetime
) -> datetime | None:
    """Return before when the listing must not be sent again; None: any time."""
    interval_s = session.marketplace.traits.push_interval_s
    if outcome.verdict is Verdict.REFUSED:
        return now + min(REFUSED_AGAIN * (1 << min(refusals, 10)), REFUSED_AGAIN_MAX)
    if outcome.verdict is Verdict.LATER:
        if outcome.retry_after_s is not None:
            return now + timedelta(seconds=outcome.retry_after_s)
        return now + compressed(session.account, interval_s or LATER_S)
    return now + compressed(session.account, interval_s) if interval_s else None


def _tell_refused(session: Session, intent: Intent, outcome: PushOutcome) -> None:
    words = outcome.message or outcome.code
    log.warning(
        "push.refused account=%s listing=%r code=%r message=%r",
        session.name,
        intent.key.offer_id,
        outcome.code,
        outcome.message,
    )
    session.note(
        tr(
            "{name}: {offer_id} was refused ({reason}); see `cloudstock status`",
            name=session.name,
            offer_id=intent.key.offer_id,
            reason=words,
        )
    )
