"""Benchmark of many sellers: what one that is small costs, round after round for an hour."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

from tests.benchmarks.data import Shape, build, sheet
from tests.benchmarks.figures import Figure, Sizes
from tests.benchmarks.lean import lean, told
from tests.benchmarks.measure import cloudstock

# An hour passes so many times as quickly: what is done each quarter of an hour is done as often as
# it is in sixty rounds.
SPEED = 20.0
PRODUCTS = 1_000
# So many products change between rounds, as if they had been sold.
CHANGED = 3


def sellers(folder: Path, sizes: Sizes) -> Iterator[Figure]:
    """What the rounds of an hour cost one seller, and so how many fit on a core."""
    products, rounds = min(PRODUCTS, sizes.small), sizes.rounds
    with lean(products, speed=SPEED) as url:
        build(folder, Shape(products, base_url=url, pace=SPEED))
        cloudstock("sync", folder=folder)
        before = sum(told(url)["asked"].values())
        runs = []
        for number in range(rounds):
            began = time.monotonic()
            sheet(folder / "sold.csv", CHANGED, add=-number % 40)
            cloudstock("import-stock", "sold.csv", "--yes", folder=folder)
            runs.append(cloudstock("sync", folder=folder))
            if rounds > 1:
                time.sleep(max(0.0, 60 / SPEED - (time.monotonic() - began)))
        requests = sum(told(url)["asked"].values()) - before
    cpu_s = sum(r.cpu_s for r in runs) / rounds
    note = f"3 accounts of {products:,} listings, {rounds} rounds, {CHANGED} products sold in each"
    yield Figure("a seller's round: own CPU", "s", None, cpu_s, note)
    yield Figure("a seller's round: memory", "MiB", None, max(r.peak_mib for r in runs))
    yield Figure("a seller's round: requests", "requests", None, requests / rounds)
    yield Figure("sellers whose rounds of a minute fill a core", "sellers", None, 60 / cpu_s)
