"""The commands for what a listing is made of."""

from __future__ import annotations

from typing import Annotated

from typer import Argument

from cloudstock.changes.change import help_of
from cloudstock.changes.links import LinkedProduct, LinkRequest
from cloudstock.cli import values
from cloudstock.cli.change import make_change, option_of, the_account
from cloudstock.cli.command import command
from cloudstock.cli.parsers import sku_and_units
from cloudstock.cli.run import Run

Listing = Annotated[
    str,
    Argument(
        metavar="LISTING",
        help=help_of(LinkRequest, "listing"),
        autocompletion=values.listings,
    ),
]


@command(
    "cloudstock link-listing BUNDLE-1 MUG-01 CUP-02 --account ozon-main",
    "cloudstock link-listing MUG-PACK MUG-01=6 --account wb-main",
    dry_run=True,
)
def link_listing(
    run: Run,
    listing: Listing,
    products: Annotated[
        list[str],
        Argument(
            metavar="SKU[=UNITS]", help="What one listing is made of.", autocompletion=values.skus
        ),
    ],
    create: Annotated[bool, option_of(LinkRequest, "create", "--create")] = False,
) -> int:
    """Say what a listing is made of.

    Of one product, of several units of it (a pack), or of several products (a bundle). The link
    stays until you change it; its open orders are computed anew at once. The account is named
    with --account where several have such a listing. What only an order names, and no catalog, is
    linked in the same way, by the name that `status` tells.
    """
    wanted = LinkRequest(
        account=_account(run),
        listing=listing,
        products=tuple(_part(text) for text in products),
        create=create,
        dry_run=run.common.dry_run,
    )
    return make_change(run, wanted)


@command(
    "cloudstock unlink-listing MUG-PACK --account wb-main",
    "cloudstock unlink-listing MUG-PACK --account wb-main --leave",
    dry_run=True,
)
def unlink_listing(
    run: Run,
    listing: Listing,
    leave: Annotated[bool, option_of(LinkRequest, "leave", "--leave")] = False,
) -> int:
    """Take a listing off its products.

    It is set to 0 by the next push and kept there, and its orders reserve nothing. It stays so
    until you link it: pull-catalog does not link it again. Where somebody else keeps its number
    (another program, the marketplace's own warehouse) say --leave: nothing is sent to it then.
    """
    wanted = LinkRequest(
        account=_account(run),
        listing=listing,
        products=(),
        leave=leave,
        dry_run=run.common.dry_run,
    )
    return make_change(run, wanted)


def _account(run: Run) -> str | None:
    """Return the account that was named, or the only one; None: the listing tells which."""
    return the_account(run) if run.common.accounts or len(run.accounts) == 1 else None


def _part(text: str) -> LinkedProduct:
    sku, units = sku_and_units(text)
    return LinkedProduct(sku) if units is None else LinkedProduct(sku, units)
