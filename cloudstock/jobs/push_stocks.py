"""push-stocks: shows buyers what is available, on every account.

The order is what keeps the promise: read each account's orders, compute, lower everywhere, raise
what fresh knowledge allows, read the orders once more and push again what turned up. For accounts
with `push: off` it is told what they would be sent.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from cloudstock.domain.moments import elapsed
from cloudstock.domain.plan import Decision, Difference, Phase, Plan, plan, withheld
from cloudstock.errors import Exit
from cloudstock.jobs.accounts import Context, Session, each
from cloudstock.jobs.booking import compressed
from cloudstock.jobs.poll_orders import oldest_first, poll_orders
from cloudstock.jobs.poll_reserves import read_again
from cloudstock.jobs.results import Failure, PlannedPush
from cloudstock.jobs.sending import send
from cloudstock.jobs.watching import tell_watched
from cloudstock.language import tr, trn

# Orders read this recently need not be read again before a push.
ORDERS_FRESH_S = 10.0
# How often a push is followed by another for orders that turned up meanwhile.
ROUNDS_MAX = 3
BLAST_GUARD = "blast_guard"


@dataclass(slots=True)
class _Work:
    """What one account has to send in one round."""

    # Lowerings of divided windows, where there are more of others than one request holds.
    first: list[Decision] = field(default_factory=list)
    lower: list[Decision] = field(default_factory=list)
    raise_: list[Decision] = field(default_factory=list)
    # (decision, the moment before which the marketplace would refuse it).
    waiting: list[tuple[Decision, datetime]] = field(default_factory=list)
    # Divided windows that are to be read before any of them is raised.
    read: list[tuple[int, str]] = field(default_factory=list)


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
        await each(context, "orders", to_read, lambda s: poll_orders(context, s))
        with context.store.transaction():
            if not number:
                context.store.promises.doubt_scarcity(now=context.clock.now())
            context.store.shown.refresh_targets(now=context.clock.now())
        able = [s for s in among if not _is_hopeless(s) and (s.account.push or context.dry_run)]
        read = _just_read(among)
        work = {s.name: _plan(context, s, read, full=full and not number, yes=yes) for s in able}
        if context.dry_run:
            return _as_planned(context, able, work)
        sent = await _send_all(context, able, work, deadline)
        # What was bought while the numbers were on their way turns up now and is pushed at once.
        # So does what the other shops sold that sell the same stock: a number takes its place, too.
        pushed = {s.account_id for s in able if s.name in sent}
        to_read = [
            s
            for s in able
            if s.account_id in pushed or context.store.catalog.sharers(s.account_id) & pushed
        ]
        if not to_read:
            break

    async def end(session: Session) -> None:
        _tell_pending(context, session)
        await watch(session)

    async def watch(session: Session) -> None:
        raisable = _raisable(context, session, _just_read(among))
        tell_watched(context, session, raisable=raisable, full=full)

    await each(context, "push", [s for s in among if s.account.push], end)
    await each(context, "watch", [s for s in among if not s.account.push], watch)
    return []


def _is_hopeless(session: Session) -> bool:
    """After refused credentials or a failed push an account is left alone until the next run."""
    orders = session.failures.get("orders")
    refused = orders is not None and orders.exit_code is Exit.CREDENTIALS
    push = session.failures.get("push")
    return refused or (push is not None and push.kind != BLAST_GUARD)


def _orders_are_fresh(context: Context, session: Session) -> bool:
    if session.orders_read_at is None:
        return False
    age = elapsed(session.orders_read_at, context.clock.now())
    return age <= compressed(session.account, ORDERS_FRESH_S)


def _just_read(among: Sequence[Session]) -> frozenset[int]:
    """Return the accounts whose orders were read by this very command."""
    return frozenset(s.account_id for s in among if s.orders_read_at is not None)


def _plan(
    context: Context, session: Session, read: frozenset[int], *, full: bool, yes: bool
) -> _Work:
    """Decide what an account is sent now; `read`: the accounts whose orders were read just now."""
    store, now = context.store, context.clock.now()
    raisable = _raisable(context, session, read)
    work = _Work()
    due: dict[tuple[int, str], datetime] = {}

    divided: list[Difference] = []

    def differences() -> list[Difference]:
        found: list[Difference] = []
        for difference, due_at, is_divided in store.shown.differences(
            session.account_id,
            now=now,
            full=full,
            raisable=raisable,
            watched=None if context.dry_run else False,
        ):
            if due_at is not None and due_at > now:
                due[difference.listing_id, difference.warehouse_id] = due_at
            (divided if is_divided else found).append(difference)
        return found

    decided = plan(differences())
    if divided:
        decided = _with_room(context, session, work, decided, divided)
    held_back = _guarded(context, session, yes=yes)
    session.counts["held"] = len(decided.held)
    for decision in (*decided.lower, *decided.raise_):
        key = (decision.listing_id, decision.warehouse_id)
        if key in held_back and decision.quantity == 0:
            continue
        if key in due:
            work.waiting.append((decision, due[key]))
        elif decision.phase is Phase.LOWER:
            work.lower.append(decision)
        else:
            work.raise_.append(decision)
    _scarcest_first(session, work, divided)
    _tell_held(session, len(decided.held), stale=not raisable)
    return work


def _with_room(
    context: Context,
    session: Session,
    work: _Work,
    decided: Plan,
    divided: Sequence[Difference],
) -> Plan:
    """Add to a plan what divided windows may be sent now; the others wait for their turn.

    Those that are to be raised, or of which it is not sure what they show, are read first.
    """
    listings = {d.listing_id for d in divided}
    found = context.store.promises.steps(listings, now=context.clock.now())
    lower: list[Decision] = []
    raise_: list[Decision] = []
    held: list[Difference] = []
    waiting = 0
    for difference in divided:
        pair = (difference.listing_id, difference.warehouse_id)
        quantity = found.get(pair)
        if quantity is None:
            right = difference.low == difference.target == difference.high
            waiting += not right
            if not right and difference.low != difference.high:
                work.read.append(pair)
        elif quantity <= (difference.low or 0):
            lower.append(Decision(*pair, quantity, Phase.LOWER))
        elif difference.may_raise:
            raise_.append(Decision(*pair, quantity, Phase.RAISE))
            work.read.append(pair)
        else:
            held.append(difference)
    session.counts["waiting"] = waiting
    return Plan((*decided.lower, *lower), (*decided.raise_, *raise_), (*decided.held, *held))


def _scarcest_first(session: Session, work: _Work, divided: Sequence[Difference]) -> None:
    """Let the smallest numbers leave first; those of divided windows in requests of their own.

    That costs one request more at most, and none where all fit into one.
    """
    work.lower.sort(key=lambda d: d.quantity)
    if divided and len(work.lower) > session.marketplace.traits.push_batch:
        own = {(d.listing_id, d.warehouse_id) for d in divided}
        work.first = [d for d in work.lower if (d.listing_id, d.warehouse_id) in own]
        work.lower = [d for d in work.lower if (d.listing_id, d.warehouse_id) not in own]


def _tell_held(session: Session, held: int, *, stale: bool) -> None:
    if held and stale:
        session.note(
            trn(
                "{name}: 1 listing is not raised, because the orders of an account"
                " on the same shelf could not be read lately; see `cloudstock status`",
                "{name}: {n} listings are not raised, because the orders of an account"
                " on the same shelf could not be read lately; see `cloudstock status`",
                held,
                name=session.name,
            )
        )
    elif held:
        session.note(
            trn(
                "{name}: 1 listing is not raised, because orders are not read or"
                " the marketplace holds more units than the book can explain; see"
                " `cloudstock status`",
                "{name}: {n} listings are not raised, because orders are not read or"
                " the marketplace holds more units than the book can explain; see"
                " `cloudstock status`",
                held,
                name=session.name,
            )
        )


def _raisable(context: Context, session: Session, just_read: frozenset[int]) -> frozenset[int]:
    """Return the shelves whose knowledge is fresh enough to raise this account's listings.

    The account's own orders must have been read by this very command, and so those of the accounts
    that sell what its windows show; those of every other account on the shelf within
    `max_poll_age`.
    """
    store, now = context.store, context.clock.now()
    if {session.account_id, *store.catalog.sharers(session.account_id)} - just_read:
        return frozenset()
    stale: set[int] = set()
    shelves: set[int] = set()
    ids = store.catalog.account_ids()
    for account in context.config.accounts:
        read = store.cursors.get(ids[account.name], "orders").read_until
        fresh = read is not None and elapsed(read, now) <= context.config.max_poll_age
        for link in account.warehouses:
            shelf = store.ledger.warehouse(link.feeds_from)
            shelves.add(shelf)
            if not fresh:
                stale.add(shelf)
    return frozenset(shelves - stale)


def _guarded(context: Context, session: Session, *, yes: bool) -> set[tuple[int, str]]:
    """Return the listings whose fall to zero looks like an accident; fail the account for it."""
    if yes:
        return set()
    guard = context.config.blast_guard
    emptyings = context.store.shown.emptyings(
        session.account_id, watched=None if context.dry_run else False
    )
    if len(emptyings) < guard.min_listings:
        return set()
    live = context.store.shown.live(session.account_id)
    stopped = withheld(
        emptyings, live=live, max_percent=guard.max_percent, min_listings=guard.min_listings
    )
    if stopped:
        session.failures["push"] = Failure(
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


async def _send_all(
    context: Context, among: Sequence[Session], work: dict[str, _Work], deadline: datetime
) -> set[str]:
    """Send lowerings everywhere, then raisings, then what had to wait; return who was sent to.

    Among lowerings, those of divided windows come first.
    """
    sent: set[str] = set()

    async def first(session: Session) -> None:
        if await send(context, session, work[session.name].first):
            sent.add(session.name)

    async def lower(session: Session) -> None:
        if await send(context, session, work[session.name].lower):
            sent.add(session.name)

    async def raise_(session: Session) -> None:
        if await send(context, session, work[session.name].raise_):
            sent.add(session.name)

    async def late(session: Session) -> None:
        if await _send_waiting(context, session, work[session.name].waiting, deadline):
            sent.add(session.name)

    await each(context, "push", [s for s in among if work[s.name].first], first)
    await each(context, "push", [s for s in among if work[s.name].lower], lower)
    await _read_before_raising(context, [s for s in among if work[s.name].read], work)
    await each(context, "push", [s for s in among if work[s.name].raise_], raise_)
    await each(context, "push", [s for s in among if work[s.name].waiting], late)
    return sent


async def _read_before_raising(
    context: Context, among: Sequence[Session], work: dict[str, _Work]
) -> None:
    """Read divided windows right before any is raised: one request for each batch of reading."""

    async def read(session: Session) -> None:
        if await read_again(context, session, work[session.name].read):
            # Less than believed: an order that nobody has read yet.
            await poll_orders(context, session)

    await each(context, "push", among, read)
    for session in among:
        if "push" in session.failures:
            # What could not be read is not raised.
            own = work[session.name]
            unread = set(own.read)
            own.raise_ = [d for d in own.raise_ if (d.listing_id, d.warehouse_id) not in unread]


async def _send_waiting(
    context: Context,
    session: Session,
    waiting: list[tuple[Decision, datetime]],
    deadline: datetime,
) -> bool:
    """Wait for the marketplace's rule on repeats where that fits the run; else leave it pending."""
    in_time = [(d, at) for d, at in waiting if at <= deadline]
    if not in_time:
        return False
    last = max(at for _, at in in_time)
    await context.clock.sleep(max(0.0, (last - context.clock.now()).total_seconds()))
    if not _orders_are_fresh(context, session):
        await poll_orders(context, session)
    return await send(context, session, [d for d, _ in in_time])


