"""What a seller has: products in the warehouse, accounts, what they offer and show; and time."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Self

from cloudstock.language import mark
from cloudstock.sandbox.kinds import kinds, standard_accounts
from cloudstock.sandbox.records import (
    Account,
    Offer,
    OfferStock,
    Order,
    Product,
    Refused,
    Return,
)


class _Numbers:
    """1, 2, 3, …: a copy of the world goes on counting by itself, which `itertools.count` can't."""

    def __init__(self) -> None:
        self._last = 0

    def __next__(self) -> int:
        self._last += 1
        return self._last


class Shop:
    """What a seller has, and what the marketplaces know of it.

    Methods raise `Refused` for what cannot be.
    """

    def __init__(
        self,
        *,
        speed: float = 1.0,
        clock: Callable[[], datetime] | None = None,
    ) -> None:
        # How much faster the marketplaces' limits run than published.
        self.speed = speed
        self._clock = clock or (lambda: datetime.now(UTC))
        self._ahead = timedelta()
        self.products: dict[str, Product] = {}
        self.accounts: dict[str, Account] = {}
        self.orders: dict[tuple[str, str], Order] = {}
        self.returns: dict[tuple[str, str], Return] = {}
        # Does a marketplace put cancelled units back into what it shows? (undocumented on two)
        self.gives_back = {name: kind.gives_back for name, kind in kinds().items()}
        # Real seconds until a written number is told by Yandex's readings, at speed 1.
        self.ym_lag_s = 0.0
        self.numbers = _Numbers()
        # Is told of a new order, and of one that is cancelled or otherwise changed.
        self.happens: Callable[[Account, Order, str], None] = lambda *_: None

    # ------------------------------------------------------------ making

    @classmethod
    def standard(
        cls,
        products: int = 60,
        *,
        speed: float = 1.0,
        seed: int = 1,
        accounts: Iterable[str] | None = None,
        warehouses: int = 1,
        clock: Callable[[], datetime] | None = None,
    ) -> Self:
        """A small seller: `products` in the warehouse, one account for each name.

        An account's marketplace follows from its name's beginning; None: one on each. Some products
        are sizes of one Wildberries card (`BELT-05/M`), a few are offered by two accounts only,
        and one offer each on Ozon and Yandex is archived; some goods also lie in the marketplaces'
        own warehouses.
        """
        world = cls(speed=speed, clock=clock)
        kinds = ("Mug", "Cup", "Pot", "Lamp", "Belt", "Sock", "Bowl", "Fork", "Hat", "Bag")
        n = 0
        while len(world.products) < products:
            n += 1
            kind = kinds[(n + seed) % len(kinds)]
            # Some cards have two sizes.
            sizes = ("/M", "/L") if kind in ("Belt", "Sock") else ("",)
            for size in sizes[: products - len(world.products)]:
                sku = f"{kind.upper()}-{n:02}{size}"
                barcode = f"46070{seed % 10}{len(world.products) + 1:07}"
                name = f"{kind} No. {n}{size.replace('/', ', ')}"
                world.products[sku] = Product(sku, name, (barcode,))
        for position, name in enumerate(accounts or standard_accounts(), start=1):
            world.add_account(name, position, warehouses)
        names = list(world.accounts)
        for n, sku in enumerate(world.products, start=1):
            for place, name in enumerate(names):
                left_out = n % 17 == 5 and len(names) > 2 and place == n % len(names)
                if not left_out:
                    world.offer(name, sku)
        for name, account in world.accounts.items():
            first = next(iter(account.offers.values()), None)
            if first is not None and account.kind.archives:
                first.held_there = 4
                spare = f"OLD-{account.number}"
                if spare not in world.products:
                    world.products[spare] = Product(spare, "Sold no more", ())
                world.offer(name, spare).archived = True
        return world

    def add_account(self, name: str, number: int, warehouses: int = 1) -> Account:
        """Open a cabinet; its marketplace follows from the beginning of its name."""
        kind = next((n for n, k in kinds().items() if name.startswith(k.prefix)), None)
        if kind is None:
            *some, last = (k.prefix for k in kinds().values())
            raise Refused(f"account {name}: a name begins with {', '.join(some)} or {last}")
        made, now = kinds()[kind], self.now()
        places, credentials = made.warehouses(number, warehouses), made.credentials(number, now)
        account = Account(name, kind, number, places, credentials)
        if made.key_lives is not None:
            account.key_ends = now + made.key_lives
        self.accounts[name] = account
        return account

    def offer(self, account: str, sku: str) -> Offer:
        """An account begins to offer a product."""
        own = self.account(account)
        self.product(sku)
        if sku not in own.offers:
            own.offers[sku] = Offer(sku, own.number * 100000 + len(own.offers) + 1)
            for warehouse in own.warehouses:
                own.stock[warehouse, sku] = self._showing(own, sku) or OfferStock()
        return own.offers[sku]

    def unite(
        self, group: str | None, accounts: Iterable[str], programs: Iterable[str] = ()
    ) -> None:
        """Yandex accounts become shops of one cabinet that sell one stock.

        Their warehouses are one group; without a name for it, they have one warehouse, where each
        shop has a model of its own. `programs`: how each sells; else FBS, and for one warehouse
        FBS, DBS, EXPRESS in this order.
        """
        first, *others = shops = [self.account(name) for name in accounts]
        if not all(shop.kind.shares_stock for shop in shops):
            raise Refused("only shops of Yandex.Market share a stock by themselves")
        models = list(programs) or (["FBS", "DBS", "EXPRESS"] if group is None else [])
        for shop, program in zip(shops, models, strict=False):
            shop.program = program
        first.group = group
        for other in others:
            other.group = group
            for name in ("api_key", "business_id"):
                other.credentials[name] = first.credentials[name]
            own = {sku: stock for (_, sku), stock in other.stock.items()}
            if group is None:
                other.warehouses = list(first.warehouses)
            (place,) = other.warehouses
            other.stock = {(place, sku): self._showing(other, sku) or own[sku] for sku in own}

    def stockmates(self, account: Account) -> list[Account]:
        """The shops that sell one stock with this one, in the order of their making; itself too."""
        return [
            other
            for other in self.accounts.values()
            if other is account
            or (
                other.kind.shares_stock
                and other.credentials["business_id"] == account.credentials.get("business_id")
                and (
                    other.warehouses == account.warehouses
                    or (other.group is not None and other.group == account.group)
                )
            )
        ]

    def _showing(self, account: Account, sku: str) -> OfferStock | None:
        """What the shops that sell one stock with an account show of an offer; None: nothing."""
        for other in self.stockmates(account):
            if other is not account and (other.warehouses[0], sku) in other.stock:
                return other.stock[other.warehouses[0], sku]
        return None

    def add_product(
        self, sku: str, name: str, barcodes: Iterable[str], accounts: Iterable[str] | None
    ) -> None:
        """Put a new product in the warehouse and into the accounts' catalogs."""
        if sku in self.products:
            raise Refused(f"product {sku} is there already")
        sellers = [self.account(name) for name in (self.accounts if accounts is None else accounts)]
        # A card without a barcode gets one; no two products have the same by chance.
        made_up = (f"46999{next(self.numbers):08}",)
        self.products[sku] = Product(sku, name, tuple(barcodes) or made_up)
        for account in sellers:
            self.offer(account.name, sku)

    # ------------------------------------------------------------ looking

    def now(self) -> datetime:
        """The world's time."""
        return self._clock() + self._ahead

    def advance(self, seconds: float) -> None:
        """Move the world's clock forward."""
        self._ahead += timedelta(seconds=seconds)

    def account(self, name: str) -> Account:
        """Return an account or refuse."""
        if name not in self.accounts:
            raise Refused(
                mark("there is no account {name}; there are {names}"),
                name=name,
                names=", ".join(self.accounts),
            )
        return self.accounts[name]

    def product(self, sku: str) -> Product:
        """Return a product or refuse."""
        if sku not in self.products:
            raise Refused(f"no product {sku}")
        return self.products[sku]

    def order(self, account: str, order_id: str) -> Order:
        """Return an order or refuse."""
        order = self.orders.get((account, order_id))
        if order is None:
            raise Refused(mark("{account} has no order {order}"), account=account, order=order_id)
        return order

    def visible_orders(self, account: str) -> list[Order]:
        """An account's orders that its marketplace already tells, oldest first."""
        now = self.now()
        orders = [o for (a, _), o in self.orders.items() if a == account and o.visible_from <= now]
        return sorted(orders, key=lambda o: (o.created_at, o.number))

    def returns_of(self, account: str) -> list[Return]:
        """An account's returns, oldest first."""
        return [r for (a, _), r in self.returns.items() if a == account]

    def reserved(self, sku: str) -> int:
        """Units of a product promised to open orders, all accounts together."""
        return sum(
            line.left
            for order in self.orders.values()
            if order.in_warehouse
            for line in order.lines
            if line.sku == sku
        )

    def truth(self) -> dict[str, dict[str, int]]:
        """What a perfect ledger would say of each product."""
        promised: dict[str, int] = dict.fromkeys(self.products, 0)
        for order in self.orders.values():
            if order.in_warehouse:
                for line in order.lines:
                    promised[line.sku] += line.left
        return {
            p.sku: {
                "on_hand": p.on_hand,
                "reserved": promised[p.sku],
                "available": max(0, p.on_hand - promised[p.sku]),
                "oversold": p.oversold,
            }
            for p in self.products.values()
        }

    # ------------------------------------------------------------ the warehouse

    def count(self, sku: str, quantity: int) -> None:
        """So many units lie in the warehouse."""
        self.product(sku).on_hand = quantity

    def restock(self, sku: str, quantity: int) -> None:
        """The seller puts units into the warehouse."""
        self.product(sku).on_hand += quantity

    # ------------------------------------------------------------ what is shown

    def show(
        self,
        account: str,
        warehouse: int,
        sku: str,
        quantity: int,
        *,
        value_at: datetime | None = None,
    ) -> None:
        """A marketplace takes a number; absolute."""
        stock = self.account(account).stock[warehouse, sku]
        now = self.now()
        if self.account(account).kind.shares_stock and self.ym_lag_s:
            stock.read_before = stock.free
            stock.read_from = now + timedelta(seconds=self.ym_lag_s / self.speed)
        stock.free = quantity
        stock.written_at = now
        stock.value_at = value_at or now

    def readable_free(self, stock: OfferStock) -> int | None:
        """What a reading tells: the old number until a written one is applied."""
        if stock.read_from is not None and self.now() < stock.read_from:
            return stock.read_before
        return stock.free
