"""Any order of buyers, polls, faults and counts ends with each unit booked once."""

from __future__ import annotations

import tempfile
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from cloudstock.domain.records import Step
from cloudstock.errors import Unreachable
from cloudstock.settings import Account, Configuration, WarehouseLink
from cloudstock.store import Store
from tests.jobs.town import StandingClock, Town
from tests.memory import MemoryShop

SKUS = ("MUG", "CUP")
ACCOUNTS = ("north", "south")
JOBS = st.sampled_from(["orders", "returns", "reserves", "push", "sync"])
METHODS = st.sampled_from(
    ["orders", "orders_again", "returns", "read_stock", "push", "push_answer"]
)


@dataclass
class Sale:
    """The truth of one order: where its units really are."""

    account: str
    sku: str
    quantity: int
    place: str = "shelf"
    # Units on their way back, and those handed over.
    returning: int = 0
    # The shelf was counted while the units were away. If nobody read the order meanwhile, nothing
    # in the world can tell whether the count saw them, should they come back.
    counted_away: bool = False
    # It stepped back to the shelf, and perhaps nobody has read that yet.
    back_unread: bool = False


class Trade(RuleBasedStateMachine):
    """Buyers and people on one side, cron on the other."""

    def __init__(self) -> None:
        super().__init__()
        self.stack = ExitStack()
        self.sales: dict[str, Sale] = {}
        self.returns: dict[str, tuple[str, int, bool]] = {}
        self.shelf: Counter[str] = Counter()
        self.quarantine: Counter[str] = Counter()
        self.numbers = 0

    @initialize()
    def open_the_town(self) -> None:
        folder = Path(self.stack.enter_context(tempfile.TemporaryDirectory()))
        clock = StandingClock()
        accounts = tuple(Account(n, "ozon", (WarehouseLink("1", "main"),)) for n in ACCOUNTS)
        config = Configuration(folder / "config.yaml", folder / "book.db", accounts)
        shops = {n: MemoryShop(clock) for n in ACCOUNTS}
        for shop in shops.values():
            for sku in SKUS:
                shop.offer(sku)
        store = self.stack.enter_context(Store.open(config.database, create=True))
        self.town = Town(store, clock, config, shops)
        self.town.run("sync")
        clock.move(minutes=5)
        for sku in SKUS:
            self.count(sku, 9)
        self.town.run("sync")

    def teardown(self) -> None:
        self.stack.close()

    # ------------------------------------------------------------ the world

    @rule(
        account=st.sampled_from(ACCOUNTS),
        sku=st.sampled_from(SKUS),
        quantity=st.integers(1, 3),
        late=st.booleans(),
    )
    def a_buyer_orders(self, account: str, sku: str, quantity: int, late: bool) -> None:
        shop = self.town.shops[account]
        if shop.free.get((sku, "1"), 0) < quantity:
            return
        self.numbers += 1
        order_id = f"{account}-{self.numbers}"
        shop.place(order_id, {sku: quantity})
        if late:
            shop.hidden.add(order_id)
        self.sales[order_id] = Sale(account, sku, quantity)

    def some(self, data: st.DataObject, place: str) -> str | None:
        fitting = sorted(i for i, s in self.sales.items() if s.place == place)
        return data.draw(st.sampled_from(fitting)) if fitting else None

    @rule(data=st.data())
    def an_order_is_shipped(self, data: st.DataObject) -> None:
        if (order_id := self.some(data, "shelf")) is None:
            return
        sale = self.sales[order_id]
        self.town.shops[sale.account].change(order_id, Step.SHIPPED)
        self.shelf[sale.sku] -= sale.quantity
        sale.place = "gone"

    @rule(data=st.data())
    def an_order_steps_back(self, data: st.DataObject) -> None:
        if (order_id := self.some(data, "gone")) is None:
            return
        sale = self.sales[order_id]
        if sale.returning or sale.counted_away:
            return
        shop = self.town.shops[sale.account]
        if shop.orders[order_id].step is not Step.SHIPPED:
            return
        shop.change(order_id, Step.OPEN)
        self.shelf[sale.sku] += sale.quantity
        sale.place = "shelf"
        sale.back_unread = True

    @rule(data=st.data(), step=st.sampled_from([Step.DELIVERED, Step.CANCELLED]))
    def an_order_ends_away_from_the_shelf(self, data: st.DataObject, step: Step) -> None:
        if (order_id := self.some(data, "gone")) is None:
            return
        shop = self.town.shops[self.sales[order_id].account]
        shop.change(order_id, step, left_warehouse=True)

    @rule(data=st.data(), told=st.sampled_from([True, False, None]))
    def an_order_is_cancelled_on_the_shelf(self, data: st.DataObject, told: bool | None) -> None:
        if (order_id := self.some(data, "shelf")) is None:
            return
        sale = self.sales[order_id]
        shop = self.town.shops[sale.account]
        shop.gives_back = told
        shop.change(order_id, Step.CANCELLED)
        sale.place = "cancelled"

    @rule(data=st.data())
    def a_status_nobody_knows(self, data: st.DataObject) -> None:
        order_id = self.some(data, "shelf")
        # That it came back is what nobody could know then.
        if order_id is not None and not self.sales[order_id].back_unread:
            self.town.shops[self.sales[order_id].account].change(order_id, Step.UNKNOWN)

    @rule(data=st.data())
    def units_start_their_way_back(self, data: st.DataObject) -> None:
        if (order_id := self.some(data, "gone")) is None:
            return
        sale = self.sales[order_id]
        if sale.returning >= sale.quantity:
            return
        self.numbers += 1
        return_id = f"R{self.numbers}"
        self.town.shops[sale.account].send_back(return_id, order_id, sale.sku, 1)
        sale.returning += 1
        self.returns[return_id] = (order_id, 1, False)

    @rule(data=st.data())
    def a_return_is_handed_over(self, data: st.DataObject) -> None:
        waiting = sorted(r for r, (_, _, done) in self.returns.items() if not done)
        if not waiting:
            return
        return_id = data.draw(st.sampled_from(waiting))
        order_id, quantity, _ = self.returns[return_id]
        sale = self.sales[order_id]
        self.town.shops[sale.account].hand_over(return_id)
        self.quarantine[sale.sku] += quantity
        self.returns[return_id] = (order_id, quantity, True)

    # ------------------------------------------------------------ the seller

    @rule(sku=st.sampled_from(SKUS), extra=st.integers(-1, 4))
    def a_person_counts(self, sku: str, extra: int) -> None:
        """Units were found or lost; the count says what really lies there."""
        promised = sum(
            s.quantity for s in self.sales.values() if s.sku == sku and s.place == "shelf"
        )
        self.count(sku, max(promised, self.shelf[sku] + extra))

    def count(self, sku: str, quantity: int) -> None:
        self.shelf[sku] = quantity
        for sale in self.sales.values():
            if sale.sku == sku and sale.place == "gone":
                sale.counted_away = True
        self.town.count(sku, quantity)

    @rule(minutes=st.integers(0, 90))
    def time_passes(self, minutes: int) -> None:
        self.town.clock.move(minutes=minutes, seconds=1)

    # ------------------------------------------------------------ cron

    @rule(job=JOBS, only=st.sampled_from([None, *ACCOUNTS]))
    def cron_runs(self, job: str, only: str | None) -> None:
        self.town.run(job, only=only)

    @rule(job=JOBS, account=st.sampled_from(ACCOUNTS), method=METHODS, skip=st.integers(0, 2))
    def cron_runs_into_trouble(self, job: str, account: str, method: str, skip: int) -> None:
        shop = self.town.shops[account]
        shop.faults[method] = [*[None] * skip, Unreachable(f"{account}: no answer")]
        self.town.run(job)
        shop.faults.clear()

    # ------------------------------------------------------------ what must be true

    @invariant()
    def totals_are_their_sums(self) -> None:
        if hasattr(self, "town"):
            assert self.town.store.ledger.totals_that_differ() == []

    @rule()
    @precondition(lambda self: hasattr(self, "town"))
    def once_calm_everything_is_right(self) -> None:
        for shop in self.town.shops.values():
            shop.hidden.clear()
        self.town.clock.move(hours=7)
        self.town.run("sync", yes=True)
        self.town.clock.move(minutes=20)
        self.town.run("sync", yes=True)
        for sku in SKUS:
            promised = sum(
                s.quantity for s in self.sales.values() if s.sku == sku and s.place == "shelf"
            )
            assert self.town.level(sku) == (self.shelf[sku], promised), sku
            returned = self.town.store.connection.execute(
                "SELECT coalesce(sum(booked), 0) FROM stock s JOIN product p"
                " ON p.id = s.product_id JOIN warehouse w ON w.id = s.warehouse_id"
                " WHERE p.sku = ? AND w.name = 'quarantine'",
                (sku,),
            ).fetchone()[0]
            assert returned == self.quarantine[sku]
            for account in ACCOUNTS:
                assert self.town.shows(account, sku) == max(0, self.shelf[sku] - promised)
        for sale in self.sales.values():
            sale.back_unread = False
        pushes = [len(s.pushes) for s in self.town.shops.values()]
        self.town.run("sync")
        assert [len(s.pushes) for s in self.town.shops.values()] == pushes


TestTrade = Trade.TestCase
TestTrade.settings = settings(
    max_examples=40,
    stateful_step_count=25,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
