"""hide-product: what is sold and kept no more is put out of sight."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, ClassVar

from msgspec import Meta

from cloudstock.changes.change import ROWS_MAX, Change, Sku
from cloudstock.changes.counts import for_each
from cloudstock.changes.rehearsal import recorded
from cloudstock.domain.changes import ChangeKind
from cloudstock.errors import UsageProblem
from cloudstock.language import mark, tr
from cloudstock.store import Store

# What keeps a product in sight: listings that are offered, units that are there, promised, or away.
_KEPT = """
    SELECT (SELECT group_concat(a.name || ' ' || l.offer_id, ', ') FROM component c
            CROSS JOIN listing l ON l.id = c.listing_id CROSS JOIN account a ON a.id = l.account_id
            WHERE c.product_id = ?1 AND l.offered) AS offered,
        (SELECT count(*) FROM stock WHERE product_id = ?1 AND on_hand <> 0) AS there,
        (SELECT coalesce(sum(reserved), 0) FROM stock WHERE product_id = ?1) AS reserved,
        (SELECT coalesce(sum(units), 0) FROM away WHERE product_id = ?1) AS away
"""


@dataclass(frozen=True, slots=True)
class HideResult:
    """A product that is out of sight, or in sight again."""

    sku: str
    hidden: bool


class HideRequest(Change, frozen=True, kw_only=True):
    """Puts products out of sight: all are, or none. Nothing of them is forgotten.

    Each is back by itself when it is linked, counted, moved or ordered again.
    """

    several: ClassVar[str] = "products"
    result: ClassVar[type] = HideResult
    skus: Annotated[tuple[Sku, ...], Meta(min_length=1, max_length=ROWS_MAX)]
    show: Annotated[bool, Meta(description=mark("Bring them back into sight."))] = False

    def act(
        self,
        store: Store,
        *,
        now: datetime,
        configured: Collection[str] = (),  # noqa: ARG002 - of no warehouse
    ) -> tuple[HideResult, ...]:
        """Do so; raises `UsageProblem` with every product that is unknown, sold or kept still."""
        kind = ChangeKind.SHOW if self.show else ChangeKind.HIDE
        with recorded(store, kind, dry_run=self.dry_run, now=now):

            def one(sku: str, _: int, product: int) -> HideResult:
                store.changes.touches("hidden", [product])
                if not self.show:
                    refuse(store, sku, product)
                store.catalog.hide(product, at=None if self.show else now)
                return HideResult(sku, not self.show)

            return for_each(store, [(sku, 0) for sku in self.skus], one)


def refuse(store: Store, sku: str, product: int) -> None:
    """Raise `UsageProblem` for a product that is sold or kept still."""
    kept = store.connection.execute(_KEPT, (product,)).fetchone()
    if kept["offered"]:
        raise UsageProblem(
            tr(
                "{sku} is offered ({listings}): archive it there, or unlink it (`cloudstock"
                " unlink-listing`)",
                sku=sku,
                listings=kept["offered"],
            )
        )
    if kept["reserved"] or kept["away"]:
        raise UsageProblem(
            tr("{sku} is in orders that have not ended, or on its way back", sku=sku)
        )
    if kept["there"]:
        raise UsageProblem(
            tr("{sku} is on hand; count what is there first (`cloudstock set-stock`)", sku=sku)
        )
