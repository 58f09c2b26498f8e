"""The commands for what is counted, corrected and carried."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer
from typer import Argument

from cloudstock.changes.adopting import AdoptRequest
from cloudstock.changes.counts import AdjustRequest, Correction, CountRequest, Quantity
from cloudstock.changes.moves import MoveRequest
from cloudstock.cli import options, values
from cloudstock.cli.change import At, Note, Warehouse, Yes, make_change, option_of, warehouse_of
from cloudstock.cli.command import command
from cloudstock.cli.parsers import whole_number
from cloudstock.cli.run import Run
from cloudstock.errors import UsageProblem
from cloudstock.language import tr

Sku = Annotated[str, options.sku_argument("The product's article.")]
MoreCounts = Annotated[
    list[str] | None,
    Argument(
        metavar="SKU N",
        help="More products; all of them are taken, or none.",
        autocompletion=values.skus_and_numbers,
    ),
]


@command(
    "cloudstock set-stock MUG-01 12",
    "cloudstock set-stock MUG-01 12 CUP-02 5 POT-03 0",
    'cloudstock set-stock MUG-01 0 --note "none left"',
    "cloudstock set-stock MUG-01 12 --at 2026-11-30T09:00",
    dry_run=True,
    signed=True,
)
def set_stock(
    run: Run,
    sku: Sku,
    quantity: Annotated[
        int,
        Argument(metavar="N", parser=whole_number, help="Units that are there now."),
    ],
    more: MoreCounts = None,
    warehouse: Warehouse = None,
    note: Note = "",
    at: At = None,
    yes: Yes = False,
) -> int:
    """Count products: N units of each are there now, or were there at a TIME.

    Count the reserved ones too. The difference to what was known is written as a movement.
    Orders that shipped before then do not move it again; what moved since is reckoned with. TIME is
    2026-11-30T09:00, or 2h for two hours ago. A count older than the last one is asked about, and
    so is a number far from what was there.
    """
    wanted = CountRequest(
        counts=tuple(Quantity(*pair) for pair in _pairs(sku, quantity, more)),
        warehouse=warehouse,
        note=note,
        at=at,
        yes=yes,
        dry_run=run.common.dry_run,
    )
    return make_change(run, wanted)


@command(
    "cloudstock adopt-stock --dry-run",
    "cloudstock adopt-stock --account ozon-main",
    "cloudstock adopt-stock MUG-01 CUP-02 --account wb-main",
    dry_run=True,
)
def adopt_stock(
    run: Run,
    skus: Annotated[
        list[str] | None, options.sku_argument("Only these products; else all never counted.")
    ] = None,
    warehouse: Warehouse = None,
    yes: Yes = False,
) -> int:
    """Take what the cabinets show as the first count of products that were never counted.

    On hand is what a cabinet shows and what its own open orders hold; what others sold comes off
    it. A product is taken where all cabinets agree, or those that are named with --account; of the
    others their numbers are told. `products --uncounted` shows what there is to take.
    """
    wanted = AdoptRequest(
        accounts=run.account_names or None,
        skus=tuple(skus or ()),
        warehouse=warehouse,
        yes=yes,
        dry_run=run.common.dry_run,
    )
    return make_change(run, wanted)


@command(
    "cloudstock adjust-stock MUG-01 -3 --reason broken",
    "cloudstock adjust-stock MUG-01 -1 CUP-02 -2 --reason broken",
    'cloudstock adjust-stock MUG-01 +1 --reason "found in a box"',
    dry_run=True,
    signed=True,
)
def adjust_stock(
    run: Run,
    sku: Sku,
    change: Annotated[
        int,
        Argument(metavar="±N", parser=whole_number, help="Units more, or with a minus less."),
    ],
    reason: Annotated[str, option_of(AdjustRequest, "reason", "--reason", metavar="TEXT")],
    more: Annotated[
        list[str] | None,
        Argument(
            metavar="SKU ±N",
            help="More products; all of them are taken, or none.",
            autocompletion=values.skus_and_numbers,
        ),
    ] = None,
    warehouse: Warehouse = None,
    yes: Yes = False,
) -> int:
    """Correct what is on hand by some units.

    The reason goes into the ledger. A product that was never counted has nothing to correct:
    count it with `set-stock`. A number far from what was there is asked about.
    """
    changes = tuple(Correction(*pair) for pair in _pairs(sku, change, more))
    wanted = AdjustRequest(
        changes=changes,
        reason=reason,
        warehouse=warehouse,
        yes=yes,
        dry_run=run.common.dry_run,
    )
    return make_change(run, wanted)


@command(
    "cloudstock move-stock MUG-01 5 --from main --to attic",
    "cloudstock move-stock MUG-01 5 CUP-02 3 --from main --to attic --dry-run",
    dry_run=True,
    signed=True,
)
def move_stock(
    run: Run,
    sku: Sku,
    quantity: Annotated[
        int, Argument(metavar="N", parser=whole_number, help="Units that are moved.")
    ],
    source: Annotated[str, warehouse_of(MoveRequest, "from_warehouse", "--from")],
    target: Annotated[str, warehouse_of(MoveRequest, "to_warehouse", "--to")],
    more: MoreCounts = None,
    note: Note = "",
) -> int:
    """Move units from one warehouse to another.

    Both warehouses must have been counted, and what is promised to orders stays where it is
    shipped from. The ledger gets two movements of one document.
    """
    wanted = MoveRequest(
        moves=tuple(Quantity(*pair) for pair in _pairs(sku, quantity, more)),
        from_warehouse=source,
        to_warehouse=target,
        note=note,
        dry_run=run.common.dry_run,
    )
    return make_change(run, wanted)


def _pairs(sku: str, number: int, more: Sequence[str] | None) -> list[tuple[str, int]]:
    """Return (sku, number) for each product; raises `UsageProblem` with every problem."""
    words = list(more or ())
    pairs, problems = [(sku, number)], []
    for article, text in zip(words[::2], words[1::2], strict=False):
        try:
            pairs.append((article, whole_number(text)))
        except typer.BadParameter as problem:
            problems.append(f"{article}: {problem}")
    if len(words) % 2:
        problems.append(
            tr("{sku} is the last word, without its number; expected SKU N SKU N …", sku=words[-1])
        )
    if problems:
        raise UsageProblem("\n".join([*problems, tr("nothing was changed")]))
    return pairs
