"""From what Ozon answers to our records: plain functions, no requests.

A row may lack what its record cannot do without: then there is no record, and `met` is called with
the field and what stood in it, as for every word that no table knows.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
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
    SeenStock,
    Step,
    StockUpdate,
    Verdict,
)
from cloudstock.language import mark, spoken, tr
from cloudstock.marketplaces.base import Met
from cloudstock.marketplaces.fields import UNITS_MAX, YEARS, address
from cloudstock.marketplaces.headers import count
from cloudstock.marketplaces.ozon import facts, statuses
from cloudstock.marketplaces.ozon.wire import (
    ClaimRow,
    ItemError,
    Posting,
    PostingProduct,
    ProductInfo,
    ProductRow,
    ReturnRow,
    StockResult,
    StockRow,
    Warehouse,
)
from cloudstock.marketplaces.pace import Left
from cloudstock.marketplaces.refusals import Refusal, clean, plain_refusal

_OWN_RETURN_SCHEMES = frozenset({"fbs", "rfbs"})
_CLAIM = "rfbs:"


# Why an order counts for nothing; the database keeps it in English.
HELD = mark("the goods are not in a warehouse of the seller's")


def parse_warehouse(raw: Warehouse, met: Met) -> MarketplaceWarehouse | None:
    """Return a warehouse of the seller's; unusable unless its status is the active one."""
    if raw.warehouse_id is None:
        met("warehouse_id", "", left_out=True)
        return None
    status = raw.status or ""
    unusable = None
    if status != facts.WAREHOUSE_ACTIVE:
        reason = facts.WAREHOUSE_STATUSES.get(status)
        if reason is None:
            met("status", status)
        unusable = tr("status {status}", status=clean(status)) if reason is None else spoken(reason)
    elif raw.pause_at:
        unusable = tr("paused")
    return MarketplaceWarehouse(str(raw.warehouse_id), clean(raw.name or ""), unusable)


def parse_listing(
    row: ProductRow, info: ProductInfo | None, met: Met, *, archived: bool
) -> Listing | None:
    """Return a product; `info` is its card, None where Ozon did not send one.

    `archived`: it was listed among the archived ones.
    """
    offer_id = (info.offer_id if info is not None else None) or row.offer_id
    if not row.product_id or not offer_id:
        met("offer_id" if row.product_id else "product_id", "", left_out=True)
        return None
    skus: list[int | None] = [row.sku]
    name = offer_id
    barcodes: tuple[str, ...] = ()
    archived = archived or bool(row.archived)
    if info is not None:
        held = info.stocks.stocks if info.stocks else None
        skus += [info.sku, *(s.sku for s in (*(info.sources or ()), *(held or ())))]
        name = info.name or offer_id
        barcodes = info.barcodes or ()
        archived = archived or bool(info.is_archived) or bool(info.is_autoarchived)
    return Listing(
        external_id=str(row.product_id),
        offer_id=offer_id,
        name=name,
        barcodes=barcodes,
        keys=_keys(offer_id=offer_id, skus=skus, product_id=row.product_id),
        archived=archived,
        card_url=facts.CARD.format(sku=sku) if (sku := next(filter(None, skus), None)) else "",
        picture_url="" if info is None else address(info.primary_image),
    )


def _keys(
    *, offer_id: str | None, skus: Iterable[int | None], product_id: int | None = None
) -> tuple[str, ...]:
    """Name a listing in the order of trust: a seller can change an offer_id, not the numbers."""
    keys = [f"product:{product_id}"] if product_id else []
    keys += [f"sku:{sku}" for sku in skus if sku]
    keys += [f"offer:{offer_id}"] if offer_id else []
    return tuple(dict.fromkeys(keys))


