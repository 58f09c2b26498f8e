"""Benchmarks of what goes out and of the round: push-stocks and sync."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cloudstock.marketplaces import MARKETPLACES
from cloudstock.sandbox import ozon, ozon_goods, wildberries, yandex_market
from tests.benchmarks.data import Shape, account_names, build, configuration, sheet
from tests.benchmarks.figures import Figure, Sizes
from tests.benchmarks.lean import lean, told
from tests.benchmarks.measure import Used, cloudstock, median

# Without limits: the program's own then never make it wait.
NO_LIMITS = 10_000.0
# A pace above 1 also shortens what is done now and then: at this one stock is read back every 45
# seconds, so not between two rounds.
ROUNDS_PACE = 20.0
WRITES = {
    "ozon": ("POST /v2/products/stocks", ozon.STOCKS),
    "wildberries": (r"PUT /api/v3/stocks/\d+", wildberries.STOCKS),
    "yandex_market": (
        r"POST /v3/businesses/\d+/offers/stocks/update",
        yandex_market.STOCKS_WRITE_V3,
    ),
}
# Yandex' other one, which serves one shop.
CAMPAIGN_WRITES = r"PUT (?:/v2)?/campaigns/\d+/offers/stocks"
TURNS = tuple(WRITES)


def push(folder: Path, sizes: Sizes) -> Iterator[Figure]:
    """How many requests a push takes, what it costs, and what pushing nothing costs."""
    n, few = sizes.pushed, min(sizes.small, sizes.pushed)
    with lean(few) as url:
        small = _push_all(folder / "small", few, url)
    folder = folder / "large"
    with lean(n) as url:
        used = _push_all(folder, n, url)
        after = told(url)
        yield Figure(
            "push: requests that write",
            "requests",
            sum(_requests(n, marketplace) for marketplace in WRITES),
            writes(after),
            f"{n:,} changed listings on each of 3 accounts",
            exact=True,
        )
        yield Figure("push: listings right at the end", "%", 100.0, right(after, n), exact=True)
        yield Figure(
            "push: own CPU of an item, all included",
            "us",
            40.0,
            used.cpu_s / (3 * n) * 1e6,
            f"{3 * n:,} items in {used.wall_s:.1f} s",
        )
        yield Figure("push: memory", "MiB", None, used.peak_mib)
        yield Figure(
            f"push: own CPU of an item, to that of {few:,} listings",
            "x",
            1.0,
            used.cpu_s / n / (small.cpu_s / few),
            f"{small.cpu_s:.2f} to {used.cpu_s:.2f} s",
        )
        cloudstock("push-stocks", folder=folder)
        again = writes(told(url)) - writes(after)
        yield Figure("push of nothing: requests that write", "requests", 0, again, exact=True)


def _push_all(folder: Path, listings: int, url: str) -> Used:
    """Count one more of everything on each of 3 accounts, and push it."""
    build(folder, Shape(listings, base_url=url, pace=NO_LIMITS))
    sheet(folder / "more.csv", listings, add=1)
    cloudstock("import-stock", "more.csv", folder=folder)
    return cloudstock("push-stocks", folder=folder)


def limits(folder: Path, sizes: Sizes) -> Iterator[Figure]:
    """How near a push comes to what the marketplaces' limits alone allow."""
    n = sizes.pushed
    with lean(n, speed=sizes.speed) as url:
        build(folder, Shape(n, base_url=url, pace=sizes.speed))
        sheet(folder / "less.csv", n, add=-1)
        cloudstock("import-stock", "less.csv", folder=folder)
        cloudstock("push-stocks", folder=folder)
        after = told(url)
    # The slowest account's; the others are done before it.
    allowed_s = max(
        _requests(n, name) / (rate.per_s * sizes.speed) for name, (_, rate) in WRITES.items()
    )
    yield Figure(
        "push under the real limits, to what they allow",
        "x",
        1.05,
        after["push_s"] / allowed_s,
        f"{n:,} listings each, {after['push_s']:.1f} s at {sizes.speed:.0f} times the pace",
    )
    yield Figure(
        "push under the real limits: 429", "answers", 0, sum(after["refused"].values()), exact=True
    )
    yield Figure("push under the real limits: right", "%", 100.0, right(after, n, -1), exact=True)


