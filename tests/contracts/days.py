"""Days of several kinds of sellers, driven by the real commands over the proxy.

Each day is a world of its own: what the commands ask and what the sandbox answers on it is judged
exchange by exchange. Whether the book comes out right is what other tests are for.
"""

from __future__ import annotations

import io
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from cloudstock import language
from cloudstock.__main__ import main
from cloudstock.changes.backup import create
from cloudstock.sandbox.faults import Fault
from cloudstock.sandbox.records import Account
from cloudstock.sandbox.server import Sandbox
from cloudstock.sandbox.serving import serve
from cloudstock.sandbox.wildberries_families import family_of
from cloudstock.sandbox.world import World
from tests.contracts.judge import Exchange
from tests.contracts.proxy import proxy
from tests.contracts.words import Words

# A minute of the marketplaces' limits lasts a tenth of a second.
SPEED = 600.0
COUNTED = 40
OLD = timedelta(days=110)
SETTINGS = {"CLOUDSTOCK_LANG": "en"}


class DayFailed(Exception):
    """A command did not end as it must; the message holds what it said."""


@dataclass
class Shop:
    """A seller's folder, the world that he sells in, and the commands."""

    folder: Path
    world: World
    sandbox: Sandbox

    def run(self, *words: str, ends: tuple[int, ...] = (0,)) -> str:
        """Run a command of the program and return what it printed."""
        out, err = io.StringIO(), io.StringIO()
        with redirect_stdout(out), redirect_stderr(err):
            code = main([*words, "--config", str(self.folder / "config.yaml")])
        language.use("en")
        if code not in ends:
            raise DayFailed(
                f"{' '.join(words)} ended with {code}\n{out.getvalue()}{err.getvalue()}"
            )
        return out.getvalue()

    # ------------------------------------------------------------ people

    def count(self) -> None:
        """Everything is counted, in the world and in the book."""
        lines = ["sku,quantity"]
        for sku in sorted(self.world.products):
            self.world.count(sku, COUNTED)
            lines.append(f"{sku},{COUNTED}")
        sheet = self.folder / "stock.csv"
        sheet.write_text("\n".join(lines) + "\n", encoding="utf-8")
        self.run("import-stock", str(sheet))

    def skus(self, account: str) -> list[str]:
        """Articles that an account sells."""
        return [s for s, o in self.world.account(account).offers.items() if not o.archived]

    def buy(self, account: str, *lines: tuple[str, int], **how: object) -> list[str]:
        """A buyer orders, whatever is shown; ids of the orders."""
        made = self.world.place(account, list(lines), force=True, **how)  # type: ignore[arg-type]
        return [o.order_id for o in made]

    def happens(self, account: str, order_id: str, *verbs: str) -> dict[str, list[str]]:
        """Something happens to an order."""
        made: dict[str, list[str]] = {}
        for verb in verbs:
            made = self.world.do(account, order_id, verb)
        return made


@contextmanager
def open_shop(world: World, keep: Callable[[Exchange], None]) -> Iterator[Shop]:
    """Yield a shop whose program meets the world through the proxy."""
    with ExitStack() as stack:
        sandbox = Sandbox(world)
        url = stack.enter_context(proxy(stack.enter_context(serve(sandbox)), keep))
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="cloudstock-day-")))
        config = folder / "config.yaml"
        config.touch(mode=0o600)
        config.write_text(sandbox.config_text(url), encoding="utf-8")
        create(folder / "cloudstock.db")
        stack.enter_context(_settings())
        yield Shop(folder, world, sandbox)


@contextmanager
def _settings() -> Iterator[None]:
    before = dict(os.environ)
    os.environ.update(SETTINGS)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


# ---------------------------------------------------------------- kinds of sellers


def _plain() -> World:
    """One warehouse on each marketplace; cards with several sizes on Wildberries."""
    return World.standard(products=12, speed=SPEED, seed=5)


def _delivering() -> World:
    """Beside FBS, the seller delivers himself: rFBS on Ozon, DBS on Wildberries."""
    world = World.standard(
        products=6, speed=SPEED, seed=6, accounts=("ozon-main", "wb-main"), warehouses=2
    )
    for account in world.accounts.values():
        account.dbs_warehouses.add(account.warehouses[-1])
    return world


def _courier_and_counter() -> World:
    """On Wildberries a courier of its own fetches orders, or the buyers do."""
    world = World.standard(products=6, speed=SPEED, seed=9, accounts=("wb-main",), warehouses=2)
    account = world.account("wb-main")
    account.courier_warehouses.add(account.warehouses[0])
    account.pickup_warehouses.add(account.warehouses[1])
    return world


def _grouped() -> World:
    """Two shops of one Yandex cabinet whose warehouses are one group."""
    world = World.standard(
        products=6, speed=SPEED, seed=7, accounts=("ozon-main", "ym-one", "ym-two")
    )
    world.unite("all", ("ym-one", "ym-two"))
    return world


def _models() -> World:
    """Three shops of one Yandex cabinet at one warehouse: FBS, DBS and EXPRESS."""
    names = ("ym-fbs", "ym-dbs", "ym-express")
    world = World.standard(products=6, speed=SPEED, seed=8, accounts=names)
    world.unite(None, names)
    return world


DAYS: dict[str, Callable[[], World]] = {
    "plain": _plain,
    "delivering": _delivering,
    "courier": _courier_and_counter,
    "grouped": _grouped,
    "models": _models,
}


