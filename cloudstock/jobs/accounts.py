"""Runs one job over many accounts at once and gathers what became of each."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime

from cloudstock.errors import CloudstockError
from cloudstock.jobs.results import AccountResult, Failure, JobResult
from cloudstock.marketplaces import MARKETPLACES
from cloudstock.marketplaces.base import Clock, Marketplace
from cloudstock.settings import Account, Configuration
from cloudstock.store import Store

log = logging.getLogger("cloudstock.jobs")

# Runs are kept this long for `status`; the ledger is kept whole.
KEEP_RUNS_DAYS = 30


@dataclass(slots=True)
class Session:
    """One account during one command: its connection, and what has happened so far."""

    account: Account
    account_id: int
    marketplace: Marketplace
    counts: Counter[str] = field(default_factory=Counter)
    notes: list[str] = field(default_factory=list)
    error: Failure | None = None
    # When this command last read all of the account's orders; None: not yet, or it failed.
    orders_read_at: datetime | None = None

    @property
    def name(self) -> str:
        """The account's name."""
        return self.account.name

    def note(self, sentence: str) -> None:
        """Remember what a person should know, once."""
        if sentence not in self.notes:
            self.notes.append(sentence)

    def result(self) -> AccountResult:
        """Return how it ended."""
        return AccountResult(self.name, self.error, dict(self.counts), tuple(self.notes))


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

    def arrange(self) -> dict[str, int]:
        """Bring the configuration's accounts and warehouses into the book; return account ids."""
        with self.store.transaction():
            return self.store.catalog.arrange(
                self.config.accounts,
                ceilings={name: m.quantity_max for name, m in MARKETPLACES.items()},
            )


@asynccontextmanager
async def sessions(context: Context) -> AsyncIterator[list[Session]]:
    """Open every selected account; connections are closed at the end, whatever happens."""
    ids = context.arrange()
    opened: list[Session] = []
    try:
        opened.extend(Session(a, ids[a.name], context.connect(a)) for a in context.accounts)
        yield opened
    finally:
        for session in opened:
            await session.marketplace.aclose()


async def each(
    context: Context,
    job: str,
    among: Sequence[Session],
    work: Callable[[Session], Awaitable[None]],
) -> None:
    """Do `work` for every session at the same time; one's trouble stops no other.

    What went wrong is kept in the session and in the book. A bug keeps its traceback in the log
    and fails its account only.
    """
    await asyncio.gather(*(_guarded(context, job, s, work) for s in among))


async def _guarded(
    context: Context, job: str, session: Session, work: Callable[[Session], Awaitable[None]]
) -> None:
    began_at = context.clock.now()
    before = Counter(session.counts)
    failure: Failure | None = None
    try:
        await work(session)
    except CloudstockError as error:
        failure = Failure.of(error)
    except Exception:
        log.exception("job.bug account=%s job=%s", session.name, job)
        failure = Failure("bug", f"{session.name}: {job} failed by a bug; see the log")
    if failure is not None and session.error is None:
        session.error = failure
    counts = session.counts - before
    _record(context, job, session, began_at, failure, counts)


def _record(
    context: Context,
    job: str,
    session: Session,
    began_at: datetime,
    failure: Failure | None,
    counts: Counter[str],
) -> None:
    if context.dry_run:
        return
    with context.store.transaction():
        context.store.runs.record(
            session.account_id,
            job,
            began_at=began_at,
            ended_at=context.clock.now(),
            error=None if failure is None else (failure.kind, failure.message),
            counts=counts,
        )


def gathered(command: str, among: Sequence[Session]) -> JobResult:
    """Return the result of a command from its sessions."""
    return JobResult(command, tuple(s.result() for s in among))
