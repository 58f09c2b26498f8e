"""Eight commands at a time, of any kind, some of them killed, while buyers trade."""

from __future__ import annotations

import random
import signal
import subprocess
import threading
import time
from collections import Counter
from contextlib import suppress

from cloudstock.store import Store
from tests.fire.town import (
    COMMAND_S,
    DATABASE,
    calm_down,
    examined,
    finish,
    kill,
    start,
)
from tests.system.conftest import Shop
from tests.system.test_trading_day import Street

AT_A_TIME = 8
# One in so many is killed.
KILLED = 10
COMMANDS: tuple[tuple[str, ...], ...] = (
    ("sync",),
    ("sync", "--wait", "0"),
    ("push-stocks", "--wait", "2"),
    ("poll-orders", "--wait", "5"),
    ("poll-returns", "--wait", "5"),
    ("poll-reserves", "--wait", "1"),
    ("pull-catalog", "--wait", "1"),
    ("push-stocks", "--dry-run"),
    ("show-stock", "--json"),
    ("show-orders",),
    ("export-stock", "-"),
    ("status",),
    ("check",),
    ("check", "--database"),
    ("check", "--database", "--repair"),
    ("backup", "--force", "latest.db"),
    *(("adjust-stock",),) * 6,
)
# `status` exits 1 where something is wrong, as its help says: it is an answer, not a failure.
ANSWERS = {"status": (0, 1)}
DONE_OR_LATER = (0, 75)


class Overlap:
    """One shop whose commands come all at once."""

    def __init__(self, shop: Shop, seed: int) -> None:
        self.shop = shop
        self.seed = seed
        self.street = Street(shop, seed)
        # Held for whatever changes the world, so that a count reads and writes it as one.
        self.world = threading.Lock()
        self.noting = threading.Lock()
        self.codes: Counter[tuple[str, int]] = Counter()
        self.killed = 0
        # (reason, sku, whether the command said that it was booked).
        self.found: list[tuple[str, str, bool]] = []
        self.failures: list[BaseException] = []

    def soak(self, seconds: float) -> None:
        """Run commands for so long; then the book is compared with the world."""
        ends = time.monotonic() + seconds
        workers = [
            threading.Thread(target=self.work, args=(number, ends)) for number in range(AT_A_TIME)
        ]
        for worker in workers:
            worker.start()
        while time.monotonic() < ends and any(w.is_alive() for w in workers):
            with self.world:
                self.street.buyers_come(4)
                self.street.some_cancel(1)
                self.street.some_leave(2)
                self.street.some_arrive(1)
            # A buyer every so often: the rest of the machine is the commands'.
            workers[0].join(0.5)
        for worker in workers:
            worker.join()
        if self.failures:
            raise self.failures[0]
        # The last word on locks: nobody is left who could hold it.
        self.shop.run("sync", "--wait", "0")
        self.count_what_was_found()
        calm_down(self.shop)
        examined(self.shop)

    def work(self, number: int, ends: float) -> None:
        chance = random.Random(f"{self.seed} {number}")
        try:
            while time.monotonic() < ends and not self.failures:
                self.one_command(chance)
        except BaseException as failure:  # noqa: BLE001 - told by the thread that started this
            self.failures.append(failure)

    def one_command(self, chance: random.Random) -> None:
        words = chance.choice(COMMANDS)
        reason = f"found {chance.getrandbits(64):x}"
        sku = chance.choice(self.street.skus)
        if words[0] == "adjust-stock":
            words = (*words, sku, "+1", "--reason", reason)
            self.lay_down(sku, 1)
        process = start(self.shop, *words)
        if not chance.randrange(KILLED):
            with suppress(subprocess.TimeoutExpired):
                process.wait(chance.uniform(0.1, 2.0))
            kill(process, signal.SIGKILL)
        ended = finish(process, words, COMMAND_S)
        with self.noting:
            self.killed += ended.killed
            if not ended.killed:
                self.codes[words[0], ended.code] += 1
            if words[0] == "adjust-stock":
                self.found.append((reason, sku, ended.code == 0))
        allowed = ANSWERS.get(words[0], DONE_OR_LATER)
        assert ended.killed or ended.code in allowed, ended

    def count_what_was_found(self) -> None:
        """What a command said that it booked is in the ledger, once."""
        with Store.open(self.shop.folder / DATABASE) as store:
            rows = store.connection.execute(
                "SELECT note, count(*) FROM movement WHERE note LIKE 'found %' GROUP BY note"
            )
            booked = {r[0]: r[1] for r in rows}
        for reason, sku, said in self.found:
            times = booked.get(reason, 0)
            assert times == 1 if said else times in (0, 1), (reason, sku, said, times)
            if not times:
                # Killed before it was booked: to the book it was never found.
                self.lay_down(sku, -1)

    def lay_down(self, sku: str, units: int) -> None:
        """Put units on the world's shelf, or take them off."""
        with self.world:
            shelf = self.shop.truth()[sku]["on_hand"]
            self.shop.tell("count", sku=sku, quantity=shelf + units)

    def told(self) -> list[str]:
        codes: Counter[int] = Counter()
        for (_, code), times in self.codes.items():
            codes[code] += times
        by_code = ", ".join(f"{n} exited {c}" for c, n in sorted(codes.items()))
        total = sum(codes.values()) + self.killed
        said = sum(said for *_, said in self.found)
        return [
            f"commands: {total}, {AT_A_TIME} at a time; {by_code}, {self.killed} killed",
            f"corrections: {len(self.found)}; {said} said to be booked, each in the ledger once",
            f"compared with the world: equal ({self.street.sold} orders)",
        ]
