"""A trading day by the installed command only: at its end the book is the world."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from tests.system.conftest import Shop

ACCOUNTS = ("ozon-main", "wb-main", "ym-main")


class Street:
    """Buyers, carriers and returns of one day, by chance but the same every time."""

    def __init__(self, shop: Shop, seed: int) -> None:
        self.shop = shop
        self.chance = random.Random(seed)
        self.skus = sorted(shop.truth())
        # (account, order id, [(sku, quantity)]) by where the units are.
        self.open: list[tuple[str, str, list[tuple[str, int]]]] = []
        self.gone: list[tuple[str, str, list[tuple[str, int]]]] = []
        self.delivered: list[tuple[str, str, list[tuple[str, int]]]] = []
        self.refused: list[tuple[str, str]] = []
        self.returns: list[tuple[str, str]] = []
        self.sold = 0

    def buyers_come(self, how_many: int) -> None:
        for _ in range(how_many):
            account = self.chance.choice(ACCOUNTS)
            count = 1 if account == "wb-main" else self.chance.choice((1, 1, 1, 2, 3))
            lines = [(sku, self.chance.choice((1, 1, 2))) for sku in self.pick(count)]
            orders = self.shop.buys(account, *lines)
            if orders is None:
                continue
            self.sold += 1
            if account == "wb-main":
                # One order is one unit there.
                self.open.extend((account, o, [(lines[0][0], 1)]) for o in orders)
            else:
                self.open.append((account, orders[0], lines))

    def pick(self, how_many: int) -> Sequence[str]:
        return self.chance.sample(self.skus, how_many)

    def take(self, among: list[Any], how_many: int) -> list[Any]:
        self.chance.shuffle(among)
        taken, among[:] = among[:how_many], among[how_many:]
        return taken

    def some_cancel(self, how_many: int) -> None:
        for account, order_id, _ in self.take(self.open, how_many):
            self.shop.order(account, order_id, "cancel")

    def some_leave(self, how_many: int) -> None:
        for account, order_id, lines in self.take(self.open, how_many):
            self.shop.order(account, order_id, "ship")
            self.gone.append((account, order_id, lines))

    def some_arrive(self, how_many: int) -> None:
        for account, order_id, lines in self.take(self.gone, how_many):
            self.shop.order(account, order_id, "deliver")
            self.delivered.append((account, order_id, lines))

    def some_are_refused(self, how_many: int) -> None:
        for account, order_id, _ in self.take(self.gone, how_many):
            told = self.shop.order(account, order_id, "refuse")
            self.returns.extend((account, str(r)) for r in told.get("returns", ()))

    def some_come_back(self, how_many: int) -> None:
        for account, order_id, lines in self.take(self.delivered, how_many):
            sku, _ = lines[0]
            told = self.shop.tell(
                "returns", account=account, order=order_id, lines=[{"sku": sku, "quantity": 1}]
            )
            self.returns.extend((account, str(r)) for r in told["returns"])

    def some_are_handed_over(self, how_many: int) -> None:
        for account, return_id in self.take(self.returns, how_many):
            self.shop.tell(f"returns/{account}/{return_id}", do="receive")


def a_day(street: Street, after_each: Callable[[], None], *, hours: int = 8) -> None:
    for hour in range(hours):
        street.buyers_come(25)
        if hour % 2:
            street.some_cancel(3)
        street.some_leave(8)
        street.some_arrive(5)
        street.some_are_refused(1)
        street.some_come_back(1)
        street.some_are_handed_over(1)
        after_each()


def test_a_trading_day_with_sync(open_shop: Shop) -> None:
    street = Street(open_shop, seed=7)
    a_day(street, lambda: open_shop.run("sync") and None)
    assert street.sold > 100, "the day was too quiet to prove anything"
    open_shop.run("sync", "--full")
    open_shop.assert_true()
    assert all(p["oversold"] == 0 for p in open_shop.truth().values())
    assert open_shop.breaches() == []


@pytest.mark.parametrize("seed", [1])
def test_a_trading_day_with_four_jobs_in_any_order(open_shop: Shop, seed: int) -> None:
    street = Street(open_shop, seed)
    jobs = ["poll-orders", "poll-reserves", "poll-returns", "push-stocks"]

    def cron() -> None:
        street.chance.shuffle(jobs)
        for job in jobs:
            open_shop.run(job)

    a_day(street, cron)
    for job in ("poll-orders", "poll-returns", "poll-reserves", "push-stocks"):
        open_shop.run(job)
    open_shop.assert_true()
    assert open_shop.breaches() == []


def test_a_second_sync_pushes_nothing_and_books_nothing(open_shop: Shop) -> None:
    street = Street(open_shop, seed=3)
    street.buyers_come(20)
    street.some_leave(5)
    open_shop.run("sync")
    history = [open_shop.run("show-history", sku, "--json").json for sku in street.skus[:5]]
    asked = len(open_shop.ask("requests")["requests"])
    again = open_shop.run("sync", "--json").json
    assert again["ok"]
    assert all(not a["counts"].get("pushed") for a in again["accounts"])
    assert all(not a["counts"].get("movements") for a in again["accounts"])
    assert len(open_shop.ask("requests")["requests"]) > asked, "it did ask"
    assert history == [open_shop.run("show-history", sku, "--json").json for sku in street.skus[:5]]
    full = open_shop.run("poll-orders", "--since", "30d", "--json").json
    assert all(not a["counts"].get("movements") for a in full["accounts"])
    open_shop.run("poll-returns", "--since", "30d")
    open_shop.assert_true()
