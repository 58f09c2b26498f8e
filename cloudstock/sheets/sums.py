"""What a sheet would change all together, and whether that may be meant."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from cloudstock.domain import slips
from cloudstock.language import tr

# A sheet that empties more than this share of what it counts, or makes more than this share grow by
# more than the factor, is asked about: a wrong column gives prices for counts, and a list that is
# cut leaves out what is there. Of fewer products than the least that many, nothing is asked.
GUARD_PERCENT, GUARD_FACTOR, GUARD_LEAST = 20, slips.FACTOR, 10
# And one after which all that it counts is more than the factor, and so many units, above before.
GUARD_UNITS = 1000


@dataclass(frozen=True, slots=True)
class Sums:
    """What a sheet would make of the warehouses that it counts."""

    rows: int
    first_counted: int
    changed: int
    emptied: int
    left_uncounted: int
    untouched: int
    units_added: int
    units_removed: int
    # Products that some were of; of those, that grow by more than the factor; units before, after.
    had: int
    jumped: int
    units_before: int
    units_after: int
    # Products that were counted before.
    counted_before: int


def sums(connection: sqlite3.Connection) -> Sums:
    """Reckon what the rows would change, all together."""
    after, before = "(d.quantity + d.moved)", "coalesce(d.booked, s.on_hand)"
    booked = "coalesce(d.booked, s.booked, 0)"
    row = connection.execute(
        "SELECT count(d.quantity),"
        " count(*) FILTER (WHERE d.quantity IS NOT NULL AND s.counted_at IS NULL),"
        f" count(*) FILTER (WHERE {after} <> {before}),"
        f" count(*) FILTER (WHERE {before} > 0 AND {after} <= 0),"
        " count(*) FILTER (WHERE d.quantity IS NULL AND NOT d.untouched),"
        " coalesce(sum(d.untouched), 0),"
        f" coalesce(sum(max(0, {after} - {booked})), 0),"
        f" coalesce(sum(max(0, {booked} - {after})), 0),"
        f" count(*) FILTER (WHERE {before} > 0 AND d.quantity IS NOT NULL),"
        f" count(*) FILTER (WHERE {before} > 0 AND {after} > {GUARD_FACTOR} * {before}),"
        f" coalesce(sum({before}) FILTER (WHERE {before} > 0 AND d.quantity IS NOT NULL), 0),"
        f" coalesce(sum({after}) FILTER (WHERE {before} > 0 AND d.quantity IS NOT NULL), 0),"
        " count(s.counted_at)"
        " FROM sheet.row d LEFT JOIN warehouse w ON w.name = d.warehouse LEFT JOIN stock s"
        " ON s.product_id = d.product_id AND s.warehouse_id = w.id"
    ).fetchone()
    return Sums(*row)


def is_much(some: int, of: int) -> bool:
    """Tell whether a change of so many is not done without a word."""
    return some >= GUARD_LEAST and 100 * some > GUARD_PERCENT * of


def doubtful_changes(connection: sqlite3.Connection, name: str, made: Sums) -> list[str]:
    """Return why the changes of a sheet may not be meant, a line each."""
    lines = []
    if is_much(made.emptied, made.had):
        lines.append(
            tr(
                "{file}: {emptied} of {had} products in stock would be counted as 0",
                file=name,
                emptied=made.emptied,
                had=made.had,
            )
        )
    many = is_much(made.jumped, made.had)
    more = made.units_after - made.units_before >= GUARD_UNITS
    if many or (more and made.units_after > GUARD_FACTOR * made.units_before):
        row = connection.execute(
            "SELECT d.typed, d.quantity, s.on_hand FROM sheet.row d CROSS JOIN warehouse w"
            " ON w.name = d.warehouse CROSS JOIN stock s ON s.product_id = d.product_id"
            " AND s.warehouse_id = w.id WHERE s.on_hand > 0 ORDER BY d.quantity / s.on_hand DESC"
            " LIMIT 1"
        ).fetchone()
        lines.append(
            tr(
                "{file}: {jumped} of {had} products would be counted more than {factor} times what"
                " they were, {units:,} units in place of {before:,} in all; {sku}: {sku_before:,},"
                " now {sku_after:,}. Is it the column of prices?",
                file=name,
                jumped=made.jumped,
                had=made.had,
                factor=GUARD_FACTOR,
                units=made.units_after,
                before=made.units_before,
                sku=row["typed"],
                sku_before=row["on_hand"],
                sku_after=row["quantity"],
            )
        )
    return lines


def not_in_file(connection: sqlite3.Connection, made: Sums) -> int:
    """Return how many counted products of the sheet's warehouses it does not name."""
    counted = connection.execute(
        "SELECT count(*) FROM warehouse w CROSS JOIN stock s ON s.warehouse_id = w.id"
        " WHERE w.name IN (SELECT DISTINCT warehouse FROM sheet.row) AND s.on_hand IS NOT NULL"
    ).fetchone()[0]
    passed = connection.execute(
        "SELECT count(DISTINCT p.product_id) FROM sheet.passed p CROSS JOIN warehouse w"
        " ON w.name = p.warehouse CROSS JOIN stock s ON s.product_id = p.product_id"
        " AND s.warehouse_id = w.id WHERE s.on_hand IS NOT NULL AND NOT EXISTS (SELECT 1"
        " FROM sheet.row d WHERE d.warehouse = p.warehouse AND d.product_id = p.product_id)"
    ).fetchone()[0]
    return int(counted - passed - made.counted_before)
