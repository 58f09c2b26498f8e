"""Two shops in memory and a book on disk."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from cloudstock.settings import Account, WarehouseLink
from tests.jobs.town import Town, founded


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    accounts = [Account(name, "ozon", (WarehouseLink("1", "main"),)) for name in ("north", "south")]
    with founded(tmp_path, *accounts) as town:
        for shop in town.shops.values():
            for sku in ("MUG", "CUP", "POT"):
                shop.offer(sku)
        yield town


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