def parse_order(raw: Posting, met: Met, *, now: datetime) -> Order | None:
    """Return a posting as it is now; None where it names no number or not what was ordered.

    `in_process_at` is the only time that stands for the buyer's; a posting without one has not
    begun to be processed, so it was made just before `now`. A date of delivery tells whether the
    units left: a `cancelled_after_ship` means after assembly. There is no time of the last change.
    """
    lines = None if raw.products is None else _lines(raw.products)
    if not raw.posting_number or lines is None:
        field = "products.quantity" if raw.posting_number else "posting_number"
        met(field, "", left_out=True)
        return None
    # What is no date, but there, was handed over all the same.
    handed_over = next(filter(is_date, (raw.delivering_date, raw.fact_delivery_date)), None)
    left_at = moment(handed_over, "delivering_date", met)
    has_left = handed_over is not None
    status = raw.status or ""
    if status not in statuses.STEPS:
        met("status", status)
    if raw.substatus and raw.substatus not in statuses.SUBSTATUSES:
        met("substatus", raw.substatus)
    step = statuses.step_of(status, handed_over=has_left)
    warehouse_id = raw.delivery_method.warehouse_id if raw.delivery_method else None
    return Order(
        order_id=raw.posting_number,
        step=step,
        status=f"{status}/{raw.substatus}" if raw.substatus else status,
        created_at=moment(raw.in_process_at, "in_process_at", met) or now,
        lines=lines,
        warehouse_id=str(warehouse_id) if warehouse_id else None,
        left_warehouse=_left_warehouse(
            step, has_left=has_left, seller_delivers=_seller_delivers(raw, met)
        ),
        shipped_at=left_at,
        # Taken as yes by most, promised by nobody: what the listing shows is then unknown.
        gives_back=None,
        handle=raw.order_number or order_number_of(raw.posting_number),
        ignored=_ignored(raw, met),
    )


def _lines(products: Iterable[PostingProduct]) -> tuple[OrderLine, ...] | None:
    """Return one line per SKU: a product may stand in several rows of a posting.

    None where it cannot be told of what, or how many, a row is: fewer lines would mean that some
    were cancelled.
    """
    quantities: dict[tuple[int, str], int] = defaultdict(int)
    offers: dict[int, str] = {}
    for product in products:
        sku, offer = product.sku or 0, product.offer_id or ""
        if not (sku or offer) or not _is_count(product.quantity):
            return None
        quantities[sku, "" if sku else offer] += product.quantity or 0
        offers[sku] = offers.get(sku) or offer
    if any(quantity > UNITS_MAX for quantity in quantities.values()):
        return None
    return tuple(
        OrderLine(
            line_id=str(sku) if sku else f"offer:{offer}",
            listing_keys=_keys(offer_id=offer or offers[sku], skus=(sku,)),
            quantity=quantity,
            offer_id=offer or offers[sku],
        )
        for (sku, offer), quantity in quantities.items()
    )


def _is_count(number: int | None) -> bool:
    return number is not None and 0 <= number <= UNITS_MAX


def _left_warehouse(step: Step, *, has_left: bool, seller_delivers: bool) -> bool | None:
    if has_left:
        return True
    if step is Step.OPEN:
        return False
    if step is not Step.CANCELLED:
        return None
    # Where the seller delivers, Ozon may never have learned of the hand-over.
    return None if seller_delivers else False


def _seller_delivers(raw: Posting, met: Met) -> bool:
    """Tell whether the seller may hand units over without Ozon learning of it.

    So it is where any of the two words says so, or none of our tables knows it.
    """
    delivers = False
    for field, word in (
        ("integration_type_flow", raw.integration_type_flow),
        ("tpl_integration_type", raw.tpl_integration_type),
    ):
        if word:
            sellers = _integration_type(word)
            if sellers is None:
                met(field, word)
            delivers = delivers or sellers is not False
    return delivers


def _integration_type(word: str) -> bool | None:
    delivers = statuses.INTEGRATION_TYPES.get(word)
    return statuses.OTHER_INTEGRATION_TYPES.get(word.lower()) if delivers is None else delivers


def _ignored(raw: Posting, met: Met) -> str | None:
    """Return why a posting moves nothing; None: it does."""
    scheme = (raw.delivery_schema or "").lower()
    flow = (raw.integration_type_flow or "").lower()
    if scheme in statuses.HELD_SCHEMES:
        return f"{scheme.upper()}: {HELD}"
    if flow in statuses.HELD_INTEGRATION_TYPES:
        return f"{flow.upper()}: {HELD}"
    if scheme and scheme not in statuses.OWN_SCHEMES:
        met("delivery_schema", scheme)
    return None


def order_number_of(posting_number: str) -> str:
    """Return the number of a posting's order: all but the last part of `12345678-0001-1`."""
    return posting_number.rpartition("-")[0] or posting_number


def order_number(ref: OrderRef) -> str:
    """Return the order number by which an order is asked for again."""
    return ref.handle or order_number_of(ref.order_id)


