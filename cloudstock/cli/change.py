"""The commands for what a person does with the stock."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import fields
from datetime import UTC, datetime
from pathlib import Path
from stat import S_ISREG
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer
from msgspec.structs import replace
from typer import Argument, Option

from cloudstock.changes.adopting import AdoptRequest
from cloudstock.changes.change import Change, help_of
from cloudstock.changes.counts import AdjustRequest, Correction, CountRequest, Quantity
from cloudstock.changes.links import LinkedProduct, LinkRequest
from cloudstock.changes.moves import MoveRequest
from cloudstock.changes.policies import PolicyRequest
from cloudstock.changes.returns import ReceivedPart, ReceiveRequest
from cloudstock.changes.warehouses import AddWarehouseRequest, RenameWarehouseRequest
from cloudstock.cli import options, values
from cloudstock.cli.command import command
from cloudstock.cli.parsers import since, whole_number
from cloudstock.cli.run import Run
from cloudstock.domain import grammar
from cloudstock.errors import Exit, Unconfirmed, UsageProblem
from cloudstock.language import tr

if TYPE_CHECKING:
    from cloudstock.sheets.importing import ImportResult

Result = TypeVar("Result")


def _option(request: type[Change], field: str, name: str, **settings: Any) -> Any:
    """Return the option of a field of a request, with its help."""
    return Option(name, help=help_of(request, field), **settings)


def _warehouse(request: type[Change], field: str, name: str) -> Any:
    return options.warehouse_option(name, help_of(request, field))


Sku = Annotated[str, options.sku_argument("The product's article.")]
Warehouse = Annotated[str, _warehouse(CountRequest, "warehouse", "--warehouse")]
Note = Annotated[str, _option(CountRequest, "note", "--note", metavar="TEXT")]
MoreCounts = Annotated[
    list[str] | None,
    Argument(
        metavar="SKU N",
        help="More products; all of them are taken, or none.",
        autocompletion=values.skus_and_numbers,
    ),
]
At = Annotated[
    datetime | None,
    _option(CountRequest, "at", "--at", metavar="TIME", parser=since, show_default="now"),
]
Yes = Annotated[bool, _option(CountRequest, "yes", "--yes")]
Listing = Annotated[
    str,
    Argument(
        metavar="LISTING",
        help=help_of(LinkRequest, "listing"),
        autocompletion=values.listings,
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
    warehouse: Warehouse = "main",
    note: Note = "",
    at: At = None,
    yes: Yes = False,
) -> int:
    """Count products: N units of each are there now, or were there at a TIME.

    Count the reserved ones too. The difference to what was known is written as a movement.
    Orders that shipped before then do not move it again; what moved since is reckoned with. TIME is
    2026-11-30T09:00, or 2h for two hours ago. A count older than the last one is asked about.
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
    warehouse: Annotated[str, _warehouse(AdoptRequest, "warehouse", "--warehouse")] = "main",
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
        dry_run=run.common.dry_run,
    )
    with run.database() as store:
        result = wanted.act(store, now=run.now, configured=_warehouses(run))
    from cloudstock.changes.adopting import not_one_number
    from cloudstock.render.changes import sentence

    lines = [*map(sentence, result.counts), *map(not_one_number, result.unclear)]
    nothing = tr("No cabinet shows any that was not counted.")
    return _tell(run, _fields(result), lines or [nothing])


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
    reason: Annotated[str, _option(AdjustRequest, "reason", "--reason", metavar="TEXT")],
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
    changes = tuple(Correction(*pair) for pair in _pairs(sku, change, more))
    dry_run = run.common.dry_run
    return make_change(
        run, AdjustRequest(changes=changes, reason=reason, warehouse=warehouse, dry_run=dry_run)
    )


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
    source: Annotated[str, _warehouse(MoveRequest, "from_warehouse", "--from")],
    target: Annotated[str, _warehouse(MoveRequest, "to_warehouse", "--to")],
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
    skus, policy = (words, None) if default else (words[:-1], words[-1])
    if not skus:
        raise UsageProblem(tr("name the products and then the policy: SKU... POLICY"))
    return make_change(
        run, PolicyRequest(skus=tuple(skus), policy=policy, dry_run=run.common.dry_run)
    )


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
    warehouse: Warehouse = "main",
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
                configured=_warehouses(run),
            )

    result = _confirmed(run, act)
    return _tell(run, _fields(result), [imported(result), *moved(result)])


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
    quantity to fill in. Each row carries its number and the time, so that import-stock knows
    later which rows were changed, and of when they are.
    """
    from cloudstock.render.changes import exported
    from cloudstock.sheets.exporting import export_stock as export_sheet

    with run.database() as store:
        result = export_sheet(store, file, now=run.now)
    return Exit.OK if file == "-" else _tell(run, _fields(result), [exported(result, file)])


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
    create: Annotated[bool, _option(LinkRequest, "create", "--create")] = False,
) -> int:
    """Say what a listing is made of.

    Of one product, of several units of it (a pack), or of several products (a bundle). The link
    stays until you change it; its open orders are computed anew at once. The account is named
    with --account where there are several. What only an order names, and no catalog, is linked
    in the same way, by the name that `status` tells.
    """
    wanted = LinkRequest(
        account=the_account(run),
        listing=listing,
        products=tuple(_part(text) for text in products),
        create=create,
        dry_run=run.common.dry_run,
    )
    return make_change(run, wanted)


@command(
    "cloudstock unlink-listing MUG-PACK --account wb-main",
    dry_run=True,
)
def unlink_listing(run: Run, listing: Listing) -> int:
    """Take a listing off its products.

    Nothing is pushed for it any more. It stays so until you link it: pull-catalog does not link
    it again. What it shows on the marketplace stays as it is there.
    """
    account, dry_run = the_account(run), run.common.dry_run
    return make_change(
        run, LinkRequest(account=account, listing=listing, products=(), dry_run=dry_run)
    )


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
            help=help_of(ReceiveRequest, "quantity"),
            show_default="all that wait",
        ),
    ] = None,
    write_off: Annotated[bool, _option(ReceiveRequest, "write_off", "--write-off")] = False,
    warehouse: Annotated[
        str | None,
        _warehouse(ReceiveRequest, "warehouse", "--warehouse"),
    ] = None,
    parts: Annotated[
        list[str] | None,
        _option(ReceiveRequest, "parts", "--part", metavar="SKU", autocompletion=values.skus),
    ] = None,
    counted: Annotated[bool, _option(ReceiveRequest, "counted", "--counted")] = False,
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
    """Call a warehouse by another name.

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


