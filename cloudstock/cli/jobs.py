"""The commands that meet the marketplaces; cron runs these."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated

from typer import Option

from cloudstock.cli.command import command
from cloudstock.cli.parsers import every as every_so_often
from cloudstock.cli.parsers import since as since_when
from cloudstock.cli.run import Run
from cloudstock.errors import UsageProblem
from cloudstock.language import tr, trn

if TYPE_CHECKING:
    from cloudstock.changes.closing import CloseRequest
    from cloudstock.jobs.results import AccountResult
    from cloudstock.marketplaces.record import Record
    from cloudstock.redaction import Redactor

# Commands of which is told what happened.
EVENTFUL = frozenset(
    ("sync", "poll-orders", "poll-returns", "push-stocks", "close-account", "close-warehouse")
)

Since = Annotated[
    datetime | None,
    Option(
        "--since",
        metavar="WHEN",
        parser=since_when,
        help="Read further back: 30d, 12h, or 2026-11-01. Nothing is booked twice.",
    ),
]
Full = Annotated[bool, Option("--full", help="Push everything, also what is believed to be right.")]
Yes = Annotated[
    bool,
    Option("--yes", help="Push even where many listings fall to zero without sales."),
]
Lost = Annotated[
    bool,
    Option("--yes", help="Count all missing listings as gone, however many they are."),
]
Every = Annotated[
    timedelta | None,
    Option(
        "--every",
        metavar="TIME",
        parser=every_so_often,
        help="Repeat the round at this interval (10s, 1m) until stopped, where there is no cron.",
    ),
]
Wait = Annotated[
    float,
    Option(
        "--wait",
        metavar="SECONDS",
        min=0,
        max=3600,
        help="How long to wait for another run to end.",
    ),
]


@command(
    "cloudstock sync",
    "cloudstock sync --quiet            # as cron runs it",
    "cloudstock sync --quiet --every 10s    # in a container: until it is stopped",
    "cloudstock sync --dry-run          # what would be pushed now",
    "cloudstock sync --since 30d        # read a month of orders again",
    "cloudstock sync --record report.jsonl   # what is asked and answered",
    dry_run=True,
    talks=True,
)
def sync(
    run: Run,
    since: Since = None,
    full: Full = False,
    yes: Yes = False,
    wait: Wait = 30.0,
    every: Every = None,
) -> int:
    """Do the whole round, in the safe order.

    Orders, returns, reserves where due, then the push. An account that fails is reported; the
    others go on. What a marketplace does not allow to be asked so soon is skipped until the next
    round.

    With --every it goes on, round after round, until it is stopped (Ctrl-C, SIGTERM; 0 then). Each
    round reads the configuration anew and tells what a run of its own would tell. In rounds under
    a minute returns are read once a minute.
    """
    if every is not None:
        if since or full or yes or run.common.dry_run or run.common.record:
            raise UsageProblem(
                tr("--every is for rounds as cron runs them; leave the other options out")
            )
        run.every = every
    return run_the_job(run, since=since, full=full, yes=yes, wait=wait)


@command(
    "cloudstock pull-catalog",
    "cloudstock pull-catalog --account wb-main",
    dry_run=True,
    talks=True,
)
def pull_catalog(run: Run, yes: Lost = False, wait: Wait = 30.0) -> int:
    """Import listings and make products of them.

    Listings of one article, or of one barcode, become one product across all accounts. Links
    made by hand are kept. A listing that a whole reading does not have is gone: nothing is sent
    to it until it is back; where more than a fifth are missing none is, until you confirm with
    --yes. Run it once a day, and after new cards were made. By hand (not with --quiet, as cron
    runs it) it begins a database where there never was one.
    """
    from cloudstock.changes.backup import begin_first

    by_hand = not (run.common.quiet or run.common.dry_run)
    if by_hand and begin_first(run.config.database) and not run.common.json:
        run.tell(tr("{database} is a new, empty database", database=run.config.database))
    return run_the_job(run, yes=yes, wait=wait)


@command(
    "cloudstock poll-orders",
    "cloudstock poll-orders --account ozon-main --since 30d",
    dry_run=True,
    talks=True,
)
def poll_orders(run: Run, since: Since = None, wait: Wait = 30.0) -> int:
    """Read new orders and what became of open ones.

    An open order reserves its units; a shipped one takes them off the stock; a cancelled one
    gives them back. Open orders are asked for again until they end, however old.
    """
    return run_the_job(run, since=since, wait=wait)


@command(
    "cloudstock poll-returns",
    "cloudstock poll-returns --since 90d",
    dry_run=True,
    talks=True,
)
def poll_returns(run: Run, since: Since = None, wait: Wait = 30.0) -> int:
    """Read what comes back, and what you were handed.

    Returned units wait in quarantine for `receive-return`, or go back on sale at once where the
    account says `returns: restock`.
    """
    return run_the_job(run, since=since, wait=wait)


@command(
    "cloudstock poll-reserves",
    "cloudstock poll-reserves --account ym-main",
    dry_run=True,
    talks=True,
)
def poll_reserves(run: Run, since: Since = None, wait: Wait = 30.0) -> int:
    """Read back what each marketplace shows and holds.

    Finds listings changed by someone else (they are pushed again), orders not seen yet (orders
    are read again, deeper) and pushes that were accepted but not applied.
    """
    return run_the_job(run, since=since, wait=wait)


@command(
    "cloudstock push-stocks",
    "cloudstock push-stocks --dry-run",
    "cloudstock push-stocks --full --account ozon-main",
    dry_run=True,
    talks=True,
)
def push_stocks(run: Run, full: Full = False, yes: Yes = False, wait: Wait = 30.0) -> int:
    """Show buyers what is available.

    Lowerings go out first, on every account, then raisings. Orders are read right before and
    once more after, and only differences are sent. Where many listings would fall to zero
    without sales to explain it, nothing of that is sent until you confirm with --yes. Accounts
    with `push: off` are sent nothing: what they would be sent is shown.
    """
    return run_the_job(run, full=full, yes=yes, wait=wait)


def run_the_job(
    run: Run,
    *,
    since: datetime | None = None,
    full: bool = False,
    yes: bool = False,
    closes: CloseRequest | None = None,
    wait: float = 30.0,
    one_by_one: bool = False,
) -> int:
    """Run the job that is called as the command is, and tell how it ended.

    `one_by_one`: of each account when it has ended, in that order.
    """
    config, accounts = run.config, run.accounts
    redactor = run.start_log()
    on_end = _account_teller(run, redactor) if one_by_one and not run.common.json else None
    from cloudstock.jobs.commands import run_job
    from cloudstock.notify.watch import watched
    from cloudstock.render import results

    dry_run = run.common.dry_run
    # In words at a terminal; what reads a pipe, or cron's mail, is used to counts.
    tells = run.command in EVENTFUL and (run.common.json or run.shows)
    with _record(run) as record, watched(run.command, config, dry_run=dry_run) as watch:
        result = run_job(
            run.command,
            config,
            accounts=accounts,
            dry_run=dry_run,
            since=since,
            full=full,
            yes=yes,
            closes=closes,
            lock_wait_s=wait,
            recorder=record,
            tells=tells,
            often=run.every is not None,
            on_end=on_end,
        )
        code = watch.exit_code = result.exit_code
        if on_end is not None:
            # They are told already.
            result = replace(result, accounts=())
        if run.common.json:
            run.answer(redactor(piece) for piece in results.job_json(result, dry_run=dry_run))
        else:
            if result.happened is None:
                run.tell(*(redactor(line) for line in results.summary(result)))
            else:
                from cloudstock.render.happened import happened_text

                run.answer(happened_text(result, redactor))
                run.tell(*(redactor(line) for line in results.notes(result)))
            if dry_run and not run.common.quiet and result.planned is not None:
                run.answer(results.planned(result.planned))
            if dry_run:
                run.tell(tr("Dry run: nothing was sent and nothing was booked."))
        for line in results.failures(result):
            run.problem(redactor(line))
        if record is not None:
            _tell_record(run, record)
    return code


def _account_teller(run: Run, redactor: Redactor) -> Callable[[AccountResult], None]:
    """Return what tells how a job ended for an account, at once also through a pipe."""
    from cloudstock.render import results

    width = max(len(account.name) for account in run.accounts)

    def tell(account: AccountResult) -> None:
        run.tell(*(redactor(line) for line in results.account_lines(account, width)))
        if account.error is not None:
            run.problem(redactor(results.failure(account)))
        sys.stdout.flush()

    return tell


def _record(run: Run) -> AbstractContextManager[Record | None]:
    """Open the file of --record, before anything is done; raises `UsageProblem`."""
    path = run.common.record
    if path is None:
        return nullcontext()
    from cloudstock.logs import secrets_of
    from cloudstock.marketplaces.record import Record

    return Record(path, command=run.command, accounts=run.accounts, hidden=secrets_of(run.config))


def _tell_record(run: Run, record: Record) -> None:
    record.close()
    if record.missing is not None:
        run.problem(
            tr(
                "the record {path} is not whole: {why}; what it holds can be used",
                path=record.path,
                why=record.missing,
            ),
            "record",
        )
    if run.common.json:
        return
    if not record.exchanges:
        if record.missing is None:
            run.tell(tr("No marketplace was asked, so there is nothing to record."))
        return
    run.tell(
        trn(
            "Recorded {n} request and its answer in {path}. People and keys are taken out,"
            " articles and names of goods are not: look through it before you send it.",
            "Recorded {n} requests and their answers in {path}. People and keys are taken out,"
            " articles and names of goods are not: look through it before you send it.",
            record.exchanges,
            path=record.path,
        )
    )
