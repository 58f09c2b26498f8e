"""push-stocks: shows buyers what is available, on every account.

The order is what keeps the promise: read each account's orders, compute, lower everywhere, raise
what fresh knowledge allows, read the orders once more and push again what turned up. For accounts
with `push: off` it is told what they would be sent.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping, Sequence
from datetime import datetime
from functools import partial

from cloudstock import progress
from cloudstock.domain.moments import elapsed
from cloudstock.domain.plan import Action, Pair, Plan, Stage, decide, withheld
from cloudstock.domain.work import Job
from cloudstock.errors import Exit
from cloudstock.jobs.accounts import Context, Session, each
from cloudstock.jobs.booking import compressed
from cloudstock.jobs.poll_orders import oldest_first, poll_orders
from cloudstock.jobs.poll_reserves import read_again
from cloudstock.jobs.results import Failure, PlannedPush
from cloudstock.jobs.sending import send
from cloudstock.jobs.watching import tell_watched
from cloudstock.language import tr, trn
from cloudstock.store import rates

# Orders read this recently need not be read again before a push.
ORDERS_FRESH_S = 10.0
# How often a run that only waits looks whether another waits for it.
WANTED_S = 0.5
# How often a push is followed by another for orders that turned up meanwhile.
ROUNDS_MAX = 3
BLAST_GUARD = "blast_guard"
# A pair and the name of its account.
_Named = tuple[str, Pair]


async def push_stocks(
    context: Context, among: Sequence[Session], *, full: bool = False, yes: bool = False
) -> list[PlannedPush]:
    """Push the differences of all sessions' accounts; return what a dry run would have sent.

    `full`: send also what is believed to be shown already. `yes`: the blast guard lets pass. A dry
    run tells of accounts that are only watched as if they were pushed.
    """
    deadline = context.clock.now() + context.config.push_wait
    to_read = oldest_first(context, [s for s in among if not _orders_are_fresh(context, s)])
    for number in range(ROUNDS_MAX):
        await each(context, Job.ORDERS, to_read, lambda s: poll_orders(context, s))
        with context.store.transaction():
            if not number:
                context.store.quotas.doubt_scarcity(now=context.clock.now())
                rates.end_rushes(context.store.connection, now=context.clock.now())
                _measure_rates(context)
            context.store.targets.refresh(now=context.clock.now())
        able = [s for s in among if not _is_hopeless(s) and (s.account.push or context.dry_run)]
        read = _just_read(among)
        decides = partial(_decide, context, read=read, full=full and not number, yes=yes)
        plans = {s.name: decides(s) for s in able}
        if context.dry_run:
            return [p for s in able for p in _as_planned(context, s, plans[s.name])]
        sent = await _do(context, able, plans, decides, deadline)
        # What was bought while the numbers were on their way turns up now and is pushed at once.
        # So does what the other shops sold that sell the same stock: a number takes its place, too.
        to_read = [s for s in able if {s.account_id, *_sharers(context, s)} & sent]
        if not to_read:
            break

    async def end(session: Session) -> None:
        _tell_pending(context, session)
        await watch(session)

    async def watch(session: Session) -> None:
        raisable = _raisable(context, session, _just_read(among))
        tell_watched(context, session, raisable=raisable, full=full)

    await each(context, Job.PUSH, [s for s in among if s.account.push], end)
    await each(context, Job.WATCH, [s for s in among if not s.account.push], watch)
    return []


def _measure_rates(context: Context) -> None:
    """Measure how fast products sell, once an hour: a page that is looked at need not wait."""
    connection, now = context.store.connection, context.clock.now()
    if rates.is_old(connection, rates.KEPT, now=now):
        rates.measure(connection, now=now)


def _is_hopeless(session: Session) -> bool:
    """After refused credentials or a failed push an account is left alone until the next run."""
    orders = session.failures.get(Job.ORDERS)
    refused = orders is not None and orders.exit_code is Exit.CREDENTIALS
    push = session.failures.get(Job.PUSH)
    return refused or (push is not None and push.kind != BLAST_GUARD)


def _orders_are_fresh(context: Context, session: Session) -> bool:
    if session.orders_read_at is None:
        return False
    age = elapsed(session.orders_read_at, context.clock.now())
    return age <= compressed(session.account, ORDERS_FRESH_S)


def _just_read(among: Sequence[Session]) -> frozenset[int]:
    """Return the accounts whose orders were read by this very command."""
    return frozenset(s.account_id for s in among if s.orders_read_at is not None)


def _decide(
    context: Context, session: Session, *, read: frozenset[int], full: bool, yes: bool
) -> Plan:
    """Decide what an account is sent now; `read`: the accounts whose orders were read just now."""
    store, now = context.store, context.clock.now()
    raisable = _raisable(context, session, read)
    differences = list(
        store.targets.differences(
            session.account_id,
            now=now,
            full=full,
            raisable=raisable,
            watched=None if context.dry_run else False,
        )
    )
    divided = {d.listing_id for d in differences if d.divided}
    plan = decide(
        differences,
        room=store.parts.steps(divided, now=now) if divided else {},
        withheld=_withheld(context, session, yes=yes),
        push_batch=session.marketplace.traits.push_batch,
    )
    session.counts["held"], session.counts["waiting"] = plan.held, plan.waiting
    _tell_held(session, plan.held, stale=not raisable)
    return plan


def _tell_held(session: Session, held: int, *, stale: bool) -> None:
    if held and stale:
        session.note(
            trn(
                "{name}: 1 listing is not raised, because the orders of an account"
                " on the same warehouse could not be read lately; see `cloudstock status`",
                "{name}: {n} listings are not raised, because the orders of an account"
                " on the same warehouse could not be read lately; see `cloudstock status`",
                held,
                name=session.name,
            )
        )
    elif held:
        session.note(
            trn(
                "{name}: 1 listing is not raised, because orders are not read or"
                " the marketplace holds more units than the database can explain; see"
                " `cloudstock status`",
                "{name}: {n} listings are not raised, because orders are not read or"
                " the marketplace holds more units than the database can explain; see"
                " `cloudstock status`",
                held,
                name=session.name,
            )
        )


def _raisable(context: Context, session: Session, just_read: frozenset[int]) -> frozenset[int]:
    """Return the warehouses whose knowledge is fresh enough to raise this account's listings.

    The account's own orders must have been read by this very command, and so those of the accounts
    that sell what its listings show; those of every other account in the warehouse within
    `max_poll_age`.
    """
    store, now = context.store, context.clock.now()
    if {session.account_id, *_sharers(context, session)} - just_read:
        return frozenset()
    stale: set[int] = set()
    fed: set[int] = set()
    for account in context.config.accounts:
        read = store.cursors.get(context.account_ids[account.name], "orders").read_until
        fresh = read is not None and elapsed(read, now) <= context.config.max_poll_age
        for link in account.warehouses:
            warehouse = store.ledger.warehouse(link.feeds_from)
            fed.add(warehouse)
            if not fresh:
                stale.add(warehouse)
    return frozenset(fed - stale)


def _sharers(context: Context, session: Session) -> frozenset[int] | set[int]:
    """Return the accounts that sell the stock which this one shows."""
    return context.store.arrangement.sharers(session.account_id)


def _withheld(context: Context, session: Session, *, yes: bool) -> set[Pair]:
    """Return the listings whose fall to zero looks like an accident; fail the account for it."""
    if yes:
        return set()
    guard = context.config.blast_guard
    emptyings = context.store.targets.emptyings(
        session.account_id, watched=None if context.dry_run else False
    )
    if len(emptyings) < guard.min_listings:
        return set()
    live = context.store.targets.live(session.account_id)
    stopped = withheld(
        emptyings, live=live, max_percent=guard.max_percent, min_listings=guard.min_listings
    )
    if stopped:
        session.failures[Job.PUSH] = Failure(
            BLAST_GUARD,
            tr(
                "{name}: {count} of {live} listings would fall to zero though nothing was"
                " sold: this looks like an accident, so they were left as they are. If it"
                " is meant, run `cloudstock push-stocks --yes`; else correct the stock and"
                " push again",
                name=session.name,
                count=len(stopped),
                live=live,
            ),
        )
    return {(e.listing_id, e.warehouse_id) for e in stopped}


async def _do(
    context: Context,
    among: Sequence[Session],
    plans: dict[str, Plan],
    decides: Callable[[Session], Plan],
    deadline: datetime,
) -> set[int]:
    """Do what was decided, stage by stage on all accounts; return those that were sent to.

    After a reading it is decided anew, but nothing is raised that was not to be before it.
    """
    sent: set[int] = set()

    async def act(stage: Stage, among_pairs: Container[_Named] | None = None) -> None:
        """Do one stage; `among_pairs`: of these pairs only."""
        todo = {
            s.name: plans[s.name].at(stage)
            if among_pairs is None
            else [a for a in plans[s.name].at(stage) if (s.name, a.pair) in among_pairs]
            for s in among
        }
        able = [s for s in among if todo[s.name]]
        await each(
            context, Job.PUSH, able, partial(_act, context, stage, todo, decides, deadline, sent)
        )

    await act(Stage.LOWER_SCARCE)
    await act(Stage.LOWER)
    # None: all that is to be. Pairs are told apart where some are read, and only there: a push of
    # a hundred thousand has as many.
    raised: set[_Named] | None = None
    to_read = _pairs(plans, Stage.READ)
    if to_read:
        raised = _pairs(plans, Stage.RAISE, Stage.LATE)
        await act(Stage.READ)
        failed = {s.name for s in among if Job.PUSH in s.failures}
        read = {named for named in to_read if named[0] not in failed}
        # What could not be read is not raised.
        raised -= to_read - read
        plans = {s.name: decides(s) for s in among}
        # What was found to show more than was believed is lowered before any is raised.
        await act(Stage.LOWER_SCARCE, read | raised)
        await act(Stage.LOWER, read | raised)
    await act(Stage.RAISE, raised)
    await act(Stage.LATE, raised)
    return sent


def _pairs(plans: Mapping[str, Plan], *stages: Stage) -> set[_Named]:
    """Return what is to be done something with at these stages."""
    return {
        (name, action.pair)
        for name, plan in plans.items()
        for action in plan.actions
        if action.stage in stages
    }


async def _act(
    context: Context,
    stage: Stage,
    todo: Mapping[str, Sequence[Action]],
    decides: Callable[[Session], Plan],
    deadline: datetime,
    sent: set[int],
    session: Session,
) -> None:
    """Do one account's actions of a stage; put the account among those that were sent to."""
    actions = todo[session.name]
    if stage is Stage.READ:
        await _read(context, session, actions)
        return
    if stage is Stage.LATE:
        actions = await _wait(context, session, actions, decides, deadline)
    decisions = [action.decision for action in actions if action.decision is not None]
    if await send(context, session, decisions):
        sent.add(session.account_id)


