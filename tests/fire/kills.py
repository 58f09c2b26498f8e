"""Commands killed at random moments and at every fault point, while buyers trade."""

from __future__ import annotations

import random
import signal
import subprocess
from collections import Counter
from contextlib import suppress
from pathlib import Path

from cloudstock.store import Store
from tests.fire.mortal import NOT_REACHED
from tests.fire.town import (
    COMMAND_S,
    DATABASE,
    TERM_S,
    Death,
    calm_down,
    examined,
    finish,
    kill,
    start,
)
from tests.system.conftest import Shop
from tests.system.test_trading_day import Street

# What cron and a person run, the busiest most often.
JOBS = (
    *("sync",) * 6,
    *("push-stocks",) * 3,
    *("poll-orders", "poll-returns", "poll-reserves", "pull-catalog"),
    *("adjust-stock",) * 2,
    *("backup", "restore"),
)
# How long a command may live before it is killed; most end within.
LIFE_S = 2.0
# After so many deaths the street stands still and everything is compared.
CALM_EVERY = 40
SIGNALS = (signal.SIGKILL, signal.SIGTERM)


class Fire:
    """One shop under fire. `deaths` counts what was killed by how and where it died."""

    def __init__(self, shop: Shop, seed: int) -> None:
        self.shop = shop
        self.chance = random.Random(seed)
        self.street = Street(shop, seed)
        self.deaths: Counter[str] = Counter()
        self.commands: Counter[str] = Counter()
        # The next fault point, and how many rounds have passed every one of a run.
        self.point = 1
        self.points_most = 0
        self.unanswered = 0
        self.comparisons = 0

    @property
    def killed(self) -> int:
        return sum(self.deaths.values())

    def burn(self, kills: int) -> None:
        """Kill so many commands; after each the book is whole, now and then it is compared."""
        while self.killed < kills:
            before = self.killed
            self.one_command()
            found = examined(self.shop)
            self.unanswered += any(f.kind == "unanswered" for f in found.notable)
            if self.killed > before and self.killed % CALM_EVERY == 0:
                self.compare()
        self.compare()

    def compare(self) -> None:
        calm_down(self.shop)
        examined(self.shop)
        self.comparisons += 1

    def trade(self) -> None:
        self.street.buyers_come(self.chance.randint(1, 5))
        self.street.some_cancel(self.chance.randint(0, 1))
        self.street.some_leave(self.chance.randint(0, 3))
        self.street.some_arrive(self.chance.randint(0, 2))
        if self.chance.random() < 0.3:
            self.street.some_are_refused(1)
            self.street.some_come_back(1)
            self.street.some_are_handed_over(2)

    def one_command(self) -> None:
        job = self.chance.choice(JOBS)
        if job == "adjust-stock":
            self.adjusted()
        elif job == "backup":
            self.backed_up()
        elif job == "restore":
            self.restored()
        else:
            self.trade()
            if self.chance.random() < (0.7 if job in ("sync", "push-stocks") else 0.2):
                self.at_a_fault_point(job)
            else:
                self.at_any_moment(job)

    # ------------------------------------------------------------ how it dies

    def at_any_moment(self, *words: str, trading: bool = True) -> Death:
        """Kill a command after a while, with buyers at work meanwhile."""
        by = self.chance.choice(SIGNALS)
        process = start(self.shop, *words)
        if trading:
            self.trade()
        with suppress(subprocess.TimeoutExpired):
            process.wait(self.chance.uniform(0.0, LIFE_S))
        kill(process, by)
        limit = TERM_S if by is signal.SIGTERM else COMMAND_S
        return self.noted(finish(process, words, limit), f"{by.name} at any moment")

    def at_a_fault_point(self, *words: str) -> Death:
        """Kill a command at the next fault point; past its last one, begin again at the first."""
        by = self.chance.choice(SIGNALS)
        process = start(self.shop, *words, point=self.point, by=by.name)
        self.trade()
        death = self.noted(finish(process, words, COMMAND_S), f"{by.name} at a fault point")
        if death.killed:
            self.points_most = max(self.points_most, self.point)
            self.point += 1
        else:
            assert NOT_REACHED in death.err, death.err
            if words[0] == "sync":
                self.point = 1
        return death

    def noted(self, death: Death, how: str) -> Death:
        self.commands[death.words[0]] += 1
        if death.killed:
            self.deaths[how] += 1
        else:
            assert death.code == 0, death
        return death

    # ------------------------------------------------------------ at the shelf

    def adjusted(self) -> None:
        """A unit is found: the book has it once if the command says so, else once or not at all."""
        # Of one sold more often than it lies there, nothing is found.
        lying = [sku for sku, real in self.shop.truth().items() if real["on_hand"] >= 0]
        sku = self.chance.choice(sorted(set(lying) & set(self.street.skus)))
        reason = f"found {self.chance.getrandbits(64):x}"
        words = ("adjust-stock", sku, "+1", "--reason", reason)
        if self.chance.random() < 0.5:
            death = self.noted_at_point(*words)
        else:
            death = self.at_any_moment(*words, trading=False)
        with Store.open(self.shop.folder / DATABASE) as store:
            times = store.connection.execute(
                "SELECT count(*) FROM movement WHERE note = ?", (reason,)
            ).fetchone()[0]
        assert times == 1 if death.code == 0 else times in (0, 1), (death, times)
        if times:
            self.shop.tell("count", sku=sku, quantity=self.shop.truth()[sku]["on_hand"] + 1)

    def noted_at_point(self, *words: str) -> Death:
        by = self.chance.choice(SIGNALS)
        process = start(self.shop, *words, point=self.chance.randint(1, 2), by=by.name)
        return self.noted(finish(process, words, COMMAND_S), f"{by.name} at a fault point")

    def backed_up(self) -> None:
        """A backup that was killed is whole or is not there."""
        copy = self.shop.folder / "copy.db"
        copy.unlink(missing_ok=True)
        death = self.at_any_moment("backup", str(copy), trading=False)
        if death.code == 0 or copy.exists():
            with Store.open(copy):
                pass
            self.clean(copy)

    def restored(self) -> None:
        """A restore that was killed leaves the book before it or after it, and nothing between."""
        copy = self.shop.folder / "copy.db"
        self.clean(copy)
        self.shop.run("backup", str(copy))
        self.at_any_moment("restore", str(copy), trading=False)
        examined(self.shop)
        self.clean(copy)

    def clean(self, copy: Path) -> None:
        """Take away what a person would: copies, and what killed commands left beside them."""
        for pattern in (f"{copy.name}*", ".*.partial*", f"{DATABASE}.before-*"):
            for path in self.shop.folder.glob(pattern):
                path.unlink()

    # ------------------------------------------------------------ what it comes to

    def told(self) -> list[str]:
        oversold = sum(p["oversold"] for p in self.shop.truth().values())
        equal = f"equal ({self.street.sold} orders, {oversold} units oversold)"
        return [
            f"killed {self.killed}: "
            + ", ".join(f"{n} by {how}" for how, n in sorted(self.deaths.items())),
            "commands: " + ", ".join(f"{n} {job}" for job, n in self.commands.most_common()),
            f"fault points passed in order: up to number {self.points_most} of one run",
            f"examined after each: whole; {self.unanswered} times with a push left unanswered",
            f"compared with the world {self.comparisons} times: {equal}",
            f"requests that broke a contract: {self.shop.breaches()}",
        ]
