"""Makes a large book quickly, and its configuration, for measurements.

    python -m tests.benchmarks.data FOLDER --products 1000000 --accounts 3 --rows 2000000

or, from a benchmark:

    made = build(folder, Shape(products=100_000, accounts=3))
    subprocess.run(["cloudstock", "--config", made.config, "show-stock"])
    with Store.open(made.database) as store: ...

Every account lists every product under its own article (`sku_of(n)`, n from 1), the marketplaces
take turns: ozon-1, wb-1, ym-1, ozon-2 ... Each product is counted once (the first movements of the
ledger); what `rows` asks for beyond that are corrections by one unit up and down, product after
product. Windows are in step: target, belief, pushed and seen are one number, so nothing is to be
pushed; with `in_step=False` nothing was ever pushed. All moments lie before `NOW`.

Rows are written with the schema's triggers and the ledger's large index set aside, and both put
back before it is committed; totals are the sums of what was written, targets are the program's
own. `cloudstock check --database` finds the book whole. Not for a book that is already there.
"""

from __future__ import annotations

import argparse
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cloudstock.config.loading import load
from cloudstock.marketplaces import MARKETPLACES
from cloudstock.store import Store
from cloudstock.store.times import to_iso

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
MARKETPLACE_OF = ("ozon", "wildberries", "yandex_market")
SHORT = {"ozon": "ozon", "wildberries": "wb", "yandex_market": "ym"}
# The ledger's index by product: built by one sort after the rows, not row by row.
LATE_INDEX = "movement_product"
# A row of it is about 200 bytes: this many fit beside the rest of a small machine.
CACHE_KIB = 256 * 1024


@dataclass(frozen=True, slots=True)
class Shape:
    """How large a book shall be."""

    products: int
    accounts: int = 3
    # Lines of the ledger; at least one for each product, which counts it.
    rows: int = 0
    in_step: bool = True
    # One address for all accounts' hosts (a sandbox); None: the marketplaces' own.
    base_url: str | None = None
    # How much of the published limits to use; above 1 only with a loopback `base_url`.
    pace: float = 1.0


@dataclass(frozen=True, slots=True)
class Made:
    """Where a book lies."""

    config: Path
    database: Path


def build(folder: Path, shape: Shape) -> Made:
    """Make `config.yaml` and `cloudstock.db` in a folder that has neither.

    Raises `FileExistsError` where it has one.
    """
    made = Made(folder / "config.yaml", folder / "cloudstock.db")
    if made.database.exists():
        raise FileExistsError(made.database)
    folder.mkdir(parents=True, exist_ok=True)
    with made.config.open("x", encoding="utf-8") as file:
        file.write(configuration(shape))
    made.config.chmod(0o600)
    accounts = load(made.config, {}).configuration.accounts
    with Store.open(made.database, create=True) as store:
        db = store.connection
        db.execute("PRAGMA synchronous = OFF")
        db.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
        with store.transaction():
            ids = store.arrangement.arrange(
                accounts,
                ceilings={name: m.quantity_max for name, m in MARKETPLACES.items()},
                now=NOW,
            ).ids
            with set_aside(db):
                _products(db, shape)
                for number, account in enumerate(accounts):
                    _listings(db, shape, ids[account.name], account.marketplace, number)
                _ledger(db, shape)
            db.execute("INSERT INTO dirty SELECT id FROM listing")
            store.targets.refresh()
            if shape.in_step:
                _bring_in_step(db)
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        db.execute("PRAGMA synchronous = FULL")
    return made


def sku_of(number: int) -> str:
    """Return the article of the product of this number, from 1."""
    return f"SKU-{number:08d}"


def account_names(count: int) -> list[str]:
    """Return the names of so many accounts."""
    return [f"{SHORT[_marketplace(i)]}-{i // len(MARKETPLACE_OF) + 1}" for i in range(count)]


def configuration(shape: Shape) -> str:
    """Return the YAML of the shape's accounts; the keys in it open nothing."""
    lines = ["database: cloudstock.db", "accounts:"]
    for i, name in enumerate(account_names(shape.accounts)):
        marketplace = _marketplace(i)
        lines += [f"  {name}:", f"    marketplace: {marketplace}"]
        if marketplace == "ozon":
            lines += [
                f'    client_id: "{100 + i}"',
                f"    api_key: key-{i}",
                f"    warehouses: {{{1020000 + i}: main}}",
            ]
        elif marketplace == "wildberries":
            lines += [f"    token: token-{i}", f"    warehouses: {{{500 + i}: main}}"]
        else:
            lines += [
                f"    api_key: key-{i}",
                f"    business_id: {1000 + i}",
                f"    campaign_id: {2000 + i}",
                f"    warehouses: {{{3000 + i}: main}}",
            ]
        if shape.base_url is not None:
            lines.append(f"    base_url: {shape.base_url}")
        if shape.pace != 1.0:
            lines.append(f"    pace: {shape.pace}")
    return "\n".join(lines) + "\n"


def sheet(file: Path, rows: int, *, add: int = 0) -> None:
    """Write a CSV for `import-stock`: every product's first count, `add` units more."""
    with file.open("w", encoding="utf-8", newline="") as out:
        out.write("sku,quantity\n")
        out.writelines(f"{sku_of(n)},{50 + n % 50 + add}\n" for n in range(1, rows + 1))


def _marketplace(number: int) -> str:
    return MARKETPLACE_OF[number % len(MARKETPLACE_OF)]


