"""What came back, what was promised twice, what listings showed, and how quickly they followed."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from cloudstock.domain.figures import percentiles, rate
from cloudstock.settings import Account
from cloudstock.store.times import from_iso
from cloudstock.store.troubles.finder import Troubles
from cloudstock.store.views.comparisons import (
    Differences,
    LastComparison,
    differences,
    last_comparison,
)

SHARES = (0.5, 0.95, 0.99, 1.0)
TENTHS_A_DAY = 864_000


@dataclass(frozen=True, slots=True)
class Returned:
    """An account's returns. Units of products."""

    account: str
    # Of returns made in the period; against what was ordered in it.
    units: int
    rate: float | None
    # Handed to the seller in the period.
    received: int
    # Now: on their way, and in quarantine until a person looks at them.
    expected: int
    waiting: int


@dataclass(frozen=True, slots=True)
class Oversold:
    """A product of which more is promised than is there."""

    sku: str
    warehouse: str
    reserved: int
    on_hand: int


@dataclass(frozen=True, slots=True)
class BelowZero:
    """A product of which the ledger says that more left the warehouse than lay there."""

    sku: str
    warehouse: str
    lowest: int
    # When it first fell below zero in the period.
    happened_at: datetime


@dataclass(frozen=True, slots=True)
class Incidents:
    """Units that were sold and not there: now, and as far as the ledger tells before."""

    oversold: int
    oversold_units: int
    oversold_first: tuple[Oversold, ...]
    below_zero: int
    below_zero_first: tuple[BelowZero, ...]


@dataclass(frozen=True, slots=True)
class AccountListings:
    """What an account's listings show against what was sent to them."""

    account: str
    listings: int
    # As last read back: more than was accepted, nobody knows why.
    above: int
    # It is not known what they show.
    unknown: int
    refused: int
    # What readings found in the runs that are kept, since `runs_since`: more than believed (changed
    # by someone else, or not applied), and less (an order not seen yet, or someone else).
    drift: int
    below: int
    runs_since: datetime | None


@dataclass(frozen=True, slots=True)
class AccountDifferences:
    """How an account's numbers differed from its targets, reading by reading."""

    account: str
    # 'off': it is only watched now.
    push: str
    # None: it was never read whole.
    last: LastComparison | None
    # In the period: while it was only watched, and while it was pushed.
    periods: tuple[Differences, ...]


@dataclass(frozen=True, slots=True)
class Latency:
    """How long an account's pushes took, from the moment that a number was computed."""

    account: str
    accepted: int
    refused: int
    unanswered: int
    # Seconds until it was accepted, to a tenth; None: none was.
    median_s: float | None
    p95_s: float | None
    p99_s: float | None
    slowest_s: float | None
    # The oldest push that is kept of the period.
    kept_since: datetime | None


@dataclass(frozen=True, slots=True)
class LooseListing:
    """A listing that is linked to no product."""

    account: str
    offer_id: str
    name: str


@dataclass(frozen=True, slots=True)
class LooseProduct:
    """A product that is listed and was never counted."""

    sku: str
    name: str


@dataclass(frozen=True, slots=True)
class Loose:
    """What nothing is pushed for."""

    unlinked: int
    unlinked_first: tuple[LooseListing, ...]
    uncounted: int
    uncounted_first: tuple[LooseProduct, ...]