def is_held(raw: ReturnRow) -> bool:
    """Tell whether a return is of goods that Ozon holds."""
    return (raw.schema or "").lower() in statuses.HELD_SCHEMES


def parse_return(raw: ReturnRow, met: Met) -> Return | None:
    """Return a row of the list as a return."""
    scheme = (raw.schema or "").lower()
    if raw.id is None or raw.product is None or not _is_count(raw.product.quantity):
        met("id" if raw.id is None else "product.quantity", "", left_out=True)
        return None
    changed_at = moment(raw.visual.change_moment if raw.visual else None, "change_moment", met)
    step, status = _return_step(raw, met)
    if scheme and scheme not in _OWN_RETURN_SCHEMES:
        met("schema", scheme)
        step = ReturnStep.UNKNOWN
    logistic = raw.logistic
    received_at = None
    if step is ReturnStep.RECEIVED:
        final = moment(logistic.final_moment if logistic else None, "final_moment", met)
        received_at = final or changed_at
    return Return(
        return_id=str(raw.id),
        step=step,
        status=status,
        quantity=raw.product.quantity or 0,
        order_id=raw.posting_number or None,
        listing_keys=_keys(offer_id=raw.product.offer_id, skus=(raw.product.sku,)),
        offer_id=raw.product.offer_id or "",
        created_at=moment(logistic.return_date if logistic else None, "return_date", met),
        changed_at=changed_at,
        received_at=received_at,
        replaces=str(raw.source_id) if raw.source_id else None,
    )


def _return_step(raw: ReturnRow, met: Met) -> tuple[ReturnStep, str]:
    """Return where the units are, and the word that tells."""
    status = raw.visual.status if raw.visual else None
    word = (status.sys_name if status else None) or ""
    if word not in statuses.RETURN_STEPS:
        met("visual.status.sys_name", word)
    logistic = raw.logistic
    final = moment(logistic.final_moment if logistic else None, "final_moment", met)
    ended = final is not None and not _at_ozon(raw)
    compensated = logistic is not None and is_date(logistic.cancelled_with_compensation_moment)
    paid = raw.compensation_status.status if raw.compensation_status else None
    if paid is not None and paid.sys_name:
        if paid.sys_name not in statuses.COMPENSATIONS:
            met("compensation_status.status.sys_name", paid.sys_name)
        # What becomes of the money is newer than the moment at which it was decided.
        compensated = statuses.COMPENSATIONS.get(paid.sys_name, compensated)
    step = statuses.return_step_of(word, ended=ended, compensated=compensated)
    return step, word


def _at_ozon(raw: ReturnRow) -> bool:
    """Tell whether a return is going to a warehouse from which Ozon sells."""
    name = ((raw.target_place.name if raw.target_place else None) or "").upper()
    return any(part in name for part in facts.FULFILMENT_NAMES)


def parse_claim(
    raw: ClaimRow, met: Met, *, replaces: Mapping[tuple[str, str], str]
) -> Return | None:
    """Return a claim for an rFBS order as a return.

    The text has no quantity: a claim is for one unit unless it says otherwise. `replaces`: ids of
    the returns that POST /v1/returns/list has, by posting and SKU or article; where both lists have
    one, its units are counted once.
    """
    product = raw.product
    if raw.return_id is None or not raw.posting_number or product is None:
        field = "returns.return_id" if raw.return_id is None else "returns.posting_number"
        met(field, "", left_out=True)
        return None
    word = (raw.state.state if raw.state else None) or ""
    if word not in statuses.CLAIM_STEPS:
        met("state.state", word)
    quantity = product.quantity if product.quantity and _is_count(product.quantity) else 1
    names = claim_names(raw.posting_number, product.sku, product.offer_id)
    return Return(
        return_id=f"{_CLAIM}{raw.return_id}",
        step=statuses.CLAIM_STEPS.get(word, ReturnStep.UNKNOWN),
        status=word,
        quantity=quantity,
        order_id=raw.posting_number,
        listing_keys=_keys(offer_id=product.offer_id, skus=(product.sku,)),
        offer_id=product.offer_id or "",
        created_at=moment(raw.created_at, "created_at", met),
        replaces=next((replaces[n] for n in names if n in replaces), None),
    )


