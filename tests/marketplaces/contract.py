"""What every marketplace must do, whatever it is made of.

`MarketplaceContract` is run against a `Bench`: the other side of one account, where a test plays
buyer, carrier and seller. `OverHttpContract` adds the bad days of real adapters; its bench is the
sandbox, served on loopback.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Protocol, TypeVar

import httpx
import pytest

from cloudstock.config.loading import load
from cloudstock.domain.records import (
    Listing,
    Order,
    OrderRef,
    PushOutcome,
    Return,
    ReturnStep,
    SeenStock,
    Step,
    StockKey,
    StockUpdate,
    TimeRange,
    Verdict,
)
from cloudstock.errors import (
    AnswerNotUnderstood,
    CloudstockError,
    CredentialsRefused,
    MarketplaceError,
    Unreachable,
)
from cloudstock.marketplaces.base import Marketplace, Page, Traits
from cloudstock.marketplaces.clock import Clock
from cloudstock.marketplaces.opening import SystemClock, open_marketplace
from cloudstock.marketplaces.pace import Pace
from cloudstock.sandbox.server import Sandbox
from cloudstock.sandbox.serving import serve
from cloudstock.sandbox.world import World
from cloudstock.settings import Account, Secret

T = TypeVar("T")

# Published limits are per minute; at this speed a minute lasts a tenth of a second.
SPEED = 600.0


class Bench(Protocol):
    """The other side of one account."""

    # The account's warehouse, as configured.
    warehouse_id: str
    clock: Clock

    def open(self) -> Marketplace:
        """Connect as a run does."""
        ...

    def skus(self) -> list[str]:
        """Articles of the account's live listings; at least three."""
        ...

    def buy(self, sku: str, quantity: int) -> list[str]:
        """A buyer orders; ids of the orders that this makes."""
        ...

    def order(self, order_id: str, do: str) -> None:
        """Something happens to an order: "pack", "ship", "deliver", "cancel"."""
        ...

    def send_back(self, order_id: str, sku: str) -> Callable[[], None]:
        """A unit of a delivered order starts its way back; call the result to hand it over."""
        ...

    def rest(self) -> None:
        """Time passes, more than any marketplace wants between two writes."""
        ...

    def shown(self, sku: str) -> int | None:
        """What buyers can order; None where it was never set."""
        ...


@dataclass
class Reader:
    """One connection and what a test wants of it, whole."""

    marketplace: Marketplace
    bench: Bench

    async def catalog(self) -> list[Listing]:
        return await all_of(self.marketplace.catalog(None))

    async def listing(self, sku: str) -> Listing:
        (found,) = {x.external_id: x for x in await self.catalog() if x.offer_id == sku}.values()
        return found

    def time_range(self, hours: float = 24) -> TimeRange:
        now = self.bench.clock.now()
        return TimeRange(now - timedelta(hours=hours), now)

    async def orders(self, ids: list[str]) -> list[Order]:
        """The orders of the last day with these ids, as last told."""
        told = {o.order_id: o for o in await all_of(self.marketplace.orders(self.time_range()))}
        return [told[i] for i in ids if i in told]

    async def again(self, orders: list[Order]) -> list[Order]:
        refs = [OrderRef(o.order_id, o.created_at, o.handle) for o in orders]
        told = {o.order_id: o for o in await all_of(self.marketplace.orders_again(refs))}
        return [told[o.order_id] for o in orders if o.order_id in told]

    async def returns(self, orders: list[Order]) -> list[Return]:
        refs = [OrderRef(o.order_id, o.created_at, o.handle) for o in orders]
        told = await all_of(self.marketplace.returns(self.time_range(24 * 30), refs))
        return list({r.return_id: r for r in told}.values())

    def key(self, listing: Listing) -> StockKey:
        return StockKey(listing.external_id, listing.offer_id, self.bench.warehouse_id)

    async def stock(self, *listings: Listing) -> dict[str, SeenStock]:
        """What is shown of these, by article."""
        shown = await all_of(self.marketplace.read_stock([self.key(x) for x in listings]))
        return {
            x.offer_id: s
            for x in listings
            for s in shown
            if set(s.listing_keys) & set(x.keys) and s.warehouse_id == self.bench.warehouse_id
        }

    async def push(self, quantities: dict[str, int]) -> tuple[PushOutcome, ...]:
        by_sku = {x.offer_id: x for x in await self.catalog()}
        now = self.bench.clock.now()
        return await self.marketplace.push(
            [StockUpdate(self.key(by_sku[sku]), n, now) for sku, n in quantities.items()]
        )


