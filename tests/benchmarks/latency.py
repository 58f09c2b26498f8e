"""How long after a sale the other shops show less, and what that costs.

Buyers come to the sandbox, which keeps the published limits in real time; the program runs beside
it as it would at a seller's: a process each minute as cron does it, one that goes on, or the pages,
which the marketplaces call, and cron. Each sale is of a product that no other sale waits for, so
what is lowered is lowered for it.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from threading import Event, Thread
from typing import NamedTuple

from cloudstock.changes.backup import create
from cloudstock.config.loading import load
from cloudstock.domain.figures import percentiles
from cloudstock.jobs.commands import run_job
from cloudstock.render.simulation import oversold
from cloudstock.sandbox.server import Sandbox
from cloudstock.sandbox.serving import serve
from cloudstock.sandbox.world import World
from cloudstock.simulate.trial import try_rules
from cloudstock.web.calls import calls_of, path_of
from tests.benchmarks.figures import Figure, Sizes
from tests.benchmarks.measure import cloudstock
from tests.policies.benchmark import BY_NAME, trade

COUNTED = 1_000
# Real seconds between two looks at what is shown.
LOOK_S = 0.02
# Nobody waits longer for a number to be lowered: something is wrong.
NEVER_S = 900.0
WB = "wb-main"
# Ozon takes a number once in this time, the first one, too.
OZON_AGAIN_S = 31.0
SHARES = (0.5, 0.95)
CALLS_KEY = "a-key-of-calls-that-nobody-knows"


class Mode(NamedTuple):
    """A way in which the program is kept running."""

    name: str
    # Runs it in the seller's folder until it is stopped, so many times as fast as it would; tells
    # that it is up.
    keeps: Callable[[Path, Sandbox, float, Event, Event], None]
    # From one round to the next.
    round_s: float
    # Most seconds from a sale to the other shops' lower number: half of all, 95 of 100.
    median_s: float
    slow_s: float | None = None
    # Wildberries' sales come later than those that are asked about.
    all_alike: bool = True


class Lowered(NamedTuple):
    """A sale, and when another shop showed it."""

    sold_by: str
    shown_by: str
    seconds: float


def latency(folder: Path, sizes: Sizes) -> Iterator[Figure]:
    """How long it takes from a sale until the other shops show less."""
    with ThreadPoolExecutor(len(MODES)) as pool:
        # They wait most of the time.
        works = [pool.submit(_lived, folder / f"{n}", sizes, m) for n, m in enumerate(MODES)]
        for mode, work in zip(MODES, works, strict=True):
            yield from _figures(mode, work.result(), sizes)


def _figures(mode: Mode, lowered: list[Lowered], sizes: Sizes) -> Iterator[Figure]:
    judged = [x for x in lowered if mode.all_alike or x.sold_by != WB]
    of_wb = [x for x in lowered if x.sold_by == WB]
    median_s, slow_s = _quantiles(judged)
    what = f"latency, {mode.name}: sale to less shown elsewhere"
    of = f"{sizes.latency_sales} sales, one in {sizes.latency_gap_s:g} s"
    yield Figure(f"{what}, median", "s", mode.median_s, median_s, of)
    yield Figure(f"{what}, 95 of 100", "s", mode.slow_s, slow_s, of)
    for number, name in zip(_quantiles(of_wb), ("median", "95 of 100"), strict=True):
        yield Figure(f"{what}, sold on Wildberries, {name}", "s", None, number)
    # Sales of the model wait for half a round on average, and then for this.
    delay_s = min(max(0.1, median_s - mode.round_s / 2), 0.9 * mode.round_s)
    n = sizes.latency_products
    month = trade(products=n, a_day=5.0 * n, interval_s=mode.round_s, days=30.0)
    rules = [BY_NAME[name] for name in ("share", "adaptive")]
    for name, outcome in try_rules(replace(month, delay_s=delay_s), [1], rules).items():
        yield Figure(
            f"latency, {mode.name}: oversold of 1,000 orders under {name}",
            "orders",
            None,
            oversold(outcome),
            f"a month of {n} products by the model of tests.policies",
        )


def _quantiles(lowered: list[Lowered]) -> list[float]:
    return [x or 0.0 for x in percentiles(((x.seconds, 1) for x in lowered), SHARES)]


# ---------------------------------------------------------------- a shop and its buyers


def _lived(folder: Path, sizes: Sizes, mode: Mode) -> list[Lowered]:
    """Let buyers come to a shop that the program keeps true; return what they waited for."""
    folder.mkdir(parents=True)
    world = World.standard(sizes.latency_products, speed=sizes.latency_speed)
    sandbox = Sandbox(world)
    with serve(sandbox) as url:
        config = folder / "config.yaml"
        config.touch(mode=0o600)
        config.write_text(sandbox.config_text(url))
        for sku in world.products:
            world.count(sku, COUNTED)
        rows = "".join(f"{sku},{COUNTED}\n" for sku in world.products)
        (folder / "stock.csv").write_text(f"sku,quantity\n{rows}")
        create(folder / "cloudstock.db")
        configuration = load(config, {}).configuration
        run_job("pull-catalog", configuration)
        cloudstock("import-stock", "stock.csv", "--yes", folder=folder)
        run_job("sync", configuration)
        with _kept(mode, folder, sandbox, sizes.latency_speed):
            return _sales(sandbox, sizes)


@contextmanager
def _kept(mode: Mode, folder: Path, sandbox: Sandbox, speed: float) -> Iterator[None]:
    stop, up = Event(), Event()
    thread = Thread(target=mode.keeps, args=(folder, sandbox, speed, stop, up))
    thread.start()
    try:
        if not up.wait(NEVER_S):
            raise RuntimeError(f"{mode.name}: it is not up")
        # What shows the first numbers is no sale.
        time.sleep(OZON_AGAIN_S / speed)
        yield
    finally:
        stop.set()
        thread.join()


def _sales(sandbox: Sandbox, sizes: Sizes) -> list[Lowered]:
    """Return how long each sale took to be shown by each other shop, in the limits' time."""
    world, chance = sandbox.world, random.Random(1)
    goods = [s for s in world.products if all(s in a.offers for a in world.accounts.values())]
    goods = [s for s in goods if not any(a.offers[s].archived for a in world.accounts.values())]
    left = dict.fromkeys(goods, COUNTED)
    # By product and shop that should show less: who sold, and when.
    waiting: dict[tuple[str, str], tuple[str, float]] = {}
    lowered: list[Lowered] = []
    made = 0
    next_at = time.monotonic()
    while made < sizes.latency_sales or waiting:
        now = time.monotonic()
        if made < sizes.latency_sales and now >= next_at:
            next_at = now + chance.expovariate(1) * sizes.latency_gap_s / sizes.latency_speed
            sku = chance.choice([s for s in goods if all(s != w for w, _ in waiting)])
            seller = chance.choice(list(world.accounts))
            sandbox.between_requests(partial(world.place, seller, [(sku, 1)]))
            made += 1
            left[sku] -= 1
            waiting |= {(sku, a): (seller, now) for a in world.accounts if a != seller}
        for (sku, name), (seller, sold_at) in list(waiting.items()):
            account = world.accounts[name]
            if (account.stock[account.warehouses[0], sku].free or 0) <= left[sku]:
                seconds = (now - sold_at) * sizes.latency_speed
                lowered.append(Lowered(seller, name, seconds))
                del waiting[sku, name]
            elif now - sold_at > NEVER_S:
                raise RuntimeError(f"{name} never showed that {sku} was sold by {seller}")
        time.sleep(LOOK_S)
    return lowered


