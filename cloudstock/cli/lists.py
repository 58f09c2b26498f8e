"""The lists on the command line: options, table, CSV and JSON as each list is declared."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from inspect import Parameter, Signature
from itertools import chain, islice
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer import Option

from cloudstock.cli import options, parsers, values
from cloudstock.cli.command import command
from cloudstock.cli.paging import (
    LIMIT,
    Csv,
    For,
    Limit,
    LimitAll,
    PageNumber,
    Part,
    Spreadsheet,
    csv_form,
    page_of,
    sort_option,
)
from cloudstock.cli.run import Run
from cloudstock.domain import grammar
from cloudstock.errors import Exit
from cloudstock.lists.changes import CHANGES
from cloudstock.lists.declared import Filter, Kind, List
from cloudstock.lists.history import HISTORY
from cloudstock.lists.listings import LISTINGS, ListingRow
from cloudstock.lists.orders import ORDERS
from cloudstock.lists.products import PRODUCTS
from cloudstock.lists.reserves import RESERVES
from cloudstock.lists.returns import RETURNS
from cloudstock.lists.runs import RUNS

if TYPE_CHECKING:
    import sqlite3

    from cloudstock.sheets.form import Form

# Shows what is asked of a list: connection, what is given, the rows, whether as CSV.
Show = Callable[[Run, "sqlite3.Connection", dict[str, object], Part[Any], "Form | None"], None]


def _list_command(
    wanted: List[Any], *examples: str, usual: int = LIMIT, show: Show | None = None
) -> Callable[[Callable[[], None]], typer.Typer]:
    """Make a function, which is a name and a help text, the command of a list.

    `usual`: rows of a table where nobody says how many, 0 for all. `show`: where there is more to
    show than the rows.
    """

    def declare(named: Callable[[], None]) -> typer.Typer:
        def act(
            run: Run,
            *,
            sort: str | None,
            limit: int | None,
            page: int | None,
            csv: bool,
            for_: Spreadsheet | None,
            **given: Any,
        ) -> int:
            from cloudstock.lists.reading import rows
            from cloudstock.store.views import snapshot

            form = csv_form(csv, for_)
            part = page_of(run, sort=sort, limit=limit, page=page, csv=form, usual=usual)
            if any(f.kind is Kind.ACCOUNT for f in wanted.filters):
                given["account"] = run.account_names
            database = run.database(fresh_targets=wanted.of_targets)
            with database as store, snapshot(store.connection):
                db = store.connection
                listed = Part(
                    lambda p: rows(
                        db,
                        wanted,
                        given,
                        sort=p.sort,
                        limit=p.limit,
                        offset=p.offset,
                    ),
                    part,
                )
                (show or _show(wanted))(run, db, given, listed, form)
            return Exit.OK

        own = [p for f in wanted.filters if (p := _parameter(f)) is not None]
        paged = [
            _optional("sort", Annotated[str | None, sort_option(*wanted.sorts)]),
            _optional("limit", Limit if usual else LimitAll),
            _optional("page", PageNumber),
            _optional("csv", Csv, default=False),
            _optional("for_", For),
        ]
        act.__name__, act.__doc__ = named.__name__, named.__doc__
        run = Parameter("run", Parameter.POSITIONAL_OR_KEYWORD, annotation=Run)
        act.__signature__ = Signature([run, *own, *paged])  # type: ignore[attr-defined]
        return command(*examples)(act)

    return declare


def _show(wanted: List[Any]) -> Show:
    def show(
        run: Run,
        _db: sqlite3.Connection,
        _given: dict[str, object],
        rows: Part[Any],
        csv: Form | None,
    ) -> None:
        from cloudstock.render import rows as forms

        if run.common.json:
            run.answer(forms.json(wanted, rows))
        elif csv is not None:
            run.answer(forms.csv(wanted, rows, csv))
        else:
            run.answer(forms.table(wanted, rows, now=run.now))
            rows.tell(run)

    return show


# ---------------------------------------------------------------- options


def _parameter(one: Filter) -> Parameter | None:
    """Return the option of a filter; None: it is an option of all commands."""
    if one.kind is Kind.ACCOUNT:
        return None
    if one.required:
        argument = options.sku_argument(one.help)
        kind = Parameter.POSITIONAL_OR_KEYWORD
        return Parameter(one.name, kind, annotation=Annotated[str, argument])
    if one.kind is Kind.YES:
        return _optional(one.name, Annotated[bool, _option(one)], default=False)
    if one.kind is Kind.WAREHOUSE:
        option = options.warehouse_option(f"--{one.name}", one.help)
        return _optional(one.name, Annotated[str | None, option])
    kinds: dict[Kind, tuple[Any, dict[str, Any]]] = {
        Kind.NUMBER: (int, {"metavar": "N", "min": 0, "max": grammar.UNITS_MAX}),
        Kind.TEXT: (str, {"metavar": "TEXT"}),
        Kind.SEARCH: (str, {"metavar": "TEXT"}),
        Kind.CHOICE: (one.choices, {}),
        Kind.MOMENT: (Any, {"metavar": "WHEN", "parser": parsers.since}),
        Kind.SKU: (str, {"metavar": "SKU", "autocompletion": values.skus}),
    }
    of_one, settings = kinds[one.kind]
    value = list[of_one] if one.several else of_one  # type: ignore[valid-type]
    return _optional(one.name, Annotated[value | None, _option(one, **settings)])


def _option(one: Filter, **settings: Any) -> Any:
    return Option(f"--{one.name.replace('_', '-')}", help=one.help, **settings)


def _optional(name: str, annotation: Any, default: object = None) -> Parameter:
    return Parameter(name, Parameter.KEYWORD_ONLY, default=default, annotation=annotation)


# ---------------------------------------------------------------- the commands


@_list_command(
    PRODUCTS,
    "cloudstock products --low 3",
    "cloudstock products --uncounted --csv",
    "cloudstock products --search mug --sort -available",
)
def products() -> None:
    """List products, with what there is of each.

    Numbers are those of all warehouses together, without the quarantine. Filters may be joined.
    """


def _show_listings(
    run: Run,
    db: sqlite3.Connection,
    given: dict[str, object],
    rows: Part[ListingRow],
    csv: Form | None,
) -> None:
    """Show listings; those that met no product with the products nearest to each."""
    from cloudstock.render import rows as forms
    from cloudstock.render.lists import REVIEWED, Unmatched, reviewed_text, unmatched_text

    if given["review"]:
        if run.common.json:
            run.answer(forms.json(LISTINGS, rows, REVIEWED))
        elif csv is not None:
            run.answer(forms.csv(LISTINGS, rows, csv, REVIEWED))
        else:
            run.answer(reviewed_text(rows))
            rows.tell(run)
        return
    if not (given["unlinked"] or given["alone"]):
        _show(LISTINGS)(run, db, given, rows, csv)
        return
    from cloudstock.store.views.candidates import LISTINGS_MAX, ambiguous, candidates

    first: Sequence[ListingRow] = list(islice(rows, LISTINGS_MAX))
    unmatched = Unmatched(candidates(db, first), frozenset(ambiguous(db, first)))
    everything: Iterator[ListingRow] = chain(first, rows)
    if run.common.json:
        run.answer(forms.json(LISTINGS, everything, unmatched.columns))
    elif csv is not None:
        run.answer(forms.csv(LISTINGS, everything, csv, unmatched.columns))
    else:
        run.answer(unmatched_text(everything, unmatched))
        rows.tell(run)


@_list_command(
    LISTINGS,
    "cloudstock listings --unlinked",
    "cloudstock listings --review",
    "cloudstock listings --refused --account ozon-main",
    "cloudstock listings --low 0 --sort -pushed --csv",
    show=_show_listings,
)
def listings() -> None:
    """List what every account offers and shows.

    A line for each listing and marketplace warehouse. With --unlinked or --alone the products
    that look most like each listing are shown, and the command that would link it: listings are
    linked by equal article or barcode, never by a guess. With --review links that a person should
    look at are shown, with the commands that confirm and cut each.
    """


@_list_command(
    ORDERS,
    "cloudstock show-orders --open",
    "cloudstock show-orders --sku MUG-01 --since 7d",
    "cloudstock show-orders --unknown --json",
)
def show_orders() -> None:
    """Show orders, the newest first.

    A line for each order line; JSON has a row for each.
    """


@_list_command(
    RESERVES, "cloudstock show-reserves --sku MUG-01", "cloudstock show-reserves --sort created"
)
def show_reserves() -> None:
    """Show which orders reserve units, by product."""


@_list_command(
    RETURNS,
    "cloudstock show-returns --waiting",
    "cloudstock show-returns --expected --account wb-main",
)
def show_returns() -> None:
    """Show returns, the newest first.

    Waiting units were handed to you and lie in quarantine until `receive-return` puts them back
    into stock or writes them off.
    """


@_list_command(
    HISTORY,
    "cloudstock show-history MUG-01",
    "cloudstock show-history MUG-01 --warehouse quarantine --since 30d",
    usual=0,
)
def show_history() -> None:
    """Show a product's ledger, line by line.

    Every movement with its document, and the running total of its warehouse. The ledger only
    grows; nothing in it is ever changed.
    """


@_list_command(
    RUNS, "cloudstock show-runs --failed", "cloudstock show-runs --account ozon-main --since 1d"
)
def show_runs() -> None:
    """Show what was run, the newest first, and how it ended."""


@_list_command(
    CHANGES, "cloudstock show-changes", "cloudstock show-changes --sku MUG-01 --since 7d"
)
def show_changes() -> None:
    """Show what was changed by hand, the newest first, and how each change is taken back.

    Counts, corrections, moves, sheets, policies and links, with who made them. `undo` takes the
    last one back, `undo N` the one of that number.
    """
