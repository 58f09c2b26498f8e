"""One seed: a shop town, its trading days, and the calm after each of them."""

from __future__ import annotations

import shutil
import tempfile
import traceback
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from cloudstock.changes.backup import create
from cloudstock.marketplaces.ozon.facts import TRAITS as OZON
from cloudstock.marketplaces.wildberries.facts import TRAITS as WILDBERRIES
from cloudstock.marketplaces.yandex_market.facts import TRAITS as YANDEX
from cloudstock.settings import Account, Configuration, StockPolicy, WarehouseLink
from cloudstock.store import Store
from tests.simulation.clock import SECOND, World
from tests.simulation.escrow import Escrow
from tests.simulation.faults import Broken, Report, Weather
from tests.simulation.invariants import Watch
from tests.simulation.mistakes import Mistakes
from tests.simulation.people import Seller
from tests.simulation.program import Program, in_place
from tests.simulation.shops import Deal, Nature, Offer, Pane, Shop
from tests.simulation.trade import Terms, Trade

# Batches are made small, so that a few listings fill several.
NATURES = {
    "oz": Nature(
        marketplace="ozon",
        traits=replace(OZON, push_batch=5),
        tells_changes=True,
        tells_changed_at=False,
        tells_shipped_at=True,
        may_leave_open=False,
        gives_back=(None,),
        quantity_max=999_999,
        # The start of its processing, and the list shows it only from then on.
        told_late_s=500.0,
        applies_within_s=OZON.settle_s,
        lines_per_order=2,
        splits=True,
    ),
    "wb": Nature(
        marketplace="wildberries",
        traits=replace(WILDBERRIES, push_batch=7),
        tells_changes=False,
        tells_changed_at=False,
        tells_shipped_at=False,
        may_leave_open=False,
        gives_back=(None,),
        quantity_max=100_000,
        applies_within_s=WILDBERRIES.settle_s,
        units_per_order=1,
    ),
    "ym": Nature(
        marketplace="yandex_market",
        traits=replace(YANDEX, push_batch=20),
        tells_changes=True,
        tells_changed_at=True,
        tells_shipped_at=False,
        may_leave_open=True,
        gives_back=(True, False, None),
        quantity_max=2_000_000_000,
        applies_within_s=YANDEX.settle_s,
        lines_per_order=2,
        nameless=True,
    ),
}
# How two clocks may differ; more than the margins allow only where beliefs are not checked.
SKEW_MAX_S = 20.0
SKEW_BAD_S = 1_500.0
# How far the clock of the program's machine may be ahead where people make mistakes.
MACHINE_AHEAD_S = (0.0, 0.0, 0.0, 100.0, -100.0, 900.0, -900.0, 7_200.0, -7_200.0)
HOUR = 3_600.0


