"""How a change of the stock is asked for on the command line, confirmed and told."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import fields
from datetime import datetime
from typing import Annotated, Any, TypeVar

from msgspec.structs import replace
from typer import Option

from cloudstock.changes.change import Change, help_of
from cloudstock.changes.counts import CountRequest
from cloudstock.cli import options, prompts
from cloudstock.cli.parsers import since
from cloudstock.cli.run import Run
from cloudstock.errors import Exit, Unconfirmed, UsageProblem
from cloudstock.language import tr
from cloudstock.settings import Account

Result = TypeVar("Result")


def option_of(request: type[Change], field: str, name: str, **settings: Any) -> Any:
    """Return the option of a field of a request, with its help."""
    return Option(name, help=help_of(request, field), **settings)


def warehouse_of(request: type[Change], field: str, name: str) -> Any:
    """Return the option of a field that names a warehouse, with its help."""
    return options.warehouse_option(name, help_of(request, field))


Warehouse = Annotated[str | None, warehouse_of(CountRequest, "warehouse", "--warehouse")]
Note = Annotated[str, option_of(CountRequest, "note", "--note", metavar="TEXT")]
At = Annotated[
    datetime | None,
    option_of(CountRequest, "at", "--at", metavar="TIME", parser=since, show_default="now"),
]
Yes = Annotated[bool, option_of(CountRequest, "yes", "--yes")]


def make_change(run: Run, wanted: Change, *, words: Callable[[Any], str] | None = None) -> int:
    """Change the stock, or find out what would change, and tell it.

    `words`: how each result is told, if not as it is everywhere.
    """
    from cloudstock.render.changes import sentence

    wanted.check(run.config)
    done = with_confirmation(
        run, lambda confirmed: _act(run, replace(wanted, yes=True) if confirmed else wanted)
    )
    results = done if wanted.several else (done,)
    # One count stands alone.
    alone = not wanted.several or (wanted.several == "counts" and len(results) == 1)
    answer = fields_of(results[0]) if alone else {wanted.several: results}
    return tell(run, answer, map(words or sentence, results))


def _act(run: Run, request: Change) -> Any:
    with run.database(settled=not request.settles_names) as store:
        return request.act(store, now=run.now, configured=run.config.warehouse_names)


def rehearse(run: Run, wanted: Change) -> Any:
    """Find out what a change would do, and leave all as it is."""
    wanted.check(run.config)
    return _act(run, replace(wanted, dry_run=True))


def with_confirmation(run: Run, act: Callable[[bool], Result]) -> Result:
    """Do what may have to be confirmed: by a person at the terminal, else by `--yes`.

    `act` is given whether it is confirmed. Raises `Unconfirmed`.
    """
    try:
        return act(False)
    except Unconfirmed as question:
        if not run.at_terminal:
            how = tr("nothing was changed; if it is meant, add --yes")
            raise Unconfirmed(f"{question}\n{how}") from question
        run.problem(run.redacted(str(question)), question.kind)
        if not prompts.confirm(tr("Do it all the same?")):
            raise Unconfirmed(tr("nothing was changed")) from question
    return act(True)


def tell(run: Run, answer: dict[str, object], sentences: Iterable[str]) -> int:
    """Tell what was done, or what would be."""
    dry_run = run.common.dry_run
    rehearsed = [tr("Dry run: nothing was changed.")] if dry_run else []
    run.done(*sentences, *rehearsed, dry_run=dry_run, **answer)
    return Exit.OK


def fields_of(result: Any) -> dict[str, object]:
    """Return a result as JSON has it, field by field."""
    return {f.name: getattr(result, f.name) for f in fields(result)}


def the_account(run: Run, can_be: Callable[[Account], bool] = lambda _: True) -> str:
    """The one account that the command is for: that was named, or of which alone it can be."""
    accounts = run.accounts
    if not run.common.accounts:
        accounts = tuple(filter(can_be, accounts)) or accounts
    if len(accounts) != 1:
        names = ", ".join(a.name for a in accounts)
        raise UsageProblem(tr("name one account with --account ({names})", names=names))
    return accounts[0].name