@contextmanager
def set_aside(db: sqlite3.Connection) -> Iterator[None]:
    """Take triggers and the large index away, inside the transaction, and put them back."""
    schema = db.execute(
        "SELECT type, name, sql FROM sqlite_schema WHERE type = 'trigger' OR name = ?",
        (LATE_INDEX,),
    ).fetchall()
    for kind, name, _ in schema:
        db.execute(f"DROP {kind} {name}")
    yield
    for *_, sql in schema:
        db.execute(sql)


def _numbers(first: int, last: int) -> str:
    """Return a common table `n (i)` of whole numbers, both ends included."""
    return (
        f"WITH RECURSIVE n (i) AS (SELECT {first} WHERE {first} <= {last}"
        f" UNION ALL SELECT i + 1 FROM n WHERE i < {last})"
    )


def _products(db: sqlite3.Connection, shape: Shape) -> None:
    numbers = _numbers(1, shape.products)
    db.execute(
        f"{numbers} INSERT INTO product (id, sku, name)"
        " SELECT i, printf('SKU-%08d', i), printf('Кружка № %d', i) FROM n"
    )
    db.execute(
        f"{numbers} INSERT INTO product_barcode (barcode, product_id)"
        " SELECT printf('46%011d', i), i FROM n",
    )


def _listings(
    db: sqlite3.Connection, shape: Shape, account_id: int, marketplace: str, number: int
) -> None:
    """Let an account list every product; its listings' ids follow those of the one before."""
    before = number * shape.products
    external = "printf('SKU-%08d', i)" if marketplace == "yandex_market" else f"{before} + i"
    own_key = {
        "ozon": f"printf('product:%d', {before} + i)",
        "wildberries": f"printf('chrt:%d', {before} + i)",
        "yandex_market": "printf('offer:SKU-%08d', i)",
    }[marketplace]
    numbers = _numbers(1, shape.products)
    db.execute(
        f"{numbers} INSERT INTO listing (id, account_id, external_id, offer_id, name, link,"
        f" catalog_seen_at) SELECT {before} + i, ?, {external}, printf('SKU-%08d', i),"
        " printf('Кружка № %d', i), 'auto', ? FROM n",
        (account_id, to_iso(NOW - timedelta(hours=1))),
    )
    keys = {own_key, "printf('offer:SKU-%08d', i)", "printf('barcode:46%011d', i)"}
    if marketplace == "wildberries":
        keys.remove("printf('offer:SKU-%08d', i)")
    for key in sorted(keys):
        db.execute(
            f"{numbers} INSERT INTO listing_key SELECT ?, {key}, {before} + i FROM n ORDER BY 2",
            (account_id,),
        )
    db.execute(f"{numbers} INSERT INTO component SELECT {before} + i, i, 1 FROM n")
    db.execute(
        "INSERT INTO listing_stock (listing_id, external_warehouse, account_id)"
        " SELECT l.id, w.external_warehouse, l.account_id FROM listing l JOIN account_warehouse w"
        " ON w.account_id = l.account_id WHERE l.account_id = ? ORDER BY l.id",
        (account_id,),
    )


def _ledger(db: sqlite3.Connection, shape: Shape) -> None:
    """Count every product once, then correct them by one unit up and down in turns."""
    shelf = db.execute("SELECT id FROM warehouse WHERE name = 'main'").fetchone()[0]
    counted_at = to_iso(NOW - timedelta(days=30))
    db.execute(
        f"{_numbers(1, shape.products)} INSERT INTO count"
        " SELECT i, i, ?, 50 + i % 50, ?, 'import-stock first.csv' FROM n",
        (shelf, counted_at),
    )
    # Numbered with leading zeros, so that the index by document is written front to back.
    db.execute(
        "INSERT INTO movement SELECT id, product_id, warehouse_id, quantity, 'count',"
        " printf('count:%09d', id), 1, counted_at, counted_at, note FROM count"
    )
    more = _numbers(shape.products + 1, shape.rows)
    db.execute(
        f"{more} INSERT INTO movement SELECT i, (i - 1) % ?1 + 1, ?2,"
        " iif((i - 1) / ?1 % 2, 1, -1), 'adjustment', printf('adjustment:%09d', i), 1, ?3, ?3,"
        " 'counted again' FROM n",
        (shape.products, shelf, to_iso(NOW - timedelta(days=1))),
    )
    db.execute(
        "INSERT INTO stock SELECT product_id, warehouse_id, sum(quantity), 0, ?, ? FROM movement"
        " GROUP BY product_id, warehouse_id",
        (counted_at, counted_at),
    )


def _bring_in_step(db: sqlite3.Connection) -> None:
    """Let every window have been pushed, and read back after it, with what it should show."""
    db.execute(
        "UPDATE listing_stock SET low = target, high = target, believed_since = ?1,"
        " believed_until = ?1,"
        " pushed = target, pushed_at = ?1, seen = target, seen_reserved = 0, seen_at = ?2",
        (to_iso(NOW - timedelta(minutes=10)), to_iso(NOW - timedelta(minutes=5))),
    )


def main(arguments: Sequence[str] | None = None) -> None:
    """Make a book as the command line says, and tell where."""
    parser = argparse.ArgumentParser(description="Make a large book and its configuration.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--products", type=int, default=1000)
    parser.add_argument("--accounts", type=int, default=3)
    parser.add_argument("--rows", type=int, default=0, help="lines of the ledger")
    parser.add_argument("--nothing-pushed", action="store_true")
    given = parser.parse_args(arguments)
    shape = Shape(given.products, given.accounts, given.rows, in_step=not given.nothing_pushed)
    made = build(given.folder, shape)
    print(f"{made.config}\n{made.database}: {made.database.stat().st_size / 1e6:.0f} MB")  # noqa: T201


if __name__ == "__main__":
    main()
