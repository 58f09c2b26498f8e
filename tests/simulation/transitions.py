"""What a change hides: units that are there and that no listing shows, and for how long.

A calm day: three shops offer a few products, nobody buys, and cron goes every minute. Then one
thing changes. From that moment on, units that no listing shows are counted over time. So what is
measured is how long the program waits, and no marketplace's slowness, fault or sale.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from cloudstock.changes.backup import backup, restore
from cloudstock.domain.transition import How
from cloudstock.settings import Account, Configuration, StockPolicy, WarehouseLink
from cloudstock.store import Store
from tests.acting import set_policy
from tests.simulation.day import HOUR, NATURES, Town
from tests.simulation.faults import KINDS
from tests.simulation.program import in_place
from tests.simulation.shops import Offer, Shop

UNITS = {"P16": 16, "P5": 5, "P2": 2, "P1": 1}
WAREHOUSES = {"oz": "1020", "wb": "507", "ym": ""}
# The shop that comes later, is new to a product, or whose answer is lost: the slowest to tell.
LATE = "ym"
ROUND_S, SAMPLE_S = 60.0, 5.0


class Still(Town):
    """A town in which nothing happens by itself."""

    def _configuration(self, folder: Path) -> Configuration:
        accounts = []
        for name, shop in self.shops.items():
            shop.shelves = {WAREHOUSES[name]: "main"}
            links = (WarehouseLink(WAREHOUSES[name], "main"),)
            policy = StockPolicy(policy=self.policy)
            accounts.append(Account(name, NATURES[name].marketplace, links, policy, cabinet=name))
        return Configuration(folder / "config.yaml", folder / "book.db", tuple(accounts))

    def _stock_shops(self) -> None:
        for number, (sku, units) in enumerate(UNITS.items()):
            self.trade.shelf[sku, "main"] = units
            for shop in self.shops.values():
                self.offer(shop, number, sku)

    def offer(self, shop: Shop, number: int, sku: str) -> None:
        """Put a product into a shop, where it shows nothing of ours yet."""
        ext = f"{shop.name}{500 + number}"
        keys = (f"sku:{ext}",) if shop.name == "oz" else ()
        keys += (f"chrt:{ext}",) if shop.name == "wb" else (f"offer:{sku}",)
        shop.offer(Offer(ext, sku, keys, {sku: 1}))
        shop.panes[ext, WAREHOUSES[shop.name]].set(3, self.world.us)

    def begin(self) -> None:
        """Count everything, and wait until every listing shows its part."""
        self.world.advance(240)
        self.program.run("pull-catalog")
        for sku, units in UNITS.items():
            self.seller.count((sku, "main"), units)
        self.rounds(HOUR)

    def keep_a_copy(self) -> None:
        """Make the copy that is put back an hour later."""
        self._copy = self.config.database.with_name("copy.db")
        backup(self.config.database, self._copy)
        self.rounds(HOUR)

    def rounds(self, span_s: float) -> None:
        """Let cron go for so long."""
        ends = self.world.us + int(span_s * 1_000_000)
        while self.world.us < ends:
            self.program.run("sync", yes=True)
            self.world.advance(ROUND_S)

    def hidden(self) -> int:
        """Return the units that are there and that no listing shows."""
        shown = dict.fromkeys(UNITS, 0)
        for shop in self.shops.values():
            for (ext, _), pane in shop.panes.items():
                shown[shop.offers[ext].offer_id] += pane.shown or 0
        return sum(max(0, self.trade.shelf[sku, "main"] - n) for sku, n in shown.items())

    def measure(self, change: Callable[[], None]) -> tuple[float, float]:
        """Return for how many minutes a unit was hidden on average, and until when any was."""
        began, unit_s, last_us = self.world.us, 0.0, self.world.us

        def sample() -> None:
            nonlocal unit_s, last_us
            if hidden := self.hidden():
                unit_s += hidden * SAMPLE_S
                last_us = self.world.us
            self.world.later(SAMPLE_S, sample, life=False)

        self.world.later(SAMPLE_S, sample, life=False)
        change()
        self.rounds(1.5 * HOUR)
        units = sum(self.trade.shelf[sku, "main"] for sku in UNITS)
        return unit_s / units / 60, (last_us - began) / 60_000_000

    # ------------------------------------------------------------ what changes

    def configure(self, policy: str) -> None:
        """Change the policy of all accounts."""
        config = self.program.config
        accounts = tuple(
            replace(a, policy=replace(a.policy, policy=policy)) for a in config.accounts
        )
        self.program.config = replace(config, accounts=accounts)

    def share_otherwise(self, policy: str, how: How) -> None:
        """Give every product a policy of its own."""
        now = self.world.now()
        self.program.by_hand(
            "set-policy", lambda store: set_policy(store, list(UNITS), policy, how=how, now=now)
        )

    def put_back(self) -> None:
        """Restore the copy of an hour before."""
        restore(self._copy, self.config.database, now=self.world.now())
        for shop in self.shops.values():
            shop.forget()
        self.watch.forget()

    def leave_out(self) -> None:
        """Configure all accounts but one."""
        self._late = self.shops.pop(LATE)
        accounts = tuple(a for a in self.config.accounts if a.name != LATE)
        self.program.config = replace(self.config, accounts=accounts)

    def let_in(self) -> None:
        """Configure all accounts, and read the catalog."""
        self.shops[LATE] = self._late
        self.program.config = self.config
        self.program.run("pull-catalog")

    def deliver(self) -> None:
        """Deliver as many units again."""
        for sku, units in UNITS.items():
            self.seller.count((sku, "main"), 2 * units)

    def deliver_and_lose_an_answer(self) -> None:
        """Deliver, and have one account's next push get no answer."""
        weather, before = self.shops[LATE].weather, self.program.before_push

        def lose(store: Store, shop: Shop, updates: Sequence[object]) -> None:
            before(store, shop, updates)  # type: ignore[arg-type]
            if shop.name == LATE:
                weather.never = frozenset(KINDS) - {"lost after"}
                weather.severity = 1 / KINDS["lost after"]

        self.deliver()
        self.program.before_push = lose
        self.program.run("sync", yes=True)
        self.program.before_push = before
        weather.severity = 0.0


