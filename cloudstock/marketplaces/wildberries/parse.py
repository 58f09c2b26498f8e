"""From what Wildberries answers to our records: plain functions, no requests.

A row that lacks what nothing can be made without, and every word that no table knows, is told to
`met` as (field, word); the row is left out, or read as far as it goes.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, NamedTuple

import msgspec

from cloudstock.domain.moments import DAY, EXACT, span
from cloudstock.domain.records import (
    Listing,
    MarketplaceWarehouse,
    Order,
    OrderLine,
    OrderRef,
    Return,
    ReturnStep,
    SeenStock,
    Step,
)
from cloudstock.errors import DatabaseError
from cloudstock.language import tr
from cloudstock.marketplaces import refusals
from cloudstock.marketplaces.base import Met
from cloudstock.marketplaces.fields import UNITS_MAX, address, within_reason
from cloudstock.marketplaces.wildberries import statuses, wire
from cloudstock.marketplaces.wildberries.facts import (
    CARD,
    DELIVERY_TYPES,
    MOSCOW,
    ORDER_DELIVERY_TYPES,
)
from cloudstock.marketplaces.wildberries.statuses import Family

ONE_SIZE = "0"
ID_MAX = 2**63 - 1


class Task(NamedTuple):
    """An assembly task that can be asked for again."""

    id: int
    created_at: datetime
    chrt_id: int | None = None
    nm_id: int | None = None
    article: str = ""
    skus: tuple[str, ...] = ()
    warehouse_id: int | None = None


class Words(NamedTuple):
    """What a method of statuses says of an order; empty words: nothing."""

    supplier_status: str = ""
    wb_status: str = ""
    # It may be put back from delivery into assembly.
    transferable: bool = False

    @property
    def pair(self) -> tuple[str, str]:
        """Both words."""
        return self.supplier_status, self.wb_status


class Refusal(NamedTuple):
    """A reason for which a stock update was refused."""

    code: str
    message: str
    # Sizes that it names; empty where it names none.
    chrt_ids: frozenset[int] = frozenset()


def usable_id(value: object) -> int | None:
    """Return an id that can be sent back; None for anything else. Digits in a text are one."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 19:
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return value if 1 <= value <= ID_MAX else None


# ---------------------------------------------------------------- warehouses, cards


def parse_warehouse(raw: wire.Warehouse, met: Met) -> MarketplaceWarehouse | None:
    """Return a seller's warehouse; unusable where its orders are not read, or it is going away."""
    warehouse_id = usable_id(raw.id)
    if warehouse_id is None:
        met("id", raw.id, left_out=True)
        return None
    unusable = None
    if raw.delivery_type not in DELIVERY_TYPES:
        met("deliveryType", raw.delivery_type)
        unusable = tr(
            "delivery type {number}: its orders are not read",
            number="?" if raw.delivery_type is None else raw.delivery_type,
        )
    elif raw.is_deleting:
        unusable = tr("being deleted")
    return MarketplaceWarehouse(
        warehouse_id=str(warehouse_id), name=refusals.clean(raw.name or ""), unusable=unusable
    )


def parse_card(card: wire.Card, met: Met, *, article: str, archived: bool) -> tuple[Listing, ...]:
    """Return the listings of a card: one per size, the marketplace's stock unit."""
    sizes = card.sizes or ()
    if not sizes:
        met("sizes", None, left_out=True)
    one_size = len(sizes) == 1 and (sizes[0].tech_size or ONE_SIZE) == ONE_SIZE
    listings = []
    for size in sizes:
        if usable_id(size.chrt_id) is None:
            met("chrtID", size.chrt_id, left_out=True)
            continue
        template = "{vendorCode}" if one_size else article
        listings.append(
            parse_listing(card, size, article=template, archived=archived, alone=len(sizes) == 1)
        )
    return tuple(listings)


def parse_listing(
    card: wire.Card, size: wire.CardSize, *, article: str, archived: bool, alone: bool
) -> Listing:
    """Return one size of a card as a listing.

    `article` is the template of `Listing.offer_id` over {vendorCode} and {techSize}. All sizes of
    a card share one vendorCode, so only goods without sizes may go by it alone. `alone`: the card
    has no other size, so that it can stand for this one.
    """
    barcodes = size.skus or ()
    vendor_code = card.vendor_code or ""
    tech_size = size.tech_size or ONE_SIZE
    name = card.title or vendor_code
    chrt_id = usable_id(size.chrt_id)
    return Listing(
        external_id=str(chrt_id),
        # With no vendorCode there is no article, whatever the template makes of it.
        offer_id=(
            fill_article(article, vendor_code=vendor_code, tech_size=tech_size)
            if vendor_code
            else ""
        ),
        name=name if tech_size == ONE_SIZE else f"{name}, {tech_size}",
        barcodes=barcodes,
        keys=(
            *_size_keys(chrt_id, barcodes),
            *(_card_keys(card.nm_id, vendor_code) if alone else ()),
        ),
        archived=archived,
        card_url=CARD.format(nm_id=card.nm_id) if usable_id(card.nm_id) else "",
        picture_url=_picture(card.photos),
    )


