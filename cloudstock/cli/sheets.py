"""The commands for stock files."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from stat import S_ISREG
from typing import TYPE_CHECKING, Annotated

from typer import Argument, Option

from cloudstock.cli import options, values
from cloudstock.cli.change import At, Warehouse, Yes, fields_of, tell, with_confirmation
from cloudstock.cli.command import command
from cloudstock.cli.run import Run
from cloudstock.errors import Exit, UsageProblem
from cloudstock.language import tr

if TYPE_CHECKING:
    from cloudstock.sheets.importing import ImportResult


@command(
    "cloudstock import-stock stock.csv",
    "cloudstock import-stock stock.xlsx --dry-run",
    "cloudstock import-stock stock.csv --at 2026-11-30T09:00",
    "cat stock.csv | cloudstock import-stock -",
    dry_run=True,
)
def import_stock(
    run: Run,
    file: Annotated[
        str,
        Argument(metavar="FILE", help="CSV, or XLSX by its name; - reads CSV from standard input."),
    ],
    warehouse: Warehouse = None,
    at: At = None,
    yes: Yes = False,
) -> int:
    """Count many products by a sheet.

    The whole file is taken, or nothing of it. Columns: sku, quantity, and if you like
    warehouse, name, barcode, buffer, was, as_of, in any order; separated by comma, semicolon or
    tab; UTF-8 or Windows-1251; or XLSX, with articles and barcodes as text. Every mistake is
    reported by line and column. A row without a warehouse counts the warehouse named here.

    Numbers are of now, of the TIME given here, or of the time in column as_of; what moved since is
    reckoned with. A row whose quantity is that of column was is no count: so a sheet of
    export-stock counts what was changed in it, at the time of the export. A file that was
    imported before, or is older than the last count of a product, is asked about.
    """
    from cloudstock.changes.change import telling_secrets
    from cloudstock.render.changes import imported, moved
    from cloudstock.sheets.importing import import_stock as import_sheet

    def act(confirmed: bool) -> ImportResult:
        with run.database() as store:
            return import_sheet(
                store,
                file,
                warehouse=warehouse,
                now=run.now,
                at=at,
                written_at=_written_at(file),
                yes=yes or confirmed,
                dry_run=run.common.dry_run,
                configured=run.config.warehouse_names,
                secrets=telling_secrets(run.config),
            )

    result = with_confirmation(run, act)
    return tell(run, fields_of(result), [imported(result), *moved(result)])


@command(
    "cloudstock export-stock stock.csv",
    "cloudstock export-stock stock.xlsx",
    "cloudstock export-stock - | wc -l",
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
            help="The table that this cabinet takes by hand: a marketplace, or moysklad.",
            autocompletion=values.cabinets,
        ),
    ] = None,
    warehouse: Annotated[
        str | None,
        options.warehouse_option(
            "--warehouse", "With --for: only this warehouse, yours or by the marketplace's number."
        ),
    ] = None,
) -> int:
    """Write every count to a sheet.

    It has the columns that import-stock reads. Products that were never counted have an empty
    quantity to fill in. Each row carries its number and the time, so that import-stock knows
    later which rows were changed, and of when they are.

    With --for it is the template of a marketplace's cabinet, filled with what the listings of the
    account should show: upload it by hand where the API is down. For moysklad it is what lies in
    the warehouse.
    """
    from cloudstock.render.changes import exported, filled
    from cloudstock.sheets.exporting import export_stock as export_sheet

    if cabinet is not None:
        from cloudstock.sheets.templates import export_template

        with run.database(fresh_targets=True) as store:
            template = export_template(
                store,
                file,
                cabinet,
                config=run.config,
                among=run.accounts,
                warehouse=warehouse,
                now=run.now,
            )
        return tell(run, fields_of(template), filled(template, file))
    if warehouse is not None:
        raise UsageProblem(tr("--warehouse goes with --for: a sheet has every warehouse"))
    with run.database() as store:
        result = export_sheet(store, file, now=run.now)
    return Exit.OK if file == "-" else tell(run, fields_of(result), [exported(result, file)])


def _written_at(file: str) -> datetime | None:
    """When a file was written last; None where it is none."""
    with suppress(OSError):
        if file != "-" and S_ISREG((stated := Path(file).stat()).st_mode):
            return datetime.fromtimestamp(stated.st_mtime, UTC)
    return None
