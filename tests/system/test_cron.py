"""Under Debian's real cron, in its bare environment, an installed crontab does its work."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from cloudstock.sandbox.world import World
from tests.system.conftest import SPEED, Shop, a_shop_in

CRON = shutil.which("cron", path="/usr/sbin:/sbin:/usr/bin")
CRONTAB = shutil.which("crontab")
EXAMPLE = Path(__file__).parents[2] / "crontab.example"
# Cron looks at its tables once a minute.
PATIENCE_S = 130.0

pytestmark = [
    pytest.mark.cron,
    pytest.mark.skipif(
        CRON is None or CRONTAB is None, reason="Debian's cron is not installed: apt install cron"
    ),
    pytest.mark.skipif(os.geteuid() != 0, reason="cron is started by root"),
]


def cron_runs() -> bool:
    return subprocess.run(["pgrep", "-x", "cron"], capture_output=True, check=False).returncode == 0


@contextmanager
def running_cron() -> Iterator[None]:
    """Have cron run, and put the crontab back as it was."""
    assert CRON is not None
    before = subprocess.run(["crontab", "-l"], capture_output=True, text=True, check=False)
    daemon = None if cron_runs() else subprocess.Popen([CRON, "-f"])
    try:
        yield
    finally:
        if before.returncode == 0:
            subprocess.run(["crontab", "-"], input=before.stdout, text=True, check=True)
        else:
            subprocess.run(["crontab", "-r"], check=False, capture_output=True)
        if daemon is not None:
            daemon.terminate()
            daemon.wait(10)
            # What it began ends by itself, and would pass for a cron that runs until then.
            until = time.monotonic() + PATIENCE_S
            while cron_runs() and time.monotonic() < until:
                time.sleep(0.1)


def by_the_example(shop: Shop) -> None:
    """Install the example with its two variables."""
    table = EXAMPLE.read_text(encoding="utf-8")
    table = re.sub(r"(?m)^CLOUDSTOCK=.*", f"CLOUDSTOCK={shop.command()[0]}", table)
    table = re.sub(
        r"(?m)^CLOUDSTOCK_CONFIG=.*", f"CLOUDSTOCK_CONFIG={shop.folder}/config.yaml", table
    )
    subprocess.run(["crontab", "-"], input=table, text=True, check=True)


def by_itself(shop: Shop) -> None:
    """Have the program install its lines, for a folder whose name cron and shells would read."""
    odd = shop.folder.with_name("50% of it's $HOME")
    shop.folder.rename(odd)
    shop.folder = odd
    subprocess.run([*shop.command("schedule", "--cron", "--install")], cwd=odd, check=True)


@pytest.fixture
def cron() -> Iterator[None]:
    with running_cron():
        yield


@pytest.fixture
def shops(tmp_path: Path) -> Iterator[list[Shop]]:
    """A shop for each way to install a crontab."""
    with ExitStack() as stack:
        shops = []
        for name in ("example", "own"):
            (tmp_path / name).mkdir()
            world = World.standard(products=4, speed=SPEED, seed=1)
            shops.append(stack.enter_context(a_shop_in(tmp_path / name, world)))
            shops[-1].open(10)
        yield shops


def test_an_installed_crontab_pushes(cron: None, shops: list[Shop]) -> None:
    """Both ways at once, for cron's minute is long: the second leaves the first's lines alone."""
    skus = [shop.skus()[0] for shop in shops]
    for shop, sku, install in zip(shops, skus, (by_the_example, by_itself), strict=True):
        assert shop.buys("ozon-main", (sku, 2))
        install(shop)

    def shown() -> list[set[int | None]]:
        return [
            {x["free"] for x in shop.ask("shown")["listings"] if x["sku"] == sku}
            for shop, sku in zip(shops, skus, strict=True)
        ]

    until = time.monotonic() + PATIENCE_S
    while shown() != [{8}, {8}] and time.monotonic() < until:
        # Waiting for cron's own minute, which nobody can shorten.
        time.sleep(0.5)
    assert shown() == [{8}, {8}], "cron's sync has not reached the other listings"
