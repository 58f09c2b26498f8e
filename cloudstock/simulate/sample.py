"""Whose trade is tried: a seller's own figures, or what the database knows was ordered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from cloudstock.errors import UsageProblem
from cloudstock.language import tr
from cloudstock.simulate.demand import Supply
from cloudstock.simulate.trial import Trade

if TYPE_CHECKING:
    from cloudstock.store import Store

# Seeds where none are given: as many as make about so many buyers, some seconds of work.
ENOUGH_BUYERS = 100_000
SEEDS_MAX = 200
# Minutes of work.
BUYERS_MAX = 3_000_000
# Of a database with more products, every so many-th is taken.
PRODUCTS_MAX = 1_000


@dataclass(frozen=True, slots=True)
class Sample:
    """What is tried, and what a person should know of it."""

    trade: Trade
    # Those that sell: places of marketplaces on the command line, or names of accounts.
    sellers: tuple[str, ...]
    products: int
    # Products sold of which `products` were taken.
    of: int

    def supplied(self, stock: int | None, delivered_after_days: float) -> Sample:
        """Return the same with deliveries of `stock` units of all products; None: the usual."""
        supply = Supply(delivered_after_days=delivered_after_days)
        if stock is not None:
            a_day = sum(sum(rates) for rates in self.trade.a_day)
            supply = replace(supply, delivery_days=stock / a_day)
        return replace(self, trade=replace(self.trade, supply=supply))

    def seeds(self, wanted: int | None) -> range:
        """Return the seeds to try: so many, or enough; raises `UsageProblem` for too much work."""
        buyers = self.trade.buyers
        number = wanted or max(1, min(SEEDS_MAX, int(ENOUGH_BUYERS / buyers)))
        if number * buyers > BUYERS_MAX:
            raise UsageProblem(
                tr(
                    "{buyers:,} buyers would take long; at most {most:,}: fewer --days or"
                    " --seeds, or a part of the sales with as many products less",
                    buyers=round(number * buyers),
                    most=BUYERS_MAX,
                )
            )
        return range(1, number + 1)


def of_figures(sales: Sequence[float], products: int, *, interval_s: float, days: int) -> Sample:
    """Return the trade of units a day through each marketplace; raises `UsageProblem`."""
    if sum(1 for each in sales if each > 0) < 2:
        raise UsageProblem(
            tr("one marketplace alone never oversells; give --sales for at least two, above 0")
        )
    trade = Trade((tuple(sales),), interval_s, days, drawn=products)
    return Sample(trade, tuple(str(n + 1) for n in range(len(sales))), products, products)


def of_orders(
    store: Store,
    accounts: tuple[str, ...],
    *,
    since: datetime,
    now: datetime,
    interval_s: float,
    days: int,
) -> Sample:
    """Return the trade that the orders since then tell of; raises `UsageProblem`."""
    from cloudstock.store.views import snapshot
    from cloudstock.store.views.sales import first_order, sales

    with snapshot(store.connection):
        sold = sales(store.connection, since=since, accounts=accounts)
        first = first_order(store.connection)
    rates: dict[int, list[float]] = {}
    for each in sold:
        of_product = rates.setdefault(each.product_id, [0.0] * len(accounts))
        of_product[accounts.index(each.account)] = each.units
    if len({each.account for each in sold}) < 2:
        raise UsageProblem(
            tr(
                "the database has orders of fewer than two accounts since {moment:day};"
                " reach further back with --since, or use --sales",
                moment=since,
            )
        )
    # A database that began later, or a first order long after that, covers fewer days.
    known_days = max(1.0, (now - max(since, first or since)) / timedelta(days=1))
    taken = list(rates.values())[:: -(-len(rates) // PRODUCTS_MAX)]
    trade = Trade(tuple(tuple(u / known_days for u in each) for each in taken), interval_s, days)
    return Sample(trade, accounts, len(taken), len(rates))
