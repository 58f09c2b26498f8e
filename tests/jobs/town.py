"""A shop in memory for every account, a book on disk, and a clock that stands until it is moved."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from cloudstock import language
from cloudstock.changes.closing import CloseRequest
from cloudstock.domain.work import Job
from cloudstock.jobs.accounts import Context, each, record_runs, sessions
from cloudstock.jobs.check import check
from cloudstock.jobs.closing import close
from cloudstock.jobs.poll_orders import poll_orders
from cloudstock.jobs.poll_reserves import poll_reserves
from cloudstock.jobs.poll_returns import poll_returns
from cloudstock.jobs.pull_catalog import pull_catalog
from cloudstock.jobs.push_stocks import push_stocks
from cloudstock.jobs.results import AccountResult, PlannedPush
from cloudstock.jobs.sync import sync
from cloudstock.settings import Account, Configuration, WarehouseLink
from cloudstock.store import Store
from tests.memory import Memory, MemoryShop

START = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)


class StandingClock:
    """Time that moves only when told to, or when somebody sleeps."""

    def __init__(self) -> None:
        self.moment = START

    def now(self) -> datetime:
        self.moment += timedelta(microseconds=1)
        return self.moment

    async def sleep(self, seconds: float) -> None:
        self.moment += timedelta(seconds=seconds)

    def move(self, **parts: float) -> None:
        self.moment += timedelta(**parts)


class StoppedClock(StandingClock):
    """Time that does not move by being looked at, for what happens at the very moment."""

    def now(self) -> datetime:
        return self.moment


@dataclass
class Town:
    """Accounts with their shops, and the jobs by short names."""

    store: Store
    clock: StandingClock
    config: Configuration
    shops: dict[str, MemoryShop]
    results: dict[str, AccountResult] = field(default_factory=dict)
    # The notes of all runs.
    all_notes: list[str] = field(default_factory=list)
    # What stands between the jobs and a shop, by account; else a plain `Memory`.
    adapters: dict[str, type[Memory]] = field(default_factory=dict)
    # Another run waits for this one.
    is_wanted: bool = False

    def run(self, job: str, *, only: str | None = None, **options: object) -> list[PlannedPush]:
        return asyncio.run(self._run(job, only, options))

    async def _run(
        self, job: str, only: str | None, options: dict[str, object]
    ) -> list[PlannedPush]:
        accounts = tuple(a for a in self.config.accounts if only in (None, a.name))
        dry_run = bool(options.pop("dry_run", False))
        context = Context(
            self.config,
            self.store,
            self.clock,
            accounts,
            lambda a: self.adapters.get(a.name, Memory)(self.shops[a.name]),
            dry_run,
            is_wanted=lambda: self.is_wanted,
        )
        planned: list[PlannedPush] = []
        async with sessions(context) as among:
            if job == "push":
                planned = await push_stocks(context, among, **options)  # type: ignore[arg-type]
            elif job == "close":
                planned = await close(
                    context, among[0], CloseRequest(account=among[0].name, **options)
                )  # type: ignore[arg-type]
            elif job == "sync":
                planned = await sync(context, among, **options)  # type: ignore[arg-type]
            else:
                work = {
                    "catalog": pull_catalog,
                    "orders": poll_orders,
                    "returns": poll_returns,
                    "reserves": poll_reserves,
                    "check": check,
                }[job]
                await each(context, Job(job), among, lambda s: work(context, s, **options))
            if not dry_run:
                record_runs(context, among)
            self.results = {s.name: s.result() for s in among}
            self.all_notes += [note for result in self.results.values() for note in result.notes]
        return planned

    def feed_north(self, feeds: dict[str, str]) -> MemoryShop:
        """Feed the northern shop's warehouses from these of ours; return the shop."""
        north = self.shops["north"]
        north.warehouses = tuple(dict.fromkeys((*north.warehouses, *feeds)))
        links = tuple(WarehouseLink(*link) for link in feeds.items())
        first = replace(self.config.accounts[0], warehouses=links)
        self.config = replace(self.config, accounts=(first, *self.config.accounts[1:]))
        return north

    def count(self, sku: str, quantity: int, warehouse: str = "main") -> None:
        with self.store.transaction():
            product = self.store.catalog.product(sku)
            assert product is not None, f"{sku} is not in the catalog"
            shelf = self.store.ledger.warehouse(warehouse)
            self.store.ledger.count(product, shelf, quantity, now=self.clock.now())

    def level(self, sku: str, warehouse: str = "main") -> tuple[int | None, int]:
        product = self.store.catalog.product(sku)
        assert product is not None
        level = self.store.ledger.level(product, self.store.ledger.warehouse(warehouse))
        return level.on_hand, level.reserved

    def believed(self, account: str, sku: str) -> tuple[int | None, int | None]:
        """The least and the most that a listing may be showing, as far as the book knows."""
        row = self.store.connection.execute(
            "SELECT s.low, s.high FROM listing_stock s JOIN listing l ON l.id = s.listing_id"
            " JOIN account a ON a.id = l.account_id WHERE a.name = ? AND l.offer_id = ?",
            (account, sku),
        ).fetchone()
        return row[0], row[1]

    def movements(self) -> int:
        return int(self.store.connection.execute("SELECT count(*) FROM movement").fetchone()[0])

    def shows(self, account: str, sku: str) -> int | None:
        return self.shops[account].free.get((sku, "1"))


@contextmanager
def founded(folder: Path, *accounts: Account) -> Iterator[Town]:
    """Found a town of these accounts; their shops offer nothing yet."""
    with _of(Configuration(folder / "config.yaml", folder / "book.db", accounts)) as town:
        yield town


@contextmanager
def begun(
    folder: Path,
    configuration: Callable[[Path], Configuration],
    *acts: Callable[[Town], object],
) -> Iterator[Town]:
    """Found a town in which these acts are done already, in this order.

    They are done once in a process; what came of them is copied.
    """
    config = configuration(folder)
    database, lived = _come_of(configuration, acts)
    config.database.touch(mode=0o600, exist_ok=False)
    config.database.write_bytes(database)
    with Store.open(config.database) as store:
        yield Town(store, config=config, **deepcopy(lived))


@cache
def _come_of(
    configuration: Callable[[Path], Configuration], acts: tuple[Callable[[Town], object], ...]
) -> tuple[bytes, dict[str, Any]]:
    """Return the database that acts lead to, and what else a town has."""
    # Whoever comes first may speak another language.
    with TemporaryDirectory() as folder, language.speaking("en"):
        config = configuration(Path(folder))
        with _of(config) as town:
            for act in acts:
                act(town)
        names = ("clock", "shops", "results", "all_notes")
        return config.database.read_bytes(), {name: getattr(town, name) for name in names}


@contextmanager
def _of(config: Configuration) -> Iterator[Town]:
    clock = StandingClock()
    shops = {
        a.name: MemoryShop(clock, tuple(link.warehouse_id for link in a.warehouses))
        for a in config.accounts
    }
    with Store.open(config.database, create=True) as store:
        yield Town(store, clock, config, shops)