async def all_of(pages: AsyncIterator[Page[T]]) -> list[T]:
    return [record async for page in pages for record in page.records]


def visit(bench: Bench, work: Callable[[Reader], Awaitable[T]], **open_as: Any) -> T:
    """Do something over a connection of its own."""

    async def run() -> T:
        marketplace = bench.open(**open_as)
        try:
            return await work(Reader(marketplace, bench))
        finally:
            await marketplace.aclose()

    return asyncio.run(run())


def by_sku(outcomes: tuple[PushOutcome, ...]) -> dict[str, Verdict]:
    return {o.update.key.offer_id: o.verdict for o in outcomes}


class MarketplaceContract:
    """Subclass it with a `bench` fixture."""

    def sell(self, bench: Bench, quantity: int = 2) -> tuple[str, list[str]]:
        """Show five of the first listing and sell some of them."""
        sku = bench.skus()[0]
        visit(bench, lambda r: r.push({sku: 5}))
        return sku, bench.buy(sku, quantity)

    def test_the_catalogue_holds_every_listing_once_and_names_it_by_its_article(
        self, bench: Bench
    ) -> None:
        listings = visit(bench, Reader.catalog)
        live = [x.offer_id for x in listings if not x.archived]
        assert sorted(set(live)) == sorted(bench.skus())
        assert len({x.external_id for x in listings}) == len(listings)
        assert all(x.name and x.keys for x in listings)
        # Barcodes may be shared; every other key means one listing.
        for kind in {k.split(":")[0] for x in listings for k in x.keys} - {"barcode"}:
            keys = [k for x in listings for k in x.keys if k.startswith(f"{kind}:")]
            assert len(keys) == len(set(keys)), kind

    def test_a_new_order_is_open_and_names_its_listing(self, bench: Bench) -> None:
        sku, ids = self.sell(bench, 2)

        async def work(reader: Reader) -> None:
            listing = await reader.listing(sku)
            orders = await reader.orders(ids)
            assert [o.order_id for o in orders] == ids
            assert {o.step for o in orders} == {Step.OPEN}
            assert sum(line.quantity for o in orders for line in o.lines) == 2
            for order in orders:
                assert order.ignored is None
                assert order.warehouse_id in (None, reader.bench.warehouse_id)
                assert order.created_at.utcoffset() == timedelta(0)
                age = reader.bench.clock.now() - order.created_at
                assert timedelta(minutes=-1) < age < timedelta(hours=1)
                for line in order.lines:
                    assert set(line.listing_keys) & set(listing.keys)

        visit(bench, work)

    @pytest.mark.parametrize(
        ("happens", "step"),
        [
            (["pack"], Step.OPEN),
            (["pack", "ship"], Step.SHIPPED),
            (["pack", "ship", "deliver"], Step.DELIVERED),
            (["cancel"], Step.CANCELLED),
            (["pack", "cancel"], Step.CANCELLED),
            (["pack", "ship", "cancel"], Step.CANCELLED),
        ],
        ids=lambda x: "-".join(x) if isinstance(x, list) else "",
    )
    def test_what_happens_to_an_order_is_told_by_time_range_and_by_asking_again(
        self, bench: Bench, happens: list[str], step: Step
    ) -> None:
        _, ids = self.sell(bench)
        before = visit(bench, lambda r: r.orders(ids))
        for order_id in ids:
            for do in happens:
                bench.order(order_id, do)

        async def work(reader: Reader) -> None:
            again = await reader.again(before)
            assert [o.step for o in again] == [step] * len(ids)
            # Only a unit that was handed over may ever be told to have left.
            if step is Step.CANCELLED:
                left = "ship" in happens
                assert {o.left_warehouse for o in again} <= (
                    {True, None} if left else {False, None}
                )
            assert [o.lines for o in again] == [o.lines for o in before]
            listed = await reader.orders(ids)
            assert {o.step for o in listed} == {step}

        visit(bench, work)

    def test_an_order_that_nobody_knows_is_left_out(self, bench: Bench) -> None:
        _, ids = self.sell(bench, 1)

        async def work(reader: Reader) -> None:
            (order,) = await reader.orders(ids)
            stranger = re.sub(r"\d", "9", order.order_id)
            # A handle that is part of the id names the order; any other tells more about it.
            handle = "" if order.handle in order.order_id else order.handle
            refs = [OrderRef(stranger, order.created_at, handle)]
            told = await all_of(reader.marketplace.orders_again(refs))
            assert stranger not in {o.order_id for o in told}

        visit(bench, work)

    def test_a_return_is_expected_and_then_received(self, bench: Bench) -> None:
        sku, ids = self.sell(bench, 1)
        for do in ("pack", "ship", "deliver"):
            bench.order(ids[0], do)
        orders = visit(bench, lambda r: r.orders(ids)) or []
        hand_over = bench.send_back(ids[0], sku)
        (on_its_way,) = visit(bench, lambda r: r.returns(orders))
        assert on_its_way.step is ReturnStep.EXPECTED
        assert on_its_way.order_id in (None, ids[0])
        assert on_its_way.quantity == 1
        hand_over()
        (received,) = visit(bench, lambda r: r.returns(orders))
        assert received.step is ReturnStep.RECEIVED
        assert received.return_id == on_its_way.return_id
        listing = visit(bench, lambda r: r.listing(sku))
        # It is known whose units they are by the one or the other.
        assert received.order_id in (None, ids[0])
        assert received.order_id or set(received.listing_keys) & set(listing.keys)

    def test_what_is_pushed_is_shown_and_a_sale_lowers_it(self, bench: Bench) -> None:
        skus = bench.skus()[:3]
        outcomes = visit(bench, lambda r: r.push({sku: 4 + n for n, sku in enumerate(skus)}))
        assert by_sku(outcomes) == dict.fromkeys(skus, Verdict.ACCEPTED)
        assert [bench.shown(sku) for sku in skus] == [4, 5, 6]
        bench.buy(skus[0], 3)

        async def work(reader: Reader) -> None:
            stock = await reader.stock(*[await reader.listing(sku) for sku in skus])
            assert [stock[sku].free for sku in skus] == [1, 5, 6]
            if reader.marketplace.traits.reports_reserved:
                assert [stock[sku].reserved for sku in skus] == [3, 0, 0]
            else:
                assert {s.reserved for s in stock.values()} == {None}

        visit(bench, work)

    def test_a_push_is_absolute_and_zero_is_a_number(self, bench: Bench) -> None:
        sku = bench.skus()[0]
        for quantity in (7, 7, 0):
            assert by_sku(visit(bench, lambda r, n=quantity: r.push({sku: n}))) == {
                sku: Verdict.ACCEPTED
            }
            assert bench.shown(sku) == quantity
            bench.rest()

    def test_who_tells_all_stock_is_asked_for_it(self, bench: Bench) -> None:
        traits = visit(bench, _traits)
        assert traits.walks_stock is isinstance(self, AllStockContract)

    def test_a_full_batch_is_one_call(self, bench: Bench) -> None:
        async def work(reader: Reader) -> None:
            listings = [x for x in await reader.catalog() if not x.archived]
            listings = listings[: reader.marketplace.traits.push_batch]
            now = reader.bench.clock.now()
            outcomes = await reader.marketplace.push(
                [StockUpdate(reader.key(x), 3, now) for x in listings]
            )
            assert len(outcomes) == len(listings)
            assert {o.verdict for o in outcomes} == {Verdict.ACCEPTED}

        visit(bench, work)

    def test_the_configured_warehouse_is_known_and_usable(self, bench: Bench) -> None:
        report = visit(bench, lambda r: r.marketplace.check())
        assert [f for f in report.findings if f.level == "error"] == []
        usable = {w.warehouse_id for w in report.warehouses if not w.unusable}
        assert bench.warehouse_id in usable or (not bench.warehouse_id and len(usable) >= 1)