def claim_names(
    posting_number: str | None, sku: int | None, offer_id: str | None
) -> tuple[tuple[str, str], ...]:
    """Return by what a claim and a return of the same product are known to be one."""
    if not posting_number:
        return ()
    return tuple((posting_number, key) for key in _keys(offer_id=offer_id, skus=(sku,)))


def parse_stock(raw: StockRow, met: Met, *, warehouse_id: str) -> SeenStock | None:
    """Return what Ozon shows and holds for one product in one warehouse.

    `present` counts the reserved units too; `free_stock` is what buyers can order. None where
    neither can be told, or the numbers cannot be.
    """
    keys = _keys(offer_id=raw.offer_id, skus=(raw.sku,), product_id=raw.product_id)
    free = raw.free_stock
    if free is None and raw.present is not None and raw.reserved is not None:
        free = raw.present - raw.reserved
    if not keys or free is None or not _is_count(free):
        word = "" if free is None else str(free)
        met("free_stock" if keys else "product_id", word, left_out=True)
        return None
    reserved = raw.reserved
    if reserved is not None and not _is_count(reserved):
        met("reserved", str(reserved))
        reserved = None
    return SeenStock(listing_keys=keys, warehouse_id=warehouse_id, free=free, reserved=reserved)


def parse_outcome(
    update: StockUpdate,
    result: StockResult | None,
    met: Met,
    *,
    interval_s: float,
    repeated: bool = False,
    clean: Callable[[str], str] = str,
) -> PushOutcome:
    """Return the verdict on one pushed pair; `result` None: the answer does not mention it.

    Only `updated` without errors is an acceptance, and an error that says so. The list of codes is
    open: one that is not in the table is a refusal. `repeated`: the request had to be sent more
    than once; "too often" may then mean that an earlier sending, whose answer was lost, counted.
    """
    if result is None:
        return PushOutcome(
            update, Verdict.UNKNOWN, "NO_RESULT", tr("Ozon's answer does not mention it")
        )
    errors = result.errors or ()
    if not errors:
        if result.updated:
            return PushOutcome(update, Verdict.ACCEPTED)
        return PushOutcome(
            update, Verdict.UNKNOWN, "NOT_UPDATED", tr("not updated, no reason given")
        )
    verdicts = {_verdict(error, met) for error in errors}
    code = clean(errors[0].code or "")
    message = clean("; ".join(e.message for e in errors if e.message))
    if Verdict.LATER in verdicts:
        verdict = Verdict.UNKNOWN if repeated else Verdict.LATER
        return PushOutcome(update, verdict, code, message, retry_after_s=interval_s)
    if verdicts == {Verdict.ACCEPTED}:
        return PushOutcome(update, Verdict.ACCEPTED)
    return PushOutcome(update, Verdict.REFUSED, code, message)


def _verdict(error: ItemError, met: Met) -> Verdict:
    if statuses.TOO_FREQUENT in (error.message or "").lower():
        return Verdict.LATER
    code = error.code or ""
    if code not in statuses.ITEM_ERRORS:
        met("result.errors.code", code)
    return statuses.ITEM_ERRORS.get(code, Verdict.REFUSED)


def moment(text: str | None, field: str, met: Met) -> datetime | None:
    """Return a moment of the contract, in UTC; None for none.

    A time without a zone is UTC, as all are. What is unset may be told as the year 1. Anything else
    that is no moment of these centuries is told to `met`.
    """
    if not text or is_no_date(text):
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        at = None
    if at is None or at.year not in YEARS:
        met(field, text)
        return None
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)


def is_no_date(text: str | None) -> bool:
    """Tell whether a date is one that was never set."""
    return not text or text.startswith("0001-")


def is_date(text: str | None) -> bool:
    """Tell whether a moment is set, whatever it is."""
    return not is_no_date(text)


def parse_error(status: int, body: bytes) -> Refusal:
    """Return what an error says; a closed method and a used-up limit are waits, by their words."""
    refusal = plain_refusal(status, body)
    words = refusal.message.lower()
    wait_s = None
    if "circle is open" in words:
        wait_s = facts.CIRCLE_OPEN_S
    elif "rate limit" in words:
        wait_s = facts.RATE_LIMIT_S
    return Refusal(refusal.code, refusal.message, wait_s=wait_s)


def requests_left(headers: Mapping[str, str]) -> Left | None:
    """Return what an answer's headers say of the limit that it was counted against."""
    left = count(headers, "ratelimit-remaining")
    return None if left is None else Left(float(left))
