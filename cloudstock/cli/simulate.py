"""The command that tries policies on a model of one's own trade."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated

import typer
from typer import Option

from cloudstock import progress
from cloudstock.cli.command import command
from cloudstock.cli.parsers import since as since_when
from cloudstock.cli.run import Run
from cloudstock.domain import grammar
from cloudstock.errors import Exit, UsageProblem
from cloudstock.language import tr

# A round of reading and pushing takes seconds; nobody who reads once a day needs a policy.
INTERVAL_MIN_S, INTERVAL_MAX_S = 10, 86_400
INTERVAL_S = 300.0
ORDERED_SINCE = timedelta(days=30)


def interval(text: str) -> float:
    """Return the seconds of `90s`, `5m` or `1h`; raises `typer.BadParameter`."""
    span = grammar.duration(text)
    if span is not None and INTERVAL_MIN_S <= span.total_seconds() <= INTERVAL_MAX_S:
        return span.total_seconds()
    raise typer.BadParameter(
        tr("{text!r} is no interval from 10s to 24h, such as 1m or 15m", text=text)
    )


@command(
    "cloudstock simulate --sales 6 --sales 5 --sales 2",
    "cloudstock simulate --sales 300 --sales 90 --products 200 --interval 15m",
    "cloudstock simulate --from-database --since 60d --json",
)
def simulate(
    run: Run,
    sales: Annotated[
        list[float] | None,
        Option(
            "--sales",
            metavar="N",
            min=0,
            max=1_000_000,
            help="Units a day through one marketplace, of all products; once for each.",
        ),
    ] = None,
    from_database: Annotated[
        bool,
        Option("--from-database", help="Take what was ordered of each product from the database."),
    ] = False,
    since: Annotated[
        datetime | None,
        Option(
            "--since",
            metavar="WHEN",
            parser=since_when,
            help="With --from-database: orders made since.",
            show_default="30d",
        ),
    ] = None,
    products: Annotated[
        int | None,
        Option(
            "--products",
            metavar="N",
            min=1,
            max=10_000,
            help="Number of products behind these sales; a few of them sell most.",
            show_default="1",
        ),
    ] = None,
    stock: Annotated[
        int | None,
        Option(
            "--stock",
            metavar="N",
            min=1,
            max=100_000_000,
            help="Units in each delivery, of all products.",
            show_default="four weeks' sales",
        ),
    ] = None,
    delivered_after: Annotated[
        float,
        Option(
            "--delivered-after",
            metavar="DAYS",
            min=0,
            max=365,
            help="Days from ordering a delivery to its arrival.",
        ),
    ] = 7.0,
    interval: Annotated[
        float | None,
        Option(
            "--interval",
            metavar="TIME",
            parser=interval,
            help="From one reading of orders to the next: 1m, 15m, 1h.",
            show_default="5m",
        ),
    ] = None,
    days: Annotated[
        int, Option("--days", metavar="N", min=1, max=3_650, help="Days that are simulated.")
    ] = 30,
    seeds: Annotated[
        int | None,
        Option("--seeds", metavar="N", min=1, max=10_000, help="How many times, with new buyers."),
    ] = None,
) -> int:
    """Try policies on your own numbers before choosing one.

    Shows, for each way to share units among marketplaces, how many of 1,000 orders would be of
    units that are not there, and how many of 100 buyers would come to a listing that shows none
    while there are some. Buyers come by chance, orders are read at intervals, deliveries come
    late half of the time. It changes nothing and asks no marketplace.
    """
    if from_database == bool(sales):
        raise UsageProblem(
            tr("say what you sell: either --sales for each marketplace, or --from-database")
        )
    from cloudstock.render.simulation import simulation_json, simulation_text
    from cloudstock.simulate.sample import of_figures, of_orders
    from cloudstock.simulate.trial import try_rules

    interval_s = INTERVAL_S if interval is None else interval
    if from_database:
        if products is not None:
            raise UsageProblem(tr("--products goes with --sales; the database knows its products"))
        with run.database() as store:
            sample = of_orders(
                store,
                tuple(a.name for a in run.accounts),
                since=since or run.now - ORDERED_SINCE,
                now=run.now,
                interval_s=interval_s,
                days=days,
            )
    else:
        if since is not None:
            raise UsageProblem(tr("--since goes with --from-database"))
        sample = of_figures(sales or [], products or 1, interval_s=interval_s, days=days)
    sample = sample.supplied(stock, delivered_after)
    tried = sample.seeds(seeds)
    with progress.work(tr("simulate: products tried")):
        outcomes = try_rules(sample.trade, tried)
    write = simulation_json if run.common.json else simulation_text
    run.answer(write(sample, outcomes, seeds=len(tried)))
    return Exit.OK
