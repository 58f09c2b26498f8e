"""From what Wildberries answers to our records: plain functions, no requests."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

import msgspec

from cloudstock.domain.records import (
    Listing,
    MarketplaceWarehouse,
    Order,
    OrderLine,
    OrderRef,
    Return,
    ReturnStep,
    ShownStock,
)
from cloudstock.errors import DatabaseError
from cloudstock.language import spoken, tr
from cloudstock.marketplaces import http
from cloudstock.marketplaces.wildberries.facts import DBS_TYPES, DELIVERY_TYPES, FBS_TYPE
from cloudstock.marketplaces.wildberries.statuses import RESHIPPED, Family, fate
from cloudstock.marketplaces.wildberries.windows import moscow_moment
from cloudstock.marketplaces.wildberries.wire import (
    ArchivedTask,
    Card,
    CardSize,
    ErrorBody,
    Handle,
    Refusal,
    ReturnRow,
    StockItem,
    Task,
    Warehouse,
)

ONE_SIZE = "0"


def parse_warehouse(raw: Warehouse) -> MarketplaceWarehouse:
    """Return a seller's warehouse; unusable where its orders are not read, or it is going away."""
    unusable = None
    if raw.delivery_type != FBS_TYPE and raw.delivery_type not in DBS_TYPES:
        known = DELIVERY_TYPES.get(raw.delivery_type)
        kind = (
            tr("delivery type {number}", number=raw.delivery_type)
            if known is None
            else spoken(known)
        )
        unusable = tr("{kind}: its orders are not read", kind=kind)
    elif raw.is_deleting:
        unusable = tr("being deleted")
    return MarketplaceWarehouse(
        warehouse_id=str(raw.id), name=http.clean(raw.name), unusable=unusable
    )


def parse_card(card: Card, *, article: str, archived: bool) -> tuple[Listing, ...]:
    """Return the listings of a card: one per size, the marketplace's stock unit."""
    sizes = card.sizes or ()
    one_size = len(sizes) == 1 and sizes[0].tech_size == ONE_SIZE
    return tuple(
        parse_listing(
            card, size, article="{vendorCode}" if one_size else article, archived=archived
        )
        for size in sizes
    )


def parse_listing(card: Card, size: CardSize, *, article: str, archived: bool) -> Listing:
    """Return one size of a card as a listing.

    `article` is the template of `Listing.offer_id` over {vendorCode} and {techSize}. All sizes of
    a card share one vendorCode, so only goods without sizes may go by it alone.
    """
    barcodes = size.skus or ()
    name = card.title or card.vendor_code
    return Listing(
        external_id=str(size.chrt_id),
        offer_id=fill_article(article, vendor_code=card.vendor_code, tech_size=size.tech_size),
        name=name if size.tech_size == ONE_SIZE else f"{name}, {size.tech_size}",
        barcodes=barcodes,
        keys=_listing_keys(size.chrt_id, barcodes),
        archived=archived,
    )


def fill_article(template: str, *, vendor_code: str, tech_size: str) -> str:
    """Return the article of a size. Only the two known names are replaced, each once over."""
    parts = template.split("{vendorCode}")
    return vendor_code.join(part.replace("{techSize}", tech_size) for part in parts)


def _listing_keys(chrt_id: int | None, barcodes: Iterable[str]) -> tuple[str, ...]:
    sizes = (f"chrt:{chrt_id}",) if chrt_id else ()
    return (*sizes, *(f"barcode:{barcode}" for barcode in barcodes))


def parse_order(
    task: Task, family: Family, *, supplier_status: str, wb_status: str, reship: bool = False
) -> Order:
    """Return an assembly task as an order: one line of one unit.

    `reship`: the task is in the list of those that must be shipped again.
    """
    is_now = RESHIPPED if reship else fate(family, supplier_status, wb_status)
    status = http.clean(f"{supplier_status}/{wb_status}")
    handle = Handle(
        family=family.value,
        chrt_id=task.chrt_id,
        warehouse_id=task.warehouse_id,
        article=task.article,
        skus=task.skus or (),
    )
    return Order(
        order_id=str(task.id),
        step=is_now.step,
        status=f"{status}, to be shipped again" if reship else status,
        created_at=task.created_at.astimezone(UTC),
        lines=(
            OrderLine(
                line_id="1",
                listing_keys=_listing_keys(task.chrt_id, task.skus or ()),
                quantity=1,
                offer_id=task.article,
            ),
        ),
        warehouse_id=None if task.warehouse_id is None else str(task.warehouse_id),
        left_shelf=is_now.left_shelf,
        handle=msgspec.json.encode(handle).decode(),
    )


