"""status: how each account's jobs went, and what is wrong now."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from cloudstock.domain.work import Job
from cloudstock.settings import Account, Configuration
from cloudstock.store.accounts import Accounts, UnknownWord
from cloudstock.store.calls import NO_CALLS, CallsSeen, calls_seen
from cloudstock.store.runs import LastRun, Runs
from cloudstock.store.times import from_iso, to_iso
from cloudstock.store.troubles.finder import Trouble, Troubles
from cloudstock.store.troubles.table import DAY
from cloudstock.store.views.comparisons import (
    Differences,
    LastComparison,
    differences,
    last_comparison,
)


@dataclass(frozen=True, slots=True)
class JobState:
    """One job of one account."""

    job: str
    last_success_at: datetime | None
    last_run_at: datetime
    # What the last run failed of; None: it succeeded.
    error_kind: str | None
    message: str | None

    @property
    def ok(self) -> bool:
        """True where the last run succeeded."""
        return self.error_kind is None


@dataclass(frozen=True, slots=True)
class AccountState:
    """One configured account."""

    account: str
    marketplace: str
    # Everything up to here is known of its orders; None: never read.
    orders_read_until: datetime | None
    # What is done for it now: `watch` in the place of `push` where it is only watched.
    jobs: tuple[JobState, ...]
    # Words of the marketplace that this version does not know, the latest first.
    unknown_words: tuple[UnknownWord, ...] = ()
    # 'off': it is only watched, no number is sent to it.
    push: str = "on"
    # Since when that is so; None: from the beginning, or from the next run on.
    push_since: datetime | None = None
    # Since when a person holds it back, whatever is configured; None: nobody does.
    paused_since: datetime | None = None
    # How far its numbers were from their targets as it was read last; None: it never was.
    compared: LastComparison | None = None
    # How often and by how much they differed in the last 24 hours: watched, and pushed.
    differences: tuple[Differences, ...] = ()
    # When its marketplace called, and when a call was not taken.
    calls: CallsSeen = NO_CALLS


@dataclass(frozen=True, slots=True)
class Health:
    """The state of everything, as far as the database tells."""

    accounts: tuple[AccountState, ...]
    # What is wrong now.
    wrong: tuple[Trouble, ...]
    # What is in order but worth knowing.
    notable: tuple[Trouble, ...]

    @property
    def ok(self) -> bool:
        """True where nothing is wrong."""
        return not self.wrong


def health(
    connection: sqlite3.Connection,
    config: Configuration,
    *,
    now: datetime,
    accounts: Sequence[Account] | None = None,
) -> Health:
    """Return the state of these accounts, or of all, and of the warehouses; as `Troubles` is asked.

    Lists are bounded by the number of accounts and of troubles, not of products.
    """
    ids = {r[0]: r[1] for r in connection.execute("SELECT name, id FROM account")}
    runs: dict[str, list[LastRun]] = {}
    for run in Runs(connection).last():
        runs.setdefault(run.account, []).append(run)
    states = tuple(
        _state(connection, a, ids.get(a.name), runs.get(a.name, ()), now=now)
        for a in (config.accounts if accounts is None else accounts)
    )
    troubles = Troubles(connection, config, now=now, accounts=accounts).found()
    return Health(
        states, tuple(t for t in troubles if t.wrong), tuple(t for t in troubles if not t.wrong)
    )


def _state(
    connection: sqlite3.Connection,
    account: Account,
    account_id: int | None,
    runs: Iterable[LastRun],
    *,
    now: datetime,
) -> AccountState:
    if account_id is None:
        push = "on" if account.push else "off"
        return AccountState(account.name, account.marketplace, None, (), push=push)
    row = connection.execute(
        "SELECT c.read_until, a.push, a.push_since, a.paused_at FROM account a"
        " LEFT JOIN cursor c ON c.account_id = a.id AND c.job = 'orders' WHERE a.id = ?",
        (account_id,),
    ).fetchone()
    # As the last run took it; a configuration that was changed since then, or read long ago, may
    # say otherwise. Where either says that nothing is sent, that is told.
    push = "on" if account.push and row["push"] == "on" else "off"
    # What is not done any more says nothing of how it goes now.
    past = Job.WATCH if push == "on" else Job.PUSH
    return AccountState(
        account=account.name,
        marketplace=account.marketplace,
        orders_read_until=from_iso(row["read_until"]),
        jobs=tuple(
            JobState(r.job, r.last_success_at, r.ended_at, r.error_kind, r.message)
            for r in runs
            if r.job != past
        ),
        unknown_words=Accounts(connection).unknown_words(account_id, now=now),
        push=push,
        push_since=from_iso(row["push_since"]) if row["push"] == push else None,
        paused_since=from_iso(row["paused_at"]),
        compared=last_comparison(connection, account_id),
        differences=differences(connection, account_id, to_iso(now - DAY)),
        calls=calls_seen(connection, account_id),
    )
