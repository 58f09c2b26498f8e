"""move-stock: units carried from one of the seller's warehouses to another."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, ClassVar

from msgspec import Meta

from cloudstock.changes import names
from cloudstock.changes.change import QUANTITY_MAX, ROWS_MAX, Change, Note, Warehouse
from cloudstock.changes.counts import Quantity, check_quantity, for_each, how_to_count
from cloudstock.changes.rehearsal import recorded
from cloudstock.domain.changes import ChangeKind
from cloudstock.domain.targets import available
from cloudstock.errors import UsageProblem
from cloudstock.language import mark, tr
from cloudstock.store import Store


@dataclass(frozen=True, slots=True)
class MoveResult:
    """What lay in both warehouses of one product before and after, in units."""

    sku: str
    quantity: int
    from_warehouse: str
    from_before: int
    from_after: int
    to_warehouse: str
    to_before: int
    to_after: int


class MoveRequest(Change, frozen=True, kw_only=True):
    """Units carried from one warehouse to another; all are taken or none.

    Units that are promised to orders of the first stay there: they are shipped from it.
    """

    several: ClassVar[str] = "moves"
    result: ClassVar[type] = MoveResult
    moves: Annotated[tuple[Quantity, ...], Meta(min_length=1, max_length=ROWS_MAX)]
    from_warehouse: Annotated[Warehouse, Meta(description=mark("The warehouse they leave."))]
    to_warehouse: Annotated[Warehouse, Meta(description=mark("The warehouse they come to."))]
    note: Note = ""

    def act(
        self, store: Store, *, now: datetime, configured: Collection[str] = ()
    ) -> tuple[MoveResult, ...]:
        """Move them; return the results.

        Raises `UsageProblem` with every problem, a line each: an unknown product or warehouse, one
        warehouse twice, a product that was never counted in either, and more than is free to go.
        """
        source, target = self.from_warehouse, self.to_warehouse
        if source == target:
            raise UsageProblem(
                tr("{warehouse} is both ends of the move; name two warehouses", warehouse=source)
            )
        with recorded(store, ChangeKind.MOVE, dry_run=self.dry_run, now=now, note=self.note):
            here = names.warehouse_id(store, source, configured)
            there = names.warehouse_id(store, target, configured)

            def one(sku: str, quantity: int, product: int) -> MoveResult:
                _check(sku, quantity)
                level = store.ledger.level(product, here)
                before = _counted(sku, source, level.on_hand)
                awaiting = _counted(sku, target, store.ledger.level(product, there).on_hand)
                if quantity > (available(before, level.reserved, 0) or 0):
                    raise UsageProblem(
                        tr(
                            "{sku}: {quantity} cannot be moved; of {on_hand} on hand in"
                            " {warehouse} {reserved} are promised to orders",
                            sku=sku,
                            quantity=quantity,
                            on_hand=before,
                            warehouse=source,
                            reserved=level.reserved,
                        )
                    )
                after = awaiting + quantity
                check_quantity(max(0, after))
                store.ledger.move(product, here, there, quantity, now=now, note=self.note)
                return MoveResult(
                    sku, quantity, source, before, before - quantity, target, awaiting, after
                )

            results = for_each(store, [(m.sku, m.quantity) for m in self.moves], one)
            store.targets.refresh()
        return results


def _check(sku: str, quantity: int) -> None:
    if not 1 <= quantity <= QUANTITY_MAX:
        raise UsageProblem(
            tr(
                "{sku}: {quantity} units cannot be moved; expected a whole number from 1",
                sku=sku,
                quantity=quantity,
            )
        )


def _counted(sku: str, warehouse: str, on_hand: int | None) -> int:
    """Return what is on hand; a move of what was never counted would be lost to sight."""
    if on_hand is None:
        raise UsageProblem(
            tr(
                "{sku} was never counted in {warehouse}, so what lies there is unknown; count it"
                " before the move (`{command}`)",
                sku=sku,
                warehouse=warehouse,
                command=how_to_count(sku, warehouse),
            )
        )
    return on_hand
