"""Wildberries' adapter keeps the contract against the sandbox, over real HTTP."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from cloudstock.errors import AnswerNotUnderstood
from tests.marketplaces.contract import (
    Reader,
    SandboxBench,
    SeveralWarehousesContract,
    all_of,
    sandbox_bench,
    visit,
)


class TestWildberries(SeveralWarehousesContract):
    account = "wb-main"
    writes = "/api/v3/stocks"
    lists = "/api/v3/orders"

    def test_sizes_of_one_card_are_told_apart_by_their_article(self, bench: SandboxBench) -> None:
        sizes = [sku for sku in bench.skus() if "/" in sku]
        assert len(sizes) > 1
        for number, sku in enumerate(sizes):
            visit(bench, lambda r, s=sku, n=number: r.push({s: n + 1}))
        assert [bench.shown(sku) for sku in sizes] == list(range(1, len(sizes) + 1))

    def test_orders_of_half_a_year_are_found_in_slices_and_in_the_archive(
        self, bench: SandboxBench
    ) -> None:
        sku = bench.skus()[0]
        visit(bench, lambda r: r.push({sku: 9}))
        now = bench.clock.now()
        ids = []
        for days in (1, 29, 30, 45, 88, 110, 170):
            made = bench.tell(
                "orders",
                account=bench.account.name,
                lines=[{"sku": sku, "quantity": 1}],
                created_at=(now - timedelta(days=days)).isoformat(),
            )
            ids += [str(order_id) for order_id in made["orders"]]
        for order_id in ids:
            bench.order(order_id, "pack")
        for order_id in ids[-2:]:
            # What has not ended is not in the archive, however old.
            bench.order(order_id, "deliver")

        async def work(reader: Reader) -> set[str]:
            time_range = reader.time_range(hours=24 * 180)
            return {o.order_id for o in await all_of(reader.marketplace.orders(time_range))}

        assert visit(bench, work) >= set(ids)


def test_a_big_catalogue_is_whole_and_a_page_served_twice_is_noticed(tmp_path: Path) -> None:
    with sandbox_bench("wb-main", tmp_path, products=260) as bench:
        listings = visit(bench, Reader.catalog)
        assert sorted(x.offer_id for x in listings) == sorted(bench.skus())
        assert bench.breaches() == []
        bench.fault("duplicate_page", path="/cards/list", times=5)
        with pytest.raises(AnswerNotUnderstood, match="same page twice"):
            visit(bench, Reader.catalog)
