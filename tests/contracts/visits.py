"""An adapter's readings and its push, each as a visit whose answers somebody else may give.

A visit goes over an httpx transport to a sandbox in this process; waiting takes no time.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import httpx

from cloudstock.config.loading import load
from cloudstock.domain.records import Order, OrderRef, StockKey, StockUpdate, TimeRange
from cloudstock.marketplaces.base import Marketplace, Page
from cloudstock.marketplaces.opening import open_marketplace
from cloudstock.marketplaces.pace import Pace
from cloudstock.sandbox.request import Request
from cloudstock.sandbox.server import Sandbox
from cloudstock.sandbox.world import World
from cloudstock.settings import Account
from tests.contracts.judge import Exchange

START = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
# Limits are nothing that is looked at here.
SPEED = 1e6
PAGES_MAX = 40
REQUESTS_MAX = 400
# More of everything than goes into one request: listings and orders.
LARGE = {"ozon-large": (130, 130), "wb-large": (1100, 1100), "ym-large": (2100, 130)}
LONG = timedelta(days=150)
# Of an order that no list of Ozon's reaches back to.
AGES = timedelta(days=500)


class EndlessError(Exception):
    """The visit asks on and on."""


@dataclass
class Clock:
    """Stands still, unless somebody sleeps."""

    moment: datetime = START

    def now(self) -> datetime:
        """Return the present moment."""
        return self.moment

    async def sleep(self, seconds: float) -> None:
        """Let time pass at once."""
        self.moment += timedelta(seconds=seconds)


@dataclass(frozen=True, slots=True)
class Given:
    """An answer that is given in place of the sandbox's."""

    status: int
    body: bytes


# Which answer to give to a request: its method and path; None: the sandbox's.
Instead = Callable[[str, str], Given | None]


