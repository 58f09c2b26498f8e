"""Numbers of earlier, by the installed program against the sandbox."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest

from tests.system.conftest import Shop
from tests.system.test_progress import at_terminal


@pytest.fixture
def sold(open_shop: Shop) -> tuple[Shop, str]:
    """Ten are counted of everything, and exported; then one of a product is sold and leaves."""
    sku = open_shop.skus()[0]
    open_shop.run("export-stock", "stock.csv")
    (order,) = open_shop.buys("ozon-main", (sku, 1)) or ("",)
    open_shop.run("sync")
    open_shop.order("ozon-main", order, "ship")
    open_shop.run("sync")
    assert open_shop.stock()[sku]["on_hand"] == 9
    return open_shop, sku


def test_a_sheet_that_comes_back_late_counts_what_was_changed_in_it(sold: tuple[Shop, str]) -> None:
    shop, sku = sold
    file = shop.folder / "stock.csv"
    # Two more were found before the parcel left; all other rows stay as they are.
    file.write_text(re.sub(rf"^{sku},10,", f"{sku},12,", file.read_text(), flags=re.MULTILINE))
    shop.tell("count", sku=sku, quantity=11)
    dry = shop.run("import-stock", "stock.csv", "--dry-run").out
    assert f"{sku} in main: 12 counted, -1 since, 11 on hand" in dry
    result = shop.run("import-stock", "stock.csv", "--json").json
    assert (result["rows"], result["changed"], result["units_added"]) == (1, 1, 2)
    assert result["untouched"] == len(shop.truth()) - 1
    assert result["moved_since"] == [{"sku": sku, "warehouse": "main", "counted": 12, "moved": -1}]
    assert shop.stock()[sku]["on_hand"] == 11
    shop.run("sync")
    shop.assert_true()
    # The same again, under another name, is asked about; where nobody can answer, refused.
    file.rename(shop.folder / "copy.csv")
    refused = shop.run("import-stock", "copy.csv", expect=2).err
    assert "the same was imported on" in refused
    assert "--yes" in refused
    # So is one that is older than the last count.
    shop.run("set-stock", sku, "11")
    text = (shop.folder / "copy.csv").read_text()
    (shop.folder / "other.csv").write_text(text.replace(f"{sku},12,", f"{sku},13,"))
    assert f"{sku} was counted in main on" in shop.run("import-stock", "other.csv", expect=2).err
    seen = at_terminal(shop, "import-stock other.csv", typed="n\n")
    assert seen.code == 2
    assert "Do it all the same?" in seen.written
    assert shop.stock()[sku]["on_hand"] == 11
    assert at_terminal(shop, "import-stock other.csv", typed="y\n").code == 0
    assert shop.stock()[sku]["on_hand"] == 12


def test_a_count_of_earlier_is_entered_late(open_shop: Shop) -> None:
    sku = open_shop.skus()[0]
    counted_at = datetime.now(UTC).isoformat()
    (order,) = open_shop.buys("ozon-main", (sku, 1)) or ("",)
    open_shop.run("sync")
    open_shop.order("ozon-main", order, "ship")
    open_shop.run("sync")
    counted = open_shop.run("set-stock", sku, "8", "--at", counted_at).out
    assert "7 on hand (8 counted on" in counted
    assert "-1 since; was 9, -2)" in counted
    open_shop.tell("count", sku=sku, quantity=7)
    open_shop.run("sync")
    open_shop.assert_true()
    # One of before the last count, and before the orders were read.
    refused = open_shop.run("set-stock", sku, "8", "--at", "3d", expect=2).err
    assert f"{sku} was counted in main on" in refused
    assert "the orders of wb-main were not read yet" in refused
    assert open_shop.stock()[sku]["on_hand"] == 7
