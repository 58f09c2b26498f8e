"""Two shops in memory and a book on disk."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from cloudstock.marketplaces.memory import MemoryShop
from cloudstock.settings import Account, Configuration, WarehouseLink
from cloudstock.store import Store
from tests.jobs.town import StandingClock, Town


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    clock = StandingClock()
    accounts = tuple(
        Account(name, "ozon", (WarehouseLink("1", "main"),)) for name in ("north", "south")
    )
    config = Configuration(tmp_path / "config.yaml", tmp_path / "book.db", accounts)
    shops = {a.name: MemoryShop(clock) for a in accounts}
    for shop in shops.values():
        for sku in ("MUG", "CUP", "POT"):
            shop.offer(sku)
    with Store.open(config.database) as store:
        yield Town(store, clock, config, shops)


@pytest.fixture
def open_town(town: Town) -> Town:
    """The catalog pulled, orders watched, ten of each counted, everything pushed."""
    town.run("catalog")
    town.run("orders")
    town.run("returns")
    for sku in ("MUG", "CUP", "POT"):
        town.count(sku, 10)
    town.clock.move(minutes=1)
    town.run("push")
    town.clock.move(minutes=5)
    return town
