"""From what Ozon answers to our records: plain functions, no requests."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import UTC, datetime

from cloudstock.domain.records import (
    Listing,
    MarketplaceWarehouse,
    Order,
    OrderLine,
    OrderRef,
    PushOutcome,
    Return,
    ReturnStep,
    ShownStock,
    Step,
    StockUpdate,
    Verdict,
)
from cloudstock.language import mark, spoken, tr
from cloudstock.marketplaces.http import Refusal, clean, plain_refusal
from cloudstock.marketplaces.ozon import facts
from cloudstock.marketplaces.ozon.statuses import (
    HELD_BY_OZON,
    SELLER_DELIVERS,
    return_step_of,
    step_of,
)
from cloudstock.marketplaces.ozon.wire import (
    ItemError,
    Posting,
    ProductInfo,
    ProductRow,
    ReturnRow,
    StockResult,
    StockRow,
    Warehouse,
)

_OWN_SCHEMES = frozenset({"fbs", "rfbs"})
_TOO_OFTEN = "TOO_MANY_REQUESTS"


# Why an order counts for nothing; the book keeps it in English.
HELD = mark("the goods are not on a shelf of the seller's")


def parse_warehouse(raw: Warehouse) -> MarketplaceWarehouse:
    """Return a warehouse of the seller's; unusable unless its status is the active one."""
    unusable = None
    if raw.status != facts.WAREHOUSE_ACTIVE:
        known = facts.WAREHOUSE_STATUSES.get(raw.status)
        unusable = (
            tr("status {status}", status=clean(raw.status)) if known is None else spoken(known)
        )
    elif raw.pause_at:
        unusable = tr("paused")
    return MarketplaceWarehouse(str(raw.warehouse_id), clean(raw.name), unusable)


def parse_listing(row: ProductRow, info: ProductInfo | None, *, archived: bool) -> Listing:
    """Return a product; `info` is its card, None where Ozon did not send one.

    `archived`: it was listed among the archived ones.
    """
    skus: list[int | None] = [row.sku]
    offer_id = name = row.offer_id
    barcodes: tuple[str, ...] = ()
    archived = archived or row.archived
    if info is not None:
        held = info.stocks.stocks if info.stocks else None
        skus += [info.sku, *(s.sku for s in (*(info.sources or ()), *(held or ())))]
        offer_id, name = info.offer_id, info.name or info.offer_id
        barcodes = info.barcodes or ()
        archived = archived or info.is_archived or info.is_autoarchived
    return Listing(
        external_id=str(row.product_id),
        offer_id=offer_id,
        name=name,
        barcodes=barcodes,
        keys=_keys(offer_id=offer_id, skus=skus, product_id=row.product_id),
        archived=archived,
    )


def _keys(*, offer_id: str, skus: Iterable[int | None], product_id: int = 0) -> tuple[str, ...]:
    """Name a listing in the order of trust: a seller can change an offer_id, not the numbers."""
    keys = [f"product:{product_id}"] if product_id else []
    keys += [f"sku:{sku}" for sku in skus if sku]
    keys += [f"offer:{offer_id}"] if offer_id else []
    return tuple(dict.fromkeys(keys))


def parse_order(raw: Posting, *, now: datetime) -> Order:
    """Return a posting as it is now.

    `in_process_at` is the only time that stands for the buyer's; a posting without one has not
    begun to be processed, so it was made just before `now`. `delivering_date` tells whether the
    units left: a `cancelled_after_ship` means after assembly. There is no time of the last change.
    """
    handed_over = raw.delivering_date is not None
    step = step_of(raw.status, handed_over=handed_over)
    scheme = (raw.delivery_schema or "").lower()
    warehouse_id = raw.delivery_method.warehouse_id if raw.delivery_method else None
    return Order(
        order_id=raw.posting_number,
        step=step,
        status=f"{raw.status}/{raw.substatus}" if raw.substatus else raw.status,
        created_at=(raw.in_process_at or now).astimezone(UTC),
        lines=_lines(raw),
        warehouse_id=str(warehouse_id) if warehouse_id else None,
        left_shelf=_left_shelf(raw, step),
        shipped_at=raw.delivering_date.astimezone(UTC) if raw.delivering_date else None,
        # Taken as yes by most, promised by nobody: what the listing shows is then unknown.
        gives_back=None,
        handle=raw.order_number or order_number_of(raw.posting_number),
        ignored=f"{scheme.upper()}: {HELD}" if scheme in HELD_BY_OZON else None,
    )