async def _traits(reader: Reader) -> Traits:
    return reader.marketplace.traits


class AllStockContract(MarketplaceContract):
    """Of a marketplace that tells the stock of all listings at once."""

    def test_everything_is_read(self, bench: Bench) -> None:
        skus = bench.skus()
        visit(bench, lambda r: r.push(dict.fromkeys(skus[:3], 2)))

        async def work(reader: Reader) -> None:
            shown = await all_of(reader.marketplace.read_stock(None))
            keys = {k for s in shown if s.free == 2 for k in s.listing_keys}
            for sku in skus[:3]:
                assert set((await reader.listing(sku)).keys) & keys
            assert {s.warehouse_id for s in shown} == {reader.bench.warehouse_id}

        visit(bench, work)


@dataclass
class SandboxBench:
    """One account of the sandbox, over its control verbs."""

    url: str
    account: Account
    clock: Clock

    def __post_init__(self) -> None:
        self.http = httpx.Client(base_url=self.url, trust_env=False, timeout=30, verify=False)
        self.warehouse_id = self.account.warehouses[0].warehouse_id

    def open(
        self, *, account: Account | None = None, deadline: datetime | None = None
    ) -> Marketplace:
        pace = Pace()
        return open_marketplace(
            account or self.account, clock=self.clock, pace=pace, deadline=deadline
        )

    def ask(self, path: str) -> Any:
        answer = self.http.get(f"/_sandbox/{path}")
        assert answer.status_code == 200, answer.text
        return answer.json()

    def tell(self, verb: str, **body: Any) -> Any:
        answer = self.http.post(f"/_sandbox/{verb}", json=body)
        assert answer.status_code < 300, f"{verb} {body}: {answer.status_code} {answer.text}"
        return answer.json()

    def _listings(self) -> list[Any]:
        shown = self.ask("shown")["listings"]
        return [x for x in shown if x["account"] == self.account.name]

    def skus(self) -> list[str]:
        return list(
            dict.fromkeys(x["sku"] for x in self._listings() if not x.get("archived", False))
        )

    def buy(self, sku: str, quantity: int) -> list[str]:
        lines = [{"sku": sku, "quantity": quantity}]
        made = self.tell("orders", account=self.account.name, lines=lines)
        return [str(i) for i in made["orders"]]

    def order(self, order_id: str, do: str, **also: Any) -> Any:
        return self.tell(f"orders/{self.account.name}/{order_id}", do=do, **also)

    def send_back(self, order_id: str, sku: str) -> Callable[[], None]:
        lines = [{"sku": sku, "quantity": 1}]
        made = self.tell("returns", account=self.account.name, order=order_id, lines=lines)
        (return_id,) = made["returns"]

        def hand_over() -> None:
            for do in ("transit", "arrive", "receive"):
                self.tell(f"returns/{self.account.name}/{return_id}", do=do)

        return hand_over

    def rest(self) -> None:
        self.tell("clock", advance=1)

    def shown(self, sku: str) -> int | None:
        (free,) = [
            x["free"]
            for x in self._listings()
            # An account that names no warehouse has just one.
            if x["sku"] == sku and self.warehouse_id in ("", str(x["warehouse"]))
        ]
        return None if free is None else int(free)

    def fault(self, kind: str, **also: Any) -> None:
        self.tell("faults", account=self.account.name, kind=kind, **also)

    def breaches(self) -> list[Any]:
        return list(self.ask("requests")["breaches"])


