"""From what Yandex.Market answers to our records: plain functions, no requests."""

from __future__ import annotations

from collections.abc import Container, Iterable
from datetime import UTC, datetime
from typing import Any

from cloudstock.domain.records import (
    Listing,
    Order,
    OrderLine,
    Return,
    ReturnStep,
    SeenStock,
    Step,
)
from cloudstock.language import mark
from cloudstock.marketplaces.base import Met
from cloudstock.marketplaces.fields import address
from cloudstock.marketplaces.yandex_market import statuses, wire


def tell_unless(met: Met, words: Container[str], field: str, word: str | None) -> None:
    """Tell of a word unless it is known, or not there."""
    if word is not None and word not in words:
        met(field, word)


# Catalogue


def parse_listing(
    offer: wire.Offer, campaign_id: int, met: Met, *, cards: Any = None
) -> Listing | None:
    """Return an offer as the shop's listing: its id is the seller's own article.

    `cards`: where it is shown, as the answer has it.
    None where the shop does not offer it; an archived offer may name no shop and counts as its own.
    """
    for place in offer.campaigns or ():
        tell_unless(met, statuses.OFFER_STATES, "campaigns.status", place.status)
    in_shop = next((p for p in offer.campaigns or () if p.campaign_id == campaign_id), None)
    if in_shop is None and (offer.campaigns or not offer.archived):
        return None
    archived_here = in_shop is not None and in_shop.status == statuses.ARCHIVED
    return Listing(
        external_id=offer.offer_id,
        offer_id=offer.offer_id,
        name=offer.name or offer.offer_id,
        barcodes=offer.barcodes or (),
        keys=listing_keys(offer.offer_id),
        archived=bool(offer.archived) or archived_here,
        card_url=_card(cards),
        picture_url=address(offer.pictures),
    )


def _card(cards: Any) -> str:
    """Return where buyers see an offer, of several cards that for people; "": not told."""
    showcases = [c for c in cards if isinstance(c, dict)] if isinstance(cards, list) else []
    showcases.sort(key=lambda c: c.get("showcaseType") != "B2C")
    return address([c.get("showcaseUrl") for c in showcases])


def listing_keys(offer_id: str) -> tuple[str, ...]:
    """Return the keys by which orders, returns and stocks name a listing."""
    return (f"offer:{offer_id}",)


# Orders


def parse_order(raw: wire.Order, met: Met, *, warehouse_id: str | None) -> Order:
    """Return an order in its present state.

    `warehouse_id` is the configured name of the warehouse that it is sent from.
    """
    _tell_order_words(raw, met)
    substatus = raw.substatus or ""
    step = statuses.step(raw.status, substatus, raw.program_type or "")
    units = [unit for item in raw.items for unit in item.item_statuses or ()]
    gone = any(statuses.UNITS_GONE.get(unit.status) and unit.count > 0 for unit in units)
    return Order(
        order_id=str(raw.order_id),
        step=step,
        status="/".join(word for word in (raw.status, substatus) if word),
        created_at=raw.creation_date.astimezone(UTC),
        lines=_parse_lines(raw, step),
        warehouse_id=warehouse_id,
        left_warehouse=statuses.left_warehouse(step, substatus, units_gone=gone),
        changed_at=_utc(raw.update_date),
        gives_back=statuses.reason(substatus).gives_back if step is Step.CANCELLED else None,
        ignored=_why_ignored(raw),
    )


def _tell_order_words(raw: wire.Order, met: Met) -> None:
    tell_unless(met, statuses.STEPS, "status", raw.status)
    tell_unless(met, statuses.SUBSTATUSES, "substatus", raw.substatus)
    tell_unless(met, statuses.SELLERS_OWN, "programType", raw.program_type)
    for item in raw.items:
        if item.count != wire.units(item.count):
            met("items.count", item.count)
        for unit in item.item_statuses or ():
            tell_unless(met, statuses.UNITS_GONE, "items.itemStatuses.status", unit.status)


def _parse_lines(raw: wire.Order, step: Step) -> tuple[OrderLine, ...]:
    left = [_not_cancelled(item) for item in raw.items]
    if step is Step.CANCELLED and not any(left):
        # The units only repeat what the order says: how many they were is still of use.
        left = [wire.units(item.count) for item in raw.items]
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
    ordered = wire.units(item.count)
    counts = [(unit.status, wire.units(unit.count)) for unit in item.item_statuses or ()]
    cancelled = sum(count for status, count in counts if status == statuses.UNIT_CANCELLED)
    units = max(ordered, sum(count for _, count in counts))
    return max(0, min(ordered, units - cancelled))


# Why an order counts for nothing; the database keeps it in English.
TEST_ORDER = mark("a test order")
HELD = mark("goods held by Market")


