"""The lists of all products and of all listings, with what to look for in them."""

from __future__ import annotations

from itertools import chain, islice
from typing import TYPE_CHECKING, Annotated

from typer import Option

from cloudstock.cli import options
from cloudstock.cli.command import command
from cloudstock.cli.paging import Csv, Limit, PageNumber, Part, page_of, sort_option
from cloudstock.cli.run import Run
from cloudstock.errors import Exit, UsageProblem
from cloudstock.language import tr

if TYPE_CHECKING:
    from cloudstock.store import Store
    from cloudstock.store.views.listings import ListingRow

Low = Annotated[
    int | None,
    Option("--low", metavar="N", min=0, help="Only those with N or fewer, where that is known."),
]
Refused = Annotated[
    bool, Option("--refused", help="Only those that a marketplace takes no number for.")
]
Drift = Annotated[
    bool, Option("--drift", help="Only those that were seen to show more than was sent.")
]


@command(
    "cloudstock products --low 3",
    "cloudstock products --uncounted --csv",
    "cloudstock products --search mug --sort -available",
)
def products(
    run: Run,
    uncounted: Annotated[bool, Option("--uncounted", help="Only those never counted.")] = False,
    low: Low = None,
    oversold: Annotated[
        bool, Option("--oversold", help="Only those with more promised than on hand.")
    ] = False,
    unlinked: Annotated[
        bool, Option("--unlinked", help="Only those that no listing is made of.")
    ] = False,
    drift: Drift = False,
    refused: Refused = False,
    search: Annotated[
        str, Option("--search", metavar="TEXT", help="In article or name, or a whole barcode.")
    ] = "",
    warehouse: Annotated[
        str | None, options.warehouse_option("--warehouse", "Only what lies in this warehouse.")
    ] = None,
    sort: Annotated[
        str | None,
        sort_option("sku", "name", "on_hand", "reserved", "available", "counted", "listings"),
    ] = None,
    limit: Limit = None,
    page: PageNumber = None,
    csv: Csv = False,
) -> int:
    """List products, with what there is of each.

    Numbers are those of all warehouses together, without the quarantine. Filters may be joined.
    """
    part = page_of(run, sort=sort, limit=limit, page=page, csv=csv)
    with run.book(fresh_targets=True) as store:
        from cloudstock.render import lists
        from cloudstock.shelf.names import known_warehouses, warehouse_trouble
        from cloudstock.store.views import products as view
        from cloudstock.store.views import snapshot

        if warehouse is not None:
            trouble = warehouse_trouble(warehouse, known_warehouses(store))
            if trouble is not None:
                raise UsageProblem(trouble)
        wanted = view.ProductFilter(
            warehouse=warehouse,
            uncounted=uncounted,
            low=low,
            oversold=oversold,
            unlinked=unlinked,
            drift=drift,
            refused=refused,
            search=search,
        )
        buffer = run.config.policy.buffer
        with snapshot(store.connection):
            rows = Part(
                lambda p: view.products(store.connection, wanted, buffer=buffer, page=p), part
            )
            if run.common.json:
                run.answer(lists.products_json(rows))
            elif csv:
                run.answer(lists.products_csv(rows))
            elif run.answer(lists.products_table(rows, now=run.now)):
                rows.tell(run)
            else:
                run.tell(tr("No such products."))
    return Exit.OK


@command(
    "cloudstock listings --unlinked",
    "cloudstock listings --refused --account ozon-main",
    "cloudstock listings --low 0 --sort -pushed --csv",
)
def listings(
    run: Run,
    unlinked: Annotated[
        bool, Option("--unlinked", help="Only those of no product, with what they may be.")
    ] = False,
    alone: Annotated[
        bool,
        Option(
            "--alone",
            help="Only those whose product has no other listing and no count: is their article"
            " mistyped? With what they may be.",
        ),
    ] = False,
    uncounted: Annotated[
        bool, Option("--uncounted", help="Only those of products never counted.")
    ] = False,
    low: Low = None,
    drift: Drift = False,
    differs: Annotated[
        bool,
        Option("--differs", help="Only those that show another number than they should."),
    ] = False,
    refused: Refused = False,
    archived: Annotated[
        bool, Option("--archived", help="Only archived ones; else only live ones.")
    ] = False,
    search: Annotated[
        str,
        Option(
            "--search",
            metavar="TEXT",
            help="In article or name, or a whole marketplace id, barcode or SKU.",
        ),
    ] = "",
    sort: Annotated[
        str | None, sort_option("account", "offer_id", "name", "target", "pushed", "seen")
    ] = None,
    limit: Limit = None,
    page: PageNumber = None,
    csv: Csv = False,
) -> int:
    """List what every account offers and shows.

    A line for each listing and marketplace warehouse. With --unlinked or --alone the products
    that look most like each listing are shown, and the command that would link it: listings are
    linked by equal article or barcode, never by a guess.
    """
    part = page_of(run, sort=sort, limit=limit, page=page, csv=csv)
    with run.book(fresh_targets=True) as store:
        from cloudstock.render import lists
        from cloudstock.store.views import listings as view
        from cloudstock.store.views import snapshot

        wanted = view.ListingFilter(
            accounts=run.account_names,
            unlinked=unlinked,
            alone=alone,
            uncounted=uncounted,
            low=low,
            drift=drift,
            differs=differs,
            refused=refused,
            archived=archived,
            search=search,
        )
        with snapshot(store.connection):
            rows = Part(lambda p: view.listings(store.connection, wanted, page=p), part)
            if unlinked or alone:
                _unmatched(run, store, rows, csv=csv)
            elif run.common.json:
                run.answer(lists.listings_json(rows))
            elif csv:
                run.answer(lists.listings_csv(rows))
            elif run.answer(lists.listings_table(rows, now=run.now)):
                rows.tell(run)
            else:
                run.tell(tr("No such listings."))
    return Exit.OK


def _unmatched(run: Run, store: Store, rows: Part[ListingRow], *, csv: bool) -> None:
    """Tell listings that met no product, each with the products nearest to it."""
    from cloudstock.render import lists
    from cloudstock.store.views.candidates import LISTINGS_MAX, ambiguous, candidates

    first = list(islice(rows, LISTINGS_MAX))
    near = candidates(store.connection, first)
    unclear = frozenset(ambiguous(store.connection, first))
    everything = chain(first, rows)
    if run.common.json:
        run.answer(lists.listings_json(everything, near, unclear))
    elif csv:
        run.answer(lists.listings_csv(everything, near, unclear))
    elif run.answer(lists.unmatched_text(everything, near, unclear)):
        rows.tell(run)
    else:
        run.tell(tr("No such listings."))
