"""How a job ended: a line for each account, failures on stderr, notes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cloudstock.jobs.results import AccountResult, JobResult, PlannedPush
from cloudstock.language import mark, tr
from cloudstock.language.local import done
from cloudstock.render import as_json
from cloudstock.render.console import styled
from cloudstock.render.text import UNKNOWN, strip_controls

# What jobs count, as it is told.
COUNTS = (
    mark("below", "count"),
    mark("differs", "count"),
    mark("drift", "count"),
    mark("held", "count"),
    mark("later", "count"),
    mark("lines settled", "count"),
    mark("lines unlinked", "count"),
    mark("links to review", "count"),
    mark("listings", "count"),
    mark("listings gone", "count"),
    mark("listings new", "count"),
    mark("listings relinked", "count"),
    mark("missing", "count"),
    mark("movements", "count"),
    mark("orders", "count"),
    mark("orders changed", "count"),
    mark("orders deeper", "count"),
    mark("orders foreign", "count"),
    mark("orders new", "count"),
    mark("orders unknown", "count"),
    mark("pending", "count"),
    mark("products new", "count"),
    mark("pushed", "count"),
    mark("read", "count"),
    mark("readings unlisted", "count"),
    mark("refused", "count"),
    mark("returns", "count"),
    mark("returns doubtful", "count"),
    mark("returns new", "count"),
    mark("returns received", "count"),
    mark("returns skipped", "count"),
    mark("returns unknown", "count"),
    mark("returns unlinked", "count"),
    mark("times doubtful", "count"),
    mark("unexplained", "count"),
    mark("units above", "count"),
    mark("units below", "count"),
    mark("unknown pushes", "count"),
    mark("waiting", "count"),
    mark("warehouses", "count"),
    mark("would push", "count"),
)


# Of these none is right.
WRONG = ("drift", "missing", "orders_unknown", "refused", "returns_unknown", "unknown_pushes")


def job_json(result: JobResult, *, dry_run: bool) -> Iterator[str]:
    """Yield the result as one JSON document."""
    answer: dict[str, object] = {
        "command": result.command,
        "ok": result.ok,
        "accounts": [
            {
                "account": a.account,
                "ok": a.ok,
                "error": None
                if a.error is None
                else {"kind": a.error.kind, "message": a.error.message},
                "counts": a.counts,
            }
            for a in result.accounts
        ],
        "notes": [*result.notes, *(n for a in result.accounts for n in a.notes)],
    }
    if result.happened is not None:
        answer["events"] = result.happened.events
        answer["more_events"] = result.happened.more
    if result.missing is not None:
        answer["error"] = {"kind": result.missing.kind, "message": result.missing.message}
    if dry_run:
        answer["planned"] = result.planned or ()
    return as_json.document(answer)


def failures(result: JobResult) -> Iterator[str]:
    """Yield a line for each account that failed; its message cannot make two of it."""
    yield from map(failure, (a for a in result.accounts if not a.ok))
    if result.missing is not None:
        yield strip_controls(result.missing.message)


def failure(account: AccountResult) -> str:
    """Return why a job failed for an account; its message cannot make two lines of it."""
    assert account.error is not None
    return strip_controls(f"{account.account}: {_without_name(account, account.error.message)}")


def notes(result: JobResult) -> Iterator[str]:
    """Yield what a person should know, but for what events say of each listing."""
    for account in result.accounts:
        yield from (styled(n, "notable") for n in account.notes if n not in account.waits)
    yield from (styled(note, "notable") for note in result.notes)


def summary(result: JobResult) -> Iterator[str]:
    """Yield a line for each account that did not fail, with what a person should know below it."""
    width = max((len(a.account) for a in result.accounts), default=0)
    for account in result.accounts:
        yield from account_lines(account, width)
    yield from (styled(note, "notable") for note in result.notes)


def account_lines(account: AccountResult, width: int) -> Iterator[str]:
    """Yield how a job ended for an account, `width` being that of the longest name."""
    if account.ok:
        style = "wrong" if any(map(account.counts.get, WRONG)) else ""
        counts = done(account.counts) or tr("nothing new")
        yield styled(f"{account.account:{width}}  {counts}", style)
    for note in account.notes:
        sentence = _without_name(account, note)
        yield styled(f"  {sentence}" if account.ok else f"{account.account}: {sentence}", "notable")


def _without_name(account: AccountResult, sentence: str) -> str:
    """Sentences name their account; beside its name they need not."""
    return sentence.removeprefix(f"{account.account}: ")


def planned(pushes: Sequence[PlannedPush]) -> Iterator[str]:
    """Yield the table of what a dry run would send."""
    if not pushes:
        yield tr("Nothing would be pushed.") + "\n"
        return
    from cloudstock.render.tables import Column, table

    columns = (
        Column(tr("Account"), folds=True),
        Column(tr("Listing"), folds=True),
        Column(tr("Marketplace warehouse"), folds=True),
        Column(tr("Shows now"), number=True),
        Column(tr("Would show"), number=True),
    )
    yield from table(
        columns,
        (
            (
                p.account,
                p.offer_id,
                p.external_warehouse or tr("(the only one)"),
                interval(p.low, p.high),
                str(p.quantity),
            )
            for p in pushes
        ),
    )
    if any(p.low is None for p in pushes):
        yield f"{UNKNOWN} " + tr("not known: nothing was sent or read yet") + "\n"


def interval(low: int | None, high: int | None) -> str:
    """Return what a listing is believed to show: `7`, `5..7`, or `?`."""
    if low is None or high is None:
        return UNKNOWN
    return str(low) if low == high else f"{low}..{high}"
