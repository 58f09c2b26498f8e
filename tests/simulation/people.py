"""The seller: counts, corrects, links, puts returns away; beside cron, and while it works."""

from __future__ import annotations

from collections.abc import Callable

from cloudstock.domain.transition import How
from cloudstock.errors import UsageProblem
from cloudstock.store import Store
from tests.acting import (
    adjust_stock,
    link_listing,
    receive_return,
    set_policy,
    set_stock,
    unlink_listing,
)
from tests.simulation.clock import SECOND
from tests.simulation.program import Program
from tests.simulation.shops import Offer, Pair, Shop
from tests.simulation.trade import QUARANTINE, QUIET_S, Trade


class Seller:
    """What a person does to the shelf and tells the book of it."""

    def __init__(self, trade: Trade, program: Program) -> None:
        self.trade = trade
        self.program = program
        self.random = trade.random
        # How products are shared is changed now and then.
        self.changing = False
        # Boxes that are linked to nothing for now, and what will be in them.
        self._apart: list[tuple[Shop, Offer]] = []

    def _do(self, name: str, act: Callable[[Store], object]) -> bool:
        return self.program.by_hand(name, act)

    def something(self) -> None:
        """Do one of the things people do."""
        acts = (
            (4, self.count_one),
            (2, self.adjust_one),
            (3, self.put_away),
            (2, self.pack_differently),
            (1, self.take_apart),
            (1, self.put_together),
        )
        if self.changing:
            acts = (*acts, (3, self.share_differently))
        weights = [w for w, _ in acts]
        self.random.choices([a for _, a in acts], weights)[0]()

    # ------------------------------------------------------------ the shelf

    def find(self, pair: Pair, quantity: int) -> None:
        """Count a product, and tell nobody yet: what is found there is the truth."""
        trade = self.trade
        for shop in trade.shops.values():
            for deal in shop.deals.values():
                away = {p for parts in deal.left.values() for p in parts}
                if pair in away and not shop.knows(deal, deal.left_version):
                    deal.counted_away = True
        trade.shelf[pair] = quantity
        trade.counted.add(pair)
        trade.counted_us[pair] = trade.world.us
        trade.quiet_until[pair] = trade.world.us + int(QUIET_S * SECOND)
        trade.world.tell(f"count {pair} {quantity}")

    def count(self, pair: Pair, quantity: int) -> None:
        """Count a product."""
        trade = self.trade
        sku, shelf = pair
        now = trade.world.now()
        self.find(pair, quantity)
        self._do(
            "set-stock",
            lambda store: set_stock(
                store,
                sku,
                quantity,
                warehouse=trade.warehouses[shelf],
                # However far it is from what the program knew: they have looked.
                yes=True,
                now=now,
                configured=self.program.config.warehouse_names,
            ),
        )
        trade.report.done["counts"] += 1

    def count_one(self) -> None:
        """Count a product again; units were found or lost."""
        fit = [p for p in sorted(self.trade.counted) if self.trade.clear(p)]
        if fit:
            pair = self.random.choice(fit)
            found = self.random.choice([-2, -1, 0, 0, 1, 2, 5])
            self.count(pair, max(0, self.trade.shelf[pair] + found))

    def empty_the_shelves(self) -> None:
        """A whole sheet says zero, and it is so: too much to be pushed without a word."""
        fit = [p for p in sorted(self.trade.counted) if self.trade.clear(p)]
        for pair in fit:
            self.count(pair, 0)
        self.trade.report.faults["warehouses found empty"] += 1

    def adjust_one(self) -> None:
        """Correct the book by what broke or was found."""
        pair = self.random.choice(sorted(self.trade.counted) or [("", "")])
        delta = self.random.choice([-1, 1, 2])
        if pair == ("", "") or self.trade.shelf[pair] + delta < 0:
            return
        sku, called = pair[0], self.trade.warehouses[pair[1]]
        now = self.trade.world.now()

        def act(store: Store) -> None:
            product = store.catalog.product(sku)
            assert product is not None
            level = store.ledger.level(product, store.ledger.warehouse(called))
            # The book may not know yet what is really there.
            if (level.on_hand or 0) + delta < 0:
                return
            adjust_stock(store, sku, delta, reason="found", warehouse=called, yes=True, now=now)
            self.trade.shelf[pair] += delta
            self.trade.world.tell(f"adjust {pair} {delta:+}")

        self._do("adjust-stock", act)
        self.trade.report.done["adjustments"] += 1

    def put_away(self) -> None:
        """Put a return that waits in quarantine back on sale, or write it off."""

        def act(store: Store) -> None:
            waiting = store.connection.execute(
                "SELECT r.return_id, a.name, r.booked - r.restocked - r.written_off AS n"
                " FROM returns r JOIN account a ON a.id = r.account_id"
                " WHERE r.booked > r.restocked + r.written_off ORDER BY r.id"
            ).fetchall()
            if not waiting:
                return
            return_id, account, n = self.random.choice(waiting)
            write_off = self.random.random() < 0.3
            result = receive_return(
                store,
                return_id,
                account=account,
                quantity=self.random.randint(1, n),
                write_off=write_off,
                # It was kept apart, whatever was counted since.
                yes=True,
                now=self.trade.world.now(),
            )
            for part in result.products:
                self.trade.quarantine[part.sku] -= part.units
                if result.warehouse is not None:
                    warehouse = self.trade.warehouse_called(result.warehouse)
                    assert warehouse != QUARANTINE
                    self.trade.move((part.sku, warehouse), part.units)
            self.trade.world.tell(f"put away {return_id} {result.products} {result.warehouse}")
            self.trade.report.done["returns put away"] += 1

        self._do("receive-return", act)

    # ------------------------------------------------------------ who may sell what

    def share_differently(self) -> None:
        """The accounts share a product in another way from now on."""
        sku = self.random.choice(sorted({sku for sku, _ in self.trade.counted}) or [""])
        policy = self.random.choice([None, "split", "split", "share"])
        self._share(sku, policy, self.random.choice(list(How)))

    def share_as_configured(self) -> None:
        """No product is shared in a way of its own over night."""
        for sku in sorted({sku for sku, _ in self.trade.counted}):
            self._share(sku, None, How.STRICT)

    def _share(self, sku: str, policy: str | None, how: How) -> None:
        now = self.trade.world.now()

        def act(store: Store) -> None:
            if store.catalog.product(sku) is None:
                return
            try:
                set_policy(store, [sku], policy, how=how, now=now)
            except UsageProblem:
                # It is not known what all of its listings show.
                self.trade.report.done["policies not changed quickly"] += 1
                return
            self.trade.world.tell(f"share {sku}: {policy} {how}")
            self.trade.report.done[f"policies changed: {how}"] += 1

        self._do("set-policy", act)

    # ------------------------------------------------------------ the boxes

    def link(self, shop: Shop, offer: Offer, parts: dict[str, int]) -> None:
        """Say what is in a box."""
        now = self.trade.world.now()
        offer.parts, offer.linked = dict(parts), True
        self.trade.world.tell(f"link {shop.name} {offer.external_id} {parts}")
        self._do(
            "link-listing",
            lambda store: link_listing(
                store, shop.account, offer.external_id, list(parts.items()), now=now
            ),
        )
        self.trade.report.done["links changed"] += 1

    def pack_differently(self) -> None:
        """A pack or bundle gets other contents, from now on."""
        boxes = [
            (shop, offer)
            for shop in self.trade.shops.values()
            for offer in shop.offers.values()
            if offer.linked
            and sum(offer.parts.values()) > 1
            and self.trade.book_knows_what_left(shop, offer.external_id)
        ]
        if boxes:
            shop, offer = self.random.choice(boxes)
            self.link(shop, offer, {s: self.random.randint(1, 3) for s in offer.parts})

    def take_apart(self) -> None:
        """A listing is linked to nothing for a while."""
        fit = [
            (shop, offer)
            for shop in self.trade.shops.values()
            for offer in shop.offers.values()
            if offer.linked
            and offer.listed
            and self.trade.book_knows_what_left(shop, offer.external_id)
        ]
        if not fit:
            return
        shop, offer = self.random.choice(fit)
        now = self.trade.world.now()
        offer.linked = False
        self._apart.append((shop, offer))
        self.trade.world.tell(f"unlink {shop.name} {offer.external_id}")
        self._do(
            "unlink-listing",
            lambda store: unlink_listing(
                store, shop.account, offer.external_id, leave=len(self._apart) % 3 == 0, now=now
            ),
        )

    def put_together(self) -> None:
        """What was unlinked is linked again."""
        if self._apart:
            shop, offer = self._apart.pop(self.random.randrange(len(self._apart)))
            self.link(shop, offer, offer.parts)

    def put_all_together(self) -> None:
        """Nothing stays unlinked over night."""
        while self._apart:
            self.put_together()