class Wire(httpx.AsyncBaseTransport):
    """Carries requests to the sandbox, or to somebody who answers instead."""

    def __init__(self, sandbox: Sandbox, instead: Instead) -> None:
        self._sandbox = sandbox
        self._instead = instead
        self.exchanges: list[Exchange] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Answer one request."""
        if len(self.exchanges) >= REQUESTS_MAX:
            raise EndlessError(f"{REQUESTS_MAX} requests")
        path, body = request.url.path, await request.aread()
        query = tuple(parse_qsl(request.url.query.decode(), keep_blank_values=True))
        headers = {k.lower(): v for k, v in request.headers.items()}
        given = self._instead(request.method, path)
        kind = {"Content-Type": "application/json"}
        if given is None:
            answer = self._sandbox.handle(Request(request.method, path, dict(query), headers, body))
            given, kind = Given(answer.status, answer.body), answer.headers
        self.exchanges.append(
            Exchange(request.method, path, query, headers, body, given.status, kind, given.body)
        )
        return httpx.Response(given.status, headers=kind, content=given.body)


@dataclass
class Surprised:
    """Remembers the words that an adapter did not know."""

    words: set[str] = field(default_factory=set)

    def met(self, place: str, field: str, word: str, *, left_out: bool = False) -> None:
        """Remember one."""
        self.words.add(word)


@dataclass
class Scene:
    """One account on an ordinary day, and what is known of it."""

    account: Account
    world: World
    clock: Clock
    pace: Pace
    orders: tuple[Order, ...] = ()
    keys: tuple[StockKey, ...] = ()
    starts_at: datetime = START
    # How many of them are asked for.
    most: int = 20

    def open(self, wire: Wire, surprises: Surprised) -> Marketplace:
        """Connect as a run does."""
        return open_marketplace(
            self.account, clock=self.clock, pace=self.pace, transport=wire, surprises=surprises
        )

    @property
    def refs(self) -> tuple[OrderRef, ...]:
        """Orders to be asked for again; one of them is too old for any list."""
        asked = self.orders[: self.most]
        known = [OrderRef(o.order_id, o.created_at, o.handle) for o in asked]
        old = [OrderRef(r.order_id, START - AGES, r.handle) for r in known[:1]]
        return tuple(old + known[1:])

    def hints(self) -> dict[str, list[str]]:
        """Return ids that the account knows, by the names that the marketplaces give them."""
        own = self.account.options
        places = [link.warehouse_id for link in self.account.warehouses]
        offers = [key.offer_id for key in self.keys]
        listings = [key.external_id for key in self.keys]
        orders = [o.order_id for o in self.orders]
        named = {
            ("warehouse_id", "warehouseId", "partnerWarehouseId"): places,
            ("offer_id", "offerId", "shopSku"): offers,
            ("product_id", "chrtId", "chrtID"): listings,
            ("posting_number", "orderId"): orders,
            ("campaignId",): [own["campaign_id"]] if "campaign_id" in own else [],
        }
        return {name: ids for names, ids in named.items() for name in names}

    def time_range(self, reach: timedelta) -> TimeRange:
        """Return a span that ends now."""
        return TimeRange(self.clock.now() - reach, self.clock.now())

    def updates(self, most: int) -> tuple[StockUpdate, ...]:
        """One number for each listing of one warehouse; `most`: as many as go into a request."""
        place = self.keys[0].warehouse_id
        now = self.clock.now()
        keys = [key for key in self.keys[: self.most] if key.warehouse_id == place]
        return tuple(StockUpdate(key, n, now) for n, key in enumerate(keys[:most], start=1))


Visit = Callable[[Marketplace, Scene], Awaitable[list[Any]]]


async def _all(pages: AsyncIterator[Page[Any]]) -> list[Any]:
    records: list[Any] = []
    read = 0
    async for page in pages:
        read += 1
        if read > PAGES_MAX:
            raise EndlessError(f"{PAGES_MAX} pages")
        records += page.records
    return records


async def _check(shop: Marketplace, scene: Scene) -> list[Any]:
    return [await shop.check()]


async def _warehouses(shop: Marketplace, scene: Scene) -> list[Any]:
    return list(await shop.warehouses())


async def _catalog(shop: Marketplace, scene: Scene) -> list[Any]:
    return await _all(shop.catalog(None))


async def _orders(shop: Marketplace, scene: Scene) -> list[Any]:
    return await _all(shop.orders(scene.time_range(timedelta(days=3))))


async def _old_orders(shop: Marketplace, scene: Scene) -> list[Any]:
    return await _all(shop.orders(scene.time_range(LONG)))


async def _orders_again(shop: Marketplace, scene: Scene) -> list[Any]:
    return await _all(shop.orders_again(scene.refs))


async def _returns(shop: Marketplace, scene: Scene) -> list[Any]:
    return await _all(shop.returns(scene.time_range(timedelta(days=3)), scene.refs))


async def _all_stock(shop: Marketplace, scene: Scene) -> list[Any]:
    return await _all(shop.read_stock(None)) if shop.traits.walks_stock else []


async def _some_stock(shop: Marketplace, scene: Scene) -> list[Any]:
    return await _all(shop.read_stock(scene.keys[: scene.most]))


async def _push(shop: Marketplace, scene: Scene) -> list[Any]:
    return list(await shop.push(scene.updates(shop.traits.push_batch)))


async def _credentials_end(shop: Marketplace, scene: Scene) -> list[Any]:
    ends = getattr(shop, "credentials_end", None)
    return [] if ends is None else [await ends()]


VISITS: dict[str, Visit] = {
    "check": _check,
    "warehouses": _warehouses,
    "catalog": _catalog,
    "orders": _orders,
    "old orders": _old_orders,
    "orders again": _orders_again,
    "returns": _returns,
    "all stock": _all_stock,
    "some stock": _some_stock,
    "push": _push,
    "credentials end": _credentials_end,
}


@dataclass
class Outcome:
    """What came of a visit."""

    records: list[Any]
    error: Exception | None
    exchanges: list[Exchange] = field(default_factory=list)
    # Words that the adapter said no table of its knows.
    surprises: set[str] = field(default_factory=set)


class Host:
    """Makes visits, one after another, on one event loop."""

    def __init__(self) -> None:
        self._runner = asyncio.Runner()

    def close(self) -> None:
        """Close the loop."""
        self._runner.close()

    def visit(
        self, scene: Scene, name: str, instead: Instead = lambda method, path: None
    ) -> Outcome:
        """Make one visit; errors are told, not raised."""
        return self._runner.run(self._visit(scene, VISITS[name], instead))

    async def _visit(self, scene: Scene, visit: Visit, instead: Instead) -> Outcome:
        scene.clock.moment = scene.starts_at
        scene.pace = Pace()
        wire = Wire(Sandbox(scene.world), instead)
        surprised = Surprised()
        shop = scene.open(wire, surprised)
        try:
            records = await visit(shop, scene)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is the outcome
            return Outcome([], error, wire.exchanges, surprised.words)
        finally:
            await shop.aclose()
        return Outcome(records, None, wire.exchanges, surprised.words)


# ---------------------------------------------------------------- scenes


def large_scenes(host: Host) -> list[Scene]:
    """Return an account of each marketplace with more of everything than one request takes."""
    made = []
    for name, (listings, orders) in LARGE.items():
        clock = Clock()
        world = World.standard(products=listings, speed=SPEED, accounts=(name,), clock=clock.now)
        for sku in list(world.account(name).offers)[:orders]:
            world.place(name, [(sku, 1)], force=True)
        (account,) = _accounts(world)
        scene = Scene(account, world, clock, Pace(), most=listings)
        made.append(_known(host, scene))
    return made


def scenes(host: Host) -> list[Scene]:
    """Return an account of each kind, in the middle of its trade."""
    made = []
    for make in (_one_warehouse, _seller_delivers, _courier_and_counter, _grouped, _models):
        clock = Clock()
        world = make(clock)
        for account in _accounts(world):
            scene = Scene(account, world, clock, Pace())
            _trade(world, account.name)
            made.append(_known(host, scene))
    return made


def _known(host: Host, scene: Scene) -> Scene:
    """Return a scene whose listings and orders are known."""
    catalog = host.visit(scene, "catalog")
    scene.keys = tuple(
        StockKey(x.external_id, x.offer_id, link.warehouse_id)
        for link in scene.account.warehouses
        for x in catalog.records
        if not x.archived
    )
    scene.orders = tuple(host.visit(scene, "orders").records)
    assert scene.keys
    assert scene.orders
    return scene


def _one_warehouse(clock: Clock) -> World:
    return World.standard(products=8, speed=SPEED, seed=5, clock=clock.now)


def _seller_delivers(clock: Clock) -> World:
    names = ("ozon-main", "wb-main")
    world = World.standard(products=6, speed=SPEED, accounts=names, warehouses=2, clock=clock.now)
    for account in world.accounts.values():
        account.dbs_warehouses.add(account.warehouses[-1])
    return world


def _courier_and_counter(clock: Clock) -> World:
    """Wildberries' other families: its courier fetches, or the buyer does."""
    world = World.standard(
        products=6, speed=SPEED, accounts=("wb-main",), warehouses=3, clock=clock.now
    )
    account = world.account("wb-main")
    account.courier_warehouses.add(account.warehouses[1])
    account.pickup_warehouses.add(account.warehouses[2])
    return world