# ---------------------------------------------------------------- how the program is kept running


def _started(folder: Path, *words: str, out: int = subprocess.DEVNULL) -> subprocess.Popen[bytes]:
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    return subprocess.Popen(
        [sys.executable, "-m", "cloudstock", *words],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=out,
        stderr=subprocess.DEVNULL,
    )


def _by_cron(folder: Path, _: Sandbox, speed: float, stop: Event, up: Event) -> None:
    """Start a round each minute, whether or not the last has ended."""
    up.set()
    rounds = []
    while not stop.is_set():
        rounds.append(_started(folder, "sync", "--quiet"))
        stop.wait(60.0 / speed)
    for process in rounds:
        process.wait()


def _going_on(folder: Path, _: Sandbox, speed: float, stop: Event, up: Event) -> None:
    """Let one process do a round every ten seconds; a second is the least it takes."""
    process = _started(folder, "sync", "--quiet", "--every", f"{max(1, round(10 / speed))}s")
    up.set()
    stop.wait()
    process.send_signal(signal.SIGTERM)
    process.wait()


def _by_calls(folder: Path, sandbox: Sandbox, speed: float, stop: Event, up: Event) -> None:
    """Let the marketplaces call the pages; cron's rounds go on beside them."""
    config = folder / "config.yaml"
    with config.open("a") as file:
        file.write(f"web: {{calls: {CALLS_KEY}}}\n")
    configuration = load(config, {}).configuration
    key = configuration.web.calls
    assert key is not None
    with _started(folder, "web", "--port", "0", out=subprocess.PIPE) as pages:
        assert pages.stdout is not None
        address = pages.stdout.readline().decode().split()[0]
        for account in configuration.accounts:
            if calls_of(account) is not None:
                sandbox.caller.subscribe(account.name, address + path_of(key, account))
        _by_cron(folder, sandbox, speed, stop, up)
        pages.send_signal(signal.SIGTERM)


MODES = (
    Mode("cron each minute", _by_cron, 60.0, 35.0),
    Mode("sync --every 10s", _going_on, 10.0, 8.0, 15.0),
    Mode("calls", _by_calls, 4.0, 3.0, 8.0, all_alike=False),
)