async def _read(context: Context, session: Session, actions: Sequence[Action]) -> None:
    """Read divided listings right before any is raised: one request for each batch of reading."""
    if await read_again(context, session, [action.pair for action in actions]):
        # Less than believed: an order that nobody has read yet.
        await poll_orders(context, session)


async def _wait(
    context: Context,
    session: Session,
    actions: Sequence[Action],
    decides: Callable[[Session], Plan],
    deadline: datetime,
) -> list[Action]:
    """Wait for the marketplace's limit on repeats; leave pending what does not fit the run.

    What was sold meanwhile may have lowered what is shown below the number of before, which would
    raise it now: it is decided anew.
    """
    in_time = [a for a in actions if a.due_at is not None and a.due_at <= deadline]
    if in_time:
        last = max(a.due_at for a in in_time if a.due_at is not None)
        seconds = max(0.0, (last - context.clock.now()).total_seconds())
        reason = tr("{name}: waits until numbers may be sent again", name=session.name)
        with progress.waiting(reason, seconds):
            if not await _may_wait(context, last):
                return []
        if not _orders_are_fresh(context, session):
            await poll_orders(context, session)
            with context.store.transaction():
                context.store.targets.refresh(now=context.clock.now())
        pairs = {action.pair for action in in_time}
        in_time = [a for a in decides(session).actions if a.pair in pairs]
    return in_time


