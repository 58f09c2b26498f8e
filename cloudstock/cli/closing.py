"""The commands that end what is not sold any more."""

from __future__ import annotations

from typing import Annotated

from typer import Argument, Option

from cloudstock.changes.change import help_of
from cloudstock.changes.closing import CloseRequest
from cloudstock.changes.pausing import PauseRequest
from cloudstock.cli import values
from cloudstock.cli.change import make_change, the_account
from cloudstock.cli.command import command
from cloudstock.cli.run import Run
from cloudstock.errors import UsageProblem
from cloudstock.language import tr

WithoutPush = Annotated[
    bool,
    Option(
        "--without-push",
        help="Send nothing: it shows none already, or somebody else keeps it true.",
    ),
]
Reopen = Annotated[bool, Option("--reopen", help=help_of(CloseRequest, "reopen"))]


@command(
    "cloudstock close-account wb-main",
    "cloudstock close-account wb-main --dry-run",
    "cloudstock close-account wb-old --without-push   # it is not configured any more",
    dry_run=True,
    talks=True,
)
def close_account(
    run: Run,
    name: Annotated[
        str,
        Argument(metavar="NAME", help="The account's name.", autocompletion=values.accounts_ever),
    ],
    without_push: WithoutPush = False,
    release_orders: Annotated[
        bool, Option("--release-orders", help=help_of(CloseRequest, "release_orders"))
    ] = False,
    reopen: Reopen = False,
) -> int:
    """Stop selling in an account: its listings show none.

    Zero is sent to all of them, its orders are read, and nothing is raised again. Then leave it in
    the configuration until its open orders have ended, and take it out: `status` says when. Where
    it is back in the configuration it is open again.

    An account that was only taken out of the configuration cannot be sent anything. Empty it in
    the cabinet, and say so by --without-push. Units that its open orders hold are released by
    --release-orders: count them afterwards.
    """
    request = CloseRequest(
        account=name, release_orders=release_orders, reopen=reopen, dry_run=run.common.dry_run
    )
    return _close(run, request, sends=not (without_push or release_orders or reopen))


@command(
    "cloudstock close-warehouse 507 --account wb-main",
    "cloudstock close-warehouse 507 --account wb-main --without-push",
    dry_run=True,
    talks=True,
)
def close_warehouse(
    run: Run,
    warehouse: Annotated[str, Argument(metavar="WAREHOUSE", help="Its id on the marketplace.")],
    without_push: WithoutPush = False,
    reopen: Reopen = False,
) -> int:
    """Stop selling from a marketplace's warehouse: its listings show none there.

    As close-account does it for all of them. The account is named with --account where several
    have a warehouse of that id.
    """
    request = CloseRequest(
        account=the_account(run, lambda a: any(w.warehouse_id == warehouse for w in a.warehouses)),
        warehouse=warehouse,
        reopen=reopen,
        dry_run=run.common.dry_run,
    )
    return _close(run, request, sends=not (without_push or reopen))


@command(
    "cloudstock pause-account wb-main",
    "cloudstock pause-account wb-main --resume",
    dry_run=True,
)
def pause_account(
    run: Run,
    name: Annotated[
        str, Argument(metavar="NAME", help="The account's name.", autocompletion=values.accounts)
    ],
    resume: Annotated[bool, Option("--resume", help=help_of(PauseRequest, "resume"))] = False,
) -> int:
    """Send nothing to an account for a while, as `push: off` does.

    It is read and compared as before, and a run that is at work sends nothing more, either. What
    the configuration says stays as it is, and holds again with --resume.
    """
    return make_change(run, PauseRequest(account=name, resume=resume, dry_run=run.common.dry_run))


def _close(run: Run, request: CloseRequest, *, sends: bool) -> int:
    if not sends:
        return make_change(run, request)
    from cloudstock.cli.jobs import run_the_job
    from cloudstock.jobs.closing import cannot_send

    if request.account not in {a.name for a in run.config.accounts}:
        raise UsageProblem(cannot_send(request.account, tr("the configuration does not have it")))
    this = Run(run.command, run.common._replace(accounts=[request.account]))
    return run_the_job(this, closes=request)
