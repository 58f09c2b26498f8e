"""Ozon's adapter keeps the contract against the sandbox, over real HTTP."""

from __future__ import annotations

from cloudstock.domain.records import Step
from tests.marketplaces.contract import (
    AllStockContract,
    Reader,
    SandboxBench,
    SeveralWarehousesContract,
    UnitsTogetherContract,
    all_of,
    visit,
)


class TestOzon(UnitsTogetherContract, SeveralWarehousesContract, AllStockContract):
    account = "ozon-main"
    writes = "/v2/products/stocks"
    lists = "/v4/posting/fbs/list"

    def test_a_split_hands_the_units_to_the_new_postings(self, bench: SandboxBench) -> None:
        sku, (parent,) = self.sell(bench, 3)
        made = bench.order(parent, "split", lines=[{"sku": sku, "quantity": 1}])["orders"]

        async def steps(reader: Reader) -> dict[str, tuple[Step, int]]:
            orders = await reader.orders([parent, *made])
            again = await reader.again([o for o in orders if o.order_id == parent])
            assert [o.step for o in again] == [Step.REPLACED]
            return {o.order_id: (o.step, sum(x.quantity for x in o.lines)) for o in orders}

        told = visit(bench, steps)
        assert told.pop(parent)[0] is Step.REPLACED
        assert sorted(told.values()) == [(Step.OPEN, 1), (Step.OPEN, 2)]

    def test_goods_that_ozon_holds_are_never_read(self, bench: SandboxBench) -> None:
        """The first product also lies in Ozon's own warehouse, where four can be ordered."""
        visit(bench, lambda r: r.push({bench.skus()[0]: 1}))
        shown = visit(bench, lambda r: all_of(r.marketplace.read_stock(None)))
        assert sum(s.free for s in shown) == 1