async def _may_wait(context: Context, until: datetime) -> bool:
    """Wait, but no longer than nobody waits for this run to end: a run that does waits then."""
    while (seconds := (until - context.clock.now()).total_seconds()) > 0:
        if context.is_wanted():
            return False
        await context.clock.sleep(min(seconds, WANTED_S))
    return True


def _tell_pending(context: Context, session: Session) -> None:
    """Say what the marketplace's limits held back; the next run sends it."""
    waiting = session.counts["waiting"]
    if waiting:
        session.note_waiting(
            trn(
                "{account}: 1 listing waits until reading orders has shown what it and the others"
                " may have sold; see `cloudstock explain SKU`",
                "{account}: {n} listings wait until reading orders has shown what they and the"
                " others may have sold; see `cloudstock explain SKU`",
                waiting,
                account=session.name,
            )
        )
    pending = context.store.targets.pending(session.account_id, now=context.clock.now())
    session.counts["pending"] = pending
    if pending:
        session.note_waiting(
            trn(
                "{name}: 1 listing waits for the marketplace's limit on repeats;"
                " the next run sends it",
                "{name}: {n} listings wait for the marketplace's limit on repeats;"
                " the next run sends them",
                pending,
                name=session.name,
            )
        )


def _as_planned(context: Context, session: Session, plan: Plan) -> list[PlannedPush]:
    """Return what a dry run tells instead of sending."""
    planned = []
    for decision in plan.decisions:
        offer_id, low, high = context.store.pushes.described(
            decision.listing_id, decision.warehouse_id
        )
        warehouse, quantity, phase = decision.warehouse_id, decision.quantity, decision.phase
        planned.append(
            PlannedPush(session.name, offer_id, warehouse, low, high, quantity, phase.value)
        )
    session.counts["would_push"] = len(planned)
    return planned
