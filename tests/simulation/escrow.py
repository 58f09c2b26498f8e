"""Divided windows: what they could sell is at most what is there, at every instant.

What is not the program's to prevent is left out where it happens, and counted: a number set by
somebody else, an order told later than its marketplace's `Traits` allow, one that takes units
without taking them off what is shown, windows that nobody manages. What the book knows it cannot
keep (a count found less, a listing was linked) is left out until the book has put it right.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from cloudstock.store import Store
from cloudstock.store.times import to_iso
from tests.simulation.clock import SECOND
from tests.simulation.faults import Broken, Report
from tests.simulation.shops import Deal, Pair, Pane, Shop, split_is_known
from tests.simulation.trade import Terms, Trade, panes_of


class Escrow:
    """Watches the quotas of one town."""

    def __init__(self, trade: Trade, terms: dict[tuple[str, str], Terms], report: Report) -> None:
        self.trade = trade
        self.terms = terms
        self.report = report
        # Products and shelves of which the book says that no more is promised than is there.
        self.kept: set[Pair] = set()
        # Those of which some window may have sold nobody knows how many.
        self.unknown: set[Pair] = set()
        # Windows that take part in a division now.
        self.divided: set[tuple[str, Pair]] = set()
        # Windows whose quota rests on what nobody could know, and since when: until it rests on
        # a later number.
        self.spoiled: dict[tuple[str, Pair], int] = {}

    # ------------------------------------------------------------ what nobody could prevent

    def _beyond_prevention(
        self, shop: Shop, where: Pair, pane: Pane, unread: Sequence[Deal]
    ) -> str:
        """Return why a window is not covered by the quota just now; "" where it is."""
        why = self._happens_now(shop, pane, unread)
        if why:
            self.spoiled[shop.name, where] = self.trade.world.us
        elif (shop.name, where) in self.spoiled:
            why = "what was so before"
        return why

    def _happens_now(self, shop: Shop, pane: Pane, unread: Sequence[Deal]) -> str:
        if pane.foreign_since is not None:
            return "a number set by somebody else, or a change that no record tells"
        late_us = int(shop.nature.traits.clock_margin_s * SECOND)
        for deal in unread:
            if deal.visible_us - deal.created_us > late_us:
                return "an order told too late"
            if not split_is_known(shop, deal):
                return "a split of which half is known"
            if deal.from_foreign:
                return "an order for a number set by somebody else"
            if deal.taken_up_again and not shop.knows(deal, deal.taken_up_again):
                return "an order that took units without taking them off"
        return ""

    def _unread(self) -> Mapping[tuple[str, Pair], Sequence[Deal]]:
        """Return the orders of each window that the book has not read as they are now."""
        unread: dict[tuple[str, Pair], list[Deal]] = defaultdict(list)
        for shop in self.trade.shops.values():
            for deal in shop.deals.values():
                if shop.knows(deal, len(deal.versions)) and split_is_known(shop, deal):
                    continue
                warehouse = shop.pane_warehouse(deal.warehouse)
                for ext in {ext for ext, _ in deal.lines.values()}:
                    unread[shop.name, (ext, warehouse)].append(deal)
        return unread

    # ------------------------------------------------------------ each window, in the book

    def look(self, store: Store, when: str) -> None:
        """Check each quota against what its window could still sell, and note the sums."""
        db, unread_orders = store.connection, self._unread()
        self.divided.clear()
        for r in db.execute(
            "SELECT a.cabinet, l.external_id, p.external_warehouse, p.quantity, p.divided,"
            " p.covered, p.bound, p.bound_since, s.push_id, EXISTS (SELECT 1 FROM"
            " account_warehouse w WHERE w.account_id = p.account_id"
            " AND w.external_warehouse = p.external_warehouse) AS arranged FROM quota p"
            " JOIN account a ON a.id = p.account_id JOIN listing l ON l.id = p.listing_id"
            " JOIN listing_stock s ON s.listing_id = p.listing_id"
            " AND s.external_warehouse = p.external_warehouse"
        ).fetchall():
            shop = self.trade.shops[r[0]]
            where = (r[1], r[2])
            # What is configured no more is shown on, and nobody manages it.
            if r["divided"] and r["arranged"]:
                self.divided.add((shop.name, where))
            spoiled_us = self.spoiled.get((shop.name, where))
            if (
                spoiled_us is not None
                and r["covered"]
                and r["bound_since"] > to_iso(self.trade.world.by_machine(spoiled_us))
            ):
                del self.spoiled[shop.name, where]
            pane = shop.panes[where]
            of_it = unread_orders.get((shop.name, where), ())
            if self._beyond_prevention(shop, where, pane, of_it) or r["quantity"] is None:
                continue
            unread = -sum(
                units
                for _, order_id, version, units in pane.moves
                if version > shop.known.get(order_id, 0)
            )
            could = max(0, pane.shown or 0) + unread + (pane.pending or 0)
            self.report.done["quotas checked"] += 1
            if could > r["quantity"]:
                raise Broken(
                    f"{shop.name} {where} was promised {r['quantity']} (covered {r['covered']},"
                    f" bound {r['bound']}, in flight {r['push_id']}), and could sell {could}:"
                    f" shows {pane.shown}, unread {unread}, on its way {pane.pending} ({when})"
                )
        self._note_sums(store)

    def _note_sums(self, store: Store) -> None:
        self.unknown = {
            (r[0], self.trade.warehouse_called(r[1]))
            for r in store.connection.execute(
                "SELECT DISTINCT p.sku, w.name FROM quota o"
                " JOIN component c ON c.listing_id = o.listing_id"
                " JOIN product p ON p.id = c.product_id"
                " JOIN account_warehouse ow ON ow.account_id = o.account_id"
                " AND ow.external_warehouse = o.external_warehouse"
                " JOIN warehouse w ON w.id = ow.warehouse_id WHERE o.divided AND o.quantity IS NULL"
            )
        }
        self.kept = {
            (r[0], self.trade.warehouse_called(r[1]))
            for r in store.connection.execute(
                "SELECT p.sku, w.name FROM stock st JOIN product p ON p.id = st.product_id"
                " JOIN warehouse w ON w.id = st.warehouse_id"
                " WHERE st.counted_at IS NOT NULL AND st.free >= ("
                "  SELECT total(coalesce(o.quantity, 1e9) * c.units) FROM component c"
                "  JOIN quota o ON o.listing_id = c.listing_id"
                "  JOIN account_warehouse ow ON ow.account_id = o.account_id"
                "  AND ow.external_warehouse = o.external_warehouse"
                "  WHERE c.product_id = st.product_id AND ow.warehouse_id = st.warehouse_id)"
                # Of which every window is divided.
                " AND NOT EXISTS (SELECT 1 FROM component c JOIN listing_stock s"
                "  ON s.listing_id = c.listing_id JOIN account_warehouse ow"
                "  ON ow.account_id = s.account_id"
                "  AND ow.external_warehouse = s.external_warehouse"
                "  LEFT JOIN quota o ON o.listing_id = s.listing_id"
                "  AND o.external_warehouse = s.external_warehouse"
                "  WHERE c.product_id = st.product_id AND ow.warehouse_id = st.warehouse_id"
                "  AND NOT coalesce(o.divided, 0))"
            )
        }

    # ------------------------------------------------------------ all windows, in truth

    def not_covered(self, pair: Pair) -> str:
        """Return why the quota does not cover a product on a shelf just now; "" where it does."""
        if pair not in self.trade.counted or pair in self.unknown:
            return "not all of its listings are known yet"
        if pair in self.trade.untold:
            return "a count on a sheet that is not imported yet"
        if self._left_untold(pair):
            return "units of it left, and only their return will tell"
        unread = self._unread()
        for shop, where, pane in panes_of(self.trade.shops):
            offer = shop.offers[where[0]]
            if shop.shelves[where[1]] != pair[1] or pair[0] not in offer.parts:
                continue
            if (shop.name, where) not in self.divided or not offer.linked:
                return "a listing that nobody manages, or that shares"
            why = self._beyond_prevention(shop, where, pane, unread.get((shop.name, where), ()))
            if why:
                return why
        return "" if pair in self.kept else "less was found than was promised"

    def _left_untold(self, pair: Pair) -> bool:
        """Tell whether an order of it was cancelled of whose leaving nobody told (`Deal.murky`)."""
        return any(
            deal.murky and any(pair in parts for parts in deal.left.values())
            for shop in self.trade.shops.values()
            for deal in shop.deals.values()
        )

    def instant(self) -> None:
        """Check that what all windows show at this instant is there."""
        promised = None
        for pair in self.kept:
            shown = 0
            for shop, where, pane in panes_of(self.trade.shops):
                if shop.shelves[where[1]] == pair[1]:
                    shown += max(0, pane.shown or 0) * shop.offers[where[0]].parts.get(pair[0], 0)
            if promised is None:
                promised = self.trade.promised()
            free = self.trade.shelf[pair] - promised[pair]
            self.report.done["instants checked"] += 1
            if shown > max(0, free) and not self.not_covered(pair):
                raise Broken(
                    f"{pair}: windows show {shown} of it together, {free} are free"
                    f" ({self.trade.shelf[pair]} on the shelf, {promised[pair]} promised)"
                )

    # ------------------------------------------------------------ once calm

    def calm(self, store: Store) -> None:
        """Nothing is hidden that a window could show, and nothing is promised twice."""
        db = store.connection
        wrong = db.execute(
            "SELECT a.cabinet, l.external_id, p.* FROM quota p"
            " JOIN account a ON a.id = p.account_id JOIN listing l ON l.id = p.listing_id"
            " JOIN listing_stock s ON s.listing_id = p.listing_id"
            " AND s.external_warehouse = p.external_warehouse"
            " WHERE s.target IS NOT NULL AND p.divided AND p.quantity IS NOT s.target"
        ).fetchall()
        if wrong:
            raise Broken(f"promised is not what is shown: {[tuple(w) for w in wrong]}")
        for r in db.execute(
            "SELECT d.product_id, d.warehouse_id, p.sku, st.free"
            " FROM division d JOIN product p ON p.id = d.product_id"
            " JOIN stock st ON st.product_id = d.product_id AND st.warehouse_id = d.warehouse_id"
            " WHERE st.counted_at IS NOT NULL"
        ).fetchall():
            self._nothing_hidden(store, r)

    def _nothing_hidden(self, store: Store, product) -> None:  # type: ignore[no-untyped-def]
        windows = store.connection.execute(
            "SELECT s.target, p.most, p.divided, c.units, ow.buffer,"
            " (SELECT count(*) FROM component o WHERE o.listing_id = c.listing_id) AS parts"
            " FROM component c JOIN quota p ON p.listing_id = c.listing_id"
            " JOIN listing_stock s ON s.listing_id = p.listing_id"
            " AND s.external_warehouse = p.external_warehouse"
            " JOIN account_warehouse ow ON ow.account_id = p.account_id"
            " AND ow.external_warehouse = p.external_warehouse"
            " WHERE c.product_id = ? AND ow.warehouse_id = ?",
            (product["product_id"], product["warehouse_id"]),
        ).fetchall()
        divided = [w for w in windows if w["divided"] and w["target"] is not None]
        if not divided:
            return
        used = sum(w["target"] * w["units"] for w in divided)
        free = product["free"] - min(w["buffer"] for w in windows if w["target"] is not None)
        if used > max(0, product["free"]):
            raise Broken(f"{product['sku']}: {used} are given to windows, {free} are free")
        self.report.done["divisions checked"] += 1
        for w in divided:
            if w["parts"] == 1 and w["target"] < w["most"] and free - used >= w["units"]:
                raise Broken(
                    f"{product['sku']}: {free - used} of {free} are hidden:"
                    f" {[tuple(x) for x in windows]}"
                )