# ---------------------------------------------------------------- the day


def drive(name: str, words: Words, keep: Callable[[Exchange], None]) -> None:
    """Drive one of the `DAYS`; `words` are the statuses that orders go through."""
    with open_shop(DAYS[name](), keep) as shop:
        _opening(shop)
        _trade(shop)
        _every_status(shop, words)
        _bad_moments(shop)
        _looking_back(shop)


def _opening(shop: Shop) -> None:
    for account in shop.world.accounts:
        _old_orders(shop, account)
    shop.run("check", ends=(0, 1))
    for command in ("pull-catalog", "poll-orders", "poll-returns"):
        shop.run(command)
    shop.count()
    shop.run("push-stocks")


def _old_orders(shop: Shop, account: str) -> None:
    """What was sold before the program came: some of it goes on, some has ended."""
    now = shop.world.now()
    first, second = shop.skus(account)[:2]
    for age, verbs in (
        (OLD, ("ship", "deliver")),
        (OLD, ("cancel",)),
        (timedelta(days=20), ("ship",)),
        (timedelta(hours=2), ()),
    ):
        for order_id in shop.buy(account, (first, 1), (second, 1), created_at=now - age):
            shop.happens(account, order_id, *verbs)


def _trade(shop: Shop) -> None:
    for account in shop.world.accounts.values():
        for warehouse in account.warehouses:
            _sell(shop, account, warehouse)
    shop.run("sync")
    for account in shop.world.accounts.values():
        _move_on(shop, account)
    shop.run("sync")
    shop.run("poll-reserves")
    for account in shop.world.accounts.values():
        _send_back(shop, account)
    for command in ("poll-orders", "poll-returns", "poll-reserves", "push-stocks"):
        shop.run(command)
    for item in list(shop.world.returns.values()):
        shop.world.do_return(item.account, item.return_id, "receive" if item.number % 2 else "lose")
    shop.run("sync", "--full")


def _sell(shop: Shop, account: Account, warehouse: int) -> None:
    skus = shop.skus(account.name)
    for n in range(6):
        lines = ((skus[n % len(skus)], 2), (skus[(n + 1) % len(skus)], 1))
        shop.buy(account.name, *lines, warehouse=warehouse)
    shop.buy(account.name, (skus[0], 1), fake=True)
    shop.buy(account.name, (skus[0], 1), held_there=True)


_STORIES = (
    ("confirm",),
    ("pack",),
    ("pack", "cancel"),
    ("ship",),
    ("ship", "cancel"),
    ("deliver",),
    ("refuse",),
    ("cancel",),
    ("ship", "back"),
    ("deliver",),
)


def _move_on(shop: Shop, account: Account) -> None:
    """Something happens to every order, something else to each."""
    orders = [o for (name, _), o in shop.world.orders.items() if name == account.name]
    fresh = [o for o in orders if o.state == "new" and not o.held_there]
    for n, order in enumerate(fresh):
        if account.marketplace == "ozon" and n == 0:
            shop.world.do(account.name, order.order_id, "split")
        elif n == 1 and len(order.lines) > 1:
            part = [(order.lines[0].sku, 1)]
            shop.world.do(account.name, order.order_id, "cancel", lines=part)
        else:
            shop.happens(account.name, order.order_id, *_STORIES[n % len(_STORIES)])


def _send_back(shop: Shop, account: Account) -> None:
    away = [
        o
        for (name, _), o in shop.world.orders.items()
        if name == account.name and o.state in ("delivered", "cancelled_away")
    ]
    for n, order in enumerate(away):
        for return_id in shop.world.start_return(account.name, order.order_id, None):
            shop.world.do_return(account.name, return_id, "arrive" if n % 2 else "transit")


def _every_status(shop: Shop, words: Words) -> None:
    """An order and a return in every status that the specifications name, asked for twice."""
    for account in shop.world.accounts.values():
        for warehouse in account.warehouses:
            family = family_of(account, warehouse)
            sku = shop.skus(account.name)[2]
            for status in words.order_statuses(account.marketplace, family):
                (order_id,) = shop.buy(account.name, (sku, 1), warehouse=warehouse)
                shop.world.do(account.name, order_id, "set_status", status=status)
        for status in words.return_statuses(account.marketplace):
            (order_id,) = shop.buy(account.name, (shop.skus(account.name)[2], 1))
            shop.happens(account.name, order_id, "deliver")
            (return_id,) = shop.world.start_return(account.name, order_id, None)
            shop.world.do_return(account.name, return_id, "set_status", status=status)
    shop.run("poll-orders")
    shop.run("poll-returns")
    shop.run("poll-orders")


def _bad_moments(shop: Shop) -> None:
    """Refused items, too many requests, a wrong key: each is answered by the contract."""
    for kind in ("refuse_items", "throttle"):
        for name in shop.world.accounts:
            shop.sandbox.faults.order(Fault(kind, account=name, share=0.5))
        shop.run("push-stocks", "--full", ends=(0, 1))
        shop.sandbox.faults.clear()
    for name in shop.world.accounts:
        shop.sandbox.faults.order(Fault("wrong_key", account=name, times=100))
    shop.run("poll-orders", ends=(77,))
    shop.sandbox.faults.clear()


def _looking_back(shop: Shop) -> None:
    shop.run("poll-orders", "--since", "150d")
    shop.run("poll-returns", "--since", "150d", ends=(0, 75))
    shop.run("pull-catalog")
    shop.run("check", ends=(0, 1))