@contextmanager
def sandbox_bench(
    name: str, folder: Path, world: World | None = None, **standard: Any
) -> Iterator[SandboxBench]:
    """Serve a world, or a standard one, and give one account's bench."""
    made = {"products": 12, "speed": SPEED, "seed": 1} | standard
    sandbox = Sandbox(world or World.standard(**made))
    with serve(sandbox) as url:
        path = folder / "config.yaml"
        path.touch(mode=0o600)
        path.write_text(sandbox.config_text(url))
        accounts = {a.name: a for a in load(path, {}).configuration.accounts}
        bench = SandboxBench(url, accounts[name], SystemClock())
        try:
            yield bench
        finally:
            bench.http.close()


class OverHttpContract(MarketplaceContract):
    """The same against the sandbox, and its bad days.

    A subclass names the sandbox's `account`, the part of the path of its method that `writes`
    stock and of one that `lists` orders.
    """

    account: str
    writes: str
    lists: str

    @pytest.fixture
    def bench(self, tmp_path: Path) -> Iterator[SandboxBench]:
        with sandbox_bench(self.account, tmp_path) as bench:
            yield bench
            # Nothing that an adapter does of its own accord may be against the rules.
            assert bench.breaches() == [], "the marketplace had to reject a request"

    @pytest.mark.parametrize("kind", ["throttle", "html", "drop_before", "drop_after"])
    def test_a_bad_moment_passes(self, bench: SandboxBench, kind: str) -> None:
        _, ids = self.sell(bench)
        bench.fault(kind, path=self.lists, times=2)
        assert len(visit(bench, lambda r: r.orders(ids))) == len(ids)

    def test_a_bad_day_is_told_and_said_to_pass(self, bench: SandboxBench) -> None:
        bench.fault("status", status=500, path=self.lists, times=1000)
        with pytest.raises(Unreachable, match=f"{self.account}: .*try again later"):
            visit(bench, lambda r: r.orders([]))

    @pytest.mark.parametrize("kind", ["throttle", "drop_before", "drop_after", "html"])
    def test_a_push_whose_answer_was_lost_is_sent_again_or_unknown(
        self, bench: SandboxBench, kind: str
    ) -> None:
        sku = bench.skus()[0]
        bench.fault(kind, path=self.writes, times=1)
        outcomes = visit(bench, lambda r: r.push({sku: 9}))
        assert by_sku(outcomes)[sku] in {Verdict.ACCEPTED, Verdict.UNKNOWN}
        assert bench.shown(sku) == 9

    def test_refused_items_do_not_hold_back_the_rest(self, bench: SandboxBench) -> None:
        skus = bench.skus()[:6]
        bench.fault("refuse_items", path=self.writes, share=0.5)
        verdicts = by_sku(visit(bench, lambda r: r.push(dict.fromkeys(skus, 8))))
        assert set(verdicts) == set(skus)
        assert Verdict.ACCEPTED in verdicts.values()
        assert set(verdicts.values()) - {Verdict.ACCEPTED}
        for sku, verdict in verdicts.items():
            if verdict is Verdict.ACCEPTED:
                assert bench.shown(sku) == 8
            else:
                assert bench.shown(sku) != 8

    def test_a_garbled_answer_is_not_understood(self, bench: SandboxBench) -> None:
        bench.fault("garble", path=self.lists, times=10)
        with pytest.raises((AnswerNotUnderstood, Unreachable), match=self.account):
            visit(bench, lambda r: r.orders([]))

    def test_a_status_never_seen_is_unknown_and_its_words_are_kept(
        self, bench: SandboxBench
    ) -> None:
        _, ids = self.sell(bench, 1)
        bench.order(ids[0], "set_status", status=self.new_status())
        (order,) = visit(bench, lambda r: r.orders(ids))
        assert order.step is Step.UNKNOWN
        assert "teleport" in order.status.lower()

    def test_orders_of_stock_that_the_marketplace_holds_move_nothing(
        self, bench: SandboxBench
    ) -> None:
        sku = bench.skus()[0]
        visit(bench, lambda r: r.push({sku: 5}))
        lines = [{"sku": sku, "quantity": 1}]
        body = {"account": self.account, "lines": lines, "held_there": True}
        ids = [str(i) for i in bench.tell("orders", **body)["orders"]]
        assert [o for o in visit(bench, lambda r: r.orders(ids)) if o.ignored is None] == []

    def new_status(self) -> Any:
        """A status word that the contract does not know, as the sandbox takes it."""
        return "teleported"

    def test_a_wrong_key_needs_a_person_and_is_never_shown(self, bench: SandboxBench) -> None:
        wrong = replace(
            bench.account,
            secrets={name: self.wrong(secret) for name, secret in bench.account.secrets.items()},
        )
        for work in self.ways():
            with pytest.raises(CredentialsRefused) as caught:
                visit(bench, work, account=wrong)
            for secret in wrong.secrets.values():
                assert secret.reveal() not in repr(caught.value)
        # The marketplace was right to reject these.
        bench.breaches = list  # type: ignore[method-assign]

    def wrong(self, secret: Secret) -> Secret:
        """A credential that looks like the real one."""
        value = secret.reveal()
        return Secret(value[:-4] + value[-4:][::-1] + "x")

    def ways(self) -> list[Callable[[Reader], Awaitable[Any]]]:
        """Ways to ask that need the key."""
        return [Reader.catalog, lambda r: r.orders([]), lambda r: r.marketplace.check()]

    def test_an_error_is_one_line_of_ours(self, bench: SandboxBench) -> None:
        bench.fault("status", status=400, path=self.lists, times=50)
        with pytest.raises(MarketplaceError) as caught:
            visit(bench, lambda r: r.orders([]))
        assert isinstance(caught.value, CloudstockError)
        assert "\n" not in str(caught.value)
        assert str(caught.value).startswith(self.account)


