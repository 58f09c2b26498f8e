"""The command for what becomes of a return."""

from __future__ import annotations

from typing import Annotated

from typer import Argument, Option

from cloudstock.changes.change import help_of
from cloudstock.changes.returns import ReceivedPart, ReceiveRequest
from cloudstock.cli import values
from cloudstock.cli.change import Yes, make_change, option_of, the_account, warehouse_of
from cloudstock.cli.command import command
from cloudstock.cli.paging import NUMBER_MAX
from cloudstock.cli.parsers import sku_and_units
from cloudstock.cli.run import Run


@command(
    "cloudstock receive-return 1000342",
    "cloudstock receive-return 1000342 --quantity 1 --write-off",
    "cloudstock receive-return 1000342 --part MUG-01",
    dry_run=True,
)
def receive_return(
    run: Run,
    return_id: Annotated[
        str,
        Argument(
            metavar="RETURN",
            help=help_of(ReceiveRequest, "return_id"),
            autocompletion=values.returns,
        ),
    ],
    quantity: Annotated[
        int | None,
        Option(
            "--quantity",
            metavar="N",
            min=1,
            max=NUMBER_MAX,
            help=help_of(ReceiveRequest, "quantity"),
            show_default="all that wait",
        ),
    ] = None,
    write_off: Annotated[bool, option_of(ReceiveRequest, "write_off", "--write-off")] = False,
    warehouse: Annotated[
        str | None,
        warehouse_of(ReceiveRequest, "warehouse", "--warehouse"),
    ] = None,
    parts: Annotated[
        list[str] | None,
        option_of(ReceiveRequest, "parts", "--part", metavar="SKU", autocompletion=values.skus),
    ] = None,
    counted: Annotated[bool, option_of(ReceiveRequest, "counted", "--counted")] = False,
    yes: Yes = False,
) -> int:
    """Put returned units back into stock, or write them off.

    Look at them first. `show-returns --waiting` lists what waits in quarantine. Where the
    warehouse was counted after they came it is asked whether they are in that count. Of a bundle
    each part may be received, or written off, by itself.
    """
    wanted = ReceiveRequest(
        return_id=return_id,
        account=the_account(run) if run.common.accounts else None,
        quantity=quantity,
        write_off=write_off,
        warehouse=warehouse,
        parts=tuple(_received_part(text) for text in parts or ()),
        counted=counted,
        yes=yes,
        dry_run=run.common.dry_run,
    )
    return make_change(run, wanted)


def _received_part(text: str) -> ReceivedPart:
    return ReceivedPart(*sku_and_units(text))
