"""The marketplace in memory keeps the contract of the real ones."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from cloudstock.domain.records import Step
from cloudstock.marketplaces.base import Marketplace
from tests.marketplaces.clocks import JumpingClock
from tests.marketplaces.contract import AllStockContract
from tests.memory import Memory, MemoryShop


class MemoryBench:
    """A shop in memory."""

    def __init__(self) -> None:
        self.clock = JumpingClock()
        self.shop = MemoryShop(self.clock)
        self.warehouse_id = "1"
        self._made = 0
        for sku in ("MUG", "CUP", "POT", "LID"):
            self.shop.offer(sku)

    def open(self) -> Marketplace:
        return Memory(self.shop)

    def skus(self) -> list[str]:
        return list(self.shop.listings)

    def buy(self, sku: str, quantity: int) -> list[str]:
        self._made += 1
        self.clock.moment += timedelta(seconds=1)
        return [self.shop.place(f"A-{self._made}", {sku: quantity}, warehouse="1").order_id]

    def order(self, order_id: str, do: str) -> None:
        was = self.shop.orders[order_id]
        step = {
            "pack": Step.OPEN,
            "ship": Step.SHIPPED,
            "deliver": Step.DELIVERED,
            "cancel": Step.CANCELLED,
        }[do]
        left = was.step is Step.SHIPPED
        self.shop.change(order_id, step, **({"left_warehouse": left} if do == "cancel" else {}))

    def send_back(self, order_id: str, sku: str) -> Callable[[], None]:
        self.shop.send_back("R1", order_id, sku, 1)
        return lambda: self.shop.hand_over("R1")

    def rest(self) -> None:
        self.clock.moment += timedelta(minutes=1)

    def shown(self, sku: str) -> int | None:
        return self.shop.free.get((sku, "1"))


class TestMemory(AllStockContract):
    @pytest.fixture
    def bench(self) -> MemoryBench:
        return MemoryBench()