def _picture(photos: Any) -> str:
    """Return the address of a card's first photo, the small one where it is told."""
    pictures = [p for p in photos if isinstance(p, dict)] if isinstance(photos, list) else []
    return address([p.get("c246x328") or p.get("big") for p in pictures])


def fill_article(template: str, *, vendor_code: str, tech_size: str) -> str:
    """Return the article of a size. Only the two known names are replaced, each once over."""
    parts = template.split("{vendorCode}")
    return vendor_code.join(part.replace("{techSize}", tech_size) for part in parts)


def _size_keys(chrt_id: int | None, barcodes: Iterable[str]) -> tuple[str, ...]:
    sizes = (f"chrt:{chrt_id}",) if chrt_id else ()
    return (*sizes, *(f"barcode:{barcode}" for barcode in barcodes))


def _card_keys(nm_id: int | None, vendor_code: str) -> tuple[str, ...]:
    """Keys of a whole card: those of a listing only where the card has one size."""
    cards = (f"nm:{nm_id}",) if nm_id else ()
    return (*cards, f"article:{vendor_code}") if vendor_code else cards


# ---------------------------------------------------------------- orders


def parse_task(raw: wire.Task, family: Family, met: Met, *, now: datetime) -> Task | None:
    """Return a listed task; None for one without a usable id, which nobody could ask for again.

    One that does not tell when it was made counts as made `now`.
    """
    if raw.delivery_type is not None and raw.delivery_type not in ORDER_DELIVERY_TYPES[family]:
        met("deliveryType", raw.delivery_type)
    order_id = usable_id(raw.id)
    if order_id is None:
        met("id", raw.id, left_out=True)
        return None
    created_at = _moment(raw.created_at)
    if created_at is None:
        met("createdAt", raw.created_at)
    return Task(
        id=order_id,
        created_at=created_at or now,
        chrt_id=usable_id(raw.chrt_id),
        nm_id=usable_id(raw.nm_id),
        article=raw.article or "",
        skus=tuple(filter(None, raw.skus or ())),
        warehouse_id=usable_id(raw.warehouse_id),
    )


def _moment(text: str | None) -> datetime | None:
    """Return a time with its zone, in UTC; None for what is none of our century."""
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
        within_reason(moment=moment)
        return moment.astimezone(UTC) if moment.tzinfo else None
    except (ValueError, OverflowError):
        return None


def parse_words(raw: wire.Status) -> tuple[int | None, Words]:
    """Return what is said of the order with this id; None: of one that has none."""
    words = Words(raw.supplier_status or "", raw.wb_status or "", bool(raw.is_transferable))
    return usable_id(raw.id if raw.order_id is None else raw.order_id), words


def parse_order(
    task: Task, family: Family, words: Words, met: Met, *, reship: bool = False
) -> Order:
    """Return an assembly task as an order: one line of one unit.

    `reship`: the task is in the list of those that were handed over and not accepted.
    """
    is_now = statuses.fate(family, *words.pair)
    _tell_words(family, words, is_now, met)
    if reship:
        is_now = statuses.RESHIPPED
    status = refusals.clean("/".join(words.pair))
    handle = wire.Handle(
        family=family.value,
        chrt_id=task.chrt_id,
        warehouse_id=task.warehouse_id,
        article=task.article,
        skus=task.skus,
        nm_id=task.nm_id,
    )
    # An article may be several sizes', so it speaks only where nothing else does.
    keys = _size_keys(task.chrt_id, task.skus) or _card_keys(task.nm_id, task.article)
    return Order(
        order_id=str(task.id),
        step=is_now.step,
        status=f"{status}, to be shipped again" if reship else status,
        created_at=task.created_at,
        lines=(OrderLine(line_id="1", listing_keys=keys, quantity=1, offer_id=task.article),),
        warehouse_id=None if task.warehouse_id is None else str(task.warehouse_id),
        left_warehouse=is_now.left_warehouse,
        unscanned=is_now.unscanned or (is_now.step is Step.SHIPPED and words.transferable),
        handle=msgspec.json.encode(handle).decode(),
    )


def _tell_words(family: Family, words: Words, is_now: statuses.Fate, met: Met) -> None:
    """Tell words that no table knows, and two known ones that cannot both be true."""
    if is_now.contradiction:
        met("supplierStatus/wbStatus", "/".join(words.pair))
    if not statuses.is_supplier_status(family, words.supplier_status):
        met("supplierStatus", words.supplier_status)
    if not statuses.is_wb_status(family, words.wb_status):
        met("wbStatus", words.wb_status)


def parse_archived_order(raw: wire.ArchivedTask, met: Met, *, now: datetime) -> Order | None:
    """Return a task of the archive, whose `createdAt` may be a bare day; None without an id."""
    product = raw.product or wire.ArchivedProduct()
    status = raw.status or wire.ArchivedStatus()
    task = parse_task(
        wire.Task(
            id=raw.id,
            created_at=_archived_at(raw.created_at),
            chrt_id=product.chrt_id,
            nm_id=product.nm_id,
            article=product.article,
            skus=product.skus,
            warehouse_id=raw.warehouse_id,
        ),
        Family.FBS,
        met,
        now=now,
    )
    if task is None:
        return None
    words = Words(status.supplier_status or "", status.wb_status or "")
    return parse_order(task, Family.FBS, words, met)


