"""set-stock and adjust-stock: what a person finds on the shelf, and what they correct."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from cloudstock.errors import UsageProblem
from cloudstock.language import tr
from cloudstock.shelf import names
from cloudstock.shelf.rehearsal import transaction
from cloudstock.store import Store
from cloudstock.store.views import product_id
from cloudstock.store.views.stock import MAIN

# More than this of one thing on one shelf is a slip of the finger (a barcode typed as a number).
QUANTITY_MAX = 1_000_000_000
# Looking for what an unknown article may have meant costs a walk over all products.
HINTS = 5

Result = TypeVar("Result")


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
    (result,) = set_stocks(
        store,
        [(sku, quantity)],
        warehouse=warehouse,
        now=now,
        note=note,
        dry_run=dry_run,
        configured=configured,
    )
    return result


def set_stocks(
    store: Store,
    counts: Sequence[tuple[str, int]],
    *,
    warehouse: str = MAIN,
    now: datetime,
    note: str = "",
    dry_run: bool = False,
    configured: Collection[str] = (),
) -> tuple[CountResult, ...]:
    """Count several products, (sku, units) each, as `set_stock` does: all of them or none.

    Raises `UsageProblem` with every problem, a line each.
    """
    with transaction(store, dry_run=dry_run):
        shelf = names.warehouse_id(store, warehouse, configured)

        def one(sku: str, quantity: int, product: int) -> CountResult:
            check_quantity(quantity)
            before = store.ledger.level(product, shelf).on_hand
            difference = store.ledger.count(product, shelf, quantity, now=now, note=note)
            return CountResult(sku, warehouse, before, quantity, difference)

        results = for_each(store, counts, one)
        store.listing_stock.refresh_targets()
    return results


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
    (result,) = adjust_stocks(
        store,
        [(sku, delta)],
        reason=reason,
        warehouse=warehouse,
        now=now,
        dry_run=dry_run,
        configured=configured,
    )
    return result


def adjust_stocks(
    store: Store,
    corrections: Sequence[tuple[str, int]],
    *,
    reason: str,
    warehouse: str = MAIN,
    now: datetime,
    dry_run: bool = False,
    configured: Collection[str] = (),
) -> tuple[CountResult, ...]:
    """Correct several products, (sku, signed units) each, as `adjust_stock` does: all or none.

    Raises `UsageProblem` with every problem, a line each.
    """
    if not reason.strip():
        raise UsageProblem(tr("a correction needs its reason, for the ledger"))
    with transaction(store, dry_run=dry_run):
        shelf = names.warehouse_id(store, warehouse, configured)

        def one(sku: str, delta: int, product: int) -> CountResult:
            if delta == 0:
                raise UsageProblem(
                    tr("a correction of 0 units corrects nothing; expected +N or -N")
                )
            before = store.ledger.level(product, shelf).on_hand
            if before is None:
                raise UsageProblem(
                    tr(
                        "{sku} was never counted in {warehouse}, so there is nothing to correct;"
                        " count it first: {command}",
                        sku=sku,
                        warehouse=warehouse,
                        command=how_to_count(sku, warehouse),
                    )
                )
            after = before + delta
            if delta < 0 and after < 0:
                raise UsageProblem(
                    tr(
                        "{before} units of {sku} are on hand in {warehouse};"
                        " {taken} cannot be taken away",
                        before=before,
                        sku=sku,
                        warehouse=warehouse,
                        taken=-delta,
                    )
                )
            if delta > 0:
                check_quantity(max(0, after))
            store.ledger.adjust(product, shelf, delta, now=now, reason=reason)
            return CountResult(sku, warehouse, before, after, delta)

        results = for_each(store, corrections, one)
        store.listing_stock.refresh_targets()
    return results


def for_each(
    store: Store,
    asked: Sequence[tuple[str, int]],
    one: Callable[[str, int, int], Result],
) -> tuple[Result, ...]:
    """Do `one(sku, number, product id)` for each of (sku, number); return the results in order.

    Inside a transaction, which raising takes back: `UsageProblem` tells what is wrong with any of
    them, a line each.
    """
    results, problems = list[Result](), list[str]()
    found = _Products(store)
    for sku, number in asked:
        try:
            results.append(one(sku, number, found.once(sku)))
        except UsageProblem as problem:
            if len(asked) == 1:
                raise
            problems.append(str(problem))
    if problems:
        raise UsageProblem("\n".join([*problems, tr("nothing was changed")]))
    return tuple(results)


class _Products:
    """Finds products by their articles, each once."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._seen: set[str] = set()
        self._hints = HINTS

    def once(self, sku: str) -> int:
        """Return a product's id; raises `UsageProblem` where it is unknown or asked for again."""
        if sku in self._seen:
            raise UsageProblem(tr("{sku} is named twice", sku=sku))
        self._seen.add(sku)
        product = self._store.catalog.product(sku)
        if product is None:
            self._hints -= 1
            if self._hints < 0:
                raise UsageProblem(tr("there is no product {sku}", sku=repr(sku)))
            return product_id(self._store.connection, sku)
        return product


def check_quantity(quantity: int) -> None:
    """Raise `UsageProblem` for so many units as cannot lie on a shelf."""
    if not 0 <= quantity <= QUANTITY_MAX:
        raise UsageProblem(
            tr(
                "{quantity} units cannot lie on a shelf; expected a whole number from 0 to {most}",
                quantity=quantity,
                most=f"{QUANTITY_MAX:,}",
            )
        )


def how_to_count(sku: str, warehouse: str) -> str:
    """Return the command that counts a product on a shelf."""
    from shlex import quote

    where = "" if warehouse == MAIN else f" --warehouse {quote(warehouse)}"
    return f"cloudstock set-stock {quote(sku)} N{where}"
