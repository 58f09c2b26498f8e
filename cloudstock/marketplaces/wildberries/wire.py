"""What goes over the wire: requests and answers as msgspec structs, named as the contract does.

Spelling differs per host: content says `nmID` and `chrtID`, marketplace `nmId` and `chrtId`, the
reshipment list `orderID`. The contract requires hardly any field of an answer, so a row that lacks
one is still read; `parse` says what it is good for. A list may be null where it is empty; where it
is missing, the answer is not what was asked for, and is refused: read as an empty one, it would
hide all orders.

Source: the seller API's OpenAPI (dev.wildberries.ru), checked 2026-11-29.
"""

from __future__ import annotations

from typing import Any

from msgspec import Struct, field

# Warehouses, identity


class Warehouse(Struct, frozen=True, rename="camel"):
    """An item of GET /api/v3/warehouses, whose answer is a bare array."""

    id: int | None = None
    delivery_type: int | None = None
    name: str | None = None
    is_deleting: bool | None = None
    is_processing: bool | None = None


class SellerInfo(Struct, frozen=True, rename="camel"):
    """GET /api/v1/seller-info."""

    name: str | None = None
    trade_mark: str | None = None


class TokenPayload(Struct, frozen=True):
    """The readable part of a token."""

    exp: int | None = None
    # Bit mask of categories; bit 30: read only.
    s: int = 0
    # 1 basic, 2 test, 3 personal, 4 service.
    acc: int = 0
    t: bool = False


class ErrorBody(Struct, frozen=True, rename="camel"):
    """What the hosts' several shapes of errors have in common; all of it may be missing."""

    code: str | int | None = None
    message: str | None = None
    title: str | None = None
    # An object in DBS batch methods.
    detail: object = None
    # Content.
    error_text: str | None = None


# Cards


class CardsSort(Struct, frozen=True):
    """Oldest change first, so that the position can be kept for the next time."""

    ascending: bool = True


class CardsFilter(Struct, frozen=True, rename="camel"):
    """All cards, with and without a photo."""

    with_photo: int = -1


class CardsPosition(Struct, frozen=True, omit_defaults=True):
    """`settings.cursor` of cards/list; the position is echoed unchanged, both keys or none."""

    limit: int
    updatedAt: str | None = None  # noqa: N815 - as on the wire
    nmID: int | None = None  # noqa: N815 - as on the wire


class CardsSettings(Struct, frozen=True):
    """`settings` of cards/list."""

    cursor: CardsPosition
    sort: CardsSort = CardsSort()
    filter: CardsFilter = CardsFilter()


class CardsRequest(Struct, frozen=True):
    """POST /content/v2/get/cards/list."""

    settings: CardsSettings


class TrashPosition(Struct, frozen=True, omit_defaults=True):
    """`settings.cursor` of cards/trash."""

    limit: int
    trashedAt: str | None = None  # noqa: N815 - as on the wire
    nmID: int | None = None  # noqa: N815 - as on the wire


class TrashSettings(Struct, frozen=True):
    """`settings` of cards/trash."""

    cursor: TrashPosition
    sort: CardsSort = CardsSort()


class TrashRequest(Struct, frozen=True):
    """POST /content/v2/get/cards/trash."""

    settings: TrashSettings


class CardSize(Struct, frozen=True):
    """One size of a card: the stock unit."""

    chrt_id: int | None = field(name="chrtID", default=None)
    tech_size: str | None = field(name="techSize", default=None)
    skus: tuple[str, ...] | None = None


class Card(Struct, frozen=True):
    """One card: a product in one colour. The trash tells no title."""

    nm_id: int | None = field(name="nmID", default=None)
    vendor_code: str | None = field(name="vendorCode", default=None)
    title: str | None = None
    # Of each the addresses by size.
    photos: Any = None
    sizes: tuple[CardSize, ...] | None = None
    updated_at: str | None = field(name="updatedAt", default=None)
    trashed_at: str | None = field(name="trashedAt", default=None)


class CardsCursor(Struct, frozen=True):
    """Where the page ended; `total` is the number of cards on this page."""

    total: int | None = None
    updated_at: str | None = field(name="updatedAt", default=None)
    trashed_at: str | None = field(name="trashedAt", default=None)
    nm_id: int | None = field(name="nmID", default=None)


class CardsAnswer(Struct, frozen=True):
    """The answer of both lists of cards."""

    cards: tuple[Card, ...] | None
    cursor: CardsCursor | None = None


class Position(Struct, frozen=True, array_like=True):
    """A place in a list of cards: the time as opaque text, and the nmID."""

    at: str
    nm_id: int


class CatalogCursor(Struct, frozen=True, omit_defaults=True):
    """What the database keeps between two readings of the catalogue."""

    cards: Position | None = None
    trash: Position | None = None
    # What is made of a card: where that has changed, all of them are to be read again.
    form: int = 0