def parse_archived_order(raw: ArchivedTask) -> Order:
    """Return a task of the archive, whose `createdAt` may be a bare day."""
    task = Task(
        id=raw.id,
        created_at=moscow_moment(raw.created_at),
        chrt_id=raw.product.chrt_id,
        article=raw.product.article,
        skus=raw.product.skus,
        warehouse_id=raw.warehouse_id,
    )
    return parse_order(
        task,
        Family.FBS,
        supplier_status=raw.status.supplier_status,
        wb_status=raw.status.wb_status,
    )


def recall_task(ref: OrderRef) -> tuple[Family, Task]:
    """Return the task that a handle made by `parse_order` keeps.

    Raises DatabaseError if it is not such a handle.
    """
    try:
        handle = msgspec.json.decode(ref.handle, type=Handle)
        family, order_id = Family(handle.family), int(ref.order_id)
    except ValueError as problem:
        raise DatabaseError(
            tr(
                "Wildberries order {order_id} cannot be asked for again: what the database"
                " keeps of it is damaged; read the orders again with --since",
                order_id=ref.order_id,
            )
        ) from problem
    task = Task(
        id=order_id,
        created_at=ref.created_at,
        chrt_id=handle.chrt_id,
        article=handle.article,
        skus=handle.skus,
        warehouse_id=handle.warehouse_id,
    )
    return family, task


def parse_return(row: ReturnRow, *, now: datetime) -> Return:
    """Return a row of the item-returns report: one unit.

    The free texts `returnStatus` and `returnType` are shown, never judged: the only thing that
    says "handed to the seller" is `completedDt`. A bare day counts as the day's last moment, a
    time without a fraction as its second's (but not after `now`): a count made earlier in it must
    not take what happened later for history.
    """
    return_id = row.srid or ("" if row.shk_id is None else str(row.shk_id))
    created_at = received_at = None
    if row.order_dt:
        created_at = min(moscow_moment(row.order_dt, latest=True), now)
    if row.completed_dt:
        received_at = min(moscow_moment(row.completed_dt, latest=True), now)
    return Return(
        return_id=return_id,
        step=ReturnStep.RECEIVED if row.completed_dt else ReturnStep.EXPECTED,
        status=http.clean(" / ".join(w for w in (row.return_status, row.return_type) if w)),
        quantity=1,
        order_id=str(row.order_id) if row.order_id else None,
        listing_keys=(f"barcode:{row.sku}",) if row.sku else (),
        created_at=created_at,
        received_at=received_at,
    )


def parse_stock(item: StockItem, warehouse_id: str) -> ShownStock:
    """Return what buyers can still order of one size; Wildberries tells no reserve."""
    return ShownStock(
        listing_keys=(f"chrt:{item.chrt_id}",), warehouse_id=warehouse_id, free=item.amount
    )


def parse_error(status: int, body: bytes) -> http.Refusal:
    """Return what an error says, in whichever of the hosts' shapes; empty where in none."""
    del status
    try:
        told = msgspec.json.decode(body, type=ErrorBody)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return http.Refusal()
    detail = told.detail if isinstance(told.detail, str) else ""
    words = (told.title, told.message, told.error_text, detail)
    return http.Refusal(
        code="" if told.code is None else str(told.code), message=": ".join(w for w in words if w)
    )


def parse_refusals(body: bytes) -> tuple[Refusal, ...] | None:
    """Return the groups of a 409 to a stock update, or a lone error object as one.

    None if the body is neither.
    """
    try:
        told = msgspec.json.decode(body, type=tuple[Refusal, ...] | Refusal)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return (told,) if isinstance(told, Refusal) else told