def _lines(raw: Posting) -> tuple[OrderLine, ...]:
    """Return one line per SKU: a product may stand in several rows of a posting."""
    quantities: dict[tuple[int, str], int] = defaultdict(int)
    for product in raw.products:
        quantities[product.sku, "" if product.sku else product.offer_id] += product.quantity
    offers = {p.sku: p.offer_id for p in raw.products if p.sku}
    return tuple(
        OrderLine(
            line_id=str(sku) if sku else f"offer:{offer}",
            listing_keys=_keys(offer_id=offers.get(sku, offer), skus=(sku,)),
            quantity=quantity,
            offer_id=offers.get(sku, offer),
        )
        for (sku, offer), quantity in quantities.items()
    )


def _left_shelf(raw: Posting, step: Step) -> bool | None:
    if raw.delivering_date is not None:
        return True
    if step is Step.OPEN:
        return False
    if step is not Step.CANCELLED:
        return None
    # Where the seller delivers, Ozon may never have learned of the hand-over.
    kinds = {raw.tpl_integration_type, raw.integration_type_flow}
    rfbs = (raw.delivery_schema or "").lower() == "rfbs"
    return None if rfbs or kinds & SELLER_DELIVERS else False


def order_number_of(posting_number: str) -> str:
    """Return the number of a posting's order: all but the last part of `12345678-0001-1`."""
    return posting_number.rpartition("-")[0] or posting_number


def order_number(ref: OrderRef) -> str:
    """Return the order number by which an order is asked for again."""
    return ref.handle or order_number_of(ref.order_id)


def parse_return(raw: ReturnRow) -> Return | None:
    """Return a row of the list as a return; None for goods that Ozon holds (FBO)."""
    if raw.schema.lower() not in _OWN_SCHEMES:
        return None
    sys_name = raw.visual.status.sys_name
    step = return_step_of(sys_name)
    logistic = raw.logistic
    received_at = None
    if step is ReturnStep.RECEIVED:
        final = logistic.final_moment if logistic else None
        received_at = final or raw.visual.change_moment
    created_at = logistic.return_date if logistic else None
    return Return(
        return_id=str(raw.id),
        step=step,
        status=sys_name,
        quantity=raw.product.quantity,
        order_id=raw.posting_number or None,
        listing_keys=_keys(offer_id=raw.product.offer_id, skus=(raw.product.sku,)),
        offer_id=raw.product.offer_id,
        created_at=created_at.astimezone(UTC) if created_at else None,
        received_at=received_at.astimezone(UTC) if received_at else None,
        replaces=str(raw.source_id) if raw.source_id else None,
    )


def parse_stock(raw: StockRow, *, warehouse_id: str) -> ShownStock:
    """Return what Ozon shows and holds for one product in one warehouse.

    `present` counts the reserved units too; `free_stock` is what buyers can order.
    """
    return ShownStock(
        listing_keys=_keys(offer_id=raw.offer_id, skus=(raw.sku,), product_id=raw.product_id),
        warehouse_id=warehouse_id,
        free=raw.free,
        reserved=raw.reserved,
    )


def parse_outcome(
    update: StockUpdate,
    result: StockResult | None,
    *,
    interval_s: float,
    repeated: bool = False,
    clean: Callable[[str], str] = str,
) -> PushOutcome:
    """Return the verdict on one pushed pair; `result` None: the answer does not mention it.

    Only `updated` without errors is an acceptance. The list of codes is open, so whatever is not
    "too often" is a refusal. `repeated`: the request had to be sent more than once; "too often"
    may then mean that an earlier sending, whose answer was lost, has been applied.
    """
    if result is None:
        return PushOutcome(
            update, Verdict.UNKNOWN, "NO_RESULT", tr("Ozon's answer does not mention it")
        )
    errors = result.errors or ()
    if result.updated and not errors:
        return PushOutcome(update, Verdict.ACCEPTED)
    if not errors:
        return PushOutcome(
            update, Verdict.UNKNOWN, "NOT_UPDATED", tr("not updated, no reason given")
        )
    code = clean(errors[0].code)
    message = clean("; ".join(e.message for e in errors if e.message))
    if any(_is_too_often(e) for e in errors):
        verdict = Verdict.UNKNOWN if repeated else Verdict.LATER
        return PushOutcome(update, verdict, code, message, retry_after_s=interval_s)
    return PushOutcome(update, Verdict.REFUSED, code, message)


def _is_too_often(error: ItemError) -> bool:
    return error.code == _TOO_OFTEN or "too frequently" in error.message.lower()


def parse_error(status: int, body: bytes) -> Refusal:
    """Return what an error says; a closed method and a used-up limit are waits, by their words."""
    told = plain_refusal(status, body)
    words = told.message.lower()
    wait_s = None
    if "circle is open" in words:
        wait_s = facts.CIRCLE_OPEN_S
    elif "rate limit" in words:
        wait_s = facts.RATE_LIMIT_S
    return Refusal(told.code, told.message, wait_s=wait_s)
