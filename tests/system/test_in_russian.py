"""The installed program in Russian: what it prints holds no English sentence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from rich.cells import cell_len

from cloudstock.language import speaking
from cloudstock.sandbox.demo import run_demo
from tests.system.conftest import Shop, loaded
from tests.test_in_russian import english_in


def in_a_fork(
    words: Sequence[str], folder: Path, variables: Mapping[str, str]
) -> tuple[int, str, str]:
    """Run a command of the demo without loading the program for each."""
    env = {"PATH": "/usr/bin:/bin", "HOME": str(folder), **variables}
    return loaded().run(words, folder=folder, env=env, stdin=None, timeout_s=120)


def test_the_demo_is_told_in_russian(tmp_path: Path) -> None:
    said: list[str] = []
    with speaking("ru"):
        assert run_demo(said.append, width=80, keep=tmp_path, command=in_a_fork) == 0
    said = [line for text in said for line in text.splitlines() if not line.startswith("$")]
    # Names of products are the sandbox's.
    told = "\n".join(x for x in said if " No. " not in x)
    assert english_in(told) == []
    tables = [x for x in said if "─" in x or " No. " in x or x.startswith("20")]
    assert tables
    assert max(map(cell_len, tables)) <= 80


def test_tables_and_troubles_are_told_in_russian(open_shop: Shop) -> None:
    shop = open_shop
    shop.env["CLOUDSTOCK_LANG"] = "ru"
    shop.env["COLUMNS"] = "80"
    sku = shop.skus()[0]
    shop.buys("ozon-main", (sku, 2))
    told = [
        shop.run("sync").out,
        shop.run("show-stock", sku).out,
        shop.run("explain", sku).out,
        shop.run("show-orders", "--open").out,
        shop.run("show-returns").out,
        shop.run("show-history", sku).out,
        # Counted by an English run.
        shop.run("show-changes").out,
        shop.run("status").out,
        shop.run("set-stock", sku, "1", "--note", "пересчитано").out,
        shop.run("push-stocks", "--dry-run").out,
        # More is promised than is there.
        shop.run("status", expect=1).out,
        shop.run("explain", sku).out,
        shop.run("check").out,
        shop.run("check", "--database").out,
        shop.run("export-stock", "stock.csv").out,
        shop.run("backup", "copy.db").out,
        shop.run("set-stock", "NOPE", "1", expect=2).err,
        shop.run("receive-return", "7", expect=2).err,
        shop.run("link-listing", "NOPE", sku, "--account", "wb-main", expect=2).err,
        shop.run("import-stock", "-", stdin=f"sku,quantity\n{sku},-3\n,4\n", expect=2).err,
        shop.run("status", "--account", "nobody", expect=2).err,
    ]
    for text in told:
        # Names of products, shops and warehouses are the sandbox's.
        ours = [x for x in text.splitlines() if " No. " not in x and "это " not in x]
        assert english_in("\n".join(ours)) == [], text
    assert all(cell_len(line) <= 80 for text in told[1:2] for line in text.splitlines())
    assert "перепродан" in told[10]
