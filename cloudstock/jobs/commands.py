"""A command from end to end: lock, database, accounts, job, result."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from cloudstock import spent
from cloudstock.domain.work import Job
from cloudstock.errors import DatabaseMissing
from cloudstock.jobs.accounts import Context, Session, each, record_runs, sessions
from cloudstock.jobs.poll_orders import poll_orders
from cloudstock.jobs.poll_reserves import poll_reserves
from cloudstock.jobs.poll_returns import poll_returns
from cloudstock.jobs.pull_catalog import pull_catalog
from cloudstock.jobs.push_stocks import push_stocks
from cloudstock.jobs.recent import RecentAnswers
from cloudstock.jobs.results import AccountResult, Failure, JobResult, PlannedPush
from cloudstock.jobs.surprises import MetWordsByAccount
from cloudstock.jobs.sync import sync
from cloudstock.language import tr
from cloudstock.lock import Held, run_lock
from cloudstock.logs import event
from cloudstock.marketplaces.base import Marketplace, Recorder
from cloudstock.marketplaces.clock import Clock
from cloudstock.marketplaces.opening import SystemClock, open_marketplace
from cloudstock.marketplaces.pace import Pace, beside
from cloudstock.settings import Account, Configuration
from cloudstock.spent import Spent
from cloudstock.store import Store, never_was, require
from cloudstock.store.file_systems import network_file_system
from cloudstock.store.views.happened import before, happened

if TYPE_CHECKING:
    from cloudstock.changes.closing import CloseRequest

log = logging.getLogger("cloudstock.jobs")

Connect = Callable[[Account], Marketplace]


def run_job(
    command: str,
    config: Configuration,
    *,
    accounts: tuple[Account, ...] | None = None,
    dry_run: bool = False,
    since: datetime | timedelta | None = None,
    full: bool = False,
    yes: bool = False,
    closes: CloseRequest | None = None,
    lock_wait_s: float = 30.0,
    clock: Clock | None = None,
    connect: Connect | None = None,
    recorder: Recorder | None = None,
    on_end: Callable[[AccountResult], None] | None = None,
    tells: bool = False,
    often: bool = False,
) -> JobResult:
    """Run one command for some accounts (all, if None) and return how it ended.

    One writing run at a time: raises `Busy` where another holds the lock for longer than
    `lock_wait_s`. A dry run works on a copy of the database in memory, takes no lock and sends
    nothing. `since` reads further back: a moment, or how long ago. `recorder` is given what is
    asked and answered. `closes`: what of the one account is closed. `tells`: the result has what
    happened, one by one. `often`: as of `jobs.sync.sync`. Raises
    `DatabaseError`; where there is no database `DatabaseMissing`, but `check` asks all accounts
    and tells it in its result. `on_end` is told how
    each job ended for each account, at that moment.
    """
    clock = clock or SystemClock()
    if isinstance(since, timedelta):
        since = clock.now() - since
    asks_only = command == Job.CHECK.command
    missing = _missing(config.database)
    if missing is not None and not asks_only:
        raise DatabaseMissing(missing.message)
    writes = not dry_run and not asks_only
    surprises = MetWordsByAccount(recorder)
    lock = run_lock(config.database, command, wait_s=lock_wait_s) if writes else nullcontext()
    with (
        lock as held,
        _database(config.database, dry_run=dry_run, missing=missing is not None) as store,
        (
            _connector(config, clock, store, surprises, recorder)
            if connect is None
            else nullcontext(connect)
        ) as connects,
    ):
        context = Context(
            config=config,
            store=store,
            clock=clock,
            accounts=config.accounts if accounts is None else accounts,
            connect=connects,
            dry_run=dry_run,
            surprises=surprises,
            # A record shall hold what is answered.
            anew=recorder is not None,
            is_wanted=lambda: held is not None and held.is_wanted,
            on_end=on_end,
        )
        mark = before(store.connection) if tells else None
        # What belongs to no account: the round's own writing, waits of all together.
        rest = Spent()
        with spent.by(rest), _stretches(store, held, clock):
            result = asyncio.run(
                _run(command, context, since=since, full=full, yes=yes, closes=closes, often=often)
            )
        event(log, logging.DEBUG, "spent", **rest.facts())
        if mark is not None:
            ids = [context.account_ids[a.name] for a in context.accounts]
            news = happened(store.connection, mark, ids, now=clock.now())
            result = replace(result, happened=news)
        notes = _where_it_lies(config.database) if asks_only else ()
        if missing is not None and never_was(config.database):
            # Whoever is new asks the accounts before anything is begun.
            missing = None
            notes = (*notes, tr("there is no database yet: `cloudstock pull-catalog` begins one"))
        return replace(result, missing=missing, notes=(*result.notes, *notes))


@contextmanager
def _connector(
    config: Configuration,
    clock: Clock,
    store: Store,
    surprises: MetWordsByAccount,
    recorder: Recorder | None,
) -> Iterator[Connect]:
    # Where there is no database nothing is left beside it either.
    with Pace(beside(config.database) if config.database.exists() else None) as pace:

        def connect(account: Account) -> Marketplace:
            recent = RecentAnswers(store, clock, account)
            return open_marketplace(
                account,
                clock=clock,
                pace=pace,
                recent=recent,
                surprises=surprises[account.name],
                recorder=recorder,
            )

        yield connect


@contextmanager
def _stretches(store: Store, held: Held | None, clock: Clock) -> Iterator[None]:
    """Count before and after a run, in the database and beside it: an old copy is behind then."""
    if held is not None:
        _advance(store, held, clock)
    yield
    if held is not None:
        _advance(store, held, clock)


def _advance(store: Store, held: Held, clock: Clock) -> None:
    with store.transaction():
        mark = store.runs.advance(held.mark, now=clock.now())
    held.mark = mark


def _missing(database: Path) -> Failure | None:
    """Return why there is no database, where there is none."""
    try:
        require(database)
    except DatabaseMissing as error:
        return Failure.of(error)
    return None


def _where_it_lies(database: Path) -> Iterator[str]:
    """Warn of a file system on which no database is safe."""
    kind = network_file_system(database)
    if kind is not None:
        yield tr(
            "warning: the database {database} lies on a network file system ({kind}), where two"
            " runs may write at once and a broken line may damage it; put it on a disk of this"
            " machine",
            database=database,
            kind=kind,
        )


def _database(path: Path, *, dry_run: bool, missing: bool) -> AbstractContextManager[Store]:
    if missing:
        return Store.open_empty()
    return Store.open_copy(path) if dry_run else Store.open(path)


async def _run(
    command: str,
    context: Context,
    *,
    since: datetime | None,
    full: bool,
    yes: bool,
    closes: CloseRequest | None,
    often: bool,
) -> JobResult:
    planned: list[PlannedPush] | None = None
    async with sessions(context) as among:
        single: dict[Job, Callable[[Session], Awaitable[None]]] = {
            Job.CHECK: lambda s: _check(context, s),
            Job.CATALOG: lambda s: pull_catalog(context, s, yes=yes),
            Job.ORDERS: lambda s: poll_orders(context, s, since=since),
            Job.RESERVES: lambda s: poll_reserves(context, s, since=since),
            Job.RETURNS: lambda s: poll_returns(context, s, since=since),
        }
        job = next((job for job in single if job.command == command), None)
        try:
            if job is not None:
                await each(context, job, among, single[job])
            elif command == Job.PUSH.command:
                planned = await push_stocks(context, among, full=full, yes=yes)
            elif closes is not None:
                # Seldom asked for, and no part of what runs each minute.
                from cloudstock.jobs import closing

                (session,) = among
                planned = await closing.close(context, session, closes)
            else:
                planned = await sync(context, among, since=since, full=full, yes=yes, often=often)
        finally:
            record_runs(context, among)
    if job is Job.CATALOG and not context.dry_run:
        # The nightly job: what it and the others have forgotten goes back to the disk.
        context.store.compact()
    accounts = tuple(s.result() for s in among)
    return JobResult(command, accounts, planned=None if planned is None else tuple(planned))


async def _check(context: Context, session: Session) -> None:
    # It loads the table of troubles, which no other job needs.
    from cloudstock.jobs.check import check

    await check(context, session)