@dataclass(frozen=True, slots=True)
class Transition:
    """A change, and what stands before it."""

    name: str
    act: Callable[[Still], None]
    before: Callable[[Still], None] = lambda town: None
    # What stands between that and it, once every listing shows its part.
    begun: Callable[[Still], None] = lambda town: None
    # The policy after it, and the one before.
    policies: Sequence[tuple[str, str]] = (("share", "share"), ("split", "split"))


def _new_listings(town: Still) -> None:
    for number, sku in enumerate(UNITS):
        town.offer(town.shops[LATE], number, sku)
    town.program.run("pull-catalog")


def _no_listings(town: Still) -> None:
    shop = town.shops[LATE]
    shop.offers.clear()
    shop.panes.clear()


TRANSITIONS = (
    *(
        Transition(
            f"divided: `set-policy SKU split --how {how}`",
            lambda t, how=how: t.share_otherwise("split", how),  # type: ignore[misc]
            policies=(("split", "share"),),
        )
        for how in How
    ),
    Transition(
        "divided: `policy: split` in the configuration",
        lambda t: t.configure("split"),
        policies=(("split", "share"),),
    ),
    Transition("shared again", lambda t: t.configure("share"), policies=(("share", "split"),)),
    Transition("a new account", Still.let_in, Still.leave_out),
    Transition("a new listing of each product", _new_listings, _no_listings),
    Transition("a delivery of as much again", Still.deliver),
    Transition("the same, and an answer is lost", Still.deliver_and_lose_an_answer),
    Transition("a database of an hour ago restored", Still.put_back, begun=Still.keep_a_copy),
)


def measured(transition: Transition, policy: str) -> tuple[float, float]:
    """Return what `Still.measure` does of a transition."""
    folder = Path(tempfile.mkdtemp(prefix="cloudstock-transition-"))
    town = Still(1, folder, policy)
    try:
        with in_place(town.program):
            transition.before(town)
            town.begin()
            transition.begun(town)
            return town.measure(lambda: transition.act(town))
    finally:
        shutil.rmtree(folder)


def table() -> Iterator[str]:
    """Yield the lines of the manual's table."""
    yield "| change | hidden under `share` | hidden under `split` |"
    yield "| --- | ---: | ---: |"
    for transition in TRANSITIONS:
        cells = {"share": "", "split": ""}
        for after, before in transition.policies:
            hidden, until = measured(transition, before)
            cells[after] = f"{hidden:.1f} min (until {until:.0f} min)" if until else "0"
        yield f"| {transition.name} | {' | '.join(cells.values())} |"