def _archived_at(text: str | None) -> str | None:
    try:
        return moscow_moment(text).isoformat() if text else None
    except ValueError:
        return text


def recall_task(ref: OrderRef) -> tuple[Family, Task]:
    """Return the task that a handle made by `parse_order` keeps.

    Raises DatabaseError if it is not such a handle.
    """
    try:
        handle = msgspec.json.decode(ref.handle, type=wire.Handle)
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
        nm_id=handle.nm_id,
        article=handle.article,
        skus=handle.skus,
        warehouse_id=handle.warehouse_id,
    )
    return family, task


# ---------------------------------------------------------------- what comes back, what is shown


def parse_return(row: wire.ReturnRow, met: Met, *, now: datetime) -> Return | None:
    """Return a row of the item-returns report: one unit; None for one that has no id.

    The free texts `returnStatus` and `returnType` are shown, never judged: the only thing that
    says "handed to the seller" is `completedDt`, a second or a day of Moscow's. One that says so
    with no time that can be read was handed over now. All that follows from the day of `orderDt`
    is that the unit had left by then, so it counts as the day's last moment (not after `now`).
    """
    return_id = row.srid or ("" if row.shk_id is None else str(row.shk_id))
    if not return_id:
        met("srid", row.srid, left_out=True)
        return None
    received_at = _moment_of(row.completed_dt, "completedDt", met)
    ordered_at = _moment_of(row.order_dt, "orderDt", met)
    return Return(
        return_id=return_id,
        step=ReturnStep.RECEIVED if row.completed_dt else ReturnStep.EXPECTED,
        status=refusals.clean(" / ".join(w for w in (row.return_status, row.return_type) if w)),
        quantity=1,
        order_id=str(row.order_id) if row.order_id else None,
        listing_keys=(f"barcode:{row.sku}",) if row.sku else (),
        created_at=None if ordered_at is None else min(span(ordered_at, DAY).latest, now),
        received_at=(received_at or now) if row.completed_dt else None,
        resolution=DAY if received_at and is_day(row.completed_dt or "") else EXACT,
    )


def _moment_of(text: str | None, name: str, met: Met) -> datetime | None:
    if not text:
        return None
    try:
        return moscow_moment(text)
    except ValueError:
        met(name, text)
        return None


def parse_stock(item: wire.SeenItem, warehouse_id: str, met: Met) -> SeenStock | None:
    """Return what buyers can still order of one size; Wildberries tells no reserve.

    None for what is no number of units of a size: what the size shows is then not known.
    """
    chrt_id = usable_id(item.chrt_id)
    if chrt_id is None:
        met("chrtId", item.chrt_id, left_out=True)
        return None
    if item.amount is None or not 0 <= item.amount <= UNITS_MAX:
        met("amount", item.amount, left_out=True)
        return None
    return SeenStock(listing_keys=(f"chrt:{chrt_id}",), warehouse_id=warehouse_id, free=item.amount)


# ---------------------------------------------------------------- errors


def parse_error(status: int, body: bytes) -> refusals.Refusal:
    """Return what an error says, in whichever of the hosts' shapes; empty where in none."""
    del status
    try:
        answer = msgspec.json.decode(body, type=wire.ErrorBody)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return refusals.Refusal()
    detail = answer.detail if isinstance(answer.detail, str) else ""
    words = (answer.title, answer.message, answer.error_text, detail)
    return refusals.Refusal(
        code="" if answer.code is None else str(answer.code),
        message=": ".join(w for w in words if w),
    )


def parse_refusals(body: bytes) -> tuple[Refusal, ...]:
    """Return the reasons of a 406 or 409 to a stock update: an array of them, or one object.

    Whatever `data` is, its code is read. Empty if the body is neither.
    """
    try:
        answer = msgspec.json.decode(body, type=tuple[wire.Refusal, ...] | wire.Refusal)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return ()
    return tuple(
        Refusal(
            "" if raw.code is None else str(raw.code), raw.message or "", _named_sizes(raw.data)
        )
        for raw in ((answer,) if isinstance(answer, wire.Refusal) else answer)
    )


def _named_sizes(data: object) -> frozenset[int]:
    """Return the sizes in a list of {sku, chrtId, amount}; older forms lack the chrtId."""
    rows = data if isinstance(data, list) else ()
    ids = (usable_id(row.get("chrtId")) for row in rows if isinstance(row, dict))
    return frozenset(i for i in ids if i is not None)


def moscow_moment(text: str) -> datetime:
    """Return a time of Moscow's, written without a zone, or a day's beginning, as aware UTC.

    Raises ValueError for what is neither, or of another century.
    """
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as problem:
        raise ValueError(f"{text[:40]!r} is neither a time nor a day") from problem
    within_reason(time=moment)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=MOSCOW)
    return moment.astimezone(UTC)


def is_day(text: str) -> bool:
    """Return whether a time that can be read is a bare day."""
    return len(text) == len("2026-11-23")
