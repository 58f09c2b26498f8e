"""What goes over the wire: requests and answers as msgspec structs, named as the contract does.

An answer's field is required here where the contract promises it and we cannot do without it: an
order without `products` is a broken answer, not an order of nothing. Int64 may come as numbers or
as text. Fields that are not used are not listed.

Source: Ozon Seller API, checked 2026-11-23.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from msgspec import UNSET, Struct, UnsetType

from cloudstock.marketplaces.fields import Count, Moment, within_reason

# Warehouses, by POST /v2/warehouse/list


class WarehousesRequest(Struct, frozen=True):
    """Ask for a page of the seller's warehouses."""

    limit: int
    cursor: str


class Warehouse(Struct, frozen=True):
    """A warehouse of the seller's; Ozon's own come from other methods."""

    warehouse_id: int
    name: str = ""
    status: str = ""
    # None: active.
    pause_at: str | None = None


class WarehousesPage(Struct, frozen=True):
    """A page of warehouses."""

    has_next: bool
    warehouses: tuple[Warehouse, ...] | None = ()
    cursor: str = ""


# Catalogue, by POST /v3/product/list and /v3/product/info/list


Visibility = Literal["ALL", "ARCHIVED"]


class ProductsFilter(Struct, frozen=True):
    """`ALL` is everything but the archive."""

    visibility: Visibility


class ProductsRequest(Struct, frozen=True):
    """Ask for a page of products."""

    filter: ProductsFilter
    last_id: str
    limit: int


class ProductRow(Struct, frozen=True):
    """A product in a few words."""

    product_id: int
    offer_id: str
    sku: int | None = None
    archived: bool = False


class ProductsResult(Struct, frozen=True):
    """`last_id` may be there on the last page, too."""

    items: tuple[ProductRow, ...]
    last_id: str = ""


class ProductsPage(Struct, frozen=True):
    """A page of products."""

    result: ProductsResult


class ProductInfoRequest(Struct, frozen=True):
    """Ask for up to a thousand cards."""

    product_id: tuple[str, ...]


class ProductSource(Struct, frozen=True):
    """A row of `sources` or of `stocks.stocks`: a product may have a SKU for each scheme."""

    sku: int | None = None


class ProductStocks(Struct, frozen=True):
    """Totals by scheme; only their SKUs are of use."""

    stocks: tuple[ProductSource, ...] | None = None


class ProductInfo(Struct, frozen=True):
    """A card; `id` is the product_id."""

    id: int
    offer_id: str
    name: str = ""
    sku: int | None = None
    barcodes: tuple[str, ...] | None = None
    is_archived: bool = False
    is_autoarchived: bool = False
    sources: tuple[ProductSource, ...] | None = None
    stocks: ProductStocks | None = None


class ProductInfos(Struct, frozen=True):
    """The cards that Ozon knows of those asked for."""

    items: tuple[ProductInfo, ...]


# Postings, by POST /v4/posting/fbs/list and /v3/posting/fbs/get


class Period(Struct, frozen=True, rename={"since": "from"}):
    """A span of time, `from` and `to`."""

    since: datetime
    to: datetime


class PostingsFilter(Struct, frozen=True):
    """What narrows a list of postings."""

    # Bounds of `in_process_at`.
    since: datetime
    to: datetime
    last_changed_status_date: Period | UnsetType = UNSET
    order_numbers: tuple[str, ...] | UnsetType = UNSET


class PostingsRequest(Struct, frozen=True):
    """Ask for a page; oldest start of processing first, so that new ones come last."""

    filter: PostingsFilter
    limit: int
    cursor: str
    sort_dir: Literal["ASC"] = "ASC"


class DeliveryMethod(Struct, frozen=True):
    """From where it is delivered."""

    warehouse_id: int | None = None


class PostingProduct(Struct, frozen=True):
    """A product of a posting; cancelled units are taken off already."""

    quantity: Count
    offer_id: str = ""
    sku: int = 0


class Posting(Struct, frozen=True):
    """A posting as it is now."""

    posting_number: str
    status: str
    products: tuple[PostingProduct, ...]
    substatus: str | None = None
    order_number: str | None = None
    in_process_at: Moment | None = None
    # When it was handed over; null before.
    delivering_date: Moment | None = None
    delivery_method: DeliveryMethod | None = None
    delivery_schema: str | None = None
    tpl_integration_type: str | None = None
    integration_type_flow: str | None = None

    def __post_init__(self) -> None:
        within_reason(in_process_at=self.in_process_at, delivering_date=self.delivering_date)