# Stocks


class StocksQuery(Struct, frozen=True, rename="camel"):
    """POST /api/v3/stocks/{warehouseId}."""

    chrt_ids: tuple[int, ...]


class StockItem(Struct, frozen=True, rename="camel"):
    """One size to be shown. Names matter: wrong ones are answered 204 and change nothing."""

    chrt_id: int
    amount: int


class StocksUpdate(Struct, frozen=True):
    """The body of PUT /api/v3/stocks/{warehouseId}."""

    stocks: tuple[StockItem, ...]


class SeenItem(Struct, frozen=True, rename="camel"):
    """One size in one warehouse, as read."""

    chrt_id: int | None = None
    amount: int | None = None


class Stocks(Struct, frozen=True):
    """The answer of POST /api/v3/stocks/{warehouseId}."""

    stocks: tuple[SeenItem, ...] | None


class Refusal(Struct, frozen=True):
    """A group of a 409 to a stock update (an array of them), or the one object of a 406.

    `data` is a list of items where the refusal is about some of them, else null or an object.
    """

    code: str | int | None = None
    message: str | None = None
    data: object = None


# Orders


class Task(Struct, frozen=True, rename="camel"):
    """An assembly task of any family: one unit of one size."""

    id: int | None = None
    created_at: str | None = None
    chrt_id: int | None = None
    nm_id: int | None = None
    article: str | None = None
    skus: tuple[str, ...] | None = None
    warehouse_id: int | None = None
    delivery_type: str | None = None


class NewTasks(Struct, frozen=True):
    """The new orders of a family."""

    orders: tuple[Task, ...] | None


class TasksPage(Struct, frozen=True):
    """A page of a family's list; on the last one `next` is 0 or leads to an empty page."""

    orders: tuple[Task, ...] | None
    next: int | None = None


class Status(Struct, frozen=True, rename="camel"):
    """One item of an answer about statuses; one about an order that is not known has no words."""

    # FBS, DBW.
    id: int | None = None
    # DBS, pick-up.
    order_id: int | None = None
    supplier_status: str | None = None
    wb_status: str | None = None
    # FBS: it may be put back from delivery into assembly.
    is_transferable: bool | None = None


class StatusAnswer(Struct, frozen=True):
    """The statuses of some orders of a family; of some families, unknown ids are left out."""

    orders: tuple[Status, ...] | None


class ArchivedProduct(Struct, frozen=True, rename="camel"):
    """`product` of an archived task."""

    chrt_id: int | None = None
    nm_id: int | None = None
    article: str | None = None
    skus: tuple[str, ...] | None = None


class ArchivedStatus(Struct, frozen=True, rename="camel"):
    """`status` of an archived task."""

    supplier_status: str | None = None
    wb_status: str | None = None


class ArchivedTask(Struct, frozen=True, rename="camel"):
    """One item of GET /api/marketplace/v3/fbs/orders/archive."""

    id: int | None = None
    # A day, documented as text.
    created_at: str | None = None
    product: ArchivedProduct | None = None
    status: ArchivedStatus | None = None
    warehouse_id: int | None = None


class ArchivePage(Struct, frozen=True):
    """GET /api/marketplace/v3/fbs/orders/archive; the last page has `next` null."""

    orders: tuple[ArchivedTask, ...] | None
    next: int | None = None


class ReshipmentItem(Struct, frozen=True):
    """A task that was not scanned at the hand-over; its fields have no type in the contract."""

    order_id: object = field(name="orderID", default=None)


class Reshipment(Struct, frozen=True):
    """GET /api/v3/supplies/orders/reshipment."""

    orders: tuple[ReshipmentItem, ...] | None


class Handle(Struct, frozen=True, omit_defaults=True):
    """What the status methods do not tell of a task, kept in `Order.handle`."""

    # The family's name, see `statuses.Family`.
    family: str = field(name="f")
    chrt_id: int | None = field(name="c", default=None)
    warehouse_id: int | None = field(name="w", default=None)
    article: str = field(name="a", default="")
    skus: tuple[str, ...] = field(name="s", default=())
    nm_id: int | None = field(name="n", default=None)


# Returns


class ReturnRow(Struct, frozen=True, rename="camel"):
    """One unit on its way back; `sku` is a barcode. Times have no zone: Moscow's."""

    srid: str | None = None
    shk_id: int | None = None
    # The assembly task.
    order_id: int | None = None
    sku: str | None = None
    return_type: str | None = None
    return_status: str | None = None
    # The day of the order for the return, not of the sale.
    order_dt: str | None = None
    completed_dt: str | None = None


class ReturnsPage(Struct, frozen=True):
    """GET /api/analytics/v1/item-returns; `count` is the number of rows of the whole period."""

    count: int
    report: tuple[ReturnRow, ...] | None
