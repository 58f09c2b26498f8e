"""A small trade already under way: three accounts on one shelf, told by the jobs themselves."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from cloudstock.domain.records import Step
from cloudstock.settings import Account, Configuration, Secret, StockPolicy, WarehouseLink
from tests.jobs.town import Town, begun

ACCOUNTS = ("ozon-main", "wb-main", "ym-main")

CONFIG = """\
database: book.db
stock: {buffer: 1}
accounts:
  ozon-main:
    marketplace: ozon
    client_id: "123456"
    api_key: a-key-that-nobody-may-see
    warehouses: {1: main}
    base_url: http://127.0.0.1:9
    pace: 1000
  wb-main:
    marketplace: wildberries
    token: a-token-that-nobody-may-see
    warehouses: {1: main}
    base_url: http://127.0.0.1:9
    pace: 1000
  ym-main:
    marketplace: yandex_market
    api_key: another-key-that-nobody-may-see
    business_id: 1000
    campaign_id: 2000
    warehouses: {1: main}
    base_url: http://127.0.0.1:9
    pace: 1000
"""


def configuration(folder: Path) -> Configuration:
    """Return what `CONFIG` says."""
    marketplaces = ("ozon", "wildberries", "yandex_market")
    accounts = tuple(
        Account(
            name,
            marketplace,
            (WarehouseLink("1", "main"),),
            StockPolicy(buffer=1),
            secrets={"api_key": Secret(f"key-of-{name}")},
        )
        for name, marketplace in zip(ACCOUNTS, marketplaces, strict=True)
    )
    return Configuration(
        folder / "config.yaml", folder / "book.db", accounts, StockPolicy(buffer=1)
    )


@contextmanager
def trade(folder: Path, *more: Callable[[Town], object]) -> Iterator[Town]:
    """Ten mugs and cups counted and pushed everywhere, no pots; then what `more` does."""
    with begun(folder, configuration, _begin, *more) as town:
        yield town


def _begin(town: Town) -> None:
    for shop in town.shops.values():
        for sku in ("CUP", "MUG", "POT"):
            shop.offer(sku)
    town.run("catalog")
    town.run("orders")
    town.run("returns")
    for sku in ("CUP", "MUG"):
        town.count(sku, 10)
    town.clock.move(minutes=1)
    town.run("push")
    town.clock.move(minutes=5)


def sell_and_return(town: Town) -> None:
    """Two mugs reserved on Ozon; one shipped and on its way back from Yandex.Market."""
    ozon, yandex = town.shops["ozon-main"], town.shops["ym-main"]
    ozon.place("OZ-1", {"MUG": 2})
    yandex.place("YM-1", {"MUG": 1, "CUP": 1})
    town.run("orders")
    town.clock.move(minutes=1)
    yandex.change("YM-1", Step.SHIPPED)
    town.clock.move(minutes=1)
    town.run("orders")
    yandex.send_back("R-1", "YM-1", "MUG", 1)
    town.run("returns")


def cancel_on_its_way(town: Town) -> None:
    """The order that has left, and of which a mug is on its way back, is cancelled."""
    town.shops["ym-main"].change("YM-1", Step.CANCELLED)
    town.clock.move(minutes=1)
    town.run("orders")