class PostingsPage(Struct, frozen=True):
    """A page of postings; the last one has a cursor, too."""

    postings: tuple[Posting, ...]
    has_next: bool
    cursor: str = ""


class PostingRequest(Struct, frozen=True):
    """Ask for one posting."""

    posting_number: str


class PostingAnswer(Struct, frozen=True):
    """One posting."""

    result: Posting


# Returns, by POST /v1/returns/list


class ReturnsPeriod(Struct, frozen=True):
    """A span of time."""

    time_from: datetime
    time_to: datetime


class ReturnsFilter(Struct, frozen=True):
    """At most one span of time; up to 50 postings."""

    return_schema: Literal["FBS"] = "FBS"
    visual_status_change_moment: ReturnsPeriod | UnsetType = UNSET
    posting_numbers: tuple[str, ...] | UnsetType = UNSET


class ReturnsRequest(Struct, frozen=True):
    """Ask for a page of returns."""

    filter: ReturnsFilter
    limit: int
    last_id: int


class ReturnProduct(Struct, frozen=True):
    """What comes back."""

    quantity: Count
    offer_id: str = ""
    sku: int = 0


class ReturnStatus(Struct, frozen=True):
    """Numbers of statuses are not documented: go by the name."""

    sys_name: str


class ReturnVisual(Struct, frozen=True):
    """The status as the seller's cabinet shows it."""

    status: ReturnStatus
    change_moment: Moment | None = None

    def __post_init__(self) -> None:
        within_reason(change_moment=self.change_moment)


class ReturnLogistic(Struct, frozen=True):
    """When it began and ended."""

    return_date: Moment | None = None
    # Arrived at Ozon's warehouse, or handed to the seller.
    final_moment: Moment | None = None

    def __post_init__(self) -> None:
        within_reason(return_date=self.return_date, final_moment=self.final_moment)


class ReturnRow(Struct, frozen=True):
    """A return of one product."""

    id: int
    product: ReturnProduct
    visual: ReturnVisual
    # "Fbs" in examples, "FBS" in filters.
    schema: str = ""
    posting_number: str | None = None
    logistic: ReturnLogistic | None = None
    # The return before this one.
    source_id: int | None = None


class ReturnsPage(Struct, frozen=True):
    """A page of returns."""

    returns: tuple[ReturnRow, ...]
    has_next: bool


# Stock, by POST /v1/product/info/warehouse/stocks, POST /v2/product/info/stocks-by-warehouse/fbs


class WarehouseStocksRequest(Struct, frozen=True):
    """Ask for everything at one warehouse."""

    warehouse_id: int
    limit: int
    cursor: str


class OfferStocksRequest(Struct, frozen=True):
    """Ask for some offers at every warehouse."""

    offer_id: tuple[str, ...]
    limit: int
    cursor: str


class StockRow(Struct, frozen=True):
    """One product in one warehouse."""

    warehouse_id: int
    # All units as Ozon sees it, the reserved ones included.
    present: Count
    reserved: Count
    # What can be ordered.
    free_stock: Count | None = None
    product_id: int = 0
    sku: int = 0
    offer_id: str = ""

    def __post_init__(self) -> None:
        if self.free < 0:
            raise ValueError(f"{self.reserved} reserved of {self.present} present")

    @property
    def free(self) -> int:
        """What can be ordered, told or reckoned."""
        return self.present - self.reserved if self.free_stock is None else self.free_stock


class WarehouseStocksPage(Struct, frozen=True):
    """A page of a warehouse."""

    stocks: tuple[StockRow, ...]
    has_next: bool
    cursor: str = ""


class OfferStocksPage(Struct, frozen=True):
    """A page of offers."""

    products: tuple[StockRow, ...]
    has_next: bool
    cursor: str = ""


# Writing, by POST /v2/products/stocks


class StockItem(Struct, frozen=True):
    """One pair to set."""

    product_id: int
    warehouse_id: int
    # Without the reserved units: what can still be sold.
    stock: int


class StocksRequest(Struct, frozen=True):
    """1..100 pairs."""

    stocks: tuple[StockItem, ...]


class ItemError(Struct, frozen=True):
    """Why a pair was not set."""

    code: str = ""
    message: str = ""


class StockResult(Struct, frozen=True):
    """What became of one pair; known by its ids, not by its place."""

    warehouse_id: int
    updated: bool
    product_id: int = 0
    offer_id: str = ""
    errors: tuple[ItemError, ...] | None = None


class StocksAnswer(Struct, frozen=True):
    """200 even where every pair failed."""

    result: tuple[StockResult, ...]