def _tell_pending(context: Context, session: Session) -> None:
    """Say what the marketplace's limits held back; the next run sends it."""
    waiting = session.counts["waiting"]
    if waiting:
        session.note(
            trn(
                "{account}: 1 listing waits until reading orders has shown what it and the others"
                " may have sold; see `cloudstock explain SKU`",
                "{account}: {n} listings wait until reading orders has shown what they and the"
                " others may have sold; see `cloudstock explain SKU`",
                waiting,
                account=session.name,
            )
        )
    pending = context.store.shown.pending(session.account_id, now=context.clock.now())
    session.counts["pending"] = pending
    if pending:
        session.note(
            trn(
                "{name}: 1 listing waits for the marketplace's limit on repeats;"
                " the next run sends it",
                "{name}: {n} listings wait for the marketplace's limit on repeats;"
                " the next run sends them",
                pending,
                name=session.name,
            )
        )


def _as_planned(
    context: Context, among: Sequence[Session], work: dict[str, _Work]
) -> list[PlannedPush]:
    planned = []
    for session in among:
        own = work[session.name]
        for decision in (*own.first, *own.lower, *own.raise_, *(d for d, _ in own.waiting)):
            offer_id, low, high = context.store.shown.described(
                decision.listing_id, decision.warehouse_id
            )
            planned.append(
                PlannedPush(
                    session.name,
                    offer_id,
                    decision.warehouse_id,
                    low,
                    high,
                    decision.quantity,
                    decision.phase.value,
                )
            )
        session.counts["would_push"] = (
            len(own.first) + len(own.lower) + len(own.raise_) + len(own.waiting)
        )
    return planned
