"""A database of a former version opens, loses nothing, and goes on.

`older/schema_7.sql` was made by the commands of commit 75e81bc against its sandbox: open orders on
three accounts, one shipped, one cancelled, a return in quarantine and one on its way, corrections,
a product that is oversold, one that is divided (`split`), and pushes on their way as the program
was killed. `older/world.json` is what buyers, carriers and people did meanwhile, and what was shown
in the end: so today's sandbox stands where the former one stood.
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from cloudstock.config.loading import load
from cloudstock.jobs.commands import run_job
from cloudstock.sandbox.server import Sandbox
from cloudstock.sandbox.serving import serve
from cloudstock.sandbox.world import World
from cloudstock.settings import Configuration
from cloudstock.store import Store
from cloudstock.store.integrity import examine
from cloudstock.store.migrations import STEPS
from cloudstock.store.times import from_iso, to_iso

OLDER = Path(__file__).with_name("older")
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")
DIVIDED, OVERSOLD = "BELT-03/L", "LAMP-02"
OPEN_WB, COMING = "5632000004", "1000000016"
# What nobody may change: what was booked, promised, counted and sent.
KEPT = (
    "SELECT * FROM movement",
    "SELECT * FROM count",
    "SELECT product_id, warehouse_id, {on_hand}, reserved, counted_at FROM stock",
    "SELECT id, account_id, order_id, step, status, shipped, created_at, moved_at FROM orders",
    "SELECT * FROM order_line",
    "SELECT order_line_id, product_id, warehouse_id, reserved, off FROM allocation",
    "SELECT id, return_id, order_id, step, quantity, booked, restocked, written_off FROM returns",
    "SELECT id, listing_id, quantity, sent_at, verdict FROM push",
    (
        "SELECT listing_id, external_warehouse, target, low, high, pushed, push_id FROM"
        " {listing_stock}"
    ),
    "SELECT listing_id, policy, divided, quantity, bound, covered FROM {quota}",
    "SELECT account_id, job, value, read_until FROM cursor",
)


@pytest.fixture
def older(tmp_path: Path) -> Path:
    """The database, as if it had been left a minute ago."""
    dump = (OLDER / "schema_7.sql").read_text(encoding="utf-8")
    last = from_iso(max(MOMENT.findall(dump)))
    since = datetime.now(UTC) - timedelta(minutes=1) - last
    path = tmp_path / "cloudstock.db"
    with closing(sqlite3.connect(path)) as db:
        db.executescript(MOMENT.sub(lambda m: to_iso(from_iso(m[0]) + since), dump))
    # As the program leaves its files.
    path.chmod(0o600)
    return path


def kept(
    db: sqlite3.Connection, on_hand: str, listing_stock: str, quota: str
) -> list[list[tuple[Any, ...]]]:
    names = {"on_hand": on_hand, "listing_stock": listing_stock, "quota": quota}
    return [
        sorted(map(tuple, db.execute(sql.format_map(names)).fetchall()), key=repr) for sql in KEPT
    ]


def test_it_opens_and_nothing_is_lost(older: Path) -> None:
    with closing(sqlite3.connect(older)) as db:
        assert db.execute("PRAGMA user_version").fetchone()[0] == 7
        before = kept(db, "on_hand", "shown", "promise")
        assert all(before)
    with Store.open(older) as store:
        db = store.connection
        assert db.execute("PRAGMA user_version").fetchone()[0] == len(STEPS)
        assert kept(db, "booked", "listing_stock", "quota") == before
        assert store.ledger.totals_that_differ() == []
        assert db.execute("PRAGMA foreign_key_check").fetchall() == []
        # A push was on its way; all else is whole.
        found = examine(store)
        assert (found.wrong, {f.kind for f in found.notable}) == ((), {"unanswered"})
        oversold = db.execute("SELECT sku, warehouse, oversold FROM stock_level WHERE oversold > 0")
        assert [tuple(r) for r in oversold] == [(OVERSOLD, "main", 1)]
        waits = db.execute("SELECT on_hand, available FROM stock_level WHERE warehouse_id = 0")
        assert [tuple(r) for r in waits] == [(2, 2)]
        assert db.execute("SELECT count(*) FROM open_order").fetchone()[0] == 3


@pytest.fixture
def client(older: Path) -> Iterator[httpx.Client]:
    """Today's sandbox, where the former one stood, and a configuration for it."""
    told = json.loads((OLDER / "world.json").read_text(encoding="utf-8"))
    with (
        serve(Sandbox(World.standard(products=6, speed=300.0))) as url,
        httpx.Client(
            base_url=f"{url}/_sandbox/", trust_env=False, verify=False, timeout=30
        ) as client,
    ):
        config = older.with_name("config.yaml")
        config.write_text(client.get("config").text)
        config.chmod(0o600)
        for verb, body, answer in told["verbs"]:
            # What was shown then is not; buyers bought all the same.
            forced = {"force": True} if verb == "orders" else {}
            # Today's tells more of what it did, and the same of what was told then.
            assert answer.items() <= client.post(verb, json=body | forced).json().items(), verb
        for listing in told["shown"]:
            body = {k: listing[k] for k in ("account", "warehouse", "sku")}
            answer = client.post("stock", json=body | {"quantity": listing["free"] or 0})
            answer.raise_for_status()
        yield client