def returned(
    connection: sqlite3.Connection, names: Mapping[int, str], since: str, sold: Mapping[str, int]
) -> tuple[Returned, ...]:
    """Return what came back to each account since a moment, `sold` being what it sold since."""
    rows = {
        r["account_id"]: r
        for r in connection.execute(
            "WITH r AS (SELECT account_id, step, coalesce(created_at, first_seen_at) AS made_at,"
            " received_at, waiting, quantity, coalesce((SELECT"
            " sum(c.units) FROM component c WHERE c.listing_id = returns.listing_id), 1) AS each"
            " FROM returns) SELECT account_id,"
            " total(iif(made_at >= ?1 AND step <> 'never', quantity * each, 0)) AS units,"
            " total(iif(received_at >= ?1 AND step = 'received', quantity * each, 0)) AS received,"
            " total(iif(step = 'expected', quantity * each, 0)) AS expected,"
            " total(waiting * each) AS waiting FROM r GROUP BY account_id",
            (since,),
        )
    }
    results = []
    for account_id, name in names.items():
        row = rows.get(account_id)
        units, received, expected, waiting = (
            0 if row is None else int(row[key])
            for key in ("units", "received", "expected", "waiting")
        )
        share = rate(units, sold.get(name, 0))
        results.append(Returned(name, units, share, received, expected, waiting))
    return tuple(results)


def incidents(
    connection: sqlite3.Connection, troubles: Troubles, since: str, top: int
) -> Incidents:
    """Return what is oversold now, and what the ledger shows below zero since a moment."""
    oversold = sorted(troubles.facts("oversold"), key=lambda f: (-f["oversold"], f["sku"]))
    # A warehouse's level after each movement is what lies there now less what came after. Only what
    # left can take it below zero, and only after the first count was it known.
    connection.execute("DROP TABLE IF EXISTS temp.below")
    connection.execute(
        "CREATE TEMP TABLE below AS SELECT product_id, warehouse_id, min(level) AS lowest,"
        " min(happened_at) AS happened_at FROM (SELECT m.product_id, m.warehouse_id,"
        " m.happened_at, s.booked - coalesce(sum(m.quantity) OVER (PARTITION BY m.product_id,"
        " m.warehouse_id ORDER BY m.id DESC ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0)"
        " AS level, s.first_counted_at FROM (SELECT DISTINCT product_id, warehouse_id"
        " FROM movement WHERE booked_at >= ?1 AND quantity < 0) e CROSS JOIN stock s"
        " ON s.product_id = e.product_id AND s.warehouse_id = e.warehouse_id"
        " CROSS JOIN movement m ON m.product_id = e.product_id AND m.warehouse_id = e.warehouse_id"
        " WHERE m.booked_at >= ?1 AND s.first_counted_at IS NOT NULL)"
        " WHERE level < 0 AND happened_at >= first_counted_at GROUP BY product_id, warehouse_id",
        (since,),
    )
    fell = connection.execute(
        "SELECT p.sku, w.name AS warehouse, b.lowest, b.happened_at FROM temp.below b"
        " JOIN product p ON p.id = b.product_id JOIN warehouse w ON w.id = b.warehouse_id"
        " ORDER BY b.lowest, p.sku LIMIT ?",
        (top,),
    )
    return Incidents(
        oversold=len(oversold),
        oversold_units=sum(f["oversold"] for f in oversold),
        oversold_first=tuple(
            Oversold(f["sku"], f["warehouse"], f["reserved"], f["on_hand"]) for f in oversold[:top]
        ),
        below_zero=connection.execute("SELECT count(*) FROM temp.below").fetchone()[0],
        below_zero_first=tuple(
            BelowZero(r["sku"], r["warehouse"], r["lowest"], from_iso(r["happened_at"]))
            for r in fell
        ),
    )


def listings(
    connection: sqlite3.Connection, troubles: Troubles, names: Mapping[int, str], since: str
) -> tuple[AccountListings, ...]:
    """Return how each account's listings stand."""
    above = Counter(f["account"] for f in troubles.facts("drift"))
    refused = Counter(f["account"] for f in troubles.facts("refused"))
    results = []
    for account_id, name in names.items():
        r = connection.execute(
            "SELECT count(*) AS listings, total(target IS NOT NULL AND low IS NOT high) AS unknown"
            " FROM listing_stock WHERE account_id = ?",
            (account_id,),
        ).fetchone()
        # A row for each job of a command holds the counts of all of them: only the reading's own.
        runs = connection.execute(
            "SELECT min(began_at) AS since, total(json_extract(counts, '$.drift')) AS drift,"
            " total(json_extract(counts, '$.below')) AS below FROM run"
            " WHERE account_id = ? AND job = 'reserves' AND began_at >= ?",
            (account_id, since),
        ).fetchone()
        results.append(
            AccountListings(
                account=name,
                listings=r["listings"],
                above=above[name],
                unknown=int(r["unknown"]),
                refused=refused[name],
                drift=int(runs["drift"]),
                below=int(runs["below"]),
                runs_since=from_iso(runs["since"]),
            )
        )
    return tuple(results)


