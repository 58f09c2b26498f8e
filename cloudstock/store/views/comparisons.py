"""How often and by how much marketplaces' numbers differed from ours, as their readings told."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import datetime

from cloudstock.domain.comparison import Comparison
from cloudstock.language import tr, trn
from cloudstock.store.rows import record

COLUMNS = ", ".join(Comparison._fields)


@dataclass(frozen=True, slots=True)
class LastComparison:
    """What an account's last complete reading showed beside its targets; see `Comparison`."""

    compared_at: datetime
    listings: int
    above: int
    units_above: int
    below: int
    units_below: int
    unrecorded: int
    uncertain: int


@dataclass(frozen=True, slots=True)
class Differences:
    """How the numbers of one account differed from their targets over several readings."""

    # 'off': of the readings while it was only watched; 'on': of the others.
    push: str
    # Those in which there was anything to compare.
    readings: int
    # Readings in which any listing differed.
    differing: int
    # Of the listings compared in all these readings, the share that differed; None: none was.
    share: float | None
    # In one reading, at most.
    listings_max: int
    units_above_max: int
    units_below_max: int
    # The first and the last of these readings.
    since: datetime
    until: datetime


def last_comparison(connection: sqlite3.Connection, account_id: int) -> LastComparison | None:
    """Return what an account's last complete reading told; None: there was none."""
    row = connection.execute(
        f"SELECT compared_at, {COLUMNS} FROM comparison WHERE account_id = ?"
        " ORDER BY compared_at DESC LIMIT 1",
        (account_id,),
    ).fetchone()
    return None if row is None else record(LastComparison, row)


def differences(
    connection: sqlite3.Connection, account_id: int, since: str
) -> tuple[Differences, ...]:
    """Return how an account's numbers differed since a moment: while watched, and while pushed."""
    rows = connection.execute(
        "SELECT push, count(*) AS readings, sum(above + below > 0) AS differing,"
        " total(above + below) / nullif(total(listings), 0) AS share,"
        " max(above + below) AS listings_max, max(units_above) AS units_above_max,"
        " max(units_below) AS units_below_max, min(compared_at) AS since,"
        " max(compared_at) AS until FROM comparison"
        " WHERE account_id = ? AND compared_at >= ? AND listings > 0 GROUP BY push ORDER BY push",
        (account_id, since),
    )
    return tuple(record(Differences, row) for row in rows)


def compared_text(compared: Comparison | LastComparison) -> str:
    """Return a comparison in words, without a full stop."""
    if not compared.listings and not compared.uncertain:
        return tr("no listing has a number of yours to compare with yet: count your stock")
    parts = []
    if compared.above or compared.below:
        parts.append(
            trn(
                "{n} of {listings} listings differs from yours",
                "{n} of {listings} listings differ from yours",
                compared.above + compared.below,
                listings=compared.listings,
            )
        )
        if compared.above:
            parts.append(
                trn(
                    "{n} unit too many on {listings}",
                    "{n} units too many on {listings}",
                    compared.units_above,
                    listings=compared.above,
                )
            )
        if compared.below:
            parts.append(
                trn(
                    "{n} unit too few on {listings}",
                    "{n} units too few on {listings}",
                    compared.units_below,
                    listings=compared.below,
                )
            )
    elif compared.listings:
        parts.append(
            trn(
                "the {n} listing compared does not differ",
                "of {n} listings compared none differs",
                compared.listings,
            )
        )
    if compared.uncertain:
        parts.append(
            trn(
                "what {n} listing shows is not certain",
                "what {n} listings show is not certain",
                compared.uncertain,
            )
        )
    return ", ".join(parts)
