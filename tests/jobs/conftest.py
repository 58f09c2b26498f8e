"""Two shops in memory and a book on disk."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from cloudstock.settings import Account, Configuration, WarehouseLink
from tests.jobs.town import Town, begun

SKUS = ("MUG", "CUP", "POT")


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    with begun(tmp_path, _two_accounts, _offer) as town:
        yield town


@pytest.fixture
def open_town(tmp_path: Path) -> Iterator[Town]:
    """The catalog pulled, orders watched, ten of each counted, everything pushed."""
    with begun(tmp_path, _two_accounts, _offer, _open) as town:
        yield town


def _two_accounts(folder: Path) -> Configuration:
    link = WarehouseLink("1", "main")
    accounts = tuple(Account(name, "ozon", (link,)) for name in ("north", "south"))
    return Configuration(folder / "config.yaml", folder / "book.db", accounts)


def _offer(town: Town) -> None:
    for shop in town.shops.values():
        for sku in SKUS:
            shop.offer(sku)


def _open(town: Town) -> None:
    town.run("catalog")
    town.run("orders")
    town.run("returns")
    for sku in SKUS:
        town.count(sku, 10)
    town.clock.move(minutes=1)
    town.run("push")
    town.clock.move(minutes=5)
