"""What goes over the wire: requests and answers as msgspec structs, named as the contract does.

The specification promises no field of an answer, and says null where it shows an example. So every
field of a row may be missing here; `parse` decides what it cannot do without. What is required is
that a list is one: an answer that has neither rows nor an end is no empty list. An answer whose
numbers cannot be what the text calls them is broken. Int64 may come as numbers or as text, moments
are text until they are read. Fields that are not used are not listed.

Source: Ozon Seller API 2026-09-22.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

Int32 = Annotated[int, Meta(ge=-(2**31), le=2**31 - 1)]
Int64 = Annotated[int, Meta(ge=-(2**63), le=2**63 - 1)]


class NoRequest(Struct, frozen=True):
    """A method without parameters."""


# Keys, by POST /v1/roles and POST /v1/seller/info


class Role(Struct, frozen=True):
    """A role of a key, and the methods that it opens."""

    name: str | None = None
    methods: tuple[str, ...] | None = None


class RolesAnswer(Struct, frozen=True):
    """What a key may do, and until when."""

    expires_at: str | None = None
    roles: tuple[Role, ...] | None = None


class Company(Struct, frozen=True):
    """Whose the cabinet is."""

    name: str | None = None
    legal_name: str | None = None


class SellerAnswer(Struct, frozen=True):
    """The cabinet."""

    company: Company | None = None


# Warehouses, by POST /v2/warehouse/list


class WarehousesRequest(Struct, frozen=True):
    """Ask for a page of the seller's warehouses."""

    limit: int
    cursor: str


class Warehouse(Struct, frozen=True):
    """A warehouse of the seller's; Ozon's own come from other methods."""

    warehouse_id: Int64 | None = None
    name: str | None = None
    status: str | None = None
    is_rfbs: bool | None = None
    # None: active.
    pause_at: str | None = None


class Page(Struct, frozen=True, kw_only=True):
    """What the pages of most lists have: whether others follow, and where they begin."""

    has_next: bool | None = None
    # The last page may have one, too.
    cursor: str | None = None

    def following(self, rows: int, limit: int) -> str | None:
        """Return where the next page begins; None: this is the last one.

        Where nothing is said of others, a page that is not full is the last.
        """
        more = rows >= limit if self.has_next is None else self.has_next
        return (self.cursor or "") if more else None


def some_list(page: Page, *rows: object) -> None:
    """Raise ValueError where an answer is neither a list nor the end of one."""
    if page.has_next is None and all(part is None for part in rows):
        raise ValueError("neither rows nor has_next")


class WarehousesPage(Page, frozen=True):
    """A page of warehouses."""

    warehouses: tuple[Warehouse, ...] | None = None

    def __post_init__(self) -> None:
        some_list(self, self.warehouses)


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

    product_id: Int64 | None = None
    offer_id: str | None = None
    sku: Int64 | None = None
    archived: bool | None = None


class ProductsResult(Struct, frozen=True):
    """`last_id` may be there on the last page, too."""

    items: tuple[ProductRow, ...] | None = None
    last_id: str | None = None

    def __post_init__(self) -> None:
        if self.items is None and self.last_id is None:
            raise ValueError("neither items nor last_id")


class ProductsPage(Struct, frozen=True):
    """A page of products."""

    result: ProductsResult


class ProductInfoRequest(Struct, frozen=True):
    """Ask for up to a thousand cards."""

    product_id: tuple[str, ...]


class ProductSource(Struct, frozen=True):
    """A row of `sources` or of `stocks.stocks`: a product may have a SKU for each scheme."""

    sku: Int64 | None = None


class ProductStocks(Struct, frozen=True):
    """Totals by scheme; only their SKUs are of use."""

    stocks: tuple[ProductSource, ...] | None = None


class ProductInfo(Struct, frozen=True):
    """A card; `id` is the product_id."""

    id: Int64 | None = None
    offer_id: str | None = None
    name: str | None = None
    sku: Int64 | None = None
    barcodes: tuple[str, ...] | None = None
    is_archived: bool | None = None
    is_autoarchived: bool | None = None
    # Addresses, the first one counts.
    primary_image: Any = None
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

    warehouse_id: Int64 | None = None


class PostingProduct(Struct, frozen=True):
    """A product of a posting; cancelled units are taken off already."""

    quantity: Int32 | None = None
    offer_id: str | None = None
    sku: Int64 | None = None


class Posting(Struct, frozen=True):
    """A posting as it is now."""

    posting_number: str | None = None
    status: str | None = None
    products: tuple[PostingProduct, ...] | None = None
    substatus: str | None = None
    order_number: str | None = None
    # Empty at first where the buyer pays later.
    in_process_at: str | None = None
    # When it was handed over, in two methods' words; null before.
    delivering_date: str | None = None
    fact_delivery_date: str | None = None
    delivery_method: DeliveryMethod | None = None
    delivery_schema: str | None = None
    tpl_integration_type: str | None = None
    integration_type_flow: str | None = None


