"""How many requests a round takes: nothing is asked that was answered a moment ago."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest

from cloudstock.sandbox.faults import Fault
from tests.wire.shop import Shop, Trial, a_shop

WB_WAREHOUSES = "wb-main GET /api/v3/warehouses"
YM_WAREHOUSES = "ym-main POST /v2/businesses/N/warehouses"
# Orders are read before a push, and once more after it.
YM_ORDERS = "ym-main POST /v1/businesses/N/orders"


@pytest.fixture(scope="module")
def original() -> Iterator[Shop]:
    with a_shop() as shop:
        yield shop


@pytest.fixture
def trial(original: Shop) -> Iterator[Trial]:
    """Open orders, some older than the windows that are read every minute; windows in step."""
    with original.copy() as trial:
        trial.remembers = True
        assert trial.run("sync").ok
        trial.time.advance(7200)
        for _ in range(2):
            trial.time.advance(60)
            assert trial.run("sync").ok
        trial.time.advance(60)
        yield trial


def asked(trial: Trial, command: str, *, ok: bool = True) -> Counter[str]:
    """Run a command and return what was asked, by account, method and path."""
    before = len(trial.sandbox.log)
    result = trial.run(command)
    assert result.ok is ok, [a.error for a in result.accounts]
    return Counter(f"{r.account} {r.method} {_plain(r.path)}" for r in trial.sandbox.log[before:])


def _plain(path: str) -> str:
    """Return a path without the numbers in it."""
    parts = path.split("/")
    return "/".join("N" if part.isdigit() else part for part in parts)


def _count(trial: Trial, quantity: int, *, products: int = 100) -> None:
    rows = trial.store.connection.execute("SELECT id FROM product ORDER BY id LIMIT ?", (products,))
    with trial.store.transaction():
        shelf = trial.store.ledger.warehouse("main")
        for (product,) in rows.fetchall():
            trial.store.ledger.count(product, shelf, quantity, now=trial.time.now())


def test_an_idle_round_reads_orders_and_returns_and_nothing_else(trial: Trial) -> None:
    unended = trial.store.connection.execute(
        "SELECT a.name, count(*) FROM orders o JOIN account a ON a.id = o.account_id"
        " WHERE NOT o.ended GROUP BY a.name"
    ).fetchall()
    assert len(unended) == 3
    assert min(n for _, n in unended) > 1
    assert asked(trial, "sync") == {
        # Made in the window, changed in it, and all older open ones at once.
        "ozon-main POST /v4/posting/fbs/list": 3,
        # Changed in the window, and those of all orders that one is expected of.
        "ozon-main POST /v1/returns/list": 2,
        # The new ones and the window, the words of these, and of all older open ones at once.
        # Returns may be asked for once a minute, and are after four.
        "wb-main GET /api/v3/orders/new": 1,
        "wb-main GET /api/v3/orders": 1,
        "wb-main POST /api/v3/orders/status": 2,
        # Changed in the window, and made on its days, which all open ones were.
        YM_ORDERS: 2,
        "ym-main GET /v2/campaigns/N/returns": 1,
    }


def test_a_push_asks_for_no_warehouse_and_sends_one_batch(trial: Trial) -> None:
    _count(trial, 30)
    found = asked(trial, "sync")
    assert {k: n for k, n in found.items() if "stocks" in k or "warehouse" in k} == {
        "ozon-main POST /v2/products/stocks": 1,
        "wb-main PUT /api/v3/stocks/N": 1,
        "ym-main POST /v3/businesses/N/offers/stocks/update": 1,
    }
    assert found[YM_ORDERS] == 4


def test_warehouses_are_asked_for_again_after_half_an_hour_by_who_needs_them(trial: Trial) -> None:
    trial.time.advance(1800)
    # Orders of Wildberries depend on the kinds of its warehouses, a reading of Market on groups.
    found = asked(trial, "sync")
    assert (found[WB_WAREHOUSES], found[YM_WAREHOUSES]) == (1, 1)
    trial.time.advance(60)
    found = asked(trial, "sync")
    assert (found[WB_WAREHOUSES], found[YM_WAREHOUSES]) == (0, 0)


def test_the_catalog_and_a_check_ask_for_warehouses_themselves(trial: Trial) -> None:
    for command in ("pull-catalog", "check"):
        found = asked(trial, command)
        assert (found[WB_WAREHOUSES], found[YM_WAREHOUSES]) == (1, 1), command


@pytest.mark.parametrize("writes", ["/api/v3/stocks/", "/offers/stocks/update"])
def test_a_refusal_makes_the_warehouses_doubtful(trial: Trial, writes: str) -> None:
    account = "wb-main" if "v3/stocks" in writes else "ym-main"
    _count(trial, 30)
    trial.sandbox.faults.order(Fault("status", account, path=writes, status=404, times=1))
    asked(trial, "push-stocks", ok=False)
    trial.time.advance(60)
    found = asked(trial, "push-stocks")
    warehouses = {"wb-main": WB_WAREHOUSES, "ym-main": YM_WAREHOUSES}
    assert {a: found[path] for a, path in warehouses.items()} == {
        a: int(a == account) for a in warehouses
    }


def test_a_configured_warehouse_that_was_missing_is_asked_for(trial: Trial) -> None:
    kept = "SELECT value FROM cursor WHERE job = 'warehouses' AND value IS NOT NULL"
    assert len(trial.store.connection.execute(kept).fetchall()) == 2
    with trial.store.transaction():
        trial.store.connection.execute(
            "UPDATE cursor SET value = '[]' WHERE job = 'warehouses' AND value IS NOT NULL"
        )
    _count(trial, 30)
    found = asked(trial, "push-stocks")
    assert (found[WB_WAREHOUSES], found[YM_WAREHOUSES]) == (1, 1)


def test_a_refused_item_costs_what_its_contract_forces_and_then_rests(trial: Trial) -> None:
    """Ozon answers for each item. Wildberries refuses the batch, and names the items: once more
    without them. Market refuses the batch, and names none: its halves.
    """
    _count(trial, 30)
    for account in ("ozon-main", "wb-main", "ym-main"):
        trial.sandbox.faults.order(Fault("refuse_items", account, path="stocks", share=0.3))
    found = asked(trial, "push-stocks")
    assert {k: n for k, n in found.items() if "stocks" in k} == {
        "ozon-main POST /v2/products/stocks": 1,
        "wb-main PUT /api/v3/stocks/N": 2,
        "ym-main POST /v3/businesses/N/offers/stocks/update": 3,
    }
    refused = trial.store.connection.execute(
        "SELECT count(*) FROM listing_stock WHERE refused_at IS NOT NULL"
    ).fetchone()[0]
    assert refused > 0
    trial.time.advance(60)
    assert not [k for k in asked(trial, "push-stocks") if "stocks" in k], "refused a minute ago"