class Town:
    """Three shops, their world, and the program that keeps them true."""

    def __init__(
        self,
        seed: int,
        folder: Path,
        policy: str = "share",
        *,
        watching: bool = False,
        mistakes: bool = False,
        changing: bool = False,
    ) -> None:
        self.seed = seed
        self.policy = policy
        # Now and then an account is only watched for a while, and others set its numbers.
        self.watching = watching
        # Where units are divided, every second seed is one in which nothing happens but what the
        # promise covers.
        self.tame = policy != "share" and seed % 2 == 0
        self.world = World(seed)
        self.random = self.world.random
        self.report = Report()
        self.shops = {
            name: Shop(name, nature, self.world, Weather(self.world, self.report))
            for name, nature in NATURES.items()
        }
        self.trade = Trade(self.world, self.shops, self.report)
        self.config = self._configuration(folder)
        create(self.config.database)
        self.program = Program(self.world, self.shops, self.config, self.report)
        self.seller = Seller(self.trade, self.program)
        self.seller.changing = changing
        self.watch = Watch(self.trade, self.program, self._terms())
        if policy != "share":
            self.watch.escrow = Escrow(self.trade, self._terms(), self.report)
            self.world.watch = self.watch.escrow.instant
        # Now and then people do something to files and to the configuration.
        self.mistakes = Mistakes(self) if mistakes else None
        if mistakes:
            ahead_s = self.random.choice(MACHINE_AHEAD_S)
            self.world.machine_ahead_us = int(ahead_s * SECOND)
        self._stock_shops()

    # ------------------------------------------------------------ how it is laid out

    def _configuration(self, folder: Path) -> Configuration:
        r = self.random
        link = WarehouseLink
        links: dict[str, tuple[WarehouseLink, ...]] = r.choice(
            [
                {
                    "oz": (link("1020", "main"),),
                    "wb": (link("507", "main"),),
                    "ym": (link("", "main"),),
                },
                {
                    "oz": (link("1020", "main"), link("1021", "second")),
                    "wb": (link("507", "second"),),
                    "ym": (link("", "main"),),
                },
                {
                    "oz": (link("1020", "main"),),
                    "wb": (link("507", "main", 60), link("508", "main", 40)),
                    "ym": (link("", "main"),),
                },
            ]
        )
        accounts = []
        for name, shop in self.shops.items():
            policy = StockPolicy(
                buffer=r.choice([0, 0, 0, 1]),
                max_quantity=r.choice([None, None, 5]),
                share_percent=r.choice([100, 100, 80]),
                policy=self.policy,
                rank=len(accounts),
            )
            returns = r.choice(["quarantine", "quarantine", "restock"])
            if returns == "restock":
                self.trade.restocks.add(name)
            accounts.append(
                Account(
                    name,
                    shop.nature.marketplace,
                    links[name],
                    policy,
                    returns=returns,
                    cabinet=name,
                )
            )
            shop.shelves = {x.warehouse_id: x.feeds_from for x in links[name]}
        return Configuration(folder / "config.yaml", folder / "book.db", tuple(accounts))

    def _terms(self) -> dict[tuple[str, str], Terms]:
        return {
            (a.name, x.warehouse_id): Terms(
                a.policy.buffer,
                a.policy.max_quantity,
                a.policy.share_percent * x.share_percent // 100,
            )
            for a in self.config.accounts
            for x in a.warehouses
        }

    def _stock_shops(self) -> None:
        r = self.random
        self.skus = [f"P{n:02}" for n in range(r.randint(6, 10))]
        for shop in self.shops.values():
            self._number = 0
            for sku in self.skus:
                if r.random() < 0.85 or shop.name == "wb":
                    self._offer(shop, sku)
            for n in range(r.randint(1, 3)):
                self._offer(shop, f"BOX{n}")
            for pane in shop.panes.values():
                # What was shown before anybody asked cloudstock.
                if r.random() < 0.7:
                    pane.set(r.randint(0, 4), 0)
        for sku in [*self.skus, "BOX0", "BOX1", "BOX2"]:
            for shelf in ("main", "second"):
                self.trade.shelf[sku, shelf] = r.choice([0, 2, 3, 5, 8, 12, 20])

    def _offer(self, shop: Shop, article: str) -> None:
        self._number += 1
        ext = f"{shop.name}{500 + self._number}"
        keys = {
            "oz": (f"sku:{ext}", f"offer:{article}"),
            "wb": (f"chrt:{ext}",),
            "ym": (f"offer:{article}",),
        }[shop.name]
        archived = self.random.random() < 0.04
        shop.offer(Offer(ext, article, keys, {article: 1}, archived=archived))

    # ------------------------------------------------------------ the first hours

    def open(self) -> None:
        """From an empty file to everything counted, linked and shown, in any order and weather."""
        r = self.random
        self._past()
        self._weather()
        self.trade.buying = True
        self._arrivals(2 * HOUR)
        if r.random() < 0.5:
            self._until_done("pull-catalog", "catalog")
            self._link_boxes()
            self._count_all()
            self._until_done("sync", "orders")
        else:
            self._until_done("sync", "catalog", "orders")
            self._link_boxes()
            self._count_all()
        self.trade.shipping = True

    def _past(self) -> None:
        """Orders made before anybody kept a book."""
        r = self.random
        for shop in self.shops.values():
            for _ in range(r.randint(0, 5)):
                self.trade.buying = True
                on_sale = [p for p, pane in shop.panes.items() if (pane.shown or 0) > 0]
                if not on_sale:
                    break
                ext, warehouse = r.choice(on_sale)
                deal = self.trade.buy(shop, warehouse or "3000", {"1": (ext, 1)})
                deal.visible_us = 0
                # What left in a box before anybody said what is in it, nobody knows.
                if r.random() < 0.4 and not shop.offers[ext].offer_id.startswith("BOX"):
                    deal.told_created -= timedelta(days=3)
                    deal.versions.clear()
                    shop.tell(deal)
                    self.trade.shipping = True
                    self.trade.ship(shop, deal)
                    self.trade.shipping = False
        self.trade.buying = False
        self.world.advance(240)

    def _until_done(self, command: str, *jobs: str) -> None:
        for _ in range(40):
            self._cron(command)
            with self.book() as store:
                ids = store.catalog.account_ids()
                done = [store.cursors.get(i, job).first_at for i in ids.values() for job in jobs]
            if done and all(done):
                return
            self.world.advance(120)
        raise Broken(f"{command} never came to its end")

    def _link_boxes(self) -> None:
        r = self.random
        for shop in self.shops.values():
            for offer in shop.offers.values():
                if offer.offer_id.startswith("BOX") and r.random() < 0.9:
                    skus = r.sample(self.skus, r.choice([1, 1, 2]))
                    self.seller.link(shop, offer, {s: r.randint(1, 3) for s in skus})

    def _count_all(self) -> None:
        r = self.random
        shelves = {s for shop in self.shops.values() for s in shop.shelves.values()}
        for sku in self.skus:
            if r.random() < 0.05:
                continue
            for shelf in sorted(shelves):
                self.seller.count((sku, shelf), max(0, self.trade.shelf[sku, shelf]))

    # ------------------------------------------------------------ a day

    def _weather(self) -> None:
        r = self.random
        self.watch.skewed.clear()
        for shop in self.shops.values():
            shop.weather.severity = r.choice([0.0, 0.3, 1.0, 1.0, 2.5])
            if self.tame:
                shop.weather.never = frozenset({"told late"})
            shop.skew_us = int(r.uniform(-SKEW_MAX_S, SKEW_MAX_S) * SECOND)

    def _arrivals(self, span_s: float) -> None:
        each_s = 540.0
        at_s = self.random.expovariate(1 / each_s)
        while at_s < span_s:
            self.world.later(at_s, self.trade.a_buyer_comes, life=False)
            at_s += self.random.expovariate(1 / each_s)

    def trade_a_day(self) -> None:
        """Let buyers, marketplaces, people and cron do what they do."""
        r, world = self.random, self.world
        self._weather()
        self.report.days += 1
        self.trade.buying = True
        span_s = 9 * HOUR
        self._arrivals(span_s)
        for shop in self.shops.values():
            if r.random() < 0.25:
                world.later(r.random() * span_s, lambda s=shop: self._outage(s), life=False)
            for _ in range(r.choice([0, 0, 1, 2])):
                world.later(r.random() * span_s, lambda s=shop: self._refuse(s), life=False)
                world.later(r.random() * span_s, lambda s=shop: self._meddle(s), life=False)
                world.later(r.random() * span_s, lambda s=shop: self._elsewhere(s), life=False)
        ends = world.us + int(span_s * SECOND)
        pace_s = r.choice([900.0, 1_800.0, 3_600.0])
        quiet_until = 0
        while world.us < ends:
            if world.us >= quiet_until and r.random() < 0.02:
                # Cron is off for a while.
                quiet_until = world.us + int(HOUR * SECOND)
                self.report.faults["cron off"] += 1
            if self.watching:
                self._watch_or_push()
            if world.us >= quiet_until:
                self._cron(self._some_command())
            world.advance(r.expovariate(1 / pace_s) if r.random() < 0.85 else 5.0)
            if r.random() < 0.5:
                self.seller.something()
            if self.mistakes is not None and r.random() < 0.4:
                self.mistakes.something()
            if r.random() < 0.002:
                self.seller.empty_the_shelves()
        self.trade.buying = False

    def _some_command(self) -> str:
        return self.random.choices(
            ["sync", "push-stocks", "poll-orders", "poll-reserves", "poll-returns", "pull-catalog"],
            [12, 3, 2, 1, 1, 1],
        )[0]

    def _cron(self, command: str) -> None:
        r = self.random
        # Most deaths come early, so that each has its chance.
        kill_at = r.choice([r.randint(1, 20), r.randint(1, 150)]) if r.random() < 0.15 else None
        meanwhile: dict[int, Callable[[], None]] = {}
        if r.random() < 0.1:
            meanwhile[r.randint(1, 30)] = lambda: self.program.run(r.choice(["sync", command]))
        if r.random() < 0.15 and self.trade.shipping:
            meanwhile[r.randint(1, 40)] = self.seller.something
        options: dict[str, object] = {}
        if command in ("sync", "push-stocks"):
            options = {"full": r.random() < 0.08, "yes": r.random() < 0.7}
        if command in ("sync", "push-stocks", "poll-orders") and r.random() < 0.1:
            options["accounts"] = (r.choice(self.program.config.accounts),)
        if command in ("sync", "poll-orders") and r.random() < 0.03:
            options["since"] = timedelta(days=5)
        self.program.run(command, kill_at=kill_at, meanwhile=meanwhile, **options)

    def _watch_or_push(self) -> None:
        """Somebody changes `push:` of an account; what is only watched others set numbers for."""
        r = self.random
        if r.random() < 0.15:
            name = r.choice(list(self.shops))
            watched = self.shops[name].account in self.program.config.watched
            self._set_push({name: watched})
        for account in self.program.config.watched:
            if r.random() < 0.3:
                self._meddle(self.program.shop(account))

    def _set_push(self, push: Mapping[str, bool]) -> None:
        config = self.program.config
        accounts = tuple(replace(a, push=push.get(a.cabinet, a.push)) for a in config.accounts)
        self.program.config = replace(config, accounts=accounts)
        self.world.tell(f"push: {push}")

    def _outage(self, shop: Shop) -> None:
        shop.weather.outage_until = self.world.us + int(
            self.random.choice([0.2, 1.0, 3.0]) * HOUR * SECOND
        )
        self.world.tell(f"{shop.name} is not reachable")

    def _refuse(self, shop: Shop) -> None:
        shop.refused.add(self.random.choice(list(shop.offers)))

    def _meddle(self, shop: Shop) -> None:
        """Somebody sets a number in the seller's cabinet."""
        if self.tame:
            return
        pane = self.random.choice(list(shop.panes.values()))
        if pane.shown is None or pane.pending is not None:
            return
        pane.set(max(0, pane.shown + self.random.choice([-2, 1, 3])), self.world.us)
        pane.foreign_since = self.world.us
        self.report.faults["number set by somebody else"] += 1

    def _elsewhere(self, shop: Shop) -> None:
        """Orders that are none of the shelf's: marketplace-held stock, another warehouse."""
        ext = self.random.choice(list(shop.offers))
        if self.random.random() < 0.5:
            warehouse = next(iter(shop.shelves)) or "3000"
            self.trade.buy(shop, warehouse, {"1": (ext, 1)}, ignored="fbo")
        elif not shop.nature.nameless:
            self.trade.buy(shop, "9999", {"1": (ext, 1)}, foreign=True)

    # ------------------------------------------------------------ the calm

    def calm(self) -> None:
        """Everybody rests, cron goes on, and then all must be right."""
        world = self.world
        lives = world.hold_lives()
        for shop in self.shops.values():
            shop.weather.severity = 0.0
            shop.weather.outage_until = 0
            shop.refused.clear()
            for deal in shop.deals.values():
                deal.visible_us = min(deal.visible_us, world.us)
        self.seller.put_all_together()
        if self.seller.changing:
            self.seller.share_as_configured()
        self._set_push(dict.fromkeys(self.shops, True))
        # Beyond the deep reading of orders; and a minute for clocks that differ.
        world.advance(7 * HOUR)
        self.program.run("pull-catalog")
        for rest_s in (0.0, 1_260.0, 1_980.0, 1_260.0):
            world.advance(rest_s + 1)
            self._clean("sync", yes=True)
        if self.policy != "share":
            self._let_units_move()
        with self.book() as store:
            self.watch.calm(store)
        for rest_s in (1.0, 1_200.0):
            world.advance(rest_s)
            writes = [shop.writes for shop in self.shops.values()]
            self._clean("sync")
            if [shop.writes for shop in self.shops.values()] != writes:
                raise Broken("a sync after the last one pushed again")
        for deal in (d for s in self.shops.values() for d in s.deals.values()):
            deal.murky = False
        for act in lives:
            world.later(self.random.random() * 3 * HOUR, act)

    def _let_units_move(self) -> None:
        """Divided units move one window at a time, each as fast as its orders are told."""
        still = 0
        for _ in range(60):
            self.world.advance(1_260.0)
            writes = [shop.writes for shop in self.shops.values()]
            self._clean("sync", yes=True)
            still = still + 1 if [s.writes for s in self.shops.values()] == writes else 0
            if still == 3:
                return
        raise Broken("divided units never came to rest")

    def _clean(self, command: str, **options: object) -> None:
        result = self.program.run(command, **options)
        if result is None or not result.ok:
            errors = [a.error for a in result.accounts] if result else None
            raise Broken(f"{command} failed on a calm day: {errors}")

    def book(self):  # type: ignore[no-untyped-def]
        """Open the book to look into it."""
        return Store.open(self.config.database)


def run_seed(
    seed: int,
    days: int = 1,
    policy: str = "share",
    *,
    watching: bool = False,
    mistakes: bool = False,
    changing: bool = False,
) -> tuple[Report, Town | None, str]:
    """Run one seed; return its report, the town where it broke, and why it broke ("" if not)."""
    base = "/dev/shm" if Path("/dev/shm").is_dir() else None
    folder = Path(tempfile.mkdtemp(prefix="cloudstock-simulation-", dir=base))
    town = Town(seed, folder, policy, watching=watching, mistakes=mistakes, changing=changing)
    try:
        with in_place(town.program):
            town.open()
            for _ in range(days):
                town.trade_a_day()
                town.calm()
    except Broken as error:
        return town.report, town, str(error)
    except Exception:  # noqa: BLE001 - whatever it is, the seed is to be told
        return town.report, town, traceback.format_exc()
    finally:
        shutil.rmtree(folder)
    return town.report, None, ""


__all__ = ["Deal", "Pane", "Town", "run_seed"]