def _grouped(clock: Clock) -> World:
    world = World.standard(products=6, speed=SPEED, accounts=("ym-one", "ym-two"), clock=clock.now)
    world.unite("all", ("ym-one", "ym-two"))
    return world


def _models(clock: Clock) -> World:
    """One warehouse at which two shops of one cabinet sell, each by a model of its own."""
    world = World.standard(products=6, speed=SPEED, accounts=("ym-one", "ym-two"), clock=clock.now)
    world.unite(None, ("ym-one", "ym-two"))
    return world


def _accounts(world: World) -> tuple[Account, ...]:
    with tempfile.TemporaryDirectory(prefix="cloudstock-visits-") as folder:
        config = Path(folder) / "config.yaml"
        config.touch(mode=0o600)
        config.write_text(Sandbox(world).config_text("http://127.0.0.1"), encoding="utf-8")
        return load(config, {}).configuration.accounts


def _trade(world: World, name: str) -> None:
    """Orders and returns in every state of the world's."""
    account = world.account(name)
    skus = [s for s, o in account.offers.items() if not o.archived]
    for place in account.warehouses:
        for sku in skus:
            world.show(name, place, sku, 20)
        for n, verbs in enumerate(
            ((), ("confirm",), ("pack",), ("ship",), ("deliver",), ("cancel",), ("refuse",))
        ):
            basket = [(skus[n % len(skus)], 1)]
            for order in world.place(name, basket, warehouse=place, force=True):
                for verb in verbs:
                    world.do(name, order.order_id, verb)
                if verbs == ("deliver",):
                    world.start_return(name, order.order_id, None)
        world.place(
            name, [(skus[0], 1)], warehouse=place, force=True, created_at=START - LONG * 0.8
        )
