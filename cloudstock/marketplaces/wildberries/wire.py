"""What goes over the wire: requests and answers as msgspec structs, named as the contract does.

Spelling differs per host: content says `nmID` and `chrtID`, marketplace `nmId` and `chrtId`, the
reshipment list `orderID`. A list may be null where it is empty; where it is missing, the answer is
not what was asked for.

Source: the seller API's OpenAPI (dev.wildberries.ru), checked 2026-11-23.
"""

from __future__ import annotations

from msgspec import Struct, field

from cloudstock.marketplaces.fields import Count, Id, Moment, within_reason
from cloudstock.marketplaces.wildberries.windows import moscow_moment

# Warehouses, identity


class Warehouse(Struct, frozen=True, rename="camel"):
    """An item of GET /api/v3/warehouses, whose answer is a bare array."""

    id: Id
    delivery_type: int
    name: str = ""
    is_deleting: bool = False
    is_processing: bool = False


class SellerInfo(Struct, frozen=True, rename="camel"):
    """GET /api/v1/seller-info."""

    name: str = ""
    trade_mark: str = ""
    sid: str = ""


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

    chrt_id: Id = field(name="chrtID")
    tech_size: str = field(name="techSize", default="0")
    skus: tuple[str, ...] | None = None


class Card(Struct, frozen=True):
    """One card: a product in one colour."""

    nm_id: Id = field(name="nmID")
    vendor_code: str = field(name="vendorCode")
    title: str = ""
    sizes: tuple[CardSize, ...] | None = None


class CardsCursor(Struct, frozen=True):
    """Where the page ended; `total` is the number of cards on this page."""

    total: int
    updated_at: str | None = field(name="updatedAt", default=None)
    trashed_at: str | None = field(name="trashedAt", default=None)
    nm_id: int | None = field(name="nmID", default=None)


class CardsAnswer(Struct, frozen=True):
    """The answer of both lists of cards."""

    cursor: CardsCursor
    cards: tuple[Card, ...] | None


class Position(Struct, frozen=True, array_like=True):
    """A place in a list of cards: the time as opaque text, and the nmID."""

    at: str
    nm_id: int


class CatalogCursor(Struct, frozen=True, omit_defaults=True):
    """What the book keeps between two readings of the catalogue."""

    cards: Position | None = None
    trash: Position | None = None


# Stocks


class StocksQuery(Struct, frozen=True, rename="camel"):
    """POST /api/v3/stocks/{warehouseId}."""

    chrt_ids: tuple[int, ...]


class StockItem(Struct, frozen=True, rename="camel"):
    """One size in one warehouse. Names matter: wrong ones are answered 204 and change nothing."""

    chrt_id: int
    amount: Count


class Stocks(Struct, frozen=True):
    """The answer of the reading and the body of PUT /api/v3/stocks/{warehouseId}."""

    stocks: tuple[StockItem, ...] | None


class RefusedItem(Struct, frozen=True, rename="camel"):
    """An item that a 409 names; its `sku` is unused."""

    chrt_id: int


class Refusal(Struct, frozen=True):
    """One group of a 409 (an array of them), or the body of a 406 (one, without `data`)."""

    code: str = ""
    message: str = ""
    data: tuple[RefusedItem, ...] | None = None


# Orders


class Task(Struct, frozen=True, rename="camel"):
    """An assembly task of FBS or DBS: one unit of one size."""

    id: Id
    created_at: Moment
    # Documented as optional: without it the barcodes must tell.
    chrt_id: int | None = None
    article: str = ""
    skus: tuple[str, ...] | None = None
    warehouse_id: int | None = None

    def __post_init__(self) -> None:
        within_reason(created_at=self.created_at)


class NewTasks(Struct, frozen=True):
    """GET /api/v3/orders/new and /api/v3/dbs/orders/new."""

    orders: tuple[Task, ...] | None


class TasksPage(Struct, frozen=True):
    """GET /api/v3/orders and /api/v3/dbs/orders."""

    orders: tuple[Task, ...] | None
    next: int = 0


class Status(Struct, frozen=True, rename="camel"):
    """One item of POST /api/v3/orders/status."""

    id: int
    supplier_status: str = ""
    wb_status: str = ""


class StatusQuery(Struct, frozen=True):
    """POST /api/v3/orders/status."""

    orders: tuple[int, ...]


class StatusAnswer(Struct, frozen=True):
    """The answer of POST /api/v3/orders/status; ids it does not know are left out."""

    orders: tuple[Status, ...] | None


class DbsStatus(Struct, frozen=True, rename="camel"):
    """One item of POST /api/marketplace/v3/dbs/orders/status/info; a failed one has no words."""

    order_id: int
    supplier_status: str | None = None
    wb_status: str | None = None


class DbsStatusQuery(Struct, frozen=True):
    """POST /api/marketplace/v3/dbs/orders/status/info."""

    # So spelt.
    ordersIds: tuple[int, ...]  # noqa: N815 - as on the wire


class DbsStatusAnswer(Struct, frozen=True):
    """The answer of POST /api/marketplace/v3/dbs/orders/status/info."""

    orders: tuple[DbsStatus, ...] | None


class ArchivedProduct(Struct, frozen=True, rename="camel"):
    """`product` of an archived task."""

    chrt_id: int | None = None
    article: str = ""
    skus: tuple[str, ...] | None = None


class ArchivedStatus(Struct, frozen=True, rename="camel"):
    """`status` of an archived task."""

    supplier_status: str = ""
    wb_status: str = ""


class ArchivedTask(Struct, frozen=True, rename="camel"):
    """One item of GET /api/marketplace/v3/fbs/orders/archive."""

    id: Id
    # A day, documented as text.
    created_at: str
    product: ArchivedProduct
    status: ArchivedStatus
    warehouse_id: int | None = None

    def __post_init__(self) -> None:
        moscow_moment(self.created_at)


class ArchivePage(Struct, frozen=True):
    """GET /api/marketplace/v3/fbs/orders/archive; the last page has `next` null."""

    orders: tuple[ArchivedTask, ...] | None
    next: int | None = None


class ReshipmentItem(Struct, frozen=True):
    """A task that was not scanned at the hand-over."""

    order_id: int = field(name="orderID")


class Reshipment(Struct, frozen=True):
    """GET /api/v3/supplies/orders/reshipment."""

    orders: tuple[ReshipmentItem, ...] | None


class Handle(Struct, frozen=True, omit_defaults=True):
    """What the status methods do not tell of a task, kept in `Order.handle`."""

    # "fbs" or "dbs".
    family: str = field(name="f")
    chrt_id: int | None = field(name="c", default=None)
    warehouse_id: int | None = field(name="w", default=None)
    article: str = field(name="a", default="")
    skus: tuple[str, ...] = field(name="s", default=())


# Returns


class ReturnRow(Struct, frozen=True, rename="camel"):
    """One unit on its way back; `sku` is a barcode. Times have no zone: Moscow's."""

    srid: str = ""
    shk_id: int | None = None
    # The assembly task.
    order_id: int | None = None
    sku: str = ""
    return_type: str = ""
    return_status: str = ""
    # The day of the order for the return, not of the sale.
    order_dt: str | None = None
    completed_dt: str | None = None

    def __post_init__(self) -> None:
        if not self.srid and self.shk_id is None:
            raise ValueError("neither srid nor shkId")
        for text in (self.order_dt, self.completed_dt):
            if text:
                moscow_moment(text)


class ReturnsPage(Struct, frozen=True):
    """GET /api/analytics/v1/item-returns; `count` is the number of rows of the whole period."""

    count: int
    report: tuple[ReturnRow, ...] | None
