"""The commands for what a person does with the stock."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import fields
from typing import Annotated, Any

import typer
from typer import Argument, Option

from cloudstock.cli import options, values
from cloudstock.cli.command import command
from cloudstock.cli.parsers import whole_number
from cloudstock.cli.run import Run
from cloudstock.domain import grammar
from cloudstock.errors import Exit, UsageProblem
from cloudstock.language import tr

Sku = Annotated[str, options.sku_argument("The product's article.")]
Warehouse = Annotated[str, options.warehouse_option("--warehouse", "The warehouse.")]
Note = Annotated[str, Option("--note", metavar="TEXT", help="For the ledger.")]
MoreCounts = Annotated[
    list[str] | None,
    Argument(
        metavar="SKU N",
        help="More products; all of them are taken, or none.",
        autocompletion=values.skus_and_numbers,
    ),
]
Listing = Annotated[
    str,
    Argument(
        metavar="LISTING",
        help="Its article there, or its marketplace id.",
        autocompletion=values.listings,
    ),
]


@command(
    "cloudstock set-stock MUG-01 12",
    "cloudstock set-stock MUG-01 12 CUP-02 5 POT-03 0",
    'cloudstock set-stock MUG-01 0 --note "none left"',
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
    warehouse: Warehouse = "main",
    note: Note = "",
) -> int:
    """Count products: N units of each are there now.

    Count the reserved ones too. The difference to what was known is written as a movement.
    Orders that shipped before now do not move it again.
    """
    from cloudstock.render.shelf import counted
    from cloudstock.shelf.counts import set_stocks

    counts = _pairs(sku, quantity, more)
    details: dict[str, Any] = {"warehouse": warehouse, "note": note, "configured": _warehouses(run)}
    return _change(run, set_stocks, counts, sentence=counted, several="counts", **details)


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
    reason: Annotated[str, Option("--reason", metavar="TEXT", help="Why, for the ledger.")],
    more: Annotated[
        list[str] | None,
        Argument(
            metavar="SKU ±N",
            help="More products; all of them are taken, or none.",
            autocompletion=values.skus_and_numbers,
        ),
    ] = None,
    warehouse: Warehouse = "main",
) -> int:
    """Correct what is on hand by some units.

    The reason goes into the ledger. A product that was never counted has nothing to correct:
    count it with `set-stock`.
    """
    from cloudstock.render.shelf import counted
    from cloudstock.shelf.counts import adjust_stocks

    corrections = _pairs(sku, change, more)
    details: dict[str, Any] = {
        "warehouse": warehouse,
        "reason": reason,
        "configured": _warehouses(run),
    }
    return _change(run, adjust_stocks, corrections, sentence=counted, several="counts", **details)


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
    source: Annotated[str, options.warehouse_option("--from", "The warehouse they leave.")],
    target: Annotated[str, options.warehouse_option("--to", "The warehouse they come to.")],
    more: MoreCounts = None,
    note: Note = "",
) -> int:
    """Move units from one warehouse to another.

    Both warehouses must have been counted, and what is promised to orders stays where it is
    shipped from. The ledger gets two movements of one document.
    """
    from cloudstock.render.shelf import moved
    from cloudstock.shelf.moves import move_stock as move

    moves = _pairs(sku, quantity, more)
    details: dict[str, Any] = {
        "source": source,
        "target": target,
        "note": note,
        "configured": _warehouses(run),
    }
    return _change(run, move, moves, sentence=moved, several="moves", **details)


@command(
    "cloudstock set-policy MUG-01 split",
    "cloudstock set-policy MUG-01 CUP-02 adaptive --dry-run",
    "cloudstock set-policy MUG-01 --default",
    dry_run=True,
)
def set_policy(
    run: Run,
    words: Annotated[
        list[str],
        Argument(
            metavar="SKU... POLICY",
            help="Products, and share, split, priority or adaptive.",
            autocompletion=values.skus_and_policies,
        ),
    ],
    default: Annotated[
        bool, Option("--default", help="Without POLICY: as each account says again.")
    ] = False,
) -> int:
    """Say how the accounts share a product's units.

    share: every account shows all of them. split: they are divided, and no two accounts ever
    show the same unit. adaptive: share while stock is ample, split when it is scarce.
    priority: while it is scarce, the account of the lowest rank shows all.
    """
    from cloudstock.render.shelf import policy_set
    from cloudstock.shelf.policies import set_policy as set_policies

    skus, policy = (words, None) if default else (words[:-1], words[-1])
    if not skus:
        raise UsageProblem(tr("name the products and then the policy: SKU... POLICY"))
    return _change(run, set_policies, skus, policy, sentence=policy_set, several="policies")


@command(
    "cloudstock import-stock stock.csv",
    "cloudstock import-stock stock.xlsx --dry-run",
    "cat stock.csv | cloudstock import-stock -",
    dry_run=True,
)
def import_stock(
    run: Run,
    file: Annotated[
        str,
        Argument(metavar="FILE", help="CSV, or XLSX by its name; - reads CSV from standard input."),
    ],
    warehouse: Warehouse = "main",
) -> int:
    """Count many products by a sheet.

    The whole file is taken, or nothing of it. Columns: sku, quantity, and if you like
    warehouse, name, barcode, buffer, in any order; separated by comma, semicolon or tab; UTF-8
    or Windows-1251; or XLSX, with articles and barcodes as text. Every mistake is reported by line
    and column. A row without a warehouse counts the warehouse named here.
    """
    from cloudstock.render.shelf import imported
    from cloudstock.shelf.sheets import import_stock as import_sheet

    details: dict[str, Any] = {"warehouse": warehouse, "configured": _warehouses(run)}
    return _change(run, import_sheet, file, sentence=imported, **details)


@command(
    "cloudstock export-stock stock.csv",
    "cloudstock export-stock stock.xlsx",
    "cloudstock export-stock - | wc -l",
)
def export_stock(
    run: Run,
    file: Annotated[
        str,
        Argument(metavar="FILE", help="CSV, or XLSX by its name; - writes CSV to standard output."),
    ],
) -> int:
    """Write every count to a sheet.

    It has the columns that import-stock reads. Products that were never counted have an empty
    quantity to fill in.
    """
    from cloudstock.render.shelf import exported
    from cloudstock.shelf.export_sheet import export_stock as export_sheet

    if file == "-":
        with run.book() as store:
            export_sheet(store, file)
        return Exit.OK
    return _change(
        run,
        lambda store, **_: export_sheet(store, file),
        sentence=lambda result: exported(result, file),
    )


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
    create: Annotated[
        bool, Option("--create", help="Make products that are not known yet.")
    ] = False,
) -> int:
    """Say what a listing is made of.

    Of one product, of several units of it (a pack), or of several products (a bundle). The link
    stays until you change it; its open orders are computed anew at once. The account is named
    with --account where there are several.
    """
    from cloudstock.render.shelf import linked
    from cloudstock.shelf.links import link_listing as link

    parts = [_part(text) for text in products]
    return _change(run, link, _account(run), listing, parts, sentence=linked, create=create)


@command(
    "cloudstock unlink-listing MUG-PACK --account wb-main",
    dry_run=True,
)
def unlink_listing(run: Run, listing: Listing) -> int:
    """Take a listing off its products.

    Nothing is pushed for it any more. It stays so until you link it: pull-catalog does not link
    it again. What it shows on the marketplace stays as it is there.
    """
    from cloudstock.render.shelf import linked
    from cloudstock.shelf.links import unlink_listing as unlink

    return _change(run, unlink, _account(run), listing, sentence=linked)


@command(
    "cloudstock receive-return 1000342",
    "cloudstock receive-return 1000342 --quantity 1 --write-off",
    dry_run=True,
)
def receive_return(
    run: Run,
    return_id: Annotated[
        str,
        Argument(
            metavar="RETURN",
            help="Its id, as show-returns tells it.",
            autocompletion=values.returns,
        ),
    ],
    quantity: Annotated[
        int | None,
        Option("--quantity", metavar="N", help="Units of it.", show_default="all that wait"),
    ] = None,
    write_off: Annotated[
        bool, Option("--write-off", help="They cannot be sold: write them off.")
    ] = False,
    warehouse: Annotated[
        str | None,
        options.warehouse_option("--warehouse", "Another warehouse than the one it was sold from."),
    ] = None,
) -> int:
    """Put returned units back into stock, or write them off.

    Look at them first. `show-returns --waiting` lists what waits in quarantine.
    """
    from cloudstock.render.shelf import received
    from cloudstock.shelf.returns import receive_return as receive

    return _change(
        run,
        receive,
        return_id,
        sentence=received,
        account=_account(run) if run.common.accounts else None,
        quantity=quantity,
        write_off=write_off,
        warehouse=warehouse,
        configured=_warehouses(run),
    )


def _warehouses(run: Run) -> frozenset[str]:
    """The warehouses that the configuration names."""
    return frozenset(w.feeds_from for a in run.config.accounts for w in a.warehouses)


def _account(run: Run) -> str:
    """The one account that the command is for."""
    accounts = run.accounts
    if len(accounts) != 1:
        names = ", ".join(a.name for a in accounts)
        raise UsageProblem(tr("name one account with --account ({names})", names=names))
    return accounts[0].name


def _part(text: str) -> tuple[str, int]:
    """Return (sku, units) of `SKU` or `SKU=UNITS`; an article may itself hold an = sign."""
    sku, separator, units = text.rpartition("=")
    number = grammar.units(units) if separator else None
    return (text, 1) if number is None else (sku, number)


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


def _change(
    run: Run,
    act: Callable[..., Any],
    *request: object,
    sentence: Callable[[Any], str],
    several: str = "",
    **details: object,
) -> int:
    """Change the stock, or find out what would change, and tell it by a sentence for each result.

    `several`: what JSON calls the results of an act on several products; one count stands alone.
    """
    with run.book() as store:
        done = act(store, *request, now=run.now, dry_run=run.common.dry_run, **details)
    results = done if several else [done]
    if run.common.json:
        alone = not several or (several == "counts" and len(results) == 1)
        told = {f.name: getattr(results[0], f.name) for f in fields(results[0])} if alone else {}
        run.answer_json(
            {
                "command": run.command,
                "ok": True,
                "dry_run": run.common.dry_run,
                **(told or {several: results}),
            }
        )
    else:
        run.tell(*map(sentence, results))
        if run.common.dry_run:
            run.tell(tr("Dry run: nothing was changed."))
    return Exit.OK
