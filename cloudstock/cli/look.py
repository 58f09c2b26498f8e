"""The commands that show what the database knows, and change nothing in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from typer import Option

from cloudstock.cli import options
from cloudstock.cli.command import command
from cloudstock.cli.paging import (
    Csv,
    For,
    LimitAll,
    PageNumber,
    Part,
    csv_form,
    page_of,
    sort_option,
)
from cloudstock.cli.run import Run
from cloudstock.errors import Exit, UsageProblem
from cloudstock.language import tr

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudstock.store.views.paging import Page
    from cloudstock.store.views.quotas import ShownTogether

Warehouse = Annotated[str | None, options.warehouse_option("--warehouse", "Only this warehouse.")]
Product = Annotated[str, options.sku_argument("The product's article.")]


@command(
    "cloudstock show-stock",
    "cloudstock show-stock MUG-01 CUP-02",
    "cloudstock show-stock --account ozon-main --json",
)
def show_stock(
    run: Run,
    skus: Annotated[list[str] | None, options.sku_argument("Only these products.")] = None,
    warehouse: Warehouse = None,
    all_warehouses: Annotated[
        bool, Option("--all-warehouses", help="Also the quarantine of returned units.")
    ] = False,
    sort: Annotated[
        str | None, sort_option("sku", "name", "on_hand", "reserved", "available")
    ] = None,
    limit: LimitAll = None,
    page: PageNumber = None,
    csv: Csv = False,
    for_: For = None,
) -> int:
    """Show on hand, reserved, available, and what accounts show.

    On hand counts reserved units too; available = on hand - reserved - buffer. For each account:
    the target (what it should show), what the marketplace last accepted, and what it was last
    seen to show.
    """
    form = csv_form(csv, for_)
    part = page_of(run, sort=sort, limit=limit, page=page, csv=form, usual=0)
    accounts = [a.name for a in run.accounts]
    with run.database(fresh_targets=True) as store:
        from cloudstock.render.stock import stock_csv, stock_json, stock_table
        from cloudstock.store.views import snapshot
        from cloudstock.store.views.stock import Fresh, Wanted, stock, stock_lines, warehouses

        now = run.now

        def wanted(page: Page) -> Wanted:
            return Wanted(
                skus=skus or (),
                accounts=run.account_names,
                warehouse=warehouse,
                all_warehouses=all_warehouses,
                page=page,
                fresh=Fresh(now - run.config.max_poll_age, now),
            )

        with snapshot(store.connection):
            if run.common.json:
                run.answer(stock_json(stock_lines(store.connection, wanted(part))))
                return Exit.OK
            rows = Part(lambda page: stock(store.connection, wanted(page)), part)
            if form is not None:
                run.answer(stock_csv(rows, form))
                return Exit.OK
            several = all_warehouses or len(warehouses(store.connection)) > 1

            def moving(sku: str) -> Mapping[str, ShownTogether]:
                from cloudstock.store.views import product_id
                from cloudstock.store.views.quotas import moving

                return moving(store.connection, product_id(store.connection, sku), now=now)

            table = stock_table(rows, accounts, warehouses=several, moving=moving)
            empty = not run.answer(table)
            rows.tell(run)
    if empty and part.offset:
        run.tell(tr("No more products."))
        return Exit.OK
    if empty:
        run.tell(tr("No products yet: `cloudstock pull-catalog` makes them from your listings."))
    return Exit.OK


@command("cloudstock explain MUG-01", "cloudstock explain MUG-01 --json")
def explain(
    run: Run,
    sku: Product,
) -> int:
    """Explain why the numbers of a product are what they are.

    The last count and what moved since; each open order that reserves; buffer, share and cap;
    and for each listing what was sent, accepted, seen and answered, and what hinders it.
    """
    with run.database(fresh_targets=True) as store:
        from cloudstock.render import as_json
        from cloudstock.render.explanation import explanation_text
        from cloudstock.store.views import snapshot
        from cloudstock.store.views.explanation import explain as explained

        now = run.now
        with snapshot(store.connection):
            terms = explained(store.connection, sku, now=now, max_poll_age=run.config.max_poll_age)
    if run.common.json:
        run.answer(as_json.document(terms))
    else:
        run.answer(explanation_text(terms, now=now))
    return Exit.OK


OpenMetrics = Annotated[
    bool, Option("--openmetrics", help="Print it for Prometheus' textfile collector.")
]


@command(
    "cloudstock status",
    "cloudstock status --quiet   # prints only what is wrong",
    "cloudstock status --openmetrics > /var/lib/node_exporter/cloudstock.prom",
)
def status(run: Run, csv: Csv = False, for_: For = None, open_metrics: OpenMetrics = False) -> int:
    """Show when each job last succeeded, and what is wrong.

    Exits 1 when something is wrong: failed or overdue jobs, refused listings, oversold products,
    statuses nobody knows, orders of unlinked listings. Cron can mail it once a day. That an account
    is only watched (`push: off`) is shown each time, also with --quiet, and is nothing wrong.
    """
    form = csv_form(csv, for_)
    page_of(run, sort=None, limit=None, page=None, csv=form)
    if open_metrics and (run.common.json or form is not None):
        raise UsageProblem(tr("--openmetrics is a form of its own; leave the other out"))
    config, accounts = run.config, run.accounts
    with run.database(fresh_targets=True) as store:
        from cloudstock.render.console import paragraph
        from cloudstock.render.health import (
            findings,
            health_csv,
            health_json,
            health_sentence,
            health_table,
            notices_text,
            sentence,
        )
        from cloudstock.store.troubles.table import KINDS, kind_of
        from cloudstock.store.views import snapshot
        from cloudstock.store.views.health import health

        with snapshot(store.connection):
            # Not before: what others wrote while this waited for them would lie ahead.
            now = run.now
            state = health(store.connection, config, now=now, accounts=accounts)
            # Of products and listings there may be many; they are among what is wrong.
            single = [kind.name for kind in KINDS if kind.event and not kind.many]
            notices = store.notices.open(single) if config.notices.urls else []
            if open_metrics:
                from cloudstock.marketplaces.pace import beside, used
                from cloudstock.render.openmetrics import openmetrics

                limits = used(beside(config.database), now=now)
                run.answer(openmetrics(state, store.connection, limits))
                return Exit.OK if state.ok else Exit.FAILED
    if run.common.json:
        run.answer(health_json(state, notices, now=now))
    elif form is not None:
        run.answer(health_csv(state, form))
    elif run.common.quiet:
        for finding in state.wrong:
            run.problem(sentence(finding))
        # Nobody shall forget them.
        run.answer(f"{sentence(f)}\n" for f in state.notable if kind_of(f.kind).always)
    else:
        sentence_first = health_sentence(state, now=now)
        run.answer((paragraph(sentence_first, sentence_first.style), "\n"))
        run.answer(health_table(state, now=now))
        run.answer(findings(state.wrong, tr("Wrong now:"), "wrong"))
        run.answer(findings(state.notable, tr("Worth knowing:"), "notable"))
        run.answer(notices_text(notices))
    return Exit.OK if state.ok else Exit.FAILED
