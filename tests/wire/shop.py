"""A shop on an ordinary day, of which every trial gets a copy of its own."""

from __future__ import annotations

import asyncio
import copy
import tempfile
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import httpx

from cloudstock.config.loading import load
from cloudstock.jobs import commands
from cloudstock.jobs.accounts import Context
from cloudstock.jobs.recent import RecentAnswers
from cloudstock.jobs.results import JobResult
from cloudstock.jobs.surprises import MetWordsByAccount
from cloudstock.marketplaces.base import Marketplace, Surprises
from cloudstock.marketplaces.opening import open_marketplace
from cloudstock.marketplaces.pace import Pace
from cloudstock.sandbox.server import Sandbox
from cloudstock.sandbox.world import World
from cloudstock.settings import Account, Configuration
from cloudstock.store import Store
from tests.simulation import clock as simulated
from tests.wire.line import HOST, Line

T = TypeVar("T")

ACCOUNTS = {"ozon": "ozon-main", "wildberries": "wb-main", "yandex_market": "ym-main"}
Transports = Callable[[Account], httpx.AsyncBaseTransport]


@dataclass
class Trial:
    """One copy: its world, its book, and the program over them."""

    time: simulated.World
    sandbox: Sandbox
    config: Configuration
    store: Store
    # Limits are counted afresh.
    pace: Pace
    # Runs know what was answered lately, as they do outside trials. Off, so that every run asks
    # everything and every answer can be spoilt.
    remembers: bool = False

    def in_time(self, main: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine in virtual time; waiting takes none."""
        with asyncio.Runner(loop_factory=lambda: simulated.VirtualLoop(self.time)) as runner:
            return runner.run(main)

    @property
    def clock(self) -> simulated.ProgramClock:
        """The program's clock."""
        return simulated.ProgramClock(self.time, asyncio.sleep)

    def open(
        self,
        account: Account,
        transport: httpx.AsyncBaseTransport,
        surprises: Surprises | None = None,
    ) -> Marketplace:
        """Connect as a run does."""
        recent = RecentAnswers(self.store, self.clock, account) if self.remembers else None
        return open_marketplace(
            account,
            clock=self.clock,
            pace=self.pace,
            transport=transport,
            recent=recent,
            surprises=surprises,
        )

    def run(self, command: str, transports: Transports | None = None, **also: bool) -> JobResult:
        """Run a command over all accounts; without `transports` nothing is spoilt."""
        over = transports or (lambda account: Line(self.sandbox))
        met = MetWordsByAccount()
        context = Context(
            config=self.config,
            store=self.store,
            clock=self.clock,
            accounts=self.config.accounts,
            connect=lambda account: self.open(account, over(account), met[account.name]),
            surprises=met,
            dry_run=also.get("dry_run", False),
        )
        full, yes = also.get("full", False), also.get("yes", False)
        return self.in_time(
            commands._run(
                command, context, since=None, full=full, yes=yes, closes=None, often=False
            )
        )


class Shop:
    """The original."""

    def __init__(self, folder: Path) -> None:
        self._time = simulated.World(0)
        self._path = folder / "cloudstock.db"
        world = World.standard(12, clock=self._time.now)
        (folder / "config.yaml").write_text(Sandbox(world).config_text(f"http://{HOST}"))
        (folder / "config.yaml").chmod(0o600)
        self._config = load(folder / "config.yaml", {}).configuration
        with Store.open(self._path, create=True) as store, Pace() as pace:
            self._fill(Trial(self._time, Sandbox(world), self._config, store, pace))
        self._world = world
        self._us = self._time.us

    @contextmanager
    def copy(self) -> Iterator[Trial]:
        """Yield a copy; all begin at the same moment."""
        time = copy.copy(self._time)
        time.us = self._us
        world = copy.deepcopy(self._world, {id(self._world._clock): time.now})
        with Store.open_copy(self._path) as store, Pace() as pace:
            yield Trial(time, Sandbox(world), self._config, store, pace)

    def _fill(self, trial: Trial) -> None:
        """A day of trade: something of every kind is in the book, and something new has come."""
        world = trial.sandbox.world
        for command in ("pull-catalog", "poll-orders", "poll-returns"):
            self._must(trial.run(command))
        for product, sku in trial.store.connection.execute("SELECT id, sku FROM product"):
            if sku in world.products:
                world.count(sku, 40)
                with trial.store.transaction():
                    shelf = trial.store.ledger.warehouse("main")
                    trial.store.ledger.count(product, shelf, 40, now=trial.time.now())
        trial.time.advance(120)
        self._must(trial.run("sync"))
        trial.time.advance(600)
        orders = {name: self._trade(trial, name) for name in ACCOUNTS.values()}
        trial.time.advance(120)
        self._must(trial.run("sync"))
        trial.time.advance(900)
        for name, ids in orders.items():
            self._move_on(trial, name, ids)
        trial.time.advance(400)

    def _trade(self, trial: Trial, name: str) -> list[str]:
        world = trial.sandbox.world
        skus = [s for s, o in world.account(name).offers.items() if not o.archived][:6]
        ids = []
        for n, sku in enumerate(skus):
            basket = [(sku, 1)] if name == "wb-main" else [(sku, 2), (skus[(n + 1) % 6], 1)]
            ids += [o.order_id for o in world.place(name, basket)]
        return ids

    def _move_on(self, trial: Trial, name: str, ids: list[str]) -> None:
        world = trial.sandbox.world
        world.do(name, ids[0], "confirm")
        world.do(name, ids[1], "ship")
        for order_id in ids[2:4]:
            world.do(name, order_id, "deliver")
        world.do(name, ids[4], "cancel")
        for order_id in ids[2:4]:
            returns = world.start_return(name, order_id, None)
            world.do_return(name, returns[0], "receive" if order_id == ids[2] else "arrive")
        self._trade(trial, name)

    def _must(self, result: JobResult) -> None:
        assert result.ok, [a.error for a in result.accounts]


@contextmanager
def a_shop() -> Iterator[Shop]:
    """Yield a shop in a temporary folder."""
    with tempfile.TemporaryDirectory(prefix="cloudstock-wire-") as folder:
        yield Shop(Path(folder))