def _why_ignored(raw: wire.Order) -> str | None:
    if raw.fake:
        return TEST_ORDER
    # A model that nobody knows may well be the seller's.
    if not statuses.SELLERS_OWN.get(raw.program_type or "", True):
        return f"{HELD} ({raw.program_type})"
    return None


# Returns


def parse_returns(raw: wire.Return, met: Met) -> tuple[Return, ...]:
    """Return one record per article of a return or of an order that was never taken."""
    _tell_return_words(raw, met)
    items: dict[str, list[wire.ReturnItem]] = {}
    for item in raw.items:
        items.setdefault(item.shop_sku, []).append(item)
    return tuple(parse_return(raw, sku, same) for sku, same in items.items())


def parse_return(raw: wire.Return, sku: str, items: Iterable[wire.ReturnItem]) -> Return:
    """Return what one article of a return says; `items` are all rows of that article.

    Where every unit is told of, the units decide, and of units handed over in part only those
    handed over are counted; else the return's own status decides. There is no time of the
    hand-over: it was no later than the last change.
    """
    rows = tuple(items)
    count = sum(wire.units(row.count) for row in rows)
    instances = [unit for row in rows for unit in row.instances or ()]
    step = statuses.return_step(
        raw.shipment_status, raw.refund_status, buyer_keeps=bool(raw.fast_return)
    )
    quantity = count
    if (
        step is not ReturnStep.NEVER
        and len(instances) == count
        and all(u.status for u in instances)
    ):
        step, quantity = _by_units(instances, step)
    return Return(
        return_id=f"{raw.id}/{sku}",
        step=step,
        status="/".join(
            word for word in (raw.return_type, raw.shipment_status or raw.refund_status) if word
        ),
        quantity=quantity,
        order_id=str(raw.order_id),
        listing_keys=listing_keys(sku),
        offer_id=sku,
        created_at=_utc(raw.creation_date),
        changed_at=_utc(raw.update_date),
        condition=_condition(instances),
    )


def _tell_return_words(raw: wire.Return, met: Met) -> None:
    tell_unless(met, statuses.RETURN_TYPES, "returnType", raw.return_type)
    tell_unless(met, statuses.RETURN_STEPS, "shipmentStatus", raw.shipment_status)
    tell_unless(met, statuses.REFUNDS, "refundStatus", raw.refund_status)
    for item in raw.items:
        if item.count != wire.units(item.count):
            met("items.count", item.count)
        for unit in item.instances or ():
            tell_unless(met, statuses.INSTANCE_STEPS, "items.instances.status", unit.status)
            tell_unless(met, statuses.FIT, "items.instances.stockType", unit.stock_type)


def _by_units(units: Iterable[wire.ReturnInstance], step: ReturnStep) -> tuple[ReturnStep, int]:
    """Return the step of several units and how many it speaks of."""
    steps = [statuses.INSTANCE_STEPS.get(unit.status or "", ReturnStep.UNKNOWN) for unit in units]
    for first in (ReturnStep.RECEIVED, ReturnStep.UNKNOWN, ReturnStep.EXPECTED):
        if first in steps:
            return first, steps.count(first)
    return ReturnStep.NEVER if steps else step, len(steps)


def _condition(units: Iterable[wire.ReturnInstance]) -> str | None:
    """Return the words for units unfit for sale; one such unit makes all of them wait."""
    unfit = {u.stock_type for u in units if u.stock_type and not statuses.FIT.get(u.stock_type)}
    return ", ".join(sorted(unfit)) or None


# Stocks


def parse_stock(offer: wire.OfferStocks, warehouse_id: str, met: Met) -> SeenStock:
    """Return what buyers can order of one offer and what is held for orders.

    The types overlap: FIT is both together, and tells what is free where nothing else does. One
    that is absent counts zero. Where several shops sell one stock, what is held is held for the
    orders of all of them.
    """
    for stock in offer.stocks or ():
        tell_unless(met, statuses.STOCK_TYPES, "stocks.type", stock.type)
        if stock.count != wire.units(stock.count):
            met("stocks.count", stock.count)
    counts = {stock.type: wire.units(stock.count) for stock in offer.stocks or ()}
    reserved = counts.get(statuses.RESERVED, 0)
    rest = max(0, counts.get(statuses.FIT_IN_ALL, 0) - reserved)
    return SeenStock(
        listing_keys=listing_keys(offer.offer_id),
        warehouse_id=warehouse_id,
        free=counts.get(statuses.ON_SALE, rest),
        reserved=reserved,
    )


def _utc(moment: datetime | None) -> datetime | None:
    return None if moment is None else moment.astimezone(UTC)
