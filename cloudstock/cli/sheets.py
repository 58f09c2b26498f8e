"""The commands for stock files."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING, Annotated

from typer import Argument, Option

from cloudstock.cli import options, values
from cloudstock.cli.answers import asking, with_answers
from cloudstock.cli.change import At, Yes, fields_of, tell, with_confirmation
from cloudstock.cli.command import command
from cloudstock.cli.paging import Csv, For, Spreadsheet, csv_form
from cloudstock.cli.run import Run
from cloudstock.errors import Exit, UsageProblem
from cloudstock.language import tr
from cloudstock.sheets.answers import Answers
from cloudstock.sheets.form import Form

if TYPE_CHECKING:
    from cloudstock.sheets.counting import ImportResult
    from cloudstock.sheets.templates import TemplateResult


def _cabinets() -> list[str]:
    """Return what a sheet may be for."""
    from cloudstock.sheets.templates import cabinets

    return [*Spreadsheet, *cabinets()]


@command(
    "cloudstock import-stock stock.csv",
    "cloudstock import-stock stock.xlsx --dry-run",
    "cloudstock import-stock stock.csv --at 2026-11-30T09:00",
    "cloudstock import-stock price.xls --map sku=Код --skip-unknown --empty skip",
    "cloudstock import-stock --source supplier-a",
    "cat stock.csv | cloudstock import-stock -",
    dry_run=True,
)
@with_answers
def import_stock(
    run: Run,
    file: Annotated[
        str | None,
        Argument(
            metavar="FILE",
            help="CSV, XLSX, XLS, ODS, CommerceML or YML; - reads standard input. With --source:"
            " the newest file that it names.",
            show_default=False,
        ),
    ] = None,
    source: Annotated[
        str | None,
        Option(
            "--source",
            metavar="NAME",
            help="Read it as this source of the configuration says.",
            autocompletion=values.sources,
        ),
    ] = None,
    at: At = None,
    yes: Yes = False,
    csv: Csv = False,
    for_: For = None,
    *,
    answers: Answers,
) -> int:
    """Count many products by a file of stock.

    The whole file is taken, or nothing of it. The table in it is found by the titles of its
    columns, in Russian, Ukrainian or English: an article or a barcode, and a quantity. Nothing is
    guessed: what can be read in two ways, and rows that are no plain counts, are asked about, all
    at once, with the option that settles it. What is said of a file can be kept in the
    configuration as a source. With --dry-run each product is shown as it is and as it would be.

    Numbers are of now, of the TIME given here, or of the time in column as_of; those of a source
    are of the time when its file was written. What moved since is reckoned with. A row whose
    quantity is that of column was is no count: so a sheet of export-stock counts what was changed
    in it, at the time of the export. A file that was imported before, or is older than the last
    count of a product, or changes much, is asked about.
    """
    from cloudstock.changes.change import telling_secrets
    from cloudstock.render import as_csv
    from cloudstock.render import importing as forms
    from cloudstock.render.sheets import moved
    from cloudstock.sheets.counting import Difference
    from cloudstock.sheets.importing import import_stock as import_sheet
    from cloudstock.sheets.sources import named, newest

    dry_run = run.common.dry_run
    form = csv_form(csv, for_)
    if form is not None and not dry_run:
        raise UsageProblem(tr("--csv goes with --dry-run: it shows what would be changed"))
    if source is None and file is None:
        raise UsageProblem(tr("name a FILE, or a source with --source"))
    given = file is not None
    if source is not None:
        configured = named(run.config.sources, source)
        answers = answers.over(configured.answers)
        file = file or str(newest(configured))
    assert file is not None
    stock_file = file
    changes: list[object] = []
    lines: list[str] = []

    def look(differences: Iterator[Difference]) -> None:
        # Another try tells it anew.
        changes.clear()
        lines.clear()
        if run.common.json:
            changes.extend(one._asdict() for one in differences)
        elif form is not None:
            run.answer(as_csv.document(Difference._fields, differences, form))
        else:
            lines.extend(forms.look(differences))

    def act(answers: Answers, confirmed: bool) -> ImportResult:
        with run.database() as store:
            return import_sheet(
                store,
                stock_file,
                answers=answers,
                source=source,
                streams=given,
                now=run.now,
                at=at,
                yes=yes or confirmed,
                dry_run=dry_run,
                configured=run.config.warehouse_names,
                secrets=telling_secrets(run.config),
                look=look if dry_run else None,
            )

    result = asking(run, answers, lambda a: with_confirmation(run, partial(act, a)))
    if form is not None:
        return Exit.OK
    contents = [] if result.found is None else forms.found(result.found)
    answer = fields_of(result) | ({"products": changes} if dry_run else {})
    if not run.common.json and not run.common.quiet:
        run.answer(lines)
    return tell(run, answer, [*contents, forms.imported(result), *moved(result)])


@command("cloudstock sources", "cloudstock sources --json")
def sources(run: Run) -> int:
    """Show the sources: stock files that come again and again, and what was last taken of each.

    Each has the age of the file that was taken, a fingerprint of what was in it, and how many
    products it counted. A source is read with `import-stock --source`.
    """
    from cloudstock.render import importing as forms
    from cloudstock.sheets.sources import states

    with run.database() as store:
        sources = states(store.connection, run.config.sources, now=run.now)
    if run.common.json:
        run.answer_json(sources)
    else:
        run.answer(forms.sources(sources, now=run.now))
    return Exit.OK


@command(
    "cloudstock export-stock stock.csv",
    "cloudstock export-stock stock.xlsx",
    "cloudstock export-stock - | wc -l",
    "cloudstock export-stock stock.csv --for excel --lang ru",
    "cloudstock export-stock upload.xlsx --for wildberries --warehouse 507",
)
def export_stock(
    run: Run,
    file: Annotated[
        str,
        Argument(metavar="FILE", help="CSV, or XLSX by its name; - writes CSV to standard output."),
    ],
    cabinet: Annotated[
        str | None,
        Option(
            "--for",
            metavar="NAME",
            help="As Excel opens it in the language in use (excel), or the table that this cabinet"
            " takes by hand: a marketplace, or moysklad.",
            autocompletion=_cabinets,
        ),
    ] = None,
    warehouse: Annotated[
        str | None,
        options.warehouse_option(
            "--warehouse", "With --for: only this warehouse, yours or by the marketplace's number."
        ),
    ] = None,
    force: options.Force = False,
    yes: Annotated[
        bool, Option("--yes", help="With --for: many listings that fall to 0 are meant.")
    ] = False,
) -> int:
    """Write every count to a sheet.

    It has the columns that import-stock reads. Products that were never counted have an empty
    quantity to fill in. Each row carries its number and the time, so that import-stock knows
    later which rows were changed, and of when they are.

    With --for excel its titles, and what stands between its cells, are those of the language in
    use; import-stock reads it as well. With another --for it is the template of a marketplace's
    cabinet, filled with what the listings of the account should show: upload it by hand where the
    API is down. For moysklad it is what lies in the warehouse.
    """
    from cloudstock.render.sheets import exported, filled
    from cloudstock.sheets.exporting import export_stock as export_sheet

    form = Form.EXCEL if cabinet == Spreadsheet.EXCEL else Form.PROGRAMS
    if cabinet is not None and form is not Form.EXCEL:
        from cloudstock.sheets.templates import export_template

        def fill(confirmed: bool) -> TemplateResult:
            with run.database(fresh_targets=True) as store:
                return export_template(
                    store,
                    file,
                    cabinet,
                    config=run.config,
                    among=run.accounts,
                    warehouse=warehouse,
                    now=run.now,
                    force=force,
                    yes=yes or confirmed,
                )

        template = with_confirmation(run, fill)
        return tell(run, fields_of(template), filled(template, file))
    if warehouse is not None:
        raise UsageProblem(tr("--warehouse goes with --for: a sheet has every warehouse"))
    with run.database() as store:
        result = export_sheet(store, file, now=run.now, form=form, force=force)
    return Exit.OK if file == "-" else tell(run, fields_of(result), [exported(result, file)])
