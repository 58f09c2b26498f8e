"""The commands for what comes back, and for what does not."""

from __future__ import annotations

from typing import Annotated

from typer import Argument, Option

from cloudstock.changes.change import help_of
from cloudstock.changes.orders import CloseOrderRequest
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


@command(
    "cloudstock close-order 0123-4567-1",
    "cloudstock close-order 0123-4567-1 --account ozon-main --dry-run",
    dry_run=True,
)
def close_order(
    run: Run,
    order_id: Annotated[
        str,
        Argument(
            metavar="ORDER",
            help=help_of(CloseOrderRequest, "order_id"),
            autocompletion=values.orders,
        ),
    ],
    reopen: Annotated[bool, option_of(CloseOrderRequest, "reopen", "--reopen")] = False,
) -> int:
    """Stop waiting for what left with a cancelled order.

    `show-orders --away` lists what left, was cancelled then, and has not come back. What comes
    with a return is booked by itself, whatever was said here. What came without one is counted
    first; what is lost is claimed from the marketplace. Nothing moves in the warehouse.
    """
    wanted = CloseOrderRequest(
        order_id=order_id,
        account=the_account(run) if run.common.accounts else None,
        reopen=reopen,
        dry_run=run.common.dry_run,
    )
    return make_change(run, wanted)


def _received_part(text: str) -> ReceivedPart:
    return ReceivedPart(*sku_and_units(text))