def _warehouses(run: Run) -> frozenset[str]:
    """The warehouses that the configuration names."""
    return frozenset(w.feeds_from for a in run.config.accounts for w in a.warehouses)


def _written_at(file: str) -> datetime | None:
    """When a file was written last; None where it is none."""
    with suppress(OSError):
        if file != "-" and S_ISREG((stated := Path(file).stat()).st_mode):
            return datetime.fromtimestamp(stated.st_mtime, UTC)
    return None


def the_account(run: Run) -> str:
    """The one account that the command is for."""
    accounts = run.accounts
    if len(accounts) != 1:
        names = ", ".join(a.name for a in accounts)
        raise UsageProblem(tr("name one account with --account ({names})", names=names))
    return accounts[0].name


def _part(text: str) -> LinkedProduct:
    sku, units = _sku_and_units(text)
    return LinkedProduct(sku) if units is None else LinkedProduct(sku, units)


def _received_part(text: str) -> ReceivedPart:
    return ReceivedPart(*_sku_and_units(text))


def _sku_and_units(text: str) -> tuple[str, int | None]:
    """Return what `SKU` or `SKU=UNITS` names; an article may itself hold an = sign."""
    sku, separator, units = text.rpartition("=")
    number = grammar.units(units) if separator else None
    return (text, None) if number is None else (sku, number)


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


def make_change(run: Run, wanted: Change) -> int:
    """Change the stock, or find out what would change, and tell it."""
    from cloudstock.render.changes import sentence

    def act(confirmed: bool) -> Any:
        request = replace(wanted, yes=True) if confirmed else wanted
        with run.database(settled=not wanted.settles_names) as store:
            return request.act(store, now=run.now, configured=_warehouses(run))

    done = _confirmed(run, act)
    results = done if wanted.several else (done,)
    # One count stands alone.
    alone = not wanted.several or (wanted.several == "counts" and len(results) == 1)
    answer = _fields(results[0]) if alone else {wanted.several: results}
    return _tell(run, answer, map(sentence, results))


def _confirmed(run: Run, act: Callable[[bool], Result]) -> Result:
    """Do what may have to be confirmed: by a person at the terminal, else by `--yes`.

    `act` is given whether it is confirmed. Raises `Unconfirmed`.
    """
    try:
        return act(False)
    except Unconfirmed as question:
        if not run.at_terminal:
            how = tr("nothing was changed; if it is meant, add --yes")
            raise Unconfirmed(f"{question}\n{how}") from question
        run.problem(run.redacted(str(question)), question.kind)
        if not typer.confirm(tr("Do it all the same?"), err=True):
            raise Unconfirmed(tr("nothing was changed")) from question
    return act(True)


def _fields(result: Any) -> dict[str, object]:
    return {f.name: getattr(result, f.name) for f in fields(result)}


def _tell(run: Run, answer: dict[str, object], sentences: Iterable[str]) -> int:
    """Tell what was done, or what would be."""
    dry_run = run.common.dry_run
    rehearsed = [tr("Dry run: nothing was changed.")] if dry_run else []
    run.done(*sentences, *rehearsed, dry_run=dry_run, **answer)
    return Exit.OK
