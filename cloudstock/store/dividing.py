"""Targets of products that are not simply shared: what each pair's policy gives it.

Works on the listings marked `dirty`, after their targets were computed as if all were shared, and
on whatever else is bundled with their products. Costs nothing where everything is shared.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NamedTuple

from cloudstock.domain.policies import Contender, Policy, allotments
from cloudstock.store import rates
from cloudstock.store.times import from_iso, to_iso

# The strictest of a listing's policies decides how its pair may be moved.
STRICTNESS = {Policy.SHARE: 0, Policy.ADAPTIVE: 1, Policy.PRIORITY: 2, Policy.SPLIT: 3}
# Products at a time, so that memory does not grow with the catalog.
PRODUCTS_AT_ONCE = 2_000
# Between two readings of orders, where the database does not tell yet; and at the least and most.
INTERVAL_S = 300.0
INTERVAL_MIN_S, INTERVAL_MAX_S = 30.0, 3_600.0
READINGS_LOOKED_AT = 12

Place = tuple[int, int]
Pair = tuple[int, str]


class Redivided(NamedTuple):
    """An account whose products the configuration shares in another way now."""

    account: str
    # The policy, and the share where that is not everything: `split`, `share 60%`.
    before: str
    now: str


def anything_divided(db: sqlite3.Connection) -> bool:
    """Tell whether any product may be divided now, by the policy of an account or its own."""
    row = db.execute(
        "SELECT EXISTS (SELECT 1 FROM account_warehouse WHERE policy <> 'share')"
        " OR EXISTS (SELECT 1 FROM product WHERE policy <> 'share')"
    ).fetchone()
    return bool(row[0])


def divide(connection: sqlite3.Connection, *, now: datetime | None) -> None:
    """Write the targets of what is dirty and not simply shared.

    `now`: for rates of sale; None: those measured before are used. Inside the caller's transaction.
    """
    _note_products(connection)
    _note_pairs(connection)
    interval_s = round_s(connection)
    if now is not None:
        rates.measure_lately(connection, now=now)
    while products := _next_products(connection):
        if now is not None:
            rates.measure_pairs(connection, products, now=now)
        _decide(connection, products, interval_s=interval_s, now=now)


def _note_products(db: sqlite3.Connection) -> None:
    """Fill `temp.near` with the products at hand, and whether any pair does not share them."""
    db.execute(
        "CREATE TEMP TABLE IF NOT EXISTS near (product_id INTEGER PRIMARY KEY,"
        " divided INTEGER NOT NULL, done INTEGER NOT NULL DEFAULT 0)"
    )
    db.execute(
        "CREATE INDEX IF NOT EXISTS temp.near_open ON near (product_id) WHERE divided AND NOT done"
    )
    db.execute("DELETE FROM temp.near")
    db.execute(
        "INSERT INTO temp.near (product_id, divided) SELECT p.id, coalesce(p.policy <> 'share',"
        " EXISTS (SELECT 1 FROM component o CROSS JOIN listing l ON l.id = o.listing_id"
        " CROSS JOIN account_warehouse w ON w.account_id = l.account_id"
        " WHERE o.product_id = p.id AND w.policy <> 'share'))"
        " FROM dirty d CROSS JOIN component c ON c.listing_id = d.listing_id"
        " CROSS JOIN product p ON p.id = c.product_id WHERE true ON CONFLICT DO NOTHING"
    )


def _note_pairs(db: sqlite3.Connection) -> None:
    """Give every pair of a divided product its row, and take away those of others.

    A new row knows what is believed of its pair, so that the next reading of orders covers it.
    """
    db.execute(
        "INSERT INTO quota (listing_id, external_warehouse, account_id, policy, divided, bound,"
        " bound_since, bound_until) SELECT s.listing_id, s.external_warehouse, s.account_id,"
        " 'share', 0, iif(s.push_id IS NULL, s.high, NULL),"
        " iif(s.push_id IS NULL, s.believed_since, NULL),"
        " iif(s.push_id IS NULL, s.believed_until, NULL) FROM temp.near n"
        " CROSS JOIN component c ON c.product_id = n.product_id"
        " CROSS JOIN listing_stock s ON s.listing_id = c.listing_id WHERE n.divided"
        " ON CONFLICT DO NOTHING"
    )
    # Of a listing that was unlinked there is nothing to divide.
    db.execute(
        "DELETE FROM quota WHERE listing_id IN (SELECT listing_id FROM dirty"
        " UNION SELECT c.listing_id FROM temp.near n CROSS JOIN component c"
        " ON c.product_id = n.product_id WHERE NOT n.divided)"
        " AND NOT EXISTS (SELECT 1 FROM component c CROSS JOIN product p ON p.id = c.product_id"
        " WHERE c.listing_id = quota.listing_id AND coalesce(p.policy <> 'share',"
        " EXISTS (SELECT 1 FROM component o CROSS JOIN listing l ON l.id = o.listing_id"
        " CROSS JOIN account_warehouse w ON w.account_id = l.account_id"
        " WHERE o.product_id = p.id AND w.policy <> 'share')))"
    )
    # Searched by the listings that are marked: a join would begin with all quotas there are.
    db.execute(
        "UPDATE quota SET most = (SELECT s.target FROM listing_stock s"
        " WHERE s.listing_id = quota.listing_id"
        " AND s.external_warehouse = quota.external_warehouse)"
        " WHERE listing_id IN (SELECT listing_id FROM dirty)"
    )


def _next_products(db: sqlite3.Connection) -> str:
    """Return products to decide together, as a JSON array; empty: none are left.

    With some come all that are bundled with them, dirty or not.
    """
    rows = db.execute(
        "WITH RECURSIVE some (product_id) AS (SELECT * FROM (SELECT product_id FROM temp.near"
        " INDEXED BY near_open WHERE divided AND NOT done LIMIT ?)"
        " UNION SELECT c.product_id FROM some"
        " CROSS JOIN component one ON one.product_id = some.product_id"
        " CROSS JOIN quota p ON p.listing_id = one.listing_id"
        " CROSS JOIN component c ON c.listing_id = one.listing_id)"
        " SELECT product_id FROM some",
        (PRODUCTS_AT_ONCE,),
    ).fetchall()
    products = json.dumps([r[0] for r in rows])
    db.execute(
        "INSERT INTO temp.near (product_id, divided, done) SELECT value, 0, 1 FROM json_each(?)"
        " WHERE true ON CONFLICT DO UPDATE SET done = 1",
        (products,),
    )
    return products if rows else ""


# ---------------------------------------------------------------- how often orders are read


def round_s(db: sqlite3.Connection) -> float:
    """Return the seconds between two readings of the orders of the account that is read least."""
    longest = 0.0
    for row in db.execute("SELECT id FROM account").fetchall():
        began = [
            from_iso(r[0])
            for r in db.execute(
                "SELECT began_at FROM run INDEXED BY run_success WHERE account_id = ?"
                " AND job = 'orders' AND ok ORDER BY id DESC LIMIT ?",
                (row[0], READINGS_LOOKED_AT),
            )
        ]
        if len(began) > 1:
            longest = max(longest, (began[0] - began[-1]).total_seconds() / (len(began) - 1))
    return min(max(longest or INTERVAL_S, INTERVAL_MIN_S), INTERVAL_MAX_S)


# ---------------------------------------------------------------- what each pair is given


@dataclass(slots=True)
class _Division:
    """One product in one warehouse, and who shows it."""

    available: int
    contenders: list[Contender]
    listings: dict[Pair, int]
    divided: frozenset[object] = frozenset()
    scarce: bool = False


def _decide(
    db: sqlite3.Connection, products: str, *, interval_s: float, now: datetime | None
) -> None:
    divisions: dict[Place, _Division] = {}
    pairs: dict[Pair, tuple[int | None, Policy]] = {}
    bundled: dict[Pair, int] = {}
    for row in _contending(db, products):
        pair = (row["listing_id"], row["external_warehouse"])
        policy = Policy(row["policy"])
        strictest = max((policy, pairs.get(pair, (None, policy))[1]), key=lambda p: STRICTNESS[p])
        pairs[pair] = (row["most"], strictest)
        if row["most"] is None:
            continue
        place = (row["product_id"], row["warehouse_id"])
        division = divisions.setdefault(place, _Division(row["available"], [], {}))
        # Accounts may keep back different numbers; the smallest is kept from all together.
        division.available = max(division.available, row["available"])
        division.contenders.append(
            Contender(
                pair,
                policy,
                row["units"],
                row["rank"],
                max(row["rate"], row["rush"]) * row["units"],
                row["high"] if row["part"] is None else row["part"],
                bool(row["scarce"]),
                row["most"],
            )
        )
        bundled[pair] = bundled.get(pair, 0) + 1
    # Pairs that nobody divides take part only through their bundles.
    active = {
        place: d
        for place, d in divisions.items()
        if any(c.policy is not Policy.SHARE for c in d.contenders)
    }
    _allot(active, interval_s)
    several = {pair for pair, times in bundled.items() if times > 1}
    if several:
        # What one product of a bundle lacks, the others' pairs may have.
        caps = _least(active, several)
        for d in active.values():
            d.contenders = [
                replace(c, most=caps[c.key]) if c.key in caps else c for c in d.contenders
            ]
        _allot(active, interval_s)
    _write(db, active, pairs, _least(active, pairs.keys()), now)


def _allot(active: dict[Place, _Division], interval_s: float) -> None:
    for d in active.values():
        allotted = allotments(d.available, d.contenders, interval_s=interval_s)
        d.listings = dict(allotted.listings)  # type: ignore[arg-type]
        d.divided, d.scarce = allotted.divided, allotted.scarce


def _least(active: dict[Place, _Division], pairs: object) -> dict[Pair, int]:
    """Return what each pair is given by the product that gives it least."""
    least: dict[Pair, int] = {}
    for d in active.values():
        for pair, number in d.listings.items():
            if pair in pairs:  # type: ignore[operator]
                least[pair] = min(number, least.get(pair, number))
    return least


def _contending(db: sqlite3.Connection, products: str) -> Iterator[sqlite3.Row]:
    yield from db.execute(
        "SELECT c.product_id, c.units, p.listing_id, p.external_warehouse, p.part,"
        " p.rate, p.rush, w.warehouse_id, w.rank, coalesce(pr.policy, w.policy) AS policy,"
        " iif(l.offered AND s.leader_id IS NULL, p.most, NULL) AS most, s.high,"
        " coalesce(st.free, 0) - coalesce(pr.buffer, w.buffer) AS available,"
        " coalesce(d.scarce, 0) AS scarce FROM json_each(?) j"
        " CROSS JOIN product pr ON pr.id = j.value"
        " CROSS JOIN component c ON c.product_id = pr.id"
        " CROSS JOIN quota p ON p.listing_id = c.listing_id"
        " CROSS JOIN listing l ON l.id = p.listing_id"
        " CROSS JOIN listing_stock s ON s.listing_id = p.listing_id"
        " AND s.external_warehouse = p.external_warehouse"
        " CROSS JOIN account_warehouse w ON w.account_id = p.account_id"
        " AND w.external_warehouse = p.external_warehouse"
        " LEFT JOIN stock st ON st.product_id = c.product_id AND st.warehouse_id = w.warehouse_id"
        " LEFT JOIN division d ON d.product_id = c.product_id AND d.warehouse_id = w.warehouse_id"
        " ORDER BY c.product_id, p.listing_id, p.external_warehouse",
        (products,),
    ).fetchall()


def _write(
    db: sqlite3.Connection,
    active: dict[Place, _Division],
    pairs: dict[Pair, tuple[int | None, Policy]],
    numbers: dict[Pair, int],
    now: datetime | None,
) -> None:
    divided = {pair for d in active.values() for pair in d.divided}
    db.executemany(
        "UPDATE quota SET policy = ?, divided = ?, part = ?"
        " WHERE listing_id = ? AND external_warehouse = ?",
        [
            (policy.value, int(pair in divided), numbers.get(pair), *pair)
            for pair, (_, policy) in pairs.items()
        ],
    )
    targets: Sequence[tuple[int | None, int, str, int | None]] = [
        (numbers.get(pair, most), *pair, numbers.get(pair, most))
        for pair, (most, _) in pairs.items()
    ]
    db.executemany(
        "UPDATE listing_stock SET target = ? WHERE listing_id = ? AND external_warehouse = ?"
        " AND target IS NOT ?",
        targets,
    )
    db.executemany(
        "INSERT INTO division VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET"
        " scarce = excluded.scarce, decided_at = coalesce(excluded.decided_at, decided_at)",
        [(*place, int(d.scarce), to_iso(now)) for place, d in active.items()],
    )
