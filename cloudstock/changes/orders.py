"""close-order: what left with a cancelled order and does not come back is awaited no more."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, ClassVar

from msgspec import Meta

from cloudstock.changes import names
from cloudstock.changes.change import Change
from cloudstock.changes.rehearsal import transaction
from cloudstock.errors import UsageProblem
from cloudstock.language import mark, tr
from cloudstock.store import Store


@dataclass(frozen=True, slots=True)
class AwayProduct:
    """Units of one product that left with an order and have not come back."""

    sku: str
    units: int


@dataclass(frozen=True, slots=True)
class CloseOrderResult:
    """An order whose units are awaited no more, or again, and which."""

    account: str
    order_id: str
    # False: they are awaited again.
    closed: bool
    products: tuple[AwayProduct, ...]


class CloseOrderRequest(Change, frozen=True, kw_only=True):
    """Says that nothing more comes back of a cancelled order; moves nothing.

    A return that is handed over all the same is booked as any other.
    """

    result: ClassVar[type] = CloseOrderResult
    order_id: Annotated[
        str,
        Meta(min_length=1, max_length=200, description=mark("Its id, as show-orders tells it.")),
    ]
    account: str | None = None
    reopen: Annotated[bool, Meta(description=mark("Await its units again."))] = False

    def act(
        self,
        store: Store,
        *,
        now: datetime,
        configured: Collection[str] = (),  # noqa: ARG002 - of no warehouse
    ) -> CloseOrderResult:
        """Write it down; raises `UsageProblem` where nothing of such an order is awaited."""
        with transaction(store, dry_run=self.dry_run):
            account_id = None if self.account is None else names.account_id(store, self.account)
            orders = store.orders.find(self.order_id, account_id)
            if len(orders) != 1:
                raise UsageProblem(self._which([name for _, name in orders]))
            ((owner_id, owner),) = orders
            products = self._away(store, owner_id)
            store.orders.give_up(owner_id, self.order_id, at=None if self.reopen else now)
            if self.reopen:
                products = self._away(store, owner_id)
            if not products:
                raise UsageProblem(
                    tr(
                        "nothing of order {order_id} is awaited (`cloudstock show-orders --away`"
                        " lists those of which something is)",
                        order_id=self.order_id,
                    )
                )
            return CloseOrderResult(owner, self.order_id, not self.reopen, products)

    def _which(self, owners: Collection[str]) -> str:
        if owners:
            return tr(
                "order {order_id} is known in several accounts: name one with --account ({owners})",
                order_id=self.order_id,
                owners=", ".join(owners),
            )
        where = tr(" in {account}", account=self.account) if self.account else ""
        return tr(
            "the database knows no order {order_id!r}{where} (`cloudstock show-orders --away`"
            " lists those of which something is awaited)",
            order_id=self.order_id,
            where=where,
        )

    def _away(self, store: Store, account_id: int) -> tuple[AwayProduct, ...]:
        rows = store.connection.execute(
            "SELECT p.sku, sum(x.away) FROM orders o JOIN order_line l ON l.orders_id = o.id"
            " JOIN allocation x ON x.order_line_id = l.id JOIN product p ON p.id = x.product_id"
            " WHERE o.account_id = ? AND o.order_id = ? AND x.away > 0 GROUP BY p.sku"
            " ORDER BY p.sku",
            (account_id, self.order_id),
        )
        return tuple(AwayProduct(sku, units) for sku, units in rows)