def round_(folder: Path, sizes: Sizes) -> Iterator[Figure]:
    """Do many accounts take longer than the slowest one?"""
    n, count = sizes.round_pushed, sizes.round_accounts
    with lean(n, speed=sizes.round_speed) as url:
        build(folder, Shape(n, count, base_url=url, pace=sizes.round_speed))
        # The catalogs and the first readings.
        cloudstock("sync", folder=folder)
        alone: list[float] = []
        for less, name in enumerate(account_names(min(count, len(TURNS))), start=1):
            sheet(folder / "less.csv", n, add=-less)
            cloudstock("import-stock", "less.csv", folder=folder)
            alone.append(cloudstock("sync", "--account", name, folder=folder).wall_s)
        cloudstock("push-stocks", folder=folder)
        sheet(folder / "less.csv", n, add=-len(alone) - 1)
        cloudstock("import-stock", "less.csv", folder=folder)
        # Ozon takes a listing's next number after half a minute; the round alone had not to wait.
        time.sleep(ozon_goods.PAIR_INTERVAL_S / sizes.round_speed)
        together = cloudstock("sync", folder=folder).wall_s
    yield Figure(
        f"round over {count} accounts, to its slowest",
        "x",
        1.1,
        together / max(alone),
        f"{n:,} changed listings each; {together:.1f} s, alone {max(alone):.1f} s at"
        f" {sizes.round_speed:.0f} times the pace",
    )


def idle(folder: Path, sizes: Sizes) -> Iterator[Figure]:
    """What cron pays each minute when nothing happened."""
    n = sizes.pushed
    with lean(n) as url:
        build(folder, Shape(n, base_url=url, pace=NO_LIMITS))
        first = cloudstock("sync", folder=folder)
        (folder / "config.yaml").write_text(
            configuration(Shape(n, base_url=url, pace=ROUNDS_PACE)), encoding="utf-8"
        )
        before = told(url)
        runs = [cloudstock("sync", folder=folder) for _ in range(sizes.repeats)]
        yield from _idle(runs, f"3 accounts of {n:,} listings, middle of {sizes.repeats}")
        asked = sum(told(url)["asked"].values()) - sum(before["asked"].values())
        yield Figure(
            "sync, nothing to do: requests",
            "requests",
            None,
            asked / sizes.repeats,
            "orders and returns of 3 accounts, nothing else",
        )
        yield Figure(
            "sync, the first: own CPU of a listing",
            "us",
            None,
            first.cpu_s / (3 * n) * 1e6,
            f"catalog and readback of all: {first.wall_s:.0f} s, {first.peak_mib:.0f} MiB",
        )


def _idle(runs: list[Used], note: str) -> Iterator[Figure]:
    yield Figure("sync, nothing to do: wall", "s", 1.2, median([r.wall_s for r in runs]), note)
    yield Figure("sync, nothing to do: own CPU", "s", 0.8, median([r.cpu_s for r in runs]), note)
    yield Figure("sync, nothing to do: memory", "MiB", 114.4, max(r.peak_mib for r in runs), note)


def _requests(listings: int, marketplace: str) -> int:
    batch = {"ozon": 100, "wildberries": 1000, "yandex_market": 2000}[marketplace]
    assert marketplace in MARKETPLACES
    return math.ceil(listings / batch)


def writes(after: dict[str, Any]) -> int:
    """Return how many requests came that write stock, refused ones included."""
    routes = (*(route for route, _ in WRITES.values()), CAMPAIGN_WRITES)
    return sum(after["asked"].get(route, 0) for route in routes)


def right(after: dict[str, Any], listings: int, add: int = 1, accounts: int = 3) -> float:
    """Return the share of all listings that show what they should, in per cent."""
    on_sale = after["on_sale"]
    right = sum(
        on_sale.get(str(account), {}).get(str(n), 50 + n % 50) == 50 + n % 50 + add
        for account in range(accounts)
        for n in range(1, listings + 1)
    )
    return 100.0 * right / (accounts * listings)
