"""The program under test: the real jobs over a real file, killed and disturbed at their steps."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest.mock import patch

from cloudstock.domain.records import StockUpdate
from cloudstock.errors import Busy, CloudstockError
from cloudstock.jobs import commands
from cloudstock.jobs.results import JobResult
from cloudstock.settings import Account, Configuration
from cloudstock.store import Store
from tests.simulation.clock import ProgramClock, VirtualAsyncio, World
from tests.simulation.faults import Broken, Killed, Process, Report
from tests.simulation.shops import Connection, Shop

COMMANDS = ("sync", "pull-catalog", "poll-orders", "poll-reserves", "poll-returns", "push-stocks")
# Counts that mean: not everything that should have been sent was sent and taken.
UNSENT = ("pending", "held", "waiting", "later", "refused", "unknown_pushes")

# A run that pushed reads the orders once more and pushes what turned up; it gives up after this
# many times, whichever accounts they were.
ROUNDS_READ = 2


class Program:
    """Runs commands as cron and people do, each as a process of its own."""

    def __init__(
        self, world: World, shops: dict[str, Shop], config: Configuration, report: Report
    ) -> None:
        self.world = world
        self.shops = shops
        self.config = config
        self.report = report
        self._processes: list[Process] = []
        self.store_class = _watched_store(self)
        # Called after every commit with the store, and before and after numbers are taken.
        self.after_commit: Callable[[Store], None] = lambda store: None
        self.before_push: Callable[[Store, Shop, Sequence[StockUpdate]], None] = (
            lambda store, shop, updates: None
        )
        self.after_push: Callable[[Store, Shop], None] = lambda store, shop: None
        self.before_orders: Callable[[Shop], None] = lambda shop: None
        # Accounts that show what they should, as far as the book knows.
        self.right: set[str] = set()
        self.bugs: list[str] = []

    def shop(self, account: str) -> Shop:
        """Return the cabinet that an account of the configuration is of."""
        return next(s for s in self.shops.values() if s.account == account)

    @property
    def process(self) -> Process:
        """The process at work."""
        return self._processes[-1]

    def run(
        self,
        command: str,
        *,
        kill_at: int | None = None,
        meanwhile: dict[int, Callable[[], None]] | None = None,
        **options: object,
    ) -> JobResult | None:
        """Run a job; None where the process was killed, or another held the lock."""
        with self._as_process(command, kill_at) as process:
            process.meanwhile = dict(meanwhile or {})
            clock = ProgramClock(self.world, _pause(process))

            def connect(account: Account) -> Connection:
                shop = self.shop(account.name)

                def about_to_push(shop: Shop, updates: Sequence[StockUpdate]) -> None:
                    if not account.push:
                        raise Broken(f"{shop.name} is only watched and was sent {updates}")
                    self.before_push(process.store, shop, updates)

                def have_pushed(shop: Shop) -> None:
                    self.after_push(process.store, shop)

                return Connection(shop, process, about_to_push, self.before_orders, have_pushed)

            try:
                result = commands.run_job(
                    command, self.config, lock_wait_s=0.0, clock=clock, connect=connect, **options
                )
            except Busy:
                self.report.faults["lock held"] += 1
                self.world.tell(f"{command} found the lock held")
                return None
            if process.dead:
                raise Killed
            self._note(command, result)
            for account in result.accounts:
                pushed = self.shop(account.account).name in process.unread
                if account.ok and pushed and process.rounds.total() < ROUNDS_READ:
                    raise Broken(f"{account.account} was pushed and its orders not read after it")
            return result
        return None

    def by_hand(
        self, name: str, act: Callable[[Store], object], *, settles_names: bool = False
    ) -> bool:
        """Let a person's command work on the book; False where it was killed or refused.

        `settles_names`: names that were changed in the configuration are its own to take in.
        """
        with self._as_process(name, None), self.store_class.open(self.config.database) as store:
            if not settles_names:
                store.settle(self.config.accounts)
            act(store)
            return True
        return False

    def refuses(self, error: type[CloudstockError]) -> None:
        """Run a few commands: each ends with this error, and nothing is asked or sent."""
        writes = [shop.writes for shop in self.shops.values()]
        for command in self.world.random.sample(COMMANDS, 2):
            try:
                self.run(command)
            except error:
                continue
            raise Broken(f"{command} went on, instead of {error.__name__}")
        if writes != [shop.writes for shop in self.shops.values()]:
            raise Broken("something was sent by a command that was refused")

    @contextmanager
    def _as_process(self, name: str, kill_at: int | None) -> Iterator[Process]:
        process = Process(name, self.world, self.report, kill_at=kill_at)
        self._processes.append(process)
        self.report.done[f"runs of {name}"] += 1
        self.world.tell(f"run {name}")
        try:
            yield process
        except BaseException:
            # Whatever a dead process raises on its way down, nobody hears.
            if not process.dead:
                raise
            for shop in self.shops.values():
                shop.forget()
            self.right.clear()
        finally:
            self._processes.remove(process)
            if self.bugs:
                raise Broken(f"a bug in {name}: {self.bugs[0]}")

    def _note(self, command: str, result: JobResult) -> None:
        for account in result.accounts:
            if account.error is not None:
                self.report.done[f"failed: {account.error.kind}"] += 1
                self.world.tell(f"{command} {account.account} failed: {account.error.message}")
                if account.error.kind == "bug":
                    raise Broken(account.error.message)
        if command not in ("sync", "push-stocks") or len(result.accounts) != len(self.shops):
            return
        for account in result.accounts:
            # A refused listing is left alone for a while: no count tells of it then.
            shop = self.shop(account.account)
            refused = any(p.put_off for p in shop.panes.values())
            watched = account.account in self.config.watched
            if watched:
                self.report.done["rounds that only watched an account"] += 1
            sent = not any(account.counts.get(c) for c in UNSENT)
            if account.ok and not refused and not watched and sent:
                self.right.add(shop.name)

    def committed(self, store: Store, changes: int) -> None:
        """A transaction was committed."""
        for shop in self.shops.values():
            shop.reconcile(store)
        if changes:
            self.right.clear()
            self.after_commit(store)


def _pause(process: Process) -> Callable[[float], Coroutine[Any, Any, None]]:
    async def pause(seconds: float) -> None:
        process.step("sleep: before", waits=True)
        await asyncio.sleep(seconds)
        process.step("sleep: after", waits=True)

    return pause


def _watched_store(program: Program) -> type[Store]:
    """Return a store of which every commit is a step at which its process may die."""

    class WatchedStore(Store):
        def __init__(self, connection, path) -> None:  # type: ignore[no-untyped-def]
            super().__init__(connection, path)
            self.process = program.process
            self.process.connections.append(connection)
            self.process.store = self

        @contextmanager
        def transaction(self) -> Iterator[None]:
            if self.connection.in_transaction:
                yield
                return
            before = self.connection.total_changes
            with super().transaction():
                self.process.step("after BEGIN", waits=False)
                yield
                self.process.step("before COMMIT", waits=False)
            program.committed(self, self.connection.total_changes - before)
            self.process.step("after COMMIT", waits=False)

    return WatchedStore


@contextmanager
def in_place(program: Program) -> Iterator[None]:
    """Put the world's time and the watched book into the program's commands."""

    class Listener(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if record.getMessage().startswith("job.bug") and not program.process.dead:
                error = record.exc_info[1] if record.exc_info else None
                if isinstance(error, Broken):
                    program.bugs.append(str(error))
                else:
                    program.bugs.append(self.format(record))

    logger = logging.getLogger("cloudstock")
    listener = Listener()
    propagate, level = logger.propagate, logger.level
    with ExitStack() as stack:
        stack.enter_context(patch.object(commands, "asyncio", VirtualAsyncio(program.world)))
        stack.enter_context(patch.object(commands, "Store", program.store_class))
        logger.addHandler(listener)
        logger.propagate = False
        logger.setLevel(logging.ERROR)
        try:
            yield
        finally:
            logger.removeHandler(listener)
            logger.propagate, logger.level = propagate, level
