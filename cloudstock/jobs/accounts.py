"""Runs one job over many accounts at once and gathers what became of each."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from cloudstock import progress, spent
from cloudstock.domain.work import Job
from cloudstock.errors import CloudstockError
from cloudstock.jobs.results import AccountResult, Failure
from cloudstock.jobs.surprises import MetWordsByAccount
from cloudstock.language import tr, trn
from cloudstock.logs import event
from cloudstock.marketplaces import MARKETPLACES
from cloudstock.marketplaces.base import Marketplace
from cloudstock.marketplaces.clock import Clock
from cloudstock.marketplaces.local_time import LocalTime
from cloudstock.settings import Account, Configuration
from cloudstock.spent import Spent
from cloudstock.store import Store
from cloudstock.store.arrangement import Arranged
from cloudstock.store.cabinets import was_called
from cloudstock.store.troubles.sentences import why_watched
from cloudstock.store.warehouses import Remapped

log = logging.getLogger("cloudstock.jobs")

# Runs are kept this long for `status`; the ledger is kept whole.
KEEP_RUNS_DAYS = 7


@dataclass(slots=True)
class Session:
    """One account during one command: its connection, and what has happened so far."""

    account: Account
    account_id: int
    marketplace: Marketplace
    # Since when a person holds it back, whatever is configured; None: nobody does.
    paused_since: datetime | None = None
    spent: Spent = field(default_factory=Spent)
    # What was done in all, and by each job.
    counts: Counter[str] = field(default_factory=Counter)
    done: dict[Job, Counter[str]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    # Those of them that tell how many listings wait.
    waits: set[str] = field(default_factory=set)
    # When each job of this command began and last ended, and what failed in it first.
    began: dict[Job, datetime] = field(default_factory=dict)
    ended: dict[Job, datetime] = field(default_factory=dict)
    failures: dict[Job, Failure] = field(default_factory=dict)
    # When this command last read all of the account's orders; None: not yet, or it failed.
    orders_read_at: datetime | None = None

    @property
    def name(self) -> str:
        """The account's name."""
        return self.account.name

    @property
    def why_watched(self) -> str:
        """Why nothing is sent to it, where that is so."""
        return why_watched(self.name, self.paused_since)

    def note(self, sentence: str) -> None:
        """Remember what a person should know, once."""
        if sentence not in self.notes:
            self.notes.append(sentence)

    def note_waiting(self, sentence: str) -> None:
        """Remember how many listings wait, of which each is told where events are."""
        self.note(sentence)
        self.waits.add(sentence)

    def result(self) -> AccountResult:
        """Return how it ended: with the first failure, if any."""
        failure = next(iter(self.failures.values()), None)
        counts = {name: n for name, n in sorted(self.counts.items()) if n}
        waits = frozenset(self.waits)
        return AccountResult(self.name, failure, counts, tuple(self.notes), waits)

    def done_by(self, job: Job) -> dict[str, int]:
        """Return what one job did; what was done between jobs belongs to the last that began."""
        done = Counter(self.done.get(job, ()))
        if job == next(reversed(self.began)):
            done.update(self.counts)
            for own in self.done.values():
                done.subtract(own)
        return {name: n for name, n in sorted(done.items()) if n}


@dataclass(slots=True)
class Context:
    """What a job works with."""

    config: Configuration
    store: Store
    clock: Clock
    # The accounts this command is for, in the configuration's order.
    accounts: tuple[Account, ...]
    # Makes the adapter of an account.
    connect: Callable[[Account], Marketplace]
    dry_run: bool = False
    # Words met that no table knows; whoever makes the adapters hands it to them.
    surprises: MetWordsByAccount = field(default_factory=MetWordsByAccount)
    # Nothing is taken from what was answered a moment ago.
    anew: bool = False
    # Tells whether another run waits for this one to end.
    is_wanted: Callable[[], bool] = field(default=lambda: False)
    # Is told how each job ended for an account, at that moment.
    on_end: Callable[[AccountResult], None] | None = None
    # Of all configured accounts, by name.
    account_ids: dict[str, int] = field(default_factory=dict)

    def arrange(self) -> Arranged:
        """Bring configured accounts and warehouses into the database."""
        with self.store.transaction():
            self.store.arrangement.set_default_buffer(self.config.policy.buffer)
            arranged = self.store.arrangement.arrange(
                self.config.accounts,
                ceilings={name: m.quantity_max for name, m in MARKETPLACES.items()},
                now=self.clock.now(),
            )
        self.account_ids = arranged.ids
        return arranged


