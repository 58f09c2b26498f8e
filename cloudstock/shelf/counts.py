"""set-stock and adjust-stock: what a person finds on the shelf, and what they correct."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from cloudstock.errors import UsageProblem
from cloudstock.shelf import names
from cloudstock.shelf.rehearsal import transaction
from cloudstock.store import Store
from cloudstock.store.views import product_id
from cloudstock.store.views.stock import MAIN

# More than this of one thing on one shelf is a slip of the finger (a barcode typed as a number).
QUANTITY_MAX = 1_000_000_000


@dataclass(frozen=True, slots=True)
class CountResult:
    """What lay on one shelf of one product before and after, in units."""

    sku: str
    warehouse: str
    # None: never counted before.
    before: int | None
    after: int
    # Signed units written into the ledger; 0: the book was right.
    difference: int


def set_stock(
    store: Store,
    sku: str,
    quantity: int,
    *,
    warehouse: str = MAIN,
    now: datetime,
    note: str = "",
    dry_run: bool = False,
    configured: Collection[str] = (),
) -> CountResult:
    """Record that `quantity` units lie on the shelf at `now`, reserved ones included.

    `configured`: shelves that the configuration names and the book may not know yet. Raises
    `UsageProblem` for an unknown product or shelf and for a quantity that cannot be.
    """
    _check_quantity(quantity)
    with transaction(store, dry_run=dry_run):
        product = product_id(store.connection, sku)
        shelf = names.warehouse_id(store, warehouse, configured)
        before = store.ledger.level(product, shelf).on_hand
        difference = store.ledger.count(product, shelf, quantity, now=now, note=note)
        store.shown.refresh_targets()
        return CountResult(sku, warehouse, before, quantity, difference)


def adjust_stock(
    store: Store,
    sku: str,
    delta: int,
    *,
    reason: str,
    warehouse: str = MAIN,
    now: datetime,
    dry_run: bool = False,
    configured: Collection[str] = (),
) -> CountResult:
    """Correct what lies on the shelf by `delta` units, with the reason for it.

    Raises `UsageProblem` for an unknown product or shelf, a correction without a reason or of
    nothing, a product never counted there, and a correction that takes away what is not there.
    """
    if delta == 0:
        raise UsageProblem("a correction of 0 units corrects nothing; expected +N or -N")
    if not reason.strip():
        raise UsageProblem("a correction needs its reason, for the ledger")
    with transaction(store, dry_run=dry_run):
        product = product_id(store.connection, sku)
        shelf = names.warehouse_id(store, warehouse, configured)
        before = store.ledger.level(product, shelf).on_hand
        if before is None:
            from shlex import quote

            raise UsageProblem(
                f"{sku} was never counted in {warehouse}, so there is nothing to correct;"
                f" count it first: cloudstock set-stock {quote(sku)} N"
            )
        after = before + delta
        if delta < 0 and after < 0:
            raise UsageProblem(
                f"{before} units of {sku} are on hand in {warehouse}; {-delta} cannot be taken away"
            )
        if delta > 0:
            _check_quantity(max(0, after))
        store.ledger.adjust(product, shelf, delta, now=now, reason=reason)
        store.shown.refresh_targets()
        return CountResult(sku, warehouse, before, after, delta)


def _check_quantity(quantity: int) -> None:
    if not 0 <= quantity <= QUANTITY_MAX:
        raise UsageProblem(
            f"{quantity} units cannot lie on a shelf; expected a whole number"
            f" from 0 to {QUANTITY_MAX:,}"
        )
