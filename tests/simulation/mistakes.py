"""What people do to files and to the configuration while the program is at work."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from cloudstock.changes.backup import backup, restore
from cloudstock.errors import ConfigurationError, DatabaseError, DatabaseMissing
from tests.simulation.faults import Broken
from tests.simulation.office import Office
from tests.simulation.program import COMMANDS
from tests.simulation.shops import version_of

if TYPE_CHECKING:
    from tests.simulation.day import Town


class Mistakes:
    """Databases lost, emptied and put back old; keys of another cabinet; others who write."""

    def __init__(self, town: Town) -> None:
        self.town = town
        self.random = town.random
        self.database = town.config.database
        self.office = Office(town)
        self._next: list[Callable[[], None]] = []

    def something(self) -> None:
        """Do one of them, and put it right."""
        if self.random.random() < 0.6:
            weights, acts_at_desks = zip(*self.office.acts(), strict=True)
            desk = self.random.choices(acts_at_desks, weights)[0]
            if desk():
                self.town.report.faults[desk.__name__.replace("_", " ")] += 1
            return
        if not self._next:
            # Each in its turn, so that every day has most of them.
            acts = [
                self.lose_the_database,
                self.empty_the_database,
                self.put_an_old_copy_back,
                self.swap_keys,
                self.let_others_write,
            ]
            self._next = self.random.sample(acts, len(acts))
        act = self._next.pop()
        act()
        self.town.report.faults[act.__name__.replace("_", " ")] += 1

    # ------------------------------------------------------------ the database

    def lose_the_database(self) -> None:
        """Its disk is not mounted for a while; it is as it was afterwards."""
        away = self.database.with_name("away")
        away.mkdir()
        for file in self._files():
            file.rename(away / file.name)
        self.town.program.refuses(DatabaseMissing)
        if self._files():
            raise Broken("a database was begun where none was")
        for file in away.iterdir():
            file.rename(self.database.with_name(file.name))
        away.rmdir()

    def empty_the_database(self) -> None:
        """The file is cut to nothing; the copy of a moment before takes its place."""
        copy = self._copy()
        for file in self._files():
            file.unlink()
        self.database.touch()
        self.town.program.refuses(DatabaseError)
        if self.database.stat().st_size:
            raise Broken("an empty file became a database")
        self._put_back(copy, by_command=True)

    def put_an_old_copy_back(self) -> None:
        """Work goes on for a while, then the copy takes the database's place, in either way."""
        copy = self._copy()
        known = {name: dict(shop.known) for name, shop in self.town.shops.items()}
        read = {name: shop.orders_read_us for name, shop in self.town.shops.items()}
        self.town.trade.to_be_forgotten = True
        for _ in range(self.random.randint(1, 4)):
            self.town.program.run(self.random.choice(COMMANDS))
            self.town.world.advance(self.random.expovariate(1 / 400))
        self.town.trade.to_be_forgotten = False
        self._put_back(copy, by_command=self.random.random() < 0.5)
        for name, shop in self.town.shops.items():
            shop.known, shop.orders_read_us = known[name], read[name]
        # Only a run finds out a copy that was put there by other means; people's commands do not.
        self.town.program.run("poll-orders")

    def _copy(self) -> Path:
        copy = self.database.with_name("copy.db")
        backup(self.database, copy, force=True)
        return copy

    def _put_back(self, copy: Path, *, by_command: bool) -> None:
        town = self.town
        if by_command:
            done = restore(copy, self.database, now=town.world.now())
            if done.kept is not None:
                done.kept.unlink()
        else:
            for file in self._files():
                file.unlink()
            shutil.copyfile(copy, self.database)
        for shop in town.shops.values():
            shop.forget()
            shop.known_changes += 1
        with town.book() as store:
            orders = store.connection.execute(
                "SELECT a.cabinet, o.order_id, o.handle FROM orders o JOIN account a"
                " ON a.id = o.account_id"
            ).fetchall()
        for name, order_id, handle in orders:
            if town.shops[name].known.get(order_id, 0) < version_of(handle):
                raise Broken(f"{order_id} is newer in a copy than it was read")
        town.program.right.clear()
        town.watch.forget()

    def _files(self) -> list[Path]:
        names = ("", "-wal", "-shm")
        return [f for n in names if (f := Path(f"{self.database}{n}")).exists()]

    # ------------------------------------------------------------ the configuration

    def swap_keys(self) -> None:
        """An account has the key of a cabinet that nobody knows; then its own again."""
        program, before = self.town.program, self.town.program.config
        with self.town.book() as store:
            # Under another name as well, before any run, it would be another account.
            known = set(store.catalog.account_ids())
        names = [a.name for a in before.accounts if a.name in known]
        if not names:
            return
        other = self.random.choice(names)
        program.config = replace(
            before,
            accounts=tuple(
                replace(a, cabinet="another") if a.name == other else a for a in before.accounts
            ),
        )
        self.town.program.refuses(ConfigurationError)
        program.config = before

    # ------------------------------------------------------------ others

    def let_others_write(self) -> None:
        """Another machine writes its own numbers, again and again."""
        shop = self.random.choice(list(self.town.shops.values()))
        for _ in range(3):
            for _ in range(3):
                self.town._meddle(shop)
            self.town.program.run("poll-reserves")
            self.town.world.advance(1_000.0)
            self.town.program.run("sync")
