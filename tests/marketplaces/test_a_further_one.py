"""A further marketplace is a folder of its own and one entry in each of two lists."""

from __future__ import annotations

import ast
import asyncio
import sys
from pathlib import Path
from types import ModuleType

import pytest

import cloudstock
from cloudstock.config.keys import Key
from cloudstock.config.loading import load
from cloudstock.config.texts import CREDENTIAL
from cloudstock.domain.work import Job
from cloudstock.jobs.accounts import Context, each, sessions
from cloudstock.jobs.poll_orders import poll_orders
from cloudstock.jobs.pull_catalog import pull_catalog
from cloudstock.jobs.push_stocks import push_stocks
from cloudstock.marketplaces import MARKETPLACES, Registration
from cloudstock.marketplaces.opening import open_marketplace
from cloudstock.marketplaces.pace import Pace
from cloudstock.sandbox.kinds import MODULES
from cloudstock.settings import Account
from cloudstock.store import Store
from tests.jobs.town import StandingClock
from tests.memory import Memory, MemoryShop

SOURCE = Path(cloudstock.__file__).parent
# Where the marketplaces are named; their own folders beside.
LISTS = ("marketplaces/__init__.py", "sandbox/kinds.py")

CONFIG = """
database: stock.db
accounts:
  north:
    marketplace: bazaar
    token: abc
    warehouses: {1: main}
"""


@pytest.fixture
def shop(monkeypatch: pytest.MonkeyPatch) -> MemoryShop:
    shop = MemoryShop(StandingClock())
    shop.offer("MUG")
    module = ModuleType("bazaar")
    module.Bazaar = lambda account, **around: Memory(shop)  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "bazaar", module)
    token = Key("token", CREDENTIAL, "a token", required=True)
    entry = Registration(
        "bazaar:Bazaar", "Bazaar", "bazaar", "{1: main}", (token,), 50, "", lambda *_: ""
    )
    monkeypatch.setitem(MARKETPLACES, "bazaar", entry)
    return shop


def test_it_is_configured_read_and_pushed_by_its_entry_alone(
    shop: MemoryShop, tmp_path: Path
) -> None:
    path = tmp_path / "config.yaml"
    path.write_text(CONFIG)
    path.chmod(0o600)
    config = load(path, {}).configuration
    clock = shop.clock

    def connect(account: Account) -> Memory:
        return open_marketplace(account, clock=clock, pace=Pace())  # type: ignore[return-value]

    async def run(context: Context) -> None:
        store = context.store
        async with sessions(context) as among:
            await each(context, Job.CATALOG, among, lambda s: pull_catalog(context, s))
            await each(context, Job.ORDERS, among, lambda s: poll_orders(context, s))
            product = store.catalog.product("MUG")
            assert product is not None
            with store.transaction():
                main = store.ledger.warehouse("main")
                store.ledger.count(product, main, 70, now=clock.now())
            await push_stocks(context, among)
            assert [s.failures for s in among] == [{}]

    with Store.open(config.database, create=True) as store:
        asyncio.run(run(Context(config, store, clock, config.accounts, connect)))
    # Its own largest number bounds what it shows.
    assert shop.free == {("MUG", "1"): 50}


def test_no_other_file_knows_the_marketplaces_by_name() -> None:
    named = set()
    for path in SOURCE.rglob("*.py"):
        where = path.relative_to(SOURCE).as_posix()
        tree = ast.parse(path.read_text(encoding="utf-8"))
        if any(isinstance(n, ast.Constant) and n.value in MARKETPLACES for n in ast.walk(tree)):
            named.add(where)
    own = [f"{folder}/{name}" for folder in ("marketplaces", "sandbox") for name in MARKETPLACES]
    assert {where for where in named if not where.startswith(tuple(own))} == set(LISTS)
    assert set(MODULES) == set(MARKETPLACES)
