"""The command that tries policies on a model of one's own trade."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import typer
from typer import Option

from cloudstock import progress
from cloudstock.cli.command import command
from cloudstock.cli.parsers import since as since_when
from cloudstock.cli.run import Run
from cloudstock.domain import grammar
from cloudstock.errors import Exit, UsageProblem
from cloudstock.language import tr

if TYPE_CHECKING:
    from cloudstock.simulate.trial import Trade

# A round of reading and pushing takes seconds; nobody who reads once a day needs a policy.
INTERVAL_MIN_S, INTERVAL_MAX_S = 10, 86_400
INTERVAL_S = 300.0
# Seeds where none are given: as many as make about so many buyers, some seconds of work.
ENOUGH_BUYERS = 100_000
SEEDS_MAX = 200
# Minutes of work.
BUYERS_MAX = 3_000_000
# Of a database with more products, every so many-th is taken.
BOOK_PRODUCTS = 1_000
BOOK_SINCE = timedelta(days=30)


def interval(text: str) -> float:
    """Return the seconds of `90s`, `5m` or `1h`; raises `typer.BadParameter`."""
    span = grammar.duration(text)
    if span is not None and INTERVAL_MIN_S <= span.total_seconds() <= INTERVAL_MAX_S:
        return span.total_seconds()
    raise typer.BadParameter(
        tr("{text!r} is no interval from 10s to 24h, such as 1m or 15m", text=text)
    )


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked to be tried, and what a person should know of it."""

    trade: Trade
    # Windows, named by the marketplace's place or the account.
    windows: tuple[str, ...]
    products: int
    # Products sold of which `products` were taken.
    of: int


@command(
    "cloudstock simulate --sales 6 --sales 5 --sales 2",
    "cloudstock simulate --sales 300 --sales 90 --products 200 --interval 15m",
    "cloudstock simulate --from-book --since 60d --json",
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
    from_book: Annotated[
        bool, Option("--from-book", help="Take what was ordered of each product from the database.")
    ] = False,
    since: Annotated[
        datetime | None,
        Option(
            "--since",
            metavar="WHEN",
            parser=since_when,
            help="With --from-book: orders made since.",
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
            help="How many products make these sales, a few of them most.",
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
            help="Units that a delivery of all products brings.",
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
            help="Days from ordering a delivery to its coming.",
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
    if from_book == bool(sales):
        raise UsageProblem(
            tr("say what you sell: either --sales for each marketplace, or --from-book")
        )
    every_s = INTERVAL_S if interval is None else interval
    if from_book:
        if products is not None:
            raise UsageProblem(tr("--products goes with --sales; the database knows its products"))
        asked = _from_book(run, since, every_s, days)
    else:
        if since is not None:
            raise UsageProblem(tr("--since goes with --from-book"))
        asked = _from_sales(sales or [], products or 1, every_s, days)
    trade = _supplied(asked.trade, stock, delivered_after)
    number = _seeds(trade, seeds)

    from cloudstock.render.simulation import simulation_json, simulation_text
    from cloudstock.simulate.trial import try_rules

    with progress.work(tr("simulate: products tried")):
        outcomes = try_rules(trade, range(1, number + 1))
    if run.common.json:
        run.answer(simulation_json(asked, trade, outcomes, seeds=number))
    else:
        run.answer(simulation_text(asked, trade, outcomes, seeds=number))
    return Exit.OK


def _from_sales(sales: Sequence[float], products: int, every_s: float, days: int) -> Asked:
    from cloudstock.simulate.trial import Trade

    if sum(1 for each in sales if each > 0) < 2:
        raise UsageProblem(
            tr("one marketplace alone never oversells; give --sales for at least two, above 0")
        )
    trade = Trade((tuple(sales),), every_s, days, drawn=products)
    names = tuple(str(number) for number in range(1, len(sales) + 1))
    return Asked(trade, names, products, products)


def _from_book(run: Run, since: datetime | None, every_s: float, days: int) -> Asked:
    from cloudstock.simulate.trial import Trade
    from cloudstock.store.views import snapshot
    from cloudstock.store.views.sales import first_order, sales

    now = run.now
    begin = since or now - BOOK_SINCE
    names = tuple(a.name for a in run.accounts)
    with run.book() as store, snapshot(store.connection):
        sold = sales(store.connection, since=begin, accounts=names)
        first = first_order(store.connection)
    rates: dict[int, list[float]] = {}
    for each in sold:
        rates.setdefault(each.product_id, [0.0] * len(names))[names.index(each.account)] = (
            each.units
        )
    if len({each.account for each in sold}) < 2:
        raise UsageProblem(
            tr(
                "the database has orders of fewer than two accounts since {moment:%Y-%m-%d};"
                " reach further back with --since, or use --sales",
                moment=begin,
            )
        )
    # A database that began later, or a first order long after that, covers fewer days.
    known_days = max(1.0, (now - max(begin, first or begin)) / timedelta(days=1))
    step = -(-len(rates) // BOOK_PRODUCTS)
    taken = list(rates.values())[::step]
    trade = Trade(
        tuple(tuple(units / known_days for units in each) for each in taken), every_s, days
    )
    return Asked(trade, names, len(taken), len(rates))


def _supplied(trade: Trade, stock: int | None, delivered_after: float) -> Trade:
    from dataclasses import replace

    from cloudstock.simulate.demand import Supply

    a_day = sum(sum(rates) for rates in trade.a_day)
    supply = Supply(delivered_after_days=delivered_after)
    if stock is not None:
        supply = replace(supply, delivery_days=stock / a_day)
    return replace(trade, supply=supply)


def _seeds(trade: Trade, seeds: int | None) -> int:
    if seeds is None:
        seeds = max(1, min(SEEDS_MAX, int(ENOUGH_BUYERS / trade.buyers)))
    if seeds * trade.buyers > BUYERS_MAX:
        raise UsageProblem(
            tr(
                "{buyers:,.0f} buyers would take long; at most {most:,}: fewer --days or --seeds,"
                " or a part of the sales with as many products less",
                buyers=seeds * trade.buyers,
                most=BUYERS_MAX,
            )
        )
    return seeds
