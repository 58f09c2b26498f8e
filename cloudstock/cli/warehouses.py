"""The commands for what the seller's own warehouses are called."""

from __future__ import annotations

from typing import Annotated

from typer import Argument

from cloudstock.changes.change import help_of
from cloudstock.changes.warehouses import (
    AddWarehouseRequest,
    RemoveWarehouseRequest,
    RenameWarehouseRequest,
)
from cloudstock.cli import values
from cloudstock.cli.change import make_change
from cloudstock.cli.command import command
from cloudstock.cli.run import Run


@command(
    "cloudstock rename-warehouse main north",
    dry_run=True,
)
def rename_warehouse(
    run: Run,
    old: Annotated[
        str,
        Argument(
            metavar="OLD",
            help=help_of(RenameWarehouseRequest, "warehouse"),
            autocompletion=values.warehouses,
        ),
    ],
    new: Annotated[str, Argument(metavar="NEW", help=help_of(RenameWarehouseRequest, "name"))],
) -> int:
    """Rename a warehouse.

    Its stock, orders and history stay with it. Change the name in the configuration first: runs
    then ask whether it is the same warehouse, and this is the answer.
    """
    return make_change(
        run, RenameWarehouseRequest(warehouse=old, name=new, dry_run=run.common.dry_run)
    )


@command("cloudstock add-warehouse attic", dry_run=True)
def add_warehouse(
    run: Run,
    name: Annotated[str, Argument(metavar="NAME", help=help_of(AddWarehouseRequest, "name"))],
) -> int:
    """Add a warehouse, in which nothing has been counted yet.

    A new name in the configuration does so by itself, unless it may be another name for a
    warehouse that is there: then runs ask, and this is the answer that it is a new one.
    """
    return make_change(run, AddWarehouseRequest(name=name, dry_run=run.common.dry_run))


@command("cloudstock remove-warehouse mian", dry_run=True)
def remove_warehouse(
    run: Run,
    name: Annotated[
        str,
        Argument(
            metavar="NAME",
            help=help_of(RemoveWarehouseRequest, "name"),
            autocompletion=values.warehouses,
        ),
    ],
) -> int:
    """Remove a warehouse, such as one that was mistyped.

    The configuration must not name it, nothing may be there, and no order may hold units there.
    Where something was in it once it is out of sight, with its history, and is back when something
    comes there again, or by add-warehouse.
    """
    return make_change(run, RemoveWarehouseRequest(name=name, dry_run=run.common.dry_run))
