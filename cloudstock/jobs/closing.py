"""close-account and close-warehouse: nothing is shown any more, and the last orders are read."""

from __future__ import annotations

from cloudstock.changes.closing import CloseRequest, check_warehouse
from cloudstock.domain.work import Job
from cloudstock.errors import UsageProblem
from cloudstock.jobs.accounts import Context, Session
from cloudstock.jobs.push_stocks import push_stocks
from cloudstock.jobs.results import Failure, PlannedPush
from cloudstock.language import tr, trn
from cloudstock.store import closed


async def close(context: Context, session: Session, wanted: CloseRequest) -> list[PlannedPush]:
    """Send zero to all listings of an account, or of one of its marketplace warehouses.

    It stays closed until the configuration has lost it: later runs send what this one could not,
    and read its orders. Raises `UsageProblem` where nothing can be sent, or there is no such
    warehouse. Returns what a dry run would have sent.
    """
    store, db, account_id = context.store, context.store.connection, session.account_id
    warehouse, theirs = wanted.warehouse, closed.warehouses(db, account_id)
    check_warehouse(session.name, warehouse, theirs)
    if not session.account.push or not theirs.get(warehouse or "", True):
        raise UsageProblem(cannot_send(session.name, session.why_watched))
    with store.transaction():
        closed.close(db, account_id, warehouse, at=context.clock.now())
    planned = await push_stocks(context, [session])
    if context.dry_run:
        return planned
    left = closed.showing(db, account_id, warehouse)
    if left.number:
        message = trn(
            "{name}: {n} listing may show {units} still; the next push sends zero again",
            "{name}: {n} listings may show {units} in all still; the next push sends zero again",
            left.number,
            name=session.name,
            units=left.units,
        )
        session.failures.setdefault(Job.PUSH, Failure("not_empty", message))
    else:
        session.note(tr("{name}: closed, nothing is shown any more", name=session.name))
    held = closed.reserves(db, account_id, warehouse)
    if held.number:
        session.note(
            trn(
                "{name}: {n} order is open and holds {units}: leave it in the configuration until"
                " it ends",
                "{name}: {n} orders are open and hold {units}: leave it in the configuration until"
                " they end",
                held.number,
                name=session.name,
                units=held.units,
            )
        )
    return []


def cannot_send(name: str, why: str) -> str:
    """Return that nothing can be sent to an account, and what to do."""
    return tr(
        "nothing can be sent to {name}: {why}. Where it shows none, or somebody else keeps it true,"
        " add --without-push",
        name=name,
        why=why,
    )