@asynccontextmanager
async def sessions(context: Context) -> AsyncIterator[list[Session]]:
    """Open every selected account; connections are closed at the end, whatever happens."""
    arranged = context.arrange()
    opened: list[Session] = []
    try:
        paused = context.store.accounts.paused()
        for account in context.accounts:
            since = paused.get(account.name)
            if since is not None:
                account = replace(account, push=False)
            marketplace = LocalTime(context.connect(account))
            account_id = arranged.ids[account.name]
            facts = context.store.accounts.facts(account_id)
            marketplace.server_clock.before_s = facts.clock_skew_s
            opened.append(Session(account, account_id, marketplace, since))
        for before, name in arranged.renamed:
            # Each is told once, whichever accounts this command is for.
            session = next((s for s in opened if s.name == name), opened[0])
            session.note(was_called(before, name))
        for moved in arranged.remapped:
            session = next((s for s in opened if s.name == moved.account), opened[0])
            _tell_remapped(session, moved)
        for divided in arranged.redivided:
            session = next((s for s in opened if s.name == divided.account), opened[0])
            session.note(
                tr(
                    "{account}: the configuration shares its products in another way: {now}, before"
                    " {before}. Units that are shown move to other listings through zero:"
                    " `cloudstock status` tells how many wait, and until when; `cloudstock"
                    " set-policy SKU --default --how gradual` empties none of a product",
                    **divided._asdict(),
                )
            )
        yield opened
    finally:
        for session in opened:
            await session.marketplace.aclose()
            event(log, logging.DEBUG, "spent", account=session.name, **session.spent.facts())


def _tell_remapped(session: Session, moved: Remapped) -> None:
    if moved.open_orders:
        session.note(
            trn(
                "{name}: {theirs} is fed from {now} now; {n} open order stays reserved in {before},"
                " and is shipped from there",
                "{name}: {theirs} is fed from {now} now; {n} open orders stay reserved in {before},"
                " and are shipped from there",
                moved.open_orders,
                name=moved.account,
                theirs=moved.theirs or tr("its warehouse"),
                now=moved.now,
                before=moved.before,
            )
        )


async def each(
    context: Context,
    job: Job,
    among: Sequence[Session],
    work: Callable[[Session], Awaitable[None]],
) -> None:
    """Do `work` for every session at the same time; one's trouble stops no other.

    What went wrong is kept in the session. A bug keeps its traceback in the log and fails its
    account only.
    """

    async def one(session: Session) -> None:
        await _guarded(context, job, session, work)
        if context.on_end is not None:
            context.on_end(session.result())

    await asyncio.gather(*map(one, among))


async def _guarded(
    context: Context, job: Job, session: Session, work: Callable[[Session], Awaitable[None]]
) -> None:
    session.began.setdefault(job, context.clock.now())
    before = Counter(session.counts)
    try:
        with spent.by(session.spent), progress.work(f"{session.name}: {job.label}"):
            await work(session)
    except CloudstockError as error:
        session.failures.setdefault(job, Failure.of(error))
    except Exception:
        log.exception("job.bug account=%s job=%s", session.name, job)
        message = tr(
            "{name}: {job} failed by a bug in cloudstock; the log has the details",
            name=session.name,
            job=job.label,
        )
        session.failures.setdefault(job, Failure("bug", message))
    finally:
        session.ended[job] = context.clock.now()
        done = session.done.setdefault(job, Counter())
        done.update(session.counts)
        done.subtract(before)


def record_runs(context: Context, among: Sequence[Session]) -> None:
    """Record how each job of the command ended for each account, for `status`."""
    now = context.clock.now()
    with context.store.transaction():
        for session in among:
            skew_s = session.marketplace.server_clock.measured_s
            if skew_s is not None:
                context.store.accounts.keep_skew(session.account_id, skew_s, now=now)
            context.surprises[session.name].keep(context.store, session.account_id, now=now)
            for job, began_at in session.began.items():
                failure = session.failures.get(job)
                context.store.runs.record(
                    session.account_id,
                    job,
                    began_at=began_at,
                    ended_at=session.ended.get(job, now),
                    error=None if failure is None else (failure.kind, failure.message),
                    counts=session.done_by(job),
                )
        context.store.accounts.forget_words(now=now)
        context.store.runs.prune(now - timedelta(days=KEEP_RUNS_DAYS))