class UnitsTogetherContract(OverHttpContract):
    """Of a marketplace where an order may be of several units."""

    def test_units_cancelled_out_of_an_order_are_taken_off_its_line(
        self, bench: SandboxBench
    ) -> None:
        sku, (order_id,) = self.sell(bench, 3)
        bench.order(order_id, "cancel", lines=[{"sku": sku, "quantity": 2}])
        (order,) = visit(bench, lambda r: r.orders([order_id]))
        assert order.step is Step.OPEN
        assert [line.quantity for line in order.lines] == [1]


class SeveralWarehousesContract(OverHttpContract):
    """Of a marketplace where an account may have several warehouses."""

    def test_warehouses_are_written_and_read_apart(self, tmp_path: Path) -> None:
        with sandbox_bench(self.account, tmp_path, warehouses=2) as bench:
            first, second = (link.warehouse_id for link in bench.account.warehouses)
            sku = bench.skus()[0]

            async def work(reader: Reader) -> None:
                listing = await reader.listing(sku)
                for warehouse_id, quantity in ((first, 3), (second, 6)):
                    key = StockKey(listing.external_id, sku, warehouse_id)
                    update = StockUpdate(key, quantity, bench.clock.now())
                    (outcome,) = await reader.marketplace.push([update])
                    assert outcome.verdict is Verdict.ACCEPTED
                lines = [{"sku": sku, "quantity": 2}]
                body = {"account": self.account, "lines": lines, "warehouse": second}
                ids = [str(i) for i in bench.tell("orders", **body)["orders"]]
                assert {o.warehouse_id for o in await reader.orders(ids)} == {second}
                keys = [StockKey(listing.external_id, sku, w) for w in (first, second)]
                shown = await all_of(reader.marketplace.read_stock(keys))
                assert {(s.warehouse_id, s.free) for s in shown} == {(first, 3), (second, 4)}

            visit(bench, work)
            # Of two warehouses one may be somebody else's.
            only = replace(bench.account, warehouses=bench.account.warehouses[1:])

            async def second_only(reader: Reader) -> set[str]:
                listing = await reader.listing(sku)
                keys = [StockKey(listing.external_id, sku, second)]
                return {s.warehouse_id for s in await all_of(reader.marketplace.read_stock(keys))}

            assert visit(bench, second_only, account=only) == {second}
            assert bench.breaches() == []
