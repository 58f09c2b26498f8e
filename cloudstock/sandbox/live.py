"""A shop that lives: buyers come by chance, change their minds, and send things back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from heapq import heappop, heappush
from itertools import accumulate, count
from random import Random

from cloudstock.sandbox.records import Refused
from cloudstock.sandbox.world import World

# Units of each product when the shop opens.
UNITS = (3, 30)
# How often a buyer takes one unit, two, three.
QUANTITIES = (80, 15, 5)
# Shares of orders: taken back before they leave, refused at the counter, sent back later.
CANCELLED, REFUSED, RETURNED = 0.12, 0.05, 0.12
# A step of an order takes so many times as long as it is from one buyer to the next.
STEP = (2.0, 8.0)


@dataclass(frozen=True, slots=True)
class Event:
    """Something happened to an order or a return."""

    # "order", a verb of `World.do`, "return", "receive"
    verb: str
    account: str
    # Of an order, or of a return.
    number: str
    sku: str = ""
    quantity: int = 0


def open_shop(world: World, *, seed: int) -> None:
    """Put some units of each product into the warehouse, and show them everywhere."""
    chance = Random(seed)  # noqa: S311 - a game
    for product in world.products.values():
        product.on_hand = chance.randint(*UNITS)
    for account in world.accounts.values():
        for (warehouse, sku), stock in account.stock.items():
            if not account.offers[sku].archived and stock.free is None:
                world.show(account.name, warehouse, sku, world.products[sku].on_hand)


class Buyers:
    """Who comes when, and what becomes of it, by a seed: the same shop has the same day."""

    def __init__(self, world: World, *, seed: int, per_hour: float) -> None:
        self._world = world
        self._chance = Random(seed)  # noqa: S311 - a game
        self._gap_s = 3600 / per_hour
        self._turn = count()
        self._ahead: list[tuple[float, int, Callable[[float], Event | None]]] = []
        self._later(0.0, self._gap_s * self._chance.expovariate(1), self._come)

    @property
    def due_s(self) -> float:
        """When the next thing happens, in seconds since the first look."""
        return self._ahead[0][0]

    def happen(self) -> Event | None:
        """Do the next thing; None: it came to nothing (nothing shown, an order changed by hand)."""
        at, _, act = heappop(self._ahead)
        try:
            return act(at)
        except Refused:
            return None

    def _later(self, now: float, wait_s: float, act: Callable[[float], Event | None]) -> None:
        heappush(self._ahead, (now + wait_s, next(self._turn), act))

    def _step(self, now: float, act: Callable[[float], Event | None]) -> None:
        self._later(now, self._gap_s * self._chance.uniform(*STEP), act)

    # ------------------------------------------------------------ what buyers do

    def _come(self, now: float) -> Event | None:
        self._later(now, self._gap_s * self._chance.expovariate(1), self._come)
        goods = [
            (account.name, warehouse, sku, stock.free)
            for account in self._world.accounts.values()
            for (warehouse, sku), stock in account.stock.items()
            if stock.free and not account.offers[sku].archived
        ]
        if not goods:
            return None
        # Some goods are wanted more than others: those that come first.
        ranks = {sku: rank for rank, sku in enumerate(self._world.products, start=2)}
        wanted = list(accumulate(1 / ranks[sku] for _, _, sku, _ in goods))
        account, warehouse, sku, free = self._chance.choices(goods, cum_weights=wanted)[0]
        quantity = min(free, *self._chance.choices((1, 2, 3), QUANTITIES))
        orders = self._world.place(account, [(sku, quantity)], warehouse=warehouse)
        for order in orders:
            cancels = self._chance.random() < CANCELLED
            verb = "cancel" if cancels else "ship"
            self._step(now, partial(self._order, account, order.order_id, verb))
        return Event("order", account, orders[0].order_id, sku, quantity)

    def _order(self, account: str, order_id: str, verb: str, now: float) -> Event:
        order = self._world.order(account, order_id)
        made = self._world.do(account, order_id, verb)["returns"]
        if verb == "ship":
            refuses = self._chance.random() < REFUSED
            end = "refuse" if refuses else "deliver"
            self._step(now, partial(self._order, account, order_id, end))
        elif verb == "deliver" and self._chance.random() < RETURNED:
            self._step(now, partial(self._send_back, account, order_id))
        self._carry(now, account, made)
        return Event(verb, account, order_id, order.lines[0].sku, order.lines[0].left)

    def _send_back(self, account: str, order_id: str, now: float) -> Event:
        made = self._world.start_return(account, order_id, None)
        self._carry(now, account, made)
        line = self._world.order(account, order_id).lines[0]
        return Event("return", account, order_id, line.sku, line.left)

    def _carry(self, now: float, account: str, returns: list[str]) -> None:
        for number in returns:
            self._step(now, partial(self._receive, account, number))

    def _receive(self, account: str, number: str, _: float) -> Event:
        self._world.do_return(account, number, "receive")
        item = self._world.returns[account, number]
        self._world.restock(item.sku, item.quantity)
        return Event("receive", account, number, item.sku, item.quantity)
