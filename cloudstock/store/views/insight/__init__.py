"""report: what the database knows of the last days, gathered for a person to look at.

Every question is one pass over what it is about, however many products there are; lists are cut to
the first few and told with their totals. What is asked more than once is gathered into temporary
tables, which take no lock.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from cloudstock import progress
from cloudstock.language import tr
from cloudstock.language.local import local, midnight
from cloudstock.settings import Account, Configuration
from cloudstock.store.times import to_iso
from cloudstock.store.troubles.finder import Troubles
from cloudstock.store.views.insight import sales, troubles
from cloudstock.store.views.insight.sales import AccountSales, ProductSales, StockTotals
from cloudstock.store.views.insight.troubles import (
    AccountDifferences,
    AccountListings,
    Incidents,
    Latency,
    Loose,
    Returned,
)

T = TypeVar("T")

# Passes over the database, each a question.
QUESTIONS = 12


@dataclass(frozen=True, slots=True)
class Insight:
    """All of a report."""

    made_at: datetime
    since: datetime
    days: int
    # Local dates, the oldest first; what accounts sold by day stands beside them.
    dates: tuple[str, ...]
    stock: StockTotals
    accounts: tuple[AccountSales, ...]
    # Runs out first, first.
    running_out: tuple[ProductSales, ...]
    # Sold most, first.
    best_sellers: tuple[ProductSales, ...]
    # In the warehouse and not sold at all; the most units first.
    lying_still: tuple[ProductSales, ...]
    returns: tuple[Returned, ...]
    incidents: Incidents
    listings: tuple[AccountListings, ...]
    # How often and by how much what was read differed from what should be shown.
    differences: tuple[AccountDifferences, ...]
    latency: tuple[Latency, ...]
    loose: Loose


def insight(
    connection: sqlite3.Connection,
    config: Configuration,
    *,
    accounts: Sequence[Account],
    now: datetime,
    days: int,
    top: int,
) -> Insight:
    """Return the report of the last `days` days, with lists of at most `top` lines.

    Inside a snapshot.
    """
    # Whole days of the wall's clock: today is the last of them.
    today = local(now).date()
    dates = tuple((today - timedelta(days=n)).isoformat() for n in reversed(range(days)))
    since = midnight(today - timedelta(days=days - 1))
    period = sales.Period(to_iso(since), to_iso(now), dates)
    wrong = Troubles(connection, config, now=now, accounts=accounts)
    with progress.work(tr("report: sections"), QUESTIONS):
        watched = sales.watch(
            connection, accounts, period, now=now, max_poll_age=config.max_poll_age
        )
        sales.gather(connection, period, watched)
        progress.advance()
        sold = _answered(sales.account_sales(connection, period, watched))
        names = {w.account_id: w.account for w in watched}
        units = {s.account: s.units for s in sold}
        return Insight(
            made_at=now,
            since=since,
            days=days,
            dates=dates,
            accounts=sold,
            stock=_answered(sales.totals(connection)),
            running_out=_answered(sales.running_out(connection, top)),
            best_sellers=_answered(sales.best_sellers(connection, top)),
            lying_still=_answered(sales.lying_still(connection, top)),
            returns=_answered(troubles.returned(connection, names, period.since, units)),
            incidents=_answered(troubles.incidents(connection, wrong, period.since, top)),
            listings=_answered(troubles.listings(connection, wrong, names, period.since)),
            differences=_answered(
                troubles.account_differences(connection, accounts, names, period.since)
            ),
            latency=_answered(troubles.latency(connection, names, period.since)),
            loose=_answered(troubles.loose(connection, wrong, top)),
        )


def _answered(answer: T) -> T:
    """Count a question as answered."""
    progress.advance()
    return answer
