"""What must be true: at every step, after every run, and once all is calm."""

from __future__ import annotations

from collections.abc import Sequence

from cloudstock.domain.records import StockUpdate
from cloudstock.store import Store
from tests.simulation.clock import SECOND
from tests.simulation.escrow import Escrow
from tests.simulation.faults import Broken
from tests.simulation.program import Program
from tests.simulation.shops import Pair, Pane, Shop, expected
from tests.simulation.silence import Silence
from tests.simulation.trade import QUARANTINE, Terms, Trade, panes_of

# A run may work on knowledge that was fresh when it planned: it waits, and requests take time.
RUN_LASTS_S = 300.0


class Watch:
    """Compares the book with the world."""

    def __init__(self, trade: Trade, program: Program, terms: dict[tuple[str, str], Terms]) -> None:
        self.trade = trade
        self.program = program
        self.terms = terms
        self.report = trade.report
        self.skewed: set[str] = set()
        self.silence = Silence(program)
        # Where some windows are divided.
        self.escrow: Escrow | None = None
        # What each belief rests on, as last seen.
        self._since: dict[Pane, str] = {}
        # The state in which each belief was found right.
        self._checked: dict[Pane, tuple[object, ...]] = {}
        self._listings: dict[int, tuple[Shop, str]] = {}
        # Raised in this round of this run: nothing is lowered after that.
        self._raised_in: tuple[int, str] | None = None
        program.after_commit = self.after_commit
        program.before_push = self.before_push
        program.after_push = lambda store, shop: self.belief(store, f"{shop.name} took numbers")
        program.before_orders = self.before_orders
        trade.on_oversold = self.oversold

    def _listing(self, store: Store, listing_id: int) -> tuple[Shop, str]:
        if listing_id not in self._listings:
            for row in store.connection.execute(
                "SELECT l.id, a.cabinet, l.external_id FROM listing l JOIN account a"
                " ON a.id = l.account_id"
            ):
                self._listings[row[0]] = (self.trade.shops[row[1]], row[2])
        return self._listings[listing_id]

    def forget(self) -> None:
        """Another file took the database's place: what was seen of it says nothing any more."""
        self._since.clear()
        self._checked.clear()
        self._listings.clear()

    # ------------------------------------------------------------ at every step

    def after_commit(self, store: Store) -> None:
        """Check what the book believes and names, right after it was written."""
        self.belief(store, "commit")
        self.silence.look(store)

    def belief(self, store: Store, when: str) -> None:
        """What is believed of every pane holds what it shows, but for what nobody has read yet."""
        self.report.done["beliefs checked"] += 1
        if self.escrow is not None:
            self.escrow.look(store, when)
            if when != "commit":
                # A commit changes nothing in the world, and people tell the book first.
                self.escrow.instant()
        for row in store.connection.execute(
            "SELECT listing_id, external_warehouse, low, high, push_id, believed_since,"
            " believed_until IS pushed_at FROM listing_stock WHERE low IS NOT NULL"
        ):
            shop, ext = self._listing(store, row[0])
            pane = shop.panes[ext, row[1]]
            state = (*row[2:], pane.changes, shop.known_changes)
            if self._checked.get(pane) == state:
                continue
            before = self._checked.get(pane)
            self._checked[pane] = state
            if before is None or before[:2] != state[:2]:
                self.trade.world.tell(f"believed {shop.name} {ext} {row[1]!r} {row[2]}..{row[3]}")
            if self._since.get(pane) != row[5]:
                self._since[pane] = row[5]
                if not row[6]:
                    pane.rest()
            if pane.foreign_since is not None or pane.pending is not None:
                continue
            if shop.name in self.skewed:
                continue
            number = expected(shop, pane)
            if number is not None and not row[2] <= number <= row[3]:
                raise Broken(
                    f"{shop.name} {ext} {row[1]!r}: believed {row[2]}..{row[3]} since {row[5]}"
                    f" (in flight: {row[4] is not None}), shows {pane.shown}, which is {number}"
                    f" less what is not read yet: base {pane.base}, reading {pane.rests_on},"
                    f" {pane.moves[-6:]} ({when})"
                )

    def before_orders(self, shop: Shop) -> None:
        """A new round may begin: orders are read, what turns up may be lowered."""
        del shop
        self._raised_in = None

    def before_push(self, store: Store, shop: Shop, updates: Sequence[StockUpdate]) -> None:
        """Numbers are about to be sent: batches, freshness, lowering before raising."""
        self._form(shop, updates)
        before = {
            (*self._listing(store, r[0])[1:], r[1]): (r[2], r[3], r[4])
            for r in store.connection.execute(
                "SELECT s.listing_id, s.external_warehouse, p.low_before, p.quantity,"
                " coalesce(s.due_at > p.sent_at AND s.refused_at IS NULL, 0)"
                " FROM listing_stock s JOIN push p ON p.id = s.push_id JOIN account a"
                " ON a.id = s.account_id WHERE a.cabinet = ? AND p.verdict IS NULL",
                (shop.name,),
            )
        }
        for update in updates:
            pair = (update.key.external_id, update.key.warehouse_id)
            if pair not in before:
                raise Broken(f"{shop.name} {pair} is sent {update.quantity} without an intent")
            low, quantity, early = before[pair]
            if early:
                raise Broken(f"{shop.name} {pair} is sent before the marketplace allows it")
            if quantity != update.quantity:
                raise Broken(f"{shop.name} {pair}: {quantity} recorded, {update.quantity} sent")
            raises = update.quantity > (low or 0) if low is not None else update.quantity > 0
            pane = shop.panes[pair]
            if raises:
                self._fresh(shop, pair, update.quantity)
                self._raised_in = (id(self.program.process), shop.name)
            elif (
                self._raised_in is not None
                and self._raised_in[0] == id(self.program.process)
                and not self._waited(shop, pane)
                # What a person counts meanwhile may fall when it was about to be raised.
                and not self.program.process.disturbed
            ):
                raise Broken(
                    f"{shop.name} {pair} is lowered to {update.quantity} after"
                    f" {self._raised_in[1]} was raised in the same round"
                )

    def _form(self, shop: Shop, updates: Sequence[StockUpdate]) -> None:
        pairs = {(u.key.external_id, u.key.warehouse_id) for u in updates}
        if not 1 <= len(updates) <= shop.nature.traits.push_batch:
            raise Broken(f"{shop.name}: a batch of {len(updates)}")
        if len(pairs) != len(updates) or len({w for _, w in pairs}) != 1:
            raise Broken(f"{shop.name}: a batch with a pair twice, or of several warehouses")
        if not all(0 <= u.quantity <= shop.nature.quantity_max for u in updates):
            raise Broken(f"{shop.name}: a quantity that it does not take")
        if not pairs <= shop.panes.keys():
            raise Broken(f"{shop.name}: unknown listings {pairs - shop.panes.keys()}")

    def _waited(self, shop: Shop, pane: Pane) -> bool:
        """Tell whether the marketplace itself made a lowering wait."""
        interval_us = (shop.nature.traits.push_interval_s + RUN_LASTS_S) * SECOND
        written = pane.written_us
        return pane.put_off or (
            shop.nature.traits.push_interval_s > 0
            and written is not None
            and self.trade.world.us - written < interval_us
        )

    def _fresh(self, shop: Shop, pair: Pair, quantity: int) -> None:
        """Nothing is raised while the orders of an account on the same shelf are not known."""
        age_us = self.program.config.max_poll_age.total_seconds() * SECOND + RUN_LASTS_S * SECOND
        shelf = shop.shelves[pair[1]]
        configured = {a.name for a in self.program.config.accounts}
        for other in self.trade.shops.values():
            if shelf not in other.shelves.values() or other.account not in configured:
                continue
            read_us = other.orders_read_us
            if read_us is None or self.trade.world.us - read_us > age_us:
                raise Broken(
                    f"{shop.name} {pair} is raised to {quantity}, though the orders of"
                    f" {other.name} were read too long ago"
                )

    def oversold(self, shop: Shop, where: Pair, pair: Pair) -> None:
        """A buyer was sold what is not there: only what polling could not prevent."""
        trade = self.trade
        if self.escrow is not None and (shop.name, self._place(shop, where)) in self.escrow.divided:
            why = self.escrow.not_covered(pair)
            self.report.done[f"oversold though divided: {why}"] += 1
            if not why:
                raise Broken(f"{shop.name} sold {where}, a divided window, and {pair} is not there")
        if any(not o.linked for s in trade.shops.values() for o in s.offers.values()):
            self.report.done["oversold while a listing was linked to nothing"] += 1
            return
        if shop.name not in self.program.right:
            self.report.done["oversold between runs that were disturbed"] += 1
            return
        unread = any(
            not other.knows(deal, len(deal.versions))
            for other in self.trade.shops.values()
            for deal in other.deals.values()
        )
        foreign = any(
            pane.foreign_since is not None or pane.pending is not None
            for _, _, pane in panes_of(self.trade.shops)
        )
        if not unread and not foreign:
            pane = shop.panes[where[0], shop.pane_warehouse(where[1])]
            raise Broken(
                f"{shop.name} sold {where}, {pane.shown} shown, though all was known of {pair}:"
                f" {trade.shelf[pair]} on the shelf, {trade.promised()[pair]} promised;"
                f" by the book {self._as_booked(pair, where[0])}"
            )
        self.report.done["oversold by orders not read yet"] += 1

    def _place(self, shop: Shop, where: Pair) -> Pair:
        return where[0], shop.pane_warehouse(where[1])

    def _as_booked(self, pair: Pair, ext: str) -> str:
        """Return what the book says of a product and a listing, for a failure's message."""
        with Store.open(self.program.config.database) as store:
            level = store.connection.execute(
                "SELECT s.on_hand, s.reserved FROM stock s JOIN product p ON p.id = s.product_id"
                " JOIN warehouse w ON w.id = s.warehouse_id WHERE p.sku = ? AND w.name = ?",
                (pair[0], self.trade.warehouses[pair[1]]),
            ).fetchone()
            shown = store.connection.execute(
                "SELECT s.* FROM listing_stock s JOIN listing l ON l.id = s.listing_id"
                " WHERE l.external_id = ?",
                (ext,),
            ).fetchall()
            dirty = store.connection.execute("SELECT * FROM dirty").fetchall()
            return f"{tuple(level)} {[dict(s) for s in shown]} {[tuple(d) for d in dirty]}"

    # ------------------------------------------------------------ once calm

    def calm(self, store: Store) -> None:
        """The book is the truth, and so is what is shown."""
        self.report.done["books checked"] += 1
        trade, db = self.trade, store.connection
        if store.ledger.totals_that_differ():
            raise Broken("running totals are not the sums beneath them")
        if db.execute("PRAGMA foreign_key_check").fetchall():
            raise Broken("foreign keys do not hold")
        if db.execute(
            "SELECT 1 FROM allocation x LEFT JOIN awaited_line v USING (order_line_id)"
            " WHERE x.away <> coalesce(x.off * v.awaited / v.off, 0)"
        ).fetchone():
            raise Broken("what is away is not what the orders and their returns leave")
        if db.execute("PRAGMA quick_check").fetchone()[0] != "ok":
            raise Broken("the file is damaged")
        self._orders(store)
        promised = trade.promised()
        level = {
            (r[0], trade.warehouse_called(r[1])): (r[2], r[3], r[4])
            for r in db.execute(
                "SELECT p.sku, w.name, s.on_hand, s.reserved, s.counted_at FROM stock s"
                " JOIN product p ON p.id = s.product_id JOIN warehouse w ON w.id = s.warehouse_id"
            )
        }
        for pair in sorted({*trade.counted, *promised}):
            on_hand, reserved, counted_at = level.get(pair, (0, 0, None))
            if pair in trade.counted and on_hand != trade.shelf[pair]:
                raise Broken(f"{pair}: {on_hand} on hand, {trade.shelf[pair]} on the shelf")
            if pair not in trade.counted and counted_at is not None:
                raise Broken(f"{pair} was never counted, and the book says it was")
            if reserved != promised[pair]:
                raise Broken(f"{pair}: {reserved} reserved, {promised[pair]} promised")
        for sku in sorted({s for s, _ in trade.counted}):
            waits = level.get((sku, QUARANTINE), (0, 0, None))[0]
            if waits != trade.quarantine[sku]:
                raise Broken(f"{sku}: {waits} in quarantine, truly {trade.quarantine[sku]}")
        self._windows(store)
        self.silence.calm(store, trade)
        if self.escrow is not None:
            self.escrow.calm(store)

    def _orders(self, store: Store) -> None:
        for row in store.connection.execute(
            "SELECT a.cabinet, o.order_id, o.handle, o.understood, o.shipped, o.step FROM orders o"
            " JOIN account a ON a.id = o.account_id"
        ):
            deal = self.trade.shops[row[0]].deals[row[1]]
            if int(row[2]) != len(deal.versions):
                raise Broken(f"{row[1]} is known as v{row[2]}, and is v{len(deal.versions)}")
        told = sum(len(s.deals) for s in self.trade.shops.values())
        booked = store.connection.execute("SELECT count(*) FROM orders").fetchone()[0]
        if told != booked:
            raise Broken(f"{told} orders were made, {booked} are known")

    def _windows(self, store: Store) -> None:
        db = store.connection
        unsettled = db.execute(
            # A listing of a product that nobody counted is sent nothing more, and while the
            # marketplace tells nothing of it no reading settles it; `status` names it as uncounted.
            "SELECT count(*) FROM listing_stock WHERE push_id IS NOT NULL"
            " AND (target IS NOT NULL OR seen IS NOT NULL OR unmanaged IS NOT 'uncounted')"
        ).fetchone()[0]
        if unsettled:
            raise Broken(f"{unsettled} pushes are left without an answer")
        rows = {
            (*self._listing(store, r[0]), r[1]): (r[2], r[3], r[4])
            for r in db.execute(
                "SELECT listing_id, external_warehouse, target, low, high FROM listing_stock"
            )
        }
        for shop, (ext, warehouse), pane in panes_of(self.trade.shops):
            target = self.trade.target(shop, ext, warehouse, self.terms[shop.name, warehouse])
            booked, low, high = rows[shop, ext, warehouse]
            where = f"{shop.name} {ext} {warehouse!r}"
            if self.escrow is not None and booked is not None and target is not None:
                # Its part is not more than what it could show alone.
                if booked > target:
                    raise Broken(f"{where}: target {booked}, should be at most {target}")
                target = booked
            if booked != target:
                raise Broken(f"{where}: target {booked}, should be {target}")
            if target is None:
                continue
            self.report.done["panes checked"] += 1
            # Where the cabinet has no record, buyers see none.
            if (pane.shown or 0) != target:
                raise Broken(f"{where} shows {pane.shown}, available are {target} ({low}..{high})")
            if (low, high) != (target, target):
                raise Broken(f"{where} shows {target}, believed {low}..{high}")
