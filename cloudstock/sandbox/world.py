"""The world that the three marketplaces share: what happens in a seller's shop.

Here is the truth that a synchroniser tries to follow. Nothing here knows HTTP, and nothing here
is shared with the program that is tried on it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime

from cloudstock.language import mark
from cloudstock.sandbox.records import (
    AWAY,
    IN_WAREHOUSE,
    STATES,
    Account,
    Line,
    OfferStock,
    Order,
    Refused,
    Return,
)
from cloudstock.sandbox.shop import Shop


class World(Shop):
    """A shop with buyers: orders, what becomes of them, and what comes back."""

    # ------------------------------------------------------------ buyers

    def place(
        self,
        account: str,
        lines: list[tuple[str, int]],
        *,
        warehouse: int | None = None,
        created_at: datetime | None = None,
        visible_from: datetime | None = None,
        fake: bool = False,
        force: bool = False,
        held_there: bool = False,
        status: str | None = None,
    ) -> list[Order]:
        """A buyer orders what is shown; Wildberries makes an order of every unit."""
        own = self.account(account)
        place = own.warehouses[0] if warehouse is None else warehouse
        if place not in own.warehouses:
            raise Refused(f"{account} has no warehouse {place}")
        wanted: dict[str, int] = {}
        for sku, quantity in lines:
            if sku not in own.offers:
                raise Refused(
                    mark("{account} does not offer {sku}"), conflict=True, account=account, sku=sku
                )
            wanted[sku] = wanted.get(sku, 0) + quantity
        shows = all(
            (own.stock[place, sku].free or 0) >= n and not own.offers[sku].archived
            for sku, n in wanted.items()
        )
        if not force and not shows and not held_there:
            raise Refused(mark("{account} does not show that many"), conflict=True, account=account)
        now = self.now()
        made_at = created_at or now
        singles = [(s, 1) for s, n in lines for _ in range(n)]
        baskets = [[x] for x in singles] if own.kind.single_units else [lines]
        basket = next(self.numbers)
        made = []
        for basket_lines in baskets:
            number = next(self.numbers)
            order = Order(
                order_id=own.kind.order_id(number),
                number=number,
                account=account,
                warehouse=place,
                lines=[Line(n, s, q) for n, (s, q) in enumerate(basket_lines, start=1)],
                created_at=made_at,
                changed_at=made_at,
                visible_from=visible_from or made_at,
                basket=basket,
                fake=fake,
                held_there=held_there,
                status=status,
            )
            self.orders[account, order.order_id] = order
            made.append(order)
        if not fake and not held_there:
            for sku, quantity in wanted.items():
                self._sell(own, place, sku, quantity)
        for order in made:
            self.happens(own, order, "new")
        return made

    def _sell(self, account: Account, warehouse: int, sku: str, quantity: int) -> None:
        stock = account.stock[warehouse, sku]
        if stock.free is not None:
            stock.free = max(0, stock.free - quantity)
        stock.reserved += quantity
        product = self.products[sku]
        promised = self.reserved(sku)
        product.oversold += min(quantity, max(0, promised - product.on_hand))

    def reveal(self, account: str, order_id: str) -> None:
        """The marketplace begins to tell an order."""
        order = self.order(account, order_id)
        order.visible_from = min(order.visible_from, self.now())

    # ------------------------------------------------------------ an order's life

    def do(  # noqa: C901 - one arm for each verb
        self,
        account: str,
        order_id: str,
        verb: str,
        *,
        lines: list[tuple[str, int]] | None = None,
        status: str | None = None,
        at: datetime | None = None,
    ) -> dict[str, list[str]]:
        """Something happens to an order; return ids of new returns and split orders."""
        order = self.order(account, order_id)
        now = at or self.now()
        before = (order.state, order.status)
        made: dict[str, list[str]] = {"returns": [], "orders": []}
        match verb:
            case "confirm":
                self._step(order, ("new", "confirmed"), "confirmed")
            case "pack":
                self._step(order, IN_WAREHOUSE, "packed")
                order.packed = True
            case "ship":
                self._ship(order, now)
            case "deliver":
                if order.state in IN_WAREHOUSE:
                    self._ship(order, now)
                self._step(order, ("shipped",), "delivered")
            case "cancel" if lines is not None:
                self._cancel_some(order, lines)
            case "cancel":
                self._cancel(order)
            case "refuse" if order.warehouse in self.account(account).pickup_warehouses:
                # At the seller's own counter: the unit never left.
                self._cancel(order)
                order.by_buyer = True
            case "refuse":
                if order.state in IN_WAREHOUSE:
                    self._ship(order, now)
                self._step(order, ("shipped",), "refused")
                order.by_buyer = True
                made["returns"] = self._all_back(order, "refused", now)
            case "back":
                self._back(order)
            case "split":
                made["orders"] = self._split(order, lines, now)
            case "set_status":
                order.status = status
            case _:
                raise Refused(f"nobody knows how to {verb} an order")
        order.changed_at = now
        if (order.state, order.status) != before:
            order.status_at = now
            what = "cancelled" if order.state.startswith("cancelled") else "changed"
            self.happens(self.account(account), order, what)
        return made

    def _step(self, order: Order, allowed: tuple[str, ...], state: str) -> None:
        if order.state not in allowed:
            raise _too_late(order)
        order.state = state
        order.status = None

    def _moves_units(self, order: Order) -> bool:
        return not order.fake and not order.held_there

    def _ship(self, order: Order, now: datetime) -> None:
        self._step(order, IN_WAREHOUSE, "shipped")
        order.packed = True
        order.handed_over_at = now
        for line in order.lines if self._moves_units(order) else ():
            self.products[line.sku].on_hand -= line.left
            self._stock(order, line.sku).reserved -= line.left

    def _stock(self, order: Order, sku: str) -> OfferStock:
        return self.accounts[order.account].stock[order.warehouse, sku]

    def _release(self, order: Order, sku: str, quantity: int) -> None:
        if not self._moves_units(order) or not quantity:
            return
        stock = self._stock(order, sku)
        stock.reserved -= quantity
        account = self.accounts[order.account]
        kept = account.kind.keeps_packed and order.packed
        if self.gives_back[account.marketplace] and not kept and stock.free is not None:
            stock.free += quantity

    def _cancel(self, order: Order) -> None:
        if order.state in IN_WAREHOUSE:
            for line in order.lines:
                self._release(order, line.sku, line.left)
            self._step(order, IN_WAREHOUSE, "cancelled")
        else:
            self._step(order, ("shipped",), "cancelled_away")

    def _cancel_some(self, order: Order, lines: list[tuple[str, int]]) -> None:
        """Part of an order that is still in the warehouse; all of it is a whole cancellation."""
        if order.state not in IN_WAREHOUSE:
            raise _too_late(order)
        unwanted = _units(lines)
        left = _units((line.sku, line.left) for line in order.lines)
        for sku, quantity in unwanted.items():
            if quantity > left[sku]:
                raise Refused(f"order {order.order_id} has no {quantity} of {sku}")
        if unwanted == left:
            self._cancel(order)
            return
        for line in order.lines:
            gone = min(line.left, unwanted[line.sku])
            unwanted[line.sku] -= gone
            line.cancelled += gone
            self._release(order, line.sku, gone)

    def _back(self, order: Order) -> None:
        if any(r.order_id == order.order_id for r in self.returns_of(order.account)):
            raise Refused(f"order {order.order_id}: units of it are on their way back")
        self._step(order, ("shipped",), "confirmed")
        order.handed_over_at = None
        for line in order.lines if self._moves_units(order) else ():
            self.products[line.sku].on_hand += line.left
            self._stock(order, line.sku).reserved += line.left

    def _split(self, order: Order, lines: list[tuple[str, int]] | None, now: datetime) -> list[str]:
        """Ozon: the posting is replaced by two; the units stay promised."""
        if not self.accounts[order.account].kind.splits:
            raise Refused("only Ozon splits postings")
        if order.state not in IN_WAREHOUSE:
            raise _too_late(order)
        left = _units((line.sku, line.left) for line in order.lines)
        apart = _units(lines or [(order.lines[0].sku, 1)])
        if any(left[s] < n for s, n in apart.items()):
            raise Refused(f"order {order.order_id} has not that much to split off")
        rest = {s: n - apart[s] for s, n in left.items() if n > apart[s]}
        if not rest:
            raise Refused("a split leaves something on both sides")
        made = []
        stem = order.order_id.rpartition("-")[0]
        siblings = sum(o.order_id.startswith(stem + "-") for o in self.orders.values())
        for n, part in enumerate((rest, apart), start=1):
            number = next(self.numbers)
            child = Order(
                order_id=f"{stem}-{siblings + n}",
                number=number,
                account=order.account,
                warehouse=order.warehouse,
                lines=[Line(k, s, q) for k, (s, q) in enumerate(part.items(), start=1)],
                created_at=order.created_at,
                changed_at=now,
                visible_from=order.visible_from,
                basket=order.basket,
                state=order.state,
                packed=order.packed,
                fake=order.fake,
                held_there=order.held_there,
                parent=order.order_id,
                status_at=now,
            )
            self.orders[order.account, child.order_id] = child
            made.append(child.order_id)
        self._step(order, IN_WAREHOUSE, "replaced")
        return made

    # ------------------------------------------------------------ things that come back

    def _still_out(self, order: Order) -> Counter[str]:
        """Units of an order for which no return has begun."""
        out = _units((line.sku, line.left) for line in order.lines)
        for item in self.returns_of(order.account):
            if item.order_id == order.order_id:
                out[item.sku] -= item.quantity
        return +out

    def _all_back(self, order: Order, kind: str, now: datetime) -> list[str]:
        out = self._still_out(order).items()
        return [self._new_return(order, sku, n, kind, now).return_id for sku, n in out]

    def start_return(
        self,
        account: str,
        order_id: str,
        lines: list[tuple[str, int]] | None,
        kind: str | None = None,
    ) -> list[str]:
        """Units of a shipped order start their way back; all that are out unless told which.

        `kind` is "client", "refused" or "cancelled"; without it, what the order's state says.
        """
        order = self.order(account, order_id)
        if order.state not in AWAY:
            raise Refused(
                mark("order {order} is {state}: nothing can come back"),
                order=order_id,
                state=STATES[order.state],
            )
        by_state = {"delivered": "client", "refused": "refused"}.get(order.state, "cancelled")
        why = kind or by_state
        now = self.now()
        out = self._still_out(order)
        if not out:
            raise Refused(
                mark("order {order}: everything is on its way back already"), order=order_id
            )
        if lines is None:
            return self._all_back(order, why, now)
        wanted = _units(lines)
        for sku, quantity in wanted.items():
            if quantity > out[sku]:
                raise Refused(f"order {order_id} has no {quantity} of {sku} left to come back")
        return [self._new_return(order, s, n, why, now).return_id for s, n in wanted.items()]

    def _new_return(
        self, order: Order, sku: str, quantity: int, kind: str, now: datetime
    ) -> Return:
        number = next(self.numbers)
        item = Return(
            return_id=str(1000000000 + number),
            number=number,
            account=order.account,
            order_id=order.order_id,
            sku=sku,
            quantity=quantity,
            kind=kind,
            created_at=now,
            changed_at=now,
        )
        self.returns[order.account, item.return_id] = item
        return item

    def do_return(
        self, account: str, return_id: str, verb: str, *, status: str | None = None
    ) -> None:
        """Something happens to a return."""
        item = self.returns.get((account, return_id))
        if item is None:
            raise Refused(f"no return {return_id} of {account}")
        if verb == "set_status":
            item.status, item.changed_at = status, self.now()
            return
        states = {"transit": "moving", "arrive": "arrived", "receive": "received", "lose": "lost"}
        if verb not in states:
            raise Refused(f"nobody knows how to {verb} a return")
        if item.state in ("received", "lost"):
            raise Refused(f"return {return_id} is {item.state}")
        item.state, item.status = states[verb], None
        item.changed_at = self.now()
        if item.state == "received":
            item.received_at = item.changed_at


def _units(lines: Iterable[tuple[str, int]]) -> Counter[str]:
    """Units of each product; several lines may name the same."""
    units: Counter[str] = Counter()
    for sku, quantity in lines:
        units[sku] += quantity
    return +units


def _too_late(order: Order) -> Refused:
    return Refused(
        mark("order {order} is {state}"), order=order.order_id, state=STATES[order.state]
    )