class PostingsPage(Page, frozen=True):
    """A page of postings."""

    postings: tuple[Posting, ...] | None = None

    def __post_init__(self) -> None:
        some_list(self, self.postings)


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

    quantity: Int32 | None = None
    offer_id: str | None = None
    sku: Int64 | None = None


class NamedStatus(Struct, frozen=True):
    """Numbers of statuses are not documented: go by the name."""

    sys_name: str | None = None


class ReturnVisual(Struct, frozen=True):
    """The status as the seller's cabinet shows it."""

    status: NamedStatus | None = None
    change_moment: str | None = None


class ReturnLogistic(Struct, frozen=True):
    """When it began and ended."""

    return_date: str | None = None
    # Arrived at Ozon's warehouse, or handed to the seller.
    final_moment: str | None = None
    cancelled_with_compensation_moment: str | None = None


class ReturnPlace(Struct, frozen=True):
    """A place of Ozon's."""

    name: str | None = None


class ReturnCompensation(Struct, frozen=True):
    """What becomes of the seller's compensation."""

    status: NamedStatus | None = None


class ReturnRow(Struct, frozen=True):
    """A return of one product."""

    id: Int64 | None = None
    product: ReturnProduct | None = None
    visual: ReturnVisual | None = None
    # "Fbs" in examples, "FBS" in filters.
    schema: str | None = None
    posting_number: str | None = None
    logistic: ReturnLogistic | None = None
    # Where it is going.
    target_place: ReturnPlace | None = None
    compensation_status: ReturnCompensation | None = None
    # The return before this one.
    source_id: Int64 | None = None


class ReturnsPage(Struct, frozen=True):
    """A page of returns; it names no position."""

    returns: tuple[ReturnRow, ...] | None = None
    has_next: bool | None = None

    def __post_init__(self) -> None:
        if self.returns is None and self.has_next is None:
            raise ValueError("neither returns nor has_next")

    def goes_on(self, limit: int) -> bool:
        """Tell whether another page follows: none does after an empty one."""
        rows = self.returns or ()
        return bool(rows) and (len(rows) >= limit if self.has_next is None else self.has_next)


# Claims of rFBS orders, by POST /v2/returns/rfbs/list


class ClaimsPeriod(Struct, frozen=True, rename={"since": "from"}):
    """A span of time, `from` and `to`."""

    since: datetime
    to: datetime


class ClaimsFilter(Struct, frozen=True):
    """By when the claim was made; there is no filter by its last change."""

    created_at: ClaimsPeriod


class ClaimsRequest(Struct, frozen=True):
    """Ask for a page of claims; no position at first."""

    filter: ClaimsFilter
    limit: int
    last_id: int | UnsetType = UNSET


class ClaimState(Struct, frozen=True):
    """How far a claim is."""

    state: str | None = None


class ClaimRow(Struct, frozen=True):
    """A buyer's claim for one product of an rFBS order."""

    return_id: Int64 | None = None
    posting_number: str | None = None
    created_at: str | None = None
    # The text has no quantity.
    product: ReturnProduct | None = None
    state: ClaimState | None = None


class ClaimsPage(Struct, frozen=True):
    """A page of claims: an array by the example, one claim by the text."""

    returns: tuple[ClaimRow, ...] | ClaimRow

    @property
    def rows(self) -> tuple[ClaimRow, ...]:
        """The claims, either way."""
        return (self.returns,) if isinstance(self.returns, ClaimRow) else self.returns


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

    warehouse_id: Int64 | None = None
    # All units as Ozon sees it, the reserved ones included.
    present: Int64 | None = None
    reserved: Int64 | None = None
    # What can be ordered.
    free_stock: Int64 | None = None
    product_id: Int64 | None = None
    sku: Int64 | None = None
    offer_id: str | None = None


class WarehouseStocksPage(Page, frozen=True):
    """A page of a warehouse."""

    stocks: tuple[StockRow, ...] | None = None

    def __post_init__(self) -> None:
        some_list(self, self.stocks)


class OfferStocksPage(Page, frozen=True):
    """A page of offers."""

    products: tuple[StockRow, ...] | None = None

    def __post_init__(self) -> None:
        some_list(self, self.products)


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

    code: str | None = None
    message: str | None = None


class StockResult(Struct, frozen=True):
    """What became of one pair; known by its ids, not by its place."""

    warehouse_id: Int64 | None = None
    updated: bool | None = None
    product_id: Int64 | None = None
    offer_id: str | None = None
    errors: tuple[ItemError, ...] | None = None


class StocksAnswer(Struct, frozen=True):
    """200 even where every pair failed."""

    result: tuple[StockResult, ...]