def account_differences(
    connection: sqlite3.Connection,
    accounts: Sequence[Account],
    names: Mapping[int, str],
    since: str,
) -> tuple[AccountDifferences, ...]:
    """Return how each account's numbers differed since a moment, as far as it is kept."""
    watched = {a.name for a in accounts if not a.push}
    return tuple(
        AccountDifferences(
            account=name,
            push="off" if name in watched else "on",
            last=last_comparison(connection, account_id),
            periods=differences(connection, account_id, since),
        )
        for account_id, name in names.items()
    )


def latency(
    connection: sqlite3.Connection, names: Mapping[int, str], since: str
) -> tuple[Latency, ...]:
    """Return how long the pushes computed since a moment took, as far as they are kept."""
    counts: dict[int, dict[str, int]] = {}
    times: dict[int, list[tuple[float, int]]] = {}
    kept: dict[int, str] = {}
    for account_id, verdict, tenths, number, oldest in connection.execute(
        "SELECT l.account_id, coalesce(p.verdict, 'unknown') AS verdict, iif(p.verdict ="
        " 'accepted', CAST(round((julianday(p.answered_at) - julianday(p.computed_at)) * ?)"
        " AS INTEGER), NULL) AS tenths, count(*), min(p.computed_at)"
        " FROM push p CROSS JOIN listing l ON l.id = p.listing_id"
        " WHERE p.computed_at >= ? GROUP BY 1, 2, 3",
        (TENTHS_A_DAY, since),
    ):
        counts.setdefault(account_id, {})
        counts[account_id][verdict] = counts[account_id].get(verdict, 0) + number
        kept[account_id] = min(kept.get(account_id, oldest), oldest)
        if tenths is not None:
            times.setdefault(account_id, []).append((tenths / 10, number))
    results = []
    for account_id, name in names.items():
        by_verdict = counts.get(account_id, {})
        median, p95, p99, slowest = percentiles(times.get(account_id, ()), SHARES)
        results.append(
            Latency(
                account=name,
                accepted=by_verdict.get("accepted", 0),
                refused=by_verdict.get("refused", 0) + by_verdict.get("later", 0),
                unanswered=by_verdict.get("unknown", 0),
                median_s=median,
                p95_s=p95,
                p99_s=p99,
                slowest_s=slowest,
                kept_since=from_iso(kept.get(account_id)),
            )
        )
    return tuple(results)


def loose(connection: sqlite3.Connection, troubles: Troubles, top: int) -> Loose:
    """Return listings without a product, and listed products without a count."""
    uncounted = (
        "FROM product p WHERE NOT EXISTS (SELECT 1 FROM stock s WHERE s.product_id = p.id"
        " AND s.counted_at IS NOT NULL)"
        " AND EXISTS (SELECT 1 FROM component c WHERE c.product_id = p.id)"
    )
    return Loose(
        unlinked=troubles.count("unlinked_listing"),
        unlinked_first=tuple(
            LooseListing(f["account"], f["offer_id"], f["name"])
            for f in troubles.facts("unlinked_listing", most=top)
        ),
        uncounted=connection.execute(f"SELECT count(*) {uncounted}").fetchone()[0],
        uncounted_first=tuple(
            LooseProduct(r["sku"], r["name"])
            for r in connection.execute(
                f"SELECT p.sku, p.name {uncounted} ORDER BY p.sku LIMIT ?", (top,)
            )
        ),
    )
