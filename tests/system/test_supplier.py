"""A supplier's list, taken every quarter of an hour while orders come, by the installed program."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from cloudstock.sandbox.world import World
from tests.system.conftest import Shop, a_shop_in
from tests.system.test_trading_day import Street

SOURCE = """
sources:
  supplier:
    file: list*.csv
    columns: {sku: Артикул, quantity: Остаток}
    skip_unknown: true
"""
QUARTERS = 8
# The supplier writes his list anew every half hour.
EVERY = 2


@pytest.fixture
def shop(tmp_path: Path, world: World) -> Iterator[Shop]:
    with a_shop_in(tmp_path, world, also=SOURCE) as shop:
        yield shop


class Supplier:
    """Writes what really lies there, among goods of others; never half of it."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop
        self.lists = 0

    def writes(self) -> None:
        """Write a list of now, under a name of its own."""
        self.lists += 1
        lines = ["ООО Завод;;;", ";;;", "Артикул;Наименование;Остаток;Цена, руб."]
        for number, (sku, real) in enumerate(sorted(self.shop.truth().items())):
            lines.append(f"ZZ-{number};Чужой товар;99;1 200,50")
            lines.append(f"{sku};Товар;{real['on_hand']};350,00")
        text = "\r\n".join([*lines, "Итого;;;", ""])
        part = self.shop.folder / "list.part"
        part.write_bytes(text.encode("cp1251"))
        part.replace(self.shop.folder / f"list-{self.lists:03}.csv")

    def counts(self) -> int:
        """Return how many counts the database has."""
        with closing(sqlite3.connect(self.shop.folder / "cloudstock.db")) as db:
            return int(db.execute("SELECT count(*) FROM count").fetchone()[0])


def test_a_day_of_lists_books_and_sells_nothing_twice(shop: Shop) -> None:
    street, supplier = Street(shop, seed=5), Supplier(shop)
    for sku in sorted(shop.truth()):
        shop.world.count(sku, 10)
    shop.arrange("pull-catalog", "poll-orders", "poll-returns")
    for quarter in range(QUARTERS):
        shop.arrange("sync")
        is_new = quarter % EVERY == 0
        if is_new:
            supplier.writes()
        # What is sold and leaves from now on is in no list.
        street.buyers_come(12)
        street.some_cancel(quarter % 2)
        street.some_leave(8)
        if quarter // EVERY % 2:
            # It is known of before the list is taken, which is older.
            shop.arrange("sync")
        before = supplier.counts()
        shop.run("import-stock", "--source", "supplier")
        counted = supplier.counts() - before
        assert counted == (len(street.skus) if is_new else 0), quarter
        shop.arrange("sync")
        assert all(p["oversold"] == 0 for p in shop.truth().values()), quarter
    assert street.sold > 50, "the day was too quiet to prove anything"
    shop.run("sync", "--full")
    shop.assert_true()
    assert shop.breaches() == []
