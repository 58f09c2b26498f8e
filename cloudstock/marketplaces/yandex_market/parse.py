"""From what Yandex.Market answers to our records: plain functions, no requests."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from cloudstock.domain.records import (
    Listing,
    MarketplaceWarehouse,
    Order,
    OrderLine,
    Return,
    ReturnStep,
    ShownStock,
    Step,
)
from cloudstock.language import mark
from cloudstock.marketplaces.http import clean
from cloudstock.marketplaces.yandex_market import statuses, wire
from cloudstock.marketplaces.yandex_market.facts import HELD_PROGRAMS

# `Order.handle` of an order that was packed when it was read last.
PACKED = "packed"

_AVAILABLE, _FREEZE = "AVAILABLE", "FREEZE"
_ARCHIVED = "ARCHIVED"


def parse_warehouse(raw: wire.Warehouse) -> MarketplaceWarehouse:
    """Return a warehouse of the seller; those of one group share one stock by themselves."""
    return MarketplaceWarehouse(
        warehouse_id=str(raw.id),
        name=clean(raw.name),
        group=None if raw.group_info is None else str(raw.group_info.id),
    )


def is_in_campaign(offer: wire.Offer, campaign_id: int) -> bool:
    """Return whether a shop offers it; an archived offer may name no shop and counts as its own."""
    if not offer.campaigns:
        return bool(offer.archived)
    return any(place.campaign_id == campaign_id for place in offer.campaigns)


def parse_listing(offer: wire.Offer, campaign_id: int) -> Listing:
    """Return an offer as the shop's listing: its id is the seller's own article."""
    in_shop = next((p for p in offer.campaigns or () if p.campaign_id == campaign_id), None)
    archived_here = in_shop is not None and in_shop.status == _ARCHIVED
    return Listing(
        external_id=offer.offer_id,
        offer_id=offer.offer_id,
        name=offer.name or offer.offer_id,
        barcodes=offer.barcodes or (),
        keys=listing_keys(offer.offer_id),
        archived=bool(offer.archived) or archived_here,
    )


def listing_keys(offer_id: str) -> tuple[str, ...]:
    """Return the keys by which orders, returns and stocks name a listing."""
    return (f"offer:{offer_id}",)


def parse_order(raw: wire.Order, *, warehouse_id: str | None, was_packed: bool = False) -> Order:
    """Return an order in its present state.

    `warehouse_id` is the configured name of the warehouse that it is sent from; `was_packed`:
    an earlier reading found it packed, from where a cancellation gives nothing back.
    """
    substatus = raw.substatus or ""
    step = statuses.step(raw.status, substatus)
    units = [unit for item in raw.items for unit in item.item_statuses or ()]
    gone = any(unit.status in statuses.UNITS_GONE and unit.count for unit in units)
    gives_back = None
    if step is Step.CANCELLED:
        gives_back = False if was_packed else statuses.reason(substatus).gives_back
    packed = (raw.status, substatus) == statuses.PACKED
    return Order(
        order_id=str(raw.order_id),
        step=step,
        status="/".join(word for word in (raw.status, substatus) if word),
        created_at=raw.creation_date.astimezone(UTC),
        lines=_parse_lines(raw, step),
        warehouse_id=warehouse_id,
        left_shelf=statuses.left_shelf(raw.status, substatus, units_gone=gone),
        changed_at=_utc(raw.update_date),
        gives_back=gives_back,
        handle=PACKED if packed else "",
        ignored=_why_ignored(raw),
    )


def _parse_lines(raw: wire.Order, step: Step) -> tuple[OrderLine, ...]:
    left = [_not_cancelled(item) for item in raw.items]
    if step is Step.CANCELLED and not any(left):
        # The units only repeat what the order says: how many they were is still of use.
        left = [item.count for item in raw.items]
    return tuple(
        OrderLine(
            line_id=str(item.id),
            listing_keys=listing_keys(item.offer_id),
            quantity=quantity,
            offer_id=item.offer_id,
        )
        for item, quantity in zip(raw.items, left, strict=True)
    )


def _not_cancelled(item: wire.OrderItem) -> int:
    """Return the units of an item that are still ordered.

    The contract does not say whether `count` still holds units taken out of the order: where the
    units' states add up to more than `count`, it does not.
    """
    units = item.item_statuses or ()
    cancelled = sum(unit.count for unit in units if unit.status == statuses.UNIT_CANCELLED)
    told = max(item.count, sum(unit.count for unit in units))
    return max(0, min(item.count, told - cancelled))


# Why an order counts for nothing; the book keeps it in English.
TEST_ORDER = mark("a test order")
HELD = mark("goods held by Market")


def _why_ignored(raw: wire.Order) -> str | None:
    if raw.fake:
        return TEST_ORDER
    if raw.program_type in HELD_PROGRAMS:
        return f"{HELD} ({raw.program_type})"
    return None


def parse_returns(raw: wire.Return) -> tuple[Return, ...]:
    """Return one record per article of a return or of an order that was never taken."""
    items: dict[str, list[wire.ReturnItem]] = {}
    for item in raw.items:
        items.setdefault(item.shop_sku, []).append(item)
    return tuple(parse_return(raw, sku, same) for sku, same in items.items())


def parse_return(raw: wire.Return, sku: str, items: Iterable[wire.ReturnItem]) -> Return:
    """Return what one article of a return says; `items` are all rows of that article.

    Where every unit is told of, the units decide, and of units handed over in part only those
    handed over are counted; else the return's own status decides. There is no time of the
    hand-over: the last change stands for it, which is never earlier.
    """
    rows = tuple(items)
    count = sum(row.count for row in rows)
    units = [unit for row in rows for unit in row.instances or ()]
    step = statuses.return_step(
        raw.shipment_status, raw.refund_status, buyer_keeps=bool(raw.fast_return)
    )
    quantity = count
    if step is not ReturnStep.NEVER and len(units) == count and all(u.status for u in units):
        step, quantity = _by_units(units, step)
    return Return(
        return_id=f"{raw.id}/{sku}",
        step=step,
        status="/".join(w for w in (raw.return_type, raw.shipment_status) if w),
        quantity=quantity,
        order_id=str(raw.order_id),
        listing_keys=listing_keys(sku),
        offer_id=sku,
        created_at=_utc(raw.creation_date),
        received_at=_utc(raw.update_date) if step is ReturnStep.RECEIVED else None,
        condition=_condition(units),
    )


def _by_units(units: Iterable[wire.ReturnInstance], step: ReturnStep) -> tuple[ReturnStep, int]:
    """Return the step of several units and how many it speaks of."""
    steps = [statuses.INSTANCE_STEPS.get(unit.status or "", ReturnStep.UNKNOWN) for unit in units]
    for told in (ReturnStep.RECEIVED, ReturnStep.UNKNOWN, ReturnStep.EXPECTED):
        if told in steps:
            return told, steps.count(told)
    return ReturnStep.NEVER if steps else step, len(steps)


def _condition(units: Iterable[wire.ReturnInstance]) -> str | None:
    """Return the words for units unfit for sale; one such unit makes all of them wait."""
    unfit = {u.stock_type for u in units if u.stock_type and u.stock_type != statuses.FIT}
    return ", ".join(sorted(unfit)) or None


def parse_stock(offer: wire.OfferStocks, warehouse_id: str, *, shared: bool) -> ShownStock:
    """Return what buyers can order of one offer and what is held for orders.

    The types overlap (FIT is both together), and one that is absent counts zero. `shared`: the
    warehouse is one of a group, whose reserve holds other shops' orders, too, so it tells nothing
    of this one's.
    """
    counts = {stock.type: stock.count for stock in offer.stocks or ()}
    return ShownStock(
        listing_keys=listing_keys(offer.offer_id),
        warehouse_id=warehouse_id,
        free=counts.get(_AVAILABLE, 0),
        reserved=None if shared else counts.get(_FREEZE, 0),
    )


def _utc(moment: datetime | None) -> datetime | None:
    return None if moment is None else moment.astimezone(UTC)
