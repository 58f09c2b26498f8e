"""The command that puts products out of sight."""

from __future__ import annotations

from typing import Annotated

from cloudstock.changes.hiding import HideRequest
from cloudstock.cli import options
from cloudstock.cli.change import make_change, option_of
from cloudstock.cli.command import command
from cloudstock.cli.run import Run


@command(
    "cloudstock hide-product OLD-01 OLD-02",
    "cloudstock hide-product OLD-01 --show",
    dry_run=True,
)
def hide_product(
    run: Run,
    skus: Annotated[list[str], options.sku_argument("The products' articles.")],
    show: Annotated[bool, option_of(HideRequest, "show", "--show")] = False,
) -> int:
    """Put products out of sight that are neither offered nor there.

    Nothing of them is forgotten, and `products --hidden` lists them. Each is back by itself when it
    is linked, counted, moved or ordered again.
    """
    wanted = HideRequest(skus=tuple(skus), show=show, dry_run=run.common.dry_run)
    return make_change(run, wanted)