def config_beside(older: Path) -> Configuration:
    return load(older.with_name("config.yaml"), {}).configuration


def test_it_goes_on(older: Path, client: httpx.Client) -> None:
    config = config_beside(older)
    with Store.open(older) as store:
        ledger = store.connection.execute("SELECT * FROM movement").fetchall()
    for _ in range(8):
        result = run_job("sync", config)
        assert result.ok, [a.error for a in result.accounts]
    truth = client.get("truth").json()["products"]
    shown: dict[str, list[int]] = {}
    for listing in client.get("shown").json()["listings"]:
        if not listing["archived"]:
            shown.setdefault(listing["sku"], []).append(listing["free"])
    with Store.open(older) as store:
        db = store.connection
        # Orders and returns that were booked are not booked again.
        assert db.execute("SELECT * FROM movement").fetchall() == ledger
        level = {
            r["sku"]: r for r in db.execute("SELECT * FROM stock_level WHERE warehouse = 'main'")
        }
        for sku, real in truth.items():
            assert (level[sku]["on_hand"], level[sku]["reserved"]) == (
                real["on_hand"],
                real["reserved"],
            )
            available = max(0, real["on_hand"] - real["reserved"])
            if sku == DIVIDED:
                assert sum(shown[sku]) == available
            else:
                assert set(shown.get(sku, [available])) == {available}, sku
        # Whatever was on its way is settled.
        assert (
            db.execute("SELECT count(*) FROM listing_stock WHERE push_id IS NOT NULL").fetchone()[0]
            == 0
        )
        assert db.execute("SELECT sum(drift), sum(off_target) FROM listing_state").fetchone()[
            0:2
        ] == (0, 0)
        assert store.ledger.totals_that_differ() == []


def test_what_began_before_ends_after(older: Path, client: httpx.Client) -> None:
    config = config_beside(older)
    for verb, body in (
        ("orders", {"account": "ozon-main", "lines": [{"sku": "POT-01", "quantity": 1}]}),
        (f"orders/wb-main/{OPEN_WB}", {"do": "ship"}),
        (f"returns/ym-main/{COMING}", {"do": "receive"}),
    ):
        client.post(verb, json=body).raise_for_status()
    assert run_job("sync", config).ok
    with Store.open(older) as store:
        level = {
            (r["sku"], r["warehouse"]): (r["on_hand"], r["reserved"])
            for r in store.connection.execute("SELECT * FROM stock_level")
        }
        # Ordered now; shipped now; and two units of returns became three.
        assert level["POT-01", "main"] == (8, 1)
        assert level["BELT-03/M", "main"] == (6, 1)
        assert level["BELT-03/M", "quarantine"] == (3, 0)
        assert store.ledger.totals_that_differ() == []
