"""What people do to names, keys, cards, warehouses and sheets while the program is at work.

Each is a function that leaves the world such that the oracle knows what is true then. Nothing but
the sheet and a closed account changes what there is or should be shown.
"""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from cloudstock.changes.closing import CloseRequest
from cloudstock.changes.warehouses import RenameWarehouseRequest
from cloudstock.errors import ConfigurationError, Unconfirmed, UsageProblem
from cloudstock.settings import Account
from cloudstock.sheets.exporting import export_stock
from cloudstock.sheets.importing import import_stock
from cloudstock.store import Store
from tests import acting
from tests.acting import adjust_stock, move_stock, set_stock
from tests.simulation.faults import Broken
from tests.simulation.shops import Offer, Pair, Pane, Shop
from tests.simulation.trade import QUARANTINE

if TYPE_CHECKING:
    from tests.simulation.day import Town

Act = Callable[[], bool]
# A walk of the catalog that misses more than a fifth is doubted.
OFFERED_MIN = 6


class Office:
    """The seller's people at their desks."""

    def __init__(self, town: Town) -> None:
        self.town = town
        self.random = town.random
        self.program = town.program
        self.trade = town.trade
        self._numbers = 0

    def acts(self) -> tuple[tuple[int, Act], ...]:
        """Return what they do, and how often; each returns whether there was anything to do."""
        return (
            (3, self.rename_an_account),
            (1, self.swap_names),
            (2, self.rotate_a_key),
            (2, self.close_something),
            (2, self.open_it_again),
            (2, self.take_an_account_out),
            (2, self.rename_a_warehouse),
            (2, self.rename_a_warehouse_in_the_configuration),
            (2, self.rename_a_card),
            (2, self.delete_a_card),
            (2, self.restore_a_card),
            (2, self.copy_a_card),
            (2, self.move_a_barcode),
            (1, self.list_by_a_barcode),
            (4, self.import_a_sheet_late),
            (4, self.take_a_slip_back),
        )

    def _number(self) -> int:
        self._numbers += 1
        return self._numbers

    def _shop(self) -> Shop:
        return self.random.choice(list(self.town.shops.values()))

    def _configure(self, **accounts: Account) -> None:
        """Write some accounts otherwise; by what they are called now."""
        config = self.program.config
        changed = tuple(accounts.get(a.name, a) for a in config.accounts)
        self.program.config = replace(config, accounts=changed)
        self.look()

    def look(self) -> None:
        """See that nothing is silent after the configuration was changed."""
        with self.town.book() as store:
            self.town.watch.silence.look(store)

    def _account(self, shop: Shop) -> Account:
        return next(a for a in self.program.config.accounts if a.name == shop.account)

    def _run(self, command: str) -> None:
        self.program.run(command)
        self.town.world.advance(self.random.expovariate(1 / 300))

    # ------------------------------------------------------------ accounts

    def rename_an_account(self) -> bool:
        """Its history goes on under another name."""
        shop = self._shop()
        account, name = self._account(shop), f"{shop.name}-{self._number()}"
        shop.account = name
        self._configure(**{account.name: replace(account, name=name)})
        return True

    def swap_names(self) -> bool:
        """Two accounts are called as the other was."""
        one, other = self.random.sample(list(self.town.shops.values()), 2)
        first, second = self._account(one), self._account(other)
        one.account, other.account = second.name, first.name
        self._configure(
            **{
                first.name: replace(first, name=second.name),
                second.name: replace(second, name=first.name),
            }
        )
        return True

    def rotate_a_key(self) -> bool:
        """The old key is taken no more, which is named; then the new one is written down."""
        shop = self._shop()
        shop.key_ended = True
        result = self.program.run("poll-orders")
        shop.key_ended = False
        if result is None:
            return True
        errors = {a.account: a.error for a in result.accounts}
        error = errors[shop.account]
        if error is None or error.kind != "credentials":
            raise Broken(f"{shop.name} was read with a key that has ended: {errors}")
        return True

    def close_something(self) -> bool:
        """An account, or a warehouse of it, shows nothing any more; its orders are read on."""
        shop = self._shop()
        if not self._account(shop).push or shop.closed:
            return False
        warehouse = self.random.choice([None, *filter(None, shop.shelves)])
        shop.closed.update(shop.shelves if warehouse is None else {warehouse})
        command = "close-account" if warehouse is None else "close-warehouse"
        closes = CloseRequest(account=shop.account, warehouse=warehouse)
        self.program.run(command, accounts=(self._account(shop),), closes=closes)
        return True

    def open_it_again(self) -> bool:
        """What was closed is opened."""
        closed = [shop for shop in self.town.shops.values() if shop.closed]
        for shop in closed:
            shop.closed.clear()
            request = CloseRequest(account=shop.account, reopen=True)
            now = self.town.world.now()
            self.program.by_hand("close-account", lambda store: request.act(store, now=now))  # noqa: B023
        return bool(closed)

    def take_an_account_out(self) -> bool:
        """It is deleted from the configuration without being closed, for a while."""
        before = self.program.config
        shop = self._shop()
        out = tuple(a for a in before.accounts if a.name != shop.account)
        self.program.config = replace(before, accounts=out)
        self.look()
        for _ in range(self.random.randint(1, 3)):
            self._run(self.random.choice(["sync", "poll-orders", "push-stocks"]))
        self.program.config = before
        # It was closed for as long as it was configured.
        shop.closed.clear()
        self.look()
        return True

    # ------------------------------------------------------------ warehouses

    def _called(self, warehouse: str, name: str) -> None:
        """Write another name of a warehouse into the configuration."""
        before = self.trade.warehouses[warehouse]
        accounts = tuple(
            replace(
                a,
                warehouses=tuple(
                    w._replace(feeds_from=name) if w.feeds_from == before else w
                    for w in a.warehouses
                ),
            )
            for a in self.program.config.accounts
        )
        self.program.config = replace(self.program.config, accounts=accounts)

    def _a_warehouse(self) -> tuple[str, str]:
        used = sorted({s for shop in self.town.shops.values() for s in shop.shelves.values()})
        warehouse = self.random.choice(used)
        return warehouse, f"{warehouse}-{self._number()}"

    def rename_a_warehouse(self) -> bool:
        """By the command, and in the configuration."""
        self._rename(*self._a_warehouse())
        return True

    def _rename(self, warehouse: str, name: str) -> None:
        before = self.trade.warehouses[warehouse]
        self._called(warehouse, name)
        self.trade.warehouses[warehouse] = name
        request = RenameWarehouseRequest(warehouse=before, name=name)
        now, configured = self.town.world.now(), self.program.config.warehouse_names
        self.program.by_hand(
            "rename-warehouse",
            lambda store: request.act(store, now=now, configured=configured),
            settles_names=True,
        )

    def rename_a_warehouse_in_the_configuration(self) -> bool:
        """A question: nothing is read or sent until the command is run, or the name put back."""
        before = self.program.config
        warehouse, name = self._a_warehouse()
        self._called(warehouse, name)
        self.town.program.refuses(ConfigurationError)
        self.program.config = before
        if self.random.random() < 0.5:
            self._rename(warehouse, name)
        return True

    # ------------------------------------------------------------ cards

    def _cards(self, *marketplaces: str) -> list[tuple[Shop, Offer]]:
        """Return cards of one product that were linked by their article."""
        return [
            (shop, offer)
            for shop in self.town.shops.values()
            for offer in shop.offers.values()
            if (not marketplaces or shop.name in marketplaces)
            and offer.linked
            and not offer.archived
            and not offer.gone
            and offer.parts == {offer.offer_id: 1}
            and not offer.barcodes
            and offer.offer_id in self.town.skus
        ]

    def _knows(self, shop: Shop, offer: Offer) -> bool:
        """Tell whether the database has a card, linked."""
        with self.town.book() as store:
            offer.listed = bool(
                store.connection.execute(
                    "SELECT 1 FROM listing l JOIN account a ON a.id = l.account_id"
                    " JOIN component c ON c.listing_id = l.id"
                    " WHERE a.cabinet = ? AND l.external_id = ?",
                    (shop.name, offer.external_id),
                ).fetchone()
            )
        return offer.listed

    def _new_card(self, shop: Shop, article: str, parts: dict[str, int], *barcodes: str) -> Offer:
        ext = f"{shop.name}{900 + self._number()}"
        keys = {
            "oz": (f"sku:{ext}", f"offer:{article}"),
            "wb": (f"chrt:{ext}",),
            "ym": (f"offer:{article}",),
        }[shop.name]
        offer = Offer(ext, article, keys, parts, listed=False, barcodes=barcodes)
        shop.offer(offer)
        self.town.world.tell(f"new card {shop.name} {ext} {article} {barcodes}")
        return offer

    def rename_a_card(self) -> bool:
        """Its article changes; what it is does not."""
        # On Market the article is the card.
        cards = [c for c in self._cards("oz", "wb") if self._knows(*c)]
        if not cards:
            return False
        shop, offer = self.random.choice(cards)
        offer.offer_id = f"{offer.offer_id}-new{self._number()}"
        if shop.name == "oz":
            offer.keys = (offer.keys[0], f"offer:{offer.offer_id}")
        self.town.world.tell(f"card {shop.name} {offer.external_id} is {offer.offer_id} now")
        self._run("pull-catalog")
        return True

    def delete_a_card(self) -> bool:
        """The marketplace has no record of it any more."""
        cards = [
            (shop, offer)
            for shop, offer in self._cards()
            if not any(o.gone for o in shop.offers.values())
            and sum(not o.archived for o in shop.offers.values()) >= OFFERED_MIN
        ]
        if not cards:
            return False
        shop, offer = self.random.choice(cards)
        offer.gone = True
        for pane in self._panes(shop, offer):
            pane.shown, pane.pending = None, None
            pane.pending_number += 1
            pane.foreign_since = self.town.world.us
            pane.changes += 1
        self.town.world.tell(f"card {shop.name} {offer.external_id} is gone")
        self._run("pull-catalog")
        return True

    def restore_a_card(self) -> bool:
        """It is back, with a number that somebody else set."""
        gone = [(s, o) for s in self.town.shops.values() for o in s.offers.values() if o.gone]
        for shop, offer in gone:
            offer.gone = False
            for pane in self._panes(shop, offer):
                pane.set(self.random.randint(0, 2), self.town.world.us)
                pane.foreign_since = self.town.world.us
            self.town.world.tell(f"card {shop.name} {offer.external_id} is back")
        self._run("pull-catalog")
        return bool(gone)

    def _panes(self, shop: Shop, offer: Offer) -> list[Pane]:
        return [pane for (ext, _), pane in shop.panes.items() if ext == offer.external_id]

    def copy_a_card(self) -> bool:
        """Another card of the same thing and barcode: a product of its own, until it is linked."""
        cards = self._cards()
        if not cards:
            return False
        shop, offer = self.random.choice(cards)
        offer.barcodes = (f"46{self._number():011}",)
        self._run("pull-catalog")
        article = f"{offer.offer_id}-copy{self._number()}"
        copy = self._new_card(shop, article, {article: 1}, *offer.barcodes)
        self._run("pull-catalog")
        # Before it is known there is nothing to link.
        if self._knows(shop, copy) and self.random.random() < 0.6:
            self.town.seller.link(shop, copy, {offer.offer_id: 1})
        return True

    def move_a_barcode(self) -> bool:
        """A barcode is written on another card: both stay what they are."""
        cards = self._cards()
        if len(cards) < 2:
            return False
        (_, one), (_, other) = self.random.sample(cards, 2)
        one.barcodes = (f"46{self._number():011}",)
        self._run("pull-catalog")
        one.barcodes, other.barcodes = (), one.barcodes
        self._run("pull-catalog")
        return True

    def list_by_a_barcode(self) -> bool:
        """A card under another article, with the barcode of another cabinet's: the same product."""
        cards = self._cards()
        if not cards:
            return False
        theirs, offer = self.random.choice(cards)
        offer.barcodes = (f"46{self._number():011}",)
        self._run("pull-catalog")
        with self.town.book() as store:
            known = store.connection.execute(
                "SELECT 1 FROM product_barcode WHERE barcode = ?", offer.barcodes
            ).fetchone()
        if known is None:
            # Its walk did not come to its end: nobody knows yet whose barcode it is.
            return False
        shop = self.random.choice([s for s in self.town.shops.values() if s is not theirs])
        card = self._new_card(shop, f"X{self._number()}", {offer.offer_id: 1}, *offer.barcodes)
        self._run("pull-catalog")
        # What is linked later depends on what becomes of the other card until then.
        card.archived = not self._knows(shop, card)
        return True

    # ------------------------------------------------------------ sheets

    def import_a_sheet_late(self) -> bool:
        """Counted by a sheet, whose import waits while buyers buy: a count of when it was written.

        Rows that nobody touched are no counts, whatever left since.
        """
        trade, world = self.trade, self.town.world
        fit = [p for p in sorted(trade.counted) if trade.clear(p)]
        if not fit:
            return False
        sheet = self.program.config.database.with_name(f"sheet-{self._number()}.csv")
        now = world.now()
        self.program.by_hand("export-stock", lambda store: export_stock(store, sheet, now=now))
        typed = {}
        for pair in self.random.sample(fit, min(len(fit), self.random.randint(1, 3))):
            found = max(0, trade.shelf[pair] + self.random.choice([-1, 0, 1, 3]))
            self.town.seller.find(pair, found)
            typed[pair] = found
        trade.untold.update(typed)
        for _ in range(self.random.randint(0, 3)):
            self._run(self.random.choice(["sync", "poll-orders", "push-stocks"]))
        world.tell(f"import of {typed}, as of {now}")
        self._type(sheet, typed)
        later = world.now()
        options = {"now": later, "configured": self.program.config.warehouse_names}
        self.program.by_hand(
            "import-stock",
            lambda store: import_stock(store, sheet, yes=True, **options),  # type: ignore[arg-type]
        )
        trade.untold.clear()
        trade.report.done["rows of sheets imported"] += len(typed)
        self._again(sheet, options)
        sheet.unlink()
        return True

    # ------------------------------------------------------------ slips

    def take_a_slip_back(self) -> bool:
        """Too little is written of a product; work goes on, and then it is taken back.

        Nothing that happened meanwhile is lost, so the book is what it would be without the slip.
        """
        trade, world = self.trade, self.town.world
        if not trade.counted:
            return False
        pair = self.random.choice(sorted(trade.counted))
        slip, name = self.random.choice(
            [(self._miscount, "set-stock"), (self._lose, "adjust-stock"), (self._put_aside, "move")]
        )
        numbers: list[int] = []

        def write(store: Store) -> None:
            if slip(store, pair, world.now()):
                change = store.changes.find(None)
                assert change is not None
                numbers.append(change.id)

        def undo(store: Store) -> None:
            result = acting.undo(store, numbers[-1], now=world.now())
            numbers.append(result.undone_by)
            world.tell(f"undone {name} of {pair}: {result.stock}")

        self.program.by_hand(name, write)
        if not numbers:
            return False
        # To undo an undo is to do it again, unless what came back has left.
        for again in self.random.choice([(False,), (False,), (False, True, False)]):
            for _ in range(self.random.randint(0, 3)):
                self._run(self.random.choice(["sync", "poll-orders", "push-stocks"]))
            try:
                self.program.by_hand("undo", undo)
            except UsageProblem:
                if not again:
                    raise
                break
        return True

    def _miscount(self, store: Store, pair: Pair, now: datetime) -> bool:
        level = self._level(store, pair)
        few = self.random.randint(0, max(0, level - 1))
        self.town.world.tell(f"miscount {pair} {few} instead of {level}")
        set_stock(
            store,
            pair[0],
            few,
            warehouse=self.trade.warehouses[pair[1]],
            yes=True,
            now=now,
            configured=self.program.config.warehouse_names,
        )
        return True

    def _lose(self, store: Store, pair: Pair, now: datetime) -> bool:
        level = self._level(store, pair)
        if level < 1:
            return False
        few = self.random.randint(1, level)
        self.town.world.tell(f"adjust {pair} -{few} by a slip")
        adjust_stock(
            store,
            pair[0],
            -few,
            reason="slip",
            warehouse=self.trade.warehouses[pair[1]],
            yes=True,
            now=now,
        )
        return True

    def _put_aside(self, store: Store, pair: Pair, now: datetime) -> bool:
        level = self._level(store, pair)
        if level < 1:
            return False
        few = self.random.randint(1, level)
        self.town.world.tell(f"move {few} of {pair} to quarantine by a slip")
        try:
            move_stock(
                store,
                [(pair[0], few)],
                source=self.trade.warehouses[pair[1]],
                target=QUARANTINE,
                now=now,
            )
        except UsageProblem:
            # They are promised to orders.
            return False
        return True

    def _level(self, store: Store, pair: Pair) -> int:
        product = store.catalog.product(pair[0])
        assert product is not None
        warehouse = store.ledger.warehouse(self.trade.warehouses[pair[1]])
        return store.ledger.level(product, warehouse).on_hand or 0

    def _type(self, sheet: Path, typed: dict[Pair, int]) -> None:
        """Type what was counted over what was exported."""
        with sheet.open(newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        for row in rows:
            for (sku, warehouse), found in typed.items():
                if (row["sku"], row["warehouse"]) == (sku, self.trade.warehouses[warehouse]):
                    # As it stands there already it would be no count.
                    row["was"] = row["was"] if str(found) != row["was"] else ""
                    row["quantity"] = str(found)
        with sheet.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)

    def _again(self, sheet: Path, options: dict[str, object]) -> None:
        """The same file again is a question first."""

        def act(store: Store) -> None:
            try:
                import_stock(store, sheet, **options)  # type: ignore[arg-type]
            except Unconfirmed:
                return
            raise Broken("the same sheet was imported twice without a word")

        if self.random.random() < 0.3:
            self.program.by_hand("import-stock", act)
