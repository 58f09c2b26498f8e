"""set-stock and adjust-stock: what a person finds in the warehouse, and what they correct."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, ClassVar, TypeVar

from msgspec import Meta, Struct

from cloudstock.changes import names, past
from cloudstock.changes.change import (
    QUANTITY_MAX,
    ROWS_MAX,
    Change,
    Confirmed,
    Counted,
    Note,
    Sku,
)
from cloudstock.changes.rehearsal import recorded
from cloudstock.domain import slips
from cloudstock.domain.changes import ChangeKind
from cloudstock.domain.slips import Slip
from cloudstock.domain.warehouses import MAIN
from cloudstock.errors import UsageProblem
from cloudstock.language import mark, tr, trn
from cloudstock.language.local import whole
from cloudstock.shell import word
from cloudstock.store import Store
from cloudstock.store.ledger import Level
from cloudstock.store.views import product_id

# Looking for what an unknown article may have meant costs a walk over all products.
HINTS = 5

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class CountResult:
    """What lay in one warehouse of one product before and after, in units."""

    sku: str
    warehouse: str
    # None: never counted before.
    before: int | None
    after: int
    # Signed units written into the ledger; 0: it was right.
    difference: int
    # When the count was made, and the signed units that moved since, which `after` holds;
    # None: now.
    at: datetime | None = None
    moved_since: int = 0


class Quantity(Struct, frozen=True, forbid_unknown_fields=True):
    """Units of one product."""

    sku: Sku
    quantity: Annotated[int, Meta(ge=0, le=QUANTITY_MAX)]


class Correction(Struct, frozen=True, forbid_unknown_fields=True):
    """Units more or fewer of one product."""

    sku: Sku
    change: Annotated[int, Meta(ge=-QUANTITY_MAX, le=QUANTITY_MAX)]


class CountRequest(Change, frozen=True, kw_only=True):
    """Counts of one warehouse at one moment, reserved units included; all are taken or none."""

    several: ClassVar[str] = "counts"
    result: ClassVar[type] = CountResult
    counts: Annotated[tuple[Quantity, ...], Meta(min_length=1, max_length=ROWS_MAX)]
    warehouse: Counted = None
    note: Note = ""
    # What moved after it is reckoned with.
    at: Annotated[
        Annotated[datetime, Meta(tz=True)] | None,
        Meta(description=mark("When it was counted, if not now.")),
    ] = None
    yes: Confirmed = False

    def act(
        self, store: Store, *, now: datetime, configured: Collection[str] = ()
    ) -> tuple[CountResult, ...]:
        """Record what lay there at `at`, or lies there `now`; return the results.

        Raises `UsageProblem` with every problem, a line each: unknown products, an unknown
        warehouse, quantities that cannot be. Raises `Unconfirmed` for a count that is older than
        the last one of its product, or than what is known of an account's orders, and for one that
        is far from what was there.
        """
        if self.at is not None:
            past.check_moment(self.at, now)
        with recorded(store, ChangeKind.COUNT, dry_run=self.dry_run, now=now, note=self.note):
            warehouse_id, warehouse = names.warehouse(store, self.warehouse, configured)

            reasons = [] if self.at is None else past.unread_orders(store, warehouse_id, self.at)

            def one(sku: str, quantity: int, product: int) -> CountResult:
                check_quantity(quantity)
                level, since = store.ledger.level(product, warehouse_id), 0
                if self.at is not None:
                    if level.counted_at is not None and level.counted_at > self.at:
                        reasons.append(
                            past.counted_later(sku, warehouse, level.counted_at, self.at)
                        )
                        past.take_back(store, product, warehouse_id, self.at, now=now)
                    since = store.ledger.moved_after(product, warehouse_id, self.at)
                difference = store.ledger.count(
                    product, warehouse_id, quantity, now=now, at=self.at, note=self.note
                )
                after = quantity + since
                reasons.extend(doubts(sku, warehouse, level, after))
                return CountResult(sku, warehouse, level.on_hand, after, difference, self.at, since)

            results = for_each(store, [(c.sku, c.quantity) for c in self.counts], one)
            if not self.yes:
                past.ask(past.some(reasons, len(reasons)))
            store.targets.refresh()
        return results


class AdjustRequest(Change, frozen=True, kw_only=True):
    """Corrections of one warehouse, with their reason; all are taken or none."""

    several: ClassVar[str] = "counts"
    result: ClassVar[type] = CountResult
    changes: Annotated[tuple[Correction, ...], Meta(min_length=1, max_length=ROWS_MAX)]
    reason: Annotated[
        str, Meta(min_length=1, max_length=500, description=mark("Why, for the ledger."))
    ]
    warehouse: Counted = None
    yes: Confirmed = False

    def act(
        self, store: Store, *, now: datetime, configured: Collection[str] = ()
    ) -> tuple[CountResult, ...]:
        """Correct what lies there; return the results.

        Raises `UsageProblem` with every problem, a line each: unknown products, an unknown
        warehouse, no reason, a correction of nothing, a product never counted there, and one that
        takes away what is not there. Raises `Unconfirmed` for what is far from what was there.
        """
        if not self.reason.strip():
            raise UsageProblem(tr("a correction needs its reason, for the ledger"))
        with recorded(
            store, ChangeKind.CORRECTION, dry_run=self.dry_run, now=now, note=self.reason
        ):
            warehouse_id, warehouse = names.warehouse(store, self.warehouse, configured)
            reasons = list[str]()

            def one(sku: str, delta: int, product: int) -> CountResult:
                level = store.ledger.level(product, warehouse_id)
                before = level.on_hand
                after = _corrected(sku, warehouse, before, delta)
                reasons.extend(doubts(sku, warehouse, level, after))
                store.ledger.adjust(product, warehouse_id, delta, now=now, reason=self.reason)
                return CountResult(sku, warehouse, before, after, delta)

            results = for_each(store, [(c.sku, c.change) for c in self.changes], one)
            if not self.yes:
                past.ask(past.some(reasons, len(reasons)))
            store.targets.refresh()
        return results


def doubts(sku: str, warehouse: str, level: Level, after: int) -> Iterator[str]:
    """Yield why so many units may not be meant: they are far from what was there."""
    why = {
        Slip.MORE: tr("that is more than {factor} times as many", factor=slips.FACTOR),
        Slip.FEWER: tr("that is less than a tenth of it"),
        Slip.LARGE: tr("that is very many where none were"),
        Slip.PROMISED: tr("{reserved} are promised to orders", reserved=level.reserved),
    }
    before = level.on_hand
    slip = slips.slip(before, after, promised=level.reserved)
    if slip is not None:
        yield tr(
            "{sku} in {warehouse}: {before} \N{RIGHTWARDS ARROW} {after:,}? {why}",
            sku=sku,
            warehouse=warehouse,
            before=tr("never counted") if before is None else whole(before),
            after=after,
            why=why[slip],
        )


def _corrected(sku: str, warehouse: str, before: int | None, delta: int) -> int:
    """Return what is on hand after a correction; raises `UsageProblem` for one that cannot be."""
    if delta == 0:
        raise UsageProblem(tr("a correction of 0 units corrects nothing; expected +N or -N"))
    if before is None:
        raise UsageProblem(
            tr(
                "{sku} was never counted in {warehouse}, so there is nothing to correct; count it"
                " first (`{command}`)",
                sku=sku,
                warehouse=warehouse,
                command=how_to_count(sku, warehouse),
            )
        )
    after = before + delta
    if delta < 0 and after < 0:
        raise UsageProblem(
            trn(
                "{n} unit of {sku} is on hand in {warehouse}; {taken} cannot be taken away",
                "{n} units of {sku} are on hand in {warehouse}; {taken} cannot be taken away",
                before,
                sku=sku,
                warehouse=warehouse,
                taken=-delta,
            )
        )
    if delta > 0:
        check_quantity(max(0, after))
    return after


def for_each(
    store: Store,
    changes: Sequence[tuple[str, int]],
    one: Callable[[str, int, int], Result],
) -> tuple[Result, ...]:
    """Do `one(sku, number, product id)` for each of (sku, number); return the results in order.

    Inside a transaction, which raising takes back: `UsageProblem` tells what is wrong with any of
    them, a line each.
    """
    results, problems = list[Result](), list[str]()
    products = _Products(store)
    for sku, number in changes:
        try:
            results.append(one(sku, number, products.once(sku)))
        except UsageProblem as problem:
            if len(changes) == 1:
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
    """Raise `UsageProblem` for so many units as cannot lie in a warehouse."""
    if not 0 <= quantity <= QUANTITY_MAX:
        raise UsageProblem(
            tr(
                "{quantity} units cannot lie in a warehouse; expected a whole number from 0 to"
                " {most:,}",
                quantity=quantity,
                most=QUANTITY_MAX,
            )
        )


def how_to_count(sku: str, warehouse: str) -> str:
    """Return the command that counts a product in a warehouse."""
    where = "" if warehouse == MAIN else f" --warehouse {word(warehouse)}"
    return f"cloudstock set-stock {word(sku)} N{where}"
