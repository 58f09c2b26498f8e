"""poll-reserves: reads back what each marketplace shows and holds, and doubts what does not fit."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from sqlite3 import Row

from cloudstock import progress
from cloudstock.domain.records import SeenStock
from cloudstock.errors import DoubtfulAnswer
from cloudstock.jobs.accounts import Context, Session
from cloudstock.jobs.booking import compressed
from cloudstock.jobs.poll_orders import poll_orders
from cloudstock.jobs.prefetch import prefetch
from cloudstock.jobs.watching import count_differences
from cloudstock.language import tr, trn
from cloudstock.store.readings import Reading
from cloudstock.store.times import from_iso

log = logging.getLogger("cloudstock.reserves")

# Which warehouses show one stock is asked for no more often than this.
GROUPS_EVERY_S = 1800.0
# How far back orders are read when a marketplace holds units that no known order explains.
DEEPER = timedelta(days=30)

Pair = tuple[int, str]


@dataclass(slots=True)
class _Findings:
    """What a reading told that the database did not expect."""

    # Marketplace warehouses that no number is sent to: what they show is somebody else's to say.
    watched: set[str] = field(default_factory=set)
    read: set[Pair] = field(default_factory=set)
    # Shows more than was sent: somebody else's doing, or a push that was not applied.
    above: list[str] = field(default_factory=list)
    # Shows less than believed: perhaps an order not seen yet.
    below: set[Pair] = field(default_factory=set)
    # What the marketplace holds for orders.
    reserved: dict[Pair, int] = field(default_factory=dict)


async def poll_reserves(
    context: Context, session: Session, *, since: datetime | None = None
) -> None:
    """Read what the account's listings show and hold, and correct what is believed of them.

    Where the marketplace shows less than believed, or holds more than the database's open orders,
    its orders are read again, deeper; what stays unexplained is reported and not raised. How far
    what it shows is from what it should show is kept, reading by reading.
    """
    store, account_id, traits = context.store, session.account_id, session.marketplace.traits
    began_at = context.clock.now()
    if traits.shares_stock:
        await _ask_for_groups(context, session)
    findings = _Findings(store.readings.watched(account_id))
    keys = None if traits.walks_stock else store.readings.keys(account_id)
    progress.expect(store.catalog.live_listings(account_id))
    # A page is asked for while the one before it is written, so no earlier than its own receipt.
    requested_at = next_requested_at = began_at
    async with prefetch(session.marketplace.read_stock(keys)) as pages:
        async for page in pages:
            now = context.clock.now()
            with store.transaction():
                _take_in(
                    context, session, page.records, findings, requested_at=requested_at, now=now
                )
            requested_at, next_requested_at = next_requested_at, now
    _doubt_emptiness(context, session, findings)
    settle = compressed(session.account, traits.settle_s)
    with store.transaction():
        store.readings.forget_gone(account_id, read_since=began_at, before=began_at - settle)
        _doubt_missing(context, session, findings, began_at)
    suspicious = findings.below | _unexplained(context, session, findings).keys()
    if suspicious:
        session.counts["orders_deeper"] += 1
        await poll_orders(context, session, since=since or began_at - DEEPER)
    now = context.clock.now()
    with store.transaction():
        _hold_unexplained(context, session, findings, now)
        _keep_comparison(context, session, began_at, now)
        store.cursors.finish(
            account_id, "reserves", began_at=began_at, read_until=began_at, now=now
        )
    _tell(session, findings)


async def _ask_for_groups(context: Context, session: Session) -> None:
    """Learn now and then which warehouses show one stock: people group them in the cabinet."""
    store, now = context.store, context.clock.now()
    read_at = store.arrangement.warehouses_read_at(session.account_id)
    age = None if read_at is None else now - read_at
    if age is not None and timedelta() <= age < compressed(session.account, GROUPS_EVERY_S):
        return
    warehouses = await session.marketplace.warehouses()
    with store.transaction():
        store.arrangement.save_warehouses(session.account_id, warehouses, now=now)


async def read_again(context: Context, session: Session, pairs: Sequence[Pair]) -> bool:
    """Read some listings right before they are raised; True where one shows less than believed.

    One request for each batch of the reading method. A marketplace that may be asked only now and
    then is not asked.
    """
    if session.marketplace.traits.reserves_interval_s:
        return False
    store = context.store
    findings = _Findings()
    requested_at = context.clock.now()
    async for page in session.marketplace.read_stock(store.readings.keys_of(pairs)):
        now = context.clock.now()
        with store.transaction():
            _take_in(context, session, page.records, findings, requested_at=requested_at, now=now)
    return bool(findings.below)


def _take_in(
    context: Context,
    session: Session,
    records: Sequence[SeenStock],
    findings: _Findings,
    *,
    requested_at: datetime,
    now: datetime,
) -> None:
    store, account_id = context.store, session.account_id
    listings = store.catalog.resolve(account_id, (k for r in records for k in r.listing_keys))
    lost_at = store.runs.old_copy_found_at()
    readings: dict[Pair, SeenStock] = {}
    for record in records:
        listing_id = next((listings[k] for k in record.listing_keys if k in listings), None)
        if listing_id is None:
            session.counts["readings_unlisted"] += 1
            continue
        readings[listing_id, record.warehouse_id] = record
    seen = []
    for row in store.readings.rows(account_id, list(readings)):
        pair = (row["listing_id"], row["external_warehouse"])
        reading = readings[pair]
        session.counts["read"] += 1
        findings.read.add(pair)
        if reading.reserved is not None and row["leader_id"] is None:
            # Held for the orders of all that sell this stock, and counted once.
            findings.reserved[pair] = reading.reserved
        sent_at = (from_iso(row["pushed_at"]), store.pushes.sent_at(row["push_id"]), lost_at)
        settled = _is_settled(session, sent_at, requested_at)
        if settled and row["low"] is not None and pair[1] not in findings.watched:
            _compare(session, row, reading, findings)
        # What one that follows another shows is believed of the other, by a reading of its own.
        believe = settled and row["leader_id"] is None
        seen.append(Reading(*pair, reading.free, reading.reserved, believe))
    store.readings.saw(seen, requested_at=requested_at, now=now)


def _is_settled(
    session: Session, sent_at: Iterable[datetime | None], requested_at: datetime
) -> bool:
    """Tell whether a reading asked for then is certain to be newer than what was sent."""
    settle = compressed(session.account, session.marketplace.traits.settle_s)
    last = max((t for t in sent_at if t), default=None)
    return last is None or requested_at > last + settle


def _compare(session: Session, row: Row, reading: SeenStock, findings: _Findings) -> None:
    """Find what a reading shows that was not expected; `row` is the leader's where one leads.

    Less than expected may be an order of any account that sells the stock, so each looks for its
    own. More is told once, by the one that is pushed.
    """
    pair = (row["listing_id"], row["external_warehouse"])
    if reading.free > row["high"] and row["leader_id"] is None:
        session.counts["drift"] += 1
        findings.above.append(
            tr(
                "{listing} shows {free}, expected {high}",
                listing=row["offer_id"],
                free=reading.free,
                high=row["high"],
            )
        )
    elif reading.free < row["low"]:
        session.counts["below"] += 1
        findings.below.add(pair)


def _doubt_emptiness(context: Context, session: Session, findings: _Findings) -> None:
    """A stock report that is suddenly empty is a failure, not a fact."""
    live = context.store.targets.live(session.account_id)
    if live and not findings.read:
        raise DoubtfulAnswer(
            tr(
                "{name}: no stock came back though {live} listings should show some;"
                " nothing was changed. If it stays so, run `cloudstock check`",
                name=session.name,
                live=live,
            )
        )


def _doubt_missing(
    context: Context, session: Session, findings: _Findings, began_at: datetime
) -> None:
    """A listing that was pushed and is not in the reading may not have taken the push.

    One that is not managed, and not in it, shows none.
    """
    settle = compressed(session.account, session.marketplace.traits.settle_s)
    store, before = context.store, began_at - settle
    pushed = store.readings.pushed_before(session.account_id, before)
    for pair in (*pushed, *store.readings.unanswered(session.account_id, before)):
        if pair not in findings.read:
            session.counts["missing"] += 1
            store.beliefs.forget(pair)
    store.readings.saw_no_record(
        session.account_id, began_at=began_at, settle=settle, now=context.clock.now()
    )


def _unexplained(context: Context, session: Session, findings: _Findings) -> dict[Pair, int]:
    """Return the units that the marketplace holds and no open order of the database explains."""
    if not findings.reserved:
        return {}
    own = session.account.warehouses
    only = own[0].warehouse_id if len(own) == 1 else None
    open_units: dict[Pair, int] = {}
    for (listing_id, warehouse), units in context.store.readings.open_units(
        session.account_id
    ).items():
        pair = (listing_id, warehouse if only is None else only)
        open_units[pair] = open_units.get(pair, 0) + units
    return {
        pair: held - open_units.get(pair, 0)
        for pair, held in findings.reserved.items()
        if held > open_units.get(pair, 0)
    }


def _hold_unexplained(
    context: Context, session: Session, findings: _Findings, now: datetime
) -> None:
    """Do not raise what is held for orders that the database does not know, until it does."""
    store = context.store
    unexplained = _unexplained(context, session, findings)
    until = now + 2 * context.config.reserves_every
    _lift(context, session, findings.read - unexplained.keys())
    for pair in unexplained:
        store.beliefs.hold(*pair, until)
    session.counts["unexplained"] += len(unexplained)
    if unexplained:
        session.note(
            tr(
                "{name}: held for orders that the database does not know: {units} ({listings});"
                " nothing of that is raised meanwhile",
                name=session.name,
                units=trn("{n} unit", "{n} units", sum(unexplained.values())),
                listings=trn("{n} listing", "{n} listings", len(unexplained)),
            )
        )


def _keep_comparison(context: Context, session: Session, began_at: datetime, now: datetime) -> None:
    """Write how far what the reading told is from the targets, as of all that is booked by now."""
    store = context.store
    settle = compressed(session.account, session.marketplace.traits.settle_s)
    store.targets.refresh(now=now)
    compared = store.comparisons.keep(session.account_id, began_at=began_at, settle=settle, now=now)
    if not session.account.push:
        count_differences(session, compared)


def _lift(context: Context, session: Session, pairs: Iterable[Pair]) -> None:
    held = context.store.beliefs.held_pairs(session.account_id)
    for pair in held & set(pairs):
        context.store.beliefs.hold(*pair, None)


def _tell(session: Session, findings: _Findings) -> None:
    if not findings.above:
        return
    examples = "; ".join(findings.above[:3]) + ("; ..." if len(findings.above) > 3 else "")
    log.warning("reserves.drift account=%s listings=%d", session.name, len(findings.above))
    session.note(
        trn(
            "{name}: {n} listing shows more than was sent ({examples}): changed by"
            " someone else, or a push was not applied; it is pushed again",
            "{name}: {n} listings show more than was sent ({examples}): changed by"
            " someone else, or a push was not applied; they are pushed again",
            len(findings.above),
            name=session.name,
            examples=examples,
        )
    )
