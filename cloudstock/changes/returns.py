"""receive-return: a returned unit goes from quarantine back on sale, or is written off."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, ClassVar, NamedTuple

from msgspec import Meta, Struct

from cloudstock.changes import names, past
from cloudstock.changes.change import QUANTITY_MAX, Change, Confirmed, Sku, Warehouse
from cloudstock.changes.rehearsal import transaction
from cloudstock.domain.records import MovementKind, Return, ReturnStep
from cloudstock.domain.warehouses import QUARANTINE
from cloudstock.errors import UsageProblem
from cloudstock.language import mark, tr
from cloudstock.language.local import when
from cloudstock.store import Store
from cloudstock.store.ledger import Movement, return_document
from cloudstock.store.returns import StoredReturn
from cloudstock.store.times import from_iso


@dataclass(frozen=True, slots=True)
class ReceivedProduct:
    """Units of one product that were put away or written off."""

    sku: str
    units: int


@dataclass(frozen=True, slots=True)
class ReceiptResult:
    """What became of a return. Quantities are listings as sold; products are in units."""

    account: str
    return_id: str
    quantity: int
    # Left in quarantine.
    waiting: int
    # The warehouse they were put in; None: written off.
    warehouse: str | None
    products: tuple[ReceivedProduct, ...]
    # They were in a count of that warehouse already, which holds no more by them.
    counted: bool = False


class ReceivedPart(Struct, frozen=True, forbid_unknown_fields=True):
    """Units of one product of a bundle; all that wait, if null."""

    sku: Sku
    units: Annotated[int, Meta(ge=1, le=QUANTITY_MAX)] | None = None


class _Waiting(NamedTuple):
    """What waits in quarantine of one product of a return, and what came, in units."""

    product_id: int
    units: int
    came: int
    # When it came last.
    came_at: datetime


class ReceiveRequest(Change, frozen=True, kw_only=True):
    """What becomes of a return that waits in quarantine: into stock again, or written off."""

    result: ClassVar[type] = ReceiptResult
    return_id: Annotated[
        str,
        Meta(min_length=1, max_length=200, description=mark("Its id, as show-returns tells it.")),
    ]
    account: str | None = None
    # Listings as sold; all that wait, if null.
    quantity: Annotated[
        Annotated[int, Meta(ge=1, le=QUANTITY_MAX)] | None, Meta(description=mark("Units of it."))
    ] = None
    write_off: Annotated[bool, Meta(description=mark("They cannot be sold: write them off."))] = (
        False
    )
    warehouse: Annotated[
        Warehouse | None,
        Meta(description=mark("Another warehouse than the one it was sold from.")),
    ] = None
    parts: Annotated[
        tuple[ReceivedPart, ...],
        Meta(
            max_length=100,
            description=mark("Only this product of a bundle, SKU or SKU=UNITS; may be repeated."),
        ),
    ] = ()
    counted: Annotated[
        bool,
        Meta(description=mark("A count found them in the warehouse already: add nothing to it.")),
    ] = False
    yes: Confirmed = False

    def act(
        self, store: Store, *, now: datetime, configured: Collection[str] = ()
    ) -> ReceiptResult:
        """Put units in their warehouse, or write them off.

        Raises `UsageProblem` where the return is not known, stands for several, has not arrived,
        or has less waiting; `Unconfirmed` where the warehouse was counted after it came.
        """
        if (self.write_off and self.counted) or (self.parts and self.quantity is not None):
            raise UsageProblem(tr("of what becomes of a return name one thing"))
        with transaction(store, dry_run=self.dry_run):
            item = _find(store, self.return_id, self.account)
            owner = _account_name(store, item.account_id)
            wanted = _wanted(store, item, owner, self.quantity)
            booked_as = store.accounts.booked_as(item.account_id)
            document = return_document(booked_as, self.return_id)
            quarantine = store.ledger.warehouse(QUARANTINE)
            into = None if self.write_off else _into(store, item, self.warehouse, configured)
            waiting = _waiting(store, document, quarantine)
            if self.parts:
                moved = [_part(store, part, waiting) for part in self.parts]
                wanted = item.waiting - _whole_left(waiting, dict(moved), item.booked)
            else:
                # All that wait are all of it, also where parts of a bundle went before.
                shares = [(w.product_id, w.units * wanted // item.waiting) for w in waiting]
                moved = [(product, units) for product, units in shares if units]
            if into is not None and not (self.counted or self.yes):
                past.ask(_counted_since(store, self.return_id, into, dict(moved), waiting))
            kind = MovementKind.WRITE_OFF if into is None else MovementKind.RECEIPT
            movements = [
                Movement(product, quarantine, -units, kind, document, now)
                for product, units in moved
            ]
            if into is not None and not self.counted:
                movements += [
                    Movement(product, into, units, kind, document, now) for product, units in moved
                ]
            store.ledger.append(movements, now=now)
            store.returns.set_booked(
                item.row_id,
                booked=item.booked,
                restocked=item.restocked + (0 if self.write_off else wanted),
                written_off=item.written_off + (wanted if self.write_off else 0),
            )
            store.targets.refresh()
            return ReceiptResult(
                account=owner,
                return_id=self.return_id,
                quantity=wanted,
                waiting=item.waiting - wanted,
                warehouse=None if into is None else _warehouse_name(store, into),
                products=tuple(ReceivedProduct(_sku(store, p), units) for p, units in moved),
                counted=self.counted,
            )


def _find(store: Store, return_id: str, account: str | None) -> StoredReturn:
    owner_id = None if account is None else names.account_id(store, account)
    items = store.returns.find(return_id, owner_id)
    if not items:
        where = tr(" in {account}", account=account) if account else ""
        raise UsageProblem(
            tr(
                "the database knows no return {return_id!r}{where} (`cloudstock show-returns"
                " --waiting` lists those in quarantine)",
                return_id=return_id,
                where=where,
            )
        )
    if len(items) > 1:
        owners = sorted(_account_name(store, r.account_id) for r in items)
        raise UsageProblem(
            tr(
                "return {return_id} is known in several accounts: name one with --account"
                " ({owners})",
                return_id=return_id,
                owners=", ".join(owners),
            )
        )
    return items[0]


def _wanted(store: Store, item: StoredReturn, owner: str, quantity: int | None) -> int:
    if not item.waiting:
        read = store.returns.as_read(item.account_id, [item.return_id])[0]
        from cloudstock.logs import escaped

        choices = escaped(
            tr("return {return_id} {why}", return_id=item.return_id, why=_why_not(item, read))
        )
        raise UsageProblem(f"{owner}: {choices}")
    if quantity is None:
        return item.waiting
    if quantity < 1:
        raise UsageProblem(
            tr("expected how many to receive, 1 or more, not {quantity}", quantity=quantity)
        )
    if quantity > item.waiting:
        raise UsageProblem(
            tr(
                "{owner}: {waiting} of return {return_id} wait in quarantine, not {quantity}",
                owner=owner,
                waiting=item.waiting,
                return_id=item.return_id,
                quantity=quantity,
            )
        )
    return quantity


def _why_not(item: StoredReturn, read: Return) -> str:
    if item.booked:
        return tr(
            "is done: {restocked} put back on sale, {written_off} written off; a mistake is"
            " mended by a correction (`cloudstock adjust-stock`)",
            restocked=item.restocked,
            written_off=item.written_off,
        )
    if item.history:
        return tr(
            "came back before the database was begun, so nothing of it waits; count the product"
        )
    if read.step is ReturnStep.RECEIVED and item.warehouse_id is None:
        return tr(
            "is of order {order_id}, which has not been read yet; the next sync reads it"
            " (`cloudstock poll-orders`, then `cloudstock poll-returns`)",
            order_id=read.order_id,
        )
    if read.step is ReturnStep.RECEIVED:
        return tr(
            "is of {offer_id} that no product is linked to; link it (`cloudstock link-listing`),"
            " then read returns again (`cloudstock poll-returns`)",
            offer_id=read.offer_id or tr("a listing"),
        )
    if read.step is ReturnStep.NEVER:
        return tr("never comes back ({status})", status=read.status)
    if read.step is ReturnStep.UNDECIDED:
        return tr(
            "has not been decided yet ({status}): nothing of it has arrived", status=read.status
        )
    return tr(
        "has not arrived yet ({status}); the next reading of returns learns of its arrival"
        " (`cloudstock poll-returns`)",
        status=read.status,
    )


def _into(
    store: Store, item: StoredReturn, warehouse: str | None, configured: Collection[str]
) -> int:
    if warehouse is not None:
        return names.warehouse_id(store, warehouse, configured)
    assert item.warehouse_id is not None, "what is booked has a warehouse to go back to"
    return item.warehouse_id


def _waiting(store: Store, document: str, quarantine: int) -> list[_Waiting]:
    """Return what waits of each product of a return.

    Read from the ledger rather than from today's links: what came in goes out again, even if the
    listing was linked differently meanwhile.
    """
    rows = store.connection.execute(
        "SELECT product_id, sum(quantity) AS units, total(max(0, quantity)) AS came,"
        " max(happened_at) FILTER (WHERE quantity > 0) AS came_at FROM movement"
        " WHERE document = ? AND warehouse_id = ? GROUP BY product_id ORDER BY product_id",
        (document, quarantine),
    )
    return [_Waiting(r[0], r[1], int(r[2]), from_iso(r["came_at"])) for r in rows]


def _part(store: Store, part: ReceivedPart, waiting: Sequence[_Waiting]) -> tuple[int, int]:
    """Return (product id, units) of a part; raises `UsageProblem` where less of it waits."""
    left = {_sku(store, w.product_id): w for w in waiting if w.units}
    still = left.get(part.sku)
    if still is None or (part.units or 0) > still.units:
        there = ", ".join(f"{w.units} {sku}" for sku, w in left.items())
        raise UsageProblem(
            tr("of this return there wait {there}, not {sku}", there=there, sku=_words(part))
        )
    return still.product_id, part.units or still.units


def _words(part: ReceivedPart) -> str:
    return part.sku if part.units is None else f"{part.units} {part.sku}"


def _whole_left(waiting: Sequence[_Waiting], taken: Mapping[int, int], booked: int) -> int:
    """Return the listings of which anything still waits once these units are taken."""
    return max(
        -(-(w.units - taken.get(w.product_id, 0)) * booked // w.came) for w in waiting if w.came
    )


def _counted_since(
    store: Store,
    return_id: str,
    warehouse_id: int,
    moved: Mapping[int, int],
    waiting: Sequence[_Waiting],
) -> list[str]:
    """Return why units may be in a warehouse's number already: it was counted after they came."""
    reasons = []
    for w in waiting:
        counted_at = store.ledger.level(w.product_id, warehouse_id).counted_at
        if w.product_id in moved and counted_at is not None and counted_at >= w.came_at:
            reasons.append(
                tr(
                    "{sku} was counted in {warehouse} on {later}, after return {return_id} came"
                    " ({came}): if it lay there it is counted already (`--counted` adds nothing);"
                    " if it was kept apart, confirm",
                    sku=_sku(store, w.product_id),
                    warehouse=_warehouse_name(store, warehouse_id),
                    later=when(counted_at, seconds=True),
                    return_id=return_id,
                    came=when(w.came_at, seconds=True),
                )
            )
    return reasons


def _account_name(store: Store, account_id: int) -> str:
    row = store.connection.execute("SELECT name FROM account WHERE id = ?", (account_id,))
    return str(row.fetchone()[0])


def _warehouse_name(store: Store, warehouse_id: int) -> str:
    row = store.connection.execute("SELECT name FROM warehouse WHERE id = ?", (warehouse_id,))
    return str(row.fetchone()[0])


def _sku(store: Store, product_id: int) -> str:
    row = store.connection.execute("SELECT sku FROM product WHERE id = ?", (product_id,))
    return str(row.fetchone()[0])
